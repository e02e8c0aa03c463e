//! A command made of any module: it calls exported functions one after the other, and answers with what they return.
//!
//! The program's input is one number, little-endian: the *choice*, which decides about the steps that are not always
//! taken. It is read into the module's own memory before the first step, and the bytes it takes are put back, so that
//! no step can tell. Results wait in globals of their own; only when the last step is done are they put into memory and
//! written.

use super::{
	draft::{encoded, val_type, Draft, Foreign, Init, Stand},
	value::{width, Value},
};
use wasm_encoder::{BlockType, Function, Instruction, MemArg};
use wasmparser::{ExternalKind, FuncType, MemoryType, ValType};

const WASI: &str = "wasi_snapshot_preview1";
/// Steps of one function: so many that none gets large.
const STEPS_PER_FUNCTION: usize = 50;
/// Where results begin in memory. Before them lies what `fd_write` is told.
const RESULTS: u64 = 16;
/// The exit code of a command whose module has no memory to answer from.
pub(crate) const NO_MEMORY: u32 = 0xa55a_0001;

#[derive(Clone, Debug)]
pub(crate) enum Action {
	/// A call of the function with this number in the source.
	Call { function: u32, arguments: Vec<Value> },
	/// A look at a global.
	Get(u32),
	/// A global set anew.
	Set(u32, Value),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum When {
	Always,
	/// Only if it is the choice.
	Chosen(u32),
	/// If it is the choice, or the choice is 0.
	AllOrChosen(u32),
}

#[derive(Clone, Debug)]
pub(crate) struct Act {
	pub(crate) action: Action,
	pub(crate) when: When,
	/// Whether its results are part of the answer.
	pub(crate) keep: bool,
}

/// A command, and the types of what it writes.
pub(crate) struct Command {
	pub(crate) bytes: Vec<u8>,
	pub(crate) answer: Vec<ValType>,
	/// Whether the module has memory enough to read a choice.
	pub(crate) reads_choice: bool,
}

/// What the test suite's own module and WASI provide, and nothing else.
pub(crate) fn usual_imports<'a>(import: &super::draft::Import<'a>) -> Stand {
	use wasmparser::TypeRef;
	match (&*import.module, &*import.name, import.ty) {
		(WASI, _, TypeRef::Func(_)) => Stand::Itself,
		("spectest", name, TypeRef::Func(_)) if name.starts_with("print") => Stand::Zeros,
		("spectest", "global_i32", _) => Stand::Global(encoded(&Instruction::I32Const(666))),
		("spectest", "global_i64", _) => Stand::Global(encoded(&Instruction::I64Const(666))),
		("spectest", "global_f32", _) => Stand::Global(encoded(&Instruction::F32Const(666.6f32.into()))),
		("spectest", "global_f64", _) => Stand::Global(encoded(&Instruction::F64Const(666.6f64.into()))),
		("spectest", "memory", TypeRef::Memory(ty)) => {
			Stand::Memory(MemoryType { initial: 1, maximum: Some(2), ..ty })
		},
		("spectest", "table", TypeRef::Table(ty)) => {
			Stand::Table(wasmparser::TableType { initial: 10, maximum: Some(20), ..ty })
		},
		_ => Stand::Missing,
	}
}

/// Makes a command of a module whose imports are resolved.
pub(crate) fn command(mut draft: Draft<'_>, acts: &[Act]) -> Result<Command, Foreign> {
	if draft.memories.is_empty() {
		draft.memories.push(MemoryType {
			memory64: false,
			shared: false,
			initial: 1,
			maximum: Some(1),
			page_size_log2: None,
		});
	}
	let reads_choice = draft.memories.first().is_some_and(|memory| memory.initial > 0);
	let mut builder = Builder::new(&mut draft);
	let mut stages = Vec::new();
	for acts in acts.chunks(STEPS_PER_FUNCTION) {
		stages.push(builder.stage(acts)?);
	}
	let answer = builder.answer();
	let start = builder.start(&stages, answer, reads_choice);
	let answer = builder.kept.iter().map(|(_, ty)| *ty).collect();
	draft.exports.retain(|export| !matches!(&*export.0, "_start" | "memory"));
	// Exports go by the numbers of the source, and the new function has none there.
	let number = u32::try_from(draft.moved.len()).expect("few functions");
	draft.moved.push(start);
	draft.exports.push(("_start".into(), ExternalKind::Func, number));
	draft.exports.push(("memory".into(), ExternalKind::Memory, 0));
	Ok(Command { bytes: draft.encode(), answer, reads_choice })
}

struct Builder<'d, 'a> {
	draft: &'d mut Draft<'a>,
	fd_read: u32,
	fd_write: u32,
	proc_exit: u32,
	choice: u32,
	kept: Vec<(u32, ValType)>,
}

impl<'d, 'a> Builder<'d, 'a> {
	fn new(draft: &'d mut Draft<'a>) -> Self {
		let transfer = || FuncType::new([ValType::I32; 4], [ValType::I32]);
		let fd_read = draft.import(WASI, "fd_read", transfer());
		let fd_write = draft.import(WASI, "fd_write", transfer());
		let proc_exit = draft.import(WASI, "proc_exit", FuncType::new([ValType::I32], []));
		let zero = Init::Constant(encoded(&Instruction::I32Const(0)).into());
		let choice = draft.add_global(ValType::I32, zero);
		Self { draft, fd_read, fd_write, proc_exit, choice, kept: Vec::new() }
	}

	/// A function that takes some of the steps.
	fn stage(&mut self, acts: &[Act]) -> Result<u32, Foreign> {
		let mut function = Function::new([]);
		for act in acts {
			let condition = match act.when {
				When::Always => None,
				When::Chosen(number) => Some((number, false)),
				When::AllOrChosen(number) => Some((number, true)),
			};
			if let Some((number, or_all)) = condition {
				function.instruction(&Instruction::GlobalGet(self.choice));
				function.instruction(&Instruction::I32Const(number.cast_signed()));
				function.instruction(&Instruction::I32Eq);
				if or_all {
					function.instruction(&Instruction::GlobalGet(self.choice));
					function.instruction(&Instruction::I32Eqz);
					function.instruction(&Instruction::I32Or);
				}
				function.instruction(&Instruction::If(BlockType::Empty));
			}
			let results = self.act(&act.action, &mut function)?;
			self.results(&results, act.keep, &mut function);
			if condition.is_some() {
				function.instruction(&Instruction::End);
			}
		}
		function.instruction(&Instruction::End);
		Ok(self.draft.add_function(FuncType::new([], []), function))
	}

	fn act(&self, action: &Action, function: &mut Function) -> Result<Vec<ValType>, Foreign> {
		let missing = |what: &str| Foreign(format!("a {what} that is not there"));
		match action {
			Action::Call { function: callee, arguments } => {
				let ty = self.draft.signature(*callee).ok_or_else(|| missing("function"))?;
				let given: Vec<_> = arguments.iter().map(|argument| argument.ty()).collect();
				if ty.params() != given || ty.results().iter().any(|ty| matches!(ty, ValType::Ref(_))) {
					return Err(Foreign("references to call with".into()));
				}
				for argument in arguments {
					function.instruction(&argument.constant());
				}
				let callee = self.draft.moved.get(*callee as usize).ok_or_else(|| missing("function"))?;
				function.instruction(&Instruction::Call(*callee));
				Ok(ty.results().to_vec())
			},
			Action::Get(global) => {
				let found = self.draft.globals.get(*global as usize).ok_or_else(|| missing("global"))?;
				function.instruction(&Instruction::GlobalGet(*global));
				Ok(vec![found.0.content_type])
			},
			Action::Set(global, value) => {
				function.instruction(&value.constant());
				function.instruction(&Instruction::GlobalSet(*global));
				Ok(Vec::new())
			},
		}
	}

	fn results(&mut self, results: &[ValType], keep: bool, function: &mut Function) {
		let first = self.kept.len();
		for ty in results {
			if keep {
				let zero = Init::Constant(encoded(&Value::zero(*ty).constant()).into());
				self.kept.push((self.draft.add_global(*ty, zero), *ty));
			}
		}
		for (global, _) in self.kept[first..].iter().rev() {
			function.instruction(&Instruction::GlobalSet(*global));
		}
		if !keep {
			results.iter().for_each(|_| {
				function.instruction(&Instruction::Drop);
			});
		}
	}

	/// A function that writes what has been kept.
	fn answer(&mut self) -> u32 {
		let mut function = Function::new([]);
		for instruction in [
			Instruction::MemorySize(0),
			Instruction::I32Eqz,
			Instruction::If(BlockType::Empty),
			Instruction::I32Const(1),
			Instruction::MemoryGrow(0),
			Instruction::I32Const(-1),
			Instruction::I32Eq,
			Instruction::If(BlockType::Empty),
			Instruction::I32Const(NO_MEMORY.cast_signed()),
			Instruction::Call(self.proc_exit),
			Instruction::End,
			Instruction::End,
		] {
			function.instruction(&instruction);
		}
		let mut offset = RESULTS;
		for (global, ty) in &self.kept {
			function.instruction(&Instruction::I32Const(0));
			function.instruction(&Instruction::GlobalGet(*global));
			let at = MemArg { offset, align: 0, memory_index: 0 };
			function.instruction(&match ty {
				ValType::I32 => Instruction::I32Store(at),
				ValType::I64 => Instruction::I64Store(at),
				ValType::F32 => Instruction::F32Store(at),
				ValType::F64 => Instruction::F64Store(at),
				_ => Instruction::V128Store(at),
			});
			offset += width(*ty) as u64;
		}
		let len = i32::try_from(offset - RESULTS).expect("few results");
		store(&mut function, 0, RESULTS as i32);
		store(&mut function, 4, len);
		transfer(&mut function, self.fd_write, 1, 8);
		function.instruction(&Instruction::End);
		self.draft.add_function(FuncType::new([], []), function)
	}

	fn start(&mut self, stages: &[u32], answer: u32, reads_choice: bool) -> u32 {
		let mut function = Function::new([(2, val_type(&ValType::I64))]);
		let long = |offset| MemArg { offset, align: 0, memory_index: 0 };
		if reads_choice {
			for (local, offset) in [(0, 0), (1, 8)] {
				function.instruction(&Instruction::I32Const(0));
				function.instruction(&Instruction::I64Load(long(offset)));
				function.instruction(&Instruction::LocalSet(local));
			}
			store(&mut function, 0, 8);
			store(&mut function, 4, 4);
			store(&mut function, 8, 0);
			transfer(&mut function, self.fd_read, 0, 12);
			function.instruction(&Instruction::I32Const(8));
			function.instruction(&Instruction::I32Load(long(0)));
			function.instruction(&Instruction::GlobalSet(self.choice));
			for (local, offset) in [(0, 0), (1, 8)] {
				function.instruction(&Instruction::I32Const(0));
				function.instruction(&Instruction::LocalGet(local));
				function.instruction(&Instruction::I64Store(long(offset)));
			}
		}
		for stage in stages.iter().chain([&answer]) {
			function.instruction(&Instruction::Call(*stage));
		}
		function.instruction(&Instruction::End);
		self.draft.add_function(FuncType::new([], []), function)
	}
}

fn store(function: &mut Function, address: i32, value: i32) {
	function.instruction(&Instruction::I32Const(address));
	function.instruction(&Instruction::I32Const(value));
	function.instruction(&Instruction::I32Store(MemArg { offset: 0, align: 0, memory_index: 0 }));
}

/// A call of `fd_read` or `fd_write` with one buffer, described at address 0.
fn transfer(function: &mut Function, callee: u32, descriptor: i32, moved: i32) {
	for argument in [descriptor, 0, 1, moved] {
		function.instruction(&Instruction::I32Const(argument));
	}
	function.instruction(&Instruction::Call(callee));
	function.instruction(&Instruction::Drop);
}
