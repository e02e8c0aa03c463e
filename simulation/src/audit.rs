//! The audit of one attempt at a batch: who is drawn when, who reports what, and when it is over.

use crate::{setting::Closing, Auditor, Data, Setting, Worker};
use assay_primitives::audit::Draw;
use rand::RngCore;

/// Whose leaves the tags of a report are made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Leaves {
	True,
	Workers,
	MadeUp,
}

/// A report that ran its samples, or says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Checked {
	/// Position of the auditor.
	pub(crate) auditor: usize,
	/// Offsets of the sampled tasks.
	pub(crate) samples: Vec<u32>,
	pub(crate) leaves: Leaves,
	/// Whether it had the sealed results. If not, it counts as one of those that were starved.
	pub(crate) sealed: bool,
}

/// What an audit came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Audit {
	pub(crate) checked: Vec<Checked>,
	pub(crate) unavailable: u32,
	/// The auditors that ran their samples, whether or not their reports were taken.
	pub(crate) ran: Vec<usize>,
	/// The block from which no report was taken, if the audit was complete.
	pub(crate) closed_at: Option<u32>,
}

impl Audit {
	/// How many reports checked with everything at hand.
	pub(crate) fn sealed(&self) -> u32 {
		u32::try_from(self.checked.iter().filter(|report| report.sealed).count()).unwrap_or(u32::MAX)
	}
}

/// A report under way.
struct Due {
	block: u32,
	auditor: usize,
	starved: bool,
}

/// An audit in progress.
struct Progress<'a> {
	setting: &'a Setting,
	worker: Worker,
	auditors: &'a [Auditor],
	validators: u32,
	draws: Vec<Draw>,
	/// Those not admitted yet.
	waiting: Vec<usize>,
	due: Vec<Due>,
	last_report: u32,
	/// The block after which nobody gets data.
	caught_in: Option<u32>,
	audit: Audit,
}

/// Audits a batch.
pub(crate) fn run(
	setting: &Setting,
	worker: Worker,
	auditors: &[Auditor],
	random: &mut impl RngCore,
) -> Audit {
	let draw = |_: &Auditor| {
		let mut randomness = [0; 32];
		random.fill_bytes(&mut randomness);
		Draw { randomness }
	};
	let progress = Progress {
		setting,
		worker,
		auditors,
		validators: u32::try_from(auditors.len()).unwrap_or(u32::MAX),
		draws: auditors.iter().map(draw).collect(),
		waiting: (0..auditors.len()).collect(),
		due: Vec::new(),
		last_report: 0,
		caught_in: None,
		audit: Audit::default(),
	};
	progress.run()
}

impl Progress<'_> {
	fn run(mut self) -> Audit {
		let (mut tranche, mut now) = (0, 0);
		loop {
			let opens = self.admits().then(|| self.setting.timing.opens(tranche).max(now));
			let reports = self.due.iter().map(|due| due.block).min();
			let Some(block) = opens.into_iter().chain(reports).min() else { break };
			if block >= self.setting.timing.audit_window || self.is_closed(block) {
				break;
			}
			now = block;
			if opens == Some(block) {
				self.admit(tranche, block);
				tranche = tranche.saturating_add(1);
			}
			self.take_reports(block);
		}
		self.audit.closed_at = self.closes_at();
		self.audit
	}

	/// Whether tranches are still to come.
	fn admits(&self) -> bool {
		let pauses = self.setting.rules.closing != Closing::AtOnce && self.is_complete();
		!self.waiting.is_empty() && !pauses
	}

	fn is_complete(&self) -> bool {
		self.audit.sealed() >= self.setting.required(self.validators, self.audit.unavailable)
	}

	fn closes_at(&self) -> Option<u32> {
		let timing = &self.setting.timing;
		let closes = match self.setting.rules.closing {
			Closing::AtOnce => timing.min_audit_window.max(self.last_report),
			Closing::WithTranche => timing.ends(self.last_report),
		};
		(self.is_complete() && closes <= timing.audit_window).then_some(closes)
	}

	fn is_closed(&self, block: u32) -> bool {
		self.closes_at().is_some_and(|closes| block >= closes)
	}

	fn admit(&mut self, tranche: u32, block: u32) {
		let (setting, validators, draws) = (self.setting, self.validators, &self.draws);
		let is_admitted = |auditor: &usize| {
			draws.get(*auditor).is_some_and(|draw| draw.is_eligible(&setting.policy, validators, tranche))
		};
		let (admitted, waiting) = self.waiting.drain(..).partition::<Vec<_>, _>(is_admitted);
		self.waiting = waiting;
		for auditor in admitted {
			self.begin(auditor, block);
		}
	}

	fn begin(&mut self, auditor: usize, block: u32) {
		let timing = &self.setting.timing;
		let starved = match self.worker.data() {
			Data::Served => false,
			Data::Withheld => true,
			Data::ServedUntilCaught => self.caught_in.is_some_and(|caught_in| block > caught_in),
		};
		let delay = match self.auditors.get(auditor) {
			None | Some(Auditor::Asleep) => return,
			Some(Auditor::Honest) if starved && self.setting.rules.runs_unsealed => {
				self.audit.ran.push(auditor);
				timing.starved_delay.saturating_add(timing.run_delay)
			},
			Some(Auditor::Honest) if starved => timing.starved_delay,
			Some(Auditor::Honest) => {
				self.audit.ran.push(auditor);
				timing.run_delay
			},
			Some(_) => 0,
		};
		self.due.push(Due { block: block.saturating_add(delay), auditor, starved });
	}

	/// Those that do not work come first, unless the setting says otherwise. Among equals chance decides.
	fn take_reports(&mut self, block: u32) {
		let (mut now, later) = self.due.drain(..).partition::<Vec<_>, _>(|due| due.block <= block);
		self.due = later;
		let place = |auditor: usize| {
			let rushes = self.auditors.get(auditor).is_some_and(|auditor| auditor.rushes());
			// Bytes that decide nothing else.
			let lot = self.draws.get(auditor).map(|draw| draw.randomness.last_chunk::<8>().copied());
			(rushes == self.setting.timing.honest_first, lot)
		};
		if now.len() > 1 {
			now.sort_by_cached_key(|due| place(due.auditor));
		}
		for due in now {
			self.take_report(&due, block);
		}
	}

	fn take_report(&mut self, due: &Due, block: u32) {
		let Some(kind) = self.auditors.get(due.auditor) else { return };
		let taken = self.audit.sealed().saturating_add(self.audit.unavailable);
		if self.is_closed(block) || taken >= self.setting.rules.max_reports {
			return;
		}
		let leaves = match kind {
			Auditor::Honest if due.starved && !self.setting.rules.runs_unsealed => None,
			Auditor::Honest => Some(Leaves::True),
			Auditor::Lazy | Auditor::Slanderer => Some(Leaves::MadeUp),
			Auditor::Copying => Some(Leaves::Workers),
			Auditor::Friend if self.caught_in.is_some() => None,
			Auditor::Friend => Some(Leaves::Workers),
			Auditor::Crier | Auditor::Asleep => None,
		};
		self.last_report = block;
		let sealed = leaves.is_some() && !(due.starved && *kind == Auditor::Honest);
		if !sealed {
			self.audit.unavailable = self.audit.unavailable.saturating_add(1);
		}
		if let Some(leaves) = leaves {
			self.check(due.auditor, leaves, sealed, block);
		}
	}

	fn check(&mut self, auditor: usize, leaves: Leaves, sealed: bool, block: u32) {
		let Some(draw) = self.draws.get(auditor) else { return };
		let samples = draw.samples(&self.setting.policy, self.setting.tasks);
		let wrong = self.worker.wrong(self.setting.tasks);
		let shows = leaves == Leaves::True && samples.iter().any(|task| *task < wrong);
		if shows && self.worker.data() == Data::ServedUntilCaught {
			self.caught_in.get_or_insert(block);
		}
		self.audit.checked.push(Checked { auditor, samples, leaves, sealed });
	}
}
