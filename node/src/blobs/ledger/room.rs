//! Choosing what gives way, by the rule of [`crate::blobs::room`].

use super::{charge, Ledger, Origin};
use crate::blobs::BlobError;
use assay_primitives::Hash;
use std::{
	cmp::Reverse,
	sync::Arc,
	time::{Duration, SystemTime},
};

/// How long what this node has voted to have gives way to nothing: time for whoever asked for it to fetch it.
const HELD_FOR: Duration = Duration::from_secs(24 * 3_600);
/// After this long without use, what is here does not keep a node from finding something else for its peers. So what they
/// have it fetch again and again is half of its room in that time, no more.
const IDLE_AFTER: Duration = Duration::from_secs(3_600);

/// What was removed from the books. Its files are to be removed, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::blobs) struct Removed {
	/// The blob.
	pub(in crate::blobs) hash: Hash,
	/// Its length in bytes.
	pub(in crate::blobs) len: u64,
	/// Whether all of it was here, and not only a part of it.
	pub(in crate::blobs) is_whole: bool,
}

/// What may give way.
struct Candidate {
	removed: Removed,
	origin: Origin,
	used_at: SystemTime,
}

impl Ledger {
	/// What may give way: what came from other nodes, is not held, and nobody waits for.
	fn candidates(&self) -> impl Iterator<Item = Candidate> + '_ {
		let whole =
			self.complete.iter().filter(|(_, blob)| blob.origin <= Origin::Vouched).map(|(hash, blob)| {
				let removed = Removed { hash: *hash, len: blob.len, is_whole: true };
				Candidate { removed, origin: blob.origin, used_at: blob.used_at }
			});
		let broken_off = |hold| Arc::strong_count(hold) == 1;
		let parts =
			self.fetched.iter().filter(move |(_, part)| broken_off(&part.hold)).map(|(hash, part)| {
				let removed = Removed { hash: *hash, len: part.len, is_whole: false };
				Candidate { removed, origin: Origin::Fetched, used_at: part.last_progress }
			});
		whole.chain(parts).filter(|candidate| !self.in_use.contains_key(&candidate.removed.hash))
	}

	/// What all that may give way counts.
	pub(super) fn evictable(&self) -> u64 {
		self.candidates().map(|candidate| charge(candidate.removed.len)).fold(0, u64::saturating_add)
	}

	/// What that part of it counts that goes first, and has not been used for a while.
	pub(super) fn idle(&self) -> u64 {
		let now = SystemTime::now();
		let is_idle = |candidate: &Candidate| {
			candidate.origin == Origin::Fetched
				&& now.duration_since(candidate.used_at).is_ok_and(|age| age >= IDLE_AFTER)
		};
		self.candidates()
			.filter(is_idle)
			.map(|candidate| charge(candidate.removed.len))
			.fold(0, u64::saturating_add)
	}

	/// What all that is held counts.
	pub(super) fn held(&self) -> u64 {
		let held = self.complete.values().filter(|blob| matches!(blob.origin, Origin::Held { .. }));
		held.map(|blob| charge(blob.len)).fold(0, u64::saturating_add)
	}

	/// Makes room for an upload that would begin now, if nothing but the quota is in its way.
	pub(in crate::blobs) fn make_room_for_upload(&mut self, hash: &Hash, len: u64) -> Vec<Removed> {
		match self.check_upload(hash, len, None) {
			Err(BlobError::QuotaExceeded { .. }) => self.make_room(hash, len, None),
			_ => Vec::new(),
		}
	}

	/// Makes room for a blob that comes from other nodes, if nothing but the quota is in its way.
	pub(in crate::blobs) fn make_room_for_fetch(&mut self, hash: &Hash, len: u64) -> Vec<Removed> {
		let replaced = self.fetched_len(hash);
		match self.check_room(hash, len, replaced) {
			Err(BlobError::QuotaExceeded { .. }) => self.make_room(hash, len, replaced),
			_ => Vec::new(),
		}
	}

	/// Removes what has been of no use for longest until `len` bytes of a blob fit, once a part of it with the length
	/// `replaced` is gone. Nothing if that is not enough.
	fn make_room(&mut self, hash: &Hash, len: u64, replaced: Option<u64>) -> Vec<Removed> {
		let used = self.used.saturating_sub(replaced.map_or(0, charge));
		let mut missing = used.saturating_add(charge(len)).saturating_sub(self.limits.quota);
		// What the blob's own part counts is free already.
		let is_other = |candidate: &Candidate| replaced.is_none() || candidate.removed.hash != *hash;
		let mut candidates: Vec<_> = self.candidates().filter(is_other).collect();
		candidates.sort_unstable_by_key(|candidate| (candidate.origin, candidate.used_at));
		let mut chosen = Vec::new();
		for Candidate { removed, .. } in candidates {
			if missing == 0 {
				break;
			}
			missing = missing.saturating_sub(charge(removed.len));
			chosen.push(removed);
		}
		let is_in_vain = missing > 0 || len > self.limits.max_size || !self.fits_staging(hash, len, replaced);
		if is_in_vain {
			return Vec::new();
		}
		for Removed { hash, len, is_whole } in &chosen {
			if *is_whole {
				self.complete.remove(hash);
				self.free_room(hash, *len);
			} else {
				self.drop_fetched(hash);
			}
		}
		chosen
	}

	/// Whether a blob that nothing names would fit among those.
	fn fits_staging(&self, hash: &Hash, len: u64, replaced: Option<u64>) -> bool {
		let loose = self.loose.saturating_sub(replaced.map_or(0, charge));
		self.named.contains(hash) || loose.saturating_add(charge(len)) <= self.limits.staging
	}

	/// As [`Ledger::complete`], for somebody who has a use for the blob.
	pub(in crate::blobs) fn use_complete(&mut self, hash: &Hash) -> Option<(u64, u64)> {
		let complete = self.complete.get_mut(hash)?;
		complete.used_at = SystemTime::now();
		Some((complete.len, complete.serial))
	}

	/// Notes that somebody waits for a blob: it gives way to nothing.
	pub(in crate::blobs) fn begin_use(&mut self, hash: Hash) {
		let users = self.in_use.entry(hash).or_default();
		*users = users.saturating_add(1);
	}

	/// Whether somebody does.
	#[cfg(test)]
	pub(in crate::blobs) fn is_in_use(&self, hash: &Hash) -> bool {
		self.in_use.contains_key(hash)
	}

	/// Notes that somebody does not wait for it any more.
	pub(in crate::blobs) fn end_use(&mut self, hash: &Hash) {
		let left = self.in_use.get(hash).map_or(0, |users| users.saturating_sub(1));
		if left == 0 {
			self.in_use.remove(hash);
		} else {
			self.in_use.insert(*hash, left);
		}
	}

	/// Has a blob count as uploaded. `true` if it did not.
	pub(in crate::blobs) fn adopt(&mut self, hash: &Hash) -> bool {
		let complete = self.complete.get_mut(hash);
		complete.is_some_and(|blob| std::mem::replace(&mut blob.origin, Origin::Uploaded) != Origin::Uploaded)
	}

	/// Has a blob go after those that were only fetched. `true` if it did not.
	pub(in crate::blobs) fn vouch(&mut self, hash: &Hash) -> bool {
		let fetched = self.complete.get_mut(hash).filter(|blob| blob.origin == Origin::Fetched);
		fetched.map(|blob| blob.origin = Origin::Vouched).is_some()
	}

	/// Has a blob stay. `Ok(None)` if it does anyway; otherwise what does not have to stay any more instead.
	///
	/// # Errors
	///
	/// [`BlobError::Missing`]; [`BlobError::HeldFull`] if all of what is held is to stay for now.
	pub(in crate::blobs) fn hold(&mut self, hash: &Hash) -> Result<Option<(Origin, Vec<Hash>)>, BlobError> {
		let now = SystemTime::now();
		let blob = self.complete.get(hash).ok_or(BlobError::Missing(*hash))?;
		if blob.origin > Origin::Vouched {
			return Ok(None);
		}
		let (needed, used, quota) = (charge(blob.len), self.held(), self.limits.quota / 2);
		let mut missing = used.saturating_add(needed).saturating_sub(quota);
		let mut released = Vec::new();
		for (hash, len) in self.long_held(now) {
			if missing == 0 {
				break;
			}
			missing = missing.saturating_sub(charge(len));
			released.push(hash);
		}
		if missing > 0 || needed > quota {
			return Err(BlobError::HeldFull { needed, used, quota });
		}
		released.iter().for_each(|hash| self.release(hash));
		let origin = Origin::Held { since: now };
		if let Some(blob) = self.complete.get_mut(hash) {
			blob.origin = origin;
		}
		Ok(Some((origin, released)))
	}

	/// Does not hold a blob any more.
	pub(in crate::blobs) fn release(&mut self, hash: &Hash) {
		if let Some(blob) = self.complete.get_mut(hash) {
			blob.origin = Origin::Vouched;
		}
	}

	/// What was held for long enough, the largest first: a demand costs the same whatever it has all validators keep.
	fn long_held(&self, now: SystemTime) -> Vec<(Hash, u64)> {
		let since = |origin| match origin {
			Origin::Held { since } => {
				now.duration_since(since).is_ok_and(|age| age >= HELD_FOR).then_some(since)
			},
			Origin::Fetched | Origin::Vouched | Origin::Uploaded => None,
		};
		let held =
			self.complete.iter().filter_map(|(hash, blob)| Some((since(blob.origin)?, *hash, blob.len)));
		let mut held: Vec<_> = held.collect();
		held.sort_unstable_by_key(|(since, hash, len)| (Reverse(*len), *since, hash.0));
		held.into_iter().map(|(_, hash, len)| (hash, len)).collect()
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::blobs::{ledger::BLOCK, BlobLimits};

	const LIMITS: BlobLimits = BlobLimits { max_size: 8 * BLOCK, quota: 8 * BLOCK, staging: 8 * BLOCK };

	fn ledger(blobs: &[(&str, u64)]) -> Ledger {
		let mut ledger = Ledger::new(LIMITS);
		for (name, blocks) in blobs {
			ledger.add_complete(hash(name), blocks * BLOCK, Origin::Fetched, SystemTime::now());
		}
		ledger
	}

	fn hash(name: &str) -> Hash {
		Hash::of(name.as_bytes())
	}

	fn ago(age: Duration) -> SystemTime {
		SystemTime::now().checked_sub(age).unwrap()
	}

	fn held_since(ledger: &mut Ledger, name: &str, since: SystemTime) {
		ledger.hold(&hash(name)).unwrap();
		ledger.complete.get_mut(&hash(name)).unwrap().origin = Origin::Held { since };
	}

	#[test]
	fn what_was_held_for_a_day_makes_room_for_others_the_largest_first() {
		let mut ledger = ledger(&[("small", 1), ("large", 2), ("young", 1), ("next", 1), ("last", 2)]);
		let day = Duration::from_secs(24 * 3_600);
		held_since(&mut ledger, "small", ago(day * 3));
		held_since(&mut ledger, "large", ago(day * 2));
		held_since(&mut ledger, "young", ago(day / 2));
		assert_eq!(ledger.held(), 4 * BLOCK);
		let (_, released) = ledger.hold(&hash("next")).unwrap().unwrap();
		assert_eq!(released, [hash("large")]);
		assert!(ledger.complete.contains_key(&hash("large")), "it is still here");
		assert_eq!((ledger.held(), ledger.evictable()), (3 * BLOCK, 4 * BLOCK));
		let (_, released) = ledger.hold(&hash("last")).unwrap().unwrap();
		assert_eq!(released, [hash("small")]);
		let refused = ledger.hold(&hash("large"));
		assert!(matches!(refused, Err(BlobError::HeldFull { .. })), "all else is too young: {refused:?}");
		assert_eq!(ledger.held(), 4 * BLOCK);
	}

	#[test]
	fn nothing_is_released_in_vain() {
		let mut ledger = ledger(&[("old", 1), ("young", 3), ("more", 2)]);
		held_since(&mut ledger, "old", ago(HELD_FOR));
		held_since(&mut ledger, "young", ago(Duration::ZERO));
		assert!(matches!(ledger.hold(&hash("more")), Err(BlobError::HeldFull { .. })));
		assert_eq!(ledger.held(), 4 * BLOCK);
	}

	/// Before, what validators had fetched for their duties kept all nodes from finding anything for each other.
	#[test]
	fn peers_have_room_where_nobody_has_used_it_for_an_hour() {
		let mut ledger = ledger(&[("idle", 4), ("vouched", 2), ("lately", 1)]);
		ledger.vouch(&hash("vouched"));
		for name in ["idle", "vouched"] {
			ledger.complete.get_mut(&hash(name)).unwrap().used_at = ago(IDLE_AFTER);
		}
		ledger.add_named(hash("wanted"));
		assert!(ledger.check_share_of_peers(&hash("wanted"), BLOCK).is_ok());
		assert!(
			ledger.check_share_of_peers(&hash("wanted"), 2 * BLOCK).is_err(),
			"half is for the node itself"
		);
		let removed = ledger.make_room_for_fetch(&hash("wanted"), 2 * BLOCK);
		assert_eq!(removed.iter().map(|removed| removed.hash).collect::<Vec<_>>(), [hash("idle")]);
		let left = ledger.check_share_of_peers(&hash("wanted"), 2 * BLOCK);
		assert!(left.is_err(), "what is left was used lately, or is vouched for");
	}

	#[test]
	fn a_use_puts_an_end_to_idleness() {
		let mut ledger = ledger(&[("blob", 4)]);
		ledger.complete.get_mut(&hash("blob")).unwrap().used_at = ago(IDLE_AFTER);
		assert_eq!(ledger.idle(), 4 * BLOCK);
		ledger.use_complete(&hash("blob"));
		assert_eq!(ledger.idle(), 0);
	}
}
