//! Takes the built explorer into the executable, if `ASSAY_EXPLORER_DIR` names a folder with it (scripts/env.sh sees to
//! that once scripts/explorer.sh has built it). Without it, everything but `assay explorer` without `--files` works the same.

use std::{env, fmt::Write as _, fs, io, path::Path};

fn main() -> io::Result<()> {
	println!("cargo::rerun-if-changed=build.rs");
	println!("cargo::rerun-if-env-changed=ASSAY_EXPLORER_DIR");
	let folder = env::var_os("ASSAY_EXPLORER_DIR");
	let folder = folder.as_deref().map(Path::new).filter(|folder| folder.join("index.html").is_file());
	let mut files = String::new();
	if let Some(folder) = folder {
		println!("cargo::rerun-if-changed={}", folder.display());
		list(folder, "", &mut files)?;
	}
	let output = env::var_os("OUT_DIR").ok_or(io::ErrorKind::NotFound)?;
	fs::write(Path::new(&output).join("explorer.rs"), format!("&[{files}]"))
}

/// Adds all files of a folder, under the paths they are asked for by.
fn list(folder: &Path, prefix: &str, files: &mut String) -> io::Result<()> {
	let mut entries = fs::read_dir(folder)?.collect::<io::Result<Vec<_>>>()?;
	entries.sort_by_key(fs::DirEntry::file_name);
	for entry in entries {
		let (path, name) = (entry.path(), format!("{prefix}/{}", entry.file_name().to_string_lossy()));
		if path.is_dir() {
			list(&path, &name, files)?;
		} else {
			// Writing to a string does not fail.
			let _ = write!(files, "({name:?}, include_bytes!({:?}).as_slice()),", path.canonicalize()?);
		}
	}
	Ok(())
}
