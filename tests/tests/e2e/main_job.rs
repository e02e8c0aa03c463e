//! The whole life of a job with the real binaries: posted, run, watched, fetched and paid with `assay`, every result and
//! every unit of money checked by this test's own means.

use assay_client::Client;
use assay_primitives::{
	input::TaskInputs,
	merkle, money,
	sealing::TaskResult,
	view::{BatchStage, JobStatus, JobView},
	AccountId, Balance, InputSpec, JobId, TaskIndex,
};
use assay_tests::{chain, files, job, keys, program, rpc, DevNode, Wallet, Worker, ASY};
use serde_json::{json, Value};
use std::path::{Path, PathBuf};

const STAKE: Balance = 10 * ASY;
const PICTURE_TASKS: u32 = 16;
const PRIME_RANGES: u32 = 8;
const BATCH_SIZE: &str = "4";

/// A job that was posted with `assay`.
struct Posted {
	id: JobId,
	requester: AccountId,
	/// What the requester had before.
	wealth_before: Balance,
	/// What posting alone cost.
	fee: Balance,
}

/// Posts a job and checks what that does to its requester's money.
async fn post(client: &Client, wallet: &Wallet, suri: &str, arguments: &[&str]) -> Posted {
	let requester = keys(suri).account();
	let wealth_before = chain::wealth(client, &requester).await;
	let common =
		["--batch-size", BATCH_SIZE, "--bounty", "0.1", "--challenge-window", "5", "--yes", "--suri", suri];
	let said = wallet.json(&[&["job", "post"], arguments, &common].concat()).await;
	let id = said["job"].as_u64().expect("the wallet tells the job's number");
	assert_eq!(said["requester"], requester.to_ss58());

	let view = client.job(id).await.expect("the job is there");
	assert_eq!(Some(view.escrowed), money::escrow(&view.spec));
	assert_eq!(said["escrow"], view.escrowed.to_string());
	assert_eq!(said["deposit"], view.deposit.to_string());
	let parameters = client.parameters().await.expect("the node answers");
	assert_eq!(view.deposit, parameters.job_deposit);
	let balance = chain::balance(client, &requester).await;
	assert_eq!(balance.reserved, view.escrowed + view.deposit);
	let fee = wealth_before - (balance.free + balance.reserved);
	assert!((1..ASY).contains(&fee), "posting costs {fee}");
	Posted { id, requester, wealth_before, fee }
}

fn picture_arguments() -> Vec<String> {
	let (program, scene) = (files::program("path-tracer"), files::example("scenes/small.scene"));
	let tasks = PICTURE_TASKS.to_string();
	["--input", files::argument(&scene), "--tasks", &tasks, files::argument(&program)]
		.map(String::from)
		.to_vec()
}

fn prime_inputs() -> Vec<PathBuf> {
	(0..PRIME_RANGES).map(|number| files::example(&format!("inputs/primes/range-{number}.txt"))).collect()
}

fn prime_arguments() -> Vec<String> {
	let program = files::program("primes");
	let mut arguments = vec![files::argument(&program).to_owned(), "--inputs".to_owned()];
	arguments.extend(prime_inputs().iter().map(|path| files::argument(path).to_owned()));
	arguments
}

fn borrowed(arguments: &[String]) -> Vec<&str> {
	arguments.iter().map(String::as_str).collect()
}

/// Follows a job to its end with `assay job watch`.
async fn watch(wallet: &Wallet, id: JobId) {
	let said = wallet.run(&["job", "watch", &id.to_string(), "--json"]).await;
	assert_eq!(said.code, 0, "{said:?}");
	let states: Vec<JobView> = said
		.output
		.lines()
		.map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
		.collect();
	assert!(states.iter().all(|state| state.id == id));
	states.iter().for_each(job::assert_balanced);
	let is_forward = states.windows(2).all(|pair| pair[0].batches.settled <= pair[1].batches.settled);
	assert!(is_forward, "settled batches came back: {states:?}");
	let last = states.last().expect("a job that is watched is told");
	assert_eq!(last.status, JobStatus::Closed);
}

/// Fetches a job's results into a directory, twice: the second time everything is there.
async fn fetch(wallet: &Wallet, id: JobId, directory: &Path, tasks: u32, batches: u32) {
	for present in [0, batches] {
		let summary =
			wallet.json(&["job", "fetch", &id.to_string(), "--out", files::argument(directory)]).await;
		assert_eq!(summary["verified"], tasks, "{summary}");
		assert_eq!(summary["tasks"], tasks, "{summary}");
		assert_eq!(summary["presentBefore"], present, "{summary}");
		for list in ["abnormal", "notReady", "refunded", "failed"] {
			assert_eq!(summary[list], json!([]), "{summary}");
		}
	}
}

/// Checks that the results in a directory are those this test computes, and those the chain was told.
async fn verify_results(client: &Client, id: JobId, directory: &Path, results: &[TaskResult]) {
	for (task, result) in (0..).zip(results) {
		let task: TaskIndex = task;
		let found = files::read(&directory.join(format!("task-{task:06}.out")));
		assert!(!found.is_empty(), "task {task} of job {id} came to nothing");
		assert_eq!(found, result.output, "task {task} of job {id}");
	}
	let batches = client.all_batches(id).await.expect("the batches are there");
	for batch in batches {
		let expected = (batch.first_task..).zip(results.iter().skip(batch.first_task as usize));
		let leaves: Vec<_> =
			expected.take(batch.tasks as usize).map(|(task, result)| result.outcome.leaf(id, task)).collect();
		let receipt = batch.receipt.expect("a settled batch stands on a receipt");
		assert_eq!(Some(receipt.outputs_root), merkle::root(&leaves), "batch {} of job {id}", batch.batch);
	}
}

fn assemble(tiles: &Path, picture: &Path) {
	let said = std::process::Command::new(files::binary("assay-example-assemble"))
		.args(["--out".as_ref(), picture, tiles])
		.output()
		.expect("assay-example-assemble can be started");
	assert!(said.status.success(), "{said:?}");
	let png = files::read(picture);
	assert_eq!(png[..8], *b"\x89PNG\r\n\x1a\n");
	let side = 64u32.to_be_bytes();
	assert_eq!(png[12..24], [&b"IHDR"[..], &side, &side].concat());
}

/// Checks every batch and every sum of a job that is over, and returns what its workers and auditors got.
async fn verify_books(
	client: &Client,
	wallet: &Wallet,
	posted: &Posted,
	worker: AccountId,
) -> (Balance, Balance) {
	let view = client.job(posted.id).await.expect("the job is there");
	let batches = view.spec.batches().expect("the job has batches");
	assert_eq!((view.status, view.batches.settled, view.batches.refunded), (JobStatus::Closed, batches, 0));
	job::assert_balanced(&view);
	assert_eq!(view.paid_to_workers, view.spec.bounty * Balance::from(view.spec.tasks));
	let reserve = money::audit_reserve(view.spec.bounty, &view.spec.audit).expect("a small number");
	assert_eq!(view.paid_to_auditors, reserve * Balance::from(batches));
	for batch in client.all_batches(posted.id).await.expect("the batches are there") {
		assert_eq!((batch.stage, batch.attempt, batch.worker), (BatchStage::Settled, 0, Some(worker)));
		let audit = batch.audit.expect("every batch is audited");
		// The one validator there is does the work of both auditors asked for.
		assert_eq!((audit.required, audit.checked()), (1, 1), "{audit:?}");
		assert_eq!(audit.samples().len(), usize::from(view.spec.audit.samples));
	}
	let report = wallet.json(&["job", "report", &posted.id.to_string()]).await;
	assert_eq!(report["balanced"], true, "{report}");
	assert_eq!(report["workers"][0]["account"], worker.to_ss58());
	assert_eq!(report["workers"][0]["paid"], view.paid_to_workers.to_string());

	let requester = chain::balance(client, &posted.requester).await;
	assert_eq!(requester.reserved, 0, "nothing of a closed job is held");
	let spent = posted.fee + view.paid_to_workers + view.paid_to_auditors;
	assert_eq!(requester.free, posted.wealth_before - spent);
	(view.paid_to_workers, view.paid_to_auditors)
}

/// What was burned for claiming every batch of these jobs once.
async fn claim_fees(client: &Client, jobs: &[&Posted]) -> Balance {
	let parameters = client.parameters().await.expect("the node answers");
	assert!(parameters.statement_fee > 0);
	let mut fees = 0;
	for posted in jobs {
		let spec = client.job(posted.id).await.expect("the job is there").spec;
		let batches = spec.batches().expect("the job has batches");
		fees += parameters.claim_fee(&spec.audit) * Balance::from(batches);
	}
	fees
}

/// The node's own answer, over plain HTTP, is what the client reads, in the form that is documented.
async fn verify_json(node: &DevNode, client: &Client, id: JobId) {
	let answer = rpc::result(node.rpc_port(), "compute_getJob", json!([id]));
	let view = client.job(id).await.expect("the job is there");
	assert_eq!(serde_json::from_value::<JobView>(answer.clone()).expect("it is a job"), view);
	assert_eq!(answer["escrowed"], Value::String(view.escrowed.to_string()));
	assert_eq!(answer["paidToWorkers"], Value::String(view.paid_to_workers.to_string()));
	assert_eq!(answer["requester"], Value::String(view.requester.to_ss58()));
	assert_eq!(answer["spec"]["program"]["hash"], Value::String(view.spec.program.hash.to_string()));
	assert_eq!(answer["spec"]["batchSize"], 4);
	assert_eq!(answer["status"], "closed");
	let in_list = rpc::result(node.rpc_port(), "compute_listJobs", json!([id, 1]));
	assert_eq!(in_list[0], answer);
}

fn picture_results(view: &JobView) -> Vec<TaskResult> {
	let scene = files::read(&files::example("scenes/small.scene"));
	assert!(matches!(view.spec.input, InputSpec::Shared { .. }));
	let program = files::read(&files::program("path-tracer"));
	program::run(&program, 0..PICTURE_TASKS, &view.spec.limits, |_| &scene)
}

fn prime_results(view: &JobView, blob: &[u8]) -> Vec<TaskResult> {
	let inputs =
		TaskInputs::parse(&view.spec.input, blob, PRIME_RANGES).expect("the wallet packs inputs right");
	assert!(!inputs.is_shared());
	for (task, path) in (0..).zip(prime_inputs()) {
		assert_eq!(inputs.get(task).expect("each task has an input"), files::read(&path), "task {task}");
	}
	let program = files::read(&files::program("primes"));
	program::run(&program, 0..PRIME_RANGES, &view.spec.limits, |task| {
		inputs.get(task).expect("each task has an input")
	})
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_are_run_fetched_and_paid_to_the_last_unit() {
	let node = DevNode::start().await;
	let (client, wallet) = (node.client().await, Wallet::new(&node));
	let (alice, bob) = (keys("//Alice").account(), keys("//Bob").account());
	let issuance = chain::total_issuance(node.rpc_port());
	let alice_before = chain::wealth(&client, &alice).await;
	let bob_before = chain::wealth(&client, &bob).await;

	let (for_picture, for_primes) = (picture_arguments(), prime_arguments());
	let (for_picture, for_primes) = (borrowed(&for_picture), borrowed(&for_primes));
	let (picture, primes) = tokio::join!(
		post(&client, &wallet, "//Charlie", &for_picture),
		post(&client, &wallet, "//Dave", &for_primes)
	);
	let mut worker = Worker::start(&node, "//Bob", &["--stake", "10"]);
	tokio::join!(watch(&wallet, picture.id), watch(&wallet, primes.id));
	worker.stop().await;
	node.settle_down(&client).await;

	let tiles = node.directory().join("tiles");
	let counts = node.directory().join("counts");
	tokio::join!(
		fetch(&wallet, picture.id, &tiles, PICTURE_TASKS, 4),
		fetch(&wallet, primes.id, &counts, PRIME_RANGES, 2)
	);
	let view = client.job(picture.id).await.expect("the job is there");
	verify_results(&client, picture.id, &tiles, &picture_results(&view)).await;
	assemble(&tiles, &node.directory().join("picture.png"));
	let view = client.job(primes.id).await.expect("the job is there");
	let blob = client.download(view.spec.input.blob(), 1 << 20).await.expect("the input is there");
	verify_results(&client, primes.id, &counts, &prime_results(&view, &blob)).await;
	assert_eq!(files::read(&counts.join("task-000000.out")), b"0 2500000 183072\n");

	let (pay_1, audits_1) = verify_books(&client, &wallet, &picture, bob).await;
	let (pay_2, audits_2) = verify_books(&client, &wallet, &primes, bob).await;
	let earned = pay_1 + pay_2;
	let record = client.worker(&bob).await.expect("the node answers").expect("Bob is a worker");
	assert_eq!((record.stake, record.locked, record.unbonding), (STAKE, 0, 0));
	assert_eq!((record.batches_in_flight, record.batches_settled, record.batches_lost), (0, 6, 0));
	assert_eq!((record.earned, record.slashed), (earned, 0));
	let balance = chain::balance(&client, &bob).await;
	assert_eq!(balance.reserved, STAKE, "bonds are released, the stake stays");
	let claims = claim_fees(&client, &[&picture, &primes]).await;
	let bob_fees = bob_before + earned - claims - (balance.free + balance.reserved);
	assert!((1..ASY).contains(&bob_fees), "the worker paid {bob_fees} of fees");
	// The one validator made every block and did every audit. Nothing else went anywhere.
	let fees = picture.fee + primes.fee + bob_fees;
	assert_eq!(chain::wealth(&client, &alice).await, alice_before + audits_1 + audits_2 + fees);
	assert_eq!(chain::total_issuance(node.rpc_port()), issuance - claims, "what claims pay is burned");

	verify_json(&node, &client, picture.id).await;
	verify_json(&node, &client, primes.id).await;
}
