use super::kit::*;
use crate::{
	mock::*, types::ValidatorRecord, BarredPrograms, Call, Error, Event, HoldReason, Refusal, ReopenReason,
	Tallies, Votes,
};
use assay_primitives::{
	audit::{Findings, Opening},
	money,
	view::BatchStage,
	Hash, JobId, Ruling, SignedVote, TaskIndex, TaskOutcome, TaskStatus, Vote,
};
use frame_support::dispatch::Pays;
use sp_runtime::DispatchError;

/// What challenging one task of [`spec`] takes.
const BOND: u128 = MIN_CHALLENGE_BOND + 5 * BOUNTY;

fn challenge(who: &AccountId, opening: Opening) -> Result<Pays, DispatchError> {
	call(who, Call::challenge { job: JOB, batch: 0, opening })
}

/// A batch of lies that its own reveal brought to light.
fn disputed() -> Work {
	let work = committed_lies();
	audit_honestly(JOB, 0);
	work.reveal(&worker()).unwrap();
	work
}

/// A batch with one lie that no auditor looked at, revealed.
fn revealed_with_a_hidden_lie() -> (Work, TaskIndex) {
	let mut sparse = spec();
	sparse.audit.samples = 1;
	post(sparse);
	bond(&worker(), 10 * MIN_STAKE);
	claim(&worker(), JOB, 1).unwrap();
	// Which task nobody samples is known only after the receipt, so try each.
	for hidden in 0..4 {
		let work =
			Work::run_with(&worker(), JOB, 0, |task| if task == hidden { lie(task) } else { truth(task) });
		let found = frame_support::storage::with_storage_layer(|| {
			hand_in(work.signed(&worker())).unwrap();
			audit_honestly(JOB, 0);
			let is_hidden = !batch(JOB, 0).audit.unwrap().samples().contains(&hidden);
			if is_hidden {
				work.reveal(&worker()).unwrap();
				return Ok(());
			}
			Err(DispatchError::Other("it was sampled"))
		});
		if found.is_ok() {
			return (work, hidden);
		}
	}
	panic!("every task is sampled whatever the receipt is: choose other keys");
}

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
		assert_eq!(work.reveal(&worker()), Ok(Pays::Yes));
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

#[test]
fn without_a_verdict_nobody_is_convicted() {
	in_chain(|| {
		let (work, hidden) = revealed_with_a_hidden_lie();
		let before = free(&stranger());
		challenge(&stranger(), work.opening(hidden)).unwrap();
		for validator in &auditors()[..3] {
			cast(ballot(validator, JOB, 0, Ruling::Leaf(leaf(JOB, hidden)))).unwrap();
		}
		events();
		run_to(batch(JOB, 0).deadline.unwrap() + 1);
		let events = events();
		assert!(events.contains(&Event::BatchReopened {
			job: JOB,
			batch: 0,
			attempt: 1,
			reason: ReopenReason::Undecided
		}));
		assert_eq!(free(&stranger()), before);
		assert_eq!(record(&worker()).slashed, 0);
		assert_eq!(job(JOB).paid_to_workers, 0);
		assert_eq!(BarredPrograms::<Test>::iter().count(), 0, "sleep proves nothing");
	});
}

#[test]
fn a_program_that_validators_disagree_about_is_barred_and_nobody_is_slashed() {
	in_chain(|| {
		let work = revealed();
		let home = free(&requester());
		challenge(&stranger(), work.opening(0)).unwrap();
		for (number, validator) in auditors().iter().enumerate() {
			let ruling = Ruling::Leaf(if number < 3 { leaf(JOB, 0) } else { Hash::of(b"another") });
			cast(ballot(validator, JOB, 0, ruling)).unwrap();
		}
		events();
		run_to(batch(JOB, 0).deadline.unwrap() + 1);
		let program = spec().program.hash;
		let events = events();
		assert!(events.contains(&Event::ProgramBarred { program, job: JOB, task: 0 }));
		assert_eq!(stage(JOB, 0), BatchStage::Refunded);
		assert_eq!(free(&requester()), home + 4 * BOUNTY + RESERVE);
		assert_eq!(held(HoldReason::Contest, &stranger()), 0);
		assert_eq!(free(&stranger()), ENDOWMENT);
		assert_eq!(record(&worker()).slashed, 0);
		assert!(auditors().iter().all(|a| Compute::auditor_view(a.id()).unwrap().slashed == 0));
		refused(call(&requester(), Call::post_job { spec: spec() }), Error::ProgramBarred);
	});
}

#[test]
fn one_lying_validator_in_five_neither_decides_nor_bars() {
	in_chain(|| {
		let work = revealed();
		challenge(&stranger(), work.opening(0)).unwrap();
		cast(ballot(&auditors()[4], JOB, 0, Ruling::Leaf(Hash::of(b"a lie")))).unwrap();
		for validator in &auditors()[..3] {
			cast(ballot(validator, JOB, 0, Ruling::Leaf(leaf(JOB, 0)))).unwrap();
		}
		run_to(batch(JOB, 0).deadline.unwrap() + 1);
		assert_eq!(BarredPrograms::<Test>::iter().count(), 0);
		assert_eq!(record(&worker()).slashed, 0);
	});
}

#[test]
fn data_that_nobody_has_convicts_nobody_and_pays_nobody() {
	in_chain(|| {
		disputed();
		events();
		rule(&auditors(), JOB, 0, Ruling::Unavailable);
		assert!(events().contains(&Event::BatchReopened {
			job: JOB,
			batch: 0,
			attempt: 1,
			reason: ReopenReason::Undecided
		}));
		assert_eq!(record(&worker()).slashed, 0);
		assert_eq!(BarredPrograms::<Test>::iter().count(), 0);
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

/// Friends that starve the audit do not save a worker whom one report has caught.
#[test]
fn an_audit_that_runs_out_still_convicts_whom_a_report_contradicts() {
	in_chain(|| {
		let work = committed_lies();
		run_to_full_tranche(JOB, 0);
		report(honest(&auditors()[0], &task(JOB, 0).unwrap())).unwrap();
		report(starved(&auditors()[1], &task(JOB, 0).unwrap())).unwrap();
		close(JOB, 0);
		assert!(!batch(JOB, 0).audit.unwrap().is_complete());
		assert_eq!(work.answer(&worker()), Ok(Pays::Yes));
		let view = batch(JOB, 0);
		assert_eq!((view.stage, view.key), (BatchStage::Disputed, None), "the key stays secret");
		rule_honestly(JOB, 0);
		assert_eq!(record(&worker()).slashed, 4 * BOUNTY);
	});
	// Nor does it help to say nothing.
	in_chain(|| {
		committed_lies();
		run_to_full_tranche(JOB, 0);
		report(honest(&auditors()[0], &task(JOB, 0).unwrap())).unwrap();
		close(JOB, 0);
		run_to(now() + REVEAL_WINDOW + 1);
		assert_eq!(record(&worker()).slashed, 4 * BOUNTY);
	});
	// And a liar's report in such an audit is struck, the batch goes back without blame.
	in_chain(|| {
		let work = committed();
		run_to_full_tranche(JOB, 0);
		let (liar, open) = (&auditors()[0], task(JOB, 0).unwrap());
		let lies = findings(liar, &open, |job, task| lie(task).outcome.leaf(job, task));
		report(prove(liar, &statement(&open), lies)).unwrap();
		close(JOB, 0);
		work.answer(&worker()).unwrap();
		rule_honestly(JOB, 0);
		assert_eq!(stage(JOB, 0), BatchStage::Available);
		assert_eq!(record(&worker()).slashed, 0);
		assert_eq!(Compute::auditor_view(liar.id()), None, "its whole stake is gone");
	});
}

/// With a rate below 100 %, whoever could hide the results of the batches that are audited, and of no others, would be
/// paid for lies whenever it is lucky and lose nothing when it is not.
#[test]
fn hiding_the_sealed_results_does_not_save_a_cheat_that_is_audited() {
	let hidden = || {
		committed_lies();
		run_to_full_tranche(JOB, 0);
		for auditor in &auditors()[..2] {
			report(unsealed(auditor, &task(JOB, 0).unwrap())).unwrap();
		}
		close(JOB, 0);
		assert!(!batch(JOB, 0).audit.unwrap().is_complete());
	};
	in_chain(|| {
		hidden();
		run_to(now() + REVEAL_WINDOW + 1);
		assert_eq!(record(&worker()).slashed, 4 * BOUNTY, "silence is no way out");
	});
	in_chain(|| {
		let work = {
			let work = committed_lies();
			run_to_full_tranche(JOB, 0);
			report(unsealed(&auditors()[0], &task(JOB, 0).unwrap())).unwrap();
			close(JOB, 0);
			work
		};
		refused(work.reveal(&worker()), Error::AuditIncomplete);
		assert_eq!(work.answer(&worker()), Ok(Pays::Yes));
		rule_honestly(JOB, 0);
		assert_eq!(record(&worker()).slashed, 4 * BOUNTY);
		assert!(earned(&auditors()[0]) > 0, "its tags convicted the worker");
	});
}

/// An honest worker that auditors cannot reach, or say they cannot, opens what they sampled and loses nothing.
#[test]
fn an_honest_worker_whose_results_do_not_arrive_answers_and_is_not_blamed() {
	in_chain(|| {
		let work = committed();
		run_to_full_tranche(JOB, 0);
		for auditor in &auditors()[..3] {
			report(unsealed(auditor, &task(JOB, 0).unwrap())).unwrap();
		}
		let audit = batch(JOB, 0).audit.unwrap();
		assert_eq!((audit.required, audit.checked()), (8, 0), "each counts as starved");
		close(JOB, 0);
		assert_eq!(work.answer(&worker()), Ok(Pays::No));
		assert_eq!(stage(JOB, 0), BatchStage::Available);
		assert_eq!((record(&worker()).slashed, record(&worker()).locked), (0, 0));
	});
	// A liar among them is found out as any other.
	in_chain(|| {
		let work = committed();
		run_to_full_tranche(JOB, 0);
		let (liar, open) = (&auditors()[0], task(JOB, 0).unwrap());
		let Findings::Checked(lies) = findings(liar, &open, |job, task| lie(task).outcome.leaf(job, task))
		else {
			unreachable!("it made tags up")
		};
		report(prove(liar, &statement(&open), Findings::Unsealed(lies))).unwrap();
		close(JOB, 0);
		work.answer(&worker()).unwrap();
		rule_honestly(JOB, 0);
		assert_eq!(record(&worker()).slashed, 0);
		assert_eq!(Compute::auditor_view(liar.id()), None, "its whole stake is gone");
	});
}

/// Who had the results is paid; who ran the tasks without them is not, but is heard.
#[test]
fn a_batch_passes_on_those_that_had_its_results_and_answers_all() {
	in_chain(|| {
		let work = committed();
		run_to_full_tranche(JOB, 0);
		let [a, b, c, d, e]: [Party; 5] = auditors().try_into().ok().unwrap();
		report(unsealed(&a, &task(JOB, 0).unwrap())).unwrap();
		for auditor in [&b, &c, &d, &e] {
			report(honest(auditor, &task(JOB, 0).unwrap())).unwrap();
		}
		close(JOB, 0);
		assert_eq!(work.reveal(&worker()), Ok(Pays::No));
		call(&requester(), Call::accept { job: JOB, batch: 0 }).unwrap();
		assert_eq!((earned(&a), earned(&b)), (0, RESERVE / 4));
	});
	in_chain(|| {
		let work = committed_lies();
		run_to_full_tranche(JOB, 0);
		let [a, rest @ ..]: [Party; 5] = auditors().try_into().ok().unwrap();
		report(unsealed(&a, &task(JOB, 0).unwrap())).unwrap();
		for friend in &rest {
			let open = task(JOB, 0).unwrap();
			let lies = findings(friend, &open, |job, task| lie(task).outcome.leaf(job, task));
			report(prove(friend, &statement(&open), lies)).unwrap();
		}
		close(JOB, 0);
		assert_eq!(work.reveal(&worker()), Ok(Pays::Yes), "enough friends, but one contradicts them");
		assert_eq!(stage(JOB, 0), BatchStage::Disputed);
	});
}

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
