//! A module that passed the profile, taken apart.

use alloc::vec::Vec;
use wasmparser::{
	BinaryReaderError, DataKind, ElementItems, ElementKind, FuncType, FunctionBody, GlobalType, MemoryType,
	Parser, Payload, TableType, TypeRef,
};

/// An imported function.
pub(super) struct Import<'a> {
	pub(super) module: &'a str,
	pub(super) name: &'a str,
	pub(super) ty: u32,
}

/// A global, its initial value still encoded.
pub(super) struct Global<'a> {
	pub(super) ty: GlobalType,
	pub(super) value: &'a [u8],
}

/// An active segment of the table.
pub(super) struct Elements<'a> {
	/// Where it goes: a constant expression, still encoded.
	pub(super) offset: &'a [u8],
	pub(super) functions: Vec<u32>,
}

/// An active segment of the memory.
pub(super) struct Data<'a> {
	/// Where it goes: a constant expression, still encoded.
	pub(super) offset: &'a [u8],
	pub(super) bytes: &'a [u8],
}

/// The parts of a module. Lists are in index order.
#[derive(Default)]
pub(super) struct Source<'a> {
	pub(super) types: Vec<FuncType>,
	pub(super) imports: Vec<Import<'a>>,
	/// The type of each function the module defines.
	pub(super) functions: Vec<u32>,
	pub(super) table: Option<TableType>,
	pub(super) memory: Option<MemoryType>,
	pub(super) globals: Vec<Global<'a>>,
	/// The start function.
	pub(super) initialiser: Option<u32>,
	/// The exported `_start`.
	pub(super) main: Option<u32>,
	pub(super) elements: Vec<Elements<'a>>,
	pub(super) data: Vec<Data<'a>>,
	pub(super) bodies: Vec<FunctionBody<'a>>,
}

impl<'a> Source<'a> {
	/// Takes `bytes` apart. An error means that they did not pass the profile.
	pub(super) fn parse(bytes: &'a [u8]) -> Result<Self, BinaryReaderError> {
		let mut source = Self::default();
		for payload in Parser::new(0).parse_all(bytes) {
			source.payload(bytes, payload?)?;
		}
		Ok(source)
	}

	fn payload(&mut self, bytes: &'a [u8], payload: Payload<'a>) -> Result<(), BinaryReaderError> {
		match payload {
			Payload::TypeSection(section) => {
				for ty in section.into_iter_err_on_gc_types() {
					self.types.push(ty?);
				}
			},
			Payload::ImportSection(section) => {
				for import in section {
					let import = import?;
					if let TypeRef::Func(ty) = import.ty {
						self.imports.push(Import { module: import.module, name: import.name, ty });
					}
				}
			},
			Payload::FunctionSection(section) => {
				self.functions = section.into_iter().collect::<Result<_, _>>()?;
			},
			Payload::TableSection(section) => {
				for table in section {
					self.table = Some(table?.ty);
				}
			},
			Payload::MemorySection(section) => {
				for memory in section {
					self.memory = Some(memory?);
				}
			},
			Payload::GlobalSection(section) => {
				for global in section {
					let global = global?;
					let value = encoded(bytes, &global.init_expr);
					self.globals.push(Global { ty: global.ty, value });
				}
			},
			Payload::ExportSection(section) => {
				for export in section {
					let export = export?;
					if export.name == "_start" {
						self.main = Some(export.index);
					}
				}
			},
			Payload::StartSection { func, .. } => self.initialiser = Some(func),
			Payload::ElementSection(section) => {
				for element in section {
					self.element(bytes, element?)?;
				}
			},
			Payload::DataSection(section) => {
				for data in section {
					let data = data?;
					if let DataKind::Active { offset_expr, .. } = data.kind {
						self.data.push(Data { offset: encoded(bytes, &offset_expr), bytes: data.data });
					}
				}
			},
			Payload::CodeSectionEntry(body) => self.bodies.push(body),
			_ => {},
		}
		Ok(())
	}

	fn element(
		&mut self,
		bytes: &'a [u8],
		element: wasmparser::Element<'a>,
	) -> Result<(), BinaryReaderError> {
		if let (ElementKind::Active { offset_expr, .. }, ElementItems::Functions(functions)) =
			(element.kind, element.items)
		{
			let functions = functions.into_iter().collect::<Result<_, _>>()?;
			self.elements.push(Elements { offset: encoded(bytes, &offset_expr), functions });
		}
		Ok(())
	}

	/// The type of a function, imports counted.
	pub(super) fn function_type(&self, function: u32) -> Option<&FuncType> {
		self.types.get(usize::try_from(self.type_index(function)?).ok()?)
	}

	fn type_index(&self, function: u32) -> Option<u32> {
		let index = usize::try_from(function).ok()?;
		match self.imports.get(index) {
			Some(import) => Some(import.ty),
			None => self.functions.get(index.checked_sub(self.imports.len())?).copied(),
		}
	}

	/// How many values a function of that type takes and returns.
	pub(super) fn arity(&self, ty: u32) -> Option<(usize, usize)> {
		let ty = self.types.get(usize::try_from(ty).ok()?)?;
		Some((ty.params().len(), ty.results().len()))
	}
}

/// A constant expression as it stands in the module, without its `end`.
fn encoded<'a>(bytes: &'a [u8], expression: &wasmparser::ConstExpr<'_>) -> &'a [u8] {
	let range = expression.get_binary_reader().range();
	bytes.get(range.start..range.end.saturating_sub(1)).unwrap_or_default()
}
