//! A network within one process: its nodes have real stores, and answer with the real server.

use super::{wire::Request, Exchange, Pace, Peers, Server};
use crate::blobs::{BlobLimits, BlobStore};
use futures::{channel::oneshot, future::BoxFuture, FutureExt};
use parking_lot::Mutex;
use sc_network::{
	request_responses::IncomingRequest, OutboundFailure, PeerId, ReputationChange, RequestFailure,
};
use std::{sync::Arc, time::Duration};
use tempfile::TempDir;

pub(super) const LIMITS: BlobLimits = BlobLimits { max_size: 64 << 20, quota: 64 << 20, staging: 64 << 20 };

pub(super) const QUICK: Pace = Pace {
	tick: Duration::from_millis(10),
	stall: Duration::from_millis(700),
	search: Duration::from_millis(500),
	proof: Duration::from_secs(10),
	idle: Duration::from_secs(10),
	own_idle: Duration::from_secs(10),
	patience: Duration::from_secs(10),
	answer: Duration::from_secs(2),
	piece: Duration::from_secs(5),
	back_off: Duration::from_millis(2),
};

/// What is done to an answer on its way. `None` if it gets lost.
type Change = Box<dyn Fn(&Request, Vec<u8>) -> Option<Vec<u8>> + Send + Sync>;

/// How long a request is not answered.
type Silence = Box<dyn Fn(&Request) -> Option<Duration> + Send + Sync>;

struct Peer {
	id: PeerId,
	/// Then the network gives up waiting.
	silence: Silence,
	requests: async_channel::Sender<IncomingRequest>,
	change: Change,
	_directory: TempDir,
}

/// A network without wires.
#[derive(Default)]
pub(super) struct Network {
	peers: Mutex<Vec<Arc<Peer>>>,
	asked: Mutex<Vec<(PeerId, Request)>>,
	reports: Mutex<Vec<PeerId>>,
}

/// A store in a new directory.
pub(super) fn store() -> (TempDir, Arc<BlobStore>) {
	let directory = TempDir::new().unwrap();
	let store = Arc::new(BlobStore::open(directory.path(), LIMITS).unwrap());
	(directory, store)
}

impl Network {
	/// Adds a node that has a blob, and answers as it should.
	pub(super) fn add(&self, blob: &[u8]) -> PeerId {
		self.add_changed(blob, |_, answer| Some(answer))
	}

	/// Adds a node that has a blob, whose answers are changed on their way.
	pub(super) fn add_changed(
		&self,
		blob: &[u8],
		change: impl Fn(&Request, Vec<u8>) -> Option<Vec<u8>> + Send + Sync + 'static,
	) -> PeerId {
		let (directory, store) = store();
		store.insert(blob).unwrap();
		self.serve(directory, store, u64::MAX, change)
	}

	/// Adds a node with a store.
	pub(super) fn serve(
		&self,
		directory: TempDir,
		store: Arc<BlobStore>,
		rate: u64,
		change: impl Fn(&Request, Vec<u8>) -> Option<Vec<u8>> + Send + Sync + 'static,
	) -> PeerId {
		self.connect(directory, change, |requests| Server::new(store, requests, rate))
	}

	/// Adds a node that finds for its peers what jobs name, and fetches as `exchange` does.
	pub(super) fn serve_finding(&self, directory: TempDir, exchange: &Arc<Exchange>) -> PeerId {
		let (store, exchange) = (exchange.store().clone(), exchange.clone());
		self.connect(
			directory,
			|_, answer| Some(answer),
			|requests| Server::new(store, requests, u64::MAX).finding(exchange),
		)
	}

	fn connect(
		&self,
		directory: TempDir,
		change: impl Fn(&Request, Vec<u8>) -> Option<Vec<u8>> + Send + Sync + 'static,
		server: impl FnOnce(async_channel::Receiver<IncomingRequest>) -> Server,
	) -> PeerId {
		let (requests, receiver) = async_channel::bounded(64);
		tokio::spawn(server(receiver).run());
		let (id, change, silence) = (PeerId::random(), Box::new(change), Box::new(|_: &Request| None));
		self.peers.lock().push(Arc::new(Peer { id, silence, requests, change, _directory: directory }));
		id
	}

	/// Adds a node that has blobs, and keeps silent for that long about some requests.
	pub(super) fn add_silent(
		&self,
		blobs: &[Vec<u8>],
		silence: impl Fn(&Request) -> Option<Duration> + Send + Sync + 'static,
	) -> PeerId {
		let (directory, store) = store();
		for blob in blobs {
			store.insert(blob).unwrap();
		}
		let id = self.serve(directory, store, u64::MAX, |_, answer| Some(answer));
		let mut peers = self.peers.lock();
		let peer = peers.last_mut().and_then(Arc::get_mut).unwrap();
		peer.silence = Box::new(silence);
		id
	}

	/// Everything that was asked.
	pub(super) fn asked(&self) -> Vec<(PeerId, Request)> {
		self.asked.lock().clone()
	}

	/// Who was reported.
	pub(super) fn reports(&self) -> Vec<PeerId> {
		self.reports.lock().clone()
	}

	/// A node with a store that can ask all others.
	pub(super) fn exchange(self: &Arc<Self>, store: Arc<BlobStore>) -> Arc<Exchange> {
		self.exchange_at(store, QUICK)
	}

	/// The same at a pace.
	pub(super) fn exchange_at(self: &Arc<Self>, store: Arc<BlobStore>, pace: Pace) -> Arc<Exchange> {
		let runtime = tokio::runtime::Handle::current();
		Arc::new(Exchange::with_pace(store, self.clone(), runtime, pace))
	}
}

impl Peers for Network {
	fn connected(&self) -> BoxFuture<'_, Vec<PeerId>> {
		let peers = self.peers.lock().iter().map(|peer| peer.id).collect();
		async { peers }.boxed()
	}

	fn ask(&self, peer: PeerId, payload: Vec<u8>) -> BoxFuture<'_, Result<Vec<u8>, RequestFailure>> {
		let request = super::wire::read_request(&payload).expect("only requests are sent");
		self.asked.lock().push((peer, request));
		let peer = self.peers.lock().iter().find(|known| known.id == peer).cloned();
		async move {
			let peer = peer.ok_or(RequestFailure::NotConnected)?;
			if let Some(silence) = (peer.silence)(&request) {
				tokio::time::sleep(silence).await;
				return Err(RequestFailure::Network(OutboundFailure::Timeout));
			}
			let (pending_response, response) = oneshot::channel();
			let incoming = IncomingRequest { peer: peer.id, payload, pending_response };
			peer.requests.send(incoming).await.map_err(|_| RequestFailure::NotConnected)?;
			let answer = response.await.map_err(|_| RequestFailure::Refused)?;
			let answer = answer.result.map_err(|()| RequestFailure::Refused)?;
			(peer.change)(&request, answer).ok_or(RequestFailure::Obsolete)
		}
		.boxed()
	}

	fn report(&self, peer: PeerId, change: ReputationChange) {
		assert!(change.value < 0);
		self.reports.lock().push(peer);
	}
}

/// A node that is alone.
pub(crate) fn no_peers(store: BlobStore) -> Arc<Exchange> {
	Arc::new(Network::default()).exchange(Arc::new(store))
}
