//! Having a worker show what cannot be had otherwise: one result after the other is demanded, and what comes onto the chain
//! is taken for the result that it is.

use super::{
	follow::{Connection, Follow, Here},
	journal::{About, ContestedBatch},
};
use crate::{
	check::{Fault, Finding, Remedy},
	commands::{contest::RemedyKind, job_fetch::spans},
	error::Error,
	results::{ResultsError, Revealed},
	shown::{self, Shown},
};
use assay_primitives::{
	audit::Opening,
	sealing::TaskResult,
	view::{BatchStage, BatchView, JobView, Parameters},
	BlockNumber, TaskIndex,
};
use std::{collections::BTreeMap, ops::Range};

/// Results of one delivery of a batch that the chain lets its requester demand.
const MOST_DEMANDS: usize = 8;
/// What the chain says to one more.
pub(super) const TOO_MANY_DEMANDS: &str = "TooManyDemands";

/// What was shown of one delivery of a batch.
#[derive(Clone, Default)]
pub(super) struct Gathered {
	/// The results, each checked against the receipt.
	pub(super) results: BTreeMap<TaskIndex, Shown>,
	/// Those of them that were run again here.
	ran_again: Vec<TaskIndex>,
	/// One that came out differently here.
	wrong: Option<Opening>,
	/// The first block that was not looked into yet.
	next: BlockNumber,
	/// What is to be said about it.
	news: Vec<String>,
}

impl Gathered {
	/// All of the results, if they are all here.
	fn whole(&self, tasks: Range<TaskIndex>) -> Option<Vec<TaskResult>> {
		let result = |task| {
			let shown = self.results.get(&task)?;
			Some(TaskResult { outcome: shown.opening.outcome, output: shown.output.clone()? })
		};
		tasks.map(result).collect()
	}
}

impl Follow<'_> {
	/// Whether some of this delivery was demanded, or may have been.
	pub(super) fn was_demanded(&self, view: &BatchView) -> bool {
		self.contests(view).any(is_demand)
	}

	/// What was demanded of this delivery's worker.
	pub(super) fn demands(&self, view: &BatchView) -> Vec<Demanded> {
		let demands = self.contests(view).filter_map(|contest| {
			let since = contest.since.unwrap_or(self.posted.block);
			task_of(contest).map(|task| Demanded { task, since })
		});
		demands.collect()
	}

	/// Keeps what was found in blocks, and says what is new of it.
	pub(super) fn note_shown(&mut self, view: &BatchView, mut gathered: Gathered) {
		for news in gathered.news.drain(..) {
			self.progress.tell(&news);
		}
		self.findings.shown.insert((view.batch, view.attempt), gathered);
	}

	/// Makes use of what the worker has shown of a batch and, if it is time, demands what comes next: `first`, then the
	/// others, one by one or of all validators, for as long as the chain takes demands.
	pub(super) async fn have_shown(
		&mut self,
		connection: &Connection<'_>,
		job: &JobView,
		view: &BatchView,
		fault: Fault,
		first: TaskIndex,
		is_time: bool,
	) -> Result<(), Error> {
		let delivery = (view.batch, view.attempt);
		let tasks = view.first_task..view.first_task.saturating_add(view.tasks);
		let gathered = self.findings.shown.get(&delivery);
		let wrong = gathered.and_then(|gathered| gathered.wrong.clone());
		let whole = gathered.and_then(|gathered| gathered.whole(tasks.clone()));
		let ran_again = gathered.map(|gathered| gathered.ran_again.clone()).unwrap_or_default();

		let is_open = view.stage == BatchStage::Revealed;
		let is_doubtful = wrong.is_some();
		if let Some(opening) = wrong.filter(|_| is_open && !self.was_contested(view, RemedyKind::Challenge)) {
			let (fault, task) = (Fault::WrongResult, Some(opening.task));
			let finding = Finding { fault, task, remedy: Some(Remedy::Challenge(opening)) };
			return self.contest(connection.client, job, view, finding).await;
		}
		if let Some(results) = whole {
			let revealed = Revealed::new(job, view)?;
			connection.directory.store(&revealed, &results)?;
			let outcomes = results.into_iter().map(|result| result.outcome).collect();
			let here = Here::new(view, &revealed, outcomes, ran_again, is_doubtful);
			self.findings.here.insert(view.batch, here);
			return Ok(());
		}
		if !is_open || !is_time || self.findings.exhausted.contains(&delivery) {
			return Ok(());
		}
		let parameters = connection.client.parameters().await?;
		let Some(remedy) = self.next_remedy(view, tasks, fault, first, &parameters) else {
			self.exhaust(view);
			return Ok(());
		};
		let task = match &remedy {
			Remedy::Demand(task) => Some(*task),
			_ => None,
		};
		let finding = Finding { fault, task, remedy: Some(remedy) };
		match self.contest(connection.client, job, view, finding).await {
			Err(Error::Client(error)) if error.dispatch_name() == Some(TOO_MANY_DEMANDS) => {
				self.exhaust(view);
				Ok(())
			},
			contested => contested,
		}
	}

	/// Says that no more of a batch can be demanded.
	fn exhaust(&mut self, view: &BatchView) {
		self.findings.exhausted.insert((view.batch, view.attempt));
		self.progress.tell(&format!(
			"batch {}: no more of it can be demanded by this account, and {} not here",
			view.batch,
			are(&self.findings.not_shown(view))
		));
	}

	fn next_remedy(
		&self,
		view: &BatchView,
		tasks: Range<TaskIndex>,
		fault: Fault,
		first: TaskIndex,
		parameters: &Parameters,
	) -> Option<Remedy> {
		let mut demands = Demands::default();
		for contest in self.contests(view).filter(|contest| is_demand(contest)) {
			match contest.about {
				// Nobody wrote down what it was for.
				None => return None,
				Some(About { remedy: RemedyKind::DemandBatch, .. }) => demands.of_all = true,
				Some(about) => demands.of_worker.push(about.task),
			}
		}
		let missing = self.findings.not_shown(view).len();
		let price = parameters.batch_demand_fee(view.sealed_len()).checked_div(parameters.demand_fee);
		let price = price.and_then(|demands| usize::try_from(demands).ok()).unwrap_or(usize::MAX);
		demands.next(tasks, first, missing, price, fault == Fault::Withheld)
	}
}

/// A result that a worker has to show.
#[derive(Clone, Copy)]
pub(super) struct Demanded {
	task: TaskIndex,
	/// A block before the one in which it was demanded.
	since: BlockNumber,
}

impl Gathered {
	/// Looks for the results that were demanded in the blocks since then.
	pub(super) async fn look(
		&mut self,
		connection: &Connection<'_>,
		job: &JobView,
		view: &BatchView,
		demands: &[Demanded],
	) -> Result<(), Error> {
		let first = demands.iter().map(|demanded| demanded.since).min();
		let mut wanted: Vec<TaskIndex> = demands.iter().map(|demanded| demanded.task).collect();
		wanted.retain(|task| !self.results.contains_key(task));
		let Some(first) = first.filter(|_| !wanted.is_empty()) else { return Ok(()) };
		let revealed = match Revealed::new(job, view) {
			// What is longer than it can be is not shown either.
			Err(ResultsError::TooLarge { .. }) => return Ok(()),
			revealed => revealed?,
		};
		let client = connection.client;
		let finalized = client.finalized_block().await?;
		for number in self.next.max(first)..=client.best_block().await? {
			let Some(hash) = client.block_hash(number).await? else { break };
			let Some(transactions) = client.transactions(hash).await? else { break };
			for task in wanted.clone() {
				let found = transactions.iter().find_map(|bytes| shown::find(&revealed, task, bytes));
				let Some(shown) = found else { continue };
				self.take(connection, view, shown).await?;
				wanted.retain(|other| *other != task);
			}
			if number <= finalized {
				self.next = number.saturating_add(1);
			}
		}
		Ok(())
	}

	/// Keeps a result that was shown, and runs the task again here if there are not enough of these yet.
	async fn take(
		&mut self,
		connection: &Connection<'_>,
		view: &BatchView,
		shown: Shown,
	) -> Result<(), Error> {
		let task = shown.opening.task;
		match &shown.output {
			Some(output) => connection.directory.keep(task, output)?,
			None => self.news.push(format!(
				"batch {}: the result of task {task} is too long for a block: the chain knows what it hashes to, not what it is",
				view.batch
			)),
		}
		let runs_again = self.ran_again.len() < connection.scrutiny.tasks;
		if let Some(rerunner) = connection.rerunner().filter(|_| runs_again) {
			let outcome = rerunner.run(task).await?;
			self.ran_again.push(task);
			if outcome != shown.opening.outcome && self.wrong.is_none() {
				self.wrong = Some(shown.opening.clone());
			}
		}
		self.news.push(format!("batch {}: its worker has shown the result of task {task}", view.batch));
		self.results.insert(task, shown);
		Ok(())
	}
}

/// `task 7 is`, `tasks 7 to 9 are`.
fn are(tasks: &[TaskIndex]) -> String {
	format!("{} {}", spans("task", tasks), if tasks.len() == 1 { "is" } else { "are" })
}

fn is_demand(contest: &ContestedBatch) -> bool {
	contest.about.is_none_or(|about| about.remedy.is_demand())
}

/// The task whose result was demanded of the worker.
fn task_of(contest: &ContestedBatch) -> Option<TaskIndex> {
	contest.about.filter(|about| about.remedy == RemedyKind::Demand).map(|about| about.task)
}

/// What was demanded of one delivery of a batch.
#[derive(Default)]
struct Demands {
	/// The tasks whose results its worker had to show.
	of_worker: Vec<TaskIndex>,
	/// Whether all validators were asked for all of them.
	of_all: bool,
}

impl Demands {
	/// What to demand next, so many results being `missing`. `None` if there is nothing left, or nothing that the chain would
	/// take. To ask all validators costs the `price` of so many results, and helps only where results are withheld.
	fn next(
		&self,
		mut tasks: Range<TaskIndex>,
		first: TaskIndex,
		missing: usize,
		price: usize,
		is_withheld: bool,
	) -> Option<Remedy> {
		let made = self.of_worker.len().saturating_add(self.of_all.into());
		let left = MOST_DEMANDS.checked_sub(made).filter(|left| *left > 0)?;
		let is_new = |task: &TaskIndex| !self.of_worker.contains(task);
		let batch = tasks.start;
		let next = Some(first).filter(is_new).or_else(|| tasks.find(is_new));
		let is_too_much = next.is_none() || missing > left.min(price);
		if is_withheld && is_too_much && !self.of_all && !self.of_worker.is_empty() {
			return Some(Remedy::DemandBatch(batch));
		}
		next.map(Remedy::Demand)
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use assay_primitives::{TaskOutcome, TaskStatus};

	#[test]
	fn one_result_after_the_other_is_demanded_while_the_chain_takes_it() {
		let mut demands = Demands::default();
		while let Some(Remedy::Demand(task)) = demands.next(4..20, 6, 16, 1, false) {
			demands.of_worker.push(task);
		}
		assert_eq!(demands.of_worker, [6, 4, 5, 7, 8, 9, 10, 11]);
		let all = Demands { of_worker: vec![4, 5], of_all: false };
		assert_eq!(all.next(4..6, 4, 1, 9, false), None, "there is nothing left");
	}

	#[test]
	fn all_validators_are_asked_once_where_that_costs_less() {
		let next = |of_worker: &[TaskIndex], of_all, missing, price| {
			let demands = Demands { of_worker: of_worker.to_vec(), of_all };
			demands.next(4..20, 4, missing, price, true)
		};
		assert_eq!(next(&[], false, 16, 3), Some(Remedy::Demand(4)), "the worker first");
		assert_eq!(next(&[4], false, 15, 3), Some(Remedy::DemandBatch(4)));
		assert_eq!(next(&[4], false, 3, 3), Some(Remedy::Demand(5)), "three cost no more than all");
		assert_eq!(next(&[4], false, 9, 100), Some(Remedy::DemandBatch(4)), "seven are left");
		assert_eq!(
			next(&[4], true, 15, 3),
			Some(Remedy::Demand(5)),
			"they had them, and still nobody gets them"
		);
		assert_eq!(next(&[4, 5, 6, 7, 8, 9, 10], true, 9, 3), None);
		let too_long = Demands { of_worker: vec![4, 5], of_all: false };
		assert_eq!(too_long.next(4..6, 4, 1, 3, true), Some(Remedy::DemandBatch(4)));
	}

	#[test]
	fn a_batch_is_whole_when_every_result_was_shown_in_full() {
		let outcome = TaskOutcome::new(TaskStatus::Completed(0), b"out", 7).unwrap();
		let shown = |task, output: Option<&[u8]>| Shown {
			opening: Opening { task, outcome, proof: Vec::new() },
			output: output.map(<[u8]>::to_vec),
		};
		let mut gathered = Gathered::default();
		gathered.results.insert(4, shown(4, Some(b"out")));
		assert!(gathered.whole(4..6).is_none());
		gathered.results.insert(5, shown(5, None));
		assert!(gathered.whole(4..6).is_none(), "of one only the hash is known");
		gathered.results.insert(5, shown(5, Some(b"out")));
		let whole = gathered.whole(4..6).unwrap();
		assert_eq!(whole.len(), 2);
		assert_eq!((whole[1].outcome, whole[1].output.as_slice()), (outcome, &b"out"[..]));
	}

	#[test]
	fn what_is_missing_is_named() {
		assert_eq!(are(&[7]), "task 7 is");
		assert_eq!(are(&[7, 8, 9]), "tasks 7 to 9 are");
	}
}
