//! What a child gives up before it looks at anything.

use super::protocol::Confinement;
use std::io;

/// Standard input, output and error, and nothing else, ever.
const DESCRIPTORS: u64 = 3;

/// Goes under the limits, for good.
///
/// # Errors
///
/// When the kernel refuses one of them.
pub(super) fn confine(confinement: &Confinement) -> io::Result<()> {
	close_inherited()?;
	prefer_for_killing();
	step_back(confinement.niceness)?;
	no_new_privileges()?;
	ignore_file_size_signal();
	limit(libc::RLIMIT_AS, confinement.address_space)?;
	limit(libc::RLIMIT_DATA, confinement.data)?;
	limit(libc::RLIMIT_CPU, confinement.cpu_seconds)?;
	limit(libc::RLIMIT_FSIZE, 0)?;
	limit(libc::RLIMIT_CORE, 0)?;
	// Last, since it ends all opening of files. It keeps sockets out as well: they would need a descriptor.
	limit(libc::RLIMIT_NOFILE, DESCRIPTORS)
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
