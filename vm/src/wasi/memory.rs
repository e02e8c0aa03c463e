//! The guest's linear memory, as the host's functions see it.

/// An access beyond the end of the memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault;

/// A linear memory. Any bytes will do; engines hand out theirs.
pub trait GuestMemory {
	/// All of it.
	fn bytes(&self) -> &[u8];
	/// All of it, to be written.
	fn bytes_mut(&mut self) -> &mut [u8];

	/// `len` bytes from `address` on. No bytes may be read at the very end.
	///
	/// # Errors
	///
	/// [`Fault`] when they do not all lie inside.
	fn slice(&self, address: u32, len: u32) -> Result<&[u8], Fault> {
		let (start, end) = bounds(address, len)?;
		self.bytes().get(start..end).ok_or(Fault)
	}

	/// The same, to be written.
	///
	/// # Errors
	///
	/// [`Fault`] when they do not all lie inside.
	fn slice_mut(&mut self, address: u32, len: u32) -> Result<&mut [u8], Fault> {
		let (start, end) = bounds(address, len)?;
		self.bytes_mut().get_mut(start..end).ok_or(Fault)
	}

	/// A little-endian word. Addresses need not be aligned.
	///
	/// # Errors
	///
	/// [`Fault`] when it does not lie inside.
	fn word(&self, address: u32) -> Result<u32, Fault> {
		let bytes = self.slice(address, 4)?.try_into().map_err(|_| Fault)?;
		Ok(u32::from_le_bytes(bytes))
	}

	/// Writes `bytes` at `address`, all or none.
	///
	/// # Errors
	///
	/// [`Fault`] when they do not fit.
	fn write(&mut self, address: u32, bytes: &[u8]) -> Result<(), Fault> {
		let len = u32::try_from(bytes.len()).map_err(|_| Fault)?;
		self.slice_mut(address, len)?.copy_from_slice(bytes);
		Ok(())
	}
}

impl GuestMemory for [u8] {
	fn bytes(&self) -> &[u8] {
		self
	}

	fn bytes_mut(&mut self) -> &mut [u8] {
		self
	}
}

fn bounds(address: u32, len: u32) -> Result<(usize, usize), Fault> {
	let start = usize::try_from(address).map_err(|_| Fault)?;
	let len = usize::try_from(len).map_err(|_| Fault)?;
	Ok((start, start.checked_add(len).ok_or(Fault)?))
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn bounds_are_exact() {
		let mut memory = [0u8; 16];
		let memory = memory.as_mut_slice();
		assert_eq!(memory.slice(16, 0), Ok(&[][..]));
		assert_eq!(memory.slice(17, 0), Err(Fault));
		assert_eq!(memory.slice(15, 2), Err(Fault));
		assert_eq!(memory.slice(u32::MAX, u32::MAX), Err(Fault));
		assert_eq!(memory.write(14, &[1, 2, 3]), Err(Fault));
		assert!(memory.bytes().iter().all(|byte| *byte == 0));
		assert_eq!(memory.write(12, &[1, 2, 3, 4]), Ok(()));
		assert_eq!(memory.word(12), Ok(0x0403_0201));
		assert_eq!(memory.word(13), Err(Fault));
	}
}
