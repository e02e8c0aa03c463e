//! Where branches meet, and how many values differ there.
//!
//! At the end of a block, and at the head of a loop, a compiler has a value of its own for each local that the block
//! changes, for the fuel, and for each operand the branches carry. Each of these is brought together with what every
//! branch brings. A compiler that looks at all it has brought together each time takes four times as long for twice
//! as much of it.

use alloc::{vec, vec::Vec};

const BITS: usize = u64::BITS as usize;

/// The blocks of one function, as far as they have been read.
#[derive(Default)]
pub(super) struct Joints {
	open: Vec<Open>,
	/// One set of locals for each depth of blocks there was, to be used again.
	spare: Vec<Vec<u64>>,
	words: usize,
	/// Tables of branches so far.
	tables: u64,
	/// Branches that meet with others.
	branches: u64,
	/// The same, each times the values that are brought together where it leads.
	values: u64,
}

/// A block that is open.
struct Open {
	is_loop: bool,
	/// What meets at its label: branches, and what runs into it.
	edges: u64,
	/// Operands these carry.
	operands: u64,
	/// The last table of branches that named it; none has the number 0.
	table: u64,
	/// The locals that are assigned in it, as bits.
	changed: Vec<u64>,
}

impl Joints {
	pub(super) fn of_function(locals: u64, results: u64) -> Self {
		let words = usize::try_from(locals).unwrap_or(usize::MAX) / BITS + 1;
		let mut joints = Self { words, ..Self::default() };
		joints.open(false, 1, results);
		joints
	}

	/// A block begins, at whose label so many edges meet without any branch.
	pub(super) fn open(&mut self, is_loop: bool, edges: u64, operands: u64) {
		let changed = self.spare.pop().unwrap_or_else(|| vec![0; self.words]);
		self.open.push(Open { is_loop, edges, operands, table: 0, changed });
	}

	/// A branch to the label of that depth. One that there is not is for the validator to refuse.
	pub(super) fn branch(&mut self, relative_depth: u32) {
		if let Some(block) = self.block(relative_depth) {
			block.edges = block.edges.saturating_add(1);
		}
	}

	/// Branches through a table begin, see [`Self::table_branch`].
	pub(super) fn table(&mut self) {
		self.tables = self.tables.saturating_add(1);
	}

	/// A branch of the last table. All of them to one label bring the same.
	pub(super) fn table_branch(&mut self, relative_depth: u32) {
		let table = self.tables;
		if let Some(block) = self.block(relative_depth).filter(|block| block.table != table) {
			block.table = table;
			block.edges = block.edges.saturating_add(1);
		}
	}

	fn block(&mut self, relative_depth: u32) -> Option<&mut Open> {
		let depth = usize::try_from(relative_depth).ok()?;
		let index = self.open.len().checked_sub(depth)?.checked_sub(1)?;
		self.open.get_mut(index)
	}

	/// A local is assigned.
	pub(super) fn change(&mut self, local: u32) {
		let local = usize::try_from(local).unwrap_or(usize::MAX);
		if let Some(word) = self.open.last_mut().and_then(|block| block.changed.get_mut(local / BITS)) {
			*word |= 1 << (local % BITS);
		}
	}

	/// A block ends. Tells whether it is a loop.
	pub(super) fn close(&mut self) -> bool {
		let Some(mut block) = self.open.pop() else { return false };
		if block.edges > 1 {
			let changed = block.changed.iter().map(|word| u64::from(word.count_ones())).sum::<u64>();
			// The fuel is one more.
			let values = changed.saturating_add(block.operands).saturating_add(1);
			self.branches = self.branches.saturating_add(block.edges);
			self.values = self.values.saturating_add(block.edges.saturating_mul(values));
		}
		if let Some(outer) = self.open.last_mut() {
			outer.changed.iter_mut().zip(&block.changed).for_each(|(outer, inner)| *outer |= inner);
		}
		block.changed.fill(0);
		self.spare.push(block.changed);
		block.is_loop
	}

	/// See [`crate::limits::MAX_MODULE_MEETINGS`].
	pub(super) fn meetings(&self) -> u64 {
		self.branches.saturating_mul(self.values)
	}
}
