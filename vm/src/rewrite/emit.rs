//! One function, rewritten.
//!
//! Every function takes two more parameters, the fuel and the stack that are left, and returns one more result, the fuel
//! left after it. So both are in registers most of the time. The stack needs no giving back: the caller still has its own.
//!
//! ```text
//! block $no_stack
//!   block $no_fuel
//!     block $body (results)           only if something branches to the function's own label
//!       charge, frame and check       $no_stack, unless the function is small
//!       … the body, with charges at its segments and checks at its loops …
//!     end
//!     fuel, return
//!   end
//!   trap
//! end
//! set the status, trap
//! ```
//!
//! A check saves the fuel before it compares, so that the way to the trap has nothing to do and to carry: compilers put
//! what it needs into the loop. A saved fuel below nought is what says that the fuel is gone.

use super::{
	account::{self, Account},
	body::Body,
	cost,
	flow::Flow,
	layout::{Layout, Status, FUEL_TYPE},
	nan::{Numbers, Shape},
};
use alloc::vec::Vec;
use wasm_encoder::{BlockType, Encode, Ieee32, Ieee64, InstructionSink, ValType};
use wasmparser::Operator;

const CANONICAL_F32: u32 = 0x7fc0_0000;
const CANONICAL_F64: u64 = 0x7ff8_0000_0000_0000;

/// What became of one function.
pub(super) fn function(
	layout: &Layout<'_>,
	body: &Body<'_>,
	type_index: u32,
	flow: &Flow,
	numbers: &Numbers,
	account: &Account,
) -> Option<Vec<u8>> {
	let parameters = u32::try_from(body.parameters()).ok()?;
	let locals = u32::try_from(body.locals.len()).ok()?;
	let mut emitter = Emitter {
		layout,
		body,
		code: Vec::new(),
		depth: 0,
		parameters,
		fuel: parameters,
		stack: parameters.checked_add(1)?,
		scratch: Scratch { next: locals.checked_add(2)?, ..Scratch::default() },
		is_small: account.is_small,
	};
	emitter.all(type_index, flow, numbers, account)?;
	emitter.finish()
}

/// Locals the emitted code needs for itself, made when first asked for.
#[derive(Default)]
struct Scratch {
	next: u32,
	types: Vec<ValType>,
	word: Option<u32>,
	float: Option<u32>,
	double: Option<u32>,
	vector: Option<u32>,
}

impl Scratch {
	fn of(&mut self, ty: ValType) -> u32 {
		let place = match ty {
			ValType::F32 => &mut self.float,
			ValType::F64 => &mut self.double,
			ValType::V128 => &mut self.vector,
			_ => &mut self.word,
		};
		*place.get_or_insert_with(|| {
			let index = self.next;
			self.next += 1;
			self.types.push(ty);
			index
		})
	}
}

struct Emitter<'a> {
	layout: &'a Layout<'a>,
	body: &'a Body<'a>,
	code: Vec<u8>,
	/// Blocks of the emitted code that are open, `$no_fuel` and `$no_stack` not counted.
	depth: u32,
	parameters: u32,
	fuel: u32,
	stack: u32,
	scratch: Scratch,
	is_small: bool,
}

impl Emitter<'_> {
	fn sink(&mut self) -> InstructionSink<'_> {
		InstructionSink::new(&mut self.code)
	}

	fn all(&mut self, type_index: u32, flow: &Flow, numbers: &Numbers, account: &Account) -> Option<()> {
		if !self.is_small {
			self.sink().block(BlockType::Empty).block(BlockType::Empty);
		}
		if flow.leaves_by_branch {
			let ty = self.layout.body_block(type_index)?;
			self.sink().block(ty);
			self.depth += 1;
		}
		let frame = account::frame(self.body.locals.len(), numbers.height, numbers.pushed)?;
		self.enter(account.entry, frame)?;
		let last = self.body.operators.len().checked_sub(1)?;
		for (index, operator) in self.body.operators.iter().enumerate().take(last) {
			let fact = flow.facts.get(index)?;
			if !fact.emitted {
				continue;
			}
			self.operator(index, operator)?;
			if let Some(shape) = numbers.canonical.get(index)? {
				self.canonicalise(*shape);
			}
			self.charge(*account.charges.get(index)?)?;
			if matches!(operator, Operator::Loop { .. }) && fact.opens_segment {
				self.check();
			}
			if fact.ends_dead {
				self.sink().unreachable();
			}
		}
		if flow.leaves_by_branch {
			self.sink().end();
			self.depth -= 1;
		}
		let fuel = self.fuel;
		self.sink().local_get(fuel);
		if !self.is_small {
			let status = self.layout.status;
			self.sink()
				.return_()
				.end()
				.unreachable()
				.end()
				.i32_const(Status::StackExhausted.number())
				.global_set(status)
				.unreachable();
		}
		self.sink().end();
		Some(())
	}

	/// The code at the function's entry.
	fn enter(&mut self, entry: u64, frame: u64) -> Option<()> {
		self.charge(entry)?;
		if self.is_small {
			return Some(());
		}
		let (fuel, stack, depth, counter) = (self.fuel, self.stack, self.depth, self.layout.fuel);
		let frame = i64::try_from(frame).ok()?;
		// Both are negative only if exhausted, so one comparison does for both.
		self.sink()
			.local_get(fuel)
			.global_set(counter)
			.local_get(stack)
			.i64_const(frame)
			.i64_sub()
			.local_tee(stack)
			.local_get(fuel)
			.i64_or()
			.i64_const(0)
			.i64_lt_s()
			.br_if(depth.checked_add(1)?);
		Some(())
	}

	fn charge(&mut self, cost: u64) -> Option<()> {
		if cost > 0 {
			let (fuel, cost) = (self.fuel, i64::try_from(cost).ok()?);
			self.sink().local_get(fuel).i64_const(cost).i64_sub().local_set(fuel);
		}
		Some(())
	}

	/// Saves and compares.
	fn check(&mut self) {
		let (fuel, depth, counter) = (self.fuel, self.depth, self.layout.fuel);
		self.sink().local_get(fuel).global_set(counter).local_get(fuel).i64_const(0).i64_lt_s().br_if(depth);
	}

	fn operator(&mut self, index: usize, operator: &Operator<'_>) -> Option<()> {
		match operator {
			Operator::Block { .. } | Operator::Loop { .. } | Operator::If { .. } => {
				self.copy(index)?;
				self.depth = self.depth.checked_add(1)?;
			},
			Operator::End => {
				self.copy(index)?;
				self.depth = self.depth.checked_sub(1)?;
			},
			Operator::Return => {
				let fuel = self.fuel;
				self.sink().local_get(fuel).return_();
			},
			Operator::LocalGet { local_index } => {
				let local = self.local(*local_index)?;
				self.sink().local_get(local);
			},
			Operator::LocalSet { local_index } => {
				let local = self.local(*local_index)?;
				self.sink().local_set(local);
			},
			Operator::LocalTee { local_index } => {
				let local = self.local(*local_index)?;
				self.sink().local_tee(local);
			},
			Operator::Call { function_index } => {
				let (fuel, stack, function) = (self.fuel, self.stack, self.layout.function(*function_index)?);
				self.sink().local_get(fuel).local_get(stack).call(function).local_set(fuel);
			},
			Operator::CallIndirect { type_index, table_index } => {
				self.call_indirect(*type_index, *table_index)?
			},
			Operator::MemoryGrow { .. } => {
				let (fuel, grow) = (self.fuel, self.layout.grow);
				self.sink().local_get(fuel).call(grow).local_set(fuel);
			},
			Operator::MemoryCopy { .. } | Operator::MemoryFill { .. } => {
				self.charge_length();
				self.copy(index)?;
			},
			_ => self.copy(index)?,
		}
		Some(())
	}

	fn copy(&mut self, index: usize) -> Option<()> {
		self.code.extend_from_slice(self.body.encoded(index)?);
		Some(())
	}

	/// The two new parameters stand between the parameters and the other locals.
	fn local(&self, index: u32) -> Option<u32> {
		if index < self.parameters {
			return Some(index);
		}
		index.checked_add(2)
	}

	/// The index into the table is on top of the arguments, and must come after the new ones.
	fn call_indirect(&mut self, type_index: u32, table_index: u32) -> Option<()> {
		let (fuel, stack, ty) = (self.fuel, self.stack, self.layout.metered_type(type_index)?);
		let callee = self.scratch.of(ValType::I32);
		self.sink()
			.local_set(callee)
			.local_get(fuel)
			.local_get(stack)
			.local_get(callee)
			.call_indirect(table_index, ty)
			.local_set(fuel);
		Some(())
	}

	/// Charges for the length on top of the operands, which stays there.
	fn charge_length(&mut self) {
		let (fuel, length) = (self.fuel, self.scratch.of(ValType::I32));
		self.sink()
			.local_set(length)
			.local_get(fuel)
			.local_get(length)
			.i64_extend_i32_u()
			.i64_const(cost::BULK_BYTES_SHIFT)
			.i64_shr_u()
			.i64_sub()
			.local_set(fuel);
		self.check();
		self.sink().local_get(length);
	}

	/// Replaces the uppermost operand by the canonical NaN if it is a NaN, lane by lane. Only a NaN is not at least itself;
	/// processors tell that by one flag, where for equality some need two.
	fn canonicalise(&mut self, shape: Shape) {
		match shape {
			Shape::F32 => {
				let (value, nan) = (self.scratch.of(ValType::F32), Ieee32::new(CANONICAL_F32));
				self.sink()
					.local_tee(value)
					.f32_const(nan)
					.local_get(value)
					.local_get(value)
					.f32_ge()
					.select();
			},
			Shape::F64 => {
				let (value, nan) = (self.scratch.of(ValType::F64), Ieee64::new(CANONICAL_F64));
				self.sink()
					.local_tee(value)
					.f64_const(nan)
					.local_get(value)
					.local_get(value)
					.f64_ge()
					.select();
			},
			Shape::F32x4 => {
				let (value, nan) = (self.scratch.of(ValType::V128), lanes(CANONICAL_F32.into(), 32));
				self.sink()
					.local_tee(value)
					.v128_const(nan)
					.local_get(value)
					.local_get(value)
					.f32x4_eq()
					.v128_bitselect();
			},
			Shape::F64x2 => {
				let (value, nan) = (self.scratch.of(ValType::V128), lanes(CANONICAL_F64.into(), 64));
				self.sink()
					.local_tee(value)
					.v128_const(nan)
					.local_get(value)
					.local_get(value)
					.f64x2_eq()
					.v128_bitselect();
			},
		}
	}

	/// The function's body with its declarations of locals before it.
	fn finish(self) -> Option<Vec<u8>> {
		let declared = self.body.locals.get(self.body.parameters()..)?.iter();
		let locals =
			declared.map(|ty| super::layout::value_type(*ty)).chain(self.scratch.types.into_iter().map(Some));
		let mut groups: Vec<(u32, ValType)> = Vec::new();
		for ty in locals {
			let ty = ty?;
			match groups.last_mut() {
				Some((count, last)) if *last == ty => *count += 1,
				_ => groups.push((1, ty)),
			}
		}
		let mut bytes = Vec::new();
		u32::try_from(groups.len()).ok()?.encode(&mut bytes);
		for (count, ty) in groups {
			count.encode(&mut bytes);
			ty.encode(&mut bytes);
		}
		bytes.extend_from_slice(&self.code);
		Some(bytes)
	}
}

/// A vector whose lanes of `bits` bits are all equal.
fn lanes(lane: u128, bits: u32) -> i128 {
	(0..128 / bits).fold(0, |vector, index| vector | lane << (index * bits)).cast_signed()
}

/// The code the module gets besides its own functions.
pub(super) fn thunk(layout: &Layout<'_>, import: u32, parameters: u32) -> wasm_encoder::Function {
	let mut function = wasm_encoder::Function::new([]);
	let fuel = parameters;
	let mut sink = function.instructions();
	sink.local_get(fuel).global_set(layout.fuel);
	for parameter in 0..parameters {
		sink.local_get(parameter);
	}
	sink.call(import).global_get(layout.fuel).end();
	function
}

/// `memory.grow` by the machine's rules: takes the pages asked for and the fuel, returns what `memory.grow` returns and
/// the fuel left.
pub(super) fn grow(layout: &Layout<'_>) -> wasm_encoder::Function {
	let mut function = wasm_encoder::Function::new([]);
	let (pages, fuel) = (0, 1);
	function
		.instructions()
		// The memory is never larger than it may be, so that the difference is no less than nought.
		.local_get(pages)
		.global_get(layout.pages)
		.memory_size(0)
		.i32_sub()
		.i32_gt_u()
		.if_(BlockType::Empty)
		.i32_const(-1)
		.local_get(fuel)
		.return_()
		.end()
		.local_get(fuel)
		.local_get(pages)
		.i64_extend_i32_u()
		.i64_const(cost::PAGE)
		.i64_mul()
		.i64_sub()
		.local_tee(fuel)
		.global_set(layout.fuel)
		.local_get(fuel)
		.i64_const(0)
		.i64_lt_s()
		.if_(BlockType::Empty)
		.unreachable()
		.end()
		.local_get(pages)
		.memory_grow(0)
		.local_tee(pages)
		.i32_const(-1)
		.i32_eq()
		.if_(BlockType::Empty)
		.i32_const(Status::NoMemory.number())
		.global_set(layout.status)
		.unreachable()
		.end()
		.local_get(pages)
		.local_get(fuel)
		.end();
	function
}

/// What the host calls: the start function and `_start`, and a last look at the fuel.
pub(super) fn run(layout: &Layout<'_>, functions: &[u32]) -> wasm_encoder::Function {
	let mut function = wasm_encoder::Function::new([(1, FUEL_TYPE)]);
	let fuel = 0;
	let mut sink = function.instructions();
	sink.global_get(layout.fuel).local_set(fuel);
	for function in functions {
		sink.local_get(fuel).i64_const(crate::limits::STACK_UNITS).call(*function).local_set(fuel);
	}
	sink.local_get(fuel)
		.global_set(layout.fuel)
		.local_get(fuel)
		.i64_const(0)
		.i64_lt_s()
		.if_(BlockType::Empty)
		.unreachable()
		.end()
		.end();
	function
}
