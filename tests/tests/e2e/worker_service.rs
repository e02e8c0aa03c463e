//! Workers as their owners run them: started with the wallet, stopped in good order, never two with one account.

use crate::openrpc::Reference;
use assay_client::Client;
use assay_primitives::{
	view::{BatchStage, JobStatus},
	AccountId, AuditPolicy, JobId, JobSpec,
};
use assay_tests::{
	files, job, keys, process::Process, program, wait::wait_for, DevNode, Wallet, Worker, ASY,
};
use serde_json::{json, Value};
use std::{path::PathBuf, process::Command};

/// Half a second or so of a task on an ordinary machine.
const SLOW: u64 = 400_000_000;
const INPUT: &[u8] = b"";
/// What `assay-worker` ends with if another worker uses its account.
const ACCOUNT_IN_USE: i32 = 3;

/// A job of `tasks` slow tasks, each a batch of its own.
async fn post(client: &Client, requester: &str, tasks: u32) -> JobId {
	let program = program::countdown(SLOW);
	let audit = AuditPolicy { auditors: 1, samples: 1, rate: AuditPolicy::EVERY_BATCH };
	let mut spec = JobSpec { batch_size: 1, audit, ..job::spec(&program, INPUT, tasks) };
	spec.limits.fuel = SLOW * 20;
	job::post(client, &keys(requester), &program, INPUT, spec).await
}

/// A worker's folder, and how it is started.
struct Service {
	folder: PathBuf,
	url: String,
}

impl Service {
	fn new(node: &DevNode) -> Self {
		let folder = node.directory().join("service");
		std::fs::create_dir_all(&folder).expect("there is room for a folder");
		Self { folder, url: node.url() }
	}

	fn path(&self, name: &str) -> String {
		files::argument(&self.folder.join(name)).to_owned()
	}

	/// `assay worker start`, which becomes the worker.
	fn start(&self, arguments: &[&str]) -> Process {
		let mut command = Command::new(files::binary("assay"));
		command
			.args(["worker", "start", "--node", &self.url, "--settings", &self.path("worker.json")])
			.args(["--data-dir", &self.path("data"), "--yes"])
			.args(arguments);
		Process::start("assay worker start", command, &self.folder.join("log"))
	}
}

fn ask_to_end(process: &Process) {
	let id = libc::pid_t::try_from(process.id()).expect("process ids are positive");
	// SAFETY: sends a signal to a child that was not waited for, and touches no memory.
	unsafe { libc::kill(id, libc::SIGTERM) };
}

async fn ended(process: &mut Process) -> Option<i32> {
	wait_for("the worker to end", || std::future::ready(process.ended())).await.code()
}

/// The stages of the batches that the account has, or had.
async fn stages(client: &Client, id: JobId, account: &AccountId) -> Vec<BatchStage> {
	let batches = client.all_batches(id).await.expect("the node answers");
	batches.iter().filter(|batch| batch.worker == Some(*account)).map(|batch| batch.stage).collect()
}

async fn paid_by(client: &Client, wallet: &Wallet, service: &Service, node: &DevNode) {
	const TASKS: u32 = 8;
	// A new key has no money, and the wallet says how much it takes.
	let key = service.path("worker.key");
	let mut poor = service.start(&["--new-key", &key, "--stake", "5", "--cores", "1"]);
	assert_eq!(ended(&mut poor).await, Some(5), "{}", poor.log());
	assert!(poor.log().contains("can spend 0 ASY"), "{}", poor.log());
	let address = wallet.json(&["account", "address", "--key-file", &key]).await["address"].clone();
	let address = address.as_str().expect("an address").to_owned();
	let account = address.parse().expect("an address");
	wallet.json(&["account", "transfer", "--suri", "//Alice", "--to", &address, "--amount", "20"]).await;

	let id = post(client, "//Charlie", TASKS).await;
	let mut worker = service.start(&["--key-file", &key, "--stake", "5", "--cores", "1", "--memory", "512"]);
	job::wait(client, id, "to be in flight", |job| job.batches.in_flight > 0).await;
	ask_to_end(&worker);
	assert_eq!(ended(&mut worker).await, Some(0), "{}", worker.log());
	assert!(worker.log().contains("claiming nothing more"), "{}", worker.log());
	let left = stages(client, id, &account).await;
	let is_done = |stage: &BatchStage| matches!(stage, BatchStage::Revealed | BatchStage::Settled);
	assert!(!left.is_empty() && left.iter().all(is_done), "{left:?}");
	assert!(left.len() < 8, "it went on claiming");

	// What was said the first time is remembered.
	let mut worker = service.start(&[]);
	let closed = job::closed(client, id).await;
	let paid = ASY / 10 * u128::from(TASKS);
	assert_eq!((closed.status, closed.paid_to_workers), (JobStatus::Closed, paid));
	let status = wallet.json(&["worker", "status", &address]).await;
	assert_eq!(
		(&status["stake"], &status["earned"]),
		(&json!((5 * ASY).to_string()), &json!(paid.to_string()))
	);
	assert_eq!((&status["batchesSettled"], &status["slashed"]), (&json!(TASKS), &json!("0")), "{status}");
	let earnings = wallet.json(&["worker", "earnings", &address]).await;
	assert_eq!(earnings["jobs"][0]["paid"], paid.to_string(), "{earnings}");
	assert_eq!(earnings["jobs"][0]["settled"], TASKS, "{earnings}");
	ask_to_end(&worker);
	assert_eq!(ended(&mut worker).await, Some(0), "there is nothing to finish: {}", worker.log());

	let bonded = wallet.json(&["worker", "bond", "--amount", "1", "--key-file", &key]).await;
	assert_eq!(bonded["worker"]["stake"], (6 * ASY).to_string());
	let unbonded = wallet.json(&["worker", "unbond", "--amount", "2", "--key-file", &key]).await;
	assert_eq!(unbonded["worker"]["unbonding"], (2 * ASY).to_string());
	wallet.refused(&["worker", "withdraw", "--key-file", &key], 5, &["error"]).await;
	wallet
		.refused(&["worker", "start", "--suri", "//Eve", "--stake", "0.1", "--yes"], 64, &["at least"])
		.await;
	answers_are_as_documented(node, id, &address);
}

/// Everything that answers now is asked, and compared with the reference.
fn answers_are_as_documented(node: &DevNode, id: JobId, worker: &str) {
	let (reference, port) = (Reference::read(), node.rpc_port());
	reference.assert_complete(port);
	let job = reference.assert_answer(port, "compute_getJob", json!([id]));
	let best = rpc_best(port);
	reference.assert_answer(port, "compute_getJob", json!([id, best]));
	let jobs = reference.assert_answer(port, "compute_listJobs", json!([0, 100]));
	assert!(!jobs.as_array().expect("a list").is_empty());
	let batch = reference.assert_answer(port, "compute_getBatch", json!([id, 0]));
	assert!(
		batch["receipt"].is_object() && batch["audit"].is_object() || batch["stage"] == "pruned",
		"{batch}"
	);
	let batches = reference.assert_answer(port, "compute_listBatches", json!([id, 0, 100]));
	assert!(!batches.as_array().expect("a list").is_empty());
	reference.assert_answer(port, "compute_getWorker", json!([worker]));
	reference.assert_answer(port, "compute_getAuditor", json!([keys("//Alice").account()]));
	reference.assert_answer(port, "compute_getParameters", json!([]));
	reference.assert_answer(port, "compute_quote", json!([job["spec"], 100_000]));
	reference.assert_answer(port, "compute_getCertificate", json!([id, 0]));
	let blob = &job["spec"]["program"];
	reference.assert_answer(port, "blob_status", json!([blob["hash"]]));
	reference.assert_answer(port, "blob_download", json!([blob["hash"], 0, 100]));
	reference.assert_answer(port, "blob_upload", json!([assay_primitives::Hash::of(b"abc"), 3, 0, "YWJj"]));
}

fn rpc_best(port: u16) -> Value {
	assay_tests::rpc::result(port, "chain_getBlockHash", json!([]))
}

/// A second worker with the same account, on another machine as it were.
async fn shared_account(client: &Client, node: &DevNode) {
	const WORDS: &str = "another worker claims with this account";
	let id = post(client, "//Dave", 200).await;
	let job = id.to_string();
	let arguments = ["--cores", "1", "--job", &job, "--stake", "20"];
	let mut first = Worker::start(node, "//Ferdie", &arguments);
	job::wait(client, id, "to be in flight", |job| job.batches.in_flight > 0).await;
	let mut second = Worker::start(node, "//Ferdie", &arguments);
	wait_for("one of them to notice", || {
		std::future::ready((first.log() + &second.log()).contains(WORDS).then_some(()))
	})
	.await;
	let noticed = if first.log().contains(WORDS) { &mut first } else { &mut second };
	wait_for("it to end", || std::future::ready((!noticed.is_running()).then_some(()))).await;
	assert_eq!(noticed.end().await.code(), Some(ACCOUNT_IN_USE), "{}", noticed.log());
	let record = client.worker(&keys("//Ferdie").account()).await.expect("the node answers");
	assert_eq!(record.expect("it is a worker").slashed, 0, "nothing is lost over it");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_is_a_service() {
	let node = DevNode::start().await;
	let client = node.client().await;
	paid_by(&client, &Wallet::new(&node), &Service::new(&node), &node).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_workers_do_not_share_an_account() {
	let node = DevNode::start().await;
	shared_account(&node.client().await, &node).await;
}
