//! One batch in the journal.

use assay_primitives::{
	view::BatchView, Attempt, BatchIndex, Hash, JobId, JobSpec, SignedReceipt, TaskIndex,
};
use codec::{Decode, Encode};
use std::{fmt, ops::Range};

/// One attempt at one batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub struct BatchId {
	/// The job.
	pub job: JobId,
	/// The batch.
	pub batch: BatchIndex,
	/// The attempt.
	pub attempt: Attempt,
}

impl BatchId {
	/// The batch of a view.
	pub fn of(view: &BatchView) -> Self {
		Self { job: view.job, batch: view.batch, attempt: view.attempt }
	}

	/// The name of the batch's files, without their extensions.
	pub(super) fn stem(&self) -> String {
		format!("{}-{}-{}", self.job, self.batch, self.attempt)
	}
}

impl fmt::Display for BatchId {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		write!(f, "job {} batch {}", self.job, self.batch)?;
		if self.attempt > 0 {
			write!(f, " (attempt {})", self.attempt)?;
		}
		Ok(())
	}
}

/// How far this worker is with a batch. Each stage is on the disk before the next one begins.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Progress {
	/// It is this worker's to run. Results are in a file of their own.
	#[codec(index = 0)]
	Claimed,
	/// There is a receipt. From here on this very receipt is sent, and never another.
	#[codec(index = 1)]
	Signed(SignedReceipt),
	/// The receipt is on the chain.
	#[codec(index = 2)]
	Accepted(SignedReceipt),
	/// The key is on the chain.
	#[codec(index = 3)]
	Revealed(SignedReceipt),
}

impl Progress {
	/// The receipt, once there is one.
	pub fn receipt(&self) -> Option<&SignedReceipt> {
		match self {
			Self::Claimed => None,
			Self::Signed(receipt) | Self::Accepted(receipt) | Self::Revealed(receipt) => Some(receipt),
		}
	}
}

/// A batch in the journal.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Entry {
	/// The job.
	pub job: JobId,
	/// The batch.
	pub batch: BatchIndex,
	/// The attempt.
	pub attempt: Attempt,
	/// BLAKE3 of the SCALE encoded job, so that a chain that was started anew is not taken for the old one.
	pub spec: Hash,
	/// Its first task.
	pub first_task: TaskIndex,
	/// How many tasks it has.
	pub tasks: u32,
	/// What a receipt says of the batch key.
	pub key_commitment: Hash,
	/// How far it is.
	pub progress: Progress,
}

impl Entry {
	/// Which batch it is.
	pub fn id(&self) -> BatchId {
		BatchId { job: self.job, batch: self.batch, attempt: self.attempt }
	}

	/// Its tasks.
	pub fn task_range(&self) -> Range<TaskIndex> {
		self.first_task..self.first_task.saturating_add(self.tasks)
	}
}

/// What an entry says of its job.
pub fn spec_hash(spec: &JobSpec) -> Hash {
	Hash::of(&spec.encode())
}
