//! There is time for validators to run what is contested, and for whoever else contests it.

use super::{super::kit::*, challenge, revealed_with_a_hidden_lie, BOND};
use crate::{mock::*, Call, Error};
use assay_primitives::{view::BatchStage, BlobRef, InputSpec, JobSpec, TaskLimits};

/// Fuel is no clock: a program that waits for memory is slow for its limit, and the worker had the window for all of its
/// batch. Were validators out of time, a requester could contest whatever was revealed, and have all results for nothing.
#[test]
fn validators_have_the_time_that_the_worker_had() {
	in_chain(|| {
		let work = committed_to(assay_primitives::JobSpec { execution_window: MAX_WINDOW, ..spec() });
		audit_honestly(JOB, 0);
		work.reveal(&worker()).unwrap();
		challenge(&requester(), work.opening(0)).unwrap();
		run_to(now() + MAX_WINDOW);
		assert_eq!(stage(JOB, 0), BatchStage::Disputed, "it is still being run");
		rule_honestly(JOB, 0);
		assert_eq!(stage(JOB, 0), BatchStage::Revealed);
		run_to(now() + spec().challenge_window + 1);
		assert_eq!((stage(JOB, 0), record(&worker()).batches_settled), (BatchStage::Settled, 1));
	});
}

/// Validators run one task after the other. A requester that contests everything at once must not get for nothing what they
/// do not come to.
#[test]
fn every_dispute_has_time_for_those_before_it() {
	in_chain(|| {
		post(spec());
		bond(&worker(), 10 * MIN_STAKE);
		claim(&worker(), JOB, 3).unwrap();
		let works = [0, 1, 2].map(|index| commit(&worker(), JOB, index));
		run_to_full_tranche(JOB, 0);
		for index in 0..3 {
			for auditor in &auditors()[..2] {
				report(honest(auditor, &task(JOB, index).unwrap())).unwrap();
			}
		}
		close(JOB, 0);
		let contest = |index: u32| {
			works[index as usize].reveal(&worker()).unwrap();
			let opening = works[index as usize].opening(4 * index);
			call(&requester(), Call::challenge { job: JOB, batch: index, opening }).unwrap();
			batch(JOB, index).deadline.unwrap() - now()
		};
		// Running a task takes one block here.
		let alone = contest(0);
		assert_eq!(contest(1), alone + 1);
		rule_honestly(JOB, 0);
		rule_honestly(JOB, 1);
		assert_eq!(contest(2), alone, "what is decided holds up nobody");
	});
}

/// What has to be fetched takes time, however little fuel a task may burn. Were it not counted, some large results, served
/// slowly, would keep validators from all other disputes.
#[test]
fn what_is_long_has_time_to_be_fetched() {
	const PER_BLOCK: u64 = 4 << 20;
	let time = |input: u64, sealed: u64| {
		in_chain(|| {
			let InputSpec::Shared { blob } = spec().input else { panic!("all tasks share their input") };
			let limits = TaskLimits { output_bytes: TaskLimits::MAX_OUTPUT_BYTES, ..spec().limits };
			let long = JobSpec {
				input: InputSpec::Shared { blob: BlobRef { len: input, ..blob } },
				limits,
				..spec()
			};
			post(JobSpec { tasks: 8, ..long });
			bond(&worker(), 10 * MIN_STAKE);
			claim(&worker(), JOB, 2).unwrap();
			let works = [0, 1].map(|index| {
				let mut work = Work::run(&worker(), JOB, index);
				work.receipt.sealed.len = sealed;
				hand_in(work.signed(&worker())).unwrap();
				work
			});
			// Long tranches take their time until everybody is admitted.
			run_to(now() + 80);
			for index in 0..2 {
				for auditor in &auditors()[..2] {
					report(honest(auditor, &task(JOB, index).unwrap())).unwrap();
				}
			}
			close(JOB, 0);
			let before = free(&requester());
			let [first, second] = [0, 1].map(|index| {
				works[index as usize].reveal(&worker()).unwrap();
				let opening = works[index as usize].opening(4 * index);
				call(&requester(), Call::challenge { job: JOB, batch: index, opening }).unwrap();
				batch(JOB, index).deadline.unwrap() - now()
			});
			(first, second - first, (before - free(&requester())) / 2)
		})
	};
	let (alone, waiting, bond) = time(1_000, 1_000);
	assert_eq!((waiting, bond), (1, BOND), "running the task");
	for (input, sealed) in [(2 * PER_BLOCK, 1), (1, 2 * PER_BLOCK)] {
		assert_eq!(time(input, sealed), (alone + 2, waiting + 2, BOND));
	}
	// Nobody has everything wait for next to nothing.
	let (_, waiting, bond) = time(1, 6 * PER_BLOCK);
	assert_eq!((waiting, bond), (7, BOND + 5 * DEMAND_FEE));
	assert_eq!(time(60 * PER_BLOCK, 1).1, 1 + DISPUTE_WINDOW, "and never for ever");
}

/// A friend of the worker that contests something right in the last block does not shut out whoever found the lie.
#[test]
fn a_verdict_at_the_last_moment_leaves_time_for_another_challenge() {
	in_chain(|| {
		let (work, hidden) = revealed_with_a_hidden_lie();
		run_to(now() + spec().challenge_window - 1);
		let right = (0..4).find(|task| *task != hidden).unwrap();
		let sampled = work.opening(right);
		challenge(&other_requester(), sampled).unwrap();
		refused(challenge(&stranger(), work.opening(hidden)), Error::NotRevealed);
		rule_honestly(JOB, 0);
		assert_eq!(batch(JOB, 0).deadline, Some(now() + MIN_CHALLENGE_WINDOW));
		next_block();
		challenge(&stranger(), work.opening(hidden)).unwrap();
		rule_honestly(JOB, 0);
		assert_eq!(record(&worker()).slashed, 4 * BOUNTY);
	});
}
