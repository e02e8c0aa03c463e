//! Blobs between nodes: a request-response protocol on the node's own network.
//!
//! A node that is asked by its own clients, or by its auditor, for a blob that it does not have asks the peers it is
//! connected to who has it. The last piece comes first, because it proves the blob's length; then all others, from several
//! peers at once. Every piece of 1 MiB is checked against the blob's hash when it arrives, and written to the disk; what
//! is there survives a restart. A peer that sends a wrong piece loses its reputation, and is not asked for that blob any
//! more. A peer that is busy, slow or gone is given time, and others are asked meanwhile.
//!
//! The answering side sends only what hashes right, and to each peer only so much a second.
//!
//! If no peer has a blob some of them are told to find it: see [`finding`].
//!
//! The protocol is `/<hash of the first block>/blob/2`; its messages are in [`wire`].

mod fetch;
mod finding;
#[cfg(test)]
mod finding_tests;
mod limits;
#[cfg(test)]
mod network_tests;
#[cfg(test)]
mod room_tests;
mod server;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
mod wire;

pub(crate) use server::Server;

use super::{partial::Partial, BlobError, BlobPart, BlobStore};
use assay_primitives::Hash;
use fetch::Fetch;
use finding::MAX_HOPS;
use futures::future::BoxFuture;
use parking_lot::Mutex;
use sc_network::{
	service::traits::NetworkService, IfDisconnected, NetworkBackend, PeerId, ProtocolName, ReputationChange,
	RequestFailure,
};
use sp_runtime::traits::Block as BlockT;
use std::{
	collections::{HashMap, HashSet},
	sync::{
		atomic::{AtomicU8, Ordering},
		Arc, OnceLock,
	},
	time::Duration,
};
use tokio::{
	sync::{watch, Semaphore},
	time::Instant,
};

/// Requests that wait for an answer of this node. What comes beyond that is refused.
const MAX_WAITING: usize = 64;
/// How long a peer may take to answer.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(20);
/// Blobs that are fetched for clients at once.
const MAX_FETCHES: usize = 32;
/// Pieces that are waited for at once, for all blobs together. Bounds the memory that fetching takes.
const MAX_PIECES: usize = 32;
/// Last pieces that are waited for at once, to learn how long blobs are, for all together. Apart from the others, and more, so
/// that blobs of which nothing arrives do not keep others from being found.
const MAX_OPENINGS: usize = 64;

/// Peers remembered for what they sent for a blob. Their reputation has more memory.
const MAX_LIARS: usize = 1_024;

/// The times of a fetch. Shorter in tests.
#[derive(Clone, Copy, Debug)]
struct Pace {
	/// How often new peers are looked for.
	tick: Duration,
	/// After this long without a new piece a fetch is given up. What is there stays for the next one.
	stall: Duration,
	/// After this long, and as long again for each node there may be in between, a blob is not looked for any more that nobody
	/// says it has. So whoever was told to find it gives up before those that wait for the answer.
	search: Duration,
	/// How long an auditor waits, each time it looks, for a proof that somebody has the blob. The search goes on meanwhile. An
	/// auditor looks for three blocks, so this is shorter than one of them, and `finding_tests` shows that there is time in a
	/// tranche for what follows.
	proof: Duration,
	/// How long a fetch on behalf of peers goes on that none of them asks for any more.
	idle: Duration,
	/// The same for a fetch of this node's own. An auditor asks with every block that is final, and twice a minute if none is.
	own_idle: Duration,
	/// How long a client waits for the part it asks for, less than the minute after which it gives up.
	patience: Duration,
	/// How long the answer to a question, and a last piece, take at most until others are asked besides. Short, because an
	/// auditor does not wait for long, and many may keep silent; whoever has a slow line is not late for good.
	answer: Duration,
	/// The same for all other pieces: eight of them come at once.
	piece: Duration,
	/// How long a peer is left alone that did not answer, for the first time.
	back_off: Duration,
}

const PACE: Pace = Pace {
	tick: Duration::from_millis(500),
	stall: Duration::from_secs(45),
	search: Duration::from_secs(4),
	proof: Duration::from_secs(2),
	idle: Duration::from_secs(15),
	own_idle: Duration::from_secs(60),
	patience: Duration::from_secs(30),
	answer: Duration::from_millis(500),
	piece: Duration::from_secs(5),
	back_off: Duration::from_secs(1),
};

/// Why a blob could not be had from other nodes.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum ExchangeError {
	/// No peer has it.
	#[error(
		"blob {hash} is not here, and none of the {asked} nodes this one is connected to has it or finds it: upload \
		 it, or wait for a node that has it"
	)]
	NobodyHasIt {
		/// The blob.
		hash: Hash,
		/// How many peers there are.
		asked: usize,
	},
	/// It, or the part that was asked for, did not arrive in time. What arrived is kept: asking again goes on.
	#[error("blob {0} is on its way from other nodes and did not arrive in time: ask again")]
	NotInTime(Hash),
	/// A part of it is here, and it is still on its way.
	#[error("blob {0} is on its way from other nodes: ask again")]
	Arriving(Hash),
	/// Too many other blobs are being fetched.
	#[error("{limit} blobs are being fetched from other nodes: ask again later")]
	TooManyFetches {
		/// How many there may be.
		limit: usize,
	},
	/// The store refuses it.
	#[error(transparent)]
	Store(Arc<BlobError>),
}

impl From<BlobError> for ExchangeError {
	fn from(error: BlobError) -> Self {
		Self::Store(Arc::new(error))
	}
}

/// Other nodes, as far as the exchange needs them.
pub(crate) trait Peers: Send + Sync + 'static {
	/// Those there is a connection to.
	fn connected(&self) -> BoxFuture<'_, Vec<PeerId>>;

	/// Asks one of them.
	fn ask(&self, peer: PeerId, request: Vec<u8>) -> BoxFuture<'_, Result<Vec<u8>, RequestFailure>>;

	/// Says something about one.
	fn report(&self, peer: PeerId, change: ReputationChange);
}

/// The peers of the node's network.
pub(crate) struct Connections<F> {
	/// The network.
	pub(crate) network: Arc<dyn NetworkService>,
	/// Tells which peers there is a connection to.
	pub(crate) connected: F,
	/// The name of the protocol.
	pub(crate) protocol: ProtocolName,
}

impl<F: Fn() -> BoxFuture<'static, Vec<PeerId>> + Send + Sync + 'static> Peers for Connections<F> {
	fn connected(&self) -> BoxFuture<'_, Vec<PeerId>> {
		(self.connected)()
	}

	fn ask(&self, peer: PeerId, request: Vec<u8>) -> BoxFuture<'_, Result<Vec<u8>, RequestFailure>> {
		let asked =
			self.network.request(peer, self.protocol.clone(), request, None, IfDisconnected::ImmediateError);
		Box::pin(async move { asked.await.map(|(response, _)| response) })
	}

	fn report(&self, peer: PeerId, change: ReputationChange) {
		self.network.report_peer(peer, change);
	}
}

/// What the protocol is called on a chain.
pub(crate) fn protocol_name(genesis: &[u8], fork_id: Option<&str>) -> ProtocolName {
	let genesis = hex::encode(genesis);
	match fork_id {
		Some(fork) => format!("/{genesis}/{fork}/blob/2").into(),
		None => format!("/{genesis}/blob/2").into(),
	}
}

/// The protocol for the network's configuration, and the task that answers its requests with at most `rate` bytes a second
/// for each peer.
pub(crate) fn protocol<B: BlockT, N: NetworkBackend<B, B::Hash>>(
	name: ProtocolName,
	store: Arc<BlobStore>,
	rate: u64,
) -> (N::RequestResponseProtocolConfig, Server) {
	let (sender, requests) = async_channel::bounded(MAX_WAITING);
	let config = N::request_response_config(
		name,
		Vec::new(),
		wire::MAX_REQUEST,
		wire::MAX_RESPONSE,
		REQUEST_TIMEOUT,
		Some(sender),
	);
	(config, Server::new(store, requests, rate))
}

/// A fetch that others can wait for.
struct Download {
	progress: watch::Sender<Progress>,
	partial: OnceLock<Arc<Partial>>,
	/// How many nodes there may be between this one and the one that has it: [`finding::MAX_HOPS`] if this node wants it
	/// itself, and fewer as long as it is only its peers that do.
	hops: AtomicU8,
	/// When somebody last asked for it.
	asked: Mutex<Instant>,
}

impl Download {
	fn new(hops: u8) -> Self {
		Self {
			progress: watch::Sender::new(Progress::UnderWay),
			partial: OnceLock::new(),
			hops: AtomicU8::new(hops),
			asked: Mutex::new(Instant::now()),
		}
	}

	fn hops(&self) -> u8 {
		self.hops.load(Ordering::Relaxed)
	}

	/// Whether this node wants it itself.
	fn is_own(&self) -> bool {
		self.hops() >= MAX_HOPS
	}

	/// Notes that somebody asks for it.
	fn touch(&self) {
		*self.asked.lock() = Instant::now();
	}

	/// Whether nobody waits for it, nor has asked for it for that long.
	fn is_idle_for(&self, time: Duration) -> bool {
		self.progress.receiver_count() == 0 && self.asked.lock().elapsed() >= time
	}
}

/// How far a fetch is.
#[derive(Clone)]
enum Progress {
	/// Something may have arrived.
	UnderWay,
	/// It is over.
	Over(Result<(), ExchangeError>),
}

/// Gets blobs from this node's store, or else from other nodes. Share it with `Arc`.
pub(crate) struct Exchange {
	store: Arc<BlobStore>,
	peers: Arc<dyn Peers>,
	/// Where fetches run.
	runtime: tokio::runtime::Handle,
	permits: Arc<Semaphore>,
	openings: Arc<Semaphore>,
	downloads: Mutex<HashMap<Hash, Arc<Download>>>,
	liars: Arc<Liars>,
	/// What was looked for in vain on behalf of peers, and when.
	lost: Mutex<HashMap<Hash, Instant>>,
	pace: Pace,
}

/// Who sent something wrong for which blob, and is not asked for it again.
#[derive(Default)]
struct Liars(Mutex<HashSet<(PeerId, Hash)>>);

impl Liars {
	fn contains(&self, peer: &PeerId, hash: &Hash) -> bool {
		self.0.lock().contains(&(*peer, *hash))
	}

	fn insert(&self, peer: PeerId, hash: Hash) {
		let mut liars = self.0.lock();
		if liars.len() >= MAX_LIARS {
			liars.clear();
		}
		liars.insert((peer, hash));
	}
}

impl Exchange {
	/// Fetches what is not in `store` from `peers`, in tasks of `runtime`.
	pub(crate) fn new(store: Arc<BlobStore>, peers: Arc<dyn Peers>, runtime: tokio::runtime::Handle) -> Self {
		Self::with_pace(store, peers, runtime, PACE)
	}

	fn with_pace(
		store: Arc<BlobStore>,
		peers: Arc<dyn Peers>,
		runtime: tokio::runtime::Handle,
		pace: Pace,
	) -> Self {
		let (permits, openings) = (Semaphore::new(MAX_PIECES).into(), Semaphore::new(MAX_OPENINGS).into());
		let (downloads, liars, lost) = (Mutex::default(), Arc::default(), Mutex::default());
		Self { store, peers, runtime, permits, openings, downloads, liars, lost, pace }
	}

	/// The store of this node.
	pub(crate) fn store(&self) -> &Arc<BlobStore> {
		&self.store
	}

	/// Up to `limit` bytes of a blob from `offset` on, for a client of this node. If the blob is not here it is fetched, and
	/// the bytes are returned as soon as they are here.
	///
	/// # Errors
	///
	/// [`ExchangeError`]; [`ExchangeError::NotInTime`] after half a minute.
	pub(crate) async fn read(
		self: &Arc<Self>,
		hash: Hash,
		offset: u64,
		limit: usize,
	) -> Result<BlobPart, ExchangeError> {
		let deadline = Instant::now() + self.pace.patience;
		loop {
			let store = self.store.clone();
			match blocking(hash, move || store.read(&hash, offset, limit)).await? {
				Err(BlobError::Missing(_) | BlobError::Corrupted(_)) => {},
				result => return Ok(result?),
			}
			let download = self.join(hash, Some(MAX_FETCHES), MAX_HOPS)?;
			let mut progress = download.progress.subscribe();
			loop {
				let state = progress.borrow_and_update().clone();
				if let Some(partial) = download.partial.get().cloned() {
					if let Some(part) = blocking(hash, move || partial.read(offset, limit)).await?? {
						return Ok(part);
					}
				}
				if let Progress::Over(result) = state {
					result?;
					break;
				}
				match tokio::time::timeout_at(deadline, progress.changed()).await {
					Ok(Ok(())) => {},
					// The task is gone without a result only when the node shuts down.
					Ok(Err(_)) | Err(_) => return Err(ExchangeError::NotInTime(hash)),
				}
			}
			if Instant::now() >= deadline {
				return Err(ExchangeError::NotInTime(hash));
			}
		}
	}

	/// Waits until a blob is in the store, fetching it if need be.
	///
	/// # Errors
	///
	/// [`ExchangeError`].
	pub(crate) async fn obtain(self: &Arc<Self>, hash: Hash) -> Result<(), ExchangeError> {
		if self.store.has(&hash) {
			return Ok(());
		}
		let mut progress = self.join(hash, None, MAX_HOPS)?.progress.subscribe();
		loop {
			if let Progress::Over(result) = progress.borrow_and_update().clone() {
				return result;
			}
			progress.changed().await.map_err(|_| ExchangeError::NotInTime(hash))?;
		}
	}

	/// [`Exchange::obtain`] for a thread that is not one of the runtime's. Waits for `patience` at most, and not for long for
	/// what nobody proves to have, nor at all for what is known to be on its way.
	///
	/// # Errors
	///
	/// [`ExchangeError`]. After [`ExchangeError::Arriving`] it goes on, as long as it is asked for: see
	/// [`Exchange::arrived_of`]. After [`ExchangeError::NotInTime`] it is still being looked for: asking again goes on.
	pub(crate) fn obtain_blocking(
		self: &Arc<Self>,
		hash: Hash,
		patience: Duration,
	) -> Result<(), ExchangeError> {
		if self.store.has(&hash) {
			return Ok(());
		}
		if self.join(hash, None, MAX_HOPS)?.partial.get().is_some() {
			return Err(ExchangeError::Arriving(hash));
		}
		let (done, result) = std::sync::mpsc::sync_channel(1);
		let exchange = self.clone();
		// Not `block_on`, which panics when the node shuts down.
		self.runtime.spawn(async move {
			// Nobody listens any more after `patience`.
			let _ = done.send(tokio::select! {
				result = exchange.obtain(hash) => result,
				() = exchange.unproven(&hash) => Err(ExchangeError::NotInTime(hash)),
				() = tokio::time::sleep(patience) => Err(exchange.not_yet(hash)),
			});
		});
		result.recv_timeout(patience.saturating_mul(2)).unwrap_or_else(|_| Err(self.not_yet(hash)))
	}

	/// How many bytes are here of a blob that is on its way, and that somebody waits for. `None` if it is not on its way, or
	/// nobody has proved to have it.
	pub(crate) fn arrived_of(&self, hash: &Hash) -> Option<u64> {
		let download = self.downloads.lock().get(hash).cloned()?;
		download.touch();
		download.partial.get().map(|partial| partial.arrived())
	}

	/// What to say of a blob that is not here by now.
	fn not_yet(&self, hash: Hash) -> ExchangeError {
		match self.arrived_of(&hash) {
			Some(_) => ExchangeError::Arriving(hash),
			None => ExchangeError::NotInTime(hash),
		}
	}

	/// Ends after a while if nobody has proved by then that it has a blob that is being looked for.
	async fn unproven(&self, hash: &Hash) {
		tokio::time::sleep(self.pace.proof).await;
		let is_proven =
			self.downloads.lock().get(hash).is_none_or(|download| download.partial.get().is_some());
		if is_proven {
			std::future::pending().await
		}
	}

	/// The fetch of a blob over at most `hops` other nodes, which begins if there is none and no more than `limit` others.
	fn join(
		self: &Arc<Self>,
		hash: Hash,
		limit: Option<usize>,
		hops: u8,
	) -> Result<Arc<Download>, ExchangeError> {
		let mut downloads = self.downloads.lock();
		if let Some(download) = downloads.get(&hash) {
			download.hops.fetch_max(hops, Ordering::Relaxed);
			download.touch();
			return Ok(download.clone());
		}
		if let Some(limit) = limit.filter(|limit| downloads.len() >= *limit) {
			return Err(ExchangeError::TooManyFetches { limit });
		}
		let download = Arc::new(Download::new(hops));
		downloads.insert(hash, download.clone());
		let (exchange, own) = (self.clone(), download.clone());
		self.runtime.spawn(async move {
			let result = Fetch::new(&exchange, hash, own.clone()).run().await;
			// What others want and cannot have is no trouble of this node's, nor may they fill its log.
			let is_own = own.is_own();
			if is_own || result.is_ok() {
				exchange.store.metrics().fetch_ended(&result);
			}
			match &result {
				Ok(()) => log::info!(target: "blobs", "Blob {hash} was fetched from other nodes"),
				Err(error) if is_own => log::info!(target: "blobs", "Blob {hash} cannot be fetched: {error}"),
				Err(error) => log::debug!(target: "blobs", "Blob {hash} is not found for others: {error}"),
			}
			if !is_own {
				exchange.search_ended(hash, result.is_ok());
			}
			exchange.downloads.lock().remove(&hash);
			own.progress.send_replace(Progress::Over(result));
		});
		Ok(download)
	}
}

/// Runs something that waits for the disk.
async fn blocking<R: Send + 'static>(
	hash: Hash,
	work: impl FnOnce() -> R + Send + 'static,
) -> Result<R, ExchangeError> {
	// Without a result only when the node shuts down.
	tokio::task::spawn_blocking(work).await.map_err(|_| ExchangeError::NotInTime(hash))
}
