//! `assay job`: everything about jobs.

use super::{
	job_accept, job_cancel, job_certificate, job_challenge, job_check, job_demand, job_fetch, job_list,
	job_post, job_report, job_status, job_watch, map,
};
use crate::{
	cli::Context,
	error::{Error, Exit},
};
use assay_client::Client;
use assay_primitives::{
	view::{BatchView, JobStatus, JobView},
	JobId,
};
use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
	/// Post a job and lock its price
	Post(job_post::Options),

	/// Tell where a job stands
	Status(job_status::Options),

	/// List jobs
	List(job_list::Options),

	/// Follow a job until it is over
	Watch(job_watch::Options),

	/// Go on with an `assay map` that was interrupted, by the number of its job
	Resume(map::ResumeOptions),

	/// Fetch a job's results, every one checked against the chain
	Fetch(job_fetch::Options),

	/// Run some tasks of revealed batches again here, and contest what is wrong
	Check(job_check::Options),

	/// Contest a task: every validator runs it again, against a bond
	Challenge(job_challenge::Options),

	/// Demand that a worker put one result onto the chain, or ask all validators for those of a batch, for a fee
	Demand(job_demand::Options),

	/// Pay for revealed batches of a job of yours at once, before anybody else can contest them
	Accept(job_accept::Options),

	/// Tell where a job's money went, and check that it adds up
	Report(job_report::Options),

	/// Fetch the proof that a batch was audited and accepted, for people who have no node
	Certificate(job_certificate::Options),

	/// Cancel a job of yours: what nobody has claimed is refunded
	Cancel(job_cancel::Options),
}

/// Carries out a command.
pub(crate) async fn run(context: &Context, command: Command) -> Result<Exit, Error> {
	match command {
		Command::Post(options) => job_post::run(context, options).await,
		Command::Status(options) => job_status::run(context, options).await,
		Command::List(options) => job_list::run(context, options).await,
		Command::Watch(options) => job_watch::run(context, options).await,
		Command::Fetch(options) => job_fetch::run(context, options).await,
		Command::Resume(options) => map::resume(context, options).await,
		Command::Check(options) => job_check::run(context, options).await,
		Command::Challenge(options) => job_challenge::run(context, options).await,
		Command::Demand(options) => job_demand::run(context, options).await,
		Command::Accept(options) => job_accept::run(context, options).await,
		Command::Report(options) => job_report::run(context, options).await,
		Command::Certificate(options) => job_certificate::run(context, options).await,
		Command::Cancel(options) => job_cancel::run(context, options).await,
	}
}

/// How a job's end is told to scripts.
pub(super) fn exit_of(job: &JobView) -> Exit {
	if job.batches.refunded > 0 {
		Exit::Refunded
	} else {
		Exit::Done
	}
}

/// A job's status in a word.
pub(super) fn status_word(status: JobStatus) -> &'static str {
	match status {
		JobStatus::Open => "open",
		JobStatus::Ending => "ending",
		JobStatus::Closed => "closed",
	}
}

/// How often a job that changes is read again before that is given up.
const READINGS: u32 = 8;

/// A job and all its batches, of one moment: they are separate answers of the node, so the job is read again
/// afterwards.
pub(super) async fn consistent_view(client: &Client, id: JobId) -> Result<(JobView, Vec<BatchView>), Error> {
	let mut before = client.job(id).await?;
	for _ in 0..READINGS {
		let batches = client.all_batches(id).await?;
		let after = client.job(id).await?;
		if before == after {
			return Ok((after, batches));
		}
		before = after;
	}
	Err(Error::Unsteady(id))
}
