//! Rewritten modules on a plain engine: what they count, by hand.

use super::{exports, rewrite, Status};
use crate::profile;
use wasmtime::{Config, Engine, Instance, Module, Store, Val};

/// How a module ended, what it burned, and the memory it left.
struct Ended {
	returned: bool,
	out_of_fuel: bool,
	status: Option<Status>,
	burned: i64,
	memory: Vec<u8>,
}

const LIMIT: i64 = 1_000_000;

/// A rewritten module, compiled.
struct Compiled {
	engine: Engine,
	module: Module,
}

impl Compiled {
	fn new(text: &str) -> Self {
		let bytes = wat::parse_str(text).unwrap();
		profile::check(&bytes).unwrap();
		let module = rewrite(&bytes).unwrap();
		profile::validate(&module).unwrap();
		let mut config = Config::new();
		config.max_wasm_stack(16 << 20).wasm_relaxed_simd(false);
		let engine = Engine::new(&config).unwrap();
		let module = Module::new(&engine, &module).unwrap();
		Self { engine, module }
	}

	fn run(&self, limit: i64) -> Ended {
		std::thread::scope(|scope| {
			let run = || call(&self.engine, &self.module, limit);
			std::thread::Builder::new().stack_size(20 << 20).spawn_scoped(scope, run).unwrap().join().unwrap()
		})
	}
}

fn run_with(text: &str, limit: i64) -> Ended {
	Compiled::new(text).run(limit)
}

fn call(engine: &Engine, module: &Module, limit: i64) -> Ended {
	let mut store = Store::new(engine, ());
	let instance = Instance::new(&mut store, module, &[]).unwrap();
	let fuel = instance.get_global(&mut store, exports::FUEL).unwrap();
	fuel.set(&mut store, Val::I64(limit)).unwrap();
	let pages = instance.get_global(&mut store, exports::PAGES).unwrap();
	pages.set(&mut store, Val::I32(16)).unwrap();
	let run = instance.get_typed_func::<(), ()>(&mut store, exports::RUN).unwrap();
	let returned = run.call(&mut store, ()).is_ok();
	let status = instance.get_global(&mut store, exports::STATUS).unwrap().get(&mut store).unwrap_i32();
	let left = fuel.get(&mut store).unwrap_i64();
	let memory = instance.get_memory(&mut store, exports::MEMORY).unwrap().data(&store).to_vec();
	Ended {
		returned,
		out_of_fuel: left < 0,
		status: Status::from_number(status),
		burned: limit - left,
		memory,
	}
}

/// A module whose `_start` has this body, and what else it has.
fn program(body: &str, rest: &str) -> String {
	format!(r#"(module (memory (export "memory") 1) (func (export "_start") {body}) {rest})"#)
}

fn burned(body: &str, rest: &str) -> i64 {
	let ended = run_with(&program(body, rest), LIMIT);
	assert!(ended.returned, "{body}: {:?}", ended.status);
	ended.burned
}

fn word(ended: &Ended, address: usize) -> u32 {
	u32::from_le_bytes(ended.memory[address..address + 4].try_into().unwrap())
}

fn long(ended: &Ended, address: usize) -> u64 {
	u64::from_le_bytes(ended.memory[address..address + 8].try_into().unwrap())
}

#[test]
fn straight_code_costs_the_sum_of_its_instructions() {
	assert_eq!(burned("", ""), 0);
	assert_eq!(burned("nop (drop (i32.const 1))", ""), 1);
	assert_eq!(burned("(drop (i32.div_u (i32.const 7) (i32.const 2)))", ""), 10);
	assert_eq!(burned("(i32.store (i32.const 0) (i32.load (i32.const 4)))", ""), 6);
	assert_eq!(burned("(drop (i8x16.add (v128.const i64x2 0 0) (v128.const i64x2 0 0)))", ""), 6);
}

#[test]
fn only_what_is_executed_is_charged() {
	assert_eq!(burned("(if (i32.const 0) (then (drop (i32.const 1))))", ""), 2);
	assert_eq!(burned("(if (i32.const 1) (then (drop (i32.const 1))))", ""), 3);
	assert_eq!(burned("(if (i32.const 0) (then) (else (drop (i64.const 1)) (drop (i64.const 1))))", ""), 4);
	// A segment goes on after br_if while it costs 64 at most, taken or not.
	for taken in [0, 1] {
		let body = |count| {
			let rest = "(drop (i32.const 1)) ".repeat(count);
			format!("(block (br_if 0 (i32.const {taken})) {rest}) (drop (i32.const 1))")
		};
		assert_eq!(burned(&body(62), ""), 2 + 62 + 1);
		assert_eq!(burned(&body(63), ""), 2 + 63 * (1 - taken) + 1);
	}
	// Dead code is free.
	assert_eq!(burned("(return) (drop (i32.const 1))", ""), 0);
	assert_eq!(burned("(block (br 0) (drop (i32.const 1)) (loop (br 0))) (drop (i32.const 1))", ""), 2);
	assert_eq!(burned("(block (return)) (drop (i32.const 1))", ""), 0);
}

#[test]
fn loops_calls_and_tables_are_charged_each_time() {
	let count = "(local $i i32) (loop $l (local.set $i (i32.add (local.get $i) (i32.const 1))) (br_if $l (i32.lt_u (local.get $i) (i32.const 10))))";
	// get const add set get const lt_u br_if
	assert_eq!(burned(count, ""), 80);
	let f = "(func $f (param i32) (result i32) (i32.add (local.get 0) (i32.const 1)))";
	assert_eq!(burned("(drop (call $f (i32.const 1)))", f), 1 + 8 + 3);
	let table = format!("{f} (table funcref (elem $f)) (type $t (func (param i32) (result i32)))");
	let body = "(drop (call_indirect (type $t) (i32.const 1) (i32.const 0)))";
	assert_eq!(burned(body, &table), 2 + 12 + 3);
	let body = "(block $a (block $b (br_table $a $b (i32.const 7))) (drop (i32.const 1)))";
	assert_eq!(burned(body, ""), 1 + 4 + 1);
}

#[test]
fn bulk_operations_are_charged_by_length_and_memory_by_page() {
	assert_eq!(burned("(memory.fill (i32.const 0) (i32.const 1) (i32.const 65536))", ""), 3 + 16 + 8192);
	assert_eq!(burned("(memory.copy (i32.const 0) (i32.const 8) (i32.const 15))", ""), 3 + 16 + 1);
	assert_eq!(burned("(drop (memory.grow (i32.const 15)))", ""), 2 + 15 * 4096);
	assert_eq!(burned("(drop (memory.grow (i32.const 0)))", ""), 2);
	// Refused, and so for nothing.
	assert_eq!(burned("(drop (memory.grow (i32.const 16)))", ""), 2);
	assert_eq!(burned("(drop (memory.grow (i32.const -1)))", ""), 2);
	let ended = run_with(
		&program(
			"(i32.store (i32.const 0) (memory.grow (i32.const 16))) (i32.store (i32.const 4) (memory.grow (i32.const 15)))
			 (i32.store (i32.const 8) (memory.size))",
			"",
		),
		LIMIT,
	);
	assert_eq!([word(&ended, 0), word(&ended, 4), word(&ended, 8)], [u32::MAX, 1, 16]);
}

#[test]
fn a_task_is_out_of_fuel_exactly_below_its_need() {
	let f = "(func $f (param i32) (result i32) (local i32) (loop $l (local.set 1 (i32.add (local.get 1) (i32.const 1))) (br_if $l (i32.lt_u (local.get 1) (local.get 0)))) (local.get 1))";
	let bodies = [
		("(drop (call $f (i32.const 3))) (memory.fill (i32.const 0) (i32.const 1) (i32.const 100)) (drop (memory.grow (i32.const 1)))", true),
		("(drop (call $f (i32.const 3))) (drop (i32.const 1)) (unreachable)", false),
		("(drop (call $f (i32.const 3))) (drop (i32.load (i32.const -4)))", false),
	];
	for (body, returns) in bodies {
		let program = Compiled::new(&program(body, f));
		let need = program.run(LIMIT).burned;
		for limit in 1..need + 20 {
			let ended = program.run(limit);
			let enough = limit >= need;
			assert_eq!(ended.returned, enough && returns, "{body} with {limit} of {need}");
			assert_eq!(ended.out_of_fuel, !enough, "{body} with {limit} of {need}");
			if enough {
				assert_eq!(ended.burned, need, "{body} with {limit}");
			}
		}
	}
}

#[test]
fn the_stack_ends_where_its_units_do() {
	// 64 + 8 * (1 parameter + 2 operands at most) = 88 units for each, and 64 + 8 for _start.
	let text = program(
		"(call $down (i32.const 0))",
		"(func $down (param i32) (i32.store (i32.const 0) (local.get 0)) (call $down (i32.add (local.get 0) (i32.const 1))))",
	);
	let ended = run_with(&text, 100_000_000);
	assert_eq!(ended.status, Some(Status::StackExhausted));
	assert_eq!(i64::from(word(&ended, 0)), (crate::limits::STACK_UNITS - 72) / 88 - 1);
	// Functions return what they took.
	let text = program(
		"(local $i i32) (loop $l (call $f) (local.set $i (i32.add (local.get $i) (i32.const 1))) (br_if $l (i32.lt_u (local.get $i) (i32.const 20000))))",
		"(func $f (call $g)) (func $g (block (br_if 1 (i32.const 1)) (call $f)))",
	);
	assert!(run_with(&text, 100_000_000).returned);
	// Fuel comes first.
	let text = program("(call $down)", "(func $down (call $down))");
	let need = run_with(&text, 100_000_000).burned;
	let ended = run_with(&text, need);
	assert!(ended.status == Some(Status::StackExhausted) && !ended.out_of_fuel);
	assert!(run_with(&text, need - 1).out_of_fuel);
}

#[test]
fn every_result_that_is_no_number_is_the_canonical_one() {
	let body = "
		(local $x f64) (local $y f32) (local $v v128) (local $mixed f64)
		(local.set $x (f64.div (f64.const 0) (f64.const 0)))
		(f64.store (i32.const 0) (local.get $x))
		(i64.store (i32.const 8) (i64.reinterpret_f64 (f64.add (local.get $x) (f64.const 1))))
		(f64.store (i32.const 16) (f64.neg (local.get $x)))
		(f64.store (i32.const 24) (call $twice (f64.sqrt (f64.const -1))))
		(local.set $y (f32.mul (f32.const inf) (f32.const 0)))
		(f32.store (i32.const 32) (select (local.get $y) (f32.const 1) (i32.const 1)))
		(f64.store (i32.const 40) (f64.promote_f32 (local.get $y)))
		(local.set $v (f32x4.div (v128.const f32x4 0 1 0 1) (v128.const f32x4 0 1 0 0)))
		(v128.store (i32.const 48) (local.get $v))
		(f32.store (i32.const 64) (f32x4.extract_lane 2 (local.get $v)))
		;; A loaded NaN keeps its bits, also in a local that held one of ours.
		(i64.store (i32.const 72) (i64.const 0xfff4000000000123))
		(local.set $mixed (f64.load (i32.const 72)))
		(f64.store (i32.const 80) (local.get $mixed))
		(local.set $mixed (f64.div (f64.const 0) (f64.const 0)))
		(f64.store (i32.const 88) (local.get $mixed))
		(f64.store (i32.const 96) (f64.mul (f64.load (i32.const 72)) (f64.const 1)))
		(f64.store (i32.const 104) (select (local.get $mixed) (f64.load (i32.const 72)) (i32.const 0)))";
	let ended = run_with(
		&program(body, "(func $twice (param f64) (result f64) (f64.add (local.get 0) (local.get 0)))"),
		LIMIT,
	);
	assert!(ended.returned);
	const LONG: u64 = 0x7ff8_0000_0000_0000;
	const WORD: u32 = 0x7fc0_0000;
	for address in [0, 8, 24, 40, 88, 96] {
		assert_eq!(long(&ended, address), LONG, "at {address}");
	}
	assert_eq!(long(&ended, 16), LONG | 1 << 63);
	for address in [32, 48, 56, 64] {
		assert_eq!(word(&ended, address), WORD, "at {address}");
	}
	assert_eq!([word(&ended, 52), word(&ended, 60)], [1f32.to_bits(), f32::INFINITY.to_bits()]);
	for address in [80, 104] {
		assert_eq!(long(&ended, address), 0xfff4_0000_0000_0123, "at {address}");
	}
}

#[test]
fn the_start_function_runs_first_and_pays() {
	let text = r#"(module (memory (export "memory") 1) (start $init)
		(func $init (i32.store (i32.const 0) (i32.const 5)))
		(func (export "_start") (i32.store (i32.const 4) (i32.load (i32.const 0)))))"#;
	let ended = run_with(text, LIMIT);
	assert_eq!((word(&ended, 4), ended.burned), (5, 4 + 6));
}
