//! Reading to the end and writing everything, over a host that does either in pieces.

use crate::HostError;
use alloc::{vec, vec::Vec};

const FIRST_READ: usize = 64 << 10;
/// WASI's `EIO`, for a host that breaks its promises.
const BROKEN: HostError = HostError(29);

/// Reads until the host has no more.
pub(crate) fn read_all(
	mut read: impl FnMut(&mut [u8]) -> Result<usize, HostError>,
) -> Result<Vec<u8>, HostError> {
	let mut input = vec![0; FIRST_READ];
	let mut length = 0;
	loop {
		if length == input.len() {
			input.resize(length.saturating_mul(2), 0);
		}
		let spare = input.get_mut(length..).ok_or(BROKEN)?;
		match read(spare)? {
			0 => break,
			count if count <= spare.len() => length += count,
			_ => return Err(BROKEN),
		}
	}
	input.truncate(length);
	Ok(input)
}

/// Writes all of `bytes`. A host that takes nothing would be asked for ever: that is an error.
pub(crate) fn write_all(
	mut bytes: &[u8],
	mut write: impl FnMut(&[u8]) -> Result<usize, HostError>,
) -> Result<(), HostError> {
	while !bytes.is_empty() {
		bytes = match write(bytes)? {
			0 => return Err(BROKEN),
			count => bytes.get(count..).ok_or(BROKEN)?,
		};
	}
	Ok(())
}

#[cfg(test)]
mod tests {
	use super::*;

	fn reader(source: &[u8], piece: usize) -> impl FnMut(&mut [u8]) -> Result<usize, HostError> + '_ {
		let mut rest = source;
		move |buffer| {
			let count = rest.len().min(piece).min(buffer.len());
			buffer[..count].copy_from_slice(&rest[..count]);
			rest = &rest[count..];
			Ok(count)
		}
	}

	#[test]
	fn everything_is_read_whatever_the_pieces() {
		for length in [0, 1, FIRST_READ - 1, FIRST_READ, FIRST_READ + 1, 5 * FIRST_READ] {
			let source: Vec<u8> = (0..length).map(|i| (i % 251) as u8).collect();
			for piece in [997, FIRST_READ, usize::MAX] {
				assert_eq!(read_all(reader(&source, piece)), Ok(source.clone()));
			}
		}
	}

	#[test]
	fn everything_is_written_whatever_the_pieces() {
		let source: Vec<u8> = (0..1000).map(|i| (i % 251) as u8).collect();
		for piece in [1, 7, 999, 1000, 5000] {
			let mut written = Vec::new();
			let result = write_all(&source, |rest| {
				let count = rest.len().min(piece);
				written.extend_from_slice(&rest[..count]);
				Ok(count)
			});
			assert_eq!((result, &written), (Ok(()), &source));
		}
		assert_eq!(write_all(&[], |_| panic!("nothing to write")), Ok(()));
	}

	#[test]
	fn a_host_that_errs_or_lies_is_an_error() {
		assert_eq!(read_all(|_| Err(HostError(8))), Err(HostError(8)));
		assert_eq!(read_all(|buffer| Ok(buffer.len() + 1)), Err(BROKEN));
		assert_eq!(write_all(b"abc", |_| Err(HostError(8))), Err(HostError(8)));
		assert_eq!(write_all(b"abc", |_| Ok(0)), Err(BROKEN));
		assert_eq!(write_all(b"abc", |_| Ok(4)), Err(BROKEN));
	}
}
