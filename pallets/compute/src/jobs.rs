//! Posting, ending and closing jobs.

use crate::{
	settlement::{decrease, increase},
	types::*,
	BarredPrograms, Config, Error, Event, HoldReason, JobDeadlines, Jobs, NextJob, Pallet,
};
use assay_primitives::{money, Balance, InputSpec, JobId, JobSpec, VM_VERSION};
use frame_support::{
	ensure,
	pallet_prelude::DispatchResult,
	traits::{fungible::MutateHold, Get},
};
use sp_runtime::{ArithmeticError, DispatchError};

impl<T: Config> Pallet<T> {
	pub(crate) fn do_post_job(requester: T::AccountId, spec: JobSpec) -> DispatchResult {
		Self::ensure_acceptable(&spec)?;
		let escrow = Self::price(&spec)?;
		let deposit = T::JobDeposit::get();
		let now = Self::now();
		let expires_at = now.checked_add(spec.lifetime).ok_or(Error::<T>::BadLifetime)?;
		let id = NextJob::<T>::get();
		NextJob::<T>::put(id.checked_add(1).ok_or(ArithmeticError::Overflow)?);

		T::Currency::hold(&hold_reason::<T>(HoldReason::JobEscrow), &requester, escrow)?;
		T::Currency::hold(&hold_reason::<T>(HoldReason::JobDeposit), &requester, deposit)?;
		Jobs::<T>::insert(
			id,
			JobRecord {
				requester: requester.clone(),
				spec,
				state: JobState::Open,
				posted_at: now,
				expires_at,
				next_fresh: 0,
				returned: 0,
				available_tasks: spec.tasks,
				in_flight: 0,
				settled: 0,
				refunded: 0,
				escrowed: escrow,
				remaining: escrow,
				paid_to_workers: 0,
				paid_to_auditors: 0,
				repaid: 0,
				deposit,
			},
		);
		JobDeadlines::<T>::insert(expires_at, id, ());
		Self::deposit_event(Event::JobPosted { job: id, requester, escrow });
		Ok(())
	}

	fn ensure_acceptable(spec: &JobSpec) -> Result<(), Error<T>> {
		ensure!((1..=JobSpec::MAX_PROGRAM_BYTES).contains(&spec.program.len), Error::BadProgramSize);
		ensure!(!BarredPrograms::<T>::contains_key(spec.program.hash), Error::ProgramBarred);
		ensure!(spec.vm_version == VM_VERSION, Error::UnsupportedVm);
		ensure!(spec.tasks > 0, Error::NoTasks);
		ensure!(
			(1..=spec.tasks.min(JobSpec::MAX_BATCH_SIZE)).contains(&spec.batch_size),
			Error::BadBatchSize
		);
		ensure!(
			spec.input.blob().len >= smallest_input(spec)
				&& spec.input.blob().len <= JobSpec::MAX_INPUT_BYTES,
			Error::BadInputSize
		);
		ensure!(spec.bounty > 0, Error::NoBounty);
		ensure!(spec.limits.are_valid(), Error::BadLimits);
		ensure!(spec.audit.is_valid(), Error::BadAuditPolicy);
		ensure!(
			(T::MinExecutionWindow::get()..=T::MaxWindow::get()).contains(&spec.execution_window),
			Error::BadExecutionWindow
		);
		ensure!(
			(T::MinChallengeWindow::get()..=T::MaxWindow::get()).contains(&spec.challenge_window),
			Error::BadChallengeWindow
		);
		ensure!((1..=T::MaxLifetime::get()).contains(&spec.lifetime), Error::BadLifetime);
		Self::ensure_fuel_is_paid(spec)
	}

	/// The price of a job. Fails if it, or the bond for any of its batches, is beyond 128 bits.
	fn price(spec: &JobSpec) -> Result<Balance, Error<T>> {
		let escrow = money::escrow(spec).ok_or(Error::AmountTooLarge)?;
		// No batch has more tasks than `batch_size`, so no bond is greater than this one.
		money::batch_bounty(spec.bounty, spec.batch_size)
			.and_then(|bounty| money::claim_bond(bounty, &spec.audit, T::MinClaimBond::get()))
			.ok_or(Error::AmountTooLarge)?;
		Ok(escrow)
	}

	pub(crate) fn do_cancel_job(requester: T::AccountId, id: JobId) -> DispatchResult {
		let mut job = Jobs::<T>::get(id).ok_or(Error::<T>::UnknownJob)?;
		ensure!(job.requester == requester, Error::<T>::NotRequester);
		ensure!(job.state == JobState::Open, Error::<T>::JobNotOpen);
		let refunded = Self::end_job(id, &mut job)?;
		Self::deposit_event(Event::JobCancelled { job: id, refunded });
		Self::close_if_done(id, &mut job)?;
		Jobs::<T>::insert(id, job);
		Ok(())
	}

	pub(crate) fn do_expire_job(id: JobId) -> DispatchResult {
		let mut job = Jobs::<T>::get(id).ok_or(Error::<T>::UnknownJob)?;
		ensure!(job.state == JobState::Open, Error::<T>::JobNotOpen);
		ensure!(Self::now() >= job.expires_at, Error::<T>::TooEarly);
		let refunded = Self::end_job(id, &mut job)?;
		Self::deposit_event(Event::JobExpired { job: id, refunded });
		Self::close_if_done(id, &mut job)?;
		Jobs::<T>::insert(id, job);
		Ok(())
	}

	/// Takes an open job off the market and refunds what nobody has. O(1), however many batches that are: those that
	/// were never claimed have no records.
	fn end_job(id: JobId, job: &mut JobOf<T>) -> Result<Balance, DispatchError> {
		let batches = job.available();
		let bounties = money::batch_bounty(job.spec.bounty, job.available_tasks);
		let reserves = money::audit_reserve(job.spec.bounty, &job.spec.audit)
			.and_then(|reserve| reserve.checked_mul(batches.into()));
		let refund = bounties
			.zip(reserves)
			.and_then(|(bounties, reserves)| bounties.checked_add(reserves))
			.ok_or(ArithmeticError::Overflow)?;
		Self::repay(job, refund)?;
		increase(&mut job.refunded, batches)?;
		job.available_tasks = 0;
		Self::leave_market(id, job);
		Ok(refund)
	}

	fn leave_market(id: JobId, job: &mut JobOf<T>) {
		if job.state == JobState::Open {
			JobDeadlines::<T>::remove(job.expires_at, id);
			job.state = JobState::Ending;
		}
	}

	/// Closes a job all of whose batches are settled or refunded: the rest of the escrow and the deposit go home.
	pub(crate) fn close_if_done(id: JobId, job: &mut JobOf<T>) -> DispatchResult {
		if u64::from(job.settled) + u64::from(job.refunded) < u64::from(job.batches()) {
			return Ok(());
		}
		let rest = job.remaining;
		Self::repay(job, rest)?;
		let deposit = job.deposit;
		Self::give_back(HoldReason::JobDeposit, &job.requester, deposit)?;
		decrease(&mut job.deposit, deposit)?;
		Self::leave_market(id, job);
		let prune_at = Self::now().saturating_add(T::Retention::get()).saturating_add(1);
		job.state = JobState::Closed { prune_at, pruned: 0 };
		JobDeadlines::<T>::insert(prune_at, id, ());
		Self::deposit_event(Event::JobClosed { job: id, refunded: rest });
		Ok(())
	}
}

/// Per-task input starts with a table of 32-bit lengths behind their number.
fn smallest_input(spec: &JobSpec) -> u64 {
	match spec.input {
		InputSpec::Shared { .. } => 0,
		InputSpec::PerTask { .. } => 4 * u64::from(spec.tasks) + 1,
	}
}
