//! Transforms 2 to the power of the size complex numbers, in place.

use crate::{
	maths::{checksum, sqrt},
	random::Random,
};
use alloc::vec::Vec;

#[derive(Clone, Copy)]
struct Complex {
	re: f64,
	im: f64,
}

impl Complex {
	fn times(self, other: Self) -> Self {
		Self { re: self.re * other.re - self.im * other.im, im: self.re * other.im + self.im * other.re }
	}
}

pub(crate) fn run(size: u32) -> u64 {
	let mut random = Random::new(7);
	let mut numbers: Vec<Complex> =
		(0..1u32 << size).map(|_| Complex { re: random.unit() - 0.5, im: random.unit() - 0.5 }).collect();
	reverse_bits(&mut numbers, size);
	// The root of unity for halves of one: a turn by 180 degrees.
	let mut root = Complex { re: -1.0, im: 0.0 };
	let mut half = 1;
	while half < numbers.len() {
		for block in numbers.chunks_exact_mut(half * 2) {
			butterflies(block, root);
		}
		root = half_turn(root);
		half *= 2;
	}
	checksum(numbers.into_iter().flat_map(|number| [number.re, number.im]))
}

fn butterflies(block: &mut [Complex], root: Complex) {
	let (left, right) = block.split_at_mut(block.len() / 2);
	let mut turn = Complex { re: 1.0, im: 0.0 };
	for (a, b) in left.iter_mut().zip(right) {
		let turned = b.times(turn);
		*b = Complex { re: a.re - turned.re, im: a.im - turned.im };
		*a = Complex { re: a.re + turned.re, im: a.im + turned.im };
		turn = turn.times(root);
	}
}

/// The root that turns by half the angle, by the formulas for half angles.
fn half_turn(root: Complex) -> Complex {
	Complex { re: sqrt((1.0 + root.re) / 2.0), im: sqrt((1.0 - root.re) / 2.0) }
}

fn reverse_bits(numbers: &mut [Complex], bits: u32) {
	for i in 0..numbers.len() as u32 {
		let j = i.reverse_bits() >> (32 - bits);
		if i < j {
			numbers.swap(i as usize, j as usize);
		}
	}
}
