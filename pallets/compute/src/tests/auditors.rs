use super::kit::*;
use crate::{mock::*, AuditorRecords, Auditors, Call, Error, Event, HoldReason, Refusal};
use assay_primitives::{view::AuditTask, Ruling, TaskLimits};
use frame_support::traits::{fungible::Mutate, OneSessionHandler};
use sp_runtime::Perbill;

fn begin_session() {
	let keys: Vec<_> = auditors()
		.iter()
		.map(|auditor| {
			let key = sp_core::sr25519::Public::from_raw(auditor.id().0);
			(auditor.account(), crate::AuditorId::from(key))
		})
		.collect();
	let validators = || keys.iter().map(|(account, key)| (account, key.clone()));
	<Compute as OneSessionHandler<AccountId>>::on_new_session(false, validators(), validators());
}

#[test]
fn auditors_have_their_stake_from_the_first_block_on() {
	in_chain(|| {
		assert_eq!(Auditors::<Test>::count(), 5);
		for auditor in auditors() {
			assert_eq!(held(HoldReason::AuditorStake, &auditor.account()), AUDITOR_STAKE);
			assert_eq!(free(&auditor.account()), AUDITOR_ENDOWMENT);
		}
	});
}

#[test]
fn a_validator_without_stake_votes_and_does_not_audit() {
	in_chain(|| {
		let leaving = &auditors()[0];
		call(&leaving.account(), Call::unbond_auditor { amount: 1 }).unwrap();
		committed();
		run_to_full_tranche(JOB, 0);
		let outcome = report(honest(leaving, &task(JOB, 0).unwrap()));
		assert_eq!(refusal(outcome), Some(Refusal::NoStake), "from now on");
		begin_session();
		assert_eq!(Auditors::<Test>::count(), 4, "and it is not counted from the next session on");
		assert_eq!(Compute::voting_keys().len(), 5);
		call(&leaving.account(), Call::bond_auditor { amount: 1 }).unwrap();
		assert_eq!(Auditors::<Test>::count(), 4);
		begin_session();
		assert_eq!(Auditors::<Test>::count(), 5);
	});
}

#[test]
fn stake_comes_and_goes_by_its_rules() {
	in_chain(|| {
		let account = stranger();
		let bond = |amount| call(&account, Call::bond_auditor { amount });
		let unbond = |amount| call(&account, Call::unbond_auditor { amount });
		let withdraw = || call(&account, Call::withdraw_auditor {});
		refused(bond(0), Error::ZeroAmount);
		refused(bond(AUDITOR_STAKE - 1), Error::InsufficientStake);
		assert!(bond(2 * ENDOWMENT).is_err());
		refused(unbond(1), Error::NotAuditor);
		refused(withdraw(), Error::NotAuditor);
		bond(AUDITOR_STAKE).unwrap();
		refused(unbond(0), Error::ZeroAmount);
		refused(unbond(AUDITOR_STAKE + 1), Error::InsufficientStake);
		refused(withdraw(), Error::NothingUnbonding);
		unbond(AUDITOR_STAKE).unwrap();
		run_to(now() + AUDITOR_UNBONDING_PERIOD - 1);
		refused(withdraw(), Error::TooEarly);
		next_block();
		withdraw().unwrap();
		assert_eq!(free(&account), ENDOWMENT);
		assert!(!AuditorRecords::<Test>::contains_key(&account), "nothing is left to remember it for");
	});
}

/// Whoever reports and leaves is still answerable.
#[test]
fn unbonding_does_not_escape_a_conviction() {
	in_chain(|| {
		let work = committed();
		run_to_full_tranche(JOB, 0);
		let [good, liar, ..]: [Party; 5] = auditors().try_into().ok().unwrap();
		report(honest(&good, &task(JOB, 0).unwrap())).unwrap();
		let open = task(JOB, 0).unwrap();
		let lies = findings(&liar, &open, |job, task| lie(task).outcome.leaf(job, task));
		report(prove(&liar, &statement(&open), lies)).unwrap();
		call(&liar.account(), Call::unbond_auditor { amount: AUDITOR_STAKE }).unwrap();
		close(JOB, 0);
		work.reveal(&worker()).unwrap();
		rule_honestly(JOB, 0);
		assert_eq!(held(HoldReason::AuditorStake, &liar.account()), 0);
		assert_eq!(free(&liar.account()), AUDITOR_ENDOWMENT);
		refused(call(&liar.account(), Call::withdraw_auditor {}), Error::NotAuditor);
	});
}

#[test]
fn a_slash_takes_one_stake_and_leaves_the_rest() {
	in_chain(|| {
		let [good, liar, ..]: [Party; 5] = auditors().try_into().ok().unwrap();
		<Balances as Mutate<_>>::mint_into(&liar.account(), 10 * AUDITOR_STAKE).unwrap();
		call(&liar.account(), Call::bond_auditor { amount: 2 * AUDITOR_STAKE }).unwrap();
		let work = committed();
		run_to_full_tranche(JOB, 0);
		report(honest(&good, &task(JOB, 0).unwrap())).unwrap();
		let open = task(JOB, 0).unwrap();
		let lies = findings(&liar, &open, |job, task| lie(task).outcome.leaf(job, task));
		report(prove(&liar, &statement(&open), lies)).unwrap();
		close(JOB, 0);
		work.reveal(&worker()).unwrap();
		rule_honestly(JOB, 0);
		let view = Compute::auditor_view(liar.id()).unwrap();
		assert_eq!((view.stake, view.slashed), (2 * AUDITOR_STAKE, AUDITOR_STAKE));
	});
}

#[test]
fn an_offence_costs_a_share_of_what_stays_and_of_what_leaves() {
	in_chain(|| {
		let auditor = auditors()[0].account();
		let at_stake = AUDITOR_STAKE;
		call(&auditor, Call::unbond_auditor { amount: at_stake / 4 }).unwrap();
		let issued = Balances::total_issuance();
		Compute::slash_offender(&auditor, Perbill::from_percent(80)).unwrap();
		let record = AuditorRecords::<Test>::get(&auditor).unwrap();
		let lost = at_stake / 5 * 4;
		assert_eq!((record.stake, record.unbonding, record.slashed), (0, at_stake / 5, lost));
		assert_eq!(held(HoldReason::AuditorStake, &auditor), at_stake / 5);
		assert_eq!(Balances::total_issuance(), issued - lost, "all of it is destroyed");
		assert!(events().contains(&Event::OffenderSlashed { auditor: auditor.clone(), burned: lost }));

		Compute::slash_offender(&auditor, Perbill::one()).unwrap();
		assert!(!AuditorRecords::<Test>::contains_key(&auditor));
		let issued = Balances::total_issuance();
		Compute::slash_offender(&auditor, Perbill::one()).unwrap();
		assert_eq!(Balances::total_issuance(), issued, "who has nothing loses nothing");
	});
}

/// Or an operator could report again with another account's stake, session by session.
#[test]
fn who_becomes_a_validator_after_the_receipt_does_not_audit_it() {
	in_chain(|| {
		committed();
		next_block();
		let newcomer = Party::new("newcomer");
		set_validators(&[auditors(), vec![newcomer.clone()]].concat());
		run_to_full_tranche(JOB, 0);
		let open = task(JOB, 0).unwrap();
		assert_eq!(open.barred, [newcomer.id().0], "nodes need not try");
		assert_eq!(refusal(report(honest(&newcomer, &open))), Some(Refusal::CameLater));
		report(honest(&auditors()[0], &open)).unwrap();
		// Whoever leaves and comes back is a newcomer, too.
		set_validators(&auditors()[..1]);
		set_validators(&auditors());
		assert_eq!(refusal(report(honest(&auditors()[1], &open))), Some(Refusal::CameLater));
	});
}

/// Begins a session in which the first of [`auditors`] has another key.
fn change_first_key(key: &Party) {
	let key_of = |party: &Party| crate::AuditorId::from(sp_core::sr25519::Public::from_raw(party.id().0));
	let mut session: Vec<_> = auditors().iter().map(|auditor| (auditor.account(), key_of(auditor))).collect();
	session[0].1 = key_of(key);
	let validators = session.iter().map(|(account, key)| (account, key.clone()));
	<Compute as OneSessionHandler<_>>::on_new_session(true, validators.clone(), validators);
}

/// Tranches can be longer than it takes to change a key.
#[test]
fn a_key_chosen_to_suit_the_seed_does_not_audit() {
	in_chain(|| {
		let work = committed_lies();
		run_to(SEED_BLOCK + 1);
		let open = task(JOB, 0).unwrap();
		assert_eq!(open.tranche, 0);
		// Whoever knows the seed finds a key that is drawn at once, and another, and another.
		let is_drawn = |key: &Party| {
			draw(key, &statement(&open)).is_eligible(&open.spec.audit, open.validators, open.tranche)
		};
		let suits = (0..100).map(|number| Party::new(&format!("key {number}"))).find(is_drawn).unwrap();
		change_first_key(&suits);
		let open = task(JOB, 0).unwrap();
		assert_eq!(open.barred, [suits.id().0], "nodes need not try");
		let vouch = |open: &AuditTask| {
			let lies = findings(&suits, open, |job, task| lie(task).outcome.leaf(job, task));
			report(prove(&suits, &statement(open), lies))
		};
		assert_eq!(refusal(vouch(&open)), Some(Refusal::CameLater));
		// A session without a change does not make it older.
		change_first_key(&suits);
		assert_eq!(refusal(vouch(&open)), Some(Refusal::CameLater));

		// Votes are not drawn: its account has kept its one vote, and honest auditors find the lie.
		run_to_full_tranche(JOB, 0);
		for auditor in &auditors()[1..3] {
			report(honest(auditor, &task(JOB, 0).unwrap())).unwrap();
		}
		close(JOB, 0);
		work.reveal(&worker()).unwrap();
		let truth = Ruling::Leaf(leaf(JOB, batch(JOB, 0).dispute.unwrap().task));
		cast(ballot(&suits, JOB, 0, truth)).unwrap();
		rule(&auditors()[1..], JOB, 0, truth);
		assert_eq!(record(&worker()).locked, 0);
		assert!(record(&worker()).slashed > 0);
	});
	// It audits what comes after it.
	in_chain(|| {
		let key = Party::new("another key");
		change_first_key(&key);
		committed();
		run_to_full_tranche(JOB, 0);
		report(honest(&key, &task(JOB, 0).unwrap())).unwrap();
	});
}

/// The tranches of slow tasks are long. Whoever vouches for a lie in the first one and leaves at once is still there when
/// somebody challenges it at the last moment.
#[test]
fn no_audit_is_so_long_that_an_auditor_is_gone_before_its_lie_is_found_out() {
	in_chain(|| {
		let mut slow = spec();
		(slow.tasks, slow.batch_size, slow.audit.samples) = (16, 16, 16);
		(slow.limits.fuel, slow.lifetime) = (TaskLimits::MAX_FUEL, MAX_LIFETIME);
		(slow.execution_window, slow.challenge_window) = (MAX_WINDOW, MAX_WINDOW);
		post(slow);
		bond(&worker(), 10 * MIN_STAKE);
		claim(&worker(), JOB, 1).unwrap();
		let work = Work::run_with(&worker(), JOB, 0, lie);
		hand_in(work.signed(&worker())).unwrap();
		run_to(now() + SEED_BLOCKS + 1);
		let vouch = |friend: &Party| {
			let open = task(JOB, 0).unwrap();
			let lies = findings(friend, &open, |job, task| lie(task).outcome.leaf(job, task));
			report(prove(friend, &statement(&open), lies)).unwrap();
		};
		let friend = drawn(&task(JOB, 0).unwrap()).swap_remove(0);
		vouch(&friend);
		call(&friend.account(), Call::unbond_auditor { amount: AUDITOR_STAKE }).unwrap();
		let leave = || refused(call(&friend.account(), Call::withdraw_auditor {}), Error::TooEarly);

		run_to(batch(JOB, 0).audit.unwrap().revealable_at - 1);
		let late = auditors().into_iter().find(|auditor| auditor.id() != friend.id()).unwrap();
		vouch(&late);
		close(JOB, 0);
		run_to(now() + REVEAL_WINDOW - 1);
		work.reveal(&worker()).unwrap();
		run_to(batch(JOB, 0).deadline.unwrap() - 1);
		leave();
		call(&stranger(), Call::challenge { job: JOB, batch: 0, opening: work.opening(0) }).unwrap();
		run_to(batch(JOB, 0).deadline.unwrap() - 1);
		leave();
		rule_honestly(JOB, 0);
		for liar in [&friend, &late] {
			assert_eq!(Compute::auditor_view(liar.id()), None, "its whole stake is gone");
		}
	});
}

#[test]
fn who_says_often_that_something_cannot_be_had_is_seen() {
	in_chain(|| {
		let counts = |auditor: &Party| {
			let view = Compute::auditor_view(auditor.id()).unwrap();
			(view.batches_checked, view.batches_unavailable)
		};
		let work = committed();
		run_to_full_tranche(JOB, 0);
		let [a, b, c, d, e]: [Party; 5] = auditors().try_into().ok().unwrap();
		report(unsealed(&a, &task(JOB, 0).unwrap())).unwrap();
		assert_eq!(counts(&a), (0, 1));
		for auditor in [&b, &c, &d, &e] {
			report(honest(auditor, &task(JOB, 0).unwrap())).unwrap();
			assert_eq!(counts(auditor), (0, 0), "that is noted with the pay");
		}
		close(JOB, 0);
		work.reveal(&worker()).unwrap();
		call(&requester(), Call::accept { job: JOB, batch: 0 }).unwrap();
		assert_eq!([&a, &b, &e].map(counts), [(0, 1), (1, 0), (1, 0)]);
		claim(&worker(), JOB, 1).unwrap();
		commit(&worker(), JOB, 1);
		run_to_full_tranche(JOB, 1);
		report(starved(&a, &task(JOB, 1).unwrap())).unwrap();
		assert_eq!(counts(&a), (0, 2));
	});
}
