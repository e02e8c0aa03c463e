//! Calls that nobody would make: valid ones with bytes changed, from every origin, in every stage of a batch. None panics,
//! none breaks an invariant, and what is refused changes nothing.
//!
//! `ASSAY_CALLS` says how many (`make fuzz-bytes` makes many), `ASSAY_SEED` where to begin. What was found once is in
//! `corpus/calls`, and tried every time: one call a line, the number of its origin and its bytes.

use super::kit::*;
use crate::{mock::*, Call};
use assay_primitives::{view::BatchStage, Ruling};
use codec::{Decode, Encode};
use frame_support::{
	dispatch::GetDispatchInfo,
	storage::{with_transaction, TransactionOutcome},
	weights::Weight,
};
use sp_runtime::{
	traits::{Applyable, Checkable, Dispatchable},
	DispatchError,
};

/// Calls of the short run.
const CALLS: u64 = 6_000;
/// Calls that are made one after the other before all is undone.
const IN_A_ROW: usize = 12;
/// Ways for a call to come.
const ORIGINS: u8 = 9;

/// Numbers that decide everything: a 64-bit linear congruential generator.
struct Chance(u64);

impl Chance {
	fn below(&mut self, limit: usize) -> usize {
		self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
		let number = usize::try_from(self.0 >> 33).expect("31 bits fit; qed");
		number.checked_rem(limit).unwrap_or(0)
	}

	fn byte(&mut self) -> u8 {
		u8::try_from(self.below(256)).expect("it is below 256; qed")
	}
}

/// A job with a batch in every stage, and calls that somebody could make now.
fn every_stage() -> Vec<Call<Test>> {
	let mut many = spec();
	many.tasks = 9;
	many.batch_size = 1;
	many.audit.samples = 1;
	many.execution_window = 50;
	many.challenge_window = 50;
	post(many);
	post(spec());
	for party in [worker(), other_worker()] {
		bond(&party, 50 * MIN_STAKE);
	}
	claim(&worker(), JOB, 4).unwrap();
	claim(&worker(), JOB, 4).unwrap();
	// 0 stays claimed, 1 committed; 2 silent, 3 revealed, 4 disputed, 5 demanded, 6 settled, 7 asked for; 8 is available.
	let works: Vec<_> = (0..8).map(|index| Work::run(&worker(), JOB, index)).collect();
	let mut calls: Vec<Call<Test>> =
		works.iter().map(|work| Call::submit_receipt { signed: work.signed(&worker()) }).collect();
	for work in &works[1..] {
		hand_in(work.signed(&worker())).unwrap();
	}
	run_to_full_tranche(JOB, 2);
	for batch in 2..8 {
		for auditor in &auditors()[..2] {
			let report = honest(auditor, &task(JOB, batch).unwrap());
			calls.push(Call::submit_audit { report: report.clone() });
			super::kit::report(report).unwrap();
		}
	}
	close(JOB, 2);
	for auditor in auditors() {
		let open = task(JOB, 1).unwrap();
		calls.extend(
			[honest(&auditor, &open), starved(&auditor, &open)].map(|report| Call::submit_audit { report }),
		);
	}
	for work in &works[1..] {
		let (job, batch, openings) = (JOB, work.receipt.batch, work.openings());
		calls.push(Call::answer { job, batch, openings: openings.clone() });
		calls.push(Call::reveal { job, batch, key: work.key, openings });
	}
	for work in &works[3..] {
		work.reveal(&worker()).unwrap();
	}
	for work in &works {
		let (job, batch) = (JOB, work.receipt.batch);
		let (opening, sealed) = (work.opening(batch), work.show(batch));
		calls.push(Call::challenge { job, batch, opening: opening.clone() });
		calls.push(Call::prove_missealed { job, batch, opening: opening.clone(), sealed: sealed.clone() });
		calls.push(Call::answer_demand { job, batch, opening, sealed });
		calls.extend([Call::demand { job, batch, task: batch }, Call::demand_batch { job, batch }]);
		let mut second = work.receipt;
		second.outputs_root.0[0] ^= 1;
		let (first, second) = (Box::new(work.signed(&worker())), Box::new(second.sign(&worker().0)));
		calls.push(Call::report_double_receipt { first, second });
		calls.extend([Call::accept { job, batch }, Call::settle { job, batch }, Call::expire { job, batch }]);
	}
	let opening = works[4].opening(4);
	call(&stranger(), Call::challenge { job: JOB, batch: 4, opening }).unwrap();
	call(&stranger(), Call::demand { job: JOB, batch: 5, task: 5 }).unwrap();
	call(&requester(), Call::accept { job: JOB, batch: 6 }).unwrap();
	call(&requester(), Call::demand_batch { job: JOB, batch: 7 }).unwrap();
	for validator in auditors() {
		for ruling in [Ruling::Leaf(leaf(JOB, 4)), Ruling::Missealed, Ruling::Unavailable] {
			calls.push(Call::submit_vote { vote: ballot(&validator, JOB, 4, ruling) });
		}
		for ruling in [Ruling::Held, Ruling::Unavailable] {
			calls.push(Call::submit_vote { vote: ballot(&validator, JOB, 7, ruling) });
		}
	}
	let stages = [
		BatchStage::Claimed,
		BatchStage::Committed,
		BatchStage::Committed,
		BatchStage::Revealed,
		BatchStage::Disputed,
		BatchStage::Demanded,
		BatchStage::Settled,
		BatchStage::Disputed,
		BatchStage::Available,
	];
	for (batch, expected) in (0..).zip(stages) {
		assert_eq!(stage(JOB, batch), expected, "batch {batch}");
	}
	let amount = 2 * MIN_STAKE;
	calls.extend([
		Call::post_job { spec: many },
		Call::cancel_job { job: JOB },
		Call::expire_job { job: JOB },
		Call::claim { job: JOB, count: 1 },
		Call::bond_worker { amount },
		Call::unbond_worker { amount },
		Call::withdraw_unbonded {},
		Call::bond_auditor { amount },
		Call::unbond_auditor { amount },
		Call::withdraw_auditor {},
	]);
	calls
}

/// A call that is a little other than one of `calls`: encoded, changed, and whatever that decodes to.
fn changed(calls: &[Call<Test>], chance: &mut Chance) -> Vec<u8> {
	let mut bytes = calls[chance.below(calls.len())].encode();
	for _ in 0..chance.below(4) {
		let at = chance.below(bytes.len());
		match chance.below(7) {
			0 => bytes[at] ^= 1 << chance.below(8),
			1 => bytes[at] = [0, 1, 0x7f, 0x80, 0xff][chance.below(5)],
			2 => bytes[at] = chance.byte(),
			3 => bytes.truncate(at.max(1)),
			4 => {
				let fill = [0, 0xff][chance.below(2)];
				let end = bytes.len().min(at + 16);
				bytes[at..end].fill(fill);
			},
			5 => bytes.insert(at, chance.byte()),
			_ => {
				// The rest of it comes from another one.
				let other = calls[chance.below(calls.len())].encode();
				bytes.truncate(at.max(1));
				bytes.extend(other.into_iter().skip(at.max(1)));
			},
		}
	}
	bytes
}

/// Makes the call, if that is one, and says whether it was one and whether it did something.
fn make(origin: u8, bytes: &[u8]) -> Option<bool> {
	let made = Call::<Test>::decode(&mut &bytes[..]).ok()?;
	let before = root();
	let done = match origin % ORIGINS {
		0 => carried(made),
		1 => dispatched(made, RuntimeOrigin::none()),
		2 => dispatched(made, RuntimeOrigin::root()),
		// What nobody but the extension can make; the calls must hold their ground even so.
		3 => dispatched(made, frame_system::RawOrigin::Authorized.into()),
		4 => dispatched(made, RuntimeOrigin::signed(worker().account())),
		5 => dispatched(made, RuntimeOrigin::signed(other_worker().account())),
		6 => dispatched(made, RuntimeOrigin::signed(requester())),
		7 => dispatched(made, RuntimeOrigin::signed(auditors().swap_remove(0).account())),
		_ => dispatched(made, RuntimeOrigin::signed(stranger())),
	};
	check();
	assert!(done || root() == before, "a refused call changed the state");
	Some(done)
}

fn dispatched(made: Call<Test>, origin: RuntimeOrigin) -> bool {
	RuntimeCall::from(made).dispatch(origin).is_ok()
}

fn carried(made: Call<Test>) -> bool {
	let transaction = UncheckedExtrinsic::new_transaction(made.into(), extension());
	let (info, length) = (transaction.get_dispatch_info(), transaction.encoded_size());
	let checked = Checkable::check(transaction, &frame_system::ChainContext::<Test>::default());
	let applied = checked.expect("general transactions have no signature").apply::<Test>(&info, length);
	applied.is_ok_and(|dispatched| dispatched.is_ok())
}

/// Makes calls one after the other, with a block in between here and there, and undoes it all.
fn in_a_row(calls: &[(u8, Vec<u8>)]) -> Vec<Option<bool>> {
	let mut made = Vec::new();
	let _ = with_transaction(|| {
		for (number, (origin, bytes)) in calls.iter().enumerate() {
			made.push(make(*origin, bytes));
			if number % 4 == 3 {
				next_block();
			}
		}
		IdleWeight::set(Weight::MAX);
		TransactionOutcome::Rollback(Ok::<_, DispatchError>(()))
	});
	made
}

/// Prints a case if it panics, as `corpus/calls` wants it.
struct Case<'a>(&'a [(u8, Vec<u8>)]);

impl Drop for Case<'_> {
	fn drop(&mut self) {
		if std::thread::panicking() {
			eprintln!("put these lines into a file in pallets/compute/corpus/calls:");
			for (origin, bytes) in self.0 {
				eprintln!("{origin} {}", sp_core::hexdisplay::HexDisplay::from(bytes));
			}
		}
	}
}

fn from_hex(digits: &str) -> Vec<u8> {
	(0..digits.len() / 2).map(|at| u8::from_str_radix(&digits[2 * at..2 * at + 2], 16).unwrap()).collect()
}

fn number_from(variable: &str) -> Option<u64> {
	std::env::var(variable).ok()?.parse().ok()
}

#[test]
fn no_call_breaks_anything() {
	let count = number_from("ASSAY_CALLS").unwrap_or(CALLS);
	let first = number_from("ASSAY_SEED").unwrap_or(0);
	in_chain(|| {
		let calls = every_stage();
		let (mut tried, mut were_calls, mut did_something) = (0u64, 0u64, 0u64);
		let mut seed = first;
		while tried < count {
			// Neighbouring seeds begin alike.
			let mut chance = Chance(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
			chance.below(1);
			let row: Vec<_> = (0..IN_A_ROW)
				.map(|_| {
					(
						u8::try_from(chance.below(ORIGINS.into())).expect("there are few; qed"),
						changed(&calls, &mut chance),
					)
				})
				.collect();
			let case = Case(&row);
			for outcome in in_a_row(&row) {
				tried += 1;
				were_calls += u64::from(outcome.is_some());
				did_something += u64::from(outcome == Some(true));
			}
			drop(case);
			seed = seed.wrapping_add(1);
		}
		println!("{tried} tried, {were_calls} were calls, {did_something} did something");
		// Otherwise it would be all noise.
		assert!(
			were_calls > tried / 3 && did_something > tried / 100,
			"{were_calls}, {did_something} of {tried}"
		);
	});
}

#[test]
fn what_was_found_once_does_not_come_back() {
	let corpus = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus/calls");
	let Ok(files) = std::fs::read_dir(&corpus) else { return };
	in_chain(|| {
		every_stage();
		for file in files {
			let path = file.unwrap().path();
			let text = std::fs::read_to_string(&path).unwrap();
			let row: Vec<_> = text
				.lines()
				.filter(|line| !line.starts_with('#'))
				.map(|line| {
					let (origin, bytes) =
						line.split_once(' ').unwrap_or_else(|| panic!("{}: {line}", path.display()));
					(origin.parse().unwrap(), from_hex(bytes))
				})
				.collect();
			let case = Case(&row);
			in_a_row(&row);
			drop(case);
		}
	});
}
