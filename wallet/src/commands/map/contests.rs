//! Contesting what is wrong in a map: each delivery once in each way, over any interruption, and none after the other: what
//! was sent is looked after from block to block, while everything else goes on.

use super::{
	delivery::Track,
	follow::{Connection, Follow},
	journal::{About, ContestedBatch},
	shown::TOO_MANY_DEMANDS,
};
use crate::{
	check::{Fault, Finding},
	commands::contest::{Contest, Contested, RemedyKind},
	error::Error,
};
use assay_client::{codes, Client, Error as ClientError, Prepared, Submitted, Whereabouts};
use assay_primitives::{
	view::{BatchView, JobView},
	Balance, BlockNumber, Hash, TaskIndex,
};

/// Blocks for which results may be on their way through the network before the worker is made to show them.
const PATIENCE: BlockNumber = 10;
/// What has to arrive in a block, besides, of results that are longer on their way.
const BYTES_PER_BLOCK: u64 = 384 << 10;
/// Blocks before the end of the window in which it is high time: a demand has to be in a block before.
pub(super) const LAST_CALL: BlockNumber = 4;

impl Follow<'_> {
	/// Looks once after everything that was signed and written down, by this run or an earlier one, and is not known to be in
	/// a final block. What never reached the chain, or came to nothing there, is forgotten, so that it can be sent again.
	pub(super) async fn catch_up(&mut self, client: &Client, now: BlockNumber) -> Result<(), Error> {
		let mut position = 0;
		while position < self.journal.contested.len() {
			match self.look_after(client, position, now).await {
				Ok(true) => position = position.saturating_add(1),
				Ok(false) => drop(self.strike_out(position)?),
				Err(error) if is_certain(&error) => {
					self.progress.tell(&error.message());
					let struck_out = self.strike_out(position)?;
					let is_too_many = matches!(&error, Error::Client(error) if error.dispatch_name() == Some(TOO_MANY_DEMANDS));
					if let Some(contest) = struck_out.filter(|_| is_too_many) {
						self.findings.exhausted.insert((contest.batch, contest.attempt));
					}
				},
				Err(error) => return Err(error),
			}
		}
		Ok(())
	}

	/// Whether something was sent about this delivery of which its view of that block cannot know.
	pub(super) fn is_under_way(&self, view: &BatchView, at: BlockNumber) -> bool {
		self.contests(view).any(|contest| contest.is_under_way(at))
	}

	/// The task over which this delivery was contested, and is still there. `Some(None)`: nobody wrote down which.
	pub(super) fn upheld(&self, view: &BatchView) -> Option<Option<TaskIndex>> {
		let mut contests = self.contests(view);
		let found = contests.find(|contest| contest.about.is_none_or(|about| !about.remedy.is_demand()));
		found.map(|contest| contest.about.map(|about| about.task))
	}

	/// Whether this delivery was contested in this way. A bond is never put up twice for the same.
	pub(super) fn was_contested(&self, view: &BatchView, remedy: RemedyKind) -> bool {
		self.contests(view).any(|contest| contest.about.is_none_or(|about| about.remedy == remedy))
	}

	/// Everything that was sent about this delivery.
	pub(super) fn contests(&self, view: &BatchView) -> impl Iterator<Item = &ContestedBatch> + Clone {
		let (batch, attempt) = (view.batch, view.attempt);
		self.journal
			.contested
			.iter()
			.filter(move |contest| (contest.batch, contest.attempt) == (batch, attempt))
	}

	/// Says once that the chain has decided against what was found here.
	pub(super) fn tell_once(&mut self, view: &BatchView, fault: Fault) {
		if self.findings.told.insert((view.batch, view.attempt)) {
			let words = fault.words();
			let batch = view.batch;
			self.progress.tell(&format!("batch {batch}: {words} as before, but it was contested and stands"));
		}
	}

	/// Demands the results of a batch whose sealed results cannot be had, once that is no matter of patience any more: the
	/// worker shows them or loses the batch. Takes what was shown before in any case. If many still cannot be had after that,
	/// all validators are asked for them: they have them, or the worker is not paid.
	pub(super) async fn withheld(
		&mut self,
		connection: &Connection<'_>,
		job: &JobView,
		view: &BatchView,
		now: BlockNumber,
	) -> Result<(), Error> {
		let is_time = self.is_time_to_demand(view, now);
		if !is_time && !self.was_demanded(view) {
			return Ok(());
		}
		match self.have_shown(connection, job, view, Fault::Withheld, view.first_task, is_time).await {
			Err(error) if error.is_connection_lost() => Err(error),
			// Nothing can be kept here.
			Err(Error::Results(error)) if !error.is_verdict() => Err(error.into()),
			// The other batches are not concerned.
			Err(error) => {
				self.miss(view, now, 0, &error);
				Ok(())
			},
			Ok(()) => Ok(()),
		}
	}

	/// Whether it is time to demand results that do not come.
	pub(super) fn is_time_to_demand(&self, view: &BatchView, now: BlockNumber) -> bool {
		let missing = self.findings.missing.get(&view.batch).filter(|missing| missing.is_of_now(view));
		missing.is_some_and(|missing| missing.is_withheld && is_time(&missing.lack, now, view.deadline))
	}

	/// Contests a wrong batch. What is sent is signed and written down first.
	pub(super) async fn contest(
		&mut self,
		client: &Client,
		job: &JobView,
		view: &BatchView,
		finding: Finding,
	) -> Result<(), Error> {
		let task = finding.task.map(|task| format!(", task {task}")).unwrap_or_default();
		self.progress.tell(&format!("WRONG: batch {}{task}: {}", view.batch, finding.fault.words()));
		let Some(remedy) = finding.remedy else {
			return Ok(());
		};
		let contest = Contest::new(job, view, remedy, &client.parameters().await?);
		self.progress.tell(contest.terms());
		contest.fund(client, self.keys, self.held()).await?;
		let now = client.best_block().await?;
		let transaction = client.prepare(self.keys, contest.call()).await?;
		let position = self.journal.contested.len();
		self.journal.contested.push(ContestedBatch {
			batch: view.batch,
			attempt: view.attempt,
			about: Some(About { task: contest.task(), remedy: contest.remedy() }),
			transaction: Some(transaction),
			since: Some(now),
			held: contest.held(),
			track: Track::default(),
		});
		self.desk.write(self.journal)?;
		self.hand_in(client, position, now).await
	}

	/// What is going to be held for what is in no block yet.
	fn held(&self) -> Balance {
		let waiting = self.journal.contested.iter().filter(|contest| contest.is_under_way(BlockNumber::MAX));
		waiting.fold(0, |held, contest| held.saturating_add(contest.held))
	}

	/// Hands in what was written down, for the first time. It is struck out if it is certain that it came to nothing.
	async fn hand_in(&mut self, client: &Client, position: usize, now: BlockNumber) -> Result<(), Error> {
		let Some(contest) = self.journal.contested.get_mut(position) else { return Ok(()) };
		let (Some(transaction), Some(about)) = (&contest.transaction, contest.about) else { return Ok(()) };
		let handed_in = contest.track.hand_in(client, &about.remedy.word(), transaction, now).await;
		if handed_in.as_ref().is_err_and(is_certain) {
			self.strike_out(position)?;
		}
		handed_in
	}

	/// Looks where a contest is that was written down. `false`: it will never be in a block.
	async fn look_after(
		&mut self,
		client: &Client,
		position: usize,
		now: BlockNumber,
	) -> Result<bool, Error> {
		let Some(contest) = self.journal.contested.get_mut(position) else { return Ok(true) };
		let (Some(transaction), Some(about)) = (&contest.transaction, contest.about) else { return Ok(true) };
		let name = about.remedy.word();
		match contest.track.look(client, &name, transaction, now).await? {
			Whereabouts::Gone => return Ok(false),
			Whereabouts::Pending => contest.track.block = None,
			Whereabouts::Included { block, number } if contest.track.block != Some((block, number)) => {
				contest.track.block = match effect(client, name, transaction, block).await {
					Ok(_) => Some((block, number)),
					// It is struck out once that is final.
					Err(Error::Client(ClientError::Dispatch(_))) => None,
					Err(error) => return Err(error),
				};
			},
			Whereabouts::Included { .. } => {},
			Whereabouts::Final { block, number } => {
				let submitted = effect(client, name, transaction, block).await?;
				contest.track.block = Some((block, number));
				contest.transaction = None;
				let (job, batch) = (self.posted.job, contest.batch);
				self.desk.write(self.journal)?;
				if let Some(submitted) = submitted {
					let contested = Contested::new(job, batch, about.task, about.remedy, &submitted);
					self.progress.tell(&contested.line());
					self.findings.contested.push(contested);
				}
			},
		}
		Ok(true)
	}

	/// Forgets something that was written down.
	fn strike_out(&mut self, position: usize) -> Result<Option<ContestedBatch>, Error> {
		if position >= self.journal.contested.len() {
			return Ok(None);
		}
		let contest = self.journal.contested.remove(position);
		self.desk.write(self.journal)?;
		Ok(Some(contest))
	}
}

/// What a contest did in a block. `None`: the node may have forgotten that block's events.
async fn effect(
	client: &Client,
	name: &str,
	transaction: &Prepared,
	block: Hash,
) -> Result<Option<Submitted>, Error> {
	match client.effect(&name, transaction, block).await {
		Ok(submitted) => Ok(Some(submitted)),
		Err(error) if error.is_connection_lost() || matches!(error, ClientError::Dispatch(_)) => {
			Err(error.into())
		},
		Err(_) => Ok(None),
	}
}

/// Whether it is certain that nothing was sent, or that nothing came of it.
pub(super) fn is_certain(error: &Error) -> bool {
	match error {
		Error::Client(error) => matches!(
			error,
			ClientError::Dispatch(_)
				| ClientError::WouldFail(_)
				| ClientError::Refused { .. }
				| ClientError::Invalid { .. }
				| ClientError::Dropped { .. }
		),
		_ => false,
	}
}

/// Whether the sealed results are not where they should be.
pub(super) fn is_withheld(error: &Error) -> bool {
	match error {
		Error::NotComing(_) => true,
		Error::Client(error) => matches!(
			error,
			ClientError::Rpc { code: codes::BLOB_MISSING | codes::BLOB_NOT_IN_TIME, .. }
				| ClientError::WrongBlob { .. }
				| ClientError::TimedOut { .. }
		),
		_ => false,
	}
}

/// How results that do not come have not come so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Lack {
	/// The block in which that was first seen.
	pub(super) since: BlockNumber,
	/// The block in which it was last seen that more of them had come.
	pub(super) progress: BlockNumber,
	/// Bytes that have come.
	pub(super) arrived: u64,
}

impl Lack {
	/// Nothing has come yet.
	pub(super) fn new(now: BlockNumber) -> Self {
		Self { since: now, progress: now, arrived: 0 }
	}

	/// Notes how many bytes had come in a later look. Says whether they were more.
	pub(super) fn note(&mut self, now: BlockNumber, arrived: u64) -> bool {
		let is_more = arrived > self.arrived;
		if is_more {
			(self.progress, self.arrived) = (now, arrived);
		}
		is_more
	}
}

/// Whether results are to be demanded now: nothing has come for a while, or they come so slowly that nobody may mean them to
/// come, or there is no more time.
fn is_time(lack: &Lack, now: BlockNumber, deadline: Option<BlockNumber>) -> bool {
	let bought = BlockNumber::try_from(lack.arrived / BYTES_PER_BLOCK).unwrap_or(BlockNumber::MAX);
	now.saturating_sub(lack.progress) >= PATIENCE
		|| now.saturating_sub(lack.since) >= PATIENCE.saturating_add(bought)
		|| deadline.is_some_and(|deadline| deadline.saturating_sub(now) <= LAST_CALL)
}

#[cfg(test)]
mod tests {
	use super::*;
	use std::time::Duration;

	#[test]
	fn results_are_given_time_to_arrive_but_never_all_of_it() {
		let is_time = |since, now, deadline| is_time(&Lack::new(since), now, deadline);
		assert!(!is_time(100, 100, Some(200)) && !is_time(100, 109, Some(200)));
		assert!(is_time(100, 110, Some(200)) && is_time(100, 110, None));
		assert!(is_time(100, 100, Some(104)), "the window is as short as it can be");
		assert!(!is_time(100, 100, Some(105)) && is_time(100, 101, Some(105)));
		assert!(is_time(100, 101, Some(90)), "it has run out, but nobody has moved it on yet");
	}

	#[test]
	fn large_results_over_a_slow_link_are_waited_for_and_a_trickle_is_not() {
		let mut lack = Lack::new(100);
		for now in 101..180 {
			assert!(lack.note(now, u64::from(now - 100) * BYTES_PER_BLOCK));
			assert!(!is_time(&lack, now, Some(200)), "it goes on: {lack:?}");
		}
		assert!(!lack.note(189, lack.arrived) && !is_time(&lack, 188, Some(200)));
		assert!(is_time(&lack, 189, Some(200)), "nothing more has come for a while");
		assert!(is_time(&lack, 180, Some(184)), "there is no more time");
		let mut lack = Lack::new(100);
		for now in 101..110 {
			assert!(lack.note(now, u64::from(now)));
			assert!(!is_time(&lack, now, Some(200)));
		}
		assert!(lack.note(110, 110) && is_time(&lack, 110, Some(200)), "that never ends: {lack:?}");
	}

	#[test]
	fn only_what_the_network_does_not_give_is_demanded() {
		let rpc = |code| {
			Error::from(ClientError::Rpc {
				method: "blob_download".into(),
				code,
				message: "no".into(),
				data: None,
			})
		};
		assert!(is_withheld(&rpc(codes::BLOB_MISSING)) && is_withheld(&rpc(codes::BLOB_NOT_IN_TIME)));
		let slow = ClientError::TimedOut { what: "blob_download".into(), after: Duration::from_secs(60) };
		assert!(is_withheld(&Error::NotComing(1)) && is_withheld(&slow.into()));
		assert!(!is_withheld(&rpc(codes::UNKNOWN_BATCH)));
		assert!(!is_withheld(&ClientError::ConnectionLost { reason: "reset".into() }.into()));
	}
}
