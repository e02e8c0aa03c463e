//! Sorts so many random numbers, by hand: the branches cannot be foreseen.

use crate::{maths::mix, random::Random};
use alloc::vec::Vec;

pub(crate) fn run(size: u32) -> u64 {
	let mut random = Random::new(3);
	let mut numbers: Vec<u32> = (0..size).map(|_| random.below(u32::MAX)).collect();
	sort(&mut numbers);
	assert!(numbers.windows(2).all(|pair| pair[0] <= pair[1]));
	numbers.iter().step_by(97).fold(0, |sum, number| mix(sum, u64::from(*number)))
}

fn sort(mut numbers: &mut [u32]) {
	while numbers.len() > 16 {
		let (left, right) = {
			let middle = partition(numbers);
			numbers.split_at_mut(middle)
		};
		// The shorter part first, so that calls go only as deep as the logarithm.
		let (short, long) = if left.len() < right.len() { (left, right) } else { (right, left) };
		sort(short);
		numbers = long;
	}
	insertion_sort(numbers);
}

/// After Hoare: no number before the returned place is greater than any after it. Both parts have some.
fn partition(numbers: &mut [u32]) -> usize {
	let (first, middle, last) = (numbers[0], numbers[numbers.len() / 2], numbers[numbers.len() - 1]);
	let pivot = first.max(middle).min(first.min(middle).max(last));
	let (mut left, mut right) = (0, numbers.len() - 1);
	loop {
		while numbers[left] < pivot {
			left += 1;
		}
		while numbers[right] > pivot {
			right -= 1;
		}
		if left >= right {
			return left.max(1);
		}
		numbers.swap(left, right);
		left += 1;
		right -= 1;
	}
}

fn insertion_sort(numbers: &mut [u32]) {
	for end in 1..numbers.len() {
		let number = numbers[end];
		let mut place = end;
		while place > 0 && numbers[place - 1] > number {
			numbers[place] = numbers[place - 1];
			place -= 1;
		}
		numbers[place] = number;
	}
}
