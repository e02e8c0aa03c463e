//! Where a node is.

use crate::Error;
use std::fmt;

/// The address of a node's JSON-RPC WebSocket: `ws://` or `wss://`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeUrl(String);

impl NodeUrl {
	/// Reads an address. Without a scheme, `ws://` is meant.
	///
	/// # Errors
	///
	/// [`Error::InvalidUrl`] for other schemes (an `http` address names the right host and port, but transactions cannot
	/// be followed over it), and for what is no address at all.
	pub fn parse(text: &str) -> Result<Self, Error> {
		let text = text.trim();
		let invalid = |reason: String| Error::InvalidUrl { url: text.to_owned(), reason };
		let (scheme, rest) = text.split_once("://").unwrap_or(("ws", text));
		let scheme = scheme.to_ascii_lowercase();
		match scheme.as_str() {
			"ws" | "wss" => (),
			"http" => return Err(invalid(format!("use ws://{rest}, the same port serves both"))),
			"https" => return Err(invalid(format!("use wss://{rest}"))),
			_ => return Err(invalid(format!("{scheme}:// is not a scheme nodes speak"))),
		}
		let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
		if host.is_empty() || host.starts_with(':') {
			return Err(invalid("it names no host".into()));
		}
		if rest.chars().any(|c| c.is_whitespace() || c.is_control()) {
			return Err(invalid("there are blanks in it".into()));
		}
		Ok(Self(format!("{scheme}://{rest}")))
	}

	/// The address as text.
	pub fn as_str(&self) -> &str {
		&self.0
	}
}

impl fmt::Display for NodeUrl {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		f.write_str(&self.0)
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn websocket_addresses_are_taken() {
		for (text, url) in [
			("ws://127.0.0.1:9944", "ws://127.0.0.1:9944"),
			("wss://node.example/rpc", "wss://node.example/rpc"),
			(" WS://localhost:9944 ", "ws://localhost:9944"),
			("localhost:9944", "ws://localhost:9944"),
			("[::1]:9944", "ws://[::1]:9944"),
		] {
			assert_eq!(NodeUrl::parse(text).unwrap().as_str(), url);
		}
	}

	#[test]
	fn other_addresses_say_what_to_write_instead() {
		let reason = |text: &str| NodeUrl::parse(text).unwrap_err().to_string();
		assert!(reason("http://127.0.0.1:9944").contains("ws://127.0.0.1:9944"));
		assert!(reason("https://node.example").contains("wss://node.example"));
		assert!(reason("ftp://node.example").contains("ftp"));
		assert!(reason("").contains("no host"));
		assert!(reason("ws://").contains("no host"));
		assert!(reason("ws://:9944").contains("no host"));
		assert!(reason("ws://a b").contains("blanks"));
	}
}
