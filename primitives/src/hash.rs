//! The 32-byte hash everything is addressed and committed by, and the domains it is used in.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// Domain of [`crate::TaskOutcome::leaf`].
pub const LEAF: &str = "assay.leaf.v1";
/// Domain of an inner node of a Merkle tree.
pub const NODE: &str = "assay.node.v1";
/// Domain that binds the number of leaves to the top of a Merkle tree.
pub const ROOT: &str = "assay.root.v1";
/// Domain of the commitment to a batch key.
pub const KEY: &str = "assay.key.v1";
/// Domain in which a worker derives its batch keys from its own secret.
pub const BATCH_KEY: &str = "assay.batch-key.v1";
/// Domain of a leaf in the tree over sealed outputs.
pub const SEALED: &str = "assay.sealed.v1";
/// Domain of an auditor's blind tag.
pub const TAG: &str = "assay.tag.v1";
/// Domain of the hash that names a receipt.
pub const RECEIPT: &str = "assay.receipt.v1";
/// Domain of the decision whether a batch is audited at all.
pub const RATE: &str = "assay.rate.v1";
/// Domain of the stream that sample indices are drawn from.
pub const SAMPLES: &str = "assay.samples.v1";
/// Domain of a task's own input in the tree a per-task job commits to.
pub const INPUT: &str = "assay.input.v1";
/// Domain of what a validator signs in a dispute.
pub const VOTE: &str = "assay.vote.v1";
/// Domain of the fingerprint by which people compare sets of the chain's authorities.
pub const AUTHORITIES: &str = "assay.authorities.v1";
/// Domain of the seed that a block's VRF output becomes.
pub const SEED: &str = "assay.seed.v1";

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
pub fn derive(domain: &str, value: &impl Encode) -> Hash {
	value.using_encoded(|bytes| Hash(blake3::derive_key(domain, bytes)))
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
