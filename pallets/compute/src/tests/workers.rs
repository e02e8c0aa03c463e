use super::kit::*;
use crate::{mock::*, Call, Error, Event, HoldReason, Workers};
use frame_support::traits::fungible::Inspect;
use sp_runtime::TokenError;

fn account() -> AccountId {
	worker().account()
}

fn unbond(amount: u128) -> Result<frame_support::dispatch::Pays, sp_runtime::DispatchError> {
	call(&account(), Call::unbond_worker { amount })
}

fn withdraw() -> Result<frame_support::dispatch::Pays, sp_runtime::DispatchError> {
	call(&account(), Call::withdraw_unbonded {})
}

#[test]
fn stake_is_held_and_comes_back_after_the_period() {
	in_chain(|| {
		bond(&worker(), MIN_STAKE);
		bond(&worker(), 1);
		assert_eq!(
			events(),
			[
				Event::WorkerBonded { worker: account(), amount: MIN_STAKE, stake: MIN_STAKE },
				Event::WorkerBonded { worker: account(), amount: 1, stake: MIN_STAKE + 1 },
			]
		);
		assert_eq!(held(HoldReason::WorkerStake, &account()), MIN_STAKE + 1);

		unbond(1).unwrap();
		run_to(10);
		unbond(MIN_STAKE).unwrap();
		let view = record(&worker());
		assert_eq!((view.stake, view.unbonding), (0, MIN_STAKE + 1));
		assert_eq!(view.withdrawable_at, Some(10 + UNBONDING_PERIOD), "the period starts anew");
		run_to(10 + UNBONDING_PERIOD - 1);
		refused(withdraw(), Error::TooEarly);
		next_block();
		events();
		withdraw().unwrap();
		assert_eq!(events(), [Event::StakeWithdrawn { worker: account(), amount: MIN_STAKE + 1 }]);
		assert_eq!(free(&account()), ENDOWMENT);
		assert_eq!(Workers::<Test>::iter().count(), 0, "nothing is left to remember");
		refused(withdraw(), Error::NotWorker);
	});
}

#[test]
fn stake_has_a_minimum_and_must_be_there() {
	in_chain(|| {
		let bond = |amount| call(&account(), Call::bond_worker { amount });
		refused(bond(0), Error::ZeroAmount);
		refused(bond(MIN_STAKE - 1), Error::InsufficientStake);
		assert_eq!(bond(ENDOWMENT), Err(TokenError::FundsUnavailable.into()));
		bond(ENDOWMENT - EXISTENTIAL_DEPOSIT).unwrap();
		assert_eq!(bond(u128::MAX), Err(sp_runtime::ArithmeticError::Overflow.into()));
		assert_eq!(<Balances as Inspect<_>>::total_balance(&account()), ENDOWMENT);
	});
}

#[test]
fn only_free_stake_can_leave() {
	in_chain(|| {
		refused(unbond(1), Error::NotWorker);
		post(spec());
		bond(&worker(), MIN_STAKE);
		refused(withdraw(), Error::NothingUnbonding);
		refused(unbond(0), Error::ZeroAmount);
		refused(unbond(MIN_STAKE + 1), Error::StakeLocked);
		claim(&worker(), JOB, 1).unwrap();
		let bond = batch(JOB, 0).bond;
		refused(unbond(MIN_STAKE - bond + 1), Error::StakeLocked);
		unbond(MIN_STAKE - bond).unwrap();
		refused(unbond(1), Error::StakeLocked);
		run_to(now() + UNBONDING_PERIOD);
		withdraw().unwrap();
		assert!(record(&worker()).stake > 0, "what is left of the bond after the penalty stays");
	});
}

#[test]
fn whoever_takes_stake_out_claims_nothing() {
	in_chain(|| {
		post(spec());
		bond(&worker(), MIN_STAKE + 1);
		unbond(2).unwrap();
		refused(claim(&worker(), JOB, 1), Error::InsufficientStake);
		bond(&worker(), 1);
		claim(&worker(), JOB, 1).unwrap();
	});
}
