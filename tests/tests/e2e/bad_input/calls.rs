//! Calls that no careful program makes, signed and sent all the same: the chain itself has to refuse them.

use super::Jobs;
use assay_client::{Call, Client, Error, Inclusion, Keys};
use assay_primitives::{
	view::BatchStage, AuditPolicy, Balance, BlobRef, Hash, InputSpec, JobSpec, TaskLimits,
};
use assay_tests::{chain, job, keys, program, ASY};
use futures::future::join_all;

const UNKNOWN_JOB: u64 = 1_000_000;

pub(crate) async fn are_refused(client: &Client, jobs: &Jobs) {
	rehearsals(client, jobs).await;
	tokio::join!(bad_jobs(client), bad_worker_calls(client, jobs));
	assert_eq!(job::batch(client, (jobs.untouched, 0)).await.stage, BatchStage::Available);
}

/// Sends calls that must fail, each for its own reason, and checks that they cost nothing but fees.
pub(crate) async fn all_fail(client: &Client, keys: &Keys, cases: Vec<(&'static str, Call)>) {
	let before = chain::balance(client, &keys.account()).await;
	let count = Balance::try_from(cases.len()).expect("a small number");
	join_all(cases.into_iter().map(|(name, call)| fails(client, keys, name, call))).await;
	let after = chain::balance(client, &keys.account()).await;
	assert_eq!(after.reserved, before.reserved, "something is held");
	let fees = before.free - after.free;
	assert!(fees < count * ASY / 10, "{count} calls that failed cost {fees}");
}

async fn fails(client: &Client, keys: &Keys, name: &str, call: Call) {
	match client.submit(keys, &call, Inclusion::BestBlock).await {
		Err(Error::Dispatch(failure)) if failure.name == name => {
			let explanation = failure.docs.split_whitespace().count();
			assert!(explanation > 2, "that explains nothing: {failure}");
		},
		other => panic!("{call:?} should fail with {name}: {other:?}"),
	}
}

/// What would fail is known before it is sent, and what would not changes nothing either.
async fn rehearsals(client: &Client, jobs: &Jobs) {
	// An account that does nothing else meanwhile.
	let keys = keys("//Alice//stash");
	let before = chain::balance(client, &keys.account()).await;
	let no_tasks = JobSpec { tasks: 0, ..job::spec(&program::countdown(1), b"", 3) };
	for (name, call) in [
		("NoTasks", Call::PostJob(no_tasks)),
		("NotRequester", Call::CancelJob(jobs.untouched)),
		("NotRequester", Call::DemandBatch { job: jobs.untouched, batch: 0 }),
		("NotWorker", Call::Claim { job: jobs.untouched, count: 1 }),
		("Token", Call::BondWorker(Balance::MAX / 2)),
	] {
		match client.rehearse(&keys, &call).await {
			Err(Error::WouldFail(failure)) if failure.name == name => (),
			other => panic!("{call:?} would fail with {name}: {other:?}"),
		}
	}
	client.rehearse(&keys, &Call::BondWorker(ASY)).await.unwrap_or_else(|error| panic!("{error}"));
	assert_eq!(chain::balance(client, &keys.account()).await, before, "a rehearsal costs nothing");
	let worker = client.worker(&keys.account()).await.expect("the node answers");
	assert_eq!(worker, None, "a rehearsal does nothing");
}

async fn bad_jobs(client: &Client) {
	let program = program::countdown(1);
	let good = job::spec(&program, b"", 3);
	let blob = |len| BlobRef { hash: Hash::of(b"of some length"), len };
	let limits = |fuel, memory_pages, output_bytes| TaskLimits { fuel, memory_pages, output_bytes };
	let audit = |auditors, samples, rate| AuditPolicy { auditors, samples, rate };
	let cases = vec![
		("NoTasks", JobSpec { tasks: 0, ..good }),
		("BadBatchSize", JobSpec { batch_size: 0, ..good }),
		("BadBatchSize", JobSpec { batch_size: 4, ..good }),
		("BadBatchSize", JobSpec { tasks: u32::MAX, batch_size: u32::MAX, ..good }),
		("NoBounty", JobSpec { bounty: 0, ..good }),
		("AmountTooLarge", JobSpec { bounty: Balance::MAX, ..good }),
		("AmountTooLarge", JobSpec { bounty: Balance::MAX / 4, ..good }),
		("Token", JobSpec { bounty: 1_000_000 * ASY, ..good }),
		("UnsupportedVm", JobSpec { vm_version: 0, ..good }),
		("UnsupportedVm", JobSpec { vm_version: good.vm_version + 1, ..good }),
		("BadProgramSize", JobSpec { program: blob(0), ..good }),
		("BadProgramSize", JobSpec { program: blob(JobSpec::MAX_PROGRAM_BYTES + 1), ..good }),
		(
			"BadInputSize",
			JobSpec { input: InputSpec::Shared { blob: blob(JobSpec::MAX_INPUT_BYTES + 1) }, ..good },
		),
		(
			"BadInputSize",
			JobSpec { input: InputSpec::PerTask { blob: blob(12), root: Hash::of(b"") }, ..good },
		),
		("BadLimits", JobSpec { limits: limits(0, 1, 1), ..good }),
		("BadLimits", JobSpec { limits: limits(u64::MAX, 1, 1), ..good }),
		("BadLimits", JobSpec { limits: limits(1, 0, 1), ..good }),
		("BadLimits", JobSpec { limits: limits(1, 1, u32::MAX), ..good }),
		("BadAuditPolicy", JobSpec { audit: audit(0, 1, AuditPolicy::EVERY_BATCH), ..good }),
		("BadAuditPolicy", JobSpec { audit: audit(1, 17, AuditPolicy::EVERY_BATCH), ..good }),
		("BadAuditPolicy", JobSpec { audit: audit(1, 1, AuditPolicy::MIN_RATE - 1), ..good }),
		("BadExecutionWindow", JobSpec { execution_window: 0, ..good }),
		("BadExecutionWindow", JobSpec { execution_window: u32::MAX, ..good }),
		("BadChallengeWindow", JobSpec { challenge_window: 0, ..good }),
		("BadChallengeWindow", JobSpec { challenge_window: u32::MAX, ..good }),
		("BadLifetime", JobSpec { lifetime: 0, ..good }),
		("BadLifetime", JobSpec { lifetime: u32::MAX, ..good }),
	];
	let calls = cases.into_iter().map(|(name, spec)| (name, Call::PostJob(spec))).collect();
	all_fail(client, &keys("//Dave"), calls).await;
}

async fn bad_worker_calls(client: &Client, jobs: &Jobs) {
	let (job, batch) = (jobs.untouched, 0);
	let reveal = |job, batch| Call::Reveal { job, batch, key: [7; 32], openings: Vec::new() };
	let nobody = keys("//Ferdie");
	assert_eq!(client.worker(&nobody.account()).await.expect("the node answers"), None);
	let limit = client.parameters().await.expect("the node answers").claim_limit;
	let cases = vec![
		("UnknownJob", Call::Claim { job: UNKNOWN_JOB, count: 1 }),
		("BadClaimCount", Call::Claim { job, count: 0 }),
		("BadClaimCount", Call::Claim { job, count: limit + 1 }),
		("NotWorker", Call::Claim { job, count: 1 }),
		("ZeroAmount", Call::BondWorker(0)),
		("InsufficientStake", Call::BondWorker(1)),
		("Token", Call::BondWorker(100_000_000 * ASY)),
		("ZeroAmount", Call::UnbondWorker(0)),
		("NotWorker", Call::UnbondWorker(ASY)),
		("NotWorker", Call::WithdrawUnbonded),
		("UnknownJob", Call::CancelJob(UNKNOWN_JOB)),
		("NotRequester", Call::CancelJob(job)),
		("UnknownJob", Call::ExpireJob(UNKNOWN_JOB)),
		("TooEarly", Call::ExpireJob(job)),
		("UnknownJob", reveal(UNKNOWN_JOB, batch)),
		("UnknownBatch", reveal(job, 1)),
		("NotCommitted", reveal(job, batch)),
		("UnknownJob", Call::Settle { job: UNKNOWN_JOB, batch }),
		("UnknownBatch", Call::Settle { job, batch: u32::MAX }),
		("NotRevealed", Call::Settle { job, batch }),
		("UnknownJob", Call::Expire { job: UNKNOWN_JOB, batch }),
		("UnknownBatch", Call::Expire { job, batch: 1 }),
		("NoDeadline", Call::Expire { job, batch }),
	];
	all_fail(client, &nobody, cases).await;
	assert_eq!(client.worker(&nobody.account()).await.expect("the node answers"), None);

	// Nobody can pay without money: the pool does not even take it.
	let poor = keys("//Nobody");
	let error =
		client.submit(&poor, &Call::BondWorker(ASY), Inclusion::BestBlock).await.expect_err("no money");
	assert!(matches!(&error, Error::Refused { message, .. } if message.contains("fees")), "{error}");
}
