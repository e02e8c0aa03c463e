//! `compute_*`: jobs, batches, workers and auditors over JSON-RPC, and the way in for receipts.

use crate::views::Views;
use assay_primitives::{
	quote::{Quote, QuoteError},
	view::{AuditorView, BatchView, JobStatus, JobView, Parameters, WorkerView},
	AccountId, BatchIndex, JobId, JobSpec, SignedReceipt,
};
use assay_runtime::Runtime;
use codec::{DecodeAll, MaxEncodedLen};
use futures::{FutureExt, Stream, StreamExt};
use jsonrpsee::{
	core::{async_trait, RpcResult},
	proc_macros::rpc,
	types::ErrorObjectOwned,
	PendingSubscriptionSink,
};
use pallet_compute::runtime_api::{runtime_decl_for_compute_api::ComputeApiV1, ComputeApi};
use sc_client_api::{BlockchainEvents, ImportNotifications};
use sc_rpc::{
	utils::{spawn_subscription_task, PendingSubscription, RingBuffer},
	SubscriptionTaskExecutor,
};
use sc_transaction_pool_api::{
	error::{Error as PoolError, IntoPoolError},
	BlockHash, TransactionPool, TransactionSource, TxHash,
};
use serde_json::{json, Value};
use sp_api::{ApiError, ApiExt, ApiRef, CallApiAt, ProvideRuntimeApi};
use sp_blockchain::HeaderBackend;
use sp_runtime::transaction_validity::InvalidTransaction;
use std::sync::Arc;

/// Why a call failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ComputeError {
	/// There is no such job.
	#[error("there is no job {0}")]
	UnknownJob(JobId),
	/// The job has no such batch.
	#[error("job {job} has no batch {batch}")]
	UnknownBatch {
		/// The job.
		job: JobId,
		/// The batch.
		batch: BatchIndex,
	},
	/// The account is no worker.
	#[error("{0} is no worker: it has never bonded a stake, or withdrawn all of it")]
	UnknownWorker(AccountId),
	/// The account is no auditor.
	#[error("{0} is no auditor: it has never bonded a stake as one, or withdrawn or lost all of it")]
	UnknownAuditor(AccountId),
	/// An argument makes no sense.
	#[error("{argument}: {reason}")]
	Malformed {
		/// The argument.
		argument: &'static str,
		/// What is wrong with it.
		reason: String,
	},
	/// The transaction pool does not take the receipt.
	#[error("the receipt is refused: {reason}")]
	Refused {
		/// Why.
		reason: String,
		/// The pallet's number for the reason, if it is the pallet's.
		refusal: Option<u8>,
		/// Whether the same receipt may be taken later.
		may_retry: bool,
	},
	/// The block is unknown, or its state is gone.
	#[error(
		"the state of block {block} is not here: the block is unknown to this node, or too old ({reason})"
	)]
	NoState {
		/// The block.
		block: String,
		/// What the node's database says.
		reason: String,
	},
	/// The runtime of that block does not know of jobs.
	#[error("the runtime of block {0} has no ComputeApi")]
	NoApi(String),
	/// The runtime failed.
	#[error("the runtime could not answer: {0}")]
	Runtime(String),
}

impl ComputeError {
	fn code(&self) -> i32 {
		match self {
			Self::UnknownJob(_) => -32101,
			Self::UnknownBatch { .. } => -32102,
			Self::UnknownWorker(_) => -32103,
			Self::Malformed { .. } => -32104,
			Self::Refused { .. } => -32105,
			Self::NoState { .. } => -32106,
			Self::NoApi(_) => -32107,
			Self::Runtime(_) => -32108,
			Self::UnknownAuditor(_) => -32109,
		}
	}

	/// What a program needs to act on the error.
	fn data(&self) -> Value {
		match self {
			Self::UnknownJob(job) => json!({ "job": job }),
			Self::UnknownBatch { job, batch } => json!({ "job": job, "batch": batch }),
			Self::UnknownWorker(account) | Self::UnknownAuditor(account) => json!({ "account": account }),
			Self::Malformed { argument, .. } => json!({ "argument": argument }),
			Self::Refused { refusal, may_retry, .. } => json!({ "refusal": refusal, "mayRetry": may_retry }),
			Self::NoState { block, .. } | Self::NoApi(block) => json!({ "block": block }),
			Self::Runtime(_) => Value::Null,
		}
	}
}

impl From<ComputeError> for ErrorObjectOwned {
	fn from(error: ComputeError) -> Self {
		ErrorObjectOwned::owned(
			error.code(),
			error.to_string(),
			Some(error.data()).filter(|data| !data.is_null()),
		)
	}
}

/// The share of hostile auditors that quotes reckon with by default, in parts per million.
const HOSTILE: u32 = 200_000;

/// Jobs, batches, workers and auditors over JSON-RPC. `at` names a block; without it, the best one is asked.
#[rpc(server)]
pub(crate) trait ComputeRpc<BlockHash, TransactionHash> {
	/// A job.
	#[method(name = "compute_getJob", blocking)]
	fn job(&self, job: JobId, at: Option<BlockHash>) -> RpcResult<JobView>;

	/// Jobs with numbers from `start` on, ascending: at most `limit`, and never more than 100.
	#[method(name = "compute_listJobs", blocking)]
	fn jobs(&self, start: JobId, limit: u32, at: Option<BlockHash>) -> RpcResult<Vec<JobView>>;

	/// A batch.
	#[method(name = "compute_getBatch", blocking)]
	fn batch(&self, job: JobId, batch: BatchIndex, at: Option<BlockHash>) -> RpcResult<BatchView>;

	/// Batches of a job from `start` on, ascending: at most `limit`, and never more than 100.
	#[method(name = "compute_listBatches", blocking)]
	fn batches(
		&self,
		job: JobId,
		start: BatchIndex,
		limit: u32,
		at: Option<BlockHash>,
	) -> RpcResult<Vec<BatchView>>;

	/// A worker, by its SS58 address.
	#[method(name = "compute_getWorker", blocking)]
	fn worker(&self, account: String, at: Option<BlockHash>) -> RpcResult<WorkerView>;

	/// An auditor, by its SS58 address: whether it is a validator of this session is another question.
	#[method(name = "compute_getAuditor", blocking)]
	fn auditor(&self, account: String, at: Option<BlockHash>) -> RpcResult<AuditorView>;

	/// Numbers of the chain that its users have to know.
	#[method(name = "compute_getParameters", blocking)]
	fn parameters(&self, at: Option<BlockHash>) -> RpcResult<Parameters>;

	/// What a job would cost, and how likely a cheat would be caught if `hostile` parts per million of the auditors are
	/// its friends (a fifth of them, if that is not said).
	#[method(name = "compute_quote", blocking)]
	fn quote(&self, job: JobSpec, hostile: Option<u32>, at: Option<BlockHash>) -> RpcResult<Quote>;

	/// Sends a signed receipt, SCALE in hexadecimal, on its way into a block. Returns the hash of the transaction that
	/// carries it. Sending a receipt again does no harm.
	#[method(name = "compute_submitReceipt")]
	async fn submit_receipt(&self, signed_receipt: String) -> RpcResult<TransactionHash>;

	/// The job, at once and whenever a new best block changes it, until it is closed. Who is too slow for every change
	/// gets the latest.
	#[subscription(
		name = "compute_subscribeJob" => "compute_job",
		unsubscribe = "compute_unsubscribeJob",
		item = JobView
	)]
	fn subscribe_job(&self, job: JobId);
}

/// Serves [`ComputeRpcServer`] from a client and a transaction pool.
pub(crate) struct Compute<C, P> {
	chain: Chain<C>,
	pool: Arc<P>,
	executor: SubscriptionTaskExecutor,
}

impl<C, P> Compute<C, P> {
	/// Asks `client`, natively where `views` can answer, hands receipts to `pool`, runs subscriptions on `executor`.
	pub(crate) fn new(
		client: Arc<C>,
		views: Arc<Views>,
		pool: Arc<P>,
		executor: SubscriptionTaskExecutor,
	) -> Self {
		Self { chain: Chain { client, views }, pool, executor }
	}
}

/// The chain that is asked about.
struct Chain<C> {
	client: Arc<C>,
	views: Arc<Views>,
}

impl<C> Clone for Chain<C> {
	fn clone(&self) -> Self {
		Self { client: self.client.clone(), views: self.views.clone() }
	}
}

impl<C> Chain<C> {
	/// What the chain stands like in the block `at`, by default the best one: what `native` says, or the runtime if it is not
	/// the one that `native` belongs to. The two ask the same.
	fn view<B, R>(
		&self,
		at: Option<B::Hash>,
		native: impl FnOnce() -> R,
		ask: impl FnOnce(&ApiRef<'_, C::Api>, B::Hash) -> Result<R, ApiError>,
	) -> Result<R, ComputeError>
	where
		B: sp_runtime::traits::Block,
		C: ProvideRuntimeApi<B> + CallApiAt<B> + HeaderBackend<B>,
		C::Api: ComputeApi<B>,
	{
		let at = at.unwrap_or_else(|| self.client.info().best_hash);
		// Why there is no state is told by whoever asks the runtime for it.
		let state = CallApiAt::state_at(&*self.client, at).ok();
		match state.and_then(|state| self.views.read(&state, native)) {
			Some(answer) => Ok(answer),
			None => query(&*self.client, Some(at), ask),
		}
	}

	fn job<B>(&self, job: JobId, at: Option<B::Hash>) -> Result<JobView, ComputeError>
	where
		B: sp_runtime::traits::Block,
		C: ProvideRuntimeApi<B> + CallApiAt<B> + HeaderBackend<B>,
		C::Api: ComputeApi<B>,
	{
		let found = self.view(at, || Runtime::job(job), |api, at| api.job(at, job))?;
		found.ok_or(ComputeError::UnknownJob(job))
	}
}

/// Asks the runtime of the block `at`, by default the best one.
fn query<C, B, R>(
	client: &C,
	at: Option<B::Hash>,
	ask: impl FnOnce(&ApiRef<'_, C::Api>, B::Hash) -> Result<R, ApiError>,
) -> Result<R, ComputeError>
where
	B: sp_runtime::traits::Block,
	C: ProvideRuntimeApi<B> + HeaderBackend<B>,
	C::Api: ComputeApi<B>,
{
	let at = at.unwrap_or_else(|| client.info().best_hash);
	let explain = |error| match error {
		ApiError::UnknownBlock(reason) => ComputeError::NoState { block: format!("{at:?}"), reason },
		other => ComputeError::Runtime(other.to_string()),
	};
	let api = client.runtime_api();
	if !api.has_api::<dyn ComputeApi<B>>(at).map_err(explain)? {
		return Err(ComputeError::NoApi(format!("{at:?}")));
	}
	ask(&api, at).map_err(explain)
}

impl<C, P> Compute<C, P>
where
	P: TransactionPool + 'static,
	C: ProvideRuntimeApi<P::Block> + CallApiAt<P::Block> + HeaderBackend<P::Block> + Send + Sync + 'static,
	C::Api: ComputeApi<P::Block>,
{
	fn batch_at(
		&self,
		job: JobId,
		batch: BatchIndex,
		at: Option<BlockHash<P>>,
	) -> Result<BatchView, ComputeError> {
		let native = || {
			let found = Runtime::batch(job, batch);
			let job_exists = found.is_some() || Runtime::job(job).is_some();
			(found, job_exists)
		};
		let (found, job_exists) = self.chain.view(at, native, |api, at| {
			let found = api.batch(at, job, batch)?;
			let job_exists = found.is_some() || api.job(at, job)?.is_some();
			Ok((found, job_exists))
		})?;
		match found {
			Some(found) => Ok(found),
			None if job_exists => Err(ComputeError::UnknownBatch { job, batch }),
			None => Err(ComputeError::UnknownJob(job)),
		}
	}

	/// The transaction for a receipt, and whether the best chain has taken the receipt already.
	fn receipt_transaction(
		&self,
		at: BlockHash<P>,
		signed: SignedReceipt,
	) -> Result<(sc_transaction_pool_api::TransactionFor<P>, bool), ComputeError> {
		let receipt = signed.receipt;
		query(&*self.chain.client, Some(at), |api, at| {
			let batch = api.batch(at, receipt.job, receipt.batch)?;
			let accepted = batch
				.filter(|batch| batch.attempt == receipt.attempt)
				.and_then(|batch| batch.receipt)
				.is_some_and(|accepted| accepted.hash == receipt.hash());
			Ok((api.receipt_extrinsic(at, signed)?, accepted))
		})
	}
}

fn decode_receipt(text: &str) -> Result<SignedReceipt, ComputeError> {
	let malformed = |reason: String| ComputeError::Malformed { argument: "signedReceipt", reason };
	let digits = text.strip_prefix("0x").unwrap_or(text);
	let max = SignedReceipt::max_encoded_len();
	if digits.len() > max.saturating_mul(2) {
		return Err(malformed(format!("a signed receipt has at most {max} bytes")));
	}
	let bytes = hex::decode(digits).map_err(|error| malformed(format!("not hexadecimal: {error}")))?;
	let signed = SignedReceipt::decode_all(&mut &bytes[..])
		.map_err(|error| malformed(format!("not the SCALE encoding of a signed receipt: {error}")))?;
	signed
		.is_authentic()
		.then_some(signed)
		.ok_or_else(|| malformed(format!("the signature is not that of {}", signed.receipt.worker)))
}

fn decode_account(text: &str) -> Result<AccountId, ComputeError> {
	AccountId::from_ss58(text)
		.map_err(|error| ComputeError::Malformed { argument: "account", reason: error.to_string() })
}

/// Why the pool does not take a receipt. `None` if it has it already.
fn refused<E: IntoPoolError>(error: E) -> Option<ComputeError> {
	let (reason, refusal, may_retry) = match error.into_pool_error() {
		Ok(PoolError::AlreadyImported(_)) => return None,
		Ok(PoolError::InvalidTransaction(InvalidTransaction::Custom(code))) => {
			(pallet_compute::refusal_message(code).to_owned(), Some(code), false)
		},
		Ok(PoolError::InvalidTransaction(error)) => (<&'static str>::from(error).to_owned(), None, false),
		Ok(PoolError::TemporarilyBanned) => (
			"the same receipt was in a block or found wrong lately, look at the batch".to_owned(),
			None,
			true,
		),
		Ok(error) => (error.to_string(), None, error.is_retriable()),
		Err(error) => (error.to_string(), None, true),
	};
	Some(ComputeError::Refused { reason, refusal, may_retry })
}

#[async_trait]
impl<C, P> ComputeRpcServer<BlockHash<P>, TxHash<P>> for Compute<C, P>
where
	P: TransactionPool + 'static,
	C: ProvideRuntimeApi<P::Block> + CallApiAt<P::Block> + HeaderBackend<P::Block>,
	C: BlockchainEvents<P::Block> + Send + Sync + 'static,
	C::Api: ComputeApi<P::Block>,
{
	fn job(&self, job: JobId, at: Option<BlockHash<P>>) -> RpcResult<JobView> {
		Ok(self.chain.job(job, at)?)
	}

	fn jobs(&self, start: JobId, limit: u32, at: Option<BlockHash<P>>) -> RpcResult<Vec<JobView>> {
		let native = || Runtime::jobs(start, limit);
		Ok(self.chain.view(at, native, |api, at| api.jobs(at, start, limit))?)
	}

	fn batch(&self, job: JobId, batch: BatchIndex, at: Option<BlockHash<P>>) -> RpcResult<BatchView> {
		Ok(self.batch_at(job, batch, at)?)
	}

	fn batches(
		&self,
		job: JobId,
		start: BatchIndex,
		limit: u32,
		at: Option<BlockHash<P>>,
	) -> RpcResult<Vec<BatchView>> {
		let native = || Runtime::job(job).is_some().then(|| Runtime::batches(job, start, limit));
		let found = self.chain.view(at, native, |api, at| {
			let exists = api.job(at, job)?.is_some();
			exists.then(|| api.batches(at, job, start, limit)).transpose()
		})?;
		Ok(found.ok_or(ComputeError::UnknownJob(job))?)
	}

	fn worker(&self, account: String, at: Option<BlockHash<P>>) -> RpcResult<WorkerView> {
		let account = decode_account(&account)?;
		let native = || Runtime::worker(account);
		let found = self.chain.view(at, native, |api, at| api.worker(at, account))?;
		Ok(found.ok_or(ComputeError::UnknownWorker(account))?)
	}

	fn auditor(&self, account: String, at: Option<BlockHash<P>>) -> RpcResult<AuditorView> {
		let account = decode_account(&account)?;
		let native = || Runtime::auditor(account);
		let found = self.chain.view(at, native, |api, at| api.auditor(at, account))?;
		Ok(found.ok_or(ComputeError::UnknownAuditor(account))?)
	}

	fn parameters(&self, at: Option<BlockHash<P>>) -> RpcResult<Parameters> {
		Ok(self.chain.view(at, Runtime::parameters, |api, at| api.parameters(at))?)
	}

	fn quote(&self, job: JobSpec, hostile: Option<u32>, at: Option<BlockHash<P>>) -> RpcResult<Quote> {
		let hostile = hostile.unwrap_or(HOSTILE);
		let native = || Runtime::quote(job, hostile);
		let quote = self.chain.view(at, native, |api, at| api.quote(at, job, hostile))?;
		let malformed =
			|error: QuoteError| ComputeError::Malformed { argument: "job", reason: error.to_string() };
		Ok(quote.map_err(malformed)?)
	}

	async fn submit_receipt(&self, signed_receipt: String) -> RpcResult<TxHash<P>> {
		let signed = decode_receipt(&signed_receipt)?;
		let best = self.chain.client.info().best_hash;
		let (transaction, accepted) = self.receipt_transaction(best, signed)?;
		let hash = self.pool.hash_of(&transaction);
		if accepted {
			return Ok(hash);
		}
		match self.pool.submit_one(best, TransactionSource::External, transaction).await {
			Ok(hash) => Ok(hash),
			Err(error) => refused(error).map_or(Ok(hash), |error| Err(error.into())),
		}
	}

	fn subscribe_job(&self, pending: PendingSubscriptionSink, job: JobId) {
		// From here on no change goes unnoticed, so the job is looked at only afterwards.
		let imports = self.chain.client.import_notification_stream();
		let first = match self.chain.job(job, None) {
			Ok(first) => first,
			Err(error) => return spawn_subscription_task(&self.executor, pending.reject(error)),
		};
		let watch = JobWatch { chain: self.chain.clone(), imports, last: first.clone() };
		let changes = futures::stream::once(futures::future::ready(first)).chain(watch.into_stream()).boxed();
		let task = PendingSubscription::from(pending).pipe_from_stream(changes, RingBuffer::new(1));
		spawn_subscription_task(&self.executor, task);
	}
}

/// Looks at a job again with every new best block.
struct JobWatch<C, B: sp_runtime::traits::Block> {
	chain: Chain<C>,
	imports: ImportNotifications<B>,
	last: JobView,
}

impl<C, B> JobWatch<C, B>
where
	B: sp_runtime::traits::Block,
	C: ProvideRuntimeApi<B> + CallApiAt<B> + HeaderBackend<B> + Send + Sync + 'static,
	C::Api: ComputeApi<B>,
{
	/// The changes, up to and including the one that closes the job.
	fn into_stream(self) -> impl Stream<Item = JobView> + Send {
		let start = (self.last.status != JobStatus::Closed).then_some(self);
		futures::stream::unfold(start, |watch| async {
			let mut watch = watch?;
			let job = watch.next_change().await?;
			let rest = (job.status != JobStatus::Closed).then_some(watch);
			Some((job, rest))
		})
	}

	/// `None` when the node shuts down.
	async fn next_change(&mut self) -> Option<JobView> {
		loop {
			let mut has_new_best = self.imports.next().await?.is_new_best;
			// Blocks that came meanwhile need no look of their own.
			while let Some(Some(block)) = self.imports.next().now_or_never() {
				has_new_best |= block.is_new_best;
			}
			if !has_new_best {
				continue;
			}
			match self.chain.job(self.last.id, None) {
				Ok(job) if job != self.last => {
					self.last = job.clone();
					return Some(job);
				},
				Ok(_) => {},
				// A fork on which it is not posted yet, most likely: it comes back.
				Err(error) => log::debug!(target: "rpc", "Job {} cannot be watched: {error}", self.last.id),
			}
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use assay_primitives::{BlobRef, Hash, Receipt};
	use codec::Encode;
	use sp_core::Pair;

	fn signed() -> SignedReceipt {
		let (pair, _) = sp_core::sr25519::Pair::generate();
		let receipt = Receipt {
			genesis: Hash::of(b"genesis"),
			job: 1,
			batch: 2,
			attempt: 3,
			worker: AccountId(pair.public().0),
			outputs_root: Hash::of(b"outputs"),
			sealed: BlobRef::of(b"sealed"),
			sealed_root: Hash::of(b"sealed root"),
			key_commitment: Hash::of(b"key"),
		};
		receipt.sign(pair.as_ref())
	}

	fn reason(text: &str) -> String {
		let error = decode_receipt(text).unwrap_err();
		assert_eq!(error.code(), -32104);
		error.to_string()
	}

	#[test]
	fn a_receipt_is_read_from_hexadecimal() {
		let signed = signed();
		let text = hex::encode(signed.encode());
		assert_eq!(decode_receipt(&text), Ok(signed));
		assert_eq!(decode_receipt(&format!("0x{text}")), Ok(signed));
	}

	#[test]
	fn a_malformed_receipt_is_told_apart_before_it_costs_anything() {
		let signed = signed();
		let text = hex::encode(signed.encode());
		assert!(reason("0xzz").contains("not hexadecimal"));
		assert!(reason("0x").contains("not the SCALE encoding"));
		assert!(reason(&text[2..]).contains("not the SCALE encoding"));
		assert!(reason(&format!("{text}00")).contains("at most"));
		let mut forged = signed;
		forged.receipt.job += 1;
		assert!(reason(&hex::encode(forged.encode())).contains("signature"));
	}

	#[test]
	fn what_the_pool_says_is_translated() {
		let refusal = |code| PoolError::InvalidTransaction(InvalidTransaction::Custom(code));
		let Some(ComputeError::Refused { reason, refusal: Some(5), may_retry: false }) = refused(refusal(5))
		else {
			panic!("not translated: {:?}", refused(refusal(5)));
		};
		assert_eq!(reason, pallet_compute::refusal_message(5));
		assert_eq!(refused(PoolError::AlreadyImported(Box::new(()))), None);
		let full = refused(PoolError::ImmediatelyDropped);
		assert!(matches!(full, Some(ComputeError::Refused { may_retry: true, .. })), "{full:?}");
	}

	#[test]
	fn errors_carry_what_a_program_needs() {
		let error = ErrorObjectOwned::from(ComputeError::UnknownBatch { job: 7, batch: 8 });
		assert_eq!(error.code(), -32102);
		assert_eq!(error.message(), "job 7 has no batch 8");
		assert_eq!(error.data().map(|data| data.get()), Some(r#"{"batch":8,"job":7}"#));
		let account = AccountId([1; 32]);
		let error = ErrorObjectOwned::from(ComputeError::UnknownAuditor(account));
		assert_eq!(error.code(), -32109);
		assert_eq!(error.data().map(|data| data.get()), Some(&*format!(r#"{{"account":"{account}"}}"#)));
		let error = ErrorObjectOwned::from(decode_account("Alice").unwrap_err());
		assert_eq!(error.code(), -32104);
		assert_eq!(error.message(), "account: not an SS58 address");
	}
}
