//! The binary Merkle tree that commits to a batch: leaves and nodes hashed in separate domains, the number of leaves
//! bound into the root, an odd node carried up unchanged.

use crate::{hash, Hash};
use alloc::vec::Vec;

/// More siblings than any proof can have: leaf counts are 32-bit.
pub const MAX_PROOF_LEN: usize = 32;

/// The inner node above two others.
pub fn node(left: &Hash, right: &Hash) -> Hash {
	hash::derive(hash::NODE, &(left, right))
}

/// The root of a tree of `count` leaves with that node at the top.
pub fn bind(count: u32, top: &Hash) -> Hash {
	hash::derive(hash::ROOT, &(count, top))
}

fn parents(level: &[Hash]) -> Vec<Hash> {
	level
		.chunks(2)
		.map(|pair| match pair {
			[left, right] => node(left, right),
			// `chunks(2)` yields one or two elements.
			_ => pair[0],
		})
		.collect()
}

/// The root over `leaves`, in order. `None` for no leaves, or more than fit a `u32`.
pub fn root(leaves: &[Hash]) -> Option<Hash> {
	let count = u32::try_from(leaves.len()).ok()?;
	let mut level = leaves.to_vec();
	while level.len() > 1 {
		level = parents(&level);
	}
	level.first().map(|top| bind(count, top))
}

/// The siblings that lead from leaf `index` to the root, lowest first. `None` if there is no such leaf.
pub fn proof(leaves: &[Hash], index: u32) -> Option<Vec<Hash>> {
	let mut position = usize::try_from(index).ok()?;
	leaves.get(position)?;
	let mut siblings = Vec::new();
	let mut level = leaves.to_vec();
	while level.len() > 1 {
		siblings.extend(level.get(position ^ 1));
		level = parents(&level);
		position /= 2;
	}
	Some(siblings)
}

/// Whether `leaf` is number `index` of the `count` leaves under `root`.
pub fn verify(root: &Hash, count: u32, index: u32, leaf: &Hash, proof: &[Hash]) -> bool {
	if index >= count {
		return false;
	}
	let (mut width, mut position, mut current) = (count, index, *leaf);
	let mut siblings = proof.iter();
	while width > 1 {
		let is_right = position % 2 == 1;
		// The last node of an odd level has no sibling.
		if is_right || position + 1 < width {
			let Some(sibling) = siblings.next() else {
				return false;
			};
			current = if is_right { node(sibling, &current) } else { node(&current, sibling) };
		}
		position /= 2;
		width = width.div_ceil(2);
	}
	siblings.next().is_none() && bind(count, &current) == *root
}

#[cfg(test)]
mod tests {
	use super::*;
	use proptest::prelude::*;

	fn leaves(count: u32) -> Vec<Hash> {
		(0..count).map(|i| Hash::of(&i.to_le_bytes())).collect()
	}

	#[test]
	fn there_is_no_empty_tree() {
		assert_eq!(root(&[]), None);
		assert_eq!(proof(&leaves(3), 3), None);
		assert!(!verify(&Hash::default(), 0, 0, &Hash::default(), &[]));
	}

	#[test]
	fn every_leaf_of_every_small_tree_has_a_proof_and_no_other_place() {
		for count in 1..=33 {
			let leaves = leaves(count);
			let root = root(&leaves).unwrap();
			for index in 0..count {
				let siblings = proof(&leaves, index).unwrap();
				assert!(siblings.len() <= MAX_PROOF_LEN);
				for other in 0..count {
					let holds = verify(&root, count, other, &leaves[index as usize], &siblings);
					assert_eq!(holds, other == index, "{count} leaves, leaf {index} at {other}");
				}
			}
		}
	}

	#[test]
	fn the_number_of_leaves_is_bound() {
		let all = leaves(3);
		assert_ne!(root(&all[..2]), root(&all));
		// A tree of two leaves whose second "leaf" is an inner node of a larger one.
		let inner = node(&all[0], &all[1]);
		assert_ne!(root(&[inner, all[2]]), root(&all));
	}

	proptest! {
		#[test]
		fn a_changed_proof_does_not_hold(count in 2u32..200, pick: u32, flip in 0usize..32, cut: bool) {
			let leaves = leaves(count);
			let root = root(&leaves).unwrap();
			let index = pick % count;
			let mut siblings = proof(&leaves, index).unwrap();
			prop_assume!(!siblings.is_empty());
			if cut {
				siblings.pop();
			} else {
				let at = flip % siblings.len();
				siblings[at].0[flip] ^= 1;
			}
			prop_assert!(!verify(&root, count, index, &leaves[index as usize], &siblings));
		}
	}
}
