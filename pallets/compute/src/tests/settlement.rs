use super::kit::*;
use crate::{mock::*, Call, Error, Event, HoldReason, ReopenReason};
use assay_primitives::view::{BatchStage, JobStatus};
use frame_support::{
	dispatch::Pays,
	traits::{
		fungible::{Inspect, Mutate, MutateFreeze},
		tokens::Preservation,
	},
};

#[test]
fn a_job_goes_from_posting_to_the_last_unit() {
	in_chain(|| {
		let issuance = Balances::total_issuance();
		post(spec());
		bond(&worker(), 2 * MIN_STAKE);
		claim(&worker(), JOB, 3).unwrap();
		let works: Vec<_> = (0..3)
			.map(|index| {
				next_block();
				commit(&worker(), JOB, index)
			})
			.collect();
		events();
		for (index, work) in (0..).zip(&works) {
			audit_honestly(JOB, index);
			assert_eq!(work.reveal(&worker()), Ok(Pays::No));
		}
		for index in 0..3 {
			run_to(batch(JOB, index).deadline.unwrap_or(now()));
			if stage(JOB, index) == BatchStage::Revealed {
				assert_eq!(call(&stranger(), Call::settle { job: JOB, batch: index }), Ok(Pays::No));
			}
		}
		let settled: Vec<_> = events()
			.into_iter()
			.filter_map(|event| match event {
				Event::BatchSettled { batch, paid, .. } => Some((batch, paid)),
				Event::JobClosed { job: JOB, refunded } => Some((9, refunded)),
				_ => None,
			})
			.collect();
		assert_eq!(settled, [(0, 4 * BOUNTY), (1, 4 * BOUNTY), (2, 2 * BOUNTY), (9, 0)]);
		let view = job(JOB);
		assert_eq!(view.status, JobStatus::Closed);
		assert_eq!(
			(view.remaining, view.paid_to_workers, view.paid_to_auditors, view.refunded, view.deposit),
			(0, 10 * BOUNTY, 3 * RESERVE, 0, 0)
		);
		assert_eq!(free(&requester()), ENDOWMENT - ESCROW);
		assert_eq!(<Balances as Inspect<_>>::total_balance(&worker().account()), ENDOWMENT + 10 * BOUNTY);
		let record = record(&worker());
		assert_eq!((record.earned, record.batches_settled, record.locked), (10 * BOUNTY, 3, 0));
		assert_eq!(held(HoldReason::JobEscrow, &requester()), 0);
		assert_eq!(held(HoldReason::JobDeposit, &requester()), 0);
		assert_eq!(Balances::total_issuance(), issuance);
		call(&worker().account(), Call::unbond_worker { amount: 2 * MIN_STAKE }).unwrap();
		run_to(now() + UNBONDING_PERIOD);
		call(&worker().account(), Call::withdraw_unbonded {}).unwrap();
		assert_eq!(free(&worker().account()), ENDOWMENT + 10 * BOUNTY);
	});
}

#[test]
fn pay_waits_for_the_challenge_window() {
	in_chain(|| {
		let settle = |job, batch| call(&stranger(), Call::settle { job, batch });
		revealed();
		refused(settle(JOB, 0), Error::TooEarly);
		refused(settle(JOB, 1), Error::NotRevealed);
		refused(settle(JOB, 3), Error::UnknownBatch);
		refused(settle(JOB + 1, 0), Error::UnknownJob);
		run_to(now() + spec().challenge_window - 1);
		refused(settle(JOB, 0), Error::TooEarly);
		refused(call(&stranger(), Call::expire { job: JOB, batch: 0 }), Error::TooEarly);
		next_block();
		assert_eq!(settle(JOB, 0), Ok(Pays::No));
		assert_eq!(free(&worker().account()), ENDOWMENT - 10 * MIN_STAKE + 4 * BOUNTY);
		refused(settle(JOB, 0), Error::NotRevealed);
	});
}

#[test]
fn auditors_are_paid_with_the_worker() {
	in_chain(|| {
		revealed();
		assert_eq!(job(JOB).paid_to_auditors, 0, "what they found can still be contested");
		run_to(now() + spec().challenge_window);
		events();
		call(&stranger(), Call::settle { job: JOB, batch: 0 }).unwrap();
		let paid = |auditor: &Party| Event::AuditorPaid {
			job: JOB,
			batch: 0,
			auditor: auditor.account(),
			amount: RESERVE / 2,
		};
		let events = events();
		assert_eq!(events.len(), 3);
		for auditor in &auditors()[..2] {
			assert!(events.contains(&paid(auditor)));
			assert_eq!(free(&auditor.account()), AUDITOR_ENDOWMENT + RESERVE / 2);
			assert_eq!(earned(auditor), RESERVE / 2);
		}
	});
}

#[test]
fn a_requester_that_is_content_pays_at_once() {
	in_chain(|| {
		let accept = |who: &AccountId, batch| call(who, Call::accept { job: JOB, batch });
		committed();
		refused(accept(&requester(), 0), Error::NotRevealed);
		audit_honestly(JOB, 0);
		Work::run(&worker(), JOB, 0).reveal(&worker()).unwrap();
		refused(accept(&stranger(), 0), Error::NotRequester);
		refused(accept(&worker().account(), 0), Error::NotRequester);
		assert_eq!(accept(&requester(), 0), Ok(Pays::Yes));
		assert_eq!(stage(JOB, 0), BatchStage::Settled);
		assert_eq!((job(JOB).paid_to_workers, job(JOB).paid_to_auditors), (4 * BOUNTY, RESERVE));
		refused(accept(&requester(), 0), Error::NotRevealed);
	});
}

#[test]
fn silence_costs_the_bond_at_least_half_of_it_burned() {
	in_chain(|| {
		// An odd bond: the burned half is the greater one.
		let mut odd = spec();
		odd.bounty = 101;
		odd.batch_size = 3;
		let work = committed_to(odd);
		assert_eq!(batch(JOB, 0).bond, 303);
		audit_honestly(JOB, 0);
		let (issuance, home) = (Balances::total_issuance(), free(&requester()));
		let deadline = batch(JOB, 0).deadline.unwrap();
		assert_eq!(deadline, now() + REVEAL_WINDOW);
		run_to(deadline);
		refused(work.reveal(&worker()), Error::TooLate);
		events();
		assert_eq!(call(&stranger(), Call::expire { job: JOB, batch: 0 }), Ok(Pays::No));
		let rewarded = |auditor: &Party| Event::ReporterRewarded {
			job: JOB,
			batch: 0,
			reporter: auditor.account(),
			amount: 37,
		};
		let happened = events();
		for auditor in &auditors()[..2] {
			assert!(happened.contains(&rewarded(auditor)), "its work is paid for out of the bond");
		}
		assert_eq!(
			happened[2..],
			[
				Event::WorkerSlashed {
					job: JOB,
					batch: 0,
					worker: worker().account(),
					burned: 153,
					rewarded: 74,
					compensation: 76
				},
				Event::BatchReopened { job: JOB, batch: 0, attempt: 1, reason: ReopenReason::RevealMissed },
			]
		);
		assert_eq!(Balances::total_issuance(), issuance - 153);
		assert_eq!(free(&requester()), home + 76);
		let record = record(&worker());
		assert_eq!((record.stake, record.locked, record.slashed), (10 * MIN_STAKE - 303, 0, 303));
		assert_eq!((record.batches_in_flight, record.batches_lost), (0, 1));
		assert_eq!(job(JOB).paid_to_auditors, 0);

		// Whoever comes next is paid as if nothing had happened.
		bond(&other_worker(), MIN_STAKE);
		claim(&other_worker(), JOB, 1).unwrap();
		let work = commit(&other_worker(), JOB, 0);
		audit_honestly(JOB, 0);
		work.reveal(&other_worker()).unwrap();
		run_to(now() + spec().challenge_window + 1);
		assert_eq!(free(&other_worker().account()), ENDOWMENT - MIN_STAKE + 303);
	});
}

#[test]
fn unbonding_does_not_escape_a_slash() {
	in_chain(|| {
		committed();
		let account = worker().account();
		let amount = record(&worker()).stake - batch(JOB, 0).bond;
		call(&account, Call::unbond_worker { amount }).unwrap();
		refused(call(&account, Call::unbond_worker { amount: 1 }), Error::StakeLocked);
		audit_honestly(JOB, 0);
		run_to(now() + REVEAL_WINDOW + 1);
		assert_eq!(record(&worker()).stake, 0);
		run_to(now() + UNBONDING_PERIOD);
		call(&account, Call::withdraw_unbonded {}).unwrap();
		assert_eq!(free(&account), ENDOWMENT - 4 * BOUNTY);
	});
}

#[test]
fn freezes_do_not_protect_escrow_or_stake() {
	in_chain(|| {
		let work = committed();
		for account in [requester(), worker().account()] {
			<Balances as MutateFreeze<_>>::set_freeze(&FREEZE, &account, ENDOWMENT).unwrap();
		}
		audit_honestly(JOB, 0);
		work.reveal(&worker()).unwrap();
		run_to(now() + spec().challenge_window + 1);
		assert_eq!(job(JOB).paid_to_workers, 4 * BOUNTY);
		assert_eq!(job(JOB).paid_to_auditors, RESERVE);

		claim(&worker(), JOB, 1).unwrap();
		commit(&worker(), JOB, 1);
		audit_honestly(JOB, 1);
		run_to(now() + REVEAL_WINDOW + 1);
		assert_eq!(record(&worker()).slashed, 4 * BOUNTY);
	});
}

/// Takes everything out of an auditor's account, which then exists no more.
fn leave(auditor: &Party) {
	let account = auditor.account();
	call(&account, Call::unbond_auditor { amount: AUDITOR_STAKE }).unwrap();
	crate::AuditorRecords::<Test>::mutate(&account, |record| {
		record.as_mut().expect("it is an auditor").withdrawable_at = 0;
	});
	call(&account, Call::withdraw_auditor {}).unwrap();
	let everything = free(&account);
	<Balances as Mutate<_>>::transfer(&account, &stranger(), everything, Preservation::Expendable).unwrap();
}

#[test]
fn an_auditor_that_cannot_be_paid_holds_nothing_up() {
	in_chain(|| {
		let mut cheap = spec();
		cheap.bounty = 3;
		let work = committed_to(cheap);
		let [poor, rich] = audit_honestly(JOB, 0);
		// 9 is less than an account needs to exist, and this one has left.
		leave(&poor);
		events();
		work.reveal(&worker()).unwrap();
		call(&requester(), Call::accept { job: JOB, batch: 0 }).unwrap();
		let paid: Vec<_> = events()
			.into_iter()
			.filter_map(|event| match event {
				Event::AuditorPaid { auditor, amount, .. } => Some((auditor, amount)),
				_ => None,
			})
			.collect();
		assert_eq!(paid, [(rich.account(), 9)]);
		assert_eq!(free(&poor.account()), 0);
		assert_eq!(job(JOB).paid_to_auditors, 9);

		events();
		call(&requester(), Call::cancel_job { job: JOB }).unwrap();
		assert!(events().contains(&Event::JobClosed { job: JOB, refunded: 9 }));
		assert_eq!(free(&requester()), ENDOWMENT - 9 - 4 * 3);
	});
}

#[test]
fn shares_that_do_not_divide_go_home() {
	in_chain(|| {
		let mut wide = spec();
		wide.bounty = 101;
		wide.audit.auditors = 4;
		let work = committed_to(wide);
		run_to(SEED_BLOCK + 1);
		for auditor in &auditors() {
			report(honest(auditor, &task(JOB, 0).unwrap())).unwrap();
		}
		run_to(SEED_BLOCK + TRANCHE_PERIOD);
		work.reveal(&worker()).unwrap();
		run_to(now() + spec().challenge_window + 1);
		// 4 × 3 × 101 = 1,212 by 5 is 242, and 2 stay.
		assert_eq!(job(JOB).paid_to_auditors, 5 * 242);
		events();
		call(&requester(), Call::cancel_job { job: JOB }).unwrap();
		assert!(events().contains(&Event::JobClosed { job: JOB, refunded: 2 }));
	});
}

#[test]
fn a_poor_requester_still_gets_everything_back() {
	in_chain(|| {
		let work = committed();
		<Balances as Mutate<_>>::transfer(
			&requester(),
			&stranger(),
			free(&requester()) - EXISTENTIAL_DEPOSIT,
			Preservation::Preserve,
		)
		.unwrap();
		audit_honestly(JOB, 0);
		work.reveal(&worker()).unwrap();
		run_to(now() + spec().challenge_window + 1);
		call(&requester(), Call::cancel_job { job: JOB }).unwrap();
		let spent = 4 * BOUNTY + RESERVE;
		assert_eq!(free(&requester()), EXISTENTIAL_DEPOSIT + ESCROW - spent + JOB_DEPOSIT);
	});
}

#[test]
fn the_jobs_of_one_requester_do_not_touch_each_others_money() {
	in_chain(|| {
		post(spec());
		let mut dear = spec();
		dear.bounty = 1_000;
		post(dear);
		assert_eq!(held(HoldReason::JobEscrow, &requester()), 11 * ESCROW);
		call(&requester(), Call::cancel_job { job: JOB }).unwrap();
		assert_eq!(held(HoldReason::JobEscrow, &requester()), 10 * ESCROW);
		assert_eq!(held(HoldReason::JobDeposit, &requester()), JOB_DEPOSIT);
		assert_eq!(job(JOB + 1).remaining, 10 * ESCROW);
	});
}

/// Requester, worker, challenger and witness can be one. What is taken from it is not given back to it.
#[test]
fn whoever_plays_every_part_loses_by_convicting_itself() {
	in_chain(|| {
		let party = worker();
		let account = party.account();
		let wealth = || <Balances as Inspect<_>>::total_balance(&account);
		call(&account, Call::post_job { spec: spec() }).unwrap();
		bond(&party, 10 * MIN_STAKE);
		claim(&party, JOB, 2).unwrap();
		let stake = batch(JOB, 0).bond;

		let before = wealth();
		let (truth, lie) = (Work::run(&party, JOB, 0), Work::run_with(&party, JOB, 0, lie));
		let [first, second] = [truth, lie].map(|work| Box::new(work.signed(&party)));
		call(&account, Call::report_double_receipt { first, second }).unwrap();
		assert_eq!(before - wealth(), stake - stake / 2, "half of the bond is gone");

		let before = wealth();
		let work = commit(&party, JOB, 1);
		audit_honestly(JOB, 1);
		work.reveal(&party).unwrap();
		call(&account, Call::challenge { job: JOB, batch: 1, opening: work.opening(4) }).unwrap();
		let challenge = held(HoldReason::Contest, &account);
		rule_honestly(JOB, 1);
		assert_eq!(before - wealth(), challenge - challenge / 2, "half of the challenge is gone");

		// And nobody gives it more for its work than it has paid itself.
		let before = wealth();
		call(&account, Call::accept { job: JOB, batch: 1 }).unwrap();
		assert_eq!(before - wealth(), RESERVE, "the auditors are paid");
		assert_eq!(record(&party).locked, 0);
	});
}
