//! Which code of a function can be reached, where its control flow joins, and so where segments begin.

use super::body::Body;
use alloc::vec::Vec;
use wasmparser::{BlockType, Operator};

/// What is known of one instruction.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Fact {
	/// It is part of the rewritten function. Dead code is left out.
	pub(super) emitted: bool,
	/// A segment begins right after it.
	pub(super) opens_segment: bool,
	/// It is the end of a block, and what follows it is dead although its type does not tell.
	pub(super) ends_dead: bool,
}

/// What is known of a function's control flow.
#[derive(Debug, Default)]
pub(super) struct Flow {
	/// One for each instruction.
	pub(super) facts: Vec<Fact>,
	/// A live branch names the function's own label.
	pub(super) leaves_by_branch: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
	Function,
	Block,
	Loop,
	If,
}

struct Frame {
	kind: Kind,
	/// Index of the instruction that opened it.
	opened_by: usize,
	/// A live branch names it.
	targeted: bool,
	/// It is an `if` past its `else`, or one that was never taken apart.
	has_else: bool,
	/// The first arm of an `if` runs into its end.
	first_arm_falls_through: bool,
}

struct Walk<'a> {
	flow: Flow,
	frames: Vec<Frame>,
	live: bool,
	/// Blocks opened inside dead code.
	dead_depth: usize,
	body: &'a Body<'a>,
}

/// Walks over a function that the validator has accepted. `None` if it is not one after all.
pub(super) fn analyse(body: &Body<'_>) -> Option<Flow> {
	let facts = Vec::with_capacity(body.operators.len());
	let mut walk =
		Walk { flow: Flow { facts, ..Flow::default() }, frames: Vec::new(), live: true, dead_depth: 0, body };
	walk.open(Kind::Function, 0);
	for (index, operator) in walk.body.operators.iter().enumerate() {
		let fact = walk.step(index, operator)?;
		walk.flow.facts.push(fact);
	}
	walk.frames.is_empty().then_some(walk.flow)
}

impl Walk<'_> {
	fn open(&mut self, kind: Kind, opened_by: usize) {
		let first_arm_falls_through = false;
		self.frames.push(Frame {
			kind,
			opened_by,
			targeted: false,
			has_else: false,
			first_arm_falls_through,
		});
	}

	fn step(&mut self, index: usize, operator: &Operator<'_>) -> Option<Fact> {
		if !self.live {
			return self.dead_step(operator);
		}
		let mut fact = Fact { emitted: true, ..Fact::default() };
		match operator {
			Operator::Block { .. } => self.open(Kind::Block, index),
			Operator::Loop { .. } => self.open(Kind::Loop, index),
			Operator::If { .. } => {
				self.open(Kind::If, index);
				fact.opens_segment = true;
			},
			Operator::Else => return self.turn(),
			Operator::End => return self.close(),
			Operator::Br { relative_depth } => {
				self.target(*relative_depth)?;
				self.live = false;
			},
			Operator::BrIf { relative_depth } => {
				self.target(*relative_depth)?;
				fact.opens_segment = true;
			},
			Operator::BrTable { targets } => {
				for target in targets.targets() {
					self.target(target.ok()?)?;
				}
				self.target(targets.default())?;
				self.live = false;
			},
			Operator::Return | Operator::Unreachable => self.live = false,
			_ => {},
		}
		Some(fact)
	}

	fn dead_step(&mut self, operator: &Operator<'_>) -> Option<Fact> {
		match operator {
			Operator::Block { .. } | Operator::Loop { .. } | Operator::If { .. } => self.dead_depth += 1,
			Operator::End if self.dead_depth > 0 => self.dead_depth -= 1,
			Operator::End => return self.close(),
			Operator::Else if self.dead_depth == 0 => return self.turn(),
			_ => {},
		}
		Some(Fact::default())
	}

	/// The `else` of a live `if`.
	fn turn(&mut self) -> Option<Fact> {
		let frame = self.frames.last_mut()?;
		frame.has_else = true;
		frame.first_arm_falls_through = self.live;
		self.live = true;
		Some(Fact { emitted: true, opens_segment: true, ends_dead: false })
	}

	/// The end of a block that was opened in live code.
	fn close(&mut self) -> Option<Fact> {
		let frame = self.frames.pop()?;
		let live = match frame.kind {
			Kind::Function => self.live,
			Kind::Loop => self.live,
			Kind::Block => self.live || frame.targeted,
			Kind::If => self.live || frame.targeted || frame.first_arm_falls_through || !frame.has_else,
		};
		self.live = live;
		Some(match frame.kind {
			Kind::Function => Fact { emitted: true, ..Fact::default() },
			Kind::Loop => Fact { emitted: true, opens_segment: false, ends_dead: !live },
			Kind::Block => Fact { emitted: true, opens_segment: frame.targeted, ends_dead: !live },
			Kind::If => Fact { emitted: true, opens_segment: live, ends_dead: !live },
		})
	}

	fn target(&mut self, relative_depth: u32) -> Option<()> {
		let depth = usize::try_from(relative_depth).ok()?;
		let index = self.frames.len().checked_sub(depth)?.checked_sub(1)?;
		let frame = self.frames.get_mut(index)?;
		frame.targeted = true;
		match frame.kind {
			Kind::Function => self.flow.leaves_by_branch = true,
			// Branches to a loop come after its head, which has been passed already.
			Kind::Loop => self.flow.facts.get_mut(frame.opened_by)?.opens_segment = true,
			Kind::Block | Kind::If => {},
		}
		Some(())
	}
}

/// How many values a block takes and leaves.
pub(super) fn arity(body: &Body<'_>, ty: BlockType) -> Option<(usize, usize)> {
	match ty {
		BlockType::Empty => Some((0, 0)),
		BlockType::Type(_) => Some((0, 1)),
		BlockType::FuncType(index) => body.source.arity(index),
	}
}
