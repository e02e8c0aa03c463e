//! Numbers with their types, and where they come from.

use wasm_encoder::{Ieee32, Ieee64, Instruction};
use wasmparser::ValType;

/// A number, bit by bit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Value {
	I32(u32),
	I64(u64),
	F32(u32),
	F64(u64),
	V128(u128),
}

impl Value {
	pub(crate) fn ty(self) -> ValType {
		match self {
			Self::I32(_) => ValType::I32,
			Self::I64(_) => ValType::I64,
			Self::F32(_) => ValType::F32,
			Self::F64(_) => ValType::F64,
			Self::V128(_) => ValType::V128,
		}
	}

	/// The instruction that puts it on the stack.
	pub(crate) fn constant(self) -> Instruction<'static> {
		match self {
			Self::I32(bits) => Instruction::I32Const(bits.cast_signed()),
			Self::I64(bits) => Instruction::I64Const(bits.cast_signed()),
			Self::F32(bits) => Instruction::F32Const(Ieee32::new(bits)),
			Self::F64(bits) => Instruction::F64Const(Ieee64::new(bits)),
			Self::V128(bits) => Instruction::V128Const(bits.cast_signed()),
		}
	}

	pub(crate) fn zero(ty: ValType) -> Self {
		match ty {
			ValType::I32 => Self::I32(0),
			ValType::I64 => Self::I64(0),
			ValType::F32 => Self::F32(0),
			ValType::F64 => Self::F64(0),
			_ => Self::V128(0),
		}
	}
}

/// How many bytes a number of this type takes.
pub(crate) fn width(ty: ValType) -> usize {
	match ty {
		ValType::I32 | ValType::F32 => 4,
		ValType::I64 | ValType::F64 => 8,
		_ => 16,
	}
}

/// The numbers of these types that lie one after the other in `bytes`; `None` if there are not exactly as many bytes.
pub(crate) fn read(types: &[ValType], bytes: &[u8]) -> Option<Vec<Value>> {
	if bytes.len() != types.iter().map(|ty| width(*ty)).sum::<usize>() {
		return None;
	}
	let mut rest = bytes;
	let mut values = Vec::new();
	for ty in types {
		let (now, later) = rest.split_at(width(*ty));
		rest = later;
		let mut bits = [0; 16];
		bits[..now.len()].copy_from_slice(now);
		let bits = u128::from_le_bytes(bits);
		values.push(match ty {
			ValType::I32 => Value::I32(bits as u32),
			ValType::I64 => Value::I64(bits as u64),
			ValType::F32 => Value::F32(bits as u32),
			ValType::F64 => Value::F64(bits as u64),
			_ => Value::V128(bits),
		});
	}
	Some(values)
}

/// Seeded numbers, the same on every machine.
#[derive(Clone)]
pub(crate) struct Random(u64);

impl Random {
	pub(crate) fn new(seed: u64) -> Self {
		Self(seed)
	}

	/// The generator SplitMix64.
	pub(crate) fn next(&mut self) -> u64 {
		self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
		let mut z = self.0;
		z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
		z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
		z ^ (z >> 31)
	}

	/// A number below `bound`, which is not 0.
	pub(crate) fn below(&mut self, bound: usize) -> usize {
		(self.next() % bound as u64) as usize
	}

	/// True once in `times`.
	pub(crate) fn once_in(&mut self, times: usize) -> bool {
		self.below(times) == 0
	}

	pub(crate) fn pick<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
		&choices[self.below(choices.len())]
	}

	pub(crate) fn value(&mut self, ty: ValType) -> Value {
		match ty {
			ValType::I32 => Value::I32(self.integer() as u32),
			ValType::I64 => Value::I64(self.integer()),
			ValType::F32 => Value::F32(self.f32()),
			ValType::F64 => Value::F64(self.f64()),
			_ => Value::V128(self.v128()),
		}
	}

	fn integer(&mut self) -> u64 {
		match self.below(4) {
			0 => self.below(20) as u64,
			1 => (1u64 << self.below(64)).wrapping_sub(self.below(2) as u64),
			2 => (self.below(20) as u64).wrapping_neg(),
			_ => self.next(),
		}
	}

	/// The bits of a float, more often than not of one that troubles somebody.
	pub(crate) fn f32(&mut self) -> u32 {
		const CHOICES: &[u32] = &[
			0,
			0x8000_0000,
			0x3f80_0000,
			0xbf80_0000,
			0x7f80_0000,
			0xff80_0000,
			0x7fc0_0000,
			0xffc0_0000,
			0x7fc0_0001,
			0xffe1_2345,
			0x7f80_0001,
			0xffa0_0000,
			0x7fff_ffff,
			1,
			0x807f_ffff,
			0x7f7f_ffff,
			0x4f00_0000,
			0xcf00_0000,
			0x4b00_0001,
			0x3f00_0000,
		];
		match self.below(4) {
			0 => self.next() as u32,
			1 => (self.below(200) as f32 - 100.0).to_bits(),
			_ => *self.pick(CHOICES),
		}
	}

	pub(crate) fn f64(&mut self) -> u64 {
		const CHOICES: &[u64] = &[
			0,
			1 << 63,
			0x3ff0_0000_0000_0000,
			0xbff0_0000_0000_0000,
			0x7ff0_0000_0000_0000,
			0xfff0_0000_0000_0000,
			0x7ff8_0000_0000_0000,
			0xfff8_0000_0000_0000,
			0x7ff8_0000_0000_0001,
			0xfffc_1234_5678_9abc,
			0x7ff0_0000_0000_0001,
			0xfff4_0000_0000_0000,
			1,
			0x7fef_ffff_ffff_ffff,
			0x7ff8_0000_2000_0000,
			0x41e0_0000_0000_0000,
			0x43e0_0000_0000_0000,
		];
		match self.below(4) {
			0 => self.next(),
			1 => (self.below(200) as f64 - 100.0).to_bits(),
			_ => *self.pick(CHOICES),
		}
	}

	pub(crate) fn v128(&mut self) -> u128 {
		match self.below(3) {
			0 => (0..4).fold(0, |bits, _| bits << 32 | u128::from(self.f32())),
			1 => u128::from(self.f64()) << 64 | u128::from(self.f64()),
			_ => u128::from(self.next()) << 64 | u128::from(self.next()),
		}
	}
}
