//! One program on every engine, and what must be the same.

use super::{
	machines::{on_large_stack, Compiled, Interpreted, Interpreter, Job, Kind, Native, Run},
	oracle,
};
use assay_primitives::{TaskLimits, TaskStatus};
use assay_vm::{
	engine::interpreter::{InterpretedProgram, Interpreter as Reference},
	CompiledProgram, Engine, PrepareError, Program, Task,
};

/// All engines.
pub(crate) struct Judge {
	plain: Native,
	native: Native,
	interpreter: Interpreter,
	engine: Engine,
	reference: Reference,
}

/// How much of it is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Care {
	/// The unmodified module, the rewritten one on both engines, the oracle's.
	Usual,
	/// Besides, the oracle's on the other engine, and both engines as the crate sets them up.
	Great,
}

/// A program, ready on every engine.
pub(crate) struct Case {
	pub(crate) program: Program,
	declared: (u64, Option<u64>),
	plain: Compiled,
	native: Compiled,
	interpreted: Interpreted,
	oracle: Interpreted,
	great: Option<Great>,
}

struct Great {
	oracle: Compiled,
	engine: CompiledProgram,
	reference: InterpretedProgram,
}

/// Why a program is not judged, or judged wrong.
#[derive(Debug)]
pub(crate) enum Fault {
	/// The profile refuses it.
	Refused(PrepareError),
	/// Something is wrong with the machine.
	Broken(String),
}

impl Judge {
	pub(crate) fn new() -> Self {
		Self {
			plain: Native::new(Kind::Plain),
			native: Native::new(Kind::Counting),
			interpreter: Interpreter::new(),
			engine: Engine::new().expect("the engine works here"),
			reference: Reference::new().expect("the interpreter works everywhere"),
		}
	}

	pub(crate) fn load(&self, source: &[u8], care: Care) -> Result<Case, Fault> {
		let program = Program::prepare(source).map_err(Fault::Refused)?;
		self.load_program(source, program, care).map_err(Fault::Broken)
	}

	fn load_program(&self, source: &[u8], program: Program, care: Care) -> Result<Case, String> {
		let say = |what: &'static str| move |error: String| format!("{what}: {error}");
		let rewritten = program.module();
		let oracle = oracle::instrument(source);
		let great = match care {
			Care::Usual => None,
			Care::Great => Some(Great {
				oracle: self.native.compile(&oracle).map_err(say("the oracle's module, compiled"))?,
				engine: self.engine.compile(&program).map_err(|error| error.to_string())?,
				reference: self.reference.compile(&program).map_err(|error| error.to_string())?,
			}),
		};
		Ok(Case {
			declared: declared_memory(source),
			plain: self.plain.compile(source).map_err(say("the plain module, compiled"))?,
			native: self.native.compile(rewritten).map_err(say("the rewritten module, compiled"))?,
			interpreted: self.interpreter.load(rewritten).map_err(say("the rewritten module, loaded"))?,
			oracle: self.interpreter.load(&oracle).map_err(say("the oracle's module, loaded"))?,
			great,
			program,
		})
	}

	/// Runs a task on every engine.
	///
	/// # Errors
	///
	/// Which of them do not agree, and on what.
	pub(crate) fn run(&self, case: &Case, input: &[u8], limits: &TaskLimits) -> Result<Run, String> {
		let job =
			Job { program: case.program.hash(), index: 0, input, limits: *limits, declared: case.declared };
		on_large_stack(|| self.compare(case, &job))
	}

	fn compare(&self, case: &Case, job: &Job<'_>) -> Result<Run, String> {
		let say = |what: &'static str| move |error: String| format!("{what}: {error}");
		let oracle = self.interpreter.run(&case.oracle, job).map_err(say("oracle"))?;
		let native = self.native.run(&case.native, job).map_err(say("rewritten, wasmtime"))?;
		let interpreted = self.interpreter.run(&case.interpreted, job).map_err(say("rewritten, wasmi"))?;
		same("rewritten on wasmtime", &native, "rewritten on wasmi", &interpreted)?;
		same("rewritten", &interpreted, "oracle", &oracle)?;
		if let TaskStatus::Completed(_) | TaskStatus::Trapped | TaskStatus::OutputTooLarge = native.status {
			let plain = self.plain.run(&case.plain, job).map_err(say("plain"))?;
			same("plain", &Run { fuel: native.fuel, ..plain }, "rewritten", &native)?;
		}
		if let Some(great) = &case.great {
			let oracle = self.native.run(&great.oracle, job).map_err(say("oracle, wasmtime"))?;
			same("rewritten", &native, "oracle on wasmtime", &oracle)?;
			self.compare_crate(great, job, &native)?;
		}
		Ok(native)
	}

	/// The same through the doors that others use.
	fn compare_crate(&self, great: &Great, job: &Job<'_>, expected: &Run) -> Result<(), String> {
		let task = Task { index: job.index, input: job.input };
		let runs = [
			("Engine", self.engine.run(&great.engine, &task, &job.limits)),
			("Interpreter", self.reference.run(&great.reference, &task, &job.limits)),
		];
		for (name, run) in runs {
			let run = run.map_err(|error| format!("{name}: {error}"))?;
			let (status, fuel) = (run.outcome.status, run.outcome.fuel);
			if (status, fuel, &run.output) != (expected.status, expected.fuel, &expected.output) {
				return Err(format!(
					"{name}: {status:?}, {fuel} burned, expected {:?}, {} burned",
					expected.status, expected.fuel
				));
			}
		}
		Ok(())
	}
}

fn same(one: &str, left: &Run, other: &str, right: &Run) -> Result<(), String> {
	if (left.status, left.fuel) != (right.status, right.fuel) {
		return Err(format!(
			"{one}: {:?}, {} burned; {other}: {:?}, {} burned",
			left.status, left.fuel, right.status, right.fuel
		));
	}
	if left.output != right.output {
		return Err(difference("output", one, &left.output, other, &right.output));
	}
	if let (Some(left), Some(right)) = (&left.memory, &right.memory) {
		if left != right {
			return Err(difference("memory", one, left, other, right));
		}
	}
	Ok(())
}

fn difference(what: &str, one: &str, left: &[u8], other: &str, right: &[u8]) -> String {
	let at = left.iter().zip(right).position(|(left, right)| left != right);
	let at = at.unwrap_or(left.len().min(right.len())) & !7;
	let window = |bytes: &[u8]| {
		let bytes = bytes.get(at..bytes.len().min(at + 16)).unwrap_or_default();
		bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>()
	};
	format!(
		"{what} differs at {at}: {one} has {} of {}, {other} has {} of {}",
		window(left),
		left.len(),
		window(right),
		right.len()
	)
}

/// The initial and the greatest size of a program's memory, in pages.
fn declared_memory(source: &[u8]) -> (u64, Option<u64>) {
	let draft = super::draft::Draft::parse(source).expect("a program can be taken apart");
	let memory = draft.memories.first().expect("programs have one");
	(memory.initial, memory.maximum)
}
