//! The side of the store that deals with other nodes: proving pieces, taking them up, and letting go of what is not needed.

use super::{
	error::{io, BlobError},
	ledger::Origin,
	metrics::Removal,
	partial::Partial,
	pieces::{self, ProvenPiece, Tree},
	BlobStore,
};
use assay_primitives::Hash;
use parking_lot::Mutex;
use std::{
	collections::{HashMap, HashSet},
	os::unix::fs::FileExt,
	sync::Arc,
	time::{Duration, SystemTime},
};

/// Most chaining values kept in memory, of 32 bytes each: those of 64 GiB of blobs.
const MAX_LEAVES: usize = 1 << 16;

/// The trees of blobs that came or were asked for, so that a blob is hashed once and not for each of its pieces.
#[derive(Default)]
pub(super) struct Trees {
	known: Mutex<HashMap<Hash, (u64, Arc<Tree>)>>,
	/// Held while a blob is hashed: many requests for large blobs do not make the disk busy with all of them at once.
	hashing: Mutex<()>,
}

impl Trees {
	fn get(&self, hash: &Hash, serial: u64) -> Option<Arc<Tree>> {
		self.known.lock().get(hash).filter(|(known, _)| *known == serial).map(|(_, tree)| tree.clone())
	}

	fn insert(&self, hash: Hash, serial: u64, tree: Arc<Tree>) {
		let mut known = self.known.lock();
		let leaves =
			known.values().map(|(_, tree)| tree.len().max(1)).fold(tree.len(), usize::saturating_add);
		if leaves > MAX_LEAVES {
			known.clear();
		}
		known.insert(hash, (serial, tree));
	}
}

impl BlobStore {
	/// A piece of a blob with its proof. It is checked first, so that what the disk has damaged does not leave this node.
	///
	/// # Errors
	///
	/// [`BlobError::Missing`], also if there is no such piece; [`BlobError::Corrupted`], and the blob is removed;
	/// [`BlobError::Io`].
	pub(super) fn piece(&self, hash: &Hash, index: u64) -> Result<ProvenPiece, BlobError> {
		let (len, serial) = self.ledger.lock().complete(hash).ok_or(BlobError::Missing(*hash))?;
		let range = pieces::range(len, index).ok_or(BlobError::Missing(*hash))?;
		let prove = || {
			let tree = self.tree(hash, len, serial)?;
			let siblings = tree.siblings(index).ok_or(BlobError::Missing(*hash))?;
			let file = self.files.open_blob(hash, len)?;
			let mut bytes = pieces::buffer(&range);
			file.read_exact_at(&mut bytes, range.start).map_err(io("read the blob"))?;
			if !tree.has(hash, index, &bytes) {
				return Err(BlobError::Corrupted(*hash));
			}
			Ok(ProvenPiece { len, siblings, bytes })
		};
		prove().map_err(|error| self.lost(error, hash, serial))
	}

	fn tree(&self, hash: &Hash, len: u64, serial: u64) -> Result<Arc<Tree>, BlobError> {
		if let Some(tree) = self.trees.get(hash, serial) {
			return Ok(tree);
		}
		let _turn = self.trees.hashing.lock();
		if let Some(tree) = self.trees.get(hash, serial) {
			return Ok(tree);
		}
		let file = self.files.open_blob(hash, len)?;
		let tree = Tree::read(hash, len, file).map_err(io("read the blob"))?;
		let tree = Arc::new(tree.ok_or(BlobError::Corrupted(*hash))?);
		self.trees.insert(*hash, serial, tree.clone());
		Ok(tree)
	}

	/// Remembers the tree of a blob that has just come: it was hashed for it, and need not be again when others ask for it.
	pub(super) fn remember_tree(&self, hash: &Hash, tree: Tree) {
		let complete = self.ledger.lock().complete(hash);
		if let Some((_, serial)) = complete {
			self.trees.insert(*hash, serial, Arc::new(tree));
		}
	}

	/// Begins to take up a blob of `len` bytes from other nodes, or goes on with it. `None` if it is here by now.
	///
	/// # Errors
	///
	/// [`BlobError::TooLarge`], [`BlobError::QuotaExceeded`], [`BlobError::StagingFull`], [`BlobError::Io`].
	pub(super) fn begin_fetch(&self, hash: &Hash, len: u64) -> Result<Option<Partial>, BlobError> {
		let admitted = {
			let mut ledger = self.ledger.lock();
			let admitted = match ledger.admit_fetch(hash, len) {
				Err(BlobError::QuotaExceeded { .. } | BlobError::StagingFull { .. }) => {
					self.sweep(&mut ledger);
					self.make_room_for_fetch(&mut ledger, hash, len);
					ledger.admit_fetch(hash, len)
				},
				result => result,
			}?;
			if let Some((_, Some(replaced))) = &admitted {
				self.files.discard_fetched(hash, *replaced);
			}
			admitted
		};
		let Some((hold, _)) = admitted else { return Ok(None) };
		let (data, log) = self.files.fetched_paths(hash, len);
		Partial::open(*hash, len, (&data, &log), hold).map(Some)
	}

	/// Adds a piece to a fetch. `false` if it is not the piece it should be.
	///
	/// # Errors
	///
	/// [`BlobError::Io`].
	pub(super) fn add_piece(
		&self,
		partial: &Partial,
		index: u32,
		piece: &ProvenPiece,
	) -> Result<bool, BlobError> {
		let is_right = partial.add(index, piece)?;
		if is_right {
			self.ledger.lock().advance_fetched(partial.hash());
			self.metrics.fetched_piece(piece.bytes.len());
		}
		Ok(is_right)
	}

	/// Makes a fetch that is complete a blob. Every piece of it was checked when it came.
	///
	/// # Errors
	///
	/// [`BlobError::Missing`] if it is not complete, [`BlobError::Io`].
	pub(super) fn finish_fetch(&self, partial: &Partial) -> Result<(), BlobError> {
		let (hash, len) = (*partial.hash(), partial.len());
		if !partial.is_complete() {
			return Err(BlobError::Missing(hash));
		}
		partial.secure()?;
		let mut ledger = self.ledger.lock();
		if ledger.complete(&hash).is_some() {
			// Somebody has uploaded it meanwhile.
			self.files.discard_fetched(&hash, len);
			ledger.drop_fetched(&hash);
			return Ok(());
		}
		self.files.promote_fetched(&hash, len)?;
		ledger.drop_fetched(&hash);
		ledger.add_complete(hash, len, Origin::Fetched, SystemTime::now());
		drop(ledger);
		if let Some(tree) = partial.tree() {
			self.remember_tree(&hash, tree);
		}
		self.files.sync_shard(&hash)?;
		log::debug!(target: "blobs", "Blob {hash} was fetched, {len} bytes");
		Ok(())
	}

	/// How long a blob is of which a part was fetched before.
	pub(super) fn fetched_len(&self, hash: &Hash) -> Option<u64> {
		self.ledger.lock().fetched_len(hash)
	}

	/// Whether a blob of `len` bytes that only other nodes want finds room in their share, which is half of all.
	///
	/// # Errors
	///
	/// [`BlobError::QuotaExceeded`].
	pub(super) fn check_share_of_peers(&self, hash: &Hash, len: u64) -> Result<(), BlobError> {
		self.ledger.lock().check_share_of_peers(hash, len)
	}

	/// Whether a job or a receipt on the chain names a blob, as far as this node has noticed.
	pub(super) fn is_named(&self, hash: &Hash) -> bool {
		self.ledger.lock().is_named(hash)
	}

	/// Counts a blob as named by the chain until the next [`BlobStore::keep`], which may know of it by then.
	pub(crate) fn add_named(&self, hash: &Hash) {
		self.ledger.lock().add_named(*hash);
	}

	/// Says which blobs jobs and receipts on the chain name. Others are removed `expire_after` they were last named, or put
	/// here; so are uploads and fetches that were given up. Returns how many blobs were removed.
	pub(crate) fn keep(&self, named: HashSet<Hash>, expire_after: Duration) -> usize {
		let mut ledger = self.ledger.lock();
		ledger.set_named(named);
		self.sweep(&mut ledger);
		let expired = ledger.expire(expire_after);
		for (hash, len) in &expired {
			log::debug!(target: "blobs", "Blob {hash} is not needed any more, {len} bytes are free again");
			// With the lock held, so that none that comes again is removed.
			self.files.remove(hash);
		}
		self.metrics.removed(Removal::Expired, expired.len());
		expired.len()
	}

	/// Takes up what an earlier run of the node fetched in part.
	pub(super) fn recover_fetched(&self) -> Result<(), BlobError> {
		for found in self.files.fetched()? {
			if !self.ledger.lock().recover_fetched(found.hash, found.len, found.modified) {
				self.files.discard_fetched(&found.hash, found.len);
			}
		}
		Ok(())
	}
}
