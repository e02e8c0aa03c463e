//! `assay job status`.

use super::{contest::open_contest, job::status_word};
use crate::{
	cli::Context,
	error::{Error, Exit},
	output::{count, Facts},
};
use assay_client::Amount;
use assay_primitives::{view::JobView, AuditPolicy, InputSpec, JobId};

#[derive(Debug, clap::Args)]
pub(crate) struct Options {
	/// The job's number
	#[arg(value_name = "JOB")]
	job: JobId,
}

/// Contests are looked for among this many batches at most: it takes a request for each hundred.
const MAX_BATCHES: u32 = 1_000;

/// Tells where a job stands.
pub(super) async fn run(context: &Context, options: Options) -> Result<Exit, Error> {
	let client = context.connect().await?;
	let job = client.job(options.job).await?;
	context.output.json(&job)?;
	if context.output.json {
		return Ok(Exit::Done);
	}
	let mut facts = summary(&job);
	let batches = job.spec.batches().unwrap_or(0);
	if job.batches.in_flight > 0 && batches <= MAX_BATCHES {
		for batch in client.all_batches(job.id).await? {
			if let Some(contest) = open_contest(&batch) {
				facts.add("Contested", format_args!("batch {}: {contest}", batch.batch));
			}
		}
	}
	context.output.line(facts)?;
	Ok(Exit::Done)
}

fn summary(job: &JobView) -> Facts {
	let spec = &job.spec;
	let mut facts = Facts::default();
	facts
		.add("Job", format_args!("{}, {}", job.id, status_word(job.status)))
		.add("Requester", job.requester)
		.add("Posted", format_args!("in block {}, expires in block {}", job.posted_at, job.expires_at))
		.add("Program", format_args!("{}, {} bytes", spec.program.hash, spec.program.len))
		.add("Input", input(&spec.input))
		.add("Tasks", tasks(job))
		.add("Bounty", format_args!("{} a task", Amount(spec.bounty)))
		.add("Checking", checking(&spec.audit))
		.add(
			"Batches",
			format_args!(
				"{} available, {} in flight, {} settled, {} refunded",
				job.batches.available, job.batches.in_flight, job.batches.settled, job.batches.refunded
			),
		)
		.add("Escrowed", Amount(job.escrowed))
		.add("To workers", Amount(job.paid_to_workers))
		.add("To auditors", Amount(job.paid_to_auditors))
		.add("Refunded", Amount(job.refunded))
		.add("Remaining", Amount(job.remaining))
		.add("Deposit", Amount(job.deposit));
	facts
}

fn input(input: &InputSpec) -> String {
	let blob = input.blob();
	let kind = match input {
		InputSpec::Shared { .. } => "the same for every task",
		InputSpec::PerTask { .. } => "one for each task",
	};
	format!("{}, {} bytes, {kind}", blob.hash, blob.len)
}

fn tasks(job: &JobView) -> String {
	let batches = job.spec.batches().unwrap_or(0);
	format!("{} in {}", count(job.spec.tasks, "task"), count(batches, "batch"))
}

/// How closely a job is checked, in words.
pub(super) fn checking(policy: &AuditPolicy) -> String {
	let share = match policy.rate {
		AuditPolicy::EVERY_BATCH => "every batch".into(),
		rate => {
			let (percent, rest) = (rate / 10_000, rate % 10_000);
			let places = format!("{rest:04}");
			let places = places.trim_end_matches('0');
			let point = if places.is_empty() { "" } else { "." };
			format!("{percent}{point}{places} % of the batches")
		},
	};
	format!(
		"{share}, by {} running {} each",
		count(policy.auditors, "auditor"),
		count(policy.samples, "task")
	)
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn the_rate_is_told_exactly() {
		let policy = |rate| AuditPolicy { auditors: 2, samples: 1, rate };
		assert_eq!(checking(&policy(1_000_000)), "every batch, by 2 auditors running 1 task each");
		assert!(checking(&policy(125_000)).starts_with("12.5 % of the batches, "));
		assert!(checking(&policy(50_001)).starts_with("5.0001 % of the batches, "));
		assert!(checking(&policy(60_000)).starts_with("6 % of the batches, "));
	}
}
