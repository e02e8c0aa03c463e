//! What holds for every command unless it is said otherwise, and where this program keeps what outlives it.
//!
//! What is given on the command line comes first, then the environment, then the configuration file, then what is usual.

use crate::files::{self, FileError};
use std::{
	path::{Path, PathBuf},
	sync::OnceLock,
};

/// The usual node.
const USUAL_NODE: &str = "ws://127.0.0.1:9944";
/// A configuration is some lines long.
const MAX_BYTES: u64 = 64 << 10;

/// Why the configuration file is of no use.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigError {
	/// It cannot be read.
	#[error(transparent)]
	File(#[from] FileError),
	/// A line makes no sense.
	#[error("{path}, line {line}: {reason}", path = path.display())]
	Line {
		/// The file.
		path: PathBuf,
		/// The line's number, from 1.
		line: usize,
		/// What is wrong with it.
		reason: String,
	},
}

impl ConfigError {
	/// What to do about it.
	pub(crate) fn advice(&self) -> String {
		match self {
			Self::File(error) => error.advice().into(),
			Self::Line { .. } => {
				"Its lines are: node = \"ws://…\", account = \"NAME\", password-file = \"FILE\", or # and a comment.".into()
			},
		}
	}
}

/// What the configuration file says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Config {
	/// The node to talk to.
	pub(crate) node: Option<String>,
	/// Whose keys to sign with: a name, an address or the path of a keystore.
	pub(crate) account: Option<String>,
	/// A file with the password of that account's keystore.
	pub(crate) password_file: Option<PathBuf>,
}

static CURRENT: OnceLock<Config> = OnceLock::new();

/// What holds for this run. What is usual, before [`Config::hold`].
pub(crate) fn current() -> &'static Config {
	static USUAL: Config = Config { node: None, account: None, password_file: None };
	CURRENT.get().unwrap_or(&USUAL)
}

impl Config {
	/// Lets it hold from now on. The first one does.
	pub(crate) fn hold(self) {
		let _ = CURRENT.set(self);
	}

	/// Reads the file named, which must be there, or the usual one, if it is.
	pub(crate) fn read(named: Option<&Path>) -> Result<Self, ConfigError> {
		let usual = || Some(under_home("XDG_CONFIG_HOME", ".config")?.join("assay").join("config.toml"));
		let (path, bytes) = match named {
			Some(path) => (path.to_path_buf(), files::read(path, MAX_BYTES)?),
			None => match usual() {
				Some(path) => match files::read_if_present(&path, MAX_BYTES)? {
					Some(bytes) => (path, bytes),
					None => return Ok(Self::default()),
				},
				None => return Ok(Self::default()),
			},
		};
		Self::parse(&String::from_utf8_lossy(&bytes)).map_err(|(line, reason)| ConfigError::Line {
			path,
			line,
			reason,
		})
	}

	/// The node to talk to.
	pub(crate) fn node(&self) -> &str {
		self.node.as_deref().unwrap_or(USUAL_NODE)
	}

	/// Reads the part of TOML that strings need.
	fn parse(text: &str) -> Result<Self, (usize, String)> {
		let mut config = Self::default();
		for (number, line) in (1..).zip(text.lines()) {
			let line = line.trim();
			if line.is_empty() || line.starts_with('#') {
				continue;
			}
			let wrong = |reason: &str| (number, reason.to_owned());
			let (key, value) = line.split_once('=').ok_or_else(|| wrong("there is no = in it"))?;
			let value = string(value.trim()).ok_or_else(|| wrong("the value is no string in quotes"))?;
			match key.trim() {
				"node" => config.node = Some(value),
				"account" => config.account = Some(value),
				"password-file" => config.password_file = Some(value.into()),
				other => return Err((number, format!("there is no setting {other:?}"))),
			}
		}
		Ok(config)
	}
}

/// A string in quotes, perhaps with a comment after it.
fn string(value: &str) -> Option<String> {
	let quote = value.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
	let (content, rest) = value.get(1..)?.split_once(quote)?;
	let rest = rest.trim();
	let is_plain = !content.contains('\\') && (rest.is_empty() || rest.starts_with('#'));
	is_plain.then(|| content.to_owned())
}

/// The folder for what is remembered between runs: `$ASSAY_STATE_DIR`, or where the desktop's conventions put it.
pub(crate) fn state_directory() -> Option<PathBuf> {
	let named = std::env::var_os("ASSAY_STATE_DIR").map(PathBuf::from);
	named.or_else(|| Some(under_home("XDG_STATE_HOME", ".local/state")?.join("assay")))
}

/// The folder for keystores: `$ASSAY_KEYS`, or where the desktop's conventions put it.
pub(crate) fn keys_directory() -> Option<PathBuf> {
	let named = std::env::var_os("ASSAY_KEYS").map(PathBuf::from);
	named.or_else(|| Some(under_home("XDG_DATA_HOME", ".local/share")?.join("assay").join("keys")))
}

fn under_home(variable: &str, usual: &str) -> Option<PathBuf> {
	let absolute = |path: PathBuf| path.is_absolute().then_some(path);
	let named = std::env::var_os(variable).map(PathBuf::from).and_then(absolute);
	named.or_else(|| Some(absolute(std::env::var_os("HOME")?.into())?.join(usual)))
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn settings_are_read_and_others_are_not_passed_over() {
		let text = "# mine\n\nnode = \"ws://other:1\" # not here\naccount='main'\npassword-file = \"/a b\"\n";
		let config = Config::parse(text).unwrap();
		assert_eq!(config.node(), "ws://other:1");
		assert_eq!(config.account.as_deref(), Some("main"));
		assert_eq!(config.password_file.as_deref(), Some(Path::new("/a b")));
		assert_eq!(Config::parse("").unwrap().node(), USUAL_NODE);
		for (wrong, line) in
			[("node", 1), ("\nnode = x", 2), ("nodes = \"x\"", 1), ("node = \"x", 1), ("node = \"x\" y", 1)]
		{
			assert_eq!(Config::parse(wrong).unwrap_err().0, line, "{wrong:?}");
		}
	}
}
