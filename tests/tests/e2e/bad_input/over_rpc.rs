//! Questions that have no answer, and blobs that are not what they are said to be.

use super::Jobs;
use assay_client::{codes, Client};
use assay_primitives::{BlobRef, Hash};
use assay_tests::{keys, rpc, DevNode};
use serde_json::{json, Value};

/// What JSON-RPC itself says of parameters of the wrong type.
const INVALID_PARAMETERS: i32 = -32_602;
const MEBIBYTE: u64 = 1 << 20;
/// As nodes are set by default.
const MAX_BLOB: u64 = 256 * MEBIBYTE;

pub(crate) async fn is_refused(node: &DevNode, client: &Client, jobs: &Jobs) {
	questions(node.rpc_port(), jobs);
	blobs(node.rpc_port());
	let unknown = BlobRef::of(b"never uploaded");
	let error = client.download(&unknown, 1_000).await.expect_err("it is not there");
	assert_eq!(error.rpc_code(), Some(codes::BLOB_MISSING), "{error}");
	assert!(error.to_string().contains(&unknown.hash.to_string()), "{error}");
	let too_large = client.download(&unknown, 1).await.expect_err("it is larger");
	assert!(matches!(too_large, assay_client::Error::BlobTooLarge { .. }), "{too_large}");
}

/// A call that must fail with this code, naming these words.
fn refuse(port: u16, method: &str, parameters: Value, code: i32, words: &[&str]) -> rpc::Failure {
	let failure = rpc::failure(port, method, parameters.clone());
	assert_eq!(failure.code, i64::from(code), "{method} {parameters}: {failure:?}");
	for word in words {
		assert!(failure.message.contains(word), "{method} {parameters}: {word}: {failure:?}");
	}
	failure
}

fn questions(port: u16, jobs: &Jobs) {
	let job = jobs.untouched;
	let nobody = keys("//Nobody").account().to_ss58();
	let no_job = &["there is no job 1000000"];
	let failure = refuse(port, "compute_getJob", json!([1_000_000]), codes::UNKNOWN_JOB, no_job);
	assert_eq!(failure.data, json!({ "job": 1_000_000 }));
	refuse(port, "compute_getJob", json!([u64::MAX]), codes::UNKNOWN_JOB, &[]);
	refuse(port, "compute_getBatch", json!([1_000_000, 0]), codes::UNKNOWN_JOB, no_job);
	refuse(port, "compute_listBatches", json!([1_000_000, 0, 10]), codes::UNKNOWN_JOB, no_job);
	let no_batch = format!("job {job} has no batch 1");
	let failure = refuse(port, "compute_getBatch", json!([job, 1]), codes::UNKNOWN_BATCH, &[&no_batch]);
	assert_eq!(failure.data, json!({ "job": job, "batch": 1 }));
	refuse(port, "compute_getBatch", json!([job, u32::MAX]), codes::UNKNOWN_BATCH, &[]);
	refuse(port, "compute_getWorker", json!([nobody]), codes::UNKNOWN_WORKER, &[&nobody]);
	refuse(port, "compute_getAuditor", json!([nobody]), codes::UNKNOWN_AUDITOR, &[&nobody]);
	for malformed in ["", "0x", "Alice", &nobody[1..], "15oF4uVJwmo4TdGW7VfQxNLavjCXviqxT9S1MgbjMNHr6Sp5"] {
		for method in ["compute_getWorker", "compute_getAuditor"] {
			refuse(port, method, json!([malformed]), codes::MALFORMED_ARGUMENT, &["account"]);
		}
	}
	for (method, parameters) in [
		("compute_getJob", json!([])),
		("compute_getJob", json!(["0"])),
		("compute_getJob", json!([-1])),
		("compute_getJob", json!([0.5])),
		("compute_getJob", json!([0, "0x12"])),
		("compute_getBatch", json!([job])),
		("compute_getBatch", json!([job, 4_294_967_296u64])),
		("compute_listJobs", json!([0])),
		("compute_submitReceipt", json!([7])),
	] {
		refuse(port, method, parameters, INVALID_PARAMETERS, &[]);
	}
	let nowhere = Hash::of(b"no block").to_string();
	let failure = rpc::failure(port, "compute_getJob", json!([job, nowhere]));
	assert!(failure.message.contains(&nowhere[2..]), "{failure:?}");
	// More than there is and more than a page holds: what there is.
	let all = rpc::result(port, "compute_listJobs", json!([0, u32::MAX]));
	assert_eq!(all.as_array().map(Vec::len), Some(2), "{all}");
	assert_eq!(rpc::result(port, "compute_listJobs", json!([u64::MAX, 1])), json!([]));
	assert_eq!(rpc::result(port, "compute_listBatches", json!([job, 1, 10])), json!([]));
}

fn blobs(port: u16) {
	/// Three bytes of zeros.
	const ZEROS: &str = "AAAA";
	let right = BlobRef::of(&[0; 3]);
	let missing = json!({ "state": "missing", "received": 0, "len": null });
	let wrong = Hash::of(b"something else").to_string();
	refuse(
		port,
		"blob_upload",
		json!([wrong, 3, 0, ZEROS]),
		codes::BLOB_WRONG_HASH,
		&[&wrong, "start again"],
	);
	assert_eq!(rpc::result(port, "blob_status", json!([wrong])), missing);
	refuse(port, "blob_upload", json!([right.hash, 5, 1, ZEROS]), codes::BLOB_WRONG_OFFSET, &["offset 0"]);
	refuse(port, "blob_upload", json!([right.hash, 2, 0, ZEROS]), codes::BLOB_WRONG_OFFSET, &[]);
	let too_large = json!([right.hash, MAX_BLOB + 1, 0, ZEROS]);
	refuse(port, "blob_upload", too_large, codes::BLOB_TOO_LARGE, &[&MAX_BLOB.to_string()]);
	refuse(port, "blob_upload", json!([right.hash, u64::MAX, 0, ZEROS]), codes::BLOB_TOO_LARGE, &[]);
	// A mebibyte takes 1,398,104 letters.
	let chunk = "A".repeat(1_398_108);
	let large_chunk = json!([right.hash, 2 * MEBIBYTE, 0, chunk]);
	refuse(port, "blob_upload", large_chunk, codes::BLOB_CHUNK_TOO_LARGE, &["1048576"]);
	let failure = rpc::failure(port, "blob_upload", json!([right.hash, 3, 0, "not base 64"]));
	assert!(failure.message.contains("base64"), "{failure:?}");
	assert_eq!(rpc::result(port, "blob_status", json!([right.hash])), missing, "a refused piece was kept");

	refuse(port, "blob_download", json!([right.hash, 0, 1]), codes::BLOB_MISSING, &[&right.hash.to_string()]);
	refuse(port, "blob_download", json!([right.hash, 0, MEBIBYTE + 1]), codes::BLOB_CHUNK_TOO_LARGE, &[]);
	for malformed in ["", "0x12", "0xzz", &wrong[..65], &format!("{wrong}00")] {
		refuse(port, "blob_status", json!([malformed]), INVALID_PARAMETERS, &[]);
		refuse(port, "blob_upload", json!([malformed, 3, 0, ZEROS]), INVALID_PARAMETERS, &[]);
	}
	refuse(port, "blob_upload", json!([right.hash, -1, 0, ZEROS]), INVALID_PARAMETERS, &[]);

	let uploaded = rpc::result(port, "blob_upload", json!([right.hash, 3, 0, ZEROS]));
	assert_eq!(uploaded, json!({ "state": "complete", "received": 3, "len": 3 }), "now it is right");
	let failure = rpc::failure(port, "blob_download", json!([right.hash, 4, 1]));
	assert!(failure.message.contains("beyond its end"), "{failure:?}");
}
