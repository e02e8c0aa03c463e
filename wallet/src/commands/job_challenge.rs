//! `assay job challenge`.

use super::contest::{self, Contest};
use crate::{
	check::{Opened, Remedy},
	cli::Context,
	error::{Error, Exit},
	identity::KeyOptions,
	results::{ResultsError, Revealed},
};
use assay_primitives::{sealing::SealError, JobId, TaskIndex};

#[derive(Debug, clap::Args)]
pub(crate) struct Options {
	/// The job's number
	#[arg(value_name = "JOB")]
	job: JobId,

	/// Number of the task whose result is wrong
	#[arg(long, value_name = "N")]
	task: TaskIndex,

	#[command(flatten)]
	keys: KeyOptions,
}

/// Contests a task.
pub(super) async fn run(context: &Context, options: Options) -> Result<Exit, Error> {
	let keys = options.keys.keys()?;
	let client = context.connect().await?;
	let job = client.job(options.job).await?;
	let batch = contest::batch_of(&job, options.task)?;
	let view = client.batch(job.id, batch).await?;
	contest::ensure_revealed(&view)?;

	let revealed = Revealed::new(&job, &view)?;
	let blob = revealed.receipt.sealed;
	let sealed = client.download(&blob, blob.len).await?;
	let unopened = |reason| ResultsError::Sealed { batch, reason };
	let opened = Opened::new(&revealed, &sealed).map_err(unopened)?;
	let opening = opened.opening(options.task).ok_or_else(|| unopened(SealError::WrongOutputsRoot))?;

	let contest = Contest::new(&job, &view, Remedy::Challenge(opening), &client.parameters().await?);
	contest::carry_out(context, &client, &keys, contest).await?;
	Ok(Exit::Done)
}
