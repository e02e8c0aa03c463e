//! Keystores on this machine, and the passwords that open them.

use crate::{
	config,
	files::{self, FileError},
};
use assay_client::{Keys, Keystore, KeystoreError};
use assay_primitives::AccountId;
use std::{
	fs,
	io::{self, IsTerminal},
	path::{Path, PathBuf},
};

/// A keystore is some hundred bytes long.
const MAX_KEYSTORE_BYTES: u64 = 64 << 10;
/// The longest password there may be in a file.
const MAX_SECRET_BYTES: u64 = 4_096;
const EXTENSION: &str = "json";
/// Holds a password, for scripts.
pub(crate) const PASSWORD_VARIABLE: &str = "ASSAY_PASSWORD";

/// Why there are no keys.
#[derive(Debug, thiserror::Error)]
pub(crate) enum KeyringError {
	/// A file cannot be read or written.
	#[error(transparent)]
	File(#[from] FileError),
	/// The keystore is of no use.
	#[error("{path}: {source}", path = path.display())]
	Keystore {
		/// The file.
		path: PathBuf,
		/// What is wrong.
		source: KeystoreError,
	},
	/// There is no such account.
	#[error("there is no account {name:?} in {folder}", folder = folder.display())]
	Unknown {
		/// What was asked for.
		name: String,
		/// Where accounts are kept.
		folder: PathBuf,
	},
	/// The name is taken.
	#[error("there is an account {0:?} already")]
	Taken(String),
	/// The name is none.
	#[error("{0:?} is not a name: use letters, digits, - and _")]
	BadName(String),
	/// There is nowhere to keep keys.
	#[error("there is no folder to keep accounts in, because HOME is not set")]
	NoFolder,
	/// Nobody can be asked.
	#[error("{0} is needed, and there is no terminal to ask for it")]
	NobodyToAsk(&'static str),
	/// The terminal does not work.
	#[error("{what} cannot be read from the terminal: {source}")]
	Terminal {
		/// What was asked for.
		what: &'static str,
		/// Why.
		source: io::Error,
	},
	/// Two different passwords were typed.
	#[error("the two passwords are not the same")]
	NotTheSame,
	/// Nothing was typed.
	#[error("{0} is empty")]
	Empty(&'static str),
}

impl KeyringError {
	/// What to do about it.
	pub(crate) fn advice(&self) -> String {
		match self {
			Self::File(error) => error.advice().into(),
			Self::Keystore { source: KeystoreError::WrongPassword, .. } => {
				"Try again. Nobody can open it without its password; with its phrase, import it anew under another name."
					.into()
			},
			Self::Keystore { source: KeystoreError::NoPhrase, .. } => {
				"Export the keystore itself instead, without --phrase.".into()
			},
			Self::Keystore { .. } => "It must be the JSON of one sr25519 account, version 3, as polkadot-js exports it.".into(),
			Self::Unknown { .. } => {
				"See what there is with: assay account list. Make one with: assay account new NAME".into()
			},
			Self::Taken(_) => "Choose another name.".into(),
			Self::BadName(_) => "For example: main".into(),
			Self::NoFolder => "Name a folder with ASSAY_KEYS.".into(),
			Self::NobodyToAsk(_) | Self::Terminal { .. } => {
				format!("Give --password-file FILE, or the environment variable {PASSWORD_VARIABLE}.")
			},
			Self::NotTheSame | Self::Empty(_) => "Try again. Nothing was written.".into(),
		}
	}

	/// Whether somebody pressed Ctrl-C instead of answering.
	pub(crate) fn is_interrupted(&self) -> bool {
		matches!(self, Self::Terminal { source, .. } if source.kind() == io::ErrorKind::Interrupted)
	}
}

/// A keystore in a file.
#[derive(Debug)]
pub(crate) struct Entry {
	/// Its name: that of the file.
	pub(crate) name: String,
	/// The file.
	pub(crate) path: PathBuf,
	/// What it holds.
	pub(crate) keystore: Keystore,
}

impl Entry {
	/// Opens it, with the password from wherever it is to come from.
	pub(crate) fn unlock(&self, password: Option<&Path>) -> Result<Keys, KeyringError> {
		Ok(self.unlock_and_tell(password)?.0)
	}

	/// The same, with the password that opened it.
	pub(crate) fn unlock_and_tell(&self, password: Option<&Path>) -> Result<(Keys, String), KeyringError> {
		let password = existing_password(&self.name, password)?;
		let keys = self.keystore.unlock(&password).map_err(|source| self.failed(source))?;
		Ok((keys, password))
	}

	/// The phrase its keys come from.
	pub(crate) fn phrase(&self, password: Option<&Path>) -> Result<String, KeyringError> {
		let password = existing_password(&self.name, password)?;
		self.keystore.phrase(&password).map_err(|source| self.failed(source))
	}

	fn failed(&self, source: KeystoreError) -> KeyringError {
		KeyringError::Keystore { path: self.path.clone(), source }
	}
}

/// The folder with the keystores.
pub(crate) fn folder() -> Result<PathBuf, KeyringError> {
	config::keys_directory().ok_or(KeyringError::NoFolder)
}

/// Reads the keystore in a file.
pub(crate) fn read(path: &Path) -> Result<Entry, KeyringError> {
	let bytes = files::read(path, MAX_KEYSTORE_BYTES)?;
	let keystore = Keystore::parse(&bytes)
		.map_err(|source| KeyringError::Keystore { path: path.to_path_buf(), source })?;
	let name = path.file_stem().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
	Ok(Entry { name, path: path.to_path_buf(), keystore })
}

/// Every keystore in the folder, by name. What is none is left out.
pub(crate) fn list() -> Result<Vec<Entry>, KeyringError> {
	let folder = folder()?;
	let failed = |source| FileError::Directory { path: folder.clone(), source };
	let files = match fs::read_dir(&folder) {
		Ok(files) => files,
		Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
		Err(error) => return Err(failed(error).into()),
	};
	let mut entries = Vec::new();
	for file in files {
		let path = file.map_err(failed)?.path();
		if path.extension().is_some_and(|extension| extension == EXTENSION) {
			entries.extend(read(&path));
		}
	}
	entries.sort_by(|one, other| one.name.cmp(&other.name));
	Ok(entries)
}

/// The keystore that is meant: by the name or the address of an account, or the path of a file.
pub(crate) fn find(wanted: &str) -> Result<Entry, KeyringError> {
	if wanted.contains('/') || wanted.ends_with(".json") {
		return read(Path::new(wanted));
	}
	let address: Option<AccountId> = wanted.parse().ok();
	let found = list()?.into_iter().find(|entry| {
		entry.name == wanted || address.is_some_and(|address| entry.keystore.account() == address)
	});
	found.ok_or(KeyringError::Unknown { name: wanted.into(), folder: folder()? })
}

/// Whether a file holds a keystore, rather than a secret in the clear.
pub(crate) fn is_keystore(path: &Path) -> bool {
	files::read(path, MAX_KEYSTORE_BYTES).is_ok_and(|bytes| bytes.trim_ascii_start().starts_with(b"{"))
}

/// Where a new account of this name is kept. Its name must be one, and not be taken.
pub(crate) fn place(name: &str) -> Result<PathBuf, KeyringError> {
	let is_fit = |character: char| character.is_ascii_alphanumeric() || character == '-' || character == '_';
	if name.is_empty() || name.len() > 64 || !name.chars().all(is_fit) {
		return Err(KeyringError::BadName(name.into()));
	}
	let path = folder()?.join(format!("{name}.{EXTENSION}"));
	if path.exists() {
		return Err(KeyringError::Taken(name.into()));
	}
	Ok(path)
}

/// Keeps a keystore where nobody else can read it.
pub(crate) fn keep(path: &Path, keystore: &Keystore) -> Result<(), KeyringError> {
	let folder = path.parent().unwrap_or(Path::new("."));
	files::create_private_directory(folder)?;
	Ok(files::write_new_private(path, &keystore.to_json())?)
}

/// The password of a keystore that exists.
fn existing_password(name: &str, file: Option<&Path>) -> Result<String, KeyringError> {
	match given_password(file)? {
		Some(password) => Ok(password),
		None => ask(&format!("Password of {name}: "), "the password"),
	}
}

/// The password of a keystore that is about to be made: typed twice, unless it is given.
pub(crate) fn new_password(file: Option<&Path>) -> Result<String, KeyringError> {
	if let Some(password) = given_password(file)? {
		return Ok(password);
	}
	let password = ask("New password: ", "the password")?;
	if ask("The same again: ", "the password")? != password {
		return Err(KeyringError::NotTheSame);
	}
	Ok(password)
}

fn given_password(file: Option<&Path>) -> Result<Option<String>, KeyringError> {
	let password = match file {
		Some(path) => Some(secret_in(path)?),
		None => std::env::var(PASSWORD_VARIABLE).ok(),
	};
	match password {
		Some(password) if password.is_empty() => Err(KeyringError::Empty("the password")),
		password => Ok(password),
	}
}

/// The first line of a file.
pub(crate) fn secret_in(path: &Path) -> Result<String, KeyringError> {
	let bytes = files::read(path, MAX_SECRET_BYTES)?;
	let text = String::from_utf8_lossy(&bytes);
	Ok(text.lines().next().unwrap_or_default().into())
}

/// Asks for a secret at the terminal, without showing it.
pub(crate) fn ask(prompt: &str, what: &'static str) -> Result<String, KeyringError> {
	if !io::stdin().is_terminal() {
		return Err(KeyringError::NobodyToAsk(what));
	}
	let answer =
		rpassword::prompt_password(prompt).map_err(|source| KeyringError::Terminal { what, source })?;
	if answer.is_empty() {
		return Err(KeyringError::Empty(what));
	}
	Ok(answer)
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn names_are_no_paths() {
		for name in ["", "..", "a/b", "a.json", "a b", "ä", &"a".repeat(65)] {
			assert!(matches!(place(name), Err(KeyringError::BadName(_))), "{name:?}");
		}
	}

	#[test]
	fn what_was_kept_is_found_and_never_replaced() {
		let directory = tempfile::tempdir().unwrap();
		let path = directory.path().join("keys").join("bob.json");
		let bob = Keys::from_suri("//Bob").unwrap();
		let keystore = Keystore::lock(&bob, None, "bob", "secret").unwrap();
		keep(&path, &keystore).unwrap();
		let entry = find(path.to_str().unwrap()).unwrap();
		assert_eq!((entry.name.as_str(), entry.keystore.account()), ("bob", bob.account()));
		assert!(keep(&path, &keystore).is_err());
		#[cfg(unix)]
		{
			use std::os::unix::fs::PermissionsExt;
			assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
			let folder = path.parent().unwrap();
			assert_eq!(fs::metadata(folder).unwrap().permissions().mode() & 0o777, 0o700);
		}
		let password = directory.path().join("password");
		fs::write(&password, "secret\n").unwrap();
		assert_eq!(entry.unlock(Some(&password)).unwrap().account(), bob.account());
		fs::write(&password, "wrong\n").unwrap();
		let error = entry.unlock(Some(&password)).unwrap_err();
		assert!(error.to_string().contains("wrong password"), "{error}");
	}
}
