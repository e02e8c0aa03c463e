//! Files: read only up to a size; results are written whole or not at all.

use std::{
	fs::{self, File, OpenOptions},
	io::{self, Read, Write},
	path::{Path, PathBuf},
};

/// What went wrong with a file.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FileError {
	/// It cannot be read.
	#[error("{path}: {source}", path = path.display())]
	Read {
		/// The file.
		path: PathBuf,
		/// Why.
		source: io::Error,
	},
	/// It is larger than anything of its kind may be.
	#[error("{path} has more than {limit} bytes", path = path.display())]
	TooLarge {
		/// The file.
		path: PathBuf,
		/// The greatest size there may be.
		limit: u64,
	},
	/// It cannot be written.
	#[error("cannot write {path}: {source}", path = path.display())]
	Write {
		/// The file.
		path: PathBuf,
		/// Why.
		source: io::Error,
	},
	/// A directory cannot be created or listed.
	#[error("cannot use the directory {path}: {source}", path = path.display())]
	Directory {
		/// The directory.
		path: PathBuf,
		/// Why.
		source: io::Error,
	},
}

impl FileError {
	/// What to do about it.
	pub(crate) fn advice(&self) -> &'static str {
		match self {
			Self::Read { .. } => "Check the file's name and that you may read it.",
			Self::TooLarge { .. } => "Check that it is the right file.",
			Self::Write { .. } => {
				"Check the free space and that you may write there, then run the same command again."
			},
			Self::Directory { .. } => "Name a directory you may write to.",
		}
	}
}

/// The file's bytes, of which there may be at most `limit`. Never holds more than that in memory, even for a file
/// without an end.
pub(crate) fn read(path: &Path, limit: u64) -> Result<Vec<u8>, FileError> {
	let failed = |source| FileError::Read { path: path.to_path_buf(), source };
	read_open(File::open(path).map_err(failed)?, path, limit)
}

/// The same for a file that is open already, or something else to read from.
pub(crate) fn read_open(file: impl Read, path: &Path, limit: u64) -> Result<Vec<u8>, FileError> {
	let mut bytes = Vec::new();
	file.take(limit.saturating_add(1))
		.read_to_end(&mut bytes)
		.map_err(|source| FileError::Read { path: path.to_path_buf(), source })?;
	if u64::try_from(bytes.len()).map_or(true, |len| len > limit) {
		return Err(FileError::TooLarge { path: path.to_path_buf(), limit });
	}
	Ok(bytes)
}

/// The same for a file that need not be there.
pub(crate) fn read_if_present(path: &Path, limit: u64) -> Result<Option<Vec<u8>>, FileError> {
	match read(path, limit) {
		Err(FileError::Read { source, .. }) if source.kind() == io::ErrorKind::NotFound => Ok(None),
		result => result.map(Some),
	}
}

/// Creates a directory and those above it, unless it is there.
pub(crate) fn create_directory(path: &Path) -> Result<(), FileError> {
	fs::create_dir_all(path).map_err(|source| FileError::Directory { path: path.to_path_buf(), source })
}

/// Writes `name` in `directory` so that whoever looks sees the old content or all of the new one, also after a crash.
pub(crate) fn write_atomically(directory: &Path, name: &str, bytes: &[u8]) -> Result<(), FileError> {
	replace(directory, name, bytes, true)
}

/// The same, but after a crash of the whole machine the file may be damaged.
pub(crate) fn write_whole(directory: &Path, name: &str, bytes: &[u8]) -> Result<(), FileError> {
	replace(directory, name, bytes, false)
}

fn replace(directory: &Path, name: &str, bytes: &[u8], sync: bool) -> Result<(), FileError> {
	let path = directory.join(name);
	let draft = Draft(directory.join(format!(".{name}.{}.new", std::process::id())));
	let failed = |source| FileError::Write { path: path.clone(), source };
	draft.write(bytes, sync).map_err(failed)?;
	fs::rename(&draft.0, &path).map_err(failed)
}

/// Creates a directory that nobody else can look into, unless it is there.
pub(crate) fn create_private_directory(path: &Path) -> Result<(), FileError> {
	let mut builder = fs::DirBuilder::new();
	builder.recursive(true);
	#[cfg(unix)]
	std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
	builder.create(path).map_err(|source| FileError::Directory { path: path.to_path_buf(), source })
}

/// Writes a file that nobody else can read, and that is not there yet.
pub(crate) fn write_new_private(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
	let mut options = OpenOptions::new();
	options.write(true).create_new(true);
	#[cfg(unix)]
	std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
	let written =
		options.open(path).and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()));
	written.map_err(|source| FileError::Write { path: path.to_path_buf(), source })
}

/// Like [`write_atomically`], and the new content and its name are on the disk when this returns.
pub(crate) fn write_durably(directory: &Path, name: &str, bytes: &[u8]) -> Result<(), FileError> {
	write_atomically(directory, name, bytes)?;
	let synced = File::open(directory).and_then(|directory| directory.sync_all());
	synced.map_err(|source| FileError::Write { path: directory.join(name), source })
}

/// Writes a file, or to what there is under that name: a device stays one.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
	fs::write(path, bytes).map_err(|source| FileError::Write { path: path.to_path_buf(), source })
}

/// A file in the making. What is left of it when it is given up is removed.
struct Draft(PathBuf);

impl Draft {
	fn write(&self, bytes: &[u8], sync: bool) -> io::Result<()> {
		let mut file = OpenOptions::new().write(true).create(true).truncate(true).open(&self.0)?;
		file.write_all(bytes)?;
		if sync {
			file.sync_all()?;
		}
		Ok(())
	}
}

impl Drop for Draft {
	fn drop(&mut self) {
		// Gone under this name once it was renamed.
		let _ = fs::remove_file(&self.0);
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn a_file_is_read_up_to_its_limit() {
		let directory = tempfile::tempdir().unwrap();
		let path = directory.path().join("four");
		fs::write(&path, b"four").unwrap();
		assert_eq!(read(&path, 4).unwrap(), b"four");
		assert!(matches!(read(&path, 3), Err(FileError::TooLarge { limit: 3, .. })));
		assert_eq!(read(&path, u64::MAX).unwrap(), b"four");
	}

	#[cfg(unix)]
	#[test]
	fn a_file_without_an_end_is_refused() {
		assert!(matches!(read(Path::new("/dev/zero"), 1_000), Err(FileError::TooLarge { .. })));
	}

	#[test]
	fn only_a_missing_file_may_be_missing() {
		let directory = tempfile::tempdir().unwrap();
		assert!(read_if_present(&directory.path().join("none"), 10).unwrap().is_none());
		assert!(matches!(read_if_present(directory.path(), 10), Err(FileError::Read { .. })));
	}

	#[test]
	fn writing_replaces_and_leaves_nothing_else_behind() {
		let directory = tempfile::tempdir().unwrap();
		write_atomically(directory.path(), "out", b"first, and longer").unwrap();
		write_atomically(directory.path(), "out", b"second").unwrap();
		assert_eq!(fs::read(directory.path().join("out")).unwrap(), b"second");
		assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
	}

	#[test]
	fn a_failed_write_leaves_nothing_behind_and_says_which_file() {
		let directory = tempfile::tempdir().unwrap();
		fs::create_dir(directory.path().join("out")).unwrap();
		let error = write_atomically(directory.path(), "out", b"bytes").unwrap_err();
		assert!(error.to_string().contains("out"), "{error}");
		assert!(!error.to_string().contains(".new"), "{error}");
		assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
	}
}
