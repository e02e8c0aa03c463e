//! Jobs, batches, workers and auditors, as a node tells about them.

use crate::{codes, Client, Error};
use assay_primitives::{
	certificate::Certificate,
	view::{AuditorView, BatchView, JobView, Parameters, WorkerView},
	AccountId, BatchIndex, Hash, JobId, JobSpec, Quote, SignedReceipt,
};
use codec::{DecodeAll, Encode};
use futures::{stream::BoxStream, StreamExt};
use subxt::rpcs::client::rpc_params;

/// The most entries a node puts into one answer.
pub const PAGE: u32 = 100;

impl Client {
	/// A job.
	///
	/// # Errors
	///
	/// [`Error::is_unknown`] if there is no such job; those of any request to the node.
	pub async fn job(&self, job: JobId) -> Result<JobView, Error> {
		self.request("compute_getJob", rpc_params![job]).await
	}

	/// Up to `limit` jobs from the number `start` on, at most [`PAGE`].
	///
	/// # Errors
	///
	/// Those of any request to the node.
	pub async fn jobs(&self, start: JobId, limit: u32) -> Result<Vec<JobView>, Error> {
		self.request("compute_listJobs", rpc_params![start, limit]).await
	}

	/// A batch.
	///
	/// # Errors
	///
	/// [`Error::is_unknown`] if there is no such job or batch; those of any request to the node.
	pub async fn batch(&self, job: JobId, batch: BatchIndex) -> Result<BatchView, Error> {
		self.request("compute_getBatch", rpc_params![job, batch]).await
	}

	/// Up to `limit` batches of a job from the number `start` on, at most [`PAGE`].
	///
	/// # Errors
	///
	/// [`Error::is_unknown`] if there is no such job; those of any request to the node.
	pub async fn batches(&self, job: JobId, start: BatchIndex, limit: u32) -> Result<Vec<BatchView>, Error> {
		self.request("compute_listBatches", rpc_params![job, start, limit]).await
	}

	/// Every batch of a job, in as many requests as it takes.
	///
	/// # Errors
	///
	/// Those of [`Client::batches`].
	pub async fn all_batches(&self, job: JobId) -> Result<Vec<BatchView>, Error> {
		let mut batches: Vec<BatchView> = Vec::new();
		loop {
			let start = match batches.last() {
				None => 0,
				Some(last) => match last.batch.checked_add(1) {
					Some(next) => next,
					None => return Ok(batches),
				},
			};
			let page = self.batches(job, start, PAGE).await?;
			let is_progress = page.first().is_some_and(|first| first.batch >= start);
			if !is_progress {
				return Ok(batches);
			}
			batches.extend(page);
		}
	}

	/// A worker. `None` for an account that never was one.
	///
	/// # Errors
	///
	/// Those of any request to the node.
	pub async fn worker(&self, account: &AccountId) -> Result<Option<WorkerView>, Error> {
		match self.request("compute_getWorker", rpc_params![account]).await {
			Ok(worker) => Ok(Some(worker)),
			Err(error) if error.rpc_code() == Some(codes::UNKNOWN_WORKER) => Ok(None),
			Err(error) => Err(error),
		}
	}

	/// An auditor. `None` for an account without a stake as one.
	///
	/// # Errors
	///
	/// Those of any request to the node.
	pub async fn auditor(&self, account: &AccountId) -> Result<Option<AuditorView>, Error> {
		match self.request("compute_getAuditor", rpc_params![account]).await {
			Ok(auditor) => Ok(Some(auditor)),
			Err(error) if error.rpc_code() == Some(codes::UNKNOWN_AUDITOR) => Ok(None),
			Err(error) => Err(error),
		}
	}

	/// The certificate of a batch that is revealed or settled in the last final block, as the node made it: unverified. It
	/// shows how authority went over from set to set from `first_set` on, by default from the chain's first.
	///
	/// # Errors
	///
	/// [`Error::is_unknown`] if there is no such job or batch; [`Error::Rpc`] with [`codes::NOT_CERTIFIABLE`] if there is
	/// nothing final to certify yet, or with [`codes::NO_RECORDS`] if this node does not keep what it takes;
	/// [`Error::MalformedAnswer`] if what the node sends is no certificate; those of any request to the node.
	pub async fn certificate(
		&self,
		job: JobId,
		batch: BatchIndex,
		first_set: Option<u64>,
	) -> Result<Certificate, Error> {
		#[derive(serde::Deserialize)]
		struct Answer {
			certificate: String,
		}
		let method = "compute_getCertificate";
		let Answer { certificate } = self.request(method, rpc_params![job, batch, first_set]).await?;
		let malformed = |reason: String| Error::MalformedAnswer { method: method.into(), reason };
		let digits = certificate.strip_prefix("0x").unwrap_or(&certificate);
		let bytes = hex::decode(digits).map_err(|error| malformed(error.to_string()))?;
		Certificate::decode_all(&mut &bytes[..]).map_err(|error| malformed(error.to_string()))
	}

	/// The chain's numbers.
	///
	/// # Errors
	///
	/// Those of any request to the node.
	pub async fn parameters(&self) -> Result<Parameters, Error> {
		self.request("compute_getParameters", rpc_params![]).await
	}

	/// What a job would cost, and how likely a cheat would be caught if `hostile` parts per million of the auditors are
	/// its friends.
	///
	/// # Errors
	///
	/// [`Error::Rpc`] with [`codes::MALFORMED_ARGUMENT`] if there is no quote for such a job; those of any request to the
	/// node.
	pub async fn quote(&self, job: &JobSpec, hostile: u32) -> Result<Quote, Error> {
		self.request("compute_quote", rpc_params![job, hostile]).await
	}

	/// Hands a receipt to the node's pool, and returns the hash of the transaction it becomes. Costs nothing, and can
	/// be repeated.
	///
	/// # Errors
	///
	/// [`Error::Rpc`] with [`codes::REFUSED`] if the pool does not take it; those of any request to the node.
	pub async fn submit_receipt(&self, receipt: &SignedReceipt) -> Result<Hash, Error> {
		let encoded = format!("0x{}", hex::encode(receipt.encode()));
		self.request("compute_submitReceipt", rpc_params![encoded]).await
	}

	/// A job, at once and whenever it changes in a best block. Ends after it was closed.
	///
	/// # Errors
	///
	/// [`Error::is_unknown`] if there is no such job; those of any request to the node.
	pub async fn watch_job(&self, job: JobId) -> Result<BoxStream<'static, Result<JobView, Error>>, Error> {
		let method = "compute_subscribeJob";
		let views = self
			.raw()
			.subscribe::<JobView>(method, rpc_params![job], "compute_unsubscribeJob")
			.await
			.map_err(|error| Error::from_raw(method, error))?;
		Ok(views.map(move |view| view.map_err(|error| Error::from_raw(method, error))).boxed())
	}
}
