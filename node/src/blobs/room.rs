//! Who has to give way to whom where room is short.
//!
//! **What clients of this node have uploaded gives way to nothing.** It stays as long as something names it, and for a
//! while longer, as [`super::keeper`] says.
//!
//! **What this node has voted to hold** stays for a day at least, and then until something else is to be held for which
//! there is no room otherwise, the largest first. All of it takes half of the quota at most: if that is full of what is
//! younger than a day, this node does not vote. So whoever asks validators for results can fetch them, and whoever asks for
//! much, of which it has no use, does not keep others from asking for longer than a day.
//!
//! **All else came from other nodes**, and can be had from them again: programs and inputs that audits and votes need, what
//! clients have downloaded, what peers had this node find, what is left of fetches that were broken off; and sealed results
//! of which this node has reported that they can be had. It stays as long as it is named, unless an upload, a client's
//! download or a duty needs its room. Then it goes, the least recently used first, those sealed results last. What
//! somebody waits for does not go: a duty that is run has one blob in use at a time, and the bytes in its memory when it goes on
//! to the next. What is on its way for a duty keeps its room as long as the duty waits for it, which is not for long if it comes
//! too slowly.
//!
//! So jobs that name large blobs cannot fill the store of a node that has to fetch them, whatever they are made for.
//!
//! **What only peers want** removes nothing that anybody had a use for in the last hour. So that they cannot have a node
//! fetch the same blobs over and over, it has half of the quota in that time.

use super::{
	ledger::{Ledger, Origin, Removed},
	metrics::Removal,
	BlobError, BlobStore,
};
use assay_primitives::Hash;

/// Somebody waits for a blob, or reads it: until this is dropped, it gives way to nothing.
pub(crate) struct InUse<'a> {
	store: &'a BlobStore,
	hash: Hash,
}

impl Drop for InUse<'_> {
	fn drop(&mut self) {
		self.store.ledger.lock().end_use(&self.hash);
	}
}

impl BlobStore {
	/// Keeps a blob, once it is here, as long as the result lives.
	pub(crate) fn begin_use(&self, hash: &Hash) -> InUse<'_> {
		self.ledger.lock().begin_use(*hash);
		InUse { store: self, hash: *hash }
	}

	/// Whether somebody does.
	#[cfg(test)]
	pub(super) fn is_in_use(&self, hash: &Hash) -> bool {
		self.ledger.lock().is_in_use(hash)
	}

	/// Keeps a blob longer than what was only fetched: this node tells the chain that it can be had.
	pub(crate) fn vouch(&self, hash: &Hash) {
		let mut ledger = self.ledger.lock();
		if ledger.vouch(hash) {
			self.mark(hash, Origin::Vouched);
		}
	}

	/// Keeps a blob that is here: this node tells the chain that it has it.
	///
	/// # Errors
	///
	/// [`BlobError::Missing`], [`BlobError::HeldFull`], [`BlobError::Io`].
	pub(crate) fn hold(&self, hash: &Hash) -> Result<(), BlobError> {
		let mut ledger = self.ledger.lock();
		let Some((origin, released)) = ledger.hold(hash)? else { return Ok(()) };
		for hash in &released {
			log::info!(target: "blobs", "Blob {hash} was held for long, and gives way to others from now on");
			self.mark(hash, Origin::Vouched);
		}
		// What a restart would not know of must not be said on the chain.
		self.files.mark(hash, origin).inspect_err(|_| ledger.release(hash))
	}

	/// What a failure means is that a restart makes more of the blob than it is, or less of it than it was.
	fn mark(&self, hash: &Hash, origin: Origin) {
		if let Err(error) = self.files.mark(hash, origin) {
			log::warn!(target: "blobs", "It is not noted why blob {hash} is here: {error}");
		}
	}

	/// A client has put a blob here that was here already: it stays for it.
	pub(super) fn adopt(&self, ledger: &mut Ledger, hash: &Hash) {
		if ledger.adopt(hash) {
			self.mark(hash, Origin::Uploaded);
		}
	}

	/// Makes room for an upload, if it would begin at `offset`.
	pub(super) fn make_room_for_upload(&self, ledger: &mut Ledger, hash: &Hash, len: u64, offset: u64) {
		if offset == 0 {
			let removed = ledger.make_room_for_upload(hash, len);
			self.remove_all(hash, &removed);
		}
	}

	/// Makes room for a blob that comes from other nodes.
	pub(super) fn make_room_for_fetch(&self, ledger: &mut Ledger, hash: &Hash, len: u64) {
		let removed = ledger.make_room_for_fetch(hash, len);
		self.remove_all(hash, &removed);
	}

	/// Removes the files of what gave way to a blob. The caller has the lock, so that none that comes again is removed.
	fn remove_all(&self, to: &Hash, removed: &[Removed]) {
		if removed.is_empty() {
			return;
		}
		for Removed { hash, len, is_whole } in removed {
			log::debug!(target: "blobs", "Blob {hash} gives way, {len} bytes are free again");
			if *is_whole {
				self.files.remove(hash);
			} else {
				self.files.discard_fetched(hash, *len);
			}
		}
		self.metrics.removed(Removal::Evicted, removed.len());
		let bytes = removed.iter().map(|removed| removed.len).fold(0, u64::saturating_add);
		log::info!(
			target: "blobs",
			"{} blobs that came from other nodes gave way to {to}, {bytes} bytes in all", removed.len(),
		);
	}
}
