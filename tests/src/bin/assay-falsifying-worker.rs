//! A worker that cheats, for tests: it is `assay-worker` in everything, but invents the results of some tasks. A chain
//! that pays for one of them although an auditor looked at it is broken.

use assay_primitives::{sealing::TaskResult, TaskIndex, TaskOutcome};
use assay_tests::falsified;
use assay_vm::{NoVerdict, ProgramSource};
use assay_worker::{Arguments, MachineRunner, TaskOrder, TaskRunner, Worker};
use clap::Parser;
use std::{error::Error, io::IsTerminal, num::NonZeroU32, process::ExitCode, sync::Arc};
use tokio::signal::unix::{signal, SignalKind};

#[derive(Parser)]
#[command(name = "assay-falsifying-worker", about = "A worker that cheats, for tests")]
struct CheatArguments {
	#[command(flatten)]
	worker: Arguments,
	/// Falsify one task of this many: those whose number leaves a remainder of 3.
	#[arg(long, value_name = "N")]
	falsify_every: NonZeroU32,
}

/// Runs tasks, and tells something else about some of them.
struct Falsifier {
	honest: MachineRunner,
	every: NonZeroU32,
}

impl TaskRunner for Falsifier {
	fn check(&self, program: &ProgramSource) -> Result<(), NoVerdict> {
		self.honest.check(program)
	}

	fn run(&self, order: &TaskOrder<'_>) -> Result<TaskResult, NoVerdict> {
		let result = self.honest.run(order)?;
		Ok(if falsified::is_falsified(order.task, self.every) { falsify(order.task, result) } else { result })
	}
}

/// The hardest lie to find: status, length and fuel are true, one bit of the output is not.
fn falsify(task: TaskIndex, mut result: TaskResult) -> TaskResult {
	match result.output.first_mut() {
		Some(byte) => *byte ^= 1,
		None => result.output.push(0),
	}
	let TaskOutcome { status, fuel, .. } = result.outcome;
	if let Some(outcome) = TaskOutcome::new(status, &result.output, fuel) {
		eprintln!("falsified task {task}");
		result.outcome = outcome;
	}
	result
}

fn main() -> ExitCode {
	assay_vm::host::maybe_run_child();
	let arguments = CheatArguments::parse();
	tracing_subscriber::fmt()
		.with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
		.with_writer(std::io::stderr)
		.with_ansi(std::io::stderr().is_terminal())
		.init();
	match cheat(arguments) {
		Ok(()) => ExitCode::SUCCESS,
		Err(error) => {
			eprintln!("assay-falsifying-worker: {error}");
			ExitCode::FAILURE
		},
	}
}

#[tokio::main]
async fn cheat(arguments: CheatArguments) -> Result<(), Box<dyn Error>> {
	let keys = arguments.worker.keys()?;
	let options = arguments.worker.options();
	let runner = Falsifier { honest: MachineRunner::new(options.cores), every: arguments.falsify_every };
	let mut terminate = signal(SignalKind::terminate())?;
	let worker = Worker::start(options, keys, Arc::new(runner)).await?;
	worker
		.run(async move {
			terminate.recv().await;
		})
		.await?;
	Ok(())
}
