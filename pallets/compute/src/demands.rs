//! Getting hold of results that the network does not give: the worker has to put one onto the chain, or validators say
//! whether they can get all of them.

use crate::{
	batch::BatchAt, settlement::Reporter, types::*, Config, Error, Event, HoldReason, Pallet, Validators,
};
use assay_primitives::{
	audit::Opening,
	money,
	sealing::{self, SealedOpening},
	Balance, BatchIndex, JobId, TaskIndex,
};
use frame_support::{
	ensure,
	pallet_prelude::DispatchResult,
	traits::{fungible::MutateHold, Get},
};
use sp_runtime::{ArithmeticError, DispatchError};

/// Results of one batch that its requester can demand, and that all others can. Each holds up the pay of the worker, so
/// there have to be few; strangers must not use up what the requester may need.
pub(crate) const MAX_DEMANDS: u8 = 8;

impl<T: Config> Pallet<T> {
	/// Demands the result of a task.
	pub(crate) fn do_demand(
		by: T::AccountId,
		id: JobId,
		index: BatchIndex,
		task: TaskIndex,
	) -> DispatchResult {
		let mut at = BatchAt::<T>::load(id, index)?;
		let Stage::Revealed(claim, commitment, mut revelation) = at.batch.stage.clone() else {
			return Err(Error::<T>::NotRevealed.into());
		};
		at.offset(task)?;
		let remaining = at.remaining()?;
		let demands = if at.job.requester == by {
			&mut revelation.demands_by_requester
		} else {
			&mut revelation.demands_by_others
		};
		Self::count_demand(demands)?;
		let fee = T::DemandFee::get();
		T::Currency::hold(&hold_reason::<T>(HoldReason::Contest), &by, fee)?;
		let deadline = Self::now().saturating_add(T::RevealWindow::get());
		at.file_under(Some(deadline));
		Self::deposit_event(Event::ResultDemanded { job: id, batch: index, task, by: by.clone(), deadline });
		at.batch.stage = Stage::Demanded(claim, commitment, revelation, Demand { by, fee, task, remaining });
		at.save_batch();
		Ok(())
	}

	/// Asks the validators whether the sealed results of a batch can be had. For the requester alone: it is its results, and
	/// all validators have to fetch them.
	pub(crate) fn do_demand_batch(by: T::AccountId, id: JobId, index: BatchIndex) -> DispatchResult {
		let mut at = BatchAt::<T>::load(id, index)?;
		ensure!(at.job.requester == by, Error::<T>::NotRequester);
		let Stage::Revealed(claim, commitment, mut revelation) = at.batch.stage.clone() else {
			return Err(Error::<T>::NotRevealed.into());
		};
		let remaining = at.remaining()?;
		Self::count_demand(&mut revelation.demands_by_requester)?;
		let fee =
			money::batch_demand_fee(T::DemandFee::get(), Validators::<T>::count(), commitment.sealed.len)
				.ok_or(ArithmeticError::Overflow)?;
		T::Currency::hold(&hold_reason::<T>(HoldReason::Contest), &by, fee)?;
		let (task, sealed) = (at.first, commitment.sealed.hash);
		at.dispute(claim, commitment, task, sealed, Cause::Withheld { by, fee, revelation, remaining });
		at.save_batch();
		Ok(())
	}

	/// Counts a demand, if there can be another one.
	fn count_demand(demands: &mut u8) -> Result<(), Error<T>> {
		ensure!(*demands < MAX_DEMANDS, Error::<T>::TooManyDemands);
		*demands = demands.saturating_add(1);
		Ok(())
	}

	/// Takes the result that was demanded, if it is the right one.
	pub(crate) fn do_answer_demand(
		worker: &T::AccountId,
		id: JobId,
		index: BatchIndex,
		opening: &Opening,
		sealed: &SealedOpening,
	) -> DispatchResult {
		let mut at = BatchAt::<T>::load(id, index)?;
		let Stage::Demanded(claim, commitment, revelation, demand) = at.batch.stage.clone() else {
			return Err(Error::<T>::NotDemanded.into());
		};
		ensure!(claim.worker == *worker, Error::<T>::NotBatchWorker);
		ensure!(at.deadline().is_some_and(|deadline| Self::now() < deadline), Error::<T>::TooLate);
		ensure!(opening.task == demand.task, Error::<T>::WrongOpenings);
		at.leaf_of(&commitment, opening)?;
		at.ensure_sealed(&commitment, opening, sealed)?;
		let holds = if sealed.entry.len > T::MaxDemandBytes::get() {
			// Too much for a block. The opening is what can be had on the chain: it lets anybody challenge the task.
			sealed.bytes.is_empty() && sealing::sealed_len(&opening.outcome) == u64::from(sealed.entry.len)
		} else {
			sealed.holds(&revelation.key, demand.task, &opening.outcome) == Some(true)
		};
		ensure!(holds, Error::<T>::WrongSealed);

		let returned = Self::spend_fee(&demand.by, demand.fee)?;
		Self::deposit_event(Event::DemandAnswered { job: id, batch: index, task: demand.task, returned });
		// What has just been shown may have to be contested.
		let window = demand.remaining.max(T::MinChallengeWindow::get());
		at.reveal_for(window, claim, commitment, revelation);
		Ok(())
	}

	/// Burns half of the fee of a demand that was met, rounded up, and gives the rest back. Says how much that is. Whoever
	/// demands results of itself must not fill blocks for nothing; and the worker gets nothing, or it would pay to show
	/// results only to those who demand them.
	pub(crate) fn spend_fee(by: &T::AccountId, fee: Balance) -> Result<Balance, DispatchError> {
		let split = money::split_slash(fee, 0);
		Self::burn(HoldReason::Contest, by, split.burned)?;
		Self::give_back(HoldReason::Contest, by, split.compensation)?;
		Ok(split.compensation)
	}

	/// Convicts a worker whose sealed result is not the one it committed to, and says how many auditors reported on the batch.
	pub(crate) fn do_prove_missealed(
		reporter: T::AccountId,
		id: JobId,
		index: BatchIndex,
		opening: &Opening,
		sealed: &SealedOpening,
	) -> Result<u32, DispatchError> {
		let at = BatchAt::<T>::load(id, index)?;
		let Stage::Revealed(claim, commitment, revelation) = at.batch.stage.clone() else {
			return Err(Error::<T>::NotRevealed.into());
		};
		at.leaf_of(&commitment, opening)?;
		at.ensure_sealed(&commitment, opening, sealed)?;
		let holds = sealed.holds(&revelation.key, opening.task, &opening.outcome);
		ensure!(!holds.ok_or(Error::<T>::WrongSealed)?, Error::<T>::ProperlySealed);
		let mut reporters = at.checkers(None);
		reporters.push(Reporter::of_evidence(reporter));
		at.slash(claim, reporters, ReopenReason::Missealed)?;
		Ok(commitment.reports())
	}
}

impl<T: Config> BatchAt<T> {
	fn ensure_sealed(
		&self,
		commitment: &Commitment,
		opening: &Opening,
		sealed: &SealedOpening,
	) -> Result<(), Error<T>> {
		let offset = self.offset(opening.task)?;
		let is_under = sealed.is_under(&commitment.sealed_root, self.tasks, offset, opening.task);
		is_under.then_some(()).ok_or(Error::WrongSealed)
	}

	/// The worker did not show what was demanded.
	pub(crate) fn miss_demand(
		self,
		claim: Claim<T::AccountId>,
		demand: Demand<T::AccountId>,
	) -> DispatchResult {
		Pallet::<T>::give_back(HoldReason::Contest, &demand.by, demand.fee)?;
		let reporters = self.checkers(None);
		self.slash(claim, reporters, ReopenReason::DemandMissed)
	}
}
