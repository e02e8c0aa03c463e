//! The code of one function.

use super::{at_most, forbidden, invalid, joints::Joints, operator, sections::value_type, Checker};
use crate::{
	error::{Location, PrepareError},
	limits,
};
use wasmparser::{
	BlockType, FuncToValidate, FuncType, FuncValidator, FunctionBody, Operator, OperatorsReader,
	ValidatorResources,
};

/// What a loop counts, for itself and again for each loop around it. In functions of real programs that made at most a
/// fifth of what is allowed.
const EDGES_OF_LOOP: u64 = 8;
const FUNCTION_FLOW: &str = "values that branches may carry";
const MODULE_FLOW: &str = "values that branches may carry up to here";
const MEETINGS: &str = "as branches that meet, times the values they change, in the functions up to here";

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
		let results = self.results_of(index);
		let mut checker = BodyChecker {
			index,
			types: &self.types,
			validator: function.into_validator(core::mem::take(&mut self.allocations)),
			locals: 0,
			flow: 0,
			branches_and_constants: 0,
			joints: Joints::default(),
			open_loops: 0,
			loops: 0,
		};
		checker.locals(body)?;
		checker.flow = checker.locals.saturating_add(1);
		checker.joints = Joints::of_function(checker.locals, results);
		checker.operators(body)?;
		self.module_meetings = self.module_meetings.saturating_add(checker.joints.meetings());
		at_most(MEETINGS, self.module_meetings, limits::MAX_MODULE_MEETINGS, start)?;
		self.module_flow = self.module_flow.saturating_add(checker.flow);
		at_most(MODULE_FLOW, self.module_flow, limits::MAX_MODULE_FLOW, start)?;
		self.allocations = checker.validator.into_allocations();
		Ok(())
	}

	/// How many values the function returns.
	fn results_of(&self, function: u32) -> u64 {
		let ty = usize::try_from(function).ok().and_then(|function| self.functions.get(function));
		ty.and_then(|ty| self.type_at(*ty)).map_or(0, |ty| count(ty.results().len()))
	}
}

struct BodyChecker<'a> {
	index: u32,
	types: &'a [FuncType],
	validator: FuncValidator<ValidatorResources>,
	locals: u64,
	/// See [`limits::MAX_FUNCTION_FLOW`].
	flow: u64,
	branches_and_constants: u64,
	/// The blocks that are open.
	joints: Joints,
	/// How many of them are loops.
	open_loops: u64,
	/// Loops so far.
	loops: u64,
}

impl BodyChecker<'_> {
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
			let at = self.at(offset);
			self.operator(&operator, at)?;
			self.validator.op(offset, &operator).map_err(|error| self.invalid(&error))?;
			let nesting = self.validator.control_stack_height();
			at_most("nested blocks", nesting.into(), limits::MAX_NESTING.into(), at)?;
			let operands = self.validator.operand_stack_height();
			at_most("operands at once", operands.into(), limits::MAX_OPERANDS.into(), at)?;
		}
		reader.finish().map_err(|error| self.invalid(&error))
	}

	fn operator(&mut self, operator: &Operator<'_>, at: Location) -> Result<(), PrepareError> {
		if !operator::is_allowed(operator) {
			return Err(forbidden(operator::describe(operator), at));
		}
		match operator {
			Operator::Block { blockty } | Operator::Loop { blockty } | Operator::If { blockty } => {
				if let BlockType::Type(ty) = blockty {
					value_type(*ty, at)?;
				}
				let edges = self.open(operator, *blockty, at)?;
				let results = self.arity(*blockty).1;
				self.branch(edges, results, at)?;
			},
			Operator::Else => self.branch(1, 0, at)?,
			Operator::Br { relative_depth } | Operator::BrIf { relative_depth } => {
				self.joints.branch(*relative_depth);
				self.branch(1, 0, at)?;
			},
			Operator::BrTable { targets } => {
				let (found, limit) = (targets.len().into(), limits::MAX_BR_TABLE_TARGETS.into());
				at_most("targets of a `br_table`", found, limit, at)?;
				self.joints.table();
				for target in targets.targets() {
					self.joints.table_branch(target.map_err(|error| self.invalid(&error))?);
				}
				self.joints.table_branch(targets.default());
				self.branch(found.saturating_add(1), 0, at)?;
			},
			Operator::LocalSet { local_index } | Operator::LocalTee { local_index } => {
				self.joints.change(*local_index);
			},
			Operator::End if self.joints.close() => {
				self.open_loops = self.open_loops.saturating_sub(1);
			},
			_ => {},
		}
		if is_branch_or_constant(operator) {
			self.branches_and_constants = self.branches_and_constants.saturating_add(1);
			let limit = limits::MAX_BRANCHES_AND_CONSTANTS;
			at_most("branches and constants", self.branches_and_constants, limit, at)?;
		}
		Ok(())
	}

	/// A block begins. Tells how many edges it counts as: a value that changes in a loop is another one in each loop around
	/// it, and compilers take far more than twice as long for twice as many of these.
	fn open(&mut self, operator: &Operator<'_>, ty: BlockType, at: Location) -> Result<u64, PrepareError> {
		let (parameters, results) = self.arity(ty);
		let is_loop = matches!(operator, Operator::Loop { .. });
		// Where an `if` ends, both of its arms do.
		let edges = if matches!(operator, Operator::If { .. }) { 2 } else { 1 };
		self.joints.open(is_loop, edges, if is_loop { parameters } else { results });
		if !is_loop {
			return Ok(1);
		}
		self.loops = self.loops.saturating_add(1);
		at_most("loops", self.loops, limits::MAX_LOOPS, at)?;
		self.open_loops = self.open_loops.saturating_add(1);
		Ok(self.open_loops.saturating_mul(EDGES_OF_LOOP))
	}

	/// Counts what this many edges of the flow graph may carry: all locals and all operands, and the fuel.
	fn branch(&mut self, edges: u64, results: u64, at: Location) -> Result<(), PrepareError> {
		let operands = u64::from(self.validator.operand_stack_height());
		let values = self.locals.saturating_add(operands).saturating_add(results).saturating_add(1);
		self.flow = self.flow.saturating_add(edges.saturating_mul(values));
		at_most(FUNCTION_FLOW, self.flow, limits::MAX_FUNCTION_FLOW, at)
	}

	/// How many values a block of this type takes and leaves. None for a type that there is not: that is for the validator
	/// to say, who is asked next.
	fn arity(&self, ty: BlockType) -> (u64, u64) {
		match ty {
			BlockType::Empty => (0, 0),
			BlockType::Type(_) => (0, 1),
			BlockType::FuncType(index) => {
				let ty = usize::try_from(index).ok().and_then(|index| self.types.get(index));
				ty.map_or((0, 0), |ty| (count(ty.params().len()), count(ty.results().len())))
			},
		}
	}
}

fn count(length: usize) -> u64 {
	u64::try_from(length).unwrap_or(u64::MAX)
}

/// What the interpreter may need a constant of its own for: there is an end to them in each function. A loop and an
/// instruction on a stretch of memory bring a check along, which is a branch.
fn is_branch_or_constant(operator: &Operator<'_>) -> bool {
	use Operator as O;
	matches!(
		operator,
		O::I32Const { .. }
			| O::I64Const { .. }
			| O::F32Const { .. }
			| O::F64Const { .. }
			| O::V128Const { .. }
			| O::If { .. }
			| O::BrIf { .. }
			| O::Loop { .. }
			| O::MemoryCopy { .. }
			| O::MemoryFill { .. }
	)
}
