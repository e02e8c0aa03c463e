//! A blob on its way from other nodes: pieces that were verified, in any order.
//!
//! Two files under `fetching/`: one of the blob's length, into which pieces are written where they belong, and a log of
//! the pieces that are in it, each with its chaining value. What the log says is not believed after a restart, but
//! checked: a piece that does not have its chaining value any more is fetched again.

use super::{
	error::{io, BlobError},
	ledger::Hold,
	pieces::{self, Leaf, ProvenPiece, Tree, PIECE},
	BlobPart,
};
use assay_primitives::Hash;
use blake3::hazmat::ChainingValue;
use parking_lot::Mutex;
use std::{
	collections::HashMap,
	fs::{File, OpenOptions},
	io::{self as std_io, Read, Seek, SeekFrom, Write},
	os::unix::fs::FileExt,
	path::Path,
	sync::atomic::{AtomicU64, Ordering},
};

/// Bytes of an entry of the log: a piece's number, and its chaining value.
const ENTRY: usize = 4 + 32;
/// Bytes that are written before they are put onto the disk. It is busy with them while others arrive, so that little is left
/// to wait for at the end.
const SECURED_AT_ONCE: u64 = 32 << 20;

/// A blob on its way. Share it with `Arc`.
pub(super) struct Partial {
	hash: Hash,
	len: u64,
	_hold: Hold,
	/// Read and written at the places of pieces, by several threads at once.
	data: File,
	/// Bytes written since the disk was last told to keep them.
	unsecured: AtomicU64,
	inner: Mutex<Inner>,
}

struct Inner {
	log: File,
	/// Which pieces are here.
	present: Vec<bool>,
	/// The chaining values of those that are.
	leaves: Vec<ChainingValue>,
	missing: usize,
	/// What proves the pieces that came since the node was started.
	proofs: HashMap<u32, Vec<Hash>>,
}

impl Partial {
	/// Opens the files of a blob's fetch, or makes them, and checks what they hold.
	pub(super) fn open(
		hash: Hash,
		len: u64,
		(data, log): (&Path, &Path),
		hold: Hold,
	) -> Result<Self, BlobError> {
		let open = || {
			let mut options = OpenOptions::new();
			options.read(true).write(true).create(true).truncate(false);
			let (data, log) = (options.open(data)?, options.open(log)?);
			data.set_len(len)?;
			let missing = usize::try_from(pieces::count(len)).map_err(std_io::Error::other)?;
			let (present, leaves) = (vec![false; missing], vec![ChainingValue::default(); missing]);
			let mut inner = Inner { log, present, leaves, missing, proofs: HashMap::new() };
			inner.recover(&data, len)?;
			Ok((data, inner))
		};
		let (data, inner) = open().map_err(io("open what it has of a blob"))?;
		let (unsecured, inner) = (AtomicU64::new(0), Mutex::new(inner));
		Ok(Self { hash, len, _hold: hold, data, unsecured, inner })
	}

	/// The blob.
	pub(super) fn hash(&self) -> &Hash {
		&self.hash
	}

	/// Its length in bytes.
	pub(super) fn len(&self) -> u64 {
		self.len
	}

	/// How many of its bytes are here, to within a piece.
	pub(super) fn arrived(&self) -> u64 {
		let missing = u64::try_from(self.inner.lock().missing).unwrap_or(u64::MAX);
		pieces::count(self.len).saturating_sub(missing).saturating_mul(PIECE).min(self.len)
	}

	/// The pieces that are not here yet.
	pub(super) fn missing(&self) -> Vec<u32> {
		let inner = self.inner.lock();
		(0..).zip(&inner.present).filter(|(_, is_present)| !**is_present).map(|(index, _)| index).collect()
	}

	/// Whether there is such a piece and it is not here.
	pub(super) fn lacks(&self, index: u32) -> bool {
		let inner = self.inner.lock();
		usize::try_from(index).ok().and_then(|index| inner.present.get(index)) == Some(&false)
	}

	/// Whether everything is here.
	pub(super) fn is_complete(&self) -> bool {
		self.inner.lock().missing == 0
	}

	/// Checks a piece and writes it down. `false` if it is not the piece it should be. Several may be added at once: nobody
	/// waits for another's piece to be hashed or written.
	pub(super) fn add(&self, index: u32, piece: &ProvenPiece) -> Result<bool, BlobError> {
		if piece.len != self.len {
			return Ok(false);
		}
		let Some(leaf) = pieces::verify(&self.hash, u64::from(index), piece) else { return Ok(false) };
		self.write(index, piece, leaf).map_err(io("store a piece of a blob"))?;
		Ok(true)
	}

	fn write(&self, index: u32, piece: &ProvenPiece, leaf: Leaf) -> std_io::Result<()> {
		if self.lacks(index) {
			self.data.write_all_at(&piece.bytes, u64::from(index).saturating_mul(PIECE))?;
			self.secure_often(u64::try_from(piece.bytes.len()).unwrap_or(PIECE))?;
		}
		let mut inner = self.inner.lock();
		inner.add(index, leaf)?;
		inner.proofs.insert(index, piece.siblings.clone());
		Ok(())
	}

	/// Notes that so many bytes were written, and has the disk keep them if they are many.
	fn secure_often(&self, written: u64) -> std_io::Result<()> {
		let unsecured = self.unsecured.fetch_add(written, Ordering::Relaxed).saturating_add(written);
		if unsecured < SECURED_AT_ONCE {
			return Ok(());
		}
		self.unsecured.store(0, Ordering::Relaxed);
		self.data.sync_data()
	}

	/// Whether there is such a piece, here or not.
	pub(super) fn has_place_for(&self, index: u32) -> bool {
		u64::from(index) < pieces::count(self.len)
	}

	/// A piece with what proves it. It is checked first, so that what the disk has damaged does not leave this node. `None`
	/// if it is not here yet, is not right any more, or came before a restart: nothing but the whole blob proves those.
	pub(super) fn piece(&self, index: u32) -> Result<Option<ProvenPiece>, BlobError> {
		let Some(range) = pieces::range(self.len, u64::from(index)) else { return Ok(None) };
		let Some(siblings) = self.inner.lock().proofs.get(&index).cloned() else { return Ok(None) };
		let mut bytes = pieces::buffer(&range);
		self.data.read_exact_at(&mut bytes, range.start).map_err(io("read what it has of a blob"))?;
		let piece = ProvenPiece { len: self.len, siblings, bytes };
		Ok(Some(piece).filter(|piece| pieces::is_right(&self.hash, u64::from(index), piece)))
	}

	/// Up to `limit` bytes from `offset` on. `None` if they are not here yet.
	pub(super) fn read(&self, offset: u64, limit: usize) -> Result<Option<BlobPart>, BlobError> {
		let (hash, len) = (self.hash, self.len);
		let left = len.checked_sub(offset).ok_or(BlobError::BeyondEnd { hash, len, offset })?;
		let count = usize::try_from(left).unwrap_or(usize::MAX).min(limit);
		let end = u64::try_from(count).ok().and_then(|count| offset.checked_add(count)).unwrap_or(len);
		if !self.inner.lock().has(offset / PIECE..end.div_ceil(PIECE)) {
			return Ok(None);
		}
		let mut bytes = vec![0; count];
		self.data.read_exact_at(&mut bytes, offset).map_err(io("read what it has of a blob"))?;
		Ok(Some(BlobPart { len, bytes }))
	}

	/// The blob's tree, once everything is here.
	pub(super) fn tree(&self) -> Option<Tree> {
		let inner = self.inner.lock();
		(inner.missing == 0).then(|| Tree::verified(&self.hash, inner.leaves.clone())).flatten()
	}

	/// Makes sure that everything is on the disk.
	pub(super) fn secure(&self) -> Result<(), BlobError> {
		self.data.sync_all().map_err(io("keep the fetched blob"))
	}
}

impl Inner {
	/// Reads the log, and checks every piece it names.
	fn recover(&mut self, data: &File, len: u64) -> std_io::Result<()> {
		let mut log = Vec::new();
		// Nobody but this module writes it, but a disk may hold anything. A piece is named at most twice: when it was
		// written again after it had got lost.
		let room = u64::try_from(self.present.len().saturating_mul(2 * ENTRY)).unwrap_or(u64::MAX);
		(&self.log).take(room).read_to_end(&mut log)?;
		let mut kept = Vec::new();
		let mut buffer = Vec::new();
		for entry in log.chunks_exact(ENTRY) {
			let Some((index, value)) = entry.split_first_chunk::<4>() else { continue };
			let index = u32::from_le_bytes(*index);
			let Some(range) = pieces::range(len, u64::from(index)) else { continue };
			buffer.resize(pieces::bytes_in(&range), 0);
			data.read_exact_at(&mut buffer, range.start)?;
			let found = pieces::chaining_value(u64::from(index), &buffer);
			if found.is_some_and(|found| found[..] == *value) && self.mark(index, found) {
				kept.extend_from_slice(entry);
			}
		}
		self.log.set_len(0)?;
		self.log.seek(SeekFrom::Start(0))?;
		self.log.write_all(&kept)
	}

	/// Whether all of these pieces are here.
	fn has(&self, mut wanted: std::ops::Range<u64>) -> bool {
		let present = |index| usize::try_from(index).ok().and_then(|index| self.present.get(index)).copied();
		wanted.all(|index| present(index) == Some(true))
	}

	/// Notes that a piece is here. `false` if that is known, or there is no such piece.
	fn mark(&mut self, index: u32, leaf: Leaf) -> bool {
		let Ok(index) = usize::try_from(index) else { return false };
		let (Some(present), Some(known)) = (self.present.get_mut(index), self.leaves.get_mut(index)) else {
			return false;
		};
		let is_new = !std::mem::replace(present, true);
		*known = leaf.unwrap_or_default();
		self.missing = self.missing.saturating_sub(usize::from(is_new));
		is_new
	}

	/// Adds an entry to the log. A disk that is full may take a part of it, which would shift all that follow.
	fn note(&mut self, entry: &[u8]) -> std_io::Result<()> {
		let end = self.log.stream_position()?;
		self.log.write_all(entry).inspect_err(|_| {
			// If this fails as well, what is misread after a restart is fetched again.
			let _ = self.log.set_len(end).and_then(|()| self.log.seek(SeekFrom::Start(end)));
		})
	}

	/// Notes in the log, and then here, that a piece was written.
	fn add(&mut self, index: u32, leaf: Leaf) -> std_io::Result<()> {
		if self.has(u64::from(index)..u64::from(index).saturating_add(1)) {
			return Ok(());
		}
		if let Some(value) = leaf {
			let mut entry = index.to_le_bytes().to_vec();
			entry.extend_from_slice(&value);
			self.note(&entry)?;
		}
		self.mark(index, leaf);
		Ok(())
	}
}
