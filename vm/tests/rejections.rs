//! What is not a program, and why.

mod common;

use assay_primitives::JobSpec;
use assay_vm::{limits, Location, PrepareError, Program};
use common::{binary, MIXED};

/// A module with these fields beside a `_start` with this body.
fn module(fields: &str, body: &str) -> Vec<u8> {
	binary(&format!(r#"(module {fields} (memory (export "memory") 1) (func (export "_start") {body}))"#))
}

fn refusal(bytes: &[u8]) -> PrepareError {
	Program::prepare(bytes).expect_err("the profile refuses it")
}

fn body_refusal(body: &str) -> PrepareError {
	refusal(&module("", body))
}

#[test]
fn instructions_outside_the_profile_are_named_with_their_place() {
	let instructions: &[(&str, &str, &[u8])] = &[
		("(return_call 0)", "`return_call` (tail call)", &[0x12]),
		("(drop (ref.null func))", "`ref.null` (reference types)", &[0xd0]),
		("(drop (select (result i32) (i32.const 0) (i32.const 0) (i32.const 0)))", "`typed_select`", &[0x1c]),
		("(atomic.fence)", "`atomic.fence` (threads)", &[0xfe, 0x03]),
		("(drop (i32.atomic.load (i32.const 0)))", "`i32.atomic.load` (threads)", &[0xfe, 0x10]),
		(
			"(drop (i8x16.relaxed_swizzle (v128.const i64x2 0 0) (v128.const i64x2 0 0)))",
			"`i8x16.relaxed_swizzle` (relaxed simd)",
			&[0xfd, 0x80, 0x02],
		),
		(
			"(drop (i64.add128 (i64.const 0) (i64.const 0) (i64.const 0) (i64.const 0)) (drop))",
			"(wide arithmetic)",
			&[0xfc, 0x13],
		),
		("(block $b (try_table (catch_all $b)))", "`try_table` (exceptions)", &[0x1f]),
	];
	for (body, construct, opcode) in instructions {
		let bytes = module("", &format!("nop {body}"));
		let error = refusal(&bytes);
		let PrepareError::Forbidden { construct: found, at } = &error else { panic!("{body}: {error}") };
		assert!(found.contains(construct), "{body}: {error}");
		assert_eq!(at.function, Some(0), "{body}");
		assert!(bytes[at.offset..].starts_with(opcode), "{body}: {error}");
		assert!(error.to_string().contains("function 0, offset 0x"), "{error}");
	}
}

#[test]
fn instructions_on_hidden_state_are_named() {
	let table = "(table 1 funcref) (elem declare func 0)";
	let cases = [
		("", "(memory.init 0 (i32.const 0) (i32.const 0) (i32.const 0))", "`memory.init`"),
		("", "(data.drop 0)", "`data.drop`"),
		(table, "(elem.drop 0)", "declared element segment"),
		("(table 1 funcref)", "(table.copy (i32.const 0) (i32.const 0) (i32.const 0))", "`table.copy`"),
		("(table 1 funcref)", "(drop (table.size 0))", "`table.size`"),
		("(table 1 funcref)", "(drop (table.get 0 (i32.const 0)))", "`table.get`"),
		("(table 1 funcref)", "(table.set 0 (i32.const 0) (ref.null func))", "`ref.null`"),
		("(table 1 funcref)", "(drop (table.grow 0 (ref.null func) (i32.const 0)))", "`ref.null`"),
	];
	for (fields, body, construct) in cases {
		let fields = if fields.is_empty() { r#"(data (i32.const 0) "x")"# } else { fields };
		let error = refusal(&module(fields, body));
		assert!(
			matches!(&error, PrepareError::Forbidden { construct: found, .. } if found.contains(construct)),
			"{error}"
		);
	}
}

#[test]
fn the_function_index_counts_imports() {
	let import = r#"(import "wasi_snapshot_preview1" "sched_yield" (func (result i32)))"#;
	let error = refusal(&module(&format!("{import} {import}"), "(atomic.fence)"));
	assert!(
		matches!(error, PrepareError::Forbidden { at: Location { function: Some(2), .. }, .. }),
		"{error}"
	);
	let error = refusal(&module(&format!("{import} (func) (func (drop))"), ""));
	assert!(matches!(error, PrepareError::Invalid { at: Location { function: Some(2), .. }, .. }), "{error}");
}

#[test]
fn declarations_outside_the_profile_are_named_with_their_place() {
	let cases = [
		(r#"(import "m" "t" (table 1 funcref))"#, "an imported table"),
		(r#"(import "m" "g" (global i32))"#, "an imported global"),
		(r#"(import "m" "t" (tag))"#, "an imported tag"),
		("(tag)", "a tag section"),
		("(type (struct))", "a struct type"),
		("(type (array i32))", "an array type"),
		("(rec (type (func)) (type (func)))", "a group of recursive types"),
		("(type (sub (func)))", "a subtype"),
		("(type (func (param externref)))", "`externref`"),
		("(type (func (result funcref)))", "`funcref`"),
		("(table 1 externref)", "a table of `externref`"),
		("(table i64 1 funcref)", "a 64-bit table"),
		("(table 1 funcref (ref.null func))", "a table with an initial value"),
		("(global externref (ref.null extern))", "`externref`"),
		("(global i32 (i32.add (i32.const 1) (i32.const 2)))", "`i32.add` (mvp) in a constant expression"),
		(
			"(global i32 (i32.const 1)) (global i32 (global.get 0))",
			"`global.get` (mvp) in a constant expression",
		),
		(r#"(data "passive")"#, "a passive data segment"),
		("(func $f) (elem func $f)", "a passive element segment"),
		("(func $f) (elem declare func $f)", "a declared element segment"),
		(
			"(table 1 funcref) (elem (i32.const 0) funcref (ref.null func))",
			"an element segment of expressions",
		),
		("(func (local externref))", "`externref`"),
		("(func (block (result funcref) unreachable) drop)", "`funcref`"),
	];
	for (fields, construct) in cases {
		let bytes = module(fields, "");
		let error = refusal(&bytes);
		let PrepareError::Forbidden { construct: found, at } = &error else { panic!("{fields}: {error}") };
		assert!(found.contains(construct), "{fields}: {error}");
		assert!((8..bytes.len()).contains(&at.offset), "{fields}: {error}");
	}
	let memories = [
		(r#"(import "m" "m" (memory 1))"#, "an imported memory"),
		(r#"(memory (export "memory") i64 1)"#, "a 64-bit memory"),
		(r#"(memory (export "memory") 1 1 shared)"#, "a shared memory"),
		(r#"(memory (export "memory") 1 (pagesize 1))"#, "a memory with pages of its own size"),
	];
	for (memory, construct) in memories {
		let error = refusal(&binary(&format!(r#"(module {memory} (func (export "_start")))"#)));
		assert!(
			matches!(&error, PrepareError::Forbidden { construct: found, .. } if found.contains(construct)),
			"{error}"
		);
	}
	let error = refusal(&binary("(component)"));
	assert!(!matches!(error, PrepareError::MissingExport { .. }), "{error}");
}

#[test]
fn there_is_one_memory_and_at_most_one_table() {
	let error = refusal(&module("(memory 1)", ""));
	assert!(matches!(error, PrepareError::Limit { what: "memories", found: 2, limit: 1, .. }), "{error}");
	let error = refusal(&module("(table 1 funcref) (table 1 funcref)", ""));
	assert!(matches!(error, PrepareError::Limit { what: "tables", found: 2, limit: 1, .. }), "{error}");
}

#[test]
fn imports_are_those_of_the_machine_with_their_types() {
	let import = |module: &str, name: &str, ty: &str| {
		refusal(&self::module(&format!("(import \"{module}\" \"{name}\" (func {ty}))"), ""))
	};
	let error = import("env", "fd_write", "");
	assert!(
		matches!(&error, PrepareError::UnknownImport { module, name, .. } if module == "env" && name == "fd_write")
	);
	assert_eq!(error.to_string().lines().count(), 1);
	let error = import("wasi_snapshot_preview1", "fd_dance", "");
	assert!(matches!(error, PrepareError::UnknownImport { .. }), "{error}");
	let error = import("wasi_snapshot_preview1", &"x\\0a".repeat(500), "");
	assert!(matches!(&error, PrepareError::UnknownImport { name, .. } if name.len() <= 256), "{error}");
	assert!(!error.to_string().contains('\n'));
	let wrong = [
		"",
		"(param i32)",
		"(param i64) (result i32)",
		"(param i32) (result i32 i32)",
		"(param i32) (result i64)",
	];
	for ty in wrong {
		let error = import("wasi_snapshot_preview1", "fd_close", ty);
		assert!(matches!(error, PrepareError::ImportSignature { name: "fd_close", .. }), "{ty}: {error}");
	}
	let error = import("wasi_snapshot_preview1", "proc_exit", "(param i32) (result i32)");
	assert!(matches!(error, PrepareError::ImportSignature { name: "proc_exit", .. }), "{error}");
}

#[test]
fn every_function_of_preview_1_can_be_imported() {
	let imports: String = assay_vm::wasi::FUNCTIONS
		.iter()
		.map(|function| {
			let parameters: String = function
				.parameters()
				.map(|kind| if kind == assay_vm::wasi::Kind::Long { " i64" } else { " i32" })
				.collect();
			let result = if function.has_result() { "(result i32)" } else { "" };
			format!(
				"(import \"wasi_snapshot_preview1\" \"{}\" (func (param{parameters}) {result}))",
				function.name()
			)
		})
		.collect();
	let program = Program::prepare(&module(&imports, "")).expect("all of them are known");
	assay_vm::Engine::new().expect("works").compile(&program).expect("all of them are linked");
}

#[test]
fn start_and_memory_must_be_exported() {
	let cases = [
		("(module)", "_start"),
		(r#"(module (memory (export "memory") 1))"#, "_start"),
		(r#"(module (func (export "_start")))"#, "memory"),
		(r#"(module (memory 1) (func (export "_start")))"#, "memory"),
		(r#"(module (memory (export "memory") 1) (func (export "_start") (param i32)))"#, "_start"),
		(
			r#"(module (memory (export "memory") 1) (func (export "_start") (result i32) unreachable))"#,
			"_start",
		),
		(r#"(module (memory (export "memory") 1) (global (export "_start") i32 (i32.const 0)))"#, "_start"),
		(r#"(module (memory 1) (func (export "_start")) (func (export "memory")))"#, "memory"),
	];
	for (text, export) in cases {
		let error = refusal(&binary(text));
		let what = match &error {
			PrepareError::MissingExport { what } | PrepareError::WrongExport { what, .. } => what,
			_ => panic!("{text}: {error}"),
		};
		assert!(what.contains(export), "{text}: {error}");
	}
}

#[test]
fn segments_must_fit_the_initial_sizes() {
	let fits = [
		r#"(data (i32.const 65533) "abc")"#,
		r#"(data (i32.const 65536) "")"#,
		"(table 2 funcref) (func $f) (elem (i32.const 1) $f)",
		"(table 2 9 funcref) (elem (i32.const 2))",
	];
	for fields in fits {
		Program::prepare(&module(fields, "")).unwrap_or_else(|error| panic!("{fields}: {error}"));
	}
	let too_long = [
		(r#"(data (i32.const 65534) "abc")"#, "data segment", 65_537, 65_536),
		(r#"(data (i32.const 65537) "")"#, "data segment", 65_537, 65_536),
		(r#"(data (i32.const -1) "a")"#, "data segment", 1 << 32, 65_536),
		("(table 2 9 funcref) (func $f) (elem (i32.const 2) $f)", "element segment", 3, 2),
	];
	for (fields, kind, ends, has) in too_long {
		let error = refusal(&module(fields, ""));
		let PrepareError::SegmentOutOfBounds { what, segment, end, size, .. } = error else {
			panic!("{fields}: {error}")
		};
		assert_eq!((what, segment, end, size), (kind, 0, ends, has), "{fields}");
	}
}

fn limit(error: &PrepareError) -> (&'static str, u64) {
	match error {
		PrepareError::Limit { what, limit, .. } => (what, *limit),
		other => panic!("{other}"),
	}
}

const MEETINGS: &str = "as branches that meet, times the values they change, in the functions up to here";
const COMPUTED: &str = "as the squares of the results computed in the functions up to here";

#[test]
fn what_makes_compilers_slow_is_counted() {
	let many = |what: &str, count: usize| what.repeat(count);
	let wide = |count| format!("(func (local {}))", many("i32 ", count));
	let table = |count: usize| format!("(block (br_table {} (i32.const 0)))", many("0 ", count + 1));
	let nested = |count| format!("{}{}", many("(block ", count), many(")", count));
	let typed = |parameters, results| {
		format!("(type (func (param {}) (result {})))", many("i32 ", parameters), many("i32 ", results))
	};
	let flow = |locals, branches| {
		format!("(func (local {}) {})", many("i32 ", locals), many("(br_if 0 (i32.const 0))", branches))
	};
	let operands = |count| format!("{}{}", many("(i32.const 0)", count), many("drop ", count));
	let many_values = many("i32 ", 32);
	let carried = |tables| {
		let table = format!("{} (br_table {} (i32.const 0))", many("(i32.const 0)", 32), many("0 ", 1_025));
		many(&format!("(block (result {many_values}) {table}) {}", many("drop ", 32)), tables)
	};
	let blocks = |count| {
		let block = format!("(block (param {many_values}) (result {many_values}))");
		format!("{} {} {}", many("(i32.const 0)", 32), many(&block, count), many("drop ", 32))
	};
	// Two edges meet at each end, each with two locals and the fuel.
	let changing = |ifs| {
		let change = "(if (local.get 0) (then (local.set 0 (local.get 1)) (local.set 1 (local.get 0))))";
		format!("(func (local i32 i32) {})", many(change, ifs))
	};
	// One result is loaded, one computed, and so is the vector.
	let computing = |times| {
		format!(
			"(func (local i32) {})",
			many("(drop (i32.eqz (i32.load (local.get 0)))) (drop (v128.const i64x2 1 2))", times)
		)
	};
	let signatures = |functions| {
		let vectors = many("v128 ", 32);
		let all = many("v128 ", 96);
		format!(
			"(type $t (func (param {all}) (result {vectors}))) {}",
			many("(func (type $t) unreachable)", functions)
		)
	};
	let types = |count: usize| {
		let ty = |i: usize| {
			let words: String = (0..10).map(|bit| if i >> bit & 1 == 1 { "i32 " } else { "i64 " }).collect();
			format!("(type (func (param {} {words})))", many("v128 ", 118))
		};
		(0..count).map(ty).collect::<String>()
	};
	let returning = |calls: &[usize]| {
		let call = format!("(call $many) {}", many("drop ", 32));
		let callers: String = calls.iter().map(|calls| format!("(func {})", many(&call, *calls))).collect();
		format!("(func $many (result {many_values}) unreachable) {callers}")
	};
	let at_the_limit = [
		module(&wide(2_000), ""),
		module("", &table(1_024)),
		module("", &nested(1_023)),
		module(&typed(128, 32), ""),
		module(&many("(global i32 (i32.const 0))", 1_000), ""),
		module("(table 16384 funcref)", ""),
		module(&flow(1_999, 998), ""),
		module("", &carried(57)),
		module("", &operands(8_192)),
		module("", &many("(drop (i32.const 0))", 30_000)),
		module("", &many("(br_if 0 (i32.const 0))", 15_000)),
		module("", &many("(loop (br_if 0 (i32.const 0)))", 2_000)),
		module("", &blocks(1_023)),
		module(&returning(&[2_048]), ""),
		module(&returning(&[2_047, 2_047]), ""),
		module(&changing(12_909), ""),
		module(&many(&changing(9_128), 2), ""),
		module(&computing(9_428), ""),
		module(&many(&computing(6_666), 2), ""),
		module(&signatures(1_024), ""),
		module(&types(512), ""),
	];
	for (case, bytes) in at_the_limit.iter().enumerate() {
		Program::prepare(bytes).unwrap_or_else(|error| panic!("case {case}: {error}"));
	}
	let yielding = r#"(import "wasi_snapshot_preview1" "sched_yield" (func (result i32)))"#;
	let beyond = [
		(module(&wide(2_001), ""), ("locals", 2_000)),
		(module("", &table(1_025)), ("targets of a `br_table`", 1_024)),
		(module("", &nested(1_024)), ("nested blocks", 1_024)),
		(module(&typed(129, 0), ""), ("parameters", 128)),
		(module(&typed(0, 33), ""), ("results", 32)),
		(module(&many("(global i32 (i32.const 0))", 1_001), ""), ("globals", 1_000)),
		(module("(table 16385 funcref)", ""), ("table entries", 16_384)),
		(module(&many("(func)", 20_000), ""), ("functions", 20_000)),
		(module(&many(yielding, 257), ""), ("imports", 256)),
		(module(&flow(1_999, 999), ""), ("values that branches may carry", 2_000_000)),
		(module("", &carried(58)), ("values that branches may carry", 2_000_000)),
		(module(&many(&flow(1_999, 998), 5), ""), ("values that branches may carry up to here", 8_000_000)),
		(module("", &operands(8_193)), ("operands at once", 8_192)),
		(module("", &many("(drop (i32.const 0))", 30_001)), ("branches and constants", 30_000)),
		(module("", &many("(br_if 0 (i32.const 0))", 15_001)), ("branches and constants", 30_000)),
		(module("", &many("(loop (br_if 0 (i32.const 0)))", 2_001)), ("loops", 2_000)),
		(module("", &blocks(1_024)), ("operands pushed in the function", 65_536)),
		(module(&returning(&[2_049]), ""), ("operands pushed in the function", 65_536)),
		(
			module(&returning(&[2_048, 2_048]), ""),
			("as the squares of the operands pushed in the functions up to here", 8_589_934_592),
		),
		(
			module(&(0..4_097).map(|i| format!(r#"(export "{i}" (func 0))"#)).collect::<String>(), ""),
			("exports", 4_096),
		),
		(module(&many(r#"(data (i32.const 0) "")"#, 50_001), ""), ("data segments", 50_000)),
		(module(&changing(12_910), ""), (MEETINGS, 2_000_000_000)),
		(module(&many(&changing(9_129), 2), ""), (MEETINGS, 2_000_000_000)),
		(module(&computing(9_429), ""), (COMPUTED, 800_000_000)),
		(module(&many(&computing(6_667), 2), ""), (COMPUTED, 800_000_000)),
		(module(&signatures(1_025), ""), ("parameters and results of all functions up to here", 131_072)),
		(module(&types(513), ""), ("parameters and results of all types up to here", 65_536)),
		(
			module(&format!("(table 1 funcref) {}", many("(elem (i32.const 0))", 10_001)), ""),
			("element segments", 10_000),
		),
		(
			module(
				&(0..=4_096usize)
					.map(|i| {
						let bits = (0..13)
							.map(|bit| if i >> bit & 1 == 1 { "i32 " } else { "i64 " })
							.collect::<String>();
						format!("(type (func (param {bits})))")
					})
					.collect::<String>(),
				"",
			),
			("types", 4_096),
		),
	];
	for (bytes, expected) in &beyond {
		assert_eq!(limit(&refusal(bytes)), *expected);
	}
}

#[test]
fn a_pile_of_operands_is_refused_where_it_gets_too_high() {
	let pile = format!("nop {} {}", "(i32.const 0)".repeat(8_193), "drop ".repeat(8_193));
	let bytes = module("(func)", &pile);
	let PrepareError::Limit { what, found, at, .. } = refusal(&bytes) else { panic!("it is too high") };
	assert_eq!((what, found, at.function), ("operands at once", 8_193, Some(1)));
	// Two bytes each, after the `nop`.
	let first = bytes.windows(4).position(|window| window == [0x01, 0x41, 0, 0x41]).expect("it is there") + 1;
	assert_eq!(at.offset, first + 2 * 8_192);
}

#[test]
fn a_huge_number_of_locals_costs_nothing_to_refuse() {
	// One group of 2^32 - 1 locals, in five bytes.
	let mut bytes = module("", "(local i32)");
	let at = bytes.windows(3).rposition(|window| window == [1, 1, 0x7f]).expect("the group of locals");
	bytes.splice(at + 1..=at + 1, [0xff, 0xff, 0xff, 0xff, 0x0f]);
	// The body and the section grow by four bytes.
	bytes[at - 1] += 4;
	bytes[at - 3] += 4;
	assert_eq!(limit(&refusal(&bytes)), ("locals", 2_000));
}

#[test]
fn long_functions_and_long_files_are_refused() {
	let error = body_refusal(&"nop ".repeat(limits::MAX_BODY_BYTES));
	assert_eq!(limit(&error), ("bytes in the function", 256 << 10));
	Program::prepare(&module("", &"nop ".repeat(limits::MAX_BODY_BYTES - 2))).expect("just short enough");
	let error = refusal(&vec![0; limits::MAX_PROGRAM_BYTES + 1]);
	assert_eq!(error, PrepareError::TooLarge { bytes: (4 << 20) + 1, limit: 4 << 20 });
}

#[test]
fn jobs_may_name_what_the_machine_takes() {
	let bytes = |limit| u64::try_from(limit).expect("a number of bytes");
	assert_eq!(bytes(limits::MAX_PROGRAM_BYTES), JobSpec::MAX_PROGRAM_BYTES);
	assert_eq!(bytes(limits::MAX_INPUT_BYTES), JobSpec::MAX_INPUT_BYTES);
}

#[test]
fn what_is_not_webassembly_is_refused() {
	let cases: &[&[u8]] =
		&[b"", b"\0asm", b"\0asm\x02\0\0\0", b"#!/bin/sh\n", b"\x7fELF\x02\x01\x01\0", &[0xff; 64]];
	for bytes in cases {
		assert!(matches!(refusal(bytes), PrepareError::Invalid { .. }), "{bytes:?}");
	}
	// The code comes last: cut anywhere, something is missing.
	let whole = module("", "nop");
	Program::prepare(&whole).expect("the whole is one");
	for len in 0..whole.len() {
		refusal(&whole[..len]);
	}
}

#[test]
fn the_long_form_of_a_table_index_is_admitted() {
	let bytes = [
		&b"\0asm\x01\0\0\0"[..],
		b"\x01\x04\x01\x60\x00\x00",
		b"\x03\x02\x01\x00",
		b"\x04\x04\x01\x70\x00\x01",
		b"\x05\x03\x01\x00\x01",
		b"\x07\x13\x02\x06_start\x00\x00\x06memory\x02\x00",
		b"\x09\x07\x01\x00\x41\x00\x0b\x01\x00",
		b"\x0a\x0e\x01\x0c\x00\x0f\x41\x00\x11\x00\x80\x80\x80\x80\x00\x0b",
	]
	.concat();
	let program = Program::prepare(&bytes).expect("the long form is in the profile");
	assay_vm::Engine::new().expect("works").compile(&program).expect("the engine agrees");
}

#[test]
fn custom_sections_do_no_harm() {
	let text = MIXED.replacen("(module", "(module (@custom \"anything\" \"at all\")", 1);
	Program::prepare(&binary(&text)).expect("they are skipped");
}
