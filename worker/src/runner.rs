//! Running one task.

use assay_primitives::{sealing::TaskResult, JobId, TaskIndex, TaskLimits};
use assay_vm::{HostOptions, HostPool, NoVerdict, Program, ProgramSource};
use std::{sync::Arc, time::Duration};

/// How much processor time a process may use before it is replaced, compiled program and all.
const HOST_CPU: Duration = Duration::from_secs(24 * 3_600);

/// A task to run.
#[derive(Clone, Copy, Debug)]
pub struct TaskOrder<'a> {
	/// The job.
	pub job: JobId,
	/// The task, numbered over the whole job.
	pub task: TaskIndex,
	/// The program.
	pub program: &'a ProgramSource,
	/// What the task reads.
	pub input: &'a Arc<[u8]>,
	/// What it may use.
	pub limits: &'a TaskLimits,
	/// How long to wait for it. Beyond, its result would come too late to be of use.
	pub patience: Duration,
}

/// What tasks are run with. Called from many threads at once, and may block.
pub trait TaskRunner: Send + Sync + 'static {
	/// Whether the program can be run at all. Asked before anything is claimed.
	///
	/// # Errors
	///
	/// [`NoVerdict::ProgramRefused`] if it cannot.
	fn check(&self, program: &ProgramSource) -> Result<(), NoVerdict>;

	/// Runs a task.
	///
	/// # Errors
	///
	/// If there is no result. That says nothing about the task unless [`NoVerdict::is_permanent`].
	fn run(&self, order: &TaskOrder<'_>) -> Result<TaskResult, NoVerdict>;
}

/// The machine itself, in processes of its own.
pub struct MachineRunner {
	pool: HostPool,
}

impl MachineRunner {
	/// A runner for up to `cores` tasks at once, at least one. The program that makes it calls
	/// [`assay_vm::host::maybe_run_child`] first thing in its `main`.
	pub fn new(cores: usize) -> Self {
		Self::with_options(cores, HostOptions { cpu: HOST_CPU, ..HostOptions::default() })
	}

	/// The same, with a say in how its processes are started and confined.
	pub fn with_options(cores: usize, options: HostOptions) -> Self {
		Self { pool: HostPool::new(cores, options) }
	}
}

impl TaskRunner for MachineRunner {
	fn check(&self, program: &ProgramSource) -> Result<(), NoVerdict> {
		Program::prepare(&program.bytes)
			.map(drop)
			.map_err(|error| NoVerdict::ProgramRefused(error.to_string()))
	}

	fn run(&self, order: &TaskOrder<'_>) -> Result<TaskResult, NoVerdict> {
		let input = Arc::clone(order.input);
		let execution = self.pool.run(order.program, order.task, input, order.limits, order.patience)?;
		Ok(TaskResult { outcome: execution.outcome, output: execution.output })
	}
}
