//! The product of two square matrices of the size, a multiple of four, with four sums at once.

use crate::{lanes::Lanes, maths::mix, random::Random};
use alloc::vec::Vec;

pub(crate) fn run(size: u32) -> u64 {
	let size = size as usize / 4 * 4;
	let mut random = Random::new(9);
	let mut matrix = || -> Vec<f32> { (0..size * size).map(|_| random.unit() as f32 - 0.5).collect() };
	let (a, b) = (matrix(), matrix());
	// SAFETY: the machine has 128-bit SIMD, and elsewhere nothing is asked for.
	unsafe { product(&a, &b, size) }
}

/// The checksum of the matrix whose element (i, j) is row i of `a` times row j of `b`.
#[cfg_attr(target_arch = "wasm32", target_feature(enable = "simd128"))]
unsafe fn product(a: &[f32], b: &[f32], size: usize) -> u64 {
	let mut sum = 0;
	for row in a.chunks_exact(size) {
		for other in b.chunks_exact(size) {
			sum = mix(sum, dot(row, other).to_bits().into());
		}
	}
	sum
}

#[inline]
#[cfg_attr(target_arch = "wasm32", target_feature(enable = "simd128"))]
#[cfg_attr(not(target_arch = "wasm32"), allow(unused_unsafe))]
fn dot(a: &[f32], b: &[f32]) -> f32 {
	let mut sum = Lanes::splat(0.0);
	let (a, _) = a.as_chunks::<4>();
	let (b, _) = b.as_chunks::<4>();
	for (a, b) in a.iter().zip(b) {
		sum = sum.plus_product(Lanes::load(a), Lanes::load(b));
	}
	sum.sum()
}
