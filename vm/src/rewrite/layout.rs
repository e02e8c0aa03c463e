//! Where things stand in the rewritten module.
//!
//! What the machine adds comes after what the module has, so that no index changes, with one exception: imported
//! functions are called through functions of the machine that carry the fuel to the host and back.

use super::source::Source;
use alloc::{collections::BTreeMap, vec::Vec};
use wasm_encoder::{BlockType, ValType};

/// The type of the fuel, and of the stack.
pub(super) const FUEL_TYPE: ValType = ValType::I64;

/// Why a module that trapped with fuel left did so of its own accord. What the global `status` holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
	/// The stack is full.
	StackExhausted,
	/// The host could not provide memory that the rules grant.
	NoMemory,
}

impl Status {
	/// The status's number in the module.
	pub(super) const fn number(self) -> i32 {
		match self {
			Self::StackExhausted => 1,
			Self::NoMemory => 2,
		}
	}

	/// The status of that number; none for 0, with which a module begins.
	pub(crate) fn from_number(number: i32) -> Option<Self> {
		[Self::StackExhausted, Self::NoMemory].into_iter().find(|status| status.number() == number)
	}
}

/// The indices of what the rewriting adds.
pub(super) struct Layout<'a> {
	pub(super) source: &'a Source<'a>,
	types: u32,
	imports: u32,
	/// Blocks of functions that return several values, by the function's type.
	body_blocks: BTreeMap<u32, u32>,
	/// Types: of `run`, and of `grow`.
	pub(super) run_type: u32,
	pub(super) grow_type: u32,
	/// Functions. The first stands for the first import, and so on.
	first_thunk: u32,
	pub(super) grow: u32,
	pub(super) run: u32,
	/// Globals.
	pub(super) fuel: u32,
	pub(super) status: u32,
	pub(super) pages: u32,
}

impl<'a> Layout<'a> {
	/// `None` if there is more of something than can be counted.
	pub(super) fn of(source: &'a Source<'a>) -> Option<Self> {
		let types = u32::try_from(source.types.len()).ok()?;
		let imports = u32::try_from(source.imports.len()).ok()?;
		let globals = u32::try_from(source.globals.len()).ok()?;
		let run_type = types.checked_mul(2)?;
		let mut next = run_type.checked_add(2)?;
		let mut body_blocks = BTreeMap::new();
		for (index, ty) in (0..types).zip(&source.types) {
			if ty.results().len() > 1 {
				body_blocks.insert(index, next);
				next = next.checked_add(1)?;
			}
		}
		let first_thunk = imports.checked_add(u32::try_from(source.functions.len()).ok()?)?;
		let grow = first_thunk.checked_add(imports)?;
		Some(Self {
			source,
			types,
			imports,
			body_blocks,
			run_type,
			grow_type: run_type.checked_add(1)?,
			first_thunk,
			grow,
			run: grow.checked_add(1)?,
			fuel: globals,
			status: globals.checked_add(1)?,
			pages: globals.checked_add(2)?,
		})
	}

	/// The type with fuel and stack in it.
	pub(super) fn metered_type(&self, ty: u32) -> Option<u32> {
		self.types.checked_add(ty)
	}

	/// The function to call in place of this one.
	pub(super) fn function(&self, function: u32) -> Option<u32> {
		if function < self.imports {
			return self.first_thunk.checked_add(function);
		}
		Some(function)
	}

	/// The type of a block that leaves what a function of this type returns.
	pub(super) fn body_block(&self, ty: u32) -> Option<BlockType> {
		let results = self.source.types.get(usize::try_from(ty).ok()?)?.results();
		Some(match results {
			[] => BlockType::Empty,
			[single] => BlockType::Result(value_type(*single)?),
			_ => BlockType::FunctionType(*self.body_blocks.get(&ty)?),
		})
	}

	/// All types, in order: parameters and results.
	pub(super) fn types(&self) -> Option<Vec<(Vec<ValType>, Vec<ValType>)>> {
		let convert = |types: &[wasmparser::ValType]| {
			types.iter().map(|ty| value_type(*ty)).collect::<Option<Vec<_>>>()
		};
		let mut plain = Vec::new();
		for ty in &self.source.types {
			plain.push((convert(ty.params())?, convert(ty.results())?));
		}
		let mut all = plain.clone();
		for (parameters, results) in &plain {
			let (mut parameters, mut results) = (parameters.clone(), results.clone());
			parameters.extend([FUEL_TYPE, FUEL_TYPE]);
			results.push(FUEL_TYPE);
			all.push((parameters, results));
		}
		all.push((Vec::new(), Vec::new()));
		all.push(([ValType::I32, FUEL_TYPE].into(), [ValType::I32, FUEL_TYPE].into()));
		// In the order in which they were numbered.
		for ty in self.body_blocks.keys() {
			let (_, results) = plain.get(usize::try_from(*ty).ok()?)?;
			all.push((Vec::new(), results.clone()));
		}
		Some(all)
	}
}

/// The same type for the encoder. `None` for references, which the profile excludes.
pub(super) fn value_type(ty: wasmparser::ValType) -> Option<ValType> {
	Some(match ty {
		wasmparser::ValType::I32 => ValType::I32,
		wasmparser::ValType::I64 => ValType::I64,
		wasmparser::ValType::F32 => ValType::F32,
		wasmparser::ValType::F64 => ValType::F64,
		wasmparser::ValType::V128 => ValType::V128,
		wasmparser::ValType::Ref(_) => return None,
	})
}
