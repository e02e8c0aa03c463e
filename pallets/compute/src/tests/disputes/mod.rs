//! What opens a dispute, who votes in it, and what a verdict brings.

mod challenges;
mod convictions;
mod time;
mod undecided;
mod votes;
mod withheld;

use super::kit::*;
use crate::{mock::*, Call};
use assay_primitives::{audit::Opening, TaskIndex};
use frame_support::dispatch::Pays;
use sp_runtime::DispatchError;

/// What challenging one task of [`spec`] takes.
const BOND: u128 = MIN_CHALLENGE_BOND + 5 * BOUNTY;

fn challenge(who: &AccountId, opening: Opening) -> Result<Pays, DispatchError> {
	call(who, Call::challenge { job: JOB, batch: 0, opening })
}

/// A batch of lies that its own reveal brought to light.
fn disputed() -> Work {
	let work = committed_lies();
	audit_honestly(JOB, 0);
	work.reveal(&worker()).unwrap();
	work
}

/// A batch with one lie that no auditor looked at, revealed.
fn revealed_with_a_hidden_lie() -> (Work, TaskIndex) {
	let mut sparse = spec();
	sparse.audit.samples = 1;
	post(sparse);
	bond(&worker(), 10 * MIN_STAKE);
	claim(&worker(), JOB, 1).unwrap();
	// Which task nobody samples is known only after the receipt, so try each.
	for hidden in 0..4 {
		let work =
			Work::run_with(&worker(), JOB, 0, |task| if task == hidden { lie(task) } else { truth(task) });
		let found = frame_support::storage::with_storage_layer(|| {
			hand_in(work.signed(&worker())).unwrap();
			audit_honestly(JOB, 0);
			let is_hidden = !batch(JOB, 0).audit.unwrap().samples().contains(&hidden);
			if is_hidden {
				work.reveal(&worker()).unwrap();
				return Ok(());
			}
			Err(DispatchError::Other("it was sampled"))
		});
		if found.is_ok() {
			return (work, hidden);
		}
	}
	panic!("every task is sampled whatever the receipt is: choose other keys");
}
