//! How many auditors report, and whether the reserve pays for it.

use super::{each, length, Study};
use crate::{
	setting::Closing,
	statistics::{attempts, real, Estimate},
	table::Table,
	theory::{Race, Side},
	Auditor, Rules, Setting, Timing, Worker,
};
use assay_primitives::AuditPolicy;

struct Case {
	auditors: u8,
	validators: u32,
	windows: (&'static str, Timing, Closing),
}

struct Answer {
	exact: f64,
	reports: Estimate,
	ran: Estimate,
	/// What auditors got together, in bounties for a sample of each wanted auditor.
	break_even: f64,
}

fn answer(case: &Case, runs: u32) -> Answer {
	let policy = AuditPolicy { auditors: case.auditors, samples: 2, rate: AuditPolicy::EVERY_BATCH };
	let (_, timing, closing) = case.windows;
	let setting =
		Setting { policy, timing, rules: Rules { closing, ..Rules::FIRST_DRAFT }, ..Setting::FIRST_DRAFT };
	let crowd = Auditor::Honest.crowd(length(case.validators), 0, 0);
	let all: Vec<_> = attempts(&setting, Worker::Honest, &crowd, runs, 21).collect();
	let side = |count| Side { count, delay: setting.timing.run_delay };
	let race = Race { setting: &setting, first: side(0), second: side(case.validators), asleep: 0 };
	let earned: i128 = all.iter().flat_map(|attempt| &attempt.ledger.auditors).sum();
	let samples_run: u32 = all.iter().map(|attempt| attempt.ran.saturating_mul(2)).sum();
	Answer {
		exact: race.reports(),
		reports: Estimate::of(all.iter().map(|attempt| f64::from(attempt.checked))),
		ran: Estimate::of(all.iter().map(|attempt| f64::from(attempt.ran))),
		break_even: real(earned) / (f64::from(samples_run) * 1e6),
	}
}

pub(super) fn study(runs: u32) -> Study {
	let windows = [
		("short, instant auditors", Timing::INSTANT, Closing::AtOnce),
		("short, the node's auditors", Timing::SHORT, Closing::AtOnce),
		("the chain's, closing at once", Timing::CHAIN, Closing::AtOnce),
		("the chain's", Timing::CHAIN, Closing::WithTranche),
	];
	let mut cases = Vec::new();
	for windows in windows {
		for validators in [10, 30, 100] {
			cases.extend([1, 2, 4, 8].map(|auditors| Case { auditors, validators, windows }));
		}
	}
	let answers = each(&cases, |case| answer(case, runs));
	let mut table = Table::new([
		"windows",
		"validators",
		"auditors wanted",
		"reports, exact",
		"reports, simulated",
		"auditors that ran samples",
		"work for what is paid",
		"auditing pays below a cost of",
	]);
	for (case, answer) in cases.iter().zip(&answers) {
		table.push([
			case.windows.0.into(),
			case.validators.to_string(),
			case.auditors.to_string(),
			// Not worked out for audits that stay open.
			if case.windows.2 == Closing::AtOnce { format!("{:.3}", answer.exact) } else { "–".into() },
			format!("{:.3} ± {:.3}", answer.reports.mean, answer.reports.error),
			format!("{:.3} ± {:.3}", answer.ran.mean, answer.ran.error),
			format!("{:.2} ×", answer.ran.mean / f64::from(case.auditors)),
			format!("{:.0} % of the bounty", answer.break_even * 100.0),
		]);
	}
	Study {
		name: "reports",
		title: "How many auditors work, and does it pay?",
		text: "The first tranche admits 1.5 times as many auditors as are wanted, on average. The reserve pays for those \
			that are wanted, in equal shares to all that report; those whose report comes too late get nothing. Honest \
			auditors and workers, two samples, 64 tasks.",
		table,
		extract: None,
		charts: Vec::new(),
	}
}
