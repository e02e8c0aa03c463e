//! Lies that no auditor looked at: the requester's own check finds them, the validators convict, and somebody honest does
//! the work.

use assay_client::ComputeEvent;
use assay_primitives::{
	view::{BatchStage, BatchView, JobStatus},
	AuditPolicy, JobSpec,
};
use assay_tests::{chain, job, keys, program, wait::wait_for, DevNode, Wallet, Worker};

const BATCH: u32 = 10;
const INPUT: &[u8] = b"";

#[tokio::test(flavor = "multi_thread")]
async fn one_honest_watcher_wins() {
	let node = DevNode::start().await;
	let client = node.client().await;
	let (requester, wallet) = (keys("//Charlie"), Wallet::new(&node));
	let (liar, honest) = (keys("//Eve").account(), keys("//Bob").account());
	let program = program::countdown(1_000);
	// One of ten tasks is run again by an auditor, and one of ten is a lie: most lies get through the audit.
	let audit = AuditPolicy { auditors: 1, samples: 1, rate: AuditPolicy::EVERY_BATCH };
	let spec =
		JobSpec { batch_size: BATCH, audit, challenge_window: 60, ..job::spec(&program, INPUT, 4 * BATCH) };
	let id = job::post(&client, &requester, &program, INPUT, spec).await;
	let number = id.to_string();
	let arguments = ["--stake", "20", "--cores", "1", "--falsify-every", "10", "--job", &number];
	let mut cheat = Worker::start_falsifying(&node, "//Eve", &arguments);
	let is_through = |batch: &BatchView| batch.stage == BatchStage::Revealed && batch.worker == Some(liar);
	// Whatever the draw is, it does not find the lies of all four batches.
	let found = wait_for("a lie to get through the audit", || async {
		client.all_batches(id).await.ok()?.into_iter().find(is_through)
	})
	.await;
	cheat.stop().await;

	let batch = found.batch.to_string();
	let check = ["job", "check", &number, "--batch", &batch, "--tasks", "10"];
	let seen = wallet.run(&check).await;
	assert_eq!(seen.code, 6, "without --challenge it only tells: {seen:?}");
	assert!(is_through(&job::batch(&client, (id, found.batch)).await));
	let said = wallet.run(&[&check[..], &["--challenge", "--suri", "//Dave", "--json"]].concat()).await;
	assert_eq!(said.code, 6, "{said:?}");
	let again = job::wait_batch(&client, (id, found.batch), "to be taken back", |batch| batch.attempt > 0);
	assert_eq!(again.await.worker, None);

	let history = chain::history(&client, 1).await;
	let is_slash = |event: &&ComputeEvent| matches!(event, ComputeEvent::WorkerSlashed { job, batch, worker, .. } if (*job, *batch, *worker) == (id, found.batch, liar));
	assert_eq!(history.iter().filter(is_slash).count(), 1, "{history:?}");
	let challenger = keys("//Dave").account();
	let is_reward = |event: &&ComputeEvent| matches!(event, ComputeEvent::ReporterRewarded { reporter, .. } if *reporter == challenger);
	assert_eq!(history.iter().filter(is_reward).count(), 1, "{history:?}");
	assert_eq!(chain::balance(&client, &challenger).await.reserved, 0, "the bond came back");

	let mut worker = Worker::start(&node, "//Bob", &["--stake", "20", "--cores", "1"]);
	let redone = job::wait_batch(&client, (id, found.batch), "to be done honestly", |batch| {
		batch.stage == BatchStage::Revealed && batch.worker == Some(honest)
	})
	.await;
	let fine = wallet.json(&check).await;
	assert!(fine.is_object(), "{fine}");
	// A result that is asked for is shown, and whoever is content pays at once.
	let task = redone.first_task.to_string();
	wallet.json(&["job", "demand", &number, "--task", &task, "--suri", "//Dave"]).await;
	let shown = job::wait_batch(&client, (id, found.batch), "to be shown", |batch| {
		batch.stage == BatchStage::Revealed && batch.demand.is_none()
	});
	assert_eq!(shown.await.worker, Some(honest));
	wallet.json(&["job", "accept", &number, "--batch", &batch, "--suri", "//Charlie"]).await;
	let accepted = job::batch(&client, (id, found.batch)).await;
	assert_eq!(accepted.stage, BatchStage::Settled);
	worker.stop().await;
	wallet.json(&["job", "cancel", &number, "--suri", "//Charlie"]).await;
	assert_ne!(job::wait(&client, id, "to be cancelled", |_| true).await.status, JobStatus::Open);
	assert!(client.auditor(&keys("//Alice").account()).await.expect("the node answers").is_some());
	assert!(client.auditor(&challenger).await.expect("the node answers").is_none());
}

/// The requester asks for all results of a batch: the validators have them, or its worker is not paid.
#[tokio::test(flavor = "multi_thread")]
async fn results_that_nobody_has_are_not_paid_for() {
	// Validators look for two minutes on a chain with blocks of three seconds.
	let mut node = DevNode::start_with(&["--chain", "quick"]).await;
	let client = node.client().await;
	let (requester, wallet, account) = (keys("//Charlie"), Wallet::new(&node), keys("//Bob").account());
	let program = program::countdown(1_000);
	let spec = JobSpec { challenge_window: 300, ..job::spec(&program, INPUT, BATCH) };
	let id = job::post(&client, &requester, &program, INPUT, spec).await;
	let place = (id, 0);
	let mut worker = Worker::start(&node, "//Bob", &["--stake", "20"]);
	let is_revealed = |batch: &BatchView| batch.stage == BatchStage::Revealed;
	let revealed = job::wait_batch(&client, place, "to be revealed", is_revealed).await;
	let number = id.to_string();
	let ask = ["job", "demand", &number, "--batch", "0", "--suri", "//Charlie"];
	wallet.json(&ask).await;
	let held = job::wait_batch(&client, place, "to be found", is_revealed).await;
	assert_eq!((held.worker, held.attempt), (Some(account), 0));
	let history = chain::history(&client, 1).await;
	let is_held =
		|event: &&ComputeEvent| matches!(event, ComputeEvent::BatchHeld { job, batch: 0, .. } if *job == id);
	assert_eq!(history.iter().filter(is_held).count(), 1, "{history:?}");
	let parameters = client.parameters().await.expect("the node answers");
	let spent = chain::balance(&client, &requester.account()).await.reserved;

	worker.kill_hard();
	drop(client);
	let receipt = revealed.receipt.expect("it was handed in");
	node.lose_blob(&receipt.sealed.hash).await;
	let client = node.client().await;
	wallet.json(&ask).await;
	let reserved = chain::balance(&client, &requester.account()).await.reserved;
	assert_eq!(reserved, spent + parameters.demand_fee, "one validator, one fee");
	let again = job::wait_batch(&client, place, "to be taken back", |batch| batch.attempt > 0).await;
	assert_eq!(again.worker, None);
	assert_eq!(chain::balance(&client, &requester.account()).await.reserved, spent, "the fee came back");
	let record = client.worker(&account).await.expect("the node answers").expect("it has a record");
	assert_eq!((record.earned, record.slashed), (0, 0), "{record:?}");
}
