//! What must hold of the state between any two calls.

use crate::{
	batch::BatchAt, types::*, AuditorRecords, Auditors, Batches, Config, ContestedBlocks, Deadlines,
	HoldReason, JobDeadlines, Jobs, NextJob, Pallet, Reports, Returned, Seeds, SweepFrom, Tallies,
	Validators, Votes, Workers, MAX_REPORTS,
};
use alloc::{
	collections::{BTreeMap, BTreeSet},
	vec::Vec,
};
use assay_primitives::{dispute::is_verdict, money, Balance, BatchIndex, BlockNumber, JobId};
use codec::Encode;
use frame_support::{
	ensure,
	traits::{fungible::InspectHold, Get},
};
use sp_runtime::TryRuntimeError;

/// What the batches of the chain add up to.
struct Totals<T: Config> {
	/// Bonds and number of the batches in flight, by worker.
	bonds: BTreeMap<T::AccountId, (Balance, u32)>,
	/// What accounts have put up in challenges and demands.
	contests: BTreeMap<T::AccountId, Balance>,
	/// Committed batches by the block of their seed.
	seed_users: BTreeMap<BlockNumber, u32>,
	/// What running all contested tasks takes.
	contested: BlockNumber,
	/// The deadlines of batches as they should be filed.
	batches: BTreeSet<(BlockNumber, (JobId, BatchIndex))>,
	/// Those of jobs.
	jobs: BTreeSet<(BlockNumber, JobId)>,
}

impl<T: Config> Pallet<T> {
	/// Checks the invariants of the protocol.
	///
	/// - What is held for jobs is what the jobs say is left of their escrows and deposits; every unit that left an escrow
	///   went to a worker, an auditor or the requester; what is left covers all that can still be owed.
	/// - What is held for workers is their stake and what is on its way out; what is locked of it is the sum of the bonds
	///   of their batches in flight. What is held for auditors is their stake, too; what is held for contests is what
	///   challengers and demanders put up in those that are open.
	/// - The batches of every job add up.
	/// - Every batch in flight, every open and every closed job has exactly one entry in the index of deadlines, no later than
	///   its deadline, and no other entry exists. None of them is forgotten.
	/// - Seeds exist as long as a batch needs them and no longer. So do reports.
	pub fn do_try_state() -> Result<(), TryRuntimeError> {
		let mut totals = Totals::<T> {
			bonds: BTreeMap::new(),
			contests: BTreeMap::new(),
			seed_users: BTreeMap::new(),
			contested: 0,
			batches: BTreeSet::new(),
			jobs: BTreeSet::new(),
		};
		Self::check_batches(&mut totals)?;
		Self::check_jobs(&mut totals)?;
		Self::check_workers(&totals)?;
		Self::check_auditors()?;
		Self::check_contests(&totals)?;
		Self::check_reports()?;
		Self::check_index(&totals)
	}

	fn check_batches(totals: &mut Totals<T>) -> Result<(), TryRuntimeError> {
		for (id, index, batch) in Batches::<T>::iter() {
			let job = Jobs::<T>::get(id).ok_or("a batch without a job")?;
			ensure!(index < job.next_fresh, "a record of a batch that was never claimed");
			Self::check_votes((id, index), &batch.stage)?;
			let Some(claim) = batch.stage.claim() else {
				ensure!(batch.filed_under.is_none(), "a batch at rest has a deadline");
				continue;
			};
			let contest = match &batch.stage {
				Stage::Disputed(_, _, dispute) => dispute.cause.deposit(),
				Stage::Demanded(_, _, _, Demand { by, fee, .. }) => Some((by, *fee)),
				_ => None,
			};
			if let Some((account, amount)) = contest {
				let sum = totals.contests.entry(account.clone()).or_default();
				*sum = sum.checked_add(amount).ok_or("contests overflow")?;
			}
			let block = batch.filed_under.ok_or("a batch in flight without a deadline")?;
			if let Stage::Disputed(_, _, dispute) = &batch.stage {
				totals.contested = totals.contested.saturating_add(dispute.waited_for);
			}
			let due = BatchAt::<T>::load(id, index).ok().and_then(|at| at.deadline());
			ensure!(due.is_some_and(|due| block <= due), "a batch is looked at after its deadline");
			totals.batches.insert((block, (id, index)));
			let (bonds, count) = totals.bonds.entry(claim.worker.clone()).or_default();
			*bonds = bonds.checked_add(claim.bond).ok_or("bonds overflow")?;
			*count += 1;
			if let Stage::Committed(_, commitment) = &batch.stage {
				*totals.seed_users.entry(commitment.seed_block::<T>()).or_default() += 1;
			}
		}
		Ok(())
	}

	fn check_jobs(totals: &mut Totals<T>) -> Result<(), TryRuntimeError> {
		let mut held = BTreeMap::<T::AccountId, (Balance, Balance)>::new();
		for (id, job) in Jobs::<T>::iter() {
			ensure!(id < NextJob::<T>::get(), "a job from the future");
			Self::check_job_money(id, &job)?;
			if !matches!(job.state, JobState::Closed { pruned: 1.., .. }) {
				Self::check_job_counts(id, &job)?;
			}
			match job.state {
				JobState::Open => {
					totals.jobs.insert((job.expires_at, id));
				},
				JobState::Ending => ensure!(job.in_flight > 0, "a job that ends and has nothing in flight"),
				JobState::Closed { prune_at, .. } => {
					ensure!(job.remaining == 0 && job.deposit == 0, "a closed job holds money");
					totals.jobs.insert((prune_at, id));
				},
			}
			let (escrow, deposit) = held.entry(job.requester).or_default();
			*escrow = escrow.checked_add(job.remaining).ok_or("escrows overflow")?;
			*deposit = deposit.checked_add(job.deposit).ok_or("deposits overflow")?;
		}
		for (requester, (escrow, deposit)) in held {
			let on_hold = |reason| T::Currency::balance_on_hold(&hold_reason::<T>(reason), &requester);
			ensure!(on_hold(HoldReason::JobEscrow) == escrow, "escrow held is not escrow owed");
			ensure!(on_hold(HoldReason::JobDeposit) == deposit, "deposits held are not deposits owed");
		}
		Ok(())
	}

	fn check_job_money(id: JobId, job: &JobOf<T>) -> Result<(), TryRuntimeError> {
		let accounted = [job.paid_to_workers, job.paid_to_auditors, job.repaid]
			.into_iter()
			.try_fold(job.remaining, Balance::checked_add);
		ensure!(accounted == Some(job.escrowed), "escrow does not add up to what became of it");
		// What the batches that are not done can still cost.
		let mut owed = money::batch_bounty(job.spec.bounty, job.available_tasks).unwrap_or(Balance::MAX);
		let reserve = money::audit_reserve(job.spec.bounty, &job.spec.audit).unwrap_or(Balance::MAX);
		owed = owed.saturating_add(reserve.saturating_mul(job.available().into()));
		for (index, batch) in Batches::<T>::iter_prefix(id) {
			let tasks = job.spec.batch_len(index).ok_or("a batch beyond its job")?;
			let bounty = money::batch_bounty(job.spec.bounty, tasks).unwrap_or(Balance::MAX);
			owed = owed.saturating_add(match batch.stage {
				Stage::Available | Stage::Settled(..) | Stage::Refunded => 0,
				_ => bounty.saturating_add(reserve),
			});
		}
		ensure!(job.remaining >= owed, "escrow does not cover what can be owed");
		Ok(())
	}

	fn check_job_counts(id: JobId, job: &JobOf<T>) -> Result<(), TryRuntimeError> {
		let (mut in_flight, mut settled, mut available, mut tasks) = (0u32, 0u32, 0u32, 0u32);
		for (index, batch) in Batches::<T>::iter_prefix(id) {
			match batch.stage {
				Stage::Settled(..) => settled += 1,
				Stage::Available => {
					available += 1;
					tasks += job.spec.batch_len(index).ok_or("a batch beyond its job")?;
				},
				Stage::Refunded => {},
				_ => in_flight += 1,
			}
		}
		ensure!(job.in_flight == in_flight && job.settled == settled, "batches are miscounted");
		let all =
			[job.available(), in_flight, settled, job.refunded].into_iter().try_fold(0, u32::checked_add);
		ensure!(all == Some(job.batches()), "batches do not add up to the job's");
		ensure!(
			u32::try_from(Batches::<T>::iter_key_prefix(id).count()) == Ok(job.next_fresh),
			"a claimed batch has no record"
		);
		if job.state == JobState::Open {
			let fresh = job.spec.batch_tasks(job.next_fresh).map_or(0, |range| job.spec.tasks - range.start);
			ensure!(job.available_tasks == tasks + fresh, "available tasks are miscounted");
		} else {
			ensure!(job.available_tasks == 0, "a job off the market has available tasks");
		}
		ensure!(job.returned == available, "returned batches are miscounted");
		let stack: BTreeMap<_, _> = Returned::<T>::iter_prefix(id).collect();
		ensure!(stack.keys().copied().eq(0..job.returned), "the stack of returned batches has gaps");
		for index in stack.into_values() {
			let stage = Batches::<T>::get(id, index).map(|batch| batch.stage);
			ensure!(matches!(stage, Some(Stage::Available)), "a returned batch is not available");
		}
		Ok(())
	}

	fn check_workers(totals: &Totals<T>) -> Result<(), TryRuntimeError> {
		for (account, worker) in Workers::<T>::iter() {
			let (bonds, count) = totals.bonds.get(&account).copied().unwrap_or_default();
			ensure!(worker.locked == bonds, "stake locked is not the sum of the bonds");
			ensure!(worker.batches_in_flight == count, "batches in flight are miscounted");
			ensure!(worker.locked <= worker.stake, "more stake is locked than there is");
			let reason = hold_reason::<T>(HoldReason::WorkerStake);
			ensure!(
				Some(T::Currency::balance_on_hold(&reason, &account))
					== worker.stake.checked_add(worker.unbonding),
				"stake held is not the worker's stake"
			);
		}
		for account in totals.bonds.keys() {
			ensure!(Workers::<T>::contains_key(account), "a batch of a stranger");
		}
		Ok(())
	}

	fn check_auditors() -> Result<(), TryRuntimeError> {
		for (account, auditor) in AuditorRecords::<T>::iter() {
			let held = T::Currency::balance_on_hold(&hold_reason::<T>(HoldReason::AuditorStake), &account);
			ensure!(
				Some(held) == auditor.stake.checked_add(auditor.unbonding) && held > 0,
				"stake held is not the auditor's stake"
			);
		}
		let limit = T::MaxAuditors::get();
		ensure!(Auditors::<T>::count() <= Validators::<T>::count(), "more auditors than validators");
		ensure!(Validators::<T>::count() <= limit, "more validators than allowed");
		Ok(())
	}

	fn check_contests(totals: &Totals<T>) -> Result<(), TryRuntimeError> {
		for (account, amount) in &totals.contests {
			let held = T::Currency::balance_on_hold(&hold_reason::<T>(HoldReason::Contest), account);
			ensure!(held == *amount, "what is held for contests is not what is put up in them");
		}
		Ok(())
	}

	/// Votes and tallies exist while there is a dispute, agree, and do not reach a verdict.
	fn check_votes(place: (JobId, BatchIndex), stage: &Stage<T::AccountId>) -> Result<(), TryRuntimeError> {
		let mut counted = BTreeMap::<Vec<u8>, u32>::new();
		for ruling in Votes::<T>::iter_prefix_values(place) {
			*counted.entry(ruling.encode()).or_default() += 1;
		}
		let tallies: BTreeMap<_, _> =
			Tallies::<T>::iter_prefix(place).map(|(ruling, votes)| (ruling.encode(), votes)).collect();
		ensure!(counted == tallies, "votes are miscounted");
		match stage {
			Stage::Disputed(_, _, dispute) => {
				ensure!(
					tallies.values().all(|votes| !is_verdict(*votes, dispute.validators)),
					"a verdict was not acted upon"
				);
				let admitted = |ruling| dispute.cause.admits(&ruling);
				ensure!(
					Votes::<T>::iter_prefix_values(place).all(admitted),
					"a vote does not answer what is asked"
				);
			},
			_ => ensure!(tallies.is_empty(), "votes without a dispute"),
		}
		Ok(())
	}

	fn check_reports() -> Result<(), TryRuntimeError> {
		let mut counts = BTreeMap::<(JobId, BatchIndex), (u32, u32, u32)>::new();
		for (at, _, report) in Reports::<T>::iter() {
			let (checked, unavailable, unsealed) = counts.entry(at).or_default();
			*(if report.confirms() { checked } else { unavailable }) += 1;
			*unsealed += u32::from(report.checked.is_some() && !report.sealed);
		}
		for ((id, index), (checked, unavailable, unsealed)) in &counts {
			let batch = Batches::<T>::get(id, index).ok_or("reports on nothing")?;
			let commitment = batch.stage.commitment().ok_or("reports on a batch without a receipt")?;
			ensure!(
				(commitment.checked, commitment.unavailable, commitment.unsealed)
					== (*checked, *unavailable, *unsealed),
				"reports are miscounted"
			);
			ensure!(checked + unavailable <= MAX_REPORTS, "too many reports");
		}
		Ok(())
	}

	fn check_index(totals: &Totals<T>) -> Result<(), TryRuntimeError> {
		ensure!(ContestedBlocks::<T>::get() == totals.contested, "contested tasks are miscounted");
		let batches: BTreeSet<_> = Deadlines::<T>::iter_keys().collect();
		ensure!(batches == totals.batches, "the index of deadlines is not what batches say");
		let jobs: BTreeSet<_> = JobDeadlines::<T>::iter_keys().collect();
		ensure!(jobs == totals.jobs, "the index of deadlines is not what jobs say");
		let first = batches.iter().map(|(block, _)| block).chain(jobs.iter().map(|(block, _)| block)).min();
		ensure!(first.is_none_or(|block| *block >= SweepFrom::<T>::get()), "a deadline was passed over");
		let users: BTreeMap<_, _> = Seeds::<T>::iter().map(|(block, record)| (block, record.users)).collect();
		ensure!(users == totals.seed_users, "seeds are kept for others than need them");
		Ok(())
	}
}
