//! Transactions that can be interrupted: signed once, kept by the caller, handed in as often as needed, and found again.
//!
//! A [`Prepared`] transaction takes effect once at most, however often it is handed in: its nonce sees to that. Whoever
//! writes it down before handing it in can find out after a crash what became of it, and never pays twice.

use crate::{
	transactions::{is_about_nonce, pool, refusal, MORTALITY},
	Call, Client, Error, Keys, Submitted,
};
use assay_primitives::{AccountId, BlockNumber, Hash};
use serde::{Deserialize, Serialize};
use std::fmt::Display;
use subxt::{
	ext::scale_value::At,
	rpcs::client::rpc_params,
	utils::{AccountId32, H256},
};

/// A signed transaction, to be kept until it is known what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Prepared {
	/// Who signed it.
	pub account: AccountId,
	/// Its number among the account's transactions.
	pub nonce: u64,
	/// It is in a later block than this, or in none.
	pub birth: BlockNumber,
	/// It is in an earlier block than this, or in none.
	pub death: BlockNumber,
	/// What is handed in.
	#[serde(with = "hexadecimal")]
	bytes: Vec<u8>,
}

/// Bytes as `0x…`.
mod hexadecimal {
	use serde::{de::Error, Deserialize, Deserializer, Serializer};

	pub(super) fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
		serializer.collect_str(&format_args!("0x{}", hex::encode(bytes)))
	}

	pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
		let text = String::deserialize(deserializer)?;
		hex::decode(text.strip_prefix("0x").unwrap_or(&text)).map_err(D::Error::custom)
	}
}

/// What became of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whereabouts {
	/// It may still reach a block.
	Pending,
	/// It is in a block, which a fork may still revert.
	Included {
		/// The block.
		block: Hash,
		/// Its height.
		number: BlockNumber,
	},
	/// It is in a block that is final.
	Final {
		/// The block.
		block: Hash,
		/// Its height.
		number: BlockNumber,
	},
	/// It is in no block, and cannot reach one any more: another one can be signed in its place.
	Gone,
}

/// How far a transaction has been looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Search {
	next: BlockNumber,
}

impl Prepared {
	/// A search for it, from the first block it can be in.
	pub fn search(&self) -> Search {
		Search { next: self.birth.saturating_add(1) }
	}
}

impl Client {
	/// Signs a call without handing it in.
	///
	/// # Errors
	///
	/// Those of any request to the node.
	pub async fn prepare(&self, keys: &Keys, call: &Call) -> Result<Prepared, Error> {
		let _turn = self.submission_turn(keys.account()).await;
		let (transaction, nonce, birth) = self.sign_within(keys, call).await?;
		let lifetime = BlockNumber::try_from(MORTALITY).unwrap_or(BlockNumber::MAX);
		Ok(Prepared {
			account: keys.account(),
			nonce,
			birth,
			death: birth.saturating_add(lifetime),
			bytes: transaction.encoded().to_vec(),
		})
	}

	/// Hands a transaction to the node's pool. `call` names it in errors. It is no error if it is there already, or if its nonce is used, be it by
	/// itself or by another one: [`Client::find`] tells.
	///
	/// # Errors
	///
	/// [`Error::Refused`] and [`Error::Dropped`] if the pool does not take it; those of any request to the node.
	pub async fn hand_over(&self, call: &(dyn Display + Sync), transaction: &Prepared) -> Result<(), Error> {
		let method = "author_submitExtrinsic";
		let encoded = format!("0x{}", hex::encode(&transaction.bytes));
		match self.request::<H256>(method, rpc_params![encoded]).await {
			Ok(_) => Ok(()),
			Err(error)
				if matches!(error.rpc_code(), Some(pool::ALREADY_IMPORTED | pool::TEMPORARILY_BANNED)) =>
			{
				Ok(())
			},
			Err(error) => match refusal(call, error) {
				error if is_about_nonce(&error) => Ok(()),
				error => Err(error),
			},
		}
	}

	/// Looks for a transaction in the blocks it can be in. Blocks that are final are looked into once per `search`.
	///
	/// # Errors
	///
	/// Those of any request to the node.
	pub async fn find(&self, transaction: &Prepared, search: &mut Search) -> Result<Whereabouts, Error> {
		// Before the blocks: a transaction that was not in those up to here, with its nonce used by then, never will be.
		let finalized = self.finalized_block().await?;
		let is_nonce_used = self.final_nonce(&transaction.account).await? > transaction.nonce;
		let best = self.best_block().await?.max(finalized);
		let last = best.min(transaction.death.saturating_sub(1));
		for number in search.next..=last {
			let Some(hash) = self.block_hash(number).await? else { break };
			if self.holds(hash, &transaction.bytes).await? {
				let is_final = number <= finalized;
				return Ok(if is_final {
					Whereabouts::Final { block: hash, number }
				} else {
					Whereabouts::Included { block: hash, number }
				});
			}
			if number <= finalized {
				search.next = number.saturating_add(1);
			}
		}
		let is_over = finalized.saturating_add(1) >= transaction.death;
		// The nonce was looked up after the height: what used it may be in a block after that.
		let is_replaced = is_nonce_used && self.was_replaced(transaction, search).await?;
		Ok(if is_over || is_replaced { Whereabouts::Gone } else { Whereabouts::Pending })
	}

	/// Whether the nonce was used by another transaction, all final blocks of now considered.
	async fn was_replaced(&self, transaction: &Prepared, search: &mut Search) -> Result<bool, Error> {
		let finalized = self.finalized_block().await?;
		for number in search.next..=finalized.min(transaction.death.saturating_sub(1)) {
			let Some(hash) = self.block_hash(number).await? else { return Ok(false) };
			if self.holds(hash, &transaction.bytes).await? {
				return Ok(false);
			}
			search.next = number.saturating_add(1);
		}
		Ok(true)
	}

	/// What a transaction did in the block it is in. `call` names it in errors.
	///
	/// # Errors
	///
	/// [`Error::Dispatch`] if the call failed there; those of any request to the node, also if the node has forgotten
	/// the block's state.
	pub async fn effect(
		&self,
		call: &(dyn Display + Sync),
		transaction: &Prepared,
		block: Hash,
	) -> Result<Submitted, Error> {
		self.outcome(call, &transaction.bytes, H256(block.0)).await
	}

	async fn holds(&self, block: Hash, transaction: &[u8]) -> Result<bool, Error> {
		let body = self.transactions(block).await?;
		Ok(body.is_some_and(|body| body.iter().any(|included| included == transaction)))
	}

	/// How many transactions of an account are in final blocks.
	async fn final_nonce(&self, account: &AccountId) -> Result<u64, Error> {
		let what = "the account's nonce";
		let at = self.at_finalized().await?;
		let address = subxt::storage::dynamic::<_, subxt::dynamic::Value>("System", "Account");
		let account = at.storage().try_fetch(address, (AccountId32(account.0),)).await;
		let Some(account) = account.map_err(|error| Error::from_subxt(what, error))? else { return Ok(0) };
		let account = account.decode().map_err(|error| Error::from_subxt(what, error))?;
		let nonce =
			account.at("nonce").and_then(|nonce| nonce.as_u128()).and_then(|nonce| nonce.try_into().ok());
		nonce.ok_or_else(|| Error::Incompatible { reason: "accounts have no nonce".into() })
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn a_transaction_that_was_written_down_is_the_same_when_it_is_read() {
		let prepared =
			Prepared { account: AccountId([7; 32]), nonce: 3, birth: 9, death: 73, bytes: vec![0, 1, 254] };
		let text = serde_json::to_string(&prepared).unwrap();
		assert!(text.contains("0x0001fe"), "{text}");
		assert_eq!(serde_json::from_str::<Prepared>(&text).unwrap(), prepared);
		assert_eq!(prepared.search().next, 10);
	}
}
