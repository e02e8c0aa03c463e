//! Random numbers that depend on the scene's seed, the pixel and the sample alone, so that a tile does not depend on
//! who rendered what before it.

use crate::{
	maths::{min, sin_cos, sqrt, PI},
	vector::{vector, Vector},
};

/// The greatest number below 1.
const BELOW_ONE: f32 = 1.0 - f32::EPSILON / 2.0;

/// Scrambles 64 bits: the finaliser of SplitMix64.
pub fn scramble(value: u64) -> u64 {
	let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
	let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
	value ^ (value >> 31)
}

/// The place of `index` in a random order of 0 to `count`, not included, that `key` chooses.
fn shuffled(index: u32, count: u32, key: u32) -> u32 {
	let mask = count.next_power_of_two() - 1;
	let half = (mask.count_ones() / 2).max(1);
	let mut place = index;
	loop {
		// Each line is a one-to-one map of the numbers up to `mask`, so walking until the place is one of `count` again
		// is one, too.
		for round in 0..3_u32 {
			let key = key.rotate_left(11 * round);
			place = (place ^ key) & mask;
			place = place.wrapping_mul((key >> 7) | 1) & mask;
			place ^= place >> half;
			place = place.wrapping_mul(0x9e37_79b1) & mask;
		}
		if place < count {
			return place;
		}
	}
}

/// The random numbers of one sample of one pixel. The pairs are spread evenly over all samples of the pixel: each has a
/// square of its own in a grid over the unit square.
#[derive(Clone, Debug)]
pub struct Sampler {
	state: u64,
	pixel: u64,
	sample: u32,
	side: u32,
	pairs: u64,
}

impl Sampler {
	/// For sample number `sample`, of `samples`, of pixel number `pixel`.
	pub fn new(seed: u64, pixel: u64, sample: u32, samples: u32) -> Self {
		let pixel = scramble(scramble(seed).wrapping_add(pixel));
		let state = scramble(pixel ^ (u64::from(sample) << 32 | 0x5bd1));
		Self { state, pixel, sample, side: samples.isqrt(), pairs: 0 }
	}

	/// A number from 0 to 1, not included.
	#[inline(always)]
	pub fn number(&mut self) -> f32 {
		self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
		(scramble(self.state) >> 40) as f32 * (1.0 / 16_777_216.0)
	}

	/// Two numbers from 0 to 1, not included.
	pub fn pair(&mut self) -> (f32, f32) {
		let (u, v) = (self.number(), self.number());
		let cells = self.side * self.side;
		self.pairs += 1;
		if self.sample >= cells {
			return (u, v);
		}
		let key = scramble(self.pixel.wrapping_add(self.pairs)) as u32;
		let cell = shuffled(self.sample, cells, key);
		let width = 1.0 / self.side as f32;
		let place = |index: u32, offset: f32| min((index as f32 + offset) * width, BELOW_ONE);
		(place(cell % self.side, u), place(cell / self.side, v))
	}
}

/// A unit vector around the unit vector `normal`, more likely the closer, in proportion to the cosine.
pub fn cosine_direction(normal: Vector, (u, v): (f32, f32)) -> Vector {
	let (sin, cos) = sin_cos(2.0 * PI * u);
	let radius = sqrt(v);
	let (first, second) = normal.basis();
	(first * (radius * cos) + second * (radius * sin) + normal * sqrt(1.0 - v)).unit()
}

/// A point in the unit ball.
pub fn in_ball(sampler: &mut Sampler) -> Vector {
	loop {
		let (x, y, z) = (sampler.number(), sampler.number(), sampler.number());
		let point = vector(x, y, z) * 2.0 - Vector::ONE;
		if point.dot(point) < 1.0 {
			return point;
		}
	}
}

/// A point in the unit disc.
pub fn in_disc((u, v): (f32, f32)) -> (f32, f32) {
	let (sin, cos) = sin_cos(2.0 * PI * u);
	let radius = sqrt(v);
	(radius * cos, radius * sin)
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn shuffling_is_one_to_one() {
		for count in [1, 2, 3, 9, 16, 25, 64, 1000] {
			for key in [0, 1, 0xdead_beef, u32::MAX] {
				let mut seen = vec![false; count as usize];
				for index in 0..count {
					let place = &mut seen[shuffled(index, count, key) as usize];
					assert!(!*place, "{count} {key}");
					*place = true;
				}
			}
		}
	}

	#[test]
	fn different_keys_shuffle_differently() {
		let order = |key| (0..64).map(|index| shuffled(index, 64, key)).collect::<Vec<_>>();
		let distinct: std::collections::BTreeSet<_> =
			(0..100).map(|key| order(scramble(key) as u32)).collect();
		assert_eq!(distinct.len(), 100);
	}

	#[test]
	fn pairs_fill_every_cell_once() {
		for pair in 0..4 {
			let mut seen = [[false; 8]; 8];
			for sample in 0..64 {
				let mut sampler = Sampler::new(1, 2, sample, 64);
				let (u, v) = (0..=pair).map(|_| sampler.pair()).last().unwrap();
				assert!((0.0..1.0).contains(&u) && (0.0..1.0).contains(&v));
				let cell = &mut seen[(u * 8.0) as usize][(v * 8.0) as usize];
				assert!(!*cell);
				*cell = true;
			}
		}
	}

	#[test]
	fn samplers_differ_by_seed_pixel_and_sample_only() {
		let draw = |seed, pixel, sample| Sampler::new(seed, pixel, sample, 64).number();
		assert_eq!(draw(1, 2, 3), draw(1, 2, 3));
		assert_ne!(draw(1, 2, 3), draw(2, 2, 3));
		assert_ne!(draw(1, 2, 3), draw(1, 3, 3));
		assert_ne!(draw(1, 2, 3), draw(1, 2, 4));
	}

	#[test]
	fn numbers_are_uniform() {
		let mut sampler = Sampler::new(7, 7, 7, 1);
		let mut buckets = [0_u32; 16];
		for _ in 0..160_000 {
			buckets[(sampler.number() * 16.0) as usize] += 1;
		}
		assert!(buckets.iter().all(|count| (9_500..10_500).contains(count)), "{buckets:?}");
	}

	#[test]
	fn directions_follow_the_cosine() {
		let normal = vector(0.36, 0.48, -0.8);
		let mut sum = Vector::ZERO;
		let samples = 40_000;
		for sample in 0..samples {
			let direction = cosine_direction(normal, Sampler::new(3, 0, sample, samples).pair());
			assert!(direction.dot(normal) >= -1e-6 && (direction.length() - 1.0).abs() < 1e-5);
			sum += direction;
		}
		// The mean of such directions is two thirds of the normal.
		assert!((sum / samples as f32 - normal * (2.0 / 3.0)).length() < 1e-2);
	}

	#[test]
	fn balls_and_discs_are_filled_evenly() {
		let mut sampler = Sampler::new(5, 0, 0, 1);
		let (mut inner_ball, mut inner_disc) = (0, 0);
		for _ in 0..80_000 {
			inner_ball += u32::from(in_ball(&mut sampler).length() < 0.5);
			let (x, y) = in_disc(sampler.pair());
			inner_disc += u32::from(x * x + y * y < 0.25);
		}
		assert!((9_600..10_400).contains(&inner_ball), "{inner_ball}");
		assert!((19_400..20_600).contains(&inner_disc), "{inner_disc}");
	}
}
