//! Modules made to keep a compiler busy: as large in one respect as the limits allow.

use super::value::Random;
use wasm_encoder::{
	BlockType, CodeSection, ExportKind, ExportSection, Function, FunctionSection, Instruction, MemArg,
	MemorySection, MemoryType, Module, TypeSection, ValType,
};

/// How large bombs are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scale {
	/// Bytes of one body.
	pub(crate) body: usize,
	/// Branches times locals of one function.
	pub(crate) flow: usize,
	pub(crate) locals: usize,
	pub(crate) nesting: usize,
	pub(crate) parameters: usize,
	pub(crate) results: usize,
	pub(crate) targets: usize,
}

/// The machine's own limits.
pub(crate) fn own_limits() -> Scale {
	use assay_vm::limits;
	let size = |limit: u64| usize::try_from(limit).expect("it fits");
	Scale {
		body: limits::MAX_BODY_BYTES,
		flow: size(limits::MAX_FUNCTION_FLOW),
		locals: size(limits::MAX_LOCALS),
		nesting: size(limits::MAX_NESTING.into()),
		parameters: limits::MAX_PARAMETERS,
		results: limits::MAX_RESULTS,
		targets: size(limits::MAX_BR_TABLE_TARGETS.into()),
	}
}

/// Writes the body of a bomb.
type Bomb = fn(&Scale) -> Function;

/// A name and a module for each kind of bomb. Some may be too large in another respect, and be refused.
pub(crate) fn all(scale: &Scale) -> Vec<(&'static str, Vec<u8>)> {
	let simple: [(&'static str, Bomb); 9] = [
		("nested loops, all locals changed within", nested_loops),
		("many diamonds, one local changed in each", diamonds),
		("many loops, all locals changed in each", loops),
		("many values at once", values),
		("many values across calls", values_across_calls),
		("one long chain of integer operations", chain),
		("vector operations that become long code", vectors),
		("float operations, each with its NaN to mend", floats),
		("nested conditions", conditions),
	];
	let mut bombs: Vec<_> = simple
		.into_iter()
		.map(|(name, make)| (name, module(&[(Vec::new(), Vec::new())], &make(scale))))
		.collect();
	bombs.push(("branch tables to loops with many parameters", tables_to_loops(scale)));
	bombs.push(("branches to one loop with many parameters", branches_to_loop(scale)));
	bombs.push(("branch tables to blocks with many results", tables_to_blocks(scale)));
	bombs.push(("calls with many parameters and results", calls(scale)));
	bombs.push(("random arithmetic of integers", random_code(scale)));
	bombs
}

const AT: MemArg = MemArg { offset: 0, align: 0, memory_index: 0 };

/// A module whose function 0 is `_start`, of the first type; the other types are as given.
fn module(types: &[(Vec<ValType>, Vec<ValType>)], body: &Function) -> Vec<u8> {
	let mut section = TypeSection::new();
	for (parameters, results) in types {
		section.ty().function(parameters.iter().copied(), results.iter().copied());
	}
	let mut functions = FunctionSection::new();
	functions.function(0);
	finish(&section, &functions, &[body])
}

fn finish(types: &TypeSection, functions: &FunctionSection, bodies: &[&Function]) -> Vec<u8> {
	let mut memories = MemorySection::new();
	let memory64 = false;
	memories.memory(MemoryType { minimum: 1, maximum: None, memory64, shared: false, page_size_log2: None });
	let mut exports = ExportSection::new();
	exports.export("_start", ExportKind::Func, 0).export("memory", ExportKind::Memory, 0);
	let mut code = CodeSection::new();
	for body in bodies {
		code.function(body);
	}
	let mut module = Module::new();
	module.section(types).section(functions).section(&memories).section(&exports).section(&code);
	module.finish()
}

fn locals(number: usize, ty: ValType) -> Function {
	Function::new([(u32::try_from(number).expect("few locals"), ty)])
}

fn index(number: usize) -> u32 {
	u32::try_from(number).expect("a small number")
}

/// Puts an unknown number on the stack.
fn unknown(code: &mut Function) {
	code.instruction(&Instruction::I32Const(0));
	code.instruction(&Instruction::I32Load(AT));
}

fn nested_loops(scale: &Scale) -> Function {
	let depth = (scale.nesting - 2).min(scale.flow / 8).max(1);
	// Each level is a loop and a branch; the body counts too, and so does one more local.
	let number = (scale.flow / (2 * depth + 1) - 1).clamp(1, scale.locals);
	let mut code = locals(number, ValType::I32);
	for _ in 0..depth {
		code.instruction(&Instruction::Loop(BlockType::Empty));
	}
	for local in 0..number {
		code.instruction(&Instruction::LocalGet(index((local + 1) % number)));
		code.instruction(&Instruction::I32Const(1));
		code.instruction(&Instruction::I32Add);
		code.instruction(&Instruction::LocalSet(index(local)));
	}
	for level in 0..depth {
		code.instruction(&Instruction::LocalGet(index(level % number)));
		code.instruction(&Instruction::BrIf(0));
		code.instruction(&Instruction::End);
	}
	code.instruction(&Instruction::End);
	code
}

fn diamonds(scale: &Scale) -> Function {
	let number = scale.locals.min(700);
	// Conditions count once, and once for their `else`.
	let count = ((scale.flow / (number + 1)).saturating_sub(1) / 2).min(scale.body / 16);
	let mut code = locals(number, ValType::I64);
	for place in 0..count {
		code.instruction(&Instruction::LocalGet(index(place % number)));
		code.instruction(&Instruction::I64Eqz);
		code.instruction(&Instruction::If(BlockType::Empty));
		for local in 0..(scale.body / 20 / count.max(1)).clamp(1, number) {
			code.instruction(&Instruction::LocalGet(index((place + local) % number)));
			code.instruction(&Instruction::LocalSet(index((place + 7 * local) % number)));
		}
		code.instruction(&Instruction::Else);
		code.instruction(&Instruction::LocalGet(index((place + 5) % number)));
		code.instruction(&Instruction::LocalSet(index((place + 3) % number)));
		code.instruction(&Instruction::End);
	}
	code.instruction(&Instruction::End);
	code
}

fn loops(scale: &Scale) -> Function {
	let number = 120.min(scale.locals);
	let count = (scale.flow / (number + 1)).saturating_sub(1) / 2;
	let count = count.min(scale.body / (number * 7 + 20)).max(1);
	let mut code = locals(number, ValType::I64);
	for _ in 0..count {
		code.instruction(&Instruction::Loop(BlockType::Empty));
		for local in 0..number {
			code.instruction(&Instruction::LocalGet(index((local + 1) % number)));
			code.instruction(&Instruction::LocalGet(index((local + 9) % number)));
			code.instruction(&Instruction::I64Xor);
			code.instruction(&Instruction::LocalSet(index(local)));
		}
		unknown(&mut code);
		code.instruction(&Instruction::BrIf(0));
		code.instruction(&Instruction::End);
	}
	code.instruction(&Instruction::End);
	code
}

fn values(scale: &Scale) -> Function {
	let count = scale.body / 12;
	let mut code = Function::new([]);
	for place in 0..count {
		code.instruction(&Instruction::I32Const((place % 64) as i32));
		code.instruction(&Instruction::I64Load(AT));
	}
	for _ in 1..count {
		code.instruction(&Instruction::I64Add);
	}
	code.instruction(&Instruction::Drop);
	code.instruction(&Instruction::End);
	code
}

fn values_across_calls(scale: &Scale) -> Function {
	let count = scale.body / 16;
	let mut code = Function::new([]);
	for place in 0..count {
		code.instruction(&Instruction::I32Const((place % 64) as i32));
		code.instruction(&Instruction::I64Load(AT));
		if place % 2 == 0 {
			code.instruction(&Instruction::Call(0));
		}
	}
	for _ in 1..count {
		code.instruction(&Instruction::I64Add);
	}
	code.instruction(&Instruction::Drop);
	code.instruction(&Instruction::End);
	code
}

fn chain(scale: &Scale) -> Function {
	const OPERATIONS: [Instruction<'static>; 8] = [
		Instruction::I32Add,
		Instruction::I32And,
		Instruction::I32Or,
		Instruction::I32Xor,
		Instruction::I32Mul,
		Instruction::I32Sub,
		Instruction::I32Shl,
		Instruction::I32ShrU,
	];
	let mut code = locals(2, ValType::I32);
	unknown(&mut code);
	for place in 0..scale.body / 4 {
		if place % 3 == 0 {
			code.instruction(&Instruction::I32Const((place % 64) as i32));
		} else {
			code.instruction(&Instruction::LocalGet((place % 2) as u32));
		}
		code.instruction(&OPERATIONS[place * 7 % 8]);
	}
	code.instruction(&Instruction::LocalSet(0));
	code.instruction(&Instruction::End);
	code
}

fn vectors(scale: &Scale) -> Function {
	const OPERATIONS: [Instruction<'static>; 8] = [
		Instruction::I8x16Popcnt,
		Instruction::I32x4TruncSatF64x2UZero,
		Instruction::F64x2ConvertLowI32x4U,
		Instruction::I32x4TruncSatF32x4U,
		Instruction::F32x4ConvertI32x4U,
		Instruction::F64x2Nearest,
		Instruction::I64x2Abs,
		Instruction::I16x8ExtAddPairwiseI8x16U,
	];
	let mut code = locals(1, ValType::V128);
	code.instruction(&Instruction::I32Const(0));
	code.instruction(&Instruction::V128Load(AT));
	for place in 0..scale.body / 4 {
		code.instruction(&OPERATIONS[place % 8]);
	}
	code.instruction(&Instruction::LocalSet(0));
	code.instruction(&Instruction::End);
	code
}

fn floats(scale: &Scale) -> Function {
	let mut code = locals(1, ValType::F64);
	code.instruction(&Instruction::I32Const(0));
	code.instruction(&Instruction::F64Load(AT));
	for place in 0..scale.body / 4 {
		// The sign can be seen, so the number before it must be the canonical one.
		code.instruction(&Instruction::F64Sqrt);
		code.instruction(if place % 2 == 0 { &Instruction::F64Neg } else { &Instruction::F64Ceil });
	}
	code.instruction(&Instruction::LocalSet(0));
	code.instruction(&Instruction::End);
	code
}

fn conditions(scale: &Scale) -> Function {
	let depth = (scale.nesting - 2).min(scale.flow / 16);
	let mut code = locals(4, ValType::I32);
	for level in 0..depth {
		code.instruction(&Instruction::LocalGet((level % 4) as u32));
		code.instruction(&Instruction::If(BlockType::Empty));
		code.instruction(&Instruction::LocalGet((level % 3) as u32));
		code.instruction(&Instruction::LocalSet((level % 4) as u32));
		code.instruction(&Instruction::LocalGet(1));
		code.instruction(&Instruction::BrIf(index(level)));
	}
	for level in 0..depth {
		code.instruction(&Instruction::Else);
		code.instruction(&Instruction::LocalGet((level % 3) as u32));
		code.instruction(&Instruction::LocalSet((level % 4) as u32));
		code.instruction(&Instruction::End);
	}
	code.instruction(&Instruction::End);
	code
}

/// The numbers that loops take along.
fn push_loads(code: &mut Function, count: usize) {
	for place in 0..count {
		code.instruction(&Instruction::I32Const((place % 64) as i32));
		code.instruction(&Instruction::I32Load(AT));
	}
}

/// Loops within loops, each with as many parameters as there may be, and tables that go to all of them.
fn tables_to_loops(scale: &Scale) -> Vec<u8> {
	let width = scale.parameters.min(scale.results);
	let depth = (scale.nesting - 3).min(scale.targets);
	let many = vec![ValType::I32; width];
	let types = [(Vec::new(), Vec::new()), (many.clone(), many), (vec![ValType::I32; width], Vec::new())];
	let mut code = Function::new([]);
	push_loads(&mut code, width);
	for _ in 0..depth {
		code.instruction(&Instruction::Loop(BlockType::FunctionType(1)));
	}
	let targets: Vec<u32> = (1..index(depth)).collect();
	let room = scale.body.saturating_sub(code.byte_len() + depth + width + 64);
	for _ in 0..(room / (targets.len() * 2 + 16)).max(1) {
		unknown(&mut code);
		code.instruction(&Instruction::If(BlockType::FunctionType(1)));
		unknown(&mut code);
		code.instruction(&Instruction::BrTable((&targets).into(), 1));
		code.instruction(&Instruction::End);
	}
	for _ in 0..depth {
		code.instruction(&Instruction::End);
	}
	for _ in 0..width {
		code.instruction(&Instruction::Drop);
	}
	code.instruction(&Instruction::End);
	module(&types, &code)
}

fn branches_to_loop(scale: &Scale) -> Vec<u8> {
	let width = scale.parameters;
	let types = [(Vec::new(), Vec::new()), (vec![ValType::I32; width], Vec::new())];
	let mut code = Function::new([]);
	push_loads(&mut code, width);
	code.instruction(&Instruction::Loop(BlockType::FunctionType(1)));
	for _ in 0..scale.body.saturating_sub(width * 6 + 64) / 8 {
		unknown(&mut code);
		code.instruction(&Instruction::BrIf(0));
	}
	for _ in 0..width {
		code.instruction(&Instruction::Drop);
	}
	code.instruction(&Instruction::End);
	code.instruction(&Instruction::End);
	module(&types, &code)
}

/// Blocks within blocks, each with as many results as there may be, and tables that leave all of them.
fn tables_to_blocks(scale: &Scale) -> Vec<u8> {
	let width = scale.results;
	let depth = (scale.nesting - 3).min(scale.targets);
	let many = vec![ValType::I64; width];
	let types = [(Vec::new(), Vec::new()), (Vec::new(), many.clone()), (many.clone(), many)];
	let mut code = Function::new([]);
	for _ in 0..depth {
		code.instruction(&Instruction::Block(BlockType::FunctionType(1)));
	}
	for place in 0..width {
		code.instruction(&Instruction::I32Const(place as i32));
		code.instruction(&Instruction::I64Load(AT));
	}
	let targets: Vec<u32> = (1..index(depth)).collect();
	let room = scale.body.saturating_sub(code.byte_len() + depth * 2 + width + 64);
	for _ in 0..(room / (targets.len() * 2 + 16)).max(1) {
		unknown(&mut code);
		code.instruction(&Instruction::If(BlockType::FunctionType(2)));
		unknown(&mut code);
		code.instruction(&Instruction::BrTable((&targets).into(), 1));
		code.instruction(&Instruction::End);
	}
	for _ in 0..depth {
		code.instruction(&Instruction::End);
	}
	for _ in 0..width {
		code.instruction(&Instruction::Drop);
	}
	code.instruction(&Instruction::End);
	module(&types, &code)
}

fn calls(scale: &Scale) -> Vec<u8> {
	let width = scale.results.min(scale.parameters);
	let mut types = TypeSection::new();
	types.ty().function([], []);
	types.ty().function(vec![ValType::V128; width], vec![ValType::V128; width]);
	let mut functions = FunctionSection::new();
	functions.function(0).function(1);
	let mut main = Function::new([]);
	for _ in 0..width {
		main.instruction(&Instruction::I32Const(0));
		main.instruction(&Instruction::V128Load(AT));
	}
	for _ in 0..scale.body.saturating_sub(width * 8 + 64) / 2 {
		main.instruction(&Instruction::Call(1));
	}
	for _ in 0..width {
		main.instruction(&Instruction::Drop);
	}
	main.instruction(&Instruction::End);
	let mut callee = Function::new([]);
	for parameter in 0..width {
		callee.instruction(&Instruction::LocalGet(index(width - 1 - parameter)));
	}
	callee.instruction(&Instruction::End);
	finish(&types, &functions, &[&main, &callee])
}

fn random_code(scale: &Scale) -> Vec<u8> {
	let mut random = Random::new(scale.body as u64);
	let mut code = locals(8, ValType::I64);
	for _ in 0..scale.body / 14 {
		code.instruction(&Instruction::LocalGet(index(random.below(8))));
		code.instruction(&Instruction::LocalGet(index(random.below(8))));
		code.instruction(random.pick(&[
			Instruction::I64Add,
			Instruction::I64Mul,
			Instruction::I64DivU,
			Instruction::I64Rotl,
			Instruction::I64And,
		]));
		code.instruction(&Instruction::LocalGet(index(random.below(8))));
		code.instruction(&Instruction::I64GtU);
		code.instruction(&Instruction::I64ExtendI32U);
		code.instruction(&Instruction::LocalSet(index(random.below(8))));
	}
	code.instruction(&Instruction::End);
	module(&[(Vec::new(), Vec::new())], &code)
}
