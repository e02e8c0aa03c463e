use super::kit::*;
use crate::{mock::*, Call, Error, Event, MAX_REPORTS};
use assay_primitives::{
	audit::{Findings, Opening},
	sealing::TaskResult,
	view::BatchStage,
	Hash, TaskOutcome, TaskStatus,
};
use frame_support::{
	dispatch::{GetDispatchInfo, Pays},
	weights::Weight,
};
use sp_runtime::traits::Dispatchable;

/// A batch that only its reveal is missing from.
fn audited() -> Work {
	let work = committed();
	audit_honestly(JOB, 0);
	work
}

#[test]
fn a_reveal_publishes_the_key() {
	in_chain(|| {
		let work = audited();
		events();
		assert_eq!(work.reveal(&worker()), Ok(Pays::No));
		assert_eq!(
			events(),
			[Event::BatchRevealed {
				job: JOB,
				batch: 0,
				attempt: 0,
				worker: worker().account(),
				key: work.key
			}]
		);
		let view = batch(JOB, 0);
		assert_eq!(view.stage, BatchStage::Revealed);
		assert_eq!(view.key, Some(Hash(work.key)));
		assert_eq!(view.deadline, Some(now() + spec().challenge_window));
		assert_eq!(view.audit.unwrap().reports.len(), 2, "the reports are still there to see");
		refused(work.reveal(&worker()), Error::NotCommitted);
	});
}

#[test]
fn only_the_worker_reveals_and_only_what_is_committed() {
	in_chain(|| {
		let work = audited();
		bond(&other_worker(), MIN_STAKE);
		refused(work.reveal(&other_worker()), Error::NotBatchWorker);
		let reveal = |job, batch| {
			call(&worker().account(), Call::reveal { job, batch, key: work.key, openings: work.openings() })
		};
		refused(reveal(1, 0), Error::UnknownJob);
		refused(reveal(JOB, 3), Error::UnknownBatch);
		refused(reveal(JOB, 1), Error::NotCommitted);
		refused(call(&stranger(), Call::settle { job: JOB, batch: 0 }), Error::NotRevealed);
	});
}

#[test]
fn a_wrong_key_or_opening_changes_nothing_and_can_be_put_right() {
	in_chain(|| {
		let work = audited();
		let good = work.openings();
		assert!(good.len() >= 3);
		let wrong = |key, openings: Vec<Opening>| work.reveal_with(&worker(), key, openings);
		let mut other_key = work.key;
		other_key[0] ^= 1;
		refused(wrong(other_key, good.clone()), Error::WrongKey);

		refused(wrong(work.key, vec![]), Error::WrongOpenings);
		refused(wrong(work.key, good[1..].to_vec()), Error::WrongOpenings);
		let mut twice = good.clone();
		twice.push(good[0].clone());
		refused(wrong(work.key, twice), Error::WrongOpenings);
		let mut unordered = good.clone();
		unordered.swap(0, 1);
		refused(wrong(work.key, unordered), Error::WrongOpenings);
		let mut renamed = good.clone();
		renamed[2].task = 100;
		refused(wrong(work.key, renamed), Error::WrongOpenings);

		let proofs: [fn(&mut Opening); 4] = [
			|o| o.proof[0] = Hash::default(),
			|o| o.proof.truncate(1),
			|o| o.proof.push(Hash::default()),
			|o| o.proof = vec![Hash::default(); 10_000],
		];
		for change in proofs {
			let mut broken = good.clone();
			change(&mut broken[0]);
			refused(wrong(work.key, broken), Error::WrongProof);
		}
		let outcomes: [fn(&mut TaskOutcome); 3] =
			[|o| o.fuel += 1, |o| o.status = TaskStatus::Completed(1), |o| o.output_hash = Hash::default()];
		for change in outcomes {
			let mut lie = good.clone();
			change(&mut lie[0].outcome);
			refused(wrong(work.key, lie), Error::WrongProof);
		}
		assert_eq!(wrong(work.key, good), Ok(Pays::No));
	});
}

#[test]
fn an_outcome_beyond_the_limits_cannot_be_revealed_even_if_it_was_committed() {
	let impossible: [fn(&mut TaskResult); 4] = [
		|r| r.outcome.fuel = spec().limits.fuel + 1,
		|r| {
			r.output = vec![0; spec().limits.output_bytes as usize + 1];
			r.outcome = TaskOutcome::new(TaskStatus::Completed(0), &r.output, 1).unwrap();
		},
		// A task that did not complete has no output.
		|r| r.outcome.status = TaskStatus::Trapped,
		|r| {
			r.outcome.status = TaskStatus::OutOfFuel;
			r.outcome.output_len = 0;
		},
	];
	for change in impossible {
		in_chain(|| {
			post(spec());
			bond(&worker(), MIN_STAKE);
			claim(&worker(), JOB, 1).unwrap();
			let work = Work::run_with(&worker(), JOB, 0, |task| {
				let mut result = truth(task);
				change(&mut result);
				result
			});
			hand_in(work.signed(&worker())).unwrap();
			audit_honestly(JOB, 0);
			refused(work.reveal(&worker()), Error::ImpossibleOutcome);
		});
	}
}

#[test]
fn a_task_that_failed_is_work_done() {
	in_chain(|| {
		let trapped = |_| TaskResult {
			outcome: TaskOutcome::new(TaskStatus::Trapped, &[], 77).unwrap(),
			output: vec![],
		};
		post(spec());
		bond(&worker(), MIN_STAKE);
		claim(&worker(), JOB, 1).unwrap();
		let work = Work::run_with(&worker(), JOB, 0, trapped);
		hand_in(work.signed(&worker())).unwrap();
		run_to_full_tranche(JOB, 0);
		for auditor in &auditors()[..2] {
			let task = task(JOB, 0).unwrap();
			let found = findings(auditor, &task, |job, index| trapped(index).outcome.leaf(job, index));
			report(prove(auditor, &statement(&task), found)).unwrap();
		}
		close(JOB, 0);
		assert_eq!(work.reveal(&worker()), Ok(Pays::No));
	});
}

#[test]
fn a_contradicted_batch_is_disputed() {
	in_chain(|| {
		// Cheats on every task, since the draw decides what is looked at.
		let work = committed_lies();
		audit_honestly(JOB, 0);
		let issuance = Balances::total_issuance();
		events();
		assert_eq!(work.reveal(&worker()), Ok(Pays::No), "whose lie it is remains to be seen");
		let events = events();
		let Event::AuditMismatch { job: JOB, batch: 0, attempt: 0, task, auditor } = &events[0] else {
			panic!("{events:?}")
		};
		assert!(*task < 4);
		assert!(auditors()[..2].iter().any(|a| a.account() == *auditor));
		assert_eq!(
			events.last(),
			Some(&Event::DisputeOpened { job: JOB, batch: 0, attempt: 0, task: *task, challenger: None })
		);
		let view = batch(JOB, 0);
		assert_eq!(view.stage, BatchStage::Disputed);
		assert_eq!(view.dispute.unwrap().leaf, lie(*task).outcome.leaf(JOB, *task));
		assert_eq!(view.key.map(|key| key.0), Some(work.key));
		let view = record(&worker());
		assert_eq!((view.locked, view.slashed, view.batches_lost), (4 * BOUNTY, 0, 0));
		assert_eq!(Balances::total_issuance(), issuance);
		assert_eq!(job(JOB).remaining, ESCROW, "nobody was paid");
	});
}

#[test]
fn one_wrong_tag_among_many_is_enough() {
	in_chain(|| {
		let work = committed();
		run_to_full_tranche(JOB, 0);
		let [first, second, ..]: [Party; 5] = auditors().try_into().ok().unwrap();
		report(honest(&first, &task(JOB, 0).unwrap())).unwrap();
		let open = task(JOB, 0).unwrap();
		let samples = draw(&second, &statement(&open)).samples(&spec().audit, 4);
		let odd = samples[2];
		let found =
			findings(
				&second,
				&open,
				|job, index| {
					if index == odd {
						leaf(job, index + 1)
					} else {
						leaf(job, index)
					}
				},
			);
		report(prove(&second, &statement(&open), found)).unwrap();
		close(JOB, 0);
		events();
		work.reveal(&worker()).unwrap();
		assert_eq!(
			events()[0],
			Event::AuditMismatch { job: JOB, batch: 0, attempt: 0, task: odd, auditor: second.account() }
		);
	});
}

#[test]
fn another_auditors_tags_are_useless() {
	in_chain(|| {
		let work = committed();
		run_to_full_tranche(JOB, 0);
		let [first, lazy, ..]: [Party; 5] = auditors().try_into().ok().unwrap();
		let open = task(JOB, 0).unwrap();
		report(honest(&first, &open)).unwrap();
		// Even had it drawn the same tasks, the tags would not be its own.
		let copied = prove(&lazy, &statement(&open), findings(&first, &open, leaf));
		report(copied).unwrap();
		close(JOB, 0);
		events();
		work.reveal(&worker()).unwrap();
		assert!(matches!(
			&events()[0],
			Event::AuditMismatch { auditor, .. } if *auditor == lazy.account()
		));
	});
}

#[test]
fn a_reveal_has_its_time() {
	in_chain(|| {
		let mut wide = spec();
		wide.audit.auditors = 4;
		let work = committed_to(wide);
		refused(work.reveal(&worker()), Error::AuditIncomplete);
		run_to(SEED_BLOCK + 1);
		for auditor in &auditors()[..4] {
			report(honest(auditor, &task(JOB, 0).unwrap())).unwrap();
		}
		refused(work.reveal(&worker()), Error::TooEarly);
		run_to(SEED_BLOCK + TRANCHE_PERIOD - 1);
		refused(work.reveal(&worker()), Error::TooEarly);
		IdleWeight::set(Default::default());
		run_to(SEED_BLOCK + TRANCHE_PERIOD + REVEAL_WINDOW);
		refused(work.reveal(&worker()), Error::TooLate);
	});
	in_chain(|| {
		let work = audited();
		run_to(now() + REVEAL_WINDOW - 1);
		assert_eq!(work.reveal(&worker()), Ok(Pays::No), "the last block is not too late");
	});
}

#[test]
fn a_reveal_reaches_the_chain_even_in_a_job_that_ends() {
	in_chain(|| {
		let work = audited();
		call(&requester(), Call::cancel_job { job: JOB }).unwrap();
		work.reveal(&worker()).unwrap();
		run_to(now() + spec().challenge_window + 1);
		assert_eq!(stage(JOB, 0), BatchStage::Settled);
		assert_eq!(job(JOB).paid_to_workers, 4 * BOUNTY);
	});
}

/// What revealing the first batch is announced to weigh, and what it weighs.
fn weigh_reveal(work: &Work) -> (Weight, Weight) {
	let openings = work.openings();
	let reveal = RuntimeCall::from(Call::reveal { job: JOB, batch: 0, key: work.key, openings });
	let announced = reveal.get_dispatch_info().call_weight;
	let info = reveal.dispatch(RuntimeOrigin::signed(worker().account())).expect("the reveal holds");
	(announced, info.actual_weight.expect("a reveal says what it weighs"))
}

#[test]
fn a_reveal_weighs_what_the_reports_on_it_cost_however_it_ends() {
	fn expect(work: &Work, reports: u32) {
		let openings = u32::try_from(work.openings().len()).unwrap();
		let (announced, actual) = weigh_reveal(work);
		assert_eq!(announced, Compute::charge_reveal(openings, MAX_REPORTS));
		assert_eq!(actual, Compute::charge_reveal(openings, reports));
		assert!(actual.ref_time() < announced.ref_time(), "nothing is given back");
	}
	in_chain(|| expect(&audited(), 2));
	// One auditor starved, so four had to check. That it has a report has to be found out, too.
	in_chain(|| {
		let work = committed();
		run_to_full_tranche(JOB, 0);
		let open = task(JOB, 0).unwrap();
		let [starved, checking @ ..]: [Party; 5] = auditors().try_into().ok().unwrap();
		report(prove(&starved, &statement(&open), Findings::Unavailable)).unwrap();
		for auditor in &checking {
			report(honest(auditor, &task(JOB, 0).unwrap())).unwrap();
		}
		close(JOB, 0);
		expect(&work, 5);
		assert_eq!(stage(JOB, 0), BatchStage::Revealed);
	});
	// A contradicted one is disputed, which what every reveal costs covers.
	in_chain(|| {
		let work = committed_lies();
		audit_honestly(JOB, 0);
		expect(&work, 2);
		assert_eq!(stage(JOB, 0), BatchStage::Disputed);
	});
}

#[test]
fn every_report_adds_to_what_a_reveal_weighs() {
	let reveal = Compute::charge_reveal;
	let one = reveal(3, 2) - reveal(3, 1);
	assert_ne!(one, Weight::zero());
	assert_eq!(reveal(3, MAX_REPORTS), reveal(3, 1) + one * u64::from(MAX_REPORTS - 1));
}
