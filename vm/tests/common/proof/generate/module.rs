//! Modules of this crate's own making: every kind of value and of flow, dense with what is hard to get right.

use super::code::Code;
use crate::proof::{draft::val_type, value::Random};
use std::borrow::Cow;
use wasm_encoder::{
	CodeSection, ConstExpr, DataSection, ElementSection, Elements, ExportKind, ExportSection,
	FunctionSection, GlobalSection, GlobalType, Ieee32, Ieee64, MemorySection, MemoryType, Module, RefType,
	TableSection, TableType, TypeSection,
};
use wasmparser::ValType;

/// The export of the global that says how often loops and recursive calls may still go on.
pub(crate) const BUDGET: &str = "budget";
/// Its index.
pub(crate) const BUDGET_GLOBAL: u32 = 0;
const GOES_ON: i32 = 150;

/// How often each kind of thing is chosen.
pub(crate) struct Mix {
	/// The types of locals, parameters, results.
	pub(crate) types: &'static [ValType],
	/// Of statements: assignments, stores, blocks, branches, calls, memory operations.
	pub(crate) assign: usize,
	pub(crate) store: usize,
	pub(crate) block: usize,
	pub(crate) branch: usize,
	pub(crate) call: usize,
	pub(crate) memory: usize,
	/// Instructions of one function, about.
	pub(crate) size: usize,
	pub(crate) functions: usize,
}

use ValType::{F32, F64, I32, I64, V128};

pub(crate) const FLOATS: Mix = Mix {
	types: &[F32, F32, F32, F64, F64, F64, V128, V128, V128, I32],
	assign: 50,
	store: 12,
	block: 14,
	branch: 5,
	call: 5,
	memory: 1,
	size: 250,
	functions: 4,
};

pub(crate) const FLOW: Mix = Mix {
	types: &[I32, I32, I64, F32, F64, V128],
	assign: 10,
	store: 4,
	block: 40,
	branch: 30,
	call: 8,
	memory: 2,
	size: 200,
	functions: 5,
};

pub(crate) const MIXED: Mix = Mix {
	types: &[I32, I32, I64, I64, F32, F64, V128],
	assign: 20,
	store: 20,
	block: 12,
	branch: 8,
	call: 25,
	memory: 8,
	size: 150,
	functions: 8,
};

pub(crate) struct Signature {
	pub(crate) ty: u32,
	pub(crate) parameters: Vec<ValType>,
	pub(crate) results: Vec<ValType>,
}

/// What code may refer to.
pub(crate) struct Shape {
	pub(crate) types: Vec<(Vec<ValType>, Vec<ValType>)>,
	pub(crate) functions: Vec<Signature>,
	/// The first one is the budget.
	pub(crate) globals: Vec<ValType>,
	pub(crate) table: u32,
}

impl Shape {
	/// The number of a function type.
	pub(crate) fn ty(&mut self, parameters: &[ValType], results: &[ValType]) -> u32 {
		let ty = (parameters.to_vec(), results.to_vec());
		let found = self.types.iter().position(|known| *known == ty);
		let index = found.unwrap_or_else(|| {
			self.types.push(ty);
			self.types.len() - 1
		});
		u32::try_from(index).expect("few types")
	}
}

/// Up to `most` types.
pub(crate) fn some_types(random: &mut Random, mix: &Mix, most: usize) -> Vec<ValType> {
	(0..random.below(most + 1)).map(|_| *random.pick(mix.types)).collect()
}

pub(crate) fn module(random: &mut Random, mix: &Mix) -> Vec<u8> {
	let mut shape = Shape { types: Vec::new(), functions: Vec::new(), globals: vec![I32], table: 0 };
	for _ in 0..1 + random.below(mix.functions) {
		let (parameters, results) = (some_types(random, mix, 4), some_types(random, mix, 3));
		let ty = shape.ty(&parameters, &results);
		shape.functions.push(Signature { ty, parameters, results });
	}
	shape.globals.extend(some_types(random, mix, 5));
	shape.table = u32::try_from(shape.functions.len() + random.below(2)).expect("few functions");
	let bodies: Vec<_> = (0..shape.functions.len())
		.map(|index| Code::new(random, mix, &mut shape, index).function())
		.collect();
	encode(random, &shape, &bodies)
}

fn encode(random: &mut Random, shape: &Shape, bodies: &[wasm_encoder::Function]) -> Vec<u8> {
	let mut types = TypeSection::new();
	for (parameters, results) in &shape.types {
		types.ty().function(parameters.iter().map(val_type), results.iter().map(val_type));
	}
	let (mut functions, mut code, mut exports) =
		(FunctionSection::new(), CodeSection::new(), ExportSection::new());
	let mut entries = Vec::new();
	for ((index, signature), body) in (0u32..).zip(&shape.functions).zip(bodies) {
		functions.function(signature.ty);
		code.function(body);
		exports.export(&format!("f{index}"), ExportKind::Func, index);
		entries.push(index);
	}
	let mut tables = TableSection::new();
	let minimum = shape.table.into();
	let element_type = RefType::FUNCREF;
	tables.table(TableType { element_type, minimum, maximum: None, table64: false, shared: false });
	let mut memories = MemorySection::new();
	let maximum = random.once_in(2).then(|| 1 + random.below(4) as u64);
	memories.memory(MemoryType { minimum: 1, maximum, memory64: false, shared: false, page_size_log2: None });
	let mut globals = GlobalSection::new();
	for (index, ty) in (0u32..).zip(&shape.globals) {
		let name = if index == BUDGET_GLOBAL { BUDGET.into() } else { format!("g{index}") };
		exports.export(&name, ExportKind::Global, index);
		let constant = match ty {
			I32 if index == BUDGET_GLOBAL => ConstExpr::i32_const(GOES_ON),
			I32 => ConstExpr::i32_const(random.next() as i32),
			I64 => ConstExpr::i64_const(random.next() as i64),
			F32 => ConstExpr::f32_const(Ieee32::new(random.f32())),
			F64 => ConstExpr::f64_const(Ieee64::new(random.f64())),
			_ => ConstExpr::v128_const(random.v128().cast_signed()),
		};
		globals.global(GlobalType { val_type: val_type(ty), mutable: true, shared: false }, &constant);
	}
	let mut elements = ElementSection::new();
	elements.active(None, &ConstExpr::i32_const(0), Elements::Functions(Cow::Owned(entries)));
	let mut data = DataSection::new();
	for address in [0, 300, 65_400] {
		let bytes: Vec<u8> = (0..8).flat_map(|_| random.v128().to_le_bytes()).collect();
		data.active(0, &ConstExpr::i32_const(address), bytes);
	}
	let mut module = Module::new();
	module.section(&types).section(&functions).section(&tables).section(&memories).section(&globals);
	module.section(&exports).section(&elements).section(&code).section(&data);
	module.finish()
}
