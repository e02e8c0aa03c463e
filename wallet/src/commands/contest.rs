//! Sending the chain what is wrong with a result: what that holds, and what becomes of it.

use super::funds;
use crate::{
	check::Remedy,
	cli::Context,
	error::Error,
	output::{count, stage_word},
};
use assay_client::{Amount, Call, Client, ComputeEvent, Inclusion, Keys, Submitted};
use assay_primitives::{
	money,
	view::{BatchStage, BatchView, DemandView, DisputeView, JobView, Parameters},
	Balance, BatchIndex, BlockNumber, Hash, JobId, TaskIndex,
};
use serde::{Deserialize, Serialize};

/// The batch that a task of the job is in.
pub(super) fn batch_of(job: &JobView, task: TaskIndex) -> Result<BatchIndex, Error> {
	let tasks = job.spec.tasks;
	let batch = task.checked_div(job.spec.batch_size).filter(|_| task < tasks);
	batch.ok_or(Error::NoSuchTask { job: job.id, task, tasks })
}

/// Refuses what the chain would refuse, before it costs a fee.
pub(super) fn ensure_revealed(view: &BatchView) -> Result<(), Error> {
	match view.stage {
		BatchStage::Revealed => Ok(()),
		stage => Err(Error::NotContestable { job: view.job, batch: view.batch, stage }),
	}
}

/// What is sent about a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum RemedyKind {
	/// All validators run it again.
	Challenge,
	/// The chain sees for itself.
	ProveMissealed,
	/// The worker has to show it.
	Demand,
	/// All validators say whether they can get the whole batch.
	DemandBatch,
}

impl RemedyKind {
	/// What is sent, in a word.
	pub(super) fn word(self) -> &'static str {
		match self {
			Self::Challenge => "challenge",
			Self::ProveMissealed => "proof",
			Self::Demand => "demand",
			Self::DemandBatch => "demand of a batch",
		}
	}
}

impl RemedyKind {
	/// Whether it asks for results, and contests none.
	pub(super) fn is_demand(self) -> bool {
		matches!(self, Self::Demand | Self::DemandBatch)
	}
}

impl From<&Remedy> for RemedyKind {
	fn from(remedy: &Remedy) -> Self {
		match remedy {
			Remedy::Challenge(_) => Self::Challenge,
			Remedy::ProveMissealed(..) => Self::ProveMissealed,
			Remedy::Demand(_) => Self::Demand,
			Remedy::DemandBatch(_) => Self::DemandBatch,
		}
	}
}

/// Something about to be sent about one task.
#[derive(Debug)]
pub(super) struct Contest {
	job: JobId,
	batch: BatchIndex,
	task: TaskIndex,
	remedy: RemedyKind,
	call: Call,
	/// What is held at least.
	held: Balance,
	terms: String,
}

/// What is told about a contest that was sent.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Contested {
	job: JobId,
	batch: BatchIndex,
	task: TaskIndex,
	remedy: RemedyKind,
	block: BlockNumber,
	transaction: Hash,
	/// Until when a worker has to show what was demanded, or validators to vote on whether it can be had.
	deadline: Option<BlockNumber>,
}

impl Contest {
	/// Says what is to be sent, and what that takes.
	pub(super) fn new(job: &JobView, view: &BatchView, remedy: Remedy, parameters: &Parameters) -> Self {
		let (id, batch) = (job.id, view.batch);
		let of_each = parameters.challenge_share(&job.spec, view.sealed_len());
		match remedy {
			Remedy::Challenge(opening) => Self {
				job: id,
				batch,
				task: opening.task,
				remedy: RemedyKind::Challenge,
				// There is always a validator; how many there are is seen when the chain holds the bond.
				held: money::challenge_bond(parameters.minimum_challenge_bond, of_each, 1)
					.unwrap_or(Balance::MAX),
				terms: format!(
					"Challenging task {} holds a bond of {} and {} more for every validator, who all run it again. It comes \
					 back, with a reward, if they find the worker wrong; it comes back if they find nothing; it is lost if \
					 they find the worker right.",
					opening.task,
					Amount(parameters.minimum_challenge_bond),
					Amount(of_each)
				),
				call: Call::Challenge { job: id, batch, opening },
			},
			Remedy::ProveMissealed(opening, sealed) => Self {
				job: id,
				batch,
				task: opening.task,
				remedy: RemedyKind::ProveMissealed,
				held: 0,
				terms: format!(
					"Showing the chain what was sealed for task {} holds nothing, and is free if the chain agrees.",
					opening.task
				),
				call: Call::ProveMissealed { job: id, batch, opening, sealed },
			},
			Remedy::Demand(task) => Self {
				job: id,
				batch,
				task,
				remedy: RemedyKind::Demand,
				held: parameters.demand_fee,
				terms: format!(
					"Demanding the result of task {task} holds {}. Half of it is burned once the worker has put the result onto \
					 the chain, within {}, and half comes back. If it does not, it loses its bond, and all of it comes back.",
					Amount(parameters.demand_fee),
					count(parameters.reveal_window, "block")
				),
				call: Call::Demand { job: id, batch, task },
			},
			Remedy::DemandBatch(task) => {
				let fee = parameters.batch_demand_fee(view.sealed_len());
				Self {
					job: id,
					batch,
					task,
					remedy: RemedyKind::DemandBatch,
					held: fee,
					terms: format!(
						"Asking all {} for the sealed results of batch {batch} holds {}. If more than two thirds have them, you \
						 get them from those, half of the fee is burned, and half comes back. If not, all of it comes back, \
						 the worker is not paid, and the batch goes to another one.",
						count(parameters.validators, "validator"),
						Amount(fee)
					),
					call: Call::DemandBatch { job: id, batch },
				}
			},
		}
	}

	/// What is going to be held, and when it comes back.
	pub(super) fn terms(&self) -> &str {
		&self.terms
	}

	/// The task it is about.
	pub(super) fn task(&self) -> TaskIndex {
		self.task
	}

	/// What is sent.
	pub(super) fn remedy(&self) -> RemedyKind {
		self.remedy
	}

	/// What is held at least.
	pub(super) fn held(&self) -> Balance {
		self.held
	}

	/// The call.
	pub(super) fn call(&self) -> &Call {
		&self.call
	}

	/// Sends it, if the account can pay for it.
	pub(super) async fn send(self, client: &Client, keys: &Keys) -> Result<Contested, Error> {
		self.fund(client, keys, 0).await?;
		let submitted = client.submit(keys, &self.call, Inclusion::Finalized).await?;
		Ok(Contested::new(self.job, self.batch, self.task, self.remedy, &submitted))
	}

	/// Sees whether the account can pay for it besides what is going to be held for others that are under way.
	pub(super) async fn fund(&self, client: &Client, keys: &Keys, others: Balance) -> Result<(), Error> {
		funds::check(client, keys, &self.call, self.held.saturating_add(others)).await.map(drop)
	}
}

/// Says what is going to be held, sends the contest, and tells what came of it.
pub(super) async fn carry_out(
	context: &Context,
	client: &Client,
	keys: &Keys,
	contest: Contest,
) -> Result<(), Error> {
	context.output.note(contest.terms())?;
	let waiting = context.output.waiting("waiting for the block to be final");
	let contested = contest.send(client, keys).await;
	waiting.finish_and_clear();
	let contested = contested?;
	context.output.json(&contested)?;
	context.output.line(contested.line())
}

fn deadline(submitted: &Submitted) -> Option<BlockNumber> {
	submitted.compute_events().find_map(|event| match event {
		ComputeEvent::ResultDemanded { deadline, .. } | ComputeEvent::BatchDemanded { deadline, .. } => {
			Some(*deadline)
		},
		_ => None,
	})
}

impl Contested {
	/// What was sent about a task, and is in a block.
	pub(super) fn new(
		job: JobId,
		batch: BatchIndex,
		task: TaskIndex,
		remedy: RemedyKind,
		submitted: &Submitted,
	) -> Self {
		let (block, transaction) = (submitted.number, submitted.transaction);
		Self { job, batch, task, remedy, block, transaction, deadline: deadline(submitted) }
	}

	/// What happened, and what comes next.
	pub(super) fn line(&self) -> String {
		let Self { job, batch, task, block, .. } = self;
		match self.deadline {
			Some(deadline) if self.remedy == RemedyKind::DemandBatch => format!(
				"All validators are asked for the results of batch {batch} in block {block}, and have until block {deadline}. \
				 Follow the verdict with: assay job report {job} --batches"
			),
			Some(deadline) => format!(
				"The result of task {task} is demanded in block {block}; the worker has until block {deadline}. Once it is \
				 shown, check the batch again: assay job check {job} --batch {batch} --challenge"
			),
			None if self.remedy == RemedyKind::Challenge => format!(
				"Task {task} is challenged in block {block}. Follow the verdict with: assay job report {job} --batches"
			),
			None => format!("Block {block} takes batch {batch} from its worker, because of task {task}."),
		}
	}
}

/// What is contested or demanded in a batch at the moment, if anything is.
pub(super) fn open_contest(view: &BatchView) -> Option<String> {
	contest_words(view.dispute.as_ref(), view.demand.as_ref())
}

/// The same, of the parts of a view.
pub(super) fn contest_words(dispute: Option<&DisputeView>, demand: Option<&DemandView>) -> Option<String> {
	let disputed = dispute.map(|dispute| {
		let voters = count(dispute.validators, "validator");
		if let Some(by) = dispute.demanded_by {
			return format!("its results are asked for by {by}, {} of {voters} voted", dispute.votes);
		}
		let by = dispute.challenger.map_or("an auditor".into(), |challenger| challenger.to_string());
		format!("task {} is contested by {by}, {} of {voters} voted", dispute.task, dispute.votes)
	});
	disputed.or_else(|| {
		demand.map(|demand| format!("the result of task {} is demanded by {}", demand.task, demand.by))
	})
}

/// Why a batch cannot be contested, in words.
pub(super) fn closed_words(stage: BatchStage) -> String {
	match stage {
		BatchStage::Disputed | BatchStage::Demanded => {
			format!("it is {} already; check it again when that is over", stage_word(stage))
		},
		stage => format!("it is {}, so it is too late to contest it", stage_word(stage)),
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::testing;
	use assay_primitives::{
		audit::Opening,
		sealing::{SealedEntry, SealedOpening, TaskResult},
		AccountId, JobSpec, TaskOutcome, TaskStatus,
	};

	const MILLI: Balance = 1_000_000_000;

	fn job() -> JobView {
		let spec = JobSpec { bounty: 20 * MILLI, ..testing::spec(10) };
		JobView { id: 7, ..testing::job(spec) }
	}

	fn parameters() -> Parameters {
		Parameters {
			job_deposit: 0,
			minimum_claim_bond: 0,
			minimum_stake: 0,
			claim_limit: 1,
			minimum_execution_window: 1,
			minimum_challenge_window: 1,
			maximum_window: 1,
			maximum_lifetime: 1,
			reveal_window: 50,
			audit_window: 1,
			tranche_period: 1,
			audit_fuel_per_block: 1,
			dispute_window: 1,
			minimum_challenge_bond: 100 * MILLI,
			demand_fee: 300 * MILLI,
			statement_fee: 0,
			maximum_demand_bytes: 1,
			auditor_stake: 1,
			fuel_price: 0,
			validators: 3,
			unbonding_period: 1,
			auditor_unbonding_period: 1,
		}
	}

	fn opening() -> Opening {
		let outcome = TaskOutcome::new(TaskStatus::Trapped, b"", 5).unwrap();
		Opening { task: 6, outcome, proof: Vec::new() }
	}

	/// About a batch with so many bytes of sealed results.
	fn contest_of(sealed_len: u64, remedy: Remedy) -> Contest {
		let result = TaskResult { outcome: opening().outcome, output: Vec::new() };
		let mut view = testing::delivered(&[result], b"", Hash::default());
		view.receipt.as_mut().unwrap().sealed.len = sealed_len;
		Contest::new(&job(), &view, remedy, &parameters())
	}

	fn contest(remedy: Remedy) -> Contest {
		contest_of(0, remedy)
	}

	#[test]
	fn a_task_is_found_in_its_batch() {
		assert_eq!(batch_of(&job(), 0).unwrap(), 0);
		assert_eq!(batch_of(&job(), 4).unwrap(), 1);
		assert_eq!(batch_of(&job(), 9).unwrap(), 2);
		assert!(matches!(batch_of(&job(), 10), Err(Error::NoSuchTask { job: 7, task: 10, tasks: 10 })));
	}

	#[test]
	fn the_terms_name_what_is_held_before_it_is() {
		let challenge = contest(Remedy::Challenge(opening()));
		assert!(challenge
			.terms()
			.contains("task 6 holds a bond of 0.1 ASY and 0.02 ASY more for every validator"));
		assert_eq!(challenge.held, 120 * MILLI);
		let demand = contest(Remedy::Demand(6));
		assert!(demand.terms().contains("holds 0.3 ASY") && demand.terms().contains("within 50 blocks"));
		assert_eq!(demand.held, 300 * MILLI);
		let batch = contest(Remedy::DemandBatch(4));
		assert!(batch.terms().contains("all 3 validators for the sealed results of batch 1 holds 0.9 ASY"));
		assert_eq!(batch.held, 900 * MILLI);
		let long = contest_of((16 << 20) + 1, Remedy::DemandBatch(4));
		assert!(long.terms().contains("holds 1.8 ASY"), "{}", long.terms());
		assert_eq!(long.held, 1_800 * MILLI);
		let sealed = SealedOpening {
			entry: SealedEntry { hash: Hash([1; 32]), len: 1 },
			proof: Vec::new(),
			bytes: vec![1],
		};
		let proof = contest(Remedy::ProveMissealed(opening(), sealed));
		assert!(proof.terms().contains("holds nothing"), "{}", proof.terms());
		assert_eq!(proof.held, 0);
	}

	#[test]
	fn what_is_sent_names_job_batch_and_task() {
		let call = Call::Challenge { job: 7, batch: 1, opening: opening() };
		assert_eq!(contest(Remedy::Challenge(opening())).call, call);
		assert_eq!(contest(Remedy::Demand(6)).call, Call::Demand { job: 7, batch: 1, task: 6 });
		assert_eq!(contest(Remedy::DemandBatch(4)).call, Call::DemandBatch { job: 7, batch: 1 });
	}

	#[test]
	fn open_contests_are_told_in_words() {
		let [challenger, by] = [1, 2].map(|byte| AccountId([byte; 32]));
		let dispute = DisputeView {
			task: 6,
			leaf: Hash([1; 32]),
			challenger: Some(challenger),
			opened_at: 9,
			validators: 3,
			votes: 1,
			demanded_by: None,
		};
		let words = contest_words(Some(&dispute), None).unwrap();
		assert_eq!(words, format!("task 6 is contested by {challenger}, 1 of 3 validators voted"));
		let asked = DisputeView { challenger: None, demanded_by: Some(by), ..dispute.clone() };
		let words = contest_words(Some(&asked), None).unwrap();
		assert_eq!(words, format!("its results are asked for by {by}, 1 of 3 validators voted"));
		let audited = DisputeView { challenger: None, ..dispute };
		assert!(contest_words(Some(&audited), None).unwrap().contains("by an auditor"));
		let demand = DemandView { task: 6, by };
		let words = contest_words(None, Some(&demand)).unwrap();
		assert_eq!(words, format!("the result of task 6 is demanded by {by}"));
		assert_eq!(contest_words(None, None), None);
	}
}
