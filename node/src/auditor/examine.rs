//! Doing the work: fetching what a batch is made of and running the drawn tasks again.

use super::{
	metrics::Metrics,
	source::{BlobSource, FetchError},
};
use assay_primitives::{
	input::TaskInputs,
	sealing::FetchedBatch,
	view::{AuditTask, DisputeTask},
	BatchIndex, BlobRef, Hash, JobId, JobSpec, Ruling, TaskIndex, TaskLimits, TaskOutcome, VM_VERSION,
};
use assay_vm::{HostPool, NoVerdict, ProgramSource};
use parking_lot::Mutex;
use std::{
	sync::Arc,
	time::{Duration, Instant},
};

/// The least time a task gets.
const MIN_TASK_TIME: Duration = Duration::from_secs(60);
/// An auditor's machine may be this many times slower than the execution window asks of a worker's.
const SLOWNESS: u32 = 2;

/// Fuel above which work is long: five minutes on the slowest machine fit to audit.
const LONG: u64 = 300_000_000_000;

/// Whether running that many tasks of a job may take long. Posting a job of endless loops costs next to nothing, so long
/// work must not keep a node from all other.
pub(super) fn is_long(spec: &JobSpec, tasks: u32) -> bool {
	spec.limits.fuel.saturating_mul(tasks.into()) > LONG
}

/// Runs tasks.
pub(super) trait Machine: Send + Sync + 'static {
	/// Runs one task for at most `time`.
	///
	/// # Errors
	///
	/// Anything but an outcome.
	fn run(
		&self,
		program: &ProgramSource,
		task: TaskIndex,
		input: Arc<[u8]>,
		limits: &TaskLimits,
		time: Duration,
	) -> Result<TaskOutcome, NoVerdict>;
}

impl Machine for HostPool {
	fn run(
		&self,
		program: &ProgramSource,
		task: TaskIndex,
		input: Arc<[u8]>,
		limits: &TaskLimits,
		time: Duration,
	) -> Result<TaskOutcome, NoVerdict> {
		HostPool::run(self, program, task, input, limits, time).map(|execution| execution.outcome)
	}
}

/// A machine that counts what it runs.
pub(super) struct Metered<M> {
	machine: M,
	metrics: Arc<Metrics>,
}

impl<M> Metered<M> {
	/// Runs tasks on `machine`, and counts them in `metrics`.
	pub(super) fn new(machine: M, metrics: Arc<Metrics>) -> Self {
		Self { machine, metrics }
	}
}

impl<M: Machine> Machine for Metered<M> {
	fn run(
		&self,
		program: &ProgramSource,
		task: TaskIndex,
		input: Arc<[u8]>,
		limits: &TaskLimits,
		time: Duration,
	) -> Result<TaskOutcome, NoVerdict> {
		let start = Instant::now();
		let result = self.machine.run(program, task, input, limits, time);
		self.metrics.ran(start.elapsed(), result.as_ref().map(|outcome| outcome.fuel));
		result
	}
}

/// One batch to look at.
#[derive(Clone, Debug)]
pub(super) struct Assignment {
	/// The batch.
	pub(super) task: AuditTask,
	/// What its receipt says of the sealed results.
	pub(super) sealed_root: Hash,
	/// The drawn tasks, as ascending offsets into the batch.
	pub(super) samples: Vec<u32>,
	/// Whether the sealed results are not waited for any more.
	pub(super) is_last_call: bool,
	/// What took too long to arrive, and counts as missing unless it is here.
	pub(super) late: Vec<Hash>,
}

/// One dispute to vote on.
#[derive(Clone, Debug)]
pub(super) struct Contested {
	/// What is contested.
	pub(super) task: DisputeTask,
	/// What took too long to arrive, and counts as missing unless it is here.
	pub(super) late: Vec<Hash>,
	/// What came of the task, if it was run before.
	pub(super) leaf: Option<Hash>,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Examination {
	/// The leaf of each drawn task, in order.
	Leaves(Vec<Hash>),
	/// The same, but the sealed results could not be had, or are not those of the receipt.
	Unsealed(Vec<Hash>),
	/// A blob that is on its way.
	OnItsWay(Hash),
	/// Something could not be had. It may come yet.
	Missing(String),
	/// What the job or the receipt is made of is of no use, here or anywhere.
	Unusable(String),
	/// This machine could not finish. Says nothing about the batch.
	NoVerdict(String),
}

impl From<FetchError> for Examination {
	fn from(error: FetchError) -> Self {
		match error {
			FetchError::Unavailable(reason) => Self::Missing(reason),
			FetchError::OnItsWay(blob) => Self::OnItsWay(blob),
			FetchError::Failed(reason) => Self::NoVerdict(reason),
		}
	}
}

impl From<NoVerdict> for Examination {
	fn from(error: NoVerdict) -> Self {
		match error.is_permanent() {
			true => Self::Unusable(error.to_string()),
			false => Self::NoVerdict(error.to_string()),
		}
	}
}

/// What came of running a contested task, or of looking for sealed results.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Judgement {
	/// What to vote.
	Ruling(Ruling),
	/// A blob is on its way.
	OnItsWay {
		/// The blob.
		blob: Hash,
		/// What came of the task, if it was run.
		leaf: Option<Hash>,
	},
	/// Something could not be had. It may come yet.
	Missing(String),
	/// This machine could not finish. Says nothing about the task.
	NoVerdict(String),
}

impl From<Examination> for Judgement {
	fn from(examination: Examination) -> Self {
		match examination {
			Examination::OnItsWay(blob) => Self::OnItsWay { blob, leaf: None },
			Examination::Missing(reason) => Self::Missing(reason),
			Examination::Unusable(_) => Self::Ruling(Ruling::Unavailable),
			Examination::NoVerdict(reason) => Self::NoVerdict(reason),
			// Not made where a dispute is judged.
			Examination::Leaves(_) | Examination::Unsealed(_) => Self::NoVerdict("not a judgement".into()),
		}
	}
}

impl From<FetchError> for Judgement {
	fn from(error: FetchError) -> Self {
		Examination::from(error).into()
	}
}

/// A job's program and inputs, fetched and checked.
struct Prepared {
	job: JobId,
	program: ProgramSource,
	inputs: TaskInputs<Arc<[u8]>>,
}

/// Examines batches. Keeps the program and the inputs of the last job, because its batches tend to come together.
pub(super) struct Examiner<S, M> {
	source: Arc<S>,
	machine: M,
	block_time: Duration,
	last: Mutex<Option<Arc<Prepared>>>,
}

impl<S: BlobSource, M: Machine> Examiner<S, M> {
	/// Gets blobs from `source` and runs tasks on `machine`, for a chain with a block every `block_time`.
	pub(super) fn new(source: Arc<S>, machine: M, block_time: Duration) -> Self {
		Self { source, machine, block_time, last: Mutex::new(None) }
	}

	/// How many bytes are here of a blob that is on its way: see [`BlobSource::arrived`].
	pub(super) fn arrived(&self, blob: &Hash) -> Option<u64> {
		self.source.arrived(blob)
	}

	/// Lets go of what is kept for the next batch of the same job.
	pub(super) fn forget(&self) {
		*self.last.lock() = None;
	}

	/// Examines a batch. Blocks for as long as its tasks take.
	pub(super) fn examine(&self, assignment: &Assignment) -> Examination {
		self.findings(assignment).unwrap_or_else(|verdict| verdict)
	}

	/// The tasks are run even if the sealed results never come: it is what the worker committed to that its bond answers
	/// for, and a cheat must not be able to hide it from those that are drawn.
	fn findings(&self, assignment: &Assignment) -> Result<Examination, Examination> {
		let AuditTask { job, spec, batch, sealed, .. } = &assignment.task;
		let late = &assignment.late;
		match self.check_sealed(*job, spec, *batch, (sealed, &assignment.sealed_root), late) {
			Ok(()) => {
				self.source.vouch(sealed);
				self.leaves(assignment).map(Examination::Leaves)
			},
			Err(Examination::Missing(reason)) if !assignment.is_last_call => {
				Err(Examination::Missing(reason))
			},
			Err(Examination::Missing(reason) | Examination::Unusable(reason)) => {
				log::debug!(target: "auditor", "Job {job}: {reason}");
				self.leaves(assignment).map(Examination::Unsealed)
			},
			Err(other) => Err(other),
		}
	}

	fn leaves(&self, assignment: &Assignment) -> Result<Vec<Hash>, Examination> {
		let AuditTask { job, spec, batch, .. } = &assignment.task;
		if spec.vm_version != VM_VERSION {
			let reason = format!("job {job} is for machine version {}: update this node", spec.vm_version);
			return Err(Examination::NoVerdict(reason));
		}
		let tasks = spec
			.batch_tasks(*batch)
			.ok_or_else(|| Examination::NoVerdict(format!("job {job} has no batch {batch}")))?;
		let prepared = self.prepare(*job, spec, &assignment.late)?;
		let time = self.task_time(spec);
		assignment
			.samples
			.iter()
			.map(|offset| {
				let task =
					tasks.start.checked_add(*offset).filter(|task| tasks.contains(task)).ok_or_else(
						|| Examination::NoVerdict(format!("the batch has no task at {offset}")),
					)?;
				let input = input_of(&prepared.inputs, task)?;
				let outcome = self.machine.run(&prepared.program, task, input, &spec.limits, time)?;
				Ok(outcome.leaf(*job, task))
			})
			.collect()
	}

	/// Runs a contested task, or fetches sealed results that are asked for. Blocks for as long as that takes.
	pub(super) fn judge(&self, contested: &Contested) -> Judgement {
		self.ruling(contested).map_or_else(|other| other, Judgement::Ruling)
	}

	fn ruling(&self, contested: &Contested) -> Result<Ruling, Judgement> {
		let Contested { task: dispute, late, leaf } = contested;
		let DisputeTask { job, spec, batch, .. } = dispute;
		if dispute.withheld {
			// Nothing is run, so it does not matter what for.
			self.check_sealed(*job, spec, *batch, (&dispute.sealed, &dispute.sealed_root), late)?;
			match self.source.hold(&dispute.sealed) {
				// They are here, and whoever asks can have them now. It may be the one that has filled the room for what is held:
				// silence would be for it.
				Err(FetchError::Failed(reason)) => {
					log::warn!(target: "auditor", "Job {job} batch {batch}: {reason}");
				},
				held => held?,
			}
			return Ok(Ruling::Held);
		}
		let leaf = match leaf {
			Some(leaf) => *leaf,
			None => self.contested_leaf(dispute, late)?,
		};
		if leaf != dispute.leaf {
			return Ok(Ruling::Leaf(leaf));
		}
		match self.is_missealed(dispute, &leaf, late) {
			Ok(true) => Ok(Ruling::Missealed),
			Ok(false) => Ok(Ruling::Leaf(leaf)),
			Err(FetchError::OnItsWay(blob)) => Err(Judgement::OnItsWay { blob, leaf: Some(leaf) }),
			Err(other) => Err(other.into()),
		}
	}

	/// Runs a contested task.
	fn contested_leaf(&self, dispute: &DisputeTask, late: &[Hash]) -> Result<Hash, Examination> {
		let DisputeTask { job, spec, batch, task, .. } = dispute;
		if spec.vm_version != VM_VERSION {
			let reason = format!("job {job} is for machine version {}: update this node", spec.vm_version);
			return Err(Examination::NoVerdict(reason));
		}
		spec.batch_tasks(*batch)
			.filter(|tasks| tasks.contains(task))
			.ok_or_else(|| Examination::NoVerdict(format!("job {job} batch {batch} has no task {task}")))?;
		let prepared = self.prepare(*job, spec, late)?;
		let input = input_of(&prepared.inputs, *task)?;
		let outcome =
			self.machine.run(&prepared.program, *task, input, &spec.limits, self.task_time(spec))?;
		Ok(outcome.leaf(*job, *task))
	}

	/// Whether what the worker sealed for the contested task is not what it committed to. Everything that can be wrong
	/// with the bytes is its doing, because its receipt names them by their hash; whether they can be had is not asked. That
	/// this node has no room for them must not cost a challenger its bond.
	fn is_missealed(&self, dispute: &DisputeTask, leaf: &Hash, late: &[Hash]) -> Result<bool, FetchError> {
		let Some(key) = &dispute.key else { return Ok(false) };
		let Some(tasks) = dispute.spec.batch_tasks(dispute.batch) else { return Ok(false) };
		let bytes = match self.fetch(&dispute.sealed, late) {
			Ok(bytes) => bytes,
			Err(FetchError::Unavailable(_)) => return Ok(false),
			Err(other) => return Err(other),
		};
		let Ok(fetched) = FetchedBatch::parse(&bytes, tasks, &dispute.sealed_root) else { return Ok(true) };
		let opened = fetched.open_one(key, dispute.task);
		Ok(!opened.is_some_and(|result| {
			result.is_ok_and(|result| result.outcome.leaf(dispute.job, dispute.task) == *leaf)
		}))
	}

	/// A blob. One that is among those that are `late` has to be here.
	fn fetch(&self, blob: &BlobRef, late: &[Hash]) -> Result<Arc<[u8]>, FetchError> {
		self.source.fetch(blob).map_err(|error| match error {
			FetchError::OnItsWay(hash) if late.contains(&hash) => {
				FetchError::Unavailable(format!("blob {hash} arrives too slowly"))
			},
			other => other,
		})
	}

	/// Whether the sealed results can be had, and are what the receipt commits to, which also says their root. What they
	/// decrypt to is known only once the key is.
	fn check_sealed(
		&self,
		job: JobId,
		spec: &JobSpec,
		batch: BatchIndex,
		(sealed, root): (&BlobRef, &Hash),
		late: &[Hash],
	) -> Result<(), Examination> {
		let tasks = spec
			.batch_tasks(batch)
			.ok_or_else(|| Examination::NoVerdict(format!("job {job} has no batch {batch}")))?;
		let bytes = self.fetch(sealed, late)?;
		FetchedBatch::parse(&bytes, tasks, root)
			.map(|_| ())
			.map_err(|error| Examination::Unusable(format!("sealed results: {error}")))
	}

	fn prepare(&self, job: JobId, spec: &JobSpec, late: &[Hash]) -> Result<Arc<Prepared>, Examination> {
		if let Some(last) = self.last.lock().as_ref().filter(|last| last.job == job) {
			return Ok(last.clone());
		}
		let program = ProgramSource { hash: spec.program.hash, bytes: self.fetch(&spec.program, late)? };
		let blob = self.fetch(spec.input.blob(), late)?;
		let inputs = TaskInputs::parse(&spec.input, blob, spec.tasks)
			.map_err(|error| Examination::Unusable(format!("input: {error}")))?;
		let prepared = Arc::new(Prepared { job, program, inputs });
		*self.last.lock() = Some(prepared.clone());
		Ok(prepared)
	}

	/// A worker had the execution window for a whole batch, so twice that is plenty for one task on any machine fit to
	/// audit.
	fn task_time(&self, spec: &JobSpec) -> Duration {
		self.block_time.saturating_mul(spec.execution_window).saturating_mul(SLOWNESS).max(MIN_TASK_TIME)
	}
}

fn input_of(inputs: &TaskInputs<Arc<[u8]>>, task: TaskIndex) -> Result<Arc<[u8]>, Examination> {
	if inputs.is_shared() {
		// The same allocation each time tells the machine that it has the input already.
		return Ok(inputs.blob().clone());
	}
	inputs.get(task).map(Arc::from).map_err(|error| Examination::Unusable(format!("input: {error}")))
}
