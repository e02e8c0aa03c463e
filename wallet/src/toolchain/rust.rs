//! Rust: cargo, for the target without an operating system.

use super::{answer, ended, not_there, run, Project, ToolchainError};
use serde::Deserialize;
use std::{
	fs,
	io::{BufRead, BufReader},
	path::PathBuf,
	process::Stdio,
};

const TARGET: &str = "wasm32v1-none";
const GET_RUST: &str =
	"Install Rust 1.84 or newer from https://rustup.rs, then run: rustup target add wasm32v1-none";
const GET_TARGET: &str =
	"Run: rustup target add wasm32v1-none (Rust 1.84 or newer; rustup is at https://rustup.rs)";

/// What cargo says of each thing it made; of its messages the part that is needed.
#[derive(Deserialize)]
struct Message {
	reason: String,
	target: Option<Made>,
	#[serde(default)]
	filenames: Vec<PathBuf>,
}

#[derive(Deserialize)]
struct Made {
	name: String,
	kind: Vec<String>,
}

/// Compiles the package and copies its module.
pub(super) fn build(project: &Project, bin: Option<&str>) -> Result<PathBuf, ToolchainError> {
	ensure_target(project)?;
	let mut command = project.command("cargo");
	command.args(["build", "--release", "--target", TARGET, "--message-format", "json-render-diagnostics"]);
	if let Some(name) = bin {
		command.args(["--bin", name]);
	}
	let mut child =
		command.stdout(Stdio::piped()).spawn().map_err(|error| not_there("cargo", GET_RUST, &error))?;
	let mut modules = Vec::new();
	if let Some(stdout) = child.stdout.take() {
		for line in BufReader::new(stdout).lines().map_while(Result::ok) {
			modules.extend(module(&line));
		}
	}
	let status = child.wait().map_err(|error| not_there("cargo", GET_RUST, &error))?;
	ended(status, "cargo build")?;
	match modules.as_slice() {
		[(name, built)] => {
			let copy = project.module(name)?;
			fs::copy(built, &copy)
				.map_err(|source| crate::files::FileError::Write { path: copy.clone(), source })?;
			Ok(copy)
		},
		several => Err(ToolchainError::NotOneModule(several.iter().map(|(name, _)| name.clone()).collect())),
	}
}

/// The program that a message of cargo's is about, if it is about one: its name and its module.
fn module(line: &str) -> Option<(String, PathBuf)> {
	let message: Message = serde_json::from_str(line).ok()?;
	let made =
		message.target.filter(|made| made.kind.iter().any(|kind| kind == "bin" || kind == "cdylib"))?;
	let is_module = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "wasm");
	let path = message.filenames.into_iter().find(is_module)?;
	(message.reason == "compiler-artifact").then_some((made.name, path))
}

fn ensure_target(project: &Project) -> Result<(), ToolchainError> {
	let mut command = project.command("rustc");
	let Some(directory) = answer(command.args(["--print", "target-libdir", "--target", TARGET])) else {
		// It does not even know the target, or it is not there.
		return match answer(project.command("rustc").arg("--version")) {
			Some(version) => Err(missing(format!("{version} does not know the target {TARGET}"), GET_RUST)),
			None => Err(missing("there is no rustc on the path".into(), GET_RUST)),
		};
	};
	let has_core = fs::read_dir(directory)
		.into_iter()
		.flatten()
		.flatten()
		.any(|entry| entry.file_name().to_string_lossy().starts_with("libcore-"));
	if has_core {
		return Ok(());
	}
	Err(missing(format!("the Rust compiler has no libraries for the target {TARGET}"), GET_TARGET))
}

fn missing(what: String, remedy: &str) -> ToolchainError {
	ToolchainError::Missing { what, remedy: remedy.into() }
}

/// The package's tests, on this machine.
pub(super) fn test(project: &Project) -> Result<(), ToolchainError> {
	run(project.command("cargo").arg("test"), "cargo test", GET_RUST)
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn cargo_tells_which_file_is_the_program() {
		let line = |reason: &str, kind: &str, file: &str| {
			format!(
				r#"{{"reason":"{reason}","target":{{"name":"mine","kind":["{kind}"]}},"filenames":["/a/mine.d","{file}"]}}"#
			)
		};
		let found = Some(("mine".to_owned(), PathBuf::from("/a/mine.wasm")));
		assert_eq!(module(&line("compiler-artifact", "bin", "/a/mine.wasm")), found);
		assert_eq!(module(&line("compiler-artifact", "lib", "/a/libmine.rlib")), None);
		assert_eq!(module(&line("compiler-artifact", "bin", "/a/mine")), None);
		assert_eq!(module(&line("build-script-executed", "bin", "/a/mine.wasm")), None);
		assert_eq!(module(r#"{"reason":"build-finished","success":true}"#), None);
		assert_eq!(module("running"), None);
	}
}
