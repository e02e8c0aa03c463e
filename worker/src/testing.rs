//! Things the tests of several modules need.

use crate::journal::{Entry, Progress};
use assay_primitives::{
	sealing,
	view::{BatchCounts, JobStatus, JobView},
	AccountId, AuditPolicy, BatchIndex, BlobRef, Hash, InputSpec, JobId, JobSpec, Receipt, SignedReceipt,
	TaskLimits, VM_VERSION,
};

/// A batch of ten tasks, just claimed: tasks 70 to 79 if it is batch 7.
pub(crate) fn entry(job: JobId, batch: BatchIndex) -> Entry {
	Entry {
		job,
		batch,
		attempt: 0,
		spec: Hash::of(b"spec"),
		first_task: batch * 10,
		tasks: 10,
		key_commitment: sealing::commit(&[7; 32]),
		progress: Progress::Claimed,
	}
}

/// A receipt for attempt 1 at batch 7 of job 3. Its signature is not checked anywhere in this crate.
pub(crate) fn signed_receipt(worker: AccountId) -> SignedReceipt {
	let receipt = Receipt {
		genesis: Hash::of(b"genesis"),
		job: 3,
		batch: 7,
		attempt: 1,
		worker,
		outputs_root: Hash::of(b"outputs"),
		sealed: BlobRef::of(b"sealed"),
		sealed_root: Hash::of(b"sealed root"),
		key_commitment: sealing::commit(&[7; 32]),
	};
	SignedReceipt { receipt, signature: [5; 64] }
}

/// An open job, all of whose batches can be claimed.
pub(crate) fn job(id: JobId, spec: JobSpec) -> JobView {
	JobView {
		id,
		requester: AccountId([9; 32]),
		spec,
		status: JobStatus::Open,
		posted_at: 1,
		expires_at: 1_000,
		batches: BatchCounts { available: 10, ..Default::default() },
		escrowed: 0,
		remaining: 0,
		paid_to_workers: 0,
		paid_to_auditors: 0,
		refunded: 0,
		deposit: 0,
	}
}

/// A job of 100 tasks in batches of ten.
pub(crate) fn spec() -> JobSpec {
	JobSpec {
		program: BlobRef::of(b"program"),
		vm_version: VM_VERSION,
		input: InputSpec::Shared { blob: BlobRef::of(b"input") },
		tasks: 100,
		batch_size: 10,
		bounty: 1_000,
		limits: TaskLimits { fuel: 1_000_000, memory_pages: 16, output_bytes: 1_024 },
		audit: AuditPolicy::default(),
		execution_window: 100,
		challenge_window: 10,
		lifetime: 1_000,
	}
}
