//! Running tasks in a process of their own.
//!
//! Programs are hostile and engines have bugs. A [`TaskHost`] is a child process without keys, environment, files or
//! network of its own, under the kernel's limits and behind its barriers (a filter of system calls and Landlock, where
//! there are any), that dies with its parent. It runs one task at a time; a [`HostPool`] keeps several. Whatever goes
//! wrong with the child is [`NoVerdict`], and the next task gets a new one.
//!
//! The child is the same executable, started again: each program that uses this module calls [`maybe_run_child`]
//! first thing in its `main`.

mod child;
mod confine;
mod machine;
mod pipe;
mod pool;
mod process;
mod programs;
mod protocol;

pub use child::maybe_run_child;
pub use pool::HostPool;
pub use protocol::EngineKind;

use crate::{
	engine::{check_request, finished, Execution},
	error::NoVerdict,
	limits,
};
use assay_primitives::{Hash, TaskLimits, TaskOutcome};
use process::Process;
use protocol::{Confinement, Reply, Request};
use std::{
	collections::HashSet,
	path::PathBuf,
	sync::Arc,
	time::{Duration, Instant},
};

/// The first argument that makes a process a task host.
pub const CHILD_ARGUMENT: &str = "__assay-task-host";

/// How child processes are started and confined.
#[derive(Clone, Debug)]
pub struct HostOptions {
	/// The executable; by default the running one.
	pub executable: Option<PathBuf>,
	/// Bytes of address space. The engine sets aside up to 5 GiB of it, unused, for a task's memory and stack.
	pub address_space: u64,
	/// Bytes of writable memory: a task's own, its stack of 256 MiB, its input and output, and the compiler's.
	pub data: u64,
	/// Time on the processor after which a child is replaced by a new one, with all it has compiled. A longer run gets as
	/// much as it may take.
	pub cpu: Duration,
	/// How far children step back behind the other processes of the machine: 0 to 19.
	pub niceness: u8,
	/// What runs the tasks.
	pub engine: EngineKind,
}

/// What a child sets aside: 4 GiB of addresses for a task's memory, the guard pages around it, and the stack of its
/// calls. Rounded up.
const SET_ASIDE: u64 = 5 << 30;
const DEFAULT_ADDRESS_SPACE: u64 = 12 << 30;
const DEFAULT_DATA: u64 = 3 << 30;

const _: () = assert!(SET_ASIDE + DEFAULT_DATA <= DEFAULT_ADDRESS_SPACE, "a task must fit its child");

impl Default for HostOptions {
	fn default() -> Self {
		Self {
			executable: None,
			address_space: DEFAULT_ADDRESS_SPACE,
			data: DEFAULT_DATA,
			cpu: Duration::from_secs(24 * 3_600),
			niceness: 5,
			engine: EngineKind::default(),
		}
	}
}

/// A program as it comes from elsewhere, not yet looked at: that is left to the child.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProgramSource {
	/// BLAKE3 of the bytes. The child checks it.
	pub hash: Hash,
	/// The module. At most [`limits::MAX_PROGRAM_BYTES`].
	pub bytes: Arc<[u8]>,
}

impl ProgramSource {
	/// The program with these bytes.
	pub fn new(bytes: impl Into<Arc<[u8]>>) -> Self {
		let bytes = bytes.into();
		Self { hash: Hash::of(&bytes), bytes }
	}
}

/// A child process that runs one task at a time. Dropping it kills the child.
pub struct TaskHost {
	options: HostOptions,
	child: Option<Child>,
}

/// A living child and what it remembers.
struct Child {
	process: Process,
	/// Those it has compiled, without those it has dropped since.
	programs: HashSet<Hash>,
	input: Option<(Arc<[u8]>, Hash)>,
	cpu_left: Duration,
}

impl TaskHost {
	/// Starts a child from the running executable, whose `main` must call [`maybe_run_child`] first.
	///
	/// # Errors
	///
	/// [`NoVerdict::Spawn`] when the child does not start or does not answer.
	pub fn spawn() -> Result<Self, NoVerdict> {
		Self::start(HostOptions::default())
	}

	/// Starts a child as the options say.
	///
	/// # Errors
	///
	/// [`NoVerdict::Spawn`] when the child does not start or does not answer.
	pub fn with_options(options: HostOptions) -> Result<Self, NoVerdict> {
		Self::start(options)
	}

	/// Starts a child from the executable at `path`.
	///
	/// # Errors
	///
	/// [`NoVerdict::Spawn`] when the child does not start or does not answer.
	pub fn spawn_with(path: impl Into<PathBuf>, options: HostOptions) -> Result<Self, NoVerdict> {
		Self::start(HostOptions { executable: Some(path.into()), ..options })
	}

	fn start(options: HostOptions) -> Result<Self, NoVerdict> {
		let mut host = Self::idle(options);
		host.child = Some(host.new_child(Duration::ZERO)?);
		Ok(host)
	}

	/// A host whose child is started when it is first needed.
	fn idle(options: HostOptions) -> Self {
		Self { options, child: None }
	}

	/// The child's process id, while there is one.
	pub fn process_id(&self) -> Option<u32> {
		self.child.as_ref().map(|child| child.process.id())
	}

	/// Whether the child has compiled this program and kept it.
	fn has_program(&self, program: Hash) -> bool {
		self.child.as_ref().is_some_and(|child| child.programs.contains(&program))
	}

	/// Runs one task, and waits for it for at most `wall_clock`, compilation included.
	///
	/// The child keeps the programs that were used last, compiled, and the last input, so that the tasks of a batch send
	/// neither again.
	///
	/// # Errors
	///
	/// Anything but an outcome. The host is as good as new afterwards; a child that misbehaved is replaced.
	pub fn run(
		&mut self,
		program: &ProgramSource,
		index: u32,
		input: Arc<[u8]>,
		limits: &TaskLimits,
		wall_clock: Duration,
	) -> Result<Execution, NoVerdict> {
		check_request(limits, input.len())?;
		if program.bytes.len() > limits::MAX_PROGRAM_BYTES {
			let (bytes, limit) = (program.bytes.len(), limits::MAX_PROGRAM_BYTES);
			return Err(NoVerdict::ProgramRefused(
				crate::PrepareError::TooLarge { bytes, limit }.to_string(),
			));
		}
		let mut child = self.ready_child(wall_clock)?;
		let started = Instant::now();
		let result = child.run(program, index, input, limits, started, wall_clock);
		child.cpu_left = child.cpu_left.saturating_sub(started.elapsed());
		match &result {
			Ok(_) => self.child = Some(child),
			Err(error) if error.is_permanent() => self.child = Some(child),
			Err(error) => log::warn!(
				target: "assay::vm",
				"Task {index} of program {} has no verdict, the task host is replaced: {error}",
				program.hash,
			),
		}
		result
	}

	/// The child, if it has time left for a run of this length; else a new one.
	fn ready_child(&mut self, wall_clock: Duration) -> Result<Child, NoVerdict> {
		match self.child.take() {
			Some(child) if child.cpu_left >= wall_clock => Ok(child),
			_ => self.new_child(wall_clock),
		}
	}

	fn new_child(&self, wall_clock: Duration) -> Result<Child, NoVerdict> {
		let cpu_left = self.options.cpu.max(wall_clock);
		let confinement = Confinement {
			address_space: self.options.address_space,
			data: self.options.data,
			// The child's own start and end count as well.
			cpu_seconds: cpu_left.as_secs().saturating_add(10),
			niceness: self.options.niceness.min(19),
		};
		let process = Process::start(self.options.executable.as_deref(), confinement, self.options.engine)?;
		Ok(Child { process, programs: HashSet::new(), input: None, cpu_left })
	}
}

impl Child {
	fn run(
		&mut self,
		program: &ProgramSource,
		index: u32,
		input: Arc<[u8]>,
		limits: &TaskLimits,
		started: Instant,
		wall_clock: Duration,
	) -> Result<Execution, NoVerdict> {
		let mut conversation = Conversation { process: &mut self.process, started, wall_clock };
		if !self.programs.contains(&program.hash) {
			for dropped in conversation.compile(program)? {
				self.programs.remove(&dropped);
			}
			self.programs.insert(program.hash);
		}
		let (same, hash) = match &self.input {
			Some((last, hash)) if Arc::ptr_eq(last, &input) => (true, *hash),
			last => {
				let hash = Hash::of(&input);
				(last.as_ref().is_some_and(|(_, last)| *last == hash), hash)
			},
		};
		if !same {
			self.input = None;
			conversation.send_input(&input)?;
		}
		self.input = Some((input, hash));
		let request = Request::Run { program: program.hash, index, limits: *limits };
		let reply = conversation.ask(&request, None)?;
		execution(reply, limits)
	}
}

/// Requests and replies of one run, all to be done by one deadline.
struct Conversation<'a> {
	process: &'a mut Process,
	started: Instant,
	wall_clock: Duration,
}

impl Conversation<'_> {
	fn ask(&mut self, request: &Request, attachment: Option<&[u8]>) -> Result<Reply, NoVerdict> {
		match self.process.ask(request, attachment, self.started, self.wall_clock)? {
			Reply::NoVerdict(error) => Err(error.made_printable()),
			reply => Ok(reply),
		}
	}

	/// Has a program compiled. Tells which others the child has dropped for it.
	fn compile(&mut self, program: &ProgramSource) -> Result<Vec<Hash>, NoVerdict> {
		match self.ask(&Request::Program { hash: program.hash }, Some(&program.bytes))? {
			Reply::Compiled { dropped } => Ok(dropped),
			_ => Err(NoVerdict::Protocol("it did not confirm that it compiled the program".into())),
		}
	}

	fn send_input(&mut self, input: &[u8]) -> Result<(), NoVerdict> {
		match self.ask(&Request::Input, Some(input))? {
			Reply::Loaded => Ok(()),
			_ => Err(NoVerdict::Protocol("it did not confirm that it has the input".into())),
		}
	}
}

/// The outcome is computed on this side, from the output itself: only the status and the fuel are the child's word.
fn execution(reply: Reply, limits: &TaskLimits) -> Result<Execution, NoVerdict> {
	let Reply::Done { status, fuel, output, stderr } = reply else {
		return Err(NoVerdict::Protocol("it did not answer with an outcome".into()));
	};
	if fuel > limits.fuel {
		return Err(NoVerdict::Protocol(format!("it burned {fuel} of {} fuel", limits.fuel)));
	}
	let len = u32::try_from(output.len()).unwrap_or(u32::MAX);
	if len > limits.output_bytes {
		return Err(NoVerdict::Protocol(format!("it sent {len} of {} bytes of output", limits.output_bytes)));
	}
	let execution = finished(status, fuel, output, stderr)?;
	let TaskOutcome { output_len, .. } = execution.outcome;
	if output_len != len {
		return Err(NoVerdict::Protocol("it sent the output of a task that did not complete".into()));
	}
	Ok(execution)
}

#[cfg(test)]
mod tests;
