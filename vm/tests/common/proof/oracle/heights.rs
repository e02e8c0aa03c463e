//! How many operands there are, as the validator sees it.

use wasmparser::{Parser, Validator, WasmFeatures};

/// For every function, how many operands there are after each of its instructions.
pub(super) fn heights(source: &[u8]) -> Vec<Vec<u32>> {
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
			validator.op(offset, &operator).expect("valid");
			heights.push(validator.operand_stack_height());
		}
		functions.push(heights);
	}
	functions
}
