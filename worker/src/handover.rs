//! From results to what is handed in and revealed. Same results, same key: the same bytes, always.

use crate::journal::Entry;
use assay_primitives::{
	audit::Opening,
	merkle,
	sealing::{self, BatchKey, FetchedBatch, SealError, SealedOpening, TaskResult},
	AccountId, BlobRef, Hash, JobId, Receipt, TaskIndex, TaskOutcome,
};
use std::collections::BTreeMap;

/// A batch ready to be handed in.
#[derive(Debug)]
pub(crate) struct Handover {
	/// What goes onto the network.
	pub(crate) sealed: Vec<u8>,
	/// What is signed.
	pub(crate) receipt: Receipt,
}

/// Seals the results of a batch and writes its receipt.
pub(crate) fn prepare(
	entry: &Entry,
	worker: AccountId,
	genesis: Hash,
	key: &BatchKey,
	results: &[TaskResult],
) -> Result<Handover, SealError> {
	let sealed = sealing::seal_batch(key, entry.first_task, results)?;
	let outcomes = results.iter().map(|result| &result.outcome);
	let outputs_root =
		merkle::root(&leaves(entry.job, entry.first_task, outcomes)).ok_or(SealError::Empty)?;
	let receipt = Receipt {
		genesis,
		job: entry.job,
		batch: entry.batch,
		attempt: entry.attempt,
		worker,
		outputs_root,
		sealed: BlobRef::of(&sealed.bytes),
		sealed_root: sealed.root,
		key_commitment: sealing::commit(key),
	};
	Ok(Handover { sealed: sealed.bytes, receipt })
}

fn leaves<'a>(job: JobId, first: TaskIndex, outcomes: impl Iterator<Item = &'a TaskOutcome>) -> Vec<Hash> {
	(first..).zip(outcomes).map(|(task, outcome)| outcome.leaf(job, task)).collect()
}

/// The outcomes of the sampled tasks with their proofs. `None` if a result is missing or a sample is not of this batch.
pub(crate) fn openings(
	entry: &Entry,
	outcomes: &BTreeMap<TaskIndex, TaskOutcome>,
	samples: &[TaskIndex],
) -> Option<Vec<Opening>> {
	if !entry.task_range().eq(outcomes.keys().copied()) {
		return None;
	}
	let leaves = leaves(entry.job, entry.first_task, outcomes.values());
	let open = |task: &TaskIndex| {
		let outcome = *outcomes.get(task)?;
		let proof = merkle::proof(&leaves, task.checked_sub(entry.first_task)?)?;
		Some(Opening { task: *task, outcome, proof })
	};
	samples.iter().map(open).collect()
}

/// A sealed result with the proof that it is the one handed in. `None` if the batch has no such task.
pub(crate) fn show(entry: &Entry, handover: &Handover, task: TaskIndex) -> Option<SealedOpening> {
	let fetched =
		FetchedBatch::parse(&handover.sealed, entry.task_range(), &handover.receipt.sealed_root).ok()?;
	fetched.show(task)
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::testing;
	use assay_primitives::TaskStatus;

	const ME: AccountId = AccountId([1; 32]);
	const KEY: BatchKey = [7; 32];

	fn results(tasks: u32) -> Vec<TaskResult> {
		(0..tasks)
			.map(|task| {
				let output = task.to_le_bytes().to_vec();
				let outcome = TaskOutcome::new(TaskStatus::Completed(task), &output, task.into()).unwrap();
				TaskResult { outcome, output }
			})
			.collect()
	}

	fn outcomes(entry: &Entry, results: &[TaskResult]) -> BTreeMap<TaskIndex, TaskOutcome> {
		entry.task_range().zip(results).map(|(task, result)| (task, result.outcome)).collect()
	}

	fn handover(entry: &Entry, results: &[TaskResult]) -> Handover {
		prepare(entry, ME, Hash::of(b"genesis"), &KEY, results).unwrap()
	}

	#[test]
	fn the_receipt_commits_to_what_the_requester_will_open() {
		let (entry, results) = (testing::entry(3, 7), results(10));
		let Handover { sealed, receipt } = handover(&entry, &results);
		assert_eq!(receipt.sealed, BlobRef::of(&sealed));
		assert_eq!(receipt.key_commitment, entry.key_commitment);
		let fetched = FetchedBatch::parse(&sealed, entry.task_range(), &receipt.sealed_root).unwrap();
		assert_eq!(fetched.open(&KEY, 3, &receipt.outputs_root).unwrap(), results);
	}

	#[test]
	fn every_opening_holds_under_the_receipts_root() {
		for tasks in [1, 2, 3, 7, 10] {
			let entry = Entry { tasks, ..testing::entry(3, 7) };
			let results = results(tasks);
			let root = handover(&entry, &results).receipt.outputs_root;
			let samples: Vec<_> = entry.task_range().collect();
			let openings = openings(&entry, &outcomes(&entry, &results), &samples).unwrap();
			assert_eq!(openings.len(), samples.len());
			for (opening, task) in openings.iter().zip(samples) {
				assert_eq!(opening.task, task);
				let leaf = opening.outcome.leaf(entry.job, task);
				let offset = task - entry.first_task;
				assert!(merkle::verify(&root, tasks, offset, &leaf, &opening.proof), "{offset} of {tasks}");
			}
		}
	}

	#[test]
	fn every_sealed_result_can_be_shown() {
		let (entry, results) = (testing::entry(3, 7), results(10));
		let handover = handover(&entry, &results);
		for (task, result) in entry.task_range().zip(&results) {
			let shown = show(&entry, &handover, task).unwrap();
			let offset = task - entry.first_task;
			assert!(shown.is_under(&handover.receipt.sealed_root, 10, offset, task));
			assert_eq!(shown.holds(&KEY, task, &result.outcome), Some(true));
		}
		assert_eq!(show(&entry, &handover, 0), None);
	}

	#[test]
	fn what_is_not_there_is_not_opened() {
		let entry = testing::entry(3, 7);
		let all = outcomes(&entry, &results(10));
		assert_eq!(openings(&entry, &all, &[]), Some(vec![]));
		for foreign in [0, 69, 80] {
			assert_eq!(openings(&entry, &all, &[70, foreign]), None);
		}
		let mut incomplete = all;
		incomplete.remove(&75);
		assert_eq!(openings(&entry, &incomplete, &[70]), None);
	}

	#[test]
	fn a_batch_done_again_gives_the_same_receipt() {
		let entry = testing::entry(3, 7);
		let (first, again) = (handover(&entry, &results(10)), handover(&entry, &results(10)));
		assert_eq!(first.receipt, again.receipt);
		assert_eq!(first.sealed, again.sealed);
		let other_attempt = Entry { attempt: 1, ..entry };
		assert_ne!(handover(&other_attempt, &results(10)).receipt.hash(), first.receipt.hash());
	}
}
