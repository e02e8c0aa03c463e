//! The oracle itself, on programs whose fuel a person can count; and the machine with it.

use crate::proof::judge::{Care, Judge};
use assay_primitives::{TaskLimits, TaskStatus};

const LIMITS: TaskLimits = TaskLimits { fuel: 1_000_000, memory_pages: 4, output_bytes: 1_000 };

/// Fields of a module, the body of its `_start`, how the task ends, and the fuel it burns.
type Sample = (&'static str, &'static str, TaskStatus, u64);

const DONE: TaskStatus = TaskStatus::Completed(0);

const SAMPLES: &[Sample] = &[
	("", "", DONE, 0),
	("", "nop (block) (loop) (drop (i32.const 1)) return", DONE, 1),
	// Heavy, medium and light instructions.
	("", "(drop (i32.div_u (i32.const 6) (i32.const 3)))", DONE, 10),
	("", "(drop (f64.sqrt (f64.div (f64.const 1) (f64.const 3))))", DONE, 18),
	("", "(drop (f32x4.div (v128.const i32x4 0 0 0 0) (v128.const i32x4 0 0 0 0)))", DONE, 12),
	("", "(i64.store (i32.const 0) (i64.load (i32.const 8)))", DONE, 6),
	("", "(v128.store (i32.const 0) (i8x16.splat (i32.const 8)))", DONE, 6),
	("", "(block (block (br_table 0 1 (i32.const 1)) (drop (i32.const 1))) (drop (i32.const 1)))", DONE, 5),
	// Calls, of functions and through the table.
	("(func $f (result i32) (i32.const 1))", "(drop (call $f))", DONE, 9),
	("(type $t (func)) (table 1 funcref) (elem (i32.const 0) $f) (func $f)",
		"(call_indirect (type $t) (i32.const 0))", DONE, 13),
	// An `if`: the condition and the `if`, then one arm.
	("", "(if (i32.const 1) (then (drop (i32.const 1))) (else (drop (i64.load (i32.const 1)))))", DONE, 3),
	("", "(if (i32.const 0) (then (drop (i32.const 1))) (else (drop (i64.load (i32.const 1)))))", DONE, 5),
	// What follows a `br_if` is paid for even if it is not reached, as long as it is cheap …
	("", "(block (br_if 0 (i32.const 1)) (drop (i32.const 1)))", DONE, 3),
	("", "(block (br_if 0 (i32.const 0)) (drop (i32.const 1)))", DONE, 3),
	// … up to 64, which these two are …
	("", "(block (br_if 0 (i32.const 1))
		(drop (f64.sqrt (f64.sqrt (f64.sqrt (f64.sqrt (f64.sqrt (f64.sqrt (f64.sqrt (f64.const 1)))))))))
		(drop (i32.clz (i32.clz (i32.clz (i32.clz (i32.const 1)))))))", DONE, 64),
	// … and this is not.
	("", "(block (br_if 0 (i32.const 1))
		(drop (f64.sqrt (f64.sqrt (f64.sqrt (f64.sqrt (f64.sqrt (f64.sqrt (f64.sqrt (f64.const 1)))))))))
		(drop (i32.clz (i32.clz (i32.clz (i32.clz (i32.clz (i32.const 1))))))))", DONE, 2),
	// A loop: twice seven.
	("", "(local i32) (loop (br_if 0 (i32.lt_u (local.tee 0 (i32.add (local.get 0) (i32.const 1))) (i32.const 2))))",
		DONE, 14),
	// Code that cannot be reached is free, a loop that only such code names is none.
	("", "(block (loop (br 1) (br 0)) (drop (i32.const 1)))", DONE, 1),
	// Memory: by the page and by eight bytes.
	("", "(drop (memory.grow (i32.const 2)))", DONE, 2 + 2 * 4_096),
	("", "(drop (memory.grow (i32.const 4)))", DONE, 2),
	("", "(memory.fill (i32.const 0) (i32.const 1) (i32.const 23))", DONE, 3 + 16 + 2),
	("", "(memory.copy (i32.const 0) (i32.const 1) (i32.const 24))", DONE, 3 + 16 + 3),
	// A trap costs what the last check has seen; small functions have none.
	("", "(drop (i32.load (i32.const -1))) (drop (i32.const 1))", TaskStatus::Trapped, 0),
	("(func $f)", "(call $f) (drop (i32.load (i32.const -1)))", TaskStatus::Trapped, 11),
	("", "(memory.fill (i32.const -1) (i32.const 1) (i32.const 16)) (drop (i32.const 1))", TaskStatus::Trapped, 22),
	// Frames of 64 units: 16 384 fit, and the one that does not has paid for its entry.
	("(func $f (call $f))", "(call $f)", TaskStatus::StackExhausted, 8 * 16_385),
	// 64 + 8 × (1 parameter + 1 local + 2 operands) = 96: `_start`, with 72, leaves room for 10 921 of them.
	("(func $f (param i32) (local i32) (call $f (i32.add (i32.const 1) (local.get 1))))", "(call $f (i32.const 0))",
		TaskStatus::StackExhausted, 9 + 11 * 10_922),
	// The exit: 8 for the call, 256 for the host's part; what follows in the segment has been paid for as well.
	("", "(call $proc_exit (i32.const 9)) (drop (i32.const 1))", TaskStatus::Completed(9), 266),
];

#[test]
fn fuel_is_what_a_person_counts() {
	let judge = Judge::new();
	for (fields, body, status, fuel) in SAMPLES {
		let text = format!(
			"(module (import \"wasi_snapshot_preview1\" \"proc_exit\" (func $proc_exit (param i32)))
				(memory (export \"memory\") 1) {fields} (func (export \"_start\") {body}))"
		);
		let bytes = wat::parse_str(&text).unwrap_or_else(|error| panic!("{error}"));
		let case = judge.load(&bytes, Care::Great).unwrap_or_else(|error| panic!("{error:?}: {text}"));
		let run = judge.run(&case, &[], &LIMITS).unwrap_or_else(|error| panic!("{error}: {text}"));
		assert_eq!((run.status, run.fuel), (*status, *fuel), "{text}");
	}
}

/// A function that costs 256 is not checked, so a trap in it costs nothing; one that costs a unit more is.
#[test]
fn functions_are_small_up_to_their_limit() {
	let judge = Judge::new();
	for (units, burned) in [(255, 0), (256, 0), (257, 257), (258, 258)] {
		let cheap = "(drop (i32.const 1))".repeat(units - 3);
		let body = format!("{cheap} (drop (i32.load (i32.const -1)))");
		let text = format!("(module (memory (export \"memory\") 1) (func (export \"_start\") {body}))");
		let bytes = wat::parse_str(&text).unwrap_or_else(|error| panic!("{error}"));
		let case = judge.load(&bytes, Care::Great).unwrap_or_else(|error| panic!("{error:?}: {units}"));
		let run = judge.run(&case, &[], &LIMITS).unwrap_or_else(|error| panic!("{units}: {error}"));
		assert_eq!((run.status, run.fuel), (TaskStatus::Trapped, burned), "{units}");
	}
}

/// Frames that take the stack to its last unit, where the fuel ends as well.
#[test]
fn the_last_unit_of_stack_and_of_fuel_is_there_to_be_used() {
	let judge = Judge::new();
	let text = |depth: u32| {
		format!(
			"(module (memory (export \"memory\") 1)
				(func $f (param i32)
					(if (local.get 0) (then (call $f (i32.sub (local.get 0) (i32.const 1))))))
				(func (export \"_start\") (local i64 i64 i64 i64 i64 i64 i64 i64 i64)
					(call $f (i32.const {depth}))))"
		)
	};
	let run = |depth, fuel| {
		let bytes = wat::parse_str(text(depth)).unwrap_or_else(|error| panic!("{error}"));
		let case = judge.load(&bytes, Care::Great).unwrap_or_else(|error| panic!("{error:?}"));
		let run = judge.run(&case, &[], &TaskLimits { fuel, ..LIMITS });
		let run = run.unwrap_or_else(|error| panic!("{depth} with {fuel}: {error}"));
		(run.status, run.fuel)
	};
	// 64 + 8 × (9 locals + 1 operand), and 64 + 8 × (1 parameter + 2 operands) for each call: 2^20 with 11 914 calls.
	let (depth, need) = (11_913, 9 + 13 * 11_913 + 2);
	assert_eq!(run(depth, LIMITS.fuel), (DONE, need));
	assert_eq!(run(depth, need), (DONE, need));
	assert_eq!(run(depth, need - 1), (TaskStatus::OutOfFuel, need - 1));
	assert_eq!(run(depth + 1, LIMITS.fuel).0, TaskStatus::StackExhausted);
}

/// Whether a NaN that arithmetic made is the canonical one wherever its bits can be seen.
#[test]
fn nans_are_canonical_and_other_bits_are_left_alone() {
	let judge = Judge::new();
	let canonical = ["00 00 c0 7f", "00 00 00 00 00 00 f8 7f"];
	let samples = [
		("(f32.store (i32.const 0) (f32.div (f32.const 0) (f32.const 0)))", canonical[0]),
		("(f32.store (i32.const 0) (f32.sqrt (f32.const -1)))", canonical[0]),
		("(f32.store (i32.const 0) (f32.add (f32.const nan:0x1) (f32.const 1)))", canonical[0]),
		("(f64.store (i32.const 0) (f64.promote_f32 (f32.const -nan:0x1)))", canonical[1]),
		("(f32.store (i32.const 0) (f32.demote_f64 (f64.const -nan:0x1)))", canonical[0]),
		("(f64.store (i32.const 0) (f64.nearest (f64.const -nan:0x1)))", canonical[1]),
		("(f64.store (i32.const 0) (f64.min (f64.const -nan:0x1) (f64.const 0)))", canonical[1]),
		// Bits that are moved only.
		("(f32.store (i32.const 0) (f32.const -nan:0x12345))", "45 23 81 ff"),
		("(f32.store (i32.const 0) (f32.neg (f32.sqrt (f32.const -1))))", "00 00 c0 ff"),
		("(f32.store (i32.const 0) (f32.abs (f32.const -nan:0x12345)))", "45 23 81 7f"),
		("(f32.store (i32.const 0) (f32.copysign (f32.const nan:0x12345) (f32.const -1)))", "45 23 81 ff"),
		("(f32.store (i32.const 0) (f32.copysign (f32.const 1) (f32.sqrt (f32.const -1))))", "00 00 80 3f"),
		// A parameter, which may get a result of arithmetic, and a local, which may get loaded bits.
		("(call $parameter (f32.const -nan:0x212345) (i32.const 0))", "45 23 a1 ff"),
		("(call $parameter (f32.const -nan:0x212345) (i32.const 1))", canonical[0]),
		("(call $local (i32.const 0))", "45 23 a1 ff"),
		("(call $local (i32.const 1))", canonical[0]),
	];
	let functions = "
		(func $parameter (param f32 i32)
			(if (local.get 1) (then (local.set 0 (f32.add (local.get 0) (f32.const 1)))))
			(f32.store (i32.const 0) (local.get 0)))
		(func $local (param i32) (local f32)
			(i32.store (i32.const 8) (i32.const 0xffa12345))
			(if (local.get 0)
				(then (local.set 1 (f32.sqrt (f32.const -1))))
				(else (local.set 1 (f32.load (i32.const 8)))))
			(f32.store (i32.const 0) (local.get 1)))";
	for (body, expected) in samples {
		let text =
			format!("(module (memory (export \"memory\") 1) {functions} (func (export \"_start\") {body}))");
		let bytes = wat::parse_str(&text).unwrap_or_else(|error| panic!("{error}"));
		let case = judge.load(&bytes, Care::Great).unwrap_or_else(|error| panic!("{error:?}: {text}"));
		let run = judge.run(&case, &[], &LIMITS).unwrap_or_else(|error| panic!("{error}: {text}"));
		let memory = run.memory.expect("it completes");
		let found: Vec<_> =
			memory.iter().take(expected.len().div_ceil(3)).map(|byte| format!("{byte:02x}")).collect();
		assert_eq!(found.join(" "), expected, "{text}");
	}
}
