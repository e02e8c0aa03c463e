//! Claiming batches of the best paid job that this worker is sure to be able to do.

use crate::{
	context::{Context, Heads, Ledger, PATIENCE},
	job_data::JobDataError,
	journal::{BatchId, Entry, Intent},
	loads::{self, Loads},
	pick::{self, Means, Wishes},
	recover::new_entry,
	WorkerError,
};
use assay_client::{compute::PAGE, Amount, Call, ComputeEvent, Error, Inclusion, Submitted};
use assay_primitives::{
	view::{JobStatus, JobView, Parameters},
	Balance, BlockNumber, JobId,
};
use std::{
	collections::BTreeSet,
	future::{pending, Future},
	sync::Arc,
	time::{Duration, Instant},
};

/// Blocks to wait after the connection was lost on the way, or the chain refused a claim.
const RETRY_AFTER: BlockNumber = 2;

/// Claims for a worker.
pub(crate) struct Claimer {
	context: Arc<Context>,
	parameters: Parameters,
	wishes: Wishes,
	max_running: u32,
	loads: Loads,
	/// Every job below this one is closed.
	first_alive: JobId,
	/// Jobs that the owner was told the stake, or the money, is too small for.
	told: BTreeSet<JobId>,
}

impl Claimer {
	pub(crate) fn new(
		context: Arc<Context>,
		parameters: Parameters,
		wishes: Wishes,
		max_running: u32,
	) -> Self {
		// Two of the largest blobs: others are in memory because tasks that run read them.
		let loads = Loads::new(context.max_blob.saturating_mul(2));
		Self { context, parameters, wishes, max_running, loads, first_alive: 0, told: BTreeSet::new() }
	}

	/// Returns when a job's program and input are here, or cannot be had: it is time to look again. Never if none is on its
	/// way.
	pub(crate) async fn loaded(&mut self) {
		let Some((job, result)) = self.loads.next().await else { return pending().await };
		let ledger = &self.context.ledger;
		let best = self.context.heads.borrow().best;
		match result {
			Ok(()) => ledger.note_loaded(job),
			Err(JobDataError::Unusable(reason)) => {
				tracing::warn!(target: "claim", "job {job}: not for this worker: {reason}");
				ledger.refuse(job, BlockNumber::MAX);
			},
			Err(JobDataError::Node(error)) if error.is_connection_lost() => {
				tracing::debug!(target: "claim", "job {job}: {error}");
				ledger.refuse(job, best.saturating_add(RETRY_AFTER));
			},
			Err(JobDataError::Node(error)) => {
				tracing::warn!(target: "claim", "job {job}: cannot be fetched now: {error}");
				loads::give_up(ledger, job, best);
			},
		}
	}

	/// Whether programs and inputs are on their way.
	pub(crate) fn is_loading(&self) -> bool {
		!self.loads.is_empty()
	}

	/// Claims what there is to be claimed now, of one job at most. The batches are in the journal when this returns. Waits for
	/// no blob: whoever provides one decides how long that takes.
	pub(crate) async fn claim(&mut self, now: Heads) -> Result<Vec<Entry>, WorkerError> {
		if is_held_back(&self.context.ledger, &self.means(None, 0, 0), PATIENCE) {
			return Ok(Vec::new());
		}
		// The price of fuel and the number of validators change.
		self.parameters = self.context.link.ask(|client| async move { client.parameters().await }).await?;
		let account = self.context.keys.account();
		let worker = self.context.link.ask(|client| async move { client.worker(&account).await }).await?;
		let (stake, free_stake) =
			worker.map_or((0, 0), |worker| (worker.stake, worker.stake.saturating_sub(worker.locked)));
		let money = self.money().await?;
		let pending: BTreeSet<_> = self.context.journal.intents()?.iter().map(|intent| intent.job).collect();
		let jobs = self.jobs().await?;
		let context = Arc::clone(&self.context);
		let measured = |job| context.ledger.task_fuel(job);
		let mut claimable = Vec::new();
		for job in pick::candidates(&jobs, &self.wishes, &self.parameters, now.best, measured) {
			if self.context.ledger.is_refused(job.id, now.best) || pending.contains(&job.id) {
				continue;
			}
			let count =
				pick::batches_to_claim(job, &self.means(Some(job), free_stake, money), &self.parameters);
			if count == 0 {
				self.tell_if_unaffordable(job, stake, money);
			} else if self.suits(job) {
				claimable.push((job, count));
			}
		}
		let jobs = claimable.iter().map(|(job, _)| *job);
		let is_here = |job: &JobView| context.jobs.has(job);
		let load = |job: &JobView| load(&context, job);
		let chosen = self.loads.choose(jobs, is_here, load, &context.ledger, (now, Instant::now()));
		match claimable.iter().find(|(job, _)| chosen.is_some_and(|chosen| chosen.id == job.id)) {
			Some((job, count)) => self.claim_from(job, *count, now).await,
			None => Ok(Vec::new()),
		}
	}

	/// What the account has for claims: not what it needs for what it owes.
	async fn money(&self) -> Result<Balance, Error> {
		let account = self.context.keys.account();
		let spendable = self
			.context
			.link
			.ask(|client| async move {
				let existential = client.existential_deposit().await?;
				Ok(client.balance(&account).await?.spendable(existential))
			})
			.await?;
		Ok(spendable.saturating_sub(self.parameters.kept_for_fees()))
	}

	fn means(&self, job: Option<&JobView>, free_stake: Balance, money: Balance) -> Means {
		let (running, backlog) = self.context.ledger.backlog();
		Means {
			free_stake,
			money,
			cores: job.map_or(self.context.room.core_count(), |job| {
				self.context.room.tasks_at_once(&job.spec.limits).max(1)
			}),
			backlog,
			running,
			max_running: self.max_running,
			task_time: job.and_then(|job| self.context.ledger.task_time(job.id)),
			task_fuel: job.and_then(|job| self.context.ledger.task_fuel(job.id)),
			in_hand: job.map_or(0, |job| self.context.ledger.in_hand(job.id)),
			accepted: job.map_or(0, |job| self.context.ledger.accepted(job.id)),
			block_time: self.context.block_time,
		}
	}

	/// A worker that never claims anything should say why.
	fn tell_if_unaffordable(&mut self, job: &JobView, stake: Balance, money: Balance) {
		let bond = pick::bond(&job.spec, &self.parameters).unwrap_or(Balance::MAX);
		let fee = self.parameters.claim_fee(&job.spec.audit);
		if fee > money && self.told.insert(job.id) {
			tracing::warn!(
				target: "claim",
				"job {}: claiming a batch costs {}, and the account has {} for it besides the {} it keeps for other fees: \
				 send it some money",
				job.id,
				Amount(fee),
				Amount(money),
				Amount(self.parameters.kept_for_fees())
			);
			return;
		}
		if bond > stake && self.told.insert(job.id) {
			tracing::warn!(
				target: "claim",
				"job {}: a batch locks {}, the whole stake is {}: a larger --stake is needed",
				job.id,
				Amount(bond),
				Amount(stake)
			);
		}
	}

	/// Every job that is not closed.
	async fn jobs(&mut self) -> Result<Vec<JobView>, Error> {
		let mut jobs = Vec::new();
		let mut start = Some(self.first_alive);
		while let Some(from) = start {
			let page = self.context.link.ask(|client| async move { client.jobs(from, PAGE).await }).await?;
			start = page.last().filter(|last| last.id >= from).and_then(|last| last.id.checked_add(1));
			jobs.extend(page.into_iter().filter(|job| job.status != JobStatus::Closed));
		}
		// A fork, or a chain that was started anew, can have fewer jobs: without any, the next look starts over.
		self.first_alive = jobs.first().map_or(0, |job| job.id);
		Ok(jobs)
	}

	/// Whether a job is one for this machine, by its numbers alone.
	fn suits(&self, job: &JobView) -> bool {
		let context = &self.context;
		let reason = pick::unsuitable(&job.spec, context.max_blob)
			.or_else(|| context.room.too_small_for(&job.spec.limits));
		let Some(reason) = reason else { return true };
		tracing::warn!(target: "claim", "job {}: not for this worker: {reason}", job.id);
		context.ledger.refuse(job.id, BlockNumber::MAX);
		false
	}

	async fn claim_from(&self, job: &JobView, count: u32, now: Heads) -> Result<Vec<Entry>, WorkerError> {
		let context = &self.context;
		context.journal.intend(&Intent { job: job.id, count, block: now.best })?;
		let (keys, call) = (&context.keys, &Call::Claim { job: job.id, count });
		let sent = context
			.link
			.attempt(|client| async move { client.submit(keys, call, Inclusion::BestBlock).await })
			.await;
		let claimed = match sent {
			Ok(claimed) => claimed,
			// Nobody knows what became of it: the intent stays, and the chain is asked.
			Err(
				error @ (Error::ConnectionLost { .. } | Error::Unreachable { .. } | Error::TimedOut { .. }),
			) => {
				return Err(error.into());
			},
			Err(error @ (Error::MalformedAnswer { .. } | Error::Incompatible { .. })) => {
				return Err(error.into())
			},
			Err(error) => {
				tracing::info!(target: "claim", "job {}: {error}", job.id);
				context.journal.resolve_intent(job.id)?;
				context.ledger.refuse(job.id, now.best.saturating_add(RETRY_AFTER));
				return Ok(Vec::new());
			},
		};
		let entries = self.note(job, &claimed)?;
		context.journal.resolve_intent(job.id)?;
		Ok(entries)
	}

	fn note(&self, job: &JobView, claimed: &Submitted) -> Result<Vec<Entry>, WorkerError> {
		let mut entries = Vec::new();
		for event in claimed.compute_events() {
			let ComputeEvent::BatchClaimed { job: number, batch, attempt, worker, bond, deadline } = event
			else {
				continue;
			};
			if *number != job.id || *worker != self.context.keys.account() {
				continue;
			}
			let id = BatchId { job: job.id, batch: *batch, attempt: *attempt };
			let Some(entry) = new_entry(&self.context, id, &job.spec) else { continue };
			self.context.journal.save(&entry)?;
			tracing::info!(
				target: "claim",
				"{}: claimed {} tasks at {} each (bond {}, until block {deadline})",
				entry.id(),
				entry.tasks,
				Amount(job.spec.bounty),
				Amount(*bond)
			);
			entries.push(entry);
		}
		Ok(entries)
	}
}

/// Program and input of a job, for the memory that all batches share.
fn load(context: &Arc<Context>, job: &JobView) -> impl Future<Output = Result<(), JobDataError>> + use<> {
	let (context, id, spec) = (Arc::clone(context), job.id, job.spec);
	async move {
		let client = context.link.client();
		context.jobs.load(&client, &context.runner, id, &spec, context.max_blob).await.map(drop)
	}
}

/// Whether nothing is to be claimed for now: there is enough to do already, or something that this worker owes has waited
/// longer than `patience`. What is claimed while nothing can be handed in will be late, too; and a claim that finds no room
/// in blocks would keep back all that its account sends after it.
fn is_held_back(ledger: &Ledger, means: &Means, patience: Duration) -> bool {
	let busy = ledger.busy_time().checked_div(means.cores).unwrap_or_default();
	pick::is_busy(means, busy) || ledger.has_owed_for(patience)
}

#[cfg(test)]
mod tests {
	use super::*;

	const BATCH: BatchId = BatchId { job: 1, batch: 2, attempt: 0 };

	fn idle() -> Means {
		Means {
			free_stake: 0,
			money: 0,
			cores: 2,
			backlog: 0,
			running: 0,
			max_running: 3,
			task_time: None,
			task_fuel: None,
			in_hand: 0,
			accepted: 0,
			block_time: Duration::from_secs(3),
		}
	}

	#[test]
	fn nothing_is_claimed_while_a_reveal_waits_for_a_block() {
		let ledger = Ledger::default();
		assert!(!is_held_back(&ledger, &idle(), Duration::ZERO));
		ledger.owe(BATCH);
		std::thread::sleep(Duration::from_millis(2));
		assert!(!is_held_back(&ledger, &idle(), PATIENCE), "a block or two is what it takes");
		assert!(is_held_back(&ledger, &idle(), Duration::from_millis(1)));
		ledger.settle(&BATCH);
		assert!(!is_held_back(&ledger, &idle(), Duration::ZERO));
	}

	#[test]
	fn nothing_is_claimed_while_there_is_enough_to_do() {
		let ledger = Ledger::default();
		ledger.set_open(BATCH, 4);
		let means = Means { backlog: 4, running: 1, ..idle() };
		// Of a job that nobody has tried yet: it may take for ever.
		assert!(is_held_back(&ledger, &means, PATIENCE));
		ledger.note_task(&BATCH, Duration::from_millis(1), 1);
		assert!(!is_held_back(&ledger, &means, PATIENCE));
		assert!(is_held_back(&ledger, &Means { running: 3, ..means }, PATIENCE));
	}
}
