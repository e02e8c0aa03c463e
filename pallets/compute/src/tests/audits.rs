use super::kit::*;
use crate::{mock::*, Auditors, Call, Commitment, Error, Event, Refusal, ReopenReason, MAX_REPORTS};
use assay_primitives::{
	audit::{AuditReport, Findings},
	view::BatchStage,
	AuditPolicy, BlobRef, Hash, InputSpec, JobSpec, Receipt,
};
use frame_support::{dispatch::Pays, traits::OneSessionHandler};
use sp_runtime::{traits::Dispatchable, DispatchError};

/// A committed batch in the first block in which its seed is known.
fn auditable() -> Work {
	let work = committed();
	run_to(now() + SEED_BLOCKS + 1);
	work
}

#[test]
fn only_those_the_draw_admits_report_and_later_tranches_admit_all() {
	in_chain(|| {
		post(spec());
		bond(&worker(), 10 * MIN_STAKE);
		claim(&worker(), JOB, 3).unwrap();
		for index in 0..3 {
			commit(&worker(), JOB, index);
		}
		run_to(now() + SEED_BLOCKS + 1);
		let (mut refused, mut taken) = (0, 0);
		for index in 0..3 {
			let task = task(JOB, index).unwrap();
			assert_eq!((task.tranche, task.validators), (0, 5));
			let admitted: Vec<_> = drawn(&task).iter().map(Party::id).collect();
			for auditor in auditors() {
				let outcome = report(honest(&auditor, &task));
				if admitted.contains(&auditor.id()) {
					outcome.unwrap();
					taken += 1;
				} else {
					assert_eq!(refusal(outcome), Some(Refusal::NotEligible));
					refused += 1;
				}
			}
			let audit = batch(JOB, index).audit.unwrap();
			assert_eq!(audit.reports.len(), admitted.len());
		}
		// Fixed keys make the draw what it is: some in, some out.
		assert!(taken > 0 && refused > 0, "{taken} admitted, {refused} not");
	});
	in_chain(|| {
		post(spec());
		bond(&worker(), 10 * MIN_STAKE);
		claim(&worker(), JOB, 3).unwrap();
		for index in 0..3 {
			commit(&worker(), JOB, index);
		}
		run_to(now() + SEED_BLOCKS + 1);
		let admitted = || (0..3).map(|index| drawn(&task(JOB, index).unwrap()).len()).collect::<Vec<_>>();
		assert!(admitted().iter().any(|count| *count < 5), "choose other keys");
		run_to_full_tranche(JOB, 0);
		assert_eq!(admitted(), [5, 5, 5]);
	});
}

#[test]
fn a_report_is_recorded_once() {
	in_chain(|| {
		auditable();
		run_to_full_tranche(JOB, 0);
		let task = task(JOB, 0).unwrap();
		let auditor = &auditors()[0];
		events();
		let validity = report(honest(auditor, &task)).unwrap();
		assert_eq!(validity.priority, (1 << 62) + u64::from(now()), "tips do not crowd it out");
		assert_eq!(
			events(),
			[Event::AuditReported {
				job: JOB,
				batch: 0,
				attempt: 0,
				auditor: auditor.account(),
				checked: true
			}]
		);
		let view = batch(JOB, 0).audit.unwrap();
		let own = draw(auditor, &statement(&task)).samples(&spec().audit, 4);
		assert_eq!(view.samples(), own);
		assert_eq!(view.reports[0].auditor, auditor.id());
		assert_eq!(super::kit::task(JOB, 0).unwrap().barred, [auditor.id().0]);

		let again = report(honest(auditor, &task));
		assert_eq!(refusal(again), Some(Refusal::AlreadyReported));
		let otherwise = report(starved(auditor, &task));
		assert_eq!(refusal(otherwise), Some(Refusal::AlreadyReported));
	});
}

#[test]
fn a_proof_holds_for_one_statement_one_auditor_and_its_findings() {
	in_chain(|| {
		auditable();
		run_to_full_tranche(JOB, 0);
		let task = task(JOB, 0).unwrap();
		let [first, second, ..]: [Party; 5] = auditors().try_into().ok().unwrap();
		let good = honest(&first, &task);
		let refused = |report_: AuditReport| refusal(report(report_));

		let mut other_seed = statement(&task);
		other_seed.seed = Hash::of(b"another seed");
		let found = || findings(&first, &task, leaf);
		assert_eq!(refused(prove(&first, &other_seed, found())), Some(Refusal::BadProof));
		let mut other_chain = statement(&task);
		other_chain.genesis = Hash::of(b"another chain");
		assert_eq!(refused(prove(&first, &other_chain, found())), Some(Refusal::BadProof));
		let mut other_receipt = statement(&task);
		other_receipt.receipt = Hash::of(b"another receipt");
		assert_eq!(refused(prove(&first, &other_receipt, found())), Some(Refusal::BadProof));

		let mut copied = good.clone();
		copied.auditor = second.id().0;
		assert_eq!(refused(copied), Some(Refusal::BadProof));
		let mut changed = good.clone();
		changed.findings = findings(&first, &task, |_, _| Hash::of(b"nonsense"));
		assert_eq!(refused(changed), Some(Refusal::BadProof));
		let mut silenced = good.clone();
		silenced.findings = Findings::Unavailable;
		assert_eq!(refused(silenced), Some(Refusal::BadProof));
		let mut damaged = good.clone();
		damaged.proof[5] ^= 1;
		assert_eq!(refused(damaged), Some(Refusal::BadProof));
		let mut no_point = good.clone();
		no_point.pre_output = [0xff; 32];
		assert_eq!(refused(no_point), Some(Refusal::BadProof));

		let elsewhere: [(Refusal, Change<AuditReport>); 4] = [
			(Refusal::UnknownJob, |r| r.job += 1),
			(Refusal::UnknownBatch, |r| r.batch = 9),
			(Refusal::NotCommitted, |r| r.batch = 1),
			(Refusal::WrongAttempt, |r| r.attempt += 1),
		];
		for (reason, change) in elsewhere {
			let mut moved = good.clone();
			change(&mut moved);
			assert_eq!(refused(moved), Some(reason));
		}
		report(good).unwrap();
	});
}

/// Otherwise auditors that need not look are the only ones to report on what takes long to fetch.
#[test]
fn tranches_have_time_for_what_has_to_be_fetched() {
	let first_tranche = |program: u64, input: u64, sealed: u64| {
		in_chain(|| {
			let work = committed();
			let receipt = Receipt { sealed: BlobRef { len: sealed, ..work.receipt.sealed }, ..work.receipt };
			let commitment = Commitment::new(&receipt, now(), 5);
			let InputSpec::Shared { blob } = spec().input else { panic!("all tasks share their input") };
			let long = JobSpec {
				program: BlobRef { len: program, ..spec().program },
				input: InputSpec::Shared { blob: BlobRef { len: input, ..blob } },
				..spec()
			};
			let start = now() + SEED_BLOCKS;
			(0..).find(|blocks| Compute::tranche(&long, 4, &commitment, start + blocks) == 1).unwrap()
		})
	};
	const PER_BLOCK: u64 = 4 << 20;
	assert_eq!(first_tranche(1_000, 1_000, PER_BLOCK - 2_001), TRANCHE_PERIOD);
	for (program, input, sealed) in [(3 * PER_BLOCK, 1, 1), (1, 3 * PER_BLOCK, 1), (1, 1, 3 * PER_BLOCK)] {
		assert_eq!(first_tranche(program, input, sealed), TRANCHE_PERIOD + 3);
	}
	assert_eq!(first_tranche(1, 1, u64::MAX), TRANCHE_PERIOD + DISPUTE_WINDOW, "and never for ever");
}

#[test]
fn strangers_do_not_audit() {
	in_chain(|| {
		auditable();
		run_to_full_tranche(JOB, 0);
		let task = task(JOB, 0).unwrap();
		let outcome = report(honest(&Party::new("nobody"), &task));
		assert_eq!(refusal(outcome), Some(Refusal::NotAuditor));
		let submit = Call::submit_audit { report: honest(&auditors()[0], &task) };
		assert_eq!(call(&auditors()[0].account(), submit.clone()), Err(DispatchError::BadOrigin));
		let none = RuntimeCall::from(submit).dispatch(RuntimeOrigin::none());
		assert_eq!(none.map_err(|e| e.error).err(), Some(DispatchError::BadOrigin));
		let early = Call::<Test>::submit_audit { report: honest(&Party::new("nobody"), &task) };
		let forged = RuntimeCall::from(early).dispatch(frame_system::RawOrigin::Authorized.into());
		assert_eq!(forged.map_err(|e| e.error).err(), Some(Error::<Test>::Refused.into()));
	});
}

#[test]
fn there_is_one_tag_for_each_sample() {
	in_chain(|| {
		auditable();
		run_to_full_tranche(JOB, 0);
		let task = task(JOB, 0).unwrap();
		let auditor = &auditors()[0];
		for count in [0, 2, 4, 10_000] {
			let tags = vec![Hash::default(); count];
			let outcome = report(prove(auditor, &statement(&task), Findings::Checked(tags)));
			assert_eq!(refusal(outcome), Some(Refusal::WrongTagCount), "{count} tags");
		}
	});
}

#[test]
fn small_batches_are_sampled_whole() {
	in_chain(|| {
		post(spec());
		bond(&worker(), 10 * MIN_STAKE);
		claim(&worker(), JOB, 3).unwrap();
		let work = commit(&worker(), JOB, 2);
		audit_honestly(JOB, 2);
		assert_eq!(batch(JOB, 2).audit.unwrap().samples(), [8, 9]);
		assert_eq!(work.reveal(&worker()), Ok(Pays::No));
	});
}

#[test]
fn no_report_is_taken_before_the_seed_or_after_the_window() {
	in_chain(|| {
		let work = committed();
		let unseeded = assay_primitives::audit::AuditStatement {
			genesis: genesis(),
			job: JOB,
			batch: 0,
			attempt: 0,
			receipt: work.receipt.hash(),
			seed: Hash::default(),
		};
		let guess = || prove(&auditors()[0], &unseeded, Findings::Checked(vec![Hash::default(); 3]));
		assert_eq!(task(JOB, 0), None);
		while now() < SEED_BLOCK + 1 {
			assert_eq!(refusal(report(guess())), Some(Refusal::NoSeed));
			next_block();
		}
		assert_eq!(refusal(report(guess())), Some(Refusal::BadProof));

		let task = task(JOB, 0).unwrap();
		IdleWeight::set(Default::default());
		run_to(batch(JOB, 0).deadline.unwrap());
		assert_eq!(super::kit::task(JOB, 0), None);
		let late = report(honest(&auditors()[0], &task));
		assert_eq!(refusal(late), Some(Refusal::TooLate));
	});
}

#[test]
fn an_audit_closes_when_it_is_complete_and_its_window_over() {
	in_chain(|| {
		auditable();
		let admitted = drawn(&task(JOB, 0).unwrap());
		assert!(admitted.len() >= 2, "choose other keys");
		for auditor in &admitted[..2] {
			report(honest(auditor, &task(JOB, 0).unwrap())).unwrap();
		}
		// Complete, but the window is not over: another one that the draw admits is still heard.
		let view = batch(JOB, 0);
		assert!(view.audit.as_ref().unwrap().is_complete());
		let revealable_at = view.audit.unwrap().revealable_at;
		assert_eq!(view.deadline, Some(revealable_at + REVEAL_WINDOW));
		let open = task(JOB, 0).unwrap();
		run_to(revealable_at);
		assert_eq!(task(JOB, 0), None);
		let outsider = auditors().into_iter().find(|a| !open.barred.contains(&a.id().0)).unwrap();
		assert_eq!(refusal(report(honest(&outsider, &open))), Some(Refusal::AuditClosed));
	});
}

#[test]
fn every_starved_auditor_is_replaced_by_two() {
	in_chain(|| {
		let work = auditable();
		run_to_full_tranche(JOB, 0);
		let [a, b, c, d, e]: [Party; 5] = auditors().try_into().ok().unwrap();
		report(starved(&a, &task(JOB, 0).unwrap())).unwrap();
		let view = batch(JOB, 0).audit.unwrap();
		assert_eq!((view.required, view.checked()), (4, 0));
		assert!(view.samples().is_empty());
		for auditor in [b, c, d] {
			report(honest(&auditor, &task(JOB, 0).unwrap())).unwrap();
			refused(work.reveal(&worker()), Error::AuditIncomplete);
		}
		report(honest(&e, &task(JOB, 0).unwrap())).unwrap();
		close(JOB, 0);
		assert_eq!(work.reveal(&worker()), Ok(Pays::No));
		call(&requester(), Call::accept { job: JOB, batch: 0 }).unwrap();
		// Those that checked share the reserve; the one that did not gets nothing.
		assert_eq!(job(JOB).paid_to_auditors, RESERVE);
		assert_eq!(earned(&a), 0);
		assert_eq!(earned(&auditors()[1]), RESERVE / 4);
	});
}

#[test]
fn a_starved_auditor_that_speaks_in_time_holds_up_a_complete_audit() {
	in_chain(|| {
		// Everybody is admitted at once when as many are wanted as there are.
		let mut wide = spec();
		wide.audit.auditors = 4;
		let work = committed_to(wide);
		run_to(now() + SEED_BLOCKS + 1);
		let [a, b, c, d, e]: [Party; 5] = auditors().try_into().ok().unwrap();
		for auditor in [&a, &b, &c, &d] {
			report(honest(auditor, &task(JOB, 0).unwrap())).unwrap();
		}
		let complete = batch(JOB, 0);
		assert!(complete.audit.unwrap().is_complete());
		report(starved(&e, &task(JOB, 0).unwrap())).unwrap();
		let held_up = batch(JOB, 0);
		assert!(!held_up.audit.unwrap().is_complete());
		assert_eq!(held_up.deadline, Some(SEED_BLOCK + AUDIT_WINDOW + REVEAL_WINDOW));
		run_to(SEED_BLOCK + TRANCHE_PERIOD);
		refused(work.reveal(&worker()), Error::AuditIncomplete);
		// Nobody is left to check: the batch comes back once the worker has answered, and nobody is slashed.
		close(JOB, 0);
		refused(work.reveal(&worker()), Error::AuditIncomplete);
		assert_eq!(work.answer(&worker()), Ok(Pays::No));
		assert_eq!(stage(JOB, 0), BatchStage::Available);
		assert_eq!(record(&worker()).slashed, 0);
	});
}

#[test]
fn too_few_reports_cost_nobody_anything() {
	in_chain(|| {
		let work = auditable();
		run_to_full_tranche(JOB, 0);
		report(honest(&auditors()[0], &task(JOB, 0).unwrap())).unwrap();
		refused(work.answer(&worker()), Error::AuditNotOver);
		close(JOB, 0);
		assert_eq!(now(), SEED_BLOCK + AUDIT_WINDOW);
		refused(work.reveal(&worker()), Error::AuditIncomplete);
		refused(work.answer(&other_worker()), Error::NotBatchWorker);
		events();
		assert_eq!(work.answer(&worker()), Ok(Pays::No));
		assert_eq!(
			events(),
			[Event::BatchReopened { job: JOB, batch: 0, attempt: 1, reason: ReopenReason::AuditIncomplete }]
		);
		let view = record(&worker());
		assert_eq!((view.stake, view.locked, view.slashed, view.batches_lost), (10 * MIN_STAKE, 0, 0, 1));
		assert_eq!(crate::Reports::<Test>::iter().count(), 0);

		// The next attempt starts from nothing and succeeds.
		claim(&worker(), JOB, 1).unwrap();
		let work = commit(&worker(), JOB, 0);
		assert_eq!(batch(JOB, 0).attempt, 1);
		audit_honestly(JOB, 0);
		assert_eq!(work.reveal(&worker()), Ok(Pays::No));
	});
}

#[test]
fn without_auditors_nothing_passes() {
	in_chain(|| {
		set_validators(&[]);
		let work = auditable();
		assert_eq!(batch(JOB, 0).audit.unwrap().required, 1);
		refused(work.reveal(&worker()), Error::AuditIncomplete);
		// Those that come later do not count.
		set_validators(&auditors());
		let open = task(JOB, 0).unwrap();
		run_to_full_tranche(JOB, 0);
		let outcome = report(honest(&auditors()[0], &open));
		assert_eq!(refusal(outcome), Some(Refusal::CameLater));
		run_to(SEED_BLOCK + AUDIT_WINDOW + 1);
		assert_eq!(stage(JOB, 0), BatchStage::Available);
	});
}

#[test]
fn a_lone_auditor_is_enough_where_there_is_no_other() {
	in_chain(|| {
		set_validators(&auditors()[..1]);
		let work = auditable();
		assert_eq!(batch(JOB, 0).audit.unwrap().required, 1);
		report(honest(&auditors()[0], &task(JOB, 0).unwrap())).unwrap();
		run_to(SEED_BLOCK + TRANCHE_PERIOD);
		assert_eq!(work.reveal(&worker()), Ok(Pays::No));
		call(&requester(), Call::accept { job: JOB, batch: 0 }).unwrap();
		assert_eq!(earned(&auditors()[0]), RESERVE);
	});
}

#[test]
fn a_block_without_a_vrf_seeds_nothing_and_nobody_is_blamed() {
	for plain in 2..=SEED_BLOCK {
		in_chain(|| {
			PlainBlocks::set(vec![plain]);
			let work = auditable();
			assert_eq!(task(JOB, 0), None);
			assert_eq!(batch(JOB, 0).audit.unwrap().seed, None);
			refused(work.reveal(&worker()), Error::AuditIncomplete);
			run_to(SEED_BLOCK + AUDIT_WINDOW + 1);
			assert_eq!(stage(JOB, 0), BatchStage::Available);
			assert_eq!(record(&worker()).slashed, 0);
		});
	}
}

/// Whoever knows all outputs but one knows nothing of the seed, whichever one that is.
#[test]
fn every_block_that_makes_a_seed_changes_it_and_no_other_block_does() {
	let seed = |other: Option<u32>| {
		in_chain(|| {
			committed();
			while now() < SEED_BLOCK + 3 {
				assert_eq!(task(JOB, 0).is_some(), now() > SEED_BLOCK, "block {}", now());
				// The output of a block is taken in with the next one.
				Branch::set(u32::from(other == Some(now())));
				next_block();
			}
			batch(JOB, 0).audit.unwrap().seed.unwrap()
		})
	};
	let same = seed(None);
	assert_eq!(seed(Some(1)), same, "the receipt's own block");
	assert_eq!(seed(Some(SEED_BLOCK + 1)), same, "a block after the last one");
	let others: std::collections::BTreeSet<_> =
		(2..=SEED_BLOCK).map(|block| seed(Some(block))).chain([same]).collect();
	assert_eq!(others.len(), SEED_BLOCKS as usize + 1);
}

#[test]
fn there_is_a_limit_to_reports() {
	in_chain(|| {
		let crowd: Vec<_> = (0..40).map(|i| Party::new(&format!("one of many {i}"))).collect();
		set_validators(&crowd);
		let mut wide = spec();
		wide.audit.auditors = 8;
		committed_to(wide);
		// The fourth tranche admits all.
		run_to(SEED_BLOCK + 3 * TRANCHE_PERIOD);
		let mut taken = 0;
		for auditor in &crowd {
			let Some(task) = task(JOB, 0) else { break };
			report(starved(auditor, &task)).unwrap();
			taken += 1;
		}
		assert_eq!(taken, MAX_REPORTS);
		let known = batch(JOB, 0);
		assert_eq!(known.audit.unwrap().reports.len() as u32, MAX_REPORTS);
	});
}

#[test]
fn the_rate_decides_after_the_receipt_and_spares_most() {
	in_chain(|| {
		let mut rare = spec();
		rare.tasks = 200;
		rare.batch_size = 1;
		rare.bounty = 10;
		rare.audit.rate = 250_000;
		rare.execution_window = 50;
		post(rare);
		bond(&worker(), 100 * MIN_STAKE);
		for _ in 0..10 {
			claim(&worker(), JOB, CLAIM_LIMIT).unwrap();
		}
		let works: Vec<_> = (0..40).map(|index| commit(&worker(), JOB, index)).collect();
		let committed_at = now();
		let undecided = batch(JOB, 0);
		assert_eq!(undecided.audit.unwrap().audited, None);
		run_to(committed_at + SEED_BLOCKS + 1);
		let (audited, spared): (Vec<_>, Vec<_>) = works
			.iter()
			.partition(|work| batch(JOB, work.receipt.batch).audit.unwrap().audited == Some(true));
		assert!((2..=20).contains(&audited.len()), "{} of 40 audited", audited.len());

		let work = spared[0];
		let view = batch(JOB, work.receipt.batch);
		let audit = view.audit.clone().unwrap();
		assert!(audit.is_complete());
		assert_eq!((audit.required, audit.revealable_at), (0, committed_at + SEED_BLOCKS + 1));
		assert_eq!(view.deadline, Some(committed_at + SEED_BLOCKS + 1 + REVEAL_WINDOW));
		assert_eq!(task(JOB, work.receipt.batch), None);
		assert_eq!(work.reveal(&worker()), Ok(Pays::No), "no opening is asked for");
		refused(
			spared[1].reveal_with(&worker(), spared[1].key, spared[1].open(&[spared[1].receipt.batch])),
			Error::WrongOpenings,
		);

		let work = audited[0];
		refused(work.reveal(&worker()), Error::AuditIncomplete);
		let view = batch(JOB, work.receipt.batch);
		assert_eq!(view.deadline, Some(committed_at + SEED_BLOCKS + AUDIT_WINDOW));

		// The silent ones: those that were spared are slashed, those that nobody audited come back.
		run_to(committed_at + SEED_BLOCKS + 1 + REVEAL_WINDOW + 1);
		assert_eq!(stage(JOB, spared[1].receipt.batch), BatchStage::Available);
		assert!(record(&worker()).slashed > 0);
		assert_eq!(stage(JOB, audited[0].receipt.batch), BatchStage::Committed);
		let slashed = record(&worker()).slashed;
		run_to(committed_at + SEED_BLOCKS + AUDIT_WINDOW + 1);
		assert_eq!(stage(JOB, audited[0].receipt.batch), BatchStage::Available);
		assert_eq!(record(&worker()).slashed, slashed);
	});
}

/// The same receipt in another block: what a worker can try out before it hands in tells it nothing.
#[test]
fn a_worker_cannot_foresee_which_of_its_receipts_are_audited() {
	let audited = |block| {
		in_chain(|| {
			let mut rare = spec();
			rare.audit.rate = AuditPolicy::EVERY_BATCH / 2;
			rare.execution_window = 40;
			post(rare);
			bond(&worker(), 10 * MIN_STAKE);
			claim(&worker(), JOB, 1).unwrap();
			let work = Work::run(&worker(), JOB, 0);
			run_to(block);
			hand_in(work.signed(&worker())).unwrap();
			run_to(block + SEED_BLOCKS + 1);
			(work.receipt.hash(), batch(JOB, 0).audit.unwrap().audited.unwrap())
		})
	};
	let outcomes: Vec<_> = (1..=24).map(audited).collect();
	assert!(outcomes.iter().all(|(receipt, _)| *receipt == outcomes[0].0));
	let count = outcomes.iter().filter(|(_, audited)| *audited).count();
	assert!((2..=22).contains(&count), "{count} of 24 blocks have it audited");
}

#[test]
fn a_batch_the_seed_spared_takes_no_reports() {
	in_chain(|| {
		let mut rare = spec();
		rare.tasks = 40;
		rare.batch_size = 1;
		rare.audit.rate = AuditPolicy::MIN_RATE;
		post(rare);
		bond(&worker(), 100 * MIN_STAKE);
		claim(&worker(), JOB, 4).unwrap();
		let works: Vec<_> = (0..4).map(|index| commit(&worker(), JOB, index)).collect();
		run_to(now() + SEED_BLOCKS + 1);
		let spared = works
			.iter()
			.find(|work| batch(JOB, work.receipt.batch).audit.unwrap().audited == Some(false))
			.expect("one in twenty is audited");
		let statement = assay_primitives::audit::AuditStatement {
			genesis: genesis(),
			job: JOB,
			batch: spared.receipt.batch,
			attempt: 0,
			receipt: spared.receipt.hash(),
			seed: batch(JOB, spared.receipt.batch).audit.unwrap().seed.unwrap(),
		};
		let outcome = report(prove(&auditors()[0], &statement, Findings::Checked(vec![Hash::default()])));
		assert_eq!(refusal(outcome), Some(Refusal::NotAudited));
	});
}

#[test]
fn sessions_bring_and_take_auditors() {
	in_chain(|| {
		let keys: Vec<_> = auditors()[..2]
			.iter()
			.map(|a| {
				let key = sp_core::sr25519::Public::from_raw(a.id().0);
				(a.account(), crate::AuditorId::from(key))
			})
			.collect();
		let validators = || keys.iter().map(|(account, key)| (account, key.clone()));
		<Compute as OneSessionHandler<AccountId>>::on_new_session(false, validators(), validators());
		assert_eq!(Auditors::<Test>::count(), 5, "nothing changed");
		<Compute as OneSessionHandler<AccountId>>::on_new_session(true, validators(), validators());
		assert_eq!(Auditors::<Test>::count(), 2);
		let mut expected: Vec<_> = auditors()[..2].iter().map(|a| a.id().0).collect();
		let mut known = Compute::audit_keys();
		expected.sort_unstable();
		known.sort_unstable();
		assert_eq!(known, expected);
		<Compute as OneSessionHandler<AccountId>>::on_disabled(0);
		assert_eq!(Auditors::<Test>::count(), 2);

		let crowd: Vec<_> = (0..50).map(|i| Party::new(&format!("one of many {i}"))).collect();
		set_validators(&crowd);
		assert_eq!(Auditors::<Test>::count(), 40, "as many as fit");
	});
}
