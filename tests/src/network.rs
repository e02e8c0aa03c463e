//! Networks of one's own: several nodes on this machine, with sessions short enough to wait for.

use crate::{
	files,
	process::Process,
	rpc,
	wait::{wait_for, PATIENCE},
};
use assay_client::Client;
use serde_json::{json, Value};
use std::{net::TcpListener, path::PathBuf, process::Command};
use tempfile::TempDir;

/// Where a chain's state has the number of slots in a session: the XX hash of `:EpochSlots:`.
const EPOCH_SLOTS_KEY: &str = "0xd5f469e1eed1ce4f2fb4169d7271dbf9";

/// A network, with the specification of its chain.
#[derive(Debug)]
pub struct Network {
	specification: PathBuf,
	/// Where its first node is found.
	entrance: Option<String>,
	directory: TempDir,
}

/// A node of a network.
#[derive(Debug)]
pub struct Node {
	name: String,
	rpc_port: u16,
	network_port: u16,
	arguments: Vec<String>,
	directory: PathBuf,
	process: Option<Process>,
}

fn free_port() -> u16 {
	let listener = TcpListener::bind("127.0.0.1:0").expect("there are free ports");
	listener.local_addr().expect("a bound socket has an address").port()
}

impl Network {
	/// A network of the preset `local`, whose validators are Alice, Bob and Charlie, with sessions of so many slots.
	///
	/// # Panics
	///
	/// If the node cannot write the specification.
	pub fn local(session_slots: u64) -> Self {
		let directory = tempfile::tempdir().expect("there is room for a folder");
		let output = Command::new(files::binary("assay-node"))
			.args(["export-chain-spec", "--chain", "local", "--raw"])
			.output()
			.expect("the node can be started");
		assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
		let mut specification: Value =
			serde_json::from_slice(&output.stdout).expect("a specification is JSON");
		let slots = format!("0x{}", hex::encode(session_slots.to_le_bytes()));
		specification["genesis"]["raw"]["top"][EPOCH_SLOTS_KEY] = json!(slots);
		let path = directory.path().join("network.json");
		std::fs::write(&path, specification.to_string()).expect("there is room for a file");
		Self { specification: path, entrance: None, directory }
	}

	/// Starts a node. The first is where all others find the network.
	///
	/// # Panics
	///
	/// If it does not come up.
	pub async fn start(&mut self, name: &str, arguments: &[&str]) -> Node {
		let mut node = self.prepare(name, arguments);
		node.start().await;
		if self.entrance.is_none() {
			self.entrance = Some(node.address());
		}
		node
	}

	/// A node that is not started yet.
	pub fn prepare(&self, name: &str, arguments: &[&str]) -> Node {
		let (rpc_port, network_port) = (free_port(), free_port());
		let mut all = vec![
			"--chain".to_owned(),
			files::argument(&self.specification).to_owned(),
			"--rpc-port".to_owned(),
			rpc_port.to_string(),
			"--listen-addr".to_owned(),
			format!("/ip4/127.0.0.1/tcp/{network_port}"),
		];
		let common = [
			"--no-mdns",
			"--no-prometheus",
			"--no-telemetry",
			"--no-hardware-benchmarks",
			"--unsafe-force-node-key-generation",
		];
		all.extend(common.iter().chain(arguments).map(ToString::to_string));
		if let Some(entrance) = &self.entrance {
			all.extend(["--bootnodes".to_owned(), entrance.clone()]);
		}
		let directory = self.directory.path().join(name);
		std::fs::create_dir_all(&directory).expect("there is room for a folder");
		Node { name: name.to_owned(), rpc_port, network_port, arguments: all, directory, process: None }
	}
}

impl Node {
	/// The address for clients.
	pub fn url(&self) -> String {
		format!("ws://127.0.0.1:{}", self.rpc_port)
	}

	/// The port of its JSON-RPC.
	pub fn rpc_port(&self) -> u16 {
		self.rpc_port
	}

	/// The folder of its database and keys.
	pub fn base_path(&self) -> PathBuf {
		self.directory.join("base")
	}

	/// The address for other nodes.
	fn address(&self) -> String {
		let id = rpc::result(self.rpc_port, "system_localPeerId", json!([]));
		let id = id.as_str().expect("a node knows its name");
		format!("/ip4/127.0.0.1/tcp/{}/p2p/{id}", self.network_port)
	}

	/// A new connection.
	///
	/// # Panics
	///
	/// If the node does not answer.
	pub async fn client(&self) -> Client {
		Client::connect(&self.url()).await.unwrap_or_else(|error| panic!("{}: {error}", self.name))
	}

	fn launch(&mut self) {
		let mut command = Command::new(files::binary("assay-node"));
		command.args(&self.arguments).arg("--base-path").arg(self.base_path());
		let log = self.directory.join("log");
		self.process = Some(Process::start(format!("node {}", self.name), command, &log));
	}

	async fn wait_until_it_answers(&mut self) {
		let url = self.url();
		wait_for(&format!("node {} to answer", self.name), || async { Client::connect(&url).await.ok() })
			.await;
	}

	/// Ends it as a power cut would.
	///
	/// # Panics
	///
	/// If it is not running.
	pub fn kill_hard(&mut self) {
		self.process.take().unwrap_or_else(|| panic!("{} is not running", self.name)).kill_hard();
	}

	/// Starts it, or starts it again with the same database at the same ports.
	///
	/// # Panics
	///
	/// If it is running, or does not come up.
	pub async fn start(&mut self) {
		assert!(self.process.is_none(), "{} is running", self.name);
		self.launch();
		self.wait_until_it_answers().await;
	}

	/// Waits until it has a final block, that is, until enough validators are in touch.
	///
	/// # Panics
	///
	/// If that does not happen.
	pub async fn wait_for_finality(&self) {
		let client = self.client().await;
		let what = format!("node {} to see finality within {} s", self.name, PATIENCE.as_secs());
		wait_for(&what, || async { client.finalized_block().await.ok().filter(|block| *block > 0) }).await;
	}
}
