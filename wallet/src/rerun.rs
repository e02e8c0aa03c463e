//! Running tasks of a posted job again on this machine, with the program and the inputs that the job names.

use crate::error::Error;
use assay_client::Client;
use assay_primitives::{
	input::{InputError, TaskInputs},
	JobSpec, TaskIndex, TaskLimits, TaskOutcome, VM_VERSION,
};
use assay_vm::{limits, HostOptions, HostPool, NoVerdict, ProgramSource};
use std::{sync::Arc, time::Duration};

/// How long a task may take here. Validators give it no longer.
const PATIENCE: Duration = Duration::from_secs(3_600);

/// Why a task cannot be run again here.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RerunError {
	/// The job is for another machine.
	#[error("the job is for version {0} of the machine, and this program has version {VM_VERSION}")]
	OtherMachine(u16),
	/// What the node gave is what the job names, but it makes no sense.
	#[error("the job's input is malformed: {0}")]
	Input(InputError),
	/// The task has no outcome.
	#[error("task {task} cannot be run again here: {reason}")]
	NoVerdict {
		/// The task.
		task: TaskIndex,
		/// Why.
		reason: NoVerdict,
	},
}

impl RerunError {
	/// What to do about it.
	pub(crate) fn advice(&self) -> &'static str {
		match self {
			Self::OtherMachine(_) => "Use the release of assay that knows this machine.",
			Self::Input(_) => "Nobody can run this job: cancel what is left of it with assay job cancel.",
			Self::NoVerdict { reason, .. } if reason.is_permanent() => {
				"Nobody can run this task: validators that are asked about it decide nothing."
			},
			Self::NoVerdict { .. } => {
				"This says something about this machine, not about the result: check its free memory, and try again."
			},
		}
	}
}

/// A job's program and inputs, and a process to run its tasks in.
pub(crate) struct Rerunner {
	pool: Arc<HostPool>,
	program: ProgramSource,
	inputs: TaskInputs<Arc<[u8]>>,
	limits: TaskLimits,
}

impl Rerunner {
	/// Fetches what running the job's tasks takes.
	pub(crate) async fn fetch(client: &Client, spec: &JobSpec) -> Result<Self, Error> {
		if spec.vm_version != VM_VERSION {
			return Err(RerunError::OtherMachine(spec.vm_version).into());
		}
		// Both fit 64 bits.
		let program = client.download(&spec.program, limits::MAX_PROGRAM_BYTES as u64).await?;
		let input = client.download(spec.input.blob(), limits::MAX_INPUT_BYTES as u64).await?;
		let inputs =
			TaskInputs::parse(&spec.input, Arc::from(input), spec.tasks).map_err(RerunError::Input)?;
		// Somebody is waiting, so there is no stepping back behind others.
		let options = HostOptions { niceness: 0, ..HostOptions::default() };
		let pool = Arc::new(HostPool::new(1, options));
		Ok(Self { pool, program: ProgramSource::new(program), inputs, limits: spec.limits })
	}

	/// Runs one task, in a process of its own: the program may be anybody's.
	pub(crate) async fn run(&self, task: TaskIndex) -> Result<TaskOutcome, RerunError> {
		let bytes = self.inputs.get(task).map_err(RerunError::Input)?;
		// The process keeps a shared input as long as it is the very same one.
		let input: Arc<[u8]> =
			if self.inputs.is_shared() { Arc::clone(self.inputs.blob()) } else { bytes.into() };
		let (pool, program, limits) = (Arc::clone(&self.pool), self.program.clone(), self.limits);
		let run = tokio::task::spawn_blocking(move || pool.run(&program, task, input, &limits, PATIENCE));
		let execution = run.await.unwrap_or_else(|panic| Err(NoVerdict::Engine(panic.to_string())));
		execution.map(|execution| execution.outcome).map_err(|reason| RerunError::NoVerdict { task, reason })
	}
}
