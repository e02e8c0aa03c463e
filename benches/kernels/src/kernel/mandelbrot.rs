//! The Mandelbrot set in a square of the size, at most 200 rounds a point, in f32.

use crate::maths::mix;

const ROUNDS: u32 = 200;

pub(crate) fn run(size: u32) -> u64 {
	let scale = 3.0 / size as f32;
	let mut sum = 0;
	for row in 0..size {
		for column in 0..size {
			let (x, y) = (column as f32 * scale - 2.25, row as f32 * scale - 1.5);
			let (rounds, left) = point(x, y);
			sum = mix(sum, u64::from(rounds) << 32 | u64::from(left.to_bits()));
		}
	}
	sum
}

/// After how many rounds a point leaves, and how far it is then.
fn point(x: f32, y: f32) -> (u32, f32) {
	let (mut a, mut b) = (0.0f32, 0.0f32);
	for round in 0..ROUNDS {
		let (a2, b2) = (a * a, b * b);
		if a2 + b2 > 4.0 {
			return (round, a2 + b2);
		}
		b = 2.0 * a * b + y;
		a = a2 - b2 + x;
	}
	(ROUNDS, a)
}
