//! Four numbers at once: 128-bit SIMD on the machine, SSE2 on x86-64, an array elsewhere. All round alike.

#[cfg(target_arch = "wasm32")]
mod lanes {
	use core::arch::wasm32::{f32x4_add, f32x4_extract_lane, f32x4_mul, f32x4_splat, v128, v128_load};

	#[derive(Clone, Copy)]
	pub(crate) struct Lanes(v128);

	impl Lanes {
		#[inline]
		#[target_feature(enable = "simd128")]
		pub(crate) fn splat(x: f32) -> Self {
			Self(f32x4_splat(x))
		}

		#[inline]
		#[target_feature(enable = "simd128")]
		pub(crate) fn load(from: &[f32; 4]) -> Self {
			// SAFETY: an array of four is 16 bytes, and the instruction wants no alignment.
			Self(unsafe { v128_load(from.as_ptr().cast()) })
		}

		#[inline]
		#[target_feature(enable = "simd128")]
		pub(crate) fn plus_product(self, a: Self, b: Self) -> Self {
			Self(f32x4_add(self.0, f32x4_mul(a.0, b.0)))
		}

		#[inline]
		#[target_feature(enable = "simd128")]
		pub(crate) fn sum(self) -> f32 {
			let low = f32x4_extract_lane::<0>(self.0) + f32x4_extract_lane::<1>(self.0);
			low + (f32x4_extract_lane::<2>(self.0) + f32x4_extract_lane::<3>(self.0))
		}
	}
}

#[cfg(target_arch = "x86_64")]
mod lanes {
	use core::arch::x86_64::{__m128, _mm_add_ps, _mm_loadu_ps, _mm_mul_ps, _mm_set1_ps, _mm_storeu_ps};

	#[derive(Clone, Copy)]
	pub(crate) struct Lanes(__m128);

	impl Lanes {
		#[inline]
		pub(crate) fn splat(x: f32) -> Self {
			// SAFETY: SSE2 is part of the architecture.
			Self(unsafe { _mm_set1_ps(x) })
		}

		#[inline]
		pub(crate) fn load(from: &[f32; 4]) -> Self {
			// SAFETY: an array of four is 16 bytes, and the instruction wants no alignment.
			Self(unsafe { _mm_loadu_ps(from.as_ptr()) })
		}

		#[inline]
		pub(crate) fn plus_product(self, a: Self, b: Self) -> Self {
			// SAFETY: SSE2 is part of the architecture.
			Self(unsafe { _mm_add_ps(self.0, _mm_mul_ps(a.0, b.0)) })
		}

		#[inline]
		pub(crate) fn sum(self) -> f32 {
			let mut lanes = [0.0f32; 4];
			// SAFETY: as above.
			unsafe { _mm_storeu_ps(lanes.as_mut_ptr(), self.0) };
			(lanes[0] + lanes[1]) + (lanes[2] + lanes[3])
		}
	}
}

#[cfg(not(any(target_arch = "wasm32", target_arch = "x86_64")))]
mod lanes {
	#[derive(Clone, Copy)]
	pub(crate) struct Lanes([f32; 4]);

	impl Lanes {
		#[inline]
		pub(crate) fn splat(x: f32) -> Self {
			Self([x; 4])
		}

		#[inline]
		pub(crate) fn load(from: &[f32; 4]) -> Self {
			Self(*from)
		}

		#[inline]
		pub(crate) fn plus_product(self, a: Self, b: Self) -> Self {
			Self(core::array::from_fn(|lane| self.0[lane] + a.0[lane] * b.0[lane]))
		}

		#[inline]
		pub(crate) fn sum(self) -> f32 {
			let [a, b, c, d] = self.0;
			(a + b) + (c + d)
		}
	}
}

pub(crate) use lanes::Lanes;
