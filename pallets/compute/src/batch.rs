//! One batch together with its job, as every phase works on it.

use crate::{
	audits::Progress, types::*, Batches, Config, Deadlines, Error, Jobs, Pallet, Reports, MAX_REPORTS,
};
use assay_primitives::{money, Balance, BatchIndex, BlockNumber, JobId, TaskIndex};
use sp_runtime::ArithmeticError;

/// A batch and its job, read from storage; [`BatchAt::save`] writes both back, [`BatchAt::save_batch`] the batch alone.
pub(crate) struct BatchAt<T: Config> {
	pub(crate) id: JobId,
	pub(crate) index: BatchIndex,
	pub(crate) job: JobOf<T>,
	pub(crate) batch: BatchOf<T>,
	/// The batch's first task.
	pub(crate) first: TaskIndex,
	/// How many tasks the batch has.
	pub(crate) tasks: u32,
}

impl<T: Config> BatchAt<T> {
	/// Reads a batch. One that nobody claimed yet has no record, but exists.
	pub(crate) fn load(id: JobId, index: BatchIndex) -> Result<Self, Error<T>> {
		let job = Jobs::<T>::get(id).ok_or(Error::UnknownJob)?;
		Self::of_job(id, job, index)
	}

	/// Reads a batch of a job that was read already.
	pub(crate) fn of_job(id: JobId, job: JobOf<T>, index: BatchIndex) -> Result<Self, Error<T>> {
		let tasks = job.spec.batch_tasks(index).ok_or(Error::UnknownBatch)?;
		let batch = Batches::<T>::get(id, index).unwrap_or_else(BatchRecord::fresh);
		Ok(Self { id, index, job, batch, first: tasks.start, tasks: tasks.end.saturating_sub(tasks.start) })
	}

	/// Writes batch and job back.
	pub(crate) fn save(&self) {
		Jobs::<T>::insert(self.id, &self.job);
		self.save_batch();
	}

	/// Writes the batch back. Enough for what leaves money and counts alone.
	pub(crate) fn save_batch(&self) {
		Batches::<T>::insert(self.id, self.index, &self.batch);
	}

	/// Writes the batch back and hands on the job.
	pub(crate) fn store_batch(self) -> JobOf<T> {
		self.save_batch();
		self.job
	}

	/// What the batch pays its worker.
	pub(crate) fn bounty(&self) -> Result<Balance, ArithmeticError> {
		money::batch_bounty(self.job.spec.bounty, self.tasks).ok_or(ArithmeticError::Overflow)
	}

	/// What is set aside to audit the batch.
	pub(crate) fn audit_reserve(&self) -> Result<Balance, ArithmeticError> {
		money::audit_reserve(self.job.spec.bounty, &self.job.spec.audit).ok_or(ArithmeticError::Overflow)
	}

	/// How far the audit of `commitment` to this batch is.
	pub(crate) fn progress(&self, commitment: &Commitment) -> Progress {
		let verdict = Pallet::<T>::seed_of(&self.job.spec.audit, commitment);
		Progress::new::<T>(&self.job.spec, self.tasks, commitment, verdict)
	}

	/// The block from which anybody may move the batch on. `None` if it waits for nothing.
	///
	/// While the batch waits for reports it can lie after the block the batch is filed under, never before: the index learns
	/// of a seed and of later deadlines only when it looks.
	pub(crate) fn deadline(&self) -> Option<BlockNumber> {
		match &self.batch.stage {
			Stage::Claimed(..) | Stage::Revealed(..) | Stage::Disputed(..) | Stage::Demanded(..) => {
				self.batch.filed_under
			},
			Stage::Committed(_, commitment) => Some(self.progress(commitment).deadline),
			Stage::Available | Stage::Settled(..) | Stage::Refunded => None,
		}
	}

	/// Moves the batch's one entry in the index of deadlines.
	pub(crate) fn file_under(&mut self, block: Option<BlockNumber>) {
		if block == self.batch.filed_under {
			return;
		}
		let entry = (self.id, self.index);
		if let Some(old) = self.batch.filed_under {
			Deadlines::<T>::remove(old, entry);
		}
		if let Some(new) = block {
			Deadlines::<T>::insert(new, entry, ());
		}
		self.batch.filed_under = block;
	}

	/// Has the index look at a batch that waits for reports in this block, or earlier, and says whether its entry had to be
	/// moved. What comes before its deadline is put right then; most batches are gone by that time, and two writes for
	/// each report are saved.
	pub(crate) fn file_by(&mut self, block: BlockNumber) -> bool {
		let is_late = self.batch.filed_under.is_none_or(|filed| filed > block);
		if is_late {
			self.file_under(Some(block));
		}
		is_late
	}

	/// Forgets the reports on the current attempt.
	pub(crate) fn clear_reports(&self) {
		// There are never more, so one call clears them all.
		let _ = Reports::<T>::clear_prefix((self.id, self.index), MAX_REPORTS, None);
	}
}
