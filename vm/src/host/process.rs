//! The child as a process: starting it, talking to it, ending it.

use super::{
	pipe,
	protocol::{self, Confinement, Enforced, EngineKind, Reply, Request, GREETING, MAX_REPLY_BYTES},
	CHILD_ARGUMENT,
};
use crate::error::{printable, NoVerdict};
use codec::Encode;
use std::{
	ffi::OsString,
	io,
	os::{fd::AsFd, unix::process::CommandExt, unix::process::ExitStatusExt},
	path::Path,
	process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio},
	sync::{mpsc, Mutex, Once, OnceLock},
	thread,
	time::{Duration, Instant},
};

/// How long a child may take to be ready, on a machine that is busy.
const START: Duration = Duration::from_secs(30);
/// How long a child that closed its pipes may take to be gone.
const EXIT: Duration = Duration::from_millis(500);

/// A child process with both its pipes. It is killed when dropped.
pub(super) struct Process {
	child: Child,
	stdin: ChildStdin,
	stdout: ChildStdout,
}

impl Process {
	/// Starts a child and waits until it is confined.
	pub(super) fn start(
		executable: Option<&Path>,
		confinement: Confinement,
		engine: EngineKind,
	) -> Result<Self, NoVerdict> {
		let mut process = Self::launch(executable).map_err(|error| NoVerdict::Spawn(error.to_string()))?;
		let request = Request::Begin { confinement, engine };
		match process.ask(&request, None, Instant::now(), START) {
			Ok(Reply::Ready { greeting: GREETING, enforced }) => {
				tell_once(&enforced);
				Ok(process)
			},
			Ok(Reply::NoVerdict(error)) => Err(NoVerdict::Spawn(error.made_printable().to_string())),
			Ok(_) => Err(NoVerdict::Spawn("it did not answer as a task host does".into())),
			Err(error) => Err(NoVerdict::Spawn(format!(
				"{error}; does its main function call assay_vm::host::maybe_run_child first?"
			))),
		}
	}

	fn launch(executable: Option<&Path>) -> io::Result<Self> {
		let mut command = Command::new(match executable {
			Some(path) => path.into(),
			None => own_executable()?,
		});
		command
			.arg0(CHILD_ARGUMENT.trim_start_matches('_'))
			.arg(CHILD_ARGUMENT)
			.env_clear()
			.current_dir("/")
			// A Ctrl-C meant for the parent is none of the child's business.
			.process_group(0)
			.stdin(Stdio::piped())
			.stdout(Stdio::piped())
			.stderr(Stdio::inherit());
		let mut child = spawn_from_lasting_thread(command)?;
		match (child.stdin.take(), child.stdout.take()) {
			(Some(stdin), Some(stdout)) => {
				let process = Self { child, stdin, stdout };
				pipe::never_block(process.stdin.as_fd())?;
				pipe::never_block(process.stdout.as_fd())?;
				Ok(process)
			},
			_ => {
				child.kill()?;
				child.wait()?;
				Err(io::Error::other("its pipes are missing"))
			},
		}
	}

	pub(super) fn id(&self) -> u32 {
		self.child.id()
	}

	/// One request, with the frame that follows it, and its reply.
	///
	/// After an error the child is of no more use.
	pub(super) fn ask(
		&mut self,
		request: &Request,
		attachment: Option<&[u8]>,
		started: Instant,
		wall_clock: Duration,
	) -> Result<Reply, NoVerdict> {
		// A deadline beyond the end of time is none; a day at a time will do.
		let deadline =
			started.checked_add(wall_clock).unwrap_or_else(|| started + Duration::from_secs(86_400));
		self.exchange(request, attachment, deadline).map_err(|error| match error.kind() {
			io::ErrorKind::TimedOut => NoVerdict::TimedOut(wall_clock),
			io::ErrorKind::InvalidData => NoVerdict::Protocol(error.to_string()),
			_ => NoVerdict::Crashed(self.post_mortem(&error)),
		})
	}

	fn exchange(
		&mut self,
		request: &Request,
		attachment: Option<&[u8]>,
		deadline: Instant,
	) -> io::Result<Reply> {
		let request = request.encode();
		for frame in [Some(request.as_slice()), attachment].into_iter().flatten() {
			pipe::write_all(&mut self.stdin, &protocol::header(frame.len())?, deadline)?;
			pipe::write_all(&mut self.stdin, frame, deadline)?;
		}
		let mut header = [0; 4];
		pipe::read_exact(&mut self.stdout, &mut header, deadline)?;
		let mut reply = vec![0; protocol::frame_len(header, MAX_REPLY_BYTES)?];
		pipe::read_exact(&mut self.stdout, &mut reply, deadline)?;
		protocol::decode(&reply)
	}

	/// What became of a child that no longer talks.
	fn post_mortem(&mut self, error: &io::Error) -> String {
		let deadline = Instant::now() + EXIT;
		loop {
			match self.child.try_wait() {
				Ok(Some(status)) => return describe(status),
				Ok(None) if Instant::now() < deadline => thread::sleep(Duration::from_millis(5)),
				_ => return error.to_string(),
			}
		}
	}
}

impl Drop for Process {
	fn drop(&mut self) {
		// Both fail only for a child that is gone and waited for already.
		let _ = self.child.kill();
		let _ = self.child.wait();
	}
}

/// Tells whoever runs this machine how far it protects itself. Once is enough: it is the kernel's doing.
fn tell_once(enforced: &Enforced) {
	static TOLD: Once = Once::new();
	TOLD.call_once(|| {
		let gaps = enforced.gaps();
		if gaps.is_empty() {
			log::info!(target: "assay::vm", "Tasks run behind a filter of system calls and Landlock");
		}
		for gap in gaps {
			log::warn!(target: "assay::vm", "Tasks run less confined than they could be: {}", printable(&gap, 256));
		}
	});
}

fn describe(status: ExitStatus) -> String {
	match (status.signal(), status.code()) {
		(Some(libc::SIGKILL), _) => "it was killed, perhaps for lack of memory".into(),
		(Some(libc::SIGSYS), _) => "it made a system call that it has no use for".into(),
		(Some(libc::SIGXCPU), _) => "it used up its time on the processor".into(),
		(Some(libc::SIGABRT), _) => "it gave up, perhaps for lack of memory".into(),
		(Some(signal), _) => format!("signal {signal} ended it"),
		(None, Some(code)) => format!("it exited with code {code}"),
		(None, None) => "it is gone".into(),
	}
}

fn own_executable() -> io::Result<OsString> {
	// Stays right when the file is replaced by a newer version while this one runs.
	if cfg!(target_os = "linux") {
		return Ok("/proc/self/exe".into());
	}
	std::env::current_exe().map(Into::into)
}

type Launch = (Command, mpsc::SyncSender<io::Result<Child>>);

/// Starts the child from a thread that lasts as long as this process does.
///
/// The kernel ends the child when the *thread* that started it ends, and callers' threads come and go.
fn spawn_from_lasting_thread(command: Command) -> io::Result<Child> {
	static LAUNCHER: OnceLock<Option<Mutex<mpsc::Sender<Launch>>>> = OnceLock::new();
	let gone = || io::Error::other("no thread to start it from");
	let launcher = LAUNCHER.get_or_init(|| {
		let (sender, launches) = mpsc::channel::<Launch>();
		let thread = thread::Builder::new().name("assay-launcher".into()).spawn(move || {
			for (mut command, answer) in launches {
				// Whoever asked has a child to look after, or is gone: then the child ends with its pipes.
				let _ = answer.send(command.spawn());
			}
		});
		thread.ok().map(|_| Mutex::new(sender))
	});
	let (answer, child) = mpsc::sync_channel(1);
	let sender = launcher.as_ref().ok_or_else(gone)?.lock().map_err(|_| gone())?.clone();
	sender.send((command, answer)).map_err(|_| gone())?;
	child.recv().map_err(|_| gone())?
}
