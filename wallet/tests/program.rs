//! `assay program` as people and scripts use it: the real binary, which starts a real child, on real modules.

#![allow(clippy::unwrap_used, reason = "what fails here fails the test")]

use assay_primitives::{Hash, TaskLimits, TaskOutcome};
use assay_vm::{Engine, Program, Task};
use serde_json::{json, Value};
use std::{
	fs,
	io::Write,
	path::PathBuf,
	process::{Command, Stdio},
};

const ECHO: &str = include_str!("../../vm/tests/programs/echo.wat");
const ENDLESS: &str = r#"(module (memory (export "memory") 1) (func (export "_start") (loop (br 0))))"#;
const LARGE: &str = r#"(module (memory (export "memory") 40 50) (func (export "_start")))"#;
const COMPLAINING: &str = r#"(module
	(import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
	(memory (export "memory") 1)
	(data (i32.const 0) "\10\00\00\00\0c\00\00\00")
	(data (i32.const 16) "no\1b[2J good\0a")
	(func (export "_start") (drop (call $write (i32.const 2) (i32.const 0) (i32.const 1) (i32.const 8))) unreachable))"#;

/// A directory for the files of one test.
struct Files(tempfile::TempDir);

/// What the wallet said, and how it ended.
#[derive(Debug)]
struct Said {
	code: Option<i32>,
	output: Vec<u8>,
	errors: String,
}

impl Files {
	fn new() -> Self {
		Self(tempfile::tempdir().unwrap())
	}

	fn path(&self, name: &str) -> PathBuf {
		self.0.path().join(name)
	}

	fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
		fs::write(self.path(name), bytes).unwrap();
	}

	fn assemble(&self, name: &str, text: &str) -> Vec<u8> {
		let bytes = wat::parse_str(text).unwrap();
		self.write(name, &bytes);
		bytes
	}

	/// Runs `assay program`, in the directory, where no node is to be found.
	fn assay(&self, line: &str, input: &[u8]) -> Said {
		let mut child = Command::new(env!("CARGO_BIN_EXE_assay"))
			.arg("program")
			.args(line.split_whitespace())
			.current_dir(self.0.path())
			.env("ASSAY_NODE", "ws://127.0.0.1:1")
			.stdin(Stdio::piped())
			.stdout(Stdio::piped())
			.stderr(Stdio::piped())
			.spawn()
			.unwrap();
		// It may end without having read anything.
		let _ = child.stdin.take().unwrap().write_all(input);
		let ended = child.wait_with_output().unwrap();
		let errors = String::from_utf8(ended.stderr).unwrap();
		Said { code: ended.status.code(), output: ended.stdout, errors }
	}

	fn json(&self, line: &str, input: &[u8]) -> Value {
		let said = self.assay(&format!("{line} --json"), input);
		assert_eq!(said.code, Some(0), "{said:?}");
		serde_json::from_slice(&said.output).unwrap()
	}
}

impl Said {
	fn text(&self) -> String {
		String::from_utf8(self.output.clone()).unwrap()
	}
}

/// What the chain would see.
fn outcome(module: &[u8], index: u32, input: &[u8], limits: &TaskLimits) -> TaskOutcome {
	let engine = Engine::new().unwrap();
	let program = engine.compile(&Program::prepare(module).unwrap()).unwrap();
	engine.run(&program, &Task { index, input }, limits).unwrap().outcome
}

#[test]
fn a_task_comes_to_what_the_chain_will_see() {
	let files = Files::new();
	let module = files.assemble("echo.wasm", ECHO);
	let expected = outcome(&module, 7, b"hello", &TaskLimits::default());
	let leaf = expected.leaf(3, 7).to_string();

	let said = files.assay("run echo.wasm --index 7 --job 3", b"hello");
	assert_eq!((said.code, &said.output[..]), (Some(0), &b"7hello"[..]), "{said:?}");
	for fact in [leaf.as_str(), &expected.fuel.to_string(), "task", "ended with exit code 0"] {
		assert!(said.errors.to_lowercase().contains(&fact.to_lowercase()), "{fact} is missing: {said:?}");
	}

	for engine in ["wasmtime", "wasmi"] {
		let ran = files.json(&format!("run echo.wasm --index 7 --job 3 --engine {engine}"), b"hello");
		assert_eq!(ran["outcome"], serde_json::to_value(expected).unwrap(), "{engine}");
		assert_eq!(ran["leaf"], leaf, "{engine}");
		assert_eq!(ran["output"], "0x3768656c6c6f", "{engine}");
		assert_eq!(ran["program"]["hash"], Hash::of(&module).to_string());
		assert_eq!(ran["input"]["len"], 5);
		assert_eq!((&ran["job"], &ran["task"], &ran["engine"]), (&json!(3), &json!(7), &json!(engine)));
	}
	let other = files.json("run echo.wasm --index 7 --job 4", b"hello");
	assert_ne!(other["leaf"], leaf, "the job is part of the leaf");
}

#[test]
fn files_do_as_well_as_streams() {
	let files = Files::new();
	files.assemble("echo.wasm", ECHO);
	files.write("in", b"from a file");
	let said = files.assay("run echo.wasm --index 0 --input in --output out", b"not this");
	assert_eq!(said.code, Some(0), "{said:?}");
	assert_eq!(fs::read(files.path("out")).unwrap(), b"0from a file");
	assert!(said.text().contains("Leaf") && said.errors.is_empty(), "{said:?}");

	let ran = files.json("run echo.wasm --index 0 --input in --output out", b"");
	assert_eq!((&ran["output"], &ran["outputFile"]), (&Value::Null, &json!("out")));
	let said = files.assay("run echo.wasm --index 0 --input in --output nowhere/out", b"");
	assert_eq!(said.code, Some(1), "{said:?}");
	assert!(said.errors.contains("nowhere/out"), "{said:?}");
}

#[test]
fn a_task_that_fails_is_an_outcome_too() {
	let files = Files::new();
	let endless = files.assemble("endless.wasm", ENDLESS);
	files.assemble("large.wasm", LARGE);
	files.assemble("echo.wasm", ECHO);
	files.assemble("complaining.wasm", COMPLAINING);
	let limits = TaskLimits { fuel: 1_000, ..TaskLimits::default() };
	let expected = outcome(&endless, 0, b"", &limits);
	let ran = files.json("run endless.wasm --index 0 --fuel 1000", b"");
	assert_eq!(ran["outcome"], serde_json::to_value(expected).unwrap());
	for (line, status, advice) in [
		("run endless.wasm --index 0 --fuel 1000", "outOfFuel", "--fuel more than 1000"),
		("run large.wasm --index 0 --memory-pages 39", "memoryExhausted", "--memory-pages 40"),
		("run echo.wasm --index 0 --output-bytes 2", "outputTooLarge", "--output-bytes more than 2"),
		("run complaining.wasm --index 0", "trapped", "standard error"),
	] {
		let ran = files.json(line, b"input");
		assert_eq!((&ran["outcome"]["status"], &ran["output"]), (&json!(status), &json!("0x")), "{line}");
		let said = files.assay(line, b"input");
		assert_eq!((said.code, said.output.len()), (Some(0), 0), "{said:?}");
		assert!(said.errors.contains(advice), "{line}: {said:?}");
	}
	let said = files.assay("run complaining.wasm --index 0", b"");
	assert!(said.errors.contains("stderr: no\u{fffd}[2J good\n"), "{said:?}");
}

#[test]
fn a_check_tells_what_a_program_is_and_how_it_does() {
	let files = Files::new();
	let module = files.assemble("echo.wasm", ECHO);
	files.write("in", b"input");
	let checked = files.json("check echo.wasm --input in --index 12", b"");
	let expected = outcome(&module, 12, b"input", &TaskLimits::default());
	assert_eq!(checked["postable"], true);
	assert_eq!(checked["hash"], Hash::of(&module).to_string());
	assert_eq!(checked["bytes"], module.len());
	assert_eq!(checked["vmVersion"], assay_primitives::VM_VERSION);
	assert_eq!(checked["rewrittenBytes"], Program::prepare(&module).unwrap().module().len());
	assert_eq!(checked["needsMemoryPages"], 1);
	assert_eq!(checked["module"]["memory"], json!({ "initialPages": 1, "maximumPages": null }));
	let imports = checked["module"]["imports"].as_array().unwrap();
	assert!(imports.iter().all(|import| import["module"] == "wasi_snapshot_preview1"), "{imports:?}");
	assert!(imports.iter().any(|import| import["name"] == "fd_write"), "{imports:?}");
	assert!(checked["module"]["exports"]
		.as_array()
		.unwrap()
		.contains(&json!({ "name": "_start", "kind": "(func)" })));
	assert_eq!(checked["sample"]["outcome"], serde_json::to_value(expected).unwrap());
	let other = files.json("check echo.wasm --input in --index 12 --engine wasmi", b"");
	assert_eq!(other["sample"]["outcome"], checked["sample"]["outcome"]);

	files.assemble("large.wasm", LARGE);
	let said = files.assay("check large.wasm --memory-pages 39", b"");
	assert_eq!(said.code, Some(0), "{said:?}");
	for fact in [
		"40 pages (2560 KiB) at first, 50 pages (3200 KiB) at most",
		"--memory-pages 40",
		"asked for more memory than it may use",
		"Postable  yes",
	] {
		assert!(said.text().contains(fact), "{fact} is missing in:\n{}", said.text());
	}
}

#[test]
fn what_cannot_be_posted_is_told_with_the_reason_and_a_way_out() {
	let files = Files::new();
	let module = |imports: &str, rest: &str| {
		wat::parse_str(format!(r#"(module {imports} (memory (export "memory") 1) {rest})"#)).unwrap()
	};
	let body = |body: &str| module("", body);
	let start = r#"(func (export "_start"))"#;
	let echo = wat::parse_str(ECHO).unwrap();
	for (name, bytes, reason) in [
		("empty", Vec::new(), "is not a program"),
		("text", b"(module)".to_vec(), "is not a program"),
		("cut", echo[..echo.len() - 3].to_vec(), "is not a program"),
		("component", b"\0asm\x0d\0\x01\0".to_vec(), "is not a program"),
		("threads", body(r#"(func (export "_start") (atomic.fence))"#), "`atomic.fence` (threads)"),
		("import", module(r#"(import "env" "open_socket" (func))"#, start), "open_socket"),
		("signature", module(r#"(import "wasi_snapshot_preview1" "proc_exit" (func))"#, start), "proc_exit"),
		("library", body(r#"(func (export "add"))"#), "must export"),
		("no-memory", wat::parse_str(format!("(module {start})")).unwrap(), "must export"),
		("segment", body(&format!(r#"(data (i32.const 65536) "x") {start}"#)), "beyond the initial size"),
		(
			"nested",
			body(&format!(r#"(func (export "_start") {} {})"#, "block ".repeat(1_100), "end ".repeat(1_100))),
			"more than the 1024 allowed",
		),
	] {
		files.write(name, bytes);
		for line in [format!("check {name}"), format!("run {name} --index 0")] {
			let said = files.assay(&line, b"");
			assert_eq!(said.code, Some(64), "{said:?}");
			assert!(said.errors.contains(reason), "{line}: {said:?}");
			let advice = said.errors.lines().nth(1).unwrap_or_default();
			assert!(advice.trim().ends_with('.'), "there is no advice: {said:?}");
			assert!(line.starts_with("run") || said.text().contains("Postable  no"), "{said:?}");
		}
		let said = files.assay(&format!("check {name} --json"), b"");
		let checked: Value = serde_json::from_slice(&said.output).unwrap();
		assert_eq!((said.code, &checked["postable"]), (Some(64), &json!(false)), "{name}");
		assert!(checked["reason"].as_str().unwrap().contains(reason), "{name}: {checked}");
		assert!(checked["sample"].is_null() && checked["advice"].is_string(), "{name}: {checked}");
	}
	// What can be read of it is told all the same.
	let said = files.assay("check import", b"");
	assert!(said.text().contains("env open_socket (func)"), "{said:?}");
}

#[test]
fn a_command_line_that_makes_no_sense_is_refused() {
	let files = Files::new();
	files.assemble("echo.wasm", ECHO);
	let large = fs::File::create(files.path("large")).unwrap();
	large.set_len((256 << 20) + 1).unwrap();
	fs::File::create(files.path("large.wasm")).unwrap().set_len((4 << 20) + 1).unwrap();
	for (line, reason) in [
		("check missing.wasm", "missing.wasm"),
		("run missing.wasm --index 0", "missing.wasm"),
		("check .", "."),
		("check large.wasm", "more than 4194304 bytes"),
		("check echo.wasm --input missing", "missing"),
		("run echo.wasm --index 0 --input large", "large has more than 268435456 bytes"),
		("run echo.wasm", "--index"),
		("run echo.wasm --index 4294967295", "4294967295"),
		("run echo.wasm --index 0 --fuel 0", "--fuel"),
		("run echo.wasm --index 0 --engine v8", "v8"),
	] {
		let said = files.assay(line, b"");
		assert_eq!((said.code, said.output.len()), (Some(64), 0), "{line}: {said:?}");
		assert!(said.errors.contains(reason), "{line}: {said:?}");
	}
}
