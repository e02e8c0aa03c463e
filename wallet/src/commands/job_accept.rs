//! `assay job accept`.

use super::{
	contest,
	job_fetch::{batches, ranges},
};
use crate::{
	cli::Context,
	error::{Error, Exit},
	identity::KeyOptions,
};
use assay_client::{Amount, Call, Client, ComputeEvent, Error as ClientError, Inclusion, Keys, Submitted};
use assay_primitives::{
	money::decimal,
	view::{BatchStage, BatchView, JobView},
	AccountId, Balance, BatchIndex, BlockNumber, Hash, JobId,
};
use futures::future::join_all;
use serde::Serialize;

/// Transactions that are under way at once. A node's pool takes far more of one account.
const AT_ONCE: usize = 32;

#[derive(Debug, clap::Args)]
pub(crate) struct Options {
	/// The job's number
	#[arg(value_name = "JOB")]
	job: JobId,

	/// Only this batch; can be given more than once [default: every revealed batch]
	#[arg(long = "batch", value_name = "N")]
	batches: Vec<BatchIndex>,

	#[command(flatten)]
	keys: KeyOptions,
}

/// What is told about the batches that were accepted.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Summary {
	job: JobId,
	accepted: Vec<Accepted>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Accepted {
	batch: BatchIndex,
	worker: Option<AccountId>,
	#[serde(with = "decimal")]
	paid: Balance,
	block: BlockNumber,
	transaction: Hash,
}

/// Pays for revealed batches at once.
pub(super) async fn run(context: &Context, options: Options) -> Result<Exit, Error> {
	let keys = options.keys.keys()?;
	let client = context.connect().await?;
	let job = client.job(options.job).await?;
	if job.requester != keys.account() {
		return Err(Error::NotRequester { job: job.id, requester: job.requester });
	}
	let views = batches(&client, &job, &options.batches).await?;
	let wanted = acceptable(&views, !options.batches.is_empty())?;

	let waiting = context.output.waiting("waiting for the blocks to be final");
	let (summary, failure) = accept(&client, &keys, &job, &wanted).await;
	waiting.finish_and_clear();
	context.output.json(&summary)?;
	context.output.line(summary.line())?;
	match failure {
		Some(error) => Err(error.into()),
		None if summary.accepted.is_empty() => Ok(Exit::NotReady),
		None => Ok(Exit::Done),
	}
}

/// The batches to accept: those that are revealed, which all of them must be if they were named.
fn acceptable(views: &[BatchView], named: bool) -> Result<Vec<BatchIndex>, Error> {
	if named {
		views.iter().try_for_each(contest::ensure_revealed)?;
	}
	let revealed = views.iter().filter(|view| view.stage == BatchStage::Revealed);
	Ok(revealed.map(|view| view.batch).collect())
}

/// Accepts some batches at a time, until one cannot be.
async fn accept(
	client: &Client,
	keys: &Keys,
	job: &JobView,
	wanted: &[BatchIndex],
) -> (Summary, Option<ClientError>) {
	let mut summary = Summary { job: job.id, accepted: Vec::new() };
	let mut failure = None;
	for some in wanted.chunks(AT_ONCE) {
		let calls: Vec<_> = some.iter().map(|batch| Call::Accept { job: job.id, batch: *batch }).collect();
		let submitted =
			join_all(calls.iter().map(|call| client.submit(keys, call, Inclusion::Finalized))).await;
		for (batch, submitted) in some.iter().zip(submitted) {
			match submitted {
				Ok(submitted) => summary.accepted.push(Accepted::new(*batch, &submitted)),
				Err(error) => failure = failure.or(Some(error)),
			}
		}
		if failure.is_some() {
			break;
		}
	}
	(summary, failure)
}

impl Accepted {
	fn new(batch: BatchIndex, submitted: &Submitted) -> Self {
		let settled = submitted.compute_events().find_map(|event| match event {
			ComputeEvent::BatchSettled { worker, paid, .. } => Some((*worker, *paid)),
			_ => None,
		});
		Self {
			batch,
			worker: settled.map(|(worker, _)| worker),
			paid: settled.map_or(0, |(_, paid)| paid),
			block: submitted.number,
			transaction: submitted.transaction,
		}
	}
}

impl Summary {
	fn line(&self) -> String {
		if self.accepted.is_empty() {
			return format!("No batch of job {} is accepted: none of them is revealed.", self.job);
		}
		let batches: Vec<_> = self.accepted.iter().map(|accepted| accepted.batch).collect();
		let paid = self.accepted.iter().fold(0, |sum: Balance, accepted| sum.saturating_add(accepted.paid));
		format!("Accepted {}: {} paid to workers.", ranges(&batches), Amount(paid))
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::testing::{batch as view, JOB};

	#[test]
	fn what_is_not_revealed_is_left_out_unless_it_was_named() {
		let views = [
			view(0, BatchStage::Settled),
			view(1, BatchStage::Revealed),
			view(2, BatchStage::Disputed),
			view(3, BatchStage::Revealed),
		];
		assert_eq!(acceptable(&views, false).unwrap(), [1, 3]);
		assert!(acceptable(&views[..1], false).unwrap().is_empty());
		let error = acceptable(&views, true).unwrap_err();
		assert!(
			matches!(error, Error::NotContestable { job: JOB, batch: 0, stage: BatchStage::Settled }),
			"{error}"
		);
		assert_eq!(acceptable(&views[1..2], true).unwrap(), [1]);
	}

	#[test]
	fn what_was_paid_is_added_up() {
		let accepted = |batch| Accepted {
			batch,
			worker: None,
			paid: 1_500_000_000_000,
			block: 9,
			transaction: Hash([1; 32]),
		};
		let mut summary = Summary { job: 1, accepted: Vec::new() };
		assert!(summary.line().contains("none of them is revealed"));
		summary.accepted = vec![accepted(0), accepted(1), accepted(4)];
		assert_eq!(summary.line(), "Accepted batches 0 to 1, 4: 4.5 ASY paid to workers.");
	}
}
