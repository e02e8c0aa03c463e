//! Evidence that convicts without a vote: two receipts for one attempt.

use crate::{batch::BatchAt, settlement::Reporter, types::*, Config, Error, Pallet};
use assay_primitives::{Receipt, SignedReceipt};
use frame_support::ensure;
use sp_runtime::DispatchError;

impl<T: Config> Pallet<T> {
	/// Convicts a worker that signed two different receipts for the attempt it has. Says how many votes and how many reports
	/// there were on the batch.
	pub(crate) fn do_report_double_receipt(
		reporter: T::AccountId,
		first: &SignedReceipt,
		second: &SignedReceipt,
	) -> Result<(u32, u32), DispatchError> {
		let receipt = &first.receipt;
		ensure!(
			receipt != &second.receipt && statement(receipt) == statement(&second.receipt),
			Error::<T>::NoContradiction
		);
		ensure!(receipt.genesis == Self::genesis_hash(), Error::<T>::NoContradiction);
		ensure!(first.is_authentic() && second.is_authentic(), Error::<T>::BadSignature);
		let mut at = BatchAt::<T>::load(receipt.job, receipt.batch)?;
		let claim = at.batch.stage.claim().cloned().ok_or(Error::<T>::NotInFlight)?;
		let answers =
			at.batch.attempt == receipt.attempt && account_view::<T>(&claim.worker) == receipt.worker;
		ensure!(answers, Error::<T>::NotInFlight);
		let work = (at.votes(), at.reports());
		at.abandon_contest()?;
		let mut reporters = at.checkers(None);
		reporters.push(Reporter::of_evidence(reporter));
		at.slash(claim, reporters, ReopenReason::DoubleReceipt)?;
		Ok(work)
	}
}

/// What a worker may sign one receipt for.
fn statement(receipt: &Receipt) -> impl PartialEq + '_ {
	let Receipt { genesis, job, batch, attempt, worker, .. } = receipt;
	(genesis, job, batch, attempt, worker)
}
