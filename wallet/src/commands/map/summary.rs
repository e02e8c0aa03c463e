//! What a map came to: a table of its tasks, a few lines, an exit code.

use super::{
	follow::Findings,
	journal::{Desk, Journal},
};
use crate::{
	commands::{
		contest::Contested,
		job_fetch::{ranges, spans},
	},
	error::{Error, Exit},
	files,
	output::{count, Output},
	program::ending,
	results::{output_name, Directory},
};
use assay_client::Amount;
use assay_primitives::{
	money::decimal,
	view::{BatchStage, BatchView, JobView},
	Balance, BatchIndex, JobId, TaskIndex, TaskOutcome, TaskStatus,
};
use serde::Serialize;
use std::{fmt::Write, path::PathBuf};

/// The table of the tasks.
const TABLE_NAME: &str = "tasks.tsv";
/// Tasks that failed are named up to this many.
const MOST_NAMED: usize = 10;

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Summary<'a> {
	job: JobId,
	directory: PathBuf,
	tasks: u32,
	/// Those whose results are here, every leaf verified.
	verified: u64,
	/// Of these, the tasks that were run again here.
	ran_again: u64,
	/// Those that did not end with exit code 0.
	failed: Vec<TaskIndex>,
	contested: &'a [Contested],
	/// Batches that were found wrong here, and that the validators upheld.
	doubtful: Vec<BatchIndex>,
	refunded: Vec<BatchIndex>,
	missing: Vec<BatchIndex>,
	/// The tasks of these whose results are not here. Others may have been shown on the chain.
	missing_tasks: Vec<TaskIndex>,
	#[serde(with = "decimal")]
	paid_to_workers: Balance,
	#[serde(with = "decimal")]
	paid_to_auditors: Balance,
	#[serde(with = "decimal")]
	came_back: Balance,
}

/// Writes the table and tells how it went.
pub(super) fn conclude(
	output: Output,
	desk: &Desk,
	names: &[String],
	job: &JobView,
	batches: &[BatchView],
	findings: &Findings,
) -> Result<Exit, Error> {
	let whole =
		findings.here.values().flat_map(|here| (here.first_task..).zip(here.outcomes.iter().copied()));
	let missing: Vec<&BatchView> = batches
		.iter()
		.filter(|view| view.stage != BatchStage::Refunded && !findings.here.contains_key(&view.batch))
		.collect();
	let mut outcomes: Vec<(TaskIndex, TaskOutcome)> =
		whole.chain(missing.iter().flat_map(|view| findings.shown_of(view))).collect();
	outcomes.sort_unstable_by_key(|(task, _)| *task);
	files::write_durably(desk.path(), TABLE_NAME, table(names, &outcomes).as_bytes())
		.map_err(crate::results::ResultsError::from)?;
	let refunded = batches.iter().filter(|view| view.stage == BatchStage::Refunded).map(|view| view.batch);
	let doubtful = findings.here.iter().filter(|(_, here)| here.is_doubtful).map(|(batch, _)| *batch);
	let summary = Summary {
		job: job.id,
		directory: desk.path().to_path_buf(),
		tasks: job.spec.tasks,
		// Counts in memory fit 64 bits.
		verified: outcomes.len() as u64,
		ran_again: findings.here.values().map(|here| here.ran_again.len() as u64).sum(),
		failed: outcomes.iter().filter(|(_, outcome)| is_failure(outcome)).map(|(task, _)| *task).collect(),
		contested: &findings.contested,
		doubtful: doubtful.collect(),
		refunded: refunded.collect(),
		missing: missing.iter().map(|view| view.batch).collect(),
		missing_tasks: missing.iter().flat_map(|view| findings.not_shown(view)).collect(),
		paid_to_workers: job.paid_to_workers,
		paid_to_auditors: job.paid_to_auditors,
		came_back: job.refunded,
	};
	output.json(&summary)?;
	for line in summary.lines(&outcomes) {
		output.line(line)?;
	}
	for (batch, missing) in &findings.missing {
		eprintln!("error: batch {batch}: {}", missing.error);
	}
	let unverified = findings.missing.values().any(|missing| missing.exit == Exit::Unverified);
	Ok(summary.exit(unverified))
}

/// What is told about a map whose job the chain has forgotten.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Memory {
	job: JobId,
	directory: PathBuf,
	tasks: u32,
	/// Those whose results are here, as they were when they were verified.
	verified: u64,
	/// Those that did not end with exit code 0.
	failed: Vec<TaskIndex>,
	refunded: Vec<BatchIndex>,
	missing: Vec<BatchIndex>,
	/// Whether the chain has forgotten the job.
	forgotten: bool,
	/// Whether the end of the job was seen, so that it is known that these results stood.
	confirmed: bool,
}

/// Tells what there is of a job that the chain has forgotten.
pub(super) fn remember(output: Output, desk: &Desk, journal: &Journal, job: JobId) -> Result<Exit, Error> {
	let directory = Directory::open_for(desk.path(), journal.genesis, job, journal.spec)?;
	let mut memory = Memory {
		job,
		directory: desk.path().to_path_buf(),
		tasks: journal.spec.tasks,
		verified: 0,
		failed: Vec::new(),
		refunded: journal.refunded.clone(),
		missing: Vec::new(),
		forgotten: true,
		confirmed: journal.is_finished,
	};
	for batch in 0..journal.spec.batches().unwrap_or(0) {
		if journal.refunded.contains(&batch) {
			continue;
		}
		let first = journal.spec.batch_tasks(batch).map_or(0, |tasks| tasks.start);
		match directory.kept(&journal.spec, batch)? {
			Some(outcomes) => {
				// Counts in memory fit 64 bits.
				memory.verified = memory.verified.saturating_add(outcomes.len() as u64);
				let numbered = (first..).zip(&outcomes);
				memory
					.failed
					.extend(numbered.filter(|(_, outcome)| is_failure(outcome)).map(|(task, _)| task));
			},
			None => memory.missing.push(batch),
		}
	}
	output.json(&memory)?;
	for line in memory.lines() {
		output.line(line)?;
	}
	Ok(memory.exit())
}

impl Memory {
	fn exit(&self) -> Exit {
		if self.confirmed {
			exit(&self.missing, &self.refunded, &self.failed)
		} else {
			Exit::Failed
		}
	}

	fn lines(&self) -> Vec<String> {
		let mut lines = vec![format!(
			"The chain has forgotten job {}, which is over. {} of {} in {}, unchanged since every leaf was verified; nothing \
			 was paid.",
			self.job,
			self.verified,
			count(self.tasks, "result"),
			self.directory.display()
		)];
		if !self.confirmed {
			lines.push(
				"Nobody was watching here when the job ended, so it is not known whether all of them were paid for.".into(),
			);
		}
		for (batches, what) in [
			(&self.refunded, "refunded, so there are no results"),
			(&self.missing, "missing or changed, and not to be had any more"),
		] {
			if !batches.is_empty() {
				lines.push(format!("{} {what}: {}", count(batches.len() as u64, "batch"), ranges(batches)));
			}
		}
		if !self.failed.is_empty() {
			let number = count(self.failed.len() as u64, "task");
			lines.push(format!("{number} did not end with exit code 0; see {TABLE_NAME}"));
		}
		lines
	}
}

/// What a script is told about results that are right as far as they are here.
fn exit(missing: &[BatchIndex], refunded: &[BatchIndex], failed: &[TaskIndex]) -> Exit {
	if !missing.is_empty() {
		Exit::Failed
	} else if !refunded.is_empty() {
		Exit::Refunded
	} else if !failed.is_empty() {
		Exit::TasksFailed
	} else {
		Exit::Done
	}
}

fn is_failure(outcome: &TaskOutcome) -> bool {
	outcome.status != TaskStatus::Completed(0)
}

impl Summary<'_> {
	fn exit(&self, is_unverified: bool) -> Exit {
		if is_unverified || !self.doubtful.is_empty() {
			Exit::Unverified
		} else {
			exit(&self.missing, &self.refunded, &self.failed)
		}
	}

	fn lines(&self, outcomes: &[(TaskIndex, TaskOutcome)]) -> Vec<String> {
		let mut lines = vec![format!(
			"{} of {} in {}, every leaf verified, {} run again here and found right.",
			self.verified,
			count(self.tasks, "result"),
			self.directory.display(),
			self.ran_again
		)];
		let failed = outcomes.iter().filter(|(task, _)| self.failed.binary_search(task).is_ok());
		for (task, outcome) in failed.take(MOST_NAMED) {
			lines.push(format!(
				"task {task} {}; its output is in {}",
				ending(outcome.status),
				output_name(*task)
			));
		}
		if let Some(more) = self.failed.len().checked_sub(MOST_NAMED).filter(|more| *more > 0) {
			lines.push(format!("and {more} more did not end with exit code 0; see {TABLE_NAME}"));
		}
		for (batches, what) in [
			(&self.doubtful, "found wrong here, but upheld by the validators"),
			(&self.refunded, "refunded, so there are no results"),
			(&self.missing, "not to be had as a whole"),
		] {
			if !batches.is_empty() {
				lines.push(format!("{} {what}: {}", batches.len(), ranges(batches)));
			}
		}
		if !self.missing_tasks.is_empty() {
			let tasks = spans("task", &self.missing_tasks);
			lines.push(format!(
				"Missing: {tasks}. Run the same command again, or with --node of another node: somebody may have their results \
				 by then. Otherwise map their inputs again into another directory."
			));
		}
		lines.push(format!(
			"{} paid to workers, {} to auditors; {} came back.",
			Amount(self.paid_to_workers),
			Amount(self.paid_to_auditors),
			Amount(self.came_back)
		));
		lines
	}
}

/// One line for each task whose result is here.
fn table(names: &[String], outcomes: &[(TaskIndex, TaskOutcome)]) -> String {
	let mut table = String::from("task\tinput\toutput\tstatus\tbytes\tfuel\n");
	for (task, outcome) in outcomes {
		let name = usize::try_from(*task).ok().and_then(|index| names.get(index));
		let name: String = name.map(String::as_str).unwrap_or_default().chars().map(printable).collect();
		let status = match outcome.status {
			TaskStatus::Completed(code) => code.to_string(),
			other => format!("{other:?}"),
		};
		// Writing to a string does not fail.
		let _ = writeln!(
			table,
			"{task}\t{name}\t{}\t{status}\t{}\t{}",
			output_name(*task),
			outcome.output_len,
			outcome.fuel
		);
	}
	table
}

fn printable(character: char) -> char {
	if character.is_control() {
		' '
	} else {
		character
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn what_the_chain_has_forgotten_is_right_if_its_end_was_seen_and_nothing_is_missing() {
		let memory = |missing: Vec<_>, refunded: Vec<_>, confirmed| Memory {
			job: 7,
			directory: "out".into(),
			tasks: 4,
			verified: 4,
			failed: Vec::new(),
			refunded,
			missing,
			forgotten: true,
			confirmed,
		};
		let whole = memory(vec![], vec![], true);
		assert_eq!(whole.exit(), Exit::Done);
		assert!(whole.lines()[0].contains("4 of 4 results in out") && whole.lines().len() == 1);
		assert_eq!(memory(vec![], vec![], false).exit(), Exit::Failed);
		assert_eq!(memory(vec![], vec![1], true).exit(), Exit::Refunded);
		let damaged = memory(vec![2, 3], vec![1], true);
		assert_eq!(damaged.exit(), Exit::Failed);
		let last = damaged.lines().pop().unwrap();
		assert_eq!(last, "2 batches missing or changed, and not to be had any more: batches 2 to 3");
		let failed = Memory { failed: vec![3], ..memory(vec![], vec![], true) };
		assert_eq!(failed.exit(), Exit::TasksFailed);
	}

	#[test]
	fn what_is_missing_is_named_with_what_to_do() {
		let summary = |missing: Vec<_>, missing_tasks: Vec<_>| Summary {
			job: 7,
			directory: "out".into(),
			tasks: 12,
			verified: 12 - missing_tasks.len() as u64,
			ran_again: 1,
			failed: Vec::new(),
			contested: &[],
			doubtful: Vec::new(),
			refunded: Vec::new(),
			missing,
			missing_tasks,
			paid_to_workers: 0,
			paid_to_auditors: 0,
			came_back: 0,
		};
		let whole = summary(vec![], vec![]);
		assert_eq!(whole.exit(false), Exit::Done);
		assert!(!whole.lines(&[]).iter().any(|line| line.contains("issing")));
		let partly = summary(vec![1], vec![6, 7]);
		assert_eq!((partly.exit(false), partly.exit(true)), (Exit::Failed, Exit::Unverified));
		let lines = partly.lines(&[]);
		assert!(lines[0].starts_with("10 of 12 results in out"), "{lines:?}");
		assert_eq!(lines[1], "1 not to be had as a whole: batch 1");
		assert!(lines[2].starts_with("Missing: tasks 6 to 7. Run the same command again"), "{lines:?}");
	}

	#[test]
	fn the_table_names_inputs_outputs_and_how_tasks_ended() {
		let outcome = |status| TaskOutcome::new(status, b"four", 99).unwrap();
		let outcomes = [(0, outcome(TaskStatus::Completed(0))), (2, outcome(TaskStatus::Trapped))];
		let names = ["a\tb".to_owned(), "c".to_owned(), "d".to_owned()];
		assert_eq!(
			table(&names, &outcomes),
			"task\tinput\toutput\tstatus\tbytes\tfuel\n0\ta b\ttask-000000.out\t0\t4\t99\n2\td\ttask-000002.out\tTrapped\t4\t99\n"
		);
		assert!(table(&[], &outcomes).contains("2\t\ttask-000002.out"));
	}
}
