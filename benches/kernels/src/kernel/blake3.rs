//! The hash of so many bytes.

use alloc::vec::Vec;

pub(crate) fn run(size: u32) -> u64 {
	let bytes: Vec<u8> = (0..size).map(|i| (i % 251) as u8).collect();
	let hash = blake3::hash(&bytes);
	hash.as_bytes().iter().take(8).fold(0, |sum, byte| sum << 8 | u64::from(*byte))
}
