//! The instructions that only compute.

use std::sync::LazyLock;
use wasm_encoder::Instruction;
use wasmparser::ValType::{self, F32, F64, I32, I64, V128};

/// An instruction without immediates.
pub(super) struct Op {
	pub(super) operands: &'static [ValType],
	pub(super) result: ValType,
	pub(super) instruction: Instruction<'static>,
}

macro_rules! ops {
	($($operands:expr => $result:ident: $($name:ident)*;)*) => {
		vec![$($(Op { operands: &$operands, result: $result, instruction: Instruction::$name },)*)*]
	};
}

pub(super) static OPS: LazyLock<Vec<Op>> = LazyLock::new(|| {
	ops! {
		[F32] => F32: F32Abs F32Neg F32Ceil F32Floor F32Trunc F32Nearest F32Sqrt F32Sqrt F32Neg F32Abs;
		[F32, F32] => F32: F32Add F32Sub F32Mul F32Div F32Min F32Max F32Copysign F32Sub F32Div F32Copysign;
		[F64] => F32: F32DemoteF64;
		[I32] => F32: F32ReinterpretI32 F32ConvertI32S F32ConvertI32U;
		[I64] => F32: F32ConvertI64S F32ConvertI64U;
		[F64] => F64: F64Abs F64Neg F64Ceil F64Floor F64Trunc F64Nearest F64Sqrt F64Sqrt F64Neg F64Abs;
		[F64, F64] => F64: F64Add F64Sub F64Mul F64Div F64Min F64Max F64Copysign F64Sub F64Div F64Copysign;
		[F32] => F64: F64PromoteF32;
		[I64] => F64: F64ReinterpretI64 F64ConvertI64S F64ConvertI64U;
		[I32] => F64: F64ConvertI32S F64ConvertI32U;
		[F32, F32] => I32: F32Eq F32Ne F32Lt F32Gt F32Le F32Ge;
		[F64, F64] => I32: F64Eq F64Ne F64Lt F64Gt F64Le F64Ge;
		[F32] => I32: I32ReinterpretF32 I32ReinterpretF32 I32TruncSatF32S I32TruncSatF32U;
		[F64] => I32: I32TruncSatF64S I32TruncSatF64U;
		[I32] => I32: I32Eqz I32Clz I32Ctz I32Popcnt I32Extend8S I32Extend16S;
		[I64] => I32: I64Eqz I32WrapI64;
		[I32, I32] => I32: I32Add I32Sub I32Mul I32And I32Or I32Xor I32Shl I32ShrS I32ShrU I32Rotl I32Rotr
			I32Eq I32Ne I32LtS I32LtU I32GtS I32GtU I32LeS I32LeU I32GeS I32GeU;
		[I64, I64] => I32: I64Eq I64Ne I64LtS I64LtU I64GtS I64GtU I64LeS I64LeU I64GeS I64GeU;
		[F64] => I64: I64ReinterpretF64 I64ReinterpretF64 I64TruncSatF64S I64TruncSatF64U;
		[F32] => I64: I64TruncSatF32S I64TruncSatF32U;
		[I64] => I64: I64Clz I64Ctz I64Popcnt I64Extend8S I64Extend16S I64Extend32S;
		[I32] => I64: I64ExtendI32S I64ExtendI32U;
		[I64, I64] => I64: I64Add I64Sub I64Mul I64And I64Or I64Xor I64Shl I64ShrS I64ShrU I64Rotl I64Rotr;
		[V128] => V128: F32x4Abs F32x4Neg F32x4Sqrt F32x4Ceil F32x4Floor F32x4Trunc F32x4Nearest
			F64x2Abs F64x2Neg F64x2Sqrt F64x2Ceil F64x2Floor F64x2Trunc F64x2Nearest
			F32x4DemoteF64x2Zero F64x2PromoteLowF32x4 F32x4ConvertI32x4S F32x4ConvertI32x4U
			F64x2ConvertLowI32x4S F64x2ConvertLowI32x4U I32x4TruncSatF32x4S I32x4TruncSatF32x4U
			I32x4TruncSatF64x2SZero I32x4TruncSatF64x2UZero V128Not I8x16Neg I16x8Abs I32x4Neg I64x2Abs
			I8x16Popcnt I16x8ExtAddPairwiseI8x16S I32x4ExtendLowI16x8S I64x2ExtendHighI32x4U;
		[V128, V128] => V128: F32x4Add F32x4Sub F32x4Mul F32x4Div F32x4Min F32x4Max F32x4PMin F32x4PMax
			F64x2Add F64x2Sub F64x2Mul F64x2Div F64x2Min F64x2Max F64x2PMin F64x2PMax
			F32x4Add F32x4Sub F32x4Div F32x4PMin F32x4PMax F64x2Add F64x2Div F64x2PMin F64x2PMax
			F32x4Eq F32x4Ne F32x4Lt F32x4Ge F64x2Eq F64x2Ne F64x2Gt F64x2Le
			V128And V128Or V128Xor V128AndNot I8x16Swizzle I8x16Add I16x8Sub I32x4Mul I64x2Add
			I32x4DotI16x8S I8x16AvgrU I16x8Q15MulrSatS I8x16NarrowI16x8S I64x2ExtMulHighI32x4S I32x4MinS;
		[V128, V128, V128] => V128: V128Bitselect V128Bitselect;
		[F32] => V128: F32x4Splat;
		[F64] => V128: F64x2Splat;
		[I32] => V128: I32x4Splat I8x16Splat;
		[I64] => V128: I64x2Splat;
		[V128, I32] => V128: I32x4Shl I64x2ShrS I8x16ShrU;
		[V128] => I32: V128AnyTrue I32x4Bitmask I64x2Bitmask I8x16AllTrue I64x2AllTrue;
	}
});
