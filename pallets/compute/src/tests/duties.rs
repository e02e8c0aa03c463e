use super::kit::*;
use crate::{mock::*, Call, DutiesFirst};
use assay_primitives::JobSpec;
use frame_support::dispatch::GetDispatchInfo;
use sp_runtime::{
	traits::{TransactionExtension, TxBaseImplication},
	transaction_validity::{TransactionPriority, TransactionSource, ValidTransaction},
};

/// What a pool is told of a signed call beyond that it is valid.
fn preference(who: &AccountId, call: Call<Test>) -> ValidTransaction {
	let call = RuntimeCall::from(call);
	let info = call.get_dispatch_info();
	let before = root();
	let [external, local, in_block] =
		[TransactionSource::External, TransactionSource::Local, TransactionSource::InBlock].map(|source| {
			let origin = RuntimeOrigin::signed(who.clone());
			DutiesFirst::<Test>::new()
				.validate(origin, &call, &info, 0, (), &TxBaseImplication(()), source)
				.expect("it has no part in what is valid")
				.0
		});
	assert_eq!(root(), before, "looking at a call changed the state");
	assert!(System::events().is_empty(), "looking at a call left events");
	assert_eq!(external, local);
	assert_eq!(in_block, ValidTransaction::default(), "blocks are executed without it");
	external
}

fn reveal(work: &Work) -> Call<Test> {
	let (job, batch) = (work.receipt.job, work.receipt.batch);
	Call::reveal { job, batch, key: work.key, openings: work.openings() }
}

fn is_preferred(who: &AccountId, call: Call<Test>) -> bool {
	events();
	preference(who, call) != ValidTransaction::default()
}

#[test]
fn what_a_worker_owes_goes_before_receipts_and_reports() {
	in_chain(|| {
		let work = committed();
		run_to_full_tranche(JOB, 0);
		let task = task(JOB, 0).unwrap();
		let report = report(honest(&auditors()[0], &task)).unwrap();
		audit_honestly_besides(&auditors()[1]);
		claim(&worker(), JOB, 1).unwrap();
		let receipt = hand_in(Work::run(&worker(), JOB, 1).signed(&worker())).unwrap();
		events();
		let owed = preference(&worker().account(), reveal(&work));
		assert!(receipt.priority < report.priority, "a crowd of receipts silences auditors");
		assert!(report.priority < owed.priority, "what costs nothing keeps honest workers out of blocks");
		// The fee of a transaction that fills a block is some 10^12 units; no tip comes near.
		assert!(receipt.priority > TransactionPriority::from(1_000_000_000_000u64) * 1_000_000);
	});
}

/// One more auditor reports on the first batch, and the audit closes.
fn audit_honestly_besides(auditor: &Party) {
	let task = task(JOB, 0).unwrap();
	report(honest(auditor, &task)).unwrap();
	close(JOB, 0);
}

#[test]
fn only_what_would_succeed_is_preferred() {
	in_chain(|| {
		let work = committed();
		let (who, other) = (worker().account(), other_worker().account());
		assert!(!is_preferred(&who, reveal(&work)), "before the audit");
		run_to_full_tranche(JOB, 0);
		for auditor in &auditors()[..2] {
			let task = task(JOB, 0).unwrap();
			report(honest(auditor, &task)).unwrap();
		}
		assert!(!is_preferred(&who, reveal(&work)), "before the audit closes");
		close(JOB, 0);

		assert!(is_preferred(&who, reveal(&work)));
		assert!(!is_preferred(&other, reveal(&work)), "by somebody else");
		let Call::reveal { job, batch, key, openings } = reveal(&work) else { unreachable!() };
		let changed = [
			Call::reveal { job: job + 1, batch, key, openings: openings.clone() },
			Call::reveal { job, batch: batch + 1, key, openings: openings.clone() },
			Call::reveal { job, batch, key: [0; 32], openings: openings.clone() },
			Call::reveal { job, batch, key, openings: openings[1..].to_vec() },
			Call::answer { job, batch, openings: openings.clone() },
			Call::settle { job, batch },
			Call::claim { job, count: 1 },
		];
		for call in changed {
			assert!(!is_preferred(&who, call.clone()), "{call:?}");
		}
		work.reveal(&worker()).unwrap();
		assert!(!is_preferred(&who, reveal(&work)), "twice");
	});
}

#[test]
fn a_pool_holds_one_for_each_batch() {
	in_chain(|| {
		let work = committed();
		audit_honestly(JOB, 0);
		events();
		let owed = preference(&worker().account(), reveal(&work));
		assert_eq!(owed.provides.len(), 1);
		assert_eq!(preference(&worker().account(), reveal(&work)).provides, owed.provides);
		// A copy that got stuck can be replaced some blocks later.
		run_to(now() + 1);
		let later = preference(&worker().account(), reveal(&work));
		assert_eq!(later.provides, owed.provides);
		assert!(later.priority > owed.priority);
	});
}

#[test]
fn what_is_due_first_goes_first() {
	in_chain(|| {
		let early = committed();
		let other = post(JobSpec { batch_size: 5, ..spec() });
		run_to(now() + TRANCHE_PERIOD + 1);
		claim(&worker(), other, 1).unwrap();
		let late = commit(&worker(), other, 0);
		audit_honestly(JOB, 0);
		audit_honestly(other, 0);
		events();
		let due = |work: &Work| batch(work.receipt.job, 0).deadline.unwrap();
		assert!(due(&early) < due(&late));
		let priority = |work: &Work| preference(&worker().account(), reveal(work)).priority;
		assert!(priority(&early) > priority(&late));
	});
}

/// Whoever fills blocks until the window of its lie is over, be it with tips or with what auditors and validators say for no
/// fee, must not keep those out who found it.
#[test]
fn what_contests_a_batch_is_preferred_before_it_is_paid() {
	in_chain(|| {
		let work = revealed();
		let contest = |task| Call::challenge { job: JOB, batch: 0, opening: work.opening(task) };
		let ask = || Call::demand_batch { job: JOB, batch: 0 };
		assert!(is_preferred(&stranger(), contest(1)));
		assert!(is_preferred(&requester(), ask()));
		assert!(!is_preferred(&stranger(), ask()), "by somebody else");
		assert!(!is_preferred(&Party::new("poor").account(), contest(1)), "without a bond");
		// One for each batch, so that nobody can make a crowd of them.
		events();
		let (one, other) = (preference(&stranger(), contest(1)), preference(&requester(), contest(2)));
		assert_eq!((one.provides.len(), &one.provides), (1, &other.provides));
		call(&stranger(), contest(1)).unwrap();
		assert!(!is_preferred(&stranger(), contest(2)), "one at a time");
	});
	in_chain(|| {
		post(spec());
		bond(&worker(), 10 * MIN_STAKE);
		claim(&worker(), JOB, 1).unwrap();
		let work = Work::run(&worker(), JOB, 0).reseal(lie);
		hand_in(work.signed(&worker())).unwrap();
		audit_honestly(JOB, 0);
		work.reveal(&worker()).unwrap();
		let proof =
			Call::prove_missealed { job: JOB, batch: 0, opening: work.opening(1), sealed: work.show(1) };
		assert!(!is_preferred(&stranger(), proof), "it may be long, and costs its batch's friends little");
	});
}

#[test]
fn answers_are_preferred_as_reveals_are() {
	in_chain(|| {
		let work = revealed();
		let who = worker().account();
		let answer = |task| Call::answer_demand {
			job: JOB,
			batch: 0,
			opening: work.opening(task),
			sealed: work.show(task),
		};
		assert!(!is_preferred(&who, answer(1)), "nobody demands it");
		call(&requester(), Call::demand { job: JOB, batch: 0, task: 1 }).unwrap();
		assert!(is_preferred(&who, answer(1)));
		assert!(!is_preferred(&who, answer(2)), "another task");
	});
	in_chain(|| {
		let work = committed();
		run_to_full_tranche(JOB, 0);
		let task = task(JOB, 0).unwrap();
		report(honest(&auditors()[0], &task)).unwrap();
		let answer = || Call::answer { job: JOB, batch: 0, openings: work.openings() };
		assert!(!is_preferred(&worker().account(), answer()), "more reports can come");
		close(JOB, 0);
		assert!(is_preferred(&worker().account(), answer()));
	});
}
