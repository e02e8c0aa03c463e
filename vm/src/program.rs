//! A module that passed the profile.

use crate::{error::PrepareError, limits, profile};
use assay_primitives::Hash;
use std::sync::Arc;

/// A program: a module of which it is certain that it can only do what the machine defines.
#[derive(Clone, Debug)]
pub struct Program {
	hash: Hash,
	bytes: Arc<[u8]>,
	initial_pages: u64,
}

impl Program {
	/// Checks `bytes` against the profile. Takes time linear in their number.
	///
	/// # Errors
	///
	/// Whatever the profile excludes, with the place it was found at.
	pub fn prepare(bytes: &[u8]) -> Result<Self, PrepareError> {
		if bytes.len() > limits::MAX_PROGRAM_BYTES {
			return Err(PrepareError::TooLarge { bytes: bytes.len(), limit: limits::MAX_PROGRAM_BYTES });
		}
		let shape = profile::check(bytes)?;
		Ok(Self { hash: Hash::of(bytes), bytes: bytes.into(), initial_pages: shape.initial_pages })
	}

	/// BLAKE3 of the bytes as they were given.
	pub fn hash(&self) -> Hash {
		self.hash
	}

	/// The bytes as they were given.
	pub fn bytes(&self) -> &Arc<[u8]> {
		&self.bytes
	}

	/// Memory the program starts with, in pages of 64 KiB. A task that may use less ends with
	/// [`assay_primitives::TaskStatus::MemoryExhausted`] before its first instruction.
	pub fn initial_pages(&self) -> u64 {
		self.initial_pages
	}
}
