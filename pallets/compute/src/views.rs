//! The pallet's state as nodes tell it.

use crate::{
	audits::Progress, batch::BatchAt, types::*, AuditorRecords, Auditors, Config, Deadlines, FuelPrice, Jobs,
	NextJob, Pallet, Reports, Validators, Votes, Workers,
};
use alloc::vec::Vec;
use assay_primitives::{
	audit::AuditorKey,
	odds::{AuditorSet, MILLION},
	quote::{Conditions, QuoteError},
	view::{
		AuditTask, AuditView, AuditorView, BatchCounts, BatchStage, BatchView, DemandView, DisputeTask,
		DisputeView, JobStatus, JobView, Parameters, ReceiptView, ReportView, WorkerView,
	},
	AccountId, BatchIndex, BlockNumber, Hash, JobId, JobSpec, Quote,
};
use core::cmp::Reverse;
use frame_support::traits::Get;

/// The most items one page has.
const PAGE: u32 = 100;
/// Numbers of jobs that are tried for a page before all jobs there are are looked through.
const TRIED: JobId = 1_000;

fn page(limit: u32) -> usize {
	usize::try_from(limit.min(PAGE)).unwrap_or(usize::MAX)
}

impl<T: Config> Pallet<T> {
	/// A job, if there is one with this number.
	pub fn job_view(id: JobId) -> Option<JobView> {
		Jobs::<T>::get(id).map(|job| Self::view_of_job(id, job))
	}

	/// Jobs with numbers from `start` on, ascending: at most `limit`, and never more than 100.
	pub fn job_views(start: JobId, limit: u32) -> Vec<JobView> {
		let limit = page(limit);
		// Numbers are given one after the other, and jobs are forgotten about as they come: most numbers of a page are there.
		let tried = start.saturating_add(TRIED).min(NextJob::<T>::get());
		let mut views: Vec<_> = (start..tried).filter_map(Self::job_view).take(limit).collect();
		let missing = limit.saturating_sub(views.len());
		if missing > 0 && tried < NextJob::<T>::get() {
			// Where they are not, sorting the jobs there are takes less than trying all numbers there ever were.
			let mut ids: Vec<_> = Jobs::<T>::iter_keys().filter(|id| *id >= tried).collect();
			ids.sort_unstable();
			views.extend(ids.into_iter().filter_map(Self::job_view).take(missing));
		}
		views
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
		let stage = &at.batch.stage;
		let (worker, bond) = match stage {
			Stage::Settled(worker, ..) => (Some(worker), 0),
			_ => stage.claim().map_or((None, 0), |claim| (Some(&claim.worker), claim.bond)),
		};
		let commitment = stage.commitment();
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
			receipt: commitment.map(view_of_receipt),
			audit: commitment.map(|commitment| Self::view_of_audit(at, commitment)),
			key: stage.revealed().and_then(|(key, _)| key).map(Hash),
			dispute: match stage {
				Stage::Disputed(_, _, dispute) => Some(Self::view_of_dispute(at, dispute)),
				_ => None,
			},
			demand: match stage {
				Stage::Demanded(_, _, _, demand) => {
					Some(DemandView { task: demand.task, by: account_view::<T>(&demand.by) })
				},
				_ => None,
			},
		}
	}

	fn view_of_dispute(at: &BatchAt<T>, dispute: &DisputeOf<T>) -> DisputeView {
		let votes = Votes::<T>::iter_key_prefix((at.id, at.index)).count();
		DisputeView {
			task: dispute.task,
			leaf: dispute.leaf,
			challenger: match &dispute.cause {
				Cause::Challenge { challenger, .. } => Some(account_view::<T>(challenger)),
				Cause::Audit { .. } | Cause::Withheld { .. } => None,
			},
			opened_at: dispute.opened_at,
			validators: dispute.validators,
			votes: u32::try_from(votes).unwrap_or(u32::MAX),
			demanded_by: match &dispute.cause {
				Cause::Withheld { by, .. } => Some(account_view::<T>(by)),
				Cause::Audit { .. } | Cause::Challenge { .. } => None,
			},
		}
	}

	fn view_of_audit(at: &BatchAt<T>, commitment: &Commitment) -> AuditView {
		let progress = match at.batch.stage.revealed() {
			None => at.progress(commitment),
			Some((_, verdict)) => Progress::new::<T>(&at.job.spec, at.tasks, commitment, Some(verdict)),
		};
		let mut reports: Vec<_> = Reports::<T>::iter_prefix((at.id, at.index))
			.map(|(account, report)| view_of_report::<T>(&account, &report))
			.collect();
		reports.sort_unstable_by_key(|report| (report.block, report.auditor));
		AuditView {
			seed: progress.verdict.map(|verdict| verdict.seed),
			audited: progress.verdict.map(|verdict| verdict.audited),
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
			auditor_unbonding_period: T::AuditorUnbondingPeriod::get(),
			tranche_period: T::TranchePeriod::get(),
			audit_fuel_per_block: T::AuditFuelPerBlock::get(),
			dispute_window: T::DisputeWindow::get(),
			minimum_challenge_bond: T::MinChallengeBond::get(),
			demand_fee: T::DemandFee::get(),
			statement_fee: T::StatementFee::get(),
			maximum_demand_bytes: T::MaxDemandBytes::get(),
			auditor_stake: T::AuditorStake::get(),
			fuel_price: FuelPrice::<T>::get(),
			validators: Validators::<T>::count(),
		}
	}

	/// An auditor, if this account has bonded as one.
	pub fn auditor_view(account: AccountId) -> Option<AuditorView> {
		let auditor = AuditorRecords::<T>::get(T::AccountId::from(account.0))?;
		Some(AuditorView {
			account,
			stake: auditor.stake,
			unbonding: auditor.unbonding,
			withdrawable_at: (auditor.unbonding > 0).then_some(auditor.withdrawable_at),
			earned: auditor.earned,
			slashed: auditor.slashed,
			batches_checked: auditor.batches_checked,
			batches_unavailable: auditor.batches_unavailable,
		})
	}

	/// What a job would cost and how likely a cheat would be caught, with the auditors of this session, of whom a share of
	/// `hostile` parts per million (at most a million) is to be expected the worst of.
	pub fn quote(spec: &JobSpec, hostile: u32) -> Result<Quote, QuoteError> {
		let conditions = Conditions {
			auditors: AuditorSet { validators: Auditors::<T>::count(), hostile: hostile.min(MILLION) },
			minimum_claim_bond: Self::minimum_bond(spec).ok_or(QuoteError::AmountTooLarge)?,
			fuel_price: FuelPrice::<T>::get(),
			job_deposit: T::JobDeposit::get(),
		};
		Quote::new(spec, &conditions)
	}

	/// Batches that wait for auditors, most urgent first: at most `limit`. If there are more, those with the largest bonds.
	pub fn audit_tasks(limit: u32) -> Vec<AuditTask> {
		let since: Vec<_> = Auditors::<T>::iter_keys()
			.map(|key| (key, Validators::<T>::get(key).map(|validator| validator.key_since)))
			.collect();
		Self::waiting(limit, |at| Self::audit_task(at, &since))
	}

	/// Contested tasks that wait for votes, most urgent first: at most `limit`. If there are more, those of the batches with
	/// the largest bonds.
	pub fn dispute_tasks(limit: u32) -> Vec<DisputeTask> {
		Self::waiting(limit, Self::dispute_task)
	}

	/// The batches in flight that `duty` makes something of, most urgent first.
	///
	/// Whoever wants to hide one behind others must have as much at stake for each of them. Were the most urgent ones listed,
	/// a crowd of cheap ones would do.
	fn waiting<D>(limit: u32, duty: impl Fn(&BatchAt<T>) -> Option<D>) -> Vec<D> {
		// Every batch in flight has an entry in the index of deadlines, and nothing else has. Only what is listed is kept whole: there may be more than memory for it.
		let mut waiting: Vec<_> = Deadlines::<T>::iter_keys()
			.filter_map(|(_, (id, index))| BatchAt::<T>::load(id, index).ok())
			.filter(|at| duty(at).is_some())
			.filter_map(|at| {
				let bond = at.batch.stage.claim()?.bond;
				Some((Reverse(bond), at.deadline()?, at.id, at.index))
			})
			.collect();
		waiting.sort_unstable();
		waiting.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
		waiting.sort_unstable_by_key(|(_, deadline, id, index)| (*deadline, *id, *index));
		waiting
			.into_iter()
			.filter_map(|(_, _, id, index)| duty(&BatchAt::<T>::load(id, index).ok()?))
			.collect()
	}

	fn dispute_task(at: &BatchAt<T>) -> Option<DisputeTask> {
		let Stage::Disputed(_, commitment, dispute) = &at.batch.stage else {
			return None;
		};
		at.deadline().filter(|deadline| Self::now() < *deadline)?;
		Some(DisputeTask {
			job: at.id,
			spec: at.job.spec,
			batch: at.index,
			attempt: at.batch.attempt,
			task: dispute.task,
			leaf: dispute.leaf,
			opened_at: dispute.opened_at,
			sealed: commitment.sealed,
			sealed_root: commitment.sealed_root,
			key: at.batch.stage.revealed().and_then(|(key, _)| key),
			voted: Votes::<T>::iter_key_prefix((at.id, at.index))
				.map(|who| account_view::<T>(&who))
				.collect(),
			withheld: dispute.cause.is_withheld(),
		})
	}

	/// `since`: the keys of the auditors, and the blocks from which on they had them.
	fn audit_task(at: &BatchAt<T>, since: &[(AuditorKey, Option<BlockNumber>)]) -> Option<AuditTask> {
		let Stage::Committed(_, commitment) = &at.batch.stage else {
			return None;
		};
		let progress = at.progress(commitment);
		let now = Self::now();
		let seed = Self::open_audit(&progress, commitment, now).ok()?;
		let reported = Reports::<T>::iter_prefix_values((at.id, at.index));
		let late = since.iter().filter(|(_, since)| since.is_none_or(|since| since > commitment.block));
		Some(AuditTask {
			job: at.id,
			spec: at.job.spec,
			batch: at.index,
			attempt: at.batch.attempt,
			receipt: commitment.receipt,
			sealed: commitment.sealed,
			seed,
			validators: commitment.validators,
			tranche: Self::tranche(&at.job.spec, at.tasks, commitment, now),
			barred: reported.map(|report| report.key).chain(late.map(|(key, _)| *key)).collect(),
		})
	}

	/// The keys that can audit in this session.
	pub fn audit_keys() -> Vec<AuditorKey> {
		Auditors::<T>::iter_keys().collect()
	}

	/// The keys that can vote in this session, and the validators behind them.
	pub fn voting_keys() -> Vec<(AuditorKey, AccountId)> {
		Validators::<T>::iter().map(|(key, validator)| (key, account_view::<T>(&validator.account))).collect()
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

fn view_of_report<T: Config>(account: &T::AccountId, report: &ReportRecord) -> ReportView {
	ReportView {
		auditor: account_view::<T>(account),
		block: report.block,
		checked: report.confirms(),
		samples: report.tags().map(|(task, _)| task).collect(),
	}
}
