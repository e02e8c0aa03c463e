//! A public network, from its template: made with keys that did not exist before, started, and left to light clients.

use assay_client::Client;
use assay_tests::{files, process::Process, rpc, wait::wait_for};
use serde_json::{json, Value};
use std::{
	net::TcpListener,
	path::{Path, PathBuf},
	process::Command,
};

/// The address of //Alice, whose key everybody knows.
const ALICE: &str = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";

fn repository() -> &'static Path {
	Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the crate lies in the repository")
}

fn read_json(path: &Path) -> Value {
	serde_json::from_slice(&files::read(path)).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Runs `scripts/chain-spec.sh`.
fn make(out: &Path, arguments: &[&str]) {
	let output = Command::new(repository().join("scripts/chain-spec.sh"))
		.env("ASSAY_NODE", files::binary("assay-node"))
		.args(["--out", files::argument(out)])
		.args(arguments)
		.output()
		.expect("bash is there");
	assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn free_ports() -> [u16; 2] {
	let listeners = [(); 2].map(|()| TcpListener::bind("127.0.0.1:0").expect("there are free ports"));
	listeners.map(|listener| listener.local_addr().expect("a bound socket has an address").port())
}

struct Validator {
	rpc_port: u16,
	address: String,
	_process: Process,
}

async fn client(port: u16) -> Client {
	let url = format!("ws://127.0.0.1:{port}");
	wait_for("a validator to answer", || async { Client::connect(&url).await.ok() }).await
}

/// Starts a validator whose keys lie in its folder.
async fn start(specification: &Path, folder: &Path, known: &[&Validator]) -> Validator {
	let [rpc_port, network_port] = free_ports();
	let mut command = Command::new(files::binary("assay-node"));
	command
		.args(["--validator", "--chain", files::argument(specification), "--base-path"])
		.arg(folder.join("base"))
		.args(["--rpc-port", &rpc_port.to_string()])
		.args(["--listen-addr", &format!("/ip4/127.0.0.1/tcp/{network_port}")])
		// Nodes of a public network look for others at public addresses only.
		.args(["--allow-private-ip", "--no-mdns", "--no-prometheus"])
		.args(known.iter().flat_map(|node| ["--bootnodes", &node.address]));
	let process = Process::start(folder.display().to_string(), command, &folder.join("log"));
	client(rpc_port).await;
	let id = rpc::result(rpc_port, "system_localPeerId", json!([]));
	let id = id.as_str().expect("a node has an identity");
	Validator { rpc_port, address: format!("/ip4/127.0.0.1/tcp/{network_port}/p2p/{id}"), _process: process }
}

/// What the node fills in, and nothing else, is different from the template.
fn assert_made_from_template(plain: &Path) {
	let template = read_json(&repository().join("chain-specs/testnet.template.json"));
	let mut plain = read_json(plain);
	assert!(!plain.to_string().contains(ALICE), "nobody's key is known to others");
	assert_eq!(plain["telemetryEndpoints"], Value::Null);
	assert_eq!(plain["properties"]["tokenSymbol"], "ASY");
	assert_eq!(
		plain["bootNodes"],
		json!(["/dns/boot.example.org/tcp/30333/p2p/12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp"])
	);
	let genesis = &mut plain["genesis"]["runtimeGenesis"];
	assert!(genesis["code"].as_str().is_some_and(|code| code.len() > 100_000));
	let keys = genesis["patch"]["session"]["keys"].as_array().expect("there are session keys");
	assert_eq!(keys.len(), 3);
	genesis["code"] = json!("0x");
	let patch = &mut genesis["patch"];
	patch["balances"]["balances"] = json!([]);
	patch["candidates"]["invulnerables"] = json!([]);
	patch["compute"]["auditors"] = json!([]);
	patch["session"]["keys"] = json!([]);
	patch["sudo"]["key"] = Value::Null;
	plain["bootNodes"] = json!([]);
	assert_eq!(plain, template);
}

/// What a light client begins with.
fn assert_light_clients_can_begin(node: &Validator, raw: &Value) {
	let mut light = rpc::result(node.rpc_port, "sync_state_genSyncSpec", json!([true]));
	let state = light["lightSyncState"].take();
	for part in ["finalizedBlockHeader", "babeEpochChanges", "grandpaAuthoritySet"] {
		assert!(state[part].as_str().is_some_and(|hex| hex.len() > 64), "{part}: {state}");
	}
	// Blocks of primary slots count, and there may be none so early.
	assert!(state["babeFinalizedBlockWeight"].is_u64(), "{state}");
	assert_eq!(light["genesis"], raw["genesis"], "it is the same chain");
	assert_eq!(light["id"], raw["id"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn three_new_validators_start_a_network_from_the_template() {
	let directory = tempfile::tempdir().expect("there is room for a folder");
	let out = directory.path().join("first");
	let bootnode = "/dns/boot.example.org/tcp/30333/p2p/12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp";
	make(&out, &["--generate", "3", "--bootnodes", bootnode]);
	let (plain, raw) = (out.join("testnet.json"), out.join("testnet-raw.json"));
	assert_made_from_template(&plain);

	// The same keys make the same files.
	let sudo = read_json(&plain)["genesis"]["runtimeGenesis"]["patch"]["sudo"]["key"].clone();
	let again = directory.path().join("again");
	let keys: PathBuf = out.join("validators.json");
	let sudo = sudo.as_str().expect("somebody may upgrade the chain");
	make(&again, &["--keys", files::argument(&keys), "--sudo", sudo, "--bootnodes", bootnode]);
	for name in ["testnet.json", "testnet-raw.json"] {
		assert!(files::read(&out.join(name)) == files::read(&again.join(name)), "{name} is different");
	}

	let folder = |number: usize| out.join(format!("validator-{number}"));
	let first = start(&raw, &folder(1), &[]).await;
	let second = start(&raw, &folder(2), &[&first]).await;
	let _third = start(&raw, &folder(3), &[&first, &second]).await;
	let client = client(first.rpc_port).await;
	wait_for("the new network to finalise blocks", || async {
		client.finalized_block().await.ok().filter(|block| *block > 1)
	})
	.await;
	let validators = client.validators().await.expect("the node answers");
	let wanted = read_json(&keys);
	for validator in wanted.as_array().expect("a list of validators") {
		let account = validator["account"].as_str().expect("an address");
		assert!(
			validators.iter().any(|validator| validator.to_ss58() == account),
			"{account}: {validators:?}"
		);
	}
	assert_eq!(validators.len(), 3);
	assert_light_clients_can_begin(&first, &read_json(&raw));
}

#[test]
fn a_network_that_cannot_work_is_not_made() {
	let directory = tempfile::tempdir().expect("there is room for a folder");
	let refusal = |validators: &str, arguments: &[&str]| {
		let path = directory.path().join("validators.json");
		std::fs::write(&path, validators).expect("there is room for a file");
		let output = Command::new(files::binary("assay-node"))
			.args(["create-chain-spec", "--validators", files::argument(&path)])
			.args(arguments)
			.output()
			.expect("the node can be started");
		assert!(!output.status.success(), "{validators} {arguments:?}");
		String::from_utf8_lossy(&output.stderr).into_owned()
	};
	let grandpa = "5FA9nQDVg267DEd8m1ZypXLBnvN7SFxYwV7ndqSYGiN9TTpu";
	let alice = format!(
		"{{\"account\":\"{ALICE}\",\"babe\":\"{ALICE}\",\"grandpa\":\"{grandpa}\",\"audit\":\"{ALICE}\"}}"
	);
	let sudo = ["--sudo", ALICE];
	for (validators, arguments, reason) in [
		("[]", &sudo[..], "there are no validators"),
		("{}", &sudo, "is no list of validators"),
		("[{\"account\":\"5\",\"babe\":\"5\",\"grandpa\":\"5\",\"audit\":\"5\"}]", &sudo, "5 is no address"),
		(&format!("[{alice},{alice}]"), &sudo, "is there twice"),
		(&format!("[{alice}]"), &["--sudo", "nobody"], "nobody is no address"),
		(&format!("[{alice}]"), &["--sudo", ALICE, "--stake", "2000"], "takes all of --endowment"),
		(
			&format!("[{alice}]"),
			&["--sudo", ALICE, "--supply", "100000000"],
			"more than a specification can say",
		),
	] {
		let said = refusal(validators, arguments);
		assert!(said.contains(reason), "{reason}: {said}");
	}
}
