//! From the reports to the last payment: reveal, votes, slashes, pay.

use crate::{
	audit::{Audit, Checked, Leaves},
	batch::signed,
	Auditor, Ledger, Outcome, Setting, Worker,
};
use assay_primitives::{money, Balance};
use rand::{seq::index, RngCore};

/// An attempt whose money is being moved.
struct Settlement<'a> {
	setting: &'a Setting,
	auditors: &'a [Auditor],
	/// Tasks below this one have wrong leaves.
	wrong: u32,
	ledger: Ledger,
}

/// What of a slash goes to auditors: at most that many times what auditing the batch costs, and at most that part of it.
const REWARD_CAP: Balance = 2;
const REWARD_PART: Balance = 4;

/// Whether the report has a wrong leaf of `task`. Tasks below `wrong` are those that the worker made up.
fn is_wrong(report: &Checked, task: u32, wrong: u32) -> bool {
	let is_wrong = match report.leaves {
		Leaves::True => false,
		Leaves::Workers => task < wrong,
		Leaves::MadeUp => true,
	};
	is_wrong && report.samples.contains(&task)
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
		let mut reports = audit.checked.clone();
		if !is_complete && (!self.setting.rules.opens_at_expiry || reports.is_empty()) {
			return Outcome::TakenBack;
		}
		if worker == Worker::Silent {
			return self.slash(&reports, None);
		}
		// A verdict for the worker strikes all reports that contradict it on the task, so each is voted on once.
		while let Some(task) = self.contradiction(&reports) {
			if !self.setting.rules.votes {
				return Outcome::TakenBack;
			}
			if let Some(end) = self.vote(task, &mut reports) {
				return end;
			}
		}
		if !is_complete {
			return Outcome::TakenBack;
		}
		// Reports are paid for with the batch, so that watchers have their say before.
		if let Some(end) = self.challenge(&mut reports, random) {
			return end;
		}
		self.pay_auditors(&reports);
		self.pay_worker()
	}

	/// The first task of which some report has another leaf than the worker.
	fn contradiction(&self, reports: &[Checked]) -> Option<u32> {
		let contradicts = |report: &Checked, task: u32| match report.leaves {
			Leaves::True => task < self.wrong,
			Leaves::Workers => false,
			Leaves::MadeUp => true,
		};
		let tasks = reports
			.iter()
			.flat_map(|report| report.samples.iter().copied().filter(move |task| contradicts(report, *task)));
		tasks.min()
	}

	/// Has all validators vote on `task`. Slashes auditors whose leaf of it is wrong and strikes their reports; says how
	/// the attempt ended if it did.
	fn vote(&mut self, task: u32, reports: &mut Vec<Checked>) -> Option<Outcome> {
		let is_true = task >= self.wrong;
		let votes = self.auditors.iter().filter(|auditor| auditor.votes_truth(is_true)).count();
		if votes.saturating_mul(3) <= self.auditors.len().saturating_mul(2) {
			return Some(Outcome::Void);
		}
		let wrong = self.wrong;
		let (convicted, right): (Vec<_>, _) =
			reports.drain(..).partition(|report| is_wrong(report, task, wrong));
		*reports = right;
		for report in convicted {
			self.slash_auditor(report.auditor, is_true);
		}
		(!is_true).then(|| self.slash(reports, Some(task)))
	}

	/// The requester runs some tasks again and challenges a wrong one.
	fn challenge(&mut self, reports: &mut Vec<Checked>, random: &mut impl RngCore) -> Option<Outcome> {
		let (tasks, watched) = (self.setting.tasks, self.setting.watched.min(self.setting.tasks));
		let index = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
		let found = index::sample(random, index(tasks), index(watched))
			.into_iter()
			.filter_map(|task| u32::try_from(task).ok())
			.find(|task| *task < self.wrong)?;
		self.setting.rules.votes.then(|| self.vote(found, reports)).flatten()
	}

	fn pay_worker(&mut self) -> Outcome {
		let pay = signed(self.setting.pay());
		self.ledger.worker += pay;
		self.ledger.requester -= pay;
		Outcome::Paid
	}

	/// Pays those that had the sealed results, and were not convicted, equal shares of the reserve. What does not divide
	/// stays where it is.
	fn pay_auditors(&mut self, reports: &[Checked]) {
		let right: Vec<_> = reports.iter().filter(|report| report.sealed).map(|r| r.auditor).collect();
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

	/// Takes the worker's bond. `reporters` share the reward, those that ran `task` twice as much as others; what does not
	/// divide is burned.
	fn slash(&mut self, reporters: &[Checked], task: Option<u32>) -> Outcome {
		let bond = self.setting.bond();
		let parts = |report: &Checked| {
			let ran = task.is_some_and(|task| report.samples.contains(&task));
			1 + Balance::from(ran)
		};
		let all = reporters.iter().map(parts).sum::<Balance>();
		let cap = match all {
			0 => 0,
			_ => self.setting.reserve().saturating_mul(REWARD_CAP).min(bond / REWARD_PART),
		};
		let split = money::split_slash(bond, cap);
		let part = split.reward.checked_div(all).unwrap_or(0);
		self.ledger.worker -= signed(bond);
		self.ledger.burned += signed(split.burned.saturating_add(split.reward));
		self.ledger.requester += signed(split.compensation);
		for report in reporters {
			let reward = signed(part.saturating_mul(parts(report)));
			self.credit(report.auditor, reward);
			self.ledger.burned -= reward;
		}
		Outcome::Slashed
	}

	/// Takes an auditor's stake: half is burned, half goes to whom its report wronged, the worker if its leaf `is_true`.
	fn slash_auditor(&mut self, auditor: usize, is_true: bool) {
		let split = money::split_slash(self.setting.auditor_stake, 0);
		let victim = if is_true { &mut self.ledger.worker } else { &mut self.ledger.requester };
		*victim += signed(split.compensation);
		self.ledger.burned += signed(split.burned);
		self.credit(auditor, signed(self.setting.auditor_stake).saturating_neg());
	}

	fn credit(&mut self, auditor: usize, amount: i128) {
		if let Some(account) = self.ledger.auditors.get_mut(auditor) {
			*account += amount;
		}
	}
}
