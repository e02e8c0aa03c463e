//! Verifying a blob piece by piece.
//!
//! BLAKE3 hashes chunks of 1 KiB into a binary tree. A piece of 1 MiB, at a multiple of 1 MiB, is a whole subtree of it:
//! with the chaining values of the subtrees beside its path it hashes to the root, which is the blob's name. So each
//! piece is checked when it arrives, whoever sends it and in whatever order. The last piece shows the blob's length as
//! well, because nothing but the right length leads from it to the root.
//!
//! The shape of the tree is section 2.1 of the BLAKE3 paper: the left side of a node is the largest power of two of chunks
//! that leaves something for the right.

use assay_primitives::Hash;
use blake3::hazmat::{merge_subtrees_non_root, merge_subtrees_root, ChainingValue, HasherExt, Mode};
use std::{
	io::{self, Read},
	ops::Range,
};

/// Bytes of a piece. The last one of a blob may be shorter.
pub(super) const PIECE: u64 = 1 << 20;
/// Bytes of a piece in memory.
pub(super) const PIECE_BYTES: usize = 1 << 20;

/// A piece that can be checked against the blob's hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ProvenPiece {
	/// Bytes of the whole blob.
	pub(super) len: u64,
	/// The chaining values beside the path from the piece up to the root, the piece's own neighbour first.
	pub(super) siblings: Vec<Hash>,
	/// The piece.
	pub(super) bytes: Vec<u8>,
}

/// Pieces of a blob of `len` bytes. An empty blob has one, which is empty.
pub(super) fn count(len: u64) -> u64 {
	len.div_ceil(PIECE).max(1)
}

/// Where a piece lies. `None` if there is no such piece.
pub(super) fn range(len: u64, index: u64) -> Option<Range<u64>> {
	let start = index.checked_mul(PIECE).filter(|_| index < count(len))?;
	Some(start..start.saturating_add(PIECE).min(len))
}

/// How many bytes lie in a range of [`range`].
pub(super) fn bytes_in(range: &Range<u64>) -> usize {
	usize::try_from(range.end.saturating_sub(range.start)).unwrap_or(PIECE_BYTES)
}

/// Room left in the memory of a piece that is read, for what goes with it: its length, its proof.
const ROOM: usize = 2_048;

/// What the bytes in a range of [`range`] can be read into.
pub(super) fn buffer(range: &Range<u64>) -> Vec<u8> {
	let len = bytes_in(range);
	let mut buffer = vec![0; len.saturating_add(ROOM)];
	buffer.truncate(len);
	buffer
}

/// The chaining value of a piece that is not the whole blob.
pub(super) fn chaining_value(index: u64, bytes: &[u8]) -> Option<ChainingValue> {
	let offset = index.checked_mul(PIECE).filter(|_| !bytes.is_empty())?;
	let mut hasher = blake3::Hasher::new();
	hasher.set_input_offset(offset).update(bytes);
	Some(hasher.finalize_non_root())
}

/// On which side of each node the path from the root to a piece goes on: `true` for the left one. `None` if there is no
/// such piece.
fn path(mut pieces: u64, mut index: u64) -> Option<Vec<bool>> {
	let mut turns = Vec::new();
	if index >= pieces {
		return None;
	}
	while pieces > 1 {
		let left = left_pieces(pieces);
		let goes_left = index < left;
		turns.push(goes_left);
		if goes_left {
			pieces = left;
		} else {
			(pieces, index) = (pieces.saturating_sub(left), index.saturating_sub(left));
		}
	}
	Some(turns)
}

/// The largest power of two below `pieces`, which is at least 2.
fn left_pieces(pieces: u64) -> u64 {
	pieces.div_ceil(2).checked_next_power_of_two().unwrap_or(1 << 63)
}

/// The chaining value of a piece that was found right. The only piece of an empty blob has none.
pub(super) type Leaf = Option<ChainingValue>;

/// Whether a piece is what it should be. The length is known to be right only if the piece is the last one.
pub(super) fn is_right(hash: &Hash, index: u64, piece: &ProvenPiece) -> bool {
	verify(hash, index, piece).is_some()
}

/// The chaining value of a piece, if it is what it should be, as for [`is_right`]. Its bytes are hashed once for both.
pub(super) fn verify(hash: &Hash, index: u64, piece: &ProvenPiece) -> Option<Leaf> {
	let ProvenPiece { len, siblings, bytes } = piece;
	let range = range(*len, index)?;
	if u64::try_from(bytes.len()) != Ok(range.end.saturating_sub(range.start)) {
		return None;
	}
	let turns = path(count(*len), index).filter(|turns| turns.len() == siblings.len())?;
	let leaf = chaining_value(index, bytes);
	let root = match leaf {
		Some(leaf) if !turns.is_empty() => climb(leaf, &turns, siblings)?,
		// It is the whole blob.
		_ if turns.is_empty() => Hash::of(bytes),
		_ => return None,
	};
	(root == *hash).then_some(leaf)
}

/// The root that a chaining value leads to, past the chaining values beside its path.
fn climb(mut value: ChainingValue, turns: &[bool], siblings: &[Hash]) -> Option<Hash> {
	let mut upwards = turns.iter().rev().zip(siblings).peekable();
	while let Some((is_left, sibling)) = upwards.next() {
		let (left, right) = if *is_left { (&value, &sibling.0) } else { (&sibling.0, &value) };
		if upwards.peek().is_none() {
			return Some(Hash(merge_subtrees_root(left, right, Mode::Hash).into()));
		}
		value = merge_subtrees_non_root(left, right, Mode::Hash);
	}
	None
}

/// The chaining values of all pieces of a blob, from which every proof is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Tree {
	leaves: Vec<ChainingValue>,
}

impl Tree {
	/// Reads a blob of `len` bytes, a piece at a time. `None` if it is not the blob `hash`.
	pub(super) fn read(hash: &Hash, len: u64, blob: impl Read) -> io::Result<Option<Self>> {
		let read = Self::of(len, blob)?;
		Ok(read.filter(|(_, found)| found == hash).map(|(tree, _)| tree))
	}

	/// Reads a blob of `len` bytes, a piece at a time, and tells its hash. `None` if it is shorter.
	pub(super) fn of(len: u64, mut blob: impl Read) -> io::Result<Option<(Self, Hash)>> {
		let mut buffer = Vec::with_capacity(PIECE_BYTES);
		let mut leaves = Vec::new();
		for index in 0..count(len) {
			let wanted = range(len, index).map_or(0, |range| range.end.saturating_sub(range.start));
			buffer.clear();
			blob.by_ref().take(wanted).read_to_end(&mut buffer)?;
			if u64::try_from(buffer.len()) != Ok(wanted) {
				return Ok(None);
			}
			if count(len) == 1 {
				return Ok(Some((Self { leaves }, Hash::of(&buffer))));
			}
			leaves.extend(chaining_value(index, &buffer));
		}
		let tree = Self { leaves };
		Ok(tree.root().map(|root| (tree, root)))
	}

	/// The tree of a blob whose pieces were verified one by one. `None` if that is not so.
	pub(super) fn verified(hash: &Hash, leaves: Vec<ChainingValue>) -> Option<Self> {
		// The hash of a blob of a single piece is no chaining value, and nothing is kept of it.
		let tree = Self { leaves: if leaves.len() > 1 { leaves } else { Vec::new() } };
		(tree.leaves.is_empty() || tree.root() == Some(*hash)).then_some(tree)
	}

	/// Values kept, of 32 bytes each.
	pub(super) fn len(&self) -> usize {
		self.leaves.len()
	}

	/// `None` for a blob of a single piece, which is hashed as it is.
	fn root(&self) -> Option<Hash> {
		let (left, right) = halves(&self.leaves)?;
		Some(Hash(merge_subtrees_root(&subtree(left)?, &subtree(right)?, Mode::Hash).into()))
	}

	/// Whether these are the bytes of a piece, given the blob's hash.
	pub(super) fn has(&self, hash: &Hash, index: u64, bytes: &[u8]) -> bool {
		if self.leaves.is_empty() {
			return index == 0 && Hash::of(bytes) == *hash;
		}
		let leaf = usize::try_from(index).ok().and_then(|index| self.leaves.get(index));
		leaf.is_some() && chaining_value(index, bytes).as_ref() == leaf
	}

	/// The chaining values beside a piece's path, its own neighbour first. `None` if there is no such piece.
	pub(super) fn siblings(&self, index: u64) -> Option<Vec<Hash>> {
		if self.leaves.is_empty() {
			return (index == 0).then(Vec::new);
		}
		let turns = path(u64::try_from(self.leaves.len()).ok()?, index)?;
		let mut leaves = self.leaves.as_slice();
		let mut siblings = Vec::with_capacity(turns.len());
		for goes_left in turns {
			let (left, right) = halves(leaves)?;
			let (on, beside) = if goes_left { (left, right) } else { (right, left) };
			siblings.push(Hash(subtree(beside)?));
			leaves = on;
		}
		siblings.reverse();
		Some(siblings)
	}
}

fn halves(leaves: &[ChainingValue]) -> Option<(&[ChainingValue], &[ChainingValue])> {
	let pieces = u64::try_from(leaves.len()).ok().filter(|pieces| *pieces > 1)?;
	leaves.split_at_checked(usize::try_from(left_pieces(pieces)).ok()?)
}

fn subtree(leaves: &[ChainingValue]) -> Option<ChainingValue> {
	match leaves {
		[] => None,
		[leaf] => Some(*leaf),
		_ => {
			let (left, right) = halves(leaves)?;
			Some(merge_subtrees_non_root(&subtree(left)?, &subtree(right)?, Mode::Hash))
		},
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	/// Bytes that differ all over, so that no piece is like another.
	fn bytes(len: u64) -> Vec<u8> {
		let mut bytes = vec![0; usize::try_from(len).unwrap()];
		blake3::Hasher::new().update(b"pieces").finalize_xof().fill(&mut bytes);
		bytes
	}

	fn prove(tree: &Tree, blob: &[u8], index: u64) -> ProvenPiece {
		let len = blob.len() as u64;
		let range = range(len, index).unwrap();
		let bytes = blob[range.start as usize..range.end as usize].to_vec();
		assert!(tree.has(&Hash::of(blob), index, &bytes));
		ProvenPiece { len, siblings: tree.siblings(index).unwrap(), bytes }
	}

	#[test]
	fn every_piece_of_blobs_of_all_shapes_is_proved() {
		let edges = [0, 1, 1_023, 1_024, 1_025, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, 2 * PIECE + 1];
		for len in edges.into_iter().chain((3..10).map(|pieces| pieces * PIECE - 7)) {
			let blob = bytes(len);
			let hash = Hash::of(&blob);
			let tree = Tree::read(&hash, len, &blob[..]).unwrap().unwrap();
			let mut leaves = Vec::new();
			for index in 0..count(len) {
				let leaf = verify(&hash, index, &prove(&tree, &blob, index));
				assert_eq!(leaf.map(|leaf| leaf.is_some()), Some(len > 0), "{len} {index}");
				leaves.extend(leaf.flatten());
			}
			assert_eq!(Tree::verified(&hash, leaves.clone()), Some(tree.clone()), "{len}");
			if let [first, second, ..] = &mut leaves[..] {
				std::mem::swap(first, second);
				assert_eq!(Tree::verified(&hash, leaves), None, "{len}");
			}
			assert_eq!((range(len, count(len)), tree.siblings(count(len))), (None, None), "{len}");
		}
	}

	#[test]
	fn a_damaged_or_shortened_blob_has_no_tree() {
		for len in [10, 3 * PIECE + 5] {
			let mut blob = bytes(len);
			let hash = Hash::of(&blob);
			assert_eq!(Tree::read(&hash, len, &blob[1..]).unwrap(), None);
			blob[3] ^= 1;
			assert_eq!(Tree::read(&hash, len, &blob[..]).unwrap(), None);
		}
	}

	#[test]
	fn nothing_but_the_piece_itself_is_right() {
		let blob = bytes(5 * PIECE + 100);
		let hash = Hash::of(&blob);
		let tree = Tree::read(&hash, blob.len() as u64, &blob[..]).unwrap().unwrap();
		for index in 0..6 {
			let right = prove(&tree, &blob, index);
			let wrong = |change: &dyn Fn(&mut ProvenPiece)| {
				let mut piece = right.clone();
				change(&mut piece);
				assert_ne!(piece, right);
				assert!(!is_right(&hash, index, &piece), "{index}");
			};
			assert!(is_right(&hash, index, &right));
			wrong(&|piece| piece.bytes[50] ^= 1);
			wrong(&|piece| piece.bytes.truncate(99));
			wrong(&|piece| piece.bytes.push(0));
			wrong(&|piece| piece.bytes.clear());
			wrong(&|piece| piece.siblings[0].0[0] ^= 1);
			wrong(&|piece| piece.siblings.truncate(piece.siblings.len() - 1));
			wrong(&|piece| piece.siblings.push(hash));
			wrong(&|piece| piece.siblings.reverse());
			assert!(!is_right(&hash, (index + 1) % 6, &right), "another place");
			assert!(!is_right(&Hash::of(b"other"), index, &right), "another blob");
		}
	}

	/// Only the last piece binds the length, which is why it is fetched first.
	#[test]
	fn the_last_piece_shows_the_length() {
		let blob = bytes(5 * PIECE + 100);
		let (hash, len) = (Hash::of(&blob), blob.len() as u64);
		let tree = Tree::read(&hash, len, &blob[..]).unwrap().unwrap();
		let claim = |index, len| {
			let mut piece = ProvenPiece { len, ..prove(&tree, &blob, index) };
			let fitting = range(len, index).map_or(100, |range| range.end - range.start);
			piece.bytes.resize(usize::try_from(fitting).unwrap(), 0);
			piece
		};
		assert!(is_right(&hash, 0, &claim(0, 8 * PIECE)), "a first piece does not know how many follow");
		for wrong in [0, 1, PIECE, len - 1, len + 1, 6 * PIECE, 8 * PIECE, u64::MAX] {
			let last = count(wrong) - 1;
			assert!(!is_right(&hash, 5, &claim(5, wrong)), "{wrong}");
			assert!(!is_right(&hash, last, &claim(5, wrong)), "{wrong}");
		}
	}
}
