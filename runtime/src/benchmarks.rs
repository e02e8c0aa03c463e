//! What `scripts/weights.sh` can measure: the pallet, and those of the SDK to compare with.

use super::*;
use alloc::string::String;
use frame_benchmarking::{BenchmarkBatch, BenchmarkConfig, BenchmarkList};
use frame_support::traits::{StorageInfo, StorageInfoTrait, WhitelistedStorageKeys};

frame_benchmarking::define_benchmarks!(
	[frame_system, SystemBenchmarks::<Runtime>]
	[pallet_balances, Balances]
	[pallet_compute, Compute]
	[pallet_multisig, Multisig]
	[pallet_proxy, Proxy]
	[pallet_sudo, Sudo]
	[pallet_timestamp, Timestamp]
	[pallet_utility, Utility]
);

use frame_system_benchmarking::Pallet as SystemBenchmarks;

impl frame_system_benchmarking::Config for Runtime {}

/// Stands in for the consensus of a block.
pub struct Helper;

impl pallet_compute::BenchmarkHelper for Helper {
	fn set_block_vrf(output: [u8; 32]) {
		pallet_babe::AuthorVrfRandomness::<Runtime>::put(Some(output));
	}
}

/// The benchmarks there are, and how storage is laid out.
pub(crate) fn metadata(extra: bool) -> (Vec<BenchmarkList>, Vec<StorageInfo>) {
	let mut list = Vec::<BenchmarkList>::new();
	list_benchmarks!(list, extra);
	(list, AllPalletsWithSystem::storage_info())
}

/// Runs one benchmark. Fails with what the benchmark says.
pub(crate) fn dispatch(config: BenchmarkConfig) -> Result<Vec<BenchmarkBatch>, String> {
	let whitelist = AllPalletsWithSystem::whitelisted_storage_keys();
	let mut batches = Vec::<BenchmarkBatch>::new();
	let params = (&config, &whitelist);
	add_benchmarks!(params, batches);
	Ok(batches)
}
