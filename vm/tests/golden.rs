//! What became of known tasks of the example programs, to the last unit of fuel.
//!
//! `golden/NAME.json` lists tasks of `examples/prebuilt/NAME.wasm` with the outcome and the leaf (of job 0) that every
//! version of this crate with the same [`assay_vm::VM_VERSION`] must arrive at, on either engine. The README of this
//! crate tells what a difference means. With `ASSAY_BLESS=1` in the environment the outcomes are written instead of
//! compared; the engines must agree even then.

use assay_primitives::{Hash, TaskLimits, TaskOutcome};
use assay_vm::{engine::interpreter::Interpreter, Engine, Execution, NoVerdict, Program, Task, VM_VERSION};
use serde::{Deserialize, Serialize};
use std::{
	collections::BTreeSet,
	fmt::Write as _,
	fs,
	path::{Path, PathBuf},
};

const JOB: u64 = 0;

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Golden {
	vm_version: u16,
	/// BLAKE3 of the program.
	program: Hash,
	tasks: Vec<GoldenTask>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct GoldenTask {
	index: u32,
	input: Input,
	limits: TaskLimits,
	#[serde(flatten)]
	result: GoldenResult,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Input {
	/// A path below `examples`.
	File(PathBuf),
	Text(String),
}

/// Nothing of it is there in a task that was never blessed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct GoldenResult {
	outcome: Option<TaskOutcome>,
	leaf: Option<Hash>,
}

fn examples() -> PathBuf {
	Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples")
}

fn directory() -> PathBuf {
	Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

fn read(path: &Path) -> Vec<u8> {
	fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The names of the files in a directory that end in `extension`, without it.
fn names(directory: &Path, extension: &str) -> BTreeSet<String> {
	let entries = fs::read_dir(directory).expect("the directory is there");
	let paths = entries.map(|entry| entry.expect("it can be read").path());
	paths
		.filter(|path| path.extension().is_some_and(|found| found == extension))
		.map(|path| path.file_stem().expect("it has a name").to_string_lossy().into_owned())
		.collect()
}

impl Input {
	fn bytes(&self) -> Vec<u8> {
		match self {
			Self::File(path) => read(&examples().join(path)),
			Self::Text(text) => text.clone().into_bytes(),
		}
	}
}

type Run<'a> = Box<dyn Fn(&Task<'_>, &TaskLimits) -> Result<Execution, NoVerdict> + 'a>;

/// One program on both engines.
struct Engines {
	compiled: Engine,
	interpreted: Interpreter,
}

impl Engines {
	fn new() -> Self {
		Self {
			compiled: Engine::new().expect("the compiler works here"),
			interpreted: Interpreter::new().expect("the interpreter works here"),
		}
	}

	fn load(&self, program: &Program) -> [(&'static str, Run<'_>); 2] {
		let compiled = self.compiled.compile(program).expect("it compiles");
		let interpreted = self.interpreted.compile(program).expect("it compiles");
		[
			("compiled", Box::new(move |task, limits| self.compiled.run(&compiled, task, limits))),
			("interpreted", Box::new(move |task, limits| self.interpreted.run(&interpreted, task, limits))),
		]
	}
}

/// The results of a program's tasks; they are the same on both engines.
fn results(engines: &Engines, program: &Program, tasks: &[GoldenTask]) -> Vec<GoldenResult> {
	let runs = engines.load(program);
	let on = |run: &Run<'_>, task: &GoldenTask| {
		let input = task.input.bytes();
		run(&Task { index: task.index, input: &input }, &task.limits).expect("there is a verdict")
	};
	let result = |task| {
		let [(first, compiled), (second, interpreted)] = &runs;
		let (compiled, interpreted) = (on(compiled, task), on(interpreted, task));
		assert_eq!(compiled, interpreted, "{first} and {second} differ: {task:?}");
		let leaf = compiled.outcome.leaf(JOB, task.index);
		GoldenResult { outcome: Some(compiled.outcome), leaf: Some(leaf) }
	};
	tasks.iter().map(result).collect()
}

/// What differs from the file, one line each.
fn differences(name: &str, golden: &Golden, program: &Program, results: &[GoldenResult]) -> String {
	let mut text = String::new();
	if golden.vm_version != VM_VERSION {
		let _ = writeln!(text, "{name}: for version {}, this is {VM_VERSION}", golden.vm_version);
	}
	if golden.program != program.hash() {
		let _ = writeln!(text, "{name}: another program: {}, not {}", program.hash(), golden.program);
	}
	for (task, result) in golden.tasks.iter().zip(results) {
		if task.result != *result {
			let _ = writeln!(
				text,
				"{name}, task {} of {:?}:\n  now    {result:?}\n  golden {:?}",
				task.index, task.input, task.result
			);
		}
	}
	text
}

fn bless(path: &Path, golden: Golden, program: &Program, results: Vec<GoldenResult>) {
	let tasks = golden.tasks.into_iter().zip(results);
	let tasks = tasks.map(|(task, result)| GoldenTask { result, ..task }).collect();
	let golden = Golden { vm_version: VM_VERSION, program: program.hash(), tasks };
	let text = serde_json::to_string_pretty(&golden).expect("it can be written");
	fs::write(path, text + "\n").expect("the file can be written");
}

#[test]
fn outcomes_are_what_they_always_were() {
	let engines = Engines::new();
	let bless_them = std::env::var_os("ASSAY_BLESS").is_some_and(|value| value == "1");
	let mut found = String::new();
	for name in names(&directory(), "json") {
		let path = directory().join(&name).with_extension("json");
		let golden: Golden = serde_json::from_slice(&read(&path)).expect("the file is well-formed");
		let program = examples().join("prebuilt").join(&name).with_extension("wasm");
		let program = Program::prepare(&read(&program)).expect("the profile takes the example");
		let results = results(&engines, &program, &golden.tasks);
		if bless_them {
			bless(&path, golden, &program, results);
		} else {
			found += &differences(&name, &golden, &program, &results);
		}
	}
	assert!(found.is_empty(), "outcomes have changed (see \"Golden outcomes\" in vm/README.md):\n{found}");
}

#[test]
fn every_example_has_golden_outcomes() {
	let programs = names(&examples().join("prebuilt"), "wasm");
	assert!(programs.len() >= 6, "{programs:?}");
	assert_eq!(names(&directory(), "json"), programs);
}
