//! How many operands there are, and how many are pushed, as the validator sees it.

use wasmparser::{ModuleArity, Operator, Parser, Validator, WasmFeatures};

/// What an instruction does to the operands.
pub(super) struct Operands {
	/// How many there are after it.
	pub(super) height: u32,
	/// How many it pushes.
	pub(super) pushed: u32,
}

/// What every instruction of every function does to the operands.
pub(super) fn heights(source: &[u8]) -> Vec<Vec<Operands>> {
	use wasmparser::{FuncValidatorAllocations, ValidPayload};
	let mut validator = Validator::new_with_features(WasmFeatures::default());
	let mut functions = Vec::new();
	for payload in Parser::new(0).parse_all(source) {
		let payload = payload.expect("a program can be parsed");
		let ValidPayload::Func(function, body) = validator.payload(&payload).expect("a program is valid")
		else {
			continue;
		};
		let mut validator = function.into_validator(FuncValidatorAllocations::default());
		let mut reader = body.get_binary_reader();
		validator.read_locals(&mut reader).expect("valid");
		let mut heights = Vec::new();
		let mut operators = body.get_operators_reader().expect("valid");
		while !operators.eof() {
			let (operator, offset) = operators.read_with_offset().expect("valid");
			let pushed = pushed(&operator, &validator);
			validator.op(offset, &operator).expect("valid");
			heights.push(Operands { height: validator.operand_stack_height(), pushed });
		}
		functions.push(heights);
	}
	functions
}

fn pushed(operator: &Operator<'_>, module: &impl ModuleArity) -> u32 {
	match operator {
		// What these take along is pushed where they go to.
		Operator::Br { .. } | Operator::BrTable { .. } | Operator::Return | Operator::Unreachable => 0,
		Operator::If { blockty } => module.block_type_arity(*blockty).expect("valid").0,
		_ => operator.operator_arity(module).expect("valid").1,
	}
}
