//! Lists of byte strings, and JSON in the first of them.

use alloc::{string::ToString, vec::Vec};
use serde::Serialize;

/// The parts of a message.
pub(crate) struct Parts<'a>(Vec<&'a [u8]>);

impl<'a> Parts<'a> {
	/// Takes a message apart. `None` if it ends in the middle of a part.
	pub(crate) fn split(mut message: &'a [u8]) -> Option<Self> {
		let mut parts = Vec::new();
		while let Some((len, rest)) = message.split_first_chunk::<4>() {
			let (part, rest) = rest.split_at_checked(usize::try_from(u32::from_le_bytes(*len)).ok()?)?;
			parts.push(part);
			message = rest;
		}
		message.is_empty().then_some(Self(parts))
	}

	/// The part of that number.
	pub(crate) fn get(&self, number: usize) -> Result<&'a [u8], &'static str> {
		self.0.get(number).copied().ok_or("the message has too few parts")
	}

	/// All but the first.
	pub(crate) fn after_first(&self) -> &[&'a [u8]] {
		self.0.get(1..).unwrap_or_default()
	}
}

/// A message of these parts.
pub(crate) fn join(parts: &[Vec<u8>]) -> Vec<u8> {
	let mut message = Vec::new();
	for part in parts {
		// 32 bits address all memory there is here.
		message.extend_from_slice(&u32::try_from(part.len()).unwrap_or(u32::MAX).to_le_bytes());
		message.extend_from_slice(part);
	}
	message
}

/// A first part.
pub(crate) fn json(value: &impl Serialize) -> Result<Vec<u8>, alloc::string::String> {
	serde_json::to_vec(value).map_err(|error| error.to_string())
}

/// The first part of a reply that is none.
pub(crate) fn error(reason: &str) -> Vec<u8> {
	serde_json::json!({ "error": reason }).to_string().into_bytes()
}
