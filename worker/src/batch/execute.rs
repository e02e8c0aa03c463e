//! Running a batch's tasks and signing for what came out.

use super::{end::FINAL_ANYWAY, BatchError, Driver, Turn};
use crate::{
	context::{Heads, GRACE},
	handover::{self, Handover},
	job_data::JobData,
	journal::{spec_hash, Progress, ResultsLog},
	room::Place,
	runner::{TaskOrder, TaskRunner},
};
use assay_primitives::{sealing::TaskResult, view::BatchStage, BlockNumber, TaskIndex};
use assay_vm::NoVerdict;
use std::{
	collections::{BTreeMap, VecDeque},
	sync::Arc,
	time::{Duration, Instant},
};
use tokio::{task::JoinSet, time::sleep};

/// How often a task without a verdict is tried.
const MAX_TRIES: u32 = 5;
/// How long to wait before trying it again.
const RETRY_PAUSE: Duration = Duration::from_secs(1);
/// The least time a task is given.
const LEAST_PATIENCE: Duration = Duration::from_secs(60);
/// How often to look whether the batch is still this worker's while it runs.
const CHECK_CLAIM_EVERY: Duration = Duration::from_secs(60);

/// How long to wait for the answer to that.
const CHECK_CLAIM_FOR: Duration = Duration::from_secs(5);

/// How often to look, while the worker is paused, whether to go on.
const LOOK_AGAIN_EVERY: Duration = Duration::from_secs(2);
/// Blocks that a paused worker leaves itself beyond what the tasks take, for the upload, the receipt, and bad luck.
const PAUSE_MARGIN: BlockNumber = 10;

/// Blocks that an upload and a receipt may need.
const TIME_TO_HAND_IN: BlockNumber = 3;

/// A run that ended.
struct Finished {
	task: TaskIndex,
	time: Duration,
	result: Result<TaskResult, NoVerdict>,
}

/// How running the tasks ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Run {
	/// Every task has a result.
	Complete,
	/// The worker stops, or the batch is no longer its own.
	Interrupted,
}

/// What is left to run, and what is running.
struct Queue {
	waiting: VecDeque<TaskIndex>,
	running: JoinSet<Finished>,
	tries: BTreeMap<TaskIndex, u32>,
}

impl Driver {
	/// Runs what has no result yet, then seals and signs.
	pub(super) async fn run(&mut self) -> Result<Turn, BatchError> {
		if self.run_missing().await? == Run::Interrupted {
			return Ok(Turn::Wait);
		}
		if !self.may_sign().await? {
			return Ok(Turn::Wait);
		}
		let handover = self.seal().await?;
		let receipt = handover.receipt.sign(self.context.keys.keypair());
		// From here on this receipt, and no other, is this worker's word on this attempt.
		self.save(Progress::Signed(receipt))?;
		tracing::info!(
			target: "batch",
			"{}: {} tasks done, {} bytes sealed, receipt signed",
			self.id,
			self.entry.tasks,
			handover.sealed.len()
		);
		Ok(Turn::Again)
	}

	/// Whether the job's number is its own for good. A fork can give it to another job, and then this worker, honest on
	/// both sides, would have signed two different receipts under the same number: evidence that costs it its bond.
	async fn may_sign(&mut self) -> Result<bool, BatchError> {
		// Before the question: what is final when the answer is given may have settled on another job of that number.
		let now = *self.context.heads.borrow();
		let number = self.id.job;
		let job = self.context.link.ask(|client| async move { client.job(number).await }).await?;
		if spec_hash(&job.spec) != self.entry.spec {
			// It happened: the claim is on another job now. The next look tells.
			self.verified = None;
			return Ok(false);
		}
		let deadline = self.view().await?.and_then(|view| view.deadline);
		Ok(has_its_number_for_good(job.posted_at, deadline, now))
	}

	/// Makes sure that every task has a result, also after a disk lost some.
	pub(super) async fn complete_results(&mut self) -> Result<(), BatchError> {
		match self.run_missing().await? {
			Run::Complete => Ok(()),
			Run::Interrupted => Err(BatchError::Interrupted),
		}
	}

	/// What is handed in, from the results.
	pub(super) async fn handover(&mut self) -> Result<Handover, BatchError> {
		self.complete_results().await?;
		self.seal().await
	}

	pub(super) fn results(&mut self) -> Result<&mut ResultsLog, BatchError> {
		let log = match self.results.take() {
			Some(log) => log,
			None => self.context.journal.results(&self.entry)?,
		};
		Ok(self.results.insert(log))
	}

	async fn seal(&mut self) -> Result<Handover, BatchError> {
		let key = self.context.journal.batch_key(&self.id, &self.entry.spec);
		let (worker, genesis) = (self.context.keys.account(), self.context.link.genesis());
		let entry = self.entry.clone();
		let log = self.results()?;
		log.sync()?;
		let results = log.read_all()?;
		let sealed = tokio::task::spawn_blocking(move || {
			results.map(|results| handover::prepare(&entry, worker, genesis, &key, &results))
		});
		match sealed.await {
			Ok(Some(Ok(handover))) => Ok(handover),
			Ok(Some(Err(error))) => Err(BatchError::Hopeless(error.to_string())),
			Ok(None) => Err(BatchError::ResultsLost),
			Err(panic) => Err(BatchError::Hopeless(format!("sealing failed: {panic}"))),
		}
	}

	async fn job_data(&self) -> Result<Arc<JobData>, BatchError> {
		let (context, number) = (&self.context, self.id.job);
		let job = context.link.ask(|client| async move { client.job(number).await }).await?;
		let client = context.link.client();
		Ok(context.jobs.load(&client, &context.runner, number, &job.spec, context.max_blob).await?)
	}

	async fn run_missing(&mut self) -> Result<Run, BatchError> {
		let missing = self.results()?.missing();
		if missing.is_empty() {
			return Ok(Run::Complete);
		}
		let open = u32::try_from(missing.len()).unwrap_or(u32::MAX);
		self.context.ledger.set_open(self.id, open);
		let job = self.job_data().await?;
		tracing::info!(target: "batch", "{}: running {open} of {} tasks", self.id, self.entry.tasks);
		let queue = Queue { waiting: missing.into(), running: JoinSet::new(), tries: BTreeMap::new() };
		let deadline = self.hand_in_by().await?;
		let run = self.run_queue(&job, queue, deadline).await?;
		self.results()?.sync()?;
		Ok(run)
	}

	/// The block before which a claimed batch must be handed in. `None` if it is past that, and its results are wanted now.
	async fn hand_in_by(&self) -> Result<Option<BlockNumber>, BatchError> {
		let view = self.view().await?.filter(|view| view.stage == BatchStage::Claimed);
		Ok(view.and_then(|view| view.deadline))
	}

	/// Whether the tasks that wait can wait longer, because the worker is to step aside and there is time.
	fn is_held(&self, job: &JobData, waiting: usize, deadline: Option<BlockNumber>) -> bool {
		let context = &self.context;
		let Some(deadline) = deadline.filter(|_| context.is_paused()) else { return false };
		let tasks = u32::try_from(waiting).unwrap_or(u32::MAX);
		let at_once = context.room.tasks_at_once(&job.spec.limits).max(1);
		let needed =
			context.ledger.task_time(job.id).map(|time| time.saturating_mul(tasks.div_ceil(at_once)));
		let best = context.heads.borrow().best;
		may_wait(deadline.saturating_sub(best), needed, context.block_time, job.spec.execution_window)
	}

	async fn run_queue(
		&mut self,
		job: &Arc<JobData>,
		mut queue: Queue,
		deadline: Option<BlockNumber>,
	) -> Result<Run, BatchError> {
		let context = Arc::clone(&self.context);
		let mut checks = tokio::time::interval(CHECK_CLAIM_EVERY);
		checks.reset();
		while !(queue.waiting.is_empty() && queue.running.is_empty()) {
			let is_held = self.is_held(job, queue.waiting.len(), deadline);
			tokio::select! {
				biased;
				() = context.stopping() => {
					self.finish_running(queue).await;
					return Ok(Run::Interrupted);
				},
				Some(finished) = queue.running.join_next() => match finished {
					Ok(finished) => self.note(finished, &mut queue).await?,
					Err(panic) => return Err(BatchError::Hopeless(format!("a run ended in a panic: {panic}"))),
				},
				place = context.room.enter(&job.spec.limits), if !queue.waiting.is_empty() && !is_held => {
					// It may have waited long for that place.
					if self.is_held(job, queue.waiting.len(), deadline) {
						continue;
					}
					if let (Some(place), Some(task)) = (place, queue.waiting.pop_front()) {
						self.start(job, task, place, &mut queue)?;
					}
				},
				() = sleep(LOOK_AGAIN_EVERY), if is_held => (),
				_ = checks.tick() => if self.is_known_lost().await {
					return Ok(Run::Interrupted);
				},
			}
		}
		Ok(Run::Complete)
	}

	fn start(
		&self,
		job: &Arc<JobData>,
		task: TaskIndex,
		place: Place,
		queue: &mut Queue,
	) -> Result<(), BatchError> {
		let input = job.input(task).map_err(|error| BatchError::Hopeless(error.to_string()))?;
		let (job, runner) = (Arc::clone(job), Arc::clone(&self.context.runner));
		let window = self.context.block_time.saturating_mul(job.spec.execution_window);
		let patience = window.max(LEAST_PATIENCE);
		queue.running.spawn_blocking(move || {
			let finished = run_task(&*runner, &job, task, &input, patience);
			drop(place);
			finished
		});
		Ok(())
	}

	async fn note(&mut self, finished: Finished, queue: &mut Queue) -> Result<(), BatchError> {
		let Finished { task, time, result } = finished;
		let error = match result {
			Ok(result) => {
				self.results()?.append(task, &result)?;
				self.context.ledger.note_task(&self.id, time, result.outcome.fuel);
				tracing::debug!(target: "batch", "{}: task {task} done: {:?}", self.id, result.outcome.status);
				return Ok(());
			},
			Err(error) => error,
		};
		let tries = queue.tries.entry(task).or_default();
		*tries += 1;
		if error.is_permanent() || matches!(error, NoVerdict::TimedOut(_)) || *tries >= MAX_TRIES {
			return Err(BatchError::Hopeless(format!(
				"task {task} has no result after {tries} tries: {error}"
			)));
		}
		tracing::warn!(target: "batch", "{}: task {task}: {error}; trying again", self.id);
		sleep(RETRY_PAUSE).await;
		queue.waiting.push_back(task);
		Ok(())
	}

	/// Keeps the results of the tasks that end while the worker is stopping.
	async fn finish_running(&mut self, mut queue: Queue) {
		let finish = async {
			while let Some(Ok(Finished { task, result, .. })) = queue.running.join_next().await {
				let Ok(result) = result else { continue };
				if let Err(error) = self.results().and_then(|log| Ok(log.append(task, &result)?)) {
					tracing::warn!(target: "batch", "{}: task {task}: {error}", self.id);
				}
			}
		};
		// What does not end in time is run again after the next start.
		let _ = tokio::time::timeout(GRACE, finish).await;
	}

	/// Whether the chain is known to have taken the batch back. Without a node in reach, the work goes on.
	async fn is_known_lost(&self) -> bool {
		let Ok(Ok(view)) = tokio::time::timeout(CHECK_CLAIM_FOR, self.view()).await else { return false };
		!view.is_some_and(|view| {
			view.attempt == self.id.attempt
				&& view.worker == Some(self.context.keys.account())
				&& !matches!(view.stage, BatchStage::Settled | BatchStage::Refunded | BatchStage::Pruned)
		})
	}
}

/// Whether a job posted in block `posted_at` is final, or as good as that. If finality stalls, the time to hand in comes
/// first: what is late costs a part of the bond for sure.
fn has_its_number_for_good(posted_at: BlockNumber, deadline: Option<BlockNumber>, now: Heads) -> bool {
	now.finalized >= posted_at
		|| now.best >= posted_at.saturating_add(FINAL_ANYWAY)
		|| deadline.is_some_and(|deadline| now.best.saturating_add(TIME_TO_HAND_IN) >= deadline)
}

/// Whether a paused worker can leave tasks of a batch alone: `left` blocks before it must be handed in, `needed` for its
/// tasks if that is known. What is not known may take half of the execution window: no more was claimed.
fn may_wait(left: BlockNumber, needed: Option<Duration>, block_time: Duration, window: BlockNumber) -> bool {
	let needed = match needed {
		None => u128::from(window / 2),
		// Twice as long as ever, for the machine is busy.
		Some(needed) => needed.saturating_mul(2).as_millis().div_ceil(block_time.as_millis().max(1)),
	};
	u128::from(left) > needed.saturating_add(PAUSE_MARGIN.into())
}

fn run_task(
	runner: &dyn TaskRunner,
	job: &JobData,
	task: TaskIndex,
	input: &Arc<[u8]>,
	patience: Duration,
) -> Finished {
	let started = Instant::now();
	let (program, limits) = (&job.program, &job.spec.limits);
	let result = runner.run(&TaskOrder { job: job.id, task, program, input, limits, patience });
	Finished { task, time: started.elapsed(), result }
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn a_pause_never_makes_a_batch_late() {
		let block = Duration::from_secs(3);
		let may_wait =
			|left, seconds: Option<u64>| may_wait(left, seconds.map(Duration::from_secs), block, 100);
		// 30 s of work, twice, are 20 blocks; and ten for everything else.
		assert!(may_wait(31, Some(30)) && !may_wait(30, Some(30)));
		assert!(may_wait(11, Some(0)) && !may_wait(10, Some(0)));
		assert!(!may_wait(1_000_000, Some(u64::MAX)));
		// Half of the window, and ten.
		assert!(may_wait(61, None) && !may_wait(60, None));
	}

	#[test]
	fn nothing_is_signed_for_a_job_that_a_fork_could_replace() {
		let heads = |best, finalized| Heads { best, finalized };
		let may_sign = |now| has_its_number_for_good(50, Some(100), now);
		assert!(!may_sign(heads(51, 48)));
		assert!(!may_sign(heads(52, 49)));
		assert!(may_sign(heads(53, 50)));
		// Finality stalls.
		assert!(!may_sign(heads(96, 49)));
		assert!(may_sign(heads(97, 49)), "being late would cost for sure");
		assert!(!has_its_number_for_good(50, None, heads(50 + FINAL_ANYWAY - 1, 49)));
		assert!(has_its_number_for_good(50, None, heads(50 + FINAL_ANYWAY, 49)));
	}
}
