//! Every kind of hostile worker on one chain, and an honest one that does the work after them: each of the hostile loses
//! what the rules say, nobody else loses anything, and all the money there is stays accounted for, to the last unit.

use assay_client::{codes, Call, Client, ComputeEvent, Error, Inclusion, Keys};
use assay_primitives::{
	sealing::TaskResult,
	view::{BatchStage, BatchView, WorkerView},
	AccountId, Balance, Hash, JobId, JobSpec, SignedReceipt, TaskOutcome, TaskStatus,
};
use assay_tests::{
	chain,
	handmade::{self, Work},
	job, keys, program, rpc,
	wait::wait_for,
	Books, DevNode, Moves, Wallet, Worker, ASY,
};
use serde_json::json;

/// Windows of 600 blocks pass in two minutes.
const SLOT: u64 = 200;
/// One for each of the hostile, but the two that take the same batch.
const JOBS: JobId = 7;
const TASKS: u32 = 4;
const STAKE: Balance = 5 * ASY;
const INPUT: &[u8] = b"";
/// More than any of these pays in fees.
const MOST_FEES: Balance = ASY / 10;

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

struct Place {
	node: DevNode,
	client: Client,
	program: Vec<u8>,
}

impl Place {
	/// Posts a job with windows of so many blocks.
	async fn post(&self, batches: u32, execution_window: u32, challenge_window: u32) -> JobId {
		let spec = JobSpec {
			batch_size: TASKS,
			execution_window,
			challenge_window,
			..job::spec(&self.program, INPUT, TASKS * batches)
		};
		job::post(&self.client, &keys(REQUESTER), &self.program, INPUT, spec).await
	}

	/// Claims the only batch of a job, and runs it.
	async fn work(&self, worker: &Keys, job: JobId) -> (BatchView, Work) {
		let claimed = handmade::claim(&self.client, worker, STAKE, job, 1).await;
		let work = self.run(&claimed, worker).await;
		(claimed, work)
	}

	async fn run(&self, claimed: &BatchView, worker: &Keys) -> Work {
		let spec = self.client.job(claimed.job).await.expect("the job is there").spec;
		let results = handmade::results(&self.program, INPUT, &spec, claimed);
		Work::new(results, claimed, worker.account(), self.client.genesis())
	}

	/// Waits until a batch was taken from the worker that had it first, which got nothing for it and lost `loss`.
	async fn taken_back(&self, claimed: &BatchView, loss: Balance) {
		let place = (claimed.job, claimed.batch);
		let attempt = claimed.attempt;
		job::wait_batch(&self.client, place, "to be taken back", |batch| batch.attempt > attempt).await;
		let record = self.record(&claimed.worker.expect("it was claimed")).await;
		assert_eq!((record.earned, record.slashed, record.stake), (0, loss, STAKE - loss), "{record:?}");
		assert_eq!(
			(record.locked, record.batches_in_flight, record.batches_settled),
			(0, 0, 0),
			"{record:?}"
		);
	}

	async fn record(&self, account: &AccountId) -> WorkerView {
		self.client.worker(account).await.expect("the node answers").expect("it is a worker")
	}

	/// Whether every batch has been somebody's.
	async fn is_all_claimed(&self) -> Option<()> {
		for id in 0..JOBS {
			let batches = self.client.all_batches(id).await.ok()?;
			let was_claimed = |batch: &BatchView| batch.attempt > 0 || batch.worker.is_some();
			if !batches.iter().all(was_claimed) {
				return None;
			}
		}
		Some(())
	}

	/// Sends a call that must fail for a reason.
	async fn fails(&self, keys: &Keys, call: &Call, reason: &str) {
		match self.client.submit(keys, call, Inclusion::BestBlock).await {
			Err(Error::Dispatch(failure)) if failure.name == reason => (),
			other => panic!("{call:?} should fail with {reason}: {other:?}"),
		}
	}

	/// Hands in a receipt that must be refused in these words.
	async fn is_refused(&self, receipt: &SignedReceipt, words: &str) {
		let refused = self.client.submit_receipt(receipt).await;
		let error = refused.expect_err("a receipt that must not be taken");
		assert_eq!(error.rpc_code(), Some(codes::REFUSED), "{error}");
		assert!(error.to_string().contains(words), "{error}");
	}
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
async fn lazy(place: &Place) {
	let (client, worker) = (&place.client, keys(LAZY));
	let job = place.post(1, 200, 5).await;
	let (claimed, truth) = place.work(&worker, job).await;
	let lie = Work::new(invented(), &claimed, worker.account(), client.genesis());
	lie.hand_in(client, &worker).await;
	let samples = lie.audited(client).await;
	// Now that the draw is known, it would rather have handed in something else, or have opened the truth.
	place.is_refused(&truth.signed(&worker), "does not wait for a receipt").await;
	let openings = truth.openings(&samples);
	place.fails(&worker, &Call::Reveal { job, batch: 0, key: lie.key, openings }, "WrongProof").await;
	lie.reveal(client, &worker, &samples).await.unwrap_or_else(|error| panic!("{error}"));
	place.taken_back(&claimed, claimed.bond).await;
}

/// Takes all of a job and does nothing.
async fn silent(place: &Place) {
	const BATCHES: u32 = 3;
	let worker = keys(SILENT);
	let job = place.post(BATCHES, 75, 5).await;
	let first = handmade::claim(&place.client, &worker, STAKE, job, BATCHES).await;
	for batch in 0..BATCHES {
		job::wait_batch(&place.client, (job, batch), "to be taken back", |batch| batch.attempt > 0).await;
	}
	// A twentieth of each bond: all three are equal.
	let penalty = first.bond.div_ceil(20) * Balance::from(BATCHES);
	let record = place.record(&worker.account()).await;
	assert_eq!((record.earned, record.slashed, record.locked), (0, penalty, 0), "{record:?}");
	assert_eq!(record.batches_lost, BATCHES, "{record:?}");
}

/// Hands in and never reveals.
async fn mute(place: &Place) {
	let worker = keys(MUTE);
	let job = place.post(1, 200, 5).await;
	let (claimed, work) = place.work(&worker, job).await;
	work.hand_in(&place.client, &worker).await;
	work.audited(&place.client).await;
	place.taken_back(&claimed, claimed.bond).await;
}

/// One signs two receipts. Another takes the batch then, and hands in what the first had: right, but sealed with a key
/// that it does not have. `is_claimed` is told when that is done: the batch is not to be had by anybody honest before.
async fn double_and_copied(place: &Place, is_claimed: tokio::sync::oneshot::Sender<()>) {
	let (client, first, watcher) = (&place.client, keys(DOUBLE), keys(WATCHER));
	let job = place.post(1, 200, 5).await;
	let (claimed, work) = place.work(&first, job).await;
	work.hand_in(client, &first).await;
	let lie = Work::new(invented(), &claimed, first.account(), client.genesis());
	place.is_refused(&lie.signed(&first), "does not wait for a receipt").await;
	let evidence = Call::ReportDoubleReceipt {
		first: Box::new(work.signed(&first)),
		second: Box::new(lie.signed(&first)),
	};
	client.submit(&watcher, &evidence, Inclusion::BestBlock).await.unwrap_or_else(|error| panic!("{error}"));
	place.taken_back(&claimed, claimed.bond).await;

	let copying = keys(COPYING);
	let again = handmade::claim(client, &copying, STAKE, job, 1).await;
	is_claimed.send(()).expect("somebody waits for it");
	assert_eq!(again.attempt, 1);
	// What was said of the first attempt says nothing about the second, whoever says it.
	place.is_refused(&work.signed(&first), "another attempt").await;
	let late = work.clone().saying(|receipt| receipt.attempt = 1);
	place.is_refused(&late.signed(&first), "another worker").await;
	let copy = late.saying(|receipt| receipt.worker = copying.account());
	copy.hand_in_receipt(client, &copying).await;
	let samples = copy.audited(client).await;
	let guess = Call::Reveal { job, batch: 0, key: [0; 32], openings: copy.openings(&samples) };
	place.fails(&copying, &guess, "WrongKey").await;
	place.taken_back(&again, again.bond).await;
}

/// Seals something else than its results. The wallet finds out, and the chain sees for itself. An honest worker does the
/// batch again; somebody challenges that, and is wrong.
async fn missealing(place: &Place) {
	let (client, worker, wallet) = (&place.client, keys(MISSEALING), Wallet::new(&place.node));
	let job = place.post(1, 200, 400).await;
	let (claimed, work) = place.work(&worker, job).await;
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
	place.taken_back(&claimed, claimed.bond).await;

	let is_revealed = |batch: &BatchView| batch.stage == BatchStage::Revealed;
	let redone = job::wait_batch(client, (job, 0), "to be done honestly", is_revealed).await;
	assert_eq!((redone.attempt, redone.worker), (1, Some(keys(HONEST).account())));
	let right = place.run(&redone, &keys(HONEST)).await;
	let opening = right.openings(&[0]).pop().expect("there is one for each task");
	let challenge = Call::Challenge { job, batch: 0, opening };
	client
		.submit(&keys(GRIEFING), &challenge, Inclusion::BestBlock)
		.await
		.unwrap_or_else(|error| panic!("{error}"));
	job::wait_batch(client, (job, 0), "to be upheld", is_revealed).await;
	accept(client, job).await;
}

/// Reveals, and does not show what is demanded.
async fn withholding(place: &Place) {
	let (client, worker, requester) = (&place.client, keys(WITHHOLDING), keys(REQUESTER));
	let job = place.post(1, 200, 400).await;
	let (claimed, work) = place.work(&worker, job).await;
	work.hand_in(client, &worker).await;
	work.reveal_in_time(client, &worker).await;
	let demand = Call::Demand { job, batch: 0, task: 2 };
	client.submit(&requester, &demand, Inclusion::BestBlock).await.unwrap_or_else(|error| panic!("{error}"));
	place.taken_back(&claimed, claimed.bond).await;
	let is_revealed = |batch: &BatchView| batch.stage == BatchStage::Revealed;
	job::wait_batch(client, (job, 0), "to be done honestly", is_revealed).await;
	accept(client, job).await;
}

/// Names sealed results that are nowhere. Nobody can tell whose fault that is: it has worked for nothing, and no more.
async fn griefing(place: &Place) {
	let (client, worker) = (&place.client, keys(GRIEFING));
	let job = place.post(1, 200, 5).await;
	let (claimed, work) = place.work(&worker, job).await;
	let hidden = work.saying(|receipt| receipt.sealed.hash = Hash::of(b"nowhere"));
	hidden.hand_in_receipt(client, &worker).await;
	let closed = job::wait_batch(client, (job, 0), "to be reported on", |batch| {
		batch.audit.as_ref().is_some_and(|audit| !audit.samples().is_empty())
	});
	let audit = closed.await.audit.expect("it has reports");
	assert!(!audit.is_complete(), "{audit:?}");
	let reveal = Call::Reveal { job, batch: 0, key: hidden.key, openings: hidden.openings(&audit.samples()) };
	place.fails(&worker, &reveal, "AuditIncomplete").await;
	wait_for("the audit to run out", || async {
		let best = client.best_block().await.ok()?;
		(best + 1 >= audit.revealable_at).then_some(())
	})
	.await;
	let answer = Call::Answer { job, batch: 0, openings: hidden.openings(&audit.samples()) };
	client.submit(&worker, &answer, Inclusion::BestBlock).await.unwrap_or_else(|error| panic!("{error}"));
	place.taken_back(&claimed, 0).await;
}

async fn accept(client: &Client, job: JobId) {
	let accept = Call::Accept { job, batch: 0 };
	client
		.submit(&keys(REQUESTER), &accept, Inclusion::BestBlock)
		.await
		.unwrap_or_else(|error| panic!("{error}"));
}

/// Hands in everything once more that was ever in a block.
async fn replay(place: &Place) {
	let port = place.node.rpc_port();
	let best = place.client.best_block().await.expect("the node answers");
	let mut replayed = 0;
	for number in 1..=best {
		let hash =
			place.client.block_hash(number).await.expect("the node answers").expect("the block is there");
		for transaction in
			place.client.transactions(hash).await.expect("the node answers").expect("the block is there")
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
async fn moves(place: &Place, history: &[ComputeEvent]) -> Moves {
	let jobs = place.client.jobs(0, 100).await.expect("the node answers");
	jobs.iter().for_each(job::assert_balanced);
	let mut moves = Moves::default();
	moves.note(history, &jobs, Some(keys("//Alice").account()));
	for event in history {
		match event {
			ComputeEvent::ChallengeLost { burned, compensation, .. } => {
				moves.lose(keys(GRIEFING).account(), burned + compensation);
				moves.gain(keys(HONEST).account(), *compensation);
				moves.burn(*burned);
			},
			ComputeEvent::DemandAnswered { .. } | ComputeEvent::BatchHeld { .. } => {
				panic!("nothing was shown: {event:?}")
			},
			_ => (),
		}
	}
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
	let node = DevNode::start_hasty(1, SLOT, &[]).await;
	let client = node.client().await;
	let mut place = Place { node, client, program: program::countdown(1_000) };
	let port = place.node.rpc_port();
	let before = Books::open(&place.client, port).await;
	let (claimed, all_claimed) = tokio::sync::oneshot::channel();
	let honest = async {
		all_claimed.await.expect("the copying worker claims");
		wait_for("the hostile to have claimed all there is", || place.is_all_claimed()).await;
		Worker::start(&place.node, HONEST, &["--stake", "20", "--cores", "1"])
	};
	let (mut worker, ..) = tokio::join!(
		honest,
		lazy(&place),
		silent(&place),
		mute(&place),
		double_and_copied(&place, claimed),
		missealing(&place),
		withholding(&place),
		griefing(&place),
	);
	for id in 0..JOBS {
		let closed = job::closed(&place.client, id).await;
		assert_eq!(closed.batches.refunded, 0, "{closed:?}");
		assert_eq!(closed.paid_to_workers, closed.spec.bounty * Balance::from(closed.spec.tasks));
	}
	worker.stop().await;
	place.node.settle_down(&place.client).await;

	let history = chain::history(&place.client, 1).await;
	assert_slashes(&history);
	let record = place.record(&keys(HONEST).account()).await;
	assert_eq!((record.slashed, record.batches_settled, record.batches_lost), (0, 9, 0), "{record:?}");
	let moves = moves(&place, &history).await;
	let after = Books::open(&place.client, port).await;
	let fees = before.reconcile(&after, &moves, &keys("//Alice").account());
	assert!(fees.values().all(|fee| *fee < MOST_FEES), "{fees:?}");

	// A pool that has forgotten what it has seen.
	place.node.stop().await;
	place.node.restart().await;
	place.client = place.node.client().await;
	replay(&place).await;
	place.node.settle_down(&place.client).await;
	assert_eq!(Books::open(&place.client, port).await, after, "what was said once counts once");
}
