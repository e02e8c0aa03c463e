//! What each instruction does to values that may be NaNs.

use super::Shape;
use wasmparser::{ContType, FrameKind, FuncType, ModuleArity, Operator, RefType, SubType};

/// What an instruction with a fixed number of operands does to them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
	/// Arithmetic: operands of one shape may be raw, the result is raw.
	Arithmetic { operands: usize, takes: Shape, gives: Shape },
	/// It asks no more of its operands than whether they are NaNs.
	Test { operands: usize, takes: Shape },
	/// The result is no NaN, whatever shape it is looked at in.
	Number { operands: usize },
	/// It hands on operands of these shapes, the uppermost first, in a result of another.
	Move { takes: &'static [Option<Shape>], gives: Shape },
	/// Operands are seen, results are settled.
	Opaque { operands: usize, results: usize },
}

impl Effect {
	/// Whether it has a result.
	pub(super) fn gives(self) -> bool {
		!matches!(self, Self::Opaque { results: 0, .. })
	}
}

/// Whether a compiler need not keep the result to have it again: it is a number in the code or in a variable, or comes from
/// elsewhere.
pub(super) fn is_at_hand(operator: &Operator<'_>) -> bool {
	use Operator as O;
	matches!(
		operator,
		O::I32Const { .. }
			| O::I64Const { .. }
			| O::F32Const { .. }
			| O::F64Const { .. }
			| O::GlobalGet { .. }
			| O::MemorySize { .. }
			| O::MemoryGrow { .. }
	)
}

pub(super) fn of(operator: &Operator<'_>) -> Effect {
	let (operands, results) = operator
		.operator_arity(&FixedArity)
		.and_then(|(operands, results)| {
			Some((usize::try_from(operands).ok()?, usize::try_from(results).ok()?))
		})
		.unwrap_or_default();
	if let Some((takes, gives)) = arithmetic(operator) {
		return Effect::Arithmetic { operands, takes, gives };
	}
	if let Some(takes) = tested(operator) {
		return Effect::Test { operands, takes };
	}
	if is_number(operator) {
		return Effect::Number { operands };
	}
	moved(operator).unwrap_or(Effect::Opaque { operands, results })
}

/// The shape that arithmetic takes, and the one it gives.
fn arithmetic(operator: &Operator<'_>) -> Option<(Shape, Shape)> {
	use Operator as O;
	Some(match operator {
		O::F32Add | O::F32Sub | O::F32Mul | O::F32Div | O::F32Min | O::F32Max => (Shape::F32, Shape::F32),
		O::F32Sqrt | O::F32Ceil | O::F32Floor | O::F32Trunc | O::F32Nearest => (Shape::F32, Shape::F32),
		O::F64Add | O::F64Sub | O::F64Mul | O::F64Div | O::F64Min | O::F64Max => (Shape::F64, Shape::F64),
		O::F64Sqrt | O::F64Ceil | O::F64Floor | O::F64Trunc | O::F64Nearest => (Shape::F64, Shape::F64),
		O::F32DemoteF64 => (Shape::F64, Shape::F32),
		O::F64PromoteF32 => (Shape::F32, Shape::F64),
		O::F32x4Add | O::F32x4Sub | O::F32x4Mul | O::F32x4Div => (Shape::F32x4, Shape::F32x4),
		O::F32x4Min | O::F32x4Max | O::F32x4Sqrt => (Shape::F32x4, Shape::F32x4),
		O::F32x4Ceil | O::F32x4Floor | O::F32x4Trunc | O::F32x4Nearest => (Shape::F32x4, Shape::F32x4),
		O::F64x2Add | O::F64x2Sub | O::F64x2Mul | O::F64x2Div => (Shape::F64x2, Shape::F64x2),
		O::F64x2Min | O::F64x2Max | O::F64x2Sqrt => (Shape::F64x2, Shape::F64x2),
		O::F64x2Ceil | O::F64x2Floor | O::F64x2Trunc | O::F64x2Nearest => (Shape::F64x2, Shape::F64x2),
		O::F32x4DemoteF64x2Zero => (Shape::F64x2, Shape::F32x4),
		O::F64x2PromoteLowF32x4 => (Shape::F32x4, Shape::F64x2),
		_ => return None,
	})
}

/// The shape of operands that are only compared or converted to integers.
fn tested(operator: &Operator<'_>) -> Option<Shape> {
	use Operator as O;
	Some(match operator {
		O::F32Eq | O::F32Ne | O::F32Lt | O::F32Gt | O::F32Le | O::F32Ge => Shape::F32,
		O::I32TruncF32S | O::I32TruncF32U | O::I64TruncF32S | O::I64TruncF32U => Shape::F32,
		O::I32TruncSatF32S | O::I32TruncSatF32U | O::I64TruncSatF32S | O::I64TruncSatF32U => Shape::F32,
		O::F64Eq | O::F64Ne | O::F64Lt | O::F64Gt | O::F64Le | O::F64Ge => Shape::F64,
		O::I32TruncF64S | O::I32TruncF64U | O::I64TruncF64S | O::I64TruncF64U => Shape::F64,
		O::I32TruncSatF64S | O::I32TruncSatF64U | O::I64TruncSatF64S | O::I64TruncSatF64U => Shape::F64,
		O::F32x4Eq | O::F32x4Ne | O::F32x4Lt | O::F32x4Gt | O::F32x4Le | O::F32x4Ge => Shape::F32x4,
		O::I32x4TruncSatF32x4S | O::I32x4TruncSatF32x4U => Shape::F32x4,
		O::F64x2Eq | O::F64x2Ne | O::F64x2Lt | O::F64x2Gt | O::F64x2Le | O::F64x2Ge => Shape::F64x2,
		O::I32x4TruncSatF64x2SZero | O::I32x4TruncSatF64x2UZero => Shape::F64x2,
		_ => return None,
	})
}

/// Whether the result is certainly no NaN. A vector must be none in either shape.
fn is_number(operator: &Operator<'_>) -> bool {
	use Operator as O;
	match operator {
		O::F32ConvertI32S | O::F32ConvertI32U | O::F32ConvertI64S | O::F32ConvertI64U => true,
		O::F64ConvertI32S | O::F64ConvertI32U | O::F64ConvertI64S | O::F64ConvertI64U => true,
		O::F32Const { value } => !f32::from_bits(value.bits()).is_nan(),
		O::F64Const { value } => !f64::from_bits(value.bits()).is_nan(),
		O::V128Const { value } => {
			let bytes = value.bytes();
			let (words, longs) = (bytes.as_chunks::<4>().0, bytes.as_chunks::<8>().0);
			!words.iter().any(|word| f32::from_le_bytes(*word).is_nan())
				&& !longs.iter().any(|long| f64::from_le_bytes(*long).is_nan())
		},
		_ => false,
	}
}

fn moved(operator: &Operator<'_>) -> Option<Effect> {
	use Operator as O;
	const F32: Option<Shape> = Some(Shape::F32);
	const F64: Option<Shape> = Some(Shape::F64);
	const F32X4: Option<Shape> = Some(Shape::F32x4);
	const F64X2: Option<Shape> = Some(Shape::F64x2);
	let (takes, gives): (&'static [Option<Shape>], _) = match operator {
		O::F32x4Splat => (&[F32], Shape::F32x4),
		O::F64x2Splat => (&[F64], Shape::F64x2),
		O::F32x4ExtractLane { .. } => (&[F32X4], Shape::F32),
		O::F64x2ExtractLane { .. } => (&[F64X2], Shape::F64),
		O::F32x4ReplaceLane { .. } => (&[F32, F32X4], Shape::F32x4),
		O::F64x2ReplaceLane { .. } => (&[F64, F64X2], Shape::F64x2),
		O::F32x4PMin | O::F32x4PMax => (&[F32X4, F32X4], Shape::F32x4),
		O::F64x2PMin | O::F64x2PMax => (&[F64X2, F64X2], Shape::F64x2),
		_ => return None,
	};
	Some(Effect::Move { takes, gives })
}

/// For instructions whose arity does not depend on the module.
struct FixedArity;

impl ModuleArity for FixedArity {
	fn sub_type_at(&self, _: u32) -> Option<&SubType> {
		None
	}

	fn tag_type_arity(&self, _: u32) -> Option<(u32, u32)> {
		None
	}

	fn type_index_of_function(&self, _: u32) -> Option<u32> {
		None
	}

	fn func_type_of_cont_type(&self, _: &ContType) -> Option<&FuncType> {
		None
	}

	fn sub_type_of_ref_type(&self, _: &RefType) -> Option<&SubType> {
		None
	}

	fn control_stack_height(&self) -> u32 {
		0
	}

	fn label_block(&self, _: u32) -> Option<(wasmparser::BlockType, FrameKind)> {
		None
	}
}
