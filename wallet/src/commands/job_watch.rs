//! `assay job watch`.

use super::job::exit_of;
use crate::{
	cli::Context,
	error::{Error, Exit},
	output::{count, is_watched, Output},
};
use assay_client::{Amount, Client, Error as ClientError};
use assay_primitives::{
	view::{JobStatus, JobView},
	JobId,
};
use futures::StreamExt;
use indicatif::ProgressBar;
use std::time::Duration;

const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(15);

#[derive(Debug, clap::Args)]
pub(crate) struct Options {
	/// The job's number
	#[arg(value_name = "JOB")]
	job: JobId,
}

/// Follows a job until it is closed, over as many connections as that takes.
pub(super) async fn run(context: &Context, options: Options) -> Result<Exit, Error> {
	let mut client = context.connect().await?;
	// A job there is none of is told at once, and not waited for.
	let job = client.job(options.job).await?;
	let mut display = Display::new(context.output, &job);
	loop {
		match follow(&client, options.job, &mut display).await {
			Ok(Some(job)) => return display.finish(&job),
			Ok(None) => {},
			Err(Error::Client(error)) if can_retry(&error) => {},
			Err(error) => return Err(error),
		}
		display.tell("lost the connection to the node, trying again");
		client = reconnect(context).await?;
		display.tell("connected again");
	}
}

/// Shows every change. Returns the job once it is closed, or `None` if the node stopped telling before.
async fn follow(client: &Client, id: JobId, display: &mut Display) -> Result<Option<JobView>, Error> {
	let mut views = client.watch_job(id).await?;
	while let Some(job) = views.next().await {
		let job = job?;
		display.show(&job)?;
		if job.status == JobStatus::Closed {
			return Ok(Some(job));
		}
	}
	Ok(None)
}

pub(super) async fn reconnect(context: &Context) -> Result<Client, Error> {
	let mut pause = FIRST_PAUSE;
	loop {
		tokio::time::sleep(pause).await;
		match context.connect().await {
			Err(Error::Client(error)) if can_retry(&error) => pause = next_pause(pause),
			result => return result,
		}
	}
}

pub(super) fn can_retry(error: &ClientError) -> bool {
	error.is_connection_lost() || matches!(error, ClientError::TimedOut { .. })
}

fn next_pause(pause: Duration) -> Duration {
	pause.saturating_mul(2).min(LONGEST_PAUSE)
}

/// A bar for people at a terminal, lines for logs, JSON for scripts.
struct Display {
	output: Output,
	bar: Option<ProgressBar>,
	last: Option<JobView>,
}

impl Display {
	fn new(output: Output, job: &JobView) -> Self {
		let batches = job.spec.batches().unwrap_or(0);
		let bar = (is_watched() && !output.json).then(|| output.batch_bar(batches.into()));
		Self { output, bar, last: None }
	}

	fn show(&mut self, job: &JobView) -> Result<(), Error> {
		if self.last.as_ref() == Some(job) {
			return Ok(());
		}
		self.output.json_line(job)?;
		let now = line(job);
		match &self.bar {
			Some(bar) => {
				bar.set_position(done(job).into());
				bar.set_message(now);
			},
			// Money moves more often than batches do.
			None if self.last.as_ref().is_some_and(|last| line(last) == now) => {},
			None => self.output.line(now)?,
		}
		self.last = Some(job.clone());
		Ok(())
	}

	fn tell(&self, text: &str) {
		match &self.bar {
			Some(bar) => bar.println(text),
			None => eprintln!("{text}"),
		}
	}

	fn finish(&self, job: &JobView) -> Result<Exit, Error> {
		if let Some(bar) = &self.bar {
			bar.finish_and_clear();
		}
		self.output.line(ending(job))?;
		Ok(exit_of(job))
	}
}

fn done(job: &JobView) -> u32 {
	job.batches.settled.saturating_add(job.batches.refunded)
}

fn line(job: &JobView) -> String {
	let batches = &job.batches;
	format!(
		"{} available, {} in flight, {} settled, {} refunded",
		batches.available, batches.in_flight, batches.settled, batches.refunded
	)
}

fn ending(job: &JobView) -> String {
	format!(
		"Job {} is closed: {} settled, {} refunded; {} paid to workers, {} to auditors, {} came back.",
		job.id,
		count(job.batches.settled, "batch"),
		job.batches.refunded,
		Amount(job.paid_to_workers),
		Amount(job.paid_to_auditors),
		Amount(job.refunded),
	)
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn pauses_grow_to_a_limit() {
		let pauses: Vec<_> = std::iter::successors(Some(FIRST_PAUSE), |pause| Some(next_pause(*pause)))
			.take(7)
			.map(|pause| pause.as_secs())
			.collect();
		assert_eq!(pauses, [1, 2, 4, 8, 15, 15, 15]);
	}

	#[test]
	fn only_what_may_pass_is_tried_again() {
		assert!(can_retry(&ClientError::ConnectionLost { reason: "reset".into() }));
		assert!(can_retry(&ClientError::TimedOut { what: "a block".into(), after: FIRST_PAUSE }));
		assert!(!can_retry(&ClientError::Incompatible { reason: "another chain".into() }));
	}
}
