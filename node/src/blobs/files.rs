//! The store's directory: `blobs/<first two digits>/<hash>` for blobs, `staging/<hash>-<length>` for uploads.

use super::error::{io, BlobError};
use assay_primitives::Hash;
use std::{
	fs::{self, File, OpenOptions},
	io::{ErrorKind, Read, Seek, SeekFrom, Write},
	path::{Path, PathBuf},
	time::SystemTime,
};

pub(super) struct Files {
	blobs: PathBuf,
	staging: PathBuf,
}

/// An upload as found on the disk.
pub(super) struct StagedFile {
	pub(super) hash: Hash,
	pub(super) len: u64,
	pub(super) received: u64,
	pub(super) modified: SystemTime,
}

fn name(hash: &Hash) -> String {
	hex::encode(hash.0)
}

/// The hash a file is named after. Nothing but the name this store itself gives will do.
fn hash_from(file_name: &str) -> Option<Hash> {
	let mut bytes = [0; 32];
	hex::decode_to_slice(file_name, &mut bytes).ok()?;
	Some(Hash(bytes)).filter(|hash| name(hash) == file_name)
}

fn sync_directory(path: &Path) -> Result<(), BlobError> {
	File::open(path)
		.and_then(|directory| directory.sync_all())
		.map_err(io("secure a blob's place on the disk"))
}

impl Files {
	pub(super) fn open(root: &Path) -> Result<Self, BlobError> {
		let files = Self { blobs: root.join("blobs"), staging: root.join("staging") };
		for directory in [&files.blobs, &files.staging] {
			fs::create_dir_all(directory).map_err(io("create the directory of its blobs"))?;
		}
		Ok(files)
	}

	fn shard(&self, hash: &Hash) -> PathBuf {
		self.blobs.join(hex::encode(&hash.0[..1]))
	}

	fn blob_path(&self, hash: &Hash) -> PathBuf {
		self.shard(hash).join(name(hash))
	}

	fn staged_path(&self, hash: &Hash, len: u64) -> PathBuf {
		self.staging.join(format!("{}-{len}", name(hash)))
	}

	/// All blobs, with their lengths.
	pub(super) fn complete(&self) -> Result<Vec<(Hash, u64)>, BlobError> {
		let mut found = Vec::new();
		for (shard, metadata) in list(&self.blobs)? {
			if !metadata.is_dir() {
				ignore(&shard);
				continue;
			}
			for (path, metadata) in list(&shard)? {
				match path.file_name().and_then(|name| hash_from(name.to_str()?)) {
					Some(hash) if metadata.is_file() && self.blob_path(&hash) == path => {
						found.push((hash, metadata.len()));
					},
					_ => ignore(&path),
				}
			}
		}
		Ok(found)
	}

	/// All uploads.
	pub(super) fn staged(&self) -> Result<Vec<StagedFile>, BlobError> {
		let mut found = Vec::new();
		for (path, metadata) in list(&self.staging)? {
			let parsed = path.file_name().and_then(|name| {
				let (hash, len) = name.to_str()?.split_once('-')?;
				Some((hash_from(hash)?, len.parse::<u64>().ok()?))
			});
			match parsed {
				Some((hash, len)) if metadata.is_file() && self.staged_path(&hash, len) == path => {
					let modified = metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH);
					found.push(StagedFile { hash, len, received: metadata.len(), modified });
				},
				_ => ignore(&path),
			}
		}
		Ok(found)
	}

	/// Writes a piece of an upload. What was there from `offset` on was never acknowledged, and is overwritten.
	pub(super) fn write(&self, hash: &Hash, len: u64, offset: u64, data: &[u8]) -> Result<(), BlobError> {
		let write = || {
			let mut options = OpenOptions::new();
			let is_new = offset == 0;
			let mut file =
				options.write(true).create(is_new).truncate(is_new).open(self.staged_path(hash, len))?;
			file.seek(SeekFrom::Start(offset))?;
			file.write_all(data)
		};
		write().map_err(io("store the uploaded bytes"))
	}

	pub(super) fn hash_staged(&self, hash: &Hash, len: u64) -> Result<Hash, BlobError> {
		let read = || {
			let mut hasher = blake3::Hasher::new();
			// A write that failed half-way may have left something behind the end.
			hasher.update_reader(File::open(self.staged_path(hash, len))?.take(len))?;
			Ok(Hash(hasher.finalize().into()))
		};
		read().map_err(io("read back the uploaded bytes"))
	}

	/// Makes sure that all of an upload is on the disk, and nothing more in its file.
	pub(super) fn secure_staged(&self, hash: &Hash, len: u64) -> Result<(), BlobError> {
		let secure = || {
			let file = OpenOptions::new().write(true).open(self.staged_path(hash, len))?;
			file.set_len(len)?;
			file.sync_all()?;
			fs::create_dir_all(self.shard(hash))
		};
		secure().map_err(io("keep the uploaded blob"))
	}

	/// Makes an upload a blob.
	pub(super) fn promote(&self, hash: &Hash, len: u64) -> Result<(), BlobError> {
		fs::rename(self.staged_path(hash, len), self.blob_path(hash)).map_err(io("keep the uploaded blob"))
	}

	/// Makes sure that a blob just promoted is still there after a power failure.
	pub(super) fn sync_shard(&self, hash: &Hash) -> Result<(), BlobError> {
		sync_directory(&self.shard(hash))?;
		sync_directory(&self.blobs)
	}

	/// Fills `buffer` from `offset` on, if the blob still has `len` bytes.
	pub(super) fn read(
		&self,
		hash: &Hash,
		len: u64,
		offset: u64,
		buffer: &mut [u8],
	) -> Result<(), BlobError> {
		let failed = io("read the blob");
		let mut file = File::open(self.blob_path(hash)).map_err(|error| match error.kind() {
			ErrorKind::NotFound => BlobError::Missing(*hash),
			_ => failed(error),
		})?;
		if file.metadata().map_err(&failed)?.len() != len {
			return Err(BlobError::Corrupted(*hash));
		}
		file.seek(SeekFrom::Start(offset)).and_then(|_| file.read_exact(buffer)).map_err(failed)
	}

	pub(super) fn discard(&self, hash: &Hash, len: u64) {
		remove(&self.staged_path(hash, len));
	}

	pub(super) fn remove(&self, hash: &Hash) {
		remove(&self.blob_path(hash));
	}
}

/// A file that stays behind costs room until the next start, no more.
fn remove(path: &Path) {
	match fs::remove_file(path) {
		Err(error) if error.kind() != ErrorKind::NotFound => {
			log::warn!(target: "blobs", "{} cannot be removed: {error}", path.display());
		},
		_ => {},
	}
}

fn ignore(path: &Path) {
	log::warn!(target: "blobs", "{} is no blob of this store and is left alone", path.display());
}

fn list(directory: &Path) -> Result<Vec<(PathBuf, fs::Metadata)>, BlobError> {
	let entries = fs::read_dir(directory).map_err(io("list its blobs"))?;
	entries
		.map(|entry| entry.and_then(|entry| Ok((entry.path(), entry.metadata()?))))
		.collect::<Result<_, _>>()
		.map_err(io("list its blobs"))
}
