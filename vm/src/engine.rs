//! Running the tasks of a program in this very process.
//!
//! Two engines run the same rewritten module and come to the same outcome: [`Engine`] compiles it, [`Interpreter`] needs
//! neither an operating system nor a compiler and is the reference. Programs are hostile: whoever runs them for others
//! does so in a process of their own, see [`crate::host`].
//!
//! [`Interpreter`]: interpreter::Interpreter
#![cfg_attr(not(feature = "std"), doc = "[`Engine`]: self")]

mod bind;
#[cfg(feature = "std")]
mod cranelift;
#[cfg(all(test, target_os = "linux"))]
mod frames;
pub mod interpreter;
mod run;
#[cfg(feature = "std")]
mod stack;
#[cfg(test)]
mod tests;

#[cfg(feature = "std")]
pub use cranelift::{CompiledProgram, Engine};
#[cfg(feature = "std")]
pub(crate) use run::finished;
#[cfg(feature = "std")]
pub use stack::with_task_stack;

use crate::{error::NoVerdict, limits::MAX_INPUT_BYTES, program::Program};
use alloc::vec::Vec;
use assay_primitives::{Hash, TaskLimits, TaskOutcome};

/// What a task is run on, apart from its program.
#[derive(Clone, Copy, Debug)]
pub struct Task<'a> {
	/// Its number within the job.
	pub index: u32,
	/// What it reads from standard input. At most [`MAX_INPUT_BYTES`].
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

/// What a run has to know of a program, apart from its code.
#[derive(Clone, Copy, Debug)]
struct About {
	hash: Hash,
	initial_pages: u64,
	maximum_pages: Option<u64>,
}

impl About {
	fn program(program: &Program) -> Self {
		Self {
			hash: program.hash(),
			initial_pages: program.initial_pages(),
			maximum_pages: program.maximum_pages(),
		}
	}
}

/// Whether a task with these limits and this much input can be run at all.
pub(crate) fn check_request(limits: &TaskLimits, input_bytes: usize) -> Result<(), NoVerdict> {
	if !limits.are_valid() {
		return Err(NoVerdict::InvalidLimits);
	}
	if input_bytes > MAX_INPUT_BYTES {
		return Err(NoVerdict::InputTooLarge {
			bytes: u64::try_from(input_bytes).unwrap_or(u64::MAX),
			limit: u64::try_from(MAX_INPUT_BYTES).unwrap_or(u64::MAX),
		});
	}
	Ok(())
}
