//! Finding every batch this worker has: those in its journal, and those only the chain knows of.

use crate::{
	context::Context,
	error::Foreign,
	journal::{spec_hash, BatchId, Entry, Progress},
	WorkerError,
};
use assay_client::Error;
use assay_primitives::{
	sealing,
	view::{BatchStage, JobStatus},
	BlockNumber, JobId, JobSpec,
};
use std::collections::BTreeSet;

/// Blocks after which a claim that was never heard of is taken for lost. Should it reach a block all the same, the number
/// of batches that the chain counts gives it away.
const INTENT_LIFETIME: BlockNumber = 16;

/// An entry for a batch that was just claimed, or that the chain says is this worker's. `None` if the job has no such
/// batch.
pub(crate) fn new_entry(context: &Context, id: BatchId, spec: &JobSpec) -> Option<Entry> {
	let tasks = spec.batch_tasks(id.batch)?;
	let key = context.journal.batch_key(&id, &spec_hash(spec));
	Some(Entry {
		job: id.job,
		batch: id.batch,
		attempt: id.attempt,
		spec: spec_hash(spec),
		first_task: tasks.start,
		tasks: tasks.end.saturating_sub(tasks.start),
		key_commitment: sealing::commit(&key),
		progress: Progress::Claimed,
	})
}

/// Whose batches are that the chain has for this account, beyond those known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unknown {
	/// This worker's, from before a crash or with another directory.
	Own,
	/// Another worker's: this one has claimed nothing since it started that it does not know of.
	Foreign,
}

/// Batches that the chain says are this worker's and that are not `known`, noted in the journal.
///
/// Looks only if there is reason to: the chain counts more batches than are known, or a claim was never heard of again.
///
/// # Errors
///
/// [`WorkerError::AccountInUse`] if there are others, and these are [`Unknown::Foreign`]. Batches that are known and that a
/// fork has taken back do not make up for others: the chain would count fewer then.
pub(crate) async fn missing_entries(
	context: &Context,
	known: &BTreeSet<BatchId>,
	best: BlockNumber,
	unknown: Unknown,
) -> Result<Vec<Entry>, WorkerError> {
	let account = context.keys.account();
	let worker = context.link.ask(|client| async move { client.worker(&account).await }).await?;
	let held = worker.map_or(0, |worker| worker.batches_in_flight);
	let known_count = u32::try_from(known.len()).unwrap_or(u32::MAX);
	let mut found = Vec::new();
	for intent in context.journal.intents()? {
		let entries = missing_of_job(context, known, intent.job).await?;
		let is_settled = !entries.is_empty() || best > intent.block.saturating_add(INTENT_LIFETIME);
		found.extend(entries);
		if is_settled {
			context.journal.resolve_intent(intent.job)?;
		}
	}
	if u32::try_from(found.len()).unwrap_or(u32::MAX).saturating_add(known_count) >= held {
		return Ok(found);
	}
	let unexplained =
		held.saturating_sub(u32::try_from(found.len()).unwrap_or(u32::MAX).saturating_add(known_count));
	if unknown == Unknown::Foreign && found.is_empty() {
		return Err(WorkerError::AccountInUse(Foreign(unexplained)));
	}
	let searched: BTreeSet<JobId> = found.iter().map(|entry| entry.job).collect();
	for job in jobs_alive(context).await? {
		if !searched.contains(&job) {
			found.extend(missing_of_job(context, known, job).await?);
		}
	}
	Ok(found)
}

async fn jobs_alive(context: &Context) -> Result<Vec<JobId>, Error> {
	let mut alive = Vec::new();
	let mut start = Some(0);
	while let Some(from) = start {
		let page =
			context.link.ask(|client| async move { client.jobs(from, assay_client::compute::PAGE).await });
		let page = page.await?;
		alive.extend(page.iter().filter(|job| job.status != JobStatus::Closed).map(|job| job.id));
		start = page.last().filter(|last| last.id >= from).and_then(|last| last.id.checked_add(1));
	}
	Ok(alive)
}

async fn missing_of_job(
	context: &Context,
	known: &BTreeSet<BatchId>,
	number: JobId,
) -> Result<Vec<Entry>, WorkerError> {
	let answer = context
		.link
		.ask(|client| async move {
			let job = client.job(number).await?;
			Ok((job, client.all_batches(number).await?))
		})
		.await;
	let (job, batches) = match answer {
		Ok(answer) => answer,
		Err(error) if error.is_unknown() => return Ok(Vec::new()),
		Err(error) => return Err(error.into()),
	};
	let mut entries = Vec::new();
	for view in batches {
		let is_held = matches!(
			view.stage,
			BatchStage::Claimed
				| BatchStage::Committed
				| BatchStage::Revealed
				| BatchStage::Disputed
				| BatchStage::Demanded
		);
		let id = BatchId::of(&view);
		if !is_held || view.worker != Some(context.keys.account()) || known.contains(&id) {
			continue;
		}
		if let Some(entry) = new_entry(context, id, &job.spec) {
			context.journal.save(&entry)?;
			tracing::warn!(target: "journal", "{}: found on the chain, was not in the journal", entry.id());
			entries.push(entry);
		}
	}
	Ok(entries)
}
