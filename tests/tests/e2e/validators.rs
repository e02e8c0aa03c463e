//! Validators come and go: a fourth joins three, audits, is caught equivocating, and has to leave.

use assay_client::{ChainEvent, Client, ComputeEvent};
use assay_primitives::{
	view::{BatchStage, JobStatus},
	AccountId, AuditPolicy, BlockNumber,
};
use assay_tests::{job, keys, program, wait::wait_for, Validators, Wallet, Worker, ASY};
use std::path::Path;

/// What is asked of the first candidate, as the preset has it.
const STAKE: u128 = 100 * ASY;

async fn is_validator(client: &Client, account: &AccountId) -> bool {
	client.validators().await.is_ok_and(|validators| validators.contains(account))
}

/// The first thing of a kind that happened since a block, if it has.
async fn event<T>(
	client: &Client,
	from: BlockNumber,
	wanted: impl Fn(&ChainEvent) -> Option<T>,
) -> Option<T> {
	for number in from..=client.best_block().await.ok()? {
		let hash = client.block_hash(number).await.ok()??;
		let found = client.events_at(hash).await.ok()?.iter().find_map(&wanted);
		if found.is_some() {
			return found;
		}
	}
	None
}

/// Has every auditor there is look at a job, Dave among them.
async fn audited_by_all(client: &Client, url: &str, dave: &AccountId) {
	let _worker = Worker::start_at(url, "//Ferdie", &["--stake", "10"]);
	let (code, input) = (program::countdown(1_000), b"what all of them see".to_vec());
	let mut spec = job::spec(&code, &input, 4);
	spec.audit = AuditPolicy { auditors: 4, samples: 1, rate: AuditPolicy::EVERY_BATCH };
	let id = job::post(client, &keys("//Eve"), &code, &input, spec).await;
	job::wait_batch(client, (id, 0), "to be settled", |batch| batch.stage == BatchStage::Settled).await;
	let closed = job::closed(client, id).await;
	assert_eq!(closed.status, JobStatus::Closed);
	let auditor = client.auditor(dave).await.expect("the node answers").expect("Dave has a stake");
	assert_eq!(auditor.earned, closed.spec.bounty, "Dave's node checked one task");
}

/// What makes a second node produce the blocks of the same validator: a key that was copied. Votes of its own would be
/// another offence, which may well be noticed first.
fn copy_block_key(from: &Path, to: &Path) {
	let keystore = |base: &Path| base.join("chains/assay-local/keystore");
	std::fs::create_dir_all(keystore(to)).expect("there is room for a folder");
	let mut copied = 0;
	for key in std::fs::read_dir(keystore(from)).expect("Dave's node has keys") {
		let key = key.expect("a folder can be read");
		if key.file_name().to_string_lossy().starts_with(&hex::encode("babe")) {
			std::fs::copy(key.path(), keystore(to).join(key.file_name())).expect("there is room for a key");
			copied += 1;
		}
	}
	assert!(copied > 0, "Dave's node has a key for blocks");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_validator_joins_audits_equivocates_and_has_to_go() {
	let (genesis, mut node) = Validators::start_with_dave().await;
	let client = genesis.alice.client().await;
	let dave = keys("//Dave").account();

	let wallet = Wallet::at(node.url());
	let standing = wallet.json(&["validator", "join", "--suri", "//Dave"]).await;
	assert_eq!(standing["hasSessionKeys"], true, "{standing}");
	assert_eq!(standing["stake"], STAKE.to_string(), "{standing}");
	assert!(standing["candidacyBond"].is_string(), "{standing}");
	wait_for("Dave to validate", || async { is_validator(&client, &dave).await.then_some(()) }).await;
	let again = wallet.json(&["validator", "join", "--keep-session-keys", "--suri", "//Dave"]).await;
	assert_eq!(again["validates"], true, "joining again changes nothing: {again}");
	assert_eq!(again["stake"], STAKE.to_string(), "{again}");

	audited_by_all(&client, &node.url(), &dave).await;

	let start = client.best_block().await.expect("the node answers");
	let mut twin = genesis.newcomer("twin", 4).await;
	copy_block_key(&node.base_path(), &twin.base_path());
	twin.restart();
	let burned = wait_for("Dave to be slashed for producing two blocks in one slot", || async {
		event(&client, start, |event| match event {
			ChainEvent::Compute(ComputeEvent::OffenderSlashed { auditor, burned }) if *auditor == dave => {
				Some(*burned)
			},
			_ => None,
		})
		.await
	})
	.await;
	twin.kill_hard();
	node.kill_hard();
	// One of four: (3 / 4)² of everything.
	assert_eq!(burned, STAKE / 16 * 9);
	wait_for("Dave to be out", || async { (!is_validator(&client, &dave).await).then_some(()) }).await;
	let standing = Wallet::at(genesis.alice.url()).json(&["validator", "status", &dave.to_ss58()]).await;
	assert_eq!(standing["candidacyBond"], serde_json::Value::Null, "{standing}");

	let before = client.finalized_block().await.expect("the node answers");
	wait_for("the others to go on", || async {
		client.finalized_block().await.ok().filter(|block| *block > before)
	})
	.await;
}
