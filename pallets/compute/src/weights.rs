//! What the pallet's work weighs, as measured inside the wasm runtime. Written by `scripts/weights.sh`; do not edit.
//!
//! 2026-11-23 and 2026-11-24, on AMD EPYC: 10 values of each parameter, each measured 20 times or more.
//! Put together by `scripts/best-weights.py` from 3 such runs, the best one of each function.
//! Whatever else the machine did meanwhile makes these upper bounds. Proofs of storage are for nobody: no weight has a
//! proof size.

use core::marker::PhantomData;
use frame_support::{
	traits::Get,
	weights::{constants::ParityDbWeight, Weight},
};

/// What the pallet's work weighs: one function for each benchmark of the same name, where it says what is measured.
pub trait WeightInfo {
	/// The benchmark `post_job`.
	fn post_job() -> Weight;
	/// The benchmark `set_fuel_price`.
	fn set_fuel_price() -> Weight;
	/// The benchmark `cancel_job`.
	fn cancel_job() -> Weight;
	/// The benchmark `expire_job`.
	fn expire_job() -> Weight;
	/// The benchmark `bond_worker`.
	fn bond_worker() -> Weight;
	/// The benchmark `unbond_worker`.
	fn unbond_worker() -> Weight;
	/// The benchmark `withdraw_unbonded`.
	fn withdraw_unbonded() -> Weight;
	/// The benchmark `bond_auditor`.
	fn bond_auditor() -> Weight;
	/// The benchmark `unbond_auditor`.
	fn unbond_auditor() -> Weight;
	/// The benchmark `withdraw_auditor`.
	fn withdraw_auditor() -> Weight;
	/// The benchmark `claim`, `c` from 1 to 64.
	fn claim(c: u32) -> Weight;
	/// The benchmark `submit_receipt`.
	fn submit_receipt() -> Weight;
	/// The benchmark `authorize_submit_receipt`.
	fn authorize_submit_receipt() -> Weight;
	/// The benchmark `submit_audit`.
	fn submit_audit() -> Weight;
	/// The benchmark `authorize_submit_audit`.
	fn authorize_submit_audit() -> Weight;
	/// The benchmark `reveal`, `o` from 1 to 512.
	fn reveal(o: u32) -> Weight;
	/// The benchmark `reveal_reported`, `r` from 1 to 32.
	fn reveal_reported(r: u32) -> Weight;
	/// The benchmark `answer`, `o` from 1 to 512.
	fn answer(o: u32) -> Weight;
	/// The benchmark `answer_reported`, `r` from 1 to 32.
	fn answer_reported(r: u32) -> Weight;
	/// The benchmark `settle`, `r` from 0 to 32.
	fn settle(r: u32) -> Weight;
	/// The benchmark `accept`, `r` from 0 to 32.
	fn accept(r: u32) -> Weight;
	/// The benchmark `expire_claimed`.
	fn expire_claimed() -> Weight;
	/// The benchmark `expire_committed`, `r` from 1 to 32.
	fn expire_committed(r: u32) -> Weight;
	/// The benchmark `expire_demanded`, `r` from 0 to 32.
	fn expire_demanded(r: u32) -> Weight;
	/// The benchmark `expire_disputed`, `v` from 1 to 1000.
	fn expire_disputed(v: u32) -> Weight;
	/// The benchmark `challenge`.
	fn challenge() -> Weight;
	/// The benchmark `submit_vote`.
	fn submit_vote() -> Weight;
	/// The benchmark `authorize_submit_vote`.
	fn authorize_submit_vote() -> Weight;
	/// The benchmark `decide_against`, `v` from 1 to 1000, `r` from 0 to 32.
	fn decide_against(v: u32, r: u32) -> Weight;
	/// The benchmark `decide_for`, `c` from 1 to 496.
	fn decide_for(c: u32) -> Weight;
	/// The benchmark `demand`.
	fn demand() -> Weight;
	/// The benchmark `demand_batch`.
	fn demand_batch() -> Weight;
	/// The benchmark `answer_demand`, `b` from 0 to 65522.
	fn answer_demand(b: u32) -> Weight;
	/// The benchmark `prove_missealed`, `b` from 0 to 1048576, `r` from 0 to 32.
	fn prove_missealed(b: u32, r: u32) -> Weight;
	/// The benchmark `report_double_receipt`, `v` from 0 to 1000, `r` from 0 to 32.
	fn report_double_receipt(v: u32, r: u32) -> Weight;
	/// The benchmark `on_initialize`.
	fn on_initialize() -> Weight;
	/// The benchmark `sweep_base`.
	fn sweep_base() -> Weight;
	/// The benchmark `sweep_block`.
	fn sweep_block() -> Weight;
	/// The benchmark `sweep_entry`.
	fn sweep_entry() -> Weight;
	/// The benchmark `prune`, `r` from 0 to 128.
	fn prune(r: u32) -> Weight;
	/// The benchmark `new_session`, `v` from 1 to 1000.
	fn new_session(v: u32) -> Weight;
}

/// Weights for a runtime whose database costs `T::DbWeight`.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
	// Storage: `Compute::BarredPrograms` (r:1 w:0)
	// Proof: `Compute::BarredPrograms` (`max_values`: None, `max_size`: Some(56), added: 2531, mode: `Ignored`)
	// Storage: `Compute::FuelPrice` (r:1 w:0)
	// Proof: `Compute::FuelPrice` (`max_values`: Some(1), `max_size`: Some(16), added: 511, mode: `Ignored`)
	// Storage: `Compute::NextJob` (r:1 w:1)
	// Proof: `Compute::NextJob` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `Ignored`)
	// Storage: `System::Account` (r:1 w:1)
	// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `Ignored`)
	// Storage: `Balances::Holds` (r:1 w:1)
	// Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(157), added: 2632, mode: `Ignored`)
	// Storage: `Compute::Jobs` (r:0 w:1)
	// Proof: `Compute::Jobs` (`max_values`: None, `max_size`: Some(358), added: 2833, mode: `Ignored`)
	// Storage: `Compute::JobDeadlines` (r:0 w:1)
	// Proof: `Compute::JobDeadlines` (`max_values`: None, `max_size`: Some(28), added: 2503, mode: `Ignored`)
	fn post_job() -> Weight {
		// 124_072 ns at least.
		Weight::from_parts(173_263_000, 0)
			.saturating_add(T::DbWeight::get().reads(5))
			.saturating_add(T::DbWeight::get().writes(5))
	}
	// Storage: `Compute::FuelPrice` (r:0 w:1)
	// Proof: `Compute::FuelPrice` (`max_values`: Some(1), `max_size`: Some(16), added: 511, mode: `Ignored`)
	fn set_fuel_price() -> Weight {
		// 7_855 ns at least.
		Weight::from_parts(10_791_000, 0).saturating_add(T::DbWeight::get().writes(1))
	}
	// Storage: `Compute::Jobs` (r:1 w:1)
	// Proof: `Compute::Jobs` (`max_values`: None, `max_size`: Some(358), added: 2833, mode: `Ignored`)
	// Storage: `System::Account` (r:1 w:1)
	// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `Ignored`)
	// Storage: `Balances::Holds` (r:1 w:1)
	// Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(157), added: 2632, mode: `Ignored`)
	// Storage: `Compute::JobDeadlines` (r:0 w:2)
	// Proof: `Compute::JobDeadlines` (`max_values`: None, `max_size`: Some(28), added: 2503, mode: `Ignored`)
	fn cancel_job() -> Weight {
		// 112_750 ns at least.
		Weight::from_parts(156_652_000, 0)
			.saturating_add(T::DbWeight::get().reads(3))
			.saturating_add(T::DbWeight::get().writes(5))
	}
	// Storage: `Compute::Jobs` (r:1 w:1)
	// Proof: `Compute::Jobs` (`max_values`: None, `max_size`: Some(358), added: 2833, mode: `Ignored`)
	// Storage: `System::Account` (r:1 w:1)
	// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `Ignored`)
	// Storage: `Balances::Holds` (r:1 w:1)
	// Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(157), added: 2632, mode: `Ignored`)
	// Storage: `Compute::JobDeadlines` (r:0 w:2)
	// Proof: `Compute::JobDeadlines` (`max_values`: None, `max_size`: Some(28), added: 2503, mode: `Ignored`)
	fn expire_job() -> Weight {
		// 112_399 ns at least.
		Weight::from_parts(170_648_000, 0)
			.saturating_add(T::DbWeight::get().reads(3))
			.saturating_add(T::DbWeight::get().writes(5))
	}
	// Storage: `Compute::Workers` (r:1 w:1)
	// Proof: `Compute::Workers` (`max_values`: None, `max_size`: Some(144), added: 2619, mode: `Ignored`)
	// Storage: `System::Account` (r:1 w:1)
	// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `Ignored`)
	// Storage: `Balances::Holds` (r:1 w:1)
	// Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(157), added: 2632, mode: `Ignored`)
	fn bond_worker() -> Weight {
		// 73_186 ns at least.
		Weight::from_parts(120_404_000, 0)
			.saturating_add(T::DbWeight::get().reads(3))
			.saturating_add(T::DbWeight::get().writes(3))
	}
	// Storage: `Compute::Workers` (r:1 w:1)
	// Proof: `Compute::Workers` (`max_values`: None, `max_size`: Some(144), added: 2619, mode: `Ignored`)
	fn unbond_worker() -> Weight {
		// 18_184 ns at least.
		Weight::from_parts(31_168_000, 0)
			.saturating_add(T::DbWeight::get().reads(1))
			.saturating_add(T::DbWeight::get().writes(1))
	}
	// Storage: `Compute::Workers` (r:1 w:1)
	// Proof: `Compute::Workers` (`max_values`: None, `max_size`: Some(144), added: 2619, mode: `Ignored`)
	// Storage: `System::Account` (r:1 w:1)
	// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `Ignored`)
	// Storage: `Balances::Holds` (r:1 w:1)
	// Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(157), added: 2632, mode: `Ignored`)
	fn withdraw_unbonded() -> Weight {
		// 63_538 ns at least.
		Weight::from_parts(100_237_000, 0)
			.saturating_add(T::DbWeight::get().reads(3))
			.saturating_add(T::DbWeight::get().writes(3))
	}
	// Storage: `Compute::AuditorRecords` (r:1 w:1)
	// Proof: `Compute::AuditorRecords` (`max_values`: None, `max_size`: Some(124), added: 2599, mode: `Ignored`)
	// Storage: `System::Account` (r:1 w:1)
	// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `Ignored`)
	// Storage: `Balances::Holds` (r:1 w:1)
	// Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(157), added: 2632, mode: `Ignored`)
	fn bond_auditor() -> Weight {
		// 74_188 ns at least.
		Weight::from_parts(114_294_000, 0)
			.saturating_add(T::DbWeight::get().reads(3))
			.saturating_add(T::DbWeight::get().writes(3))
	}
	// Storage: `Compute::AuditorRecords` (r:1 w:1)
	// Proof: `Compute::AuditorRecords` (`max_values`: None, `max_size`: Some(124), added: 2599, mode: `Ignored`)
	fn unbond_auditor() -> Weight {
		// 18_965 ns at least.
		Weight::from_parts(32_080_000, 0)
			.saturating_add(T::DbWeight::get().reads(1))
			.saturating_add(T::DbWeight::get().writes(1))
	}
	// Storage: `Compute::AuditorRecords` (r:1 w:1)
	// Proof: `Compute::AuditorRecords` (`max_values`: None, `max_size`: Some(124), added: 2599, mode: `Ignored`)
	// Storage: `System::Account` (r:1 w:1)
	// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `Ignored`)
	// Storage: `Balances::Holds` (r:1 w:1)
	// Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(157), added: 2632, mode: `Ignored`)
	fn withdraw_auditor() -> Weight {
		// 64_671 ns at least.
		Weight::from_parts(94_016_000, 0)
			.saturating_add(T::DbWeight::get().reads(3))
			.saturating_add(T::DbWeight::get().writes(3))
	}
	// Storage: `Compute::Jobs` (r:1 w:1)
	// Proof: `Compute::Jobs` (`max_values`: None, `max_size`: Some(358), added: 2833, mode: `Ignored`)
	// Storage: `Compute::Workers` (r:1 w:1)
	// Proof: `Compute::Workers` (`max_values`: None, `max_size`: Some(144), added: 2619, mode: `Ignored`)
	// Storage: `Compute::FuelPrice` (r:1 w:0)
	// Proof: `Compute::FuelPrice` (`max_values`: Some(1), `max_size`: Some(16), added: 511, mode: `Ignored`)
	// Storage: `Compute::CounterForValidators` (r:1 w:0)
	// Proof: `Compute::CounterForValidators` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `Ignored`)
	// Storage: `Compute::Returned` (r:64 w:64)
	// Proof: `Compute::Returned` (`max_values`: None, `max_size`: Some(32), added: 2507, mode: `Ignored`)
	// Storage: `Compute::Batches` (r:64 w:64)
	// Proof: `Compute::Batches` (`max_values`: None, `max_size`: Some(18826), added: 21301, mode: `Ignored`)
	// Storage: `System::Account` (r:1 w:1)
	// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `Ignored`)
	// Storage: `Compute::Deadlines` (r:0 w:64)
	// Proof: `Compute::Deadlines` (`max_values`: None, `max_size`: Some(32), added: 2507, mode: `Ignored`)
	fn claim(c: u32) -> Weight {
		// 77_384 ns at least.
		Weight::from_parts(88_196_851, 0)
			// ± 211_561
			.saturating_add(Weight::from_parts(26_427_788, 0).saturating_mul(c.into()))
			.saturating_add(T::DbWeight::get().reads(5))
			.saturating_add(T::DbWeight::get().reads((2_u64).saturating_mul(c.into())))
			.saturating_add(T::DbWeight::get().writes(3))
			.saturating_add(T::DbWeight::get().writes((3_u64).saturating_mul(c.into())))
	}
	// Storage: `System::BlockHash` (r:1 w:0)
	// Proof: `System::BlockHash` (`max_values`: None, `max_size`: Some(44), added: 2519, mode: `Ignored`)
	// Storage: `Compute::Jobs` (r:1 w:0)
	// Proof: `Compute::Jobs` (`max_values`: None, `max_size`: Some(358), added: 2833, mode: `Ignored`)
	// Storage: `Compute::Batches` (r:1 w:1)
	// Proof: `Compute::Batches` (`max_values`: None, `max_size`: Some(18826), added: 21301, mode: `Ignored`)
	// Storage: `Compute::CounterForAuditors` (r:1 w:0)
	// Proof: `Compute::CounterForAuditors` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `Ignored`)
	// Storage: `Compute::Seeds` (r:1 w:1)
	// Proof: `Compute::Seeds` (`max_values`: None, `max_size`: Some(1042), added: 3517, mode: `Ignored`)
	// Storage: `Compute::Deadlines` (r:0 w:2)
	// Proof: `Compute::Deadlines` (`max_values`: None, `max_size`: Some(32), added: 2507, mode: `Ignored`)
	fn submit_receipt() -> Weight {
		// 44_553 ns at least.
		Weight::from_parts(75_921_000, 0)
			.saturating_add(T::DbWeight::get().reads(5))
			.saturating_add(T::DbWeight::get().writes(4))
	}
	// Storage: `System::BlockHash` (r:1 w:0)
	// Proof: `System::BlockHash` (`max_values`: None, `max_size`: Some(44), added: 2519, mode: `Ignored`)
	// Storage: `Compute::Jobs` (r:1 w:0)
	// Proof: `Compute::Jobs` (`max_values`: None, `max_size`: Some(358), added: 2833, mode: `Ignored`)
	// Storage: `Compute::Batches` (r:1 w:0)
	// Proof: `Compute::Batches` (`max_values`: None, `max_size`: Some(18826), added: 21301, mode: `Ignored`)
	fn authorize_submit_receipt() -> Weight {
		// 201_636 ns at least.
		Weight::from_parts(274_692_000, 0).saturating_add(T::DbWeight::get().reads(3))
	}
	// Storage: `Compute::Jobs` (r:1 w:0)
	// Proof: `Compute::Jobs` (`max_values`: None, `max_size`: Some(358), added: 2833, mode: `Ignored`)
	// Storage: `Compute::Batches` (r:1 w:1)
	// Proof: `Compute::Batches` (`max_values`: None, `max_size`: Some(18826), added: 21301, mode: `Ignored`)
	// Storage: `Compute::Auditors` (r:1 w:0)
	// Proof: `Compute::Auditors` (`max_values`: None, `max_size`: Some(80), added: 2555, mode: `Ignored`)
	// Storage: `Compute::Validators` (r:1 w:0)
	// Proof: `Compute::Validators` (`max_values`: None, `max_size`: Some(88), added: 2563, mode: `Ignored`)
	// Storage: `Compute::Reports` (r:1 w:1)
	// Proof: `Compute::Reports` (`max_values`: None, `max_size`: Some(683), added: 3158, mode: `Ignored`)
	// Storage: `Compute::AuditorRecords` (r:1 w:0)
	// Proof: `Compute::AuditorRecords` (`max_values`: None, `max_size`: Some(124), added: 2599, mode: `Ignored`)
	// Storage: `Compute::Seeds` (r:1 w:0)
	// Proof: `Compute::Seeds` (`max_values`: None, `max_size`: Some(1042), added: 3517, mode: `Ignored`)
	// Storage: UNKNOWN KEY `0x6d021f179162d19598912157ef751983` (r:1 w:0)
	// Proof: UNKNOWN KEY `0x6d021f179162d19598912157ef751983` (r:1 w:0)
	// Storage: `System::BlockHash` (r:1 w:0)
	// Proof: `System::BlockHash` (`max_values`: None, `max_size`: Some(44), added: 2519, mode: `Ignored`)
	// Storage: `Compute::Deadlines` (r:0 w:2)
	// Proof: `Compute::Deadlines` (`max_values`: None, `max_size`: Some(32), added: 2507, mode: `Ignored`)
	fn submit_audit() -> Weight {
		// 162_694 ns at least.
		Weight::from_parts(230_510_000, 0)
			.saturating_add(T::DbWeight::get().reads(9))
			.saturating_add(T::DbWeight::get().writes(4))
	}
	// Storage: `Compute::Jobs` (r:1 w:0)
	// Proof: `Compute::Jobs` (`max_values`: None, `max_size`: Some(358), added: 2833, mode: `Ignored`)
	// Storage: `Compute::Batches` (r:1 w:0)
	// Proof: `Compute::Batches` (`max_values`: None, `max_size`: Some(18826), added: 21301, mode: `Ignored`)
	// Storage: `Compute::Auditors` (r:1 w:0)
	// Proof: `Compute::Auditors` (`max_values`: None, `max_size`: Some(80), added: 2555, mode: `Ignored`)
	// Storage: `Compute::Validators` (r:1 w:0)
	// Proof: `Compute::Validators` (`max_values`: None, `max_size`: Some(88), added: 2563, mode: `Ignored`)
	// Storage: `Compute::Reports` (r:1 w:0)
	// Proof: `Compute::Reports` (`max_values`: None, `max_size`: Some(683), added: 3158, mode: `Ignored`)
	// Storage: `Compute::AuditorRecords` (r:1 w:0)
	// Proof: `Compute::AuditorRecords` (`max_values`: None, `max_size`: Some(124), added: 2599, mode: `Ignored`)
	// Storage: `Compute::Seeds` (r:1 w:0)
	// Proof: `Compute::Seeds` (`max_values`: None, `max_size`: Some(1042), added: 3517, mode: `Ignored`)
	// Storage: UNKNOWN KEY `0x6d021f179162d19598912157ef751983` (r:1 w:0)
	// Proof: UNKNOWN KEY `0x6d021f179162d19598912157ef751983` (r:1 w:0)
	// Storage: `System::BlockHash` (r:1 w:0)
	// Proof: `System::BlockHash` (`max_values`: None, `max_size`: Some(44), added: 2519, mode: `Ignored`)
	fn authorize_submit_audit() -> Weight {
		// 657_576 ns at least.
		Weight::from_parts(859_453_000, 0).saturating_add(T::DbWeight::get().reads(9))
	}
	// Storage: `Compute::Jobs` (r:1 w:0)
	// Proof: `Compute::Jobs` (`max_values`: None, `max_size`: Some(358), added: 2833, mode: `Ignored`)
	// Storage: `Compute::Batches` (r:1 w:1)
	// Proof: `Compute::Batches` (`max_values`: None, `max_size`: Some(18826), added: 21301, mode: `Ignored`)
	// Storage: `Compute::Seeds` (r:1 w:1)
	// Proof: `Compute::Seeds` (`max_values`: None, `max_size`: Some(1042), added: 3517, mode: `Ignored`)
	// Storage: UNKNOWN KEY `0x6d021f179162d19598912157ef751983` (r:1 w:0)
	// Proof: UNKNOWN KEY `0x6d021f179162d19598912157ef751983` (r:1 w:0)
	// Storage: `Compute::Reports` (r:33 w:0)
	// Proof: `Compute::Reports` (`max_values`: None, `max_size`: Some(683), added: 3158, mode: `Ignored`)
	// Storage: `Compute::ContestedBlocks` (r:1 w:1)
	// Proof: `Compute::ContestedBlocks` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `Ignored`)
	// Storage: `Compute::CounterForValidators` (r:1 w:0)
	// Proof: `Compute::CounterForValidators` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `Ignored`)
	// Storage: `Compute::Deadlines` (r:0 w:2)
	// Proof: `Compute::Deadlines` (`max_values`: None, `max_size`: Some(32), added: 2507, mode: `Ignored`)
	fn reveal(o: u32) -> Weight {
		// 290_832 ns at least.
		Weight::from_parts(1_202_191_948, 0)
			// ± 750_767
			.saturating_add(Weight::from_parts(19_108_978, 0).saturating_mul(o.into()))
			.saturating_add(T::DbWeight::get().reads(39))
			.saturating_add(T::DbWeight::get().writes(5))
	}
	// Storage: `Compute::Jobs` (r:1 w:0)
	// Proof: `Compute::Jobs` (`max_values`: None, `max_size`: Some(358), added: 2833, mode: `Ignored`)
	// Storage: `Compute::Batches` (r:1 w:1)
	// Proof: `Compute::Batches` (`max_values`: None, `max_size`: Some(18826), added: 21301, mode: `Ignored`)
	// Storage: `Compute::Seeds` (r:1 w:1)
	// Proof: `Compute::Seeds` (`max_values`: None, `max_size`: Some(1042), added: 3517, mode: `Ignored`)
	// Storage: UNKNOWN KEY `0x6d021f179162d19598912157ef751983` (r:1 w:0)
	// Proof: UNKNOWN KEY `0x6d021f179162d19598912157ef751983` (r:1 w:0)
	// Storage: `Compute::Reports` (r:33 w:0)
	// Proof: `Compute::Reports` (`max_values`: None, `max_size`: Some(683), added: 3158, mode: `Ignored`)
	// Storage: `Compute::Deadlines` (r:0 w:2)
	// Proof: `Compute::Deadlines` (`max_values`: None, `max_size`: Some(32), added: 2507, mode: `Ignored`)
	fn reveal_reported(r: u32) -> Weight {
		// 250_908 ns at least.
		Weight::from_parts(260_461_307, 0)
			// ± 558_457
			.saturating_add(Weight::from_parts(21_166_146, 0).saturating_mul(r.into()))
			.saturating_add(T::DbWeight::get().reads(5))
			.saturating_add(T::DbWeight::get().reads((1_u64).saturating_mul(r.into())))
			.saturating_add(T::DbWeight::get().writes(4))
	}
	// Storage: `Compute::Jobs` (r:1 w:1)
	// Proof: `Compute::Jobs` (`max_values`: None, `max_size`: Some(358), added: 2833, mode: `Ignored`)
	// Storage: `Compute::Batches` (r:1 w:1)
	// Proof: `Compute::Batches` (`max_values`: None, `max_size`: Some(18826), added: 21301, mode: `Ignored`)
	// Storage: `Compute::Seeds` (r:1 w:1)
	// Proof: `Compute::Seeds` (`max_values`: None, `max_size`: Some(1042), added: 3517, mode: `Ignored`)
	// Storage: UNKNOWN KEY `0x6d021f179162d19598912157ef751983` (r:1 w:0)
	// Proof: UNKNOWN KEY `0x6d021f179162d19598912157ef751983` (r:1 w:0)
	// Storage: `Compute::Reports` (r:33 w:32)
	// Proof: `Compute::Reports` (`max_values`: None, `max_size`: Some(683), added: 3158, mode: `Ignored`)
	// Storage: `Compute::Workers` (r:1 w:1)
	// Proof: `Compute::Workers` (`max_values`: None, `max_size`: Some(144), added: 2619, mode: `Ignored`)
	// Storage: `System::Account` (r:1 w:1)
	// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `Ignored`)
	// Storage: `Balances::Holds` (r:1 w:1)
	// Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(157), added: 2632, mode: `Ignored`)
	// Storage: `Compute::Deadlines` (r:0 w:1)
	// Proof: `Compute::Deadlines` (`max_values`: None, `max_size`: Some(32), added: 2507, mode: `Ignored`)
	// Storage: `Compute::JobDeadlines` (r:0 w:2)
	// Proof: `Compute::JobDeadlines` (`max_values`: None, `max_size`: Some(28), added: 2503, mode: `Ignored`)
	fn answer(o: u32) -> Weight {
		// 471_931 ns at least.
		Weight::from_parts(977_999_457, 0)
			// ± 797_813
			.saturating_add(Weight::from_parts(17_241_361, 0).saturating_mul(o.into()))
			.saturating_add(T::DbWeight::get().reads(40))
			.saturating_add(T::DbWeight::get().writes(41))
	}
	// Storage: `Compute::Jobs` (r:1 w:1)
	// Proof: `Compute::Jobs` (`max_values`: None, `max_size`: Some(358), added: 2833, mode: `Ignored`)
	// Storage: `Compute::Batches` (r:1 w:1)
	// Proof: `Compute::Batches` (`max_values`: None, `max_size`: Some(18826), added: 21301, mode: `Ignored`)
	// Storage: `Compute::Seeds` (r:1 w:1)
	// Proof: `Compute::Seeds` (`max_values`: None, `max_size`: Some(1042), added: 3517, mode: `Ignored`)
	// Storage: UNKNOWN KEY `0x6d021f179162d19598912157ef751983` (r:1 w:0)
	// Proof: UNKNOWN KEY `0x6d021f179162d19598912157ef751983` (r:1 w:0)
	// Storage: `Compute::Reports` (r:33 w:32)
	// Proof: `Compute::Reports` (`max_values`: None, `max_size`: Some(683), added: 3158, mode: `Ignored`)
	// Storage: `Compute::Workers` (r:1 w:1)
	// Proof: `Compute::Workers` (`max_values`: None, `max_size`: Some(144), added: 2619, mode: `Ignored`)
	// Storage: `System::Account` (r:1 w:1)
	// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `Ignored`)
	// Storage: `Balances::Holds` (r:1 w:1)
	// Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(157), added: 2632, mode: `Ignored`)
	// Storage: `Compute::Deadlines` (r:0 w:1)
	// Proof: `Compute::Deadlines` (`max_values`: None, `max_size`: Some(32), added: 2507, mode: `Ignored`)
	// Storage: `Compute::JobDeadlines` (r:0 w:2)
	// Proof: `Compute::JobDeadlines` (`max_values`: None, `max_size`: Some(28), added: 2503, mode: `Ignored`)
	fn answer_reported(r: u32) -> Weight {
		// 355_012 ns at least.
		Weight::from_parts(513_229_074, 0)
			// ± 396_779
			.saturating_add(Weight::from_parts(26_936_724, 0).saturating_mul(r.into()))
			.saturating_add(T::DbWeight::get().reads(8))
			.saturating_add(T::DbWeight::get().reads((1_u64).saturating_mul(r.into())))
			.saturating_add(T::DbWeight::get().writes(9))
			.saturating_add(T::DbWeight::get().writes((1_u64).saturating_mul(r.into())))
	}
	// Storage: `Compute::Jobs` (r:1 w:1)
	// Proof: `Compute::Jobs` (`max_values`: None, `max_size`: Some(358), added: 2833, mode: `Ignored`)
	// Storage: `Compute::Batches` (r:1 w:1)
	// Proof: `Compute::Batches` (`max_values`: None, `max_size`: Some(18826), added: 21301, mode: `Ignored`)
	// Storage: `System::Account` (r:34 w:34)
	// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `Ignored`)
	// Storage: `Balances::Holds` (r:1 w:1)
	// Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(157), added: 2632, mode: `Ignored`)
	// Storage: `Compute::Reports` (r:33 w:0)
	// Proof: `Compute::Reports` (`max_values`: None, `max_size`: Some(683), added: 3158, mode: `Ignored`)
	// Storage: `Compute::AuditorRecords` (r:32 w:32)
	// Proof: `Compute::AuditorRecords` (`max_values`: None, `max_size`: Some(124), added: 2599, mode: `Ignored`)
	// Storage: `Compute::Workers` (r:1 w:1)
	// Proof: `Compute::Workers` (`max_values`: None, `max_size`: Some(144), added: 2619, mode: `Ignored`)
	// Storage: `Compute::Deadlines` (r:0 w:1)
	// Proof: `Compute::Deadlines` (`max_values`: None, `max_size`: Some(32), added: 2507, mode: `Ignored`)
	// Storage: `Compute::JobDeadlines` (r:0 w:2)
	// Proof: `Compute::JobDeadlines` (`max_values`: None, `max_size`: Some(28), added: 2503, mode: `Ignored`)
	fn settle(r: u32) -> Weight {
		// 200_584 ns at least.
		Weight::from_parts(375_419_853, 0)
			// ± 852_675
			.saturating_add(Weight::from_parts(81_197_099, 0).saturating_mul(r.into()))
			.saturating_add(T::DbWeight::get().reads(7))
			.saturating_add(T::DbWeight::get().reads((3_u64).saturating_mul(r.into())))
			.saturating_add(T::DbWeight::get().writes(9))
			.saturating_add(T::DbWeight::get().writes((2_u64).saturating_mul(r.into())))
	}
	// Storage: `Compute::Jobs` (r:1 w:1)
	// Proof: `Compute::Jobs` (`max_values`: None, `max_size`: Some(358), added: 2833, mode: `Ignored`)
	// Storage: `Compute::Batches` (r:1 w:1)
	// Proof: `Compute::Batches` (`max_values`: None, `max_size`: Some(18826), added: 21301, mode: `Ignored`)
	// Storage: `System::Account` (r:34 w:34)
	// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `Ignored`)
	// Storage: `Balances::Holds` (r:1 w:1)
	// Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(157), added: 2632, mode: `Ignored`)
	// Storage: `Compute::Reports` (r:33 w:0)
	// Proof: `Compute::Reports` (`max_values`: None, `max_size`: Some(683), added: 3158, mode: `Ignored`)
	// Storage: `Compute::AuditorRecords` (r:32 w:32)
	// Proof: `Compute::AuditorRecords` (`max_values`: None, `max_size`: Some(124), added: 2599, mode: `Ignored`)
	// Storage: `Compute::Workers` (r:1 w:1)
	// Proof: `Compute::Workers` (`max_values`: None, `max_size`: Some(144), added: 2619, mode: `Ignored`)
	// Storage: `Compute::Deadlines` (r:0 w:1)
	// Proof: `Compute::Deadlines` (`max_values`: None, `max_size`: Some(32), added: 2507, mode: `Ignored`)
	// Storage: `Compute::JobDeadlines` (r:0 w:2)
	// Proof: `Compute::JobDeadlines` (`max_values`: None, `max_size`: Some(28), added: 2503, mode: `Ignored`)
	fn accept(r: u32) -> Weight {
		// 195_405 ns at least.
		Weight::from_parts(186_494_341, 0)
			// ± 1_133_425
			.saturating_add(Weight::from_parts(101_236_576, 0).saturating_mul(r.into()))
			.saturating_add(T::DbWeight::get().reads(7))
			.saturating_add(T::DbWeight::get().reads((3_u64).saturating_mul(r.into())))
			.saturating_add(T::DbWeight::get().writes(9))
			.saturating_add(T::DbWeight::get().writes((2_u64).saturating_mul(r.into())))
	}
	// Storage: `Compute::Jobs` (r:1 w:1)
	// Proof: `Compute::Jobs` (`max_values`: None, `max_size`: Some(358), added: 2833, mode: `Ignored`)
	// Storage: `Compute::Batches` (r:1 w:1)
	// Proof: `Compute::Batches` (`max_values`: None, `max_size`: Some(18826), added: 21301, mode: `Ignored`)
	// Storage: `System::Account` (r:2 w:2)
	// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `Ignored`)
	// Storage: `Balances::Holds` (r:2 w:2)
	// Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(157), added: 2632, mode: `Ignored`)
	// Storage: `Compute::Workers` (r:1 w:1)
	// Proof: `Compute::Workers` (`max_values`: None, `max_size`: Some(144), added: 2619, mode: `Ignored`)
	// Storage: `Compute::Deadlines` (r:0 w:1)
	// Proof: `Compute::Deadlines` (`max_values`: None, `max_size`: Some(32), added: 2507, mode: `Ignored`)
	// Storage: `Compute::JobDeadlines` (r:0 w:2)
	// Proof: `Compute::JobDeadlines` (`max_values`: None, `max_size`: Some(28), added: 2503, mode: `Ignored`)
	fn expire_claimed() -> Weight {
		// 169_567 ns at least.
		Weight::from_parts(243_765_000, 0)
			.saturating_add(T::DbWeight::get().reads(7))
			.saturating_add(T::DbWeight::get().writes(10))
	}
	// Storage: `Compute::Jobs` (r:1 w:1)
	// Proof: `Compute::Jobs` (`max_values`: None, `max_size`: Some(358), added: 2833, mode: `Ignored`)
	// Storage: `Compute::Batches` (r:1 w:1)
	// Proof: `Compute::Batches` (`max_values`: None, `max_size`: Some(18826), added: 21301, mode: `Ignored`)
	// Storage: `Compute::Seeds` (r:1 w:1)
	// Proof: `Compute::Seeds` (`max_values`: None, `max_size`: Some(1042), added: 3517, mode: `Ignored`)
	// Storage: UNKNOWN KEY `0x6d021f179162d19598912157ef751983` (r:1 w:0)
	// Proof: UNKNOWN KEY `0x6d021f179162d19598912157ef751983` (r:1 w:0)
	// Storage: `Compute::Reports` (r:33 w:32)
	// Proof: `Compute::Reports` (`max_values`: None, `max_size`: Some(683), added: 3158, mode: `Ignored`)
	// Storage: `System::Account` (r:34 w:34)
	// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `Ignored`)
	// Storage: `Balances::Holds` (r:2 w:2)
	// Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(157), added: 2632, mode: `Ignored`)
	// Storage: `Compute::AuditorRecords` (r:32 w:32)
	// Proof: `Compute::AuditorRecords` (`max_values`: None, `max_size`: Some(124), added: 2599, mode: `Ignored`)
	// Storage: `Compute::Workers` (r:1 w:1)
	// Proof: `Compute::Workers` (`max_values`: None, `max_size`: Some(144), added: 2619, mode: `Ignored`)
	// Storage: `Compute::Deadlines` (r:0 w:1)
	// Proof: `Compute::Deadlines` (`max_values`: None, `max_size`: Some(32), added: 2507, mode: `Ignored`)
	// Storage: `Compute::JobDeadlines` (r:0 w:2)
	// Proof: `Compute::JobDeadlines` (`max_values`: None, `max_size`: Some(28), added: 2503, mode: `Ignored`)
	fn expire_committed(r: u32) -> Weight {
		// 324_826 ns at least.
		Weight::from_parts(494_722_266, 0)
			// ± 777_960
			.saturating_add(Weight::from_parts(96_901_360, 0).saturating_mul(r.into()))
			.saturating_add(T::DbWeight::get().reads(10))
			.saturating_add(T::DbWeight::get().reads((3_u64).saturating_mul(r.into())))
			.saturating_add(T::DbWeight::get().writes(11))
			.saturating_add(T::DbWeight::get().writes((3_u64).saturating_mul(r.into())))
	}
	// Storage: `Compute::Jobs` (r:1 w:1)
	// Proof: `Compute::Jobs` (`max_values`: None, `max_size`: Some(358), added: 2833, mode: `Ignored`)
	// Storage: `Compute::Batches` (r:1 w:1)
	// Proof: `Compute::Batches` (`max_values`: None, `max_size`: Some(18826), added: 21301, mode: `Ignored`)
	// Storage: `System::Account` (r:35 w:35)
	// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `Ignored`)
	// Storage: `Balances::Holds` (r:3 w:3)
	// Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(157), added: 2632, mode: `Ignored`)
	// Storage: `Compute::Reports` (r:33 w:32)
	// Proof: `Compute::Reports` (`max_values`: None, `max_size`: Some(683), added: 3158, mode: `Ignored`)
	// Storage: `Compute::AuditorRecords` (r:32 w:32)
	// Proof: `Compute::AuditorRecords` (`max_values`: None, `max_size`: Some(124), added: 2599, mode: `Ignored`)
	// Storage: `Compute::Workers` (r:1 w:1)
	// Proof: `Compute::Workers` (`max_values`: None, `max_size`: Some(144), added: 2619, mode: `Ignored`)
	// Storage: `Compute::Deadlines` (r:0 w:1)
	// Proof: `Compute::Deadlines` (`max_values`: None, `max_size`: Some(32), added: 2507, mode: `Ignored`)
	// Storage: `Compute::JobDeadlines` (r:0 w:2)
	// Proof: `Compute::JobDeadlines` (`max_values`: None, `max_size`: Some(28), added: 2503, mode: `Ignored`)
	fn expire_demanded(r: u32) -> Weight {
		// 283_028 ns at least.
		Weight::from_parts(306_991_579, 0)
			// ± 1_607_673
			.saturating_add(Weight::from_parts(103_679_565, 0).saturating_mul(r.into()))
			.saturating_add(T::DbWeight::get().reads(10))
			.saturating_add(T::DbWeight::get().reads((3_u64).saturating_mul(r.into())))
			.saturating_add(T::DbWeight::get().writes(12))
			.saturating_add(T::DbWeight::get().writes((3_u64).saturating_mul(r.into())))
	}
	// Storage: `Compute::Jobs` (r:1 w:1)
	// Proof: `Compute::Jobs` (`max_values`: None, `max_size`: Some(358), added: 2833, mode: `Ignored`)
	// Storage: `Compute::Batches` (r:1 w:1)
	// Proof: `Compute::Batches` (`max_values`: None, `max_size`: Some(18826), added: 21301, mode: `Ignored`)
	// Storage: `Compute::CounterForValidators` (r:1 w:0)
	// Proof: `Compute::CounterForValidators` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `Ignored`)
	// Storage: `Compute::Tallies` (r:1005 w:1000)
	// Proof: `Compute::Tallies` (`max_values`: None, `max_size`: Some(73), added: 2548, mode: `Ignored`)
	// Storage: `Compute::ContestedBlocks` (r:1 w:1)
	// Proof: `Compute::ContestedBlocks` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `Ignored`)
	// Storage: `Compute::Votes` (r:1000 w:1000)
	// Proof: `Compute::Votes` (`max_values`: None, `max_size`: Some(101), added: 2576, mode: `Ignored`)
	// Storage: `System::Account` (r:2 w:2)
	// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `Ignored`)
	// Storage: `Balances::Holds` (r:2 w:2)
	// Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(157), added: 2632, mode: `Ignored`)
	// Storage: `Compute::Workers` (r:1 w:1)
	// Proof: `Compute::Workers` (`max_values`: None, `max_size`: Some(144), added: 2619, mode: `Ignored`)
	// Storage: `Compute::Reports` (r:32 w:32)
	// Proof: `Compute::Reports` (`max_values`: None, `max_size`: Some(683), added: 3158, mode: `Ignored`)
	// Storage: `Compute::Deadlines` (r:0 w:1)
	// Proof: `Compute::Deadlines` (`max_values`: None, `max_size`: Some(32), added: 2507, mode: `Ignored`)
	// Storage: `Compute::BarredPrograms` (r:0 w:1)
	// Proof: `Compute::BarredPrograms` (`max_values`: None, `max_size`: Some(56), added: 2531, mode: `Ignored`)
	// Storage: `Compute::JobDeadlines` (r:0 w:2)
	// Proof: `Compute::JobDeadlines` (`max_values`: None, `max_size`: Some(28), added: 2503, mode: `Ignored`)
	fn expire_disputed(v: u32) -> Weight {
		// 321_901 ns at least.
		Weight::from_parts(247_616_107, 0)
			// ± 225_771
			.saturating_add(Weight::from_parts(13_211_494, 0).saturating_mul(v.into()))
			.saturating_add(T::DbWeight::get().reads(46))
			.saturating_add(T::DbWeight::get().reads((2_u64).saturating_mul(v.into())))
			.saturating_add(T::DbWeight::get().writes(44))
			.saturating_add(T::DbWeight::get().writes((2_u64).saturating_mul(v.into())))
	}
	// Storage: `Compute::Jobs` (r:1 w:0)
	// Proof: `Compute::Jobs` (`max_values`: None, `max_size`: Some(358), added: 2833, mode: `Ignored`)
	// Storage: `Compute::Batches` (r:1 w:1)
	// Proof: `Compute::Batches` (`max_values`: None, `max_size`: Some(18826), added: 21301, mode: `Ignored`)
	// Storage: `Compute::FuelPrice` (r:1 w:0)
	// Proof: `Compute::FuelPrice` (`max_values`: Some(1), `max_size`: Some(16), added: 511, mode: `Ignored`)
	// Storage: `Compute::CounterForValidators` (r:1 w:0)
	// Proof: `Compute::CounterForValidators` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `Ignored`)
	// Storage: `System::Account` (r:1 w:1)
	// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `Ignored`)
	// Storage: `Balances::Holds` (r:1 w:1)
	// Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(157), added: 2632, mode: `Ignored`)
	// Storage: UNKNOWN KEY `0x6d021f179162d19598912157ef751983` (r:1 w:0)
	// Proof: UNKNOWN KEY `0x6d021f179162d19598912157ef751983` (r:1 w:0)
	// Storage: `Compute::ContestedBlocks` (r:1 w:1)
	// Proof: `Compute::ContestedBlocks` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `Ignored`)
	// Storage: `Compute::Deadlines` (r:0 w:2)
	// Proof: `Compute::Deadlines` (`max_values`: None, `max_size`: Some(32), added: 2507, mode: `Ignored`)
	fn challenge() -> Weight {
		// 108_322 ns at least.
		Weight::from_parts(152_845_000, 0)
			.saturating_add(T::DbWeight::get().reads(8))
			.saturating_add(T::DbWeight::get().writes(6))
	}
	// Storage: `System::BlockHash` (r:1 w:0)
	// Proof: `System::BlockHash` (`max_values`: None, `max_size`: Some(44), added: 2519, mode: `Ignored`)
	// Storage: `Compute::Jobs` (r:1 w:0)
	// Proof: `Compute::Jobs` (`max_values`: None, `max_size`: Some(358), added: 2833, mode: `Ignored`)
	// Storage: `Compute::Batches` (r:1 w:0)
	// Proof: `Compute::Batches` (`max_values`: None, `max_size`: Some(18826), added: 21301, mode: `Ignored`)
	// Storage: `Compute::Validators` (r:1 w:0)
	// Proof: `Compute::Validators` (`max_values`: None, `max_size`: Some(88), added: 2563, mode: `Ignored`)
	// Storage: `Compute::Votes` (r:1 w:1)
	// Proof: `Compute::Votes` (`max_values`: None, `max_size`: Some(101), added: 2576, mode: `Ignored`)
	// Storage: `Compute::Tallies` (r:1 w:1)
	// Proof: `Compute::Tallies` (`max_values`: None, `max_size`: Some(73), added: 2548, mode: `Ignored`)
	fn submit_vote() -> Weight {
		// 65_873 ns at least.
		Weight::from_parts(74_909_000, 0)
			.saturating_add(T::DbWeight::get().reads(6))
			.saturating_add(T::DbWeight::get().writes(2))
	}
	// Storage: `System::BlockHash` (r:1 w:0)
	// Proof: `System::BlockHash` (`max_values`: None, `max_size`: Some(44), added: 2519, mode: `Ignored`)
	// Storage: `Compute::Jobs` (r:1 w:0)
	// Proof: `Compute::Jobs` (`max_values`: None, `max_size`: Some(358), added: 2833, mode: `Ignored`)
	// Storage: `Compute::Batches` (r:1 w:0)
	// Proof: `Compute::Batches` (`max_values`: None, `max_size`: Some(18826), added: 21301, mode: `Ignored`)
	// Storage: `Compute::Validators` (r:1 w:0)
	// Proof: `Compute::Validators` (`max_values`: None, `max_size`: Some(88), added: 2563, mode: `Ignored`)
	// Storage: `Compute::Votes` (r:1 w:0)
	// Proof: `Compute::Votes` (`max_values`: None, `max_size`: Some(101), added: 2576, mode: `Ignored`)
	fn authorize_submit_vote() -> Weight {
		// 206_204 ns at least.
		Weight::from_parts(231_021_000, 0).saturating_add(T::DbWeight::get().reads(5))
	}
	// Storage: `System::BlockHash` (r:1 w:0)
	// Proof: `System::BlockHash` (`max_values`: None, `max_size`: Some(44), added: 2519, mode: `Ignored`)
	// Storage: `Compute::Jobs` (r:1 w:1)
	// Proof: `Compute::Jobs` (`max_values`: None, `max_size`: Some(358), added: 2833, mode: `Ignored`)
	// Storage: `Compute::Batches` (r:1 w:1)
	// Proof: `Compute::Batches` (`max_values`: None, `max_size`: Some(18826), added: 21301, mode: `Ignored`)
	// Storage: `Compute::Validators` (r:1 w:0)
	// Proof: `Compute::Validators` (`max_values`: None, `max_size`: Some(88), added: 2563, mode: `Ignored`)
	// Storage: `Compute::Votes` (r:1000 w:1000)
	// Proof: `Compute::Votes` (`max_values`: None, `max_size`: Some(101), added: 2576, mode: `Ignored`)
	// Storage: `Compute::Tallies` (r:337 w:334)
	// Proof: `Compute::Tallies` (`max_values`: None, `max_size`: Some(73), added: 2548, mode: `Ignored`)
	// Storage: `Compute::CounterForValidators` (r:1 w:0)
	// Proof: `Compute::CounterForValidators` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `Ignored`)
	// Storage: `Compute::ContestedBlocks` (r:1 w:1)
	// Proof: `Compute::ContestedBlocks` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `Ignored`)
	// Storage: `Compute::Reports` (r:33 w:32)
	// Proof: `Compute::Reports` (`max_values`: None, `max_size`: Some(683), added: 3158, mode: `Ignored`)
	// Storage: `Compute::AuditorRecords` (r:33 w:33)
	// Proof: `Compute::AuditorRecords` (`max_values`: None, `max_size`: Some(124), added: 2599, mode: `Ignored`)
	// Storage: `System::Account` (r:35 w:35)
	// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `Ignored`)
	// Storage: `Balances::Holds` (r:35 w:35)
	// Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(157), added: 2632, mode: `Ignored`)
	// Storage: `Compute::Workers` (r:1 w:1)
	// Proof: `Compute::Workers` (`max_values`: None, `max_size`: Some(144), added: 2619, mode: `Ignored`)
	// Storage: `Compute::Deadlines` (r:0 w:1)
	// Proof: `Compute::Deadlines` (`max_values`: None, `max_size`: Some(32), added: 2507, mode: `Ignored`)
	// Storage: `Compute::JobDeadlines` (r:0 w:2)
	// Proof: `Compute::JobDeadlines` (`max_values`: None, `max_size`: Some(28), added: 2503, mode: `Ignored`)
	fn decide_against(v: u32, r: u32) -> Weight {
		// 3_620_272 ns at least.
		Weight::from_parts(1_107_767_060, 0)
			// ± 340_539
			.saturating_add(Weight::from_parts(8_271_579, 0).saturating_mul(v.into()))
			// ± 10_504_811
			.saturating_add(Weight::from_parts(82_492_535, 0).saturating_mul(r.into()))
			.saturating_add(T::DbWeight::get().reads(19))
			.saturating_add(T::DbWeight::get().reads((1_u64).saturating_mul(v.into())))
			.saturating_add(T::DbWeight::get().reads((4_u64).saturating_mul(r.into())))
			.saturating_add(T::DbWeight::get().writes(15))
			.saturating_add(T::DbWeight::get().writes((1_u64).saturating_mul(v.into())))
			.saturating_add(T::DbWeight::get().writes((4_u64).saturating_mul(r.into())))
	}
	// Storage: `System::BlockHash` (r:1 w:0)
	// Proof: `System::BlockHash` (`max_values`: None, `max_size`: Some(44), added: 2519, mode: `Ignored`)
	// Storage: `Compute::Jobs` (r:1 w:0)
	// Proof: `Compute::Jobs` (`max_values`: None, `max_size`: Some(358), added: 2833, mode: `Ignored`)
	// Storage: `Compute::Batches` (r:1 w:1)
	// Proof: `Compute::Batches` (`max_values`: None, `max_size`: Some(18826), added: 21301, mode: `Ignored`)
	// Storage: `Compute::Validators` (r:1 w:0)
	// Proof: `Compute::Validators` (`max_values`: None, `max_size`: Some(88), added: 2563, mode: `Ignored`)
	// Storage: `Compute::Votes` (r:1 w:1)
	// Proof: `Compute::Votes` (`max_values`: None, `max_size`: Some(101), added: 2576, mode: `Ignored`)
	// Storage: `Compute::Tallies` (r:3 w:1)
	// Proof: `Compute::Tallies` (`max_values`: None, `max_size`: Some(73), added: 2548, mode: `Ignored`)
	// Storage: `Compute::CounterForValidators` (r:1 w:0)
	// Proof: `Compute::CounterForValidators` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `Ignored`)
	// Storage: `Compute::ContestedBlocks` (r:1 w:1)
	// Proof: `Compute::ContestedBlocks` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `Ignored`)
	// Storage: `Compute::Reports` (r:33 w:1)
	// Proof: `Compute::Reports` (`max_values`: None, `max_size`: Some(683), added: 3158, mode: `Ignored`)
	// Storage: `Compute::AuditorRecords` (r:1 w:1)
	// Proof: `Compute::AuditorRecords` (`max_values`: None, `max_size`: Some(124), added: 2599, mode: `Ignored`)
	// Storage: `System::Account` (r:2 w:2)
	// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `Ignored`)
	// Storage: `Balances::Holds` (r:1 w:1)
	// Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(157), added: 2632, mode: `Ignored`)
	// Storage: UNKNOWN KEY `0x6d021f179162d19598912157ef751983` (r:1 w:0)
	// Proof: UNKNOWN KEY `0x6d021f179162d19598912157ef751983` (r:1 w:0)
	fn decide_for(c: u32) -> Weight {
		// 530_078 ns at least.
		Weight::from_parts(814_145_185, 0)
			// ± 132_225
			.saturating_add(Weight::from_parts(2_621_830, 0).saturating_mul(c.into()))
			.saturating_add(T::DbWeight::get().reads(48))
			.saturating_add(T::DbWeight::get().writes(9))
	}
	// Storage: `Compute::Jobs` (r:1 w:0)
	// Proof: `Compute::Jobs` (`max_values`: None, `max_size`: Some(358), added: 2833, mode: `Ignored`)
	// Storage: `Compute::Batches` (r:1 w:1)
	// Proof: `Compute::Batches` (`max_values`: None, `max_size`: Some(18826), added: 21301, mode: `Ignored`)
	// Storage: `System::Account` (r:1 w:1)
	// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `Ignored`)
	// Storage: `Balances::Holds` (r:1 w:1)
	// Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(157), added: 2632, mode: `Ignored`)
	// Storage: `Compute::Deadlines` (r:0 w:2)
	// Proof: `Compute::Deadlines` (`max_values`: None, `max_size`: Some(32), added: 2507, mode: `Ignored`)
	fn demand() -> Weight {
		// 91_089 ns at least.
		Weight::from_parts(122_148_000, 0)
			.saturating_add(T::DbWeight::get().reads(4))
			.saturating_add(T::DbWeight::get().writes(5))
	}
	// Storage: `Compute::Jobs` (r:1 w:0)
	// Proof: `Compute::Jobs` (`max_values`: None, `max_size`: Some(358), added: 2833, mode: `Ignored`)
	// Storage: `Compute::Batches` (r:1 w:1)
	// Proof: `Compute::Batches` (`max_values`: None, `max_size`: Some(18826), added: 21301, mode: `Ignored`)
	// Storage: `Compute::CounterForValidators` (r:1 w:0)
	// Proof: `Compute::CounterForValidators` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `Ignored`)
	// Storage: `System::Account` (r:1 w:1)
	// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `Ignored`)
	// Storage: `Balances::Holds` (r:1 w:1)
	// Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(157), added: 2632, mode: `Ignored`)
	// Storage: `Compute::ContestedBlocks` (r:1 w:1)
	// Proof: `Compute::ContestedBlocks` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `Ignored`)
	// Storage: `Compute::Deadlines` (r:0 w:2)
	// Proof: `Compute::Deadlines` (`max_values`: None, `max_size`: Some(32), added: 2507, mode: `Ignored`)
	fn demand_batch() -> Weight {
		// 93_795 ns at least.
		Weight::from_parts(100_899_000, 0)
			.saturating_add(T::DbWeight::get().reads(6))
			.saturating_add(T::DbWeight::get().writes(6))
	}
	// Storage: `Compute::Jobs` (r:1 w:0)
	// Proof: `Compute::Jobs` (`max_values`: None, `max_size`: Some(358), added: 2833, mode: `Ignored`)
	// Storage: `Compute::Batches` (r:1 w:1)
	// Proof: `Compute::Batches` (`max_values`: None, `max_size`: Some(18826), added: 21301, mode: `Ignored`)
	// Storage: `System::Account` (r:1 w:1)
	// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `Ignored`)
	// Storage: `Balances::Holds` (r:1 w:1)
	// Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(157), added: 2632, mode: `Ignored`)
	// Storage: `Compute::Deadlines` (r:0 w:2)
	// Proof: `Compute::Deadlines` (`max_values`: None, `max_size`: Some(32), added: 2507, mode: `Ignored`)
	fn answer_demand(b: u32) -> Weight {
		// 130_474 ns at least.
		Weight::from_parts(162_754_741, 0)
			// ± 135
			.saturating_add(Weight::from_parts(16_895, 0).saturating_mul(b.into()))
			.saturating_add(T::DbWeight::get().reads(4))
			.saturating_add(T::DbWeight::get().writes(5))
	}
	// Storage: `Compute::Jobs` (r:1 w:1)
	// Proof: `Compute::Jobs` (`max_values`: None, `max_size`: Some(358), added: 2833, mode: `Ignored`)
	// Storage: `Compute::Batches` (r:1 w:1)
	// Proof: `Compute::Batches` (`max_values`: None, `max_size`: Some(18826), added: 21301, mode: `Ignored`)
	// Storage: `Compute::Reports` (r:33 w:32)
	// Proof: `Compute::Reports` (`max_values`: None, `max_size`: Some(683), added: 3158, mode: `Ignored`)
	// Storage: `System::Account` (r:35 w:35)
	// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `Ignored`)
	// Storage: `Balances::Holds` (r:2 w:2)
	// Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(157), added: 2632, mode: `Ignored`)
	// Storage: `Compute::AuditorRecords` (r:33 w:33)
	// Proof: `Compute::AuditorRecords` (`max_values`: None, `max_size`: Some(124), added: 2599, mode: `Ignored`)
	// Storage: `Compute::Workers` (r:1 w:1)
	// Proof: `Compute::Workers` (`max_values`: None, `max_size`: Some(144), added: 2619, mode: `Ignored`)
	// Storage: `Compute::Deadlines` (r:0 w:1)
	// Proof: `Compute::Deadlines` (`max_values`: None, `max_size`: Some(32), added: 2507, mode: `Ignored`)
	// Storage: `Compute::JobDeadlines` (r:0 w:2)
	// Proof: `Compute::JobDeadlines` (`max_values`: None, `max_size`: Some(28), added: 2503, mode: `Ignored`)
	fn prove_missealed(b: u32, r: u32) -> Weight {
		// 2_454_498 ns at least.
		Weight::from_parts(94_268_844, 0)
			// ± 309
			.saturating_add(Weight::from_parts(12_290, 0).saturating_mul(b.into()))
			// ± 10_013_658
			.saturating_add(Weight::from_parts(115_130_387, 0).saturating_mul(r.into()))
			.saturating_add(T::DbWeight::get().reads(10))
			.saturating_add(T::DbWeight::get().reads((3_u64).saturating_mul(r.into())))
			.saturating_add(T::DbWeight::get().writes(12))
			.saturating_add(T::DbWeight::get().writes((3_u64).saturating_mul(r.into())))
	}
	// Storage: `System::BlockHash` (r:1 w:0)
	// Proof: `System::BlockHash` (`max_values`: None, `max_size`: Some(44), added: 2519, mode: `Ignored`)
	// Storage: `Compute::Jobs` (r:1 w:1)
	// Proof: `Compute::Jobs` (`max_values`: None, `max_size`: Some(358), added: 2833, mode: `Ignored`)
	// Storage: `Compute::Batches` (r:1 w:1)
	// Proof: `Compute::Batches` (`max_values`: None, `max_size`: Some(18826), added: 21301, mode: `Ignored`)
	// Storage: `Compute::CounterForValidators` (r:1 w:0)
	// Proof: `Compute::CounterForValidators` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `Ignored`)
	// Storage: `Compute::ContestedBlocks` (r:1 w:1)
	// Proof: `Compute::ContestedBlocks` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `Ignored`)
	// Storage: `Compute::Tallies` (r:1003 w:1000)
	// Proof: `Compute::Tallies` (`max_values`: None, `max_size`: Some(73), added: 2548, mode: `Ignored`)
	// Storage: `Compute::Votes` (r:1000 w:1000)
	// Proof: `Compute::Votes` (`max_values`: None, `max_size`: Some(101), added: 2576, mode: `Ignored`)
	// Storage: `System::Account` (r:36 w:36)
	// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `Ignored`)
	// Storage: `Balances::Holds` (r:3 w:3)
	// Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(157), added: 2632, mode: `Ignored`)
	// Storage: `Compute::Reports` (r:33 w:32)
	// Proof: `Compute::Reports` (`max_values`: None, `max_size`: Some(683), added: 3158, mode: `Ignored`)
	// Storage: `Compute::AuditorRecords` (r:33 w:33)
	// Proof: `Compute::AuditorRecords` (`max_values`: None, `max_size`: Some(124), added: 2599, mode: `Ignored`)
	// Storage: `Compute::Workers` (r:1 w:1)
	// Proof: `Compute::Workers` (`max_values`: None, `max_size`: Some(144), added: 2619, mode: `Ignored`)
	// Storage: `Compute::Deadlines` (r:0 w:1)
	// Proof: `Compute::Deadlines` (`max_values`: None, `max_size`: Some(32), added: 2507, mode: `Ignored`)
	// Storage: `Compute::JobDeadlines` (r:0 w:2)
	// Proof: `Compute::JobDeadlines` (`max_values`: None, `max_size`: Some(28), added: 2503, mode: `Ignored`)
	fn report_double_receipt(v: u32, r: u32) -> Weight {
		// 3_120_160 ns at least.
		Weight::from_parts(4_503_891_000, 0)
			// ± 250_430
			.saturating_add(Weight::from_parts(13_463_199, 0).saturating_mul(v.into()))
			// ± 7_862_905
			.saturating_add(Weight::from_parts(89_012_776, 0).saturating_mul(r.into()))
			.saturating_add(T::DbWeight::get().reads(18))
			.saturating_add(T::DbWeight::get().reads((2_u64).saturating_mul(v.into())))
			.saturating_add(T::DbWeight::get().reads((3_u64).saturating_mul(r.into())))
			.saturating_add(T::DbWeight::get().writes(15))
			.saturating_add(T::DbWeight::get().writes((2_u64).saturating_mul(v.into())))
			.saturating_add(T::DbWeight::get().writes((3_u64).saturating_mul(r.into())))
	}
	// Storage: `Compute::RecentOutputs` (r:1 w:1)
	// Proof: `Compute::RecentOutputs` (`max_values`: Some(1), `max_size`: Some(1025), added: 1520, mode: `Ignored`)
	// Storage: `Babe::AuthorVrfRandomness` (r:1 w:0)
	// Proof: `Babe::AuthorVrfRandomness` (`max_values`: Some(1), `max_size`: Some(33), added: 528, mode: `Ignored`)
	// Storage: `Compute::Seeds` (r:1 w:1)
	// Proof: `Compute::Seeds` (`max_values`: None, `max_size`: Some(1042), added: 3517, mode: `Ignored`)
	fn on_initialize() -> Weight {
		// 14_657 ns at least.
		Weight::from_parts(22_181_000, 0)
			.saturating_add(T::DbWeight::get().reads(3))
			.saturating_add(T::DbWeight::get().writes(2))
	}
	// Storage: `Compute::SweepFrom` (r:1 w:1)
	// Proof: `Compute::SweepFrom` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `Ignored`)
	// Storage: `Compute::Deadlines` (r:1 w:0)
	// Proof: `Compute::Deadlines` (`max_values`: None, `max_size`: Some(32), added: 2507, mode: `Ignored`)
	// Storage: `Compute::JobDeadlines` (r:1 w:0)
	// Proof: `Compute::JobDeadlines` (`max_values`: None, `max_size`: Some(28), added: 2503, mode: `Ignored`)
	fn sweep_base() -> Weight {
		// 14_778 ns at least.
		Weight::from_parts(25_137_000, 0)
			.saturating_add(T::DbWeight::get().reads(3))
			.saturating_add(T::DbWeight::get().writes(1))
	}
	// Storage: `Compute::Deadlines` (r:1 w:0)
	// Proof: `Compute::Deadlines` (`max_values`: None, `max_size`: Some(32), added: 2507, mode: `Ignored`)
	// Storage: `Compute::JobDeadlines` (r:1 w:0)
	// Proof: `Compute::JobDeadlines` (`max_values`: None, `max_size`: Some(28), added: 2503, mode: `Ignored`)
	fn sweep_block() -> Weight {
		// 10_109 ns at least.
		Weight::from_parts(18_444_000, 0).saturating_add(T::DbWeight::get().reads(2))
	}
	// Storage: `Compute::SweepFrom` (r:1 w:1)
	// Proof: `Compute::SweepFrom` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `Ignored`)
	// Storage: `Compute::Deadlines` (r:2 w:2)
	// Proof: `Compute::Deadlines` (`max_values`: None, `max_size`: Some(32), added: 2507, mode: `Ignored`)
	// Storage: `Compute::Jobs` (r:1 w:0)
	// Proof: `Compute::Jobs` (`max_values`: None, `max_size`: Some(358), added: 2833, mode: `Ignored`)
	// Storage: `Compute::Batches` (r:1 w:1)
	// Proof: `Compute::Batches` (`max_values`: None, `max_size`: Some(18826), added: 21301, mode: `Ignored`)
	// Storage: `Compute::Seeds` (r:1 w:0)
	// Proof: `Compute::Seeds` (`max_values`: None, `max_size`: Some(1042), added: 3517, mode: `Ignored`)
	// Storage: UNKNOWN KEY `0x6d021f179162d19598912157ef751983` (r:1 w:0)
	// Proof: UNKNOWN KEY `0x6d021f179162d19598912157ef751983` (r:1 w:0)
	// Storage: `Compute::JobDeadlines` (r:1 w:0)
	// Proof: `Compute::JobDeadlines` (`max_values`: None, `max_size`: Some(28), added: 2503, mode: `Ignored`)
	fn sweep_entry() -> Weight {
		// 58_129 ns at least.
		Weight::from_parts(97_201_000, 0)
			.saturating_add(T::DbWeight::get().reads(8))
			.saturating_add(T::DbWeight::get().writes(4))
	}
	// Storage: `Compute::Jobs` (r:1 w:1)
	// Proof: `Compute::Jobs` (`max_values`: None, `max_size`: Some(358), added: 2833, mode: `Ignored`)
	// Storage: `Compute::Batches` (r:4 w:4)
	// Proof: `Compute::Batches` (`max_values`: None, `max_size`: Some(18826), added: 21301, mode: `Ignored`)
	// Storage: `Compute::Reports` (r:128 w:128)
	// Proof: `Compute::Reports` (`max_values`: None, `max_size`: Some(683), added: 3158, mode: `Ignored`)
	// Storage: `Compute::Returned` (r:0 w:4)
	// Proof: `Compute::Returned` (`max_values`: None, `max_size`: Some(32), added: 2507, mode: `Ignored`)
	// Storage: `Compute::JobDeadlines` (r:0 w:1)
	// Proof: `Compute::JobDeadlines` (`max_values`: None, `max_size`: Some(28), added: 2503, mode: `Ignored`)
	fn prune(r: u32) -> Weight {
		// 58_990 ns at least.
		Weight::from_parts(72_417_935, 0)
			// ± 18_380
			.saturating_add(Weight::from_parts(1_180_652, 0).saturating_mul(r.into()))
			.saturating_add(T::DbWeight::get().reads(5))
			.saturating_add(T::DbWeight::get().reads((1_u64).saturating_mul(r.into())))
			.saturating_add(T::DbWeight::get().writes(10))
			.saturating_add(T::DbWeight::get().writes((1_u64).saturating_mul(r.into())))
	}
	// Storage: `Compute::Validators` (r:2001 w:2000)
	// Proof: `Compute::Validators` (`max_values`: None, `max_size`: Some(88), added: 2563, mode: `Ignored`)
	// Storage: `Compute::CounterForValidators` (r:1 w:1)
	// Proof: `Compute::CounterForValidators` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `Ignored`)
	// Storage: `Compute::Auditors` (r:2000 w:2000)
	// Proof: `Compute::Auditors` (`max_values`: None, `max_size`: Some(80), added: 2555, mode: `Ignored`)
	// Storage: `Compute::AuditorRecords` (r:1000 w:0)
	// Proof: `Compute::AuditorRecords` (`max_values`: None, `max_size`: Some(124), added: 2599, mode: `Ignored`)
	// Storage: `Compute::CounterForAuditors` (r:0 w:1)
	// Proof: `Compute::CounterForAuditors` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `Ignored`)
	fn new_session(v: u32) -> Weight {
		// 48_881 ns at least.
		Weight::from_parts(49_372_000, 0)
			// ± 585_753
			.saturating_add(Weight::from_parts(40_169_043, 0).saturating_mul(v.into()))
			.saturating_add(T::DbWeight::get().reads(2))
			.saturating_add(T::DbWeight::get().reads((5_u64).saturating_mul(v.into())))
			.saturating_add(T::DbWeight::get().writes(2))
			.saturating_add(T::DbWeight::get().writes((4_u64).saturating_mul(v.into())))
	}
}

/// The same with the costs of ParityDB, for tests.
impl WeightInfo for () {
	fn post_job() -> Weight {
		Weight::from_parts(173_263_000, 0)
			.saturating_add(ParityDbWeight::get().reads(5))
			.saturating_add(ParityDbWeight::get().writes(5))
	}
	fn set_fuel_price() -> Weight {
		Weight::from_parts(10_791_000, 0).saturating_add(ParityDbWeight::get().writes(1))
	}
	fn cancel_job() -> Weight {
		Weight::from_parts(156_652_000, 0)
			.saturating_add(ParityDbWeight::get().reads(3))
			.saturating_add(ParityDbWeight::get().writes(5))
	}
	fn expire_job() -> Weight {
		Weight::from_parts(170_648_000, 0)
			.saturating_add(ParityDbWeight::get().reads(3))
			.saturating_add(ParityDbWeight::get().writes(5))
	}
	fn bond_worker() -> Weight {
		Weight::from_parts(120_404_000, 0)
			.saturating_add(ParityDbWeight::get().reads(3))
			.saturating_add(ParityDbWeight::get().writes(3))
	}
	fn unbond_worker() -> Weight {
		Weight::from_parts(31_168_000, 0)
			.saturating_add(ParityDbWeight::get().reads(1))
			.saturating_add(ParityDbWeight::get().writes(1))
	}
	fn withdraw_unbonded() -> Weight {
		Weight::from_parts(100_237_000, 0)
			.saturating_add(ParityDbWeight::get().reads(3))
			.saturating_add(ParityDbWeight::get().writes(3))
	}
	fn bond_auditor() -> Weight {
		Weight::from_parts(114_294_000, 0)
			.saturating_add(ParityDbWeight::get().reads(3))
			.saturating_add(ParityDbWeight::get().writes(3))
	}
	fn unbond_auditor() -> Weight {
		Weight::from_parts(32_080_000, 0)
			.saturating_add(ParityDbWeight::get().reads(1))
			.saturating_add(ParityDbWeight::get().writes(1))
	}
	fn withdraw_auditor() -> Weight {
		Weight::from_parts(94_016_000, 0)
			.saturating_add(ParityDbWeight::get().reads(3))
			.saturating_add(ParityDbWeight::get().writes(3))
	}
	fn claim(c: u32) -> Weight {
		Weight::from_parts(88_196_851, 0)
			.saturating_add(Weight::from_parts(26_427_788, 0).saturating_mul(c.into()))
			.saturating_add(ParityDbWeight::get().reads(5))
			.saturating_add(ParityDbWeight::get().reads((2_u64).saturating_mul(c.into())))
			.saturating_add(ParityDbWeight::get().writes(3))
			.saturating_add(ParityDbWeight::get().writes((3_u64).saturating_mul(c.into())))
	}
	fn submit_receipt() -> Weight {
		Weight::from_parts(75_921_000, 0)
			.saturating_add(ParityDbWeight::get().reads(5))
			.saturating_add(ParityDbWeight::get().writes(4))
	}
	fn authorize_submit_receipt() -> Weight {
		Weight::from_parts(274_692_000, 0).saturating_add(ParityDbWeight::get().reads(3))
	}
	fn submit_audit() -> Weight {
		Weight::from_parts(230_510_000, 0)
			.saturating_add(ParityDbWeight::get().reads(9))
			.saturating_add(ParityDbWeight::get().writes(4))
	}
	fn authorize_submit_audit() -> Weight {
		Weight::from_parts(859_453_000, 0).saturating_add(ParityDbWeight::get().reads(9))
	}
	fn reveal(o: u32) -> Weight {
		Weight::from_parts(1_202_191_948, 0)
			.saturating_add(Weight::from_parts(19_108_978, 0).saturating_mul(o.into()))
			.saturating_add(ParityDbWeight::get().reads(39))
			.saturating_add(ParityDbWeight::get().writes(5))
	}
	fn reveal_reported(r: u32) -> Weight {
		Weight::from_parts(260_461_307, 0)
			.saturating_add(Weight::from_parts(21_166_146, 0).saturating_mul(r.into()))
			.saturating_add(ParityDbWeight::get().reads(5))
			.saturating_add(ParityDbWeight::get().reads((1_u64).saturating_mul(r.into())))
			.saturating_add(ParityDbWeight::get().writes(4))
	}
	fn answer(o: u32) -> Weight {
		Weight::from_parts(977_999_457, 0)
			.saturating_add(Weight::from_parts(17_241_361, 0).saturating_mul(o.into()))
			.saturating_add(ParityDbWeight::get().reads(40))
			.saturating_add(ParityDbWeight::get().writes(41))
	}
	fn answer_reported(r: u32) -> Weight {
		Weight::from_parts(513_229_074, 0)
			.saturating_add(Weight::from_parts(26_936_724, 0).saturating_mul(r.into()))
			.saturating_add(ParityDbWeight::get().reads(8))
			.saturating_add(ParityDbWeight::get().reads((1_u64).saturating_mul(r.into())))
			.saturating_add(ParityDbWeight::get().writes(9))
			.saturating_add(ParityDbWeight::get().writes((1_u64).saturating_mul(r.into())))
	}
	fn settle(r: u32) -> Weight {
		Weight::from_parts(375_419_853, 0)
			.saturating_add(Weight::from_parts(81_197_099, 0).saturating_mul(r.into()))
			.saturating_add(ParityDbWeight::get().reads(7))
			.saturating_add(ParityDbWeight::get().reads((3_u64).saturating_mul(r.into())))
			.saturating_add(ParityDbWeight::get().writes(9))
			.saturating_add(ParityDbWeight::get().writes((2_u64).saturating_mul(r.into())))
	}
	fn accept(r: u32) -> Weight {
		Weight::from_parts(186_494_341, 0)
			.saturating_add(Weight::from_parts(101_236_576, 0).saturating_mul(r.into()))
			.saturating_add(ParityDbWeight::get().reads(7))
			.saturating_add(ParityDbWeight::get().reads((3_u64).saturating_mul(r.into())))
			.saturating_add(ParityDbWeight::get().writes(9))
			.saturating_add(ParityDbWeight::get().writes((2_u64).saturating_mul(r.into())))
	}
	fn expire_claimed() -> Weight {
		Weight::from_parts(243_765_000, 0)
			.saturating_add(ParityDbWeight::get().reads(7))
			.saturating_add(ParityDbWeight::get().writes(10))
	}
	fn expire_committed(r: u32) -> Weight {
		Weight::from_parts(494_722_266, 0)
			.saturating_add(Weight::from_parts(96_901_360, 0).saturating_mul(r.into()))
			.saturating_add(ParityDbWeight::get().reads(10))
			.saturating_add(ParityDbWeight::get().reads((3_u64).saturating_mul(r.into())))
			.saturating_add(ParityDbWeight::get().writes(11))
			.saturating_add(ParityDbWeight::get().writes((3_u64).saturating_mul(r.into())))
	}
	fn expire_demanded(r: u32) -> Weight {
		Weight::from_parts(306_991_579, 0)
			.saturating_add(Weight::from_parts(103_679_565, 0).saturating_mul(r.into()))
			.saturating_add(ParityDbWeight::get().reads(10))
			.saturating_add(ParityDbWeight::get().reads((3_u64).saturating_mul(r.into())))
			.saturating_add(ParityDbWeight::get().writes(12))
			.saturating_add(ParityDbWeight::get().writes((3_u64).saturating_mul(r.into())))
	}
	fn expire_disputed(v: u32) -> Weight {
		Weight::from_parts(247_616_107, 0)
			.saturating_add(Weight::from_parts(13_211_494, 0).saturating_mul(v.into()))
			.saturating_add(ParityDbWeight::get().reads(46))
			.saturating_add(ParityDbWeight::get().reads((2_u64).saturating_mul(v.into())))
			.saturating_add(ParityDbWeight::get().writes(44))
			.saturating_add(ParityDbWeight::get().writes((2_u64).saturating_mul(v.into())))
	}
	fn challenge() -> Weight {
		Weight::from_parts(152_845_000, 0)
			.saturating_add(ParityDbWeight::get().reads(8))
			.saturating_add(ParityDbWeight::get().writes(6))
	}
	fn submit_vote() -> Weight {
		Weight::from_parts(74_909_000, 0)
			.saturating_add(ParityDbWeight::get().reads(6))
			.saturating_add(ParityDbWeight::get().writes(2))
	}
	fn authorize_submit_vote() -> Weight {
		Weight::from_parts(231_021_000, 0).saturating_add(ParityDbWeight::get().reads(5))
	}
	fn decide_against(v: u32, r: u32) -> Weight {
		Weight::from_parts(1_107_767_060, 0)
			.saturating_add(Weight::from_parts(8_271_579, 0).saturating_mul(v.into()))
			.saturating_add(Weight::from_parts(82_492_535, 0).saturating_mul(r.into()))
			.saturating_add(ParityDbWeight::get().reads(19))
			.saturating_add(ParityDbWeight::get().reads((1_u64).saturating_mul(v.into())))
			.saturating_add(ParityDbWeight::get().reads((4_u64).saturating_mul(r.into())))
			.saturating_add(ParityDbWeight::get().writes(15))
			.saturating_add(ParityDbWeight::get().writes((1_u64).saturating_mul(v.into())))
			.saturating_add(ParityDbWeight::get().writes((4_u64).saturating_mul(r.into())))
	}
	fn decide_for(c: u32) -> Weight {
		Weight::from_parts(814_145_185, 0)
			.saturating_add(Weight::from_parts(2_621_830, 0).saturating_mul(c.into()))
			.saturating_add(ParityDbWeight::get().reads(48))
			.saturating_add(ParityDbWeight::get().writes(9))
	}
	fn demand() -> Weight {
		Weight::from_parts(122_148_000, 0)
			.saturating_add(ParityDbWeight::get().reads(4))
			.saturating_add(ParityDbWeight::get().writes(5))
	}
	fn demand_batch() -> Weight {
		Weight::from_parts(100_899_000, 0)
			.saturating_add(ParityDbWeight::get().reads(6))
			.saturating_add(ParityDbWeight::get().writes(6))
	}
	fn answer_demand(b: u32) -> Weight {
		Weight::from_parts(162_754_741, 0)
			.saturating_add(Weight::from_parts(16_895, 0).saturating_mul(b.into()))
			.saturating_add(ParityDbWeight::get().reads(4))
			.saturating_add(ParityDbWeight::get().writes(5))
	}
	fn prove_missealed(b: u32, r: u32) -> Weight {
		Weight::from_parts(94_268_844, 0)
			.saturating_add(Weight::from_parts(12_290, 0).saturating_mul(b.into()))
			.saturating_add(Weight::from_parts(115_130_387, 0).saturating_mul(r.into()))
			.saturating_add(ParityDbWeight::get().reads(10))
			.saturating_add(ParityDbWeight::get().reads((3_u64).saturating_mul(r.into())))
			.saturating_add(ParityDbWeight::get().writes(12))
			.saturating_add(ParityDbWeight::get().writes((3_u64).saturating_mul(r.into())))
	}
	fn report_double_receipt(v: u32, r: u32) -> Weight {
		Weight::from_parts(4_503_891_000, 0)
			.saturating_add(Weight::from_parts(13_463_199, 0).saturating_mul(v.into()))
			.saturating_add(Weight::from_parts(89_012_776, 0).saturating_mul(r.into()))
			.saturating_add(ParityDbWeight::get().reads(18))
			.saturating_add(ParityDbWeight::get().reads((2_u64).saturating_mul(v.into())))
			.saturating_add(ParityDbWeight::get().reads((3_u64).saturating_mul(r.into())))
			.saturating_add(ParityDbWeight::get().writes(15))
			.saturating_add(ParityDbWeight::get().writes((2_u64).saturating_mul(v.into())))
			.saturating_add(ParityDbWeight::get().writes((3_u64).saturating_mul(r.into())))
	}
	fn on_initialize() -> Weight {
		Weight::from_parts(22_181_000, 0)
			.saturating_add(ParityDbWeight::get().reads(3))
			.saturating_add(ParityDbWeight::get().writes(2))
	}
	fn sweep_base() -> Weight {
		Weight::from_parts(25_137_000, 0)
			.saturating_add(ParityDbWeight::get().reads(3))
			.saturating_add(ParityDbWeight::get().writes(1))
	}
	fn sweep_block() -> Weight {
		Weight::from_parts(18_444_000, 0).saturating_add(ParityDbWeight::get().reads(2))
	}
	fn sweep_entry() -> Weight {
		Weight::from_parts(97_201_000, 0)
			.saturating_add(ParityDbWeight::get().reads(8))
			.saturating_add(ParityDbWeight::get().writes(4))
	}
	fn prune(r: u32) -> Weight {
		Weight::from_parts(72_417_935, 0)
			.saturating_add(Weight::from_parts(1_180_652, 0).saturating_mul(r.into()))
			.saturating_add(ParityDbWeight::get().reads(5))
			.saturating_add(ParityDbWeight::get().reads((1_u64).saturating_mul(r.into())))
			.saturating_add(ParityDbWeight::get().writes(10))
			.saturating_add(ParityDbWeight::get().writes((1_u64).saturating_mul(r.into())))
	}
	fn new_session(v: u32) -> Weight {
		Weight::from_parts(49_372_000, 0)
			.saturating_add(Weight::from_parts(40_169_043, 0).saturating_mul(v.into()))
			.saturating_add(ParityDbWeight::get().reads(2))
			.saturating_add(ParityDbWeight::get().reads((5_u64).saturating_mul(v.into())))
			.saturating_add(ParityDbWeight::get().writes(2))
			.saturating_add(ParityDbWeight::get().writes((4_u64).saturating_mul(v.into())))
	}
}
