//! The code of one function.

use super::{at_most, forbidden, invalid, operator, sections::value_type, Checker};
use crate::{
	error::{Location, PrepareError},
	limits,
};
use wasmparser::{
	BlockType, FuncToValidate, FuncValidator, FunctionBody, Operator, OperatorsReader, ValidatorResources,
};

impl Checker {
	pub(super) fn body(
		&mut self,
		function: FuncToValidate<ValidatorResources>,
		body: &FunctionBody<'_>,
	) -> Result<(), PrepareError> {
		let index = self.next_body;
		self.next_body = index.saturating_add(1);
		let range = body.range();
		let start = Location::within(index, range.start);
		at_most(
			"bytes in the function",
			u64::try_from(range.len()).unwrap_or(u64::MAX),
			u64::try_from(limits::MAX_BODY_BYTES).unwrap_or(u64::MAX),
			start,
		)?;
		let mut checker = BodyChecker {
			index,
			validator: function.into_validator(core::mem::take(&mut self.allocations)),
			locals: 0,
			branches: 1,
		};
		checker.locals(body)?;
		checker.operators(body)?;
		let flow = checker.branches.saturating_mul(checker.locals.saturating_add(1));
		at_most("branches times locals", flow, limits::MAX_FUNCTION_FLOW, start)?;
		self.module_flow = self.module_flow.saturating_add(flow);
		at_most("branches times locals up to here", self.module_flow, limits::MAX_MODULE_FLOW, start)?;
		self.allocations = checker.validator.into_allocations();
		Ok(())
	}
}

struct BodyChecker {
	index: u32,
	validator: FuncValidator<ValidatorResources>,
	locals: u64,
	branches: u64,
}

impl BodyChecker {
	fn at(&self, offset: usize) -> Location {
		Location::within(self.index, offset)
	}

	fn invalid(&self, error: &wasmparser::BinaryReaderError) -> PrepareError {
		invalid(Some(self.index), error)
	}

	/// Counts the locals before the validator makes room for them.
	fn locals(&mut self, body: &FunctionBody<'_>) -> Result<(), PrepareError> {
		self.locals = self.validator.len_locals().into();
		let mut reader = body.get_locals_reader().map_err(|error| self.invalid(&error))?;
		for _ in 0..reader.get_count() {
			let offset = reader.original_position();
			let (count, ty) = reader.read().map_err(|error| self.invalid(&error))?;
			value_type(ty, self.at(offset))?;
			self.locals = self.locals.saturating_add(count.into());
			at_most("locals", self.locals, limits::MAX_LOCALS, self.at(offset))?;
			self.validator.define_locals(offset, count, ty).map_err(|error| self.invalid(&error))?;
		}
		Ok(())
	}

	fn operators(&mut self, body: &FunctionBody<'_>) -> Result<(), PrepareError> {
		let reader = body.get_binary_reader_for_operators().map_err(|error| self.invalid(&error))?;
		let mut reader = OperatorsReader::new(reader);
		while !reader.eof() {
			let (operator, offset) = reader.read_with_offset().map_err(|error| self.invalid(&error))?;
			self.operator(&operator, self.at(offset))?;
			self.validator.op(offset, &operator).map_err(|error| self.invalid(&error))?;
			let nesting = self.validator.control_stack_height();
			at_most("nested blocks", nesting.into(), limits::MAX_NESTING.into(), self.at(offset))?;
		}
		reader.finish().map_err(|error| self.invalid(&error))
	}

	fn operator(&mut self, operator: &Operator<'_>, at: Location) -> Result<(), PrepareError> {
		if !operator::is_allowed(operator) {
			return Err(forbidden(operator::describe(operator), at));
		}
		let branches = match operator {
			Operator::Block { blockty } | Operator::Loop { blockty } | Operator::If { blockty } => {
				if let BlockType::Type(ty) = blockty {
					value_type(*ty, at)?;
				}
				1
			},
			Operator::Else | Operator::Br { .. } | Operator::BrIf { .. } => 1,
			Operator::BrTable { targets } => {
				let (found, limit) = (targets.len().into(), limits::MAX_BR_TABLE_TARGETS.into());
				at_most("targets of a `br_table`", found, limit, at)?;
				found
			},
			_ => 0,
		};
		self.branches = self.branches.saturating_add(branches);
		Ok(())
	}
}
