//! Whoever watches can contest what was revealed, for a bond.

use super::{super::kit::*, challenge, revealed_with_a_hidden_lie, BOND};
use crate::{mock::*, Error, Event, HoldReason, Refusal, ReopenReason};
use assay_primitives::{money, view::BatchStage, Hash, JobId, Ruling, TaskOutcome, TaskStatus, Vote};
use frame_support::dispatch::Pays;

#[test]
fn one_honest_watcher_wins() {
	in_chain(|| {
		let (work, hidden) = revealed_with_a_hidden_lie();
		let before = free(&stranger());
		assert_eq!(challenge(&stranger(), work.opening(hidden)), Ok(Pays::Yes));
		let view = batch(JOB, 0);
		assert_eq!((view.stage, view.key.map(|key| key.0)), (BatchStage::Disputed, Some(work.key)));
		assert_eq!(held(HoldReason::Contest, &stranger()), BOND);
		rule_honestly(JOB, 0);
		assert_eq!(stage(JOB, 0), BatchStage::Available);
		assert_eq!(record(&worker()).slashed, 4 * BOUNTY);
		assert_eq!(held(HoldReason::Contest, &stranger()), 0);
		assert!(free(&stranger()) > before, "the bond is back, and a reward");
		// The auditors looked at other tasks and were right: they are paid for it out of the bond.
		assert!(earned(&auditors()[0]) > 0);
	});
}

#[test]
fn a_wrong_challenge_costs_its_bond_and_the_worker_is_paid() {
	in_chain(|| {
		let work = revealed();
		run_to(now() + 2);
		let (issuance, before) = (Balances::total_issuance(), free(&stranger()));
		challenge(&stranger(), work.opening(1)).unwrap();
		// The clock of the challenge window stands still.
		run_to(now() + DISPUTE_WINDOW - 1);
		rule_honestly(JOB, 0);
		let split = money::split_slash(BOND, 0);
		assert_eq!(stage(JOB, 0), BatchStage::Revealed);
		assert_eq!(batch(JOB, 0).deadline, Some(now() + spec().challenge_window - 2));
		assert_eq!(free(&stranger()), before - BOND);
		assert_eq!(Balances::total_issuance(), issuance - split.burned);
		run_to(now() + spec().challenge_window);
		assert_eq!(stage(JOB, 0), BatchStage::Settled);
		let earned = 4 * BOUNTY + split.compensation;
		assert_eq!(free(&worker().account()), ENDOWMENT - 10 * MIN_STAKE + earned);
	});
}

#[test]
fn a_challenge_shows_what_the_worker_committed_to_and_comes_in_time() {
	in_chain(|| {
		let work = committed();
		refused(challenge(&stranger(), work.opening(0)), Error::NotRevealed);
		audit_honestly(JOB, 0);
		work.reveal(&worker()).unwrap();
		let mut lie = work.opening(0);
		lie.outcome.fuel += 1;
		refused(challenge(&stranger(), lie), Error::WrongProof);
		let mut elsewhere = work.opening(0);
		elsewhere.task = 4;
		refused(challenge(&stranger(), elsewhere), Error::UnknownTask);
		let mut long = work.opening(0);
		long.proof = vec![Hash::default(); 1_000];
		refused(challenge(&stranger(), long), Error::WrongProof);
		let poor = Party::new("poor").account();
		assert!(challenge(&poor, work.opening(0)).is_err(), "the bond has to be there");
		IdleWeight::set(Default::default());
		run_to(now() + spec().challenge_window);
		refused(challenge(&stranger(), work.opening(0)), Error::TooLate);
	});
}

#[test]
fn an_impossible_outcome_can_be_challenged() {
	in_chain(|| {
		let mut sparse = spec();
		sparse.audit.samples = 1;
		post(sparse);
		bond(&worker(), 10 * MIN_STAKE);
		claim(&worker(), JOB, 1).unwrap();
		let impossible = |task| {
			let mut result = truth(task);
			if task == 3 {
				result.outcome.fuel = u64::MAX;
			}
			result
		};
		let work = Work::run_with(&worker(), JOB, 0, impossible);
		hand_in(work.signed(&worker())).unwrap();
		// Two auditors that look elsewhere.
		run_to_full_tranche(JOB, 0);
		let open = task(JOB, 0).unwrap();
		let mut blind = auditors()
			.into_iter()
			.filter(|auditor| !draw(auditor, &statement(&open)).samples(&open.spec.audit, 4).contains(&3));
		let (Some(first), Some(second)) = (blind.next(), blind.next()) else { panic!("choose other keys") };
		for auditor in [first, second] {
			report(honest(&auditor, &task(JOB, 0).unwrap())).unwrap();
		}
		close(JOB, 0);
		work.reveal(&worker()).unwrap();
		challenge(&stranger(), work.opening(3)).unwrap();
		rule_honestly(JOB, 0);
		assert_eq!(record(&worker()).slashed, 4 * BOUNTY);
	});
}

#[test]
fn garbage_that_is_too_long_for_a_proof_is_a_matter_for_a_vote() {
	in_chain(|| {
		post(spec());
		bond(&worker(), 10 * MIN_STAKE);
		claim(&worker(), JOB, 1).unwrap();
		let work = Work::run(&worker(), JOB, 0).reseal(lie);
		hand_in(work.signed(&worker())).unwrap();
		audit_honestly(JOB, 0);
		work.reveal(&worker()).unwrap();
		challenge(&stranger(), work.opening(2)).unwrap();
		assert_eq!(Compute::dispute_tasks(1)[0].key, Some(work.key));
		events();
		rule(&auditors(), JOB, 0, Ruling::Missealed);
		assert!(events().contains(&Event::BatchReopened {
			job: JOB,
			batch: 0,
			attempt: 1,
			reason: ReopenReason::Missealed
		}));
		assert_eq!(record(&worker()).slashed, 4 * BOUNTY);
		assert!(auditors().iter().all(|a| Compute::auditor_view(a.id()).unwrap().slashed == 0));
	});
}

#[test]
fn a_settled_batch_is_beyond_dispute() {
	in_chain(|| {
		let work = revealed();
		run_to(now() + spec().challenge_window + 1);
		refused(challenge(&stranger(), work.opening(0)), Error::NotRevealed);
		let vote = Vote {
			genesis: genesis(),
			job: JOB as JobId,
			batch: 0,
			attempt: 0,
			task: 0,
			opened_at: 1,
			validator: auditors()[0].id().0,
			ruling: Ruling::Leaf(TaskOutcome::new(TaskStatus::Trapped, b"", 1).unwrap().leaf(JOB, 0)),
		};
		assert_eq!(refusal(cast(vote.sign(&auditors()[0].0))), Some(Refusal::NotDisputed));
	});
}
