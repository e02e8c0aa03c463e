//! How likely wrong results are found.

use super::{Chance, MILLION};
use crate::{audit, AuditPolicy};
use codec::{Decode, Encode};
use scale_info::TypeInfo;

/// The auditors there are, as far as odds depend on them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "camelCase"))]
pub struct AuditorSet {
	/// How many validators audit.
	pub validators: u32,
	/// The share of them that vouches for whatever the worker says, in parts per million. More counts as all.
	pub hostile: u32,
}

impl AuditorSet {
	/// Auditors of whom none is hostile.
	pub fn honest(validators: u32) -> Self {
		Self { validators, hostile: 0 }
	}
}

/// The smallest number of wrong tasks that makes a batch of `tasks` tasks wrong in at least `share` parts per million
/// of them: `⌈share × tasks⌉`, and at least one.
pub fn wrong_tasks(tasks: u32, share: u32) -> u32 {
	let scaled = u64::from(tasks) * u64::from(share.min(MILLION));
	u32::try_from(scaled.div_ceil(u64::from(MILLION))).unwrap_or(tasks).max(1)
}

/// The chance that `samples` distinct tasks, drawn evenly out of `tasks`, contain none of the `wrong` ones:
/// `C(n − w, m) / C(n, m)` as the product of `(n − w − i) / (n − i)` over the samples. Rounded up, by less than
/// `samples` parts. More samples than tasks count as all tasks.
///
/// Its complement, rounded down, is the chance to find at least one.
pub fn missed(tasks: u32, wrong: u32, samples: u16) -> Chance {
	let right = tasks.saturating_sub(wrong);
	let mut chance = Chance::CERTAIN;
	for drawn in 0..u32::from(samples).min(tasks) {
		let (left, of) = (right.saturating_sub(drawn), tasks.saturating_sub(drawn));
		chance = chance.scaled_ceil(left.into(), of.into());
	}
	chance
}

/// The chance that a batch that *is* audited shows at least one of its `wrong` wrong tasks to an honest auditor.
///
/// One auditor is hostile with probability α, or else misses with probability q = [`missed`]`(n, w, samples)`; all `a`
/// auditors miss with probability `(α + (1 − α) · q)^a`. The result is 1 minus that, rounded down, by less than
/// `a × (samples + 2)` parts.
pub fn caught_if_audited(policy: &AuditPolicy, auditors: &AuditorSet, tasks: u32, wrong: u32) -> Chance {
	let hostile = auditors.hostile.min(MILLION);
	// α + (1 − α) · q = 1 − (1 − α) · (1 − q): one rounding, and the complements are exact.
	let one_finds = missed(tasks, wrong, policy.samples.into())
		.complement()
		.scaled_floor((MILLION - hostile).into(), MILLION.into());
	let one_misses = one_finds.complement();
	// Without any auditor no report comes, but nothing passes either: one is always asked for.
	let reports = audit::wanted_auditors(policy, auditors.validators).max(1);
	(0..reports).fold(Chance::CERTAIN, |all_miss, _| all_miss.and_ceil(one_misses)).complement()
}

/// The chance that a batch shows at least one of its `wrong` wrong tasks to an honest auditor, given that only some
/// batches are audited: `rate` × [`caught_if_audited`], rounded down, by one more part.
pub fn caught(policy: &AuditPolicy, auditors: &AuditorSet, tasks: u32, wrong: u32) -> Chance {
	let rate = policy.rate.min(MILLION);
	caught_if_audited(policy, auditors, tasks, wrong).scaled_floor(rate.into(), MILLION.into())
}

#[cfg(test)]
mod tests {
	use super::*;
	use num_bigint::BigInt;
	use num_rational::BigRational;
	use proptest::prelude::*;

	fn rational(numerator: impl Into<BigInt>, denominator: impl Into<BigInt>) -> BigRational {
		BigRational::new(numerator.into(), denominator.into())
	}

	fn one() -> BigRational {
		rational(1, 1)
	}

	/// C(n, m) by its definition.
	fn binomial(n: u32, m: u32) -> BigInt {
		(0..m).fold(BigInt::from(1), |product, i| product * (i64::from(n) - i64::from(i)) / (i + 1))
	}

	fn exactly_missed(tasks: u32, wrong: u32, samples: u32) -> BigRational {
		let samples = samples.min(tasks);
		BigRational::new(binomial(tasks.saturating_sub(wrong), samples), binomial(tasks, samples))
	}

	fn exactly_caught(policy: &AuditPolicy, hostile: u32, tasks: u32, wrong: u32) -> BigRational {
		let hostile = rational(hostile, MILLION);
		let miss = exactly_missed(tasks, wrong, policy.samples.into());
		let one_misses = &hostile + (one() - &hostile) * miss;
		(one() - one_misses.pow(policy.auditors.into())) * rational(policy.rate, MILLION)
	}

	fn exact(chance: Chance) -> BigRational {
		rational(chance.parts(), Chance::PARTS)
	}

	/// Whether `chance` is `exact` rounded down by less than `parts` parts.
	fn is_just_below(chance: Chance, exactly: &BigRational, parts: u32) -> bool {
		let gap = exactly - exact(chance);
		gap >= rational(0, 1) && gap < rational(parts, Chance::PARTS)
	}

	const POLICY: AuditPolicy = AuditPolicy { auditors: 2, samples: 2, rate: MILLION };

	#[test]
	fn known_odds() {
		// Two tasks out of 16, one of them wrong: 1 − 14/16 for one auditor, 1 − (14/16)² for two.
		let honest = AuditorSet::honest(30);
		assert_eq!(missed(16, 1, 2).to_string(), "0.875");
		assert_eq!(caught(&POLICY, &honest, 16, 1).to_string(), "0.234375");
		// Four distinct samples would find it once in four times.
		assert_eq!(missed(16, 1, 4).complement().to_string(), "0.25");
		let quarter = AuditPolicy { rate: 250_000, ..POLICY };
		assert_eq!(caught(&quarter, &honest, 16, 16).to_string(), "0.25");
		let fifth = AuditorSet { hostile: 200_000, ..honest };
		assert_eq!(caught(&POLICY, &fifth, 16, 16).to_string(), "0.96");
	}

	#[test]
	fn extremes_are_exact() {
		let honest = AuditorSet::honest(30);
		assert_eq!(caught(&POLICY, &honest, 100, 0), Chance::NEVER);
		assert_eq!(caught(&POLICY, &honest, 100, 100), Chance::CERTAIN);
		assert_eq!(caught(&POLICY, &honest, 100, u32::MAX), Chance::CERTAIN);
		assert_eq!(caught(&POLICY, &honest, 1, 1), Chance::CERTAIN);
		assert_eq!(caught(&POLICY, &honest, 0, 1), Chance::NEVER);
		let all_hostile = AuditorSet { hostile: u32::MAX, ..honest };
		assert_eq!(caught(&POLICY, &all_hostile, 100, 100), Chance::NEVER);
		assert_eq!(missed(0, 0, 5), Chance::CERTAIN);
		assert_eq!(missed(u32::MAX, u32::MAX, u16::MAX), Chance::NEVER);
		assert!(missed(u32::MAX, 1, 16) < Chance::CERTAIN);
	}

	#[test]
	fn a_small_set_of_auditors_is_all_that_counts() {
		let lone = AuditorSet::honest(1);
		let one = AuditPolicy { auditors: 1, ..POLICY };
		assert_eq!(caught(&POLICY, &lone, 50, 5), caught(&one, &AuditorSet::honest(100), 50, 5));
		assert_eq!(caught(&POLICY, &AuditorSet::honest(0), 50, 5), caught(&POLICY, &lone, 50, 5));
	}

	#[test]
	fn shares_become_whole_tasks() {
		assert_eq!(wrong_tasks(16, 10_000), 1);
		assert_eq!(wrong_tasks(100, 10_000), 1);
		assert_eq!(wrong_tasks(101, 10_000), 2);
		assert_eq!(wrong_tasks(100, 0), 1);
		assert_eq!(wrong_tasks(u32::MAX, u32::MAX), u32::MAX);
	}

	fn policies() -> impl Strategy<Value = AuditPolicy> {
		let samples = 1..=AuditPolicy::MAX_SAMPLES;
		(1..=AuditPolicy::MAX_AUDITORS, samples, AuditPolicy::MIN_RATE..=MILLION)
			.prop_map(|(auditors, samples, rate)| AuditPolicy { auditors, samples, rate })
	}

	/// A batch size and a number of wrong tasks in it, small ones often.
	fn batches() -> impl Strategy<Value = (u32, u32)> {
		prop_oneof![1u32..40, 1u32..=100_000, 1u32..].prop_flat_map(|tasks| (Just(tasks), 0..=tasks))
	}

	proptest! {
		#[test]
		fn missing_is_the_ratio_of_binomials_rounded_up((tasks, wrong) in batches(), samples in 1u16..200) {
			let found = missed(tasks, wrong, samples).complement();
			let exactly = one() - exactly_missed(tasks, wrong, samples.into());
			prop_assert!(is_just_below(found, &exactly, samples.into()));
		}

		#[test]
		fn catching_is_the_formula_rounded_down(
			policy in policies(),
			(tasks, wrong) in batches(),
			hostile in 0..=MILLION,
		) {
			let auditors = AuditorSet { validators: 100, hostile };
			let exactly = exactly_caught(&policy, hostile, tasks, wrong);
			let slack = u32::from(policy.auditors) * (u32::from(policy.samples) + 2) + 1;
			prop_assert!(is_just_below(caught(&policy, &auditors, tasks, wrong), &exactly, slack));
		}

		#[test]
		fn independent_draws_find_less_than_distinct_ones(policy in policies(), (tasks, wrong) in batches()) {
			let policy = AuditPolicy { rate: MILLION, ..policy };
			let distinct = u16::from(policy.auditors) * u16::from(policy.samples);
			let distinct = one() - exactly_missed(tasks, wrong, distinct.into());
			prop_assert!(exact(caught(&policy, &AuditorSet::honest(100), tasks, wrong)) <= distinct);
		}

		#[test]
		fn more_checking_never_finds_less(
			policy in policies(),
			(tasks, wrong) in batches(),
			hostile in 0..MILLION,
		) {
			let auditors = AuditorSet { validators: 100, hostile };
			let base = caught(&policy, &auditors, tasks, wrong);
			let more_checking = [
				AuditPolicy { auditors: policy.auditors + 1, ..policy },
				AuditPolicy { samples: policy.samples + 1, ..policy },
				AuditPolicy { rate: policy.rate + 1, ..policy },
			];
			for policy in more_checking {
				prop_assert!(caught(&policy, &auditors, tasks, wrong) >= base);
			}
			prop_assert!(caught(&policy, &auditors, tasks, wrong.saturating_add(1)) >= base);
			prop_assert!(caught(&policy, &auditors, tasks.saturating_add(1), wrong) <= base);
			let more_hostile = AuditorSet { hostile: hostile + 1, ..auditors };
			prop_assert!(caught(&policy, &more_hostile, tasks, wrong) <= base);
		}
	}
}
