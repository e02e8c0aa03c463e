use super::kit::*;
use crate::{mock::*, Call, Error, Event, HoldReason, Jobs};
use assay_primitives::{
	view::{BatchStage, JobStatus},
	AuditPolicy, BlobRef, Hash, InputSpec, JobSpec, TaskLimits,
};
use frame_support::traits::fungible::Mutate;
use sp_runtime::TokenError;

type SpecChange = Box<dyn Fn(&mut JobSpec)>;

#[test]
fn posting_holds_the_price_and_the_deposit() {
	in_chain(|| {
		assert_eq!(post(spec()), JOB);
		assert_eq!(events(), [Event::JobPosted { job: JOB, requester: requester(), escrow: ESCROW }]);
		assert_eq!(held(HoldReason::JobEscrow, &requester()), ESCROW);
		assert_eq!(held(HoldReason::JobDeposit, &requester()), JOB_DEPOSIT);
		assert_eq!(free(&requester()), ENDOWMENT - ESCROW - JOB_DEPOSIT);
		let view = job(JOB);
		assert_eq!(view.status, JobStatus::Open);
		assert_eq!((view.posted_at, view.expires_at), (1, 1 + spec().lifetime));
		assert_eq!(view.batches.available, 3);
		assert_eq!((view.escrowed, view.remaining), (ESCROW, ESCROW));
		assert_eq!(post(spec()), JOB + 1);
	});
}

#[test]
fn every_number_out_of_range_has_its_own_error() {
	let blob = |len| BlobRef { hash: Hash::default(), len };
	let per_task = move |len| InputSpec::PerTask { blob: blob(len), root: Hash::default() };
	let cases: Vec<(Error<Test>, SpecChange)> = vec![
		(Error::BadProgramSize, Box::new(move |s| s.program = blob(0))),
		(Error::BadProgramSize, Box::new(move |s| s.program = blob(JobSpec::MAX_PROGRAM_BYTES + 1))),
		(Error::UnsupportedVm, Box::new(|s| s.vm_version += 1)),
		(Error::UnsupportedVm, Box::new(|s| s.vm_version = 0)),
		(
			Error::BadInputSize,
			Box::new(move |s| s.input = InputSpec::Shared { blob: blob(JobSpec::MAX_INPUT_BYTES + 1) }),
		),
		(Error::BadInputSize, Box::new(move |s| s.input = per_task(40))),
		(Error::NoTasks, Box::new(|s| s.tasks = 0)),
		(Error::BadBatchSize, Box::new(|s| s.batch_size = 0)),
		(Error::BadBatchSize, Box::new(|s| s.batch_size = s.tasks + 1)),
		(
			Error::BadBatchSize,
			Box::new(|s| {
				s.tasks = u32::MAX;
				s.batch_size = JobSpec::MAX_BATCH_SIZE + 1;
			}),
		),
		(Error::NoBounty, Box::new(|s| s.bounty = 0)),
		(Error::BadLimits, Box::new(|s| s.limits.fuel = 0)),
		(Error::BadLimits, Box::new(|s| s.limits.memory_pages = TaskLimits::MAX_MEMORY_PAGES + 1)),
		(Error::BadAuditPolicy, Box::new(|s| s.audit.auditors = 0)),
		(Error::BadAuditPolicy, Box::new(|s| s.audit.samples = 17)),
		(Error::BadAuditPolicy, Box::new(|s| s.audit.rate = AuditPolicy::MIN_RATE - 1)),
		(Error::BadExecutionWindow, Box::new(|s| s.execution_window = 1)),
		(Error::BadExecutionWindow, Box::new(|s| s.execution_window = MAX_WINDOW + 1)),
		(Error::BadChallengeWindow, Box::new(|s| s.challenge_window = 0)),
		(Error::BadChallengeWindow, Box::new(|s| s.challenge_window = u32::MAX)),
		(Error::BadLifetime, Box::new(|s| s.lifetime = 0)),
		(Error::BadLifetime, Box::new(|s| s.lifetime = MAX_LIFETIME + 1)),
		(Error::AmountTooLarge, Box::new(|s| s.bounty = u128::MAX)),
		(
			// The price fits 128 bits, the bond for a batch does not.
			Error::AmountTooLarge,
			Box::new(|s| s.bounty = u128::MAX / 100),
		),
	];
	in_chain(|| {
		for (error, change) in cases {
			let mut spec = spec();
			change(&mut spec);
			let outcome = call(&requester(), Call::post_job { spec });
			assert_eq!(outcome, Err(error.into()), "{spec:?}");
		}
		let mut extremes = spec();
		extremes.program = blob(JobSpec::MAX_PROGRAM_BYTES);
		extremes.input = per_task(41);
		extremes.execution_window = MAX_WINDOW;
		extremes.challenge_window = MIN_CHALLENGE_WINDOW;
		extremes.lifetime = MAX_LIFETIME;
		post(extremes);
	});
}

#[test]
fn nobody_posts_what_it_cannot_pay() {
	in_chain(|| {
		let mut spec = spec();
		spec.bounty = ENDOWMENT;
		let outcome = call(&requester(), Call::post_job { spec });
		assert_eq!(outcome, Err(TokenError::FundsUnavailable.into()));
		// Enough for the price, not for the deposit: the hold for the price must be undone.
		spec.bounty = ENDOWMENT / 28 - 1;
		assert!(ENDOWMENT - 28 * spec.bounty < JOB_DEPOSIT);
		let outcome = call(&requester(), Call::post_job { spec });
		assert_eq!(outcome, Err(TokenError::FundsUnavailable.into()));
	});
}

#[test]
fn a_huge_job_costs_the_chain_no_more_than_a_small_one() {
	in_chain(|| {
		<Balances as Mutate<_>>::mint_into(&requester(), 1 << 40).unwrap();
		let mut huge = spec();
		huge.tasks = u32::MAX;
		huge.batch_size = 1;
		huge.bounty = 1;
		let id = post(huge);
		assert_eq!(job(id).batches.available, u32::MAX);
		assert_eq!(stage(id, u32::MAX - 1), BatchStage::Available);
		assert_eq!(Compute::batch_view(id, u32::MAX), None);
		call(&requester(), Call::cancel_job { job: id }).unwrap();
		assert_eq!(job(id).status, JobStatus::Closed);
		assert_eq!(held(HoldReason::JobEscrow, &requester()), 0);
	});
}

#[test]
fn cancelling_an_untouched_job_gives_everything_back() {
	in_chain(|| {
		post(spec());
		refused(call(&stranger(), Call::cancel_job { job: JOB }), Error::NotRequester);
		refused(call(&requester(), Call::cancel_job { job: JOB + 1 }), Error::UnknownJob);
		events();
		call(&requester(), Call::cancel_job { job: JOB }).unwrap();
		assert_eq!(
			events(),
			[Event::JobCancelled { job: JOB, refunded: ESCROW }, Event::JobClosed { job: JOB, refunded: 0 },]
		);
		assert_eq!(free(&requester()), ENDOWMENT);
		let view = job(JOB);
		assert_eq!((view.remaining, view.refunded, view.deposit), (0, ESCROW, 0));
		assert_eq!(view.batches.refunded, 3);
		assert_eq!(stage(JOB, 2), BatchStage::Refunded);
		refused(call(&requester(), Call::cancel_job { job: JOB }), Error::JobNotOpen);
	});
}

#[test]
fn cancelling_leaves_what_workers_have() {
	in_chain(|| {
		let work = revealed();
		claim(&worker(), JOB, 1).unwrap();
		events();
		call(&requester(), Call::cancel_job { job: JOB }).unwrap();
		let refunded = 2 * BOUNTY + RESERVE;
		assert_eq!(events(), [Event::JobCancelled { job: JOB, refunded }]);
		assert_eq!(job(JOB).status, JobStatus::Ending);
		refused(claim(&worker(), JOB, 1), Error::JobNotOpen);

		// The revealed batch is paid, the claimed one can still be handed in.
		let other = commit(&worker(), JOB, 1);
		audit_honestly(JOB, 1);
		other.reveal(&worker()).unwrap();
		run_to(now() + spec().challenge_window + 1);
		assert_eq!(stage(JOB, work.receipt.batch), BatchStage::Settled);
		assert_eq!(stage(JOB, 1), BatchStage::Settled);
		let view = job(JOB);
		assert_eq!(view.status, JobStatus::Closed);
		assert_eq!(
			(view.paid_to_workers, view.paid_to_auditors, view.refunded),
			(8 * BOUNTY, 2 * RESERVE, refunded)
		);
		assert_eq!(free(&requester()), ENDOWMENT - 8 * BOUNTY - 2 * RESERVE);
	});
}

#[test]
fn a_batch_in_flight_of_a_cancelled_job_is_refunded_when_it_comes_back() {
	in_chain(|| {
		post(spec());
		bond(&worker(), MIN_STAKE);
		claim(&worker(), JOB, 1).unwrap();
		call(&requester(), Call::cancel_job { job: JOB }).unwrap();
		events();
		run_to(now() + spec().execution_window + 1);
		let amount = 4 * BOUNTY + RESERVE;
		assert!(events().contains(&Event::BatchRefunded { job: JOB, batch: 0, amount }));
		assert_eq!(job(JOB).status, JobStatus::Closed);
		assert_eq!(stage(JOB, 0), BatchStage::Refunded);
		assert_eq!(free(&requester()), ENDOWMENT);
	});
}

#[test]
fn a_job_expires_by_itself_or_by_hand() {
	in_chain(|| {
		post(spec());
		post(spec());
		refused(call(&stranger(), Call::expire_job { job: JOB }), Error::TooEarly);
		refused(call(&stranger(), Call::expire_job { job: 7 }), Error::UnknownJob);
		// Blocks are too full to do it by themselves.
		IdleWeight::set(Default::default());
		run_to(job(JOB).expires_at);
		assert_eq!(job(JOB).status, JobStatus::Open);
		bond(&worker(), MIN_STAKE);
		refused(claim(&worker(), JOB, 1), Error::JobNotOpen);
		events();
		let pays = call(&stranger(), Call::expire_job { job: JOB }).unwrap();
		assert_eq!(pays, frame_support::dispatch::Pays::No);
		assert_eq!(
			events(),
			[Event::JobExpired { job: JOB, refunded: ESCROW }, Event::JobClosed { job: JOB, refunded: 0 },]
		);
		refused(call(&stranger(), Call::expire_job { job: JOB }), Error::JobNotOpen);

		IdleWeight::set(frame_support::weights::Weight::MAX);
		next_block();
		assert_eq!(job(JOB + 1).status, JobStatus::Closed);
		assert_eq!(free(&requester()), ENDOWMENT);
	});
}

#[test]
fn a_closed_job_is_forgotten_after_some_time() {
	in_chain(|| {
		revealed();
		run_to(now() + spec().challenge_window + 1);
		call(&requester(), Call::cancel_job { job: JOB }).unwrap();
		assert_eq!(job(JOB).status, JobStatus::Closed);
		run_to(now() + RETENTION + 1);
		assert!(Compute::batch_view(JOB, 0).is_some());
		next_block();
		assert_eq!(Compute::job_view(JOB), None);
		assert_eq!(Compute::batch_view(JOB, 0), None);
		assert_eq!(Jobs::<Test>::iter().count(), 0);
		assert_eq!(crate::Batches::<Test>::iter().count(), 0);
		assert_eq!(crate::Reports::<Test>::iter().count(), 0);
		assert!(filed().is_empty());
		refused(call(&requester(), Call::cancel_job { job: JOB }), Error::UnknownJob);
		assert_eq!(post(spec()), JOB + 1, "numbers are never used again");
	});
}

#[test]
fn only_signed_accounts_post() {
	use sp_runtime::{traits::Dispatchable, DispatchError};
	in_chain(|| {
		for origin in [RuntimeOrigin::none(), RuntimeOrigin::root()] {
			let outcome = RuntimeCall::from(Call::post_job { spec: spec() }).dispatch(origin);
			assert_eq!(outcome.map_err(|e| e.error).err(), Some(DispatchError::BadOrigin));
		}
	});
}
