//! Following a posted job: every batch is fetched and verified as soon as it is revealed, some of its tasks are run again
//! here, and it is contested or accepted. Batches are looked at side by side, so that one that does not come keeps nobody
//! away from the others.

use super::{
	contests::{is_certain, is_withheld, Lack},
	delivery::{Track, PATIENCE},
	journal::{Desk, Journal, JournalError, Posted},
	looks::{Found, Look, Looked, Looks},
	progress::Progress,
	shown::Gathered,
};
use crate::{
	check::{secret_seed, Finding, Remedy},
	commands::{
		contest::{Contested, RemedyKind},
		examine::{Examined, Scrutiny},
		job_fetch::is_fatal,
	},
	error::{Error, Exit},
	output::Output,
	rerun::Rerunner,
	results::{Directory, Revealed},
};
use assay_client::{Call, Client, Error as ClientError, Keys, Prepared, Whereabouts};
use assay_primitives::{
	view::{BatchStage, BatchView, JobView},
	Attempt, BatchIndex, BlockNumber, Hash, TaskIndex, TaskOutcome,
};
use futures::StreamExt;
use std::{
	collections::{BTreeMap, BTreeSet},
	sync::Arc,
	time::Duration,
};
use tokio::sync::watch;

/// Transactions that are under way at once. A node's pool takes far more of one account.
const AT_ONCE: usize = 32;
/// How often a batch that is paid is tried to be had, once in a block.
const TRIES: u32 = 10;

/// What becomes of a revealed batch.
pub(super) struct Choices {
	/// How many tasks of each batch are run again here.
	pub(super) recheck: usize,
	/// Whether batches that are right are paid at once.
	pub(super) accept: bool,
}

/// A batch whose results are here.
#[derive(Debug)]
pub(super) struct Here {
	attempt: Attempt,
	receipt: Hash,
	/// What came of its tasks, in order.
	pub(super) outcomes: Vec<TaskOutcome>,
	/// Its first task.
	pub(super) first_task: TaskIndex,
	/// Those that were run again here.
	pub(super) ran_again: Vec<TaskIndex>,
	/// Whether it was found wrong here, and stands all the same. It is not paid at once, then.
	pub(super) is_doubtful: bool,
}

impl Here {
	/// This delivery, all of it.
	pub(super) fn new(
		view: &BatchView,
		revealed: &Revealed,
		outcomes: Vec<TaskOutcome>,
		ran_again: Vec<TaskIndex>,
		is_doubtful: bool,
	) -> Self {
		let (attempt, receipt, first_task) = (view.attempt, revealed.receipt.hash, view.first_task);
		Self { attempt, receipt, outcomes, first_task, ran_again, is_doubtful }
	}
}

/// A batch that cannot be had.
#[derive(Debug)]
pub(super) struct Missing {
	attempt: Attempt,
	/// Until when it could be contested then. An answered demand sets another time.
	deadline: Option<BlockNumber>,
	/// How much of it has come, and when.
	pub(super) lack: Lack,
	/// Whether it is not where it should be.
	pub(super) is_withheld: bool,
	tries: u32,
	/// Why.
	pub(super) error: String,
	/// How a script can tell.
	pub(super) exit: Exit,
}

impl Missing {
	/// Whether it is this delivery.
	fn is_of(&self, view: &BatchView) -> bool {
		self.attempt == view.attempt
	}

	/// Whether it is this delivery, and nothing was shown of it since.
	pub(super) fn is_of_now(&self, view: &BatchView) -> bool {
		self.is_of(view) && self.deadline == view.deadline
	}
}

/// A payment that was handed in and is not seen to have worked.
struct Paying {
	/// `None`: nothing more can be done about it.
	transaction: Option<Prepared>,
	track: Track,
	/// When it was last looked for.
	seen: BlockNumber,
}

/// Everything that is known about a map's batches.
#[derive(Default)]
pub(super) struct Findings {
	/// Those whose results are here.
	pub(super) here: BTreeMap<BatchIndex, Here>,
	/// Those that cannot be had, at the moment or for good.
	pub(super) missing: BTreeMap<BatchIndex, Missing>,
	/// What workers have shown of batches that could not be had.
	pub(super) shown: BTreeMap<(BatchIndex, Attempt), Gathered>,
	/// Deliveries of which nothing more can be demanded.
	pub(super) exhausted: BTreeSet<(BatchIndex, Attempt)>,
	/// What was contested.
	pub(super) contested: Vec<Contested>,
	/// Deliveries that are paid at once.
	paying: BTreeMap<(BatchIndex, Attempt), Paying>,
	/// Deliveries that were found wrong here, and the task it showed in. Not all of them could be contested.
	pub(super) wrong: BTreeMap<(BatchIndex, Attempt), Option<TaskIndex>>,
	/// Deliveries of which it was said that they stand, although they are wrong.
	pub(super) told: BTreeSet<(BatchIndex, Attempt)>,
}

impl Findings {
	/// What was shown of a delivery that is not here as a whole.
	pub(super) fn shown_of(&self, view: &BatchView) -> impl Iterator<Item = (TaskIndex, TaskOutcome)> + '_ {
		let gathered = self.shown.get(&(view.batch, view.attempt));
		let results =
			gathered.filter(|_| !self.here.contains_key(&view.batch)).map(|gathered| &gathered.results);
		let results = results.into_iter().flatten();
		results
			.filter(|(_, shown)| shown.output.is_some())
			.map(|(task, shown)| (*task, shown.opening.outcome))
	}

	/// The tasks of a delivery whose outputs are not here.
	pub(super) fn not_shown(&self, view: &BatchView) -> Vec<TaskIndex> {
		let tasks = view.first_task..view.first_task.saturating_add(view.tasks);
		let shown: BTreeSet<TaskIndex> = self.shown_of(view).map(|(task, _)| task).collect();
		tasks.filter(|task| !shown.contains(task)).collect()
	}
}

/// A map's job being followed. Outlives connections.
pub(super) struct Follow<'a> {
	pub(super) keys: &'a Keys,
	pub(super) desk: &'a Desk,
	pub(super) journal: &'a mut Journal,
	pub(super) posted: Posted,
	pub(super) choices: Choices,
	pub(super) progress: Progress,
	pub(super) findings: Findings,
	rerunner: Option<Arc<Rerunner>>,
	seed: Hash,
}

/// A job and its batches at one block.
#[derive(Clone)]
struct Snapshot {
	block: BlockNumber,
	job: JobView,
	batches: Vec<BatchView>,
}

impl<'a> Follow<'a> {
	/// Follows the job that the journal says was posted.
	pub(super) fn new(
		output: Output,
		keys: &'a Keys,
		desk: &'a Desk,
		journal: &'a mut Journal,
		posted: Posted,
		choices: Choices,
	) -> Self {
		let progress = Progress::new(output, posted.job, journal.spec.tasks);
		Self {
			keys,
			desk,
			journal,
			posted,
			choices,
			progress,
			findings: Findings::default(),
			seed: secret_seed(),
			rerunner: None,
		}
	}

	/// Follows the job until every batch is paid or refunded, that is final, and all results are here. Can be called again
	/// with another connection whenever one was lost.
	pub(super) async fn until_the_end(
		&mut self,
		client: &Client,
	) -> Result<(JobView, Vec<BatchView>), Error> {
		let job = self.job(client).await?;
		let directory = Directory::open(self.desk.path(), client.genesis(), &job)?;
		let scrutiny = Scrutiny {
			seed: self.seed,
			tasks: self.choices.recheck,
			also: None,
			maximum_demand_bytes: client.parameters().await?.maximum_demand_bytes,
		};
		if self.rerunner.is_none() && self.choices.recheck > 0 {
			self.rerunner = Some(Arc::new(Rerunner::fetch(client, &job.spec).await?));
		}
		for contest in &mut self.journal.contested {
			contest.track.forget_node();
		}
		for paying in self.findings.paying.values_mut() {
			paying.track.forget_node();
		}
		let (sender, mut receiver) = watch::channel(None);
		let connection = Connection {
			client,
			directory: &directory,
			scrutiny,
			rerunner: self.rerunner.clone(),
			block_time: client.block_time().await?,
		};
		let work = self.work(&connection, &mut receiver);
		tokio::select! {
			ended = observe(client, job.id, &sender) => ended.map(|never| match never {}),
			done = work => done,
		}
	}

	/// The job, if the chain still knows it as it was posted.
	async fn job(&self, client: &Client) -> Result<JobView, Error> {
		let Posted { job: id, block } = self.posted;
		let forgotten =
			|| Error::from(JournalError::Forgotten { path: self.desk.path().to_path_buf(), job: id });
		let job = match client.job(id).await {
			Ok(job) => job,
			Err(error) if error.is_unknown() => return Err(forgotten()),
			Err(error) => return Err(error.into()),
		};
		let is_ours = job.spec == self.journal.spec
			&& job.requester == self.journal.requester
			&& job.posted_at == block
			&& client.genesis() == self.journal.genesis;
		if is_ours {
			Ok(job)
		} else {
			Err(forgotten())
		}
	}

	async fn work(
		&mut self,
		connection: &Connection<'_>,
		snapshots: &mut watch::Receiver<Option<Snapshot>>,
	) -> Result<(JobView, Vec<BatchView>), Error> {
		// The block since which there is nothing left to wait for, but that it becomes final.
		let mut over_since = None;
		let mut looks = Looks::default();
		let mut now: Option<Snapshot> = None;
		loop {
			tokio::select! {
				changed = snapshots.changed() => {
					let lost = |_| ClientError::ConnectionLost { reason: "the node stopped telling about blocks".into() };
					changed.map_err(lost)?;
					now.clone_from(&snapshots.borrow_and_update());
					let Some(now) = &now else { continue };
					self.progress.show(now.block, &now.batches)?;
					self.at_block(connection, now, &mut looks).await?;
					self.progress.show(now.block, &now.batches)?;
					if !self.is_over(&now.batches) {
						over_since = None;
						continue;
					}
					let over_since = *over_since.get_or_insert(now.block);
					if connection.client.finalized_block().await? < over_since {
						continue;
					}
					// What is paid, refunded or forgotten in a final block stays so, but that may be another block.
					let job = self.job(connection.client).await?;
					let batches = connection.client.all_batches(job.id).await?;
					if self.is_over(&batches) && self.verify(connection, &job, &batches)? {
						self.catch_up(connection.client, now.block).await?;
						return Ok((job, batches));
					}
				},
				Some(looked) = looks.next() => {
					let Some(now) = &now else { continue };
					self.conclude(connection, now, looked).await?;
					self.accept(connection.client, now).await?;
					self.look_on(connection, now, &mut looks);
				},
			}
		}
	}

	/// Does what there is to do at a block.
	async fn at_block<'c>(
		&mut self,
		connection: &'c Connection<'_>,
		now: &Snapshot,
		looks: &mut Looks<'c>,
	) -> Result<(), Error> {
		self.catch_up(connection.client, now.block).await?;
		self.demand_in_time(connection, now, looks).await?;
		let is_due = |view: &&BatchView| self.is_due(view, now.block);
		looks.line_up(now.batches.iter().filter(is_due));
		self.look_on(connection, now, looks);
		self.accept(connection.client, now).await
	}

	/// Whether a batch is to be looked at.
	fn is_due(&self, view: &BatchView, now: BlockNumber) -> bool {
		!self.is_here(view)
			&& match view.stage {
				// What was sent about it comes first.
				BatchStage::Revealed | BatchStage::Demanded => !self.is_under_way(view, now),
				BatchStage::Settled => true,
				_ => false,
			}
	}

	/// Demands what is known not to come and is not being looked at, once it is time for that.
	async fn demand_in_time(
		&mut self,
		connection: &Connection<'_>,
		now: &Snapshot,
		looks: &Looks<'_>,
	) -> Result<(), Error> {
		for view in now.batches.iter().filter(|view| view.stage == BatchStage::Revealed) {
			let is_idle = !looks.is_under_way(view.batch) && self.is_due(view, now.block);
			if is_idle && self.is_time_to_demand(view, now.block) {
				self.withheld(connection, &now.job, view, now.block).await?;
			}
		}
		Ok(())
	}

	/// Begins as many looks as there can be.
	fn look_on<'c>(&self, connection: &'c Connection<'_>, now: &Snapshot, looks: &mut Looks<'c>) {
		let begin = |view: &BatchView, patience| {
			let look = Look {
				job: now.job.clone(),
				view: view.clone(),
				patience,
				demands: self.demands(view),
				shown: self.findings.shown.get(&(view.batch, view.attempt)).cloned(),
				doubt: self.doubt(view),
			};
			look.carry_out(connection)
		};
		let is_due = |view: &BatchView| self.is_due(view, now.block);
		looks.fill(now.block, connection.block_time, is_due, begin);
	}

	/// Whether nothing is left to wait for.
	fn is_over(&self, views: &[BatchView]) -> bool {
		views.iter().all(|view| match view.stage {
			BatchStage::Settled => {
				self.is_here(view)
					|| self.findings.missing.get(&view.batch).is_some_and(|missing| missing.tries >= TRIES)
			},
			BatchStage::Refunded | BatchStage::Pruned => true,
			_ => false,
		})
	}

	/// Checks every file once more against what the chain says now. What is not as it should be has to be had again.
	fn verify(
		&mut self,
		connection: &Connection<'_>,
		job: &JobView,
		views: &[BatchView],
	) -> Result<bool, Error> {
		let mut is_complete = true;
		for view in views.iter().filter(|view| view.stage == BatchStage::Settled) {
			if !self.findings.here.contains_key(&view.batch) {
				continue;
			}
			let revealed = Revealed::new(job, view)?;
			if connection.directory.present(&revealed)?.is_none() {
				self.findings.here.remove(&view.batch);
				is_complete = false;
			}
		}
		Ok(is_complete)
	}

	/// Writes down that the job is over, if all results that there are are here: the chain is going to forget it.
	pub(super) fn note_the_end(&mut self, views: &[BatchView]) -> Result<(), Error> {
		let is_settled = |view: &BatchView| match view.stage {
			BatchStage::Settled => self.is_here(view),
			stage => stage == BatchStage::Refunded,
		};
		let is_finished =
			views.iter().all(is_settled) && !self.findings.here.values().any(|here| here.is_doubtful);
		if is_finished && !self.journal.is_finished {
			self.journal.is_finished = true;
			self.journal.refunded = views
				.iter()
				.filter(|view| view.stage == BatchStage::Refunded)
				.map(|view| view.batch)
				.collect();
			self.desk.write(self.journal)?;
		}
		Ok(())
	}

	fn is_here(&self, view: &BatchView) -> bool {
		let receipt = view.receipt.as_ref().map(|receipt| receipt.hash);
		self.findings
			.here
			.get(&view.batch)
			.is_some_and(|here| here.attempt == view.attempt && Some(here.receipt) == receipt)
	}

	/// Draws the conclusions from a look, if the batch still is what was looked at.
	async fn conclude(
		&mut self,
		connection: &Connection<'_>,
		now: &Snapshot,
		looked: Looked,
	) -> Result<(), Error> {
		let Looked { delivery, arrived, found, shown } = looked;
		let view = now.batches.iter().find(|view| delivery.is(view));
		let Some(view) = view.filter(|view| !self.is_here(view)) else { return Ok(()) };
		let mut gathering = Ok(());
		if let Some((gathered, outcome)) = shown {
			self.note_shown(view, gathered);
			// Nothing can be kept here, or nobody answers.
			if outcome.as_ref().is_err_and(is_fatal) {
				return outcome;
			}
			gathering = outcome;
		}
		let done = match found {
			Ok(Found::Examined(examined)) => match gathering {
				Ok(()) => self.judge(connection, now, view, *examined).await,
				error => error,
			},
			Ok(Found::Collected(here)) => {
				self.findings.here.insert(view.batch, here);
				Ok(())
			},
			Err(error) => Err(error),
		};
		match done {
			Ok(()) => {
				self.findings.missing.remove(&view.batch);
			},
			Err(error) if is_fatal(&error) && !is_certain(&error) => return Err(error),
			Err(error) => {
				// The look may have taken a while.
				let block = connection.client.best_block().await?;
				self.miss(view, block, arrived, &error);
				let is_open = !self.is_under_way(view, now.block);
				if is_open && (is_withheld(&error) || self.was_demanded(view)) {
					self.withheld(connection, &now.job, view, block).await?;
				}
				if self.is_here(view) {
					self.findings.missing.remove(&view.batch);
				}
			},
		}
		let verified: u64 = self.findings.here.values().map(|here| here.outcomes.len() as u64).sum();
		self.progress.verified(verified);
		Ok(())
	}

	/// Notes that a batch cannot be had, at the moment or for good. `arrived`: how many bytes of it had come.
	pub(super) fn miss(&mut self, view: &BatchView, now: BlockNumber, arrived: u64, error: &Error) {
		let before = self.findings.missing.get(&view.batch).filter(|missing| missing.is_of(view));
		let tries = before.map_or(0, |missing| missing.tries);
		// What is demanded is put onto the network with it: that takes a while, too.
		let unchanged =
			before.filter(|missing| missing.is_of_now(view) && view.stage != BatchStage::Demanded);
		let mut lack = unchanged.map_or(Lack::new(now), |missing| missing.lack);
		let gets_on = lack.note(now, arrived);
		if before.is_none_or(|missing| missing.error != error.message()) {
			self.progress.tell(&format!("batch {}: {}", view.batch, error.message()));
		}
		// A batch that is not paid yet may come to be had for as long as it takes.
		let tries = match view.stage {
			BatchStage::Settled if gets_on => tries,
			BatchStage::Settled => tries.saturating_add(1),
			_ => 1,
		};
		let (attempt, deadline, is_withheld) = (view.attempt, view.deadline, is_withheld(error));
		let (error, exit) = (error.message(), error.exit());
		let missing = Missing { attempt, deadline, lack, is_withheld, tries, error, exit };
		self.findings.missing.insert(view.batch, missing);
	}

	/// Judges a batch that was looked at closely, and can still be contested.
	async fn judge(
		&mut self,
		connection: &Connection<'_>,
		now: &Snapshot,
		view: &BatchView,
		examined: Examined,
	) -> Result<(), Error> {
		if self.is_under_way(view, now.block) {
			return Ok(());
		}
		let is_doubtful = examined.finding.is_some();
		if let Some(Finding { fault, remedy: Some(Remedy::Demand(task)), .. }) = examined.finding {
			return self.have_shown(connection, &now.job, view, fault, task, true).await;
		}
		if let Some(finding) = examined.finding {
			self.findings.wrong.insert((view.batch, view.attempt), finding.task);
			let remedy = finding.remedy.as_ref().map(RemedyKind::from);
			if !remedy.is_some_and(|remedy| self.was_contested(view, remedy)) {
				return match view.stage {
					BatchStage::Revealed => self.contest(connection.client, &now.job, view, finding).await,
					_ => Ok(()),
				};
			}
			self.tell_once(view, finding.fault);
		}
		let Some((revealed, sealed)) = examined.sealed else { return Ok(()) };
		let results = revealed.open(&sealed)?;
		connection.directory.store(&revealed, &results)?;
		let outcomes = results.into_iter().map(|result| result.outcome).collect();
		let here = Here::new(view, &revealed, outcomes, examined.ran_again, is_doubtful);
		self.findings.here.insert(view.batch, here);
		Ok(())
	}

	/// The task over which a delivery was found wrong here. `Some(None)`: that is not known any more.
	fn doubt(&self, view: &BatchView) -> Option<Option<TaskIndex>> {
		self.upheld(view).or_else(|| self.findings.wrong.get(&(view.batch, view.attempt)).copied())
	}

	/// Pays for what is right.
	async fn accept(&mut self, client: &Client, now: &Snapshot) -> Result<(), Error> {
		if !self.choices.accept {
			return Ok(());
		}
		let is_right =
			|view: &&BatchView| self.findings.here.get(&view.batch).is_some_and(|here| !here.is_doubtful);
		let open = now.batches.iter().filter(|view| view.stage == BatchStage::Revealed);
		let wanted: Vec<(BatchIndex, Attempt)> = open
			.filter(|view| self.is_here(view))
			.filter(is_right)
			.map(|view| (view.batch, view.attempt))
			.filter(|delivery| {
				self.findings.paying.get(delivery).is_none_or(|paying| paying.transaction.is_some())
			})
			.take(AT_ONCE)
			.collect();
		for delivery in wanted {
			match self.pay(client, delivery, now.block).await {
				Err(error) if error.is_connection_lost() => return Err(error),
				// It may have been settled by then. If it was not, it will be when its window ends.
				Err(error) => {
					self.progress.tell(&format!(
						"batch {} is not paid at once, but when its challenge window ends: {error}",
						delivery.0
					));
					let nothing = Paying { transaction: None, track: Track::default(), seen: now.block };
					self.findings.paying.insert(delivery, nothing);
				},
				Ok(()) => {},
			}
		}
		Ok(())
	}

	/// Pays for a batch, or sees after a while what became of that.
	async fn pay(
		&mut self,
		client: &Client,
		delivery: (BatchIndex, Attempt),
		now: BlockNumber,
	) -> Result<(), Error> {
		let call = Call::Accept { job: self.posted.job, batch: delivery.0 };
		if let Some(paying) = self.findings.paying.get_mut(&delivery) {
			let is_due = now.saturating_sub(paying.seen) >= PATIENCE;
			let Some(transaction) = paying.transaction.as_ref().filter(|_| is_due) else { return Ok(()) };
			paying.seen = now;
			match paying.track.look(client, &call, transaction, now).await? {
				Whereabouts::Pending => return Ok(()),
				// It did nothing there, or the batch would be settled.
				Whereabouts::Included { .. } => return Ok(()),
				Whereabouts::Final { .. } => {
					paying.transaction = None;
					return Ok(());
				},
				Whereabouts::Gone => {},
			}
		}
		let transaction = client.prepare(self.keys, &call).await?;
		let mut track = Track::default();
		track.hand_in(client, &call, &transaction, now).await?;
		let paying = Paying { transaction: Some(transaction), track, seen: now };
		self.findings.paying.insert(delivery, paying);
		Ok(())
	}
}

/// One connection's part of following.
pub(super) struct Connection<'a> {
	pub(super) client: &'a Client,
	pub(super) directory: &'a Directory,
	pub(super) scrutiny: Scrutiny,
	rerunner: Option<Arc<Rerunner>>,
	block_time: Duration,
}

impl Connection<'_> {
	/// What tasks are run again with, if any are.
	pub(super) fn rerunner(&self) -> Option<&Rerunner> {
		self.rerunner.as_deref()
	}
}

/// Never.
enum Never {}

/// Tells where the job stands at every block, until the connection is lost.
async fn observe(
	client: &Client,
	job: u64,
	snapshots: &watch::Sender<Option<Snapshot>>,
) -> Result<Never, Error> {
	let mut blocks = client.best_blocks().await?;
	while let Some(block) = blocks.next().await {
		let block = block?.number;
		let snapshot =
			Snapshot { block, job: client.job(job).await?, batches: client.all_batches(job).await? };
		snapshots.send_replace(Some(snapshot));
	}
	Err(ClientError::ConnectionLost { reason: "the node stopped telling about blocks".into() }.into())
}
