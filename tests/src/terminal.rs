//! Programs in a terminal of their own, driven as a person would: read what they say, type, press Ctrl-C.

use crate::{files, process::die_with_parent, wait::wait_for};
use std::{
	fs::File,
	io::{Read, Write},
	os::{
		fd::{AsRawFd, FromRawFd, OwnedFd},
		unix::process::CommandExt,
	},
	process::{Child, Command, ExitStatus, Stdio},
	ptr,
	sync::{Arc, Mutex},
	thread::{self, JoinHandle},
};

/// The exit code after Ctrl-C, as of any program.
const INTERRUPTED: i32 = 130;
/// Wide enough that nothing is broken into lines.
const COLUMNS: u16 = 400;
const ROWS: u16 = 50;

/// `assay` in a terminal.
#[derive(Debug)]
pub struct Terminal {
	child: Child,
	keyboard: File,
	screen: Arc<Mutex<Vec<u8>>>,
	/// Reads what is shown until nobody can show anything any more.
	reader: JoinHandle<()>,
}

impl Terminal {
	/// Starts `assay` with these arguments and, besides what is inherited, this environment.
	///
	/// # Panics
	///
	/// If there are no terminals, or it cannot be started.
	pub fn assay(arguments: &[&str], environment: &[(&str, &str)]) -> Self {
		let (keyboard, program_side) = open();
		let again = || Stdio::from(program_side.try_clone().expect("an open terminal can be had again"));
		let mut command = Command::new(files::binary("assay"));
		command.args(arguments).envs(environment.iter().copied());
		command.env("TERM", "xterm").env_remove("NO_COLOR");
		command.stdin(again()).stdout(again()).stderr(again());
		die_with_parent(&mut command);
		// SAFETY: between fork and exec only `setsid` and `ioctl` are called, which are safe to call there and allocate
		// nothing.
		unsafe {
			command.pre_exec(|| {
				if libc::setsid() == -1 || libc::ioctl(0, libc::TIOCSCTTY, 0) == -1 {
					return Err(std::io::Error::last_os_error());
				}
				Ok(())
			});
		}
		let child = command.spawn().unwrap_or_else(|error| panic!("assay cannot be started: {error}"));
		let screen = Arc::new(Mutex::new(Vec::new()));
		let mut output = keyboard.try_clone().expect("an open terminal can be had again");
		let written = Arc::clone(&screen);
		let reader = thread::spawn(move || {
			let mut bytes = [0; 4_096];
			// Ends with an error once nobody has the other side open any more.
			while let Ok(len @ 1..) = output.read(&mut bytes) {
				let some = bytes.get(..len).unwrap_or_default();
				written.lock().expect("nobody panics with it").extend_from_slice(some);
			}
		});
		Self { child, keyboard, screen, reader }
	}

	/// Everything it has shown so far.
	///
	/// # Panics
	///
	/// Never: nobody panics while holding what it has shown.
	pub fn screen(&self) -> String {
		String::from_utf8_lossy(&self.screen.lock().expect("nobody panics with it")).into_owned()
	}

	/// Waits until it has shown this.
	///
	/// # Panics
	///
	/// If it does not.
	pub async fn expect(&self, words: &str) {
		wait_for(&format!("{words:?} at the terminal"), || async {
			self.screen().contains(words).then_some(())
		})
		.await;
	}

	/// Waits until it has asked this, and until what is typed is not shown any more: a question stands there a little
	/// earlier.
	///
	/// # Panics
	///
	/// If it does not.
	pub async fn expect_secretly(&self, question: &str) {
		self.expect(question).await;
		let keyboard = self.keyboard.as_raw_fd();
		wait_for(&format!("the terminal to hide the answer to {question:?}"), || async {
			// SAFETY: all zeros is a value of these settings, and the call writes nothing else.
			let (result, settings) = unsafe {
				let mut settings: libc::termios = std::mem::zeroed();
				(libc::tcgetattr(keyboard, &mut settings), settings)
			};
			(result == 0 && settings.c_lflag & libc::ECHO == 0).then_some(())
		})
		.await;
	}

	/// Types this.
	///
	/// # Panics
	///
	/// If the terminal is gone.
	pub fn type_in(&mut self, text: &str) {
		self.keyboard.write_all(text.as_bytes()).expect("the terminal is there");
	}

	/// Presses Ctrl-C, and leaves it to the terminal what that means.
	///
	/// # Panics
	///
	/// If the terminal is gone.
	pub fn press_ctrl_c(&mut self) {
		self.type_in("\u{3}");
	}

	/// Waits until it ends, and tells its exit code and what it has shown.
	///
	/// # Panics
	///
	/// If it does not end, or dies of a signal.
	pub async fn end(mut self) -> (i32, String) {
		let status = self.wait().await;
		let screen = self.screen();
		let code = status.code().unwrap_or_else(|| panic!("assay died: {status}\n{screen}"));
		(code, screen)
	}
}

impl Terminal {
	/// Waits until it gives way to Ctrl-C: by dying of it, or with the exit code that says so.
	///
	/// # Panics
	///
	/// If it does not end, or ends as if nothing had happened.
	pub async fn expect_interruption(mut self) {
		let status = self.wait().await;
		assert!(matches!(status.code(), None | Some(INTERRUPTED)), "assay ended by itself: {status}");
	}

	async fn wait(&mut self) -> ExitStatus {
		let child = Mutex::new(&mut self.child);
		let status = wait_for("assay to end", || async {
			child.lock().expect("nobody panics with it").try_wait().expect("a child can be waited for")
		})
		.await;
		// Its last words may still be on their way.
		wait_for("all to be read", || async { self.reader.is_finished().then_some(()) }).await;
		status
	}
}

impl Drop for Terminal {
	fn drop(&mut self) {
		// Ended already, unless a test failed.
		let _ = self.child.kill();
		let _ = self.child.wait();
		if thread::panicking() {
			eprintln!("--- the terminal showed:\n{}\n---", self.screen());
		}
	}
}

/// A new terminal: the side of the person, and that of the program.
fn open() -> (File, OwnedFd) {
	let (mut person, mut program) = (-1, -1);
	let size = libc::winsize { ws_row: ROWS, ws_col: COLUMNS, ws_xpixel: 0, ws_ypixel: 0 };
	// SAFETY: the two numbers and the size live until the call returns; no name and no settings are asked for.
	let opened = unsafe { libc::openpty(&mut person, &mut program, ptr::null_mut(), ptr::null(), &size) };
	assert_eq!(opened, 0, "no terminal: {}", std::io::Error::last_os_error());
	// SAFETY: the call above opened both, and nobody else knows of them.
	let (person, program) = unsafe { (File::from_raw_fd(person), OwnedFd::from_raw_fd(program)) };
	for side in [person.as_raw_fd(), program.as_raw_fd()] {
		// SAFETY: sets a flag of an open file, so that other children do not inherit it.
		let set = unsafe { libc::fcntl(side, libc::F_SETFD, libc::FD_CLOEXEC) };
		assert_eq!(set, 0, "no terminal of one's own: {}", std::io::Error::last_os_error());
	}
	(person, program)
}
