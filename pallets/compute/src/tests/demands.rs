use super::kit::*;
use crate::{mock::*, Call, Error, Event, HoldReason, ReopenReason};
use assay_primitives::{
	audit::Opening,
	sealing::{SealedOpening, TaskResult},
	view::BatchStage,
	Hash, TaskIndex, TaskOutcome, TaskStatus,
};
use frame_support::dispatch::Pays;
use sp_runtime::DispatchError;

fn demand(who: &AccountId, task: TaskIndex) -> Result<Pays, DispatchError> {
	call(who, Call::demand { job: JOB, batch: 0, task })
}

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
fn a_result_that_is_demanded_and_shown_earns_half_the_fee() {
	in_chain(|| {
		let work = revealed();
		run_to(now() + 2);
		let (before, issuance) = (free(&worker().account()), Balances::total_issuance());
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
		let (burned, paid) = (DEMAND_FEE - DEMAND_FEE / 2, DEMAND_FEE / 2);
		assert_eq!(events(), [Event::DemandAnswered { job: JOB, batch: 0, task: 1, fee: paid }]);
		assert_eq!(free(&worker().account()), before + paid);
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
			for _ in 0..crate::demands::MAX_DEMANDS {
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
