//! Handing out batches.

use crate::{
	batch::BatchAt,
	settlement::{decrease, increase},
	types::*,
	Config, Error, Event, Jobs, Pallet, Returned, Workers,
};
use assay_primitives::{money, AuditPolicy, Balance, BatchIndex, JobId};
use frame_support::{
	ensure,
	pallet_prelude::DispatchResult,
	traits::{
		fungible::Mutate,
		tokens::{Fortitude, Precision, Preservation},
		Get,
	},
};
use sp_runtime::{ArithmeticError, DispatchError};

impl<T: Config> Pallet<T> {
	/// Hands out up to `count` batches and says how many.
	pub(crate) fn do_claim(account: T::AccountId, id: JobId, count: u32) -> Result<u32, DispatchError> {
		ensure!((1..=T::ClaimLimit::get()).contains(&count), Error::<T>::BadClaimCount);
		let mut job = Jobs::<T>::get(id).ok_or(Error::<T>::UnknownJob)?;
		ensure!(job.hands_out(Self::now()), Error::<T>::JobNotOpen);
		let mut worker = Workers::<T>::get(&account).ok_or(Error::<T>::NotWorker)?;
		ensure!(worker.stake >= T::MinStake::get(), Error::<T>::InsufficientStake);
		let count = count.min(job.available());
		ensure!(count > 0, Error::<T>::NothingToClaim);
		let least = Self::minimum_bond(&job.spec).ok_or(ArithmeticError::Overflow)?;
		for _ in 0..count {
			let index = Self::next_available(id, &mut job)?;
			job = Self::hand_out(id, job, index, &account, &mut worker, least)?;
		}
		Self::pay_for_statements(id, &job.spec.audit, &account, count)?;
		Jobs::<T>::insert(id, job);
		Workers::<T>::insert(account, worker);
		Ok(count)
	}

	/// Burns what the receipts and reports of `count` batches would have cost whoever sends them. Not paid to authors of
	/// blocks, who could claim for nothing then.
	///
	/// This touches no more than the fee of the call does, which is read and written anyhow: the account and the total of
	/// all money. Like that fee, it leaves the account what it needs to exist.
	fn pay_for_statements(
		id: JobId,
		policy: &AuditPolicy,
		worker: &T::AccountId,
		count: u32,
	) -> DispatchResult {
		let burned = money::claim_fee(T::StatementFee::get(), policy)
			.and_then(|fee| fee.checked_mul(count.into()))
			.ok_or(ArithmeticError::Overflow)?;
		if burned > 0 {
			T::Currency::burn_from(
				worker,
				burned,
				Preservation::Preserve,
				Precision::Exact,
				Fortitude::Polite,
			)?;
			Self::deposit_event(Event::StatementsPaid { job: id, worker: worker.clone(), burned });
		}
		Ok(())
	}

	/// The batch that came back last, or the first one nobody had.
	fn next_available(id: JobId, job: &mut JobOf<T>) -> Result<BatchIndex, DispatchError> {
		if let Some(top) = job.returned.checked_sub(1) {
			job.returned = top;
			return Returned::<T>::take(id, top).ok_or(DispatchError::Corruption);
		}
		let index = job.next_fresh;
		increase(&mut job.next_fresh, 1)?;
		Ok(index)
	}

	fn hand_out(
		id: JobId,
		job: JobOf<T>,
		index: BatchIndex,
		account: &T::AccountId,
		worker: &mut WorkerRecord,
		least: Balance,
	) -> Result<JobOf<T>, DispatchError> {
		let mut at = BatchAt::<T>::of_job(id, job, index)?;
		let bond =
			money::claim_bond(at.bounty()?, &at.job.spec.audit, least).ok_or(ArithmeticError::Overflow)?;
		ensure!(worker.free() >= bond, Error::<T>::InsufficientStake);
		increase(&mut worker.locked, bond)?;
		increase(&mut worker.batches_in_flight, 1)?;
		increase(&mut at.job.in_flight, 1)?;
		let tasks = at.tasks;
		decrease(&mut at.job.available_tasks, tasks)?;

		let deadline = Self::now().saturating_add(at.job.spec.execution_window);
		at.batch.stage = Stage::Claimed(Claim { worker: account.clone(), bond });
		at.file_under(Some(deadline));
		Self::deposit_event(Event::BatchClaimed {
			job: id,
			batch: index,
			attempt: at.batch.attempt,
			worker: account.clone(),
			bond,
			deadline,
		});
		Ok(at.store_batch())
	}
}
