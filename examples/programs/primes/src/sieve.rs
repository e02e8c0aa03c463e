//! Counting primes with a sieve of Eratosthenes that looks at one segment of odd numbers at a time.

use alloc::{vec, vec::Vec};
use core::ops::Range;

/// Odd numbers looked at together: as many bytes, which a first-level cache holds.
const SEGMENT: usize = 1 << 15;

/// How many primes are in `range`.
pub(crate) fn count(range: &Range<u64>) -> u64 {
	let two = u64::from(range.contains(&2));
	let from = range.start.max(3) | 1;
	if from >= range.end {
		return two;
	}
	let divisors = odd_primes((range.end - 1).isqrt());
	let mut composite = vec![false; SEGMENT];
	let segments = (from..range.end).step_by(2 * SEGMENT);
	let odd: u64 = segments.map(|start| segment(start, range.end, &divisors, &mut composite)).sum();
	two + odd
}

/// How many of the odd numbers from `start` on, at most [`SEGMENT`] of them and below `end`, have no divisor among
/// `divisors`, the odd primes in rising order.
fn segment(start: u64, end: u64, divisors: &[u64], composite: &mut [bool]) -> u64 {
	composite.fill(false);
	let last = start + 2 * (composite.len() as u64 - 1);
	for &divisor in divisors.iter().take_while(|divisor| *divisor * *divisor <= last) {
		let multiple = (divisor * divisor).max(start.next_multiple_of(divisor));
		let first = if multiple.is_multiple_of(2) { multiple + divisor } else { multiple };
		let position = usize::try_from((first - start) / 2).unwrap_or(usize::MAX);
		let stride = usize::try_from(divisor).unwrap_or(usize::MAX);
		composite.iter_mut().skip(position).step_by(stride).for_each(|mark| *mark = true);
	}
	let within = (start..end).step_by(2);
	within.zip(composite.iter()).map(|(_, mark)| u64::from(!mark)).sum()
}

/// The odd primes up to and including `limit`.
fn odd_primes(limit: u64) -> Vec<u64> {
	let mut primes = Vec::new();
	let mut composite = vec![false; usize::try_from(limit / 2 + 1).unwrap_or(0)];
	for number in (3..=limit).step_by(2) {
		let position = usize::try_from(number / 2).unwrap_or(usize::MAX);
		if composite.get(position).is_none_or(|mark| *mark) {
			continue;
		}
		primes.push(number);
		let square = usize::try_from(number * number / 2).unwrap_or(usize::MAX);
		let stride = usize::try_from(number).unwrap_or(usize::MAX);
		composite.iter_mut().skip(square).step_by(stride).for_each(|mark| *mark = true);
	}
	primes
}

#[cfg(test)]
mod tests {
	use super::*;

	fn by_division(range: &Range<u64>) -> u64 {
		let prime = |n: u64| n >= 2 && (2..=n.isqrt()).all(|divisor| !n.is_multiple_of(divisor));
		range.clone().map(|n| u64::from(prime(n))).sum()
	}

	#[test]
	fn known_counts() {
		for (end, count_below) in
			[(0, 0), (2, 0), (3, 1), (10, 4), (100, 25), (1_000_000, 78_498), (10_000_000, 664_579)]
		{
			assert_eq!(count(&(0..end)), count_below, "primes below {end}");
		}
		assert_eq!(count(&(999_999_000_000..1_000_000_000_000)), 36_400);
	}

	#[test]
	fn every_short_range_agrees_with_division() {
		for start in 0..70 {
			for end in start..140 {
				assert_eq!(count(&(start..end)), by_division(&(start..end)), "{start}..{end}");
			}
		}
	}

	#[test]
	fn segments_neither_lose_nor_repeat() {
		let step = 2 * SEGMENT as u64;
		for start in [step - 3, step, step + 1, 1_000_000] {
			for length in [step - 1, step, step + 1, 2 * step + 1] {
				let range = start..start + length;
				assert_eq!(count(&range), by_division(&range), "{range:?}");
			}
		}
	}
}
