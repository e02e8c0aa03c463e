//! What the benchmarks, the example that measures quickly, and the test of the kernels share.
#![allow(dead_code, reason = "each of them uses its part")]

pub(crate) mod baseline;
pub(crate) mod clock;
pub(crate) mod large;
pub(crate) mod turns;
pub(crate) mod variant;

use std::path::PathBuf;

/// A program of the kernels, as `scripts/build-kernels.sh` leaves it.
pub(crate) fn program(name: &str) -> Vec<u8> {
	let path = folder().join(format!("{name}.wasm"));
	std::fs::read(&path)
		.unwrap_or_else(|error| panic!("{}: {error}: run scripts/build-kernels.sh first", path.display()))
}

/// `kernels` in cargo's target directory, in which this program lies, too.
fn folder() -> PathBuf {
	let program = std::env::current_exe().expect("a running program has a file");
	let folder = program.ancestors().map(|folder| folder.join("kernels")).find(|folder| folder.is_dir());
	folder.unwrap_or_else(|| panic!("there are no kernels: run scripts/build-kernels.sh first"))
}
