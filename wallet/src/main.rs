//! `assay`: post bounties, follow them, fetch verified results.

mod anchor;
mod books;
/// Bytes that nobody would write.
#[cfg(test)]
#[path = "../../primitives/tests/bytes/mod.rs"]
mod bytes;
mod check;
mod cli;
mod commands;
mod config;
mod error;
mod files;
mod identity;
mod keyring;
mod output;
mod plan;
mod program;
mod rerun;
mod results;
mod scaffold;
mod shown;
mod spec;
#[cfg(test)]
mod testing;
mod toolchain;

use std::process::ExitCode;

fn main() -> ExitCode {
	assay_vm::host::maybe_run_child();
	cli::main()
}
