//! Results that a worker put onto the chain because somebody demanded them: found in blocks, and checked against the
//! receipt like any other.

use crate::results::Revealed;
use assay_primitives::{
	audit::Opening,
	merkle,
	sealing::{open_result, SealedOpening},
	TaskIndex,
};
use codec::{Decode, Encode};

/// A result as its worker showed it. It lies under both roots of the receipt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Shown {
	/// What the worker committed to, with the proof.
	pub(crate) opening: Opening,
	/// What the task wrote. `None`: too much for a block.
	pub(crate) output: Option<Vec<u8>>,
}

/// The result of `task`, if this transaction shows it. Wherever in the transaction that is: what counts is that the receipt
/// commits to it, and not who sent it, or how.
pub(crate) fn find(revealed: &Revealed, task: TaskIndex, transaction: &[u8]) -> Option<Shown> {
	let batch = (revealed.job, revealed.batch).encode();
	let named = (revealed.job, revealed.batch, task).encode();
	let places = transaction.windows(named.len()).enumerate().filter(|(_, bytes)| *bytes == named);
	places.map(|(place, _)| place).find_map(|place| {
		let mut opening = transaction.get(place.checked_add(batch.len())?..)?;
		let (opening, sealed) = <(Opening, SealedOpening)>::decode(&mut opening).ok()?;
		check(revealed, opening, &sealed)
	})
}

fn check(revealed: &Revealed, opening: Opening, sealed: &SealedOpening) -> Option<Shown> {
	let tasks = revealed.tasks();
	let number = tasks.end.checked_sub(tasks.start)?;
	let offset = opening.task.checked_sub(tasks.start)?;
	let receipt = &revealed.receipt;
	let leaf = opening.outcome.leaf(revealed.job, opening.task);
	let is_committed = opening.proof.len() <= merkle::MAX_PROOF_LEN
		&& merkle::verify(&receipt.outputs_root, number, offset, &leaf, &opening.proof);
	if !is_committed || !sealed.is_under(&receipt.sealed_root, number, offset, opening.task) {
		return None;
	}
	match sealed.holds(revealed.key(), opening.task, &opening.outcome) {
		Some(true) => {
			let result = open_result(revealed.key(), opening.task, &sealed.bytes).ok()?;
			Some(Shown { opening, output: Some(result.output) })
		},
		Some(false) => None,
		None => Some(Shown { opening, output: None }),
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::testing::{revealed, JOB, KEY};
	use assay_primitives::{
		sealing::{seal_batch, FetchedBatch, TaskResult},
		TaskOutcome, TaskStatus,
	};

	fn results() -> Vec<TaskResult> {
		[&b"four"[..], b"five", &[9; 1_000]]
			.into_iter()
			.map(|output| TaskResult {
				outcome: TaskOutcome::new(TaskStatus::Completed(0), output, 7).unwrap(),
				output: output.to_vec(),
			})
			.collect()
	}

	/// What a worker would send about a task of the second batch, with whatever comes before and after.
	fn answer(task: TaskIndex, change: impl Fn(&mut Opening, &mut SealedOpening)) -> Vec<u8> {
		let results = results();
		let sealed = seal_batch(&KEY, 4, &results).unwrap();
		let fetched = FetchedBatch::parse(&sealed.bytes, 4..7, &sealed.root).unwrap();
		let leaves: Vec<_> =
			(4..).zip(&results).map(|(task, result)| result.outcome.leaf(JOB, task)).collect();
		let offset = task - 4;
		let outcome = results[usize::try_from(offset).unwrap()].outcome;
		let mut opening = Opening { task, outcome, proof: merkle::proof(&leaves, offset).unwrap() };
		let mut shown = fetched.show(task).unwrap();
		change(&mut opening, &mut shown);
		// The same bytes as in front of the call must not confuse anybody.
		let mut transaction = (JOB, 1u32, task).encode();
		transaction.extend((0u8, 17u8, JOB, 1u32, opening, shown).encode());
		transaction.extend([1, 2, 3]);
		transaction
	}

	#[test]
	fn what_was_shown_is_found_and_opened() {
		let revealed = revealed(&results());
		for (task, result) in (4..).zip(results()) {
			let shown = find(&revealed, task, &answer(task, |_, _| ())).unwrap();
			assert_eq!((shown.opening.task, shown.opening.outcome), (task, result.outcome));
			assert_eq!(shown.output, Some(result.output));
		}
		assert_eq!(find(&revealed, 5, &answer(4, |_, _| ())), None);
		assert_eq!(find(&revealed, 4, b""), None);
	}

	#[test]
	fn what_does_not_fit_into_a_block_is_known_by_its_outcome_alone() {
		let shown = find(&revealed(&results()), 6, &answer(6, |_, sealed| sealed.bytes.clear())).unwrap();
		assert_eq!((shown.opening.outcome, shown.output), (results()[2].outcome, None));
	}

	#[test]
	fn what_the_receipt_does_not_commit_to_was_not_shown() {
		let revealed = revealed(&results());
		let find = |change: &dyn Fn(&mut Opening, &mut SealedOpening)| find(&revealed, 4, &answer(4, change));
		assert!(find(&|_, _| ()).is_some());
		assert_eq!(find(&|opening, _| opening.outcome.fuel += 1), None);
		assert_eq!(find(&|opening, _| opening.proof.clear()), None);
		assert_eq!(find(&|_, sealed| sealed.proof.clear()), None);
		assert_eq!(find(&|_, sealed| sealed.entry.len += 1), None);
		assert_eq!(find(&|_, sealed| sealed.entry.hash = Default::default()), None);
	}
}
