//! A network of one's own: the three validators of the local testnet and whoever joins them, connected over the loopback.

use crate::{files, node::free_ports, process::Process, rpc, wait::wait_for};
use assay_client::Client;
use assay_primitives::{BlockNumber, Hash};
use serde_json::{json, Value};
use std::{
	path::{Path, PathBuf},
	process::Command,
};
use tempfile::TempDir;

/// The keys of the chain's validators, as the node's flags name them.
const NAMES: [&str; 3] = ["alice", "bob", "charlie"];

const LOOPBACK: &str = "127.0.0.1";

/// Where a chain's state has the number of slots in a session: the XX hash of `:EpochSlots:`.
pub(crate) const SESSION_SLOTS_KEY: &str = "0xd5f469e1eed1ce4f2fb4169d7271dbf9";

/// One of the validators.
#[derive(Debug)]
pub struct Validator {
	name: String,
	/// The flag that gives it its keys, or makes it ready to be given some.
	role: String,
	chain: String,
	number: usize,
	rpc_port: u16,
	network_port: u16,
	arguments: Vec<String>,
	bootnodes: Vec<String>,
	/// What the node is started with, such as `ip netns exec NAME`.
	wrapper: Vec<String>,
	/// The IP address it listens at for other nodes.
	host: String,
	/// The IP address at which clients find it.
	rpc_host: String,
	process: Option<Process>,
	directory: PathBuf,
}

/// All of them.
#[derive(Debug)]
pub struct Validators {
	/// Alice.
	pub alice: Validator,
	/// Bob.
	pub bob: Validator,
	/// Charlie.
	pub charlie: Validator,
	// Last, so that it outlives the processes.
	directory: TempDir,
}

impl Validators {
	/// Starts them, each with these arguments in addition, and waits until each is connected to both others.
	///
	/// # Panics
	///
	/// If they do not get that far.
	pub async fn start(arguments: &[&str]) -> Self {
		Self::start_in(Self::folder(), "local", arguments).await
	}

	/// The same with sessions of so many slots, instead of those of ten minutes.
	///
	/// # Panics
	///
	/// If they do not get that far.
	pub async fn start_with_sessions_of(slots: u64, arguments: &[&str]) -> Self {
		let directory = Self::folder();
		let path = directory.path().join("network.json");
		let specification = with_sessions_of(slots).to_string();
		std::fs::write(&path, specification).expect("there is room for a file");
		Self::start_in(directory, files::argument(&path), arguments).await
	}

	fn folder() -> TempDir {
		tempfile::tempdir().expect("there is room for a folder")
	}

	async fn start_in(directory: TempDir, chain: &str, arguments: &[&str]) -> Self {
		let new = |number: usize| {
			let name = NAMES.get(number).copied().expect("there are three");
			Validator::new((name, &format!("--{name}")), chain, number, directory.path(), arguments)
		};
		let (mut alice, mut bob, mut charlie) = (new(0), new(1), new(2));
		// Each knows those before it: nobody has to be discovered first.
		alice.restart();
		bob.bootnodes = vec![alice.address().await];
		bob.restart();
		charlie.bootnodes = vec![alice.address().await, bob.address().await];
		charlie.restart();
		for node in [&alice, &bob, &charlie] {
			node.connected(2).await;
		}
		Self { alice, bob, charlie, directory }
	}

	/// A node that wants to validate, and has no keys yet. It is not started.
	///
	/// # Panics
	///
	/// If Alice is not running.
	pub async fn newcomer(&self, name: &str, number: usize) -> Validator {
		let directory = self.directory.path();
		let alice = &self.alice;
		let mut node =
			Validator::new((name, "--validator"), &alice.chain, number, directory, &["--name", name]);
		node.bootnodes = vec![alice.address().await];
		node
	}

	/// Starts them with short sessions, and with them the node of Dave, who wants to be the fourth and has no keys yet.
	/// Waits until the three finalise and the fourth is connected.
	///
	/// # Panics
	///
	/// If they do not get that far.
	pub async fn start_with_dave() -> (Self, Validator) {
		/// Half a minute.
		const SESSION_SLOTS: u64 = 10;
		let genesis = Self::start_with_sessions_of(SESSION_SLOTS, &[]).await;
		genesis.finalising().await;
		let mut dave = genesis.newcomer("dave", NAMES.len()).await;
		dave.restart();
		dave.connected(1).await;
		(genesis, dave)
	}

	/// Waits until the chain has finalised something, which takes all three.
	///
	/// # Panics
	///
	/// If it does not.
	pub async fn finalising(&self) {
		for node in [&self.alice, &self.bob, &self.charlie] {
			let client = node.client().await;
			wait_for(&format!("{} to finalise a block", node.name), || async {
				client.finalized_block().await.ok().filter(|block: &BlockNumber| *block > 0)
			})
			.await;
		}
	}

	/// A folder for whatever the test leaves behind.
	pub fn directory(&self) -> &Path {
		self.directory.path()
	}
}

impl Validator {
	pub(crate) fn new(
		(name, role): (&str, &str),
		chain: &str,
		number: usize,
		directory: &Path,
		arguments: &[&str],
	) -> Self {
		let (rpc_port, network_port) = free_ports();
		Self {
			name: name.to_owned(),
			role: role.to_owned(),
			chain: chain.to_owned(),
			number,
			rpc_port,
			network_port,
			arguments: arguments.iter().map(ToString::to_string).collect(),
			bootnodes: Vec::new(),
			wrapper: Vec::new(),
			host: LOOPBACK.into(),
			rpc_host: LOOPBACK.into(),
			process: None,
			directory: directory.join(name),
		}
	}

	/// Gives the node more arguments, from its next start on.
	pub fn add_arguments(&mut self, arguments: &[&str]) {
		self.arguments.extend(arguments.iter().map(ToString::to_string));
	}

	/// Tells the node of others, from its next start on.
	pub fn know(&mut self, addresses: &[String]) {
		self.bootnodes.extend_from_slice(addresses);
	}

	/// Has the node started by another program, such as `ip netns exec NAME`.
	pub fn wrap(&mut self, wrapper: &[&str]) {
		self.wrapper = wrapper.iter().map(ToString::to_string).collect();
	}

	/// Where the node listens for other nodes, and where clients find it: IP addresses.
	pub fn place(&mut self, host: &str, rpc_host: &str) {
		host.clone_into(&mut self.host);
		rpc_host.clone_into(&mut self.rpc_host);
	}

	/// Whether it was started and not ended.
	pub fn is_started(&self) -> bool {
		self.process.is_some()
	}

	/// How it calls itself.
	pub fn name(&self) -> &str {
		&self.name
	}

	fn command(&self) -> Command {
		let node = files::binary("assay-node");
		match self.wrapper.split_first() {
			None => Command::new(node),
			Some((program, arguments)) => {
				let mut command = Command::new(program);
				command.args(arguments).arg(node);
				command
			},
		}
	}

	/// Starts it again with the same database and the same blobs.
	///
	/// # Panics
	///
	/// If it is running, or cannot be started.
	pub fn restart(&mut self) {
		assert!(self.process.is_none(), "{} is still running", self.name);
		std::fs::create_dir_all(&self.directory).expect("there is room for a folder");
		let mut command = self.command();
		command
			.args(["--chain", &self.chain, &self.role])
			.arg("--base-path")
			.arg(self.base_path())
			.arg("--blob-path")
			.arg(self.blobs())
			.args(["--node-key", &format!("{:064x}", self.number.saturating_add(1))])
			.args(["--rpc-port", &self.rpc_port.to_string()])
			.args(["--listen-addr", &format!("/ip4/{}/tcp/{}", self.host, self.network_port)])
			.args(["--no-mdns", "--no-prometheus", "--no-telemetry"])
			.args(self.bootnodes.iter().flat_map(|bootnode| ["--bootnodes", bootnode]))
			.args(&self.arguments);
		let log = self.directory.join("log");
		self.process = Some(Process::start(&self.name, command, &log));
	}

	/// Ends it in an orderly manner. Its database and its blobs stay.
	///
	/// # Panics
	///
	/// If it is not running, or does not end well.
	pub async fn stop(&mut self) {
		let mut process = self.process.take().unwrap_or_else(|| panic!("{} is not running", self.name));
		let status = process.stop().await;
		assert!(status.success(), "{} ended with {status}:\n{}", self.name, process.log());
	}

	/// Ends it as a power cut would.
	///
	/// # Panics
	///
	/// If it is not running.
	pub fn kill_hard(&mut self) {
		let mut process = self.process.take().unwrap_or_else(|| panic!("{} is not running", self.name));
		process.kill_hard();
	}

	/// The address for clients.
	pub fn url(&self) -> String {
		format!("ws://{}:{}", self.rpc_host, self.rpc_port)
	}

	/// The port of its JSON-RPC.
	pub fn rpc_port(&self) -> u16 {
		self.rpc_port
	}

	/// A new connection.
	///
	/// # Panics
	///
	/// If the node does not answer.
	pub async fn client(&self) -> Client {
		wait_for(&format!("{} to answer", self.name), || async { Client::connect(&self.url()).await.ok() })
			.await
	}

	/// Its number as a process.
	///
	/// # Panics
	///
	/// If it is not running.
	pub fn process_id(&self) -> u32 {
		self.process.as_ref().unwrap_or_else(|| panic!("{} is not running", self.name)).id()
	}

	/// Where it keeps its database and its keys.
	pub fn base_path(&self) -> PathBuf {
		self.directory.join("node")
	}

	/// Where it keeps blobs.
	pub fn blobs(&self) -> PathBuf {
		self.directory.join("blobs")
	}

	/// The file of a blob that it has.
	pub fn blob_file(&self, hash: &Hash) -> PathBuf {
		let digits = hex::encode(hash.0);
		let (shard, _) = digits.split_at(2);
		self.blobs().join("blobs").join(shard).join(&digits)
	}

	/// `missing`, `partial` or `complete`.
	///
	/// # Panics
	///
	/// If the node does not answer.
	pub fn blob_state(&self, hash: &Hash) -> String {
		let answer = rpc::result(self.rpc_port, "blob_status", json!([hash]));
		answer["state"].as_str().expect("a state").to_owned()
	}

	/// Waits until it is connected to this many others.
	///
	/// # Panics
	///
	/// If that does not happen.
	pub async fn connected(&self, others: u64) {
		// Answers only once the node does.
		self.client().await;
		wait_for(&format!("{} to be connected", self.name), || async {
			let health = rpc::result(self.rpc_port, "system_health", json!([]));
			health["peers"].as_u64().filter(|peers| *peers >= others)
		})
		.await;
	}

	/// Where others find it, once it runs.
	///
	/// # Panics
	///
	/// If it does not answer.
	pub async fn address(&self) -> String {
		let id: String = self.client().await.ask("system_localPeerId", &[]).await.expect("the node answers");
		format!("/ip4/{}/tcp/{}/p2p/{id}", self.host, self.network_port)
	}
}

/// The local testnet, raw, with a number of slots in a session that its runtime does not have by itself.
fn with_sessions_of(slots: u64) -> Value {
	let output = Command::new(files::binary("assay-node"))
		.args(["export-chain-spec", "--chain", "local", "--raw"])
		.output()
		.expect("the node can be started");
	assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
	let mut specification: Value = serde_json::from_slice(&output.stdout).expect("a specification is JSON");
	let slots = format!("0x{}", hex::encode(slots.to_le_bytes()));
	specification["genesis"]["raw"]["top"][SESSION_SLOTS_KEY] = json!(slots);
	specification
}
