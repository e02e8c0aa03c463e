//! Makes a module compute everything an outcome depends on.
//!
//! A module that passed the profile gets code of ours: it counts its own fuel and stack, makes its NaNs canonical, keeps
//! its memory within the task's limit, and says why it stopped. So it does not matter which engine runs it. What exactly is
//! counted is written in the crate's documentation, under "The machine, version 1".

mod account;
mod body;
mod cost;
mod emit;
mod flow;
mod layout;
mod nan;
mod source;

pub(crate) use layout::Status;

use crate::{
	error::{Location, PrepareError},
	limits,
	profile::at_most,
};
use alloc::{string::ToString, vec::Vec};
use body::Body;
use layout::Layout;
use source::Source;
use wasm_encoder::{
	CodeSection, ConstExpr, DataSection, ElementSection, Elements, EntityType, ExportKind, ExportSection,
	FunctionSection, GlobalSection, GlobalType, ImportSection, MemorySection, MemoryType, Module, RefType,
	TableSection, TableType, TypeSection, ValType,
};

/// Names under which the host finds what it needs in a rewritten module.
pub(crate) mod exports {
	/// The memory.
	pub(crate) const MEMORY: &str = "memory";
	/// The function that runs the program, of type `[] -> []`.
	pub(crate) const RUN: &str = "run";
	/// The fuel left, a mutable `i64`. The host sets it before it calls `run`.
	pub(crate) const FUEL: &str = "fuel";
	/// Why the module trapped, a mutable `i32`: see [`super::Status`].
	pub(crate) const STATUS: &str = "status";
	/// The pages that memory may grow to, a mutable `i32`. The host sets it before it calls `run`.
	pub(crate) const PAGES: &str = "pages";
}

/// Rewrites a module that passed the profile. Takes time linear in its size.
///
/// # Errors
///
/// [`PrepareError::Limit`] if too much code comes out, and [`PrepareError::Rewriting`] if the profile let something pass
/// that this does not understand.
pub(crate) fn rewrite(bytes: &[u8]) -> Result<Vec<u8>, PrepareError> {
	let source = Source::parse(bytes).map_err(|error| misunderstood(error.to_string()))?;
	let layout = Layout::of(&source).ok_or_else(|| misunderstood("its indices"))?;
	let code = code(&source, &layout)?;
	let module = assemble(&source, &layout, &code).ok_or_else(|| misunderstood("its sections"))?;
	let (found, limit) = (count(module.len()), count(limits::MAX_REWRITTEN_BYTES));
	at_most("bytes once rewritten", found, limit, Location::at(0))?;
	Ok(module)
}

fn misunderstood(what: impl Into<alloc::string::String>) -> PrepareError {
	PrepareError::Rewriting { message: what.into() }
}

fn count(length: usize) -> u64 {
	u64::try_from(length).unwrap_or(u64::MAX)
}

/// All functions of the rewritten module, those of the machine last.
fn code(source: &Source<'_>, layout: &Layout<'_>) -> Result<CodeSection, PrepareError> {
	let mut section = CodeSection::new();
	let imports = u32::try_from(source.imports.len()).unwrap_or(u32::MAX);
	let (mut squares, mut computed_squares) = (0u64, 0u64);
	for ((index, type_index), body) in (imports..).zip(&source.functions).zip(&source.bodies) {
		let at = Location::within(index, body.range().start);
		let Rewritten { code, pushed, computed } = function(source, layout, *type_index, body)
			.ok_or_else(|| misunderstood(alloc::format!("function {index}")))?;
		at_most("operands pushed in the function", pushed, limits::MAX_PUSHED, at)?;
		squares = squares.saturating_add(pushed.saturating_mul(pushed));
		let what = "as the squares of the operands pushed in the functions up to here";
		at_most(what, squares, limits::MAX_PUSHED_SQUARES, at)?;
		computed_squares = computed_squares.saturating_add(computed.saturating_mul(computed));
		let what = "as the squares of the results computed in the functions up to here";
		at_most(what, computed_squares, limits::MAX_COMPUTED_SQUARES, at)?;
		let limit = count(limits::MAX_REWRITTEN_BODY_BYTES);
		at_most("bytes in the function once rewritten", count(code.len()), limit, at)?;
		section.raw(&code);
	}
	for (index, import) in (0..).zip(&source.imports) {
		let parameters = source.arity(import.ty).and_then(|(parameters, _)| u32::try_from(parameters).ok());
		let parameters = parameters.ok_or_else(|| misunderstood("an import"))?;
		section.function(&emit::thunk(layout, index, parameters));
	}
	section.function(&emit::grow(layout));
	let called = [source.initialiser, source.main].into_iter().flatten();
	let called: Vec<u32> = called.filter_map(|function| layout.function(function)).collect();
	section.function(&emit::run(layout, &called));
	Ok(section)
}

fn function(
	source: &Source<'_>,
	layout: &Layout<'_>,
	type_index: u32,
	body: &wasmparser::FunctionBody<'_>,
) -> Option<Rewritten> {
	let ty = source.types.get(usize::try_from(type_index).ok()?)?;
	let body = Body::decode(source, ty, body).ok()?;
	let flow = flow::analyse(&body)?;
	let numbers = nan::analyse(&body, &flow)?;
	let account = account::of(&body, &flow)?;
	let pushed = u64::try_from(numbers.pushed).ok()?;
	// Nothing that is refused for its size is written out.
	let computed = numbers.computed;
	let is_too_long =
		pushed > limits::MAX_PUSHED || computed.saturating_mul(computed) > limits::MAX_COMPUTED_SQUARES;
	let code = if is_too_long {
		Vec::new()
	} else {
		emit::function(layout, &body, type_index, &flow, &numbers, &account)?
	};
	Some(Rewritten { code, pushed, computed })
}

/// A function once rewritten.
struct Rewritten {
	code: Vec<u8>,
	/// Operands that all instructions of its live code push together.
	pushed: u64,
	/// How many of these are computed or loaded.
	computed: u64,
}

fn assemble(source: &Source<'_>, layout: &Layout<'_>, code: &CodeSection) -> Option<Vec<u8>> {
	let mut module = Module::new();
	module.section(&types(layout)?);
	if !source.imports.is_empty() {
		module.section(&imports(source));
	}
	module.section(&functions(source, layout)?);
	if let Some(table) = &source.table {
		let mut section = TableSection::new();
		section.table(TableType {
			element_type: RefType::FUNCREF,
			table64: false,
			minimum: table.initial,
			maximum: table.maximum,
			shared: false,
		});
		module.section(&section);
	}
	module.section(&memory(source)?);
	module.section(&globals(source)?);
	module.section(&exported(layout));
	if !source.elements.is_empty() {
		module.section(&elements(source, layout)?);
	}
	module.section(code);
	if !source.data.is_empty() {
		let mut section = DataSection::new();
		for data in &source.data {
			section.active(0, &expression(data.offset), data.bytes.iter().copied());
		}
		module.section(&section);
	}
	Some(module.finish())
}

fn expression(encoded: &[u8]) -> ConstExpr {
	ConstExpr::raw(encoded.iter().copied())
}

fn types(layout: &Layout<'_>) -> Option<TypeSection> {
	let mut section = TypeSection::new();
	for (parameters, results) in layout.types()? {
		section.ty().function(parameters, results);
	}
	Some(section)
}

fn imports(source: &Source<'_>) -> ImportSection {
	let mut section = ImportSection::new();
	for import in &source.imports {
		section.import(import.module, import.name, EntityType::Function(import.ty));
	}
	section
}

fn functions(source: &Source<'_>, layout: &Layout<'_>) -> Option<FunctionSection> {
	let mut section = FunctionSection::new();
	for ty in source.functions.iter().copied().chain(source.imports.iter().map(|import| import.ty)) {
		section.function(layout.metered_type(ty)?);
	}
	section.function(layout.grow_type).function(layout.run_type);
	Some(section)
}

fn memory(source: &Source<'_>) -> Option<MemorySection> {
	let memory = source.memory.as_ref()?;
	let mut section = MemorySection::new();
	section.memory(MemoryType {
		minimum: memory.initial,
		maximum: memory.maximum,
		memory64: false,
		shared: false,
		page_size_log2: None,
	});
	Some(section)
}

fn globals(source: &Source<'_>) -> Option<GlobalSection> {
	let mut section = GlobalSection::new();
	for global in &source.globals {
		let val_type = layout::value_type(global.ty.content_type)?;
		let ty = GlobalType { val_type, mutable: global.ty.mutable, shared: false };
		section.global(ty, &expression(global.value));
	}
	let word = GlobalType { val_type: ValType::I32, mutable: true, shared: false };
	let long = GlobalType { val_type: layout::FUEL_TYPE, mutable: true, shared: false };
	section.global(long, &ConstExpr::i64_const(0));
	section.global(word, &ConstExpr::i32_const(0));
	section.global(word, &ConstExpr::i32_const(0));
	Some(section)
}

fn exported(layout: &Layout<'_>) -> ExportSection {
	let mut section = ExportSection::new();
	section
		.export(exports::MEMORY, ExportKind::Memory, 0)
		.export(exports::RUN, ExportKind::Func, layout.run)
		.export(exports::FUEL, ExportKind::Global, layout.fuel)
		.export(exports::STATUS, ExportKind::Global, layout.status)
		.export(exports::PAGES, ExportKind::Global, layout.pages);
	section
}

fn elements(source: &Source<'_>, layout: &Layout<'_>) -> Option<ElementSection> {
	let mut section = ElementSection::new();
	for segment in &source.elements {
		let functions = segment.functions.iter().map(|function| layout.function(*function));
		let functions = functions.collect::<Option<Vec<_>>>()?;
		section.active(None, &expression(segment.offset), Elements::Functions(functions.into()));
	}
	Some(section)
}

#[cfg(test)]
mod tests;
