//! The process that tasks run in, as an executable of its own.
//!
//! It is started by [`assay_vm::TaskHost`] and talks to it over its standard streams; it is of no use to people.

fn main() -> std::process::ExitCode {
	assay_vm::host::maybe_run_child();
	eprintln!("assay-task-host runs tasks for the program that starts it. There is nothing to do by hand.");
	std::process::ExitCode::FAILURE
}
