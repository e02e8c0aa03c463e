//! Where an auditor gets blobs from.

use crate::blobs::{
	exchange::{Exchange, ExchangeError},
	BlobError, BlobStore,
};
use assay_primitives::{BlobRef, Hash};
use std::{sync::Arc, time::Duration};

/// How long a duty that has begun waits for a blob that is on its way: as long as a small one takes. It holds one of few
/// slots meanwhile, so it has to wait for all others without one.
const PATIENCE: Duration = Duration::from_secs(3);

/// Why a blob did not come.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum FetchError {
	/// It could not be had. The auditor may say so on the chain.
	#[error("{0}")]
	Unavailable(String),
	/// A part of it is here. [`BlobSource::arrived`] tells how much, and until when.
	#[error("blob {0} is on its way")]
	OnItsWay(Hash),
	/// This machine failed. Says nothing about the blob.
	#[error("{0}")]
	Failed(String),
}

/// Gets blobs for audits. What is not on this node may come from its peers: that is for the implementation to know.
pub(crate) trait BlobSource: Send + Sync + 'static {
	/// The whole blob; its hash and its length are checked. May block for some seconds.
	///
	/// # Errors
	///
	/// [`FetchError`].
	fn fetch(&self, blob: &BlobRef) -> Result<Arc<[u8]>, FetchError>;

	/// How many bytes are here of a blob that is on its way, which goes on as long as this is asked. `None` once it is worth
	/// another [`BlobSource::fetch`]: it is here, or does not come any more.
	fn arrived(&self, blob: &Hash) -> Option<u64>;

	/// Keeps a blob longer that was fetched: it is reported that it can be had.
	fn vouch(&self, blob: &BlobRef);

	/// Keeps a blob that was fetched: it is voted that it is here.
	///
	/// # Errors
	///
	/// [`FetchError`] if it cannot be kept: then there is nothing to vote.
	fn hold(&self, blob: &BlobRef) -> Result<(), FetchError>;
}

impl BlobSource for BlobStore {
	fn fetch(&self, blob: &BlobRef) -> Result<Arc<[u8]>, FetchError> {
		let bytes = self.read_all(&blob.hash, blob.len).map_err(|error| match error {
			BlobError::Io { .. } => FetchError::Failed(error.to_string()),
			_ => FetchError::Unavailable(error.to_string()),
		})?;
		let found = BlobRef::of(&bytes).len;
		if found != blob.len {
			let BlobRef { hash, len } = blob;
			return Err(FetchError::Unavailable(format!("blob {hash} has {found} bytes, not {len}")));
		}
		Ok(bytes)
	}

	fn arrived(&self, _: &Hash) -> Option<u64> {
		None
	}

	fn vouch(&self, blob: &BlobRef) {
		Self::vouch(self, &blob.hash);
	}

	fn hold(&self, blob: &BlobRef) -> Result<(), FetchError> {
		Self::hold(self, &blob.hash).map_err(|error| match error {
			BlobError::Missing(_) => FetchError::Unavailable(error.to_string()),
			_ => FetchError::Failed(error.to_string()),
		})
	}
}

impl BlobSource for Arc<Exchange> {
	fn fetch(&self, blob: &BlobRef) -> Result<Arc<[u8]>, FetchError> {
		// Nothing that comes for other duties takes its place before it is read.
		let _in_use = self.store().begin_use(&blob.hash);
		// A job or a receipt names it, or nobody would want to audit it.
		self.store().add_named(&blob.hash);
		match self.store().fetch(blob) {
			Err(FetchError::Unavailable(_)) if !self.store().has(&blob.hash) => {},
			result => return result,
		}
		self.obtain_blocking(blob.hash, PATIENCE).map_err(|error| match &error {
			ExchangeError::NobodyHasIt { .. } | ExchangeError::NotInTime(_) => {
				FetchError::Unavailable(error.to_string())
			},
			ExchangeError::Arriving(hash) => FetchError::OnItsWay(*hash),
			// No room on this node says nothing about the blob.
			ExchangeError::Store(_) | ExchangeError::TooManyFetches { .. } => {
				FetchError::Failed(error.to_string())
			},
		})?;
		self.store().fetch(blob)
	}

	fn arrived(&self, blob: &Hash) -> Option<u64> {
		Exchange::arrived_of(self, blob)
	}

	fn vouch(&self, blob: &BlobRef) {
		BlobSource::vouch(&**self.store(), blob);
	}

	fn hold(&self, blob: &BlobRef) -> Result<(), FetchError> {
		BlobSource::hold(&**self.store(), blob)
	}
}
