//! Blobs between nodes: whoever needs one gets it from the node it is connected to, wherever it was uploaded.

use assay_client::{codes, Client};
use assay_primitives::{view::BatchStage, BlobRef, Hash};
use assay_tests::{
	files, job, keys, program, rpc, validators::Validator, wait::wait_for, Validators, Wallet, Worker,
};
use serde_json::json;
use std::time::Instant;

/// 100 MiB.
const LARGE: usize = 100 << 20;
/// What a node may need to move it, at most: far less than the blob.
const MEMORY: u64 = 64 << 20;

/// Bytes that no compression and no mix-up of pieces could help with.
fn bytes(len: usize, seed: u32) -> Vec<u8> {
	let mut state = u64::from(seed) + 1;
	let mut next = || {
		state ^= state << 13;
		state ^= state >> 7;
		state ^= state << 17;
		state
	};
	std::iter::repeat_with(|| next().to_le_bytes()).flatten().take(len).collect()
}

/// A number of `/proc/<process>/status`, which are in KiB, as bytes.
fn memory(process: u32, what: &str) -> u64 {
	let status = std::fs::read_to_string(format!("/proc/{process}/status")).expect("the process runs");
	let line = status.lines().find(|line| line.starts_with(what)).expect("Linux tells");
	let number = line.split_whitespace().nth(1).expect("it is followed by a number");
	number.parse::<u64>().expect("it is one") * 1_024
}

/// Forgets how much memory a process has had at most, and tells how much it has.
fn reset_peak(process: u32) -> u64 {
	std::fs::write(format!("/proc/{process}/clear_refs"), "5").expect("it is a process of one's own");
	memory(process, "VmRSS")
}

async fn upload(node: &Validator, blob: &[u8]) -> BlobRef {
	let uploaded = node.client().await.upload(blob).await.unwrap_or_else(|error| panic!("{error}"));
	assert_eq!(node.blob_state(&uploaded.hash), "complete");
	uploaded
}

/// Has a node fetch a blob.
async fn fetch(node: &Validator, blob: &BlobRef) {
	wait_for("a blob to cross", || async {
		rpc::call(node.rpc_port(), "blob_download", json!([blob.hash, 0, 1]));
		(node.blob_state(&blob.hash) == "complete").then_some(())
	})
	.await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wallet_and_a_worker_at_different_nodes_complete_a_job() {
	const TASKS: u32 = 4;
	// What no job names goes after half a minute here.
	let net = Validators::start(&["--blob-expiry", "30"]).await;
	let (at_alice, at_bob) = (net.alice.client().await, net.bob.client().await);
	let forgotten = upload(&net.alice, b"nobody posts a job with this").await;

	let program = program::countdown(1_000);
	let input = bytes(3 << 20, 1);
	let spec = job::spec(&program, &input, TASKS);
	let id = job::post(&at_alice, &keys("//Dave"), &program, &input, spec).await;
	for hash in [spec.program.hash, spec.input.blob().hash] {
		assert_eq!(net.bob.blob_state(&hash), "missing", "nothing moves that nobody needs");
	}
	let mut worker = Worker::start_at(&net.bob.url(), "//Eve", &["--stake", "10"]);
	let view = job::closed(&at_alice, id).await;
	job::assert_balanced(&view);
	assert_eq!((view.batches.settled, view.batches.refunded), (1, 0));
	worker.stop().await;

	// The results are where the worker put them, and the wallet gets them from its own node.
	let batch = job::batch(&at_bob, (id, 0)).await;
	let audit = batch.audit.as_ref().expect("every batch is audited");
	// One is asked for, and more may be drawn at once.
	assert!(batch.stage == BatchStage::Settled && audit.checked() >= 1, "{batch:?}");
	let directory = net.directory().join("results");
	let wallet = Wallet::at(net.alice.url());
	let fetch = ["job", "fetch", &id.to_string(), "--out", files::argument(&directory)];
	let summary = wallet.json(&fetch).await;
	assert_eq!((&summary["verified"], &summary["failed"]), (&TASKS.into(), &json!([])), "{summary}");
	for task in 0..TASKS {
		let output = files::read(&directory.join(format!("task-{task:06}.out")));
		assert_eq!(output, format!("{task:\0<8}").into_bytes());
	}

	wait_for("what no job names to go", || async {
		(net.alice.blob_state(&forgotten.hash) == "missing").then_some(())
	})
	.await;
	let sealed = batch.receipt.expect("a settled batch stands on a receipt").sealed;
	for hash in [spec.program.hash, spec.input.blob().hash, sealed.hash] {
		assert_eq!(net.alice.blob_state(&hash), "complete", "what a job names stays");
		assert_eq!(net.bob.blob_state(&hash), "complete", "what a job names stays");
	}
}

/// 100 MiB from Alice's node to Bob's, which is killed in between.
async fn a_large_blob_crosses(net: &mut Validators) {
	let blob = bytes(LARGE, 2);
	let blob = upload(&net.alice, &blob).await;
	let alice = net.alice.process_id();
	let before = reset_peak(alice);

	rpc::call(net.bob.rpc_port(), "blob_download", json!([blob.hash, 0, 1]));
	net.bob.kill_hard();
	assert!(!net.bob.blob_file(&blob.hash).exists(), "it was killed too late");
	let parts = std::fs::read_dir(net.bob.blobs().join("fetching")).expect("the folder is there").count();
	assert_eq!(parts, 2, "a file and its log are left");
	net.bob.restart();
	net.bob.connected(1).await;

	let bob = net.bob.process_id();
	let own = reset_peak(bob);
	let start = Instant::now();
	fetch(&net.bob, &blob).await;
	eprintln!("the rest of 100 MiB in {:?}", start.elapsed());
	for (name, process, before) in [("Alice", alice, before), ("Bob", bob, own)] {
		let more = memory(process, "VmHWM").saturating_sub(before);
		eprintln!("{name}'s node needed {} KiB more", more / 1_024);
		assert!(more < MEMORY, "{name}'s node needed {more} bytes more");
	}
	let file = files::read(&net.bob.blob_file(&blob.hash));
	assert_eq!(BlobRef::of(&file), blob);
	assert_eq!(std::fs::read_dir(net.bob.blobs().join("fetching")).expect("the folder is there").count(), 0);
}

/// Bob's node has only a damaged copy to ask for, then a good one as well.
async fn a_damaged_blob_is_had_from_another_node(net: &Validators) {
	let good = bytes(3 << 20, 3);
	let blob = upload(&net.charlie, &good).await;
	let path = net.charlie.blob_file(&blob.hash);
	let mut damaged = files::read(&path);
	damaged[2 << 20] ^= 1;
	std::fs::write(&path, damaged).expect("the file can be written");

	let at_bob = net.bob.client().await;
	is_missing(&at_bob, &blob).await;
	assert_ne!(net.bob.blob_state(&blob.hash), "complete");
	upload(&net.alice, &good).await;
	assert_eq!(at_bob.download(&blob, blob.len).await.expect("Alice's node has it"), good);
	// The node with the broken disk has let go of its copy, and gets another.
	assert_eq!(net.charlie.blob_state(&blob.hash), "missing");
	let at_charlie = net.charlie.client().await;
	assert_eq!(at_charlie.download(&blob, blob.len).await.expect("others have it"), good);
}

async fn is_missing(client: &Client, blob: &BlobRef) {
	let refused = client.download(blob, blob.len).await.expect_err("nobody has it");
	assert_eq!(refused.rpc_code(), Some(codes::BLOB_MISSING), "{refused}");
	assert!(refused.to_string().contains("none of the 2 nodes"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn blobs_cross_in_little_memory_and_unharmed() {
	let mut net = Validators::start(&[]).await;
	is_missing(&net.bob.client().await, &BlobRef { hash: Hash::of(b"unknown"), len: 7 }).await;
	a_damaged_blob_is_had_from_another_node(&net).await;
	a_large_blob_crosses(&mut net).await;
}
