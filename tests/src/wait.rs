//! Waiting for what the chain will do some time. Nothing here asserts how long that takes.

use std::{
	future::Future,
	time::{Duration, Instant},
};

/// Longer than anything takes that happens at all, on a slow machine under load too.
pub const PATIENCE: Duration = Duration::from_secs(420);
const PAUSE: Duration = Duration::from_millis(300);

/// Looks again and again until there is something to see.
///
/// # Panics
///
/// With `what`, if there is nothing for longer than [`PATIENCE`].
pub async fn wait_for<T, F: Future<Output = Option<T>>>(what: &str, mut look: impl FnMut() -> F) -> T {
	let start = Instant::now();
	loop {
		if let Some(found) = look().await {
			return found;
		}
		assert!(start.elapsed() < PATIENCE, "waited {} s in vain for {what}", PATIENCE.as_secs());
		tokio::time::sleep(PAUSE).await;
	}
}
