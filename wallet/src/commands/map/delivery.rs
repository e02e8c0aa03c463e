//! Bringing transactions that were signed and written down into final blocks, over any interruption.

use crate::error::Error;
use assay_client::{Client, Error as ClientError, Prepared, Search, Whereabouts};
use assay_primitives::{BlockNumber, Hash};
use futures::StreamExt;
use std::fmt::Display;

/// Blocks after which a transaction that is in none of them is handed in again.
pub(super) const PATIENCE: BlockNumber = 5;

/// Where a transaction is, as far as this run knows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Track {
	search: Option<Search>,
	/// When it was last handed in.
	handed_in: Option<BlockNumber>,
	/// The block in which it did what it was to do, final or not.
	pub(super) block: Option<(Hash, BlockNumber)>,
}

impl Track {
	/// Looks once where the transaction is, at the block `now`, and hands it in if it has been in no block for a while.
	/// `call` names it in errors.
	pub(super) async fn look(
		&mut self,
		client: &Client,
		call: &(dyn Display + Sync),
		transaction: &Prepared,
		now: BlockNumber,
	) -> Result<Whereabouts, Error> {
		let search = self.search.get_or_insert_with(|| transaction.search());
		let whereabouts = client.find(transaction, search).await?;
		if whereabouts == Whereabouts::Pending && self.is_due(now) {
			self.hand_in(client, call, transaction, now).await?;
		}
		Ok(whereabouts)
	}

	/// Hands the transaction in.
	pub(super) async fn hand_in(
		&mut self,
		client: &Client,
		call: &(dyn Display + Sync),
		transaction: &Prepared,
		now: BlockNumber,
	) -> Result<(), Error> {
		self.handed_in = Some(now);
		Ok(client.hand_over(call, transaction).await?)
	}

	/// Has the transaction handed in at the next look, if it is in no block by then: there is another node, or the same one
	/// with an empty pool.
	pub(super) fn forget_node(&mut self) {
		self.handed_in = None;
	}

	fn is_due(&self, now: BlockNumber) -> bool {
		self.handed_in.is_none_or(|at| now.saturating_sub(at) >= PATIENCE)
	}
}

/// Hands the transaction in and waits until its block is final. `None`: it will never be in one. `call` names it in errors.
pub(super) async fn deliver(
	client: &Client,
	call: &(dyn Display + Sync),
	transaction: &Prepared,
) -> Result<Option<(Hash, BlockNumber)>, Error> {
	let mut track = Track::default();
	let mut blocks = client.best_blocks().await?;
	while let Some(block) = blocks.next().await {
		match track.look(client, call, transaction, block?.number).await? {
			Whereabouts::Final { block, number } => return Ok(Some((block, number))),
			Whereabouts::Gone => return Ok(None),
			Whereabouts::Included { .. } | Whereabouts::Pending => {},
		}
	}
	Err(ClientError::ConnectionLost { reason: "the node stopped telling about blocks".into() }.into())
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn what_is_in_no_block_is_handed_in_from_time_to_time() {
		let mut track = Track::default();
		assert!(track.is_due(7), "it was written down, and perhaps never handed in");
		track.handed_in = Some(7);
		assert!(!track.is_due(7) && !track.is_due(11) && track.is_due(12) && track.is_due(99));
		assert!(!track.is_due(5), "a fork");
		track.forget_node();
		assert!(track.is_due(7));
	}
}
