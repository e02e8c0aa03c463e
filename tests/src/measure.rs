//! What a network of four validators takes: time from post to pay, blocks to recover, blobs, memory, answers. The
//! measurements of `make bench-network`, each on a chain of its own.

use crate::{
	job, keys,
	network::finalised_after,
	program, rpc,
	wait::{wait_for, PATIENCE},
	DevNode, Network, Worker,
};
use assay_client::{Call, Client, Inclusion, Keys};
use assay_primitives::{view::BatchStage, AuditPolicy, JobId, JobSpec};
use futures::{stream, StreamExt};
use serde_json::{json, Value};
use std::{
	fs::File,
	io::{Read, Write},
	net::{TcpListener, TcpStream},
	time::{Duration, Instant},
};

const VALIDATORS: usize = 4;
const TASKS: u32 = 4;
const INPUT: &[u8] = b"";
/// Far more than any connection here carries: the limits on what a node sends are not what is measured.
const NO_RATE: &str = "10000000000";
/// Accounts that post jobs by the thousand.
const REQUESTERS: [&str; 4] = ["//Bob", "//Charlie", "//Dave", "//Eve"];
/// Transactions on their way at once.
const IN_FLIGHT: usize = 500;
/// How often is looked whether a blob is there: seldom enough to cost nothing beside it, and often enough not to be what is
/// measured.
const LOOK: Duration = Duration::from_millis(10);
/// Bytes copied at a time.
const COPY: usize = 1 << 20;

/// How long a job took.
#[derive(Clone, Copy, Debug)]
pub struct Settled {
	/// Blocks from the one in which the job is to the one in which its batch is paid for.
	pub blocks: u32,
	/// Seconds from before it is sent to when its requester sees that.
	pub seconds: f64,
}

/// The middle one of some numbers.
pub fn median(mut numbers: Vec<f64>) -> f64 {
	numbers.sort_by(f64::total_cmp);
	let middle = numbers.len() / 2;
	let at = |place: usize| numbers.get(place).copied().unwrap_or(f64::NAN);
	if numbers.len().is_multiple_of(2) {
		(at(middle.saturating_sub(1)) + at(middle)) / 2.0
	} else {
		at(middle)
	}
}

/// The number below which this share of the numbers lies.
pub fn percentile(mut numbers: Vec<f64>, share: f64) -> f64 {
	numbers.sort_by(f64::total_cmp);
	// Floats saturate when they are cast; no list here has more than 2^52 numbers.
	let place = (numbers.len() as f64 * share) as usize;
	numbers.get(place.min(numbers.len().saturating_sub(1))).copied().unwrap_or(f64::NAN)
}

fn small_job(code: &[u8]) -> JobSpec {
	let audit = AuditPolicy { auditors: 2, samples: 2, rate: AuditPolicy::EVERY_BATCH };
	JobSpec { audit, ..job::spec(code, INPUT, TASKS) }
}

/// Posts jobs one after the other on four validators, with one worker, and accepts each as soon as it is revealed, or lets
/// its challenge window pass.
///
/// # Panics
///
/// If one is not settled.
pub async fn settling(jobs: usize, accepts: bool) -> Vec<Settled> {
	let network = Network::start(VALIDATORS, &[]).await;
	let client = network.node(0).client().await;
	let _worker = Worker::start_at(&network.node(1).url(), "//Ferdie", &["--stake", "10"]);
	let (requester, worker) = (keys("//Eve"), keys("//Ferdie").account());
	wait_for("the worker to be ready", || async { client.worker(&worker).await.ok().flatten() }).await;
	let code = program::countdown(1_000);
	for blob in [&code[..], INPUT] {
		client.upload(blob).await.unwrap_or_else(|error| panic!("{error}"));
	}
	let mut all = Vec::new();
	for _ in 0..jobs {
		let start = Instant::now();
		let id = job::post(&client, &requester, &code, INPUT, small_job(&code)).await;
		if accepts {
			job::wait_batch(&client, (id, 0), "to be revealed", |batch| batch.stage == BatchStage::Revealed)
				.await;
			let accept = Call::Accept { job: id, batch: 0 };
			client
				.submit(&requester, &accept, Inclusion::BestBlock)
				.await
				.unwrap_or_else(|error| panic!("{error}"));
		}
		let view = job::closed(&client, id).await;
		let seconds = start.elapsed().as_secs_f64();
		job::assert_balanced(&view);
		let last = closed_in(&client, id, view.posted_at).await;
		all.push(Settled { blocks: last.saturating_sub(view.posted_at), seconds });
	}
	all
}

/// The first block whose state has the job closed.
async fn closed_in(client: &Client, id: JobId, from: u32) -> u32 {
	let best = client.best_block().await.expect("the node answers");
	for number in from..=best {
		let hash = client.block_hash(number).await.expect("the node answers");
		let view: Value =
			client.ask("compute_getJob", &[json!(id), json!(hash)]).await.expect("the job is there");
		if view["status"] == "closed" {
			return number;
		}
	}
	best
}

/// Kills one of four validators, and counts the blocks until one is final that was made without it: blocks, and seconds.
///
/// # Panics
///
/// If that does not happen.
pub async fn recovery() -> (u32, f64) {
	let mut network = Network::start(VALIDATORS, &[]).await;
	let client = network.node(0).client().await;
	let start = Instant::now();
	network.node_mut(VALIDATORS - 1).kill_hard();
	let killed = client.best_block().await.expect("the node answers");
	finalised_after(&client, killed).await;
	let best = client.best_block().await.expect("the node answers");
	(best.saturating_sub(killed), start.elapsed().as_secs_f64())
}

/// Bytes that nothing compresses.
fn bytes(len: usize) -> Vec<u8> {
	let mut state = 1u64;
	let mut next = || {
		state ^= state << 13;
		state ^= state >> 7;
		state ^= state << 17;
		state.to_le_bytes()
	};
	std::iter::repeat_with(&mut next).flatten().take(len).collect()
}

/// Moves a blob of so many MiB from node to node, and as many bytes from file to file over a plain connection: MiB per
/// second of both.
///
/// # Panics
///
/// If it does not arrive.
pub async fn blobs(mebibytes: usize) -> (f64, f64) {
	// No chain has fewer; the third only looks on.
	let network = Network::start(3, &["--blob-peer-rate", NO_RATE]).await;
	let whole = bytes(mebibytes << 20);
	let blob = network.node(0).client().await.upload(&whole).await.unwrap_or_else(|error| panic!("{error}"));
	let receiver = network.node(1);
	let start = Instant::now();
	rpc::result(receiver.rpc_port(), "blob_download", json!([blob.hash, 0, 1]));
	while receiver.blob_state(&blob.hash) != "complete" {
		assert!(start.elapsed() < PATIENCE, "the blob does not arrive");
		tokio::time::sleep(LOOK).await;
	}
	let exchanged = start.elapsed().as_secs_f64();
	let source = network.node(0).blob_file(&blob.hash);
	let target = network.directory().join("copy");
	let start = Instant::now();
	let copied = tokio::task::spawn_blocking(move || copy_over_tcp(&source, &target)).await;
	let plain = start.elapsed().as_secs_f64();
	assert_eq!(copied.expect("it does not panic").expect("the loopback works"), blob.len);
	(mebibytes as f64 / exchanged, mebibytes as f64 / plain)
}

fn copy_over_tcp(source: &std::path::Path, target: &std::path::Path) -> std::io::Result<u64> {
	let listener = TcpListener::bind("127.0.0.1:0")?;
	let address = listener.local_addr()?;
	let mut from = File::open(source)?;
	let sender = std::thread::spawn(move || -> std::io::Result<()> {
		pump(&mut from, &mut TcpStream::connect(address)?).map(drop)
	});
	let (mut stream, _) = listener.accept()?;
	let mut to = File::create(target)?;
	let copied = pump(&mut stream, &mut to)?;
	// As the node does before it calls a blob complete.
	to.sync_all()?;
	sender.join().map_err(|_| std::io::Error::other("the sender broke off"))??;
	Ok(copied)
}

fn pump(from: &mut impl Read, to: &mut impl Write) -> std::io::Result<u64> {
	let mut buffer = vec![0; COPY];
	let mut copied = 0;
	loop {
		let read = from.read(&mut buffer)?;
		let Some(part) = buffer.get(..read).filter(|part| !part.is_empty()) else { return Ok(copied) };
		to.write_all(part)?;
		copied += read as u64;
	}
}

/// Resident memory of a process, in MiB.
fn memory(process: u32) -> f64 {
	let status = std::fs::read_to_string(format!("/proc/{process}/status")).expect("the process runs");
	let line = status.lines().find(|line| line.starts_with("VmRSS")).expect("Linux tells");
	let kibibytes: f64 =
		line.split_whitespace().nth(1).and_then(|number| number.parse().ok()).expect("it is a number");
	kibibytes / 1_024.0
}

/// Answers to `compute_getJob`: how many a second, and milliseconds until they came.
#[derive(Clone, Copy, Debug)]
pub struct Answers {
	/// Answers a second.
	pub rate: f64,
	/// The median.
	pub p50: f64,
	/// What one of a hundred exceeds.
	pub p99: f64,
}

/// What a node with many open jobs takes.
#[derive(Clone, Copy, Debug)]
pub struct Load {
	/// MiB of a node that has just started, and has nothing to do.
	pub idle: f64,
	/// MiB once the jobs are there.
	pub loaded: f64,
	/// Open jobs.
	pub jobs: u32,
	/// Clients that ask ten times a second each.
	pub paced: Answers,
	/// Clients that ask again as soon as they have an answer.
	pub flat_out: Answers,
}

/// Fills a chain with open jobs, and has many clients ask for them.
///
/// # Panics
///
/// If a job cannot be posted, or a question gets no answer.
pub async fn load(jobs: u32, clients: usize) -> Load {
	/// What a node settles down in after its start.
	const REST: Duration = Duration::from_secs(30);
	let node = DevNode::start_with(&["--rpc-max-connections", "1000"]).await;
	tokio::time::sleep(REST).await;
	let idle = memory(node.process_id());
	let client = node.client().await;
	let code = program::countdown(1_000);
	for blob in [&code[..], INPUT] {
		client.upload(blob).await.unwrap_or_else(|error| panic!("{error}"));
	}
	let spec = small_job(&code);
	let posts = stream::iter(0..jobs).map(|number| {
		let (client, place) = (client.clone(), number as usize % REQUESTERS.len());
		async move {
			let requester = keys(REQUESTERS.get(place).copied().unwrap_or("//Bob"));
			post_at_last(&client, &requester, spec).await;
		}
	});
	posts.buffer_unordered(IN_FLIGHT).collect::<()>().await;
	tokio::time::sleep(REST).await;
	let loaded = memory(node.process_id());
	let mut connections = Vec::new();
	for _ in 0..clients {
		connections.push(node.client().await);
	}
	let paced = ask(&connections, jobs, Some(Duration::from_millis(100))).await;
	let flat_out = ask(&connections, jobs, None).await;
	Load { idle, loaded, jobs, paced, flat_out }
}

/// Posts a job. Of hundreds that wait in a pool, some do not get into a block in time, and are posted again.
async fn post_at_last(client: &Client, requester: &Keys, spec: JobSpec) {
	const ATTEMPTS: usize = 20;
	let call = Call::PostJob(spec);
	for attempt in 1.. {
		match client.submit(requester, &call, Inclusion::BestBlock).await {
			Ok(_) => return,
			Err(error) => assert!(attempt < ATTEMPTS, "{error}"),
		}
	}
}

/// Has every client ask for jobs for a while: with a pause between the beginnings of its questions, or without any.
async fn ask(clients: &[Client], jobs: u32, pace: Option<Duration>) -> Answers {
	const DURATION: Duration = Duration::from_secs(20);
	let start = Instant::now();
	let asking = clients.iter().enumerate().map(|(number, client)| {
		let client = client.clone();
		tokio::spawn(async move {
			let mut times = Vec::new();
			let mut id = number as u64;
			while start.elapsed() < DURATION {
				let asked = Instant::now();
				let view: Value = client
					.ask("compute_getJob", &[json!(id % u64::from(jobs))])
					.await
					.expect("there is such a job");
				assert_eq!(view["status"], "open");
				times.push(asked.elapsed().as_secs_f64() * 1_000.0);
				id += 97;
				if let Some(pace) = pace {
					tokio::time::sleep(pace.saturating_sub(asked.elapsed())).await;
				}
			}
			times
		})
	});
	let times: Vec<f64> = futures::future::join_all(asking)
		.await
		.into_iter()
		.flat_map(|times| times.expect("it is answered"))
		.collect();
	let rate = times.len() as f64 / start.elapsed().as_secs_f64();
	Answers { rate, p50: percentile(times.clone(), 0.5), p99: percentile(times, 0.99) }
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn the_middle_and_the_tail_are_found() {
		assert!((median(vec![3.0, 1.0, 2.0]) - 2.0).abs() < f64::EPSILON);
		assert!((median(vec![4.0, 1.0, 2.0, 3.0]) - 2.5).abs() < f64::EPSILON);
		let hundred: Vec<f64> = (0..100).map(f64::from).collect();
		assert!((percentile(hundred.clone(), 0.5) - 50.0).abs() < f64::EPSILON);
		assert!((percentile(hundred, 0.99) - 99.0).abs() < f64::EPSILON);
	}

	#[test]
	fn bytes_over_a_connection_arrive() {
		let directory = tempfile::tempdir().expect("there is room for a folder");
		let (source, target) = (directory.path().join("source"), directory.path().join("target"));
		let sent = bytes(3 * COPY + 7);
		std::fs::write(&source, &sent).expect("there is room for a file");
		assert_eq!(copy_over_tcp(&source, &target).expect("the loopback works"), sent.len() as u64);
		assert_eq!(std::fs::read(&target).expect("it is there"), sent);
	}
}
