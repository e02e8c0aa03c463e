//! Looking closely at one revealed batch: is it what its receipt commits to, and what its program gives?

use super::patience::Patience;
use crate::{
	check::{Finding, Opened},
	error::Error,
	rerun::Rerunner,
	results::{ResultsError, Revealed},
};
use assay_client::Client;
use assay_primitives::{
	sealing::SealError,
	view::{BatchView, JobView},
	Hash, TaskIndex,
};

/// How closely.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scrutiny {
	/// What the tasks to run again are drawn with.
	pub(super) seed: Hash,
	/// How many of them, in each batch.
	pub(super) tasks: usize,
	/// One that is to be run again in any case.
	pub(super) also: Option<TaskIndex>,
	/// Sealed results up to this many bytes can be put onto the chain.
	pub(super) maximum_demand_bytes: u32,
}

/// What came of it.
#[derive(Debug)]
pub(super) struct Examined {
	/// The tasks that were run again.
	pub(super) ran_again: Vec<TaskIndex>,
	/// What is wrong, if something is.
	pub(super) finding: Option<Finding>,
	/// The batch and its sealed results, if they could be had.
	pub(super) sealed: Option<(Revealed, Vec<u8>)>,
}

impl Examined {
	fn unreadable(task: TaskIndex) -> Self {
		Self { ran_again: Vec::new(), finding: Some(Finding::unreadable(task)), sealed: None }
	}
}

/// Fetches a batch's sealed results, opens them and runs some of its tasks again here, if there is something to run them
/// with. `announce` is told which. The results are waited for with `patience`, the runs for as long as they take.
pub(super) async fn examine(
	client: &Client,
	job: &JobView,
	view: &BatchView,
	rerunner: Option<&Rerunner>,
	scrutiny: &Scrutiny,
	patience: &Patience,
	announce: impl Fn(TaskIndex),
) -> Result<Examined, Error> {
	let revealed = match Revealed::new(job, view) {
		Ok(revealed) => revealed,
		// Nobody is going to fetch that.
		Err(ResultsError::TooLarge { .. }) => return Ok(Examined::unreadable(view.first_task)),
		Err(error) => return Err(error.into()),
	};
	let sealed = patience.download(client, &revealed).await?;
	let opened = match Opened::new(&revealed, &sealed) {
		Ok(opened) => opened,
		Err(SealError::WrongSealedBytes(task)) => return Ok(Examined::unreadable(task)),
		Err(_) => return Ok(Examined::unreadable(view.first_task)),
	};
	let mut runs = Vec::new();
	if let Some(rerunner) = rerunner {
		let mut tasks = opened.to_run(&scrutiny.seed, scrutiny.tasks);
		tasks.extend(scrutiny.also.filter(|task| !tasks.contains(task)));
		for task in tasks {
			announce(task);
			runs.push((task, rerunner.run(task).await?));
		}
	}
	let finding = opened.judge(&runs, scrutiny.maximum_demand_bytes);
	let ran_again = runs.into_iter().map(|(task, _)| task).collect();
	Ok(Examined { ran_again, finding, sealed: Some((revealed, sealed)) })
}
