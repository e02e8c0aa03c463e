//! What the machine says to modules of the real world.

use crate::proof::{
	command::{command, Act, Action, When},
	draft::{Draft, Stand},
	judge::{Care, Fault, Judge},
	value::Value,
};
use assay_primitives::TaskLimits;
use assay_vm::{Engine, PrepareError, Program};
use std::{
	collections::BTreeMap,
	path::{Path, PathBuf},
	process::ExitCode,
	time::Instant,
};
use wasmparser::ExternalKind;

const LIMITS: TaskLimits = TaskLimits { fuel: 20_000_000, memory_pages: 4_096, output_bytes: 1 << 20 };

/// Prepares all modules below the directories as they are. Those that are no commands, or import what the machine does
/// not have, become commands that call what they export; what they import traps.
pub(crate) fn survey(directories: &[&str]) -> ExitCode {
	let mut files = Vec::new();
	for directory in directories {
		collect(Path::new(directory), &mut files);
	}
	files.sort();
	let (judge, engine) = (Judge::new(), Engine::new().expect("the engine works here"));
	let mut verdicts = BTreeMap::<String, usize>::new();
	let mut failed = false;
	for path in &files {
		let Ok(bytes) = std::fs::read(path) else { continue };
		let verdict = look(&judge, &engine, &bytes);
		println!("{} ({} bytes): {}", path.display(), bytes.len(), verdict.text);
		*verdicts.entry(verdict.class).or_default() += 1;
		failed |= verdict.is_fault;
	}
	println!("{} modules", files.len());
	for (class, count) in verdicts {
		println!("{count:>6} {class}");
	}
	ExitCode::from(u8::from(failed))
}

fn collect(directory: &Path, files: &mut Vec<PathBuf>) {
	let Ok(entries) = std::fs::read_dir(directory) else { return };
	for path in entries.flatten().map(|entry| entry.path()) {
		if path.is_dir() {
			collect(&path, files);
		} else if path.extension().is_some_and(|extension| extension == "wasm") {
			files.push(path);
		}
	}
}

struct Verdict {
	class: String,
	text: String,
	is_fault: bool,
}

fn look(judge: &Judge, engine: &Engine, bytes: &[u8]) -> Verdict {
	let begun = Instant::now();
	let prepared = Program::prepare(bytes);
	let took = begun.elapsed().as_millis();
	let as_it_is = match &prepared {
		Ok(_) => "a command".to_owned(),
		Err(error) => error.to_string(),
	};
	let made;
	let source = match &prepared {
		Ok(_) => bytes,
		Err(PrepareError::UnknownImport { .. } | PrepareError::Forbidden { .. })
		| Err(PrepareError::MissingExport { .. } | PrepareError::WrongExport { .. })
		| Err(PrepareError::ImportSignature { .. }) => match command_of(bytes) {
			Ok(command) => {
				made = command;
				made.as_slice()
			},
			Err(error) => return refused(error, took, &as_it_is),
		},
		Err(error) => return refused(class_of(error), took, &as_it_is),
	};
	match run(judge, engine, source) {
		Ok(ran) => Verdict {
			class: format!("in the profile{}", if prepared.is_ok() { ", a command" } else { "" }),
			text: format!("{as_it_is}; prepared in {took} ms; {ran}"),
			is_fault: false,
		},
		Err(Fault::Refused(error)) => refused(class_of(&error), took, &error.to_string()),
		Err(Fault::Broken(error)) => {
			Verdict { class: "FAULT".into(), text: format!("{as_it_is}; {error}"), is_fault: true }
		},
	}
}

fn refused(class: String, took: u128, text: &str) -> Verdict {
	Verdict {
		text: format!("REFUSED in {took} ms: {text}"),
		class: format!("refused: {class}"),
		is_fault: false,
	}
}

fn class_of(error: &PrepareError) -> String {
	match error {
		PrepareError::Forbidden { construct, .. } => construct.clone(),
		PrepareError::Limit { what, .. } => (*what).into(),
		PrepareError::TooLarge { .. } => "bytes".into(),
		PrepareError::Invalid { message, .. } => message.clone(),
		other => format!("{other}"),
	}
}

/// A command that calls the exported functions, each with small numbers, up to the first that traps.
fn command_of(bytes: &[u8]) -> Result<Vec<u8>, String> {
	let mut draft = Draft::parse(bytes).map_err(|error| error.0)?;
	draft
		.resolve(|import| {
			use wasmparser::TypeRef;
			match import.ty {
				TypeRef::Func(_) => Stand::Trap,
				TypeRef::Memory(ty) => Stand::Memory(ty),
				TypeRef::Table(ty) => Stand::Table(ty),
				TypeRef::Global(ty) => {
					let zero = Value::zero(ty.content_type).constant();
					Stand::Global(crate::proof::draft::encoded(&zero))
				},
				_ => Stand::Missing,
			}
		})
		.map_err(|error| error.0)?;
	let mut acts = Vec::new();
	for (number, export) in
		(1..).zip(draft.exports.iter().filter(|export| export.1 == ExternalKind::Func).take(60))
	{
		let Some(ty) = draft.signature(export.2) else { continue };
		let arguments = ty.params().iter().map(|ty| Value::zero(*ty)).collect();
		let action = Action::Call { function: export.2, arguments };
		acts.push(Act { action, when: When::AllOrChosen(number), keep: true });
	}
	command(draft, &acts).map(|command| command.bytes).map_err(|error| error.0)
}

fn run(judge: &Judge, engine: &Engine, source: &[u8]) -> Result<String, Fault> {
	let program = Program::prepare(source).map_err(Fault::Refused)?;
	let begun = Instant::now();
	engine.compile(&program).map_err(|error| Fault::Broken(error.to_string()))?;
	let took = begun.elapsed().as_millis();
	let case = judge.load(source, Care::Usual)?;
	let mut statuses = Vec::new();
	for choice in 0u32..6 {
		let run = judge.run(&case, &choice.to_le_bytes(), &LIMITS).map_err(Fault::Broken)?;
		statuses.push(format!("{:?} {}", run.status, run.fuel));
	}
	statuses.dedup();
	let grown = program.module().len() * 100 / source.len();
	Ok(format!("{grown} % of its size, compiled in {took} ms; {}", statuses.join(", ")))
}
