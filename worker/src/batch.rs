//! Seeing one batch through, from the claim to the pay.

mod end;
mod execute;

use end::End;

use crate::{
	context::{Context, Heads, Ledger, GRACE, PATIENCE},
	handover,
	job_data::JobDataError,
	journal::{spec_hash, BatchId, Entry, JournalError, Progress, ResultsLog},
	step::{next_step, Awaiting, Loss, Step},
};
use assay_client::{BlobState, Call, Inclusion, Submitted};
use assay_primitives::{
	audit::Opening,
	sealing,
	view::{BatchStage, BatchView},
	BlockNumber, SignedReceipt, TaskIndex,
};
use std::{sync::Arc, time::Duration};
use tokio::time::sleep;

/// Blocks after which a receipt that is not accepted is sent again.
const RESEND_AFTER: BlockNumber = 4;
/// Blocks to wait after a call that failed.
const RETRY_AFTER: BlockNumber = 2;
/// Blocks between two looks whether the node still has the sealed results: the worker answers for them.
const CHECK_BLOB_EVERY: BlockNumber = 20;
/// How long to wait for the next block before looking all the same.
const IMPATIENCE: Duration = Duration::from_secs(30);

const OTHER_RESULTS: &str =
	"its results are not those the receipt was signed for: is seal.secret another one, or the disk damaged?";

/// How a batch ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
	/// Paid.
	Settled,
	/// Lost.
	Lost,
	/// The worker stops; the batch goes on when it starts again.
	Stopped,
}

/// Why there was no progress.
#[derive(Debug, thiserror::Error)]
enum BatchError {
	#[error(transparent)]
	Node(#[from] assay_client::Error),
	#[error(transparent)]
	Journal(#[from] JournalError),
	/// The worker stops, or the batch is no longer its own.
	#[error("interrupted")]
	Interrupted,
	/// The disk lost results between two looks.
	#[error("some of its results are gone from the disk")]
	ResultsLost,
	/// This worker will never hand in this batch.
	#[error("{0}")]
	Hopeless(String),
}

impl From<JobDataError> for BatchError {
	fn from(error: JobDataError) -> Self {
		match error {
			JobDataError::Unusable(reason) => Self::Hopeless(reason),
			JobDataError::Node(error) => Self::Node(error),
		}
	}
}

enum Turn {
	/// Look again at once.
	Again,
	/// Look again when there is a new block.
	Wait,
	End(Ending),
}

struct Driver {
	context: Arc<Context>,
	entry: Entry,
	id: BatchId,
	results: Option<ResultsLog>,
	/// The connection over which the job was last seen to be the one claimed.
	verified: Option<u64>,
	/// Nothing is sent before this block.
	not_before: BlockNumber,
	end: End,
	/// When to look next whether the node has the sealed results.
	check_blob_at: BlockNumber,
	hopeless: bool,
	waiting: Option<Awaiting>,
}

/// Sees a batch through.
pub(crate) async fn drive(context: Arc<Context>, entry: Entry) -> (BatchId, Ending) {
	let id = entry.id();
	let mut heads = context.heads.clone();
	// What was sent before a crash may still be on its way into the next block: sending it again would cost a fee.
	let not_before = match entry.progress.receipt() {
		Some(_) => heads.borrow().best.saturating_add(2),
		None => 0,
	};
	let mut driver = Driver {
		context: Arc::clone(&context),
		entry,
		id,
		results: None,
		verified: None,
		not_before,
		end: End::default(),
		check_blob_at: 0,
		hopeless: false,
		waiting: None,
	};
	loop {
		let now = *heads.borrow_and_update();
		let turn = tokio::select! {
			biased;
			turn = driver.turn(now) => turn,
			() = stopped(&context) => Ok(Turn::End(Ending::Stopped)),
		};
		match turn {
			Ok(Turn::Again) if !context.is_stopping() => continue,
			Ok(Turn::End(ending)) => {
				context.ledger.close(&id);
				return (id, ending);
			},
			Ok(_) => (),
			Err(error) => driver.fail(error, now),
		}
		tokio::select! {
			() = context.stopping() => return (id, Ending::Stopped),
			_ = heads.changed() => (),
			() = sleep(IMPATIENCE) => (),
		}
	}
}

/// Returns some time after the worker is told to stop: enough to end what is under way, were it to end soon.
async fn stopped(context: &Context) {
	context.stopping().await;
	sleep(GRACE + Duration::from_secs(2)).await;
}

impl Driver {
	fn fail(&mut self, error: BatchError, now: Heads) {
		self.not_before = now.best.saturating_add(RETRY_AFTER);
		if let BatchError::Hopeless(reason) = &error {
			tracing::error!(target: "batch", "{}: giving it up: {reason}", self.id);
			self.hopeless = true;
			self.context.ledger.refuse(self.id.job, BlockNumber::MAX);
			self.context.ledger.close(&self.id);
			return;
		}
		// Whatever the file says now, it is read anew.
		self.results = None;
		if !matches!(error, BatchError::Interrupted) {
			tracing::warn!(target: "batch", "{}: {error}; trying again", self.id);
		}
	}

	async fn view(&self) -> Result<Option<BatchView>, BatchError> {
		let BatchId { job, batch, .. } = self.id;
		match self.context.link.ask(|client| async move { client.batch(job, batch).await }).await {
			Ok(view) => Ok(Some(view)),
			Err(error) if error.is_unknown() => Ok(None),
			Err(error) => Err(error.into()),
		}
	}

	/// Whether the chain has the very job that was claimed. It may have been started anew.
	async fn is_same_job(&mut self) -> Result<bool, BatchError> {
		let generation = self.context.link.generation();
		if self.verified == Some(generation) {
			return Ok(true);
		}
		let number = self.id.job;
		let job = self.context.link.ask(|client| async move { client.job(number).await }).await?;
		let is_same = spec_hash(&job.spec) == self.entry.spec;
		self.verified = is_same.then_some(generation);
		Ok(is_same)
	}

	async fn next(&mut self, now: Heads) -> Result<Step, BatchError> {
		let Some(view) = self.view().await? else { return Ok(Step::Forget(Loss::Unknown)) };
		if !self.is_same_job().await? {
			return Ok(Step::Forget(Loss::OtherJob));
		}
		self.note_progress(&view)?;
		Ok(next_step(&self.entry, &view, &self.context.keys.account(), now.best))
	}

	/// Notes what the chain has accepted.
	fn note_progress(&mut self, view: &BatchView) -> Result<(), BatchError> {
		let Some(receipt) = self.entry.progress.receipt().copied() else { return Ok(()) };
		let is_ours = view.attempt == self.id.attempt
			&& view.receipt.as_ref().is_some_and(|found| found.hash == receipt.receipt.hash());
		let progress = match (&self.entry.progress, view.stage) {
			(Progress::Signed(_), BatchStage::Committed | BatchStage::Disputed) => {
				Progress::Accepted(receipt)
			},
			(Progress::Signed(_) | Progress::Accepted(_), BatchStage::Revealed | BatchStage::Demanded) => {
				Progress::Revealed(receipt)
			},
			_ => return Ok(()),
		};
		if !is_ours {
			return Ok(());
		}
		if matches!(self.entry.progress, Progress::Signed(_)) {
			self.context.ledger.note_accepted(self.id.job);
		}
		match progress {
			Progress::Accepted(_) => tracing::info!(target: "batch", "{}: receipt accepted", self.id),
			_ => tracing::info!(target: "batch", "{}: revealed, and no audit contradicts it", self.id),
		}
		self.save(progress)?;
		self.context.ledger.close(&self.id);
		Ok(())
	}

	fn save(&mut self, progress: Progress) -> Result<(), JournalError> {
		let entry = Entry { progress, ..self.entry.clone() };
		self.context.journal.save(&entry)?;
		self.entry = entry;
		Ok(())
	}

	async fn turn(&mut self, now: Heads) -> Result<Turn, BatchError> {
		let step = self.next(now).await?;
		match step {
			Step::Done => return self.finish(now, None),
			Step::Forget(loss) => return self.finish(now, Some(loss)),
			Step::Wait(Awaiting::Verdict) => self.end.contradict(&self.context.ledger, &self.id, now),
			_ => self.end.revoke(),
		}
		if self.hopeless && matches!(step, Step::Run | Step::HandIn(_)) {
			return Ok(Turn::Wait);
		}
		if !matches!(step, Step::Run | Step::Wait(_)) && now.best < self.not_before {
			return Ok(Turn::Wait);
		}
		if !may_take(&step, &self.context.ledger, PATIENCE) {
			return Ok(Turn::Wait);
		}
		match step {
			Step::Run => self.run().await,
			Step::HandIn(receipt) => self.hand_in(&receipt, now).await,
			Step::Reveal(receipt, samples) => self.reveal(&receipt, &samples, now).await,
			Step::Answer(samples) => self.answer(&samples, now).await,
			Step::Show(receipt, task) => self.show(&receipt, task, now).await,
			Step::Serve(receipt) => self.serve(&receipt, now).await,
			Step::Expire => {
				let (job, batch) = (self.id.job, self.id.batch);
				self.move_on(&Call::Expire { job, batch }, "taken back, its audits never came", now).await
			},
			Step::Settle => {
				let (job, batch) = (self.id.job, self.id.batch);
				self.move_on(&Call::Settle { job, batch }, "settled", now).await
			},
			Step::Wait(awaiting) => self.wait(awaiting, now).await,
			Step::Done | Step::Forget(_) => Ok(Turn::Wait),
		}
	}

	/// Forgets the batch, once what was seen can no longer be reverted.
	fn finish(&mut self, now: Heads, loss: Option<Loss>) -> Result<Turn, BatchError> {
		if !self.end.see(&self.context.ledger, &self.id, loss, now) {
			return Ok(Turn::Wait);
		}
		self.results = None;
		self.context.journal.remove(&self.id)?;
		let Some(loss) = loss.map(|loss| self.end.explain(loss)) else {
			tracing::info!(target: "batch", "{}: settled and paid", self.id);
			return Ok(Turn::End(Ending::Settled));
		};
		tracing::warn!(target: "batch", "{}: lost: {loss}", self.id);
		Ok(Turn::End(Ending::Lost))
	}

	async fn hand_in(&mut self, receipt: &SignedReceipt, now: Heads) -> Result<Turn, BatchError> {
		// All its tasks are done, but what cannot be handed in is late in the end: more of it only costs more bonds.
		self.context.ledger.owe(self.id);
		self.make_available(receipt).await?;
		self.check_blob_at = now.best.saturating_add(CHECK_BLOB_EVERY);
		let sent =
			self.context.link.attempt(|client| async move { client.submit_receipt(receipt).await }).await;
		self.not_before = now.best.saturating_add(RESEND_AFTER);
		match sent {
			Ok(_) => {
				tracing::info!(target: "batch", "{}: receipt sent", self.id);
				self.context.ledger.close(&self.id);
			},
			Err(error) => tracing::warn!(target: "batch", "{}: the receipt was not taken: {error}", self.id),
		}
		Ok(Turn::Wait)
	}

	/// Puts the sealed results onto the node if it does not have them.
	async fn make_available(&mut self, receipt: &SignedReceipt) -> Result<(), BatchError> {
		let blob = receipt.receipt.sealed;
		let status =
			self.context.link.ask(|client| async move { client.blob_status(&blob.hash).await }).await?;
		if status.state == BlobState::Complete {
			return Ok(());
		}
		let handover = self.handover().await?;
		if handover.receipt != receipt.receipt {
			return Err(BatchError::Hopeless(OTHER_RESULTS.into()));
		}
		let sealed = &handover.sealed;
		self.context.link.ask(|client| async move { client.upload(sealed).await }).await?;
		tracing::info!(target: "batch", "{}: {} bytes of sealed results uploaded", self.id, sealed.len());
		Ok(())
	}

	async fn reveal(
		&mut self,
		receipt: &SignedReceipt,
		samples: &[TaskIndex],
		now: Heads,
	) -> Result<Turn, BatchError> {
		let openings = self.openings(samples).await?;
		let BatchId { job, batch, .. } = self.id;
		let key = self.context.journal.batch_key(&self.id, &self.entry.spec);
		if sealing::commit(&key) != receipt.receipt.key_commitment {
			return Err(BatchError::Hopeless("seal.secret is not the one its receipt was made with".into()));
		}
		self.not_before = now.best.saturating_add(RETRY_AFTER);
		self.discharge(&Call::Reveal { job, batch, key, openings }).await?;
		tracing::info!(target: "batch", "{}: key and {} opened tasks sent", self.id, samples.len());
		Ok(Turn::Wait)
	}

	/// Answers the reports of an audit that ran out. The key stays secret: the batch is not going to be paid.
	async fn answer(&mut self, samples: &[TaskIndex], now: Heads) -> Result<Turn, BatchError> {
		let openings = self.openings(samples).await?;
		let BatchId { job, batch, .. } = self.id;
		self.not_before = now.best.saturating_add(RETRY_AFTER);
		self.discharge(&Call::Answer { job, batch, openings }).await?;
		tracing::warn!(
			target: "batch",
			"{}: too few auditors reported in time; {} opened tasks sent to get the bond back",
			self.id,
			samples.len()
		);
		Ok(Turn::Wait)
	}

	/// The outcomes of `samples` with their proofs.
	async fn openings(&mut self, samples: &[TaskIndex]) -> Result<Vec<Opening>, BatchError> {
		self.complete_results().await?;
		let outcomes = self.results()?.done().clone();
		handover::openings(&self.entry, &outcomes, samples).ok_or_else(|| {
			BatchError::Hopeless(format!("the chain wants tasks opened that it does not have: {samples:?}"))
		})
	}

	/// Puts a result onto the chain that somebody demands, and all of them onto the node, from which it could not be had.
	async fn show(
		&mut self,
		receipt: &SignedReceipt,
		task: TaskIndex,
		now: Heads,
	) -> Result<Turn, BatchError> {
		let limit = self.context.parameters.maximum_demand_bytes;
		let opening = self.openings(&[task]).await?.pop();
		let handover = self.handover().await?;
		let shown = handover::show(&self.entry, &handover, task);
		let (Some(opening), Some(mut sealed)) = (opening, shown) else {
			return Err(BatchError::Hopeless(format!(
				"the chain demands task {task}, which it does not have"
			)));
		};
		if handover.receipt != receipt.receipt {
			return Err(BatchError::Hopeless(OTHER_RESULTS.into()));
		}
		if sealed.entry.len > limit {
			// Too long for a block: the chain takes the outcome alone.
			sealed.bytes.clear();
		}
		if let Err(error) = self.make_available(receipt).await {
			tracing::warn!(target: "batch", "{}: the sealed results cannot be put onto the node: {error}", self.id);
		}
		let BatchId { job, batch, .. } = self.id;
		self.not_before = now.best.saturating_add(RETRY_AFTER);
		self.discharge(&Call::AnswerDemand { job, batch, opening, sealed }).await?;
		tracing::info!(target: "batch", "{}: result of task {task} put onto the chain on demand", self.id);
		Ok(Turn::Wait)
	}

	/// Puts the sealed results onto the node again, where its requester and all validators look for them.
	async fn serve(&mut self, receipt: &SignedReceipt, now: Heads) -> Result<Turn, BatchError> {
		self.not_before = now.best.saturating_add(RETRY_AFTER);
		self.complete_results().await?;
		self.make_available(receipt).await?;
		tracing::debug!(target: "batch", "{}: its results are asked for, and the node has them", self.id);
		Ok(Turn::Wait)
	}

	/// A call that anybody could have made, and perhaps has.
	async fn move_on(&mut self, call: &Call, done: &str, now: Heads) -> Result<Turn, BatchError> {
		self.not_before = now.best.saturating_add(RESEND_AFTER);
		match self.submit(call).await {
			Ok(_) => tracing::info!(target: "batch", "{}: {done}", self.id),
			Err(BatchError::Node(error)) if error.dispatch_name().is_some() => {
				tracing::debug!(target: "batch", "{}: {error}", self.id);
			},
			Err(error) => return Err(error),
		}
		Ok(Turn::Wait)
	}

	/// Sends what this worker owes, and notes that it does until it is in a block.
	async fn discharge(&self, call: &Call) -> Result<Submitted, BatchError> {
		self.context.ledger.owe(self.id);
		let sent = self.submit(call).await;
		let is_in_a_block = match &sent {
			Ok(_) => true,
			Err(BatchError::Node(error)) => error.dispatch_name().is_some(),
			Err(_) => false,
		};
		if is_in_a_block {
			self.context.ledger.settle(&self.id);
		}
		sent
	}

	async fn submit(&self, call: &Call) -> Result<Submitted, BatchError> {
		let keys = &self.context.keys;
		let sent = self
			.context
			.link
			.attempt(|client| async move { client.submit(keys, call, Inclusion::BestBlock).await });
		Ok(sent.await?)
	}

	async fn wait(&mut self, awaiting: Awaiting, now: Heads) -> Result<Turn, BatchError> {
		if self.waiting.replace(awaiting) != Some(awaiting) {
			match awaiting {
				Awaiting::Expiry => tracing::error!(
					target: "batch",
					"{}: the time to reveal has passed, its bond is going to be slashed",
					self.id
				),
				Awaiting::Verdict => tracing::warn!(
					target: "batch",
					"{}: a task of it is contested: every validator runs it again",
					self.id
				),
				_ => tracing::debug!(target: "batch", "{}: waiting for {awaiting}", self.id),
			}
		}
		let Some(receipt) = self.entry.progress.receipt().copied() else { return Ok(Turn::Wait) };
		if now.best >= self.check_blob_at && !self.hopeless {
			self.check_blob_at = now.best.saturating_add(CHECK_BLOB_EVERY);
			self.make_available(&receipt).await?;
		}
		Ok(Turn::Wait)
	}
}

/// Whether it is time for a step, as far as it depends on whether something that this worker owes has waited longer than
/// `patience`. What anybody could send comes after what only it can, and is slashed for not sending: the
/// transactions of an account go into blocks one after the other.
fn may_take(step: &Step, ledger: &Ledger, patience: Duration) -> bool {
	match step {
		Step::Expire | Step::Settle => !ledger.has_owed_for(patience),
		Step::Run
		| Step::HandIn(_)
		| Step::Reveal(..)
		| Step::Answer(_)
		| Step::Show(..)
		| Step::Serve(_)
		| Step::Wait(_)
		| Step::Done
		| Step::Forget(_) => true,
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::testing::signed_receipt;
	use assay_primitives::AccountId;

	const OWED: BatchId = BatchId { job: 1, batch: 2, attempt: 0 };

	#[test]
	fn what_anybody_can_send_waits_for_what_this_worker_owes() {
		let receipt = signed_receipt(AccountId([1; 32]));
		let others = [Step::Expire, Step::Settle];
		let own = [
			Step::Run,
			Step::HandIn(receipt),
			Step::Reveal(receipt, vec![70]),
			Step::Answer(vec![70]),
			Step::Show(receipt, 70),
			Step::Serve(receipt),
			Step::Done,
		];
		let ledger = Ledger::default();
		let may_take = |step, patience| may_take(step, &ledger, patience);
		assert!(others.iter().chain(&own).all(|step| may_take(step, Duration::ZERO)), "nothing is owed");
		ledger.owe(OWED);
		std::thread::sleep(Duration::from_millis(2));
		assert!(others.iter().chain(&own).all(|step| may_take(step, PATIENCE)), "it is on its way");
		for step in &others {
			assert!(!may_take(step, Duration::from_millis(1)), "{step:?} would stand in front of a reveal");
		}
		assert!(own.iter().all(|step| may_take(step, Duration::from_millis(1))));
		ledger.settle(&OWED);
		assert!(others.iter().all(|step| may_take(step, Duration::ZERO)));
	}
}
