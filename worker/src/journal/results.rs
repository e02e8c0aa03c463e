//! Results of a batch's tasks, kept as they come.

use super::{file, BatchId, Entry, JournalError};
use assay_primitives::{sealing::TaskResult, Hash, TaskIndex, TaskLimits, TaskOutcome, TaskStatus};
use codec::{Decode, DecodeAll, Encode};
use std::{
	collections::BTreeMap,
	fs::{File, OpenOptions},
	io::{self, BufReader, Read, Seek, SeekFrom, Write},
	path::{Path, PathBuf},
};

/// More than any record takes besides its output.
const RECORD_OVERHEAD: u32 = 128;

/// One task's result as it is on the disk.
#[derive(Encode, Decode)]
struct Record {
	task: TaskIndex,
	status: TaskStatus,
	fuel: u64,
	output: Vec<u8>,
}

/// A file of results that only grows. What a crash leaves half written is cut off, and its task run again.
#[derive(Debug)]
pub struct ResultsLog {
	path: PathBuf,
	file: File,
	/// Where the next record goes.
	end: u64,
	tasks: std::ops::Range<TaskIndex>,
	done: BTreeMap<TaskIndex, TaskOutcome>,
}

impl ResultsLog {
	/// Opens the results of `entry`, or starts a new file if there is none that belongs to it.
	pub(super) fn open(path: &Path, entry: &Entry) -> Result<Self, JournalError> {
		Self::try_open(path, entry).map_err(|error| JournalError::io(path, error))
	}

	fn try_open(path: &Path, entry: &Entry) -> io::Result<Self> {
		let mut options: OpenOptions = file::private_file();
		let file = options.read(true).create(true).truncate(false).open(path)?;
		let mut reader = BufReader::new(file.try_clone()?);
		let mut log =
			Self { path: path.to_owned(), end: 0, tasks: entry.task_range(), done: BTreeMap::new(), file };
		let heading = heading(&entry.id(), &entry.spec);
		let mut found = vec![0; heading.len()];
		if is_read(reader.read_exact(&mut found))? && found == heading {
			log.end = heading.len() as u64;
			log.read_records(&mut reader, |_, _| ())?;
			log.file.set_len(log.end)?;
		} else {
			log.file.set_len(0)?;
			log.append_bytes(&heading)?;
		}
		Ok(log)
	}

	/// Reads whole records up to the first that is not, and tells each result once.
	fn read_records(
		&mut self,
		reader: &mut impl Read,
		mut each: impl FnMut(TaskIndex, TaskResult),
	) -> io::Result<()> {
		while let Some((length, record)) = read_record(reader)? {
			let Some(outcome) = TaskOutcome::new(record.status, &record.output, record.fuel) else { break };
			if !self.tasks.contains(&record.task) {
				break;
			}
			self.end += length;
			if self.done.insert(record.task, outcome).is_none() {
				each(record.task, TaskResult { outcome, output: record.output });
			}
		}
		Ok(())
	}

	/// The tasks that have a result, and their outcomes.
	pub fn done(&self) -> &BTreeMap<TaskIndex, TaskOutcome> {
		&self.done
	}

	/// The tasks that have none.
	pub fn missing(&self) -> Vec<TaskIndex> {
		self.tasks.clone().filter(|task| !self.done.contains_key(task)).collect()
	}

	/// Adds a result. One that is there already stays as it is.
	///
	/// # Errors
	///
	/// If the disk fails. The log is as it was then.
	pub fn append(&mut self, task: TaskIndex, result: &TaskResult) -> Result<(), JournalError> {
		if !self.tasks.contains(&task) || self.done.contains_key(&task) {
			return Ok(());
		}
		let TaskOutcome { status, fuel, .. } = result.outcome;
		let body = Record { task, status, fuel, output: result.output.clone() }.encode();
		let length = u32::try_from(body.len()).ok().filter(|length| *length <= max_body());
		let too_long =
			|| io::Error::new(io::ErrorKind::InvalidData, "the output is longer than any task may write");
		let bytes = length
			.ok_or_else(too_long)
			.map(|length| [&length.to_le_bytes()[..], Hash::of(&body).as_ref(), &body].concat());
		bytes
			.and_then(|bytes| self.append_bytes(&bytes))
			.map_err(|error| JournalError::io(&self.path, error))?;
		self.done.insert(task, result.outcome);
		Ok(())
	}

	fn append_bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
		self.file.seek(SeekFrom::Start(self.end))?;
		if let Err(error) = self.file.write_all(bytes) {
			// A full disk can have taken half of it.
			self.file.set_len(self.end)?;
			return Err(error);
		}
		self.end += bytes.len() as u64;
		Ok(())
	}

	/// Makes sure that everything so far survives a power failure.
	///
	/// # Errors
	///
	/// If the disk fails.
	pub fn sync(&self) -> Result<(), JournalError> {
		let done = self.file.sync_all().and_then(|()| file::sync_directory_of(&self.path));
		done.map_err(|error| JournalError::io(&self.path, error))
	}

	/// Every result, in the order of the tasks. `None` if some are missing.
	///
	/// # Errors
	///
	/// If the disk fails.
	pub fn read_all(&mut self) -> Result<Option<Vec<TaskResult>>, JournalError> {
		let results = self.try_read_all().map_err(|error| JournalError::io(&self.path, error))?;
		Ok((results.len() == self.tasks.len()).then(|| results.into_values().collect()))
	}

	fn try_read_all(&mut self) -> io::Result<BTreeMap<TaskIndex, TaskResult>> {
		let heading = heading_len();
		self.file.seek(SeekFrom::Start(heading))?;
		let mut reader = BufReader::new(self.file.try_clone()?);
		self.done.clear();
		self.end = heading;
		let mut results = BTreeMap::new();
		self.read_records(&mut reader, |task, result| {
			results.insert(task, result);
		})?;
		Ok(results)
	}
}

/// In front of the results: whose they are.
fn heading(id: &BatchId, spec: &Hash) -> Vec<u8> {
	file::encode_record(&(id, spec))
}

fn heading_len() -> u64 {
	let id = BatchId { job: 0, batch: 0, attempt: 0 };
	heading(&id, &Hash::default()).len() as u64
}

fn max_body() -> u32 {
	TaskLimits::MAX_OUTPUT_BYTES + RECORD_OVERHEAD
}

/// The next record with its length on the disk. `None` at the end, and where it is damaged.
fn read_record(reader: &mut impl Read) -> io::Result<Option<(u64, Record)>> {
	let (mut length, mut checksum) = ([0; 4], [0; 32]);
	if !is_read(reader.read_exact(&mut length))? || !is_read(reader.read_exact(&mut checksum))? {
		return Ok(None);
	}
	let length = u32::from_le_bytes(length);
	if length > max_body() {
		return Ok(None);
	}
	let mut body = Vec::new();
	let read = reader.by_ref().take(length.into()).read_to_end(&mut body)?;
	if u32::try_from(read) != Ok(length) || Hash::of(&body) != Hash(checksum) {
		return Ok(None);
	}
	let record = Record::decode_all(&mut body.as_slice()).ok();
	Ok(record.map(|record| (u64::from(length) + 36, record)))
}

fn is_read(result: io::Result<()>) -> io::Result<bool> {
	match result {
		Ok(()) => Ok(true),
		Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
		Err(error) => Err(error),
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::testing;
	use std::fs;

	fn result(task: TaskIndex) -> TaskResult {
		let output = vec![u8::try_from(task).unwrap(); usize::try_from(task).unwrap()];
		TaskResult {
			outcome: TaskOutcome::new(TaskStatus::Completed(0), &output, task.into()).unwrap(),
			output,
		}
	}

	/// Tasks 70 to 79.
	fn entry() -> Entry {
		testing::entry(3, 7)
	}

	fn filled(path: &Path) -> Vec<u8> {
		let mut log = ResultsLog::open(path, &entry()).unwrap();
		// As they come, not in order.
		for task in [74, 70, 79, 71] {
			log.append(task, &result(task)).unwrap();
		}
		fs::read(path).unwrap()
	}

	#[test]
	fn results_survive() {
		let directory = tempfile::tempdir().unwrap();
		let path = directory.path().join("x.results");
		filled(&path);
		let mut log = ResultsLog::open(&path, &entry()).unwrap();
		assert_eq!(log.missing(), [72, 73, 75, 76, 77, 78]);
		assert_eq!(log.read_all().unwrap(), None);
		for task in log.missing() {
			log.append(task, &result(task)).unwrap();
		}
		log.sync().unwrap();
		let all: Vec<_> = (70..80).map(result).collect();
		assert_eq!(log.read_all().unwrap(), Some(all.clone()));
		assert_eq!(ResultsLog::open(&path, &entry()).unwrap().read_all().unwrap(), Some(all));
		assert_eq!(log.done().len(), 10);
		assert_eq!(log.done()[&74], result(74).outcome);
	}

	#[test]
	fn a_crash_at_any_byte_costs_the_last_result_at_most() {
		let directory = tempfile::tempdir().unwrap();
		let path = directory.path().join("x.results");
		let whole = filled(&path);
		let mut seen = Vec::new();
		for end in 0..=whole.len() {
			fs::write(&path, &whole[..end]).unwrap();
			let mut log = ResultsLog::open(&path, &entry()).unwrap();
			let done = log.done().len();
			seen.push(done);
			log.append(75, &result(75)).unwrap();
			drop(log);
			let log = ResultsLog::open(&path, &entry()).unwrap();
			assert_eq!(log.done().len(), done + 1, "cut at {end}");
			assert_eq!(log.done()[&75], result(75).outcome);
		}
		assert!(seen.is_sorted());
		assert_eq!(seen.last(), Some(&4));
	}

	#[test]
	fn damage_is_never_taken_for_a_result() {
		let directory = tempfile::tempdir().unwrap();
		let path = directory.path().join("x.results");
		let whole = filled(&path);
		for at in 0..whole.len() {
			let mut damaged = whole.clone();
			damaged[at] ^= 0x40;
			fs::write(&path, &damaged).unwrap();
			let log = ResultsLog::open(&path, &entry()).unwrap();
			assert!(log.done().len() < 4, "byte {at}");
			for (task, outcome) in log.done() {
				assert_eq!(*outcome, result(*task).outcome, "byte {at}");
			}
		}
	}

	#[test]
	fn whatever_the_bytes_no_wrong_result_is_read() {
		let directory = tempfile::tempdir().unwrap();
		let path = directory.path().join("x.results");
		let whole = filled(&path);
		crate::bytes::try_out(&[whole], 40, |bytes| {
			fs::write(&path, bytes).unwrap();
			let mut log = ResultsLog::open(&path, &entry()).unwrap();
			assert!(log.done().iter().all(|(task, outcome)| *outcome == result(*task).outcome));
			let _ = log.read_all().unwrap();
		});
	}

	#[test]
	fn results_of_another_batch_or_job_are_not_used() {
		let directory = tempfile::tempdir().unwrap();
		let path = directory.path().join("x.results");
		for other in [
			Entry { attempt: 1, ..entry() },
			Entry { job: 4, ..entry() },
			Entry { spec: Hash::of(b"another job"), ..entry() },
		] {
			filled(&path);
			assert!(ResultsLog::open(&path, &other).unwrap().done().is_empty());
		}
	}

	#[test]
	fn a_result_is_written_once_and_only_for_tasks_of_the_batch() {
		let directory = tempfile::tempdir().unwrap();
		let path = directory.path().join("x.results");
		let whole = filled(&path);
		let mut log = ResultsLog::open(&path, &entry()).unwrap();
		log.append(74, &result(75)).unwrap();
		log.append(80, &result(80)).unwrap();
		log.append(69, &result(69)).unwrap();
		assert_eq!(fs::read(&path).unwrap(), whole);
		assert_eq!(log.done()[&74], result(74).outcome);
	}
}
