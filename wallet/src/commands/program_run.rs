//! `assay program run`.

use crate::{
	cli::Context,
	error::{Error, Exit},
	files,
	output::Facts,
	program::{self, EngineName, ProgramError, Trial},
	spec::LimitOptions,
};
use assay_primitives::{BlobRef, Hash, JobId, TaskIndex, TaskLimits, TaskOutcome, VM_VERSION};
use assay_vm::Execution;
use serde::Serialize;
use std::{
	fmt::Display,
	io::{self, Write},
	path::{Path, PathBuf},
	time::Duration,
};

/// Longer than any task has, and not forever.
const PATIENCE: Duration = Duration::from_secs(24 * 3_600);
/// The last task of the longest job: tasks are counted with 32 bits, and numbered from 0.
pub(super) const MAX_INDEX: i64 = 0xffff_fffe;

#[derive(Debug, clap::Args)]
pub(crate) struct Options {
	/// The program: a WebAssembly module for Assay's machine
	#[arg(value_name = "PROGRAM.wasm")]
	program: PathBuf,

	/// Number of the task: the program's first argument
	#[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(..=MAX_INDEX))]
	index: TaskIndex,

	/// Number of the job, which goes into the leaf and nowhere else
	#[arg(long, value_name = "N", default_value_t = 0)]
	job: JobId,

	/// What runs the program; all come to the same outcome
	#[arg(long, value_enum, default_value = "wasmtime")]
	engine: EngineName,

	/// A file that the task reads [default: standard input]
	#[arg(long, value_name = "FILE")]
	input: Option<PathBuf>,

	/// A file for what the task writes [default: standard output, or within the JSON]
	#[arg(long, value_name = "FILE")]
	output: Option<PathBuf>,

	#[command(flatten)]
	limits: LimitOptions,
}

/// What is told about a task that was run.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Ran {
	program: BlobRef,
	vm_version: u16,
	engine: EngineName,
	job: JobId,
	task: TaskIndex,
	input: BlobRef,
	limits: TaskLimits,
	outcome: TaskOutcome,
	leaf: Hash,
	/// As hex, unless it went into a file.
	output: Option<String>,
	output_file: Option<PathBuf>,
	/// The end of it. No part of the outcome.
	stderr: String,
}

/// Runs one task.
pub(super) fn run(context: &Context, options: Options) -> Result<Exit, Error> {
	let bytes = program::read(&options.program).map_err(ProgramError::from)?;
	let checked = program::prepare(&options.program, &bytes)?;
	let input = program::read_input(options.input.as_deref()).map_err(ProgramError::from)?;
	let trial = Trial {
		program: bytes.into(),
		index: options.index,
		input: input.into(),
		limits: options.limits.limits(),
		engine: options.engine,
		patience: PATIENCE,
	};
	let waiting = context.output.waiting("running the task");
	let execution = trial.run();
	waiting.finish_and_clear();
	let execution = execution.map_err(ProgramError::from)?;

	if let Some(path) = &options.output {
		files::write(path, &execution.output).map_err(ProgramError::from)?;
	}
	let ran = ran(&options, &trial, &execution);
	context.output.json(&ran)?;
	if !context.output.json {
		tell(&ran, &execution.output)?;
		let remedy = program::remedy(ran.outcome.status, &ran.limits, checked.initial_pages());
		tell_beside(options.output.as_deref(), remedy.into_iter().collect::<Vec<_>>().join("\n"))?;
	}
	for line in program::printable_lines(&execution.stderr) {
		eprintln!("stderr: {line}");
	}
	Ok(Exit::Done)
}

fn ran(options: &Options, trial: &Trial, execution: &Execution) -> Ran {
	let outcome = execution.outcome;
	let encoded = || format!("0x{}", hex::encode(&execution.output));
	Ran {
		program: BlobRef::of(&trial.program),
		vm_version: VM_VERSION,
		engine: trial.engine,
		job: options.job,
		task: trial.index,
		input: BlobRef::of(&trial.input),
		limits: trial.limits,
		outcome,
		leaf: outcome.leaf(options.job, trial.index),
		output: options.output.is_none().then(encoded),
		output_file: options.output.clone(),
		stderr: String::from_utf8_lossy(&execution.stderr).into_owned(),
	}
}

/// The output goes to standard output as it is, and everything else elsewhere, unless the output has a file.
fn tell(ran: &Ran, output: &[u8]) -> Result<(), Error> {
	if ran.output_file.is_none() {
		let mut stdout = io::stdout().lock();
		stdout.write_all(output)?;
		stdout.flush()?;
	}
	tell_beside(ran.output_file.as_deref(), facts(ran))
}

/// Prints a line for people to where the output does not go.
fn tell_beside(file: Option<&Path>, text: impl Display) -> Result<(), Error> {
	let text = text.to_string();
	if text.is_empty() {
		return Ok(());
	}
	match file {
		Some(_) => writeln!(io::stdout(), "{text}")?,
		None => writeln!(io::stderr(), "{text}")?,
	}
	Ok(())
}

fn facts(ran: &Ran) -> Facts {
	let (limits, outcome) = (&ran.limits, &ran.outcome);
	let mut facts = Facts::default();
	facts
		.add("Program", format_args!("{}, {} bytes", ran.program.hash, ran.program.len))
		.add("Input", format_args!("{}, {} bytes", ran.input.hash, ran.input.len))
		.add("Task", format_args!("{} of job {}", ran.task, ran.job))
		.add("Outcome", program::ending(outcome.status))
		.add("Fuel", format_args!("{} of {}", outcome.fuel, limits.fuel))
		.add(
			"Output",
			format_args!("{}, {} of {} bytes", outcome.output_hash, outcome.output_len, limits.output_bytes),
		)
		.add("Leaf", ran.leaf);
	facts
}
