//! The validator's book of disputes: which contested tasks it has to run, which sealed results it has to look for, and how far
//! it is with each. No I/O.

use super::{
	arrivals::Arrivals,
	examine::{is_long, Contested, Judgement},
};
use assay_primitives::{
	audit::AuditorKey, view::DisputeTask, AccountId, Attempt, BatchIndex, BlockNumber, Hash, JobId, Ruling,
	SignedVote, Vote,
};
use std::{collections::HashMap, fmt};

/// Finalised blocks for which a program, an input or sealed results that are missing may still turn up, before the validator votes that
/// it is missing. Longer than an auditor waits: a vote is given once, and nobody is admitted in its place.
pub(super) const PATIENCE: BlockNumber = 40;
/// Finalised blocks in which a blob may arrive at any rate: ten minutes, because the results of many batches may be asked for
/// at once, and the chain gives the time for all of them.
pub(super) const START: BlockNumber = 200;
/// Finalised blocks after which a vote that is in none of them is sent again.
pub(super) const RESEND_AFTER: BlockNumber = 10;
/// Finalised blocks to wait after a machine failed.
const RETRY_AFTER: BlockNumber = 4;

/// One dispute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct DisputeId {
	job: JobId,
	batch: BatchIndex,
	attempt: Attempt,
	opened_at: BlockNumber,
}

impl From<&DisputeTask> for DisputeId {
	fn from(task: &DisputeTask) -> Self {
		Self { job: task.job, batch: task.batch, attempt: task.attempt, opened_at: task.opened_at }
	}
}

impl fmt::Display for DisputeId {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		write!(f, "Dispute about job {} batch {}", self.job, self.batch)
	}
}

enum Stage {
	/// To be run, and not before this block.
	Waiting { not_before: BlockNumber },
	/// To be run once a blob is here that is on its way.
	Arriving { blob: Hash },
	/// Being run.
	Running,
	/// Voted, and last sent at this block.
	Voted { ruling: Ruling, sent: BlockNumber },
}

struct Case {
	task: DisputeTask,
	/// This node's keys that have no vote in a finalised block yet.
	keys: Vec<AuditorKey>,
	/// Position in the chain's list, which is ordered by urgency.
	rank: usize,
	stage: Stage,
	missing_since: Option<BlockNumber>,
	arrivals: Arrivals,
	/// What came of the task, if it was run and something else is waited for.
	leaf: Option<Hash>,
}

/// All disputes this node has to vote in. No more than the chain lists, plus those being run.
#[derive(Default)]
pub(super) struct Votes {
	cases: HashMap<DisputeId, Case>,
}

impl Votes {
	/// Takes note of the disputes of a finalised block. `keys`: this node's keys that may vote, and their accounts.
	pub(super) fn update(&mut self, keys: &[(AuditorKey, AccountId)], disputes: Vec<DisputeTask>) {
		let mut before = std::mem::take(&mut self.cases);
		for (rank, task) in disputes.into_iter().enumerate() {
			let silent = keys.iter().filter(|(_, account)| !task.voted.contains(account));
			let keys: Vec<_> = silent.map(|(key, _)| *key).collect();
			if keys.is_empty() {
				continue;
			}
			let id = DisputeId::from(&task);
			let case = match before.remove(&id) {
				Some(known) => Case { task, keys, rank, ..known },
				None => Case {
					task,
					keys,
					rank,
					stage: Stage::Waiting { not_before: 0 },
					missing_since: None,
					arrivals: Arrivals::default(),
					leaf: None,
				},
			};
			self.cases.insert(id, case);
		}
		// What is being run is remembered until it is done, so that it is not begun a second time.
		self.cases.extend(before.into_iter().filter(|(_, case)| matches!(case.stage, Stage::Running)));
	}

	/// The most urgent task to run, which is then being run. Those come later of which something was missing, so that looking
	/// for it again holds up nothing else; and last come long ones, only if `may_be_long`.
	pub(super) fn begin(&mut self, now: BlockNumber, may_be_long: bool) -> Option<(DisputeId, Contested)> {
		let is_due = |case: &Case| matches!(case.stage, Stage::Waiting { not_before } if not_before <= now);
		let is_run = |case: &Case| !case.task.withheld && case.leaf.is_none();
		let is_long = |case: &Case| is_run(case) && is_long(&case.task.spec, 1);
		let (id, case) = self
			.cases
			.iter_mut()
			.filter(|(_, case)| is_due(case) && (may_be_long || !is_long(case)))
			.min_by_key(|(_, case)| (is_long(case), case.missing_since.is_some(), case.rank))?;
		case.stage = Stage::Running;
		let late = case.arrivals.late().to_vec();
		Some((*id, Contested { task: case.task.clone(), late, leaf: case.leaf }))
	}

	/// Looks at the disputes that wait for something on its way: `arrived` tells how many bytes of a blob are here, and `None`
	/// once it is worth another run.
	pub(super) fn look_at_arrivals(&mut self, now: BlockNumber, arrived: impl Fn(&Hash) -> Option<u64>) {
		for case in self.cases.values_mut() {
			let Stage::Arriving { blob } = case.stage else { continue };
			let arrived = arrived(&blob);
			if !arrived.is_some_and(|arrived| case.arrivals.is_in_time(&blob, arrived, START, now)) {
				case.stage = Stage::Waiting { not_before: now };
			}
		}
	}

	/// Notes what came of a run. Votes are asked for afterwards, with [`Self::due`].
	pub(super) fn conclude(&mut self, id: &DisputeId, judgement: Judgement, now: BlockNumber) {
		let Some(case) = self.cases.get_mut(id) else { return };
		let voted = |ruling| Stage::Voted { ruling, sent: now.saturating_sub(RESEND_AFTER) };
		case.stage = match judgement {
			Judgement::Ruling(ruling) => voted(ruling),
			Judgement::OnItsWay { blob, leaf } => {
				case.arrivals.expect(blob, now);
				case.leaf = leaf;
				Stage::Arriving { blob }
			},
			Judgement::Missing(_) => {
				let since = *case.missing_since.get_or_insert(now);
				if now.saturating_sub(since) < PATIENCE {
					Stage::Waiting { not_before: now.saturating_add(1) }
				} else {
					voted(Ruling::Unavailable)
				}
			},
			Judgement::NoVerdict(_) => Stage::Waiting { not_before: now.saturating_add(RETRY_AFTER) },
		};
	}

	/// The votes to sign and send now: new ones, and those that are in no finalised block long after they were sent. They
	/// count as sent.
	pub(super) fn due(&mut self, genesis: Hash, now: BlockNumber) -> Vec<Vote> {
		let mut due = Vec::new();
		for case in self.cases.values_mut() {
			let Stage::Voted { ruling, sent } = &mut case.stage else { continue };
			if now.saturating_sub(*sent) < RESEND_AFTER {
				continue;
			}
			*sent = now;
			let DisputeTask { job, batch, attempt, task, opened_at, .. } = case.task;
			due.extend(case.keys.iter().map(|key| Vote {
				genesis,
				job,
				batch,
				attempt,
				task,
				opened_at,
				validator: *key,
				ruling: *ruling,
			}));
		}
		due
	}

	/// How many there are.
	pub(super) fn len(&self) -> usize {
		self.cases.len()
	}
}

/// What to call a vote in the log.
pub(super) fn name(vote: &SignedVote) -> String {
	format!("job {} batch {} task {}", vote.vote.job, vote.vote.batch, vote.vote.task)
}

#[cfg(test)]
mod tests {
	use super::*;
	use assay_primitives::{AuditPolicy, BlobRef, InputSpec, JobSpec, TaskLimits, VM_VERSION};

	const GENESIS: Hash = Hash([9; 32]);
	const KEYS: [(AuditorKey, AccountId); 2] =
		[([1; 32], AccountId([11; 32])), ([2; 32], AccountId([12; 32]))];

	fn dispute(batch: BatchIndex, voted: Vec<AccountId>) -> DisputeTask {
		let blob = BlobRef::of(b"");
		DisputeTask {
			job: 1,
			spec: JobSpec {
				program: blob,
				vm_version: VM_VERSION,
				input: InputSpec::Shared { blob },
				tasks: 10,
				batch_size: 1,
				bounty: 1,
				limits: TaskLimits::default(),
				audit: AuditPolicy::default(),
				execution_window: 10,
				challenge_window: 10,
				lifetime: 100,
			},
			batch,
			attempt: 0,
			task: batch,
			leaf: Hash::of(b"leaf"),
			opened_at: 7,
			sealed: blob,
			sealed_root: Hash::default(),
			key: None,
			voted,
			withheld: false,
		}
	}

	#[test]
	fn every_key_votes_once_and_again_if_its_vote_is_lost() {
		let mut votes = Votes::default();
		votes.update(&KEYS, vec![dispute(0, vec![])]);
		let (id, _) = votes.begin(100, true).unwrap();
		assert!(votes.begin(100, true).is_none(), "it is being run");
		votes.update(&KEYS, vec![dispute(0, vec![])]);
		assert!(votes.begin(100, true).is_none(), "it still is");
		let ruling = Ruling::Leaf(Hash::of(b"mine"));
		votes.conclude(&id, Judgement::Ruling(ruling), 101);
		let cast = votes.due(GENESIS, 101);
		assert_eq!(cast.iter().map(|vote| vote.validator).collect::<Vec<_>>(), [[1; 32], [2; 32]]);
		assert!(cast.iter().all(|vote| vote.ruling == ruling && vote.genesis == GENESIS));
		assert!(votes.due(GENESIS, 101 + RESEND_AFTER - 1).is_empty());
		// One of them arrived.
		votes.update(&KEYS, vec![dispute(0, vec![KEYS[0].1])]);
		let again = votes.due(GENESIS, 101 + RESEND_AFTER);
		assert_eq!(again.iter().map(|vote| vote.validator).collect::<Vec<_>>(), [[2; 32]]);
		votes.update(&KEYS, vec![dispute(0, vec![KEYS[0].1, KEYS[1].1])]);
		assert_eq!(votes.len(), 0);
	}

	#[test]
	fn the_most_urgent_dispute_comes_first() {
		let mut votes = Votes::default();
		votes.update(&KEYS, vec![dispute(5, vec![]), dispute(3, vec![])]);
		assert_eq!(votes.begin(0, true).unwrap().1.task.batch, 5);
		assert_eq!(votes.begin(0, true).unwrap().1.task.batch, 3);
	}

	#[test]
	fn endless_loops_do_not_keep_a_validator_from_the_rest() {
		let mut endless = dispute(5, vec![]);
		endless.spec.limits.fuel = TaskLimits::MAX_FUEL;
		let mut withheld = endless.clone();
		(withheld.batch, withheld.withheld) = (6, true);
		let mut votes = Votes::default();
		votes.update(&KEYS, vec![endless, dispute(3, vec![]), withheld]);
		assert_eq!(votes.begin(0, true).unwrap().1.task.batch, 3, "short ones first");
		assert_eq!(votes.begin(0, false).unwrap().1.task.batch, 6, "nothing of it is run");
		assert!(votes.begin(0, false).is_none(), "the last slot is kept free");
		assert_eq!(votes.begin(0, true).unwrap().1.task.batch, 5);
	}

	#[test]
	fn what_is_on_its_way_is_waited_for_without_a_slot_unless_it_trickles() {
		let mut votes = Votes::default();
		votes.update(&KEYS, vec![dispute(0, vec![]), dispute(1, vec![])]);
		let (id, _) = votes.begin(100, true).unwrap();
		let (blob, leaf) = (Hash::of(b"large"), Some(Hash::of(b"mine")));
		votes.conclude(&id, Judgement::OnItsWay { blob, leaf }, 100);
		assert_eq!(votes.begin(100, true).unwrap().1.task.batch, 1);
		votes.update(&KEYS, vec![dispute(0, vec![])]);
		for now in 101..=100 + START {
			votes.look_at_arrivals(now, |_| Some(1 << 20));
			assert!(votes.begin(now, true).is_none(), "block {now}");
		}
		let now = 101 + START;
		votes.look_at_arrivals(now, |_| Some(1 << 20));
		let (id, contested) = votes.begin(now, true).unwrap();
		assert_eq!((contested.late, contested.leaf), (vec![blob], leaf));
		votes.conclude(&id, Judgement::OnItsWay { blob: Hash::of(b"other"), leaf: None }, now);
		votes.look_at_arrivals(now + 1, |_| None);
		assert!(votes.begin(now + 1, true).is_some(), "it may be here");
	}

	#[test]
	fn what_is_missing_may_turn_up_and_a_failed_machine_says_nothing() {
		let mut votes = Votes::default();
		votes.update(&KEYS, vec![dispute(0, vec![])]);
		let (id, _) = votes.begin(100, true).unwrap();
		votes.conclude(&id, Judgement::NoVerdict("no memory".into()), 100);
		assert!(votes.begin(100, true).is_none());
		let mut now = 100 + RETRY_AFTER;
		let since = now;
		while now < since + PATIENCE {
			assert!(votes.begin(now, true).is_some(), "block {now}");
			votes.conclude(&id, Judgement::Missing("program".into()), now);
			assert!(votes.due(GENESIS, now).is_empty());
			now += 1;
		}
		assert!(votes.begin(now, true).is_some());
		votes.conclude(&id, Judgement::Missing("program".into()), now);
		let cast = votes.due(GENESIS, now);
		assert!(cast.len() == 2 && cast.iter().all(|vote| vote.ruling == Ruling::Unavailable));
	}
}
