//! Where results of float arithmetic are made canonical.
//!
//! Which NaN an arithmetic instruction produces is up to the processor. The machine says: the canonical one, positive.
//! That costs as much as the arithmetic itself, so it is done late: only where the bits of a value can be seen. Arithmetic,
//! comparisons and conversions to integers do not see them: they only ask whether a value is a NaN. Everything else does:
//! stores, calls, returns, branches, globals, and all instructions on bits, of which `neg`, `abs` and `copysign` are some.
//!
//! A value is *raw* while its NaN may be any. Raw values may rest in locals, if every value such a local ever gets is the
//! result of arithmetic (or can be no NaN at all): a loaded NaN keeps its bits and must not be mistaken for one of ours.
//! Locals, `select` and moves between lanes are *joints*: they are tight if none of their sources can hold foreign bits,
//! and then hand raw values on. Whether they are tight is found by following the moves between them once the
//! whole function has been seen, so all of this takes linear time.

mod effect;
mod joints;

use super::{body::Body, flow::Flow};
use alloc::{vec, vec::Vec};
use effect::Effect;
use joints::Joints;
use wasmparser::{Operator, ValType};

/// The type of a value that may be a NaN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
	F32,
	F64,
	F32x4,
	F64x2,
}

/// What is known of the operands of one function.
pub(super) struct Numbers {
	/// For each instruction, the type of its result if that is to be made canonical right away.
	pub(super) canonical: Vec<Option<Shape>>,
	/// The greatest number of operands at any time.
	pub(super) height: usize,
	/// How many operands all instructions push together.
	pub(super) pushed: usize,
	/// How many instructions compute or load something, see [`crate::limits::MAX_COMPUTED_SQUARES`].
	pub(super) computed: u64,
}

/// A value on the stack of operands.
#[derive(Clone, Copy)]
enum Value {
	/// Its bits are settled.
	Settled,
	/// It is no NaN, of whatever shape.
	Number,
	/// The result of arithmetic in this instruction.
	Raw { instruction: usize, shape: Shape },
	/// Handed on by a joint: raw if that is tight, else settled. It can be made canonical after this instruction.
	Joint { joint: usize, instruction: usize },
}

struct Block {
	is_loop: bool,
	/// Operands below it.
	height: usize,
	parameters: usize,
	results: usize,
}

struct Walk<'a> {
	body: &'a Body<'a>,
	stack: Vec<Value>,
	pushed: usize,
	computed: u64,
	blocks: Vec<Block>,
	joints: Joints,
	/// What becomes of values. `None`: their bits are seen; a shape: arithmetic of that shape takes them.
	uses: Vec<(Value, Option<Shape>)>,
}

/// Follows the operands of a function whose control flow is known. `None` if the validator has not accepted it.
pub(super) fn analyse(body: &Body<'_>, flow: &Flow) -> Option<Numbers> {
	let joints = Joints::of_locals(&body.locals, body.parameters());
	let (stack, blocks, uses) = (Vec::new(), Vec::new(), Vec::new());
	let mut walk = Walk { body, stack, pushed: 0, computed: 0, blocks, joints, uses };
	walk.blocks.push(Block { is_loop: false, height: 0, parameters: 0, results: body.ty.results().len() });
	let (mut live, mut height) = (true, 0);
	for (index, (operator, fact)) in body.operators.iter().zip(&flow.facts).enumerate() {
		if fact.emitted {
			live = walk.step(index, operator, live)? && !fact.ends_dead;
			if live {
				height = height.max(walk.stack.len());
			}
		}
	}
	let (pushed, computed) = (walk.pushed, walk.computed);
	Some(Numbers { canonical: walk.settle(), height, pushed, computed })
}

impl Walk<'_> {
	/// Returns whether the code goes on after the instruction.
	fn step(&mut self, index: usize, operator: &Operator<'_>, live: bool) -> Option<bool> {
		match operator {
			Operator::Block { blockty } => self.enter(*blockty, false)?,
			Operator::Loop { blockty } => self.enter(*blockty, true)?,
			Operator::If { blockty } => {
				self.stack.pop()?;
				self.enter(*blockty, false)?;
			},
			Operator::Else => {
				let parameters = self.blocks.last()?.parameters;
				self.leave(live)?;
				self.push_settled(parameters);
			},
			Operator::End => {
				self.leave(live)?;
				let results = self.blocks.pop()?.results;
				self.push_settled(results);
			},
			Operator::Br { relative_depth } => {
				self.see(self.label(*relative_depth)?)?;
				return Some(false);
			},
			Operator::BrTable { targets } => {
				self.stack.pop()?;
				self.see(self.label(targets.default())?)?;
				return Some(false);
			},
			Operator::Return => {
				self.see(self.body.ty.results().len())?;
				return Some(false);
			},
			Operator::Unreachable => return Some(false),
			Operator::BrIf { relative_depth } => {
				self.stack.pop()?;
				let carried = self.label(*relative_depth)?;
				self.opaque(carried, carried)?;
			},
			Operator::Call { function_index } => {
				let ty = self.body.source.function_type(*function_index)?;
				self.opaque(ty.params().len(), ty.results().len())?;
			},
			Operator::CallIndirect { type_index, .. } => {
				let (parameters, results) = self.body.source.arity(*type_index)?;
				self.opaque(parameters.checked_add(1)?, results)?;
			},
			Operator::LocalGet { local_index } => self.read(*local_index, index)?,
			Operator::LocalSet { local_index } => self.assign(*local_index)?,
			Operator::LocalTee { local_index } => {
				self.assign(*local_index)?;
				self.read(*local_index, index)?;
			},
			Operator::Drop => {
				self.stack.pop()?;
			},
			Operator::Select => {
				self.stack.pop()?;
				self.computed = self.computed.saturating_add(1);
				self.hand_on(index, &[None, None], None)?;
			},
			_ => self.plain(index, operator)?,
		}
		Some(true)
	}

	/// An instruction that takes and leaves a fixed number of operands.
	fn plain(&mut self, index: usize, operator: &Operator<'_>) -> Option<()> {
		let effect = effect::of(operator);
		if effect.gives() && !effect::is_at_hand(operator) {
			self.computed = self.computed.saturating_add(1);
		}
		match effect {
			Effect::Arithmetic { operands, takes, gives } => {
				self.take(operands, Some(takes))?;
				self.push(Value::Raw { instruction: index, shape: gives });
			},
			Effect::Test { operands, takes } => {
				self.take(operands, Some(takes))?;
				self.push(Value::Settled);
			},
			Effect::Number { operands } => {
				self.see(operands)?;
				self.push(Value::Number);
			},
			Effect::Move { takes, gives } => self.hand_on(index, takes, Some(gives))?,
			Effect::Opaque { operands, results } => self.opaque(operands, results)?,
		}
		Some(())
	}

	fn push(&mut self, value: Value) {
		self.stack.push(value);
		self.pushed = self.pushed.saturating_add(1);
	}

	fn push_settled(&mut self, count: usize) {
		self.stack.extend((0..count).map(|_| Value::Settled));
		self.pushed = self.pushed.saturating_add(count);
	}

	/// Takes the uppermost operands for a use, see [`Walk::uses`].
	fn take(&mut self, count: usize, by: Option<Shape>) -> Option<()> {
		let height = self.stack.len().checked_sub(count)?;
		let taken = self.stack.drain(height..).filter(|value| value.may_be_raw());
		self.uses.extend(taken.map(|value| (value, by)));
		Some(())
	}

	fn see(&mut self, count: usize) -> Option<()> {
		self.take(count, None)
	}

	fn opaque(&mut self, operands: usize, results: usize) -> Option<()> {
		self.see(operands)?;
		self.push_settled(results);
		Some(())
	}

	/// Values that cross the border of a block are settled, because several meet there.
	fn enter(&mut self, ty: wasmparser::BlockType, is_loop: bool) -> Option<()> {
		let (parameters, results) = super::flow::arity(self.body, ty)?;
		self.see(parameters)?;
		self.blocks.push(Block { is_loop, height: self.stack.len(), parameters, results });
		self.push_settled(parameters);
		Some(())
	}

	/// The end of one arm of the innermost block.
	fn leave(&mut self, live: bool) -> Option<()> {
		let Block { height, results, .. } = *self.blocks.last()?;
		if live {
			self.see(results)?;
		}
		self.stack.truncate(height);
		Some(())
	}

	/// How many values a branch to this label carries.
	fn label(&self, relative_depth: u32) -> Option<usize> {
		let depth = usize::try_from(relative_depth).ok()?;
		let block = self.blocks.get(self.blocks.len().checked_sub(depth)?.checked_sub(1)?)?;
		Some(if block.is_loop { block.parameters } else { block.results })
	}

	fn may_hold_float(&self, local: usize) -> bool {
		matches!(self.body.locals.get(local), Some(ValType::F32 | ValType::F64 | ValType::V128))
	}

	fn read(&mut self, local: u32, instruction: usize) -> Option<()> {
		let joint = usize::try_from(local).ok()?;
		let is_float = self.may_hold_float(joint);
		self.push(if is_float { Value::Joint { joint, instruction } } else { Value::Settled });
		Some(())
	}

	fn assign(&mut self, local: u32) -> Option<()> {
		let joint = usize::try_from(local).ok()?;
		let value = self.stack.pop()?;
		if self.may_hold_float(joint) {
			self.joints.feed(joint, value, None);
		}
		Some(())
	}

	/// An instruction that moves values of these shapes, the uppermost first, into one result.
	fn hand_on(&mut self, instruction: usize, takes: &[Option<Shape>], gives: Option<Shape>) -> Option<()> {
		let joint = self.joints.add(gives);
		for shape in takes {
			let value = self.stack.pop()?;
			self.joints.feed(joint, value, *shape);
		}
		self.push(Value::Joint { joint, instruction });
		Some(())
	}

	/// Decides, now that all moves are known.
	fn settle(self) -> Vec<Option<Shape>> {
		let mut canonical = vec![None; self.body.operators.len()];
		let Self { mut joints, uses, .. } = self;
		joints.settle();
		let mut mark = |instruction: usize, shape| {
			if let Some(place) = canonical.get_mut(instruction) {
				*place = Some(shape);
			}
		};
		for (value, by) in uses {
			match joints.raw(value) {
				Some((instruction, shape)) if by != Some(shape) => mark(instruction, shape),
				_ => {},
			}
		}
		for (instruction, shape) in joints.leaks() {
			mark(instruction, shape);
		}
		canonical
	}
}

impl Value {
	fn may_be_raw(self) -> bool {
		matches!(self, Self::Raw { .. } | Self::Joint { .. })
	}
}
