//! Three nodes in a line, of which the outer two are never connected: what one of them has, the other gets over the one in
//! between, if a job names it.

use assay_client::codes;
use assay_primitives::{BlobRef, JobSpec};
use assay_tests::{
	files, job, keys, network::LONG_SESSIONS, program, rpc, validators::Validator, wait::wait_for, Network,
};
use serde_json::{json, Value};

/// Five pieces, and a part of one.
const LEN: usize = (5 << 20) + 77;
const NODES: usize = 3;

/// Bytes that no two pieces have in common.
fn bytes(seed: u32) -> Vec<u8> {
	(seed << 24..).flat_map(u32::to_le_bytes).take(LEN).collect()
}

/// Starts them: the second connects to the first, and the third to the second, and none takes anybody else.
async fn line() -> Network {
	let mut network = Network::new(NODES, LONG_SESSIONS);
	let mut before: Option<String> = None;
	for node in &mut network.nodes {
		node.add_arguments(&["--reserved-only", "--no-auditor"]);
		if let Some(address) = &before {
			node.add_arguments(&["--reserved-nodes", address]);
		}
		node.restart();
		before = Some(node.address().await);
	}
	for (node, next) in network.nodes.iter().zip(network.nodes.iter().skip(1)) {
		rpc::result(node.rpc_port(), "system_addReservedPeer", json!([next.address().await]));
	}
	for (node, others) in network.nodes.iter().zip([1, 2, 1]) {
		node.connected(others).await;
	}
	network
}

/// The names of those a node is connected to.
fn peers(node: &Validator) -> Vec<String> {
	let peers = rpc::result(node.rpc_port(), "system_peers", json!([]));
	let id = |peer: &Value| peer["peerId"].as_str().expect("peers have names").to_owned();
	peers.as_array().expect("a list").iter().map(id).collect()
}

fn own_name(node: &Validator) -> String {
	rpc::result(node.rpc_port(), "system_localPeerId", json!([])).as_str().expect("a name").to_owned()
}

/// Has a node get a blob, and checks it.
async fn fetch(node: &Validator, blob: &BlobRef, expected: &[u8]) {
	wait_for("a blob to be found", || async {
		rpc::call(node.rpc_port(), "blob_download", json!([blob.hash, 0, 1]));
		(node.blob_state(&blob.hash) == "complete").then_some(())
	})
	.await;
	assert!(files::read(&node.blob_file(&blob.hash)) == expected, "{blob:?}");
}

/// Has a job name the program and an input, which are uploaded at that node.
async fn post(node: &Validator, input: &[u8]) -> JobSpec {
	let program = program::countdown(1_000);
	let spec = job::spec(&program, input, 1);
	job::post(&node.client().await, &keys("//Dave"), &program, input, spec).await;
	spec
}

#[tokio::test(flavor = "multi_thread")]
async fn a_blob_that_no_peer_has_is_found_over_the_node_in_between() {
	let network = line().await;
	let (first, middle, last) = (network.node(0), network.node(1), network.node(2));

	// What no job names is nobody's business.
	let unnamed = first.client().await.upload(&bytes(1)).await.expect("there is room");
	let refused = rpc::failure(last.rpc_port(), "blob_download", json!([unnamed.hash, 0, 1]));
	assert_eq!(refused.code, i64::from(codes::BLOB_MISSING), "{refused:?}");
	assert!(refused.message.contains("none of the 1 nodes"), "{refused:?}");
	assert_eq!(middle.blob_state(&unnamed.hash), "missing");

	let input = bytes(2);
	let spec = post(first, &input).await;
	for node in [middle, last] {
		assert_eq!(node.blob_state(&spec.input.blob().hash), "missing", "nothing moves that nobody needs");
	}
	fetch(last, spec.input.blob(), &input).await;
	assert_eq!(middle.blob_state(&spec.program.hash), "missing", "nothing moves that nobody needs");
	fetch(last, &spec.program, &program::countdown(1_000)).await;

	// Now the one in between has the next one, and its disk damages it.
	let input = bytes(3);
	let spec = post(first, &input).await;
	let blob = *spec.input.blob();
	fetch(middle, &blob, &input).await;
	let path = middle.blob_file(&blob.hash);
	let mut damaged = files::read(&path);
	damaged[3 << 20] ^= 1;
	std::fs::write(&path, damaged).expect("the file can be written");
	fetch(last, &blob, &input).await;
	wait_for("the one in between to have it again", || async {
		(middle.blob_state(&blob.hash) == "complete").then_some(())
	})
	.await;
	assert!(files::read(&middle.blob_file(&blob.hash)) == input);

	// There was no other way.
	assert_eq!(peers(last), [own_name(middle)]);
	assert_eq!(peers(first), [own_name(middle)]);
}
