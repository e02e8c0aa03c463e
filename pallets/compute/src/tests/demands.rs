use super::kit::*;
use crate::{
	demands::MAX_DEMANDS, mock::*, BarredPrograms, Call, Error, Event, HoldReason, Refusal, ReopenReason,
};
use assay_primitives::{
	audit::Opening,
	money::FETCHED_PER_FEE,
	sealing::{SealedOpening, TaskResult},
	view::BatchStage,
	AccountId as Id, Hash, JobSpec, Ruling, TaskIndex, TaskLimits, TaskOutcome, TaskStatus,
};
use frame_support::dispatch::Pays;
use sp_runtime::DispatchError;

fn demand(who: &AccountId, task: TaskIndex) -> Result<Pays, DispatchError> {
	call(who, Call::demand { job: JOB, batch: 0, task })
}

fn ask(who: &AccountId) -> Result<Pays, DispatchError> {
	call(who, Call::demand_batch { job: JOB, batch: 0 })
}

/// What asking all five validators costs.
const ASKING: u128 = 5 * DEMAND_FEE;

fn answer(who: &Party, opening: Opening, sealed: SealedOpening) -> Result<Pays, DispatchError> {
	call(&who.account(), Call::answer_demand { job: JOB, batch: 0, opening, sealed })
}

fn prove(opening: Opening, sealed: SealedOpening) -> Result<Pays, DispatchError> {
	call(&stranger(), Call::prove_missealed { job: JOB, batch: 0, opening, sealed })
}

/// A revealed batch whose sealed results are others than those it commits to.
fn missealed(sealed: impl Fn(TaskIndex) -> TaskResult) -> Work {
	post(spec());
	bond(&worker(), 10 * MIN_STAKE);
	claim(&worker(), JOB, 1).unwrap();
	let work = Work::run(&worker(), JOB, 0).reseal(sealed);
	hand_in(work.signed(&worker())).unwrap();
	audit_honestly(JOB, 0);
	work.reveal(&worker()).unwrap();
	work
}

#[test]
fn a_result_that_is_demanded_and_shown_costs_half_the_fee_and_earns_nothing() {
	in_chain(|| {
		let work = revealed();
		run_to(now() + 2);
		let (before, issuance) = (free(&worker().account()), Balances::total_issuance());
		let home = free(&requester());
		events();
		assert_eq!(demand(&requester(), 1), Ok(Pays::Yes));
		let deadline = now() + REVEAL_WINDOW;
		assert_eq!(
			events(),
			[Event::ResultDemanded { job: JOB, batch: 0, task: 1, by: requester(), deadline }]
		);
		assert_eq!(held(HoldReason::Contest, &requester()), DEMAND_FEE);
		let view = batch(JOB, 0);
		assert_eq!((view.stage, view.deadline), (BatchStage::Demanded, Some(deadline)));
		assert_eq!(view.demand.unwrap().task, 1);
		refused(demand(&requester(), 2), Error::NotRevealed);

		refused(answer(&other_worker(), work.opening(1), work.show(1)), Error::NotBatchWorker);
		refused(answer(&worker(), work.opening(2), work.show(1)), Error::WrongOpenings);
		refused(answer(&worker(), work.opening(1), work.show(2)), Error::WrongSealed);
		let mut damaged = work.show(1);
		damaged.bytes[3] ^= 1;
		refused(answer(&worker(), work.opening(1), damaged), Error::WrongSealed);
		let mut withheld = work.show(1);
		withheld.bytes.clear();
		refused(answer(&worker(), work.opening(1), withheld), Error::WrongSealed);
		let mut other = work.opening(1);
		other.outcome.fuel += 1;
		refused(answer(&worker(), other, work.show(1)), Error::WrongProof);

		assert_eq!(answer(&worker(), work.opening(1), work.show(1)), Ok(Pays::No));
		let (burned, returned) = (DEMAND_FEE - DEMAND_FEE / 2, DEMAND_FEE / 2);
		assert_eq!(events(), [Event::DemandAnswered { job: JOB, batch: 0, task: 1, returned }]);
		assert_eq!(free(&worker().account()), before, "it would pay to wait for demands");
		assert_eq!(free(&requester()), home - burned);
		assert_eq!(Balances::total_issuance(), issuance - burned, "demanding of oneself is not free");
		assert_eq!(held(HoldReason::Contest, &requester()), 0);
		let view = batch(JOB, 0);
		assert_eq!(view.stage, BatchStage::Revealed);
		assert_eq!(view.deadline, Some(now() + spec().challenge_window - 2), "the window stood still");
		refused(answer(&worker(), work.opening(1), work.show(1)), Error::NotDemanded);
	});
}

#[test]
fn a_result_that_is_not_shown_costs_the_bond() {
	in_chain(|| {
		revealed();
		let home = free(&requester());
		demand(&requester(), 1).unwrap();
		events();
		run_to(now() + REVEAL_WINDOW + 1);
		assert!(events().contains(&Event::BatchReopened {
			job: JOB,
			batch: 0,
			attempt: 1,
			reason: ReopenReason::DemandMissed
		}));
		assert_eq!(record(&worker()).slashed, 4 * BOUNTY);
		assert_eq!(free(&requester()), home + BOUNTY, "the fee is back, and a compensation");
		assert_eq!(held(HoldReason::Contest, &requester()), 0);
	});
}

#[test]
fn demands_are_for_revealed_batches_in_time_and_few() {
	in_chain(|| {
		let work = committed();
		refused(demand(&requester(), 1), Error::NotRevealed);
		audit_honestly(JOB, 0);
		work.reveal(&worker()).unwrap();
		refused(demand(&requester(), 4), Error::UnknownTask);
		assert!(demand(&Party::new("poor").account(), 1).is_err());
		for who in [requester(), stranger()] {
			for _ in 0..MAX_DEMANDS {
				demand(&who, 3).unwrap();
				answer(&worker(), work.opening(3), work.show(3)).unwrap();
			}
			refused(demand(&who, 3), Error::TooManyDemands);
		}
		refused(demand(&other_requester(), 3), Error::TooManyDemands);
		IdleWeight::set(Default::default());
		run_to(batch(JOB, 0).deadline.unwrap());
		refused(demand(&requester(), 1), Error::TooLate);
	});
}

#[test]
fn an_answer_at_the_last_moment_leaves_time_to_contest_it() {
	in_chain(|| {
		let work = revealed();
		run_to(now() + spec().challenge_window - 1);
		demand(&requester(), 0).unwrap();
		answer(&worker(), work.opening(0), work.show(0)).unwrap();
		assert_eq!(batch(JOB, 0).deadline, Some(now() + MIN_CHALLENGE_WINDOW));
	});
}

#[test]
fn a_long_result_is_shown_by_its_outcome_alone() {
	in_chain(|| {
		let long = |task| {
			let output = vec![7; MAX_DEMAND_BYTES as usize + 1];
			TaskResult {
				outcome: TaskOutcome::new(TaskStatus::Completed(0), &output, u64::from(task)).unwrap(),
				output,
			}
		};
		post(spec());
		bond(&worker(), 10 * MIN_STAKE);
		claim(&worker(), JOB, 1).unwrap();
		let work = Work::run_with(&worker(), JOB, 0, long);
		hand_in(work.signed(&worker())).unwrap();
		run_to_full_tranche(JOB, 0);
		for auditor in &auditors()[..2] {
			let open = task(JOB, 0).unwrap();
			let found = findings(auditor, &open, |job, task| long(task).outcome.leaf(job, task));
			report(super::kit::prove(auditor, &statement(&open), found)).unwrap();
		}
		close(JOB, 0);
		work.reveal(&worker()).unwrap();
		demand(&requester(), 1).unwrap();
		refused(answer(&worker(), work.opening(1), work.show(1)), Error::WrongSealed);
		let mut bare = work.show(1);
		bare.bytes.clear();
		assert_eq!(answer(&worker(), work.opening(1), bare), Ok(Pays::No));
	});
}

#[test]
fn who_seals_garbage_is_convicted_on_the_spot() {
	in_chain(|| {
		// As long as the right one, so that only the bytes tell.
		let work = missealed(|task| {
			let mut result = truth(task);
			result.output.reverse();
			result.outcome = TaskOutcome::new(TaskStatus::Completed(0), &result.output, 1_000).unwrap();
			result
		});
		let mut bare = work.show(2);
		bare.bytes.clear();
		refused(prove(work.opening(2), bare), Error::WrongSealed);
		refused(prove(work.opening(2), work.show(1)), Error::WrongSealed);
		let before = free(&stranger());
		events();
		assert_eq!(prove(work.opening(2), work.show(2)), Ok(Pays::No));
		assert!(events().contains(&Event::BatchReopened {
			job: JOB,
			batch: 0,
			attempt: 1,
			reason: ReopenReason::Missealed
		}));
		assert_eq!(record(&worker()).slashed, 4 * BOUNTY);
		assert!(free(&stranger()) > before, "the reporter is rewarded");
	});
}

#[test]
fn a_wrong_length_needs_no_bytes() {
	in_chain(|| {
		let work = missealed(|task| {
			let output = b"short".to_vec();
			TaskResult {
				outcome: TaskOutcome::new(TaskStatus::Completed(0), &output, u64::from(task)).unwrap(),
				output,
			}
		});
		let mut bare = work.show(0);
		bare.bytes.clear();
		assert_eq!(prove(work.opening(0), bare), Ok(Pays::No));
	});
}

#[test]
fn who_seals_properly_cannot_be_convicted_of_it() {
	in_chain(|| {
		let work = committed();
		let show = || (work.opening(1), work.show(1));
		let (opening, sealed) = show();
		refused(prove(opening, sealed), Error::NotRevealed);
		audit_honestly(JOB, 0);
		work.reveal(&worker()).unwrap();
		let (opening, sealed) = show();
		refused(prove(opening, sealed), Error::ProperlySealed);
		let (mut opening, sealed) = show();
		opening.outcome.output_hash = Hash::default();
		refused(prove(opening, sealed), Error::WrongProof);
		let (opening, mut sealed) = show();
		sealed.entry.len += 1;
		refused(prove(opening, sealed), Error::WrongSealed);
		let (opening, mut sealed) = show();
		sealed.proof = vec![Hash::default(); 1_000];
		refused(prove(opening, sealed), Error::WrongSealed);
	});
}

/// Two lies that fit together: nobody can open the leaf, and nobody can decrypt the result. The demand brings it out.
#[test]
fn a_leaf_that_nobody_can_open_has_to_be_opened_by_its_worker() {
	in_chain(|| {
		let work = missealed(lie);
		demand(&stranger(), 1).unwrap();
		refused(answer(&worker(), work.opening(1), work.show(1)), Error::WrongSealed);
		run_to(now() + REVEAL_WINDOW + 1);
		assert_eq!(record(&worker()).slashed, 4 * BOUNTY);
	});
}

#[test]
fn a_batch_that_is_withheld_is_not_paid() {
	let not_paid = |votes: &[Ruling]| {
		in_chain(|| {
			let work = revealed();
			let (home, issuance) = (free(&requester()), Balances::total_issuance());
			let worth = free(&worker().account());
			events();
			assert_eq!(ask(&requester()), Ok(Pays::Yes));
			let view = batch(JOB, 0);
			let deadline = view.deadline.unwrap();
			assert_eq!(
				events(),
				[Event::BatchDemanded {
					job: JOB,
					batch: 0,
					attempt: 0,
					by: requester(),
					fee: ASKING,
					deadline
				}]
			);
			assert_eq!(held(HoldReason::Contest, &requester()), ASKING);
			let dispute = view.dispute.unwrap();
			assert_eq!((dispute.demanded_by, dispute.challenger), (Some(Id(requester().into())), None));
			assert_eq!((dispute.task, dispute.leaf), (0, work.receipt.sealed.hash));
			assert_eq!(view.key.map(|key| key.0), Some(work.key));
			for (validator, ruling) in auditors().iter().zip(votes) {
				cast(ballot(validator, JOB, 0, *ruling)).unwrap();
			}
			if stage(JOB, 0) == BatchStage::Disputed {
				run_to(deadline + 1);
			}
			assert!(events().contains(&Event::BatchReopened {
				job: JOB,
				batch: 0,
				attempt: 1,
				reason: ReopenReason::Withheld
			}));
			assert_eq!(free(&requester()), home, "the fee is back");
			assert_eq!(held(HoldReason::Contest, &requester()), 0);
			assert_eq!(Balances::total_issuance(), issuance);
			let view = record(&worker());
			assert_eq!((view.slashed, view.locked, view.batches_lost), (0, 0, 1), "nobody is to blame");
			assert_eq!((free(&worker().account()), job(JOB).paid_to_workers), (worth, 0));
			assert_eq!(BarredPrograms::<Test>::iter().count(), 0, "it says nothing about the program");
			assert_eq!(job(JOB).remaining, ESCROW, "the next worker is paid in full");
			claim(&worker(), JOB, 1).unwrap();
		});
	};
	let [gone, held] = [Ruling::Unavailable, Ruling::Held];
	not_paid(&[gone; 4]);
	not_paid(&[]);
	not_paid(&[gone; 3]);
	not_paid(&[held, gone]);
	not_paid(&[held, held, gone, gone]);
}

/// Whoever asks must not gain by what keeps validators from voting.
#[test]
fn what_more_hold_than_miss_is_held_when_time_is_up() {
	let [gone, held] = [Ruling::Unavailable, Ruling::Held];
	for votes in [&[held][..], &[held, held, gone], &[held, held, held, gone, gone]] {
		in_chain(|| {
			revealed();
			let (home, before) = (free(&requester()), free(&worker().account()));
			ask(&requester()).unwrap();
			for (validator, ruling) in auditors().iter().zip(votes) {
				cast(ballot(validator, JOB, 0, *ruling)).unwrap();
			}
			assert_eq!(stage(JOB, 0), BatchStage::Disputed, "that is no verdict");
			let deadline = batch(JOB, 0).deadline.unwrap();
			events();
			run_to(deadline + 1);
			assert_eq!(stage(JOB, 0), BatchStage::Revealed);
			let (burned, returned) = (ASKING - ASKING / 2, ASKING / 2);
			assert!(events().contains(&Event::BatchHeld { job: JOB, batch: 0, burned, returned }));
			assert_eq!(free(&requester()), home - burned);
			run_to(batch(JOB, 0).deadline.unwrap() + 1);
			assert_eq!(free(&worker().account()), before + 4 * BOUNTY);
		});
	}
}

#[test]
fn to_ask_for_much_costs_more() {
	for (len, parts) in [(1, 1), (FETCHED_PER_FEE, 1), (FETCHED_PER_FEE + 1, 2)] {
		in_chain(|| {
			let limits = TaskLimits { output_bytes: TaskLimits::MAX_OUTPUT_BYTES, ..spec().limits };
			post(JobSpec { limits, ..spec() });
			bond(&worker(), 10 * MIN_STAKE);
			claim(&worker(), JOB, 1).unwrap();
			let mut work = Work::run(&worker(), JOB, 0);
			work.receipt.sealed.len = len;
			hand_in(work.signed(&worker())).unwrap();
			audit_honestly(JOB, 0);
			work.reveal(&worker()).unwrap();
			let home = free(&requester());
			ask(&requester()).unwrap();
			assert_eq!(home - free(&requester()), parts * ASKING);
			assert_eq!(held(HoldReason::Contest, &requester()), parts * ASKING);
		});
	}
}

#[test]
fn a_batch_that_is_held_goes_on_and_costs_the_fee() {
	in_chain(|| {
		revealed();
		run_to(now() + 2);
		let (home, issuance) = (free(&requester()), Balances::total_issuance());
		let before = free(&worker().account());
		ask(&requester()).unwrap();
		// The clock of the challenge window stands still.
		run_to(now() + DISPUTE_WINDOW - 1);
		rule(&auditors()[..3], JOB, 0, Ruling::Held);
		assert_eq!(stage(JOB, 0), BatchStage::Disputed, "three of five are not two thirds");
		events();
		rule(&auditors()[3..], JOB, 0, Ruling::Held);
		let (burned, returned) = (ASKING - ASKING / 2, ASKING / 2);
		let events = events();
		assert!(events.contains(&Event::BatchHeld { job: JOB, batch: 0, burned, returned }));
		assert!(events.contains(&Event::DisputeDecided {
			job: JOB,
			batch: 0,
			attempt: 0,
			task: 0,
			ruling: Some(Ruling::Held)
		}));
		assert_eq!(free(&worker().account()), before, "it would pay to wait until somebody asks");
		assert_eq!(Balances::total_issuance(), issuance - burned);
		assert_eq!((free(&requester()), held(HoldReason::Contest, &requester())), (home - burned, 0));
		let view = batch(JOB, 0);
		assert_eq!(view.stage, BatchStage::Revealed);
		assert_eq!(view.deadline, Some(now() + spec().challenge_window - 2));
		run_to(now() + spec().challenge_window);
		assert_eq!(stage(JOB, 0), BatchStage::Settled);
		assert_eq!(free(&worker().account()), before + 4 * BOUNTY);
	});
	// Who found something else must not be shut out.
	in_chain(|| {
		revealed();
		run_to(now() + spec().challenge_window - 1);
		ask(&requester()).unwrap();
		rule(&auditors(), JOB, 0, Ruling::Held);
		assert_eq!(batch(JOB, 0).deadline, Some(now() + MIN_CHALLENGE_WINDOW));
	});
}

/// A requester that has its results already must not have them for nothing by asking for more than validators can fetch.
#[test]
fn what_is_asked_for_at_once_has_time_one_after_the_other() {
	in_chain(|| {
		post(spec());
		bond(&worker(), 10 * MIN_STAKE);
		claim(&worker(), JOB, 2).unwrap();
		let works = [0, 1].map(|index| commit(&worker(), JOB, index));
		run_to_full_tranche(JOB, 0);
		for index in 0..2 {
			for auditor in &auditors()[..2] {
				report(honest(auditor, &super::kit::task(JOB, index).unwrap())).unwrap();
			}
		}
		close(JOB, 0);
		let deadlines = [0, 1].map(|index| {
			works[index as usize].reveal(&worker()).unwrap();
			call(&requester(), Call::demand_batch { job: JOB, batch: index }).unwrap();
			batch(JOB, index).deadline.unwrap()
		});
		// What is sealed here takes less than a block.
		assert_eq!(deadlines, [now() + DISPUTE_WINDOW + 1, now() + DISPUTE_WINDOW + 2]);
	});
}

#[test]
fn votes_answer_what_is_asked() {
	in_chain(|| {
		let work = revealed();
		ask(&requester()).unwrap();
		let task = &Compute::dispute_tasks(1)[0];
		assert!(task.withheld);
		assert_eq!((task.sealed, task.sealed_root), (work.receipt.sealed, work.receipt.sealed_root));
		let vote = |ruling| refusal(cast(ballot(&auditors()[0], JOB, 0, ruling)));
		for ruling in [Ruling::Leaf(leaf(JOB, 0)), Ruling::Missealed] {
			assert_eq!(vote(ruling), Some(Refusal::WrongRuling));
		}
		rule(&auditors(), JOB, 0, Ruling::Held);
		call(&stranger(), Call::challenge { job: JOB, batch: 0, opening: work.opening(0) }).unwrap();
		assert!(!Compute::dispute_tasks(1)[0].withheld);
		assert_eq!(vote(Ruling::Held), Some(Refusal::WrongRuling));
		assert_eq!(batch(JOB, 0).dispute.unwrap().votes, 0);
	});
	in_chain(|| {
		let work = committed_lies();
		audit_honestly(JOB, 0);
		work.reveal(&worker()).unwrap();
		let vote = cast(ballot(&auditors()[0], JOB, 0, Ruling::Held));
		assert_eq!(refusal(vote), Some(Refusal::WrongRuling));
	});
}

#[test]
fn only_the_requester_asks_for_a_batch_and_not_too_often() {
	in_chain(|| {
		let work = committed();
		refused(ask(&requester()), Error::NotRevealed);
		audit_honestly(JOB, 0);
		work.reveal(&worker()).unwrap();
		for who in [stranger(), other_requester(), worker().account()] {
			refused(ask(&who), Error::NotRequester);
		}
		refused(call(&requester(), Call::demand_batch { job: JOB, batch: 9 }), Error::UnknownBatch);
		refused(call(&requester(), Call::demand_batch { job: 9, batch: 0 }), Error::UnknownJob);
		demand(&requester(), 3).unwrap();
		answer(&worker(), work.opening(3), work.show(3)).unwrap();
		for _ in 1..MAX_DEMANDS {
			ask(&requester()).unwrap();
			rule(&auditors(), JOB, 0, Ruling::Held);
		}
		refused(ask(&requester()), Error::TooManyDemands);
		refused(demand(&requester(), 3), Error::TooManyDemands);
		IdleWeight::set(Default::default());
		run_to(batch(JOB, 0).deadline.unwrap());
		refused(ask(&requester()), Error::TooLate);
	});
}

#[test]
fn one_thing_at_a_time_is_asked_about_a_batch() {
	in_chain(|| {
		let work = revealed();
		ask(&requester()).unwrap();
		let contest = || call(&stranger(), Call::challenge { job: JOB, batch: 0, opening: work.opening(1) });
		refused(ask(&requester()), Error::NotRevealed);
		refused(demand(&requester(), 1), Error::NotRevealed);
		refused(demand(&stranger(), 1), Error::NotRevealed);
		refused(contest(), Error::NotRevealed);
		refused(prove(work.opening(1), work.show(1)), Error::NotRevealed);
		refused(answer(&worker(), work.opening(1), work.show(1)), Error::NotDemanded);
		refused(call(&requester(), Call::accept { job: JOB, batch: 0 }), Error::NotRevealed);
		refused(call(&stranger(), Call::settle { job: JOB, batch: 0 }), Error::NotRevealed);
		refused(call(&stranger(), Call::expire { job: JOB, batch: 0 }), Error::TooEarly);
		rule(&auditors(), JOB, 0, Ruling::Held);
		contest().unwrap();
		refused(ask(&requester()), Error::NotRevealed);
	});
	in_chain(|| {
		revealed();
		demand(&stranger(), 1).unwrap();
		refused(ask(&requester()), Error::NotRevealed);
	});
}
