//! A hundred jobs at once.

use assay_primitives::view::JobStatus;
use assay_tests::{chain, job, keys, program, DevNode, Worker};
use futures::future::join_all;

const JOBS: usize = 100;
const TASKS: u32 = 2;
const INPUT: &[u8] = b"";
const REQUESTERS: [&str; 4] = ["//Charlie", "//Dave", "//Eve", "//Alice//stash"];

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes: make faults"]
async fn a_hundred_jobs_at_once_are_all_done() {
	let node = DevNode::start().await;
	let client = node.client().await;
	let before = chain::total_issuance(node.rpc_port());
	let code = program::countdown(1_000);
	let mut workers =
		["//Bob", "//Ferdie"].map(|suri| Worker::start(&node, suri, &["--stake", "100", "--cores", "1"]));
	let posts = (0..JOBS).map(|number| {
		let (client, code) = (&client, &code);
		let requester = keys(REQUESTERS[number % REQUESTERS.len()]);
		async move { job::post(client, &requester, code, INPUT, job::spec(code, INPUT, TASKS)).await }
	});
	let mut ids = join_all(posts).await;
	ids.sort_unstable();
	ids.dedup();
	assert_eq!(ids.len(), JOBS, "a number was given twice");

	for id in ids {
		let view = job::closed(&client, id).await;
		job::assert_balanced(&view);
		assert_eq!(
			(view.status, view.batches.settled, view.batches.refunded),
			(JobStatus::Closed, 1, 0),
			"{view:?}"
		);
		assert_eq!(view.paid_to_workers, view.spec.bounty * u128::from(TASKS), "{view:?}");
	}
	for worker in &mut workers {
		worker.stop().await;
	}
	let history = chain::history(&client, 1).await;
	assert!(chain::convictions(&history).is_empty(), "{:?}", chain::convictions(&history));
	assert!(chain::total_issuance(node.rpc_port()) <= before, "money was made");
}
