use super::kit::*;
use crate::{mock::*, Call, Error, Event, FuelPrice, HoldReason};
use assay_primitives::{Balance, TaskLimits};
use sp_runtime::{traits::Dispatchable, DispatchError};

/// For 10⁹ units.
const PRICE: Balance = 30;
/// Ten times as much, for the usual limit.
const FLOOR: Balance = 300;

fn set_price(price: Balance) {
	let call = RuntimeCall::from(Call::set_fuel_price { price });
	call.dispatch(RuntimeOrigin::root()).expect("root sets the price");
	check();
}

#[test]
fn only_governance_sets_the_price() {
	in_chain(|| {
		assert_eq!(call(&requester(), Call::set_fuel_price { price: 1 }), Err(DispatchError::BadOrigin));
		assert_eq!(FuelPrice::<Test>::get(), 0);
		events();
		set_price(PRICE);
		assert_eq!(events(), [Event::FuelPriceSet { price: PRICE }]);
		assert_eq!(Compute::parameters().fuel_price, PRICE);
	});
}

#[test]
fn a_bounty_pays_for_the_limit_of_fuel() {
	in_chain(|| {
		let with = |bounty, fuel| {
			let limits = TaskLimits { fuel, ..spec().limits };
			assay_primitives::JobSpec { bounty, limits, ..spec() }
		};
		let fuel = spec().limits.fuel;
		assert_eq!(fuel, 10_000_000_000);
		post(with(1, fuel));
		set_price(PRICE);
		refused(call(&requester(), Call::post_job { spec: with(FLOOR - 1, fuel) }), Error::BountyBelowFloor);
		refused(call(&requester(), Call::post_job { spec: with(FLOOR, fuel + 1) }), Error::BountyBelowFloor);
		post(with(FLOOR, fuel));
		post(with(FLOOR + 1, fuel + 1));
		assert_eq!(Compute::quote(&with(1, fuel), 0).unwrap().bounty_floor, FLOOR);
		// A price that nobody can pay closes the market, and breaks nothing.
		set_price(Balance::MAX);
		refused(call(&requester(), Call::post_job { spec: with(FLOOR, fuel) }), Error::AmountTooLarge);
		bond(&worker(), MIN_STAKE);
		assert!(claim(&worker(), JOB, 1).is_err());
	});
}

/// Requester, worker and challenger may be one: all validators run a task again, and that has to cost.
#[test]
fn a_challenge_pays_for_what_validators_run_at_todays_price() {
	in_chain(|| {
		let work = revealed();
		set_price(PRICE);
		let opening = work.opening(0);
		call(&stranger(), Call::challenge { job: JOB, batch: 0, opening }).unwrap();
		let bond = MIN_CHALLENGE_BOND + 5 * FLOOR;
		assert_eq!(held(HoldReason::Contest, &stranger()), bond);
		rule_honestly(JOB, 0);
		// The half that goes to the worker is all that its friend can get back.
		assert_eq!(free(&stranger()), ENDOWMENT - bond);
		assert_eq!(free(&worker().account()), ENDOWMENT - 10 * MIN_STAKE + bond / 2);
	});
}

/// A lie is a way, too, to have all validators run a task.
#[test]
fn the_bond_of_a_batch_covers_a_dispute_about_a_task() {
	in_chain(|| {
		let mut single = spec();
		single.tasks = 1;
		single.batch_size = 1;
		post(single);
		bond(&worker(), 10 * MIN_STAKE);
		set_price(PRICE);
		assert_eq!(Compute::quote(&single, 0).unwrap().bond, 5 * FLOOR);
		assert_eq!(Compute::parameters().minimum_bond(single.limits.fuel), 5 * FLOOR);
		claim(&worker(), JOB, 1).unwrap();
		assert_eq!(record(&worker()).locked, 5 * FLOOR);
	});
}
