//! The questions: what is simulated, and how it is shown.

mod alarms;
mod auditors;
mod detection;
mod haste;
mod reports;
mod starving;
mod workers;

use crate::{chart::Chart, statistics::Estimate, table::Table};
use std::{
	num::NonZeroUsize,
	sync::{
		atomic::{AtomicUsize, Ordering},
		Mutex,
	},
	thread,
};

/// A question and its answer.
#[derive(Clone, Debug)]
pub struct Study {
	/// What its files are called.
	pub name: &'static str,
	/// Its heading.
	pub title: &'static str,
	/// What was asked, in Markdown.
	pub text: &'static str,
	/// The answer in numbers.
	pub table: Table,
	/// What of it is shown on the page, if not all.
	pub extract: Option<Table>,
	/// The answer at a glance. Each has a name of its own.
	pub charts: Vec<(&'static str, Chart)>,
}

/// All studies, with about `runs` attempts for each number.
pub fn all(runs: u32) -> Vec<Study> {
	vec![
		detection::study(runs),
		reports::study(runs),
		starving::study(runs),
		haste::study(runs),
		alarms::study(runs),
		workers::study(runs),
		auditors::study(runs),
	]
}

/// `work` on each of `items`, on all processors. The results are in the order of the items.
fn each<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
	let next = AtomicUsize::new(0);
	let results = Mutex::new(Vec::new());
	let threads = thread::available_parallelism().map_or(1, NonZeroUsize::get);
	thread::scope(|scope| {
		for _ in 0..threads {
			scope.spawn(|| loop {
				let number = next.fetch_add(1, Ordering::Relaxed);
				let Some(item) = items.get(number) else { break };
				let result = work(item);
				results.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).push((number, result));
			});
		}
	});
	let mut results = results.into_inner().unwrap_or_else(|poisoned| poisoned.into_inner());
	results.sort_by_key(|(number, _)| *number);
	results.into_iter().map(|(_, result)| result).collect()
}

/// A share in per cent with two digits behind the point.
fn share(value: f64) -> String {
	// An empty sum is −0.
	format!("{:.2} %", value * 100.0 + 0.0)
}

/// An estimated share with its standard error.
fn estimated(estimate: &Estimate) -> String {
	format!("{:.2} ± {:.2} %", estimate.mean * 100.0, estimate.error * 100.0)
}

/// A share stated in parts per million, of a whole number. Rounded to the nearest.
fn part_of(count: u32, millionths: u32) -> u32 {
	let scaled = u64::from(count) * u64::from(millionths) + 500_000;
	u32::try_from(scaled / 1_000_000).unwrap_or(count)
}

/// A number of auditors as a length.
fn length(count: u32) -> usize {
	usize::try_from(count).unwrap_or(usize::MAX)
}
