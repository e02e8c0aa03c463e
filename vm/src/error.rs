//! Why a program was refused, and why a run has no verdict.

use alloc::string::String;
use assay_primitives::Hash;
use codec::{Decode, Encode};
use core::{fmt, time::Duration};

/// A place in a module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Location {
	/// Index of the function it lies in, imports counted, when it lies in one.
	pub function: Option<u32>,
	/// Bytes from the start of the module.
	pub offset: usize,
}

impl Location {
	pub(crate) fn at(offset: usize) -> Self {
		Self { function: None, offset }
	}

	pub(crate) fn within(function: u32, offset: usize) -> Self {
		Self { function: Some(function), offset }
	}
}

impl fmt::Display for Location {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		if let Some(function) = self.function {
			write!(f, "function {function}, ")?;
		}
		write!(f, "offset {:#x}", self.offset)
	}
}

/// Why a module is not a program for this machine. The module's author can act on each of these.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PrepareError {
	/// The file alone is too large.
	#[error("the program has {bytes} bytes, more than the {limit} allowed")]
	TooLarge {
		/// Its size.
		bytes: usize,
		/// [`crate::limits::MAX_PROGRAM_BYTES`].
		limit: usize,
	},
	/// The bytes are no valid WebAssembly of the profile.
	#[error("{at}: {message}")]
	Invalid {
		/// What the validator found.
		message: String,
		/// Where.
		at: Location,
	},
	/// Valid WebAssembly, perhaps, but of a kind that is left out because it is not deterministic, or hides state.
	#[error("{at}: {construct} is not part of the profile")]
	Forbidden {
		/// The instruction, section or type, and the proposal it comes from.
		construct: String,
		/// Where.
		at: Location,
	},
	/// There is too much of something.
	#[error("{at}: {found} {what}, more than the {limit} allowed")]
	Limit {
		/// What is counted.
		what: &'static str,
		/// How much of it there is. Counting may have stopped at the first excess.
		found: u64,
		/// How much there may be.
		limit: u64,
		/// Where.
		at: Location,
	},
	/// A function is imported that the machine does not have.
	#[error("{at}: the machine has no function {name:?} in module {module:?} to import")]
	UnknownImport {
		/// The module it is asked from, shortened.
		module: String,
		/// Its name, shortened.
		name: String,
		/// Where.
		at: Location,
	},
	/// A function of the machine is imported with a type that is not its own.
	#[error("{at}: the import {name:?} is declared as {found}, its type is {expected}")]
	ImportSignature {
		/// The function.
		name: &'static str,
		/// Its type.
		expected: String,
		/// The type the module gives it.
		found: String,
		/// Where.
		at: Location,
	},
	/// The module does not export what the machine needs.
	#[error("the program must export {what}")]
	MissingExport {
		/// The export, with its type.
		what: &'static str,
	},
	/// An export has the right name and the wrong type.
	#[error("{at}: the program must export {what}; the export of that name is something else")]
	WrongExport {
		/// The export, with its type.
		what: &'static str,
		/// Where.
		at: Location,
	},
	/// A valid module that the rewriting does not understand. This is a fault of the machine, worth reporting.
	#[error(
		"the program cannot be rewritten: {message} was not understood, which is a fault of the machine"
	)]
	Rewriting {
		/// What it stopped at.
		message: String,
	},
	/// An active segment does not fit into the initial memory or table.
	#[error("{at}: {what} {segment} ends at {end}, beyond the initial size {size}")]
	SegmentOutOfBounds {
		/// Data segment or element segment.
		what: &'static str,
		/// Its index.
		segment: u32,
		/// Where it would end: a byte of the memory or an entry of the table.
		end: u64,
		/// The initial size of the memory in bytes, or of the table in entries.
		size: u64,
		/// Where.
		at: Location,
	},
}

/// The engine could not be set up on this machine.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the engine cannot run on this machine: {0}")]
pub struct EngineError(pub String);

/// Why a run has no outcome. It says something about this machine, never about the task: try again, here or elsewhere.
///
/// Only [`NoVerdict::InvalidLimits`], [`NoVerdict::InputTooLarge`], [`NoVerdict::ProgramMismatch`] and
/// [`NoVerdict::ProgramRefused`] will come out the same next time: see [`NoVerdict::is_permanent`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Encode, Decode)]
pub enum NoVerdict {
	/// A limit of the task is out of its range.
	#[error("the task's limits are out of range")]
	InvalidLimits,
	/// The input is larger than the machine takes.
	#[error("the task's input has {bytes} bytes, more than the {limit} allowed")]
	InputTooLarge {
		/// Its size.
		bytes: u64,
		/// [`crate::limits::MAX_INPUT_BYTES`].
		limit: u64,
	},
	/// The program's bytes are not those its hash stands for.
	#[error("the program hashes to {found}, not to {expected}")]
	ProgramMismatch {
		/// The hash that was named.
		expected: Hash,
		/// The hash of the bytes.
		found: Hash,
	},
	/// The program is none for this machine, see [`PrepareError`].
	#[error("the program is refused: {0}")]
	ProgramRefused(String),
	/// The program could not be compiled here.
	#[error("the program could not be compiled: {0}")]
	Compile(String),
	/// This machine, not the program, could not go on: no memory, for instance.
	#[error("the engine could not finish the task: {0}")]
	Engine(String),
	/// The process that tasks run in could not be started.
	#[error("the task host could not be started: {0}")]
	Spawn(String),
	/// The run took longer than the caller was willing to wait.
	#[error("the task was stopped after {0:?}")]
	TimedOut(Duration),
	/// The process that the task ran in died.
	#[error("the task host died: {0}")]
	Crashed(String),
	/// The process that the task ran in sent something that makes no sense.
	#[error("the task host answered nonsense: {0}")]
	Protocol(String),
}

impl NoVerdict {
	/// Whether the same run will fail the same way on every machine, so that retrying is no use.
	pub fn is_permanent(&self) -> bool {
		matches!(
			self,
			Self::InvalidLimits
				| Self::InputTooLarge { .. }
				| Self::ProgramMismatch { .. }
				| Self::ProgramRefused(_)
		)
	}

	/// The same, with text that came from elsewhere made short and printable.
	#[cfg(feature = "std")]
	pub(crate) fn made_printable(self) -> Self {
		match self {
			Self::ProgramRefused(text) => Self::ProgramRefused(printable(&text, 512)),
			Self::Compile(text) => Self::Compile(printable(&text, 512)),
			Self::Engine(text) => Self::Engine(printable(&text, 512)),
			Self::Spawn(text) => Self::Spawn(printable(&text, 512)),
			Self::Crashed(text) => Self::Crashed(printable(&text, 512)),
			Self::Protocol(text) => Self::Protocol(printable(&text, 512)),
			other => other,
		}
	}
}

/// The first `limit` characters of `text`, control characters replaced.
pub(crate) fn printable(text: &str, limit: usize) -> String {
	text.chars().take(limit).map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c }).collect()
}
