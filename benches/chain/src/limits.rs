//! What a block holds.

use assay_runtime::{
	configs::{RuntimeBlockLength, RuntimeBlockWeights},
	Runtime, MILLISECONDS_PER_BLOCK,
};
use frame_support::{dispatch::DispatchClass, traits::Get};

/// What a block holds at most. Weights are picoseconds of reference time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
	/// Weight of all there is in a block.
	pub weight: u64,
	/// Weight of ordinary transactions.
	pub normal_weight: u64,
	/// Bytes of ordinary transactions.
	pub normal_length: u64,
	/// Milliseconds between blocks.
	pub block_time: u64,
	/// Batches that one call can claim.
	pub claims: u32,
}

impl Limits {
	/// Those of the runtime this program was built with.
	pub fn of_runtime() -> Self {
		let weights = RuntimeBlockWeights::get();
		let weight = weights.max_block.ref_time();
		let normal = weights.get(DispatchClass::Normal).max_total;
		Self {
			weight,
			normal_weight: normal.map_or(weight, |normal| normal.ref_time()),
			normal_length: (*RuntimeBlockLength::get().max.get(DispatchClass::Normal)).into(),
			block_time: MILLISECONDS_PER_BLOCK,
			claims: <Runtime as pallet_compute::Config>::ClaimLimit::get(),
		}
	}
}
