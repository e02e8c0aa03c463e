//! A worker's part done by hand, so that each step of it can be done wrong.

use crate::{job, program};
use assay_client::{Call, Client, Error, Inclusion, Keys, Submitted};
use assay_primitives::{
	audit::Opening,
	merkle,
	sealing::{self, BatchKey, FetchedBatch, SealedBatch, SealedOpening, TaskResult},
	view::BatchView,
	AccountId, Balance, BatchIndex, BlobRef, Hash, JobId, JobSpec, Receipt, SignedReceipt, TaskIndex,
};

const KEY: BatchKey = [0x5a; 32];

/// A batch, and everything that is handed in for it.
#[derive(Clone, Debug)]
pub struct Work {
	/// The key its results are sealed with.
	pub key: BatchKey,
	/// The sealed results.
	pub sealed: SealedBatch,
	/// What is signed.
	pub receipt: Receipt,
	results: Vec<TaskResult>,
	leaves: Vec<Hash>,
	first: TaskIndex,
}

/// What a batch's tasks really come to.
///
/// # Panics
///
/// If one of them comes to nothing.
pub fn results(program: &[u8], input: &[u8], spec: &JobSpec, view: &BatchView) -> Vec<TaskResult> {
	program::run(program, tasks(view), &spec.limits, |_| input)
}

fn tasks(view: &BatchView) -> std::ops::Range<TaskIndex> {
	view.first_task..view.first_task.saturating_add(view.tasks)
}

impl Work {
	/// A batch that came to these results, or that somebody says came to them.
	///
	/// # Panics
	///
	/// If there are none.
	pub fn new(results: Vec<TaskResult>, view: &BatchView, worker: AccountId, genesis: Hash) -> Self {
		let leaves: Vec<_> =
			tasks(view).zip(&results).map(|(task, result)| result.outcome.leaf(view.job, task)).collect();
		let sealed = sealing::seal_batch(&KEY, view.first_task, &results).expect("a batch has tasks");
		let receipt = Receipt {
			genesis,
			job: view.job,
			batch: view.batch,
			attempt: view.attempt,
			worker,
			outputs_root: merkle::root(&leaves).expect("a batch has tasks"),
			sealed: BlobRef::of(&sealed.bytes),
			sealed_root: sealed.root,
			key_commitment: sealing::commit(&KEY),
		};
		Self { key: KEY, sealed, receipt, results, leaves, first: view.first_task }
	}

	/// The same, but with something else sealed than what it came to.
	///
	/// # Panics
	///
	/// If there are no results.
	pub fn sealing_instead(mut self, others: &[TaskResult]) -> Self {
		self.sealed = sealing::seal_batch(&self.key, self.first, others).expect("a batch has tasks");
		self.receipt.sealed = BlobRef::of(&self.sealed.bytes);
		self.receipt.sealed_root = self.sealed.root;
		self
	}

	/// What its tasks came to, or are said to have come to.
	pub fn results(&self) -> &[TaskResult] {
		&self.results
	}

	/// The same with another receipt, whatever it fits.
	pub fn saying(mut self, change: impl FnOnce(&mut Receipt)) -> Self {
		change(&mut self.receipt);
		self
	}

	/// Opens these tasks.
	///
	/// # Panics
	///
	/// If the batch does not have one of them.
	pub fn openings(&self, tasks: &[TaskIndex]) -> Vec<Opening> {
		let open = |task: &TaskIndex| {
			let offset = task.checked_sub(self.first).expect("the task is in the batch");
			let outcome = self.results.get(offset as usize).expect("the task is in the batch").outcome;
			let proof = merkle::proof(&self.leaves, offset).expect("the task is in the batch");
			Opening { task: *task, outcome, proof }
		};
		tasks.iter().map(open).collect()
	}

	/// The sealed result of a task, with the proof that it was handed in.
	///
	/// # Panics
	///
	/// If the batch does not have it.
	pub fn show(&self, task: TaskIndex) -> SealedOpening {
		let tasks = u32::try_from(self.results.len()).expect("a batch is small");
		let all = self.first..self.first.saturating_add(tasks);
		let fetched =
			FetchedBatch::parse(&self.sealed.bytes, all, &self.sealed.root).expect("it was sealed here");
		fetched.show(task).expect("the task is in the batch")
	}

	/// The receipt, signed.
	pub fn signed(&self, worker: &Keys) -> SignedReceipt {
		self.receipt.sign(worker.keypair())
	}

	fn place(&self) -> (JobId, BatchIndex) {
		(self.receipt.job, self.receipt.batch)
	}

	/// Puts the sealed results onto the node and the receipt onto the chain, and waits until it is there.
	///
	/// # Panics
	///
	/// If it is not taken.
	pub async fn hand_in(&self, client: &Client, worker: &Keys) {
		client.upload(&self.sealed.bytes).await.unwrap_or_else(|error| panic!("{error}"));
		self.hand_in_receipt(client, worker).await;
	}

	/// Puts the receipt alone onto the chain, and waits until it is there.
	///
	/// # Panics
	///
	/// If it is not taken.
	pub async fn hand_in_receipt(&self, client: &Client, worker: &Keys) {
		client.submit_receipt(&self.signed(worker)).await.unwrap_or_else(|error| panic!("{error}"));
		let hash = self.receipt.hash();
		let is_there = |view: &BatchView| view.receipt.as_ref().is_some_and(|receipt| receipt.hash == hash);
		job::wait_batch(client, self.place(), "to be handed in", is_there).await;
	}

	/// Waits until the batch can be revealed, and tells which tasks the auditors ran.
	///
	/// # Panics
	///
	/// If that never comes.
	pub async fn audited(&self, client: &Client) -> Vec<TaskIndex> {
		let view = revealable(client, self.place()).await;
		view.audit.expect("it is audited").samples()
	}

	/// Reveals the key and opens these tasks.
	///
	/// # Errors
	///
	/// If the chain does not take it.
	pub async fn reveal(
		&self,
		client: &Client,
		worker: &Keys,
		samples: &[TaskIndex],
	) -> Result<Submitted, Error> {
		let (job, batch) = self.place();
		let call = Call::Reveal { job, batch, key: self.key, openings: self.openings(samples) };
		client.submit(worker, &call, Inclusion::BestBlock).await
	}

	/// Waits for the audit and does what an honest worker does then.
	///
	/// # Panics
	///
	/// If the chain does not take it.
	pub async fn reveal_in_time(&self, client: &Client, worker: &Keys) {
		let samples = self.audited(client).await;
		self.reveal(client, worker, &samples).await.unwrap_or_else(|error| panic!("{error}"));
	}

	/// Shows a result that is demanded, and does not put the others anywhere.
	///
	/// # Panics
	///
	/// If the chain does not take it.
	pub async fn answer_demand(&self, client: &Client, worker: &Keys, task: TaskIndex) {
		let (job, batch) = self.place();
		let opening = self.openings(&[task]).pop().expect("there is one for each task");
		let call = Call::AnswerDemand { job, batch, opening, sealed: self.show(task) };
		client.submit(worker, &call, Inclusion::BestBlock).await.unwrap_or_else(|error| panic!("{error}"));
	}
}

/// Waits until the worker of a batch can reveal it.
///
/// # Panics
///
/// If that never comes.
pub async fn revealable(client: &Client, place: (JobId, BatchIndex)) -> BatchView {
	crate::wait::wait_for(&format!("batch {place:?} to be ready for its reveal"), || async {
		let best = client.best_block().await.ok()?;
		let batch = client.batch(place.0, place.1).await.ok()?;
		let is_ready = batch
			.audit
			.as_ref()
			.is_some_and(|audit| audit.is_complete() && best.saturating_add(1) >= audit.revealable_at);
		is_ready.then_some(batch)
	})
	.await
}

/// Bonds a stake and claims batches of a job, the first of which is told.
///
/// # Panics
///
/// If it cannot have them.
pub async fn claim(client: &Client, worker: &Keys, stake: Balance, job: JobId, count: u32) -> BatchView {
	for call in [Call::BondWorker(stake), Call::Claim { job, count }] {
		client.submit(worker, &call, Inclusion::BestBlock).await.unwrap_or_else(|error| panic!("{error}"));
	}
	let account = worker.account();
	let batches = client.all_batches(job).await.unwrap_or_else(|error| panic!("{error}"));
	let is_mine = |view: &BatchView| view.worker == Some(account);
	batches.into_iter().find(is_mine).expect("what is claimed is its worker's")
}
