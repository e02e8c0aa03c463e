//! What each instruction costs.

use wasmparser::Operator;

/// Fuel for a call, and for whatever divides or takes a root: about as long as that many simple instructions.
const HEAVY: u64 = 8;
/// Fuel for `call_indirect`, which compares types as well.
const CALL_INDIRECT: u64 = 12;
/// Fuel for a jump through a table.
const BR_TABLE: u64 = 4;
/// Fuel for access to memory, and for vectors.
const DOUBLE: u64 = 2;
/// Fuel for `memory.copy` and `memory.fill`, whatever their length.
const BULK: u64 = 16;

/// One more unit for each `1 << BULK_BYTES_SHIFT` bytes that `memory.copy` or `memory.fill` touches.
pub(super) const BULK_BYTES_SHIFT: i64 = 3;
/// Fuel for each page that `memory.grow` adds.
pub(super) const PAGE: i64 = 4_096;

macro_rules! define_is_vector {
	($( @$proposal:ident $op:ident $({ $($arg:ident: $argty:ty),* })? => $visit:ident ($($ann:tt)*))*) => {
		/// Whether the instruction is one of those on 128-bit vectors.
		fn is_vector(operator: &Operator<'_>) -> bool {
			match operator {
				$( Operator::$op $({ $($arg: _),* })? => define_is_vector!(@one $proposal), )*
				_ => false,
			}
		}
	};
	(@one simd) => { true };
	(@one $proposal:ident) => { false };
}

wasmparser::for_each_operator!(define_is_vector);

/// The static part of an instruction's cost. What depends on a length comes on top, see [`BULK_BYTES_SHIFT`] and
/// [`PAGE`].
pub(super) fn of(operator: &Operator<'_>) -> u64 {
	use Operator as O;
	match operator {
		O::Unreachable
		| O::Nop
		| O::Block { .. }
		| O::Loop { .. }
		| O::Else
		| O::End
		| O::Return
		| O::Drop => 0,
		O::I32DivS
		| O::I32DivU
		| O::I32RemS
		| O::I32RemU
		| O::I64DivS
		| O::I64DivU
		| O::I64RemS
		| O::I64RemU => HEAVY,
		O::F32Div | O::F64Div | O::F32x4Div | O::F64x2Div => HEAVY,
		O::F32Sqrt | O::F64Sqrt | O::F32x4Sqrt | O::F64x2Sqrt => HEAVY,
		O::Call { .. } => HEAVY,
		O::CallIndirect { .. } => CALL_INDIRECT,
		O::BrTable { .. } => BR_TABLE,
		O::MemoryCopy { .. } | O::MemoryFill { .. } => BULK,
		_ if is_scalar_access(operator) || is_vector(operator) => DOUBLE,
		_ => 1,
	}
}

fn is_scalar_access(operator: &Operator<'_>) -> bool {
	use Operator as O;
	matches!(
		operator,
		O::I32Load { .. }
			| O::I64Load { .. }
			| O::F32Load { .. }
			| O::F64Load { .. }
			| O::I32Load8S { .. }
			| O::I32Load8U { .. }
			| O::I32Load16S { .. }
			| O::I32Load16U { .. }
			| O::I64Load8S { .. }
			| O::I64Load8U { .. }
			| O::I64Load16S { .. }
			| O::I64Load16U { .. }
			| O::I64Load32S { .. }
			| O::I64Load32U { .. }
			| O::I32Store { .. }
			| O::I64Store { .. }
			| O::F32Store { .. }
			| O::F64Store { .. }
			| O::I32Store8 { .. }
			| O::I32Store16 { .. }
			| O::I64Store8 { .. }
			| O::I64Store16 { .. }
			| O::I64Store32 { .. }
	)
}

#[cfg(test)]
mod tests {
	use super::*;
	use wasmparser::MemArg;

	#[test]
	fn kinds_are_told_apart() {
		let memarg = MemArg { align: 0, max_align: 0, offset: 0, memory: 0 };
		assert_eq!(of(&Operator::End), 0);
		assert_eq!(of(&Operator::I32Add), 1);
		assert_eq!(of(&Operator::If { blockty: wasmparser::BlockType::Empty }), 1);
		assert_eq!(of(&Operator::I64Load32U { memarg }), 2);
		assert_eq!(of(&Operator::V128Load { memarg }), 2);
		assert_eq!(of(&Operator::I8x16Add), 2);
		assert_eq!(of(&Operator::F64x2Sqrt), 8);
		assert_eq!(of(&Operator::I64RemU), 8);
		assert_eq!(of(&Operator::MemoryFill { mem: 0 }), 16);
		assert_eq!(of(&Operator::MemoryGrow { mem: 0 }), 1);
	}
}
