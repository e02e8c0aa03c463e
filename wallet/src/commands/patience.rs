//! How long sealed results may be on their way. Whoever says to have them and sends nothing, or next to nothing, keeps nobody
//! waiting until it is too late to contest.

use crate::{error::Error, results::Revealed};
use assay_client::{Client, Error as ClientError};
use std::{
	future::Future,
	pin::pin,
	sync::{
		atomic::{AtomicBool, AtomicU64, Ordering},
		Arc,
	},
	time::{Duration, Instant},
};

/// Bytes that have to come in a second. Nodes give up links that are much slower by themselves.
pub(super) const FLOOR: u64 = 128 << 10;
/// How often it is looked whether anything has come.
const TICK: Duration = Duration::from_millis(100);

/// How long one batch's sealed results are waited for. What has come by then stays on the node, which goes on fetching: the
/// next look begins where this one ended.
#[derive(Debug)]
pub(super) struct Patience {
	/// How long nothing has to come.
	grace: Duration,
	/// How long they are waited for in any case.
	most: Duration,
	/// Whether others wait for their turn: then what comes buys no time.
	is_crowded: Arc<AtomicBool>,
	/// Bytes that have come.
	arrived: AtomicU64,
}

impl Patience {
	/// Patience for as long as something comes.
	pub(super) fn new(grace: Duration) -> Self {
		let (is_crowded, arrived) = (Arc::default(), AtomicU64::new(0));
		Self { grace, most: Duration::MAX, is_crowded, arrived }
	}

	/// The same, but no longer than `most`, and only for the first while as long as others wait.
	pub(super) fn among(self, most: Duration, is_crowded: Arc<AtomicBool>) -> Self {
		Self { most, is_crowded, ..self }
	}

	/// How many bytes have come.
	pub(super) fn arrived(&self) -> u64 {
		self.arrived.load(Ordering::Relaxed)
	}

	/// Fetches a batch's sealed results.
	pub(super) async fn download(&self, client: &Client, revealed: &Revealed) -> Result<Vec<u8>, Error> {
		let blob = revealed.receipt.sealed;
		let count = |bytes| self.arrived.store(bytes, Ordering::Relaxed);
		let download = client.download_with(&blob, blob.len, count);
		let downloaded = self.wait(download).await;
		Ok(downloaded.ok_or(Error::NotComing(revealed.batch))??)
	}

	/// Waits for a download that counts what has come. `None`: that is not enough.
	async fn wait<T>(
		&self,
		download: impl Future<Output = Result<T, ClientError>>,
	) -> Option<Result<T, ClientError>> {
		let mut download = pin!(download);
		let start = Instant::now();
		let (mut arrived, mut since) = (self.arrived(), start);
		loop {
			if let Ok(done) = tokio::time::timeout(TICK, &mut download).await {
				return Some(done);
			}
			if self.arrived() > arrived {
				(arrived, since) = (self.arrived(), Instant::now());
			}
			let is_stalled = since.elapsed() >= self.grace;
			if is_stalled || start.elapsed() >= self.allowance() {
				return None;
			}
		}
	}

	/// How long all of it may take, with what has come by now.
	fn allowance(&self) -> Duration {
		let bought = match self.is_crowded.load(Ordering::Relaxed) {
			true => Duration::ZERO,
			false => Duration::from_millis(self.arrived().saturating_mul(1_000) / FLOOR),
		};
		self.grace.saturating_add(bought).min(self.most)
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	const GRACE: Duration = Duration::from_millis(400);

	/// A download of so many pieces, one after each pause. Says how long it was waited for if it was not waited for.
	async fn fetch(patience: &Patience, pieces: u32, pause: Duration, bytes: u64) -> Result<(), Duration> {
		let start = Instant::now();
		let download = async {
			for _ in 0..pieces {
				tokio::time::sleep(pause).await;
				patience.arrived.fetch_add(bytes, Ordering::Relaxed);
			}
			Ok(())
		};
		match patience.wait(download).await {
			Some(done) => done.map_err(|_| start.elapsed()),
			None => Err(start.elapsed()),
		}
	}

	#[tokio::test]
	async fn who_sends_nothing_is_not_waited_for() {
		let endless = Duration::from_secs(100);
		let waited = fetch(&Patience::new(GRACE), 1, endless, 1).await.unwrap_err();
		assert!(waited >= GRACE && waited < GRACE * 4, "{waited:?}");
		let none = Patience::new(endless).among(GRACE, Arc::default());
		let waited = fetch(&none, 1, endless, 1).await.unwrap_err();
		assert!(waited >= GRACE && waited < GRACE * 4, "there is no time for more: {waited:?}");
	}

	#[tokio::test]
	async fn what_comes_is_waited_for_but_no_trickle() {
		let pause = Duration::from_millis(150);
		let patience = Patience::new(GRACE);
		fetch(&patience, 10, pause, FLOOR / 4).await.expect("it is faster than it has to be");
		assert_eq!(patience.arrived(), FLOOR / 4 * 10);
		let waited = fetch(&Patience::new(GRACE), 10, pause, 1).await.unwrap_err();
		assert!(waited < pause * 10, "a byte from time to time is nothing: {waited:?}");
		let waited = fetch(&Patience::new(GRACE), 2, pause * 6, 1 << 40).await.unwrap_err();
		assert!(waited < pause * 12, "nothing more came: {waited:?}");
	}

	#[tokio::test]
	async fn who_is_slow_makes_way_for_others() {
		let pause = Duration::from_millis(150);
		let crowd = Arc::new(AtomicBool::new(true));
		let patience = Patience::new(GRACE).among(Duration::MAX, Arc::clone(&crowd));
		let waited = fetch(&patience, 10, pause, FLOOR).await.unwrap_err();
		assert!(waited >= GRACE && waited < pause * 10, "{waited:?}");
		crowd.store(false, Ordering::Relaxed);
		let patience = Patience::new(GRACE).among(Duration::MAX, crowd);
		fetch(&patience, 10, pause, FLOOR).await.expect("nobody waits any more");
	}
}
