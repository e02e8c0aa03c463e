//! Formatted lines to standard error, without allocating: a panic may be about memory.

use crate::{host, stream, HostError};
use core::fmt::{self, Write};

const STDERR: u32 = 2;
const CAPACITY: usize = 256;

/// Collects what the formatter hands out in crumbs, so that a line takes few calls of the host.
struct Buffer<W> {
	bytes: [u8; CAPACITY],
	used: usize,
	write: W,
}

impl<W: FnMut(&[u8]) -> Result<usize, HostError>> Buffer<W> {
	fn new(write: W) -> Self {
		Self { bytes: [0; CAPACITY], used: 0, write }
	}

	fn flush(&mut self) -> fmt::Result {
		let collected = self.bytes.get(..self.used).ok_or(fmt::Error)?;
		self.used = 0;
		stream::write_all(collected, &mut self.write).map_err(|_| fmt::Error)
	}
}

impl<W: FnMut(&[u8]) -> Result<usize, HostError>> Write for Buffer<W> {
	fn write_str(&mut self, text: &str) -> fmt::Result {
		let mut rest = text.as_bytes();
		while !rest.is_empty() {
			if self.used == CAPACITY {
				self.flush()?;
			}
			let (now, later) = rest.split_at(rest.len().min(CAPACITY - self.used));
			let place = self.bytes.get_mut(self.used..self.used + now.len()).ok_or(fmt::Error)?;
			place.copy_from_slice(now);
			self.used += now.len();
			rest = later;
		}
		Ok(())
	}
}

/// Writes `message` and a line break. Nobody could be told of a failure, and no result depends on one.
pub(crate) fn line(message: fmt::Arguments<'_>) {
	let mut buffer = Buffer::new(|bytes| host::write(STDERR, bytes));
	let _ = buffer.write_fmt(message).and_then(|()| buffer.write_str("\n")).and_then(|()| buffer.flush());
}

#[cfg(test)]
mod tests {
	use super::*;
	use alloc::{string::String, vec::Vec};

	#[test]
	fn long_messages_come_out_whole_and_in_order() {
		let message: String = (0..300).map(|i| alloc::format!("{i} ")).collect();
		let mut written = Vec::new();
		let mut calls = 0;
		let mut buffer = Buffer::new(|bytes: &[u8]| {
			calls += 1;
			written.extend_from_slice(bytes);
			Ok(bytes.len())
		});
		write!(buffer, "<{message}>").unwrap();
		buffer.flush().unwrap();
		assert_eq!(written, alloc::format!("<{message}>").as_bytes());
		assert_eq!(calls, written.len().div_ceil(CAPACITY));
	}
}
