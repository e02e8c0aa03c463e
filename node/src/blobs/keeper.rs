//! What the chain still needs: the programs, inputs and sealed results that its jobs and receipts name.
//!
//! A job counts as long as the chain knows it, which is until some time after it was closed. So its results can be fetched,
//! and what became of it contested, for as long as that.

use super::BlobStore;
use crate::metrics::{Census, ChainMetrics};
use assay_primitives::{
	view::{BatchStage, BatchView, JobStatus, JobView},
	BatchIndex, Hash, JobId,
};
use pallet_compute::runtime_api::ComputeApi;
use sp_api::{ApiError, ApiExt, ProvideRuntimeApi};
use sp_blockchain::HeaderBackend;
use sp_runtime::traits::Block as BlockT;
use std::{
	collections::{BTreeMap, HashSet},
	sync::Arc,
	time::{Duration, Instant},
};

/// How often the chain is asked at most, and at least. In between it depends on how long that takes.
const PERIODS: (Duration, Duration) = (Duration::from_secs(3), Duration::from_secs(60));
/// So much longer than its last look the keeper rests: it may take a small part of one core.
const REST: u32 = 20;
/// Jobs or batches asked for at once; the runtime returns no more.
const PAGE: u32 = 100;

/// What a keeper needs.
pub(crate) struct KeeperParams<C> {
	/// The node's client.
	pub(crate) client: Arc<C>,
	/// The blobs.
	pub(crate) store: Arc<BlobStore>,
	/// How long a blob stays that nothing names.
	pub(crate) expire_after: Duration,
	/// Whether the node is still catching up with the chain. Nothing is removed until it has.
	pub(crate) is_syncing: Box<dyn Fn() -> bool + Send + Sync>,
	/// Is told how many jobs and batches there are, since they are looked through anyway.
	pub(crate) metrics: Option<ChainMetrics>,
}

/// Keeps the store to what is needed, until the node shuts down.
pub(crate) async fn run<B, C>(params: KeeperParams<C>)
where
	B: BlockT,
	C: ProvideRuntimeApi<B> + HeaderBackend<B> + Send + Sync + 'static,
	C::Api: ComputeApi<B>,
{
	let KeeperParams { client, store, expire_after, is_syncing, metrics } = params;
	let (mut survey, mut took) = (Survey::default(), Duration::ZERO);
	loop {
		tokio::time::sleep(rest(took).min(expire_after).max(Duration::from_secs(1))).await;
		if is_syncing() {
			continue;
		}
		let (client, store, metrics) = (client.clone(), store.clone(), metrics.clone());
		let keep = move || {
			let start = Instant::now();
			match survey.named::<B, C>(&client) {
				Ok(Some(named)) => {
					if let Some(metrics) = metrics {
						metrics.take(&survey.census);
					}
					let removed = store.keep(named, expire_after);
					if removed > 0 {
						log::info!(target: "blobs", "{removed} blobs were removed that no job needs");
					}
				},
				Ok(None) => log::debug!(target: "blobs", "The runtime knows of no jobs: everything is kept"),
				Err(error) => log::warn!(target: "blobs", "The chain cannot be asked for jobs: {error}"),
			}
			(survey, start.elapsed())
		};
		match tokio::task::spawn_blocking(keep).await {
			Ok(next) => (survey, took) = next,
			// The node shuts down.
			Err(_) => return,
		}
	}
}

/// How long the keeper rests after a look that took so long.
fn rest(took: Duration) -> Duration {
	let (least, most) = PERIODS;
	took.saturating_mul(REST).clamp(least, most)
}

/// What is known of the chain's jobs, so that only those are looked at again in which something can have changed.
#[derive(Default)]
struct Survey {
	jobs: BTreeMap<JobId, Known>,
	census: Census,
}

/// What a job names.
struct Known {
	/// What changes when batches do, other than those in flight.
	over: (u32, u32, JobStatus),
	has_in_flight: bool,
	/// Where the batches in flight stand.
	in_flight: Vec<BatchStage>,
	blobs: HashSet<Hash>,
}

impl Known {
	fn is_current(&self, view: &JobView) -> bool {
		!self.has_in_flight && view.batches.in_flight == 0 && self.over == over(view)
	}
}

fn over(view: &JobView) -> (u32, u32, JobStatus) {
	(view.batches.settled, view.batches.refunded, view.status)
}

impl Survey {
	/// What the best block's jobs and receipts name. `None` if its runtime does not know of any.
	///
	/// The best block, because there is time enough between the end of a job and its removal; and what a fork names that
	/// loses is kept for a while longer anyway.
	fn named<B, C>(&mut self, client: &C) -> Result<Option<HashSet<Hash>>, ApiError>
	where
		B: BlockT,
		C: ProvideRuntimeApi<B> + HeaderBackend<B>,
		C::Api: ComputeApi<B>,
	{
		let (at, api) = (client.info().best_hash, client.runtime_api());
		if !api.has_api::<dyn ComputeApi<B>>(at)? {
			return Ok(None);
		}
		self.update(|start| api.jobs(at, start, PAGE), |job, start| api.batches(at, job, start, PAGE))?;
		Ok(Some(self.jobs.values().flat_map(|known| known.blobs.iter().copied()).collect()))
	}

	fn update<E>(
		&mut self,
		jobs: impl Fn(JobId) -> Result<Vec<JobView>, E>,
		batches: impl Fn(JobId, BatchIndex) -> Result<Vec<BatchView>, E>,
	) -> Result<(), E> {
		let (mut seen, mut census) = (BTreeMap::new(), Census::default());
		let mut next = Some(JobId::default());
		while let Some(start) = next {
			let page = jobs(start)?;
			next = page.last().and_then(|last| last.id.checked_add(1));
			for view in page {
				let known = match self.jobs.remove(&view.id).filter(|known| known.is_current(&view)) {
					Some(known) => known,
					None => look_at(&view, |start| batches(view.id, start))?,
				};
				count(&mut census, &view, &known);
				seen.insert(view.id, known);
			}
		}
		self.jobs = seen;
		self.census = census;
		Ok(())
	}
}

/// Adds a job and its batches. The job's own counts tell of those that are not in flight.
fn count(census: &mut Census, view: &JobView, known: &Known) {
	census.add_job(view.status);
	census.add_batches(BatchStage::Available, view.batches.available);
	census.add_batches(BatchStage::Settled, view.batches.settled);
	census.add_batches(BatchStage::Refunded, view.batches.refunded);
	for stage in &known.in_flight {
		census.add_batches(*stage, 1);
	}
}

fn is_in_flight(stage: BatchStage) -> bool {
	match stage {
		BatchStage::Claimed
		| BatchStage::Committed
		| BatchStage::Revealed
		| BatchStage::Disputed
		| BatchStage::Demanded => true,
		BatchStage::Available | BatchStage::Settled | BatchStage::Refunded | BatchStage::Pruned => false,
	}
}

fn look_at<E>(view: &JobView, batches: impl Fn(BatchIndex) -> Result<Vec<BatchView>, E>) -> Result<Known, E> {
	let mut blobs = HashSet::from([view.spec.program.hash, view.spec.input.blob().hash]);
	let mut in_flight = Vec::new();
	let mut next = Some(BatchIndex::default());
	while let Some(start) = next {
		let page = batches(start)?;
		next = page.last().and_then(|last| last.batch.checked_add(1));
		in_flight.extend(page.iter().map(|batch| batch.stage).filter(|stage| is_in_flight(*stage)));
		blobs.extend(page.iter().filter_map(|batch| Some(batch.receipt.as_ref()?.sealed.hash)));
	}
	Ok(Known { over: over(view), has_in_flight: view.batches.in_flight > 0, in_flight, blobs })
}

#[cfg(test)]
mod tests {
	use super::*;
	use assay_primitives::{
		view::{BatchCounts, ReceiptView},
		AccountId, AuditPolicy, BlobRef, InputSpec, JobSpec, TaskLimits,
	};
	use std::{cell::Cell, convert::Infallible};

	const NOBODY: AccountId = AccountId([0; 32]);

	#[test]
	fn the_keeper_takes_a_small_part_of_a_core() {
		let (least, most) = PERIODS;
		assert_eq!(rest(Duration::ZERO), least);
		assert_eq!(rest(Duration::from_secs(1)), Duration::from_secs(REST.into()));
		assert_eq!(rest(Duration::from_secs(1_000)), most);
	}

	fn blob(what: &str) -> BlobRef {
		BlobRef::of(what.as_bytes())
	}

	/// A job of a hundred and fifty batches, of which some are in flight and some settled.
	fn job(id: JobId, in_flight: u32, settled: u32) -> JobView {
		let spec = JobSpec {
			program: blob(&format!("program {id}")),
			vm_version: 1,
			input: InputSpec::Shared { blob: blob("input") },
			tasks: 150,
			batch_size: 1,
			bounty: 1,
			limits: TaskLimits { fuel: 1, memory_pages: 1, output_bytes: 1 },
			audit: AuditPolicy { auditors: 1, samples: 1, rate: AuditPolicy::EVERY_BATCH },
			execution_window: 1,
			challenge_window: 1,
			lifetime: 1,
		};
		let available = 150 - in_flight - settled;
		JobView {
			id,
			requester: NOBODY,
			spec,
			status: JobStatus::Open,
			posted_at: 0,
			expires_at: 0,
			batches: BatchCounts { available, in_flight, settled, refunded: 0 },
			escrowed: 0,
			remaining: 0,
			paid_to_workers: 0,
			paid_to_auditors: 0,
			refunded: 0,
			deposit: 0,
		}
	}

	fn batch(job: JobId, batch: BatchIndex, sealed: Option<&str>) -> BatchView {
		let receipt = |sealed| ReceiptView {
			hash: Hash::default(),
			block: 0,
			outputs_root: Hash::default(),
			sealed: blob(sealed),
			sealed_root: Hash::default(),
			key_commitment: Hash::default(),
		};
		BatchView {
			job,
			batch,
			attempt: 0,
			first_task: batch,
			tasks: 1,
			stage: BatchStage::Available,
			worker: None,
			bond: 0,
			deadline: None,
			receipt: sealed.map(receipt),
			audit: None,
			key: None,
			dispute: None,
			demand: None,
		}
	}

	/// Looks at a chain with these jobs; the last batch of each stands on a receipt if any is settled. Returns what they
	/// name, and how many times batches were asked for.
	fn look(survey: &mut Survey, jobs: &[JobView]) -> (HashSet<Hash>, u32) {
		let asked = Cell::new(0);
		let page = |start| {
			let page = jobs.iter().filter(|job| job.id >= start).take(2).cloned();
			Ok::<_, Infallible>(page.collect())
		};
		let batches = |id, start| {
			asked.set(asked.get() + 1);
			let settled = jobs.iter().any(|job| job.id == id && job.batches.settled > 0);
			let sealed = format!("sealed {id}");
			let view = |index| batch(id, index, (settled && index == 149).then_some(sealed.as_str()));
			Ok((start..150).take(100).map(view).collect())
		};
		survey.update(page, batches).unwrap();
		(survey.jobs.values().flat_map(|known| known.blobs.iter().copied()).collect(), asked.get())
	}

	fn hashes(blobs: &[&str]) -> HashSet<Hash> {
		blobs.iter().map(|what| blob(what).hash).collect()
	}

	#[test]
	fn everything_that_jobs_and_receipts_name_is_found() {
		let mut survey = Survey::default();
		assert_eq!(look(&mut survey, &[]), (HashSet::new(), 0));
		let jobs = [job(0, 0, 0), job(3, 2, 0), job(4, 0, 150), job(9, 0, 0), job(10, 1, 5)];
		let (named, asked) = look(&mut survey, &jobs);
		let programs = ["program 0", "program 3", "program 4", "program 9", "program 10", "input"];
		assert_eq!(named, hashes(&[&programs[..], &["sealed 4", "sealed 10"]].concat()));
		// Two pages with batches of each job, and the end.
		assert_eq!(asked, 5 * 3);
	}

	#[test]
	fn only_what_can_have_changed_is_looked_at_again() {
		let mut survey = Survey::default();
		let jobs = [job(0, 0, 0), job(1, 2, 0), job(2, 0, 150)];
		look(&mut survey, &jobs);
		assert_eq!(
			look(&mut survey, &jobs),
			(hashes(&["program 0", "program 1", "program 2", "input", "sealed 2"]), 3)
		);
		// What was in flight is settled, what was available is in flight, and what was settled is forgotten by the chain.
		let jobs = [job(0, 1, 0), job(1, 0, 2)];
		assert_eq!(look(&mut survey, &jobs), (hashes(&["program 0", "program 1", "input", "sealed 1"]), 6));
		// It was in flight when it was last looked at, so it is looked at once more.
		assert_eq!(look(&mut survey, &[job(0, 0, 1), job(1, 0, 2)]).1, 3);
		assert_eq!(look(&mut survey, &[job(0, 0, 1), job(1, 0, 2)]).1, 0);
	}
}
