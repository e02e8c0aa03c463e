//! An auditor that lies (`assay-lying-auditor`), as a process.

use crate::{files, process::Process};
use std::process::Command;
use tempfile::TempDir;

/// A running liar.
#[derive(Debug)]
pub struct LyingAuditor {
	process: Process,
	// Last, so that it outlives the process.
	_directory: TempDir,
}

impl LyingAuditor {
	/// Has an auditor with the key of `suri` lie, through the node at an address: `behaviour` and more as its arguments
	/// name it.
	///
	/// # Panics
	///
	/// If it cannot be started.
	pub fn start(url: &str, suri: &str, behaviour: &str, arguments: &[&str]) -> Self {
		let directory = tempfile::tempdir().expect("there is room for a folder");
		let mut command = Command::new(files::binary("assay-lying-auditor"));
		command.args(["--node", url, "--suri", suri, "--behaviour", behaviour]).args(arguments);
		let log = directory.path().join("log");
		let process = Process::start(format!("assay-lying-auditor {suri}"), command, &log);
		Self { process, _directory: directory }
	}

	/// How often it has lied, or kept silent, so far.
	pub fn lies(&self) -> usize {
		let is_lie = |line: &&str| line.ends_with(": lied") || line.ends_with(": not reported");
		self.process.log().lines().filter(is_lie).count()
	}

	/// How often it has voted so far.
	pub fn votes(&self) -> usize {
		self.process.log().lines().filter(|line| line.ends_with(": voted")).count()
	}
}
