//! What a job would cost, what its workers would have at stake, and how likely a cheat would be caught: everything
//! that can be said of a job before it is posted.

use crate::{
	audit, money,
	odds::{self, AuditorSet, Chance, TrancheOdds, MILLION},
	AuditPolicy, Balance, JobSpec,
};
use alloc::vec::Vec;
use codec::{Decode, Encode};
use core::fmt;
use scale_info::TypeInfo;

#[cfg(feature = "serde")]
use serde::{Deserialize, Serialize};

/// Shares of wrong tasks that a quote gives the odds for, in parts per million: 1 %, 10 % and all of them.
pub const CHEATING_SHARES: [u32; 3] = [10_000, 100_000, MILLION];
/// Tranches that a quote gives the odds for, at most.
pub const MAX_TRANCHES: u32 = 8;
/// The most auditors a quote is made for: the time it takes grows with them.
pub const MAX_AUDITORS: u32 = 10_000;

/// What a quote depends on besides the job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "serde", derive(Serialize, Deserialize), serde(rename_all = "camelCase"))]
pub struct Conditions {
	/// The auditors there are, and how many of them to expect the worst of.
	pub auditors: AuditorSet,
	/// The smallest bond for a batch of this job: at least what a dispute about a task costs.
	#[cfg_attr(feature = "serde", serde(with = "crate::money::decimal"))]
	pub minimum_claim_bond: Balance,
	/// The price of 10⁹ units of fuel.
	#[cfg_attr(feature = "serde", serde(with = "crate::money::decimal"))]
	pub fuel_price: Balance,
	/// Held from a requester while its job exists.
	#[cfg_attr(feature = "serde", serde(with = "crate::money::decimal"))]
	pub job_deposit: Balance,
}

/// The odds of one kind of cheat, for the size of batch in which they are worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "serde", derive(Serialize, Deserialize), serde(rename_all = "camelCase"))]
pub struct CheatingOdds {
	/// At least this share of a batch's tasks is wrong, in parts per million.
	pub share: u32,
	/// The tasks that makes in a full batch.
	pub wrong_tasks: u32,
	/// The chance that an audit shows it if all auditors are honest, rounded down.
	pub caught_if_all_honest: Chance,
	/// The chance that an audit shows it with the hostile share of [`Conditions::auditors`], rounded down.
	pub caught: Chance,
}

/// A job's price and odds. Amounts are in the smallest unit of money.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "serde", derive(Serialize, Deserialize), serde(rename_all = "camelCase"))]
pub struct Quote {
	/// Batches the tasks make.
	pub batches: u32,
	/// What workers get for all tasks.
	#[cfg_attr(feature = "serde", serde(with = "crate::money::decimal"))]
	pub bounties: Balance,
	/// What is set aside for auditors. What audits do not use goes home.
	#[cfg_attr(feature = "serde", serde(with = "crate::money::decimal"))]
	pub audit_reserve: Balance,
	/// Paid into escrow at posting: bounties and audit reserve.
	#[cfg_attr(feature = "serde", serde(with = "crate::money::decimal"))]
	pub escrow: Balance,
	/// What of the escrow is spent on average if every batch passes: with a rate below 100 % not every batch uses its
	/// reserve. Rounded up.
	#[cfg_attr(feature = "serde", serde(with = "crate::money::decimal"))]
	pub expected_price: Balance,
	/// Held besides the escrow, and given back when the job closes.
	#[cfg_attr(feature = "serde", serde(with = "crate::money::decimal"))]
	pub deposit: Balance,
	/// What a task with this limit of fuel has to pay at least. A job that pays less has a quote, and is refused.
	#[cfg_attr(feature = "serde", serde(with = "crate::money::decimal"))]
	pub bounty_floor: Balance,
	/// What a worker locks for a full batch.
	#[cfg_attr(feature = "serde", serde(with = "crate::money::decimal"))]
	pub bond: Balance,
	/// The cost per task up to which no share of wrong tasks pays on average, with the hostile share of
	/// [`Conditions::auditors`]. Rounded down. A worker has to have costs above it to gain by cheating; at or above
	/// the bounty means that cheating pays for nobody who could also work. Counts on auditors alone, and on their
	/// getting the data: a batch that is not audited and that nobody looks at passes without any.
	#[cfg_attr(feature = "serde", serde(with = "crate::money::decimal"))]
	pub deterred_cost: Balance,
	/// Reports that audited batches need, if no auditor is starved of data.
	pub reports: u32,
	/// The share of the work that is paid for a second time, `rate × reports × samples / tasks` of a full batch, in
	/// parts per million, rounded up.
	pub overhead: u64,
	/// The share of the work that is repeated by those whom the first tranche admits, on average, in parts per million,
	/// rounded up: up to half more than what is paid for. Those that later tranches add come on top.
	pub repeated_work: u64,
	/// The odds of cheats, for each of [`CHEATING_SHARES`].
	pub cheating: Vec<CheatingOdds>,
	/// The odds that an audit is complete by each tranche if all auditors are awake: up to the one that admits
	/// everybody, and at most [`MAX_TRANCHES`].
	pub tranches: Vec<TrancheOdds>,
}

/// Why there is no quote.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "serde", derive(Serialize, Deserialize), serde(rename_all = "camelCase"))]
pub enum QuoteError {
	/// The job has no tasks.
	NoTasks,
	/// The batch size is 0, or greater than the number of tasks.
	BadBatchSize,
	/// A number of the audit policy is out of its range.
	BadAuditPolicy,
	/// More than [`MAX_AUDITORS`].
	TooManyAuditors,
	/// A sum is beyond 128 bits.
	AmountTooLarge,
}

impl fmt::Display for QuoteError {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		match self {
			Self::NoTasks => f.write_str("the job has no tasks"),
			Self::BadBatchSize => f.write_str("a batch has at least one task, and not more than the job"),
			Self::BadAuditPolicy => write!(
				f,
				"an audit wants 1 to {} auditors, 1 to {} samples and a rate of {} to {} parts per million",
				AuditPolicy::MAX_AUDITORS,
				AuditPolicy::MAX_SAMPLES,
				AuditPolicy::MIN_RATE,
				AuditPolicy::EVERY_BATCH
			),
			Self::TooManyAuditors => write!(f, "quotes are made for at most {MAX_AUDITORS} auditors"),
			Self::AmountTooLarge => {
				f.write_str("a sum is too large: lower the bounty or the number of tasks")
			},
		}
	}
}

impl core::error::Error for QuoteError {}

impl Quote {
	/// The price and the odds of `spec`. Looks only at what they depend on; a job can have a quote and still be
	/// refused, for instance for its limits or windows.
	pub fn new(spec: &JobSpec, conditions: &Conditions) -> Result<Self, QuoteError> {
		check(spec, conditions)?;
		let policy = &spec.audit;
		let validators = conditions.auditors.validators;
		let batches = spec.batches().ok_or(QuoteError::BadBatchSize)?;
		let sizes = batch_sizes(spec, batches);
		let escrow = money::escrow(spec).ok_or(QuoteError::AmountTooLarge)?;
		let bounties = money::batch_bounty(spec.bounty, spec.tasks).ok_or(QuoteError::AmountTooLarge)?;
		let audit_reserve = escrow.saturating_sub(bounties);
		let unused = share(policy.rate).complement().of_amount(audit_reserve);
		let last = odds::last_tranche(policy, validators).min(MAX_TRANCHES.saturating_sub(1));
		let reports = audit::wanted_auditors(policy, validators).max(1);
		Ok(Self {
			batches,
			bounties,
			audit_reserve,
			escrow,
			expected_price: escrow.saturating_sub(unused),
			deposit: conditions.job_deposit,
			bounty_floor: money::bounty_floor(conditions.fuel_price, spec.limits.fuel)
				.ok_or(QuoteError::AmountTooLarge)?,
			bond: bond(spec, spec.batch_size, conditions)?,
			deterred_cost: deterred_cost(spec, &sizes, conditions)?,
			reports,
			overhead: repeated(spec, u64::from(reports) * u64::from(MILLION)),
			repeated_work: repeated(spec, odds::first_tranche_reports(policy, validators)),
			cheating: CHEATING_SHARES.map(|share| cheating_odds(spec, &sizes, conditions, share)).to_vec(),
			tranches: (0..=last)
				.map(|tranche| TrancheOdds::new(policy, validators, validators, tranche))
				.collect(),
		})
	}
}

fn check(spec: &JobSpec, conditions: &Conditions) -> Result<(), QuoteError> {
	if spec.tasks == 0 {
		return Err(QuoteError::NoTasks);
	}
	if !(1..=spec.tasks).contains(&spec.batch_size) {
		return Err(QuoteError::BadBatchSize);
	}
	if !spec.audit.is_valid() {
		return Err(QuoteError::BadAuditPolicy);
	}
	if conditions.auditors.validators > MAX_AUDITORS {
		return Err(QuoteError::TooManyAuditors);
	}
	Ok(())
}

/// Parts per million as a chance.
fn share(millionths: u32) -> Chance {
	Chance::CERTAIN.scaled_floor(millionths.into(), MILLION.into())
}

/// The sizes batches of this job have: full, and that of the last one.
fn batch_sizes(spec: &JobSpec, batches: u32) -> [u32; 2] {
	let last = batches.checked_sub(1).and_then(|last| spec.batch_len(last));
	[spec.batch_size, last.unwrap_or(spec.batch_size)]
}

fn bond(spec: &JobSpec, tasks: u32, conditions: &Conditions) -> Result<Balance, QuoteError> {
	money::batch_bounty(spec.bounty, tasks)
		.and_then(|pay| money::claim_bond(pay, &spec.audit, conditions.minimum_claim_bond))
		.ok_or(QuoteError::AmountTooLarge)
}

fn deterred_cost(spec: &JobSpec, sizes: &[u32; 2], conditions: &Conditions) -> Result<Balance, QuoteError> {
	let mut least = Balance::MAX;
	for tasks in sizes {
		let pay = money::batch_bounty(spec.bounty, *tasks).ok_or(QuoteError::AmountTooLarge)?;
		let all_wrong = odds::caught(&spec.audit, &conditions.auditors, *tasks, *tasks);
		let saving = money::deterred_saving(pay, bond(spec, *tasks, conditions)?, all_wrong)
			.ok_or(QuoteError::AmountTooLarge)?;
		// No batch is empty.
		least = least.min(saving.checked_div((*tasks).into()).unwrap_or(0));
	}
	Ok(least)
}

/// `rate × reports × samples / tasks` of a full batch in parts per million, rounded up. `reports` is in parts per
/// million, too.
fn repeated(spec: &JobSpec, reports: u64) -> u64 {
	let samples = u128::from(u32::from(spec.audit.samples).min(spec.batch_size));
	let of = u128::from(spec.batch_size.max(1)) * u128::from(MILLION);
	// At most 10^6 · 8 · 10^6 · 16 for a valid policy.
	let product = u128::from(spec.audit.rate) * u128::from(reports) * samples;
	u64::try_from(product.div_ceil(of)).unwrap_or(u64::MAX)
}

fn cheating_odds(spec: &JobSpec, sizes: &[u32; 2], conditions: &Conditions, share: u32) -> CheatingOdds {
	let worst = |auditors: &AuditorSet| {
		let odds =
			sizes.map(|tasks| odds::caught(&spec.audit, auditors, tasks, odds::wrong_tasks(tasks, share)));
		odds.into_iter().min().unwrap_or(Chance::NEVER)
	};
	CheatingOdds {
		share,
		wrong_tasks: odds::wrong_tasks(spec.batch_size, share),
		caught_if_all_honest: worst(&AuditorSet { hostile: 0, ..conditions.auditors }),
		caught: worst(&conditions.auditors),
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::{BlobRef, InputSpec, TaskLimits};
	use alloc::string::ToString;
	use proptest::prelude::*;

	const CONDITIONS: Conditions = Conditions {
		auditors: AuditorSet { validators: 30, hostile: 200_000 },
		minimum_claim_bond: 10,
		fuel_price: 7,
		job_deposit: 77,
	};

	fn spec(tasks: u32, batch_size: u32, audit: AuditPolicy) -> JobSpec {
		let blob = BlobRef::of(b"");
		JobSpec {
			program: blob,
			vm_version: crate::VM_VERSION,
			input: InputSpec::Shared { blob },
			tasks,
			batch_size,
			bounty: 1_000,
			limits: TaskLimits::default(),
			audit,
			execution_window: 10,
			challenge_window: 10,
			lifetime: 100,
		}
	}

	#[test]
	fn a_quote_adds_up() {
		let policy = AuditPolicy { auditors: 2, samples: 2, rate: 250_000 };
		let quote = Quote::new(&spec(100, 16, policy), &CONDITIONS).unwrap();
		assert_eq!(quote.batches, 7);
		assert_eq!(quote.bounties, 100_000);
		assert_eq!(quote.audit_reserve, 7 * 4_000);
		assert_eq!(quote.escrow, 128_000);
		assert_eq!(quote.expected_price, 107_000);
		assert_eq!(quote.deposit, 77);
		assert_eq!(quote.bond, 64_000);
		// A quarter of the batches, four tasks of sixteen; or six if everybody reports who may.
		assert_eq!((quote.reports, quote.overhead, quote.repeated_work), (2, 62_500, 93_750));
		// 0.25 × 0.96 × (16,000 + 64,000) / 16
		assert_eq!(quote.deterred_cost, 1_200);
		let odds: Vec<_> = quote.cheating.iter().map(|odds| odds.caught_if_all_honest.to_string()).collect();
		assert_eq!(odds, ["0.05859375", "0.106232638888888888", "0.25"]);
		assert_eq!(quote.cheating[2].caught.to_string(), "0.24");
		assert_eq!(quote.tranches.len(), 8);
		assert!(quote.tranches.iter().map(|odds| odds.tranche).eq(0..8));
	}

	#[test]
	fn the_smaller_last_batch_counts_where_it_is_worse() {
		let policy = AuditPolicy { auditors: 1, samples: 1, rate: MILLION };
		// 10 % of ten tasks are one in ten; 10 % of the eleven in a full batch are two.
		let quote = Quote::new(&spec(21, 11, policy), &CONDITIONS).unwrap();
		assert_eq!(quote.cheating[1].wrong_tasks, 2);
		assert_eq!(quote.cheating[1].caught_if_all_honest.to_string(), "0.1");
	}

	#[test]
	fn what_has_no_quote_says_why() {
		let fine = AuditPolicy::default();
		let cases = [
			(spec(0, 1, fine), QuoteError::NoTasks),
			(spec(10, 0, fine), QuoteError::BadBatchSize),
			(spec(10, 11, fine), QuoteError::BadBatchSize),
			(spec(10, 1, AuditPolicy { rate: 0, ..fine }), QuoteError::BadAuditPolicy),
			(JobSpec { bounty: u128::MAX, ..spec(10, 1, fine) }, QuoteError::AmountTooLarge),
			(JobSpec { bounty: u128::MAX >> 5, ..spec(16, 16, fine) }, QuoteError::AmountTooLarge),
		];
		for (spec, error) in cases {
			assert_eq!(Quote::new(&spec, &CONDITIONS), Err(error));
		}
		let crowd = Conditions { auditors: AuditorSet::honest(MAX_AUDITORS + 1), ..CONDITIONS };
		assert_eq!(Quote::new(&spec(10, 1, fine), &crowd), Err(QuoteError::TooManyAuditors));
	}

	#[test]
	fn a_quote_survives_json() {
		let quote = Quote::new(&spec(100, 16, AuditPolicy::default()), &CONDITIONS).unwrap();
		let json = serde_json::to_string(&quote).unwrap();
		assert!(json.contains(r#""caughtIfAllHonest":"0.234375""#), "{json}");
		assert_eq!(serde_json::from_str::<Quote>(&json).unwrap(), quote);
	}

	proptest! {
		#[test]
		fn any_job_has_a_quote_or_a_reason(
			(tasks, batch_size) in prop_oneof![0u32..100, 0u32..].prop_flat_map(|tasks| (Just(tasks), 0..=tasks)),
			bounty in prop_oneof![0..=u128::MAX >> 64, 0..=u128::MAX],
			auditors in 0..=AuditPolicy::MAX_AUDITORS + 1,
			samples in 0..=AuditPolicy::MAX_SAMPLES + 1,
			rate in AuditPolicy::MIN_RATE - 1..=MILLION + 1,
			validators in 0u32..50,
			hostile: u32,
		) {
			let audit = AuditPolicy { auditors, samples, rate };
			let spec = JobSpec { bounty, ..spec(tasks, batch_size, audit) };
			let auditors = AuditorSet { validators, hostile };
			if let Ok(quote) = Quote::new(&spec, &Conditions { auditors, ..CONDITIONS }) {
				prop_assert_eq!(quote.bounties.checked_add(quote.audit_reserve), Some(quote.escrow));
				prop_assert!(quote.expected_price <= quote.escrow && quote.expected_price >= quote.bounties);
				prop_assert!(quote.bond >= bounty);
				prop_assert!(quote.cheating.windows(2).all(|pair| pair[0].caught <= pair[1].caught));
				prop_assert!(quote.tranches.windows(2).all(|pair| pair[0].enough <= pair[1].enough));
			}
		}

		#[test]
		fn below_the_deterred_cost_no_cheat_pays(
			(tasks, wrong) in (1u32..200).prop_flat_map(|tasks| (Just(tasks), 1..=tasks)),
			auditors in 1..=AuditPolicy::MAX_AUDITORS,
			samples in 1..=AuditPolicy::MAX_SAMPLES,
			rate in AuditPolicy::MIN_RATE..=MILLION,
			hostile in 0..MILLION,
		) {
			let policy = AuditPolicy { auditors, samples, rate };
			let conditions = Conditions { auditors: AuditorSet { validators: 100, hostile }, ..CONDITIONS };
			let spec = spec(tasks, tasks, policy);
			let quote = Quote::new(&spec, &conditions).unwrap();
			let caught = odds::caught(&policy, &conditions.auditors, tasks, wrong);
			let loss = money::deterred_saving(quote.bounties, quote.bond, caught).unwrap();
			// One unit for each rounding down.
			prop_assert!(loss + 1 >= quote.deterred_cost * u128::from(wrong));
		}
	}
}
