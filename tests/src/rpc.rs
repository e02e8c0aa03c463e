//! A node's JSON-RPC as any program sees it: plain HTTP over a socket, no client library in between.

use codec::{Compact, Encode};
use serde_json::{json, Value};
use std::{
	io::{Read, Write},
	net::TcpStream,
	time::Duration,
};

/// Longer than any answer takes, on a slow machine under load too.
const PATIENCE: Duration = Duration::from_secs(300);

/// The whole answer to a call.
///
/// # Panics
///
/// If there is none, or none that is JSON-RPC.
pub fn call(port: u16, method: &str, parameters: Value) -> Value {
	let request = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": parameters });
	let answer = exchange(port, &request.to_string());
	let answer: Value =
		serde_json::from_str(&answer).unwrap_or_else(|error| panic!("{method}: {error}: {answer}"));
	assert_eq!((&answer["jsonrpc"], &answer["id"]), (&json!("2.0"), &json!(1)), "{method}: {answer}");
	answer
}

/// The result of a call.
///
/// # Panics
///
/// If it fails.
pub fn result(port: u16, method: &str, parameters: Value) -> Value {
	let mut answer = call(port, method, parameters);
	assert!(answer.get("error").is_none(), "{method}: {answer}");
	answer["result"].take()
}

/// A call that fails: code, message and data.
#[derive(Clone, Debug)]
pub struct Failure {
	/// The error's number.
	pub code: i64,
	/// What it says.
	pub message: String,
	/// More, for machines; or null.
	pub data: Value,
}

/// How a call fails.
///
/// # Panics
///
/// If it does not.
pub fn failure(port: u16, method: &str, parameters: Value) -> Failure {
	let answer = call(port, method, parameters);
	let error = &answer["error"];
	let code = error["code"].as_i64();
	let message = error["message"].as_str();
	match (code, message) {
		(Some(code), Some(message)) => Failure { code, message: message.into(), data: error["data"].clone() },
		_ => panic!("{method} did not fail: {answer}"),
	}
}

/// The answer to any text, as text.
///
/// # Panics
///
/// If there is none.
pub fn exchange(port: u16, body: &str) -> String {
	let try_once = || -> std::io::Result<String> {
		let mut stream = TcpStream::connect(("127.0.0.1", port))?;
		stream.set_read_timeout(Some(PATIENCE))?;
		stream.set_write_timeout(Some(PATIENCE))?;
		// In version 1.0 the answer ends with the connection, and has no chunks.
		let length = body.len();
		let head = format!(
			"POST / HTTP/1.0\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
		);
		stream.write_all(head.as_bytes())?;
		stream.write_all(body.as_bytes())?;
		let mut answer = String::new();
		stream.read_to_string(&mut answer)?;
		Ok(answer)
	};
	let answer =
		try_once().unwrap_or_else(|error| panic!("the node does not answer at port {port}: {error}: {body}"));
	let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("not HTTP: {answer}"));
	let status = head.lines().next().unwrap_or_default();
	assert!(status.ends_with(" 200 OK"), "{status}: {body}");
	body.to_owned()
}

/// `0x` and the hexadecimal digits of a value's SCALE encoding.
pub fn scale_hex(value: &impl Encode) -> String {
	format!("0x{}", hex::encode(value.encode()))
}

/// Sends a call of pallet Compute as an unsigned ("general") transaction put together by hand, as somebody would who
/// wants to get around every check a client makes. Returns the refusal.
///
/// # Panics
///
/// If it is not refused.
pub fn smuggle(port: u16, call: u8, arguments: &impl Encode) -> Failure {
	/// Version 5, general.
	const PREAMBLE: u8 = 0b0100_0101;
	const EXTENSION_VERSION: u8 = 0;
	/// Immortal, nonce 0, no tip, no metadata hash. The other extensions are empty.
	const EXTENSIONS: [u8; 4] = [0; 4];
	const COMPUTE: u8 = 20;
	let mut body = vec![PREAMBLE, EXTENSION_VERSION];
	body.extend(EXTENSIONS);
	body.extend([COMPUTE, call]);
	arguments.encode_to(&mut body);
	let length = Compact(u32::try_from(body.len()).expect("a transaction is small"));
	let transaction = [length.encode(), body].concat();
	failure(port, "author_submitExtrinsic", json!([format!("0x{}", hex::encode(transaction))]))
}
