//! Each barrier is put up in a process of its own, which then tries to get out. The same attempts without a barrier
//! show that it is the barrier that stops them.

use super::*;
use crate::host::protocol::{LANDLOCK_SIGNALS, LANDLOCK_TCP};
use std::{
	ffi::CStr,
	net::TcpListener,
	os::{
		linux::net::SocketAddrExt,
		unix::{
			net::{SocketAddr, UnixListener},
			process::ExitStatusExt,
		},
	},
	process::{Command, ExitStatus},
	ptr,
};

const BARRIER: &str = "ASSAY_TEST_BARRIER";
const ATTEMPT: &str = "ASSAY_TEST_ATTEMPT";
const TARGET: &str = "ASSAY_TEST_TARGET";

/// What is put up before an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Barrier {
	Nothing,
	Landlock,
	SystemCalls,
	Everything,
}

/// How an attempt ended.
#[derive(Debug, PartialEq, Eq)]
enum Ending {
	/// The kernel did as it was asked.
	Done,
	/// The kernel refused, with this error.
	Refused(i32),
	/// The kernel ended the process for asking.
	Killed,
	/// The kernel does not have the barrier.
	NoBarrier,
}

const REPORT: &str = "attempt ended with ";

/// Makes an attempt behind a barrier, in a process of its own.
fn attempt(barrier: Barrier, attempt: &str, target: &str) -> Ending {
	let output = Command::new(std::env::current_exe().expect("this test"))
		.args(["--exact", "host::confine::tests::behind_a_barrier", "--ignored", "--nocapture"])
		.args(["--test-threads", "1"])
		.env(BARRIER, format!("{barrier:?}"))
		.env(ATTEMPT, attempt)
		.env(TARGET, target)
		.output()
		.expect("this test starts again");
	let printed = String::from_utf8_lossy(&output.stdout);
	let report = printed.lines().find_map(|line| line.split_once(REPORT)).map(|(_, error)| error.trim());
	match report {
		None if killed_for_asking(output.status) => Ending::Killed,
		Some("nothing") => Ending::NoBarrier,
		Some("0") => Ending::Done,
		Some(error) => Ending::Refused(error.parse().expect("an error's number")),
		None => panic!("{barrier:?}, {attempt}: {:?}\n{printed}", output.status),
	}
}

fn killed_for_asking(status: ExitStatus) -> bool {
	status.signal() == Some(libc::SIGSYS)
}

/// Prints the report with a single write, which every barrier lets through, and ends.
fn report(ending: impl std::fmt::Display) -> ! {
	let line = format!("\n{REPORT}{ending}\n");
	// SAFETY: the bytes live through the call; the process ends without running anything else.
	unsafe {
		libc::write(1, line.as_ptr().cast(), line.len());
		libc::_exit(0)
	}
}

fn put_up(barrier: &str) {
	let generous = Confinement { address_space: 1 << 36, data: 1 << 34, cpu_seconds: 60, niceness: 0 };
	let missing = match barrier {
		"Nothing" => false,
		"Landlock" => landlock::restrict().is_err(),
		"SystemCalls" => filter().is_err(),
		"Everything" => confine(&generous).expect("the limits are there").system_calls.is_err(),
		other => panic!("there is no barrier {other}"),
	};
	if missing {
		report("nothing");
	}
}

#[test]
#[ignore = "plays the child in the other tests"]
fn behind_a_barrier() {
	let variable = |name| std::env::var(name).expect("the parent sets it");
	let (what, target) = (variable(ATTEMPT), variable(TARGET));
	let prepared = Prepared::new(&target);
	put_up(&variable(BARRIER));
	let result = try_to(&what, &prepared);
	report(if result < 0 { io::Error::last_os_error().raw_os_error().unwrap_or(-1) } else { 0 });
}

/// What an attempt needs and could not get once the barrier is up.
struct Prepared {
	text: Vec<u8>,
	parent: libc::pid_t,
	/// A socket that is not connected.
	socket: libc::c_int,
	/// A copy of standard output.
	copy: libc::c_int,
	/// A file to be mapped.
	file: libc::c_int,
}

impl Prepared {
	fn new(target: &str) -> Self {
		let family = if target.starts_with('@') { libc::AF_UNIX } else { libc::AF_INET };
		// SAFETY: the path is a valid string, and the others take numbers only.
		unsafe {
			Self {
				text: format!("{target}\0").into_bytes(),
				parent: libc::getppid(),
				socket: libc::socket(family, libc::SOCK_STREAM, 0),
				copy: libc::dup(1),
				file: libc::open(c"/proc/self/exe".as_ptr(), libc::O_RDONLY),
			}
		}
	}

	fn path(&self) -> *const libc::c_char {
		self.text.as_ptr().cast()
	}

	fn connect_tcp(&self) -> libc::c_int {
		let address = self.internet_address();
		// SAFETY: the address lives through the call, and is as long as is said.
		unsafe { libc::connect(self.socket, ptr::from_ref(&address).cast(), length_of(&address)) }
	}

	fn bind_tcp(&self) -> libc::c_int {
		let address = libc::sockaddr_in { sin_port: 0, ..self.internet_address() };
		// SAFETY: as above.
		unsafe { libc::bind(self.socket, ptr::from_ref(&address).cast(), length_of(&address)) }
	}

	fn internet_address(&self) -> libc::sockaddr_in {
		let port = CStr::from_bytes_with_nul(&self.text).expect("a string").to_str().expect("a number");
		// SAFETY: all of it are numbers, for which zero is a value.
		let mut address: libc::sockaddr_in = unsafe { std::mem::zeroed() };
		address.sin_family = libc::AF_INET as libc::sa_family_t;
		address.sin_port = port.parse().map_or(0, u16::to_be);
		address.sin_addr.s_addr = u32::from_ne_bytes([127, 0, 0, 1]);
		address
	}

	fn connect_abstract(&self) -> libc::c_int {
		// SAFETY: as above.
		let mut address: libc::sockaddr_un = unsafe { std::mem::zeroed() };
		address.sun_family = libc::AF_UNIX as libc::sa_family_t;
		// An abstract name begins with a zero, where the target has an `@`, and has none at its end.
		let name = self.text.strip_prefix(b"@").and_then(|name| name.strip_suffix(b"\0")).expect("a name");
		for (place, byte) in address.sun_path.iter_mut().skip(1).zip(name) {
			*place = *byte as libc::c_char;
		}
		let length = size_of::<libc::sa_family_t>() + 1 + name.len();
		// SAFETY: as above.
		unsafe { libc::connect(self.socket, ptr::from_ref(&address).cast(), length as libc::socklen_t) }
	}
}

fn length_of<T>(_: &T) -> libc::socklen_t {
	size_of::<T>() as libc::socklen_t
}

/// What the filter must answer with death. The first few, whatever is around, work without it.
const DEADLY: &[&str] = &[
	"make a socket",
	"make a pair of sockets",
	"execute a file",
	"fork",
	"signal the parent",
	"signal a thread of the parent",
	"make a pipe",
	"copy a descriptor",
	"write to another descriptor",
	"map a file",
	"make a file in memory",
	"trace the parent",
	"read the parent's memory",
	"make a directory",
	"remove a file",
	"make a namespace",
	"set up io_uring",
	"load a program into the kernel",
	"handle page faults",
	"count events",
	"add a key",
	"open a process",
	"mount",
	"set the clock",
	"become another user",
	"open a file the new way",
	"queue a signal",
	"reach a call of the other width",
];
const WORKS_ANYWHERE: usize = 11;

/// What the filter must refuse.
const REFUSED: &[&str] =
	&["open a file", "raise a limit", "change a descriptor", "talk to a terminal", "clone the new way"];

fn try_to(attempt: &str, prepared: &Prepared) -> libc::c_int {
	let no_one: *mut libc::c_void = ptr::null_mut();
	let arguments = [c"echo".as_ptr(), c"attempt ended with 0".as_ptr(), ptr::null()];
	let mut descriptors = [0; 2];
	let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
	let mut buffer = [0u8; 64];
	let place = libc::iovec { iov_base: buffer.as_mut_ptr().cast(), iov_len: buffer.len() };
	let call = |number: libc::c_long, arguments: [libc::c_long; 3]| {
		let [first, second, third] = arguments;
		// SAFETY: only for calls that take numbers, or refuse the null pointers they are given.
		(unsafe { libc::syscall(number, first, second, third, 0 as libc::c_long, 0 as libc::c_long) })
			as libc::c_int
	};
	// SAFETY: every pointer is valid through its call, or null where the kernel checks for it.
	unsafe {
		match attempt {
			"open a file" => libc::open(prepared.path(), libc::O_RDONLY),
			"open a file the new way" => call(libc::SYS_openat2, [libc::AT_FDCWD.into(), 0, 0]),
			"create a file" => libc::open(prepared.path(), libc::O_WRONLY | libc::O_CREAT, 0o600),
			"make a directory" => libc::mkdir(prepared.path(), 0o700),
			"remove a file" => libc::unlink(prepared.path()),
			"execute a file" => {
				libc::execve(c"/bin/echo".as_ptr(), arguments.as_ptr(), arguments[2..].as_ptr())
			},
			"make a socket" => libc::socket(libc::AF_UNIX, libc::SOCK_DGRAM, 0),
			"make a pair of sockets" => {
				libc::socketpair(libc::AF_UNIX, libc::SOCK_STREAM, 0, descriptors.as_mut_ptr())
			},
			"connect" => prepared.connect_tcp(),
			"listen" => prepared.bind_tcp(),
			"connect to an abstract socket" => prepared.connect_abstract(),
			"fork" => match call(libc::SYS_clone, [libc::SIGCHLD.into(), 0, 0]) {
				0 => libc::_exit(0),
				child => child,
			},
			"clone the new way" => call(libc::SYS_clone3, [0, 0, 0]),
			"signal the parent" => libc::kill(prepared.parent, 0),
			"signal a thread of the parent" => {
				call(libc::SYS_tgkill, [prepared.parent.into(), prepared.parent.into(), 0])
			},
			"queue a signal" => call(libc::SYS_rt_sigqueueinfo, [prepared.parent.into(), 0, 0]),
			"make a pipe" => libc::pipe(descriptors.as_mut_ptr()),
			"copy a descriptor" => libc::dup2(1, 9),
			"change a descriptor" => libc::fcntl(1, libc::F_DUPFD, 9),
			"talk to a terminal" => call(libc::SYS_ioctl, [1, libc::TIOCSTI as libc::c_long, 0]),
			"write to another descriptor" => {
				libc::write(prepared.copy, buffer.as_ptr().cast(), 1) as libc::c_int
			},
			"map a file" => {
				let mapped = libc::mmap(no_one, 1, libc::PROT_READ, libc::MAP_PRIVATE, prepared.file, 0);
				if mapped == libc::MAP_FAILED {
					-1
				} else {
					0
				}
			},
			"make a file in memory" => libc::memfd_create(c"name".as_ptr(), 0),
			"trace the parent" => {
				call(libc::SYS_ptrace, [libc::PTRACE_PEEKDATA.into(), prepared.parent.into(), 0])
			},
			"read the parent's memory" => {
				libc::process_vm_readv(prepared.parent, &place, 1, &place, 1, 0) as libc::c_int
			},
			"make a namespace" => libc::unshare(libc::CLONE_NEWUSER),
			"set up io_uring" => call(libc::SYS_io_uring_setup, [1, 0, 0]),
			"load a program into the kernel" => call(libc::SYS_bpf, [0, 0, 0]),
			"handle page faults" => call(libc::SYS_userfaultfd, [0, 0, 0]),
			"count events" => call(libc::SYS_perf_event_open, [0, 0, 0]),
			"add a key" => call(libc::SYS_add_key, [0, 0, 0]),
			"open a process" => call(libc::SYS_pidfd_open, [prepared.parent.into(), 0, 0]),
			"mount" => call(libc::SYS_mount, [0, 0, 0]),
			"set the clock" => call(libc::SYS_settimeofday, [0, 0, 0]),
			"become another user" => call(libc::SYS_setuid, [0, 0, 0]),
			"raise a limit" => {
				libc::getrlimit(libc::RLIMIT_CORE, &mut limit);
				libc::setrlimit(libc::RLIMIT_CORE, &limit)
			},
			// The same processor has a second table of calls, whose numbers a filter could overlook.
			#[cfg(target_arch = "x86_64")]
			"reach a call of the other width" => call(libc::SYS_getpid | 0x4000_0000, [0, 0, 0]),
			#[cfg(not(target_arch = "x86_64"))]
			"reach a call of the other width" => call(libc::SYS_mount, [0, 0, 0]),
			other => panic!("nobody knows how to {other}"),
		}
	}
}

/// A path that the attempts may use, with nothing there.
fn scratch(attempt: &str) -> String {
	let name = format!("assay-vm-{}-{}", std::process::id(), attempt.replace(' ', "-"));
	std::env::temp_dir().join(name).display().to_string()
}

#[test]
fn without_a_barrier_the_attempts_succeed() {
	for what in DEADLY.iter().take(WORKS_ANYWHERE) {
		assert_eq!(attempt(Barrier::Nothing, what, &scratch(what)), Ending::Done, "{what}");
	}
	for what in DEADLY.iter().skip(WORKS_ANYWHERE).chain(REFUSED) {
		assert_ne!(attempt(Barrier::Nothing, what, &scratch(what)), Ending::Killed, "{what}");
	}
	assert_eq!(attempt(Barrier::Nothing, "open a file", "/etc/passwd"), Ending::Done);
	for (what, target) in ["raise a limit", "change a descriptor"].map(|what| (what, "")) {
		assert_eq!(attempt(Barrier::Nothing, what, target), Ending::Done, "{what}");
	}
}

#[test]
fn the_filter_ends_whoever_calls_what_is_not_on_its_list() {
	for what in DEADLY {
		for barrier in [Barrier::SystemCalls, Barrier::Everything] {
			match attempt(barrier, what, &scratch(what)) {
				Ending::Killed => {},
				Ending::NoBarrier => return eprintln!("this kernel has no filter"),
				other => panic!("{barrier:?} let a child {what}: {other:?}"),
			}
		}
	}
}

#[test]
fn the_filter_refuses_what_libraries_may_try() {
	for what in REFUSED {
		for barrier in [Barrier::SystemCalls, Barrier::Everything] {
			match attempt(barrier, what, "/etc/passwd") {
				Ending::Refused(libc::ENOSYS) => {},
				Ending::NoBarrier => return eprintln!("this kernel has no filter"),
				other => panic!("{barrier:?} let a child {what}: {other:?}"),
			}
		}
	}
}

/// What Landlock must deny by itself, the version it takes, and the error it denies it with.
fn under_landlock(from: u8, what: &str, target: &str, error: i32) {
	assert_eq!(attempt(Barrier::Nothing, what, target), Ending::Done, "{what}");
	let _ = std::fs::remove_file(target);
	// Restricting a thread of this test's own tells the version.
	let version = std::thread::spawn(landlock::restrict).join().expect("no panic");
	match version {
		Ok(version) if version >= from => {
			assert_eq!(attempt(Barrier::Landlock, what, target), Ending::Refused(error), "{what}");
		},
		version => eprintln!("this kernel's Landlock ({version:?}) cannot forbid to {what}"),
	}
}

#[test]
fn landlock_alone_denies_files() {
	under_landlock(1, "open a file", "/proc/self/status", libc::EACCES);
	under_landlock(1, "create a file", &scratch("create"), libc::EACCES);
	under_landlock(1, "execute a file", "", libc::EACCES);
	assert!(!std::path::Path::new(&scratch("create")).exists());
}

#[test]
fn landlock_alone_denies_tcp() {
	let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
	let port = listener.local_addr().expect("bound").port().to_string();
	under_landlock(LANDLOCK_TCP, "connect", &port, libc::EACCES);
	under_landlock(LANDLOCK_TCP, "listen", &port, libc::EACCES);
}

#[test]
fn landlock_alone_denies_abstract_sockets_and_signals() {
	let name = format!("assay-vm-{}", std::process::id());
	let address = SocketAddr::from_abstract_name(&name).expect("a name");
	let _listener = UnixListener::bind_addr(&address).expect("nobody else has it");
	under_landlock(LANDLOCK_SIGNALS, "connect to an abstract socket", &format!("@{name}"), libc::EPERM);
	under_landlock(LANDLOCK_SIGNALS, "signal the parent", "", libc::EPERM);
}

#[test]
fn no_capability_is_left() {
	// A thread of its own, since capabilities are each thread's.
	let left = std::thread::spawn(|| {
		drop_capabilities();
		std::fs::read_to_string("/proc/thread-self/status").expect("it can be read")
	});
	let left = left.join().expect("no panic");
	let sets: Vec<_> = left.lines().filter(|line| line.starts_with("Cap")).collect();
	for set in ["CapInh:", "CapPrm:", "CapEff:"] {
		assert!(sets.iter().any(|line| line.split_whitespace().eq([set, "0000000000000000"])), "{sets:?}");
	}
}
