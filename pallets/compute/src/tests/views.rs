use super::kit::*;
use crate::{mock::*, Call};
use assay_primitives::view::{BatchStage, JobStatus, Parameters};

#[test]
fn pages_are_ascending_and_bounded() {
	in_chain(|| {
		let mut small = spec();
		small.tasks = 150;
		small.batch_size = 1;
		small.bounty = 1;
		for _ in 0..3 {
			post(small);
		}
		call(&requester(), Call::cancel_job { job: 1 }).unwrap();
		run_to(now() + RETENTION + 2);
		let ids =
			|start, limit| Compute::job_views(start, limit).iter().map(|view| view.id).collect::<Vec<_>>();
		assert_eq!(ids(0, 10), [0, 2], "job 1 is forgotten");
		assert_eq!(ids(1, 10), [2]);
		assert_eq!(ids(0, 1), [0]);
		assert!(ids(3, 10).is_empty());
		assert!(ids(0, 0).is_empty());

		let batches = |start, limit| {
			Compute::batch_views(0, start, limit).iter().map(|view| view.batch).collect::<Vec<_>>()
		};
		assert_eq!(batches(0, u32::MAX), (0..100).collect::<Vec<_>>());
		assert_eq!(batches(140, 100), (140..150).collect::<Vec<_>>());
		assert!(batches(150, 100).is_empty());
		assert!(batches(u32::MAX, 100).is_empty());
		assert!(Compute::batch_views(1, 0, 10).is_empty());
	});
	in_chain(|| {
		let mut small = spec();
		small.tasks = 1;
		small.batch_size = 1;
		small.bounty = 1;
		for _ in 0..101 {
			post(small);
		}
		assert_eq!(Compute::job_views(0, u32::MAX).len(), 100);
		// Long after most have gone.
		crate::NextJob::<Test>::put(5_000);
		post(small);
		let ids =
			|start, limit| Compute::job_views(start, limit).iter().map(|view| view.id).collect::<Vec<_>>();
		assert_eq!(ids(99, 10), [99, 100, 5_000]);
		assert_eq!(ids(99, 2), [99, 100]);
		assert_eq!(ids(101, 1), [5_000]);
		assert_eq!(ids(4_500, 10), [5_000]);
		assert!(ids(5_001, 10).is_empty() && ids(u64::MAX, 10).is_empty());
	});
}

#[test]
fn a_batch_can_be_followed_from_end_to_end() {
	in_chain(|| {
		post(spec());
		let view = batch(JOB, 2);
		assert_eq!((view.first_task, view.tasks), (8, 2));
		assert_eq!((view.worker, view.bond, view.deadline), (None, 0, None));
		assert_eq!((view.receipt, view.audit, view.key), (None, None, None));

		bond(&worker(), 10 * MIN_STAKE);
		claim(&worker(), JOB, 1).unwrap();
		let view = batch(JOB, 0);
		assert_eq!(view.stage, BatchStage::Claimed);
		assert_eq!((view.receipt, view.audit), (None, None));

		let work = commit(&worker(), JOB, 0);
		audit_honestly(JOB, 0);
		let committed = batch(JOB, 0);
		work.reveal(&worker()).unwrap();
		let revealed = batch(JOB, 0);
		assert_eq!(revealed.receipt, committed.receipt);
		assert_eq!(revealed.audit, committed.audit, "the audit stays as it was");

		run_to(now() + spec().challenge_window + 1);
		let settled = batch(JOB, 0);
		assert_eq!(settled.stage, BatchStage::Settled);
		assert_eq!((settled.bond, settled.deadline), (0, None));
		assert_eq!(settled.worker, Some(worker().id()));
		assert_eq!(
			(settled.receipt, settled.audit, settled.key),
			(revealed.receipt, revealed.audit, revealed.key),
			"requesters fetch and unseal results after the pay"
		);
	});
}

#[test]
fn ending_jobs_say_so() {
	in_chain(|| {
		post(spec());
		bond(&worker(), MIN_STAKE);
		claim(&worker(), JOB, 1).unwrap();
		call(&requester(), Call::cancel_job { job: JOB }).unwrap();
		let view = job(JOB);
		assert_eq!(view.status, JobStatus::Ending);
		let counts = view.batches;
		assert_eq!((counts.available, counts.in_flight, counts.settled, counts.refunded), (0, 1, 0, 2));
		assert_eq!(stage(JOB, 1), BatchStage::Refunded);
	});
}

#[test]
fn auditors_see_the_most_urgent_batches_first() {
	in_chain(|| {
		post(spec());
		bond(&worker(), 10 * MIN_STAKE);
		claim(&worker(), JOB, 3).unwrap();
		for index in [2, 0, 1] {
			commit(&worker(), JOB, index);
			next_block();
		}
		run_to(now() + SEED_BLOCKS);
		let order = |limit| Compute::audit_tasks(limit).iter().map(|task| task.batch).collect::<Vec<_>>();
		assert_eq!(order(10), [2, 0, 1]);
		assert!(order(0).is_empty());
		let first = &Compute::audit_tasks(3)[0];
		assert_eq!(first.spec, spec());
		assert_eq!(first.receipt, batch(JOB, 2).receipt.unwrap().hash);
		assert_eq!(Some(first.seed), batch(JOB, 2).audit.unwrap().seed);
		// The most urgent one has fewer tasks than the others, and the smallest bond.
		assert!(batch(JOB, 2).bond < batch(JOB, 0).bond);
		assert_eq!(
			order(2),
			[0, 1],
			"whoever hides a batch behind others needs as large a bond for each of them"
		);
		assert_eq!(now(), SEED_BLOCK + 3);
		run_to(SEED_BLOCK + TRANCHE_PERIOD - 1);
		assert_eq!(Compute::audit_tasks(3)[0].tranche, 0);
		next_block();
		assert_eq!(Compute::audit_tasks(3)[0].tranche, 1);
	});
}

#[test]
fn strangers_have_no_record() {
	in_chain(|| {
		assert_eq!(Compute::worker_view(worker().id()), None);
		bond(&worker(), MIN_STAKE);
		let view = record(&worker());
		assert_eq!(view.account, worker().id());
		assert_eq!((view.stake, view.withdrawable_at), (MIN_STAKE, None));
	});
}

#[test]
fn parameters_are_those_of_the_runtime() {
	in_chain(|| {
		StatementFee::set(7);
		assert_eq!(
			Compute::parameters(),
			Parameters {
				job_deposit: JOB_DEPOSIT,
				minimum_claim_bond: MIN_CLAIM_BOND,
				minimum_stake: MIN_STAKE,
				claim_limit: CLAIM_LIMIT,
				minimum_execution_window: 2,
				minimum_challenge_window: MIN_CHALLENGE_WINDOW,
				maximum_window: MAX_WINDOW,
				maximum_lifetime: MAX_LIFETIME,
				reveal_window: REVEAL_WINDOW,
				audit_window: AUDIT_WINDOW,
				tranche_period: TRANCHE_PERIOD - 1,
				audit_fuel_per_block: AUDIT_FUEL_PER_BLOCK,
				dispute_window: DISPUTE_WINDOW,
				minimum_challenge_bond: MIN_CHALLENGE_BOND,
				demand_fee: DEMAND_FEE,
				statement_fee: 7,
				maximum_demand_bytes: MAX_DEMAND_BYTES,
				auditor_stake: AUDITOR_STAKE,
				fuel_price: 0,
				validators: 5,
				unbonding_period: UNBONDING_PERIOD,
				auditor_unbonding_period: AUDITOR_UNBONDING_PERIOD,
			}
		);
	});
}
