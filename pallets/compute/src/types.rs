//! What the pallet keeps in storage.

use crate::{Config, HoldReason};
use assay_primitives::{
	audit::AuditorKey, hash::Hash, receipt::Receipt, sealing::BatchKey, view, AccountId, Attempt, Balance,
	BatchIndex, BlobRef, BlockNumber, JobSpec, Ruling, TaskIndex,
};
use frame_support::{
	traits::{ConstU32, Get},
	BoundedVec,
};

/// A job as stored by the pallet of `T`.
pub type JobOf<T> = JobRecord<<T as frame_system::Config>::AccountId>;
/// A batch as stored by the pallet of `T`.
pub type BatchOf<T> = BatchRecord<<T as frame_system::Config>::AccountId>;
/// A dispute as stored by the pallet of `T`.
pub(crate) type DisputeOf<T> = Dispute<<T as frame_system::Config>::AccountId>;
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
		/// Block from which the job, or what is left of it, is removed from storage.
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
	/// Reports of auditors that had the sealed results, ran their samples, and were not convicted since.
	pub checked: u32,
	/// Reports of auditors that could not fetch what they needed.
	pub unavailable: u32,
	/// Those of them that ran their samples all the same, because only the sealed results were missing.
	pub unsealed: u32,
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
			unsealed: 0,
			last_report: block,
		}
	}

	/// Reports with tags, which the worker has to answer.
	pub fn tagged(&self) -> u32 {
		self.checked.saturating_add(self.unsealed)
	}

	/// All reports on it.
	pub(crate) fn reports(&self) -> u32 {
		self.checked.saturating_add(self.unavailable)
	}

	/// The last of the blocks whose VRF outputs seed the audit.
	pub fn seed_block<T: Config>(&self) -> BlockNumber {
		self.block.saturating_add(T::SeedBlocks::get())
	}
}

/// What a reveal adds to a commitment.
#[frame_support::stored]
pub struct Revelation {
	/// The batch key.
	pub key: BatchKey,
	/// The seed of the audit, which storage forgets when no audit needs it.
	pub seed: Hash,
	/// Whether there was an audit, or the seed spared the batch.
	pub audited: bool,
	/// Results that the requester has demanded so far, and how often it has asked for all of them.
	pub demands_by_requester: u8,
	/// Results that others have demanded so far.
	pub demands_by_others: u8,
}

impl Revelation {
	/// What the seed decided.
	pub fn verdict(&self) -> SeedVerdict {
		SeedVerdict { seed: self.seed, audited: self.audited }
	}

	/// Nothing was demanded yet.
	pub fn new(key: BatchKey, verdict: SeedVerdict) -> Self {
		let SeedVerdict { seed, audited } = verdict;
		Self { key, seed, audited, demands_by_requester: 0, demands_by_others: 0 }
	}
}

/// The most tasks that auditors can contradict at once.
pub(crate) const MAX_CONTESTED: u32 = crate::MAX_REPORTS * MAX_SAMPLES;

/// A contested task that every validator runs again, or sealed results that every validator tries to get.
#[frame_support::stored]
pub struct Dispute<AccountId> {
	/// The task. The first of the batch if all results are asked for.
	pub task: TaskIndex,
	/// The leaf that the worker committed to. The hash of the sealed results if they are asked for.
	pub leaf: Hash,
	/// Block it was opened in.
	pub opened_at: BlockNumber,
	/// Validators there were then.
	pub validators: u32,
	/// Blocks that other disputes wait for this one: what it has added to [`crate::ContestedBlocks`].
	pub waited_for: BlockNumber,
	/// Who contests it.
	pub cause: Cause<AccountId>,
}

/// Who contests a task, or asks for the results.
#[frame_support::stored]
pub enum Cause<AccountId> {
	/// Auditors: what they computed is not what the worker opened.
	#[codec(index = 0)]
	Audit {
		/// Other tasks that auditors contradict, with the worker's leaves. They come next.
		contested: BoundedVec<(TaskIndex, Hash), ConstU32<MAX_CONTESTED>>,
		/// The seed of the audit.
		seed: Hash,
		/// The batch key. `None` if the audit ran out: then the batch goes back, whatever comes out.
		key: Option<BatchKey>,
	},
	/// Somebody who has the results.
	#[codec(index = 1)]
	Challenge {
		/// Who.
		challenger: AccountId,
		/// What it put up.
		bond: Balance,
		/// The reveal that is challenged.
		revelation: Revelation,
		/// Blocks that were left of the challenge window. It stands still while validators vote.
		remaining: BlockNumber,
	},
	/// The job's requester, who cannot get the sealed results: nothing is run, validators say whether they have them.
	#[codec(index = 2)]
	Withheld {
		/// The requester.
		by: AccountId,
		/// What it put up.
		fee: Balance,
		/// The reveal whose results are asked for.
		revelation: Revelation,
		/// Blocks that were left of the challenge window.
		remaining: BlockNumber,
	},
}

impl<AccountId> Cause<AccountId> {
	/// Whether the sealed results are asked for, and no task is contested.
	pub fn is_withheld(&self) -> bool {
		matches!(self, Self::Withheld { .. })
	}

	/// Whether a validator can say that in such a dispute.
	pub(crate) fn admits(&self, ruling: &Ruling) -> bool {
		match ruling {
			Ruling::Unavailable => true,
			Ruling::Held => self.is_withheld(),
			Ruling::Leaf(_) | Ruling::Missealed => !self.is_withheld(),
		}
	}

	/// Who put something up for it, and how much.
	pub(crate) fn deposit(&self) -> Option<(&AccountId, Balance)> {
		match self {
			Self::Audit { .. } => None,
			Self::Challenge { challenger, bond, .. } => Some((challenger, *bond)),
			Self::Withheld { by, fee, .. } => Some((by, *fee)),
		}
	}
}

/// A demand that a worker put one result onto the chain.
#[frame_support::stored]
pub struct Demand<AccountId> {
	/// Who demands it.
	pub by: AccountId,
	/// What it put up. Half of it is for the worker that shows the result.
	pub fee: Balance,
	/// The task.
	pub task: TaskIndex,
	/// Blocks that were left of the challenge window.
	pub remaining: BlockNumber,
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
	/// A task of it is contested, or all of its results are asked for.
	#[codec(index = 6)]
	Disputed(Claim<AccountId>, Commitment, Dispute<AccountId>),
	/// It is revealed, and its worker has to show one result.
	#[codec(index = 7)]
	Demanded(Claim<AccountId>, Commitment, Revelation, Demand<AccountId>),
}

impl<AccountId> Stage<AccountId> {
	/// The claim of the worker that has the batch, if one has.
	pub fn claim(&self) -> Option<&Claim<AccountId>> {
		match self {
			Self::Claimed(claim)
			| Self::Committed(claim, _)
			| Self::Revealed(claim, ..)
			| Self::Disputed(claim, ..)
			| Self::Demanded(claim, ..) => Some(claim),
			Self::Available | Self::Settled(..) | Self::Refunded => None,
		}
	}

	/// The receipt the batch stands on, if there is one.
	pub fn commitment(&self) -> Option<&Commitment> {
		match self {
			Self::Committed(_, commitment)
			| Self::Revealed(_, commitment, _)
			| Self::Settled(_, commitment, _)
			| Self::Disputed(_, commitment, _)
			| Self::Demanded(_, commitment, ..) => Some(commitment),
			Self::Available | Self::Claimed(_) | Self::Refunded => None,
		}
	}

	/// The key and what the seed decided, as far as they are public and kept here: `None` while storage keeps the seed.
	pub fn revealed(&self) -> Option<(Option<BatchKey>, SeedVerdict)> {
		match self {
			Self::Revealed(_, _, revelation)
			| Self::Settled(_, _, revelation)
			| Self::Demanded(_, _, revelation, _) => Some((Some(revelation.key), revelation.verdict())),
			Self::Disputed(_, _, dispute) => Some(match &dispute.cause {
				Cause::Audit { seed, key, .. } => (*key, SeedVerdict { seed: *seed, audited: true }),
				Cause::Challenge { revelation, .. } | Cause::Withheld { revelation, .. } => {
					(Some(revelation.key), revelation.verdict())
				},
			}),
			Self::Available | Self::Claimed(_) | Self::Committed(..) | Self::Refunded => None,
		}
	}
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
			Stage::Disputed(..) => view::BatchStage::Disputed,
			Stage::Demanded(..) => view::BatchStage::Demanded,
			Stage::Settled(..) => view::BatchStage::Settled,
		}
	}
}

/// What one auditor reported.
#[frame_support::stored]
pub struct ReportRecord {
	/// The key that made the tags.
	pub key: AuditorKey,
	/// Block the report is in.
	pub block: BlockNumber,
	/// The sampled tasks and the blind tag of each. `None`: it could not run them.
	pub checked: Option<BoundedVec<(TaskIndex, Hash), ConstU32<MAX_SAMPLES>>>,
	/// Whether it had the sealed results, too.
	pub sealed: bool,
}

impl ReportRecord {
	/// Whether the batch can pass on this report: its auditor had everything and ran its samples.
	pub fn confirms(&self) -> bool {
		self.checked.is_some() && self.sealed
	}
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

/// An auditor's stake and record. The account holds `stake + unbonding`, and both answer for its reports.
#[frame_support::stored]
#[derive(Default)]
pub struct AuditorRecord {
	/// Everything bonded and not on its way out.
	pub stake: Balance,
	/// On its way out.
	pub unbonding: Balance,
	/// Block from which `unbonding` can be withdrawn.
	pub withdrawable_at: BlockNumber,
	/// Earned in all.
	pub earned: Balance,
	/// Slashed in all.
	pub slashed: Balance,
	/// Batches it was paid for checking.
	pub batches_checked: u32,
	/// Batches of which it said that it could not get all it needed.
	pub batches_unavailable: u32,
}

/// A validator of this session.
#[frame_support::stored]
pub struct ValidatorRecord<AccountId> {
	/// Its account.
	pub account: AccountId,
	/// Block in which the first session of those began that it has been a validator in without a break.
	pub since: BlockNumber,
	/// Block in which the first session of those began that it has had this key in without a break. Never before `since`.
	pub key_since: BlockNumber,
}

/// What the VRF outputs of some blocks decide of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeedVerdict {
	/// The seed of its audit.
	pub seed: Hash,
	/// Whether it is audited at all.
	pub audited: bool,
}

/// The VRF outputs of consecutive blocks, oldest first.
pub type SeedOutputs = BoundedVec<[u8; 32], ConstU32<{ crate::MAX_SEED_BLOCKS }>>;

/// The VRF outputs of a block and of those before it, kept while some audit needs the seed they make.
#[frame_support::stored]
#[derive(Default)]
pub struct SeedRecord {
	/// Committed batches that wait for this seed or use it.
	pub users: u32,
	/// What the seed is made of, once the block is there.
	pub outputs: Option<SeedOutputs>,
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
	/// The worker was convicted of a wrong outcome by the validators' verdict.
	#[codec(index = 3)]
	Convicted,
	/// A dispute ended without a verdict. Nobody is to blame.
	#[codec(index = 4)]
	Undecided,
	/// The validators disagree about a task: the program is not deterministic. Nobody is to blame.
	#[codec(index = 5)]
	Diverged,
	/// The worker did not show a result that was demanded, and was slashed.
	#[codec(index = 6)]
	DemandMissed,
	/// The worker signed two receipts for one attempt, and was slashed.
	#[codec(index = 7)]
	DoubleReceipt,
	/// The worker sealed something else than its results, and was slashed.
	#[codec(index = 8)]
	Missealed,
	/// The requester could not get the results, and too few validators said in time that they have them. The worker is not
	/// paid, and nobody is to blame.
	#[codec(index = 9)]
	Withheld,
}
