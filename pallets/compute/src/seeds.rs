//! Seeds of audits: made by several blocks, so that no author of one knows them while receipts can still be chosen.

use crate::{types::*, Config, Pallet, RecentOutputs, Seeds};
use assay_primitives::{audit, AuditPolicy, BlockNumber};
use frame_support::traits::Get;

/// Blocks that can make a seed together, at most.
pub const MAX_SEED_BLOCKS: u32 = 32;

impl<T: Config> Pallet<T> {
	/// Takes in the VRF output of `block`, which has just become known, and notes the seed of which it is the last part.
	///
	/// The outputs of the last blocks are kept in one value, and those of a seed once for all receipts of a block: what
	/// this takes does not depend on how many batches wait.
	pub(crate) fn note_output(block: BlockNumber) {
		let wanted = usize::try_from(T::SeedBlocks::get()).unwrap_or(usize::MAX);
		let mut outputs = RecentOutputs::<T>::get();
		match T::BlockVrf::get() {
			Some(output) => {
				while !outputs.is_empty() && outputs.len() >= wanted {
					outputs.remove(0);
				}
				// There is room: `integrity_test` keeps `SeedBlocks` within the bound.
				let _ = outputs.try_push(output);
			},
			None => {
				log::warn!(target: crate::LOG_TARGET, "block {block} has no VRF output to seed audits with");
				// None of the blocks before it can be a part of a seed any more.
				outputs.truncate(0);
			},
		}
		if let Some(mut record) = Seeds::<T>::get(block) {
			record.outputs = (outputs.len() == wanted).then(|| outputs.clone());
			Seeds::<T>::insert(block, record);
		}
		RecentOutputs::<T>::put(outputs);
	}

	/// Says that a batch depends on its seed.
	pub(crate) fn await_seed(commitment: &Commitment) {
		Seeds::<T>::mutate(commitment.seed_block::<T>(), |seed| {
			let seed = seed.get_or_insert_default();
			// There are far less than 2^32 receipts in a block.
			seed.users = seed.users.saturating_add(1);
		});
	}

	/// What the seed of a committed batch decides, if it is there.
	pub(crate) fn seed_of(policy: &AuditPolicy, commitment: &Commitment) -> Option<SeedVerdict> {
		let block = commitment.seed_block::<T>();
		let outputs = Seeds::<T>::get(block)?.outputs?;
		Some(SeedVerdict {
			seed: audit::seed(block, &outputs),
			audited: audit::is_audited(policy, &commitment.receipt, &outputs),
		})
	}

	/// Says that a batch does not need its seed any more. The last one to say so deletes it.
	pub(crate) fn release_seed(commitment: &Commitment) {
		Seeds::<T>::mutate_exists(commitment.seed_block::<T>(), |slot| {
			if let Some(record) = slot {
				record.users = record.users.saturating_sub(1);
				if record.users == 0 {
					*slot = None;
				}
			}
		});
	}
}
