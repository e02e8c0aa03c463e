//! wasmi.

use super::{conclude, functions, Ending, Globals, Host, Job, Kind, Run};
use assay_vm::wasi::{self, Argument, Halt};
use wasmi::{
	Caller, CompilationMode, Config, Engine, Error, Extern, FuncType, Global, Instance, Linker, Module,
	Store, Val, ValType,
};
use wasmparser::{Validator, WasmFeatures};

pub(crate) struct Interpreter {
	config: Config,
}

pub(crate) struct Interpreted {
	/// Of an engine of its own: engines keep all code they ever read.
	module: Module,
	linker: Linker<Host>,
}

/// A `Halt` on its way through wasmi.
#[derive(Debug)]
struct Stopped(Halt);

impl std::fmt::Display for Stopped {
	fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
		self.0.fmt(f)
	}
}

impl wasmi::errors::HostError for Stopped {}

impl Interpreter {
	pub(crate) fn new() -> Self {
		let mut config = Config::default();
		config
			.set_max_stack_height(256 << 20)
			.set_max_recursion_depth(1 << 20)
			.compilation_mode(CompilationMode::LazyTranslation);
		Self { config }
	}

	pub(crate) fn load(&self, module: &[u8]) -> Result<Interpreted, String> {
		let mut validator = Validator::new_with_features(WasmFeatures::default());
		validator.validate_all(module).map_err(|error| error.to_string())?;
		let engine = Engine::new(&self.config);
		// SAFETY: it has just been found valid.
		let module = unsafe { Module::new_unchecked(&engine, module) };
		Ok(Interpreted { module: module.map_err(|error| error.to_string())?, linker: linker(&engine) })
	}

	/// Runs a task of a module that counts for itself.
	pub(crate) fn run(&self, module: &Interpreted, job: &Job<'_>) -> Result<Run, String> {
		if job.exceeds_memory() {
			return Ok(Job::nothing_ran());
		}
		let mut store = Store::new(module.module.engine(), Host::new(job, Kind::Counting));
		let instance = module.linker.instantiate_and_start(&mut store, &module.module);
		let instance = instance.map_err(|error| error.to_string())?;
		let mut set = |name: &str, value: Val| {
			let global = instance.get_global(&store, name);
			global.map(|global| global.set(&mut store, value).expect("it is mutable"))
		};
		let fuel = i64::try_from(job.limits.fuel).expect("limits are checked");
		set("fuel", Val::I64(fuel)).ok_or("there is no `fuel`")?;
		set("pages", Val::I32(job.pages().cast_signed())).ok_or("there is no `pages`")?;
		let _ = set("saved", Val::I64(fuel));
		let main = instance.get_typed_func::<(), ()>(&store, "run").map_err(|error| error.to_string())?;
		let ending = ending(main.call(&mut store, ()))?;
		let globals = globals(&store, instance);
		let memory = instance.get_memory(&store, "memory").ok_or("there is no `memory`")?;
		let memory = memory.data(&store).to_vec();
		conclude(job, ending, Some(globals), store.into_data(), memory)
	}
}

fn linker(engine: &Engine) -> Linker<Host> {
	let mut linker = Linker::new(engine);
	for function in functions() {
		let parameters = function.parameters().map(|kind| match kind {
			wasi::Kind::Word => ValType::I32,
			wasi::Kind::Long => ValType::I64,
		});
		let ty = FuncType::new(parameters, function.has_result().then_some(ValType::I32));
		let call = move |mut caller: Caller<'_, Host>, arguments: &[Val], results: &mut [Val]| {
			let errno = call(&mut caller, function, arguments)?;
			if let Some(result) = results.first_mut() {
				*result = Val::I32(errno.cast_signed());
			}
			Ok(())
		};
		linker.func_new(wasi::MODULE, function.name(), ty, call).expect("each has its name");
	}
	linker
}

fn globals(store: &Store<Host>, instance: Instance) -> Globals {
	let long = |name: &str| match instance.get_global(store, name)?.get(store) {
		Val::I64(value) => Some(value),
		_ => None,
	};
	let status = instance.get_global(store, "status").map(|status| status.get(store));
	let Some(Val::I32(status)) = status else { panic!("every counting module has a `status`") };
	let fuel = long("fuel").expect("every counting module has it");
	Globals { fuel, saved: long("saved"), exact: long("exact"), status }
}

fn ending(result: Result<(), Error>) -> Result<Ending, String> {
	use wasmi::TrapCode;
	let Err(error) = result else { return Ok(Ending::Returned) };
	if let Some(Stopped(halt)) = error.downcast_ref::<Stopped>() {
		return Ok(Ending::Halted(*halt));
	}
	match error.as_trap_code() {
		Some(
			TrapCode::UnreachableCodeReached
			| TrapCode::MemoryOutOfBounds
			| TrapCode::TableOutOfBounds
			| TrapCode::IndirectCallToNull
			| TrapCode::IntegerDivisionByZero
			| TrapCode::IntegerOverflow
			| TrapCode::BadConversionToInteger
			| TrapCode::BadSignature,
		) => Ok(Ending::Trapped),
		_ => Err(error.to_string()),
	}
}

fn global(caller: &Caller<'_, Host>, name: &str) -> Option<Global> {
	caller.get_export(name).and_then(Extern::into_global)
}

fn call(
	caller: &mut Caller<'_, Host>,
	function: &'static wasi::HostFunction,
	arguments: &[Val],
) -> Result<u32, Error> {
	let memory = caller.get_export("memory").and_then(Extern::into_memory).expect("programs export it");
	let arguments: Vec<Argument> = arguments
		.iter()
		.map(|value| match value {
			Val::I32(word) => Argument::Word(word.cast_unsigned()),
			Val::I64(long) => Argument::Long(long.cast_unsigned()),
			other => panic!("no function takes {other:?}"),
		})
		.collect();
	let fuel = global(caller, "fuel").expect("every counting module has it");
	let Val::I64(mut counter) = fuel.get(&*caller) else { panic!("`fuel` is an i64") };
	let (bytes, host) = memory.data_and_store_mut(&mut *caller);
	let result = host.call(function, &arguments, bytes, Some(&mut counter));
	let saved = global(caller, "saved");
	for global in std::iter::once(fuel).chain(saved) {
		global.set(&mut *caller, Val::I64(counter)).expect("it is mutable");
	}
	result.map_err(|halt| Error::host(Stopped(halt)))
}
