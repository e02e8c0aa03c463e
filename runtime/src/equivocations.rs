//! What counts as proof that a validator produced two blocks in one slot.

use crate::{configs::ReportLongevity, AccountId, Header, Historical, Offences, Runtime};
use sp_consensus_babe::{check_equivocation_proof, EquivocationProof};
use sp_runtime::{
	transaction_validity::{InvalidTransaction, TransactionValidityError},
	DispatchError,
};
use sp_session::MembershipProof;
use sp_staking::offence::OffenceReportSystem;

/// The reports of BABE's pallet, of which only those are let through that prove something.
///
/// A node reports every equivocation once more than it should: the import of blocks in its version of the SDK compares
/// headers from which the signatures have been taken already, and what it reports can convict nobody. The pallet looks at
/// the signatures only when it executes the report. Such a report would take the place in the pool, and that in the block,
/// of the one that is right, which the node makes itself.
pub struct SealedReports;

type Evidence = (EquivocationProof<Header>, MembershipProof);
type Reports = pallet_babe::EquivocationReportSystem<Runtime, Offences, Historical, ReportLongevity>;

impl OffenceReportSystem<Option<AccountId>, Evidence> for SealedReports {
	type Longevity = ReportLongevity;

	fn publish_evidence(evidence: Evidence) -> Result<(), ()> {
		if !check_equivocation_proof(evidence.0.clone()) {
			return Err(());
		}
		Reports::publish_evidence(evidence)
	}

	fn check_evidence(evidence: Evidence) -> Result<(), TransactionValidityError> {
		if !check_equivocation_proof(evidence.0.clone()) {
			return Err(InvalidTransaction::BadProof.into());
		}
		Reports::check_evidence(evidence)
	}

	fn process_evidence(reporter: Option<AccountId>, evidence: Evidence) -> Result<(), DispatchError> {
		Reports::process_evidence(reporter, evidence)
	}
}
