//! Whether a rule is weakened in this process, and running the tests in processes in which one is.

// Each of the two crates that are weakened uses this.
#![allow(dead_code, missing_docs)]

#[path = "../../src/lib.rs"]
mod format;

use std::{collections::BTreeSet, env, path::Path, process::Command, sync::OnceLock};

/// Whether the rule of this name is the one that is weakened.
pub(crate) fn holds(name: &str) -> bool {
	static WEAKENED: OnceLock<Option<String>> = OnceLock::new();
	WEAKENED.get_or_init(|| env::var(format::WEAKENED).ok()).as_deref() == Some(name)
}

/// Runs, for every weakening of a crate, the tests that must fail on it; all of them, to see which do, if
/// `ASSAY_ALL_TESTS` is set.
pub(crate) fn every_weakening_is_noticed(of: &str, prefix: &str) {
	let list = Path::new(env!("CARGO_MANIFEST_DIR")).join("weakenings").join(of);
	let weakenings = format::weakenings(&list).expect("the build read them, too");
	let names: BTreeSet<_> = weakenings.iter().map(|weakening| &weakening.name).collect();
	assert_eq!(names.len(), weakenings.len(), "two weakenings have one name");
	assert!(!holds_any(), "{} is for the processes that this test starts", format::WEAKENED);
	let documented = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/attacks.md");
	let documented = std::fs::read_to_string(documented).expect("the attacks are documented");
	let mut unnoticed = Vec::new();
	for weakening in &weakenings {
		if !documented.contains(&format!("| {} | {} |", weakening.attack, weakening.rule)) {
			unnoticed.push(format!("docs/attacks.md does not list {}", weakening.name));
		}
		let expected: Vec<_> = weakening.fails.iter().map(|test| format!("{prefix}{test}")).collect();
		let failed = failing(&weakening.name, &expected);
		println!("{} ({}): {}", weakening.name, weakening.attack, weakening.rule);
		for test in &failed {
			println!("    {test}");
		}
		let missing = expected.into_iter().filter(|test| !failed.contains(test));
		unnoticed.extend(missing.map(|test| format!("{test} does not notice {}", weakening.name)));
	}
	assert!(unnoticed.is_empty(), "{unnoticed:#?}");
}

fn holds_any() -> bool {
	env::var_os(format::WEAKENED).is_some()
}

/// The tests that fail, of these, with that rule weakened.
fn failing(weakened: &str, tests: &[String]) -> BTreeSet<String> {
	let mut command = Command::new(env::current_exe().expect("this is a process"));
	command.env(format::WEAKENED, weakened).env("ASSAY_SCHEDULES", "300").env("RUST_BACKTRACE", "0");
	if env::var_os("ASSAY_ALL_TESTS").is_some() {
		for slow in ["every_weakening", "schedule", "exploration"] {
			command.args(["--skip", slow]);
		}
	} else {
		command.arg("--exact").args(tests);
	}
	let output = command.output().expect("this test can be run again");
	let text = String::from_utf8_lossy(&output.stdout);
	let failed = |line: &str| line.strip_prefix("test ")?.strip_suffix(" ... FAILED").map(str::to_owned);
	text.lines().filter_map(failed).collect()
}
