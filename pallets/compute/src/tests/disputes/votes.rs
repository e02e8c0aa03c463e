//! Who votes, on what, and how often.

use super::{super::kit::*, disputed};
use crate::{mock::*, types::ValidatorRecord, Refusal};
use assay_primitives::{Hash, Ruling, SignedVote, Vote};

#[test]
fn validators_learn_what_to_run() {
	in_chain(|| {
		let work = disputed();
		let view = batch(JOB, 0);
		let dispute = view.dispute.unwrap();
		let task = &Compute::dispute_tasks(1)[0];
		assert_eq!((task.job, task.batch, task.attempt, task.task), (JOB, 0, 0, dispute.task));
		assert_eq!((task.leaf, task.opened_at), (dispute.leaf, now()));
		assert_eq!((task.sealed, task.sealed_root), (work.receipt.sealed, work.receipt.sealed_root));
		assert_eq!(task.spec, spec());
		assert!(Compute::dispute_tasks(0).is_empty());
		assert_eq!(Compute::voting_keys().len(), 5);
	});
}

#[test]
fn votes_are_bound_to_their_dispute_and_counted_once() {
	in_chain(|| {
		let work = disputed();
		let task = batch(JOB, 0).dispute.unwrap().task;
		let right = Ruling::Leaf(leaf(JOB, task));
		let good = ballot(&auditors()[0], JOB, 0, right);
		let forge = |change: Change<Vote>| {
			let mut vote = good.vote;
			change(&mut vote);
			vote.sign(&auditors()[0].0)
		};
		let wrong: [(Refusal, Change<Vote>); 7] = [
			(Refusal::WrongChain, |v| v.genesis = Hash::default()),
			(Refusal::UnknownJob, |v| v.job += 1),
			(Refusal::UnknownBatch, |v| v.batch = 9),
			(Refusal::NotDisputed, |v| v.batch = 1),
			(Refusal::WrongAttempt, |v| v.attempt += 1),
			(Refusal::WrongDispute, |v| v.task ^= 1),
			(Refusal::WrongDispute, |v| v.opened_at -= 1),
		];
		for (reason, change) in wrong {
			assert_eq!(refusal(cast(forge(change))), Some(reason));
		}
		let mut changed = good;
		changed.vote.ruling = Ruling::Unavailable;
		assert_eq!(refusal(cast(changed)), Some(Refusal::BadSignature));
		let mut impostor = good;
		impostor.vote.validator = auditors()[1].id().0;
		assert_eq!(refusal(cast(impostor)), Some(Refusal::BadSignature));
		let outsider = SignedVote { ..ballot(&Party::new("nobody"), JOB, 0, right) };
		assert_eq!(refusal(cast(outsider)), Some(Refusal::NotValidator));

		cast(good).unwrap();
		assert_eq!(refusal(cast(good)), Some(Refusal::AlreadyVoted));
		let otherwise = ballot(&auditors()[0], JOB, 0, Ruling::Unavailable);
		assert_eq!(refusal(cast(otherwise)), Some(Refusal::AlreadyVoted));
		assert_eq!(batch(JOB, 0).dispute.unwrap().votes, 1);
		assert_eq!(Compute::dispute_tasks(9)[0].voted, [auditors()[0].id()]);

		IdleWeight::set(Default::default());
		run_to(batch(JOB, 0).deadline.unwrap());
		assert!(Compute::dispute_tasks(9).is_empty());
		let late = ballot(&auditors()[1], JOB, 0, right);
		assert_eq!(refusal(cast(late)), Some(Refusal::TooLate));
		let _ = work;
	});
}

#[test]
fn a_validator_that_changes_its_key_has_one_vote_and_one_report() {
	in_chain(|| {
		committed_lies();
		run_to_full_tranche(JOB, 0);
		report(honest(&auditors()[0], &task(JOB, 0).unwrap())).unwrap();
		let fresh = Party::new("a fresh key");
		let account = auditors()[0].account();
		crate::Validators::<Test>::insert(fresh.id().0, ValidatorRecord { account, since: 0, key_since: 0 });
		crate::Auditors::<Test>::insert(fresh.id().0, auditors()[0].account());
		let again = report(honest(&fresh, &task(JOB, 0).unwrap()));
		assert_eq!(refusal(again), Some(Refusal::AlreadyReported));
	});
	in_chain(|| {
		disputed();
		cast(ballot(&auditors()[0], JOB, 0, Ruling::Unavailable)).unwrap();
		let fresh = Party::new("a fresh key");
		let account = auditors()[0].account();
		crate::Validators::<Test>::insert(fresh.id().0, ValidatorRecord { account, since: 0, key_since: 0 });
		assert_eq!(refusal(cast(ballot(&fresh, JOB, 0, Ruling::Unavailable))), Some(Refusal::AlreadyVoted));
	});
}

#[test]
fn who_becomes_a_validator_after_a_dispute_was_opened_has_no_vote_in_it() {
	in_chain(|| {
		disputed();
		next_block();
		let newcomer = Party::new("newcomer");
		set_validators(&[auditors(), vec![newcomer.clone()]].concat());
		let vote = |validator: &Party| cast(ballot(validator, JOB, 0, Ruling::Unavailable));
		assert_eq!(refusal(vote(&newcomer)), Some(Refusal::NotValidator));
		vote(&auditors()[0]).unwrap();
		// Whoever leaves and comes back is a newcomer, too.
		set_validators(&auditors()[..1]);
		set_validators(&auditors());
		assert_eq!(refusal(vote(&auditors()[1])), Some(Refusal::NotValidator));
		assert_eq!(batch(JOB, 0).dispute.unwrap().votes, 1);
	});
}
