//! Whom a verdict contradicts is convicted: the worker, its auditor, or both.

use super::{super::kit::*, disputed};
use crate::{mock::*, Event, Refusal, ReopenReason, Tallies, Votes};
use assay_primitives::{view::BatchStage, Ruling};
use frame_support::dispatch::Pays;

#[test]
fn a_verdict_convicts_the_worker_that_auditors_contradict() {
	in_chain(|| {
		disputed();
		let task = batch(JOB, 0).dispute.unwrap().task;
		let (issuance, home) = (Balances::total_issuance(), free(&requester()));
		let right = Ruling::Leaf(leaf(JOB, task));
		events();
		for validator in &auditors()[..3] {
			cast(ballot(validator, JOB, 0, right)).unwrap();
			assert_eq!(stage(JOB, 0), BatchStage::Disputed, "three of five are not two thirds");
		}
		cast(ballot(&auditors()[3], JOB, 0, right)).unwrap();
		let events = events();
		assert!(events.contains(&Event::DisputeDecided {
			job: JOB,
			batch: 0,
			attempt: 0,
			task,
			ruling: Some(right)
		}));
		assert_eq!(
			events.last(),
			Some(&Event::BatchReopened { job: JOB, batch: 0, attempt: 1, reason: ReopenReason::Convicted })
		);
		let view = record(&worker());
		assert_eq!((view.locked, view.slashed, view.batches_lost), (0, 4 * BOUNTY, 1));
		// Half is burned, a quarter rewards the auditors as far as it divides, a quarter goes to the requester.
		let rewards = earned(&auditors()[0]) + earned(&auditors()[1]);
		assert!((BOUNTY - 2..=BOUNTY).contains(&rewards), "{rewards}");
		assert_eq!(Balances::total_issuance(), issuance - 3 * BOUNTY + rewards);
		assert_eq!(free(&requester()), home + BOUNTY);
		assert_eq!(job(JOB).remaining, ESCROW, "the next worker is paid in full");
		assert_eq!((Votes::<Test>::iter().count(), Tallies::<Test>::iter().count()), (0, 0));
	});
}

#[test]
fn a_verdict_convicts_the_auditor_that_lied_and_the_batch_goes_on() {
	in_chain(|| {
		let work = committed();
		run_to_full_tranche(JOB, 0);
		let [first, liar, ..]: [Party; 5] = auditors().try_into().ok().unwrap();
		report(honest(&first, &task(JOB, 0).unwrap())).unwrap();
		let open = task(JOB, 0).unwrap();
		let lies = findings(&liar, &open, |job, task| lie(task).outcome.leaf(job, task));
		report(prove(&liar, &statement(&open), lies)).unwrap();
		close(JOB, 0);
		assert_eq!(work.reveal(&worker()), Ok(Pays::No), "the lie of an auditor costs the worker nothing");
		let paid_before = free(&worker().account());
		events();
		rule_honestly(JOB, 0);
		let events = events();
		assert!(events.contains(&Event::AuditorSlashed {
			job: JOB,
			batch: 0,
			auditor: liar.account(),
			burned: AUDITOR_STAKE / 2,
			compensation: AUDITOR_STAKE / 2,
		}));
		// It lied about three tasks; with its report struck, the first verdict settles them all.
		assert_eq!(stage(JOB, 0), BatchStage::Revealed);
		assert!(matches!(events.last(), Some(Event::BatchRevealed { .. })));
		assert_eq!(free(&worker().account()), paid_before + AUDITOR_STAKE / 2, "its time was wasted");
		assert_eq!(record(&worker()).slashed, 0);
		run_to(now() + spec().challenge_window + 1);
		assert_eq!(stage(JOB, 0), BatchStage::Settled);
		assert_eq!((earned(&first), earned(&liar)), (RESERVE, 0));
		// Without a stake it does not audit any more.
		claim(&worker(), JOB, 1).unwrap();
		commit(&worker(), JOB, 1);
		run_to_full_tranche(JOB, 1);
		let outcome = report(honest(&liar, &task(JOB, 1).unwrap()));
		assert_eq!(refusal(outcome), Some(Refusal::NoStake));
	});
}

#[test]
fn an_auditor_that_confirms_a_lie_is_convicted_with_the_worker() {
	in_chain(|| {
		// Both run every task of the batch, so both ran the contested one.
		let mut whole = spec();
		whole.audit.samples = 4;
		post(whole);
		bond(&worker(), 10 * MIN_STAKE);
		claim(&worker(), JOB, 1).unwrap();
		let work = Work::run_with(&worker(), JOB, 0, lie);
		hand_in(work.signed(&worker())).unwrap();
		run_to_full_tranche(JOB, 0);
		let [good, accomplice, ..]: [Party; 5] = auditors().try_into().ok().unwrap();
		report(honest(&good, &task(JOB, 0).unwrap())).unwrap();
		let open = task(JOB, 0).unwrap();
		let rubber_stamp = findings(&accomplice, &open, |job, task| lie(task).outcome.leaf(job, task));
		report(prove(&accomplice, &statement(&open), rubber_stamp)).unwrap();
		close(JOB, 0);
		work.reveal(&worker()).unwrap();
		rule_honestly(JOB, 0);
		assert_eq!(stage(JOB, 0), BatchStage::Available);
		assert_eq!(record(&worker()).slashed, 4 * BOUNTY);
		assert_eq!(Compute::auditor_view(accomplice.id()), None, "its whole stake is gone");
		assert_eq!((earned(&good), earned(&accomplice)), (BOUNTY, 0));
	});
}
