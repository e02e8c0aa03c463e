//! A module that passed the profile.

use crate::{error::PrepareError, limits, profile, rewrite};
use alloc::sync::Arc;
use assay_primitives::Hash;

/// A program: a module of which it is certain that it can only do what the machine defines.
#[derive(Clone, Debug)]
pub struct Program {
	hash: Hash,
	module: Arc<[u8]>,
	initial_pages: u64,
	maximum_pages: Option<u64>,
}

impl Program {
	/// Checks `bytes` against the profile and rewrites them. Takes time linear in their number.
	///
	/// # Errors
	///
	/// Whatever the profile excludes, with the place it was found at.
	pub fn prepare(bytes: &[u8]) -> Result<Self, PrepareError> {
		if bytes.len() > limits::MAX_PROGRAM_BYTES {
			return Err(PrepareError::TooLarge { bytes: bytes.len(), limit: limits::MAX_PROGRAM_BYTES });
		}
		let shape = profile::check(bytes)?;
		let module = rewrite::rewrite(bytes)?;
		profile::validate(&module)?;
		Ok(Self {
			hash: Hash::of(bytes),
			module: module.into(),
			initial_pages: shape.initial_pages,
			maximum_pages: shape.maximum_pages,
		})
	}

	/// BLAKE3 of the bytes as they were given. It stands for the program everywhere.
	pub fn hash(&self) -> Hash {
		self.hash
	}

	/// The rewritten module: what engines run.
	pub fn module(&self) -> &Arc<[u8]> {
		&self.module
	}

	/// Memory the program starts with, in pages of 64 KiB. A task that may use less ends with
	/// [`assay_primitives::TaskStatus::MemoryExhausted`] before its first instruction.
	pub fn initial_pages(&self) -> u64 {
		self.initial_pages
	}

	/// Pages the program's memory may grow to by its own declaration, if it says.
	pub fn maximum_pages(&self) -> Option<u64> {
		self.maximum_pages
	}
}
