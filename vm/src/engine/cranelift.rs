//! The engine that compiles: wasmtime with Cranelift.

use super::{
	bind,
	run::{self, Code, Ending, Instance},
	stack::{TaskThreads, TASK_STACK_BYTES},
	About, Execution, Task,
};
use crate::{
	error::{EngineError, NoVerdict},
	program::Program,
	rewrite::exports,
	wasi::{self, Argument, Halt, HostFunction, Wasi, WasiParts},
};
use assay_primitives::{Hash, TaskLimits};
use std::sync::Arc;
use wasmtime::{
	Caller, Config, Func, Global, InstancePre, Linker, Memory, Module, ModuleExport, OptLevel,
	RegallocAlgorithm, ResourceLimiter, Store, Strategy, Trap, TypedFunc, Val, WasmBacktraceDetails,
};

/// Every 32-bit address, so that an access out of bounds meets a page that is not there.
const MEMORY_RESERVATION: u64 = 4 << 30;
/// Every static offset up to this comes without a check of its own.
const MEMORY_GUARD: u64 = 32 << 20;

/// Compiles programs and runs tasks. Cheap to share, safe to use from many threads.
pub struct Engine {
	engine: wasmtime::Engine,
	linker: Linker<State>,
	threads: TaskThreads,
}

/// A program, compiled. Cheap to clone.
#[derive(Clone)]
pub struct CompiledProgram(Arc<Compiled>);

struct Compiled {
	about: About,
	code: InstancePre<State>,
	exports: Exports,
}

/// Where an instance has what the host needs.
struct Exports {
	memory: ModuleExport,
	run: ModuleExport,
	fuel: ModuleExport,
	status: ModuleExport,
	pages: ModuleExport,
}

impl CompiledProgram {
	/// The hash of the program.
	pub fn hash(&self) -> Hash {
		self.0.about.hash
	}

	/// Runs a task on the stack of this thread, which must be large enough.
	pub(super) fn run_here(
		&self,
		index: u32,
		input: Arc<[u8]>,
		limits: &TaskLimits,
	) -> Result<Execution, NoVerdict> {
		run::run(&*self.0, index, input, limits)
	}
}

/// What a running task carries along.
struct State {
	wasi: Wasi,
	/// Missing only until the instance is made, in which time none of its code runs.
	handles: Option<Handles>,
	limiter: Limiter,
}

#[derive(Clone, Copy)]
struct Handles {
	memory: Memory,
	fuel: Global,
}

/// This machine, or the engine, could not go on.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Failure(String);

fn failure(what: impl Into<String>) -> wasmtime::Error {
	Failure(what.into()).into()
}

fn no_verdict(error: wasmtime::Error) -> NoVerdict {
	NoVerdict::Engine(format!("{error:#}"))
}

impl Engine {
	/// Sets the engine up.
	///
	/// # Errors
	///
	/// When this machine lacks what the engine needs.
	pub fn new() -> Result<Self, EngineError> {
		let engine = wasmtime::Engine::new(&config()).map_err(|error| EngineError(format!("{error:#}")))?;
		let mut linker = Linker::new(&engine);
		for function in wasi::FUNCTIONS {
			bind(&mut linker, function)
				.unwrap_or_else(|| Err(failure(format!("{} has no binding", function.name()))))
				.map_err(|error| EngineError(format!("{error:#}")))?;
		}
		Ok(Self { engine, linker, threads: TaskThreads::default() })
	}

	/// Compiles a program. Takes up to some seconds for a large one.
	///
	/// # Errors
	///
	/// [`NoVerdict::Compile`] when this machine cannot do it.
	pub fn compile(&self, program: &Program) -> Result<CompiledProgram, NoVerdict> {
		self.compile_module(About::program(program), program.module())
	}

	pub(super) fn compile_module(&self, about: About, module: &[u8]) -> Result<CompiledProgram, NoVerdict> {
		let compile = || {
			let module = Module::from_binary(&self.engine, module)?;
			let exports = Exports::of(&module)?;
			Ok(Compiled { about, code: self.linker.instantiate_pre(&module)?, exports })
		};
		let compiled =
			compile().map_err(|error: wasmtime::Error| NoVerdict::Compile(format!("{error:#}")))?;
		Ok(CompiledProgram(Arc::new(compiled)))
	}

	/// Runs one task, and waits for it.
	///
	/// # Errors
	///
	/// When the limits or the input are out of range, or this machine cannot run the task to its end.
	pub fn run(
		&self,
		program: &CompiledProgram,
		task: &Task<'_>,
		limits: &TaskLimits,
	) -> Result<Execution, NoVerdict> {
		super::check_request(limits, task.input.len())?;
		self.run_shared(program, task.index, task.input.into(), limits)
	}

	/// The same for input that is shared between tasks, without a copy.
	///
	/// # Errors
	///
	/// Those of [`Engine::run`].
	pub fn run_shared(
		&self,
		program: &CompiledProgram,
		index: u32,
		input: Arc<[u8]>,
		limits: &TaskLimits,
	) -> Result<Execution, NoVerdict> {
		let (program, limits) = (program.clone(), *limits);
		self.threads.run(move || program.run_here(index, input, &limits))
	}
}

/// Everything an outcome may depend on is named here, whatever its default is.
///
/// The module counts its own fuel and stack and makes its own NaNs canonical, so the engine does none of that.
fn config() -> Config {
	let mut config = Config::new();
	config
		.strategy(Strategy::Cranelift)
		.cranelift_opt_level(OptLevel::Speed)
		.cranelift_regalloc_algorithm(RegallocAlgorithm::Backtracking)
		.cranelift_nan_canonicalization(false)
		.consume_fuel(false)
		.epoch_interruption(false)
		.max_wasm_stack(TASK_STACK_BYTES)
		.wasm_simd(true)
		.wasm_relaxed_simd(false)
		.wasm_bulk_memory(true)
		.wasm_multi_value(true)
		.wasm_multi_memory(false)
		.wasm_memory64(false)
		.wasm_tail_call(false)
		.wasm_extended_const(false)
		.wasm_wide_arithmetic(false)
		.wasm_custom_page_sizes(false)
		.memory_reservation(MEMORY_RESERVATION)
		.memory_guard_size(MEMORY_GUARD)
		.memory_may_move(false)
		// An image in a file is of no use to a process that may not write any.
		.memory_init_cow(false)
		.parallel_compilation(false)
		.signals_based_traps(true)
		.wasm_backtrace(false)
		.wasm_backtrace_details(WasmBacktraceDetails::Disable)
		.generate_address_map(false)
		.native_unwind_info(false);
	config
}

impl Exports {
	fn of(module: &Module) -> wasmtime::Result<Self> {
		let find = |name| {
			module
				.get_export_index(name)
				.ok_or_else(|| failure(format!("the module does not export `{name}`")))
		};
		Ok(Self {
			memory: find(exports::MEMORY)?,
			run: find(exports::RUN)?,
			fuel: find(exports::FUEL)?,
			status: find(exports::STATUS)?,
			pages: find(exports::PAGES)?,
		})
	}
}

type BindError = wasmtime::Error;

bind::bindings!();

fn call(
	caller: &mut Caller<'_, State>,
	function: &HostFunction,
	arguments: &[Argument],
) -> wasmtime::Result<u32> {
	let Some(Handles { memory, fuel: counter }) = caller.data().handles else {
		return Err(failure("the module runs before it is complete"));
	};
	let mut fuel = long(counter.get(&mut *caller))?;
	let (bytes, state) = memory.data_and_store_mut(&mut *caller);
	let result = state.wasi.call(function, arguments, bytes, &mut fuel);
	counter.set(&mut *caller, Val::I64(fuel))?;
	Ok(result?)
}

fn long(value: Val) -> wasmtime::Result<i64> {
	value.i64().ok_or_else(|| failure("the module's fuel is no i64"))
}

impl Code for Compiled {
	type Instance = CompiledInstance;

	fn about(&self) -> &About {
		&self.about
	}

	fn instantiate(&self, wasi: Wasi, pages: u32) -> Result<CompiledInstance, NoVerdict> {
		CompiledInstance::new(self, wasi, pages).map_err(no_verdict)
	}
}

struct CompiledInstance {
	store: Store<State>,
	run: TypedFunc<(), ()>,
	fuel: Global,
	status: Global,
	pages: Global,
}

impl CompiledInstance {
	fn new(program: &Compiled, wasi: Wasi, pages: u32) -> wasmtime::Result<Self> {
		let Compiled { code, exports, .. } = program;
		let state = State { wasi, handles: None, limiter: Limiter::new(pages) };
		let mut store = Store::new(code.module().engine(), state);
		store.limiter(|state| &mut state.limiter);
		let instance = code.instantiate(&mut store)?;
		let mut find = |export| {
			instance.get_module_export(&mut store, export).ok_or_else(|| failure("an export is missing"))
		};
		let memory = find(&exports.memory)?.into_memory();
		let run: Option<Func> = find(&exports.run)?.into_func();
		let mut global =
			|export| find(export)?.into_global().ok_or_else(|| failure("an export is no global"));
		let (fuel, status, pages) =
			(global(&exports.fuel)?, global(&exports.status)?, global(&exports.pages)?);
		let (Some(memory), Some(run)) = (memory, run) else {
			return Err(failure("an export has the wrong kind"));
		};
		let run = run.typed(&store)?;
		store.data_mut().handles = Some(Handles { memory, fuel });
		Ok(Self { store, run, fuel, status, pages })
	}
}

impl Instance for CompiledInstance {
	fn set_fuel(&mut self, fuel: i64) -> Result<(), NoVerdict> {
		self.fuel.set(&mut self.store, Val::I64(fuel)).map_err(no_verdict)
	}

	fn set_pages(&mut self, pages: i32) -> Result<(), NoVerdict> {
		self.pages.set(&mut self.store, Val::I32(pages)).map_err(no_verdict)
	}

	fn run(&mut self) -> Result<Ending, NoVerdict> {
		match self.run.call(&mut self.store, ()) {
			Ok(()) => Ok(Ending::Returned),
			Err(error) => ending(&error).ok_or_else(|| no_verdict(error)),
		}
	}

	fn fuel(&mut self) -> Result<i64, NoVerdict> {
		long(self.fuel.get(&mut self.store)).map_err(no_verdict)
	}

	fn status(&mut self) -> Result<i32, NoVerdict> {
		let status = self.status.get(&mut self.store).i32();
		status.ok_or_else(|| NoVerdict::Engine("the module's status is no i32".into()))
	}

	fn into_parts(self) -> WasiParts {
		self.store.into_data().wasi.into_parts()
	}
}

/// How the program itself ended the call, if it did. All else is this machine's trouble, a full stack of the engine's
/// included: the program's own is accounted for by the module.
fn ending(error: &wasmtime::Error) -> Option<Ending> {
	if let Some(halt) = error.downcast_ref::<Halt>() {
		return Some(Ending::Halted(*halt));
	}
	match error.downcast_ref::<Trap>()? {
		Trap::UnreachableCodeReached
		| Trap::MemoryOutOfBounds
		| Trap::TableOutOfBounds
		| Trap::IndirectCallToNull
		| Trap::BadSignature
		| Trap::IntegerOverflow
		| Trap::IntegerDivisionByZero
		| Trap::BadConversionToInteger => Some(Ending::Trapped),
		_ => None,
	}
}

/// The module keeps to its limit by itself. Whatever this has to refuse is this machine's trouble.
struct Limiter {
	bytes: usize,
}

impl Limiter {
	fn new(pages: u32) -> Self {
		Self { bytes: usize::try_from(u64::from(pages) << 16).unwrap_or(usize::MAX) }
	}
}

impl ResourceLimiter for Limiter {
	fn memory_growing(
		&mut self,
		_current: usize,
		desired: usize,
		_maximum: Option<usize>,
	) -> wasmtime::Result<bool> {
		if desired > self.bytes {
			return Err(failure("the module asks for more memory than it has granted itself"));
		}
		Ok(true)
	}

	fn memory_grow_failed(&mut self, error: wasmtime::Error) -> wasmtime::Result<()> {
		Err(failure(format!("no memory left on this machine: {error:#}")))
	}

	fn table_growing(
		&mut self,
		_current: usize,
		_desired: usize,
		_maximum: Option<usize>,
	) -> wasmtime::Result<bool> {
		Ok(true)
	}
}
