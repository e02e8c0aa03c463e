//! The auditor's book: which batches concern it, and how far it is with each. No I/O.

use super::{
	arrivals::Arrivals,
	examine::{is_long, Examination},
};
use assay_primitives::{
	audit::{tag, AuditReport, AuditStatement, AuditorKey, Draw, Findings},
	view::AuditTask,
	Attempt, BatchIndex, BlockNumber, Hash, JobId,
};
use std::{collections::HashMap, fmt};

/// Finalised blocks for which something that is missing may still turn up, before the auditor says that it is missing.
/// Short enough for its report to be in a block before the next tranche is admitted: the runtime's `TranchePeriod` has
/// room for it.
pub(super) const GRACE: BlockNumber = 2;
/// Finalised blocks in which a blob may arrive at any rate: a minute, within which nodes that do not get on with it are
/// given up for others.
pub(super) const START: BlockNumber = 20;
/// Finalised blocks after which a report that is in none of them is sent again.
pub(super) const RESEND_AFTER: BlockNumber = 10;
/// The longest wait after a machine failed, in finalised blocks.
const MAX_BACKOFF: BlockNumber = 32;

/// One key's duty towards one attempt at a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct DutyId {
	/// The key.
	pub(super) auditor: AuditorKey,
	job: JobId,
	batch: BatchIndex,
	attempt: Attempt,
	receipt: Hash,
}

impl DutyId {
	/// The duty of `auditor` towards `task`.
	pub(super) fn new(auditor: AuditorKey, task: &AuditTask) -> Self {
		Self { auditor, job: task.job, batch: task.batch, attempt: task.attempt, receipt: task.receipt }
	}
}

impl fmt::Display for DutyId {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		write!(f, "Job {} batch {} attempt {}", self.job, self.batch, self.attempt)
	}
}

/// What the auditor's VRF is evaluated on for `task`.
pub(super) fn statement(genesis: Hash, task: &AuditTask) -> AuditStatement {
	AuditStatement {
		genesis,
		job: task.job,
		batch: task.batch,
		attempt: task.attempt,
		receipt: task.receipt,
		seed: task.seed,
	}
}

/// How far a duty is.
enum Stage {
	/// To be examined as soon as the draw admits it, and not before this block.
	Waiting { not_before: BlockNumber },
	/// To be examined once a blob is here that is on its way.
	Arriving { blob: Hash },
	/// Being examined.
	Running,
	/// Reported, and last sent at this block.
	Reported { report: AuditReport, sent: BlockNumber },
}

struct Duty {
	task: AuditTask,
	draw: Draw,
	/// Position in the chain's list, which is ordered by urgency.
	rank: usize,
	stage: Stage,
	missing_since: Option<BlockNumber>,
	/// Whether what is missing was not waited for when it was last begun.
	is_last_call: bool,
	arrivals: Arrivals,
	failures: u32,
	/// Whether it was begun before.
	is_begun: bool,
}

impl Duty {
	fn is_due(&self, now: BlockNumber) -> bool {
		matches!(self.stage, Stage::Waiting { not_before } if not_before <= now)
			&& self.draw.is_eligible(&self.task.spec.audit, self.task.validators, self.task.tranche)
	}
}

/// What to look at next.
#[derive(Clone, Debug)]
pub(super) struct Due {
	/// The duty.
	pub(super) id: DutyId,
	/// The batch.
	pub(super) task: AuditTask,
	/// The drawn tasks, as ascending offsets into the batch.
	pub(super) samples: Vec<u32>,
	/// Whether something was missing for so long that it is not waited for any more.
	pub(super) is_last_call: bool,
	/// What took too long to arrive.
	pub(super) late: Vec<Hash>,
	/// Whether it is begun for the first time.
	pub(super) is_first: bool,
}

/// What to say about a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Conclusion {
	/// The batch.
	pub(super) task: AuditTask,
	/// What was found.
	pub(super) findings: Findings,
}

/// All duties of this node's keys. No more than the chain lists, plus those being examined.
#[derive(Default)]
pub(super) struct Duties {
	duties: HashMap<DutyId, Duty>,
}

impl Duties {
	/// Takes note of the batches that wait for auditors at finalised block `now`. `keys` are the keys of this node that
	/// may report. `draw` evaluates a key's VRF; it is asked once per duty, and again later if it cannot tell.
	pub(super) fn update(
		&mut self,
		keys: &[AuditorKey],
		tasks: &[AuditTask],
		mut draw: impl FnMut(&AuditorKey, &AuditTask) -> Option<Draw>,
	) {
		let mut before = std::mem::take(&mut self.duties);
		let listed = tasks.iter().filter(|task| task.spec.batch_len(task.batch).is_some());
		for (rank, task) in listed.enumerate() {
			for key in keys.iter().filter(|key| !task.barred.contains(key)) {
				let id = DutyId::new(*key, task);
				let known = before.remove(&id).map(|duty| Duty { task: task.clone(), rank, ..duty });
				let duty = known.or_else(|| {
					Some(Duty {
						task: task.clone(),
						draw: draw(key, task)?,
						rank,
						stage: Stage::Waiting { not_before: 0 },
						missing_since: None,
						is_last_call: false,
						arrivals: Arrivals::default(),
						failures: 0,
						is_begun: false,
					})
				});
				self.duties.extend(duty.map(|duty| (id, duty)));
			}
		}
		// Whatever is being examined is remembered until it is done, so that it is not begun a second time.
		self.duties.extend(before.into_iter().filter(|(_, duty)| matches!(duty.stage, Stage::Running)));
	}

	/// The most urgent duty to begin with, which is then being examined. Those come later of which something was missing, so
	/// that looking for it again holds up nothing else; and last come long ones, only if `may_be_long`.
	pub(super) fn begin(&mut self, now: BlockNumber, may_be_long: bool) -> Option<Due> {
		let is_long = |duty: &Duty| is_long(&duty.task.spec, duty.task.spec.audit.samples.into());
		let (id, duty) = self
			.duties
			.iter_mut()
			.filter(|(_, duty)| duty.is_due(now) && (may_be_long || !is_long(duty)))
			.min_by_key(|(_, duty)| (is_long(duty), duty.missing_since.is_some(), duty.rank))?;
		let policy = &duty.task.spec.audit;
		let samples = duty.draw.samples(policy, duty.task.spec.batch_len(duty.task.batch).unwrap_or(0));
		duty.stage = Stage::Running;
		let is_last_call = duty.missing_since.is_some_and(|since| now.saturating_sub(since) >= GRACE);
		duty.is_last_call = is_last_call;
		let is_first = !std::mem::replace(&mut duty.is_begun, true);
		let late = duty.arrivals.late().to_vec();
		Some(Due { id: *id, task: duty.task.clone(), samples, is_last_call, late, is_first })
	}

	/// Looks at the duties that wait for something on its way: `arrived` tells how many bytes of a blob are here, and `None`
	/// once it is worth an examination.
	pub(super) fn look_at_arrivals(&mut self, now: BlockNumber, arrived: impl Fn(&Hash) -> Option<u64>) {
		for duty in self.duties.values_mut() {
			let Stage::Arriving { blob } = duty.stage else { continue };
			let arrived = arrived(&blob);
			if !arrived.is_some_and(|arrived| duty.arrivals.is_in_time(&blob, arrived, START, now)) {
				duty.stage = Stage::Waiting { not_before: now };
			}
		}
	}

	/// What to report after an examination, if that can be said now.
	pub(super) fn conclude(
		&mut self,
		id: &DutyId,
		examination: Examination,
		now: BlockNumber,
	) -> Option<Conclusion> {
		let duty = self.duties.get_mut(id)?;
		let findings = match examination {
			Examination::Leaves(leaves) => {
				Findings::Checked(leaves.iter().map(|leaf| tag(&id.auditor, leaf)).collect())
			},
			Examination::Unsealed(leaves) => {
				Findings::Unsealed(leaves.iter().map(|leaf| tag(&id.auditor, leaf)).collect())
			},
			Examination::Unusable(_) => Findings::Unavailable,
			Examination::OnItsWay(blob) => {
				duty.arrivals.expect(blob, now);
				duty.stage = Stage::Arriving { blob };
				return None;
			},
			Examination::Missing(_) => {
				// Only a last call has run the samples without the sealed results. How long the others took is in the hand of
				// whoever serves these: a cheat would need no more than two slow answers for a report without a tag.
				duty.missing_since.get_or_insert(now);
				if !duty.is_last_call {
					duty.stage = Stage::Waiting { not_before: now.saturating_add(1) };
					return None;
				}
				Findings::Unavailable
			},
			Examination::NoVerdict(_) => {
				self.postpone(id, now);
				return None;
			},
		};
		Some(Conclusion { task: duty.task.clone(), findings })
	}

	/// Tries a duty again later: the longer, the more often it failed.
	pub(super) fn postpone(&mut self, id: &DutyId, now: BlockNumber) {
		if let Some(duty) = self.duties.get_mut(id) {
			let wait = 1u32.checked_shl(duty.failures).unwrap_or(MAX_BACKOFF).min(MAX_BACKOFF);
			duty.failures = duty.failures.saturating_add(1);
			duty.stage = Stage::Waiting { not_before: now.saturating_add(wait) };
		}
	}

	/// Notes that a report was made, and is sent now.
	pub(super) fn reported(&mut self, id: &DutyId, report: AuditReport, now: BlockNumber) {
		if let Some(duty) = self.duties.get_mut(id) {
			duty.stage = Stage::Reported { report, sent: now };
		}
	}

	/// Reports that are in no finalised block long after they were sent. They count as sent again.
	pub(super) fn overdue(&mut self, now: BlockNumber) -> Vec<AuditReport> {
		let mut overdue = Vec::new();
		for duty in self.duties.values_mut() {
			if let Stage::Reported { report, sent } = &mut duty.stage {
				if now.saturating_sub(*sent) >= RESEND_AFTER {
					*sent = now;
					overdue.push(report.clone());
				}
			}
		}
		overdue
	}

	/// How many there are.
	pub(super) fn len(&self) -> usize {
		self.duties.len()
	}

	/// Those that were begun and are not reported: examined now, or waiting for something that is missing.
	pub(super) fn unreported(&self) -> usize {
		let is_open = |duty: &&Duty| duty.is_begun && !matches!(duty.stage, Stage::Reported { .. });
		self.duties.values().filter(is_open).count()
	}
}
