//! The engine that interprets: wasmi. It needs no operating system, so it can run anywhere, WebAssembly included, and it
//! is the reference for the one that compiles.

use super::{
	bind,
	run::{self, Code, Ending, Instance},
	About, Execution, Task,
};
use crate::{
	error::{EngineError, NoVerdict},
	program::Program,
	rewrite::exports,
	wasi::{self, Argument, Halt, HostFunction, Wasi, WasiParts},
};
use alloc::{format, string::String, sync::Arc};
use assay_primitives::{Hash, TaskLimits};
use wasmi::{
	errors::{HostError, LinkerError},
	Caller, CompilationMode, Config, Error, Global, Linker, Memory, Module, Store, StoreLimits,
	StoreLimitsBuilder, TrapCode, TypedFunc, Val,
};

/// Frames that calls may nest. A program's cost at least 64 units of its stack each, so it reaches 16 384 of them and a few
/// of the machine's own.
const MAX_FRAMES: usize = 1 << 15;
/// Values that calls may pile up, 16 bytes each, taken as they are needed. A program's stack has room for 131 072 of its
/// own; the engine adds the constants of a function, which are operands pushed, 8 for a unit. That makes 8 388 608 of
/// them, and twice as many is the margin. The engine's documentation calls them bytes, but it counts values.
const MAX_VALUES: usize = 1 << 24;

/// Reads programs and runs tasks. Safe to use from many threads.
pub struct Interpreter {
	config: Config,
}

/// A program, ready to run. Cheap to clone.
#[derive(Clone)]
pub struct InterpretedProgram(Arc<Interpreted>);

struct Interpreted {
	about: About,
	/// Of an engine of its own: engines keep all code they ever read.
	module: Module,
	linker: Linker<State>,
}

impl InterpretedProgram {
	/// The hash of the program.
	pub fn hash(&self) -> Hash {
		self.0.about.hash
	}
}

/// What a running task carries along.
struct State {
	wasi: Wasi,
	/// Missing only until the instance is made, in which time none of its code runs.
	handles: Option<Handles>,
	limits: StoreLimits,
}

#[derive(Clone, Copy)]
struct Handles {
	memory: Memory,
	fuel: Global,
}

impl HostError for Halt {}

fn no_verdict(error: impl core::fmt::Display) -> NoVerdict {
	NoVerdict::Engine(format!("{error}"))
}

fn lacks(what: &str) -> NoVerdict {
	NoVerdict::Engine(format!("the module lacks its {what}"))
}

impl Interpreter {
	/// Sets the engine up.
	///
	/// # Errors
	///
	/// When the engine does not take the functions of the host.
	pub fn new() -> Result<Self, EngineError> {
		let config = config();
		linker(&wasmi::Engine::new(&config)).map_err(EngineError)?;
		Ok(Self { config })
	}

	/// Translates a program into what the engine interprets.
	///
	/// # Errors
	///
	/// [`NoVerdict::Compile`] when this machine cannot do it.
	pub fn compile(&self, program: &Program) -> Result<InterpretedProgram, NoVerdict> {
		// SAFETY: a program's module has been validated for the features that the engine has, and fewer.
		unsafe { self.compile_module(About::program(program), program.module()) }
	}

	/// # Safety
	///
	/// The module must be valid.
	pub(super) unsafe fn compile_module(
		&self,
		about: About,
		module: &[u8],
	) -> Result<InterpretedProgram, NoVerdict> {
		let engine = wasmi::Engine::new(&self.config);
		let linker = linker(&engine).map_err(NoVerdict::Compile)?;
		// SAFETY: the caller has validated it.
		let module = unsafe { Module::new_unchecked(&engine, module) };
		let module = module.map_err(|error| NoVerdict::Compile(format!("{error}")))?;
		Ok(InterpretedProgram(Arc::new(Interpreted { about, module, linker })))
	}

	/// Runs one task, and waits for it.
	///
	/// # Errors
	///
	/// When the limits or the input are out of range, or this machine cannot run the task to its end.
	pub fn run(
		&self,
		program: &InterpretedProgram,
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
	/// Those of [`Interpreter::run`].
	pub fn run_shared(
		&self,
		program: &InterpretedProgram,
		index: u32,
		input: Arc<[u8]>,
		limits: &TaskLimits,
	) -> Result<Execution, NoVerdict> {
		run::run(&*program.0, index, input, limits)
	}
}

fn config() -> Config {
	let mut config = Config::default();
	config
		.consume_fuel(false)
		// A program that cannot be translated must fail before it runs, not in the middle.
		.compilation_mode(CompilationMode::Eager)
		.ignore_custom_sections(true)
		.set_max_recursion_depth(MAX_FRAMES)
		.set_max_stack_height(MAX_VALUES);
	config
}

fn linker(engine: &wasmi::Engine) -> Result<Linker<State>, String> {
	let mut linker = Linker::new(engine);
	for function in wasi::FUNCTIONS {
		bind(&mut linker, function)
			.ok_or_else(|| format!("{} has no binding", function.name()))?
			.map_err(|error| format!("{error}"))?;
	}
	Ok(linker)
}

type BindError = LinkerError;

bind::bindings!();

fn call(
	caller: &mut Caller<'_, State>,
	function: &HostFunction,
	arguments: &[Argument],
) -> Result<u32, Error> {
	let Some(Handles { memory, fuel: counter }) = caller.data().handles else {
		return Err(Error::new("the module runs before it is complete"));
	};
	let Val::I64(mut fuel) = counter.get(&*caller) else {
		return Err(Error::new("the module's fuel is no i64"));
	};
	let (bytes, state) = memory.data_and_store_mut(&mut *caller);
	let result = state.wasi.call(function, arguments, bytes, &mut fuel);
	counter.set(&mut *caller, Val::I64(fuel)).map_err(|error| Error::new(format!("{error}")))?;
	result.map_err(Error::host)
}

impl Code for Interpreted {
	type Instance = InterpretedInstance;

	fn about(&self) -> &About {
		&self.about
	}

	fn instantiate(&self, wasi: Wasi, pages: u32) -> Result<InterpretedInstance, NoVerdict> {
		InterpretedInstance::new(self, wasi, pages)
	}
}

struct InterpretedInstance {
	store: Store<State>,
	run: TypedFunc<(), ()>,
	fuel: Global,
	status: Global,
	pages: Global,
}

/// The module keeps to its limits by itself. If it does not, or this machine has no memory left, that is a trap unlike
/// those of programs.
fn limits(pages: u32) -> StoreLimits {
	let bytes = usize::try_from(u64::from(pages) << 16).unwrap_or(usize::MAX);
	StoreLimitsBuilder::new()
		.memory_size(bytes)
		.instances(1)
		.memories(1)
		.tables(1)
		.trap_on_grow_failure(true)
		.build()
}

impl InterpretedInstance {
	fn new(program: &Interpreted, wasi: Wasi, pages: u32) -> Result<Self, NoVerdict> {
		let state = State { wasi, handles: None, limits: limits(pages) };
		let mut store = Store::new(program.module.engine(), state);
		store.limiter(|state| &mut state.limits);
		let instance =
			program.linker.instantiate_and_start(&mut store, &program.module).map_err(no_verdict)?;
		let memory = instance.get_memory(&store, exports::MEMORY).ok_or_else(|| lacks("memory"))?;
		let run = instance.get_typed_func(&store, exports::RUN).map_err(no_verdict)?;
		let global = |name| instance.get_global(&store, name).ok_or_else(|| lacks(name));
		let (fuel, status, pages) =
			(global(exports::FUEL)?, global(exports::STATUS)?, global(exports::PAGES)?);
		store.data_mut().handles = Some(Handles { memory, fuel });
		Ok(Self { store, run, fuel, status, pages })
	}
}

impl Instance for InterpretedInstance {
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
		match self.fuel.get(&self.store) {
			Val::I64(fuel) => Ok(fuel),
			_ => Err(lacks(exports::FUEL)),
		}
	}

	fn status(&mut self) -> Result<i32, NoVerdict> {
		match self.status.get(&self.store) {
			Val::I32(status) => Ok(status),
			_ => Err(lacks(exports::STATUS)),
		}
	}

	fn into_parts(self) -> WasiParts {
		self.store.into_data().wasi.into_parts()
	}
}

/// How the program itself ended the call, if it did. All else is this machine's trouble, a full stack of the engine's
/// included: the program's own is accounted for by the module.
fn ending(error: &Error) -> Option<Ending> {
	if let Some(halt) = error.downcast_ref::<Halt>() {
		return Some(Ending::Halted(*halt));
	}
	match error.as_trap_code()? {
		TrapCode::UnreachableCodeReached
		| TrapCode::MemoryOutOfBounds
		| TrapCode::TableOutOfBounds
		| TrapCode::IndirectCallToNull
		| TrapCode::IntegerDivisionByZero
		| TrapCode::IntegerOverflow
		| TrapCode::BadConversionToInteger
		| TrapCode::BadSignature => Some(Ending::Trapped),
		TrapCode::StackOverflow | TrapCode::OutOfFuel | TrapCode::GrowthOperationLimited => None,
	}
}
