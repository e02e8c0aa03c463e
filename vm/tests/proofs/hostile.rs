//! Programs that mean harm: each is refused with a reason, or ends with the same outcome on both engines.

use crate::proof::bombs;
use assay_primitives::{TaskLimits, TaskStatus};
use assay_vm::{engine::interpreter::Interpreter, limits, Engine, Execution, PrepareError, Program, Task};

struct Machine {
	engine: Engine,
	interpreter: Interpreter,
}

impl Machine {
	fn new() -> Self {
		Self {
			engine: Engine::new().expect("the engine works here"),
			interpreter: Interpreter::new().expect("the interpreter works everywhere"),
		}
	}

	/// The same run on both engines.
	fn run(&self, program: &Program, limits: &TaskLimits) -> Execution {
		let task = Task { index: 0, input: b"input" };
		let compiled = self.engine.compile(program).expect("it compiles");
		let native = self.engine.run(&compiled, &task, limits).expect("a verdict");
		let interpreted = self.interpreter.compile(program).expect("it loads");
		let interpreted = self.interpreter.run(&interpreted, &task, limits).expect("a verdict");
		assert_eq!(native, interpreted);
		native
	}

	fn outcome(&self, text: &str, limits: &TaskLimits) -> (TaskStatus, u64) {
		let outcome = self.run(&prepare(text), limits).outcome;
		(outcome.status, outcome.fuel)
	}
}

fn prepare(text: &str) -> Program {
	Program::prepare(&binary(text)).unwrap_or_else(|error| panic!("{error}: {text}"))
}

fn binary(text: &str) -> Vec<u8> {
	wat::parse_str(text).unwrap_or_else(|error| panic!("{error}"))
}

/// A module with these fields, whose `_start` does `body`.
fn module(fields: &str, body: &str) -> String {
	format!(
		"(module
			(import \"wasi_snapshot_preview1\" \"fd_write\" (func $fd_write (param i32 i32 i32 i32) (result i32)))
			(import \"wasi_snapshot_preview1\" \"random_get\" (func $random_get (param i32 i32) (result i32)))
			(memory (export \"memory\") 1) {fields} (func (export \"_start\") {body}))"
	)
}

const LIMITS: TaskLimits = TaskLimits { fuel: 3_000_000, memory_pages: 64, output_bytes: 1_000 };

#[test]
fn what_never_ends_burns_exactly_its_fuel() {
	let machine = Machine::new();
	let endless = [
		("", "(loop (br 0))"),
		("", "(loop (loop (br 1)))"),
		("", "(local i32) (loop (br_if 0 (i32.const 1)))"),
		("", "(loop (br_table 0 0 0 (i32.const 9)))"),
		("(func $f (loop (br 0))) (start $f)", ""),
		("(func $f) (func $g)", "(loop (call $f) (call $g) (br 0))"),
		(
			"(type $t (func)) (table 1 funcref) (elem (i32.const 0) $f) (func $f)",
			"(loop (call_indirect (type $t) (i32.const 0)) (br 0))",
		),
		("", "(loop (memory.fill (i32.const 0) (i32.const 1) (i32.const 65536)) (br 0))"),
		("", "(loop (memory.copy (i32.const 0) (i32.const 1) (i32.const 65535)) (br 0))"),
		("", "(loop (drop (memory.grow (i32.const 0))) (br 0))"),
		("", "(loop (drop (memory.grow (i32.const -1))) (br 0))"),
		("", "(loop (drop (call $random_get (i32.const 0) (i32.const 65536))) (br 0))"),
		("", "(loop (drop (call $fd_write (i32.const 7) (i32.const -1) (i32.const -1) (i32.const -1))) (br 0))"),
	];
	for (fields, body) in endless {
		let text = module(fields, body);
		for fuel in [1, 1_000, 300_000] {
			let outcome = machine.outcome(&text, &TaskLimits { fuel, ..LIMITS });
			assert_eq!(outcome, (TaskStatus::OutOfFuel, fuel), "{text}");
		}
	}
}

/// `count` things of that kind.
fn many(what: &str, count: usize) -> String {
	what.repeat(count)
}

#[test]
fn what_recurses_for_ever_exhausts_its_stack_and_not_the_engines() {
	let machine = Machine::new();
	let vectors = |count| many(" v128", count);
	let last_first = |count: usize| (0..count).rev().map(|n| format!("(local.get {n})")).collect::<String>();
	let sums = |count: usize| {
		(0..count)
			.map(|n| format!("(i32x4.add (local.get 1) (v128.load offset={n} (local.get 0)))"))
			.collect::<String>()
	};
	let products = |count: usize| {
		(0..count).map(|n| format!("(f64.mul (local.get 0) (f64.const {n}.5))")).collect::<String>()
	};
	let recursions: [(String, String); 7] = [
		// As little as possible by the machine's own count.
		("(func $f (call $f))".into(), "(call $f)".into()),
		(
			"(type $t (func)) (table 2 funcref) (elem (i32.const 0) $f $g)
			(func $f (call_indirect (type $t) (i32.const 1))) (func $g (call $f))"
				.into(),
			"(call $f)".into(),
		),
		(
			"(func $f (param i64) (result i64)
				(i64.add (local.get 0) (call $f (i64.add (local.get 0) (i64.const 1)))))"
				.into(),
			"(drop (call $f (i64.const 1)))".into(),
		),
		// Vectors take twice the room of what they are counted for.
		(
			format!("(func $f (param{}) (call $f {}))", vectors(100), last_first(100)),
			format!("(call $f {})", many("(v128.const i64x2 1 2)", 100)),
		),
		(
			format!("(func $f (result{}) (call $f) (i32.store (i32.const 0) (i32.const 1)))", vectors(32)),
			format!("(call $f) {}", many("drop ", 32)),
		),
		// Values that live across the call.
		(
			format!(
				"(func $f (param i32) (local v128) (local.set 1 (v128.load (local.get 0)))
				{} (call $f (local.get 0)) {})",
				sums(60),
				many("drop ", 60)
			),
			"(call $f (i32.const 8))".into(),
		),
		(
			format!("(func $f (param f64) {} (call $f (local.get 0)) {})", products(300), many("drop ", 300)),
			"(call $f (f64.const 8))".into(),
		),
	];
	for (fields, body) in &recursions {
		let text = module(fields, body);
		let (status, fuel) = machine.outcome(&text, &TaskLimits { fuel: 100_000_000, ..LIMITS });
		assert_eq!(status, TaskStatus::StackExhausted, "{text}");
		// With less fuel, that comes first.
		let outcome = machine.outcome(&text, &TaskLimits { fuel: fuel - 1, ..LIMITS });
		assert_eq!(outcome, (TaskStatus::OutOfFuel, fuel - 1), "{text}");
	}
}

#[test]
fn memory_is_what_the_task_may_have_and_not_a_page_more() {
	let machine = Machine::new();
	let grow = module(
		"",
		"(local i32) (loop (br_if 0 (i32.ne (memory.grow (i32.const 1)) (i32.const -1))))
		(if (i32.ne (memory.size) (i32.const 64)) (then unreachable))",
	);
	assert_eq!(machine.outcome(&grow, &LIMITS).0, TaskStatus::Completed(0));
	assert_eq!(machine.outcome(&grow, &TaskLimits { memory_pages: 65, ..LIMITS }).0, TaskStatus::Trapped);
	for pages in ["65", "65536"] {
		let text =
			format!("(module (memory (export \"memory\") {pages}) (func (export \"_start\") unreachable))");
		assert_eq!(machine.outcome(&text, &LIMITS), (TaskStatus::MemoryExhausted, 0), "{pages}");
	}
	let greedy = "(module (memory (export \"memory\") 0 65536) (func (export \"_start\")
		(if (i32.ne (memory.grow (i32.const 65536)) (i32.const -1)) (then unreachable))
		(if (i32.ne (memory.grow (i32.const 65)) (i32.const -1)) (then unreachable))
		(if (memory.grow (i32.const 64)) (then unreachable))
		(i32.store (i32.const 4194300) (i32.const 1))
		(if (i32.ne (memory.grow (i32.const 1)) (i32.const -1)) (then unreachable))))";
	assert_eq!(machine.outcome(greedy, &LIMITS).0, TaskStatus::Completed(0));
	let modest = "(module (memory (export \"memory\") 1 2) (func (export \"_start\")
		(if (i32.ne (memory.grow (i32.const 2)) (i32.const -1)) (then unreachable))
		(if (i32.ne (memory.grow (i32.const 1)) (i32.const 1)) (then unreachable))
		(if (i32.ne (memory.grow (i32.const 1)) (i32.const -1)) (then unreachable))))";
	assert_eq!(machine.outcome(modest, &LIMITS).0, TaskStatus::Completed(0));
}

#[test]
fn floods_of_output_stop_at_the_limit() {
	let machine = Machine::new();
	let write = |address: u32, len: u32| {
		format!(
			"(i32.store (i32.const 0) (i32.const {address})) (i32.store (i32.const 4) (i32.const {len}))
			(drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))"
		)
	};
	let text = module("", &format!("(loop {} (br 0))", write(16, 1)));
	assert_eq!(machine.outcome(&text, &LIMITS).0, TaskStatus::OutputTooLarge);
	let exact = module("", &write(16, 1_000));
	assert_eq!(machine.outcome(&exact, &LIMITS).0, TaskStatus::Completed(0));
	let above = module("", &write(16, 1_001));
	assert_eq!(machine.outcome(&above, &LIMITS).0, TaskStatus::OutputTooLarge);
	// More than there is memory: an error number, and on it goes.
	let beyond = module("", &write(16, 65_536));
	assert_eq!(machine.outcome(&beyond, &LIMITS).0, TaskStatus::Completed(0));
	// As many buffers as there may be, all of them the whole memory.
	let buffers = limits::MAX_IO_VECTORS;
	let buffer = |address: u32| {
		let length = address + 4;
		format!("(i32.store (i32.const {address}) (i32.const 0)) (i32.store (i32.const {length}) (i32.const 65536))")
	};
	let fills: String = (0..buffers).map(|number| buffer(number * 8)).collect();
	let write =
		format!("(drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const {buffers}) (i32.const 8)))");
	let text = module("", &format!("{fills} {write}"));
	let limits = TaskLimits { fuel: 100_000_000, ..LIMITS };
	assert_eq!(machine.outcome(&text, &limits).0, TaskStatus::OutputTooLarge);
}

#[test]
fn what_is_as_large_as_it_may_be_still_works() {
	let machine = Machine::new();
	let locals = limits::MAX_LOCALS as usize;
	let targets = limits::MAX_BR_TABLE_TARGETS as usize;
	let nesting = limits::MAX_NESTING as usize;
	let vectors = |count| many(" v128", count);
	let (results, all) =
		(vectors(limits::MAX_RESULTS), vectors(limits::MAX_PARAMETERS - limits::MAX_RESULTS));
	let handed_on: String = (0..limits::MAX_RESULTS).map(|local| format!("(local.get {local})")).collect();
	let wide = format!(
		"(func $make (result{results}) {}) (func $pass (param{results}) (result{results}) {handed_on})",
		many("(v128.const i64x2 1 2)", limits::MAX_RESULTS)
	);
	let dropped = many("drop ", limits::MAX_RESULTS);
	// As many parameters and results as all functions may have, and each of them may be called through the table.
	let callable = 1_023;
	let numbers: String = (2..2 + callable).map(|number| format!("{number} ")).collect();
	let signatures = format!(
		"(type $wide (func (param{all}) (result{results}))) {} (table {callable} funcref) (elem (i32.const 0) {numbers})",
		many("(func (type $wide) unreachable)", callable)
	);
	let types: String = (0..511usize)
		.map(|number| {
			let words: String =
				(0..10).map(|bit| if number >> bit & 1 == 1 { "i32 " } else { "i64 " }).collect();
			format!("(type (func (param{} {words})))", vectors(118))
		})
		.collect();
	let large = [
		module(&wide, &format!("(call $make) {} {dropped}", many("(call $pass) ", 500))),
		module(
			&wide,
			&many(
				&format!(
					"(block (result{results}) (call $make) (br_table {} (i32.const 5))) {dropped}",
					many("0 ", targets + 1)
				),
				40,
			),
		),
		module(
			&format!("(type $same (func (param{results}) (result{results}))) {wide}"),
			&format!(
				"(call $make) {} {dropped}",
				many("(loop (type $same) (br_if 0 (i32.const 0))) (if (type $same) (i32.const 1) (then (call $pass)) (else))", 250)
			),
		),
		module(&signatures, ""),
		module(&types, ""),
		module(&many("(data (i32.const 0) \"x\")", limits::MAX_DATA_SEGMENTS as usize), ""),
		module("", &format!("(local{})", many(" i64", locals))),
		module("", &format!("(block (br_table {} (i32.const 5)))", many("0 ", targets + 1))),
		module("", &format!("{}{}", many("(block ", nesting - 1), many(")", nesting - 1))),
		// Each counts eight times its depth towards the flow.
		module("", &format!("{}{}", many("(loop ", 700), many(")", 700))),
		module(
			"",
			&format!(
				"(local i32) {}{}",
				many("(if (local.get 0) (then ", nesting - 1),
				many("))", nesting - 1)
			),
		),
		module(&many("(func)", limits::MAX_FUNCTIONS as usize - 1), ""),
		module(&many("(global i32 (i32.const 0))", 900), ""),
		module("", &many("nop ", limits::MAX_BODY_BYTES - 2)),
		module("", &many("(drop (i32.const 0))", 30_000)),
	];
	for text in large {
		let (status, _) = machine.outcome(&text, &LIMITS);
		assert_eq!(status, TaskStatus::Completed(0), "{}", &text[..200.min(text.len())]);
	}
}

#[test]
fn what_is_larger_is_refused() {
	let locals = limits::MAX_LOCALS as usize;
	let targets = limits::MAX_BR_TABLE_TARGETS as usize;
	let nesting = limits::MAX_NESTING as usize;
	let large = [
		module("", &format!("(local{})", many(" i64", locals + 1))),
		module("", &format!("(block (br_table {} (i32.const 5)))", many("0 ", targets + 2))),
		module("", &format!("{}{}", many("(block ", nesting), many(")", nesting))),
		module(&many("(func)", limits::MAX_FUNCTIONS as usize), ""),
		module("(table 4294967295 funcref)", ""),
		module(&many("(global i32 (i32.const 0))", 1_001), ""),
		module("", &many("nop ", limits::MAX_BODY_BYTES)),
		module(&format!("(type (func (param{})))", many(" i32", 1_000)), ""),
	];
	for text in large {
		let error = Program::prepare(&binary(&text)).expect_err("too large");
		assert!(matches!(error, PrepareError::Limit { .. }), "{error}");
	}
	let mut segments = "(data (i32.const 65535) \"ab\")";
	for _ in 0..2 {
		let error = Program::prepare(&binary(&module(segments, ""))).expect_err("out of bounds");
		assert!(matches!(error, PrepareError::SegmentOutOfBounds { .. }), "{error}");
		segments = "(table 1 funcref) (func $f) (elem (i32.const 1) $f)";
	}
}

/// An unsigned number in more bytes than it needs.
fn overlong(number: u8, bytes: usize) -> Vec<u8> {
	let mut encoded = vec![number | 0x80];
	encoded.extend(std::iter::repeat_n(0x80, bytes - 2));
	encoded.push(0);
	encoded
}

#[test]
fn numbers_longer_than_need_be_are_understood_and_those_longer_than_may_be_refused() {
	let machine = Machine::new();
	let text = module("", "(local i32) (local.set 0 (i32.const 5))");
	let plain = binary(&text);
	let expected = machine.run(&Program::prepare(&plain).expect("it is a program"), &LIMITS).outcome;
	// The count of sections' items, behind the identifier and the length of each section.
	let mut at = 8;
	let mut tried = 0;
	while at < plain.len() {
		let (len, behind) = (usize::from(plain[at + 1]), at + 2);
		assert!(len < 0x80, "sections are short here");
		for bytes in [2, 5, 6] {
			let mut changed = plain[..=at].to_vec();
			let count = overlong(plain[behind], bytes);
			changed.extend(overlong(u8::try_from(len + bytes - 1).expect("short"), 5));
			changed.extend(count);
			changed.extend(&plain[behind + 1..]);
			match Program::prepare(&changed) {
				Ok(program) => {
					assert!(bytes <= 5, "{bytes} bytes");
					assert_eq!(machine.run(&program, &LIMITS).outcome, expected);
					tried += 1;
				},
				Err(error) => assert!(bytes > 5, "{error}"),
			}
		}
		at = behind + len;
	}
	assert!(tried >= 10, "{tried} forms tried");
}

#[test]
fn truncated_modules_are_refused() {
	let whole = binary(&module(
		"(func $f (param i32) (result i32) (i32.add (local.get 0) (i32.const 1)))",
		"(drop (call $f (i32.const 1)))",
	));
	// The names behind the code may go without harm.
	let code = wasmparser::Parser::new(0).parse_all(&whole).find_map(|payload| match payload {
		Ok(wasmparser::Payload::CodeSectionStart { range, .. }) => Some(range),
		_ => None,
	});
	let whole = &whole[..code.expect("it has code").end];
	Program::prepare(whole).expect("the whole is a program");
	for len in 0..whole.len() {
		// Cut between two sections, it is a module still, but without its code.
		let error = Program::prepare(&whole[..len]).expect_err("something is missing");
		assert!(!error.to_string().is_empty());
	}
}

/// Smaller than the limits allow, so that it takes little time here; `fuzz bombs` measures the rest.
#[test]
fn compile_bombs_are_refused_or_end_the_same_way_on_both_engines() {
	let machine = Machine::new();
	let scale =
		bombs::Scale { body: 8 << 10, flow: 20_000, nesting: 120, targets: 100, ..bombs::own_limits() };
	let mut ran = 0;
	for (name, bytes) in bombs::all(&scale) {
		match Program::prepare(&bytes) {
			Ok(program) => {
				let execution = machine.run(&program, &TaskLimits { fuel: 200_000, ..LIMITS });
				println!("{name}: {:?}", execution.outcome.status);
				ran += 1;
			},
			Err(error) => assert!(matches!(error, PrepareError::Limit { .. }), "{name}: {error}"),
		}
	}
	assert!(ran >= 10, "only {ran} of them are programs");
}
