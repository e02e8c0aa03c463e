//! What a node asks the runtime.

use alloc::vec::Vec;
use assay_primitives::{
	audit::{AuditReport, AuditorKey},
	view::{AuditTask, BatchView, JobView, Parameters, WorkerView},
	AccountId, BatchIndex, JobId, SignedReceipt,
};
use sp_runtime::traits::Block as BlockT;

sp_api::decl_runtime_apis! {
	/// Jobs, batches and workers as they stand, and the two fee-less transactions.
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

		/// Numbers of the chain that its users have to know.
		fn parameters() -> Parameters;

		/// Batches that wait for auditors, most urgent first: at most `limit`.
		fn audit_tasks(limit: u32) -> Vec<AuditTask>;

		/// The keys that can audit in this session.
		fn audit_keys() -> Vec<AuditorKey>;

		/// The transaction that carries a receipt to the chain.
		fn receipt_extrinsic(receipt: SignedReceipt) -> <Block as BlockT>::Extrinsic;

		/// The transaction that carries an audit report to the chain.
		fn report_extrinsic(report: AuditReport) -> <Block as BlockT>::Extrinsic;
	}
}
