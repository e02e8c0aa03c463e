//! What a batch under way takes in the chain's state.

use crate::{
	campaign::{Campaign, Stage},
	chain::{storage_key, Block, Chain},
	error::Error,
};
use assay_primitives::{BatchIndex, BlockNumber, JobId};
use codec::Decode;
use frame_support::{StorageHasher, Twox128};
use std::collections::BTreeMap;

/// Bytes before a key's last part: the hashes of pallet and item.
const PREFIX: usize = 32;
/// Bytes that a Twox64 hasher puts in front of a key.
const TWOX: usize = 8;

/// What a batch takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Footprint {
	/// Bytes of keys and values.
	pub bytes: usize,
	/// How many entries they are.
	pub entries: usize,
}

/// The most that a batch of some size has taken in each stage.
#[derive(Clone, Debug, Default)]
pub(crate) struct Footprints(pub(crate) BTreeMap<(u32, Stage), Footprint>);

/// Whose an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Owner {
	Batch(JobId, BatchIndex),
	/// The batches whose audits are seeded by this block.
	Seed(BlockNumber),
}

impl Footprints {
	/// Looks at all entries of the pallet after a block.
	pub(crate) async fn look(
		&mut self,
		chain: &Chain,
		campaigns: &[Campaign],
		block: &Block,
	) -> Result<(), Error> {
		let prefix = Twox128::hash(b"Compute");
		let entries: Vec<_> = chain
			.entries(&prefix, block.hash)
			.await?
			.into_iter()
			.filter_map(|(key, value)| Some((owner(&key)?, key.len() + value)))
			.collect();
		for campaign in campaigns {
			for (index, batch) in (0..).zip(&campaign.batches) {
				let is_in_flight = batch.stage > Stage::Available && batch.stage < Stage::Settled;
				if !is_in_flight {
					continue;
				}
				let is_own = |owner: &Owner| match *owner {
					Owner::Batch(job, batch) => (job, batch) == (campaign.job, index),
					// Others may share it. Each is charged with all of it.
					Owner::Seed(number) => {
						(Stage::Committed..Stage::Revealed).contains(&batch.stage)
							&& number == batch.committed_at + 1
					},
				};
				let mut found = Footprint::default();
				for (_, bytes) in entries.iter().filter(|(owner, _)| is_own(owner)) {
					found.bytes += bytes;
					found.entries += 1;
				}
				let most = self.0.entry((campaign.spec.batch_size, batch.stage)).or_default();
				*most = found.max(*most);
			}
		}
		Ok(())
	}
}

/// Whose the entry under this key is, if it is a batch's.
fn owner(key: &[u8]) -> Option<Owner> {
	let (prefix, rest) = key.split_at_checked(PREFIX)?;
	let is_in = |item: &str| prefix == storage_key("Compute", item);
	if is_in("Batches") {
		let (job, rest) = part::<JobId>(rest)?;
		let (batch, _) = part::<BatchIndex>(rest)?;
		return Some(Owner::Batch(job, batch));
	}
	if ["Reports", "Votes", "Tallies"].into_iter().any(is_in) {
		let ((job, batch), _) = part::<(JobId, BatchIndex)>(rest)?;
		return Some(Owner::Batch(job, batch));
	}
	if is_in("Deadlines") {
		let (_, rest) = part::<BlockNumber>(rest)?;
		let ((job, batch), _) = part::<(JobId, BatchIndex)>(rest)?;
		return Some(Owner::Batch(job, batch));
	}
	if is_in("Seeds") {
		return part::<BlockNumber>(rest).map(|(block, _)| Owner::Seed(block));
	}
	None
}

/// The value behind a Twox64 hash, and what comes after it.
fn part<T: Decode>(bytes: &[u8]) -> Option<(T, &[u8])> {
	let mut rest = bytes.get(TWOX..)?;
	let value = T::decode(&mut rest).ok()?;
	Some((value, rest))
}

#[cfg(test)]
mod tests {
	use super::*;
	use assay_runtime::Runtime;
	use pallet_compute::{Batches, Deadlines, JobDeadlines, Jobs, Reports, Seeds};

	#[test]
	fn every_entry_of_a_batch_is_known_by_its_key() {
		let account = assay_runtime::AccountId::new([9; 32]);
		assert_eq!(owner(&Batches::<Runtime>::hashed_key_for(3, 4)), Some(Owner::Batch(3, 4)));
		assert_eq!(owner(&Reports::<Runtime>::hashed_key_for((3, 4), account)), Some(Owner::Batch(3, 4)));
		assert_eq!(owner(&Deadlines::<Runtime>::hashed_key_for(77, (3, 4))), Some(Owner::Batch(3, 4)));
		assert_eq!(owner(&JobDeadlines::<Runtime>::hashed_key_for(77, 3)), None);
		assert_eq!(owner(&Seeds::<Runtime>::hashed_key_for(12)), Some(Owner::Seed(12)));
		assert_eq!(owner(&Jobs::<Runtime>::hashed_key_for(3)), None);
		assert_eq!(owner(b"short"), None);
	}
}
