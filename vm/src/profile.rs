//! The closed profile of WebAssembly that programs are written in.
//!
//! Every module goes through two checks at once. Ours names what it refuses, and counts. The validator of
//! `wasmparser`, with only the profile's features switched on, stands behind it: whatever ours should overlook, it
//! refuses as well.

mod body;
mod joints;
mod operator;
mod sections;

use crate::error::{Location, PrepareError};
use alloc::{string::String, vec::Vec};
use wasmparser::{
	BinaryReaderError, Encoding, FuncType, FuncValidatorAllocations, Parser, Payload, ValidPayload,
	Validator, WasmFeatures,
};

/// What the validator lets through.
const FEATURES: WasmFeatures = WasmFeatures::MVP
	.union(WasmFeatures::MUTABLE_GLOBAL)
	.union(WasmFeatures::SIGN_EXTENSION)
	.union(WasmFeatures::SATURATING_FLOAT_TO_INT)
	.union(WasmFeatures::MULTI_VALUE)
	.union(WasmFeatures::BULK_MEMORY_OPT)
	.union(WasmFeatures::CALL_INDIRECT_OVERLONG)
	.union(WasmFeatures::SIMD);

const START_EXPORT: &str = "the function `_start` of type [] -> []";
const MEMORY_EXPORT: &str = "its memory as `memory`";

/// What is worth knowing about a module that passed.
pub(crate) struct Shape {
	/// Memory it starts with, in pages.
	pub(crate) initial_pages: u64,
	/// Memory it may grow to by its own declaration, in pages.
	pub(crate) maximum_pages: Option<u64>,
}

/// Checks a module of any size; the caller has capped it.
pub(crate) fn check(bytes: &[u8]) -> Result<Shape, PrepareError> {
	let mut checker = Checker::new();
	for payload in Parser::new(0).parse_all(bytes) {
		checker.payload(&payload.map_err(|error| invalid(None, &error))?)?;
	}
	checker.finish()
}

/// Checks that what came out of the rewriting is valid. The profile's own limits do not hold for it.
pub(crate) fn validate(rewritten: &[u8]) -> Result<(), PrepareError> {
	Validator::new_with_features(FEATURES)
		.validate_all(rewritten)
		.map(drop)
		.map_err(|error| PrepareError::Rewriting { message: crate::error::printable(error.message(), 256) })
}

struct Checker {
	validator: Validator,
	allocations: FuncValidatorAllocations,
	types: Vec<FuncType>,
	/// Index into `types` of every function, imports first.
	functions: Vec<u32>,
	next_body: u32,
	module_flow: u64,
	module_meetings: u64,
	initial_pages: Option<u64>,
	maximum_pages: Option<u64>,
	table_entries: Option<u64>,
	has_start: bool,
	has_memory: bool,
}

impl Checker {
	fn new() -> Self {
		Self {
			validator: Validator::new_with_features(FEATURES),
			allocations: FuncValidatorAllocations::default(),
			types: Vec::new(),
			functions: Vec::new(),
			next_body: 0,
			module_flow: 0,
			module_meetings: 0,
			initial_pages: None,
			maximum_pages: None,
			table_entries: None,
			has_start: false,
			has_memory: false,
		}
	}

	fn payload(&mut self, payload: &Payload<'_>) -> Result<(), PrepareError> {
		match payload {
			Payload::Version { encoding: Encoding::Component, range, .. } => {
				return Err(forbidden("a component", Location::at(range.start)));
			},
			Payload::TypeSection(section) => self.type_section(section)?,
			Payload::ImportSection(section) => self.import_section(section)?,
			Payload::FunctionSection(section) => self.function_section(section)?,
			Payload::TableSection(section) => self.table_section(section)?,
			Payload::MemorySection(section) => self.memory_section(section)?,
			Payload::GlobalSection(section) => self.global_section(section)?,
			Payload::ExportSection(section) => self.export_section(section)?,
			Payload::ElementSection(section) => self.element_section(section)?,
			Payload::DataSection(section) => self.data_section(section)?,
			Payload::TagSection(section) => {
				return Err(forbidden("a tag section (exceptions)", Location::at(section.range().start)));
			},
			Payload::Version { .. }
			| Payload::StartSection { .. }
			| Payload::DataCountSection { .. }
			| Payload::CodeSectionStart { .. }
			| Payload::CodeSectionEntry(_)
			| Payload::CustomSection(_)
			| Payload::End(_) => {},
			other => {
				let offset = other.as_section().map_or(0, |(_, range)| range.start);
				return Err(forbidden("an unknown section", Location::at(offset)));
			},
		}
		match self.validator.payload(payload).map_err(|error| invalid(None, &error))? {
			ValidPayload::Func(function, body) => self.body(function, &body),
			_ => Ok(()),
		}
	}

	fn finish(self) -> Result<Shape, PrepareError> {
		if !self.has_start {
			return Err(PrepareError::MissingExport { what: START_EXPORT });
		}
		match self.initial_pages {
			Some(initial_pages) if self.has_memory => {
				Ok(Shape { initial_pages, maximum_pages: self.maximum_pages })
			},
			_ => Err(PrepareError::MissingExport { what: MEMORY_EXPORT }),
		}
	}
}

fn invalid(function: Option<u32>, error: &BinaryReaderError) -> PrepareError {
	let at = Location { function, offset: error.offset() };
	PrepareError::Invalid { message: crate::error::printable(error.message(), 256), at }
}

fn forbidden(construct: impl Into<String>, at: Location) -> PrepareError {
	PrepareError::Forbidden { construct: construct.into(), at }
}

/// Refuses too much of something.
pub(crate) fn at_most(what: &'static str, found: u64, limit: u64, at: Location) -> Result<(), PrepareError> {
	if found > limit {
		return Err(PrepareError::Limit { what, found, limit, at });
	}
	Ok(())
}
