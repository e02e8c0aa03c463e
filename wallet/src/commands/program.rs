//! `assay program`: everything about programs that takes no node.

use super::{program_check, program_run};
use crate::{
	cli::Context,
	error::{Error, Exit},
};
use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
	/// Tell whether a module can be posted, what it needs, and how a task of it ends; asks no node
	Check(program_check::Options),

	/// Run one task here, exactly as workers and auditors do; asks no node
	Run(program_run::Options),
}

/// Carries out a command.
pub(crate) fn run(context: &Context, command: Command) -> Result<Exit, Error> {
	match command {
		Command::Check(options) => program_check::run(context, options),
		Command::Run(options) => program_run::run(context, options),
	}
}
