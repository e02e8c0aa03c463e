//! The keys of an account.

use assay_primitives::AccountId;
use sp_core::{
	crypto::{Pair as _, SecretStringError},
	sr25519,
};
use std::{
	fmt, fs, io,
	path::{Path, PathBuf},
};
use subxt::{
	config::substrate::SubstrateConfig,
	utils::{AccountId32, MultiSignature},
};

/// Largest key file that is read: a phrase of 24 words with derivations and a password is far shorter.
const MAX_KEY_FILE_BYTES: u64 = 4_096;

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
	/// The secret is not one. What it was is not repeated here.
	#[error(
		"not a secret key: expected a phrase of 12 to 24 words, a 0x-hexadecimal seed of 32 bytes, or a development \
		 key such as //Alice ({0})"
	)]
	Malformed(&'static str),
	/// The key file cannot be read.
	#[error("cannot read the key file {}: {source}", path.display())]
	Unreadable {
		/// The file.
		path: PathBuf,
		/// Why not.
		source: io::Error,
	},
	/// The key file does not look like one.
	#[error("the key file {} must hold one secret in one line", path.display())]
	NotAKeyFile {
		/// The file.
		path: PathBuf,
	},
	/// The key file's secret is not one.
	#[error("the key file {} holds no secret key: {source}", path.display())]
	InFile {
		/// The file.
		path: PathBuf,
		/// Why not.
		source: Box<KeyError>,
	},
}

impl From<SecretStringError> for KeyError {
	fn from(error: SecretStringError) -> Self {
		// The original may quote the secret.
		Self::Malformed(match error {
			SecretStringError::InvalidFormat(_) => "unexpected characters",
			SecretStringError::InvalidPhrase => "a word is wrong or missing",
			SecretStringError::InvalidPassword => "the password cannot be used",
			SecretStringError::InvalidSeed | SecretStringError::InvalidSeedLength => {
				"a seed has 64 hexadecimal digits"
			},
			SecretStringError::InvalidPath => "the derivation path is wrong",
		})
	}
}

/// An account with its sr25519 keys. Never shows more of them than the address.
#[derive(Clone)]
pub struct Keys {
	pair: sr25519::Pair,
	account: AccountId,
}

impl fmt::Debug for Keys {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		f.debug_struct("Keys").field("account", &self.account).finish_non_exhaustive()
	}
}

impl From<sr25519::Pair> for Keys {
	fn from(pair: sr25519::Pair) -> Self {
		let account = AccountId(pair.public().0);
		Self { pair, account }
	}
}

impl Keys {
	/// The keys behind a secret URI: a phrase or a 0x-seed, perhaps with derivations (`//hard/soft`) and a password
	/// (`///password`). `//Alice` and the like derive from the phrase of the development chains.
	///
	/// # Errors
	///
	/// [`KeyError::Malformed`], which does not repeat the secret.
	pub fn from_suri(suri: &str) -> Result<Self, KeyError> {
		Self::from_suri_with_password(suri, None)
	}

	/// [`Keys::from_suri`] with the password apart.
	///
	/// # Errors
	///
	/// [`KeyError::Malformed`].
	pub fn from_suri_with_password(suri: &str, password: Option<&str>) -> Result<Self, KeyError> {
		let suri = suri.trim();
		// It would be read as the root of the development keys, which everybody has.
		if suri.is_empty() {
			return Err(KeyError::Malformed("it is empty"));
		}
		Ok(sr25519::Pair::from_string(suri, password)?.into())
	}

	/// The keys whose secret URI is the one line of a file. Warns if other users of the machine can read it.
	///
	/// # Errors
	///
	/// If the file cannot be read or is no key file.
	pub fn from_file(path: &Path) -> Result<Self, KeyError> {
		let unreadable = |source| KeyError::Unreadable { path: path.to_owned(), source };
		let metadata = fs::metadata(path).map_err(unreadable)?;
		let not_a_key_file = || KeyError::NotAKeyFile { path: path.to_owned() };
		if !metadata.is_file() || metadata.len() > MAX_KEY_FILE_BYTES {
			return Err(not_a_key_file());
		}
		#[cfg(unix)]
		{
			use std::os::unix::fs::PermissionsExt;
			if metadata.permissions().mode() & 0o077 != 0 {
				tracing::warn!(
					target: "keys",
					"other users of this machine can read {}: better chmod 600 it",
					path.display()
				);
			}
		}
		let content = fs::read_to_string(path).map_err(|error| match error.kind() {
			io::ErrorKind::InvalidData => not_a_key_file(),
			_ => unreadable(error),
		})?;
		let suri = content.trim();
		if suri.is_empty() || suri.contains(['\n', '\r']) {
			return Err(not_a_key_file());
		}
		Self::from_suri(suri)
			.map_err(|source| KeyError::InFile { path: path.to_owned(), source: Box::new(source) })
	}

	/// New keys, and the phrase of twelve words they are derived from. Whoever has the phrase has the money.
	pub fn generate() -> (Self, String) {
		let (pair, phrase, _) = sr25519::Pair::generate_with_phrase(None);
		(pair.into(), phrase)
	}

	/// The keys of an expanded secret key: 64 bytes, in the form Ed25519 uses, as keystores hold them.
	pub(crate) fn from_expanded(secret: &[u8]) -> Option<Self> {
		let secret = schnorrkel::SecretKey::from_ed25519_bytes(secret).ok()?;
		Some(sr25519::Pair::from(secret.to_keypair()).into())
	}

	/// The account.
	pub fn account(&self) -> AccountId {
		self.account
	}

	/// The key pair, to sign receipts with.
	pub fn keypair(&self) -> &schnorrkel::Keypair {
		self.pair.as_ref()
	}
}

impl subxt::tx::Signer<SubstrateConfig> for Keys {
	fn account_id(&self) -> AccountId32 {
		AccountId32(self.account.0)
	}

	fn sign(&self, payload: &[u8]) -> MultiSignature {
		MultiSignature::Sr25519(self.pair.sign(payload).0)
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	const PHRASE: &str = "bottom drive obey lake curtain smoke basket hold race lonely fit walk";

	#[test]
	fn development_keys_are_the_well_known_ones() {
		let alice = Keys::from_suri("//Alice").unwrap();
		assert_eq!(alice.account().to_ss58(), "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY");
		let same = Keys::from_suri(&format!("{PHRASE}//Alice")).unwrap();
		assert_eq!(same.account(), alice.account());
		assert_eq!(alice.keypair().public.to_bytes(), alice.account().0);
	}

	#[test]
	fn generated_keys_come_back_from_their_phrase() {
		let (keys, phrase) = Keys::generate();
		assert_eq!(phrase.split(' ').count(), 12);
		assert_eq!(Keys::from_suri(&phrase).unwrap().account(), keys.account());
		assert_ne!(Keys::generate().0.account(), keys.account());
	}

	#[test]
	fn nothing_shows_a_secret() {
		let secret = "0x000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
		let keys = Keys::from_suri(secret).unwrap();
		let shown = format!("{keys:?} {keys:#?}");
		assert!(shown.contains(&keys.account().to_ss58()));
		assert!(!shown.contains("0001020304"), "{shown}");

		let wrong = "bottom drive obey lake curtain smoke basket hold race lonely fit wlak";
		let error = Keys::from_suri(wrong).unwrap_err();
		let shown = format!("{error} {error:?}");
		assert!(!shown.contains("bottom") && !shown.contains("wlak"), "{shown}");
		for wrong in ["", "0x12", "Alice", "a secret/////"] {
			assert!(Keys::from_suri(wrong).is_err(), "{wrong:?}");
		}
	}

	/// A secret is read or refused, and an error never repeats it.
	#[test]
	fn whatever_the_bytes_a_secret_is_read_or_refused() {
		let samples = [
			"0x000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
			PHRASE,
			"//Alice//1/2///pw",
		];
		let samples = samples.map(|sample| sample.as_bytes().to_vec());
		let mut refused = 0;
		// Most of the time goes into making seeds of phrases.
		crate::bytes::try_out(&samples, 20, |bytes| {
			let Ok(suri) = std::str::from_utf8(bytes) else { return };
			match Keys::from_suri(suri) {
				Ok(keys) => assert_eq!(Keys::from_suri(suri).unwrap().account(), keys.account()),
				Err(error) => {
					let secret = suri.trim();
					assert!(secret.len() < 8 || !format!("{error} {error:?}").contains(secret), "{error}");
					refused += 1;
				},
			}
		});
		assert!(refused > 100, "{refused} were refused");
	}

	#[test]
	fn a_key_file_holds_one_line() {
		let directory = std::env::temp_dir().join(format!("assay-keys-{}", std::process::id()));
		fs::create_dir_all(&directory).unwrap();
		let path = directory.join("key");
		fs::write(&path, "//Bob\n").unwrap();
		let bob = Keys::from_suri("//Bob").unwrap();
		assert_eq!(Keys::from_file(&path).unwrap().account(), bob.account());

		fs::write(&path, "//Bob\n//Alice\n").unwrap();
		assert!(matches!(Keys::from_file(&path), Err(KeyError::NotAKeyFile { .. })));
		fs::write(&path, "").unwrap();
		assert!(matches!(Keys::from_file(&path), Err(KeyError::NotAKeyFile { .. })));
		fs::write(&path, [0xff, 0xfe]).unwrap();
		assert!(matches!(Keys::from_file(&path), Err(KeyError::NotAKeyFile { .. })));
		fs::write(&path, "not a key").unwrap();
		assert!(matches!(Keys::from_file(&path), Err(KeyError::InFile { .. })));
		fs::remove_dir_all(&directory).unwrap();
		assert!(matches!(Keys::from_file(&path), Err(KeyError::Unreadable { .. })));
	}
}
