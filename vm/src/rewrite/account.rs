//! What a function costs: its segments, its frame, and whether it is small.

use super::{body::Body, cost, flow::Flow};
use alloc::{vec, vec::Vec};
use wasmparser::Operator;

/// The most that the instructions of a small function cost together.
const SMALL: u64 = 256;
/// Units of stack for any frame.
const FRAME: u64 = 64;
/// Units of stack for each local and each operand.
const SLOT: u64 = 8;

/// The costs of one function.
pub(super) struct Account {
	/// Charged at the function's entry.
	pub(super) entry: u64,
	/// For each instruction, what is charged after it.
	pub(super) charges: Vec<u64>,
	/// It neither loops nor calls, and is soon over: it goes unchecked and without a frame.
	pub(super) is_small: bool,
}

/// Sums up the segments.
pub(super) fn of(body: &Body<'_>, flow: &Flow) -> Option<Account> {
	let mut charges = vec![0; body.operators.len()];
	let mut account = Account { entry: 0, charges: Vec::new(), is_small: true };
	let (mut total, mut opened_by) = (0u64, None);
	for (index, (operator, fact)) in body.operators.iter().zip(&flow.facts).enumerate() {
		if !fact.emitted {
			continue;
		}
		let cost = cost::of(operator);
		let segment = match opened_by {
			Some(opened_by) => charges.get_mut::<usize>(opened_by)?,
			None => &mut account.entry,
		};
		*segment = segment.checked_add(cost)?;
		total = total.checked_add(cost)?;
		if fact.opens_segment {
			opened_by = Some(index);
		}
		account.is_small &= !takes_its_time(operator, fact.opens_segment);
	}
	account.charges = charges;
	account.is_small &= total <= SMALL;
	Some(account)
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

/// Units of stack a function takes that is not small.
pub(super) fn frame(locals: usize, height: usize) -> Option<u64> {
	let slots = u64::try_from(locals.checked_add(height)?).ok()?;
	slots.checked_mul(SLOT)?.checked_add(FRAME)
}
