//! What `assay map` does about workers that nobody audits: lies are contested side by side, however short the window is, and
//! who says to have the results and sends none of them keeps it neither from demanding them nor from anything else.

use assay_client::{Client, ComputeEvent};
use assay_primitives::{
	sealing::TaskResult,
	view::{BatchStage, BatchView},
	Balance, BatchIndex, JobId, TaskOutcome, TaskStatus,
};
use assay_tests::{
	chain, files,
	handmade::{self, Work},
	job, keys,
	network::{Network, LONG_SESSIONS},
	program,
	wait::wait_for,
	DevNode, Terminal, ASY,
};
use futures::future::join_all;
use std::{path::Path, process::Command};

const STAKE: Balance = 200 * ASY;
/// Tasks in a batch.
const BATCH: u32 = 10;
const JOB: JobId = 0;
const REQUESTER: &str = "//Charlie";
const HOSTILE: &str = "//Eve";
/// With that many of them a batch's sealed results are more than two pieces long.
const LONG: usize = 240 << 10;

/// A map over so many batches, nearly none of which is audited, all of whose tasks it runs again.
fn map(url: &str, folder: &Path, batches: u32, window: &str) -> Vec<String> {
	let program = folder.join("program.wasm");
	std::fs::write(&program, program::countdown(1_000)).expect("there is room for a file");
	let (tasks, size) = ((batches * BATCH).to_string(), BATCH.to_string());
	let of_job = ["--node", url, "map", files::argument(&program), "--tasks", &tasks, "--batch-size", &size];
	let of_audit = ["--rate", "5", "--auditors", "1", "--samples", "1", "--recheck", "10"];
	let out = folder.join("out");
	let rest = ["--challenge-window", window, "--out", files::argument(&out), "--suri", REQUESTER, "--yes"];
	[&of_job[..], &of_audit, &rest].concat().into_iter().map(Into::into).collect()
}

fn at_terminal(line: &[String], folder: &Path) -> Terminal {
	let line: Vec<&str> = line.iter().map(String::as_str).collect();
	let state = files::argument(folder);
	Terminal::assay(&line, &[("ASSAY_STATE_DIR", state), ("ASSAY_CONFIG", "/dev/null")])
}

/// Claims all batches of the map's job.
async fn claim(client: &Client, batches: u32) -> Vec<BatchView> {
	job::wait(client, JOB, "to be posted", |_| true).await;
	handmade::claim(client, &keys(HOSTILE), STAKE, JOB, batches).await;
	let all = client.all_batches(JOB).await.expect("the node answers");
	assert!(all.iter().all(|batch| batch.stage == BatchStage::Claimed), "{all:?}");
	all
}

/// The results of a batch, one of which is not what its program gives.
async fn lie(client: &Client, view: &BatchView) -> Work {
	let spec = client.job(JOB).await.expect("the job is there").spec;
	let mut results = handmade::results(&program::countdown(1_000), b"", &spec, view);
	let last = results.last_mut().expect("a batch has tasks");
	let output = b"something else".to_vec();
	let outcome =
		TaskOutcome::new(TaskStatus::Completed(0), &output, last.outcome.fuel).expect("it is short");
	*last = TaskResult { outcome, output };
	Work::new(results, view, keys(HOSTILE).account(), client.genesis())
}

/// Results that are so long that they go from node to node in pieces.
fn long(client: &Client, view: &BatchView) -> Work {
	let result = |task: u32| {
		let output: Vec<u8> = (task << 20..).flat_map(u32::to_le_bytes).take(LONG).collect();
		let outcome = TaskOutcome::new(TaskStatus::Completed(0), &output, 1_000).expect("it is short enough");
		TaskResult { outcome, output }
	};
	let tasks = view.first_task..view.first_task + view.tasks;
	Work::new(tasks.map(result).collect(), view, keys(HOSTILE).account(), client.genesis())
}

/// Whether a batch is audited, once that is decided.
async fn is_audited(client: &Client, batch: BatchIndex) -> bool {
	wait_for("the draw of auditors", || async {
		client.batch(JOB, batch).await.ok()?.audit.and_then(|audit| audit.audited)
	})
	.await
}

/// Reveals as many as are not audited, all at once, and tells which those are.
async fn reveal(client: &Client, works: &[Work]) -> Vec<BatchIndex> {
	let mut silent = Vec::new();
	for work in works {
		if !is_audited(client, work.receipt.batch).await {
			handmade::revealable(client, (JOB, work.receipt.batch)).await;
			silent.push(work);
		}
	}
	let worker = keys(HOSTILE);
	for revealed in join_all(silent.iter().map(|work| work.reveal(client, &worker, &[]))).await {
		revealed.unwrap_or_else(|error| panic!("{error}"));
	}
	silent.iter().map(|work| work.receipt.batch).collect()
}

/// Waits until a batch is taken from its worker.
async fn taken_back(client: &Client, batch: BatchIndex) {
	let over = |batch: &BatchView| batch.attempt > 0 || batch.stage == BatchStage::Settled;
	let batch = job::wait_batch(client, (JOB, batch), "to be taken back, or paid", over).await;
	assert!(batch.attempt > 0, "it was paid: {batch:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn lies_that_are_revealed_together_are_contested_together() {
	const BATCHES: u32 = 5;
	let node = DevNode::start().await;
	let client = node.client().await;
	let mut mapping = at_terminal(&map(&node.url(), node.directory(), BATCHES, "5"), node.directory());
	let mut works = Vec::new();
	for view in claim(&client, BATCHES).await {
		let work = lie(&client, &view).await;
		work.hand_in(&client, &keys(HOSTILE)).await;
		works.push(work);
	}
	let revealed = reveal(&client, &works).await;
	assert!(revealed.len() >= 3, "one of twenty is audited: {revealed:?}");
	for batch in &revealed {
		taken_back(&client, *batch).await;
	}
	mapping.expect("is challenged in block").await;
	mapping.press_ctrl_c();
	let (_, screen) = mapping.end().await;
	for batch in revealed {
		assert_eq!(screen.matches(&format!("WRONG: batch {batch},")).count(), 1, "{screen}");
	}
}

/// Killed with contests written down, and perhaps sent: none is lost, and none is sent twice.
#[tokio::test(flavor = "multi_thread")]
async fn a_map_that_is_killed_while_it_contests_goes_on_with_that() {
	const BATCHES: u32 = 4;
	let node = DevNode::start().await;
	let client = node.client().await;
	let line = map(&node.url(), node.directory(), BATCHES, "60");
	let mut process = Command::new(files::binary("assay"))
		.args(&line)
		.env("ASSAY_STATE_DIR", node.directory())
		.env("ASSAY_CONFIG", "/dev/null")
		.spawn()
		.expect("assay can be started");
	let mut works = Vec::new();
	for view in claim(&client, BATCHES).await {
		let work = lie(&client, &view).await;
		work.hand_in(&client, &keys(HOSTILE)).await;
		works.push(work);
	}
	let revealed = reveal(&client, &works).await;
	let journal = node.directory().join("out/map.json");
	wait_for("a contest in the journal", || async {
		std::fs::read_to_string(&journal).ok().filter(|journal| journal.contains("\"challenge\""))
	})
	.await;
	process.kill().expect("it can be killed");
	process.wait().expect("it can be waited for");

	let mut mapping = at_terminal(&line, node.directory());
	for batch in &revealed {
		taken_back(&client, *batch).await;
	}
	mapping.press_ctrl_c();
	mapping.end().await;
	let history = chain::history(&client, 1).await;
	let is_challenge =
		|event: &&ComputeEvent| matches!(event, ComputeEvent::DisputeOpened { challenged: true, .. });
	assert_eq!(history.iter().filter(is_challenge).count(), revealed.len(), "{history:?}");
}

/// A worker's node that says to have what was sealed, and sends next to none of it.
#[tokio::test(flavor = "multi_thread")]
async fn who_says_to_have_results_and_sends_none_has_to_show_them() {
	const SILENT: u32 = 3;
	// Less than the looks take at which a silent node used to keep everything waiting.
	const WINDOW: &str = "40";
	let mut network = Network::new(3, LONG_SESSIONS);
	network.node_mut(1).add_arguments(&["--blob-peer-rate", "1"]);
	network.launch().await;
	let (at_map, at_worker) = (network.node(0).client().await, network.node(1).client().await);
	let url = network.node(0).url();
	let mut mapping = at_terminal(&map(&url, network.directory(), SILENT + 1, WINDOW), network.directory());
	let mut works = Vec::new();
	for view in claim(&at_map, SILENT + 1).await {
		if view.batch < SILENT {
			let work = long(&at_map, &view);
			work.hand_in(&at_worker, &keys(HOSTILE)).await;
			works.push(work);
		} else {
			let work = lie(&at_map, &view).await;
			work.hand_in(&at_map, &keys(HOSTILE)).await;
			works.push(work);
		}
	}
	let revealed = reveal(&at_map, &works).await;
	assert!(revealed.len() > 1, "one of twenty is audited: {revealed:?}");
	for batch in revealed.into_iter().rev() {
		if batch >= SILENT {
			taken_back(&at_map, batch).await;
			continue;
		}
		let over = |batch: &BatchView| matches!(batch.stage, BatchStage::Demanded | BatchStage::Settled);
		let batch = job::wait_batch(&at_map, (JOB, batch), "to be demanded, or paid", over).await;
		assert_eq!(batch.stage, BatchStage::Demanded, "{batch:?}");
	}
	mapping.press_ctrl_c();
	mapping.end().await;
}
