use super::kit::*;
use crate::{mock::*, Call, Error, Event};
use assay_primitives::{view::BatchStage, Balance};

#[test]
fn a_claim_hands_out_batches_in_order_and_locks_a_bond_for_each() {
	in_chain(|| {
		post(spec());
		bond(&worker(), MIN_STAKE);
		events();
		claim(&worker(), JOB, 2).unwrap();
		let claimed = |batch| Event::BatchClaimed {
			job: JOB,
			batch,
			attempt: 0,
			worker: worker().account(),
			bond: 4 * BOUNTY,
			deadline: 1 + spec().execution_window,
		};
		assert_eq!(events(), [claimed(0), claimed(1)]);
		let view = record(&worker());
		assert_eq!((view.locked, view.batches_in_flight), (8 * BOUNTY, 2));
		let counts = job(JOB).batches;
		assert_eq!((counts.available, counts.in_flight), (1, 2));
		assert_eq!(batch(JOB, 0).worker, Some(worker().id()));
		assert_eq!(batch(JOB, 1).deadline, Some(1 + spec().execution_window));
		assert_eq!(stage(JOB, 2), BatchStage::Available);
	});
}

#[test]
fn bonds_have_a_minimum_and_grow_as_the_rate_falls() {
	in_chain(|| {
		let mut rare = spec();
		rare.audit.rate = 250_000;
		post(spec());
		post(rare);
		bond(&worker(), 10 * MIN_STAKE);
		claim(&worker(), JOB, 3).unwrap();
		claim(&worker(), JOB + 1, 3).unwrap();
		assert_eq!(batch(JOB, 2).bond, MIN_CLAIM_BOND, "two tasks would lock 200");
		assert_eq!(batch(JOB + 1, 0).bond, 16 * BOUNTY);
		assert_eq!(batch(JOB + 1, 2).bond, 8 * BOUNTY);
	});
}

#[test]
fn claims_that_cannot_be_met_are_refused() {
	in_chain(|| {
		refused(claim(&worker(), JOB, 1), Error::UnknownJob);
		post(spec());
		refused(claim(&worker(), JOB, 1), Error::NotWorker);
		bond(&worker(), MIN_STAKE);
		refused(claim(&worker(), JOB, 0), Error::BadClaimCount);
		refused(claim(&worker(), JOB, CLAIM_LIMIT + 1), Error::BadClaimCount);
		// 400 + 400 + 250 is more than 1,000: none of the three.
		refused(claim(&worker(), JOB, 3), Error::InsufficientStake);
		assert_eq!(job(JOB).batches.available, 3);

		bond(&other_worker(), 10 * MIN_STAKE);
		claim(&other_worker(), JOB, CLAIM_LIMIT).unwrap();
		assert_eq!(job(JOB).batches.in_flight, 3, "as many as there were");
		refused(claim(&other_worker(), JOB, 1), Error::NothingToClaim);
		refused(claim(&worker(), JOB, 1), Error::NothingToClaim);
	});
}

#[test]
fn a_claim_pays_for_the_statements_it_draws() {
	in_chain(|| {
		let mut rare = spec();
		rare.audit.rate = 250_000;
		post(spec());
		post(rare);
		bond(&worker(), 10 * MIN_STAKE);
		let who = worker().account();
		let pays = |job, count, burned| {
			let (issuance, home) = (Balances::total_issuance(), free(&who));
			events();
			claim(&worker(), job, count).unwrap();
			assert_eq!((Balances::total_issuance(), free(&who)), (issuance - burned, home - burned));
			assert_eq!(events().pop(), Some(Event::StatementsPaid { job, worker: who.clone(), burned }));
		};
		// One receipt and two reports for each batch; for as many as there are, not for as many as were asked for.
		StatementFee::set(100);
		pays(JOB, 1, 300);
		pays(JOB, CLAIM_LIMIT, 600);
		// A batch in four is audited.
		pays(JOB + 1, 1, 150);
		StatementFee::set(1);
		pays(JOB + 1, 2, 4);
		assert_eq!(record(&worker()).stake, 10 * MIN_STAKE, "the stake is for something else");
	});
}

#[test]
fn who_cannot_pay_for_its_statements_claims_nothing() {
	use frame_support::traits::fungible::Mutate;
	use sp_runtime::TokenError;
	in_chain(|| {
		StatementFee::set(100);
		post(spec());
		// One unit is missing for two batches.
		bond(&worker(), ENDOWMENT - EXISTENTIAL_DEPOSIT - 599);
		let who = worker().account();
		let refused = |count| {
			assert_eq!(claim(&worker(), JOB, count), Err(TokenError::FundsUnavailable.into()));
		};
		refused(2);
		assert_eq!((free(&who), job(JOB).batches.in_flight), (EXISTENTIAL_DEPOSIT + 599, 0));
		claim(&worker(), JOB, 1).unwrap();
		refused(1);
		assert_eq!((free(&who), job(JOB).batches.in_flight), (EXISTENTIAL_DEPOSIT + 299, 1));
		// To the last unit, and no further: the account goes on.
		Balances::mint_into(&who, 1).unwrap();
		claim(&worker(), JOB, 1).unwrap();
		assert_eq!((free(&who), job(JOB).batches.in_flight), (EXISTENTIAL_DEPOSIT, 2));
		refused(1);
		StatementFee::set(Balance::MAX);
		assert_eq!(claim(&worker(), JOB, 1), Err(sp_runtime::ArithmeticError::Overflow.into()));
	});
}

#[test]
fn claims_are_charged_for_what_they_got() {
	use crate::WeightInfo;
	use frame_support::dispatch::GetDispatchInfo;
	use sp_runtime::traits::Dispatchable;
	in_chain(|| {
		post(spec());
		bond(&worker(), 10 * MIN_STAKE);
		let call = RuntimeCall::from(Call::claim { job: JOB, count: 4 });
		assert_eq!(call.get_dispatch_info().call_weight, <() as WeightInfo>::claim(4));
		let post_info = call.dispatch(RuntimeOrigin::signed(worker().account())).unwrap();
		assert_eq!(post_info.actual_weight, Some(<() as WeightInfo>::claim(3)));
	});
}

#[test]
fn batches_that_came_back_go_first() {
	in_chain(|| {
		post(spec());
		bond(&worker(), MIN_STAKE);
		claim(&worker(), JOB, 1).unwrap();
		run_to(now() + spec().execution_window + 1);
		assert_eq!(batch(JOB, 0).attempt, 1);
		bond(&other_worker(), 10 * MIN_STAKE);
		events();
		claim(&other_worker(), JOB, 2).unwrap();
		let handed_out: Vec<_> = events()
			.into_iter()
			.map(|event| match event {
				Event::BatchClaimed { batch, attempt, .. } => (batch, attempt),
				other => panic!("{other:?}"),
			})
			.collect();
		assert_eq!(handed_out, [(0, 1), (1, 0)]);
	});
}

#[test]
fn a_requester_can_work_for_itself() {
	in_chain(|| {
		let own = worker();
		call(&own.account(), Call::post_job { spec: spec() }).unwrap();
		bond(&own, MIN_STAKE);
		claim(&own, JOB, 1).unwrap();
		let work = commit(&own, JOB, 0);
		audit_honestly(JOB, 0);
		work.reveal(&own).unwrap();
		run_to(now() + spec().challenge_window + 1);
		assert_eq!(stage(JOB, 0), BatchStage::Settled);
	});
}

#[test]
fn a_missed_window_costs_a_share_of_the_bond() {
	in_chain(|| {
		post(spec());
		bond(&worker(), MIN_STAKE);
		claim(&worker(), JOB, 1).unwrap();
		let issuance = Balances::total_issuance();
		let deadline = batch(JOB, 0).deadline.unwrap();
		run_to(deadline - 1);
		refused(call(&stranger(), Call::expire { job: JOB, batch: 0 }), Error::TooEarly);
		events();
		run_to(deadline);
		assert_eq!(events(), []);
		let pays = call(&stranger(), Call::expire { job: JOB, batch: 0 }).unwrap();
		assert_eq!(pays, frame_support::dispatch::Pays::No);
		assert_eq!(
			events(),
			[
				Event::ClaimPenalised { job: JOB, batch: 0, worker: worker().account(), amount: 40 },
				Event::BatchReopened {
					job: JOB,
					batch: 0,
					attempt: 1,
					reason: crate::ReopenReason::ReceiptMissed
				},
			]
		);
		let view = record(&worker());
		assert_eq!((view.stake, view.locked), (MIN_STAKE - 40, 0));
		assert_eq!((view.batches_in_flight, view.batches_lost, view.slashed), (0, 1, 40));
		assert_eq!(Balances::total_issuance(), issuance - 40);
		assert_eq!(job(JOB).remaining, ESCROW);
		refused(call(&stranger(), Call::expire { job: JOB, batch: 0 }), Error::NoDeadline);
		refused(call(&stranger(), Call::expire { job: JOB, batch: 3 }), Error::UnknownBatch);
		refused(call(&stranger(), Call::expire { job: 9, batch: 0 }), Error::UnknownJob);
		// What is left is less than a worker needs.
		refused(claim(&worker(), JOB, 1), Error::InsufficientStake);
	});
}
