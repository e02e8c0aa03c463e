//! The blobs this node keeps: programs, inputs and sealed results, addressed by their BLAKE3 hash.
//!
//! A blob arrives in pieces, in order, into a file under `staging/`, and moves to `blobs/` once all of it is there and
//! hashes right. So a file under `blobs/` was whole and right when it was put there, and an interrupted upload goes on
//! where it stopped, even after a restart of the node. File names are made of hashes and lengths, never of anything
//! else that came from outside.
//!
//! What does not come from a client of this node comes from other nodes: see [`exchange`]. It arrives in pieces in any
//! order, each checked against the blob's hash, into files under `fetching/`.
//!
//! A blob stays as long as a job or a receipt on the chain names it: see [`keeper`]. What nothing names stays for a
//! while, so that there is time to post the job; and all of it together has room of its own, so that uploads cannot crowd
//! out what jobs need. What came from other nodes gives way where room is short: see [`room`]. Other nodes can have this one fetch and keep what a job or a receipt names, and nothing else.
//!
//! A store's directory belongs to one node at a time.

mod error;
pub(crate) mod exchange;
mod fetched;
mod files;
pub(crate) mod keeper;
mod ledger;
mod marks;
pub(crate) mod metrics;
mod partial;
mod pieces;
mod room;
#[cfg(test)]
mod room_tests;
#[cfg(test)]
mod tests;

pub(crate) use error::BlobError;

use assay_primitives::Hash;
use fetched::Trees;
use files::{CompleteFile, Files};
use ledger::{Admission, Holdings, Ledger, Origin};
use metrics::{BlobMetrics, Removal};
use parking_lot::Mutex;
use std::{
	path::Path,
	sync::Arc,
	time::{Duration, SystemTime},
};

/// After this long without progress an upload makes room for others.
const STALE_AFTER: Duration = Duration::from_secs(3_600);

/// How much a store takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BlobLimits {
	/// Bytes of the largest blob.
	pub(crate) max_size: u64,
	/// Bytes of all blobs together, unfinished uploads counted with the length they are to have. Each blob counts in
	/// whole blocks of 4 KiB, at least one, so that many small ones cannot fill the disk either.
	pub(crate) quota: u64,
	/// Bytes of the blobs among them that no job or receipt on the chain names, counted in the same way.
	pub(crate) staging: u64,
}

/// How much of a blob is here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BlobStatus {
	/// None of it.
	Missing,
	/// An upload has begun.
	Partial {
		/// Bytes that have arrived.
		received: u64,
		/// Bytes there are to be.
		len: u64,
	},
	/// All of it.
	Complete {
		/// Its length in bytes.
		len: u64,
	},
}

/// A part of a blob.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BlobPart {
	/// Bytes of the whole blob.
	pub(crate) len: u64,
	/// The part asked for, shorter at the blob's end.
	pub(crate) bytes: Vec<u8>,
}

/// Content-addressed blobs on disk. Share it with `Arc`; every method blocks on the disk and may be called from many
/// threads at once. Uploads of one blob take turns, everything else goes on side by side.
pub(crate) struct BlobStore {
	files: Files,
	stale_after: Duration,
	ledger: Mutex<Ledger>,
	trees: Trees,
	metrics: BlobMetrics,
}

impl BlobStore {
	/// Opens the store at `path`, creating it if there is none, and takes stock of what is there.
	///
	/// # Errors
	///
	/// [`BlobError::Io`] if the directory cannot be used.
	pub(crate) fn open(path: &Path, limits: BlobLimits) -> Result<Self, BlobError> {
		Self::open_with(path, limits, STALE_AFTER)
	}

	fn open_with(path: &Path, limits: BlobLimits, stale_after: Duration) -> Result<Self, BlobError> {
		let files = Files::open(path)?;
		let mut ledger = Ledger::new(limits);
		for CompleteFile { hash, len, modified, origin } in files.complete()? {
			ledger.add_complete(hash, len, origin, modified);
		}
		let (trees, metrics) = (Trees::default(), BlobMetrics::default());
		let store = Self { files, stale_after, ledger: Mutex::new(ledger), trees, metrics };
		store.recover_staged()?;
		store.recover_fetched()?;
		Ok(store)
	}

	/// What was counted so far.
	fn metrics(&self) -> &BlobMetrics {
		&self.metrics
	}

	/// How much is here.
	fn holdings(&self) -> Holdings {
		self.ledger.lock().holdings()
	}

	/// How much of the blob is here.
	pub(crate) fn status(&self, hash: &Hash) -> BlobStatus {
		self.ledger.lock().status(hash)
	}

	/// Whether all of the blob is here.
	pub(crate) fn has(&self, hash: &Hash) -> bool {
		matches!(self.status(hash), BlobStatus::Complete { .. })
	}

	/// Adds `data` to the upload of a blob of `len` bytes. `offset` is where it belongs, which must be where the upload
	/// stopped: 0 for a new one. With the last byte the blob is hashed and becomes available. A blob that is here
	/// already is accepted again, whatever the offset.
	///
	/// Nobody owns an upload: whoever has the bytes may continue it, and naming another length at offset 0 starts it
	/// again. What that costs is the time of an upload, never a wrong blob.
	///
	/// # Errors
	///
	/// [`BlobError::WrongHash`] after the last byte if the bytes are not the blob: the upload is discarded. The other
	/// errors leave it as it was, [`BlobError::Io`] among them: with room on the disk again it goes on.
	pub(crate) fn append(
		&self,
		hash: &Hash,
		len: u64,
		offset: u64,
		data: &[u8],
	) -> Result<BlobStatus, BlobError> {
		let result = self.add(hash, len, offset, data);
		self.metrics.uploaded(data.len(), result.as_ref().map(|_| ()));
		result
	}

	fn add(&self, hash: &Hash, len: u64, offset: u64, data: &[u8]) -> Result<BlobStatus, BlobError> {
		let end = u64::try_from(data.len())
			.ok()
			.and_then(|bytes| offset.checked_add(bytes))
			.filter(|end| *end <= len)
			.ok_or(BlobError::BeyondEnd { hash: *hash, len, offset })?;
		let mut admission = self.admit(hash, len, offset)?;
		loop {
			let gate = match admission {
				Admission::Complete => return Ok(BlobStatus::Complete { len }),
				Admission::Write(gate) => gate,
			};
			let _turn = gate.lock();
			// Others may have gone on, finished or given up while this one waited for its turn.
			admission = self.admit(hash, len, offset)?;
			if matches!(&admission, Admission::Write(current) if Arc::ptr_eq(current, &gate)) {
				self.files.write(hash, len, offset, data)?;
				return self.advance(hash, len, end);
			}
		}
	}

	fn admit(&self, hash: &Hash, len: u64, offset: u64) -> Result<Admission, BlobError> {
		let mut ledger = self.ledger.lock();
		if ledger.wants_room(hash, len) {
			self.sweep(&mut ledger);
			self.make_room_for_upload(&mut ledger, hash, len, offset);
		}
		let (admission, replaced) = ledger.admit(hash, len, offset)?;
		if matches!(admission, Admission::Complete) {
			self.adopt(&mut ledger, hash);
		}
		if let Some(len) = replaced {
			self.files.discard(hash, len);
		}
		Ok(admission)
	}

	/// Removes uploads and fetches that were given up.
	fn sweep(&self, ledger: &mut Ledger) {
		for (hash, len) in ledger.sweep(self.stale_after) {
			log::info!(target: "blobs", "Upload of {hash} was given up, {len} bytes are free again");
			self.files.discard(&hash, len);
		}
		for (hash, len) in ledger.sweep_fetched(self.stale_after) {
			log::info!(target: "blobs", "Fetch of {hash} was given up, {len} bytes are free again");
			self.files.discard_fetched(&hash, len);
		}
	}

	/// Notes what was written, and finishes the upload if that was all of it. The caller has its turn at the upload's
	/// gate: until it leaves, nobody replaces or sweeps the upload.
	fn advance(&self, hash: &Hash, len: u64, received: u64) -> Result<BlobStatus, BlobError> {
		if received < len {
			self.ledger.lock().advance(hash, received);
			return Ok(BlobStatus::Partial { received, len });
		}
		self.finish(hash, len)
	}

	/// Makes an upload a blob. If the disk fails, because it is full for instance, the upload stays as it was before its
	/// last piece, which can be sent again.
	fn finish(&self, hash: &Hash, len: u64) -> Result<BlobStatus, BlobError> {
		let tree = match self.files.tree_of_staged(hash, len)? {
			Some((tree, found)) if found == *hash => tree,
			other => {
				// With the lock held, so that no new upload of it loses its file.
				let mut ledger = self.ledger.lock();
				ledger.drop_staged(hash);
				self.files.discard(hash, len);
				let wrong = |(_, found)| BlobError::WrongHash { expected: *hash, found };
				// Nobody but this node shortens the file while it has its turn: the disk did.
				return Err(other.map_or(BlobError::Corrupted(*hash), wrong));
			},
		};
		self.files.secure_staged(hash, len)?;
		let mut ledger = self.ledger.lock();
		self.files.promote(hash, len)?;
		ledger.drop_staged(hash);
		ledger.add_complete(*hash, len, Origin::Uploaded, SystemTime::now());
		drop(ledger);
		self.remember_tree(hash, tree);
		self.metrics.received();
		self.files.sync_shard(hash)?;
		log::debug!(target: "blobs", "Blob {hash} is here, {len} bytes");
		Ok(BlobStatus::Complete { len })
	}

	/// Up to `limit` bytes of a blob from `offset` on. They are as they are on the disk: only [`BlobStore::read_all`]
	/// hashes them.
	///
	/// # Errors
	///
	/// [`BlobError::Missing`], [`BlobError::BeyondEnd`], [`BlobError::Corrupted`] if the file has another length than
	/// the blob, which is then removed.
	pub(crate) fn read(&self, hash: &Hash, offset: u64, limit: usize) -> Result<BlobPart, BlobError> {
		let (len, serial) = self.ledger.lock().use_complete(hash).ok_or(BlobError::Missing(*hash))?;
		let left = len.checked_sub(offset).ok_or(BlobError::BeyondEnd { hash: *hash, len, offset })?;
		let count = usize::try_from(left).unwrap_or(usize::MAX).min(limit);
		let mut bytes = vec![0; count];
		match self.files.read(hash, len, offset, &mut bytes) {
			Ok(()) => Ok(BlobPart { len, bytes }),
			Err(error) => Err(self.lost(error, hash, serial)),
		}
	}

	/// A whole blob, if it has at most `max` bytes. It is hashed again.
	///
	/// # Errors
	///
	/// [`BlobError::Missing`], [`BlobError::TooLarge`], [`BlobError::Corrupted`] if the disk has let go of a bit; the
	/// blob is then removed, and can be uploaded again.
	pub(crate) fn read_all(&self, hash: &Hash, max: u64) -> Result<Arc<[u8]>, BlobError> {
		let (len, serial) = self.ledger.lock().use_complete(hash).ok_or(BlobError::Missing(*hash))?;
		let count =
			usize::try_from(len).ok().filter(|_| len <= max).ok_or(BlobError::TooLarge { len, max })?;
		let mut blob: Arc<[u8]> = std::iter::repeat_n(0, count).collect();
		let bytes = Arc::get_mut(&mut blob).expect("nobody else has a new `Arc`; qed");
		let read = self
			.files
			.read(hash, len, 0, bytes)
			.and_then(|()| (Hash::of(bytes) == *hash).then_some(()).ok_or(BlobError::Corrupted(*hash)));
		read.map_err(|error| self.lost(error, hash, serial))?;
		Ok(blob)
	}

	/// Puts a whole blob into the store, continuing an upload of it that has begun.
	///
	/// # Errors
	///
	/// As [`BlobStore::append`].
	#[cfg(test)]
	pub(crate) fn insert(&self, bytes: &[u8]) -> Result<assay_primitives::BlobRef, BlobError> {
		let blob = assay_primitives::BlobRef::of(bytes);
		match self.append(&blob.hash, blob.len, 0, bytes) {
			Err(BlobError::WrongOffset { expected, .. }) => {
				let rest =
					usize::try_from(expected).ok().and_then(|start| bytes.get(start..)).unwrap_or_default();
				self.append(&blob.hash, blob.len, expected, rest)?
			},
			result => result?,
		};
		Ok(blob)
	}

	/// Removes a blob that turned out to be gone or damaged, unless it was replaced meanwhile.
	fn lost(&self, error: BlobError, hash: &Hash, serial: u64) -> BlobError {
		if matches!(error, BlobError::Corrupted(_) | BlobError::Missing(_)) {
			let mut ledger = self.ledger.lock();
			if ledger.drop_complete(hash, serial) {
				log::warn!(target: "blobs", "Blob {hash} is removed: {error}");
				self.files.remove(hash);
				self.metrics.removed(Removal::Damaged, 1);
			}
		}
		error
	}

	/// Takes up the uploads that an earlier run of the node left behind.
	fn recover_staged(&self) -> Result<(), BlobError> {
		for staged in self.files.staged()? {
			let (hash, len) = (staged.hash, staged.len);
			if !self.ledger.lock().recover(hash, len, staged.received, staged.modified) {
				self.files.discard(&hash, len);
			} else if staged.received == len {
				// The node stopped between the last byte and the check.
				if let Err(error) = self.finish(&hash, len) {
					log::warn!(target: "blobs", "The upload of {hash} does not become a blob: {error}");
				}
			}
		}
		Ok(())
	}
}
