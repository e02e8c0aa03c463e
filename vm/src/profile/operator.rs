//! Which instructions are in the profile, and what the others are called.

use alloc::{borrow::ToOwned, format, string::String};
use wasmparser::Operator;

macro_rules! define_is_basic {
	($( @$proposal:ident $op:ident $({ $($arg:ident: $argty:ty),* })? => $visit:ident ($($ann:tt)*))*) => {
		/// Whether the instruction comes from a proposal that is in the profile as a whole.
		fn is_basic(operator: &Operator<'_>) -> bool {
			match operator {
				$( Operator::$op $({ $($arg: _),* })? => define_is_basic!(@one $proposal), )*
				_ => false,
			}
		}
	};
	(@one mvp) => { true };
	(@one sign_extension) => { true };
	(@one saturating_float_to_int) => { true };
	(@one simd) => { true };
	(@one $proposal:ident) => { false };
}

macro_rules! define_names {
	($( @$proposal:ident $op:ident $({ $($arg:ident: $argty:ty),* })? => $visit:ident ($($ann:tt)*))*) => {
		/// The proposal the instruction comes from, and the name of the method that visits it.
		fn names(operator: &Operator<'_>) -> (&'static str, &'static str) {
			match operator {
				$( Operator::$op $({ $($arg: _),* })? => (stringify!($proposal), stringify!($visit)), )*
				_ => ("unknown proposal", "visit_unknown"),
			}
		}
	};
}

wasmparser::for_each_operator!(define_is_basic);
wasmparser::for_each_operator!(define_names);

/// Whether programs may use the instruction.
pub(super) fn is_allowed(operator: &Operator<'_>) -> bool {
	is_basic(operator) || matches!(operator, Operator::MemoryCopy { .. } | Operator::MemoryFill { .. })
}

/// The instruction's name and proposal, to be shown to people.
pub(super) fn describe(operator: &Operator<'_>) -> String {
	let (proposal, visit) = names(operator);
	let name = text_name(visit.strip_prefix("visit_").unwrap_or(visit));
	format!("`{name}` ({})", proposal.replace('_', " "))
}

/// `memory_init` becomes `memory.init`, `return_call` stays as it is.
fn text_name(name: &str) -> String {
	const SPACES: &[&str] = &[
		"any", "array", "atomic", "cont", "data", "elem", "extern", "f32", "f32x4", "f64", "f64x2", "global",
		"i16x8", "i31", "i32", "i32x4", "i64", "i64x2", "i8x16", "memory", "ref", "struct", "table", "v128",
	];
	match name.split_once('_') {
		Some((space, rest)) if SPACES.contains(&space) => {
			let rest =
				rest.strip_prefix("atomic_").map_or_else(|| rest.to_owned(), |rest| format!("atomic.{rest}"));
			format!("{space}.{rest}")
		},
		_ => name.to_owned(),
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn names_are_those_of_the_text_format() {
		assert_eq!(describe(&Operator::DataDrop { data_index: 0 }), "`data.drop` (bulk memory)");
		assert_eq!(describe(&Operator::ReturnCall { function_index: 0 }), "`return_call` (tail call)");
		assert_eq!(describe(&Operator::AtomicFence), "`atomic.fence` (threads)");
		assert_eq!(describe(&Operator::I8x16RelaxedSwizzle), "`i8x16.relaxed_swizzle` (relaxed simd)");
		assert_eq!(text_name("i32_atomic_rmw_add"), "i32.atomic.rmw_add");
	}

	#[test]
	fn only_copy_and_fill_are_taken_of_bulk_memory() {
		assert!(is_allowed(&Operator::MemoryCopy { dst_mem: 0, src_mem: 0 }));
		assert!(is_allowed(&Operator::MemoryFill { mem: 0 }));
		assert!(!is_allowed(&Operator::MemoryInit { data_index: 0, mem: 0 }));
		assert!(!is_allowed(&Operator::TableCopy { dst_table: 0, src_table: 0 }));
		assert!(!is_allowed(&Operator::TypedSelect { ty: wasmparser::ValType::I32 }));
		assert!(is_allowed(&Operator::I32x4Add));
		assert!(is_allowed(&Operator::Select));
	}
}
