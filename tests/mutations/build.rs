//! Copies the sources of the pallet and the primitives, so that the tests here can weaken one rule of them at a time.

#[path = "src/lib.rs"]
#[allow(dead_code, unreachable_pub)]
mod format;

use std::{
	env, fs,
	path::{Path, PathBuf},
};

/// Modules that no weakening needs: benchmarks want more dependencies, and the exploration takes its time.
const LEFT_OUT: [&str; 2] =
	["#[cfg(any(test, feature = \"runtime-benchmarks\"))]\nmod benchmarking;\n", "mod exploration;\n"];

fn main() {
	let here = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
	let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
	let root = here.join("../..");
	for (name, sources) in [("pallet", "pallets/compute/src"), ("primitives", "primitives/src")] {
		let (list, sources) = (here.join("weakenings").join(name), root.join(sources));
		for watched in [&list, &sources] {
			println!("cargo:rerun-if-changed={}", watched.display());
		}
		let weakenings = format::weakenings(&list).unwrap_or_else(|error| panic!("{error}"));
		for weakening in &weakenings {
			let path = sources.join(&weakening.file).with_extension("rs");
			assert!(path.exists(), "`{}` is of a file that is not there: {}", weakening.name, path.display());
		}
		let copy = out.join(name);
		// What is gone there must not stay here.
		let _ = fs::remove_dir_all(&copy);
		copy_weakened(&sources, &copy, Path::new(""), &weakenings);
	}
}

fn copy_weakened(from: &Path, to: &Path, below: &Path, weakenings: &[format::Weakening]) {
	fs::create_dir_all(to.join(below)).expect("the build directory can be written");
	for entry in fs::read_dir(from.join(below)).expect("the sources are there") {
		let entry = entry.expect("the sources can be read");
		let path = below.join(entry.file_name());
		if entry.path().is_dir() {
			copy_weakened(from, to, &path, weakenings);
			continue;
		}
		let source = fs::read_to_string(entry.path()).expect("the sources can be read");
		let module = path.with_extension("");
		let own: Vec<_> =
			weakenings.iter().filter(|weakening| Path::new(&weakening.file) == module).collect();
		let mut weakened =
			format::weaken(&source, &own).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
		for module in LEFT_OUT {
			weakened = weakened.replace(module, "");
		}
		if path == Path::new("lib.rs") {
			// The file is included, where such attributes cannot stand.
			weakened =
				weakened.lines().filter(|line| !line.starts_with("#![")).collect::<Vec<_>>().join("\n");
		}
		fs::write(to.join(&path), weakened).expect("the build directory can be written");
	}
}
