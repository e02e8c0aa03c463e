//! A worker's part done by hand, so that each step of it can be done wrong.

use assay_client::Keys;
use assay_primitives::{
	audit::Opening,
	merkle,
	sealing::{self, BatchKey, SealedBatch, TaskResult},
	view::BatchView,
	AuditPolicy, BlobRef, Hash, JobSpec, Receipt, TaskIndex,
};
use assay_tests::{job, program};

/// Tasks of the one batch there is.
const TASKS: u32 = 5;
const KEY: BatchKey = [0x5a; 32];

/// A job whose batch can be done wrong for long enough: its worker has until then to do it right.
pub(crate) fn spec(program: &[u8]) -> JobSpec {
	let audit = AuditPolicy { auditors: 1, samples: 2, rate: AuditPolicy::EVERY_BATCH };
	JobSpec { audit, execution_window: 2_000, challenge_window: 2_000, ..job::spec(program, b"", TASKS) }
}

/// A batch that was run, and everything that is handed in for it.
pub(crate) struct Work {
	pub(crate) key: BatchKey,
	pub(crate) sealed: SealedBatch,
	pub(crate) receipt: Receipt,
	results: Vec<TaskResult>,
	leaves: Vec<Hash>,
	first: TaskIndex,
}

impl Work {
	/// Runs the batch.
	pub(crate) fn new(spec: &JobSpec, view: &BatchView, worker: &Keys, genesis: Hash) -> Self {
		let tasks = view.first_task..view.first_task + view.tasks;
		let results = program::run(&program::countdown(1), tasks.clone(), &spec.limits, |_| b"");
		let leaves: Vec<_> =
			tasks.zip(&results).map(|(task, result)| result.outcome.leaf(view.job, task)).collect();
		let sealed = sealing::seal_batch(&KEY, view.first_task, &results).expect("a batch has tasks");
		let receipt = Receipt {
			genesis,
			job: view.job,
			batch: view.batch,
			attempt: view.attempt,
			worker: worker.account(),
			outputs_root: merkle::root(&leaves).expect("a batch has tasks"),
			sealed: BlobRef::of(&sealed.bytes),
			sealed_root: sealed.root,
			key_commitment: sealing::commit(&KEY),
		};
		Self { key: KEY, sealed, receipt, results, leaves, first: view.first_task }
	}

	/// Opens these tasks.
	pub(crate) fn openings(&self, tasks: &[TaskIndex]) -> Vec<Opening> {
		let open = |task: &TaskIndex| {
			let offset = task - self.first;
			let outcome = self.results[offset as usize].outcome;
			let proof = merkle::proof(&self.leaves, offset).expect("the task is in the batch");
			Opening { task: *task, outcome, proof }
		};
		tasks.iter().map(open).collect()
	}
}
