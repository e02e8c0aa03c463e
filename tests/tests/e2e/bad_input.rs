//! Everything that can be wrong, given to the real binaries: each time a clear error, and nothing is lost or changed.

mod calls;
mod handmade;
mod offline;
mod over_rpc;
mod receipts;
mod wallet;

use assay_tests::{job, keys, program, DevNode};

/// Jobs that the scenarios pick on. Nobody works on them but a test by hand.
struct Jobs {
	/// Never claimed.
	untouched: u64,
	/// Claimed and handed in by hand.
	handmade: u64,
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_input_is_refused_and_changes_nothing() {
	let node = DevNode::start().await;
	let client = node.client().await;
	let requester = keys("//Charlie");
	let program = program::countdown(1);
	let untouched = job::post(&client, &requester, &program, b"", job::spec(&program, b"", 3)).await;
	let handmade = job::post(&client, &requester, &program, b"", handmade::spec(&program)).await;
	let jobs = Jobs { untouched, handmade };
	let before = client.job(untouched).await.expect("the job is there");

	tokio::join!(
		wallet::refuses(&node, &client, &jobs),
		calls::are_refused(&client, &jobs),
		receipts::are_refused(&node, &client, &jobs),
		over_rpc::is_refused(&node, &client, &jobs),
	);
	assert_eq!(client.job(untouched).await.expect("the job is there"), before);
	let all: Vec<_> = client.jobs(0, 100).await.expect("the node answers").iter().map(|job| job.id).collect();
	assert_eq!(all, [untouched, handmade], "something was posted after all");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_node_everybody_says_what_to_do() {
	offline::says_what_to_do().await;
}
