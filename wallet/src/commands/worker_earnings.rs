//! `assay worker earnings`.

use super::account::AccountOptions;
use crate::{
	cli::Context,
	error::{Error, Exit},
	output::{count, Facts},
};
use assay_client::{compute::PAGE, Amount, Client};
use assay_primitives::{
	money::{self, decimal},
	view::{BatchStage, BatchView, JobView},
	AccountId, Balance, JobId,
};
use serde::Serialize;

/// What an account earned with a job.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct JobEarnings {
	job: JobId,
	/// Batches it was paid for.
	settled: u32,
	#[serde(with = "decimal")]
	paid: Balance,
	/// Batches it has, and is not paid for yet.
	in_flight: u32,
	/// What these will bring, if nothing is wrong with them.
	#[serde(with = "decimal")]
	to_come: Balance,
	/// What is at stake for these.
	#[serde(with = "decimal")]
	bonds: Balance,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Earnings {
	account: AccountId,
	/// Earned in all, also with jobs the chain has forgotten.
	#[serde(with = "decimal")]
	earned: Balance,
	#[serde(with = "decimal")]
	slashed: Balance,
	batches_settled: u32,
	batches_lost: u32,
	/// The jobs that the chain still knows.
	jobs: Vec<JobEarnings>,
}

/// Adds up what an account earned.
pub(super) async fn run(context: &Context, options: &AccountOptions) -> Result<Exit, Error> {
	let account = options.account()?;
	let client = context.connect().await?;
	let worker = client.worker(&account).await?.ok_or(Error::NotAWorker(account))?;
	let waiting = context.output.waiting("looking through the jobs");
	let jobs = by_job(&client, &account).await;
	waiting.finish_and_clear();
	let earnings = Earnings {
		account,
		earned: worker.earned,
		slashed: worker.slashed,
		batches_settled: worker.batches_settled,
		batches_lost: worker.batches_lost,
		jobs: jobs?,
	};
	context.output.json(&earnings)?;
	context.output.line(earnings.facts())?;
	Ok(Exit::Done)
}

async fn by_job(client: &Client, account: &AccountId) -> Result<Vec<JobEarnings>, Error> {
	let mut earnings = Vec::new();
	let mut start = Some(0);
	while let Some(from) = start {
		let page = client.jobs(from, PAGE).await?;
		start = page.last().filter(|last| last.id >= from).and_then(|last| last.id.checked_add(1));
		for job in page {
			let batches = client.all_batches(job.id).await?;
			earnings.extend(of_job(&job, &batches, account));
		}
	}
	Ok(earnings)
}

/// What the account has of a job, if it has anything.
fn of_job(job: &JobView, batches: &[BatchView], account: &AccountId) -> Option<JobEarnings> {
	let mut earnings = JobEarnings { job: job.id, ..JobEarnings::default() };
	for batch in batches.iter().filter(|batch| batch.worker.as_ref() == Some(account)) {
		let bounty = money::batch_bounty(job.spec.bounty, batch.tasks).unwrap_or(Balance::MAX);
		match batch.stage {
			BatchStage::Settled => {
				earnings.settled = earnings.settled.saturating_add(1);
				earnings.paid = earnings.paid.saturating_add(bounty);
			},
			BatchStage::Available | BatchStage::Refunded | BatchStage::Pruned => (),
			_ => {
				earnings.in_flight = earnings.in_flight.saturating_add(1);
				earnings.to_come = earnings.to_come.saturating_add(bounty);
				earnings.bonds = earnings.bonds.saturating_add(batch.bond);
			},
		}
	}
	(earnings.settled > 0 || earnings.in_flight > 0).then_some(earnings)
}

impl Earnings {
	fn facts(&self) -> Facts {
		let mut facts = Facts::default();
		facts
			.add("Worker", self.account)
			.add(
				"Earned",
				format_args!("{} with {}", Amount(self.earned), count(self.batches_settled, "batch")),
			)
			.add(
				"Slashed",
				format_args!("{}, {} lost", Amount(self.slashed), count(self.batches_lost, "batch")),
			);
		for job in &self.jobs {
			let mut text = format!("{} for {}", Amount(job.paid), count(job.settled, "batch"));
			if job.in_flight > 0 {
				text += &format!(
					", {} to come for {} more ({} at stake)",
					Amount(job.to_come),
					job.in_flight,
					Amount(job.bonds)
				);
			}
			facts.add(format_args!("Job {}", job.job), text);
		}
		facts
	}
}
