//! Engines without the crate around them: what they run is given, and nothing of it is hidden afterwards.
//!
//! The host's side of a rewritten module is written here once more, straight from the rules, so that the memory a task
//! leaves behind can be looked at, and so that a mistake in the crate's own host does not go unnoticed.

use assay_primitives::{Hash, TaskLimits, TaskStatus};
use assay_vm::wasi::{self, Argument, Halt, HostFunction, Wasi};
use std::sync::Arc;

mod interpreter;
mod native;

pub(crate) use interpreter::{Interpreted, Interpreter};
pub(crate) use native::{Compiled, Native};

/// How a module is to be run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
	/// As it is, under the engine's own rules: fuel only so that it ends.
	Plain,
	/// A module that counts for itself.
	Counting,
}

/// All that can be known of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Run {
	pub(crate) status: TaskStatus,
	/// Of no meaning for a plain module.
	pub(crate) fuel: u64,
	pub(crate) output: Vec<u8>,
	/// Memory at the end, if the task completed.
	pub(crate) memory: Option<Vec<u8>>,
	/// What the oracle's single instructions add up to, if the task returned.
	pub(crate) exact: Option<u64>,
}

/// A task, and the program it belongs to.
#[derive(Clone, Copy)]
pub(crate) struct Job<'a> {
	pub(crate) program: Hash,
	pub(crate) index: u32,
	pub(crate) input: &'a [u8],
	pub(crate) limits: TaskLimits,
	/// The initial and the greatest size the source declares, in pages.
	pub(crate) declared: (u64, Option<u64>),
}

impl Job<'_> {
	/// The most pages the task may have.
	fn pages(&self) -> u32 {
		let declared = self.declared.1.unwrap_or(u64::MAX);
		u32::try_from(declared.min(self.limits.memory_pages.into())).expect("no more than the limit")
	}

	fn exceeds_memory(&self) -> bool {
		self.declared.0 > self.limits.memory_pages.into()
	}

	fn nothing_ran() -> Run {
		Run { status: TaskStatus::MemoryExhausted, fuel: 0, output: Vec::new(), memory: None, exact: None }
	}
}

/// The host's side of a task, for any engine.
struct Host {
	wasi: Wasi,
	kind: Kind,
	/// What the host itself has charged.
	charged: u64,
}

impl Host {
	fn new(job: &Job<'_>, kind: Kind) -> Self {
		let wasi = Wasi::new(job.program, job.index, Arc::from(job.input), job.limits.output_bytes);
		Self { wasi, kind, charged: 0 }
	}

	/// Calls a function for the guest. `counter` is the guest's, and changed; without one, the call is free.
	fn call(
		&mut self,
		function: &HostFunction,
		arguments: &[Argument],
		memory: &mut [u8],
		counter: Option<&mut i64>,
	) -> Result<u32, Halt> {
		let mut endless = i64::MAX;
		let counter = counter.unwrap_or(&mut endless);
		let before = *counter;
		let result = self.wasi.call(function, arguments, memory, counter);
		self.charged += before.abs_diff(*counter);
		result
	}
}

/// How a call into an engine ended.
enum Ending {
	Returned,
	Halted(Halt),
	Trapped,
}

/// What the globals of a counting module say.
struct Globals {
	fuel: i64,
	/// Only the oracle's modules have it.
	saved: Option<i64>,
	exact: Option<i64>,
	status: i32,
}

fn conclude(
	job: &Job<'_>,
	ending: Ending,
	globals: Option<Globals>,
	host: Host,
	memory: Vec<u8>,
) -> Result<Run, String> {
	let limit = job.limits.fuel;
	let burned = |left: i64| {
		u64::try_from(limit as i64 - left).map_err(|_| format!("{left} left of {limit}, which is impossible"))
	};
	let (status, fuel) = match (&ending, &globals) {
		(Ending::Returned, None) => (TaskStatus::Completed(0), 0),
		(Ending::Trapped, None) => (TaskStatus::Trapped, 0),
		(Ending::Halted(halt), None) => (halted(*halt), 0),
		(Ending::Returned, Some(globals)) => {
			if globals.status != 0 || globals.fuel < 0 {
				return Err(format!("returned with status {} and {} left", globals.status, globals.fuel));
			}
			(TaskStatus::Completed(0), burned(globals.fuel)?)
		},
		(Ending::Halted(Halt::OutOfFuel), Some(_)) => (TaskStatus::OutOfFuel, limit),
		(Ending::Halted(halt), Some(globals)) => (halted(*halt), burned(globals.fuel)?),
		(Ending::Trapped, Some(globals)) => {
			// What the counter was at the last check.
			let last = globals.saved.unwrap_or(globals.fuel);
			match globals.status {
				_ if last < 0 => (TaskStatus::OutOfFuel, limit),
				0 => (TaskStatus::Trapped, burned(last)?),
				1 => (TaskStatus::StackExhausted, burned(last)?),
				other => return Err(format!("status {other}")),
			}
		},
	};
	let completed = matches!(status, TaskStatus::Completed(_));
	let exact = globals.and_then(|globals| globals.exact).filter(|_| matches!(ending, Ending::Returned));
	let exact = exact.map(|exact| host.charged + u64::try_from(exact).expect("costs are not negative"));
	if let Some(exact) = exact {
		if exact != fuel {
			return Err(format!("the oracle is wrong: {fuel} by segments, {exact} by instructions"));
		}
	}
	let output = if completed { host.wasi.into_parts().output } else { Vec::new() };
	Ok(Run { status, fuel, output, memory: completed.then_some(memory), exact })
}

fn halted(halt: Halt) -> TaskStatus {
	match halt {
		Halt::Exit(code) => TaskStatus::Completed(code),
		Halt::OutOfFuel => TaskStatus::OutOfFuel,
		Halt::OutputTooLarge => TaskStatus::OutputTooLarge,
	}
}

/// Runs something with a stack as large as any engine may need.
pub(crate) fn on_large_stack<T: Send>(work: impl FnOnce() -> T + Send) -> T {
	std::thread::scope(|scope| {
		let builder = std::thread::Builder::new().stack_size(256 << 20);
		let thread = builder.spawn_scoped(scope, work).expect("a thread");
		thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
	})
}

fn functions() -> impl Iterator<Item = &'static HostFunction> {
	wasi::FUNCTIONS.iter()
}
