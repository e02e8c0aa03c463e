//! What the benchmarks, the example that measures quickly, and the test of the kernels share.
#![allow(dead_code, reason = "each of them uses its part")]

pub mod baseline;
pub mod clock;
pub mod variant;

use assay_vm_kernels::Kernel;
use std::path::PathBuf;

/// A kernel's program, as `scripts/build-kernels.sh` leaves it.
pub fn program(kernel: &Kernel) -> Vec<u8> {
	let path = folder().join(format!("{}.wasm", kernel.name));
	std::fs::read(&path)
		.unwrap_or_else(|error| panic!("{}: {error}: run scripts/build-kernels.sh first", path.display()))
}

/// `kernels` in cargo's target directory, in which this program lies, too.
fn folder() -> PathBuf {
	let program = std::env::current_exe().expect("a running program has a file");
	let target = program.ancestors().find(|folder| folder.join("CACHEDIR.TAG").is_file());
	target.expect("cargo marks its target directory").join("kernels")
}
