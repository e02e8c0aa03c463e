//! Follows so many links through as many words, up to a power of two. Each link tells where the next one is: nothing can be fetched ahead.

use crate::random::Random;
use alloc::vec::Vec;

pub(crate) fn run(size: u32) -> u64 {
	let next = one_cycle(size.next_power_of_two());
	let (mut at, mut sum) = (0u32, 0u64);
	for _ in 0..size {
		at = next[at as usize];
		sum = sum.wrapping_mul(3).wrapping_add(at.into());
	}
	sum
}

/// A permutation that is a single cycle, after Sattolo.
fn one_cycle(links: u32) -> Vec<u32> {
	let mut random = Random::new(1);
	let mut next: Vec<u32> = (0..links).collect();
	for i in (1..links).rev() {
		next.swap(i as usize, random.below(i) as usize);
	}
	next
}
