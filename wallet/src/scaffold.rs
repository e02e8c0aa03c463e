//! New programs: what stands in their folders at first.

use crate::{
	files::{self, FileError},
	toolchain::Language,
};
use std::{
	fs, io,
	path::{Path, PathBuf},
};

/// A file of a new program: where it goes, and what is in it.
type Draft = (&'static str, &'static str);

const CASES: [Draft; 9] = [
	("tests/cases/0.in", include_str!("../templates/cases/0.in")),
	("tests/cases/0.out", include_str!("../templates/cases/0.out")),
	("tests/cases/1-no-number.in", include_str!("../templates/cases/1-no-number.in")),
	("tests/cases/1-no-number.out", include_str!("../templates/cases/1-no-number.out")),
	("tests/cases/1-no-number.exit", include_str!("../templates/cases/1-no-number.exit")),
	("tests/cases/2-nothing.in", include_str!("../templates/cases/2-nothing.in")),
	("tests/cases/2-nothing.out", include_str!("../templates/cases/2-nothing.out")),
	("tests/cases/7.in", include_str!("../templates/cases/7.in")),
	("tests/cases/7.out", include_str!("../templates/cases/7.out")),
];

const RUST: [Draft; 6] = [
	(".gitignore", include_str!("../templates/rust/gitignore")),
	("Cargo.toml", include_str!("../templates/rust/Cargo.toml")),
	("README.md", include_str!("../templates/rust/README.md")),
	("src/main.rs", include_str!("../templates/rust/src/main.rs")),
	("src/task.rs", include_str!("../templates/rust/src/task.rs")),
	("tests/native.rs", include_str!("../templates/rust/tests/native.rs")),
];

/// The library that the examples are written with goes along, so that a program builds anywhere and without a network.
const GUEST: [Draft; 9] = [
	("guest/Cargo.toml", include_str!("../templates/rust/guest.toml")),
	("guest/src/lib.rs", include_str!("../../examples/programs/guest/src/lib.rs")),
	("guest/src/allocator.rs", include_str!("../../examples/programs/guest/src/allocator.rs")),
	("guest/src/bump.rs", include_str!("../../examples/programs/guest/src/bump.rs")),
	("guest/src/error.rs", include_str!("../../examples/programs/guest/src/error.rs")),
	("guest/src/host/native.rs", include_str!("../../examples/programs/guest/src/host/native.rs")),
	("guest/src/host/wasi.rs", include_str!("../../examples/programs/guest/src/host/wasi.rs")),
	("guest/src/stderr.rs", include_str!("../../examples/programs/guest/src/stderr.rs")),
	("guest/src/stream.rs", include_str!("../../examples/programs/guest/src/stream.rs")),
];

const C: [Draft; 6] = [
	(".gitignore", include_str!("../templates/c/gitignore")),
	("README.md", include_str!("../templates/c/README.md")),
	("src/main.c", include_str!("../templates/c/src/main.c")),
	("src/task.c", include_str!("../templates/c/src/task.c")),
	("src/task.h", include_str!("../templates/c/src/task.h")),
	("tests/native.c", include_str!("../templates/c/tests/native.c")),
];

const ASSEMBLY_SCRIPT: [Draft; 8] = [
	(".gitignore", include_str!("../templates/assemblyscript/gitignore")),
	("README.md", include_str!("../templates/assemblyscript/README.md")),
	("asconfig.json", include_str!("../templates/assemblyscript/asconfig.json")),
	("assembly/index.ts", include_str!("../templates/assemblyscript/assembly/index.ts")),
	("assembly/task.ts", include_str!("../templates/assemblyscript/assembly/task.ts")),
	("assembly/wasi.ts", include_str!("../../examples/programs/digits/assembly/wasi.ts")),
	("package.json", include_str!("../templates/assemblyscript/package.json")),
	("tests/native.mjs", include_str!("../templates/assemblyscript/tests/native.mjs")),
];

/// The compiler's version by hash: that of the example, under its name.
const PACKAGE_LOCK: &str = include_str!("../../examples/programs/digits/package-lock.json");
const PACKAGE_LOCK_NAME: &str = "assay-digits";

const LONGEST_NAME: usize = 64;
/// Names that cargo keeps for itself, or that another part of the folder has.
const TAKEN_NAMES: [&str; 7] = ["alloc", "assay-guest", "build", "core", "deps", "std", "test"];

/// Why there is no new program.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ScaffoldError {
	/// The name would not do.
	#[error("`{0}` cannot be the name of a program")]
	Name(String),
	/// Something is there already.
	#[error("{path} is there already, and is not an empty directory", path = .0.display())]
	Occupied(PathBuf),
	/// A file cannot be written.
	#[error(transparent)]
	File(#[from] FileError),
}

impl ScaffoldError {
	/// What to do about it.
	pub(crate) fn advice(&self) -> &'static str {
		match self {
			Self::Name(_) => {
				"Give --name a word of small letters, digits and hyphens that begins with a letter, such as prime-counter."
			},
			Self::Occupied(_) => "Name a directory that is not there yet.",
			Self::File(error) => error.advice(),
		}
	}
}

/// The name of the program that is to stand in `directory`, unless another one was chosen.
pub(crate) fn name(chosen: Option<&str>, directory: &Path) -> Result<String, ScaffoldError> {
	let name = match chosen {
		Some(name) => name.to_owned(),
		None => {
			let whole = std::path::absolute(directory).unwrap_or_else(|_| directory.to_path_buf());
			whole.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
		},
	};
	let letters = name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
	let begins = name.bytes().next().is_some_and(|byte| byte.is_ascii_lowercase());
	if letters && begins && name.len() <= LONGEST_NAME && !TAKEN_NAMES.contains(&name.as_str()) {
		Ok(name)
	} else {
		Err(ScaffoldError::Name(name))
	}
}

/// Writes a new program into `directory`, which must be empty or not there yet. Returns the files, sorted.
pub(crate) fn write(directory: &Path, language: Language, name: &str) -> Result<Vec<String>, ScaffoldError> {
	refuse_occupied(directory)?;
	let mut written = Vec::new();
	for (path, content) in drafts(language, name) {
		let whole = directory.join(&path);
		if let Some(parent) = whole.parent() {
			files::create_directory(parent)?;
		}
		files::write(&whole, content.as_bytes())?;
		written.push(path);
	}
	written.sort();
	Ok(written)
}

fn refuse_occupied(directory: &Path) -> Result<(), ScaffoldError> {
	let is_free = match fs::read_dir(directory) {
		Ok(mut entries) => entries.next().is_none(),
		Err(error) => error.kind() == io::ErrorKind::NotFound,
	};
	is_free.then_some(()).ok_or_else(|| ScaffoldError::Occupied(directory.to_path_buf()))
}

fn drafts(language: Language, name: &str) -> Vec<(String, String)> {
	let own: Vec<Draft> = match language {
		Language::Rust => RUST.into_iter().chain(GUEST).collect(),
		Language::C => C.into(),
		Language::AssemblyScript => ASSEMBLY_SCRIPT.into(),
	};
	let fill = |text: &str| text.replace("{{name}}", name).replace("{{version}}", env!("CARGO_PKG_VERSION"));
	let mut drafts: Vec<_> =
		own.into_iter().chain(CASES).map(|(path, text)| (path.to_owned(), fill(text))).collect();
	if language == Language::AssemblyScript {
		drafts.push(("package-lock.json".into(), PACKAGE_LOCK.replace(PACKAGE_LOCK_NAME, name)));
	}
	drafts
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn a_name_is_one_that_every_toolchain_takes() {
		assert_eq!(name(None, Path::new("/tmp/my-program")).unwrap(), "my-program");
		assert_eq!(name(Some("other2"), Path::new("/tmp/My Program")).unwrap(), "other2");
		for bad in ["", "-a", "2a", "A", "a b", "a/b", "a.b", "ä", "assay-guest", "test", &"a".repeat(65)] {
			assert!(matches!(name(Some(bad), Path::new("/tmp/x")), Err(ScaffoldError::Name(_))), "{bad}");
		}
		assert!(name(None, Path::new("/tmp/My Program")).is_err());
	}

	#[test]
	fn what_is_there_stays() {
		let directory = tempfile::tempdir().unwrap();
		assert!(write(directory.path(), Language::C, "mine").is_ok(), "an empty directory will do");
		fs::write(directory.path().join("src/main.c"), "mine").unwrap();
		assert!(matches!(write(directory.path(), Language::C, "mine"), Err(ScaffoldError::Occupied(_))));
		assert_eq!(fs::read(directory.path().join("src/main.c")).unwrap(), b"mine");
		let file = directory.path().join("file");
		fs::write(&file, "").unwrap();
		assert!(matches!(write(&file, Language::C, "mine"), Err(ScaffoldError::Occupied(_))));
	}

	#[test]
	fn nothing_is_left_to_fill_in() {
		for language in [Language::Rust, Language::C, Language::AssemblyScript] {
			for (path, text) in drafts(language, "mine") {
				assert!(!text.contains("{{"), "{path} of {language:?}");
			}
		}
	}

	/// The guest crate goes along as a list of files, which has to be that of the crate.
	#[test]
	fn the_guest_is_whole() {
		let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/programs/guest");
		let mut found = Vec::new();
		let mut directories = vec![source.join("src")];
		while let Some(directory) = directories.pop() {
			for entry in fs::read_dir(directory).unwrap() {
				let path = entry.unwrap().path();
				if path.is_dir() {
					directories.push(path);
				} else {
					found.push(format!("guest/{}", path.strip_prefix(&source).unwrap().display()));
				}
			}
		}
		let mut given: Vec<_> =
			GUEST.iter().map(|(path, _)| (*path).to_owned()).filter(|path| path.ends_with(".rs")).collect();
		found.sort();
		given.sort();
		assert_eq!(given, found);
		let features = |manifest: &str| manifest.split("[features]").nth(1).unwrap().to_owned();
		let original = fs::read_to_string(source.join("Cargo.toml")).unwrap();
		assert_eq!(features(GUEST[0].1), features(&original));
	}
}
