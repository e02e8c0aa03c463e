//! What to do next about a batch: one pure function of what the journal and the chain say.

use crate::journal::{Entry, Progress};
use assay_primitives::{
	view::{AuditView, BatchStage, BatchView},
	AccountId, BlockNumber, SignedReceipt, TaskIndex,
};

/// Blocks a worker leaves the chain to move a batch on by itself, before it pays for doing so.
pub const PATIENCE: BlockNumber = 3;

/// What to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
	/// Run the tasks that have no result yet, seal the results and sign the receipt.
	Run,
	/// Put the sealed results onto the network and the receipt onto the chain.
	HandIn(SignedReceipt),
	/// Reveal the key, and open these tasks.
	Reveal(SignedReceipt, Vec<TaskIndex>),
	/// Open these tasks: the audit ran out, and what reports there are want to be answered.
	Answer(Vec<TaskIndex>),
	/// Put the result of this task onto the chain: somebody demands it.
	Show(SignedReceipt, TaskIndex),
	/// Put the sealed results onto the network again: the requester cannot get them, and validators look for them.
	Serve(SignedReceipt),
	/// Move the batch on: its audits did not come in time.
	Expire,
	/// Take the pay.
	Settle,
	/// Nothing, until the chain gets on.
	Wait(Awaiting),
	/// Paid. The batch can be forgotten.
	Done,
	/// The batch is lost and can be forgotten.
	Forget(Loss),
}

/// What a batch waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Awaiting {
	/// Auditors' reports.
	Audits,
	/// The first block in which the worker can reveal.
	RevealWindow,
	/// The validators' verdict on a contested task.
	Verdict,
	/// The end of the challenge window.
	Settlement,
	/// Somebody to move on a batch of which nothing more can be made.
	Expiry,
}

impl std::fmt::Display for Awaiting {
	fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
		f.write_str(match self {
			Self::Audits => "the auditors",
			Self::RevealWindow => "the first block to reveal in",
			Self::Verdict => "the validators' verdict",
			Self::Settlement => "the end of the challenge window",
			Self::Expiry => "the chain to take it back",
		})
	}
}

/// How a batch was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
	/// Its receipt was not accepted before the deadline.
	Late,
	/// It was taken back while it was audited or waited for its reveal.
	TakenBack,
	/// It was taken back after the reveal.
	Contradicted,
	/// The claim was reverted by a fork, or the chain is not the one it was made on.
	Reverted,
	/// A receipt of this account is on the chain for it that this worker did not sign and cannot reveal.
	ForeignReceipt,
	/// The job or the batch is gone from the chain.
	Unknown,
	/// The job is another one than the one claimed: the chain was started anew.
	OtherJob,
}

impl std::fmt::Display for Loss {
	fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
		f.write_str(match self {
			Self::Late => "the receipt was not accepted in time",
			Self::TakenBack => {
				"the chain took it back before the reveal (too few audits, a conviction, or no reveal in time)"
			},
			Self::Contradicted => "the chain took it back after the reveal",
			Self::Reverted => "the claim was reverted",
			Self::ForeignReceipt => {
				"this account handed in a receipt made elsewhere, which cannot be revealed here"
			},
			Self::Unknown => "the chain does not know it (any more)",
			Self::OtherJob => "the chain has another job under this number",
		})
	}
}

/// What to do next about `entry`, whose batch looks like `view` in the best block, number `best`.
pub fn next_step(entry: &Entry, view: &BatchView, me: &AccountId, best: BlockNumber) -> Step {
	if view.stage == BatchStage::Pruned {
		return Step::Forget(Loss::Unknown);
	}
	if view.attempt < entry.attempt {
		return Step::Forget(Loss::Reverted);
	}
	let is_mine = view.attempt == entry.attempt && view.worker.as_ref() == Some(me);
	match view.stage {
		BatchStage::Claimed if is_mine => match entry.progress.receipt() {
			None => Step::Run,
			Some(receipt) => Step::HandIn(*receipt),
		},
		BatchStage::Committed if is_mine => committed(entry, view, best),
		BatchStage::Disputed if is_mine => disputed(entry, view, best),
		BatchStage::Demanded if is_mine => demanded(entry, view, best),
		BatchStage::Revealed if is_mine => match view.deadline {
			Some(deadline) if is_overdue(deadline, best) => Step::Settle,
			_ => Step::Wait(Awaiting::Settlement),
		},
		BatchStage::Settled if is_mine => Step::Done,
		_ => Step::Forget(loss(entry, view)),
	}
}

fn committed(entry: &Entry, view: &BatchView, best: BlockNumber) -> Step {
	let Some(on_chain) = &view.receipt else { return Step::Wait(Awaiting::Audits) };
	let Some(receipt) = entry.progress.receipt() else {
		// The journal was lost, the secret was not: the same work gives the same receipt.
		let is_own_key = on_chain.key_commitment == entry.key_commitment;
		return if is_own_key { Step::Run } else { Step::Forget(Loss::ForeignReceipt) };
	};
	if receipt.receipt.hash() != on_chain.hash {
		return Step::Forget(Loss::ForeignReceipt);
	}
	match &view.audit {
		Some(audit) if audit.is_complete() => match acting(audit, view, best) {
			Some(awaiting) => Step::Wait(awaiting),
			None if audit.audited == Some(false) => Step::Reveal(*receipt, Vec::new()),
			None => Step::Reveal(*receipt, audit.samples()),
		},
		Some(audit) if !audit.samples().is_empty() => match acting(audit, view, best) {
			Some(Awaiting::RevealWindow) => Step::Wait(Awaiting::Audits),
			Some(awaiting) => Step::Wait(awaiting),
			None => Step::Answer(audit.samples()),
		},
		_ if view.deadline.is_some_and(|deadline| is_overdue(deadline, best)) => Step::Expire,
		_ => Step::Wait(Awaiting::Audits),
	}
}

/// What the worker waits for before it can open tasks. `None`: it is its turn.
fn acting(audit: &AuditView, view: &BatchView, best: BlockNumber) -> Option<Awaiting> {
	if best.saturating_add(1) < audit.revealable_at {
		return Some(Awaiting::RevealWindow);
	}
	view.deadline.is_some_and(|deadline| best >= deadline).then_some(Awaiting::Expiry)
}

fn disputed(entry: &Entry, view: &BatchView, best: BlockNumber) -> Step {
	let is_asked = view.dispute.as_ref().is_some_and(|dispute| dispute.demanded_by.is_some());
	let is_over = view.deadline.is_some_and(|deadline| best >= deadline);
	if !is_asked || is_over {
		return Step::Wait(Awaiting::Verdict);
	}
	// Without the journal the same work gives the same results.
	entry.progress.receipt().map_or(Step::Run, |receipt| Step::Serve(*receipt))
}

fn demanded(entry: &Entry, view: &BatchView, best: BlockNumber) -> Step {
	let is_over = view.deadline.is_some_and(|deadline| best >= deadline);
	match (entry.progress.receipt(), &view.demand) {
		(Some(receipt), Some(demand)) if !is_over => Step::Show(*receipt, demand.task),
		// Without the journal the same work gives the same results.
		(None, _) if !is_over => Step::Run,
		_ => Step::Wait(Awaiting::Expiry),
	}
}

fn is_overdue(deadline: BlockNumber, best: BlockNumber) -> bool {
	best >= deadline.saturating_add(PATIENCE)
}

fn loss(entry: &Entry, view: &BatchView) -> Loss {
	let was_handed_out_again = view.attempt > entry.attempt;
	match entry.progress {
		// At the same attempt, a batch only becomes available or another worker's when the claim itself is undone.
		_ if !was_handed_out_again && view.stage != BatchStage::Refunded => Loss::Reverted,
		Progress::Claimed | Progress::Signed(_) => Loss::Late,
		Progress::Accepted(_) => Loss::TakenBack,
		Progress::Revealed(_) => Loss::Contradicted,
	}
}

#[cfg(test)]
mod tests;
