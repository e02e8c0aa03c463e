//! Whether an account can pay for what it is about to do.

use crate::error::Error;
use assay_client::{Amount, Call, Client, Keys};
use assay_primitives::Balance;

/// What an account has, and what a call will cost it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Funds {
	/// What it can spend and go on existing.
	pub(super) spendable: Balance,
	/// The transaction's fee, as the node estimates it.
	pub(super) fee: Balance,
}

/// Checks that the account can spend `amount` and the fee of `call`, and that the chain would carry the call out now.
pub(super) async fn check(
	client: &Client,
	keys: &Keys,
	call: &Call,
	amount: Balance,
) -> Result<Funds, Error> {
	let balance = client.balance(&keys.account()).await?;
	let spendable = balance.spendable(client.existential_deposit().await?);
	let fee = client.estimate_fee(keys, call).await?;
	let needed = amount.saturating_add(fee);
	if needed > spendable {
		return Err(Error::Money {
			account: keys.account(),
			spendable: Amount(spendable),
			needed: Amount(needed),
			fee: Amount(fee),
		});
	}
	client.rehearse(keys, call).await?;
	Ok(Funds { spendable, fee })
}
