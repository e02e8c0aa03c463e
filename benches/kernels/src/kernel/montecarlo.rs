//! So many paths of a price of eight steps each, and what an option with a barrier, a floor and a cap pays on average.

use crate::{maths::mix, random::Random};

const STEPS: u32 = 8;

pub(crate) fn run(size: u32) -> u64 {
	let mut random = Random::new(8);
	let (mut sum, mut knocked_out) = (0.0f64, 0u64);
	let (mut lowest, mut highest) = (f64::INFINITY, f64::NEG_INFINITY);
	for _ in 0..size {
		let (mut price, mut peak) = (100.0f64, 100.0f64);
		for _ in 0..STEPS {
			let shock = normal(&mut random);
			price *= 1.0 + 0.02 * shock + 0.0004 * shock * shock;
			peak = if price > peak { price } else { peak };
		}
		let pays = (price - 98.0).max(0.0).min(12.0);
		let out = peak > 115.0;
		sum += if out { 0.0 } else { pays };
		knocked_out += u64::from(out);
		lowest = lowest.min(price);
		highest = highest.max(price);
	}
	[sum.to_bits(), lowest.to_bits(), highest.to_bits()].into_iter().fold(knocked_out, mix)
}

/// Near enough to the normal distribution: the sum of four uniform numbers of 16 bits each.
#[inline]
fn normal(random: &mut Random) -> f64 {
	let bits = random.next();
	let part = |at: u32| f64::from((bits >> at) as u16);
	(part(0) + part(16) + part(32) + part(48) - 131_070.0) * (1.732_050_8 / 65_535.0)
}
