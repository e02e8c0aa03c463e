//! A cheat that keeps data from honest auditors and waits for its friends.

use super::{each, estimated, length, part_of, share, Study};
use crate::{
	chart::{Axis, Chart, Mark, Point, Scale, Series},
	statistics::{attempts, share as share_of, Estimate},
	table::Table,
	theory::{Race, Side},
	Auditor, Data, Rules, Setting, Timing, Worker,
};
use assay_primitives::AuditPolicy;

const STARVING: Worker = Worker::Cheat { wrong: 64, data: Data::Withheld };

struct Case {
	hostile: u32,
	validators: u32,
	auditors: u8,
}

struct Answer {
	/// Together, hostile first, as the node's auditors, and without the rule.
	exact: [f64; 4],
	simulated: [Estimate; 2],
	only_friends: f64,
}

fn setting(auditors: u8, timing: Timing, replaces_starved: bool) -> Setting {
	let policy = AuditPolicy { auditors, samples: 2, rate: AuditPolicy::EVERY_BATCH };
	Setting {
		policy,
		timing,
		rules: Rules { replaces_starved, ..Rules::FIRST_DRAFT },
		..Setting::FIRST_DRAFT
	}
}

fn exact(setting: &Setting, friends: u32, validators: u32) -> f64 {
	let honest = Side { count: validators.saturating_sub(friends), delay: setting.timing.starved_delay };
	Race { setting, first: Side { count: friends, delay: 0 }, second: honest, asleep: 0 }.starved_pass()
}

fn simulated(setting: &Setting, friends: u32, validators: u32, runs: u32) -> Estimate {
	let crowd = Auditor::Friend.crowd(length(validators), length(friends), 0);
	share_of(attempts(setting, STARVING, &crowd, runs, 31).map(|attempt| attempt.closed_at.is_some()))
}

fn answer(case: &Case, runs: u32) -> Answer {
	let friends = part_of(case.validators, case.hostile);
	let settings = [
		setting(case.auditors, Timing::TOGETHER, true),
		setting(case.auditors, Timing::INSTANT, true),
		setting(case.auditors, Timing::SHORT, true),
		setting(case.auditors, Timing::TOGETHER, false),
	];
	let [together, _, node, _] = &settings;
	let share = f64::from(friends) / f64::from(case.validators);
	Answer {
		exact: settings.each_ref().map(|setting| exact(setting, friends, case.validators)),
		simulated: [together, node].map(|setting| simulated(setting, friends, case.validators, runs)),
		only_friends: (0..case.auditors).fold(1.0, |chance, _| chance * share),
	}
}

pub(super) fn study(runs: u32) -> Study {
	let mut cases = Vec::new();
	for (auditors, validators) in [(2, 30), (4, 30), (2, 100), (4, 100)] {
		let shares = [100_000, 200_000, 300_000, 333_333];
		cases.extend(shares.map(|hostile| Case { hostile, validators, auditors }));
	}
	let answers = each(&cases, |case| answer(case, runs));
	let mut table = Table::new([
		"hostile auditors",
		"validators",
		"auditors wanted",
		"only friends drawn",
		"tranches together, exact",
		"tranches together, simulated",
		"hostile first, exact",
		"the node's auditors, exact",
		"the node's auditors, simulated",
		"without the rule",
	]);
	for (case, answer) in cases.iter().zip(&answers) {
		let [together, hostile_first, node, without] = answer.exact.map(share);
		let [together_simulated, node_simulated] = answer.simulated.each_ref().map(estimated);
		table.push([
			share(f64::from(case.hostile) / 1e6),
			case.validators.to_string(),
			case.auditors.to_string(),
			share(answer.only_friends),
			together,
			together_simulated,
			hostile_first,
			node,
			node_simulated,
			without,
		]);
	}
	Study {
		name: "starving",
		title: "How often does a batch pass whose data only friends get?",
		text: "All of the batch is wrong, and its data is kept from honest auditors, who say so. The rule asks for two more \
			reports for each of them. *Together*: all reports of a tranche count before anything is decided. *Hostile first*: \
			within a block, friends come first. *The node's auditors*: they say that data is missing eight blocks after they \
			are admitted, with the runtime's windows.",
		table,
		extract: None,
		charts: vec![("starving", chart(runs))],
	}
}

fn chart(runs: u32) -> Chart {
	let lines = [
		("without the rule", Timing::TOGETHER, false),
		("the node's auditors", Timing::SHORT, true),
		("hostile first in a block", Timing::INSTANT, true),
		("tranches together", Timing::TOGETHER, true),
	];
	let mut series = Vec::new();
	for (colour, (name, timing, replaces_starved)) in lines.into_iter().enumerate() {
		let setting = setting(2, timing, replaces_starved);
		let all: Vec<u32> = (1..=10).collect();
		let point = |friends: &u32| Point::exact(f64::from(*friends) / 30.0, exact(&setting, *friends, 30));
		series.push(Series { name: name.into(), colour, mark: Mark::Line, points: each(&all, point) });
		let dots = each(&all, |friends| {
			let estimate = simulated(&setting, *friends, 30, runs);
			Point { x: f64::from(*friends) / 30.0, y: estimate.mean, error: 2.0 * estimate.error }
		});
		series.push(Series { name: String::new(), colour, mark: Mark::Dots, points: dots });
	}
	let square =
		(1..=10).map(|friends| f64::from(friends) / 30.0).map(|share| Point::exact(share, share * share));
	let name = "only friends drawn".into();
	series.push(Series { name, colour: 6, mark: Mark::Dashes, points: square.collect() });
	series.push(Series { name: "simulated".into(), colour: 6, mark: Mark::Dots, points: Vec::new() });
	Chart {
		title: "A wrong batch whose data only friends get: how often it passes".into(),
		x: Axis::percent("hostile auditors, of 30; 2 are wanted", Scale::Linear, &[0.0, 0.1, 0.2, 0.3, 0.35]),
		y: Axis::percent("passes", Scale::Logarithmic, &[0.000_1, 0.001, 0.01, 0.1, 1.0]),
		series,
	}
}
