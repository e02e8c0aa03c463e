//! Revealing: the key, the sampled outcomes, and whether the auditors agree.

use crate::{audits::Progress, batch::BatchAt, types::*, Config, Error, Event, Pallet, Reports};
use alloc::{
	collections::{BTreeMap, BTreeSet},
	vec::Vec,
};
use assay_primitives::{
	audit::{self, AuditorKey, Opening},
	merkle,
	sealing::{self, BatchKey},
	BatchIndex, Hash, JobId, TaskIndex, TaskLimits, TaskOutcome, TaskStatus,
};
use frame_support::ensure;
use sp_runtime::DispatchError;

impl<T: Config> Pallet<T> {
	/// Takes a reveal, and says whether the auditors confirm it and how many of them checked.
	pub(crate) fn do_reveal(
		worker: &T::AccountId,
		id: JobId,
		index: BatchIndex,
		key: BatchKey,
		openings: &[Opening],
	) -> Result<(bool, u32), DispatchError> {
		let mut at = BatchAt::<T>::load(id, index)?;
		let Stage::Committed(claim, commitment) = at.batch.stage.clone() else {
			return Err(Error::<T>::NotCommitted.into());
		};
		ensure!(claim.worker == *worker, Error::<T>::NotBatchWorker);
		let seed = Self::ensure_revealable(&at.progress(&commitment))?;
		ensure!(sealing::commit(&key) == commitment.key_commitment, Error::<T>::WrongKey);
		let reports = Self::checking_reports(id, index);
		let leaves = open_samples(&at, &commitment, &reports, openings)?;

		if let Some((auditor, task)) = first_mismatch(&reports, &leaves) {
			Self::deposit_event(Event::AuditMismatch {
				job: id,
				batch: index,
				attempt: at.batch.attempt,
				task,
				auditor,
			});
			Self::release_claim(&claim, lost_batch)?;
			at.take_back(ReopenReason::AuditMismatch)?;
			return Ok((false, commitment.checked));
		}
		Self::pay_auditors(&mut at, reports.into_iter().map(|(_, report)| report.account).collect())?;
		Self::release_seed(&commitment);
		Self::deposit_event(Event::BatchRevealed {
			job: id,
			batch: index,
			attempt: at.batch.attempt,
			worker: worker.clone(),
			key,
		});
		let settles_at = Self::now().saturating_add(at.job.spec.challenge_window);
		at.file_under(Some(settles_at));
		let checked = commitment.checked;
		at.batch.stage = Stage::Revealed(claim, commitment, Revelation { key, seed });
		at.store();
		Ok((true, checked))
	}

	fn ensure_revealable(progress: &Progress) -> Result<Hash, Error<T>> {
		let now = Self::now();
		let seed = progress.seed.ok_or(Error::AuditIncomplete)?;
		ensure!(progress.complete, Error::AuditIncomplete);
		ensure!(progress.is_closed(now), Error::TooEarly);
		ensure!(now < progress.deadline, Error::TooLate);
		Ok(seed)
	}

	fn checking_reports(id: JobId, index: BatchIndex) -> Vec<(AuditorKey, ReportOf<T>)> {
		Reports::<T>::iter_prefix((id, index)).filter(|(_, report)| report.checked.is_some()).collect()
	}
}

pub(crate) fn lost_batch(worker: &mut WorkerRecord) {
	worker.batches_lost = worker.batches_lost.saturating_add(1);
}

/// The leaf of every sampled task, if exactly those are opened and all lie under the receipt's root.
fn open_samples<T: Config>(
	at: &BatchAt<T>,
	commitment: &Commitment,
	reports: &[(AuditorKey, ReportOf<T>)],
	openings: &[Opening],
) -> Result<BTreeMap<TaskIndex, Hash>, Error<T>> {
	let samples: BTreeSet<TaskIndex> = findings(reports).map(|(_, _, task, _)| task).collect();
	ensure!(openings.iter().map(|opening| opening.task).eq(samples), Error::WrongOpenings);
	openings
		.iter()
		.map(|opening| {
			ensure!(is_possible(&opening.outcome, &at.job.spec.limits), Error::ImpossibleOutcome);
			let leaf = opening.outcome.leaf(at.id, opening.task);
			let offset = opening.task.saturating_sub(at.first);
			ensure!(
				opening.proof.len() <= merkle::MAX_PROOF_LEN
					&& merkle::verify(&commitment.outputs_root, at.tasks, offset, &leaf, &opening.proof),
				Error::WrongProof
			);
			Ok((opening.task, leaf))
		})
		.collect()
}

/// The first task that some auditor computed another outcome of, and that auditor.
fn first_mismatch<AccountId: Clone>(
	reports: &[(AuditorKey, ReportRecord<AccountId>)],
	leaves: &BTreeMap<TaskIndex, Hash>,
) -> Option<(AccountId, TaskIndex)> {
	findings(reports)
		.find(|(key, _, task, tag)| leaves.get(task).is_none_or(|leaf| audit::tag(key, leaf) != *tag))
		.map(|(_, report, task, _)| (report.account.clone(), task))
}

/// Every tag of every report: whose it is, and of which task.
fn findings<AccountId>(
	reports: &[(AuditorKey, ReportRecord<AccountId>)],
) -> impl Iterator<Item = (&AuditorKey, &ReportRecord<AccountId>, TaskIndex, Hash)> {
	reports.iter().flat_map(|(key, report)| {
		let checked = report.checked.iter().flatten();
		checked.map(move |(task, tag)| (key, report, *task, *tag))
	})
}

/// Whether a task of a job with these limits can end like that.
fn is_possible(outcome: &TaskOutcome, limits: &TaskLimits) -> bool {
	let output_fits = match outcome.status {
		TaskStatus::Completed(_) => outcome.output_len <= limits.output_bytes,
		_ => outcome.output_len == 0 && outcome.output_hash == Hash::of(&[]),
	};
	outcome.fuel <= limits.fuel && output_fits
}
