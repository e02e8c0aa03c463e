//! How soon an audit is complete.

use super::{Chance, MILLION};
use crate::{audit, AuditPolicy};
use alloc::vec;
use codec::{Decode, Encode};
use scale_info::TypeInfo;

/// What to expect of one tranche.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "camelCase"))]
pub struct TrancheOdds {
	/// Its number, from 0.
	pub tranche: u32,
	/// The chance of one auditor to be admitted in it or an earlier one, rounded down.
	pub admitted: Chance,
	/// The chance that enough auditors are admitted in it or earlier ones, rounded down.
	pub enough: Chance,
}

impl TrancheOdds {
	/// The odds of `tranche` if `reporting` of `validators` auditors answer when they are drawn.
	pub fn new(policy: &AuditPolicy, validators: u32, reporting: u32, tranche: u32) -> Self {
		let admitted = admitted_by(policy, validators, tranche);
		Self { tranche, admitted, enough: enough_by(policy, validators, reporting, tranche) }
	}
}

/// The chance of one auditor to be admitted by `tranche`, rounded down by less than a part.
fn admitted_by(policy: &AuditPolicy, validators: u32, tranche: u32) -> Chance {
	// At most 2^64 · 10^18 < 2^124.
	let parts = (audit::eligible_draws(policy, validators, tranche) * u128::from(Chance::PARTS)) >> 64;
	u64::try_from(parts).ok().and_then(Chance::from_parts).unwrap_or(Chance::CERTAIN)
}

/// The chance that by `tranche` enough auditors are admitted, if `reporting` of `validators` auditors answer when they
/// are drawn: the upper tail from `a` on of a binomial distribution. Rounded down, by less than
/// `reporting × (2 × a + 1)` parts. Takes `reporting × a` steps.
///
/// `a` is what [`audit::wanted_auditors`] says, and at least one.
pub fn enough_by(policy: &AuditPolicy, validators: u32, reporting: u32, tranche: u32) -> Chance {
	let admitted = admitted_by(policy, validators, tranche);
	let wanted = audit::wanted_auditors(policy, validators).max(1);
	// `fewer[k]`: the chance that k of the auditors looked at so far are admitted, for k below what is wanted. Rounded
	// up, and for a chance of being admitted that was rounded down: both make "too few" likelier.
	let mut fewer = vec![Chance::NEVER; usize::try_from(wanted).unwrap_or(usize::MAX)];
	if let Some(none) = fewer.first_mut() {
		*none = Chance::CERTAIN;
	}
	for _ in 0..reporting.min(validators) {
		let mut one_less = Chance::NEVER;
		for chance in &mut fewer {
			let here = *chance;
			*chance = here.and_ceil(admitted.complement()).or(one_less.and_ceil(admitted));
			one_less = here;
		}
	}
	fewer.into_iter().fold(Chance::NEVER, Chance::or).complement()
}

/// The first tranche that admits everybody. 0 if there are no auditors.
pub fn last_tranche(policy: &AuditPolicy, validators: u32) -> u32 {
	// 3 · a · (1 + t) ≥ 2 · n
	let each = 3 * u64::from(audit::wanted_auditors(policy, validators).max(1));
	let needed = (2 * u64::from(validators)).div_ceil(each);
	u32::try_from(needed.saturating_sub(1)).unwrap_or(u32::MAX)
}

/// How many reports are to be expected of the first tranche, in parts per million of a report: `min(n, 1.5 · a)`.
///
/// All of them may report, so an audit repeats at least this on average, and not `a`. Those whom later tranches admit,
/// where the first admits too few, come on top.
pub fn first_tranche_reports(policy: &AuditPolicy, validators: u32) -> u64 {
	let wanted = u64::from(audit::wanted_auditors(policy, validators));
	(3 * wanted * u64::from(MILLION) / 2).min(u64::from(validators) * u64::from(MILLION))
}

#[cfg(test)]
mod tests {
	use super::*;
	use num_bigint::BigInt;
	use num_rational::BigRational;
	use proptest::prelude::*;

	const POLICY: AuditPolicy = AuditPolicy { auditors: 2, samples: 2, rate: MILLION };

	fn rational(numerator: impl Into<BigInt>, denominator: impl Into<BigInt>) -> BigRational {
		BigRational::new(numerator.into(), denominator.into())
	}

	/// 1 − Σ C(n, k) p^k (1 − p)^(n − k) over k < wanted, with p as the protocol states it.
	fn exactly_enough(policy: &AuditPolicy, validators: u32, reporting: u32, tranche: u32) -> BigRational {
		let wanted = audit::wanted_auditors(policy, validators).max(1);
		let one = rational(1, 1);
		let p = rational(BigInt::from(3 * wanted) * (u64::from(tranche) + 1), 2 * validators.max(1));
		let p = p.min(one.clone());
		let mut binomial = one.clone();
		let mut fewer = rational(0, 1);
		for k in 0..wanted.min(reporting + 1) {
			let power = |base: &BigRational, exponent: u32| base.pow(i32::try_from(exponent).unwrap());
			fewer += &binomial * power(&p, k) * power(&(&one - &p), reporting - k);
			binomial *= rational(reporting - k, k + 1);
		}
		one - fewer
	}

	#[test]
	fn everybody_is_admitted_in_the_end() {
		// A tenth each; not a whole number of draws, hence rounded down.
		assert_eq!(admitted_by(&POLICY, 30, 0).to_string(), "0.099999999999999999");
		assert_eq!(admitted_by(&POLICY, 24, 1).to_string(), "0.25");
		let last = TrancheOdds::new(&POLICY, 30, 30, last_tranche(&POLICY, 30));
		assert_eq!((last.tranche, last.admitted, last.enough), (9, Chance::CERTAIN, Chance::CERTAIN));
		assert_eq!(last_tranche(&POLICY, 1), 0);
		assert_eq!(last_tranche(&POLICY, 0), 0);
		assert_eq!(first_tranche_reports(&POLICY, 30), 3_000_000);
		assert_eq!(first_tranche_reports(&POLICY, 2), 2_000_000);
	}

	#[test]
	fn sleepers_can_make_an_audit_impossible() {
		assert_eq!(enough_by(&POLICY, 30, 1, 1_000), Chance::NEVER);
		assert_eq!(enough_by(&POLICY, 30, 2, 1_000), Chance::CERTAIN);
		assert_eq!(enough_by(&POLICY, 0, 0, 0), Chance::NEVER);
		assert_eq!(enough_by(&POLICY, 1, 1, 0), Chance::CERTAIN);
	}

	proptest! {
		#[test]
		fn odds_are_the_binomial_tail_rounded_down(
			auditors in 1..=AuditPolicy::MAX_AUDITORS,
			(validators, reporting) in (1u32..120).prop_flat_map(|n| (Just(n), 0..=n)),
			tranche in 0u32..30,
		) {
			let policy = AuditPolicy { auditors, ..POLICY };
			let found = enough_by(&policy, validators, reporting, tranche);
			let gap = exactly_enough(&policy, validators, reporting, tranche)
				- rational(found.parts(), Chance::PARTS);
			prop_assert!(gap >= rational(0, 1), "{} too much", gap);
			let wanted = audit::wanted_auditors(&policy, validators);
			let slack = u64::from(reporting) * (2 * u64::from(wanted) + 1) + 1;
			prop_assert!(gap < rational(slack, Chance::PARTS), "{} too little", gap);
		}

		#[test]
		fn later_tranches_and_more_auditors_never_make_it_less_likely(
			auditors in 1..=AuditPolicy::MAX_AUDITORS,
			validators in 2u32..120,
			tranche in 0u32..30,
		) {
			let policy = AuditPolicy { auditors, ..POLICY };
			let base = enough_by(&policy, validators, validators - 1, tranche);
			prop_assert!(enough_by(&policy, validators, validators - 1, tranche + 1) >= base);
			prop_assert!(enough_by(&policy, validators, validators, tranche) >= base);
		}

		#[test]
		fn the_last_tranche_is_the_first_that_admits_all(auditors: u8, validators: u32) {
			let policy = AuditPolicy { auditors: auditors.max(1), ..POLICY };
			let last = last_tranche(&policy, validators);
			prop_assert_eq!(admitted_by(&policy, validators.max(1), last), Chance::CERTAIN);
			if last > 0 {
				prop_assert!(audit::eligible_draws(&policy, validators, last - 1) < 1 << 64);
			}
		}
	}
}
