//! Fetching one blob from the peers that have it.

use super::{
	blocking,
	finding::MAX_TOLD,
	limits::MAX_IN_FLIGHT_PER_PEER,
	wire::{read_response, Request, Response, Want},
	Download, Exchange, ExchangeError, Liars, Pace, Peers, Progress,
};
use crate::blobs::{
	partial::Partial,
	pieces::{self, ProvenPiece},
	BlobError, BlobStore,
};
use assay_primitives::Hash;
use codec::Encode;
use futures::{
	future::BoxFuture,
	stream::{FuturesUnordered, StreamExt},
	FutureExt,
};
use sc_network::{PeerId, ReputationChange};
use std::{
	collections::{BTreeSet, HashMap},
	sync::Arc,
	time::Duration,
};
use tokio::{
	sync::{OwnedSemaphorePermit, Semaphore},
	time::Instant,
};

/// For a piece that is not what it should be. Three of them cost a peer its connection; none is sent in error, because
/// nodes check what they send.
const WRONG_PIECE: ReputationChange = ReputationChange::new(-(1 << 29), "blob: wrong piece");
/// For an answer that is none.
const MALFORMED: ReputationChange = ReputationChange::new(-(1 << 27), "blob: malformed answer");
/// Peers asked whether they have a blob, at once.
const MAX_PROBES: usize = 16;
/// With this many peers that have the blob no others are looked for.
const ENOUGH: usize = 8;
/// Pieces of one blob that are under way at once.
const MAX_IN_FLIGHT: usize = 16;
/// Peers that are to find a blob at once, if none has it. Each that does keeps it.
const MAX_FINDERS: usize = 4;
/// After this many looks around for peers, those that have not said yet whether they have the blob are not waited for.
const LOOKS: u32 = 2;
/// Peers asked at once for the last piece, while the blob's length is not known.
const MAX_OPENING: usize = 2;
/// After this many failures in a row a peer is not asked any more.
const MAX_FAILURES: u32 = 5;
/// The longest time that a peer can ask to be left alone.
const MAX_PAUSE: Duration = Duration::from_secs(10);

/// What is known of a peer.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Standing {
	/// Nothing yet.
	New,
	/// It was asked.
	Asked,
	/// It says that it has the blob, with this length.
	Has(u64),
	/// It does not have the blob, or not any more, and may find it.
	Without,
	/// It was told to find it.
	Looking,
	/// It is of no use for this blob.
	Useless,
}

struct Candidate {
	standing: Standing,
	in_flight: usize,
	failures: u32,
	not_before: Instant,
}

/// What came of a request.
enum Outcome {
	/// The peer has the blob, it says.
	Has(u64),
	/// A piece that proves the blob's length.
	Opened(ProvenPiece),
	/// The piece is on the disk.
	Stored,
	/// The peer does not have it.
	Without,
	/// Later.
	Busy(Duration),
	/// What came is not what it should be.
	Wrong(ReputationChange),
	/// Nothing came.
	Failed,
	/// This node's own trouble.
	Trouble(ExchangeError),
}

struct Event {
	peer: PeerId,
	want: Want,
	/// Whether it was asked for to learn the blob's length.
	is_opening: bool,
	outcome: Outcome,
}

/// The fetch of one blob.
pub(super) struct Fetch {
	hash: Hash,
	store: Arc<BlobStore>,
	peers: Arc<dyn Peers>,
	permits: Arc<Semaphore>,
	liars: Arc<Liars>,
	pace: Pace,
	download: Arc<Download>,
	candidates: HashMap<PeerId, Candidate>,
	running: FuturesUnordered<BoxFuture<'static, Event>>,
	probing: usize,
	opening: usize,
	/// The pieces that are neither here nor under way.
	todo: BTreeSet<u32>,
	last_progress: Instant,
	began: Instant,
	/// How often peers were looked for.
	looks: u32,
	/// How many peers were told to find it.
	told: usize,
}

impl Fetch {
	pub(super) fn new(exchange: &Exchange, hash: Hash, download: Arc<Download>) -> Self {
		Self {
			hash,
			store: exchange.store.clone(),
			peers: exchange.peers.clone(),
			permits: exchange.permits.clone(),
			liars: exchange.liars.clone(),
			pace: exchange.pace,
			download,
			candidates: HashMap::new(),
			running: FuturesUnordered::new(),
			probing: 0,
			opening: 0,
			todo: BTreeSet::new(),
			last_progress: Instant::now(),
			began: Instant::now(),
			looks: 0,
			told: 0,
		}
	}

	/// Fetches the blob into the store.
	pub(super) async fn run(mut self) -> Result<(), ExchangeError> {
		if let Some(len) = self.store.fetched_len(&self.hash) {
			if self.open(len, None).await? {
				return Ok(());
			}
		}
		let mut tick = tokio::time::interval(self.pace.tick);
		tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
		loop {
			tokio::select! {
				_ = tick.tick() => self.look_around().await?,
				Some(event) = self.running.next(), if !self.running.is_empty() => {
					if self.handle(event).await? {
						return Ok(());
					}
				},
			}
			self.schedule();
			if self.running.is_empty() && !self.is_hopeful() {
				return Err(match self.partial() {
					// Somebody had it, and is gone or silent.
					Some(_) => ExchangeError::NotInTime(self.hash),
					None => self.nobody_has_it(),
				});
			}
		}
	}

	fn partial(&self) -> Option<&Arc<Partial>> {
		self.download.partial.get()
	}

	/// Whether there is a peer from which the blob may come.
	fn is_hopeful(&self) -> bool {
		let may_tell = self.may_tell();
		self.candidates.values().any(|candidate| match candidate.standing {
			Standing::New | Standing::Asked | Standing::Has(_) | Standing::Looking => true,
			Standing::Without => may_tell,
			Standing::Useless => false,
		})
	}

	/// Whether one more peer may be told to find the blob.
	fn may_tell(&self) -> bool {
		self.download.hops() > 0 && self.told < MAX_TOLD
	}

	fn nobody_has_it(&self) -> ExchangeError {
		ExchangeError::NobodyHasIt { hash: self.hash, asked: self.candidates.len() }
	}

	/// Whether a peer says that it has the blob.
	fn is_found(&self) -> bool {
		self.candidates.values().any(|candidate| matches!(candidate.standing, Standing::Has(_)))
	}

	/// Takes up the blob, now that its length is known. `true` if it is here by now.
	async fn open(&mut self, len: u64, last: Option<ProvenPiece>) -> Result<bool, ExchangeError> {
		let (store, hash, is_own) = (self.store.clone(), self.hash, self.download.is_own());
		let begin = move || -> Result<_, BlobError> {
			if !is_own {
				store.check_share_of_peers(&hash, len)?;
			}
			let Some(partial) = store.begin_fetch(&hash, len)? else { return Ok(None) };
			if let (Some(piece), Ok(index)) = (last, u32::try_from(pieces::count(len).saturating_sub(1))) {
				store.add_piece(&partial, index, &piece)?;
			}
			Ok(Some(partial))
		};
		let Some(partial) = blocking(hash, begin).await?? else { return Ok(true) };
		let partial = Arc::new(partial);
		self.todo = partial.missing().into_iter().collect();
		// Set once: only while there is no length is one looked for.
		let _ = self.download.partial.set(partial);
		self.got_on().await
	}

	/// Tells whoever waits. `true` if that was all.
	async fn got_on(&mut self) -> Result<bool, ExchangeError> {
		self.last_progress = Instant::now();
		let Some(partial) = self.partial().cloned() else { return Ok(false) };
		let is_complete = partial.is_complete();
		if is_complete {
			let store = self.store.clone();
			blocking(self.hash, move || store.finish_fetch(&partial)).await??;
		}
		self.download.progress.send_replace(Progress::UnderWay);
		Ok(is_complete)
	}

	/// Looks for peers, and at the clock.
	async fn look_around(&mut self) -> Result<(), ExchangeError> {
		if self.last_progress.elapsed() >= self.pace.stall {
			return Err(ExchangeError::NotInTime(self.hash));
		}
		let steps = u32::from(self.download.hops()).saturating_add(1);
		let is_lost = self.partial().is_none() && !self.is_found();
		if is_lost && self.began.elapsed() >= self.pace.search.saturating_mul(steps) {
			return Err(self.nobody_has_it());
		}
		let idle = if self.download.is_own() { self.pace.own_idle } else { self.pace.idle };
		if self.download.is_idle_for(idle) {
			return Err(ExchangeError::NotInTime(self.hash));
		}
		self.looks = self.looks.saturating_add(1);
		let now = Instant::now();
		for peer in self.peers.connected().await {
			let is_liar = self.liars.contains(&peer, &self.hash);
			let standing = if is_liar { Standing::Useless } else { Standing::New };
			let new = Candidate { standing, in_flight: 0, failures: 0, not_before: now };
			self.candidates.entry(peer).or_insert(new);
		}
		Ok(())
	}

	/// Asks whoever can be asked.
	fn schedule(&mut self) {
		self.probe();
		self.have_it_found();
		if self.partial().is_some() {
			self.ask_for_pieces();
		} else {
			self.ask_for_last();
		}
	}

	fn probe(&mut self) {
		let now = Instant::now();
		let mut known = self.candidates.values().filter(|c| matches!(c.standing, Standing::Has(_))).count();
		let mut asked = Vec::new();
		for (peer, candidate) in &mut self.candidates {
			if self.probing.saturating_add(asked.len()) >= MAX_PROBES || known >= ENOUGH {
				break;
			}
			if candidate.standing == Standing::New && candidate.not_before <= now {
				candidate.standing = Standing::Asked;
				asked.push(*peer);
				known = known.saturating_add(1);
			}
		}
		for peer in asked {
			self.probing = self.probing.saturating_add(1);
			self.ask(peer, Want::Length, None, None);
		}
	}

	/// Has some peers find the blob if none has it, or those that say so send nothing.
	fn have_it_found(&mut self) {
		let is_early = self.looks <= LOOKS;
		let gets_on = self.last_progress.elapsed() < self.pace.search;
		let may_have_it = |c: &Candidate| match c.standing {
			Standing::Has(_) => gets_on,
			Standing::New | Standing::Asked => is_early,
			Standing::Without | Standing::Looking | Standing::Useless => false,
		};
		if self.download.hops() == 0 || self.candidates.values().any(may_have_it) {
			return;
		}
		let now = Instant::now();
		let looking = self.candidates.values().filter(|c| c.standing == Standing::Looking).count();
		let more = MAX_FINDERS.saturating_sub(looking).min(MAX_TOLD.saturating_sub(self.told));
		for candidate in self.candidates.values_mut().filter(|c| c.standing == Standing::Without).take(more) {
			candidate.standing = Standing::Looking;
			self.told = self.told.saturating_add(1);
		}
		let due = |c: &Candidate| c.standing == Standing::Looking && c.in_flight == 0 && c.not_before <= now;
		let asked: Vec<_> = self.candidates.iter().filter(|(_, c)| due(c)).map(|(peer, _)| *peer).collect();
		for peer in asked {
			self.probing = self.probing.saturating_add(1);
			self.ask(peer, Want::Find(self.download.hops()), None, None);
		}
	}

	/// While the length is not known, it is asked for of peers that say they have the blob, together with the last piece
	/// that proves it.
	fn ask_for_last(&mut self) {
		while self.opening < MAX_OPENING {
			let Some((peer, len)) = self.pick(None).filter(|(peer, _)| self.is_idle(peer)) else { return };
			let Ok(last) = u32::try_from(pieces::count(len).saturating_sub(1)) else {
				self.drop_candidate(&peer);
				continue;
			};
			let Ok(permit) = self.permits.clone().try_acquire_owned() else { return };
			self.opening = self.opening.saturating_add(1);
			self.ask(peer, Want::Piece(last), Some(permit), Some(len));
		}
	}

	fn is_idle(&self, peer: &PeerId) -> bool {
		self.candidates.get(peer).is_some_and(|candidate| candidate.in_flight == 0)
	}

	fn ask_for_pieces(&mut self) {
		let Some(len) = self.partial().map(|partial| partial.len()) else { return };
		while self.running.len().saturating_sub(self.probing) < MAX_IN_FLIGHT {
			let Some(index) = self.todo.first().copied() else { return };
			let Some((peer, _)) = self.pick(Some(len)) else { return };
			let Ok(permit) = self.permits.clone().try_acquire_owned() else { return };
			self.todo.remove(&index);
			self.ask(peer, Want::Piece(index), Some(permit), None);
		}
	}

	/// The peer that is asked next: the one with the least to do that has the blob, with this length.
	fn pick(&self, len: Option<u64>) -> Option<(PeerId, u64)> {
		let now = Instant::now();
		let can_be_asked = |c: &Candidate| c.in_flight < MAX_IN_FLIGHT_PER_PEER && c.not_before <= now;
		let with_blob = self.candidates.iter().filter_map(|(peer, candidate)| match candidate.standing {
			Standing::Has(has) if len.is_none_or(|len| len == has) => Some((peer, candidate, has)),
			_ => None,
		});
		with_blob
			.filter(|(_, candidate, _)| can_be_asked(candidate))
			.min_by_key(|(_, candidate, _)| (candidate.in_flight, candidate.failures))
			.map(|(peer, _, has)| (*peer, has))
	}

	fn drop_candidate(&mut self, peer: &PeerId) {
		if let Some(candidate) = self.candidates.get_mut(peer) {
			candidate.standing = Standing::Useless;
		}
	}

	/// Sends a request. `claimed` is the length of the blob that a last piece is to prove.
	fn ask(&mut self, peer: PeerId, want: Want, permit: Option<OwnedSemaphorePermit>, claimed: Option<u64>) {
		if let Some(candidate) = self.candidates.get_mut(&peer) {
			candidate.in_flight = candidate.in_flight.saturating_add(1);
		}
		let request = Request { hash: self.hash, want };
		let (peers, store, partial) = (self.peers.clone(), self.store.clone(), self.partial().cloned());
		let ask = async move {
			let answer = peers.ask(peer, request.encode()).await;
			let outcome = match answer {
				Ok(bytes) => {
					let judge = move || judge(&store, request, partial.as_deref(), claimed, bytes);
					blocking(request.hash, judge).await.unwrap_or_else(Outcome::Trouble)
				},
				Err(error) => {
					log::debug!(target: "blobs", "{peer} does not answer for blob {}: {error}", request.hash);
					Outcome::Failed
				},
			};
			drop(permit);
			Event { peer, want, is_opening: claimed.is_some(), outcome }
		};
		self.running.push(ask.boxed());
	}

	/// Draws the conclusions. `true` if the blob is here.
	async fn handle(&mut self, event: Event) -> Result<bool, ExchangeError> {
		let Event { peer, want, is_opening, outcome } = event;
		let is_probe = matches!(want, Want::Length | Want::Find(_));
		self.probing = self.probing.saturating_sub(usize::from(is_probe));
		self.opening = self.opening.saturating_sub(usize::from(is_opening));
		let is_stored = matches!(outcome, Outcome::Stored | Outcome::Opened(_));
		if let (Want::Piece(index), false, Some(partial)) = (want, is_stored, self.partial()) {
			if partial.lacks(index) && !is_opening {
				self.todo.insert(index);
			}
		}
		let is_open = self.partial().is_some();
		let (now, pace) = (Instant::now(), self.pace);
		let Some(candidate) = self.candidates.get_mut(&peer) else { return Ok(false) };
		candidate.in_flight = candidate.in_flight.saturating_sub(1);
		if !matches!(outcome, Outcome::Failed | Outcome::Busy(_)) {
			candidate.failures = 0;
		}
		match outcome {
			Outcome::Has(len) => candidate.standing = Standing::Has(len),
			Outcome::Opened(piece) if !is_open => return self.open(piece.len, Some(piece)).await,
			// Two peers were asked for it, and both sent it.
			Outcome::Opened(_) => {},
			Outcome::Stored => return self.got_on().await,
			Outcome::Without if matches!(want, Want::Find(_)) => candidate.standing = Standing::Useless,
			Outcome::Without => candidate.standing = Standing::Without,
			Outcome::Busy(pause) => {
				candidate.not_before = now + pause.min(MAX_PAUSE);
				if want == Want::Length {
					candidate.standing = Standing::New;
				}
			},
			Outcome::Wrong(change) => {
				log::warn!(target: "blobs", "{peer} sent something wrong for blob {}", self.hash);
				candidate.standing = Standing::Useless;
				self.liars.insert(peer, self.hash);
				self.peers.report(peer, change);
			},
			Outcome::Failed => {
				candidate.failures = candidate.failures.saturating_add(1);
				let pause = pace.back_off.saturating_mul(1 << candidate.failures.min(8));
				candidate.not_before = now + pause.min(MAX_PAUSE);
				if candidate.failures >= MAX_FAILURES {
					candidate.standing = Standing::Useless;
				} else if want == Want::Length {
					candidate.standing = Standing::New;
				}
			},
			Outcome::Trouble(error) => return Err(error),
		}
		Ok(false)
	}
}

/// What an answer is worth. Hashes, and writes to the disk.
fn judge(
	store: &BlobStore,
	request: Request,
	partial: Option<&Partial>,
	claimed: Option<u64>,
	bytes: Vec<u8>,
) -> Outcome {
	let Some(response) = read_response(bytes) else { return Outcome::Wrong(MALFORMED) };
	let (index, piece) = match (request.want, response) {
		(_, Response::Missing) => return Outcome::Without,
		(_, Response::Busy(millis)) => return Outcome::Busy(Duration::from_millis(millis.into())),
		(Want::Length | Want::Find(_), Response::Length(len)) => return Outcome::Has(len),
		(Want::Piece(index), Response::Piece { len, siblings, bytes }) => {
			(index, ProvenPiece { len, siblings, bytes })
		},
		_ => return Outcome::Wrong(MALFORMED),
	};
	match (partial, claimed) {
		(Some(partial), _) => match store.add_piece(partial, index, &piece) {
			Ok(true) => Outcome::Stored,
			Ok(false) => Outcome::Wrong(WRONG_PIECE),
			Err(error) => Outcome::Trouble(error.into()),
		},
		(None, Some(len)) if piece.len == len && pieces::is_right(&request.hash, index.into(), &piece) => {
			Outcome::Opened(piece)
		},
		(None, _) => Outcome::Wrong(WRONG_PIECE),
	}
}
