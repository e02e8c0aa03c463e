//! The stake of auditors.

use crate::{
	settlement::{decrease, increase},
	types::*,
	AuditorRecords, Config, Error, Event, HoldReason, Pallet,
};
use assay_primitives::{money, Balance, BatchIndex, JobId};
use frame_support::{
	ensure,
	pallet_prelude::DispatchResult,
	traits::{fungible::MutateHold, Get},
};
use sp_runtime::{DispatchError, Perbill};

impl<T: Config> Pallet<T> {
	/// Whether a stake answers for the reports of `account`.
	pub fn is_bonded_auditor(account: &T::AccountId) -> bool {
		AuditorRecords::<T>::get(account).is_some_and(|record| record.stake >= T::AuditorStake::get())
	}

	pub(crate) fn do_bond_auditor(account: T::AccountId, amount: Balance) -> DispatchResult {
		ensure!(amount > 0, Error::<T>::ZeroAmount);
		let mut auditor = AuditorRecords::<T>::get(&account).unwrap_or_default();
		increase(&mut auditor.stake, amount)?;
		ensure!(auditor.stake >= T::AuditorStake::get(), Error::<T>::InsufficientStake);
		T::Currency::hold(&hold_reason::<T>(HoldReason::AuditorStake), &account, amount)?;
		Self::deposit_event(Event::AuditorBonded { auditor: account.clone(), amount, stake: auditor.stake });
		AuditorRecords::<T>::insert(account, auditor);
		Ok(())
	}

	pub(crate) fn do_unbond_auditor(account: T::AccountId, amount: Balance) -> DispatchResult {
		ensure!(amount > 0, Error::<T>::ZeroAmount);
		let mut auditor = AuditorRecords::<T>::get(&account).ok_or(Error::<T>::NotAuditor)?;
		auditor.stake = auditor.stake.checked_sub(amount).ok_or(Error::<T>::InsufficientStake)?;
		increase(&mut auditor.unbonding, amount)?;
		auditor.withdrawable_at = Self::now().saturating_add(T::AuditorUnbondingPeriod::get());
		Self::deposit_event(Event::AuditorUnbonding {
			auditor: account.clone(),
			amount,
			withdrawable_at: auditor.withdrawable_at,
		});
		AuditorRecords::<T>::insert(account, auditor);
		Ok(())
	}

	pub(crate) fn do_withdraw_auditor(account: T::AccountId) -> DispatchResult {
		let mut auditor = AuditorRecords::<T>::get(&account).ok_or(Error::<T>::NotAuditor)?;
		let amount = auditor.unbonding;
		ensure!(amount > 0, Error::<T>::NothingUnbonding);
		ensure!(Self::now() >= auditor.withdrawable_at, Error::<T>::TooEarly);
		Self::give_back(HoldReason::AuditorStake, &account, amount)?;
		auditor.unbonding = 0;
		Self::deposit_event(Event::AuditorWithdrew { auditor: account.clone(), amount });
		AuditorRecords::<T>::set(account, (auditor.stake > 0).then_some(auditor));
		Ok(())
	}

	/// Notes what an auditor was paid, and for how many batches that it checked.
	pub(crate) fn note_earned(account: &T::AccountId, amount: Balance, batches: u32) {
		AuditorRecords::<T>::mutate_extant(account, |auditor| {
			auditor.earned = auditor.earned.saturating_add(amount);
			auditor.batches_checked = auditor.batches_checked.saturating_add(batches);
		});
	}

	/// Notes that an auditor could not get all it needed. Who often says so is worth a look. What was checked is noted with
	/// the pay, which writes the record anyhow: so a usual report costs nothing for it.
	pub(crate) fn note_unavailable(account: &T::AccountId) {
		AuditorRecords::<T>::mutate_extant(account, |auditor| {
			auditor.batches_unavailable = auditor.batches_unavailable.saturating_add(1);
		});
	}

	/// Takes the stake that answers for a wrong report, as far as it is there: what is on its way out, too. Half is
	/// destroyed, half compensates `victim`.
	pub(crate) fn slash_auditor(
		job: JobId,
		batch: BatchIndex,
		account: &T::AccountId,
		victim: &T::AccountId,
	) -> DispatchResult {
		let amount = Self::strike_stake(account, |_| T::AuditorStake::get())?;
		let split = money::split_slash(amount, 0);
		let compensation = Self::hand_over(HoldReason::AuditorStake, account, victim, split.compensation)?;
		Self::burn(HoldReason::AuditorStake, account, split.burned)?;
		Self::deposit_event(Event::AuditorSlashed {
			job,
			batch,
			auditor: account.clone(),
			burned: amount.saturating_sub(compensation),
			compensation,
		});
		Ok(())
	}

	/// Destroys a share of everything an auditor has at stake, what is on its way out included: for an offence against
	/// block production or finality, which the runtime's handler of offences finds.
	pub fn slash_offender(account: &T::AccountId, share: Perbill) -> DispatchResult {
		let burned = Self::strike_stake(account, |at_stake| share * at_stake)?;
		Self::burn(HoldReason::AuditorStake, account, burned)?;
		Self::deposit_event(Event::OffenderSlashed { auditor: account.clone(), burned });
		Ok(())
	}

	/// Strikes what `wanted` makes of all that is at stake off the record, first what is not on its way out. Says how
	/// much that was.
	fn strike_stake(
		account: &T::AccountId,
		wanted: impl FnOnce(Balance) -> Balance,
	) -> Result<Balance, DispatchError> {
		let Some(mut auditor) = AuditorRecords::<T>::get(account) else {
			return Ok(0);
		};
		let mut at_stake = auditor.stake;
		increase(&mut at_stake, auditor.unbonding)?;
		let amount = wanted(at_stake).min(at_stake);
		let from_stake = auditor.stake.min(amount);
		decrease(&mut auditor.stake, from_stake)?;
		decrease(&mut auditor.unbonding, amount.saturating_sub(from_stake))?;
		auditor.slashed = auditor.slashed.saturating_add(amount);
		let gone = auditor.stake == 0 && auditor.unbonding == 0;
		AuditorRecords::<T>::set(account, (!gone).then_some(auditor));
		Ok(amount)
	}
}
