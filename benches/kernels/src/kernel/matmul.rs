//! The product of two square matrices of the size, row by row.

use crate::{maths::checksum, random::Random};
use alloc::{vec, vec::Vec};

pub(crate) fn run(size: u32) -> u64 {
	let size = size as usize;
	let mut random = Random::new(4);
	let mut matrix = || -> Vec<f64> { (0..size * size).map(|_| random.unit() - 0.5).collect() };
	let (a, b) = (matrix(), matrix());
	let mut c = vec![0.0; size * size];
	for (row, target) in a.chunks_exact(size).zip(c.chunks_exact_mut(size)) {
		for (factor, line) in row.iter().zip(b.chunks_exact(size)) {
			for (sum, number) in target.iter_mut().zip(line) {
				*sum += factor * number;
			}
		}
	}
	checksum(c)
}
