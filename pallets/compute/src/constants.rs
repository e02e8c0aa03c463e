//! What must hold of the numbers a runtime chooses.

use crate::{
	audits::{fetching, MIN_TRANCHES},
	Config, Pallet, MAX_SEED_BLOCKS,
};
use assay_primitives::{audit::examination_blocks, AuditPolicy, BlockNumber, TaskLimits};
use frame_support::traits::Get;

impl<T: Config> Pallet<T> {
	/// Fails the runtime's own tests if a number makes no sense, or not together with another one.
	pub(crate) fn check_constants() {
		assert!(T::JobDeposit::get() > 0, "JobDeposit must not be 0");
		assert!(T::MinClaimBond::get() > 0, "MinClaimBond must not be 0");
		assert!(T::ClaimLimit::get() > 0, "ClaimLimit must not be 0");
		assert!(
			(1..=MAX_SEED_BLOCKS).contains(&T::SeedBlocks::get()),
			"SeedBlocks must be 1 to {MAX_SEED_BLOCKS}"
		);
		assert!(T::TranchePeriod::get() > 0, "TranchePeriod must not be 0");
		assert!(T::MaxAuditors::get() > 0, "MaxAuditors must not be 0");
		assert!(T::MinExecutionWindow::get() > 0, "MinExecutionWindow must not be 0");
		assert!(T::MaxLifetime::get() > 0, "MaxLifetime must not be 0");
		assert!(T::RevealWindow::get() > 0, "RevealWindow must not be 0");
		assert!(T::AuditWindow::get() > T::TranchePeriod::get(), "AuditWindow must exceed TranchePeriod");
		assert!(T::AuditFuelPerBlock::get() > 0, "AuditFuelPerBlock must not be 0");
		assert!(T::DisputeWindow::get() > 0, "DisputeWindow must not be 0");
		assert!(T::MinChallengeWindow::get() > 0, "MinChallengeWindow must not be 0");
		assert!(T::AuditorStake::get() > 0, "AuditorStake must not be 0");
		assert!(
			T::MaxWindow::get() >= T::MinExecutionWindow::get().max(T::MinChallengeWindow::get()),
			"MaxWindow must not be below the smallest windows"
		);
		assert!(
			T::AuditorUnbondingPeriod::get() > Self::longest_answer(),
			"AuditorUnbondingPeriod must exceed the windows of the slowest job together"
		);
	}

	/// The longest time from an auditor's report to the verdict on a challenge at the last moment, for the slowest job
	/// there can be: an auditor answers for its report until then, and its stake must not be gone.
	fn longest_answer() -> BlockNumber {
		let fuel_per_block = T::AuditFuelPerBlock::get();
		let examination = |samples| {
			let policy = AuditPolicy { samples, ..AuditPolicy::default() };
			let tasks = samples.into();
			examination_blocks(&policy, tasks, TaskLimits::MAX_FUEL, fuel_per_block, T::MaxWindow::get())
		};
		let fetching = fetching::<T>(u64::MAX);
		let tranche = T::TranchePeriod::get()
			.saturating_add(examination(AuditPolicy::MAX_SAMPLES))
			.saturating_add(fetching);
		let audit = T::AuditWindow::get().max(tranche.saturating_mul(MIN_TRANCHES));
		let max_window = T::MaxWindow::get();
		// One window to run the task, and one for the tasks that are contested already.
		let dispute = T::DisputeWindow::get()
			.saturating_add(fetching)
			.saturating_add(max_window)
			.saturating_add(max_window);
		// The last tranche ends after the window; what comes last is a challenge.
		[audit, tranche, T::RevealWindow::get(), T::MaxWindow::get(), dispute]
			.into_iter()
			.fold(0, BlockNumber::saturating_add)
	}
}
