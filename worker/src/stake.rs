//! Keeping the stake at the height the worker's owner wants.

use crate::{link::Link, WorkerError};
use assay_client::{Amount, Call, Inclusion, Keys};
use assay_primitives::{view::Parameters, Balance};
use std::{future::Future, time::Duration};

/// How long to wait, after the connection was lost while something was bonded, before the stake is looked at again: some
/// blocks.
const PAUSE: Duration = Duration::from_secs(15);

/// What to do about the stake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
	/// It is high enough.
	Enough,
	/// Bond this much.
	Bond(Balance),
	/// It should be higher by this much, the money is not there, but it is enough to work.
	GoOn(Balance),
	/// This much is missing to work at all.
	Stop(Balance),
}

fn decide(stake: Balance, target: Balance, minimum: Balance, affordable: Balance) -> Verdict {
	let missing = target.saturating_sub(stake);
	match missing {
		0 => Verdict::Enough,
		_ if missing <= affordable => Verdict::Bond(missing),
		// Nothing below what the owner asked for is bonded: a half-way stake would only surprise.
		_ if stake >= minimum => Verdict::GoOn(missing),
		_ => Verdict::Stop(missing),
	}
}

/// Bonds what is missing to `wish`, by default the smallest stake there is.
///
/// # Errors
///
/// If there is not enough stake to work and no money to bond it from.
pub(crate) async fn ensure(
	link: &Link,
	keys: &Keys,
	wish: Option<Balance>,
	parameters: &Parameters,
) -> Result<(), WorkerError> {
	let minimum = parameters.minimum_stake;
	let target = wish.unwrap_or(minimum);
	if target < minimum {
		return Err(WorkerError::StakeTooSmall { wish: Amount(target), minimum: Amount(minimum) });
	}
	let account = keys.account();
	let worker = link.ask(|client| async move { client.worker(&account).await }).await?;
	let stake = worker.map_or(0, |worker| worker.stake);
	if stake >= target {
		return Ok(());
	}
	let call = Call::BondWorker(target.saturating_sub(stake));
	let (call, keys) = (&call, keys);
	let (spendable, fee) = link
		.ask(|client| async move {
			let existential = client.existential_deposit().await?;
			let balance = client.balance(&account).await?;
			Ok((balance.spendable(existential), client.estimate_fee(keys, call).await?))
		})
		.await?;
	// Whoever bonds everything cannot claim anything, nor pay the fees of a reveal or of an answer.
	let affordable = spendable.saturating_sub(fee).saturating_sub(parameters.wanted_for_fees());
	match decide(stake, target, minimum, affordable) {
		Verdict::Enough => Ok(()),
		Verdict::Bond(missing) => {
			link.attempt(|client| async move { client.submit(keys, call, Inclusion::BestBlock).await })
				.await?;
			tracing::info!(target: "stake", "bonded {}, the stake is {} now", Amount(missing), Amount(target));
			Ok(())
		},
		Verdict::GoOn(missing) => {
			tracing::warn!(
				target: "stake",
				"the stake is {} and should be {}, but {account} cannot spend {}; going on with what there is",
				Amount(stake),
				Amount(target),
				Amount(missing)
			);
			Ok(())
		},
		Verdict::Stop(missing) => Err(WorkerError::NotEnoughMoney {
			account,
			spendable: Amount(spendable),
			missing: Amount(missing),
			minimum: Amount(minimum),
		}),
	}
}

/// [`ensure`], over as many connections as it takes.
///
/// # Errors
///
/// Those of [`ensure`], but not that a connection was lost.
pub(crate) async fn ensure_at_last(
	link: &Link,
	keys: &Keys,
	wish: Option<Balance>,
	parameters: &Parameters,
) -> Result<(), WorkerError> {
	until_heard(PAUSE, || ensure(link, keys, wish, parameters)).await
}

/// Tries something until no connection is lost over it, with pauses.
async fn until_heard<F>(pause: Duration, attempt: impl Fn() -> F) -> Result<(), WorkerError>
where
	F: Future<Output = Result<(), WorkerError>>,
{
	loop {
		match attempt().await {
			// What was on its way may still arrive, and would be bonded twice.
			Err(WorkerError::Node(error)) if error.is_connection_lost() => tokio::time::sleep(pause).await,
			ended => return ended,
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use assay_client::Error;
	use std::{cell::Cell, time::Instant};

	const SOON: Duration = Duration::from_millis(20);

	fn lost() -> WorkerError {
		Error::ConnectionLost { reason: "the node was restarted".into() }.into()
	}

	/// Has attempts end like that, one after the other, and tells how the last one did, and how many there were.
	async fn attempts(endings: impl Fn(u32) -> Result<(), WorkerError>) -> (Result<(), WorkerError>, u32) {
		let made = Cell::new(0);
		let attempt = || {
			made.set(made.get() + 1);
			std::future::ready(endings(made.get()))
		};
		(until_heard(SOON, attempt).await, made.get())
	}

	#[tokio::test]
	async fn a_lost_connection_does_not_end_a_worker_that_starts() {
		let start = Instant::now();
		let (ended, made) = attempts(|attempt| if attempt < 3 { Err(lost()) } else { Ok(()) }).await;
		assert_eq!((ended.is_ok(), made), (true, 3));
		assert!(start.elapsed() >= 2 * SOON, "what was on its way has had no time to arrive");
	}

	#[tokio::test]
	async fn whatever_else_is_wrong_is_said_at_once() {
		let wrongs: [fn() -> WorkerError; 2] = [
			|| WorkerError::StakeTooSmall { wish: Amount(1), minimum: Amount(2) },
			|| Error::TimedOut { what: "the stake".into(), after: SOON }.into(),
		];
		for wrong in wrongs {
			let (ended, made) =
				attempts(|attempt| if attempt < 2 { Err(lost()) } else { Err(wrong()) }).await;
			assert_eq!((ended.unwrap_err().to_string(), made), (wrong().to_string(), 2));
		}
	}

	#[test]
	fn what_is_missing_is_bonded_if_it_can_be_paid() {
		assert_eq!(decide(0, 100, 10, 100), Verdict::Bond(100));
		assert_eq!(decide(60, 100, 10, 40), Verdict::Bond(40));
		assert_eq!(decide(100, 100, 10, 0), Verdict::Enough);
		assert_eq!(decide(500, 100, 10, 0), Verdict::Enough);
	}

	#[test]
	fn too_little_money_only_stops_a_worker_without_stake() {
		assert_eq!(decide(60, 100, 10, 39), Verdict::GoOn(40));
		assert_eq!(decide(10, 100, 10, 0), Verdict::GoOn(90));
		assert_eq!(decide(9, 100, 10, 50), Verdict::Stop(91));
		assert_eq!(decide(0, 10, 10, 9), Verdict::Stop(10));
	}
}
