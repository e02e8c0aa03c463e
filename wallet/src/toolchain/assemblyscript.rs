//! AssemblyScript: its compiler is a package of npm, in the program's folder.

use super::{answer, run, Project, ToolchainError};
use serde::Deserialize;
use std::path::{Path, PathBuf};

/// A configuration is a few lines long.
const MAX_CONFIGURATION: u64 = 1 << 20;
const GET_NODE: &str =
	"Install Node.js 20 or newer with npm, from https://nodejs.org or as packages of the system.";
const COMPILER: &str = "node_modules/assemblyscript/bin/asc.js";
const TEST: &str = "tests/native.mjs";

#[derive(Deserialize)]
struct Configuration {
	targets: Targets,
}

#[derive(Deserialize)]
struct Targets {
	release: Release,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Release {
	out_file: PathBuf,
}

/// Runs the compiler with the settings in `asconfig.json`.
pub(super) fn build(project: &Project) -> Result<PathBuf, ToolchainError> {
	if answer(project.command("node").arg("--version")).is_none() {
		return Err(ToolchainError::Missing {
			what: "there is no node on the path".into(),
			remedy: GET_NODE.into(),
		});
	}
	if !project.directory.join(COMPILER).is_file() {
		return Err(ToolchainError::Missing {
			what: "the AssemblyScript compiler is not installed in the program's folder".into(),
			remedy: format!("Run: cd {} && npm ci --ignore-scripts", project.directory.display()),
		});
	}
	let module = module(project)?;
	let mut command = project.command("node");
	command.args([COMPILER, "assembly/index.ts", "--target", "release"]);
	run(&mut command, "the AssemblyScript compiler", GET_NODE)?;
	Ok(module)
}

fn module(project: &Project) -> Result<PathBuf, ToolchainError> {
	let path = project.directory.join("asconfig.json");
	let bytes = crate::files::read(&path, MAX_CONFIGURATION)?;
	let configuration: Configuration = serde_json::from_slice(&bytes).map_err(|_| ToolchainError::Case {
		path,
		problem: "it does not say where targets.release.outFile goes",
	})?;
	Ok(project.directory.join(configuration.targets.release.out_file))
}

/// Runs the script that runs the program under Node.js.
pub(super) fn test(project: &Project, module: &Path) -> Result<(), ToolchainError> {
	if !project.directory.join(TEST).is_file() {
		return Ok(());
	}
	let module = std::path::absolute(module).unwrap_or_else(|_| module.to_path_buf());
	run(project.command("node").args(["--no-warnings", TEST]).arg(module), TEST, GET_NODE)
}
