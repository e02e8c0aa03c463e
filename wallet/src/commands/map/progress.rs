//! How far a map is, for people who wait for it.

use crate::{
	commands::offer::duration,
	error::Error,
	output::{is_watched, Output},
};
use assay_primitives::{
	view::{BatchStage, BatchView},
	BlockNumber, JobId,
};
use indicatif::ProgressBar;
use std::{cell::RefCell, time::Instant};

/// Blocks without a claim after which it is said that there may be nobody to work.
const LONELY_BLOCKS: BlockNumber = 8;
/// Claimed, handed in, revealed, paid.
const STEPS: u64 = 4;

/// A bar for people at a terminal, lines for logs.
pub(super) struct Progress {
	output: Output,
	bar: Option<ProgressBar>,
	job: JobId,
	tasks: u64,
	state: RefCell<State>,
}

struct State {
	start: Instant,
	/// The tasks that are here, verified.
	verified: u64,
	/// The steps that were done when this run began.
	steps_before: Option<u64>,
	first_block: Option<BlockNumber>,
	was_lonely: bool,
	last: String,
}

/// Tasks by what happens to them.
#[derive(Debug, Default, PartialEq, Eq)]
struct Counts {
	waiting: u64,
	running: u64,
	in_audit: u64,
	audited: u64,
	contested: u64,
	paid: u64,
	refunded: u64,
}

impl Counts {
	fn new(views: &[BatchView]) -> Self {
		let mut counts = Self::default();
		for view in views {
			let place = match view.stage {
				BatchStage::Available => &mut counts.waiting,
				BatchStage::Claimed => &mut counts.running,
				BatchStage::Committed => &mut counts.in_audit,
				BatchStage::Revealed => &mut counts.audited,
				BatchStage::Disputed | BatchStage::Demanded => &mut counts.contested,
				BatchStage::Settled | BatchStage::Pruned => &mut counts.paid,
				BatchStage::Refunded => &mut counts.refunded,
			};
			*place = place.saturating_add(view.tasks.into());
		}
		counts
	}

	/// Steps that are done, of [`STEPS`] for each task.
	fn steps(&self) -> u64 {
		let over = self.paid.saturating_add(self.refunded);
		let revealed = self.audited.saturating_add(self.contested);
		let weigh = |tasks: u64, steps: u64| tasks.saturating_mul(steps);
		weigh(over, STEPS)
			.saturating_add(weigh(revealed, 3))
			.saturating_add(weigh(self.in_audit, 2))
			.saturating_add(self.running)
	}

	fn line(&self) -> String {
		let parts = [
			(self.waiting, "waiting"),
			(self.running, "running"),
			(self.in_audit, "in audit"),
			(self.audited, "audited"),
			(self.contested, "contested"),
			(self.paid, "paid"),
			(self.refunded, "refunded"),
		];
		let parts: Vec<_> = parts
			.iter()
			.filter(|(tasks, _)| *tasks > 0)
			.map(|(tasks, what)| format!("{tasks} {what}"))
			.collect();
		parts.join(", ")
	}
}

impl Progress {
	/// Shows nothing yet.
	pub(super) fn new(output: Output, job: JobId, tasks: u32) -> Self {
		let bar = (is_watched() && !output.json).then(|| output.task_bar(tasks.into()));
		let state = State {
			start: Instant::now(),
			verified: 0,
			steps_before: None,
			first_block: None,
			was_lonely: false,
			last: String::new(),
		};
		Self { output, bar, job, tasks: tasks.into(), state: RefCell::new(state) }
	}

	/// So many tasks' results are here, verified.
	pub(super) fn verified(&self, tasks: u64) {
		self.state.borrow_mut().verified = tasks;
		if let Some(bar) = &self.bar {
			bar.set_position(tasks);
		}
	}

	/// Shows where the batches stand.
	pub(super) fn show(&self, block: BlockNumber, views: &[BatchView]) -> Result<(), Error> {
		let counts = Counts::new(views);
		let line = counts.line();
		let text = match self.time_left(counts.steps()) {
			Some(left) => format!("{line}; about {} left", duration(left)),
			None => line.clone(),
		};
		match &self.bar {
			Some(bar) => bar.set_message(text),
			None if self.state.borrow().last == line => {},
			None => {
				let verified = self.state.borrow().verified;
				self.output.note(format_args!("{verified} of {} verified: {text}", self.tasks))?;
			},
		}
		self.state.borrow_mut().last = line;
		self.tell_if_lonely(block, &counts);
		Ok(())
	}

	/// What is left at the pace of this run, in seconds.
	fn time_left(&self, steps: u64) -> Option<u64> {
		let mut state = self.state.borrow_mut();
		let before = *state.steps_before.get_or_insert(steps);
		let done = steps.checked_sub(before).filter(|done| *done > 0)?;
		let left = self.tasks.saturating_mul(STEPS).checked_sub(steps).filter(|left| *left > 0)?;
		state.start.elapsed().as_secs().checked_mul(left)?.checked_div(done)
	}

	fn tell_if_lonely(&self, block: BlockNumber, counts: &Counts) {
		let is_lonely = {
			let mut state = self.state.borrow_mut();
			let first = *state.first_block.get_or_insert(block);
			let nobody_works = counts.waiting == self.tasks && !state.was_lonely;
			let is_lonely = nobody_works && block.saturating_sub(first) >= LONELY_BLOCKS;
			state.was_lonely |= is_lonely;
			is_lonely
		};
		if is_lonely {
			self.tell(&format!(
				"Nobody has claimed anything yet: perhaps no worker is running, or none works for this pay. Ctrl-C leaves the \
				 job as it is, and assay job cancel {} gives the money back.",
				self.job
			));
		}
	}

	/// Says something once.
	pub(super) fn tell(&self, text: &str) {
		match &self.bar {
			Some(bar) => bar.println(text),
			None => eprintln!("{text}"),
		}
	}

	/// Takes the bar away.
	pub(super) fn end(&self) {
		if let Some(bar) = &self.bar {
			bar.finish_and_clear();
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::testing::batch;

	#[test]
	fn tasks_are_counted_by_what_happens_to_them() {
		let view = |stage, tasks| BatchView { tasks, ..batch(0, stage) };
		let views = [
			view(BatchStage::Available, 16),
			view(BatchStage::Claimed, 16),
			view(BatchStage::Claimed, 4),
			view(BatchStage::Settled, 16),
		];
		let counts = Counts::new(&views);
		assert_eq!(counts.line(), "16 waiting, 20 running, 16 paid");
		assert_eq!(counts.steps(), 20 + 16 * STEPS);
	}
}
