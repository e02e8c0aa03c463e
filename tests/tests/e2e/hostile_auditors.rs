//! Every kind of hostile auditor on one chain, among honest ones: who says what is false loses its stake, who says nothing
//! or cries wolf gets nothing, and nobody honest loses anything, to the last unit. The network with a node for each validator
//! is in `lying_auditor`.

use assay_client::ComputeEvent;
use assay_primitives::{
	audit::{tag, Findings},
	view::{AuditTask, BatchStage},
	AccountId, AuditPolicy, Balance, Hash, JobId, JobSpec,
};
use assay_tests::{
	auditing::Auditor, chain, job, keys, rpc, wait::wait_for, LyingAuditor, Moves, Scene, Worker, ASY,
};
use codec::Decode;
use serde_json::json;

const VALIDATORS: u8 = 4;
const STAKE: Balance = 1_000 * ASY;
/// What a wrong report costs.
const PENALTY: Balance = 100 * ASY;
const INPUT: &[u8] = b"what all of them see";

const REQUESTER: &str = "//Eve";
const WORKER: &str = "//Ferdie";
const CHALLENGER: &str = "//Eve//stash";
const HOSTILE: &str = "//Dave";
/// Those whose keys no node has. Alice's node audits for her.
const HONEST: [&str; 2] = ["//Bob", "//Charlie"];

/// A kind of liar; how many auditors look at a batch, and how many batches there are, so that it is drawn for one of them; and
/// whether it is to lose its stake. Three of four are all of them at once; with one, three have to make up for a false alarm.
const KINDS: [(&str, u8, u32, bool); 5] = [
	("false-tags", VALIDATORS, 1, true),
	("copy", VALIDATORS, 1, true),
	("lazy", 3, 1, false),
	("unavailable", 1, 8, false),
	("unsealed", 1, 8, false),
];

/// Where the chain keeps its validators, in order: the XX hashes of `Session` and `Validators`.
const SESSION_VALIDATORS: &str = "0xcec5070d609dd3497f72bde07fc96ba088dcde934c658227ee1dfafcd6e16903";
/// What the pool says of a transaction the pallet refuses, and the pallet's numbers for its reasons.
const INVALID_TRANSACTION: i64 = 1010;
const ALREADY_IMPORTED: i64 = 1013;
const NOT_COMMITTED: u8 = 10;
const ALREADY_REPORTED: u8 = 12;
const BAD_PROOF: u8 = 15;

async fn post(scene: &Scene, auditors: u8, batches: u32, challenge_window: u32) -> JobId {
	let audit = AuditPolicy { auditors, samples: 1, rate: AuditPolicy::EVERY_BATCH };
	scene.post(JobSpec { audit, challenge_window, ..scene.spec(batches) }).await
}

/// Waits until a job is over, and checks that its worker was paid for everything, at the first attempt.
async fn paid(scene: &Scene, id: JobId) {
	scene.paid(id).await;
	for batch in scene.client.all_batches(id).await.expect("the node answers") {
		assert_eq!((batch.stage, batch.attempt), (BatchStage::Settled, 0), "{batch:?}");
	}
}

/// Runs jobs until a liar has lied, and tells which.
async fn lied_to(scene: &Scene, kind: &str, auditors: u8, batches: u32) -> Vec<JobId> {
	/// More jobs than that without a single lie, and the draw is not random.
	const JOBS: usize = 8;
	let liar = LyingAuditor::start(&scene.node.url(), HOSTILE, kind, &[]);
	let mut jobs = Vec::new();
	while liar.lies() == 0 {
		assert!(jobs.len() < JOBS, "{kind}: never drawn");
		let id = post(scene, auditors, batches, 5).await;
		paid(scene, id).await;
		jobs.push(id);
	}
	jobs
}

async fn auditor(scene: &Scene, suri: &str) -> Auditor {
	Auditor { client: scene.node.client().await, keys: keys(suri) }
}

/// Sends a transaction that the pallet must refuse for a reason.
fn is_refused(scene: &Scene, transaction: &str, refusal: u8) {
	let refused = rpc::failure(scene.node.rpc_port(), "author_submitExtrinsic", json!([transaction]));
	assert_eq!(refused.code, INVALID_TRANSACTION, "{refused:?}");
	assert_eq!(refused.data, format!("Custom error: {refusal}"), "{refused:?}");
}

fn honest(scene: &Scene, suri: &str) -> LyingAuditor {
	LyingAuditor::start(&scene.node.url(), suri, "lazy", &["--share", "0", "--voting", "honest"])
}

/// Which auditors lost something over these jobs.
fn slashed(history: &[ComputeEvent], jobs: &[JobId]) -> Vec<(AccountId, Balance)> {
	let lost = |event: &ComputeEvent| match event {
		ComputeEvent::AuditorSlashed { job, auditor, burned, compensation, .. } if jobs.contains(job) => {
			Some((*auditor, burned + compensation))
		},
		_ => None,
	};
	history.iter().filter_map(lost).collect()
}

/// Reports twice on one batch, with another one's proof, with a draw that it likes better, and again on the next job.
async fn replaying_and_grinding(scene: &Scene) {
	let (hostile, other) = (auditor(scene, HOSTILE).await, auditor(scene, HONEST[0]).await);
	let id = post(scene, VALIDATORS, 1, 5).await;
	let task = wait_for("the batch to wait for auditors", || async {
		hostile.tasks().await.ok()?.into_iter().find(|task| task.job == id)
	})
	.await;
	let lucky = AuditTask { seed: Hash::of(b"a better draw"), ..task.clone() };
	let mut stolen = other.report(&task, Findings::Unavailable);
	stolen.auditor = hostile.key();
	for report in [hostile.report(&lucky, Findings::Unavailable), stolen] {
		let transaction = hostile.transaction("report_extrinsic", &report).await.expect("the node answers");
		is_refused(scene, &transaction, BAD_PROOF);
	}

	let batch = job::batch(&scene.client, (id, 0)).await;
	let work = scene.run(&batch, &keys(WORKER)).await;
	let samples = hostile.samples(&task).expect("there is such a batch").expect("all are drawn");
	let openings = work.openings(&samples);
	let tags = openings.iter().map(|opening| tag(&hostile.key(), &opening.outcome.leaf(id, opening.task)));
	let report = hostile.report(&task, Findings::Checked(tags.collect()));
	let transaction = hostile.transaction("report_extrinsic", &report).await.expect("the node answers");
	rpc::result(scene.node.rpc_port(), "author_submitExtrinsic", json!([transaction]));
	// All four are wanted: until the last has reported, more could come.
	job::wait_batch(&scene.client, (id, 0), "to have its report", |batch| {
		let account = keys(HOSTILE).account();
		batch.audit.as_ref().is_some_and(|audit| audit.reports.iter().any(|report| report.auditor == account))
	})
	.await;
	let second = hostile.report(&task, Findings::Unavailable);
	let second = hostile.transaction("report_extrinsic", &second).await.expect("the node answers");
	let refused = rpc::failure(scene.node.rpc_port(), "author_submitExtrinsic", json!([second]));
	assert_eq!(refused.code, INVALID_TRANSACTION, "{refused:?}");
	// By then the last report may have closed the audit.
	let reasons = [ALREADY_REPORTED, NOT_COMMITTED].map(|refusal| json!(format!("Custom error: {refusal}")));
	assert!(reasons.contains(&refused.data), "{refused:?}");
	paid(scene, id).await;
	for replayed in [&transaction, &second] {
		let refused = rpc::failure(scene.node.rpc_port(), "author_submitExtrinsic", json!([replayed]));
		// Or the pool has not forgotten it yet.
		assert!((INVALID_TRANSACTION..=ALREADY_IMPORTED).contains(&refused.code), "{refused:?}");
	}
}

/// Somebody challenges what is right, and a validator votes for that.
async fn griefing(scene: &Scene) {
	let id = post(scene, VALIDATORS, 1, 200).await;
	let reporting = honest(scene, HOSTILE);
	let charlie = honest(scene, HONEST[1]);
	let revealed = scene.revealed(id, "to be revealed").await;
	// Without Charlie, two of four say what is true: the other one's word comes in time.
	drop((reporting, charlie));
	let voting =
		LyingAuditor::start(&scene.node.url(), HOSTILE, "lazy", &["--share", "0", "--voting", "false"]);
	let work = scene.run(&revealed, &keys(WORKER)).await;
	scene.challenge(&keys(CHALLENGER), &work, 2).await;
	wait_for("the false vote", || async { (voting.votes() > 0).then_some(()) }).await;
	let view = job::wait_batch(&scene.client, (id, 0), "to have votes", |batch| {
		batch.dispute.as_ref().is_some_and(|dispute| dispute.votes == 3)
	});
	assert_eq!(view.await.stage, BatchStage::Disputed);
	let _charlie = honest(scene, HONEST[1]);
	scene.revealed(id, "to be upheld").await;
	scene.accept(id).await;
	paid(scene, id).await;
}

/// Who makes all the blocks, by name: the first of the validators.
fn author(port: u16) -> AccountId {
	let value = rpc::result(port, "state_getStorage", json!([SESSION_VALIDATORS]));
	let digits = value.as_str().and_then(|text| text.strip_prefix("0x")).expect("there are validators");
	let bytes = hex::decode(digits).expect("nodes answer in hexadecimal");
	let validators = Vec::<AccountId>::decode(&mut &bytes[..]).expect("they are accounts");
	*validators.first().expect("there are validators")
}

async fn moves(scene: &Scene, history: &[ComputeEvent]) -> Moves {
	let mut moves = scene.moves(history, None).await;
	for suri in ["//Alice", HONEST[0], HONEST[1], HOSTILE] {
		let account = keys(suri).account();
		let view = scene.client.auditor(&account).await.expect("the node answers").expect("it has a stake");
		moves.gain(account, view.earned);
	}
	let worker = keys(WORKER).account();
	moves.note_lost_challenges(history, keys(CHALLENGER).account(), worker);
	for event in history {
		if let ComputeEvent::AuditorSlashed { auditor, burned, compensation, .. } = event {
			moves.lose(*auditor, burned + compensation);
			moves.gain(worker, *compensation);
			moves.burn(*burned);
		}
	}
	moves
}

#[tokio::test(flavor = "multi_thread")]
async fn no_hostile_auditor_gains_anything_and_nobody_else_loses() {
	let scene = Scene::start(VALIDATORS.into(), keys(REQUESTER), INPUT).await;
	let bob = honest(&scene, HONEST[0]);
	let charlie = honest(&scene, HONEST[1]);
	let mut worker = Worker::start(&scene.node, WORKER, &["--stake", "20"]);
	let hostile = keys(HOSTILE).account();
	let mut lost = 0;
	for (kind, auditors, batches, costs) in KINDS {
		let jobs = lied_to(&scene, kind, auditors, batches).await;
		let history = chain::history(&scene.client, 1).await;
		let slashes = slashed(&history, &jobs);
		assert_eq!(!slashes.is_empty(), costs, "{kind}: {slashes:?}");
		assert!(slashes.iter().all(|slash| *slash == (hostile, PENALTY)), "{kind}: {slashes:?}");
		lost += PENALTY * Balance::try_from(slashes.len()).expect("a small number");
	}
	replaying_and_grinding(&scene).await;
	drop(charlie);
	griefing(&scene).await;
	worker.stop().await;
	drop(bob);
	scene.node.settle_down(&scene.client).await;

	let history = chain::history(&scene.client, 1).await;
	assert!(chain::convictions(&history).is_empty(), "{history:?}");
	let lost_challenges = history.iter().filter(|event| matches!(event, ComputeEvent::ChallengeLost { .. }));
	assert_eq!(lost_challenges.count(), 1, "{history:?}");
	for suri in ["//Alice", HONEST[0], HONEST[1]] {
		let view = scene.client.auditor(&keys(suri).account()).await.expect("the node answers");
		let view = view.expect("it has a stake");
		assert_eq!((view.stake, view.slashed), (STAKE, 0), "{suri}: {view:?}");
	}
	let view = scene.client.auditor(&hostile).await.expect("the node answers").expect("it has a stake");
	assert_eq!((view.stake, view.slashed), (STAKE - lost, lost), "{view:?}");

	let moves = moves(&scene, &history).await;
	let author = author(scene.node.rpc_port());
	let fees = scene.reconcile(&scene.books().await, &moves, &author);
	// Reports and votes cost nothing, whoever makes them.
	for suri in ["//Alice", HONEST[0], HONEST[1], HOSTILE] {
		let account = keys(suri).account();
		assert!(account == author || fees.get(&account) == Some(&0), "{suri}: {fees:?}");
	}
}
