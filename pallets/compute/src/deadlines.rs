//! Time: the index of deadlines, and how blocks work it off.

use crate::{
	batch::BatchAt, reveals::lost_batch, types::*, weights::WeightInfo, Batches, Config, Deadlines, Error,
	JobDeadlines, Jobs, Pallet, Reports, Returned, SweepFrom, LOG_TARGET, MAX_REPORTS,
};
use assay_primitives::{BatchIndex, BlockNumber, JobId};
use frame_support::{
	ensure,
	pallet_prelude::DispatchResult,
	storage::with_storage_layer,
	weights::{Weight, WeightMeter},
};
use sp_runtime::{traits::SaturatedConversion, DispatchError};

/// Batches of a closed job that one step of pruning removes.
pub(crate) const PRUNE_STEP: u32 = 4;
/// Steps after which the rest of a closed job waits for the next block.
pub(crate) const PRUNE_STEPS: u32 = 16;

/// Whether a block, or a job that is removed, is worked off.
#[derive(PartialEq, Eq)]
pub(crate) enum Step {
	Done,
	More,
}

/// An entry of the index of deadlines.
#[derive(Clone, Copy, Debug)]
enum Entry {
	/// A batch that a worker has.
	Batch(JobId, BatchIndex),
	/// A job that is open or closed.
	Job(JobId),
}

/// What became of an entry of the index.
#[derive(PartialEq, Eq)]
enum Met {
	/// It is worked off, or waits in a later block.
	Done,
	/// What is left of the block is too little for it. It was only looked at.
	NoRoom,
}

impl<T: Config> Pallet<T> {
	/// The block being built, or the one whose state is looked at.
	pub(crate) fn now() -> BlockNumber {
		frame_system::Pallet::<T>::block_number().saturated_into()
	}

	/// Moves a batch on whose deadline has passed, and says what that cost.
	pub(crate) fn do_expire(id: JobId, index: BatchIndex) -> Result<Weight, DispatchError> {
		let at = BatchAt::<T>::load(id, index)?;
		let deadline = at.deadline().ok_or(Error::<T>::NoDeadline)?;
		ensure!(Self::now() >= deadline, Error::<T>::TooEarly);
		let weight = at.charge_deadline();
		at.pass_deadline()?;
		Ok(weight)
	}

	/// Works off what is due, within `limit`. Blocks are done in order, and none is left before it is empty, so that
	/// however full the blocks are for however long, nothing is forgotten. No entry takes more than some steps at a time, so
	/// nothing waits for long either.
	pub(crate) fn sweep(limit: Weight) -> Weight {
		let mut meter = WeightMeter::with_limit(limit);
		if meter.try_consume(T::WeightInfo::sweep_base()).is_err() {
			return Weight::zero();
		}
		let (start, now) = (SweepFrom::<T>::get(), Self::now());
		let mut block = start;
		while block <= now && Self::sweep_block(block, &mut meter) == Step::Done {
			block = block.saturating_add(1);
		}
		if block != start {
			SweepFrom::<T>::put(block);
		}
		meter.consumed()
	}

	fn sweep_block(block: BlockNumber, meter: &mut WeightMeter) -> Step {
		if meter.try_consume(T::WeightInfo::sweep_block()).is_err() {
			return Step::More;
		}
		// Entries are removed behind the iterator, as `drain` does; new ones are for later blocks.
		let batches = Deadlines::<T>::iter_key_prefix(block).map(|(id, index)| Entry::Batch(id, index));
		let jobs = JobDeadlines::<T>::iter_key_prefix(block).map(Entry::Job);
		for entry in batches.chain(jobs) {
			if Self::meet(block, entry, meter) == Met::NoRoom {
				return Step::More;
			}
		}
		Step::Done
	}

	/// Works off an entry, or some steps of it, if `meter` has room for it. Looking at it takes what looking at a batch that is
	/// due later takes; then it is clear how much more there is to do.
	fn meet(block: BlockNumber, entry: Entry, meter: &mut WeightMeter) -> Met {
		if meter.try_consume(T::WeightInfo::sweep_entry()).is_err() {
			return Met::NoRoom;
		}
		let outcome = with_storage_layer(|| match entry {
			Entry::Batch(id, index) => Self::meet_batch(id, index, meter),
			Entry::Job(id) => Self::meet_job(id, block, meter),
		});
		outcome.unwrap_or_else(|error: DispatchError| {
			// Should a bug bring us here, the entry must not block all that come after it. What it stands for can
			// still be moved on by `expire` and `expire_job`, which also say what is wrong.
			log::error!(target: LOG_TARGET, "deadline {entry:?} of block {block}: {error:?}");
			frame_support::defensive!("a deadline could not be met");
			match entry {
				Entry::Batch(id, index) => Deadlines::<T>::remove(block, (id, index)),
				Entry::Job(id) => JobDeadlines::<T>::remove(block, id),
			}
			Met::Done
		})
	}

	fn meet_batch(id: JobId, index: BatchIndex, meter: &mut WeightMeter) -> Result<Met, DispatchError> {
		let mut at = BatchAt::<T>::load(id, index)?;
		match at.deadline() {
			Some(deadline) if deadline > Self::now() => {
				at.file_under(Some(at.next_look(deadline)));
				at.save_batch();
			},
			_ => {
				if meter.try_consume(Self::charge_after_look(at.charge_deadline())).is_err() {
					return Ok(Met::NoRoom);
				}
				at.pass_deadline()?;
			},
		}
		Ok(Met::Done)
	}

	/// An open job expires, a closed one is removed.
	fn meet_job(id: JobId, block: BlockNumber, meter: &mut WeightMeter) -> Result<Met, DispatchError> {
		let job = Jobs::<T>::get(id).ok_or(Error::<T>::UnknownJob)?;
		if matches!(job.state, JobState::Closed { .. }) {
			return Ok(Self::meet_pruning(id, block, meter));
		}
		if meter.try_consume(T::WeightInfo::expire_job()).is_err() {
			return Ok(Met::NoRoom);
		}
		Self::do_expire_job(id)?;
		Ok(Met::Done)
	}

	/// Removes some batches of a closed job. What there is more of it goes behind all that is due by now: a job can have
	/// millions of batches, and no deadline waits until they are gone.
	fn meet_pruning(id: JobId, block: BlockNumber, meter: &mut WeightMeter) -> Met {
		for taken in 0..PRUNE_STEPS {
			if !meter.can_consume(Self::charge_any_pruning()) {
				if taken == 0 {
					return Met::NoRoom;
				}
				break;
			}
			let (step, reports) = Self::prune(id, block);
			meter.consume(T::WeightInfo::prune(reports));
			if step == Step::Done {
				return Met::Done;
			}
		}
		Self::prune_later(id, block);
		Met::Done
	}

	/// Moves the rest of a closed job to the next block. That is no more than what a batch takes that is looked at too early.
	fn prune_later(id: JobId, block: BlockNumber) {
		Jobs::<T>::mutate_extant(id, |job| {
			if let JobState::Closed { prune_at, .. } = &mut job.state {
				*prune_at = Self::now().saturating_add(1);
				JobDeadlines::<T>::remove(block, id);
				JobDeadlines::<T>::insert(*prune_at, id, ());
			}
		});
	}

	/// Removes a closed job, some batches at a time, and says how many reports went with them.
	pub(crate) fn prune(id: JobId, block: BlockNumber) -> (Step, u32) {
		let Some(mut job) = Jobs::<T>::get(id) else {
			JobDeadlines::<T>::remove(block, id);
			return (Step::Done, 0);
		};
		let JobState::Closed { prune_at, pruned } = job.state else {
			frame_support::defensive!("only closed jobs are pruned");
			JobDeadlines::<T>::remove(block, id);
			return (Step::Done, 0);
		};
		let end = pruned.saturating_add(PRUNE_STEP).min(job.next_fresh);
		let mut reports = 0u32;
		for index in pruned..end {
			// What never was committed, or was taken back, has no reports any more.
			if let Some(batch) = Batches::<T>::take(id, index) {
				reports = reports.saturating_add(batch.stage.commitment().map_or(0, Commitment::reports));
			}
			// The stack of returned batches is never higher than the number of batches with records.
			Returned::<T>::remove(id, index);
			let _ = Reports::<T>::clear_prefix((id, index), MAX_REPORTS, None);
		}
		if end < job.next_fresh {
			job.state = JobState::Closed { prune_at, pruned: end };
			Jobs::<T>::insert(id, job);
			return (Step::More, reports);
		}
		Jobs::<T>::remove(id);
		JobDeadlines::<T>::remove(block, id);
		(Step::Done, reports)
	}
}

impl<T: Config> BatchAt<T> {
	/// When to look at a batch again that is due at `deadline`, as far as is known now: a seed that is still to come can
	/// bring it forward.
	fn next_look(&self, deadline: BlockNumber) -> BlockNumber {
		match &self.batch.stage {
			Stage::Committed(_, commitment) => {
				let first_look = Pallet::<T>::first_look(&self.job.spec.audit, commitment);
				if first_look > Pallet::<T>::now() {
					first_look.min(deadline)
				} else {
					deadline
				}
			},
			_ => deadline,
		}
	}

	/// What the end of the time brings.
	fn pass_deadline(self) -> DispatchResult {
		match self.batch.stage.clone() {
			Stage::Claimed(claim) => self.penalise(claim),
			// The audit is complete, or ran out with reports that have to be answered, and the worker is silent.
			Stage::Committed(claim, commitment)
				if commitment.tagged() > 0 || self.progress(&commitment).complete =>
			{
				let reporters = self.checkers(None);
				self.slash(claim, reporters, ReopenReason::RevealMissed)
			},
			Stage::Committed(claim, _) => {
				// Sleeping auditors, a stalled chain or blobs that cannot be had: nobody can tell whose fault it is.
				Pallet::<T>::release_claim(&claim, lost_batch)?;
				self.take_back(ReopenReason::AuditIncomplete)
			},
			Stage::Revealed(claim, commitment, revelation) => self.settle(claim, commitment, revelation),
			Stage::Disputed(claim, commitment, dispute) => self.end_vote(claim, commitment, dispute),
			Stage::Demanded(claim, _, _, demand) => self.miss_demand(claim, demand),
			Stage::Available | Stage::Settled(..) | Stage::Refunded => Err(Error::<T>::NoDeadline.into()),
		}
	}
}
