//! The largest frames that a compiler can be led to make: calls must use up the stack's units before they use up the
//! native stack, or a task has an outcome on one machine and none on another.

use super::{
	interpreter::Interpreter,
	stack::{touched_below, with_task_stack, TASK_STACK_BYTES},
	Engine, Task,
};
use crate::{limits::STACK_UNITS, Program};
use assay_primitives::{TaskLimits, TaskStatus};
use std::fmt::Write as _;

/// Native frames may take half of what there is, at most: other processors and other compilers have other frames.
const MOST_BYTES: usize = TASK_STACK_BYTES / 2;

/// A program whose function `$f` calls itself without end. It is to keep as much as it can.
fn program(locals: &str, body: &str) -> String {
	let vectors = |count| "v128 ".repeat(count);
	format!(
		"(module (memory (export \"memory\") 1)
		(global $vector (mut v128) (v128.const i64x2 1 2))
		(func $make (result {}) (local v128) {})
		(func $take (param {}))
		(func $pass (param {}) (result {}) {})
		(func $f (param $x i32) {locals} {body})
		(func (export \"_start\") (call $f (i32.const 1))))",
		vectors(32),
		"(global.get $vector) ".repeat(32),
		vectors(128),
		vectors(32),
		vectors(32),
		(0..32).map(|local| format!("(local.get {local}) ")).collect::<String>(),
	)
}

/// Gives locals values that are not known before they are loaded.
fn loaded(first: usize, locals: usize) -> String {
	let set = |local| format!("(local.set {local} (v128.load offset={local} (local.get $x))) ");
	(first..first + locals).map(set).collect()
}

const RECUR: &str = "(call $f (local.get $x)) ";

/// Values that are computed before the call and again after it: the compiler keeps them instead.
fn computed_again(size: usize) -> String {
	let before = "i64.popcnt ".repeat(size);
	let after = "(local.get $y) i64.popcnt local.tee $y i64.xor ".repeat(size);
	let body = format!(
		"(i32.const 0) (i64.extend_i32_u (local.get $x)) {before} i64.store {RECUR}
		(local.set $y (i64.extend_i32_u (local.get $x))) (local.get $y) {after} (local.set $y)
		(i64.store (i32.const 0) (local.get $y))"
	);
	program("(local $y i64)", &body)
}

/// The same with vectors.
fn vectors_computed_again(size: usize) -> String {
	let before = "i8x16.popcnt ".repeat(size);
	let after = "(local.get $y) i8x16.popcnt local.tee $y v128.xor ".repeat(size);
	let body = format!(
		"(i32.const 0) (i32x4.splat (local.get $x)) {before} v128.store {RECUR}
		(local.set $y (i32x4.splat (local.get $x))) (local.get $y) {after} (local.set $y)
		(v128.store (i32.const 0) (local.get $y))"
	);
	program("(local $y v128)", &body)
}

/// Values that do not change in a loop, which the compiler computes before it: many of few, all arguments of calls.
fn computed_before_loop(size: usize) -> String {
	const KINDS: [&str; 8] = [
		"i8x16.popcnt",
		"i8x16.abs",
		"i16x8.abs",
		"i32x4.abs",
		"i8x16.neg",
		"i16x8.neg",
		"i32x4.neg",
		"v128.not",
	];
	let mut body = loaded(1, 60) + "(loop (call $f (local.get $x)) ";
	for number in 0..size {
		for argument in 0..128 {
			let value = number * 128 + argument;
			let (local, kind, second) = (1 + value % 60, KINDS[value / 60 % 8], KINDS[value / 480 % 8]);
			let third = KINDS[value / 3_840 % 8];
			let _ = write!(body, "(local.get {local}) {kind} {second} {third} ");
		}
		body.push_str("(call $take) ");
	}
	body.push_str("(br_if 0 (local.get $x)))");
	program(&format!("(local {})", "v128 ".repeat(60)), &body)
}

/// Results of calls. A few that live long keep the compiler from using the places of the others again.
fn results(size: usize) -> String {
	let group = "(call $make) (call $make) (call $make) (call $make) (call $take) ";
	let (groups, kept) = (group.repeat(size), "v128.xor ".repeat(31));
	let tail = "(local.set $y) (v128.store (i32.const 0) (local.get $y))";
	program("(local $y v128)", &format!("(call $make) {RECUR} {groups} {kept} {tail}"))
}

/// Operands that loops hand round.
fn carried_by_loops(size: usize) -> String {
	let vectors = "v128 ".repeat(32);
	let mut body = format!("(call $make) (call $make) {RECUR} ");
	for _ in 0..size {
		let _ = write!(
			body,
			"(loop (param {vectors}) (result {vectors}) v128.not (call $pass) (br_if 0 (local.get $x))) "
		);
	}
	body.push_str(&"v128.xor ".repeat(63));
	body.push_str("(local.set $y) (v128.store (i32.const 0) (local.get $y))");
	program("(local $y v128)", &body)
}

/// Locals that change in the innermost of many loops: each loop has a value of its own for each.
fn nested_loops<const LOCALS: usize>(depth: usize) -> String {
	let mut body = loaded(2, LOCALS) + RECUR;
	body.push_str(&"(loop ".repeat(depth));
	for local in 0..LOCALS {
		let _ = write!(body, "(local.get {}) ", 2 + (local + 1) % LOCALS);
	}
	for local in (0..LOCALS).rev() {
		let _ = write!(body, "(local.set {}) ", 2 + local);
	}
	body.push_str(&"(br_if 0 (local.get $x))) ".repeat(depth));
	for local in 0..LOCALS {
		let _ = write!(body, "(v128.store (i32.const 0) (local.get {})) ", 2 + local);
	}
	program(&format!("(local i32) (local {})", "v128 ".repeat(LOCALS)), &body)
}

/// Locals that change between the targets of tables: each target has a value of its own for each.
fn tables<const LOCALS: usize>(size: usize) -> String {
	const TARGETS: usize = 256;
	let mut body = loaded(2, LOCALS) + RECUR;
	for table in 0..size {
		body.push_str(&"(block ".repeat(TARGETS));
		body.push_str("(br_table ");
		for target in 0..TARGETS {
			let _ = write!(body, "{target} ");
		}
		body.push_str("(local.get $x)) ");
		for target in 0..TARGETS {
			let (from, to) = (2 + (target + table + 1) % LOCALS, 2 + (target + table) % LOCALS);
			let _ = write!(
				body,
				") (call $touch) (local.get {from}) (local.get {to}) (local.set {from}) (local.set {to}) "
			);
		}
	}
	for local in 0..LOCALS {
		let _ = write!(body, "(v128.store (i32.const 0) (local.get {})) ", 2 + local);
	}
	program(&format!("(local i32) (local {})", "v128 ".repeat(LOCALS)), &body)
		.replace("(func $f ", "(func $touch (if (i32.load (i32.const 0)) (then (call $touch)))) (func $f ")
}

/// Constants, for which the interpreter keeps a place each.
fn constants(size: usize) -> String {
	let mut body = String::from(RECUR);
	for number in 0..size {
		let _ = write!(
			body,
			"(i32.store (i32.const {}) (i32.const {})) ",
			70_000 + 2 * number,
			70_001 + 2 * number
		);
	}
	program("", &body)
}

/// Vectors in locals, kept over the call.
fn locals(size: usize) -> String {
	let mut body = loaded(1, size);
	body.push_str(RECUR);
	for local in 0..size {
		let _ = write!(body, "(v128.store (i32.const 0) (local.get {})) ", 1 + local);
	}
	program(&format!("(local {})", "v128 ".repeat(size)), &body)
}

/// Vectors among the operands, kept over the call.
fn operands(size: usize) -> String {
	let mut body: String =
		(0..size).map(|operand| format!("(v128.load offset={operand} (local.get $x)) ")).collect();
	body.push_str(RECUR);
	body.push_str(&"v128.xor ".repeat(size - 1));
	body.push_str("(local.set $y) (v128.store (i32.const 0) (local.get $y))");
	program("(local $y v128)", &body)
}

/// Both engines run it until the stack's units are used up. Tells how many bytes of native stack that took.
fn exhausts(name: &str, text: &str) -> usize {
	let program = Program::prepare(&wat::parse_str(text).expect("it assembles"));
	let program = program.unwrap_or_else(|error| panic!("{name}: {error}"));
	let limits = TaskLimits { fuel: 1 << 40, memory_pages: 16, output_bytes: 0 };
	let engine = Engine::new().expect("the engine works here");
	let compiled = engine.compile(&program).unwrap_or_else(|error| panic!("{name}: {error}"));
	let (result, bytes) = with_task_stack(|| {
		let result = compiled.run_here(0, [].into(), &limits);
		(result, touched_below())
	})
	.expect("a thread starts");
	let execution = result.unwrap_or_else(|error| panic!("{name}: {error}"));
	let units = usize::try_from(STACK_UNITS).expect("it is positive");
	println!(
		"{name}: {} KiB rewritten, {} MiB of stack, {:.1} bytes a unit",
		program.module().len() >> 10,
		bytes >> 20,
		bytes as f64 / units as f64
	);
	assert_eq!(execution.outcome.status, TaskStatus::StackExhausted, "{name}");
	let interpreter = Interpreter::new().expect("so does this one");
	let interpreted = interpreter.compile(&program).unwrap_or_else(|error| panic!("{name}: {error}"));
	let again = interpreter.run(&interpreted, &Task { index: 0, input: b"" }, &limits);
	assert_eq!(again.as_ref(), Ok(&execution), "{name}");
	bytes
}

type Make = fn(usize) -> String;

#[test]
fn native_frames_are_no_larger_than_what_is_charged_for_them() {
	// Large enough that what a frame has besides does not count.
	let kinds: [(&str, Make, usize); 13] = [
		("the least", |_| program("", RECUR), 0),
		("locals", locals, 1_900),
		("operands", operands, 4_000),
		("computed again", computed_again, 2_000),
		("vectors computed again", vectors_computed_again, 2_000),
		("computed before a loop", computed_before_loop, 30),
		("results", results, 200),
		("carried by loops", carried_by_loops, 200),
		("nested loops, 10 locals", nested_loops::<10>, 140),
		("nested loops, 100 locals", nested_loops::<100>, 60),
		("tables, 10 locals", tables::<10>, 4),
		("tables, 100 locals", tables::<100>, 4),
		("constants", constants, 10_000),
	];
	for (name, make, size) in kinds {
		let bytes = exhausts(name, &make(size));
		assert!(bytes <= MOST_BYTES, "{name}: {bytes} bytes");
	}
}
