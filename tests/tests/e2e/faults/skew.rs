//! A validator whose clock is wrong (libfaketime): by more than a block, and by more than others put up with.

use assay_primitives::view::BatchStage;
use assay_tests::{
	chain, job, keys,
	network::{finalised_after, LONG_SESSIONS},
	program, Network, Worker,
};
use std::process::Command;

const TASKS: u32 = 2;
const INPUT: &[u8] = b"";

/// Where Debian puts the library for programs with threads, without the folder of the architecture.
const LIBRARY: &str = "faketime/libfaketimeMT.so.1";

/// The words that start a program with a clock that is wrong by `skew`, if that can be done here. The wrapper `faketime` would
/// stay between, and its child alive when it is killed.
fn with_skew(skew: &str) -> Option<[String; 4]> {
	let folders = std::fs::read_dir("/usr/lib").ok()?.flatten().map(|entry| entry.path());
	let library = folders.map(|folder| folder.join(LIBRARY)).find(|library| library.is_file())?;
	let preload = format!("LD_PRELOAD={}", library.display());
	// Timers go by the monotonic clock, which nobody sets.
	Some(["env".into(), preload, format!("FAKETIME={skew}"), "FAKETIME_DONT_FAKE_MONOTONIC=1".into()])
}

/// The time in seconds, as a program sees it.
fn time_of(words: &[&str]) -> Option<i64> {
	let (program, arguments) = words.split_first()?;
	let output = Command::new(program).args(arguments).args(["date", "+%s"]).output().ok()?;
	String::from_utf8_lossy(&output.stdout).trim().parse().ok()
}

fn can_fake_time() -> bool {
	const HOUR: i64 = 3_600;
	let told = with_skew("+1h").and_then(|words| time_of(&words.each_ref().map(String::as_str)));
	matches!((told, time_of(&["env"])), (Some(told), Some(now)) if (told - now - HOUR).abs() < HOUR / 2)
}

/// Whether jobs are done on a chain that one of four validators has a wrong clock on.
async fn is_withstood(skew: &str) {
	let mut network = Network::new(4, LONG_SESSIONS);
	let words = with_skew(skew).expect("it can be done");
	network.node_mut(3).wrap(&words.each_ref().map(String::as_str));
	let mut addresses = Vec::new();
	for node in &mut network.nodes {
		node.know(&addresses);
		node.restart();
		addresses.push(node.address().await);
	}
	// A node whose clock is slow takes what the others make for blocks of the future, and finalises nothing for now.
	for node in network.nodes.iter().take(3) {
		finalised_after(&node.client().await, 0).await;
	}
	let client = network.node(0).client().await;
	let _worker = Worker::start_at(&network.node(1).url(), "//Ferdie", &["--stake", "10"]);
	let code = program::countdown(1_000);
	let id = job::post(&client, &keys("//Eve"), &code, INPUT, job::spec(&code, INPUT, TASKS)).await;
	let closed = job::closed(&client, id).await;
	job::assert_balanced(&closed);
	assert_eq!(job::batch(&client, (id, 0)).await.stage, BatchStage::Settled);
	assert!(chain::convictions(&chain::history(&client, 1).await).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes: make faults"]
async fn a_validator_with_a_wrong_clock_stops_nobody() {
	if !can_fake_time() {
		eprintln!("skipped: there is no libfaketime here, which scripts/faults.sh installs on Debian");
		return;
	}
	for skew in ["+5s", "-5s", "+90s", "-90s"] {
		eprintln!("one of four clocks is wrong by {skew}");
		is_withstood(skew).await;
	}
}
