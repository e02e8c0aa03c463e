//! What the auditor tells Prometheus.

use super::{examine::Examination, Survey};
use crate::meters::{counter, counters, gauge};
use assay_primitives::{audit::Findings, Balance, Ruling, TOKEN_DECIMALS};
use assay_vm::NoVerdict;
use std::time::Duration;
use substrate_prometheus_endpoint::{
	register, Counter, CounterVec, Gauge, PrometheusError, Registry, F64, U64,
};

/// The auditor's metrics.
pub(super) struct Metrics {
	duties: Gauge<U64>,
	unreported: Gauge<U64>,
	drawn: Counter<U64>,
	examinations: CounterVec<U64>,
	reports: CounterVec<U64>,
	resent: Counter<U64>,
	votes: CounterVec<U64>,
	waiting: Gauge<U64>,
	overdue: Gauge<U64>,
	disputes: Gauge<U64>,
	runs: CounterVec<U64>,
	seconds: Counter<F64>,
	fuel: Counter<U64>,
	stake: Gauge<F64>,
	earned: Gauge<F64>,
	slashed: Gauge<F64>,
}

const EXAMINATIONS: [&str; 6] = ["checked", "unsealed", "on_its_way", "missing", "unusable", "no_verdict"];
const FINDINGS: [&str; 3] = ["checked", "unsealed", "unavailable"];
const RULINGS: [&str; 4] = ["leaf", "missealed", "unavailable", "held"];
const RUNS: [&str; 2] = ["outcome", "no_verdict"];

impl Default for Metrics {
	fn default() -> Self {
		Self {
			duties: gauge("assay_auditor_duties", "Batches waiting for auditors that concern this node"),
			unreported: gauge(
				"assay_auditor_unreported",
				"Batches this node was drawn for and has not reported on yet",
			),
			drawn: counter("assay_auditor_drawn_total", "Batches this node was drawn for"),
			examinations: counters(
				"assay_auditor_examinations_total",
				"Batches this node was drawn for and looked at, by what came of it",
				"result",
				EXAMINATIONS,
			),
			reports: counters(
				"assay_auditor_reports_total",
				"Reports this node has made",
				"findings",
				FINDINGS,
			),
			resent: counter(
				"assay_auditor_reports_resent_total",
				"Reports sent again because they were in no finalised block long after they were sent",
			),
			votes: counters("assay_auditor_votes_total", "Votes this node has sent in disputes", "ruling", RULINGS),
			waiting: gauge("assay_audits_waiting", "Batches on the chain that wait for auditors"),
			overdue: gauge(
				"assay_audits_overdue",
				"Batches among them whose first auditors did not all report in time, so that more were admitted",
			),
			disputes: gauge("assay_disputes_open", "Contested tasks on the chain that wait for votes"),
			runs: counters("assay_auditor_runs_total", "Tasks this node has run again", "result", RUNS),
			seconds: counter("assay_auditor_run_seconds_total", "Time that took, in seconds"),
			fuel: counter("assay_auditor_run_fuel_total", "Fuel the tasks have burned that came to an outcome"),
			stake: gauge("assay_auditor_stake_tokens", "What this node's validator has at stake as an auditor"),
			earned: gauge("assay_auditor_earned_tokens", "What it has earned as an auditor"),
			slashed: gauge("assay_auditor_slashed_tokens", "What it has lost as an auditor"),
		}
	}
}

impl Metrics {
	/// Registers them.
	///
	/// # Errors
	///
	/// When the names are taken.
	pub(super) fn register(&self, registry: &Registry) -> Result<(), PrometheusError> {
		for gauge in [&self.duties, &self.unreported, &self.waiting, &self.overdue, &self.disputes] {
			register(gauge.clone(), registry)?;
		}
		for gauge in [&self.stake, &self.earned, &self.slashed] {
			register(gauge.clone(), registry)?;
		}
		for counter in [&self.drawn, &self.resent, &self.fuel] {
			register(counter.clone(), registry)?;
		}
		for counters in [&self.examinations, &self.reports, &self.votes, &self.runs] {
			register(counters.clone(), registry)?;
		}
		register(self.seconds.clone(), registry).map(|_| ())
	}

	/// Notes what a finalised block has for auditors.
	pub(super) fn survey(&self, survey: &Survey) {
		self.waiting.set(wide(survey.tasks.len()));
		self.overdue.set(wide(survey.tasks.iter().filter(|task| task.tranche > 0).count()));
		self.disputes.set(wide(survey.disputes.len()));
		let sum = |amount: fn(&assay_primitives::view::AuditorView) -> Balance| {
			tokens(survey.stakes.iter().map(amount).fold(0, Balance::saturating_add))
		};
		self.stake.set(sum(|auditor| auditor.stake));
		self.earned.set(sum(|auditor| auditor.earned));
		self.slashed.set(sum(|auditor| auditor.slashed));
	}

	/// Notes how many duties there are, and on how many of them a report is owed.
	pub(super) fn duties(&self, all: usize, unreported: usize) {
		self.duties.set(wide(all));
		self.unreported.set(wide(unreported));
	}

	/// Counts a batch that is begun, if it is for the first time.
	pub(super) fn drawn(&self, is_first: bool) {
		self.drawn.inc_by(is_first.into());
	}

	/// Counts an examination by what came of it.
	pub(super) fn examined(&self, examination: &Examination) {
		let result = match examination {
			Examination::Leaves(_) => "checked",
			Examination::Unsealed(_) => "unsealed",
			Examination::OnItsWay(_) => "on_its_way",
			Examination::Missing(_) => "missing",
			Examination::Unusable(_) => "unusable",
			Examination::NoVerdict(_) => "no_verdict",
		};
		self.examinations.with_label_values(&[result]).inc();
	}

	/// Counts a report.
	pub(super) fn reported(&self, findings: &Findings) {
		let findings = match findings {
			Findings::Checked(_) => "checked",
			Findings::Unsealed(_) => "unsealed",
			Findings::Unavailable => "unavailable",
		};
		self.reports.with_label_values(&[findings]).inc();
	}

	/// Counts a report that is sent again.
	pub(super) fn resent(&self) {
		self.resent.inc();
	}

	/// Counts a vote.
	pub(super) fn voted(&self, ruling: &Ruling) {
		let ruling = match ruling {
			Ruling::Leaf(_) => "leaf",
			Ruling::Missealed => "missealed",
			Ruling::Unavailable => "unavailable",
			Ruling::Held => "held",
		};
		self.votes.with_label_values(&[ruling]).inc();
	}

	/// Counts a run that took this long, and burned this much fuel if it came to an outcome.
	pub(super) fn ran(&self, time: Duration, result: Result<u64, &NoVerdict>) {
		self.seconds.inc_by(time.as_secs_f64());
		match result {
			Ok(fuel) => {
				self.runs.with_label_values(&["outcome"]).inc();
				self.fuel.inc_by(fuel);
			},
			Err(_) => self.runs.with_label_values(&["no_verdict"]).inc(),
		}
	}
}

fn wide(number: usize) -> u64 {
	u64::try_from(number).unwrap_or(u64::MAX)
}

/// For a picture: 64-bit floating-point numbers know fifteen digits.
fn tokens(amount: Balance) -> f64 {
	amount as f64 / 10f64.powi(TOKEN_DECIMALS.into())
}
