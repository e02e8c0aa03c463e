#![doc = include_str!("../README.md")]

mod auditor;
mod blobs;
mod chain_spec;
mod cli;
mod command;
mod rpc;
mod service;

fn main() -> sc_cli::Result<()> {
	// Does not return in a child process that was started to run tasks.
	assay_vm::host::maybe_run_child();
	command::run()
}
