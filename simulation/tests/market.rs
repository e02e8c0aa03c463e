//! What must hold of money, and who gains by what, under the rules and with each of them weakened.

use assay_primitives::AuditPolicy;
use assay_simulation::{
	setting::Closing,
	statistics::{attempts, means, real, share, Estimate},
	Auditor, Data, Outcome, Rules, Setting, Timing, Worker,
};

const RUNS: u32 = 1_000;
/// Standard errors by which a mean has to be on the right side.
const DEVIATIONS: f64 = 3.0;

const fn cheat(wrong: u32, data: Data) -> Worker {
	Worker::Cheat { wrong, data }
}

const WORKERS: [Worker; 8] = [
	cheat(1, Data::Served),
	cheat(7, Data::Served),
	cheat(32, Data::Served),
	cheat(64, Data::Served),
	cheat(64, Data::Withheld),
	cheat(64, Data::ServedUntilCaught),
	Worker::Offline,
	Worker::Silent,
];

const KINDS: [Auditor; 7] = [
	Auditor::Honest,
	Auditor::Asleep,
	Auditor::Lazy,
	Auditor::Copying,
	Auditor::Friend,
	Auditor::Crier,
	Auditor::Slanderer,
];

fn at_rate(rate: u32) -> Setting {
	Setting { policy: AuditPolicy { rate, ..Setting::EXAMPLE.policy }, ..Setting::EXAMPLE }
}

/// What the worker gains on average, as a share of the pay of a batch.
fn gain(setting: &Setting, worker: Worker, friends: usize) -> Estimate {
	let crowd = Auditor::Friend.crowd(30, friends, 0);
	let pay = real(i128::try_from(setting.pay()).unwrap_or(i128::MAX));
	let [gain] = means(setting, worker, &crowd, RUNS, 1, |attempt| [real(attempt.worker_profit()) / pay]);
	gain
}

#[test]
fn money_is_neither_made_nor_lost() {
	let no_votes = Rules { votes: false, ..Rules::PROTOCOL };
	for rules in [Rules::PROTOCOL, Rules::FIRST_DRAFT, Rules::STRICTER, no_votes] {
		for (number, worker) in WORKERS.into_iter().chain([Worker::Honest]).enumerate() {
			let setting = Setting { rules, watched: 1, ..at_rate(700_000) };
			// Every kind of auditor, and enough honest ones for a verdict.
			let mut crowd = KINDS.to_vec();
			crowd.extend([Auditor::Honest; 13]);
			for attempt in attempts(&setting, worker, &crowd, 200, number.try_into().unwrap()) {
				let ledger = &attempt.ledger;
				let auditors: i128 = ledger.auditors.iter().sum();
				assert_eq!(ledger.requester + ledger.worker + auditors + ledger.burned, 0, "{attempt:?}");
				assert!(ledger.burned >= 0);
				let bond = i128::try_from(setting.bond()).unwrap();
				let fines: i128 = ledger.auditors.iter().filter(|earned| **earned < 0).sum();
				// Half of what convicted auditors lose goes to whom they wronged.
				let wronged = -fines / 2;
				let most = match attempt.outcome {
					Outcome::Paid => i128::try_from(setting.pay()).unwrap(),
					Outcome::Slashed => -bond,
					_ => 0,
				};
				assert!((-bond..=most + wronged).contains(&ledger.worker), "{attempt:?}");
				// At least half of what a convicted worker loses is burned.
				let is_slashed = attempt.outcome == Outcome::Slashed;
				assert!(!is_slashed || ledger.burned >= bond / 2, "{attempt:?}");
			}
		}
	}
}

#[test]
fn nobody_honest_is_ever_slashed() {
	for rules in [Rules::PROTOCOL, Rules::FIRST_DRAFT, Rules::STRICTER] {
		for hostile in [Auditor::Lazy, Auditor::Friend, Auditor::Crier, Auditor::Slanderer] {
			let crowd = hostile.crowd(30, 9, 0);
			for worker in WORKERS.into_iter().chain([Worker::Honest]) {
				for attempt in attempts(&Setting { rules, ..Setting::EXAMPLE }, worker, &crowd, 200, 2) {
					assert!(attempt.ledger.auditors.iter().skip(9).all(|earned| *earned >= 0), "{attempt:?}");
					assert!(worker != Worker::Honest || attempt.ledger.worker >= 0, "{attempt:?}");
				}
			}
		}
	}
}

/// A wrong leaf that an honest auditor reported is never paid.
#[test]
fn what_is_contradicted_is_not_paid() {
	let crowd = Auditor::Friend.crowd(30, 9, 0);
	for timing in [Timing::CHAIN, Timing::SHORT] {
		for worker in WORKERS {
			for attempt in attempts(&Setting { timing, ..Setting::EXAMPLE }, worker, &crowd, RUNS, 3) {
				assert!(!attempt.contradicted || attempt.outcome != Outcome::Paid, "{attempt:?}");
			}
		}
	}
}

/// A worker whose costs are 80 % of the bounty does best by working, however few batches are audited, if at most a
/// fifth of the auditors are its friends; also if one of them makes the last block that decides about the audit, unless
/// hardly any batch is audited.
#[test]
fn honesty_is_the_best_reply_of_a_worker() {
	let every = AuditPolicy::EVERY_BATCH;
	let cases =
		[(every, 1, 9), (every, 2, 9), (250_000, 1, 6), (250_000, 2, 6), (50_000, 1, 6), (50_000, 2, 3)];
	for (rate, last_draws, most) in cases {
		let setting = Setting { cost: 800_000, last_draws, ..at_rate(rate) };
		for friends in [0, 3, 6, 9].into_iter().filter(|friends| *friends <= most) {
			let honest = gain(&setting, Worker::Honest, friends).mean;
			assert!(honest > 0.19, "{honest}");
			for worker in WORKERS {
				let gain = gain(&setting, worker, friends);
				assert!(
					gain.is_below(honest, DEVIATIONS),
					"{worker:?} with {friends} friends at a rate of {rate}: {gain:?}, honest {honest}"
				);
			}
		}
	}
}

/// Each of these markets is weakened in one place. There the same worker does better by cheating, and did not before.
#[test]
fn each_rule_is_needed() {
	let fine = Setting { cost: 800_000, ..at_rate(AuditPolicy::EVERY_BATCH) };
	let quarter = Setting { cost: 800_000, ..at_rate(250_000) };
	let few = Setting { cost: 970_000, ..at_rate(50_000) };
	let blind = Rules { runs_unsealed: false, ..Rules::PROTOCOL };
	let weakened = |rules| Setting { rules, ..fine };
	let served = cheat(64, Data::Served);
	let withheld = cheat(64, Data::Withheld);
	let cases = [
		(
			"no votes",
			served,
			(quarter, 0),
			(Setting { rules: Rules { votes: false, ..quarter.rules }, ..quarter }, 0),
		),
		(
			"starved not replaced",
			withheld,
			(weakened(blind), 3),
			(weakened(Rules { replaces_starved: false, ..blind }), 3),
		),
		("short windows, withheld", withheld, (fine, 9), (Setting { timing: Timing::SHORT, ..fine }, 9)),
		("starved run nothing", withheld, (quarter, 0), (Setting { rules: blind, ..quarter }, 0)),
		(
			"availability of spared batches, withheld",
			withheld,
			(Setting { rules: Rules::STRICTER, ..few }, 6),
			(few, 6),
		),
	];
	for (name, worker, (fine, few), (weak, friends)) in cases {
		let honest = gain(&fine, Worker::Honest, few).mean;
		let cheated = gain(&fine, worker, few);
		assert!(cheated.is_below(honest, DEVIATIONS), "{name}: {cheated:?}, honest {honest}");
		let honest = gain(&weak, Worker::Honest, friends).mean;
		let cheated = gain(&weak, worker, friends);
		assert!(cheated.mean - DEVIATIONS * cheated.error > honest, "{name}: {cheated:?}, honest {honest}");
	}
}

/// An audit that waits for the end of a tranche asks no more auditors than one that does not.
#[test]
fn hearing_a_tranche_out_admits_no_further_one() {
	let crowd = Auditor::Honest.crowd(30, 0, 0);
	let reports = |closing| {
		let setting = Setting { rules: Rules { closing, ..Rules::PROTOCOL }, ..Setting::EXAMPLE };
		Estimate::of(
			attempts(&setting, Worker::Honest, &crowd, RUNS, 4).map(|attempt| f64::from(attempt.ran)),
		)
	};
	assert_eq!(reports(Closing::AtOnce), reports(Closing::WithTranche));
}

/// One auditor's gain per batch.
fn auditor_gain(setting: &Setting, kind: Auditor, worker: Worker) -> Estimate {
	let crowd = kind.crowd(30, 1, 0);
	Estimate::of(
		attempts(setting, worker, &crowd, 20 * RUNS, 5).map(|attempt| real(attempt.auditor_profit(0))),
	)
}

/// If running a task costs 30 % of its bounty and all workers cheat a little, honest auditors do best.
#[test]
fn honesty_is_the_best_reply_of_an_auditor_where_cheats_are_about() {
	let setting = Setting { cost: 300_000, ..Setting::EXAMPLE };
	let worker = cheat(20, Data::Served);
	let honest = auditor_gain(&setting, Auditor::Honest, worker);
	assert!(honest.mean > DEVIATIONS * honest.error, "{honest:?}");
	for kind in [Auditor::Asleep, Auditor::Lazy, Auditor::Copying, Auditor::Crier, Auditor::Slanderer] {
		let gain = auditor_gain(&setting, kind, worker);
		assert!(gain.is_below(honest.mean, DEVIATIONS), "{kind:?}: {gain:?}, honest {honest:?}");
	}
}

/// And where it is not: nobody audits for less than it costs, and who trusts honest workers saves the work.
#[test]
fn auditors_have_temptations() {
	let dear = Setting { cost: 700_000, ..Setting::EXAMPLE };
	assert!(auditor_gain(&dear, Auditor::Honest, Worker::Honest).is_below(0.0, DEVIATIONS));
	let copying = auditor_gain(&Setting::EXAMPLE, Auditor::Copying, Worker::Honest);
	let honest = auditor_gain(&Setting::EXAMPLE, Auditor::Honest, Worker::Honest);
	assert!(honest.is_below(copying.mean, DEVIATIONS), "{honest:?} {copying:?}");
}

#[test]
fn one_watcher_that_finds_it_wins() {
	let setting = Setting { watched: 64, ..at_rate(50_000) };
	let crowd = Auditor::Friend.crowd(30, 9, 0);
	let paid =
		attempts(&setting, cheat(1, Data::Served), &crowd, RUNS, 6).map(|a| a.outcome == Outcome::Paid);
	assert_eq!(share(paid).mean, 0.0);
}
