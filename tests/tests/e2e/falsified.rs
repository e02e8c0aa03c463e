//! A worker that lies about some tasks: what an auditor looked at is never paid, the validators' verdict costs the liar
//! its bond, and honest workers finish the job.

use assay_client::{Client, ComputeEvent};
use assay_primitives::{
	merkle, money,
	sealing::TaskResult,
	view::{BatchStage, BatchView, JobView},
	AccountId, AuditPolicy, Balance, JobId, JobSpec,
};
use assay_tests::{chain, falsified::is_falsified, job, keys, program, DevNode, Worker, ASY};
use std::num::NonZeroU32;

const BATCH: u32 = 10;
/// One task of five is falsified: two in every batch.
const EVERY: NonZeroU32 = NonZeroU32::new(5).expect("5 is not 0; qed");
const STAKE: Balance = 20 * ASY;
const INPUT: &[u8] = b"";

fn audited_with(samples: u8, program: &[u8], batches: u32) -> JobSpec {
	let audit = AuditPolicy { auditors: 1, samples, rate: AuditPolicy::EVERY_BATCH };
	JobSpec { batch_size: BATCH, audit, ..job::spec(program, INPUT, batches * BATCH) }
}

/// What the tasks of a batch really come to, as the root a receipt commits to.
fn honest_root(view: &BatchView, results: &[TaskResult]) -> Option<assay_primitives::Hash> {
	let outcomes = (view.first_task..).zip(results.iter().skip(view.first_task as usize));
	let leaves: Vec<_> = outcomes
		.take(view.tasks as usize)
		.map(|(task, result)| result.outcome.leaf(view.job, task))
		.collect();
	merkle::root(&leaves)
}

/// Checks every batch of a closed job, and returns how many the liar was paid for.
async fn verify(client: &Client, job: &JobView, liar: AccountId, results: &[TaskResult]) -> u32 {
	job::assert_balanced(job);
	let mut lies_paid = 0;
	for batch in client.all_batches(job.id).await.expect("the batches are there") {
		assert_eq!(batch.stage, BatchStage::Settled, "{batch:?}");
		let samples = batch.audit.as_ref().expect("every batch is audited").samples();
		let expected = usize::from(job.spec.audit.samples).min(BATCH as usize);
		assert_eq!(samples.len(), expected, "{batch:?}");
		let root = batch.receipt.as_ref().map(|receipt| receipt.outputs_root);
		if batch.worker == Some(liar) {
			let caught: Vec<_> = samples.into_iter().filter(|task| is_falsified(*task, EVERY)).collect();
			assert!(caught.is_empty(), "paid although an auditor saw the lies about {caught:?}: {batch:?}");
			assert_ne!(
				root,
				honest_root(&batch, results),
				"the liar did not even lie: this test tests nothing"
			);
			lies_paid += 1;
		} else {
			assert_eq!(root, honest_root(&batch, results), "{batch:?}");
		}
	}
	lies_paid
}

/// The tasks of a job on which an auditor contradicted a worker.
fn mismatches(history: &[ComputeEvent], wanted: JobId) -> Vec<u32> {
	let task = |event: &ComputeEvent| match event {
		ComputeEvent::AuditMismatch { job, task, .. } if *job == wanted => Some(*task),
		_ => None,
	};
	history.iter().filter_map(task).collect()
}

/// The batches that a worker was convicted of.
fn lost_by(history: &[ComputeEvent], wanted: &AccountId) -> u32 {
	let is_slash = |event: &&ComputeEvent| matches!(event, ComputeEvent::WorkerSlashed { worker, .. } if worker == wanted);
	u32::try_from(history.iter().filter(is_slash).count()).expect("a small number")
}

/// Disputes that ended with a verdict on a leaf.
fn verdicts(history: &[ComputeEvent]) -> u32 {
	let is_verdict = |event: &&ComputeEvent| matches!(event, ComputeEvent::DisputeDecided { verdict: Some(verdict), .. } if verdict == "Leaf");
	u32::try_from(history.iter().filter(is_verdict).count()).expect("a small number")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_falsified_result_that_was_sampled_is_never_paid() {
	let node = DevNode::start().await;
	let client = node.client().await;
	let (requester, honest) = (keys("//Charlie"), keys("//Bob").account());
	let (first_liar, second_liar) = (keys("//Eve").account(), keys("//Ferdie").account());
	let program = program::countdown(1_000);
	// In the first job every task is sampled, in the second two of ten.
	let first = job::post(&client, &requester, &program, INPUT, audited_with(10, &program, 1)).await;
	let second = job::post(&client, &requester, &program, INPUT, audited_with(2, &program, 4)).await;
	let lie = |suri, job: JobId, more: &[&str]| {
		let (every, job) = (EVERY.to_string(), job.to_string());
		let common = ["--stake", "20", "--cores", "1", "--falsify-every", &every, "--job", &job];
		Worker::start_falsifying(&node, suri, &[&common, more].concat())
	};
	let mut once = lie("//Eve", first, &["--once"]);
	let mut often = lie("//Ferdie", second, &[]);
	let reopened = job::wait_batch(&client, (first, 0), "to be convicted", |batch| batch.attempt > 0).await;
	assert_eq!((reopened.stage, reopened.attempt, reopened.worker), (BatchStage::Available, 1, None));
	assert!(once.end().await.success(), "{}", once.log());

	let mut worker = Worker::start(&node, "//Bob", &["--stake", "20", "--cores", "1"]);
	let (first_view, second_view) = tokio::join!(job::closed(&client, first), job::closed(&client, second));
	often.stop().await;
	worker.stop().await;

	let limits = first_view.spec.limits;
	let results = program::run(&program, 0..second_view.spec.tasks, &limits, |_| INPUT);
	assert_eq!(verify(&client, &first_view, first_liar, &results).await, 0, "every lie is seen here");
	let lies_paid = verify(&client, &second_view, second_liar, &results).await;
	let batch = job::batch(&client, (first, 0)).await;
	assert_eq!((batch.attempt, batch.worker), (1, Some(honest)));

	let history = chain::history(&client, 1).await;
	let (in_first, in_second) = (mismatches(&history, first), mismatches(&history, second));
	assert_eq!(in_first.len(), 2, "both lies of the batch are seen: {history:?}");
	assert!(in_first.iter().chain(&in_second).all(|task| is_falsified(*task, EVERY)), "{history:?}");
	let (lost_first, lost_second) = (lost_by(&history, &first_liar), lost_by(&history, &second_liar));
	assert_eq!(lost_first, 1, "{history:?}");
	assert!(lost_second <= u32::try_from(in_second.len()).expect("a small number"), "{history:?}");
	let convictions = u32::try_from(chain::convictions(&history).len()).expect("a small number");
	assert_eq!(convictions, lost_first + lost_second, "nobody else loses anything: {history:?}");
	assert_eq!(verdicts(&history), convictions, "{history:?}");
	let minimum_bond = client.parameters().await.expect("the node answers").minimum_claim_bond;

	for (liar, paid, lost, spec) in [
		(first_liar, 0, lost_first, &first_view.spec),
		(second_liar, lies_paid, lost_second, &second_view.spec),
	] {
		let record = client.worker(&liar).await.expect("the node answers").expect("liars are workers");
		let bounty = spec.bounty * Balance::from(BATCH);
		let bond = money::claim_bond(bounty, &spec.audit, minimum_bond).expect("small amounts");
		let slashed = bond * Balance::from(lost);
		assert_eq!(
			(record.stake, record.locked, record.slashed),
			(STAKE - slashed, 0, slashed),
			"{record:?}"
		);
		assert_eq!((record.batches_settled, record.batches_lost), (paid, lost), "{record:?}");
		assert_eq!(record.earned, first_view.spec.bounty * Balance::from(paid * BATCH));
		assert_eq!(chain::balance(&client, &liar).await.reserved, STAKE - slashed);
	}
	let record = client.worker(&honest).await.expect("the node answers").expect("Bob is a worker");
	assert_eq!((record.batches_settled, record.batches_lost), (5 - lies_paid, 0), "{record:?}");
}
