//! Blocks: their headers, and the transactions in them that nobody signs.

use crate::{BlockNumber, Hash};
use alloc::vec::Vec;
use blake2::{digest::consts::U32, Blake2b, Digest};
use codec::{Compact, Decode, Encode, Input};

/// How the chain names blocks, trie nodes and everything else that is not Assay's own.
pub(super) fn blake2(bytes: &[u8]) -> Hash {
	Hash(Blake2b::<U32>::digest(bytes).into())
}

/// Who reads a digest item: `BABE`, `FRNK`.
pub type EngineId = [u8; 4];

/// A note in a block's header, as the SDK encodes it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum DigestItem {
	/// Nobody's.
	#[codec(index = 0)]
	Other(Vec<u8>),
	/// From the runtime to a consensus engine.
	#[codec(index = 4)]
	Consensus(EngineId, Vec<u8>),
	/// The author's signature.
	#[codec(index = 5)]
	Seal(EngineId, Vec<u8>),
	/// From a consensus engine to the runtime.
	#[codec(index = 6)]
	PreRuntime(EngineId, Vec<u8>),
	/// The runtime was replaced.
	#[codec(index = 8)]
	RuntimeEnvironmentUpdated,
}

/// A block's header, as the SDK encodes it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Header {
	/// The block before it.
	pub parent: Hash,
	/// How many blocks are before it.
	#[codec(compact)]
	pub number: BlockNumber,
	/// Root of the state after it.
	pub state_root: Hash,
	/// Root of the trie over its transactions, each under the SCALE-compact of its index.
	pub extrinsics_root: Hash,
	/// Notes.
	pub digest: Vec<DigestItem>,
}

impl Header {
	/// The hash that names the block.
	pub fn hash(&self) -> Hash {
		blake2(&self.encode())
	}

	/// The first note of the runtime for a consensus engine that `read` can make something of.
	pub(super) fn find_consensus<T>(
		&self,
		engine: &EngineId,
		read: impl Fn(&[u8]) -> Option<T>,
	) -> Option<T> {
		self.digest.iter().find_map(|item| match item {
			DigestItem::Consensus(id, bytes) if id == engine => read(bytes),
			_ => None,
		})
	}

	/// What a consensus engine told the runtime.
	pub(super) fn pre_runtime(&self, engine: &EngineId) -> Option<&[u8]> {
		self.digest.iter().find_map(|item| match item {
			DigestItem::PreRuntime(id, bytes) if id == engine => Some(&bytes[..]),
			_ => None,
		})
	}
}

/// The number of the pallet that keeps jobs, in the runtime's calls.
pub const COMPUTE_PALLET: u8 = 20;
/// The number of its call `submit_audit`.
pub const SUBMIT_AUDIT: u8 = 7;
/// The first byte of a transaction of version 5 that carries extensions and no signature of its own.
const GENERAL_TRANSACTION: u8 = 0b0100_0101;
/// The one version of the runtime's set of extensions.
const EXTENSIONS_VERSION: u8 = 0;

/// The call in a transaction that authorises itself, as it stands in a block. `None` if it is no such transaction.
///
/// Read from the front, extension by extension: the last bytes alone could as well be data in some other call.
pub fn authorised_call(extrinsic: &[u8]) -> Option<&[u8]> {
	let mut rest = extrinsic;
	let length = Compact::<u32>::decode(&mut rest).ok()?.0;
	if usize::try_from(length) != Ok(rest.len()) {
		return None;
	}
	if rest.read_byte().ok()? != GENERAL_TRANSACTION || rest.read_byte().ok()? != EXTENSIONS_VERSION {
		return None;
	}
	// For how long the transaction holds: one byte for ever, two for some time.
	if rest.read_byte().ok()? != 0 {
		rest.read_byte().ok()?;
	}
	Compact::<u32>::decode(&mut rest).ok()?; // nonce
	Compact::<u128>::decode(&mut rest).ok()?; // tip
	let commits_to_metadata = rest.read_byte().ok()?;
	(commits_to_metadata <= 1).then_some(rest)
}
