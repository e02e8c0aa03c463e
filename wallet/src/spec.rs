//! From what was typed to a job the chain will take.

use crate::{
	files::{self, FileError},
	program,
};
use assay_client::Amount;
use assay_primitives::{
	job::task_input_leaf, merkle, money, AuditPolicy, Balance, BlobRef, BlockNumber, InputSpec, JobSpec,
	TaskLimits, VM_VERSION,
};
use assay_vm::{limits, PrepareError, Program};
use codec::Encode;
use std::{
	ops::RangeInclusive,
	path::{Path, PathBuf},
};

const MEBIBYTE: u32 = 1 << 20;
const PAGE: u32 = 64 << 10;
const PAGES_PER_MEBIBYTE: u32 = MEBIBYTE / PAGE;
/// Ten minutes on a network, where a block takes three seconds.
pub(crate) const USUAL_EXECUTION_WINDOW: BlockNumber = 200;
/// Five minutes.
const USUAL_CHALLENGE_WINDOW: BlockNumber = 100;
/// Twelve hours.
const USUAL_LIFETIME: BlockNumber = 14_400;

/// Why a job cannot be made of what was asked for.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SpecError {
	/// The program is none for this machine.
	#[error("{path} is not a program for Assay's machine: {source}", path = path.display())]
	Program {
		/// The file.
		path: PathBuf,
		/// What is wrong with it.
		source: PrepareError,
	},
	/// No task could ever run.
	#[error("the program starts with {initial} pages of memory, but its tasks may use only {allowed}")]
	ProgramMemory {
		/// What it starts with, in pages of 64 KiB.
		initial: u64,
		/// What a task may use.
		allowed: u32,
	},
	/// An input cannot be read.
	#[error(transparent)]
	File(#[from] FileError),
	/// Neither `--input` nor `--inputs`.
	#[error("no input was named")]
	NoInput,
	/// With one input for all, the files do not say how many tasks there are.
	#[error("the number of tasks is missing")]
	NoTasks,
	/// `--tasks` contradicts `--inputs`.
	#[error("{tasks} tasks were asked for, but {files} inputs were named")]
	TasksDiffer {
		/// What `--tasks` says.
		tasks: u32,
		/// How many files there are.
		files: u32,
	},
	/// More inputs than tasks can be counted.
	#[error("there are too many inputs")]
	TooManyInputs,
	/// More bytes than a job may have.
	#[error("the inputs have more than {limit} bytes together")]
	InputsTooLarge {
		/// The most there may be.
		limit: usize,
	},
	/// Nobody would work for that.
	#[error("the bounty is 0")]
	NoBounty,
	/// Whoever runs a task again has to be able to afford it.
	#[error("a task pays {bounty}, but this chain asks for {floor} at a limit of {fuel} units of fuel")]
	BelowFloor {
		/// The bounty.
		bounty: Amount,
		/// The least that the chain takes.
		floor: Amount,
		/// The limit.
		fuel: u64,
	},
	/// The job's price does not fit a number.
	#[error("{tasks} tasks at {bounty} each cost more money than there can be")]
	TooExpensive {
		/// The tasks.
		tasks: u32,
		/// The bounty.
		bounty: Amount,
	},
	/// The chain has limits of its own.
	#[error("--{option} is {value} blocks, but this chain takes {least} to {greatest}")]
	Window {
		/// The option's name.
		option: &'static str,
		/// What was asked for.
		value: BlockNumber,
		/// The least the chain takes.
		least: BlockNumber,
		/// The greatest it takes.
		greatest: BlockNumber,
	},
}

impl SpecError {
	/// What to do about it.
	pub(crate) fn advice(&self) -> String {
		match self {
			Self::Program { source, .. } => program::advice(source).into(),
			Self::ProgramMemory { initial, .. } => format!("Give --memory-pages {initial} or more."),
			Self::File(error) => error.advice().into(),
			Self::NoInput => "Give --input FILE for all tasks, or --inputs FILE... with one for each.".into(),
			Self::NoTasks => "Give --tasks N.".into(),
			Self::TasksDiffer { files, .. } => format!("Leave --tasks away, or give --tasks {files}."),
			Self::TooManyInputs | Self::InputsTooLarge { .. } => "Split them into several jobs.".into(),
			Self::NoBounty => "Give a --bounty, for example --bounty 0.1.".into(),
			Self::BelowFloor { floor, .. } => {
				format!("Give --bounty {floor:#} or more, or lower --fuel.")
			},
			Self::TooExpensive { .. } => "Lower --bounty or --tasks.".into(),
			Self::Window { option, least, greatest, .. } => {
				format!("Give --{option} a number from {least} to {greatest}, or leave it away.")
			},
		}
	}
}

/// What a job is made of, as typed.
#[derive(Debug, clap::Args)]
pub(crate) struct JobOptions {
	/// The program: a WebAssembly module for Assay's machine
	#[arg(value_name = "PROGRAM.wasm")]
	pub(crate) program: PathBuf,

	/// A file that every task reads on its standard input
	#[arg(long, value_name = "FILE", conflicts_with = "inputs")]
	pub(crate) input: Option<PathBuf>,

	/// One file per task, in the order of the tasks
	#[arg(long, value_name = "FILE", num_args = 1..)]
	pub(crate) inputs: Vec<PathBuf>,

	/// Number of tasks; with --inputs it is the number of files
	#[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
	pub(crate) tasks: Option<u32>,

	/// Consecutive tasks that one worker takes, and is paid for, together
	#[arg(long, value_name = "N", default_value_t = 8,
		value_parser = clap::value_parser!(u32).range(1..=i64::from(JobSpec::MAX_BATCH_SIZE)))]
	pub(crate) batch_size: u32,

	/// Pay per task, in ASY, for example 0.1
	#[arg(long, value_name = "AMOUNT")]
	pub(crate) bounty: Amount,

	#[command(flatten)]
	pub(crate) audit: AuditOptions,

	#[command(flatten)]
	pub(crate) limits: LimitOptions,

	#[command(flatten)]
	pub(crate) windows: WindowOptions,
}

/// How results are checked, as typed.
#[derive(Clone, Copy, Debug, clap::Args)]
#[command(next_help_heading = "Checking")]
pub(crate) struct AuditOptions {
	/// Validators that check an audited batch
	#[arg(long, value_name = "N", default_value_t = 2,
		value_parser = clap::value_parser!(u8).range(1..=i64::from(AuditPolicy::MAX_AUDITORS)))]
	pub(crate) auditors: u8,

	/// Tasks that each of them runs again
	#[arg(long, value_name = "N", default_value_t = 2,
		value_parser = clap::value_parser!(u8).range(1..=i64::from(AuditPolicy::MAX_SAMPLES)))]
	pub(crate) samples: u8,

	/// Share of the batches that is audited, in percent: 5 to 100
	#[arg(long, value_name = "PERCENT", default_value = "100", value_parser = parse_rate)]
	pub(crate) rate: u32,
}

/// What a task may use, as typed.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Limits of one task")]
pub(crate) struct LimitOptions {
	/// Fuel: roughly, instructions
	#[arg(long, value_name = "N", default_value_t = TaskLimits::default().fuel,
		value_parser = clap::value_parser!(u64).range(1..=TaskLimits::MAX_FUEL))]
	pub(crate) fuel: u64,

	/// Memory in pages of 64 KiB [default: 1024]
	#[arg(long, value_name = "N", conflicts_with = "memory",
		value_parser = clap::value_parser!(u32).range(1..=i64::from(TaskLimits::MAX_MEMORY_PAGES)))]
	pub(crate) memory_pages: Option<u32>,

	/// Memory in MiB, instead of pages
	#[arg(long, value_name = "MIB",
		value_parser = clap::value_parser!(u32).range(1..=i64::from(TaskLimits::MAX_MEMORY_PAGES / PAGES_PER_MEBIBYTE)))]
	pub(crate) memory: Option<u32>,

	/// Bytes a task may write to its standard output
	#[arg(long, value_name = "BYTES", default_value_t = TaskLimits::default().output_bytes,
		value_parser = clap::value_parser!(u32).range(..=i64::from(TaskLimits::MAX_OUTPUT_BYTES)))]
	pub(crate) output_bytes: u32,
}

impl LimitOptions {
	/// The limits.
	pub(crate) fn limits(&self) -> TaskLimits {
		let from_mebibytes = self.memory.and_then(|size| size.checked_mul(PAGES_PER_MEBIBYTE));
		TaskLimits {
			fuel: self.fuel,
			memory_pages: self.memory_pages.or(from_mebibytes).unwrap_or(TaskLimits::default().memory_pages),
			output_bytes: self.output_bytes,
		}
	}
}

/// How long things may take, as typed. What is left away is the usual, as far as the chain allows it.
#[derive(Clone, Copy, Debug, clap::Args)]
#[command(next_help_heading = "Times, in blocks: of three seconds each, of one second with assay dev")]
pub(crate) struct WindowOptions {
	/// From claim to receipt: what a worker has for a batch [default: 200, within the chain's limits]
	#[arg(long, value_name = "BLOCKS")]
	pub(crate) execution_window: Option<BlockNumber>,

	/// From reveal to pay: what you have to look at a result [default: 100, within the chain's limits]
	#[arg(long, value_name = "BLOCKS")]
	pub(crate) challenge_window: Option<BlockNumber>,

	/// After which batches nobody took are refunded [default: 14400, within the chain's limits]
	#[arg(long, value_name = "BLOCKS")]
	pub(crate) lifetime: Option<BlockNumber>,
}

/// A share in percent, with up to four decimal places, as parts per million.
fn parse_rate(text: &str) -> Result<u32, String> {
	let malformed = || format!("{text:?} is not a share in percent such as 100 or 12.5");
	let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
	let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
	if !is_number(whole) || !is_number(fraction) || fraction.len() > 4 {
		return Err(malformed());
	}
	let parts: u32 = format!("{whole}{fraction:0<4}").parse().map_err(|_| malformed())?;
	if !(AuditPolicy::MIN_RATE..=AuditPolicy::EVERY_BATCH).contains(&parts) {
		return Err("must be between 5 and 100".into());
	}
	Ok(parts)
}

/// What a job's tasks read.
#[derive(Debug)]
pub(crate) enum Inputs {
	/// All the same.
	Shared {
		/// What that is.
		bytes: Vec<u8>,
		/// How many tasks there are.
		tasks: u32,
	},
	/// Each its own, in the order of the tasks.
	Each(Vec<Vec<u8>>),
}

/// A job whose program and inputs are read and checked, before the chain was asked anything.
#[derive(Debug)]
pub(crate) struct Draft {
	/// The bytes of the program.
	pub(crate) program: Vec<u8>,
	/// The bytes of the input blob.
	pub(crate) input: Vec<u8>,
	input_spec: InputSpec,
	tasks: u32,
}

impl Draft {
	/// Reads and checks the files. The program comes first: nothing else matters if it is none.
	pub(crate) fn read(options: &JobOptions) -> Result<Self, SpecError> {
		let (program, initial) = read_program(&options.program)?;
		let allowed = options.limits.limits().memory_pages;
		if initial > u64::from(allowed) {
			return Err(SpecError::ProgramMemory { initial, allowed });
		}
		if options.bounty.0 == 0 {
			return Err(SpecError::NoBounty);
		}
		let inputs = match &options.input {
			Some(path) => shared_input(path, options.tasks)?,
			None => task_inputs(&options.inputs, options.tasks)?,
		};
		Self::new(program, inputs)
	}

	/// A job of a program that was checked before.
	pub(crate) fn new(program: Vec<u8>, inputs: Inputs) -> Result<Self, SpecError> {
		let (input, input_spec, tasks) = match inputs {
			Inputs::Shared { bytes, tasks } => {
				let blob = BlobRef::of(&bytes);
				(bytes, InputSpec::Shared { blob }, tasks)
			},
			Inputs::Each(inputs) => {
				let tasks = u32::try_from(inputs.len()).map_err(|_| SpecError::TooManyInputs)?;
				let (bytes, spec) = join_inputs(&inputs).ok_or(SpecError::TooManyInputs)?;
				(bytes, spec, tasks)
			},
		};
		// The table of their lengths counts too.
		if input.len() > limits::MAX_INPUT_BYTES {
			return Err(too_large());
		}
		Ok(Self { program, input, input_spec, tasks })
	}

	/// Whether a posted job is this one, whatever it pays.
	pub(crate) fn is_of(&self, spec: &JobSpec) -> bool {
		spec.program == BlobRef::of(&self.program)
			&& spec.input == self.input_spec
			&& spec.tasks == self.tasks
	}

	/// The job, within the chain's own limits.
	pub(crate) fn complete(&self, options: &JobOptions, chain: &ChainLimits) -> Result<JobSpec, SpecError> {
		let windows = &options.windows;
		let spec = JobSpec {
			program: BlobRef::of(&self.program),
			vm_version: VM_VERSION,
			input: self.input_spec,
			tasks: self.tasks,
			batch_size: options.batch_size.min(self.tasks),
			bounty: options.bounty.0,
			limits: options.limits.limits(),
			audit: AuditPolicy {
				auditors: options.audit.auditors,
				samples: options.audit.samples,
				rate: options.audit.rate,
			},
			execution_window: within(
				"execution-window",
				windows.execution_window,
				USUAL_EXECUTION_WINDOW,
				&chain.execution_window,
			)?,
			challenge_window: within(
				"challenge-window",
				windows.challenge_window,
				USUAL_CHALLENGE_WINDOW,
				&chain.challenge_window,
			)?,
			lifetime: within("lifetime", windows.lifetime, USUAL_LIFETIME, &chain.lifetime)?,
		};
		let floor = chain.floor(&spec);
		if spec.bounty < floor {
			let (bounty, floor) = (Amount(spec.bounty), Amount(floor));
			return Err(SpecError::BelowFloor { bounty, floor, fuel: spec.limits.fuel });
		}
		Ok(spec)
	}
}

/// What the chain takes.
#[derive(Clone, Debug)]
pub(crate) struct ChainLimits {
	/// Of an execution window, in blocks.
	pub(crate) execution_window: RangeInclusive<BlockNumber>,
	/// Of a challenge window, in blocks.
	pub(crate) challenge_window: RangeInclusive<BlockNumber>,
	/// Of a lifetime, in blocks.
	pub(crate) lifetime: RangeInclusive<BlockNumber>,
	/// The price of 10⁹ units of fuel.
	pub(crate) fuel_price: Balance,
}

impl ChainLimits {
	/// What a task of this job has to pay at least. The greatest number there is if that is beyond 128 bits.
	pub(crate) fn floor(&self, spec: &JobSpec) -> Balance {
		money::bounty_floor(self.fuel_price, spec.limits.fuel).unwrap_or(Balance::MAX)
	}
}

impl From<&assay_primitives::view::Parameters> for ChainLimits {
	fn from(parameters: &assay_primitives::view::Parameters) -> Self {
		Self {
			execution_window: parameters.minimum_execution_window..=parameters.maximum_window,
			challenge_window: parameters.minimum_challenge_window..=parameters.maximum_window,
			lifetime: 1..=parameters.maximum_lifetime,
			fuel_price: parameters.fuel_price,
		}
	}
}

fn within(
	option: &'static str,
	asked: Option<BlockNumber>,
	usual: BlockNumber,
	limits: &RangeInclusive<BlockNumber>,
) -> Result<BlockNumber, SpecError> {
	let (least, greatest) = (*limits.start(), *limits.end());
	match asked {
		None => Ok(usual.min(greatest).max(least)),
		Some(value) if limits.contains(&value) => Ok(value),
		Some(value) => Err(SpecError::Window { option, value, least, greatest }),
	}
}

/// What the job locks: for workers, for auditors, and both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Price {
	/// For workers.
	pub(crate) pay: Balance,
	/// For auditors.
	pub(crate) audits: Balance,
	/// Everything that goes into escrow.
	pub(crate) escrow: Balance,
}

impl Price {
	/// The price of `spec`.
	pub(crate) fn of(spec: &JobSpec) -> Result<Self, SpecError> {
		let price = || {
			let escrow = money::escrow(spec)?;
			let pay = money::batch_bounty(spec.bounty, spec.tasks)?;
			Some(Self { pay, audits: escrow.checked_sub(pay)?, escrow })
		};
		price().ok_or(SpecError::TooExpensive { tasks: spec.tasks, bounty: Amount(spec.bounty) })
	}
}

/// A program's bytes, and the pages of memory it starts with.
fn read_program(path: &Path) -> Result<(Vec<u8>, u64), SpecError> {
	let bytes = program::read(path)?;
	let program =
		Program::prepare(&bytes).map_err(|source| SpecError::Program { path: path.to_path_buf(), source })?;
	Ok((bytes, program.initial_pages()))
}

/// The bytes of one file that tasks read.
pub(crate) fn read_input(path: &Path) -> Result<Vec<u8>, SpecError> {
	let limit = u64::try_from(limits::MAX_INPUT_BYTES).unwrap_or(u64::MAX);
	Ok(files::read(path, limit)?)
}

fn shared_input(path: &Path, tasks: Option<u32>) -> Result<Inputs, SpecError> {
	let tasks = tasks.ok_or(SpecError::NoTasks)?;
	Ok(Inputs::Shared { bytes: read_input(path)?, tasks })
}

fn task_inputs(paths: &[PathBuf], tasks: Option<u32>) -> Result<Inputs, SpecError> {
	let files = u32::try_from(paths.len()).map_err(|_| SpecError::TooManyInputs)?;
	if files == 0 {
		return Err(SpecError::NoInput);
	}
	if let Some(tasks) = tasks.filter(|tasks| *tasks != files) {
		return Err(SpecError::TasksDiffer { tasks, files });
	}
	Ok(Inputs::Each(read_inputs(paths)?))
}

/// The bytes of one file per task, as long as a job can hold them all.
pub(crate) fn read_inputs(paths: &[PathBuf]) -> Result<Vec<Vec<u8>>, SpecError> {
	let mut inputs = Vec::new();
	let mut room = limits::MAX_INPUT_BYTES;
	for path in paths {
		let input = read_input(path)?;
		room = room.checked_sub(input.len()).ok_or_else(too_large)?;
		inputs.push(input);
	}
	Ok(inputs)
}

fn too_large() -> SpecError {
	SpecError::InputsTooLarge { limit: limits::MAX_INPUT_BYTES }
}

/// The blob of a job whose tasks have inputs of their own: the lengths, then the inputs. `None` without inputs, or
/// with more than can be counted.
fn join_inputs(inputs: &[Vec<u8>]) -> Option<(Vec<u8>, InputSpec)> {
	let lengths =
		inputs.iter().map(|input| u32::try_from(input.len())).collect::<Result<Vec<u32>, _>>().ok()?;
	let leaves: Vec<_> = (0..).zip(inputs).map(|(task, input)| task_input_leaf(task, input)).collect();
	let root = merkle::root(&leaves)?;
	let mut bytes = lengths.encode();
	inputs.iter().for_each(|input| bytes.extend_from_slice(input));
	let blob = BlobRef::of(&bytes);
	Some((bytes, InputSpec::PerTask { blob, root }))
}

#[cfg(test)]
#[path = "spec/tests.rs"]
mod tests;
