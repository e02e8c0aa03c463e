//! Calls that no careful program makes, signed and sent all the same: the chain itself has to refuse them.

use crate::Jobs;
use assay_client::{Call, Client, Error, Inclusion, Keys};
use assay_primitives::{
	view::BatchStage, AuditPolicy, Balance, BlobRef, Hash, InputSpec, JobSpec, TaskLimits,
};
use assay_tests::{chain, job, keys, program, ASY};
use futures::future::join_all;

const MEBIBYTE: u64 = 1 << 20;
const UNKNOWN_JOB: u64 = 1_000_000;

pub(crate) async fn are_refused(client: &Client, jobs: &Jobs) {
	tokio::join!(bad_jobs(client), bad_worker_calls(client, jobs));
	assert_eq!(job::batch(client, (jobs.untouched, 0)).await.stage, BatchStage::Available);
}

/// Sends calls that must fail, each for its own reason, and checks that they cost nothing but fees.
pub(crate) async fn all_fail(client: &Client, keys: &Keys, cases: Vec<(&str, Call)>) {
	let before = chain::balance(client, &keys.account()).await;
	let fail = |(name, call): (&'static str, Call)| async move {
		let sent = client.submit(keys, &call, Inclusion::BestBlock).await;
		match sent {
			Err(Error::Dispatch(failure)) if failure.name == name => {
				let message = failure.to_string();
				assert!(message.len() > name.len() + 30, "that explains nothing: {message}");
			},
			other => panic!("{call:?} should fail with {name}: {other:?}"),
		}
	};
	let count = Balance::try_from(cases.len()).expect("a small number");
	join_all(cases.into_iter().map(|(name, call)| fail(leak(name), call))).await;
	let after = chain::balance(client, &keys.account()).await;
	assert_eq!(after.reserved, before.reserved, "something is held");
	let fees = before.free - after.free;
	assert!(fees < count * ASY / 10, "{count} calls that failed cost {fees}");
}
