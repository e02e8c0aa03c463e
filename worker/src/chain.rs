//! Following the chain: where it is, and what it does to this worker.

use crate::{context::Heads, link::Link};
use assay_client::{Amount, BlockHeader, ChainEvent, ComputeEvent, Error};
use assay_primitives::AccountId;
use futures::StreamExt;
use std::{sync::Arc, time::Duration};
use tokio::{
	sync::watch,
	time::{sleep, timeout},
};

/// How long to wait for a block before the subscription is taken for dead.
const SILENCE: Duration = Duration::from_secs(120);
/// How long to wait before subscribing again.
const PAUSE: Duration = Duration::from_secs(2);

/// Follows the best chain for as long as somebody listens, and tells what concerns `account`.
pub(crate) async fn follow(link: Arc<Link>, account: AccountId, heads: watch::Sender<Heads>) {
	while !heads.is_closed() {
		if let Err(error) = follow_once(&link, &account, &heads).await {
			tracing::warn!(target: "chain", "no news of the chain: {error}");
		}
		sleep(PAUSE).await;
	}
}

async fn follow_once(link: &Link, account: &AccountId, heads: &watch::Sender<Heads>) -> Result<(), Error> {
	let mut blocks = link.ask(|client| async move { client.best_blocks().await }).await?;
	loop {
		let block = tokio::select! {
			block = timeout(SILENCE, blocks.next()) => block,
			() = heads.closed() => return Ok(()),
		};
		let block = match block {
			Ok(Some(block)) => block?,
			Ok(None) => {
				return Err(Error::ConnectionLost { reason: "the node ended the subscription".into() })
			},
			Err(_) => {
				return Err(Error::TimedOut { what: "the next block".into(), after: SILENCE });
			},
		};
		let finalized = link.ask(|client| async move { client.finalized_block().await }).await?;
		heads.send_replace(Heads { best: block.number, finalized });
		report(link, account, &block).await;
	}
}

/// Says what a block did to this worker. Only for people: decisions are made from the state.
async fn report(link: &Link, account: &AccountId, block: &BlockHeader) {
	let hash = block.hash;
	let events = match link.attempt(|client| async move { client.events_at(hash).await }).await {
		Ok(events) => events,
		Err(error) => {
			tracing::debug!(target: "chain", "no events of block {}: {error}", block.number);
			return;
		},
	};
	for event in events {
		if let ChainEvent::Compute(event) = event {
			tell(account, &event);
		}
	}
}

fn tell(account: &AccountId, event: &ComputeEvent) {
	match event {
		ComputeEvent::BatchSettled { job, batch, worker, paid } if worker == account => {
			tracing::info!(target: "chain", "job {job} batch {batch}: paid {}", Amount(*paid));
		},
		ComputeEvent::ClaimPenalised { job, batch, worker, amount } if worker == account => {
			tracing::warn!(
				target: "chain",
				"job {job} batch {batch}: {} of the bond is gone, nothing was handed in in time",
				Amount(*amount)
			);
		},
		ComputeEvent::WorkerSlashed { job, batch, worker, burned, rewarded, compensation }
			if worker == account =>
		{
			tracing::error!(
				target: "chain",
				"job {job} batch {batch}: slashed {}: convicted, or silent when it was asked",
				Amount(burned.saturating_add(*rewarded).saturating_add(*compensation))
			);
		},
		ComputeEvent::DisputeOpened { job, batch, task, .. } => {
			tracing::debug!(target: "chain", "job {job} batch {batch}: task {task} is contested");
		},
		ComputeEvent::DisputeDecided { job, batch, task, verdict, .. } => {
			let verdict = verdict.as_deref().unwrap_or("none");
			tracing::debug!(target: "chain", "job {job} batch {batch}: verdict on task {task}: {verdict}");
		},
		ComputeEvent::AuditMismatch { job, batch, task, .. } => {
			tracing::debug!(target: "chain", "job {job} batch {batch}: an auditor disagrees about task {task}");
		},
		ComputeEvent::BatchReopened { job, batch, reason, .. } => {
			tracing::debug!(target: "chain", "job {job} batch {batch}: taken back ({reason})");
		},
		_ => (),
	}
}
