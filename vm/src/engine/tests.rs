//! Both engines against modules written by hand: what they make of everything that a rewritten module may do, and of
//! what none does.

use super::{interpreter::Interpreter, About, Engine, Execution, Task};
use crate::{error::NoVerdict, limits::HOST_CALL_FUEL};
use assay_primitives::{Hash, TaskLimits, TaskOutcome, TaskStatus};

const FUEL: u64 = 10_000;

fn limits() -> TaskLimits {
	TaskLimits { fuel: FUEL, memory_pages: 16, output_bytes: 8 }
}

/// A module whose `run` does `body`.
fn module(memory: &str, body: &str) -> String {
	format!(
		r#"(module
			(import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
			(import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
			(import "wasi_snapshot_preview1" "path_open"
				(func $path_open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
			(memory (export "memory") {memory})
			(table 2 funcref) (elem (i32.const 0) $endless)
			(global $fuel (export "fuel") (mut i64) (i64.const 0))
			(global $status (export "status") (mut i32) (i32.const 0))
			(global $pages (export "pages") (mut i32) (i32.const 0))
			(data (i32.const 0) "\10\00\00\00\05\00\00\00\00\00\00\00\00\00\00\00hello")
			(func $endless (param i32) (result i32) (i32.add (call $endless (local.get 0)) (i32.const 1)))
			(func $say (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8))))
			(func $burn (param i64) (global.set $fuel (i64.sub (global.get $fuel) (local.get 0))))
			(func (export "run") {body}))"#
	)
}

struct Engines {
	compiler: Engine,
	interpreter: Interpreter,
}

impl Engines {
	fn new() -> Self {
		let compiler = Engine::new().expect("the engine works here");
		Self { compiler, interpreter: Interpreter::new().expect("so does this one") }
	}

	fn both(&self, text: &str, about: About, limits: &TaskLimits) -> [Result<Execution, NoVerdict>; 2] {
		let module = wat::parse_str(text).expect("the test's module assembles");
		wasmparser::validate(&module).expect("it is valid");
		let task = Task { index: 0, input: b"input" };
		let compiled = self.compiler.compile_module(about, &module);
		let compiled = compiled.and_then(|program| self.compiler.run(&program, &task, limits));
		// SAFETY: it has been validated.
		let interpreted = unsafe { self.interpreter.compile_module(about, &module) };
		let interpreted = interpreted.and_then(|program| self.interpreter.run(&program, &task, limits));
		[compiled, interpreted]
	}

	/// The execution both engines agree on.
	fn run(&self, body: &str) -> Execution {
		let [compiled, interpreted] = self.both(&module("1", body), about(1, None), &limits());
		assert_eq!(compiled, interpreted, "{body}");
		compiled.unwrap_or_else(|error| panic!("{body}: {error}"))
	}

	fn outcome(&self, body: &str) -> TaskOutcome {
		self.run(body).outcome
	}
}

fn about(initial_pages: u64, maximum_pages: Option<u64>) -> About {
	About { hash: Hash::of(b"program"), initial_pages, maximum_pages }
}

fn failed(status: TaskStatus, fuel: u64) -> TaskOutcome {
	TaskOutcome::new(status, b"", fuel).expect("no output is short")
}

fn is_engine_trouble(results: &[Result<Execution, NoVerdict>]) -> bool {
	results.iter().all(|result| matches!(result, Err(NoVerdict::Engine(_) | NoVerdict::Compile(_))))
}

#[test]
fn returning_completes_with_the_fuel_that_is_gone() {
	let engines = Engines::new();
	assert_eq!(engines.outcome(""), failed(TaskStatus::Completed(0), 0));
	assert_eq!(engines.outcome("(call $burn (i64.const 7))"), failed(TaskStatus::Completed(0), 7));
	assert_eq!(engines.outcome("(call $burn (i64.const 10000))"), failed(TaskStatus::Completed(0), FUEL));
}

#[test]
fn a_trap_without_a_status_is_the_programs_own() {
	let engines = Engines::new();
	let traps = [
		"unreachable",
		"(drop (i32.load (i32.const 65533)))",
		"(i64.store offset=4294967295 (i32.const -1) (i64.const 0))",
		"(v128.store (i32.const 65521) (v128.const i64x2 0 0))",
		"(drop (i32.div_u (i32.const 1) (i32.const 0)))",
		"(drop (i64.rem_s (i64.const 1) (i64.const 0)))",
		"(drop (i32.div_s (i32.const 0x80000000) (i32.const -1)))",
		"(drop (i32.trunc_f32_s (f32.const nan)))",
		"(drop (i64.trunc_f64_u (f64.const -1)))",
		"(memory.fill (i32.const 65530) (i32.const 0) (i32.const 7))",
		"(memory.copy (i32.const 0) (i32.const 65530) (i32.const 7))",
		"(drop (call_indirect (param i32) (result i32) (i32.const 0) (i32.const 1)))",
		"(drop (call_indirect (param i32) (result i32) (i32.const 0) (i32.const 2)))",
		"(call_indirect (param i64) (i64.const 0) (i32.const 0))",
	];
	for trap in traps {
		let body = format!("(call $burn (i64.const 7)) (call $say) {trap}");
		let execution = engines.run(&body);
		let said = HOST_CALL_FUEL + 8 + 5;
		assert_eq!(execution.outcome, failed(TaskStatus::Trapped, 7 + said), "{trap}");
		assert_eq!(execution.output, b"", "{trap}");
	}
}

#[test]
fn a_trap_with_a_status_is_what_the_status_says() {
	let engines = Engines::new();
	let trap = |status, burned| {
		format!("(call $burn (i64.const {burned})) (global.set $status (i32.const {status})) unreachable")
	};
	assert_eq!(engines.outcome(&trap(0, 10_009)), failed(TaskStatus::OutOfFuel, FUEL));
	assert_eq!(engines.outcome(&trap(1, 10_009)), failed(TaskStatus::OutOfFuel, FUEL));
	assert_eq!(engines.outcome(&trap(1, 9)), failed(TaskStatus::StackExhausted, 9));
	for status in [2, 3, -1] {
		let results = engines.both(&module("1", &trap(status, 9)), about(1, None), &limits());
		assert!(is_engine_trouble(&results), "{status}: {results:?}");
	}
}

#[test]
fn the_host_charges_the_modules_own_counter() {
	let engines = Engines::new();
	let said = HOST_CALL_FUEL + 8 + 5;
	let execution = engines.run("(call $burn (i64.const 7)) (call $say) (call $burn (i64.const 1))");
	assert_eq!((execution.outcome.fuel, execution.output.as_slice()), (8 + said, &b"hello"[..]));

	let exit = engines.run("(call $say) (call $proc_exit (i32.const -2)) unreachable");
	assert_eq!(exit.outcome.status, TaskStatus::Completed(u32::MAX - 1));
	assert_eq!((exit.outcome.fuel, exit.output.as_slice()), (said + HOST_CALL_FUEL, &b"hello"[..]));

	let flood = engines.outcome("(call $say) (call $say) unreachable");
	assert_eq!(flood, failed(TaskStatus::OutputTooLarge, 2 * said));

	// It goes below zero by itself, or by the call: nothing is said, and nothing comes after.
	for burned in [FUEL + 1, FUEL - said + 1, u64::MAX >> 1] {
		let outcome = engines.outcome(&format!("(call $burn (i64.const {burned})) (call $say) unreachable"));
		assert_eq!(outcome, failed(TaskStatus::OutOfFuel, FUEL), "{burned}");
	}
	let just = format!("(call $burn (i64.const {})) (call $say)", FUEL - said);
	assert_eq!(engines.outcome(&just).fuel, FUEL);
	assert_eq!(engines.run(&just).output, b"hello");
}

#[test]
fn arguments_of_all_kinds_arrive() {
	let engines = Engines::new();
	let body = "(call $proc_exit (call $path_open (i32.const 1) (i32.const 2) (i32.const 3) (i32.const 4)
		(i32.const 5) (i64.const -6) (i64.const -7) (i32.const 8) (i32.const 9)))";
	assert_eq!(engines.outcome(body), failed(TaskStatus::Completed(52), 2 * HOST_CALL_FUEL));
}

#[test]
fn modules_learn_how_far_memory_may_grow() {
	let engines = Engines::new();
	for (declared, granted) in
		[(None, 16), (Some(15), 15), (Some(16), 16), (Some(17), 16), (Some(65_536), 16)]
	{
		let text = module("1", "(call $proc_exit (global.get $pages))");
		let [compiled, interpreted] = engines.both(&text, about(1, declared), &limits());
		assert_eq!(compiled, interpreted);
		let outcome = compiled.expect("there is a verdict").outcome;
		assert_eq!(outcome.status, TaskStatus::Completed(granted), "{declared:?}");
	}
	let grow = "(drop (memory.grow (i32.const 15))) (i32.store (i32.const 1048572) (i32.const 9))
		(call $proc_exit (i32.mul (memory.size) (i32.load (i32.const 1048572))))";
	assert_eq!(engines.outcome(grow).status, TaskStatus::Completed(16 * 9));
}

#[test]
fn initial_memory_beyond_the_limit_is_not_even_tried() {
	let engines = Engines::new();
	for pages in [17, 65_536] {
		let text = module(&pages.to_string(), "unreachable");
		for result in engines.both(&text, about(pages, None), &limits()) {
			assert_eq!(result.map(|execution| execution.outcome), Ok(failed(TaskStatus::MemoryExhausted, 0)));
		}
	}
}

#[test]
fn a_module_that_takes_more_memory_than_it_may_has_no_verdict() {
	let engines = Engines::new();
	let text = module("1", "(drop (memory.grow (i32.const 16)))");
	let results = engines.both(&text, about(1, None), &limits());
	assert!(is_engine_trouble(&results), "{results:?}");
	let results = engines.both(&module("17", ""), about(1, None), &limits());
	assert!(is_engine_trouble(&results), "{results:?}");
}

#[test]
fn a_full_stack_of_the_engines_own_is_no_verdict() {
	let engines = Engines::new();
	for body in [
		"(drop (call $endless (i32.const 0)))",
		"(global.set $status (i32.const 2)) (drop (call $endless (i32.const 0)))",
	] {
		let results = engines.both(&module("1", body), about(1, None), &limits());
		assert!(is_engine_trouble(&results), "{results:?}");
	}
	// And it is over then.
	assert_eq!(engines.outcome(""), failed(TaskStatus::Completed(0), 0));
}

#[test]
fn a_module_that_miscounts_has_no_verdict() {
	let engines = Engines::new();
	for body in [
		"(call $burn (i64.const -1))",
		"(call $burn (i64.const 10001))",
		"(call $burn (i64.const -1)) unreachable",
	] {
		let results = engines.both(&module("1", body), about(1, None), &limits());
		assert!(is_engine_trouble(&results), "{body}: {results:?}");
	}
}

#[test]
fn a_module_without_the_interface_has_no_verdict() {
	let engines = Engines::new();
	let whole = module("1", "");
	for name in ["memory", "run", "fuel", "status", "pages"] {
		let text = whole.replace(&format!("(export \"{name}\")"), "");
		let results = engines.both(&text, about(1, None), &limits());
		assert!(is_engine_trouble(&results), "{name}: {results:?}");
	}
	let text = whole.replace(r#"(func (export "run") )"#, r#"(func (export "run") (param i32))"#);
	assert_ne!(text, whole);
	let results = engines.both(&text, about(1, None), &limits());
	assert!(is_engine_trouble(&results), "{results:?}");
	for swapped in [
		whole.replace(
			r#"(export "fuel") (mut i64) (i64.const 0)"#,
			r#"(export "fuel") (mut i32) (i32.const 0)"#,
		),
		whole.replace(r#"(export "fuel") (mut i64)"#, r#"(export "fuel") i64"#),
	] {
		let text = swapped.replace(
			"(func $burn (param i64) (global.set $fuel (i64.sub (global.get $fuel) (local.get 0))))",
			"",
		);
		let results = engines.both(&text, about(1, None), &limits());
		assert!(is_engine_trouble(&results), "{results:?}");
	}
}

#[test]
fn requests_out_of_range_are_refused_by_both() {
	let engines = Engines::new();
	let results = engines.both(&module("1", ""), about(1, None), &TaskLimits { fuel: 0, ..limits() });
	assert!(results.iter().all(|result| *result == Err(NoVerdict::InvalidLimits)), "{results:?}");
}
