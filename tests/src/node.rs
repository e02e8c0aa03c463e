//! A chain of one's own: a node with the one validator of a development chain.

use crate::{
	files, network,
	process::Process,
	wait::{wait_for, PATIENCE},
};
use assay_client::Client;
use assay_primitives::{BlockNumber, Hash};
use std::{
	collections::BTreeSet,
	net::TcpListener,
	path::{Path, PathBuf},
	process::Command,
	time::{Duration, Instant},
};
use tempfile::TempDir;

/// How often other ports are tried when somebody else took one in between.
const ATTEMPTS: u32 = 3;
const PAUSE: Duration = Duration::from_millis(300);

/// A running `assay-node --dev` with its database in a folder of its own.
#[derive(Debug)]
pub struct DevNode {
	rpc_port: u16,
	network_port: u16,
	arguments: Vec<String>,
	process: Option<Process>,
	// Last, so that it outlives the process.
	directory: TempDir,
}

/// Two ports nobody listens at.
pub(crate) fn free_ports() -> (u16, u16) {
	let bind = || TcpListener::bind("127.0.0.1:0").expect("there are free ports");
	let port = |listener: &TcpListener| listener.local_addr().expect("a bound socket has an address").port();
	let (first, second) = (bind(), bind());
	(port(&first), port(&second))
}

/// A WebSocket address at which nobody listens.
pub fn dead_url() -> String {
	format!("ws://127.0.0.1:{}", free_ports().0)
}

impl DevNode {
	/// Starts a node and waits until it has finalised a block.
	///
	/// # Panics
	///
	/// If it does not.
	pub async fn start() -> Self {
		Self::start_with(&[]).await
	}

	/// The same with more arguments for the node.
	///
	/// # Panics
	///
	/// If it does not start.
	pub async fn start_with(arguments: &[&str]) -> Self {
		Self::start_in(tempfile::tempdir().expect("there is room for a folder"), arguments).await
	}

	/// The same on a chain with so many validators and slots of so many milliseconds: see [`network::write_hasty`].
	///
	/// # Panics
	///
	/// If it does not start.
	pub async fn start_hasty(validators: usize, milliseconds: u64, arguments: &[&str]) -> Self {
		let directory = tempfile::tempdir().expect("there is room for a folder");
		let path = directory.path().join("hasty.json");
		network::write_hasty(validators, milliseconds, &path);
		// Of blocks that fast, a node keeps the states of a minute by itself.
		let chain = ["--chain", files::argument(&path), "--state-pruning", "archive"];
		Self::start_in(directory, &[&chain[..], arguments].concat()).await
	}

	async fn start_in(directory: TempDir, arguments: &[&str]) -> Self {
		let arguments = arguments.iter().map(ToString::to_string).collect();
		let mut node = Self { rpc_port: 0, network_port: 0, arguments, process: None, directory };
		for _ in 0..ATTEMPTS {
			(node.rpc_port, node.network_port) = free_ports();
			if node.try_launch().await {
				return node;
			}
		}
		node.process = Some(node.spawn());
		panic!("the node ends right after its start");
	}

	/// The address for clients.
	pub fn url(&self) -> String {
		format!("ws://127.0.0.1:{}", self.rpc_port)
	}

	/// The port of its JSON-RPC.
	pub fn rpc_port(&self) -> u16 {
		self.rpc_port
	}

	/// Its number as a process.
	///
	/// # Panics
	///
	/// If it is not running.
	pub fn process_id(&self) -> u32 {
		self.process.as_ref().expect("the node was started").id()
	}

	/// A folder for whatever the test leaves behind.
	pub fn directory(&self) -> &Path {
		self.directory.path()
	}

	/// A new connection.
	///
	/// # Panics
	///
	/// If the node does not answer.
	pub async fn client(&self) -> Client {
		Client::connect(&self.url()).await.unwrap_or_else(|error| panic!("{error}"))
	}

	/// Ends the node in an orderly manner. Its database stays.
	///
	/// # Panics
	///
	/// If it is not running, or does not end well.
	pub async fn stop(&mut self) {
		let mut process = self.process.take().expect("the node was started");
		let status = process.stop().await;
		assert!(status.success(), "the node ended with {status}:\n{}", process.log());
	}

	/// Ends the node as a power cut would. Its database stays.
	///
	/// # Panics
	///
	/// If it is not running.
	pub fn kill_hard(&mut self) {
		self.process.take().expect("the node was started").kill_hard();
	}

	/// Starts the node again, with the same database at the same ports.
	///
	/// # Panics
	///
	/// If it does not get to finalise anything.
	pub async fn restart(&mut self) {
		assert!(self.process.is_none(), "the node is still running");
		assert!(self.try_launch().await, "the node ends right after its restart");
	}

	/// Starts the node again at the same ports, without any of the blocks it had: another chain with the same first block.
	///
	/// # Panics
	///
	/// If it does not get to finalise anything.
	pub async fn start_anew(&mut self) {
		assert!(self.process.is_none(), "the node is still running");
		std::fs::remove_dir_all(self.database()).expect("a folder of one's own can be removed");
		assert!(self.try_launch().await, "the node ends right after its start");
	}

	/// Takes a blob away from the node, as if it had never got it, or its disk had failed. Stops it for that, and starts it
	/// again.
	///
	/// # Panics
	///
	/// If the node does not have it.
	pub async fn lose_blob(&mut self, hash: &Hash) {
		self.lose_blobs(&[*hash]).await;
	}

	/// The same with several, each of which may be named more than once: batches with the same results and the same key have
	/// one blob.
	///
	/// # Panics
	///
	/// If the node does not have one of them.
	pub async fn lose_blobs(&mut self, hashes: &[Hash]) {
		self.stop().await;
		let blobs = self.database().join("chains").join(self.chain()).join("blobs/blobs");
		for hash in BTreeSet::from_iter(hashes) {
			let name = hex::encode(hash.0);
			let folder = name.get(..2).expect("a hash has more digits");
			std::fs::remove_file(blobs.join(folder).join(&name)).expect("the node had it");
		}
		self.restart().await;
	}

	fn chain(&self) -> &'static str {
		let is_given = |wanted: &str| self.arguments.iter().any(|argument| argument.ends_with(wanted));
		if is_given("quick") {
			"assay-quick"
		} else if is_given("hasty.json") {
			network::HASTY
		} else {
			"assay-dev"
		}
	}

	fn database(&self) -> PathBuf {
		self.directory.path().join("node")
	}

	fn spawn(&self) -> Process {
		let mut command = Command::new(files::binary("assay-node"));
		command
			.arg("--dev")
			.arg("--base-path")
			.arg(self.database())
			.args(["--rpc-port", &self.rpc_port.to_string()])
			.args(["--listen-addr", &format!("/ip4/127.0.0.1/tcp/{}", self.network_port)])
			.args(["--no-mdns", "--no-prometheus", "--no-telemetry"])
			.args(&self.arguments);
		Process::start("the node", command, &self.directory.path().join("node.log"))
	}

	/// Starts the node, and waits until it has finalised something since then. Returns `false` if it ends instead.
	async fn try_launch(&mut self) -> bool {
		let url = self.url();
		let spawned = self.spawn();
		let process = self.process.insert(spawned);
		let start = Instant::now();
		let mut first = None;
		while process.ended().is_none() {
			match (first, finalized_block(&url).await) {
				(None, finalized) => first = finalized,
				(Some(first), Some(now)) if now > first => return true,
				_ => (),
			}
			assert!(start.elapsed() < PATIENCE, "the node finalises nothing");
			tokio::time::sleep(PAUSE).await;
		}
		self.process = None;
		false
	}

	/// Waits until the block that is the best one now is final.
	///
	/// # Panics
	///
	/// If that does not happen.
	pub async fn settle_down(&self, client: &Client) {
		let best = client.best_block().await.expect("the node answers");
		wait_for("the best block to be final", || async {
			client.finalized_block().await.ok().filter(|finalized| *finalized > best)
		})
		.await;
	}
}

async fn finalized_block(url: &str) -> Option<BlockNumber> {
	Client::connect(url).await.ok()?.finalized_block().await.ok()
}
