//! What a job costs and what a worker has at stake, as exact pure functions.

use crate::{AuditPolicy, Balance, JobSpec};

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

/// How a sum taken from a wrongdoer is split.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SlashSplit {
	/// Destroyed: at least half, so that nobody profits from convicting himself.
	pub burned: Balance,
	/// Paid to the requester, whose time was lost.
	pub compensation: Balance,
}

/// Splits a slash: half of it, rounded up, is burned, the rest compensates the requester.
pub fn split_slash(amount: Balance) -> SlashSplit {
	let compensation = amount / 2;
	SlashSplit { burned: amount - compensation, compensation }
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
	fn overflow_is_never_a_small_number() {
		assert_eq!(batch_bounty(u128::MAX, 2), None);
		assert_eq!(audit_reserve(u128::MAX / 2, &policy(1_000_000)), None);
		assert_eq!(claim_bond(u128::MAX, &policy(1_000_000), 0), None);
	}

	proptest! {
		#[test]
		fn a_slash_is_split_without_remainder_and_mostly_burned(amount: u128) {
			let split = split_slash(amount);
			prop_assert_eq!(split.burned.checked_add(split.compensation), Some(amount));
			prop_assert!(split.burned >= split.compensation);
		}
	}
}
