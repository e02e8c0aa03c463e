//! The auditor inside a validator: re-executes randomly drawn tasks of batches whose receipts are final, and reports.
//!
//! With every finalised block, if one of this node's audit keys is an auditor's, it asks the runtime which batches wait
//! for auditors and evaluates the key's VRF on each. Nobody else can tell whether the key is drawn, until it reports.
//! If it is, the auditor gets the program, the input and the sealed results, runs the drawn tasks in processes of their
//! own, and sends a report with a blind tag for each.
//!
//! What is on its way from other nodes is waited for without one of the slots that tasks are run in, as long as it gets on.
//!
//! What it says is always something about the batch, never about its own machine:
//! - a task that ran to its outcome becomes a tag, whatever the outcome is;
//! - a program or an input that cannot be had after a few finalised blocks is reported as unavailable;
//! - what is of no use to anybody is reported as unavailable at once: a program that the machine refuses, an input that is
//!   not what the job commits to. There is no leaf of a task that cannot be run, so no worker can have had an honest one
//!   either;
//! - sealed results that cannot be had, or are not what the receipt commits to, are reported too, together with the tags
//!   of the tasks, which are run all the same;
//! - a run without a verdict (a crash, no memory, no time) is tried again later, and never reported.
//!
//! Every validator's node also runs the tasks that are contested in finalised blocks, and votes with the outcome. If a
//! requester asks for the sealed results of a batch, it fetches them, keeps them, and votes that it has them. A vote
//! that something is missing comes later than a report would: it is the validator's only one.
//!
//! A report that has not made it into a finalised block after a while is sent again. Nothing is kept over a restart:
//! what is not reported by then is examined again, with the same result.

mod arrivals;
mod duties;
mod examine;
mod key;
mod metrics;
mod source;
#[cfg(test)]
mod tests;
mod votes;

pub(crate) use source::BlobSource;

use assay_primitives::{
	audit::{AuditReport, AuditorKey, Findings},
	view::{AuditTask, AuditorView, DisputeTask},
	AccountId, BlockNumber, Hash, SignedVote,
};
use assay_vm::{HostOptions, HostPool};
use duties::{statement, Conclusion, Due, Duties, DutyId};
use examine::{Assignment, Contested, Examination, Examiner, Judgement, Machine, Metered};
use futures::{
	channel::oneshot,
	future::BoxFuture,
	stream::{FuturesUnordered, StreamExt},
	FutureExt,
};
use metrics::Metrics;
use pallet_compute::{runtime_api::ComputeApi, Refusal};
use sc_client_api::BlockchainEvents;
use sc_transaction_pool_api::{
	error::{Error as PoolError, IntoPoolError},
	TransactionFor, TransactionPool, TransactionSource,
};
use sp_api::{ApiError, ApiExt, ProvideRuntimeApi};
use sp_blockchain::HeaderBackend;
use sp_keystore::KeystorePtr;
use sp_runtime::{
	traits::{Block as BlockT, SaturatedConversion},
	transaction_validity::InvalidTransaction,
};
use std::{num::NonZeroUsize, sync::Arc, time::Duration};
use substrate_prometheus_endpoint::Registry;
use votes::{DisputeId, Votes};

/// Most batches looked at in one round. If there are more, the chain lists those with the most at stake.
const MAX_TASKS: u32 = 4_096;
/// The auditor looks around this often even if no block becomes final.
const TICK: Duration = Duration::from_secs(30);

/// What an auditor needs.
pub(crate) struct AuditorParams<C, P, S> {
	/// The node's client.
	pub(crate) client: Arc<C>,
	/// Where reports go.
	pub(crate) pool: Arc<P>,
	/// Holds the audit key.
	pub(crate) keystore: KeystorePtr,
	/// Where programs, inputs and sealed results come from.
	pub(crate) blobs: Arc<S>,
	/// Batches examined at once, each in a process of its own.
	pub(crate) slots: NonZeroUsize,
	/// Time between blocks.
	pub(crate) block_time: Duration,
	/// Whether the node is still catching up with the chain. Nothing is audited until it has.
	pub(crate) is_syncing: Box<dyn Fn() -> bool + Send + Sync>,
	/// For the auditor's metrics.
	pub(crate) registry: Option<Registry>,
}

/// Audits until the node shuts down.
pub(crate) async fn run<C, P, S>(params: AuditorParams<C, P, S>)
where
	P: TransactionPool + 'static,
	C: ProvideRuntimeApi<P::Block> + HeaderBackend<P::Block> + BlockchainEvents<P::Block>,
	C: Send + Sync + 'static,
	C::Api: ComputeApi<P::Block>,
	S: BlobSource,
{
	let mut finality = params.client.finality_notification_stream();
	let mut tick = tokio::time::interval(TICK);
	tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
	let machine = HostPool::new(params.slots.get(), HostOptions::default());
	let mut auditor = Auditor::new(params, machine);
	let mut running = Running::new();
	loop {
		tokio::select! {
			block = finality.next() => {
				if block.is_none() {
					return;
				}
				// Only the newest finalised block is looked at.
				while let Some(Some(_)) = finality.next().now_or_never() {}
				auditor.look_around().await;
			},
			_ = tick.tick() => auditor.look_around().await,
			Some(done) = running.next(), if !running.is_empty() => match done {
				Done::Audit(id, examination) => auditor.conclude(id, examination).await,
				Done::Dispute(id, judgement) => auditor.conclude_dispute(id, judgement).await,
			},
		}
		auditor.begin(&mut running);
	}
}

/// Something that was run.
enum Done {
	/// The samples of a batch.
	Audit(DutyId, Examination),
	/// A contested task.
	Dispute(DisputeId, Judgement),
}

/// What is being run, at most [`AuditorParams::slots`].
type Running = FuturesUnordered<BoxFuture<'static, Done>>;

/// What a finalised block wants of this node.
#[derive(Default)]
struct Survey {
	/// Its keys that may report.
	audit_keys: Vec<AuditorKey>,
	/// The batches that wait for auditors.
	tasks: Vec<AuditTask>,
	/// Its keys that may vote, and their accounts.
	voting_keys: Vec<(AuditorKey, AccountId)>,
	/// The contested tasks.
	disputes: Vec<DisputeTask>,
	/// What the accounts behind its keys have at stake as auditors.
	stakes: Vec<AuditorView>,
}

struct Auditor<C, P, S, M> {
	client: Arc<C>,
	pool: Arc<P>,
	keystore: KeystorePtr,
	examiner: Arc<Examiner<S, Metered<M>>>,
	slots: NonZeroUsize,
	is_syncing: Box<dyn Fn() -> bool + Send + Sync>,
	metrics: Arc<Metrics>,
	genesis: Hash,
	duties: Duties,
	votes: Votes,
}

impl<C, P, S, M> Auditor<C, P, S, M>
where
	P: TransactionPool + 'static,
	C: ProvideRuntimeApi<P::Block> + HeaderBackend<P::Block> + Send + Sync + 'static,
	C::Api: ComputeApi<P::Block>,
	S: BlobSource,
	M: Machine,
{
	fn new(params: AuditorParams<C, P, S>, machine: M) -> Self {
		let metrics = Arc::new(Metrics::default());
		if let Some(Err(error)) = params.registry.as_ref().map(|registry| metrics.register(registry)) {
			log::warn!(target: "auditor", "There will be no metrics: {error}");
		}
		let machine = Metered::new(machine, metrics.clone());
		let genesis = params.client.info().genesis_hash;
		Self {
			client: params.client,
			pool: params.pool,
			keystore: params.keystore,
			examiner: Arc::new(Examiner::new(params.blobs, machine, params.block_time)),
			slots: params.slots,
			is_syncing: params.is_syncing,
			metrics,
			genesis: hash_from(genesis.as_ref()),
			duties: Duties::default(),
			votes: Votes::default(),
		}
	}

	/// The finalised block.
	fn finalised(&self) -> (<P::Block as BlockT>::Hash, BlockNumber) {
		let info = self.client.info();
		(info.finalized_hash, info.finalized_number.saturated_into())
	}

	/// Updates the duties from the finalised state, and sends what seems to have got lost.
	async fn look_around(&mut self) {
		if (self.is_syncing)() {
			return;
		}
		let (at, now) = self.finalised();
		match self.survey(at) {
			Ok(survey) => {
				self.metrics.survey(&survey);
				self.update_duties(&survey.audit_keys, &survey.tasks);
				self.votes.update(&survey.voting_keys, survey.disputes);
				if self.duties.len() == 0 && self.votes.len() == 0 {
					self.examiner.forget();
				}
			},
			Err(error) => log::warn!(target: "auditor", "Block {at:?} cannot be asked for batches: {error}"),
		}
		self.duties.look_at_arrivals(now, |blob| self.examiner.arrived(blob));
		self.votes.look_at_arrivals(now, |blob| self.examiner.arrived(blob));
		self.metrics.duties(self.duties.len(), self.duties.unreported());
		for report in self.duties.overdue(now) {
			self.metrics.resent();
			self.send(report).await;
		}
		self.vote(now).await;
	}

	fn survey(&self, at: <P::Block as BlockT>::Hash) -> Result<Survey, ApiError> {
		let mut survey = Survey { audit_keys: key::own_keys(&*self.keystore), ..Survey::default() };
		if survey.audit_keys.is_empty() {
			return Ok(survey);
		}
		let api = self.client.runtime_api();
		if !api.has_api::<dyn ComputeApi<P::Block>>(at)? {
			log::debug!(target: "auditor", "The runtime of block {at:?} knows of no jobs");
			return Ok(Survey::default());
		}
		survey.voting_keys = api.voting_keys(at)?;
		survey.voting_keys.retain(|(key, _)| survey.audit_keys.contains(key));
		for (_, account) in &survey.voting_keys {
			survey.stakes.extend(api.auditor(at, *account)?);
		}
		let auditors = api.audit_keys(at)?;
		survey.audit_keys.retain(|key| auditors.contains(key));
		if !survey.audit_keys.is_empty() {
			survey.tasks = api.audit_tasks(at, MAX_TASKS)?;
		}
		if !survey.voting_keys.is_empty() {
			survey.disputes = api.dispute_tasks(at, MAX_TASKS)?;
		}
		Ok(survey)
	}

	fn update_duties(&mut self, keys: &[AuditorKey], tasks: &[AuditTask]) {
		let (keystore, genesis) = (&*self.keystore, self.genesis);
		let mut failure = None;
		self.duties.update(keys, tasks, |key, task| {
			key::draw(keystore, key, &statement(genesis, task)).map_err(|error| failure = Some(error)).ok()
		});
		if let Some(error) = failure {
			log::error!(target: "auditor", "This node cannot tell whether it is drawn: {error}");
		}
	}

	/// Whether there is a free slot, and whether something long may have it: never the last of several.
	fn room(&self, running: usize) -> Option<bool> {
		let free = self.slots.get().checked_sub(running).filter(|free| *free > 0)?;
		Some(free > 1 || self.slots.get() == 1)
	}

	/// Begins with as many duties as there are free slots: disputes first, which hold up more and are few.
	fn begin(&mut self, running: &mut Running) {
		let (at, now) = self.finalised();
		while let Some(may_be_long) = self.room(running.len()) {
			let Some((id, dispute)) = self.votes.begin(now, may_be_long) else { break };
			running.push(self.start_dispute(id, dispute));
		}
		while let Some(may_be_long) = self.room(running.len()) {
			let Some(due) = self.duties.begin(now, may_be_long) else { return };
			match self.sealed_root(at, &due.task) {
				Some(sealed_root) => running.push(self.start(due, sealed_root)),
				// It moved on; the next look around will tell.
				None => self.duties.postpone(&due.id, now),
			}
		}
	}

	/// What the receipt under audit says of the sealed results, if the batch still stands on that receipt.
	fn sealed_root(&self, at: <P::Block as BlockT>::Hash, task: &AuditTask) -> Option<Hash> {
		let batch = self.client.runtime_api().batch(at, task.job, task.batch);
		let receipt = batch
			.inspect_err(|error| log::warn!(target: "auditor", "Block {at:?} cannot be asked: {error}"))
			.ok()??
			.receipt?;
		(receipt.hash == task.receipt).then_some(receipt.sealed_root)
	}

	fn start(&self, due: Due, sealed_root: Hash) -> BoxFuture<'static, Done> {
		let Due { id, task, samples, is_last_call, late, is_first } = due;
		self.metrics.drawn(is_first);
		log::info!(
			target: "auditor",
			"Drawn for job {} batch {} attempt {}, {} tasks", task.job, task.batch, task.attempt, samples.len(),
		);
		let assignment = Assignment { task, sealed_root, samples, is_last_call, late };
		let examiner = self.examiner.clone();
		let result = in_thread(move || examiner.examine(&assignment));
		let gone = || Examination::NoVerdict("the examination broke off".into());
		result.map(move |result| Done::Audit(id, result.unwrap_or_else(|_| gone()))).boxed()
	}

	fn start_dispute(&self, id: DisputeId, contested: Contested) -> BoxFuture<'static, Done> {
		let dispute = &contested.task;
		if dispute.withheld {
			log::info!(target: "auditor", "{id}: looking for its sealed results");
		} else {
			log::info!(target: "auditor", "{id}: running task {} again", dispute.task);
		}
		let examiner = self.examiner.clone();
		let result = in_thread(move || examiner.judge(&contested));
		let gone = || Judgement::NoVerdict("the run broke off".into());
		result.map(move |result| Done::Dispute(id, result.unwrap_or_else(|_| gone()))).boxed()
	}

	/// Votes on what came of running a contested task, if that can be said now.
	async fn conclude_dispute(&mut self, id: DisputeId, judgement: Judgement) {
		let (_, now) = self.finalised();
		match &judgement {
			Judgement::Ruling(ruling) => log::info!(target: "auditor", "{id}: {ruling:?}"),
			Judgement::OnItsWay { blob, .. } => {
				log::info!(target: "auditor", "{id}: blob {blob} is on its way");
			},
			Judgement::Missing(reason) | Judgement::NoVerdict(reason) => {
				log::warn!(target: "auditor", "{id} cannot be voted on: {reason}");
			},
		}
		self.votes.conclude(&id, judgement, now);
		self.vote(now).await;
	}

	/// Signs and sends the votes that are due.
	async fn vote(&mut self, now: BlockNumber) {
		for vote in self.votes.due(self.genesis, now) {
			match key::sign_vote(&*self.keystore, vote) {
				Ok(signed) => {
					self.metrics.voted(&signed.vote.ruling);
					self.send_vote(signed).await;
				},
				Err(error) => log::error!(target: "auditor", "A vote cannot be signed: {error}"),
			}
		}
	}

	async fn send_vote(&self, vote: SignedVote) {
		let what = format!("vote on {}", votes::name(&vote));
		let best = self.client.info().best_hash;
		self.submit(&what, best, self.client.runtime_api().vote_extrinsic(best, vote)).await;
	}

	/// Reports what came of an examination, if that can be said now.
	async fn conclude(&mut self, id: DutyId, examination: Examination) {
		let (_, now) = self.finalised();
		self.metrics.examined(&examination);
		match &examination {
			Examination::Leaves(_) => {},
			Examination::OnItsWay(blob) => {
				log::info!(target: "auditor", "{id}: blob {blob} is on its way");
			},
			Examination::Unsealed(_) => {
				log::warn!(target: "auditor", "{id}: its sealed results cannot be had");
			},
			Examination::Missing(reason) | Examination::Unusable(reason) | Examination::NoVerdict(reason) => {
				log::warn!(target: "auditor", "{id} cannot be checked: {reason}");
			},
		}
		let Some(Conclusion { task, findings }) = self.duties.conclude(&id, examination, now) else { return };
		let checked = matches!(findings, Findings::Checked(_));
		match key::sign(&*self.keystore, &id.auditor, &statement(self.genesis, &task), findings) {
			Ok(report) => {
				log::info!(target: "auditor", "{id}: {}", if checked { "checked" } else { "not available" });
				self.metrics.reported(&report.findings);
				self.duties.reported(&id, report.clone(), now);
				self.send(report).await;
			},
			Err(error) => {
				log::error!(target: "auditor", "{id} cannot be reported: {error}");
				self.duties.postpone(&id, now);
			},
		}
	}

	/// Hands a report to the pool. If the pool does not take it, or loses it, it is sent again later.
	async fn send(&self, report: AuditReport) {
		let what = format!("report on job {} batch {} attempt {}", report.job, report.batch, report.attempt);
		let best = self.client.info().best_hash;
		self.submit(&what, best, self.client.runtime_api().report_extrinsic(best, report)).await;
	}

	async fn submit(
		&self,
		what: &str,
		at: <P::Block as BlockT>::Hash,
		transaction: Result<TransactionFor<P>, ApiError>,
	) {
		let transaction = match transaction {
			Ok(transaction) => transaction,
			Err(error) => {
				log::warn!(target: "auditor", "The {what} could not be made a transaction: {error}");
				return;
			},
		};
		match self.pool.submit_one(at, TransactionSource::Local, transaction).await {
			Ok(hash) => log::debug!(target: "auditor", "The {what} is in the pool as {hash:?}"),
			Err(error) => log_refusal(what, error),
		}
	}
}

/// Runs something long in a thread of its own rather than one of the runtime's: those are waited for when the node shuts
/// down, and a task may take an hour.
fn in_thread<R: Send + 'static>(work: impl FnOnce() -> R + Send + 'static) -> oneshot::Receiver<R> {
	let (done, result) = oneshot::channel();
	let spawned = std::thread::Builder::new().name("auditor".into()).spawn(move || {
		// Nobody listens any more when the node shuts down.
		let _ = done.send(work());
	});
	if let Err(error) = spawned {
		log::warn!(target: "auditor", "No thread could be started: {error}");
	}
	result
}

/// The chain has what it needs.
const SUPERFLUOUS: [Refusal; 4] =
	[Refusal::AlreadyReported, Refusal::AuditClosed, Refusal::AlreadyVoted, Refusal::NotDisputed];

fn log_refusal<E: IntoPoolError>(what: &str, error: E) {
	match error.into_pool_error() {
		Ok(PoolError::AlreadyImported(_)) => {},
		// In a block that is not final yet, or overtaken by others: as it should be.
		Ok(PoolError::InvalidTransaction(InvalidTransaction::Custom(code)))
			if SUPERFLUOUS.map(Refusal::code).contains(&code) =>
		{
			log::debug!(target: "auditor", "No {what} is needed: {}", pallet_compute::refusal_message(code));
		},
		Ok(PoolError::InvalidTransaction(InvalidTransaction::Custom(code))) => {
			log::info!(
				target: "auditor",
				"The {what} is refused: {}", pallet_compute::refusal_message(code),
			);
		},
		Ok(PoolError::TemporarilyBanned) => {
			log::debug!(target: "auditor", "The {what} was sent lately")
		},
		Ok(error) => log::warn!(target: "auditor", "The {what} is refused: {error}"),
		Err(error) => log::warn!(target: "auditor", "The {what} is refused: {error}"),
	}
}

/// The chain's hashes are as long as ours; shorter ones would be padded.
fn hash_from(bytes: &[u8]) -> Hash {
	let mut hash = Hash::default();
	hash.0.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
	hash
}
