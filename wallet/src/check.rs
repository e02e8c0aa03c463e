//! Whether a revealed batch is right, and what can be done about one that is not. Nothing here asks a node or runs a
//! task.

use crate::results::Revealed;
use assay_primitives::{
	audit::Opening,
	merkle,
	sealing::{sealed_len, FetchedBatch, SealError, SealedOpening},
	Hash, TaskIndex, TaskOutcome,
};
use codec::Encode;
use serde::Serialize;
use std::{collections::hash_map::RandomState, hash::BuildHasher};

/// A number nobody else can foresee, to draw tasks with.
pub(crate) fn secret_seed() -> Hash {
	// The standard library gets the keys of its hash maps from the operating system. That is secret enough: the worker
	// committed to its results long ago.
	let state = RandomState::new();
	let words: Vec<u64> = (0u64..4).map(|number| state.hash_one(number)).collect();
	Hash::of(&words.encode())
}

/// `wanted` of the tasks, ascending, every choice of them equally likely; all of them if there are not more.
pub(crate) fn draw(seed: &Hash, tasks: impl IntoIterator<Item = TaskIndex>, wanted: usize) -> Vec<TaskIndex> {
	let mut order: Vec<(Hash, TaskIndex)> =
		tasks.into_iter().map(|task| (Hash::of(&(seed, task).encode()), task)).collect();
	order.sort_unstable();
	let mut drawn: Vec<_> = order.into_iter().map(|(_, task)| task).take(wanted).collect();
	drawn.sort_unstable();
	drawn
}

/// What is wrong with a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Fault {
	/// The worker committed to another result than the program gives.
	WrongResult,
	/// The worker sealed something else than the result it committed to.
	Missealed,
	/// What was sealed is not what the receipt commits to, and what the worker committed to instead is not known.
	Unopened,
	/// What was sealed cannot be had.
	Withheld,
}

impl Fault {
	/// The fault in words, after the name of the task or the batch.
	pub(crate) fn words(self) -> &'static str {
		match self {
			Self::WrongResult => "the program gives another result here than the worker committed to",
			Self::Missealed => "the worker sealed something else than the result it committed to",
			Self::Unopened => "what was sealed is not what the receipt commits to",
			Self::Withheld => "the sealed results cannot be had",
		}
	}
}

/// What can be sent to the chain about a wrong result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Remedy {
	/// All validators run the task again.
	Challenge(Opening),
	/// The chain sees for itself.
	ProveMissealed(Opening, SealedOpening),
	/// The worker has to put the result onto the chain.
	Demand(TaskIndex),
	/// All validators say whether they can get the sealed results of the batch with this first task.
	DemandBatch(TaskIndex),
}

/// A batch that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Finding {
	/// What is wrong.
	pub(crate) fault: Fault,
	/// The task it shows in, if that is known.
	pub(crate) task: Option<TaskIndex>,
	/// What can be done about it.
	pub(crate) remedy: Option<Remedy>,
}

impl Finding {
	/// The sealed results cannot even be read. The worker can be made to show the one that is damaged, or any.
	pub(crate) fn unreadable(task: TaskIndex) -> Self {
		Self { fault: Fault::Unopened, task: Some(task), remedy: Some(Remedy::Demand(task)) }
	}
}

/// A task that was run again here, and what came out.
pub(crate) type Run = (TaskIndex, TaskOutcome);

/// The proof that `outcome` is what stands for `task` among these leaves, those of a batch whose first task is `first`.
fn opening(leaves: &[Hash], first: TaskIndex, task: TaskIndex, outcome: TaskOutcome) -> Option<Opening> {
	Some(Opening { task, outcome, proof: merkle::proof(leaves, task.checked_sub(first)?)? })
}

/// A batch's sealed results, and what of them can be read.
#[derive(Debug)]
pub(crate) struct Opened<'a> {
	revealed: &'a Revealed,
	fetched: FetchedBatch<'a>,
	/// One for each task, in order. `None` where what was sealed is no result at all.
	outcomes: Vec<Option<TaskOutcome>>,
}

impl<'a> Opened<'a> {
	/// Opens what can be opened.
	///
	/// # Errors
	///
	/// The sealed batch as a whole is not what the receipt commits to: nothing in it counts.
	pub(crate) fn new(revealed: &'a Revealed, sealed: &'a [u8]) -> Result<Self, SealError> {
		let fetched = FetchedBatch::parse(sealed, revealed.tasks(), &revealed.receipt.sealed_root)?;
		let outcomes = match fetched.open(revealed.key(), revealed.job, &revealed.receipt.outputs_root) {
			Ok(results) => results.into_iter().map(|result| Some(result.outcome)).collect(),
			// One by one, to see which of them can be read.
			Err(_) => revealed
				.tasks()
				.map(|task| fetched.open_one(revealed.key(), task)?.ok().map(|result| result.outcome))
				.collect(),
		};
		Ok(Self { revealed, fetched, outcomes })
	}

	/// What the worker committed to for a task, with the proof. `None` if that is not known, or there is no such task.
	pub(crate) fn opening(&self, task: TaskIndex) -> Option<Opening> {
		let leaves = self.committed(&self.outcomes)?;
		opening(&leaves, self.revealed.tasks().start, task, *self.outcome(task)?)
	}

	fn position(&self, task: TaskIndex) -> Option<usize> {
		usize::try_from(task.checked_sub(self.revealed.tasks().start)?).ok()
	}

	fn outcome(&self, task: TaskIndex) -> Option<&TaskOutcome> {
		self.outcomes.get(self.position(task)?)?.as_ref()
	}

	fn unreadable(&self) -> Vec<TaskIndex> {
		let numbered = self.revealed.number(&self.outcomes);
		numbered.filter(|(_, outcome)| outcome.is_none()).map(|(task, _)| task).collect()
	}

	/// The leaves of these outcomes, if they are those that the receipt commits to.
	fn committed(&self, outcomes: &[Option<TaskOutcome>]) -> Option<Vec<Hash>> {
		let leaves: Option<Vec<Hash>> = self
			.revealed
			.number(outcomes)
			.map(|(task, outcome)| Some(outcome.as_ref()?.leaf(self.revealed.job, task)))
			.collect();
		leaves.filter(|leaves| merkle::root(leaves) == Some(self.revealed.receipt.outputs_root))
	}

	/// The tasks to run again: those that cannot be read, because running them may tell what the worker committed to, and
	/// others at random. None if there are more that cannot be read than are to be run: nothing could be told.
	pub(crate) fn to_run(&self, seed: &Hash, wanted: usize) -> Vec<TaskIndex> {
		let mut tasks = self.unreadable();
		let Some(others) = wanted.checked_sub(tasks.len()) else { return Vec::new() };
		let numbered = self.revealed.number(&self.outcomes);
		let readable = numbered.filter(|(_, outcome)| outcome.is_some()).map(|(task, _)| task);
		tasks.extend(draw(seed, readable, others));
		tasks.sort_unstable();
		tasks
	}

	/// What is wrong with the batch, as far as these runs show. `None`: nothing.
	pub(crate) fn judge(&self, runs: &[Run], maximum_demand_bytes: u32) -> Option<Finding> {
		let differing: Vec<Run> =
			runs.iter().copied().filter(|(task, outcome)| self.outcome(*task) != Some(outcome)).collect();
		if self.committed(&self.outcomes).is_some() {
			let (task, _) = *differing.first()?;
			let remedy = self.opening(task).map(Remedy::Challenge);
			return Some(Finding { fault: Fault::WrongResult, task: Some(task), remedy });
		}
		// Some of what was sealed is not what the worker committed to: all that differs from what came out here, or one
		// task, while others are wrong in both.
		let proven = std::iter::once(differing.as_slice())
			.chain(differing.iter().map(std::slice::from_ref))
			.find_map(|truth| self.prove(truth, maximum_demand_bytes));
		proven.or_else(|| {
			let differing = differing.first().map(|(task, _)| *task);
			let task = self.unreadable().first().copied().or(differing);
			Some(Finding { fault: Fault::Unopened, task, remedy: task.map(Remedy::Demand) })
		})
	}

	/// Shows that the first of these tasks was sealed wrongly, if the worker committed to their outcomes as they are here,
	/// and to those of all other tasks as they were sealed.
	fn prove(&self, truth: &[Run], maximum_demand_bytes: u32) -> Option<Finding> {
		let mut outcomes = self.outcomes.clone();
		for (task, outcome) in truth {
			*outcomes.get_mut(self.position(*task)?)? = Some(*outcome);
		}
		let leaves = self.committed(&outcomes)?;
		let (task, outcome) = *truth.first()?;
		let opening = opening(&leaves, self.revealed.tasks().start, task, outcome)?;
		let mut sealed = self.fetched.show(task)?;
		let remedy = if sealed_len(&outcome) != u64::from(sealed.entry.len) {
			// The length alone gives it away, and bytes in a block cost money.
			sealed.bytes.clear();
			Remedy::ProveMissealed(opening, sealed)
		} else if sealed.entry.len <= maximum_demand_bytes {
			Remedy::ProveMissealed(opening, sealed)
		} else {
			// Too long for a block. Validators look at the sealed result as well.
			Remedy::Challenge(opening)
		};
		Some(Finding { fault: Fault::Missealed, task: Some(task), remedy: Some(remedy) })
	}
}

#[cfg(test)]
#[path = "check/tests.rs"]
mod tests;
