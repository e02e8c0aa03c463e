//! Every state that one batch can come to, whatever its parties do in whatever order: the invariants hold in each of
//! them, and from each of them, if nobody does anything any more, all money finds its way home.
//!
//! Small numbers make that exhaustive: one task, one worker, one validator who audits and votes, a job that is handed out
//! once, and one challenge and one demand at most (two of each make thousands of states more, and nothing else). Time passes from one block in which something can change to the next.

use super::kit::*;
use crate::{mock::*, Batches, Call, HoldReason, Jobs, Reports, Seeds, Tallies, Votes};
use assay_primitives::{
	sealing::BatchKey,
	view::{BatchStage, BatchView},
	AuditPolicy, BlockNumber, Hash, JobSpec, Ruling,
};
use frame_support::{
	storage::with_storage_layer,
	traits::{OnIdle, OnInitialize},
	weights::Weight,
};
use sp_runtime::DispatchError;
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// Something that somebody does. What is refused changes nothing, which [`kit`](super::kit) checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Move {
	Claim,
	Commit {
		honest: bool,
	},
	Report(Said),
	/// The truth, without the sealed results.
	ReportUnsealed,
	Reveal {
		right_key: bool,
	},
	Answer,
	Challenge,
	Vote(Said),
	VoteMissealed,
	VoteHeld,
	Demand {
		by_requester: bool,
	},
	/// The requester asks for all results.
	DemandBatch,
	Show,
	ShowDoubleReceipt,
	Accept,
	Settle,
	Expire,
	ExpireJob,
	Cancel,
	/// Blocks pass until something can change. They have no room to work deadlines off.
	Wait,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Said {
	Truth,
	Lie,
	Nothing,
}

const MOVES: [Move; 26] = [
	Move::Claim,
	Move::Commit { honest: true },
	Move::Commit { honest: false },
	Move::Report(Said::Truth),
	Move::Report(Said::Lie),
	Move::Report(Said::Nothing),
	Move::ReportUnsealed,
	Move::Reveal { right_key: true },
	Move::Reveal { right_key: false },
	Move::Answer,
	Move::Challenge,
	Move::Vote(Said::Truth),
	Move::Vote(Said::Lie),
	Move::Vote(Said::Nothing),
	Move::VoteMissealed,
	Move::VoteHeld,
	Move::Demand { by_requester: true },
	Move::Demand { by_requester: false },
	Move::DemandBatch,
	Move::Show,
	Move::ShowDoubleReceipt,
	Move::Accept,
	Move::Settle,
	Move::Expire,
	Move::ExpireJob,
	Move::Cancel,
];

/// What was found.
#[derive(Default)]
struct Found {
	states: HashSet<Vec<u8>>,
	/// How often each stage was come to.
	stages: BTreeMap<String, usize>,
	/// The moves that changed something somewhere.
	effective: BTreeSet<Move>,
	deepest: usize,
}

struct Explorer {
	honest: Work,
	lying: Work,
	/// Challenges and demands that can still be made: whoever has money enough could go on for ever.
	contests: [u8; 2],
	found: Found,
}

fn view() -> Option<BatchView> {
	Compute::batch_view(JOB, 0)
}

fn auditor() -> Party {
	auditors().swap_remove(0)
}

/// The state, but for the events that tell how it came about.
fn state() -> Vec<u8> {
	System::reset_events();
	root()
}

/// The next block in which something can change by itself.
fn next_change() -> Option<BlockNumber> {
	let view = view()?;
	let audit = view.audit.as_ref().filter(|_| view.stage == BatchStage::Committed);
	let seed = audit.filter(|audit| audit.seed.is_none()).map(|_| now() + 1);
	let reveal = audit.map(|audit| audit.revealable_at);
	// The only validator is admitted at once; the second tranche shows that a late report closes the audit later.
	let tranche = view
		.receipt
		.as_ref()
		.filter(|_| audit.is_some())
		.map(|receipt| receipt.block + SEED_BLOCKS + TRANCHE_PERIOD);
	let expiry = Jobs::<Test>::get(JOB).map(|job| job.expires_at);
	[seed, reveal, tranche, expiry, view.deadline].into_iter().flatten().filter(|block| *block > now()).min()
}

impl Explorer {
	fn new() -> Self {
		let work = |result: fn(u32) -> _| Work::run_with(&worker(), JOB, 0, result);
		Self { honest: work(truth), lying: work(lie), contests: [1, 1], found: Found::default() }
	}

	/// The work that the batch stands on.
	fn work(&self) -> Option<&Work> {
		let receipt = view()?.receipt?;
		[&self.honest, &self.lying].into_iter().find(|work| work.receipt.hash() == receipt.hash)
	}

	fn make(&self, chosen: Move) -> Option<()> {
		let (job, batch) = (JOB, 0);
		let party = worker().account();
		match chosen {
			Move::Claim => claim(&worker(), JOB, 1).ok(),
			Move::Commit { honest } => {
				let work = if honest { &self.honest } else { &self.lying };
				hand_in(work.signed(&worker())).ok().map(|_| ())
			},
			Move::Report(said) => {
				let open = task(JOB, 0)?;
				report(match said {
					Said::Truth => honest(&auditor(), &open),
					Said::Nothing => starved(&auditor(), &open),
					Said::Lie => {
						let lies = findings(&auditor(), &open, |job, task| lie(task).outcome.leaf(job, task));
						prove(&auditor(), &statement(&open), lies)
					},
				})
				.ok()
				.map(|_| ())
			},
			Move::ReportUnsealed => report(unsealed(&auditor(), &task(JOB, 0)?)).ok().map(|_| ()),
			Move::Reveal { right_key } => {
				let work = self.work()?;
				let key: BatchKey = if right_key { work.key } else { [0; 32] };
				work.reveal_with(&worker(), key, work.openings()).ok().map(|_| ())
			},
			Move::Answer => self.work()?.answer(&worker()).ok().map(|_| ()),
			Move::Challenge => {
				let opening = self.work()?.opening(0);
				call(&stranger(), Call::challenge { job, batch, opening }).ok().map(|_| ())
			},
			Move::Vote(said) => {
				view()?.dispute?;
				let ruling = match said {
					Said::Truth => Ruling::Leaf(leaf(JOB, 0)),
					Said::Lie => Ruling::Leaf(Hash::of(b"a lie")),
					Said::Nothing => Ruling::Unavailable,
				};
				cast(ballot(&auditor(), JOB, 0, ruling)).ok().map(|_| ())
			},
			Move::VoteMissealed => {
				view()?.dispute?;
				cast(ballot(&auditor(), JOB, 0, Ruling::Missealed)).ok().map(|_| ())
			},
			Move::VoteHeld => {
				view()?.dispute?;
				cast(ballot(&auditor(), JOB, 0, Ruling::Held)).ok().map(|_| ())
			},
			Move::DemandBatch => call(&requester(), Call::demand_batch { job, batch }).ok().map(|_| ()),
			Move::Demand { by_requester } => {
				let by = if by_requester { requester() } else { stranger() };
				call(&by, Call::demand { job, batch, task: 0 }).ok().map(|_| ())
			},
			Move::Show => {
				let (opening, sealed) = (self.work()?.opening(0), self.work()?.show(0));
				call(&party, Call::answer_demand { job, batch, opening, sealed }).ok().map(|_| ())
			},
			Move::ShowDoubleReceipt => {
				let (first, second) = (self.honest.signed(&worker()), self.lying.signed(&worker()));
				let (first, second) = (Box::new(first), Box::new(second));
				call(&stranger(), Call::report_double_receipt { first, second }).ok().map(|_| ())
			},
			Move::Accept => call(&requester(), Call::accept { job, batch }).ok().map(|_| ()),
			Move::Settle => call(&stranger(), Call::settle { job, batch }).ok().map(|_| ()),
			Move::Expire => call(&stranger(), Call::expire { job, batch }).ok().map(|_| ()),
			Move::ExpireJob => call(&stranger(), Call::expire_job { job }).ok().map(|_| ()),
			Move::Cancel => call(&requester(), Call::cancel_job { job }).ok().map(|_| ()),
			Move::Wait => {
				run_to(next_change()?);
				Some(())
			},
		}
	}

	/// Looks at this state if it is new, and goes on from it.
	fn explore(&mut self, depth: usize) {
		if !self.found.states.insert([&state()[..], &self.contests].concat()) {
			return;
		}
		assert!(depth < 60, "there is no end to it");
		self.found.deepest = self.found.deepest.max(depth);
		check();
		if let Some(view) = view() {
			*self.found.stages.entry(format!("{:?}", view.stage)).or_default() += 1;
		}
		undone(Self::wind_up);
		for chosen in MOVES.into_iter().chain([Move::Wait]) {
			let before = self.contests;
			let left = match chosen {
				Move::Challenge => Some(&mut self.contests[0]),
				Move::Demand { .. } | Move::DemandBatch => Some(&mut self.contests[1]),
				_ => None,
			};
			if let Some(left) = left {
				let Some(fewer) = left.checked_sub(1) else { continue };
				*left = fewer;
			}
			undone(|| {
				if self.make(chosen).is_some() {
					self.found.effective.insert(chosen);
					self.explore(depth + 1);
				}
			});
			self.contests = before;
		}
	}

	/// Nobody does anything any more but making blocks.
	fn wind_up() {
		let mut last = 0;
		while let Some(block) = filed().into_iter().min() {
			assert!(last < 40, "the chain never comes to rest");
			last += 1;
			// Seeds are noted on the way.
			for early in 0..SEED_BLOCKS + 2 {
				System::set_block_number(now() + u32::from(early > 0));
				<Compute as OnInitialize<_>>::on_initialize(now());
			}
			System::set_block_number(block.max(now()));
			<Compute as OnIdle<_>>::on_idle(now(), Weight::MAX);
			check();
		}
		assert_eq!((Jobs::<Test>::iter().count(), Batches::<Test>::iter().count()), (0, 0));
		assert_eq!((Reports::<Test>::iter().count(), Seeds::<Test>::iter().count()), (0, 0));
		assert_eq!((Votes::<Test>::iter().count(), Tallies::<Test>::iter().count()), (0, 0));
		for who in [requester(), stranger(), worker().account()] {
			for reason in [HoldReason::JobEscrow, HoldReason::JobDeposit, HoldReason::Contest] {
				assert_eq!(held(reason, &who), 0, "{who:?} does not get everything back");
			}
		}
		assert_eq!(Compute::worker_view(worker().id()).map_or(0, |view| view.locked), 0);
	}
}

/// Does something, and then makes it undone.
fn undone(what: impl FnOnce()) {
	let _ = with_storage_layer(|| {
		what();
		Err::<(), _>(DispatchError::Other("undone"))
	});
}

fn explore(spec: JobSpec) -> Found {
	in_chain(|| {
		set_validators(&auditors()[..1]);
		IdleWeight::set(Weight::zero());
		post(spec);
		bond(&worker(), 10 * MIN_STAKE);
		let mut explorer = Explorer::new();
		explorer.explore(0);
		explorer.found
	})
}

fn small() -> JobSpec {
	JobSpec {
		tasks: 1,
		batch_size: 1,
		// Claimed in the first block or not at all.
		lifetime: 1,
		audit: AuditPolicy { auditors: 1, samples: 1, rate: AuditPolicy::EVERY_BATCH },
		..spec()
	}
}

#[test]
fn every_state_has_a_way_out_for_every_unit_of_money() {
	let found = explore(small());
	println!("{} states, {} deep, {:?}", found.states.len(), found.deepest, found.stages);
	for stage in
		["Available", "Claimed", "Committed", "Revealed", "Disputed", "Demanded", "Settled", "Refunded"]
	{
		assert!(found.stages.contains_key(stage), "no batch was ever {stage}: {:?}", found.stages);
	}
	// A wrong key is never taken.
	let never: Vec<_> = MOVES.into_iter().filter(|chosen| !found.effective.contains(chosen)).collect();
	assert_eq!(never, [Move::Reveal { right_key: false }], "a move that does nothing explores nothing");
}

#[test]
fn a_batch_that_may_be_spared_has_no_other_states_without_a_way_out() {
	let mut rare = small();
	rare.audit.rate = AuditPolicy::MIN_RATE;
	let found = explore(rare);
	assert!(
		found.stages.contains_key("Settled") && found.stages.contains_key("Disputed"),
		"{:?}",
		found.stages
	);
}
