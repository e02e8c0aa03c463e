//! `assay job report`.

use super::{
	contest::contest_words,
	job::{consistent_view, status_word},
};
use crate::{
	books::{Books, Check, Earner, Entry},
	cli::Context,
	error::{Error, Exit},
	output::{count, stage_word, Facts},
};
use assay_client::Amount;
use assay_primitives::{Balance, JobId};

#[derive(Debug, clap::Args)]
pub(crate) struct Options {
	/// The job's number
	#[arg(value_name = "JOB")]
	job: JobId,

	/// Tell for every batch who ran it and who checked what
	#[arg(long)]
	batches: bool,
}

/// Tells where a job's money went.
pub(super) async fn run(context: &Context, options: Options) -> Result<Exit, Error> {
	let client = context.connect().await?;
	let (job, batches) = consistent_view(&client, options.job).await?;
	let books = Books::of(&job, &batches)?;
	context.output.json(&books)?;
	context.output.line(facts(&books))?;
	if options.batches {
		for batch in &books.batches {
			context.output.line(batch_line(batch))?;
		}
	}
	for check in books.checks.iter().filter(|check| !check.holds) {
		context.output.line(contradiction(check))?;
	}
	if !books.balanced {
		return Ok(Exit::Unverified);
	}
	context.output.line(match books.pruned() {
		0 => "Every unit is accounted for.",
		_ => "The totals add up. What the chain has forgotten can no longer be checked batch by batch.",
	})?;
	Ok(Exit::Done)
}

fn facts(books: &Books) -> Facts {
	let mut facts = Facts::default();
	facts
		.add("Job", format_args!("{}, {}", books.job, status_word(books.status)))
		.add("Escrowed", format_args!("{} by {}", Amount(books.escrowed), books.requester));
	for (number, worker) in books.workers.iter().enumerate() {
		facts.add(if number == 0 { "Workers" } else { "" }, earned(worker, "run"));
	}
	for (number, auditor) in books.auditors.iter().enumerate() {
		facts.add(if number == 0 { "Auditors" } else { "" }, earned(auditor, "checked"));
	}
	let shares = books.auditors.iter().fold(0, |sum: Balance, auditor| sum.saturating_add(auditor.paid));
	let untaken = shares.saturating_sub(books.paid_to_auditors);
	if untaken > 0 {
		facts.add(
			"",
			format_args!("{} of that could not be taken: the account does not exist", Amount(untaken)),
		);
	}
	facts.add("Refunded", format_args!("{} to {}", Amount(books.refunded), books.requester));
	if books.remaining > 0 {
		facts.add("Remaining", format_args!("{} in escrow", Amount(books.remaining)));
	}
	if books.pruned() > 0 {
		// A count in memory fits 64 bits.
		let pruned = count(books.pruned() as u64, "batch");
		facts.add("Pruned", format_args!("{pruned}: the chain has forgotten who ran and who checked them"));
	}
	let again = books.batches.iter().filter(|batch| batch.attempt > 0).count();
	if again > 0 {
		// A count in memory fits 64 bits.
		facts.add("Handed out", format_args!("{} more than once", count(again as u64, "batch")));
	}
	facts
}

fn earned(earner: &Earner, verb: &str) -> String {
	format!(
		"{} to {}, for {} {verb} in {}",
		Amount(earner.paid),
		earner.account,
		count(earner.tasks, "task"),
		count(earner.batches, "batch")
	)
}

/// `Batch 3: settled, run by A; tasks 25 and 27 checked by B`.
fn batch_line(batch: &Entry) -> String {
	let mut line = format!("Batch {}: {}", batch.batch, stage_word(batch.stage));
	if let Some(worker) = batch.worker {
		line += &format!(", run by {worker}");
	}
	for audit in &batch.audits {
		let samples: Vec<_> = audit.samples.iter().map(ToString::to_string).collect();
		line += &match audit.checked {
			true => format!("; tasks {} checked by {}", samples.join(" and "), audit.auditor),
			false => format!("; {} could not fetch what it needed", audit.auditor),
		};
	}
	if let Some(contest) = contest_words(batch.dispute.as_ref(), batch.demand.as_ref()) {
		line += &format!("; {contest}");
	}
	line
}

fn contradiction(check: &Check) -> String {
	let relation = if check.exactly { "is not" } else { "is more than" };
	format!("DOES NOT ADD UP: {}: {} {relation} {}", check.statement, check.left, check.right)
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::books::Audit;
	use assay_primitives::{
		view::{BatchStage, DemandView},
		AccountId,
	};

	#[test]
	fn a_batch_tells_who_ran_it_and_who_checked_what() {
		let [worker, auditor, starved] = [1, 2, 3].map(|byte| AccountId([byte; 32]));
		let audit = |auditor, checked, samples| Audit { auditor, checked, samples, paid: 0 };
		let batch = Entry {
			batch: 3,
			attempt: 0,
			stage: BatchStage::Settled,
			worker: Some(worker),
			paid: 0,
			audits: vec![audit(auditor, true, vec![25, 27]), audit(starved, false, vec![])],
			dispute: None,
			demand: None,
		};
		let expected = format!(
			"Batch 3: settled, run by {worker}; tasks 25 and 27 checked by {auditor}; {starved} could not fetch what it \
			 needed"
		);
		assert_eq!(batch_line(&batch), expected);
		let demand = Some(DemandView { task: 26, by: auditor });
		let demanded = Entry { stage: BatchStage::Demanded, audits: Vec::new(), demand, ..batch.clone() };
		let expected =
			format!("Batch 3: demanded, run by {worker}; the result of task 26 is demanded by {auditor}");
		assert_eq!(batch_line(&demanded), expected);
		let untouched = Entry { stage: BatchStage::Available, worker: None, audits: Vec::new(), ..batch };
		assert_eq!(batch_line(&untouched), "Batch 3: available");
	}

	#[test]
	fn a_contradiction_names_both_sums() {
		let check = Check { statement: "a is b", exactly: true, left: 1, right: 2, holds: false };
		assert_eq!(contradiction(&check), "DOES NOT ADD UP: a is b: 1 is not 2");
		let check = Check { exactly: false, left: 3, ..check };
		assert_eq!(contradiction(&check), "DOES NOT ADD UP: a is b: 3 is more than 2");
	}
}
