//! What a requester asks for.

use crate::{Balance, BatchIndex, BlockNumber, Hash, TaskIndex, TaskLimits};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use core::ops::Range;
use scale_info::TypeInfo;

/// Bytes kept off the chain, addressed by what they are.
#[derive(
	Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "camelCase"))]
pub struct BlobRef {
	/// BLAKE3 of the bytes.
	pub hash: Hash,
	/// How many there are.
	pub len: u64,
}

impl BlobRef {
	/// The reference to `bytes`.
	pub fn of(bytes: &[u8]) -> Self {
		// A length in memory fits 64 bits on every machine there is.
		Self { hash: Hash::of(bytes), len: bytes.len() as u64 }
	}
}

/// What tasks read on their standard input.
#[derive(
	Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
#[cfg_attr(
	feature = "serde",
	derive(serde::Serialize, serde::Deserialize),
	serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "kind")
)]
pub enum InputSpec {
	/// The same bytes for every task.
	#[codec(index = 0)]
	Shared {
		/// The bytes.
		blob: BlobRef,
	},
	/// Each task has bytes of its own.
	#[codec(index = 1)]
	PerTask {
		/// SCALE `Vec<u32>` of the lengths, one per task, then the inputs one after the other.
		blob: BlobRef,
		/// Merkle root over [`task_input_leaf`] of each task's bytes.
		root: Hash,
	},
}

impl InputSpec {
	/// The blob that holds the input.
	pub fn blob(&self) -> &BlobRef {
		match self {
			Self::Shared { blob } | Self::PerTask { blob, .. } => blob,
		}
	}
}

/// The leaf of one task's own input in the tree that a per-task job commits to.
pub fn task_input_leaf(task: TaskIndex, input: &[u8]) -> Hash {
	crate::hash::derive(crate::hash::INPUT, &(task, Hash::of(input)))
}

/// How closely a job's batches are checked.
#[derive(
	Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "camelCase"))]
pub struct AuditPolicy {
	/// Auditors wanted per audited batch. 1 to [`AuditPolicy::MAX_AUDITORS`].
	pub auditors: u8,
	/// Tasks each of them re-executes. 1 to [`AuditPolicy::MAX_SAMPLES`].
	pub samples: u8,
	/// Share of the batches that is audited, in parts per million. [`AuditPolicy::MIN_RATE`] to a million.
	pub rate: u32,
}

impl AuditPolicy {
	/// More would fill a block.
	pub const MAX_AUDITORS: u8 = 8;
	/// More would fill a block.
	pub const MAX_SAMPLES: u8 = 16;
	/// Every batch is audited.
	pub const EVERY_BATCH: u32 = 1_000_000;
	/// 5 %: below that the bond asked of workers would have to grow without measure.
	pub const MIN_RATE: u32 = 50_000;

	/// Whether every number is in its range.
	pub fn is_valid(&self) -> bool {
		(1..=Self::MAX_AUDITORS).contains(&self.auditors)
			&& (1..=Self::MAX_SAMPLES).contains(&self.samples)
			&& (Self::MIN_RATE..=Self::EVERY_BATCH).contains(&self.rate)
	}
}

impl Default for AuditPolicy {
	fn default() -> Self {
		Self { auditors: 2, samples: 2, rate: Self::EVERY_BATCH }
	}
}

/// A job as its requester posts it. It never changes afterwards.
#[derive(
	Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "camelCase"))]
pub struct JobSpec {
	/// The WebAssembly program.
	pub program: BlobRef,
	/// The machine it runs on, [`crate::VM_VERSION`].
	pub vm_version: u16,
	/// What its tasks read.
	pub input: InputSpec,
	/// How many tasks there are, at least 1.
	pub tasks: u32,
	/// Tasks per batch, 1 to [`JobSpec::MAX_BATCH_SIZE`]. The last batch may be smaller.
	pub batch_size: u32,
	/// Pay per task, in the smallest unit of money.
	#[cfg_attr(feature = "serde", serde(with = "crate::money::decimal"))]
	pub bounty: Balance,
	/// What one task may use.
	pub limits: TaskLimits,
	/// How results are checked.
	pub audit: AuditPolicy,
	/// Blocks a worker has from claim to receipt.
	pub execution_window: BlockNumber,
	/// Blocks between reveal and pay, in which a result can be contested.
	pub challenge_window: BlockNumber,
	/// Blocks after posting at which batches nobody took are refunded.
	pub lifetime: BlockNumber,
}

impl JobSpec {
	/// The most tasks one batch can have.
	pub const MAX_BATCH_SIZE: u32 = 100_000;
	/// Bytes of the largest program that the machine takes, and so the largest that a job can name: 4 MiB.
	pub const MAX_PROGRAM_BYTES: u64 = 4 << 20;
	/// Bytes of the largest input that the machine takes, and so the largest that a job can have: 256 MiB.
	pub const MAX_INPUT_BYTES: u64 = 256 << 20;

	/// How many batches the tasks make. `None` for a batch size of 0.
	pub fn batches(&self) -> Option<u32> {
		(self.batch_size > 0).then(|| self.tasks.div_ceil(self.batch_size))
	}

	/// The tasks of a batch. `None` if there is no such batch.
	pub fn batch_tasks(&self, batch: BatchIndex) -> Option<Range<TaskIndex>> {
		let start = batch.checked_mul(self.batch_size)?;
		(start < self.tasks).then(|| start..start.saturating_add(self.batch_size).min(self.tasks))
	}

	/// How many tasks a batch has. `None` if there is no such batch.
	pub fn batch_len(&self, batch: BatchIndex) -> Option<u32> {
		self.batch_tasks(batch).map(|tasks| tasks.end - tasks.start)
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	fn spec(tasks: u32, batch_size: u32) -> JobSpec {
		let blob = BlobRef::of(b"");
		JobSpec {
			program: blob,
			vm_version: crate::VM_VERSION,
			input: InputSpec::Shared { blob },
			tasks,
			batch_size,
			bounty: 1,
			limits: TaskLimits::default(),
			audit: AuditPolicy::default(),
			execution_window: 10,
			challenge_window: 10,
			lifetime: 100,
		}
	}

	#[test]
	fn batches_cover_every_task_once() {
		for (tasks, size) in [(1, 1), (10, 3), (9, 3), (5, 100), (u32::MAX, 7), (u32::MAX, u32::MAX)] {
			let spec = spec(tasks, size);
			let batches = spec.batches().unwrap();
			assert_eq!(spec.batch_tasks(0).unwrap().start, 0);
			assert_eq!(spec.batch_tasks(batches - 1).unwrap().end, tasks);
			assert_eq!(spec.batch_tasks(batches), None);
			if batches > 1 {
				assert_eq!(spec.batch_tasks(0).unwrap().end, spec.batch_tasks(1).unwrap().start);
			}
		}
		assert_eq!(spec(1, 0).batches(), None);
	}

	#[test]
	fn a_spec_survives_json() {
		let mut spec = spec(10, 3);
		spec.bounty = u128::MAX;
		spec.input = InputSpec::PerTask { blob: BlobRef::of(b"x"), root: Hash::of(b"y") };
		let json = serde_json::to_string(&spec).unwrap();
		assert_eq!(serde_json::from_str::<JobSpec>(&json).unwrap(), spec);
	}
}
