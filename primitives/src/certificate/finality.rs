//! Finality: that more than two thirds of the chain's authorities signed a block, and who the authorities are.
//!
//! The rules are those of GRANDPA as the SDK runs it. What is signed is `SCALE(precommit message, round, set)`.

use super::{chain::Header, CertificateError};
use crate::{hash, BlockNumber, Hash};
use alloc::{
	collections::{BTreeMap, BTreeSet},
	vec::Vec,
};
use codec::{Decode, DecodeAll, Encode};
use ed25519_zebra::{Signature, VerificationKey};

/// An authority's key (ed25519).
pub type AuthorityKey = [u8; 32];
/// How much an authority's vote counts.
pub type Weight = u64;

/// Reads the digests of GRANDPA.
const ENGINE: [u8; 4] = *b"FRNK";
/// In front of a precommit among the messages that authorities sign.
const PRECOMMIT: u8 = 1;

/// Who decides which blocks are final.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct AuthoritySet {
	/// How many sets there were before.
	pub id: u64,
	/// Keys and weights.
	pub authorities: Vec<(AuthorityKey, Weight)>,
}

impl AuthoritySet {
	/// The hash by which a person can compare the set, and the chain it is of, with what others say:
	/// `BLAKE3-derive_key("assay.authorities.v1", SCALE(genesis, id, authorities))`.
	pub fn fingerprint(&self, genesis: &Hash) -> Hash {
		hash::derive(hash::AUTHORITIES, &(genesis, self))
	}

	/// The weight of each authority, if every one is named once and counts.
	fn weights(&self) -> Option<BTreeMap<AuthorityKey, Weight>> {
		let weights: BTreeMap<_, _> = self.authorities.iter().copied().collect();
		let is_sound = weights.len() == self.authorities.len() && weights.values().all(|weight| *weight > 0);
		(is_sound && !weights.is_empty()).then_some(weights)
	}
}

/// A block that an authority holds to be final if enough others do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Precommit {
	/// The block.
	pub target: Hash,
	/// Its number.
	pub number: BlockNumber,
}

/// A precommit with the signature of its authority.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct SignedPrecommit {
	/// What is signed.
	pub precommit: Precommit,
	/// The ed25519 signature.
	pub signature: [u8; 64],
	/// The authority.
	pub authority: AuthorityKey,
}

/// Votes that make a block final, as the SDK encodes them.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Justification {
	/// The round of voting.
	pub round: u64,
	/// The block that is final.
	pub target: Precommit,
	/// The votes, each for that block or one after it.
	pub precommits: Vec<SignedPrecommit>,
	/// The headers that lead from later blocks back to that one.
	pub ancestries: Vec<Header>,
}

/// Votes, and the set of authorities that cast them.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Finalised {
	/// [`AuthoritySet::id`].
	pub set: u64,
	/// The votes.
	pub justification: Justification,
}

/// The last block of a set of authorities, which names the next set.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Handover {
	/// The block.
	pub header: Header,
	/// The votes of the set that hands over.
	pub justification: Justification,
}

/// Who signs, from a set that somebody may know to the sets that signed what matters here.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Authorities {
	/// The first set.
	pub first: AuthoritySet,
	/// How the authority went on from there, set by set.
	pub handovers: Vec<Handover>,
}

#[derive(Decode)]
enum ConsensusLog {
	#[codec(index = 1)]
	ScheduledChange { authorities: Vec<(AuthorityKey, Weight)>, delay: BlockNumber },
}

/// The authorities that take over with the end of a block. `None` if none do, or not at once.
pub fn next_authorities(header: &Header) -> Option<Vec<(AuthorityKey, Weight)>> {
	let change = header.find_consensus(&ENGINE, |bytes| ConsensusLog::decode_all(&mut &bytes[..]).ok());
	change
		.and_then(|ConsensusLog::ScheduledChange { authorities, delay }| (delay == 0).then_some(authorities))
}

impl Authorities {
	/// All the sets, each legitimised by the one before.
	pub(super) fn sets(&self) -> Result<Vec<AuthoritySet>, CertificateError> {
		let mut sets = Vec::new();
		let mut current = self.first.clone();
		for Handover { header, justification } in &self.handovers {
			justification.verify(header, &current)?;
			let failed = CertificateError::BadHandover { set: current.id };
			let authorities = next_authorities(header).ok_or(failed.clone())?;
			let id = current.id.checked_add(1).ok_or(failed)?;
			sets.push(core::mem::replace(&mut current, AuthoritySet { id, authorities }));
		}
		sets.push(current);
		Ok(sets)
	}
}

impl Finalised {
	/// Checks that one of these sets made that block final.
	pub(super) fn verify(&self, header: &Header, sets: &[AuthoritySet]) -> Result<(), CertificateError> {
		let set = sets.iter().find(|set| set.id == self.set);
		self.justification.verify(header, set.ok_or(CertificateError::UnknownSet { set: self.set })?)
	}
}

impl Justification {
	/// Checks that authorities of more than two thirds of the set's weight signed that block or later ones.
	pub(super) fn verify(&self, header: &Header, set: &AuthoritySet) -> Result<(), CertificateError> {
		use CertificateError as E;
		let target = Precommit { target: header.hash(), number: header.number };
		if self.target != target {
			return Err(E::WrongTarget { block: header.number });
		}
		let weights = set.weights().ok_or(E::BadAuthoritySet { set: set.id })?;
		let parents: BTreeMap<Hash, &Header> =
			self.ancestries.iter().map(|header| (header.hash(), header)).collect();
		let mut visited = BTreeSet::new();
		let mut voters = BTreeSet::new();
		for SignedPrecommit { precommit, signature, authority } in &self.precommits {
			if !weights.contains_key(authority) {
				return Err(E::UnknownVoter { set: set.id, authority: Hash(*authority) });
			}
			let message = (PRECOMMIT, precommit, self.round, set.id).encode();
			let is_signed = VerificationKey::try_from(*authority)
				.and_then(|key| key.verify(&Signature::from(*signature), &message))
				.is_ok();
			if !is_signed {
				return Err(E::BadVote { authority: Hash(*authority) });
			}
			if !descends(precommit, &target, &parents, &mut visited) {
				return Err(E::StrayVote { authority: Hash(*authority) });
			}
			voters.insert(*authority);
		}
		if visited.len() != self.ancestries.len() {
			return Err(E::SurplusHeaders);
		}
		ensure_majority(&weights, &voters)
	}
}

/// Whether a vote is for `target` or for a block after it. Notes which headers show that.
fn descends(
	vote: &Precommit,
	target: &Precommit,
	parents: &BTreeMap<Hash, &Header>,
	visited: &mut BTreeSet<Hash>,
) -> bool {
	let mut current = *vote;
	while current != *target {
		let Some(header) = parents.get(&current.target).filter(|header| header.number == current.number)
		else {
			return false;
		};
		let Some(number) = current.number.checked_sub(1) else { return false };
		visited.insert(current.target);
		current = Precommit { target: header.parent, number };
	}
	true
}

fn ensure_majority(
	weights: &BTreeMap<AuthorityKey, Weight>,
	voters: &BTreeSet<AuthorityKey>,
) -> Result<(), CertificateError> {
	let sum = |keys: &mut dyn Iterator<Item = &Weight>| keys.map(|weight| u128::from(*weight)).sum::<u128>();
	// At most 2^32 authorities of 64 bits each: no sum leaves 128 bits.
	let total = sum(&mut weights.values());
	let cast = sum(&mut voters.iter().filter_map(|voter| weights.get(voter)));
	// All but as many as may be faulty, which is less than a third.
	let needed = total.saturating_sub(total.saturating_sub(1) / 3);
	if cast < needed {
		return Err(CertificateError::TooFewVotes { cast, needed, total });
	}
	Ok(())
}
