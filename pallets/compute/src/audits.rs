//! The reports of auditors.

use crate::{
	batch::BatchAt, charges::Noted, receipts::STATEMENT_PRIORITY, refusal::Refusal, settlement::increase,
	types::*, Auditors, Config, Error, Event, Pallet, Reports, Validators,
};
use alloc::vec::Vec;
use assay_primitives::{
	audit::{self, AuditReport, AuditStatement, AuditorKey, Draw, Findings},
	AuditPolicy, BlockNumber, Hash, JobSpec,
};
use frame_support::{pallet_prelude::TransactionSource, traits::Get, BoundedVec};
use sp_runtime::{traits::Zero, transaction_validity::TransactionValidityWithRefund, DispatchError};

/// Reports one attempt at a batch can have. Enough for the largest policy with some auditors starved; an audit that
/// wants more runs out, and nobody is blamed.
pub const MAX_REPORTS: u32 = 32;

/// Tranches that an audit has time for, at least.
pub(crate) const MIN_TRANCHES: BlockNumber = 20;

/// How far an audit is.
///
/// Auditors are admitted in tranches. The set of reports closes at the end of a tranche, and only of one that brought no
/// more reports than it needed: everybody who was admitted in the tranche of the last report has had its whole length.
/// Otherwise the friends of a cheat, who need not run anything, would always be first.
pub(crate) struct Progress {
	/// The seed and whether it has the batch audited, once the last block that makes it is there.
	pub(crate) verdict: Option<SeedVerdict>,
	/// Reports that must have checked.
	pub(crate) required: u32,
	/// The first block in which the worker can act: reveal if the audit is complete, answer what reports there are if it
	/// is not.
	pub(crate) revealable_at: BlockNumber,
	/// Whether no report is missing.
	pub(crate) complete: bool,
	/// The first block in which no report is taken any more, whatever is missing.
	pub(crate) window_end: BlockNumber,
	/// The block from which the batch can be moved on: to a slash if the worker should have acted, to the next worker if
	/// not.
	pub(crate) deadline: BlockNumber,
}

impl Progress {
	pub(crate) fn new<T: Config>(
		spec: &JobSpec,
		tasks: u32,
		commitment: &Commitment,
		verdict: Option<SeedVerdict>,
	) -> Self {
		let policy = &spec.audit;
		let seed_block = commitment.seed_block::<T>();
		let audited = verdict.map(|verdict| verdict.audited);
		// Without any auditor the arithmetic would ask for no report at all, and let everything pass.
		let required = match audited {
			Some(false) => 0,
			_ => audit::required_checks(policy, commitment.validators, commitment.unavailable).max(1),
		};
		let complete = audited.is_some() && commitment.checked >= required;
		let period = tranche_period::<T>(spec, tasks, commitment);
		let window = T::AuditWindow::get().max(period.saturating_mul(MIN_TRANCHES));
		let window_end = seed_block.saturating_add(window);
		let revealable_at = match (complete, audited) {
			(true, Some(false)) => seed_block.saturating_add(1),
			(true, _) => {
				let tranches = tranche_at(commitment.last_report, seed_block, period).saturating_add(1);
				seed_block.saturating_add(tranches.saturating_mul(period))
			},
			(false, _) => window_end,
		};
		let has_to_act = complete || commitment.tagged() > 0;
		let deadline =
			if has_to_act { revealable_at.saturating_add(T::RevealWindow::get()) } else { revealable_at };
		Self { verdict, required, revealable_at, complete, window_end, deadline }
	}

	/// Whether the set of reports is final, which is when the worker can reveal. No report that comes later can
	/// change what the worker has to open.
	pub(crate) fn is_closed(&self, now: BlockNumber) -> bool {
		self.complete && now >= self.revealable_at
	}
}

/// Blocks that a validator needs to run its samples of `tasks` tasks, or all of them if there are not more.
pub(crate) fn examination<T: Config>(spec: &JobSpec, tasks: u32) -> BlockNumber {
	let fuel_per_block = T::AuditFuelPerBlock::get();
	audit::examination_blocks(&spec.audit, tasks, spec.limits.fuel, fuel_per_block, spec.execution_window)
}

/// Bytes that a validator gets in a block, at least, from whoever has them to all validators.
const FETCHED_PER_BLOCK: u64 = 4 << 20;

/// Blocks that it takes to fetch so many bytes. What is begun of another block is in the time that everything has anyhow.
pub(crate) fn fetching<T: Config>(bytes: u64) -> BlockNumber {
	// Every job has a limit, too; this one keeps windows in bounds whatever it is.
	let blocks = bytes.checked_div(FETCHED_PER_BLOCK).and_then(|blocks| BlockNumber::try_from(blocks).ok());
	blocks.unwrap_or(BlockNumber::MAX).min(T::DisputeWindow::get())
}

/// Bytes a validator needs to look at a batch: the program, its input, and the sealed results.
pub(crate) fn examined_bytes(spec: &JobSpec, commitment: &Commitment) -> u64 {
	let job = spec.program.len.saturating_add(spec.input.blob().len);
	job.saturating_add(commitment.sealed.len)
}

/// Blocks between two tranches: time for a report to become final, for a blob to turn up or not, for fetching, and for
/// running the samples. Without the time to fetch, those who need not look would be the only ones to report on large
/// results.
fn tranche_period<T: Config>(spec: &JobSpec, tasks: u32, commitment: &Commitment) -> BlockNumber {
	T::TranchePeriod::get()
		.saturating_add(examination::<T>(spec, tasks))
		.saturating_add(fetching::<T>(examined_bytes(spec, commitment)))
}

/// The tranche that is open in block `now`.
fn tranche_at(now: BlockNumber, seed_block: BlockNumber, period: BlockNumber) -> u32 {
	now.saturating_sub(seed_block).checked_div(period).unwrap_or(0)
}

/// A report that holds, and what it says.
struct AcceptedReport<T: Config> {
	at: BatchAt<T>,
	claim: Claim<T::AccountId>,
	commitment: Commitment,
	account: T::AccountId,
	record: ReportRecord,
}

impl<T: Config> Pallet<T> {
	/// The tranche of auditors that is open in block `now` for a batch of `tasks` tasks.
	pub(crate) fn tranche(spec: &JobSpec, tasks: u32, commitment: &Commitment, now: BlockNumber) -> u32 {
		tranche_at(now, commitment.seed_block::<T>(), tranche_period::<T>(spec, tasks, commitment))
	}

	/// Whether the report can enter a block. The same for every source, as with receipts.
	pub(crate) fn authorize_audit(
		_source: TransactionSource,
		report: &AuditReport,
	) -> TransactionValidityWithRefund {
		Self::check_report(report, AuditReport::verify)?;
		let tag = (report.job, report.batch, report.attempt, report.auditor);
		Ok((Self::fee_less("AssayAudit", STATEMENT_PRIORITY, tag), Zero::zero()))
	}

	/// Records the report.
	///
	/// The proof is not verified a second time, for the reason given at [`Self::do_submit_receipt`]: what the VRF
	/// decided is computed from its output alone. Says what it had to write besides.
	pub(crate) fn do_submit_audit(report: &AuditReport) -> Result<Noted, DispatchError> {
		let accepted = Self::check_report(report, |report, statement| {
			Draw::from_pre_output(&report.auditor, &report.pre_output, statement)
		});
		let AcceptedReport { mut at, claim, mut commitment, account, record } =
			accepted.map_err(|_| Error::<T>::Refused)?;
		let checked = record.confirms();
		let tally = if checked { &mut commitment.checked } else { &mut commitment.unavailable };
		increase(tally, 1)?;
		if record.checked.is_some() && !checked {
			increase(&mut commitment.unsealed, 1)?;
		}
		if !checked {
			Self::note_unavailable(&account);
		}
		commitment.last_report = Self::now();
		let moved = at.file_by(at.progress(&commitment).deadline);
		Self::deposit_event(Event::AuditReported {
			job: at.id,
			batch: at.index,
			attempt: at.batch.attempt,
			auditor: account.clone(),
			checked,
		});
		let samples = record.checked.as_ref().map_or(0, |tags| u32::try_from(tags.len()).unwrap_or(u32::MAX));
		let noted = Noted { moved, unavailable: !checked, samples, tasks: at.tasks };
		Reports::<T>::insert((at.id, at.index), account, record);
		at.batch.stage = Stage::Committed(claim, commitment);
		at.save_batch();
		Ok(noted)
	}

	/// Everything that must hold of a report. `draw` is asked last, because it may verify a proof.
	fn check_report(
		report: &AuditReport,
		draw: impl FnOnce(&AuditReport, &AuditStatement) -> Option<Draw>,
	) -> Result<AcceptedReport<T>, Refusal> {
		let now = Self::now();
		let at = Self::load_for_refusal(report.job, report.batch)?;
		if report.attempt != at.batch.attempt {
			return Err(Refusal::WrongAttempt);
		}
		let Stage::Committed(claim, commitment) = at.batch.stage.clone() else {
			return Err(Refusal::NotCommitted);
		};
		let account = Auditors::<T>::get(report.auditor).ok_or(Refusal::NotAuditor)?;
		if !Self::was_there(&report.auditor, &commitment) {
			return Err(Refusal::CameLater);
		}
		// Asked of the account: whoever changes keys does not get a second draw.
		if Reports::<T>::contains_key((at.id, at.index), &account) {
			return Err(Refusal::AlreadyReported);
		}
		if !Self::is_bonded_auditor(&account) {
			return Err(Refusal::NoStake);
		}
		let seed = Self::open_audit(&at.progress(&commitment), &commitment, now)?;
		let policy = &at.job.spec.audit;
		let tags = tags_of(report, policy, at.tasks)?;

		let statement = AuditStatement {
			genesis: Self::genesis_hash(),
			job: at.id,
			batch: at.index,
			attempt: report.attempt,
			receipt: commitment.receipt,
			seed,
		};
		let draw = draw(report, &statement).ok_or(Refusal::BadProof)?;
		if !draw.is_eligible(
			policy,
			commitment.validators,
			Self::tranche(&at.job.spec, at.tasks, &commitment, now),
		) {
			return Err(Refusal::NotEligible);
		}
		let checked = match tags {
			None => None,
			Some(tags) => {
				let samples = draw.samples(policy, at.tasks).into_iter();
				let tasks = samples.map(|offset| at.first.saturating_add(offset));
				let pairs: Vec<_> = tasks.zip(tags.iter().copied()).collect();
				Some(BoundedVec::try_from(pairs).map_err(|_| Refusal::WrongTagCount)?)
			},
		};
		let sealed = matches!(report.findings, Findings::Checked(_));
		let record = ReportRecord { key: report.auditor, block: now, checked, sealed };
		Ok(AcceptedReport { at, claim, commitment, account, record })
	}

	/// Whether the key was that of a validator already when the receipt came in. Otherwise an operator that comes back with
	/// another account in the next session would have another draw there; and whoever knows the seed could look for a key
	/// that is drawn at once, for the samples that suit it, and have it before a long tranche is over.
	pub(crate) fn was_there(auditor: &AuditorKey, commitment: &Commitment) -> bool {
		Validators::<T>::get(auditor).is_some_and(|validator| validator.key_since <= commitment.block)
	}

	/// The seed of an audit that takes reports in block `now`.
	pub(crate) fn open_audit(
		progress: &Progress,
		commitment: &Commitment,
		now: BlockNumber,
	) -> Result<Hash, Refusal> {
		let SeedVerdict { seed, audited } = progress.verdict.ok_or(Refusal::NoSeed)?;
		if !audited {
			return Err(Refusal::NotAudited);
		}
		if progress.is_closed(now) || commitment.reports() >= MAX_REPORTS {
			return Err(Refusal::AuditClosed);
		}
		if now >= progress.window_end {
			return Err(Refusal::TooLate);
		}
		Ok(seed)
	}
}

impl<T: Config> BatchAt<T> {
	/// The reports of the current attempt that ran tasks, and whose they are.
	pub(crate) fn checks(&self) -> Vec<(T::AccountId, ReportRecord)> {
		Reports::<T>::iter_prefix((self.id, self.index))
			.filter(|(_, report)| report.checked.is_some())
			.collect()
	}

	/// Pays the auditors that checked the batch equal shares of its reserve. What cannot be paid, and what does not
	/// divide, stays in escrow and goes home with the rest.
	pub(crate) fn pay_auditors(&mut self) -> Result<(), DispatchError> {
		let mut auditors = self.checks();
		auditors.retain(|(_, report)| report.confirms());
		let count = u32::try_from(auditors.len()).unwrap_or(u32::MAX);
		let Some(share) = self.audit_reserve()?.checked_div(count.into()) else {
			return Ok(());
		};
		for (auditor, _) in auditors {
			let amount = Pallet::<T>::pay(&mut self.job, &auditor, share)?;
			if amount > 0 {
				increase(&mut self.job.paid_to_auditors, amount)?;
				Pallet::<T>::note_earned(&auditor, amount, 1);
				Pallet::<T>::deposit_event(Event::AuditorPaid {
					job: self.id,
					batch: self.index,
					auditor,
					amount,
				});
			}
		}
		Ok(())
	}
}

/// The tags of a report, of which there must be one for each sample.
fn tags_of<'a>(
	report: &'a AuditReport,
	policy: &AuditPolicy,
	tasks: u32,
) -> Result<Option<&'a [Hash]>, Refusal> {
	match &report.findings {
		Findings::Unavailable => Ok(None),
		Findings::Checked(tags) | Findings::Unsealed(tags) => {
			let samples = u32::from(policy.samples).min(tasks);
			(u32::try_from(tags.len()) == Ok(samples))
				.then_some(Some(&tags[..]))
				.ok_or(Refusal::WrongTagCount)
		},
	}
}
