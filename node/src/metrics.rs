//! What the node tells Prometheus about the chain: what happens in finalised blocks, and how many jobs and batches
//! there are.
//!
//! What happens is read from the events of each block once, when it becomes final. How many there are is a by-product of
//! the survey that tells which blobs are needed; see [`crate::blobs::keeper`]. Nothing looks through the chain's jobs for
//! the sake of a metric.

use crate::meters;
use assay_primitives::{
	view::{BatchStage, JobStatus},
	Ruling,
};
use assay_runtime::{Hash, Runtime, RuntimeEvent};
use codec::{Decode, DecodeAll};
use futures::StreamExt;
use pallet_compute::{Event, ReopenReason};
use sc_client_api::{Backend, BlockchainEvents, StorageKey, StorageProvider};
use sp_io::hashing::twox_128;
use sp_runtime::traits::Block as BlockT;
use std::{collections::BTreeMap, sync::Arc};
use substrate_prometheus_endpoint::{
	register, Counter, CounterVec, GaugeVec, Opts, PrometheusError, Registry, U64,
};

/// Most blocks read of those that become final at once. A node that catches up leaves the rest out.
const MAX_BLOCKS: usize = 64;

/// When an event happened in its block. `frame_system` has the original.
#[derive(Debug, Decode)]
enum Phase {
	#[codec(index = 0)]
	Transaction(#[allow(dead_code, reason = "it is read over")] u32),
	#[codec(index = 1)]
	Finalization,
	#[codec(index = 2)]
	Initialization,
}

/// An event as storage has it: when, what, and topics, of which this chain has none.
type EventRecord = (Phase, RuntimeEvent, Vec<Hash>);

/// Counts what happens, and remembers how many there are.
#[derive(Clone)]
pub(crate) struct ChainMetrics {
	jobs: CounterVec<U64>,
	batches: CounterVec<U64>,
	reopened: CounterVec<U64>,
	reports: CounterVec<U64>,
	mismatches: Counter<U64>,
	disputes: CounterVec<U64>,
	votes: CounterVec<U64>,
	demands: CounterVec<U64>,
	slashes: CounterVec<U64>,
	blocks: CounterVec<U64>,
	standing_jobs: GaugeVec<U64>,
	standing_batches: GaugeVec<U64>,
}

const JOBS: [&str; 4] = ["posted", "cancelled", "expired", "closed"];
const BATCHES: [&str; 6] = ["claimed", "committed", "revealed", "settled", "refunded", "reopened"];
const REASONS: [&str; 10] = [
	"receipt_missed",
	"audit_incomplete",
	"reveal_missed",
	"convicted",
	"undecided",
	"diverged",
	"demand_missed",
	"double_receipt",
	"missealed",
	"withheld",
];
const REPORTS: [&str; 2] = ["checked", "unavailable"];
const DISPUTES: [&str; 3] = ["opened", "decided", "undecided"];
const RULINGS: [&str; 4] = ["leaf", "missealed", "unavailable", "held"];
const DEMANDS: [&str; 4] = ["made", "answered", "batch", "held"];
const SLASHED: [&str; 5] = ["worker", "late_worker", "auditor", "challenger", "offender"];
const BLOCKS: [&str; 2] = ["read", "unread"];
const STATUSES: [JobStatus; 3] = [JobStatus::Open, JobStatus::Ending, JobStatus::Closed];
const STAGES: [BatchStage; 8] = [
	BatchStage::Available,
	BatchStage::Claimed,
	BatchStage::Committed,
	BatchStage::Revealed,
	BatchStage::Disputed,
	BatchStage::Demanded,
	BatchStage::Settled,
	BatchStage::Refunded,
];

fn status_label(status: JobStatus) -> &'static str {
	match status {
		JobStatus::Open => "open",
		JobStatus::Ending => "ending",
		JobStatus::Closed => "closed",
	}
}

fn stage_label(stage: BatchStage) -> &'static str {
	match stage {
		BatchStage::Available => "available",
		BatchStage::Claimed => "claimed",
		BatchStage::Committed => "committed",
		BatchStage::Revealed => "revealed",
		BatchStage::Disputed => "disputed",
		BatchStage::Demanded => "demanded",
		BatchStage::Settled => "settled",
		BatchStage::Refunded => "refunded",
		BatchStage::Pruned => "pruned",
	}
}

fn reason_label(reason: ReopenReason) -> &'static str {
	match reason {
		ReopenReason::ReceiptMissed => "receipt_missed",
		ReopenReason::AuditIncomplete => "audit_incomplete",
		ReopenReason::RevealMissed => "reveal_missed",
		ReopenReason::Convicted => "convicted",
		ReopenReason::Undecided => "undecided",
		ReopenReason::Diverged => "diverged",
		ReopenReason::DemandMissed => "demand_missed",
		ReopenReason::DoubleReceipt => "double_receipt",
		ReopenReason::Missealed => "missealed",
		ReopenReason::Withheld => "withheld",
	}
}

fn ruling_label(ruling: &Ruling) -> &'static str {
	match ruling {
		Ruling::Leaf(_) => "leaf",
		Ruling::Missealed => "missealed",
		Ruling::Unavailable => "unavailable",
		Ruling::Held => "held",
	}
}

/// How many jobs and batches there are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Census {
	jobs: BTreeMap<&'static str, u64>,
	batches: BTreeMap<&'static str, u64>,
}

impl Census {
	/// Counts a job.
	pub(crate) fn add_job(&mut self, status: JobStatus) {
		let count = self.jobs.entry(status_label(status)).or_default();
		*count = count.saturating_add(1);
	}

	/// Counts batches in a stage.
	pub(crate) fn add_batches(&mut self, stage: BatchStage, batches: u32) {
		let count = self.batches.entry(stage_label(stage)).or_default();
		*count = count.saturating_add(batches.into());
	}
}

impl ChainMetrics {
	/// Registers them.
	///
	/// # Errors
	///
	/// When the names are taken.
	pub(crate) fn register(registry: &Registry) -> Result<Self, PrometheusError> {
		let counters = |name: &str, help: &str, label: &str, values: &[&'static str]| {
			register(meters::counters(name, help, label, values.iter().copied()), registry)
		};
		let gauges = |name: &str, help: &str, label: &str| {
			register(GaugeVec::new(Opts::new(name, help), &[label])?, registry)
		};
		let mismatches = meters::counter(
			"assay_audit_mismatches_total",
			"Reveals in finalised blocks that an auditor's report contradicts",
		);
		let metrics = Self {
			jobs: counters("assay_job_events_total", "What happened to jobs in finalised blocks", "event", &JOBS)?,
			batches: counters(
				"assay_batch_events_total",
				"What happened to batches in finalised blocks",
				"event",
				&BATCHES,
			)?,
			reopened: counters(
				"assay_batches_reopened_total",
				"Batches taken back from their workers in finalised blocks",
				"reason",
				&REASONS,
			)?,
			reports: counters(
				"assay_audit_reports_total",
				"Reports of all auditors in finalised blocks",
				"result",
				&REPORTS,
			)?,
			mismatches: register(mismatches, registry)?,
			disputes: counters(
				"assay_dispute_events_total",
				"What happened to disputes in finalised blocks",
				"event",
				&DISPUTES,
			)?,
			votes: counters("assay_votes_total", "Votes of all validators in finalised blocks", "ruling", &RULINGS)?,
			demands: counters(
				"assay_demands_total",
				"Results demanded onto the chain in finalised blocks, and shown there",
				"event",
				&DEMANDS,
			)?,
			slashes: counters(
				"assay_slashes_total",
				"Convictions in finalised blocks, by who paid for them",
				"who",
				&SLASHED,
			)?,
			blocks: counters(
				"assay_blocks_total",
				"Finalised blocks whose events were counted, and others: passed over while catching up, or not understood",
				"events",
				&BLOCKS,
			)?,
			standing_jobs: gauges("assay_jobs", "Jobs that the chain knows, by where they stand", "status")?,
			standing_batches: gauges("assay_batches", "Batches of these jobs, by where they stand", "stage")?,
		};
		metrics.take(&Census::default());
		Ok(metrics)
	}

	/// Replaces what is known of how many there are.
	pub(crate) fn take(&self, census: &Census) {
		for label in STATUSES.map(status_label) {
			let count = census.jobs.get(label).copied().unwrap_or_default();
			self.standing_jobs.with_label_values(&[label]).set(count);
		}
		for label in STAGES.map(stage_label) {
			let count = census.batches.get(label).copied().unwrap_or_default();
			self.standing_batches.with_label_values(&[label]).set(count);
		}
	}

	/// Counts the events of a block, as its storage has them. `false` if they cannot be read: they are those of another
	/// version of the runtime.
	fn count_block(&self, events: Option<&[u8]>) -> bool {
		let Some(mut bytes) = events else { return false };
		let Ok(events) = Vec::<EventRecord>::decode_all(&mut bytes) else { return false };
		for (_, event, _) in &events {
			if let RuntimeEvent::Compute(event) = event {
				self.count(event);
			}
		}
		true
	}

	fn count(&self, event: &Event<Runtime>) {
		let add = |counters: &CounterVec<U64>, label| counters.with_label_values(&[label]).inc();
		match event {
			Event::JobPosted { .. } => add(&self.jobs, "posted"),
			Event::JobCancelled { .. } => add(&self.jobs, "cancelled"),
			Event::JobExpired { .. } => add(&self.jobs, "expired"),
			Event::JobClosed { .. } => add(&self.jobs, "closed"),
			Event::BatchClaimed { .. } => add(&self.batches, "claimed"),
			Event::ReceiptAccepted { .. } => add(&self.batches, "committed"),
			Event::BatchRevealed { .. } => add(&self.batches, "revealed"),
			Event::BatchSettled { .. } => add(&self.batches, "settled"),
			Event::BatchRefunded { .. } => add(&self.batches, "refunded"),
			Event::BatchReopened { reason, .. } => {
				add(&self.batches, "reopened");
				add(&self.reopened, reason_label(*reason));
			},
			Event::AuditReported { checked, .. } => {
				add(&self.reports, if *checked { "checked" } else { "unavailable" });
			},
			Event::AuditMismatch { .. } => self.mismatches.inc(),
			Event::DisputeOpened { .. } => add(&self.disputes, "opened"),
			Event::BatchDemanded { .. } => {
				add(&self.disputes, "opened");
				add(&self.demands, "batch");
			},
			Event::DisputeDecided { ruling, .. } => {
				add(&self.disputes, if ruling.is_some() { "decided" } else { "undecided" });
			},
			Event::VoteCast { ruling, .. } => add(&self.votes, ruling_label(ruling)),
			Event::ResultDemanded { .. } => add(&self.demands, "made"),
			Event::DemandAnswered { .. } => add(&self.demands, "answered"),
			Event::BatchHeld { .. } => add(&self.demands, "held"),
			Event::WorkerSlashed { .. } => add(&self.slashes, "worker"),
			Event::ClaimPenalised { .. } => add(&self.slashes, "late_worker"),
			Event::AuditorSlashed { .. } => add(&self.slashes, "auditor"),
			Event::ChallengeLost { .. } => add(&self.slashes, "challenger"),
			Event::OffenderSlashed { .. } => add(&self.slashes, "offender"),
			_ => {},
		}
	}
}

/// Where a block's state has its events.
fn events_key() -> StorageKey {
	StorageKey([twox_128(b"System"), twox_128(b"Events")].concat())
}

/// Counts what happens in the blocks that become final, until the node shuts down.
pub(crate) async fn run<B, BE, C>(client: Arc<C>, metrics: ChainMetrics)
where
	B: BlockT,
	BE: Backend<B>,
	C: BlockchainEvents<B> + StorageProvider<B, BE> + Send + Sync + 'static,
{
	let key = events_key();
	let mut finality = client.finality_notification_stream();
	while let Some(block) = finality.next().await {
		let passed_over = block.tree_route.len().saturating_sub(MAX_BLOCKS);
		let recent = block.tree_route.iter().skip(passed_over).chain([&block.hash]);
		let mut unread = passed_over;
		for hash in recent {
			let events = client
				.storage(*hash, &key)
				.inspect_err(|error| log::debug!(target: "metrics", "Block {hash:?} has no events: {error}"))
				.ok()
				.flatten();
			if metrics.count_block(events.as_ref().map(|events| &events.0[..])) {
				metrics.blocks.with_label_values(&["read"]).inc();
			} else {
				unread = unread.saturating_add(1);
			}
		}
		metrics.blocks.with_label_values(&["unread"]).inc_by(u64::try_from(unread).unwrap_or(u64::MAX));
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use assay_runtime::AccountId;
	use codec::Encode;

	fn record(event: Event<Runtime>) -> (u8, u32, RuntimeEvent, Vec<Hash>) {
		(0, 7, RuntimeEvent::Compute(event), vec![])
	}

	fn metrics() -> (ChainMetrics, Registry) {
		let registry = Registry::new();
		(ChainMetrics::register(&registry).unwrap(), registry)
	}

	#[test]
	fn events_are_counted_by_what_they_say() {
		let (metrics, _registry) = metrics();
		let who = || AccountId::new([1; 32]);
		let events = vec![
			record(Event::JobPosted { job: 0, requester: who(), escrow: 5 }),
			record(Event::BatchClaimed { job: 0, batch: 0, attempt: 0, worker: who(), bond: 1, deadline: 9 }),
			record(Event::BatchReopened { job: 0, batch: 0, attempt: 1, reason: ReopenReason::Convicted }),
			record(Event::AuditReported { job: 0, batch: 0, attempt: 0, auditor: who(), checked: false }),
			record(Event::VoteCast {
				job: 0,
				batch: 0,
				task: 0,
				validator: who(),
				ruling: Ruling::Missealed,
			}),
			record(Event::DisputeDecided { job: 0, batch: 0, attempt: 0, task: 0, ruling: None }),
			record(Event::OffenderSlashed { auditor: who(), burned: 3 }),
		];
		assert!(metrics.count_block(Some(&events.encode())));
		assert!(metrics.count_block(Some(&events[..1].to_vec().encode())));
		let count = |counters: &CounterVec<U64>, label| counters.with_label_values(&[label]).get();
		assert_eq!(count(&metrics.jobs, "posted"), 2);
		assert_eq!(count(&metrics.jobs, "closed"), 0);
		assert_eq!(count(&metrics.batches, "claimed"), 1);
		assert_eq!(count(&metrics.batches, "reopened"), 1);
		assert_eq!(count(&metrics.reopened, "convicted"), 1);
		assert_eq!(count(&metrics.reports, "unavailable"), 1);
		assert_eq!(count(&metrics.votes, "missealed"), 1);
		assert_eq!(count(&metrics.disputes, "undecided"), 1);
		assert_eq!(count(&metrics.slashes, "offender"), 1);
	}

	#[test]
	fn what_another_runtime_tells_is_not_guessed_at() {
		let (metrics, _registry) = metrics();
		let posted = record(Event::JobPosted { job: 0, requester: AccountId::new([1; 32]), escrow: 5 });
		let mut longer = vec![posted].encode();
		longer.push(0);
		assert!(!metrics.count_block(Some(&longer)));
		assert!(!metrics.count_block(Some(&[4, 0, 0, 0, 0, 0, 255])));
		assert!(!metrics.count_block(None));
		assert_eq!(metrics.jobs.with_label_values(&["posted"]).get(), 0);
	}

	#[test]
	fn a_census_replaces_the_one_before() {
		let (metrics, _registry) = metrics();
		let mut census = Census::default();
		census.add_job(JobStatus::Open);
		census.add_job(JobStatus::Open);
		census.add_batches(BatchStage::Committed, 3);
		metrics.take(&census);
		assert_eq!(metrics.standing_jobs.with_label_values(&["open"]).get(), 2);
		assert_eq!(metrics.standing_batches.with_label_values(&["committed"]).get(), 3);
		metrics.take(&Census::default());
		assert_eq!(metrics.standing_jobs.with_label_values(&["open"]).get(), 0);
		assert_eq!(metrics.standing_batches.with_label_values(&["committed"]).get(), 0);
	}
}
