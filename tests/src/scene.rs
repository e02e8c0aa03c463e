//! A chain in a hurry on which some play foul, and everybody's money before they do.

use crate::{
	handmade::{self, Work},
	job, program, Books, DevNode, Moves, ASY,
};
use assay_client::{Call, Client, ComputeEvent, Inclusion, Keys};
use assay_primitives::{
	view::{BatchStage, BatchView, JobView},
	AccountId, Balance, JobId, JobSpec, TaskIndex,
};
use std::collections::BTreeMap;

/// Windows of 600 blocks pass in two minutes.
const SLOT: u64 = 200;
/// More than anybody pays in fees.
const MOST_FEES: Balance = ASY / 10;
/// More jobs than there are.
const MOST_JOBS: u32 = 100;

/// The tasks of a batch.
pub const TASKS: u32 = 4;

/// A chain, and somebody who posts jobs of one program and one input on it.
#[derive(Debug)]
pub struct Scene {
	/// The node whose key makes all blocks.
	pub node: DevNode,
	/// A connection to it.
	pub client: Client,
	requester: Keys,
	program: Vec<u8>,
	input: &'static [u8],
	before: Books,
}

impl Scene {
	/// Starts a chain with so many validators.
	///
	/// # Panics
	///
	/// If the node does not start.
	pub async fn start(validators: usize, requester: Keys, input: &'static [u8]) -> Self {
		let node = DevNode::start_hasty(validators, SLOT, &[]).await;
		let client = node.client().await;
		let before = Books::open(&client, node.rpc_port()).await;
		Self { node, client, requester, program: program::countdown(1_000), input, before }
	}

	/// A job of so many batches.
	pub fn spec(&self, batches: u32) -> JobSpec {
		JobSpec { batch_size: TASKS, ..job::spec(&self.program, self.input, TASKS * batches) }
	}

	/// Posts a job.
	///
	/// # Panics
	///
	/// If the chain does not take it.
	pub async fn post(&self, spec: JobSpec) -> JobId {
		job::post(&self.client, &self.requester, &self.program, self.input, spec).await
	}

	/// What somebody comes to who runs a batch honestly.
	///
	/// # Panics
	///
	/// If there is no such batch.
	pub async fn run(&self, batch: &BatchView, worker: &Keys) -> Work {
		let spec = self.client.job(batch.job).await.expect("the job is there").spec;
		let results = handmade::results(&self.program, self.input, &spec, batch);
		Work::new(results, batch, worker.account(), self.client.genesis())
	}

	/// Makes a call that must succeed.
	///
	/// # Panics
	///
	/// If it does not.
	pub async fn submit(&self, keys: &Keys, call: &Call) {
		let sent = self.client.submit(keys, call, Inclusion::BestBlock).await;
		sent.unwrap_or_else(|error| panic!("{error}"));
	}

	/// Contests a task of a revealed batch.
	///
	/// # Panics
	///
	/// If the chain does not take it.
	pub async fn challenge(&self, challenger: &Keys, work: &Work, task: TaskIndex) {
		let (job, batch) = (work.receipt.job, work.receipt.batch);
		let opening = work.openings(&[task]).pop().expect("there is one for each task");
		self.submit(challenger, &Call::Challenge { job, batch, opening }).await;
	}

	/// Has the requester accept the only batch of a job.
	///
	/// # Panics
	///
	/// If the chain does not take it.
	pub async fn accept(&self, job: JobId) {
		self.submit(&self.requester, &Call::Accept { job, batch: 0 }).await;
	}

	/// Waits until the only batch of a job is revealed, for the first time or again.
	///
	/// # Panics
	///
	/// With `what`, if it never is.
	pub async fn revealed(&self, job: JobId, what: &str) -> BatchView {
		job::wait_batch(&self.client, (job, 0), what, |batch| batch.stage == BatchStage::Revealed).await
	}

	/// Waits until a job is over, and checks that every task of it was paid for.
	///
	/// # Panics
	///
	/// If it never is, or was not.
	pub async fn paid(&self, job: JobId) -> JobView {
		let closed = job::closed(&self.client, job).await;
		job::assert_balanced(&closed);
		let price = closed.spec.bounty * Balance::from(closed.spec.tasks);
		assert_eq!(closed.paid_to_workers, price, "{closed:?}");
		closed
	}

	/// What [`Moves::note`] knows of these events.
	///
	/// # Panics
	///
	/// If the node does not tell of the jobs, or the money of one does not add up.
	pub async fn moves(&self, history: &[ComputeEvent], auditor: Option<AccountId>) -> Moves {
		let jobs = self.client.jobs(0, MOST_JOBS).await.expect("the node answers");
		jobs.iter().for_each(job::assert_balanced);
		let mut moves = Moves::default();
		moves.note(history, &jobs, auditor);
		moves
	}

	/// What everybody has now.
	///
	/// # Panics
	///
	/// If the node does not tell.
	pub async fn books(&self) -> Books {
		Books::open(&self.client, self.node.rpc_port()).await
	}

	/// Checks that between the start and these books nothing happened to anybody's money but `moves` and small fees, all
	/// of which `author` got. Returns the fees that each account paid.
	///
	/// # Panics
	///
	/// If something else happened.
	pub fn reconcile(
		&self,
		later: &Books,
		moves: &Moves,
		author: &AccountId,
	) -> BTreeMap<AccountId, Balance> {
		let fees = self.before.reconcile(later, moves, author);
		assert!(fees.values().all(|fee| *fee < MOST_FEES), "{fees:?}");
		fees
	}
}
