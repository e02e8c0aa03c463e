//! What a node asks the runtime.

use alloc::vec::Vec;
use assay_primitives::{
	audit::{AuditReport, AuditorKey},
	quote::{Quote, QuoteError},
	view::{AuditTask, AuditorView, BatchView, DisputeTask, JobView, Parameters, WorkerView},
	AccountId, BatchIndex, JobId, JobSpec, SignedReceipt, SignedVote,
};
use sp_runtime::traits::Block as BlockT;

sp_api::decl_runtime_apis! {
	/// Jobs, batches and workers as they stand, and the fee-less transactions.
	pub trait ComputeApi {
		/// A job, if there is one with this number.
		fn job(job: JobId) -> Option<JobView>;

		/// Jobs with numbers from `start` on, ascending: at most `limit`, and never more than 100.
		fn jobs(start: JobId, limit: u32) -> Vec<JobView>;

		/// A batch, if there is such a job with such a batch.
		fn batch(job: JobId, batch: BatchIndex) -> Option<BatchView>;

		/// Batches of a job from `start` on, ascending: at most `limit`, and never more than 100.
		fn batches(job: JobId, start: BatchIndex, limit: u32) -> Vec<BatchView>;

		/// A worker, if this account is one.
		fn worker(account: AccountId) -> Option<WorkerView>;

		/// An auditor, if this account has bonded as one.
		fn auditor(account: AccountId) -> Option<AuditorView>;

		/// Numbers of the chain that its users have to know.
		fn parameters() -> Parameters;

		/// What a job would cost and how likely a cheat would be caught, with the auditors of this session, of whom a share
		/// of `hostile` parts per million is to be expected the worst of.
		fn quote(spec: JobSpec, hostile: u32) -> Result<Quote, QuoteError>;

		/// Batches that wait for auditors, most urgent first: at most `limit`. If there are more, those with the largest bonds.
		fn audit_tasks(limit: u32) -> Vec<AuditTask>;

		/// The keys that can audit in this session.
		fn audit_keys() -> Vec<AuditorKey>;

		/// Contested tasks that wait for votes, most urgent first: at most `limit`. If there are more, those of the batches with
		/// the largest bonds.
		fn dispute_tasks(limit: u32) -> Vec<DisputeTask>;

		/// The keys that can vote in this session, and the validators behind them.
		fn voting_keys() -> Vec<(AuditorKey, AccountId)>;

		/// The transaction that carries a receipt to the chain.
		fn receipt_extrinsic(receipt: SignedReceipt) -> <Block as BlockT>::Extrinsic;

		/// The transaction that carries an audit report to the chain.
		fn report_extrinsic(report: AuditReport) -> <Block as BlockT>::Extrinsic;

		/// The transaction that carries a vote to the chain.
		fn vote_extrinsic(vote: SignedVote) -> <Block as BlockT>::Extrinsic;
	}
}
