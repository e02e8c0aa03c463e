//! What the tests of several modules start from.

use crate::results::Revealed;
use assay_primitives::{
	merkle,
	sealing::{self, seal_batch, BatchKey, TaskResult},
	view::{BatchCounts, BatchStage, BatchView, JobStatus, JobView, ReceiptView},
	AccountId, AuditPolicy, BatchIndex, BlobRef, Hash, InputSpec, JobId, JobSpec, TaskIndex, TaskLimits,
	VM_VERSION,
};

/// The job.
pub(crate) const JOB: JobId = 5;
/// The key of what its worker sealed.
pub(crate) const KEY: BatchKey = [7; 32];

/// Tasks that all read the same, in batches of four.
pub(crate) fn spec(tasks: u32) -> JobSpec {
	let blob = BlobRef::of(b"bytes");
	JobSpec {
		program: blob,
		vm_version: VM_VERSION,
		input: InputSpec::Shared { blob },
		tasks,
		batch_size: 4,
		bounty: 1,
		limits: TaskLimits::default(),
		audit: AuditPolicy::default(),
		execution_window: 10,
		challenge_window: 10,
		lifetime: 100,
	}
}

/// The job that was just posted so.
pub(crate) fn job(spec: JobSpec) -> JobView {
	JobView {
		id: JOB,
		requester: AccountId([1; 32]),
		spec,
		status: JobStatus::Open,
		posted_at: 1,
		expires_at: 101,
		batches: BatchCounts::default(),
		escrowed: 0,
		remaining: 0,
		paid_to_workers: 0,
		paid_to_auditors: 0,
		refunded: 0,
		deposit: 0,
	}
}

/// A batch of four tasks about which nothing else is known.
pub(crate) fn batch(batch: BatchIndex, stage: BatchStage) -> BatchView {
	BatchView {
		job: JOB,
		batch,
		attempt: 0,
		first_task: batch * 4,
		tasks: 4,
		stage,
		worker: None,
		bond: 0,
		deadline: None,
		receipt: None,
		audit: None,
		key: None,
		dispute: None,
		demand: None,
	}
}

/// The second batch, with the receipt of a worker that committed to these results and sealed these bytes.
pub(crate) fn delivered(committed: &[TaskResult], sealed: &[u8], sealed_root: Hash) -> BatchView {
	let empty = batch(1, BatchStage::Revealed);
	let tasks = TaskIndex::try_from(committed.len()).unwrap();
	let leaves: Vec<_> =
		(empty.first_task..).zip(committed).map(|(task, result)| result.outcome.leaf(JOB, task)).collect();
	let receipt = ReceiptView {
		hash: Hash([3; 32]),
		block: 9,
		outputs_root: merkle::root(&leaves).unwrap(),
		sealed: BlobRef::of(sealed),
		sealed_root,
		key_commitment: sealing::commit(&KEY),
	};
	BatchView {
		tasks,
		worker: Some(AccountId([2; 32])),
		receipt: Some(receipt),
		key: Some(Hash(KEY)),
		..empty
	}
}

/// The second batch of a job whose last it is, from a worker that did as it should.
pub(crate) fn revealed(results: &[TaskResult]) -> Revealed {
	let sealed = seal_batch(&KEY, 4, results).unwrap();
	let view = delivered(results, &sealed.bytes, sealed.root);
	Revealed::new(&job(spec(4 + view.tasks)), &view).unwrap()
}
