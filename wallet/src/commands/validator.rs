//! `assay validator`: becoming a validator, and ceasing to be one.

use super::{account::AccountOptions, funds, stake::submit};
use crate::{
	cli::Context,
	error::{Error, Exit},
	identity::KeyOptions,
	output::Facts,
};
use assay_client::{Amount, Call, Client};
use assay_primitives::{money::decimal, AccountId, Balance};
use clap::{Args, Subcommand};
use serde::Serialize;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
	/// Tell whether an account validates, or is a candidate
	Status(AccountOptions),

	/// Make session keys in one's own node, bond what it takes, and become a candidate
	Join(JoinOptions),

	/// Stop being a candidate; validating ends with the session after the next
	Leave(LeaveOptions),
}

#[derive(Debug, Args)]
pub(crate) struct JoinOptions {
	/// The stake as an auditor afterwards, in ASY, if it is less now; without it, what the chain asks for
	#[arg(long, value_name = "AMOUNT")]
	stake: Option<Amount>,

	/// Keep the session keys that are registered already
	#[arg(long)]
	keep_session_keys: bool,

	#[command(flatten)]
	keys: KeyOptions,
}

#[derive(Debug, Args)]
pub(crate) struct LeaveOptions {
	#[command(flatten)]
	keys: KeyOptions,
}

/// Carries out a command.
pub(crate) async fn run(context: &Context, command: Command) -> Result<Exit, Error> {
	match command {
		Command::Status(options) => {
			let account = options.account()?;
			let client = context.connect().await?;
			report(context, &client, &account).await
		},
		Command::Join(options) => join(context, options).await,
		Command::Leave(options) => leave(context, options).await,
	}
}

/// How an account stands.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Standing {
	account: AccountId,
	/// Whether it is a validator of this session.
	validates: bool,
	/// Whether it is a validator of genesis, which needs no candidacy.
	is_permanent: bool,
	/// Whether session keys are registered for it.
	has_session_keys: bool,
	/// The bond of its candidacy. `None`: it is no candidate.
	#[serde(with = "optional_decimal")]
	candidacy_bond: Option<Balance>,
	/// What it has at stake as an auditor.
	#[serde(with = "decimal")]
	stake: Balance,
	/// What auditing, and becoming a candidate, takes.
	#[serde(with = "decimal")]
	stake_needed: Balance,
}

mod optional_decimal {
	use super::*;
	use serde::Serializer;

	pub(super) fn serialize<S: Serializer>(amount: &Option<Balance>, to: S) -> Result<S::Ok, S::Error> {
		match amount {
			Some(amount) => decimal::serialize(amount, to),
			None => to.serialize_none(),
		}
	}
}

async fn standing(client: &Client, account: &AccountId) -> Result<Standing, Error> {
	let candidates = client.candidates().await?;
	let candidate = candidates.into_iter().find(|candidate| candidate.account == *account);
	Ok(Standing {
		account: *account,
		validates: client.validators().await?.contains(account),
		is_permanent: client.permanent_validators().await?.contains(account),
		has_session_keys: client.has_session_keys(account).await?,
		candidacy_bond: candidate.map(|candidate| candidate.bond),
		stake: client.auditor(account).await?.map_or(0, |auditor| auditor.stake),
		stake_needed: client.parameters().await?.auditor_stake,
	})
}

async fn report(context: &Context, client: &Client, account: &AccountId) -> Result<Exit, Error> {
	let standing = standing(client, account).await?;
	context.output.json(&standing)?;
	context.output.line(facts(&standing))?;
	Ok(Exit::Done)
}

fn facts(standing: &Standing) -> Facts {
	let mut facts = Facts::default();
	facts.add("Account", standing.account);
	facts.add("Validates", if standing.validates { "yes, in this session" } else { "no" });
	match standing.candidacy_bond {
		None if standing.is_permanent => facts.add("Candidate", "no: it is a validator of genesis"),
		Some(bond) => facts.add("Candidate", format_args!("yes, with a bond of {}", Amount(bond))),
		None => facts.add("Candidate", "no"),
	};
	facts.add("Session keys", if standing.has_session_keys { "registered" } else { "none" });
	let (stake, needed) = (Amount(standing.stake), Amount(standing.stake_needed));
	if standing.stake < standing.stake_needed {
		facts.add("Stake", format_args!("{stake}; it takes {needed}"));
	} else {
		facts.add("Stake", stake);
	}
	facts
}

/// What joining still takes, in order.
fn missing_steps(standing: &Standing, wanted: Balance, keys: Option<Call>) -> Vec<Call> {
	let wanted = wanted.max(standing.stake_needed);
	let missing = wanted.saturating_sub(standing.stake);
	let bond = (missing > 0).then_some(Call::BondAuditor(missing));
	let register = standing.candidacy_bond.is_none() && !standing.is_permanent;
	keys.into_iter().chain(bond).chain(register.then_some(Call::RegisterCandidate)).collect()
}

async fn join(context: &Context, options: JoinOptions) -> Result<Exit, Error> {
	let keys = options.keys.keys()?;
	let account = keys.account();
	let client = context.connect().await?;
	let before = standing(&client, &account).await?;
	let session_keys = if options.keep_session_keys && before.has_session_keys {
		None
	} else {
		Some(Call::SetSessionKeys(client.make_session_keys(&account).await?))
	};
	let wanted = options.stake.map_or(0, |stake| stake.0);
	let steps = missing_steps(&before, wanted, session_keys);
	let mut needed: Balance = 0;
	for step in &steps {
		needed = needed.saturating_add(match step {
			Call::BondAuditor(amount) => *amount,
			Call::RegisterCandidate => client.candidacy_bond().await?,
			_ => 0,
		});
	}
	if let Some(first) = steps.first() {
		funds::check(&client, &keys, first, needed).await?;
	}
	for step in &steps {
		context.output.note(format_args!("{}", announcement(step)))?;
		submit(context, &client, &keys, step).await?;
	}
	context.output.note(format_args!(
		"The next session but one is the first that {account} can validate in, if enough of the bonds of other candidates \
		 are smaller. Keep the node running: who produces no blocks has to go, and who equivocates loses stake."
	))?;
	report(context, &client, &account).await
}

fn announcement(step: &Call) -> String {
	match step {
		Call::SetSessionKeys(_) => "Registering the session keys that the node has made.".into(),
		Call::BondAuditor(amount) => format!("Bonding {} as an auditor.", Amount(*amount)),
		Call::RegisterCandidate => "Becoming a candidate.".into(),
		other => format!("Sending {other}."),
	}
}

async fn leave(context: &Context, options: LeaveOptions) -> Result<Exit, Error> {
	let keys = options.keys.keys()?;
	let client = context.connect().await?;
	funds::check(&client, &keys, &Call::LeaveCandidacy, 0).await?;
	submit(context, &client, &keys, &Call::LeaveCandidacy).await?;
	context.output.note(format_args!(
		"Keep the node running until the account validates no more. The stake as an auditor stays, and answers until it is \
		 withdrawn: see `assay auditor unbond`."
	))?;
	report(context, &client, &keys.account()).await
}

#[cfg(test)]
mod tests {
	use super::*;
	use assay_client::SessionKeys;

	const STANDING: Standing = Standing {
		account: AccountId([1; 32]),
		validates: false,
		is_permanent: false,
		has_session_keys: false,
		candidacy_bond: None,
		stake: 30,
		stake_needed: 100,
	};

	#[test]
	fn joining_does_what_is_missing_and_no_more() {
		let keys = || Some(Call::SetSessionKeys(SessionKeys { keys: vec![1], proof: vec![2] }));
		let all = missing_steps(&STANDING, 0, keys());
		assert_eq!(all, [keys().unwrap(), Call::BondAuditor(70), Call::RegisterCandidate]);
		assert_eq!(missing_steps(&STANDING, 250, None)[0], Call::BondAuditor(220));
		let candidate = Standing { stake: 100, candidacy_bond: Some(1), ..STANDING };
		assert_eq!(missing_steps(&candidate, 90, None), []);
		let of_genesis = Standing { stake: 100, validates: true, is_permanent: true, ..STANDING };
		assert_eq!(missing_steps(&of_genesis, 0, keys()), [keys().unwrap()]);
	}

	#[test]
	fn a_standing_tells_what_is_missing() {
		let text = facts(&STANDING).to_string();
		assert!(text.contains("it takes") && text.contains("none"), "{text}");
		let json = serde_json::to_value(&STANDING).unwrap();
		assert_eq!(json["candidacyBond"], serde_json::Value::Null);
		assert_eq!(json["stake"], "30");
	}
}
