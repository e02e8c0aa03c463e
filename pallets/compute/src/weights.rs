//! What the pallet's work weighs, as measured inside the wasm runtime. Written by a program; do not edit.
//!
//! 2026-11-23, on a busy machine: the best of up to three runs of ten values of each parameter, each measured 20 times. These
//! were made by a stand-in for `frame-omni-bencher` that runs the same benchmarks in the same wasm; `make weights` makes
//! them anew. Proofs of storage are for nobody: no weight has a proof size.

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
	fn post_job() -> Weight {
		// 158_522 ns at least.
		Weight::from_parts(165_000_000, 0)
			.saturating_add(T::DbWeight::get().reads(5))
			.saturating_add(T::DbWeight::get().writes(5))
	}
	fn set_fuel_price() -> Weight {
		// By hand: one value is written, one event deposited.
		Weight::from_parts(20_000_000, 0).saturating_add(T::DbWeight::get().writes(1))
	}
	fn cancel_job() -> Weight {
		// 138_367 ns at least.
		Weight::from_parts(140_661_000, 0)
			.saturating_add(T::DbWeight::get().reads(3))
			.saturating_add(T::DbWeight::get().writes(5))
	}
	fn expire_job() -> Weight {
		// 139_232 ns at least.
		Weight::from_parts(141_284_000, 0)
			.saturating_add(T::DbWeight::get().reads(3))
			.saturating_add(T::DbWeight::get().writes(5))
	}
	fn bond_worker() -> Weight {
		// 83_707 ns at least.
		Weight::from_parts(85_049_000, 0)
			.saturating_add(T::DbWeight::get().reads(3))
			.saturating_add(T::DbWeight::get().writes(3))
	}
	fn unbond_worker() -> Weight {
		// 15_658 ns at least.
		Weight::from_parts(16_098_000, 0)
			.saturating_add(T::DbWeight::get().reads(1))
			.saturating_add(T::DbWeight::get().writes(1))
	}
	fn withdraw_unbonded() -> Weight {
		// 71_466 ns at least.
		Weight::from_parts(72_661_000, 0)
			.saturating_add(T::DbWeight::get().reads(3))
			.saturating_add(T::DbWeight::get().writes(3))
	}
	fn bond_auditor() -> Weight {
		// 82_875 ns at least.
		Weight::from_parts(84_075_000, 0)
			.saturating_add(T::DbWeight::get().reads(3))
			.saturating_add(T::DbWeight::get().writes(3))
	}
	fn unbond_auditor() -> Weight {
		// 15_229 ns at least.
		Weight::from_parts(15_698_000, 0)
			.saturating_add(T::DbWeight::get().reads(1))
			.saturating_add(T::DbWeight::get().writes(1))
	}
	fn withdraw_auditor() -> Weight {
		// 71_109 ns at least.
		Weight::from_parts(72_024_000, 0)
			.saturating_add(T::DbWeight::get().reads(3))
			.saturating_add(T::DbWeight::get().writes(3))
	}
	fn claim(c: u32) -> Weight {
		// 83_663 ns at least.
		Weight::from_parts(65_000_000, 0)
			.saturating_add(Weight::from_parts(18_387_761, 0).saturating_mul(c.into()))
			.saturating_add(T::DbWeight::get().reads(4))
			.saturating_add(T::DbWeight::get().reads(2_u64.saturating_mul(c.into())))
			.saturating_add(T::DbWeight::get().writes(2))
			.saturating_add(T::DbWeight::get().writes(3_u64.saturating_mul(c.into())))
	}
	fn submit_receipt() -> Weight {
		// 44_285 ns at least. One write less than was measured: the job is not written back any more.
		Weight::from_parts(45_256_000, 0)
			.saturating_add(T::DbWeight::get().reads(5))
			.saturating_add(T::DbWeight::get().writes(4))
	}
	fn authorize_submit_receipt() -> Weight {
		// 241_504 ns at least.
		Weight::from_parts(242_024_000, 0).saturating_add(T::DbWeight::get().reads(3))
	}
	fn submit_audit() -> Weight {
		// 144_896 ns at least. One write less than was measured: the job is not written back any more.
		Weight::from_parts(158_000_000, 0)
			.saturating_add(T::DbWeight::get().reads(8))
			.saturating_add(T::DbWeight::get().writes(4))
	}
	fn authorize_submit_audit() -> Weight {
		// 791_816 ns at least.
		Weight::from_parts(808_000_000, 0).saturating_add(T::DbWeight::get().reads(8))
	}
	fn reveal(o: u32) -> Weight {
		// 217_489 ns at least. One write less than was measured: the job is not written back any more.
		Weight::from_parts(218_669_000, 0)
			.saturating_add(Weight::from_parts(114_904_093, 0).saturating_mul(o.into()))
			.saturating_add(T::DbWeight::get().reads(36))
			.saturating_add(T::DbWeight::get().writes(4))
	}
	fn reveal_reported(r: u32) -> Weight {
		// 487_344 ns at least. One write less than was measured: the job is not written back any more.
		Weight::from_parts(357_374_611, 0)
			.saturating_add(Weight::from_parts(42_479_438, 0).saturating_mul(r.into()))
			.saturating_add(T::DbWeight::get().reads(3))
			.saturating_add(T::DbWeight::get().reads(1_u64.saturating_mul(r.into())))
			.saturating_add(T::DbWeight::get().writes(4))
	}
	fn answer(o: u32) -> Weight {
		// 649_678 ns at least.
		Weight::from_parts(4_738_828_941, 0)
			.saturating_add(Weight::from_parts(107_646_968, 0).saturating_mul(o.into()))
			.saturating_add(T::DbWeight::get().reads(38))
			.saturating_add(T::DbWeight::get().writes(41))
	}
	fn answer_reported(r: u32) -> Weight {
		Self::reveal_reported(r)
	}
	fn settle(r: u32) -> Weight {
		// 234_731 ns at least.
		Weight::from_parts(593_276_728, 0)
			.saturating_add(Weight::from_parts(83_640_525, 0).saturating_mul(r.into()))
			.saturating_add(T::DbWeight::get().reads(7))
			.saturating_add(T::DbWeight::get().reads(3_u64.saturating_mul(r.into())))
			.saturating_add(T::DbWeight::get().writes(9))
			.saturating_add(T::DbWeight::get().writes(2_u64.saturating_mul(r.into())))
	}
	fn accept(r: u32) -> Weight {
		// 229_491 ns at least.
		Weight::from_parts(231_200_000, 0)
			.saturating_add(Weight::from_parts(99_874_069, 0).saturating_mul(r.into()))
			.saturating_add(T::DbWeight::get().reads(7))
			.saturating_add(T::DbWeight::get().reads(3_u64.saturating_mul(r.into())))
			.saturating_add(T::DbWeight::get().writes(9))
			.saturating_add(T::DbWeight::get().writes(2_u64.saturating_mul(r.into())))
	}
	fn expire_claimed() -> Weight {
		// 201_664 ns at least.
		Weight::from_parts(203_468_000, 0)
			.saturating_add(T::DbWeight::get().reads(7))
			.saturating_add(T::DbWeight::get().writes(10))
	}
	fn expire_committed(r: u32) -> Weight {
		// 364_745 ns at least.
		Weight::from_parts(296_333_582, 0)
			.saturating_add(Weight::from_parts(79_446_427, 0).saturating_mul(r.into()))
			.saturating_add(T::DbWeight::get().reads(8))
			.saturating_add(T::DbWeight::get().reads(3_u64.saturating_mul(r.into())))
			.saturating_add(T::DbWeight::get().writes(11))
			.saturating_add(T::DbWeight::get().writes(3_u64.saturating_mul(r.into())))
	}
	fn expire_demanded(r: u32) -> Weight {
		// 337_642 ns at least.
		Weight::from_parts(340_180_000, 0)
			.saturating_add(Weight::from_parts(191_431_781, 0).saturating_mul(r.into()))
			.saturating_add(T::DbWeight::get().reads(10))
			.saturating_add(T::DbWeight::get().reads(3_u64.saturating_mul(r.into())))
			.saturating_add(T::DbWeight::get().writes(12))
			.saturating_add(T::DbWeight::get().writes(3_u64.saturating_mul(r.into())))
	}
	fn expire_disputed(v: u32) -> Weight {
		// 314_293 ns at least.
		Weight::from_parts(314_293_000, 0)
			.saturating_add(Weight::from_parts(13_056_910, 0).saturating_mul(v.into()))
			.saturating_add(T::DbWeight::get().reads(43))
			.saturating_add(T::DbWeight::get().reads(2_u64.saturating_mul(v.into())))
			.saturating_add(T::DbWeight::get().writes(43))
			.saturating_add(T::DbWeight::get().writes(2_u64.saturating_mul(v.into())))
	}
	fn challenge() -> Weight {
		// 154_135 ns at least. One write less than was measured: the job is not written back any more.
		Weight::from_parts(225_000_000, 0)
			.saturating_add(T::DbWeight::get().reads(6))
			.saturating_add(T::DbWeight::get().writes(5))
	}
	fn submit_vote() -> Weight {
		// 43_314 ns at least.
		Weight::from_parts(47_346_000, 0)
			.saturating_add(T::DbWeight::get().reads(6))
			.saturating_add(T::DbWeight::get().writes(2))
	}
	fn authorize_submit_vote() -> Weight {
		// 248_989 ns at least.
		Weight::from_parts(251_092_000, 0).saturating_add(T::DbWeight::get().reads(5))
	}
	fn decide_against(v: u32, r: u32) -> Weight {
		// 3_139_436 ns at least.
		Weight::from_parts(4_278_875_286, 0)
			.saturating_add(Weight::from_parts(4_638_499, 0).saturating_mul(v.into()))
			.saturating_add(Weight::from_parts(313_684_675, 0).saturating_mul(r.into()))
			.saturating_add(T::DbWeight::get().reads(18))
			.saturating_add(T::DbWeight::get().reads(1_u64.saturating_mul(v.into())))
			.saturating_add(T::DbWeight::get().reads(4_u64.saturating_mul(r.into())))
			.saturating_add(T::DbWeight::get().writes(14))
			.saturating_add(T::DbWeight::get().writes(1_u64.saturating_mul(v.into())))
			.saturating_add(T::DbWeight::get().writes(4_u64.saturating_mul(r.into())))
	}
	fn decide_for(c: u32) -> Weight {
		// 437_074 ns at least. One write less than was measured: the job is not written back any more.
		Weight::from_parts(705_646_420, 0)
			.saturating_add(Weight::from_parts(4_005_976, 0).saturating_mul(c.into()))
			.saturating_add(T::DbWeight::get().reads(46))
			.saturating_add(T::DbWeight::get().writes(8))
	}
	fn demand() -> Weight {
		// 104_040 ns at least. One write less than was measured: the job is not written back any more.
		Weight::from_parts(105_214_000, 0)
			.saturating_add(T::DbWeight::get().reads(4))
			.saturating_add(T::DbWeight::get().writes(5))
	}
	fn demand_batch() -> Weight {
		// Not measured yet. A challenge does the same, and verifies an opening besides.
		Weight::from_parts(225_000_000, 0)
			.saturating_add(T::DbWeight::get().reads(6))
			.saturating_add(T::DbWeight::get().writes(5))
	}
	fn answer_demand(b: u32) -> Weight {
		// 143_522 ns at least. One write less than was measured: the job is not written back any more.
		Weight::from_parts(143_378_268, 0)
			.saturating_add(Weight::from_parts(15_613, 0).saturating_mul(b.into()))
			.saturating_add(T::DbWeight::get().reads(5))
			.saturating_add(T::DbWeight::get().writes(6))
	}
	fn prove_missealed(b: u32, r: u32) -> Weight {
		// 2_849_234 ns at least.
		Weight::from_parts(2_849_234_000, 0)
			.saturating_add(Weight::from_parts(41_488, 0).saturating_mul(b.into()))
			.saturating_add(Weight::from_parts(317_057_434, 0).saturating_mul(r.into()))
			.saturating_add(T::DbWeight::get().reads(10))
			.saturating_add(T::DbWeight::get().reads(3_u64.saturating_mul(r.into())))
			.saturating_add(T::DbWeight::get().writes(12))
			.saturating_add(T::DbWeight::get().writes(3_u64.saturating_mul(r.into())))
	}
	fn report_double_receipt(v: u32, r: u32) -> Weight {
		// 3_598_298 ns at least.
		Weight::from_parts(3_610_889_000, 0)
			.saturating_add(Weight::from_parts(14_469_684, 0).saturating_mul(v.into()))
			.saturating_add(Weight::from_parts(145_721_309, 0).saturating_mul(r.into()))
			.saturating_add(T::DbWeight::get().reads(17))
			.saturating_add(T::DbWeight::get().reads(2_u64.saturating_mul(v.into())))
			.saturating_add(T::DbWeight::get().reads(3_u64.saturating_mul(r.into())))
			.saturating_add(T::DbWeight::get().writes(14))
			.saturating_add(T::DbWeight::get().writes(2_u64.saturating_mul(v.into())))
			.saturating_add(T::DbWeight::get().writes(3_u64.saturating_mul(r.into())))
	}
	fn on_initialize() -> Weight {
		// Scaled by hand: 6_494 ns at least were measured with one block for each seed.
		Weight::from_parts(13_000_000, 0)
			.saturating_add(T::DbWeight::get().reads(3))
			.saturating_add(T::DbWeight::get().writes(2))
	}
	fn sweep_base() -> Weight {
		// 5_040 ns at least.
		Weight::from_parts(5_087_000, 0)
			.saturating_add(T::DbWeight::get().reads(2))
			.saturating_add(T::DbWeight::get().writes(1))
	}
	fn sweep_block() -> Weight {
		// 3_176 ns at least.
		Weight::from_parts(3_257_000, 0).saturating_add(T::DbWeight::get().reads(1))
	}
	fn sweep_entry() -> Weight {
		// 39_477 ns at least. One write less than was measured: the job is not written back any more.
		Weight::from_parts(40_126_000, 0)
			.saturating_add(T::DbWeight::get().reads(5))
			.saturating_add(T::DbWeight::get().writes(4))
	}
	fn prune(r: u32) -> Weight {
		// 87_007 ns at least.
		Weight::from_parts(87_799_982, 0)
			.saturating_add(Weight::from_parts(1_083_354, 0).saturating_mul(r.into()))
			.saturating_add(T::DbWeight::get().reads(5))
			.saturating_add(T::DbWeight::get().reads(1_u64.saturating_mul(r.into())))
			.saturating_add(T::DbWeight::get().writes(10))
			.saturating_add(T::DbWeight::get().writes(1_u64.saturating_mul(r.into())))
	}
	fn new_session(v: u32) -> Weight {
		// 49_955 ns at least.
		Weight::from_parts(14_927_722_359, 0)
			.saturating_add(Weight::from_parts(156_298_605, 0).saturating_mul(v.into()))
			.saturating_add(T::DbWeight::get().reads(5_u64.saturating_mul(v.into())))
			.saturating_add(T::DbWeight::get().writes(2))
			.saturating_add(T::DbWeight::get().writes(4_u64.saturating_mul(v.into())))
	}
}

/// The same with the costs of ParityDB, for tests.
impl WeightInfo for () {
	fn post_job() -> Weight {
		Weight::from_parts(165_000_000, 0)
			.saturating_add(ParityDbWeight::get().reads(5))
			.saturating_add(ParityDbWeight::get().writes(5))
	}
	fn set_fuel_price() -> Weight {
		// By hand: one value is written, one event deposited.
		Weight::from_parts(20_000_000, 0).saturating_add(ParityDbWeight::get().writes(1))
	}
	fn cancel_job() -> Weight {
		Weight::from_parts(140_661_000, 0)
			.saturating_add(ParityDbWeight::get().reads(3))
			.saturating_add(ParityDbWeight::get().writes(5))
	}
	fn expire_job() -> Weight {
		Weight::from_parts(141_284_000, 0)
			.saturating_add(ParityDbWeight::get().reads(3))
			.saturating_add(ParityDbWeight::get().writes(5))
	}
	fn bond_worker() -> Weight {
		Weight::from_parts(85_049_000, 0)
			.saturating_add(ParityDbWeight::get().reads(3))
			.saturating_add(ParityDbWeight::get().writes(3))
	}
	fn unbond_worker() -> Weight {
		Weight::from_parts(16_098_000, 0)
			.saturating_add(ParityDbWeight::get().reads(1))
			.saturating_add(ParityDbWeight::get().writes(1))
	}
	fn withdraw_unbonded() -> Weight {
		Weight::from_parts(72_661_000, 0)
			.saturating_add(ParityDbWeight::get().reads(3))
			.saturating_add(ParityDbWeight::get().writes(3))
	}
	fn bond_auditor() -> Weight {
		Weight::from_parts(84_075_000, 0)
			.saturating_add(ParityDbWeight::get().reads(3))
			.saturating_add(ParityDbWeight::get().writes(3))
	}
	fn unbond_auditor() -> Weight {
		Weight::from_parts(15_698_000, 0)
			.saturating_add(ParityDbWeight::get().reads(1))
			.saturating_add(ParityDbWeight::get().writes(1))
	}
	fn withdraw_auditor() -> Weight {
		Weight::from_parts(72_024_000, 0)
			.saturating_add(ParityDbWeight::get().reads(3))
			.saturating_add(ParityDbWeight::get().writes(3))
	}
	fn claim(c: u32) -> Weight {
		Weight::from_parts(65_000_000, 0)
			.saturating_add(Weight::from_parts(18_387_761, 0).saturating_mul(c.into()))
			.saturating_add(ParityDbWeight::get().reads(4))
			.saturating_add(ParityDbWeight::get().reads(2_u64.saturating_mul(c.into())))
			.saturating_add(ParityDbWeight::get().writes(2))
			.saturating_add(ParityDbWeight::get().writes(3_u64.saturating_mul(c.into())))
	}
	fn submit_receipt() -> Weight {
		Weight::from_parts(45_256_000, 0)
			.saturating_add(ParityDbWeight::get().reads(5))
			.saturating_add(ParityDbWeight::get().writes(4))
	}
	fn authorize_submit_receipt() -> Weight {
		Weight::from_parts(242_024_000, 0).saturating_add(ParityDbWeight::get().reads(3))
	}
	fn submit_audit() -> Weight {
		Weight::from_parts(158_000_000, 0)
			.saturating_add(ParityDbWeight::get().reads(8))
			.saturating_add(ParityDbWeight::get().writes(4))
	}
	fn authorize_submit_audit() -> Weight {
		Weight::from_parts(808_000_000, 0).saturating_add(ParityDbWeight::get().reads(8))
	}
	fn reveal(o: u32) -> Weight {
		Weight::from_parts(218_669_000, 0)
			.saturating_add(Weight::from_parts(114_904_093, 0).saturating_mul(o.into()))
			.saturating_add(ParityDbWeight::get().reads(36))
			.saturating_add(ParityDbWeight::get().writes(4))
	}
	fn reveal_reported(r: u32) -> Weight {
		Weight::from_parts(357_374_611, 0)
			.saturating_add(Weight::from_parts(42_479_438, 0).saturating_mul(r.into()))
			.saturating_add(ParityDbWeight::get().reads(3))
			.saturating_add(ParityDbWeight::get().reads(1_u64.saturating_mul(r.into())))
			.saturating_add(ParityDbWeight::get().writes(4))
	}
	fn answer(o: u32) -> Weight {
		Weight::from_parts(4_738_828_941, 0)
			.saturating_add(Weight::from_parts(107_646_968, 0).saturating_mul(o.into()))
			.saturating_add(ParityDbWeight::get().reads(38))
			.saturating_add(ParityDbWeight::get().writes(41))
	}
	fn answer_reported(r: u32) -> Weight {
		Self::reveal_reported(r)
	}
	fn settle(r: u32) -> Weight {
		Weight::from_parts(593_276_728, 0)
			.saturating_add(Weight::from_parts(83_640_525, 0).saturating_mul(r.into()))
			.saturating_add(ParityDbWeight::get().reads(7))
			.saturating_add(ParityDbWeight::get().reads(3_u64.saturating_mul(r.into())))
			.saturating_add(ParityDbWeight::get().writes(9))
			.saturating_add(ParityDbWeight::get().writes(2_u64.saturating_mul(r.into())))
	}
	fn accept(r: u32) -> Weight {
		Weight::from_parts(231_200_000, 0)
			.saturating_add(Weight::from_parts(99_874_069, 0).saturating_mul(r.into()))
			.saturating_add(ParityDbWeight::get().reads(7))
			.saturating_add(ParityDbWeight::get().reads(3_u64.saturating_mul(r.into())))
			.saturating_add(ParityDbWeight::get().writes(9))
			.saturating_add(ParityDbWeight::get().writes(2_u64.saturating_mul(r.into())))
	}
	fn expire_claimed() -> Weight {
		Weight::from_parts(203_468_000, 0)
			.saturating_add(ParityDbWeight::get().reads(7))
			.saturating_add(ParityDbWeight::get().writes(10))
	}
	fn expire_committed(r: u32) -> Weight {
		Weight::from_parts(296_333_582, 0)
			.saturating_add(Weight::from_parts(79_446_427, 0).saturating_mul(r.into()))
			.saturating_add(ParityDbWeight::get().reads(8))
			.saturating_add(ParityDbWeight::get().reads(3_u64.saturating_mul(r.into())))
			.saturating_add(ParityDbWeight::get().writes(11))
			.saturating_add(ParityDbWeight::get().writes(3_u64.saturating_mul(r.into())))
	}
	fn expire_demanded(r: u32) -> Weight {
		Weight::from_parts(340_180_000, 0)
			.saturating_add(Weight::from_parts(191_431_781, 0).saturating_mul(r.into()))
			.saturating_add(ParityDbWeight::get().reads(10))
			.saturating_add(ParityDbWeight::get().reads(3_u64.saturating_mul(r.into())))
			.saturating_add(ParityDbWeight::get().writes(12))
			.saturating_add(ParityDbWeight::get().writes(3_u64.saturating_mul(r.into())))
	}
	fn expire_disputed(v: u32) -> Weight {
		Weight::from_parts(314_293_000, 0)
			.saturating_add(Weight::from_parts(13_056_910, 0).saturating_mul(v.into()))
			.saturating_add(ParityDbWeight::get().reads(43))
			.saturating_add(ParityDbWeight::get().reads(2_u64.saturating_mul(v.into())))
			.saturating_add(ParityDbWeight::get().writes(43))
			.saturating_add(ParityDbWeight::get().writes(2_u64.saturating_mul(v.into())))
	}
	fn challenge() -> Weight {
		Weight::from_parts(225_000_000, 0)
			.saturating_add(ParityDbWeight::get().reads(6))
			.saturating_add(ParityDbWeight::get().writes(5))
	}
	fn submit_vote() -> Weight {
		Weight::from_parts(47_346_000, 0)
			.saturating_add(ParityDbWeight::get().reads(6))
			.saturating_add(ParityDbWeight::get().writes(2))
	}
	fn authorize_submit_vote() -> Weight {
		Weight::from_parts(251_092_000, 0).saturating_add(ParityDbWeight::get().reads(5))
	}
	fn decide_against(v: u32, r: u32) -> Weight {
		Weight::from_parts(4_278_875_286, 0)
			.saturating_add(Weight::from_parts(4_638_499, 0).saturating_mul(v.into()))
			.saturating_add(Weight::from_parts(313_684_675, 0).saturating_mul(r.into()))
			.saturating_add(ParityDbWeight::get().reads(18))
			.saturating_add(ParityDbWeight::get().reads(1_u64.saturating_mul(v.into())))
			.saturating_add(ParityDbWeight::get().reads(4_u64.saturating_mul(r.into())))
			.saturating_add(ParityDbWeight::get().writes(14))
			.saturating_add(ParityDbWeight::get().writes(1_u64.saturating_mul(v.into())))
			.saturating_add(ParityDbWeight::get().writes(4_u64.saturating_mul(r.into())))
	}
	fn decide_for(c: u32) -> Weight {
		Weight::from_parts(705_646_420, 0)
			.saturating_add(Weight::from_parts(4_005_976, 0).saturating_mul(c.into()))
			.saturating_add(ParityDbWeight::get().reads(46))
			.saturating_add(ParityDbWeight::get().writes(8))
	}
	fn demand() -> Weight {
		Weight::from_parts(105_214_000, 0)
			.saturating_add(ParityDbWeight::get().reads(4))
			.saturating_add(ParityDbWeight::get().writes(5))
	}
	fn demand_batch() -> Weight {
		Weight::from_parts(225_000_000, 0)
			.saturating_add(ParityDbWeight::get().reads(6))
			.saturating_add(ParityDbWeight::get().writes(5))
	}
	fn answer_demand(b: u32) -> Weight {
		Weight::from_parts(143_378_268, 0)
			.saturating_add(Weight::from_parts(15_613, 0).saturating_mul(b.into()))
			.saturating_add(ParityDbWeight::get().reads(5))
			.saturating_add(ParityDbWeight::get().writes(6))
	}
	fn prove_missealed(b: u32, r: u32) -> Weight {
		Weight::from_parts(2_849_234_000, 0)
			.saturating_add(Weight::from_parts(41_488, 0).saturating_mul(b.into()))
			.saturating_add(Weight::from_parts(317_057_434, 0).saturating_mul(r.into()))
			.saturating_add(ParityDbWeight::get().reads(10))
			.saturating_add(ParityDbWeight::get().reads(3_u64.saturating_mul(r.into())))
			.saturating_add(ParityDbWeight::get().writes(12))
			.saturating_add(ParityDbWeight::get().writes(3_u64.saturating_mul(r.into())))
	}
	fn report_double_receipt(v: u32, r: u32) -> Weight {
		Weight::from_parts(3_610_889_000, 0)
			.saturating_add(Weight::from_parts(14_469_684, 0).saturating_mul(v.into()))
			.saturating_add(Weight::from_parts(145_721_309, 0).saturating_mul(r.into()))
			.saturating_add(ParityDbWeight::get().reads(17))
			.saturating_add(ParityDbWeight::get().reads(2_u64.saturating_mul(v.into())))
			.saturating_add(ParityDbWeight::get().reads(3_u64.saturating_mul(r.into())))
			.saturating_add(ParityDbWeight::get().writes(14))
			.saturating_add(ParityDbWeight::get().writes(2_u64.saturating_mul(v.into())))
			.saturating_add(ParityDbWeight::get().writes(3_u64.saturating_mul(r.into())))
	}
	fn on_initialize() -> Weight {
		Weight::from_parts(13_000_000, 0)
			.saturating_add(ParityDbWeight::get().reads(3))
			.saturating_add(ParityDbWeight::get().writes(2))
	}
	fn sweep_base() -> Weight {
		Weight::from_parts(5_087_000, 0)
			.saturating_add(ParityDbWeight::get().reads(2))
			.saturating_add(ParityDbWeight::get().writes(1))
	}
	fn sweep_block() -> Weight {
		Weight::from_parts(3_257_000, 0).saturating_add(ParityDbWeight::get().reads(1))
	}
	fn sweep_entry() -> Weight {
		Weight::from_parts(40_126_000, 0)
			.saturating_add(ParityDbWeight::get().reads(5))
			.saturating_add(ParityDbWeight::get().writes(4))
	}
	fn prune(r: u32) -> Weight {
		Weight::from_parts(87_799_982, 0)
			.saturating_add(Weight::from_parts(1_083_354, 0).saturating_mul(r.into()))
			.saturating_add(ParityDbWeight::get().reads(5))
			.saturating_add(ParityDbWeight::get().reads(1_u64.saturating_mul(r.into())))
			.saturating_add(ParityDbWeight::get().writes(10))
			.saturating_add(ParityDbWeight::get().writes(1_u64.saturating_mul(r.into())))
	}
	fn new_session(v: u32) -> Weight {
		Weight::from_parts(14_927_722_359, 0)
			.saturating_add(Weight::from_parts(156_298_605, 0).saturating_mul(v.into()))
			.saturating_add(ParityDbWeight::get().reads(5_u64.saturating_mul(v.into())))
			.saturating_add(ParityDbWeight::get().writes(2))
			.saturating_add(ParityDbWeight::get().writes(4_u64.saturating_mul(v.into())))
	}
}
