//! Random schedules: whatever anybody does in whatever order, the invariants hold, money is conserved, honest workers,
//! auditors and challengers whose messages arrive are never slashed, and a lie that an honest auditor ran is never paid.
//!
//! `ASSAY_SCHEDULES=100000 cargo test --release -p pallet-compute no_schedule` is the long run.

use super::kit::*;
use crate::{
	mock::*, Batches, Call, Deadlines, Event, HoldReason, Jobs, Reports, Returned, Seeds, Tallies, Votes,
};
use assay_primitives::{
	view::{BatchStage, BatchView},
	AccountId as Id, Attempt, AuditPolicy, Balance, BatchIndex, Hash, JobId, Ruling,
};
use frame_support::{dispatch::Pays, weights::Weight};
use proptest::{prelude::*, test_runner::TestRunner};
use sp_runtime::DispatchError;
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
	/// It answers what reports there are when an audit ran out.
	Answer(u8),
	/// It shows what is demanded, or something else.
	Show(u8, bool),
	/// It turns out to have signed another receipt.
	DoubleReceipt(u8),
	/// A validator votes: honestly, or, if it is the hostile one, as it likes.
	Vote(u8, u8, Honesty),
	/// All validators but the hostile one vote honestly.
	Convene(u8),
	/// Somebody challenges a task of a batch, whether it is wrong or not.
	Challenge(u8, u8),
	/// Somebody wants to see a result.
	Demand(bool, u8, u8),
	/// Somebody says that a result was sealed wrongly.
	Accuse(u8, u8),
	Accept(u8),
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
		1 => any::<u8>().prop_map(Action::Answer),
		2 => (any::<u8>(), prop::bool::weighted(0.7)).prop_map(|(at, right)| Action::Show(at, right)),
		1 => any::<u8>().prop_map(Action::DoubleReceipt),
		8 => (any::<u8>(), any::<u8>(), vote_honesty()).prop_map(|(who, at, how)| Action::Vote(who, at, how)),
		4 => any::<u8>().prop_map(Action::Convene),
		2 => (any::<u8>(), any::<u8>()).prop_map(|(at, task)| Action::Challenge(at, task)),
		2 => (any::<bool>(), any::<u8>(), any::<u8>()).prop_map(|(who, at, task)| Action::Demand(who, at, task)),
		1 => (any::<u8>(), any::<u8>()).prop_map(|(at, task)| Action::Accuse(at, task)),
		1 => any::<u8>().prop_map(Action::Accept),
		1 => any::<u8>().prop_map(Action::Settle),
		1 => any::<u8>().prop_map(Action::Expire),
		1 => any::<u8>().prop_map(Action::ExpireJob),
		8 => (1u8..8, prop::bool::weighted(0.1), prop::bool::weighted(0.1))
			.prop_map(|(blocks, full, plain)| Action::Pass(blocks, full, plain)),
	]
}

fn vote_honesty() -> impl Strategy<Value = Honesty> {
	prop_oneof![6 => Just(Honesty::Honest), 1 => Just(Honesty::False), 1 => Just(Honesty::Starved)]
}

/// One attempt at a batch.
type Attempted = (JobId, BatchIndex, Attempt);

/// The one validator in five that lies in votes: fewer than a third.
const HOSTILE: usize = 4;

/// The chain as the actors know it.
#[derive(Default)]
struct World {
	/// What was handed in.
	works: BTreeMap<Attempted, Work>,
	/// The attempts with nothing but lies.
	lies: BTreeSet<Attempted>,
	/// Those of them that an honest auditor reported on.
	caught: BTreeSet<Attempted>,
	/// Auditors that lied in a report.
	liars: BTreeSet<Id>,
	/// Whether the challenge of a batch that is under way is right.
	challenges: BTreeMap<(JobId, BatchIndex), bool>,
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
				self.work(&view).reveal(&worker()).expect("the honest worker can reveal");
			} else if audit.checked() > 0 && now() >= audit.revealable_at {
				self.work(&view).answer(&worker()).expect("the honest worker can answer");
			}
		}
		for view in batches_of(&worker(), BatchStage::Demanded) {
			self.show(&worker(), &view, true).expect("the honest worker can show what it has");
		}
	}

	fn work(&self, view: &BatchView) -> &Work {
		&self.works[&(view.job, view.batch, view.attempt)]
	}

	/// Shows what is demanded, or the result next to it.
	fn show(&self, party: &Party, view: &BatchView, right: bool) -> Result<Pays, DispatchError> {
		let demanded = view.demand.as_ref().expect("something is demanded; qed").task;
		let last = view.first_task + view.tasks - 1;
		let shown = if right || demanded == last { demanded } else { demanded + 1 };
		let work = self.work(view);
		let (opening, sealed) = (work.opening(demanded), work.show(shown));
		let (job, batch) = (view.job, view.batch);
		call(&party.account(), Call::answer_demand { job, batch, opening, sealed })
	}

	/// The batches that are revealed, whoever has them.
	fn revealed() -> Vec<BatchView> {
		batches().into_iter().filter(|view| view.stage == BatchStage::Revealed).collect()
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
						if *honest {
							truth(task)
						} else {
							lie(task)
						}
					});
					if hand_in(work.signed(&careless)).is_ok() {
						let attempted = (view.job, view.batch, view.attempt);
						self.works.insert(attempted, work);
						if !honest {
							self.lies.insert(attempted);
						}
					}
				}
			},
			Action::Report(number, at, honesty) => self.report(*number, *at, *honesty),
			Action::Reveal(number, right) => {
				if let Some(view) = pick(&batches_of(&careless, BatchStage::Committed), *number) {
					let work = self.work(&view);
					let mut key = work.key;
					key[0] ^= u8::from(!right);
					let _ = work.reveal_with(&careless, key, work.openings());
				}
			},
			Action::Answer(number) => {
				if let Some(view) = pick(&batches_of(&careless, BatchStage::Committed), *number) {
					let _ = self.work(&view).answer(&careless);
				}
			},
			Action::Show(number, right) => {
				if let Some(view) = pick(&batches_of(&careless, BatchStage::Demanded), *number) {
					let _ = self.show(&careless, &view, *right);
				}
			},
			Action::DoubleReceipt(number) => {
				let own = Some(careless.id());
				let held: Vec<_> = batches().into_iter().filter(|view| view.worker == own).collect();
				let known = |view: &BatchView| self.works.get(&(view.job, view.batch, view.attempt));
				if let Some(work) = pick(&held, *number).as_ref().and_then(known) {
					let mut second = work.receipt;
					second.outputs_root = Hash::of(b"another root");
					let (first, second) =
						(Box::new(work.signed(&careless)), Box::new(second.sign(&careless.0)));
					let _ = call(&stranger(), Call::report_double_receipt { first, second });
				}
			},
			Action::Vote(who, at, how) => Self::vote(*who, *at, *how),
			Action::Convene(at) => {
				for validator in 0..HOSTILE {
					Self::vote(u8::try_from(validator).expect("there are five; qed"), *at, Honesty::Honest);
				}
			},
			Action::Challenge(at, task) => {
				if let Some(view) = pick(&Self::revealed(), *at) {
					let task = view.first_task + u32::from(*task) % view.tasks;
					let opening = self.work(&view).opening(task);
					let (job, batch) = (view.job, view.batch);
					if call(&stranger(), Call::challenge { job, batch, opening }).is_ok() {
						let right = self.lies.contains(&(job, batch, view.attempt));
						self.challenges.insert((job, batch), right);
					}
				}
			},
			Action::Demand(own, at, task) => {
				if let Some(view) = pick(&Self::revealed(), *at) {
					let task = view.first_task + u32::from(*task) % view.tasks;
					let (job, batch) = (view.job, view.batch);
					let by = if *own { requester() } else { other_requester() };
					let _ = call(&by, Call::demand { job, batch, task });
				}
			},
			Action::Accuse(at, task) => {
				if let Some(view) = pick(&Self::revealed(), *at) {
					let task = view.first_task + u32::from(*task) % view.tasks;
					let work = self.work(&view);
					let (opening, sealed) = (work.opening(task), work.show(task));
					let (job, batch) = (view.job, view.batch);
					let outcome = call(&stranger(), Call::prove_missealed { job, batch, opening, sealed });
					assert!(outcome.is_err(), "everybody seals properly here");
				}
			},
			Action::Accept(number) => {
				if let Some(view) = pick(&Self::revealed(), *number) {
					for who in [stranger(), requester(), other_requester()] {
						let _ = call(&who, Call::accept { job: view.job, batch: view.batch });
					}
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

	fn vote(who: u8, at: u8, how: Honesty) {
		let index = usize::from(who) % 5;
		let Some(dispute) = pick(&Compute::dispute_tasks(100), at) else { return };
		let right = Ruling::Leaf(leaf(dispute.job, dispute.task));
		let ruling = match how {
			Honesty::False if index == HOSTILE => Ruling::Leaf(Hash::of(b"nonsense")),
			Honesty::Starved if index == HOSTILE => Ruling::Missealed,
			// An honest validator may not get the data either.
			Honesty::Starved => Ruling::Unavailable,
			_ => right,
		};
		let _ = cast(ballot(&auditors()[index], dispute.job, dispute.batch, ruling));
	}

	fn report(&mut self, number: u8, at: u8, honesty: Honesty) {
		let (Some(auditor), Some(task)) = (
			pick(&[0usize, 1, 2, 3, 4], number).map(|index| auditors().swap_remove(index)),
			pick(&Compute::audit_tasks(100), at),
		) else {
			return;
		};
		let attempted = (task.job, task.batch, task.attempt);
		let taken = report(match honesty {
			Honesty::Honest => honest(&auditor, &task),
			Honesty::Starved => starved(&auditor, &task),
			Honesty::False => {
				prove(&auditor, &statement(&task), findings(&auditor, &task, |_, _| Hash::of(b"nonsense")))
			},
		});
		if taken.is_err() {
			return;
		}
		match honesty {
			Honesty::Honest if self.lies.contains(&attempted) => {
				self.caught.insert(attempted);
			},
			Honesty::False => {
				self.liars.insert(auditor.id());
			},
			_ => {},
		}
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
				Event::AuditorSlashed { burned, auditor, .. } => {
					let id = Id(auditor.into());
					assert!(self.liars.contains(&id), "an honest auditor was slashed");
					self.burned += burned;
				},
				Event::ChallengeLost { job, batch, burned, .. } => {
					assert_eq!(
						self.challenges.get(&(job, batch)),
						Some(&false),
						"a right challenge was lost"
					);
					self.burned += burned;
				},
				Event::BatchSettled { job, batch: index, .. } => {
					let attempted = (job, index, batch(job, index).attempt);
					assert!(!self.caught.contains(&attempted), "a lie was paid that an honest auditor saw");
				},
				_ => {},
			}
		}
		assert_eq!(Balances::total_issuance() + self.burned, self.issued, "money was made or lost");
	}

	/// Left alone, everything comes to an end and nothing is left behind.
	fn wind_up(&mut self) {
		for _ in 0..700 {
			next_block();
			self.honest_turn();
			self.verify();
		}
		for requester in [requester(), other_requester()] {
			assert_eq!(held(HoldReason::JobEscrow, &requester), 0);
			assert_eq!(held(HoldReason::JobDeposit, &requester), 0);
		}
		assert_eq!(Jobs::<Test>::iter().count(), 0);
		assert_eq!(Batches::<Test>::iter().count(), 0);
		assert_eq!(Returned::<Test>::iter().count(), 0);
		assert_eq!(Reports::<Test>::iter().count(), 0);
		assert_eq!((Votes::<Test>::iter().count(), Tallies::<Test>::iter().count()), (0, 0));
		assert_eq!(Seeds::<Test>::iter().count(), 0);
		assert_eq!(Deadlines::<Test>::iter().count(), 0);
		for who in [stranger(), requester(), other_requester()] {
			assert_eq!(held(HoldReason::Contest, &who), 0);
		}
		for party in [worker(), other_worker()] {
			let Some(record) = Compute::worker_view(party.id()) else { continue };
			assert_eq!((record.locked, record.batches_in_flight), (0, 0));
			if record.stake > 0 {
				let amount = record.stake;
				call(&party.account(), Call::unbond_worker { amount }).unwrap();
			}
		}
		for auditor in auditors() {
			if let Some(amount) = Compute::auditor_view(auditor.id()).map(|view| view.stake) {
				call(&auditor.account(), Call::unbond_auditor { amount }).unwrap();
			}
		}
		run_to(now() + AUDITOR_UNBONDING_PERIOD);
		for party in [worker(), other_worker()] {
			let _ = call(&party.account(), Call::withdraw_unbonded {});
			assert_eq!(held(HoldReason::WorkerStake, &party.account()), 0);
		}
		for auditor in auditors() {
			let _ = call(&auditor.account(), Call::withdraw_auditor {});
			assert_eq!(held(HoldReason::AuditorStake, &auditor.account()), 0);
		}
		self.verify();
	}
}

/// The name of an event, which is how its debug output begins.
fn name(event: &Event<Test>) -> String {
	let text = format!("{event:?}");
	let name = text.split([' ', '{']).next().unwrap_or_default();
	name.trim_start_matches("Event::").to_owned()
}

/// Schedules of the short run.
const SCHEDULES: u32 = 256;

#[test]
fn no_schedule_breaks_the_protocol() {
	let cases =
		std::env::var("ASSAY_SCHEDULES").ok().and_then(|count| count.parse().ok()).unwrap_or(SCHEDULES);
	let config = ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() };
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
		"DisputeOpened",
		"DisputeDecided",
		"AuditorSlashed",
		"ChallengeLost",
		"ReporterRewarded",
		"ResultDemanded",
		"DemandAnswered",
	] {
		assert!(seen.borrow().contains(expected), "no {expected} in {:?}", seen.borrow());
	}
}
