//! The machine's rules applied to a module in the most naive way there is.
//!
//! Everything is done on the spot: the counter is a global, and a segment is charged by a subtraction; a second counter
//! takes the cost of every single instruction just before it, and the rest of a segment that a branch leaves; every
//! float instruction is followed by its canonicalisation; and a function with a frame is wrapped in another one that
//! takes the frame and gives it back. Slow, and easy to compare with the rules. Instructions are told apart by their
//! numbers in the binary format.
//!
//! The result exports `memory`, `run`, `fuel`, `status` and `pages` as rewritten modules do, and two globals more:
//! `saved`, which is `fuel` as of the last check, and `exact`, the sum of what single instructions cost.

mod analysis;
mod costs;
mod heights;

use super::draft::{encoded, Code, Draft, Function as DraftFunction, Init, Step};
use analysis::Analysis;
use costs::{arithmetic, Float};
use heights::heights;
use wasm_encoder::{BlockType, Function, Ieee32, Ieee64, Instruction};
use wasmparser::{ExternalKind, FuncType, Operator, ValType};

const STACK_BUDGET: i64 = 1 << 20;
const FRAME: i64 = 64;
const SLOT: i64 = 8;
const PUSHED_PER_UNIT: i64 = 8;
const PAGE: i64 = 4_096;
/// Longer ones are left as they are.
const LONGEST_TABLE: u32 = 256;

const STACK_EXHAUSTED: i32 = 1;
const NO_MEMORY: i32 = 2;

/// Applies the rules to a valid program.
pub(crate) fn instrument(source: &[u8]) -> Vec<u8> {
	let mut draft = Draft::parse(source).expect("a program can be taken apart");
	let globals = Globals::add(&mut draft);
	let imported = draft.imports.len();
	let heights = heights(source);
	for (index, heights) in heights.iter().enumerate() {
		let function = draft.functions[index].clone();
		let Code::Source { locals, steps } = &function.code else { unreachable!("nothing is made yet") };
		let ty = draft.types[function.ty as usize].clone();
		let analysis = Analysis::of(steps);
		let declared: u32 = locals.iter().map(|(number, _)| *number).sum();
		let parameters = u32::try_from(ty.params().len()).expect("few parameters");
		let live = analysis.live.iter().zip(heights).filter(|(live, _)| **live);
		let highest = live.map(|(_, operands)| operands.height).max();
		let entered = analysis.entered.iter().zip(heights).filter(|(entered, _)| **entered);
		let pushed: i64 = entered.map(|(_, operands)| i64::from(operands.pushed)).sum();
		let slots = i64::from(parameters) + i64::from(declared) + i64::from(highest.unwrap_or(0));
		let emitter = Emitter { globals, analysis: &analysis, scratch: parameters + declared };
		let inner = emitter.body(locals, steps);
		draft.functions[index].code = if analysis.is_small {
			Code::Made(inner)
		} else {
			let inner = draft.add_function(ty, inner);
			Code::Made(emitter.frame(parameters, inner, FRAME + SLOT * slots + pushed / PUSHED_PER_UNIT))
		};
	}
	let run = run(&draft, &globals);
	draft.start = None;
	draft.functions.push(DraftFunction { ty: draft.types.len() as u32, code: Code::Made(run) });
	draft.types.push(FuncType::new([], []));
	let run = u32::try_from(imported + draft.functions.len() - 1).expect("few functions");
	draft.exports = vec![("memory".into(), ExternalKind::Memory, 0), ("run".into(), ExternalKind::Func, run)];
	for (name, global) in globals.named() {
		draft.exports.push((name.into(), ExternalKind::Global, global));
	}
	draft.encode()
}

#[derive(Clone, Copy)]
struct Globals {
	fuel: u32,
	saved: u32,
	status: u32,
	pages: u32,
	stack: u32,
	exact: u32,
}

impl Globals {
	fn add(draft: &mut Draft<'_>) -> Self {
		let mut long = |value| {
			draft.add_global(ValType::I64, Init::Constant(encoded(&Instruction::I64Const(value)).into()))
		};
		let (fuel, saved, stack, exact) = (long(0), long(0), long(STACK_BUDGET), long(0));
		let mut word =
			|| draft.add_global(ValType::I32, Init::Constant(encoded(&Instruction::I32Const(0)).into()));
		Self { fuel, saved, status: word(), pages: word(), stack, exact }
	}

	fn named(&self) -> [(&'static str, u32); 5] {
		[
			("fuel", self.fuel),
			("saved", self.saved),
			("status", self.status),
			("pages", self.pages),
			("exact", self.exact),
		]
	}
}

fn run(draft: &Draft<'_>, globals: &Globals) -> Function {
	let mut code = Function::new([]);
	let main = draft.export("_start", ExternalKind::Func).expect("programs export it");
	for callee in draft.start.into_iter().chain([main]) {
		code.instruction(&Instruction::Call(callee));
	}
	globals.check(&mut code);
	code.instruction(&Instruction::End);
	code
}

impl Globals {
	fn subtract(&self, global: u32, amount: i64, code: &mut Function) {
		if amount == 0 {
			return;
		}
		code.instruction(&Instruction::GlobalGet(global));
		code.instruction(&Instruction::I64Const(amount));
		code.instruction(&Instruction::I64Sub);
		code.instruction(&Instruction::GlobalSet(global));
	}

	/// Saves the counter, then compares it.
	fn check(&self, code: &mut Function) {
		code.instruction(&Instruction::GlobalGet(self.fuel));
		code.instruction(&Instruction::GlobalSet(self.saved));
		self.stop_if_negative(self.fuel, 0, code);
	}

	fn stop_if_negative(&self, global: u32, status: i32, code: &mut Function) {
		code.instruction(&Instruction::GlobalGet(global));
		code.instruction(&Instruction::I64Const(0));
		code.instruction(&Instruction::I64LtS);
		code.instruction(&Instruction::If(BlockType::Empty));
		self.stop(status, code);
		code.instruction(&Instruction::End);
	}

	fn stop(&self, status: i32, code: &mut Function) {
		code.instruction(&Instruction::I32Const(status));
		code.instruction(&Instruction::GlobalSet(self.status));
		code.instruction(&Instruction::Unreachable);
	}
}

struct Emitter<'a> {
	globals: Globals,
	analysis: &'a Analysis,
	/// The first of the locals that the source does not know: i32, f32, f64, v128.
	scratch: u32,
}

impl Emitter<'_> {
	fn body(&self, locals: &[(u32, ValType)], steps: &[Step<'_>]) -> Function {
		use wasm_encoder::ValType as Type;
		let scratch = [Type::I32, Type::F32, Type::F64, Type::V128].map(|ty| (1, ty));
		let locals = locals.iter().map(|(number, ty)| (*number, super::draft::val_type(ty)));
		let mut code = Function::new(locals.chain(scratch).collect::<Vec<_>>());
		if self.analysis.is_small {
			self.globals.subtract(self.globals.fuel, self.analysis.first, &mut code);
		}
		for (index, step) in steps.iter().enumerate() {
			if self.analysis.live[index] {
				self.globals.subtract(self.globals.exact, -self.analysis.costs[index], &mut code);
				self.live_step(step, self.analysis.rests[index], &mut code);
			} else {
				code.raw(step.bytes.iter().copied());
			}
			if let Some(total) = self.analysis.begins[index] {
				self.globals.subtract(self.globals.fuel, total, &mut code);
				if self.analysis.loops[index] {
					self.globals.check(&mut code);
				}
			}
		}
		code
	}

	fn live_step(&self, step: &Step<'_>, rest: i64, code: &mut Function) {
		match step.operator {
			Operator::MemoryGrow { .. } => self.grow(code),
			Operator::BrIf { .. } if rest > 0 => {
				// Who leaves a segment early has paid for all of it.
				code.instruction(&Instruction::LocalTee(self.scratch));
				code.instruction(&Instruction::If(BlockType::Empty));
				self.globals.subtract(self.globals.exact, -rest, code);
				code.instruction(&Instruction::End);
				code.instruction(&Instruction::LocalGet(self.scratch));
				code.raw(step.bytes.iter().copied());
			},
			Operator::MemoryCopy { .. } | Operator::MemoryFill { .. } => {
				self.charge_bytes(code);
				code.raw(step.bytes.iter().copied());
			},
			Operator::BrTable { ref targets } if targets.len() <= LONGEST_TABLE => {
				self.branches(targets, code)
			},
			_ => {
				code.raw(step.bytes.iter().copied());
			},
		}
		if let Some(float) = arithmetic(step.bytes) {
			self.canonicalise(float, code);
		}
	}

	/// A `br_table`, target by target: not even the interpreter gets all of them right.
	fn branches(&self, targets: &wasmparser::BrTable<'_>, code: &mut Function) {
		let index = self.scratch;
		code.instruction(&Instruction::LocalSet(index));
		for (number, target) in (0..).zip(targets.targets()) {
			code.instruction(&Instruction::LocalGet(index));
			code.instruction(&Instruction::I32Const(number));
			code.instruction(&Instruction::I32Eq);
			code.instruction(&Instruction::BrIf(target.expect("valid")));
		}
		code.instruction(&Instruction::Br(targets.default()));
	}

	/// Takes an amount on the stack, an i64, from the counter, and adds it to the exact sum.
	fn charge_amount(&self, amount: &[Instruction<'_>], code: &mut Function) {
		for (global, operation) in
			[(self.globals.fuel, Instruction::I64Sub), (self.globals.exact, Instruction::I64Add)]
		{
			code.instruction(&Instruction::GlobalGet(global));
			for instruction in amount {
				code.instruction(instruction);
			}
			code.instruction(&operation);
			code.instruction(&Instruction::GlobalSet(global));
		}
		self.globals.check(code);
	}

	/// Charges for the number of bytes on top of the stack, and leaves it there.
	fn charge_bytes(&self, code: &mut Function) {
		code.instruction(&Instruction::LocalTee(self.scratch));
		let amount = [
			Instruction::LocalGet(self.scratch),
			Instruction::I64ExtendI32U,
			Instruction::I64Const(8),
			Instruction::I64DivU,
		];
		self.charge_amount(&amount, code);
	}

	fn grow(&self, code: &mut Function) {
		let pages = self.scratch;
		for instruction in [
			Instruction::LocalTee(pages),
			Instruction::I64ExtendI32U,
			Instruction::MemorySize(0),
			Instruction::I64ExtendI32U,
			Instruction::I64Add,
			Instruction::GlobalGet(self.globals.pages),
			Instruction::I64ExtendI32U,
			Instruction::I64LeU,
			Instruction::If(BlockType::Result(wasm_encoder::ValType::I32)),
		] {
			code.instruction(&instruction);
		}
		let amount = [
			Instruction::LocalGet(pages),
			Instruction::I64ExtendI32U,
			Instruction::I64Const(PAGE),
			Instruction::I64Mul,
		];
		self.charge_amount(&amount, code);
		for instruction in [
			Instruction::LocalGet(pages),
			Instruction::MemoryGrow(0),
			Instruction::LocalTee(pages),
			Instruction::I32Const(-1),
			Instruction::I32Eq,
			Instruction::If(BlockType::Empty),
		] {
			code.instruction(&instruction);
		}
		self.globals.stop(NO_MEMORY, code);
		for instruction in [
			Instruction::End,
			Instruction::LocalGet(pages),
			Instruction::Else,
			Instruction::I32Const(-1),
			Instruction::End,
		] {
			code.instruction(&instruction);
		}
	}

	fn canonicalise(&self, float: Float, code: &mut Function) {
		const F32: u32 = 0x7fc0_0000;
		const F64: u64 = 0x7ff8_0000_0000_0000;
		let lanes_32 = (0..4).fold(0u128, |lanes, _| lanes << 32 | u128::from(F32));
		let lanes_64 = u128::from(F64) << 64 | u128::from(F64);
		let (local, canonical, equal, choose) = match float {
			Float::F32 => {
				(1, Instruction::F32Const(Ieee32::new(F32)), Instruction::F32Eq, Instruction::Select)
			},
			Float::F64 => {
				(2, Instruction::F64Const(Ieee64::new(F64)), Instruction::F64Eq, Instruction::Select)
			},
			Float::F32x4 => (
				3,
				Instruction::V128Const(lanes_32.cast_signed()),
				Instruction::F32x4Eq,
				Instruction::V128Bitselect,
			),
			Float::F64x2 => (
				3,
				Instruction::V128Const(lanes_64.cast_signed()),
				Instruction::F64x2Eq,
				Instruction::V128Bitselect,
			),
		};
		let local = self.scratch + local;
		for instruction in [
			Instruction::LocalTee(local),
			canonical,
			Instruction::LocalGet(local),
			Instruction::LocalGet(local),
			equal,
			choose,
		] {
			code.instruction(&instruction);
		}
	}

	/// What stands around a function that costs a frame.
	fn frame(&self, parameters: u32, inner: u32, frame: i64) -> Function {
		let mut code = Function::new([]);
		self.globals.subtract(self.globals.fuel, self.analysis.first, &mut code);
		self.globals.check(&mut code);
		self.globals.subtract(self.globals.stack, frame, &mut code);
		self.globals.stop_if_negative(self.globals.stack, STACK_EXHAUSTED, &mut code);
		for parameter in 0..parameters {
			code.instruction(&Instruction::LocalGet(parameter));
		}
		code.instruction(&Instruction::Call(inner));
		self.globals.subtract(self.globals.stack, -frame, &mut code);
		code.instruction(&Instruction::End);
		code
	}
}
