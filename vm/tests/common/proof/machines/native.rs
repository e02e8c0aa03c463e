//! wasmtime.

use super::{conclude, functions, Ending, Globals, Host, Job, Kind, Run};
use assay_vm::wasi::{self, Argument, Halt};
use wasmtime::{
	Caller, Config, Engine, Extern, FuncType, Global, Instance, InstancePre, Linker, Module, ResourceLimiter,
	Store, Val, ValType,
};

/// More than any program may use; the thread has more still.
const STACK: usize = 128 << 20;

pub(crate) struct Native {
	kind: Kind,
	engine: Engine,
	linker: Linker<State>,
}

pub(crate) struct Compiled {
	instance: InstancePre<State>,
}

struct State {
	host: Host,
	pages: Pages,
}

struct Pages(u32);

impl ResourceLimiter for Pages {
	fn memory_growing(&mut self, _: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
		Ok(desired as u64 <= u64::from(self.0) << 16)
	}

	fn table_growing(&mut self, _: usize, _: usize, _: Option<usize>) -> wasmtime::Result<bool> {
		Ok(true)
	}
}

impl Native {
	pub(crate) fn new(kind: Kind) -> Self {
		let mut config = Config::new();
		config
			.cranelift_nan_canonicalization(kind == Kind::Plain)
			.consume_fuel(kind == Kind::Plain)
			.max_wasm_stack(STACK)
			.wasm_backtrace(false)
			.memory_init_cow(false);
		let engine = Engine::new(&config).expect("the engine works here");
		let mut linker = Linker::new(&engine);
		for function in functions() {
			let parameters = function.parameters().map(|kind| match kind {
				wasi::Kind::Word => ValType::I32,
				wasi::Kind::Long => ValType::I64,
			});
			let ty = FuncType::new(&engine, parameters, function.has_result().then_some(ValType::I32));
			let call = move |mut caller: Caller<'_, State>, arguments: &[Val], results: &mut [Val]| {
				let errno = call(&mut caller, function, arguments)?;
				if let Some(result) = results.first_mut() {
					*result = Val::I32(errno.cast_signed());
				}
				Ok(())
			};
			linker.func_new(wasi::MODULE, function.name(), ty, call).expect("each has its name");
		}
		Self { kind, engine, linker }
	}

	pub(crate) fn compile(&self, module: &[u8]) -> Result<Compiled, String> {
		let module = Module::from_binary(&self.engine, module).map_err(|error| format!("{error:#}"))?;
		let instance = self.linker.instantiate_pre(&module).map_err(|error| format!("{error:#}"))?;
		Ok(Compiled { instance })
	}

	/// Runs a task on the calling thread, whose stack must be large.
	pub(crate) fn run(&self, module: &Compiled, job: &Job<'_>) -> Result<Run, String> {
		if job.exceeds_memory() {
			return Ok(Job::nothing_ran());
		}
		let state = State { host: Host::new(job, self.kind), pages: Pages(job.pages()) };
		let mut store = Store::new(&self.engine, state);
		if self.kind == Kind::Plain {
			store.limiter(|state| &mut state.pages);
			// Any instruction costs at least as much by our count, but for calls.
			store.set_fuel(4 * job.limits.fuel + 100_000).map_err(|error| error.to_string())?;
		}
		let (ending, instance) = match module.instance.instantiate(&mut store) {
			Ok(instance) => (self.start(&mut store, instance, job)?, Some(instance)),
			Err(error) => (ending(Err(error))?, None),
		};
		let globals = match (self.kind, instance) {
			(Kind::Plain, _) => None,
			(Kind::Counting, None) => return Err("it could not be instantiated".into()),
			(Kind::Counting, Some(instance)) => Some(globals(&mut store, instance)),
		};
		let memory = instance.and_then(|instance| instance.get_memory(&mut store, "memory"));
		let memory = memory.map(|memory| memory.data(&store).to_vec()).unwrap_or_default();
		conclude(job, ending, globals, store.into_data().host, memory)
	}

	fn start(&self, store: &mut Store<State>, instance: Instance, job: &Job<'_>) -> Result<Ending, String> {
		let name = if self.kind == Kind::Plain { "_start" } else { "run" };
		if self.kind == Kind::Counting {
			let mut set = |name: &str, value: Val| {
				let global = instance.get_global(&mut *store, name);
				global.map(|global| global.set(&mut *store, value).expect("it is mutable"))
			};
			let fuel = Val::I64(i64::try_from(job.limits.fuel).expect("limits are checked"));
			set("fuel", fuel).ok_or("there is no `fuel`")?;
			set("pages", Val::I32(job.pages().cast_signed())).ok_or("there is no `pages`")?;
			// Only the oracle's modules have this one.
			let _ = set("saved", fuel);
		}
		let main = instance.get_typed_func::<(), ()>(&mut *store, name).map_err(|error| error.to_string())?;
		ending(main.call(store, ()))
	}
}

fn globals(store: &mut Store<State>, instance: Instance) -> Globals {
	let mut get = |name: &str| instance.get_global(&mut *store, name).map(|global| global.get(&mut *store));
	Globals {
		fuel: get("fuel").and_then(|value| value.i64()).expect("every counting module has it"),
		saved: get("saved").and_then(|value| value.i64()),
		exact: get("exact").and_then(|value| value.i64()),
		status: get("status").and_then(|value| value.i32()).expect("every counting module has it"),
	}
}

fn ending(result: wasmtime::Result<()>) -> Result<Ending, String> {
	use wasmtime::Trap;
	let Err(error) = result else { return Ok(Ending::Returned) };
	if let Some(halt) = error.downcast_ref::<Halt>() {
		return Ok(Ending::Halted(*halt));
	}
	match error.downcast_ref::<Trap>() {
		Some(Trap::OutOfFuel) => Ok(Ending::Halted(Halt::OutOfFuel)),
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
		_ => Err(format!("{error:#}")),
	}
}

fn global(caller: &mut Caller<'_, State>, name: &str) -> Option<Global> {
	caller.get_export(name).and_then(Extern::into_global)
}

fn call(
	caller: &mut Caller<'_, State>,
	function: &'static wasi::HostFunction,
	arguments: &[Val],
) -> wasmtime::Result<u32> {
	let memory = caller.get_export("memory").and_then(Extern::into_memory).expect("programs export it");
	let arguments: Vec<Argument> = arguments
		.iter()
		.map(|value| match value {
			Val::I32(word) => Argument::Word(word.cast_unsigned()),
			Val::I64(long) => Argument::Long(long.cast_unsigned()),
			other => panic!("no function takes {other:?}"),
		})
		.collect();
	let fuel = match caller.data().host.kind {
		Kind::Plain => None,
		Kind::Counting => global(caller, "fuel"),
	};
	let mut counter = fuel.and_then(|fuel| fuel.get(&mut *caller).i64());
	let (bytes, state) = memory.data_and_store_mut(&mut *caller);
	let result = state.host.call(function, &arguments, bytes, counter.as_mut());
	if let (Some(fuel), Some(counter)) = (fuel, counter) {
		fuel.set(&mut *caller, Val::I64(counter))?;
		if let Some(saved) = global(caller, "saved") {
			saved.set(&mut *caller, Val::I64(counter))?;
		}
	}
	Ok(result?)
}
