//! Revealing: the key, the sampled outcomes, and whether the auditors agree.

use crate::{audits::Progress, batch::BatchAt, types::*, Config, Error, Event, Pallet};
use alloc::{
	collections::{BTreeMap, BTreeSet},
	vec::Vec,
};
use assay_primitives::{
	audit::{self, Opening},
	merkle,
	sealing::{self, BatchKey},
	BatchIndex, BlockNumber, Hash, JobId, TaskIndex, TaskLimits, TaskOutcome, TaskStatus,
};
use frame_support::ensure;
use sp_runtime::DispatchError;

/// A committed batch, who has it, and what it stands on.
type CommittedBatch<T> = (BatchAt<T>, Claim<<T as frame_system::Config>::AccountId>, Commitment);

impl<T: Config> Pallet<T> {
	/// Takes a reveal, and says how many auditors reported.
	pub(crate) fn do_reveal(
		worker: &T::AccountId,
		id: JobId,
		index: BatchIndex,
		key: BatchKey,
		openings: &[Opening],
	) -> Result<u32, DispatchError> {
		let (at, claim, commitment) = Self::committed_by(worker, id, index)?;
		let verdict = Self::ensure_revealable(&at.progress(&commitment))?;
		ensure!(sealing::commit(&key) == commitment.key_commitment, Error::<T>::WrongKey);
		let reports = commitment.reports();
		let contested = at.contested(&commitment, openings)?;
		Self::release_seed(&commitment);
		if contested.is_empty() {
			at.confirm(claim, commitment, Revelation::new(key, verdict));
		} else {
			at.contest(claim, commitment, &contested, verdict.seed, Some(key))?;
		}
		Ok(reports)
	}

	/// Takes the openings for an audit that ran out before it was complete, and says how many auditors reported. Without this duty, a worker that finds itself caught by the first report could have its
	/// friends starve the audit.
	pub(crate) fn do_answer(
		worker: &T::AccountId,
		id: JobId,
		index: BatchIndex,
		openings: &[Opening],
	) -> Result<u32, DispatchError> {
		let (at, claim, commitment) = Self::committed_by(worker, id, index)?;
		let progress = at.progress(&commitment);
		let now = Self::now();
		let over = !progress.complete && commitment.tagged() > 0 && now >= progress.revealable_at;
		ensure!(over, Error::<T>::AuditNotOver);
		ensure!(now < progress.deadline, Error::<T>::TooLate);
		// No report can check anything before the seed is there.
		let SeedVerdict { seed, .. } = progress.verdict.ok_or(Error::<T>::AuditNotOver)?;
		let reports = commitment.reports();
		let contested = at.contested(&commitment, openings)?;
		if contested.is_empty() {
			Self::release_claim(&claim, lost_batch)?;
			at.take_back(ReopenReason::AuditIncomplete)?;
			return Ok(reports);
		}
		Self::release_seed(&commitment);
		at.contest(claim, commitment, &contested, seed, None)?;
		Ok(reports)
	}

	/// A batch that waits for something of `worker`, its worker.
	fn committed_by(
		worker: &T::AccountId,
		id: JobId,
		index: BatchIndex,
	) -> Result<CommittedBatch<T>, Error<T>> {
		let at = BatchAt::<T>::load(id, index)?;
		let Stage::Committed(claim, commitment) = at.batch.stage.clone() else {
			return Err(Error::NotCommitted);
		};
		ensure!(claim.worker == *worker, Error::NotBatchWorker);
		Ok((at, claim, commitment))
	}

	fn ensure_revealable(progress: &Progress) -> Result<SeedVerdict, Error<T>> {
		let now = Self::now();
		let verdict = progress.verdict.ok_or(Error::AuditIncomplete)?;
		ensure!(progress.complete, Error::AuditIncomplete);
		ensure!(progress.is_closed(now), Error::TooEarly);
		ensure!(now < progress.deadline, Error::TooLate);
		Ok(verdict)
	}
}

impl<T: Config> BatchAt<T> {
	/// The opened tasks that some auditor computed another outcome of, ascending, with the worker's leaves. Exactly the
	/// sampled tasks must be opened.
	fn contested(
		&self,
		commitment: &Commitment,
		openings: &[Opening],
	) -> Result<Vec<(TaskIndex, Hash)>, Error<T>> {
		let checks = self.checks();
		let leaves = self.open_samples(commitment, &checks, openings)?;
		let mut contested = Vec::new();
		for (task, leaf) in leaves {
			if let Some((auditor, _)) = checks.iter().find(|(_, report)| contradicts(report, task, &leaf)) {
				Pallet::<T>::deposit_event(Event::AuditMismatch {
					job: self.id,
					batch: self.index,
					attempt: self.batch.attempt,
					task,
					auditor: auditor.clone(),
				});
				contested.push((task, leaf));
			}
		}
		Ok(contested)
	}

	/// The leaf of every sampled task, if exactly those are opened and all lie under the receipt's root.
	fn open_samples(
		&self,
		commitment: &Commitment,
		checks: &[(T::AccountId, ReportRecord)],
		openings: &[Opening],
	) -> Result<BTreeMap<TaskIndex, Hash>, Error<T>> {
		let samples: BTreeSet<TaskIndex> =
			checks.iter().flat_map(|(_, report)| report.tags()).map(|(task, _)| task).collect();
		ensure!(openings.iter().map(|opening| opening.task).eq(samples), Error::WrongOpenings);
		openings
			.iter()
			.map(|opening| {
				ensure!(is_possible(&opening.outcome, &self.job.spec.limits), Error::ImpossibleOutcome);
				self.leaf_of(commitment, opening).map(|leaf| (opening.task, leaf))
			})
			.collect()
	}

	/// The leaf that `opening` shows to lie under the receipt's root.
	pub(crate) fn leaf_of(&self, commitment: &Commitment, opening: &Opening) -> Result<Hash, Error<T>> {
		let offset = self.offset(opening.task)?;
		let leaf = opening.outcome.leaf(self.id, opening.task);
		ensure!(
			opening.proof.len() <= merkle::MAX_PROOF_LEN
				&& merkle::verify(&commitment.outputs_root, self.tasks, offset, &leaf, &opening.proof),
			Error::WrongProof
		);
		Ok(leaf)
	}

	/// The place of a task in the batch.
	pub(crate) fn offset(&self, task: TaskIndex) -> Result<u32, Error<T>> {
		task.checked_sub(self.first).filter(|offset| *offset < self.tasks).ok_or(Error::UnknownTask)
	}

	/// Opens the challenge window.
	pub(crate) fn confirm(
		mut self,
		claim: Claim<T::AccountId>,
		commitment: Commitment,
		revelation: Revelation,
	) {
		Pallet::<T>::deposit_event(Event::BatchRevealed {
			job: self.id,
			batch: self.index,
			attempt: self.batch.attempt,
			worker: claim.worker.clone(),
			key: revelation.key,
		});
		let window = self.job.spec.challenge_window;
		self.reveal_for(window, claim, commitment, revelation);
	}

	/// Leaves the batch open to challenges for that many blocks.
	pub(crate) fn reveal_for(
		&mut self,
		blocks: BlockNumber,
		claim: Claim<T::AccountId>,
		commitment: Commitment,
		revelation: Revelation,
	) {
		self.file_under(Some(Pallet::<T>::now().saturating_add(blocks)));
		self.batch.stage = Stage::Revealed(claim, commitment, revelation);
		self.save_batch();
	}
}

impl ReportRecord {
	/// The sampled tasks and the tag of each.
	pub(crate) fn tags(&self) -> impl Iterator<Item = (TaskIndex, Hash)> + '_ {
		self.checked.iter().flatten().copied()
	}
}

/// Whether the report is on `task` and its tag is not that of `leaf`.
pub(crate) fn contradicts(report: &ReportRecord, task: TaskIndex, leaf: &Hash) -> bool {
	report.tags().any(|(sample, tag)| sample == task && tag != audit::tag(&report.key, leaf))
}

pub(crate) fn lost_batch(worker: &mut WorkerRecord) {
	worker.batches_lost = worker.batches_lost.saturating_add(1);
}

/// Whether a task of a job with these limits can end like that.
fn is_possible(outcome: &TaskOutcome, limits: &TaskLimits) -> bool {
	let output_fits = match outcome.status {
		TaskStatus::Completed(_) => outcome.output_len <= limits.output_bytes,
		_ => outcome.output_len == 0 && outcome.output_hash == Hash::of(&[]),
	};
	outcome.fuel <= limits.fuel && output_fits
}
