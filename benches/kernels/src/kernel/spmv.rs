//! So many products of a sparse matrix, five numbers a row, and a vector.

use crate::{maths::checksum, random::Random};
use alloc::{vec, vec::Vec};

const ROWS: u32 = 20_000;

struct Sparse {
	/// Where each row begins; one more for the end of the last.
	starts: Vec<u32>,
	columns: Vec<u32>,
	numbers: Vec<f64>,
}

pub(crate) fn run(size: u32) -> u64 {
	let matrix = matrix();
	let mut x: Vec<f64> = (0..ROWS).map(|i| f64::from(i % 7) - 3.0).collect();
	let mut y = vec![0.0; ROWS as usize];
	for _ in 0..size {
		multiply(&matrix, &x, &mut y);
		core::mem::swap(&mut x, &mut y);
	}
	checksum(x)
}

fn matrix() -> Sparse {
	let mut random = Random::new(6);
	let mut matrix = Sparse { starts: vec![0], columns: Vec::new(), numbers: Vec::new() };
	for _ in 0..ROWS {
		for _ in 0..3 + random.below(5) {
			matrix.columns.push(random.below(ROWS));
			matrix.numbers.push(random.unit() - 0.5);
		}
		matrix.starts.push(matrix.columns.len() as u32);
	}
	matrix
}

fn multiply(matrix: &Sparse, x: &[f64], y: &mut [f64]) {
	for (bounds, y) in matrix.starts.windows(2).zip(y) {
		let mut sum = 0.0;
		for at in bounds[0] as usize..bounds[1] as usize {
			sum += matrix.numbers[at] * x[matrix.columns[at] as usize];
		}
		*y = sum;
	}
}
