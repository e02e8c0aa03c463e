//! What all batches of a worker share.

use crate::{
	job_data::JobCache,
	journal::{BatchId, Journal},
	link::Link,
	room::Room,
	runner::TaskRunner,
};
use assay_client::Keys;
use assay_primitives::{view::Parameters, BlockNumber, JobId};
use std::{
	collections::BTreeMap,
	sync::{Arc, Mutex, MutexGuard, PoisonError},
	time::{Duration, Instant},
};
use tokio::sync::watch;

/// How long what is under way may take to end in an orderly manner when the worker is stopped.
pub(crate) const GRACE: Duration = Duration::from_secs(10);

/// How long results may take to be handed in, and a reveal or an answer to reach a block, before nothing is sent any more
/// that this worker does not owe: some blocks. What finds no room in blocks keeps back all that its account sends after it.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// Where the chain is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Heads {
	/// Height of the best block.
	pub(crate) best: BlockNumber,
	/// Height of the last final block.
	pub(crate) finalized: BlockNumber,
}

/// What all batches of a worker share.
pub(crate) struct Context {
	pub(crate) link: Arc<Link>,
	pub(crate) keys: Keys,
	pub(crate) journal: Journal,
	pub(crate) runner: Arc<dyn TaskRunner>,
	pub(crate) room: Arc<Room>,
	pub(crate) jobs: JobCache,
	pub(crate) ledger: Ledger,
	pub(crate) parameters: Parameters,
	pub(crate) max_blob: u64,
	pub(crate) block_time: Duration,
	pub(crate) heads: watch::Receiver<Heads>,
	pub(crate) paused: watch::Receiver<bool>,
	pub(crate) stop: watch::Receiver<bool>,
}

impl Context {
	/// Whether the worker is to stop.
	pub(crate) fn is_stopping(&self) -> bool {
		*self.stop.borrow()
	}

	/// Whether the worker is to step aside for the rest of the machine.
	pub(crate) fn is_paused(&self) -> bool {
		*self.paused.borrow()
	}

	/// Returns when the worker is to stop.
	pub(crate) async fn stopping(&self) {
		// An error means that the sender is gone, which is the end as well.
		let _ = self.stop.clone().wait_for(|stop| *stop).await;
	}
}

/// What a worker has in hand, and what it has learned about jobs.
#[derive(Default)]
pub(crate) struct Ledger {
	state: Mutex<State>,
}

#[derive(Default)]
struct State {
	/// Tasks not done yet, of the batches that are not handed in.
	open: BTreeMap<BatchId, u32>,
	/// What the tasks took that were run of each job.
	costs: BTreeMap<JobId, Cost>,
	/// Jobs not to be claimed from before this block.
	refused: BTreeMap<JobId, BlockNumber>,
	/// Batches of each job that were not handed in in time.
	late: BTreeMap<JobId, u32>,
	/// Batches of each job whose receipt was accepted since one was late.
	accepted: BTreeMap<JobId, u32>,
	/// How often program and input of each job were not to be had, one time after the other.
	unloaded: BTreeMap<JobId, u32>,
	/// What is not handed in although it is done, the reveals and the answers that are in no block yet, and since when.
	owed: BTreeMap<BatchId, Instant>,
}

/// What tasks took.
#[derive(Clone, Copy, Default)]
struct Cost {
	tasks: u32,
	time: Duration,
	fuel: u128,
}

impl Cost {
	fn time_of_one(&self) -> Option<Duration> {
		self.time.checked_div(self.tasks)
	}

	fn fuel_of_one(&self) -> Option<u64> {
		let fuel = self.fuel.checked_div(self.tasks.into())?;
		Some(u64::try_from(fuel).unwrap_or(u64::MAX))
	}
}

impl Ledger {
	/// Nothing panics while the lock is held, and numbers would stay numbers if it did.
	fn state(&self) -> MutexGuard<'_, State> {
		self.state.lock().unwrap_or_else(PoisonError::into_inner)
	}

	/// This many tasks of a batch are still to be done.
	pub(crate) fn set_open(&self, id: BatchId, tasks: u32) {
		self.state().open.insert(id, tasks);
	}

	/// A batch is handed in, or lost.
	pub(crate) fn close(&self, id: &BatchId) {
		let mut state = self.state();
		state.open.remove(id);
		state.owed.remove(id);
	}

	/// A batch is being handed in, or a reveal or an answer is being sent, perhaps not for the first time.
	pub(crate) fn owe(&self, id: BatchId) {
		self.state().owed.entry(id).or_insert_with(Instant::now);
	}

	/// It is in a block.
	pub(crate) fn settle(&self, id: &BatchId) {
		self.state().owed.remove(id);
	}

	/// Whether a batch could not be handed in for longer than this, or a reveal or an answer has waited longer for a block.
	pub(crate) fn has_owed_for(&self, time: Duration) -> bool {
		self.state().owed.values().any(|since| since.elapsed() > time)
	}

	/// A task is done.
	pub(crate) fn note_task(&self, id: &BatchId, time: Duration, fuel: u64) {
		let mut state = self.state();
		if let Some(tasks) = state.open.get_mut(id) {
			*tasks = tasks.saturating_sub(1);
		}
		let cost = state.costs.entry(id.job).or_default();
		let Some(tasks) = cost.tasks.checked_add(1) else { return };
		cost.tasks = tasks;
		cost.time = cost.time.saturating_add(time);
		cost.fuel = cost.fuel.saturating_add(fuel.into());
	}

	/// Batches of a job that are not handed in.
	pub(crate) fn in_hand(&self, job: JobId) -> u32 {
		let state = self.state();
		u32::try_from(state.open.keys().filter(|id| id.job == job).count()).unwrap_or(u32::MAX)
	}

	/// The receipt of a batch was accepted.
	pub(crate) fn note_accepted(&self, job: JobId) {
		let mut state = self.state();
		let accepted = state.accepted.entry(job).or_default();
		*accepted = accepted.saturating_add(1);
	}

	/// Batches of a job whose receipt was accepted, since one was late.
	pub(crate) fn accepted(&self, job: JobId) -> u32 {
		self.state().accepted.get(&job).copied().unwrap_or_default()
	}

	/// How long a task of a job takes, once one has been run.
	pub(crate) fn task_time(&self, job: JobId) -> Option<Duration> {
		self.state().costs.get(&job).and_then(Cost::time_of_one)
	}

	/// How much fuel a task of a job burns, once one has been run.
	pub(crate) fn task_fuel(&self, job: JobId) -> Option<u64> {
		self.state().costs.get(&job).and_then(Cost::fuel_of_one)
	}

	/// Batches not handed in, and their tasks not done.
	pub(crate) fn backlog(&self) -> (u32, u64) {
		let state = self.state();
		let batches = u32::try_from(state.open.len()).unwrap_or(u32::MAX);
		(batches, state.open.values().map(|tasks| u64::from(*tasks)).sum())
	}

	/// How long one core would be busy with all that is not done. Tasks of jobs nobody has tried yet take for ever.
	pub(crate) fn busy_time(&self) -> Duration {
		let state = self.state();
		let times = state.open.iter().filter(|(_, tasks)| **tasks > 0).map(|(id, tasks)| {
			let time = state.costs.get(&id.job).and_then(Cost::time_of_one);
			time.map_or(Duration::MAX, |time| time.saturating_mul(*tasks))
		});
		times.fold(Duration::ZERO, Duration::saturating_add)
	}

	/// Another batch of a job was not handed in in time. Returns how many were before. Whatever its batches took so far, it
	/// has changed: what was accepted counts no more.
	pub(crate) fn note_late(&self, job: JobId) -> u32 {
		let mut state = self.state();
		state.accepted.remove(&job);
		let late = state.late.entry(job).or_default();
		let before = *late;
		*late = late.saturating_add(1);
		before
	}

	/// Program and input of a job were not to be had. Returns how often they were not before, without being had in between.
	pub(crate) fn note_unloaded(&self, job: JobId) -> u32 {
		let mut state = self.state();
		let unloaded = state.unloaded.entry(job).or_default();
		let before = *unloaded;
		*unloaded = unloaded.saturating_add(1);
		before
	}

	/// Program and input of a job were had.
	pub(crate) fn note_loaded(&self, job: JobId) {
		self.state().unloaded.remove(&job);
	}

	/// How often program and input of a job were not to be had, one time after the other.
	pub(crate) fn unloaded(&self, job: JobId) -> u32 {
		self.state().unloaded.get(&job).copied().unwrap_or_default()
	}

	/// Claims nothing from a job before `block`, nor before any block given earlier.
	pub(crate) fn refuse(&self, job: JobId, block: BlockNumber) {
		let mut state = self.state();
		let until = state.refused.entry(job).or_default();
		*until = block.max(*until);
	}

	/// Claims from every job again: what is known of them is of another chain.
	pub(crate) fn forget_refusals(&self) {
		let mut state = self.state();
		state.refused.clear();
		state.late.clear();
		state.accepted.clear();
		state.unloaded.clear();
		state.costs.clear();
	}

	/// Whether nothing is to be claimed from a job in block `best`.
	pub(crate) fn is_refused(&self, job: JobId, best: BlockNumber) -> bool {
		self.state().refused.get(&job).is_some_and(|until| best < *until)
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	const BATCH: BatchId = BatchId { job: 1, batch: 2, attempt: 0 };

	#[test]
	fn the_backlog_follows_the_work() {
		let ledger = Ledger::default();
		assert_eq!(ledger.backlog(), (0, 0));
		ledger.set_open(BATCH, 3);
		ledger.set_open(BatchId { batch: 3, ..BATCH }, 10);
		assert_eq!(ledger.backlog(), (2, 13));
		ledger.note_task(&BATCH, Duration::from_secs(1), 1);
		assert_eq!(ledger.backlog(), (2, 12));
		ledger.close(&BATCH);
		ledger.close(&BATCH);
		assert_eq!(ledger.backlog(), (1, 10));
	}

	#[test]
	fn what_is_owed_is_owed_since_it_was_sent_first() {
		let ledger = Ledger::default();
		assert!(!ledger.has_owed_for(Duration::ZERO));
		ledger.owe(BATCH);
		std::thread::sleep(Duration::from_millis(2));
		ledger.owe(BATCH);
		assert!(ledger.has_owed_for(Duration::from_millis(1)));
		assert!(!ledger.has_owed_for(Duration::from_secs(3_600)));
		ledger.settle(&BATCH);
		assert!(!ledger.has_owed_for(Duration::ZERO));
		ledger.owe(BATCH);
		ledger.close(&BATCH);
		assert!(!ledger.has_owed_for(Duration::ZERO));
	}

	#[test]
	fn what_was_accepted_counts_until_a_batch_is_late() {
		let ledger = Ledger::default();
		assert_eq!((ledger.accepted(1), ledger.in_hand(1)), (0, 0));
		ledger.note_accepted(1);
		ledger.note_accepted(1);
		ledger.set_open(BATCH, 3);
		ledger.set_open(BatchId { batch: 3, ..BATCH }, 3);
		ledger.set_open(BatchId { job: 2, ..BATCH }, 3);
		assert_eq!((ledger.accepted(1), ledger.in_hand(1)), (2, 2));
		assert_eq!((ledger.accepted(2), ledger.in_hand(2)), (0, 1));
		ledger.close(&BATCH);
		assert_eq!(ledger.in_hand(1), 1);
		ledger.note_late(2);
		assert_eq!(ledger.accepted(1), 2, "the other job is late");
		ledger.note_late(1);
		assert_eq!(ledger.accepted(1), 0);
		ledger.note_accepted(1);
		ledger.forget_refusals();
		assert_eq!(ledger.accepted(1), 0, "it was on another chain");
	}

	#[test]
	fn task_times_are_averaged_per_job() {
		let ledger = Ledger::default();
		assert_eq!(ledger.task_time(1), None);
		ledger.note_task(&BATCH, Duration::from_secs(1), 1_000);
		ledger.note_task(&BATCH, Duration::from_secs(2), 3_001);
		assert_eq!(ledger.task_time(1), Some(Duration::from_millis(1_500)));
		assert_eq!(ledger.task_fuel(1), Some(2_000));
		assert_eq!((ledger.task_time(2), ledger.task_fuel(2)), (None, None));
		ledger.note_task(&BATCH, Duration::ZERO, u64::MAX);
		assert_eq!(ledger.task_fuel(1), Some(u64::MAX / 3 + 1_333));
	}

	#[test]
	fn the_work_in_hand_is_measured_in_time() {
		let ledger = Ledger::default();
		assert_eq!(ledger.busy_time(), Duration::ZERO);
		ledger.set_open(BATCH, 3);
		assert_eq!(ledger.busy_time(), Duration::MAX);
		ledger.note_task(&BATCH, Duration::from_secs(4), 1);
		assert_eq!(ledger.busy_time(), Duration::from_secs(8));
		ledger.set_open(BatchId { job: 9, ..BATCH }, 0);
		assert_eq!(ledger.busy_time(), Duration::from_secs(8));
	}

	#[test]
	fn a_refusal_can_end() {
		let ledger = Ledger::default();
		ledger.refuse(1, 50);
		ledger.refuse(2, BlockNumber::MAX);
		assert!(ledger.is_refused(1, 49) && !ledger.is_refused(1, 50));
		assert!(ledger.is_refused(2, 1_000_000) && !ledger.is_refused(3, 0));
		ledger.refuse(1, 40);
		assert!(ledger.is_refused(1, 49), "a shorter refusal takes nothing off a longer one");
		ledger.forget_refusals();
		assert!(!ledger.is_refused(1, 0) && !ledger.is_refused(2, 0));
	}
}
