//! The price of fuel: what long tasks have to pay, and what a dispute about one has to cover.
//!
//! Whoever is the requester, the worker and the challenger of a job can have every validator run a task of it for as long as
//! its limit of fuel allows. That has to cost in proportion.

use crate::{audits::examined_bytes, types::Commitment, Config, Error, Event, FuelPrice, Pallet, Validators};
use assay_primitives::{money, Balance, JobSpec};
use frame_support::{ensure, pallet_prelude::DispatchResult, traits::Get};
use frame_system::{ensure_root, pallet_prelude::OriginFor};

impl<T: Config> Pallet<T> {
	/// Sets the price of 10⁹ units of fuel. Jobs that are there already keep their bounties; what disputes about them
	/// cost follows.
	pub(crate) fn do_set_fuel_price(origin: OriginFor<T>, price: Balance) -> DispatchResult {
		ensure_root(origin)?;
		FuelPrice::<T>::put(price);
		Self::deposit_event(Event::FuelPriceSet { price });
		Ok(())
	}

	/// Refuses a job whose tasks pay less than their limit of fuel asks for, or about which a dispute would cost more than
	/// there can be money.
	pub(crate) fn ensure_fuel_is_paid(spec: &JobSpec) -> Result<(), Error<T>> {
		let price = FuelPrice::<T>::get();
		let floor = money::bounty_floor(price, spec.limits.fuel).ok_or(Error::AmountTooLarge)?;
		ensure!(spec.bounty >= floor, Error::BountyBelowFloor);
		money::dispute_cost(price, spec.limits.fuel, T::MaxAuditors::get()).ok_or(Error::AmountTooLarge)?;
		Ok(())
	}

	/// The smallest bond for a batch of this job: whoever has a wrong result found out pays for the dispute about it.
	/// `None` on overflow.
	pub(crate) fn minimum_bond(spec: &JobSpec) -> Option<Balance> {
		let dispute = money::dispute_cost(FuelPrice::<T>::get(), spec.limits.fuel, Validators::<T>::count())?;
		Some(dispute.max(T::MinClaimBond::get()))
	}

	/// What challenging a task of this job takes: for every validator the bounty, or what the fuel costs now if that is
	/// more, and what it has to fetch. `None` on overflow.
	pub(crate) fn challenge_bond(spec: &JobSpec, commitment: &Commitment) -> Option<Balance> {
		let floor = money::bounty_floor(FuelPrice::<T>::get(), spec.limits.fuel)?;
		let fetched = money::fetch_price(T::DemandFee::get(), examined_bytes(spec, commitment))?;
		let of_each = spec.bounty.max(floor).checked_add(fetched)?;
		money::challenge_bond(T::MinChallengeBond::get(), of_each, Validators::<T>::count())
	}
}
