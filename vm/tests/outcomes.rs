//! What becomes of tasks, in this process: on both engines, which must agree.

mod common;

use assay_primitives::{Hash, TaskLimits, TaskOutcome, TaskStatus};
use assay_vm::{
	engine::interpreter::{InterpretedProgram, Interpreter},
	limits::{HOST_CALL_FUEL, STACK_UNITS},
	CompiledProgram, Engine, Execution, NoVerdict, Program, Task,
};
use common::{binary, limits, main, ECHO, ENDLESS, FLOOD, MIXED, RANDOM};

const RECURSION: &str = r#"(module (memory (export "memory") 1)
	(func $down (param i32) (result i32) (i32.add (call $down (i32.add (local.get 0) (i32.const 1))) (i32.const 1)))
	(func (export "_start") (drop (call $down (i32.const 0)))))"#;

/// Both engines, as one machine.
struct Machine {
	compiler: Engine,
	interpreter: Interpreter,
}

/// A program, ready for both.
struct Loaded {
	compiled: CompiledProgram,
	interpreted: InterpretedProgram,
}

impl Loaded {
	fn hash(&self) -> Hash {
		assert_eq!(self.compiled.hash(), self.interpreted.hash());
		self.compiled.hash()
	}
}

impl Machine {
	fn new() -> Self {
		let compiler = Engine::new().expect("the engine works here");
		Self { compiler, interpreter: Interpreter::new().expect("so does this one") }
	}

	fn load(&self, text: &str) -> Loaded {
		let program = Program::prepare(&binary(text)).expect("the profile admits the test's program");
		let compiled = self.compiler.compile(&program).expect("it compiles");
		Loaded { compiled, interpreted: self.interpreter.compile(&program).expect("so does this one") }
	}

	/// What both engines make of it.
	fn try_run(
		&self,
		program: &Loaded,
		index: u32,
		input: &[u8],
		limits: &TaskLimits,
	) -> Result<Execution, NoVerdict> {
		let task = Task { index, input };
		let compiled = self.compiler.run(&program.compiled, &task, limits);
		let interpreted = self.interpreter.run(&program.interpreted, &task, limits);
		assert_eq!(compiled, interpreted, "the engines must agree");
		compiled
	}

	fn run(&self, program: &Loaded, index: u32, input: &[u8], limits: &TaskLimits) -> Execution {
		self.try_run(program, index, input, limits).expect("there is a verdict")
	}

	fn outcome(&self, text: &str) -> TaskOutcome {
		self.run(&self.load(text), 0, b"", &limits()).outcome
	}

	fn status(&self, text: &str, limits: &TaskLimits) -> TaskStatus {
		self.run(&self.load(text), 0, b"", limits).outcome.status
	}
}

fn failed(status: TaskStatus, fuel: u64) -> TaskOutcome {
	TaskOutcome::new(status, b"", fuel).expect("no output is short")
}

#[test]
fn a_task_sees_its_index_and_its_input() {
	let machine = Machine::new();
	let echo = machine.load(ECHO);
	let input: Vec<u8> = (0..3_000u32).flat_map(u32::to_le_bytes).take(5_000).collect();
	for index in [0, 7, u32::MAX] {
		let execution = machine.run(&echo, index, &input, &limits());
		let expected = [index.to_string().as_bytes(), &input].concat();
		assert_eq!(execution.outcome.status, TaskStatus::Completed(0));
		assert_eq!(execution.output, expected);
		assert_eq!(execution.outcome.output_hash, Hash::of(&expected));
		assert_eq!(execution.outcome.output_len, u32::try_from(expected.len()).expect("short"));
	}
}

#[test]
fn the_same_task_burns_the_same_fuel() {
	let machine = Machine::new();
	let echo = machine.load(ECHO);
	let first = machine.run(&echo, 3, b"input", &limits());
	assert!(first.outcome.fuel > 4 * HOST_CALL_FUEL);
	let (second, again) = (Machine::new(), Machine::new().load(ECHO));
	for _ in 0..10 {
		assert_eq!(machine.run(&echo, 3, b"input", &limits()), first);
	}
	assert_eq!(second.run(&second.load(ECHO), 3, b"input", &limits()), first);
	assert_eq!(again.hash(), echo.hash());
	assert_ne!(machine.run(&echo, 3, b"inputs", &limits()).outcome.fuel, first.outcome.fuel);
}

#[test]
fn every_part_of_the_profile_computes() {
	let machine = Machine::new();
	// add(100, trunc(314.159)) + 50 * 51 / 2 + 30 + 3 * 4 + old size 1 + counter 8 + the clock's zero over the copy
	let expected = 100 + 314 + 1_275 + 30 + 12 + 1 + 8;
	assert_eq!(
		machine.status(MIXED, &limits()),
		TaskStatus::Completed(expected + u32::from(b"some data to copy"[8]))
	);
}

#[test]
fn returning_and_exiting_both_complete() {
	let machine = Machine::new();
	assert_eq!(machine.status(&main("nop"), &limits()), TaskStatus::Completed(0));
	for code in [0, 1, 255, 256, u32::MAX] {
		let body = format!("(call $proc_exit (i32.const {code})) unreachable");
		assert_eq!(machine.status(&main(&body), &limits()), TaskStatus::Completed(code));
	}
}

#[test]
fn what_was_written_before_exiting_with_an_error_is_output() {
	let machine = Machine::new();
	let program = machine.load(
		r#"(module
			(import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
			(import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
			(memory (export "memory") 1)
			(data (i32.const 0) "\10\00\00\00\05\00\00\00\00\00\00\00\00\00\00\00hello")
			(func (export "_start")
				(drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))
				(drop (call $fd_write (i32.const 2) (i32.const 0) (i32.const 1) (i32.const 8)))
				(call $proc_exit (i32.const 9))))"#,
	);
	let execution = machine.run(&program, 0, b"", &limits());
	assert_eq!(execution.outcome.status, TaskStatus::Completed(9));
	assert_eq!((execution.output.as_slice(), execution.stderr.as_slice()), (&b"hello"[..], &b"hello"[..]));
}

#[test]
fn traps_are_traps_whatever_their_kind() {
	let machine = Machine::new();
	let traps = [
		"unreachable",
		"(drop (i32.load (i32.const 65533)))",
		"(drop (i32.load offset=4294967295 (i32.const -1)))",
		"(i64.store (i32.const -1) (i64.const 0))",
		"(drop (i32.div_u (i32.const 1) (i32.const 0)))",
		"(drop (i32.div_s (i32.const 0x80000000) (i32.const -1)))",
		"(drop (i32.trunc_f32_s (f32.const nan)))",
		"(drop (i32.trunc_f32_s (f32.const 1e30)))",
		"(memory.fill (i32.const 65530) (i32.const 0) (i32.const 7))",
		"(memory.copy (i32.const 0) (i32.const 65530) (i32.const 7))",
	];
	for body in traps {
		let program = machine.load(&main(body));
		let execution = machine.run(&program, 0, b"", &limits());
		assert_eq!(execution.outcome.status, TaskStatus::Trapped, "{body}");
		assert_eq!(
			(execution.outcome.output_len, execution.outcome.output_hash),
			(0, Hash::of(b"")),
			"{body}"
		);
		assert!(execution.outcome.fuel <= 30, "{body}");
	}
	let indirect = |entry: &str| {
		format!(
			r#"(module (memory (export "memory") 1) (table 2 funcref) (elem (i32.const 0) $other)
				(type $plain (func)) (func $other (param i32))
				(func (export "_start") (call_indirect (type $plain) (i32.const {entry}))))"#
		)
	};
	for entry in ["0", "1", "2", "-1"] {
		assert_eq!(machine.status(&indirect(entry), &limits()), TaskStatus::Trapped, "entry {entry}");
	}
}

#[test]
fn an_endless_loop_burns_all_its_fuel() {
	let machine = Machine::new();
	let endless = machine.load(ENDLESS);
	for fuel in [1, 2, 1_000, 1_000_000] {
		let outcome = machine.run(&endless, 0, b"", &TaskLimits { fuel, ..limits() }).outcome;
		assert_eq!(Some(outcome), TaskOutcome::new(TaskStatus::OutOfFuel, b"", fuel));
	}
}

#[test]
fn the_start_function_burns_fuel_too_and_comes_first() {
	let machine = Machine::new();
	let with_start = |start: &str| {
		format!(
			r#"(module (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
				(memory (export "memory") 1) (start $begin)
				(func $begin {start})
				(func (export "_start") (call $proc_exit (i32.load (i32.const 64)))))"#
		)
	};
	let status = |start: &str| machine.status(&with_start(start), &limits());
	assert_eq!(status("(loop (br 0))"), TaskStatus::OutOfFuel);
	assert_eq!(status("(call $proc_exit (i32.const 4)) unreachable"), TaskStatus::Completed(4));
	assert_eq!(status("unreachable"), TaskStatus::Trapped);
	assert_eq!(status("(i32.store (i32.const 64) (i32.const 5))"), TaskStatus::Completed(5));
}

#[test]
fn deep_recursion_exhausts_the_stack() {
	// Frames: one parameter, two operands; before that, one operand in `_start`. Entries: 13 each, before that 9.
	let (main, down) = (64 + 8, 64 + 8 * 3);
	let fit = (u64::try_from(STACK_UNITS).expect("it is positive") - main) / down;
	let machine = Machine::new();
	let program = machine.load(RECURSION);
	let first = machine.run(&program, 0, b"", &limits());
	assert_eq!(first.outcome, failed(TaskStatus::StackExhausted, 9 + 13 * (fit + 1)));
	assert_eq!(machine.run(&program, 0, b"", &limits()), first);
}

#[test]
fn frames_grow_with_what_a_function_pushes() {
	let machine = Machine::new();
	let units = u64::try_from(STACK_UNITS).expect("it is positive");
	// Besides the constants that are dropped, 32 results of a call and one argument.
	for (constants, pushed) in [(0, 4), (6, 4), (7, 5), (8_007, 1_005)] {
		let text = format!(
			r#"(module (memory (export "memory") 1)
				(func $many (result {types}) {values})
				(func $down (param i32) {dropped} (call $many) {drops} (call $down (local.get 0)))
				(func (export "_start") (call $down (i32.const 0))))"#,
			types = "i32 ".repeat(32),
			values = "(i32.const 0) ".repeat(32),
			dropped = "(drop (i32.const 0)) ".repeat(usize::try_from(constants).expect("a small number")),
			drops = "drop ".repeat(32),
		);
		// One parameter, 32 operands at once.
		let fit = (units - 72) / (64 + 8 * 33 + pushed);
		let entry = constants + 8 + 1 + 8;
		let expected = failed(TaskStatus::StackExhausted, 9 + entry * (fit + 1) + 32 * fit);
		assert_eq!(machine.outcome(&text), expected, "{constants}");
	}
}

#[test]
fn calls_that_just_fit_the_stack_return() {
	let recursion = |depth: u64| {
		format!(
			r#"(module (memory (export "memory") 1)
				(func $down (param i32) (if (local.get 0) (then (call $down (i32.sub (local.get 0) (i32.const 1))))))
				(func (export "_start") (call $down (i32.const {depth})) (call $down (i32.const {depth}))))"#
		)
	};
	let machine = Machine::new();
	let fit = (u64::try_from(STACK_UNITS).expect("it is positive") - 72) / 88;
	assert_eq!(machine.status(&recursion(fit - 1), &limits()), TaskStatus::Completed(0));
	assert_eq!(machine.status(&recursion(fit), &limits()), TaskStatus::StackExhausted);
}

#[test]
fn a_trap_is_charged_what_the_last_check_saw() {
	let machine = Machine::new();
	let trapped = |body: &str| machine.outcome(&main(body));
	// A small function is not checked.
	for body in ["unreachable", "(drop (i32.div_u (i32.const 1) (i32.const 0)))"] {
		assert_eq!(trapped(body), failed(TaskStatus::Trapped, 0), "{body}");
	}
	let trap = "(drop (i32.load (i32.const -1)))";
	// What comes after belongs to the segment already, up to the next loop or host call.
	assert_eq!(
		trapped(&format!("(drop (memory.grow (i32.const 1))) {trap}")),
		failed(TaskStatus::Trapped, 5 + 4_096)
	);
	assert_eq!(
		trapped(&format!("(drop (memory.grow (i32.const 99))) {trap}")),
		failed(TaskStatus::Trapped, 5)
	);
	assert_eq!(
		trapped(&format!("(memory.fill (i32.const 0) (i32.const 0) (i32.const 80)) {trap}")),
		failed(TaskStatus::Trapped, 3 + 16 + 3 + 10)
	);
	// Out of bounds itself, it has been paid for.
	assert_eq!(
		trapped("(memory.fill (i32.const 65535) (i32.const 0) (i32.const 80))"),
		failed(TaskStatus::Trapped, 3 + 16 + 10)
	);
}

#[test]
fn growing_copying_and_calling_the_host_cost_what_they_move() {
	let machine = Machine::new();
	let cost = |body: &str| {
		let outcome = machine.outcome(&main(body));
		assert!(matches!(outcome.status, TaskStatus::Completed(_)), "{body}: {outcome:?}");
		outcome.fuel
	};
	assert_eq!(cost(""), 0);
	assert_eq!(cost("(drop (memory.grow (i32.const 0)))"), 2);
	assert_eq!(cost("(drop (memory.grow (i32.const 3)))"), 2 + 3 * 4_096);
	assert_eq!(cost("(drop (memory.grow (i32.const 15)))"), 2 + 15 * 4_096);
	assert_eq!(cost("(drop (memory.grow (i32.const 16)))"), 2);
	for (bytes, units) in [(0, 0), (7, 0), (8, 1), (15, 1), (65_536, 8_192)] {
		let (fill, copy) = (
			format!("(memory.fill (i32.const 0) (i32.const 1) (i32.const {bytes}))"),
			format!("(memory.copy (i32.const 0) (i32.const 0) (i32.const {bytes}))"),
		);
		assert_eq!((cost(&fill), cost(&copy)), (3 + 16 + units, 3 + 16 + units), "{bytes}");
	}
	assert_eq!(cost("(call $proc_exit (i32.const 3))"), 1 + 8 + HOST_CALL_FUEL);
	// What was charged ahead for code that is never reached stays charged.
	assert_eq!(cost("(call $proc_exit (i32.const 3)) (drop (i32.const 1))"), 2 + 8 + HOST_CALL_FUEL);
}

#[test]
fn memory_grows_to_the_limits_and_not_beyond() {
	let machine = Machine::new();
	let grow = |memory: &str, pages: i64| {
		format!(
			r#"(module (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
				(memory (export "memory") {memory})
				(func (export "_start") (call $proc_exit (memory.grow (i32.const {pages})))))"#
		)
	};
	let refused = TaskStatus::Completed(u32::MAX);
	let status = |memory: &str, pages| machine.status(&grow(memory, pages), &limits());
	assert_eq!(status("1", 15), TaskStatus::Completed(1));
	assert_eq!(status("1", 16), refused);
	assert_eq!(status("1", 0), TaskStatus::Completed(1));
	assert_eq!(status("1", -1), refused);
	assert_eq!(status("1", 65_535), refused);
	assert_eq!(status("2 4", 2), TaskStatus::Completed(2));
	assert_eq!(status("2 4", 3), refused);
	assert_eq!(status("0", 16), TaskStatus::Completed(0));
	assert_eq!(status("16", 0), TaskStatus::Completed(16));
}

#[test]
fn more_initial_memory_than_allowed_ends_before_the_first_instruction() {
	let machine = Machine::new();
	for pages in [17, 65_536] {
		let program = machine.load(&format!(
			r#"(module (memory (export "memory") {pages}) (func (export "_start") unreachable))"#
		));
		let execution = machine.run(&program, 0, b"", &limits());
		assert_eq!(Some(execution.outcome), TaskOutcome::new(TaskStatus::MemoryExhausted, b"", 0));
	}
}

#[test]
fn grown_memory_is_zero_and_usable_to_its_last_byte() {
	let machine = Machine::new();
	let body = "(drop (memory.grow (i32.const 15)))
		(if (i64.ne (i64.load (i32.const 1048568)) (i64.const 0)) (then unreachable))
		(i64.store (i32.const 1048568) (i64.const -1))
		(call $proc_exit (i32.load8_u (i32.const 1048575)))";
	assert_eq!(machine.status(&main(body), &limits()), TaskStatus::Completed(255));
	let beyond = "(drop (memory.grow (i32.const 15))) (i64.store (i32.const 1048569) (i64.const -1))";
	assert_eq!(machine.status(&main(beyond), &limits()), TaskStatus::Trapped);
}

#[test]
fn memory_of_one_task_never_reaches_the_next() {
	let machine = Machine::new();
	let program = machine.load(&main(
		"(if (i32.load (i32.const 1000)) (then unreachable)) (i32.store (i32.const 1000) (i32.const 1))",
	));
	for _ in 0..20 {
		assert_eq!(machine.run(&program, 0, b"", &limits()).outcome.status, TaskStatus::Completed(0));
	}
}

#[test]
fn too_much_output_is_no_output() {
	let machine = Machine::new();
	let flood = machine.load(FLOOD);
	let execution = machine.run(&flood, 0, b"", &limits());
	assert_eq!(execution.outcome.status, TaskStatus::OutputTooLarge);
	assert_eq!((execution.output.len(), execution.outcome.output_len), (0, 0));
	// 100 writes fit, the next one does not.
	assert!(execution.outcome.fuel > 101 * (HOST_CALL_FUEL + 108));

	let echo = machine.load(ECHO);
	let room = |output_bytes| TaskLimits { output_bytes, ..limits() };
	assert_eq!(machine.run(&echo, 1, b"abc", &room(4)).outcome.status, TaskStatus::Completed(0));
	assert_eq!(machine.run(&echo, 1, b"abc", &room(3)).outcome.status, TaskStatus::OutputTooLarge);
	assert_eq!(machine.run(&echo, 1, b"abc", &room(0)).outcome.status, TaskStatus::OutputTooLarge);
}

#[test]
fn random_numbers_belong_to_program_input_and_index() {
	let machine = Machine::new();
	let random = machine.load(RANDOM);
	let draw = |index, input: &[u8]| machine.run(&random, index, input, &limits()).output;
	assert_eq!(draw(1, b"a").len(), 40);
	assert_eq!(draw(1, b"a"), draw(1, b"a"));
	assert_ne!(draw(1, b"a"), draw(2, b"a"));
	assert_ne!(draw(1, b"a"), draw(1, b"b"));
	let other = machine.load(&RANDOM.replace("\"_start\"", "\"twin\") (export \"_start\""));
	assert_ne!(machine.run(&other, 1, b"a", &limits()).output, draw(1, b"a"));
}

#[test]
fn not_a_number_has_one_form() {
	let machine = Machine::new();
	let bodies = [
		("(i32.reinterpret_f32 (f32.div (f32.const 0) (f32.const 0)))", 0x7fc0_0000),
		("(i32.reinterpret_f32 (f32.sqrt (f32.const -1)))", 0x7fc0_0000),
		("(i32.reinterpret_f32 (f32.add (f32.const nan:0x1) (f32.const nan:0x2)))", 0x7fc0_0000),
		("(i32.reinterpret_f32 (f32.add (f32.const -nan:0x300000) (f32.const 1)))", 0x7fc0_0000),
		("(i32.reinterpret_f32 (f32.const nan:0x300000))", 0x7fb0_0000),
		(
			"(i32.wrap_i64 (i64.shr_u (i64.reinterpret_f64 (f64.sub (f64.const inf) (f64.const inf))) (i64.const 32)))",
			0x7ff8_0000,
		),
		(
			"(i32x4.extract_lane 2 (f32x4.div (v128.const f32x4 0 0 0 0) (v128.const f32x4 0 0 0 0)))",
			0x7fc0_0000,
		),
	];
	for (value, bits) in bodies {
		let body = format!("(call $proc_exit {value})");
		assert_eq!(machine.status(&main(&body), &limits()), TaskStatus::Completed(bits), "{value}");
	}
}

/// Every program here is cut off at every point before its need, and at some after it.
#[test]
fn fuel_is_exact() {
	let machine = Machine::new();
	let programs = [
		(main("nop"), limits()),
		(main("(call $proc_exit (i32.const 3)) unreachable"), limits()),
		(
			main(
				"(loop $l (i32.store (i32.const 0) (i32.add (i32.load (i32.const 0)) (i32.const 1)))
			(br_if $l (i32.lt_u (i32.load (i32.const 0)) (i32.const 20)))) unreachable",
			),
			limits(),
		),
		(MIXED.into(), limits()),
		(ECHO.into(), limits()),
		(RANDOM.into(), limits()),
		(FLOOD.into(), TaskLimits { output_bytes: 250, ..limits() }),
	];
	for (text, limits) in programs {
		let program = machine.load(&text);
		let whole = machine.run(&program, 5, b"some input", &limits);
		let need = whole.outcome.fuel;
		for fuel in (1..need).chain([need.max(1), need + 1, need + 2, need * 2 + 1]) {
			let cut = machine.run(&program, 5, b"some input", &TaskLimits { fuel, ..limits });
			if fuel < need {
				let expected = TaskOutcome::new(TaskStatus::OutOfFuel, b"", fuel);
				assert_eq!(Some(cut.outcome), expected, "{fuel} of {need}: {text}");
			} else {
				assert_eq!(cut, whole, "{fuel} of {need}: {text}");
			}
		}
	}
}

#[test]
fn fuel_is_exact_when_the_stack_is_exhausted() {
	let machine = Machine::new();
	let program = machine.load(RECURSION);
	let whole = machine.run(&program, 0, b"", &limits());
	let need = whole.outcome.fuel;
	let with = |fuel| machine.run(&program, 0, b"", &TaskLimits { fuel, ..limits() });
	assert_eq!(with(need), whole);
	assert_eq!(with(need - 1).outcome.status, TaskStatus::OutOfFuel);
}

#[test]
fn limits_and_input_out_of_range_are_no_verdict() {
	let machine = Machine::new();
	let echo = machine.load(ECHO);
	let bad = [
		TaskLimits { fuel: 0, ..limits() },
		TaskLimits { fuel: TaskLimits::MAX_FUEL + 1, ..limits() },
		TaskLimits { memory_pages: 0, ..limits() },
		TaskLimits { memory_pages: TaskLimits::MAX_MEMORY_PAGES + 1, ..limits() },
		TaskLimits { output_bytes: TaskLimits::MAX_OUTPUT_BYTES + 1, ..limits() },
	];
	for limits in bad {
		assert_eq!(machine.try_run(&echo, 0, b"", &limits), Err(NoVerdict::InvalidLimits));
	}
	let input = vec![0; assay_vm::limits::MAX_INPUT_BYTES + 1];
	let result = machine.try_run(&echo, 0, &input, &limits());
	assert!(matches!(result, Err(NoVerdict::InputTooLarge { .. })), "{result:?}");
	let most = TaskLimits {
		fuel: TaskLimits::MAX_FUEL,
		memory_pages: TaskLimits::MAX_MEMORY_PAGES,
		output_bytes: TaskLimits::MAX_OUTPUT_BYTES,
	};
	assert_eq!(machine.run(&echo, 0, b"x", &most).output, b"0x");
}
