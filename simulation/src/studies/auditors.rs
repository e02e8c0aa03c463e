//! What an auditor gains by not being honest.

use super::{each, length, share, Study};
use crate::{
	chart::{Axis, Chart, Mark, Point, Scale, Series},
	statistics::{attempts, real, Estimate},
	table::Table,
	Auditor, Data, Rules, Setting, Timing, Worker,
};

const VALIDATORS: u32 = 30;
const CHEATING: [(&str, Worker); 3] = [
	("honest", Worker::Honest),
	("a third wrong", Worker::Cheat { wrong: 21, data: Data::Served }),
	("all wrong", Worker::Cheat { wrong: 64, data: Data::Served }),
];
const BEHAVIOURS: [(&str, Auditor); 6] = [
	("honest", Auditor::Honest),
	("asleep", Auditor::Asleep),
	("makes tags up", Auditor::Lazy),
	("believes the worker", Auditor::Copying),
	("cries that data is missing", Auditor::Crier),
	("slanders", Auditor::Slanderer),
];
const COSTS: [u128; 2] = [300_000, 600_000];
const MARKETS: [(&str, Rules); 2] =
	[("protocol", Rules::PROTOCOL), ("no votes", Rules { votes: false, ..Rules::PROTOCOL })];

struct Case {
	market: usize,
	cost: u128,
	worker: usize,
	behaviour: usize,
}

/// The gain of one auditor per batch, in audit fees: what all samples of one auditor are paid if only as many report as
/// are wanted.
fn gain(case: &Case, runs: u32) -> Estimate {
	let rules = MARKETS.get(case.market).map_or(Rules::PROTOCOL, |(_, rules)| *rules);
	let setting = Setting { cost: case.cost, rules, timing: Timing::CHAIN, ..Setting::EXAMPLE };
	let behaviour = BEHAVIOURS.get(case.behaviour).map_or(Auditor::Honest, |(_, behaviour)| *behaviour);
	let worker = CHEATING.get(case.worker).map_or(Worker::Honest, |(_, worker)| *worker);
	let crowd = behaviour.crowd(length(VALIDATORS), 1, 0);
	let fee = f64::from(setting.policy.samples) * 1e6;
	Estimate::of(
		attempts(&setting, worker, &crowd, runs, 71).map(|attempt| real(attempt.auditor_profit(0)) / fee),
	)
}

pub(super) fn study(runs: u32) -> Study {
	let mut cases = Vec::new();
	for market in 0..MARKETS.len() {
		for cost in COSTS {
			for worker in 0..CHEATING.len() {
				let case = |behaviour| Case { market, cost, worker, behaviour };
				cases.extend((0..BEHAVIOURS.len()).map(case));
			}
		}
	}
	let gains = each(&cases, |case| gain(case, runs.saturating_mul(4)));
	let mut table = Table::new([
		"rules",
		"cost of a task, of the bounty",
		"the worker",
		"this auditor",
		"gain per batch, in fees",
	]);
	for (case, gain) in cases.iter().zip(&gains) {
		table.push([
			MARKETS.get(case.market).map_or("", |(name, _)| name).into(),
			share(real(i128::try_from(case.cost).unwrap_or(0)) / 1e6),
			CHEATING.get(case.worker).map_or("", |(name, _)| name).into(),
			BEHAVIOURS.get(case.behaviour).map_or("", |(name, _)| name).into(),
			format!("{:+.4} ± {:.4}", gain.mean, gain.error),
		]);
	}
	Study {
		name: "auditors",
		title: "When does it pay an auditor not to be honest?",
		text: "One of 30 auditors behaves differently, the others are honest, windows are ample, two auditors with two samples \
			are wanted. A fee is `samples × bounty`; a convicted auditor loses ten times the pay of a batch, or 320 fees. \
			The gain is per batch on the chain, whether drawn or not: one batch in ten draws this auditor in its first tranche.",
		table,
		extract: None,
		charts: vec![("auditors", chart(&cases, &gains))],
	}
}

/// Gains by how often workers cheat: a mixture of those with honest workers and with such as hand in a third of wrong tasks.
fn chart(cases: &[Case], gains: &[Estimate]) -> Chart {
	let gain = |worker, behaviour| {
		let mut all = cases.iter().zip(gains);
		all.find(|(case, _)| {
			(case.market, case.cost, case.worker, case.behaviour) == (0, COSTS[0], worker, behaviour)
		})
		.map_or(0.0, |(_, gain)| gain.mean)
	};
	let mut series = Vec::new();
	let shown = [(0, "honest"), (3, "believes the worker"), (1, "asleep, or cries that\ndata is missing")];
	for (colour, (behaviour, name)) in shown.into_iter().enumerate() {
		let (honest, cheated) = (gain(0, behaviour), gain(1, behaviour));
		let points = (0..=60).map(|step| {
			let share = 10f64.powf(f64::from(step) / 20.0 - 4.0);
			Point::exact(share, (1.0 - share) * honest + share * cheated)
		});
		series.push(Series { name: name.into(), colour, mark: Mark::Line, points: points.collect() });
	}
	Chart {
		title: "One auditor's gain if a task costs 30 % of its bounty".into(),
		x: Axis::percent(
			"workers that make a third of their tasks up",
			Scale::Logarithmic,
			&[0.000_1, 0.001, 0.01, 0.1],
		),
		y: Axis::linear("gain per batch, in audit fees", &[-0.05, 0.0, 0.05, 0.1]),
		series,
	}
}
