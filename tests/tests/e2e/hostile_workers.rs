//! Every kind of hostile worker on one chain, and an honest one that does the work after them: each of the hostile loses
//! what the rules say, nobody else loses anything, and all the money there is stays accounted for, to the last unit.

use assay_client::{codes, Call, ComputeEvent, Error, Inclusion, Keys};
use assay_primitives::{
	sealing::TaskResult,
	view::{BatchView, WorkerView},
	AccountId, Balance, Hash, JobId, JobSpec, SignedReceipt, TaskOutcome, TaskStatus,
};
use assay_tests::{
	chain,
	handmade::{self, Work},
	job, keys, rpc,
	scene::TASKS,
	wait::wait_for,
	Moves, Scene, Wallet, Worker, ASY,
};
use serde_json::json;

/// One for each of the hostile, but the two that take the same batch.
const JOBS: JobId = 7;
const STAKE: Balance = 5 * ASY;
const INPUT: &[u8] = b"";

/// What a pool says of what is invalid, or that it cannot tell. Not of what it cannot even read.
const INVALID: [i64; 2] = [1010, 1011];

const REQUESTER: &str = "//Charlie";
const HONEST: &str = "//Bob";
/// Reports what others do wrong.
const WATCHER: &str = "//Dave";
/// Runs nothing, and invents results.
const LAZY: &str = "//Eve";
/// Takes every batch there is of a job, and hands in nothing.
const SILENT: &str = "//Ferdie";
/// Hands in what is right, and does not reveal it.
const MUTE: &str = "//Alice//stash";
/// Signs two receipts for one attempt.
const DOUBLE: &str = "//Bob//stash";
/// Hands in what somebody else handed in before.
const COPYING: &str = "//Charlie//stash";
/// Seals something else than its results.
const MISSEALING: &str = "//Eve//stash";
/// Takes no notice of demands.
const WITHHOLDING: &str = "//Ferdie//stash";
/// Puts its results nowhere, so that nobody can audit them; and challenges what is right.
const GRIEFING: &str = "//Dave//stash";

/// Posts a job with windows of so many blocks.
async fn post(scene: &Scene, batches: u32, execution_window: u32, challenge_window: u32) -> JobId {
	scene.post(JobSpec { execution_window, challenge_window, ..scene.spec(batches) }).await
}

/// Claims the only batch of a job, and runs it.
async fn work(scene: &Scene, worker: &Keys, job: JobId) -> (BatchView, Work) {
	let claimed = handmade::claim(&scene.client, worker, STAKE, job, 1).await;
	let work = scene.run(&claimed, worker).await;
	(claimed, work)
}

/// Waits until a batch was taken from the worker that had it first, which got nothing for it and lost `loss`.
async fn taken_back(scene: &Scene, claimed: &BatchView, loss: Balance) {
	let place = (claimed.job, claimed.batch);
	let attempt = claimed.attempt;
	job::wait_batch(&scene.client, place, "to be taken back", |batch| batch.attempt > attempt).await;
	let record = record(scene, &claimed.worker.expect("it was claimed")).await;
	assert_eq!((record.earned, record.slashed, record.stake), (0, loss, STAKE - loss), "{record:?}");
	assert_eq!((record.locked, record.batches_in_flight, record.batches_settled), (0, 0, 0), "{record:?}");
}

async fn record(scene: &Scene, account: &AccountId) -> WorkerView {
	scene.client.worker(account).await.expect("the node answers").expect("it is a worker")
}

/// Whether every batch has been somebody's.
async fn is_all_claimed(scene: &Scene) -> Option<()> {
	for id in 0..JOBS {
		let batches = scene.client.all_batches(id).await.ok()?;
		let was_claimed = |batch: &BatchView| batch.attempt > 0 || batch.worker.is_some();
		if !batches.iter().all(was_claimed) {
			return None;
		}
	}
	Some(())
}

/// Sends a call that must fail for a reason.
async fn fails(scene: &Scene, keys: &Keys, call: &Call, reason: &str) {
	match scene.client.submit(keys, call, Inclusion::BestBlock).await {
		Err(Error::Dispatch(failure)) if failure.name == reason => (),
		other => panic!("{call:?} should fail with {reason}: {other:?}"),
	}
}

/// Hands in a receipt that must be refused in these words.
async fn is_refused(scene: &Scene, receipt: &SignedReceipt, words: &str) {
	let refused = scene.client.submit_receipt(receipt).await;
	let error = refused.expect_err("a receipt that must not be taken");
	assert_eq!(error.rpc_code(), Some(codes::REFUSED), "{error}");
	assert!(error.to_string().contains(words), "{error}");
}

/// Results that nobody computed.
fn invented() -> Vec<TaskResult> {
	let invent = |task: u32| {
		let output = task.to_le_bytes().to_vec();
		let outcome = TaskOutcome::new(TaskStatus::Completed(0), &output, 1_000 + u64::from(task));
		TaskResult { outcome: outcome.expect("it is short"), output }
	};
	(0..TASKS).map(invent).collect()
}

/// Invents results, sees what the auditors drew, and tries to have run just that.
async fn lazy(scene: &Scene) {
	let (client, worker) = (&scene.client, keys(LAZY));
	let job = post(scene, 1, 200, 5).await;
	let (claimed, truth) = work(scene, &worker, job).await;
	let lie = Work::new(invented(), &claimed, worker.account(), client.genesis());
	lie.hand_in(client, &worker).await;
	let samples = lie.audited(client).await;
	// Now that the draw is known, it would rather have handed in something else, or have opened the truth.
	is_refused(scene, &truth.signed(&worker), "does not wait for a receipt").await;
	let openings = truth.openings(&samples);
	fails(scene, &worker, &Call::Reveal { job, batch: 0, key: lie.key, openings }, "WrongProof").await;
	lie.reveal(client, &worker, &samples).await.unwrap_or_else(|error| panic!("{error}"));
	taken_back(scene, &claimed, claimed.bond).await;
}

/// Takes all of a job and does nothing.
async fn silent(scene: &Scene) {
	const BATCHES: u32 = 3;
	let worker = keys(SILENT);
	let job = post(scene, BATCHES, 75, 5).await;
	let first = handmade::claim(&scene.client, &worker, STAKE, job, BATCHES).await;
	for batch in 0..BATCHES {
		job::wait_batch(&scene.client, (job, batch), "to be taken back", |batch| batch.attempt > 0).await;
	}
	// A twentieth of each bond: all three are equal.
	let penalty = first.bond.div_ceil(20) * Balance::from(BATCHES);
	let record = record(scene, &worker.account()).await;
	assert_eq!((record.earned, record.slashed, record.locked), (0, penalty, 0), "{record:?}");
	assert_eq!(record.batches_lost, BATCHES, "{record:?}");
}

/// Hands in and never reveals.
async fn mute(scene: &Scene) {
	let worker = keys(MUTE);
	let job = post(scene, 1, 200, 5).await;
	let (claimed, work) = work(scene, &worker, job).await;
	work.hand_in(&scene.client, &worker).await;
	work.audited(&scene.client).await;
	taken_back(scene, &claimed, claimed.bond).await;
}

/// One signs two receipts. Another takes the batch then, and hands in what the first had: right, but sealed with a key
/// that it does not have. `is_claimed` is told when that is done: the batch is not to be had by anybody honest before.
async fn double_and_copied(scene: &Scene, is_claimed: tokio::sync::oneshot::Sender<()>) {
	let (client, first, watcher) = (&scene.client, keys(DOUBLE), keys(WATCHER));
	let job = post(scene, 1, 200, 5).await;
	let (claimed, work) = work(scene, &first, job).await;
	work.hand_in(client, &first).await;
	let lie = Work::new(invented(), &claimed, first.account(), client.genesis());
	is_refused(scene, &lie.signed(&first), "does not wait for a receipt").await;
	let evidence = Call::ReportDoubleReceipt {
		first: Box::new(work.signed(&first)),
		second: Box::new(lie.signed(&first)),
	};
	scene.submit(&watcher, &evidence).await;
	taken_back(scene, &claimed, claimed.bond).await;

	let copying = keys(COPYING);
	let again = handmade::claim(client, &copying, STAKE, job, 1).await;
	is_claimed.send(()).expect("somebody waits for it");
	assert_eq!(again.attempt, 1);
	// What was said of the first attempt says nothing about the second, whoever says it.
	is_refused(scene, &work.signed(&first), "another attempt").await;
	let late = work.clone().saying(|receipt| receipt.attempt = 1);
	is_refused(scene, &late.signed(&first), "another worker").await;
	let copy = late.saying(|receipt| receipt.worker = copying.account());
	copy.hand_in_receipt(client, &copying).await;
	let samples = copy.audited(client).await;
	let guess = Call::Reveal { job, batch: 0, key: [0; 32], openings: copy.openings(&samples) };
	fails(scene, &copying, &guess, "WrongKey").await;
	taken_back(scene, &again, again.bond).await;
}

/// Seals something else than its results. The wallet finds out, and the chain sees for itself. An honest worker does the
/// batch again; somebody challenges that, and is wrong.
async fn missealing(scene: &Scene) {
	let (client, worker, wallet) = (&scene.client, keys(MISSEALING), Wallet::new(&scene.node));
	let job = post(scene, 1, 200, 400).await;
	let (claimed, work) = work(scene, &worker, job).await;
	// Whoever runs the tasks again knows what was committed to, and can show that something else was sealed.
	let mut garbage = work.results().to_vec();
	garbage.swap(1, 2);
	let work = work.sealing_instead(&garbage);
	work.hand_in(client, &worker).await;
	work.reveal_in_time(client, &worker).await;
	let number = job.to_string();
	let check =
		["job", "check", &number, "--batch", "0", "--tasks", "4", "--challenge", "--suri", WATCHER, "--json"];
	let said = wallet.run(&check).await;
	assert_eq!(said.code, 6, "{said:?}");
	taken_back(scene, &claimed, claimed.bond).await;

	let redone = scene.revealed(job, "to be done honestly").await;
	assert_eq!((redone.attempt, redone.worker), (1, Some(keys(HONEST).account())));
	let right = scene.run(&redone, &keys(HONEST)).await;
	scene.challenge(&keys(GRIEFING), &right, 0).await;
	scene.revealed(job, "to be upheld").await;
	scene.accept(job).await;
}

/// Reveals, and does not show what is demanded.
async fn withholding(scene: &Scene) {
	let (client, worker) = (&scene.client, keys(WITHHOLDING));
	let job = post(scene, 1, 200, 400).await;
	let (claimed, work) = work(scene, &worker, job).await;
	work.hand_in(client, &worker).await;
	work.reveal_in_time(client, &worker).await;
	scene.submit(&keys(REQUESTER), &Call::Demand { job, batch: 0, task: 2 }).await;
	taken_back(scene, &claimed, claimed.bond).await;
	scene.revealed(job, "to be done honestly").await;
	scene.accept(job).await;
}

/// Names sealed results that are nowhere. Nobody can tell whose fault that is: it has worked for nothing, and no more.
async fn griefing(scene: &Scene) {
	let (client, worker) = (&scene.client, keys(GRIEFING));
	let job = post(scene, 1, 200, 5).await;
	let (claimed, work) = work(scene, &worker, job).await;
	let hidden = work.saying(|receipt| receipt.sealed.hash = Hash::of(b"nowhere"));
	hidden.hand_in_receipt(client, &worker).await;
	let closed = job::wait_batch(client, (job, 0), "to be reported on", |batch| {
		batch.audit.as_ref().is_some_and(|audit| !audit.samples().is_empty())
	});
	let audit = closed.await.audit.expect("it has reports");
	assert!(!audit.is_complete(), "{audit:?}");
	let reveal = Call::Reveal { job, batch: 0, key: hidden.key, openings: hidden.openings(&audit.samples()) };
	fails(scene, &worker, &reveal, "AuditIncomplete").await;
	wait_for("the audit to run out", || async {
		let best = client.best_block().await.ok()?;
		(best + 1 >= audit.revealable_at).then_some(())
	})
	.await;
	let answer = Call::Answer { job, batch: 0, openings: hidden.openings(&audit.samples()) };
	scene.submit(&worker, &answer).await;
	taken_back(scene, &claimed, 0).await;
}

/// Hands in everything once more that was ever in a block.
async fn replay(scene: &Scene) {
	let port = scene.node.rpc_port();
	let best = scene.client.best_block().await.expect("the node answers");
	let mut replayed = 0;
	for number in 1..=best {
		let hash =
			scene.client.block_hash(number).await.expect("the node answers").expect("the block is there");
		for transaction in
			scene.client.transactions(hash).await.expect("the node answers").expect("the block is there")
		{
			let transaction = format!("0x{}", hex::encode(transaction));
			let refused = rpc::failure(port, "author_submitExtrinsic", json!([transaction]));
			assert!(INVALID.contains(&refused.code), "block {number}: {refused:?}");
			replayed += 1;
		}
	}
	assert!(replayed > best, "more than the time was in blocks");
	let waiting = rpc::result(port, "author_pendingExtrinsics", json!([]));
	assert_eq!(waiting.as_array().map(Vec::len), Some(0), "{waiting}");
}

/// What the chain's own events say that happened to everybody's money.
async fn moves(scene: &Scene, history: &[ComputeEvent]) -> Moves {
	let is_shown = |event: &ComputeEvent| {
		matches!(event, ComputeEvent::DemandAnswered { .. } | ComputeEvent::BatchHeld { .. })
	};
	assert!(!history.iter().any(is_shown), "nothing was shown: {history:?}");
	let mut moves = scene.moves(history, Some(keys("//Alice").account())).await;
	moves.note_lost_challenges(history, keys(GRIEFING).account(), keys(HONEST).account());
	moves
}

/// Each slash is split as it should be, and there is one for everybody who deserves it and nobody else.
fn assert_slashes(history: &[ComputeEvent]) {
	let mut slashed = Vec::new();
	for event in history {
		if let ComputeEvent::WorkerSlashed { worker, burned, rewarded, compensation, .. } = event {
			let bond = burned + rewarded + compensation;
			assert!(burned * 2 >= bond && rewarded * 4 <= bond && *compensation > 0, "{event:?}");
			slashed.push(*worker);
		}
	}
	slashed.sort();
	let mut deserved: Vec<_> =
		[LAZY, MUTE, DOUBLE, COPYING, MISSEALING, WITHHOLDING].map(|suri| keys(suri).account()).into();
	deserved.sort();
	assert_eq!(slashed, deserved);
	let rewards = |suri: &str| {
		let account = keys(suri).account();
		history
			.iter()
			.filter(
				|event| matches!(event, ComputeEvent::ReporterRewarded { reporter, .. } if *reporter == account),
			)
			.count()
	};
	assert_eq!(rewards(WATCHER), 2, "for two receipts, and for what was sealed wrongly");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_hostile_worker_gains_anything_and_nobody_else_loses() {
	let mut scene = Scene::start(1, keys(REQUESTER), INPUT).await;
	let (claimed, all_claimed) = tokio::sync::oneshot::channel();
	let honest = async {
		all_claimed.await.expect("the copying worker claims");
		wait_for("the hostile to have claimed all there is", || is_all_claimed(&scene)).await;
		Worker::start(&scene.node, HONEST, &["--stake", "20", "--cores", "1"])
	};
	let (mut worker, ..) = tokio::join!(
		honest,
		lazy(&scene),
		silent(&scene),
		mute(&scene),
		double_and_copied(&scene, claimed),
		missealing(&scene),
		withholding(&scene),
		griefing(&scene),
	);
	for id in 0..JOBS {
		let closed = scene.paid(id).await;
		assert_eq!(closed.batches.refunded, 0, "{closed:?}");
	}
	worker.stop().await;
	scene.node.settle_down(&scene.client).await;

	let history = chain::history(&scene.client, 1).await;
	assert_slashes(&history);
	let record = record(&scene, &keys(HONEST).account()).await;
	assert_eq!((record.slashed, record.batches_settled, record.batches_lost), (0, 9, 0), "{record:?}");
	let moves = moves(&scene, &history).await;
	let after = scene.books().await;
	scene.reconcile(&after, &moves, &keys("//Alice").account());

	// A pool that has forgotten what it has seen.
	scene.node.stop().await;
	scene.node.restart().await;
	scene.client = scene.node.client().await;
	replay(&scene).await;
	scene.node.settle_down(&scene.client).await;
	assert_eq!(scene.books().await, after, "what was said once counts once");
}
