//! Who validates, who wants to, and the keys that takes.

use crate::{Client, Error};
use assay_primitives::{AccountId, Balance};
use codec::Decode;
use serde::{Deserialize, Serialize};
use subxt::{dynamic::Value, rpcs::client::rpc_params};

/// Session keys that a node has made for itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionKeys {
	/// The public keys, SCALE encoded as the runtime has them.
	pub keys: Vec<u8>,
	/// Shows that the node has the secrets, and for which account it has made them.
	pub proof: Vec<u8>,
}

/// As the node writes them: hexadecimal.
#[derive(Deserialize)]
struct RawSessionKeys {
	keys: String,
	proof: Option<String>,
}

/// Somebody who wants to validate.
#[derive(Clone, Debug, PartialEq, Eq, Decode, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Candidate {
	/// The account.
	pub account: AccountId,
	/// Its bond, which decides who of the candidates validates.
	#[serde(with = "assay_primitives::money::decimal")]
	pub bond: Balance,
}

impl Client {
	/// Has the node make new session keys and keep their secrets, for `owner` to register. Keys it has already stay there.
	///
	/// # Errors
	///
	/// Those of any request to the node. Nodes do this for callers on their own machine only.
	pub async fn make_session_keys(&self, owner: &AccountId) -> Result<SessionKeys, Error> {
		let method = "author_rotateKeysWithOwner";
		let owner = format!("0x{}", hex::encode(owner.0));
		let made: RawSessionKeys = self.request(method, rpc_params![owner]).await?;
		let bytes = |text: &str| hex::decode(text.trim_start_matches("0x"));
		let made = made.proof.and_then(|proof| {
			Some(SessionKeys { keys: bytes(&made.keys).ok()?, proof: bytes(&proof).ok()? })
		});
		made.ok_or_else(|| Error::Incompatible { reason: format!("{method} gives no keys with a proof") })
	}

	/// The validators of this session.
	///
	/// # Errors
	///
	/// Those of any request to the node.
	pub async fn validators(&self) -> Result<Vec<AccountId>, Error> {
		self.list("Session", "Validators").await
	}

	/// Those who want to validate, the smallest bond first. Validators of genesis are not among them.
	///
	/// # Errors
	///
	/// Those of any request to the node.
	pub async fn candidates(&self) -> Result<Vec<Candidate>, Error> {
		self.list("Candidates", "CandidateList").await
	}

	/// The validators of genesis, as far as they have not been removed since: they need no candidacy.
	///
	/// # Errors
	///
	/// Those of any request to the node.
	pub async fn permanent_validators(&self) -> Result<Vec<AccountId>, Error> {
		self.list("Candidates", "Invulnerables").await
	}

	/// What a candidate has to have reserved, besides the stake of an auditor.
	///
	/// # Errors
	///
	/// Those of any request to the node.
	pub async fn candidacy_bond(&self) -> Result<Balance, Error> {
		let bytes = self.stored("Candidates", "CandidacyBond", Vec::new()).await?;
		decode(bytes.as_deref().unwrap_or(&[0; 16]), "Candidates.CandidacyBond")
	}

	/// Whether an account has session keys on the chain.
	///
	/// # Errors
	///
	/// Those of any request to the node.
	pub async fn has_session_keys(&self, account: &AccountId) -> Result<bool, Error> {
		Ok(self.stored("Session", "NextKeys", vec![Value::from_bytes(account.0)]).await?.is_some())
	}

	async fn list<T: Decode>(&self, pallet: &str, entry: &str) -> Result<Vec<T>, Error> {
		match self.stored(pallet, entry, Vec::new()).await? {
			Some(bytes) => decode(&bytes, &format!("{pallet}.{entry}")),
			None => Ok(Vec::new()),
		}
	}
}

fn decode<T: Decode>(mut bytes: &[u8], what: &str) -> Result<T, Error> {
	let value = T::decode(&mut bytes).ok().filter(|_| bytes.is_empty());
	value.ok_or_else(|| Error::Incompatible { reason: format!("{what} is not what it should be") })
}

#[cfg(test)]
mod tests {
	use super::*;
	use codec::Encode;

	#[test]
	fn what_is_not_the_wanted_value_is_refused() {
		let stored = (vec![(AccountId([7; 32]), 5u128)]).encode();
		let candidates: Vec<Candidate> = decode(&stored, "the list").unwrap();
		assert_eq!(candidates, [Candidate { account: AccountId([7; 32]), bond: 5 }]);
		for wrong in [&stored[..stored.len() - 1], &[&stored[..], &[0]].concat()] {
			assert!(decode::<Vec<Candidate>>(wrong, "the list").is_err());
		}
	}
}
