//! What a module is made of, for people to read. Nothing here decides anything: that is [`crate::Program::prepare`].

use crate::{
	error::{printable, Location, PrepareError},
	limits,
};
use std::fmt;
use wasmparser::{
	BinaryReaderError, Export, ExternalKind, FuncType, Import, MemoryType, Parser, Payload, TypeRef,
};

/// Characters of a function's type that are told.
const MAX_TYPE_CHARACTERS: usize = 128;

/// What a module is made of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ModuleSummary {
	/// The imports, the first [`limits::MAX_IMPORTS`] of them.
	pub imports: Vec<Imported>,
	/// The exports, the first [`limits::MAX_EXPORTS`] of them.
	pub exports: Vec<Exported>,
	/// Functions it defines.
	pub functions: u32,
	/// The first of its own memories, or of those it imports.
	pub memory: Option<Pages>,
	/// Whether it names a function to be called before any other.
	pub has_start_function: bool,
	/// Bytes of all function bodies.
	pub code_bytes: u64,
	/// Bytes of all data segments, their addresses included.
	pub data_bytes: u64,
}

/// Something a module imports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imported {
	/// The module it is asked from. As it stands in the file: it may hold anything.
	pub module: String,
	/// Its name. As it stands in the file.
	pub name: String,
	/// What it is.
	pub kind: ItemKind,
}

/// Something a module exports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exported {
	/// Its name. As it stands in the file: it may hold anything.
	pub name: String,
	/// What it is.
	pub kind: ItemKind,
}

/// What is imported or exported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ItemKind {
	/// A function with its type in the text format, cut if it is long.
	Function(String),
	/// A memory.
	Memory,
	/// A table.
	Table,
	/// A global variable.
	Global,
	/// A tag of an exception.
	Tag,
}

impl fmt::Display for ItemKind {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		f.write_str(match self {
			Self::Function(signature) => signature,
			Self::Memory => "memory",
			Self::Table => "table",
			Self::Global => "global",
			Self::Tag => "tag",
		})
	}
}

/// The size of a memory, in pages of 64 KiB unless the module says otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pages {
	/// What it starts with.
	pub initial: u64,
	/// What it may grow to at most.
	pub maximum: Option<u64>,
}

impl ModuleSummary {
	/// Reads a module, whether it is a program for this machine or not. Takes time linear in its size.
	///
	/// # Errors
	///
	/// [`PrepareError::Invalid`] if the bytes are no module, or so new a one that its types cannot be told.
	pub fn read(module: &[u8]) -> Result<Self, PrepareError> {
		let mut reader = Reader::default();
		for payload in Parser::new(0).parse_all(module) {
			reader.payload(payload.map_err(invalid)?)?;
		}
		Ok(reader.summary)
	}
}

#[derive(Default)]
struct Reader {
	summary: ModuleSummary,
	/// Function types.
	types: Vec<FuncType>,
	/// The type of each function, imported ones first.
	functions: Vec<u32>,
}

impl Reader {
	fn payload(&mut self, payload: Payload<'_>) -> Result<(), PrepareError> {
		match payload {
			Payload::Version { encoding: wasmparser::Encoding::Component, range, .. } => {
				let message = "this is a component, not a module".into();
				return Err(PrepareError::Invalid { message, at: Location::at(range.start) });
			},
			Payload::TypeSection(section) => {
				self.types =
					section.into_iter_err_on_gc_types().collect::<Result<_, _>>().map_err(invalid)?;
			},
			Payload::ImportSection(section) => {
				for import in section {
					self.import(import.map_err(invalid)?);
				}
			},
			Payload::FunctionSection(section) => {
				self.summary.functions = section.count();
				for function in section {
					self.functions.push(function.map_err(invalid)?);
				}
			},
			Payload::MemorySection(section) => {
				for memory in section {
					self.memory(memory.map_err(invalid)?);
				}
			},
			Payload::ExportSection(section) => {
				for export in section {
					self.export(export.map_err(invalid)?);
				}
			},
			Payload::StartSection { .. } => self.summary.has_start_function = true,
			Payload::CodeSectionEntry(body) => add(&mut self.summary.code_bytes, body.range().len()),
			Payload::DataSection(section) => {
				for segment in section {
					add(&mut self.summary.data_bytes, segment.map_err(invalid)?.range.len());
				}
			},
			_ => {},
		}
		Ok(())
	}

	fn import(&mut self, import: Import<'_>) {
		let kind = match import.ty {
			TypeRef::Func(index) => {
				self.functions.push(index);
				ItemKind::Function(self.signature(index))
			},
			TypeRef::Memory(memory) => {
				self.memory(memory);
				ItemKind::Memory
			},
			TypeRef::Table(_) => ItemKind::Table,
			TypeRef::Global(_) => ItemKind::Global,
			TypeRef::Tag(_) => ItemKind::Tag,
		};
		if is_below(self.summary.imports.len(), limits::MAX_IMPORTS) {
			let (module, name) = (import.module.into(), import.name.into());
			self.summary.imports.push(Imported { module, name, kind });
		}
	}

	fn export(&mut self, export: Export<'_>) {
		if !is_below(self.summary.exports.len(), limits::MAX_EXPORTS) {
			return;
		}
		let function = || {
			let index = usize::try_from(export.index).ok()?;
			self.functions.get(index).copied()
		};
		let kind = match export.kind {
			ExternalKind::Func => {
				ItemKind::Function(function().map_or_else(String::new, |index| self.signature(index)))
			},
			ExternalKind::Memory => ItemKind::Memory,
			ExternalKind::Table => ItemKind::Table,
			ExternalKind::Global => ItemKind::Global,
			ExternalKind::Tag => ItemKind::Tag,
		};
		self.summary.exports.push(Exported { name: export.name.into(), kind });
	}

	fn memory(&mut self, memory: MemoryType) {
		let pages = Pages { initial: memory.initial, maximum: memory.maximum };
		self.summary.memory.get_or_insert(pages);
	}

	/// Empty for a type the module does not have.
	fn signature(&self, index: u32) -> String {
		let index = usize::try_from(index).ok();
		index.and_then(|index| self.types.get(index)).map_or_else(String::new, signature)
	}
}

fn invalid(error: BinaryReaderError) -> PrepareError {
	PrepareError::Invalid { message: printable(error.message(), 256), at: Location::at(error.offset()) }
}

/// A type of a thousand parameters is not spelled out, let alone once for each of a thousand imports.
fn signature(ty: &FuncType) -> String {
	let mut text = Cut { text: String::new(), left: MAX_TYPE_CHARACTERS };
	// An error is how the formatting is told to stop.
	let whole = fmt::write(&mut text, format_args!("{ty}")).is_ok();
	text.text + if whole { "" } else { "…" }
}

/// Text up to a length.
struct Cut {
	text: String,
	left: usize,
}

impl fmt::Write for Cut {
	fn write_str(&mut self, text: &str) -> fmt::Result {
		self.left = self.left.checked_sub(text.len()).ok_or(fmt::Error)?;
		self.text.push_str(text);
		Ok(())
	}
}

fn is_below(count: usize, limit: u32) -> bool {
	u32::try_from(count).is_ok_and(|count| count < limit)
}

fn add(sum: &mut u64, bytes: usize) {
	*sum = sum.saturating_add(u64::try_from(bytes).unwrap_or(u64::MAX));
}

#[cfg(test)]
mod tests {
	use super::*;

	fn read(text: &str) -> ModuleSummary {
		ModuleSummary::read(&wat::parse_str(text).expect("it assembles")).expect("it is a module")
	}

	#[test]
	fn everything_worth_knowing_is_told() {
		let summary = read(
			r#"(module
				(import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
				(import "env" "g" (global i32))
				(memory (export "memory") 3 17)
				(data (i32.const 0) "twelve bytes")
				(func (export "_start") (call $exit (i32.const 0)))
				(func $start)
				(start $start)
				(export "again" (func $exit)))"#,
		);
		let function = |text: &str| ItemKind::Function(text.into());
		assert_eq!(
			summary.imports,
			[
				Imported {
					module: "wasi_snapshot_preview1".into(),
					name: "proc_exit".into(),
					kind: function("(func (param i32))")
				},
				Imported { module: "env".into(), name: "g".into(), kind: ItemKind::Global },
			]
		);
		assert_eq!(
			summary.exports,
			[
				Exported { name: "memory".into(), kind: ItemKind::Memory },
				Exported { name: "_start".into(), kind: function("(func)") },
				Exported { name: "again".into(), kind: function("(func (param i32))") },
			]
		);
		assert_eq!(summary.functions, 2);
		assert_eq!(summary.memory, Some(Pages { initial: 3, maximum: Some(17) }));
		assert!(summary.has_start_function);
		assert!(summary.data_bytes >= 12 && summary.code_bytes >= 6, "{summary:?}");
	}

	#[test]
	fn modules_outside_of_the_profile_can_be_looked_at() {
		let summary = read(r#"(module (import "env" "m" (memory 1 2 shared)) (func (atomic.fence)))"#);
		assert_eq!(summary.memory, Some(Pages { initial: 1, maximum: Some(2) }));
		assert_eq!(read("(module)"), ModuleSummary::default());
	}

	#[test]
	fn what_is_no_module_is_an_error() {
		for bytes in [&b""[..], b"text", b"\0asm\x01\0\0", b"\0asm\x01\0\0\0\x01", b"\0asm\x0d\0\x01\0"] {
			let error = ModuleSummary::read(bytes).expect_err("no module");
			assert!(matches!(error, PrepareError::Invalid { .. }), "{error}");
		}
	}

	#[test]
	fn a_type_without_end_is_cut() {
		let long = format!("(module (func (export \"long\") (param {})))", "i32 ".repeat(1_000));
		let [Exported { kind: ItemKind::Function(text), .. }] = &read(&long).exports[..] else { panic!() };
		assert!(text.ends_with('…') && text.chars().count() <= MAX_TYPE_CHARACTERS + 1, "{text}");
	}
}
