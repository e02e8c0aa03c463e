//! The host inside the machine: five functions of `wasi_snapshot_preview1`.

use crate::HostError;
use alloc::{vec, vec::Vec};

const STDIN: u32 = 0;

/// A place in memory to read into or to write from.
#[repr(C)]
struct Vector {
	start: *const u8,
	length: usize,
}

#[link(wasm_import_module = "wasi_snapshot_preview1")]
unsafe extern "C" {
	fn args_sizes_get(count: *mut usize, bytes: *mut usize) -> i32;
	fn args_get(starts: *mut *mut u8, block: *mut u8) -> i32;
	fn fd_read(descriptor: u32, vectors: *const Vector, count: usize, read: *mut usize) -> i32;
	fn fd_write(descriptor: u32, vectors: *const Vector, count: usize, written: *mut usize) -> i32;
	fn proc_exit(code: u32) -> !;
}

fn check(answer: i32) -> Result<(), HostError> {
	match answer {
		0 => Ok(()),
		error => Err(HostError(u16::try_from(error).unwrap_or(u16::MAX))),
	}
}

/// The program's name and its arguments, a zero byte after each.
pub(crate) fn arguments() -> Result<Vec<u8>, HostError> {
	let (mut count, mut bytes) = (0, 0);
	// SAFETY: both pointers are valid for a write of four bytes.
	check(unsafe { args_sizes_get(&mut count, &mut bytes) })?;
	let mut starts = vec![core::ptr::null_mut(); count];
	let mut block = vec![0; bytes];
	// SAFETY: the host writes `count` pointers and `bytes` bytes, for which there is room.
	check(unsafe { args_get(starts.as_mut_ptr(), block.as_mut_ptr()) })?;
	Ok(block)
}

/// Reads some of standard input. 0 at its end.
pub(crate) fn read(buffer: &mut [u8]) -> Result<usize, HostError> {
	let vector = Vector { start: buffer.as_mut_ptr(), length: buffer.len() };
	let mut read = 0;
	// SAFETY: the vector describes `buffer`, which is ours to write, and `read` is valid for a write of four bytes.
	check(unsafe { fd_read(STDIN, &vector, 1, &mut read) })?;
	Ok(read)
}

/// Writes some of `bytes`, and tells how many.
pub(crate) fn write(descriptor: u32, bytes: &[u8]) -> Result<usize, HostError> {
	let vector = Vector { start: bytes.as_ptr(), length: bytes.len() };
	let mut written = 0;
	// SAFETY: the vector describes `bytes`, which the host only reads, and `written` is valid for a write of four
	// bytes.
	check(unsafe { fd_write(descriptor, &vector, 1, &mut written) })?;
	Ok(written)
}

pub(crate) fn exit(code: u32) -> ! {
	// SAFETY: the function takes no pointers.
	unsafe { proc_exit(code) }
}
