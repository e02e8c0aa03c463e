use super::*;
use crate::testing::{delivered, job, spec, JOB, KEY};
use assay_primitives::{
	sealing::{seal_batch, SealedEntry, TaskResult},
	TaskStatus,
};
use codec::Decode;
use std::collections::BTreeMap;

const FIRST: TaskIndex = 4;
const SHOWABLE: u32 = 1_000;
const SEED: Hash = Hash([1; 32]);

fn result(output: &[u8], fuel: u64) -> TaskResult {
	let outcome = TaskOutcome::new(TaskStatus::Completed(0), output, fuel).unwrap();
	TaskResult { outcome, output: output.to_vec() }
}

/// What the program gives.
fn truth() -> Vec<TaskResult> {
	vec![result(b"four", 1), result(b"five", 2), result(b"six", 3), result(b"seven", 4)]
}

fn changed(at: usize, to: TaskResult) -> Vec<TaskResult> {
	let mut results = truth();
	results[at] = to;
	results
}

fn runs(results: &[TaskResult], tasks: &[TaskIndex]) -> Vec<Run> {
	tasks.iter().map(|task| (*task, results[(task - FIRST) as usize].outcome)).collect()
}

/// What a worker put onto the network and the chain.
struct Handed {
	bytes: Vec<u8>,
	revealed: Revealed,
}

impl Handed {
	/// By a worker that committed to one thing and sealed another.
	fn new(committed: &[TaskResult], sealed: &[TaskResult]) -> Self {
		let sealed = seal_batch(&KEY, FIRST, sealed).unwrap();
		Self::with(committed, sealed.bytes, sealed.root)
	}

	/// By a worker that sealed garbage for some tasks.
	fn garbage(committed: &[TaskResult], at: &[usize]) -> Self {
		let sealed = seal_batch(&KEY, FIRST, committed).unwrap().bytes;
		let mut rest = &sealed[..];
		let mut entries = Vec::<SealedEntry>::decode(&mut rest).unwrap();
		let mut bodies = rest.to_vec();
		for at in at {
			let start: usize = entries[..*at].iter().map(|entry| entry.len as usize).sum();
			let body = &mut bodies[start..start + entries[*at].len as usize];
			// No status has such a number.
			body[0] ^= 0xff;
			entries[*at].hash = Hash::of(body);
		}
		let leaves: Vec<_> = (FIRST..).zip(&entries).map(|(task, entry)| entry.leaf(task)).collect();
		let bytes = [entries.encode(), bodies].concat();
		Self::with(committed, bytes, merkle::root(&leaves).unwrap())
	}

	fn with(committed: &[TaskResult], bytes: Vec<u8>, sealed_root: Hash) -> Self {
		let view = delivered(committed, &bytes, sealed_root);
		Self { bytes, revealed: Revealed::new(&job(spec(8)), &view).unwrap() }
	}

	fn opened(&self) -> Opened<'_> {
		Opened::new(&self.revealed, &self.bytes).unwrap()
	}

	/// Whether the chain would take the opening for what the worker committed to.
	fn holds(&self, opening: &Opening) -> bool {
		let leaf = opening.outcome.leaf(JOB, opening.task);
		merkle::verify(&self.revealed.receipt.outputs_root, 4, opening.task - FIRST, &leaf, &opening.proof)
	}

	/// Whether the chain would take the sealed result for what the worker sealed.
	fn holds_sealed(&self, task: TaskIndex, sealed: &SealedOpening) -> bool {
		sealed.is_under(&self.revealed.receipt.sealed_root, 4, task - FIRST, task)
	}
}

#[test]
fn every_task_is_drawn_as_often_as_any_other() {
	let mut counts = BTreeMap::new();
	for number in 0..4_000u32 {
		let drawn = draw(&Hash::of(&number.encode()), 10..14, 2);
		assert!(drawn.len() == 2 && drawn[0] < drawn[1], "{drawn:?}");
		*counts.entry(drawn).or_insert(0) += 1;
	}
	// 4 choose 2, each expected 667 times; five standard deviations are about 118.
	assert_eq!(counts.len(), 6);
	assert!(counts.values().all(|count| (549..=785).contains(count)), "{counts:?}");
	assert_eq!(draw(&SEED, 10..14, 9), [10, 11, 12, 13]);
	assert!(draw(&SEED, 10..14, 0).is_empty());
	assert_ne!(secret_seed(), secret_seed());
}

#[test]
fn nothing_is_wrong_with_what_is_right() {
	let handed = Handed::new(&truth(), &truth());
	let opened = handed.opened();
	assert_eq!(opened.to_run(&SEED, 3).len(), 3);
	assert_eq!(opened.to_run(&SEED, 9), [4, 5, 6, 7]);
	assert_eq!(opened.judge(&runs(&truth(), &[4, 5, 6, 7]), SHOWABLE), None);
	for task in FIRST..FIRST + 4 {
		assert!(handed.holds(&opened.opening(task).unwrap()));
	}
	assert_eq!(opened.opening(3), None);
	assert_eq!(opened.opening(8), None);
}

#[test]
fn a_wrong_result_is_challenged_with_what_the_worker_committed_to() {
	let lie = changed(2, result(b"sixty", 3));
	let handed = Handed::new(&lie, &lie);
	let opened = handed.opened();
	assert_eq!(opened.judge(&runs(&truth(), &[4, 5, 7]), SHOWABLE), None, "nobody looked at it");
	let finding = opened.judge(&runs(&truth(), &[4, 6]), SHOWABLE).unwrap();
	assert_eq!((finding.fault, finding.task), (Fault::WrongResult, Some(6)));
	let Some(Remedy::Challenge(opening)) = finding.remedy else { panic!("{finding:?}") };
	assert_eq!((opening.task, opening.outcome), (6, lie[2].outcome));
	assert!(handed.holds(&opening));
}

#[test]
fn wrong_sealing_is_proved_once_running_the_task_tells_what_was_committed_to() {
	for (sealed, needs_bytes) in [(result(b"evil", 2), true), (result(b"longer", 2), false)] {
		let handed = Handed::new(&truth(), &changed(1, sealed));
		let opened = handed.opened();
		assert_eq!(opened.opening(4), None, "what is committed to is not known yet");
		let finding = opened.judge(&runs(&truth(), &[4, 5]), SHOWABLE).unwrap();
		assert_eq!((finding.fault, finding.task), (Fault::Missealed, Some(5)));
		let Some(Remedy::ProveMissealed(opening, sealed)) = finding.remedy else { panic!("{finding:?}") };
		assert_eq!(opening.outcome, truth()[1].outcome);
		assert!(handed.holds(&opening) && handed.holds_sealed(5, &sealed));
		assert_eq!(sealed.holds(&KEY, 5, &opening.outcome), Some(false));
		assert_eq!(sealed.has_bytes(), needs_bytes);
	}
}

#[test]
fn what_is_too_long_for_a_block_is_left_to_validators() {
	let handed = Handed::new(&truth(), &changed(1, result(b"evil", 2)));
	let finding = handed.opened().judge(&runs(&truth(), &[5]), 4).unwrap();
	assert_eq!(finding.fault, Fault::Missealed);
	let Some(Remedy::Challenge(opening)) = finding.remedy else { panic!("{finding:?}") };
	assert!(handed.holds(&opening));
}

#[test]
fn garbage_is_run_again_first_of_all() {
	let handed = Handed::garbage(&truth(), &[3]);
	let opened = handed.opened();
	assert_eq!(opened.unreadable(), [7]);
	assert_eq!(opened.to_run(&SEED, 1), [7]);
	let tasks = opened.to_run(&SEED, 2);
	assert!(tasks.len() == 2 && tasks[1] == 7, "{tasks:?}");
	let finding = opened.judge(&runs(&truth(), &tasks), SHOWABLE).unwrap();
	assert_eq!((finding.fault, finding.task), (Fault::Missealed, Some(7)));
	let Some(Remedy::ProveMissealed(opening, sealed)) = finding.remedy else { panic!("{finding:?}") };
	assert!(handed.holds(&opening) && handed.holds_sealed(7, &sealed));
	assert_eq!(sealed.holds(&KEY, 7, &opening.outcome), Some(false));

	let handed = Handed::garbage(&truth(), &[0, 3]);
	let opened = handed.opened();
	assert!(opened.to_run(&SEED, 1).is_empty(), "one of two tells nothing");
	assert_eq!(opened.judge(&[], SHOWABLE).unwrap(), Finding::unreadable(4));
	assert_eq!(opened.to_run(&SEED, 2), [4, 7]);
	let finding = opened.judge(&runs(&truth(), &[4, 7]), SHOWABLE).unwrap();
	assert!(matches!(finding.remedy, Some(Remedy::ProveMissealed(..))), "{finding:?}");
}

#[test]
fn a_wrong_result_next_to_wrong_sealing_does_not_hide_it() {
	let committed = changed(0, result(b"forged", 1));
	let mut sealed = committed.clone();
	sealed[2] = result(b"garbled", 3);
	let handed = Handed::new(&committed, &sealed);
	let finding = handed.opened().judge(&runs(&truth(), &[4, 6]), SHOWABLE).unwrap();
	assert_eq!((finding.fault, finding.task), (Fault::Missealed, Some(6)));
	let Some(Remedy::ProveMissealed(opening, _)) = finding.remedy else { panic!("{finding:?}") };
	assert!(handed.holds(&opening));
}

#[test]
fn what_was_committed_to_is_demanded_where_it_cannot_be_known() {
	// Committed to a lie and sealed garbage.
	let handed = Handed::garbage(&changed(3, result(b"lies!", 4)), &[3]);
	let finding = handed.opened().judge(&runs(&truth(), &[7]), SHOWABLE).unwrap();
	assert_eq!(finding, Finding::unreadable(7));
	// Sealed something readable for a task that nobody ran again.
	let handed = Handed::new(&truth(), &changed(1, result(b"evil", 2)));
	let finding = handed.opened().judge(&runs(&truth(), &[4, 6]), SHOWABLE).unwrap();
	assert_eq!(finding, Finding { fault: Fault::Unopened, task: None, remedy: None });
}

#[test]
fn a_sealed_batch_under_another_root_counts_for_nothing() {
	let honest = Handed::new(&truth(), &truth());
	let other = Handed::new(&truth(), &changed(0, result(b"4", 1)));
	assert!(matches!(Opened::new(&honest.revealed, &other.bytes), Err(SealError::WrongSealedRoot)));
	assert!(Opened::new(&honest.revealed, b"").is_err());
}
