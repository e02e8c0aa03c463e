//! `assay job cancel`.

use super::funds;
use crate::{
	cli::Context,
	error::{Error, Exit},
	identity::KeyOptions,
	output::count,
};
use assay_client::{Amount, Call, Inclusion};
use assay_primitives::{view::JobStatus, JobId};
use serde::Serialize;

#[derive(Debug, clap::Args)]
pub(crate) struct Options {
	/// The job's number
	#[arg(value_name = "JOB")]
	job: JobId,

	#[command(flatten)]
	keys: KeyOptions,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Cancelled {
	job: JobId,
	status: JobStatus,
	block: u32,
	transaction: assay_primitives::Hash,
	#[serde(with = "assay_primitives::money::decimal")]
	refunded: assay_primitives::Balance,
}

/// Cancels a job.
pub(super) async fn run(context: &Context, options: Options) -> Result<Exit, Error> {
	let keys = options.keys.keys()?;
	let client = context.connect().await?;
	let call = Call::CancelJob(options.job);
	funds::check(&client, &keys, &call, 0).await?;
	let waiting = context.output.waiting("waiting for a block");
	let submitted = client.submit(&keys, &call, Inclusion::Finalized).await;
	waiting.finish_and_clear();
	let submitted = submitted?;
	let job = client.job(options.job).await?;
	context.output.json(&Cancelled {
		job: job.id,
		status: job.status,
		block: submitted.number,
		transaction: submitted.transaction,
		refunded: job.refunded,
	})?;
	context.output.line(format_args!(
		"Job {} is cancelled; {} came back so far.",
		job.id,
		Amount(job.refunded)
	))?;
	if job.status != JobStatus::Closed {
		let in_flight = count(job.batches.in_flight, "batch");
		context
			.output
			.line(format_args!("{in_flight} in the hands of workers will end as they would have."))?;
	}
	Ok(Exit::Done)
}
