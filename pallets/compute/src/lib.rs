#![doc = include_str!("../README.md")]
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

mod auditors;
mod audits;
mod batch;
#[cfg(any(test, feature = "runtime-benchmarks"))]
mod benchmarking;
mod calls;
mod charges;
mod claims;
mod config;
mod constants;
pub mod crypto;
mod deadlines;
mod demands;
mod disputes;
mod duties;
mod errors;
mod events;
mod evidence;
mod jobs;
pub mod migrations;
mod prices;
mod receipts;
pub mod refusal;
mod reveals;
pub mod runtime_api;
mod seeds;
mod sessions;
mod settlement;
mod storage;
#[cfg(any(test, feature = "try-runtime"))]
mod try_state;
pub mod types;
mod views;
pub mod weights;
mod workers;

#[cfg(test)]
mod mock;
#[cfg(test)]
mod tests;

pub use audits::MAX_REPORTS;
#[cfg(feature = "runtime-benchmarks")]
pub use benchmarking::BenchmarkHelper;
pub use charges::Noted;
pub use crypto::{AuditorId, AUDIT_KEY_TYPE};
pub use duties::DutiesFirst;
pub use pallet::*;
pub use refusal::{refusal_message, Refusal};
pub use seeds::MAX_SEED_BLOCKS;
pub use types::*;
pub use weights::WeightInfo;

use frame_support::pallet_macros::import_section;

pub(crate) const LOG_TARGET: &str = "runtime::compute";

#[import_section(calls::calls)]
#[import_section(config::config)]
#[import_section(errors::errors)]
#[import_section(events::events)]
#[import_section(storage::storage)]
#[frame_support::pallet]
pub mod pallet {
	use super::*;
	use alloc::{boxed::Box, vec::Vec};
	use assay_primitives::{
		audit::{AuditReport, AuditorKey, Opening},
		sealing::{BatchKey, SealedOpening},
		Attempt, Balance, BatchIndex, BlockNumber, Hash, JobId, JobSpec, Ruling, SignedReceipt, SignedVote,
		TaskIndex,
	};
	use frame_support::{
		pallet_prelude::*,
		traits::{
			fungible::{Mutate, MutateHold},
			StorageVersion,
		},
		weights::Weight,
	};
	use frame_system::pallet_prelude::*;
	use sp_runtime::{traits::SaturatedConversion, Perbill};

	const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

	#[pallet::pallet]
	#[pallet::storage_version(STORAGE_VERSION)]
	pub struct Pallet<T>(_);

	/// Why money is held.
	#[pallet::composite_enum]
	pub enum HoldReason {
		/// Pay for tasks and audits, on the requester's account.
		#[codec(index = 0)]
		JobEscrow,
		/// The storage deposit of a job, on the requester's account.
		#[codec(index = 1)]
		JobDeposit,
		/// A worker's stake, on its own account.
		#[codec(index = 2)]
		WorkerStake,
		/// An auditor's stake, on its own account.
		#[codec(index = 3)]
		AuditorStake,
		/// The bond of a challenge or the fee of a demand, on the account of whoever made it.
		#[codec(index = 4)]
		Contest,
	}

	/// Auditors with stakes from the first block on.
	#[pallet::genesis_config]
	#[derive(frame_support::DefaultNoBound)]
	pub struct GenesisConfig<T: Config> {
		/// Accounts, which have the money, and their stakes: each at least `AuditorStake`.
		pub auditors: Vec<(T::AccountId, Balance)>,
	}

	#[pallet::genesis_build]
	impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
		fn build(&self) {
			for (account, stake) in &self.auditors {
				let bonded = Pallet::<T>::do_bond_auditor(account.clone(), *stake);
				assert!(bonded.is_ok(), "auditor {account:?} cannot bond {stake} at genesis: {bonded:?}");
			}
			// The session pallet handed over the validators before there were any stakes.
			Pallet::<T>::choose_auditors();
		}
	}

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		fn on_initialize(now: BlockNumberFor<T>) -> Weight {
			Self::note_output(now.saturated_into::<BlockNumber>().saturating_sub(1));
			T::WeightInfo::on_initialize()
		}

		fn on_idle(_now: BlockNumberFor<T>, remaining: Weight) -> Weight {
			Self::sweep(remaining)
		}

		fn integrity_test() {
			Self::check_constants();
		}

		#[cfg(feature = "try-runtime")]
		fn try_state(_now: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
			Self::do_try_state()
		}
	}
}
