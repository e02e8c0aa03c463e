//! The batch that is done by hand, wrongly and at last rightly.

use assay_client::Keys;
use assay_primitives::{view::BatchView, AuditPolicy, Hash, JobSpec};
use assay_tests::{
	handmade::{self, Work},
	job, program,
};

/// Tasks of the one batch there is.
const TASKS: u32 = 5;

/// A job whose batch can be done wrong for long enough: its worker has until then to do it right.
pub(crate) fn spec(program: &[u8]) -> JobSpec {
	let audit = AuditPolicy { auditors: 1, samples: 2, rate: AuditPolicy::EVERY_BATCH };
	JobSpec { audit, execution_window: 2_000, challenge_window: 2_000, ..job::spec(program, b"", TASKS) }
}

/// Runs the batch.
pub(crate) fn work(spec: &JobSpec, view: &BatchView, worker: &Keys, genesis: Hash) -> Work {
	let results = handmade::results(&program::countdown(1), b"", spec, view);
	Work::new(results, view, worker.account(), genesis)
}
