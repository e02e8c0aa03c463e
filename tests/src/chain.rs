//! What the chain itself says: events, money in all.

use crate::rpc;
use assay_client::{AccountBalance, ChainEvent, Client, ComputeEvent};
use assay_primitives::{AccountId, Balance, BatchIndex, BlockNumber, JobId};
use codec::Decode;
use serde_json::json;

/// The storage key of `Balances.TotalIssuance`: the XX hashes of both names.
const TOTAL_ISSUANCE: &str = "0xc2261276cc9d1f8598ea4b6a74b15c2f57c875e4cff74148e4628f264b974c80";

/// All the money there is.
///
/// # Panics
///
/// If the node does not tell.
pub fn total_issuance(port: u16) -> Balance {
	let value = rpc::result(port, "state_getStorage", json!([TOTAL_ISSUANCE]));
	let digits = value.as_str().and_then(|text| text.strip_prefix("0x")).expect("there is money");
	let bytes = hex::decode(digits).expect("nodes answer in hexadecimal");
	Balance::decode(&mut &bytes[..]).expect("the issuance is a 128-bit number")
}

/// What an account has.
///
/// # Panics
///
/// If the node does not tell.
pub async fn balance(client: &Client, account: &AccountId) -> AccountBalance {
	client.balance(account).await.unwrap_or_else(|error| panic!("{error}"))
}

/// What an account has, free and held.
///
/// # Panics
///
/// If the node does not tell.
pub async fn wealth(client: &Client, account: &AccountId) -> Balance {
	let balance = balance(client, account).await;
	balance.free.checked_add(balance.reserved).expect("there is less money than that")
}

/// Everything that happened to jobs, batches and workers from block `from` to the best one.
///
/// # Panics
///
/// If the node does not tell.
pub async fn history(client: &Client, from: BlockNumber) -> Vec<ComputeEvent> {
	let best = client.best_block().await.unwrap_or_else(|error| panic!("{error}"));
	let mut history = Vec::new();
	for number in from..=best {
		let hash = client.block_hash(number).await.unwrap_or_else(|error| panic!("{error}"));
		let hash = hash.unwrap_or_else(|| panic!("block {number} is gone"));
		let events = client.events_at(hash).await.unwrap_or_else(|error| panic!("block {number}: {error}"));
		history.extend(events.into_iter().filter_map(|event| match event {
			ChainEvent::Compute(event) => Some(event),
			ChainEvent::Other { .. } => None,
		}));
	}
	history
}

/// How often a batch was claimed.
pub fn claims(history: &[ComputeEvent], wanted: (JobId, BatchIndex)) -> usize {
	let is_claim = |event: &&ComputeEvent| matches!(event, ComputeEvent::BatchClaimed { job, batch, .. } if (*job, *batch) == wanted);
	history.iter().filter(is_claim).count()
}

/// Every event by which a worker loses money.
pub fn convictions(history: &[ComputeEvent]) -> Vec<&ComputeEvent> {
	let is_conviction = |event: &&ComputeEvent| {
		matches!(event, ComputeEvent::WorkerSlashed { .. } | ComputeEvent::ClaimPenalised { .. })
	};
	history.iter().filter(is_conviction).collect()
}
