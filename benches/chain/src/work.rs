//! The results of a batch, made up, and the tree over them.
//!
//! Nothing is run and nothing is sealed: the chain sees neither, and what is measured is the chain. Outcomes follow from
//! the number of the task alone, so of a tree of 100,000 leaves only the upper levels are kept; the rest is computed anew
//! where a leaf is opened.

use assay_primitives::{
	audit::Opening, hash, merkle, BlobRef, Hash, JobId, TaskIndex, TaskOutcome, TaskStatus,
};
use std::ops::Range;

/// Leaves below a node that is kept. A power of two.
const BRANCH: u32 = 1 << 10;

/// A batch whose results are there.
#[derive(Clone, Debug)]
pub(crate) struct Work {
	job: JobId,
	tasks: Range<TaskIndex>,
	branches: Vec<Hash>,
}

/// What a machine would have made of a task.
fn outcome(task: TaskIndex) -> TaskOutcome {
	let mut output = [0; 32];
	for (byte, digit) in output.iter_mut().zip(task.to_le_bytes()) {
		*byte = digit;
	}
	TaskOutcome {
		status: TaskStatus::Completed(0),
		output_hash: Hash(output),
		output_len: 8,
		// Within the limit of the jobs here, however many tasks there are.
		fuel: 1_000 + u64::from(task % 1_000),
	}
}

/// The level above, as in [`merkle`]: pairs are hashed, an odd node is carried up.
fn parents(level: &[Hash]) -> Vec<Hash> {
	let parent = |pair: &[Hash]| match pair {
		[left, right] => hash::derive(hash::NODE, &(left, right)),
		[odd] => *odd,
		_ => Hash::default(),
	};
	level.chunks(2).map(parent).collect()
}

/// The node on top of a level.
fn top(mut level: Vec<Hash>) -> Hash {
	while level.len() > 1 {
		level = parents(&level);
	}
	level.first().copied().unwrap_or_default()
}

impl Work {
	/// Computes every leaf.
	pub(crate) fn new(job: JobId, tasks: Range<TaskIndex>) -> Self {
		let mut work = Self { job, tasks: tasks.clone(), branches: Vec::new() };
		work.branches = tasks.step_by(BRANCH as usize).map(|first| top(work.leaves_from(first))).collect();
		work
	}

	/// How many tasks there are.
	pub(crate) fn len(&self) -> u32 {
		self.tasks.end.saturating_sub(self.tasks.start)
	}

	pub(crate) fn leaf(&self, task: TaskIndex) -> Hash {
		outcome(task).leaf(self.job, task)
	}

	/// The leaves of a branch.
	fn leaves_from(&self, first: TaskIndex) -> Vec<Hash> {
		let end = first.saturating_add(BRANCH).min(self.tasks.end);
		(first..end).map(|task| self.leaf(task)).collect()
	}

	pub(crate) fn root(&self) -> Hash {
		hash::derive(hash::ROOT, &(self.len(), top(self.branches.clone())))
	}

	/// The task at this place in the batch.
	pub(crate) fn task(&self, offset: u32) -> TaskIndex {
		self.tasks.start.saturating_add(offset)
	}

	/// Opens the task at this place in the batch.
	pub(crate) fn open(&self, offset: u32) -> Opening {
		let (branch, mut position) = (offset / BRANCH, (offset % BRANCH) as usize);
		let mut level = self.leaves_from(self.task(branch * BRANCH));
		let mut proof = Vec::new();
		while level.len() > 1 {
			proof.extend(level.get(position ^ 1));
			level = parents(&level);
			position /= 2;
		}
		proof.extend(merkle::proof(&self.branches, branch).unwrap_or_default());
		let task = self.task(offset);
		Opening { task, outcome: outcome(task), proof }
	}

	/// A blob of a plausible length that does not exist.
	pub(crate) fn sealed(&self) -> BlobRef {
		BlobRef { hash: self.root(), len: u64::from(self.len()) * 64 }
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn the_tree_is_that_of_the_protocol() {
		for (first, tasks) in [(0, 1), (7, 2), (3, 1_000), (0, 1_024), (5, 1_025), (0, 2_048), (9, 5_003)] {
			let work = Work::new(42, first..first + tasks);
			let leaves: Vec<_> = (first..first + tasks).map(|task| work.leaf(task)).collect();
			assert_eq!(Some(work.root()), merkle::root(&leaves));
			for offset in [0, 1, tasks / 2, tasks.saturating_sub(2), tasks - 1] {
				let Some(proof) = merkle::proof(&leaves, offset) else { continue };
				let opening = work.open(offset);
				assert_eq!((opening.task, &opening.proof), (first + offset, &proof), "{offset} of {tasks}");
				let leaf = opening.outcome.leaf(42, opening.task);
				assert!(merkle::verify(&work.root(), tasks, offset, &leaf, &opening.proof));
			}
		}
	}
}
