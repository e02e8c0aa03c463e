//! What `core` lacks.

#[cfg(target_arch = "wasm32")]
#[inline]
pub(crate) fn sqrt(x: f64) -> f64 {
	unsafe extern "C" {
		// Part of every standard library for this target: a function of the one instruction `f64.sqrt`.
		safe fn sqrt(x: f64) -> f64;
	}
	sqrt(x)
}

#[cfg(not(target_arch = "wasm32"))]
#[inline]
pub(crate) fn sqrt(x: f64) -> f64 {
	x.sqrt()
}

/// A checksum of numbers, by their bits.
pub(crate) fn checksum(numbers: impl IntoIterator<Item = f64>) -> u64 {
	numbers.into_iter().fold(0, |sum, number| mix(sum, number.to_bits()))
}

/// Takes one more word into a checksum.
#[inline]
pub(crate) fn mix(sum: u64, word: u64) -> u64 {
	(sum.rotate_left(5) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}
