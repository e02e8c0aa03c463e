//! Reading one value out of a state trie, or out of the trie over a block's transactions, of which only the nodes on the
//! way are there.
//!
//! The trie has a fixed radix of 16, its nodes are SCALE-like and named by their Blake2-256 hash; a node shorter than 32
//! bytes stands in its parent instead of its hash. See the Polkadot specification, section 2.4 (state storage).

use super::chain::blake2;
use crate::Hash;
use alloc::{
	collections::{BTreeMap, BTreeSet},
	vec::Vec,
};
use codec::{Compact, Decode, Input};

/// Why a value cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrieError {
	/// A node on the way, or the value itself, is not among those given.
	Missing(Hash),
	/// A node does not decode.
	Malformed(Hash),
}

impl core::fmt::Display for TrieError {
	fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
		match self {
			Self::Missing(node) => write!(f, "the node {node} is missing or was changed"),
			Self::Malformed(node) => write!(f, "the node {node} is malformed"),
		}
	}
}

impl core::error::Error for TrieError {}

/// The value under `key` in the trie with this root. `None` if the trie has none. `fetch` finds nodes by their hash.
///
/// # Errors
///
/// If a node on the way cannot be fetched or does not decode.
pub fn lookup(
	root: &Hash,
	key: &[u8],
	fetch: &mut dyn FnMut(&Hash) -> Option<Vec<u8>>,
) -> Result<Option<Vec<u8>>, TrieError> {
	let path: Vec<u8> = key.iter().flat_map(|byte| [byte >> 4, byte & 15]).collect();
	let mut rest = &path[..];
	let mut name = *root;
	let mut bytes = fetch(root).ok_or(TrieError::Missing(*root))?;
	loop {
		let node = Node::read(&mut &bytes[..]).ok_or(TrieError::Malformed(name))?;
		let Some(below) = rest.strip_prefix(&node.partial[..]) else {
			return Ok(None);
		};
		let Some((nibble, below)) = below.split_first() else {
			return match node.value {
				Some(Value::Hashed(hash)) => fetch(&hash).map(Some).ok_or(TrieError::Missing(hash)),
				Some(Value::Inline(value)) => Ok(Some(value)),
				None => Ok(None),
			};
		};
		rest = below;
		bytes = match node.children.into_iter().find(|(place, _)| place == nibble) {
			None => return Ok(None),
			Some((_, Child::Inline(bytes))) => bytes,
			Some((_, Child::Hashed(hash))) => {
				name = hash;
				fetch(&hash).ok_or(TrieError::Missing(hash))?
			},
		};
	}
}

enum Value {
	Inline(Vec<u8>),
	Hashed(Hash),
}

enum Child {
	Inline(Vec<u8>),
	Hashed(Hash),
}

/// A node: the empty one, a leaf or a branch.
struct Node {
	/// The nibbles between the parent and here.
	partial: Vec<u8>,
	value: Option<Value>,
	/// By the nibble that leads there.
	children: Vec<(u8, Child)>,
}

/// What the first bits of a node say.
enum Kind {
	Leaf,
	Branch,
	BranchWithValue,
	LeafWithHash,
	BranchWithHash,
}

impl Node {
	fn read(input: &mut &[u8]) -> Option<Self> {
		let first = input.read_byte().ok()?;
		if first == 0 {
			return input.is_empty().then(|| Self { partial: Vec::new(), value: None, children: Vec::new() });
		}
		let (kind, size_bits) = match first {
			0b0100_0000..=0b0111_1111 => (Kind::Leaf, 6),
			0b1000_0000..=0b1011_1111 => (Kind::Branch, 6),
			0b1100_0000..=0b1111_1111 => (Kind::BranchWithValue, 6),
			0b0010_0000..=0b0011_1111 => (Kind::LeafWithHash, 5),
			0b0001_0000..=0b0001_1111 => (Kind::BranchWithHash, 4),
			_ => return None,
		};
		let nibbles = read_size(first, size_bits, input)?;
		let partial = read_nibbles(nibbles, input)?;
		let bitmap = match kind {
			Kind::Leaf | Kind::LeafWithHash => 0,
			Kind::Branch | Kind::BranchWithValue | Kind::BranchWithHash => u16::decode(input).ok()?,
		};
		let value = match kind {
			Kind::Branch => None,
			Kind::Leaf | Kind::BranchWithValue => Some(Value::Inline(Vec::decode(input).ok()?)),
			Kind::LeafWithHash | Kind::BranchWithHash => Some(Value::Hashed(Hash::decode(input).ok()?)),
		};
		let places = (0..16u8).filter(|place| bitmap & (1 << place) != 0);
		let children = places.map(|place| Some((place, read_child(input)?))).collect::<Option<_>>()?;
		input.is_empty().then_some(Self { partial, value, children })
	}
}

/// The number of nibbles: in the low bits of the first byte, and what does not fit there in bytes that follow.
fn read_size(first: u8, bits: u8, input: &mut &[u8]) -> Option<usize> {
	let most = (1u8 << bits) - 1;
	let mut size = usize::from(first & most);
	if size < usize::from(most) {
		return Some(size);
	}
	loop {
		let more = input.read_byte().ok()?;
		size = size.checked_add(more.into())?;
		if more < u8::MAX {
			return Some(size);
		}
	}
}

/// Two nibbles to a byte. If their number is odd, the first one has a byte of its own.
fn read_nibbles(count: usize, input: &mut &[u8]) -> Option<Vec<u8>> {
	let (bytes, rest) = input.split_at_checked(count.div_ceil(2))?;
	*input = rest;
	let mut nibbles = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
	if count % 2 == 1 && nibbles.next()? != 0 {
		return None;
	}
	Some(nibbles.collect())
}

fn read_child(input: &mut &[u8]) -> Option<Child> {
	let length = usize::try_from(Compact::<u32>::decode(input).ok()?.0).ok()?;
	let (bytes, rest) = input.split_at_checked(length)?;
	*input = rest;
	match <[u8; 32]>::try_from(bytes) {
		Ok(hash) => Some(Child::Hashed(Hash(hash))),
		Err(_) => (length < 32).then(|| Child::Inline(bytes.to_vec())),
	}
}

/// Nodes that were handed over, and which of them were of use.
pub(super) struct Nodes<'a> {
	given: BTreeMap<Hash, &'a [u8]>,
	count: usize,
	used: BTreeSet<Hash>,
}

impl<'a> Nodes<'a> {
	pub(super) fn new(nodes: &'a [Vec<u8>]) -> Self {
		let given = nodes.iter().map(|node| (blake2(node), &node[..])).collect();
		Self { given, count: nodes.len(), used: BTreeSet::new() }
	}

	/// The value under `key`, or `None` if these nodes prove that there is none.
	pub(super) fn read(&mut self, root: &Hash, key: &[u8]) -> Result<Option<Vec<u8>>, TrieError> {
		let Self { given, used, .. } = self;
		lookup(root, key, &mut |hash| {
			let node = given.get(hash)?;
			used.insert(*hash);
			Some(node.to_vec())
		})
	}

	/// Whether nothing was handed over that no reading needed, and nothing twice.
	pub(super) fn are_all_used(&self) -> bool {
		self.used.len() == self.count
	}
}
