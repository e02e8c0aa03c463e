//! The connection to a node, and what every chain tells.

use crate::{events, ChainEvent, Error, NodeUrl};
use assay_primitives::{AccountId, Balance, BlockNumber, Hash};
use codec::Decode;
use futures::{stream::BoxStream, StreamExt, TryFutureExt};
use serde::de::DeserializeOwned;
use std::{collections::BTreeMap, sync::Arc, time::Duration};
use subxt::{
	backend::LegacyBackend,
	config::{
		substrate::{SubstrateConfig, SubstrateHeader},
		Hasher, RpcConfigFor,
	},
	dynamic::Value,
	ext::{
		jsonrpsee::{
			client_transport::ws::{Url, WsTransportClientBuilder},
			core::client::{async_client::PingConfig, Client as WebSocketClient},
		},
		scale_value::At,
	},
	rpcs::{
		client::{rpc_params, RpcClient, RpcParams},
		methods::legacy::LegacyRpcMethods,
	},
	utils::{AccountId32, H256},
	OnlineClient, OnlineClientAtBlock,
};

/// How long to wait for a connection.
const CONNECTION_TIMEOUT: Duration = Duration::from_secs(15);
/// How long to wait for the answer to one request. A node that has to fetch a blob first needs its time.
pub(crate) const REQUEST_TIMEOUT: Duration = Duration::from_secs(60);
/// How often the connection is tried when nothing else goes over it.
const PING_INTERVAL: Duration = Duration::from_secs(15);
/// The largest message: a chunk of a blob in base 64, or a chain's metadata in hexadecimal.
const MAX_MESSAGE_BYTES: u32 = 32 << 20;
/// Time between blocks where the chain does not say.
const DEFAULT_BLOCK_TIME: Duration = Duration::from_secs(3);

pub(crate) type Methods = LegacyRpcMethods<RpcConfigFor<SubstrateConfig>>;
pub(crate) type AtBlock = OnlineClientAtBlock<SubstrateConfig>;

/// A connection to a node. Clones share it.
///
/// It does not come back by itself when it is lost: [`Error::is_connection_lost`] says when to make a new one.
#[derive(Clone)]
pub struct Client {
	inner: Arc<Inner>,
}

struct Inner {
	url: NodeUrl,
	raw: RpcClient,
	methods: Methods,
	chain: OnlineClient<SubstrateConfig>,
	/// One transaction of an account at a time is given its nonce and handed to the pool.
	submissions: parking::Submissions,
}

/// Locks per account.
mod parking {
	use super::{AccountId, Arc, BTreeMap};
	use tokio::sync::{Mutex, OwnedMutexGuard};

	#[derive(Default)]
	pub(super) struct Submissions(Mutex<BTreeMap<AccountId, Arc<Mutex<()>>>>);

	impl Submissions {
		pub(super) async fn lock(&self, account: AccountId) -> OwnedMutexGuard<()> {
			let lock = Arc::clone(self.0.lock().await.entry(account).or_default());
			lock.lock_owned().await
		}
	}
}

impl std::fmt::Debug for Client {
	fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
		f.debug_struct("Client").field("url", &self.inner.url.as_str()).finish_non_exhaustive()
	}
}

/// What an account has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AccountBalance {
	/// Not held by anything. Some of it may be frozen.
	pub free: Balance,
	/// Held: escrow, deposits, stake.
	pub reserved: Balance,
	/// How much of free and reserved together must stay.
	pub frozen: Balance,
}

impl AccountBalance {
	/// What can be spent if the account is to go on existing.
	pub fn spendable(&self, existential_deposit: Balance) -> Balance {
		let untouchable = self.frozen.saturating_sub(self.reserved).max(existential_deposit);
		self.free.saturating_sub(untouchable)
	}
}

/// A block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockHeader {
	/// Its height.
	pub number: BlockNumber,
	/// Its hash.
	pub hash: Hash,
}

impl Client {
	/// Connects to the node at `url`, see [`NodeUrl::parse`].
	///
	/// # Errors
	///
	/// [`Error::InvalidUrl`], [`Error::Unreachable`], or [`Error::Incompatible`] if what answers is no Assay node.
	pub async fn connect(url: &str) -> Result<Self, Error> {
		let url = NodeUrl::parse(url)?;
		let unreachable = |reason: String| Error::Unreachable { url: url.clone(), reason };
		let raw = match tokio::time::timeout(CONNECTION_TIMEOUT, open(&url)).await {
			Ok(connection) => connection.map_err(unreachable)?,
			Err(_) => return Err(unreachable(format!("no answer in {} s", CONNECTION_TIMEOUT.as_secs()))),
		};
		let backend = LegacyBackend::builder().build(raw.clone());
		let chain = OnlineClient::from_backend_with_config(SubstrateConfig::new(), Arc::new(backend))
			.map_err(|error| Error::from_subxt("the chain's first block", error))
			.await?;
		let methods = Methods::new(raw.clone());
		let submissions = Default::default();
		let client = Self { inner: Arc::new(Inner { url, raw, methods, chain, submissions }) };
		client.check_runtime().await?;
		Ok(client)
	}

	/// Refuses chains of another kind early, with a better message than a failing call would give.
	async fn check_runtime(&self) -> Result<(), Error> {
		let at = self.at_finalized().await?;
		match at.metadata_ref().pallet_by_name("Compute") {
			Some(_) => Ok(()),
			None => Err(Error::Incompatible { reason: format!("{} has no pallet Compute", self.url()) }),
		}
	}

	/// Where the node is.
	pub fn url(&self) -> &NodeUrl {
		&self.inner.url
	}

	/// Hash of the chain's first block.
	pub fn genesis(&self) -> Hash {
		Hash(self.inner.chain.genesis_hash().0)
	}

	pub(crate) fn methods(&self) -> &Methods {
		&self.inner.methods
	}

	pub(crate) fn raw(&self) -> &RpcClient {
		&self.inner.raw
	}

	/// Waits until no other transaction of the account is between getting its nonce and reaching the pool.
	pub(crate) async fn submission_turn(&self, account: AccountId) -> tokio::sync::OwnedMutexGuard<()> {
		self.inner.submissions.lock(account).await
	}

	/// What the node answers to any method it has, for those that have no function of their own here.
	///
	/// # Errors
	///
	/// [`Error::Rpc`] if the node refuses, [`Error::MalformedAnswer`] if it answers something else than a `T`; those of any
	/// request to the node.
	pub async fn ask<T: DeserializeOwned>(
		&self,
		method: &str,
		parameters: &[serde_json::Value],
	) -> Result<T, Error> {
		let mut all = RpcParams::new();
		for parameter in parameters {
			all.push(parameter).map_err(|error| Error::from_raw(method, error))?;
		}
		self.request(method, all).await
	}

	pub(crate) async fn request<T: DeserializeOwned>(
		&self,
		method: &str,
		parameters: RpcParams,
	) -> Result<T, Error> {
		let answer = self.inner.raw.request(method, parameters).await;
		answer.map_err(|error| Error::from_raw(method, error))
	}

	pub(crate) async fn at_finalized(&self) -> Result<AtBlock, Error> {
		let at = self.inner.chain.at_current_block().await;
		at.map_err(|error| Error::from_subxt("the finalised block", error))
	}

	pub(crate) async fn at(&self, block: H256) -> Result<AtBlock, Error> {
		let at = self.inner.chain.at_block(block).await;
		at.map_err(|error| Error::from_subxt("a block", error))
	}

	async fn at_best(&self) -> Result<AtBlock, Error> {
		let hash = self.request("chain_getBlockHash", rpc_params![]).await?;
		self.at(hash).await
	}

	/// What the chain calls itself.
	///
	/// # Errors
	///
	/// Those of any request to the node.
	pub async fn chain_name(&self) -> Result<String, Error> {
		self.request("system_chain", rpc_params![]).await
	}

	async fn number_of(&self, block: Option<H256>) -> Result<BlockNumber, Error> {
		let method = "chain_getHeader";
		let header: Option<SubstrateHeader<H256>> = self.request(method, rpc_params![block]).await?;
		let malformed =
			|reason: &str| Error::MalformedAnswer { method: method.into(), reason: reason.into() };
		let header = header.ok_or_else(|| malformed("there is no such block"))?;
		header.number.try_into().map_err(|_| malformed("the height is no 32-bit number"))
	}

	/// Height of the best block.
	///
	/// # Errors
	///
	/// Those of any request to the node.
	pub async fn best_block(&self) -> Result<BlockNumber, Error> {
		self.number_of(None).await
	}

	/// Height of the last block that can no longer be reverted.
	///
	/// # Errors
	///
	/// Those of any request to the node.
	pub async fn finalized_block(&self) -> Result<BlockNumber, Error> {
		let hash = self.request("chain_getFinalizedHead", rpc_params![]).await?;
		self.number_of(Some(hash)).await
	}

	/// Hash of the block at this height on the best chain, if there is one.
	///
	/// # Errors
	///
	/// Those of any request to the node.
	pub async fn block_hash(&self, number: BlockNumber) -> Result<Option<Hash>, Error> {
		let hash: Option<H256> = self.request("chain_getBlockHash", rpc_params![number]).await?;
		Ok(hash.map(|hash| Hash(hash.0)))
	}

	/// The best blocks as they come, the current one first. Some may be left out when they come fast.
	///
	/// # Errors
	///
	/// Those of any request to the node.
	pub async fn best_blocks(&self) -> Result<BoxStream<'static, Result<BlockHeader, Error>>, Error> {
		let method = "chain_subscribeNewHeads";
		let hasher = *self.at_finalized().await?.hasher();
		let heads = self
			.raw()
			.subscribe::<SubstrateHeader<H256>>(method, rpc_params![], "chain_unsubscribeNewHeads")
			.await
			.map_err(|error| Error::from_raw(method, error))?;
		let blocks = heads.map(move |head| {
			let head = head.map_err(|error| Error::from_raw(method, error))?;
			let number = head.number.try_into().map_err(|_| Error::MalformedAnswer {
				method: method.into(),
				reason: "the height is no 32-bit number".into(),
			})?;
			let hash = Hash(hasher.hash(&codec::Encode::encode(&head)).0);
			Ok(BlockHeader { number, hash })
		});
		Ok(blocks.boxed())
	}

	/// The transactions in a block, as they are encoded there. `None` if the node does not know the block.
	///
	/// # Errors
	///
	/// Those of any request to the node.
	pub async fn transactions(&self, block: Hash) -> Result<Option<Vec<Vec<u8>>>, Error> {
		let body = self.methods().chain_get_block(Some(H256(block.0))).await;
		let body = body.map_err(|error| Error::from_raw("chain_getBlock", error))?;
		Ok(body.map(|body| body.block.extrinsics.into_iter().map(|transaction| transaction.0).collect()))
	}

	/// The time the chain means to leave between blocks.
	///
	/// # Errors
	///
	/// Those of any request to the node.
	pub async fn block_time(&self) -> Result<Duration, Error> {
		let milliseconds = self.constant::<u64>("Babe", "ExpectedBlockTime").await?;
		Ok(milliseconds.filter(|time| *time > 0).map_or(DEFAULT_BLOCK_TIME, Duration::from_millis))
	}

	/// When the best block was made, counted from 1970, as its author says. `None` at the first block.
	///
	/// # Errors
	///
	/// Those of any request to the node.
	pub async fn block_time_stamp(&self) -> Result<Option<Duration>, Error> {
		let stored = self.stored("Timestamp", "Now", Vec::new()).await?;
		let milliseconds = stored.and_then(|bytes| u64::decode(&mut bytes.as_slice()).ok());
		Ok(milliseconds.filter(|time| *time > 0).map(Duration::from_millis))
	}

	/// What an account must keep if it is to go on existing.
	///
	/// # Errors
	///
	/// Those of any request to the node.
	pub async fn existential_deposit(&self) -> Result<Balance, Error> {
		Ok(self.constant("Balances", "ExistentialDeposit").await?.unwrap_or_default())
	}

	async fn constant<T: Decode>(&self, pallet: &str, name: &str) -> Result<Option<T>, Error> {
		let at = self.at_finalized().await?;
		let constant =
			at.metadata_ref().pallet_by_name(pallet).and_then(|pallet| pallet.constant_by_name(name));
		constant.map(|constant| T::decode(&mut constant.value())).transpose().map_err(|error| {
			Error::Incompatible {
				reason: format!("the constant {pallet}.{name} is of another type: {error}"),
			}
		})
	}

	/// What an account has, in the best block. An account nobody has heard of has nothing.
	///
	/// # Errors
	///
	/// Those of any request to the node.
	pub async fn balance(&self, account: &AccountId) -> Result<AccountBalance, Error> {
		let what = "the account's balance";
		let at = self.at_best().await?;
		let address = subxt::storage::dynamic::<_, subxt::dynamic::Value>("System", "Account");
		let account = at
			.storage()
			.try_fetch(address, (AccountId32(account.0),))
			.await
			.map_err(|error| Error::from_subxt(what, error))?;
		let Some(account) = account else { return Ok(AccountBalance::default()) };
		let account = account.decode().map_err(|error| Error::from_subxt(what, error))?;
		let part = |name: &str| {
			let part = account.at("data").and_then(|data| data.at(name)).and_then(|part| part.as_u128());
			part.ok_or_else(|| Error::Incompatible { reason: format!("accounts have no {name} balance") })
		};
		Ok(AccountBalance { free: part("free")?, reserved: part("reserved")?, frozen: part("frozen")? })
	}

	/// The bytes of a storage entry at the best block. `None`: there are none, though the entry may have a default.
	pub(crate) async fn stored(
		&self,
		pallet: &str,
		entry: &str,
		keys: Vec<Value>,
	) -> Result<Option<Vec<u8>>, Error> {
		let at = self.at_best().await?;
		let address = subxt::storage::dynamic::<Vec<Value>, Value>(pallet, entry);
		let value = at.storage().try_fetch(address, keys).await;
		let value = value.map_err(|error| Error::from_subxt(entry, error))?;
		Ok(value.map(|value| value.into_bytes()))
	}

	/// Everything that happened in a block.
	///
	/// # Errors
	///
	/// Those of any request to the node; also if the node has forgotten the block's state.
	pub async fn events_at(&self, block: Hash) -> Result<Vec<ChainEvent>, Error> {
		let at = self.at(H256(block.0)).await?;
		let events =
			at.events().fetch().await.map_err(|error| Error::from_subxt("the block's events", error))?;
		events::read(&events, None)
	}
}

async fn open(url: &NodeUrl) -> Result<RpcClient, String> {
	let address = Url::parse(url.as_str()).map_err(|error| error.to_string())?;
	let (sender, receiver) = WsTransportClientBuilder::default()
		.connection_timeout(CONNECTION_TIMEOUT)
		.max_request_size(MAX_MESSAGE_BYTES)
		.max_response_size(MAX_MESSAGE_BYTES)
		.build(address)
		.await
		.map_err(|error| error.to_string())?;
	let client = WebSocketClient::builder()
		.request_timeout(REQUEST_TIMEOUT)
		.max_buffer_capacity_per_subscription(4_096)
		.enable_ws_ping(PingConfig::new().ping_interval(PING_INTERVAL).inactive_limit(2 * PING_INTERVAL))
		.build_with_tokio(sender, receiver);
	Ok(RpcClient::new(client))
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn frozen_money_counts_held_money_first() {
		let balance = AccountBalance { free: 100, reserved: 30, frozen: 50 };
		assert_eq!(balance.spendable(5), 80);
		assert_eq!(balance.spendable(60), 40);
		assert_eq!(AccountBalance { frozen: 500, ..balance }.spendable(1), 0);
		assert_eq!(AccountBalance::default().spendable(1), 0);
	}

	#[tokio::test]
	async fn nobody_at_home_is_said_with_the_address() {
		// A port that was free a moment ago.
		let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
		let address = listener.local_addr().unwrap();
		drop(listener);
		let error = Client::connect(&format!("ws://{address}")).await.unwrap_err();
		assert!(error.is_connection_lost());
		assert!(error.to_string().contains(&address.to_string()), "{error}");
		assert!(error.to_string().contains("assay-node --dev"), "{error}");
		assert!(matches!(Client::connect("http://x").await, Err(Error::InvalidUrl { .. })));
	}
}
