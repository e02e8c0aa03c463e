//! `assay job check`.

use super::{
	contest::{closed_words, Contest, Contested},
	examine::{examine, Scrutiny},
	job_fetch::{batches, is_fatal, ranges},
	patience::Patience,
};
use crate::{
	check::{secret_seed, Fault, Finding, Remedy},
	cli::Context,
	error::{Error, Exit},
	identity::KeyOptions,
	output::{count, Output},
	rerun::Rerunner,
};
use assay_client::{codes, Client, Error as ClientError, Keys};
use assay_primitives::{
	view::{BatchStage, BatchView, JobView, Parameters},
	BatchIndex, Hash, JobId, TaskIndex,
};
use futures::{stream, StreamExt};
use indicatif::ProgressBar;
use serde::Serialize;
use std::time::Duration;

/// Batches that are checked at once. A node fetches twice as many blobs for its clients.
const AT_ONCE: usize = 16;
/// How long nothing has to come of a batch's sealed results. There is no second look.
const GRACE: Duration = Duration::from_secs(30);

#[derive(Debug, clap::Args)]
pub(crate) struct Options {
	/// The job's number
	#[arg(value_name = "JOB")]
	job: JobId,

	/// How many tasks of each batch to run again here, drawn at random
	#[arg(long, value_name = "K", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
	tasks: u32,

	/// Only this batch, even if it is paid already; can be given more than once [default: all that can be contested]
	#[arg(long = "batch", value_name = "N")]
	batches: Vec<BatchIndex>,

	/// Contest what is wrong at once, with the money of the account whose keys are given
	#[arg(long)]
	challenge: bool,

	#[command(flatten)]
	keys: KeyOptions,
}

/// What came of a check.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Summary {
	job: JobId,
	checked: Vec<Checked>,
	/// Batches asked for that are not revealed, or not any more.
	not_checked: Vec<BatchIndex>,
	failed: Vec<Failure>,
	/// Whether the batches were named, rather than taken as they are.
	#[serde(skip)]
	named: bool,
}

/// A batch that was checked.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Checked {
	batch: BatchIndex,
	/// The tasks that were run again.
	ran_again: Vec<TaskIndex>,
	/// What is wrong, if something is.
	fault: Option<Fault>,
	/// The task it shows in, if that is known.
	task: Option<TaskIndex>,
	/// What was sent about it.
	contested: Option<Contested>,
	/// Why nothing was sent, or what to do.
	advice: Option<String>,
}

/// A batch that could not be checked, or not be contested.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Failure {
	batch: BatchIndex,
	error: String,
	advice: Option<String>,
	#[serde(skip)]
	exit: Option<Exit>,
}

/// Checks batches, and contests what is wrong if that was asked for.
pub(super) async fn run(context: &Context, options: Options) -> Result<Exit, Error> {
	// Before anything is run: it would be a pity to miss the keys afterwards.
	let keys = options.challenge.then(|| options.keys.keys()).transpose()?;
	let client = context.connect().await?;
	let job = client.job(options.job).await?;
	let parameters = client.parameters().await?;
	let named = !options.batches.is_empty();
	let views = batches(&client, &job, &options.batches).await?;
	let (wanted, others): (Vec<BatchView>, Vec<BatchView>) =
		views.into_iter().partition(|view| is_wanted(view.stage, named));
	let not_checked = others.iter().map(|view| view.batch).collect();
	let mut summary = Summary { job: job.id, not_checked, named, ..Summary::default() };
	if !wanted.is_empty() {
		let check = Check {
			output: context.output,
			client: &client,
			job: &job,
			parameters: &parameters,
			rerunner: Rerunner::fetch(&client, &job.spec).await?,
			seed: secret_seed(),
			tasks: usize::try_from(options.tasks).unwrap_or(usize::MAX),
			keys: keys.as_ref(),
			bar: context.output.batch_bar(wanted.len().try_into().unwrap_or(u64::MAX)),
		};
		let done = check.all(&wanted, &mut summary).await;
		check.bar.finish_and_clear();
		if let Err(error) = done {
			// What was found, and perhaps sent, before that is worth knowing all the same.
			if !summary.checked.is_empty() {
				tell(context.output, &summary)?;
			}
			return Err(error);
		}
	}
	tell(context.output, &summary)?;
	Ok(summary.exit())
}

/// Whether a batch is to be checked. What is paid cannot be contested any more, so it has to be asked for.
fn is_wanted(stage: BatchStage, named: bool) -> bool {
	match stage {
		BatchStage::Revealed | BatchStage::Demanded => true,
		BatchStage::Settled => named,
		_ => false,
	}
}

struct Check<'a> {
	output: Output,
	client: &'a Client,
	job: &'a JobView,
	parameters: &'a Parameters,
	rerunner: Rerunner,
	seed: Hash,
	/// How many to run again in each batch.
	tasks: usize,
	/// Given if what is wrong is to be contested.
	keys: Option<&'a Keys>,
	bar: ProgressBar,
}

impl Check<'_> {
	/// Checks batches side by side, those with the least time left first, and contests at once: the time for that is running
	/// out. A batch that cannot be checked does not keep the others away.
	async fn all(&self, views: &[BatchView], summary: &mut Summary) -> Result<(), Error> {
		let mut ordered: Vec<&BatchView> = views.iter().collect();
		ordered.sort_by_key(|view| view.deadline);
		let each = |view| async move {
			match self.batch(view).await {
				Ok((ran_again, finding)) => (view, Ok(self.conclude(view, ran_again, finding).await)),
				Err(error) => (view, Err(error)),
			}
		};
		let mut checks = stream::iter(ordered).map(each).buffer_unordered(AT_ONCE);
		let mut done = Ok(());
		while let Some((view, result)) = checks.next().await {
			match result {
				Ok((checked, failure)) => {
					summary.checked.push(checked);
					if let Some(error) = failure {
						summary.fail(view, &error);
					}
				},
				Err(error) if is_fatal(&error) => {
					done = Err(error);
					break;
				},
				Err(error) => summary.fail(view, &error),
			}
			self.bar.inc(1);
		}
		summary.checked.sort_by_key(|checked| checked.batch);
		summary.failed.sort_by_key(|failure| failure.batch);
		done
	}

	/// The tasks of a batch that were run again, and what is wrong with it.
	async fn batch(&self, view: &BatchView) -> Result<(Vec<TaskIndex>, Option<Finding>), Error> {
		let scrutiny = Scrutiny {
			seed: self.seed,
			tasks: self.tasks,
			also: None,
			maximum_demand_bytes: self.parameters.maximum_demand_bytes,
		};
		let announce = |task| self.bar.set_message(format!("running task {task} again"));
		let examined = examine(
			self.client,
			self.job,
			view,
			Some(&self.rerunner),
			&scrutiny,
			&Patience::new(GRACE),
			announce,
		)
		.await?;
		Ok((examined.ran_again, examined.finding))
	}

	/// Contests what is wrong, if that was asked for and can be done.
	async fn conclude(
		&self,
		view: &BatchView,
		ran_again: Vec<TaskIndex>,
		finding: Option<Finding>,
	) -> (Checked, Option<Error>) {
		let mut checked = Checked::new(view.batch, ran_again, finding.as_ref());
		let Some(finding) = finding else { return (checked, None) };
		let Some(remedy) = finding.remedy else {
			checked.advice = Some("which task it is may show with a greater --tasks".into());
			return (checked, None);
		};
		if view.stage != BatchStage::Revealed {
			checked.advice = Some(closed_words(view.stage));
			return (checked, None);
		}
		let Some(keys) = self.keys else {
			checked.advice = Some(format!(
				"contest it with: assay job check {} --batch {} --challenge",
				view.job, view.batch
			));
			return (checked, None);
		};
		match self.contest(view, remedy, keys).await {
			Ok(contested) => {
				checked.contested = Some(contested);
				(checked, None)
			},
			Err(error) => (checked, Some(error)),
		}
	}

	async fn contest(&self, view: &BatchView, remedy: Remedy, keys: &Keys) -> Result<Contested, Error> {
		let contest = Contest::new(self.job, view, remedy, self.parameters);
		self.bar.suspend(|| self.output.note(contest.terms()))?;
		self.bar.set_message("waiting for the block to be final");
		contest.send(self.client, keys).await
	}
}

impl Checked {
	fn new(batch: BatchIndex, ran_again: Vec<TaskIndex>, finding: Option<&Finding>) -> Self {
		Self {
			batch,
			ran_again,
			fault: finding.map(|finding| finding.fault),
			task: finding.and_then(|finding| finding.task),
			contested: None,
			advice: None,
		}
	}

	/// What is wrong, and what became of it. Nothing about a batch that is right.
	fn lines(&self) -> Vec<String> {
		let Some(fault) = self.fault else { return Vec::new() };
		let task = self.task.map(|task| format!(", task {task}")).unwrap_or_default();
		let mut lines = vec![format!("WRONG: batch {}{task}: {}", self.batch, fault.words())];
		lines.extend(self.contested.as_ref().map(Contested::line));
		lines.extend(self.advice.as_ref().map(|advice| format!("batch {}: {advice}", self.batch)));
		lines
	}
}

impl Summary {
	fn fail(&mut self, view: &BatchView, error: &Error) {
		let advice = match error {
			Error::NotComing(_)
			| Error::Client(ClientError::Rpc {
				code: codes::BLOB_MISSING | codes::BLOB_NOT_IN_TIME, ..
			}) => Some(format!(
				"Ask another node with --node. If none has it: assay job demand {job} --task {}, which the worker has to \
				 answer. If its results are too many or too long for that: assay job demand {job} --batch {}",
				view.first_task,
				view.batch,
				job = view.job
			)),
			error => error.advice(),
		};
		let exit = Some(error.exit());
		self.failed.push(Failure { batch: view.batch, error: error.message(), advice, exit });
	}

	fn exit(&self) -> Exit {
		let is_wrong = self.checked.iter().any(|checked| checked.fault.is_some());
		if is_wrong || self.failed.iter().any(|failure| failure.exit == Some(Exit::Unverified)) {
			Exit::Unverified
		} else if !self.failed.is_empty() {
			Exit::Failed
		} else if self.checked.is_empty() || (self.named && !self.not_checked.is_empty()) {
			Exit::NotReady
		} else {
			Exit::Done
		}
	}

	fn lines(&self) -> Vec<String> {
		if self.checked.is_empty() && self.failed.is_empty() {
			return vec![format!(
				"No batch of job {} can be contested now. Name one that is paid already with --batch to check it all the \
				 same.",
				self.job
			)];
		}
		let right = self.checked.iter().filter(|checked| checked.fault.is_none());
		let runs: usize = self.checked.iter().map(|checked| checked.ran_again.len()).sum();
		// Counts in memory fit 64 bits.
		let mut lines = vec![format!(
			"{} of {} right, as far as running {} again shows",
			right.count(),
			count(self.checked.len() as u64, "batch"),
			count(runs as u64, "task")
		)];
		lines.extend(self.checked.iter().flat_map(Checked::lines));
		if !self.not_checked.is_empty() {
			let number = self.not_checked.len();
			lines.push(format!("{number} not revealed, or not any more: {}", ranges(&self.not_checked)));
		}
		lines
	}
}

fn tell(output: Output, summary: &Summary) -> Result<(), Error> {
	output.json(summary)?;
	for line in summary.lines() {
		output.line(line)?;
	}
	for failure in &summary.failed {
		eprintln!("error: batch {}: {}", failure.batch, failure.error);
		if let Some(advice) = &failure.advice {
			eprintln!("       {advice}");
		}
	}
	Ok(())
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::testing;

	fn checked(batch: BatchIndex, finding: Option<&Finding>) -> Checked {
		Checked::new(batch, vec![batch * 4, batch * 4 + 1], finding)
	}

	fn view(batch: BatchIndex) -> BatchView {
		BatchView { job: 7, ..testing::batch(batch, BatchStage::Revealed) }
	}

	fn summary() -> Summary {
		Summary { job: 7, checked: vec![checked(0, None), checked(1, None)], ..Summary::default() }
	}

	#[test]
	fn what_is_right_is_told_with_what_that_rests_on() {
		assert_eq!(summary().lines(), ["2 of 2 batches right, as far as running 4 tasks again shows"]);
		assert_eq!(summary().exit(), Exit::Done);
	}

	#[test]
	fn what_is_wrong_is_told_and_outweighs_everything_else() {
		let finding = Finding::unreadable(9);
		let mut wrong = checked(2, Some(&finding));
		wrong.advice = Some("do something".into());
		let mut summary = summary();
		summary.checked.push(wrong);
		summary.fail(&view(3), &Error::Unsteady(7));
		let lines = summary.lines();
		assert!(lines[0].starts_with("2 of 3 batches right"), "{lines:?}");
		assert_eq!(lines[1], "WRONG: batch 2, task 9: what was sealed is not what the receipt commits to");
		assert_eq!(lines[2], "batch 2: do something");
		assert_eq!(summary.exit(), Exit::Unverified);
		summary.checked.pop();
		assert_eq!(summary.exit(), Exit::Failed);
	}

	#[test]
	fn a_blob_that_is_nowhere_can_be_demanded() {
		let mut summary = summary();
		let missing = ClientError::Rpc {
			method: "blob_download".into(),
			code: codes::BLOB_MISSING,
			message: "no".into(),
			data: None,
		};
		for error in [missing.into(), Error::NotComing(3)] {
			summary.fail(&view(3), &error);
			let advice = summary.failed.last().unwrap().advice.as_ref().unwrap();
			assert!(advice.contains("assay job demand 7 --task 12,"), "{advice}");
			assert!(advice.ends_with("assay job demand 7 --batch 3"), "{advice}");
		}
		assert_eq!(summary.exit(), Exit::Failed);
	}

	#[test]
	fn only_what_was_asked_for_has_to_be_ready() {
		let mut summary = summary();
		summary.not_checked = vec![2, 3];
		assert_eq!(summary.exit(), Exit::Done);
		assert_eq!(summary.lines()[1], "2 not revealed, or not any more: batches 2 to 3");
		summary.named = true;
		assert_eq!(summary.exit(), Exit::NotReady);
		let nothing = Summary { job: 7, not_checked: vec![0], ..Summary::default() };
		assert_eq!(nothing.exit(), Exit::NotReady);
		assert!(nothing.lines()[0].starts_with("No batch of job 7 can be contested now"));
	}

	#[test]
	fn paid_batches_are_checked_only_when_named() {
		assert!(is_wanted(BatchStage::Revealed, false) && is_wanted(BatchStage::Demanded, false));
		assert!(!is_wanted(BatchStage::Settled, false) && is_wanted(BatchStage::Settled, true));
		assert!(!is_wanted(BatchStage::Disputed, true) && !is_wanted(BatchStage::Pruned, true));
	}
}
