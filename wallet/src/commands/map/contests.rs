//! Contesting what is wrong in a map: each delivery once in each way, over any interruption.

use super::{
	delivery::deliver,
	follow::{Connection, Follow},
	journal::{About, ContestedBatch},
};
use crate::{
	check::{Fault, Finding},
	commands::contest::{Contest, Contested, RemedyKind},
	error::Error,
};
use assay_client::{codes, Client, Error as ClientError, Prepared, Submitted};
use assay_primitives::{
	view::{BatchView, JobView},
	BlockNumber, TaskIndex,
};

/// Blocks for which results may be on their way through the network before the worker is made to show them.
const PATIENCE: BlockNumber = 10;
/// Blocks before the end of the window in which it is high time: a demand has to be in a block before.
const LAST_CALL: BlockNumber = 4;

impl Follow<'_> {
	/// Finds out what became of contests that were signed and written down before an interruption. What never reached the
	/// chain is forgotten, so that it can be contested again.
	pub(super) async fn catch_up(&mut self, client: &Client) -> Result<(), Error> {
		while let Some(position) =
			self.journal.contested.iter().position(|contest| contest.transaction.is_some())
		{
			match self.deliver(client, position).await {
				Ok(contested) => self.sent(contested),
				Err(error) if is_certain(&error) => self.progress.tell(&error.message()),
				Err(error) => return Err(error),
			}
		}
		Ok(())
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
	/// worker shows them or loses the batch. Takes what was shown before in any case. If many still cannot be had after that, all
	/// validators are asked for them: they have them, or the worker is not paid.
	pub(super) async fn withheld(
		&mut self,
		connection: &Connection<'_>,
		job: &JobView,
		view: &BatchView,
		now: BlockNumber,
		is_withheld: bool,
	) -> Result<(), Error> {
		let since = self.findings.missing.get(&view.batch).map_or(now, |missing| missing.since);
		let is_time = is_withheld && is_time(since, now, view.deadline);
		if !is_time && !self.was_demanded(view) {
			return Ok(());
		}
		match self.have_shown(connection, job, view, Fault::Withheld, view.first_task, is_time).await {
			Err(error) if error.is_connection_lost() => Err(error),
			// Nothing can be kept here.
			Err(Error::Results(error)) if !error.is_verdict() => Err(error.into()),
			// The other batches are not concerned.
			Err(error) => {
				self.miss(view, now, &error);
				Ok(())
			},
			Ok(()) => Ok(()),
		}
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
		contest.fund(client, self.keys).await?;
		let since = Some(client.best_block().await?);
		let transaction = client.prepare(self.keys, contest.call()).await?;
		let position = self.journal.contested.len();
		self.journal.contested.push(ContestedBatch {
			batch: view.batch,
			attempt: view.attempt,
			about: Some(About { task: contest.task(), remedy: contest.remedy() }),
			transaction: Some(transaction),
			since,
		});
		self.desk.write(self.journal)?;
		let contested = self.deliver(client, position).await?;
		self.sent(contested);
		Ok(())
	}

	fn sent(&mut self, contested: Option<Contested>) {
		if let Some(contested) = contested {
			self.progress.tell(&contested.line());
			self.findings.contested.push(contested);
		}
	}

	/// Brings a contest that was written down onto the chain. One that never gets there is struck out.
	async fn deliver(&mut self, client: &Client, position: usize) -> Result<Option<Contested>, Error> {
		let Some(contest) = self.journal.contested.get(position).cloned() else { return Ok(None) };
		let (Some(transaction), Some(about)) = (contest.transaction, contest.about) else { return Ok(None) };
		let outcome = carry_out(client, about.remedy.word(), &transaction).await;
		match &outcome {
			Ok(Fate::Gone) => drop(self.journal.contested.remove(position)),
			Err(error) if is_certain(error) => drop(self.journal.contested.remove(position)),
			Err(_) => return outcome.map(|_| None),
			Ok(Fate::Included(_)) => {
				if let Some(contest) = self.journal.contested.get_mut(position) {
					contest.transaction = None;
				}
			},
		}
		self.desk.write(self.journal)?;
		Ok(match outcome? {
			Fate::Included(Some(submitted)) => {
				Some(Contested::new(self.posted.job, contest.batch, about.task, about.remedy, &submitted))
			},
			Fate::Included(None) | Fate::Gone => None,
		})
	}
}

/// What became of a contest.
enum Fate {
	/// It is in a final block. What it did there is not always known any more.
	Included(Option<Submitted>),
	/// It never will be in one.
	Gone,
}

async fn carry_out(client: &Client, name: &str, transaction: &Prepared) -> Result<Fate, Error> {
	let Some((block, _)) = deliver(client, &name, transaction).await? else { return Ok(Fate::Gone) };
	match client.effect(&name, transaction, block).await {
		Ok(submitted) => Ok(Fate::Included(Some(submitted))),
		Err(error) if error.is_connection_lost() || matches!(error, ClientError::Dispatch(_)) => {
			Err(error.into())
		},
		// The node may have forgotten that block's events.
		Err(_) => Ok(Fate::Included(None)),
	}
}

/// Whether it is certain that nothing was sent, or that nothing came of it.
fn is_certain(error: &Error) -> bool {
	match error {
		Error::Client(error) => matches!(
			error,
			ClientError::Dispatch(_)
				| ClientError::Refused { .. }
				| ClientError::Invalid { .. }
				| ClientError::Dropped { .. }
		),
		_ => false,
	}
}

/// Whether the sealed results are not where they should be.
pub(super) fn is_withheld(error: &Error) -> bool {
	matches!(
		error,
		Error::Client(
			ClientError::Rpc { code: codes::BLOB_MISSING | codes::BLOB_NOT_IN_TIME, .. }
				| ClientError::WrongBlob { .. }
		)
	)
}

/// Whether results that are missing since a block are to be demanded now.
fn is_time(since: BlockNumber, now: BlockNumber, deadline: Option<BlockNumber>) -> bool {
	now.saturating_sub(since) >= PATIENCE
		|| deadline.is_some_and(|deadline| deadline.saturating_sub(now) <= LAST_CALL)
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn results_are_given_time_to_arrive_but_never_all_of_it() {
		assert!(!is_time(100, 100, Some(200)) && !is_time(100, 109, Some(200)));
		assert!(is_time(100, 110, Some(200)) && is_time(100, 110, None));
		assert!(is_time(100, 100, Some(104)), "the window is as short as it can be");
		assert!(!is_time(100, 100, Some(105)) && is_time(100, 101, Some(105)));
		assert!(is_time(100, 101, Some(90)), "it has run out, but nobody has moved it on yet");
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
		assert!(!is_withheld(&rpc(codes::UNKNOWN_BATCH)));
		assert!(!is_withheld(&ClientError::ConnectionLost { reason: "reset".into() }.into()));
	}
}
