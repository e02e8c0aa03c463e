//! Where money goes: pay, refunds, penalties and slashes.

use crate::{
	batch::BatchAt, reveals::lost_batch, types::*, Config, Error, Event, HoldReason, Pallet, Returned,
	Workers,
};
use alloc::vec::Vec;
use assay_primitives::{money, Balance, BatchIndex, JobId, TaskIndex};
use frame_support::{
	ensure,
	pallet_prelude::DispatchResult,
	traits::{
		fungible::{Inspect, MutateHold},
		tokens::{DepositConsequence, Fortitude, Precision, Provenance, Restriction},
		Get,
	},
	weights::Weight,
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
		Self::give_back(HoldReason::JobEscrow, &job.requester, amount)?;
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

	/// Takes `amount` off the record of a worker's stake. The money has to be moved, too.
	fn forfeit(account: &T::AccountId, amount: Balance) -> DispatchResult {
		Workers::<T>::try_mutate(account, |slot| {
			let worker = slot.as_mut().ok_or(Error::<T>::NotWorker)?;
			decrease(&mut worker.stake, amount)?;
			worker.slashed = worker.slashed.saturating_add(amount);
			Ok(())
		})
	}

	/// Destroys money that is held.
	pub(crate) fn burn(reason: HoldReason, account: &T::AccountId, amount: Balance) -> DispatchResult {
		if amount > 0 {
			let reason = hold_reason::<T>(reason);
			T::Currency::burn_held(&reason, account, amount, Precision::Exact, Fortitude::Force)?;
		}
		Ok(())
	}

	/// Gives held money to somebody else, or destroys it if that account cannot take it. Says how much arrived.
	pub(crate) fn hand_over(
		reason: HoldReason,
		from: &T::AccountId,
		to: &T::AccountId,
		amount: Balance,
	) -> Result<Balance, DispatchError> {
		if amount == 0 || !can_receive::<T>(to, amount) {
			Self::burn(reason, from, amount)?;
			return Ok(0);
		}
		let reason = hold_reason::<T>(reason);
		let (precision, fortitude) = (Precision::Exact, Fortitude::Force);
		T::Currency::transfer_on_hold(&reason, from, to, amount, precision, Restriction::Free, fortitude)
	}

	/// Gives held money back.
	pub(crate) fn give_back(reason: HoldReason, account: &T::AccountId, amount: Balance) -> DispatchResult {
		T::Currency::release(&hold_reason::<T>(reason), account, amount, Precision::Exact)?;
		Ok(())
	}

	/// Pays for a batch whose challenge window is over, and says what that cost.
	pub(crate) fn do_settle(id: JobId, index: BatchIndex) -> Result<Weight, DispatchError> {
		let at = BatchAt::<T>::load(id, index)?;
		ensure!(matches!(at.batch.stage, Stage::Revealed(..)), Error::<T>::NotRevealed);
		Self::do_expire(id, index)
	}

	/// Pays the worker of a revealed batch at once, because its requester is content. Says how many auditors reported on it.
	pub(crate) fn do_accept(
		requester: &T::AccountId,
		id: JobId,
		index: BatchIndex,
	) -> Result<u32, DispatchError> {
		let at = BatchAt::<T>::load(id, index)?;
		ensure!(at.job.requester == *requester, Error::<T>::NotRequester);
		let Stage::Revealed(claim, commitment, revelation) = at.batch.stage.clone() else {
			return Err(Error::<T>::NotRevealed.into());
		};
		let reports = commitment.reports();
		at.settle(claim, commitment, revelation)?;
		Ok(reports)
	}
}

/// What of a slash goes to those who showed the wrong is at most that many times what auditing the batch costs.
const REWARD_CAP: Balance = 2;
/// And at most this part of the slash, so that something is left for the requester.
const REWARD_PART: Balance = 4;

/// Somebody who helped to convict a worker, and the parts of the reward that it gets.
pub(crate) struct Reporter<AccountId> {
	pub(crate) account: AccountId,
	pub(crate) parts: u32,
}

impl<T: Config> BatchAt<T> {
	/// Pays the worker of a revealed batch, and its auditors.
	pub(crate) fn settle(
		mut self,
		claim: Claim<T::AccountId>,
		commitment: Commitment,
		revelation: Revelation,
	) -> DispatchResult {
		let bounty = self.bounty()?;
		let paid = Pallet::<T>::pay(&mut self.job, &claim.worker, bounty)?;
		increase(&mut self.job.paid_to_workers, paid)?;
		self.pay_auditors()?;
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
		self.save();
		Ok(())
	}

	/// Penalises a worker that handed in nothing, and takes the batch back.
	pub(crate) fn penalise(self, claim: Claim<T::AccountId>) -> DispatchResult {
		let amount = T::ClaimPenalty::get().mul_ceil(claim.bond);
		Pallet::<T>::burn(HoldReason::WorkerStake, &claim.worker, amount)?;
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

	/// The auditors that checked the batch, as those who get something if its worker is slashed: twice as much if they
	/// ran `task`.
	pub(crate) fn checkers(&self, task: Option<TaskIndex>) -> Vec<Reporter<T::AccountId>> {
		let ran = |report: &ReportRecord| report.tags().any(|(sample, _)| Some(sample) == task);
		self.checks()
			.into_iter()
			.map(|(account, report)| Reporter { account, parts: 1 + u32::from(ran(&report)) })
			.collect()
	}

	/// Takes the bond of a worker that was convicted, or did not show what it has to show: silence must not be cheaper.
	/// At least half is destroyed; the reward of those who helped is capped by what audits cost; the rest compensates
	/// the requester. Then takes the batch back.
	pub(crate) fn slash(
		self,
		claim: Claim<T::AccountId>,
		reporters: Vec<Reporter<T::AccountId>>,
		reason: ReopenReason,
	) -> DispatchResult {
		let parts = reporters.iter().fold(0u32, |sum, reporter| sum.saturating_add(reporter.parts));
		let cap = match parts {
			0 => 0,
			_ => self.audit_reserve()?.saturating_mul(REWARD_CAP).min(claim.bond / REWARD_PART),
		};
		let split = money::split_slash(claim.bond, cap);
		let (mut rewarded, mut left) = (0, split.reward);
		for reporter in reporters {
			// The parts are few and small, the reward is a sum of money: the product does not leave 128 bits before the
			// money does.
			let share = split
				.reward
				.checked_mul(reporter.parts.into())
				.and_then(|product| product.checked_div(parts.into()))
				.unwrap_or(0);
			decrease(&mut left, share)?;
			let amount =
				Pallet::<T>::hand_over(HoldReason::WorkerStake, &claim.worker, &reporter.account, share)?;
			if amount > 0 {
				increase(&mut rewarded, amount)?;
				// For a conviction, which is no batch that passed.
				Pallet::<T>::note_earned(&reporter.account, amount, 0);
				Pallet::<T>::deposit_event(Event::ReporterRewarded {
					job: self.id,
					batch: self.index,
					reporter: reporter.account,
					amount,
				});
			}
		}
		let requester = &self.job.requester;
		let compensation =
			Pallet::<T>::hand_over(HoldReason::WorkerStake, &claim.worker, requester, split.compensation)?;
		let burned = split.burned.checked_add(left).ok_or(ArithmeticError::Overflow)?;
		Pallet::<T>::burn(HoldReason::WorkerStake, &claim.worker, burned)?;
		Pallet::<T>::release_claim(&claim, lost_batch)?;
		Pallet::<T>::forfeit(&claim.worker, claim.bond)?;
		Pallet::<T>::deposit_event(Event::WorkerSlashed {
			job: self.id,
			batch: self.index,
			worker: claim.worker.clone(),
			burned: claim.bond.saturating_sub(rewarded).saturating_sub(compensation),
			rewarded,
			compensation,
		});
		self.take_back(reason)
	}

	/// Takes a batch back from its worker, with whom everything is settled already: for the next one, or, if the job
	/// hands out nothing more, for good.
	pub(crate) fn take_back(mut self, reason: ReopenReason) -> DispatchResult {
		if let Stage::Committed(_, commitment) = &self.batch.stage {
			Pallet::<T>::release_seed(commitment);
		}
		if self.batch.stage.commitment().is_some() {
			self.clear_reports();
		}
		decrease(&mut self.job.in_flight, 1u32)?;
		self.file_under(None);
		// A program on which validators disagree would end in the next dispute.
		let again = reason != ReopenReason::Diverged && self.job.hands_out(Pallet::<T>::now());
		if again {
			self.reopen(reason)?;
		} else {
			self.refund()?;
		}
		self.save();
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
