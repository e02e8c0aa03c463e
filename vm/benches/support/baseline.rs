//! wasmtime as it comes, with the same settings as the machine's own engine apart from fuel and NaN.

use assay_primitives::Hash;
use assay_vm::wasi::{self, Argument, GuestMemory, HostFunction, Kind, Wasi};
use wasmtime::{
	Caller, Config, Engine, Extern, FuncType, InstancePre, Linker, Module, OptLevel, RegallocAlgorithm,
	Store, Strategy, Val, ValType, WasmBacktraceDetails,
};

/// More than any kernel burns.
const PLENTY: i64 = 1 << 60;
const OUTPUT_BYTES: u32 = 1 << 20;

/// What the engine itself takes care of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Care {
	/// Nothing: the fastest it can be.
	None,
	/// It counts fuel and makes NaNs canonical.
	FuelAndNan,
}

/// An engine that runs modules as they are.
pub(crate) struct Baseline {
	engine: Engine,
	linker: Linker<Wasi>,
	care: Care,
}

/// A compiled module.
pub(crate) struct Compiled(InstancePre<Wasi>);

impl Baseline {
	pub(crate) fn new(care: Care) -> Self {
		let engine = Engine::new(&config(care)).expect("the engine works here");
		let mut linker = Linker::new(&engine);
		for function in wasi::FUNCTIONS {
			link(&engine, &mut linker, function);
		}
		Self { engine, linker, care }
	}

	pub(crate) fn compile(&self, bytes: &[u8]) -> Compiled {
		let module = Module::from_binary(&self.engine, bytes).expect("the kernel compiles");
		Compiled(self.linker.instantiate_pre(&module).expect("all imports are known"))
	}

	/// What a rewritten module writes to standard output.
	pub(crate) fn run_rewritten(&self, compiled: &Compiled, index: u32) -> Vec<u8> {
		let wasi = Wasi::new(Hash::of(b""), index, [].into(), OUTPUT_BYTES);
		let mut store = Store::new(&self.engine, wasi);
		let instance = compiled.0.instantiate(&mut store).expect("there is memory");
		let global =
			|store: &mut Store<Wasi>, name| instance.get_global(store, name).expect("it is exported");
		global(&mut store, "fuel").set(&mut store, Val::I64(1 << 50)).expect("a counter");
		global(&mut store, "pages").set(&mut store, Val::I32(2048)).expect("a limit");
		let run = instance.get_typed_func::<(), ()>(&mut store, "run").expect("it is exported");
		run.call(&mut store, ()).expect("a kernel ends well");
		store.into_data().into_parts().output
	}

	/// What the module writes to standard output.
	pub(crate) fn run(&self, compiled: &Compiled, index: u32) -> Vec<u8> {
		let wasi = Wasi::new(Hash::of(b""), index, [].into(), OUTPUT_BYTES);
		let mut store = Store::new(&self.engine, wasi);
		if self.care == Care::FuelAndNan {
			store.set_fuel(PLENTY.unsigned_abs()).expect("fuel is counted");
		}
		let instance = compiled.0.instantiate(&mut store).expect("there is memory");
		let start = instance.get_typed_func::<(), ()>(&mut store, "_start").expect("a kernel is a command");
		start.call(&mut store, ()).expect("a kernel ends well");
		store.into_data().into_parts().output
	}
}

/// Those of `engine/cranelift.rs`.
fn config(care: Care) -> Config {
	let mut config = Config::new();
	config
		.strategy(Strategy::Cranelift)
		.cranelift_opt_level(OptLevel::Speed)
		.cranelift_regalloc_algorithm(RegallocAlgorithm::Backtracking)
		.cranelift_nan_canonicalization(care == Care::FuelAndNan)
		.consume_fuel(care == Care::FuelAndNan)
		.epoch_interruption(false)
		.max_wasm_stack(64 << 20)
		.wasm_simd(true)
		.wasm_relaxed_simd(false)
		.wasm_bulk_memory(true)
		.wasm_multi_value(true)
		.wasm_multi_memory(false)
		.wasm_memory64(false)
		.wasm_tail_call(false)
		.wasm_extended_const(false)
		.memory_reservation(4 << 30)
		.memory_guard_size(32 << 20)
		.memory_may_move(false)
		.memory_init_cow(false)
		.parallel_compilation(false)
		.signals_based_traps(true)
		.wasm_backtrace(false)
		.wasm_backtrace_details(WasmBacktraceDetails::Disable)
		.generate_address_map(false)
		.native_unwind_info(false);
	config
}

fn link(engine: &Engine, linker: &mut Linker<Wasi>, function: &'static HostFunction) {
	let parameters = function.parameters().map(|kind| match kind {
		Kind::Word => ValType::I32,
		Kind::Long => ValType::I64,
	});
	let ty = FuncType::new(engine, parameters, function.has_result().then_some(ValType::I32));
	let result = linker.func_new(wasi::MODULE, function.name(), ty, move |mut caller, arguments, results| {
		let errno = call(&mut caller, function, arguments)?;
		if let Some(result) = results.first_mut() {
			*result = Val::I32(errno.cast_signed());
		}
		Ok(())
	});
	result.expect("each name is linked once");
}

fn call(caller: &mut Caller<'_, Wasi>, function: &HostFunction, arguments: &[Val]) -> wasmtime::Result<u32> {
	let arguments: Vec<Argument> = arguments
		.iter()
		.filter_map(|value| match value {
			Val::I32(word) => Some(Argument::Word(word.cast_unsigned())),
			Val::I64(long) => Some(Argument::Long(long.cast_unsigned())),
			_ => None,
		})
		.collect();
	let Some(Extern::Memory(memory)) = caller.get_export("memory") else { panic!("a kernel has a memory") };
	let (bytes, wasi) = memory.data_and_store_mut(caller);
	Ok(wasi.call(function, &arguments, &mut LinearMemory(bytes), &mut { PLENTY })?)
}

struct LinearMemory<'a>(&'a mut [u8]);

impl GuestMemory for LinearMemory<'_> {
	fn bytes(&self) -> &[u8] {
		self.0
	}

	fn bytes_mut(&mut self) -> &mut [u8] {
		self.0
	}
}
