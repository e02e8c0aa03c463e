//! Certificates of a real chain: somebody without a node can check them, and is told what is wrong with a changed one.

use assay_client::Client;
use assay_primitives::{certificate::Certificate, view::BatchStage, AuditPolicy, JobId, JobSpec};
use assay_tests::{
	files, job, keys,
	node::dead_url,
	program,
	rpc::{failure, result},
	DevNode, Wallet, Worker,
};
use codec::{DecodeAll, Encode};
use serde_json::{json, Value};
use std::{
	path::{Path, PathBuf},
	process::Command,
};

const REQUESTER: &str = "//Charlie";
const WORKER: &str = "//Bob";

/// The raw specification of a network that the node knows.
fn raw_spec(node: &DevNode, chain: &str) -> PathBuf {
	let path = node.directory().join(format!("{chain}.json"));
	let said = Command::new(files::binary("assay-node"))
		.args(["export-chain-spec", "--raw", "--chain", chain, "--output", files::argument(&path)])
		.output()
		.expect("assay-node can be started");
	assert!(said.status.success(), "{said:?}");
	path
}

async fn post(client: &Client, spec: JobSpec, program: &[u8]) -> JobId {
	job::post(client, &keys(REQUESTER), program, b"", spec).await
}

/// What is refused before there is anything to certify.
fn nothing_to_certify_is_told(port: u16, id: JobId) {
	let refused = |parameters: Value| failure(port, "compute_getCertificate", parameters);
	assert_eq!(refused(json!([id + 100, 0])).code, -32_101);
	assert_eq!(refused(json!([id, 99])).code, -32_102);
	let early = refused(json!([id, 0]));
	assert_eq!(early.code, -32_110, "{early:?}");
	assert!(early.message.contains("waiting for a worker"), "{early:?}");
	assert_eq!(early.data["stage"], "available");
}

type Change = fn(&mut Certificate);

const CHANGES: &[(Change, &str)] = &[
	(|c| c.key[0] ^= 1, "the key is not the one on the chain"),
	(|c| c.receipt.receipt.outputs_root.0[0] ^= 1, "the receipt's signature"),
	(|c| c.receipt.signature[0] ^= 1, "the receipt's signature"),
	(|c| c.job += 1, "another batch"),
	(|c| c.seed[7].randomness[0] ^= 1, "do not make the seed"),
	(|c| c.history.headers[0].extrinsics_root.0[0] ^= 1, "does not follow"),
	(|c| c.reports[0].report.proof[0] ^= 1, "not proven by its VRF"),
	(|c| c.reports[0].nodes[0][0] ^= 1, "not shown to be in the block"),
	(|c| c.reports.clear(), "opened tasks are not exactly those"),
	(|c| c.openings[0].outcome.fuel += 1, "not the one that the receipt commits to"),
	(|c| c.state.nodes[0][1] ^= 1, "the chain's state is not proven"),
	(|c| c.state.header.state_root.0[0] ^= 1, "the votes are not for block"),
	(|c| c.finalised.justification.precommits[0].signature[0] ^= 1, "is not signed by it"),
	(|c| c.finalised.justification.precommits.clear(), "is not final"),
	(|c| c.authorities.first.authorities[0].1 += 1, "not signed by the trusted authorities"),
];

async fn changes_are_named(offline: &Wallet, certificate: &Path, spec: &Path) {
	let bytes = files::read(certificate);
	let path = certificate.with_extension("changed");
	let arguments = ["verify", files::argument(&path), "--chain-spec", files::argument(spec)];
	for (change, words) in CHANGES {
		let mut changed = Certificate::decode_all(&mut &bytes[..]).expect("the wallet writes what it read");
		change(&mut changed);
		std::fs::write(&path, changed.encode()).expect("there is room");
		offline.refused(&arguments, 6, &["the certificate does not hold", words]).await;
	}
	std::fs::write(&path, &bytes[..bytes.len() / 2]).expect("there is room");
	offline.refused(&arguments, 6, &["is not a certificate"]).await;
}

/// What a certificate is worth depends on what it is compared with.
async fn anchors_decide(offline: &Wallet, certificate: &str, spec: &str, other_spec: &str, shown: &Value) {
	let trusted = offline.json(&["verify", certificate, "--chain-spec", spec]).await;
	assert_eq!(trusted["verdict"], "trusted");
	assert_eq!(trusted["receipt"], shown["receipt"]);
	let fingerprint = shown["signedBy"]["fingerprint"].as_str().expect("a hash");
	let trusted = offline.json(&["verify", certificate, "--authority-set", fingerprint]).await;
	assert_eq!(trusted["verdict"], "trusted");
	let unanchored = offline.run(&["verify", certificate]).await;
	assert_eq!(unanchored.code, 7, "{unanchored:?}");
	assert!(unanchored.output.contains("NOT COMPARED WITH ANYTHING"), "{unanchored:?}");
	assert!(unanchored.output.contains(fingerprint), "{unanchored:?}");
	let wrong = shown["receipt"].as_str().expect("a hash");
	offline.refused(&["verify", certificate, "--authority-set", wrong], 6, &["trusted authorities"]).await;
	offline
		.refused(&["verify", certificate, "--chain-spec", other_spec], 6, &["the chain that begins"])
		.await;
	offline.refused(&["verify", certificate, "--chain-spec", certificate], 64, &["malformed"]).await;
	offline.refused(&["verify", "/nowhere", "--chain-spec", spec], 64, &["/nowhere"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_no_node_can_check_what_was_audited() {
	let node = DevNode::start().await;
	let (client, wallet, offline) = (node.client().await, Wallet::new(&node), Wallet::at(dead_url()));
	let (spec, other_spec) = (raw_spec(&node, "dev"), raw_spec(&node, "local"));
	let program = program::countdown(10);
	let audited = JobSpec { batch_size: 3, challenge_window: 400, ..job::spec(&program, b"", 6) };
	let audited = post(&client, audited, &program).await;
	let rarely = AuditPolicy { auditors: 1, samples: 1, rate: AuditPolicy::MIN_RATE };
	let spared = JobSpec { batch_size: 1, audit: rarely, ..job::spec(&program, b"", 6) };
	let spared = post(&client, spared, &program).await;
	node.settle_down(&client).await;
	nothing_to_certify_is_told(node.rpc_port(), audited);
	let mut worker = Worker::start(&node, WORKER, &["--stake", "50"]);

	// While it can still be contested.
	let id = audited.to_string();
	let spec_path = files::argument(&spec);
	job::wait_batch(&client, (audited, 0), "to be revealed", |batch| batch.stage == BatchStage::Revealed)
		.await;
	node.settle_down(&client).await;
	let early = wallet.json(&["job", "certificate", &id, "0", "--chain-spec", spec_path]).await;
	assert_eq!((&early["verdict"], &early["decision"]), (&json!("trusted"), &json!("revealed")));

	// After it was paid, when the chain has forgotten the reports.
	wallet.json(&["job", "accept", &id, "--batch", "0", "--suri", REQUESTER]).await;
	node.settle_down(&client).await;
	let certificate = node.directory().join("batch.certificate");
	let certificate_path = files::argument(&certificate);
	let shown = wallet.json(&["job", "certificate", &id, "0", "--out", certificate_path]).await;
	assert_eq!((&shown["verdict"], &shown["decision"]), (&json!("unanchored"), &json!("paid")));
	assert_eq!(shown["worker"], keys(WORKER).account().to_ss58());
	assert_eq!(shown["requester"], keys(REQUESTER).account().to_ss58());
	assert_eq!(shown["genesis"], client.genesis().to_string());
	assert_eq!((&shown["audited"], &shown["required"]), (&json!(true), &json!(1)));
	let alice = format!("0x{}", hex::encode(keys("//Alice").account().0));
	assert_eq!(shown["confirmedBy"], json!([alice]));
	let view = client.batch(audited, 0).await.expect("the batch is there");
	assert_eq!(shown["key"], json!(view.key));
	assert_eq!(shown["sampled"], json!(view.audit.expect("it was audited").samples()));
	let raw = result(node.rpc_port(), "compute_getCertificate", json!([audited, 0]));
	assert_eq!(raw["shows"]["receipt"], shown["receipt"]);
	let later = failure(node.rpc_port(), "compute_getCertificate", json!([audited, 0, 1]));
	assert_eq!(later.code, -32_104, "{later:?}");

	let other_spec_path = files::argument(&other_spec);
	anchors_decide(&offline, certificate_path, spec_path, other_spec_path, &shown).await;
	changes_are_named(&offline, &certificate, &spec).await;

	// Most batches of a job that is rarely audited are paid without one. The certificate says so.
	job::closed(&client, spared).await;
	node.settle_down(&client).await;
	let id = spared.to_string();
	let mut without = 0;
	for batch in 0..6u32 {
		let batch = batch.to_string();
		let shown = wallet.json(&["job", "certificate", &id, &batch, "--chain-spec", spec_path]).await;
		assert_eq!((&shown["verdict"], &shown["decision"]), (&json!("trusted"), &json!("paid")));
		if shown["audited"] == false {
			assert_eq!((&shown["confirmedBy"], &shown["sampled"]), (&json!([]), &json!([])));
			without += 1;
		}
	}
	assert!(without > 0, "six times one in twenty: this never happens");
	worker.stop().await;
}
