//! Time: the index of deadlines, and how blocks work it off.

use crate::{
	batch::BatchAt, reveals::lost_batch, types::*, weights::WeightInfo, Batches, Config, Deadlines, Error,
	Jobs, Pallet, Reports, Returned, SweepFrom, Validators, LOG_TARGET, MAX_REPORTS,
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

/// Whether an entry of the index is worked off.
#[derive(PartialEq, Eq)]
enum Step {
	Done,
	More,
}

impl<T: Config> Pallet<T> {
	/// The block being built, or the one whose state is looked at.
	pub(crate) fn now() -> BlockNumber {
		frame_system::Pallet::<T>::block_number().saturated_into()
	}

	/// Moves a batch on whose deadline has passed.
	pub(crate) fn do_expire(id: JobId, index: BatchIndex) -> DispatchResult {
		let at = BatchAt::<T>::load(id, index)?;
		let deadline = at.deadline().ok_or(Error::<T>::NoDeadline)?;
		ensure!(Self::now() >= deadline, Error::<T>::TooEarly);
		at.pass_deadline()
	}

	/// Works off what is due, within `limit`. Blocks are done in order, and none is left before it is empty, so that
	/// however full the blocks are for however long, nothing is forgotten.
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
		for entry in Deadlines::<T>::iter_key_prefix(block) {
			loop {
				if meter.try_consume(T::WeightInfo::sweep_entry(Validators::<T>::count())).is_err() {
					return Step::More;
				}
				if Self::meet(block, entry) == Step::Done {
					break;
				}
			}
		}
		Step::Done
	}

	fn meet(block: BlockNumber, entry: Deadline) -> Step {
		let outcome = with_storage_layer(|| match entry {
			Deadline::Batch(id, index) => Self::meet_batch(id, index),
			Deadline::Expiry(id) => Self::do_expire_job(id).map(|()| Step::Done),
			Deadline::Pruning(id) => Ok(Self::prune(id, block)),
		});
		outcome.unwrap_or_else(|error| {
			// Should a bug bring us here, the entry must not block all that come after it. What it stands for can
			// still be moved on by `expire` and `expire_job`, which also say what is wrong.
			log::error!(target: LOG_TARGET, "deadline {entry:?} of block {block}: {error:?}");
			frame_support::defensive!("a deadline could not be met");
			Deadlines::<T>::remove(block, entry);
			Step::Done
		})
	}

	fn meet_batch(id: JobId, index: BatchIndex) -> Result<Step, DispatchError> {
		let mut at = BatchAt::<T>::load(id, index)?;
		match at.deadline() {
			Some(deadline) if deadline > Self::now() => {
				at.file_under(Some(deadline));
				at.save();
			},
			_ => at.pass_deadline()?,
		}
		Ok(Step::Done)
	}

	/// Removes a closed job, some batches at a time.
	fn prune(id: JobId, block: BlockNumber) -> Step {
		let Some(mut job) = Jobs::<T>::get(id) else {
			Deadlines::<T>::remove(block, Deadline::Pruning(id));
			return Step::Done;
		};
		let JobState::Closed { prune_at, pruned } = job.state else {
			frame_support::defensive!("only closed jobs are pruned");
			Deadlines::<T>::remove(block, Deadline::Pruning(id));
			return Step::Done;
		};
		let end = pruned.saturating_add(PRUNE_STEP).min(job.next_fresh);
		for index in pruned..end {
			Batches::<T>::remove(id, index);
			// The stack of returned batches is never higher than the number of batches with records.
			Returned::<T>::remove(id, index);
			let _ = Reports::<T>::clear_prefix((id, index), MAX_REPORTS, None);
		}
		if end < job.next_fresh {
			job.state = JobState::Closed { prune_at, pruned: end };
			Jobs::<T>::insert(id, job);
			return Step::More;
		}
		Jobs::<T>::remove(id);
		Deadlines::<T>::remove(block, Deadline::Pruning(id));
		Step::Done
	}
}

impl<T: Config> BatchAt<T> {
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
			Stage::Disputed(claim, _, dispute) => self.end_undecided(claim, dispute),
			Stage::Demanded(claim, _, _, demand) => self.miss_demand(claim, demand),
			Stage::Available | Stage::Settled(..) | Stage::Refunded => Err(Error::<T>::NoDeadline.into()),
		}
	}
}
