use super::*;
use crate::testing;
use assay_primitives::{
	view::{DemandView, DisputeView, ReceiptView, ReportView},
	Hash,
};

const ME: AccountId = AccountId([1; 32]);
const OTHER: AccountId = AccountId([2; 32]);
const BEST: BlockNumber = 100;

const STAGES: [BatchStage; 8] = [
	BatchStage::Available,
	BatchStage::Claimed,
	BatchStage::Committed,
	BatchStage::Revealed,
	BatchStage::Disputed,
	BatchStage::Demanded,
	BatchStage::Settled,
	BatchStage::Refunded,
];

fn signed() -> SignedReceipt {
	testing::signed_receipt(ME)
}

fn every_progress() -> [Progress; 4] {
	[
		Progress::Claimed,
		Progress::Signed(signed()),
		Progress::Accepted(signed()),
		Progress::Revealed(signed()),
	]
}

fn entry(progress: Progress) -> Entry {
	Entry { attempt: 1, progress, ..testing::entry(3, 7) }
}

fn receipt_view() -> ReceiptView {
	let receipt = signed().receipt;
	ReceiptView {
		hash: receipt.hash(),
		block: 90,
		outputs_root: receipt.outputs_root,
		sealed: receipt.sealed,
		sealed_root: receipt.sealed_root,
		key_commitment: testing::entry(3, 7).key_commitment,
	}
}

fn report(checked: bool, samples: &[TaskIndex]) -> ReportView {
	ReportView { auditor: OTHER, block: 92, checked, samples: samples.to_vec() }
}

fn audit(audited: Option<bool>, reports: Vec<ReportView>) -> AuditView {
	AuditView { seed: audited.map(|_| Hash::of(b"seed")), audited, required: 2, revealable_at: BEST, reports }
}

fn view(stage: BatchStage) -> BatchView {
	let has_receipt = !matches!(
		stage,
		BatchStage::Available | BatchStage::Claimed | BatchStage::Refunded | BatchStage::Pruned
	);
	BatchView {
		job: 3,
		batch: 7,
		attempt: 1,
		first_task: 70,
		tasks: 10,
		stage,
		worker: (!matches!(stage, BatchStage::Available | BatchStage::Refunded)).then_some(ME),
		bond: 5,
		deadline: Some(BEST + 20),
		receipt: has_receipt.then(receipt_view),
		audit: (stage == BatchStage::Committed).then(|| audit(None, vec![])),
		key: None,
		dispute: (stage == BatchStage::Disputed).then(|| DisputeView {
			task: 71,
			leaf: Hash::of(b"leaf"),
			challenger: None,
			opened_at: BEST,
			validators: 4,
			votes: 1,
			demanded_by: None,
		}),
		demand: (stage == BatchStage::Demanded).then_some(DemandView { task: 72, by: OTHER }),
	}
}

fn complete() -> AuditView {
	audit(Some(true), vec![report(true, &[75, 71]), report(true, &[71, 79])])
}

fn step(progress: Progress, view: &BatchView) -> Step {
	next_step(&entry(progress), view, &ME, BEST)
}

#[test]
fn a_claimed_batch_is_run_then_handed_in() {
	let view = view(BatchStage::Claimed);
	assert_eq!(step(Progress::Claimed, &view), Step::Run);
	// Also when a fork took back what had come further.
	for progress in &every_progress()[1..] {
		assert_eq!(step(progress.clone(), &view), Step::HandIn(signed()));
	}
}

#[test]
fn a_passed_deadline_does_not_stop_a_claim_that_still_stands() {
	let late = BatchView { deadline: Some(BEST - 50), ..view(BatchStage::Claimed) };
	assert_eq!(step(Progress::Claimed, &late), Step::Run);
	assert_eq!(step(Progress::Signed(signed()), &late), Step::HandIn(signed()));
}

#[test]
fn a_committed_batch_waits_for_its_audits() {
	let incomplete = [
		None,
		Some(audit(None, vec![])),
		Some(audit(Some(true), vec![])),
		Some(audit(Some(true), vec![report(true, &[70])])),
		Some(audit(Some(true), vec![report(true, &[70]), report(false, &[71])])),
	];
	for audit in incomplete {
		// It can still become complete.
		let audit = audit.map(|audit| AuditView { revealable_at: BEST + 2, ..audit });
		let view = BatchView { audit, ..view(BatchStage::Committed) };
		for progress in &every_progress()[1..] {
			assert_eq!(step(progress.clone(), &view), Step::Wait(Awaiting::Audits));
		}
	}
	let missing = BatchView { receipt: None, ..view(BatchStage::Committed) };
	for progress in every_progress() {
		assert_eq!(step(progress, &missing), Step::Wait(Awaiting::Audits));
	}
}

#[test]
fn audits_that_never_come_are_given_up() {
	let deadline = |deadline| BatchView { deadline, ..view(BatchStage::Committed) };
	let progress = Progress::Accepted(signed());
	assert_eq!(step(progress.clone(), &deadline(Some(BEST - PATIENCE))), Step::Expire);
	assert_eq!(step(progress.clone(), &deadline(Some(BEST - PATIENCE + 1))), Step::Wait(Awaiting::Audits));
	assert_eq!(step(progress, &deadline(None)), Step::Wait(Awaiting::Audits));
}

#[test]
fn the_reports_of_an_audit_that_ran_out_are_answered() {
	let reports = || vec![report(true, &[75, 71]), report(false, &[])];
	let at = |revealable_at, deadline| BatchView {
		audit: Some(AuditView { revealable_at, ..audit(Some(true), reports()) }),
		deadline,
		..view(BatchStage::Committed)
	};
	let step = |view| step(Progress::Accepted(signed()), &view);
	assert_eq!(step(at(BEST + 2, None)), Step::Wait(Awaiting::Audits));
	assert_eq!(step(at(BEST + 1, Some(BEST + 1))), Step::Answer(vec![71, 75]));
	// Those that had no sealed results want their answer, too.
	let unsealed = BatchView {
		audit: Some(AuditView { revealable_at: BEST, ..audit(Some(true), vec![report(false, &[75])]) }),
		..at(BEST, Some(BEST + 1))
	};
	assert_eq!(step(unsealed), Step::Answer(vec![75]));
	// It is too late, and moving the batch on would be its own slash.
	for deadline in [BEST, BEST - PATIENCE, 0] {
		assert_eq!(step(at(0, Some(deadline))), Step::Wait(Awaiting::Expiry));
	}
}

#[test]
fn a_contested_batch_waits_for_the_verdict() {
	for progress in every_progress() {
		for deadline in [None, Some(0), Some(BEST + 5)] {
			let view = BatchView { deadline, ..view(BatchStage::Disputed) };
			assert_eq!(step(progress.clone(), &view), Step::Wait(Awaiting::Verdict));
		}
	}
}

#[test]
fn what_is_asked_for_is_put_onto_the_network_again_while_there_is_time() {
	let at = |deadline| {
		let mut view = BatchView { deadline, ..view(BatchStage::Disputed) };
		if let Some(dispute) = &mut view.dispute {
			dispute.demanded_by = Some(OTHER);
		}
		view
	};
	for progress in &every_progress()[1..] {
		assert_eq!(step(progress.clone(), &at(Some(BEST + 1))), Step::Serve(signed()));
		assert_eq!(step(progress.clone(), &at(Some(BEST))), Step::Wait(Awaiting::Verdict));
	}
	assert_eq!(step(Progress::Claimed, &at(Some(BEST + 1))), Step::Run);
}

#[test]
fn what_is_demanded_is_shown_while_there_is_time() {
	let at = |deadline| BatchView { deadline, ..view(BatchStage::Demanded) };
	for progress in &every_progress()[1..] {
		assert_eq!(step(progress.clone(), &at(Some(BEST + 1))), Step::Show(signed(), 72));
		assert_eq!(step(progress.clone(), &at(Some(BEST))), Step::Wait(Awaiting::Expiry));
	}
	assert_eq!(step(Progress::Claimed, &at(Some(BEST + 1))), Step::Run);
}

#[test]
fn a_complete_audit_is_answered_with_every_sample_once() {
	let view = BatchView { audit: Some(complete()), ..view(BatchStage::Committed) };
	for progress in &every_progress()[1..] {
		assert_eq!(step(progress.clone(), &view), Step::Reveal(signed(), vec![71, 75, 79]));
	}
}

#[test]
fn a_batch_that_is_not_audited_is_revealed_without_openings() {
	let view = BatchView { audit: Some(audit(Some(false), vec![])), ..view(BatchStage::Committed) };
	assert_eq!(step(Progress::Accepted(signed()), &view), Step::Reveal(signed(), vec![]));
}

#[test]
fn the_reveal_is_neither_early_nor_late() {
	let at = |revealable_at, deadline| BatchView {
		audit: Some(AuditView { revealable_at, ..complete() }),
		deadline,
		..view(BatchStage::Committed)
	};
	let step = |view| step(Progress::Accepted(signed()), &view);
	let reveal = Step::Reveal(signed(), vec![71, 75, 79]);
	assert_eq!(step(at(BEST + 2, None)), Step::Wait(Awaiting::RevealWindow));
	assert_eq!(step(at(BEST + 1, None)), reveal);
	assert_eq!(step(at(0, Some(BEST + 1))), reveal);
	// A complete audit is never expired by the worker itself: that would be its own slash.
	for deadline in [BEST, BEST - 1, BEST - PATIENCE, 0] {
		assert_eq!(step(at(0, Some(deadline))), Step::Wait(Awaiting::Expiry));
	}
}

#[test]
fn a_lost_journal_is_made_up_for_by_doing_the_work_again() {
	for audit in [None, Some(complete())] {
		let own = BatchView { audit, ..view(BatchStage::Committed) };
		assert_eq!(step(Progress::Claimed, &own), Step::Run);
		let receipt = Some(ReceiptView { key_commitment: Hash::of(b"other secret"), ..receipt_view() });
		let foreign = BatchView { receipt, ..own };
		assert_eq!(step(Progress::Claimed, &foreign), Step::Forget(Loss::ForeignReceipt));
	}
}

#[test]
fn another_receipt_than_the_own_is_never_answered_for() {
	let receipt = Some(ReceiptView { hash: Hash::of(b"other"), ..receipt_view() });
	let view = BatchView { receipt, audit: Some(complete()), ..view(BatchStage::Committed) };
	for progress in &every_progress()[1..] {
		assert_eq!(step(progress.clone(), &view), Step::Forget(Loss::ForeignReceipt));
	}
}

#[test]
fn a_revealed_batch_is_settled_when_the_chain_does_not() {
	let deadline = |deadline| BatchView { deadline, ..view(BatchStage::Revealed) };
	for progress in every_progress() {
		assert_eq!(step(progress.clone(), &deadline(None)), Step::Wait(Awaiting::Settlement));
		assert_eq!(step(progress.clone(), &deadline(Some(BEST))), Step::Wait(Awaiting::Settlement));
		assert_eq!(
			step(progress.clone(), &deadline(Some(BEST - PATIENCE + 1))),
			Step::Wait(Awaiting::Settlement)
		);
		assert_eq!(step(progress, &deadline(Some(BEST - PATIENCE))), Step::Settle);
	}
}

#[test]
fn a_settled_batch_is_done() {
	for progress in every_progress() {
		assert_eq!(step(progress, &view(BatchStage::Settled)), Step::Done);
	}
}

#[test]
fn a_batch_of_somebody_else_is_forgotten_whatever_stage_it_is_in() {
	for stage in STAGES {
		for progress in every_progress() {
			let later = BatchView { attempt: 2, worker: Some(OTHER), ..view(stage) };
			let expected = match progress {
				Progress::Claimed | Progress::Signed(_) => Loss::Late,
				Progress::Accepted(_) => Loss::TakenBack,
				Progress::Revealed(_) => Loss::Contradicted,
			};
			assert_eq!(step(progress.clone(), &later), Step::Forget(expected), "{stage:?}");
			// Even if it is this worker that has it again: that is another entry.
			let again = BatchView { worker: Some(ME), ..later };
			assert_eq!(step(progress.clone(), &again), Step::Forget(expected), "{stage:?}");

			let earlier = BatchView { attempt: 0, worker: Some(ME), ..view(stage) };
			assert_eq!(step(progress.clone(), &earlier), Step::Forget(Loss::Reverted), "{stage:?}");
			if stage != BatchStage::Refunded {
				let stolen = BatchView { worker: Some(OTHER), ..view(stage) };
				assert_eq!(step(progress, &stolen), Step::Forget(Loss::Reverted), "{stage:?}");
			}
		}
	}
}

#[test]
fn a_claim_that_vanished_was_reverted_and_a_refund_was_not() {
	let available = BatchView { worker: None, ..view(BatchStage::Available) };
	let refunded = BatchView { worker: None, ..view(BatchStage::Refunded) };
	for progress in every_progress() {
		assert_eq!(step(progress, &available), Step::Forget(Loss::Reverted));
	}
	assert_eq!(step(Progress::Claimed, &refunded), Step::Forget(Loss::Late));
	assert_eq!(step(Progress::Accepted(signed()), &refunded), Step::Forget(Loss::TakenBack));
	assert_eq!(step(Progress::Revealed(signed()), &refunded), Step::Forget(Loss::Contradicted));
}

#[test]
fn of_a_batch_the_chain_has_forgotten_nobody_knows_how_it_ended() {
	for attempt in 0..3 {
		let pruned = BatchView { attempt, worker: None, ..view(BatchStage::Pruned) };
		for progress in every_progress() {
			assert_eq!(step(progress, &pruned), Step::Forget(Loss::Unknown));
		}
	}
}

/// Every combination there is: the one thing that must never happen is acting for a batch that is not one's own.
#[test]
fn nothing_is_ever_sent_for_a_batch_of_somebody_else() {
	let audits = [None, Some(audit(None, vec![])), Some(audit(Some(false), vec![])), Some(complete())];
	for stage in STAGES {
		for attempt in 0..3 {
			for worker in [None, Some(ME), Some(OTHER)] {
				for audit in &audits {
					for deadline in [None, Some(0), Some(BEST), Some(BEST * 2)] {
						for progress in every_progress() {
							let audit = audit.clone();
							let view = BatchView { attempt, worker, audit, deadline, ..view(stage) };
							let is_mine = attempt == 1 && worker == Some(ME);
							let step = step(progress.clone(), &view);
							let is_quiet = matches!(step, Step::Forget(_));
							let is_alive =
								!matches!(stage, BatchStage::Available | BatchStage::Refunded) && is_mine;
							assert_eq!(is_quiet, !is_alive, "{step:?} for {view:?} at {progress:?}");
						}
					}
				}
			}
		}
	}
}
