//! What the blob store and the exchange tell Prometheus.
//!
//! What happens is counted when it happens, whether anybody asks or not. What the store holds is added up when somebody
//! asks.

use super::{exchange::ExchangeError, ledger::Holdings, BlobError, BlobStore};
use crate::meters::{counter, counters};
use std::sync::{Arc, Weak};
use substrate_prometheus_endpoint::{
	register, Counter, CounterVec, MetricSource, Opts, PrometheusError, Registry, SourcedGauge, U64,
};

/// Counters of what happens to blobs.
pub(crate) struct BlobMetrics {
	received: Counter<U64>,
	received_bytes: Counter<U64>,
	refused: CounterVec<U64>,
	fetched: Counter<U64>,
	fetched_bytes: Counter<U64>,
	fetch_failures: CounterVec<U64>,
	answers: CounterVec<U64>,
	served_bytes: Counter<U64>,
	searches: CounterVec<U64>,
	removed: CounterVec<U64>,
}

/// What became of another node's request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
	/// A piece was sent.
	Piece,
	/// A length was sent.
	Length,
	/// The blob is not here.
	Missing,
	/// The peer has to wait.
	Busy,
	/// The request was none.
	Malformed,
}

impl Answer {
	const ALL: [Self; 5] = [Self::Piece, Self::Length, Self::Missing, Self::Busy, Self::Malformed];

	fn label(self) -> &'static str {
		match self {
			Self::Piece => "piece",
			Self::Length => "length",
			Self::Missing => "missing",
			Self::Busy => "busy",
			Self::Malformed => "malformed",
		}
	}
}

/// Why a blob is not here any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Removal {
	/// No job names it, and it stayed for as long as such blobs do.
	Expired,
	/// The disk has let go of it, or of a part of it.
	Damaged,
	/// It came from other nodes, and gave way to what was needed more.
	Evicted,
}

impl Removal {
	const ALL: [Self; 3] = [Self::Expired, Self::Damaged, Self::Evicted];

	fn label(self) -> &'static str {
		match self {
			Self::Expired => "expired",
			Self::Damaged => "damaged",
			Self::Evicted => "evicted",
		}
	}
}

/// The reasons that [`refusal`] gives.
const REFUSALS: [&str; 8] =
	["mismatch", "offset", "length", "too_large", "quota", "staging", "too_many", "disk"];
/// What can come of a search.
const SEARCHES: [&str; 2] = ["found", "lost"];
/// The reasons that [`failure`] gives.
const FAILURES: [&str; 4] = ["nobody_has_it", "not_in_time", "too_many", "store"];

fn refusal(error: &BlobError) -> Option<&'static str> {
	Some(match error {
		// Not refused: there is nothing to be had.
		BlobError::Missing(_) | BlobError::Corrupted(_) => return None,
		BlobError::WrongHash { .. } => "mismatch",
		BlobError::WrongOffset { .. } | BlobError::BeyondEnd { .. } => "offset",
		BlobError::WrongLength { .. } => "length",
		BlobError::TooLarge { .. } => "too_large",
		BlobError::QuotaExceeded { .. } | BlobError::HeldFull { .. } => "quota",
		BlobError::StagingFull { .. } => "staging",
		BlobError::TooManyUploads { .. } => "too_many",
		BlobError::Io { .. } => "disk",
	})
}

fn failure(error: &ExchangeError) -> &'static str {
	match error {
		ExchangeError::NobodyHasIt { .. } => "nobody_has_it",
		ExchangeError::NotInTime(_) | ExchangeError::Arriving(_) => "not_in_time",
		ExchangeError::TooManyFetches { .. } => "too_many",
		ExchangeError::Store(_) => "store",
	}
}

impl Default for BlobMetrics {
	fn default() -> Self {
		Self {
			received: counter(
				"assay_blobs_received_total",
				"Blobs that clients of this node have uploaded whole",
			),
			received_bytes: counter("assay_blob_received_bytes_total", "Bytes that clients have uploaded"),
			refused: counters(
				"assay_blob_uploads_refused_total",
				"Pieces of uploads that this node did not take",
				"reason",
				REFUSALS,
			),
			fetched: counter("assay_blobs_fetched_total", "Blobs that came from other nodes"),
			fetched_bytes: counter(
				"assay_blob_fetched_bytes_total",
				"Bytes of blobs that came from other nodes",
			),
			fetch_failures: counters(
				"assay_blob_fetch_failures_total",
				"Blobs that could not be had from other nodes",
				"reason",
				FAILURES,
			),
			answers: counters(
				"assay_blob_answers_total",
				"Answers to requests of other nodes",
				"answer",
				Answer::ALL.map(Answer::label),
			),
			served_bytes: counter("assay_blob_served_bytes_total", "Bytes sent to other nodes"),
			searches: counters(
				"assay_blob_searches_total",
				"Blobs that only other nodes wanted, and this one was to find",
				"result",
				SEARCHES,
			),
			removed: counters(
				"assay_blobs_removed_total",
				"Blobs that are not kept any more",
				"reason",
				Removal::ALL.map(Removal::label),
			),
		}
	}
}

impl BlobMetrics {
	/// Counts a piece of `bytes` bytes that a client has sent, or why it was not taken.
	pub(super) fn uploaded(&self, bytes: usize, outcome: Result<(), &BlobError>) {
		match outcome {
			Ok(()) => self.received_bytes.inc_by(wide(bytes)),
			Err(error) => {
				if let Some(reason) = refusal(error) {
					self.refused.with_label_values(&[reason]).inc();
				}
			},
		}
	}

	/// Counts a blob that a client has uploaded whole.
	pub(super) fn received(&self) {
		self.received.inc();
	}

	/// Counts a piece that came from another node.
	pub(super) fn fetched_piece(&self, bytes: usize) {
		self.fetched_bytes.inc_by(wide(bytes));
	}

	/// Counts the end of a fetch.
	pub(super) fn fetch_ended(&self, result: &Result<(), ExchangeError>) {
		match result {
			Ok(()) => self.fetched.inc(),
			Err(error) => self.fetch_failures.with_label_values(&[failure(error)]).inc(),
		}
	}

	/// Counts an answer of this many bytes to another node.
	pub(super) fn answered(&self, answer: Answer, bytes: usize) {
		self.answers.with_label_values(&[answer.label()]).inc();
		self.served_bytes.inc_by(wide(bytes));
	}

	/// Counts the end of a search on behalf of other nodes.
	pub(super) fn searched(&self, is_found: bool) {
		let [found, lost] = SEARCHES;
		self.searches.with_label_values(&[if is_found { found } else { lost }]).inc();
	}

	/// Counts blobs that are gone.
	pub(super) fn removed(&self, why: Removal, count: usize) {
		self.removed.with_label_values(&[why.label()]).inc_by(wide(count));
	}
}

fn wide(number: usize) -> u64 {
	u64::try_from(number).unwrap_or(u64::MAX)
}

/// Registers what `store` counts, and what it holds.
///
/// # Errors
///
/// When the names are taken.
pub(crate) fn register_store(store: &Arc<BlobStore>, registry: &Registry) -> Result<(), PrometheusError> {
	let metrics = store.metrics();
	for counter in [
		&metrics.received,
		&metrics.received_bytes,
		&metrics.fetched,
		&metrics.fetched_bytes,
		&metrics.served_bytes,
	] {
		register(counter.clone(), registry)?;
	}
	for counters in
		[&metrics.refused, &metrics.fetch_failures, &metrics.answers, &metrics.searches, &metrics.removed]
	{
		register(counters.clone(), registry)?;
	}
	let sources = [
		("assay_blobs", "Blobs on this node", "state", Holding::Blobs),
		(
			"assay_blob_bytes",
			"Bytes of blobs on this node, unfinished ones with their full length",
			"state",
			Holding::Bytes,
		),
		(
			"assay_blob_room_bytes",
			"Room for blobs: what is taken of it, and what there is",
			"room",
			Holding::Room,
		),
	];
	for (name, help, label, what) in sources {
		let opts = Opts::new(name, help).variable_label(label);
		let source = Source { store: Arc::downgrade(store), what };
		register(SourcedGauge::new(&opts, source)?, registry)?;
	}
	Ok(())
}

/// What a [`Source`] tells of a store.
#[derive(Clone, Copy)]
enum Holding {
	Blobs,
	Bytes,
	Room,
}

/// Looks at a store when Prometheus asks, as long as there is one.
#[derive(Clone)]
struct Source {
	store: Weak<BlobStore>,
	what: Holding,
}

impl MetricSource for Source {
	type N = u64;

	fn collect(&self, mut set: impl FnMut(&[&str], u64)) {
		let Some(store) = self.store.upgrade() else { return };
		let Holdings { complete, staged, fetching, used, loose, evictable, held, limits } = store.holdings();
		let states = [("complete", complete), ("staged", staged), ("fetching", fetching)];
		match self.what {
			Holding::Blobs => states.iter().for_each(|(state, (count, _))| set(&[*state], wide(*count))),
			Holding::Bytes => states.iter().for_each(|(state, (_, bytes))| set(&[*state], *bytes)),
			Holding::Room => {
				set(&["used"], used);
				set(&["quota"], limits.quota);
				set(&["staging_used"], loose);
				set(&["staging_quota"], limits.staging);
				set(&["evictable"], evictable);
				set(&["held"], held);
			},
		}
	}
}
