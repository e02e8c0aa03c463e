//! Several task hosts, handed out one task at a time.

use super::{HostOptions, ProgramSource, TaskHost};
use crate::{engine::Execution, error::NoVerdict};
use assay_primitives::{Hash, TaskLimits};
use std::{
	sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
	time::Duration,
};

/// A fixed number of task hosts. Share it with `Arc`; every method may be called from many threads at once.
pub struct HostPool {
	idle: Mutex<Vec<TaskHost>>,
	freed: Condvar,
	slots: usize,
}

impl HostPool {
	/// A pool of `slots` hosts, at least one. Their processes are started when they are first needed.
	pub fn new(slots: usize, options: HostOptions) -> Self {
		let slots = slots.max(1);
		let idle = (0..slots).map(|_| TaskHost::idle(options.clone())).collect();
		Self { idle: Mutex::new(idle), freed: Condvar::new(), slots }
	}

	/// How many tasks can run at once.
	pub fn slots(&self) -> usize {
		self.slots
	}

	/// Waits for a free host, then runs one task on it, see [`TaskHost::run`]. Only the run counts as `wall_clock`.
	///
	/// # Errors
	///
	/// Those of [`TaskHost::run`].
	pub fn run(
		&self,
		program: &ProgramSource,
		index: u32,
		input: Arc<[u8]>,
		limits: &TaskLimits,
		wall_clock: Duration,
	) -> Result<Execution, NoVerdict> {
		let mut lease = Lease { pool: self, host: Some(self.take(program.hash)) };
		match &mut lease.host {
			Some(host) => host.run(program, index, input, limits, wall_clock),
			None => Err(NoVerdict::Engine("a task host went missing".into())),
		}
	}

	/// A free host, by preference one that has the program compiled already.
	fn take(&self, program: Hash) -> TaskHost {
		let mut idle = self.idle();
		loop {
			let ready = idle.iter().position(|host| host.has_program(program));
			if let Some(ready) = ready {
				return idle.swap_remove(ready);
			}
			if let Some(host) = idle.pop() {
				return host;
			}
			idle = self.freed.wait(idle).unwrap_or_else(PoisonError::into_inner);
		}
	}

	/// Nothing panics while the lock is held, and a list of hosts would stay a list of hosts if it did.
	fn idle(&self) -> MutexGuard<'_, Vec<TaskHost>> {
		self.idle.lock().unwrap_or_else(PoisonError::into_inner)
	}
}

/// A host on loan. It goes back even if the run panics.
struct Lease<'a> {
	pool: &'a HostPool,
	host: Option<TaskHost>,
}

impl Drop for Lease<'_> {
	fn drop(&mut self) {
		if let Some(host) = self.host.take() {
			self.pool.idle().push(host);
			self.pool.freed.notify_one();
		}
	}
}
