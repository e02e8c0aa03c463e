//! Which tasks `assay-falsifying-worker` lies about.

use assay_primitives::TaskIndex;
use std::num::NonZeroU32;

/// The remainder that marks a task.
const MARK: u32 = 3;

/// Whether a task's result is falsified when one of `every` is.
pub fn is_falsified(task: TaskIndex, every: NonZeroU32) -> bool {
	task % every == MARK % every
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn one_of_so_many_is_falsified() {
		for every in [1, 2, 3, 4, 10].map(|every| NonZeroU32::new(every).expect("none of these is 0")) {
			let falsified = (0..120).filter(|task| is_falsified(*task, every)).count();
			assert_eq!(falsified, 120 / usize::try_from(every.get()).expect("a small number"));
		}
	}
}
