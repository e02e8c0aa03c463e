//! What a program needs to run as a task: an entry point, its index, its input and its output.
//!
//! A task is one run of a WebAssembly module that exports `_start` and `memory`. It learns its index from its first
//! argument, reads its input from standard input and leaves its result on standard output; standard error is for
//! people. This crate wraps the five host functions of `wasi_snapshot_preview1` that takes, and nothing else is
//! imported.
//!
//! ```
//! #![cfg_attr(target_arch = "wasm32", no_std, no_main)]
//!
//! extern crate alloc;
//!
//! assay_guest::entry!(run);
//!
//! fn run() -> Result<(), assay_guest::Error> {
//!     let index = assay_guest::task_index()?;
//!     assay_guest::write_output(alloc::format!("I am task {index}\n").as_bytes())
//! }
//! ```
//!
//! On every other target than `wasm32` the same calls go to the operating system, so that a program can be run and
//! tested like any other: `cargo run -p assay-echo -- 3 < input`.
//!
//! The global allocator (feature `allocator`, on by default) only moves forward, as befits a program that runs once.

#![cfg_attr(target_arch = "wasm32", no_std)]

extern crate alloc;

#[cfg(all(feature = "allocator", target_arch = "wasm32"))]
mod allocator;
#[cfg(any(test, all(feature = "allocator", target_arch = "wasm32")))]
mod bump;
mod error;
#[cfg_attr(target_arch = "wasm32", path = "host/wasi.rs")]
#[cfg_attr(not(target_arch = "wasm32"), path = "host/native.rs")]
mod host;
mod stderr;
mod stream;

use alloc::vec::Vec;
use core::fmt;

pub use error::{Error, HostError};

const STDOUT: u32 = 1;

/// Makes the function at the given path the program: `fn() -> Result<(), E>` with `E: Display`.
///
/// Returning `Ok` ends the task with exit code 0. An error is written to standard error and ends it with exit code 1:
/// still a valid result of the task, the same on every machine.
#[macro_export]
macro_rules! entry {
	($run:path) => {
		#[cfg(target_arch = "wasm32")]
		#[unsafe(no_mangle)]
		extern "C" fn _start() {
			$crate::start($run)
		}

		#[cfg(not(target_arch = "wasm32"))]
		fn main() {
			$crate::start($run)
		}
	};
}

/// Writes a formatted line to standard error, where only people look: it is not part of the task's result.
#[macro_export]
macro_rules! log {
	($($argument:tt)*) => {
		$crate::log_line(::core::format_args!($($argument)*))
	};
}

/// Runs `run` and turns its result into the program's exit code. [`entry!`] calls this.
pub fn start<E: fmt::Display>(run: fn() -> Result<(), E>) {
	if let Err(error) = run() {
		log!("error: {error}");
		exit(1)
	}
}

/// The number of this task within its job, from 0: the program's first argument.
///
/// # Errors
///
/// [`Error::NoIndex`] or [`Error::BadIndex`] if the argument is missing or not a decimal number below 2³², and
/// [`Error::Arguments`] if the host refuses.
pub fn task_index() -> Result<u32, Error> {
	let block = host::arguments().map_err(Error::Arguments)?;
	parse_index(argument(&block, 1).ok_or(Error::NoIndex)?)
}

/// Everything on standard input.
///
/// # Errors
///
/// [`Error::Input`] if the host refuses.
pub fn read_input() -> Result<Vec<u8>, Error> {
	stream::read_all(host::read).map_err(Error::Input)
}

/// Appends `bytes` to standard output, the result of the task. A job limits how much may be written in all; a task
/// that goes beyond ends there and then.
///
/// # Errors
///
/// [`Error::Output`] if the host refuses.
pub fn write_output(bytes: &[u8]) -> Result<(), Error> {
	stream::write_all(bytes, |rest| host::write(STDOUT, rest)).map_err(Error::Output)
}

/// Ends the task at once with this exit code. What was written so far is its result.
pub fn exit(code: u32) -> ! {
	host::exit(code)
}

/// Writes a line to standard error. [`log!`] calls this.
pub fn log_line(message: fmt::Arguments<'_>) {
	stderr::line(message)
}

/// Argument number `position` of a block in which each argument ends with a zero byte.
fn argument(block: &[u8], position: usize) -> Option<&[u8]> {
	let whole = block.strip_suffix(&[0])?;
	whole.split(|byte| *byte == 0).nth(position)
}

fn parse_index(argument: &[u8]) -> Result<u32, Error> {
	let digits = argument.iter().all(u8::is_ascii_digit);
	let text = core::str::from_utf8(argument).ok().filter(|_| digits);
	text.and_then(|text| text.parse().ok()).ok_or_else(|| Error::BadIndex(argument.into()))
}

#[cfg(target_arch = "wasm32")]
#[panic_handler]
fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
	log!("{info}");
	core::arch::wasm32::unreachable()
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn arguments_are_cut_at_zero_bytes() {
		let block = b"task\x0017\0\0";
		assert_eq!(argument(block, 0), Some(&b"task"[..]));
		assert_eq!(argument(block, 1), Some(&b"17"[..]));
		assert_eq!(argument(block, 2), Some(&b""[..]));
		assert_eq!(argument(block, 3), None);
		assert_eq!(argument(b"", 0), None);
		assert_eq!(argument(b"task\0", 1), None);
	}

	#[test]
	fn an_index_is_a_plain_decimal_number() {
		assert_eq!(parse_index(b"0"), Ok(0));
		assert_eq!(parse_index(b"4294967295"), Ok(u32::MAX));
		for bad in [&b""[..], b"-1", b"+1", b" 1", b"0x1", b"4294967296", b"1.0", b"\xff"] {
			assert_eq!(parse_index(bad), Err(Error::BadIndex(bad.into())));
		}
	}
}
