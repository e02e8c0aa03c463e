//! `assay program build`.

use crate::{
	cli::Context,
	error::{Error, Exit},
	files,
	program::{self, ProgramError},
	toolchain::{Language, Project, ToolchainError},
};
use assay_primitives::Hash;
use serde::Serialize;
use std::path::{Path, PathBuf};

#[derive(Debug, clap::Args)]
pub(crate) struct Source {
	/// The program's folder
	#[arg(value_name = "DIR", default_value = ".")]
	pub(super) directory: PathBuf,

	/// Which one to build, where Rust knows several
	#[arg(long, value_name = "NAME")]
	pub(super) bin: Option<String>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Options {
	#[command(flatten)]
	source: Source,

	/// Where the module goes as well [default: only to build/NAME.wasm in the folder]
	#[arg(long, value_name = "FILE")]
	out: Option<PathBuf>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Built {
	file: PathBuf,
	language: Language,
	bytes: usize,
	hash: Hash,
}

/// Compiles a program, and sees whether the machine takes what came out.
pub(super) fn run(context: &Context, options: Options) -> Result<Exit, Error> {
	let project = Project::open(&options.source.directory)?;
	let file = project.build(options.source.bin.as_deref())?;
	let bytes = module(&file)?;
	if let Some(out) = &options.out {
		files::write(out, &bytes).map_err(ToolchainError::from)?;
	}
	let file = options.out.unwrap_or(file);
	let built = Built { language: project.language, bytes: bytes.len(), hash: Hash::of(&bytes), file };
	context.output.json(&built)?;
	context.output.line(format_args!(
		"{}: {} bytes, hash {}. It can be posted.",
		built.file.display(),
		built.bytes,
		built.hash
	))?;
	Ok(Exit::Done)
}

/// The bytes of what was built, if the machine takes them.
pub(super) fn module(file: &Path) -> Result<Vec<u8>, Error> {
	let bytes = program::read(file).map_err(ProgramError::from)?;
	program::prepare(file, &bytes)?;
	Ok(bytes)
}
