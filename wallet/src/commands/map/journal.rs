//! What a map has done so far: written down in the directory of its results before money moves.

use super::delivery::Track;
use crate::{
	commands::contest::RemedyKind,
	files::{self, FileError},
};
use assay_client::Prepared;
use assay_primitives::{
	AccountId, Attempt, Balance, BatchIndex, BlockNumber, Hash, JobId, JobSpec, TaskIndex,
};
use serde::{Deserialize, Serialize};
use std::{
	fs::{File, TryLockError},
	path::{Path, PathBuf},
};

const NAME: &str = "map.json";
const LOCK_NAME: &str = ".map.lock";
const VERSION: u32 = 1;
/// The names of as many tasks as a job's inputs can be cut into are shorter.
const MAX_BYTES: u64 = 1 << 30;

/// Why there is no journal to go on with.
#[derive(Debug, thiserror::Error)]
pub(crate) enum JournalError {
	/// It cannot be read or written.
	#[error(transparent)]
	File(#[from] FileError),
	/// Another process is at it.
	#[error("another assay is working in {path}", path = path.display())]
	Busy {
		/// The directory.
		path: PathBuf,
	},
	/// There is none.
	#[error("nothing was mapped into {path}", path = path.display())]
	Missing {
		/// The directory.
		path: PathBuf,
	},
	/// It says nothing that can be understood. What it stood for may have been paid.
	#[error("{path} is damaged, or of another release: {reason}", path = path.display())]
	Damaged {
		/// The file.
		path: PathBuf,
		/// What is wrong.
		reason: String,
	},
	/// It is about something else.
	#[error("{path} holds {what}", path = path.display())]
	Other {
		/// The directory.
		path: PathBuf,
		/// What it is about.
		what: &'static str,
	},
	/// The job was posted, but never got that far.
	#[error("the job of {path} was not posted before it was interrupted", path = path.display())]
	NotPosted {
		/// The directory.
		path: PathBuf,
	},
	/// The chain knows no such job, or another one under its number.
	#[error("the node's chain does not know job {job} as it was posted from {path}", path = path.display())]
	Forgotten {
		/// The directory.
		path: PathBuf,
		/// The job.
		job: JobId,
	},
	/// It is not known here where the job's results are to go.
	#[error("it is not known on this machine where the results of job {0} are to go")]
	NoDirectory(JobId),
}

impl JournalError {
	/// What to do about it.
	pub(crate) fn advice(&self) -> String {
		match self {
			Self::File(error) => error.advice().into(),
			Self::Busy { .. } => "Wait until it is done, or stop it.".into(),
			Self::Missing { .. } => "Name the directory that was given to assay map with --out.".into(),
			Self::Damaged { .. } => {
				"See with assay job list whether the job was posted; if so, follow it with assay job watch and assay job fetch."
					.into()
			},
			Self::Other { .. } => "Name another directory with --out.".into(),
			Self::NotPosted { .. } => "Run the same assay map again: it goes on where it was.".into(),
			Self::Forgotten { .. } => {
				"Name the node it was posted through with --node. A development chain is forgotten when its node stops; then \
				 name another directory with --out."
					.into()
			},
			Self::NoDirectory(_) => "Name the directory that was given to assay map, with --out.".into(),
		}
	}

	/// Whether what was named on the command line is to blame.
	pub(crate) fn is_usage(&self) -> bool {
		matches!(
			self,
			Self::Missing { .. } | Self::Other { .. } | Self::NotPosted { .. } | Self::NoDirectory(_)
		)
	}
}

/// The journal of one map.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Journal {
	version: u32,
	/// The chain.
	pub(super) genesis: Hash,
	/// Who pays.
	pub(super) requester: AccountId,
	/// What is posted. The program and the inputs are in it by their hashes.
	pub(super) spec: JobSpec,
	/// What the tasks are called, if they have names.
	pub(super) names: Vec<String>,
	/// The transaction that posts the job: the only one that may be handed in until it is known to be gone.
	pub(super) posting: Option<Prepared>,
	/// The job and the block it was posted in, once that is final.
	pub(super) posted: Option<Posted>,
	/// What was contested: never twice the same.
	pub(super) contested: Vec<ContestedBatch>,
	/// Whether every batch was paid or refunded in a final block, with all results that there are in the directory.
	#[serde(default)]
	pub(super) is_finished: bool,
	/// What is not among the results then: batches that were refunded.
	#[serde(default)]
	pub(super) refunded: Vec<BatchIndex>,
}

/// Where a job is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Posted {
	/// The job.
	pub(super) job: JobId,
	/// The block it was posted in.
	pub(super) block: BlockNumber,
}

/// A contest of one delivery of a batch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ContestedBatch {
	/// The batch.
	pub(super) batch: BatchIndex,
	/// Which delivery of it.
	pub(super) attempt: Attempt,
	/// What it is about. Releases before this one did not write it down.
	#[serde(default)]
	pub(super) about: Option<About>,
	/// What was signed, until it is in a final block.
	#[serde(default)]
	pub(super) transaction: Option<Prepared>,
	/// A block that it came after.
	#[serde(default)]
	pub(super) since: Option<BlockNumber>,
	/// What is held for it once it is in a block. Not known of what an earlier run sent.
	#[serde(skip)]
	pub(super) held: Balance,
	/// Where it is, as far as this run knows.
	#[serde(skip)]
	pub(super) track: Track,
}

impl ContestedBatch {
	/// Whether the chain, as it was at that block, does not know of it yet.
	pub(super) fn is_under_way(&self, at: BlockNumber) -> bool {
		match self.track.block {
			Some((_, number)) => number > at,
			None => self.transaction.is_some(),
		}
	}
}

/// What a contest is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct About {
	/// The task.
	pub(super) task: TaskIndex,
	/// What is sent about it.
	pub(super) remedy: RemedyKind,
}

impl Journal {
	/// A journal of nothing done yet.
	pub(super) fn new(genesis: Hash, requester: AccountId, spec: JobSpec, names: Vec<String>) -> Self {
		Self {
			version: VERSION,
			genesis,
			requester,
			spec,
			names,
			posting: None,
			posted: None,
			contested: Vec::new(),
			is_finished: false,
			refunded: Vec::new(),
		}
	}
}

/// A directory with a map's results and its journal. Nobody else works in it while this exists.
#[derive(Debug)]
pub(super) struct Desk {
	path: PathBuf,
	_lock: File,
}

impl Desk {
	/// Takes the directory, and creates it if need be.
	pub(super) fn open(path: &Path) -> Result<Self, JournalError> {
		files::create_directory(path)?;
		let name = path.join(LOCK_NAME);
		let failed = |source| FileError::Write { path: name.clone(), source };
		let lock = File::options().write(true).create(true).truncate(false).open(&name).map_err(failed)?;
		match lock.try_lock() {
			Ok(()) => Ok(Self { path: path.to_path_buf(), _lock: lock }),
			Err(TryLockError::WouldBlock) => Err(JournalError::Busy { path: path.to_path_buf() }),
			Err(TryLockError::Error(source)) => Err(failed(source).into()),
		}
	}

	/// The directory.
	pub(super) fn path(&self) -> &Path {
		&self.path
	}

	/// Reads the journal, if there is one. One that cannot be understood is an error: money may have moved.
	pub(super) fn read(&self) -> Result<Option<Journal>, JournalError> {
		let path = self.path.join(NAME);
		let Some(bytes) = files::read_if_present(&path, MAX_BYTES)? else { return Ok(None) };
		let damaged = |reason: String| JournalError::Damaged { path: path.clone(), reason };
		let journal: Journal = serde_json::from_slice(&bytes).map_err(|error| damaged(error.to_string()))?;
		if journal.version != VERSION {
			return Err(damaged(format!("it is of version {}", journal.version)));
		}
		Ok(Some(journal))
	}

	/// Writes the journal. When this returns it is on the disk.
	pub(super) fn write(&self, journal: &Journal) -> Result<(), JournalError> {
		let failed = |source: serde_json::Error| FileError::Write {
			path: self.path.join(NAME),
			source: source.into(),
		};
		let bytes = serde_json::to_vec_pretty(journal).map_err(failed)?;
		Ok(files::write_durably(&self.path, NAME, &bytes)?)
	}
}

/// Where this machine remembers which directory a job's results go to.
fn index(genesis: Hash, job: JobId) -> Option<(PathBuf, String)> {
	let chain = hex::encode(genesis.0.get(..8)?);
	Some((crate::config::state_directory()?.join("jobs"), format!("{chain}-{job}")))
}

/// Remembers where a job's results go, so that its number is enough to resume it. Nothing depends on that: it may fail.
pub(super) fn remember(genesis: Hash, job: JobId, directory: &Path) {
	let Some((folder, name)) = index(genesis, job) else { return };
	let Ok(directory) = directory.canonicalize() else { return };
	if files::create_directory(&folder).is_ok() {
		let _ = files::write_atomically(&folder, &name, directory.as_os_str().as_encoded_bytes());
	}
}

/// Where a job's results go.
pub(super) fn recall(genesis: Hash, job: JobId) -> Result<PathBuf, JournalError> {
	let found = index(genesis, job).and_then(|(folder, name)| {
		let bytes = files::read_if_present(&folder.join(name), 1 << 16).ok()??;
		String::from_utf8(bytes).ok()
	});
	found.map(PathBuf::from).ok_or(JournalError::NoDirectory(job))
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::testing;

	fn journal() -> Journal {
		let spec = JobSpec { bounty: u128::MAX, ..testing::spec(64) };
		let mut journal = Journal::new(Hash([1; 32]), AccountId([2; 32]), spec, vec!["a b".into()]);
		journal.posted = Some(Posted { job: 7, block: 9 });
		let about = Some(About { task: 9, remedy: RemedyKind::Demand });
		journal.contested.push(ContestedBatch {
			batch: 1,
			attempt: 2,
			about,
			transaction: None,
			since: Some(9),
			held: 0,
			track: Track::default(),
		});
		journal
	}

	#[test]
	fn what_was_written_down_is_read_again() {
		let directory = tempfile::tempdir().unwrap();
		let desk = Desk::open(directory.path()).unwrap();
		assert_eq!(desk.read().unwrap(), None);
		desk.write(&journal()).unwrap();
		assert_eq!(desk.read().unwrap(), Some(journal()));
	}

	#[test]
	fn a_journal_of_an_older_release_is_read() {
		let mut old = serde_json::to_value(journal()).unwrap();
		let fields = old.as_object_mut().unwrap();
		assert!(fields.remove("isFinished").is_some() && fields.remove("refunded").is_some());
		fields["contested"] = serde_json::json!([{ "batch": 1, "attempt": 2 }]);
		let read: Journal = serde_json::from_value(old).unwrap();
		assert!(!read.is_finished);
		assert_eq!((read.contested[0].about, &read.contested[0].transaction), (None, &None));
	}

	#[test]
	fn a_journal_that_cannot_be_understood_is_not_taken_for_none() {
		let directory = tempfile::tempdir().unwrap();
		let desk = Desk::open(directory.path()).unwrap();
		for damaged in ["", "{}", "{\"version\":1"] {
			std::fs::write(directory.path().join(NAME), damaged).unwrap();
			assert!(matches!(desk.read(), Err(JournalError::Damaged { .. })), "{damaged:?}");
		}
		desk.write(&Journal { version: 2, ..journal() }).unwrap();
		assert!(matches!(desk.read(), Err(JournalError::Damaged { .. })));
	}

	#[test]
	fn two_do_not_work_in_one_directory() {
		let directory = tempfile::tempdir().unwrap();
		let desk = Desk::open(directory.path()).unwrap();
		assert!(matches!(Desk::open(directory.path()), Err(JournalError::Busy { .. })));
		drop(desk);
		Desk::open(directory.path()).unwrap();
	}
}
