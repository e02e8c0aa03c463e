#![allow(clippy::result_large_err, reason = "it is the SDK's own error that is so large")]
#![doc = include_str!("../README.md")]
// The unit tests leave out what assembles the node: that instantiates half of the SDK, and costs minutes to compile
// once more. The end-to-end tests run the node itself.
#![cfg_attr(test, allow(dead_code))]

mod auditor;
mod blobs;
/// Bytes that nobody would write.
#[cfg(test)]
#[path = "../../primitives/tests/bytes/mod.rs"]
mod bytes;
mod certificate;
mod chain_spec;
#[cfg(not(test))]
mod cli;
#[cfg(not(test))]
mod command;
mod equivocations;
mod meters;
mod metrics;
mod rpc;
#[cfg(not(test))]
mod service;
mod views;

#[cfg(not(test))]
fn main() -> std::process::ExitCode {
	// Does not return in a child process that was started to run tasks.
	assay_vm::host::maybe_run_child();
	match command::run() {
		Ok(()) => std::process::ExitCode::SUCCESS,
		Err(error) => {
			// In words that say what to do, not in those of the program.
			eprintln!("assay-node: {error}");
			std::process::ExitCode::FAILURE
		},
	}
}
