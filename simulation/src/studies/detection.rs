//! How often wrong results are shown to an honest auditor.

use super::{each, estimated, length, part_of, share, Study};
use crate::{
	chart::{percent, Axis, Chart, Mark, Point, Scale, Series},
	statistics::{attempts, share as share_of, Estimate},
	table::Table,
	theory::{probability, Race, Side},
	Auditor, Data, Setting, Timing, Worker,
};
use assay_primitives::{
	odds::{self, AuditorSet},
	AuditPolicy,
};

const VALIDATORS: u32 = 30;
const POLICIES: [(u8, u8); 4] = [(1, 1), (2, 2), (3, 4), (8, 16)];
const WRONG: [u32; 7] = [1, 2, 4, 7, 13, 32, 64];

struct Case {
	auditors: u8,
	samples: u8,
	hostile: u32,
	wrong: u32,
}

struct Answer {
	formula: f64,
	exact: f64,
	simulated: Estimate,
}

fn setting(auditors: u8, samples: u8) -> Setting {
	let policy = AuditPolicy { auditors, samples, rate: AuditPolicy::EVERY_BATCH };
	Setting { policy, timing: Timing::TOGETHER, ..Setting::FIRST_DRAFT }
}

fn answer(case: &Case, runs: u32) -> Answer {
	let setting = setting(case.auditors, case.samples);
	let set = AuditorSet { validators: VALIDATORS, hostile: case.hostile };
	let friends = part_of(VALIDATORS, case.hostile);
	let side = |count| Side { count, delay: 0 };
	let race =
		Race { setting: &setting, first: side(friends), second: side(VALIDATORS - friends), asleep: 0 };
	let crowd = Auditor::Friend.crowd(length(VALIDATORS), length(friends), 0);
	let worker = Worker::Cheat { wrong: case.wrong, data: Data::Served };
	let contradicted = attempts(&setting, worker, &crowd, runs, 11).map(|attempt| attempt.contradicted);
	Answer {
		formula: probability(odds::caught(&setting.policy, &set, setting.tasks, case.wrong)),
		exact: 1.0 - race.cheat_pass(case.wrong),
		simulated: share_of(contradicted),
	}
}

pub(super) fn study(runs: u32) -> Study {
	let mut cases = Vec::new();
	for (auditors, samples) in POLICIES {
		for hostile in [0, 200_000] {
			cases.extend(WRONG.map(|wrong| Case { auditors, samples, hostile, wrong }));
		}
	}
	let answers = each(&cases, |case| answer(case, runs));

	let mut table = Table::new([
		"auditors × samples",
		"hostile auditors",
		"wrong tasks of 64",
		"formula",
		"exact, all reports",
		"simulated",
	]);
	for (case, answer) in cases.iter().zip(&answers) {
		table.push([
			format!("{} × {}", case.auditors, case.samples),
			share(f64::from(case.hostile) / 1e6),
			case.wrong.to_string(),
			share(answer.formula),
			share(answer.exact),
			estimated(&answer.simulated),
		]);
	}
	Study {
		name: "detection",
		title: "How often is a wrong batch found out?",
		text: "A batch of 64 tasks, 30 auditors. *Formula* is what a quote states: exactly as many reports as wanted. \
			*Exact* adds up how many auditors are drawn, and *simulated* draws them: more than wanted may report, so \
			both are above the formula. All reports of a tranche are in before anything is decided.",
		table,
		extract: None,
		charts: vec![("detection", chart(&cases, &answers))],
	}
}

fn chart(cases: &[Case], answers: &[Answer]) -> Chart {
	let mut series = Vec::new();
	for (colour, (auditors, samples)) in POLICIES.into_iter().enumerate() {
		let points = |value: fn(&Answer) -> (f64, f64)| {
			let honest = cases
				.iter()
				.zip(answers)
				.filter(|(case, _)| (case.auditors, case.samples, case.hostile) == (auditors, samples, 0));
			honest
				.map(|(case, answer)| {
					let (y, error) = value(answer);
					Point { x: f64::from(case.wrong) / 64.0, y, error }
				})
				.collect()
		};
		let plural = |count: u8| if count == 1 { "" } else { "s" };
		let name = format!("{auditors} auditor{} × {samples} sample{}", plural(auditors), plural(samples));
		let formula = points(|answer| (answer.formula, 0.0));
		let simulated = points(|answer| (answer.simulated.mean, 2.0 * answer.simulated.error));
		let exact = points(|answer| (answer.exact, 0.0));
		series.push(Series { name, colour, mark: Mark::Line, points: formula });
		series.push(Series { name: String::new(), colour, mark: Mark::Dashes, points: exact });
		series.push(Series { name: String::new(), colour, mark: Mark::Dots, points: simulated });
	}
	let legend = [("all that are drawn report", Mark::Dashes), ("the same, simulated", Mark::Dots)];
	series.extend(legend.map(|(name, mark)| Series {
		name: name.into(),
		colour: 6,
		mark,
		points: Vec::new(),
	}));
	let shares = [0.05, 0.1, 0.2, 0.5, 1.0].map(|share| (share, percent(share)));
	let ticks = [(1.0 / 64.0, "one task".into())].into_iter().chain(shares).collect();
	Chart {
		title: "Chance to find a batch of 64 tasks out, all auditors honest".into(),
		x: Axis { label: "wrong tasks", scale: Scale::Logarithmic, ticks },
		y: Axis::percent("found out", Scale::Linear, &[0.0, 0.2, 0.4, 0.6, 0.8, 1.0]),
		series,
	}
}
