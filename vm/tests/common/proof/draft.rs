//! A module taken apart, so that it can be changed and put together again.
//!
//! Only what programs may consist of is understood. Instructions are kept as their bytes; calls are written anew, for
//! functions may move.

use std::borrow::Cow;
use wasm_encoder::{
	CodeSection, ConstExpr, DataSection, ElementSection, Elements, Encode, EntityType, ExportSection,
	FunctionSection, GlobalSection, ImportSection, Instruction, MemorySection, Module, RefType, StartSection,
	TableSection, TypeSection,
};
use wasmparser::{
	DataKind, ElementItems, ElementKind, ExternalKind, FuncType, GlobalType, MemoryType, Operator, Parser,
	Payload, TableType, TypeRef, ValType,
};

/// Why a module cannot be taken apart: something programs may not have.
#[derive(Debug)]
pub(crate) struct Foreign(pub(crate) String);

impl From<wasmparser::BinaryReaderError> for Foreign {
	fn from(error: wasmparser::BinaryReaderError) -> Self {
		Self(error.to_string())
	}
}

fn foreign<T>(what: &str) -> Result<T, Foreign> {
	Err(Foreign(what.into()))
}

#[derive(Clone, Debug)]
pub(crate) struct Import<'a> {
	pub(crate) module: Cow<'a, str>,
	pub(crate) name: Cow<'a, str>,
	pub(crate) ty: TypeRef,
}

/// What stands in for an import of the source.
pub(crate) enum Stand {
	/// The import itself.
	Itself,
	/// A function that returns zeros.
	Zeros,
	/// A function that traps.
	Trap,
	/// A global with this constant, encoded.
	Global(Vec<u8>),
	Memory(MemoryType),
	Table(TableType),
	/// Nothing: the module cannot be used.
	Missing,
}

#[derive(Clone, Debug)]
pub(crate) enum Init<'a> {
	/// A constant, encoded, without `end`.
	Constant(Cow<'a, [u8]>),
	Global(u32),
}

/// One instruction.
#[derive(Clone, Debug)]
pub(crate) struct Step<'a> {
	pub(crate) operator: Operator<'a>,
	pub(crate) bytes: &'a [u8],
}

#[derive(Clone)]
pub(crate) enum Code<'a> {
	Source { locals: Vec<(u32, ValType)>, steps: Vec<Step<'a>> },
	Made(wasm_encoder::Function),
}

#[derive(Clone)]
pub(crate) struct Function<'a> {
	pub(crate) ty: u32,
	pub(crate) code: Code<'a>,
}

#[derive(Clone)]
pub(crate) struct Draft<'a> {
	pub(crate) types: Vec<FuncType>,
	/// All of them at first; after `resolve`, functions only.
	pub(crate) imports: Vec<Import<'a>>,
	/// Those with a body.
	pub(crate) functions: Vec<Function<'a>>,
	/// For every function of the source, the number it has now.
	pub(crate) moved: Vec<u32>,
	pub(crate) tables: Vec<TableType>,
	pub(crate) memories: Vec<MemoryType>,
	pub(crate) globals: Vec<(GlobalType, Init<'a>)>,
	/// Functions by the number they have in the source.
	pub(crate) exports: Vec<(Cow<'a, str>, ExternalKind, u32)>,
	pub(crate) start: Option<u32>,
	pub(crate) elements: Vec<(Init<'a>, Vec<u32>)>,
	pub(crate) data: Vec<(Init<'a>, Cow<'a, [u8]>)>,
}

impl<'a> Draft<'a> {
	pub(crate) fn parse(bytes: &'a [u8]) -> Result<Self, Foreign> {
		let mut draft = Self {
			types: Vec::new(),
			imports: Vec::new(),
			functions: Vec::new(),
			moved: Vec::new(),
			tables: Vec::new(),
			memories: Vec::new(),
			globals: Vec::new(),
			exports: Vec::new(),
			start: None,
			elements: Vec::new(),
			data: Vec::new(),
		};
		let mut bodies = 0;
		for payload in Parser::new(0).parse_all(bytes) {
			draft.payload(payload?, bytes, &mut bodies)?;
		}
		let functions = draft.imported_functions() + draft.functions.len();
		draft.moved = (0..u32::try_from(functions).expect("few functions")).collect();
		Ok(draft)
	}

	fn payload(&mut self, payload: Payload<'a>, bytes: &'a [u8], bodies: &mut usize) -> Result<(), Foreign> {
		match payload {
			Payload::TypeSection(section) => {
				for ty in section.into_iter_err_on_gc_types() {
					self.types.push(ty?);
				}
			},
			Payload::ImportSection(section) => {
				for import in section {
					let import = import?;
					let (module, name) = (import.module.into(), import.name.into());
					self.imports.push(Import { module, name, ty: import.ty });
				}
			},
			Payload::FunctionSection(section) => {
				for ty in section {
					let code = Code::Source { locals: Vec::new(), steps: Vec::new() };
					self.functions.push(Function { ty: ty?, code });
				}
			},
			Payload::TableSection(section) => {
				for table in section {
					let table = table?.ty;
					if table.element_type != wasmparser::RefType::FUNCREF {
						return foreign("a table of something else than functions");
					}
					self.tables.push(table);
				}
			},
			Payload::MemorySection(section) => {
				for memory in section {
					self.memories.push(memory?);
				}
			},
			Payload::GlobalSection(section) => {
				for global in section {
					let global = global?;
					self.globals.push((global.ty, init(&global.init_expr, bytes)?));
				}
			},
			Payload::ExportSection(section) => {
				for export in section {
					let export = export?;
					self.exports.push((export.name.into(), export.kind, export.index));
				}
			},
			Payload::StartSection { func, .. } => self.start = Some(func),
			Payload::ElementSection(section) => {
				for element in section {
					self.element(element?, bytes)?;
				}
			},
			Payload::DataSection(section) => {
				for data in section {
					let data = data?;
					let DataKind::Active { memory_index: 0, offset_expr } = &data.kind else {
						return foreign("a data segment that is not for the one memory");
					};
					self.data.push((init(offset_expr, bytes)?, data.data.into()));
				}
			},
			Payload::CodeSectionEntry(body) => {
				let function = self.functions.get_mut(*bodies).ok_or(Foreign("a body too many".into()))?;
				function.code = code(&body, bytes)?;
				*bodies += 1;
			},
			Payload::TagSection(_) => return foreign("tags"),
			_ => {},
		}
		Ok(())
	}

	fn element(&mut self, element: wasmparser::Element<'a>, bytes: &'a [u8]) -> Result<(), Foreign> {
		let ElementKind::Active { table_index: None | Some(0), offset_expr } = &element.kind else {
			return foreign("an element segment that is not for the one table");
		};
		let ElementItems::Functions(functions) = element.items else {
			return foreign("an element segment of expressions");
		};
		let functions = functions.into_iter().collect::<Result<_, _>>()?;
		self.elements.push((init(offset_expr, bytes)?, functions));
		Ok(())
	}

	/// Puts something in the place of every import. Functions that stay imported come first, then those that stand in
	/// for imports, then the module's own.
	pub(crate) fn resolve(&mut self, stand: impl Fn(&Import<'a>) -> Stand) -> Result<(), Foreign> {
		let (mut kept, mut stubs, mut places) = (Vec::new(), Vec::new(), Vec::new());
		let (mut globals, mut tables, mut memories) = (Vec::new(), Vec::new(), Vec::new());
		for import in std::mem::take(&mut self.imports) {
			let stand = stand(&import);
			match (import.ty, stand) {
				(TypeRef::Func(_), Stand::Itself) => {
					places.push((false, kept.len()));
					kept.push(import);
				},
				(TypeRef::Func(ty), stand @ (Stand::Zeros | Stand::Trap)) => {
					places.push((true, stubs.len()));
					let signature =
						self.types.get(ty as usize).ok_or(Foreign("a type that is not there".into()))?;
					stubs.push(Function {
						ty,
						code: Code::Made(stub(signature, matches!(stand, Stand::Trap))?),
					});
				},
				(TypeRef::Global(ty), Stand::Global(constant)) => {
					globals.push((ty, Init::Constant(constant.into())));
				},
				(TypeRef::Table(_), Stand::Table(ty)) => tables.push(ty),
				(TypeRef::Memory(_), Stand::Memory(ty)) => memories.push(ty),
				_ => return Err(Foreign(format!("the import {}.{}", import.module, import.name))),
			}
		}
		let number = |number: usize| u32::try_from(number).expect("few functions");
		let own = kept.len() + stubs.len();
		self.moved = places
			.into_iter()
			.map(|(stub, index)| number(if stub { kept.len() + index } else { index }))
			.chain((0..self.functions.len()).map(|index| number(own + index)))
			.collect();
		stubs.append(&mut self.functions);
		globals.append(&mut self.globals);
		tables.append(&mut self.tables);
		memories.append(&mut self.memories);
		(self.imports, self.functions) = (kept, stubs);
		(self.globals, self.tables, self.memories) = (globals, tables, memories);
		Ok(())
	}

	fn imported_functions(&self) -> usize {
		self.imports.iter().filter(|import| matches!(import.ty, TypeRef::Func(_))).count()
	}

	/// Imports one more function. All others move.
	pub(crate) fn import(&mut self, module: &'static str, name: &'static str, ty: FuncType) -> u32 {
		let index = u32::try_from(self.imports.len()).expect("few imports");
		let ty = TypeRef::Func(self.add_type(ty));
		self.imports.push(Import { module: module.into(), name: name.into(), ty });
		for moved in &mut self.moved {
			*moved += u32::from(*moved >= index);
		}
		index
	}

	pub(crate) fn add_type(&mut self, ty: FuncType) -> u32 {
		let found = self.types.iter().position(|known| *known == ty);
		let index = found.unwrap_or_else(|| {
			self.types.push(ty);
			self.types.len() - 1
		});
		u32::try_from(index).expect("few types")
	}

	/// Adds a function and tells its number, which is good until something more is imported.
	pub(crate) fn add_function(&mut self, ty: FuncType, code: wasm_encoder::Function) -> u32 {
		let ty = self.add_type(ty);
		self.functions.push(Function { ty, code: Code::Made(code) });
		u32::try_from(self.imports.len() + self.functions.len() - 1).expect("few functions")
	}

	pub(crate) fn add_global(&mut self, content_type: ValType, init: Init<'a>) -> u32 {
		self.globals.push((GlobalType { content_type, mutable: true, shared: false }, init));
		u32::try_from(self.globals.len() - 1).expect("few globals")
	}

	/// The type of a function by its number in the source; after changes as well.
	pub(crate) fn signature(&self, function: u32) -> Option<&FuncType> {
		let now = *self.moved.get(function as usize)? as usize;
		let ty = match now.checked_sub(self.imports.len()) {
			Some(own) => self.functions.get(own)?.ty,
			None => match self.imports.get(now)?.ty {
				TypeRef::Func(ty) => ty,
				_ => return None,
			},
		};
		self.types.get(ty as usize)
	}

	pub(crate) fn export(&self, name: &str, kind: ExternalKind) -> Option<u32> {
		self.exports.iter().find(|export| export.0 == name && export.1 == kind).map(|export| export.2)
	}

	fn constant(&self, init: &Init<'a>) -> ConstExpr {
		match init {
			Init::Constant(bytes) => ConstExpr::raw(bytes.iter().copied()),
			Init::Global(index) => match self.globals.get(*index as usize) {
				Some((_, init @ Init::Constant(_))) => self.constant(init),
				_ => ConstExpr::global_get(*index),
			},
		}
	}

	pub(crate) fn encode(&self) -> Vec<u8> {
		let mut module = Module::new();
		let mut types = TypeSection::new();
		for ty in &self.types {
			types.ty().function(ty.params().iter().map(val_type), ty.results().iter().map(val_type));
		}
		let mut imports = ImportSection::new();
		for import in &self.imports {
			let TypeRef::Func(ty) = import.ty else { panic!("unresolved import {}", import.name) };
			imports.import(&import.module, &import.name, EntityType::Function(ty));
		}
		let (mut functions, mut code) = (FunctionSection::new(), CodeSection::new());
		for function in &self.functions {
			functions.function(function.ty);
			code.function(&self.body(&function.code));
		}
		module.section(&types).section(&imports).section(&functions);
		self.encode_state(&mut module);
		let mut exports = ExportSection::new();
		for (name, kind, index) in &self.exports {
			let index = if *kind == ExternalKind::Func { self.now(*index) } else { *index };
			exports.export(name, export_kind(*kind), index);
		}
		module.section(&exports);
		if let Some(start) = self.start {
			module.section(&StartSection { function_index: self.now(start) });
		}
		let mut elements = ElementSection::new();
		for (offset, entries) in &self.elements {
			let entries: Vec<u32> = entries.iter().map(|entry| self.now(*entry)).collect();
			elements.active(None, &self.constant(offset), Elements::Functions(entries.into()));
		}
		if !self.elements.is_empty() {
			module.section(&elements);
		}
		module.section(&code);
		let mut data = DataSection::new();
		for (offset, bytes) in &self.data {
			data.active(0, &self.constant(offset), bytes.iter().copied());
		}
		if !self.data.is_empty() {
			module.section(&data);
		}
		module.finish()
	}

	fn encode_state(&self, module: &mut Module) {
		let mut tables = TableSection::new();
		for table in &self.tables {
			tables.table(wasm_encoder::TableType {
				element_type: RefType::FUNCREF,
				minimum: table.initial,
				maximum: table.maximum,
				table64: false,
				shared: false,
			});
		}
		let mut memories = MemorySection::new();
		for memory in &self.memories {
			memories.memory(wasm_encoder::MemoryType {
				minimum: memory.initial,
				maximum: memory.maximum,
				memory64: false,
				shared: false,
				page_size_log2: None,
			});
		}
		let mut globals = GlobalSection::new();
		for (ty, init) in &self.globals {
			let val_type = val_type(&ty.content_type);
			let ty = wasm_encoder::GlobalType { val_type, mutable: ty.mutable, shared: false };
			globals.global(ty, &self.constant(init));
		}
		module.section(&tables).section(&memories).section(&globals);
	}

	/// The present number of a function of the source. One that does not exist keeps its number.
	fn now(&self, function: u32) -> u32 {
		self.moved.get(function as usize).copied().unwrap_or(function)
	}

	fn body(&self, code: &Code<'a>) -> wasm_encoder::Function {
		let (locals, steps) = match code {
			Code::Made(function) => return function.clone(),
			Code::Source { locals, steps } => (locals, steps),
		};
		let mut function = wasm_encoder::Function::new(locals.iter().map(|(n, ty)| (*n, val_type(ty))));
		for step in steps {
			match step.operator {
				Operator::Call { function_index } => {
					function.instruction(&Instruction::Call(self.now(function_index)));
				},
				_ => {
					function.raw(step.bytes.iter().copied());
				},
			}
		}
		function
	}
}

fn init<'a>(expression: &wasmparser::ConstExpr<'a>, bytes: &'a [u8]) -> Result<Init<'a>, Foreign> {
	let mut reader = expression.get_operators_reader();
	let start = reader.original_position();
	let first = reader.read()?;
	let end = reader.original_position();
	let Operator::End = reader.read()? else { return foreign("a constant expression of several parts") };
	Ok(match first {
		Operator::GlobalGet { global_index } => Init::Global(global_index),
		Operator::I32Const { .. }
		| Operator::I64Const { .. }
		| Operator::F32Const { .. }
		| Operator::F64Const { .. }
		| Operator::V128Const { .. } => {
			Init::Constant(bytes.get(start..end).ok_or(Foreign("cut off".into()))?.into())
		},
		_ => return foreign("a constant expression that is no number"),
	})
}

fn code<'a>(body: &wasmparser::FunctionBody<'a>, bytes: &'a [u8]) -> Result<Code<'a>, Foreign> {
	let mut locals = Vec::new();
	for local in body.get_locals_reader()? {
		let (number, ty) = local?;
		if matches!(ty, ValType::Ref(_)) {
			return foreign("a local with a reference");
		}
		locals.push((number, ty));
	}
	let mut steps = Vec::new();
	let mut reader = body.get_operators_reader()?;
	while !reader.eof() {
		let start = reader.original_position();
		let operator = reader.read()?;
		let bytes = bytes.get(start..reader.original_position()).ok_or(Foreign("cut off".into()))?;
		steps.push(Step { operator, bytes });
	}
	Ok(Code::Source { locals, steps })
}

/// A function of that type which does nothing of use.
fn stub(ty: &FuncType, trap: bool) -> Result<wasm_encoder::Function, Foreign> {
	let mut function = wasm_encoder::Function::new([]);
	if trap {
		function.instruction(&Instruction::Unreachable);
	} else {
		for ty in ty.results() {
			function.instruction(&match ty {
				ValType::I32 => Instruction::I32Const(0),
				ValType::I64 => Instruction::I64Const(0),
				ValType::F32 => Instruction::F32Const(0.0f32.into()),
				ValType::F64 => Instruction::F64Const(0.0f64.into()),
				ValType::V128 => Instruction::V128Const(0),
				ValType::Ref(_) => return foreign("a function that returns a reference"),
			});
		}
	}
	function.instruction(&Instruction::End);
	Ok(function)
}

/// The bytes of an instruction.
pub(crate) fn encoded(instruction: &Instruction<'_>) -> Vec<u8> {
	let mut bytes = Vec::new();
	instruction.encode(&mut bytes);
	bytes
}

pub(crate) fn val_type(ty: &ValType) -> wasm_encoder::ValType {
	match ty {
		ValType::I32 => wasm_encoder::ValType::I32,
		ValType::I64 => wasm_encoder::ValType::I64,
		ValType::F32 => wasm_encoder::ValType::F32,
		ValType::F64 => wasm_encoder::ValType::F64,
		ValType::V128 => wasm_encoder::ValType::V128,
		// What has references is refused, whichever they are.
		ValType::Ref(_) => wasm_encoder::ValType::FUNCREF,
	}
}

fn export_kind(kind: ExternalKind) -> wasm_encoder::ExportKind {
	match kind {
		ExternalKind::Func => wasm_encoder::ExportKind::Func,
		ExternalKind::Table => wasm_encoder::ExportKind::Table,
		ExternalKind::Memory => wasm_encoder::ExportKind::Memory,
		ExternalKind::Global => wasm_encoder::ExportKind::Global,
		ExternalKind::Tag => wasm_encoder::ExportKind::Tag,
	}
}
