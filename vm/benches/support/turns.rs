//! Variants that take turns, so that all of them see the same weather on a busy machine.

use super::{
	clock::timed,
	variant::{Ready, Variant},
};
use assay_vm_kernels::Kernel;
use std::{collections::VecDeque, time::Duration};

/// Measured runs of one kernel's variants, one round of all of them after the other.
pub(crate) struct Turns<'a> {
	ready: &'a Ready<'a>,
	kernel: Kernel,
	expected: u64,
	waiting: [VecDeque<Duration>; Variant::ALL.len()],
}

impl<'a> Turns<'a> {
	/// Runs every variant once, which warms up what can be.
	///
	/// # Panics
	///
	/// If their checksums differ.
	pub(crate) fn new(ready: &'a Ready<'a>, kernel: Kernel) -> Self {
		let expected = (kernel.run)(kernel.full);
		let mut turns = Self { ready, kernel, expected, waiting: Default::default() };
		turns.round();
		turns
	}

	/// The times of one round.
	pub(crate) fn round(&mut self) -> [Duration; Variant::ALL.len()] {
		Variant::ALL.map(|variant| {
			let (time, checksum) = timed(|| self.ready.run(variant, self.kernel.full));
			assert_eq!(checksum, self.expected, "{}, {}", self.kernel.name, variant.name());
			time
		})
	}

	/// The next run of a variant: each run is handed out once.
	pub(crate) fn next(&mut self, variant: Variant) -> Duration {
		loop {
			let waiting = self.waiting.get_mut(variant as usize).expect("there is a queue for each");
			if let Some(time) = waiting.pop_front() {
				return time;
			}
			let times = self.round();
			self.waiting.iter_mut().zip(times).for_each(|(waiting, time)| waiting.push_back(time));
		}
	}
}
