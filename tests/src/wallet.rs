//! The binary `assay`, as a person or a script uses it.

use crate::{files, DevNode};
use serde_json::Value;
use std::process::Stdio;
use tokio::process::Command;

/// `assay`, told which node to talk to.
#[derive(Clone, Debug)]
pub struct Wallet {
	url: String,
}

/// What it said.
#[derive(Clone, Debug)]
pub struct Said {
	/// The exit code.
	pub code: i32,
	/// Standard output.
	pub output: String,
	/// Standard error.
	pub errors: String,
}

impl Wallet {
	/// For a node.
	pub fn new(node: &DevNode) -> Self {
		Self::at(node.url())
	}

	/// For whatever is at an address.
	pub fn at(url: impl Into<String>) -> Self {
		Self { url: url.into() }
	}

	/// Runs it.
	///
	/// # Panics
	///
	/// If it cannot be started, or dies of a signal.
	pub async fn run(&self, arguments: &[&str]) -> Said {
		let output = Command::new(files::binary("assay"))
			.args(["--node", &self.url])
			.args(arguments)
			// Nobody's settings, and nobody's accounts.
			.env("ASSAY_CONFIG", "/dev/null")
			.env("ASSAY_KEYS", "/dev/null/none")
			.stdin(Stdio::null())
			.kill_on_drop(true)
			.output()
			.await
			.unwrap_or_else(|error| panic!("assay cannot be started: {error}"));
		let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
		let said = Said {
			code: output.status.code().unwrap_or(-1),
			output: text(&output.stdout),
			errors: text(&output.stderr),
		};
		assert!(said.code >= 0, "assay {arguments:?} died: {said:?}");
		said
	}

	/// Runs it with `--json`, and reads what it prints.
	///
	/// # Panics
	///
	/// If it does not end with code 0, or prints anything but JSON.
	pub async fn json(&self, arguments: &[&str]) -> Value {
		let said = self.run(&[arguments, &["--json"]].concat()).await;
		assert_eq!(said.code, 0, "assay {arguments:?}: {said:?}");
		serde_json::from_str(&said.output)
			.unwrap_or_else(|error| panic!("assay {arguments:?}: {error}: {said:?}"))
	}

	/// Runs what must be refused: with this exit code, a message with these words, and no result.
	///
	/// # Panics
	///
	/// If it is not, or not like that.
	pub async fn refused(&self, arguments: &[&str], code: i32, words: &[&str]) {
		let said = self.run(arguments).await;
		assert_eq!(said.code, code, "assay {arguments:?}: {said:?}");
		for word in words {
			assert!(said.errors.contains(word), "assay {arguments:?} does not say {word:?}: {said:?}");
		}
		assert!(said.errors.contains("error: "), "assay {arguments:?}: {said:?}");
		assert!(!said.errors.contains("panicked"), "assay {arguments:?}: {said:?}");
	}
}
