//! `assay program check`.

use super::program_run::MAX_INDEX;
use crate::{
	cli::Context,
	error::{Error, Exit},
	files,
	output::{count, one_line, Facts},
	program::{self, pages, EngineName, ProgramError, Trial},
	spec::LimitOptions,
};
use assay_primitives::{Hash, TaskIndex, TaskLimits, TaskOutcome, VM_VERSION};
use assay_vm::{
	limits,
	summary::{ItemKind, ModuleSummary},
	Execution, Program,
};
use serde::Serialize;
use std::{
	path::{Path, PathBuf},
	sync::Arc,
	time::Duration,
};

/// How long the sample run may take. Far more than the usual limits of a task allow.
const PATIENCE: Duration = Duration::from_secs(600);

#[derive(Debug, clap::Args)]
pub(crate) struct Options {
	/// The module
	#[arg(value_name = "PROGRAM.wasm")]
	program: PathBuf,

	/// A file that the sample run reads; it reads nothing without one
	#[arg(long, value_name = "FILE")]
	input: Option<PathBuf>,

	/// Number of the sample run's task
	#[arg(long, value_name = "N", default_value_t = 0,
		value_parser = clap::value_parser!(u32).range(..=MAX_INDEX))]
	index: TaskIndex,

	/// What does the sample run; all come to the same outcome
	#[arg(long, value_enum, default_value = "wasmtime")]
	engine: EngineName,

	#[command(flatten)]
	limits: LimitOptions,
}

/// What is told about a module.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Checked {
	file: PathBuf,
	bytes: usize,
	hash: Hash,
	vm_version: u16,
	postable: bool,
	/// Why it is not postable.
	reason: Option<String>,
	/// What to do about it.
	advice: Option<String>,
	/// Unless the bytes are no module at all.
	module: Option<Module>,
	/// Bytes of the module that the engine gets, if it is postable.
	rewritten_bytes: Option<usize>,
	/// The least a job's `--memory-pages` may be, if it is postable.
	needs_memory_pages: Option<u64>,
	/// What became of a task, if it is postable.
	sample: Option<Sample>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Module {
	functions: u32,
	code_bytes: u64,
	data_bytes: u64,
	start_function: bool,
	memory: Option<Memory>,
	imports: Vec<Import>,
	exports: Vec<Export>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Memory {
	initial_pages: u64,
	maximum_pages: Option<u64>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Import {
	module: String,
	name: String,
	kind: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Export {
	name: String,
	kind: String,
}

impl From<ModuleSummary> for Module {
	fn from(summary: ModuleSummary) -> Self {
		let imports = summary.imports.into_iter().map(|import| Import {
			module: import.module,
			name: import.name,
			kind: kind(&import.kind),
		});
		let exports =
			summary.exports.into_iter().map(|export| Export { name: export.name, kind: kind(&export.kind) });
		Self {
			functions: summary.functions,
			code_bytes: summary.code_bytes,
			data_bytes: summary.data_bytes,
			start_function: summary.has_start_function,
			memory: summary
				.memory
				.map(|memory| Memory { initial_pages: memory.initial, maximum_pages: memory.maximum }),
			imports: imports.collect(),
			exports: exports.collect(),
		}
	}
}

fn kind(kind: &ItemKind) -> String {
	kind.to_string()
}

/// A task that was run to see how it ends.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Sample {
	engine: EngineName,
	task: TaskIndex,
	input_bytes: usize,
	limits: TaskLimits,
	/// Nothing, if this machine could not run it to its end.
	outcome: Option<TaskOutcome>,
	/// Why there is no outcome.
	no_verdict: Option<String>,
	/// The end of what it wrote to standard error. No part of the outcome.
	stderr: String,
}

/// Checks a module.
pub(super) fn run(context: &Context, options: Options) -> Result<Exit, Error> {
	let bytes = program::read(&options.program).map_err(ProgramError::from)?;
	let input = input(options.input.as_deref())?;
	let mut checked = Checked::new(&options.program, &bytes);
	let result = match program::prepare(&options.program, &bytes) {
		Ok(program) => {
			checked.accept(&program);
			checked.try_one(context, &options, bytes.into(), input)
		},
		Err(refusal) => {
			checked.reason = Some(one_line(&refusal.to_string()));
			checked.advice = Some(one_line(&refusal.advice()));
			Err(refusal)
		},
	};
	context.output.json(&checked)?;
	context.output.line(checked.facts())?;
	if let Some(sample) = &checked.sample {
		for line in program::printable_lines(sample.stderr.as_bytes()) {
			eprintln!("stderr: {line}");
		}
	}
	result?;
	Ok(Exit::Done)
}

fn input(path: Option<&Path>) -> Result<Arc<[u8]>, ProgramError> {
	let Some(path) = path else { return Ok(Arc::default()) };
	let limit = u64::try_from(limits::MAX_INPUT_BYTES).unwrap_or(u64::MAX);
	Ok(files::read(path, limit)?.into())
}

impl Checked {
	/// What can be told of any bytes.
	fn new(file: &Path, bytes: &[u8]) -> Self {
		Self {
			file: file.to_path_buf(),
			bytes: bytes.len(),
			hash: Hash::of(bytes),
			vm_version: VM_VERSION,
			postable: false,
			reason: None,
			advice: None,
			module: ModuleSummary::read(bytes).ok().map(Module::from),
			rewritten_bytes: None,
			needs_memory_pages: None,
			sample: None,
		}
	}

	fn accept(&mut self, program: &Program) {
		self.postable = true;
		self.rewritten_bytes = Some(program.module().len());
		self.needs_memory_pages = Some(program.initial_pages().max(1));
	}

	/// Runs a task. A task that fails is no reason not to post the program, but one without an outcome leaves the check
	/// undone.
	fn try_one(
		&mut self,
		context: &Context,
		options: &Options,
		program: Arc<[u8]>,
		input: Arc<[u8]>,
	) -> Result<(), ProgramError> {
		let trial = Trial {
			program,
			index: options.index,
			input,
			limits: options.limits.limits(),
			engine: options.engine,
			patience: PATIENCE,
		};
		let waiting = context.output.waiting("running a task of it");
		let result = trial.run();
		waiting.finish_and_clear();
		self.sample = Some(Sample {
			engine: trial.engine,
			task: trial.index,
			input_bytes: trial.input.len(),
			limits: trial.limits,
			outcome: result.as_ref().ok().map(|execution| execution.outcome),
			no_verdict: result.as_ref().err().map(|error| one_line(&error.to_string())),
			stderr: result.as_ref().map_or_else(|_| String::new(), stderr),
		});
		result.map(drop).map_err(ProgramError::from)
	}

	fn facts(&self) -> Facts {
		let mut facts = Facts::default();
		let size = match self.rewritten_bytes {
			Some(rewritten) => format!("{} bytes, {rewritten} once it is metered", self.bytes),
			None => format!("{} bytes", self.bytes),
		};
		facts
			.add("Program", one_line(&self.file.display().to_string()))
			.add("Hash", self.hash)
			.add("Size", size)
			.add("Machine", format_args!("version {}", self.vm_version));
		if let Some(module) = &self.module {
			module.add_to(&mut facts);
		}
		if let Some(pages) = self.needs_memory_pages {
			facts.add("Needs", format_args!("--memory-pages {pages} or more"));
		}
		if let Some(sample) = &self.sample {
			sample.add_to(&mut facts, self.needs_memory_pages.unwrap_or(1));
		}
		facts.add("Postable", if self.postable { "yes" } else { "no" });
		facts
	}
}

fn stderr(execution: &Execution) -> String {
	String::from_utf8_lossy(&execution.stderr).into_owned()
}

impl Module {
	fn add_to(&self, facts: &mut Facts) {
		facts.add(
			"Contents",
			format_args!(
				"{} with {} bytes of code, {} bytes of data{}",
				count(self.functions, "function"),
				self.code_bytes,
				self.data_bytes,
				if self.start_function { ", a start function" } else { "" },
			),
		);
		let memory = match &self.memory {
			None => "none".into(),
			Some(Memory { initial_pages, maximum_pages: None }) => {
				format!("{} at first, more up to the task's limit", pages(*initial_pages))
			},
			Some(Memory { initial_pages, maximum_pages: Some(maximum) }) => {
				format!("{} at first, {} at most", pages(*initial_pages), pages(*maximum))
			},
		};
		facts.add("Memory", memory);
		let mut label = "Imports";
		for import in &self.imports {
			facts.add(label, one_line(&format!("{} {} {}", import.module, import.name, import.kind)));
			label = "";
		}
		label = "Exports";
		for export in &self.exports {
			facts.add(label, one_line(&format!("{} {}", export.name, export.kind)));
			label = "";
		}
	}
}

impl Sample {
	fn add_to(&self, facts: &mut Facts, initial_pages: u64) {
		let task = format!("task {} on {} bytes of input", self.task, self.input_bytes);
		let Some(outcome) = &self.outcome else {
			let reason = self.no_verdict.as_deref().unwrap_or("unknown");
			facts.add("Sample", format_args!("{task}: no verdict, {reason}"));
			return;
		};
		facts.add("Sample", format_args!("{task} {}", program::ending(outcome.status)));
		facts.add("", format_args!("{} fuel, {} bytes of output", outcome.fuel, outcome.output_len));
		if let Some(remedy) = program::remedy(outcome.status, &self.limits, initial_pages) {
			facts.add("", remedy);
		}
	}
}
