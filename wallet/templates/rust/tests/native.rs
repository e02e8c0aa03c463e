//! Every case of `tests/cases`, run natively. `assay program test` runs the same cases in Assay's machine.

use std::{
	fs,
	io::Write,
	path::Path,
	process::{Command, Stdio},
};

#[test]
fn every_case_gives_what_it_should() {
	let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
	let mut seen = 0;
	for entry in fs::read_dir(cases).unwrap() {
		let input = entry.unwrap().path();
		if input.extension().is_some_and(|extension| extension == "in") {
			check(&input);
			seen += 1;
		}
	}
	assert!(seen > 0, "there are no cases");
}

/// `7-name.in` is the input of task 7, `7-name.out` what it should write, `7-name.exit` its exit code if that is not 0.
fn check(input: &Path) {
	let name = input.file_stem().unwrap().to_str().unwrap();
	let index = name.split('-').next().unwrap();
	let mut child = Command::new(env!("CARGO_BIN_EXE_{{name}}"))
		.arg(index)
		.stdin(Stdio::piped())
		.stdout(Stdio::piped())
		.spawn()
		.unwrap();
	child.stdin.take().unwrap().write_all(&fs::read(input).unwrap()).unwrap();
	let ended = child.wait_with_output().unwrap();
	let exit = fs::read_to_string(input.with_extension("exit")).unwrap_or_else(|_| "0".into());
	assert_eq!(ended.status.code(), Some(exit.trim().parse().unwrap()), "{name}");
	let expected = fs::read_to_string(input.with_extension("out")).unwrap();
	assert_eq!(String::from_utf8_lossy(&ended.stdout), expected, "{name}");
}
