//! Showing that a transaction is in a block.

use assay_primitives::{certificate::trie::lookup, Hash};
use codec::{Compact, Encode};
use sp_core::Blake2Hasher;
use sp_trie::{LayoutV0, LayoutV1, MemoryDB, TrieConfiguration, TrieDBMutBuilder, TrieLayout, TrieMut};
use std::collections::BTreeMap;

/// The trie over a block's transactions.
pub(super) struct Transactions {
	root: Hash,
	nodes: BTreeMap<Hash, Vec<u8>>,
}

impl Transactions {
	/// Builds the trie with that root. `None` if these are not the transactions of the block.
	///
	/// Runtimes of system version 2 and later keep long values beside their nodes.
	pub(super) fn new(extrinsics: &[Vec<u8>], root: &Hash) -> Option<Self> {
		let old = Self::build::<LayoutV0<Blake2Hasher>>(extrinsics)?;
		if old.root == *root {
			return Some(old);
		}
		Self::build::<LayoutV1<Blake2Hasher>>(extrinsics).filter(|new| new.root == *root)
	}

	fn build<L>(extrinsics: &[Vec<u8>]) -> Option<Self>
	where
		L: TrieLayout<Hash = Blake2Hasher> + TrieConfiguration,
	{
		let mut database = MemoryDB::<Blake2Hasher>::default();
		let mut root = Default::default();
		{
			let mut trie = TrieDBMutBuilder::<L>::new(&mut database, &mut root).build();
			for (index, extrinsic) in (0u32..).zip(extrinsics) {
				trie.insert(&Compact(index).encode(), extrinsic).ok()?;
			}
			trie.commit();
		}
		let nodes = database.drain().into_iter().map(|(hash, (node, _))| (Hash(hash.0), node)).collect();
		Some(Self { root: Hash(root.0), nodes })
	}

	/// The nodes that lead to a transaction.
	pub(super) fn proof(&self, index: u32) -> Option<Vec<Vec<u8>>> {
		let mut used = BTreeMap::new();
		let mut fetch = |hash: &Hash| {
			let node = self.nodes.get(hash)?;
			used.insert(*hash, node.clone());
			Some(node.clone())
		};
		lookup(&self.root, &Compact(index).encode(), &mut fetch).ok().flatten()?;
		Some(used.into_values().collect())
	}
}
