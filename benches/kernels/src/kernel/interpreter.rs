//! A stack machine that runs a program of its own for so many steps of it.

use alloc::{vec, vec::Vec};

#[derive(Clone, Copy)]
enum Operation {
	Push(u32),
	Load(u8),
	Store(u8),
	Add,
	Multiply,
	Xor,
	ShiftRight,
	And,
	Swap,
	JumpIfZero(u16),
	Jump(u16),
	Duplicate,
}

/// Collatz sequences from rising starts, mixing every number met into variable 2.
fn program() -> Vec<Operation> {
	use Operation::*;
	vec![
		// Start again from the next number.
		Load(0),
		Push(1),
		Add,
		Duplicate,
		Store(0),
		Store(1),
		// 6: the loop.
		Load(1),
		Load(2),
		Push(31),
		Multiply,
		Xor,
		Store(2),
		// At one: the next start.
		Load(1),
		Push(1),
		Xor,
		JumpIfZero(0),
		Load(1),
		Push(1),
		And,
		JumpIfZero(28),
		// 20: odd.
		Load(1),
		Push(3),
		Multiply,
		Push(1),
		Add,
		Store(1),
		Jump(6),
		Jump(6),
		// 28: even.
		Push(1),
		Load(1),
		Swap,
		ShiftRight,
		Store(1),
		Jump(6),
	]
}

pub(crate) fn run(size: u32) -> u64 {
	let program = program();
	let mut machine = Machine { variables: [0; 4], stack: [0; 64], height: 0 };
	machine.run(&program, size);
	u64::from(machine.variables[2]) << 32 | u64::from(machine.variables[0])
}

struct Machine {
	variables: [u32; 4],
	stack: [u32; 64],
	height: usize,
}

impl Machine {
	fn run(&mut self, program: &[Operation], steps: u32) {
		let mut at = 0usize;
		for _ in 0..steps {
			let operation = program[at];
			at += 1;
			match operation {
				Operation::Push(number) => self.push(number),
				Operation::Load(variable) => self.push(self.variables[usize::from(variable & 3)]),
				Operation::Store(variable) => self.variables[usize::from(variable & 3)] = self.pop(),
				Operation::Add => self.binary(u32::wrapping_add),
				Operation::Multiply => self.binary(u32::wrapping_mul),
				Operation::Xor => self.binary(|a, b| a ^ b),
				Operation::ShiftRight => self.binary(u32::wrapping_shr),
				Operation::And => self.binary(|a, b| a & b),
				Operation::Swap => {
					let (b, a) = (self.pop(), self.pop());
					self.push(b);
					self.push(a);
				},
				Operation::JumpIfZero(target) => {
					if self.pop() == 0 {
						at = target.into();
					}
				},
				Operation::Jump(target) => at = target.into(),
				Operation::Duplicate => {
					let top = self.pop();
					self.push(top);
					self.push(top);
				},
			}
		}
	}

	#[inline]
	fn binary(&mut self, operation: impl Fn(u32, u32) -> u32) {
		let (b, a) = (self.pop(), self.pop());
		self.push(operation(a, b));
	}

	#[inline]
	fn push(&mut self, number: u32) {
		self.stack[self.height] = number;
		self.height += 1;
	}

	#[inline]
	fn pop(&mut self) -> u32 {
		self.height -= 1;
		self.stack[self.height]
	}
}
