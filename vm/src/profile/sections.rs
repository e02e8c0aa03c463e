//! Everything of a module but its code.

use super::{at_most, forbidden, invalid, operator, Checker, MEMORY_EXPORT, START_EXPORT};
use crate::{
	error::{printable, Location, PrepareError},
	limits,
	wasi::{self, HostFunction},
};
use alloc::{format, string::ToString, vec::Vec};
use wasmparser::{
	CompositeInnerType, ConstExpr, DataKind, DataSectionReader, ElementItems, ElementKind,
	ElementSectionReader, ExportSectionReader, ExternalKind, FromReader, FuncType, FunctionSectionReader,
	GlobalSectionReader, ImportSectionReader, MemorySectionReader, MemoryType, Operator, RefType,
	SectionLimited, SubType, TableInit, TableSectionReader, TypeRef, TypeSectionReader, ValType,
};

const PAGE_BYTES: u64 = 64 << 10;

/// The items of a section with their offsets, and its length checked before any of them is read.
fn items<'a, T: FromReader<'a>>(
	section: &SectionLimited<'a, T>,
	what: &'static str,
	limit: u32,
) -> Result<Vec<(usize, T)>, PrepareError> {
	let at = Location::at(section.range().start);
	at_most(what, section.count().into(), limit.into(), at)?;
	let items: Result<Vec<_>, _> = section.clone().into_iter_with_offsets().collect();
	items.map_err(|error| invalid(None, &error))
}

/// Refuses references wherever a value type may stand.
pub(super) fn value_type(ty: ValType, at: Location) -> Result<(), PrepareError> {
	match ty {
		ValType::I32 | ValType::I64 | ValType::F32 | ValType::F64 | ValType::V128 => Ok(()),
		ValType::Ref(reference) => Err(forbidden(format!("the type `{reference}` (reference types)"), at)),
	}
}

fn function_type(ty: &SubType, at: Location) -> Result<&FuncType, PrepareError> {
	if !ty.is_final || ty.supertype_idx.is_some() {
		return Err(forbidden("a subtype (gc)", at));
	}
	if ty.composite_type.shared {
		return Err(forbidden("a shared type (shared everything threads)", at));
	}
	let function = match &ty.composite_type.inner {
		CompositeInnerType::Func(function) => function,
		CompositeInnerType::Array(_) => return Err(forbidden("an array type (gc)", at)),
		CompositeInnerType::Struct(_) => return Err(forbidden("a struct type (gc)", at)),
		CompositeInnerType::Cont(_) => return Err(forbidden("a continuation type (stack switching)", at)),
	};
	at_most("parameters", count(function.params().len()), count(limits::MAX_PARAMETERS), at)?;
	at_most("results", count(function.results().len()), count(limits::MAX_RESULTS), at)?;
	for ty in function.params().iter().chain(function.results()) {
		value_type(*ty, at)?;
	}
	Ok(function)
}

fn memory_type(ty: &MemoryType, at: Location) -> Result<(), PrepareError> {
	if ty.memory64 {
		return Err(forbidden("a 64-bit memory (memory64)", at));
	}
	if ty.shared {
		return Err(forbidden("a shared memory (threads)", at));
	}
	if ty.page_size_log2.is_some() {
		return Err(forbidden("a memory with pages of its own size (custom page sizes)", at));
	}
	Ok(())
}

/// The value of an expression that must be a single constant; `None` unless it is an `i32`.
fn constant(expression: &ConstExpr<'_>) -> Result<Option<i32>, PrepareError> {
	let mut value = None;
	for item in expression.get_operators_reader().into_iter_with_offsets() {
		let (found, offset) = item.map_err(|error| invalid(None, &error))?;
		match found {
			Operator::I32Const { value: constant } => value = Some(constant),
			Operator::I64Const { .. }
			| Operator::F32Const { .. }
			| Operator::F64Const { .. }
			| Operator::V128Const { .. }
			| Operator::End => {},
			other => {
				let construct = format!("{} in a constant expression", operator::describe(&other));
				return Err(forbidden(construct, Location::at(offset)));
			},
		}
	}
	Ok(value)
}

fn fits(
	what: &'static str,
	segment: usize,
	start: Option<i32>,
	len: u64,
	size: u64,
	at: Location,
) -> Result<(), PrepareError> {
	// Anything but an i32 is refused by the validator.
	let end = u64::from(start.unwrap_or_default().cast_unsigned()).saturating_add(len);
	if end > size {
		let segment = u32::try_from(segment).unwrap_or(u32::MAX);
		return Err(PrepareError::SegmentOutOfBounds { what, segment, end, size, at });
	}
	Ok(())
}

/// A length in memory, as a number to compare.
fn count(len: usize) -> u64 {
	u64::try_from(len).unwrap_or(u64::MAX)
}

/// How many values a function of this type takes and returns.
fn values_of(ty: &FuncType) -> u64 {
	count(ty.params().len()).saturating_add(count(ty.results().len()))
}

impl Checker {
	pub(super) fn type_section(&mut self, section: &TypeSectionReader<'_>) -> Result<(), PrepareError> {
		let mut values = 0u64;
		for (offset, group) in items(section, "types", limits::MAX_TYPES)? {
			let at = Location::at(offset);
			if group.is_explicit_rec_group() {
				return Err(forbidden("a group of recursive types (gc)", at));
			}
			for ty in group.types() {
				let ty = function_type(ty, at)?;
				values = values.saturating_add(values_of(ty));
				let what = "parameters and results of all types up to here";
				at_most(what, values, limits::MAX_TYPE_VALUES, at)?;
				self.types.push(ty.clone());
			}
		}
		Ok(())
	}

	pub(super) fn import_section(&mut self, section: &ImportSectionReader<'_>) -> Result<(), PrepareError> {
		for (offset, import) in items(section, "imports", limits::MAX_IMPORTS)? {
			let at = Location::at(offset);
			let index = match import.ty {
				TypeRef::Func(index) => index,
				TypeRef::Table(_) => return Err(forbidden("an imported table", at)),
				TypeRef::Memory(_) => return Err(forbidden("an imported memory", at)),
				TypeRef::Global(_) => return Err(forbidden("an imported global", at)),
				TypeRef::Tag(_) => return Err(forbidden("an imported tag (exceptions)", at)),
			};
			let function =
				wasi::find(import.module, import.name).ok_or_else(|| PrepareError::UnknownImport {
					module: printable(import.module, 64),
					name: printable(import.name, 64),
					at,
				})?;
			self.import_type(function, index, at)?;
			self.functions.push(index);
		}
		Ok(())
	}

	fn import_type(&self, function: &HostFunction, index: u32, at: Location) -> Result<(), PrepareError> {
		// An index that stands for no type is left to the validator.
		let Some(found) = self.type_at(index) else { return Ok(()) };
		let expected = FuncType::new(
			function.parameters().map(|parameter| match parameter {
				wasi::Kind::Word => ValType::I32,
				wasi::Kind::Long => ValType::I64,
			}),
			function.has_result().then_some(ValType::I32),
		);
		if *found != expected {
			let (expected, found) = (expected.to_string(), printable(&found.to_string(), 256));
			return Err(PrepareError::ImportSignature { name: function.name(), expected, found, at });
		}
		Ok(())
	}

	pub(super) fn function_section(
		&mut self,
		section: &FunctionSectionReader<'_>,
	) -> Result<(), PrepareError> {
		self.next_body = u32::try_from(self.functions.len()).unwrap_or(u32::MAX);
		let functions = items(section, "functions", limits::MAX_FUNCTIONS)?;
		let mut values = 0u64;
		for (offset, index) in functions {
			// An index that stands for no type is left to the validator.
			values = values.saturating_add(self.type_at(index).map_or(0, values_of));
			let at = Location { function: u32::try_from(self.functions.len()).ok(), offset };
			let what = "parameters and results of all functions up to here";
			at_most(what, values, limits::MAX_SIGNATURE_VALUES, at)?;
			self.functions.push(index);
		}
		Ok(())
	}

	pub(super) fn table_section(&mut self, section: &TableSectionReader<'_>) -> Result<(), PrepareError> {
		for (offset, table) in items(section, "tables", 1)? {
			let at = Location::at(offset);
			if table.ty.table64 {
				return Err(forbidden("a 64-bit table (memory64)", at));
			}
			if table.ty.shared {
				return Err(forbidden("a shared table (shared everything threads)", at));
			}
			if table.ty.element_type != RefType::FUNCREF {
				return Err(forbidden(
					format!("a table of `{}` (reference types)", table.ty.element_type),
					at,
				));
			}
			if !matches!(table.init, TableInit::RefNull) {
				return Err(forbidden("a table with an initial value (function references)", at));
			}
			at_most("table entries", table.ty.initial, limits::MAX_TABLE_ENTRIES, at)?;
			self.table_entries = Some(table.ty.initial);
		}
		Ok(())
	}

	pub(super) fn memory_section(&mut self, section: &MemorySectionReader<'_>) -> Result<(), PrepareError> {
		for (offset, memory) in items(section, "memories", 1)? {
			memory_type(&memory, Location::at(offset))?;
			self.initial_pages = Some(memory.initial);
			self.maximum_pages = memory.maximum;
		}
		Ok(())
	}

	pub(super) fn global_section(&mut self, section: &GlobalSectionReader<'_>) -> Result<(), PrepareError> {
		for (offset, global) in items(section, "globals", limits::MAX_GLOBALS)? {
			let at = Location::at(offset);
			if global.ty.shared {
				return Err(forbidden("a shared global (shared everything threads)", at));
			}
			value_type(global.ty.content_type, at)?;
			constant(&global.init_expr)?;
		}
		Ok(())
	}

	pub(super) fn export_section(&mut self, section: &ExportSectionReader<'_>) -> Result<(), PrepareError> {
		for (offset, export) in items(section, "exports", limits::MAX_EXPORTS)? {
			let at = Location::at(offset);
			match (export.name, export.kind) {
				("_start", ExternalKind::Func) if self.is_plain(export.index) => self.has_start = true,
				("_start", _) => return Err(PrepareError::WrongExport { what: START_EXPORT, at }),
				("memory", ExternalKind::Memory) => self.has_memory = true,
				("memory", _) => return Err(PrepareError::WrongExport { what: MEMORY_EXPORT, at }),
				_ => {},
			}
		}
		Ok(())
	}

	/// Whether the function takes nothing and returns nothing. One that does not exist is left to the validator.
	fn is_plain(&self, function: u32) -> bool {
		let index = usize::try_from(function).ok().and_then(|function| self.functions.get(function));
		index
			.and_then(|index| self.type_at(*index))
			.is_none_or(|ty| ty.params().is_empty() && ty.results().is_empty())
	}

	pub(super) fn type_at(&self, index: u32) -> Option<&FuncType> {
		self.types.get(usize::try_from(index).ok()?)
	}

	pub(super) fn element_section(&mut self, section: &ElementSectionReader<'_>) -> Result<(), PrepareError> {
		let segments = items(section, "element segments", limits::MAX_ELEMENT_SEGMENTS)?;
		for (segment, (offset, element)) in segments.into_iter().enumerate() {
			let at = Location::at(offset);
			let start = match &element.kind {
				ElementKind::Active { offset_expr, .. } => constant(offset_expr)?,
				ElementKind::Passive => return Err(forbidden("a passive element segment (bulk memory)", at)),
				ElementKind::Declared => {
					return Err(forbidden("a declared element segment (reference types)", at));
				},
			};
			let len = match &element.items {
				ElementItems::Functions(functions) => functions.count(),
				ElementItems::Expressions(..) => {
					return Err(forbidden("an element segment of expressions (reference types)", at));
				},
			};
			fits("element segment", segment, start, len.into(), self.table_entries.unwrap_or(0), at)?;
		}
		Ok(())
	}

	pub(super) fn data_section(&mut self, section: &DataSectionReader<'_>) -> Result<(), PrepareError> {
		let size = self.initial_pages.unwrap_or(0).saturating_mul(PAGE_BYTES);
		let segments = items(section, "data segments", limits::MAX_DATA_SEGMENTS)?;
		for (segment, (offset, data)) in segments.into_iter().enumerate() {
			let at = Location::at(offset);
			let start = match &data.kind {
				DataKind::Active { offset_expr, .. } => constant(offset_expr)?,
				DataKind::Passive => return Err(forbidden("a passive data segment (bulk memory)", at)),
			};
			fits("data segment", segment, start, count(data.data.len()), size, at)?;
		}
		Ok(())
	}
}
