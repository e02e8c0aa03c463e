//! Compilers for programs: which one a folder wants, whether it is there, and how it is called.

mod assemblyscript;
mod c;
mod rust;

use crate::files::{self, FileError};
use clap::ValueEnum;
use serde::Serialize;
use std::{
	fs, io,
	path::{Path, PathBuf},
	process::{Command, ExitStatus, Stdio},
};

/// Where a program's module goes, in its folder.
const BUILD_DIRECTORY: &str = "build";

/// What a program is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Language {
	/// Rust without its standard library, with the guest crate
	Rust,
	/// C, with wasi-libc
	C,
	/// AssemblyScript, without its runtime's imports
	#[value(name = "assemblyscript")]
	AssemblyScript,
}

/// Why a program is not built or not tested.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ToolchainError {
	/// The folder holds nothing that could be built.
	#[error("{path} holds no program: neither Cargo.toml nor asconfig.json nor C files in src", path = .0.display())]
	NoProject(PathBuf),
	/// A tool is not there, or not usable.
	#[error("{what}")]
	Missing {
		/// What is missing.
		what: String,
		/// How to get it.
		remedy: String,
	},
	/// A tool says that something is wrong.
	#[error("{tool} failed: {status}")]
	Failed {
		/// The tool, and what it did.
		tool: String,
		/// How it ended.
		status: ExitStatus,
	},
	/// The build went well and left not one module, but none or several.
	#[error("the build left {} programs{}", .0.len(), list(.0))]
	NotOneModule(Vec<String>),
	/// A test's file does not say which task it is for, or what should come out.
	#[error("{path}: {problem}", path = path.display())]
	Case {
		/// The file.
		path: PathBuf,
		/// What is wrong with it.
		problem: &'static str,
	},
	/// There is nothing to test with.
	#[error("{path} holds no test cases", path = .0.display())]
	NoCases(PathBuf),
	/// A file cannot be read or written.
	#[error(transparent)]
	File(#[from] FileError),
}

fn list(names: &[String]) -> String {
	match names {
		[] => String::new(),
		names => format!(": {}", names.join(", ")),
	}
}

impl ToolchainError {
	/// What to do about it.
	pub(crate) fn advice(&self) -> String {
		match self {
			Self::NoProject(_) => "Name the folder of a program, or make one with: assay program new --lang rust DIR".into(),
			Self::Missing { remedy, .. } => remedy.clone(),
			Self::Failed { .. } => "What it said stands above.".into(),
			Self::NotOneModule(names) if names.is_empty() => {
				"It must be a program with a main function, not a library.".into()
			},
			Self::NotOneModule(_) => "Choose one with --bin NAME.".into(),
			Self::Case { .. } => {
				"A case is 7-name.in (the input of task 7) with 7-name.out, and 7-name.exit if its exit code is not 0.".into()
			},
			Self::NoCases(_) => "Put the input of task 0 into 0.in there, and what should come out into 0.out.".into(),
			Self::File(error) => error.advice().into(),
		}
	}

	/// Whether the folder or what is in it is to blame.
	pub(crate) fn is_usage(&self) -> bool {
		!matches!(
			self,
			Self::Missing { .. } | Self::File(FileError::Write { .. } | FileError::Directory { .. })
		)
	}
}

/// A folder with a program in it.
#[derive(Clone, Debug)]
pub(crate) struct Project {
	/// The folder.
	pub(crate) directory: PathBuf,
	/// What its program is written in.
	pub(crate) language: Language,
}

impl Project {
	/// Finds out what there is in the folder.
	pub(crate) fn open(directory: &Path) -> Result<Self, ToolchainError> {
		let has = |name: &str| directory.join(name).is_file();
		let language = if has("Cargo.toml") {
			Language::Rust
		} else if has("asconfig.json") {
			Language::AssemblyScript
		} else if !c::sources(directory).is_empty() {
			Language::C
		} else {
			return Err(ToolchainError::NoProject(directory.to_path_buf()));
		};
		Ok(Self { directory: directory.to_path_buf(), language })
	}

	/// Compiles the program, and returns where its module is. `bin` chooses one of several.
	pub(crate) fn build(&self, bin: Option<&str>) -> Result<PathBuf, ToolchainError> {
		match self.language {
			Language::Rust => rust::build(self, bin),
			Language::C => c::build(self),
			Language::AssemblyScript => assemblyscript::build(self),
		}
	}

	/// Runs the program's own tests on this machine, outside of Assay's. `module` is what was built.
	pub(crate) fn test_natively(&self, module: &Path) -> Result<(), ToolchainError> {
		match self.language {
			Language::Rust => rust::test(self),
			Language::C => c::test(self),
			Language::AssemblyScript => assemblyscript::test(self, module),
		}
	}

	/// The name of the folder: that of the program, where nothing else says it.
	fn name(&self) -> String {
		let whole = std::path::absolute(&self.directory).unwrap_or_else(|_| self.directory.clone());
		whole.file_name().map_or_else(|| "program".into(), |name| name.to_string_lossy().into_owned())
	}

	/// Where the module of that name goes.
	fn module(&self, name: &str) -> Result<PathBuf, ToolchainError> {
		let directory = self.directory.join(BUILD_DIRECTORY);
		files::create_directory(&directory)?;
		Ok(directory.join(format!("{name}.wasm")))
	}

	/// A command to be run in the folder. Whatever it prints is for people: standard output is for results.
	fn command(&self, tool: impl AsRef<std::ffi::OsStr>) -> Command {
		let mut command = Command::new(tool);
		command.current_dir(&self.directory).stdin(Stdio::null()).stdout(io::stderr());
		command
	}
}

/// Runs a command to its end.
fn run(command: &mut Command, tool: &str, remedy: &str) -> Result<(), ToolchainError> {
	let status = command.status().map_err(|error| not_there(tool, remedy, &error))?;
	ended(status, tool)
}

fn ended(status: ExitStatus, tool: &str) -> Result<(), ToolchainError> {
	if status.success() {
		return Ok(());
	}
	Err(ToolchainError::Failed { tool: tool.into(), status })
}

fn not_there(tool: &str, remedy: &str, error: &io::Error) -> ToolchainError {
	ToolchainError::Missing { what: format!("cannot start {tool}: {error}"), remedy: remedy.into() }
}

/// What a tool answers on one line; nothing if it cannot be started or fails.
fn answer(command: &mut Command) -> Option<String> {
	let ended = command.stdout(Stdio::piped()).stderr(Stdio::null()).output().ok()?;
	let text = String::from_utf8(ended.stdout).ok().filter(|_| ended.status.success())?;
	Some(text.trim().to_owned())
}

/// The files of a directory whose names end so, sorted. None if it cannot be listed.
fn files_with_extension(directory: &Path, extension: &str) -> Vec<PathBuf> {
	let entries = fs::read_dir(directory).into_iter().flatten().flatten();
	let mut found: Vec<_> = entries
		.map(|entry| entry.path())
		.filter(|path| path.extension().is_some_and(|found| found == extension))
		.collect();
	found.sort();
	found
}

/// A case of `tests/cases`: a task, and what should come of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Case {
	/// Its file's name, without the ending.
	pub(crate) name: String,
	/// The number of the task.
	pub(crate) index: u32,
	/// What it reads.
	pub(crate) input: Vec<u8>,
	/// What it should write.
	pub(crate) output: Vec<u8>,
	/// The exit code it should end with.
	pub(crate) exit: u32,
}

/// The cases of a program, by name. `limit` bounds their files, in bytes.
pub(crate) fn cases(project: &Project, limit: u64) -> Result<Vec<Case>, ToolchainError> {
	let directory = project.directory.join("tests/cases");
	let inputs = files_with_extension(&directory, "in");
	if inputs.is_empty() {
		return Err(ToolchainError::NoCases(directory));
	}
	inputs.iter().map(|path| case(path, limit)).collect()
}

fn case(path: &Path, limit: u64) -> Result<Case, ToolchainError> {
	let wrong = |problem| ToolchainError::Case { path: path.to_path_buf(), problem };
	let name = path.file_stem().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
	let number = name.split('-').next().unwrap_or_default();
	let index = number.parse().map_err(|_| wrong("its name does not begin with the number of a task"))?;
	let output = files::read_if_present(&path.with_extension("out"), limit)?
		.ok_or_else(|| wrong("there is no file of that name that ends in .out"))?;
	let exit = match files::read_if_present(&path.with_extension("exit"), limit)? {
		None => 0,
		Some(bytes) => String::from_utf8_lossy(&bytes)
			.trim()
			.parse()
			.map_err(|_| wrong("the file of that name that ends in .exit holds no exit code"))?,
	};
	Ok(Case { name, index, input: files::read(path, limit)?, output, exit })
}

#[cfg(test)]
mod tests {
	use super::*;

	fn project(files: &[(&str, &str)]) -> (tempfile::TempDir, Result<Project, ToolchainError>) {
		let directory = tempfile::tempdir().unwrap();
		for (path, text) in files {
			let whole = directory.path().join(path);
			fs::create_dir_all(whole.parent().unwrap()).unwrap();
			fs::write(whole, text).unwrap();
		}
		let project = Project::open(directory.path());
		(directory, project)
	}

	#[test]
	fn a_folder_tells_its_language() {
		for (file, language) in [
			("Cargo.toml", Language::Rust),
			("asconfig.json", Language::AssemblyScript),
			("src/main.c", Language::C),
		] {
			assert_eq!(project(&[(file, "")]).1.unwrap().language, language);
		}
		assert!(matches!(project(&[("main.py", "")]).1, Err(ToolchainError::NoProject(_))));
	}

	#[test]
	fn cases_are_read_from_their_names_and_files() {
		let files = [
			("src/main.c", ""),
			("tests/cases/7-x.in", "a"),
			("tests/cases/7-x.out", "b"),
			("tests/cases/7-x.exit", "3\n"),
			("tests/cases/0.in", ""),
			("tests/cases/0.out", ""),
		];
		let (_kept, project) = project(&files);
		let found = cases(&project.unwrap(), 100).unwrap();
		let plain = Case { name: "0".into(), index: 0, input: vec![], output: vec![], exit: 0 };
		let other = Case { name: "7-x".into(), index: 7, input: b"a".into(), output: b"b".into(), exit: 3 };
		assert_eq!(found, [plain, other]);
	}

	#[test]
	fn a_case_that_says_too_little_is_refused() {
		for files in [
			&[("src/main.c", ""), ("tests/cases/a.in", ""), ("tests/cases/a.out", "")][..],
			&[("src/main.c", ""), ("tests/cases/1.in", "")],
			&[
				("src/main.c", ""),
				("tests/cases/1.in", ""),
				("tests/cases/1.out", ""),
				("tests/cases/1.exit", "x"),
			],
		] {
			let (_kept, project) = project(files);
			assert!(matches!(cases(&project.unwrap(), 100), Err(ToolchainError::Case { .. })), "{files:?}");
		}
		let (_kept, empty) = project(&[("src/main.c", "")]);
		assert!(matches!(cases(&empty.unwrap(), 100), Err(ToolchainError::NoCases(_))));
	}

	#[test]
	fn a_tool_that_is_not_there_is_named_with_the_way_to_get_it() {
		let error = run(&mut Command::new("/nowhere/compiler"), "the compiler", "Get it.").unwrap_err();
		assert!(error.to_string().contains("the compiler"), "{error}");
		assert_eq!((error.advice().as_str(), error.is_usage()), ("Get it.", false));
		let error = run(&mut Command::new("false"), "the compiler", "Get it.").unwrap_err();
		assert!(matches!(error, ToolchainError::Failed { .. }) && error.is_usage(), "{error}");
	}
}
