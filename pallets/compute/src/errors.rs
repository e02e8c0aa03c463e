//! Why the pallet refuses calls.

use frame_support::pallet_macros::pallet_section;

// Becomes part of the module `pallet`, whose imports it uses.
#[pallet_section]
mod errors {
	/// Why a call was refused. A refused call changes nothing.
	#[pallet::error]
	pub enum Error<T> {
		/// There is no job with this number (any more).
		UnknownJob,
		/// The job has no batch with this number.
		UnknownBatch,
		/// Only the requester can do this to its job.
		NotRequester,
		/// The job was cancelled, has expired or is closed.
		JobNotOpen,
		/// The program must have between 1 byte and 4 MiB.
		BadProgramSize,
		/// The input must have at most 256 MiB, and per-task input at least the table of its lengths.
		BadInputSize,
		/// Programs for that version of the machine are not run.
		UnsupportedVm,
		/// A job has at least one task.
		NoTasks,
		/// A batch has at least one task, at most as many as the job, and at most 100,000.
		BadBatchSize,
		/// A limit of the tasks is out of its range.
		BadLimits,
		/// A number of the audit policy is out of its range.
		BadAuditPolicy,
		/// The execution window is out of its range.
		BadExecutionWindow,
		/// The challenge window is out of its range.
		BadChallengeWindow,
		/// The lifetime is 0 or longer than allowed.
		BadLifetime,
		/// A task must pay something.
		NoBounty,
		/// The job would cost, or a batch of it lock, more than there can be money.
		AmountTooLarge,
		/// The amount must not be 0.
		ZeroAmount,
		/// The account has no stake. Bond some first.
		NotWorker,
		/// The stake would be, or is, less than this needs. Bond more first.
		InsufficientStake,
		/// That much stake is not free: batches in flight lock it.
		StakeLocked,
		/// Nothing is on its way out.
		NothingUnbonding,
		/// Ask for at least 1 batch and at most `ClaimLimit` at once.
		BadClaimCount,
		/// No batch of this job waits for a worker.
		NothingToClaim,
		/// The receipt, report or vote does not hold. Submitted through a transaction pool, it is refused with the reason.
		Refused,
		/// The batch has no receipt that waits for a reveal.
		NotCommitted,
		/// The batch is not revealed.
		NotRevealed,
		/// Another worker has the batch.
		NotBatchWorker,
		/// Reports are still missing.
		AuditIncomplete,
		/// The deadline has not come yet.
		TooEarly,
		/// The deadline has passed.
		TooLate,
		/// The batch waits for nothing.
		NoDeadline,
		/// The key is not the one the receipt commits to.
		WrongKey,
		/// Open every sampled task exactly once, in ascending order, and no other.
		WrongOpenings,
		/// An opened outcome is not under the receipt's root.
		WrongProof,
		/// An opened outcome is not possible within the limits of the job.
		ImpossibleOutcome,
		/// The audit of this batch has not run out: wait, or reveal if it is complete.
		AuditNotOver,
		/// The batch has no task with this number.
		UnknownTask,
		/// Validators disagreed about what this program computes. It is not run any more.
		ProgramBarred,
		/// Nothing is demanded of this batch.
		NotDemanded,
		/// As many results of this batch have been demanded as can be.
		TooManyDemands,
		/// The sealed result is not the one the receipt commits to, or its bytes are missing, or too many.
		WrongSealed,
		/// The sealed result is what its leaf says.
		ProperlySealed,
		/// The two receipts are the same, or not for one attempt of one worker.
		NoContradiction,
		/// A receipt is not signed by its worker.
		BadSignature,
		/// No worker answers for this attempt any more.
		NotInFlight,
		/// The account has no stake as an auditor. Bond some first.
		NotAuditor,
		/// A task pays less than its limit of fuel asks for: raise the bounty or lower the limit. The parameters of the
		/// chain name the price of 10⁹ units of fuel.
		BountyBelowFloor,
	}
}
