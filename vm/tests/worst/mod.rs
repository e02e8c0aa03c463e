//! Functions that are as hard on a compiler as their size allows.
#![allow(dead_code, reason = "each test uses its part")]

use wasm_encoder::{
	BlockType, CodeSection, ConstExpr, ExportKind, ExportSection, Function, FunctionSection, GlobalSection,
	GlobalType, InstructionSink, MemArg, MemorySection, MemoryType, Module, TypeSection, ValType,
};

/// Makes functions of any size.
pub(crate) struct Worst {
	pub(crate) name: &'static str,
	/// Locals besides the one parameter.
	locals: &'static [(u32, ValType)],
	/// Writes a body, of type `[i32] -> []`.
	body: fn(&mut InstructionSink<'_>, usize),
}

impl Worst {
	/// A module that compiles that many functions of that size, and calls none of them.
	pub(crate) fn module(&self, functions: usize, size: usize) -> Vec<u8> {
		let mut body = Function::new(self.locals.iter().copied());
		(self.body)(&mut body.instructions(), size);
		body.instructions().end();
		let mut types = TypeSection::new();
		types.ty().function([], []);
		types.ty().function([ValType::I32], []);
		for vectors in [[ValType::I32; 32], [ValType::V128; 32]] {
			types.ty().function(vectors, vectors);
			types.ty().function([], vectors);
		}
		let (mut declared, mut code) = (FunctionSection::new(), CodeSection::new());
		let mut start = Function::new([]);
		start.instructions().end();
		declared.function(0);
		code.function(&start);
		for _ in 0..functions {
			declared.function(1);
			code.function(&body);
		}
		let mut memories = MemorySection::new();
		memories.memory(MemoryType {
			minimum: 1,
			maximum: None,
			memory64: false,
			shared: false,
			page_size_log2: None,
		});
		let mut globals = GlobalSection::new();
		let zeros = [
			(ValType::I32, ConstExpr::i32_const(0)),
			(ValType::I64, ConstExpr::i64_const(0)),
			(ValType::F32, ConstExpr::f32_const(0.0.into())),
			(ValType::V128, ConstExpr::v128_const(0)),
		];
		for (val_type, zero) in zeros {
			globals.global(GlobalType { val_type, mutable: true, shared: false }, &zero);
		}
		let mut exports = ExportSection::new();
		exports.export("_start", ExportKind::Func, 0).export("memory", ExportKind::Memory, 0);
		let mut module = Module::new();
		module
			.section(&types)
			.section(&declared)
			.section(&memories)
			.section(&globals)
			.section(&exports)
			.section(&code);
		module.finish()
	}
}

const WORDS_IN_AND_OUT: BlockType = BlockType::FunctionType(2);
const WORDS_OUT: BlockType = BlockType::FunctionType(3);
const VECTORS_IN_AND_OUT: BlockType = BlockType::FunctionType(4);

/// Globals by what they hold: what is set is used.
const WORD: u32 = 0;
const LONG: u32 = 1;
const FLOAT: u32 = 2;
const VECTOR: u32 = 3;

const fn at(offset: u64) -> MemArg {
	MemArg { offset, align: 0, memory_index: 0 }
}

fn word(number: usize) -> i32 {
	i32::try_from(number).unwrap_or(i32::MAX)
}

fn local(number: usize, of: usize) -> u32 {
	u32::try_from(1 + number % of).expect("a small number")
}

/// The parameter is 0.
pub(crate) const WORST: &[Worst] = &[
	Worst {
		name: "straight code: integers",
		locals: &[(1, ValType::I32)],
		body: |sink, size| {
			for _ in 0..size {
				sink.local_get(0).local_get(1).i32_mul().local_tee(1).i32_popcnt().local_set(0);
			}
			sink.local_get(1).global_set(WORD);
		},
	},
	Worst {
		name: "straight code: loads and stores",
		locals: &[],
		body: |sink, size| {
			for _ in 0..size {
				sink.local_get(0).local_get(0).i32_load(at(0)).i32_store(at(4));
			}
		},
	},
	Worst {
		name: "straight code: divisions",
		locals: &[(1, ValType::I64)],
		body: |sink, size| {
			sink.local_get(0).i64_extend_i32_u();
			for _ in 0..size {
				sink.local_get(1).i64_div_s();
			}
			sink.global_set(LONG);
		},
	},
	Worst {
		name: "straight code: float arithmetic made canonical",
		locals: &[(1, ValType::F32)],
		body: |sink, size| {
			sink.local_get(1);
			for _ in 0..size {
				sink.f32_sqrt().f32_neg();
			}
			sink.global_set(FLOAT);
		},
	},
	Worst {
		name: "straight code: vectors made canonical",
		locals: &[(1, ValType::V128)],
		body: |sink, size| {
			sink.local_get(1);
			for _ in 0..size {
				sink.f32x4_sqrt().v128_not();
			}
			sink.global_set(VECTOR);
		},
	},
	Worst {
		name: "straight code: vectors that take many instructions",
		locals: &[(1, ValType::V128)],
		body: |sink, size| {
			sink.local_get(1);
			for _ in 0..size {
				sink.i32x4_trunc_sat_f32x4_u().i8x16_popcnt();
			}
			sink.global_set(VECTOR);
		},
	},
	Worst {
		name: "straight code: values kept over a call",
		locals: &[(1, ValType::I32), (1, ValType::I64)],
		body: |sink, size| {
			kept(sink, size);
		},
	},
	Worst {
		name: "straight code: vectors kept over a call",
		locals: &[(1, ValType::V128)],
		body: |sink, size| {
			sink.local_get(0).local_get(0).i32x4_splat();
			for _ in 0..size {
				sink.i8x16_popcnt();
			}
			sink.v128_store(at(0)).call(0).local_get(0).i32x4_splat().local_tee(1);
			for _ in 0..size {
				sink.local_get(1).i8x16_popcnt().local_tee(1).v128_xor();
			}
			sink.global_set(VECTOR);
		},
	},
	Worst {
		name: "straight code: vectors loaded again",
		locals: &[],
		body: |sink, size| {
			for _ in 0..2 {
				for number in 0..size {
					let offset = u64::try_from(number).unwrap_or(u64::MAX);
					sink.local_get(0).v128_load(at(offset)).global_set(VECTOR);
				}
			}
		},
	},
	Worst {
		name: "straight code: `memory.grow`",
		locals: &[],
		body: |sink, size| {
			for _ in 0..size {
				sink.local_get(0).memory_grow(0).local_set(0);
			}
		},
	},
	Worst {
		name: "straight code: `memory.fill`",
		locals: &[],
		body: |sink, size| {
			for _ in 0..size {
				sink.local_get(0).local_get(0).local_get(0).memory_fill(0);
			}
		},
	},
	Worst {
		name: "straight code: calls",
		locals: &[],
		body: |sink, size| {
			for _ in 0..size {
				sink.call(0);
			}
		},
	},
	Worst {
		name: "branches out, 3 locals",
		locals: &[(3, ValType::I32)],
		body: |sink, size| out(sink, size, 3),
	},
	Worst {
		name: "branches out, 100 locals",
		locals: &[(100, ValType::I32)],
		body: |sink, size| out(sink, size, 100),
	},
	Worst {
		name: "branches out, 1 900 locals",
		locals: &[(1_900, ValType::I32)],
		body: |sink, size| out(sink, size, 1_900),
	},
	Worst {
		name: "conditions, 3 locals",
		locals: &[(3, ValType::I32)],
		body: |sink, size| conditions(sink, size, 3),
	},
	Worst {
		name: "conditions, 100 locals",
		locals: &[(100, ValType::I32)],
		body: |sink, size| conditions(sink, size, 100),
	},
	Worst {
		name: "conditions, 1 900 locals",
		locals: &[(1_900, ValType::I32)],
		body: |sink, size| conditions(sink, size, 1_900),
	},
	Worst {
		name: "loops in a row, 3 locals",
		locals: &[(3, ValType::I32)],
		body: |sink, size| loops(sink, size, 3),
	},
	Worst {
		name: "loops in a row, 100 locals",
		locals: &[(100, ValType::I32)],
		body: |sink, size| loops(sink, size, 100),
	},
	Worst {
		name: "loops in a row, 1 900 locals",
		locals: &[(1_900, ValType::I32)],
		body: |sink, size| loops(sink, size, 1_900),
	},
	Worst {
		name: "nested loops, 10 locals",
		locals: &[(10, ValType::I32)],
		body: |sink, size| nested_loops(sink, size, 1_000, 10),
	},
	Worst {
		name: "nested loops, 100 locals",
		locals: &[(100, ValType::I32)],
		body: |sink, size| nested_loops(sink, size, 1_000, 100),
	},
	Worst {
		name: "nested loops, 1 900 locals",
		locals: &[(1_900, ValType::I32)],
		body: |sink, size| nested_loops(sink, size, 1_000, 1_900),
	},
	Worst {
		name: "nests of ten loops, 100 locals",
		locals: &[(100, ValType::I32)],
		body: |sink, size| nested_loops(sink, size, 10, 100),
	},
	Worst {
		name: "nests of ten loops, 1 900 locals",
		locals: &[(1_900, ValType::I32)],
		body: |sink, size| nested_loops(sink, size, 10, 1_900),
	},
	Worst {
		name: "branches back, 100 locals",
		locals: &[(100, ValType::I32)],
		body: |sink, size| back(sink, size, 100),
	},
	Worst {
		name: "branches back, 1 900 locals",
		locals: &[(1_900, ValType::I32)],
		body: |sink, size| back(sink, size, 1_900),
	},
	Worst {
		name: "branches back, 1 900 vectors",
		locals: &[(1, ValType::I32), (1_900, ValType::V128)],
		body: |sink, size| back_vectors(sink, size),
	},
	Worst {
		name: "tables, 3 locals",
		locals: &[(3, ValType::I32)],
		body: |sink, size| tables(sink, size, 3),
	},
	Worst {
		name: "tables, 300 locals",
		locals: &[(300, ValType::I32)],
		body: |sink, size| tables(sink, size, 300),
	},
	Worst {
		name: "tables, 1 900 locals",
		locals: &[(1_900, ValType::I32)],
		body: |sink, size| tables(sink, size, 1_900),
	},
	Worst {
		name: "operands carried into nested blocks",
		locals: &[],
		body: |sink, size| {
			for _ in 0..32 {
				sink.local_get(0);
			}
			for _ in 0..size {
				for _ in 0..1_000 {
					sink.block(WORDS_IN_AND_OUT).local_get(0).br_if(0);
				}
				for _ in 0..1_000 {
					sink.end();
				}
			}
			for _ in 0..32 {
				sink.global_set(WORD);
			}
		},
	},
	Worst {
		name: "operands carried by branches",
		locals: &[(1, ValType::I32)],
		body: |sink, size| {
			sink.block(WORDS_OUT);
			for _ in 0..32 {
				sink.local_get(0);
			}
			for _ in 0..size {
				sink.local_get(0).local_tee(1).br_if(0);
			}
			sink.end();
			for _ in 0..32 {
				sink.global_set(WORD);
			}
		},
	},
	Worst {
		name: "operands carried through loops",
		locals: &[],
		body: |sink, size| {
			for number in 0..32 {
				sink.i32_const(number).local_get(0).i32_add();
			}
			for number in 0..size {
				sink.loop_(WORDS_IN_AND_OUT).i32_const(word(number)).i32_xor().local_get(0).br_if(0).end();
			}
			for _ in 0..32 {
				sink.global_set(WORD);
			}
		},
	},
	Worst {
		name: "operands carried by vectors through loops",
		locals: &[(2, ValType::V128)],
		body: |sink, size| {
			for _ in 0..32 {
				sink.local_get(1).i8x16_popcnt().local_tee(1);
			}
			for _ in 0..size {
				sink.loop_(VECTORS_IN_AND_OUT).v128_not().local_get(0).br_if(0).end();
			}
			for _ in 0..32 {
				sink.global_set(VECTOR);
			}
		},
	},
	Worst {
		name: "operands carried by tables",
		locals: &[(1, ValType::I32)],
		body: |sink, size| {
			for number in 0..32 {
				sink.i32_const(number).local_get(0).i32_add();
			}
			for _ in 0..size {
				for _ in 0..100 {
					sink.block(WORDS_IN_AND_OUT);
				}
				sink.local_get(0).br_table(0..100, 0);
				for number in 0..100 {
					sink.end().i32_const(number).i32_xor();
				}
			}
			for _ in 0..32 {
				sink.global_set(WORD);
			}
		},
	},
	Worst {
		name: "operands under many blocks",
		locals: &[],
		body: |sink, size| {
			const OPERANDS: i32 = 8_000;
			for number in 0..OPERANDS {
				sink.local_get(0).i32_const(number).i32_xor();
			}
			for _ in 0..size {
				sink.local_get(0).if_(BlockType::Empty).end();
			}
			for _ in 1..OPERANDS {
				sink.i32_mul();
			}
			sink.global_set(WORD);
		},
	},
	Worst {
		name: "values over many blocks",
		locals: &[(1, ValType::I32), (1, ValType::I64)],
		body: |sink, size| {
			// Half of the room for values, half for blocks.
			sink.local_get(0).local_get(0).i64_extend_i32_u();
			for _ in 0..6_000 {
				sink.i64_popcnt();
			}
			sink.i64_store(at(0));
			for _ in 0..size {
				sink.local_get(0).if_(BlockType::Empty).call(0).end();
			}
			sink.i64_const(0).local_get(0).i64_extend_i32_u().local_set(2);
			for _ in 0..6_000 {
				sink.local_get(2).i64_popcnt().local_tee(2).i64_xor();
			}
			sink.global_set(LONG);
		},
	},
];

/// Values that are computed before a call and again after it: compilers keep them instead.
pub(crate) fn kept(sink: &mut InstructionSink<'_>, size: usize) {
	sink.local_get(0).local_get(0).i64_extend_i32_u();
	for _ in 0..size {
		sink.i64_popcnt();
	}
	sink.i64_store(at(0)).call(0).i64_const(0).local_get(0).i64_extend_i32_u().local_set(2);
	for _ in 0..size {
		sink.local_get(2).i64_popcnt().local_tee(2).i64_xor();
	}
	sink.global_set(LONG);
}

/// Each branch leaves with other values in the locals.
fn out(sink: &mut InstructionSink<'_>, size: usize, locals: usize) {
	sink.block(BlockType::Empty);
	for number in 0..size {
		sink.local_get(0).local_tee(local(number, locals)).br_if(0);
	}
	sink.end();
	use_all(sink, locals);
}

fn conditions(sink: &mut InstructionSink<'_>, size: usize, locals: usize) {
	for number in 0..size {
		sink.local_get(local(number + 1, locals))
			.if_(BlockType::Empty)
			.local_get(0)
			.local_set(local(number, locals))
			.end();
	}
	use_all(sink, locals);
}

fn loops(sink: &mut InstructionSink<'_>, size: usize, locals: usize) {
	for number in 0..size {
		sink.loop_(BlockType::Empty)
			.local_get(local(number + 1, locals))
			.i32_popcnt()
			.local_tee(local(number, locals))
			.br_if(0)
			.end();
	}
	use_all(sink, locals);
}

/// Loops in nests of some depth, one nest after the other.
fn nested_loops(sink: &mut InstructionSink<'_>, size: usize, depth: usize, locals: usize) {
	let mut left = size;
	while left > 0 {
		let depth = depth.min(left);
		left -= depth;
		for _ in 0..depth {
			sink.loop_(BlockType::Empty);
		}
		for number in 0..locals {
			sink.local_get(local(number + 1, locals)).i32_popcnt().local_set(local(number, locals));
		}
		for number in 0..depth {
			sink.local_get(local(number, locals)).br_if(0).end();
		}
	}
	use_all(sink, locals);
}

fn back(sink: &mut InstructionSink<'_>, size: usize, locals: usize) {
	sink.loop_(BlockType::Empty);
	for number in 0..size {
		sink.local_get(local(number + 1, locals)).i32_popcnt().local_tee(local(number, locals)).br_if(0);
	}
	use_all(sink, locals);
	sink.end();
}

fn back_vectors(sink: &mut InstructionSink<'_>, size: usize) {
	sink.loop_(BlockType::Empty);
	for number in 0..size {
		let (from, to) = (1 + local(number + 1, 1_900), 1 + local(number, 1_900));
		sink.local_get(from).i8x16_popcnt().local_set(to).local_get(0).br_if(0);
	}
	for number in 0..1_900 {
		sink.local_get(1 + local(number, 1_900)).global_set(VECTOR);
	}
	sink.end();
}

fn tables(sink: &mut InstructionSink<'_>, size: usize, locals: usize) {
	const TARGETS: u32 = 500;
	for table in 0..size {
		for _ in 0..TARGETS {
			sink.block(BlockType::Empty);
		}
		sink.local_get(0).br_table(0..TARGETS - 1, TARGETS - 1);
		for number in 0..TARGETS as usize {
			sink.end().local_get(0).local_set(local(number + table, locals));
		}
	}
	use_all(sink, locals);
}

fn use_all(sink: &mut InstructionSink<'_>, locals: usize) {
	for number in 0..locals {
		sink.local_get(0).local_get(local(number, locals)).i32_store(at(0));
	}
}
