//! What operators see and rely on: the node's metrics move with a job, every metric that the dashboard and the alerts
//! name exists, and what is not for strangers is not offered to them.

use assay_client::Client;
use assay_primitives::{
	view::{AuditorView, BatchView, JobStatus, JobView, Parameters},
	JobSpec,
};
use assay_tests::{files, job, keys, process::Process, program, rpc, wait::wait_for, Worker};
use codec::{DecodeAll, Encode};
use serde_json::{json, Value};
use std::{
	collections::{BTreeMap, BTreeSet},
	io::{Read, Write},
	net::{TcpListener, TcpStream},
	path::{Path, PathBuf},
	process::Command,
	time::Duration,
};
use tempfile::TempDir;

/// A development node with all its ports open to this machine.
struct Node {
	rpc_port: u16,
	metrics_port: u16,
	_process: Process,
	_directory: TempDir,
}

impl Node {
	/// With a validator's keys, for everybody knows those of the development chain.
	async fn start(arguments: &[&str]) -> Self {
		Self::start_on("dev", &[&["--alice", "--force-authoring"], arguments].concat()).await
	}

	async fn start_on(chain: &str, arguments: &[&str]) -> Self {
		let directory = tempfile::tempdir().expect("there is room for a folder");
		let ports: Vec<_> = (0..3)
			.map(|_| TcpListener::bind("127.0.0.1:0").expect("there are free ports"))
			.collect::<Vec<_>>()
			.iter()
			.map(|listener| listener.local_addr().expect("a bound socket has an address").port())
			.collect();
		let [rpc_port, network_port, metrics_port] = ports[..] else { panic!("three ports") };
		let mut command = Command::new(files::binary("assay-node"));
		command
			.args(["--chain", chain, "--no-mdns", "--no-telemetry", "--base-path"])
			.arg(directory.path().join("node"))
			.args(["--node-key", &format!("{:064x}", 1)])
			.args(["--rpc-port", &rpc_port.to_string()])
			.args(["--prometheus-port", &metrics_port.to_string()])
			.args(["--listen-addr", &format!("/ip4/127.0.0.1/tcp/{network_port}")])
			.args(arguments);
		let process = Process::start("the node", command, &directory.path().join("log"));
		let node = Self { rpc_port, metrics_port, _process: process, _directory: directory };
		node.client().await;
		node
	}

	fn url(&self) -> String {
		format!("ws://127.0.0.1:{}", self.rpc_port)
	}

	async fn client(&self) -> Client {
		wait_for("the node to answer", || async { Client::connect(&self.url()).await.ok() }).await
	}

	/// The node's metrics: each series with its labels, but for the chain's name, as Prometheus writes it.
	fn metrics(&self) -> BTreeMap<String, f64> {
		let exchange = || -> std::io::Result<String> {
			let mut stream = TcpStream::connect(("127.0.0.1", self.metrics_port))?;
			stream.set_read_timeout(Some(Duration::from_secs(60)))?;
			stream.write_all(b"GET /metrics HTTP/1.0\r\nHost: localhost\r\n\r\n")?;
			let mut answer = String::new();
			stream.read_to_string(&mut answer)?;
			Ok(answer)
		};
		let answer = exchange().expect("the node tells its metrics");
		let (_, body) = answer.split_once("\r\n\r\n").expect("it speaks HTTP");
		body.lines()
			.filter(|line| !line.starts_with('#'))
			.filter_map(|line| {
				let (series, value) = line.rsplit_once(' ')?;
				let series = ["assay-dev", "assay-quick"].iter().fold(series.to_owned(), |series, chain| {
					let label = format!("chain=\"{chain}\"");
					series.replace(&format!("{label},"), "").replace(&label, "")
				});
				Some((series.replace("{}", "").replace(",}", "}"), value.parse().ok()?))
			})
			.collect()
	}

	/// What a series is at.
	fn series(&self, name: &str) -> f64 {
		*self.metrics().get(name).unwrap_or_else(|| panic!("there is no {name}"))
	}

	/// Waits until a series has at least this value.
	async fn reaches(&self, series: &str, least: f64) -> f64 {
		wait_for(&format!("{series} to be at least {least}"), || async {
			self.metrics().get(series).copied().filter(|value| *value >= least)
		})
		.await
	}
}

/// A file of this repository.
fn in_repository(path: &str) -> PathBuf {
	Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the crate lies in the repository").join(path)
}

/// The names of metrics in a text: whatever begins like one.
fn named_metrics(text: &str) -> BTreeSet<String> {
	let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
	text.split(|c| !is_part(c))
		.filter(|word| word.starts_with("assay_") || word.starts_with("substrate_"))
		.map(ToString::to_string)
		.collect()
}

/// All expressions of a dashboard.
fn expressions(dashboard: &Value) -> Vec<&str> {
	let panels = dashboard["panels"].as_array().expect("a dashboard has panels");
	let targets = panels.iter().filter_map(|panel| panel["targets"].as_array()).flatten();
	targets.map(|target| target["expr"].as_str().expect("a target has an expression")).collect()
}

fn assert_named_metrics_exist(metrics: &BTreeMap<String, f64>) {
	let there: BTreeSet<_> =
		metrics.keys().map(|series| series.split('{').next().unwrap_or(series)).collect();
	let dashboard = files::read(&in_repository("contrib/grafana/assay-node.json"));
	let dashboard: Value = serde_json::from_slice(&dashboard).expect("the dashboard is JSON");
	let expressions = expressions(&dashboard);
	assert!(expressions.len() > 30, "{expressions:?}");
	let alerts = files::read(&in_repository("contrib/prometheus/assay-alerts.yml"));
	let alerts = String::from_utf8(alerts).expect("the alerts are text");
	for text in expressions.iter().copied().chain(alerts.lines().filter(|line| line.contains("expr:"))) {
		for name in named_metrics(text) {
			assert!(there.contains(name.as_str()), "{name} is named, and there is no such metric: {text}");
		}
	}
	// And the other way round: the dashboard shows all of the node's own.
	let shown: BTreeSet<_> = expressions.iter().flat_map(|text| named_metrics(text)).collect();
	for name in there.iter().filter(|name| name.starts_with("assay_")) {
		assert!(shown.contains(*name), "the dashboard does not show {name}");
	}
}

#[tokio::test(flavor = "multi_thread")]
async fn the_metrics_move_with_a_job() {
	// What no job names goes after half a minute here, and the jobs are counted as often.
	let node = Node::start(&["--blob-expiry", "30"]).await;
	let client = node.client().await;
	let before = node.metrics();
	for series in [
		"assay_job_events_total{event=\"posted\"}",
		"assay_batch_events_total{event=\"settled\"}",
		"assay_auditor_drawn_total",
		"assay_auditor_runs_total{result=\"outcome\"}",
		"assay_jobs{status=\"open\"}",
		"assay_blobs{state=\"complete\"}",
		"assay_blob_uploads_refused_total{reason=\"mismatch\"}",
	] {
		assert_eq!(before.get(series), Some(&0.0), "{series}: {before:#?}");
	}
	node.reaches("assay_auditor_stake_tokens", 1_000.0).await;

	let loose = client.upload(b"nobody posts a job with this").await.expect("there is room");
	let wrong = rpc::failure(node.rpc_port, "blob_upload", json!([keys_hash(7), 3, 0, "AAAA"]));
	assert_eq!(wrong.code, -32202, "{wrong:?}");
	let refused = node.metrics();
	assert_eq!(refused["assay_blob_uploads_refused_total{reason=\"mismatch\"}"], 1.0);
	assert!(refused["assay_blob_received_bytes_total"] >= loose.len as f64);

	let (code, input) = (program::countdown(1_000), b"the same for all".to_vec());
	// Long enough for the jobs to be counted while it is open.
	let spec = JobSpec { challenge_window: 20, ..job::spec(&code, &input, 4) };
	let id = job::post(&client, &keys("//Charlie"), &code, &input, spec).await;
	node.reaches("assay_jobs{status=\"open\"}", 1.0).await;
	node.reaches("assay_batches{stage=\"available\"}", 1.0).await;
	let mut worker = Worker::start_at(&node.url(), "//Bob", &["--stake", "10"]);
	node.reaches("assay_batches{stage=\"revealed\"}", 1.0).await;
	let view = job::closed(&client, id).await;
	assert_eq!((view.status, view.batches.settled), (JobStatus::Closed, 1));
	worker.stop().await;
	node.reaches("assay_job_events_total{event=\"closed\"}", 1.0).await;
	node.reaches("assay_jobs{status=\"closed\"}", 1.0).await;
	node.reaches("assay_blobs_removed_total{reason=\"expired\"}", 1.0).await;

	let after = node.metrics();
	for (series, least) in [
		("assay_job_events_total{event=\"posted\"}", 1.0),
		("assay_batch_events_total{event=\"claimed\"}", 1.0),
		("assay_batch_events_total{event=\"committed\"}", 1.0),
		("assay_batch_events_total{event=\"revealed\"}", 1.0),
		("assay_batch_events_total{event=\"settled\"}", 1.0),
		("assay_audit_reports_total{result=\"checked\"}", 1.0),
		("assay_auditor_drawn_total", 1.0),
		("assay_auditor_examinations_total{result=\"checked\"}", 1.0),
		("assay_auditor_reports_total{findings=\"checked\"}", 1.0),
		("assay_auditor_runs_total{result=\"outcome\"}", 1.0),
		("assay_auditor_run_seconds_total", 0.000_001),
		("assay_auditor_run_fuel_total", 1_000.0),
		("assay_auditor_earned_tokens", 0.1),
		("assay_blocks_total{events=\"read\"}", 5.0),
		("assay_batches{stage=\"settled\"}", 1.0),
		// The program, the input, and what the worker sealed.
		("assay_blobs{state=\"complete\"}", 3.0),
		("assay_blobs_received_total", 4.0),
		("assay_blob_room_bytes{room=\"used\"}", 3.0 * 4_096.0),
		("assay_rpc_views_total{by=\"node\"}", 2.0),
	] {
		assert!(after.get(series).is_some_and(|value| *value >= least), "{series}: {:?}", after.get(series));
	}
	for series in [
		"assay_blocks_total{events=\"unread\"}",
		"assay_auditor_unreported",
		"assay_auditor_runs_total{result=\"no_verdict\"}",
		"assay_slashes_total{who=\"worker\"}",
		"assay_jobs{status=\"open\"}",
		"assay_rpc_views_total{by=\"runtime\"}",
	] {
		assert_eq!(after.get(series), Some(&0.0), "{series}");
	}
	assert_named_metrics_exist(&after);
}

/// The development chain with the same runtime in other bytes: for this node it is as if it had been upgraded to one it does
/// not have.
fn with_other_code(path: &Path) {
	const CODE: &str = "0x3a636f6465";
	/// What follows the compressed code and is skipped by whoever decompresses it: four bytes.
	const SKIPPED: &str = "502a4d180400000000000000";
	let exported = Command::new(files::binary("assay-node"))
		.args(["export-chain-spec", "--chain", "quick"])
		.output()
		.expect("the node can be started");
	let mut raw: Value = serde_json::from_slice(&exported.stdout).expect("a specification is JSON");
	let code = &mut raw["genesis"]["raw"]["top"][CODE];
	*code = json!(format!("{}{SKIPPED}", code.as_str().expect("there is code")));
	std::fs::write(path, raw.to_string()).expect("there is room for a file");
}

/// A view as the runtime encodes it.
fn from_runtime<T: DecodeAll>(node: &Node, method: &str, arguments: &impl Encode, at: &Value) -> T {
	let answer = rpc::result(node.rpc_port, "state_call", json!([method, rpc::scale_hex(arguments), at]));
	let digits = answer.as_str().and_then(|text| text.strip_prefix("0x")).expect("hexadecimal");
	let bytes = hex::decode(digits).expect("hexadecimal");
	T::decode_all(&mut &bytes[..]).expect("the view's encoding")
}

/// Whoever answers, it is the same: the node from its own code, or the runtime of a chain with other code.
#[tokio::test(flavor = "multi_thread")]
async fn the_node_says_of_the_state_what_the_runtime_says() {
	let directory = tempfile::tempdir().expect("there is room for a folder");
	let other = directory.path().join("other.json");
	with_other_code(&other);
	for (chain, own, others) in [
		("quick", "assay_rpc_views_total{by=\"node\"}", "assay_rpc_views_total{by=\"runtime\"}"),
		(
			files::argument(&other),
			"assay_rpc_views_total{by=\"runtime\"}",
			"assay_rpc_views_total{by=\"node\"}",
		),
	] {
		let node = Node::start_on(chain, &["--alice", "--force-authoring"]).await;
		let client = node.client().await;
		let code = program::countdown(1_000);
		let id = job::post(&client, &keys("//Charlie"), &code, b"", job::spec(&code, b"", 3)).await;
		// Of one block, for with the next one the answer may be another.
		let at = rpc::result(node.rpc_port, "chain_getBlockHash", json!([]));
		let before = node.series(own);
		let ask = |method, mut arguments: Vec<Value>| {
			arguments.push(at.clone());
			rpc::result(node.rpc_port, method, Value::from(arguments))
		};
		let view: Option<JobView> = from_runtime(&node, "ComputeApi_job", &id, &at);
		assert_eq!(ask("compute_getJob", vec![json!(id)]), json!(view.expect("it is posted")));
		let view: Option<BatchView> = from_runtime(&node, "ComputeApi_batch", &(id, 0u32), &at);
		assert_eq!(ask("compute_getBatch", vec![json!(id), json!(0)]), json!(view.expect("it has one")));
		let view: Parameters = from_runtime(&node, "ComputeApi_parameters", &(), &at);
		assert_eq!(ask("compute_getParameters", vec![]), json!(view));
		let alice = keys("//Alice").account();
		let view: Option<AuditorView> = from_runtime(&node, "ComputeApi_auditor", &alice, &at);
		let answer = ask("compute_getAuditor", vec![json!(alice.to_ss58())]);
		assert_eq!(answer, json!(view.expect("she validates")));
		assert!(node.series(own) >= before + 4.0, "{chain}");
		assert_eq!(node.series(others), 0.0, "{chain}");
	}
}

/// A hash that nothing has.
fn keys_hash(byte: u8) -> String {
	format!("0x{}", hex::encode([byte; 32]))
}

/// Addresses of this machine at which somebody listens at a port, as the kernel writes them.
fn listening_at(port: u16) -> Vec<String> {
	let suffix = format!(":{port:04X}");
	["/proc/net/tcp", "/proc/net/tcp6"]
		.iter()
		.filter_map(|table| std::fs::read_to_string(table).ok())
		.flat_map(|table| table.lines().map(ToString::to_string).collect::<Vec<_>>())
		.filter_map(|line| {
			let mut fields = line.split_whitespace().skip(1).map(ToString::to_string);
			let (local, _, state) = (fields.next()?, fields.next()?, fields.next()?);
			Some(local.strip_suffix(&suffix)?.to_owned()).filter(|_| state == "0A")
		})
		.collect()
}

/// The first line of the answer to a request of so many bytes.
fn status_of_request(port: u16, bytes: usize) -> std::io::Result<String> {
	let mut stream = TcpStream::connect(("127.0.0.1", port))?;
	stream.set_read_timeout(Some(Duration::from_secs(60)))?;
	let head = format!(
		"POST / HTTP/1.0\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\nContent-Length: {bytes}\r\n\r\n"
	);
	stream.write_all(head.as_bytes())?;
	// The node may have hung up by then.
	let _ = stream.write_all(&vec![b' '; bytes]);
	let mut answer = Vec::new();
	let _ = stream.read_to_end(&mut answer);
	Ok(String::from_utf8_lossy(&answer).lines().next().unwrap_or_default().to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_get_nothing_that_is_not_for_them() {
	const LOOPBACK: &str = "0100007F";
	// A validator answers on its own machine only, and does not let itself be talked out of it.
	let refused = Command::new(files::binary("assay-node"))
		.args(["--chain", "local", "--validator", "--rpc-external", "--tmp"])
		.args(["--node-key", &format!("{:064x}", 1)])
		.output()
		.expect("the node can be started");
	let said = String::from_utf8_lossy(&refused.stderr);
	assert!(!refused.status.success() && said.contains("--rpc-external"), "{said}");

	let node = Node::start_on("local", &[]).await;
	assert_eq!(listening_at(node.metrics_port), [LOOPBACK]);
	// On the machine itself, the second address is that of version 6 of the protocol.
	let rpc = listening_at(node.rpc_port);
	assert!(rpc.iter().all(|address| address == LOOPBACK || address.ends_with("01000000")), "{rpc:?}");
	let keys = rpc::result(node.rpc_port, "author_rotateKeys", json!([]));
	assert!(keys.is_string(), "its operator may: {keys}");
	drop(node);

	let open = Node::start_on("local", &["--rpc-external"]).await;
	assert!(!listening_at(open.rpc_port).iter().any(|address| address == LOOPBACK));
	assert_eq!(listening_at(open.metrics_port), [LOOPBACK], "metrics are another matter");
	let key = keys_hash(1);
	for (method, parameters) in [
		("author_rotateKeys", json!([])),
		("author_insertKey", json!(["audt", "//Alice", key])),
		("author_removeExtrinsic", json!([[]])),
		("system_addReservedPeer", json!([format!("/ip4/127.0.0.1/tcp/1/p2p/{}", PEER)])),
		("system_addLogFilter", json!(["trace"])),
		("offchain_localStorageGet", json!(["PERSISTENT", "0x00"])),
	] {
		let failure = rpc::failure(open.rpc_port, method, parameters);
		assert!(failure.message.contains("unsafe"), "{method}: {failure:?}");
	}
	// What they may ask, they can, but not with as many bytes as they like.
	assert_eq!(rpc::result(open.rpc_port, "blob_status", json!([key]))["state"], "missing");
	let status = status_of_request(open.rpc_port, (15 << 20) + 1).expect("the node answers");
	assert!(status.is_empty() || status.contains(" 413 "), "{status}");
	let piece = "A".repeat(((1 << 20) + 3) / 3 * 4);
	let failure = rpc::failure(open.rpc_port, "blob_upload", json!([key, 2 << 20, 0, piece]));
	assert_eq!(failure.code, -32206, "{failure:?}");
	let failure = rpc::failure(open.rpc_port, "blob_upload", json!([key, (256u64 << 20) + 1, 0, "AAAA"]));
	assert_eq!(failure.code, -32204, "{failure:?}");
}

/// Somebody's identity on the network.
const PEER: &str = "12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp";
