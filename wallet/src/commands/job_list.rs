//! `assay job list`.

use super::job::status_word;
use crate::{
	cli::Context,
	error::{Error, Exit},
	output::count,
};
use assay_client::{Amount, Client};
use assay_primitives::{
	view::{JobStatus, JobView},
	AccountId, JobId,
};
use std::collections::BTreeSet;

const PAGE: u32 = 100;

#[derive(Debug, clap::Args)]
pub(crate) struct Options {
	/// Only jobs that are not closed
	#[arg(long)]
	open: bool,

	/// Only jobs posted by this account
	#[arg(long, value_name = "ADDRESS")]
	requester: Option<AccountId>,
}

impl Options {
	fn wants(&self, job: &JobView) -> bool {
		(!self.open || job.status != JobStatus::Closed)
			&& self.requester.is_none_or(|requester| requester == job.requester)
	}
}

/// Lists jobs, oldest first.
pub(super) async fn run(context: &Context, options: Options) -> Result<Exit, Error> {
	let client = context.connect().await?;
	let jobs: Vec<_> = all_jobs(&client).await?.into_iter().filter(|job| options.wants(job)).collect();
	context.output.json(&jobs)?;
	if jobs.is_empty() {
		context.output.line("There are no such jobs.")?;
	}
	for job in &jobs {
		context.output.line(line(job))?;
	}
	Ok(Exit::Done)
}

async fn all_jobs(client: &Client) -> Result<Vec<JobView>, Error> {
	let mut jobs: Vec<JobView> = Vec::new();
	let mut seen = BTreeSet::new();
	let mut start: JobId = 0;
	loop {
		let page = client.jobs(start, PAGE).await?;
		// A node that repeats itself must not keep this going for ever.
		let new: Vec<_> = page.into_iter().filter(|job| seen.insert(job.id)).collect();
		let Some(next) = new.last().and_then(|job| job.id.checked_add(1)) else {
			return Ok(jobs);
		};
		jobs.extend(new);
		start = next;
	}
}

fn line(job: &JobView) -> String {
	let batches = job.spec.batches().unwrap_or(0);
	format!(
		"{:>6}  {:<6}  {} of {} settled, {} refunded  {} each  {}",
		job.id,
		status_word(job.status),
		job.batches.settled,
		count(batches, "batch"),
		job.batches.refunded,
		Amount(job.spec.bounty),
		job.requester,
	)
}
