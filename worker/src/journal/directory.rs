//! The directory a worker keeps everything in that must survive it.

use super::{file, JournalError};
use assay_primitives::{AccountId, Hash};
use std::{
	fmt,
	fs::{self, File},
	io,
	path::{Path, PathBuf},
};

const LOCK: &str = "lock";
const ACCOUNT: &str = "account";
const SECRET: &str = "seal.secret";
const BATCHES: &str = "batches";
const INTENTS: &str = "intents";
/// First line of the account file.
const HEADING: &str = "assay-worker 1";

/// An open data directory: locked, and that of the right account on the right chain.
pub struct DataDirectory {
	path: PathBuf,
	secret: [u8; 32],
	/// Released when the process ends, however it ends.
	_lock: File,
}

impl fmt::Debug for DataDirectory {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		f.debug_struct("DataDirectory").field("path", &self.path).finish_non_exhaustive()
	}
}

impl DataDirectory {
	/// Opens the directory, and makes it if there is none. A directory without a secret gets `seed` for one: with a seed
	/// that depends on the account's key alone, a worker that lost its directory, or has another one elsewhere, makes the
	/// same receipt of the same results. Two different ones would cost it its bond.
	///
	/// # Errors
	///
	/// If another worker uses it, if it belongs to another account or chain, if its secret is damaged, or if the disk
	/// fails.
	pub fn open(
		path: &Path,
		account: &AccountId,
		genesis: &Hash,
		seed: &[u8; 32],
	) -> Result<Self, JournalError> {
		create_private(path).map_err(|error| JournalError::io(path, error))?;
		let lock = lock(path)?;
		let identity = format!("{HEADING}\naccount {account}\ngenesis {genesis}\n");
		let is_new = check_identity(path, &identity)?;
		let secret = read_or_create_secret(&path.join(SECRET), seed)?;
		for name in [BATCHES, INTENTS] {
			let path = path.join(name);
			create_private(&path).map_err(|error| JournalError::io(&path, error))?;
		}
		if is_new {
			// Last: a directory that bears a name is complete.
			let path = path.join(ACCOUNT);
			file::write_atomically(&path, identity.as_bytes())
				.map_err(|error| JournalError::io(&path, error))?;
		}
		Ok(Self { path: path.to_owned(), secret, _lock: lock })
	}

	/// What batch keys are derived from. Whoever knows it can read results before they are revealed.
	pub fn secret(&self) -> &[u8; 32] {
		&self.secret
	}

	/// Where it is.
	pub fn path(&self) -> &Path {
		&self.path
	}

	pub(super) fn batches(&self) -> PathBuf {
		self.path.join(BATCHES)
	}

	pub(super) fn intents(&self) -> PathBuf {
		self.path.join(INTENTS)
	}
}

fn create_private(path: &Path) -> io::Result<()> {
	let mut builder = fs::DirBuilder::new();
	builder.recursive(true);
	#[cfg(unix)]
	std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
	builder.create(path)
}

fn lock(directory: &Path) -> Result<File, JournalError> {
	let path = directory.join(LOCK);
	let file = file::private_file().create(true).truncate(false).open(&path);
	let file = file.map_err(|error| JournalError::io(&path, error))?;
	match lock_exclusively(&file) {
		Ok(()) => Ok(file),
		Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
			Err(JournalError::InUse { path: directory.to_owned() })
		},
		Err(error) => Err(JournalError::io(&path, error)),
	}
}

fn lock_exclusively(file: &File) -> io::Result<()> {
	use std::os::fd::AsRawFd;
	// SAFETY: `flock` takes an open descriptor, which `file` is, and touches no memory.
	match unsafe { libc::flock(file.as_raw_fd(), libc::LOCK_EX | libc::LOCK_NB) } {
		0 => Ok(()),
		_ => Err(io::Error::last_os_error()),
	}
}

/// Whether the directory is new. An error if it is somebody else's.
fn check_identity(directory: &Path, identity: &str) -> Result<bool, JournalError> {
	let path = directory.join(ACCOUNT);
	match fs::read_to_string(&path) {
		Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(true),
		Err(error) => Err(JournalError::io(&path, error)),
		Ok(found) if found == identity => Ok(false),
		Ok(found) => Err(JournalError::OtherOwner {
			path: directory.to_owned(),
			found: found.lines().skip(1).collect::<Vec<_>>().join(", "),
			wanted: identity.lines().skip(1).collect::<Vec<_>>().join(", "),
		}),
	}
}

fn read_or_create_secret(path: &Path, seed: &[u8; 32]) -> Result<[u8; 32], JournalError> {
	match fs::read(path) {
		Ok(bytes) => bytes.try_into().map_err(|_| JournalError::DamagedSecret { path: path.to_owned() }),
		Err(error) if error.kind() == io::ErrorKind::NotFound => {
			file::write_atomically(path, seed).map_err(|error| JournalError::io(path, error))?;
			Ok(*seed)
		},
		Err(error) => Err(JournalError::io(path, error)),
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	const ACCOUNT_ID: AccountId = AccountId([1; 32]);
	const SEED: [u8; 32] = [9; 32];

	fn genesis() -> Hash {
		Hash::of(b"genesis")
	}

	fn open(path: &Path) -> Result<DataDirectory, JournalError> {
		DataDirectory::open(path, &ACCOUNT_ID, &genesis(), &SEED)
	}

	#[test]
	fn the_secret_is_made_once_and_is_private() {
		use std::os::unix::fs::PermissionsExt;
		let temporary = tempfile::tempdir().unwrap();
		let path = temporary.path().join("a/b");
		let secret = *open(&path).unwrap().secret();
		assert_eq!(secret, SEED);
		let shown = format!("{:?}", open(&path).unwrap());
		assert!(!shown.contains(&format!("{secret:?}")), "{shown}");
		assert_eq!(*open(&path).unwrap().secret(), secret);
		let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
		assert_eq!(mode(&path.join(SECRET)), 0o600);
		assert_eq!(mode(&path), 0o700);
		assert_eq!(
			*open(&temporary.path().join("c")).unwrap().secret(),
			secret,
			"a lost directory loses nothing"
		);
		let other = DataDirectory::open(&path, &ACCOUNT_ID, &genesis(), &[8; 32]).unwrap();
		assert_eq!(*other.secret(), secret, "it is never replaced");
	}

	#[test]
	fn a_damaged_secret_is_never_replaced() {
		let temporary = tempfile::tempdir().unwrap();
		drop(open(temporary.path()).unwrap());
		let path = temporary.path().join(SECRET);
		fs::write(&path, b"short").unwrap();
		assert!(matches!(open(temporary.path()), Err(JournalError::DamagedSecret { .. })));
		assert_eq!(fs::read(&path).unwrap(), b"short");
	}

	#[test]
	fn two_workers_do_not_share_a_directory() {
		let temporary = tempfile::tempdir().unwrap();
		let first = open(temporary.path()).unwrap();
		let error = open(temporary.path()).unwrap_err();
		assert!(matches!(error, JournalError::InUse { .. }));
		assert!(error.to_string().contains("another worker"), "{error}");
		drop(first);
		open(temporary.path()).unwrap();
	}

	#[test]
	fn a_directory_belongs_to_one_account_on_one_chain() {
		let temporary = tempfile::tempdir().unwrap();
		drop(open(temporary.path()).unwrap());
		let other_account = DataDirectory::open(temporary.path(), &AccountId([2; 32]), &genesis(), &SEED);
		assert!(matches!(other_account, Err(JournalError::OtherOwner { .. })));
		let other_chain = DataDirectory::open(temporary.path(), &ACCOUNT_ID, &Hash::of(b"other"), &SEED);
		let error = other_chain.unwrap_err();
		assert!(error.to_string().contains(&genesis().to_string()), "{error}");
		open(temporary.path()).unwrap();
	}

	#[test]
	fn a_directory_whose_making_was_interrupted_is_finished() {
		let temporary = tempfile::tempdir().unwrap();
		let secret = *open(temporary.path()).unwrap().secret();
		// The crash came before the name was written, and left half a file.
		fs::rename(temporary.path().join(ACCOUNT), temporary.path().join("account.tmp")).unwrap();
		fs::remove_dir(temporary.path().join(INTENTS)).unwrap();
		assert_eq!(*open(temporary.path()).unwrap().secret(), secret);
		assert!(temporary.path().join(ACCOUNT).exists());
	}
}
