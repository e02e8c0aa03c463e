//! One attempt at a batch, from the claim to the last payment.

use crate::{audit, settlement, Auditor, Setting, Worker};
use assay_primitives::{audit as draw, AuditPolicy, Balance, Hash};
use rand::RngCore;

/// How an attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
	/// There was no receipt in time: a small penalty, and the next worker.
	Missed,
	/// Too few auditors reported, or, without votes, one contradicted: the next worker.
	TakenBack,
	/// The worker was convicted, or did not reveal.
	Slashed,
	/// The votes decided nothing: refunded.
	Void,
	/// The worker was paid.
	Paid,
}

/// Where money went. Units of money; the sum of all is 0.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ledger {
	/// The requester.
	pub requester: i128,
	/// The worker.
	pub worker: i128,
	/// The auditors, each at its position.
	pub auditors: Vec<i128>,
	/// Destroyed.
	pub burned: i128,
}

/// An attempt and what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
	/// How it ended.
	pub outcome: Outcome,
	/// Whether it was audited at all.
	pub audited: bool,
	/// Reports of auditors that had the sealed results and checked, or said so.
	pub checked: u32,
	/// Reports of auditors that said they could not fetch what they needed.
	pub unavailable: u32,
	/// Auditors that ran their samples, whether or not their report was taken.
	pub ran: u32,
	/// The block in which the audit was closed with enough reports, counted from the seed's.
	pub closed_at: Option<u32>,
	/// Whether a report of an honest auditor contradicts the worker.
	pub contradicted: bool,
	/// The money.
	pub ledger: Ledger,
	/// What the worker's computing cost.
	pub worker_cost: Balance,
	/// What the auditors' computing cost, each at its position.
	pub auditor_costs: Vec<Balance>,
}

impl Attempt {
	/// What the worker gained.
	pub fn worker_profit(&self) -> i128 {
		self.ledger.worker.saturating_sub(signed(self.worker_cost))
	}

	/// What the auditor at `position` gained.
	pub fn auditor_profit(&self, position: usize) -> i128 {
		let earned = self.ledger.auditors.get(position).copied().unwrap_or(0);
		earned.saturating_sub(signed(self.auditor_costs.get(position).copied().unwrap_or(0)))
	}
}

/// An amount as something that can be owed. Amounts of simulations are far below 2^127.
pub(crate) fn signed(amount: Balance) -> i128 {
	i128::try_from(amount).unwrap_or(i128::MAX)
}

/// Simulates one attempt at a batch by `worker`, audited by whom the draw picks of `auditors`.
pub fn run(setting: &Setting, worker: Worker, auditors: &[Auditor], random: &mut impl RngCore) -> Attempt {
	let mut receipt = Hash::default();
	random.fill_bytes(&mut receipt.0);
	let mut outputs = [[0; 32]; draw::SEED_BLOCKS as usize];
	for output in &mut outputs {
		random.fill_bytes(output);
	}
	let audited = (0..setting.last_draws).all(|_| {
		if let Some(last) = outputs.last_mut() {
			random.fill_bytes(last);
		}
		draw::is_audited(&setting.policy, &receipt, &outputs)
	});
	run_knowing(setting, worker, auditors, audited, random)
}

/// As [`run`], given whether the seed has the batch audited.
pub fn run_knowing(
	setting: &Setting,
	worker: Worker,
	auditors: &[Auditor],
	audited: bool,
	random: &mut impl RngCore,
) -> Attempt {
	let reports = audited || setting.rules.audits_availability;
	let samples = if audited { setting.policy.samples } else { 0 };
	let setting = &Setting { policy: AuditPolicy { samples, ..setting.policy }, ..*setting };
	let audit = if reports && worker != Worker::Offline {
		audit::run(setting, worker, auditors, random)
	} else {
		audit::Audit::default()
	};
	let is_complete = !reports || audit.closed_at.is_some();
	let (outcome, ledger) = settlement::settle(setting, worker, auditors, &audit, is_complete, random);

	let computing = |tasks: u32| setting.cost.saturating_mul(tasks.into());
	let samples = u32::from(setting.policy.samples).min(setting.tasks);
	let mut auditor_costs = vec![0; auditors.len()];
	for auditor in &audit.ran {
		if let Some(cost) = auditor_costs.get_mut(*auditor) {
			*cost = computing(samples);
		}
	}
	let wrong = worker.wrong(setting.tasks);
	let count = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
	Attempt {
		outcome,
		audited,
		checked: audit.sealed(),
		unavailable: audit.unavailable,
		ran: count(audit.ran.len()),
		closed_at: audit.closed_at,
		contradicted: audit.checked.iter().any(|report| {
			report.leaves == audit::Leaves::True && report.samples.iter().any(|task| *task < wrong)
		}),
		ledger,
		worker_cost: computing(worker.runs(setting.tasks)),
		auditor_costs,
	}
}
