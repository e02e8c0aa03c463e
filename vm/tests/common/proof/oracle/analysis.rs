//! What of a function can be reached, where its segments begin, and what they cost.

use super::{costs::cost, Step};
use wasmparser::Operator;

/// The most that a small function costs.
const SMALL: i64 = 256;
/// The most that a segment costs that goes on after a `br_if`.
const JOINED: i64 = 64;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
	Body,
	Block,
	Loop,
	If,
	Else,
}

struct Frame {
	kind: Kind,
	/// The step that begins it.
	head: usize,
	/// Whether that step is live.
	live: bool,
	/// Whether a live branch names its label.
	targeted: bool,
	/// Whether the end of the first arm of an `if` is live.
	first_arm: bool,
}

/// What is live, where segments begin, and what they cost.
pub(super) struct Analysis {
	/// Whether each step can be reached.
	pub(super) live: Vec<bool>,
	/// Whether each step is part of the code that can be reached: live, or the `else` or `end` of a block that is entered.
	pub(super) entered: Vec<bool>,
	/// Whether each step is a loop's head that a live branch goes to.
	pub(super) loops: Vec<bool>,
	/// For each step, the cost of the segment that begins after it.
	pub(super) begins: Vec<Option<i64>>,
	/// For each `br_if` within a segment, what the rest of the segment costs.
	pub(super) rests: Vec<i64>,
	/// The cost of the segment that begins with the body.
	pub(super) first: i64,
	pub(super) costs: Vec<i64>,
	pub(super) is_small: bool,
}

impl Analysis {
	pub(super) fn of(steps: &[Step<'_>]) -> Self {
		let mut walk = Walk {
			live: true,
			frames: vec![Frame { kind: Kind::Body, head: 0, live: true, targeted: false, first_arm: false }],
			lives: Vec::new(),
			entered: Vec::new(),
			loops: vec![false; steps.len()],
			begins: vec![false; steps.len()],
		};
		for (index, step) in steps.iter().enumerate() {
			walk.lives.push(walk.live);
			walk.entered.push(match &step.operator {
				Operator::Else | Operator::End => walk.frames.last().is_some_and(|frame| frame.live),
				_ => walk.live,
			});
			walk.step(index, &step.operator);
		}
		let Walk { lives: live, entered, loops, begins, .. } = walk;
		let costs: Vec<i64> = steps.iter().map(|step| cost(step.bytes)).collect();
		let mut analysis = Self {
			live,
			entered,
			loops,
			begins: vec![None; steps.len()],
			rests: vec![0; steps.len()],
			first: 0,
			costs,
			is_small: true,
		};
		let begins = analysis.without_short_stretches(steps, begins);
		let mut segment: Option<usize> = None;
		for (index, step) in steps.iter().enumerate() {
			if analysis.live[index] {
				let total = match segment {
					None => &mut analysis.first,
					Some(index) => analysis.begins[index].as_mut().expect("it has begun"),
				};
				*total += analysis.costs[index];
			}
			if begins[index] {
				analysis.begins[index] = Some(0);
				segment = Some(index);
			}
			let is_large = matches!(
				step.operator,
				Operator::Call { .. }
					| Operator::CallIndirect { .. }
					| Operator::MemoryGrow { .. }
					| Operator::MemoryCopy { .. }
					| Operator::MemoryFill { .. }
			);
			analysis.is_small &= !(analysis.loops[index] || analysis.live[index] && is_large);
		}
		let all: i64 =
			analysis.costs.iter().zip(&analysis.live).map(|(cost, live)| cost * i64::from(*live)).sum();
		analysis.is_small &= all <= SMALL;
		analysis
	}

	/// Where segments begin when what follows a `br_if` belongs to the segment before it, if that stays cheap.
	fn without_short_stretches(&mut self, steps: &[Step<'_>], begins: Vec<bool>) -> Vec<bool> {
		let mut begins: Vec<bool> =
			begins.iter().zip(&self.loops).map(|(begins, head)| *begins || *head).collect();
		let cost = |from: usize, to: usize| -> i64 {
			(from..to).filter(|index| self.live[*index]).map(|index| self.costs[index]).sum()
		};
		let ends = |from: usize, begins: &[bool]| {
			(from..steps.len()).find(|index| begins[*index]).map_or(steps.len(), |index| index + 1)
		};
		let (mut from, mut joined) = (0, Vec::new());
		for index in 0..steps.len() {
			if !begins[index] {
				continue;
			}
			let next = ends(index + 1, &begins);
			let is_short = cost(from, next) <= JOINED;
			if matches!(steps[index].operator, Operator::BrIf { .. }) && is_short {
				begins[index] = false;
				joined.push(index);
			} else {
				from = index + 1;
			}
		}
		let rests: Vec<_> =
			joined.into_iter().map(|index| (index, cost(index + 1, ends(index + 1, &begins)))).collect();
		for (index, rest) in rests {
			self.rests[index] = rest;
		}
		begins
	}
}

struct Walk {
	live: bool,
	frames: Vec<Frame>,
	lives: Vec<bool>,
	entered: Vec<bool>,
	loops: Vec<bool>,
	/// Whether a segment begins after each step; loops apart.
	begins: Vec<bool>,
}

impl Walk {
	fn step(&mut self, index: usize, operator: &Operator<'_>) {
		match operator {
			Operator::Block { .. } => self.open(Kind::Block, index),
			Operator::Loop { .. } => self.open(Kind::Loop, index),
			Operator::If { .. } => {
				self.open(Kind::If, index);
				self.begins[index] = self.live;
			},
			Operator::Else => {
				let frame = self.frames.last_mut().expect("inside an `if`");
				frame.kind = Kind::Else;
				frame.first_arm = self.live;
				self.live = frame.live;
				self.begins[index] = self.live;
			},
			Operator::End => self.close(index),
			Operator::Br { relative_depth } => {
				self.branch(*relative_depth);
				self.live = false;
			},
			Operator::BrIf { relative_depth } => {
				self.branch(*relative_depth);
				self.begins[index] = self.live;
			},
			Operator::BrTable { targets } => {
				for target in targets.targets() {
					self.branch(target.expect("valid"));
				}
				self.branch(targets.default());
				self.live = false;
			},
			Operator::Return | Operator::Unreachable => self.live = false,
			_ => {},
		}
	}

	fn open(&mut self, kind: Kind, head: usize) {
		self.frames.push(Frame { kind, head, live: self.live, targeted: false, first_arm: false });
	}

	fn branch(&mut self, depth: u32) {
		let frame = self.frames.len() - 1 - depth as usize;
		self.frames[frame].targeted |= self.live;
	}

	fn close(&mut self, index: usize) {
		let frame = self.frames.pop().expect("every end closes something");
		match frame.kind {
			Kind::Body => {},
			Kind::Loop => self.loops[frame.head] = frame.targeted,
			Kind::Block => {
				self.live |= frame.targeted;
				self.begins[index] = frame.targeted;
			},
			Kind::If => {
				self.live = frame.live;
				self.begins[index] = self.live;
			},
			Kind::Else => {
				self.live |= frame.targeted || frame.first_arm;
				self.begins[index] = self.live;
			},
		}
	}
}
