//! The node at hand: blocks as the chain accounts for them, storage, and its pool.

use crate::{error::Error, transactions::Draft};
use assay_client::Client;
use assay_primitives::{BlockNumber, Hash, JobId};
use assay_runtime::{Runtime, RuntimeCall, RuntimeEvent, UncheckedExtrinsic, VERSION};
use codec::Decode;
use frame_support::{dispatch::PerDispatchClass, weights::Weight, StorageHasher, Twox128};
use frame_system::{EventRecord, Phase};
use serde_json::{json, Value};
use sp_core::H256;
use sp_runtime::generic::Preamble;
use std::time::{Duration, Instant};

/// How often the node is asked for a new block.
const PAUSE: Duration = Duration::from_millis(100);
/// How long a block may take. Full blocks on a busy machine come late.
const BLOCK_PATIENCE: Duration = Duration::from_secs(120);
/// How long to wait before something is handed in again.
const RETRY_PAUSE: Duration = Duration::from_millis(500);
/// How often that is done.
const RETRIES: u32 = 60;
/// Most keys in one answer.
const PAGE: u32 = 500;

/// Codes of a node's pool, see `sc-rpc-api`.
mod pool {
	pub(super) const INVALID: i32 = 1010;
	pub(super) const BANNED: i32 = 1012;
	pub(super) const ALREADY_IMPORTED: i32 = 1013;
	pub(super) const TOO_LOW_PRIORITY: i32 = 1014;
	pub(super) const IMMEDIATELY_DROPPED: i32 = 1016;
}

/// What a transaction does, as far as the measurement tells them apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
	/// `balances.transfer_keep_alive`, what everything is compared with.
	Transfer,
	/// `compute.claim`.
	Claim,
	/// `compute.submit_receipt`.
	Receipt,
	/// `compute.submit_audit`.
	Report,
	/// `compute.reveal`.
	Reveal,
	/// `compute.accept`.
	Accept,
	/// Anything else.
	Other,
}

impl Kind {
	fn of(call: &RuntimeCall) -> Self {
		use pallet_compute::Call as Compute;
		match call {
			RuntimeCall::Balances(pallet_balances::Call::transfer_keep_alive { .. }) => Self::Transfer,
			RuntimeCall::Compute(Compute::claim { .. }) => Self::Claim,
			RuntimeCall::Compute(Compute::submit_receipt { .. }) => Self::Receipt,
			RuntimeCall::Compute(Compute::submit_audit { .. }) => Self::Report,
			RuntimeCall::Compute(Compute::reveal { .. }) => Self::Reveal,
			RuntimeCall::Compute(Compute::accept { .. }) => Self::Accept,
			_ => Self::Other,
		}
	}

	/// The call's name.
	pub fn name(self) -> &'static str {
		match self {
			Self::Transfer => "balances.transfer_keep_alive",
			Self::Claim => "compute.claim",
			Self::Receipt => "compute.submit_receipt",
			Self::Report => "compute.submit_audit",
			Self::Reveal => "compute.reveal",
			Self::Accept => "compute.accept",
			Self::Other => "another call",
		}
	}
}

/// The job a call is about.
fn job_of(call: &RuntimeCall) -> Option<JobId> {
	use pallet_compute::Call as Compute;
	let RuntimeCall::Compute(call) = call else { return None };
	match call {
		Compute::claim { job, .. } | Compute::reveal { job, .. } | Compute::accept { job, .. } => Some(*job),
		Compute::submit_receipt { signed } => Some(signed.receipt.job),
		Compute::submit_audit { report } => Some(report.job),
		_ => None,
	}
}

/// A transaction in a block. Inherents are none.
#[derive(Clone, Debug)]
pub(crate) struct Transaction {
	pub(crate) kind: Kind,
	/// The job it is about, if it is about one.
	pub(crate) job: Option<JobId>,
	/// Bytes it takes in the block.
	pub(crate) length: u64,
	/// What the chain took off the block for it, with what every transaction costs: picoseconds of reference time.
	pub(crate) weight: u64,
}

/// A block as the chain accounts for it. Weights are picoseconds of reference time.
#[derive(Clone, Debug)]
pub(crate) struct Block {
	pub(crate) number: BlockNumber,
	pub(crate) hash: Hash,
	/// Milliseconds of the chain's own clock.
	pub(crate) timestamp: u64,
	/// Ordinary transactions.
	pub(crate) normal: u64,
	/// Inherents and hooks.
	pub(crate) mandatory: u64,
	/// All classes together.
	pub(crate) weight: u64,
	/// Bytes of all extrinsics.
	pub(crate) length: u64,
	pub(crate) transactions: Vec<Transaction>,
	pub(crate) events: Vec<pallet_compute::Event<Runtime>>,
}

/// A node that runs the runtime this program was built with.
#[derive(Clone, Debug)]
pub(crate) struct Chain {
	client: Client,
}

/// Where a storage item lies.
pub(crate) fn storage_key(pallet: &str, item: &str) -> Vec<u8> {
	[Twox128::hash(pallet.as_bytes()), Twox128::hash(item.as_bytes())].concat()
}

fn hexadecimal(bytes: &[u8]) -> Value {
	Value::String(format!("0x{}", hex::encode(bytes)))
}

fn from_hexadecimal(text: &str) -> Option<Vec<u8>> {
	hex::decode(text.strip_prefix("0x")?).ok()
}

impl Chain {
	pub(crate) async fn connect(url: &str) -> Result<Self, Error> {
		let client = Client::connect(url).await?;
		let version: Value = client.ask("state_getRuntimeVersion", &[]).await?;
		let theirs = format!(
			"{} {} {}",
			version["specName"].as_str().unwrap_or_default(),
			version["specVersion"],
			version["transactionVersion"]
		);
		let ours = format!("{} {} {}", VERSION.spec_name, VERSION.spec_version, VERSION.transaction_version);
		if theirs != ours {
			return Err(Error::OtherRuntime { theirs, ours });
		}
		Ok(Self { client })
	}

	pub(crate) fn genesis(&self) -> Hash {
		self.client.genesis()
	}

	/// Fuel that the chain takes an auditor to burn in a block.
	pub(crate) async fn fuel_per_block(&self) -> Result<u64, Error> {
		Ok(self.client.parameters().await?.audit_fuel_per_block)
	}

	/// Name and version of the node.
	pub(crate) async fn node_version(&self) -> Result<String, Error> {
		Ok(self.client.ask("system_version", &[]).await?)
	}

	pub(crate) async fn best(&self) -> Result<BlockNumber, Error> {
		Ok(self.client.best_block().await?)
	}

	/// The number of the next transaction of an account.
	pub(crate) async fn nonce(&self, address: &str) -> Result<u32, Error> {
		Ok(self.client.ask("system_accountNextIndex", &[json!(address)]).await?)
	}

	/// The block after number `last`, as soon as there is one. A chain with one validator has no forks.
	pub(crate) async fn block_after(&self, last: BlockNumber) -> Result<Block, Error> {
		let start = Instant::now();
		let number = last.saturating_add(1);
		loop {
			if let Some(hash) = self.client.block_hash(number).await? {
				return self.block(number, hash).await;
			}
			if start.elapsed() > BLOCK_PATIENCE {
				return Err(Error::NoBlock { after: last, seconds: BLOCK_PATIENCE.as_secs() });
			}
			tokio::time::sleep(PAUSE).await;
		}
	}

	async fn block(&self, number: BlockNumber, hash: Hash) -> Result<Block, Error> {
		let unreadable = |what| Error::Unreadable { what, block: number };
		let (events, weights, timestamp, body) = futures::try_join!(
			self.value::<Vec<EventRecord<RuntimeEvent, H256>>>(number, hash, "System", "Events"),
			self.value::<PerDispatchClass<Weight>>(number, hash, "System", "BlockWeight"),
			self.value::<u64>(number, hash, "Timestamp", "Now"),
			async { Ok(self.client.ask::<Value>("chain_getBlock", &[json!(hash)]).await?) },
		)?;
		let body = body["block"]["extrinsics"].as_array().ok_or(unreadable("the list of extrinsics"))?;
		let extrinsics = body
			.iter()
			.map(|text| text.as_str().and_then(from_hexadecimal))
			.collect::<Option<Vec<_>>>()
			.ok_or(unreadable("an extrinsic"))?;
		let weight_of = |class| weights.get(class).ref_time();
		use frame_support::dispatch::DispatchClass::{Mandatory, Normal};
		let mut block = Block {
			number,
			hash,
			timestamp,
			normal: weight_of(Normal),
			mandatory: weight_of(Mandatory),
			weight: weights.total().ref_time(),
			length: extrinsics.iter().map(|bytes| bytes.len() as u64).sum(),
			transactions: Vec::new(),
			events: Vec::new(),
		};
		let weights = block.read_events(events)?;
		for (bytes, weight) in extrinsics.iter().zip(weights) {
			let extrinsic =
				UncheckedExtrinsic::decode(&mut &bytes[..]).map_err(|_| unreadable("an extrinsic"))?;
			let kind = Kind::of(&extrinsic.function);
			let weight = match weight {
				Applied::Well(weight) => weight,
				Applied::Badly(reason) => {
					return Err(Error::CallFailed { call: kind.name(), block: number, reason })
				},
			};
			if !matches!(extrinsic.preamble, Preamble::Bare(_)) {
				let job = job_of(&extrinsic.function);
				block.transactions.push(Transaction { kind, job, length: bytes.len() as u64, weight });
			}
		}
		Ok(block)
	}

	async fn value<T: Decode>(
		&self,
		block: BlockNumber,
		at: Hash,
		pallet: &'static str,
		item: &'static str,
	) -> Result<T, Error> {
		let value = self.storage(&storage_key(pallet, item), at).await?;
		value.and_then(|bytes| T::decode(&mut &bytes[..]).ok()).ok_or(Error::Unreadable { what: item, block })
	}

	/// The value of a key.
	pub(crate) async fn storage(&self, key: &[u8], at: Hash) -> Result<Option<Vec<u8>>, Error> {
		let value: Option<String> =
			self.client.ask("state_getStorage", &[hexadecimal(key), json!(at)]).await?;
		Ok(value.as_deref().and_then(from_hexadecimal))
	}

	/// All entries below a prefix: keys, and how long their values are.
	pub(crate) async fn entries(&self, prefix: &[u8], at: Hash) -> Result<Vec<(Vec<u8>, usize)>, Error> {
		let mut keys: Vec<Vec<u8>> = Vec::new();
		loop {
			let start = keys.last().map_or(Value::Null, |key| hexadecimal(key));
			let parameters = [hexadecimal(prefix), json!(PAGE), start, json!(at)];
			let page: Vec<String> = self.client.ask("state_getKeysPaged", &parameters).await?;
			if page.is_empty() {
				break;
			}
			keys.extend(page.iter().filter_map(|key| from_hexadecimal(key)));
		}
		let reads = keys.iter().map(|key| self.storage(key, at));
		let values = futures::future::try_join_all(reads).await?;
		Ok(keys.into_iter().zip(values).map(|(key, value)| (key, value.map_or(0, |v| v.len()))).collect())
	}

	/// Hands a transaction to the pool, again and again if it has no place for it yet or has not seen yet what the
	/// transaction stands on. What was found invalid once is refused for half an hour, so the next try is another
	/// transaction; what found no place stays the same one, because one that pays more would drive others out.
	pub(crate) async fn hand_in(&self, draft: &Draft) -> Result<(), Error> {
		let mut variant = 0;
		let mut attempts = 0;
		loop {
			let bytes = draft.encode(self.genesis(), variant);
			let handed: Result<String, _> =
				self.client.ask("author_submitExtrinsic", &[hexadecimal(&bytes)]).await;
			let Err(error) = handed else { return Ok(()) };
			attempts += 1;
			match error.rpc_code() {
				// There is one already that does the same.
				Some(pool::ALREADY_IMPORTED | pool::TOO_LOW_PRIORITY) => return Ok(()),
				Some(pool::IMMEDIATELY_DROPPED) if attempts < RETRIES => (),
				Some(pool::INVALID) if draft.is_fee_less() && attempts < RETRIES => variant += 1,
				Some(pool::BANNED) if attempts < RETRIES => variant += 1,
				_ => return Err(error.into()),
			}
			tokio::time::sleep(RETRY_PAUSE).await;
		}
	}
}

/// What became of an extrinsic: its weight, or why it failed.
enum Applied {
	Well(u64),
	Badly(String),
}

impl Block {
	/// Keeps the events of the pallet, and says what became of each extrinsic.
	fn read_events(&mut self, events: Vec<EventRecord<RuntimeEvent, H256>>) -> Result<Vec<Applied>, Error> {
		let mut applied = Vec::new();
		for EventRecord { phase, event, .. } in events {
			match event {
				RuntimeEvent::System(frame_system::Event::ExtrinsicSuccess { dispatch_info }) => {
					applied.push((phase, Applied::Well(dispatch_info.weight.ref_time())));
				},
				RuntimeEvent::System(frame_system::Event::ExtrinsicFailed { dispatch_error, .. }) => {
					applied.push((phase, Applied::Badly(format!("{dispatch_error:?}"))));
				},
				RuntimeEvent::Compute(event) => self.events.push(event),
				_ => (),
			}
		}
		// Extrinsics are applied in their order, and each ends with one of these events.
		let in_order = (0u32..).zip(&applied).all(|(i, (phase, _))| *phase == Phase::ApplyExtrinsic(i));
		if !in_order {
			return Err(Error::Unreadable { what: "the outcome of an extrinsic", block: self.number });
		}
		Ok(applied.into_iter().map(|(_, outcome)| outcome).collect())
	}
}
