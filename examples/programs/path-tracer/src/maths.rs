//! Scalar functions that `core` does not have, from operations that give the same bits everywhere.

/// The ratio of a circle's circumference to its diameter.
pub const PI: f32 = core::f32::consts::PI;

/// The square root, correctly rounded. Not a number for negative ones.
#[cfg(target_arch = "wasm32")]
#[inline(always)]
pub fn sqrt(x: f32) -> f32 {
	unsafe extern "C" {
		// Part of every standard library for this target, where it is the instruction `f32.sqrt`.
		safe fn sqrtf(x: f32) -> f32;
	}
	sqrtf(x)
}

/// The square root, correctly rounded. Not a number for negative ones.
#[cfg(not(target_arch = "wasm32"))]
#[inline(always)]
pub fn sqrt(x: f32) -> f32 {
	x.sqrt()
}

/// The smaller of two numbers: one comparison, unlike `f32::min`, which also sorts out NaN.
#[inline(always)]
pub fn min(a: f32, b: f32) -> f32 {
	if a < b {
		a
	} else {
		b
	}
}

/// The greater of two numbers. See [`min`].
#[inline(always)]
pub fn max(a: f32, b: f32) -> f32 {
	if a > b {
		a
	} else {
		b
	}
}

/// The greatest whole number not above `x`, which must be within ±2³¹.
pub fn floor(x: f32) -> i32 {
	let truncated = x as i32;
	truncated.saturating_sub(i32::from((truncated as f32) > x))
}

/// `x` to the fifth power.
#[inline(always)]
pub fn fifth_power(x: f32) -> f32 {
	let square = x * x;
	square * square * x
}

/// Sine and cosine of an angle in radians, for angles of a few turns at most. Off by less than 10⁻⁶.
pub fn sin_cos(angle: f32) -> (f32, f32) {
	const QUARTER: f32 = core::f32::consts::FRAC_PI_2;
	let quarters = floor(angle / QUARTER + 0.5);
	let rest = angle - quarters as f32 * QUARTER;
	let square = rest * rest;
	let sin = rest * (1.0 - square * (1.0 / 6.0 - square * (1.0 / 120.0 - square * (1.0 / 5040.0))));
	let cos =
		1.0 - square * (0.5 - square * (1.0 / 24.0 - square * (1.0 / 720.0 - square * (1.0 / 40320.0))));
	match quarters.rem_euclid(4) {
		0 => (sin, cos),
		1 => (cos, -sin),
		2 => (-sin, -cos),
		_ => (-cos, sin),
	}
}

/// The cube root of a number in 0 to 1.
fn cube_root(x: f32) -> f32 {
	if x < 1e-30 {
		return 0.0;
	}
	// A third of the exponent is a guess within a few per cent; each step of Newton's doubles the digits.
	let mut root = f32::from_bits(x.to_bits() / 3 + 0x2a51_0000);
	for _ in 0..3 {
		root -= (root - x / (root * root)) * (1.0 / 3.0);
	}
	root
}

/// Encodes a linear intensity as an sRGB byte. What is outside of 0 to 1 is cut off.
pub fn srgb(linear: f32) -> u8 {
	let linear = min(max(linear, 0.0), 1.0);
	let encoded = if linear <= 0.003_130_8 {
		12.92 * linear
	} else {
		// x^(1/2.4) = x^(5/12), the fifth power of the cube root of the fourth root.
		1.055 * fifth_power(cube_root(sqrt(sqrt(linear)))) - 0.055
	};
	(encoded * 255.0 + 0.5) as u8
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn floor_rounds_down() {
		for (x, whole) in
			[(0.0, 0), (0.9, 0), (1.0, 1), (-0.1, -1), (-1.0, -1), (-1.5, -2), (1e6 + 0.5, 1_000_000)]
		{
			assert_eq!(floor(x), whole, "{x}");
		}
	}

	#[test]
	fn sines_and_cosines_agree_with_the_library() {
		for step in -2000..=2000 {
			let angle = step as f32 * 0.0063;
			let (sin, cos) = sin_cos(angle);
			let exact = f64::from(angle);
			assert!((f64::from(sin) - exact.sin()).abs() < 1e-6, "sin {angle}");
			assert!((f64::from(cos) - exact.cos()).abs() < 1e-6, "cos {angle}");
		}
	}

	#[test]
	fn srgb_agrees_with_its_definition() {
		for step in 0..=10_000 {
			let linear = f64::from(step) / 10_000.0;
			let encoded =
				if linear <= 0.003_130_8 { 12.92 * linear } else { 1.055 * linear.powf(1.0 / 2.4) - 0.055 };
			let error = f64::from(srgb(linear as f32)) - encoded * 255.0;
			assert!(error.abs() < 0.501, "{linear}: {error}");
		}
		assert_eq!([srgb(-1.0), srgb(0.0), srgb(1.0), srgb(9.0), srgb(f32::NAN)], [0, 0, 255, 255, 0]);
	}

	#[test]
	fn min_and_max_of_numbers() {
		assert_eq!((min(1.0, 2.0), min(2.0, 1.0), max(1.0, 2.0), max(2.0, 1.0)), (1.0, 1.0, 2.0, 2.0));
	}
}
