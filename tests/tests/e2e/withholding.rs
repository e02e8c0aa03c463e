//! A worker that has revealed, shows each single result that is demanded, and keeps the rest: it is not paid, and its
//! requester gets the results from somebody else.

use assay_client::{Client, ComputeEvent};
use assay_primitives::{
	view::{BatchStage, BatchView, JobStatus},
	Balance, JobId, JobSpec,
};
use assay_tests::{
	chain, files,
	handmade::{self, Work},
	job, keys, program,
	wait::wait_for,
	Books, DevNode, Moves, Terminal, Wallet, Worker, ASY,
};
use std::path::Path;

const SLOT: u64 = 200;
/// More than there are demands of one batch.
const TASKS: u32 = 20;
const STAKE: Balance = 100 * ASY;
const MOST_FEES: Balance = ASY / 10;
const INPUT: &[u8] = b"";
const REFUSED: i32 = 5;

const REQUESTER: &str = "//Charlie";
const WITHHOLDING: &str = "//Eve";
const HONEST: &str = "//Bob";
const STRANGER: &str = "//Dave";

/// Claims the only batch of a job, runs it and hands it in, and waits until it can be revealed.
async fn handed_in(client: &Client, program: &[u8], id: JobId) -> (Work, Vec<u32>) {
	let worker = keys(WITHHOLDING);
	let claimed = handmade::claim(client, &worker, STAKE, id, 1).await;
	let spec = client.job(id).await.expect("the job is there").spec;
	let input = client.download(spec.input.blob(), 1 << 20).await.expect("the input is there");
	let results = handmade::results(program, &input, &spec, &claimed);
	let work = Work::new(results, &claimed, worker.account(), client.genesis());
	work.hand_in(client, &worker).await;
	let samples = work.audited(client).await;
	(work, samples)
}

/// Shows one result after the other, for as long as single ones are demanded.
async fn answer_demands(client: &Client, work: &Work) -> u32 {
	let (job, batch) = (work.receipt.job, work.receipt.batch);
	let mut answered = 0;
	loop {
		let asked = job::wait_batch(client, (job, batch), "to be demanded, or taken back", |batch| {
			batch.attempt > 0 || batch.stage == BatchStage::Demanded
		});
		let Some(demand) = asked.await.demand else { return answered };
		work.answer_demand(client, &keys(WITHHOLDING), demand.task).await;
		answered += 1;
	}
}

/// Waits until a job of one batch is done by the honest worker, and accepts it if nobody does.
async fn done_by_another(client: &Client, id: JobId) -> BatchView {
	let honest = Some(keys(HONEST).account());
	let done = |batch: &BatchView| {
		matches!(batch.stage, BatchStage::Revealed | BatchStage::Settled) && batch.worker == honest
	};
	job::wait_batch(client, (id, 0), "to be done by somebody else", done).await
}

/// What has happened to everybody's money.
async fn moves(client: &Client, history: &[ComputeEvent]) -> Moves {
	let jobs = client.jobs(0, 100).await.expect("the node answers");
	jobs.iter().for_each(job::assert_balanced);
	let mut moves = Moves::default();
	moves.note(history, &jobs, Some(keys("//Alice").account()));
	let fee = client.parameters().await.expect("the node answers").demand_fee;
	for event in history {
		match event {
			ComputeEvent::DemandAnswered { returned, .. } => {
				moves.lose(keys(REQUESTER).account(), fee - returned);
				moves.burn(fee - returned);
			},
			ComputeEvent::BatchHeld { .. } => panic!("nobody holds it: {event:?}"),
			_ => (),
		}
	}
	moves
}

/// `assay map` over as many tasks.
fn map(node: &DevNode, program: &[u8], out: &Path) -> Terminal {
	let file = node.directory().join("program.wasm");
	std::fs::write(&file, program).expect("there is room for a file");
	let (url, tasks, size) = (node.url(), TASKS.to_string(), TASKS.to_string());
	let line = ["--node", &url, "map", files::argument(&file), "--tasks", &tasks, "--batch-size", &size];
	let more = ["--challenge-window", "400", "--out", files::argument(out), "--suri", REQUESTER, "--yes"];
	let state = files::argument(node.directory()).to_owned();
	Terminal::assay(
		&[&line[..], &more].concat(),
		&[("ASSAY_STATE_DIR", &state), ("ASSAY_CONFIG", "/dev/null")],
	)
}

#[tokio::test(flavor = "multi_thread")]
async fn who_shows_single_results_and_keeps_the_rest_is_not_paid() {
	let mut node = DevNode::start_hasty(1, SLOT, &[]).await;
	let (client, wallet) = (node.client().await, Wallet::new(&node));
	let before = Books::open(&client, node.rpc_port()).await;
	let program = program::countdown(1_000);
	let out = node.directory().join("out");
	let mapping = map(&node, &program, &out);
	mapping.expect("20 waiting").await;
	let mapped = 0;
	let spec = JobSpec { challenge_window: 400, execution_window: 400, ..job::spec(&program, INPUT, TASKS) };
	let posted = job::post(&client, &keys(REQUESTER), &program, INPUT, spec).await;
	assert_eq!(posted, 1);

	let (first, of_first) = handed_in(&client, &program, mapped).await;
	let (second, of_second) = handed_in(&client, &program, posted).await;
	drop(client);
	node.lose_blobs(&[first.receipt.sealed.hash, second.receipt.sealed.hash]).await;
	let client = node.client().await;
	let hostile = keys(WITHHOLDING);
	for (work, samples) in [(&first, &of_first), (&second, &of_second)] {
		work.reveal(&client, &hostile, samples).await.unwrap_or_else(|error| panic!("{error}"));
	}

	let number = posted.to_string();
	let by_hand = async {
		let task = ["job", "demand", &number, "--task", "3", "--suri", REQUESTER];
		wallet.json(&task).await;
		let is_revealed = |batch: &BatchView| batch.stage == BatchStage::Revealed;
		job::wait_batch(&client, (posted, 0), "to be shown", is_revealed).await;
		// What would fail is not even sent.
		let stranger = keys(STRANGER).account();
		let wealth = chain::balance(&client, &stranger).await;
		let all = ["job", "demand", &number, "--batch", "0", "--suri", STRANGER];
		wallet.refused(&all, REFUSED, &["NotRequester", "Nothing was sent, and nothing paid"]).await;
		assert_eq!(chain::balance(&client, &stranger).await, wealth, "not even a fee");
		let all = ["job", "demand", &number, "--batch", "0", "--suri", REQUESTER];
		wallet.json(&all).await;
	};
	let (of_first, of_second, ()) =
		tokio::join!(answer_demands(&client, &first), answer_demands(&client, &second), by_hand);
	// The map demands one, and sees that demanding all of them is hopeless.
	assert_eq!((of_first, of_second), (1, 1));
	let record = client.worker(&hostile.account()).await.expect("the node answers").expect("it has a record");
	assert_eq!((record.earned, record.slashed, record.locked), (0, 0, 0), "{record:?}");
	assert_eq!((record.batches_lost, record.batches_settled), (2, 0), "{record:?}");

	let mut worker = Worker::start(&node, HONEST, &["--stake", "50", "--cores", "1"]);
	let redone = done_by_another(&client, posted).await;
	assert_eq!(redone.attempt, 1);
	wallet.json(&["job", "accept", &number, "--batch", "0", "--suri", REQUESTER]).await;
	let (code, screen) = mapping.end().await;
	assert_eq!((code, screen.contains("20 of 20 results")), (0, true), "{screen}");
	worker.stop().await;

	let fetched = node.directory().join("fetched");
	wallet.json(&["job", "fetch", &number, "--out", files::argument(&fetched)]).await;
	let job = client.job(posted).await.expect("the job is there");
	let expected = program::run(&program, 0..TASKS, &job.spec.limits, |_| INPUT);
	for (task, result) in expected.iter().enumerate() {
		for directory in [&out, &fetched] {
			assert_eq!(
				files::read(&directory.join(format!("task-{task:06}.out"))),
				result.output,
				"task {task}"
			);
		}
	}
	for id in [mapped, posted] {
		let closed = wait_for("the job to be over", || async {
			client.job(id).await.ok().filter(|job| job.status == JobStatus::Closed)
		});
		assert_eq!(closed.await.batches.refunded, 0);
	}
	node.settle_down(&client).await;
	let history = chain::history(&client, 1).await;
	assert!(chain::convictions(&history).is_empty(), "it may have been the network: {history:?}");
	let reopened = |event: &&ComputeEvent| matches!(event, ComputeEvent::BatchReopened { reason, .. } if reason == "Withheld");
	assert_eq!(history.iter().filter(reopened).count(), 2, "{history:?}");
	let moves = moves(&client, &history).await;
	let after = Books::open(&client, node.rpc_port()).await;
	let fees = before.reconcile(&after, &moves, &keys("//Alice").account());
	assert!(fees.values().all(|fee| *fee < MOST_FEES), "{fees:?}");
}
