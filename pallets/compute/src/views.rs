//! The pallet's state as nodes tell it.

use crate::{
	audits::Progress, batch::BatchAt, types::*, Auditors, Config, Deadlines, Jobs, Pallet, Reports, Workers,
};
use alloc::vec::Vec;
use assay_primitives::{
	audit::AuditorKey,
	view::{
		AuditTask, AuditView, BatchCounts, BatchStage, BatchView, JobStatus, JobView, Parameters,
		ReceiptView, ReportView, WorkerView,
	},
	AccountId, BatchIndex, BlockNumber, Hash, JobId,
};
use frame_support::traits::Get;

/// The most items one page has.
const PAGE: u32 = 100;

fn page(limit: u32) -> usize {
	usize::try_from(limit.min(PAGE)).unwrap_or(usize::MAX)
}

/// What a batch in flight or settled stands on.
struct Standing<'a> {
	commitment: &'a Commitment,
	revelation: Option<&'a Revelation>,
}

fn standing<Account>(stage: &Stage<Account>) -> Option<Standing<'_>> {
	let (commitment, revelation) = match stage {
		Stage::Committed(_, commitment) => (commitment, None),
		Stage::Revealed(_, commitment, revelation) | Stage::Settled(_, commitment, revelation) => {
			(commitment, Some(revelation))
		},
		Stage::Available | Stage::Claimed(..) | Stage::Refunded => return None,
	};
	Some(Standing { commitment, revelation })
}

impl<T: Config> Pallet<T> {
	/// A job, if there is one with this number.
	pub fn job_view(id: JobId) -> Option<JobView> {
		Jobs::<T>::get(id).map(|job| Self::view_of_job(id, job))
	}

	/// Jobs with numbers from `start` on, ascending: at most `limit`, and never more than 100.
	pub fn job_views(start: JobId, limit: u32) -> Vec<JobView> {
		// Sorting the jobs there are is bounded by their deposits; trying all numbers there ever were is not.
		let mut ids: Vec<_> = Jobs::<T>::iter_keys().filter(|id| *id >= start).collect();
		ids.sort_unstable();
		ids.into_iter().filter_map(Self::job_view).take(page(limit)).collect()
	}

	fn view_of_job(id: JobId, job: JobOf<T>) -> JobView {
		JobView {
			id,
			requester: account_view::<T>(&job.requester),
			spec: job.spec,
			status: match job.state {
				JobState::Open => JobStatus::Open,
				JobState::Ending => JobStatus::Ending,
				JobState::Closed { .. } => JobStatus::Closed,
			},
			posted_at: job.posted_at,
			expires_at: job.expires_at,
			batches: BatchCounts {
				available: job.available(),
				in_flight: job.in_flight,
				settled: job.settled,
				refunded: job.refunded,
			},
			escrowed: job.escrowed,
			remaining: job.remaining,
			paid_to_workers: job.paid_to_workers,
			paid_to_auditors: job.paid_to_auditors,
			refunded: job.repaid,
			deposit: job.deposit,
		}
	}

	/// A batch, if there is such a job with such a batch.
	pub fn batch_view(id: JobId, index: BatchIndex) -> Option<BatchView> {
		BatchAt::<T>::load(id, index).ok().map(|at| Self::view_of_batch(&at))
	}

	/// Batches of a job from `start` on, ascending: at most `limit`, and never more than 100.
	pub fn batch_views(id: JobId, start: BatchIndex, limit: u32) -> Vec<BatchView> {
		(start..=BatchIndex::MAX).map_while(|index| Self::batch_view(id, index)).take(page(limit)).collect()
	}

	fn view_of_batch(at: &BatchAt<T>) -> BatchView {
		let (worker, bond) = match &at.batch.stage {
			Stage::Claimed(claim) | Stage::Committed(claim, _) | Stage::Revealed(claim, ..) => {
				(Some(&claim.worker), claim.bond)
			},
			Stage::Settled(worker, ..) => (Some(worker), 0),
			Stage::Available | Stage::Refunded => (None, 0),
		};
		let standing = standing(&at.batch.stage);
		BatchView {
			job: at.id,
			batch: at.index,
			attempt: at.batch.attempt,
			first_task: at.first,
			tasks: at.tasks,
			stage: if at.job.has_pruned(at.index) {
				BatchStage::Pruned
			} else {
				at.batch.view_stage(at.job.state == JobState::Open)
			},
			worker: worker.map(account_view::<T>),
			bond,
			deadline: at.deadline(),
			receipt: standing.as_ref().map(|s| view_of_receipt(s.commitment)),
			audit: standing.as_ref().map(|s| Self::view_of_audit(at, s)),
			key: standing.as_ref().and_then(|s| s.revelation).map(|revelation| Hash(revelation.key)),
		}
	}

	fn view_of_audit(at: &BatchAt<T>, standing: &Standing<'_>) -> AuditView {
		let progress = match standing.revelation {
			None => at.progress(standing.commitment),
			Some(revelation) => {
				Progress::new::<T>(&at.job.spec.audit, standing.commitment, Some(revelation.seed))
			},
		};
		let mut reports: Vec<_> =
			Reports::<T>::iter_prefix_values((at.id, at.index)).map(view_of_report::<T>).collect();
		reports.sort_unstable_by_key(|report| (report.block, report.auditor));
		AuditView {
			seed: progress.seed,
			audited: progress.audited,
			required: progress.required,
			revealable_at: progress.revealable_at,
			reports,
		}
	}

	/// A worker, if this account is one.
	pub fn worker_view(account: AccountId) -> Option<WorkerView> {
		let worker = Workers::<T>::get(T::AccountId::from(account.0))?;
		Some(WorkerView {
			account,
			stake: worker.stake,
			locked: worker.locked,
			unbonding: worker.unbonding,
			withdrawable_at: (worker.unbonding > 0).then_some(worker.withdrawable_at),
			batches_in_flight: worker.batches_in_flight,
			batches_settled: worker.batches_settled,
			batches_lost: worker.batches_lost,
			earned: worker.earned,
			slashed: worker.slashed,
		})
	}

	/// Numbers of the chain that its users have to know.
	pub fn parameters() -> Parameters {
		Parameters {
			job_deposit: T::JobDeposit::get(),
			minimum_claim_bond: T::MinClaimBond::get(),
			minimum_stake: T::MinStake::get(),
			claim_limit: T::ClaimLimit::get(),
			minimum_execution_window: T::MinExecutionWindow::get(),
			minimum_challenge_window: T::MinChallengeWindow::get(),
			maximum_window: T::MaxWindow::get(),
			maximum_lifetime: T::MaxLifetime::get(),
			reveal_window: T::RevealWindow::get(),
			audit_window: T::AuditWindow::get(),
			unbonding_period: T::UnbondingPeriod::get(),
		}
	}

	/// Batches that wait for auditors, most urgent first: at most `limit`.
	pub fn audit_tasks(limit: u32) -> Vec<AuditTask> {
		// Every batch in flight has an entry in the index of deadlines, so nothing else needs to be looked through.
		let mut waiting: Vec<_> = Deadlines::<T>::iter_keys()
			.filter_map(|(_, entry)| match entry {
				Deadline::Batch(id, index) => Self::audit_task(id, index),
				Deadline::Expiry(_) | Deadline::Pruning(_) => None,
			})
			.collect();
		waiting.sort_unstable_by_key(|(deadline, task)| (*deadline, task.job, task.batch));
		let limit = usize::try_from(limit).unwrap_or(usize::MAX);
		waiting.into_iter().map(|(_, task)| task).take(limit).collect()
	}

	fn audit_task(id: JobId, index: BatchIndex) -> Option<(BlockNumber, AuditTask)> {
		let at = BatchAt::<T>::load(id, index).ok()?;
		let Stage::Committed(_, commitment) = &at.batch.stage else {
			return None;
		};
		let progress = at.progress(commitment);
		let now = Self::now();
		let seed = Self::open_audit(&progress, commitment, now).ok()?;
		let task = AuditTask {
			job: id,
			spec: at.job.spec,
			batch: index,
			attempt: at.batch.attempt,
			receipt: commitment.receipt,
			sealed: commitment.sealed,
			seed,
			validators: commitment.validators,
			tranche: Self::tranche(commitment, now),
			reported: Reports::<T>::iter_key_prefix((id, index)).collect(),
		};
		Some((progress.deadline, task))
	}

	/// The keys that can audit in this session.
	pub fn audit_keys() -> Vec<AuditorKey> {
		Auditors::<T>::iter_keys().collect()
	}
}

fn view_of_receipt(commitment: &Commitment) -> ReceiptView {
	ReceiptView {
		hash: commitment.receipt,
		block: commitment.block,
		outputs_root: commitment.outputs_root,
		sealed: commitment.sealed,
		sealed_root: commitment.sealed_root,
		key_commitment: commitment.key_commitment,
	}
}

fn view_of_report<T: Config>(report: ReportOf<T>) -> ReportView {
	ReportView {
		auditor: account_view::<T>(&report.account),
		block: report.block,
		checked: report.checked.is_some(),
		samples: report.checked.iter().flatten().map(|(task, _)| *task).collect(),
	}
}
