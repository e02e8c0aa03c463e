//! Workers as processes, which tests stop, kill and start again.

use crate::{files, process::Process, DevNode};
use std::{
	path::{Path, PathBuf},
	process::{Command, ExitStatus},
};
use tempfile::TempDir;

/// The honest one.
const HONEST: &str = "assay-worker";
/// One that falsifies some results.
const FALSIFYING: &str = "assay-falsifying-worker";

/// A worker with a data directory of its own.
#[derive(Debug)]
pub struct Worker {
	name: String,
	binary: PathBuf,
	arguments: Vec<String>,
	process: Option<Process>,
	// Last, so that it outlives the process.
	directory: TempDir,
}

impl Worker {
	/// Starts `assay-worker` for the account of `suri`.
	///
	/// # Panics
	///
	/// If it cannot be started.
	pub fn start(node: &DevNode, suri: &str, arguments: &[&str]) -> Self {
		Self::launch(HONEST, &node.url(), suri, arguments)
	}

	/// The same for whatever is at an address.
	///
	/// # Panics
	///
	/// If it cannot be started.
	pub fn start_at(url: &str, suri: &str, arguments: &[&str]) -> Self {
		Self::launch(HONEST, url, suri, arguments)
	}

	/// Starts `assay-falsifying-worker`, which takes `--falsify-every` in addition.
	///
	/// # Panics
	///
	/// If it cannot be started.
	pub fn start_falsifying(node: &DevNode, suri: &str, arguments: &[&str]) -> Self {
		Self::launch(FALSIFYING, &node.url(), suri, arguments)
	}

	/// The same for whatever is at an address.
	///
	/// # Panics
	///
	/// If it cannot be started.
	pub fn start_falsifying_at(url: &str, suri: &str, arguments: &[&str]) -> Self {
		Self::launch(FALSIFYING, url, suri, arguments)
	}

	fn launch(binary: &str, url: &str, suri: &str, arguments: &[&str]) -> Self {
		let own = ["--node", url, "--suri", suri];
		let mut worker = Self {
			name: format!("{binary} {suri}"),
			binary: files::binary(binary),
			arguments: own.iter().chain(arguments).map(ToString::to_string).collect(),
			process: None,
			directory: tempfile::tempdir().expect("there is room for a folder"),
		};
		worker.restart();
		worker
	}

	/// Starts it again, with the same arguments and data directory.
	///
	/// # Panics
	///
	/// If it is running.
	pub fn restart(&mut self) {
		assert!(self.process.is_none(), "{} is still running", self.name);
		let mut command = Command::new(&self.binary);
		command
			.args(&self.arguments)
			.arg("--data-dir")
			.arg(self.data_directory())
			.env("RUST_LOG", "info,batch=debug");
		self.process = Some(Process::start(&self.name, command, &self.directory.path().join("log")));
	}

	fn process(&mut self) -> &mut Process {
		self.process.as_mut().unwrap_or_else(|| panic!("{} is not running", self.name))
	}

	/// Ends it as a power cut would.
	///
	/// # Panics
	///
	/// If it is not running.
	pub fn kill_hard(&mut self) {
		self.process().kill_hard();
		self.process = None;
	}

	/// Asks it to end, and waits until it has.
	///
	/// # Panics
	///
	/// If it is not running, or does not end well.
	pub async fn stop(&mut self) {
		let status = self.process().stop().await;
		assert!(status.success(), "{} ended with {status}:\n{}", self.name, self.log());
		self.process = None;
	}

	/// Waits until it ends by itself, and tells how it did.
	///
	/// # Panics
	///
	/// If it is not running, or does not end.
	pub async fn end(&mut self) -> ExitStatus {
		let status = self.process().end().await;
		self.process = None;
		status
	}

	/// Whether it is running.
	pub fn is_running(&mut self) -> bool {
		self.process.as_mut().is_some_and(|process| process.ended().is_none())
	}

	/// Everything it has printed.
	pub fn log(&self) -> String {
		let log = std::fs::read(self.directory.path().join("log")).unwrap_or_default();
		String::from_utf8_lossy(&log).into_owned()
	}

	fn data_directory(&self) -> PathBuf {
		self.directory.path().join("data")
	}

	/// Bytes of results it has on the disk.
	pub fn bytes_of_results(&self) -> u64 {
		let is_results = |path: &Path| path.extension().is_some_and(|extension| extension == "results");
		let Ok(folder) = std::fs::read_dir(self.data_directory().join("batches")) else { return 0 };
		let files = folder.flatten().filter(|entry| is_results(&entry.path()));
		files.filter_map(|entry| entry.metadata().ok()).map(|metadata| metadata.len()).sum()
	}
}
