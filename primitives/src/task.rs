//! What a task is allowed to use, what became of it, and how that is hashed.

use crate::{hash, Hash, JobId, TaskIndex};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// What one task may use. Every limit is part of the job, so that every machine enforces the same ones.
#[derive(
	Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "camelCase"))]
pub struct TaskLimits {
	/// Fuel one task may burn. 1 to [`TaskLimits::MAX_FUEL`].
	pub fuel: u64,
	/// Linear memory, in pages of 64 KiB. 1 to [`TaskLimits::MAX_MEMORY_PAGES`].
	pub memory_pages: u32,
	/// Bytes a task may write to its standard output. 0 to [`TaskLimits::MAX_OUTPUT_BYTES`].
	pub output_bytes: u32,
}

impl TaskLimits {
	/// Far above what any execution window allows, and low enough that a signed counter never wraps.
	pub const MAX_FUEL: u64 = 1 << 62;
	/// 1 GiB.
	pub const MAX_MEMORY_PAGES: u32 = 16_384;
	/// 16 MiB.
	pub const MAX_OUTPUT_BYTES: u32 = 16 << 20;

	/// Whether every limit is in its range.
	pub fn are_valid(&self) -> bool {
		(1..=Self::MAX_FUEL).contains(&self.fuel)
			&& (1..=Self::MAX_MEMORY_PAGES).contains(&self.memory_pages)
			&& self.output_bytes <= Self::MAX_OUTPUT_BYTES
	}
}

impl Default for TaskLimits {
	fn default() -> Self {
		Self { fuel: 10_000_000_000, memory_pages: 1_024, output_bytes: 1 << 20 }
	}
}

/// How a task ended. Each of these is a valid, payable result: the work was done.
#[derive(
	Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "camelCase"))]
pub enum TaskStatus {
	/// The program returned or called `proc_exit`, with this code (0 when it returned).
	#[codec(index = 0)]
	Completed(u32),
	/// The program trapped: unreachable code, an access out of bounds, a division by zero, and so on.
	#[codec(index = 1)]
	Trapped,
	/// The task burned all its fuel.
	#[codec(index = 2)]
	OutOfFuel,
	/// The call stack grew past the machine's limit.
	#[codec(index = 3)]
	StackExhausted,
	/// The program asks for more initial memory than the task may use.
	#[codec(index = 4)]
	MemoryExhausted,
	/// The program wrote more than the task may output.
	#[codec(index = 5)]
	OutputTooLarge,
}

/// The complete, exact result of one task. Same program, index and input: the same outcome on every machine.
#[derive(
	Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "camelCase"))]
pub struct TaskOutcome {
	/// How the task ended.
	pub status: TaskStatus,
	/// BLAKE3 of the bytes it wrote to standard output (of none, unless it completed).
	pub output_hash: Hash,
	/// How many bytes it wrote to standard output (0 unless it completed).
	pub output_len: u32,
	/// Fuel it burned. At most the task's limit.
	pub fuel: u64,
}

impl TaskOutcome {
	/// The outcome of a task that ended with `status`, wrote `output` and burned `fuel`.
	///
	/// Returns `None` if `output` is longer than any task may write.
	pub fn new(status: TaskStatus, output: &[u8], fuel: u64) -> Option<Self> {
		let output_len =
			u32::try_from(output.len()).ok().filter(|len| *len <= TaskLimits::MAX_OUTPUT_BYTES)?;
		Some(Self { status, output_hash: Hash::of(output), output_len, fuel })
	}

	/// The leaf that stands for this outcome in a batch's tree:
	/// `BLAKE3-derive_key("assay.leaf.v1", SCALE(job, task, outcome))`.
	///
	/// The exact fuel is inside, so not even a one-bit answer can be guessed without running the program.
	pub fn leaf(&self, job: JobId, task: TaskIndex) -> Hash {
		hash::derive(hash::LEAF, &(job, task, self))
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn every_part_of_an_outcome_is_in_its_leaf() {
		let outcome = TaskOutcome::new(TaskStatus::Completed(0), b"1", 1_000).unwrap();
		let changes: [fn(&mut TaskOutcome); 4] = [
			|o| o.status = TaskStatus::Completed(1),
			|o| o.output_hash = Hash::of(b"0"),
			|o| o.output_len += 1,
			|o| o.fuel += 1,
		];
		for change in changes {
			let mut other = outcome;
			change(&mut other);
			assert_ne!(other.leaf(1, 2), outcome.leaf(1, 2), "{other:?}");
		}
		assert_ne!(outcome.leaf(2, 2), outcome.leaf(1, 2));
		assert_ne!(outcome.leaf(1, 3), outcome.leaf(1, 2));
		// What makes a one-bit answer impossible to guess.
		let answer = |output: &[u8], fuel| {
			TaskOutcome::new(TaskStatus::Completed(0), output, fuel).unwrap().leaf(1, 2)
		};
		assert!((1_001..1_100).all(|fuel| answer(b"1", fuel) != outcome.leaf(1, 2)));
	}
}
