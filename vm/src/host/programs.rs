//! The programs a child keeps compiled.

use assay_primitives::Hash;
use std::collections::VecDeque;

/// How many there are at most.
pub(super) const MAX_PROGRAMS: usize = 8;
/// How many bytes their modules have together at most; a single program may have more. The compiled code is several
/// times as large.
pub(super) const MAX_BYTES: usize = 8 << 20;

/// The programs that were used last, within bounds.
pub(super) struct Programs<P> {
	/// The one that was used last is last.
	kept: VecDeque<Kept<P>>,
}

struct Kept<P> {
	hash: Hash,
	bytes: usize,
	program: P,
}

impl<P> Programs<P> {
	pub(super) fn new() -> Self {
		Self { kept: VecDeque::new() }
	}

	/// A program that is kept, which becomes the one used last.
	pub(super) fn get(&mut self, hash: Hash) -> Option<&P> {
		let kept = self.take(hash)?;
		self.kept.push_back(kept);
		self.kept.back().map(|kept| &kept.program)
	}

	/// Drops what was not used for longest until there is room for one more of so many bytes. Tells what went.
	pub(super) fn make_room(&mut self, bytes: usize) -> Vec<Hash> {
		let mut dropped = Vec::new();
		while self.kept.len() >= MAX_PROGRAMS || self.bytes().saturating_add(bytes) > MAX_BYTES {
			match self.kept.pop_front() {
				Some(kept) => dropped.push(kept.hash),
				None => break,
			}
		}
		dropped
	}

	/// Keeps a program. There should be room for it.
	pub(super) fn keep(&mut self, hash: Hash, bytes: usize, program: P) {
		drop(self.take(hash));
		self.kept.push_back(Kept { hash, bytes, program });
	}

	fn take(&mut self, hash: Hash) -> Option<Kept<P>> {
		let position = self.kept.iter().position(|kept| kept.hash == hash)?;
		self.kept.remove(position)
	}

	fn bytes(&self) -> usize {
		self.kept.iter().fold(0, |sum, kept| sum.saturating_add(kept.bytes))
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	fn hash(number: usize) -> Hash {
		Hash::of(&number.to_le_bytes())
	}

	/// Programs 0 to `count`, each of so many bytes.
	fn filled(count: usize, bytes: usize) -> Programs<usize> {
		let mut programs = Programs::new();
		for number in 0..count {
			assert_eq!(programs.make_room(bytes), []);
			programs.keep(hash(number), bytes, number);
		}
		programs
	}

	#[test]
	fn the_one_not_used_for_longest_goes_first() {
		let mut programs = filled(MAX_PROGRAMS, 1);
		assert_eq!(programs.get(hash(0)), Some(&0));
		assert_eq!(programs.make_room(1), [hash(1)]);
		assert_eq!(programs.get(hash(1)), None);
		assert_eq!(programs.get(hash(2)), Some(&2));
		assert_eq!(programs.make_room(1), [], "there is room already");
	}

	#[test]
	fn many_bytes_take_the_room_of_several() {
		let mut programs = filled(4, MAX_BYTES / 4);
		assert_eq!(programs.make_room(MAX_BYTES / 2), [hash(0), hash(1)]);
		programs.keep(hash(9), MAX_BYTES / 2, 9);
		assert_eq!(programs.make_room(usize::MAX), [hash(2), hash(3), hash(9)]);
		assert_eq!(programs.make_room(usize::MAX), []);
	}

	#[test]
	fn one_that_comes_twice_is_kept_once() {
		let mut programs = filled(1, MAX_BYTES);
		programs.keep(hash(0), 1, 7);
		assert_eq!(programs.get(hash(0)), Some(&7));
		assert_eq!(programs.make_room(MAX_BYTES - 1), []);
	}
}
