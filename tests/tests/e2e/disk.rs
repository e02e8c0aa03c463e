//! Disks that fill up, and nodes that end while somebody uploads: nothing that was there is lost, and both go on.

use assay_client::{codes, BlobState};
use assay_primitives::{view::BatchStage, BlobRef, JobSpec, TaskLimits};
use assay_tests::{files, job, keys, program, rpc, wait::wait_for, DevNode, Worker, ASY};
use serde_json::json;
use std::{
	fs::File,
	io::Write,
	path::{Path, PathBuf},
	process::Command,
	time::Duration,
};

const MEBIBYTE: usize = 1 << 20;
/// What is uploaded at a time: the most that is allowed, and a multiple of 3.
const PIECE: usize = MEBIBYTE / 3 * 3;

/// Bytes of which no two pieces are alike.
fn bytes(len: usize) -> Vec<u8> {
	(0u32..).flat_map(|number| number.wrapping_mul(2_654_435_761).to_le_bytes()).take(len).collect()
}

/// A small disk of one's own, in memory.
struct Disk {
	path: PathBuf,
}

impl Disk {
	/// `None`, with the reason printed, where that is not permitted.
	fn mount(path: PathBuf, mebibytes: u32) -> Option<Self> {
		std::fs::create_dir_all(&path).expect("there is room for a folder");
		if mount(&["-t", "tmpfs", "tmpfs"], &format!("size={mebibytes}m"), &path) {
			return Some(Self { path });
		}
		eprintln!("skipped: a file system of one's own cannot be mounted here (that takes root)");
		None
	}

	fn grow(&self, mebibytes: u32) {
		let grown = mount(&[], &format!("remount,size={mebibytes}m"), &self.path);
		assert!(grown, "what was mounted can be mounted again");
	}
}

fn mount(what: &[&str], options: &str, path: &Path) -> bool {
	let status = Command::new("mount").args(what).args(["-o", options]).arg(path).status();
	status.is_ok_and(|status| status.success())
}

impl Drop for Disk {
	fn drop(&mut self) {
		// Lazily: the node may still be ending.
		let _ = Command::new("umount").arg("-l").arg(&self.path).status();
	}
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "with the other faults: make faults"]
async fn a_full_disk_refuses_blobs_and_stops_nothing_else() {
	const TASKS: u32 = 2;
	let directory = tempfile::tempdir().expect("there is room for a folder");
	let Some(disk) = Disk::mount(directory.path().join("blobs"), 8) else { return };
	let node = DevNode::start_with(&["--blob-path", files::argument(&disk.path)]).await;
	let client = node.client().await;
	let code = program::countdown(1_000);
	let small = client.upload(&code).await.expect("there is room for it");

	let large = bytes(20 * MEBIBYTE);
	let refused = client.upload(&large).await.expect_err("there is no room for it");
	assert_eq!(refused.rpc_code(), Some(codes::BLOB_IO), "{refused}");
	assert_eq!(client.download(&small, small.len).await.expect("it is still there"), code);
	// The chain is on another disk.
	node.settle_down(&client).await;

	disk.grow(128);
	assert_eq!(client.upload(&large).await.expect("there is room now"), BlobRef::of(&large));
	let worker = Worker::start(&node, "//Bob", &["--stake", "10"]);
	let id = job::post(&client, &keys("//Charlie"), &code, &large, job::spec(&code, &large, TASKS)).await;
	let closed = job::closed(&client, id).await;
	job::assert_balanced(&closed);
	assert_eq!(job::batch(&client, (id, 0)).await.stage, BatchStage::Settled);
	drop(worker);
	drop(node);
}

/// Each batch that is claimed while no results can be uploaded is one more that will be late.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "with the other faults: make faults"]
async fn a_worker_that_cannot_hand_in_claims_no_more() {
	const BATCHES: u32 = 5_000;
	const STAKE: u128 = 1_000;
	let directory = tempfile::tempdir().expect("there is room for a folder");
	let Some(disk) = Disk::mount(directory.path().join("blobs"), 64) else { return };
	let node = DevNode::start_with(&["--blob-path", files::argument(&disk.path)]).await;
	let client = node.client().await;
	let code = program::countdown(1_000);
	let limits = TaskLimits { fuel: 1_000_000, ..job::spec(&code, b"", 1).limits };
	// Enough to be worth what a claim costs.
	let spec = JobSpec { batch_size: 1, bounty: ASY / 50, limits, ..job::spec(&code, b"", BATCHES) };
	let id = job::post(&client, &keys("//Charlie"), &code, b"", spec).await;
	let worker = Worker::start(&node, "//Bob", &["--stake", &STAKE.to_string()]);
	// By then it trusts the job: whatever holds it back later is that it cannot hand in.
	job::wait(&client, id, "has paid for batches", |job| job.batches.settled >= 10).await;

	let filler = disk.path.join("filler");
	let mut file = File::create(&filler).expect("there is room for a file");
	while file.write_all(&[7; 4_096]).is_ok() {}
	drop(file);
	wait_for("an upload to be refused", || async { worker.log().contains("trying again").then_some(()) })
		.await;
	let available = || async { client.job(id).await.expect("the job is there").batches.available };
	// A block or two more than a worker's patience, and what was claimed last has to be seen.
	tokio::time::sleep(Duration::from_secs(45)).await;
	let before = available().await;
	tokio::time::sleep(Duration::from_secs(30)).await;
	assert_eq!(available().await, before, "it claims what it cannot hand in");
	assert!((1..BATCHES).contains(&before));
	let view = client.worker(&keys("//Bob").account()).await.expect("the node answers");
	let view = view.expect("it has a stake");
	assert!(view.locked < STAKE * ASY / 2, "it could not have claimed more: {view:?}");

	std::fs::remove_file(&filler).expect("it can be removed");
	wait_for("more to be claimed", || async { (available().await < before).then_some(()) }).await;
	drop(worker);
	drop(node);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "with the other faults: make faults"]
async fn an_upload_goes_on_after_the_node_was_killed() {
	let mut node = DevNode::start().await;
	let client = node.client().await;
	// Zeros: three of them are four letters of base 64, and no encoder is needed.
	let whole = vec![0; 6 * PIECE];
	let blob = BlobRef::of(&whole);
	for piece in 0..3 {
		let data = "AAAA".repeat(PIECE / 3);
		let parameters = json!([blob.hash, blob.len, piece * PIECE, data]);
		let sent = rpc::result(node.rpc_port(), "blob_upload", parameters);
		assert_eq!(sent["state"], "partial", "{sent}");
	}
	node.kill_hard();
	assert!(client.upload(&whole).await.is_err(), "nobody is there");

	node.restart().await;
	let client = node.client().await;
	let status = client.blob_status(&blob.hash).await.expect("the node answers");
	assert_eq!(status.state, BlobState::Partial);
	assert!(status.received >= u64::try_from(2 * PIECE).expect("it fits"), "{status:?}");
	let mut steps = Vec::new();
	client.upload_with(&whole, |done| steps.push(done)).await.expect("it goes on");
	assert_eq!(steps.first(), Some(&status.received), "it began anew: {steps:?}");
	assert_eq!(client.download(&blob, blob.len).await.expect("it is there"), whole);
}
