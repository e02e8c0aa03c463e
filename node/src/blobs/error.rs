//! Why a blob cannot be stored or read.

use assay_primitives::Hash;
use std::io;

/// Why a blob cannot be stored or read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BlobError {
	/// It is not here, or not all of it.
	#[error("blob {0} is not here: upload it first, or ask another node")]
	Missing(Hash),
	/// The uploaded bytes are another blob. The upload is discarded.
	#[error("the bytes hash to {found}, not to {expected}: the upload is discarded, start again")]
	WrongHash {
		/// The blob that was announced.
		expected: Hash,
		/// The blob that came.
		found: Hash,
	},
	/// The blob, or the upload in progress, has another length.
	#[error("blob {hash} has {known} bytes, not {given}")]
	WrongLength {
		/// The blob.
		hash: Hash,
		/// The length known here.
		known: u64,
		/// The length that was named.
		given: u64,
	},
	/// The data is not the next piece.
	#[error("the upload of {hash} goes on at offset {expected}, not at {given}")]
	WrongOffset {
		/// The blob.
		hash: Hash,
		/// Bytes received so far.
		expected: u64,
		/// The offset that was named.
		given: u64,
	},
	/// The offset, or the end of the data, lies beyond the blob's end.
	#[error("blob {hash} has {len} bytes: offset {offset}, or what was sent for it, lies beyond its end")]
	BeyondEnd {
		/// The blob.
		hash: Hash,
		/// Its length.
		len: u64,
		/// The offset that was named.
		offset: u64,
	},
	/// The blob is larger than allowed.
	#[error("the blob has {len} bytes, more than the {max} allowed here")]
	TooLarge {
		/// Its length.
		len: u64,
		/// The greatest length.
		max: u64,
	},
	/// There is no room.
	#[error("the node's blob store is full: {used} of {quota} bytes are taken, the blob needs {needed}")]
	QuotaExceeded {
		/// What the blob counts.
		needed: u64,
		/// What is taken.
		used: u64,
		/// What there is.
		quota: u64,
	},
	/// There is no room for what this node says to hold.
	#[error(
		"the node's room for results that it holds for those who asked is full: {used} of {quota} bytes are taken, the \
		 blob needs {needed}"
	)]
	HeldFull {
		/// What the blob counts.
		needed: u64,
		/// What is taken.
		used: u64,
		/// What there is.
		quota: u64,
	},
	/// There is no room for what no live job names.
	#[error(
		"the node's room for blobs that no live job names is full: {used} of {quota} bytes are taken, the blob needs \
		 {needed}. Older ones are removed in time: try again later"
	)]
	StagingFull {
		/// What the blob counts.
		needed: u64,
		/// What is taken.
		used: u64,
		/// What there is.
		quota: u64,
	},
	/// Too many uploads are under way.
	#[error("{limit} uploads are under way on this node: try again later")]
	TooManyUploads {
		/// How many there may be.
		limit: usize,
	},
	/// The blob was damaged on the disk and is removed.
	#[error("blob {0} was damaged on this node's disk and is removed: upload it again")]
	Corrupted(Hash),
	/// The disk or its file system failed.
	#[error("the node could not {action}: {source}")]
	Io {
		/// What was tried.
		action: &'static str,
		/// What went wrong.
		source: io::Error,
	},
}

/// For `map_err`: says what was tried.
pub(super) fn io(action: &'static str) -> impl Fn(io::Error) -> BlobError {
	move |source| BlobError::Io { action, source }
}
