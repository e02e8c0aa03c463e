//! The store's directory: `blobs/<first two digits>/<hash>` for blobs, `staging/<hash>-<length>` for uploads,
//! `fetching/<hash>-<length>` and `….log` for what comes from other nodes; see [`super::marks`] for `marks/`.

use super::{
	error::{io, BlobError},
	ledger::Origin,
	marks::Marks,
	pieces::Tree,
};
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
	fetching: PathBuf,
	marks: Marks,
}

/// A blob as found on the disk.
pub(super) struct CompleteFile {
	pub(super) hash: Hash,
	pub(super) len: u64,
	pub(super) modified: SystemTime,
	pub(super) origin: Origin,
}

/// An upload, or what was fetched, as found on the disk.
pub(super) struct StagedFile {
	pub(super) hash: Hash,
	pub(super) len: u64,
	/// Bytes of the file.
	pub(super) received: u64,
	pub(super) modified: SystemTime,
}

pub(super) fn name(hash: &Hash) -> String {
	hex::encode(hash.0)
}

/// The hash a file is named after. Nothing but the name this store itself gives will do.
pub(super) fn hash_from(file_name: &str) -> Option<Hash> {
	let mut bytes = [0; 32];
	hex::decode_to_slice(file_name, &mut bytes).ok()?;
	Some(Hash(bytes)).filter(|hash| name(hash) == file_name)
}

pub(super) fn sync_directory(path: &Path) -> Result<(), BlobError> {
	File::open(path)
		.and_then(|directory| directory.sync_all())
		.map_err(io("secure a blob's place on the disk"))
}

impl Files {
	pub(super) fn open(root: &Path) -> Result<Self, BlobError> {
		let files = Self {
			blobs: root.join("blobs"),
			staging: root.join("staging"),
			fetching: root.join("fetching"),
			marks: Marks::open(root)?,
		};
		for directory in [&files.blobs, &files.staging, &files.fetching] {
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
		self.staging.join(part_name(hash, len))
	}

	/// Where what was fetched of a blob lies, and the log of it.
	pub(super) fn fetched_paths(&self, hash: &Hash, len: u64) -> (PathBuf, PathBuf) {
		let name = part_name(hash, len);
		(self.fetching.join(&name), self.fetching.join(format!("{name}.log")))
	}

	/// All blobs.
	pub(super) fn complete(&self) -> Result<Vec<CompleteFile>, BlobError> {
		let mut found = Vec::new();
		let mut marks = self.marks.all()?;
		for (shard, metadata) in list(&self.blobs)? {
			if !metadata.is_dir() {
				ignore(&shard);
				continue;
			}
			for (path, metadata) in list(&shard)? {
				match path.file_name().and_then(|name| hash_from(name.to_str()?)) {
					Some(hash) if metadata.is_file() && self.blob_path(&hash) == path => {
						let (len, modified) = (metadata.len(), modified(&metadata));
						let origin = marks.remove(&hash).unwrap_or(Origin::Uploaded);
						found.push(CompleteFile { hash, len, modified, origin });
					},
					_ => ignore(&path),
				}
			}
		}
		// What is left is of blobs that are gone.
		marks.keys().for_each(|hash| self.marks.clear(hash));
		Ok(found)
	}

	/// All uploads.
	pub(super) fn staged(&self) -> Result<Vec<StagedFile>, BlobError> {
		parts(&self.staging)
	}

	/// Everything that was fetched in part. Logs without what they are about are removed.
	pub(super) fn fetched(&self) -> Result<Vec<StagedFile>, BlobError> {
		for (path, _) in list(&self.fetching)? {
			let is_log = path.extension().is_some_and(|extension| extension == "log");
			if is_log && !path.with_extension("").exists() {
				remove(&path);
			}
		}
		parts(&self.fetching)
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

	/// The tree of an upload, and the hash it has indeed. `None` if it is shorter than it should be.
	pub(super) fn tree_of_staged(&self, hash: &Hash, len: u64) -> Result<Option<(Tree, Hash)>, BlobError> {
		// A write that failed half-way may have left something behind the end: that is not read.
		let read = || Tree::of(len, File::open(self.staged_path(hash, len))?);
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
		self.marks.clear(hash);
		fs::rename(self.staged_path(hash, len), self.blob_path(hash)).map_err(io("keep the uploaded blob"))
	}

	/// Notes why a blob is here.
	pub(super) fn mark(&self, hash: &Hash, origin: Origin) -> Result<(), BlobError> {
		self.marks.set(hash, origin)
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
		let mut file = self.open_blob(hash, len)?;
		file.seek(SeekFrom::Start(offset)).and_then(|_| file.read_exact(buffer)).map_err(io("read the blob"))
	}

	/// Makes a fetch a blob. Its file must be on the disk already.
	pub(super) fn promote_fetched(&self, hash: &Hash, len: u64) -> Result<(), BlobError> {
		let (data, log) = self.fetched_paths(hash, len);
		// First, so that nobody takes it for an upload if the node stops in between.
		self.marks.set(hash, Origin::Fetched)?;
		fs::create_dir_all(self.shard(hash))
			.and_then(|()| fs::rename(data, self.blob_path(hash)))
			.map_err(io("keep the fetched blob"))?;
		remove(&log);
		Ok(())
	}

	/// Opens a blob that must have `len` bytes.
	pub(super) fn open_blob(&self, hash: &Hash, len: u64) -> Result<File, BlobError> {
		let failed = io("read the blob");
		let file = File::open(self.blob_path(hash)).map_err(|error| match error.kind() {
			ErrorKind::NotFound => BlobError::Missing(*hash),
			_ => failed(error),
		})?;
		if file.metadata().map_err(&failed)?.len() != len {
			return Err(BlobError::Corrupted(*hash));
		}
		Ok(file)
	}

	pub(super) fn discard(&self, hash: &Hash, len: u64) {
		remove(&self.staged_path(hash, len));
	}

	pub(super) fn discard_fetched(&self, hash: &Hash, len: u64) {
		let (data, log) = self.fetched_paths(hash, len);
		remove(&data);
		remove(&log);
	}

	pub(super) fn remove(&self, hash: &Hash) {
		remove(&self.blob_path(hash));
		self.marks.clear(hash);
	}
}

/// A file that stays behind costs room until the next start, no more.
pub(super) fn remove(path: &Path) {
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

fn part_name(hash: &Hash, len: u64) -> String {
	format!("{}-{len}", name(hash))
}

pub(super) fn modified(metadata: &fs::Metadata) -> SystemTime {
	metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH)
}

/// The files of a directory that are named after a blob and its length.
fn parts(directory: &Path) -> Result<Vec<StagedFile>, BlobError> {
	let mut found = Vec::new();
	for (path, metadata) in list(directory)? {
		let parsed = path.file_name().and_then(|name| {
			let (hash, len) = name.to_str()?.split_once('-')?;
			Some((hash_from(hash)?, len.parse::<u64>().ok()?))
		});
		match parsed {
			Some((hash, len)) if metadata.is_file() && directory.join(part_name(&hash, len)) == path => {
				found.push(StagedFile { hash, len, received: metadata.len(), modified: modified(&metadata) });
			},
			_ if path.extension().is_some_and(|extension| extension == "log") => {},
			_ => ignore(&path),
		}
	}
	Ok(found)
}

pub(super) fn list(directory: &Path) -> Result<Vec<(PathBuf, fs::Metadata)>, BlobError> {
	let entries = fs::read_dir(directory).map_err(io("list its blobs"))?;
	entries
		.map(|entry| entry.and_then(|entry| Ok((entry.path(), entry.metadata()?))))
		.collect::<Result<_, _>>()
		.map_err(io("list its blobs"))
}
