//! Eight 16-bit numbers at once.
//!
//! On `wasm32` they are one register of WebAssembly's SIMD. Everywhere else they are an array, so that the very same
//! algorithm is tested natively. The lanes are in the order of [`Lanes::new`].

/// How many numbers there are.
pub const LANES: usize = 8;

#[cfg(target_arch = "wasm32")]
mod simd {
	use core::arch::wasm32::{
		i16x8, i16x8_add_sat, i16x8_extract_lane, i16x8_gt, i16x8_max, i16x8_replace_lane, i16x8_shuffle,
		i16x8_splat, i16x8_sub_sat, v128, v128_any_true,
	};

	/// Eight signed numbers.
	#[derive(Clone, Copy, Debug)]
	pub struct Lanes(v128);

	impl Lanes {
		/// These eight.
		#[inline]
		#[target_feature(enable = "simd128")]
		pub fn new([a, b, c, d, e, f, g, h]: [i16; 8]) -> Self {
			Self(i16x8(a, b, c, d, e, f, g, h))
		}

		/// Eight times the same.
		#[inline]
		#[target_feature(enable = "simd128")]
		pub fn splat(value: i16) -> Self {
			Self(i16x8_splat(value))
		}

		/// Sums, no further than an `i16` reaches.
		#[inline]
		#[target_feature(enable = "simd128")]
		pub fn plus(self, other: Self) -> Self {
			Self(i16x8_add_sat(self.0, other.0))
		}

		/// Differences, no further than an `i16` reaches.
		#[inline]
		#[target_feature(enable = "simd128")]
		pub fn minus(self, other: Self) -> Self {
			Self(i16x8_sub_sat(self.0, other.0))
		}

		/// The greater of each pair.
		#[inline]
		#[target_feature(enable = "simd128")]
		pub fn max(self, other: Self) -> Self {
			Self(i16x8_max(self.0, other.0))
		}

		/// Whether any lane is greater than its counterpart.
		#[inline]
		#[target_feature(enable = "simd128")]
		pub fn any_greater(self, other: Self) -> bool {
			v128_any_true(i16x8_gt(self.0, other.0))
		}

		/// Every number one lane on, and `first` in the first lane. The last one is lost.
		#[inline]
		#[target_feature(enable = "simd128")]
		pub fn shift(self, first: i16) -> Self {
			let shifted = i16x8_shuffle::<0, 0, 1, 2, 3, 4, 5, 6>(self.0, self.0);
			Self(i16x8_replace_lane::<0>(shifted, first))
		}

		/// The greatest number.
		#[inline]
		#[target_feature(enable = "simd128")]
		pub fn greatest(self) -> i16 {
			let half = i16x8_max(self.0, i16x8_shuffle::<4, 5, 6, 7, 0, 1, 2, 3>(self.0, self.0));
			let quarter = i16x8_max(half, i16x8_shuffle::<2, 3, 0, 1, 6, 7, 4, 5>(half, half));
			i16x8_extract_lane::<0>(quarter).max(i16x8_extract_lane::<1>(quarter))
		}
	}
}

#[cfg(not(target_arch = "wasm32"))]
mod array {
	/// Eight signed numbers.
	#[derive(Clone, Copy, Debug)]
	pub struct Lanes([i16; 8]);

	impl Lanes {
		/// These eight.
		pub fn new(values: [i16; 8]) -> Self {
			Self(values)
		}

		/// Eight times the same.
		pub fn splat(value: i16) -> Self {
			Self([value; 8])
		}

		fn with(self, other: Self, combine: impl Fn(i16, i16) -> i16) -> Self {
			let mut values = self.0;
			values.iter_mut().zip(other.0).for_each(|(value, other)| *value = combine(*value, other));
			Self(values)
		}

		/// Sums, no further than an `i16` reaches.
		pub fn plus(self, other: Self) -> Self {
			self.with(other, i16::saturating_add)
		}

		/// Differences, no further than an `i16` reaches.
		pub fn minus(self, other: Self) -> Self {
			self.with(other, i16::saturating_sub)
		}

		/// The greater of each pair.
		pub fn max(self, other: Self) -> Self {
			self.with(other, i16::max)
		}

		/// Whether any lane is greater than its counterpart.
		pub fn any_greater(self, other: Self) -> bool {
			self.0.iter().zip(other.0).any(|(value, other)| *value > other)
		}

		/// Every number one lane on, and `first` in the first lane. The last one is lost.
		pub fn shift(self, first: i16) -> Self {
			let [a, b, c, d, e, f, g, _] = self.0;
			Self([first, a, b, c, d, e, f, g])
		}

		/// The greatest number.
		pub fn greatest(self) -> i16 {
			self.0.into_iter().fold(i16::MIN, i16::max)
		}
	}
}

#[cfg(not(target_arch = "wasm32"))]
pub use array::Lanes;
#[cfg(target_arch = "wasm32")]
pub use simd::Lanes;
