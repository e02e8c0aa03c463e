//! Programs and inputs: fetched and checked before anything is claimed, and kept while they are needed.

use crate::{journal::spec_hash, runner::TaskRunner};
use assay_client::{codes, Client};
use assay_primitives::{
	input::{InputError, TaskInputs},
	view::JobView,
	Hash, JobId, JobSpec, TaskIndex, VM_VERSION,
};
use assay_vm::{limits, ProgramSource};
use std::{
	collections::BTreeMap,
	sync::{Arc, Mutex, PoisonError},
};

/// Jobs whose program and input are kept although no batch needs them now.
const IDLE_JOBS: usize = 2;

/// Everything needed to run a job's tasks.
#[derive(Debug)]
pub(crate) struct JobData {
	pub(crate) id: JobId,
	pub(crate) spec: JobSpec,
	pub(crate) program: ProgramSource,
	inputs: TaskInputs<Arc<[u8]>>,
}

impl JobData {
	/// What a task reads.
	pub(crate) fn input(&self, task: TaskIndex) -> Result<Arc<[u8]>, InputError> {
		let bytes = self.inputs.get(task)?;
		// The machine keeps a shared input as long as it is the very same one.
		Ok(if self.inputs.is_shared() { Arc::clone(self.inputs.blob()) } else { bytes.into() })
	}
}

/// Why a job cannot be worked on.
#[derive(Debug, thiserror::Error)]
pub(crate) enum JobDataError {
	/// Nobody can work on it, or not with this worker: it will be no different tomorrow.
	#[error("{0}")]
	Unusable(String),
	/// It may be different later.
	#[error(transparent)]
	Node(#[from] assay_client::Error),
}

/// The jobs that are worked on.
#[derive(Default)]
pub(crate) struct JobCache {
	jobs: Mutex<BTreeMap<JobId, (Hash, Arc<JobData>)>>,
}

impl JobCache {
	fn get(&self, job: JobId, spec: &Hash) -> Option<Arc<JobData>> {
		let jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
		jobs.get(&job).filter(|(found, _)| found == spec).map(|(_, data)| Arc::clone(data))
	}

	/// Whether a job's program and input are in memory.
	pub(crate) fn has(&self, job: &JobView) -> bool {
		self.get(job.id, &spec_hash(&job.spec)).is_some()
	}

	fn insert(&self, job: JobId, spec: Hash, data: &Arc<JobData>) {
		let mut jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
		let idle = |jobs: &BTreeMap<JobId, (Hash, Arc<JobData>)>| {
			let idle = jobs.iter().filter(|(_, (_, data))| Arc::strong_count(data) == 1);
			idle.map(|(job, _)| *job).collect::<Vec<_>>()
		};
		for oldest in idle(&jobs).into_iter().rev().skip(IDLE_JOBS.saturating_sub(1)) {
			jobs.remove(&oldest);
		}
		jobs.insert(job, (spec, Arc::clone(data)));
	}

	/// A job's program and input, from memory or from the node. Blobs of more than `max_blob` bytes are not fetched.
	pub(crate) async fn load(
		&self,
		client: &Client,
		runner: &Arc<dyn TaskRunner>,
		job: JobId,
		spec: &JobSpec,
		max_blob: u64,
	) -> Result<Arc<JobData>, JobDataError> {
		let hash = spec_hash(spec);
		if let Some(data) = self.get(job, &hash) {
			return Ok(data);
		}
		check_spec(spec)?;
		let program = fetch(client, &spec.program, limits::MAX_PROGRAM_BYTES as u64).await?;
		let input = fetch(client, spec.input.blob(), max_blob.min(limits::MAX_INPUT_BYTES as u64)).await?;
		let (runner, spec) = (Arc::clone(runner), *spec);
		let checked = tokio::task::spawn_blocking(move || check(&*runner, job, spec, program, input)).await;
		let data =
			checked.map_err(|panic| JobDataError::Unusable(format!("checking it failed: {panic}")))??;
		let data = Arc::new(data);
		self.insert(job, hash, &data);
		Ok(data)
	}
}

/// What can be said without fetching anything.
pub(crate) fn check_spec(spec: &JobSpec) -> Result<(), JobDataError> {
	if spec.vm_version != VM_VERSION {
		let reason = format!("it is for machine version {}, this worker has {VM_VERSION}", spec.vm_version);
		return Err(JobDataError::Unusable(reason));
	}
	if !spec.limits.are_valid() {
		return Err(JobDataError::Unusable("its limits are out of range".into()));
	}
	Ok(())
}

async fn fetch(client: &Client, blob: &assay_primitives::BlobRef, max: u64) -> Result<Vec<u8>, JobDataError> {
	client.download(blob, max).await.map_err(|error| match error {
		assay_client::Error::BlobTooLarge { .. } => JobDataError::Unusable(error.to_string()),
		_ if error.rpc_code() == Some(codes::BLOB_TOO_LARGE) => JobDataError::Unusable(error.to_string()),
		_ => error.into(),
	})
}

fn check(
	runner: &dyn TaskRunner,
	id: JobId,
	spec: JobSpec,
	program: Vec<u8>,
	input: Vec<u8>,
) -> Result<JobData, JobDataError> {
	let unusable =
		|what: &str, error: &dyn std::fmt::Display| JobDataError::Unusable(format!("{what}: {error}"));
	let program = ProgramSource::new(program);
	runner.check(&program).map_err(|error| unusable("its program", &error))?;
	let inputs = TaskInputs::parse(&spec.input, Arc::from(input), spec.tasks)
		.map_err(|error| unusable("its input", &error))?;
	Ok(JobData { id, spec, program, inputs })
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::{runner::TaskOrder, testing};
	use assay_primitives::{input, sealing::TaskResult, BlobRef, InputSpec, TaskLimits};
	use assay_vm::NoVerdict;

	struct Picky;

	impl TaskRunner for Picky {
		fn check(&self, program: &ProgramSource) -> Result<(), NoVerdict> {
			match &*program.bytes {
				b"program" => Ok(()),
				_ => Err(NoVerdict::ProgramRefused("not mine".into())),
			}
		}

		fn run(&self, _: &TaskOrder<'_>) -> Result<TaskResult, NoVerdict> {
			Err(NoVerdict::Engine("not in this test".into()))
		}
	}

	#[test]
	fn a_job_of_another_kind_is_refused_without_fetching_anything() {
		assert!(check_spec(&testing::spec()).is_ok());
		let mut other = testing::spec();
		other.vm_version += 1;
		assert!(matches!(check_spec(&other), Err(JobDataError::Unusable(_))));
		let limits = TaskLimits { fuel: 0, ..testing::spec().limits };
		assert!(check_spec(&JobSpec { limits, ..testing::spec() }).is_err());
	}

	#[test]
	fn shared_input_is_one_piece_of_memory() {
		let data = check(&Picky, 1, testing::spec(), b"program".to_vec(), b"input".to_vec()).unwrap();
		let (first, last) = (data.input(0).unwrap(), data.input(99).unwrap());
		assert_eq!(&*first, b"input");
		assert!(Arc::ptr_eq(&first, &last));
		assert!(data.input(100).is_err());
	}

	#[test]
	fn each_task_gets_its_own_input() {
		let packed = input::pack(&(0..100).map(|task| vec![task; 3]).collect::<Vec<_>>()).unwrap();
		let spec = JobSpec { input: packed.spec(), ..testing::spec() };
		let data = check(&Picky, 1, spec, b"program".to_vec(), packed.bytes).unwrap();
		assert_eq!(&*data.input(42).unwrap(), [42; 3]);
	}

	#[test]
	fn bad_programs_and_inputs_are_refused_before_a_claim() {
		let spec = testing::spec();
		let program = || b"program".to_vec();
		assert!(check(&Picky, 1, spec, b"other".to_vec(), b"input".to_vec()).is_err());
		assert!(check(&Picky, 1, spec, program(), b"other".to_vec()).is_err());
		let blob = BlobRef::of(b"garbage");
		let input = InputSpec::PerTask { blob, root: Hash::default() };
		assert!(check(&Picky, 1, JobSpec { input, ..spec }, program(), b"garbage".to_vec()).is_err());
	}

	#[test]
	fn unneeded_jobs_are_dropped_and_needed_ones_are_not() {
		let cache = JobCache::default();
		let data = |id| {
			Arc::new(check(&Picky, id, testing::spec(), b"program".to_vec(), b"input".to_vec()).unwrap())
		};
		let spec = spec_hash(&testing::spec());
		let needed = data(0);
		cache.insert(0, spec, &needed);
		for job in 1..10 {
			cache.insert(job, spec, &data(job));
		}
		assert!(Arc::ptr_eq(&cache.get(0, &spec).unwrap(), &needed));
		assert!(cache.get(9, &spec).is_some());
		assert!(cache.get(1, &spec).is_none());
		assert!(cache.jobs.lock().unwrap().len() <= 1 + IDLE_JOBS);
		assert!(cache.get(0, &Hash::of(b"the chain was started anew")).is_none());
	}
}
