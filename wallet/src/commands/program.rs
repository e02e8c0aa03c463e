//! `assay program`: everything about programs that takes no node.

use super::{program_build, program_check, program_new, program_run, program_test};
use crate::{
	cli::Context,
	error::{Error, Exit},
};
use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
	/// Make a folder with a new program in it, and tests
	New(program_new::Options),

	/// Compile the program in a folder for the machine, with the compiler of its language
	Build(program_build::Options),

	/// Build the program in a folder, run its own tests, and its test cases in the machine
	Test(program_test::Options),

	/// Tell whether a module can be posted, what it needs, and how a task of it ends; asks no node
	Check(program_check::Options),

	/// Run one task here, exactly as workers and auditors do; asks no node
	Run(program_run::Options),
}

/// Carries out a command.
pub(crate) fn run(context: &Context, command: Command) -> Result<Exit, Error> {
	match command {
		Command::New(options) => program_new::run(context, options),
		Command::Build(options) => program_build::run(context, options),
		Command::Test(options) => program_test::run(context, options),
		Command::Check(options) => program_check::run(context, options),
		Command::Run(options) => program_run::run(context, options),
	}
}
