//! What the pallet keeps in storage.

use crate::{Config, HoldReason};
use assay_primitives::{
	hash::Hash, receipt::Receipt, sealing::BatchKey, view, AccountId, Attempt, Balance, BatchIndex, BlobRef,
	BlockNumber, JobId, JobSpec, TaskIndex,
};
use frame_support::{traits::ConstU32, BoundedVec};

/// A job as stored by the pallet of `T`.
pub type JobOf<T> = JobRecord<<T as frame_system::Config>::AccountId>;
/// A batch as stored by the pallet of `T`.
pub type BatchOf<T> = BatchRecord<<T as frame_system::Config>::AccountId>;
/// A report as stored by the pallet of `T`.
pub type ReportOf<T> = ReportRecord<<T as frame_system::Config>::AccountId>;
/// The reason of a hold, as the runtime of `T` names it.
pub(crate) type HoldReasonOf<T> = <T as Config>::RuntimeHoldReason;

pub(crate) fn hold_reason<T: Config>(reason: HoldReason) -> HoldReasonOf<T> {
	reason.into()
}

pub(crate) fn account_view<T: Config>(account: &T::AccountId) -> AccountId {
	AccountId(account.clone().into())
}

/// Where a job stands.
#[frame_support::stored]
#[derive(Copy)]
pub enum JobState {
	/// Batches can be claimed, until the job expires.
	#[codec(index = 0)]
	Open,
	/// Cancelled or expired. What is in flight ends as it would have.
	#[codec(index = 1)]
	Ending,
	/// Every batch is settled or refunded.
	#[codec(index = 2)]
	Closed {
		/// Block from which the job is removed from storage.
		prune_at: BlockNumber,
		/// Batches below this one are removed already.
		pruned: BatchIndex,
	},
}

/// A job, its money and how far its batches are.
#[frame_support::stored]
pub struct JobRecord<AccountId> {
	/// Who posted it. Escrow and deposit are held on this account.
	pub requester: AccountId,
	/// What was asked for.
	pub spec: JobSpec,
	/// Where it stands.
	pub state: JobState,
	/// Block it was posted in.
	pub posted_at: BlockNumber,
	/// Block from which nothing is handed out any more.
	pub expires_at: BlockNumber,
	/// The first batch nobody ever claimed. Only batches below it have records.
	pub next_fresh: BatchIndex,
	/// Batches that came back and wait for the next worker: the height of the job's stack in `Returned`.
	pub returned: u32,
	/// Tasks in batches that can be claimed.
	pub available_tasks: u32,
	/// Batches that a worker has.
	pub in_flight: u32,
	/// Batches paid for.
	pub settled: u32,
	/// Batches given back to the requester.
	pub refunded: u32,
	/// Paid into escrow at posting.
	pub escrowed: Balance,
	/// Still in escrow.
	pub remaining: Balance,
	/// Left the escrow for workers.
	pub paid_to_workers: Balance,
	/// Left the escrow for auditors.
	pub paid_to_auditors: Balance,
	/// Left the escrow for the requester.
	pub repaid: Balance,
	/// The storage deposit still held.
	pub deposit: Balance,
}

impl<AccountId> JobRecord<AccountId> {
	/// How many batches the job has.
	pub fn batches(&self) -> u32 {
		// A batch size of 0 is refused at posting.
		self.spec.batches().unwrap_or(0)
	}

	/// How many batches can be claimed, as far as the stage of the job goes.
	pub fn available(&self) -> u32 {
		match self.state {
			JobState::Open => self.batches().saturating_sub(self.next_fresh).saturating_add(self.returned),
			JobState::Ending | JobState::Closed { .. } => 0,
		}
	}

	/// Whether the record of a batch is removed already.
	pub fn has_pruned(&self, batch: BatchIndex) -> bool {
		matches!(self.state, JobState::Closed { pruned, .. } if batch < pruned)
	}

	/// Whether workers can claim in block `now`.
	pub fn hands_out(&self, now: BlockNumber) -> bool {
		self.state == JobState::Open && now < self.expires_at
	}
}

/// A worker's hold on a batch.
#[frame_support::stored]
pub struct Claim<AccountId> {
	/// The worker.
	pub worker: AccountId,
	/// The part of its stake that is locked for this batch.
	pub bond: Balance,
}

/// The receipt a batch stands on, and how far its audit is.
#[frame_support::stored]
pub struct Commitment {
	/// Hash of the receipt.
	pub receipt: Hash,
	/// Block it was accepted in.
	pub block: BlockNumber,
	/// Root over the leaves.
	pub outputs_root: Hash,
	/// The sealed results.
	pub sealed: BlobRef,
	/// Root over the sealed results.
	pub sealed_root: Hash,
	/// Commitment to the batch key.
	pub key_commitment: Hash,
	/// Auditors there were when the receipt was accepted.
	pub validators: u32,
	/// Reports of auditors that ran their samples.
	pub checked: u32,
	/// Reports of auditors that could not fetch what they needed.
	pub unavailable: u32,
	/// Block of the latest report, or of the receipt if there is none.
	pub last_report: BlockNumber,
}

impl Commitment {
	/// What `receipt`, accepted in block `block` with `validators` auditors around, commits its worker to.
	pub fn new(receipt: &Receipt, block: BlockNumber, validators: u32) -> Self {
		Self {
			receipt: receipt.hash(),
			block,
			outputs_root: receipt.outputs_root,
			sealed: receipt.sealed,
			sealed_root: receipt.sealed_root,
			key_commitment: receipt.key_commitment,
			validators,
			checked: 0,
			unavailable: 0,
			last_report: block,
		}
	}

	/// The block whose VRF output seeds the audit.
	pub fn seed_block(&self) -> BlockNumber {
		self.block.saturating_add(1)
	}
}

/// What a reveal adds to a commitment.
#[frame_support::stored]
pub struct Revelation {
	/// The batch key.
	pub key: BatchKey,
	/// The seed of the audit, which storage forgets when no audit needs it.
	pub seed: Hash,
}

/// Where a batch stands.
#[frame_support::stored]
pub enum Stage<AccountId> {
	/// Waiting for a worker, or given back to the requester if its job is not open any more.
	#[codec(index = 0)]
	Available,
	/// A worker is running it.
	#[codec(index = 1)]
	Claimed(Claim<AccountId>),
	/// Its receipt is on the chain.
	#[codec(index = 2)]
	Committed(Claim<AccountId>, Commitment),
	/// Its key is on the chain and no audit contradicts it.
	#[codec(index = 3)]
	Revealed(Claim<AccountId>, Commitment, Revelation),
	/// Its worker was paid.
	#[codec(index = 4)]
	Settled(AccountId, Commitment, Revelation),
	/// Given back to the requester after a worker had it.
	#[codec(index = 5)]
	Refunded,
}

/// A batch that was claimed at least once.
#[frame_support::stored]
pub struct BatchRecord<AccountId> {
	/// How often it was handed out before.
	pub attempt: Attempt,
	/// The block it is filed under in the index of deadlines, if it waits for anything.
	pub filed_under: Option<BlockNumber>,
	/// Where it stands.
	pub stage: Stage<AccountId>,
}

impl<AccountId> BatchRecord<AccountId> {
	/// A batch that nobody claimed yet.
	pub fn fresh() -> Self {
		Self { attempt: 0, filed_under: None, stage: Stage::Available }
	}

	/// The stage, as views name it. `open`: whether the batch's job is.
	pub fn view_stage(&self, open: bool) -> view::BatchStage {
		match self.stage {
			Stage::Available if open => view::BatchStage::Available,
			Stage::Available | Stage::Refunded => view::BatchStage::Refunded,
			Stage::Claimed(..) => view::BatchStage::Claimed,
			Stage::Committed(..) => view::BatchStage::Committed,
			Stage::Revealed(..) => view::BatchStage::Revealed,
			Stage::Settled(..) => view::BatchStage::Settled,
		}
	}
}

/// What one auditor reported.
#[frame_support::stored]
pub struct ReportRecord<AccountId> {
	/// The validator, who is paid.
	pub account: AccountId,
	/// Block the report is in.
	pub block: BlockNumber,
	/// The sampled tasks and the blind tag of each. `None`: it could not fetch what it needed.
	pub checked: Option<BoundedVec<(TaskIndex, Hash), ConstU32<MAX_SAMPLES>>>,
}

/// More samples than any policy asks of one auditor.
pub(crate) const MAX_SAMPLES: u32 = assay_primitives::AuditPolicy::MAX_SAMPLES as u32;

/// A worker's stake and record. The account holds `stake + unbonding`.
#[frame_support::stored]
#[derive(Default)]
pub struct WorkerRecord {
	/// Everything bonded and not on its way out, including what is locked.
	pub stake: Balance,
	/// The sum of the bonds of its batches in flight. At most `stake`.
	pub locked: Balance,
	/// On its way out.
	pub unbonding: Balance,
	/// Block from which `unbonding` can be withdrawn.
	pub withdrawable_at: BlockNumber,
	/// Batches it holds now.
	pub batches_in_flight: u32,
	/// Batches it was paid for.
	pub batches_settled: u32,
	/// Batches taken back from it.
	pub batches_lost: u32,
	/// Earned in all.
	pub earned: Balance,
	/// Slashed in all.
	pub slashed: Balance,
}

impl WorkerRecord {
	/// The stake that no batch locks.
	pub fn free(&self) -> Balance {
		self.stake.saturating_sub(self.locked)
	}

	/// Whether nothing is left to remember the worker for.
	pub fn is_gone(&self) -> bool {
		self.stake == 0 && self.unbonding == 0 && self.batches_in_flight == 0
	}
}

/// The seed that a block's VRF output becomes, kept while some audit needs it.
#[frame_support::stored]
#[derive(Default)]
pub struct SeedRecord {
	/// Committed batches that wait for this seed or use it.
	pub users: u32,
	/// The seed, once the block is there.
	pub seed: Option<Hash>,
}

/// What has to be looked at when its block is there.
#[frame_support::stored]
#[derive(Copy)]
pub enum Deadline {
	/// A batch that a worker has.
	#[codec(index = 0)]
	Batch(JobId, BatchIndex),
	/// An open job that ends by itself.
	#[codec(index = 1)]
	Expiry(JobId),
	/// A closed job that is forgotten.
	#[codec(index = 2)]
	Pruning(JobId),
}

/// Why a batch was taken back.
#[frame_support::stored]
#[derive(Copy)]
pub enum ReopenReason {
	/// No receipt came in time.
	#[codec(index = 0)]
	ReceiptMissed,
	/// Too few auditors could confirm it in time. Nobody is to blame.
	#[codec(index = 1)]
	AuditIncomplete,
	/// The worker did not reveal in time and was slashed.
	#[codec(index = 2)]
	RevealMissed,
	/// What the worker revealed is not what an auditor computed.
	#[codec(index = 3)]
	AuditMismatch,
}
