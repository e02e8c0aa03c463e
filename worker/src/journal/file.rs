//! Small files that are either whole or not there.

use assay_primitives::Hash;
use codec::{Decode, DecodeAll, Encode};
use std::{
	fs::{self, File, OpenOptions},
	io::{self, Write},
	path::{Path, PathBuf},
};

/// Extension of a file that is being written.
pub(super) const UNFINISHED: &str = "tmp";
/// Extension of a file that turned out damaged and was put aside.
pub(super) const DAMAGED: &str = "damaged";
/// In front of every file of the journal.
const MAGIC: [u8; 8] = *b"ASSAYJNL";
/// Version of everything behind [`MAGIC`].
const VERSION: u16 = 1;

/// Why a record cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
	/// It is cut short, damaged, or no record at all.
	#[error("it is damaged")]
	Damaged,
	/// It was written by another version of the worker.
	#[error("it has format {0}, this worker reads format {VERSION}")]
	OtherVersion(u16),
}

/// Magic, version, checksum, value.
pub(super) fn encode_record(value: &impl Encode) -> Vec<u8> {
	let body = value.encode();
	(MAGIC, VERSION, Hash::of(&body), codec::Compact(body.len() as u64))
		.encode()
		.into_iter()
		.chain(body)
		.collect()
}

pub(super) fn decode_record<T: Decode>(bytes: &[u8]) -> Result<T, RecordError> {
	let mut rest = bytes;
	let (magic, version) = <([u8; 8], u16)>::decode(&mut rest).map_err(|_| RecordError::Damaged)?;
	if magic != MAGIC {
		return Err(RecordError::Damaged);
	}
	if version != VERSION {
		return Err(RecordError::OtherVersion(version));
	}
	let (checksum, len) =
		<(Hash, codec::Compact<u64>)>::decode(&mut rest).map_err(|_| RecordError::Damaged)?;
	if len.0 != rest.len() as u64 || Hash::of(rest) != checksum {
		return Err(RecordError::Damaged);
	}
	T::decode_all(&mut rest).map_err(|_| RecordError::Damaged)
}

/// Writes a file so that after a crash at any moment there is the old one or the new one, and nothing in between.
pub(super) fn write_atomically(path: &Path, bytes: &[u8]) -> io::Result<()> {
	let unfinished = with_extension(path, UNFINISHED);
	let mut file = private_file().truncate(true).create(true).open(&unfinished)?;
	file.write_all(bytes)?;
	file.sync_all()?;
	drop(file);
	fs::rename(&unfinished, path)?;
	sync_directory_of(path)
}

/// Removes a file for good. It is no error if there is none.
pub(super) fn remove(path: &Path) -> io::Result<()> {
	match fs::remove_file(path) {
		Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
		done => done.and_then(|()| sync_directory_of(path)),
	}
}

/// `name.entry` becomes `name.entry.tmp`.
pub(super) fn with_extension(path: &Path, extension: &str) -> PathBuf {
	let mut name = path.file_name().unwrap_or_default().to_owned();
	name.push(".");
	name.push(extension);
	path.with_file_name(name)
}

/// For files that only this user may read.
pub(super) fn private_file() -> OpenOptions {
	let mut options = OpenOptions::new();
	options.write(true);
	#[cfg(unix)]
	std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
	options
}

/// A renamed or removed file stays so through a power failure only once its directory is written.
pub(super) fn sync_directory_of(path: &Path) -> io::Result<()> {
	match path.parent() {
		Some(directory) => File::open(directory)?.sync_all(),
		None => Ok(()),
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn a_record_is_read_back_whole_or_not_at_all() {
		let value = (7u64, vec![1u8, 2, 3]);
		let record = encode_record(&value);
		assert_eq!(decode_record::<(u64, Vec<u8>)>(&record), Ok(value));
		for end in 0..record.len() {
			assert!(decode_record::<(u64, Vec<u8>)>(&record[..end]).is_err(), "cut at {end}");
		}
		for at in 0..record.len() {
			let mut damaged = record.clone();
			damaged[at] ^= 1;
			assert!(decode_record::<(u64, Vec<u8>)>(&damaged).is_err(), "byte {at}");
		}
		let longer = [&record[..], &[0]].concat();
		assert_eq!(decode_record::<(u64, Vec<u8>)>(&longer), Err(RecordError::Damaged));
		// The right bytes of another type.
		assert_eq!(decode_record::<u64>(&record), Err(RecordError::Damaged));
	}

	/// Records have checksums, so what is behind them is tried apart.
	#[test]
	fn whatever_the_bytes_a_record_is_read_or_refused() {
		use crate::journal::{Entry, Progress};
		let claimed = crate::testing::entry(3, 7);
		let signed = Entry {
			progress: Progress::Signed(crate::testing::signed_receipt(assay_primitives::AccountId([1; 32]))),
			..claimed.clone()
		};
		let samples = [claimed, signed];
		let mut read = 0;
		crate::bytes::try_out(&samples.each_ref().map(|entry| entry.encode()), 1, |bytes| {
			if let Ok(entry) = Entry::decode_all(&mut &bytes[..]) {
				assert_eq!(entry.encode(), bytes);
				assert_eq!(decode_record(&encode_record(&entry)), Ok(entry));
				read += 1;
			}
		});
		assert!(read > 100, "{read} were read");
		crate::bytes::try_out(&samples.each_ref().map(encode_record), 1, |bytes| {
			if let Ok(entry) = decode_record::<Entry>(bytes) {
				assert!(samples.contains(&entry), "{entry:?}");
			}
		});
	}

	#[test]
	fn a_record_of_another_version_is_not_called_damaged() {
		let mut record = encode_record(&1u8);
		record[8] = 2;
		assert_eq!(decode_record::<u8>(&record), Err(RecordError::OtherVersion(2)));
	}

	#[test]
	fn a_file_is_replaced_as_a_whole() {
		let directory = tempfile::tempdir().unwrap();
		let path = directory.path().join("file");
		write_atomically(&path, b"old").unwrap();
		// What a crash in the middle of writing leaves behind is in nobody's way.
		fs::write(with_extension(&path, UNFINISHED), b"half of the n").unwrap();
		assert_eq!(fs::read(&path).unwrap(), b"old");
		write_atomically(&path, b"new").unwrap();
		assert_eq!(fs::read(&path).unwrap(), b"new");
		assert!(!with_extension(&path, UNFINISHED).exists());
		remove(&path).unwrap();
		remove(&path).unwrap();
		assert!(!path.exists());
	}
}
