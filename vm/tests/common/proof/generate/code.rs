//! The code of one function, valid by construction.

use super::{
	module::{some_types, Mix, Shape, BUDGET_GLOBAL},
	ops::{Op, OPS},
};
use crate::proof::{
	draft::val_type,
	value::{Random, Value},
};
use wasm_encoder::{BlockType, Function, Instruction, MemArg};
use wasmparser::ValType::{self, F32, F64, I32, I64, V128};

struct Label {
	/// What a branch to it takes along.
	types: Vec<ValType>,
	is_loop: bool,
}

pub(crate) struct Code<'m> {
	random: &'m mut Random,
	mix: &'m Mix,
	shape: &'m mut Shape,
	/// The function's own number.
	index: usize,
	locals: Vec<ValType>,
	labels: Vec<Label>,
	out: Function,
	/// Instructions still to come, about.
	room: usize,
	/// Whether no instruction here can be reached.
	is_dead: bool,
}

impl<'m> Code<'m> {
	pub(crate) fn new(random: &'m mut Random, mix: &'m Mix, shape: &'m mut Shape, index: usize) -> Self {
		let parameters = shape.functions[index].parameters.clone();
		let declared = some_types(random, mix, 6);
		let out = Function::new(declared.iter().map(|ty| (1, val_type(ty))));
		let locals = parameters.into_iter().chain(declared).collect();
		// Some are so short that they count as small.
		let room = if random.once_in(4) { random.below(30) } else { random.below(mix.size) };
		Self { random, mix, shape, index, locals, labels: Vec::new(), out, room, is_dead: false }
	}

	pub(crate) fn function(mut self) -> Function {
		let results = self.shape.functions[self.index].results.clone();
		self.labels.push(Label { types: results.clone(), is_loop: false });
		self.block(&results);
		self.out
	}

	fn emit(&mut self, instruction: &Instruction<'_>) {
		self.room = self.room.saturating_sub(1);
		self.out.instruction(instruction);
	}

	/// Statements, the values of `results`, and `end`. The label is there already, and goes.
	fn block(&mut self, results: &[ValType]) {
		self.body(results);
		self.emit(&Instruction::End);
		self.labels.pop();
	}

	/// The same without `end`.
	fn body(&mut self, results: &[ValType]) {
		let (was_dead, mut has_left) = (self.is_dead, false);
		let count = if self.labels.len() == 1 { 200 } else { self.random.below(6) };
		for _ in 0..count {
			if self.room == 0 {
				break;
			}
			self.statement();
			if self.labels.len() > 1 && self.random.once_in(12) || self.random.once_in(60) {
				self.leave();
				(self.is_dead, has_left) = (true, true);
				if self.random.once_in(2) {
					break;
				}
			}
		}
		// What cannot be reached need not be there.
		if !(has_left && self.random.once_in(2)) {
			for ty in results {
				self.value(*ty, 3);
			}
		}
		self.is_dead = was_dead;
	}

	/// Goes away from here without a condition.
	fn leave(&mut self) {
		match self.random.below(10) {
			0 => self.emit(&Instruction::Unreachable),
			1 | 2 => {
				for ty in self.labels[0].types.clone() {
					self.value(ty, 2);
				}
				self.emit(&Instruction::Return);
			},
			3..=5 => {
				let (depth, types) = self.target(self.is_dead);
				self.branch_table(depth, &types, self.is_dead);
			},
			_ => {
				let (depth, types) = self.target(self.is_dead);
				for ty in types {
					self.value(ty, 2);
				}
				self.emit(&Instruction::Br(depth));
			},
		}
	}

	/// A label to branch to. Without `loops`, none that goes back.
	fn target(&mut self, loops: bool) -> (u32, Vec<ValType>) {
		let last = self.labels.len() - 1;
		let choices: Vec<usize> = (0..=last).filter(|index| loops || !self.labels[*index].is_loop).collect();
		let index = *self.random.pick(&choices);
		(u32::try_from(last - index).expect("few labels"), self.labels[index].types.clone())
	}

	/// A table of labels that take the same along as the one at `depth`.
	fn branch_table(&mut self, depth: u32, types: &[ValType], loops: bool) {
		let last = self.labels.len() - 1;
		let same: Vec<u32> = (0..=last)
			.filter(|index| self.labels[*index].types == types && (loops || !self.labels[*index].is_loop))
			.map(|index| u32::try_from(last - index).expect("few labels"))
			.collect();
		for ty in types {
			self.value(*ty, 2);
		}
		self.value(I32, 2);
		if self.random.once_in(2) {
			self.emit(&Instruction::I32Const(3));
			self.emit(&Instruction::I32And);
		}
		let targets: Vec<u32> = (0..self.random.below(5)).map(|_| *self.random.pick(&same)).collect();
		self.emit(&Instruction::BrTable(targets.into(), depth));
	}

	/// Whether to go on once more: true only so many times.
	fn go_on(&mut self) {
		for instruction in [
			Instruction::GlobalGet(BUDGET_GLOBAL),
			Instruction::I32Const(1),
			Instruction::I32Sub,
			Instruction::GlobalSet(BUDGET_GLOBAL),
			Instruction::GlobalGet(BUDGET_GLOBAL),
			Instruction::I32Const(0),
			Instruction::I32GtS,
		] {
			self.emit(&instruction);
		}
	}

	fn statement(&mut self) {
		let mix = self.mix;
		let weights = [mix.assign, mix.store, mix.block, mix.branch, mix.call, mix.memory, 2];
		let mut rest = self.random.below(weights.iter().sum());
		let choice = weights.iter().position(|weight| {
			let here = rest < *weight;
			rest = rest.wrapping_sub(*weight);
			here
		});
		match choice {
			Some(0) => self.assign(),
			Some(1) => self.store(),
			Some(2) => self.blocks(),
			Some(3) => self.branch(),
			Some(4) => {
				let callee = self.random.below(self.shape.functions.len());
				self.call(callee);
			},
			Some(5) => self.memory(),
			_ if self.random.once_in(2) => self.emit(&Instruction::Nop),
			_ => {
				let ty = *self.random.pick(self.mix.types);
				self.value(ty, 3);
				self.emit(&Instruction::Drop);
			},
		}
	}

	fn local(&mut self, ty: ValType) -> Option<u32> {
		let choices: Vec<usize> = (0..self.locals.len()).filter(|index| self.locals[*index] == ty).collect();
		let index = (!choices.is_empty()).then(|| *self.random.pick(&choices))?;
		Some(u32::try_from(index).expect("few locals"))
	}

	fn global(&mut self, ty: ValType) -> Option<u32> {
		let choices: Vec<usize> =
			(1..self.shape.globals.len()).filter(|index| self.shape.globals[*index] == ty).collect();
		let index = (!choices.is_empty()).then(|| *self.random.pick(&choices))?;
		Some(u32::try_from(index).expect("few globals"))
	}

	/// Puts the value on top of the stack somewhere, or drops it.
	fn keep(&mut self, ty: ValType) {
		let (local, global) = (self.local(ty), self.global(ty));
		match (self.random.below(5), local, global) {
			(0..=2, Some(local), _) => self.emit(&Instruction::LocalSet(local)),
			(3, _, Some(global)) => self.emit(&Instruction::GlobalSet(global)),
			_ => self.emit(&Instruction::Drop),
		}
	}

	fn assign(&mut self) {
		let ty = *self.random.pick(self.mix.types);
		self.value(ty, 5);
		self.keep(ty);
	}

	/// An address, nearly always of something that is there.
	fn address(&mut self) {
		self.value(I32, 1);
		if !self.random.once_in(200) {
			self.emit(&Instruction::I32Const(0x3fff));
			self.emit(&Instruction::I32And);
		}
	}

	fn place(&mut self) -> MemArg {
		let offset = if self.random.once_in(3) { self.random.below(40_000) as u64 } else { 0 };
		MemArg { offset, align: 0, memory_index: 0 }
	}

	fn store(&mut self) {
		self.address();
		let ty = *self.random.pick(self.mix.types);
		self.value(ty, 4);
		let at = self.place();
		let choice = self.random.below(6);
		let lane = self.random.below(16) as u8;
		self.emit(&match (ty, choice) {
			(I32, 0) => Instruction::I32Store8(at),
			(I32, 1) => Instruction::I32Store16(at),
			(I32, _) => Instruction::I32Store(at),
			(I64, 0) => Instruction::I64Store32(at),
			(I64, _) => Instruction::I64Store(at),
			(F32, _) => Instruction::F32Store(at),
			(F64, _) => Instruction::F64Store(at),
			(_, 0) => Instruction::V128Store32Lane { memarg: at, lane: lane & 3 },
			(_, 1) => Instruction::V128Store64Lane { memarg: at, lane: lane & 1 },
			(_, 2) => Instruction::V128Store8Lane { memarg: at, lane },
			_ => Instruction::V128Store(at),
		});
	}

	fn block_type(&mut self, parameters: &[ValType], results: &[ValType]) -> BlockType {
		match (parameters, results) {
			([], []) => BlockType::Empty,
			([], [one]) if self.random.once_in(2) => BlockType::Result(val_type(one)),
			_ => BlockType::FunctionType(self.shape.ty(parameters, results)),
		}
	}

	/// A block, a loop or an `if`, with values in and out, and its results kept.
	fn blocks(&mut self) {
		if self.labels.len() > 12 {
			return;
		}
		let parameters = some_types(self.random, self.mix, 2);
		let results = some_types(self.random, self.mix, 2);
		for ty in &parameters {
			self.value(*ty, 2);
		}
		self.structured(&parameters, &results);
		for ty in results.iter().rev() {
			self.keep(*ty);
		}
	}

	/// The parameters are on the stack.
	fn structured(&mut self, parameters: &[ValType], results: &[ValType]) {
		let (kind, ty) = (self.random.below(4), self.block_type(parameters, results));
		let is_loop = kind == 0;
		let types = if is_loop { parameters } else { results }.to_vec();
		if kind == 1 {
			self.condition();
		}
		self.labels.push(Label { types, is_loop });
		self.emit(&match kind {
			0 => Instruction::Loop(ty),
			1 => Instruction::If(ty),
			_ => Instruction::Block(ty),
		});
		self.take(parameters);
		if kind == 1 && (parameters != results || self.random.once_in(2)) {
			self.body(results);
			self.emit(&Instruction::Else);
			self.take(parameters);
		}
		self.block(results);
	}

	fn take(&mut self, parameters: &[ValType]) {
		for ty in parameters.iter().rev() {
			self.keep(*ty);
		}
	}

	fn condition(&mut self) {
		if self.random.once_in(3) {
			self.go_on();
		} else {
			self.value(I32, 3);
		}
	}

	/// A branch with a condition.
	fn branch(&mut self) {
		let (depth, types) = self.target(true);
		let index = self.labels.len() - 1 - depth as usize;
		let goes_back = self.labels[index].is_loop;
		if self.random.once_in(4) {
			// A way around an unconditional one.
			self.labels.push(Label { types: Vec::new(), is_loop: false });
			self.emit(&Instruction::Block(BlockType::Empty));
			self.go_on();
			self.emit(&Instruction::I32Eqz);
			self.emit(&Instruction::BrIf(0));
			self.branch_table(depth + 1, &types, true);
			self.labels.pop();
			self.emit(&Instruction::End);
			return;
		}
		for ty in &types {
			self.value(*ty, 2);
		}
		if goes_back {
			self.go_on();
		} else {
			self.value(I32, 3);
		}
		self.emit(&Instruction::BrIf(depth));
		for ty in types.iter().rev() {
			self.keep(*ty);
		}
	}

	/// A call whose results are kept. One that could come back here goes on only so many times.
	fn call(&mut self, callee: usize) {
		let guarded = callee <= self.index;
		if guarded {
			self.go_on();
			self.emit(&Instruction::If(BlockType::Empty));
			self.labels.push(Label { types: Vec::new(), is_loop: false });
		}
		self.bare_call(callee);
		for ty in self.shape.functions[callee].results.clone().iter().rev() {
			self.keep(*ty);
		}
		if guarded {
			self.emit(&Instruction::End);
			self.labels.pop();
		}
	}

	fn bare_call(&mut self, callee: usize) {
		for ty in self.shape.functions[callee].parameters.clone() {
			self.value(ty, 2);
		}
		let number = u32::try_from(callee).expect("few functions");
		if self.random.once_in(3) {
			let entry = if self.random.once_in(40) { self.shape.table } else { number };
			self.emit(&Instruction::I32Const(entry.cast_signed()));
			let type_index = self.shape.functions[callee].ty;
			self.emit(&Instruction::CallIndirect { type_index, table_index: 0 });
		} else {
			self.emit(&Instruction::Call(number));
		}
	}

	fn memory(&mut self) {
		match self.random.below(5) {
			0 => {
				let pages = self.random.below(3) as i32;
				self.emit(&Instruction::I32Const(pages));
				self.emit(&Instruction::MemoryGrow(0));
				self.keep(I32);
			},
			choice => {
				self.address();
				self.address();
				self.value(I32, 1);
				if !self.random.once_in(100) {
					self.emit(&Instruction::I32Const(0x3ff));
					self.emit(&Instruction::I32And);
				}
				self.emit(&if choice < 3 {
					Instruction::MemoryFill(0)
				} else {
					Instruction::MemoryCopy { src_mem: 0, dst_mem: 0 }
				});
			},
		}
	}

	fn leaf(&mut self, ty: ValType) {
		let (local, global) = (self.local(ty), self.global(ty));
		match (self.random.below(4), local, global) {
			(0 | 1, Some(local), _) => self.emit(&Instruction::LocalGet(local)),
			(2, _, Some(global)) => self.emit(&Instruction::GlobalGet(global)),
			_ => {
				let constant: Value = self.random.value(ty);
				self.emit(&constant.constant());
			},
		}
	}

	/// A value of this type on the stack.
	fn value(&mut self, ty: ValType, depth: usize) {
		if depth == 0 || self.room == 0 {
			return self.leaf(ty);
		}
		let depth = depth - 1;
		match self.random.below(24) {
			0..=2 => self.leaf(ty),
			3 => self.load(ty),
			4 => {
				self.value(ty, depth);
				self.value(ty, depth);
				self.value(I32, depth);
				self.emit(&Instruction::Select);
			},
			5 => self.tee(ty, depth),
			6 => self.lanes(ty, depth),
			7 if self.labels.len() < 10 => self.block_value(ty),
			8 => self.branch_value(ty, depth),
			9 => self.call_value(ty, depth),
			10 if ty == I32 => self.division(depth),
			11 if ty == I32 => self.emit(&Instruction::MemorySize(0)),
			_ => self.operation(ty, depth),
		}
	}

	fn operation(&mut self, ty: ValType, depth: usize) {
		let choices: Vec<&Op> = OPS.iter().filter(|op| op.result == ty).collect();
		let op = *self.random.pick(&choices);
		for operand in op.operands {
			self.value(*operand, depth);
		}
		self.emit(&op.instruction);
	}

	/// What may trap, but rarely does.
	fn division(&mut self, depth: usize) {
		if self.random.once_in(2) {
			self.value(I32, depth);
			self.value(I32, depth);
			if !self.random.once_in(50) {
				self.emit(&Instruction::I32Const(1));
				self.emit(&Instruction::I32Or);
			}
			self.emit(&Instruction::I32DivU);
		} else if self.random.once_in(30) {
			self.value(F32, depth);
			self.emit(&Instruction::I32TruncF32S);
		} else {
			self.value(I64, depth);
			self.emit(&Instruction::I64Const(12_345));
			self.emit(&Instruction::I64RemS);
			self.emit(&Instruction::I32WrapI64);
		}
	}

	fn load(&mut self, ty: ValType) {
		self.address();
		let at = self.place();
		let choice = self.random.below(8);
		self.emit(&match (ty, choice) {
			(I32, 0) => Instruction::I32Load8S(at),
			(I32, 1) => Instruction::I32Load16U(at),
			(I32, _) => Instruction::I32Load(at),
			(I64, 0) => Instruction::I64Load32S(at),
			(I64, _) => Instruction::I64Load(at),
			(F32, _) => Instruction::F32Load(at),
			(F64, _) => Instruction::F64Load(at),
			(_, 0) => Instruction::V128Load32Splat(at),
			(_, 1) => Instruction::V128Load64Splat(at),
			(_, 2) => Instruction::V128Load32Zero(at),
			(_, 3) => Instruction::V128Load32x2U(at),
			_ => Instruction::V128Load(at),
		});
	}

	fn tee(&mut self, ty: ValType, depth: usize) {
		self.value(ty, depth);
		if let Some(local) = self.local(ty) {
			self.emit(&Instruction::LocalTee(local));
		}
	}

	fn lanes(&mut self, ty: ValType, depth: usize) {
		let lane = self.random.below(4) as u8;
		self.value(V128, depth);
		match ty {
			F32 => self.emit(&Instruction::F32x4ExtractLane(lane)),
			F64 => self.emit(&Instruction::F64x2ExtractLane(lane & 1)),
			I32 => self.emit(&Instruction::I32x4ExtractLane(lane)),
			I64 => self.emit(&Instruction::I64x2ExtractLane(lane & 1)),
			_ => self.vector_lanes(lane, depth),
		}
	}

	/// A vector is on the stack, and another one shall be.
	fn vector_lanes(&mut self, lane: u8, depth: usize) {
		match self.random.below(4) {
			0 => {
				self.value(F32, depth);
				self.emit(&Instruction::F32x4ReplaceLane(lane));
			},
			1 => {
				self.value(F64, depth);
				self.emit(&Instruction::F64x2ReplaceLane(lane & 1));
			},
			2 => {
				self.value(V128, depth);
				let lanes = std::array::from_fn(|_| self.random.below(32) as u8);
				self.emit(&Instruction::I8x16Shuffle(lanes));
			},
			_ => {
				self.address();
				let at = self.place();
				// The address goes below the vector.
				let Some(local) = self.local(I32) else {
					return self.emit(&Instruction::Drop);
				};
				self.emit(&Instruction::LocalSet(local));
				let Some(vector) = self.local(V128) else { return };
				self.emit(&Instruction::LocalSet(vector));
				self.emit(&Instruction::LocalGet(local));
				self.emit(&Instruction::I32Const(0x3fff));
				self.emit(&Instruction::I32And);
				self.emit(&Instruction::LocalGet(vector));
				self.emit(&Instruction::V128Load32Lane { memarg: at, lane });
			},
		}
	}

	/// A block that leaves the value, and perhaps more, which is kept elsewhere.
	fn block_value(&mut self, ty: ValType) {
		let parameters = some_types(self.random, self.mix, 2);
		let mut results = vec![ty];
		results.extend(some_types(self.random, self.mix, 2));
		for ty in &parameters {
			self.value(*ty, 2);
		}
		self.structured(&parameters, &results);
		for ty in results[1..].iter().rev() {
			self.keep(*ty);
		}
	}

	/// A value that is taken along if a branch is taken.
	fn branch_value(&mut self, ty: ValType, depth: usize) {
		let last = self.labels.len() - 1;
		let choices: Vec<usize> = (0..=last).filter(|index| self.labels[*index].types == [ty]).collect();
		self.value(ty, depth);
		if choices.is_empty() {
			return;
		}
		let index = *self.random.pick(&choices);
		if self.labels[index].is_loop {
			self.go_on();
		} else {
			self.value(I32, depth);
		}
		self.emit(&Instruction::BrIf(u32::try_from(last - index).expect("few labels")));
	}

	fn call_value(&mut self, ty: ValType, depth: usize) {
		let callees: Vec<usize> = (self.index + 1..self.shape.functions.len())
			.filter(|callee| self.shape.functions[*callee].results.first() == Some(&ty))
			.collect();
		if callees.is_empty() {
			return self.operation(ty, depth);
		}
		let callee = *self.random.pick(&callees);
		self.bare_call(callee);
		for ty in self.shape.functions[callee].results[1..].to_vec().iter().rev() {
			self.keep(*ty);
		}
	}
}
