//! A large module of real code.

use wasm_encoder::{CodeSection, FunctionSection, Module, RawSection};
use wasmparser::{Parser, Payload};

/// `module` with so many more copies of all its functions that it has at least `bytes` bytes. Nothing calls the copies,
/// but nothing that looks at modules can tell.
pub(crate) fn enlarged(module: &[u8], bytes: usize) -> Vec<u8> {
	let copies = 1 + bytes / code_bytes(module);
	let mut large = Module::new();
	for payload in Parser::new(0).parse_all(module) {
		match payload.expect("the module is well formed") {
			Payload::FunctionSection(types) => {
				let types: Vec<u32> = types.into_iter().map(|ty| ty.expect("a type index")).collect();
				let mut functions = FunctionSection::new();
				for _ in 0..copies {
					types.iter().for_each(|ty| {
						functions.function(*ty);
					});
				}
				large.section(&functions);
			},
			Payload::CodeSectionStart { .. } => {
				large.section(&code(module, copies));
			},
			Payload::CodeSectionEntry(_) | Payload::CustomSection(_) => {},
			other => {
				if let Some((id, range)) = other.as_section() {
					let data = module.get(range).expect("a section lies in the module");
					large.section(&RawSection { id, data });
				}
			},
		}
	}
	large.finish()
}

fn code_bytes(module: &[u8]) -> usize {
	let section = Parser::new(0).parse_all(module).find_map(|payload| match payload {
		Ok(Payload::CodeSectionStart { range, .. }) => Some(range.len()),
		_ => None,
	});
	section.expect("the module has code")
}

fn code(module: &[u8], copies: usize) -> CodeSection {
	let bodies: Vec<&[u8]> = Parser::new(0)
		.parse_all(module)
		.filter_map(|payload| match payload {
			Ok(Payload::CodeSectionEntry(body)) => module.get(body.range()),
			_ => None,
		})
		.collect();
	let mut code = CodeSection::new();
	for _ in 0..copies {
		bodies.iter().for_each(|body| {
			code.raw(body);
		});
	}
	code
}
