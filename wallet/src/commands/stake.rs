//! What the stakes of workers, auditors and candidates have in common: how much, whose, and sending a change of it.

use crate::{cli::Context, error::Error, identity::KeyOptions};
use assay_client::{Amount, Call, Client, Inclusion, Keys, Submitted};
use assay_primitives::{money::decimal, AccountId, Balance, BlockNumber, Hash};
use clap::Args;
use serde::Serialize;

#[derive(Debug, Args)]
pub(crate) struct AmountOptions {
	/// How much, in ASY, for example 100
	#[arg(long, value_name = "AMOUNT")]
	pub(super) amount: Amount,

	#[command(flatten)]
	pub(super) keys: KeyOptions,
}

#[derive(Debug, Args)]
pub(crate) struct WithdrawOptions {
	#[command(flatten)]
	pub(super) keys: KeyOptions,
}

/// What is told about every change of a stake.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Change {
	account: AccountId,
	/// What was bonded, unbonded or withdrawn.
	#[serde(with = "decimal")]
	amount: Balance,
	block: BlockNumber,
	transaction: Hash,
}

/// Sends a call that changes a stake, and waits until its block is final.
pub(super) async fn change(
	context: &Context,
	client: &Client,
	keys: &Keys,
	call: &Call,
	amount: Balance,
) -> Result<Change, Error> {
	let Submitted { number, transaction, .. } = submit(context, client, keys, call).await?;
	Ok(Change { account: keys.account(), amount, block: number, transaction })
}

/// Sends a call, and waits until its block is final.
pub(super) async fn submit(
	context: &Context,
	client: &Client,
	keys: &Keys,
	call: &Call,
) -> Result<Submitted, Error> {
	let waiting = context.output.waiting("waiting for the block to be final");
	let submitted = client.submit(keys, call, Inclusion::Finalized).await;
	waiting.finish_and_clear();
	Ok(submitted?)
}
