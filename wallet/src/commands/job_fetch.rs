//! `assay job fetch`.

use crate::{
	cli::Context,
	error::{Error, Exit},
	output::{count, noun, Output},
	program::ending,
	rerun::RerunError,
	results::{output_name, Directory, Revealed},
};
use assay_client::{Client, Error as ClientError};
use assay_primitives::{
	view::{BatchStage, BatchView, JobView},
	BatchIndex, JobId, TaskIndex, TaskOutcome, TaskStatus,
};
use indicatif::ProgressBar;
use serde::Serialize;
use std::{collections::BTreeSet, path::PathBuf};

#[derive(Debug, clap::Args)]
pub(crate) struct Options {
	/// The job's number
	#[arg(value_name = "JOB")]
	job: JobId,

	/// Directory for the results: task-000000.out and so on; what is there already is checked, not fetched again
	#[arg(long, value_name = "DIR")]
	out: PathBuf,

	/// Only this batch; can be given more than once
	#[arg(long = "batch", value_name = "N")]
	batches: Vec<BatchIndex>,
}

/// What became of a fetch.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Summary {
	job: JobId,
	directory: PathBuf,
	/// Results there are in the batches asked for.
	tasks: u64,
	/// Those that are in the directory now, every leaf verified.
	verified: u64,
	/// Of these, the batches that were there before.
	present_before: u32,
	/// Results of tasks that did not end with exit code 0.
	abnormal: Vec<Abnormal>,
	not_ready: Vec<BatchIndex>,
	refunded: Vec<BatchIndex>,
	/// Batches of which the chain has forgotten the key and what to check results against.
	pruned: Vec<BatchIndex>,
	failed: Vec<Failure>,
}

/// A task that did not end with exit code 0. Its output is there all the same.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Abnormal {
	task: TaskIndex,
	status: TaskStatus,
}

/// A batch whose results cannot be had.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Failure {
	batch: BatchIndex,
	error: String,
	#[serde(skip)]
	exit: Option<Exit>,
}

/// Fetches the results that are ready.
pub(super) async fn run(context: &Context, options: Options) -> Result<Exit, Error> {
	let client = context.connect().await?;
	let job = client.job(options.job).await?;
	let views = batches(&client, &job, &options.batches).await?;
	let directory = Directory::open(&options.out, client.genesis(), &job)?;
	let bar = context.output.batch_bar(views.len().try_into().unwrap_or(u64::MAX));
	let fetch = Fetch { client: &client, job: &job, directory: &directory };
	let summary = fetch.all(&views, &bar).await;
	bar.finish_and_clear();
	let summary = summary?;
	tell(context.output, &summary)?;
	Ok(summary.exit())
}

/// The batches asked for, all of them if none was named.
pub(super) async fn batches(
	client: &Client,
	job: &JobView,
	wanted: &[BatchIndex],
) -> Result<Vec<BatchView>, Error> {
	ensure_exist(job, wanted)?;
	if wanted.is_empty() {
		return Ok(client.all_batches(job.id).await?);
	}
	let wanted: BTreeSet<_> = wanted.iter().copied().collect();
	let mut views = Vec::new();
	for batch in wanted {
		views.push(client.batch(job.id, batch).await?);
	}
	Ok(views)
}

fn ensure_exist(job: &JobView, wanted: &[BatchIndex]) -> Result<(), Error> {
	let batches = job.spec.batches().unwrap_or(0);
	match wanted.iter().copied().find(|batch| *batch >= batches) {
		Some(batch) => Err(Error::NoSuchBatch { job: job.id, batch, batches }),
		None => Ok(()),
	}
}

struct Fetch<'a> {
	client: &'a Client,
	job: &'a JobView,
	directory: &'a Directory,
}

impl Fetch<'_> {
	/// Fetches what is ready. A batch that cannot be had does not keep the others away; a lost connection or a full
	/// disk does.
	async fn all(&self, views: &[BatchView], bar: &ProgressBar) -> Result<Summary, Error> {
		let mut summary = Summary {
			job: self.job.id,
			directory: self.directory.path().to_path_buf(),
			..Summary::default()
		};
		for view in views {
			summary.tasks = summary.tasks.saturating_add(view.tasks.into());
			match view.stage {
				BatchStage::Revealed | BatchStage::Demanded | BatchStage::Settled => {
					match self.batch(view).await {
						Ok((revealed, outcomes, was_present)) => {
							summary.add(&revealed, &outcomes, was_present);
						},
						Err(error) if is_fatal(&error) => return Err(error),
						Err(error) => summary.fail(view.batch, &error),
					}
				},
				BatchStage::Refunded => summary.refunded.push(view.batch),
				BatchStage::Pruned => summary.pruned.push(view.batch),
				// What is contested is not worth having until it is decided.
				BatchStage::Available
				| BatchStage::Claimed
				| BatchStage::Committed
				| BatchStage::Disputed => summary.not_ready.push(view.batch),
			}
			bar.inc(1);
		}
		Ok(summary)
	}

	/// Brings one batch into the directory, unless it is there.
	async fn batch(&self, view: &BatchView) -> Result<(Revealed, Vec<TaskOutcome>, bool), Error> {
		let revealed = Revealed::new(self.job, view)?;
		if let Some(outcomes) = self.directory.present(&revealed)? {
			return Ok((revealed, outcomes, true));
		}
		let blob = revealed.receipt.sealed;
		let sealed = self.client.download(&blob, blob.len).await?;
		let results = revealed.open(&sealed)?;
		self.directory.store(&revealed, &results)?;
		let outcomes = results.into_iter().map(|result| result.outcome).collect();
		Ok((revealed, outcomes, false))
	}
}

/// Whether the next batch would fail for the same reason.
pub(super) fn is_fatal(error: &Error) -> bool {
	match error {
		Error::Client(
			ClientError::Rpc { .. }
			| ClientError::WrongBlob { .. }
			| ClientError::BlobTooLarge { .. }
			| ClientError::TimedOut { .. },
		)
		| Error::NotComing(_) => false,
		Error::Results(error) => !error.is_verdict(),
		Error::Rerun(RerunError::NoVerdict { .. }) => false,
		_ => true,
	}
}

impl Summary {
	fn add(&mut self, revealed: &Revealed, outcomes: &[TaskOutcome], was_present: bool) {
		self.verified = self.verified.saturating_add(outcomes.len().try_into().unwrap_or(u64::MAX));
		self.present_before = self.present_before.saturating_add(was_present.into());
		let abnormal =
			revealed.number(outcomes).filter(|(_, outcome)| outcome.status != TaskStatus::Completed(0));
		self.abnormal.extend(abnormal.map(|(task, outcome)| Abnormal { task, status: outcome.status }));
	}

	fn fail(&mut self, batch: BatchIndex, error: &Error) {
		self.failed.push(Failure { batch, error: error.message(), exit: Some(error.exit()) });
	}

	fn exit(&self) -> Exit {
		let failed = |exit| self.failed.iter().any(|failure| failure.exit == Some(exit));
		if failed(Exit::Unverified) {
			Exit::Unverified
		} else if !self.failed.is_empty() || !self.pruned.is_empty() {
			Exit::Failed
		} else if !self.not_ready.is_empty() {
			Exit::NotReady
		} else if !self.refunded.is_empty() {
			Exit::Refunded
		} else {
			Exit::Done
		}
	}

	/// The first line, and what is worth knowing besides.
	fn lines(&self) -> Vec<String> {
		let mut lines =
			vec![format!("{} of {}, every leaf verified", self.verified, count(self.tasks, "result"))];
		if self.present_before > 0 {
			lines.push(format!("{} were here before and checked again", count(self.present_before, "batch")));
		}
		for abnormal in &self.abnormal {
			lines.push(format!(
				"task {} {}; its output is in {}",
				abnormal.task,
				ending(abnormal.status),
				output_name(abnormal.task)
			));
		}
		for (batches, what) in [
			(&self.not_ready, "not ready yet; fetch again later"),
			(&self.refunded, "refunded, so there are no results"),
			(&self.pruned, "pruned: their time is over, and the chain has forgotten how to open them"),
		] {
			if !batches.is_empty() {
				lines.push(format!("{} {what}: {}", batches.len(), ranges(batches)));
			}
		}
		lines
	}
}

/// `batches 0 to 3, 7`.
pub(super) fn ranges(batches: &[BatchIndex]) -> String {
	spans("batch", batches)
}

/// `tasks 0 to 3, 7`.
pub(super) fn spans(what: &str, numbers: &[u32]) -> String {
	let mut runs: Vec<(u32, u32)> = Vec::new();
	for number in numbers {
		match runs.last_mut() {
			Some((_, end)) if end.checked_add(1) == Some(*number) => *end = *number,
			_ => runs.push((*number, *number)),
		}
	}
	let texts: Vec<_> = runs
		.into_iter()
		.map(|(start, end)| if start == end { start.to_string() } else { format!("{start} to {end}") })
		.collect();
	// Counts in memory fit 64 bits.
	format!("{} {}", noun(numbers.len() as u64, what), texts.join(", "))
}

fn tell(output: Output, summary: &Summary) -> Result<(), Error> {
	output.json(summary)?;
	for line in summary.lines() {
		output.line(line)?;
	}
	for failure in &summary.failed {
		eprintln!("error: batch {}: {}", failure.batch, failure.error);
	}
	Ok(())
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::{files::FileError, results::ResultsError};
	use std::time::Duration;

	fn summary() -> Summary {
		Summary { tasks: 64, verified: 64, ..Summary::default() }
	}

	#[test]
	fn the_summary_counts_what_was_verified() {
		assert_eq!(summary().lines(), ["64 of 64 results, every leaf verified"]);
		assert_eq!(summary().exit(), Exit::Done);
	}

	#[test]
	fn batches_that_are_missing_are_listed_and_told_by_the_exit_code() {
		let mut summary = Summary { verified: 8, refunded: vec![4], ..summary() };
		assert_eq!(summary.exit(), Exit::Refunded);
		summary.not_ready = vec![1, 2, 3, 6];
		assert_eq!(summary.exit(), Exit::NotReady);
		let lines = summary.lines();
		assert_eq!(lines[0], "8 of 64 results, every leaf verified");
		assert_eq!(lines[1], "4 not ready yet; fetch again later: batches 1 to 3, 6");
		assert_eq!(lines[2], "1 refunded, so there are no results: batch 4");
	}

	#[test]
	fn what_the_chain_has_forgotten_is_no_refund() {
		let summary = Summary { verified: 8, refunded: vec![4], pruned: vec![0, 1], ..summary() };
		assert_eq!(summary.exit(), Exit::Failed);
		assert!(summary.lines()[2].starts_with("2 pruned: "), "{:?}", summary.lines());
		assert!(summary.lines()[2].ends_with(": batches 0 to 1"));
	}

	#[test]
	fn a_forged_result_outweighs_everything_else() {
		let mut summary = Summary { not_ready: vec![1], refunded: vec![2], ..summary() };
		let missing =
			ClientError::Rpc { method: "blob_download".into(), code: -1, message: "no".into(), data: None };
		summary.fail(3, &missing.into());
		assert_eq!(summary.exit(), Exit::Failed);
		summary.fail(4, &ResultsError::WrongKey { batch: 4 }.into());
		assert_eq!(summary.exit(), Exit::Unverified);
	}

	#[test]
	fn only_what_concerns_a_single_batch_lets_the_others_through() {
		assert!(!is_fatal(&ResultsError::WrongKey { batch: 4 }.into()));
		let slow = ClientError::TimedOut { what: "blob_download".into(), after: Duration::from_secs(60) };
		assert!(!is_fatal(&slow.into()) && !is_fatal(&Error::NotComing(4)));
		assert!(is_fatal(&ClientError::ConnectionLost { reason: "reset".into() }.into()));
		let full = FileError::Write { path: "x".into(), source: std::io::ErrorKind::StorageFull.into() };
		assert!(is_fatal(&ResultsError::File(full).into()));
	}

	#[test]
	fn tasks_that_failed_are_named_with_their_files() {
		let abnormal = vec![
			Abnormal { task: 7, status: TaskStatus::Completed(3) },
			Abnormal { task: 1_000_000, status: TaskStatus::OutOfFuel },
		];
		let lines = Summary { abnormal, ..summary() }.lines();
		assert_eq!(lines[1], "task 7 ended with exit code 3; its output is in task-000007.out");
		assert_eq!(lines[2], "task 1000000 ran out of fuel; its output is in task-1000000.out");
	}

	#[test]
	fn runs_of_batches_are_told_shortly() {
		assert_eq!(ranges(&[5]), "batch 5");
		assert_eq!(spans("task", &[2, 3]), "tasks 2 to 3");
		assert_eq!(ranges(&[0, 1, 3, 4, 5, 9]), "batches 0 to 1, 3 to 5, 9");
	}
}
