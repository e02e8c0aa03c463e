//! `assay-worker`: earns on spare cores.

use assay_worker::{Arguments, MachineRunner, Worker, WorkerError};
use clap::Parser;
use std::{error::Error, io::IsTerminal, process::ExitCode, sync::Arc, time::Duration};
use tokio::{
	signal::unix::{signal, SignalKind},
	sync::watch,
};
use tracing_subscriber::EnvFilter;

/// The exit code if another worker uses the same account: starting again would not help.
const ACCOUNT_IN_USE: u8 = 3;
/// The exit code if a signal ended it before it could end in good order.
const CUT_OFF: i32 = 130;

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
		Err(error) => {
			let is_in_use = matches!(error.downcast_ref::<WorkerError>(), Some(WorkerError::AccountInUse(_)));
			let code = fail(&*error);
			if is_in_use {
				ACCOUNT_IN_USE.into()
			} else {
				code
			}
		},
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
	// With --finish the first signal asks to finish and the second to stop; without, the first one to stop. One more ends
	// the process where it stands: what it has done is in the journal.
	let stop_at = if options.finish { 2 } else { 1 };
	let signals = count_signals(stop_at)?;
	let after = |count: u32| {
		let mut signals = signals.clone();
		async move {
			let _ = signals.wait_for(|seen| *seen >= count).await;
		}
	};
	let first = after(1);
	let stop = after(stop_at);
	let finish = async move {
		match stop_at {
			1 => std::future::pending().await,
			_ => first.await,
		}
	};
	let worker = tokio::select! {
		worker = Worker::start(options, keys, runner) => worker?,
		() = after(1) => return Ok(()),
	};
	let summary = worker.run_until(finish, stop).await?;
	tracing::info!(target: "worker", "{summary}");
	Ok(())
}

/// Counts SIGINT and SIGTERM. The one after `most` ends the process.
fn count_signals(most: u32) -> Result<watch::Receiver<u32>, Box<dyn Error>> {
	let mut interrupt = signal(SignalKind::interrupt())?;
	let mut terminate = signal(SignalKind::terminate())?;
	let (counted, count) = watch::channel(0_u32);
	tokio::spawn(async move {
		loop {
			tokio::select! {
				_ = interrupt.recv() => (),
				_ = terminate.recv() => (),
			}
			let seen = u32::saturating_add(*counted.borrow(), 1);
			if seen > most {
				std::process::exit(CUT_OFF);
			}
			counted.send_replace(seen);
		}
	});
	Ok(count)
}
