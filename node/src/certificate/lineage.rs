//! Who makes blocks final: the sets of authorities, how they handed over to each other, and the votes that a node keeps.

use super::{header_at, CertifyError};
use crate::service::{FullBackend, FullClient};
use assay_primitives::certificate::{
	next_authorities, Authorities, AuthorityKey, AuthoritySet, Finalised, Handover, Header, Justification,
	Weight,
};
use assay_primitives::BlockNumber;
use assay_runtime::{opaque::Block, Hash};
use codec::{DecodeAll, Encode};
use sc_client_api::BlockBackend;
use sc_consensus_grandpa::{best_justification, SharedAuthoritySet, GRANDPA_ENGINE_ID};

/// The sets of authorities until now.
pub(super) struct Lineage {
	/// The set that every known change ended, and its last block; ascending.
	ended: Vec<(u64, BlockNumber)>,
}

/// The sets that a certificate shows if nobody asks for others, and the bytes these take. More would make it too large.
const MAX_HANDOVERS: u64 = 1_024;
const MAX_HANDOVER_BYTES: usize = 4 << 20;

impl Lineage {
	pub(super) fn read(sets: &SharedAuthoritySet<Hash, BlockNumber>) -> Result<Self, CertifyError> {
		let changes = sets.authority_set_changes();
		let ended = changes.iter_from(0).ok_or(CertifyError::NoLineage(0))?.copied().collect();
		Ok(Self { ended })
	}

	/// The set that votes for that block.
	pub(super) fn set_of(&self, block: BlockNumber) -> u64 {
		let ended = self.ended.iter().find(|(_, last)| *last >= block).map(|(set, _)| *set);
		ended.unwrap_or_else(|| self.ended.last().map_or(0, |(set, _)| set.saturating_add(1)))
	}

	/// All sets from `asked` on, or from set 0 if that is not too much, to `newest`, of which those from `oldest` on are
	/// needed.
	pub(super) fn show(
		&self,
		client: &FullClient,
		genesis: impl Fn() -> Result<Vec<(AuthorityKey, Weight)>, CertifyError>,
		asked: Option<u64>,
		(oldest, newest): (u64, u64),
	) -> Result<Authorities, CertifyError> {
		if let Some(asked) = asked.filter(|asked| *asked > oldest) {
			return Err(CertifyError::LaterSet { asked, needed: oldest });
		}
		let from = |first| self.from(client, &genesis, first, newest);
		if let Some(asked) = asked {
			return from(asked);
		}
		if newest <= MAX_HANDOVERS {
			let all = from(0)?;
			if all.encoded_size() <= MAX_HANDOVER_BYTES {
				return Ok(all);
			}
		}
		from(oldest)
	}

	fn from(
		&self,
		client: &FullClient,
		genesis: impl Fn() -> Result<Vec<(AuthorityKey, Weight)>, CertifyError>,
		first: u64,
		newest: u64,
	) -> Result<Authorities, CertifyError> {
		let authorities = match first.checked_sub(1) {
			None => genesis()?,
			Some(before) => {
				next_authorities(&self.last_header(client, before)?).ok_or(CertifyError::NoLineage(before))?
			},
		};
		let handovers = (first..newest).map(|set| self.hand_over(client, set)).collect::<Result<_, _>>()?;
		Ok(Authorities { first: AuthoritySet { id: first, authorities }, handovers })
	}

	fn last_header(&self, client: &FullClient, set: u64) -> Result<Header, CertifyError> {
		let ended = self.ended.iter().find(|(id, _)| *id == set);
		let (_, last) = ended.ok_or(CertifyError::NoLineage(set))?;
		header_at(client, *last)
	}

	fn hand_over(&self, client: &FullClient, set: u64) -> Result<Handover, CertifyError> {
		let header = self.last_header(client, set)?;
		let justification = kept_votes(client, &header)?.ok_or(CertifyError::NoLineage(set))?;
		Ok(Handover { header, justification })
	}
}

/// The votes that this node keeps for a block, if it does.
pub(super) fn kept_votes(
	client: &FullClient,
	header: &Header,
) -> Result<Option<Justification>, CertifyError> {
	let all = client.justifications(header.hash().0.into())?;
	let votes = all.and_then(|all| all.into_justification(GRANDPA_ENGINE_ID));
	Ok(votes.and_then(|votes| Justification::decode_all(&mut &votes[..]).ok()))
}

/// The block that became final last, and the votes for it.
pub(super) fn last_final(
	backend: &FullBackend,
	client: &FullClient,
) -> Result<(Header, Justification), CertifyError> {
	let votes = best_justification::<_, Block>(backend)?.ok_or(CertifyError::NothingFinal)?;
	let votes = Justification::decode_all(&mut &votes.encode()[..])
		.map_err(|error| CertifyError::Database(format!("unreadable votes: {error}")))?;
	let header =
		client.header(votes.target.target.0.into())?.ok_or(CertifyError::NoBlock(votes.target.number))?;
	Ok((super::translate(&header)?, votes))
}

impl Lineage {
	/// Votes together with the set that cast them.
	pub(super) fn finalised(&self, justification: Justification) -> Finalised {
		Finalised { set: self.set_of(justification.target.number), justification }
	}
}
