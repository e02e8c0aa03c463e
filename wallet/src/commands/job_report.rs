//! `assay job report`.

use super::job::{consistent_view, status_word};
use crate::{
	books::{Books, Check, Earner},
	cli::Context,
	error::{Error, Exit},
	output::{count, Facts},
};
use assay_client::Amount;
use assay_primitives::{Balance, JobId};

#[derive(Debug, clap::Args)]
pub(crate) struct Options {
	/// The job's number
	#[arg(value_name = "JOB")]
	job: JobId,
}

/// Tells where a job's money went.
pub(super) async fn run(context: &Context, options: Options) -> Result<Exit, Error> {
	let client = context.connect().await?;
	let (job, batches) = consistent_view(&client, options.job).await?;
	let books = Books::of(&job, &batches)?;
	context.output.json(&books)?;
	context.output.line(facts(&books))?;
	for check in books.checks.iter().filter(|check| !check.holds) {
		context.output.line(contradiction(check))?;
	}
	if !books.balanced {
		return Ok(Exit::Unverified);
	}
	context.output.line("Every unit is accounted for.")?;
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

fn contradiction(check: &Check) -> String {
	let relation = if check.exactly { "is not" } else { "is more than" };
	format!("DOES NOT ADD UP: {}: {} {relation} {}", check.statement, check.left, check.right)
}
