//! Tables of instructions, by their numbers in the binary format.

/// The number of an instruction behind the prefix `fd`.
fn vector_number(bytes: &[u8]) -> Option<u32> {
	if bytes.first() != Some(&0xfd) {
		return None;
	}
	let mut number = 0;
	for (index, byte) in bytes.iter().skip(1).enumerate() {
		number |= u32::from(byte & 0x7f) << (7 * index);
		if byte & 0x80 == 0 {
			break;
		}
	}
	Some(number)
}

pub(super) fn cost(bytes: &[u8]) -> i64 {
	if let Some(number) = vector_number(bytes) {
		return match number {
			// Division and square root of f32x4 and f64x2.
			0xe7 | 0xe3 | 0xf3 | 0xef => 8,
			_ => 2,
		};
	}
	match bytes {
		// unreachable, nop, block, loop, else, end, return, drop
		[0x00 | 0x01 | 0x02 | 0x03 | 0x05 | 0x0b | 0x0f | 0x1a, ..] => 0,
		// Division and remainder of i32 and i64; division and square root of f32 and f64; call.
		[0x6d..=0x70 | 0x7f..=0x82 | 0x95 | 0x91 | 0xa3 | 0x9f | 0x10, ..] => 8,
		// call_indirect
		[0x11, ..] => 12,
		// br_table
		[0x0e, ..] => 4,
		// Loads and stores.
		[0x28..=0x3e, ..] => 2,
		// memory.copy, memory.fill
		[0xfc, 0x0a | 0x0b, ..] => 16,
		_ => 1,
	}
}

#[derive(Clone, Copy)]
pub(super) enum Float {
	F32,
	F64,
	F32x4,
	F64x2,
}

/// The kind of float that an instruction computes, if it does arithmetic.
pub(super) fn arithmetic(bytes: &[u8]) -> Option<Float> {
	match (vector_number(bytes), bytes) {
		(Some(0x5e | 0x67..=0x6a | 0xe3..=0xe9), _) => Some(Float::F32x4),
		(Some(0x5f | 0x74 | 0x75 | 0x7a | 0x94 | 0xef..=0xf5), _) => Some(Float::F64x2),
		(None, [0x8d..=0x97 | 0xb6, ..]) => Some(Float::F32),
		(None, [0x9b..=0xa5 | 0xbb, ..]) => Some(Float::F64),
		_ => None,
	}
}
