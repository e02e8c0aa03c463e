//! Small programs for the machine, written in the text format.

use assay_primitives::{sealing::TaskResult, TaskIndex, TaskLimits};
use assay_vm::{Engine, Program, Task};
use std::ops::Range;

/// A program that counts down from `rounds`, and then writes its task's number, filled up to eight bytes with zeros.
///
/// # Panics
///
/// Never: it is the same text every time, but for a number.
pub fn countdown(rounds: u64) -> Vec<u8> {
	assemble(&format!(
		r#"(module
			(import "wasi_snapshot_preview1" "args_get" (func $args_get (param i32 i32) (result i32)))
			(import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
			(memory (export "memory") 1)
			(func (export "_start") (local $left i64)
				(local.set $left (i64.const {rounds}))
				(block $done
					(loop $again
						(br_if $done (i64.eqz (local.get $left)))
						(local.set $left (i64.sub (local.get $left) (i64.const 1)))
						(br $again)))
				;; The arguments' addresses go to 16, their text to 64; the second one is the task's number.
				(drop (call $args_get (i32.const 16) (i32.const 64)))
				(i32.store (i32.const 0) (i32.load (i32.const 20)))
				(i32.store (i32.const 4) (i32.const 8))
				(drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))))"#
	))
}

/// A program that wants a function no machine has.
///
/// # Panics
///
/// Never: it is the same text every time.
pub fn with_unknown_import() -> Vec<u8> {
	assemble(
		r#"(module
			(import "env" "open_socket" (func (param i32) (result i32)))
			(memory (export "memory") 1)
			(func (export "_start")))"#,
	)
}

fn assemble(text: &str) -> Vec<u8> {
	wat::parse_str(text).unwrap_or_else(|error| panic!("{error}"))
}

/// Runs tasks here, in this process, to know what they should come to. `input` tells what each one reads.
///
/// # Panics
///
/// If a task has no result.
pub fn run<'a>(
	program: &[u8],
	tasks: Range<TaskIndex>,
	limits: &TaskLimits,
	input: impl Fn(TaskIndex) -> &'a [u8],
) -> Vec<TaskResult> {
	let engine = Engine::new().unwrap_or_else(|error| panic!("{error}"));
	let program = Program::prepare(program).unwrap_or_else(|error| panic!("{error}"));
	let program = engine.compile(&program).unwrap_or_else(|error| panic!("{error}"));
	let run = |index| {
		let task = Task { index, input: input(index) };
		let done =
			engine.run(&program, &task, limits).unwrap_or_else(|error| panic!("task {index}: {error}"));
		TaskResult { outcome: done.outcome, output: done.output }
	};
	tasks.map(run).collect()
}

#[cfg(test)]
mod tests {
	use super::*;
	use assay_primitives::TaskStatus;

	#[test]
	fn the_countdown_tells_its_task() {
		let limits = TaskLimits { fuel: 100_000, memory_pages: 1, output_bytes: 8 };
		let results = run(&countdown(1_000), 7..13, &limits, |_| b"");
		assert_eq!(results[0].outcome.status, TaskStatus::Completed(0));
		assert_eq!(results[0].output, b"7\0\0\0\0\0\0\0");
		assert_eq!(results[5].output, b"12\0\0\0\0\0\0");
		let longer = run(&countdown(1_001), 7..8, &limits, |_| b"");
		assert!(longer[0].outcome.fuel > results[0].outcome.fuel);
	}

	#[test]
	fn what_no_machine_has_is_refused() {
		assert!(Program::prepare(&with_unknown_import()).is_err());
	}
}
