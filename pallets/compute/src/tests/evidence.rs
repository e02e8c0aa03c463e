use super::kit::*;
use crate::{mock::*, Call, Error, Event, HoldReason, ReopenReason};
use assay_primitives::{view::BatchStage, Hash, Receipt, SignedReceipt};
use frame_support::dispatch::Pays;
use sp_runtime::DispatchError;

fn show(first: SignedReceipt, second: SignedReceipt) -> Result<Pays, DispatchError> {
	call(&stranger(), Call::report_double_receipt { first: Box::new(first), second: Box::new(second) })
}

fn other(receipt: &Receipt, change: Change<Receipt>) -> SignedReceipt {
	let mut receipt = *receipt;
	change(&mut receipt);
	receipt.sign(&worker().0)
}

fn convicted(before: u128) {
	assert!(events().contains(&Event::BatchReopened {
		job: JOB,
		batch: 0,
		attempt: 1,
		reason: ReopenReason::DoubleReceipt
	}));
	assert_eq!(record(&worker()).slashed, 4 * BOUNTY);
	assert!(free(&stranger()) > before, "the reporter is rewarded");
}

#[test]
fn two_receipts_for_one_attempt_convict_whatever_stage_it_is_in() {
	let change: Change<Receipt> = |r| r.outputs_root = Hash::default();
	// Claimed: neither of them is on the chain.
	in_chain(|| {
		post(spec());
		bond(&worker(), 10 * MIN_STAKE);
		claim(&worker(), JOB, 1).unwrap();
		let work = Work::run(&worker(), JOB, 0);
		let before = free(&stranger());
		assert_eq!(show(work.signed(&worker()), other(&work.receipt, change)), Ok(Pays::No));
		convicted(before);
	});
	in_chain(|| {
		let work = committed();
		let before = free(&stranger());
		show(other(&work.receipt, |r| r.key_commitment = Hash::default()), work.signed(&worker())).unwrap();
		convicted(before);
		assert_eq!(crate::Seeds::<Test>::iter().count(), 0);
	});
	in_chain(|| {
		let work = revealed();
		let before = free(&stranger());
		show(work.signed(&worker()), other(&work.receipt, change)).unwrap();
		convicted(before);
	});
	// Disputed and demanded: what others put up goes back.
	in_chain(|| {
		let work = revealed();
		let opening = work.opening(0);
		call(&other_requester(), Call::challenge { job: JOB, batch: 0, opening }).unwrap();
		cast(ballot(&auditors()[0], JOB, 0, assay_primitives::Ruling::Unavailable)).unwrap();
		let before = free(&stranger());
		show(work.signed(&worker()), other(&work.receipt, change)).unwrap();
		convicted(before);
		assert_eq!(free(&other_requester()), ENDOWMENT);
	});
	in_chain(|| {
		let work = revealed();
		call(&other_requester(), Call::demand { job: JOB, batch: 0, task: 0 }).unwrap();
		let before = free(&stranger());
		show(work.signed(&worker()), other(&work.receipt, change)).unwrap();
		convicted(before);
		assert_eq!(free(&other_requester()), ENDOWMENT);
		assert_eq!(held(HoldReason::Contest, &other_requester()), 0);
	});
	in_chain(|| {
		let work = revealed();
		call(&requester(), Call::demand_batch { job: JOB, batch: 0 }).unwrap();
		cast(ballot(&auditors()[0], JOB, 0, assay_primitives::Ruling::Held)).unwrap();
		let before = free(&stranger());
		show(work.signed(&worker()), other(&work.receipt, change)).unwrap();
		convicted(before);
		assert_eq!(held(HoldReason::Contest, &requester()), 0);
	});
}

#[test]
fn nothing_else_is_a_contradiction() {
	in_chain(|| {
		let work = committed();
		let signed = work.signed(&worker());
		refused(show(signed, signed), Error::NoContradiction);
		let elsewhere: [Change<Receipt>; 5] = [
			|r| r.genesis = Hash::default(),
			|r| r.job += 1,
			|r| r.batch += 1,
			|r| r.attempt += 1,
			|r| r.worker = other_worker().id(),
		];
		for change in elsewhere {
			refused(show(signed, other(&work.receipt, change)), Error::NoContradiction);
		}
		// Two for another chain.
		let foreign = |root: u8| {
			let mut receipt = work.receipt;
			receipt.genesis = Hash::of(b"another chain");
			receipt.outputs_root = Hash([root; 32]);
			receipt.sign(&worker().0)
		};
		refused(show(foreign(1), foreign(2)), Error::NoContradiction);
		let mut forged = other(&work.receipt, |r| r.outputs_root = Hash::default());
		forged.signature[7] ^= 1;
		refused(show(signed, forged), Error::BadSignature);
		refused(show(forged, signed), Error::BadSignature);
		// Somebody else's signature under this worker's name.
		let mut receipt = work.receipt;
		receipt.outputs_root = Hash::default();
		refused(show(signed, receipt.sign(&other_worker().0)), Error::BadSignature);
	});
}

#[test]
fn a_worker_answers_as_long_as_its_bond_is_locked() {
	in_chain(|| {
		let work = revealed();
		let second = other(&work.receipt, |r| r.outputs_root = Hash::default());
		run_to(now() + spec().challenge_window + 1);
		assert_eq!(stage(JOB, 0), BatchStage::Settled);
		refused(show(work.signed(&worker()), second), Error::NotInFlight);
	});
	in_chain(|| {
		post(spec());
		bond(&worker(), 10 * MIN_STAKE);
		claim(&worker(), JOB, 1).unwrap();
		let work = Work::run(&worker(), JOB, 0);
		run_to(now() + spec().execution_window + 1);
		// Another one has it now.
		bond(&other_worker(), MIN_STAKE);
		claim(&other_worker(), JOB, 1).unwrap();
		let second = other(&work.receipt, |r| r.outputs_root = Hash::default());
		refused(show(work.signed(&worker()), second), Error::NotInFlight);
	});
}
