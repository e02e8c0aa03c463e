//! Where raw values meet and are handed on.

use super::{Shape, Value};
use alloc::vec::Vec;
use wasmparser::ValType;

/// A local, or an instruction that moves values without looking at them.
#[derive(Clone, Default)]
struct Joint {
	/// The shape of the raw values it hands on; none if no raw value has reached it.
	shape: Option<Shape>,
	/// It hands on values of its own shape only because it says so, not because it was fed one.
	shape_is_fixed: bool,
	/// A raw value has reached it.
	is_fed: bool,
	/// Foreign bits may reach it, or raw values of two shapes: what it hands on is settled, and so must be what it gets.
	loose: bool,
	/// Joints it hands its values to, and the shape they want.
	to: Vec<(usize, Option<Shape>)>,
}

/// All joints of a function: its locals, with their own numbers, and then its instructions that move values.
pub(super) struct Joints {
	joints: Vec<Joint>,
	/// Every value that was fed to a joint and may be raw.
	moves: Vec<(Value, usize)>,
	/// Joints whose state has changed, and whose successors do not know yet.
	changed: Vec<usize>,
}

impl Joints {
	pub(super) fn of_locals(locals: &[ValType], parameters: usize) -> Self {
		// The caller's values have bits of their own.
		let joints =
			(0..locals.len()).map(|index| Joint { loose: index < parameters, ..Joint::default() }).collect();
		Self { joints, moves: Vec::new(), changed: (0..parameters).collect() }
	}

	/// A new joint that hands on values of this shape, or of whatever it is fed.
	pub(super) fn add(&mut self, shape: Option<Shape>) -> usize {
		self.joints.push(Joint { shape, shape_is_fixed: shape.is_some(), ..Joint::default() });
		self.joints.len() - 1
	}

	/// `joint` gets `value`, which is to be of shape `wanted` if it is raw.
	pub(super) fn feed(&mut self, joint: usize, value: Value, wanted: Option<Shape>) {
		match value {
			// No NaN in this shape; in another its bits might look like one.
			Value::Number => return wanted.into_iter().for_each(|shape| self.reach(joint, shape, wanted)),
			Value::Settled => return self.loosen(joint),
			Value::Raw { shape, .. } => self.reach(joint, shape, wanted),
			Value::Joint { joint: from, .. } => {
				if let Some(from) = self.joints.get_mut(from) {
					from.to.push((joint, wanted));
				}
			},
		}
		self.moves.push((value, joint));
	}

	fn loosen(&mut self, joint: usize) {
		if let Some(state) = self.joints.get_mut(joint) {
			if !state.loose {
				state.loose = true;
				self.changed.push(joint);
			}
		}
	}

	/// A raw value of this shape reaches the joint.
	fn reach(&mut self, joint: usize, shape: Shape, wanted: Option<Shape>) {
		let Some(state) = self.joints.get_mut(joint) else { return };
		let fits = match wanted {
			Some(wanted) => wanted == shape,
			None => state.shape.is_none_or(|own| own == shape),
		};
		if !fits {
			return self.loosen(joint);
		}
		if !state.is_fed {
			state.is_fed = true;
			if !state.shape_is_fixed {
				state.shape = Some(shape);
			}
			self.changed.push(joint);
		}
	}

	/// Follows all moves. Every joint changes at most twice, so every move is followed at most twice.
	pub(super) fn settle(&mut self) {
		while let Some(joint) = self.changed.pop() {
			let Some(state) = self.joints.get_mut(joint) else { continue };
			let (loose, shape) = (state.loose, state.shape.filter(|_| state.is_fed));
			// It comes back when the joint turns loose.
			let to = core::mem::take(&mut state.to);
			for (next, wanted) in &to {
				match shape {
					_ if loose => self.loosen(*next),
					Some(shape) => self.reach(*next, shape, *wanted),
					None => {},
				}
			}
			if let Some(state) = self.joints.get_mut(joint) {
				state.to = to;
			}
		}
	}

	/// Whether a value is raw once all is settled, and if so the instruction after which it can be made canonical.
	pub(super) fn raw(&self, value: Value) -> Option<(usize, Shape)> {
		match value {
			Value::Settled | Value::Number => None,
			Value::Raw { instruction, shape } => Some((instruction, shape)),
			Value::Joint { joint, instruction } => {
				let state = self.joints.get(joint)?;
				(state.is_fed && !state.loose).then_some(())?;
				Some((instruction, state.shape?))
			},
		}
	}

	/// The raw values that were fed to loose joints.
	pub(super) fn leaks(&self) -> impl Iterator<Item = (usize, Shape)> + '_ {
		let leaks =
			self.moves.iter().filter(|(_, joint)| self.joints.get(*joint).is_some_and(|state| state.loose));
		leaks.filter_map(|(value, _)| self.raw(*value))
	}
}
