//! The stake of workers.

use crate::{
	settlement::{decrease, increase},
	types::*,
	Config, Error, Event, HoldReason, Pallet, Workers,
};
use assay_primitives::Balance;
use frame_support::{
	ensure,
	pallet_prelude::DispatchResult,
	traits::{fungible::MutateHold, Get},
};

impl<T: Config> Pallet<T> {
	pub(crate) fn do_bond(account: T::AccountId, amount: Balance) -> DispatchResult {
		ensure!(amount > 0, Error::<T>::ZeroAmount);
		let mut worker = Workers::<T>::get(&account).unwrap_or_default();
		increase(&mut worker.stake, amount)?;
		ensure!(worker.stake >= T::MinStake::get(), Error::<T>::InsufficientStake);
		T::Currency::hold(&hold_reason::<T>(HoldReason::WorkerStake), &account, amount)?;
		Self::deposit_event(Event::WorkerBonded { worker: account.clone(), amount, stake: worker.stake });
		Workers::<T>::insert(account, worker);
		Ok(())
	}

	pub(crate) fn do_unbond(account: T::AccountId, amount: Balance) -> DispatchResult {
		ensure!(amount > 0, Error::<T>::ZeroAmount);
		let mut worker = Workers::<T>::get(&account).ok_or(Error::<T>::NotWorker)?;
		ensure!(amount <= worker.free(), Error::<T>::StakeLocked);
		decrease(&mut worker.stake, amount)?;
		increase(&mut worker.unbonding, amount)?;
		worker.withdrawable_at = Self::now().saturating_add(T::UnbondingPeriod::get());
		Self::deposit_event(Event::UnbondingStarted {
			worker: account.clone(),
			amount,
			withdrawable_at: worker.withdrawable_at,
		});
		Workers::<T>::insert(account, worker);
		Ok(())
	}

	pub(crate) fn do_withdraw(account: T::AccountId) -> DispatchResult {
		let mut worker = Workers::<T>::get(&account).ok_or(Error::<T>::NotWorker)?;
		let amount = worker.unbonding;
		ensure!(amount > 0, Error::<T>::NothingUnbonding);
		ensure!(Self::now() >= worker.withdrawable_at, Error::<T>::TooEarly);
		Self::give_back(HoldReason::WorkerStake, &account, amount)?;
		worker.unbonding = 0;
		Self::deposit_event(Event::StakeWithdrawn { worker: account.clone(), amount });
		// Nobody can fill the state with the records of workers that left.
		Workers::<T>::set(account, (!worker.is_gone()).then_some(worker));
		Ok(())
	}
}
