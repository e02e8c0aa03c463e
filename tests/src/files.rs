//! Where the things under test are: next to the test that runs.

use std::path::{Path, PathBuf};

/// The folder of binaries of the profile the test was built with: `target/release`.
fn binaries() -> PathBuf {
	let test = std::env::current_exe().expect("a running program has a file");
	let folder = test.parent().expect("a file lies in a folder");
	// Cargo puts tests into `deps` below the binaries.
	let folder = if folder.ends_with("deps") { folder.parent().unwrap_or(folder) } else { folder };
	folder.to_path_buf()
}

fn existing(path: PathBuf) -> PathBuf {
	assert!(path.is_file(), "{} is missing: run `make build` first", path.display());
	path
}

/// A binary of the workspace, such as `assay-node`.
///
/// # Panics
///
/// If it was not built.
pub fn binary(name: &str) -> PathBuf {
	existing(binaries().join(name))
}

/// An example program, such as `path-tracer`, as `scripts/build-programs.sh` leaves it.
///
/// # Panics
///
/// If it was not built.
pub fn program(name: &str) -> PathBuf {
	let binaries = binaries();
	let target = binaries.parent().expect("a profile lies in a target folder");
	existing(target.join("programs").join(format!("{name}.wasm")))
}

/// A file below `examples`.
///
/// # Panics
///
/// If there is none.
pub fn example(path: &str) -> PathBuf {
	existing(Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples").join(path))
}

/// A file's bytes.
///
/// # Panics
///
/// If it cannot be read.
pub fn read(path: &Path) -> Vec<u8> {
	std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A path as an argument on a command line.
///
/// # Panics
///
/// If it is not UTF-8.
pub fn argument(path: &Path) -> &str {
	path.to_str().unwrap_or_else(|| panic!("{} is not UTF-8", path.display()))
}
