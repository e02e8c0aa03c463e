//! Answering other nodes.

use super::{
	limits::Limits,
	wire::{read_request, write_response, Request, Response, Want},
	Exchange,
};
use crate::blobs::{metrics::Answer, BlobError, BlobStatus, BlobStore};
use futures::stream::{FuturesUnordered, StreamExt};
use sc_network::{
	request_responses::{IncomingRequest, OutgoingResponse},
	PeerId, ReputationChange,
};
use std::{sync::Arc, time::Instant};

/// For what no node of this version sends.
const MALFORMED: ReputationChange = ReputationChange::new(-(1 << 24), "blob: malformed request");
/// What one request costs besides the bytes of its answer: so that questions are not free either.
const COST: usize = 512;

/// Answers requests for blobs.
pub(crate) struct Server {
	store: Arc<BlobStore>,
	/// What has the blobs that are on their way, and looks for those that peers want. Without it, none does.
	exchange: Option<Arc<Exchange>>,
	requests: async_channel::Receiver<IncomingRequest>,
	limits: Limits,
}

impl Server {
	pub(super) fn new(
		store: Arc<BlobStore>,
		requests: async_channel::Receiver<IncomingRequest>,
		rate: u64,
	) -> Self {
		Self { store, exchange: None, requests, limits: Limits::new(rate) }
	}

	/// Has `exchange` look for blobs that peers want, jobs name, and this node does not have.
	pub(crate) fn finding(self, exchange: Arc<Exchange>) -> Self {
		Self { exchange: Some(exchange), ..self }
	}

	/// Answers until the network shuts down.
	pub(crate) async fn run(mut self) {
		let mut answering = FuturesUnordered::new();
		loop {
			tokio::select! {
				request = self.requests.recv() => {
					let Ok(IncomingRequest { peer, payload, pending_response }) = request else { return };
					let metrics = self.store.metrics();
					let outcome = match read_request(&payload) {
						None => {
							metrics.answered(Answer::Malformed, 0);
							Err(MALFORMED)
						},
						Some(request) => match self.limits.admit(peer, Instant::now()) {
							Err(wait) => {
								metrics.answered(Answer::Busy, 0);
								Ok(Response::busy(wait))
							},
							Ok(()) => {
								let (store, exchange) = (self.store.clone(), self.exchange.clone());
								answering.push(async move {
									let read = move || count(&store, reply(&store, exchange.as_ref(), request));
									let answer = tokio::task::spawn_blocking(read).await;
									(peer, answer.ok(), pending_response)
								});
								continue;
							},
						},
					};
					respond(pending_response, outcome.map(write_response));
				},
				Some((peer, answer, pending)) = answering.next(), if !answering.is_empty() => {
					self.done(&peer, answer.as_ref().map_or(0, Vec::len));
					// Without an answer the channel closes, which the network takes for a refusal.
					if let Some(answer) = answer {
						respond(pending, Ok(answer));
					}
				},
			}
		}
	}

	fn done(&mut self, peer: &PeerId, bytes: usize) {
		self.limits.done(peer, bytes.saturating_add(COST));
	}
}

/// Counts an answer, and encodes it.
fn count(store: &BlobStore, response: Response) -> Vec<u8> {
	let answer = match &response {
		Response::Piece { .. } => Answer::Piece,
		Response::Length(_) => Answer::Length,
		Response::Missing => Answer::Missing,
		Response::Busy(_) => Answer::Busy,
	};
	let bytes = write_response(response);
	store.metrics().answered(answer, if answer == Answer::Piece { bytes.len() } else { 0 });
	bytes
}

fn respond(
	pending: futures::channel::oneshot::Sender<OutgoingResponse>,
	outcome: Result<Vec<u8>, ReputationChange>,
) {
	let response = match outcome {
		Ok(bytes) => OutgoingResponse { result: Ok(bytes), reputation_changes: vec![], sent_feedback: None },
		Err(change) => {
			OutgoingResponse { result: Err(()), reputation_changes: vec![change], sent_feedback: None }
		},
	};
	// The peer may be gone.
	let _ = pending.send(response);
}

/// What this node has to say, also about what is on its way here, or is to be found.
fn reply(store: &BlobStore, exchange: Option<&Arc<Exchange>>, request: Request) -> Response {
	match (answer(store, request), request.want, exchange) {
		(Response::Missing, Want::Find(hops), Some(exchange)) => exchange.look_for(request.hash, hops),
		(Response::Missing, Want::Piece(index), Some(exchange)) => exchange.arrived(&request.hash, index),
		(response, ..) => response,
	}
}

/// What this node has to say. Reads from the disk.
pub(super) fn answer(store: &BlobStore, request: Request) -> Response {
	let Request { hash, want } = request;
	match want {
		Want::Length | Want::Find(_) => match store.status(&hash) {
			BlobStatus::Complete { len } => Response::Length(len),
			_ => Response::Missing,
		},
		Want::Piece(index) => match store.piece(&hash, u64::from(index)) {
			Ok(piece) => piece.into(),
			Err(error @ BlobError::Io { .. }) => {
				log::error!(target: "blobs", "Blob {hash} cannot be sent: {error}");
				Response::Missing
			},
			Err(_) => Response::Missing,
		},
	}
}
