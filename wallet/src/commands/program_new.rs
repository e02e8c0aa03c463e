//! `assay program new`.

use crate::{
	cli::Context,
	error::{Error, Exit},
	scaffold,
	toolchain::Language,
};
use serde::Serialize;
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub(crate) struct Options {
	/// The folder to make; it must be empty or not there yet
	#[arg(value_name = "DIR")]
	directory: PathBuf,

	/// What to write the program in
	#[arg(long = "lang", value_enum, value_name = "LANGUAGE")]
	language: Language,

	/// The program's name [default: that of the folder]
	#[arg(long)]
	name: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Made {
	name: String,
	language: Language,
	directory: PathBuf,
	files: Vec<String>,
}

/// Writes a new program.
pub(super) fn run(context: &Context, options: Options) -> Result<Exit, Error> {
	let name = scaffold::name(options.name.as_deref(), &options.directory)?;
	let files = scaffold::write(&options.directory, options.language, &name)?;
	let directory = options.directory.display().to_string();
	context.output.json(&Made { name, language: options.language, directory: options.directory, files })?;
	context.output.line(format_args!(
		"Made {directory}. What it takes to build it stands in its README.md. Next:\n\n    cd {directory}\n    assay program test"
	))?;
	Ok(Exit::Done)
}
