//! Handing out batches.

use crate::{
	batch::BatchAt,
	settlement::{decrease, increase},
	types::*,
	Config, Error, Event, Jobs, Pallet, Returned, Workers,
};
use assay_primitives::{money, Balance, BatchIndex, JobId};
use frame_support::{ensure, traits::Get};
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
		Jobs::<T>::insert(id, job);
		Workers::<T>::insert(account, worker);
		Ok(count)
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
