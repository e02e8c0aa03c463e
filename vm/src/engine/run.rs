//! One task from its first instruction to its outcome, whichever engine runs it.

use super::{About, Execution};
use crate::{
	error::NoVerdict,
	rewrite::Status,
	wasi::{Halt, Wasi, WasiParts},
};
use alloc::{format, sync::Arc, vec::Vec};
use assay_primitives::{TaskLimits, TaskOutcome, TaskStatus};

/// A rewritten module that an engine is ready to run.
pub(super) trait Code {
	type Instance: Instance;

	fn about(&self) -> &About;

	/// Makes an instance, whose memory may have `pages` pages. An error is this machine's trouble: the module was
	/// checked.
	fn instantiate(&self, wasi: Wasi, pages: u32) -> Result<Self::Instance, NoVerdict>;
}

/// An instance of a rewritten module.
pub(super) trait Instance {
	fn set_fuel(&mut self, fuel: i64) -> Result<(), NoVerdict>;
	fn set_pages(&mut self, pages: i32) -> Result<(), NoVerdict>;
	/// Runs the program. An error is this machine's trouble.
	fn run(&mut self) -> Result<Ending, NoVerdict>;
	fn fuel(&mut self) -> Result<i64, NoVerdict>;
	fn status(&mut self) -> Result<i32, NoVerdict>;
	fn into_parts(self) -> WasiParts;
}

/// How the call of `run` ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
	/// It returned.
	Returned,
	/// A function of the host ended it.
	Halted(Halt),
	/// It trapped, in one of the ways the standard has.
	Trapped,
}

/// Runs one task.
pub(super) fn run<C: Code>(
	code: &C,
	index: u32,
	input: Arc<[u8]>,
	limits: &TaskLimits,
) -> Result<Execution, NoVerdict> {
	super::check_request(limits, input.len())?;
	let about = code.about();
	if about.initial_pages > limits.memory_pages.into() {
		return finished(TaskStatus::MemoryExhausted, 0, Vec::new(), Vec::new());
	}
	let pages = granted_pages(about, limits);
	let wasi = Wasi::new(about.hash, index, input, limits.output_bytes);
	let mut instance = code.instantiate(wasi, pages)?;
	instance.set_fuel(i64::try_from(limits.fuel).map_err(|_| NoVerdict::InvalidLimits)?)?;
	instance.set_pages(i32::try_from(pages).map_err(|_| NoVerdict::InvalidLimits)?)?;
	let ending = instance.run()?;
	let account = Account { limit: limits.fuel, left: instance.fuel()?, status: instance.status()? };
	let (status, fuel) = account.outcome(ending)?;
	let parts = instance.into_parts();
	finished(status, fuel, parts.output, parts.stderr)
}

/// Pages that the memory may grow to: what the task may use, and no more than the module itself declares.
fn granted_pages(about: &About, limits: &TaskLimits) -> u32 {
	let declared = about.maximum_pages.and_then(|pages| u32::try_from(pages).ok());
	declared.map_or(limits.memory_pages, |declared| declared.min(limits.memory_pages))
}

/// What a module says of its run.
struct Account {
	limit: u64,
	left: i64,
	status: i32,
}

impl Account {
	/// The outcome of a run that ended so, and the fuel it is charged.
	fn outcome(&self, ending: Ending) -> Result<(TaskStatus, u64), NoVerdict> {
		let all = self.limit;
		Ok(match ending {
			Ending::Returned => (TaskStatus::Completed(0), self.burned()?),
			Ending::Halted(Halt::Exit(code)) => (TaskStatus::Completed(code), self.burned()?),
			Ending::Halted(Halt::OutOfFuel) => (TaskStatus::OutOfFuel, all),
			Ending::Halted(Halt::OutputTooLarge) => (TaskStatus::OutputTooLarge, self.burned()?),
			// Whatever else there is to say: it saved less than nothing, and so it stopped.
			Ending::Trapped if self.left < 0 => (TaskStatus::OutOfFuel, all),
			Ending::Trapped => match (self.status, Status::from_number(self.status)) {
				(0, _) => (TaskStatus::Trapped, self.burned()?),
				(_, Some(Status::StackExhausted)) => (TaskStatus::StackExhausted, self.burned()?),
				(_, Some(Status::NoMemory)) => {
					return Err(NoVerdict::Engine(
						"no memory left on this machine for the task to grow".into(),
					));
				},
				(number, None) => return Err(nonsense(format!("status {number}"))),
			},
		})
	}

	/// The fuel burned. A module never lets what is left drop below zero and then goes on, nor does it add to it.
	fn burned(&self) -> Result<u64, NoVerdict> {
		let burned = u64::try_from(self.left).ok().and_then(|left| self.limit.checked_sub(left));
		burned.ok_or_else(|| nonsense(format!("{} of {} fuel left", self.left, self.limit)))
	}
}

fn nonsense(what: alloc::string::String) -> NoVerdict {
	NoVerdict::Engine(format!("the engine does not follow the module: {what}"))
}

/// Only a task that completed has an output.
pub(crate) fn finished(
	status: TaskStatus,
	fuel: u64,
	output: Vec<u8>,
	stderr: Vec<u8>,
) -> Result<Execution, NoVerdict> {
	let output = if matches!(status, TaskStatus::Completed(_)) { output } else { Vec::new() };
	let outcome = TaskOutcome::new(status, &output, fuel)
		.ok_or_else(|| NoVerdict::Engine("the output is longer than any may be".into()))?;
	Ok(Execution { outcome, output, stderr })
}

#[cfg(test)]
mod tests {
	use super::*;

	fn outcome(left: i64, status: i32, ending: Ending) -> Result<(TaskStatus, u64), NoVerdict> {
		Account { limit: 10, left, status }.outcome(ending)
	}

	#[test]
	fn every_ending_has_its_outcome() {
		let cases = [
			(Ending::Returned, 0, TaskStatus::Completed(0), 7),
			(Ending::Halted(Halt::Exit(3)), 0, TaskStatus::Completed(3), 7),
			(Ending::Halted(Halt::OutputTooLarge), 0, TaskStatus::OutputTooLarge, 7),
			(Ending::Halted(Halt::OutOfFuel), 0, TaskStatus::OutOfFuel, 10),
			(Ending::Trapped, 0, TaskStatus::Trapped, 7),
			(Ending::Trapped, 1, TaskStatus::StackExhausted, 7),
		];
		for (ending, number, status, fuel) in cases {
			assert_eq!(outcome(3, number, ending), Ok((status, fuel)), "{ending:?} {number}");
		}
		assert_eq!(outcome(-3, 0, Ending::Trapped), Ok((TaskStatus::OutOfFuel, 10)));
		assert_eq!(outcome(-3, 1, Ending::Trapped), Ok((TaskStatus::OutOfFuel, 10)));
		assert_eq!(outcome(-3, 0, Ending::Halted(Halt::OutOfFuel)), Ok((TaskStatus::OutOfFuel, 10)));
		assert_eq!(outcome(0, 0, Ending::Returned), Ok((TaskStatus::Completed(0), 10)));
		assert_eq!(outcome(10, 0, Ending::Trapped), Ok((TaskStatus::Trapped, 0)));
	}

	#[test]
	fn what_no_module_says_is_no_verdict() {
		let endings = [Ending::Returned, Ending::Halted(Halt::Exit(0)), Ending::Halted(Halt::OutputTooLarge)];
		for ending in endings {
			for left in [-1, i64::MIN, 11, i64::MAX] {
				let result = outcome(left, 0, ending);
				assert!(matches!(result, Err(NoVerdict::Engine(_))), "{ending:?} {left}: {result:?}");
			}
		}
		for number in [2, 3, 4, -1, i32::MIN] {
			assert!(matches!(outcome(3, number, Ending::Trapped), Err(NoVerdict::Engine(_))), "{number}");
		}
	}

	#[test]
	fn output_is_kept_only_of_completed_tasks() {
		let completed = finished(TaskStatus::Completed(1), 5, b"out".to_vec(), b"err".to_vec());
		let completed = completed.expect("short output");
		assert_eq!((completed.output.as_slice(), completed.outcome.output_len), (&b"out"[..], 3));
		let trapped = finished(TaskStatus::Trapped, 5, b"out".to_vec(), b"err".to_vec()).expect("no output");
		assert_eq!((trapped.output.as_slice(), trapped.outcome.output_len), (&b""[..], 0));
		assert_eq!(trapped.stderr, b"err");
	}

	#[test]
	fn memory_grows_to_the_smaller_of_two_limits() {
		let limits = TaskLimits { fuel: 1, memory_pages: 10, output_bytes: 0 };
		let about =
			|maximum_pages| About { hash: assay_primitives::Hash::of(b""), initial_pages: 1, maximum_pages };
		assert_eq!(granted_pages(&about(None), &limits), 10);
		assert_eq!(granted_pages(&about(Some(9)), &limits), 9);
		assert_eq!(granted_pages(&about(Some(11)), &limits), 10);
		assert_eq!(granted_pages(&about(Some(u64::MAX)), &limits), 10);
	}
}
