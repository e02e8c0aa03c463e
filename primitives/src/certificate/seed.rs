//! Where an audit's seed comes from: the VRFs with which the authors of some blocks proved their right to make them.

use super::{chain::Header, CertificateError};
use crate::{audit, Hash};
use alloc::vec::Vec;
use codec::{Decode, DecodeAll, Encode};
use merlin::Transcript;
use schnorrkel::{vrf::VRFPreOut, PublicKey};

/// BABE, which makes blocks.
const ENGINE: [u8; 4] = *b"BABE";
/// The context in which the SDK makes bytes of an author's VRF output.
const OUTPUT_CONTEXT: &[u8] = b"BabeVRFInOutContext";

/// What, besides its header, decides what a block adds to a seed.
///
/// Nothing here is signed: no other values than the true ones give the seed that is on the chain, or the hash functions
/// are broken.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct SeedOrigin {
	/// The block author's key (sr25519).
	pub author: [u8; 32],
	/// The number of the epoch.
	pub epoch: u64,
	/// The epoch's randomness.
	pub randomness: [u8; 32],
}

/// What BABE tells the runtime about a block's author.
#[derive(Decode)]
struct Author {
	index: u32,
	slot: u64,
	pre_output: [u8; 32],
	_proof: [u8; 64],
}

#[derive(Decode)]
enum PreDigest {
	#[codec(index = 1)]
	Primary(Author),
	#[codec(index = 3)]
	Secondary(Author),
}

/// The slot a block was made in, and which of the authorities made it. `None` if the block has no VRF output.
pub fn author_of(header: &Header) -> Option<(u64, u32)> {
	read_author(header).map(|author| (author.slot, author.index))
}

fn read_author(header: &Header) -> Option<Author> {
	let digest = PreDigest::decode_all(&mut header.pre_runtime(&ENGINE)?).ok()?;
	let (PreDigest::Primary(author) | PreDigest::Secondary(author)) = digest;
	Some(author)
}

impl SeedOrigin {
	/// What the block with this header adds.
	fn output(&self, header: &Header) -> Result<[u8; 32], CertificateError> {
		let author = read_author(header).ok_or(CertificateError::NoVrf)?;
		let mut transcript = Transcript::new(&ENGINE);
		transcript.append_message(b"slot number", &author.slot.to_le_bytes());
		transcript.append_message(b"current epoch", &self.epoch.to_le_bytes());
		transcript.append_message(b"chain randomness", &self.randomness);
		let in_out = PublicKey::from_bytes(&self.author)
			.and_then(|key| VRFPreOut::from_bytes(&author.pre_output)?.attach_input_hash(&key, transcript))
			.map_err(|_| CertificateError::WrongSeed)?;
		Ok(in_out.make_bytes(OUTPUT_CONTEXT))
	}
}

/// What the blocks that make a seed add to it, oldest first.
pub(super) type Outputs = Vec<[u8; 32]>;

/// The seed that the first of these blocks make, as many as there are origins, and what it is made of.
///
/// How many that have to be need not be said: the number is a part of what is hashed, so no other one gives the seed that
/// is on the chain.
pub(super) fn seed(origins: &[SeedOrigin], headers: &[Header]) -> Result<(Hash, Outputs), CertificateError> {
	let headers = headers.get(..origins.len()).ok_or(CertificateError::WrongSeed)?;
	let last = headers.last().ok_or(CertificateError::WrongSeed)?;
	let outputs = origins.iter().zip(headers).map(|(origin, header)| origin.output(header));
	let outputs = outputs.collect::<Result<Outputs, _>>()?;
	Ok((audit::seed(last.number, &outputs), outputs))
}
