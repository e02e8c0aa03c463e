//! What a child gives up before it looks at anything.

#[cfg(target_os = "linux")]
mod landlock;
#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
mod system_calls;

use super::protocol::{Confinement, Enforced};
use std::io;

/// Standard input, output and error, and nothing else, ever.
const DESCRIPTORS: u64 = 3;

/// Goes under the limits and behind the kernel's barriers, for good. Tells which of the barriers this kernel has.
///
/// Called while the process has a single thread. Those it starts later are behind the same barriers.
///
/// # Errors
///
/// When the kernel refuses one of the limits, which every kernel has.
pub(super) fn confine(confinement: &Confinement) -> io::Result<Enforced> {
	close_inherited()?;
	prefer_for_killing();
	step_back(confinement.niceness)?;
	no_new_privileges()?;
	drop_capabilities();
	ignore_file_size_signal();
	limit(libc::RLIMIT_AS, confinement.address_space)?;
	limit(libc::RLIMIT_DATA, confinement.data)?;
	limit(libc::RLIMIT_CPU, confinement.cpu_seconds)?;
	limit(libc::RLIMIT_FSIZE, 0)?;
	limit(libc::RLIMIT_CORE, 0)?;
	// Landlock needs a descriptor to be set up, and after this limit there is none to be had: neither file nor socket.
	let landlock = restrict();
	limit(libc::RLIMIT_NOFILE, DESCRIPTORS)?;
	// Last, since it ends all of the above.
	Ok(Enforced { landlock, system_calls: filter() })
}

#[cfg(target_os = "linux")]
fn restrict() -> Result<u8, String> {
	landlock::restrict()
}

#[cfg(not(target_os = "linux"))]
fn restrict() -> Result<u8, String> {
	Err("this system does not have it".into())
}

#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
fn filter() -> Result<(), String> {
	system_calls::filter()
}

#[cfg(not(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64"))))]
fn filter() -> Result<(), String> {
	Err(format!("there is none for {} on {}", std::env::consts::OS, std::env::consts::ARCH))
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
type Resource = libc::__rlimit_resource_t;
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
type Resource = libc::c_int;

fn check(result: libc::c_int) -> io::Result<()> {
	if result < 0 {
		return Err(io::Error::last_os_error());
	}
	Ok(())
}

/// Lowers a limit; one that is lower already stays.
fn limit(resource: Resource, value: u64) -> io::Result<()> {
	let mut current = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
	// SAFETY: `current` is a valid place for the answer.
	check(unsafe { libc::getrlimit(resource, &mut current) })?;
	let value = value.min(current.rlim_max);
	let wanted = libc::rlimit { rlim_cur: value, rlim_max: value };
	// SAFETY: `wanted` is a valid value, only read.
	check(unsafe { libc::setrlimit(resource, &wanted) })
}

fn step_back(niceness: u8) -> io::Result<()> {
	if niceness == 0 {
		return Ok(());
	}
	// SAFETY: changes the calling process's own priority, no memory.
	check(unsafe { libc::setpriority(libc::PRIO_PROCESS, 0, niceness.into()) })
}

/// A standard error that is a file must not turn its limit into a death.
fn ignore_file_size_signal() {
	// SAFETY: ignoring a signal installs no code.
	unsafe { libc::signal(libc::SIGXFSZ, libc::SIG_IGN) };
}

/// The kernel insists on it, and on its width.
#[cfg(target_os = "linux")]
const ZERO: libc::c_ulong = 0;

#[cfg(target_os = "linux")]
fn no_new_privileges() -> io::Result<()> {
	// SAFETY: a flag of the calling process; the four arguments are those the kernel asks for.
	check(unsafe { libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1 as libc::c_ulong, ZERO, ZERO, ZERO) })
}

#[cfg(not(target_os = "linux"))]
fn no_new_privileges() -> io::Result<()> {
	Ok(())
}

/// A node or worker that runs as root hands its powers down: raising limits again is one of them. A wish, for where it
/// is refused there are none.
#[cfg(target_os = "linux")]
fn drop_capabilities() {
	/// As the kernel defines it: the version, and the process, where 0 is the calling thread.
	#[repr(C)]
	struct Header {
		version: u32,
		process: libc::c_int,
	}
	/// Two words of 32 bits each for what is effective, permitted and inheritable.
	type Sets = [[u32; 3]; 2];
	const VERSION_3: u32 = 0x2008_0522;

	let (header, none): (_, Sets) = (Header { version: VERSION_3, process: 0 }, [[0; 3]; 2]);
	// SAFETY: both have the layout the kernel expects for this version, and live through the call.
	unsafe { libc::syscall(libc::SYS_capset, &raw const header, &raw const none) };
}

#[cfg(not(target_os = "linux"))]
fn drop_capabilities() {}

/// Ends this process when the thread that started it ends.
#[cfg(target_os = "linux")]
pub(super) fn die_with_parent() -> io::Result<()> {
	// SAFETY: a flag of the calling process.
	check(unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL as libc::c_ulong) })
}

/// Elsewhere the closed pipe alone has to do, see [`exit_with_pipe`].
#[cfg(not(target_os = "linux"))]
pub(super) fn die_with_parent() -> io::Result<()> {
	Ok(())
}

/// When memory runs out, better this process than the one that holds the keys. A wish: it may be refused.
fn prefer_for_killing() {
	if cfg!(target_os = "linux") {
		let _ = std::fs::write("/proc/self/oom_score_adj", "1000");
	}
}

#[cfg(target_os = "linux")]
fn close_inherited() -> io::Result<()> {
	// SAFETY: nothing in this process owns a descriptor beyond the three standard ones yet.
	let done = unsafe { libc::syscall(libc::SYS_close_range, 3u32, u32::MAX, 0u32) };
	if done == 0 {
		return Ok(());
	}
	close_each()
}

#[cfg(not(target_os = "linux"))]
fn close_inherited() -> io::Result<()> {
	close_each()
}

/// One by one, for kernels that cannot close a range.
fn close_each() -> io::Result<()> {
	let mut current = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
	// SAFETY: `current` is a valid place for the answer.
	check(unsafe { libc::getrlimit(libc::RLIMIT_NOFILE, &mut current) })?;
	let end = libc::c_int::try_from(current.rlim_cur).unwrap_or(1 << 20).min(1 << 20);
	for descriptor in 3..end {
		// SAFETY: as above; closing one that is not open does nothing.
		unsafe { libc::close(descriptor) };
	}
	Ok(())
}

/// Watches standard input from a thread of its own, and ends the process when the other end of the pipe closes:
/// while a task runs, nobody reads it.
pub(super) fn exit_with_pipe() -> io::Result<()> {
	std::thread::Builder::new().name("assay-pipe".into()).stack_size(64 << 10).spawn(watch_pipe).map(drop)
}

fn watch_pipe() {
	loop {
		// No event is asked for: only the other end's closing is reported.
		let mut entry = libc::pollfd { fd: 0, events: 0, revents: 0 };
		// SAFETY: `entry` is one valid entry, and lives through the call.
		let ready = unsafe { libc::poll(&mut entry, 1, -1) };
		if ready > 0 || io::Error::last_os_error().kind() != io::ErrorKind::Interrupted {
			// SAFETY: ends the process without running anything else in it.
			unsafe { libc::_exit(0) };
		}
	}
}

#[cfg(all(test, target_os = "linux"))]
mod tests;
