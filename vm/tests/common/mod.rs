//! What the tests share.
#![allow(dead_code, reason = "each test uses its part")]

use assay_primitives::{TaskLimits, TaskStatus};
use assay_vm::{CompiledProgram, Engine, Execution, Program, Task};

pub(crate) const ECHO: &str = include_str!("../programs/echo.wat");
pub(crate) const RANDOM: &str = include_str!("../programs/random.wat");
pub(crate) const FLOOD: &str = include_str!("../programs/flood.wat");
pub(crate) const MIXED: &str = include_str!("../programs/mixed.wat");
pub(crate) const ENDLESS: &str =
	r#"(module (memory (export "memory") 1) (func (export "_start") (loop (br 0))))"#;

pub(crate) fn limits() -> TaskLimits {
	TaskLimits { fuel: 10_000_000, memory_pages: 16, output_bytes: 10_000 }
}

pub(crate) fn binary(text: &str) -> Vec<u8> {
	wat::parse_str(text).expect("the test's module assembles")
}

/// A module whose `_start` does `body`, with `proc_exit` to import.
pub(crate) fn main(body: &str) -> String {
	format!(
		r#"(module
			(import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
			(memory (export "memory") 1)
			(func (export "_start") {body}))"#
	)
}

pub(crate) struct Machine {
	pub(crate) engine: Engine,
}

impl Machine {
	pub(crate) fn new() -> Self {
		Self { engine: Engine::new().expect("the engine works here") }
	}

	pub(crate) fn load(&self, text: &str) -> CompiledProgram {
		let program = Program::prepare(&binary(text)).expect("the profile admits the test's program");
		self.engine.compile(&program).expect("it compiles")
	}

	pub(crate) fn run(
		&self,
		program: &CompiledProgram,
		index: u32,
		input: &[u8],
		limits: &TaskLimits,
	) -> Execution {
		self.engine.run(program, &Task { index, input }, limits).expect("there is a verdict")
	}

	pub(crate) fn status(&self, text: &str, limits: &TaskLimits) -> TaskStatus {
		self.run(&self.load(text), 0, b"", limits).outcome.status
	}
}
