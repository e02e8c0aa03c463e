//! What must hold of the numbers a runtime chooses.

use crate::{Config, Pallet};
use assay_primitives::BlockNumber;
use frame_support::traits::Get;

impl<T: Config> Pallet<T> {
	/// Fails the runtime's own tests if a number makes no sense, or not together with another one.
	pub(crate) fn check_constants() {
		assert!(T::JobDeposit::get() > 0, "JobDeposit must not be 0");
		assert!(T::MinClaimBond::get() > 0, "MinClaimBond must not be 0");
		assert!(T::ClaimLimit::get() > 0, "ClaimLimit must not be 0");
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
		// An auditor answers for its report until the batch is settled: its stake must not be gone by then.
		let longest =
			[T::MaxWindow::get(), T::AuditWindow::get(), T::RevealWindow::get(), T::DisputeWindow::get()]
				.into_iter()
				.fold(0u32, BlockNumber::saturating_add);
		assert!(T::UnbondingPeriod::get() > longest, "UnbondingPeriod must exceed all windows together");
	}
}
