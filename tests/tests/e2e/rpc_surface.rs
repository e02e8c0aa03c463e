//! What a node serves over JSON-RPC: everything other software counts on is there, and the subscription delivers.

use assay_client::{BlobState, Call, Client, Inclusion};
use assay_primitives::{
	view::{JobStatus, JobView, Parameters},
	BlobRef,
};
use assay_tests::{job, keys, program, rpc, wait::PATIENCE, DevNode};
use futures::StreamExt;
use serde_json::{json, Value};
use std::collections::BTreeSet;
use tokio::time::timeout;

/// What must be there: the new JSON-RPC specification, what wallets and explorers still use of the old one, and this
/// chain's own.
const METHODS: &[&str] = &[
	"chainHead_v1_follow",
	"chainHead_v1_unfollow",
	"chainHead_v1_header",
	"chainHead_v1_body",
	"chainHead_v1_call",
	"chainHead_v1_storage",
	"chainHead_v1_continue",
	"chainHead_v1_unpin",
	"chainHead_v1_stopOperation",
	"chainSpec_v1_chainName",
	"chainSpec_v1_genesisHash",
	"chainSpec_v1_properties",
	"transaction_v1_broadcast",
	"transaction_v1_stop",
	"transactionWatch_v1_submitAndWatch",
	"author_submitExtrinsic",
	"author_submitAndWatchExtrinsic",
	"author_pendingExtrinsics",
	"chain_getBlock",
	"chain_getBlockHash",
	"chain_getFinalizedHead",
	"chain_getHeader",
	"chain_subscribeNewHeads",
	"state_call",
	"state_getMetadata",
	"state_getRuntimeVersion",
	"state_getStorage",
	"system_accountNextIndex",
	"system_chain",
	"system_health",
	"system_properties",
	"payment_queryInfo",
	"babe_epochAuthorship",
	"grandpa_roundState",
	"grandpa_proveFinality",
	"compute_getJob",
	"compute_listJobs",
	"compute_getBatch",
	"compute_listBatches",
	"compute_getWorker",
	"compute_getAuditor",
	"compute_quote",
	"compute_getParameters",
	"compute_submitReceipt",
	"compute_getCertificate",
	"compute_subscribeJob",
	"compute_unsubscribeJob",
	"blob_status",
	"blob_upload",
	"blob_download",
];

fn methods_are_there(port: u16) {
	let answer = rpc::result(port, "rpc_methods", json!([]));
	let methods: BTreeSet<&str> =
		answer["methods"].as_array().expect("a list").iter().filter_map(Value::as_str).collect();
	let missing: Vec<_> = METHODS.iter().filter(|method| !methods.contains(**method)).collect();
	assert!(missing.is_empty(), "not served: {missing:?}");
}

fn standard_methods_answer(port: u16, client: &Client) {
	let name = rpc::result(port, "chainSpec_v1_chainName", json!([]));
	assert_eq!(name, rpc::result(port, "system_chain", json!([])));
	assert_eq!(rpc::result(port, "chainSpec_v1_genesisHash", json!([])), client.genesis().to_string());
	let properties = rpc::result(port, "chainSpec_v1_properties", json!([]));
	assert_eq!(properties["tokenDecimals"], 12, "{properties}");
	assert_eq!(properties["tokenSymbol"], "ASY", "{properties}");
	assert_eq!(properties["ss58Format"], 42, "{properties}");
	let health = rpc::result(port, "system_health", json!([]));
	assert_eq!(health["isSyncing"], false, "{health}");
	let metadata = rpc::result(port, "state_getMetadata", json!([]));
	let metadata = metadata.as_str().expect("hexadecimal");
	// "meta", and then a version.
	assert!(metadata.starts_with("0x6d657461"), "{}", &metadata[..20]);
	assert_eq!(rpc::failure(port, "compute_nothing", json!([])).code, -32_601);
}

async fn parameters_are_told(port: u16, client: &Client) {
	let answer = rpc::result(port, "compute_getParameters", json!([]));
	let parameters: Parameters = serde_json::from_value(answer).expect("parameters");
	assert_eq!(parameters, client.parameters().await.expect("the node answers"));
	assert!(parameters.minimum_stake > 0 && parameters.claim_limit > 0 && parameters.unbonding_period > 0);
	assert!(parameters.minimum_execution_window <= parameters.maximum_window);
}

/// A blob goes in in pieces, continues where an upload broke off, and comes out again.
/// Programs outside know the calls by number, and sign nothing if the runtime has other numbers. Those with larger arguments
/// are made in the other tests.
async fn calls_have_their_numbers(client: &Client) {
	let (job, batch) = (0, 0);
	let calls = [
		Call::CancelJob(job),
		Call::BondWorker(1),
		Call::UnbondWorker(1),
		Call::WithdrawUnbonded,
		Call::Claim { job, count: 1 },
		Call::Accept { job, batch },
		Call::Demand { job, batch, task: 0 },
		Call::DemandBatch { job, batch },
		Call::BondAuditor(1),
		Call::UnbondAuditor(1),
		Call::WithdrawAuditor,
		Call::Settle { job, batch },
		Call::Expire { job, batch },
		Call::ExpireJob(job),
		Call::RegisterCandidate,
		Call::LeaveCandidacy,
		Call::SetCandidacyBond(1),
		Call::Transfer { to: keys("//Dave").account(), amount: 1 },
	];
	for call in calls {
		let fee = client.estimate_fee(&keys("//Bob"), &call).await.unwrap_or_else(|error| panic!("{error}"));
		assert!(fee > 0, "{call}");
	}
}

async fn blobs_move_in_pieces(port: u16, client: &Client) {
	let bytes: Vec<u8> = std::iter::repeat_n([0; 3], 900_000).flatten().collect();
	let BlobRef { hash, len } = BlobRef::of(&bytes);
	assert_eq!(client.blob_status(&hash).await.expect("the node answers").state, BlobState::Missing);
	// Three zeros in base 64, and then no more: the connection might have broken.
	let partial = rpc::result(port, "blob_upload", json!([hash, len, 0, "AAAA"]));
	assert_eq!(partial, json!({ "state": "partial", "received": 3, "len": len }));
	let mut steps = Vec::new();
	let uploaded = client.upload_with(&bytes, |done| steps.push(done)).await.expect("it goes on");
	assert_eq!(uploaded, BlobRef { hash, len });
	assert_eq!(steps.first(), Some(&3), "it began anew: {steps:?}");
	assert!(steps.len() > 2, "{steps:?}");
	let status = rpc::result(port, "blob_status", json!([hash]));
	assert_eq!(status, json!({ "state": "complete", "received": len, "len": len }));
	assert_eq!(client.download(&uploaded, len).await.expect("it is there"), bytes);
	let end = rpc::result(port, "blob_download", json!([hash, len - 3, 100]));
	assert_eq!(end, json!({ "len": len, "offset": len - 3, "data": "AAAA" }));
}

async fn next(
	views: &mut (impl futures::Stream<Item = Result<JobView, assay_client::Error>> + Unpin),
) -> Option<JobView> {
	let view = timeout(PATIENCE, views.next()).await.expect("the subscription goes on or ends");
	view.map(|view| view.expect("a job"))
}

/// The job is told at once, when it changes, and for the last time when it is closed.
async fn a_job_can_be_subscribed_to(node: &DevNode, client: &Client) {
	let requester = keys("//Dave");
	let program = program::countdown(1);
	let id = job::post(client, &requester, &program, b"", job::spec(&program, b"", 3)).await;
	let mut views = client.watch_job(id).await.expect("it can be subscribed to");
	let first = next(&mut views).await.expect("the job is told at once");
	assert_eq!((first.id, first.status, first.batches.available), (id, JobStatus::Open, 1));

	client.submit(&requester, &Call::CancelJob(id), Inclusion::BestBlock).await.expect("it can be cancelled");
	let last = loop {
		let view = next(&mut views).await.expect("the end is told");
		job::assert_balanced(&view);
		if view.status == JobStatus::Closed {
			break view;
		}
	};
	assert_eq!((last.batches.refunded, last.refunded), (1, last.escrowed));
	assert_eq!(last, client.job(id).await.expect("the job is there"));

	// Who comes late is told, too.
	let mut late = client.watch_job(id).await.expect("it can be subscribed to");
	assert_eq!(next(&mut late).await.as_ref(), Some(&last));
	let unknown = client.watch_job(id + 1).await.map(drop).expect_err("there is no such job");
	assert!(unknown.is_unknown(), "{unknown}");
	let over_http = rpc::failure(node.rpc_port(), "compute_subscribeJob", json!([id]));
	assert!(over_http.code < 0, "{over_http:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_node_serves_what_is_promised() {
	let node = DevNode::start().await;
	let client = node.client().await;
	calls_have_their_numbers(&client).await;
	let port = node.rpc_port();
	methods_are_there(port);
	standard_methods_answer(port, &client);
	tokio::join!(
		parameters_are_told(port, &client),
		blobs_move_in_pieces(port, &client),
		a_job_can_be_subscribed_to(&node, &client)
	);
}
