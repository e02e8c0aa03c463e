//! `assay map` at a terminal: asked, refused, interrupted, killed, cut off, and at last done, for one price.

use assay_client::Client;
use assay_primitives::view::{BatchStage, BatchView, JobStatus};
use assay_tests::{chain, files, keys, program, wait::wait_for, DevNode, Terminal, Wallet, Worker};
use std::{
	fs,
	path::{Path, PathBuf},
	process::{Command, Stdio},
};

const FAILED: i32 = 1;
const REFUNDED: i32 = 2;
const UNREACHABLE: i32 = 4;
const REFUSED: i32 = 5;
const USAGE: i32 = 64;
const INTERRUPTED: i32 = 130;

const REQUESTER: &str = "//Charlie";
const INPUTS: usize = 20;

/// What somebody has who maps something.
struct Desk {
	folder: PathBuf,
	url: String,
	inputs: Vec<String>,
	program: String,
	out: String,
}

impl Desk {
	fn new(node: &DevNode) -> Self {
		let folder = node.directory().join("desk");
		fs::create_dir_all(&folder).expect("there is room for a folder");
		let path = |name: String| files::argument(&folder.join(name)).to_owned();
		let inputs = (0..INPUTS)
			.map(|number| {
				let file = path(format!("range-{number}"));
				fs::write(&file, format!("{} {}", number * 1_000, number * 1_000 + 1_000))
					.expect("there is room");
				file
			})
			.collect();
		let program = files::argument(&files::program("primes")).to_owned();
		Self { url: node.url(), inputs, program, out: path("out".into()), folder }
	}

	fn file(&self, name: &str, bytes: &[u8]) -> String {
		let path = self.folder.join(name);
		fs::write(&path, bytes).expect("there is room for a file");
		files::argument(&path).to_owned()
	}

	/// `assay map` over all inputs.
	fn line<'a>(&'a self, more: &[&'a str]) -> Vec<&'a str> {
		let mut line = vec!["--node", &self.url, "map", &self.program];
		line.extend(self.inputs.iter().map(String::as_str));
		line.extend(["--out", &self.out]);
		line.extend(more);
		line
	}

	fn terminal(&self, arguments: &[&str]) -> Terminal {
		let state = files::argument(&self.folder).to_owned();
		Terminal::assay(arguments, &[("ASSAY_STATE_DIR", &state), ("ASSAY_CONFIG", "/dev/null")])
	}

	fn map(&self) -> Terminal {
		self.terminal(&self.line(&["--suri", REQUESTER]))
	}

	async fn journal_says(&self, what: &str) {
		let path = Path::new(&self.out).join("map.json");
		wait_for(&format!("{what} in the journal"), || async {
			fs::read_to_string(&path).ok().filter(|journal| journal.contains(what))
		})
		.await;
	}
}

#[tokio::test(flavor = "multi_thread")]
async fn a_map_survives_every_interruption_and_is_paid_once() {
	let mut node = DevNode::start().await;
	let client = node.client().await;
	let desk = Desk::new(&node);
	let wallet = Wallet::new(&node);
	let requester = keys(REQUESTER).account();
	let before = chain::balance(&client, &requester).await;
	refusals(&desk, &wallet, &client).await;

	let mut asked = desk.map();
	asked.expect("Post this job? [y/N]").await;
	asked.type_in("n\n");
	let (code, screen) = asked.end().await;
	assert_eq!((code, screen.contains("not confirmed")), (FAILED, true), "{screen}");
	assert_eq!(chain::balance(&client, &requester).await, before, "a refusal costs nothing");

	killed_while_posting(&desk).await;
	// Nobody works yet.
	let mut lonely = desk.map();
	lonely.expect("Nobody has claimed anything yet").await;
	lonely.press_ctrl_c();
	let (code, screen) = lonely.end().await;
	assert_eq!((code, screen.contains("interrupted")), (INTERRUPTED, true), "{screen}");
	assert!(!screen.contains("Post this job?"), "asked twice: {screen}");

	let cut_off = desk.map();
	cut_off.expect("20 waiting").await;
	drop(client);
	node.stop().await;
	cut_off.expect("trying again").await;
	let (code, screen) = desk.map().end().await;
	assert_eq!((code, screen.contains("another assay is working")), (FAILED, true), "{screen}");
	wallet.refused(&["job", "resume", "0", "--suri", REQUESTER], UNREACHABLE, &["no node answers"]).await;
	node.restart().await;
	cut_off.expect("connected again").await;
	let mut worker = Worker::start(&node, "//Bob", &["--stake", "10"]);
	let (code, screen) = cut_off.end().await;
	assert_eq!(code, 0, "{screen}");
	assert!(screen.contains("20 of 20 results"), "{screen}");
	worker.stop().await;
	verify(&node, &desk).await;

	// Done is done.
	let (code, screen) = desk.map().end().await;
	assert_eq!(code, 0, "{screen}");
	let resume = ["--node", &desk.url, "job", "resume", "0", "--suri", REQUESTER];
	let (code, screen) = desk.terminal(&resume).end().await;
	assert_eq!((code, screen.contains("20 of 20 results")), (0, true), "{screen}");
	damaged(&desk).await;
	cancelled(&desk, &wallet).await;
}

/// What is wrong is said before anything is asked or paid.
async fn refusals(desk: &Desk, wallet: &Wallet, client: &Client) {
	let trapping =
		wat::parse_str(r#"(module (memory (export "memory") 1) (func (export "_start") unreachable))"#);
	let trapping = desk.file("trapping.wasm", &trapping.expect("it is a module"));
	let out = files::argument(&desk.folder.join("refused")).to_owned();
	let common = ["--tasks", "3", "--out", &out, "--yes"];
	let trap = [&["map", &trapping][..], &common, &["--suri", REQUESTER]].concat();
	wallet.refused(&trap, USAGE, &["task 0", "trapped", "--allow-failure"]).await;
	let good = desk.file("good.wasm", &program::countdown(1));
	let poor = [&["map", &good][..], &common, &["--suri", "//Nobody"]].concat();
	wallet.refused(&poor, REFUSED, &["can spend 0 ASY", "Send money"]).await;
	let unasked = ["map", &good, "--tasks", "3", "--out", &out, "--suri", REQUESTER];
	wallet.refused(&unasked, USAGE, &["--yes"]).await;
	wallet.refused(&["map", &good, "--out", &out, "--suri", REQUESTER], USAGE, &["--tasks", "--lines"]).await;
	assert!(client.jobs(0, 1).await.expect("the node answers").is_empty(), "something was posted");
}

/// The most dangerous moment: what pays is signed and written down, and perhaps sent.
async fn killed_while_posting(desk: &Desk) {
	let mut process = Command::new(files::binary("assay"))
		.args(desk.line(&["--suri", REQUESTER, "--yes"]))
		.env("ASSAY_STATE_DIR", &desk.folder)
		.stdin(Stdio::null())
		.stdout(Stdio::null())
		.stderr(Stdio::null())
		.spawn()
		.expect("assay can be started");
	desk.journal_says("\"nonce\"").await;
	process.kill().expect("it can be killed");
	process.wait().expect("it can be waited for");
}

/// One job, all of whose results are right and in their files, paid from one escrow.
async fn verify(node: &DevNode, desk: &Desk) {
	let client = node.client().await;
	let jobs = client.jobs(0, 100).await.expect("the node answers");
	assert_eq!(jobs.len(), 1, "the job was posted more than once: {jobs:?}");
	let job = jobs.first().expect("there is one");
	assert_eq!(job.status, JobStatus::Closed);
	let program = files::read(Path::new(&desk.program));
	let inputs: Vec<Vec<u8>> = desk.inputs.iter().map(|path| files::read(Path::new(path))).collect();
	let expected = program::run(&program, 0..job.spec.tasks, &job.spec.limits, |task| {
		inputs.get(task as usize).expect("each task has an input")
	});
	for (task, result) in expected.iter().enumerate() {
		let file = Path::new(&desk.out).join(format!("task-{task:06}.out"));
		assert_eq!(files::read(&file), result.output, "task {task}");
	}
	let table = fs::read_to_string(Path::new(&desk.out).join("tasks.tsv")).expect("there is a table");
	assert_eq!(table.lines().count(), INPUTS + 1);
	assert!(table.contains("range-7\ttask-000007.out\t0\t"), "{table}");
}

/// A result that was damaged is had again, and a journal that was is not taken for none.
async fn damaged(desk: &Desk) {
	let file = Path::new(&desk.out).join("task-000003.out");
	let whole = files::read(&file);
	fs::write(&file, b"something else").expect("there is room for a file");
	let (code, screen) = desk.map().end().await;
	assert_eq!((code, files::read(&file)), (0, whole), "{screen}");
	let journal = Path::new(&desk.out).join("map.json");
	let text = files::read(&journal);
	fs::write(&journal, text.get(..100).expect("it is longer")).expect("there is room for a file");
	let (code, screen) = desk.map().end().await;
	assert_eq!((code, screen.contains("damaged")), (FAILED, true), "{screen}");
}

/// A job that is taken back gives no results, and says so.
async fn cancelled(desk: &Desk, wallet: &Wallet) {
	let good = desk.file("good.wasm", &program::countdown(1));
	let out = files::argument(&desk.folder.join("cancelled")).to_owned();
	let line =
		["--node", &desk.url, "map", &good, "--tasks", "3", "--out", &out, "--yes", "--suri", REQUESTER];
	let waiting = desk.terminal(&line);
	waiting.expect("3 waiting").await;
	wallet.json(&["job", "cancel", "1", "--suri", REQUESTER]).await;
	let (code, screen) = waiting.end().await;
	assert_eq!((code, screen.contains("refunded")), (REFUNDED, true), "{screen}");
	let other =
		["--node", &desk.url, "map", &good, "--tasks", "4", "--out", &out, "--yes", "--suri", REQUESTER];
	let (code, screen) = desk.terminal(&other).end().await;
	assert_eq!((code, screen.contains("another program, or of other inputs")), (USAGE, true), "{screen}");
}

/// The job's batches, once all of them are at one stage.
async fn all_at(client: &Client, stage: BatchStage) -> Vec<BatchView> {
	wait_for(&format!("all batches to be {stage:?}"), || async {
		let batches = client.all_batches(0).await.expect("the node answers");
		batches.iter().all(|batch| batch.stage == stage).then_some(batches)
	})
	.await
}

/// The worker has revealed, and what it sealed is gone: the map makes it show that, by itself and once.
#[tokio::test(flavor = "multi_thread")]
async fn a_map_demands_what_it_cannot_get() {
	let mut node = DevNode::start().await;
	let desk = Desk::new(&node);
	let line = desk.line(&["--suri", REQUESTER, "--yes", "--batch-size", "20", "--challenge-window", "400"]);
	let mut waiting = desk.terminal(&line);
	waiting.expect("20 waiting").await;
	waiting.press_ctrl_c();
	assert_eq!(waiting.end().await.0, INTERRUPTED);

	let mut worker = Worker::start(&node, "//Bob", &["--stake", "10"]);
	let revealed = all_at(&node.client().await, BatchStage::Revealed).await;
	worker.kill_hard();
	let receipt = revealed.first().and_then(|batch| batch.receipt.clone()).expect("it was handed in");
	node.lose_blob(&receipt.sealed.hash).await;

	let demanding = desk.terminal(&line);
	demanding.expect("Demanding the result of task 0").await;
	let client = node.client().await;
	let demanded = all_at(&client, BatchStage::Demanded).await;
	let by = demanded.first().and_then(|batch| batch.demand.clone()).expect("it is demanded").by;
	assert_eq!(by, keys(REQUESTER).account());
	worker.restart();
	let (code, screen) = demanding.end().await;
	assert_eq!((code, screen.contains("20 of 20 results")), (0, true), "{screen}");
	assert_eq!(screen.matches("is demanded in block").count(), 1, "{screen}");
	assert_eq!(client.job(0).await.expect("the node answers").status, JobStatus::Closed);
}
