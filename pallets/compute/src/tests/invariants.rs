//! Random schedules: whatever anybody does in whatever order, the invariants hold, money is conserved, and an honest worker
//! whose messages arrive is never slashed.

use super::kit::*;
use crate::{mock::*, Batches, Call, Deadlines, Event, HoldReason, Jobs, Reports, Returned, Seeds};
use assay_primitives::{
	view::{BatchStage, BatchView},
	AuditPolicy, Balance, Hash, JobId,
};
use frame_support::weights::Weight;
use proptest::{prelude::*, test_runner::TestRunner};
use std::{
	cell::RefCell,
	collections::{BTreeMap, BTreeSet},
};

/// Something somebody does. Numbers are taken modulo what there is.
#[derive(Clone, Debug)]
enum Action {
	Post {
		other: bool,
		bounty: u16,
		tasks: u8,
		batch_size: u8,
		rare: bool,
		lifetime: u8,
	},
	Cancel(u8),
	Bond(bool, u16),
	Unbond(bool, u16),
	Withdraw(bool),
	/// The careless worker's claim; the honest one's.
	Claim(bool, u8, u8),
	/// The careless worker hands in a batch, honestly or not.
	HandIn(u8, bool),
	/// An auditor reports: honestly, falsely, or that it found nothing.
	Report(u8, u8, Honesty),
	/// The careless worker reveals, with the right key or not.
	Reveal(u8, bool),
	Settle(u8),
	Expire(u8),
	ExpireJob(u8),
	/// Blocks pass, full or not, with a VRF or without.
	Pass(u8, bool, bool),
}

#[derive(Clone, Copy, Debug)]
enum Honesty {
	Honest,
	False,
	Starved,
}

fn action() -> impl Strategy<Value = Action> {
	let honesty = prop_oneof![
		6 => Just(Honesty::Honest),
		1 => Just(Honesty::False),
		1 => Just(Honesty::Starved),
	];
	prop_oneof![
		2 => (any::<bool>(), 1u16..2_000, 1u8..12, 1u8..6, prop::bool::weighted(0.3), 1u8..120).prop_map(
			|(other, bounty, tasks, batch_size, rare, lifetime)| Action::Post {
				other,
				bounty,
				tasks,
				batch_size,
				rare,
				lifetime,
			}
		),
		1 => any::<u8>().prop_map(Action::Cancel),
		1 => (any::<bool>(), any::<u16>()).prop_map(|(who, amount)| Action::Bond(who, amount)),
		1 => (any::<bool>(), any::<u16>()).prop_map(|(who, amount)| Action::Unbond(who, amount)),
		1 => any::<bool>().prop_map(Action::Withdraw),
		4 => (any::<bool>(), any::<u8>(), 1u8..5).prop_map(|(who, job, n)| Action::Claim(who, job, n)),
		3 => (any::<u8>(), prop::bool::weighted(0.8)).prop_map(|(at, honest)| Action::HandIn(at, honest)),
		12 => (any::<u8>(), any::<u8>(), honesty).prop_map(|(who, at, how)| Action::Report(who, at, how)),
		3 => (any::<u8>(), prop::bool::weighted(0.8)).prop_map(|(at, right)| Action::Reveal(at, right)),
		1 => any::<u8>().prop_map(Action::Settle),
		1 => any::<u8>().prop_map(Action::Expire),
		1 => any::<u8>().prop_map(Action::ExpireJob),
		8 => (1u8..8, prop::bool::weighted(0.1), prop::bool::weighted(0.1))
			.prop_map(|(blocks, full, plain)| Action::Pass(blocks, full, plain)),
	]
}

/// The chain as the actors know it.
#[derive(Default)]
struct World {
	/// What was handed in, by job, batch and attempt.
	works: BTreeMap<(JobId, u32, u32), Work>,
	burned: Balance,
	issued: Balance,
	/// The kinds of events there were.
	seen: BTreeSet<String>,
}

fn pick<T: Clone>(from: &[T], number: u8) -> Option<T> {
	let index = usize::from(number).checked_rem(from.len())?;
	from.get(index).cloned()
}

fn jobs() -> Vec<JobId> {
	Compute::job_views(0, 100).iter().map(|view| view.id).collect()
}

fn batches() -> Vec<BatchView> {
	jobs().into_iter().flat_map(|id| Compute::batch_views(id, 0, 100)).collect()
}

fn batches_of(party: &Party, stage: BatchStage) -> Vec<BatchView> {
	let own = Some(party.id());
	batches().into_iter().filter(|view| view.worker == own && view.stage == stage).collect()
}

impl World {
	fn new() -> Self {
		for party in [worker(), other_worker()] {
			bond(&party, 100 * MIN_STAKE);
		}
		Self { issued: Balances::total_issuance(), ..Self::default() }
	}

	/// The honest worker never misses anything.
	fn honest_turn(&mut self) {
		for view in batches_of(&worker(), BatchStage::Claimed) {
			let work = commit(&worker(), view.job, view.batch);
			self.works.insert((view.job, view.batch, view.attempt), work);
		}
		for view in batches_of(&worker(), BatchStage::Committed) {
			let audit = view.audit.clone().expect("committed batches are audited; qed");
			if audit.is_complete() && now() >= audit.revealable_at {
				let work = &self.works[&(view.job, view.batch, view.attempt)];
				work.reveal(&worker()).expect("the honest worker can reveal");
			}
		}
	}

	fn take(&mut self, action: &Action) {
		let careless = other_worker();
		let who = |honest: &bool| if *honest { worker() } else { other_worker() };
		match action {
			Action::Post { other, bounty, tasks, batch_size, rare, lifetime } => {
				let mut spec = spec();
				spec.bounty = (*bounty).into();
				spec.tasks = (*tasks).into();
				spec.batch_size = (*batch_size).into();
				spec.lifetime = (*lifetime).into();
				if *rare {
					spec.audit.rate = AuditPolicy::EVERY_BATCH / 2;
				}
				let from = if *other { other_requester() } else { requester() };
				let _ = call(&from, Call::post_job { spec });
			},
			Action::Cancel(number) => {
				if let Some(job) = pick(&jobs(), *number) {
					for from in [stranger(), requester(), other_requester()] {
						let _ = call(&from, Call::cancel_job { job });
					}
				}
			},
			Action::Bond(honest, amount) => {
				let amount = (*amount).into();
				let _ = call(&who(honest).account(), Call::bond_worker { amount });
			},
			Action::Unbond(honest, amount) => {
				let amount = (*amount).into();
				let _ = call(&who(honest).account(), Call::unbond_worker { amount });
			},
			Action::Withdraw(honest) => {
				let _ = call(&who(honest).account(), Call::withdraw_unbonded {});
			},
			Action::Claim(honest, number, count) => {
				if let Some(job) = pick(&jobs(), *number) {
					let _ = claim(&who(honest), job, (*count).into());
				}
			},
			Action::HandIn(number, honest) => {
				if let Some(view) = pick(&batches_of(&careless, BatchStage::Claimed), *number) {
					let work = Work::run_with(&careless, view.job, view.batch, |task| {
						truth(if *honest { task } else { task + 1 })
					});
					if hand_in(work.signed(&careless)).is_ok() {
						self.works.insert((view.job, view.batch, view.attempt), work);
					}
				}
			},
			Action::Report(number, at, honesty) => self.report(*number, *at, *honesty),
			Action::Reveal(number, right) => {
				if let Some(view) = pick(&batches_of(&careless, BatchStage::Committed), *number) {
					let work = &self.works[&(view.job, view.batch, view.attempt)];
					let mut key = work.key;
					key[0] ^= u8::from(!right);
					let _ = work.reveal_with(&careless, key, work.openings());
				}
			},
			Action::Settle(number) => {
				if let Some(view) = pick(&batches(), *number) {
					let (job, batch) = (view.job, view.batch);
					let _ = call(&stranger(), Call::settle { job, batch });
				}
			},
			Action::Expire(number) => {
				if let Some(view) = pick(&batches(), *number) {
					let (job, batch) = (view.job, view.batch);
					let _ = call(&stranger(), Call::expire { job, batch });
				}
			},
			Action::ExpireJob(number) => {
				if let Some(job) = pick(&jobs(), *number) {
					let _ = call(&stranger(), Call::expire_job { job });
				}
			},
			Action::Pass(blocks, full, plain) => self.pass(*blocks, *full, *plain),
		}
	}

	fn report(&self, number: u8, at: u8, honesty: Honesty) {
		let (Some(auditor), Some(task)) = (
			pick(&[0usize, 1, 2, 3, 4], number).map(|index| auditors().swap_remove(index)),
			pick(&Compute::audit_tasks(100), at),
		) else {
			return;
		};
		let _ = report(match honesty {
			Honesty::Honest => honest(&auditor, &task),
			Honesty::Starved => starved(&auditor, &task),
			Honesty::False => {
				prove(&auditor, &statement(&task), findings(&auditor, &task, |_, _| Hash::of(b"nonsense")))
			},
		});
	}

	fn pass(&mut self, blocks: u8, full: bool, plain: bool) {
		IdleWeight::set(if full { Weight::zero() } else { Weight::MAX });
		if plain {
			PlainBlocks::mutate(|blocks| blocks.push(now() + 1));
		}
		for _ in 0..blocks {
			next_block();
			self.honest_turn();
		}
		IdleWeight::set(Weight::MAX);
	}

	/// What must hold after every action.
	fn verify(&mut self) {
		for event in events() {
			self.seen.insert(name(&event));
			match event {
				Event::ClaimPenalised { amount, worker: who, .. } => {
					assert_ne!(who, worker().account(), "the honest worker was penalised");
					self.burned += amount;
				},
				Event::WorkerSlashed { burned, worker: who, .. } => {
					assert_ne!(who, worker().account(), "the honest worker was slashed");
					self.burned += burned;
				},
				_ => {},
			}
		}
		assert_eq!(Balances::total_issuance() + self.burned, self.issued, "money was made or lost");
	}

	/// Left alone, everything comes to an end and nothing is left behind.
	fn wind_up(&mut self) {
		for _ in 0..400 {
			next_block();
			self.honest_turn();
		}
		self.verify();
		for requester in [requester(), other_requester()] {
			assert_eq!(held(HoldReason::JobEscrow, &requester), 0);
			assert_eq!(held(HoldReason::JobDeposit, &requester), 0);
		}
		assert_eq!(Jobs::<Test>::iter().count(), 0);
		assert_eq!(Batches::<Test>::iter().count(), 0);
		assert_eq!(Returned::<Test>::iter().count(), 0);
		assert_eq!(Reports::<Test>::iter().count(), 0);
		assert_eq!(Seeds::<Test>::iter().count(), 0);
		assert_eq!(Deadlines::<Test>::iter().count(), 0);
		for party in [worker(), other_worker()] {
			let record = record(&party);
			assert_eq!((record.locked, record.batches_in_flight), (0, 0));
			if record.stake > 0 {
				let amount = record.stake;
				call(&party.account(), Call::unbond_worker { amount }).unwrap();
			}
		}
		run_to(now() + UNBONDING_PERIOD);
		for party in [worker(), other_worker()] {
			call(&party.account(), Call::withdraw_unbonded {}).unwrap();
			assert_eq!(held(HoldReason::WorkerStake, &party.account()), 0);
		}
	}
}

/// The name of an event, which is how its debug output begins.
fn name(event: &Event<Test>) -> String {
	let text = format!("{event:?}");
	let name = text.split([' ', '{']).next().unwrap_or_default();
	name.trim_start_matches("Event::").to_owned()
}

#[test]
fn no_schedule_breaks_the_protocol() {
	let config = ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() };
	let seen = RefCell::new(BTreeSet::new());
	let schedules = prop::collection::vec(action(), 1..120);
	TestRunner::new(config)
		.run(&schedules, |actions| {
			in_chain(|| {
				let mut world = World::new();
				for action in &actions {
					world.take(action);
					world.verify();
				}
				world.wind_up();
				seen.borrow_mut().extend(world.seen);
			});
			Ok(())
		})
		.unwrap_or_else(|failure| panic!("{failure}"));

	// Schedules in which nothing happens would prove nothing.
	for expected in [
		"JobCancelled",
		"JobExpired",
		"JobClosed",
		"BatchReopened",
		"BatchRefunded",
		"BatchSettled",
		"AuditMismatch",
		"AuditorPaid",
		"ClaimPenalised",
		"WorkerSlashed",
		"StakeWithdrawn",
	] {
		assert!(seen.borrow().contains(expected), "no {expected} in {:?}", seen.borrow());
	}
}
