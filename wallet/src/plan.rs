//! What `assay map` was asked for, with everything it was not told: limits, batch size and pay, from a trial run.

use crate::{
	files,
	program::{self, EngineName, ProgramError, Trial},
	spec::{self, AuditOptions, Draft, Inputs, JobOptions, LimitOptions, SpecError, WindowOptions},
	toolchain::{Project, ToolchainError},
};
use assay_client::Amount;
use assay_primitives::{
	money, view::Parameters, Balance, BlockNumber, JobSpec, TaskIndex, TaskLimits, TaskOutcome, TaskStatus,
	TOKEN_DECIMALS,
};
use std::{
	io,
	path::{Path, PathBuf},
	sync::Arc,
	time::Duration,
};

/// Longer than anybody waits for an estimate.
const PATIENCE: Duration = Duration::from_secs(3_600);
/// A thousandth of a token.
const MILLI: Balance = 10u128.pow(TOKEN_DECIMALS as u32 - 3);
/// What 10^9 fuel are offered for: about a second of one core.
const PAY_PER_GIGAFUEL: Balance = MILLI;
const GIGAFUEL: u128 = 1_000_000_000;
/// The smallest limit of fuel that is chosen for a task: a chain asks for pay in proportion.
const LEAST_FUEL: u64 = 1_000_000_000;
/// What a batch is offered at least: a worker pays fees for each.
const LEAST_BATCH_PAY: Balance = 100 * MILLI;
/// Fuel and output that tasks may use, compared with the one that was tried.
const HEADROOM: u64 = 10;
/// The least that tasks may write, whatever the one that was tried wrote.
const LEAST_OUTPUT: u32 = 256 << 10;
/// With the usual audit, a quarter of the work is repeated at most.
const LEAST_BATCH_SIZE: u32 = 16;
/// So many batches a job is cut into, if that leaves more than the least in each.
const USUAL_BATCHES: u32 = 32;
/// What the sealed results of a batch may come to. Nodes take blobs of 256 MiB unless told otherwise.
const BATCH_BYTES: u32 = 192 << 20;
/// Bytes that sealing adds to an output, and a little more.
const SEALING_BYTES: u32 = 64;

/// What a job is made of, as typed.
#[derive(Debug, clap::Args)]
pub(crate) struct PlanOptions {
	/// The program: a WebAssembly module for Assay's machine, or the folder of a program, which is built first
	#[arg(value_name = "PROGRAM")]
	program: PathBuf,

	/// One file per task, which the task reads on its standard input
	#[arg(value_name = "INPUTS", conflicts_with_all = ["lines", "tasks"])]
	inputs: Vec<PathBuf>,

	/// A file with one input per line, without the line's end; - is standard input
	#[arg(long, value_name = "FILE", conflicts_with = "tasks")]
	lines: Option<PathBuf>,

	/// Number of tasks that differ in nothing but their number, the program's first argument
	#[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
	tasks: Option<u32>,

	/// A file that every one of the --tasks reads [default: they read nothing]
	#[arg(long, value_name = "FILE", requires = "tasks")]
	shared: Option<PathBuf>,

	/// Pay per task, in ASY [default: 0.001 for 10^9 fuel, 0.1 for a batch at least, and what the chain asks for]
	#[arg(long, value_name = "AMOUNT")]
	bounty: Option<Amount>,

	/// Consecutive tasks that one worker takes, and is paid for, together [default: a 32nd of them, 16 at least]
	#[arg(long, value_name = "N",
		value_parser = clap::value_parser!(u32).range(1..=i64::from(JobSpec::MAX_BATCH_SIZE)))]
	batch_size: Option<u32>,

	/// Post even though the task that is tried here does not end with exit code 0
	#[arg(long)]
	allow_failure: bool,

	#[command(flatten)]
	audit: AuditOptions,

	#[command(flatten)]
	limits: PlanLimits,

	#[command(flatten)]
	windows: WindowOptions,
}

/// What a task may use, as typed.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Limits of one task")]
struct PlanLimits {
	/// Fuel: roughly, instructions [default: ten times what the task that is tried here takes, 10^9 at least]
	#[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=TaskLimits::MAX_FUEL))]
	fuel: Option<u64>,

	/// Memory in pages of 64 KiB [default: 1024]
	#[arg(long, value_name = "N",
		value_parser = clap::value_parser!(u32).range(1..=i64::from(TaskLimits::MAX_MEMORY_PAGES)))]
	memory_pages: Option<u32>,

	/// Bytes a task may write to its standard output [default: ten times what the task tried here writes, 256 KiB at least]
	#[arg(long, value_name = "BYTES",
		value_parser = clap::value_parser!(u32).range(..=i64::from(TaskLimits::MAX_OUTPUT_BYTES)))]
	output_bytes: Option<u32>,
}

/// Why there is no plan.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PlanError {
	/// The job cannot be made.
	#[error(transparent)]
	Spec(#[from] SpecError),
	/// The program cannot be posted, or tried.
	#[error(transparent)]
	Program(#[from] ProgramError),
	/// The program cannot be built.
	#[error(transparent)]
	Toolchain(#[from] ToolchainError),
	/// It was not said what the tasks are.
	#[error("it was not said what the tasks are")]
	NoTasks,
	/// The file of `--lines` is empty.
	#[error("there are no lines in {}", _0.display())]
	NoLines(PathBuf),
	/// The task that was tried is of no use.
	#[error("task {task}, tried on this machine, {}{}", program::ending(*status), said(stderr))]
	TrialFailed {
		/// The task.
		task: TaskIndex,
		/// How it ended.
		status: TaskStatus,
		/// The end of what it wrote to standard error.
		stderr: String,
		/// What to do about it.
		remedy: Option<String>,
	},
}

fn said(stderr: &str) -> String {
	if stderr.is_empty() {
		String::new()
	} else {
		format!(" and said: {stderr}")
	}
}

impl PlanError {
	/// What to do about it.
	pub(crate) fn advice(&self) -> String {
		match self {
			Self::Spec(error) => error.advice(),
			Self::Program(error) => error.advice(),
			Self::Toolchain(error) => error.advice(),
			Self::NoTasks => {
				"Name the inputs, one file per task; or give --lines FILE, or --tasks N and perhaps --shared FILE.".into()
			},
			Self::NoLines(_) => "Write one input on each line, or name another file with --lines.".into(),
			Self::TrialFailed { remedy, .. } => {
				let more = "Workers are paid for such results as well. To post it all the same, give --allow-failure.";
				remedy.as_ref().map_or(more.into(), |remedy| format!("{remedy} {more}"))
			},
		}
	}

	/// Whether what was named on the command line is to blame.
	pub(crate) fn is_usage(&self) -> bool {
		match self {
			Self::Program(error) => error.is_usage(),
			Self::Toolchain(error) => error.is_usage(),
			Self::Spec(_) | Self::NoTasks | Self::NoLines(_) | Self::TrialFailed { .. } => true,
		}
	}
}

/// A program and its inputs, read and checked.
pub(crate) struct Plan {
	/// The files.
	pub(crate) draft: Draft,
	/// What the tasks are called: their files, or their lines. None if they differ in their number alone.
	pub(crate) names: Vec<String>,
	initial_pages: u64,
	tasks: u32,
	/// The task that is tried: the one with the longest input.
	trial: TaskIndex,
	trial_input: Vec<u8>,
}

/// What the trial showed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Estimate {
	/// The task.
	pub(crate) task: TaskIndex,
	/// How it ended.
	pub(crate) outcome: TaskOutcome,
	/// How long it took here.
	pub(crate) took: Duration,
}

impl PlanOptions {
	/// Reads the files. The program comes first: nothing else matters if it is none.
	pub(crate) fn read(&self) -> Result<Plan, PlanError> {
		let path = if self.program.is_dir() {
			Project::open(&self.program)?.build(None)?
		} else {
			self.program.clone()
		};
		let program = program::read(&path).map_err(ProgramError::from)?;
		let initial_pages = program::prepare(&path, &program)?.initial_pages();
		let allowed = self.memory_pages();
		if initial_pages > u64::from(allowed) {
			return Err(SpecError::ProgramMemory { initial: initial_pages, allowed }.into());
		}
		let (inputs, names) = self.inputs()?;
		let (tasks, trial, trial_input) = match &inputs {
			Inputs::Shared { bytes, tasks } => (*tasks, 0, bytes.clone()),
			Inputs::Each(each) => longest(each),
		};
		let draft = Draft::new(program, inputs)?;
		Ok(Plan { draft, names, initial_pages, tasks, trial, trial_input })
	}

	fn inputs(&self) -> Result<(Inputs, Vec<String>), PlanError> {
		if let Some(path) = &self.lines {
			let lines = read_lines(path)?;
			let names = lines.iter().map(|line| String::from_utf8_lossy(line).into_owned()).collect();
			return Ok((Inputs::Each(lines), names));
		}
		if !self.inputs.is_empty() {
			let names = self.inputs.iter().map(|path| path.display().to_string()).collect();
			return Ok((Inputs::Each(spec::read_inputs(&self.inputs)?), names));
		}
		let tasks = self.tasks.ok_or(PlanError::NoTasks)?;
		let bytes = self.shared.as_ref().map(|path| spec::read_input(path)).transpose()?.unwrap_or_default();
		Ok((Inputs::Shared { bytes, tasks }, Vec::new()))
	}

	fn memory_pages(&self) -> u32 {
		self.limits.memory_pages.unwrap_or(TaskLimits::default().memory_pages)
	}

	/// Runs one task here, as a worker would.
	pub(crate) fn try_out(&self, plan: &Plan) -> Result<Estimate, PlanError> {
		let limits = TaskLimits {
			fuel: self.limits.fuel.unwrap_or(TaskLimits::MAX_FUEL),
			memory_pages: self.memory_pages(),
			output_bytes: self.limits.output_bytes.unwrap_or(TaskLimits::MAX_OUTPUT_BYTES),
		};
		let trial = Trial {
			program: Arc::from(plan.draft.program.as_slice()),
			index: plan.trial,
			input: Arc::from(plan.trial_input.as_slice()),
			limits,
			engine: EngineName::Wasmtime,
			patience: PATIENCE,
		};
		let start = std::time::Instant::now();
		let execution = trial.run().map_err(ProgramError::from)?;
		let outcome = execution.outcome;
		if outcome.status != TaskStatus::Completed(0) && !self.allow_failure {
			let lines = program::printable_lines(&execution.stderr);
			return Err(PlanError::TrialFailed {
				task: plan.trial,
				status: outcome.status,
				stderr: lines.last().cloned().unwrap_or_default(),
				remedy: program::remedy(outcome.status, &limits, plan.initial_pages),
			});
		}
		Ok(Estimate { task: plan.trial, outcome, took: start.elapsed() })
	}

	/// Everything a job is made of, given what a task takes, and what this chain asks for.
	pub(crate) fn complete(&self, plan: &Plan, estimate: &Estimate, chain: &Parameters) -> JobOptions {
		let fuel = estimate.outcome.fuel;
		let limit = fuel.saturating_mul(HEADROOM).clamp(LEAST_FUEL, TaskLimits::MAX_FUEL);
		let limit = self.limits.fuel.unwrap_or(limit);
		let output_bytes = self.limits.output_bytes.unwrap_or_else(|| {
			let written = u64::from(estimate.outcome.output_len).saturating_mul(HEADROOM);
			let written = u32::try_from(written).unwrap_or(u32::MAX);
			written.clamp(LEAST_OUTPUT, TaskLimits::MAX_OUTPUT_BYTES)
		});
		let batch_size = self.batch_size.unwrap_or_else(|| {
			let window = self.windows.execution_window.unwrap_or(spec::USUAL_EXECUTION_WINDOW);
			batch_size(plan.tasks, fuel, output_bytes, window, chain.audit_fuel_per_block)
		});
		// A limit of fuel that no bounty pays for is refused when the job is made, with advice.
		let floor = money::bounty_floor(chain.fuel_price, limit).unwrap_or(0);
		JobOptions {
			program: self.program.clone(),
			input: None,
			inputs: Vec::new(),
			tasks: Some(plan.tasks),
			batch_size,
			bounty: self
				.bounty
				.unwrap_or_else(|| Amount(bounty(fuel, batch_size.min(plan.tasks)).max(floor))),
			audit: self.audit,
			limits: LimitOptions {
				fuel: limit,
				memory_pages: Some(self.memory_pages()),
				memory: None,
				output_bytes,
			},
			windows: self.windows,
		}
	}
}

/// How many inputs there are, and the first of the longest ones.
fn longest(inputs: &[Vec<u8>]) -> (u32, TaskIndex, Vec<u8>) {
	let numbered = (0..).zip(inputs);
	let longest =
		numbered.reduce(|longest, next| if next.1.len() > longest.1.len() { next } else { longest });
	let (task, input) = longest.map_or((0, Vec::new()), |(task, input)| (task, input.clone()));
	// More inputs than tasks can be numbered are refused when the draft is made.
	(u32::try_from(inputs.len()).unwrap_or(u32::MAX), task, input)
}

fn read_lines(path: &Path) -> Result<Vec<Vec<u8>>, PlanError> {
	let bytes = if path.as_os_str() == "-" {
		let limit = u64::try_from(assay_vm::limits::MAX_INPUT_BYTES).unwrap_or(u64::MAX);
		files::read_open(io::stdin().lock(), Path::new("standard input"), limit).map_err(SpecError::from)?
	} else {
		spec::read_input(path)?
	};
	let text = bytes.strip_suffix(b"\n").unwrap_or(&bytes);
	if text.is_empty() {
		return Err(PlanError::NoLines(path.to_path_buf()));
	}
	Ok(text.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect())
}

/// Tasks of a batch: few enough batches that fees stay small beside pay, and few enough tasks that a slow worker is done
/// in half its time and its results fit a blob.
fn batch_size(tasks: u32, fuel: u64, output_bytes: u32, window: BlockNumber, fuel_per_block: u64) -> u32 {
	let usual = tasks.div_ceil(USUAL_BATCHES).max(LEAST_BATCH_SIZE);
	let in_time = fuel_per_block.saturating_mul(u64::from(window / 2)).checked_div(fuel);
	let in_time = in_time.map_or(u32::MAX, |tasks| u32::try_from(tasks).unwrap_or(u32::MAX));
	let in_a_blob = BATCH_BYTES / output_bytes.saturating_add(SEALING_BYTES);
	let greatest = in_time.min(in_a_blob).min(JobSpec::MAX_BATCH_SIZE).min(tasks);
	usual.min(greatest).max(1)
}

/// Pay for a task: for its fuel, and for its share of the least a batch is offered.
fn bounty(fuel: u64, batch_size: u32) -> Balance {
	let for_fuel = u128::from(fuel).saturating_mul(PAY_PER_GIGAFUEL).div_ceil(GIGAFUEL);
	for_fuel.max(LEAST_BATCH_PAY.div_ceil(u128::from(batch_size.max(1))))
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn batches_are_neither_tiny_nor_too_long_nor_too_large() {
		let per_block = 1_000_000_000;
		assert_eq!(batch_size(1, 10, 1_000, 200, per_block), 1);
		assert_eq!(batch_size(64, 10, 1_000, 200, per_block), 16);
		assert_eq!(batch_size(10_000, 10, LEAST_OUTPUT, 200, per_block), 313);
		// A hundred blocks are enough for ten of these.
		assert_eq!(batch_size(10_000, 10_000_000_000, 1_000, 200, per_block), 10);
		// One is too much: it is tried all the same.
		assert_eq!(batch_size(10_000, u64::MAX, 1_000, 200, per_block), 1);
		assert_eq!(batch_size(10_000, 0, TaskLimits::MAX_OUTPUT_BYTES, 200, per_block), 11);
	}

	#[test]
	fn pay_is_for_fuel_and_never_less_than_fees() {
		assert_eq!(bounty(0, 1), LEAST_BATCH_PAY);
		assert_eq!(bounty(0, 300), LEAST_BATCH_PAY.div_ceil(300));
		assert_eq!(bounty(200_000_000_000, 16), 200 * MILLI);
		assert!(bounty(u64::MAX, 1) > LEAST_BATCH_PAY);
	}

	#[test]
	fn the_longest_input_is_tried() {
		let inputs = [vec![1], vec![2, 2], vec![], vec![3, 3]];
		assert_eq!(longest(&inputs), (4, 1, vec![2, 2]));
	}
}
