//! What can go wrong between a program and its node.

use crate::NodeUrl;
use assay_primitives::{BlobRef, Hash};
use std::time::Duration;
use subxt::{
	error::{BackendError, DispatchError, RpcError},
	ext::jsonrpsee::core::client::Error as TransportError,
	rpcs::Error as RawError,
};

/// Codes of the errors that a node's own methods answer with.
pub mod codes {
	/// There is no such job.
	pub const UNKNOWN_JOB: i32 = -32_101;
	/// The job has no such batch.
	pub const UNKNOWN_BATCH: i32 = -32_102;
	/// The account is no worker.
	pub const UNKNOWN_WORKER: i32 = -32_103;
	/// An argument does not decode.
	pub const MALFORMED_ARGUMENT: i32 = -32_104;
	/// The transaction pool does not take the receipt.
	pub const REFUSED: i32 = -32_105;
	/// The account is no auditor.
	pub const UNKNOWN_AUDITOR: i32 = -32_109;
	/// The batch is not revealed, or contested, in the last final block: there is nothing to certify yet.
	pub const NOT_CERTIFIABLE: i32 = -32_110;
	/// The node does not keep what it takes to certify the batch.
	pub const NO_RECORDS: i32 = -32_111;
	/// The node does not have the blob.
	pub const BLOB_MISSING: i32 = -32_201;
	/// The uploaded bytes are not those that were announced.
	pub const BLOB_WRONG_HASH: i32 = -32_202;
	/// The chunk does not continue what the node has.
	pub const BLOB_WRONG_OFFSET: i32 = -32_203;
	/// The node does not keep blobs of this size.
	pub const BLOB_TOO_LARGE: i32 = -32_204;
	/// The node has no room left for uploads.
	pub const BLOB_QUOTA: i32 = -32_205;
	/// The chunk is too large.
	pub const BLOB_CHUNK_TOO_LARGE: i32 = -32_206;
	/// The node's disk failed.
	pub const BLOB_IO: i32 = -32_207;
	/// Somebody announced another length for the same blob.
	pub const BLOB_WRONG_LENGTH: i32 = -32_208;
	/// The data is not base64.
	pub const BLOB_MALFORMED_DATA: i32 = -32_209;
	/// The node has as many unfinished uploads as it takes: try again later.
	pub const BLOB_TOO_MANY_UPLOADS: i32 = -32_210;
	/// The blob is on its way from other nodes, or has to wait for others that are: ask again.
	pub const BLOB_NOT_IN_TIME: i32 = -32_211;
}

/// A call that was carried out and failed. What it would have changed did not change; its fee was paid.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{call} failed: {pallet}.{name}{}{docs}", if docs.is_empty() { "" } else { ": " })]
pub struct DispatchFailure {
	/// The call.
	pub call: String,
	/// The pallet that refused.
	pub pallet: String,
	/// The error's name.
	pub name: String,
	/// What the chain's metadata says about it.
	pub docs: String,
}

impl DispatchFailure {
	pub(crate) fn new(call: &str, error: &DispatchError) -> Self {
		if let DispatchError::Module(module) = error {
			if let Ok(details) = module.details() {
				return Self {
					call: call.into(),
					pallet: details.pallet.name().into(),
					name: details.variant.name.clone(),
					docs: details.variant.docs.join(" ").trim().into(),
				};
			}
		}
		let debug = format!("{error:?}");
		let name = debug.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
		Self { call: call.into(), pallet: "Runtime".into(), name: name.into(), docs: error.to_string() }
	}
}

/// What can go wrong. Each message says what a person can do about it, where something can be done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
	/// The address of the node is none.
	#[error("{url:?} is not the address of a node: {reason}")]
	InvalidUrl {
		/// What was given.
		url: String,
		/// What is wrong with it.
		reason: String,
	},
	/// Nobody answers at the node's address.
	#[error(
		"no node answers at {url} ({reason}): start one with `assay-node --dev`, or name another one with --node"
	)]
	Unreachable {
		/// The address.
		url: NodeUrl,
		/// What happened.
		reason: String,
	},
	/// The connection ended. Make a new [`crate::Client`].
	#[error("the connection to the node was lost: {reason}")]
	ConnectionLost {
		/// What happened.
		reason: String,
	},
	/// The node answered with an error.
	#[error("{message} ({method}, code {code})")]
	Rpc {
		/// The method that was called.
		method: String,
		/// See [`codes`].
		code: i32,
		/// What the node says.
		message: String,
		/// More, for machines.
		data: Option<serde_json::Value>,
	},
	/// The node's answer has another form than expected.
	#[error(
		"{method}: the answer of the node makes no sense to this program ({reason}): do their versions fit?"
	)]
	MalformedAnswer {
		/// The method that was called.
		method: String,
		/// What is wrong.
		reason: String,
	},
	/// The chain is not one this program can talk to.
	#[error("the node's chain does not fit this program: {reason}; use programs of one release")]
	Incompatible {
		/// What does not fit.
		reason: String,
	},
	/// The call was carried out and failed.
	#[error(transparent)]
	Dispatch(#[from] DispatchFailure),
	/// The call would have failed, and was not sent.
	#[error("{0}")]
	WouldFail(DispatchFailure),
	/// The node's pool did not take the transaction: nothing happened, no fee was paid.
	#[error("the node refused the transaction {call}: {message}")]
	Refused {
		/// The call.
		call: String,
		/// Why.
		message: String,
	},
	/// The transaction became invalid while it waited: nothing happened, no fee was paid.
	#[error("the transaction {call} became invalid before it reached a block (has its account other transactions under way?)")]
	Invalid {
		/// The call.
		call: String,
	},
	/// Another transaction of the same account took its place: nothing happened.
	#[error("the transaction {call} was replaced by another one of the same account")]
	Usurped {
		/// The call.
		call: String,
	},
	/// The pool was full.
	#[error("the node dropped the transaction {call}, its pool is full: try again later")]
	Dropped {
		/// The call.
		call: String,
	},
	/// It took too long. Of a transaction it is not known whether it will still reach a block.
	#[error("{what} took longer than {} s", after.as_secs())]
	TimedOut {
		/// What took so long.
		what: String,
		/// How long it was waited for.
		after: Duration,
	},
	/// A blob is larger than the caller wants to fetch.
	#[error("the blob {} has {} bytes, more than the {limit} allowed here", blob.hash, blob.len)]
	BlobTooLarge {
		/// The blob.
		blob: BlobRef,
		/// The caller's limit.
		limit: u64,
	},
	/// The node sent other bytes than the blob's.
	#[error("the node sent {reason} for the blob {hash}")]
	WrongBlob {
		/// The blob.
		hash: Hash,
		/// What it sent.
		reason: String,
	},
	/// The upload does not get on: somebody else uploads the same blob, perhaps.
	#[error(
		"the upload of the blob {hash} does not get on: the node keeps changing its mind about what it has"
	)]
	UploadStuck {
		/// The blob.
		hash: Hash,
	},
}

impl Error {
	/// Whether the connection is gone, so that only a new [`crate::Client`] can help.
	pub fn is_connection_lost(&self) -> bool {
		matches!(self, Self::ConnectionLost { .. } | Self::Unreachable { .. })
	}

	/// Whether the node says that there is no such job, batch, worker or auditor.
	pub fn is_unknown(&self) -> bool {
		use codes::{UNKNOWN_AUDITOR, UNKNOWN_BATCH, UNKNOWN_JOB, UNKNOWN_WORKER};
		matches!(self.rpc_code(), Some(UNKNOWN_JOB | UNKNOWN_BATCH | UNKNOWN_WORKER | UNKNOWN_AUDITOR))
	}

	/// The code of an error that the node answered with.
	pub fn rpc_code(&self) -> Option<i32> {
		match self {
			Self::Rpc { code, .. } => Some(*code),
			_ => None,
		}
	}

	/// The name of the error that a call failed with, or would have, such as `UnknownJob`.
	pub fn dispatch_name(&self) -> Option<&str> {
		match self {
			Self::Dispatch(failure) | Self::WouldFail(failure) => Some(&failure.name),
			_ => None,
		}
	}

	/// Translates an error of the JSON-RPC layer.
	pub(crate) fn from_raw(method: &str, error: RawError) -> Self {
		match error {
			RawError::User(error) => Self::Rpc {
				method: method.into(),
				code: error.code,
				message: error.message,
				data: error.data.and_then(|data| serde_json::from_str(data.get()).ok()),
			},
			RawError::Client(error) => Self::from_transport(method, &*error),
			RawError::DisconnectedWillReconnect(reason) => Self::ConnectionLost { reason },
			other => Self::MalformedAnswer { method: method.into(), reason: other.to_string() },
		}
	}

	fn from_transport(method: &str, error: &(dyn std::error::Error + Send + Sync + 'static)) -> Self {
		match error.downcast_ref::<TransportError>() {
			Some(TransportError::RequestTimeout) => {
				Self::TimedOut { what: method.into(), after: crate::client::REQUEST_TIMEOUT }
			},
			Some(TransportError::ParseError(error)) => {
				Self::MalformedAnswer { method: method.into(), reason: error.to_string() }
			},
			_ => Self::ConnectionLost { reason: error.to_string() },
		}
	}

	/// Translates an error of subxt that is about fetching or decoding something.
	pub(crate) fn from_subxt(what: &str, error: impl Into<subxt::Error>) -> Self {
		let error = error.into();
		match error {
			subxt::Error::OtherRpcClientError(raw) => Self::from_raw(what, raw),
			subxt::Error::BackendError(BackendError::Rpc(RpcError::ClientError(raw))) => {
				Self::from_raw(what, raw)
			},
			other if mentions_lost_connection(&other) => Self::ConnectionLost { reason: other.to_string() },
			other => Self::Incompatible { reason: format!("{what}: {other}") },
		}
	}
}

/// Whether somewhere below an error lies the end of a connection. subxt does not say so at the top.
fn mentions_lost_connection(error: &dyn std::error::Error) -> bool {
	let text = error.to_string();
	["restart required", "disconnect", "client error", "subscription dropped"]
		.iter()
		.any(|phrase| text.to_ascii_lowercase().contains(phrase))
}

#[cfg(test)]
mod tests {
	use super::*;
	use std::sync::Arc;
	use subxt::rpcs::UserError;

	#[test]
	fn an_error_of_the_node_keeps_code_message_and_data() {
		let data = serde_json::value::RawValue::from_string(r#"{"job":7}"#.into()).unwrap();
		let raw =
			UserError { code: codes::UNKNOWN_JOB, message: "there is no job 7".into(), data: Some(data) };
		let error = Error::from_raw("compute_getJob", raw.into());
		assert!(error.is_unknown() && !error.is_connection_lost());
		assert_eq!(error.to_string(), "there is no job 7 (compute_getJob, code -32101)");
		let Error::Rpc { data: Some(data), .. } = error else { panic!("{error:?}") };
		assert_eq!(data["job"], 7);
	}

	#[test]
	fn only_a_dead_connection_asks_for_a_new_one() {
		let raw = |error: TransportError| Error::from_raw("m", RawError::Client(Box::new(error)));
		let dead = TransportError::RestartNeeded(Arc::new(TransportError::Custom("gone".into())));
		assert!(raw(dead).is_connection_lost());
		assert!(raw(TransportError::Transport("closed".into())).is_connection_lost());
		assert!(matches!(raw(TransportError::RequestTimeout), Error::TimedOut { .. }));
		let garbage = serde_json::from_str::<u32>("x").unwrap_err();
		let garbage = Error::from_raw("m", RawError::Deserialization(garbage));
		assert!(matches!(garbage, Error::MalformedAnswer { .. }));
	}

	#[test]
	fn a_failure_without_a_pallet_has_a_name_too() {
		let failure = DispatchFailure::new("Compute.claim", &DispatchError::BadOrigin);
		assert_eq!((failure.pallet.as_str(), failure.name.as_str()), ("Runtime", "BadOrigin"));
		assert!(failure.to_string().starts_with("Compute.claim failed: Runtime.BadOrigin: "));
	}
}
