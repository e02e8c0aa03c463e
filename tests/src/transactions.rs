//! Signed transactions put together by hand, with a tip that the client never gives.

use assay_client::{Call, Client, Keys};
use assay_primitives::Balance;
use codec::{Compact, Encode};
use serde_json::{json, Value};

/// Version 4, signed.
const SIGNED: u8 = 0b1000_0100;
/// A `MultiAddress` that is the account itself, and a `MultiSignature` that is of kind sr25519.
const ACCOUNT: u8 = 0;
const SR25519: u8 = 1;
const SIGNING_CONTEXT: &[u8] = b"substrate";
/// Longer payloads are signed as their hash.
const MOST_SIGNED: usize = 256;

/// Calls, each signed and with this tip, that follow each other from the account's next nonce on: as nodes take them.
///
/// # Panics
///
/// If the node does not answer, or if a call is too long for this.
pub async fn tipped(client: &Client, keys: &Keys, tip: Balance, calls: &[Call]) -> Vec<String> {
	let ask = |method: &'static str, parameters: Vec<Value>| async move {
		let answer: Value = client.ask(method, &parameters).await.unwrap_or_else(|error| panic!("{error}"));
		answer
	};
	let version = ask("state_getRuntimeVersion", Vec::new()).await;
	let number = |name: &str| {
		let number = version[name].as_u64().and_then(|number| u32::try_from(number).ok());
		number.unwrap_or_else(|| panic!("the runtime has no {name}: {version}"))
	};
	let (spec, transaction) = (number("specVersion"), number("transactionVersion"));
	let account = keys.account();
	let next = ask("system_accountNextIndex", vec![json!(account.to_ss58())]).await;
	let next = next.as_u64().expect("accounts have nonces");
	let genesis = client.genesis().0;
	let sign = |(nonce, call): (u64, &Call)| {
		let call = [&call.numbers()[..], &call.arguments()].concat();
		// Immortal, and no hash of the metadata. The other extensions are empty.
		let extension = (0u8, Compact(nonce), Compact(tip), 0u8).encode();
		let implicit = (spec, transaction, genesis, genesis, 0u8).encode();
		let payload = [&call[..], &extension, &implicit].concat();
		assert!(payload.len() <= MOST_SIGNED, "{} bytes", payload.len());
		let signature = keys.keypair().sign_simple(SIGNING_CONTEXT, &payload).to_bytes();
		let head = (SIGNED, ACCOUNT, account.0, SR25519, signature).encode();
		let body = [&head[..], &extension, &call].concat();
		format!("0x{}", hex::encode(body.encode()))
	};
	(next..).zip(calls).map(sign).collect()
}
