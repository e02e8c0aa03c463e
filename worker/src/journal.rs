//! What a worker must not forget, on the disk: a crash at any moment costs no more than the tasks that were running.

mod directory;
mod entry;
mod file;
mod results;

pub use directory::DataDirectory;
pub use entry::{spec_hash, BatchId, Entry, Progress};
pub use file::RecordError;
pub use results::ResultsLog;

use assay_primitives::{
	hash,
	sealing::{self, BatchKey},
	AccountId, BlockNumber, Hash, JobId,
};
use codec::{Decode, Encode};
use std::{
	fs, io,
	path::{Path, PathBuf},
};

const ENTRY: &str = "entry";
const RESULTS: &str = "results";
const INTENT: &str = "intent";
/// Domain of the secret for the batches of one job.
const JOB_SECRET: &str = "assay.worker.job.v1";

/// Why the journal cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
	/// Another process has the directory.
	#[error("another worker uses {}: stop it, or give this one a --data-dir of its own", path.display())]
	InUse {
		/// The directory.
		path: PathBuf,
	},
	/// The directory was made for another account or another chain.
	#[error("{} belongs to {found}, not to {wanted}: give this worker another --data-dir", path.display())]
	OtherOwner {
		/// The directory.
		path: PathBuf,
		/// Whose it is.
		found: String,
		/// Who wanted it.
		wanted: String,
	},
	/// Without the secret, batches that are under way cannot be revealed: it is not replaced by a new one.
	#[error(
		"the secret {} is damaged: restore it from a copy, or, if no batch is under way, remove it",
		path.display()
	)]
	DamagedSecret {
		/// The file.
		path: PathBuf,
	},
	/// A file of another version of the worker.
	#[error("{}: {source}; use the version of the worker that wrote it", path.display())]
	Record {
		/// The file.
		path: PathBuf,
		/// What is wrong.
		source: RecordError,
	},
	/// The disk failed.
	#[error("{}: {source}", path.display())]
	Io {
		/// The file or directory.
		path: PathBuf,
		/// What happened.
		source: io::Error,
	},
}

impl JournalError {
	fn io(path: &Path, source: io::Error) -> Self {
		Self::Io { path: path.to_owned(), source }
	}
}

/// A claim that is about to be sent, or was, with an outcome nobody has noted yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Intent {
	/// The job.
	pub job: JobId,
	/// How many batches.
	pub count: u32,
	/// The best block before the claim was sent.
	pub block: BlockNumber,
}

/// The journal of one account on one chain.
#[derive(Debug)]
pub struct Journal {
	directory: DataDirectory,
	genesis: Hash,
}

impl Journal {
	/// Opens the journal in a directory. `seed`: what its secret is made of if there is none yet.
	///
	/// # Errors
	///
	/// Those of [`DataDirectory::open`].
	pub fn open(
		path: &Path,
		account: &AccountId,
		genesis: &Hash,
		seed: &[u8; 32],
	) -> Result<Self, JournalError> {
		let directory = DataDirectory::open(path, account, genesis, seed)?;
		Ok(Self { directory, genesis: *genesis })
	}

	/// The key that the results of a batch of the job with this [`spec_hash`] are sealed with.
	///
	/// A fork, or a chain that was started anew, can give a job's number to another job. Its results must not be sealed
	/// with the same stream of key bytes: whoever knows one of two texts would know the other.
	pub fn batch_key(&self, id: &BatchId, spec: &Hash) -> BatchKey {
		let secret = hash::derive(hash::Domain::new(JOB_SECRET), &(self.directory.secret(), spec));
		sealing::batch_key(&secret.0, &self.genesis, id.job, id.batch, id.attempt)
	}

	fn path_of(&self, id: &BatchId, extension: &str) -> PathBuf {
		self.directory.batches().join(format!("{}.{extension}", id.stem()))
	}

	fn path_of_intent(&self, job: JobId) -> PathBuf {
		self.directory.intents().join(format!("{job}.{INTENT}"))
	}

	/// Every batch in the journal. A damaged entry is put aside: what it said can be had from the chain.
	///
	/// # Errors
	///
	/// If the disk fails, or an entry was written by another version of the worker.
	pub fn entries(&self) -> Result<Vec<Entry>, JournalError> {
		let mut entries: Vec<Entry> = read_records(&self.directory.batches(), ENTRY)?;
		entries.sort_by_key(Entry::id);
		Ok(entries)
	}

	/// Notes how far a batch is.
	///
	/// # Errors
	///
	/// If the disk fails. What was noted before is still there then.
	pub fn save(&self, entry: &Entry) -> Result<(), JournalError> {
		write(&self.path_of(&entry.id(), ENTRY), entry)
	}

	/// The results of a batch.
	///
	/// # Errors
	///
	/// If the disk fails.
	pub fn results(&self, entry: &Entry) -> Result<ResultsLog, JournalError> {
		ResultsLog::open(&self.path_of(&entry.id(), RESULTS), entry)
	}

	/// Forgets a batch.
	///
	/// # Errors
	///
	/// If the disk fails.
	pub fn remove(&self, id: &BatchId) -> Result<(), JournalError> {
		// The results last: without an entry they are rubbish, an entry without results is work done twice.
		for extension in [ENTRY, RESULTS] {
			let path = self.path_of(id, extension);
			file::remove(&path).map_err(|error| JournalError::io(&path, error))?;
		}
		Ok(())
	}

	/// Removes results of batches that are not in the journal, and what was left half written.
	///
	/// # Errors
	///
	/// If the disk fails.
	pub fn remove_rubbish(&self) -> Result<(), JournalError> {
		for path in list(&self.directory.batches())? {
			let is_orphan = has_extension(&path, RESULTS) && !path.with_extension(ENTRY).exists();
			if is_orphan || has_extension(&path, file::UNFINISHED) {
				file::remove(&path).map_err(|error| JournalError::io(&path, error))?;
			}
		}
		Ok(())
	}

	/// Notes that a claim is about to be sent.
	///
	/// # Errors
	///
	/// If the disk fails: then do not send it.
	pub fn intend(&self, intent: &Intent) -> Result<(), JournalError> {
		write(&self.path_of_intent(intent.job), intent)
	}

	/// Every claim whose outcome was not noted.
	///
	/// # Errors
	///
	/// If the disk fails.
	pub fn intents(&self) -> Result<Vec<Intent>, JournalError> {
		read_records(&self.directory.intents(), INTENT)
	}

	/// Forgets the claim on a job: its outcome is noted.
	///
	/// # Errors
	///
	/// If the disk fails.
	pub fn resolve_intent(&self, job: JobId) -> Result<(), JournalError> {
		let path = self.path_of_intent(job);
		file::remove(&path).map_err(|error| JournalError::io(&path, error))
	}
}

fn write(path: &Path, value: &impl Encode) -> Result<(), JournalError> {
	file::write_atomically(path, &file::encode_record(value)).map_err(|error| JournalError::io(path, error))
}

fn has_extension(path: &Path, extension: &str) -> bool {
	path.extension().is_some_and(|found| found == extension)
}

fn list(directory: &Path) -> Result<Vec<PathBuf>, JournalError> {
	let failed = |error| JournalError::io(directory, error);
	let files = fs::read_dir(directory).map_err(failed)?;
	files.map(|file| file.map(|file| file.path()).map_err(failed)).collect()
}

fn read_records<T: Decode>(directory: &Path, extension: &str) -> Result<Vec<T>, JournalError> {
	let mut records = Vec::new();
	for path in list(directory)? {
		if !has_extension(&path, extension) {
			continue;
		}
		let bytes = match fs::read(&path) {
			Ok(bytes) => bytes,
			// It was forgotten meanwhile: its batch was settled.
			Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
			Err(error) => return Err(JournalError::io(&path, error)),
		};
		match file::decode_record(&bytes) {
			Ok(record) => records.push(record),
			Err(RecordError::Damaged) => {
				let aside = file::with_extension(&path, file::DAMAGED);
				tracing::error!(
					target: "journal",
					"{} is damaged and put aside as {}; what it said is asked from the chain",
					path.display(),
					aside.display()
				);
				fs::rename(&path, &aside).map_err(|error| JournalError::io(&path, error))?;
			},
			Err(source) => return Err(JournalError::Record { path, source }),
		}
	}
	Ok(records)
}

#[cfg(test)]
mod tests;
