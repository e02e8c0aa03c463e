//! Keys in a file, encrypted with a password: version 3 of the JSON that polkadot-js and the wallets built on it read and
//! write, with scrypt and XSalsa20-Poly1305 around a PKCS#8 envelope of sr25519 keys.
//!
//! Keystores made here also hold the phrase that the keys come from, encrypted in the same way, under a name that other
//! programs leave alone.

use crate::Keys;
use assay_primitives::AccountId;
use base64::{engine::general_purpose::STANDARD, Engine};
use poly1305::{universal_hash::KeyInit, Poly1305};
use rand_core::{OsRng, RngCore};
use salsa20::{
	cipher::{KeyIvInit, StreamCipher},
	XSalsa20,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// scrypt's cost as every release of polkadot-js reads it: 32 MiB, some tenths of a second.
const USUAL_COST: Cost = Cost { n: 1 << 15, p: 1, r: 8 };
/// The greatest costs that are paid for a file from elsewhere: 256 MiB, some seconds.
const GREATEST_N: u32 = 1 << 18;
const GREATEST_P: u32 = 10;
const ONLY_R: u32 = 8;

const SALT_BYTES: usize = 32;
const COST_BYTES: usize = 12;
const NONCE_BYTES: usize = 24;
const KEY_BYTES: usize = 32;
const TAG_BYTES: usize = 16;

/// PKCS#8 in front of an Ed25519 secret key, as polkadot-js writes it for sr25519 as well.
const ENVELOPE: [u8; 16] = [48, 83, 2, 1, 1, 48, 5, 6, 3, 43, 101, 112, 4, 34, 4, 32];
/// What lies between secret and public key.
const DIVIDER: [u8; 5] = [161, 35, 3, 33, 0];
const SECRET_BYTES: usize = 64;
const PUBLIC_BYTES: usize = 32;

/// Why a keystore is of no use.
#[derive(Debug, thiserror::Error)]
pub enum KeystoreError {
	/// It is none, or is damaged.
	#[error("this is no keystore: {0}")]
	Malformed(String),
	/// It is one, but not of this kind.
	#[error("the keystore is of a kind that is not supported here: {0}")]
	Unsupported(String),
	/// It does not open.
	#[error("wrong password")]
	WrongPassword,
	/// The password is empty.
	#[error("the password is empty")]
	NoPassword,
	/// The phrase is not in it.
	#[error("the keystore does not hold the phrase its keys come from: it was made by another program, or from a seed")]
	NoPhrase,
}

/// Encrypted keys, as a file holds them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Keystore {
	encoded: String,
	encoding: Encoding,
	address: AccountId,
	#[serde(default)]
	meta: Map<String, Value>,
	/// The phrase, encrypted. polkadot-js does not know it and leaves it alone.
	#[serde(default, rename = "assayPhrase", skip_serializing_if = "Option::is_none")]
	phrase: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Encoding {
	content: Vec<String>,
	#[serde(rename = "type")]
	kind: Vec<String>,
	version: String,
}

impl Encoding {
	fn usual() -> Self {
		let words = |words: [&str; 2]| words.map(Into::into).to_vec();
		Self {
			content: words(["pkcs8", "sr25519"]),
			kind: words(["scrypt", "xsalsa20-poly1305"]),
			version: "3".into(),
		}
	}
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Cost {
	n: u32,
	p: u32,
	r: u32,
}

impl Keystore {
	/// Reads the JSON of a keystore.
	///
	/// # Errors
	///
	/// [`KeystoreError::Malformed`], or [`KeystoreError::Unsupported`] for other keys, ciphers and versions.
	pub fn parse(json: &[u8]) -> Result<Self, KeystoreError> {
		let keystore: Self =
			serde_json::from_slice(json).map_err(|error| KeystoreError::Malformed(error.to_string()))?;
		if keystore.encoding != Encoding::usual() {
			let Encoding { content, kind, version } = &keystore.encoding;
			let what = format!("{}, {}, version {version}", content.join(" "), kind.join(" "));
			return Err(KeystoreError::Unsupported(what));
		}
		Ok(keystore)
	}

	/// Encrypts keys, and the phrase they come from if that is to be kept with them.
	///
	/// # Errors
	///
	/// [`KeystoreError::NoPassword`].
	pub fn lock(
		keys: &Keys,
		phrase: Option<&str>,
		name: &str,
		password: &str,
	) -> Result<Self, KeystoreError> {
		if password.is_empty() {
			return Err(KeystoreError::NoPassword);
		}
		let pair = keys.keypair();
		let mut plain = ENVELOPE.to_vec();
		plain.extend(pair.secret.to_ed25519_bytes());
		plain.extend(DIVIDER);
		plain.extend(pair.public.to_bytes());
		let mut meta = Map::new();
		meta.insert("name".into(), name.into());
		Ok(Self {
			encoded: STANDARD.encode(encrypt(&plain, password)?),
			encoding: Encoding::usual(),
			address: keys.account(),
			meta,
			phrase: phrase
				.map(|phrase| encrypt(phrase.as_bytes(), password))
				.transpose()?
				.map(|bytes| STANDARD.encode(bytes)),
		})
	}

	/// The account whose keys these are, as the file says. [`Keystore::unlock`] sees whether that is so.
	pub fn account(&self) -> AccountId {
		self.address
	}

	/// What the account is called.
	pub fn name(&self) -> Option<&str> {
		self.meta.get("name")?.as_str()
	}

	/// The JSON of the file.
	pub fn to_json(&self) -> Vec<u8> {
		// Strings and maps of strings: there is nothing in it that JSON cannot say.
		let mut json = serde_json::to_vec_pretty(self).unwrap_or_default();
		json.push(b'\n');
		json
	}

	/// Decrypts the keys.
	///
	/// # Errors
	///
	/// [`KeystoreError::WrongPassword`], or that the file is damaged.
	pub fn unlock(&self, password: &str) -> Result<Keys, KeystoreError> {
		let plain = decrypt(&self.encoded, password)?;
		let keys = parse_envelope(&plain)
			.ok_or_else(|| KeystoreError::Malformed("it opens, but holds no sr25519 keys".into()))?;
		if keys.account() != self.address {
			return Err(KeystoreError::Malformed("its keys are not those of its address".into()));
		}
		Ok(keys)
	}

	/// Decrypts the phrase that the keys come from.
	///
	/// # Errors
	///
	/// [`KeystoreError::NoPhrase`], [`KeystoreError::WrongPassword`], or that the file is damaged.
	pub fn phrase(&self, password: &str) -> Result<String, KeystoreError> {
		let encoded = self.phrase.as_deref().ok_or(KeystoreError::NoPhrase)?;
		String::from_utf8(decrypt(encoded, password)?)
			.map_err(|_| KeystoreError::Malformed("the phrase is no text".into()))
	}
}

fn parse_envelope(plain: &[u8]) -> Option<Keys> {
	let rest = plain.strip_prefix(&ENVELOPE)?;
	let (secret, rest) = rest.split_at_checked(SECRET_BYTES)?;
	let public = rest.strip_prefix(&DIVIDER)?;
	let keys = Keys::from_expanded(secret)?;
	(public.len() == PUBLIC_BYTES && keys.account().0 == public).then_some(keys)
}

impl Cost {
	fn to_bytes(self) -> Vec<u8> {
		[self.n, self.p, self.r].iter().flat_map(|number| number.to_le_bytes()).collect()
	}

	fn parse(bytes: &[u8; COST_BYTES]) -> Self {
		let [n, p, r] = [0, 4, 8].map(|start| {
			let number = bytes.get(start..start + 4).and_then(|bytes| bytes.try_into().ok());
			u32::from_le_bytes(number.unwrap_or_default())
		});
		Self { n, p, r }
	}

	fn derive(self, password: &str, salt: &[u8]) -> Result<[u8; KEY_BYTES], KeystoreError> {
		let Self { n, p, r } = self;
		let is_payable = n.is_power_of_two()
			&& (2..=GREATEST_N).contains(&n)
			&& (1..=GREATEST_P).contains(&p)
			&& r == ONLY_R;
		let unsupported = || KeystoreError::Unsupported(format!("scrypt with N = {n}, p = {p}, r = {r}"));
		if !is_payable {
			return Err(unsupported());
		}
		let log_n = u8::try_from(n.trailing_zeros()).map_err(|_| unsupported())?;
		let parameters = scrypt::Params::new(log_n, r, p).map_err(|_| unsupported())?;
		// polkadot-js derives 64 bytes and uses the first 32: which are the same as if only they were derived.
		let mut key = [0; KEY_BYTES];
		scrypt::scrypt(password.as_bytes(), salt, &parameters, &mut key).map_err(|_| unsupported())?;
		Ok(key)
	}
}

/// Salt, cost, nonce, and what they and the password seal.
fn encrypt(plain: &[u8], password: &str) -> Result<Vec<u8>, KeystoreError> {
	let (mut salt, mut nonce) = ([0; SALT_BYTES], [0; NONCE_BYTES]);
	OsRng.fill_bytes(&mut salt);
	OsRng.fill_bytes(&mut nonce);
	let key = USUAL_COST.derive(password, &salt)?;
	let mut bytes = salt.to_vec();
	bytes.extend(USUAL_COST.to_bytes());
	bytes.extend(nonce);
	bytes.extend(seal(&key, &nonce, plain));
	Ok(bytes)
}

fn decrypt(encoded: &str, password: &str) -> Result<Vec<u8>, KeystoreError> {
	let malformed = |reason: &str| KeystoreError::Malformed(reason.into());
	let bytes = STANDARD.decode(encoded).map_err(|_| malformed("what is encrypted is not in base 64"))?;
	let parts = || {
		let (salt, rest) = bytes.split_first_chunk::<SALT_BYTES>()?;
		let (cost, rest) = rest.split_first_chunk::<COST_BYTES>()?;
		let (nonce, sealed) = rest.split_first_chunk::<NONCE_BYTES>()?;
		Some((salt, Cost::parse(cost), nonce, sealed))
	};
	let (salt, cost, nonce, sealed) = parts().ok_or_else(|| malformed("it is cut short"))?;
	let key = cost.derive(password, salt)?;
	open(&key, nonce, sealed).ok_or(KeystoreError::WrongPassword)
}

/// The stream, with the key of the authenticator taken from its start.
fn start(key: &[u8; KEY_BYTES], nonce: &[u8; NONCE_BYTES]) -> (XSalsa20, Poly1305) {
	let mut stream = XSalsa20::new(key.into(), nonce.into());
	let mut authenticator = poly1305::Key::default();
	stream.apply_keystream(&mut authenticator);
	(stream, Poly1305::new(&authenticator))
}

/// NaCl's secret box: the tag, then the ciphertext.
fn seal(key: &[u8; KEY_BYTES], nonce: &[u8; NONCE_BYTES], plain: &[u8]) -> Vec<u8> {
	let (mut stream, authenticator) = start(key, nonce);
	let mut cipher = plain.to_vec();
	stream.apply_keystream(&mut cipher);
	let mut sealed = authenticator.compute_unpadded(&cipher).to_vec();
	sealed.extend(cipher);
	sealed
}

fn open(key: &[u8; KEY_BYTES], nonce: &[u8; NONCE_BYTES], sealed: &[u8]) -> Option<Vec<u8>> {
	let (tag, cipher) = sealed.split_first_chunk::<TAG_BYTES>()?;
	let (mut stream, authenticator) = start(key, nonce);
	// The difference shows nothing that helps: whoever can try passwords has the file.
	if authenticator.compute_unpadded(cipher).as_slice() != tag {
		return None;
	}
	let mut plain = cipher.to_vec();
	stream.apply_keystream(&mut plain);
	Some(plain)
}

#[cfg(test)]
mod tests {
	use super::*;

	/// Made by polkadot-js for //Alice, with the password `whoisalice`.
	const ALICE: &str = r#"{
		"encoded": "DumgApKCTqoCty1OZW/8WS+sgo6RdpHhCwAkA2IoDBMAgAAAAQAAAAgAAAB6IG/q24EeVf0JqWqcBd5m2tKq5BlyY84IQ8oamLn9DZe9Ouhgunr7i36J1XxUnTI801axqL/ym1gil0U8440Qvj0lFVKwGuxq38zuifgoj0B3Yru0CI6QKEvQPU5xxj4MpyxdSxP+2PnTzYao0HDH0fulaGvlAYXfqtU89xrx2/z9z7IjSwS3oDFPXRQ9kAdDebtyCVreZ9Otw9v3",
		"encoding": { "content": ["pkcs8", "sr25519"], "type": ["scrypt", "xsalsa20-poly1305"], "version": "3" },
		"address": "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY",
		"meta": { "genesisHash": "", "name": "Alice", "whenCreated": 1718265838755 }
	}"#;

	#[test]
	fn what_polkadot_js_wrote_is_read() {
		let keystore = Keystore::parse(ALICE.as_bytes()).unwrap();
		assert_eq!(keystore.name(), Some("Alice"));
		let alice = Keys::from_suri("//Alice").unwrap();
		let keys = keystore.unlock("whoisalice").unwrap();
		assert_eq!(keys.account(), alice.account());
		assert_eq!(keys.keypair().secret.to_bytes(), alice.keypair().secret.to_bytes());
		assert!(matches!(keystore.unlock("whoisAlice"), Err(KeystoreError::WrongPassword)));
		assert!(matches!(keystore.phrase("whoisalice"), Err(KeystoreError::NoPhrase)));
	}

	#[test]
	fn what_is_locked_is_unlocked_with_the_password_alone() {
		let (keys, phrase) = Keys::generate();
		let keystore = Keystore::lock(&keys, Some(&phrase), "mine", "secret").unwrap();
		let json = keystore.to_json();
		let text = String::from_utf8(json.clone()).unwrap();
		assert!(phrase.split(' ').filter(|word| word.len() > 4).all(|word| !text.contains(word)), "{text}");
		let read = Keystore::parse(&json).unwrap();
		assert_eq!(read, keystore);
		assert_eq!((read.account(), read.name()), (keys.account(), Some("mine")));
		assert_eq!(read.unlock("secret").unwrap().account(), keys.account());
		assert_eq!(read.phrase("secret").unwrap(), phrase);
		assert!(matches!(read.unlock("Secret"), Err(KeystoreError::WrongPassword)));
		assert!(matches!(read.phrase(""), Err(KeystoreError::WrongPassword)));
		// Nothing is encrypted twice in the same way.
		assert_ne!(Keystore::lock(&keys, None, "mine", "secret").unwrap().encoded, keystore.encoded);
		assert!(matches!(Keystore::lock(&keys, None, "mine", ""), Err(KeystoreError::NoPassword)));
	}

	#[test]
	fn a_changed_file_opens_no_more() {
		let keys = Keys::from_suri("//Bob").unwrap();
		let keystore = Keystore::lock(&keys, None, "bob", "secret").unwrap();
		let bytes = STANDARD.decode(&keystore.encoded).unwrap();
		for position in [0, SALT_BYTES + COST_BYTES, bytes.len() - 1] {
			let mut changed = bytes.clone();
			changed[position] ^= 1;
			let changed = Keystore { encoded: STANDARD.encode(changed), ..keystore.clone() };
			assert!(matches!(changed.unlock("secret"), Err(KeystoreError::WrongPassword)), "{position}");
		}
		let other = Keystore { address: AccountId([1; 32]), ..keystore.clone() };
		assert!(matches!(other.unlock("secret"), Err(KeystoreError::Malformed(_))));
		let cut = Keystore { encoded: STANDARD.encode(&bytes[..60]), ..keystore };
		assert!(matches!(cut.unlock("secret"), Err(KeystoreError::Malformed(_))));
	}

	#[test]
	fn a_file_from_elsewhere_does_not_take_all_memory() {
		let with = |n: u32, p: u32, r: u32| {
			let mut bytes = vec![7; 200];
			bytes.splice(SALT_BYTES..SALT_BYTES + COST_BYTES, Cost { n, p, r }.to_bytes());
			let keystore = Keystore::parse(ALICE.as_bytes()).unwrap();
			Keystore { encoded: STANDARD.encode(bytes), ..keystore }.unlock("x").unwrap_err()
		};
		for (n, p, r) in
			[(1 << 30, 1, 8), (0, 1, 8), (1000, 1, 8), (1 << 15, 1 << 20, 8), (1 << 15, 1, 1 << 20)]
		{
			assert!(matches!(with(n, p, r), KeystoreError::Unsupported(_)), "{n} {p} {r}");
		}
		assert!(matches!(with(1 << 13, 1, 8), KeystoreError::WrongPassword));
	}

	#[test]
	fn other_kinds_are_named() {
		for (from, to) in [("sr25519", "ed25519"), ("\"3\"", "\"2\""), ("scrypt", "none")] {
			let error = Keystore::parse(ALICE.replace(from, to).as_bytes()).unwrap_err();
			assert!(matches!(error, KeystoreError::Unsupported(_)), "{error}");
		}
		assert!(matches!(Keystore::parse(b"{}"), Err(KeystoreError::Malformed(_))));
	}
}
