//! The system calls a child needs once it is set up. Any other ends it.
//!
//! Two filters lie on top of each other, and the kernel obeys the stricter answer. One ends the process for whatever
//! is not on its list. The other answers `ENOSYS`, as a kernel without the call would, to calls that libraries try and
//! can do without.

use seccompiler::{
	apply_filter_all_threads, BackendError, BpfProgram, SeccompAction, SeccompCmpArgLen as Width,
	SeccompCmpOp as Compare, SeccompCondition, SeccompFilter, SeccompRule,
};
use std::collections::BTreeMap;

/// For each call the arguments it is let through with. None at all: any.
type Rules = BTreeMap<libc::c_long, Vec<SeccompRule>>;

/// A thread of this process: with its memory and its signal handlers.
const OWN_THREAD: libc::c_int = libc::CLONE_THREAD | libc::CLONE_VM | libc::CLONE_SIGHAND;
/// What a new thread must leave alone.
const NAMESPACES: libc::c_int = libc::CLONE_NEWNS
	| libc::CLONE_NEWCGROUP
	| libc::CLONE_NEWUTS
	| libc::CLONE_NEWIPC
	| libc::CLONE_NEWUSER
	| libc::CLONE_NEWPID
	| libc::CLONE_NEWNET;

/// Calls without an argument that could reach outside of the process.
const FREE: &[libc::c_long] = &[
	// Memory. The compiler's output becomes executable by `mprotect`.
	libc::SYS_brk,
	libc::SYS_madvise,
	libc::SYS_membarrier,
	libc::SYS_mprotect,
	libc::SYS_mremap,
	libc::SYS_munmap,
	// Threads.
	libc::SYS_exit,
	libc::SYS_exit_group,
	libc::SYS_futex,
	libc::SYS_getpid,
	libc::SYS_gettid,
	libc::SYS_rseq,
	libc::SYS_sched_getaffinity,
	libc::SYS_sched_yield,
	libc::SYS_set_robust_list,
	// Signals that the process gets.
	libc::SYS_restart_syscall,
	libc::SYS_rt_sigaction,
	libc::SYS_rt_sigprocmask,
	libc::SYS_rt_sigreturn,
	libc::SYS_sigaltstack,
	// Time.
	libc::SYS_clock_getres,
	libc::SYS_clock_gettime,
	libc::SYS_clock_nanosleep,
	libc::SYS_gettimeofday,
	libc::SYS_nanosleep,
	// Odds and ends: waiting for the pipe, keys for hash maps, the size of the memory for the allocator.
	libc::SYS_getrandom,
	libc::SYS_ppoll,
	libc::SYS_sysinfo,
	#[cfg(target_arch = "x86_64")]
	libc::SYS_getrlimit,
	#[cfg(target_arch = "x86_64")]
	libc::SYS_poll,
];

/// Calls that libraries try and can do without.
const PROBED: &[libc::c_long] = &[
	// Its arguments lie in memory, where no filter sees them. The library falls back to `clone`.
	libc::SYS_clone3,
	libc::SYS_faccessat,
	libc::SYS_fcntl,
	libc::SYS_fstat,
	libc::SYS_ioctl,
	libc::SYS_lseek,
	libc::SYS_newfstatat,
	libc::SYS_openat,
	libc::SYS_readlinkat,
	libc::SYS_statx,
	#[cfg(target_arch = "x86_64")]
	libc::SYS_access,
	#[cfg(target_arch = "x86_64")]
	libc::SYS_open,
	#[cfg(target_arch = "x86_64")]
	libc::SYS_readlink,
	#[cfg(target_arch = "x86_64")]
	libc::SYS_stat,
];

/// Puts the filters over all threads of this process, for good.
///
/// # Errors
///
/// Why they are not in force.
pub(super) fn filter() -> Result<(), String> {
	// The one that ends the process comes last: it does not let another be added.
	for program in [probes(), calls()] {
		let program = program.map_err(|error| error.to_string())?;
		apply_filter_all_threads(&program).map_err(|error| error.to_string())?;
	}
	Ok(())
}

fn probes() -> Result<BpfProgram, BackendError> {
	let mut rules: Rules = PROBED.iter().map(|call| (*call, Vec::new())).collect();
	rules.extend(refused_in_part()?);
	let missing = SeccompAction::Errno(libc::ENOSYS.unsigned_abs());
	compile(rules, SeccompAction::Allow, missing)
}

fn calls() -> Result<BpfProgram, BackendError> {
	let mut rules: Rules = [FREE, PROBED].concat().into_iter().map(|call| (call, Vec::new())).collect();
	rules.extend(refused_in_part()?.into_keys().map(|call| (call, Vec::new())));
	rules.extend(allowed_in_part()?);
	compile(rules, SeccompAction::KillProcess, SeccompAction::Allow)
}

fn compile(
	rules: Rules,
	otherwise: SeccompAction,
	matched: SeccompAction,
) -> Result<BpfProgram, BackendError> {
	let processor = std::env::consts::ARCH.try_into()?;
	SeccompFilter::new(rules, otherwise, matched, processor)?.try_into()
}

/// Calls that are answered with `ENOSYS` when their arguments are these.
fn refused_in_part() -> Result<Rules, BackendError> {
	// A thread may take a name. The other option adds nothing: it is how a further filter is announced.
	let option = |option| condition(0, Width::Dword, Compare::Ne, number(option));
	let other_options = vec![option(libc::PR_SET_NAME)?, option(libc::PR_SET_NO_NEW_PRIVS)?];
	// Limits may be read, not set.
	let new_limit = vec![condition(2, Width::Qword, Compare::Ne, 0)?];
	Ok([
		(libc::SYS_prctl, vec![SeccompRule::new(other_options)?]),
		(libc::SYS_prlimit64, vec![SeccompRule::new(new_limit)?]),
	]
	.into())
}

/// Calls that do not end the process when their arguments are these.
fn allowed_in_part() -> Result<Rules, BackendError> {
	let own_thread = Compare::MaskedEq(number(OWN_THREAD | NAMESPACES));
	let anonymous = number(libc::MAP_ANONYMOUS);
	// SAFETY: asks for a number, and cannot fail.
	let own_process = unsafe { libc::getpid() };
	let to_standard_output = || Ok::<_, BackendError>(vec![only(0, 1)?, only(0, 2)?]);
	Ok([
		(libc::SYS_clone, vec![argument(0, own_thread, number(OWN_THREAD))?]),
		(libc::SYS_mmap, vec![argument(3, Compare::MaskedEq(anonymous), anonymous)?]),
		(libc::SYS_read, vec![only(0, 0)?]),
		(libc::SYS_write, to_standard_output()?),
		(libc::SYS_writev, to_standard_output()?),
		// How a process aborts. Signals to others are out of reach.
		(libc::SYS_tgkill, vec![only(0, number(own_process))?]),
	]
	.into())
}

fn only(index: u8, value: u64) -> Result<SeccompRule, BackendError> {
	argument(index, Compare::Eq, value)
}

/// A rule about one argument that is an `int` for the kernel.
fn argument(index: u8, compare: Compare, value: u64) -> Result<SeccompRule, BackendError> {
	SeccompRule::new(vec![condition(index, Width::Dword, compare, value)?])
}

fn condition(
	index: u8,
	width: Width,
	compare: Compare,
	value: u64,
) -> Result<SeccompCondition, BackendError> {
	SeccompCondition::new(index, width, compare, value)
}

fn number(flags: libc::c_int) -> u64 {
	flags.unsigned_abs().into()
}
