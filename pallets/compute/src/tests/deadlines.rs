use super::kit::*;
use crate::{
	deadlines::{PRUNE_STEP, PRUNE_STEPS},
	mock::*,
	weights::WeightInfo,
	Call, Config, Deadlines, Event, HoldReason, SweepFrom,
};
use assay_primitives::view::{BatchStage, JobStatus};
use frame_support::{
	traits::{Hooks, OnInitialize},
	weights::Weight,
};

type Weights = <Test as Config>::WeightInfo;

/// Room for `entries` deadlines of one block that is there to be worked off, each of which takes `weight` besides being
/// looked at.
fn room_for(entries: u64, weight: Weight) -> Weight {
	Weights::sweep_base() + Weights::sweep_block() + (Weights::sweep_entry() + weight) * entries
}

/// Room for `entries` claims for which no receipt came.
fn room_for_claims(entries: u64) -> Weight {
	room_for(entries, Compute::charge_after_look(Weights::expire_claimed()))
}

/// Batches that all miss their execution window in the same block.
fn many_late(count: u32) {
	let mut many = spec();
	many.tasks = count;
	many.batch_size = 1;
	post(many);
	bond(&worker(), 100 * MIN_STAKE);
	for _ in 0..count / CLAIM_LIMIT {
		claim(&worker(), JOB, CLAIM_LIMIT).unwrap();
	}
}

fn available() -> u32 {
	job(JOB).batches.available
}

#[test]
fn a_block_works_off_no_more_than_it_has_room_for() {
	in_chain(|| {
		many_late(40);
		run_to(11);
		IdleWeight::set(room_for_claims(7));
		let used = Compute::on_idle(11, room_for_claims(7));
		check();
		assert_eq!(used, room_for_claims(7));
		assert_eq!(available(), 7);
		assert_eq!(SweepFrom::<Test>::get(), 11, "block 11 is not empty yet");

		// Later blocks go on where this one stopped. The rest of a block's room is for the next block's deadlines.
		for expected in [14, 21, 28, 35] {
			next_block();
			assert_eq!(available(), expected);
		}
		next_block();
		next_block();
		assert_eq!(available(), 40);
		assert!(SweepFrom::<Test>::get() > 11);
		assert_eq!(record(&worker()).batches_lost, 40);
	});
}

#[test]
fn what_there_is_no_room_for_is_only_looked_at() {
	in_chain(|| {
		many_late(4);
		run_to(11);
		let short = room_for_claims(1) - Weight::from_parts(1, 0);
		let used = Compute::on_idle(11, short);
		assert_eq!(used, Weights::sweep_base() + Weights::sweep_block() + Weights::sweep_entry());
		assert_eq!(available(), 0);
		assert_eq!(Deadlines::<Test>::iter_key_prefix(11).count(), 4);
		assert_eq!(Compute::on_idle(11, room_for_claims(1)), room_for_claims(1));
		assert_eq!(available(), 1);
	});
}

#[test]
fn moving_a_batch_on_is_charged_for_what_it_takes() {
	use frame_support::dispatch::{GetDispatchInfo, Pays};
	use sp_runtime::traits::Dispatchable;
	in_chain(|| {
		IdleWeight::set(Weight::zero());
		let charged = |batch| {
			let call = RuntimeCall::from(Call::expire { job: JOB, batch });
			assert_eq!(call.get_dispatch_info().call_weight, Compute::charge_expire());
			let info = call.dispatch(RuntimeOrigin::signed(stranger())).unwrap();
			assert_eq!(info.pays_fee, Pays::No);
			info.actual_weight
		};
		let work = committed();
		claim(&worker(), JOB, 1).unwrap();
		audit_honestly(JOB, 0);
		work.reveal(&worker()).unwrap();
		run_to(now() + 20);
		assert_eq!(charged(0), Some(Weights::settle(2)));
		assert_eq!(charged(1), Some(Weights::expire_claimed()));
	});
}

#[test]
fn full_blocks_delay_and_never_forget() {
	in_chain(|| {
		IdleWeight::set(Weight::zero());
		many_late(8);
		revealed_elsewhere();
		let start = SweepFrom::<Test>::get();
		run_to(200);
		assert_eq!(available(), 0);
		assert_eq!(job(JOB).status, JobStatus::Open, "its lifetime is long over");
		assert_eq!(stage(JOB + 1, 0), BatchStage::Revealed);
		assert_eq!(SweepFrom::<Test>::get(), start);

		// Enough for one of the late batches and some empty blocks at a time.
		IdleWeight::set(room_for_claims(1) + Weights::sweep_block() * 10);
		let waiting = || filed().len();
		let before = waiting();
		run_to(215);
		assert!(waiting() < before && waiting() > 0, "{before} before, {} now", waiting());

		// Enough for one deadline of whatever kind and some empty blocks at a time.
		let largest = Compute::charge_expire().max(Compute::charge_any_pruning());
		IdleWeight::set(room_for(1, largest) + Weights::sweep_block() * 10);
		events();
		run_to(300);
		let settled = |event: &Event<Test>| matches!(event, Event::BatchSettled { job, batch: 0, .. } if *job == JOB + 1);
		assert!(events().iter().any(settled), "by now the job itself may be pruned");
		for id in [JOB, JOB + 1] {
			assert_eq!(
				Compute::job_view(id).map_or(JobStatus::Closed, |view| view.status),
				JobStatus::Closed
			);
		}
		run_to(400);
		assert!(filed().is_empty());
		assert_eq!(crate::Batches::<Test>::iter().count(), 0);
	});
}

/// A second job whose first batch is revealed.
fn revealed_elsewhere() {
	let id = post(spec());
	bond(&other_worker(), 10 * MIN_STAKE);
	claim(&other_worker(), id, 1).unwrap();
	let work = commit(&other_worker(), id, 0);
	audit_honestly(id, 0);
	work.reveal(&other_worker()).unwrap();
}

#[test]
fn no_room_at_all_is_no_work_at_all() {
	in_chain(|| {
		many_late(4);
		run_to(11);
		let before = root();
		for little in [Weight::zero(), Weights::sweep_base() - Weight::from_parts(1, 0)] {
			assert_eq!(Compute::on_idle(11, little), Weight::zero());
		}
		assert_eq!(root(), before);
	});
}

#[test]
fn deadlines_and_hands_do_not_get_in_each_others_way() {
	in_chain(|| {
		many_late(8);
		run_to(11);
		for batch in [0, 3, 7] {
			call(&stranger(), Call::expire { job: JOB, batch }).unwrap();
		}
		assert_eq!(Deadlines::<Test>::iter_key_prefix(11).count(), 5);
		events();
		next_block();
		let reopened =
			events().into_iter().filter(|event| matches!(event, Event::BatchReopened { .. })).count();
		assert_eq!(reopened, 5);
	});
}

#[test]
fn a_large_closed_job_is_removed_in_steps() {
	in_chain(|| {
		many_late(40);
		call(&requester(), Call::cancel_job { job: JOB }).unwrap();
		run_to(12);
		assert_eq!(job(JOB).status, JobStatus::Closed);
		let prune_at = 11 + RETENTION + 1;
		assert_eq!(filed(), [prune_at]);
		run_to(prune_at);
		// Forty batches take ten steps of four. What is left waits for the next block.
		IdleWeight::set(room_for(1, Compute::charge_any_pruning()));
		for step in 1..=10 {
			assert!(Compute::job_view(JOB).is_some(), "before step {step}");
			assert_eq!(filed(), [now()]);
			assert_eq!(crate::Batches::<Test>::iter().count(), 44 - 4 * step);
			next_block();
		}
		assert_eq!(Compute::job_view(JOB), None);
		assert_eq!(crate::Batches::<Test>::iter().count(), 0);
		assert_eq!(crate::Returned::<Test>::iter().count(), 0);
		assert!(filed().is_empty());
	});
}

#[test]
fn a_block_takes_so_many_steps_of_a_large_closed_job_however_much_room_it_has() {
	in_chain(|| {
		let steps = PRUNE_STEP * PRUNE_STEPS;
		many_late(2 * steps + 4);
		call(&requester(), Call::cancel_job { job: JOB }).unwrap();
		run_to(11 + RETENTION + 1);
		for left in [2 * steps + 4, steps + 4, 4, 0] {
			assert_eq!(crate::Batches::<Test>::iter().count(), left as usize);
			next_block();
		}
		assert_eq!(Compute::job_view(JOB), None);
	});
}

#[test]
fn a_large_closed_job_holds_up_no_deadline() {
	in_chain(|| {
		many_late(200);
		call(&requester(), Call::cancel_job { job: JOB }).unwrap();
		let prune_at = 11 + RETENTION + 1;
		// One batch is due when the removal begins, one a block later.
		run_to(prune_at - spec().execution_window);
		let other = post(spec());
		bond(&other_worker(), 10 * MIN_STAKE);
		claim(&other_worker(), other, 1).unwrap();
		next_block();
		claim(&other_worker(), other, 1).unwrap();
		assert_eq!([0, 1].map(|index| batch(other, index).deadline), [prune_at, prune_at + 1].map(Some));
		run_to(prune_at);

		IdleWeight::set(room_for(1, Compute::charge_any_pruning()) + room_for_claims(1));
		next_block();
		assert_eq!([0, 1].map(|index| batch(other, index).attempt), [1, 0]);
		next_block();
		assert_eq!([0, 1].map(|index| batch(other, index).attempt), [1, 1]);
		let left = crate::Batches::<Test>::iter_prefix(JOB).count();
		assert!((100..200).contains(&left), "{left} are still to be removed");
		run_to(prune_at + 100);
		assert_eq!(Compute::job_view(JOB), None);
	});
}

#[test]
fn what_is_removed_already_is_not_called_refunded() {
	in_chain(|| {
		// One batch is settled, seven are given back.
		many_late(8);
		let settled = Work::run(&worker(), JOB, 0);
		hand_in(settled.signed(&worker())).unwrap();
		audit_honestly(JOB, 0);
		settled.reveal(&worker()).unwrap();
		call(&requester(), Call::cancel_job { job: JOB }).unwrap();
		while job(JOB).status != JobStatus::Closed {
			next_block();
		}
		let stages = || Compute::batch_views(JOB, 0, 100).iter().map(|view| view.stage).collect::<Vec<_>>();
		let mut expected = [BatchStage::Refunded; 8];
		expected[0] = BatchStage::Settled;
		let prune_at = filed()[0];
		run_to(prune_at);
		assert_eq!(stages(), expected, "nothing is removed yet");

		let room = room_for(1, Compute::charge_any_pruning());
		let used = Compute::on_idle(prune_at, room);
		// For the two reports there were. There is no room for the next step.
		assert_eq!(used, room_for(1, Weights::prune(2)));
		check();
		expected[..4].fill(BatchStage::Pruned);
		assert_eq!(stages(), expected);
		let forgotten = batch(JOB, 0);
		assert_eq!((forgotten.worker, forgotten.receipt, forgotten.key), (None, None, None));
		assert_eq!((job(JOB).batches.settled, job(JOB).batches.refunded), (1, 7), "the job still knows");
		Compute::on_idle(prune_at, room);
		assert_eq!(stages(), expected, "the rest waits for the next block");
		System::set_block_number(prune_at + 1);
		Compute::on_idle(prune_at + 1, room);
		assert!(Compute::batch_views(JOB, 0, 100).is_empty());
	});
}

#[test]
fn every_stage_has_an_exit_that_anybody_can_take() {
	in_chain(|| {
		let mut many = spec();
		many.tasks = 7;
		many.batch_size = 1;
		many.audit.samples = 1;
		post(many);
		bond(&worker(), 20 * MIN_STAKE);
		claim(&worker(), JOB, 4).unwrap();
		claim(&worker(), JOB, 3).unwrap();
		IdleWeight::set(Weight::zero());
		// 0 stays claimed, 1 committed without reports, 2 silent, 3 revealed, 4 disputed, 5 demanded, 6 asked for.
		let works: Vec<_> = (1..7).map(|index| commit(&worker(), JOB, index)).collect();
		run_to_full_tranche(JOB, 2);
		for batch in 2..7 {
			for auditor in &auditors()[..2] {
				report(honest(auditor, &task(JOB, batch).unwrap())).unwrap();
			}
		}
		close(JOB, 2);
		for work in &works[2..] {
			work.reveal(&worker()).unwrap();
		}
		let opening = works[3].opening(4);
		call(&stranger(), Call::challenge { job: JOB, batch: 4, opening }).unwrap();
		call(&stranger(), Call::demand { job: JOB, batch: 5, task: 5 }).unwrap();
		call(&requester(), Call::demand_batch { job: JOB, batch: 6 }).unwrap();
		let stages = [4, 5, 6].map(|batch| stage(JOB, batch));
		assert_eq!(stages, [BatchStage::Disputed, BatchStage::Demanded, BatchStage::Disputed]);
		call(&requester(), Call::cancel_job { job: JOB }).unwrap();
		run_to(now() + AUDIT_WINDOW);
		let moved_on = [
			(0, BatchStage::Refunded),
			(1, BatchStage::Refunded),
			(2, BatchStage::Refunded),
			(3, BatchStage::Settled),
			(4, BatchStage::Refunded),
			(5, BatchStage::Refunded),
			(6, BatchStage::Refunded),
		];
		for (batch, expected) in moved_on {
			call(&stranger(), Call::expire { job: JOB, batch }).unwrap();
			assert_eq!(stage(JOB, batch), expected);
		}
		assert_eq!(job(JOB).status, JobStatus::Closed);
		assert_eq!(record(&worker()).locked, 0);
		for who in [stranger(), requester()] {
			assert_eq!(held(HoldReason::Contest, &who), 0);
		}
	});
}

#[test]
fn the_constants_of_a_runtime_are_checked() {
	Compute::integrity_test();
}

#[test]
fn no_seed_is_noted_that_nobody_asked_for() {
	in_chain(|| {
		run_to(10);
		assert_eq!(crate::Seeds::<Test>::iter().count(), 0);
		let (before, outputs) = (root(), crate::RecentOutputs::<Test>::get());
		assert_eq!(outputs.len(), SEED_BLOCKS as usize, "no more is kept than a seed takes");
		assert_eq!(<Compute as OnInitialize<_>>::on_initialize(10), <Weights as WeightInfo>::on_initialize());
		// Nothing changed but the list of the last outputs.
		assert_ne!(crate::RecentOutputs::<Test>::get(), outputs);
		crate::RecentOutputs::<Test>::put(outputs);
		assert_eq!(root(), before);
	});
}

/// Receipts and reports leave an entry where it is if that is early enough: moving it costs two writes, and most batches are
/// gone before it is looked at.
#[test]
fn a_batch_that_waits_for_reports_is_looked_at_early_and_never_late() {
	let filed = || Deadlines::<Test>::iter_keys().map(|(block, _)| block).collect::<Vec<_>>();
	in_chain(|| {
		let claimed_until = now() + spec().execution_window;
		committed();
		assert_eq!(filed(), [claimed_until]);
		assert_eq!(batch(JOB, 0).deadline, Some(SEED_BLOCK + AUDIT_WINDOW));
		run_to(claimed_until);
		assert_eq!(filed(), [claimed_until]);
		next_block();
		assert_eq!(filed(), [SEED_BLOCK + AUDIT_WINDOW], "looked at, and put right");

		let [first, second, ..]: [Party; 5] = auditors().try_into().ok().unwrap();
		report(honest(&first, &task(JOB, 0).unwrap())).unwrap();
		assert_eq!(filed(), [SEED_BLOCK + AUDIT_WINDOW], "what is later can wait");
		report(honest(&second, &task(JOB, 0).unwrap())).unwrap();
		let deadline = batch(JOB, 0).deadline.unwrap();
		assert!(deadline < SEED_BLOCK + AUDIT_WINDOW);
		assert_eq!(filed(), [deadline], "what is earlier cannot");
		run_to(deadline + 1);
		assert_eq!(stage(JOB, 0), BatchStage::Available);
		assert!(record(&worker()).slashed > 0, "it was silent");
	});
}
