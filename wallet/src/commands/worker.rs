//! `assay worker`: earning on spare cores.

use super::{
	account::{worker_facts, AccountOptions},
	funds,
	stake::{self, AmountOptions, Change, WithdrawOptions},
	worker_earnings, worker_start,
};
use crate::{
	cli::Context,
	error::{Error, Exit},
	files::FileError,
	output::Facts,
};
use assay_client::{Amount, Call, Client, Keys};
use assay_primitives::{money::decimal, view::WorkerView, Balance};
use clap::Subcommand;
use serde::Serialize;
use std::{io, path::PathBuf};

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
	/// Work on this machine; asks for what it needs the first time, and remembers it
	Start(worker_start::Options),

	/// Tell an account's stake and record as a worker
	Status(AccountOptions),

	/// Tell what an account has earned as a worker, by job
	Earnings(AccountOptions),

	/// Add to the stake; each claim locks part of it
	Bond(AmountOptions),

	/// Ask for some of the stake back that no claim locks
	Unbond(AmountOptions),

	/// Take what has been on its way out for long enough
	Withdraw(WithdrawOptions),
}

/// Why a worker cannot be started.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WorkerError {
	/// The worker's own binary cannot be run.
	#[error("assay-worker cannot be started: {0}")]
	NoBinary(io::Error),
	/// Nobody said whose stake it is, and there is nobody to ask.
	#[error("it was not said which account the worker is to use")]
	NoKey,
	/// A new key must not replace another one.
	#[error("{path} is there already", path = .0.display())]
	KeyExists(PathBuf),
	/// The chain asks for more.
	#[error("a worker's stake is at least {minimum}, not {wish}")]
	StakeTooSmall {
		/// What was asked for.
		wish: Amount,
		/// What the chain asks for.
		minimum: Amount,
	},
	/// The settings are not such.
	#[error("{path} does not hold a worker's settings: {reason}", path = path.display())]
	Settings {
		/// The file.
		path: PathBuf,
		/// What is wrong with it.
		reason: String,
	},
	/// There is no place for the settings.
	#[error("there is no home directory to remember the settings in")]
	NoHome,
	/// A file cannot be read or written.
	#[error(transparent)]
	File(#[from] FileError),
}

impl WorkerError {
	/// What to do about it.
	pub(crate) fn advice(&self) -> String {
		match self {
			Self::NoBinary(_) => {
				"Put assay-worker next to assay, or onto the path; both are built together.".into()
			},
			Self::NoKey => {
				"Give --account NAME or --key-file FILE, or make a new key with --new-key FILE, or start it once in a terminal."
					.into()
			},
			Self::KeyExists(path) => {
				format!("Use it with --key-file {}, or name another file.", path.display())
			},
			Self::StakeTooSmall { minimum, .. } => {
				format!("Give --stake {minimum} or more, without the unit.")
			},
			Self::Settings { path, .. } => {
				format!("Remove {} to be asked again, or repair it.", path.display())
			},
			Self::NoHome => "Say where with --settings FILE.".into(),
			Self::File(error) => error.advice().into(),
		}
	}

	/// Whether what was typed is to blame.
	pub(crate) fn is_usage(&self) -> bool {
		!matches!(self, Self::NoBinary(_) | Self::File(_))
	}
}

/// Carries out a command.
pub(crate) async fn run(context: &Context, command: Command) -> Result<Exit, Error> {
	match command {
		Command::Start(options) => worker_start::run(context, options).await,
		Command::Status(options) => status(context, &options).await,
		Command::Earnings(options) => worker_earnings::run(context, &options).await,
		Command::Bond(options) => bond(context, &options).await,
		Command::Unbond(options) => unbond(context, &options).await,
		Command::Withdraw(options) => withdraw(context, &options).await,
	}
}

/// What is told about a worker.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Status {
	#[serde(flatten)]
	worker: WorkerView,
	/// What the account has besides, for fees.
	#[serde(with = "decimal")]
	spendable: Balance,
}

async fn status(context: &Context, options: &AccountOptions) -> Result<Exit, Error> {
	let account = options.account()?;
	let client = context.connect().await?;
	let worker = client.worker(&account).await?.ok_or(Error::NotAWorker(account))?;
	let parameters = client.parameters().await?;
	let spendable = client.balance(&account).await?.spendable(client.existential_deposit().await?);
	let mut facts = worker_facts(&worker);
	facts.add("Spendable", Amount(spendable));
	let minimum = Amount(parameters.minimum_stake);
	if worker.stake < parameters.minimum_stake {
		facts.add("", format_args!("The stake does not suffice to claim anything: that takes {minimum}."));
	}
	if spendable <= parameters.kept_for_fees() {
		facts.add("", "There is too little left for fees to claim anything: send the account some money.");
	}
	context.output.json(&Status { worker, spendable })?;
	context.output.line(facts)?;
	Ok(Exit::Done)
}

/// What is told about a change of the stake.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Changed {
	#[serde(flatten)]
	change: Change,
	/// The worker afterwards. `None`: nothing of the stake is left.
	worker: Option<WorkerView>,
}

async fn bond(context: &Context, options: &AmountOptions) -> Result<Exit, Error> {
	let keys = options.keys.keys()?;
	let client = context.connect().await?;
	let amount = options.amount.0;
	let call = Call::BondWorker(amount);
	funds::check(&client, &keys, &call, amount).await?;
	change(context, &client, &keys, &call, amount).await
}

async fn unbond(context: &Context, options: &AmountOptions) -> Result<Exit, Error> {
	let keys = options.keys.keys()?;
	let client = context.connect().await?;
	let period = client.parameters().await?.unbonding_period;
	let call = Call::UnbondWorker(options.amount.0);
	funds::check(&client, &keys, &call, 0).await?;
	context.output.note(format_args!(
		"{} are going to be on their way out for {period} blocks, with all that is on its way out already. A worker that \
		 runs bonds again what is missing to its --stake: stop it, or start it with a smaller one.",
		options.amount
	))?;
	change(context, &client, &keys, &call, options.amount.0).await
}

async fn withdraw(context: &Context, options: &WithdrawOptions) -> Result<Exit, Error> {
	let keys = options.keys.keys()?;
	let client = context.connect().await?;
	let account = keys.account();
	let worker = client.worker(&account).await?.ok_or(Error::NotAWorker(account))?;
	change(context, &client, &keys, &Call::WithdrawUnbonded, worker.unbonding).await
}

/// Sends the call, and tells how the stake stands afterwards.
async fn change(
	context: &Context,
	client: &Client,
	keys: &Keys,
	call: &Call,
	amount: Balance,
) -> Result<Exit, Error> {
	let change = stake::change(context, client, keys, call, amount).await?;
	let account = keys.account();
	let worker = client.worker(&account).await?;
	let facts = worker.as_ref().map_or_else(
		|| {
			let mut facts = Facts::default();
			facts.add("Worker", format_args!("{account} has no stake as a worker any more"));
			facts
		},
		worker_facts,
	);
	context.output.line(facts)?;
	context.output.json(&Changed { change, worker })?;
	Ok(Exit::Done)
}
