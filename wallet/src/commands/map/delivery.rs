//! Bringing a transaction that was signed and written down into a final block, over any interruption.

use crate::error::Error;
use assay_client::{Client, Error as ClientError, Prepared, Whereabouts};
use assay_primitives::{BlockNumber, Hash};
use futures::StreamExt;
use std::fmt::Display;

/// Blocks after which a transaction that is in none of them is handed in again.
const PATIENCE: u32 = 5;

/// Hands the transaction in and waits until its block is final. `None`: it will never be in one. `call` names it in errors.
pub(super) async fn deliver(
	client: &Client,
	call: &(dyn Display + Sync),
	transaction: &Prepared,
) -> Result<Option<(Hash, BlockNumber)>, Error> {
	let mut blocks = client.best_blocks().await?;
	let mut search = transaction.search();
	let mut since = PATIENCE;
	loop {
		match client.find(transaction, &mut search).await? {
			Whereabouts::Final { block, number } => return Ok(Some((block, number))),
			Whereabouts::Gone => return Ok(None),
			Whereabouts::Included => {},
			Whereabouts::Pending if since >= PATIENCE => {
				since = 0;
				client.hand_over(call, transaction).await?;
			},
			Whereabouts::Pending => since += 1,
		}
		match blocks.next().await {
			Some(block) => drop(block?),
			None => {
				let reason = "the node stopped telling about blocks".into();
				return Err(ClientError::ConnectionLost { reason }.into());
			},
		}
	}
}
