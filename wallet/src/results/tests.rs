use super::*;
use crate::testing::{self, KEY};
use assay_primitives::{sealing::seal_batch, TaskLimits, TaskStatus};
use std::fs;

const GENESIS: Hash = Hash([9; 32]);

fn job() -> JobView {
	let limits = TaskLimits { output_bytes: 100, ..TaskLimits::default() };
	testing::job(JobSpec { limits, ..testing::spec(7) })
}

fn result(status: TaskStatus, output: &[u8], fuel: u64) -> TaskResult {
	TaskResult { outcome: TaskOutcome::new(status, output, fuel).unwrap(), output: output.to_vec() }
}

/// The second batch: tasks 4 to 6.
fn results() -> Vec<TaskResult> {
	vec![
		result(TaskStatus::Completed(0), b"four", 1_000),
		result(TaskStatus::Completed(3), b"five, and failed", 2_000),
		result(TaskStatus::Trapped, b"", 3_000),
	]
}

/// What a worker with these results puts onto the network and the chain.
fn sealed(results: &[TaskResult]) -> (Vec<u8>, BatchView) {
	let sealed = seal_batch(&KEY, 4, results).unwrap();
	let view = testing::delivered(results, &sealed.bytes, sealed.root);
	(sealed.bytes, view)
}

fn names(path: &Path) -> Vec<String> {
	let mut names: Vec<_> =
		fs::read_dir(path).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
	names.sort();
	names
}

#[test]
fn verified_results_are_written_and_found_again() {
	let temporary = tempfile::tempdir().unwrap();
	let out = temporary.path().join("deep/results");
	let (bytes, view) = sealed(&results());
	let revealed = Revealed::new(&job(), &view).unwrap();
	let directory = Directory::open(&out, GENESIS, &job()).unwrap();
	assert_eq!(directory.present(&revealed).unwrap(), None);

	let opened = revealed.open(&bytes).unwrap();
	assert_eq!(opened, results());
	directory.store(&revealed, &opened).unwrap();
	assert_eq!(fs::read(out.join("task-000004.out")).unwrap(), b"four");
	assert_eq!(fs::read(out.join("task-000005.out")).unwrap(), b"five, and failed");
	assert_eq!(fs::read(out.join("task-000006.out")).unwrap(), b"");
	let expected = ["batch-000001.json", "job.json", "task-000004.out", "task-000005.out", "task-000006.out"];
	assert_eq!(names(&out), expected);

	let again = Directory::open(&out, GENESIS, &job()).unwrap();
	let outcomes: Vec<_> = results().iter().map(|result| result.outcome).collect();
	assert_eq!(again.present(&revealed).unwrap(), Some(outcomes));
}

#[test]
fn what_was_changed_cut_or_removed_is_fetched_again() {
	let temporary = tempfile::tempdir().unwrap();
	let out = temporary.path();
	let (_, view) = sealed(&results());
	let revealed = Revealed::new(&job(), &view).unwrap();
	let directory = Directory::open(out, GENESIS, &job()).unwrap();
	let changes: [(&str, &dyn Fn()); 6] = [
		("changed", &|| fs::write(out.join("task-000004.out"), b"five").unwrap()),
		("cut", &|| fs::write(out.join("task-000005.out"), b"five, and").unwrap()),
		("longer", &|| fs::write(out.join("task-000006.out"), b"more").unwrap()),
		("removed", &|| fs::remove_file(out.join("task-000006.out")).unwrap()),
		("no record", &|| fs::remove_file(out.join("batch-000001.json")).unwrap()),
		("damaged record", &|| fs::write(out.join("batch-000001.json"), b"{\"batch\":").unwrap()),
	];
	for (what, change) in changes {
		directory.store(&revealed, &results()).unwrap();
		assert!(directory.present(&revealed).unwrap().is_some());
		change();
		assert_eq!(directory.present(&revealed).unwrap(), None, "{what}");
	}
}

#[test]
fn a_record_that_fits_its_files_but_not_the_chain_is_worth_nothing() {
	let temporary = tempfile::tempdir().unwrap();
	let directory = Directory::open(temporary.path(), GENESIS, &job()).unwrap();
	let mut forged = results();
	forged[0] = result(TaskStatus::Completed(0), b"forged", 1_000);
	let (_, view) = sealed(&results());
	let revealed = Revealed::new(&job(), &view).unwrap();
	directory.store(&revealed, &forged).unwrap();
	assert_eq!(directory.present(&revealed).unwrap(), None);
	forged.pop();
	directory.store(&revealed, &forged).unwrap();
	assert_eq!(directory.present(&revealed).unwrap(), None);
}

#[test]
fn no_damaged_or_forged_batch_is_opened() {
	let (bytes, view) = sealed(&results());
	let revealed = Revealed::new(&job(), &view).unwrap();
	for at in [0, 1, 40, bytes.len() - 1] {
		let mut damaged = bytes.clone();
		damaged[at] ^= 1;
		assert!(matches!(revealed.open(&damaged), Err(ResultsError::Sealed { batch: 1, .. })), "byte {at}");
	}
	assert!(revealed.open(b"").is_err());

	// Sealed properly, but other results than the receipt's root stands for.
	let mut forged = results();
	forged[1].outcome.fuel += 1;
	let (forged_bytes, mut forged_view) = sealed(&forged);
	let honest_root = view.receipt.clone().unwrap().outputs_root;
	forged_view.receipt.as_mut().unwrap().outputs_root = honest_root;
	let error = Revealed::new(&job(), &forged_view).unwrap().open(&forged_bytes).unwrap_err();
	assert!(
		matches!(error, ResultsError::Sealed { reason: SealError::WrongOutputsRoot, .. })
			&& error.is_verdict(),
		"{error}"
	);
}

#[test]
fn a_node_that_contradicts_itself_is_not_believed() {
	let (_, honest) = sealed(&results());
	let refused = |change: &dyn Fn(&mut BatchView)| {
		let mut view = honest.clone();
		change(&mut view);
		Revealed::new(&job(), &view).unwrap_err()
	};
	assert!(matches!(refused(&|view| view.key = None), ResultsError::Incomplete { batch: 1 }));
	assert!(matches!(refused(&|view| view.receipt = None), ResultsError::Incomplete { batch: 1 }));
	assert!(matches!(refused(&|view| view.key = Some(Hash([8; 32]))), ResultsError::WrongKey { batch: 1 }));
	assert!(matches!(refused(&|view| view.batch = 2), ResultsError::WrongTasks { batch: 2 }));
	assert!(matches!(refused(&|view| view.batch = 0), ResultsError::WrongTasks { batch: 0 }));
	assert!(matches!(refused(&|view| view.tasks = 4), ResultsError::WrongTasks { batch: 1 }));
	assert!(matches!(refused(&|view| view.first_task = 3), ResultsError::WrongTasks { batch: 1 }));
	assert!(matches!(refused(&|view| view.job = 6), ResultsError::WrongTasks { batch: 1 }));
	// Three tasks of at most 100 bytes each.
	let large = refused(&|view| view.receipt.as_mut().unwrap().sealed.len = 456);
	assert!(matches!(large, ResultsError::TooLarge { batch: 1, len: 456, limit: 455 }), "{large}");
}

#[test]
fn the_largest_results_a_job_allows_are_taken() {
	let largest: Vec<_> =
		(0..3).map(|_| result(TaskStatus::Completed(u32::MAX), &[1; 100], u64::MAX)).collect();
	let (bytes, view) = sealed(&largest);
	assert_eq!(Revealed::new(&job(), &view).unwrap().open(&bytes).unwrap(), largest);
}

#[test]
fn results_of_two_jobs_are_never_mixed() {
	let temporary = tempfile::tempdir().unwrap();
	Directory::open(temporary.path(), GENESIS, &job()).unwrap();
	let mut other = job();
	other.id = 6;
	let error = Directory::open(temporary.path(), GENESIS, &other).unwrap_err();
	assert!(matches!(error, ResultsError::OtherJob { found: 5, .. }), "{error}");
	Directory::open(temporary.path(), Hash([1; 32]), &job()).unwrap_err();
	let mut other = job();
	other.spec.bounty = 2;
	Directory::open(temporary.path(), GENESIS, &other).unwrap_err();
	Directory::open(temporary.path(), GENESIS, &job()).unwrap();
}

#[test]
fn files_of_others_are_left_alone() {
	let temporary = tempfile::tempdir().unwrap();
	let out = temporary.path();
	fs::write(out.join("notes.txt"), b"mine").unwrap();
	fs::write(out.join("task-000000.out"), b"precious").unwrap();
	let error = Directory::open(out, GENESIS, &job()).unwrap_err();
	assert!(matches!(&error, ResultsError::Foreign { name, .. } if name == "task-000000.out"), "{error}");
	assert_eq!(names(out), ["notes.txt", "task-000000.out"]);
	fs::remove_file(out.join("task-000000.out")).unwrap();
	Directory::open(out, GENESIS, &job()).unwrap();
	assert_eq!(fs::read(out.join("notes.txt")).unwrap(), b"mine");
}
