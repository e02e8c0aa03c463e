//! Compiling a program and running its tasks in this very process.
//!
//! Programs are hostile: whoever runs them for others does so in a process of their own, see [`crate::host`]. This is
//! the engine inside, and good enough for people who run programs of theirs.

mod cranelift;
mod run;

pub use cranelift::{CompiledProgram, Engine};
pub(crate) use run::finished;

use assay_primitives::{TaskLimits, TaskOutcome};

/// What a task is run on, apart from its program.
#[derive(Clone, Copy, Debug)]
pub struct Task<'a> {
	/// Its number within the job.
	pub index: u32,
	/// What it reads from standard input. At most [`crate::limits::MAX_INPUT_BYTES`].
	pub input: &'a [u8],
}

/// A finished run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Execution {
	/// The outcome: the same on every machine.
	pub outcome: TaskOutcome,
	/// What the task wrote to standard output; nothing unless it completed.
	pub output: Vec<u8>,
	/// The end of what the task wrote to standard error, for people to look at. No part of the outcome.
	pub stderr: Vec<u8>,
}

/// Whether a task with these limits and this much input can be run at all.
pub(crate) fn check_request(limits: &TaskLimits, input_bytes: usize) -> Result<(), crate::NoVerdict> {
	if !limits.are_valid() {
		return Err(crate::NoVerdict::InvalidLimits);
	}
	if input_bytes > crate::limits::MAX_INPUT_BYTES {
		return Err(crate::NoVerdict::InputTooLarge {
			bytes: u64::try_from(input_bytes).unwrap_or(u64::MAX),
			limit: u64::try_from(crate::limits::MAX_INPUT_BYTES).unwrap_or(u64::MAX),
		});
	}
	Ok(())
}
