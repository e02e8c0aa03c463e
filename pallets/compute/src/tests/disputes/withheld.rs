//! Auditors that lack what they need, or say so, neither save a liar nor harm who is honest.

use super::super::kit::*;
use crate::{mock::*, Call, Error};
use assay_primitives::{audit::Findings, view::BatchStage};
use frame_support::dispatch::Pays;

/// Friends that starve the audit do not save a worker whom one report has caught.
#[test]
fn an_audit_that_runs_out_still_convicts_whom_a_report_contradicts() {
	in_chain(|| {
		let work = committed_lies();
		run_to_full_tranche(JOB, 0);
		report(honest(&auditors()[0], &task(JOB, 0).unwrap())).unwrap();
		report(starved(&auditors()[1], &task(JOB, 0).unwrap())).unwrap();
		close(JOB, 0);
		assert!(!batch(JOB, 0).audit.unwrap().is_complete());
		assert_eq!(work.answer(&worker()), Ok(Pays::No));
		let view = batch(JOB, 0);
		assert_eq!((view.stage, view.key), (BatchStage::Disputed, None), "the key stays secret");
		rule_honestly(JOB, 0);
		assert_eq!(record(&worker()).slashed, 4 * BOUNTY);
	});
	// Nor does it help to say nothing.
	in_chain(|| {
		committed_lies();
		run_to_full_tranche(JOB, 0);
		report(honest(&auditors()[0], &task(JOB, 0).unwrap())).unwrap();
		close(JOB, 0);
		run_to(now() + REVEAL_WINDOW + 1);
		assert_eq!(record(&worker()).slashed, 4 * BOUNTY);
	});
	// And a liar's report in such an audit is struck, the batch goes back without blame.
	in_chain(|| {
		let work = committed();
		run_to_full_tranche(JOB, 0);
		let (liar, open) = (&auditors()[0], task(JOB, 0).unwrap());
		let lies = findings(liar, &open, |job, task| lie(task).outcome.leaf(job, task));
		report(prove(liar, &statement(&open), lies)).unwrap();
		close(JOB, 0);
		work.answer(&worker()).unwrap();
		rule_honestly(JOB, 0);
		assert_eq!(stage(JOB, 0), BatchStage::Available);
		assert_eq!(record(&worker()).slashed, 0);
		assert_eq!(Compute::auditor_view(liar.id()), None, "its whole stake is gone");
	});
}

/// With a rate below 100 %, whoever could hide the results of the batches that are audited, and of no others, would be
/// paid for lies whenever it is lucky and lose nothing when it is not.
#[test]
fn hiding_the_sealed_results_does_not_save_a_cheat_that_is_audited() {
	let hidden = || {
		committed_lies();
		run_to_full_tranche(JOB, 0);
		for auditor in &auditors()[..2] {
			report(unsealed(auditor, &task(JOB, 0).unwrap())).unwrap();
		}
		close(JOB, 0);
		assert!(!batch(JOB, 0).audit.unwrap().is_complete());
	};
	in_chain(|| {
		hidden();
		run_to(now() + REVEAL_WINDOW + 1);
		assert_eq!(record(&worker()).slashed, 4 * BOUNTY, "silence is no way out");
	});
	in_chain(|| {
		let work = {
			let work = committed_lies();
			run_to_full_tranche(JOB, 0);
			report(unsealed(&auditors()[0], &task(JOB, 0).unwrap())).unwrap();
			close(JOB, 0);
			work
		};
		refused(work.reveal(&worker()), Error::AuditIncomplete);
		assert_eq!(work.answer(&worker()), Ok(Pays::No));
		rule_honestly(JOB, 0);
		assert_eq!(record(&worker()).slashed, 4 * BOUNTY);
		assert!(earned(&auditors()[0]) > 0, "its tags convicted the worker");
	});
}

/// An honest worker that auditors cannot reach, or say they cannot, opens what they sampled and loses nothing.
#[test]
fn an_honest_worker_whose_results_do_not_arrive_answers_and_is_not_blamed() {
	in_chain(|| {
		let work = committed();
		run_to_full_tranche(JOB, 0);
		for auditor in &auditors()[..3] {
			report(unsealed(auditor, &task(JOB, 0).unwrap())).unwrap();
		}
		let audit = batch(JOB, 0).audit.unwrap();
		assert_eq!((audit.required, audit.checked()), (8, 0), "each counts as starved");
		close(JOB, 0);
		assert_eq!(work.answer(&worker()), Ok(Pays::No));
		assert_eq!(stage(JOB, 0), BatchStage::Available);
		assert_eq!((record(&worker()).slashed, record(&worker()).locked), (0, 0));
	});
	// A liar among them is found out as any other.
	in_chain(|| {
		let work = committed();
		run_to_full_tranche(JOB, 0);
		let (liar, open) = (&auditors()[0], task(JOB, 0).unwrap());
		let Findings::Checked(lies) = findings(liar, &open, |job, task| lie(task).outcome.leaf(job, task))
		else {
			unreachable!("it made tags up")
		};
		report(prove(liar, &statement(&open), Findings::Unsealed(lies))).unwrap();
		close(JOB, 0);
		work.answer(&worker()).unwrap();
		rule_honestly(JOB, 0);
		assert_eq!(record(&worker()).slashed, 0);
		assert_eq!(Compute::auditor_view(liar.id()), None, "its whole stake is gone");
	});
}

/// Who had the results is paid; who ran the tasks without them is not, but is heard.
#[test]
fn a_batch_passes_on_those_that_had_its_results_and_answers_all() {
	in_chain(|| {
		let work = committed();
		run_to_full_tranche(JOB, 0);
		let [a, b, c, d, e]: [Party; 5] = auditors().try_into().ok().unwrap();
		report(unsealed(&a, &task(JOB, 0).unwrap())).unwrap();
		for auditor in [&b, &c, &d, &e] {
			report(honest(auditor, &task(JOB, 0).unwrap())).unwrap();
		}
		close(JOB, 0);
		assert_eq!(work.reveal(&worker()), Ok(Pays::No));
		call(&requester(), Call::accept { job: JOB, batch: 0 }).unwrap();
		assert_eq!((earned(&a), earned(&b)), (0, RESERVE / 4));
	});
	in_chain(|| {
		let work = committed_lies();
		run_to_full_tranche(JOB, 0);
		let [a, rest @ ..]: [Party; 5] = auditors().try_into().ok().unwrap();
		report(unsealed(&a, &task(JOB, 0).unwrap())).unwrap();
		for friend in &rest {
			let open = task(JOB, 0).unwrap();
			let lies = findings(friend, &open, |job, task| lie(task).outcome.leaf(job, task));
			report(prove(friend, &statement(&open), lies)).unwrap();
		}
		close(JOB, 0);
		assert_eq!(work.reveal(&worker()), Ok(Pays::No), "enough friends, but one contradicts them");
		assert_eq!(stage(JOB, 0), BatchStage::Disputed);
	});
}
