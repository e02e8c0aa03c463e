//! Reports validators that produce two blocks in one slot.
//!
//! The block import of the SDK compares headers from which the seals have been taken, and reports something that proves
//! nothing; the runtime lets such reports through no more. This watches what has been imported, seals and all.

use assay_runtime::{opaque::Block, Hash, Header};
use futures::StreamExt;
use sc_client_api::BlockchainEvents;
use sc_transaction_pool_api::OffchainTransactionPoolFactory;
use sp_api::{ApiError, ApiExt, ProvideRuntimeApi};
use sp_blockchain::HeaderBackend;
use sp_consensus::BlockOrigin;
use sp_consensus_babe::{
	digests::{CompatibleDigestItem, PreDigest},
	AuthorityId, BabeApi, EquivocationProof, Slot,
};
use std::{collections::BTreeMap, sync::Arc};

const LOG_TARGET: &str = "equivocations";

/// Slots whose headers are remembered: what comes later than that is an old fork.
const SLOTS_KEPT: u64 = 1_000;

/// What the watch needs.
pub(crate) struct EquivocationParams<Client> {
	pub(crate) client: Arc<Client>,
	/// Where reports go. Only block authors can include them, so only a validator has any use for this watch.
	pub(crate) pool: OffchainTransactionPoolFactory<Block>,
}

/// Looks at every block that is imported, and reports what it finds, for as long as the node runs.
pub(crate) async fn run<Client>(params: EquivocationParams<Client>)
where
	Client: BlockchainEvents<Block> + HeaderBackend<Block> + ProvideRuntimeApi<Block>,
	Client::Api: BabeApi<Block>,
{
	let mut seen = SeenHeaders::default();
	let mut imported = params.client.every_import_notification_stream().fuse();
	while let Some(block) = imported.next().await {
		// What happened long ago cannot be reported any more, or was.
		if block.origin == BlockOrigin::NetworkInitialSync {
			continue;
		}
		let Some(digest) = pre_digest(&block.header) else { continue };
		let slot = digest.slot();
		let author = match author(&*params.client, block.hash, &digest) {
			Ok(Some(author)) => author,
			Ok(None) => continue,
			Err(error) => {
				log::warn!(target: LOG_TARGET, "Cannot tell who produced block {}: {error}", block.hash);
				continue;
			},
		};
		let Some(proof) = seen.note(slot, author, block.header) else { continue };
		log::warn!(target: LOG_TARGET, "{:?} produced two blocks in slot {slot}", proof.offender);
		match report(&params, block.hash, proof) {
			Ok(true) => log::info!(target: LOG_TARGET, "Reported the two blocks of slot {slot}"),
			Ok(false) => log::debug!(target: LOG_TARGET, "Nothing to report about slot {slot}"),
			Err(error) => log::warn!(target: LOG_TARGET, "Cannot report the blocks of slot {slot}: {error}"),
		}
	}
}

fn pre_digest(header: &Header) -> Option<PreDigest> {
	header.digest.logs.iter().find_map(CompatibleDigestItem::as_babe_pre_digest)
}

/// The key of whoever produced a block, as the state after that block has it: the block itself starts an epoch.
fn author<Client>(client: &Client, hash: Hash, digest: &PreDigest) -> Result<Option<AuthorityId>, ApiError>
where
	Client: ProvideRuntimeApi<Block>,
	Client::Api: BabeApi<Block>,
{
	let epoch = client.runtime_api().current_epoch(hash)?;
	let index = usize::try_from(digest.authority_index()).unwrap_or(usize::MAX);
	Ok(epoch.authorities.into_iter().nth(index).map(|(author, _)| author))
}

/// Puts a report into the pool. Says whether the runtime saw something to report.
fn report<Client>(
	params: &EquivocationParams<Client>,
	at: Hash,
	proof: EquivocationProof<Header>,
) -> Result<bool, ApiError>
where
	Client: HeaderBackend<Block> + ProvideRuntimeApi<Block>,
	Client::Api: BabeApi<Block>,
{
	// The session is still that of the slot there, so the runtime has all it takes to prove whose key it is.
	let api = params.client.runtime_api();
	let Some(ownership) = api.generate_key_ownership_proof(at, proof.slot, proof.offender.clone())? else {
		return Ok(false);
	};
	let best = params.client.info().best_hash;
	let mut api = params.client.runtime_api();
	api.register_extension(params.pool.offchain_transaction_pool(best));
	Ok(api.submit_report_equivocation_unsigned_extrinsic(best, proof, ownership)?.is_some())
}

/// The first header of each author in each of the last slots.
#[derive(Default)]
struct SeenHeaders(BTreeMap<Slot, Vec<(AuthorityId, Header)>>);

impl SeenHeaders {
	/// Remembers a header, unless there is one of the same author and slot: then it proves that there are two.
	fn note(&mut self, slot: Slot, author: AuthorityId, header: Header) -> Option<EquivocationProof<Header>> {
		let newest = self.0.last_key_value().map_or(slot, |(newest, _)| slot.max(*newest));
		let oldest = newest.saturating_sub(SLOTS_KEPT);
		self.0 = self.0.split_off(&oldest);
		if slot < oldest {
			return None;
		}
		let headers = self.0.entry(slot).or_default();
		let Some((_, first)) = headers.iter().find(|(other, _)| *other == author) else {
			headers.push((author, header));
			return None;
		};
		if *first == header {
			return None;
		}
		Some(EquivocationProof { slot, offender: author, first_header: first.clone(), second_header: header })
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use sp_consensus_babe::{check_equivocation_proof, digests::SecondaryPlainPreDigest};
	use sp_core::{sr25519, Pair};
	use sp_runtime::{Digest, DigestItem};

	fn pair() -> sr25519::Pair {
		sr25519::Pair::from_seed(&[7; 32])
	}

	fn header(slot: u64, number: u32) -> Header {
		let digest = SecondaryPlainPreDigest { authority_index: 0, slot: slot.into() };
		let logs = vec![DigestItem::babe_pre_digest(PreDigest::SecondaryPlain(digest))];
		let root = Hash::zero();
		let mut header = Header {
			parent_hash: root,
			number,
			state_root: root,
			extrinsics_root: root,
			digest: Digest { logs },
		};
		let seal = pair().sign(sp_runtime::traits::Header::hash(&header).as_bytes());
		header.digest.push(DigestItem::babe_seal(seal.into()));
		header
	}

	fn author() -> AuthorityId {
		pair().public().into()
	}

	#[test]
	fn two_blocks_in_a_slot_are_proof() {
		let mut seen = SeenHeaders::default();
		let first = header(5, 1);
		assert!(seen.note(5.into(), author(), first.clone()).is_none());
		assert!(seen.note(5.into(), author(), first).is_none(), "the same block again");
		assert!(seen.note(6.into(), author(), header(6, 2)).is_none(), "another slot");
		let other = sr25519::Pair::from_seed(&[8; 32]).public().into();
		assert!(seen.note(5.into(), other, header(5, 2)).is_none(), "another author");
		let proof = seen.note(5.into(), author(), header(5, 2)).expect("two blocks in slot 5");
		assert!(check_equivocation_proof(proof.clone()), "the runtime is convinced");
		let mut unsealed = proof;
		unsealed.second_header.digest.pop();
		assert!(!check_equivocation_proof(unsealed));
	}

	#[test]
	fn only_the_last_slots_are_remembered() {
		let mut seen = SeenHeaders::default();
		for slot in 0..3 * SLOTS_KEPT {
			seen.note(slot.into(), author(), header(slot, 1));
		}
		assert_eq!(seen.0.len(), 1 + usize::try_from(SLOTS_KEPT).expect("it is small"));
		assert!(seen.note(5.into(), author(), header(5, 2)).is_none(), "too old");
		assert!(!seen.0.contains_key(&5.into()));
		let last = 3 * SLOTS_KEPT - 1;
		assert!(seen.note(last.into(), author(), header(last, 2)).is_some());
	}
}
