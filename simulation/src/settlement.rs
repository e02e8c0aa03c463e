//! From the reports to the last payment: reveal, votes, slashes, pay.

use crate::{
	audit::{Audit, Checked, Leaves},
	batch::signed,
	Auditor, Ledger, Outcome, Setting, Worker,
};
use assay_primitives::{money, Balance};
use rand::{seq::index, RngCore};
use std::collections::BTreeSet;

/// An attempt whose money is being moved.
struct Settlement<'a> {
	setting: &'a Setting,
	auditors: &'a [Auditor],
	/// Tasks below this one have wrong leaves.
	wrong: u32,
	ledger: Ledger,
}

/// What the votes on some tasks decided.
enum Verdict {
	/// The worker's leaf of at least one of them is wrong.
	WorkerIsWrong,
	/// The worker's leaves are right.
	WorkerIsRight,
	/// Less than two thirds agreed.
	None,
}

/// Moves the money of an attempt whose audit is over, and says how it ended.
pub(crate) fn settle(
	setting: &Setting,
	worker: Worker,
	auditors: &[Auditor],
	audit: &Audit,
	is_complete: bool,
	random: &mut impl RngCore,
) -> (Outcome, Ledger) {
	let ledger = Ledger { auditors: vec![0; auditors.len()], ..Ledger::default() };
	let mut settlement = Settlement { setting, auditors, wrong: worker.wrong(setting.tasks), ledger };
	let outcome = settlement.outcome(worker, audit, is_complete, random);
	(outcome, settlement.ledger)
}

impl Settlement<'_> {
	fn outcome(
		&mut self,
		worker: Worker,
		audit: &Audit,
		is_complete: bool,
		random: &mut impl RngCore,
	) -> Outcome {
		if worker == Worker::Offline {
			return self.penalise();
		}
		let disputed = self.contradictions(&audit.checked);
		if !is_complete {
			let opens = self.setting.rules.opens_at_expiry && !audit.checked.is_empty();
			return match (opens, worker) {
				(false, _) => Outcome::TakenBack,
				(true, Worker::Silent) => self.slash(&[]),
				(true, _) if disputed.is_empty() => Outcome::TakenBack,
				(true, _) => self.dispute(&disputed, &audit.checked).unwrap_or(Outcome::TakenBack),
			};
		}
		if worker == Worker::Silent {
			return self.slash(&[]);
		}
		if !disputed.is_empty() {
			if !self.setting.rules.votes {
				return Outcome::TakenBack;
			}
			if let Some(end) = self.dispute(&disputed, &audit.checked) {
				return end;
			}
		}
		self.pay_auditors(&audit.checked, &disputed);
		self.challenge(&audit.checked, random).unwrap_or_else(|| self.pay_worker())
	}

	/// The tasks of which some report has another leaf than the worker.
	fn contradictions(&self, reports: &[Checked]) -> BTreeSet<u32> {
		let mut tasks = BTreeSet::new();
		for report in reports {
			tasks.extend(report.samples.iter().filter(|task| match report.leaves {
				Leaves::True => **task < self.wrong,
				Leaves::Workers => false,
				Leaves::MadeUp => true,
			}));
		}
		tasks
	}

	/// Has all validators vote on `tasks`. Slashes whoever is wrong, and says how the attempt ended if it did.
	fn dispute(&mut self, tasks: &BTreeSet<u32>, reports: &[Checked]) -> Option<Outcome> {
		let verdict = self.verdict(tasks);
		if matches!(verdict, Verdict::None) {
			return Some(Outcome::Void);
		}
		for report in reports {
			if self.is_wrong(report, tasks) {
				self.slash_auditor(report.auditor);
			}
		}
		match verdict {
			Verdict::WorkerIsWrong => {
				let right: Vec<_> = reports.iter().filter(|report| report.leaves == Leaves::True).collect();
				Some(self.slash(&right))
			},
			_ => None,
		}
	}

	fn verdict(&self, tasks: &BTreeSet<u32>) -> Verdict {
		let mut verdict = Verdict::WorkerIsRight;
		for task in tasks {
			let is_true = *task >= self.wrong;
			let votes = self.auditors.iter().filter(|auditor| auditor.votes_truth(is_true)).count();
			if votes.saturating_mul(3) <= self.auditors.len().saturating_mul(2) {
				return Verdict::None;
			}
			if !is_true {
				verdict = Verdict::WorkerIsWrong;
			}
		}
		verdict
	}

	/// Whether the report has a wrong leaf of one of `tasks`.
	fn is_wrong(&self, report: &Checked, tasks: &BTreeSet<u32>) -> bool {
		report.samples.iter().any(|task| {
			tasks.contains(task)
				&& match report.leaves {
					Leaves::True => false,
					Leaves::Workers => *task < self.wrong,
					Leaves::MadeUp => true,
				}
		})
	}

	/// The requester runs some tasks again and challenges a wrong one.
	fn challenge(&mut self, reports: &[Checked], random: &mut impl RngCore) -> Option<Outcome> {
		let (tasks, watched) = (self.setting.tasks, self.setting.watched.min(self.setting.tasks));
		let index = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
		let found: BTreeSet<u32> = index::sample(random, index(tasks), index(watched))
			.into_iter()
			.filter_map(|task| u32::try_from(task).ok())
			.filter(|task| *task < self.wrong)
			.collect();
		if found.is_empty() || !self.setting.rules.votes {
			return None;
		}
		self.dispute(&found, reports)
	}

	fn pay_worker(&mut self) -> Outcome {
		let pay = signed(self.setting.pay());
		self.ledger.worker += pay;
		self.ledger.requester -= pay;
		Outcome::Paid
	}

	/// Pays those whose reports were right equal shares of the reserve. What does not divide stays where it is.
	fn pay_auditors(&mut self, reports: &[Checked], disputed: &BTreeSet<u32>) {
		let right: Vec<_> =
			reports.iter().filter(|report| !self.is_wrong(report, disputed)).map(|r| r.auditor).collect();
		let count = Balance::try_from(right.len()).unwrap_or(Balance::MAX);
		let share = signed(self.setting.reserve().checked_div(count).unwrap_or(0));
		for auditor in right {
			self.credit(auditor, share);
			self.ledger.requester -= share;
		}
	}

	fn penalise(&mut self) -> Outcome {
		let scaled = self.setting.bond().saturating_mul(self.setting.claim_penalty.into());
		let penalty = signed(scaled.div_ceil(1_000_000));
		self.ledger.worker -= penalty;
		self.ledger.burned += penalty;
		Outcome::Missed
	}

	/// Takes the worker's bond. `reporters` get their fees out of what is not burned, the requester the rest.
	fn slash(&mut self, reporters: &[&Checked]) -> Outcome {
		let split = money::split_slash(self.setting.bond(), 0);
		let count = Balance::try_from(reporters.len()).unwrap_or(Balance::MAX);
		let fees = Balance::from(self.setting.rules.reporter_fees);
		let fee = self.setting.reserve().checked_div(count).unwrap_or(0).saturating_mul(fees);
		let fee = fee.min(split.compensation.checked_div(count).unwrap_or(0));
		self.ledger.worker -= signed(self.setting.bond());
		self.ledger.burned += signed(split.burned);
		self.ledger.requester += signed(split.compensation.saturating_sub(fee.saturating_mul(count)));
		for report in reporters {
			self.credit(report.auditor, signed(fee));
		}
		Outcome::Slashed
	}

	fn slash_auditor(&mut self, auditor: usize) {
		let stake = signed(self.setting.auditor_stake);
		self.credit(auditor, stake.saturating_neg());
		self.ledger.burned += stake;
	}

	fn credit(&mut self, auditor: usize, amount: i128) {
		if let Some(account) = self.ledger.auditors.get_mut(auditor) {
			*account += amount;
		}
	}
}
