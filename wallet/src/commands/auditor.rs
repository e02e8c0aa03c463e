//! `assay auditor`: the stake that answers for a validator's audit reports.

use super::{
	account::AccountOptions,
	funds,
	stake::{self, AmountOptions, Change, WithdrawOptions},
};
use crate::{
	cli::Context,
	error::{Error, Exit},
	output::Facts,
};
use assay_client::{Amount, Call, Client, Keys};
use assay_primitives::{
	view::{AuditorView, Parameters},
	Balance,
};
use clap::Subcommand;
use serde::Serialize;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
	/// Tell an account's stake and record as an auditor
	Status(AccountOptions),

	/// Add to the stake; it counts from the next session on, if the account is a validator
	Bond(AmountOptions),

	/// Ask for some of the stake back
	Unbond(AmountOptions),

	/// Take what has been on its way out for long enough
	Withdraw(WithdrawOptions),
}

/// Carries out a command.
pub(crate) async fn run(context: &Context, command: Command) -> Result<Exit, Error> {
	match command {
		Command::Status(options) => status(context, options).await,
		Command::Bond(options) => bond(context, options).await,
		Command::Unbond(options) => unbond(context, options).await,
		Command::Withdraw(options) => withdraw(context, options).await,
	}
}

/// What is told about a change of the stake.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Changed {
	#[serde(flatten)]
	change: Change,
	/// The auditor afterwards. `None`: nothing of the stake is left.
	auditor: Option<AuditorView>,
}

async fn status(context: &Context, options: AccountOptions) -> Result<Exit, Error> {
	let account = options.account()?;
	let client = context.connect().await?;
	let auditor = client.auditor(&account).await?.ok_or(Error::NotAnAuditor(account))?;
	let parameters = client.parameters().await?;
	context.output.json(&auditor)?;
	context.output.line(facts(&auditor, &parameters))?;
	Ok(Exit::Done)
}

async fn bond(context: &Context, options: AmountOptions) -> Result<Exit, Error> {
	let keys = options.keys.keys()?;
	let client = context.connect().await?;
	let at_stake = Amount(client.parameters().await?.auditor_stake);
	let amount = options.amount.0;
	let call = Call::BondAuditor(amount);
	funds::check(&client, &keys, &call, amount).await?;
	context.output.note(format_args!(
		"{} are going to be held. An auditor needs {at_stake}, and loses that much if a verdict of the validators \
		 contradicts its report.",
		options.amount
	))?;
	change(context, &client, &keys, &call, amount).await?;
	Ok(Exit::Done)
}

async fn unbond(context: &Context, options: AmountOptions) -> Result<Exit, Error> {
	let keys = options.keys.keys()?;
	let client = context.connect().await?;
	let period = client.parameters().await?.auditor_unbonding_period;
	let call = Call::UnbondAuditor(options.amount.0);
	funds::check(&client, &keys, &call, 0).await?;
	context.output.note(format_args!(
		"{} are going to be on their way out for {period} blocks, with all that is on its way out already, and are at \
		 stake until then.",
		options.amount
	))?;
	change(context, &client, &keys, &call, options.amount.0).await?;
	Ok(Exit::Done)
}

async fn withdraw(context: &Context, options: WithdrawOptions) -> Result<Exit, Error> {
	let keys = options.keys.keys()?;
	let client = context.connect().await?;
	let account = keys.account();
	let auditor = client.auditor(&account).await?.ok_or(Error::NotAnAuditor(account))?;
	change(context, &client, &keys, &Call::WithdrawAuditor, auditor.unbonding).await?;
	Ok(Exit::Done)
}

/// Sends the call, and tells how the stake stands afterwards.
async fn change(
	context: &Context,
	client: &Client,
	keys: &Keys,
	call: &Call,
	amount: Balance,
) -> Result<(), Error> {
	let change = stake::change(context, client, keys, call, amount).await?;
	let account = keys.account();
	let auditor = client.auditor(&account).await?;
	let parameters = client.parameters().await?;
	match &auditor {
		Some(auditor) => context.output.line(facts(auditor, &parameters))?,
		None => context.output.line(format_args!("{account} has no stake as an auditor any more."))?,
	}
	context.output.json(&Changed { change, auditor })
}

fn batches(number: u32) -> String {
	match number {
		1 => "1 batch".into(),
		more => format!("{more} batches"),
	}
}

fn facts(auditor: &AuditorView, parameters: &Parameters) -> Facts {
	let needed = parameters.auditor_stake;
	let mut facts = Facts::default();
	facts.add("Auditor", auditor.account);
	if auditor.stake < needed {
		let (stake, needed) = (Amount(auditor.stake), Amount(needed));
		facts.add("Stake", format_args!("{stake}, which is not enough to audit: that takes {needed}"));
	} else {
		facts.add("Stake", Amount(auditor.stake));
	}
	if auditor.unbonding > 0 {
		let unbonding = Amount(auditor.unbonding);
		match auditor.withdrawable_at {
			Some(block) => {
				facts.add("Unbonding", format_args!("{unbonding}, withdrawable from block {block}"))
			},
			None => facts.add("Unbonding", unbonding),
		};
	}
	facts.add("Earned", Amount(auditor.earned)).add("Slashed", Amount(auditor.slashed));
	facts.add("Checked", format_args!("{}, and paid for it", batches(auditor.batches_checked)));
	let starved = batches(auditor.batches_unavailable);
	facts.add("Unavailable", format_args!("{starved}, of which it could not get all it needed"));
	facts
}

#[cfg(test)]
mod tests {
	use super::*;
	use assay_primitives::AccountId;

	const UNIT: Balance = 1_000_000_000_000;

	fn parameters() -> Parameters {
		Parameters {
			job_deposit: 0,
			minimum_claim_bond: 0,
			minimum_stake: 0,
			claim_limit: 1,
			minimum_execution_window: 1,
			minimum_challenge_window: 1,
			maximum_window: 1,
			maximum_lifetime: 1,
			reveal_window: 1,
			audit_window: 1,
			tranche_period: 1,
			audit_fuel_per_block: 1,
			dispute_window: 1,
			minimum_challenge_bond: 1,
			demand_fee: 1,
			statement_fee: 0,
			maximum_demand_bytes: 1,
			auditor_stake: 100 * UNIT,
			fuel_price: 0,
			validators: 3,
			unbonding_period: 1,
			auditor_unbonding_period: 1,
		}
	}

	#[test]
	fn a_stake_that_is_too_small_is_told() {
		let auditor = AuditorView {
			account: AccountId([1; 32]),
			stake: 100 * UNIT,
			unbonding: 0,
			withdrawable_at: None,
			earned: UNIT,
			slashed: 0,
			batches_checked: 7,
			batches_unavailable: 1,
		};
		let text = facts(&auditor, &parameters()).to_string();
		assert!(
			text.contains("100 ASY") && !text.contains("not enough") && !text.contains("Unbonding"),
			"{text}"
		);
		assert!(text.contains("7 batches, and paid") && text.contains("1 batch, of which"), "{text}");
		let leaving = AuditorView { stake: 0, unbonding: 100 * UNIT, withdrawable_at: Some(77), ..auditor };
		let text = facts(&leaving, &parameters()).to_string();
		assert!(text.contains("not enough to audit: that takes 100 ASY"), "{text}");
		assert!(text.contains("100 ASY, withdrawable from block 77"), "{text}");
	}
}
