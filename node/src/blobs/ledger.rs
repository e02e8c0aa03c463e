//! What a store holds and has promised room for. No I/O: whoever keeps the lock does that.

mod room;

pub(super) use room::Removed;

use super::{BlobError, BlobLimits, BlobStatus};
use assay_primitives::Hash;
use parking_lot::Mutex;
use std::{
	collections::{HashMap, HashSet},
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

/// Why a blob is here. See [`super::room`] for what follows from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Origin {
	/// It came from other nodes.
	Fetched,
	/// It came from other nodes, and this one has told the chain that it could be had.
	Vouched,
	/// It came from other nodes, and this one has told the chain that it has it.
	Held {
		/// When.
		since: SystemTime,
	},
	/// A client of this node put it here.
	Uploaded,
}

struct Complete {
	len: u64,
	serial: u64,
	/// When somebody put it here, or it was last seen to be named.
	wanted_at: SystemTime,
	/// When this node or a client of it last had a use for it.
	used_at: SystemTime,
	origin: Origin,
}

struct Staged {
	len: u64,
	received: u64,
	last_progress: SystemTime,
	gate: Gate,
}

/// Held by whoever fetches a blob: until it is dropped, the fetch is not swept.
pub(super) type Hold = Arc<()>;

/// A blob on its way from other nodes.
struct Fetched {
	len: u64,
	last_progress: SystemTime,
	hold: Hold,
}

pub(super) struct Ledger {
	limits: BlobLimits,
	complete: HashMap<Hash, Complete>,
	staged: HashMap<Hash, Staged>,
	fetched: HashMap<Hash, Fetched>,
	/// What somebody is waiting for now, and how many.
	in_use: HashMap<Hash, usize>,
	/// What live jobs and receipts name.
	named: HashSet<Hash>,
	used: u64,
	/// The part of `used` that nothing names.
	loose: u64,
	next_serial: u64,
}

/// How much a store holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Holdings {
	/// Blobs that are whole: how many, and their bytes.
	pub(super) complete: (usize, u64),
	/// Uploads under way, with the length they are to have.
	pub(super) staged: (usize, u64),
	/// Fetches under way, or broken off, with the length they are to have.
	pub(super) fetching: (usize, u64),
	/// What they all count.
	pub(super) used: u64,
	/// What those of them count that no job or receipt names.
	pub(super) loose: u64,
	/// What those of them count that give way to others.
	pub(super) evictable: u64,
	/// What those of them count that this node has told the chain to have.
	pub(super) held: u64,
	/// How much the store takes.
	pub(super) limits: BlobLimits,
}

/// What a blob of `len` bytes counts.
fn charge(len: u64) -> u64 {
	len.max(1).div_ceil(BLOCK).saturating_mul(BLOCK)
}

impl Ledger {
	pub(super) fn new(limits: BlobLimits) -> Self {
		Self {
			limits,
			complete: HashMap::new(),
			staged: HashMap::new(),
			fetched: HashMap::new(),
			in_use: HashMap::new(),
			named: HashSet::new(),
			used: 0,
			loose: 0,
			next_serial: 0,
		}
	}

	/// How much there is.
	pub(super) fn holdings(&self) -> Holdings {
		fn sum(lens: impl Iterator<Item = u64>) -> (usize, u64) {
			lens.fold((0, 0), |(count, bytes), len| {
				(usize::saturating_add(count, 1), u64::saturating_add(bytes, len))
			})
		}
		Holdings {
			complete: sum(self.complete.values().map(|complete| complete.len)),
			staged: sum(self.staged.values().map(|staged| staged.len)),
			fetching: sum(self.fetched.values().map(|fetched| fetched.len)),
			used: self.used,
			loose: self.loose,
			evictable: self.evictable(),
			held: self.held(),
			limits: self.limits,
		}
	}

	fn take_room(&mut self, hash: &Hash, len: u64) {
		self.used = self.used.saturating_add(charge(len));
		if !self.named.contains(hash) {
			self.loose = self.loose.saturating_add(charge(len));
		}
	}

	fn free_room(&mut self, hash: &Hash, len: u64) {
		self.used = self.used.saturating_sub(charge(len));
		if !self.named.contains(hash) {
			self.loose = self.loose.saturating_sub(charge(len));
		}
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

	pub(super) fn add_complete(&mut self, hash: Hash, len: u64, origin: Origin, wanted_at: SystemTime) {
		let serial = self.next_serial;
		self.next_serial = serial.wrapping_add(1);
		let complete = Complete { len, serial, wanted_at, used_at: wanted_at, origin };
		if self.complete.insert(hash, complete).is_none() {
			self.take_room(&hash, len);
		}
	}

	/// Forgets a blob, if it is still the one with this serial number.
	pub(super) fn drop_complete(&mut self, hash: &Hash, serial: u64) -> bool {
		let len = self.complete.get(hash).filter(|complete| complete.serial == serial).map(|c| c.len);
		if let Some(len) = len {
			self.complete.remove(hash);
			self.free_room(hash, len);
		}
		len.is_some()
	}

	/// Whether an upload of `hash` would be a new one that finds no room.
	pub(super) fn wants_room(&self, hash: &Hash, len: u64) -> bool {
		let is_known = self.complete.contains_key(hash) || self.staged.contains_key(hash);
		!is_known && self.check_upload(hash, len, None).is_err()
	}

	/// Whether another upload of `len` bytes may begin, once one of the length `replaced` is gone.
	fn check_upload(&self, hash: &Hash, len: u64, replaced: Option<u64>) -> Result<(), BlobError> {
		if self.staged.len() >= MAX_STAGED && replaced.is_none() {
			return Err(BlobError::TooManyUploads { limit: MAX_STAGED });
		}
		self.check_room(hash, len, replaced)
	}

	/// Whether `len` bytes of a blob fit, once an unfinished part of it with the length `replaced` is gone.
	fn check_room(&self, hash: &Hash, len: u64, replaced: Option<u64>) -> Result<(), BlobError> {
		let (needed, quota, replaced) = (charge(len), self.limits.quota, replaced.map_or(0, charge));
		let fits = |used: u64, room: u64| used.checked_add(needed).is_some_and(|total| total <= room);
		let used = self.used.saturating_sub(replaced);
		if !fits(used, quota) {
			return Err(BlobError::QuotaExceeded { needed, used, quota });
		}
		if self.named.contains(hash) {
			return Ok(());
		}
		let (used, quota) = (self.loose.saturating_sub(replaced), self.limits.staging);
		fits(used, quota).then_some(()).ok_or(BlobError::StagingFull { needed, used, quota })
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
		if let Some(complete) = self.complete.get_mut(hash) {
			let (hash, known) = (*hash, complete.len);
			complete.wanted_at = SystemTime::now();
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
		self.check_upload(hash, len, replaced)?;
		self.drop_staged(hash);
		Ok((Admission::Write(self.add_staged(*hash, len, 0, SystemTime::now())), replaced))
	}

	fn add_staged(&mut self, hash: Hash, len: u64, received: u64, last_progress: SystemTime) -> Gate {
		let gate = Gate::default();
		self.staged.insert(hash, Staged { len, received, last_progress, gate: gate.clone() });
		self.take_room(&hash, len);
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
			self.free_room(hash, staged.len);
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

	/// Makes room for a blob of `len` bytes that comes from other nodes, or goes on with what is there of it. Also returns
	/// the length of an earlier fetch that this one replaces, whose files are to be removed. `None` if the blob is here.
	pub(super) fn admit_fetch(
		&mut self,
		hash: &Hash,
		len: u64,
	) -> Result<Option<(Hold, Option<u64>)>, BlobError> {
		let max = self.limits.max_size;
		if len > max {
			return Err(BlobError::TooLarge { len, max });
		}
		if self.complete.contains_key(hash) {
			return Ok(None);
		}
		let replaced = match self.fetched.get(hash) {
			Some(fetched) if fetched.len == len => return Ok(Some((fetched.hold.clone(), None))),
			other => other.map(|fetched| fetched.len),
		};
		self.check_room(hash, len, replaced)?;
		self.drop_fetched(hash);
		Ok(Some((self.add_fetched(*hash, len, SystemTime::now()), replaced)))
	}

	/// Whether `len` bytes of a blob that only other nodes want leave half of the room for this node's own needs. What has
	/// its room already keeps it, and what nobody has used for a while does not count.
	pub(super) fn check_share_of_peers(&self, hash: &Hash, len: u64) -> Result<(), BlobError> {
		let used = self.used.saturating_sub(self.idle());
		let (needed, quota) = (charge(len), self.limits.quota / 2);
		let fits = used.checked_add(needed).is_some_and(|total| total <= quota);
		let is_known = self.complete.contains_key(hash) || self.fetched.contains_key(hash);
		(fits || is_known).then_some(()).ok_or(BlobError::QuotaExceeded { needed, used, quota })
	}

	fn add_fetched(&mut self, hash: Hash, len: u64, last_progress: SystemTime) -> Hold {
		let hold = Hold::default();
		self.fetched.insert(hash, Fetched { len, last_progress, hold: hold.clone() });
		self.take_room(&hash, len);
		hold
	}

	/// Takes up a fetch found on the disk. `false` if it is of no use.
	pub(super) fn recover_fetched(&mut self, hash: Hash, len: u64, last_progress: SystemTime) -> bool {
		let is_known = self.complete.contains_key(&hash) || self.fetched.contains_key(&hash);
		let is_useful = !is_known && len <= self.limits.max_size;
		if is_useful {
			self.add_fetched(hash, len, last_progress);
		}
		is_useful
	}

	/// How long a blob is of which there is a part.
	pub(super) fn fetched_len(&self, hash: &Hash) -> Option<u64> {
		self.fetched.get(hash).map(|fetched| fetched.len)
	}

	/// Notes that a fetch gets on.
	pub(super) fn advance_fetched(&mut self, hash: &Hash) {
		if let Some(fetched) = self.fetched.get_mut(hash) {
			fetched.last_progress = SystemTime::now();
		}
	}

	pub(super) fn drop_fetched(&mut self, hash: &Hash) {
		if let Some(fetched) = self.fetched.remove(hash) {
			self.free_room(hash, fetched.len);
		}
	}

	/// Forgets fetches that have not got on for `stale_after`, and returns them: their files are to be removed.
	pub(super) fn sweep_fetched(&mut self, stale_after: Duration) -> Vec<(Hash, u64)> {
		let now = SystemTime::now();
		let is_stale = |fetched: &Fetched| {
			now.duration_since(fetched.last_progress).is_ok_and(|age| age >= stale_after)
				&& Arc::strong_count(&fetched.hold) == 1
		};
		let stale: Vec<_> = self
			.fetched
			.iter()
			.filter(|(_, fetched)| is_stale(fetched))
			.map(|(hash, fetched)| (*hash, fetched.len))
			.collect();
		for (hash, _) in &stale {
			self.drop_fetched(hash);
		}
		stale
	}

	/// Whether a blob counts as named.
	pub(super) fn is_named(&self, hash: &Hash) -> bool {
		self.named.contains(hash)
	}

	/// Counts a blob as named until the next [`Ledger::set_named`].
	pub(super) fn add_named(&mut self, hash: Hash) {
		if !self.named.contains(&hash) {
			let complete = self.complete.get(&hash).map(|complete| complete.len);
			let staged = self.staged.get(&hash).map(|staged| staged.len);
			let fetched = self.fetched.get(&hash).map(|fetched| fetched.len);
			let lens = [complete, staged, fetched].into_iter().flatten();
			let taken = lens.map(charge).fold(0, u64::saturating_add);
			self.loose = self.loose.saturating_sub(taken);
			self.named.insert(hash);
		}
	}

	/// Says what live jobs and receipts name, now.
	pub(super) fn set_named(&mut self, named: HashSet<Hash>) {
		let now = SystemTime::now();
		for (hash, complete) in &mut self.complete {
			// What is named no longer is wanted a while longer.
			if named.contains(hash) || self.named.contains(hash) {
				complete.wanted_at = now;
			}
		}
		self.named = named;
		let complete = self.complete.iter().map(|(hash, complete)| (hash, complete.len));
		let staged = self.staged.iter().map(|(hash, staged)| (hash, staged.len));
		let fetched = self.fetched.iter().map(|(hash, fetched)| (hash, fetched.len));
		self.loose = complete
			.chain(staged)
			.chain(fetched)
			.filter(|(hash, _)| !self.named.contains(hash))
			.map(|(_, len)| charge(len))
			.fold(0, u64::saturating_add);
	}

	/// Forgets blobs that nothing has named and nobody has put here for `expire_after`, and returns them: their files are
	/// to be removed.
	pub(super) fn expire(&mut self, expire_after: Duration) -> Vec<(Hash, u64)> {
		let now = SystemTime::now();
		let expired: Vec<_> = self
			.complete
			.iter()
			.filter(|(hash, complete)| {
				!self.named.contains(hash)
					&& now.duration_since(complete.wanted_at).is_ok_and(|age| age >= expire_after)
			})
			.map(|(hash, complete)| (*hash, complete.len))
			.collect();
		for (hash, len) in &expired {
			self.complete.remove(hash);
			self.free_room(hash, *len);
		}
		expired
	}
}
