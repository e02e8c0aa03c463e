//! What a worker gains by not being honest.

use super::{each, length, share, Study};
use crate::{
	chart::{Axis, Chart, Mark, Point, Scale, Series},
	statistics::{means, real, Estimate},
	table::Table,
	Attempt, Auditor, Data, Outcome, Rules, Setting, Timing, Worker,
};
use assay_primitives::AuditPolicy;

const VALIDATORS: u32 = 30;
const TASKS: u32 = Setting::EXAMPLE.tasks;
const FRIENDS: [u32; 5] = [0, 3, 6, 9, 10];
const RATES: [u32; 3] = [AuditPolicy::EVERY_BATCH, 250_000, 50_000];

const fn cheat(wrong: u32, data: Data) -> Worker {
	Worker::Cheat { wrong, data }
}

const DEVIATIONS: [(&str, Worker); 8] = [
	("one wrong task of 64", cheat(1, Data::Served)),
	("10 % wrong", cheat(7, Data::Served)),
	("half wrong", cheat(TASKS / 2, Data::Served)),
	("all wrong", cheat(TASKS, Data::Served)),
	("all wrong, data for friends only", cheat(TASKS, Data::Withheld)),
	("all wrong, data for nobody once caught", cheat(TASKS, Data::ServedUntilCaught)),
	("claims and leaves", Worker::Offline),
	("receipt on nothing, then silence", Worker::Silent),
];

struct Market {
	name: &'static str,
	setting: Setting,
}

const fn market(name: &'static str, rules: Rules) -> Market {
	Market { name, setting: Setting { rules, ..Setting::EXAMPLE } }
}

/// The chain as it is, and with one thing changed.
const MARKETS: [Market; 8] = [
	Market { name: "the chain", setting: Setting::EXAMPLE },
	Market { name: "the requester runs 2 again", setting: Setting { watched: 2, ..Setting::EXAMPLE } },
	Market {
		name: "a friend makes the seed's last block",
		setting: Setting { last_draws: 2, ..Setting::EXAMPLE },
	},
	market("data of all batches must be there", Rules::STRICTER),
	Market { name: "short windows", setting: Setting { timing: Timing::SHORT, ..Setting::EXAMPLE } },
	market("starved auditors run nothing", Rules { runs_unsealed: false, ..Rules::PROTOCOL }),
	market("samples opened after whole audits only", Rules { opens_at_expiry: false, ..Rules::PROTOCOL }),
	market("no votes", Rules { votes: false, ..Rules::PROTOCOL }),
];
const ENDS: [Outcome; 5] =
	[Outcome::Paid, Outcome::Slashed, Outcome::TakenBack, Outcome::Void, Outcome::Missed];

/// Where a worker may deviate.
struct Case {
	market: &'static Market,
	rate: u32,
	friends: u32,
}

/// What became of the attempts of one behaviour, and from which cost on it pays.
#[derive(Clone, Copy)]
struct Answer {
	/// How often each of [`ENDS`] was the end.
	ends: [f64; 5],
	/// What the worker gains or loses if a task costs all it pays, as a share of the pay of a batch. Honest: nothing.
	profit: Estimate,
	/// The cost per task, as a share of the bounty, from which on this pays better than honesty.
	pays_from: Estimate,
}

fn setting(case: &Case) -> Setting {
	let setting = case.market.setting;
	let policy = AuditPolicy { rate: case.rate, ..setting.policy };
	Setting { policy, cost: setting.bounty, ..setting }
}

/// The answers for all of [`DEVIATIONS`].
fn answers(case: &Case, runs: u32) -> [Answer; 8] {
	let setting = setting(case);
	let crowd = Auditor::Friend.crowd(length(VALIDATORS), length(case.friends), 0);
	let pay = real(i128::try_from(setting.pay()).unwrap_or(i128::MAX));
	let income = |attempt: &Attempt| real(attempt.ledger.worker) / pay;
	let [honest] = means(&setting, Worker::Honest, &crowd, runs, 61, |attempt| [income(attempt)]);
	DEVIATIONS.map(|(_, worker)| {
		let [paid, slashed, taken_back, void, missed, profit, income] =
			means(&setting, worker, &crowd, runs, 61, |attempt| {
				let [paid, slashed, taken_back, void, missed] =
					ENDS.map(|end| if attempt.outcome == end { 1.0 } else { 0.0 });
				let profit = real(attempt.worker_profit()) / pay;
				[paid, slashed, taken_back, void, missed, profit, income(attempt)]
			});
		let saved = f64::from(TASKS.saturating_sub(worker.runs(TASKS))) / f64::from(TASKS);
		// The same draws decide both, so the error of the difference is no more than the sum.
		let error = (honest.error + income.error) / saved;
		Answer {
			ends: [paid, slashed, taken_back, void, missed].map(|share| share.mean),
			profit,
			pays_from: Estimate { mean: (honest.mean - income.mean) / saved, error },
		}
	})
}

/// In words, with three standard errors of doubt.
fn judge(pays_from: &Estimate) -> String {
	let (low, high) = (pays_from.mean - 3.0 * pays_from.error, pays_from.mean + 3.0 * pays_from.error);
	// At a cost of the whole bounty nobody gains by honesty either.
	if low > 1.0 - 1e-9 {
		"never".into()
	} else if high <= 0.0 {
		"**always**".into()
	} else if high < 1.0 {
		format!("**above {:.0} %**", pays_from.mean.max(0.0) * 100.0)
	} else {
		"at the edge".into()
	}
}

pub(super) fn study(runs: u32) -> Study {
	let mut cases = Vec::new();
	for market in &MARKETS {
		for rate in RATES {
			cases.extend(FRIENDS.map(|friends| Case { market, rate, friends }));
		}
	}
	let all = each(&cases, |case| answers(case, runs / 2));
	let chart = |market: usize, rate, title: &str| {
		chart(&cases, &all, MARKETS.get(market).map_or("", |m| m.name), rate, title)
	};
	let every = AuditPolicy::EVERY_BATCH;
	Study {
		name: "workers",
		title: "When does it pay a worker not to be honest?",
		text: "A batch of 64 tasks, 30 auditors of whom some are friends of the worker, two auditors with two samples. A \
			deviation saves the work of the tasks it does not run. So it pays if running a task costs more than a certain share \
			of its bounty, which the table tells; *never* means that this is more than the bounty. Where all tasks can be made \
			up and it is less, there is also something to gain for those that cannot work at all. Nobody watches, except where \
			the requester runs two random tasks again; it gets the data of these, or the worker is slashed. Each of the other \
			markets is the chain with one thing changed. *Short windows*: four blocks to a tranche, with auditors like the \
			node's, who need four to run and eight to give up on data. *Starved auditors run nothing*: whoever gets no sealed \
			results says so and nothing else. *No votes*: contradicted batches go back and nobody loses anything. How often \
			each attempt is paid, slashed or taken back is in the CSV file.",
		table: table(&cases, &all),
		extract: Some(extract(&cases, &all)),
		charts: vec![
			("workers", chart(0, every, "Every batch audited: from which cost on cheating pays")),
			("workers-rate", chart(0, 50_000, "5 % audited: from which cost on cheating pays")),
			("workers-friend", chart(2, 250_000, "25 % audited, a friend makes the last block: from which cost on")),
			("workers-haste", chart(4, every, "Every batch audited, short windows: from which cost on it pays")),
			("workers-unsealed", chart(5, 250_000, "25 % audited, starved auditors run nothing: from which cost on")),
		],
	}
}

fn table(cases: &[Case], all: &[[Answer; 8]]) -> Table {
	let mut table = Table::new([
		"market",
		"rate",
		"friends of 30",
		"deviation",
		"paid",
		"slashed",
		"taken back",
		"void",
		"missed",
		"profit at full cost, of the pay",
		"pays from a cost, of the bounty",
		"pays",
	]);
	for (case, answers) in cases.iter().zip(all) {
		for ((deviation, _), answer) in DEVIATIONS.iter().zip(answers) {
			let [paid, slashed, taken_back, void, missed] = answer.ends.map(share);
			table.push([
				case.market.name.into(),
				share(f64::from(case.rate) / 1e6),
				case.friends.to_string(),
				(*deviation).into(),
				paid,
				slashed,
				taken_back,
				void,
				missed,
				format!("{:+.3} ± {:.3}", answer.profit.mean, answer.profit.error),
				format!("{:.3} ± {:.3}", answer.pays_from.mean, answer.pays_from.error),
				judge(&answer.pays_from).replace('*', ""),
			]);
		}
	}
	table
}

fn extract(cases: &[Case], all: &[[Answer; 8]]) -> Table {
	let headings = ["market", "rate", "friends of 30"].into_iter().chain(DEVIATIONS.map(|(name, _)| name));
	let mut table = Table { headings: headings.collect(), rows: Vec::new() };
	for (case, answers) in cases.iter().zip(all).filter(|(case, _)| ![3, 9].contains(&case.friends)) {
		let place = [case.market.name.into(), share(f64::from(case.rate) / 1e6), case.friends.to_string()];
		let verdicts = answers.iter().map(|answer| judge(&answer.pays_from));
		table.rows.push(place.into_iter().chain(verdicts).collect());
	}
	table
}

fn chart(cases: &[Case], all: &[[Answer; 8]], market: &str, rate: u32, title: &str) -> Chart {
	let mut series = Vec::new();
	for (deviation, (name, _)) in DEVIATIONS.iter().enumerate().skip(2) {
		let of = cases.iter().zip(all).filter(|(case, _)| case.market.name == market && case.rate == rate);
		let points: Vec<_> = of
			.filter_map(|(case, answers)| {
				let answer = answers.get(deviation)?;
				let x = f64::from(case.friends) / f64::from(VALIDATORS);
				Some(Point { x, y: answer.pays_from.mean, error: 2.0 * answer.pays_from.error })
			})
			.collect();
		let colour = deviation.saturating_sub(2);
		let name = name.replace(", ", ",\n");
		series.push(Series { name, colour, mark: Mark::Line, points: points.clone() });
		series.push(Series { name: String::new(), colour, mark: Mark::Dots, points });
	}
	let bounty = vec![Point::exact(0.0, 1.0), Point::exact(0.35, 1.0)];
	series.push(Series {
		name: "the bounty: below it, honest\nwork is better".into(),
		colour: 6,
		mark: Mark::Dashes,
		points: bounty,
	});
	Chart {
		title: title.into(),
		x: Axis::percent(
			"auditors that are the worker's friends",
			Scale::Linear,
			&[0.0, 0.1, 0.2, 0.3, 0.35],
		),
		y: Axis::percent(
			"pays from this cost of a task, of its bounty",
			Scale::Linear,
			&[0.0, 0.5, 1.0, 1.5, 2.0, 2.5],
		),
		series,
	}
}
