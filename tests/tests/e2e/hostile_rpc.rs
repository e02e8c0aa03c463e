//! The node's own methods, called with parameters that nobody would write: each answer is what was asked for, or an error
//! with a code that the documentation knows; none is longer than it can be, and the node lives.
//!
//! `ASSAY_RPC_CALLS` says how many calls, `ASSAY_SEED` where to begin; `make fuzz-bytes` makes many.

use assay_client::{codes, Client};
use assay_primitives::{BlobRef, Hash, Receipt};
use assay_tests::{job, keys, program, rpc, wait::wait_for, DevNode};
use serde_json::{json, Map, Value};

/// In the short run.
const CALLS: u64 = 1_500;
/// A piece of a blob is a mebibyte before base64 makes it longer by a third; nothing else is near that.
const LONGEST_RESULT: usize = 3 << 19;
/// What an error says, besides what it repeats of the call.
const LONGEST_ERROR: usize = 4 << 10;
/// What an error can repeat of a call, for each of its bytes: one that cannot be shown is written as `\\u{7f}`.
const MOST_REPEATED: usize = 8;
/// What JSON-RPC itself says of calls that make no sense: no JSON, no call, no method, no such parameters.
const JSON_RPC: [i32; 4] = [-32_700, -32_600, -32_601, -32_602];
/// The state of a block is not here.
const NO_STATE: i32 = -32_106;
/// What the caller can be told. Not in here: that the runtime failed, the database, or the disk.
const KNOWN: [i32; 19] = [
	NO_STATE,
	codes::UNKNOWN_JOB,
	codes::UNKNOWN_BATCH,
	codes::UNKNOWN_WORKER,
	codes::MALFORMED_ARGUMENT,
	codes::REFUSED,
	codes::UNKNOWN_AUDITOR,
	codes::NOT_CERTIFIABLE,
	codes::NO_RECORDS,
	codes::BLOB_MISSING,
	codes::BLOB_WRONG_HASH,
	codes::BLOB_WRONG_OFFSET,
	codes::BLOB_TOO_LARGE,
	codes::BLOB_QUOTA,
	codes::BLOB_CHUNK_TOO_LARGE,
	codes::BLOB_WRONG_LENGTH,
	codes::BLOB_MALFORMED_DATA,
	codes::BLOB_TOO_MANY_UPLOADS,
	codes::BLOB_NOT_IN_TIME,
];

/// Numbers that decide everything: the generator of Steele, Lea and Flood.
struct Chances(u64);

impl Chances {
	fn next(&mut self) -> u64 {
		self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
		let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
		let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
		mixed ^ (mixed >> 31)
	}

	fn below(&mut self, limit: usize) -> usize {
		let limit = u64::try_from(limit).expect("it is small").max(1);
		usize::try_from(self.next() % limit).expect("it is below the limit")
	}

	fn one_of<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
		&choices[self.below(choices.len())]
	}
}

/// Stands for JSON that a [`Value`] cannot be.
const MARKS: [(&str, &str); 4] = [
	("\"@whole\"", "340282366920938463463374607431768211456"),
	("\"@infinite\"", "1e999"),
	("\"@twice\"", r#"{"hash":0,"hash":1}"#),
	("\"@surrogate\"", r#""\ud800""#),
];
/// Levels of lists in lists.
const DEEP: usize = 20_000;

/// A value that belongs nowhere, or somewhere else.
fn hostile(chances: &mut Chances, valid: &[Value]) -> Value {
	let long = 1 << chances.below(18);
	match chances.below(24) {
		0 => Value::Null,
		1 => json!(true),
		2 => json!(-1),
		3 => json!(0),
		4 => json!(u32::MAX),
		5 => json!(u64::from(u32::MAX) + 1),
		6 => json!(u64::MAX),
		7 => json!(i64::MIN),
		8 => json!(0.5),
		9 => json!(chances.next()),
		10 => json!(chances.next() % 8),
		11 => json!(chances.next().to_string()),
		12 => json!(u128::MAX.to_string()),
		13 => json!(""),
		14 => json!(format!("0x{}", "f".repeat(chances.below(70)))),
		15 => json!(format!("0x{}", "ab".repeat(long))),
		16 => json!("\u{0}\u{7f}\u{202e}🦀".repeat(long / 8)),
		17 => json!(vec![chances.next() % 3; long / 8]),
		18 => json!({ "shared": { "blob": { "hash": "0x", "len": -1 } } }),
		19 => json!({}),
		20 => json!("@deep"),
		21 => json!(MARKS[chances.below(MARKS.len())].0.trim_matches('"')),
		_ => chances.one_of(valid).clone(),
	}
}

/// How many values there are in one, itself counted.
fn size(value: &Value) -> usize {
	1 + match value {
		Value::Array(items) => items.iter().map(size).sum(),
		Value::Object(fields) => fields.values().map(size).sum(),
		_ => 0,
	}
}

/// Changes the value with this number.
fn change(value: &mut Value, number: &mut usize, to: &mut dyn FnMut(&mut Value)) {
	if *number == 0 {
		to(value);
	}
	*number = number.wrapping_sub(1);
	match value {
		Value::Array(items) => items.iter_mut().for_each(|item| change(item, number, to)),
		Value::Object(fields) => fields.values_mut().for_each(|field| change(field, number, to)),
		_ => {},
	}
}

/// Replaces, removes or repeats a part of the parameters.
fn spoil(parameters: &mut Value, chances: &mut Chances, valid: &[Value]) {
	let mut number = chances.below(size(parameters));
	change(parameters, &mut number, &mut |part| match (chances.below(6), part) {
		(0, Value::Array(items)) => {
			items.pop();
		},
		(1, Value::Array(items)) => items.push(hostile(chances, valid)),
		(0, Value::Object(fields)) => {
			let name = fields.keys().next().cloned().unwrap_or_default();
			fields.remove(&name);
		},
		(1, Value::Object(fields)) => {
			fields.insert("more".into(), hostile(chances, valid));
		},
		(_, part) => *part = hostile(chances, valid),
	});
}

/// What there is to ask about.
struct World {
	/// The methods, their parameters' names, and values that make sense.
	methods: Vec<(String, Vec<(String, Value)>)>,
	/// Those values.
	valid: Vec<Value>,
}

impl World {
	async fn new(node: &DevNode, client: &Client) -> Self {
		let requester = keys("//Charlie");
		let program = program::countdown(1);
		let id = job::post(client, &requester, &program, b"", job::spec(&program, b"", 3)).await;
		let port = node.rpc_port();
		let job = rpc::result(port, "compute_getJob", json!([id]));
		let best = rpc::result(port, "chain_getBlockHash", json!([]));
		let account = json!(requester.account().to_ss58());
		let BlobRef { hash, len } = BlobRef::of(&program);
		let (other, zeros) = (BlobRef::of(&[0; 3]), json!("AAAA"));
		let receipt = Receipt {
			genesis: client.genesis(),
			job: id,
			batch: 0,
			attempt: 0,
			worker: requester.account(),
			outputs_root: Hash::of(b"outputs"),
			sealed: other,
			sealed_root: Hash::of(b"sealed"),
			key_commitment: Hash::of(b"key"),
		};
		let receipt = json!(rpc::scale_hex(&receipt.sign(requester.keypair())));
		let value = |method: &str, name: &str| match (method, name) {
			("compute_quote", "job") => job["spec"].clone(),
			(_, "job") => json!(id),
			(_, "at") => best.clone(),
			(_, "account") => account.clone(),
			("blob_upload", "hash") => json!(other.hash),
			("blob_upload", "len") => json!(other.len),
			(_, "hash") => json!(hash),
			(_, "len") => json!(len),
			(_, "data") => zeros.clone(),
			(_, "signed_receipt") => receipt.clone(),
			(_, "limit") => json!(100),
			(_, "hostile") => json!(100_000),
			(_, "batch" | "start" | "offset" | "first_set") => json!(0),
			_ => panic!("what is the parameter {name} of {method}?"),
		};
		let reference = include_str!("../../../docs/openrpc.json");
		let reference: Value = serde_json::from_str(reference).expect("docs/openrpc.json is JSON");
		let listed = reference["methods"].as_array().expect("a list");
		// Over HTTP there are no subscriptions, whatever their parameters.
		let names = listed.iter().map(|method| method["name"].as_str().expect("methods have names"));
		let methods: Vec<_> = names
			.zip(listed)
			.filter(|(name, _)| !name.contains("ubscribe"))
			.map(|(name, method)| {
				let parameters = method["params"].as_array().expect("a list").iter().map(|parameter| {
					let parameter = parameter["name"].as_str().expect("parameters have names");
					(parameter.to_owned(), value(name, parameter))
				});
				(name.to_owned(), parameters.collect())
			})
			.collect();
		let valid = methods.iter().flat_map(|(_, parameters): &(_, Vec<(_, Value)>)| {
			parameters.iter().map(|(_, value)| value.clone()).collect::<Vec<_>>()
		});
		let valid = valid.collect();
		Self { methods, valid }
	}

	/// A call, as text.
	fn request(&self, chances: &mut Chances) -> String {
		let (method, parameters) = chances.one_of(&self.methods);
		let given = parameters.iter().take(parameters.len() - chances.below(2).min(parameters.len()));
		let mut parameters = if chances.below(4) == 0 {
			Value::Object(given.cloned().collect::<Map<_, _>>())
		} else {
			given.map(|(_, value)| value.clone()).collect()
		};
		for _ in 0..chances.below(4) {
			spoil(&mut parameters, chances, &self.valid);
		}
		let call = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": parameters });
		let mut text = call.to_string();
		for (mark, stands_for) in MARKS {
			text = text.replace(mark, stands_for);
		}
		text.replace("\"@deep\"", &format!("{}{}", "[".repeat(DEEP), "]".repeat(DEEP)))
	}
}

/// Whether the call was answered with a result, if the answer is what it has to be.
fn judge(request: &str, answer: &str) -> Result<bool, String> {
	let parsed: Value = serde_json::from_str(answer).map_err(|error| format!("no JSON: {error}"))?;
	match (parsed.get("result"), parsed.get("error")) {
		(Some(_), None) if answer.len() <= LONGEST_RESULT => Ok(true),
		(None, Some(error)) => {
			let code = error["code"].as_i64().and_then(|code| i32::try_from(code).ok()).ok_or("no code")?;
			if !JSON_RPC.contains(&code) && !KNOWN.contains(&code) {
				return Err(format!("nobody knows the code {code}"));
			}
			if answer.len() > LONGEST_ERROR + MOST_REPEATED * request.len() {
				return Err(format!("the error has {} bytes", answer.len()));
			}
			error["message"].as_str().filter(|message| !message.is_empty()).ok_or("no message")?;
			Ok(false)
		},
		_ => Err("neither a result of a bounded length nor an error".into()),
	}
}

fn number_from(variable: &str) -> Option<u64> {
	std::env::var(variable).ok()?.parse().ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_asked_over_rpc_is_answered() {
	let node = DevNode::start().await;
	let client = node.client().await;
	let world = World::new(&node, &client).await;
	let seed = number_from("ASSAY_SEED").unwrap_or(0);
	let calls = number_from("ASSAY_RPC_CALLS").unwrap_or(CALLS);
	let mut results = 0u64;
	for seed in seed..seed + calls {
		let request = world.request(&mut Chances(seed));
		let answer = rpc::exchange(node.rpc_port(), &request);
		match judge(&request, &answer) {
			Ok(is_result) => results += u64::from(is_result),
			Err(problem) => panic!(
				"seed {seed}: {problem}: {} was answered {}",
				request.chars().take(2_000).collect::<String>(),
				answer.chars().take(2_000).collect::<String>(),
			),
		}
	}
	// Otherwise everything was refused before anybody looked at it.
	assert!(calls < 100 || (calls / 50..calls).contains(&results), "{results} of {calls} had a result");
	let log = std::fs::read_to_string(node.directory().join("node.log")).expect("a node has a log");
	assert!(!log.contains("panicked"), "something panicked:\n{log}");
	let height = client.best_block().await.expect("the node answers");
	let is_alive = || async { client.best_block().await.ok().filter(|best| *best > height) };
	wait_for("another block", is_alive).await;
}
