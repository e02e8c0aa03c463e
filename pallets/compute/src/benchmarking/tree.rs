//! A Merkle tree of which only some leaves matter, so that the largest batch there can be does not have to be hashed for
//! every run of a benchmark.

use alloc::{collections::BTreeMap, vec::Vec};
use assay_primitives::{merkle, Hash};

/// What stands for every node that no leaf in question lies under.
const OTHER: Hash = Hash([7; 32]);

/// The known nodes of a tree, level by level, each by its place.
pub(super) struct Tree {
	count: u32,
	levels: Vec<(u32, BTreeMap<u32, Hash>)>,
}

impl Tree {
	/// A tree of `count` leaves, of which these are known by their place.
	pub(super) fn new(count: u32, leaves: BTreeMap<u32, Hash>) -> Self {
		let mut levels = Vec::new();
		let (mut width, mut level) = (count, leaves);
		while width > 1 {
			let above = parents(width, &level);
			levels.push((width, level));
			(width, level) = (width.div_ceil(2), above);
		}
		levels.push((width, level));
		Self { count, levels }
	}

	pub(super) fn root(&self) -> Hash {
		let top = self.levels.last().and_then(|(_, nodes)| nodes.get(&0));
		merkle::bind(self.count, top.unwrap_or(&OTHER))
	}

	/// The siblings on the way from the leaf at `place` to the root.
	pub(super) fn proof(&self, place: u32) -> Vec<Hash> {
		let mut siblings = Vec::new();
		let mut place = place;
		for (width, nodes) in &self.levels {
			let sibling = place ^ 1;
			if sibling < *width {
				siblings.push(nodes.get(&sibling).copied().unwrap_or(OTHER));
			}
			place /= 2;
		}
		siblings
	}
}

fn parents(width: u32, level: &BTreeMap<u32, Hash>) -> BTreeMap<u32, Hash> {
	let at = |place: u32| level.get(&place).copied().unwrap_or(OTHER);
	level
		.keys()
		.map(|place| {
			let left = place & !1;
			// The last node of an odd level goes up unchanged.
			let above = if left + 1 < width { merkle::node(&at(left), &at(left + 1)) } else { at(left) };
			(place / 2, above)
		})
		.collect()
}
