//! `assay job demand`.

use super::contest::{self, Contest};
use crate::{
	check::Remedy,
	cli::Context,
	error::{Error, Exit},
	identity::KeyOptions,
};
use assay_primitives::{JobId, TaskIndex};

#[derive(Debug, clap::Args)]
pub(crate) struct Options {
	/// The job's number
	#[arg(value_name = "JOB")]
	job: JobId,

	/// Number of the task whose result cannot be had, or not be opened
	#[arg(long, value_name = "N")]
	task: TaskIndex,

	#[command(flatten)]
	keys: KeyOptions,
}

/// Demands the result of a task.
pub(super) async fn run(context: &Context, options: Options) -> Result<Exit, Error> {
	let keys = options.keys.keys()?;
	let client = context.connect().await?;
	let job = client.job(options.job).await?;
	let batch = contest::batch_of(&job, options.task)?;
	contest::ensure_revealed(&client.batch(job.id, batch).await?)?;
	let contest = Contest::new(&job, batch, Remedy::Demand(options.task), &client.parameters().await?);
	contest::carry_out(context, &client, &keys, contest).await?;
	Ok(Exit::Done)
}
