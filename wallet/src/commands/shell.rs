//! `assay completions` and `assay man`: what the command line says about itself.

use crate::{
	cli::Context,
	error::{Error, Exit},
	files::{self, FileError},
	program::ProgramError,
};
use clap::Command;
use clap_complete::Shell;
use std::{
	io::{self, Write},
	path::PathBuf,
};

#[derive(Debug, clap::Args)]
pub(crate) struct CompletionOptions {
	/// The shell
	#[arg(value_name = "SHELL")]
	shell: Shell,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ManOptions {
	/// Directory for a page for every command [default: the first page, to standard output]
	#[arg(long, value_name = "DIR")]
	out: Option<PathBuf>,
}

/// Prints what makes a shell complete commands and options.
pub(crate) fn completions(command: &mut Command, options: &CompletionOptions) -> Result<Exit, Error> {
	let mut script = Vec::new();
	clap_complete::generate(options.shell, command, "assay", &mut script);
	print(&script)
}

/// Writes the manual's pages.
pub(crate) fn man(context: &Context, command: Command, options: &ManOptions) -> Result<Exit, Error> {
	let Some(directory) = &options.out else {
		let mut page = Vec::new();
		clap_mangen::Man::new(command).render(&mut page)?;
		return print(&page);
	};
	files::create_directory(directory).map_err(ProgramError::from)?;
	let failed = |source| FileError::Write { path: directory.clone(), source };
	clap_mangen::generate_to(command, directory).map_err(failed).map_err(ProgramError::from)?;
	context.output.note(format_args!("Read them with: man -l {}/assay.1", directory.display()))?;
	Ok(Exit::Done)
}

fn print(bytes: &[u8]) -> Result<Exit, Error> {
	let mut stdout = io::stdout().lock();
	stdout.write_all(bytes)?;
	stdout.flush()?;
	Ok(Exit::Done)
}
