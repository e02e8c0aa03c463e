//! Why a measurement came to nothing.

use assay_primitives::{BatchIndex, BlockNumber, JobId};

/// Why a measurement came to nothing.
#[derive(Debug, thiserror::Error)]
pub enum Error {
	/// The node did not do what it was asked for.
	#[error(transparent)]
	Node(#[from] assay_client::Error),
	/// The node answered something that cannot be read.
	#[error("{what} in block {block} cannot be read")]
	Unreadable {
		/// What was read.
		what: &'static str,
		/// The block.
		block: BlockNumber,
	},
	/// The node runs another runtime than this program was built with.
	#[error("the node's runtime is {theirs}, this program was built with {ours}: build both anew")]
	OtherRuntime {
		/// Name and versions of the node's.
		theirs: String,
		/// Name and versions of the one compiled in.
		ours: String,
	},
	/// A call that should have succeeded did not.
	#[error("a call {call} failed in block {block}: {reason}")]
	CallFailed {
		/// The call.
		call: &'static str,
		/// The block.
		block: BlockNumber,
		/// What the chain says.
		reason: String,
	},
	/// The chain did something else with a batch than to settle it.
	#[error("batch {batch} of job {job} was not settled: {event}")]
	Unsettled {
		/// The job.
		job: JobId,
		/// The batch.
		batch: BatchIndex,
		/// What happened to it.
		event: String,
	},
	/// Nothing happens any more.
	#[error("no progress for {blocks} blocks: {waiting}")]
	Stalled {
		/// For how long.
		blocks: u32,
		/// What is waited for.
		waiting: String,
	},
	/// No block comes.
	#[error("no block after number {after} for {seconds} s")]
	NoBlock {
		/// The last one.
		after: BlockNumber,
		/// For how long.
		seconds: u64,
	},
	/// The development key cannot be derived.
	#[error("{0} is no key")]
	NoKey(String),
	/// What was asked for cannot be measured.
	#[error("{0}")]
	BadPlan(String),
}
