//! Programs that an engine once got wrong, and a few more, on both engines.

mod common;

use assay_primitives::{TaskLimits, TaskStatus};
use assay_vm::{engine::interpreter::Interpreter, Engine, Execution, Program, Task};
use common::{binary, limits, main, ECHO, FLOOD, MIXED, RANDOM};

/// What both engines make of the program, which must be the same.
fn run(text: &str, limits: &TaskLimits) -> Execution {
	let program = Program::prepare(&binary(text)).expect("the profile admits the test's program");
	let task = Task { index: 5, input: b"some input" };
	let engine = Engine::new().expect("the engine works here");
	let compiled = engine.compile(&program).expect("it compiles");
	let first = engine.run(&compiled, &task, limits).expect("there is a verdict");
	let interpreter = Interpreter::new().expect("the interpreter works here");
	let compiled = interpreter.compile(&program).expect("it is translated");
	let second = interpreter.run(&compiled, &task, limits).expect("there is a verdict");
	assert_eq!(first, second, "{text}");
	first
}

#[test]
fn selections_by_a_comparison_with_zero() {
	let execution = run(include_str!("corpus/select-eqz.wat"), &limits());
	assert_eq!(execution.output, [1, 7, 2, 7]);
}

#[test]
fn branch_tables_take_their_operands_along() {
	let execution = run(include_str!("corpus/br-table-operands.wat"), &limits());
	let long = 0x1122_3344_5566_7788u64.to_le_bytes();
	assert_eq!(execution.output.len(), 32);
	assert_eq!(execution.output[..12], [&long[..], &7u32.to_le_bytes()[..]].concat());
	assert_eq!(execution.output[16..28], [&long[..], &7u32.to_le_bytes()[..]].concat());
}

#[test]
fn both_engines_end_tasks_alike() {
	let programs = [
		(ECHO.to_owned(), limits(), TaskStatus::Completed(0)),
		(RANDOM.to_owned(), limits(), TaskStatus::Completed(0)),
		(FLOOD.to_owned(), TaskLimits { output_bytes: 250, ..limits() }, TaskStatus::OutputTooLarge),
		(main("(loop (br 0))"), limits(), TaskStatus::OutOfFuel),
		(main("(call $proc_exit (i32.const 7))"), limits(), TaskStatus::Completed(7)),
		(main("(drop (i32.load (i32.const -4)))"), limits(), TaskStatus::Trapped),
		(main("(drop (i32.div_s (i32.const 1) (i32.const 0)))"), limits(), TaskStatus::Trapped),
	];
	for (text, limits, status) in programs {
		assert_eq!(run(&text, &limits).outcome.status, status, "{text}");
	}
	run(MIXED, &limits());
	let deep = r#"(module (memory (export "memory") 1) (func $down (call $down)) (func (export "_start") (call $down)))"#;
	assert_eq!(run(deep, &limits()).outcome.status, TaskStatus::StackExhausted);
	let large = r#"(module (memory (export "memory") 17) (func (export "_start")))"#;
	assert_eq!(run(large, &limits()).outcome.status, TaskStatus::MemoryExhausted);
}

/// NaNs of every kind of arithmetic, through locals, selections, calls and lanes: the interpreter's own are not canonical.
#[test]
fn both_engines_see_the_same_bits_of_what_is_no_number() {
	let body = |kind: &str, load: &str| {
		format!(
			r#"(module
			(import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
			(memory (export "memory") 1)
			(func $pass (param {kind}) (result {kind}) ({kind}.mul (local.get 0) ({kind}.const 1)))
			(func (export "_start") (local $x {kind}) (local $y {kind})
				(i64.store (i32.const 512) (i64.const 0xfff4000000000123)) (i32.store (i32.const 520) (i32.const 0xffa00123))
				(local.set $x ({kind}.div ({kind}.const 0) ({kind}.const 0)))
				({kind}.store (i32.const 16) (local.get $x))
				({kind}.store (i32.const 24) ({kind}.neg (local.get $x)))
				({kind}.store (i32.const 32) (call $pass ({load} (i32.const 520))))
				({kind}.store (i32.const 40) ({kind}.add (local.get $x) ({load} (i32.const 512))))
				({kind}.store (i32.const 48) ({kind}.min ({load} (i32.const 512)) (local.get $x)))
				({kind}.store (i32.const 56) (select ({kind}.sqrt ({kind}.const -1)) (local.get $x) (i32.const 1)))
				({kind}.store (i32.const 64) ({kind}.copysign ({kind}.sub (local.get $x) (local.get $x)) ({kind}.const -1)))
				(local.set $y ({load} (i32.const 512)))
				({kind}.store (i32.const 72) (local.get $y))
				({kind}.store (i32.const 80) ({kind}.ceil (local.get $y)))
				(i32.store (i32.const 0) (i32.const 16)) (i32.store (i32.const 4) (i32.const 72))
				(drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))))"#
		)
	};
	let doubles = run(&body("f64", "f64.load"), &limits());
	let canonical = 0x7ff8_0000_0000_0000u64;
	let negative = canonical | 1 << 63;
	let words: Vec<u64> = doubles
		.output
		.chunks_exact(8)
		.map(|bytes| u64::from_le_bytes(bytes.try_into().expect("eight bytes")))
		.collect();
	let kept = 0xfff4_0000_0000_0123;
	assert_eq!(
		[words[0], words[1], words[3], words[4], words[5], words[6], words[7], words[8]],
		[canonical, negative, canonical, canonical, canonical, negative, kept, canonical]
	);
	run(&body("f32", "f32.load"), &limits());
}
