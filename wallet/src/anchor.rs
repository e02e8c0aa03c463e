//! What a certificate is compared with: a chain's first block and its first authorities, out of the chain's specification,
//! or any set of its authorities, by fingerprint.

use crate::files::{self, FileError};
use assay_primitives::{
	certificate::{authorities_key, Anchor, AuthorityKey, AuthoritySet, Header, Weight},
	Hash,
};
use codec::DecodeAll;
use serde_json::Value;
use sp_core::Blake2Hasher;
use sp_trie::{empty_trie_root, LayoutV1, TrieConfiguration};
use std::{
	collections::BTreeMap,
	path::{Path, PathBuf},
};

/// A specification holds the runtime, in hexadecimal, and is mostly that.
const MAX_SPEC_BYTES: u64 = 256 << 20;

/// Why a chain's specification says nothing about its authorities.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AnchorError {
	/// The file cannot be read.
	#[error(transparent)]
	File(#[from] FileError),
	/// It is no specification.
	#[error("the chain specification is malformed: {0}")]
	Malformed(String),
	/// It says how to make the first state, and not what it is.
	#[error(
		"the chain specification is a plain one: only its runtime knows the first state that it stands for"
	)]
	NotRaw,
}

impl AnchorError {
	/// What to do about it.
	pub(crate) fn advice(&self) -> &'static str {
		match self {
			Self::File(error) => error.advice(),
			Self::Malformed(_) => "Check that it is the right file.",
			Self::NotRaw => "Make a raw one with: assay-node export-chain-spec --raw --chain FILE",
		}
	}
}

/// What to compare a certificate with.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
	/// The raw specification of the chain, which tells its first block and its first authorities
	#[arg(long, value_name = "FILE", conflicts_with = "authority_set")]
	chain_spec: Option<PathBuf>,

	/// The fingerprint of a set of the chain's authorities that you trust
	#[arg(long, value_name = "HASH")]
	authority_set: Option<Hash>,
}

impl Options {
	/// Reads it. `None` if there is nothing to compare with.
	pub(crate) fn anchor(&self) -> Result<Option<Anchor>, AnchorError> {
		match (&self.chain_spec, &self.authority_set) {
			(Some(path), _) => read(path).map(Some),
			(None, Some(fingerprint)) => Ok(Some(Anchor::Set(*fingerprint))),
			(None, None) => Ok(None),
		}
	}
}

/// The fingerprint of the first authorities, or of the set that was named.
pub(crate) fn fingerprint(anchor: &Anchor) -> Hash {
	match anchor {
		Anchor::Set(fingerprint) => *fingerprint,
		Anchor::Genesis { genesis, authorities } => {
			AuthoritySet { id: 0, authorities: authorities.clone() }.fingerprint(genesis)
		},
	}
}

fn read(path: &Path) -> Result<Anchor, AnchorError> {
	let text = files::read(path, MAX_SPEC_BYTES)?;
	let spec: Value =
		serde_json::from_slice(&text).map_err(|error| AnchorError::Malformed(error.to_string()))?;
	parse(&spec)
}

fn parse(spec: &Value) -> Result<Anchor, AnchorError> {
	let genesis = spec.get("genesis").ok_or(AnchorError::Malformed("it has no genesis".into()))?;
	let raw = genesis.get("raw").ok_or(AnchorError::NotRaw)?;
	if raw.get("childrenDefault").and_then(Value::as_object).is_some_and(|children| !children.is_empty()) {
		return Err(AnchorError::Malformed("it has child tries, which this chain knows nothing of".into()));
	}
	let top = raw.get("top").and_then(Value::as_object);
	let top = top.ok_or_else(|| AnchorError::Malformed("it has no first state".into()))?;
	let storage = top
		.iter()
		.map(|(key, value)| Some((bytes(key)?, bytes(value.as_str()?)?)))
		.collect::<Option<BTreeMap<_, _>>>()
		.ok_or_else(|| AnchorError::Malformed("its first state is not hexadecimal".into()))?;
	let authorities = storage.get(&authorities_key());
	let authorities =
		authorities.and_then(|list| Vec::<(AuthorityKey, Weight)>::decode_all(&mut &list[..]).ok());
	let authorities = authorities.ok_or_else(|| AnchorError::Malformed("it names no authorities".into()))?;
	Ok(Anchor::Genesis { genesis: first_block(storage), authorities })
}

fn bytes(digits: &str) -> Option<Vec<u8>> {
	hex::decode(digits.strip_prefix("0x")?).ok()
}

/// The hash of the block that has this state, no parent and no transactions.
fn first_block(storage: BTreeMap<Vec<u8>, Vec<u8>>) -> Hash {
	let header = Header {
		parent: Hash::default(),
		number: 0,
		state_root: Hash(LayoutV1::<Blake2Hasher>::trie_root(storage).0),
		extrinsics_root: Hash(empty_trie_root::<LayoutV1<Blake2Hasher>>().0),
		digest: Vec::new(),
	};
	header.hash()
}

#[cfg(test)]
mod tests {
	use super::*;
	use codec::Encode;
	use serde_json::json;

	fn spec(value: &str) -> Value {
		let key = format!("0x{}", hex::encode(authorities_key()));
		json!({ "name": "x", "genesis": { "raw": { "top": { key: value, "0x01": "0x02" }, "childrenDefault": {} } } })
	}

	#[test]
	fn a_raw_specification_names_the_first_authorities() {
		let list: Vec<(AuthorityKey, Weight)> = vec![([7; 32], 1), ([8; 32], 2)];
		let value = format!("0x{}", hex::encode(list.encode()));
		let Ok(Anchor::Genesis { genesis, authorities }) = parse(&spec(&value)) else { panic!("not read") };
		assert_eq!(authorities, list);
		let mut other = spec(&value);
		other["genesis"]["raw"]["top"]["0x01"] = json!("0x03");
		let Ok(Anchor::Genesis { genesis: changed, .. }) = parse(&other) else { panic!("not read") };
		assert_ne!(genesis, changed, "another state makes another first block");
	}

	/// Whatever else a specification says, the first state alone makes the first block.
	#[test]
	fn whatever_the_bytes_a_specification_is_read_or_refused() {
		let list: Vec<(AuthorityKey, Weight)> = vec![([7; 32], 1), ([8; 32], 2)];
		let sample = spec(&format!("0x{}", hex::encode(list.encode())));
		let truth = parse(&sample).unwrap();
		let mut others = 0;
		crate::bytes::try_out(&[sample.to_string().into_bytes()], 1, |bytes| {
			let Ok(changed) = serde_json::from_slice::<Value>(bytes) else { return };
			let Ok(anchor) = parse(&changed) else { return };
			let state = |spec: &Value| spec["genesis"]["raw"]["top"].clone();
			assert!(anchor == truth || state(&changed) != state(&sample), "{changed}");
			others += u32::from(anchor != truth);
		});
		assert!(others > 10, "{others} other states were read");
	}

	#[test]
	fn what_is_no_raw_specification_says_so() {
		let plain = json!({ "genesis": { "runtimeGenesis": { "patch": {} } } });
		assert!(matches!(parse(&plain), Err(AnchorError::NotRaw)));
		for wrong in [
			json!({}),
			json!([]),
			json!({ "genesis": { "raw": {} } }),
			spec("0x"),
			spec("07"),
			spec("0x0400"),
		] {
			assert!(matches!(parse(&wrong), Err(AnchorError::Malformed(_))), "{wrong}");
		}
	}
}
