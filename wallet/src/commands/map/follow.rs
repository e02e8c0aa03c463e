//! Following a posted job: every batch is fetched and verified as soon as it is revealed, some of its tasks are run again
//! here, and it is contested or accepted.

use super::{
	contests::is_withheld,
	journal::{Desk, Journal, JournalError, Posted},
	progress::Progress,
	shown::Gathered,
};
use crate::{
	check::{secret_seed, Finding, Remedy},
	commands::{
		contest::{Contested, RemedyKind},
		examine::{examine, Scrutiny},
		job_fetch::is_fatal,
	},
	error::{Error, Exit},
	output::Output,
	rerun::Rerunner,
	results::{Directory, Revealed},
};
use assay_client::{Call, Client, Error as ClientError, Inclusion, Keys};
use assay_primitives::{
	view::{BatchStage, BatchView, JobView},
	Attempt, BatchIndex, BlockNumber, Hash, TaskIndex, TaskOutcome,
};
use futures::{future::join_all, StreamExt};
use std::collections::{BTreeMap, BTreeSet};
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
	/// The block in which that was first seen.
	pub(super) since: BlockNumber,
	tries: u32,
	/// Why.
	pub(super) error: String,
	/// How a script can tell.
	pub(super) exit: Exit,
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
	accepted: BTreeSet<(BatchIndex, Attempt)>,
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
	pub(super) rerunner: Option<Rerunner>,
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
			self.rerunner = Some(Rerunner::fetch(client, &job.spec).await?);
		}
		self.catch_up(client).await?;
		let (sender, mut receiver) = watch::channel(None);
		let work = async {
			let connection = Connection { client, directory: &directory, scrutiny };
			self.work(&connection, &mut receiver).await
		};
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
		loop {
			let lost =
				|_| ClientError::ConnectionLost { reason: "the node stopped telling about blocks".into() };
			snapshots.changed().await.map_err(lost)?;
			let Some(now) = snapshots.borrow_and_update().clone() else { continue };
			self.progress.show(now.block, &now.batches)?;
			for view in &now.batches {
				self.batch(connection, &now.job, view, now.block).await?;
			}
			self.accept(connection.client, &now.batches).await?;
			self.progress.show(now.block, &now.batches)?;
			if !self.is_over(&now.batches) {
				over_since = None;
				continue;
			}
			let over_since = *over_since.get_or_insert(now.block);
			if connection.client.finalized_block().await? >= over_since {
				// What is paid, refunded or forgotten in a final block stays so, but that may be another block.
				let job = self.job(connection.client).await?;
				let batches = connection.client.all_batches(job.id).await?;
				if self.is_over(&batches) && self.verify(connection, &job, &batches)? {
					return Ok((job, batches));
				}
			}
		}
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

	/// Does for a batch what there is to do now. One that cannot be had does not keep the others away.
	async fn batch(
		&mut self,
		connection: &Connection<'_>,
		job: &JobView,
		view: &BatchView,
		now: BlockNumber,
	) -> Result<(), Error> {
		if self.is_here(view) {
			return Ok(());
		}
		let done = match view.stage {
			BatchStage::Revealed | BatchStage::Demanded => self.inspect(connection, job, view).await,
			BatchStage::Settled => self.collect(connection, job, view).await,
			_ => return Ok(()),
		};
		match done {
			Ok(()) => {
				self.findings.missing.remove(&view.batch);
			},
			Err(error) if is_fatal(&error) => return Err(error),
			Err(error) => {
				self.miss(view, now, &error);
				let is_withheld = is_withheld(&error);
				if is_withheld || self.was_demanded(view) {
					self.withheld(connection, job, view, now, is_withheld).await?;
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

	/// Notes that a batch cannot be had, at the moment or for good.
	pub(super) fn miss(&mut self, view: &BatchView, now: BlockNumber, error: &Error) {
		let before = self.findings.missing.get(&view.batch).filter(|missing| missing.attempt == view.attempt);
		let (tries, since) = before.map_or((0, now), |missing| (missing.tries, missing.since));
		// What is demanded is put onto the network with it: that takes a while, too.
		let since = if view.stage == BatchStage::Demanded { now } else { since };
		if before.is_none_or(|missing| missing.error != error.message()) {
			self.progress.tell(&format!("batch {}: {}", view.batch, error.message()));
		}
		// A batch that is not paid yet may come to be had for as long as it takes.
		let tries = if view.stage == BatchStage::Settled { tries.saturating_add(1) } else { 1 };
		let (error, exit) = (error.message(), error.exit());
		let missing = Missing { attempt: view.attempt, since, tries, error, exit };
		self.findings.missing.insert(view.batch, missing);
	}

	/// Looks closely at a batch that can still be contested.
	async fn inspect(
		&mut self,
		connection: &Connection<'_>,
		job: &JobView,
		view: &BatchView,
	) -> Result<(), Error> {
		// What validators have upheld against this machine is run once more: this machine may have been wrong, once.
		let scrutiny = Scrutiny { also: self.upheld(view).flatten(), ..connection.scrutiny };
		let rerunner = self.rerunner.as_ref();
		let examined = examine(connection.client, job, view, rerunner, &scrutiny, |_| ()).await?;
		let is_doubtful = examined.finding.is_some();
		if let Some(Finding { fault, remedy: Some(Remedy::Demand(task)), .. }) = examined.finding {
			return self.have_shown(connection, job, view, fault, task, true).await;
		}
		if let Some(finding) = examined.finding {
			let remedy = finding.remedy.as_ref().map(RemedyKind::from);
			if !remedy.is_some_and(|remedy| self.was_contested(view, remedy)) {
				return match view.stage {
					BatchStage::Revealed => self.contest(connection.client, job, view, finding).await,
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

	/// Brings a batch's results here, every one checked against the chain. Nothing is run again, except what was contested
	/// here and upheld.
	async fn collect(
		&mut self,
		connection: &Connection<'_>,
		job: &JobView,
		view: &BatchView,
	) -> Result<(), Error> {
		let revealed = Revealed::new(job, view)?;
		let outcomes = match connection.directory.present(&revealed)? {
			Some(outcomes) => outcomes,
			None => {
				let blob = revealed.receipt.sealed;
				let sealed = connection.client.download(&blob, blob.len).await?;
				let results = revealed.open(&sealed)?;
				connection.directory.store(&revealed, &results)?;
				results.into_iter().map(|result| result.outcome).collect()
			},
		};
		let is_doubtful = self.is_doubtful(view, &outcomes).await?;
		let here = Here::new(view, &revealed, outcomes, Vec::new(), is_doubtful);
		self.findings.here.insert(view.batch, here);
		Ok(())
	}

	/// Whether a paid batch has a result that was found wrong here, and still is.
	async fn is_doubtful(&self, view: &BatchView, outcomes: &[TaskOutcome]) -> Result<bool, Error> {
		let Some(upheld) = self.upheld(view) else { return Ok(false) };
		let (Some(task), Some(rerunner)) = (upheld, &self.rerunner) else { return Ok(true) };
		let position = task.checked_sub(view.first_task).and_then(|position| usize::try_from(position).ok());
		let committed = position.and_then(|position| outcomes.get(position));
		Ok(committed != Some(&rerunner.run(task).await?))
	}

	/// Pays for what is right.
	async fn accept(&mut self, client: &Client, views: &[BatchView]) -> Result<(), Error> {
		if !self.choices.accept {
			return Ok(());
		}
		let wanted: Vec<(BatchIndex, Attempt)> = views
			.iter()
			.filter(|view| view.stage == BatchStage::Revealed && self.is_here(view))
			.filter(|view| self.findings.here.get(&view.batch).is_some_and(|here| !here.is_doubtful))
			.map(|view| (view.batch, view.attempt))
			.filter(|delivery| !self.findings.accepted.contains(delivery))
			.collect();
		for some in wanted.chunks(AT_ONCE) {
			let calls: Vec<_> =
				some.iter().map(|(batch, _)| Call::Accept { job: self.posted.job, batch: *batch }).collect();
			let submitted =
				join_all(calls.iter().map(|call| client.submit(self.keys, call, Inclusion::BestBlock))).await;
			for (delivery, submitted) in some.iter().zip(submitted) {
				match submitted {
					Ok(_) => drop(self.findings.accepted.insert(*delivery)),
					Err(error) if error.is_connection_lost() => return Err(error.into()),
					// It may have been settled by then. If it was not, it will be when its window ends.
					Err(error) => {
						self.findings.accepted.insert(*delivery);
						if !matches!(error, ClientError::Dispatch(_)) {
							self.progress.tell(&format!(
								"batch {} is not paid at once, but when its challenge window ends: {error}",
								delivery.0
							));
						}
					},
				}
			}
		}
		Ok(())
	}
}

/// One connection's part of following.
pub(super) struct Connection<'a> {
	pub(super) client: &'a Client,
	pub(super) directory: &'a Directory,
	scrutiny: Scrutiny,
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
