//! One function, decoded.

use super::source::Source;
use alloc::vec::Vec;
use wasmparser::{BinaryReaderError, FuncType, FunctionBody, Operator, OperatorsReader, ValType};

/// A function that passed the profile.
pub(super) struct Body<'a> {
	pub(super) source: &'a Source<'a>,
	pub(super) ty: &'a FuncType,
	/// The type of each local, parameters first.
	pub(super) locals: Vec<ValType>,
	pub(super) operators: Vec<Operator<'a>>,
	/// Where each instruction ends in `code`.
	ends: Vec<usize>,
	code: &'a [u8],
}

impl<'a> Body<'a> {
	/// Decodes a function of type `ty`.
	pub(super) fn decode(
		source: &'a Source<'a>,
		ty: &'a FuncType,
		body: &FunctionBody<'a>,
	) -> Result<Self, BinaryReaderError> {
		let mut locals = ty.params().to_vec();
		for group in body.get_locals_reader()? {
			let (count, ty) = group?;
			locals.extend((0..count).map(|_| ty));
		}
		let reader = body.get_binary_reader_for_operators()?;
		let start = reader.original_position();
		let code = body.as_bytes().get(start.saturating_sub(body.range().start)..).unwrap_or_default();
		let mut reader = OperatorsReader::new(reader);
		let (mut operators, mut ends) = (Vec::new(), Vec::new());
		while !reader.eof() {
			operators.push(reader.read()?);
			ends.push(reader.original_position().saturating_sub(start));
		}
		Ok(Self { source, ty, locals, operators, ends, code })
	}

	/// How many of the locals are parameters.
	pub(super) fn parameters(&self) -> usize {
		self.ty.params().len()
	}

	/// The bytes of an instruction as they stand in the module.
	pub(super) fn encoded(&self, instruction: usize) -> Option<&'a [u8]> {
		let start = match instruction.checked_sub(1) {
			Some(previous) => *self.ends.get(previous)?,
			None => 0,
		};
		self.code.get(start..*self.ends.get(instruction)?)
	}
}
