//! `assay program new`, `build` and `test`, with the compilers there are: from no folder to a program that the machine
//! takes.

#![allow(clippy::unwrap_used, reason = "what fails here fails the test")]

use serde_json::{json, Value};
use std::{
	fs,
	path::{Path, PathBuf},
	process::{Command, Output, Stdio},
};

/// A directory outside of any clone, for the folders of one test.
struct Place(tempfile::TempDir);

impl Place {
	fn new() -> Self {
		Self(tempfile::tempdir().unwrap())
	}

	fn path(&self, name: &str) -> PathBuf {
		self.0.path().join(name)
	}

	fn assay(&self, line: &str) -> Output {
		self.command(line).output().unwrap()
	}

	fn command(&self, line: &str) -> Command {
		let mut command = Command::new(env!("CARGO_BIN_EXE_assay"));
		command
			.arg("program")
			.args(line.split_whitespace())
			.current_dir(self.0.path())
			.env("CARGO_TARGET_DIR", self.path("target"))
			.env("ASSAY_NODE", "ws://127.0.0.1:1")
			.stdin(Stdio::null());
		command
	}

	fn json(&self, line: &str) -> Value {
		let ended = self.assay(&format!("{line} --json"));
		assert_eq!(ended.status.code(), Some(0), "{line}: {}", text(&ended));
		serde_json::from_slice(&ended.stdout).unwrap()
	}

	/// The whole way of one language. Nothing if its compiler is not there, which the wallet says.
	fn goes_all_the_way(&self, language: &str) {
		let folder = format!("my-{language}");
		if !self.path(&folder).exists() {
			self.json(&format!("new {folder} --lang {language}"));
		}
		let built = self.assay(&format!("build {folder} --out copy.wasm"));
		if built.status.code() == Some(1)
			&& text(&built).contains("Install") | text(&built).contains("apt-get")
		{
			eprintln!("SKIPPED: {}", text(&built));
			return;
		}
		assert_eq!(built.status.code(), Some(0), "{}", text(&built));

		let tested = self.json(&format!("test {folder}"));
		assert_eq!(tested["native"], true);
		let cases = tested["cases"].as_array().unwrap();
		assert_eq!(cases.len(), 4, "{tested}");
		assert!(cases
			.iter()
			.all(|case| case["passed"] == true && case["outcome"]["fuel"].as_u64() > Some(0)));

		let checked = self.json("check copy.wasm");
		assert_eq!(checked["postable"], true);
		let module = fs::read(self.path("copy.wasm")).unwrap();
		assert_eq!(module, fs::read(self.path(&folder).join(format!("build/{folder}.wasm"))).unwrap());
		fs::write(self.path("in"), "20 22").unwrap();
		let ran = self.assay("run copy.wasm --index 9 --input in");
		assert_eq!(String::from_utf8_lossy(&ran.stdout), "task 9: 2 numbers, sum 42\n", "{}", text(&ran));

		// A case that is wrong is told, with what is wrong about it.
		fs::write(self.path(&folder).join("tests/cases/0.out"), "task 0: 3 numbers, sum 7\n").unwrap();
		let tested = self.assay(&format!("test {folder} --skip-native"));
		assert_eq!(tested.status.code(), Some(1), "{}", text(&tested));
		assert!(
			text(&tested).contains("0: WRONG, it wrote 25 bytes where 25 were expected"),
			"{}",
			text(&tested)
		);
		let native = self.assay(&format!("test {folder}"));
		// The tests in C do not look at the cases.
		assert_eq!(native.status.code(), Some(if language == "c" { 1 } else { 64 }), "{}", text(&native));
	}
}

fn text(ended: &Output) -> String {
	String::from_utf8_lossy(&[&ended.stdout[..], &ended.stderr[..]].concat()).into_owned()
}

#[test]
fn a_program_in_rust_goes_all_the_way() {
	let place = Place::new();
	place.goes_all_the_way("rust");
	// There is a compiler wherever this test is compiled: nothing may be skipped.
	assert!(place.path("copy.wasm").is_file());
}

#[test]
fn a_program_in_c_goes_all_the_way() {
	Place::new().goes_all_the_way("c");
}

#[test]
fn a_program_in_assemblyscript_goes_all_the_way() {
	let place = Place::new();
	place.json("new my-assemblyscript --lang assemblyscript");
	// Without the compiler the wallet says how to get it.
	let built = place.assay("build my-assemblyscript");
	assert_eq!(built.status.code(), Some(1), "{}", text(&built));
	let installs = Command::new("npm")
		.args(["ci", "--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund", "--loglevel=error"])
		.current_dir(place.path("my-assemblyscript"))
		.stdin(Stdio::null())
		.status();
	if !installs.is_ok_and(|status| status.success()) {
		eprintln!("SKIPPED: npm is not there, or cannot get the compiler");
		return;
	}
	assert!(text(&built).contains("npm ci"), "{}", text(&built));
	place.goes_all_the_way("assemblyscript");
}

#[test]
fn what_is_missing_is_named_with_the_way_to_get_it() {
	let place = Place::new();
	for (language, remedy) in [("rust", "rustup"), ("c", "wasi-libc"), ("assemblyscript", "Node.js")] {
		place.json(&format!("new {language}-program --lang {language}"));
		let built =
			place.command(&format!("build {language}-program")).env("PATH", "/nowhere").output().unwrap();
		assert_eq!(built.status.code(), Some(1), "{}", text(&built));
		assert!(text(&built).contains(remedy), "{language}: {}", text(&built));
	}
}

#[test]
fn nonsense_is_refused_and_changes_nothing() {
	let place = Place::new();
	fs::create_dir(place.path("full")).unwrap();
	fs::write(place.path("full/file"), "mine").unwrap();
	fs::create_dir(place.path("empty")).unwrap();
	for (line, reason) in [
		("new full --lang rust", "not an empty directory"),
		("new Full --lang rust", "cannot be the name"),
		("new made --lang rust --name a/b", "cannot be the name"),
		("new made --lang cobol", "cobol"),
		("build empty", "holds no program"),
		("test missing", "holds no program"),
	] {
		let ended = place.assay(line);
		assert_eq!(ended.status.code(), Some(64), "{line}: {}", text(&ended));
		assert!(text(&ended).contains(reason), "{line}: {}", text(&ended));
	}
	assert_eq!(fs::read_dir(place.path("full")).unwrap().count(), 1);
	assert!(!Path::new(&place.path("made")).exists());
}

#[test]
fn a_program_that_does_not_compile_is_the_authors_to_repair() {
	let place = Place::new();
	let made = place.json("new broken --lang rust --name other-name");
	assert_eq!((&made["name"], &made["language"]), (&json!("other-name"), &json!("rust")));
	fs::write(place.path("broken/src/task.rs"), "fn").unwrap();
	let ended = place.assay("build broken");
	assert_eq!((ended.status.code(), ended.stdout.len()), (Some(64), 0), "{}", text(&ended));
	assert!(text(&ended).contains("cargo build failed"), "{}", text(&ended));
}
