//! The engine: wasmtime with Cranelift.

use super::{run, Execution, Task};
use crate::{
	error::{EngineError, NoVerdict},
	limits::WASM_STACK_BYTES,
	program::Program,
	wasi::{self, Argument, GuestMemory, Halt, HostFunction, Kind, Wasi},
};
use assay_primitives::{Hash, TaskLimits};
use std::sync::Arc;
use wasmtime::{
	Caller, Config, Extern, FuncType, InstancePre, Linker, Memory, Module, OptLevel, RegallocAlgorithm,
	ResourceLimiter, Strategy, Val, ValType, WasmBacktraceDetails,
};

/// Every 32-bit address, so that an access out of bounds meets a page that is not there.
const MEMORY_RESERVATION: u64 = 4 << 30;
/// Every static offset up to this comes without a check of its own.
const MEMORY_GUARD: u64 = 32 << 20;

/// Compiles programs and runs tasks. Cheap to share, safe to use from many threads.
pub struct Engine {
	engine: wasmtime::Engine,
	linker: Linker<State>,
}

/// A program, ready to run.
#[derive(Clone)]
pub struct CompiledProgram {
	pub(super) hash: Hash,
	pub(super) initial_pages: u64,
	pub(super) instance: InstancePre<State>,
}

impl CompiledProgram {
	/// The hash of the program.
	pub fn hash(&self) -> Hash {
		self.hash
	}
}

/// What a running task carries along.
pub(super) struct State {
	pub(super) wasi: Wasi,
	limiter: Limiter,
	/// Looked up at the first call to the host: that may come from the start function, before there is an instance.
	memory: Option<Memory>,
}

impl State {
	pub(super) fn new(wasi: Wasi, limits: &TaskLimits) -> Self {
		// A limit is at most 1 GiB, so it fits an address.
		let bytes = usize::try_from(u64::from(limits.memory_pages) << 16).unwrap_or(usize::MAX);
		Self { wasi, limiter: Limiter { bytes }, memory: None }
	}
}

/// This machine ran out of something while a task ran.
#[derive(Debug, thiserror::Error)]
#[error("no memory left on this machine: {0}")]
struct HostExhausted(String);

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
			link(&engine, &mut linker, function).map_err(|error| EngineError(format!("{error:#}")))?;
		}
		Ok(Self { engine, linker })
	}

	/// Compiles a program. Takes up to some seconds for a large one.
	///
	/// # Errors
	///
	/// [`NoVerdict::Compile`] when this machine cannot do it.
	pub fn compile(&self, program: &Program) -> Result<CompiledProgram, NoVerdict> {
		let compile = || {
			let module = Module::from_binary(&self.engine, program.module())?;
			self.linker.instantiate_pre(&module)
		};
		let instance = compile().map_err(|error| NoVerdict::Compile(format!("{error:#}")))?;
		Ok(CompiledProgram { hash: program.hash(), initial_pages: program.initial_pages(), instance })
	}

	/// Runs one task on a thread of its own, and waits for it.
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
		super::check_request(limits, input.len())?;
		run::on_own_stack(|| run::run(&self.engine, program, index, input, limits))
	}
}

/// Everything an outcome may depend on is named here, whatever its default is.
fn config() -> Config {
	let mut config = Config::new();
	config
		.strategy(Strategy::Cranelift)
		.cranelift_opt_level(OptLevel::Speed)
		.cranelift_regalloc_algorithm(RegallocAlgorithm::Backtracking)
		.cranelift_nan_canonicalization(true)
		.consume_fuel(true)
		.epoch_interruption(false)
		.max_wasm_stack(WASM_STACK_BYTES)
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

fn link(
	engine: &wasmtime::Engine,
	linker: &mut Linker<State>,
	function: &'static HostFunction,
) -> wasmtime::Result<()> {
	let parameters = function.parameters().map(|kind| match kind {
		Kind::Word => ValType::I32,
		Kind::Long => ValType::I64,
	});
	let ty = FuncType::new(engine, parameters, function.has_result().then_some(ValType::I32));
	linker.func_new(wasi::MODULE, function.name(), ty, move |mut caller, arguments, results| {
		let errno = call(&mut caller, function, arguments)?;
		if let Some(result) = results.first_mut() {
			*result = Val::I32(errno.cast_signed());
		}
		Ok(())
	})?;
	Ok(())
}

fn call(caller: &mut Caller<'_, State>, function: &HostFunction, arguments: &[Val]) -> wasmtime::Result<u32> {
	let memory = memory(caller)?;
	let arguments: Vec<Argument> = arguments.iter().filter_map(argument).collect();
	// The store holds one unit more than the task, see `run`.
	let mut fuel = caller.get_fuel()?.saturating_sub(1);
	let (bytes, state) = memory.data_and_store_mut(&mut *caller);
	let result = state.wasi.call(function, &arguments, &mut LinearMemory(bytes), &mut fuel);
	caller.set_fuel(fuel.saturating_add(1))?;
	Ok(result?)
}

fn argument(value: &Val) -> Option<Argument> {
	match value {
		Val::I32(word) => Some(Argument::Word(word.cast_unsigned())),
		Val::I64(long) => Some(Argument::Long(long.cast_unsigned())),
		_ => None,
	}
}

fn memory(caller: &mut Caller<'_, State>) -> wasmtime::Result<Memory> {
	if let Some(memory) = caller.data().memory {
		return Ok(memory);
	}
	let Some(Extern::Memory(memory)) = caller.get_export("memory") else {
		return Err(HostExhausted("the instance has lost its memory".into()).into());
	};
	caller.data_mut().memory = Some(memory);
	Ok(memory)
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

struct Limiter {
	bytes: usize,
}

impl ResourceLimiter for Limiter {
	fn memory_growing(
		&mut self,
		_current: usize,
		desired: usize,
		maximum: Option<usize>,
	) -> wasmtime::Result<bool> {
		Ok(desired <= self.bytes && maximum.is_none_or(|maximum| desired <= maximum))
	}

	/// The rules allowed it, so it is this machine that failed.
	fn memory_grow_failed(&mut self, error: wasmtime::Error) -> wasmtime::Result<()> {
		Err(HostExhausted(format!("{error:#}")).into())
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

/// The limiter of a running task, for the store to ask.
pub(super) fn limiter(state: &mut State) -> &mut dyn ResourceLimiter {
	&mut state.limiter
}

/// How a call into the engine ended, in the machine's own terms. An error is this machine's trouble.
pub(super) fn ending(result: wasmtime::Result<()>) -> Result<Ending, NoVerdict> {
	use wasmtime::Trap;
	let Err(error) = result else { return Ok(Ending::Completed(0)) };
	if let Some(halt) = error.downcast_ref::<Halt>() {
		return Ok(match halt {
			Halt::Exit(code) => Ending::Completed(*code),
			Halt::OutOfFuel => Ending::OutOfFuel,
			Halt::OutputTooLarge => Ending::OutputTooLarge,
		});
	}
	match error.downcast_ref::<Trap>() {
		Some(Trap::OutOfFuel) => Ok(Ending::OutOfFuel),
		Some(Trap::StackOverflow) => Ok(Ending::StackExhausted),
		Some(
			Trap::UnreachableCodeReached
			| Trap::MemoryOutOfBounds
			| Trap::TableOutOfBounds
			| Trap::IndirectCallToNull
			| Trap::BadSignature
			| Trap::IntegerOverflow
			| Trap::IntegerDivisionByZero
			| Trap::BadConversionToInteger,
		) => Ok(Ending::Trapped),
		_ => Err(NoVerdict::Engine(format!("{error:#}"))),
	}
}

/// How a task ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
	/// It returned or exited.
	Completed(u32),
	/// It trapped.
	Trapped,
	/// The engine or the host noticed that the fuel is gone.
	OutOfFuel,
	/// The engine's stack is full.
	StackExhausted,
	/// The host noticed that the output is too long.
	OutputTooLarge,
}
