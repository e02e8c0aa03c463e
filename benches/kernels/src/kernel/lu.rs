//! Decomposes a square matrix of the size into triangles.

use crate::{maths::checksum, random::Random};
use alloc::vec::Vec;

pub(crate) fn run(size: u32) -> u64 {
	let size = size as usize;
	let mut random = Random::new(5);
	let mut matrix: Vec<f64> = (0..size * size).map(|_| random.unit() - 0.5).collect();
	for step in 0..size {
		pivot(&mut matrix, size, step);
		let (above, below) = matrix.split_at_mut((step + 1) * size);
		let line = &above[step * size..];
		for row in below.chunks_exact_mut(size) {
			let factor = row[step] / line[step];
			row[step] = factor;
			for column in step + 1..size {
				row[column] -= factor * line[column];
			}
		}
	}
	checksum(matrix)
}

/// Brings the row with the greatest number in column `step` to row `step`.
fn pivot(matrix: &mut [f64], size: usize, step: usize) {
	let mut best = step;
	for row in step + 1..size {
		if matrix[row * size + step].abs() > matrix[best * size + step].abs() {
			best = row;
		}
	}
	for column in 0..size {
		matrix.swap(step * size + column, best * size + column);
	}
}
