//! Where validators do not agree, or cannot tell, nobody is convicted.

use super::{super::kit::*, challenge, disputed, revealed_with_a_hidden_lie};
use crate::{mock::*, BarredPrograms, Call, Error, Event, HoldReason, ReopenReason};
use assay_primitives::{view::BatchStage, Hash, Ruling};

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
