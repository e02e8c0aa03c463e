use super::kit::*;
use crate::{mock::*, Call, Error, Event, Refusal, Seeds};
use assay_primitives::{view::BatchStage, Hash, Receipt, SignedReceipt};
use codec::Encode;
use frame_support::dispatch::Pays;
use sp_runtime::{traits::Dispatchable, DispatchError};

/// A job, and a worker with its first batch.
fn claimed() -> Work {
	post(spec());
	bond(&worker(), 10 * MIN_STAKE);
	claim(&worker(), JOB, 1).unwrap();
	Work::run(&worker(), JOB, 0)
}

#[test]
fn a_receipt_binds_its_worker() {
	in_chain(|| {
		let work = claimed();
		run_to(5);
		events();
		hand_in(work.signed(&worker())).unwrap();
		assert_eq!(
			events(),
			[Event::ReceiptAccepted {
				job: JOB,
				batch: 0,
				attempt: 0,
				worker: worker().account(),
				receipt: work.receipt.hash(),
			}]
		);
		let view = batch(JOB, 0);
		assert_eq!(view.stage, BatchStage::Committed);
		assert_eq!(view.bond, 4 * BOUNTY, "the stake stays locked");
		assert_eq!(view.deadline, Some(5 + SEED_BLOCKS + AUDIT_WINDOW));
		let receipt = view.receipt.unwrap();
		assert_eq!((receipt.hash, receipt.block), (work.receipt.hash(), 5));
		assert_eq!((receipt.outputs_root, receipt.sealed), (work.receipt.outputs_root, work.receipt.sealed));
		let audit = view.audit.unwrap();
		assert_eq!((audit.seed, audit.audited, audit.required), (None, None, 2));
		assert_eq!(audit.revealable_at, 5 + SEED_BLOCKS + AUDIT_WINDOW, "as long as no report is there");
		assert_eq!(refusal(hand_in(work.signed(&worker()))), Some(Refusal::NotClaimed));
	});
}

#[test]
fn a_receipt_costs_nothing_and_travels_like_any_transaction() {
	in_chain(|| {
		let work = claimed();
		let earlier = carry_only(&work.signed(&worker()));
		run_to(now() + 1);
		let later = hand_in(work.signed(&worker())).unwrap();
		assert_eq!(later.provides, earlier.provides, "a pool knows both for the same receipt");
		assert!(later.priority > earlier.priority, "a later copy replaces one that got stuck");
		assert!(later.propagate && later.requires.is_empty() && later.longevity < 1_000);
	});
}

/// What a pool makes of a receipt, without applying it.
fn carry_only(signed: &SignedReceipt) -> sp_runtime::transaction_validity::ValidTransaction {
	use frame_support::traits::Authorize;
	let call = RuntimeCall::from(Call::submit_receipt { signed: *signed });
	let (validity, unspent) =
		call.authorize(sp_runtime::transaction_validity::TransactionSource::External).unwrap().unwrap();
	assert_eq!(unspent, Default::default());
	validity
}

#[test]
fn a_receipt_that_says_anything_else_is_refused() {
	let cases: [(Refusal, Change<Receipt>); 9] = [
		(Refusal::WrongChain, |r| r.genesis = Hash::of(b"another chain")),
		(Refusal::UnknownJob, |r| r.job += 1),
		(Refusal::UnknownBatch, |r| r.batch = 3),
		(Refusal::NotClaimed, |r| r.batch = 1),
		(Refusal::WrongAttempt, |r| r.attempt += 1),
		(Refusal::WrongWorker, |r| r.worker = other_worker().id()),
		(Refusal::ImplausibleSize, |r| r.sealed.len = 0),
		(Refusal::ImplausibleSize, |r| r.sealed.len = 4 * (1 << 20) + 4 * 50 + 6),
		(Refusal::ImplausibleSize, |r| r.sealed.len = u64::MAX),
	];
	in_chain(|| {
		let work = claimed();
		for (reason, change) in cases {
			let mut receipt = work.receipt;
			change(&mut receipt);
			// Signed by the one it names, so that nothing but the statement is wrong.
			let signer = if receipt.worker == worker().id() { worker() } else { other_worker() };
			assert_eq!(refusal(hand_in(receipt.sign(&signer.0))), Some(reason), "{receipt:?}");
		}
		let mut longest = work.receipt;
		longest.sealed.len = 4 * (1 << 20) + 4 * 50 + 5;
		hand_in(longest.sign(&worker().0)).unwrap();
	});
}

#[test]
fn a_signature_holds_for_one_receipt_of_one_worker() {
	in_chain(|| {
		let work = claimed();
		let by_another = work.receipt.sign(&other_worker().0);
		assert_eq!(refusal(hand_in(by_another)), Some(Refusal::BadSignature));

		let mut changed = work.signed(&worker());
		changed.receipt.outputs_root = Hash::of(b"other results");
		assert_eq!(refusal(hand_in(changed)), Some(Refusal::BadSignature));

		let mut damaged = work.signed(&worker());
		damaged.signature[0] ^= 1;
		assert_eq!(refusal(hand_in(damaged)), Some(Refusal::BadSignature));

		// The same bytes, signed as a transaction would be.
		let context = schnorrkel::signing_context(b"substrate");
		let signature = worker().0.sign(context.bytes(&work.receipt.encode())).to_bytes();
		let receipt = work.receipt;
		assert_eq!(refusal(hand_in(SignedReceipt { receipt, signature })), Some(Refusal::BadSignature));
	});
}

#[test]
fn a_receipt_is_in_time_until_the_block_before_the_deadline() {
	in_chain(|| {
		let work = claimed();
		let deadline = batch(JOB, 0).deadline.unwrap();
		IdleWeight::set(Default::default());
		run_to(deadline);
		assert_eq!(refusal(hand_in(work.signed(&worker()))), Some(Refusal::TooLate));
	});
	in_chain(|| {
		let work = claimed();
		run_to(batch(JOB, 0).deadline.unwrap() - 1);
		hand_in(work.signed(&worker())).unwrap();
		next_block();
		next_block();
		assert_eq!(stage(JOB, 0), BatchStage::Committed);
	});
}

#[test]
fn a_receipt_for_an_earlier_attempt_is_worthless() {
	in_chain(|| {
		let work = claimed();
		run_to(batch(JOB, 0).deadline.unwrap() + 1);
		assert_eq!(refusal(hand_in(work.signed(&worker()))), Some(Refusal::WrongAttempt));
		claim(&worker(), JOB, 1).unwrap();
		assert_eq!(refusal(hand_in(work.signed(&worker()))), Some(Refusal::WrongAttempt));
		commit(&worker(), JOB, 0);
		assert_eq!(batch(JOB, 0).attempt, 1);
	});
}

#[test]
fn no_other_origin_carries_a_receipt() {
	in_chain(|| {
		let work = claimed();
		let submit = || Call::submit_receipt { signed: work.signed(&worker()) };
		assert_eq!(call(&worker().account(), submit()), Err(DispatchError::BadOrigin));
		for origin in [RuntimeOrigin::none(), RuntimeOrigin::root()] {
			let outcome = RuntimeCall::from(submit()).dispatch(origin);
			assert_eq!(outcome.map_err(|e| e.error).err(), Some(DispatchError::BadOrigin));
		}
		assert_eq!(stage(JOB, 0), BatchStage::Claimed);
	});
}

#[test]
fn what_is_not_authorised_does_not_become_so_by_its_origin() {
	in_chain(|| {
		let work = claimed();
		let mut receipt = work.receipt;
		receipt.attempt += 1;
		let forged = RuntimeCall::from(Call::submit_receipt { signed: receipt.sign(&worker().0) });
		let outcome = forged.dispatch(frame_system::RawOrigin::Authorized.into());
		assert_eq!(outcome.map_err(|e| e.error).err(), Some(Error::<Test>::Refused.into()));
	});
}

#[test]
fn receipts_of_one_block_share_a_seed_that_lives_as_long_as_they_need_it() {
	in_chain(|| {
		post(spec());
		bond(&worker(), 10 * MIN_STAKE);
		claim(&worker(), JOB, 3).unwrap();
		let [first, second, _] = [0, 1, 2].map(|index| commit(&worker(), JOB, index));
		assert_eq!(Seeds::<Test>::get(SEED_BLOCK).unwrap().users, 3);
		run_to(SEED_BLOCK);
		assert_eq!(Seeds::<Test>::get(SEED_BLOCK).unwrap().outputs, None, "the last block is not over");
		next_block();
		assert!(Seeds::<Test>::get(SEED_BLOCK).unwrap().outputs.is_some());
		assert!(batch(JOB, 0).audit.unwrap().seed.is_some());
		for (index, work) in [first, second].iter().enumerate() {
			audit_honestly(JOB, index as u32);
			assert_eq!(work.reveal(&worker()), Ok(Pays::No));
		}
		assert_eq!(Seeds::<Test>::get(SEED_BLOCK).unwrap().users, 1);
		run_to(SEED_BLOCK + AUDIT_WINDOW + 1);
		assert_eq!(Seeds::<Test>::iter().count(), 0);
		assert!(batch(JOB, 0).audit.unwrap().seed.is_some(), "what was revealed remembers its own");
	});
}
