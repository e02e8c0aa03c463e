//! A network of as many validators as wanted, three and more: the local testnet with others added to its first block.

use crate::{
	files, keys,
	validators::{Validator, SESSION_SLOTS_KEY},
	wait::wait_for,
	ASY,
};
use assay_client::Client;
use assay_primitives::BlockNumber;
use serde_json::{json, Value};
use std::{
	path::{Path, PathBuf},
	process::Command,
	sync::OnceLock,
};
use tempfile::TempDir;

/// The validators there can be, and the keys that those who are not in the local testnet finalise with: ed25519, of the
/// same development account.
const ACCOUNTS: [(&str, &str); 5] = [
	("Alice", ""),
	("Bob", ""),
	("Charlie", ""),
	("Dave", "5ECTwv6cZ5nJQPk6tWfaTrEk8YH2L7X1VT4EL5Tx2ikfFwb7"),
	("Eve", "5Ck2miBfCe1JQ4cY3NDsXyBaD6EcsgiVmEFTWwqNSs25XDEq"),
];
/// Those of them that the local testnet has.
const BUILT_IN: usize = 3;
/// What each validator has at stake as an auditor.
const STAKE: u128 = 1_000 * ASY;
/// Where a chain's state has the milliseconds of a slot: the XX hash of `:SlotMilliseconds:`.
const SLOT_KEY: &str = "0x6d021f179162d19598912157ef751983";
/// What the keys of everything that BABE and GRANDPA have in a chain's state begin with: the XX hashes of their names.
const CONSENSUS_KEYS: [&str; 2] =
	["0x1cb6f36e027abb2091cfb5110ab5087f", "0x5f9cc45b7a00c5899361e1c6099678dc"];
/// More than any test lasts.
const ENDLESS_SESSIONS: u64 = 1_000_000;
/// How a chain in a hurry calls itself.
pub(crate) const HASTY: &str = "assay-hasty";

/// Slots in a session: ten minutes, as a runtime has it by itself.
pub const LONG_SESSIONS: u64 = 200;

/// Validators of one chain, all in its first block.
#[derive(Debug)]
pub struct Network {
	/// Alice, Bob, Charlie, …
	pub nodes: Vec<Validator>,
	// Last, so that it outlives the processes.
	directory: TempDir,
}

impl Network {
	/// A network of so many validators and with sessions of so many slots. None of them is started, and each knows only
	/// itself.
	///
	/// # Panics
	///
	/// If there are no so many accounts, or the specification cannot be made.
	pub fn new(validators: usize, slots: u64) -> Self {
		let directory = tempfile::tempdir().expect("there is room for a folder");
		let path = directory.path().join("network.json");
		write_specification(validators, slots, &path);
		let chain = files::argument(&path);
		let accounts = ACCOUNTS.get(..validators).expect("there are no so many accounts");
		let nodes = accounts
			.iter()
			.enumerate()
			.map(|(number, (account, _))| {
				let name = account.to_lowercase();
				Validator::new((&name, &format!("--{name}")), chain, number, directory.path(), &[])
			})
			.collect();
		Self { nodes, directory }
	}

	/// Starts so many validators, each with these arguments in addition, and waits until the chain finalises.
	///
	/// # Panics
	///
	/// If it does not.
	pub async fn start(validators: usize, arguments: &[&str]) -> Self {
		let mut network = Self::new(validators, LONG_SESSIONS);
		for node in &mut network.nodes {
			node.add_arguments(arguments);
		}
		network.launch().await;
		network
	}

	/// Starts every node, and waits until the chain finalises.
	///
	/// # Panics
	///
	/// If it does not.
	pub async fn launch(&mut self) {
		let mut addresses = Vec::new();
		for node in &mut self.nodes {
			node.know(&addresses);
			node.restart();
			addresses.push(node.address().await);
		}
		self.finalising().await;
	}

	/// Waits until every node that runs has seen a block become final.
	///
	/// # Panics
	///
	/// If that does not happen.
	pub async fn finalising(&self) {
		for node in self.nodes.iter().filter(|node| node.is_started()) {
			let client = node.client().await;
			finalised_after(&client, 0).await;
		}
	}

	/// The validator of that number.
	///
	/// # Panics
	///
	/// If there is none.
	pub fn node(&self, number: usize) -> &Validator {
		self.nodes.get(number).expect("there are no so many validators")
	}

	/// The validator of that number.
	///
	/// # Panics
	///
	/// If there is none.
	pub fn node_mut(&mut self, number: usize) -> &mut Validator {
		self.nodes.get_mut(number).expect("there are no so many validators")
	}

	/// A folder for whatever the test leaves behind.
	pub fn directory(&self) -> &Path {
		self.directory.path()
	}

	/// The raw specification of the chain.
	pub fn specification(&self) -> PathBuf {
		self.directory.path().join("network.json")
	}
}

/// Waits until a block after that one is final, and tells which.
///
/// # Panics
///
/// If that does not happen.
pub async fn finalised_after(client: &Client, block: BlockNumber) -> BlockNumber {
	wait_for(&format!("a block after {block} to be final"), || async {
		client.finalized_block().await.ok().filter(|finalised| *finalised > block)
	})
	.await
}

/// Writes the raw specification of a chain with so many validators.
///
/// # Panics
///
/// If the node cannot make it.
pub fn write_specification(validators: usize, slots: u64, path: &Path) {
	let mut plain = export(&["--chain", "local"]);
	let accounts = ACCOUNTS.get(BUILT_IN..validators).expect("there are no so many accounts");
	let patch = &mut plain["genesis"]["runtimeGenesis"]["patch"];
	for (account, finality) in accounts {
		let address = keys(&format!("//{account}")).account().to_ss58();
		let session_keys = json!({ "audit": address, "babe": address, "grandpa": finality });
		append(&mut patch["session"]["keys"], json!([address, address, session_keys]));
		append(&mut patch["compute"]["auditors"], json!([address, u64::try_from(STAKE).expect("fits")]));
		append(&mut patch["candidates"]["invulnerables"], json!(address));
	}
	plain["id"] = json!("assay-test");
	plain["protocolId"] = json!("assay-test");
	std::fs::write(path, plain.to_string()).expect("there is room for a file");
	let mut raw = export(&["--raw", "--chain", files::argument(path)]);
	set(&mut raw, SESSION_SLOTS_KEY, slots);
	std::fs::write(path, raw.to_string()).expect("there is room for a file");
}

/// Writes the raw specification of a chain with slots of so many milliseconds, in which windows of hundreds of blocks pass
/// while somebody waits. Of its validators, as many as wanted, Alice makes all blocks and finalises them: the others audit
/// and vote, and need no nodes of their own.
///
/// # Panics
///
/// If the node cannot make it.
pub fn write_hasty(validators: usize, milliseconds: u64, path: &Path) {
	// It takes ten seconds to make, and is the same for all tests.
	static ALONE: OnceLock<Value> = OnceLock::new();
	let alone = ALONE.get_or_init(|| export(&["--raw", "--chain", "dev"]));
	let mut raw = if validators > 1 {
		write_specification(validators, ENDLESS_SESSIONS, path);
		let text = std::fs::read_to_string(path).expect("it was just written");
		serde_json::from_str(&text).expect("a specification is JSON")
	} else {
		alone.clone()
	};
	let of_alice = alone["genesis"]["raw"]["top"].as_object().expect("a raw specification has a state");
	let is_consensus = |key: &&String| CONSENSUS_KEYS.iter().any(|prefix| key.starts_with(prefix));
	for (key, value) in of_alice.iter().filter(|(key, _)| is_consensus(key)) {
		raw["genesis"]["raw"]["top"][key] = value.clone();
	}
	set(&mut raw, SESSION_SLOTS_KEY, ENDLESS_SESSIONS);
	set(&mut raw, SLOT_KEY, milliseconds);
	raw["id"] = json!(HASTY);
	std::fs::write(path, raw.to_string()).expect("there is room for a file");
}

/// Gives a number in the first block's state another value.
fn set(raw: &mut Value, key: &str, value: u64) {
	raw["genesis"]["raw"]["top"][key] = json!(format!("0x{}", hex::encode(value.to_le_bytes())));
}

fn append(list: &mut Value, item: Value) {
	list.as_array_mut().expect("the local testnet has such a list").push(item);
}

fn export(arguments: &[&str]) -> Value {
	let output = Command::new(files::binary("assay-node"))
		.arg("export-chain-spec")
		.args(arguments)
		.output()
		.expect("the node can be started");
	assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
	serde_json::from_slice(&output.stdout).expect("a specification is JSON")
}
