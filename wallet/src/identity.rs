//! Whose money: the keys a command signs with.

use crate::{
	config,
	files::{self, FileError},
	keyring::{self, Entry, KeyringError},
};
use assay_client::{KeyError, Keys};
use assay_primitives::AccountId;
use std::{
	fs::File,
	path::{Path, PathBuf},
};

/// A phrase of 24 words with derivations and a password is far shorter.
const MAX_KEY_FILE_BYTES: u64 = 4_096;
/// The accounts of development chains. Everybody has their keys.
const DEVELOPMENT_NAMES: [&str; 6] = ["Alice", "Bob", "Charlie", "Dave", "Eve", "Ferdie"];

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub(crate) enum IdentityError {
	/// Neither option was given.
	#[error("it was not said whose account this is for")]
	Missing,
	/// A keystore cannot be used.
	#[error(transparent)]
	Keyring(#[from] KeyringError),
	/// The secret is not one.
	#[error(transparent)]
	Key(#[from] KeyError),
	/// The key file cannot be read.
	#[error("the key file cannot be used: {0}")]
	File(#[from] FileError),
	/// Other users could have read the secret.
	#[error("other users of this machine can read or change {path} (mode {mode:03o})", path = path.display())]
	OpenToOthers {
		/// The key file.
		path: PathBuf,
		/// Its permissions.
		mode: u32,
	},
	/// There is no secret in the key file, or more than one line.
	#[error("{path} does not hold one secret on one line", path = path.display())]
	NotAKeyFile {
		/// The key file.
		path: PathBuf,
	},
	/// The key file's secret is not one.
	#[error("{path}: {source}", path = path.display())]
	InFile {
		/// The key file.
		path: PathBuf,
		/// What is wrong with it.
		source: KeyError,
	},
}

impl IdentityError {
	/// What to do about it.
	pub(crate) fn advice(&self) -> String {
		match self {
			Self::Missing => {
				"Make an account with assay account new NAME, or name one with --account or --key-file; on a \
				development chain give --suri //Alice."
					.into()
			},
			Self::Keyring(error) => error.advice(),
			Self::Key(_) => "Check every word or digit of the secret that was given.".into(),
			Self::File(_) => "Check its name, and that it is yours.".into(),
			Self::OpenToOthers { path, .. } => {
				format!(
					"Run: chmod 600 {}. If others may have read it, move the money to new keys.",
					path.display()
				)
			},
			Self::NotAKeyFile { .. } | Self::InFile { .. } => {
				"It must hold a phrase, a 0x-hexadecimal seed or a SURI, and nothing else.".into()
			},
		}
	}
}

/// Where the keys come from, as typed.
#[derive(Debug, Default, clap::Args)]
#[command(next_help_heading = "Keys")]
pub(crate) struct KeyOptions {
	/// The account to sign for: the name or address of a keystore made with assay account new, or the path of a keystore
	/// file [env: ASSAY_ACCOUNT] [default: that of the configuration, or the only one there is]
	#[arg(id = "key_account", long = "account", value_name = "NAME", conflicts_with_all = ["suri", "key_file"])]
	pub(crate) account: Option<String>,

	/// A file whose first line is the keystore's password [env: ASSAY_PASSWORD_FILE, or ASSAY_PASSWORD for itself]
	/// [default: it is asked for]
	#[arg(long, value_name = "FILE")]
	pub(crate) password_file: Option<PathBuf>,

	/// The secret itself, for development chains: //Alice, //Bob, …
	#[arg(long, value_name = "SURI", conflicts_with = "key_file")]
	pub(crate) suri: Option<String>,

	/// A file with the secret (a phrase, a seed or a SURI) that nobody else can read
	#[arg(long, value_name = "FILE")]
	pub(crate) key_file: Option<PathBuf>,
}

impl KeyOptions {
	/// The keys, with a warning on standard error where they were given away.
	pub(crate) fn keys(&self) -> Result<Keys, IdentityError> {
		match (&self.suri, &self.key_file) {
			(Some(suri), _) => {
				let keys = Keys::from_suri(suri)?;
				if is_development(suri) {
					eprintln!(
						"warning: everybody has the keys of {}: use them on development chains only",
						suri.trim()
					);
				} else {
					eprintln!(
						"warning: a secret on the command line stays in the shell's history and is visible to other \
						 users; use --account or --key-file"
					);
				}
				Ok(keys)
			},
			(None, Some(path)) => self.in_file(path),
			(None, None) => Ok(self.entry()?.unlock(self.password_file().as_deref())?),
		}
	}

	/// The account, without opening its keystore.
	pub(crate) fn account(&self) -> Result<AccountId, IdentityError> {
		if self.suri.is_some() || self.key_file.is_some() {
			return Ok(self.keys()?.account());
		}
		Ok(self.entry()?.keystore.account())
	}

	/// The file with the password, if one was named.
	pub(crate) fn password_file(&self) -> Option<PathBuf> {
		let named =
			self.password_file.clone().or_else(|| std::env::var_os("ASSAY_PASSWORD_FILE").map(Into::into));
		// The configuration's is for the configuration's account, and a password that is given comes before it.
		let is_given = self.account.is_some() || std::env::var_os(keyring::PASSWORD_VARIABLE).is_some();
		named.or_else(|| if is_given { None } else { config::current().password_file.clone() })
	}

	/// The keystore that is meant.
	pub(crate) fn entry(&self) -> Result<Entry, IdentityError> {
		let from_environment = || std::env::var("ASSAY_ACCOUNT").ok().filter(|name| !name.is_empty());
		let wanted =
			self.account.clone().or_else(from_environment).or_else(|| config::current().account.clone());
		match wanted {
			Some(wanted) => Ok(keyring::find(&wanted)?),
			None => match <[Entry; 1]>::try_from(keyring::list().unwrap_or_default()) {
				Ok([only]) => Ok(only),
				Err(_) => Err(IdentityError::Missing),
			},
		}
	}

	fn in_file(&self, path: &Path) -> Result<Keys, IdentityError> {
		let bytes = read_private(path)?;
		if bytes.trim_ascii_start().starts_with(b"{") {
			return Ok(keyring::read(path)?.unlock(self.password_file().as_deref())?);
		}
		from_secret(path, &bytes)
	}
}

/// Whether everybody has this secret anyway.
fn is_development(suri: &str) -> bool {
	let name = suri.trim().strip_prefix("//").unwrap_or_default();
	DEVELOPMENT_NAMES.contains(&name.strip_suffix("//stash").unwrap_or(name))
}

/// The content of a file that nobody else can read.
fn read_private(path: &Path) -> Result<Vec<u8>, IdentityError> {
	let unreadable = |source| FileError::Read { path: path.to_path_buf(), source };
	let file = File::open(path).map_err(unreadable)?;
	// Of the file that is open, not of whatever has its name a moment later.
	#[cfg(unix)]
	{
		use std::os::unix::fs::PermissionsExt;
		let metadata = file.metadata().map_err(unreadable)?;
		let mode = metadata.permissions().mode() & 0o777;
		// Whatever is wrong with something else, its permissions are not what to mend: reading it says more.
		if metadata.is_file() && mode & 0o077 != 0 {
			return Err(IdentityError::OpenToOthers { path: path.to_path_buf(), mode });
		}
	}
	Ok(files::read_open(file, path, MAX_KEY_FILE_BYTES)?)
}

fn from_secret(path: &Path, bytes: &[u8]) -> Result<Keys, IdentityError> {
	let not_a_key_file = || IdentityError::NotAKeyFile { path: path.to_path_buf() };
	let suri = std::str::from_utf8(bytes).map_err(|_| not_a_key_file())?.trim();
	if suri.is_empty() || suri.contains(['\n', '\r']) {
		return Err(not_a_key_file());
	}
	Keys::from_suri(suri).map_err(|source| IdentityError::InFile { path: path.to_path_buf(), source })
}

#[cfg(test)]
mod tests {
	use super::*;
	use std::fs;

	fn options(suri: Option<&str>, key_file: Option<&Path>) -> KeyOptions {
		KeyOptions { suri: suri.map(Into::into), key_file: key_file.map(Into::into), ..KeyOptions::default() }
	}

	#[test]
	fn only_the_names_everybody_knows_are_for_development() {
		for suri in ["//Alice", "//Ferdie", "//Bob//stash", " //Eve "] {
			assert!(is_development(suri), "{suri}");
		}
		for suri in
			["//alice", "//Alice//1", "//Mallory", "Alice", "//", "", "/Alice", "0x00//Alice", "//Alice///pw"]
		{
			assert!(!is_development(suri), "{suri}");
		}
	}

	#[test]
	fn no_keys_are_an_error_that_says_how_to_give_them() {
		let advice = IdentityError::Missing.advice();
		assert!(["--key-file", "--suri", "--account", "account new"]
			.iter()
			.all(|word| advice.contains(word)));
	}

	#[cfg(unix)]
	#[test]
	fn a_key_file_is_its_owners_alone() {
		use std::os::unix::fs::PermissionsExt;
		let directory = tempfile::tempdir().unwrap();
		let path = directory.path().join("key");
		fs::write(&path, "//Bob\n").unwrap();
		let keys = |mode| {
			fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
			options(None, Some(&path)).keys()
		};
		let bob = options(Some("//Bob"), None).keys().unwrap();
		assert_eq!(keys(0o600).unwrap().account(), bob.account());
		assert_eq!(keys(0o400).unwrap().account(), bob.account());
		for mode in [0o644, 0o640, 0o604, 0o660, 0o602, 0o666, 0o610] {
			let error = keys(mode).unwrap_err();
			assert!(
				matches!(error, IdentityError::OpenToOthers { mode: found, .. } if found == mode),
				"{error}"
			);
			assert!(error.advice().contains("chmod 600"));
		}
	}

	#[cfg(unix)]
	#[test]
	fn what_is_no_key_file_is_refused_without_telling_its_content() {
		use std::os::unix::fs::PermissionsExt;
		let directory = tempfile::tempdir().unwrap();
		let path = directory.path().join("key");
		let keys = |content: &[u8]| {
			fs::write(&path, content).unwrap();
			fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
			options(None, Some(&path)).keys().unwrap_err()
		};
		assert!(matches!(keys(b""), IdentityError::NotAKeyFile { .. }));
		assert!(matches!(keys(b"//Bob\n//Eve\n"), IdentityError::NotAKeyFile { .. }));
		assert!(matches!(keys(&[0xff, 0xfe]), IdentityError::NotAKeyFile { .. }));
		assert!(matches!(keys(&[b'x'; 5_000]), IdentityError::File(FileError::TooLarge { .. })));
		let error = keys(b"correct horse battery staple");
		assert!(matches!(error, IdentityError::InFile { .. }));
		assert!(!format!("{error} {error:?}").contains("horse"));
		let missing = options(None, Some(&directory.path().join("none"))).keys().unwrap_err();
		assert!(matches!(missing, IdentityError::File(FileError::Read { .. })));
	}
}
