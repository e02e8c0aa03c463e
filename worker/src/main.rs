//! `assay-worker`: earns on spare cores.

use assay_worker::{Arguments, MachineRunner, Worker};
use clap::Parser;
use std::{error::Error, io::IsTerminal, process::ExitCode, sync::Arc, time::Duration};
use tokio::signal::unix::{signal, SignalKind};
use tracing_subscriber::EnvFilter;

fn main() -> ExitCode {
	assay_vm::host::maybe_run_child();
	let arguments = Arguments::parse();
	let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
	tracing_subscriber::fmt()
		.with_env_filter(filter)
		.with_ansi(std::io::stderr().is_terminal())
		.with_writer(std::io::stderr)
		.init();
	let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
		Ok(runtime) => runtime,
		Err(error) => return fail(&error),
	};
	let result = runtime.block_on(work(arguments));
	// Tasks that are still running end with this process.
	runtime.shutdown_timeout(Duration::from_millis(200));
	match result {
		Ok(()) => ExitCode::SUCCESS,
		Err(error) => fail(&*error),
	}
}

fn fail(error: &dyn Error) -> ExitCode {
	eprintln!("assay-worker: {error}");
	ExitCode::FAILURE
}

async fn work(arguments: Arguments) -> Result<(), Box<dyn Error>> {
	let keys = arguments.keys()?;
	let options = arguments.options();
	let runner = Arc::new(MachineRunner::new(options.cores));
	let mut interrupt = signal(SignalKind::interrupt())?;
	let mut terminate = signal(SignalKind::terminate())?;
	let mut stop = std::pin::pin!(async move {
		tokio::select! {
			_ = interrupt.recv() => (),
			_ = terminate.recv() => (),
		}
	});
	let worker = tokio::select! {
		worker = Worker::start(options, keys, runner) => worker?,
		() = &mut stop => return Ok(()),
	};
	let summary = worker.run(stop).await?;
	tracing::info!(target: "worker", "{summary}");
	Ok(())
}
