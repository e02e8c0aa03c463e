//! What a job costs and what a worker has at stake, as exact pure functions.

use crate::{AuditPolicy, Balance, Chance, JobSpec};

/// `tasks × bounty`: what a batch of `tasks` tasks pays its worker. `None` on overflow.
pub fn batch_bounty(bounty: Balance, tasks: u32) -> Option<Balance> {
	bounty.checked_mul(tasks.into())
}

/// `auditors × samples × bounty`: what is set aside to audit one batch. `None` on overflow.
pub fn audit_reserve(bounty: Balance, policy: &AuditPolicy) -> Option<Balance> {
	bounty.checked_mul(policy.auditors.into())?.checked_mul(policy.samples.into())
}

/// Everything a requester pays into escrow, without the storage deposit:
/// `tasks × bounty + batches × auditors × samples × bounty`. `None` on overflow or for a batch size of 0.
pub fn escrow(spec: &JobSpec) -> Option<Balance> {
	let pay = batch_bounty(spec.bounty, spec.tasks)?;
	let audits = audit_reserve(spec.bounty, &spec.audit)?.checked_mul(spec.batches()?.into())?;
	pay.checked_add(audits)
}

/// What a worker locks for a batch: `bounty of the batch × max(1, 1 / rate)`, rounded up, and at least `minimum`.
/// `None` on overflow or a rate of 0.
///
/// A cheat is caught only when the batch is audited, so the bond grows as the rate falls.
pub fn claim_bond(batch_bounty: Balance, policy: &AuditPolicy, minimum: Balance) -> Option<Balance> {
	let rate = Balance::from(policy.rate.min(AuditPolicy::EVERY_BATCH));
	let scaled = batch_bounty.checked_mul(AuditPolicy::EVERY_BATCH.into())?;
	(rate > 0).then(|| scaled.div_ceil(rate).max(minimum))
}

/// What claiming a batch costs for the fee-less statements that it draws: one for the receipt, and as many as auditors are
/// wanted, as far as the batch is audited at all: `fee + fee × auditors × rate`, rounded up. `None` on overflow.
///
/// Auditors that report that something could not be had, and those that replace them, are not paid for: they are no
/// doing of the worker's.
pub fn claim_fee(statement_fee: Balance, policy: &AuditPolicy) -> Option<Balance> {
	let rate = Balance::from(policy.rate.min(AuditPolicy::EVERY_BATCH));
	let reports = statement_fee
		.checked_mul(policy.auditors.into())?
		.checked_mul(rate)?
		.div_ceil(AuditPolicy::EVERY_BATCH.into());
	statement_fee.checked_add(reports)
}

/// Bytes of sealed results that every validator fetches for one fee when all of a batch's are asked for.
pub const FETCHED_PER_FEE: u64 = 16 << 20;

/// What it adds to the bond of a challenge, for each validator, that so many bytes have to be fetched for it: the fee of a
/// demand for every [`FETCHED_PER_FEE`] of them. `None` on overflow.
pub fn fetch_price(demand_fee: Balance, bytes: u64) -> Option<Balance> {
	demand_fee.checked_mul(bytes.checked_div(FETCHED_PER_FEE)?.into())
}

/// What it holds to ask all validators for the sealed results of a batch: the fee of a demand for each validator and each
/// [`FETCHED_PER_FEE`] bytes that were begun. `None` on overflow.
pub fn batch_demand_fee(demand_fee: Balance, validators: u32, sealed_len: u64) -> Option<Balance> {
	let parts = sealed_len.div_ceil(FETCHED_PER_FEE).max(1);
	demand_fee.checked_mul(validators.into())?.checked_mul(parts.into())
}

/// `caught × (pay + bond)`, rounded down: a worker that saves no more than this by handing in a wrong batch, and is
/// caught with that chance, does not gain by it on average. `None` on overflow.
///
/// The chance to be caught is concave in the number of wrong tasks, so if it does not pay to save the work of all
/// tasks, with the chance [`crate::odds::caught`] gives for all of them, it does not pay to save that of some.
pub fn deterred_saving(pay: Balance, bond: Balance, caught: Chance) -> Option<Balance> {
	Some(caught.of_amount(pay.checked_add(bond)?))
}

/// The smallest bond with which [`deterred_saving`] is at least `saving`: `saving / caught − pay`, rounded up, and not
/// below 0. `None` on overflow, or if nothing would deter.
pub fn deterring_bond(pay: Balance, saving: Balance, caught: Chance) -> Option<Balance> {
	let (parts, whole) = (Balance::from(caught.parts()), Balance::from(Chance::PARTS));
	let times =
		saving.checked_div(parts).map_or((saving == 0).then_some(0), |times| times.checked_mul(whole))?;
	// The remainder is below 10^18, so the product is below 10^36.
	let rest = saving.checked_rem(parts).map_or(0, |rest| (rest * whole).div_ceil(parts));
	Some(times.checked_add(rest)?.saturating_sub(pay))
}

/// How a sum taken from a wrongdoer is split.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SlashSplit {
	/// Destroyed: at least half, so that nobody profits from convicting himself.
	pub burned: Balance,
	/// For those who showed the wrong.
	pub reward: Balance,
	/// Paid to whom the wrong was done.
	pub compensation: Balance,
}

/// Splits a slash: half of it, rounded up, is burned; of the rest up to `reward_cap` rewards whoever showed the wrong,
/// and what is left compensates the party it was done to.
pub fn split_slash(amount: Balance, reward_cap: Balance) -> SlashSplit {
	let rest = amount / 2;
	let reward = rest.min(reward_cap);
	SlashSplit { burned: amount - rest, reward, compensation: rest - reward }
}

/// Fuel that the price of fuel is for: a gigafuel.
pub const PRICED_FUEL: u64 = 1_000_000_000;

/// What a task with this limit of fuel has to pay at least: `fuel × price / 10⁹`, rounded up. `None` on overflow.
pub fn bounty_floor(fuel_price: Balance, fuel: u64) -> Option<Balance> {
	Some(fuel_price.checked_mul(fuel.into())?.div_ceil(PRICED_FUEL.into()))
}

/// What it costs that every validator runs a task with this limit of fuel again: [`bounty_floor`] for each. `None` on
/// overflow.
pub fn dispute_cost(fuel_price: Balance, fuel: u64, validators: u32) -> Option<Balance> {
	bounty_floor(fuel_price, fuel)?.checked_mul(validators.into())
}

/// What challenging one task takes: `minimum`, and the bounty of one task for every validator that will run it again.
/// `None` on overflow.
pub fn challenge_bond(minimum: Balance, bounty: Balance, validators: u32) -> Option<Balance> {
	bounty.checked_mul(validators.into())?.checked_add(minimum)
}

/// Amounts in JSON: decimal strings, because a JavaScript number cannot hold them.
#[cfg(feature = "serde")]
pub mod decimal {
	use crate::Balance;
	use alloc::string::String;
	use serde::{Deserialize, Deserializer, Serializer};

	/// Writes `amount` as a decimal string.
	pub fn serialize<S: Serializer>(amount: &Balance, serializer: S) -> Result<S::Ok, S::Error> {
		serializer.collect_str(amount)
	}

	/// Reads a decimal string.
	pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Balance, D::Error> {
		String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::odds::{self, AuditorSet};
	use num_bigint::BigUint;
	use proptest::prelude::*;

	fn policy(rate: u32) -> AuditPolicy {
		AuditPolicy { auditors: 2, samples: 3, rate }
	}

	#[test]
	fn a_bond_covers_the_chance_of_not_being_audited() {
		assert_eq!(claim_bond(100, &policy(1_000_000), 0), Some(100));
		assert_eq!(claim_bond(100, &policy(500_000), 0), Some(200));
		assert_eq!(claim_bond(1, &policy(300_000), 0), Some(4));
		assert_eq!(claim_bond(100, &policy(1_000_000), 1_000), Some(1_000));
		assert_eq!(claim_bond(100, &policy(0), 0), None);
	}

	#[test]
	fn a_claim_pays_for_its_receipt_and_for_the_reports_it_draws() {
		assert_eq!(claim_fee(100, &policy(1_000_000)), Some(300));
		assert_eq!(claim_fee(100, &policy(500_000)), Some(200));
		assert_eq!(claim_fee(100, &policy(1)), Some(101), "rounded up");
		assert_eq!(claim_fee(100, &policy(0)), Some(100));
		assert_eq!(claim_fee(100, &policy(u32::MAX)), Some(300), "no batch is audited more than once");
		assert_eq!(claim_fee(100, &AuditPolicy { auditors: 10, ..policy(1_000_000) }), Some(1_100));
		assert_eq!(claim_fee(0, &policy(1_000_000)), Some(0));
		assert_eq!(claim_fee(u128::MAX / 2, &policy(1_000_000)), None);
	}

	#[test]
	fn every_validator_is_paid_for_by_what_it_fetches() {
		let fee = |len| batch_demand_fee(100, 4, len);
		assert_eq!([0, 1, FETCHED_PER_FEE].map(fee), [Some(400); 3]);
		assert_eq!([FETCHED_PER_FEE + 1, 2 * FETCHED_PER_FEE].map(fee), [Some(800); 2]);
		assert_eq!(batch_demand_fee(100, 0, 1), Some(0));
		let price = |bytes| fetch_price(100, bytes);
		assert_eq!([0, FETCHED_PER_FEE - 1].map(price), [Some(0); 2]);
		assert_eq!([FETCHED_PER_FEE, 3 * FETCHED_PER_FEE].map(price), [Some(100), Some(300)]);
		assert_eq!(fetch_price(u128::MAX, 2 * FETCHED_PER_FEE), None);
	}

	#[test]
	fn overflow_is_never_a_small_number() {
		assert_eq!(batch_demand_fee(u128::MAX / 2, 2, FETCHED_PER_FEE + 1), None);
		assert_eq!(batch_demand_fee(u128::MAX / 2, 3, 1), None);
		assert_eq!(batch_bounty(u128::MAX, 2), None);
		assert_eq!(audit_reserve(u128::MAX / 2, &policy(1_000_000)), None);
		assert_eq!(claim_bond(u128::MAX, &policy(1_000_000), 0), None);
	}

	#[test]
	fn slashes_and_challenge_bonds_are_the_documented_ones() {
		assert_eq!(split_slash(101, 20), SlashSplit { burned: 51, reward: 20, compensation: 30 });
		assert_eq!(challenge_bond(10, 5, 3), Some(25));
		assert_eq!(challenge_bond(10, u128::MAX, 2), None);
	}

	#[test]
	fn fuel_has_a_price_that_is_never_rounded_away() {
		assert_eq!(bounty_floor(500, 2 * PRICED_FUEL), Some(1_000));
		assert_eq!(bounty_floor(500, 1), Some(1));
		assert_eq!(bounty_floor(1, PRICED_FUEL + 1), Some(2));
		assert_eq!(bounty_floor(0, u64::MAX), Some(0));
		assert_eq!(bounty_floor(u128::MAX, 2), None);
		assert_eq!(dispute_cost(500, PRICED_FUEL, 30), Some(15_000));
		assert_eq!(dispute_cost(u128::MAX / 2, PRICED_FUEL, 30), None);
		assert_eq!(dispute_cost(u128::MAX / PRICED_FUEL as u128, PRICED_FUEL, 3_000_000_000), None);
	}

	#[test]
	fn what_is_never_caught_cannot_be_deterred() {
		assert_eq!(deterring_bond(100, 1, Chance::NEVER), None);
		assert_eq!(deterring_bond(100, 0, Chance::NEVER), Some(0));
		assert_eq!(deterring_bond(100, 60, "0.5".parse().unwrap()), Some(20));
		assert_eq!(deterring_bond(100, 40, "0.5".parse().unwrap()), Some(0));
		assert_eq!(deterring_bond(0, u128::MAX, "0.5".parse().unwrap()), None);
		assert_eq!(deterred_saving(100, 20, "0.5".parse().unwrap()), Some(60));
		assert_eq!(deterred_saving(u128::MAX, 1, Chance::CERTAIN), None);
	}

	/// What `saving` costs on average: the exact `caught × (pay + bond)`, in parts of the smallest unit.
	fn expected_loss(pay: u128, bond: u128, caught: Chance) -> BigUint {
		(BigUint::from(pay) + bond) * caught.parts()
	}

	proptest! {
		#[test]
		fn a_deterring_bond_deters_and_no_smaller_one_does(
			pay in 0..=u128::MAX >> 64,
			saving in 0..=u128::MAX >> 64,
			parts in 1..=Chance::PARTS,
		) {
			let caught = Chance::from_parts(parts).unwrap();
			let bond = deterring_bond(pay, saving, caught).unwrap();
			let at_stake = BigUint::from(saving) * Chance::PARTS;
			prop_assert!(expected_loss(pay, bond, caught) >= at_stake);
			prop_assert!(bond == 0 || expected_loss(pay, bond - 1, caught) < at_stake);
			prop_assert!(deterred_saving(pay, bond, caught).unwrap() >= saving);
		}

		#[test]
		fn the_claim_bond_deters_whoever_runs_tasks_for_less_than_they_pay(
			bounty in 1..=u128::MAX >> 64,
			(tasks, wrong) in (1u32..1_000).prop_flat_map(|tasks| (Just(tasks), 1..=tasks)),
			auditors in 1..=AuditPolicy::MAX_AUDITORS,
			samples in 1..=AuditPolicy::MAX_SAMPLES,
			rate in AuditPolicy::MIN_RATE..=AuditPolicy::EVERY_BATCH,
		) {
			let policy = AuditPolicy { auditors, samples, rate };
			let pay = batch_bounty(bounty, tasks).unwrap();
			let bond = claim_bond(pay, &policy, 0).unwrap();
			let caught = |wrong| odds::caught(&policy, &AuditorSet::honest(100), tasks, wrong);
			// All of the batch is exact, and concavity does the rest; the odds of a part are rounded down.
			prop_assert!(bond >= deterring_bond(pay, pay, caught(tasks)).unwrap());
			let saved = BigUint::from(bounty) * wrong * Chance::PARTS;
			let rounding = expected_loss(pay, bond, Chance::from_parts(200).unwrap());
			prop_assert!(expected_loss(pay, bond, caught(wrong)) + rounding >= saved);
		}

		#[test]
		fn a_slash_is_split_without_remainder_and_mostly_burned(amount: u128, cap: u128) {
			let split = split_slash(amount, cap);
			let given = split.reward.checked_add(split.compensation).unwrap();
			prop_assert_eq!(split.burned.checked_add(given), Some(amount));
			prop_assert!(split.burned >= given);
			prop_assert!(split.reward <= cap);
		}
	}
}
