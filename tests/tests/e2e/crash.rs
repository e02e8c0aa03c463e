//! Power cuts: workers and nodes that end at the worst moments lose neither work nor money.

use assay_client::Client;
use assay_primitives::{
	view::{BatchStage, BatchView, JobStatus},
	AccountId, AuditPolicy, BatchIndex, BlockNumber, JobId, JobSpec,
};
use assay_tests::{chain, files, job, keys, program, rpc, wait::wait_for, DevNode, Wallet, Worker, ASY};
use serde_json::json;

/// A second or so of a task on an ordinary machine: there is time to kill its worker in the middle of a batch.
const SLOW: u64 = 800_000_000;
/// A moment.
const QUICK: u64 = 1_000;
const INPUT: &[u8] = b"";

/// Checks that the first worker did what it had claimed, and was paid, as if nothing had happened.
async fn assert_undisturbed(client: &Client, wanted: (JobId, BatchIndex), worker: AccountId) {
	let batch = job::batch(client, wanted).await;
	assert_eq!(
		(batch.stage, batch.attempt, batch.worker),
		(BatchStage::Settled, 0, Some(worker)),
		"{batch:?}"
	);
	let history = chain::history(client, 1).await;
	assert_eq!(chain::claims(&history, wanted), 1, "a batch is claimed once: {history:?}");
	assert!(chain::convictions(&history).is_empty(), "{history:?}");
	let record = client.worker(&worker).await.expect("the node answers").expect("it is a worker");
	assert_eq!((record.batches_in_flight, record.batches_lost, record.locked), (0, 0, 0), "{record:?}");
	assert_eq!(record.slashed, 0);
}

async fn assert_fetched(wallet: &Wallet, node: &DevNode, id: JobId, tasks: u32) {
	let directory = node.directory().join(format!("job-{id}"));
	let summary = wallet.json(&["job", "fetch", &id.to_string(), "--out", files::argument(&directory)]).await;
	assert_eq!(
		(&summary["verified"], &summary["failed"]),
		(&tasks.into(), &serde_json::json!([])),
		"{summary}"
	);
	for task in 0..tasks {
		let output = files::read(&directory.join(format!("task-{task:06}.out")));
		assert_eq!(output, format!("{task:\0<8}").into_bytes());
	}
}

/// The worker is killed while it runs the tasks of a batch.
async fn killed_while_running(node: &DevNode, client: &Client) {
	const TASKS: u32 = 5;
	let program = program::countdown(SLOW);
	let mut spec = job::spec(&program, INPUT, TASKS);
	spec.limits.fuel = SLOW * 20;
	let id = job::post(client, &keys("//Charlie"), &program, INPUT, spec).await;
	let mut worker = Worker::start(node, "//Bob", &["--cores", "1", "--job", &id.to_string()]);
	job::wait_batch(client, (id, 0), "to be claimed", |batch| batch.stage == BatchStage::Claimed).await;
	let heading = wait_for("the worker to begin", || async {
		Some(worker.bytes_of_results()).filter(|bytes| *bytes > 0)
	})
	.await;
	wait_for("the first results", || async { (worker.bytes_of_results() > heading).then_some(()) }).await;
	worker.kill_hard();
	let saved = worker.bytes_of_results();
	let batch = job::batch(client, (id, 0)).await;
	assert_eq!((batch.stage, batch.attempt), (BatchStage::Claimed, 0), "it was killed too late: {batch:?}");

	worker.restart();
	wait_for("the worker to begin again", || async {
		worker.log().contains("going on with it").then_some(())
	})
	.await;
	assert!(worker.bytes_of_results() >= saved, "results that were there are run again");
	job::closed(client, id).await;
	assert_undisturbed(client, (id, 0), keys("//Bob").account()).await;
	assert_fetched(&Wallet::new(node), node, id, TASKS).await;
	worker.stop().await;
}

fn is_audited(batch: &BatchView) -> bool {
	batch.audit.as_ref().is_some_and(|audit| audit.is_complete())
}

/// The worker is killed when its receipt is on the chain, and is away when it is its turn to reveal.
async fn killed_before_revealing(node: &DevNode, client: &Client) {
	const TASKS: u32 = 3;
	let program = program::countdown(QUICK);
	let id = job::post(client, &keys("//Dave"), &program, INPUT, job::spec(&program, INPUT, TASKS)).await;
	let mut worker = Worker::start(node, "//Eve", &["--cores", "1", "--job", &id.to_string()]);
	job::wait_batch(client, (id, 0), "to be handed in", |batch| batch.stage == BatchStage::Committed).await;
	worker.kill_hard();
	let receipt = job::batch(client, (id, 0)).await.receipt;
	let audited = job::wait_batch(client, (id, 0), "to be audited", is_audited).await;
	assert_eq!((audited.stage, &audited.key), (BatchStage::Committed, &None), "it was killed too late");

	worker.restart();
	job::closed(client, id).await;
	assert_undisturbed(client, (id, 0), keys("//Eve").account()).await;
	let settled = job::batch(client, (id, 0)).await;
	assert_eq!(settled.receipt, receipt, "there is one receipt for an attempt");
	assert_fetched(&Wallet::new(node), node, id, TASKS).await;
	worker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_is_killed_goes_on_where_it_was() {
	let node = DevNode::start().await;
	let client = node.client().await;
	tokio::join!(killed_while_running(&node, &client), killed_before_revealing(&node, &client));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_is_restarted_goes_on_where_it_was() {
	const BATCHES: u32 = 3;
	let mut node = DevNode::start().await;
	let client = node.client().await;
	let program = program::countdown(QUICK);
	let audit = AuditPolicy { auditors: 1, samples: 2, rate: AuditPolicy::EVERY_BATCH };
	let spec = JobSpec { batch_size: 4, audit, ..job::spec(&program, INPUT, 4 * BATCHES) };
	let id = job::post(&client, &keys("//Charlie"), &program, INPUT, spec).await;
	let mut worker = Worker::start(&node, "//Bob", &["--stake", "10"]);
	let in_flight = job::wait(&client, id, "to be in flight", |view| view.batches.in_flight > 0).await;
	assert_eq!(in_flight.status, JobStatus::Open);
	let (genesis, finalized) = (client.genesis(), client.finalized_block().await.expect("the node answers"));

	node.stop().await;
	assert!(worker.is_running(), "a worker waits for its node");
	assert!(client.best_block().await.is_err());
	node.restart().await;

	let client = node.client().await;
	assert_eq!(client.genesis(), genesis);
	assert!(client.finalized_block().await.expect("the node answers") >= finalized, "the chain started anew");
	let view = job::closed(&client, id).await;
	job::assert_balanced(&view);
	assert_eq!((view.batches.settled, view.batches.refunded), (BATCHES, 0));
	for batch in 0..BATCHES {
		assert_undisturbed(&client, (id, batch), keys("//Bob").account()).await;
	}
	assert_fetched(&Wallet::new(&node), &node, id, 4 * BATCHES).await;
	worker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_finds_its_feet_on_a_chain_that_was_started_anew() {
	const TASKS: u32 = 4;
	/// Far less than the time between two regular looks at the stake.
	const SOON: BlockNumber = 60;
	let mut node = DevNode::start().await;
	let bob = keys("//Bob").account();
	let mut worker = Worker::start(&node, "//Bob", &["--stake", "10"]);
	let client = node.client().await;
	let staked = || async { client.worker(&bob).await.ok().flatten() };
	wait_for("the stake", staked).await;

	node.stop().await;
	node.start_anew().await;
	let client = node.client().await;
	let restaked = wait_for("the stake on the new chain", || async {
		client.worker(&bob).await.ok().flatten()?;
		client.best_block().await.ok()
	});
	let block = restaked.await;
	assert!(block < SOON, "it took the worker until block {block} to see that it has no stake");

	let program = program::countdown(QUICK);
	let id = job::post(&client, &keys("//Charlie"), &program, INPUT, job::spec(&program, INPUT, TASKS)).await;
	job::closed(&client, id).await;
	assert_undisturbed(&client, (id, 0), bob).await;
	worker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_whose_node_dies_while_it_bonds_is_there_afterwards_and_has_bonded_once() {
	let mut node = DevNode::start().await;
	let bob = keys("//Bob").account();
	let before = node.client().await.balance(&bob).await.expect("the node answers");
	let mut worker = Worker::start(&node, "//Bob", &["--stake", "10"]);
	wait_for("the stake to be on its way", || async {
		let pending = rpc::result(node.rpc_port(), "author_pendingExtrinsics", json!([]));
		let is_there = node.client().await.worker(&bob).await.ok().flatten().is_some();
		(is_there || pending != json!([])).then_some(())
	})
	.await;
	node.kill_hard();
	node.restart().await;
	let client = node.client().await;
	let staked = wait_for("the stake", || async { client.worker(&bob).await.ok().flatten() }).await;
	assert_eq!(staked.stake, 10 * ASY);
	// It goes on, and looks at its stake when it does.
	let program = program::countdown(QUICK);
	let id = job::post(&client, &keys("//Charlie"), &program, INPUT, job::spec(&program, INPUT, 2)).await;
	let claimed = |batch: &BatchView| batch.worker == Some(bob);
	job::wait_batch(&client, (id, 0), "to be claimed", claimed).await;
	let balance = client.balance(&bob).await.expect("the node answers");
	assert_eq!(balance.reserved, before.reserved + 10 * ASY, "bonded twice");
	worker.stop().await;
}
