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
use sc_network::{OutboundFailure, PeerId, ReputationChange, RequestFailure};
use std::{
	collections::{BTreeSet, HashMap},
	future::Future,
	ops::RangeInclusive,
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
/// For no answer from a peer that says it has the blob. A slow line may be all there is to it, so it takes hundreds.
const SILENT: ReputationChange = ReputationChange::new(-(1 << 22), "blob: no answer");
/// Peers asked whether they have a blob, at once.
pub(super) const MAX_PROBES: usize = 16;
/// With this many peers that have the blob, and have kept nobody waiting, no others are looked for.
pub(super) const ENOUGH: usize = 8;
/// Pieces of one blob that are under way at once: few to begin with, one more for each that arrives, and half as many for each
/// that does not arrive in time. So blobs of which nothing arrives leave the pieces that all of them may have to others.
const IN_FLIGHT: RangeInclusive<usize> = 1..=16;
/// Those at the beginning.
const FIRST_IN_FLIGHT: usize = 4;
/// Peers that are to find a blob at once, if none has it. Each that does keeps it.
const MAX_FINDERS: usize = 4;
/// After this many looks around for peers, those that have not said yet whether they have the blob are not waited for.
const LOOKS: u32 = 2;
/// Peers asked at once for the last piece, while the blob's length is not known.
pub(super) const MAX_OPENING: usize = 2;
/// Peers that have been asked for it and have not answered, whether or not they are still waited for.
pub(super) const MAX_UNANSWERED: usize = 16;
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
	/// Requests that it has not answered.
	in_flight: usize,
	/// Those of them whose answer is late. Until it comes, others are asked.
	overdue: usize,
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
	Failed {
		/// Not even a refusal, for as long as the network waits.
		is_silent: bool,
	},
	/// This node's own trouble.
	Trouble(ExchangeError),
}

struct Event {
	number: u64,
	peer: PeerId,
	want: Want,
	/// Whether it was asked for to learn the blob's length.
	is_opening: bool,
	outcome: Outcome,
}

/// What a request is for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Purpose {
	/// Learning who has the blob.
	Probe,
	/// Learning its length.
	Opening,
	/// A piece.
	Piece(u32),
}

/// The place of a request that is not answered yet, among the few there may be at once. It is given to another one when the
/// answer is late: that is still welcome, but nobody takes the place of others by keeping silent.
struct Place {
	peer: PeerId,
	purpose: Purpose,
	until: Instant,
	_permit: Option<OwnedSemaphorePermit>,
}

/// The fetch of one blob.
pub(super) struct Fetch {
	hash: Hash,
	store: Arc<BlobStore>,
	peers: Arc<dyn Peers>,
	permits: Arc<Semaphore>,
	openings: Arc<Semaphore>,
	liars: Arc<Liars>,
	pace: Pace,
	download: Arc<Download>,
	candidates: HashMap<PeerId, Candidate>,
	running: FuturesUnordered<BoxFuture<'static, Event>>,
	/// The requests that are waited for, by number.
	places: HashMap<u64, Place>,
	/// How many there were.
	requests: u64,
	/// How many pieces may be under way at once now.
	window: usize,
	/// The pieces that are neither here nor waited for.
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
			openings: exchange.openings.clone(),
			liars: exchange.liars.clone(),
			pace: exchange.pace,
			download,
			candidates: HashMap::new(),
			running: FuturesUnordered::new(),
			places: HashMap::new(),
			requests: 0,
			window: FIRST_IN_FLIGHT,
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
			let next_overdue = self.next_overdue();
			tokio::select! {
				_ = tick.tick() => self.look_around().await?,
				() = next_overdue => self.give_up_places(),
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
			let new = Candidate { standing, in_flight: 0, overdue: 0, failures: 0, not_before: now };
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
		let is_known =
			|c: &&Candidate| matches!(c.standing, Standing::Has(_)) && c.overdue == 0 && c.failures == 0;
		let mut known = self.candidates.values().filter(is_known).count();
		let probing = self.waited_for(|purpose| purpose == Purpose::Probe);
		let mut asked = Vec::new();
		for (peer, candidate) in &mut self.candidates {
			if probing.saturating_add(asked.len()) >= MAX_PROBES || known >= ENOUGH {
				break;
			}
			if candidate.standing == Standing::New && candidate.not_before <= now {
				candidate.standing = Standing::Asked;
				asked.push(*peer);
				known = known.saturating_add(1);
			}
		}
		for peer in asked {
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
		let is_looking = |c: &&Candidate| c.standing == Standing::Looking && c.overdue == 0;
		let looking = self.candidates.values().filter(is_looking).count();
		let more = MAX_FINDERS.saturating_sub(looking).min(MAX_TOLD.saturating_sub(self.told));
		for candidate in self.candidates.values_mut().filter(|c| c.standing == Standing::Without).take(more) {
			candidate.standing = Standing::Looking;
			self.told = self.told.saturating_add(1);
		}
		let due = |c: &Candidate| c.standing == Standing::Looking && c.in_flight == 0 && c.not_before <= now;
		let asked: Vec<_> = self.candidates.iter().filter(|(_, c)| due(c)).map(|(peer, _)| *peer).collect();
		for peer in asked {
			self.ask(peer, Want::Find(self.download.hops()), None, None);
		}
	}

	/// While the length is not known, it is asked for of peers that say they have the blob, together with the last piece
	/// that proves it.
	fn ask_for_last(&mut self) {
		let unanswered = |c: &&Candidate| matches!(c.standing, Standing::Has(_)) && c.in_flight > 0;
		while self.waited_for(|purpose| purpose == Purpose::Opening) < MAX_OPENING
			&& self.candidates.values().filter(unanswered).count() < MAX_UNANSWERED
		{
			let Some((peer, len)) = self.pick(None).filter(|(peer, _)| self.is_idle(peer)) else { return };
			let Ok(last) = u32::try_from(pieces::count(len).saturating_sub(1)) else {
				self.drop_candidate(&peer);
				continue;
			};
			let Ok(permit) = self.openings.clone().try_acquire_owned() else { return };
			self.ask(peer, Want::Piece(last), Some(permit), Some(len));
		}
	}

	fn is_idle(&self, peer: &PeerId) -> bool {
		self.candidates.get(peer).is_some_and(|candidate| candidate.in_flight == 0)
	}

	fn ask_for_pieces(&mut self) {
		let Some(len) = self.partial().map(|partial| partial.len()) else { return };
		while self.waited_for(|purpose| purpose != Purpose::Probe) < self.window {
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
		let can_be_asked =
			|c: &Candidate| c.in_flight < MAX_IN_FLIGHT_PER_PEER && c.overdue == 0 && c.not_before <= now;
		let with_blob = self.candidates.iter().filter_map(|(peer, candidate)| match candidate.standing {
			Standing::Has(has) if len.is_none_or(|len| len == has) => Some((peer, candidate, has)),
			_ => None,
		});
		with_blob
			.filter(|(_, candidate, _)| can_be_asked(candidate))
			.min_by_key(|(_, candidate, _)| (candidate.in_flight, candidate.failures))
			.map(|(peer, _, has)| (*peer, has))
	}

	/// How many requests of some kind are waited for.
	fn waited_for(&self, is_meant: impl Fn(Purpose) -> bool) -> usize {
		self.places.values().filter(|place| is_meant(place.purpose)).count()
	}

	/// Ends when an answer is late.
	fn next_overdue(&self) -> impl Future<Output = ()> + use<> {
		let next = self.places.values().map(|place| place.until).min();
		async move {
			match next {
				Some(next) => tokio::time::sleep_until(next).await,
				None => std::future::pending().await,
			}
		}
	}

	/// Lets others have the places of requests whose answer is late.
	fn give_up_places(&mut self) {
		let now = Instant::now();
		let partial = self.partial().cloned();
		for (_, place) in self.places.extract_if(|_, place| place.until <= now) {
			if let Some(candidate) = self.candidates.get_mut(&place.peer) {
				candidate.overdue = candidate.overdue.saturating_add(1);
			}
			let Purpose::Piece(index) = place.purpose else { continue };
			self.window = (self.window / 2).max(*IN_FLIGHT.start());
			if partial.as_ref().is_some_and(|partial| partial.lacks(index)) {
				self.todo.insert(index);
			}
		}
	}

	/// Notes that a request is waited for, for twice as long with each time that the peer has failed to answer one.
	fn take_place(&mut self, peer: PeerId, purpose: Purpose, permit: Option<OwnedSemaphorePermit>) -> u64 {
		let time = match purpose {
			Purpose::Probe | Purpose::Opening => self.pace.answer,
			Purpose::Piece(_) => self.pace.piece,
		};
		let failures = self.candidates.get(&peer).map_or(0, |candidate| candidate.failures);
		let until = Instant::now() + time.saturating_mul(1 << failures.min(MAX_FAILURES));
		let number = self.requests;
		self.requests = number.wrapping_add(1);
		self.places.insert(number, Place { peer, purpose, until, _permit: permit });
		number
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
		let number = match want {
			Want::Length | Want::Find(_) => self.take_place(peer, Purpose::Probe, permit),
			Want::Piece(_) if claimed.is_some() => self.take_place(peer, Purpose::Opening, permit),
			Want::Piece(index) => self.take_place(peer, Purpose::Piece(index), permit),
		};
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
					let is_silent = matches!(error, RequestFailure::Network(OutboundFailure::Timeout));
					Outcome::Failed { is_silent }
				},
			};
			Event { number, peer, want, is_opening: claimed.is_some(), outcome }
		};
		self.running.push(ask.boxed());
	}

	/// Draws the conclusions. `true` if the blob is here.
	async fn handle(&mut self, event: Event) -> Result<bool, ExchangeError> {
		let Event { number, peer, want, is_opening, outcome } = event;
		let is_overdue = self.places.remove(&number).is_none();
		self.take_note_of_piece(want, is_overdue || is_opening, &outcome);
		let is_open = self.partial().is_some();
		let (now, pace) = (Instant::now(), self.pace);
		let Some(candidate) = self.candidates.get_mut(&peer) else { return Ok(false) };
		candidate.in_flight = candidate.in_flight.saturating_sub(1);
		candidate.overdue = candidate.overdue.saturating_sub(usize::from(is_overdue));
		if !matches!(outcome, Outcome::Failed { .. } | Outcome::Busy(_)) {
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
			Outcome::Failed { is_silent } => {
				if is_silent && matches!(candidate.standing, Standing::Has(_)) {
					self.peers.report(peer, SILENT);
				}
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

	/// Has a piece asked for again that did not come, unless others are asked for it anyway, and no more if it came.
	fn take_note_of_piece(&mut self, want: Want, is_asked_elsewhere: bool, outcome: &Outcome) {
		let Want::Piece(index) = want else { return };
		match outcome {
			Outcome::Opened(_) => {},
			Outcome::Stored => {
				self.todo.remove(&index);
				self.window = self.window.saturating_add(1).min(*IN_FLIGHT.end());
			},
			_ if is_asked_elsewhere => {},
			_ => {
				if self.partial().is_some_and(|partial| partial.lacks(index)) {
					self.todo.insert(index);
				}
			},
		}
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
