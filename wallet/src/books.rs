//! A job's books: where every unit of its escrow went, computed anew from its batches and compared with what the chain
//! says.

use assay_primitives::{
	money,
	view::{AuditView, BatchStage, BatchView, DemandView, DisputeView, JobStatus, JobView},
	AccountId, Attempt, Balance, BatchIndex, JobId, TaskIndex,
};
use serde::Serialize;
use std::collections::BTreeMap;

/// Why there are no books.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BooksError {
	/// A sum does not fit a number, so the figures cannot be true.
	#[error("the figures of the job are larger than there can be money")]
	Overflow,
	/// Some batches are not told about.
	#[error("the job has {batches} batches, but the node tells about {found}")]
	Batches {
		/// How many there are.
		batches: u32,
		/// How many were told about.
		found: usize,
	},
}

/// What one account did and earned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Earner {
	/// The account.
	pub(crate) account: AccountId,
	/// Batches it was paid for.
	pub(crate) batches: u32,
	/// Tasks it ran in these.
	pub(crate) tasks: u64,
	/// What it got.
	#[serde(with = "money::decimal")]
	pub(crate) paid: Balance,
}

/// One auditor's part in a batch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Audit {
	/// The validator.
	pub(crate) auditor: AccountId,
	/// `false` if it could not fetch what it needed.
	pub(crate) checked: bool,
	/// The tasks it ran again.
	pub(crate) samples: Vec<TaskIndex>,
	/// What it got.
	#[serde(with = "money::decimal")]
	pub(crate) paid: Balance,
}

/// A batch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Entry {
	/// Its number.
	pub(crate) batch: BatchIndex,
	/// How often it was handed out before.
	pub(crate) attempt: Attempt,
	/// Where it stands.
	pub(crate) stage: BatchStage,
	/// Who ran it.
	pub(crate) worker: Option<AccountId>,
	/// What the worker got.
	#[serde(with = "money::decimal")]
	pub(crate) paid: Balance,
	/// Who checked it.
	pub(crate) audits: Vec<Audit>,
	/// What is contested, while it is.
	pub(crate) dispute: Option<DisputeView>,
	/// What is demanded, while it is.
	pub(crate) demand: Option<DemandView>,
}

/// Two sums that must be equal, or the first at most the second.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Check {
	/// What they are.
	pub(crate) statement: &'static str,
	/// Whether they must be equal.
	pub(crate) exactly: bool,
	/// The one.
	#[serde(with = "money::decimal")]
	pub(crate) left: Balance,
	/// The other.
	#[serde(with = "money::decimal")]
	pub(crate) right: Balance,
	/// Whether they are as they must be.
	pub(crate) holds: bool,
}

impl Check {
	fn new(statement: &'static str, left: Balance, right: Balance) -> Self {
		Self { statement, exactly: true, left, right, holds: left == right }
	}

	fn at_most(statement: &'static str, left: Balance, right: Balance) -> Self {
		Self { statement, exactly: false, left, right, holds: left <= right }
	}
}

/// A job's books.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Books {
	/// The job.
	pub(crate) job: JobId,
	/// Where it stands.
	pub(crate) status: JobStatus,
	/// Who posted it.
	pub(crate) requester: AccountId,
	/// Paid into escrow.
	#[serde(with = "money::decimal")]
	pub(crate) escrowed: Balance,
	/// Paid to workers.
	#[serde(with = "money::decimal")]
	pub(crate) paid_to_workers: Balance,
	/// Paid to auditors.
	#[serde(with = "money::decimal")]
	pub(crate) paid_to_auditors: Balance,
	/// Given back.
	#[serde(with = "money::decimal")]
	pub(crate) refunded: Balance,
	/// Still in escrow.
	#[serde(with = "money::decimal")]
	pub(crate) remaining: Balance,
	/// The workers, in the order of their addresses' keys.
	pub(crate) workers: Vec<Earner>,
	/// The auditors, in the same order, with their shares of the reserves.
	pub(crate) auditors: Vec<Earner>,
	/// The batches.
	pub(crate) batches: Vec<Entry>,
	/// What must be equal, or not more.
	pub(crate) checks: Vec<Check>,
	/// Whether all of it holds.
	pub(crate) balanced: bool,
}

impl Books {
	/// The books of `job`, whose batches are `views`.
	pub(crate) fn of(job: &JobView, views: &[BatchView]) -> Result<Self, BooksError> {
		let batches = job.spec.batches().unwrap_or(0);
		if u32::try_from(views.len()).ok() != Some(batches) {
			return Err(BooksError::Batches { batches, found: views.len() });
		}
		let entries = views.iter().map(|view| entry(job, view)).collect::<Result<Vec<_>, _>>()?;
		let workers = earners(views.iter().zip(&entries).filter_map(|(view, entry)| {
			let worker = entry.worker.filter(|_| entry.stage == BatchStage::Settled)?;
			Some((worker, view.tasks.into(), entry.paid))
		}))?;
		let audits = entries.iter().flat_map(|entry| &entry.audits).filter(|audit| audit.paid > 0);
		let auditors = earners(audits.map(|audit| {
			// There are at most sixteen.
			(audit.auditor, audit.samples.len() as u64, audit.paid)
		}))?;
		let checks = checks(job, &entries, &workers, &auditors)?;
		Ok(Self {
			job: job.id,
			status: job.status,
			requester: job.requester,
			escrowed: job.escrowed,
			paid_to_workers: job.paid_to_workers,
			paid_to_auditors: job.paid_to_auditors,
			refunded: job.refunded,
			remaining: job.remaining,
			balanced: checks.iter().all(|check| check.holds),
			workers,
			auditors,
			batches: entries,
			checks,
		})
	}
}

impl Books {
	/// How many batches the chain has forgotten already, because the job has been closed for long.
	pub(crate) fn pruned(&self) -> usize {
		self.batches.iter().filter(|batch| batch.stage == BatchStage::Pruned).count()
	}
}

fn sum(amounts: impl IntoIterator<Item = Balance>) -> Result<Balance, BooksError> {
	amounts
		.into_iter()
		.try_fold(0, |sum: Balance, amount| sum.checked_add(amount))
		.ok_or(BooksError::Overflow)
}

fn entry(job: &JobView, view: &BatchView) -> Result<Entry, BooksError> {
	let paid = match view.stage {
		BatchStage::Settled => {
			money::batch_bounty(job.spec.bounty, view.tasks).ok_or(BooksError::Overflow)?
		},
		_ => 0,
	};
	Ok(Entry {
		batch: view.batch,
		attempt: view.attempt,
		stage: view.stage,
		worker: view.worker,
		paid,
		audits: view.audit.as_ref().map_or(Ok(Vec::new()), |audit| audits(job, view.stage, audit))?,
		dispute: view.dispute.clone(),
		demand: view.demand.clone(),
	})
}

/// The auditors that checked share the batch's reserve evenly when the batch is settled. What cannot be shared stays in
/// escrow.
fn audits(job: &JobView, stage: BatchStage, audit: &AuditView) -> Result<Vec<Audit>, BooksError> {
	let reserve = money::audit_reserve(job.spec.bounty, &job.spec.audit).ok_or(BooksError::Overflow)?;
	let share = match stage {
		BatchStage::Settled => reserve.checked_div(audit.checked().into()).unwrap_or(0),
		_ => 0,
	};
	let audits = audit.reports.iter().map(|report| Audit {
		auditor: report.auditor,
		checked: report.checked,
		samples: report.samples.clone(),
		paid: if report.checked { share } else { 0 },
	});
	Ok(audits.collect())
}

fn earners(parts: impl Iterator<Item = (AccountId, u64, Balance)>) -> Result<Vec<Earner>, BooksError> {
	let mut earners: BTreeMap<AccountId, Earner> = BTreeMap::new();
	for (account, tasks, paid) in parts {
		let earner = earners.entry(account).or_insert(Earner { account, batches: 0, tasks: 0, paid: 0 });
		earner.batches = earner.batches.checked_add(1).ok_or(BooksError::Overflow)?;
		earner.tasks = earner.tasks.checked_add(tasks).ok_or(BooksError::Overflow)?;
		earner.paid = earner.paid.checked_add(paid).ok_or(BooksError::Overflow)?;
	}
	Ok(earners.into_values().collect())
}

fn checks(
	job: &JobView,
	entries: &[Entry],
	workers: &[Earner],
	auditors: &[Earner],
) -> Result<Vec<Check>, BooksError> {
	let price = money::escrow(&job.spec).ok_or(BooksError::Overflow)?;
	let spent = sum([job.paid_to_workers, job.paid_to_auditors, job.refunded, job.remaining])?;
	let in_stages = |wanted: &[BatchStage]| -> Balance {
		// A count in memory fits 128 bits.
		entries.iter().filter(|entry| wanted.contains(&entry.stage)).count() as Balance
	};
	let counted = &job.batches;
	let in_flight = [
		BatchStage::Claimed,
		BatchStage::Committed,
		BatchStage::Revealed,
		BatchStage::Disputed,
		BatchStage::Demanded,
	];
	let mut checks = vec![
		Check::new("what was escrowed is the job's price", job.escrowed, price),
		Check::new("what was escrowed was paid, refunded or remains", job.escrowed, spent),
	];
	if job.status == JobStatus::Closed {
		checks.push(Check::new("nothing remains of a closed job", job.remaining, 0));
		checks.push(Check::new("nothing is held as deposit of a closed job", job.deposit, 0));
	}
	// What is forgotten cannot be added up.
	if in_stages(&[BatchStage::Pruned]) > 0 {
		return Ok(checks);
	}
	checks.extend([
		Check::new(
			"what workers got is the pay of the settled batches",
			job.paid_to_workers,
			sum(workers.iter().map(|worker| worker.paid))?,
		),
		// An account that does not exist cannot take a share below the existential deposit.
		Check::at_most(
			"what auditors got is not more than their shares of the reserves",
			job.paid_to_auditors,
			sum(auditors.iter().map(|auditor| auditor.paid))?,
		),
		Check::new("batches available", counted.available.into(), in_stages(&[BatchStage::Available])),
		Check::new("batches in flight", counted.in_flight.into(), in_stages(&in_flight)),
		Check::new("batches settled", counted.settled.into(), in_stages(&[BatchStage::Settled])),
		Check::new("batches refunded", counted.refunded.into(), in_stages(&[BatchStage::Refunded])),
	]);
	Ok(checks)
}

#[cfg(test)]
#[path = "books/tests.rs"]
mod tests;
