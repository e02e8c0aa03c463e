//! What the pallet's weights are measured with: every call, and every unit of work of its hooks, at its worst.
//!
//! `scripts/weights.sh` runs these inside the wasm runtime. The tests run each of them once, natively.

mod party;
mod scene;
mod tree;

use crate::{deadlines::PRUNE_STEP, *};
use alloc::{boxed::Box, format, vec, vec::Vec};
use assay_primitives::{Hash, Ruling};
use frame_benchmarking::v2::*;
use frame_support::{
	pallet_prelude::TransactionSource,
	traits::{Get, Hooks, OneSessionHandler},
	weights::Weight,
};
use frame_system::RawOrigin;
use scene::*;

/// What a runtime has to help with, where benchmarks need something of other pallets.
#[cfg(feature = "runtime-benchmarks")]
pub trait BenchmarkHelper {
	/// Makes [`Config::BlockVrf`] give that output from now on.
	fn set_block_vrf(output: [u8; 32]);
}

/// Of the bytes that a sealed result can be shown with; more cost as much each.
const SEALED_BYTES: u32 = 1 << 20;
/// Status and fuel in front of an output, at most.
const SEALED_HEAD: u32 = 14;

#[benchmarks]
mod benchmarks {
	use super::*;

	#[benchmark]
	fn post_job() -> Result<(), BenchmarkError> {
		let requester = rich::<T>("requester", 0)?;
		#[extrinsic_call]
		_(RawOrigin::Signed(requester), spec::<T>(1));
		assert_eq!(NextJob::<T>::get(), 1);
		Ok(())
	}

	#[benchmark]
	fn set_fuel_price() -> Result<(), BenchmarkError> {
		#[extrinsic_call]
		_(RawOrigin::Root, 1);
		assert_eq!(FuelPrice::<T>::get(), 1);
		Ok(())
	}

	/// Nothing is in flight, so the job closes.
	#[benchmark]
	fn cancel_job() -> Result<(), BenchmarkError> {
		let (requester, job) = post::<T>(1)?;
		#[extrinsic_call]
		_(RawOrigin::Signed(requester), job);
		assert!(Jobs::<T>::get(job).is_some_and(|job| matches!(job.state, JobState::Closed { .. })));
		Ok(())
	}

	#[benchmark]
	fn expire_job() -> Result<(), BenchmarkError> {
		let (_, job) = post::<T>(1)?;
		go_to::<T>(T::MaxLifetime::get().saturating_add(1));
		let caller = rich::<T>("caller", 0)?;
		#[extrinsic_call]
		_(RawOrigin::Signed(caller), job);
		assert!(Jobs::<T>::get(job).is_some_and(|job| matches!(job.state, JobState::Closed { .. })));
		Ok(())
	}

	#[benchmark]
	fn bond_worker() -> Result<(), BenchmarkError> {
		let party = bonded::<T>("worker", 1)?;
		let worker = T::AccountId::from(party.id().0);
		let before = Workers::<T>::get(&worker).map_or(0, |record| record.stake);
		#[extrinsic_call]
		_(RawOrigin::Signed(worker.clone()), 1);
		assert_eq!(Workers::<T>::get(&worker).map(|record| record.stake), Some(before + 1));
		Ok(())
	}

	#[benchmark]
	fn unbond_worker() -> Result<(), BenchmarkError> {
		let party = bonded::<T>("worker", 1)?;
		let worker = T::AccountId::from(party.id().0);
		#[extrinsic_call]
		_(RawOrigin::Signed(worker.clone()), 1);
		assert_eq!(Workers::<T>::get(&worker).map(|record| record.unbonding), Some(1));
		Ok(())
	}

	/// Everything is taken out, so the record goes, too.
	#[benchmark]
	fn withdraw_unbonded() -> Result<(), BenchmarkError> {
		let party = bonded::<T>("worker", 1)?;
		let worker = T::AccountId::from(party.id().0);
		let stake = Workers::<T>::get(&worker).map_or(0, |record| record.stake);
		Pallet::<T>::do_unbond(worker.clone(), stake)?;
		go_to::<T>(T::UnbondingPeriod::get().saturating_add(1));
		#[extrinsic_call]
		_(RawOrigin::Signed(worker.clone()));
		assert!(!Workers::<T>::contains_key(&worker));
		Ok(())
	}

	#[benchmark]
	fn bond_auditor() -> Result<(), BenchmarkError> {
		let account = auditor::<T>("auditor", 0)?;
		#[extrinsic_call]
		_(RawOrigin::Signed(account.clone()), 1);
		let stake = AuditorRecords::<T>::get(&account).map(|record| record.stake);
		assert_eq!(stake, Some(T::AuditorStake::get() + 1));
		Ok(())
	}

	#[benchmark]
	fn unbond_auditor() -> Result<(), BenchmarkError> {
		let account = auditor::<T>("auditor", 0)?;
		#[extrinsic_call]
		_(RawOrigin::Signed(account.clone()), 1);
		assert_eq!(AuditorRecords::<T>::get(&account).map(|record| record.unbonding), Some(1));
		Ok(())
	}

	#[benchmark]
	fn withdraw_auditor() -> Result<(), BenchmarkError> {
		let account = auditor::<T>("auditor", 0)?;
		Pallet::<T>::do_unbond_auditor(account.clone(), T::AuditorStake::get())?;
		go_to::<T>(T::AuditorUnbondingPeriod::get().saturating_add(1));
		#[extrinsic_call]
		_(RawOrigin::Signed(account.clone()));
		assert!(!AuditorRecords::<T>::contains_key(&account));
		Ok(())
	}

	/// All of them came back, so each has a record and a place on the stack.
	#[benchmark]
	fn claim(c: Linear<1, { T::ClaimLimit::get() }>) -> Result<(), BenchmarkError> {
		let (_, job) = post::<T>(c)?;
		let party = bonded::<T>("worker", c)?;
		let worker = T::AccountId::from(party.id().0);
		for batch in 0..c {
			Returned::<T>::insert(job, batch, batch);
			Batches::<T>::insert(job, batch, BatchRecord { attempt: 1, ..BatchRecord::fresh() });
		}
		Jobs::<T>::mutate(job, |record| {
			if let Some(record) = record {
				record.next_fresh = c;
				record.returned = c;
			}
		});
		#[extrinsic_call]
		_(RawOrigin::Signed(worker.clone()), job, c);
		assert_eq!(Workers::<T>::get(&worker).map(|record| record.batches_in_flight), Some(c));
		Ok(())
	}

	/// Its deadline has to be moved.
	#[benchmark]
	fn submit_receipt() -> Result<(), BenchmarkError> {
		let scene = Scene::<T>::claimed([])?.file_late()?;
		let signed = scene.party.sign_receipt(scene.receipt);
		#[extrinsic_call]
		_(RawOrigin::Authorized, signed);
		assert!(matches!(scene.stage()?, Stage::Committed(..)));
		Ok(())
	}

	#[benchmark]
	fn authorize_submit_receipt() -> Result<(), BenchmarkError> {
		let scene = Scene::<T>::claimed([])?;
		let signed = scene.party.sign_receipt(scene.receipt);
		let validity;
		#[block]
		{
			validity = Pallet::<T>::authorize_receipt(TransactionSource::External, &signed);
		}
		validity?;
		Ok(())
	}

	/// With as many samples as there can be. The deadline of the batch has to be moved.
	#[benchmark]
	fn submit_audit() -> Result<(), BenchmarkError> {
		admit_lone_auditor::<T>()?;
		let scene = Scene::<T>::claimed([])?.commit()?.file_late()?;
		let report = scene.honest_report()?;
		#[extrinsic_call]
		_(RawOrigin::Authorized, report);
		assert_eq!(scene.commitment()?.checked, 1);
		Ok(())
	}

	#[benchmark]
	fn authorize_submit_audit() -> Result<(), BenchmarkError> {
		admit_lone_auditor::<T>()?;
		let scene = Scene::<T>::claimed([])?.commit()?;
		let report = scene.honest_report()?;
		let validity;
		#[block]
		{
			validity = Pallet::<T>::authorize_audit(TransactionSource::External, &report);
		}
		validity?;
		Ok(())
	}

	/// With as many reports as there can be. Every task is contradicted, by the last report on it that is looked at: so all
	/// that can be compared is.
	#[benchmark]
	fn reveal(o: Linear<1, MAX_CONTESTED>) -> Result<(), BenchmarkError> {
		let scene = Scene::<T>::claimed(0..o)?.commit()?;
		let scene = scene.report(MAX_REPORTS, shared_tasks(o), |_| true)?.contradict_last()?.close()?;
		let openings = scene.openings(0..o);
		#[extrinsic_call]
		_(RawOrigin::Signed(scene.worker.clone()), scene.job, BATCH, KEY, openings);
		assert!(matches!(scene.stage()?, Stage::Disputed(..)));
		Ok(())
	}

	/// What each report adds to a reveal of sixteen tasks.
	#[benchmark]
	fn reveal_reported(r: Linear<1, MAX_REPORTS>) -> Result<(), BenchmarkError> {
		let scene = Scene::<T>::claimed(own_tasks(0))?.commit()?;
		let scene = scene.report(r, |_| own_tasks(0), |_| true)?.close()?;
		let openings = scene.openings(own_tasks(0));
		#[extrinsic_call]
		reveal(RawOrigin::Signed(scene.worker.clone()), scene.job, BATCH, KEY, openings);
		assert!(matches!(scene.stage()?, Stage::Revealed(..)));
		Ok(())
	}

	/// The reports are right: the batch goes back, and with it ends the job.
	#[benchmark]
	fn answer(o: Linear<1, MAX_CONTESTED>) -> Result<(), BenchmarkError> {
		let scene = Scene::<T>::claimed(0..o)?.commit()?;
		let scene = scene.report(MAX_REPORTS, shared_tasks(o), |_| true)?;
		let scene = scene.starve()?.close()?.end_job()?;
		let openings = scene.openings(0..o);
		#[extrinsic_call]
		_(RawOrigin::Signed(scene.worker.clone()), scene.job, BATCH, openings);
		assert!(scene.is_closed());
		Ok(())
	}

	/// What each report adds to an answer with sixteen tasks.
	#[benchmark]
	fn answer_reported(r: Linear<1, MAX_REPORTS>) -> Result<(), BenchmarkError> {
		let scene = Scene::<T>::claimed(own_tasks(0))?.commit()?;
		let scene = scene.report(r, |_| own_tasks(0), |_| true)?;
		let scene = scene.starve()?.close()?.end_job()?;
		let openings = scene.openings(own_tasks(0));
		#[extrinsic_call]
		answer(RawOrigin::Signed(scene.worker.clone()), scene.job, BATCH, openings);
		assert!(scene.is_closed());
		Ok(())
	}

	#[benchmark]
	fn settle(r: Linear<0, MAX_REPORTS>) -> Result<(), BenchmarkError> {
		let scene = Scene::<T>::claimed([])?.commit()?.report(r, own_tasks, |_| true)?.reveal()?.pass()?;
		let caller = rich::<T>("caller", 0)?;
		#[extrinsic_call]
		_(RawOrigin::Signed(caller), scene.job, BATCH);
		assert!(scene.is_closed());
		Ok(())
	}

	#[benchmark]
	fn accept(r: Linear<0, MAX_REPORTS>) -> Result<(), BenchmarkError> {
		let scene = Scene::<T>::claimed([])?.commit()?.report(r, own_tasks, |_| true)?.reveal()?;
		#[extrinsic_call]
		_(RawOrigin::Signed(scene.requester.clone()), scene.job, BATCH);
		assert!(scene.is_closed());
		Ok(())
	}

	/// Of a batch for which no receipt came.
	#[benchmark]
	fn expire_claimed() -> Result<(), BenchmarkError> {
		let scene = Scene::<T>::claimed([])?.pass()?.end_job()?;
		let caller = rich::<T>("caller", 0)?;
		#[extrinsic_call]
		expire(RawOrigin::Signed(caller), scene.job, BATCH);
		assert!(scene.is_closed());
		Ok(())
	}

	/// Of a batch whose worker did not reveal, that `r` auditors checked.
	#[benchmark]
	fn expire_committed(r: Linear<1, MAX_REPORTS>) -> Result<(), BenchmarkError> {
		let scene = Scene::<T>::claimed([])?.commit()?.report(r, own_tasks, |_| true)?.pass()?.end_job()?;
		let caller = rich::<T>("caller", 0)?;
		#[extrinsic_call]
		expire(RawOrigin::Signed(caller), scene.job, BATCH);
		assert!(scene.is_closed());
		Ok(())
	}

	/// Of a batch whose worker did not show what was demanded.
	#[benchmark]
	fn expire_demanded(r: Linear<0, MAX_REPORTS>) -> Result<(), BenchmarkError> {
		let scene = Scene::<T>::claimed([])?.commit()?.report(r, own_tasks, |_| true)?.reveal()?;
		Pallet::<T>::do_demand(rich::<T>("demander", 0)?, scene.job, BATCH, 0)?;
		let scene = scene.pass()?.end_job()?;
		let caller = rich::<T>("caller", 0)?;
		#[extrinsic_call]
		expire(RawOrigin::Signed(caller), scene.job, BATCH);
		assert!(scene.is_closed());
		Ok(())
	}

	/// Of a dispute with `v` votes that all disagree: the program is barred.
	#[benchmark]
	fn expire_disputed(v: Linear<1, { T::MaxAuditors::get() }>) -> Result<(), BenchmarkError> {
		let scene = Scene::<T>::disputed(MAX_REPORTS, own_tasks)?.vote(v)?.pass()?.end_job()?;
		let caller = rich::<T>("caller", 0)?;
		#[extrinsic_call]
		expire(RawOrigin::Signed(caller), scene.job, BATCH);
		assert!(scene.is_closed());
		assert_eq!(Votes::<T>::iter().count(), 0);
		Ok(())
	}

	#[benchmark]
	fn challenge() -> Result<(), BenchmarkError> {
		let scene = Scene::<T>::claimed([0])?.commit()?.reveal()?;
		let challenger = rich::<T>("challenger", 0)?;
		#[extrinsic_call]
		_(RawOrigin::Signed(challenger), scene.job, BATCH, scene.opening(0));
		assert!(matches!(scene.stage()?, Stage::Disputed(..)));
		Ok(())
	}

	/// A vote that decides nothing.
	#[benchmark]
	fn submit_vote() -> Result<(), BenchmarkError> {
		let scene = Scene::<T>::disputed(0, own_tasks)?;
		let voter = scene.voter();
		scene.change(|stage| {
			if let Stage::Disputed(_, _, dispute) = stage {
				dispute.validators = T::MaxAuditors::get();
			}
		})?;
		let vote = voter.sign_vote(scene.ballot(&voter, Ruling::Leaf(scene.leaf(0)))?);
		#[extrinsic_call]
		_(RawOrigin::Authorized, vote);
		assert_eq!(Votes::<T>::iter().count(), 1);
		Ok(())
	}

	#[benchmark]
	fn authorize_submit_vote() -> Result<(), BenchmarkError> {
		let scene = Scene::<T>::disputed(0, own_tasks)?;
		let voter = scene.voter();
		let vote = voter.sign_vote(scene.ballot(&voter, Ruling::Leaf(scene.leaf(0)))?);
		let validity;
		#[block]
		{
			validity = Pallet::<T>::authorize_vote(TransactionSource::External, &vote);
		}
		validity?;
		Ok(())
	}

	/// The vote of the last of `v` validators convicts the worker and the `r` auditors that confirmed it.
	#[benchmark]
	fn decide_against(
		v: Linear<1, { T::MaxAuditors::get() }>,
		r: Linear<0, MAX_REPORTS>,
	) -> Result<(), BenchmarkError> {
		let scene = Scene::<T>::disputed(r, |_| vec![0])?;
		let (scene, vote) = scene.nearly_decided(v, Ruling::Leaf(Hash::of(b"truth")))?;
		let scene = scene.end_job()?;
		#[extrinsic_call]
		submit_vote(RawOrigin::Authorized, vote);
		assert!(scene.is_closed());
		assert_eq!(Reports::<T>::iter().count(), 0);
		Ok(())
	}

	/// The worker was right about one task, and auditors contradict it on `c` others.
	#[benchmark]
	fn decide_for(c: Linear<1, { MAX_CONTESTED - MAX_SAMPLES }>) -> Result<(), BenchmarkError> {
		let scene = Scene::<T>::claimed(0..=c)?.commit()?;
		// One auditor is wrong about the first task and goes. All others are on the tasks that are left.
		let others = shared_tasks(c);
		let samples = |number: u32| match number.checked_sub(1) {
			None => vec![0],
			Some(other) => others(other).into_iter().map(|task| task + 1).collect(),
		};
		let scene = scene.report(MAX_REPORTS, samples, |_| true)?.contradict_last()?.close()?;
		let openings = scene.openings(0..=c);
		Pallet::<T>::do_reveal(&scene.worker, scene.job, BATCH, KEY, &openings)?;
		let ruling = Ruling::Leaf(scene.leaf(0));
		let (scene, vote) = scene.nearly_decided(1, ruling)?;
		#[extrinsic_call]
		submit_vote(RawOrigin::Authorized, vote);
		assert!(matches!(scene.stage()?, Stage::Disputed(_, _, dispute) if dispute.task == 1));
		Ok(())
	}

	#[benchmark]
	fn demand() -> Result<(), BenchmarkError> {
		let scene = Scene::<T>::claimed([])?.commit()?.reveal()?;
		let demander = rich::<T>("demander", 0)?;
		#[extrinsic_call]
		_(RawOrigin::Signed(demander), scene.job, BATCH, 0);
		assert!(matches!(scene.stage()?, Stage::Demanded(..)));
		Ok(())
	}

	#[benchmark]
	fn demand_batch() -> Result<(), BenchmarkError> {
		let scene = Scene::<T>::claimed([])?.commit()?.reveal()?;
		#[extrinsic_call]
		_(RawOrigin::Signed(scene.requester.clone()), scene.job, BATCH);
		assert!(matches!(scene.stage()?, Stage::Disputed(_, _, dispute) if dispute.cause.is_withheld()));
		Ok(())
	}

	#[benchmark]
	fn answer_demand(b: Linear<0, { demanded_output::<T>() }>) -> Result<(), BenchmarkError> {
		let scene = Scene::<T>::claimed_with([], output(b), &KEY)?.commit()?.reveal()?;
		Pallet::<T>::do_demand(rich::<T>("demander", 0)?, scene.job, BATCH, 0)?;
		#[extrinsic_call]
		_(RawOrigin::Signed(scene.worker.clone()), scene.job, BATCH, scene.opening(0), scene.shown());
		assert!(matches!(scene.stage()?, Stage::Revealed(..)));
		Ok(())
	}

	/// Of `b` bytes that were sealed with another key, in a batch that `r` auditors checked.
	#[benchmark]
	fn prove_missealed(b: Linear<0, SEALED_BYTES>, r: Linear<0, MAX_REPORTS>) -> Result<(), BenchmarkError> {
		let scene = Scene::<T>::claimed_with([], output(b), &[1; 32])?.commit()?;
		let scene = scene.report(r, own_tasks, |_| true)?.reveal()?.end_job()?;
		let reporter = rich::<T>("reporter", 0)?;
		#[extrinsic_call]
		_(RawOrigin::Signed(reporter), scene.job, BATCH, scene.opening(0), scene.shown());
		assert!(scene.is_closed());
		Ok(())
	}

	/// On a batch that `r` auditors checked, in a dispute in which `v` validators have voted.
	#[benchmark]
	fn report_double_receipt(
		v: Linear<0, { T::MaxAuditors::get() }>,
		r: Linear<0, MAX_REPORTS>,
	) -> Result<(), BenchmarkError> {
		let scene = Scene::<T>::disputed(r, own_tasks)?.vote(v)?.end_job()?;
		let mut other = scene.receipt;
		other.outputs_root = Hash::default();
		let first = Box::new(scene.party.sign_receipt(scene.receipt));
		let second = Box::new(scene.party.sign_receipt(other));
		let reporter = rich::<T>("reporter", 0)?;
		#[extrinsic_call]
		_(RawOrigin::Signed(reporter), first, second);
		assert!(scene.is_closed());
		Ok(())
	}

	/// Making the seed that receipts wait for, of as many outputs as there have to be.
	#[benchmark]
	fn on_initialize() -> Result<(), BenchmarkError> {
		#[cfg(feature = "runtime-benchmarks")]
		T::BenchmarkHelper::set_block_vrf([1; 32]);
		Seeds::<T>::insert(1, SeedRecord { users: 1, outputs: None });
		RecentOutputs::<T>::put(seed_outputs::<T>()?);
		go_to::<T>(2);
		#[block]
		{
			<Pallet<T> as Hooks<_>>::on_initialize(2u32.into());
		}
		assert!(Seeds::<T>::get(1).is_some_and(|record| record.outputs.is_some()));
		Ok(())
	}

	/// Starting to work off deadlines, and noting how far it went.
	#[benchmark]
	fn sweep_base() -> Result<(), BenchmarkError> {
		go_to::<T>(1);
		SweepFrom::<T>::put(1);
		#[block]
		{
			Pallet::<T>::sweep(Weight::MAX);
		}
		assert_eq!(SweepFrom::<T>::get(), 2);
		Ok(())
	}

	/// Looking for the deadlines of one block.
	#[benchmark]
	fn sweep_block() -> Result<(), BenchmarkError> {
		#[block]
		{
			assert_eq!(Deadlines::<T>::iter_key_prefix(1).next(), None);
			assert_eq!(JobDeadlines::<T>::iter_key_prefix(1).next(), None);
		}
		Ok(())
	}

	/// Looking at a batch that is due later.
	#[benchmark]
	fn sweep_entry() -> Result<(), BenchmarkError> {
		let scene = Scene::<T>::claimed([])?.commit()?.report(1, own_tasks, |_| true)?;
		let due = scene.at()?.deadline();
		let mut at = scene.at()?;
		let now = Pallet::<T>::now();
		at.file_under(Some(now));
		at.save();
		SweepFrom::<T>::put(now);
		#[block]
		{
			Pallet::<T>::sweep(Weight::MAX);
		}
		assert!(scene.at()?.batch.filed_under.is_some_and(|block| now < block && Some(block) <= due));
		Ok(())
	}

	/// Removing some batches of a closed job, with `r` reports on them, and the job with the last of them.
	#[benchmark]
	fn prune(r: Linear<0, { PRUNE_STEP * MAX_REPORTS }>) -> Result<(), BenchmarkError> {
		let scene = Scene::<T>::claimed([])?.commit()?.reveal()?;
		let stage = Stage::Settled(scene.worker.clone(), scene.commitment()?, scene.revelation());
		let settled = BatchRecord { attempt: 0, filed_under: None, stage };
		let (_, job) = post::<T>(PRUNE_STEP)?;
		for batch in 0..PRUNE_STEP {
			Batches::<T>::insert(job, batch, &settled);
			Returned::<T>::insert(job, batch, batch);
		}
		for number in 0..r {
			let account = T::AccountId::from(Hash::of(format!("auditor {number}").as_bytes()).0);
			let tags = own_tasks(number).into_iter().map(|task| (task, Hash::default())).collect::<Vec<_>>();
			let checked = tags.try_into().map_err(|_| BenchmarkError::Stop("too many samples"))?;
			let record = ReportRecord { key: [0; 32], block: 1, checked: Some(checked), sealed: true };
			Reports::<T>::insert((job, number / MAX_REPORTS), account, record);
		}
		Jobs::<T>::mutate(job, |record| {
			if let Some(record) = record {
				record.next_fresh = PRUNE_STEP;
				record.state = JobState::Closed { prune_at: 1, pruned: 0 };
			}
		});
		JobDeadlines::<T>::insert(1, job, ());
		#[block]
		{
			Pallet::<T>::prune(job, 1);
		}
		assert!(!Jobs::<T>::contains_key(job));
		assert_eq!(Reports::<T>::iter().count(), 0);
		Ok(())
	}

	/// A session with `v` other validators, all of them auditors, after one with as many as there can be.
	#[benchmark]
	fn new_session(v: Linear<1, { T::MaxAuditors::get() }>) -> Result<(), BenchmarkError> {
		let key = |name: &str, number: u32| Hash::of(format!("{name} {number}").as_bytes()).0;
		let before: Vec<_> =
			(0..v).map(|number| (key("old key", number), key("old", number).into())).collect();
		validators::<T>(&before);
		let mut after = Vec::new();
		for number in 0..v {
			let account = auditor::<T>("new", number)?;
			after
				.push((account, AuditorId::from(sp_core::sr25519::Public::from_raw(key("new key", number)))));
		}
		#[block]
		{
			let validators = after.iter().map(|(account, key)| (account, key.clone()));
			<Pallet<T> as OneSessionHandler<_>>::on_new_session(true, validators.clone(), validators);
		}
		assert_eq!((Validators::<T>::count(), Auditors::<T>::count()), (v, v));
		Ok(())
	}

	impl_benchmark_test_suite!(Pallet, crate::mock::empty_chain(), crate::mock::Test);
}

/// An output of that many bytes.
fn output(bytes: u32) -> Vec<u8> {
	let length = usize::try_from(bytes).expect("memory is addressed with 32 bits at least; qed");
	(0u8..=255).cycle().take(length).collect()
}

/// The longest output whose sealed form has to be shown.
fn demanded_output<T: Config>() -> u32 {
	T::MaxDemandBytes::get().saturating_sub(SEALED_HEAD)
}
