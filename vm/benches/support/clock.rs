//! Time on the processor: what others do on the same machine meanwhile does not count.

use criterion::measurement::{Measurement, ValueFormatter, WallTime};
use std::time::Duration;

/// Time this process has spent on processors, all its threads together.
pub(crate) fn processor_time() -> Duration {
	let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
	// SAFETY: the structure is there to be written.
	let result = unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &raw mut time) };
	assert_eq!(result, 0, "the system has this clock");
	let seconds = u64::try_from(time.tv_sec).expect("not before the start");
	let nanoseconds = u32::try_from(time.tv_nsec).expect("less than a second");
	Duration::new(seconds, nanoseconds)
}

/// How long `work` keeps processors busy, and what it returns.
pub(crate) fn timed<T>(work: impl FnOnce() -> T) -> (Duration, T) {
	let start = processor_time();
	let result = work();
	(processor_time() - start, result)
}

/// The same for criterion.
pub(crate) struct ProcessorTime(WallTime);

impl ProcessorTime {
	pub(crate) fn new() -> Self {
		Self(WallTime)
	}
}

impl Measurement for ProcessorTime {
	type Intermediate = Duration;
	type Value = Duration;

	fn start(&self) -> Duration {
		processor_time()
	}

	fn end(&self, start: Duration) -> Duration {
		processor_time() - start
	}

	fn add(&self, a: &Duration, b: &Duration) -> Duration {
		*a + *b
	}

	fn zero(&self) -> Duration {
		Duration::ZERO
	}

	fn to_f64(&self, time: &Duration) -> f64 {
		self.0.to_f64(time)
	}

	/// Nanoseconds look alike on every clock.
	fn formatter(&self) -> &dyn ValueFormatter {
		self.0.formatter()
	}
}
