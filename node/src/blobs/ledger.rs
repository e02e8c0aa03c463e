//! What a store holds and has promised room for. No I/O: whoever keeps the lock does that.

use super::{BlobError, BlobLimits, BlobStatus};
use assay_primitives::Hash;
use parking_lot::Mutex;
use std::{
	collections::HashMap,
	sync::Arc,
	time::{Duration, SystemTime},
};

/// Uploads under way at once.
pub(super) const MAX_STAGED: usize = 128;
/// What a blob's length is rounded up to when it is counted.
pub(super) const BLOCK: u64 = 4_096;

/// Held by whoever writes to an upload: until it is free, the upload is neither replaced nor swept. Also tells one
/// upload of a blob from the next.
pub(super) type Gate = Arc<Mutex<()>>;

/// What may be done with a piece of an upload.
pub(super) enum Admission {
	/// Nothing is left to do: the blob is here.
	Complete,
	/// Write it, with this gate held.
	Write(Gate),
}

struct Complete {
	len: u64,
	serial: u64,
}

struct Staged {
	len: u64,
	received: u64,
	last_progress: SystemTime,
	gate: Gate,
}

pub(super) struct Ledger {
	limits: BlobLimits,
	complete: HashMap<Hash, Complete>,
	staged: HashMap<Hash, Staged>,
	used: u64,
	next_serial: u64,
}

/// What a blob of `len` bytes counts.
fn charge(len: u64) -> u64 {
	len.max(1).div_ceil(BLOCK).saturating_mul(BLOCK)
}

impl Ledger {
	pub(super) fn new(limits: BlobLimits) -> Self {
		Self { limits, complete: HashMap::new(), staged: HashMap::new(), used: 0, next_serial: 0 }
	}

	pub(super) fn status(&self, hash: &Hash) -> BlobStatus {
		match (self.complete.get(hash), self.staged.get(hash)) {
			(Some(complete), _) => BlobStatus::Complete { len: complete.len },
			(None, Some(staged)) => BlobStatus::Partial { received: staged.received, len: staged.len },
			(None, None) => BlobStatus::Missing,
		}
	}

	/// Length of a blob that is here, and a number that no other blob under this hash has had.
	pub(super) fn complete(&self, hash: &Hash) -> Option<(u64, u64)> {
		self.complete.get(hash).map(|complete| (complete.len, complete.serial))
	}

	pub(super) fn add_complete(&mut self, hash: Hash, len: u64) {
		let serial = self.next_serial;
		self.next_serial = serial.wrapping_add(1);
		if self.complete.insert(hash, Complete { len, serial }).is_none() {
			self.used = self.used.saturating_add(charge(len));
		}
	}

	/// Forgets a blob, if it is still the one with this serial number.
	pub(super) fn drop_complete(&mut self, hash: &Hash, serial: u64) -> bool {
		let len = self.complete.get(hash).filter(|complete| complete.serial == serial).map(|c| c.len);
		if let Some(len) = len {
			self.complete.remove(hash);
			self.used = self.used.saturating_sub(charge(len));
		}
		len.is_some()
	}

	/// Whether an upload of `hash` would be a new one that finds no room.
	pub(super) fn wants_room(&self, hash: &Hash, len: u64) -> bool {
		let is_known = self.complete.contains_key(hash) || self.staged.contains_key(hash);
		!is_known && self.check_room(len, None).is_err()
	}

	/// Whether an upload of `len` bytes fits, once one of the length `replaced` is gone.
	fn check_room(&self, len: u64, replaced: Option<u64>) -> Result<(), BlobError> {
		if self.staged.len() >= MAX_STAGED && replaced.is_none() {
			return Err(BlobError::TooManyUploads { limit: MAX_STAGED });
		}
		let (needed, quota) = (charge(len), self.limits.quota);
		let used = self.used.saturating_sub(replaced.map_or(0, charge));
		match used.checked_add(needed) {
			Some(total) if total <= quota => Ok(()),
			_ => Err(BlobError::QuotaExceeded { needed, used, quota }),
		}
	}

	/// Whether a piece at `offset` of a blob of `len` bytes may be written; makes room for a new upload. Also returns
	/// the length of an upload that this one replaces, whose file is to be removed.
	pub(super) fn admit(
		&mut self,
		hash: &Hash,
		len: u64,
		offset: u64,
	) -> Result<(Admission, Option<u64>), BlobError> {
		let max = self.limits.max_size;
		if len > max {
			return Err(BlobError::TooLarge { len, max });
		}
		if let Some(Complete { len: known, .. }) = self.complete.get(hash) {
			let (hash, known) = (*hash, *known);
			let wrong = BlobError::WrongLength { hash, known, given: len };
			return (known == len).then_some((Admission::Complete, None)).ok_or(wrong);
		}
		let replaced = match self.staged.get(hash) {
			Some(staged) if staged.len == len => {
				let (hash, expected) = (*hash, staged.received);
				let wrong = BlobError::WrongOffset { hash, expected, given: offset };
				let admission = Admission::Write(staged.gate.clone());
				return (expected == offset).then_some((admission, None)).ok_or(wrong);
			},
			Some(staged) if offset > 0 || staged.gate.is_locked() => {
				return Err(BlobError::WrongLength { hash: *hash, known: staged.len, given: len });
			},
			staged => staged.map(|staged| staged.len),
		};
		if offset > 0 {
			return Err(BlobError::WrongOffset { hash: *hash, expected: 0, given: offset });
		}
		self.check_room(len, replaced)?;
		self.drop_staged(hash);
		Ok((Admission::Write(self.add_staged(*hash, len, 0, SystemTime::now())), replaced))
	}

	fn add_staged(&mut self, hash: Hash, len: u64, received: u64, last_progress: SystemTime) -> Gate {
		let gate = Gate::default();
		self.staged.insert(hash, Staged { len, received, last_progress, gate: gate.clone() });
		self.used = self.used.saturating_add(charge(len));
		gate
	}

	/// Takes up an upload found on the disk. `false` if it is of no use.
	pub(super) fn recover(&mut self, hash: Hash, len: u64, received: u64, last_progress: SystemTime) -> bool {
		let is_known = self.complete.contains_key(&hash) || self.staged.contains_key(&hash);
		let is_useful = !is_known && received <= len && len <= self.limits.max_size;
		if is_useful {
			self.add_staged(hash, len, received, last_progress);
		}
		is_useful
	}

	/// Notes that `received` bytes of an upload are here now.
	pub(super) fn advance(&mut self, hash: &Hash, received: u64) {
		if let Some(staged) = self.staged.get_mut(hash).filter(|staged| received > staged.received) {
			staged.received = received;
			staged.last_progress = SystemTime::now();
		}
	}

	pub(super) fn drop_staged(&mut self, hash: &Hash) {
		if let Some(staged) = self.staged.remove(hash) {
			self.used = self.used.saturating_sub(charge(staged.len));
		}
	}

	/// Forgets uploads that nobody has continued for `stale_after`, and returns them: their files are to be removed.
	pub(super) fn sweep(&mut self, stale_after: Duration) -> Vec<(Hash, u64)> {
		let now = SystemTime::now();
		let is_stale = |staged: &Staged| {
			// A clock that was set back makes no upload stale.
			now.duration_since(staged.last_progress).is_ok_and(|age| age >= stale_after)
				&& !staged.gate.is_locked()
		};
		let stale: Vec<_> = self
			.staged
			.iter()
			.filter(|(_, staged)| is_stale(staged))
			.map(|(hash, s)| (*hash, s.len))
			.collect();
		for (hash, _) in &stale {
			self.drop_staged(hash);
		}
		stale
	}
}
