//! Candidates come and go: who is idle has to go, who leaves gets everything back, and the highest bonds validate.
//!
//! Blocks are not produced here; their numbers are set, their authors noted, and sessions end when they would.

use assay_runtime::{
	configs::{KickThreshold, AUDITOR_UNBONDING_PERIOD},
	AccountId, Balance, Balances, BalancesConfig, BlockNumber, Candidates, CandidatesConfig, Compute,
	ComputeConfig, Runtime, RuntimeGenesisConfig, RuntimeOrigin, Session, SessionConfig, SessionKeys, System,
	EPOCH_SLOTS, UNIT,
};
use frame_support::{assert_noop, assert_ok, traits::Get};
use pallet_authorship::EventHandler;
use pallet_collator_selection::{CandidateList, Error};
use sp_core::{ed25519, sr25519};
use sp_io::TestExternalities;
use sp_runtime::BuildStorage;

const BOND: Balance = 10 * UNIT;
const STAKE: Balance = 1_000 * UNIT;
const MONEY: Balance = 10_000 * UNIT;
const SESSION: BlockNumber = EPOCH_SLOTS as BlockNumber;

/// The validator of genesis, and somebody who may become one.
const ALICE: u16 = 0;
const BOB: u16 = 1;
const CHARLIE: u16 = 2;
const DAVE: u16 = 3;

fn bytes(who: u16) -> [u8; 32] {
	let mut bytes = [7; 32];
	bytes[..2].copy_from_slice(&who.to_le_bytes());
	bytes
}

fn account(who: u16) -> AccountId {
	AccountId::new(bytes(who))
}

fn keys(who: u16) -> SessionKeys {
	SessionKeys {
		babe: sr25519::Public::from_raw(bytes(who)).into(),
		grandpa: ed25519::Public::from_raw(bytes(who)).into(),
		audit: sr25519::Public::from_raw(bytes(who)).into(),
	}
}

fn signed(who: u16) -> RuntimeOrigin {
	RuntimeOrigin::signed(account(who))
}

/// A chain on which Alice validates, and `people` besides her have session keys, money and an auditor's stake.
fn chain(people: u16, desired_candidates: u32) -> TestExternalities {
	let all = || (0..=people).map(account);
	let genesis = RuntimeGenesisConfig {
		balances: BalancesConfig { balances: all().map(|who| (who, MONEY)).collect(), ..Default::default() },
		candidates: CandidatesConfig {
			invulnerables: vec![account(ALICE)],
			candidacy_bond: BOND,
			desired_candidates,
		},
		compute: ComputeConfig { auditors: all().map(|who| (who, STAKE)).collect() },
		session: SessionConfig {
			keys: (0..=people).map(|who| (account(who), account(who), keys(who))).collect(),
			..Default::default()
		},
		..Default::default()
	};
	let mut chain = TestExternalities::new(genesis.build_storage().expect("the first block can be made"));
	chain.execute_with(|| System::set_block_number(1));
	chain
}

fn become_candidate(who: u16, bond: Balance) {
	assert_ok!(Candidates::register_as_candidate(signed(who)));
	if bond > BOND {
		assert_ok!(Candidates::update_bond(signed(who), bond));
	}
}

/// Has sessions pass, in each of which these produce a block.
fn pass_sessions(sessions: u32, authors: &[u16]) {
	for _ in 0..sessions {
		System::set_block_number(System::block_number() + SESSION);
		for author in authors {
			<Candidates as EventHandler<_, BlockNumber>>::note_author(account(*author));
		}
		Session::rotate_session();
	}
}

/// Those who validate, lowest number first.
fn validators() -> Vec<AccountId> {
	let mut validators = Session::validators();
	validators.sort();
	validators
}

fn accounts(people: &[u16]) -> Vec<AccountId> {
	let mut accounts: Vec<_> = people.iter().copied().map(account).collect();
	accounts.sort();
	accounts
}

fn is_candidate(who: u16) -> bool {
	CandidateList::<Runtime>::get().iter().any(|candidate| candidate.who == account(who))
}

/// What is reserved of an account's money beyond the stake of an auditor.
fn bonded(who: u16) -> Balance {
	Balances::reserved_balance(account(who)) - STAKE
}

#[test]
fn an_idle_candidate_has_to_go_and_gets_its_bond_back() {
	chain(2, 100).execute_with(|| {
		become_candidate(BOB, BOND);
		become_candidate(CHARLIE, BOND);
		assert_eq!((bonded(BOB), bonded(CHARLIE)), (BOND, BOND));
		pass_sessions(2, &[ALICE, CHARLIE]);
		assert_eq!(validators(), accounts(&[ALICE, BOB, CHARLIE]));

		// A new candidate is given twice the time, because it does not validate at once.
		let threshold: BlockNumber = KickThreshold::get();
		assert_eq!(threshold, 5 * SESSION);
		while System::block_number() + SESSION < 1 + 2 * threshold {
			assert!(is_candidate(BOB), "it is kept at block {}", System::block_number());
			pass_sessions(1, &[ALICE, CHARLIE]);
		}
		assert!(is_candidate(BOB));
		pass_sessions(1, &[ALICE, CHARLIE]);
		assert!(!is_candidate(BOB) && is_candidate(CHARLIE), "who works stays");
		assert_eq!((bonded(BOB), bonded(CHARLIE)), (0, BOND));
		pass_sessions(1, &[ALICE, CHARLIE]);
		assert_eq!(validators(), accounts(&[ALICE, CHARLIE]));
		assert_eq!(Balances::free_balance(account(BOB)) + STAKE, MONEY, "being idle costs nothing else");

		// It may come back.
		become_candidate(BOB, BOND);
		pass_sessions(2, &[ALICE, CHARLIE, BOB]);
		assert_eq!(validators(), accounts(&[ALICE, BOB, CHARLIE]));
	});
}

#[test]
fn one_that_worked_and_stopped_has_to_go_five_sessions_later() {
	chain(1, 100).execute_with(|| {
		become_candidate(BOB, BOND);
		pass_sessions(12, &[ALICE, BOB]);
		pass_sessions(4, &[ALICE]);
		assert!(is_candidate(BOB));
		pass_sessions(1, &[ALICE]);
		assert!(!is_candidate(BOB));
	});
}

#[test]
fn the_validators_of_genesis_may_be_idle() {
	chain(1, 100).execute_with(|| {
		pass_sessions(30, &[]);
		assert_eq!(validators(), accounts(&[ALICE]));
	});
}

#[test]
fn who_leaves_gets_the_bond_at_once_and_the_stake_in_time() {
	chain(1, 100).execute_with(|| {
		become_candidate(BOB, 25 * UNIT);
		pass_sessions(2, &[ALICE, BOB]);
		assert_eq!(validators(), accounts(&[ALICE, BOB]));
		assert_ok!(Candidates::leave_intent(signed(BOB)));
		assert_eq!(bonded(BOB), 0);
		assert!(Candidates::leave_intent(signed(BOB)).is_err(), "once is enough");
		// It validates until the end of the session for which it was chosen.
		pass_sessions(1, &[ALICE, BOB]);
		assert_eq!(validators(), accounts(&[ALICE, BOB]));
		pass_sessions(1, &[ALICE, BOB]);
		assert_eq!(validators(), accounts(&[ALICE]));

		assert_ok!(Compute::unbond_auditor(signed(BOB), STAKE));
		assert_noop!(Compute::withdraw_auditor(signed(BOB)), pallet_compute::Error::<Runtime>::TooEarly);
		let begun = System::block_number();
		System::set_block_number(begun + AUDITOR_UNBONDING_PERIOD - 1);
		assert!(Compute::withdraw_auditor(signed(BOB)).is_err(), "it still answers for what it did");
		System::set_block_number(begun + AUDITOR_UNBONDING_PERIOD);
		assert_ok!(Compute::withdraw_auditor(signed(BOB)));
		assert_eq!(Balances::free_balance(account(BOB)), MONEY);
		assert_eq!(Balances::reserved_balance(account(BOB)), 0);
	});
}

#[test]
fn a_candidate_without_the_stake_of_an_auditor_does_not_go_on() {
	chain(1, 100).execute_with(|| {
		become_candidate(BOB, BOND);
		pass_sessions(2, &[ALICE, BOB]);
		assert_ok!(Compute::unbond_auditor(signed(BOB), STAKE));
		pass_sessions(1, &[ALICE, BOB]);
		assert!(!is_candidate(BOB));
		assert_noop!(
			Candidates::register_as_candidate(signed(BOB)),
			Error::<Runtime>::ValidatorNotRegistered
		);
	});
}

#[test]
fn the_highest_bonds_validate() {
	chain(3, 2).execute_with(|| {
		for (who, bond) in [(BOB, 10), (CHARLIE, 20), (DAVE, 30)] {
			become_candidate(who, bond * UNIT);
		}
		let all = [ALICE, BOB, CHARLIE, DAVE];
		pass_sessions(2, &all);
		assert_eq!(validators(), accounts(&[ALICE, CHARLIE, DAVE]));
		assert_ok!(Candidates::update_bond(signed(BOB), 40 * UNIT));
		pass_sessions(2, &all);
		assert_eq!(validators(), accounts(&[ALICE, BOB, DAVE]));
		assert_eq!(bonded(CHARLIE), 20 * UNIT, "who has to wait is a candidate still");
		// Whoever validates cannot take money back and go on; whoever is overtaken can.
		assert_noop!(Candidates::update_bond(signed(DAVE), 15 * UNIT), Error::<Runtime>::InvalidUnreserve);
		assert_ok!(Candidates::update_bond(signed(CHARLIE), 35 * UNIT));
		pass_sessions(2, &all);
		assert_eq!(validators(), accounts(&[ALICE, BOB, CHARLIE]));
		assert_ok!(Candidates::update_bond(signed(DAVE), 15 * UNIT));
		assert_eq!(bonded(DAVE), 15 * UNIT);
	});
}

#[test]
fn when_the_list_is_full_a_higher_bond_takes_the_place_of_a_lower_one() {
	let places: u32 = <Runtime as pallet_collator_selection::Config>::MaxCandidates::get();
	let people = u16::try_from(places).expect("there are few") + 1;
	let late = people;
	chain(people, places).execute_with(|| {
		for who in 1..late {
			become_candidate(who, 20 * UNIT);
		}
		assert_noop!(Candidates::register_as_candidate(signed(late)), Error::<Runtime>::TooManyCandidates);
		for too_little in [BOND, 20 * UNIT] {
			assert_noop!(
				Candidates::take_candidate_slot(signed(late), too_little, account(BOB)),
				Error::<Runtime>::InsufficientBond
			);
		}
		assert_ok!(Candidates::take_candidate_slot(signed(late), 20 * UNIT + 1, account(BOB)));
		assert_eq!((bonded(BOB), bonded(late)), (0, 20 * UNIT + 1));
		assert!(!is_candidate(BOB) && is_candidate(late));
		let all: Vec<_> = (0..=late).collect();
		pass_sessions(2, &all);
		let validators = validators();
		assert_eq!(validators.len(), usize::from(late));
		assert!(!validators.contains(&account(BOB)) && validators.contains(&account(late)));
	});
}
