//! What a worker was told when it was first started, so that nobody has to say it again.

use super::worker::WorkerError;
use crate::files::{self, FileError};
use assay_client::Amount;
use assay_primitives::Balance;
use serde::{Deserialize, Serialize};
use std::{
	env,
	fs::{self, File, OpenOptions},
	io::{self, BufRead, Read, Write},
	path::{Path, PathBuf},
};

const MAX_BYTES: u64 = 64 << 10;
/// Bytes of a secret.
const SECRET_BYTES: usize = 32;

/// What a worker is told.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(super) struct Settings {
	/// File with the secret of its account, or its keystore.
	pub(super) key_file: Option<PathBuf>,
	/// File with the password of the keystore.
	#[serde(skip_serializing_if = "Option::is_none")]
	pub(super) password_file: Option<PathBuf>,
	/// Stake to keep, in the smallest unit.
	#[serde(with = "optional_decimal")]
	pub(super) stake: Option<Balance>,
	/// Tasks at once.
	pub(super) cores: Option<u32>,
	/// Memory for tasks, in MiB.
	pub(super) memory: Option<u32>,
	/// Least pay per task, in the smallest unit.
	#[serde(with = "optional_decimal")]
	pub(super) min_bounty: Option<Balance>,
	/// Least pay for a billion units of fuel, in the smallest unit.
	#[serde(with = "optional_decimal")]
	pub(super) min_price: Option<Balance>,
	/// Whether to pause on battery.
	pub(super) pause_on_battery: bool,
	/// The load above which to pause.
	pub(super) pause_above_load: Option<String>,
}

/// Amounts as decimal strings, like everywhere else in JSON.
mod optional_decimal {
	use assay_primitives::Balance;
	use serde::{de::Error, Deserialize, Deserializer, Serialize, Serializer};

	pub(super) fn serialize<S: Serializer>(value: &Option<Balance>, to: S) -> Result<S::Ok, S::Error> {
		value.map(|amount| amount.to_string()).serialize(to)
	}

	pub(super) fn deserialize<'a, D: Deserializer<'a>>(from: D) -> Result<Option<Balance>, D::Error> {
		let text: Option<String> = Option::deserialize(from)?;
		text.map(|text| text.parse().map_err(D::Error::custom)).transpose()
	}
}

impl Settings {
	/// What was remembered, if there is anything.
	pub(super) fn load(path: &Path) -> Result<Option<Self>, WorkerError> {
		let Some(bytes) = files::read_if_present(path, MAX_BYTES)? else { return Ok(None) };
		let settings = serde_json::from_slice(&bytes)
			.map_err(|error| WorkerError::Settings { path: path.to_path_buf(), reason: error.to_string() })?;
		Ok(Some(settings))
	}

	/// Remembers it.
	pub(super) fn save(&self, path: &Path) -> Result<(), WorkerError> {
		let (directory, name) = parts(path)?;
		files::create_directory(directory)?;
		let text = serde_json::to_string_pretty(self)
			.map_err(|error| WorkerError::Settings { path: path.to_path_buf(), reason: error.to_string() })?;
		files::write_atomically(directory, name, text.as_bytes())?;
		Ok(())
	}
}

fn parts(path: &Path) -> Result<(&Path, &str), WorkerError> {
	let name = path.file_name().and_then(|name| name.to_str());
	let directory =
		path.parent().map(|parent| if parent.as_os_str().is_empty() { Path::new(".") } else { parent });
	directory.zip(name).ok_or_else(|| WorkerError::Settings {
		path: path.to_path_buf(),
		reason: "it is not the name of a file".into(),
	})
}

/// The folder for settings and keys, unless another place was named.
pub(super) fn folder() -> Result<PathBuf, WorkerError> {
	let absolute = |name: &str| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
	let base = absolute("XDG_CONFIG_HOME").or_else(|| Some(absolute("HOME")?.join(".config")));
	Ok(base.ok_or(WorkerError::NoHome)?.join("assay"))
}

/// Makes a secret nobody has seen, in a file that only its owner can read. Never replaces one.
pub(super) fn make_key(path: &Path) -> Result<(), WorkerError> {
	use std::os::unix::fs::OpenOptionsExt;
	let failed = |source| FileError::Write { path: path.to_path_buf(), source };
	let mut secret = [0; SECRET_BYTES];
	File::open("/dev/urandom").and_then(|mut source| source.read_exact(&mut secret)).map_err(failed)?;
	let (directory, _) = parts(path)?;
	files::create_directory(directory)?;
	let mut file = match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
		Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
			return Err(WorkerError::KeyExists(path.to_path_buf()));
		},
		opened => opened.map_err(failed)?,
	};
	writeln!(file, "0x{}", hex::encode(secret)).and_then(|()| file.sync_all()).map_err(failed)?;
	Ok(())
}

/// Asks whoever sits at the terminal.
pub(super) struct Questions<R, W> {
	/// Where answers come from.
	pub(super) answers: R,
	/// Where questions go.
	pub(super) questions: W,
}

impl<R: BufRead, W: Write> Questions<R, W> {
	/// Asks until the answer makes sense. An empty one means `default`.
	pub(super) fn ask<T>(
		&mut self,
		question: &str,
		default: &str,
		parse: impl Fn(&str) -> Result<T, String>,
	) -> io::Result<T> {
		loop {
			write!(self.questions, "{question} [{default}]: ")?;
			self.questions.flush()?;
			let mut line = String::new();
			if self.answers.read_line(&mut line)? == 0 {
				return Err(io::ErrorKind::UnexpectedEof.into());
			}
			let answer = Some(line.trim()).filter(|line| !line.is_empty()).unwrap_or(default);
			match parse(answer) {
				Ok(value) => return Ok(value),
				Err(problem) => writeln!(self.questions, "  {problem}")?,
			}
		}
	}

	/// Asks for an amount in tokens.
	pub(super) fn amount(&mut self, question: &str, default: Balance, least: Balance) -> io::Result<Balance> {
		let plain = |amount: Balance| Amount(amount).to_string().trim_end_matches(" ASY").to_owned();
		self.ask(question, &plain(default), |text| {
			let amount: Amount = text
				.trim_end_matches("ASY")
				.trim()
				.parse()
				.map_err(|_| "Expected an amount such as 2.5.".to_owned())?;
			if amount.0 < least {
				return Err(format!("At least {}.", Amount(least)));
			}
			Ok(amount.0)
		})
	}

	/// Asks for a yes or a no.
	pub(super) fn yes(&mut self, question: &str, default: bool) -> io::Result<bool> {
		self.ask(question, if default { "yes" } else { "no" }, |text| {
			match text.to_ascii_lowercase().as_str() {
				"y" | "yes" => Ok(true),
				"n" | "no" => Ok(false),
				_ => Err("Yes or no?".into()),
			}
		})
	}
}

/// Whether there is something under that name.
pub(super) fn exists(path: &Path) -> bool {
	fs::symlink_metadata(path).is_ok()
}

#[cfg(test)]
mod tests {
	use super::*;
	use std::os::unix::fs::PermissionsExt;

	#[test]
	fn settings_come_back_as_they_were() {
		let directory = tempfile::tempdir().unwrap();
		let path = directory.path().join("a/worker.json");
		assert_eq!(Settings::load(&path).unwrap(), None);
		let settings = Settings {
			key_file: Some("/k".into()),
			stake: Some(u128::MAX),
			cores: Some(2),
			pause_on_battery: true,
			..Settings::default()
		};
		settings.save(&path).unwrap();
		assert_eq!(Settings::load(&path).unwrap(), Some(settings));
		fs::write(&path, r#"{"coers": 3}"#).unwrap();
		assert!(matches!(Settings::load(&path), Err(WorkerError::Settings { .. })), "a slip is no setting");
	}

	#[test]
	fn a_new_key_is_private_and_replaces_none() {
		let directory = tempfile::tempdir().unwrap();
		let (one, other) = (directory.path().join("a/one"), directory.path().join("other"));
		make_key(&one).unwrap();
		make_key(&other).unwrap();
		let secret = fs::read_to_string(&one).unwrap();
		assert_eq!((secret.len(), &secret[..2]), (67, "0x"));
		assert_ne!(secret, fs::read_to_string(&other).unwrap());
		assert_eq!(fs::metadata(&one).unwrap().permissions().mode() & 0o777, 0o600);
		assert!(matches!(make_key(&one), Err(WorkerError::KeyExists(_))));
		assert_eq!(fs::read_to_string(&one).unwrap(), secret);
		let keys = crate::identity::KeyOptions { key_file: Some(one), ..Default::default() };
		assert!(keys.keys().is_ok(), "it is a key file like any other");
	}

	#[test]
	fn questions_are_asked_until_the_answer_makes_sense() {
		let mut shown = Vec::new();
		let mut questions =
			Questions { answers: &b"many\n3\n\n7.5 ASY\nperhaps\nY\n"[..], questions: &mut shown };
		assert_eq!(questions.amount("Stake", 10, 3_000_000_000_000).unwrap(), 3_000_000_000_000);
		assert_eq!(questions.amount("Stake", 10, 0).unwrap(), 10);
		assert_eq!(questions.amount("Stake", 10, 0).unwrap(), 7_500_000_000_000);
		assert!(questions.yes("Sure?", false).unwrap());
		assert!(questions.yes("Sure?", false).is_err(), "nobody is there any more");
		let shown = String::from_utf8(shown).unwrap();
		assert!(shown.contains("Stake [0.00000000001]: ") && shown.contains("Yes or no?"), "{shown}");
	}
}
