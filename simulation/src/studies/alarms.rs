//! Hostile auditors that cry that they were starved.

use super::{each, estimated, length, share, Study};
use crate::{
	chart::{Axis, Chart, Mark, Point, Scale, Series},
	statistics::{attempts, share as share_of, Estimate},
	table::Table,
	theory::{Race, Side},
	Auditor, Outcome, Rules, Setting, Timing, Worker,
};

struct Case {
	validators: u32,
	criers: u32,
	asleep: u32,
}

struct Answer {
	/// With all their reports in the same block as those of the honest, with the runtime's limit of reports.
	exact: f64,
	/// The same without a limit of reports.
	unlimited: f64,
	/// As the node's auditors do it.
	node: Estimate,
}

fn setting(timing: Timing, max_reports: u32) -> Setting {
	Setting { timing, rules: Rules { max_reports, ..Rules::FIRST_DRAFT }, ..Setting::FIRST_DRAFT }
}

fn exact(case: &Case, max_reports: u32) -> f64 {
	let setting = setting(Timing::INSTANT, max_reports);
	let honest = case.validators.saturating_sub(case.criers).saturating_sub(case.asleep);
	let side = |count| Side { count, delay: 0 };
	Race { setting: &setting, first: side(case.criers), second: side(honest), asleep: case.asleep }.held_up()
}

fn answer(case: &Case, runs: u32) -> Answer {
	let crowd = Auditor::Crier.crowd(length(case.validators), length(case.criers), length(case.asleep));
	let node = setting(Timing::SHORT, Rules::FIRST_DRAFT.max_reports);
	let held_up = attempts(&node, Worker::Honest, &crowd, runs, 51);
	Answer {
		exact: exact(case, Rules::FIRST_DRAFT.max_reports),
		unlimited: exact(case, u32::MAX),
		node: share_of(held_up.map(|attempt| attempt.outcome == Outcome::TakenBack)),
	}
}

pub(super) fn study(runs: u32) -> Study {
	let mut cases = Vec::new();
	for (validators, criers) in [(10, [1, 2, 3, 4]), (30, [3, 6, 9, 12]), (100, [10, 20, 33, 40])] {
		cases.extend(criers.map(|criers| Case { validators, criers, asleep: 0 }));
		let fifth = validators / 5;
		cases.push(Case { validators, criers: fifth, asleep: fifth });
	}
	let answers = each(&cases, |case| answer(case, runs));
	let mut table = Table::new([
		"validators",
		"criers",
		"asleep",
		"held up, exact",
		"without a limit of reports",
		"the node's auditors, simulated",
	]);
	for (case, answer) in cases.iter().zip(&answers) {
		table.push([
			case.validators.to_string(),
			case.criers.to_string(),
			case.asleep.to_string(),
			share(answer.exact),
			share(answer.unlimited),
			estimated(&answer.node),
		]);
	}
	Study {
		name: "alarms",
		title: "How often can hostile auditors hold an honest batch up?",
		text: "They say that data is missing which is there. Each asks for two more reports, and once everybody is admitted a \
			batch needs `a + 2 × criers` honest ones, but no more than 32 reports are taken. Nobody is slashed, the batch \
			goes to the next worker and costs this one its work. Two auditors are wanted; criers come first in each block.",
		table,
		extract: None,
		charts: vec![("alarms", chart())],
	}
}

fn chart() -> Chart {
	let mut series = Vec::new();
	for (colour, validators) in [10, 30, 100].into_iter().enumerate() {
		for (mark, limit) in [(Mark::Line, Rules::FIRST_DRAFT.max_reports), (Mark::Dashes, u32::MAX)] {
			let counts: Vec<u32> = (0..=validators * 2 / 5).collect();
			let points = each(&counts, |criers| {
				let share = f64::from(*criers) / f64::from(validators);
				Point::exact(share, exact(&Case { validators, criers: *criers, asleep: 0 }, limit))
			});
			let name = if mark == Mark::Line { format!("{validators} validators") } else { String::new() };
			series.push(Series { name, colour, mark, points });
		}
	}
	let name = "without a limit of 32 reports".into();
	series.push(Series { name, colour: 6, mark: Mark::Dashes, points: Vec::new() });
	Chart {
		title: "Honest batches held up by auditors that cry wolf".into(),
		x: Axis::percent("criers", Scale::Linear, &[0.0, 0.1, 0.2, 0.3, 0.4]),
		y: Axis::percent("held up", Scale::Linear, &[0.0, 0.2, 0.4, 0.6, 0.8, 1.0]),
		series,
	}
}
