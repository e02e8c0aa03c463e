//! What each action does.

use super::{
	super::kit::*,
	action::{Action, Honesty, Making},
	world::*,
};
use crate::{mock::*, Call, Stage};
use assay_primitives::{
	audit::Findings,
	view::{BatchStage, BatchView},
	AuditPolicy, Hash, Ruling, TaskIndex,
};
use frame_support::{
	storage::{with_transaction, TransactionOutcome},
	weights::Weight,
};
use sp_runtime::DispatchError;
use std::collections::BTreeSet;

fn pick<T: Clone>(from: &[T], number: u8) -> Option<T> {
	let index = usize::from(number).checked_rem(from.len())?;
	from.get(index).cloned()
}

fn task_of(view: &BatchView, number: u8) -> TaskIndex {
	view.first_task + u32::from(number) % view.tasks
}

impl World {
	/// Does it. Whether it works is another matter.
	pub(super) fn take(&mut self, action: &Action) {
		match action {
			Action::Fork(branch) => self.fork(branch),
			Action::Pass(blocks, full, plain) => self.pass(*blocks, *full, *plain),
			Action::HandIn(number, making) => self.hand_in_carelessly(*number, *making),
			Action::Report(number, at, honesty) => self.report(*number, *at, *honesty),
			Action::Vote(who, at, how) => self.vote(*who, *at, *how),
			Action::Convene(at) => {
				for validator in 0..HOSTILE {
					self.vote(u8::try_from(validator).expect("there are five; qed"), *at, Honesty::Honest);
				}
			},
			Action::Replay(number) => {
				if let Some(message) = pick(&self.messages, *number) {
					self.replay(message);
				}
			},
			Action::Forge(number, byte, change) => {
				if let Some(message) = pick(&self.messages, *number) {
					self.forge(&message, *byte, *change);
				}
			},
			Action::Post { .. }
			| Action::Cancel(_)
			| Action::Bond(..)
			| Action::Unbond(..)
			| Action::Withdraw(_)
			| Action::Claim(..)
			| Action::AuditorStake(..)
			| Action::ExpireJob(_) => Self::trade(action),
			_ => self.deal(action),
		}
	}

	/// What happens to jobs and stakes.
	fn trade(action: &Action) {
		let who = |honest: &bool| if *honest { worker() } else { other_worker() };
		let _ = match action {
			Action::Post { other, bounty, tasks, batch_size, rare, window, lifetime } => {
				let mut spec = spec();
				spec.bounty = (*bounty).into();
				spec.tasks = (*tasks).into();
				spec.batch_size = (*batch_size).into();
				spec.lifetime = (*lifetime).into();
				spec.execution_window = (*window).into();
				if *rare {
					spec.audit.rate = AuditPolicy::EVERY_BATCH / 2;
				}
				let from = if *other { other_requester() } else { requester() };
				attempt(&from, Call::post_job { spec })
			},
			Action::Cancel(number) => pick(&jobs(), *number).map_or(Ok(()), |job| {
				let cancel = |from: AccountId| attempt(&from, Call::cancel_job { job });
				cancel(stranger()).or_else(|_| cancel(requester())).or_else(|_| cancel(other_requester()))
			}),
			Action::Bond(honest, amount) => {
				attempt(&who(honest).account(), Call::bond_worker { amount: (*amount).into() })
			},
			Action::Unbond(honest, amount) => {
				attempt(&who(honest).account(), Call::unbond_worker { amount: (*amount).into() })
			},
			Action::Withdraw(honest) => attempt(&who(honest).account(), Call::withdraw_unbonded {}),
			Action::Claim(honest, number, count) => pick(&jobs(), *number).map_or(Ok(()), |job| {
				attempt(&who(honest).account(), Call::claim { job, count: (*count).into() })
			}),
			Action::AuditorStake(number, out) => {
				let auditor = auditors().swap_remove(usize::from(*number) % 5).account();
				let amount = AUDITOR_STAKE;
				let call = if *out { Call::unbond_auditor { amount } } else { Call::bond_auditor { amount } };
				attempt(&auditor, call)
			},
			Action::ExpireJob(number) => {
				pick(&jobs(), *number).map_or(Ok(()), |job| attempt(&stranger(), Call::expire_job { job }))
			},
			_ => Ok(()),
		};
	}

	/// What the careless worker and strangers do about batches.
	fn deal(&mut self, action: &Action) {
		let careless = other_worker();
		match action {
			Action::Reveal(number, right) => {
				if let Some(view) = pick(&batches_of(&careless, BatchStage::Committed), *number) {
					let work = self.deed(&view).work.clone();
					let (mut key, openings) = (work.key, work.openings());
					key[0] ^= u8::from(!right);
					let call = Call::reveal { job: view.job, batch: view.batch, key, openings };
					assert!(attempt(&careless.account(), call).is_err() || *right, "a wrong key was taken");
				}
			},
			Action::Answer(number) => {
				if let Some(view) = pick(&batches_of(&careless, BatchStage::Committed), *number) {
					let openings = self.deed(&view).work.openings();
					let call = Call::answer { job: view.job, batch: view.batch, openings };
					let _ = attempt(&careless.account(), call);
				}
			},
			Action::Show(number, right) => {
				if let Some(view) = pick(&batches_of(&careless, BatchStage::Demanded), *number) {
					let demanded = view.demand.as_ref().expect("something is demanded").task;
					let garbage = self.deed(&view).missealed.contains(&demanded);
					let shown = self.show(&careless, &view, *right);
					assert!(shown.is_err() || !garbage, "garbage answered a demand");
				}
			},
			Action::DoubleReceipt(number) => {
				let own = |stage: &Stage<AccountId>| {
					stage.commitment().is_some()
						&& stage.claim().is_some_and(|claim| claim.worker == careless.account())
				};
				if let Some(view) = pick(&batches(own), *number) {
					let work = &self.deed(&view).work;
					let mut second = work.receipt;
					second.outputs_root = Hash::of(b"another root");
					self.incriminate(work.signed(&careless), second.sign(&careless.0));
				}
			},
			Action::Incriminate(first, second) => {
				if let (Some(first), Some(second)) =
					(pick(&self.receipts, *first), pick(&self.receipts, *second))
				{
					self.incriminate(first, second);
				}
			},
			Action::Challenge(at, task) => {
				if let Some(view) = pick(&open_to_objections(), *at) {
					let task = task_of(&view, *task);
					let deed = self.deed(&view);
					let right = deed.wrong.contains(&task) || deed.missealed.contains(&task);
					let opening = deed.work.opening(task);
					let call = Call::challenge { job: view.job, batch: view.batch, opening };
					if attempt(&stranger(), call).is_ok() {
						self.note_challenge(&view, right);
					}
				}
			},
			Action::Demand(own, at, task) => {
				if let Some(view) = pick(&open_to_objections(), *at) {
					let task = task_of(&view, *task);
					let by = if *own { requester() } else { other_requester() };
					let _ = attempt(&by, Call::demand { job: view.job, batch: view.batch, task });
				}
			},
			Action::DemandBatch(at) => {
				if let Some(view) = pick(&open_to_objections(), *at) {
					let own = AccountId::from(job(view.job).requester.0);
					for by in [stranger(), requester(), other_requester()] {
						let call = Call::demand_batch { job: view.job, batch: view.batch };
						let asked = attempt(&by, call);
						assert!(asked.is_err() || by == own, "somebody else asked for the results");
					}
				}
			},
			Action::Accuse(at, task) => {
				if let Some(view) = pick(&open_to_objections(), *at) {
					let task = task_of(&view, *task);
					let deed = self.deed(&view);
					let (opening, sealed) = (deed.work.opening(task), deed.work.show(task));
					let garbage = deed.missealed.contains(&task);
					let call = Call::prove_missealed { job: view.job, batch: view.batch, opening, sealed };
					let proved = attempt(&stranger(), call);
					assert_eq!(
						proved.is_ok(),
						garbage,
						"garbage, and nothing else, can be proved: {proved:?}"
					);
				}
			},
			Action::Accept(number) => {
				if let Some(view) = pick(&open_to_objections(), *number) {
					for who in [stranger(), requester(), other_requester()] {
						let call = Call::accept { job: view.job, batch: view.batch };
						if attempt(&who, call).is_ok() {
							self.truth.accepted.insert(attempted(&view));
						}
					}
				}
			},
			Action::Settle(number) => {
				if let Some(view) = pick(&batches(|_| true), *number) {
					let _ = attempt(&stranger(), Call::settle { job: view.job, batch: view.batch });
				}
			},
			Action::Expire(number) => {
				if let Some(view) = pick(&batches(|_| true), *number) {
					let _ = attempt(&stranger(), Call::expire { job: view.job, batch: view.batch });
				}
			},
			_ => {},
		}
	}

	fn incriminate(&self, first: assay_primitives::SignedReceipt, second: assay_primitives::SignedReceipt) {
		let (first, second) = (Box::new(first), Box::new(second));
		let _ = attempt(&stranger(), Call::report_double_receipt { first, second });
	}

	fn hand_in_carelessly(&mut self, number: u8, making: Making) {
		let careless = other_worker();
		let Some(view) = pick(&batches_of(&careless, BatchStage::Claimed), number) else { return };
		let marked = |bits: u8| -> BTreeSet<TaskIndex> {
			(view.first_task..)
				.zip(0..view.tasks)
				.filter(|(_, bit)| bits >> (bit % 8) & 1 == 1)
				.map(|(t, _)| t)
				.collect()
		};
		let (wrong, missealed) = match making {
			Making::Honest => (BTreeSet::new(), BTreeSet::new()),
			Making::Lying(bits) => (marked(bits), BTreeSet::new()),
			Making::Missealing(bits) => (BTreeSet::new(), marked(bits)),
		};
		let work = Work::run_with(&careless, view.job, view.batch, |task| {
			if wrong.contains(&task) {
				lie(task)
			} else {
				truth(task)
			}
		});
		// Every fourth batch it lets nobody have.
		let withheld = number.is_multiple_of(4);
		let work = match missealed.is_empty() {
			true => work,
			false => work.reseal(|task| if missealed.contains(&task) { lie(task) } else { truth(task) }),
		};
		let _ = self.hand_in(&careless, Deed { work, wrong, missealed, withheld });
	}

	fn vote(&mut self, who: u8, at: u8, how: Honesty) {
		let index = usize::from(who) % 5;
		let Some(dispute) = pick(&Compute::dispute_tasks(100), at) else { return };
		let ruling = match how {
			Honesty::False if index == HOSTILE && at.is_multiple_of(2) => Ruling::Leaf(Hash::of(b"nonsense")),
			// Against what is so.
			Honesty::False if index == HOSTILE && dispute.withheld => match self.honest_ruling(&dispute) {
				Ruling::Held => Ruling::Unavailable,
				_ => Ruling::Held,
			},
			// For the worker, whatever it did.
			Honesty::False if index == HOSTILE => Ruling::Leaf(dispute.leaf),
			Honesty::Starved if index == HOSTILE => Ruling::Missealed,
			// An honest validator may not get the data either.
			Honesty::Starved => Ruling::Unavailable,
			_ => self.honest_ruling(&dispute),
		};
		let vote = ballot(&auditors()[index], dispute.job, dispute.batch, ruling);
		let _ = self.send(Call::submit_vote { vote });
	}

	fn report(&mut self, number: u8, at: u8, honesty: Honesty) {
		let auditor = auditors().swap_remove(usize::from(number) % 5);
		let Some(task) = pick(&Compute::audit_tasks(100), at) else { return };
		let report = match honesty {
			Honesty::Honest => honest(&auditor, &task),
			Honesty::Starved => starved(&auditor, &task),
			Honesty::Unsealed => unsealed(&auditor, &task),
			Honesty::False => {
				let nonsense = findings(&auditor, &task, |_, _| Hash::of(b"nonsense"));
				// A liar may say that it had no sealed results, too.
				let nonsense = match nonsense {
					Findings::Checked(tags) if at.is_multiple_of(2) => Findings::Unsealed(tags),
					other => other,
				};
				prove(&auditor, &statement(&task), nonsense)
			},
		};
		self.report_with(report, honesty);
	}

	/// Sends a report, and notes what it will bring.
	fn report_with(&mut self, report: assay_primitives::audit::AuditReport, honesty: Honesty) {
		let (job, index, auditor) = (report.job, report.batch, report.auditor);
		if self.send(Call::submit_audit { report }).is_err() {
			return;
		}
		if matches!(honesty, Honesty::False) {
			self.truth.liars.insert(assay_primitives::AccountId(auditor));
		}
		self.note_caught(job, index);
	}

	/// Notes whether honest auditors have run into a lie in this batch.
	fn note_caught(&mut self, job: assay_primitives::JobId, index: assay_primitives::BatchIndex) {
		let view = batch(job, index);
		let wrong = &self.deed(&view).wrong;
		let sampled = view.audit.as_ref().is_some_and(|audit| {
			let honest = audit.reports.iter().filter(|report| !self.truth.liars.contains(&report.auditor));
			honest.flat_map(|report| &report.samples).any(|task| wrong.contains(task))
		});
		if sampled {
			self.truth.caught.insert(attempted(&view));
		}
	}

	/// A message comes once more.
	fn replay(&mut self, message: Call<Test>) {
		if deliver(message.clone()).is_err() {
			return;
		}
		// It was lost with its branch, and says on this one what it said there.
		if let Call::submit_audit { report } = message {
			let honest = |task| assay_primitives::audit::tag(&report.auditor, &leaf(report.job, task));
			let auditor = assay_primitives::AccountId(report.auditor);
			let record =
				crate::Reports::<Test>::get((report.job, report.batch), AccountId::new(report.auditor))
					.expect("it was just taken");
			if record.tags().any(|(task, tag)| tag != honest(task)) {
				self.truth.liars.insert(auditor);
			}
			self.note_caught(report.job, report.batch);
		}
	}

	pub(super) fn pass(&mut self, blocks: u8, full: bool, plain: bool) {
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

	/// Everything that happens on a branch is undone. What was said on it is remembered.
	fn fork(&mut self, branch: &[Action]) {
		let (truth, plain, current) = (self.truth.clone(), PlainBlocks::get(), Branch::get());
		self.forks += 1;
		Branch::set(self.forks);
		self.branched_at = Some(now());
		let _ = with_transaction(|| {
			for action in branch {
				self.take(action);
				self.verify();
			}
			TransactionOutcome::Rollback(Ok::<_, DispatchError>(()))
		});
		self.branched_at = None;
		self.truth = truth;
		PlainBlocks::set(plain);
		Branch::set(current);
		check();
	}
}
