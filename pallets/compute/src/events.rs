//! What the pallet tells.

use frame_support::pallet_macros::pallet_section;

// Becomes part of the module `pallet`, whose imports it uses.
#[pallet_section]
mod events {
	/// What happened.
	#[pallet::event]
	#[pallet::generate_deposit(pub(super) fn deposit_event)]
	pub enum Event<T: Config> {
		/// A job can be claimed.
		JobPosted {
			/// The job.
			job: JobId,
			/// Who posted it.
			requester: T::AccountId,
			/// Paid into escrow.
			escrow: Balance,
		},
		/// A requester cancelled its job: nothing more is handed out.
		JobCancelled {
			/// The job.
			job: JobId,
			/// Given back for batches nobody had.
			refunded: Balance,
		},
		/// A job reached the end of its lifetime: nothing more is handed out.
		JobExpired {
			/// The job.
			job: JobId,
			/// Given back for batches nobody had.
			refunded: Balance,
		},
		/// Every batch of a job is settled or refunded, and its deposit went home.
		JobClosed {
			/// The job.
			job: JobId,
			/// What was left in escrow and went home with the deposit.
			refunded: Balance,
		},
		/// A worker added to its stake.
		WorkerBonded {
			/// The worker.
			worker: T::AccountId,
			/// Added.
			amount: Balance,
			/// The stake now.
			stake: Balance,
		},
		/// A worker asked for stake back.
		UnbondingStarted {
			/// The worker.
			worker: T::AccountId,
			/// Asked for.
			amount: Balance,
			/// Block from which all that is on its way out can be withdrawn.
			withdrawable_at: BlockNumber,
		},
		/// A worker got stake back.
		StakeWithdrawn {
			/// The worker.
			worker: T::AccountId,
			/// Given back.
			amount: Balance,
		},
		/// A worker has a batch.
		BatchClaimed {
			/// The job.
			job: JobId,
			/// The batch.
			batch: BatchIndex,
			/// The attempt.
			attempt: Attempt,
			/// The worker.
			worker: T::AccountId,
			/// Locked from its stake.
			bond: Balance,
			/// Block by which its receipt must be in.
			deadline: BlockNumber,
		},
		/// A worker is bound to its results.
		ReceiptAccepted {
			/// The job.
			job: JobId,
			/// The batch.
			batch: BatchIndex,
			/// The attempt.
			attempt: Attempt,
			/// The worker.
			worker: T::AccountId,
			/// Hash of the receipt.
			receipt: Hash,
		},
		/// An auditor reported.
		AuditReported {
			/// The job.
			job: JobId,
			/// The batch.
			batch: BatchIndex,
			/// The attempt.
			attempt: Attempt,
			/// The validator.
			auditor: T::AccountId,
			/// `false`: it could not fetch all it needed. It may have run its samples all the same.
			checked: bool,
		},
		/// A worker revealed, and no auditor contradicts it.
		BatchRevealed {
			/// The job.
			job: JobId,
			/// The batch.
			batch: BatchIndex,
			/// The attempt.
			attempt: Attempt,
			/// The worker.
			worker: T::AccountId,
			/// The key of the sealed results.
			key: BatchKey,
		},
		/// What a worker opened is not what an auditor computed. A dispute decides which of the two is right.
		AuditMismatch {
			/// The job.
			job: JobId,
			/// The batch.
			batch: BatchIndex,
			/// The attempt.
			attempt: Attempt,
			/// The first task they differ on.
			task: TaskIndex,
			/// The validator.
			auditor: T::AccountId,
		},
		/// A batch was taken back and can be claimed again.
		BatchReopened {
			/// The job.
			job: JobId,
			/// The batch.
			batch: BatchIndex,
			/// The attempt that the next claim will be.
			attempt: Attempt,
			/// Why.
			reason: ReopenReason,
		},
		/// A worker was paid for a batch.
		BatchSettled {
			/// The job.
			job: JobId,
			/// The batch.
			batch: BatchIndex,
			/// The worker.
			worker: T::AccountId,
			/// Paid.
			paid: Balance,
		},
		/// A batch of a job that ends was taken back, and its money given back.
		BatchRefunded {
			/// The job.
			job: JobId,
			/// The batch.
			batch: BatchIndex,
			/// Given back.
			amount: Balance,
		},
		/// An auditor was paid for checking a batch.
		AuditorPaid {
			/// The job.
			job: JobId,
			/// The batch.
			batch: BatchIndex,
			/// The validator.
			auditor: T::AccountId,
			/// Paid.
			amount: Balance,
		},
		/// A worker lost a small part of its stake for holding a batch and handing in nothing.
		ClaimPenalised {
			/// The job.
			job: JobId,
			/// The batch.
			batch: BatchIndex,
			/// The worker.
			worker: T::AccountId,
			/// Destroyed.
			amount: Balance,
		},
		/// A worker lost the bond of a batch.
		WorkerSlashed {
			/// The job.
			job: JobId,
			/// The batch.
			batch: BatchIndex,
			/// The worker.
			worker: T::AccountId,
			/// Destroyed.
			burned: Balance,
			/// Paid to those who showed it.
			rewarded: Balance,
			/// Paid to the requester.
			compensation: Balance,
		},
		/// Validators have to run a task again. What opens a dispute without that is [`Event::BatchDemanded`].
		DisputeOpened {
			/// The job.
			job: JobId,
			/// The batch.
			batch: BatchIndex,
			/// The attempt.
			attempt: Attempt,
			/// The contested task.
			task: TaskIndex,
			/// Who challenged it. `None`: an auditor contradicts it.
			challenger: Option<T::AccountId>,
		},
		/// A validator voted in a dispute.
		VoteCast {
			/// The job.
			job: JobId,
			/// The batch.
			batch: BatchIndex,
			/// The contested task; the first of the batch if its results are asked for.
			task: TaskIndex,
			/// The validator.
			validator: T::AccountId,
			/// Its vote.
			ruling: Ruling,
		},
		/// A dispute has ended.
		DisputeDecided {
			/// The job.
			job: JobId,
			/// The batch.
			batch: BatchIndex,
			/// The attempt.
			attempt: Attempt,
			/// The contested task; the first of the batch if its results were asked for.
			task: TaskIndex,
			/// What more than two thirds of the validators say. `None`: there was no such ruling in time.
			ruling: Option<Ruling>,
		},
		/// A challenger was wrong and lost its bond.
		ChallengeLost {
			/// The job.
			job: JobId,
			/// The batch.
			batch: BatchIndex,
			/// Who.
			challenger: T::AccountId,
			/// Destroyed.
			burned: Balance,
			/// Paid to the worker, whose pay was held up.
			compensation: Balance,
		},
		/// Somebody was paid out of a worker's bond for work or evidence that helped to convict it.
		ReporterRewarded {
			/// The job.
			job: JobId,
			/// The batch.
			batch: BatchIndex,
			/// Who.
			reporter: T::AccountId,
			/// Paid.
			amount: Balance,
		},
		/// Validators disagree about what a program computes. No new job can use it.
		ProgramBarred {
			/// The program.
			program: Hash,
			/// The job that showed it.
			job: JobId,
			/// The task that showed it.
			task: TaskIndex,
		},
		/// A worker has to put a result onto the chain.
		ResultDemanded {
			/// The job.
			job: JobId,
			/// The batch.
			batch: BatchIndex,
			/// The task.
			task: TaskIndex,
			/// Who demands it.
			by: T::AccountId,
			/// Block by which it must be there.
			deadline: BlockNumber,
		},
		/// A worker showed a result that was demanded: it is in the call.
		DemandAnswered {
			/// The job.
			job: JobId,
			/// The batch.
			batch: BatchIndex,
			/// The task.
			task: TaskIndex,
			/// Given back of the fee. As much, or one unit more, is destroyed.
			returned: Balance,
		},
		/// An auditor added to its stake.
		AuditorBonded {
			/// The auditor.
			auditor: T::AccountId,
			/// Added.
			amount: Balance,
			/// The stake now.
			stake: Balance,
		},
		/// An auditor asked for stake back.
		AuditorUnbonding {
			/// The auditor.
			auditor: T::AccountId,
			/// Asked for.
			amount: Balance,
			/// Block from which all that is on its way out can be withdrawn.
			withdrawable_at: BlockNumber,
		},
		/// An auditor got stake back.
		AuditorWithdrew {
			/// The auditor.
			auditor: T::AccountId,
			/// Given back.
			amount: Balance,
		},
		/// An auditor reported what the validators' verdict contradicts, and lost stake.
		AuditorSlashed {
			/// The job.
			job: JobId,
			/// The batch.
			batch: BatchIndex,
			/// The auditor.
			auditor: T::AccountId,
			/// Destroyed.
			burned: Balance,
			/// Paid to whom it wronged: the worker, or the requester if the worker was wrong too.
			compensation: Balance,
		},
		/// An auditor committed an offence as a validator, and lost stake.
		OffenderSlashed {
			/// The auditor.
			auditor: T::AccountId,
			/// Destroyed.
			burned: Balance,
		},
		/// Fuel has another price.
		FuelPriceSet {
			/// Of 10⁹ units.
			price: Balance,
		},
		/// Validators have to say whether they can get the sealed results of a batch.
		BatchDemanded {
			/// The job.
			job: JobId,
			/// The batch.
			batch: BatchIndex,
			/// The attempt.
			attempt: Attempt,
			/// The requester, who cannot get them.
			by: T::AccountId,
			/// Held from it.
			fee: Balance,
			/// Block by which there must be a verdict.
			deadline: BlockNumber,
		},
		/// Validators have the sealed results that were asked for. The challenge window goes on.
		BatchHeld {
			/// The job.
			job: JobId,
			/// The batch.
			batch: BatchIndex,
			/// Destroyed of the fee.
			burned: Balance,
			/// Given back of the fee.
			returned: Balance,
		},
		/// A worker paid for the receipts and reports that a claim draws, which nobody pays for when they come.
		StatementsPaid {
			/// The job.
			job: JobId,
			/// The worker.
			worker: T::AccountId,
			/// Destroyed.
			burned: Balance,
		},
	}
}
