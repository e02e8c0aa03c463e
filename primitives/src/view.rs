//! What a node tells about jobs, batches and workers: the runtime's answers, and the JSON made of them.

use crate::{
	audit::AuditorKey, AccountId, Attempt, AuditPolicy, Balance, BatchIndex, BlobRef, BlockNumber, Hash,
	JobId, JobSpec, TaskIndex,
};
use alloc::vec::Vec;
use codec::{Decode, Encode};
use scale_info::TypeInfo;

#[cfg(feature = "serde")]
use serde::{Deserialize, Serialize};

/// Where a job stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "serde", derive(Serialize, Deserialize), serde(rename_all = "camelCase"))]
pub enum JobStatus {
	/// Workers can claim what is available.
	Open,
	/// Cancelled or expired: what is in flight ends as it would have, nothing more is handed out.
	Ending,
	/// Every batch is settled or refunded and the rest of the money went home.
	Closed,
}

/// How many batches of a job are in each stage. They add up to the job's batches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "serde", derive(Serialize, Deserialize), serde(rename_all = "camelCase"))]
pub struct BatchCounts {
	/// Waiting for a worker.
	pub available: u32,
	/// Claimed, committed or revealed: a worker has them.
	pub in_flight: u32,
	/// Paid.
	pub settled: u32,
	/// Given back to the requester.
	pub refunded: u32,
}

/// A job.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "serde", derive(Serialize, Deserialize), serde(rename_all = "camelCase"))]
pub struct JobView {
	/// Its number.
	pub id: JobId,
	/// Who posted it.
	pub requester: AccountId,
	/// What was asked for.
	pub spec: JobSpec,
	/// Where it stands.
	pub status: JobStatus,
	/// Block it was posted in.
	pub posted_at: BlockNumber,
	/// Block from which batches nobody took are refunded.
	pub expires_at: BlockNumber,
	/// What its batches are doing.
	pub batches: BatchCounts,
	/// Paid into escrow at posting.
	#[cfg_attr(feature = "serde", serde(with = "crate::money::decimal"))]
	pub escrowed: Balance,
	/// Still in escrow.
	#[cfg_attr(feature = "serde", serde(with = "crate::money::decimal"))]
	pub remaining: Balance,
	/// Paid to workers so far.
	#[cfg_attr(feature = "serde", serde(with = "crate::money::decimal"))]
	pub paid_to_workers: Balance,
	/// Paid to auditors so far.
	#[cfg_attr(feature = "serde", serde(with = "crate::money::decimal"))]
	pub paid_to_auditors: Balance,
	/// Given back to the requester so far.
	#[cfg_attr(feature = "serde", serde(with = "crate::money::decimal"))]
	pub refunded: Balance,
	/// The storage deposit, given back when the job closes.
	#[cfg_attr(feature = "serde", serde(with = "crate::money::decimal"))]
	pub deposit: Balance,
}

/// Where a batch stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "serde", derive(Serialize, Deserialize), serde(rename_all = "camelCase"))]
pub enum BatchStage {
	/// Waiting for a worker.
	Available,
	/// A worker is running it.
	Claimed,
	/// Its receipt is on the chain, audits are under way.
	Committed,
	/// Audited and revealed; paid when the challenge window ends.
	Revealed,
	/// A task is contested: every validator runs it again. Or it is asked whether the results can be had.
	Disputed,
	/// The worker has been asked to put one result onto the chain.
	Demanded,
	/// Paid.
	Settled,
	/// Given back to the requester.
	Refunded,
	/// Forgotten: its job is closed and being removed, some batches at a time. How it ended cannot be told any more.
	Pruned,
}

/// The receipt a batch stands on.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "serde", derive(Serialize, Deserialize), serde(rename_all = "camelCase"))]
pub struct ReceiptView {
	/// [`crate::Receipt::hash`].
	pub hash: Hash,
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
}

/// One auditor's report on a batch.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "serde", derive(Serialize, Deserialize), serde(rename_all = "camelCase"))]
pub struct ReportView {
	/// The validator.
	pub auditor: AccountId,
	/// Block the report is in.
	pub block: BlockNumber,
	/// `false` if the auditor could not fetch all it needed. It may have run its tasks all the same.
	pub checked: bool,
	/// The tasks it ran, numbered over the whole job.
	pub samples: Vec<TaskIndex>,
}

/// How far the audit of a batch is.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "serde", derive(Serialize, Deserialize), serde(rename_all = "camelCase"))]
pub struct AuditView {
	/// The seed, once the block that decides it is there.
	pub seed: Option<Hash>,
	/// Whether this batch is audited at all, once that is decided.
	pub audited: Option<bool>,
	/// Reports that must have checked before the worker can reveal.
	pub required: u32,
	/// First block in which the worker can act: reveal if the audit is complete, answer the reports there are if it ran
	/// out. As far as the reports go that are known now.
	pub revealable_at: BlockNumber,
	/// The reports so far.
	pub reports: Vec<ReportView>,
}

impl BatchView {
	/// How long the sealed results of its receipt are. 0 without one.
	pub fn sealed_len(&self) -> u64 {
		self.receipt.as_ref().map_or(0, |receipt| receipt.sealed.len)
	}
}

impl AuditView {
	/// How many reports checked the batch and had its sealed results.
	pub fn checked(&self) -> u32 {
		u32::try_from(self.reports.iter().filter(|report| report.checked).count()).unwrap_or(u32::MAX)
	}

	/// Whether nothing more is needed for the reveal but the end of the tranche.
	pub fn is_complete(&self) -> bool {
		match self.audited {
			None => false,
			Some(false) => true,
			Some(true) => self.checked() >= self.required,
		}
	}

	/// Every task some auditor ran, ascending, each once.
	pub fn samples(&self) -> Vec<TaskIndex> {
		let mut samples: Vec<_> = self.reports.iter().flat_map(|r| r.samples.iter().copied()).collect();
		samples.sort_unstable();
		samples.dedup();
		samples
	}
}

/// A contested task, or the question whether a batch's sealed results can be had.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "serde", derive(Serialize, Deserialize), serde(rename_all = "camelCase"))]
pub struct DisputeView {
	/// The task, numbered over the whole job; the batch's first if all of its results are asked for.
	pub task: TaskIndex,
	/// The leaf that the worker committed to; the hash of the sealed results if they are asked for.
	pub leaf: Hash,
	/// Who challenged it. `None`: an auditor's report contradicts it, or the results are asked for.
	pub challenger: Option<AccountId>,
	/// Block it was opened in.
	pub opened_at: BlockNumber,
	/// Validators there were then. More than two thirds of them on one ruling decide.
	pub validators: u32,
	/// Votes so far.
	pub votes: u32,
	/// Who asks whether the sealed results of the whole batch can be had. `None`: a task is contested.
	pub demanded_by: Option<AccountId>,
}

/// A demand that a worker put one result onto the chain.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "serde", derive(Serialize, Deserialize), serde(rename_all = "camelCase"))]
pub struct DemandView {
	/// The task, numbered over the whole job.
	pub task: TaskIndex,
	/// Who demands it.
	pub by: AccountId,
}

/// A batch.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "serde", derive(Serialize, Deserialize), serde(rename_all = "camelCase"))]
pub struct BatchView {
	/// Its job.
	pub job: JobId,
	/// Its number.
	pub batch: BatchIndex,
	/// How often it was handed out before.
	pub attempt: Attempt,
	/// Its first task.
	pub first_task: TaskIndex,
	/// How many tasks it has.
	pub tasks: u32,
	/// Where it stands.
	pub stage: BatchStage,
	/// Who has it, or was paid for it.
	pub worker: Option<AccountId>,
	/// What the worker has at stake for it.
	#[cfg_attr(feature = "serde", serde(with = "crate::money::decimal"))]
	pub bond: Balance,
	/// Block at which anyone may move it on.
	pub deadline: Option<BlockNumber>,
	/// The receipt, from `Committed` on.
	pub receipt: Option<ReceiptView>,
	/// The audit, while and after it happens.
	pub audit: Option<AuditView>,
	/// The batch key, once revealed.
	pub key: Option<Hash>,
	/// What is contested, while it is.
	pub dispute: Option<DisputeView>,
	/// What is demanded, while it is.
	pub demand: Option<DemandView>,
}

/// A worker.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "serde", derive(Serialize, Deserialize), serde(rename_all = "camelCase"))]
pub struct WorkerView {
	/// Its account.
	pub account: AccountId,
	/// Everything bonded and not being withdrawn.
	#[cfg_attr(feature = "serde", serde(with = "crate::money::decimal"))]
	pub stake: Balance,
	/// The part locked by claims.
	#[cfg_attr(feature = "serde", serde(with = "crate::money::decimal"))]
	pub locked: Balance,
	/// On its way out.
	#[cfg_attr(feature = "serde", serde(with = "crate::money::decimal"))]
	pub unbonding: Balance,
	/// Block from which that can be withdrawn.
	pub withdrawable_at: Option<BlockNumber>,
	/// Batches it holds now.
	pub batches_in_flight: u32,
	/// Batches it was paid for.
	pub batches_settled: u32,
	/// Batches taken back from it: late, not audited in time, or contradicted.
	pub batches_lost: u32,
	/// Earned in all.
	#[cfg_attr(feature = "serde", serde(with = "crate::money::decimal"))]
	pub earned: Balance,
	/// Slashed in all.
	#[cfg_attr(feature = "serde", serde(with = "crate::money::decimal"))]
	pub slashed: Balance,
}

/// An auditor.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "serde", derive(Serialize, Deserialize), serde(rename_all = "camelCase"))]
pub struct AuditorView {
	/// Its account.
	pub account: AccountId,
	/// Everything bonded and not being withdrawn.
	#[cfg_attr(feature = "serde", serde(with = "crate::money::decimal"))]
	pub stake: Balance,
	/// On its way out, and still at stake.
	#[cfg_attr(feature = "serde", serde(with = "crate::money::decimal"))]
	pub unbonding: Balance,
	/// Block from which that can be withdrawn.
	pub withdrawable_at: Option<BlockNumber>,
	/// Earned in all.
	#[cfg_attr(feature = "serde", serde(with = "crate::money::decimal"))]
	pub earned: Balance,
	/// Slashed in all.
	#[cfg_attr(feature = "serde", serde(with = "crate::money::decimal"))]
	pub slashed: Balance,
	/// Batches it was paid for checking.
	pub batches_checked: u32,
	/// Batches of which it said that it could not get all it needed.
	pub batches_unavailable: u32,
}

/// Numbers of the chain that its users have to know.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "serde", derive(Serialize, Deserialize), serde(rename_all = "camelCase"))]
pub struct Parameters {
	/// Held from the requester while a job exists.
	#[cfg_attr(feature = "serde", serde(with = "crate::money::decimal"))]
	pub job_deposit: Balance,
	/// The smallest bond for a claimed batch.
	#[cfg_attr(feature = "serde", serde(with = "crate::money::decimal"))]
	pub minimum_claim_bond: Balance,
	/// The smallest stake of a worker.
	#[cfg_attr(feature = "serde", serde(with = "crate::money::decimal"))]
	pub minimum_stake: Balance,
	/// Batches one call can claim.
	pub claim_limit: u32,
	/// The smallest execution window a job can ask for, in blocks.
	pub minimum_execution_window: BlockNumber,
	/// The smallest challenge window a job can ask for, in blocks.
	pub minimum_challenge_window: BlockNumber,
	/// The greatest window of either kind, in blocks.
	pub maximum_window: BlockNumber,
	/// The longest lifetime of a job, in blocks.
	pub maximum_lifetime: BlockNumber,
	/// Blocks from a complete audit by which a worker must have revealed.
	pub reveal_window: BlockNumber,
	/// Blocks after which audits that are still missing are given up, at least.
	pub audit_window: BlockNumber,
	/// Blocks a tranche of auditors has at least, besides the time to run its samples.
	pub tranche_period: BlockNumber,
	/// Fuel that the slowest machine fit to audit burns in a block.
	pub audit_fuel_per_block: u64,
	/// Blocks validators have to decide a dispute, besides the time to run the task.
	pub dispute_window: BlockNumber,
	/// The smallest bond for a challenge. The bounty of a task for every validator comes on top.
	#[cfg_attr(feature = "serde", serde(with = "crate::money::decimal"))]
	pub minimum_challenge_bond: Balance,
	/// What it costs to demand a result: half of it is burned once the worker has put it onto the chain, half comes back.
	#[cfg_attr(feature = "serde", serde(with = "crate::money::decimal"))]
	pub demand_fee: Balance,
	/// What a claim pays for each fee-less statement that it draws: for a batch, the receipt's, and as much for every auditor
	/// as the batch is likely to be audited.
	#[cfg_attr(feature = "serde", serde(with = "crate::money::decimal"))]
	pub statement_fee: Balance,
	/// Sealed results up to this many bytes have to be put onto the chain on demand.
	pub maximum_demand_bytes: u32,
	/// The stake an auditor needs, and loses if it is convicted.
	#[cfg_attr(feature = "serde", serde(with = "crate::money::decimal"))]
	pub auditor_stake: Balance,
	/// What a task pays at least for each 10⁹ units of its limit of fuel, and each validator that runs it again is
	/// reckoned at.
	#[cfg_attr(feature = "serde", serde(with = "crate::money::decimal"))]
	pub fuel_price: Balance,
	/// Validators there are, all of which run a contested task again.
	pub validators: u32,
	/// Blocks between a worker's asking for stake back and getting it.
	pub unbonding_period: BlockNumber,
	/// The same for an auditor.
	pub auditor_unbonding_period: BlockNumber,
}

impl Parameters {
	/// The smallest bond for a batch of tasks with this limit of fuel: at least what a dispute about one of them costs. The
	/// greatest number there is if that is beyond 128 bits.
	pub fn minimum_bond(&self, fuel: u64) -> Balance {
		let dispute = crate::money::dispute_cost(self.fuel_price, fuel, self.validators);
		dispute.unwrap_or(Balance::MAX).max(self.minimum_claim_bond)
	}

	/// What a worker keeps for the fees of what it owes, and claims nothing with, for silence would cost it a bond. What a demand
	/// pays is more than a reveal or an answer costs.
	pub fn kept_for_fees(&self) -> Balance {
		self.demand_fee
	}

	/// What a worker wants besides its stake to begin with: what it keeps, and as much to claim with until it is paid.
	pub fn wanted_for_fees(&self) -> Balance {
		self.kept_for_fees().saturating_mul(2)
	}

	/// What the bond of a challenge has for each validator: the bounty of a task, or what its limit of fuel costs by now if
	/// that is more, and what has to be fetched, for a batch with so many bytes of sealed results. The greatest number there is
	/// if that is beyond 128 bits.
	pub fn challenge_share(&self, spec: &JobSpec, sealed_len: u64) -> Balance {
		let bytes = spec.program.len.saturating_add(spec.input.blob().len).saturating_add(sealed_len);
		let floor = crate::money::bounty_floor(self.fuel_price, spec.limits.fuel);
		let fetched = crate::money::fetch_price(self.demand_fee, bytes);
		floor
			.zip(fetched)
			.and_then(|(floor, fetched)| spec.bounty.max(floor).checked_add(fetched))
			.unwrap_or(Balance::MAX)
	}

	/// What it holds to ask all validators for sealed results of so many bytes. The greatest number there is if that is beyond
	/// 128 bits.
	pub fn batch_demand_fee(&self, sealed_len: u64) -> Balance {
		crate::money::batch_demand_fee(self.demand_fee, self.validators, sealed_len).unwrap_or(Balance::MAX)
	}

	/// What claiming a batch with this audit policy burns of the worker's money. The greatest number there is if that is beyond
	/// 128 bits.
	pub fn claim_fee(&self, policy: &AuditPolicy) -> Balance {
		crate::money::claim_fee(self.statement_fee, policy).unwrap_or(Balance::MAX)
	}
}

/// A batch that waits for auditors, as the auditor inside a node sees it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct AuditTask {
	/// The job's number.
	pub job: JobId,
	/// The job.
	pub spec: JobSpec,
	/// The batch.
	pub batch: BatchIndex,
	/// The attempt.
	pub attempt: Attempt,
	/// The receipt's hash.
	pub receipt: Hash,
	/// The sealed results whose availability is to be confirmed.
	pub sealed: BlobRef,
	/// The seed. Batches whose seed is not known yet are not listed.
	pub seed: Hash,
	/// Validators when the receipt was accepted.
	pub validators: u32,
	/// The tranche that is open now.
	pub tranche: u32,
	/// Keys of the auditors that have reported, or came too late to.
	pub barred: Vec<AuditorKey>,
}

/// What validators have to decide, as the voter inside a node sees it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct DisputeTask {
	/// The job's number.
	pub job: JobId,
	/// The job.
	pub spec: JobSpec,
	/// The batch.
	pub batch: BatchIndex,
	/// The attempt.
	pub attempt: Attempt,
	/// The contested task, numbered over the whole job; the batch's first if all of its results are asked for.
	pub task: TaskIndex,
	/// The leaf that the worker committed to; the hash of the sealed results if they are asked for.
	pub leaf: Hash,
	/// Block the dispute was opened in.
	pub opened_at: BlockNumber,
	/// The sealed results.
	pub sealed: BlobRef,
	/// Root over the sealed results.
	pub sealed_root: Hash,
	/// The batch key, if what was sealed is contested too.
	pub key: Option<crate::sealing::BatchKey>,
	/// Accounts of the validators that have voted.
	pub voted: Vec<AccountId>,
	/// Whether nothing is to be run: it is asked whether the sealed results can be had.
	pub withheld: bool,
}
