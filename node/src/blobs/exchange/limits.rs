//! How much each peer may ask of this node.

use sc_network::PeerId;
use std::{
	collections::HashMap,
	time::{Duration, Instant},
};

/// Requests answered at once.
const MAX_IN_FLIGHT: usize = 32;
/// Requests of one peer answered at once, and so the pieces that one peer is asked for at once. A piece is read and hashed,
/// encrypted, sent, decrypted, hashed and written one after the other: with this many, each of these has something to do.
pub(super) const MAX_IN_FLIGHT_PER_PEER: usize = 8;
/// Peers remembered. Those that are owed nothing are forgotten first.
const MAX_PEERS: usize = 1_024;
/// What a peer may have at once after it was quiet for a while.
const BURST: Duration = Duration::from_secs(1);
/// When to ask again if requests, not bytes, are too many.
const CROWDED: Duration = Duration::from_millis(100);

struct Peer {
	/// Bytes the peer has had beyond what the time since has made good.
	debt: u64,
	updated: Instant,
	in_flight: usize,
}

/// Keeps account of what was sent to whom.
pub(super) struct Limits {
	rate: u64,
	peers: HashMap<PeerId, Peer>,
	in_flight: usize,
}

impl Limits {
	/// Lets each peer have `rate` bytes a second.
	pub(super) fn new(rate: u64) -> Self {
		Self { rate: rate.max(1), peers: HashMap::new(), in_flight: 0 }
	}

	/// Whether a request of `peer` is answered now; if not, when to ask again. An answer counts until [`Limits::done`].
	pub(super) fn admit(&mut self, peer: PeerId, now: Instant) -> Result<(), Duration> {
		if self.in_flight >= MAX_IN_FLIGHT {
			return Err(CROWDED);
		}
		if self.peers.len() >= MAX_PEERS && !self.peers.contains_key(&peer) {
			let rate = self.rate;
			self.peers.retain(|_, peer| peer.in_flight > 0 || peer.owes(rate, now) > 0);
			if self.peers.len() >= MAX_PEERS {
				return Err(BURST);
			}
		}
		let burst = bytes_in(BURST, self.rate);
		let rate = self.rate;
		let peer = self.peers.entry(peer).or_insert(Peer { debt: 0, updated: now, in_flight: 0 });
		if peer.in_flight >= MAX_IN_FLIGHT_PER_PEER {
			return Err(CROWDED);
		}
		peer.debt = peer.owes(rate, now);
		peer.updated = now;
		if let Some(excess) = peer.debt.checked_sub(burst).filter(|excess| *excess > 0) {
			return Err(time_for(excess, rate));
		}
		peer.in_flight = peer.in_flight.saturating_add(1);
		self.in_flight = self.in_flight.saturating_add(1);
		Ok(())
	}

	/// Notes that an answer of this many bytes was given.
	pub(super) fn done(&mut self, peer: &PeerId, bytes: usize) {
		self.in_flight = self.in_flight.saturating_sub(1);
		if let Some(peer) = self.peers.get_mut(peer) {
			peer.in_flight = peer.in_flight.saturating_sub(1);
			peer.debt = peer.debt.saturating_add(u64::try_from(bytes).unwrap_or(u64::MAX));
		}
	}
}

impl Peer {
	fn owes(&self, rate: u64, now: Instant) -> u64 {
		self.debt.saturating_sub(bytes_in(now.saturating_duration_since(self.updated), rate))
	}
}

fn bytes_in(time: Duration, rate: u64) -> u64 {
	let bytes = time.as_micros().saturating_mul(u128::from(rate)) / 1_000_000;
	u64::try_from(bytes).unwrap_or(u64::MAX)
}

fn time_for(bytes: u64, rate: u64) -> Duration {
	let millis = u128::from(bytes).saturating_mul(1_000).div_ceil(u128::from(rate.max(1)));
	Duration::from_millis(u64::try_from(millis).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
	use super::*;

	const RATE: u64 = 1_000;

	#[test]
	fn a_peer_gets_its_rate_and_no_more_and_others_are_not_affected() {
		let mut limits = Limits::new(RATE);
		let (greedy, other, start) = (PeerId::random(), PeerId::random(), Instant::now());
		let mut sent = 0u64;
		for millisecond in 0..10_000 {
			let now = start + Duration::from_millis(millisecond);
			if limits.admit(greedy, now).is_ok() {
				limits.done(&greedy, 100);
				sent += 100;
			}
		}
		// Ten seconds, the burst before them, and the answer that went beyond it.
		assert!((10 * RATE..=11 * RATE + 100).contains(&sent), "{sent}");
		let now = start + Duration::from_secs(10);
		let wait = loop {
			match limits.admit(greedy, now) {
				Ok(()) => limits.done(&greedy, 100),
				Err(wait) => break wait,
			}
		};
		assert!(limits.admit(other, now).is_ok());
		assert!(limits.admit(greedy, now + wait).is_ok());
	}

	#[test]
	fn answers_under_way_are_bounded_for_each_and_for_all() {
		let mut limits = Limits::new(RATE);
		let now = Instant::now();
		let peers: Vec<_> = (0..5).map(|_| PeerId::random()).collect();
		for peer in &peers[..4] {
			for _ in 0..MAX_IN_FLIGHT_PER_PEER {
				assert!(limits.admit(*peer, now).is_ok());
			}
			assert!(limits.admit(*peer, now).is_err());
		}
		assert!(limits.admit(peers[4], now).is_err(), "{MAX_IN_FLIGHT} are under way");
		limits.done(&peers[0], 1);
		assert!(limits.admit(peers[4], now).is_ok());
	}

	#[test]
	fn peers_remembered_are_bounded() {
		let mut limits = Limits::new(RATE);
		let start = Instant::now();
		for _ in 0..MAX_PEERS {
			let peer = PeerId::random();
			limits.admit(peer, start).unwrap();
			limits.done(&peer, 5_000);
		}
		assert!(limits.admit(PeerId::random(), start).is_err());
		assert!(limits.admit(PeerId::random(), start + Duration::from_secs(5)).is_ok());
		assert_eq!(limits.peers.len(), 1);
	}
}
