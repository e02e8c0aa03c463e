//! `assay map` and `assay job resume`: a program over many inputs, from quote to verified results, over any interruption.

mod contests;
mod delivery;
mod follow;
mod journal;
mod looks;
mod posting;
mod progress;
mod shown;
mod summary;

pub(crate) use journal::JournalError;

use super::{
	job_post::confirm,
	job_watch::{can_retry, reconnect},
	offer::Offer,
};
use crate::{
	cli::Context,
	error::{Error, Exit},
	identity::KeyOptions,
	plan::{Plan, PlanOptions},
	spec::Draft,
};
use assay_client::{Client, Keys};
use assay_primitives::{
	view::{BatchStage, JobView},
	JobId,
};
use follow::{Choices, Follow};
use journal::{Desk, Journal};
use posting::Posting;
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub(crate) struct Options {
	#[command(flatten)]
	plan: PlanOptions,

	/// Directory for the results, task-000000.out and so on; run the same command again to go on after an interruption
	#[arg(long, value_name = "DIR")]
	out: PathBuf,

	/// Post without asking
	#[arg(long)]
	yes: bool,

	#[command(flatten)]
	choices: ChoiceOptions,

	#[command(flatten)]
	keys: KeyOptions,
}

/// What becomes of results, as typed.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Results")]
struct ChoiceOptions {
	/// How many tasks of each batch to run again here, drawn at random; what is wrong is contested at once
	#[arg(long, value_name = "N", default_value_t = 1)]
	recheck: u32,

	/// Let the challenge windows end, rather than pay at once for what is verified
	#[arg(long)]
	no_accept: bool,
}

impl ChoiceOptions {
	fn choices(&self) -> Choices {
		let recheck = usize::try_from(self.recheck).unwrap_or(usize::MAX);
		Choices { recheck, accept: !self.no_accept }
	}
}

#[derive(Debug, clap::Args)]
pub(crate) struct ResumeOptions {
	/// The job's number
	#[arg(value_name = "JOB", required_unless_present = "out")]
	job: Option<JobId>,

	/// The directory that was given to assay map [default: what this machine remembers of the job]
	#[arg(long, value_name = "DIR")]
	out: Option<PathBuf>,

	#[command(flatten)]
	choices: ChoiceOptions,

	#[command(flatten)]
	keys: KeyOptions,
}

/// Maps a program over its inputs, or goes on with it.
pub(crate) async fn run(context: &Context, options: Options) -> Result<Exit, Error> {
	let plan = options.plan.read()?;
	let desk = Desk::open(&options.out)?;
	let other = |what| JournalError::Other { path: options.out.clone(), what };
	let (journal, keys, client) = match desk.read()? {
		Some(journal) if !plan.draft.is_of(&journal.spec) => {
			return Err(other("the results of another program, or of other inputs").into());
		},
		Some(journal) => {
			let keys = options.keys.keys()?;
			(journal, keys, context.connect().await?)
		},
		None if options.out.join("job.json").exists() => {
			return Err(other("the results of another job").into())
		},
		None => begin(context, &options, &plan, &desk).await?,
	};
	let map = Map { context, keys, desk, draft: Some(plan.draft), choices: options.choices.choices() };
	map.carry_on(client, journal).await
}

/// Tries a task, makes an offer, and writes down that it was taken.
async fn begin(
	context: &Context,
	options: &Options,
	plan: &Plan,
	desk: &Desk,
) -> Result<(Journal, Keys, Client), Error> {
	let waiting = context.output.waiting("running a task here");
	let estimate = options.plan.try_out(plan);
	waiting.finish_and_clear();
	let estimate = estimate?;
	let keys = options.keys.keys()?;
	let client = context.connect().await?;
	let mut offer = Offer::new(&client, &options.plan, plan, &estimate).await?;
	offer.fund(&client, &keys).await?;
	context.output.note(offer.facts())?;
	context.output.note("Program, inputs and, once they are revealed, results are public.")?;
	if !options.yes {
		confirm()?;
	}
	let journal = Journal::new(client.genesis(), keys.account(), offer.spec, plan.names.clone());
	desk.write(&journal)?;
	Ok((journal, keys, client))
}

/// Goes on with a map whose job is posted.
pub(super) async fn resume(context: &Context, options: ResumeOptions) -> Result<Exit, Error> {
	let client = context.connect().await?;
	let path = match (&options.out, options.job) {
		(Some(path), _) => path.clone(),
		(None, Some(job)) => journal::recall(client.genesis(), job)?,
		(None, None) => return Err(JournalError::Missing { path: PathBuf::new() }.into()),
	};
	if !path.is_dir() {
		return Err(JournalError::Missing { path }.into());
	}
	let desk = Desk::open(&path)?;
	let journal = desk.read()?.ok_or_else(|| JournalError::Missing { path: path.clone() })?;
	let Some(posted) = journal.posted else { return Err(JournalError::NotPosted { path }.into()) };
	if options.job.is_some_and(|job| job != posted.job) {
		return Err(JournalError::Other { path, what: "the results of another job" }.into());
	}
	let keys = options.keys.keys()?;
	let map = Map { context, keys, desk, draft: None, choices: options.choices.choices() };
	map.carry_on(client, journal).await
}

/// A map that goes on from wherever it is.
struct Map<'a> {
	context: &'a Context,
	keys: Keys,
	desk: Desk,
	/// Not needed any more once the job is posted.
	draft: Option<Draft>,
	choices: Choices,
}

impl Map<'_> {
	/// Goes on to the end, or until somebody presses Ctrl-C.
	async fn carry_on(self, client: Client, mut journal: Journal) -> Result<Exit, Error> {
		if journal.requester != self.keys.account() {
			let path = self.desk.path().to_path_buf();
			return Err(Error::NotMapper { path, requester: journal.requester });
		}
		let interrupted = async {
			match tokio::signal::ctrl_c().await {
				Ok(()) => (),
				Err(_) => std::future::pending().await,
			}
		};
		tokio::select! {
			() = interrupted => Err(Error::Interrupted),
			ended = self.see_through(client, &mut journal) => ended,
		}
	}

	async fn see_through(self, mut client: Client, journal: &mut Journal) -> Result<Exit, Error> {
		let output = self.context.output;
		let posted = loop {
			match self.post(&client, journal).await {
				Err(Error::Client(error)) if can_retry(&error) => client = self.reconnect(&error).await?,
				posted => break posted?,
			}
		};
		let names = journal.names.clone();
		output.note(format_args!("Job {} is in block {}.", posted.job, posted.block))?;
		if self.is_forgotten(&client, journal, posted).await? {
			return summary::remember(output, &self.desk, journal, posted.job);
		}
		let mut follow = Follow::new(output, &self.keys, &self.desk, journal, posted, self.choices);
		let (job, batches) = loop {
			match follow.until_the_end(&client).await {
				Err(Error::Client(error)) if can_retry(&error) => {
					follow.progress.tell(&format!("{error}; trying again"));
					client = reconnect(self.context).await?;
					follow.progress.tell("connected again");
				},
				done => break done,
			}
		}
		.inspect_err(|_| follow.progress.end())?;
		follow.progress.end();
		follow.note_the_end(&batches)?;
		summary::conclude(output, &self.desk, &names, &job, &batches, &follow.findings)
	}

	/// Whether the chain has forgotten the job, or some of its batches: it does so some time after all is paid.
	async fn is_forgotten(
		&self,
		client: &Client,
		journal: &Journal,
		posted: journal::Posted,
	) -> Result<bool, Error> {
		let is_ours = |job: &JobView| job.spec == journal.spec && job.posted_at == posted.block;
		match client.job(posted.job).await {
			// What is not finished may be on another node's chain: that is said elsewhere.
			Err(error) if error.is_unknown() => Ok(journal.is_finished),
			Err(error) => Err(error.into()),
			Ok(job) if !is_ours(&job) => Ok(journal.is_finished),
			Ok(_) => {
				let batches = client.all_batches(posted.job).await?;
				Ok(batches.iter().any(|batch| batch.stage == BatchStage::Pruned))
			},
		}
	}

	async fn post(&self, client: &Client, journal: &mut Journal) -> Result<journal::Posted, Error> {
		if let Some(posted) = journal.posted {
			return Ok(posted);
		}
		let Some(draft) = &self.draft else {
			return Err(JournalError::NotPosted { path: self.desk.path().to_path_buf() }.into());
		};
		let output = self.context.output;
		if client.genesis() != journal.genesis {
			let what = "the results of a job on another chain";
			return Err(JournalError::Other { path: self.desk.path().to_path_buf(), what }.into());
		}
		let posting = Posting { output, client, keys: &self.keys, desk: &self.desk, draft };
		posting.carry_out(journal).await
	}

	async fn reconnect(&self, error: &assay_client::Error) -> Result<Client, Error> {
		eprintln!("{error}; trying again");
		let client = reconnect(self.context).await?;
		eprintln!("connected again");
		Ok(client)
	}
}
