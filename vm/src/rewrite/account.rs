//! What a function costs: its segments, its frame, and whether it is small.

use super::{body::Body, cost, flow::Flow};
use alloc::{vec, vec::Vec};
use wasmparser::Operator;

/// The most that the instructions of a small function cost together.
const SMALL: u64 = 256;
/// The most that a segment costs that goes on after a `br_if`.
const JOINED: u64 = 64;
/// Units of stack for any frame.
const FRAME: u64 = 64;
/// Units of stack for each local and each operand.
const SLOT: u64 = 8;
/// One unit of stack for so many operands pushed: compilers give each a place of its own if they are led to, and
/// interpreters each constant.
const PUSHED_PER_UNIT: u64 = 8;

/// The costs of one function.
pub(super) struct Account {
	/// Charged at the function's entry.
	pub(super) entry: u64,
	/// For each instruction, what is charged after it.
	pub(super) charges: Vec<u64>,
	/// It neither loops nor calls, and is soon over: it goes unchecked and without a frame.
	pub(super) is_small: bool,
}

/// A stretch of code that only a `br_if` interrupts, and what it costs.
struct Stretch {
	/// The instruction it comes after; none at the function's entry.
	after: Option<usize>,
	/// That instruction is a `br_if`.
	goes_on: bool,
	cost: u64,
}

/// Sums up the segments.
pub(super) fn of(body: &Body<'_>, flow: &Flow) -> Option<Account> {
	let mut stretches = vec![Stretch { after: None, goes_on: false, cost: 0 }];
	let (mut total, mut is_small) = (0u64, true);
	for (index, (operator, fact)) in body.operators.iter().zip(&flow.facts).enumerate() {
		if !fact.emitted {
			continue;
		}
		let cost = cost::of(operator);
		let stretch = stretches.last_mut()?;
		stretch.cost = stretch.cost.checked_add(cost)?;
		total = total.checked_add(cost)?;
		if fact.opens_segment {
			let goes_on = matches!(operator, Operator::BrIf { .. });
			stretches.push(Stretch { after: Some(index), goes_on, cost: 0 });
		}
		is_small &= !takes_its_time(operator, fact.opens_segment);
	}
	let mut account =
		Account { entry: 0, charges: vec![0; body.operators.len()], is_small: is_small && total <= SMALL };
	for segment in segments(stretches) {
		match segment.after {
			Some(index) => *account.charges.get_mut::<usize>(index)? = segment.cost,
			None => account.entry = segment.cost,
		}
	}
	Some(account)
}

/// Joins what a `br_if` interrupts, as long as it is cheap: to be charged for a little that is not executed costs less
/// than to count it apart.
fn segments(stretches: Vec<Stretch>) -> Vec<Stretch> {
	let mut segments: Vec<Stretch> = Vec::new();
	for stretch in stretches {
		match segments.last_mut() {
			Some(last) if stretch.goes_on && last.cost.saturating_add(stretch.cost) <= JOINED => {
				last.cost = last.cost.saturating_add(stretch.cost);
			},
			_ => segments.push(stretch),
		}
	}
	segments
}

/// Whether the instruction may take longer than its static cost says, or run deeper.
fn takes_its_time(operator: &Operator<'_>, opens_segment: bool) -> bool {
	match operator {
		// A loop begins a segment only if something branches back to it.
		Operator::Loop { .. } => opens_segment,
		Operator::Call { .. } | Operator::CallIndirect { .. } => true,
		Operator::MemoryGrow { .. } | Operator::MemoryCopy { .. } | Operator::MemoryFill { .. } => true,
		_ => false,
	}
}

/// Units of stack a function takes that is not small, with that many locals, operands at once, and operands pushed by all
/// of its instructions together.
pub(super) fn frame(locals: usize, height: usize, pushed: usize) -> Option<u64> {
	let slots = u64::try_from(locals.checked_add(height)?).ok()?;
	let pushed = u64::try_from(pushed).ok()?;
	slots.checked_mul(SLOT)?.checked_add(FRAME)?.checked_add(pushed / PUSHED_PER_UNIT)
}
