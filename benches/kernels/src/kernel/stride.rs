//! Sums 2 Mi words with strides of 1, 2, 4 … 4 Ki words, each as often as it takes to see every word once.

use alloc::vec::Vec;

const WORDS: usize = 2 << 20;

pub(crate) fn run(size: u32) -> u64 {
	let words: Vec<u32> = (0..WORDS as u32).map(|i| i.wrapping_mul(0x9e37_79b9)).collect();
	let mut sum = 0u64;
	for _ in 0..size {
		let mut stride = 1;
		while stride <= 4096 {
			for start in 0..stride {
				sum = sum.wrapping_mul(7).wrapping_add(strided(&words, start, stride));
			}
			stride *= 2;
		}
	}
	sum
}

fn strided(words: &[u32], start: usize, stride: usize) -> u64 {
	let (mut at, mut sum) = (start, 0u64);
	while at < words.len() {
		sum = sum.wrapping_add(words[at].into());
		at += stride;
	}
	sum
}
