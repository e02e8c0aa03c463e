//! `assay dev`: a chain and a worker on this machine, to try things with. Both end with it, and the chain is forgotten.

use crate::{
	cli::Context,
	config,
	error::{Error, Exit},
	files::{self, FileError},
};
use assay_client::Client;
use std::{
	env,
	fs::File,
	io,
	net::{Ipv4Addr, TcpListener},
	path::{Path, PathBuf},
	process::{self, Child, Command, ExitStatus, Stdio},
	time::Duration,
};
use tokio::signal::unix::{signal, SignalKind};

const NODE: &str = "assay-node";
const WORKER: &str = "assay-worker";
/// Whose stake the worker has. Everybody has these keys.
const WORKER_SECRET: &str = "//Bob";
/// More than enough for jobs that somebody tries out, in ASY.
const STAKE: &str = "1000";
/// How often the processes are looked at.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// Bytes of the node's log that are shown when it ends by itself.
const TAIL_BYTES: usize = 2_000;
/// A log of a chain that was tried out for days is shorter.
const MAX_LOG_BYTES: u64 = 1 << 30;

#[derive(Debug, clap::Args)]
pub(crate) struct Options {
	/// The port of this machine at which the node listens
	#[arg(long, value_name = "PORT", default_value_t = 9944, value_parser = clap::value_parser!(u16).range(1..))]
	port: u16,

	/// Tasks the worker runs at once [default: as many as the machine has cores]
	#[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
	cores: Option<u32>,

	/// Seconds between blocks: 1, to see things sooner, or 3, as on a network
	#[arg(long, value_name = "SECONDS", default_value = "1", value_parser = ["1", "3"])]
	block_time: String,
}

impl Options {
	/// What the node calls the chain.
	fn chain(&self) -> &'static str {
		match self.block_time.as_str() {
			"3" => "dev",
			_ => "quick",
		}
	}
}

/// Why there is no chain to try things with.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DevError {
	/// A program cannot be started.
	#[error("{name} cannot be started: {reason}")]
	NoBinary {
		/// The program.
		name: &'static str,
		/// Why.
		reason: io::Error,
	},
	/// Somebody else has the port.
	#[error("cannot listen at port {port}: {reason}")]
	Port {
		/// The port.
		port: u16,
		/// Why.
		reason: io::Error,
	},
	/// One of the processes ended.
	#[error("{name} ended by itself: {status}{}", said(log))]
	Ended {
		/// The program.
		name: &'static str,
		/// How it ended.
		status: ExitStatus,
		/// The end of its log.
		log: String,
	},
	/// A file cannot be written.
	#[error(transparent)]
	File(#[from] FileError),
}

fn said(log: &str) -> String {
	if log.is_empty() {
		String::new()
	} else {
		format!("; it said last: {log}")
	}
}

impl DevError {
	/// What to do about it.
	pub(crate) fn advice(&self) -> String {
		match self {
			Self::NoBinary { name, .. } => {
				format!("Put {name} next to assay, or onto the path; all are built together.")
			},
			Self::Port { .. } => "Name another one with --port, or use the node that is there.".into(),
			Self::Ended { .. } => "What it said may tell why; otherwise start it alone and look.".into(),
			Self::File(error) => error.advice().into(),
		}
	}

	/// Whether what was typed is to blame.
	pub(crate) fn is_usage(&self) -> bool {
		matches!(self, Self::Port { .. })
	}
}

/// A process that ends with this one.
struct Companion {
	name: &'static str,
	child: Child,
}

impl Companion {
	fn start(name: &'static str, command: &mut Command) -> Result<Self, DevError> {
		let child = command.stdin(Stdio::null()).spawn();
		let child = child.map_err(|reason| DevError::NoBinary { name, reason })?;
		Ok(Self { name, child })
	}

	/// An error if it has ended.
	fn ensure_alive(&mut self, log: &Path) -> Result<(), DevError> {
		match self.child.try_wait() {
			Ok(Some(status)) => {
				let bytes = files::read(log, MAX_LOG_BYTES).unwrap_or_default();
				let tail = bytes.get(bytes.len().saturating_sub(TAIL_BYTES)..).unwrap_or_default();
				let log = String::from_utf8_lossy(tail).into_owned();
				Err(DevError::Ended { name: self.name, status, log })
			},
			Ok(None) | Err(_) => Ok(()),
		}
	}
}

impl Drop for Companion {
	/// Everything it has is in a folder that is removed: there is nothing to be lost.
	fn drop(&mut self) {
		// It may have ended already.
		let _ = self.child.kill();
		let _ = self.child.wait();
	}
}

/// Where chain, journal and log are while this runs.
struct Folder(PathBuf);

impl Folder {
	fn create() -> Result<Self, DevError> {
		let parent = config::state_directory().unwrap_or_else(env::temp_dir).join("dev");
		let path = parent.join(process::id().to_string());
		files::create_private_directory(&path)?;
		Ok(Self(path))
	}

	fn path(&self, name: &str) -> PathBuf {
		self.0.join(name)
	}
}

impl Drop for Folder {
	fn drop(&mut self) {
		// What is left is in nobody's way.
		let _ = std::fs::remove_dir_all(&self.0);
	}
}

/// Runs a chain and a worker until somebody presses Ctrl-C.
pub(crate) async fn run(context: &Context, options: Options) -> Result<Exit, Error> {
	let port = options.port;
	let url = format!("ws://127.0.0.1:{port}");
	drop(TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map_err(|reason| DevError::Port { port, reason })?);
	let mut ends = Ends::watch()?;
	let folder = Folder::create()?;
	let log = folder.path("node.log");
	let mut node = Companion::start(NODE, &mut node_command(&folder, &log, port, options.chain())?)?;
	let waiting = context.output.waiting("starting the chain");
	let started = tokio::select! {
		() = ends.seen() => return Ok(Exit::Done),
		started = answering(&mut node, &log, &url) => started,
	};
	waiting.finish_and_clear();
	started?;
	let mut worker = Companion::start(WORKER, &mut worker_command(&folder, &url, options.cores))?;
	eprintln!("{}", greeting(&url, port, &log));
	let nothing = Path::new("");
	loop {
		tokio::select! {
			() = ends.seen() => return Ok(Exit::Done),
			() = tokio::time::sleep(LOOK_EVERY) => {
				node.ensure_alive(&log)?;
				// Its log is on the screen.
				worker.ensure_alive(nothing)?;
			},
		}
	}
}

/// Waits until the node answers and has made a block.
async fn answering(node: &mut Companion, log: &Path, url: &str) -> Result<(), DevError> {
	loop {
		node.ensure_alive(log)?;
		if let Ok(client) = Client::connect(url).await {
			if client.best_block().await.is_ok_and(|best| best > 0) {
				return Ok(());
			}
		}
		tokio::time::sleep(LOOK_EVERY).await;
	}
}

/// The signals that end a process.
struct Ends([tokio::signal::unix::Signal; 3]);

impl Ends {
	fn watch() -> Result<Self, Error> {
		let watch = |kind| signal(kind).map_err(Error::Runtime);
		Ok(Self([
			watch(SignalKind::interrupt())?,
			watch(SignalKind::terminate())?,
			watch(SignalKind::hangup())?,
		]))
	}

	async fn seen(&mut self) {
		let [interrupt, terminate, hangup] = &mut self.0;
		tokio::select! {
			_ = interrupt.recv() => (),
			_ = terminate.recv() => (),
			_ = hangup.recv() => (),
		}
	}
}

/// A program that stands beside this one, or on the path.
fn program(name: &str) -> Command {
	let beside = env::current_exe().ok().map(|path| path.with_file_name(name)).filter(|path| path.is_file());
	Command::new(beside.unwrap_or_else(|| PathBuf::from(name)))
}

fn node_command(folder: &Folder, log: &Path, port: u16, chain: &str) -> Result<Command, DevError> {
	let failed = |source| FileError::Write { path: log.to_path_buf(), source };
	let file = File::create(log).map_err(failed)?;
	let mut command = program(NODE);
	command
		.args(["--dev", "--chain", chain, "--no-prometheus", "--no-telemetry", "--no-mdns"])
		.args(["--listen-addr", "/ip4/127.0.0.1/tcp/0", "--rpc-port", &port.to_string()])
		.arg("--base-path")
		.arg(folder.path("chain"))
		.stdout(file.try_clone().map_err(failed)?)
		.stderr(file);
	Ok(command)
}

fn worker_command(folder: &Folder, url: &str, cores: Option<u32>) -> Command {
	let mut command = program(WORKER);
	command
		.args(["--node", url, "--stake", STAKE])
		.arg("--data-dir")
		.arg(folder.path("worker"))
		.env_remove("ASSAY_KEY_FILE")
		.env("ASSAY_SURI", WORKER_SECRET);
	if let Some(cores) = cores {
		command.args(["--cores", &cores.to_string()]);
	}
	command
}

fn greeting(url: &str, port: u16, log: &Path) -> String {
	let node = if port == 9944 { String::new() } else { format!(" --node {url}") };
	format!(
		"A chain at {url}, and a worker with the money of {WORKER_SECRET}, which tells here what it does. The node's log \
		 is {}. In another terminal, for example:\n\n    assay program new --lang rust adder\n    assay map adder \
		 adder/tests/cases/0.in adder/tests/cases/7.in --out sums --suri //Charlie --yes{node}\n\nCtrl-C ends both, and the \
		 chain is forgotten.\n",
		log.display()
	)
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn a_port_that_is_taken_is_said_to_be() {
		let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
		let port = taken.local_addr().unwrap().port();
		let reason = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).unwrap_err();
		let error = DevError::Port { port, reason };
		assert!(error.to_string().contains(&port.to_string()) && error.advice().contains("--port"));
		assert!(error.is_usage());
	}

	#[test]
	fn the_worker_gets_its_secret_where_others_cannot_read_it() {
		let folder = Folder(PathBuf::from("/nowhere/assay-dev"));
		let command = worker_command(&folder, "ws://127.0.0.1:1", Some(2));
		let arguments: Vec<_> = command.get_args().map(|argument| argument.to_string_lossy()).collect();
		assert!(!arguments.iter().any(|argument| argument.contains("//Bob")), "{arguments:?}");
		assert!(command.get_envs().any(|(name, _)| name == "ASSAY_SURI"));
		assert_eq!(arguments.last().map(AsRef::as_ref), Some("2"));
	}

	#[test]
	fn blocks_come_as_fast_as_was_asked_for() {
		let options = |block_time: &str| Options { port: 7, cores: None, block_time: block_time.into() };
		let directory = tempfile::tempdir().unwrap();
		for (block_time, chain) in [("1", "quick"), ("3", "dev")] {
			let folder = Folder(directory.path().join(block_time));
			files::create_private_directory(&folder.0).unwrap();
			let log = folder.path("node.log");
			let command = node_command(&folder, &log, 7, options(block_time).chain()).unwrap();
			let arguments: Vec<_> = command.get_args().collect();
			assert!(arguments.windows(2).any(|pair| pair == ["--chain", chain]), "{arguments:?}");
		}
	}

	#[test]
	fn what_is_proposed_names_the_node_if_it_is_not_where_the_wallet_looks() {
		let log = Path::new("log");
		assert!(!greeting("ws://127.0.0.1:9944", 9944, log).contains("--node"));
		assert!(greeting("ws://127.0.0.1:7", 7, log).contains("--yes --node ws://127.0.0.1:7"));
	}
}
