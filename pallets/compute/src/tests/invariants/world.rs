//! The chain as its actors know it, what they remember, and what the honest ones among them do by themselves.

use super::super::kit::*;
use crate::{mock::*, Batches, Call, Jobs, Stage};
use assay_primitives::{
	sealing::SealedOpening,
	view::{BatchStage, BatchView, DisputeTask},
	AccountId as Id, Attempt, Balance, BatchIndex, BlockNumber, Hash, JobId, Ruling, SignedReceipt,
	TaskIndex,
};
use codec::{Decode, Encode};
use frame_support::dispatch::GetDispatchInfo;
use sp_runtime::traits::{Applyable, Checkable, Dispatchable};
use std::collections::{BTreeMap, BTreeSet};

/// One attempt at a batch.
pub(super) type Attempted = (JobId, BatchIndex, Attempt);

/// The one validator in five that lies in votes: fewer than a third.
pub(super) const HOSTILE: usize = 4;

/// What a claim pays for each statement.
const STATEMENT_FEE: Balance = 7;

/// What somebody handed in, and what is wrong with it.
#[derive(Clone)]
pub(super) struct Deed {
	pub(super) work: Work,
	/// Tasks whose leaf is not that of an honest machine.
	pub(super) wrong: BTreeSet<TaskIndex>,
	/// Tasks that were sealed as something else than their leaf says.
	pub(super) missealed: BTreeSet<TaskIndex>,
	/// Whether no validator gets its sealed results.
	pub(super) withheld: bool,
}

/// What became true on the branch of the chain that is being made.
#[derive(Clone, Default)]
pub(super) struct Truth {
	/// Attempts whose lies an honest auditor ran into, or somebody contested in time. They are never paid.
	pub(super) caught: BTreeSet<Attempted>,
	/// Auditors that lied in a report.
	pub(super) liars: BTreeSet<Id>,
	/// Whether the challenge of a batch that is under way is right.
	pub(super) challenges: BTreeMap<(JobId, BatchIndex), bool>,
	/// Attempts that their requester paid for before anybody found anything.
	pub(super) accepted: BTreeSet<Attempted>,
	pub(super) burned: Balance,
	pub(super) issued: Balance,
}

/// All there is.
pub(super) struct World {
	pub(super) truth: Truth,
	/// By the hash of its receipt. Whoever did it remembers it, whatever becomes of the branch.
	pub(super) deeds: BTreeMap<Hash, Deed>,
	/// Every receipt that was ever sent.
	pub(super) receipts: Vec<SignedReceipt>,
	/// Every fee-less message that was ever sent.
	pub(super) messages: Vec<Call<Test>>,
	/// The kinds of events there were.
	pub(super) seen: BTreeSet<String>,
	/// The block in which the branch begins that will come to nothing, if this is one. What is on it never becomes final.
	pub(super) branched_at: Option<BlockNumber>,
	/// Forks so far.
	pub(super) forks: u32,
	chance: u64,
}

/// Somebody who looks at every second batch.
pub(super) fn watcher() -> Party {
	Party::new("watcher")
}

/// A signed call. The state is checked after every one that changes it.
pub(super) fn attempt(who: &AccountId, call: Call<Test>) -> Result<(), String> {
	let outcome = RuntimeCall::from(call).dispatch(RuntimeOrigin::signed(who.clone()));
	match outcome {
		Ok(_) => {
			check();
			Ok(())
		},
		Err(error) => Err(format!("{:?}", error.error)),
	}
}

/// A fee-less call, as a block author applies it.
pub(super) fn deliver(call: Call<Test>) -> Result<(), String> {
	let transaction = UncheckedExtrinsic::new_transaction(call.into(), extension());
	let (info, length) = (transaction.get_dispatch_info(), transaction.encoded_size());
	let checked = Checkable::check(transaction, &frame_system::ChainContext::<Test>::default())
		.expect("general transactions have no signature; qed");
	match checked.apply::<Test>(&info, length) {
		Ok(dispatched) => {
			dispatched.expect("what is authorised can be dispatched");
			check();
			Ok(())
		},
		Err(error) => Err(format!("{error:?}")),
	}
}

pub(super) fn jobs() -> Vec<JobId> {
	let mut jobs: Vec<_> = Jobs::<Test>::iter_keys().collect();
	jobs.sort_unstable();
	jobs
}

/// The batches that were ever claimed and are in such a stage.
pub(super) fn batches(filter: impl Fn(&Stage<AccountId>) -> bool) -> Vec<BatchView> {
	let mut places: Vec<_> = Batches::<Test>::iter()
		.filter(|(_, _, batch)| filter(&batch.stage))
		.map(|(job, index, _)| (job, index))
		.collect();
	places.sort_unstable();
	places.into_iter().map(|(job, index)| batch(job, index)).collect()
}

/// Those of them that `party` has.
pub(super) fn batches_of(party: &Party, stage: BatchStage) -> Vec<BatchView> {
	let own = party.account();
	batches(|at| at.claim().is_some_and(|claim| claim.worker == own))
		.into_iter()
		.filter(|view| view.stage == stage)
		.collect()
}

pub(super) fn open_to_objections() -> Vec<BatchView> {
	batches(|stage| matches!(stage, Stage::Revealed(..)))
}

pub(super) fn attempted(view: &BatchView) -> Attempted {
	(view.job, view.batch, view.attempt)
}

impl World {
	pub(super) fn new(chance: u64) -> Self {
		use frame_support::traits::fungible::Mutate;
		for party in [worker(), other_worker()] {
			attempt(&party.account(), Call::bond_worker { amount: 100 * MIN_STAKE })
				.expect("it has the money");
		}
		<Balances as Mutate<_>>::mint_into(&watcher().account(), ENDOWMENT).expect("there is no limit");
		System::reset_events();
		StatementFee::set(STATEMENT_FEE);
		Self {
			truth: Truth { issued: Balances::total_issuance(), ..Truth::default() },
			deeds: BTreeMap::new(),
			receipts: Vec::new(),
			messages: Vec::new(),
			seen: BTreeSet::new(),
			branched_at: None,
			forks: 0,
			chance,
		}
	}

	/// Whether something happens that happens once in `times`.
	fn once_in(&mut self, times: u64) -> bool {
		// A step of a 64-bit linear congruential generator; its high bits are good enough for delays.
		self.chance =
			self.chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
		(self.chance >> 33).is_multiple_of(times)
	}

	/// Whether an honest party's message, which has to be there before `deadline`, gets into this block. Messages are
	/// delayed and lost on the way, and sent again; the last block in time takes it.
	fn arrives(&mut self, deadline: Option<BlockNumber>) -> bool {
		deadline.is_some_and(|deadline| now() + 1 >= deadline) || self.once_in(4)
	}

	/// Whether `view` was claimed in a block that stays.
	fn is_final(&self, view: &BatchView) -> bool {
		let claimed_at = view.deadline.map(|deadline| deadline - job(view.job).spec.execution_window);
		self.branched_at.is_none_or(|branch| claimed_at.is_some_and(|claimed_at| claimed_at < branch))
	}

	pub(super) fn deed(&self, view: &BatchView) -> &Deed {
		&self.deeds[&view.receipt.as_ref().expect("it is committed").hash]
	}

	/// Sends a message, which others may remember.
	pub(super) fn send(&mut self, message: Call<Test>) -> Result<(), String> {
		if let Call::submit_receipt { signed } = &message {
			self.receipts.push(*signed);
		}
		self.messages.push(message.clone());
		deliver(message)
	}

	/// Hands in a batch.
	pub(super) fn hand_in(&mut self, party: &Party, deed: Deed) -> Result<(), String> {
		let signed = deed.work.signed(party);
		self.deeds.insert(deed.work.receipt.hash(), deed);
		self.send(Call::submit_receipt { signed })
	}

	/// What the honest do in this block: the worker, and the watcher.
	pub(super) fn honest_turn(&mut self) {
		for view in batches_of(&worker(), BatchStage::Claimed) {
			// It signs for nothing that can be undone.
			if self.is_final(&view) && self.arrives(view.deadline) {
				let work = Work::run(&worker(), view.job, view.batch);
				let (wrong, missealed) = (BTreeSet::new(), BTreeSet::new());
				let deed = Deed { work, wrong, missealed, withheld: false };
				self.hand_in(&worker(), deed).expect("the honest worker's receipt holds");
			}
		}
		for view in batches_of(&worker(), BatchStage::Committed) {
			let audit = view.audit.clone().expect("committed batches are audited; qed");
			let acts = now() >= audit.revealable_at && (audit.is_complete() || !audit.samples().is_empty());
			if acts && self.arrives(view.deadline) {
				let (job, batch) = (view.job, view.batch);
				let work = self.deed(&view).work.clone();
				let (key, openings) = (work.key, work.openings());
				let call = match audit.is_complete() {
					true => Call::reveal { job, batch, key, openings },
					false => Call::answer { job, batch, openings },
				};
				attempt(&worker().account(), call).expect("the honest worker can reveal and answer");
			}
		}
		for view in batches_of(&worker(), BatchStage::Demanded) {
			if self.arrives(view.deadline) {
				self.show(&worker(), &view, true).expect("the honest worker can show what it has");
			}
		}
		for view in open_to_objections() {
			let hash = view.receipt.as_ref().expect("revealed batches have receipts").hash;
			if hash.0[0] % 2 == 0 && self.arrives(view.deadline) {
				self.watch(&view);
			}
		}
	}

	/// Opens and runs all of a batch, and contests what is wrong.
	fn watch(&mut self, view: &BatchView) {
		let deed = self.deed(view).clone();
		let (job, batch) = (view.job, view.batch);
		if let Some(task) = deed.missealed.first() {
			let (opening, sealed) = (deed.work.opening(*task), deed.work.show(*task));
			attempt(&watcher().account(), Call::prove_missealed { job, batch, opening, sealed })
				.expect("garbage is proved on the spot");
		} else if let Some(task) = deed.wrong.first() {
			let opening = deed.work.opening(*task);
			attempt(&watcher().account(), Call::challenge { job, batch, opening })
				.expect("a revealed batch can be challenged");
			self.note_challenge(view, true);
		}
	}

	pub(super) fn note_challenge(&mut self, view: &BatchView, right: bool) {
		self.truth.challenges.insert((view.job, view.batch), right);
		if right {
			self.truth.caught.insert(attempted(view));
		}
	}

	/// Shows what is demanded, or the result next to it.
	pub(super) fn show(&self, party: &Party, view: &BatchView, right: bool) -> Result<(), String> {
		let demanded = view.demand.as_ref().expect("something is demanded; qed").task;
		let last = view.first_task + view.tasks - 1;
		let shown = if right || demanded == last { demanded } else { demanded + 1 };
		let work = &self.deed(view).work;
		let (opening, sealed): (_, SealedOpening) = (work.opening(demanded), work.show(shown));
		let (job, batch) = (view.job, view.batch);
		attempt(&party.account(), Call::answer_demand { job, batch, opening, sealed })
	}

	/// What an honest validator that has all the data says of a dispute.
	pub(super) fn honest_ruling(&self, dispute: &DisputeTask) -> Ruling {
		let right = leaf(dispute.job, dispute.task);
		let deed = self.deed(&batch(dispute.job, dispute.batch));
		if dispute.withheld {
			return if deed.withheld { Ruling::Unavailable } else { Ruling::Held };
		}
		if dispute.leaf == right && dispute.key.is_some() && deed.missealed.contains(&dispute.task) {
			Ruling::Missealed
		} else {
			Ruling::Leaf(right)
		}
	}

	/// Sends an old message with a byte changed: nobody signed that.
	pub(super) fn forge(&mut self, message: &Call<Test>, byte: u16, change: u8) {
		let mut encoded = message.encode();
		let Some(at) = usize::from(byte).checked_rem(encoded.len()) else { return };
		encoded[at] ^= change;
		let Ok(forged) = Call::<Test>::decode(&mut &encoded[..]) else { return };
		// The byte that names the call can make it another one, which nobody authorises.
		let is_fee_less = matches!(
			forged,
			Call::submit_receipt { .. } | Call::submit_audit { .. } | Call::submit_vote { .. }
		);
		if is_fee_less && !self.messages.contains(&forged) {
			assert!(deliver(forged).is_err(), "a forged message was taken");
		}
	}
}
