//! Where money goes: pay, refunds, penalties and slashes.

use crate::{
	batch::BatchAt, reveals::lost_batch, types::*, Config, Error, Event, HoldReason, Pallet, Returned,
	Workers,
};
use assay_primitives::{money, Balance, BatchIndex, JobId};
use frame_support::{
	ensure,
	pallet_prelude::DispatchResult,
	traits::{
		fungible::{Inspect, MutateHold},
		tokens::{DepositConsequence, Fortitude, Precision, Provenance, Restriction},
		Get,
	},
};
use sp_runtime::{
	traits::{CheckedAdd, CheckedSub},
	ArithmeticError, DispatchError,
};

pub(crate) fn increase<N: CheckedAdd>(value: &mut N, by: N) -> Result<(), ArithmeticError> {
	*value = value.checked_add(&by).ok_or(ArithmeticError::Overflow)?;
	Ok(())
}

pub(crate) fn decrease<N: CheckedSub>(value: &mut N, by: N) -> Result<(), ArithmeticError> {
	*value = value.checked_sub(&by).ok_or(ArithmeticError::Underflow)?;
	Ok(())
}

fn can_receive<T: Config>(account: &T::AccountId, amount: Balance) -> bool {
	T::Currency::can_deposit(account, amount, Provenance::Extant) == DepositConsequence::Success
}

impl<T: Config> Pallet<T> {
	/// Pays out of a job's escrow and says how much.
	///
	/// An account that cannot take the sum, because it does not exist and the sum is below the existential deposit,
	/// gets nothing: the money stays in escrow and goes home when the job closes. Nothing waits for such an account.
	/// Workers always exist while their stake is held; auditors are validators, who have no duty to hold money.
	///
	/// Locks and freezes on the requester's account are no reason not to pay: escrow is spent money.
	pub(crate) fn pay(
		job: &mut JobOf<T>,
		to: &T::AccountId,
		amount: Balance,
	) -> Result<Balance, DispatchError> {
		if amount == 0 || !can_receive::<T>(to, amount) {
			return Ok(0);
		}
		T::Currency::transfer_on_hold(
			&hold_reason::<T>(HoldReason::JobEscrow),
			&job.requester,
			to,
			amount,
			Precision::Exact,
			Restriction::Free,
			Fortitude::Force,
		)?;
		decrease(&mut job.remaining, amount)?;
		Ok(amount)
	}

	/// Gives money from a job's escrow back to its requester.
	pub(crate) fn repay(job: &mut JobOf<T>, amount: Balance) -> DispatchResult {
		if amount == 0 {
			return Ok(());
		}
		T::Currency::release(
			&hold_reason::<T>(HoldReason::JobEscrow),
			&job.requester,
			amount,
			Precision::Exact,
		)?;
		decrease(&mut job.remaining, amount)?;
		increase(&mut job.repaid, amount)?;
		Ok(())
	}

	/// Unlocks the bond of a batch that its worker has no longer, and notes how that came.
	pub(crate) fn release_claim(
		claim: &Claim<T::AccountId>,
		note: impl FnOnce(&mut WorkerRecord),
	) -> DispatchResult {
		Workers::<T>::try_mutate(&claim.worker, |slot| {
			let worker = slot.as_mut().ok_or(Error::<T>::NotWorker)?;
			decrease(&mut worker.locked, claim.bond)?;
			decrease(&mut worker.batches_in_flight, 1u32)?;
			note(worker);
			Ok(())
		})
	}

	/// Takes `amount` off a worker's stake. The money has to be moved, too.
	fn forfeit(account: &T::AccountId, amount: Balance) -> DispatchResult {
		Workers::<T>::try_mutate(account, |slot| {
			let worker = slot.as_mut().ok_or(Error::<T>::NotWorker)?;
			decrease(&mut worker.stake, amount)?;
			worker.slashed = worker.slashed.saturating_add(amount);
			Ok(())
		})
	}

	fn burn_stake(account: &T::AccountId, amount: Balance) -> DispatchResult {
		T::Currency::burn_held(
			&hold_reason::<T>(HoldReason::WorkerStake),
			account,
			amount,
			Precision::Exact,
			Fortitude::Force,
		)?;
		Ok(())
	}

	pub(crate) fn do_settle(id: JobId, index: BatchIndex) -> DispatchResult {
		let at = BatchAt::<T>::load(id, index)?;
		ensure!(matches!(at.batch.stage, Stage::Revealed(..)), Error::<T>::NotRevealed);
		Self::do_expire(id, index)
	}
}

impl<T: Config> BatchAt<T> {
	/// Pays the worker of a revealed batch.
	pub(crate) fn settle(
		mut self,
		claim: Claim<T::AccountId>,
		commitment: Commitment,
		revelation: Revelation,
	) -> DispatchResult {
		let bounty = self.bounty()?;
		let paid = Pallet::<T>::pay(&mut self.job, &claim.worker, bounty)?;
		increase(&mut self.job.paid_to_workers, paid)?;
		Pallet::<T>::release_claim(&claim, |worker| {
			worker.batches_settled = worker.batches_settled.saturating_add(1);
			worker.earned = worker.earned.saturating_add(paid);
		})?;
		decrease(&mut self.job.in_flight, 1u32)?;
		increase(&mut self.job.settled, 1u32)?;
		Pallet::<T>::deposit_event(Event::BatchSettled {
			job: self.id,
			batch: self.index,
			worker: claim.worker.clone(),
			paid,
		});
		self.file_under(None);
		self.batch.stage = Stage::Settled(claim.worker, commitment, revelation);
		Pallet::<T>::close_if_done(self.id, &mut self.job)?;
		self.store();
		Ok(())
	}

	/// Penalises a worker that handed in nothing, and takes the batch back.
	pub(crate) fn penalise(self, claim: Claim<T::AccountId>) -> DispatchResult {
		let amount = T::ClaimPenalty::get().mul_ceil(claim.bond);
		Pallet::<T>::burn_stake(&claim.worker, amount)?;
		Pallet::<T>::release_claim(&claim, lost_batch)?;
		Pallet::<T>::forfeit(&claim.worker, amount)?;
		Pallet::<T>::deposit_event(Event::ClaimPenalised {
			job: self.id,
			batch: self.index,
			worker: claim.worker,
			amount,
		});
		self.take_back(ReopenReason::ReceiptMissed)
	}

	/// Takes the bond of a worker that did not reveal, as if it were convicted: silence must not be cheaper. Half is
	/// destroyed, half goes to the requester.
	pub(crate) fn slash(self, claim: Claim<T::AccountId>) -> DispatchResult {
		let mut split = money::split_slash(claim.bond);
		let requester = &self.job.requester;
		if !can_receive::<T>(requester, split.compensation) {
			split.burned = claim.bond;
			split.compensation = 0;
		}
		Pallet::<T>::burn_stake(&claim.worker, split.burned)?;
		if split.compensation > 0 {
			T::Currency::transfer_on_hold(
				&hold_reason::<T>(HoldReason::WorkerStake),
				&claim.worker,
				requester,
				split.compensation,
				Precision::Exact,
				Restriction::Free,
				Fortitude::Force,
			)?;
		}
		Pallet::<T>::release_claim(&claim, lost_batch)?;
		Pallet::<T>::forfeit(&claim.worker, claim.bond)?;
		Pallet::<T>::deposit_event(Event::WorkerSlashed {
			job: self.id,
			batch: self.index,
			worker: claim.worker,
			burned: split.burned,
			compensation: split.compensation,
		});
		self.take_back(ReopenReason::RevealMissed)
	}

	/// Takes a batch back from its worker, with whom everything is settled already: for the next one, or, if the job
	/// hands out nothing more, for good.
	pub(crate) fn take_back(mut self, reason: ReopenReason) -> DispatchResult {
		if let Stage::Committed(_, commitment) = &self.batch.stage {
			Pallet::<T>::release_seed(commitment);
			self.clear_reports();
		}
		decrease(&mut self.job.in_flight, 1u32)?;
		self.file_under(None);
		if self.job.hands_out(Pallet::<T>::now()) {
			self.reopen(reason)?;
		} else {
			self.refund()?;
		}
		self.store();
		Ok(())
	}

	fn reopen(&mut self, reason: ReopenReason) -> DispatchResult {
		increase(&mut self.batch.attempt, 1u32)?;
		self.batch.stage = Stage::Available;
		Returned::<T>::insert(self.id, self.job.returned, self.index);
		increase(&mut self.job.returned, 1u32)?;
		increase(&mut self.job.available_tasks, self.tasks)?;
		Pallet::<T>::deposit_event(Event::BatchReopened {
			job: self.id,
			batch: self.index,
			attempt: self.batch.attempt,
			reason,
		});
		Ok(())
	}

	fn refund(&mut self) -> DispatchResult {
		let amount = self.bounty()?.checked_add(self.audit_reserve()?).ok_or(ArithmeticError::Overflow)?;
		Pallet::<T>::repay(&mut self.job, amount)?;
		self.batch.stage = Stage::Refunded;
		increase(&mut self.job.refunded, 1u32)?;
		Pallet::<T>::deposit_event(Event::BatchRefunded { job: self.id, batch: self.index, amount });
		Pallet::<T>::close_if_done(self.id, &mut self.job)
	}
}
