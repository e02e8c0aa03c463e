//! One task from its first instruction to its outcome.

use super::{
	cranelift::{ending, limiter, CompiledProgram, Ending, State},
	Execution,
};
use crate::{error::NoVerdict, limits::WASM_STACK_BYTES, wasi::Wasi};
use assay_primitives::{TaskLimits, TaskOutcome, TaskStatus};
use std::sync::Arc;
use wasmtime::Store;

/// Room for the host's own frames above the program's.
const HOST_STACK_BYTES: usize = 1 << 20;

/// Runs `work` with a stack that holds the largest one a program may have, wherever the caller's ends.
pub(super) fn on_own_stack<T: Send>(
	work: impl FnOnce() -> Result<T, NoVerdict> + Send,
) -> Result<T, NoVerdict> {
	std::thread::scope(|scope| {
		std::thread::Builder::new()
			.name("assay-task".into())
			.stack_size(WASM_STACK_BYTES + HOST_STACK_BYTES)
			.spawn_scoped(scope, work)
			.map_err(|error| NoVerdict::Engine(format!("no thread for the task: {error}")))?
			.join()
			.unwrap_or_else(|_| Err(NoVerdict::Engine("the engine panicked".into())))
	})
}

/// Runs a task whose limits and input have been checked.
///
/// The engine compares its counter only now and then and may pass the limit a little in between. So it is given one
/// unit more than the task has: whatever leaves less than that unit has burned more than the limit. A task is out of
/// fuel exactly if it needs more than it has, wherever the engine notices.
pub(super) fn run(
	engine: &wasmtime::Engine,
	program: &CompiledProgram,
	index: u32,
	input: Arc<[u8]>,
	limits: &TaskLimits,
) -> Result<Execution, NoVerdict> {
	if program.initial_pages > limits.memory_pages.into() {
		return finished(TaskStatus::MemoryExhausted, 0, Vec::new(), Vec::new());
	}
	let wasi = Wasi::new(program.hash, index, input, limits.output_bytes);
	let mut store = Store::new(engine, State::new(wasi, limits));
	store.limiter(limiter);
	let given = limits.fuel.saturating_add(1);
	store.set_fuel(given).map_err(|error| NoVerdict::Engine(format!("{error:#}")))?;

	let ending = ending(start(&mut store, program))?;
	let left = store.get_fuel().map_err(|error| NoVerdict::Engine(format!("{error:#}")))?;
	let (status, fuel) = status(ending, given.saturating_sub(left), limits.fuel);
	let parts = store.into_data().wasi.into_parts();
	finished(status, fuel, parts.output, parts.stderr)
}

/// The module's start function, then `_start`.
fn start(store: &mut Store<State>, program: &CompiledProgram) -> wasmtime::Result<()> {
	let instance = program.instance.instantiate(&mut *store)?;
	let main = instance.get_typed_func::<(), ()>(&mut *store, "_start")?;
	main.call(store, ())
}

/// The status of a task that ended so, and the fuel it is charged.
fn status(ending: Ending, burned: u64, limit: u64) -> (TaskStatus, u64) {
	if burned > limit {
		return (TaskStatus::OutOfFuel, limit);
	}
	match ending {
		Ending::Completed(code) => (TaskStatus::Completed(code), burned),
		Ending::Trapped => (TaskStatus::Trapped, burned),
		Ending::OutOfFuel => (TaskStatus::OutOfFuel, limit),
		Ending::StackExhausted => (TaskStatus::StackExhausted, burned),
		Ending::OutputTooLarge => (TaskStatus::OutputTooLarge, burned),
	}
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

	#[test]
	fn burning_more_than_the_limit_is_out_of_fuel_however_the_task_ended() {
		for ending in [Ending::Completed(3), Ending::Trapped, Ending::StackExhausted, Ending::OutputTooLarge]
		{
			assert_eq!(status(ending, 11, 10), (TaskStatus::OutOfFuel, 10));
			assert_ne!(status(ending, 10, 10).0, TaskStatus::OutOfFuel);
			assert_eq!(status(ending, 10, 10).1, 10);
		}
		assert_eq!(status(Ending::OutOfFuel, 4, 10), (TaskStatus::OutOfFuel, 10));
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
	fn a_panic_is_no_verdict() {
		let result: Result<(), _> = on_own_stack(|| panic!("on purpose"));
		assert_eq!(result, Err(NoVerdict::Engine("the engine panicked".into())));
	}
}
