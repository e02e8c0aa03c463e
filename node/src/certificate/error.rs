//! Why a batch cannot be certified.

use assay_primitives::{certificate::CertificateError, view::BatchStage, BatchIndex, BlockNumber, JobId};

/// Why a batch cannot be certified, now or by this node.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum CertifyError {
	/// There is no such job.
	#[error(
		"there is no job {0} in the last final block: it was never posted, is not final yet, or forgotten"
	)]
	UnknownJob(JobId),
	/// The job has no such batch.
	#[error("job {job} has no batch {batch}")]
	UnknownBatch {
		/// The job.
		job: JobId,
		/// The batch.
		batch: BatchIndex,
	},
	/// No auditors' decision is final yet, or it is contested.
	#[error(
		"batch {batch} of job {job} cannot be certified: in block {block}, the last final one, it is {}, and it takes a \
		 reveal that nobody contests; try again when it is revealed or settled, and that block final",
		stage_word(*stage)
	)]
	NotAccepted {
		/// The job.
		job: JobId,
		/// The batch.
		batch: BatchIndex,
		/// Where it stands.
		stage: BatchStage,
		/// The last final block.
		block: BlockNumber,
	},
	/// Nothing is final yet.
	#[error("this node has seen no block become final: try again in a few blocks")]
	NothingFinal,
	/// The node does not keep the state of the last final block, for it has just been replaced.
	#[error("the state of block {block} is not here ({reason}): try again")]
	NoState {
		/// The block.
		block: BlockNumber,
		/// What the database says.
		reason: String,
	},
	/// The node does not keep blocks that old.
	#[error("this node does not have block {0}: ask one that keeps all blocks")]
	NoBlock(BlockNumber),
	/// The audit is too far from any block whose finality this node can prove.
	#[error(
		"this node kept no proof of finality within {limit} blocks after the audit, which ended in block {block}: ask another one"
	)]
	TooLong {
		/// The block of the last report.
		block: BlockNumber,
		/// How many blocks a certificate can span.
		limit: BlockNumber,
	},
	/// What made the decision is not in the blocks.
	#[error("block {block} does not contain {what}: was the runtime replaced since then?")]
	NotFound {
		/// The block, or the first of those where it should be.
		block: BlockNumber,
		/// What is missing.
		what: &'static str,
	},
	/// The node does not know how the authorities changed.
	#[error("this node does not know all changes of authorities since set {0}: ask one that has synchronised from the first block")]
	NoLineage(u64),
	/// The first set asked for is later than the votes.
	#[error("authority set {asked} took over after the blocks of this certificate, whose votes are of set {needed}")]
	LaterSet {
		/// What was asked for.
		asked: u64,
		/// The first set that is needed.
		needed: u64,
	},
	/// The node's database failed.
	#[error("the node's database failed: {0}")]
	Database(String),
	/// What was put together does not hold.
	#[error("the certificate does not hold, please report it: {0}")]
	Unsound(CertificateError),
}

impl From<sp_blockchain::Error> for CertifyError {
	fn from(error: sp_blockchain::Error) -> Self {
		Self::Database(error.to_string())
	}
}

fn stage_word(stage: BatchStage) -> &'static str {
	match stage {
		BatchStage::Available => "waiting for a worker",
		BatchStage::Claimed => "with a worker",
		BatchStage::Committed => "under audit",
		BatchStage::Revealed => "revealed",
		BatchStage::Disputed => "contested",
		BatchStage::Demanded => "waiting for a result to be shown",
		BatchStage::Settled => "settled",
		BatchStage::Refunded => "refunded",
		BatchStage::Pruned => "forgotten",
	}
}
