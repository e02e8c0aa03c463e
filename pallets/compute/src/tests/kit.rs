//! What tests act with.

use crate::{mock::*, Call, Config, Deadlines, DutiesFirst, Error, Event, HoldReason, JobDeadlines, Refusal};
use assay_primitives::{
	audit::{self, AuditReport, AuditStatement, Draw, Findings, Opening},
	merkle,
	sealing::{self, BatchKey, FetchedBatch, SealedOpening, TaskResult},
	view::{AuditTask, BatchStage, BatchView, JobView, WorkerView},
	AuditPolicy, Balance, BatchIndex, BlobRef, BlockNumber, Hash, InputSpec, JobId, JobSpec, Receipt, Ruling,
	SignedReceipt, SignedVote, TaskIndex, TaskLimits, TaskOutcome, TaskStatus, Vote,
};
use codec::Encode;
use frame_support::{
	dispatch::{DispatchInfo, GetDispatchInfo, Pays},
	traits::fungible::{Inspect, InspectHold},
};
use sp_runtime::{
	traits::{Applyable, Checkable, Dispatchable},
	transaction_validity::{
		InvalidTransaction, TransactionSource, TransactionValidityError, ValidTransaction,
	},
	DispatchError, DispatchResult, StateVersion,
};

/// A change to one thing in something.
pub(crate) type Change<T> = fn(&mut T);

/// The last of the blocks that make the seed of a receipt in the first block.
pub(crate) const SEED_BLOCK: BlockNumber = 1 + SEED_BLOCKS;
pub(crate) const JOB: JobId = 0;
pub(crate) const BOUNTY: Balance = 100;

/// Ten tasks in batches of 4, 4 and 2.
pub(crate) fn spec() -> JobSpec {
	JobSpec {
		program: BlobRef::of(b"program"),
		vm_version: assay_primitives::VM_VERSION,
		input: InputSpec::Shared { blob: BlobRef::of(b"input") },
		tasks: 10,
		batch_size: 4,
		bounty: BOUNTY,
		limits: TaskLimits::default(),
		audit: AuditPolicy { auditors: 2, samples: 3, rate: AuditPolicy::EVERY_BATCH },
		execution_window: 10,
		challenge_window: 5,
		lifetime: 150,
	}
}

/// What the audit of one batch of [`spec`] may cost.
pub(crate) const RESERVE: Balance = 2 * 3 * BOUNTY;
/// What [`spec`] costs.
pub(crate) const ESCROW: Balance = 10 * BOUNTY + 3 * RESERVE;

pub(crate) fn root() -> Vec<u8> {
	sp_io::storage::root(StateVersion::V1)
}

/// Makes a signed call. What is refused must not have changed anything.
pub(crate) fn call(who: &AccountId, call: Call<Test>) -> Result<Pays, DispatchError> {
	let before = root();
	let outcome = RuntimeCall::from(call).dispatch(RuntimeOrigin::signed(who.clone()));
	check();
	match outcome {
		Ok(info) => Ok(info.pays_fee),
		Err(error) => {
			assert_eq!(root(), before, "a refused call changed the state: {:?}", error.error);
			Err(error.error)
		},
	}
}

pub(crate) fn refused<T>(outcome: Result<T, DispatchError>, error: Error<Test>) {
	assert_eq!(outcome.err(), Some(error.into()));
}

/// What transactions carry.
pub(crate) fn extension() -> Extension {
	(frame_system::AuthorizeCall::new(), DutiesFirst::new())
}

/// A fee-less call as it travels: encoded, decoded, checked by a pool, applied by a block author.
pub(crate) fn carry(call: Call<Test>) -> Result<ValidTransaction, TransactionValidityError> {
	let transaction = UncheckedExtrinsic::new_transaction(call.into(), extension());
	let encoded = transaction.encode();
	let transaction: UncheckedExtrinsic =
		codec::Decode::decode(&mut &encoded[..]).expect("it was just encoded; qed");
	let info: DispatchInfo = transaction.get_dispatch_info();
	let before = root();
	let check_transaction = || {
		Checkable::check(transaction.clone(), &frame_system::ChainContext::<Test>::default())
			.expect("general transactions have no signature; qed")
	};
	let validity = [TransactionSource::External, TransactionSource::Local, TransactionSource::InBlock]
		.map(|source| check_transaction().validate::<Test>(source, &info, encoded.len()));
	assert!(validity.iter().all(|other| *other == validity[0]), "sources differ");
	assert_eq!(root(), before, "validation changed the state");
	let [validity, ..] = validity;
	let applied = check_transaction().apply::<Test>(&info, encoded.len());
	check();
	match &applied {
		Ok(dispatched) => {
			dispatched.as_ref().expect("what is authorised can be dispatched");
			assert!(validity.is_ok(), "applied, but never valid");
		},
		Err(error) => {
			assert_eq!(validity.as_ref().err(), Some(error));
			assert_eq!(root(), before, "a refused transaction changed the state");
		},
	}
	validity
}

/// Why a fee-less call was refused.
pub(crate) fn refusal<T>(outcome: Result<T, TransactionValidityError>) -> Option<Refusal> {
	match outcome {
		Err(TransactionValidityError::Invalid(InvalidTransaction::Custom(code))) => Refusal::from_code(code),
		_ => None,
	}
}

pub(crate) fn post(spec: JobSpec) -> JobId {
	let id = crate::NextJob::<Test>::get();
	call(&requester(), Call::post_job { spec }).expect("the job is acceptable");
	id
}

pub(crate) fn bond(party: &Party, amount: Balance) {
	call(&party.account(), Call::bond_worker { amount }).expect("the stake is acceptable");
}

pub(crate) fn claim(party: &Party, job: JobId, count: u32) -> DispatchResult {
	call(&party.account(), Call::claim { job, count }).map(|_| ())
}

pub(crate) fn job(id: JobId) -> JobView {
	Compute::job_view(id).expect("the job exists")
}

pub(crate) fn batch(id: JobId, index: BatchIndex) -> BatchView {
	Compute::batch_view(id, index).expect("the batch exists")
}

pub(crate) fn stage(id: JobId, index: BatchIndex) -> BatchStage {
	batch(id, index).stage
}

pub(crate) fn record(party: &Party) -> WorkerView {
	Compute::worker_view(party.id()).expect("the worker has a record")
}

pub(crate) fn free(who: &AccountId) -> Balance {
	<Balances as Inspect<_>>::balance(who)
}

pub(crate) fn held(reason: HoldReason, who: &AccountId) -> Balance {
	Balances::balance_on_hold(&<Test as Config>::RuntimeHoldReason::from(reason), who)
}

pub(crate) fn genesis() -> Hash {
	Hash(System::block_hash(0).0)
}

/// The events of this pallet since the last time.
pub(crate) fn events() -> Vec<Event<Test>> {
	let events = System::events()
		.into_iter()
		.filter_map(|record| match record.event {
			RuntimeEvent::Compute(event) => Some(event),
			_ => None,
		})
		.collect();
	System::reset_events();
	events
}

/// What an honest machine makes of a task.
pub(crate) fn truth(task: TaskIndex) -> TaskResult {
	let output = format!("result of task {task}").into_bytes();
	TaskResult {
		outcome: TaskOutcome::new(TaskStatus::Completed(0), &output, 1_000 + u64::from(task))
			.expect("the output is short; qed"),
		output,
	}
}

pub(crate) fn leaf(job: JobId, task: TaskIndex) -> Hash {
	truth(task).outcome.leaf(job, task)
}

/// A batch that was run and sealed.
#[derive(Clone)]
pub(crate) struct Work {
	pub(crate) key: BatchKey,
	pub(crate) receipt: Receipt,
	first: TaskIndex,
	results: Vec<TaskResult>,
	sealed: Vec<u8>,
}

impl Work {
	/// Runs a batch honestly.
	pub(crate) fn run(party: &Party, job: JobId, index: BatchIndex) -> Self {
		Self::run_with(party, job, index, truth)
	}

	/// Makes results up.
	pub(crate) fn run_with(
		party: &Party,
		job: JobId,
		index: BatchIndex,
		result: impl Fn(TaskIndex) -> TaskResult,
	) -> Self {
		let view = batch(job, index);
		let tasks = view.first_task..view.first_task + view.tasks;
		let results: Vec<_> = tasks.clone().map(result).collect();
		let key = sealing::batch_key(&party.id().0, &genesis(), job, index, view.attempt);
		let sealed =
			sealing::seal_batch(&key, view.first_task, &results).expect("the results are small; qed");
		let leaves: Vec<_> =
			tasks.zip(&results).map(|(task, result)| result.outcome.leaf(job, task)).collect();
		let receipt = Receipt {
			genesis: genesis(),
			job,
			batch: index,
			attempt: view.attempt,
			worker: party.id(),
			outputs_root: merkle::root(&leaves).expect("a batch has tasks; qed"),
			sealed: BlobRef::of(&sealed.bytes),
			sealed_root: sealed.root,
			key_commitment: sealing::commit(&key),
		};
		Self { key, receipt, first: view.first_task, results, sealed: sealed.bytes }
	}

	pub(crate) fn signed(&self, party: &Party) -> SignedReceipt {
		self.receipt.sign(&party.0)
	}

	/// Opens `samples`.
	pub(crate) fn open(&self, samples: &[TaskIndex]) -> Vec<Opening> {
		let leaves: Vec<_> = (self.first..)
			.zip(&self.results)
			.map(|(task, result)| result.outcome.leaf(self.receipt.job, task))
			.collect();
		samples
			.iter()
			.map(|task| {
				let offset = task - self.first;
				Opening {
					task: *task,
					outcome: self.results[offset as usize].outcome,
					proof: merkle::proof(&leaves, offset).expect("the sample is in the batch; qed"),
				}
			})
			.collect()
	}

	/// Opens one task.
	pub(crate) fn opening(&self, task: TaskIndex) -> Opening {
		self.open(&[task]).swap_remove(0)
	}

	/// Shows one sealed result.
	pub(crate) fn show(&self, task: TaskIndex) -> SealedOpening {
		let end = self.first + u32::try_from(self.results.len()).expect("batches are small; qed");
		FetchedBatch::parse(&self.sealed, self.first..end, &self.receipt.sealed_root)
			.expect("the worker sealed it; qed")
			.show(task)
			.expect("the task is in the batch; qed")
	}

	/// Seals something else than was computed.
	pub(crate) fn reseal(mut self, result: impl Fn(TaskIndex) -> TaskResult) -> Self {
		let results: Vec<_> = (self.first..).take(self.results.len()).map(result).collect();
		let sealed = sealing::seal_batch(&self.key, self.first, &results).expect("small results; qed");
		self.receipt.sealed = BlobRef::of(&sealed.bytes);
		self.receipt.sealed_root = sealed.root;
		self.sealed = sealed.bytes;
		self
	}

	/// Opens what the auditors sampled.
	pub(crate) fn openings(&self) -> Vec<Opening> {
		let audit = batch(self.receipt.job, self.receipt.batch).audit;
		self.open(&audit.map(|audit| audit.samples()).unwrap_or_default())
	}

	pub(crate) fn reveal(&self, party: &Party) -> Result<Pays, DispatchError> {
		self.reveal_with(party, self.key, self.openings())
	}

	/// Answers the reports of an audit that ran out.
	pub(crate) fn answer(&self, party: &Party) -> Result<Pays, DispatchError> {
		let Receipt { job, batch, .. } = self.receipt;
		call(&party.account(), Call::answer { job, batch, openings: self.openings() })
	}

	pub(crate) fn reveal_with(
		&self,
		party: &Party,
		key: BatchKey,
		openings: Vec<Opening>,
	) -> Result<Pays, DispatchError> {
		let Receipt { job, batch, .. } = self.receipt;
		call(&party.account(), Call::reveal { job, batch, key, openings })
	}
}

pub(crate) fn hand_in(signed: SignedReceipt) -> Result<ValidTransaction, TransactionValidityError> {
	carry(Call::submit_receipt { signed })
}

/// Runs a claimed batch honestly and hands in the receipt.
pub(crate) fn commit(party: &Party, job: JobId, index: BatchIndex) -> Work {
	let work = Work::run(party, job, index);
	hand_in(work.signed(party)).expect("the receipt holds");
	work
}

/// Posts [`spec`], and has the worker claim and commit the first batch.
pub(crate) fn committed() -> Work {
	committed_to(spec())
}

/// The same for another job.
pub(crate) fn committed_to(spec: JobSpec) -> Work {
	let id = post(spec);
	bond(&worker(), 10 * MIN_STAKE);
	claim(&worker(), id, 1).expect("there is a batch to claim");
	commit(&worker(), id, 0)
}

/// The audit of a batch as auditors see it.
pub(crate) fn task(job: JobId, index: BatchIndex) -> Option<AuditTask> {
	Compute::audit_tasks(u32::MAX).into_iter().find(|task| (task.job, task.batch) == (job, index))
}

pub(crate) fn statement(task: &AuditTask) -> AuditStatement {
	AuditStatement {
		genesis: genesis(),
		job: task.job,
		batch: task.batch,
		attempt: task.attempt,
		receipt: task.receipt,
		seed: task.seed,
	}
}

/// What an auditor's VRF decides.
pub(crate) fn draw(auditor: &Party, statement: &AuditStatement) -> Draw {
	let pre_output = auditor.0.vrf_create_hash(statement.transcript()).to_preout().to_bytes();
	Draw::from_pre_output(&auditor.id().0, &pre_output, statement).expect("the output is a point; qed")
}

/// Those the draw admits by now, in the order of [`auditors`].
pub(crate) fn drawn(task: &AuditTask) -> Vec<Party> {
	auditors()
		.into_iter()
		.filter(|auditor| {
			draw(auditor, &statement(task)).is_eligible(&task.spec.audit, task.validators, task.tranche)
		})
		.collect()
}

/// Proves `findings` on any statement.
pub(crate) fn prove(auditor: &Party, statement: &AuditStatement, findings: Findings) -> AuditReport {
	let in_out = auditor.0.vrf_create_hash(statement.transcript());
	let (proof, _) = auditor.0.dleq_proove(findings.transcript(), &in_out, true);
	AuditReport {
		job: statement.job,
		batch: statement.batch,
		attempt: statement.attempt,
		auditor: auditor.id().0,
		pre_output: in_out.to_preout().to_bytes(),
		proof: proof.to_bytes(),
		findings,
	}
}

/// The findings of an auditor that computes `leaf` for each of its samples.
pub(crate) fn findings(
	auditor: &Party,
	task: &AuditTask,
	leaf: impl Fn(JobId, TaskIndex) -> Hash,
) -> Findings {
	let range = task.spec.batch_tasks(task.batch).expect("the batch exists; qed");
	let samples = draw(auditor, &statement(task)).samples(&task.spec.audit, range.end - range.start);
	Findings::Checked(
		samples
			.into_iter()
			.map(|offset| audit::tag(&auditor.id().0, &leaf(task.job, range.start + offset)))
			.collect(),
	)
}

/// The report of an honest auditor.
pub(crate) fn honest(auditor: &Party, task: &AuditTask) -> AuditReport {
	prove(auditor, &statement(task), findings(auditor, task, leaf))
}

/// The report of an auditor that found nothing to check.
pub(crate) fn starved(auditor: &Party, task: &AuditTask) -> AuditReport {
	prove(auditor, &statement(task), Findings::Unavailable)
}

/// The report of an honest auditor that does not get the sealed results.
pub(crate) fn unsealed(auditor: &Party, task: &AuditTask) -> AuditReport {
	let Findings::Checked(tags) = findings(auditor, task, leaf) else { unreachable!("it ran its samples") };
	prove(auditor, &statement(task), Findings::Unsealed(tags))
}

pub(crate) fn report(report: AuditReport) -> Result<ValidTransaction, TransactionValidityError> {
	carry(Call::submit_audit { report })
}

/// Runs to the block in which every auditor is admitted to the audit of a batch.
pub(crate) fn run_to_full_tranche(job: JobId, index: BatchIndex) {
	let receipt = batch(job, index).receipt.expect("the batch is committed");
	run_to(now().max(receipt.block + SEED_BLOCKS + TRANCHE_PERIOD));
}

/// Runs to the block in which the worker can act on the reports there are.
pub(crate) fn close(job: JobId, index: BatchIndex) {
	let audit = batch(job, index).audit.expect("the batch is committed");
	run_to(audit.revealable_at.max(now()));
}

/// What an auditor has been paid so far.
pub(crate) fn earned(auditor: &Party) -> Balance {
	Compute::auditor_view(auditor.id()).map_or(0, |view| view.earned)
}

/// Signs a vote on the dispute about a batch.
pub(crate) fn ballot(validator: &Party, job: JobId, index: BatchIndex, ruling: Ruling) -> SignedVote {
	let view = batch(job, index);
	let dispute = view.dispute.expect("there is a dispute");
	Vote {
		genesis: genesis(),
		job,
		batch: index,
		attempt: view.attempt,
		task: dispute.task,
		opened_at: dispute.opened_at,
		validator: validator.id().0,
		ruling,
	}
	.sign(&validator.0)
}

pub(crate) fn cast(vote: SignedVote) -> Result<ValidTransaction, TransactionValidityError> {
	carry(Call::submit_vote { vote })
}

/// Has validators vote for a ruling, until there is a verdict.
pub(crate) fn rule(validators: &[Party], job: JobId, index: BatchIndex, ruling: Ruling) {
	for validator in validators {
		if stage(job, index) == BatchStage::Disputed {
			cast(ballot(validator, job, index, ruling)).expect("the vote holds");
		}
	}
}

/// Has all validators vote for what an honest machine makes of the contested task.
pub(crate) fn rule_honestly(job: JobId, index: BatchIndex) {
	let dispute = batch(job, index).dispute.expect("there is a dispute");
	rule(&auditors(), job, index, Ruling::Leaf(leaf(job, dispute.task)));
}

/// Posts [`spec`], and has the worker commit the first batch with every result a lie.
pub(crate) fn committed_lies() -> Work {
	let id = post(spec());
	bond(&worker(), 10 * MIN_STAKE);
	claim(&worker(), id, 1).expect("there is a batch to claim");
	let work = Work::run_with(&worker(), id, 0, lie);
	hand_in(work.signed(&worker())).expect("the receipt holds");
	work
}

/// What a cheat makes of a task.
pub(crate) fn lie(task: TaskIndex) -> TaskResult {
	truth(task + 1_000)
}

/// Has the first two auditors check a batch honestly, once they are admitted, and says who they are. Ends in the first
/// block in which the worker can reveal.
pub(crate) fn audit_honestly(job: JobId, index: BatchIndex) -> [Party; 2] {
	run_to_full_tranche(job, index);
	let [first, second, ..]: [Party; 5] = auditors().try_into().ok().expect("there are five; qed");
	for auditor in [&first, &second] {
		let task = task(job, index).expect("the audit is open");
		report(honest(auditor, &task)).expect("the report holds");
	}
	close(job, index);
	[first, second]
}

/// The whole way to a revealed batch.
pub(crate) fn revealed() -> Work {
	let work = committed();
	audit_honestly(work.receipt.job, work.receipt.batch);
	assert_eq!(work.reveal(&worker()), Ok(Pays::No));
	work
}

/// The blocks in which batches and jobs are looked at.
pub(crate) fn filed() -> Vec<BlockNumber> {
	let batches = Deadlines::<Test>::iter_keys().map(|(block, _)| block);
	batches.chain(JobDeadlines::<Test>::iter_keys().map(|(block, _)| block)).collect()
}
