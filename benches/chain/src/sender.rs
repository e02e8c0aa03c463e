//! Handing in transactions as fast as the pool has places for them.

use crate::{chain::Chain, error::Error, transactions::Draft};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{mpsc, Semaphore};

/// Transactions that wait for a block, at most: more than a block holds, and so few that they have room in the pool (8,192)
/// together with those of the last blocks, which it keeps until they are final.
const PLACES: usize = 2_500;
/// Transactions on their way to the pool at once.
const LINES: usize = 32;

/// Takes drafts without end, and hands them in when there is room.
pub(crate) struct Sender {
	drafts: mpsc::UnboundedSender<Draft>,
	places: Arc<Semaphore>,
	failure: Arc<Mutex<Option<Error>>>,
}

impl Sender {
	pub(crate) fn new(chain: &Chain) -> Self {
		let (drafts, waiting) = mpsc::unbounded_channel();
		let places = Arc::new(Semaphore::new(PLACES));
		let failure = Arc::default();
		tokio::spawn(forward(chain.clone(), waiting, Arc::clone(&places), Arc::clone(&failure)));
		Self { drafts, places, failure }
	}

	/// Takes a transaction.
	pub(crate) fn send(&self, draft: Draft) {
		// The other side ends with this one.
		let _ = self.drafts.send(draft);
	}

	/// Learns that transactions have left the pool, and tells if one could not enter it.
	pub(crate) fn included(&self, transactions: usize) -> Result<(), Error> {
		self.places.add_permits(transactions);
		match self.failure.lock().unwrap_or_else(PoisonError::into_inner).take() {
			Some(error) => Err(error),
			None => Ok(()),
		}
	}
}

async fn forward(
	chain: Chain,
	mut waiting: mpsc::UnboundedReceiver<Draft>,
	places: Arc<Semaphore>,
	failure: Arc<Mutex<Option<Error>>>,
) {
	let lines = Arc::new(Semaphore::new(LINES));
	while let Some(draft) = waiting.recv().await {
		let Ok(place) = places.acquire().await else { return };
		// Given back when the transaction is in a block.
		place.forget();
		let Ok(line) = Arc::clone(&lines).acquire_owned().await else { return };
		let (chain, failure) = (chain.clone(), Arc::clone(&failure));
		tokio::spawn(async move {
			if let Err(error) = chain.hand_in(&draft).await {
				failure.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
			}
			drop(line);
		});
	}
}
