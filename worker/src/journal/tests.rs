use super::*;
use crate::testing;
use assay_primitives::{sealing::TaskResult, TaskOutcome, TaskStatus};

const ME: AccountId = AccountId([1; 32]);

fn open_with(directory: &Path, seed: &[u8; 32]) -> Journal {
	Journal::open(directory, &ME, &Hash::of(b"genesis"), seed).unwrap()
}

fn open(directory: &Path) -> Journal {
	open_with(directory, &[9; 32])
}

fn files(journal: &Journal) -> Vec<String> {
	let mut names: Vec<_> = list(&journal.directory.batches())
		.unwrap()
		.iter()
		.map(|path| path.file_name().unwrap().to_string_lossy().into_owned())
		.collect();
	names.sort();
	names
}

/// Every stage of a batch, in order.
fn stages() -> Vec<Progress> {
	let receipt = testing::signed_receipt(ME);
	vec![
		Progress::Claimed,
		Progress::Signed(receipt),
		Progress::Accepted(receipt),
		Progress::Revealed(receipt),
	]
}

#[test]
fn every_stage_survives_a_restart() {
	let temporary = tempfile::tempdir().unwrap();
	for progress in stages() {
		let entry = Entry { progress, ..testing::entry(3, 7) };
		open(temporary.path()).save(&entry).unwrap();
		assert_eq!(open(temporary.path()).entries().unwrap(), [entry]);
	}
}

#[test]
fn the_receipt_read_back_is_the_one_that_was_signed_to_the_last_bit() {
	let temporary = tempfile::tempdir().unwrap();
	let receipt = testing::signed_receipt(ME);
	let entry = Entry { progress: Progress::Signed(receipt), ..testing::entry(3, 7) };
	open(temporary.path()).save(&entry).unwrap();
	let [read] = open(temporary.path()).entries().unwrap().try_into().unwrap();
	assert_eq!(read.progress.receipt().unwrap().encode(), receipt.encode());
}

/// A crash in the middle of any of the writes leaves the stage before or the stage after.
#[test]
fn a_crash_while_saving_loses_nothing() {
	let temporary = tempfile::tempdir().unwrap();
	let journal = open(temporary.path());
	let stages = stages();
	for (before, after) in stages.iter().zip(&stages[1..]) {
		let before = Entry { progress: before.clone(), ..testing::entry(3, 7) };
		journal.save(&before).unwrap();
		let path = journal.path_of(&before.id(), ENTRY);
		let next = file::encode_record(&Entry { progress: after.clone(), ..before.clone() });
		for end in 0..=next.len() {
			fs::write(file::with_extension(&path, file::UNFINISHED), &next[..end]).unwrap();
			assert_eq!(journal.entries().unwrap(), std::slice::from_ref(&before), "crash after {end} bytes");
		}
		journal.remove_rubbish().unwrap();
		assert_eq!(files(&journal), ["3-7-0.entry"]);
	}
}

#[test]
fn a_damaged_entry_is_put_aside_and_the_others_are_read() {
	let temporary = tempfile::tempdir().unwrap();
	let journal = open(temporary.path());
	let (whole, broken) = (testing::entry(3, 7), testing::entry(3, 8));
	journal.save(&whole).unwrap();
	journal.save(&broken).unwrap();
	let path = journal.path_of(&broken.id(), ENTRY);
	let mut bytes = fs::read(&path).unwrap();
	*bytes.last_mut().unwrap() ^= 1;
	fs::write(&path, &bytes).unwrap();
	assert_eq!(journal.entries().unwrap(), std::slice::from_ref(&whole));
	assert_eq!(files(&journal), ["3-7-0.entry", "3-8-0.entry.damaged"]);
	assert_eq!(journal.entries().unwrap(), [whole]);
}

#[test]
fn an_entry_of_another_version_stops_the_worker() {
	let temporary = tempfile::tempdir().unwrap();
	let journal = open(temporary.path());
	let entry = testing::entry(3, 7);
	journal.save(&entry).unwrap();
	let path = journal.path_of(&entry.id(), ENTRY);
	let mut bytes = fs::read(&path).unwrap();
	bytes[8] = 9;
	fs::write(&path, &bytes).unwrap();
	let error = journal.entries().unwrap_err();
	assert!(error.to_string().contains("format 9"), "{error}");
	assert_eq!(fs::read(&path).unwrap(), bytes);
}

#[test]
fn entries_come_in_order_and_each_once() {
	let temporary = tempfile::tempdir().unwrap();
	let journal = open(temporary.path());
	for (job, batch) in [(10, 1), (9, 2), (9, 10), (9, 2)] {
		journal.save(&testing::entry(job, batch)).unwrap();
	}
	let ids: Vec<_> = journal.entries().unwrap().iter().map(|entry| (entry.job, entry.batch)).collect();
	assert_eq!(ids, [(9, 2), (9, 10), (10, 1)]);
}

#[test]
fn a_forgotten_batch_leaves_nothing_behind() {
	let temporary = tempfile::tempdir().unwrap();
	let journal = open(temporary.path());
	let (gone, kept) = (testing::entry(3, 7), testing::entry(3, 8));
	for entry in [&gone, &kept] {
		journal.save(entry).unwrap();
		let mut results = journal.results(entry).unwrap();
		let outcome = TaskOutcome::new(TaskStatus::Trapped, b"", 1).unwrap();
		results.append(entry.first_task, &TaskResult { outcome, output: vec![] }).unwrap();
	}
	journal.remove(&gone.id()).unwrap();
	journal.remove(&gone.id()).unwrap();
	assert_eq!(files(&journal), ["3-8-0.entry", "3-8-0.results"]);
	assert_eq!(journal.results(&kept).unwrap().done().len(), 1);

	// A crash between the two removals leaves the results.
	fs::remove_file(journal.path_of(&kept.id(), ENTRY)).unwrap();
	journal.remove_rubbish().unwrap();
	assert_eq!(files(&journal), Vec::<String>::new());
}

#[test]
fn an_intent_stays_until_it_is_resolved() {
	let temporary = tempfile::tempdir().unwrap();
	let intent = Intent { job: 3, count: 2, block: 50 };
	let journal = open(temporary.path());
	journal.intend(&intent).unwrap();
	let later = Intent { block: 60, ..intent };
	journal.intend(&later).unwrap();
	drop(journal);
	let journal = open(temporary.path());
	assert_eq!(journal.intents().unwrap(), [later]);
	journal.resolve_intent(3).unwrap();
	journal.resolve_intent(3).unwrap();
	assert_eq!(journal.intents().unwrap(), []);
}

#[test]
fn batch_keys_are_the_same_after_a_restart_and_different_for_every_attempt_and_job() {
	let temporary = tempfile::tempdir().unwrap();
	let (id, spec) = (BatchId { job: 3, batch: 7, attempt: 0 }, Hash::of(b"job"));
	let key = open(temporary.path()).batch_key(&id, &spec);
	assert_eq!(open(temporary.path()).batch_key(&id, &spec), key);
	assert_ne!(open(temporary.path()).batch_key(&BatchId { attempt: 1, ..id }, &spec), key);
	assert_ne!(open(temporary.path()).batch_key(&id, &Hash::of(b"another job of that number")), key);
	let lost = tempfile::tempdir().unwrap();
	assert_eq!(open(lost.path()).batch_key(&id, &spec), key, "the directory was lost, the account was not");
	let other = tempfile::tempdir().unwrap();
	assert_ne!(open_with(other.path(), &[8; 32]).batch_key(&id, &spec), key);
}

/// Batches are settled while others are counted.
#[test]
fn entries_may_go_while_they_are_read() {
	let temporary = tempfile::tempdir().unwrap();
	let journal = open(temporary.path());
	let entries: Vec<_> = (0..500).map(|batch| testing::entry(3, batch)).collect();
	for entry in &entries {
		journal.save(entry).unwrap();
	}
	std::thread::scope(|scope| {
		scope.spawn(|| entries.iter().for_each(|entry| journal.remove(&entry.id()).unwrap()));
		while !journal.entries().expect("what is gone is no error").is_empty() {}
	});
}
