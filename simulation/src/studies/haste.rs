//! Friends do not have to work, so they report first.

use super::{each, estimated, length, share, Study};
use crate::{
	chart::{Axis, Chart, Mark, Point, Scale, Series},
	setting::Closing,
	statistics::{attempts, share as share_of, Estimate},
	table::Table,
	theory::{Race, Side},
	Auditor, Data, Outcome, Rules, Setting, Timing, Worker,
};

const VALIDATORS: u32 = 30;
const FRIENDS: [u32; 3] = [3, 6, 9];
const DELAYS: [u32; 9] = [0, 1, 2, 3, 4, 6, 8, 12, 20];

struct Case {
	friends: u32,
	delay: u32,
	data: Data,
}

struct Answer {
	exact: f64,
	simulated: Estimate,
	/// Windows that are longer than the delay.
	longer: Estimate,
	/// The same, and audits close with a tranche.
	with_tranche: Estimate,
}

fn windows(delay: u32) -> Timing {
	Timing { run_delay: delay, starved_delay: delay, ..Timing::INSTANT }
}

fn longer(delay: u32) -> Timing {
	// The first tranche is admitted in its second block: the seed is not known before.
	let window = delay.saturating_add(2).max(4);
	Timing {
		tranche_period: window,
		min_audit_window: window.saturating_add(1),
		audit_window: 5_000,
		..windows(delay)
	}
}

fn passes(setting: &Setting, case: &Case, runs: u32) -> Estimate {
	let crowd = Auditor::Friend.crowd(length(VALIDATORS), length(case.friends), 0);
	let worker = Worker::Cheat { wrong: 64, data: case.data };
	share_of(attempts(setting, worker, &crowd, runs, 41).map(|attempt| attempt.outcome == Outcome::Paid))
}

fn setting(timing: Timing) -> Setting {
	Setting { timing, ..Setting::FIRST_DRAFT }
}

fn exact(setting: &Setting, case: &Case) -> f64 {
	let honest = Side { count: VALIDATORS - case.friends, delay: case.delay };
	let race = Race { setting, first: Side { count: case.friends, delay: 0 }, second: honest, asleep: 0 };
	if case.data == Data::Served {
		race.cheat_pass(64)
	} else {
		race.starved_pass()
	}
}

fn answer(case: &Case, runs: u32) -> Answer {
	let (hasty, patient) = (setting(windows(case.delay)), setting(longer(case.delay)));
	let rules = Rules { closing: Closing::WithTranche, ..Rules::FIRST_DRAFT };
	Answer {
		exact: exact(&hasty, case),
		simulated: passes(&hasty, case, runs),
		longer: passes(&patient, case, runs),
		with_tranche: passes(&Setting { rules, ..patient }, case, runs),
	}
}

pub(super) fn study(runs: u32) -> Study {
	let mut cases = Vec::new();
	for data in [Data::Served, Data::Withheld] {
		for friends in FRIENDS {
			cases.extend(DELAYS.map(|delay| Case { friends, delay, data }));
		}
	}
	let answers = each(&cases, |case| answer(case, runs));
	let mut table = Table::new([
		"data",
		"hostile auditors of 30",
		"honest delay, blocks",
		"passes, exact",
		"passes, simulated",
		"windows longer than the delay",
		"the same, closing with a tranche",
	]);
	for (case, answer) in cases.iter().zip(&answers) {
		table.push([
			if case.data == Data::Served { "served" } else { "withheld" }.into(),
			case.friends.to_string(),
			case.delay.to_string(),
			share(answer.exact),
			estimated(&answer.simulated),
			estimated(&answer.longer),
			estimated(&answer.with_tranche),
		]);
	}
	let chart = |data, title: &str| chart(&cases, &answers, data, title);
	Study {
		name: "haste",
		title: "What does it cost that honest auditors need time?",
		text: "All of the batch is wrong and two auditors are wanted. Friends vouch in the block that admits them, honest \
			auditors report some blocks later: because receipts have to be final, data to be fetched and tasks to be run, or \
			because they wait for data before they say that it is missing. Windows are three blocks, and four \
			from one tranche to the next, whatever a task takes. Then the same with windows that are longer than the delay, \
			and with audits that close only at the end of a tranche, which is the chain's rule. Left out is that auditors \
			without the sealed results run their samples all the same, as they do on the chain.",
		table,
		extract: None,
		charts: vec![
			("haste", chart(Data::Served, "A wrong batch whose data everybody gets: how often it passes")),
			("haste-starved", chart(Data::Withheld, "A wrong batch whose data only friends get: how often it passes")),
		],
	}
}

fn chart(cases: &[Case], answers: &[Answer], data: Data, title: &str) -> Chart {
	let mut series = Vec::new();
	for (colour, friends) in FRIENDS.into_iter().enumerate() {
		let points = |value: fn(&Answer) -> Estimate| {
			let of =
				cases.iter().zip(answers).filter(|(case, _)| case.friends == friends && case.data == data);
			of.map(|(case, answer)| {
				let estimate = value(answer);
				Point { x: f64::from(case.delay), y: estimate.mean, error: 2.0 * estimate.error }
			})
			.collect()
		};
		let name = format!("{} % hostile", friends * 100 / VALIDATORS);
		let exact = |delay: u32| exact(&setting(windows(delay)), &Case { friends, delay, data });
		let exact = (0..=20).map(|delay| Point::exact(f64::from(delay), exact(delay))).collect();
		series.push(Series { name, colour, mark: Mark::Line, points: exact });
		let simulated = points(|answer| answer.simulated);
		series.push(Series { name: String::new(), colour, mark: Mark::Dots, points: simulated });
		let quiet = points(|answer| answer.with_tranche);
		series.push(Series { name: String::new(), colour, mark: Mark::Dashes, points: quiet });
	}
	let legend =
		[("simulated", Mark::Dots), ("windows longer than the\ndelay, closing when quiet", Mark::Dashes)];
	series.extend(legend.map(|(name, mark)| Series {
		name: name.into(),
		colour: 6,
		mark,
		points: Vec::new(),
	}));
	Chart {
		title: title.into(),
		x: Axis::linear("blocks from being admitted to an honest report", &[0.0, 4.0, 8.0, 12.0, 16.0, 20.0]),
		y: Axis::percent("passes", Scale::Linear, &[0.0, 0.2, 0.4, 0.6, 0.8, 1.0]),
		series,
	}
}
