//! Counts the primes below the size, one byte a number.

use alloc::vec;

pub(crate) fn run(size: u32) -> u64 {
	let size = size as usize;
	let mut composite = vec![false; size];
	let (mut count, mut sum) = (0u64, 0u64);
	for number in 2..size {
		if composite[number] {
			continue;
		}
		count += 1;
		sum += number as u64;
		let mut multiple = number.saturating_mul(number);
		while multiple < size {
			composite[multiple] = true;
			multiple += number;
		}
	}
	count << 40 ^ sum
}
