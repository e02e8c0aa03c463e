use super::*;
use assay_primitives::{
	view::{BatchCounts, ReportView},
	AuditPolicy, BlobRef, InputSpec, JobSpec, TaskLimits, VM_VERSION,
};

const WORKER: AccountId = AccountId([1; 32]);
const OTHER_WORKER: AccountId = AccountId([2; 32]);
const AUDITOR: AccountId = AccountId([3; 32]);
const OTHER_AUDITOR: AccountId = AccountId([4; 32]);

/// 10 tasks in 3 batches of 4, 4 and 2; 100 a task; a reserve of 3 × 5 × 100 for each batch.
fn spec() -> JobSpec {
	let blob = BlobRef::of(b"");
	JobSpec {
		program: blob,
		vm_version: VM_VERSION,
		input: InputSpec::Shared { blob },
		tasks: 10,
		batch_size: 4,
		bounty: 100,
		limits: TaskLimits::default(),
		audit: AuditPolicy { auditors: 3, samples: 5, rate: AuditPolicy::EVERY_BATCH },
		execution_window: 10,
		challenge_window: 10,
		lifetime: 100,
	}
}

fn batch(
	batch: BatchIndex,
	stage: BatchStage,
	worker: AccountId,
	reports: &[(AccountId, bool)],
) -> BatchView {
	let spec = spec();
	let tasks = spec.batch_tasks(batch).unwrap();
	let reports = reports.iter().map(|(auditor, checked)| ReportView {
		auditor: *auditor,
		block: 7,
		checked: *checked,
		samples: if *checked { tasks.clone().take(2).collect() } else { Vec::new() },
	});
	BatchView {
		job: 5,
		batch,
		attempt: 0,
		first_task: tasks.start,
		tasks: tasks.end - tasks.start,
		stage,
		worker: Some(worker),
		bond: 0,
		deadline: None,
		receipt: None,
		audit: Some(AuditView {
			seed: None,
			audited: Some(true),
			required: 2,
			revealable_at: 7,
			reports: reports.collect(),
		}),
		key: None,
		dispute: None,
		demand: None,
	}
}

/// Two batches settled, one refunded. Both auditors checked the first batch, one of them the second.
fn closed() -> (JobView, Vec<BatchView>) {
	let batches = vec![
		batch(0, BatchStage::Settled, WORKER, &[(AUDITOR, true), (OTHER_AUDITOR, true)]),
		batch(1, BatchStage::Settled, OTHER_WORKER, &[(AUDITOR, true), (OTHER_AUDITOR, false)]),
		batch(2, BatchStage::Refunded, WORKER, &[]),
	];
	// 1,000 for the tasks and 3 × 1,500 for audits.
	let job = JobView {
		id: 5,
		requester: AccountId([9; 32]),
		spec: spec(),
		status: JobStatus::Closed,
		posted_at: 1,
		expires_at: 101,
		batches: BatchCounts { available: 0, in_flight: 0, settled: 2, refunded: 1 },
		escrowed: 5_500,
		remaining: 0,
		paid_to_workers: 800,
		paid_to_auditors: 3_000,
		refunded: 1_700,
		deposit: 0,
	};
	(job, batches)
}

#[test]
fn a_closed_job_balances_to_the_last_unit() {
	let (job, batches) = closed();
	let books = Books::of(&job, &batches).unwrap();
	assert!(books.balanced, "{:#?}", books.checks);
	let earner = |account, batches, tasks, paid| Earner { account, batches, tasks, paid };
	assert_eq!(books.workers, [earner(WORKER, 1, 4, 400), earner(OTHER_WORKER, 1, 4, 400)]);
	assert_eq!(books.auditors, [earner(AUDITOR, 2, 4, 2_250), earner(OTHER_AUDITOR, 1, 2, 750)]);
	assert_eq!(books.batches[1].audits[1].paid, 0, "who checked nothing is paid nothing");
	assert_eq!(books.batches[2].paid, 0);
}

#[test]
fn a_job_under_way_balances_too() {
	let (mut job, mut batches) = closed();
	batches[1].stage = BatchStage::Revealed;
	batches[2].stage = BatchStage::Committed;
	batches[2].audit = batches[0].audit.clone();
	job.status = JobStatus::Open;
	job.batches = BatchCounts { available: 0, in_flight: 2, settled: 1, refunded: 0 };
	job.paid_to_workers = 400;
	// Those of the settled batch: the auditors of a revealed one wait with its worker.
	job.paid_to_auditors = 1_500;
	job.refunded = 0;
	job.remaining = 5_500 - 400 - 1_500;
	job.deposit = 77;
	let books = Books::of(&job, &batches).unwrap();
	assert!(books.balanced, "{:#?}", books.checks);
	assert_eq!(books.workers.len(), 1, "revealed is not paid yet");
	assert!(books.batches[1..].iter().flat_map(|batch| &batch.audits).all(|audit| audit.paid == 0));
}

#[test]
fn what_cannot_be_shared_evenly_stays_in_escrow() {
	let (mut job, mut batches) = closed();
	let third = AccountId([8; 32]);
	batches[0] =
		batch(0, BatchStage::Settled, WORKER, &[(AUDITOR, true), (OTHER_AUDITOR, true), (third, true)]);
	for (bounty, share) in [(100, 500), (101, 505)] {
		job.spec.bounty = bounty;
		let books = Books::of(&job, &batches).unwrap();
		assert!(books.batches[0].audits.iter().all(|audit| audit.paid == share));
	}
	job.spec.audit = AuditPolicy { auditors: 2, samples: 1, ..job.spec.audit };
	let books = Books::of(&job, &batches).unwrap();
	// 202 among three.
	assert!(books.batches[0].audits.iter().all(|audit| audit.paid == 67));
}

#[test]
fn a_single_missing_unit_is_found() {
	type Change = fn(&mut JobView);
	let changes: [(&str, Change); 10] = [
		("escrowed", |job| job.escrowed += 1),
		("remaining", |job| job.remaining += 1),
		("workers", |job| job.paid_to_workers -= 1),
		("workers got a refund", |job| {
			job.paid_to_workers -= 1;
			job.refunded += 1;
		}),
		("auditors", |job| {
			job.paid_to_auditors += 1;
			job.refunded -= 1;
		}),
		("refunded", |job| job.refunded -= 1),
		("deposit", |job| job.deposit = 1),
		("available", |job| job.batches.available += 1),
		("settled", |job| job.batches.settled += 1),
		("bounty", |job| job.spec.bounty -= 1),
	];
	for (what, change) in changes {
		let (mut job, batches) = closed();
		change(&mut job);
		assert!(!Books::of(&job, &batches).unwrap().balanced, "{what}");
	}
}

#[test]
fn what_the_chain_has_forgotten_is_neither_missing_nor_vouched_for() {
	let (mut job, mut batches) = closed();
	batches[0] = BatchView { worker: None, audit: None, ..batch(0, BatchStage::Pruned, WORKER, &[]) };
	let books = Books::of(&job, &batches).unwrap();
	assert!(books.balanced, "{:#?}", books.checks);
	assert_eq!(books.pruned(), 1);
	assert_eq!(books.workers.len(), 1, "nobody knows who ran the other one");
	job.paid_to_workers -= 1;
	assert!(!Books::of(&job, &batches).unwrap().balanced, "the totals still have to add up");
	assert_eq!(Books::of(&closed().0, &closed().1).unwrap().pruned(), 0);
}

#[test]
fn nonsense_is_an_error_and_not_a_wrong_sum() {
	let (mut job, mut batches) = closed();
	batches.pop();
	assert_eq!(Books::of(&job, &batches).unwrap_err(), BooksError::Batches { batches: 3, found: 2 });
	let (_, batches) = closed();
	job.spec.bounty = u128::MAX / 2;
	assert_eq!(Books::of(&job, &batches).unwrap_err(), BooksError::Overflow);
	let (mut job, batches) = closed();
	job.refunded = u128::MAX;
	assert_eq!(Books::of(&job, &batches).unwrap_err(), BooksError::Overflow);
}

#[test]
fn an_auditor_that_could_not_take_its_share_is_no_contradiction() {
	let (mut job, batches) = closed();
	job.paid_to_auditors -= 750;
	job.refunded += 750;
	assert!(Books::of(&job, &batches).unwrap().balanced);
}
