//! What the simulation has to reproduce: exact odds of the race between two kinds of auditors, by adding up all that
//! can happen. In floating point, and for [`Closing::AtOnce`] only.
//!
//! [`Closing::AtOnce`]: crate::setting::Closing::AtOnce

use crate::{setting::Setting, statistics::real};
use assay_primitives::{odds, Chance};

/// Auditors that behave alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Side {
	/// How many there are.
	pub count: u32,
	/// Blocks from being admitted to the report.
	pub delay: u32,
}

/// What two sides report of one batch. Where both report in the same block, `first` does so first, unless the setting
/// says that honest reports do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Race<'a> {
	/// The batch and the windows.
	pub setting: &'a Setting,
	/// The side that does not work, and so comes first.
	pub first: Side,
	/// The other side.
	pub second: Side,
	/// Auditors that never report.
	pub asleep: u32,
}

/// Reports of the two sides when an audit is closed, and how likely that is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Close {
	/// Reports of the first side.
	pub first: u32,
	/// Reports of the second side.
	pub second: u32,
	/// The chance of it.
	pub chance: f64,
}

/// Auditors of a side that are admitted by one tranche report in one block.
struct Arrival {
	block: u32,
	is_second: bool,
	count: u32,
	/// The chance of each that has not reported yet to be among them.
	chance: f64,
}

impl Race<'_> {
	/// How the audit can end with enough reports. What is missing to a sum of 1 is the chance that it never does.
	/// `is_complete` says whether so many reports of either side are enough.
	pub fn closings(&self, is_complete: impl Fn(u32, u32) -> bool) -> Vec<Close> {
		let mut open = vec![Close { first: 0, second: 0, chance: 1.0 }];
		let mut closed = Tally::new(self);
		for arrival in self.arrivals() {
			let is_closed = |first, second| {
				arrival.block >= self.setting.timing.min_audit_window && is_complete(first, second)
			};
			let arriving = binomials(arrival.count, arrival.chance);
			let mut next = Tally::new(self);
			for state in open {
				if is_closed(state.first, state.second) {
					closed.add(state);
					continue;
				}
				let arrived = if arrival.is_second { state.second } else { state.first };
				let absent = usize::try_from(arrival.count.saturating_sub(arrived)).unwrap_or(usize::MAX);
				let mut reached = state;
				for odds in arriving.get(absent).into_iter().flatten() {
					next.add(Close { chance: state.chance * odds, ..reached });
					// No report is taken that comes when the audit is closed or full.
					let taken = reached.first.saturating_add(reached.second);
					if taken < self.setting.rules.max_reports && !is_closed(reached.first, reached.second) {
						let side = if arrival.is_second { &mut reached.second } else { &mut reached.first };
						*side = side.saturating_add(1);
					}
				}
			}
			open = next.into_closings();
		}
		for state in open.into_iter().filter(|state| is_complete(state.first, state.second)) {
			closed.add(state);
		}
		closed.into_closings()
	}

	fn validators(&self) -> u32 {
		self.first.count.saturating_add(self.second.count).saturating_add(self.asleep)
	}

	/// In order of time.
	fn arrivals(&self) -> Vec<Arrival> {
		let (policy, validators) = (&self.setting.policy, self.validators());
		let mut arrivals = Vec::new();
		let mut before = 0.0;
		for tranche in 0..=odds::last_tranche(policy, validators) {
			let admitted = admitted(self.setting, validators, tranche);
			let chance = (admitted - before) / (1.0 - before);
			for (is_second, side) in [(false, self.first), (true, self.second)] {
				let block = self.setting.timing.opens(tranche).saturating_add(side.delay);
				arrivals.push(Arrival { block, is_second, count: side.count, chance });
			}
			before = admitted;
		}
		arrivals.retain(|arrival| arrival.block < self.setting.timing.audit_window);
		let honest_first = self.setting.timing.honest_first;
		arrivals.sort_by_key(|arrival| (arrival.block, arrival.is_second != honest_first));
		arrivals
	}

	/// The chance that a cheat passes who starves the honest, the second side, of data, and has the first side vouch.
	pub fn starved_pass(&self) -> f64 {
		let is_complete = |friends, starved| friends >= self.setting.required(self.validators(), starved);
		self.closings(is_complete).iter().map(|close| close.chance).sum()
	}

	/// The chance that an honest batch is not audited in time because the first side cries that it was starved.
	pub fn held_up(&self) -> f64 {
		let is_complete = |criers, checked| checked >= self.setting.required(self.validators(), criers);
		let in_time: f64 = self.closings(is_complete).iter().map(|close| close.chance).sum();
		// A sum of many roundings can be a hair above 1.
		(1.0 - in_time).max(0.0)
	}

	/// Closings of an audit in which both sides check, or say so.
	pub fn both_check(&self) -> Vec<Close> {
		let required = self.setting.required(self.validators(), 0);
		self.closings(|first, second| first.saturating_add(second) >= required)
	}

	/// The chance that a batch with `wrong` wrong tasks passes its audit: the first side vouches, the second checks.
	pub fn cheat_pass(&self, wrong: u32) -> f64 {
		let missed = odds::missed(self.setting.tasks, wrong, self.setting.policy.samples.into());
		let missed = probability(missed);
		self.both_check()
			.iter()
			.map(|close| close.chance * (0..close.second).fold(1.0, |all, _| all * missed))
			.sum()
	}

	/// The reports of an audit, on average over those that end.
	pub fn reports(&self) -> f64 {
		let closings = self.both_check();
		let all: f64 = closings.iter().map(|close| close.chance).sum();
		let reports = closings.iter().map(|c| f64::from(c.first.saturating_add(c.second)) * c.chance);
		reports.sum::<f64>() / all
	}
}

/// A chance as a real number.
pub fn probability(chance: Chance) -> f64 {
	real(chance.parts().into()) / real(Chance::PARTS.into())
}

fn admitted(setting: &Setting, validators: u32, tranche: u32) -> f64 {
	let wanted = f64::from(u32::from(setting.policy.auditors).min(validators));
	(1.5 * wanted / f64::from(validators.max(1)) * (f64::from(tranche) + 1.0)).min(1.0)
}

/// The binomial distributions of up to `count` trials: the chances of 0, 1, … successes.
fn binomials(count: u32, chance: f64) -> Vec<Vec<f64>> {
	let mut all = vec![vec![1.0]];
	for _ in 0..count {
		let before = all.last().map_or(&[][..], |distribution| distribution);
		let one_more = [0.0].iter().chain(before).zip(before.iter().chain(&[0.0]));
		let next = one_more.map(|(less, same)| less * chance + same * (1.0 - chance)).collect();
		all.push(next);
	}
	all
}

/// Chances by the reports of both sides.
struct Tally {
	seconds: usize,
	chances: Vec<f64>,
}

impl Tally {
	fn new(race: &Race<'_>) -> Self {
		let states = |side: Side| usize::try_from(side.count).unwrap_or(usize::MAX).saturating_add(1);
		let seconds = states(race.second);
		Self { seconds, chances: vec![0.0; seconds.saturating_mul(states(race.first))] }
	}

	fn add(&mut self, state: Close) {
		let at = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
		let place = at(state.first).saturating_mul(self.seconds).saturating_add(at(state.second));
		if let Some(chance) = self.chances.get_mut(place) {
			*chance += state.chance;
		}
	}

	/// What has any chance.
	fn into_closings(self) -> Vec<Close> {
		let number = |place: usize| u32::try_from(place).unwrap_or(u32::MAX);
		let seconds = self.seconds.max(1);
		let all = self.chances.into_iter().enumerate().filter(|(_, chance)| *chance > 0.0);
		all.map(|(place, chance)| Close {
			first: number(place / seconds),
			second: number(place % seconds),
			chance,
		})
		.collect()
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::Timing;

	#[test]
	fn distributions_add_up() {
		let distribution = binomials(9, 0.3).swap_remove(7);
		assert_eq!(distribution.len(), 8);
		assert!((distribution.iter().sum::<f64>() - 1.0).abs() < 1e-12);
		assert!((distribution[2] - 21.0 * 0.09 * 0.7f64.powi(5)).abs() < 1e-12);
	}

	#[test]
	fn a_race_worked_out_by_hand() {
		// Two auditors and one wanted: in tranche 0 each is admitted with 3/4, in tranche 1 everybody is.
		let mut setting = Setting { timing: Timing::INSTANT, ..Setting::FIRST_DRAFT };
		setting.policy.auditors = 1;
		let side = Side { count: 1, delay: 0 };
		let race = Race { setting: &setting, first: side, second: side, asleep: 0 };
		// The friend in tranche 0 and the honest one not; or neither, and the friend first in tranche 1.
		assert!((race.starved_pass() - (0.75 * 0.25 + 0.25 * 0.25)).abs() < 1e-12);
		// Both in tranche 0, one alone, or neither and then the friend alone.
		assert!((race.cheat_pass(64) - (0.75 * 0.25 + 0.25 * 0.25)).abs() < 1e-12);
		assert!((race.reports() - (0.75 * 0.75 * 2.0 + 0.4375)).abs() < 1e-12);
		// One that cries makes three reports necessary, which nobody can bring; it has to be the first, though.
		assert!((race.held_up() - (0.75 + 0.25 * 0.25)).abs() < 1e-12);
	}
}
