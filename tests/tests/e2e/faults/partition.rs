//! Four validators, of whom two lose sight of the other two: a network namespace of its own for two of them, and a virtual
//! cable that is cut and mended.

use assay_client::Client;
use assay_primitives::{
	view::{BatchStage, JobStatus},
	BlockNumber, JobId,
};
use assay_tests::{
	chain, job, keys,
	network::{finalised_after, LONG_SESSIONS},
	program,
	wait::wait_for,
	Network, Worker,
};
use std::{process::Command, time::Duration};

const TASKS: u32 = 4;
const INPUT: &[u8] = b"";
/// Blocks that a part of the network makes by itself.
const ALONE: BlockNumber = 8;

/// Runs `ip`, and tells whether it could.
fn ip(arguments: &str) -> bool {
	Command::new("ip").args(arguments.split_whitespace()).output().is_ok_and(|output| output.status.success())
}

/// A place for nodes, with a cable for what nodes say to each other, and one for clients.
struct Island {
	name: String,
	/// The cables' ends here.
	cables: [String; 2],
	/// The first three numbers of the addresses of each cable.
	nets: [String; 2],
}

impl Island {
	/// `None`, with the reason printed, where that is not permitted.
	fn new() -> Option<Self> {
		let id = std::process::id();
		// From the addresses for measurements of network devices (RFC 2544), so that no real network is hidden.
		let net = |cable: u32| format!("198.{}.{}", 18 + cable, id % 250 + 1);
		let island = Self {
			name: format!("assay-{id}"),
			cables: [format!("as{id}n"), format!("as{id}c")],
			nets: [net(0), net(1)],
		};
		if island.build() {
			return Some(island);
		}
		eprintln!("skipped: network namespaces cannot be made here (that takes root and iproute2)");
		None
	}

	fn build(&self) -> bool {
		let Self { name, cables, nets } = self;
		let mut works = ip(&format!("netns add {name}")) && ip(&format!("-n {name} link set lo up"));
		for (cable, net) in cables.iter().zip(nets) {
			works = works
				&& ip(&format!("link add {cable} type veth peer name {cable}x netns {name}"))
				&& ip(&format!("addr add {net}.1/24 dev {cable}"))
				&& ip(&format!("link set {cable} up"))
				&& ip(&format!("-n {name} addr add {net}.2/24 dev {cable}x"))
				&& ip(&format!("-n {name} link set {cable}x up"));
		}
		works
	}

	fn wrapper(&self) -> [&str; 4] {
		["ip", "netns", "exec", &self.name]
	}

	/// Addresses for nodes on this side and on the island, and for clients of the latter.
	fn addresses(&self) -> (String, String, String) {
		let [nodes, clients] = &self.nets;
		(format!("{nodes}.1"), format!("{nodes}.2"), format!("{clients}.2"))
	}

	fn cut(&self) {
		let [cable, _] = &self.cables;
		assert!(ip(&format!("link set {cable} down")), "what was made can be cut");
	}

	fn mend(&self) {
		let [cable, _] = &self.cables;
		assert!(ip(&format!("link set {cable} up")), "what was cut can be mended");
	}
}

impl Drop for Island {
	fn drop(&mut self) {
		// Its ends of the cables go with it, and with them the others.
		ip(&format!("netns del {}", self.name));
		for cable in &self.cables {
			ip(&format!("link del {cable}"));
		}
	}
}

async fn network(island: &Island) -> Network {
	let mut network = Network::new(4, LONG_SESSIONS);
	let (here, there, clients) = island.addresses();
	for number in 0..4 {
		let node = network.node_mut(number);
		if number < 2 {
			node.place(&here, "127.0.0.1");
		} else {
			node.place(&there, &clients);
			node.wrap(&island.wrapper());
			// Clients name the island by its address, which a node takes only if it takes every page for its own.
			node.add_arguments(&["--unsafe-rpc-external", "--rpc-cors", "all"]);
		}
		node.add_arguments(&["--allow-private-ip"]);
	}
	network.launch().await;
	network
}

async fn best(client: &Client) -> BlockNumber {
	client.best_block().await.expect("the node answers")
}

/// Waits until a part of the network has made some blocks by itself.
async fn goes_on(client: &Client, from: BlockNumber) {
	wait_for("blocks in a part of the network", || async {
		(best(client).await >= from + ALONE).then_some(())
	})
	.await;
}

/// Waits until both have the same final block of a height.
async fn agree(one: &Client, other: &Client, number: BlockNumber) {
	for client in [one, other] {
		wait_for("the network to be one again", || async {
			client.finalized_block().await.ok().filter(|block| *block >= number)
		})
		.await;
	}
	let hash = |client: Client| async move { client.block_hash(number).await.expect("the node answers") };
	assert_eq!(hash(one.clone()).await, hash(other.clone()).await, "two blocks of number {number} are final");
}

async fn post(client: &Client, suri: &str) -> JobId {
	let code = program::countdown(1_000);
	job::post(client, &keys(suri), &code, INPUT, job::spec(&code, INPUT, TASKS)).await
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes: make faults"]
async fn a_network_that_falls_apart_loses_nothing_and_grows_together_again() {
	let Some(island) = Island::new() else { return };
	let network = network(&island).await;
	let (here, there) = (network.node(0).client().await, network.node(2).client().await);
	let mut worker = Worker::start_at(&network.node(1).url(), "//Ferdie", &["--stake", "10"]);
	let before = post(&here, "//Eve").await;
	job::wait(&here, before, "to be taken", |job| job.batches.in_flight > 0).await;

	island.cut();
	let apart = best(&here).await;
	// What was voted on before may still become final.
	tokio::time::sleep(Duration::from_secs(6)).await;
	let stuck = here.finalized_block().await.expect("the node answers");
	goes_on(&here, apart).await;
	goes_on(&there, apart).await;
	assert_eq!(here.finalized_block().await.expect("the node answers"), stuck, "two of four finalise");
	assert!(there.finalized_block().await.expect("the node answers") <= stuck + 1, "two of four finalise");
	let in_a_part = post(&here, "//Alice//stash").await;
	let last = best(&here).await;

	island.mend();
	finalised_after(&here, last).await;
	agree(&here, &there, last).await;
	let jobs = here.jobs(0, 10).await.expect("the node answers");
	assert_eq!(jobs.len(), 2, "a job was lost: {jobs:?}");
	for id in [before, in_a_part] {
		let view = job::closed(&there, id).await;
		job::assert_balanced(&view);
		assert_eq!((view.status, view.batches.refunded), (JobStatus::Closed, 0), "{view:?}");
		let batch = job::batch(&there, (id, 0)).await;
		assert_eq!(batch.stage, BatchStage::Settled, "{batch:?}");
	}
	let history = chain::history(&there, 1).await;
	assert!(chain::convictions(&history).is_empty(), "{history:?}");
	worker.stop().await;
}
