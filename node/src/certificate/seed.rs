//! Finding out which keys and which randomness made the VRF outputs in some blocks, from headers alone: they are never
//! pruned.

use super::{header_at, CertifyError};
use crate::service::FullClient;
use assay_primitives::{
	audit::SEED_BLOCKS,
	certificate::{author_of, SeedOrigin},
	BlockNumber,
};
use assay_runtime::{Header, EPOCH_SLOTS};
use sp_blockchain::HeaderBackend;
use sp_consensus_babe::digests::{CompatibleDigestItem, NextEpochDescriptor};
use sp_runtime::traits::Header as _;

/// Where the seed comes from that block `last` was the last one to make.
pub(super) fn origins(client: &FullClient, last: BlockNumber) -> Result<Vec<SeedOrigin>, CertifyError> {
	let first = last.saturating_sub(SEED_BLOCKS).saturating_add(1);
	(first..=last).map(|number| origin(client, number)).collect()
}

/// Where the VRF output of block `number` comes from.
fn origin(client: &FullClient, number: BlockNumber) -> Result<SeedOrigin, CertifyError> {
	let no_vrf = CertifyError::NotFound { block: number, what: "a VRF output" };
	let (slot, index) = author_of(&header_at(client, number)?).ok_or(no_vrf.clone())?;
	let (first_slot, _) = author_of(&header_at(client, 1)?).ok_or(no_vrf.clone())?;
	let epoch = slot
		.checked_sub(first_slot)
		.and_then(|slots| slots.checked_div(EPOCH_SLOTS))
		.ok_or(no_vrf.clone())?;
	let NextEpochDescriptor { authorities, randomness } = epoch_of(client, number)?;
	let index = usize::try_from(index).ok();
	let (author, _) = index.and_then(|index| authorities.get(index)).ok_or(no_vrf)?;
	Ok(SeedOrigin { author: author.clone().into_inner().0, epoch, randomness })
}

/// The first block of each epoch describes the next one, and the chain's first one its own epoch as well.
fn epoch_of(client: &FullClient, number: BlockNumber) -> Result<NextEpochDescriptor, CertifyError> {
	let mut begun = false;
	let mut current = number;
	loop {
		let header = sdk_header(client, current)?;
		if let Some(described) = header.digest().logs().iter().find_map(|log| log.as_next_epoch_descriptor())
		{
			if begun || current == 1 {
				return Ok(described);
			}
			begun = true;
		}
		current = current
			.checked_sub(1)
			.filter(|below| *below > 0)
			.ok_or(CertifyError::NotFound { block: number, what: "the description of an epoch" })?;
	}
}

fn sdk_header(client: &FullClient, number: BlockNumber) -> Result<Header, CertifyError> {
	let hash = client.hash(number)?.ok_or(CertifyError::NoBlock(number))?;
	client.header(hash)?.ok_or(CertifyError::NoBlock(number))
}
