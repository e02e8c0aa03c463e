//! `assay program test`.

use super::program_build;
use crate::{
	cli::Context,
	error::{Error, Exit},
	program::{self, EngineName, ProgramError, Trial},
	spec::LimitOptions,
	toolchain::{self, Case, Project},
};
use assay_primitives::{TaskLimits, TaskOutcome, TaskStatus};
use assay_vm::{limits, Execution};
use serde::Serialize;
use std::{path::PathBuf, sync::Arc, time::Duration};

/// How long a case may take on one engine.
const PATIENCE: Duration = Duration::from_secs(600);

#[derive(Debug, clap::Args)]
pub(crate) struct Options {
	#[command(flatten)]
	source: program_build::Source,

	/// Leave out the program's own tests, which run outside the machine
	#[arg(long)]
	skip_native: bool,

	#[command(flatten)]
	limits: LimitOptions,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Tested {
	file: PathBuf,
	native: bool,
	cases: Vec<Verdict>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Verdict {
	name: String,
	passed: bool,
	outcome: TaskOutcome,
	/// What is wrong, if anything is.
	problem: Option<String>,
	/// The end of what it wrote to standard error.
	stderr: String,
}

/// Builds a program, runs its own tests, and then its cases on both engines of the machine.
pub(super) fn run(context: &Context, options: Options) -> Result<Exit, Error> {
	let project = Project::open(&options.source.directory)?;
	let file = project.build(options.source.bin.as_deref())?;
	let module: Arc<[u8]> = program_build::module(&file)?.into();
	let limit = u64::try_from(limits::MAX_INPUT_BYTES).unwrap_or(u64::MAX);
	let cases = toolchain::cases(&project, limit)?;
	if !options.skip_native {
		project.test_natively(&file)?;
	}
	let mut tested = Tested { file, native: !options.skip_native, cases: Vec::new() };
	for case in cases {
		let verdict = judge(&module, case, options.limits.limits())?;
		tell(context, &verdict)?;
		tested.cases.push(verdict);
	}
	context.output.json(&tested)?;
	let failed = tested.cases.iter().filter(|verdict| !verdict.passed).count();
	let all = tested.cases.len();
	context.output.line(match failed {
		0 => format!("All {all} cases give what they should, on both engines."),
		failed => format!("{failed} of {all} cases failed."),
	})?;
	Ok(if failed == 0 { Exit::Done } else { Exit::Failed })
}

fn judge(module: &Arc<[u8]>, case: Case, limits: TaskLimits) -> Result<Verdict, Error> {
	let input: Arc<[u8]> = case.input.clone().into();
	let trial = |engine| Trial {
		program: Arc::clone(module),
		index: case.index,
		input: Arc::clone(&input),
		limits,
		engine,
		patience: PATIENCE,
	};
	let execution = trial(EngineName::Wasmtime).run().map_err(ProgramError::from)?;
	let other = trial(EngineName::Wasmi).run().map_err(ProgramError::from)?;
	let problem = problem(&case, &execution, &other);
	Ok(Verdict {
		name: case.name,
		passed: problem.is_none(),
		outcome: execution.outcome,
		problem,
		stderr: String::from_utf8_lossy(&execution.stderr).into_owned(),
	})
}

/// What is wrong with what came of a case.
fn problem(case: &Case, execution: &Execution, other: &Execution) -> Option<String> {
	let status = execution.outcome.status;
	if execution.outcome != other.outcome {
		return Some("the engines disagree: report it, with the program".into());
	}
	if status != TaskStatus::Completed(case.exit) {
		return Some(format!("it {} instead of exit code {}", program::ending(status), case.exit));
	}
	if execution.output == case.output {
		return None;
	}
	let shared = execution.output.iter().zip(&case.output).take_while(|(one, other)| one == other).count();
	Some(format!(
		"it wrote {} bytes where {} were expected, and they differ from byte {shared} on",
		execution.output.len(),
		case.output.len()
	))
}

fn tell(context: &Context, verdict: &Verdict) -> Result<(), Error> {
	let name = &verdict.name;
	let Some(problem) = &verdict.problem else {
		return context.output.line(format_args!("{name}: right, {} fuel", verdict.outcome.fuel));
	};
	context.output.line(format_args!("{name}: WRONG, {problem}"))?;
	for line in program::printable_lines(verdict.stderr.as_bytes()) {
		eprintln!("stderr: {line}");
	}
	Ok(())
}
