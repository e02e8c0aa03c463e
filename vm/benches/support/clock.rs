//! Time on the processor: what others do on the same machine meanwhile does not count.

use std::time::Duration;

/// Time this process has spent on processors, all its threads together.
pub fn processor_time() -> Duration {
	let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
	// SAFETY: the structure is there to be written.
	let result = unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &raw mut time) };
	assert_eq!(result, 0, "the system has this clock");
	let seconds = u64::try_from(time.tv_sec).expect("not before the start");
	let nanoseconds = u32::try_from(time.tv_nsec).expect("less than a second");
	Duration::new(seconds, nanoseconds)
}

/// How long `work` keeps processors busy, and what it returns.
pub fn timed<T>(work: impl FnOnce() -> T) -> (Duration, T) {
	let start = processor_time();
	let result = work();
	(processor_time() - start, result)
}
