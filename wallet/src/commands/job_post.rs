//! `assay job post`.

use super::{
	funds::{self, Funds},
	job_status::checking,
};
use crate::{
	cli::Context,
	error::{Error, Exit},
	identity::KeyOptions,
	output::{count, Facts, Output},
	spec::{ChainLimits, Draft, JobOptions, Price},
};
use assay_client::{Amount, Call, Client, Inclusion, Submitted};
use assay_primitives::{
	money::decimal, quote::CheatingOdds, AccountId, Balance, BlockNumber, Chance, Hash, JobId, JobSpec, Quote,
};
use serde::Serialize;
use std::io::{self, BufRead, IsTerminal, Write};

#[derive(Debug, clap::Args)]
pub(crate) struct Options {
	/// Post without asking
	#[arg(long)]
	yes: bool,

	#[command(flatten)]
	job: JobOptions,

	#[command(flatten)]
	keys: KeyOptions,
}

/// What is told about a job that was posted.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Posted {
	job: JobId,
	requester: AccountId,
	#[serde(with = "decimal")]
	escrow: Balance,
	#[serde(with = "decimal")]
	deposit: Balance,
	block: BlockNumber,
	block_hash: Hash,
	transaction: Hash,
	spec: JobSpec,
}

/// Everything that is to be agreed to before a job is posted.
struct Offer {
	requester: AccountId,
	spec: JobSpec,
	price: Price,
	/// The least that a task with this limit of fuel pays.
	floor: Balance,
	deposit: Balance,
	odds: Vec<String>,
	funds: Funds,
}

/// The share of auditors, in parts per million, that the odds take for friends of a cheat.
const HOSTILE: u32 = 200_000;

/// `1 % of the tasks wrong: caught with 4.9 %`, for each cheat a quote knows.
fn odds(quote: &Quote) -> Vec<String> {
	let percent = |millionths: u64| {
		let tenths = millionths / 1_000;
		format!("{}.{} %", tenths / 10, tenths % 10)
	};
	let line = |odds: &CheatingOdds| {
		format!(
			"{} of the results made up: caught with {}",
			percent(odds.share.into()),
			// Rounded down, as the chance is.
			percent(odds.caught.parts() / (Chance::PARTS / 1_000_000))
		)
	};
	quote.cheating.iter().map(line).collect()
}

impl Offer {
	fn facts(&self) -> Facts {
		let (spec, price) = (&self.spec, &self.price);
		let batches = spec.batches().unwrap_or(0);
		let locked = price.escrow.saturating_add(self.deposit);
		let mut facts = Facts::default();
		facts
			.add("Program", format_args!("{}, {} bytes", spec.program.hash, spec.program.len))
			.add("Input", format_args!("{}, {} bytes", spec.input.blob().hash, spec.input.blob().len))
			.add("Tasks", format_args!("{} in {}", count(spec.tasks, "task"), count(batches, "batch")))
			.add(
				"Each task",
				format_args!(
					"{} fuel, {} KiB of memory, {} bytes of output at most",
					spec.limits.fuel,
					u64::from(spec.limits.memory_pages).saturating_mul(64),
					spec.limits.output_bytes
				),
			)
			.add("Checking", checking(&spec.audit))
			.add(
				"Blocks",
				format_args!(
					"{} to run a batch, {} to contest it, the job lives for {}",
					spec.execution_window, spec.challenge_window, spec.lifetime
				),
			)
			.add("Odds", "of an audit, even if a fifth of the auditors are the cheat's friends:");
		for line in &self.odds {
			facts.add("", line);
		}
		facts
			.add("Requester", self.requester)
			.add("Locked", format_args!("{} together:", Amount(locked)))
			.add("", format_args!("{} for workers, {} a task", Amount(price.pay), Amount(spec.bounty)))
			.add("", format_args!("(the least for a task with this limit of fuel is {})", Amount(self.floor)))
			.add("", format_args!("{} for auditors; what they do not earn comes back", Amount(price.audits)))
			.add("", format_args!("{} deposit, which comes back when the job closes", Amount(self.deposit)))
			.add("Fee", format_args!("about {}", Amount(self.funds.fee)))
			.add("Spendable", Amount(self.funds.spendable));
		facts
	}
}

/// Posts a job.
pub(super) async fn run(context: &Context, options: Options) -> Result<Exit, Error> {
	let draft = Draft::read(&options.job)?;
	let keys = options.keys.keys()?;
	let client = context.connect().await?;
	let parameters = client.parameters().await?;
	let limits = ChainLimits::from(&parameters);
	let spec = draft.complete(&options.job, &limits)?;
	let price = Price::of(&spec)?;
	let deposit = parameters.job_deposit;
	let odds = odds(&client.quote(&spec, HOSTILE).await?);
	let call = Call::PostJob(spec);
	let funds = funds::check(&client, &keys, &call, price.escrow.saturating_add(deposit)).await?;

	let offer =
		Offer { requester: keys.account(), spec, price, floor: limits.floor(&spec), deposit, odds, funds };
	context.output.note(offer.facts())?;
	context.output.note("Program, inputs and, once they are revealed, results are public.")?;
	if !options.yes {
		confirm()?;
	}

	upload(context.output, &client, "program", &draft.program).await?;
	upload(context.output, &client, "input", &draft.input).await?;
	let waiting = context.output.waiting("waiting for the block to be final");
	let submitted = client.submit(&keys, &call, Inclusion::Finalized).await;
	waiting.finish_and_clear();
	report(context.output, &offer, &submitted?)
}

fn report(output: Output, offer: &Offer, submitted: &Submitted) -> Result<Exit, Error> {
	let job = submitted
		.posted_job()
		.ok_or(Error::NoJobPosted { transaction: submitted.transaction, block: submitted.number })?;
	output.json(&Posted {
		job,
		requester: offer.requester,
		escrow: offer.price.escrow,
		deposit: offer.deposit,
		block: submitted.number,
		block_hash: submitted.block,
		transaction: submitted.transaction,
		spec: offer.spec,
	})?;
	output.line(format_args!("Posted job {job} in block {}.", submitted.number))?;
	output.line(format_args!("Follow it with: assay job watch {job}"))?;
	Ok(Exit::Done)
}

/// Brings bytes to the node, as far as it does not have them.
pub(super) async fn upload(output: Output, client: &Client, what: &str, bytes: &[u8]) -> Result<(), Error> {
	// A length in memory fits 64 bits on every machine there is.
	let bar = output.byte_bar(what, bytes.len() as u64);
	let uploaded = client.upload_with(bytes, |done| bar.set_position(done)).await;
	bar.finish_and_clear();
	uploaded?;
	Ok(())
}

/// Asks whoever sits at the terminal.
pub(super) fn confirm() -> Result<(), Error> {
	let stdin = io::stdin();
	if !stdin.is_terminal() {
		return Err(Error::NobodyToAsk);
	}
	eprint!("Post this job? [y/N] ");
	io::stderr().flush()?;
	let mut answer = String::new();
	stdin.lock().read_line(&mut answer)?;
	if is_yes(&answer) {
		Ok(())
	} else {
		Err(Error::Declined)
	}
}

fn is_yes(answer: &str) -> bool {
	matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes")
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::testing;

	#[test]
	fn only_a_clear_yes_locks_money() {
		assert!(is_yes("y\n") && is_yes("YES\n") && is_yes(" Y "));
		for answer in ["", "\n", "n\n", "yep\n", "yes please\n", "0"] {
			assert!(!is_yes(answer), "{answer:?}");
		}
	}

	#[test]
	fn the_offer_names_every_sum() {
		let spec = JobSpec { batch_size: 8, bounty: 100_000_000_000, ..testing::spec(64) };
		let price = Price::of(&spec).unwrap();
		let funds = Funds { spendable: 77_000_000_000_000, fee: 5_000_000_000 };
		let offer = Offer {
			requester: AccountId([1; 32]),
			spec,
			price,
			floor: 5_000_000_000,
			deposit: 1_000_000_000_000,
			odds: vec!["1.0 %".into()],
			funds,
		};
		let text = offer.facts().to_string();
		for sum in [
			"10.6 ASY together",
			"6.4 ASY for workers",
			"is 0.005 ASY",
			"3.2 ASY for auditors",
			"1 ASY deposit",
			"0.005 ASY",
			"77 ASY",
		] {
			assert!(text.contains(sum), "{sum} is missing in:\n{text}");
		}
	}
}
