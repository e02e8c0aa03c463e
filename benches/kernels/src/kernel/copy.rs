//! Copies and fills pieces of growing length within 2 MiB, a megabyte in all for each length.

use alloc::vec::Vec;

const BYTES: usize = 1 << 20;

pub(crate) fn run(size: u32) -> u64 {
	let mut from: Vec<u8> = (0..BYTES).map(|i| (i % 251) as u8).collect();
	let mut to = from.clone();
	for round in 0..size {
		let mut length = 16;
		while length <= BYTES {
			// SAFETY: the machine has this feature, and elsewhere it is not asked for.
			unsafe { pieces(&mut from, &mut to, length, round as u8) };
			length *= 4;
		}
	}
	from.iter().chain(&to).fold(0, |sum, byte| (sum ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3))
}

#[cfg_attr(target_arch = "wasm32", target_feature(enable = "bulk-memory"))]
unsafe fn pieces(from: &mut [u8], to: &mut [u8], length: usize, round: u8) {
	for (from, to) in from.chunks_exact_mut(length).zip(to.chunks_exact_mut(length)) {
		to.copy_from_slice(from);
		let (first, _) = from.split_at_mut(length / 4);
		first.fill(round);
	}
}
