//! What calls and deadlines are charged, put together from what was measured.
//!
//! Before a call is made its parameters tell little of its work, so it is charged the most it can cost; what it did not
//! need is given back.

use crate::{
	batch::BatchAt, deadlines::PRUNE_STEP, types::*, Config, Pallet, Validators, WeightInfo, MAX_REPORTS,
};
use assay_primitives::{AuditPolicy, JobSpec};
use frame_support::{dispatch::DispatchClass, traits::Get, weights::Weight};
use sp_runtime::Perbill;

/// Bytes of a transaction that answers a demand besides the result: two proofs, signature, extensions.
const ANSWER_OVERHEAD: u32 = 4 << 10;

/// What a verdict has to do.
pub(crate) struct Verdict {
	/// Votes there can be on it.
	pub(crate) votes: u32,
	/// Reports on the batch.
	pub(crate) reports: u32,
	/// Other tasks that are contested.
	pub(crate) contested: u32,
}

/// What the weight of a report depends on.
pub struct Noted {
	/// Whether the batch's entry in the index of deadlines had to be moved.
	pub moved: bool,
	/// Whether it says that something could not be had, which is written into the record of its auditor.
	pub unavailable: bool,
	/// Tasks that the worker has to open for it.
	pub samples: u32,
	/// Tasks of the batch.
	pub tasks: u32,
}

impl<T: Config> Pallet<T> {
	/// A report. It was measured while it moved an entry of the index, and of an auditor that had everything. Together with
	/// what it took to let it in, it takes the room that the tasks have to have which the worker opens for it.
	pub fn charge_report(noted: &Noted) -> Weight {
		let record = T::DbWeight::get().writes(u64::from(noted.unavailable));
		let room = Self::room_of(openings_len(noted.samples, noted.tasks));
		Self::charge_filing(T::WeightInfo::submit_audit(), noted.moved)
			.saturating_add(record)
			.max(room.saturating_sub(T::WeightInfo::authorize_submit_audit()))
	}

	/// A report that has to write all there is, on as many tasks as there can be of the largest batch.
	pub(crate) fn charge_any_report() -> Weight {
		let (samples, tasks) = (AuditPolicy::MAX_SAMPLES.into(), JobSpec::MAX_BATCH_SIZE);
		Self::charge_report(&Noted { moved: true, unavailable: true, samples, tasks })
	}

	/// The part of what transactions of a block can weigh that so many bytes are of what they can be long. Whoever makes others
	/// owe bytes takes as much room of a block as those will: were more owed than blocks have room for, whoever owes it would
	/// be late, however honest.
	fn room_of(bytes: u32) -> Weight {
		let share = Perbill::from_rational(bytes, *T::BlockLength::get().max.get(DispatchClass::Normal));
		let blocks = T::BlockWeights::get();
		let all = blocks.get(DispatchClass::Normal).max_total.unwrap_or(blocks.max_block);
		Weight::from_parts(share.mul_ceil(all.ref_time()), 0)
	}

	/// What a call cost that was measured while it moved a batch's entry in the index of deadlines, if it has `moved` one, or
	/// has not.
	pub(crate) fn charge_filing(weight: Weight, moved: bool) -> Weight {
		/// The old entry goes, the new one comes.
		const WRITES: u64 = 2;
		let unused = if moved { 0 } else { WRITES };
		weight.saturating_sub(T::DbWeight::get().writes(unused))
	}

	/// A reveal of `openings` tasks that `reports` auditors reported on.
	pub fn charge_reveal(openings: u32, reports: u32) -> Weight {
		for_reports(T::WeightInfo::reveal(openings), T::WeightInfo::reveal_reported, reports)
	}

	/// An answer with `openings` tasks that `reports` auditors reported on. It contests as a reveal does, or takes the batch
	/// back.
	pub fn charge_answer(openings: u32, reports: u32) -> Weight {
		let taken_back =
			for_reports(T::WeightInfo::answer(openings), T::WeightInfo::answer_reported, reports);
		Self::charge_reveal(openings, reports).max(taken_back)
	}

	/// A demand: it takes the room that its answer has to have.
	pub(crate) fn charge_demand() -> Weight {
		let answer = T::MaxDemandBytes::get();
		let room = Self::room_of(answer.saturating_add(ANSWER_OVERHEAD));
		T::WeightInfo::demand().max(room).max(T::WeightInfo::answer_demand(answer))
	}

	/// Moving on any batch there can be.
	pub(crate) fn charge_expire() -> Weight {
		T::WeightInfo::expire_claimed()
			.max(T::WeightInfo::expire_committed(MAX_REPORTS))
			.max(T::WeightInfo::settle(MAX_REPORTS))
			.max(T::WeightInfo::expire_demanded(MAX_REPORTS))
			.max(T::WeightInfo::expire_disputed(T::MaxAuditors::get()))
	}

	/// The vote that brings a verdict.
	pub(crate) fn charge_verdict(verdict: &Verdict) -> Weight {
		let Verdict { votes, reports, contested } = *verdict;
		// Reports that the verdict strikes are not compared with what else is contested, so this is more than any verdict
		// needs.
		T::WeightInfo::decide_against(votes, reports).saturating_add(T::WeightInfo::decide_for(contested))
	}

	/// The vote that brings the largest verdict there can be.
	pub(crate) fn charge_any_verdict() -> Weight {
		let votes = T::MaxAuditors::get();
		Self::charge_verdict(&Verdict { votes, reports: MAX_REPORTS, contested: MAX_CONTESTED })
	}

	/// Evidence on any batch there can be.
	pub(crate) fn charge_any_evidence() -> Weight {
		T::WeightInfo::report_double_receipt(T::MaxAuditors::get(), MAX_REPORTS)
	}

	/// What moving a batch on costs a block besides looking at it. What moving on weighs was measured of a call, which reads
	/// the batch and its job as a look does and moves its entry as well; only finding the entry is not in it.
	pub(crate) fn charge_after_look(moving_on: Weight) -> Weight {
		moving_on.saturating_sub(T::WeightInfo::sweep_entry()).saturating_add(T::DbWeight::get().reads(1))
	}

	/// What a block has to leave for deadlines so that each of them is worked off some time, whatever it is.
	pub fn heaviest_deadline() -> Weight {
		let heaviest = Self::charge_expire().max(T::WeightInfo::expire_job()).max(Self::charge_any_pruning());
		T::WeightInfo::sweep_base()
			.saturating_add(T::WeightInfo::sweep_block())
			.saturating_add(T::WeightInfo::sweep_entry())
			.saturating_add(heaviest)
	}

	/// One step of pruning, whatever it removes.
	pub(crate) fn charge_any_pruning() -> Weight {
		T::WeightInfo::prune(PRUNE_STEP.saturating_mul(MAX_REPORTS))
	}
}

/// How long so many opened tasks of a batch of `tasks` are, at most.
fn openings_len(openings: u32, tasks: u32) -> u32 {
	const HASH: u32 = 32;
	/// Number and outcome of the task, and the number of siblings.
	const ALONE: u32 = 64;
	let siblings = tasks.max(1).checked_next_power_of_two().map_or(u32::BITS, u32::trailing_zeros);
	openings.saturating_mul(siblings.saturating_mul(HASH).saturating_add(ALONE))
}

/// Takes what reports that are not there would have cost off a weight that was measured with all there can be. `reported` is
/// what so many of them weigh together with the tasks of one; what is left is no less than that.
fn for_reports(weight: Weight, reported: impl Fn(u32) -> Weight, reports: u32) -> Weight {
	let these = reported(reports);
	let others = reported(MAX_REPORTS).saturating_sub(these);
	weight.saturating_sub(others).max(these)
}

impl<T: Config> BatchAt<T> {
	/// Reports on the current attempt.
	pub(crate) fn reports(&self) -> u32 {
		self.batch.stage.commitment().map_or(0, Commitment::reports)
	}

	/// Votes there can be on the batch.
	pub(crate) fn votes(&self) -> u32 {
		match &self.batch.stage {
			Stage::Disputed(_, _, dispute) => dispute.validators.max(Validators::<T>::count()),
			_ => 0,
		}
	}

	/// What it costs to move the batch on.
	pub(crate) fn charge_deadline(&self) -> Weight {
		match &self.batch.stage {
			Stage::Claimed(..) => T::WeightInfo::expire_claimed(),
			Stage::Committed(..) => T::WeightInfo::expire_committed(self.reports()),
			Stage::Revealed(..) => T::WeightInfo::settle(self.reports()),
			Stage::Demanded(..) => T::WeightInfo::expire_demanded(self.reports()),
			Stage::Disputed(..) => T::WeightInfo::expire_disputed(self.votes()),
			Stage::Available | Stage::Settled(..) | Stage::Refunded => Weight::zero(),
		}
	}
}
