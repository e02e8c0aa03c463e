//! `assay account`: keys, balances, addresses, transfers.

use super::{account_keys, funds};
use crate::{
	cli::Context,
	error::{Error, Exit},
	identity::KeyOptions,
	output::{count, Facts},
};
use assay_client::{AccountBalance, Amount, Call, Inclusion};
use assay_primitives::{money::decimal, view::WorkerView, AccountId, Balance, Hash};
use clap::{Args, Subcommand};
use serde::Serialize;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
	/// Make new keys, in a keystore that a password opens
	New(account_keys::NewOptions),

	/// Keep keys from elsewhere: a phrase, or a keystore of polkadot-js
	Import(account_keys::ImportOptions),

	/// Hand out a keystore as polkadot-js reads it, or the phrase in it
	Export(account_keys::ExportOptions),

	/// List the accounts of this machine
	List,

	/// Tell what an account has
	Balance(AccountOptions),

	/// Tell the address that belongs to a secret; asks no node
	Address(AddressOptions),

	/// Send money
	Transfer(TransferOptions),

	/// Tell an account's stake and record as a worker
	Worker(AccountOptions),
}

#[derive(Debug, Args)]
pub(crate) struct AccountOptions {
	/// The account; without it, the one of the keys
	#[arg(value_name = "ADDRESS", conflicts_with_all = ["key_account", "suri", "key_file"])]
	account: Option<AccountId>,

	#[command(flatten)]
	keys: KeyOptions,
}

#[derive(Debug, Args)]
pub(crate) struct AddressOptions {
	#[command(flatten)]
	keys: KeyOptions,
}

#[derive(Debug, Args)]
pub(crate) struct TransferOptions {
	/// Who gets it
	#[arg(long, value_name = "ADDRESS")]
	to: AccountId,

	/// How much, in ASY, for example 2.5
	#[arg(long, value_name = "AMOUNT")]
	amount: Amount,

	#[command(flatten)]
	keys: KeyOptions,
}

impl AccountOptions {
	/// The account that is meant.
	pub(super) fn account(&self) -> Result<AccountId, Error> {
		match self.account {
			Some(account) => Ok(account),
			None => Ok(self.keys.account()?),
		}
	}
}

/// Carries out a command.
pub(crate) async fn run(context: &Context, command: Command) -> Result<Exit, Error> {
	match command {
		Command::New(options) => account_keys::new(context, &options),
		Command::Import(options) => account_keys::import(context, &options),
		Command::Export(options) => account_keys::export(context, &options),
		Command::List => account_keys::list(context),
		Command::Balance(options) => balance(context, options).await,
		Command::Address(options) => address(context, &options),
		Command::Transfer(options) => transfer(context, options).await,
		Command::Worker(options) => worker(context, options).await,
	}
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct BalanceView {
	account: AccountId,
	#[serde(with = "decimal")]
	spendable: Balance,
	#[serde(with = "decimal")]
	free: Balance,
	#[serde(with = "decimal")]
	held: Balance,
	#[serde(with = "decimal")]
	frozen: Balance,
	#[serde(with = "decimal")]
	total: Balance,
}

impl BalanceView {
	fn new(account: AccountId, balance: &AccountBalance, existential_deposit: Balance) -> Self {
		Self {
			account,
			spendable: balance.spendable(existential_deposit),
			free: balance.free,
			held: balance.reserved,
			frozen: balance.frozen,
			total: balance.free.saturating_add(balance.reserved),
		}
	}

	fn facts(&self) -> Facts {
		let mut facts = Facts::default();
		facts
			.add("Account", self.account)
			.add("Spendable", Amount(self.spendable))
			.add("Free", Amount(self.free))
			.add("Held", format_args!("{} (escrow, deposits, stakes, bonds)", Amount(self.held)));
		if self.frozen > 0 {
			facts.add("Frozen", Amount(self.frozen));
		}
		facts.add("Together", Amount(self.total));
		facts
	}
}

async fn balance(context: &Context, options: AccountOptions) -> Result<Exit, Error> {
	let account = options.account()?;
	let client = context.connect().await?;
	let balance = client.balance(&account).await?;
	let view = BalanceView::new(account, &balance, client.existential_deposit().await?);
	context.output.json(&view)?;
	context.output.line(view.facts())?;
	Ok(Exit::Done)
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct AddressView {
	address: AccountId,
	public_key: Hash,
}

fn address(context: &Context, options: &AddressOptions) -> Result<Exit, Error> {
	let account = options.keys.account()?;
	context.output.json(&AddressView { address: account, public_key: Hash(account.0) })?;
	context.output.line(account)?;
	Ok(Exit::Done)
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Transferred {
	from: AccountId,
	to: AccountId,
	#[serde(with = "decimal")]
	amount: Balance,
	block: u32,
	transaction: Hash,
}

async fn transfer(context: &Context, options: TransferOptions) -> Result<Exit, Error> {
	if options.amount.0 == 0 {
		return Err(Error::NothingToSend);
	}
	let keys = options.keys.keys()?;
	let client = context.connect().await?;
	let amount = options.amount.0;
	let call = Call::Transfer { to: options.to, amount };
	funds::check(&client, &keys, &call, amount).await?;
	let waiting = context.output.waiting("waiting for the block to be final");
	let submitted = client.submit(&keys, &call, Inclusion::Finalized).await;
	waiting.finish_and_clear();
	let submitted = submitted?;
	context.output.json(&Transferred {
		from: keys.account(),
		to: options.to,
		amount,
		block: submitted.number,
		transaction: submitted.transaction,
	})?;
	context
		.output
		.line(format_args!("{} sent to {} in block {}.", options.amount, options.to, submitted.number))?;
	Ok(Exit::Done)
}

async fn worker(context: &Context, options: AccountOptions) -> Result<Exit, Error> {
	let account = options.account()?;
	let client = context.connect().await?;
	let worker = client.worker(&account).await?.ok_or(Error::NotAWorker(account))?;
	context.output.json(&worker)?;
	context.output.line(worker_facts(&worker))?;
	Ok(Exit::Done)
}

pub(super) fn worker_facts(worker: &WorkerView) -> Facts {
	let mut facts = Facts::default();
	facts
		.add("Worker", worker.account)
		.add("Stake", format_args!("{}, {} of it locked", Amount(worker.stake), Amount(worker.locked)));
	if worker.unbonding > 0 {
		let unbonding = Amount(worker.unbonding);
		match worker.withdrawable_at {
			Some(block) => {
				facts.add("Unbonding", format_args!("{unbonding}, withdrawable from block {block}"))
			},
			None => facts.add("Unbonding", unbonding),
		};
	}
	facts
		.add(
			"Batches",
			format_args!(
				"{} in flight, {} settled, {} lost",
				worker.batches_in_flight,
				count(worker.batches_settled, "batch"),
				worker.batches_lost
			),
		)
		.add("Earned", Amount(worker.earned))
		.add("Slashed", Amount(worker.slashed));
	facts
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn a_balance_tells_everything_in_the_smallest_unit() {
		let balance = AccountBalance { free: 90, reserved: 10, frozen: 0 };
		let view = BalanceView::new(AccountId([1; 32]), &balance, 1);
		let json = serde_json::to_value(&view).unwrap();
		assert_eq!(json["free"], "90");
		assert_eq!(json["held"], "10");
		assert_eq!(json["spendable"], "89");
		assert_eq!(json["total"], "100");
		assert_eq!(json["account"], AccountId([1; 32]).to_ss58());
		assert!(!view.facts().to_string().contains("Frozen"));
	}
}
