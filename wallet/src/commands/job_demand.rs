//! `assay job demand`.

use super::contest::{self, Contest};
use crate::{
	check::Remedy,
	cli::Context,
	error::{Error, Exit},
	identity::KeyOptions,
};
use assay_primitives::{BatchIndex, JobId, TaskIndex};

#[derive(Debug, clap::Args)]
pub(crate) struct Options {
	/// The job's number
	#[arg(value_name = "JOB")]
	job: JobId,

	/// Number of the task whose result cannot be had, or not be opened
	#[arg(long, value_name = "N", required_unless_present = "batch")]
	task: Option<TaskIndex>,

	/// Number of the batch of which no result can be had: all validators look for them, and if they find none, the worker
	/// is not paid
	#[arg(long, value_name = "N", conflicts_with = "task")]
	batch: Option<BatchIndex>,

	#[command(flatten)]
	keys: KeyOptions,
}

/// Demands the result of a task, or asks validators for those of a batch.
pub(super) async fn run(context: &Context, options: Options) -> Result<Exit, Error> {
	let keys = options.keys.keys()?;
	let client = context.connect().await?;
	let job = client.job(options.job).await?;
	let (view, remedy) = match (options.task, options.batch) {
		(Some(task), _) => {
			let batch = contest::batch_of(&job, task)?;
			(client.batch(job.id, batch).await?, Remedy::Demand(task))
		},
		(None, batch) => {
			let view = client.batch(job.id, batch.unwrap_or_default()).await?;
			let first = view.first_task;
			(view, Remedy::DemandBatch(first))
		},
	};
	contest::ensure_revealed(&view)?;
	let contest = Contest::new(&job, &view, remedy, &client.parameters().await?);
	contest::carry_out(context, &client, &keys, contest).await?;
	Ok(Exit::Done)
}
