//! The operating system in the machine's place, for running and testing programs natively.

use crate::HostError;
use std::{
	env,
	io::{self, Read, Write},
	process,
};

/// WASI's `EIO`, for errors the system gives no number.
const UNNUMBERED: HostError = HostError(29);

fn number(error: io::Error) -> HostError {
	error.raw_os_error().and_then(|number| u16::try_from(number).ok()).map_or(UNNUMBERED, HostError)
}

/// The program's name and its arguments, a zero byte after each.
pub(crate) fn arguments() -> Result<Vec<u8>, HostError> {
	Ok(env::args_os().flat_map(|argument| [argument.as_encoded_bytes(), &[0]].concat()).collect())
}

/// Reads some of standard input. 0 at its end.
pub(crate) fn read(buffer: &mut [u8]) -> Result<usize, HostError> {
	io::stdin().read(buffer).map_err(number)
}

/// Writes some of `bytes`, and tells how many.
pub(crate) fn write(descriptor: u32, bytes: &[u8]) -> Result<usize, HostError> {
	let written = match descriptor {
		1 => io::stdout().write(bytes).and_then(|count| io::stdout().flush().map(|()| count)),
		_ => io::stderr().write(bytes),
	};
	written.map_err(number)
}

pub(crate) fn exit(code: u32) -> ! {
	process::exit(i32::from_ne_bytes(code.to_ne_bytes()))
}
