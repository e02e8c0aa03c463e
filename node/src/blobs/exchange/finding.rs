//! Finding blobs for other nodes.
//!
//! A node that none of whose peers has a blob tells some of them to find it. They look for it by the same means. What they find
//! they pass on piece by piece while it arrives, each piece proved by itself, and keep. So the node that has a blob need not be
//! within reach of the one that wants it, nor take connections from anybody: it may be a worker's behind a router.
//!
//! What a peer can make a node do by this is bounded, and so is what all nodes together do for a blob that nobody has: the
//! table at the end of this crate's documentation says by what.
//!
//! Nobody waits in a circle. A node whose search may go on over `n` others has only those wait whose search may go on over more
//! than `n`, and tells all others that it does not have the blob.

use super::{wire::Response, Download, Exchange};
use assay_primitives::Hash;
use std::{sync::Arc, time::Duration};
use tokio::time::Instant;

/// Other nodes there may be between this one and the one that has a blob.
pub(super) const MAX_HOPS: u8 = 2;
/// Peers that a search tells to find the blob, one after the other.
pub(super) const MAX_TOLD: usize = 16;
/// Blobs that are being fetched when no other is looked for because a peer asks.
const MAX_SEARCHES: usize = 8;
/// How long a blob that could not be had is not looked for again because a peer asks. Shorter than a block, for with every
/// block an auditor looks again.
pub(super) const PAUSE: Duration = Duration::from_secs(2);
/// Searches in vain within that time, after which a node searches for nobody.
pub(super) const MAX_LOST: usize = 16;
/// When a peer asks again for what is on its way.
const SOON: Duration = Duration::from_millis(250);

impl Exchange {
	/// Looks for a blob that is not here because a peer asks for it, over `hops` nodes at most, this one included.
	pub(super) fn look_for(self: &Arc<Self>, hash: Hash, hops: u8) -> Response {
		let hops = hops.min(MAX_HOPS);
		if let Some(download) = self.asked_for(&hash) {
			return match download.partial.get() {
				Some(partial) => Response::Length(partial.len()),
				None if download.hops() < hops => Response::busy(SOON),
				None => Response::Missing,
			};
		}
		let Some(rest) = hops.checked_sub(1) else { return Response::Missing };
		if !self.store.is_named(&hash) || !self.may_search(&hash) {
			return Response::Missing;
		}
		// With too many others under way there may be room soon.
		let _ = self.join(hash, Some(MAX_SEARCHES), rest);
		Response::busy(SOON)
	}

	/// A piece of a blob that is not here, if the blob is on its way. Reads from the disk.
	pub(super) fn arrived(&self, hash: &Hash, index: u32) -> Response {
		let download = self.asked_for(hash);
		let Some(partial) = download.as_ref().and_then(|download| download.partial.get()) else {
			return Response::Missing;
		};
		match partial.piece(index) {
			Ok(Some(piece)) => piece.into(),
			Ok(None) if partial.has_place_for(index) => Response::busy(SOON),
			Ok(None) => Response::Missing,
			Err(error) => {
				log::error!(target: "blobs", "A piece of blob {hash} cannot be sent: {error}");
				Response::Missing
			},
		}
	}

	/// The fetch of a blob for which a peer asks.
	fn asked_for(&self, hash: &Hash) -> Option<Arc<Download>> {
		let download = self.downloads.lock().get(hash).cloned()?;
		download.touch();
		Some(download)
	}

	fn may_search(&self, hash: &Hash) -> bool {
		let mut lost = self.lost.lock();
		lost.retain(|_, since| since.elapsed() < PAUSE);
		lost.len() < MAX_LOST && !lost.contains_key(hash)
	}

	/// Notes what came of a search on behalf of peers.
	pub(super) fn search_ended(&self, hash: Hash, is_found: bool) {
		self.store.metrics().searched(is_found);
		if !is_found {
			self.lost.lock().insert(hash, Instant::now());
		}
	}
}
