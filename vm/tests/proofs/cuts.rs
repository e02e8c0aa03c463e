//! A task with less fuel than it needs is out of fuel, whatever the limit; with as much or more, it ends the same.

use crate::proof::judge::{Care, Judge};
use assay_primitives::{TaskLimits, TaskStatus};
use assay_vm::{
	engine::interpreter::{InterpretedProgram, Interpreter},
	CompiledProgram, Engine, Execution, Program, Task,
};

/// A limit no program here comes near.
const PLENTY: u64 = 1 << 40;
/// What one of the programs may burn, so that every limit can be tried.
const MOST: u64 = 40_000;
/// Limits tried of those programs that burn more.
const SAMPLES: u64 = 3_000;

const IMPORTS: &str = r#"
	(import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
	(import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
	(import "wasi_snapshot_preview1" "random_get" (func $random_get (param i32 i32) (result i32)))
	(import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))"#;

/// Fields of a module, the body of its `_start`, and what becomes of it.
struct Sample {
	name: &'static str,
	fields: &'static str,
	body: &'static str,
	status: TaskStatus,
}

const WRITE: &str = "(func $write (param i32)
	(i32.store (i32.const 0) (i32.const 64)) (i32.store (i32.const 4) (local.get 0))
	(drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8))))";

const SAMPLES_OF_ALL_KINDS: &[Sample] = &[
	Sample { name: "nothing", fields: "", body: "", status: TaskStatus::Completed(0) },
	Sample {
		name: "a straight line",
		fields: "",
		body: "(drop (i32.add (i32.const 1) (i32.const 2)))",
		status: TaskStatus::Completed(0),
	},
	Sample {
		name: "a loop",
		fields: "",
		body: "(local i32) (loop (br_if 0 (i32.lt_u
			(local.tee 0 (i32.add (local.get 0) (i32.const 1))) (i32.const 100))))",
		status: TaskStatus::Completed(0),
	},
	Sample {
		name: "loops within loops, left early",
		fields: "",
		body: "(local i32 i32) (block $out (loop $outer
			(local.set 1 (i32.const 0))
			(loop $inner
				(local.set 1 (i32.add (local.get 1) (i32.const 1)))
				(br_if $out (i32.eq (i32.mul (local.get 0) (local.get 1)) (i32.const 42)))
				(br_if $inner (i32.lt_u (local.get 1) (i32.const 9))))
			(local.set 0 (i32.add (local.get 0) (i32.const 1)))
			(br $outer)))",
		status: TaskStatus::Completed(0),
	},
	Sample {
		name: "calls of functions large and small",
		fields: "(func $small (param i32) (result i32) (i32.add (local.get 0) (i32.const 1)))
			(func $large (param i32) (result i32) (call $small (call $small (local.get 0))))",
		body: "(local i32) (loop (local.set 0 (call $large (local.get 0)))
			(br_if 0 (i32.lt_u (call $small (local.get 0)) (i32.const 100))))",
		status: TaskStatus::Completed(0),
	},
	Sample {
		name: "a small function that is the whole program",
		fields: "",
		body: "(if (i32.const 1) (then (drop (f64.div (f64.const 1) (f64.const 3)))) (else unreachable))",
		status: TaskStatus::Completed(0),
	},
	Sample {
		name: "recursion",
		fields: "(func $f (param i32) (result i32) (if (result i32) (i32.lt_u (local.get 0) (i32.const 2))
			(then (local.get 0))
			(else (i32.add (call $f (i32.sub (local.get 0) (i32.const 1)))
				(call $f (i32.sub (local.get 0) (i32.const 2)))))))",
		body: "(drop (call $f (i32.const 10)))",
		status: TaskStatus::Completed(0),
	},
	Sample {
		name: "calls through the table",
		fields: "(type $t (func (param i32) (result i32))) (table 3 funcref) (elem (i32.const 0) $a $b)
			(func $a (param i32) (result i32) (i32.add (local.get 0) (i32.const 1)))
			(func $b (param i32) (result i32) (call_indirect (type $t) (local.get 0) (i32.const 0)))",
		body: "(local i32) (loop (local.set 0 (call_indirect (type $t) (local.get 0)
				(i32.and (local.get 0) (i32.const 1))))
			(br_if 0 (i32.lt_u (local.get 0) (i32.const 50))))",
		status: TaskStatus::Completed(0),
	},
	Sample {
		name: "an empty entry of the table",
		fields: "(type $t (func)) (table 3 funcref) (func $f (loop)) (elem (i32.const 0) $f)",
		body: "(call_indirect (type $t) (i32.const 0)) (call_indirect (type $t) (i32.const 2))",
		status: TaskStatus::Trapped,
	},
	Sample {
		name: "output",
		fields: WRITE,
		body: "(local i32) (loop (call $write (local.get 0))
			(br_if 0 (i32.lt_u (local.tee 0 (i32.add (local.get 0) (i32.const 37))) (i32.const 200))))",
		status: TaskStatus::Completed(0),
	},
	Sample {
		name: "too much output",
		fields: WRITE,
		body: "(loop (call $write (i32.const 300)) (br 0))",
		status: TaskStatus::OutputTooLarge,
	},
	Sample {
		name: "an exit",
		fields: WRITE,
		body:
			"(call $write (i32.const 5)) (call $proc_exit (i32.const 7)) (drop (i32.const 1)) (loop (br 0))",
		status: TaskStatus::Completed(7),
	},
	Sample {
		name: "an exit from deep within",
		fields: "(func $f (param i32) (if (i32.eqz (local.get 0)) (then (call $proc_exit (i32.const 3))))
			(call $f (i32.sub (local.get 0) (i32.const 1))) (call $f (i32.const 0)))",
		body: "(call $f (i32.const 20))",
		status: TaskStatus::Completed(3),
	},
	Sample {
		name: "input and random numbers",
		fields: "",
		body: "(i32.store (i32.const 0) (i32.const 64)) (i32.store (i32.const 4) (i32.const 100))
			(drop (call $fd_read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))
			(drop (call $random_get (i32.const 64) (i32.const 500)))
			(drop (call $random_get (i32.const 65536) (i32.const 500)))",
		status: TaskStatus::Completed(0),
	},
	Sample {
		name: "growing memory, until it is refused",
		fields: "",
		body: "(loop (br_if 0 (i32.ne (memory.grow (i32.const 1)) (i32.const -1))))
			(drop (memory.grow (i32.const 0))) (drop (memory.grow (i32.const -1)))",
		status: TaskStatus::Completed(0),
	},
	Sample {
		name: "filling and copying",
		fields: "",
		body: "(memory.fill (i32.const 0) (i32.const 5) (i32.const 1000))
			(memory.copy (i32.const 3000) (i32.const 0) (i32.const 1001))
			(memory.copy (i32.const 3000) (i32.const 0) (i32.const 0))",
		status: TaskStatus::Completed(0),
	},
	Sample {
		name: "filling beyond the end",
		fields: "",
		body: "(memory.fill (i32.const 0) (i32.const 5) (i32.const 1000))
			(memory.fill (i32.const 65000) (i32.const 5) (i32.const 1000))",
		status: TaskStatus::Trapped,
	},
	Sample {
		name: "a trap after work that no check has seen",
		fields: "",
		body: "(local i32) (loop (br_if 0 (i32.lt_u
			(local.tee 0 (i32.add (local.get 0) (i32.const 1))) (i32.const 20))))
			(i32.store (i32.const 8) (i32.load (i32.const -1)))",
		status: TaskStatus::Trapped,
	},
	Sample {
		name: "a trap in a small function",
		fields: "(func $f (param i32) (result i32) (i32.div_u (i32.const 1) (local.get 0)))",
		body: "(local i32) (local.set 0 (i32.const 9))
			(loop (drop (call $f (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))) (br 0))",
		status: TaskStatus::Trapped,
	},
	Sample {
		name: "a start function",
		fields: "(start $begin) (func $begin (local i32) (loop (br_if 0 (i32.lt_u
			(local.tee 0 (i32.add (local.get 0) (i32.const 1))) (i32.const 20)))))",
		body: "(drop (memory.grow (i32.const 1)))",
		status: TaskStatus::Completed(0),
	},
	Sample {
		name: "a start function that traps",
		fields: "(start $begin) (func $begin (drop (memory.grow (i32.const 1))) unreachable)",
		body: "",
		status: TaskStatus::Trapped,
	},
	Sample {
		name: "a table of branches with values",
		fields:
			"(func $f (param i32) (result i32) (block (result i32) (block (result i32) (block (result i32)
			(i32.const 5) (br_table 0 1 2 3 (local.get 0)))
			(i32.add (i32.const 1))) (i32.mul (i32.const 3))) (i32.sub (i32.const 1)))",
		body: "(local i32) (loop (drop (call $f (local.get 0)))
			(br_if 0 (i32.lt_u (local.tee 0 (i32.add (local.get 0) (i32.const 1))) (i32.const 6))))",
		status: TaskStatus::Completed(0),
	},
];

/// These burn too much for every limit to be tried.
const LONG_SAMPLES: &[Sample] = &[
	Sample {
		name: "endless recursion",
		fields: "(func $f (param i64 i64 i64 i64 i64 i64) (local f64 f64 f64 f64)
			(call $f (i64.const 1) (i64.const 1) (i64.const 1) (i64.const 1) (i64.const 1) (i64.const 1)))",
		body: "(call $f (i64.const 1) (i64.const 1) (i64.const 1) (i64.const 1) (i64.const 1) (i64.const 1))",
		status: TaskStatus::StackExhausted,
	},
	Sample {
		name: "endless recursion through the table",
		fields: "(type $t (func)) (table 2 funcref) (elem (i32.const 0) $a $b)
			(func $a (call_indirect (type $t) (i32.const 1))) (func $b (call $a))",
		body: "(call $a)",
		status: TaskStatus::StackExhausted,
	},
	Sample {
		name: "long loops",
		fields: "",
		body: "(local i32) (loop (f64.store (i32.const 0) (f64.sqrt (f64.load (i32.const 0))))
			(br_if 0 (i32.lt_u (local.tee 0 (i32.add (local.get 0) (i32.const 1))) (i32.const 100000))))",
		status: TaskStatus::Completed(0),
	},
];

struct Machine {
	engine: Engine,
	interpreter: Interpreter,
}

struct Ready<'a> {
	machine: &'a Machine,
	compiled: CompiledProgram,
	interpreted: InterpretedProgram,
}

impl Machine {
	fn new() -> Self {
		Self {
			engine: Engine::new().expect("the engine works here"),
			interpreter: Interpreter::new().expect("the interpreter works everywhere"),
		}
	}

	fn load(&self, bytes: &[u8]) -> Ready<'_> {
		let program = Program::prepare(bytes).expect("the profile admits it");
		Ready {
			machine: self,
			compiled: self.engine.compile(&program).expect("it compiles"),
			interpreted: self.interpreter.compile(&program).expect("it loads"),
		}
	}
}

fn limits(fuel: u64) -> TaskLimits {
	TaskLimits { fuel, memory_pages: 4, output_bytes: 1_000 }
}

impl Ready<'_> {
	/// The same run on both engines.
	fn run(&self, fuel: u64) -> Execution {
		let (task, limits) = (Task { index: 3, input: b"some input" }, limits(fuel));
		let native = self.machine.engine.run(&self.compiled, &task, &limits).expect("a verdict");
		let interpreted = self.machine.interpreter.run(&self.interpreted, &task, &limits).expect("a verdict");
		assert_eq!(native, interpreted, "with {fuel}");
		native
	}
}

fn text(sample: &Sample) -> Vec<u8> {
	let Sample { name, fields, body, .. } = sample;
	let text = format!(
		"(module {IMPORTS} (memory (export \"memory\") 1) (func $main (export \"_start\") {body}) {fields})"
	);
	wat::parse_str(text).unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[test]
fn less_fuel_is_out_of_fuel_and_more_makes_no_difference() {
	let (machine, judge) = (Machine::new(), Judge::new());
	for sample in SAMPLES_OF_ALL_KINDS {
		let (name, bytes) = (sample.name, text(sample));
		let ready = machine.load(&bytes);
		let full = ready.run(PLENTY);
		let need = full.outcome.fuel;
		assert_eq!(full.outcome.status, sample.status, "{name}");
		assert!(need <= MOST, "{name} burns {need}");
		for fuel in 1..need {
			let outcome = ready.run(fuel).outcome;
			assert_eq!(
				(outcome.status, outcome.fuel),
				(TaskStatus::OutOfFuel, fuel),
				"{name} with {fuel} of {need}"
			);
		}
		for fuel in (need.max(1)..need + 40).chain([2 * need + 1, TaskLimits::MAX_FUEL]) {
			assert_eq!(ready.run(fuel), full, "{name} with {fuel} of {need}");
		}
		// And it is the right amount.
		let case = judge.load(&bytes, Care::Great).expect("the profile admits it");
		let run = judge
			.run(&case, b"some input", &limits(PLENTY))
			.unwrap_or_else(|error| panic!("{name}: {error}"));
		assert_eq!((run.status, run.fuel), (sample.status, need), "{name}");
	}
}

#[test]
fn long_programs_end_the_same_way_at_many_limits() {
	let machine = Machine::new();
	for sample in LONG_SAMPLES {
		let (name, ready) = (sample.name, machine.load(&text(sample)));
		let full = ready.run(PLENTY);
		let need = full.outcome.fuel;
		assert_eq!(full.outcome.status, sample.status, "{name}");
		assert!(need > SAMPLES, "{name} burns only {need}");
		let near = (need - 60..need).chain(1..60);
		let spread = (1..100).map(|part| need / 100 * part);
		for fuel in near.chain(spread) {
			let outcome = ready.run(fuel).outcome;
			assert_eq!(
				(outcome.status, outcome.fuel),
				(TaskStatus::OutOfFuel, fuel),
				"{name} with {fuel} of {need}"
			);
		}
		for fuel in [need, need + 1, 2 * need] {
			assert_eq!(ready.run(fuel), full, "{name} with {fuel} of {need}");
		}
	}
}
