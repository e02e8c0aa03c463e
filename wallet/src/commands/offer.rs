//! What a job would cost and how safe it would be, in words, before anybody agrees to it.

use super::{
	funds::{self, Funds},
	job_status::checking,
};
use crate::{
	error::Error,
	output::{count, Facts},
	plan::{Estimate, Plan, PlanOptions},
	spec::{ChainLimits, Price},
};
use assay_client::{Amount, Call, Client, Keys};
use assay_primitives::{
	money::decimal, odds::MILLION, quote::CheatingOdds, AccountId, Balance, Chance, JobSpec, Quote, TaskIndex,
};
use serde::Serialize;
use std::time::Duration;

/// The share of auditors, in parts per million, that the odds take for friends of a cheat.
const HOSTILE: u32 = 200_000;
/// More batches than this add nothing that could be seen in the odds.
const MOST_BATCHES: u32 = 10_000;

/// A job, what it costs and what is known about it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Offer {
	/// Who would post it. None: nobody yet.
	pub(super) requester: Option<AccountId>,
	/// What would be posted.
	pub(super) spec: JobSpec,
	/// Price and odds, as the node tells them.
	pub(super) quote: Quote,
	#[serde(skip)]
	pub(super) price: Price,
	/// What one task took on this machine.
	trial: Trial,
	#[serde(skip)]
	funds: Option<Funds>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Trial {
	task: TaskIndex,
	fuel: u64,
	output_bytes: u32,
	milliseconds: u64,
	/// What 10^9 fuel earn a worker.
	#[serde(with = "decimal")]
	pay_per_gigafuel: Balance,
}

impl Offer {
	/// Asks the chain for everything that is to be agreed to.
	pub(super) async fn new(
		client: &Client,
		options: &PlanOptions,
		plan: &Plan,
		estimate: &Estimate,
	) -> Result<Self, Error> {
		let parameters = client.parameters().await?;
		let job = options.complete(plan, estimate, &parameters);
		let spec = plan.draft.complete(&job, &ChainLimits::from(&parameters))?;
		let price = Price::of(&spec)?;
		let quote = client.quote(&spec, HOSTILE).await?;
		let trial = Trial::new(estimate, &spec);
		Ok(Self { requester: None, spec, quote, price, trial, funds: None })
	}

	/// Sees whether the account can pay for it.
	pub(super) async fn fund(&mut self, client: &Client, keys: &Keys) -> Result<(), Error> {
		self.requester = Some(keys.account());
		let locked = self.locked();
		self.funds = Some(funds::check(client, keys, &Call::PostJob(self.spec), locked).await?);
		Ok(())
	}

	fn locked(&self) -> Balance {
		self.price.escrow.saturating_add(self.quote.deposit)
	}

	/// The offer, to be read by a person.
	pub(super) fn facts(&self) -> Facts {
		let (spec, price, quote) = (&self.spec, &self.price, &self.quote);
		let mut facts = Facts::default();
		facts
			.add("Tasks", format_args!("{} in {}", count(spec.tasks, "task"), count(quote.batches, "batch")))
			.add(
				"Tried",
				format_args!(
					"task {} took {} ms on this machine, {} fuel, and wrote {}",
					self.trial.task,
					self.trial.milliseconds,
					self.trial.fuel,
					count(self.trial.output_bytes, "byte")
				),
			)
			.add(
				"Limits",
				format_args!(
					"{} fuel, {} MiB of memory, {} KiB of output for a task",
					spec.limits.fuel,
					spec.limits.memory_pages / 16,
					spec.limits.output_bytes >> 10
				),
			)
			.add("Checking", checking(&spec.audit))
			.add("", format_args!("{} of the work is paid for a second time", percent(quote.overhead)));
		for (number, line) in quote.cheating.iter().map(|odds| caught(odds, quote.batches)).enumerate() {
			facts.add(if number == 0 { "Odds" } else { "" }, line);
		}
		facts
			.add("", "if a fifth of the auditors are its friends; who is caught loses its bond")
			.add("Bond", format_args!("a worker locks {} for a batch", Amount(quote.bond)))
			.add("Locked", format_args!("{} together:", Amount(self.locked())))
			.add("", format_args!("{} for workers, {} a task", Amount(price.pay), Amount(spec.bounty)))
			.add("", format_args!("{} for auditors; what they do not earn comes back", Amount(price.audits)))
			.add("", format_args!("{} deposit, which comes back when the job closes", Amount(quote.deposit)));
		if let Some(funds) = &self.funds {
			facts
				.add("Fee", format_args!("about {}", Amount(funds.fee)))
				.add("Spendable", Amount(funds.spendable));
		}
		facts
	}
}

impl Trial {
	fn new(estimate: &Estimate, spec: &JobSpec) -> Self {
		let fuel = estimate.outcome.fuel;
		let milliseconds = u64::try_from(estimate.took.as_millis()).unwrap_or(u64::MAX);
		Self {
			task: estimate.task,
			fuel,
			output_bytes: estimate.outcome.output_len,
			milliseconds,
			pay_per_gigafuel: spec
				.bounty
				.saturating_mul(1_000_000_000)
				.checked_div(fuel.into())
				.unwrap_or(spec.bounty),
		}
	}
}

/// `a worker that makes up 1 result in 10 is caught with 34.3 % in each batch, and with 99.8 % in all 16`.
fn caught(odds: &CheatingOdds, batches: u32) -> String {
	let each = percent(odds.caught.parts() / (Chance::PARTS / u64::from(MILLION)));
	let cheat = match odds.share {
		MILLION => "all results".into(),
		share => format!("1 result in {}", MILLION.checked_div(share).unwrap_or(MILLION)),
	};
	if batches < 2 {
		return format!("a worker that makes up {cheat} is caught with {each}");
	}
	// Batches are audited independently of each other: it passes if none of them shows it.
	let missed = odds.caught.complement();
	let missed_in_all = (1..batches.min(MOST_BATCHES)).fold(missed, |all, _| all.and_ceil(missed));
	let all = percent(missed_in_all.complement().parts() / (Chance::PARTS / u64::from(MILLION)));
	format!(
		"a worker that makes up {cheat} is caught with {each} in a batch, and with {all} in all {batches}"
	)
}

/// A share in parts per million, rounded down to a tenth of a percent.
fn percent(millionths: u64) -> String {
	let tenths = millionths / 1_000;
	format!("{}.{} %", tenths / 10, tenths % 10)
}

/// A time as people say it, rounded down.
pub(super) fn duration(seconds: u64) -> String {
	let time = Duration::from_secs(seconds).as_secs();
	match (time / 86_400, time / 3_600, time / 60) {
		(0, 0, 0) => format!("{time} s"),
		(0, 0, minutes) => format!("{minutes} min {} s", time % 60),
		(0, hours, minutes) => format!("{hours} h {} min", minutes % 60),
		(days, hours, _) => format!("{days} d {} h", hours % 24),
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn odds_are_told_in_words_and_never_rounded_up() {
		let half = Chance::from_parts(Chance::PARTS / 2).unwrap();
		let odds = |share| CheatingOdds { share, wrong_tasks: 1, caught_if_all_honest: half, caught: half };
		let line = caught(&odds(100_000), 3);
		assert_eq!(
			line,
			"a worker that makes up 1 result in 10 is caught with 50.0 % in a batch, and with 87.5 % in all 3"
		);
		assert_eq!(caught(&odds(MILLION), 1), "a worker that makes up all results is caught with 50.0 %");
		assert!(caught(&odds(10_000), 2).contains("1 result in 100"));
		assert_eq!(percent(999_999), "99.9 %");
	}

	#[test]
	fn times_are_told_in_two_units() {
		for (seconds, words) in
			[(0, "0 s"), (59, "59 s"), (61, "1 min 1 s"), (3_600, "1 h 0 min"), (90_000, "1 d 1 h")]
		{
			assert_eq!(duration(seconds), words);
		}
	}
}
