//! The simulation and the formulae say the same, within what chance allows.

use assay_primitives::{
	odds::{self, AuditorSet},
	AuditPolicy,
};
use assay_simulation::{
	statistics::{attempts, audited_share, share, tolerance},
	theory::{probability, Race, Side},
	Auditor, Data, Outcome, Setting, Timing, Worker,
};

/// Standard deviations that are a surprise: less than once in ten thousand tests.
const DEVIATIONS: f64 = 4.0;
const RUNS: u32 = 3_000;

fn setting(policy: AuditPolicy, tasks: u32, timing: Timing) -> Setting {
	Setting { policy, tasks, timing, ..Setting::FIRST_DRAFT }
}

const fn policy(auditors: u8, samples: u8) -> AuditPolicy {
	AuditPolicy { auditors, samples, rate: AuditPolicy::EVERY_BATCH }
}

#[track_caller]
fn assert_close(found: f64, expected: f64, runs: u32) {
	let tolerance = tolerance(expected, runs, DEVIATIONS);
	assert!((found - expected).abs() <= tolerance, "{found} instead of {expected} ± {tolerance}");
}

/// With exactly as many reports as wanted, an audit finds what the formula says.
#[test]
fn audits_find_what_the_formula_says() {
	for (auditors, samples, tasks, wrong) in
		[(1, 1, 10, 1), (2, 2, 16, 1), (2, 3, 64, 6), (4, 2, 64, 6), (3, 16, 20, 2)]
	{
		let setting = setting(policy(auditors, samples), tasks, Timing::INSTANT);
		let cheat = Worker::Cheat { wrong, data: Data::Served };
		let crowd = Auditor::Friend.crowd(30, 0, 0);
		let exactly: Vec<_> = attempts(&setting, cheat, &crowd, RUNS, 1)
			.filter(|attempt| attempt.checked == u32::from(auditors))
			.map(|attempt| attempt.contradicted)
			.collect();
		let count = u32::try_from(exactly.len()).unwrap();
		assert!(count > RUNS / 8, "{count}");
		let expected = odds::caught(&setting.policy, &AuditorSet::honest(30), tasks, wrong);
		assert_close(share(exactly).mean, probability(expected), count);
	}
}

/// With hostile auditors the formula is that of drawing with replacement: a little less than what happens.
#[test]
fn hostile_auditors_blind_as_many_audits_as_they_are() {
	let setting = setting(policy(2, 2), 16, Timing::INSTANT);
	let crowd = Auditor::Friend.crowd(30, 6, 0);
	let cheat = Worker::Cheat { wrong: 16, data: Data::Served };
	let exactly: Vec<_> = attempts(&setting, cheat, &crowd, 5 * RUNS, 2)
		.filter(|attempt| attempt.checked == 2 && attempt.closed_at == Some(3))
		.map(|attempt| attempt.contradicted)
		.collect();
	let count = u32::try_from(exactly.len()).unwrap();
	// Two of thirty, without replacement.
	let exact = 1.0 - 6.0 * 5.0 / (30.0 * 29.0);
	assert_close(share(exactly).mean, exact, count);
	let formula = odds::caught(&setting.policy, &AuditorSet { validators: 30, hostile: 200_000 }, 16, 16);
	assert_eq!(formula.to_string(), "0.96");
	assert!(probability(formula) < exact);
}

#[test]
fn only_the_stated_share_is_audited() {
	for rate in [50_000, 250_000] {
		let setting = setting(AuditPolicy { rate, ..policy(2, 2) }, 16, Timing::INSTANT);
		let crowd = Auditor::Friend.crowd(30, 0, 0);
		let cheat = Worker::Cheat { wrong: 16, data: Data::Served };
		let caught = share(
			attempts(&setting, cheat, &crowd, RUNS, 3).map(|attempt| attempt.outcome == Outcome::Slashed),
		);
		let expected = odds::caught(&setting.policy, &AuditorSet::honest(30), 16, 16);
		assert_close(caught.mean, probability(expected), RUNS);
	}
}

/// A friend that makes the last block that decides, and leaves it out if it asks for an audit, spares the batch what that
/// block draws, and no more.
#[test]
fn one_friendly_block_spares_one_draw() {
	let example = Setting { policy: AuditPolicy { rate: 250_000, ..policy(2, 2) }, ..Setting::EXAMPLE };
	for (last_draws, expected) in [(1, 0.25), (2, 1.0 - 0.75f64.powf(7.0 / 8.0) * (1.0 - 0.0353 * 0.0353))] {
		let setting = Setting { last_draws, ..example };
		assert!((audited_share(&setting) - expected).abs() < 1e-4);
		let audited = attempts(&setting, Worker::Honest, &[Auditor::Honest], RUNS, 8);
		assert_close(share(audited.map(|attempt| attempt.audited)).mean, expected, RUNS);
	}
}

/// Tranches, haste, starving and false alarms, against the sum over all that can happen.
#[test]
fn races_end_as_often_as_worked_out() {
	let slow = Timing { run_delay: 6, starved_delay: 9, ..Timing::INSTANT };
	for (auditors, validators, hostile, timing) in [
		(2, 30, 6, Timing::INSTANT),
		(2, 30, 6, slow),
		(4, 100, 33, Timing::INSTANT),
		(1, 10, 3, slow),
		(2, 10, 3, Timing::CHAIN),
	] {
		let setting = setting(policy(auditors, 2), 64, timing);
		let first = Side { count: hostile, delay: 0 };
		let rest = validators - hostile;
		let race = |delay| Race { setting: &setting, first, second: Side { count: rest, delay }, asleep: 0 };
		let count = |number: u32| usize::try_from(number).unwrap();
		let (friends, criers) = (
			Auditor::Friend.crowd(count(validators), count(hostile), 0),
			Auditor::Crier.crowd(count(validators), count(hostile), 0),
		);
		let closes = |worker, crowd: &[Auditor]| {
			share(attempts(&setting, worker, crowd, RUNS, 4).map(|attempt| attempt.closed_at.is_some())).mean
		};
		let starving = Worker::Cheat { wrong: 64, data: Data::Withheld };
		assert_close(closes(starving, &friends), race(timing.starved_delay).starved_pass(), RUNS);
		assert_close(1.0 - closes(Worker::Honest, &criers), race(timing.run_delay).held_up(), RUNS);

		let serving = Worker::Cheat { wrong: 6, data: Data::Served };
		let passes = attempts(&setting, serving, &friends, RUNS, 5)
			.map(|attempt| attempt.closed_at.is_some() && !attempt.contradicted);
		assert_close(share(passes).mean, race(timing.run_delay).cheat_pass(6), RUNS);
	}
}

/// How many auditors report, which is what auditing really costs.
#[test]
fn as_many_report_as_worked_out() {
	let setting = setting(policy(2, 2), 64, Timing::INSTANT);
	let crowd = Auditor::Friend.crowd(30, 0, 0);
	let reports =
		attempts(&setting, Worker::Honest, &crowd, RUNS, 6).map(|attempt| f64::from(attempt.checked));
	let estimate = assay_simulation::statistics::Estimate::of(reports);
	let side = |count| Side { count, delay: 0 };
	let expected = Race { setting: &setting, first: side(0), second: side(30), asleep: 0 }.reports();
	assert!(
		(estimate.mean - expected).abs() <= DEVIATIONS * estimate.error,
		"{estimate:?} instead of {expected}"
	);
	assert!(expected > 3.0, "{expected}");
}

#[test]
fn an_audit_finishes_as_soon_as_the_quote_says() {
	let setting = setting(policy(2, 2), 64, Timing::INSTANT);
	let crowd = Auditor::Friend.crowd(30, 0, 10);
	let closed: Vec<_> =
		attempts(&setting, Worker::Honest, &crowd, RUNS, 7).map(|attempt| attempt.closed_at).collect();
	for tranche in 0..4 {
		let by = setting.timing.opens(tranche).max(setting.timing.min_audit_window);
		let found = share(closed.iter().map(|closed| closed.is_some_and(|block| block <= by)));
		let expected = odds::enough_by(&setting.policy, 30, 20, tranche);
		assert_close(found.mean, probability(expected), RUNS);
	}
}
