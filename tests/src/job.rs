//! Jobs, posted and followed by a client.

use crate::{wait::wait_for, ASY};
use assay_client::{Call, Client, Inclusion, Keys};
use assay_primitives::{
	view::{BatchView, JobStatus, JobView},
	AuditPolicy, BatchIndex, BlobRef, BlockNumber, InputSpec, JobId, JobSpec, TaskLimits, VM_VERSION,
};

/// The shortest challenge window of the development chain.
const CHALLENGE_WINDOW: BlockNumber = 5;

/// A job that is over as fast as any can be: `tasks` tasks that all read `input`, in a single batch, a tenth of a token
/// each, audited by one auditor who runs one task.
pub fn spec(program: &[u8], input: &[u8], tasks: u32) -> JobSpec {
	JobSpec {
		program: BlobRef::of(program),
		vm_version: VM_VERSION,
		input: InputSpec::Shared { blob: BlobRef::of(input) },
		tasks,
		batch_size: tasks,
		bounty: ASY / 10,
		// Auditors are given the time that this much fuel takes.
		limits: TaskLimits { fuel: 100_000_000, memory_pages: 16, output_bytes: 1_024 },
		audit: AuditPolicy { auditors: 1, samples: 1, rate: AuditPolicy::EVERY_BATCH },
		execution_window: 200,
		challenge_window: CHALLENGE_WINDOW,
		lifetime: 5_000,
	}
}

/// Puts program and input onto the node and posts the job.
///
/// # Panics
///
/// If that fails.
pub async fn post(client: &Client, requester: &Keys, program: &[u8], input: &[u8], spec: JobSpec) -> JobId {
	for blob in [program, input] {
		client.upload(blob).await.unwrap_or_else(|error| panic!("{error}"));
	}
	let posted = client.submit(requester, &Call::PostJob(spec), Inclusion::BestBlock).await;
	let posted = posted.unwrap_or_else(|error| panic!("{error}"));
	posted.posted_job().expect("a job that is posted has a number")
}

/// Waits until a job is as wanted.
///
/// # Panics
///
/// If it never is.
pub async fn wait(client: &Client, id: JobId, what: &str, wanted: impl Fn(&JobView) -> bool) -> JobView {
	wait_for(&format!("job {id} {what}"), || async { client.job(id).await.ok().filter(&wanted) }).await
}

/// Waits until a job is closed.
///
/// # Panics
///
/// If it never is.
pub async fn closed(client: &Client, id: JobId) -> JobView {
	wait(client, id, "to close", |job| job.status == JobStatus::Closed).await
}

/// Waits until a batch is as wanted.
///
/// # Panics
///
/// If it never is.
pub async fn wait_batch(
	client: &Client,
	(job, batch): (JobId, BatchIndex),
	what: &str,
	wanted: impl Fn(&BatchView) -> bool,
) -> BatchView {
	let what = format!("batch {batch} of job {job} {what}");
	wait_for(&what, || async { client.batch(job, batch).await.ok().filter(&wanted) }).await
}

/// A batch as it is now.
///
/// # Panics
///
/// If there is none.
pub async fn batch(client: &Client, (job, batch): (JobId, BatchIndex)) -> BatchView {
	client.batch(job, batch).await.unwrap_or_else(|error| panic!("{error}"))
}

/// Checks that a job's money went to the last unit where the job's view says.
///
/// # Panics
///
/// If it did not.
pub fn assert_balanced(job: &JobView) {
	let spent = [job.paid_to_workers, job.paid_to_auditors, job.refunded, job.remaining];
	assert_eq!(job.escrowed, spent.into_iter().sum(), "{job:?}");
	if job.status == JobStatus::Closed {
		assert_eq!((job.remaining, job.deposit), (0, 0), "{job:?}");
	}
}
