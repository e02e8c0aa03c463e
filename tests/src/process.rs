//! Child processes: started with a log, ended for certain.

use std::{
	fs::OpenOptions,
	path::{Path, PathBuf},
	process::{Child, Command, ExitStatus, Stdio},
	time::{Duration, Instant},
};

/// How long an orderly end may take.
const STOP_PATIENCE: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(50);
/// Lines of a log that are shown when a test fails.
const TAIL: usize = 40;
/// What nodes say of every block: it would leave no room for anything else.
const ROUTINE: [&str; 6] =
	["Imported #", "💤 Idle", "Starting consensus", "Prepared block", "Pre-sealed", "GRANDPA set"];

/// A running process. Dropping it kills it; while the test panics, the end of its log is shown as well.
#[derive(Debug)]
pub struct Process {
	name: String,
	child: Child,
	log: PathBuf,
}

impl Process {
	/// Starts `command` with its output appended to `log`.
	///
	/// # Panics
	///
	/// If it cannot be started.
	pub fn start(name: impl Into<String>, mut command: Command, log: &Path) -> Self {
		let name = name.into();
		let output = OpenOptions::new()
			.create(true)
			.append(true)
			.open(log)
			.unwrap_or_else(|error| panic!("{}: {error}", log.display()));
		let errors = output.try_clone().expect("an open file can be had twice");
		command.stdin(Stdio::null()).stdout(output).stderr(errors);
		die_with_parent(&mut command);
		let child = command.spawn().unwrap_or_else(|error| panic!("{name} cannot be started: {error}"));
		Self { name, child, log: log.to_path_buf() }
	}

	/// Its number.
	pub fn id(&self) -> u32 {
		self.child.id()
	}

	/// How it ended, if it has.
	///
	/// # Panics
	///
	/// If the system does not tell.
	pub fn ended(&mut self) -> Option<ExitStatus> {
		self.child.try_wait().expect("a child can be waited for")
	}

	/// Waits until it ends by itself.
	///
	/// # Panics
	///
	/// If it does not within a minute.
	pub async fn end(&mut self) -> ExitStatus {
		let start = Instant::now();
		loop {
			if let Some(status) = self.ended() {
				return status;
			}
			assert!(start.elapsed() < STOP_PATIENCE, "{} does not end", self.name);
			tokio::time::sleep(PAUSE).await;
		}
	}

	/// Asks it to end (SIGTERM), and waits until it has.
	///
	/// # Panics
	///
	/// If it does not within a minute.
	pub async fn stop(&mut self) -> ExitStatus {
		if self.ended().is_none() {
			let id = libc::pid_t::try_from(self.child.id()).expect("process ids are positive");
			// SAFETY: sends a signal, and touches no memory. The id is that of a child that was not waited for, so
			// it cannot be another process's by now.
			unsafe { libc::kill(id, libc::SIGTERM) };
		}
		self.end().await
	}

	/// Ends it at once (SIGKILL): nothing of it runs any more when this returns.
	///
	/// # Panics
	///
	/// If it has ended before, by itself.
	pub fn kill_hard(&mut self) {
		assert!(self.ended().is_none(), "{} has ended by itself", self.name);
		self.child.kill().expect("a running child can be killed");
		self.child.wait().expect("a child can be waited for");
	}

	/// Everything it has printed.
	pub fn log(&self) -> String {
		String::from_utf8_lossy(&std::fs::read(&self.log).unwrap_or_default()).into_owned()
	}

	fn show_log(&self) {
		let log = self.log();
		let is_routine = |line: &&str| ROUTINE.iter().any(|routine| line.contains(routine));
		let lines: Vec<_> = log.lines().filter(|line| !is_routine(line)).collect();
		let tail = lines.get(lines.len().saturating_sub(TAIL)..).unwrap_or_default().join("\n");
		eprintln!("--- the end of the log of {}:\n{tail}\n---", self.name);
	}
}

impl Drop for Process {
	fn drop(&mut self) {
		// Both fail only if it has ended already.
		let _ = self.child.kill();
		let _ = self.child.wait();
		if std::thread::panicking() {
			self.show_log();
		}
	}
}

/// A test that is killed itself has no chance to clean up: the kernel does it then.
#[cfg(target_os = "linux")]
pub(crate) fn die_with_parent(command: &mut Command) {
	use std::os::unix::process::CommandExt;
	// SAFETY: between fork and exec only `prctl` is called, which is safe to call there and allocates nothing.
	unsafe {
		command.pre_exec(|| match libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) {
			0 => Ok(()),
			_ => Err(std::io::Error::last_os_error()),
		});
	}
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn die_with_parent(_: &mut Command) {}

#[cfg(test)]
mod tests {
	use super::*;

	fn shell(script: &str, log: &Path) -> Process {
		let mut command = Command::new("sh");
		command.args(["-c", script]);
		Process::start(script, command, log)
	}

	#[tokio::test]
	async fn a_process_is_stopped_killed_and_logged() {
		let directory = tempfile::tempdir().expect("there is room for a folder");
		let log = directory.path().join("log");
		let mut polite = shell("trap 'echo bye; exit 7' TERM; echo ready; while :; do sleep 0.1; done", &log);
		while !polite.log().contains("ready") {
			tokio::time::sleep(PAUSE).await;
		}
		assert_eq!(polite.stop().await.code(), Some(7));
		assert_eq!(polite.log(), "ready\nbye\n");

		let mut deaf = shell("trap '' TERM; while :; do sleep 0.1; done", &log);
		deaf.kill_hard();
		assert_eq!(deaf.ended().and_then(|status| status.code()), None);
		assert!(deaf.ended().is_some());
	}

	#[tokio::test]
	async fn nothing_survives_being_dropped() {
		let directory = tempfile::tempdir().expect("there is room for a folder");
		let process = shell("while :; do sleep 0.1; done", &directory.path().join("log"));
		let id = libc::pid_t::try_from(process.child.id()).expect("process ids are positive");
		drop(process);
		// SAFETY: signal 0 only asks whether the process is there.
		assert_eq!(unsafe { libc::kill(id, 0) }, -1);
	}
}
