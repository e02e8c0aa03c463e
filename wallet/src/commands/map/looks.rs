//! Looking at batches, several at once: fetching what was sealed, running some of it again, and reading in blocks what was
//! shown. None of that sends anything.

use super::{
	contests::LAST_CALL,
	follow::{Connection, Here},
	shown::{Demanded, Gathered},
};
use crate::{
	check::{Finding, Remedy},
	commands::{
		examine::{examine, Examined, Scrutiny},
		job_fetch::is_fatal,
		patience::Patience,
	},
	error::Error,
	results::Revealed,
};
use assay_primitives::{
	view::{BatchStage, BatchView, JobView},
	Attempt, BatchIndex, BlockNumber, Hash, TaskIndex, TaskOutcome,
};
use futures::{
	future::{BoxFuture, FutureExt},
	stream::{FuturesUnordered, StreamExt},
};
use std::{
	collections::{BTreeMap, BTreeSet, VecDeque},
	sync::{
		atomic::{AtomicBool, Ordering},
		Arc,
	},
	time::Duration,
};

/// Batches that are looked at at once. A node fetches twice as many blobs for its clients.
const AT_ONCE: usize = 16;
/// How long nothing has to come of what was sealed.
const GRACE: Duration = Duration::from_secs(15);
/// The same while others wait for their turn. The node goes on fetching meanwhile.
const SHORT_GRACE: Duration = Duration::from_secs(5);

/// Which delivery of a batch was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Delivery {
	batch: BatchIndex,
	attempt: Attempt,
	receipt: Option<Hash>,
}

impl Delivery {
	fn of(view: &BatchView) -> Self {
		let receipt = view.receipt.as_ref().map(|receipt| receipt.hash);
		Self { batch: view.batch, attempt: view.attempt, receipt }
	}

	/// Whether this is it.
	pub(super) fn is(&self, view: &BatchView) -> bool {
		*self == Self::of(view)
	}
}

/// A look at a batch.
pub(super) struct Look {
	/// Its job.
	pub(super) job: JobView,
	/// The batch, as it is when the look begins.
	pub(super) view: BatchView,
	/// How long its results are waited for.
	pub(super) patience: Patience,
	/// What its worker has to show.
	pub(super) demands: Vec<Demanded>,
	/// What is known of that.
	pub(super) shown: Option<Gathered>,
	/// The task over which it was found wrong before.
	pub(super) doubt: Option<Option<TaskIndex>>,
}

/// What came of it.
pub(super) struct Looked {
	/// What was looked at.
	pub(super) delivery: Delivery,
	/// How many bytes of what was sealed had come.
	pub(super) arrived: u64,
	/// What it is like.
	pub(super) found: Result<Found, Error>,
	/// What its worker had to show, as far as that was read, and why no further.
	pub(super) shown: Option<(Gathered, Result<(), Error>)>,
}

/// What a batch is like.
pub(super) enum Found {
	/// It can still be contested, and was looked at closely.
	Examined(Box<Examined>),
	/// It is paid, and here.
	Collected(Here),
}

impl Look {
	/// Carries it out. Is over in a while whatever anybody sends, or does not; but runs take as long as they take.
	pub(super) fn carry_out<'c>(self, connection: &'c Connection<'_>) -> BoxFuture<'c, Looked> {
		async move {
			let found = match self.view.stage {
				BatchStage::Settled => self.collect(connection).await.map(Found::Collected),
				_ => self.inspect(connection).await.map(|examined| Found::Examined(Box::new(examined))),
			};
			let shown =
				if self.needs_what_was_shown(&found) { Some(self.gather(connection).await) } else { None };
			Looked { delivery: Delivery::of(&self.view), arrived: self.patience.arrived(), found, shown }
		}
		.boxed()
	}

	/// Looks closely at a batch that can still be contested.
	async fn inspect(&self, connection: &Connection<'_>) -> Result<Examined, Error> {
		// What validators have upheld against this machine is run once more: this machine may have been wrong, once.
		let scrutiny = Scrutiny { also: self.doubt.flatten(), ..connection.scrutiny };
		let Self { job, view, patience, .. } = self;
		examine(connection.client, job, view, connection.rerunner(), &scrutiny, patience, |_| ()).await
	}

	/// Brings a batch's results here, every one checked against the chain. Nothing is run again, except what was found wrong
	/// here and stood all the same.
	async fn collect(&self, connection: &Connection<'_>) -> Result<Here, Error> {
		let revealed = Revealed::new(&self.job, &self.view)?;
		let outcomes = match connection.directory.present(&revealed)? {
			Some(outcomes) => outcomes,
			None => {
				let sealed = self.patience.download(connection.client, &revealed).await?;
				let results = revealed.open(&sealed)?;
				connection.directory.store(&revealed, &results)?;
				results.into_iter().map(|result| result.outcome).collect()
			},
		};
		let is_doubtful = self.is_doubtful(connection, &outcomes).await?;
		Ok(Here::new(&self.view, &revealed, outcomes, Vec::new(), is_doubtful))
	}

	/// Whether a paid batch has a result that was found wrong here, and still is.
	async fn is_doubtful(
		&self,
		connection: &Connection<'_>,
		outcomes: &[TaskOutcome],
	) -> Result<bool, Error> {
		let Some(doubt) = self.doubt else { return Ok(false) };
		let (Some(task), Some(rerunner)) = (doubt, connection.rerunner()) else { return Ok(true) };
		let position =
			task.checked_sub(self.view.first_task).and_then(|position| usize::try_from(position).ok());
		let committed = position.and_then(|position| outcomes.get(position));
		Ok(committed != Some(&rerunner.run(task).await?))
	}

	/// Whether what was shown is all there is to go by.
	fn needs_what_was_shown(&self, found: &Result<Found, Error>) -> bool {
		let is_unreadable = match found {
			Ok(Found::Examined(examined)) => {
				matches!(examined.finding, Some(Finding { remedy: Some(Remedy::Demand(_)), .. }))
			},
			Ok(Found::Collected(_)) => false,
			Err(error) => !is_fatal(error),
		};
		is_unreadable && !self.demands.is_empty()
	}

	async fn gather(&self, connection: &Connection<'_>) -> (Gathered, Result<(), Error>) {
		let mut gathered = self.shown.clone().unwrap_or_default();
		let looked = gathered.look(connection, &self.job, &self.view, &self.demands).await;
		(gathered, looked)
	}
}

/// The looks that are under way, and the batches that wait for theirs.
#[derive(Default)]
pub(super) struct Looks<'c> {
	running: FuturesUnordered<BoxFuture<'c, Looked>>,
	under_way: BTreeSet<BatchIndex>,
	waiting: VecDeque<BatchView>,
	is_crowded: Arc<AtomicBool>,
	/// How many looks have begun, and at which of them each batch had its last turn.
	turns: u64,
	last_turn: BTreeMap<BatchIndex, u64>,
}

impl<'c> Looks<'c> {
	/// Lines up batches that are to be looked at in this block: those first that were not looked at for the longest time, and
	/// of those the ones with the least time left.
	pub(super) fn line_up<'v>(&mut self, due: impl Iterator<Item = &'v BatchView>) {
		let mut waiting: Vec<BatchView> =
			due.filter(|view| !self.under_way.contains(&view.batch)).cloned().collect();
		waiting.sort_by_key(|view| {
			let turn = self.last_turn.get(&view.batch).copied().unwrap_or_default();
			(turn, view.deadline.unwrap_or(BlockNumber::MAX), view.batch)
		});
		self.waiting = waiting.into();
	}

	/// Begins as many looks as there can be at once.
	pub(super) fn fill(
		&mut self,
		now: BlockNumber,
		block_time: Duration,
		is_due: impl Fn(&BatchView) -> bool,
		begin: impl Fn(&BatchView, Patience) -> BoxFuture<'c, Looked>,
	) {
		while self.running.len() < AT_ONCE {
			let Some(view) = self.waiting.pop_front() else { break };
			if !is_due(&view) {
				continue;
			}
			let grace = if self.waiting.len().saturating_add(self.running.len()) < AT_ONCE {
				GRACE
			} else {
				SHORT_GRACE
			};
			let patience =
				Patience::new(grace).among(time_for(&view, now, block_time), Arc::clone(&self.is_crowded));
			self.turns = self.turns.saturating_add(1);
			self.last_turn.insert(view.batch, self.turns);
			self.under_way.insert(view.batch);
			self.running.push(begin(&view, patience));
		}
		self.is_crowded.store(!self.waiting.is_empty(), Ordering::Relaxed);
	}

	/// The next look that is over. `None`: none is under way.
	pub(super) async fn next(&mut self) -> Option<Looked> {
		let looked = self.running.next().await?;
		self.under_way.remove(&looked.delivery.batch);
		Some(looked)
	}

	/// Whether a batch is being looked at.
	pub(super) fn is_under_way(&self, batch: BatchIndex) -> bool {
		self.under_way.contains(&batch)
	}
}

/// How long a batch's results are waited for at most: half of the time there is until they have to be demanded, and a block
/// in any case.
fn time_for(view: &BatchView, now: BlockNumber, block_time: Duration) -> Duration {
	let deadline = view.deadline.filter(|_| view.stage == BatchStage::Revealed);
	let Some(deadline) = deadline else { return Duration::MAX };
	let blocks = deadline.saturating_sub(now).saturating_sub(LAST_CALL);
	block_time.saturating_mul(blocks / 2).max(block_time)
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::testing;
	use std::cell::RefCell;
	use tokio::sync::Notify;

	const BLOCK: Duration = Duration::from_secs(3);

	fn view(batch: BatchIndex, deadline: BlockNumber) -> BatchView {
		BatchView { deadline: Some(deadline), ..testing::batch(batch, BatchStage::Revealed) }
	}

	/// A look that ends when it is told to.
	fn held<'c>(view: &BatchView, patience: Patience, end: Arc<Notify>) -> BoxFuture<'c, Looked> {
		let delivery = Delivery::of(view);
		let found = Err(Error::NotComing(view.batch));
		async move {
			end.notified().await;
			Looked { delivery, arrived: patience.arrived(), found, shown: None }
		}
		.boxed()
	}

	#[tokio::test]
	async fn a_batch_that_does_not_come_keeps_no_other_from_being_looked_at() {
		let (mut looks, slow) = (Looks::default(), Arc::new(Notify::new()));
		let begin = |view: &BatchView, patience| {
			let end = if view.batch == 0 { Arc::clone(&slow) } else { Arc::new(Notify::new()) };
			if view.batch > 0 {
				end.notify_one();
			}
			held(view, patience, end)
		};
		let views = [view(0, 50), view(1, 100), view(2, 90)];
		looks.line_up(views.iter());
		looks.fill(1, BLOCK, |_| true, begin);
		let mut over = BTreeSet::new();
		for _ in 0..2 {
			over.insert(looks.next().await.unwrap().delivery.batch);
		}
		assert_eq!(over, [1, 2].into());
		assert!(looks.is_under_way(0) && !looks.is_under_way(1));
		looks.line_up(views.iter());
		assert_eq!(
			looks.waiting.iter().map(|view| view.batch).collect::<Vec<_>>(),
			[2, 1],
			"it has its turn"
		);
		slow.notify_one();
		looks.fill(2, BLOCK, |view| view.batch == 0, begin);
		assert_eq!(looks.next().await.unwrap().delivery.batch, 0);
		assert!(looks.next().await.is_none(), "nothing else is due any more");
	}

	#[tokio::test]
	async fn those_that_were_never_looked_at_come_first_and_then_the_most_urgent() {
		let (mut looks, begun) = (Looks::default(), RefCell::new(Vec::new()));
		let end = Arc::new(Notify::new());
		let begin = |view: &BatchView, patience| {
			begun.borrow_mut().push(view.batch);
			held(view, patience, Arc::clone(&end))
		};
		let at_once = u32::try_from(AT_ONCE).unwrap();
		let views: Vec<BatchView> = (0..at_once + 3).map(|batch| view(batch, 100 - batch)).collect();
		looks.line_up(views.iter());
		looks.fill(1, BLOCK, |_| true, begin);
		assert_eq!(*begun.borrow(), (3..at_once + 3).rev().collect::<Vec<_>>());
		assert!(looks.is_crowded.load(Ordering::Relaxed), "three wait");
		end.notify_one();
		let first = looks.next().await.unwrap().delivery.batch;
		looks.line_up(views.iter());
		looks.fill(2, BLOCK, |_| true, begin);
		assert_eq!(begun.borrow()[AT_ONCE..], [2], "not {first} again");
		for _ in 0..3 {
			end.notify_one();
			looks.next().await.unwrap();
			looks.fill(2, BLOCK, |_| true, begin);
		}
		assert_eq!(begun.borrow()[AT_ONCE..], [2, 1, 0, first]);
		assert!(!looks.is_crowded.load(Ordering::Relaxed));
	}

	#[test]
	fn there_is_always_time_left_to_demand() {
		assert_eq!(time_for(&view(0, 200), 100, BLOCK), BLOCK * 48);
		assert_eq!(time_for(&view(0, 110), 100, BLOCK), BLOCK * 3);
		assert_eq!(time_for(&view(0, 105), 100, BLOCK), BLOCK);
		assert_eq!(time_for(&view(0, 90), 100, BLOCK), BLOCK);
		let paid = testing::batch(0, BatchStage::Settled);
		assert_eq!(time_for(&paid, 100, BLOCK), Duration::MAX);
	}
}
