//! A program in a file: whether the machine takes it, what to do if not, and how a task of it ends.

use crate::{
	files::{self, FileError},
	output::count,
};
use assay_primitives::{Hash, TaskIndex, TaskLimits, TaskStatus};
use assay_vm::{
	host::EngineKind, limits, Execution, HostOptions, NoVerdict, PrepareError, Program, ProgramSource,
	TaskHost,
};
use clap::ValueEnum;
use serde::Serialize;
use std::{
	io::{self, IsTerminal},
	path::{Path, PathBuf},
	sync::Arc,
	time::Duration,
};

/// What can go wrong with a program that is checked or tried.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ProgramError {
	/// The program is none for this machine.
	#[error("{path} is not a program for Assay's machine: {source}", path = path.display())]
	Refused {
		/// The file.
		path: PathBuf,
		/// What is wrong with it.
		source: PrepareError,
	},
	/// A file cannot be read or written.
	#[error(transparent)]
	File(#[from] FileError),
	/// The task has no outcome.
	#[error("no verdict: {0}")]
	NoVerdict(#[from] NoVerdict),
}

impl ProgramError {
	/// What to do about it.
	pub(crate) fn advice(&self) -> String {
		match self {
			Self::Refused { source, .. } => advice(source),
			Self::File(error) => error.advice(),
			Self::NoVerdict(NoVerdict::TimedOut(_)) => "Lower --fuel, or let it take its time with: assay program run",
			Self::NoVerdict(NoVerdict::ProgramRefused(_) | NoVerdict::Compile(_)) => {
				"Report it, with the program: a program that passes the check should compile."
			},
			Self::NoVerdict(_) => {
				"This says something about this machine, not about the program: check its free memory, and try again."
			},
		}
		.into()
	}

	/// Whether what was named on the command line is to blame.
	pub(crate) fn is_usage(&self) -> bool {
		match self {
			Self::Refused { .. } | Self::File(FileError::Read { .. } | FileError::TooLarge { .. }) => true,
			Self::File(FileError::Write { .. } | FileError::Directory { .. }) => false,
			Self::NoVerdict(error) => error.is_permanent(),
		}
	}
}

/// What the author of a module can do about it.
pub(crate) fn advice(error: &PrepareError) -> &'static str {
	match error {
		PrepareError::TooLarge { .. } => {
			"Build it without debug information and optimised for size; large data belongs into the input."
		},
		PrepareError::Forbidden { .. } => {
			"Build it without that feature: in Rust for wasm32v1-none or with -C target-cpu=mvp, in C with -mcpu=mvp."
		},
		PrepareError::Limit { .. } => {
			"Split what is too large, for instance by inlining less, or move data into the input."
		},
		PrepareError::UnknownImport { .. } => {
			"Link everything the program calls into it; the host has WASI preview 1 and nothing else."
		},
		PrepareError::ImportSignature { .. } => "Declare the import with its type in WASI preview 1.",
		PrepareError::MissingExport { .. } | PrepareError::WrongExport { .. } => {
			"Build it as a command, not as a library: it exports its main function as _start, and its memory as memory."
		},
		PrepareError::Rewriting { .. } => "Report it, with the program.",
		PrepareError::SegmentOutOfBounds { .. } => "Give its memory or table a larger initial size.",
		_ => "Name a program built for wasm32v1-none, or its folder. One to begin with is made by: assay program new NAME.",
	}
}

/// The bytes of the file that is to be a program.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, FileError> {
	let limit = u64::try_from(limits::MAX_PROGRAM_BYTES).unwrap_or(u64::MAX);
	files::read(path, limit)
}

/// The program they are.
pub(crate) fn prepare(path: &Path, bytes: &[u8]) -> Result<Program, ProgramError> {
	Program::prepare(bytes).map_err(|source| ProgramError::Refused { path: path.to_path_buf(), source })
}

/// What a task reads: the file, or standard input without one.
pub(crate) fn read_input(path: Option<&Path>) -> Result<Vec<u8>, FileError> {
	let limit = u64::try_from(limits::MAX_INPUT_BYTES).unwrap_or(u64::MAX);
	match path {
		Some(path) => files::read(path, limit),
		None => {
			let stdin = io::stdin();
			if stdin.is_terminal() {
				eprintln!("Reading the task's input from the terminal; Ctrl-D ends it.");
			}
			files::read_open(stdin.lock(), Path::new("standard input"), limit)
		},
	}
}

/// What runs a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum EngineName {
	/// The compiler that workers and auditors use
	Wasmtime,
	/// An interpreter: slower, and another opinion
	Wasmi,
}

impl From<EngineName> for EngineKind {
	fn from(name: EngineName) -> Self {
		match name {
			EngineName::Wasmtime => Self::Cranelift,
			EngineName::Wasmi => Self::Interpreter,
		}
	}
}

/// One task to be run here, as a worker would.
pub(crate) struct Trial {
	/// The program.
	pub(crate) program: Arc<[u8]>,
	/// The number of the task.
	pub(crate) index: TaskIndex,
	/// What it reads.
	pub(crate) input: Arc<[u8]>,
	/// What it may use.
	pub(crate) limits: TaskLimits,
	/// What runs it.
	pub(crate) engine: EngineName,
	/// How long to wait for it.
	pub(crate) patience: Duration,
}

impl Trial {
	/// Runs it in a process of its own: the program may be anybody's.
	pub(crate) fn run(&self) -> Result<Execution, NoVerdict> {
		// Somebody is waiting, so there is no stepping back behind others.
		let options = HostOptions { engine: self.engine.into(), niceness: 0, ..HostOptions::default() };
		let program = ProgramSource { hash: Hash::of(&self.program), bytes: Arc::clone(&self.program) };
		let input = Arc::clone(&self.input);
		TaskHost::with_options(options)?.run(&program, self.index, input, &self.limits, self.patience)
	}
}

/// How a task ended, after its name.
pub(crate) fn ending(status: TaskStatus) -> String {
	match status {
		TaskStatus::Completed(code) => format!("ended with exit code {code}"),
		TaskStatus::Trapped => "trapped".into(),
		TaskStatus::OutOfFuel => "ran out of fuel".into(),
		TaskStatus::StackExhausted => "exhausted its stack".into(),
		TaskStatus::MemoryExhausted => "asked for more memory than it may use".into(),
		TaskStatus::OutputTooLarge => "wrote more than it may".into(),
	}
}

/// Which option lets a task that ended so go further, if any does.
pub(crate) fn remedy(status: TaskStatus, limits: &TaskLimits, initial_pages: u64) -> Option<String> {
	match status {
		TaskStatus::Completed(_) => None,
		TaskStatus::Trapped => Some("What it wrote to standard error may tell why.".into()),
		TaskStatus::OutOfFuel => Some(format!("Give --fuel more than {}.", limits.fuel)),
		TaskStatus::StackExhausted => Some("Its calls nest too deeply; there is no option for that.".into()),
		TaskStatus::MemoryExhausted => Some(format!("Give --memory-pages {initial_pages} or more.")),
		TaskStatus::OutputTooLarge => Some(format!("Give --output-bytes more than {}.", limits.output_bytes)),
	}
}

/// Pages of memory, with their size.
pub(crate) fn pages(pages: u64) -> String {
	format!("{} ({} KiB)", count(pages, "page"), pages.saturating_mul(64))
}

/// What a task wrote to its standard error, a line each, without anything a terminal would obey.
pub(crate) fn printable_lines(bytes: &[u8]) -> Vec<String> {
	let printable = |character: char| match character {
		'\t' => ' ',
		character if character.is_control() => char::REPLACEMENT_CHARACTER,
		character => character,
	};
	String::from_utf8_lossy(bytes).lines().map(|line| line.chars().map(printable).collect()).collect()
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn what_a_task_says_cannot_steer_the_terminal() {
		assert_eq!(printable_lines(b"one\ttwo\r\n\x1b[2Jthree\xff"), ["one two", "\u{fffd}[2Jthree\u{fffd}"]);
		assert!(printable_lines(b"").is_empty());
	}

	#[test]
	fn every_ending_but_a_good_one_has_a_remedy() {
		let limits = TaskLimits { fuel: 7, memory_pages: 8, output_bytes: 9 };
		assert_eq!(remedy(TaskStatus::Completed(1), &limits, 1), None);
		for (status, word) in [
			(TaskStatus::Trapped, "standard error"),
			(TaskStatus::OutOfFuel, "--fuel more than 7"),
			(TaskStatus::StackExhausted, "nest"),
			(TaskStatus::MemoryExhausted, "--memory-pages 12"),
			(TaskStatus::OutputTooLarge, "--output-bytes more than 9"),
		] {
			let remedy = remedy(status, &limits, 12).unwrap();
			assert!(remedy.contains(word), "{status:?}: {remedy}");
		}
	}

	#[test]
	fn what_the_machine_could_not_do_is_not_blamed_on_the_program() {
		assert!(!ProgramError::from(NoVerdict::Crashed("killed".into())).is_usage());
		assert!(!ProgramError::from(NoVerdict::TimedOut(Duration::from_secs(1))).is_usage());
		assert!(ProgramError::from(NoVerdict::InputTooLarge { bytes: 2, limit: 1 }).is_usage());
	}
}
