//! Results: opened, checked leaf by leaf against what the chain holds, and kept in a directory.
//!
//! Next to the outputs the directory holds `job.json`, which says whose they are, and `batch-NNNNNN.json` for every
//! complete batch: the outcomes under the receipt's `outputs_root`. With these a second fetch can check the files that
//! are there without downloading anything.

use crate::files::{self, FileError};
use assay_primitives::{
	merkle,
	sealing::{self, BatchKey, FetchedBatch, SealError, TaskResult},
	view::{BatchView, JobView, ReceiptView},
	Attempt, BatchIndex, Hash, JobId, JobSpec, TaskIndex, TaskOutcome,
};
use serde::{de::DeserializeOwned, Deserialize, Serialize};
use std::{
	ops::Range,
	path::{Path, PathBuf},
};

/// Bytes of a sealed result besides the output: its entry in the manifest, and status and fuel in front.
const SEALED_OVERHEAD: u64 = 36 + 14;
/// The manifest's length takes at most this many bytes.
const MANIFEST_PREFIX: u64 = 5;
/// A record of the largest batch there can be is far smaller than its outputs.
const MAX_RECORD_BYTES: u64 = 1 << 30;

/// Why results are not written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ResultsError {
	/// A file cannot be read or written.
	#[error(transparent)]
	File(#[from] FileError),
	/// The directory belongs to another job.
	#[error("{path} holds results of another job, which its chain calls job {found}", path = path.display())]
	OtherJob {
		/// The directory.
		path: PathBuf,
		/// The job whose results are there.
		found: JobId,
	},
	/// The directory has such files, but not from here.
	#[error("{path} already holds {name}, which this program did not write", path = path.display())]
	Foreign {
		/// The directory.
		path: PathBuf,
		/// One of the files.
		name: String,
	},
	/// What a batch stands on is not told.
	#[error("the node tells neither receipt nor key of batch {batch}, although it is revealed")]
	Incomplete {
		/// The batch.
		batch: BatchIndex,
	},
	/// The view contradicts the job.
	#[error("the node says that batch {batch} has tasks it cannot have")]
	WrongTasks {
		/// The batch.
		batch: BatchIndex,
	},
	/// More bytes than the batch's tasks could have written.
	#[error("the sealed results of batch {batch} have {len} bytes, more than the {limit} its tasks can have written")]
	TooLarge {
		/// The batch.
		batch: BatchIndex,
		/// What the receipt says.
		len: u64,
		/// The most there can be.
		limit: u64,
	},
	/// The key is not the one the worker committed to.
	#[error("the key of batch {batch} is not the one its receipt commits to")]
	WrongKey {
		/// The batch.
		batch: BatchIndex,
	},
	/// The results are not what the receipt says.
	#[error("batch {batch}: {reason}")]
	Sealed {
		/// The batch.
		batch: BatchIndex,
		/// What is wrong.
		reason: SealError,
	},
}

impl ResultsError {
	/// What to do about it.
	pub(crate) fn advice(&self) -> &'static str {
		match self {
			Self::File(error) => error.advice(),
			Self::OtherJob { .. } | Self::Foreign { .. } => "Name another directory with --out.",
			Self::Incomplete { .. } | Self::WrongTasks { .. } | Self::WrongKey { .. } => {
				"Ask another node with --node: this one contradicts itself."
			},
			Self::TooLarge { .. } | Self::Sealed { .. } => {
				"Its worker may have cheated: contest it in time with assay job check --challenge. The other batches are not \
				 concerned."
			},
		}
	}

	/// Whether the results are to blame, rather than this machine.
	pub(crate) fn is_verdict(&self) -> bool {
		!matches!(self, Self::File(_) | Self::OtherJob { .. } | Self::Foreign { .. })
	}
}

/// A batch whose results can be had, with everything they are checked against.
#[derive(Clone, Debug)]
pub(crate) struct Revealed {
	/// The job.
	pub(crate) job: JobId,
	/// The batch.
	pub(crate) batch: BatchIndex,
	/// The receipt.
	pub(crate) receipt: ReceiptView,
	attempt: Attempt,
	tasks: Range<TaskIndex>,
	key: Hash,
}

impl Revealed {
	/// Takes from a view what is needed, and checks that it makes sense for the job.
	pub(crate) fn new(job: &JobView, view: &BatchView) -> Result<Self, ResultsError> {
		let batch = view.batch;
		let tasks = job.spec.batch_tasks(batch).ok_or(ResultsError::WrongTasks { batch })?;
		if view.job != job.id
			|| view.first_task != tasks.start
			|| Some(view.tasks) != job.spec.batch_len(batch)
		{
			return Err(ResultsError::WrongTasks { batch });
		}
		let (Some(receipt), Some(key)) = (view.receipt.clone(), view.key) else {
			return Err(ResultsError::Incomplete { batch });
		};
		if sealing::commit(&key.0) != receipt.key_commitment {
			return Err(ResultsError::WrongKey { batch });
		}
		let each = SEALED_OVERHEAD.saturating_add(job.spec.limits.output_bytes.into());
		let limit = each.saturating_mul(view.tasks.into()).saturating_add(MANIFEST_PREFIX);
		if receipt.sealed.len > limit {
			return Err(ResultsError::TooLarge { batch, len: receipt.sealed.len, limit });
		}
		Ok(Self { job: job.id, batch, receipt, attempt: view.attempt, tasks, key })
	}

	/// Decrypts the sealed results. Every one of them lies under the receipt's roots, or it is an error.
	pub(crate) fn open(&self, sealed: &[u8]) -> Result<Vec<TaskResult>, ResultsError> {
		FetchedBatch::parse(sealed, self.tasks.clone(), &self.receipt.sealed_root)
			.and_then(|fetched| fetched.open(&self.key.0, self.job, &self.receipt.outputs_root))
			.map_err(|reason| ResultsError::Sealed { batch: self.batch, reason })
	}

	/// The batch's tasks.
	pub(crate) fn tasks(&self) -> Range<TaskIndex> {
		self.tasks.clone()
	}

	/// The revealed key.
	pub(crate) fn key(&self) -> &BatchKey {
		&self.key.0
	}

	/// Whether these are the outcomes the receipt commits to.
	fn commits_to(&self, outcomes: &[TaskOutcome]) -> bool {
		let leaves: Vec<_> =
			self.tasks.clone().zip(outcomes).map(|(task, outcome)| outcome.leaf(self.job, task)).collect();
		outcomes.len() == self.tasks.len() && merkle::root(&leaves) == Some(self.receipt.outputs_root)
	}

	/// Each task with what belongs to it.
	pub(crate) fn number<T>(
		&self,
		each: impl IntoIterator<Item = T>,
	) -> impl Iterator<Item = (TaskIndex, T)> {
		self.tasks.clone().zip(each)
	}
}

/// What `job.json` says.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Owner {
	genesis: Hash,
	job: JobId,
	spec: JobSpec,
}

/// What `batch-NNNNNN.json` says.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Record {
	batch: BatchIndex,
	attempt: Attempt,
	receipt: Hash,
	first_task: TaskIndex,
	outcomes: Vec<TaskOutcome>,
}

/// A directory with one job's results.
#[derive(Debug)]
pub(crate) struct Directory {
	path: PathBuf,
}

/// The name of a task's output.
pub(crate) fn output_name(task: TaskIndex) -> String {
	format!("task-{task:06}.out")
}

fn record_name(batch: BatchIndex) -> String {
	format!("batch-{batch:06}.json")
}

const OWNER_NAME: &str = "job.json";

impl Directory {
	/// Opens `path` for the results of `job`, creating it if needed. Files of anybody else are never touched.
	pub(crate) fn open(path: &Path, genesis: Hash, job: &JobView) -> Result<Self, ResultsError> {
		Self::open_for(path, genesis, job.id, job.spec)
	}

	/// The same of a job that nobody needs to know any more.
	pub(crate) fn open_for(
		path: &Path,
		genesis: Hash,
		job: JobId,
		spec: JobSpec,
	) -> Result<Self, ResultsError> {
		files::create_directory(path)?;
		let directory = Self { path: path.to_path_buf() };
		let owner = Owner { genesis, job, spec };
		match directory.read_json::<Owner>(OWNER_NAME)? {
			Some(found) if found == owner => {},
			Some(found) => {
				return Err(ResultsError::OtherJob { path: directory.path, found: found.job });
			},
			None => {
				directory.refuse_foreign()?;
				directory.write_json(OWNER_NAME, &owner)?;
			},
		}
		Ok(directory)
	}

	/// The path as it was given.
	pub(crate) fn path(&self) -> &Path {
		&self.path
	}

	fn refuse_foreign(&self) -> Result<(), ResultsError> {
		let failed = |source| FileError::Directory { path: self.path.clone(), source };
		for entry in std::fs::read_dir(&self.path).map_err(failed)? {
			let name = entry.map_err(failed)?.file_name().to_string_lossy().into_owned();
			if name == OWNER_NAME || name.starts_with("task-") || name.starts_with("batch-") {
				return Err(ResultsError::Foreign { path: self.path.clone(), name });
			}
		}
		Ok(())
	}

	/// What a file says, if it is there and says anything. A damaged one is as good as none: it is written again.
	fn read_json<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, FileError> {
		let bytes = files::read_if_present(&self.path.join(name), MAX_RECORD_BYTES)?;
		Ok(bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()))
	}

	fn write_json(&self, name: &str, value: &impl Serialize) -> Result<(), FileError> {
		let path = self.path.join(name);
		let mut bytes = serde_json::to_vec_pretty(value)
			.map_err(|source| FileError::Write { path, source: source.into() })?;
		bytes.push(b'\n');
		files::write_atomically(&self.path, name, &bytes)
	}

	/// The outcomes of a batch that is completely here already, every file checked against them and they against the
	/// receipt.
	pub(crate) fn present(&self, revealed: &Revealed) -> Result<Option<Vec<TaskOutcome>>, ResultsError> {
		let Some(record) = self.read_json::<Record>(&record_name(revealed.batch))? else {
			return Ok(None);
		};
		if !revealed.commits_to(&record.outcomes) {
			return Ok(None);
		}
		for (task, outcome) in revealed.number(&record.outcomes) {
			if !self.holds(task, outcome)? {
				return Ok(None);
			}
		}
		Ok(Some(record.outcomes))
	}

	/// The outcomes of a batch as they were when it was verified, if every file is still what it was then. For jobs that
	/// the chain has forgotten.
	pub(crate) fn kept(
		&self,
		spec: &JobSpec,
		batch: BatchIndex,
	) -> Result<Option<Vec<TaskOutcome>>, ResultsError> {
		let Some(tasks) = spec.batch_tasks(batch) else { return Ok(None) };
		let Some(record) = self.read_json::<Record>(&record_name(batch))? else { return Ok(None) };
		let is_whole =
			(record.batch, record.first_task) == (batch, tasks.start) && record.outcomes.len() == tasks.len();
		if !is_whole {
			return Ok(None);
		}
		for (task, outcome) in tasks.zip(&record.outcomes) {
			if !self.holds(task, outcome)? {
				return Ok(None);
			}
		}
		Ok(Some(record.outcomes))
	}

	fn holds(&self, task: TaskIndex, outcome: &TaskOutcome) -> Result<bool, FileError> {
		match files::read_if_present(&self.path.join(output_name(task)), outcome.output_len.into()) {
			Ok(bytes) => Ok(bytes.is_some_and(|bytes| Hash::of(&bytes) == outcome.output_hash)),
			Err(FileError::TooLarge { .. }) => Ok(false),
			Err(error) => Err(error),
		}
	}

	/// Writes the output of one task of a batch that is not all here.
	pub(crate) fn keep(&self, task: TaskIndex, output: &[u8]) -> Result<(), ResultsError> {
		Ok(files::write_whole(&self.path, &output_name(task), output)?)
	}

	/// Writes a batch's outputs, and then that they are all there.
	pub(crate) fn store(&self, revealed: &Revealed, results: &[TaskResult]) -> Result<(), ResultsError> {
		for (task, result) in revealed.number(results) {
			// Not one by one to the disk: that takes longer than most tasks. What a crash leaves damaged is seen when it is
			// compared with the record.
			files::write_whole(&self.path, &output_name(task), &result.output)?;
		}
		let record = Record {
			batch: revealed.batch,
			attempt: revealed.attempt,
			receipt: revealed.receipt.hash,
			first_task: revealed.tasks.start,
			outcomes: results.iter().map(|result| result.outcome).collect(),
		};
		Ok(self.write_json(&record_name(revealed.batch), &record)?)
	}
}

#[cfg(test)]
#[path = "results/tests.rs"]
mod tests;
