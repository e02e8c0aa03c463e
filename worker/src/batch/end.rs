//! The end of a batch, from when it is first seen until no fork can revert it.

use crate::{
	context::{Heads, Ledger},
	journal::BatchId,
	step::Loss,
};
use assay_primitives::BlockNumber;

/// Blocks after which an end is taken for final even if the chain's finality does not get there.
pub(super) const FINAL_ANYWAY: BlockNumber = 64;
/// Blocks for which nothing is claimed of a job that took a batch back, so that others get it.
const AVOID_AFTER_LOSS: BlockNumber = 8;
/// The most a job is avoided that batches were late for again and again: its tasks may take as long as they do on purpose.
const MAX_AVOID_AFTER_LATE: BlockNumber = 1 << 16;
/// The same for a job whose batch was contradicted.
const AVOID_AFTER_DISPUTE: BlockNumber = 100;

/// Whether a batch has ended, as far as the best block says.
#[derive(Debug, Default)]
pub(super) struct End {
	/// The block in which that was first seen.
	seen_at: Option<BlockNumber>,
	/// Whether validators are asked about a task of it.
	is_contradicted: bool,
}

impl End {
	/// The batch is paid or lost. Returns whether that is final.
	///
	/// A lost batch can be claimed again in the very next block, so its job is avoided from now on and not only once
	/// the loss is final.
	pub(super) fn see(&mut self, ledger: &Ledger, id: &BatchId, loss: Option<Loss>, now: Heads) -> bool {
		ledger.close(id);
		let late = match loss {
			Some(Loss::Late) if self.seen_at.is_none() => ledger.note_late(id.job),
			_ => 0,
		};
		if let Some(pause) = loss.and_then(|loss| pause(self.explain(loss))) {
			let pause = pause.saturating_mul(1u32.checked_shl(late).unwrap_or(u32::MAX));
			ledger.refuse(id.job, now.best.saturating_add(pause.min(MAX_AVOID_AFTER_LATE)));
		}
		let seen = *self.seen_at.get_or_insert(now.best);
		now.finalized >= seen || now.best >= seen.saturating_add(FINAL_ANYWAY)
	}

	/// A task of the batch is contested. Should it be lost over that, this worker must not be the first to claim it
	/// again; and as long as nobody knows who is right, it takes nothing more of this job.
	pub(super) fn contradict(&mut self, ledger: &Ledger, id: &BatchId, now: Heads) {
		self.is_contradicted = true;
		ledger.refuse(id.job, now.best.saturating_add(AVOID_AFTER_DISPUTE));
	}

	/// How the batch was lost. The chain alone does not tell a convicted batch from one that was taken back.
	pub(super) fn explain(&self, loss: Loss) -> Loss {
		match loss {
			Loss::TakenBack if self.is_contradicted => Loss::Contradicted,
			_ => loss,
		}
	}

	/// The batch goes on: it never ended, or the block that said so was reverted.
	pub(super) fn revoke(&mut self) {
		*self = Self::default();
	}
}

/// For how many blocks to avoid a job that a batch was lost of. `None` if it is not the batch's fault or the worker's.
fn pause(loss: Loss) -> Option<BlockNumber> {
	match loss {
		Loss::Contradicted | Loss::ForeignReceipt => Some(AVOID_AFTER_DISPUTE),
		Loss::TakenBack | Loss::Late => Some(AVOID_AFTER_LOSS),
		Loss::Reverted | Loss::Unknown | Loss::OtherJob => None,
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	const BATCH: BatchId = BatchId { job: 1, batch: 2, attempt: 0 };

	fn heads(best: BlockNumber, finalized: BlockNumber) -> Heads {
		Heads { best, finalized }
	}

	#[test]
	fn a_job_is_avoided_as_soon_as_a_batch_of_it_is_lost() {
		let (ledger, mut end) = (Ledger::default(), End::default());
		ledger.set_open(BATCH, 5);
		assert!(!end.see(&ledger, &BATCH, Some(Loss::TakenBack), heads(50, 47)), "a fork could revert it");
		assert!(ledger.is_refused(1, 50) && ledger.is_refused(1, 50 + AVOID_AFTER_LOSS - 1));
		assert!(!ledger.is_refused(2, 50), "other jobs go on");
		assert_eq!(ledger.backlog(), (0, 0), "it is no work any more");
		assert!(end.see(&ledger, &BATCH, Some(Loss::TakenBack), heads(53, 50)));
		assert!(!ledger.is_refused(1, 53 + AVOID_AFTER_LOSS), "others had their chance");
	}

	#[test]
	fn how_long_a_job_is_avoided_depends_on_how_the_batch_was_lost() {
		let avoided_until = |loss| {
			let ledger = Ledger::default();
			End::default().see(&ledger, &BATCH, loss, heads(50, 47));
			(50..).find(|block| !ledger.is_refused(1, *block))
		};
		for loss in [Loss::Contradicted, Loss::ForeignReceipt] {
			assert_eq!(avoided_until(Some(loss)), Some(50 + AVOID_AFTER_DISPUTE));
		}
		for loss in [Loss::TakenBack, Loss::Late] {
			assert_eq!(avoided_until(Some(loss)), Some(50 + AVOID_AFTER_LOSS));
		}
		for no_blame in [None, Some(Loss::Reverted), Some(Loss::Unknown), Some(Loss::OtherJob)] {
			assert_eq!(avoided_until(no_blame), Some(50));
		}
	}

	#[test]
	fn a_job_that_makes_every_batch_late_is_avoided_longer_each_time() {
		let ledger = Ledger::default();
		let mut now = 50;
		for times in 0..20u32 {
			let mut end = End::default();
			end.see(&ledger, &BATCH, Some(Loss::Late), heads(now, now));
			let until = (now..).find(|block| !ledger.is_refused(1, *block)).unwrap();
			let expected = AVOID_AFTER_LOSS.checked_shl(times).unwrap_or(u32::MAX).min(MAX_AVOID_AFTER_LATE);
			assert_eq!(until - now, expected, "late for the {times}. time");
			// Seeing the same loss again is no other loss.
			end.see(&ledger, &BATCH, Some(Loss::Late), heads(now, now));
			now = until;
		}
		assert!(!ledger.is_refused(2, 50), "other jobs go on");
	}

	#[test]
	fn a_contradiction_is_remembered_until_the_batch_is_seen_lost() {
		let (ledger, mut end) = (Ledger::default(), End::default());
		assert_eq!(end.explain(Loss::TakenBack), Loss::TakenBack);
		end.contradict(&ledger, &BATCH, heads(50, 47));
		assert!(ledger.is_refused(1, 50 + AVOID_AFTER_DISPUTE - 1), "from now on, and for long");
		assert_eq!(end.explain(Loss::TakenBack), Loss::Contradicted);
		end.revoke();
		assert_eq!(end.explain(Loss::TakenBack), Loss::TakenBack, "the reveal was reverted");
		end.contradict(&ledger, &BATCH, heads(50, 47));
		for other in [Loss::Reverted, Loss::Unknown, Loss::OtherJob, Loss::Late] {
			assert_eq!(end.explain(other), other);
		}
		end.see(&ledger, &BATCH, Some(Loss::TakenBack), heads(51, 48));
		assert!(ledger.is_refused(1, 51 + AVOID_AFTER_DISPUTE - 1));
	}

	#[test]
	fn a_job_that_was_given_up_for_good_stays_so() {
		let (ledger, mut end) = (Ledger::default(), End::default());
		ledger.refuse(1, BlockNumber::MAX);
		end.see(&ledger, &BATCH, Some(Loss::Late), heads(50, 47));
		assert!(ledger.is_refused(1, 1_000_000));
	}

	#[test]
	fn an_end_is_final_when_its_first_block_is_or_after_a_long_time() {
		let (ledger, mut end) = (Ledger::default(), End::default());
		let see = |end: &mut End, best, finalized| end.see(&ledger, &BATCH, None, heads(best, finalized));
		assert!(!see(&mut end, 50, 47));
		assert!(!see(&mut end, 52, 49));
		end.revoke();
		assert!(!see(&mut end, 53, 50), "what is final is a block in which it had not ended");
		assert!(see(&mut end, 55, 53));
		let mut stalled = End::default();
		assert!(!see(&mut stalled, 60, 50));
		assert!(!see(&mut stalled, 60 + FINAL_ANYWAY - 1, 50));
		assert!(see(&mut stalled, 60 + FINAL_ANYWAY, 50));
	}
}
