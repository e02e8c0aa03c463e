//! The machine compiled to WebAssembly says of every task what the machine in this process says, on both engines.

mod common;

use assay_primitives::{Hash, JobId, TaskLimits, TaskOutcome, TaskStatus};
use assay_vm::{engine::interpreter::Interpreter, Engine, Program, Task};
use codec::{DecodeAll, Encode};
use common::{binary, limits, main, ECHO, ENDLESS, FLOOD, MIXED, RANDOM};
use std::{
	collections::BTreeSet,
	fs,
	path::{Path, PathBuf},
	sync::LazyLock,
};
use wasmtime::{Instance, Memory, Module, Store, TypedFunc};

const JOB: JobId = 77;

type Reply = Result<(TaskOutcome, Hash), String>;

/// The module, as `scripts/build-programs.sh` leaves it in the target directory.
fn file() -> PathBuf {
	let target = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
	let target = target.parent().expect("the directory for tests lies in the target directory");
	target.join("portable").join("assay_vm_portable.wasm")
}

/// Compiling it takes longer than all that is done with it.
static MODULE: LazyLock<Module> = LazyLock::new(|| {
	let file = file();
	assert!(file.is_file(), "{} is missing: run `make programs` first", file.display());
	Module::from_file(&wasmtime::Engine::default(), &file).expect("it is WebAssembly")
});

/// The machine in WebAssembly.
struct Portable {
	store: Store<()>,
	memory: Memory,
	allocate: TypedFunc<u32, u32>,
	run: TypedFunc<(u32, u32), u64>,
	release: TypedFunc<(u32, u32), ()>,
}

impl Portable {
	fn new() -> Self {
		let mut store = Store::new(MODULE.engine(), ());
		let instance = Instance::new(&mut store, &MODULE, &[]).expect("it imports nothing");
		Self {
			memory: instance.get_memory(&mut store, "memory").expect("it exports its memory"),
			allocate: instance.get_typed_func(&mut store, "allocate").expect("it exports this"),
			run: instance.get_typed_func(&mut store, "run").expect("it exports this"),
			release: instance.get_typed_func(&mut store, "release").expect("it exports this"),
			store,
		}
	}

	fn raw(&mut self, request: &[u8]) -> Reply {
		let len = u32::try_from(request.len()).expect("short");
		let address = self.allocate.call(&mut self.store, len).expect("there is memory");
		let at = usize::try_from(address).expect("an address");
		self.memory.write(&mut self.store, at, request).expect("it was allocated");
		let reply = self.run.call(&mut self.store, (address, len)).expect("it does not trap");
		let (address, len) = ((reply & u64::from(u32::MAX)) as u32, (reply >> 32) as u32);
		let mut bytes = vec![0; usize::try_from(len).expect("a length")];
		let at = usize::try_from(address).expect("an address");
		self.memory.read(&self.store, at, &mut bytes).expect("it lies in the memory");
		self.release.call(&mut self.store, (address, len)).expect("it takes it back");
		Reply::decode_all(&mut bytes.as_slice()).expect("a reply")
	}

	fn run(&mut self, program: &[u8], index: u32, input: &[u8], limits: &TaskLimits) -> Reply {
		self.raw(&(program, index, input, limits, JOB).encode())
	}
}

/// Compares all three, and returns what they agree on.
fn agree(portable: &mut Portable, program: &[u8], input: &[u8], limits: &TaskLimits) -> TaskStatus {
	let (engine, interpreter) = (Engine::new().expect("it works"), Interpreter::new().expect("it works"));
	let prepared = Program::prepare(program).expect("the profile admits it");
	let compiled = engine.compile(&prepared).expect("it compiles");
	let interpreted = interpreter.compile(&prepared).expect("it compiles");
	for index in [0, 9] {
		let task = Task { index, input };
		let expected = engine.run(&compiled, &task, limits).expect("a verdict").outcome;
		assert_eq!(interpreter.run(&interpreted, &task, limits).expect("a verdict").outcome, expected);
		let (outcome, leaf) = portable.run(program, index, input, limits).expect("a verdict");
		assert_eq!((outcome, leaf), (expected, expected.leaf(JOB, index)), "index {index}");
	}
	engine.run(&compiled, &Task { index: 0, input }, limits).expect("a verdict").outcome.status
}

#[test]
fn programs_end_the_same_inside_webassembly() {
	let recursion = r#"(module (memory (export "memory") 1)
		(func $down (result f64) (f64.add (call $down) (f64.const 1)))
		(func (export "_start") (drop (call $down))))"#;
	let numbers = main(
		"(f32.store (i32.const 0) (f32.div (f32.const 0) (f32.const 0)))
		(f64.store (i32.const 8) (f64.sqrt (f64.neg (f64.convert_i32_u (memory.size)))))
		(f32.store (i32.const 16) (f32.add (f32.const -nan:0x300000) (f32.const 1)))
		(call $proc_exit (i32.xor (i32.load (i32.const 0)) (i32.xor (i32.load (i32.const 12)) (i32.load (i32.const 16)))))",
	);
	let vectors = main(
		"(v128.store (i32.const 0) (f32x4.div (f32x4.convert_i32x4_s (v128.const i32x4 0 1 2 3)) (v128.const f32x4 0 0 3 7)))
		(v128.store (i32.const 16) (i8x16.swizzle (v128.load (i32.const 0)) (v128.const i8x16 15 3 2 1 0 4 9 8 7 6 5 10 12 11 13 14)))
		(v128.store (i32.const 32) (f64x2.nearest (f64x2.promote_low_f32x4 (v128.load (i32.const 8)))))
		(call $proc_exit (i32.xor (i32.load (i32.const 19)) (i32.xor (i32.load (i32.const 0)) (i32.load (i32.const 36)))))",
	);
	let short = TaskLimits { fuel: 1_000, ..limits() };
	let cases = [
		(ECHO.to_owned(), limits(), Some(TaskStatus::Completed(0))),
		(RANDOM.to_owned(), limits(), Some(TaskStatus::Completed(0))),
		(MIXED.to_owned(), limits(), None),
		(numbers, limits(), Some(TaskStatus::Completed(0x7fc0_0000 ^ 0x7ff8_0000 ^ 0x7fc0_0000))),
		(vectors, limits(), None),
		(main("(drop (i32.load (i32.const -1)))"), limits(), Some(TaskStatus::Trapped)),
		(main("(drop (memory.grow (i32.const 7))) unreachable"), limits(), Some(TaskStatus::Trapped)),
		(ENDLESS.to_owned(), limits(), Some(TaskStatus::OutOfFuel)),
		(ECHO.to_owned(), short, Some(TaskStatus::OutOfFuel)),
		(recursion.to_owned(), limits(), Some(TaskStatus::StackExhausted)),
		(FLOOD.to_owned(), limits(), Some(TaskStatus::OutputTooLarge)),
		(MIXED.to_owned(), TaskLimits { memory_pages: 1, ..limits() }, None),
		(ENDLESS.replace(" 1)", " 17)"), limits(), Some(TaskStatus::MemoryExhausted)),
	];
	let mut portable = Portable::new();
	for (text, limits, expected) in cases {
		let status = agree(&mut portable, &binary(&text), b"some input", &limits);
		assert!(expected.is_none_or(|expected| status == expected), "{status:?}: {text}");
		assert!(expected.is_some() || matches!(status, TaskStatus::Completed(_)), "{status:?}: {text}");
	}
}

#[test]
fn what_has_no_outcome_has_an_error() {
	let mut portable = Portable::new();
	let foreign = binary(r#"(module (memory (export "memory") 1) (func (export "_start") (atomic.fence)))"#);
	let error = portable.run(&foreign, 0, b"", &limits()).expect_err("it is refused");
	let expected = Program::prepare(&foreign).expect_err("it is refused").to_string();
	assert_eq!(error, expected);
	let no_fuel = TaskLimits { fuel: 0, ..limits() };
	assert!(portable.run(&binary(ECHO), 0, b"", &no_fuel).is_err());
	assert!(portable.raw(b"no request").is_err());
	assert!(portable.raw(b"").is_err());
	// It is as good as new.
	assert!(portable.run(&binary(ECHO), 0, b"", &limits()).is_ok());
}

/// Names and versions of the packages that a lock file, by its path from this crate, has chosen.
fn locked(path: &str) -> BTreeSet<(String, String)> {
	let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
	let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
	let value = |line: Option<&str>, key: &str| {
		let quoted = line?.strip_prefix(key)?.strip_prefix(" = \"")?.strip_suffix('"')?;
		Some(quoted.to_owned())
	};
	let mut packages = BTreeSet::new();
	let mut lines = text.lines();
	while let Some(line) = lines.next() {
		if line == "[[package]]" {
			let name = value(lines.next(), "name").expect("the name comes first");
			packages.insert((name, value(lines.next(), "version").expect("then the version")));
		}
	}
	packages
}

/// Else it would be another machine that agrees, or does not.
#[test]
fn it_is_made_of_the_same_code_as_the_machine_here() {
	let (here, there) = (locked("../Cargo.lock"), locked("portable/Cargo.lock"));
	assert!(there.iter().any(|(name, _)| name == "wasmi"), "{there:?}");
	let others: Vec<&str> = there.difference(&here).map(|(name, _)| name.as_str()).collect();
	assert_eq!(others, ["assay-vm-portable", "dlmalloc"], "another version, or a package of its own");
}
