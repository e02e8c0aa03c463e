//! What many runs say, and how surely.

use crate::{run, run_knowing, Attempt, Auditor, Setting, Worker};
use assay_primitives::{audit::SEED_BLOCKS, AuditPolicy};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// A mean and how far off it may be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
	/// The mean of the runs.
	pub mean: f64,
	/// Its standard error.
	pub error: f64,
}

impl Estimate {
	/// The mean of `values`, of which there should be at least two.
	pub fn of(values: impl IntoIterator<Item = f64>) -> Self {
		// Welford's method: no sums of squares that could cancel.
		let (mut count, mut mean, mut squares) = (0.0, 0.0, 0.0);
		for value in values {
			count += 1.0;
			let before = value - mean;
			mean += before / count;
			squares += before * (value - mean);
		}
		let variance = if count > 1.0 { squares / (count - 1.0) } else { 0.0 };
		Self { mean, error: (variance / f64::max(count, 1.0)).sqrt() }
	}

	/// The mean over two kinds of runs, of which `share` are of the first.
	pub fn mixed(share: f64, first: Self, second: Self) -> Self {
		let rest = 1.0 - share;
		let mean = share * first.mean + rest * second.mean;
		let (first, second) = (share * first.error, rest * second.error);
		Self { mean, error: (first * first + second * second).sqrt() }
	}

	/// Whether the mean is below `bound` by more than `deviations` standard errors.
	pub fn is_below(&self, bound: f64, deviations: f64) -> bool {
		self.mean + deviations * self.error < bound
	}
}

/// The share of `outcomes` that are true.
pub fn share(outcomes: impl IntoIterator<Item = bool>) -> Estimate {
	Estimate::of(outcomes.into_iter().map(|outcome| if outcome { 1.0 } else { 0.0 }))
}

/// How far the share of successes in `count` independent trials may be from `chance` before it is a surprise:
/// `deviations` standard deviations of the binomial distribution, and one trial, for the chances that are almost 0 or 1.
pub fn tolerance(chance: f64, count: u32, deviations: f64) -> f64 {
	let count = f64::from(count.max(1));
	deviations * (chance * (1.0 - chance) / count).sqrt() + 1.0 / count
}

/// A whole number as a real one, to 53 bits.
pub fn real(number: i128) -> f64 {
	let magnitude = number.unsigned_abs();
	let digits = [96, 64, 32, 0].map(|shift| u32::try_from((magnitude >> shift) & u128::from(u32::MAX)));
	let value =
		digits.into_iter().fold(0.0, |value, digit| value * 4_294_967_296.0 + f64::from(digit.unwrap_or(0)));
	if number < 0 {
		-value
	} else {
		value
	}
}

/// A random stream of its own for each `seed`, the same on every machine.
pub fn stream(seed: u64) -> ChaCha8Rng {
	ChaCha8Rng::seed_from_u64(seed)
}

/// Runs `count` attempts. The same seed gives the same draws to whatever worker and auditors there are, as far as they
/// draw as often, so that differences between behaviours are not blurred by chance.
pub fn attempts<'a>(
	setting: &'a Setting,
	worker: Worker,
	auditors: &'a [Auditor],
	count: u32,
	seed: u64,
) -> impl Iterator<Item = Attempt> + 'a {
	(0..count).map(move |number| {
		let mut random = stream(seed);
		random.set_stream(number.into());
		run(setting, worker, auditors, &mut random)
	})
}

/// The share of batches that is audited: each block asks for it in `1 − (1 − rate)^(1 / blocks)` of its draws.
pub fn audited_share(setting: &Setting) -> f64 {
	let spared = 1.0 - f64::from(setting.policy.rate) / f64::from(AuditPolicy::EVERY_BATCH);
	let quiet = spared.powf(1.0 / f64::from(SEED_BLOCKS));
	let last_asks = (0..setting.last_draws).fold(1.0, |asks, _| asks * (1.0 - quiet));
	1.0 - spared / quiet.max(f64::MIN_POSITIVE) * (1.0 - last_asks)
}

/// The means of `values` over batches that are audited at the rate of the setting. Audited batches and others are
/// simulated apart, `count` of either, and weighted: chance has less say than if it chose between them.
pub fn means<const N: usize>(
	setting: &Setting,
	worker: Worker,
	auditors: &[Auditor],
	count: u32,
	seed: u64,
	values: impl Fn(&Attempt) -> [f64; N],
) -> [Estimate; N] {
	let rate = audited_share(setting);
	let of = |audited| -> [Estimate; N] {
		let all: Vec<[f64; N]> = (0..count)
			.map(|number| {
				let mut random = stream(seed);
				random.set_stream(number.into());
				values(&run_knowing(setting, worker, auditors, audited, &mut random))
			})
			.collect();
		std::array::from_fn(|column| Estimate::of(all.iter().filter_map(|row| row.get(column).copied())))
	};
	let (audited, others) = (of(true), if rate < 1.0 { of(false) } else { [Estimate::of([]); N] });
	std::array::from_fn(|column| {
		let pair = audited.get(column).zip(others.get(column));
		pair.map_or(Estimate::of([]), |(audited, others)| Estimate::mixed(rate, *audited, *others))
	})
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn mean_and_error_are_those_of_the_textbook() {
		let estimate = Estimate::of([1.0, 2.0, 3.0, 4.0]);
		assert_eq!(estimate.mean, 2.5);
		assert!((estimate.error - (5.0f64 / 3.0 / 4.0).sqrt()).abs() < 1e-12);
		assert!(estimate.is_below(5.0, 3.0) && !estimate.is_below(4.0, 3.0));
		assert_eq!(Estimate::of([7.0]), Estimate { mean: 7.0, error: 0.0 });
		let mixed =
			Estimate::mixed(0.25, Estimate { mean: 8.0, error: 4.0 }, Estimate { mean: 4.0, error: 0.0 });
		assert_eq!(mixed, Estimate { mean: 5.0, error: 1.0 });
	}

	#[test]
	fn whole_numbers_become_real_ones() {
		for (number, value) in
			[(0, 0.0), (-3, -3.0), (1 << 40, 2f64.powi(40)), (i128::MIN, -(2f64.powi(127)))]
		{
			assert_eq!(real(number), value);
		}
	}

	#[test]
	fn tolerances_shrink_with_the_root_of_the_count() {
		assert!((tolerance(0.5, 10_000, 4.0) - 0.0201).abs() < 1e-9);
		assert!(tolerance(0.0, 1_000, 4.0) > 0.0);
	}
}
