//! The 32-byte hash everything is addressed and committed by, and the domains it is used in.

use blake3::hazmat::{self, ContextKey, HasherExt};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// What hashes of one kind are kept apart from all others by: a context of BLAKE3's key derivation, and the key that the
/// context comes to. Hashing the context costs as much as most of what is hashed in it, so the key is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Domain {
	context: &'static str,
	key: ContextKey,
}

impl Domain {
	/// The domain of that context.
	pub fn new(context: &'static str) -> Self {
		Self { context, key: hazmat::hash_derive_key_context(context) }
	}

	/// A domain whose key has been computed before, in hexadecimal.
	const fn hashed(context: &'static str, key: &[u8; 64]) -> Self {
		Self { context, key: unhex(key) }
	}

	/// The context.
	pub const fn context(&self) -> &'static str {
		self.context
	}

	/// Starts to hash something in this domain.
	pub(crate) fn hasher(&self) -> blake3::Hasher {
		blake3::Hasher::new_from_context_key(&self.key)
	}
}

/// The bytes that 64 hexadecimal digits, in small letters, stand for.
const fn unhex(digits: &[u8; 64]) -> [u8; 32] {
	const fn value(digit: u8) -> u8 {
		match digit {
			b'0'..=b'9' => digit - b'0',
			b'a'..=b'f' => digit - b'a' + 10,
			_ => panic!("not a hexadecimal digit"),
		}
	}
	let mut bytes = [0; 32];
	let mut place = 0;
	while place < bytes.len() {
		bytes[place] = value(digits[2 * place]) * 16 + value(digits[2 * place + 1]);
		place += 1;
	}
	bytes
}

/// Domain of [`crate::TaskOutcome::leaf`].
pub const LEAF: Domain =
	Domain::hashed("assay.leaf.v1", b"e48e1c2bfa91e4b1403eabb0a88ed232ca30effefb2d16bb9b88810a80aeee6c");
/// Domain of an inner node of a Merkle tree.
pub const NODE: Domain =
	Domain::hashed("assay.node.v1", b"3d013a4d273a266cf2bfefe27d1b503768cec0c6f8158e9f3fe86b53ee79ea90");
/// Domain that binds the number of leaves to the top of a Merkle tree.
pub const ROOT: Domain =
	Domain::hashed("assay.root.v1", b"461223bf929eb12c0fbf06dd9e44ab2cefd4dfeb4a757e5eac0fc4a3d3bbd1e4");
/// Domain of the commitment to a batch key.
pub const KEY: Domain =
	Domain::hashed("assay.key.v1", b"bbde01a77891516e571639e354afcbca45bfafafbbf68e75684394a1d5394b55");
/// Domain in which a worker derives its batch keys from its own secret.
pub const BATCH_KEY: Domain =
	Domain::hashed("assay.batch-key.v1", b"b03460edfe920cbf1874c11e304df324d56a68c71a53787d26bafd8f325fcd0d");
/// Domain of a leaf in the tree over sealed outputs.
pub const SEALED: Domain =
	Domain::hashed("assay.sealed.v1", b"16756dcad3ee6de77185cc3b616c860fdf238ec45f48d64b0496aacfd1d2889a");
/// Domain of an auditor's blind tag.
pub const TAG: Domain =
	Domain::hashed("assay.tag.v1", b"83f67e15f37db5d20e1249f800bda1238f5b700071bf9fb089a6fa627e8c448e");
/// Domain of the hash that names a receipt.
pub const RECEIPT: Domain =
	Domain::hashed("assay.receipt.v1", b"6b0b49d631b7b19e49a9014ce3ba446d96b0dce131bef164f6d00f27a1dc500e");
/// Domain of the decision whether a batch is audited at all.
pub const RATE: Domain =
	Domain::hashed("assay.rate.v1", b"46d013b903b4ab4c9a044a22200b9254ff22cf6b6587dc939a7d1a239ed54735");
/// Domain of the stream that sample indices are drawn from.
pub const SAMPLES: Domain =
	Domain::hashed("assay.samples.v1", b"eecaaef29752e3404baf86a7b4dd369f2c2105f1a5fbb9de7317a2356cc80b55");
/// Domain of a task's own input in the tree a per-task job commits to.
pub const INPUT: Domain =
	Domain::hashed("assay.input.v1", b"bf3c2d36020b916303a5157212e6acb86b414639f7bc324edde270d3d5c94e63");
/// Domain of what a validator signs in a dispute.
pub const VOTE: Domain =
	Domain::hashed("assay.vote.v1", b"7cb99815897152f2f266429430e236235fdb794c75e03b8531d1cb2e2804cc3e");
/// Domain of the fingerprint by which people compare sets of the chain's authorities.
pub const AUTHORITIES: Domain = Domain::hashed(
	"assay.authorities.v1",
	b"f4f0bdd82d4fc836368821f3c7e3ce021f79760e04612df75586f3e2299a259f",
);
/// Domain of the seed that a block's VRF output becomes.
pub const SEED: Domain =
	Domain::hashed("assay.seed.v1", b"b5e3c2339d3cd7929f37b14b8e947c8e2df5be3fdb03f5b9cdf01d2783ea0990");

/// A BLAKE3 hash. Shown and read as `0x` and 64 hexadecimal digits.
#[derive(
	Clone,
	Copy,
	Default,
	PartialEq,
	Eq,
	PartialOrd,
	Ord,
	Hash,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub struct Hash(pub [u8; 32]);

impl Hash {
	/// The plain BLAKE3 hash of `bytes`: the address of a blob.
	pub fn of(bytes: &[u8]) -> Self {
		Self(blake3::hash(bytes).into())
	}

	/// The bytes.
	pub fn as_bytes(&self) -> &[u8; 32] {
		&self.0
	}
}

impl From<[u8; 32]> for Hash {
	fn from(bytes: [u8; 32]) -> Self {
		Self(bytes)
	}
}

impl AsRef<[u8]> for Hash {
	fn as_ref(&self) -> &[u8] {
		&self.0
	}
}

impl core::fmt::Display for Hash {
	fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
		f.write_str("0x")?;
		self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
	}
}

impl core::fmt::Debug for Hash {
	fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
		core::fmt::Display::fmt(self, f)
	}
}

/// `BLAKE3-derive_key(domain, SCALE(value))`.
pub fn derive(domain: Domain, value: &impl Encode) -> Hash {
	value.using_encoded(|bytes| Hash(domain.hasher().update(bytes).finalize().into()))
}

#[cfg(feature = "serde")]
impl core::str::FromStr for Hash {
	type Err = hex::FromHexError;

	fn from_str(text: &str) -> Result<Self, Self::Err> {
		let mut bytes = [0; 32];
		hex::decode_to_slice(text.strip_prefix("0x").unwrap_or(text), &mut bytes)?;
		Ok(Self(bytes))
	}
}

#[cfg(feature = "serde")]
impl serde::Serialize for Hash {
	fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
		serializer.collect_str(self)
	}
}

#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for Hash {
	fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
		let text = <alloc::string::String as serde::Deserialize>::deserialize(deserializer)?;
		text.parse().map_err(serde::de::Error::custom)
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	const DOMAINS: [Domain; 14] = [
		LEAF,
		NODE,
		ROOT,
		KEY,
		BATCH_KEY,
		SEALED,
		TAG,
		RECEIPT,
		RATE,
		SAMPLES,
		INPUT,
		VOTE,
		AUTHORITIES,
		SEED,
	];

	#[test]
	fn kept_keys_are_those_of_their_contexts() {
		for domain in DOMAINS {
			assert_eq!(Domain::new(domain.context()), domain);
			assert_eq!(derive(domain, &[7u8; 100]).0, blake3::derive_key(domain.context(), &[7; 100]));
		}
	}

	#[test]
	fn no_two_domains_are_the_same() {
		for (place, domain) in DOMAINS.iter().enumerate() {
			assert!(DOMAINS[..place].iter().all(|other| other != domain), "{domain:?} is there twice");
		}
	}
}
