//! `assay worker start`: what a worker has to know, asked for once, and then the worker itself.

use super::{
	account_keys,
	worker::WorkerError,
	worker_settings::{self as settings, Questions, Settings},
};
use crate::{
	cli::Context,
	error::{Error, Exit},
	identity::KeyOptions,
	keyring::{self, KeyringError},
	output::Facts,
};
use assay_client::{Amount, Call, Client, Keys, Keystore};
use assay_primitives::{view::Parameters, Balance};
use std::{
	env,
	io::{self, BufRead, IsTerminal, Write},
	num::NonZeroUsize,
	os::unix::process::CommandExt,
	path::{Path, PathBuf},
	process::Command,
	thread,
	time::Duration,
};

/// The worker's own binary.
const BINARY: &str = "assay-worker";
/// What a new account is called, unless somebody has a better name.
const NEW_ACCOUNT: &str = "worker";
const SETTINGS_NAME: &str = "worker.json";
/// How often to look whether money has come.
const LOOK_EVERY: Duration = Duration::from_secs(6);
/// The stake that is suggested: as many times the least there is.
const SUGGESTED_STAKES: Balance = 10;

#[derive(Debug, clap::Args)]
pub(crate) struct Options {
	#[command(flatten)]
	keys: KeyOptions,

	/// Make a new key in this file, which must not be there yet, and use it
	#[arg(long, value_name = "FILE", conflicts_with_all = ["suri", "key_file", "key_account"])]
	new_key: Option<PathBuf>,

	/// Stake to keep bonded, in ASY; each claim locks part of it [default: the least there is]
	#[arg(long, value_name = "AMOUNT")]
	stake: Option<Amount>,

	/// Tasks to run at once [default: as many as the machine has cores]
	#[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
	cores: Option<u32>,

	/// Memory that running tasks may use together, in MiB [default: three quarters of what there is]
	#[arg(long, value_name = "MIB", value_parser = clap::value_parser!(u32).range(64..))]
	memory: Option<u32>,

	/// Least pay per task, in ASY [default: any]
	#[arg(long, value_name = "AMOUNT")]
	min_bounty: Option<Amount>,

	/// Least pay for a billion units of fuel, in ASY, as measured on this machine [default: any]
	#[arg(long, value_name = "AMOUNT")]
	min_price: Option<Amount>,

	/// Step aside while the machine runs on its battery
	#[arg(long)]
	pause_on_battery: bool,

	/// Step aside while the load of the machine, without the worker's own tasks, is above this
	#[arg(long, value_name = "LOAD", value_parser = load)]
	pause_above_load: Option<String>,

	/// Stop at the first Ctrl-C or SIGTERM, instead of finishing what is claimed
	#[arg(long)]
	stop_at_once: bool,

	/// Where to keep the worker's journal [default: by account and chain, below the user's data]
	#[arg(long, value_name = "DIR")]
	data_dir: Option<PathBuf>,

	/// Where to remember all this [default: assay/worker.json in the user's configuration]
	#[arg(long, value_name = "FILE", env = "ASSAY_WORKER_SETTINGS")]
	settings: Option<PathBuf>,

	/// Ask nothing
	#[arg(long, short = 'y')]
	yes: bool,
}

/// As the worker reads it.
fn load(text: &str) -> Result<String, String> {
	let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
	let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
	if is_number(whole) && is_number(fraction) && whole.len() <= 6 {
		Ok(text.into())
	} else {
		Err("expected a number such as 2 or 1.5".into())
	}
}

/// Finds out what the worker needs to know, and becomes the worker.
pub(super) async fn run(context: &Context, options: Options) -> Result<Exit, Error> {
	let path = match &options.settings {
		Some(path) => path.clone(),
		None => settings::folder()?.join(SETTINGS_NAME),
	};
	let remembered = Settings::load(&path)?;
	let is_watched = io::stdin().is_terminal() && !options.yes;
	let is_first = remembered.is_none();
	let mut settings = overlay(remembered.unwrap_or_default(), &options);
	let mut guide =
		(is_first && is_watched).then(|| Questions { answers: io::stdin().lock(), questions: io::stderr() });
	if guide.is_some() {
		eprintln!("A worker needs an account, a stake, and limits. Enter takes what stands in brackets.\n");
	}
	let Access { keys, password } = keys(&options, &mut settings, guide.as_mut())?;
	let client = context.connect().await?;
	let parameters = client.parameters().await?;
	if let Some(guide) = guide.as_mut() {
		ask(guide, &mut settings, &options, &parameters)?;
	}
	let is_guided = guide.is_some();
	drop(guide);
	let stake = settings.stake.unwrap_or(parameters.minimum_stake);
	if stake < parameters.minimum_stake {
		let minimum = Amount(parameters.minimum_stake);
		return Err(WorkerError::StakeTooSmall { wish: Amount(stake), minimum }.into());
	}
	ensure_money(&client, &keys, stake, &parameters, is_guided).await?;
	// A secret that was typed is not remembered; nor is anything then, for a worker without a key would not start.
	if is_first && settings.key_file.is_some() {
		settings.save(&path)?;
		eprintln!("Remembered in {}: from now on `assay worker start` is enough.", path.display());
	}
	if password.is_some() {
		eprintln!(
			"Its password is going to be asked for, unless it is in a file that --password-file names."
		);
	}
	eprintln!("{}", facts(&keys, &settings, stake));
	let mut command = command(context.node(), &options, &settings);
	if let Some(password) = password {
		// As with a secret: an environment can be read by its owner alone.
		command.env(keyring::PASSWORD_VARIABLE, password);
	}
	Err(WorkerError::NoBinary(command.exec()).into())
}

/// What is said now goes before what was said once.
fn overlay(mut settings: Settings, options: &Options) -> Settings {
	let amount = |amount: Option<Amount>| amount.map(|amount| amount.0);
	settings.key_file = options.keys.key_file.clone().or(settings.key_file);
	settings.stake = amount(options.stake).or(settings.stake);
	settings.cores = options.cores.or(settings.cores);
	settings.memory = options.memory.or(settings.memory);
	settings.min_bounty = amount(options.min_bounty).or(settings.min_bounty);
	settings.min_price = amount(options.min_price).or(settings.min_price);
	settings.pause_on_battery |= options.pause_on_battery;
	settings.pause_above_load = options.pause_above_load.clone().or(settings.pause_above_load);
	settings.key_file = settings.key_file.map(whole);
	settings.password_file = options.keys.password_file.clone().or(settings.password_file).map(whole);
	settings
}

/// The worker's keys, and the password that opens them for as long as nothing else does.
struct Access {
	keys: Keys,
	/// Of a keystore whose password is in no file.
	password: Option<String>,
}

/// The worker's keys: those that were named, those that were remembered, or new ones.
fn keys<R: BufRead, W: Write>(
	options: &Options,
	settings: &mut Settings,
	guide: Option<&mut Questions<R, W>>,
) -> Result<Access, Error> {
	if options.keys.suri.is_some() {
		settings.key_file = None;
		return Ok(Access { keys: options.keys.keys()?, password: None });
	}
	if let Some(account) = &options.keys.account {
		settings.key_file = Some(whole(keyring::find(account)?.path));
	} else if let Some(path) = &options.new_key {
		new_key(path, settings)?;
	} else if settings.key_file.is_none() {
		let guide = guide.ok_or(WorkerError::NoKey)?;
		let question = "Account: one of assay account list, a name for a new one, or a file with a secret";
		let answer = guide.ask(question, &proposed_account(), |text| Ok(text.to_owned()))?;
		if let Some(access) = choose(&answer, settings)? {
			return Ok(access);
		}
	}
	open(settings)
}

/// The account that is there, or a name for a new one.
fn proposed_account() -> String {
	match <[keyring::Entry; 1]>::try_from(keyring::list().unwrap_or_default()) {
		Ok([only]) => only.name,
		Err(_) => NEW_ACCOUNT.into(),
	}
}

/// Makes what was answered the worker's account. New keys that are encrypted come back open.
fn choose(answer: &str, settings: &mut Settings) -> Result<Option<Access>, Error> {
	if answer.contains('/') {
		let path = PathBuf::from(answer);
		if settings::exists(&path) {
			settings.key_file = Some(whole(path));
		} else {
			new_key(&path, settings)?;
		}
		return Ok(None);
	}
	if let Ok(entry) = keyring::find(answer) {
		settings.key_file = Some(whole(entry.path));
		return Ok(None);
	}
	let path = keyring::place(answer)?;
	let password = keyring::new_password(settings.password_file.as_deref())?;
	let (keys, phrase) = Keys::generate();
	let failed = |source| KeyringError::Keystore { path: path.clone(), source };
	let keystore = Keystore::lock(&keys, Some(&phrase), answer, &password).map_err(failed)?;
	keyring::keep(&path, &keystore)?;
	eprintln!("Made the account {answer} in {}.", path.display());
	account_keys::show(&phrase);
	settings.key_file = Some(whole(path));
	let password = Some(password).filter(|_| settings.password_file.is_none());
	Ok(Some(Access { keys, password }))
}

/// Opens the file that the settings name.
fn open(settings: &Settings) -> Result<Access, Error> {
	let options = KeyOptions {
		key_file: settings.key_file.clone(),
		password_file: settings.password_file.clone(),
		..KeyOptions::default()
	};
	if let Some(path) = settings.key_file.as_ref().filter(|path| keyring::is_keystore(path)) {
		let (keys, password) = keyring::read(path)?.unlock_and_tell(options.password_file().as_deref())?;
		let password = Some(password).filter(|_| settings.password_file.is_none());
		return Ok(Access { keys, password });
	}
	Ok(Access { keys: options.keys()?, password: None })
}

/// A service runs elsewhere.
fn whole(path: PathBuf) -> PathBuf {
	std::path::absolute(&path).unwrap_or(path)
}

fn new_key(path: &Path, settings: &mut Settings) -> Result<(), Error> {
	settings::make_key(path)?;
	eprintln!(
		"Made a new key in {}. Keep a copy of that file: whoever has it has the money, and nobody can make it again.",
		path.display()
	);
	settings.key_file = Some(whole(path.to_path_buf()));
	Ok(())
}

/// Asks for what was not said.
fn ask<R: BufRead, W: Write>(
	guide: &mut Questions<R, W>,
	settings: &mut Settings,
	options: &Options,
	parameters: &Parameters,
) -> Result<(), Error> {
	let minimum = parameters.minimum_stake;
	if options.stake.is_none() {
		let suggested = minimum.saturating_mul(SUGGESTED_STAKES);
		settings.stake =
			Some(guide.amount("Stake in ASY; part of it is locked by each claim", suggested, minimum)?);
	}
	if options.cores.is_none() {
		let all = thread::available_parallelism().map_or(1, NonZeroUsize::get).to_string();
		let positive = |text: &str| match text.parse() {
			Ok(number) if number > 0 => Ok(number),
			_ => Err("Expected a number from 1 on.".to_owned()),
		};
		settings.cores = Some(guide.ask("Tasks to run at once", &all, positive)?);
	}
	if options.min_bounty.is_none() {
		settings.min_bounty = Some(guide.amount("Least pay per task in ASY", 0, 0)?);
	}
	if !options.pause_on_battery {
		settings.pause_on_battery = guide.yes("Step aside while the machine runs on its battery?", true)?;
	}
	Ok(())
}

/// Checks that the account can pay for what is missing of its stake, and for fees. At a terminal it waits for the money.
async fn ensure_money(
	client: &Client,
	keys: &Keys,
	stake: Balance,
	parameters: &Parameters,
	may_wait: bool,
) -> Result<(), Error> {
	let account = keys.account();
	let has = client.worker(&account).await?.map_or(0, |worker| worker.stake);
	let missing = stake.saturating_sub(has);
	if missing == 0 {
		return Ok(());
	}
	// What the worker leaves itself for fees.
	let fee = client.estimate_fee(keys, &Call::BondWorker(missing)).await?;
	let needed = missing.saturating_add(fee).saturating_add(parameters.wanted_for_fees());
	let existential = client.existential_deposit().await?;
	let mut is_told = false;
	loop {
		let spendable = client.balance(&account).await?.spendable(existential);
		if spendable >= needed {
			return Ok(());
		}
		if !may_wait {
			let (spendable, needed, fee) = (Amount(spendable), Amount(needed), Amount(fee));
			return Err(Error::Money { account, spendable, needed, fee });
		}
		if !is_told {
			let lacking = Amount(needed.saturating_sub(spendable).saturating_add(existential));
			eprintln!("\nSend {lacking} or more to {account}. Waiting for it; Ctrl-C ends this.");
			is_told = true;
		}
		tokio::time::sleep(LOOK_EVERY).await;
	}
}

fn facts(keys: &Keys, settings: &Settings, stake: Balance) -> Facts {
	let mut facts = Facts::default();
	facts.add("Account", keys.account()).add("Stake", Amount(stake));
	let all = "as many as the machine has cores".to_owned();
	facts.add("Tasks at once", settings.cores.map_or(all, |cores| cores.to_string()));
	if let Some(memory) = settings.memory {
		facts.add("Memory", format_args!("{memory} MiB"));
	}
	facts.add("Least pay", format_args!("{} for a task", Amount(settings.min_bounty.unwrap_or(0))));
	facts.add("To stop", "Ctrl-C finishes what is claimed, a second one stops at once");
	facts
}

fn command(node: &str, options: &Options, settings: &Settings) -> Command {
	let beside =
		env::current_exe().ok().map(|path| path.with_file_name(BINARY)).filter(|path| path.is_file());
	let mut command = Command::new(beside.unwrap_or_else(|| PathBuf::from(BINARY)));
	command.args(["--node", node]);
	match (&options.keys.suri, &settings.key_file) {
		// Arguments can be read by every user of the machine, an environment by its owner alone.
		(Some(suri), _) => {
			command.env_remove("ASSAY_KEY_FILE").env("ASSAY_SURI", suri);
		},
		(None, Some(file)) => {
			command.env_remove("ASSAY_SURI").arg("--key-file").arg(file);
			if let Some(password) = &settings.password_file {
				command.arg("--password-file").arg(password);
			}
		},
		(None, None) => (),
	}
	let amount = |amount: Balance| Amount(amount).to_string().trim_end_matches(" ASY").to_owned();
	let named = [
		("--stake", settings.stake.map(amount)),
		("--cores", settings.cores.map(|cores| cores.to_string())),
		("--memory", settings.memory.map(|memory| memory.to_string())),
		("--min-bounty", settings.min_bounty.map(amount)),
		("--min-price", settings.min_price.map(amount)),
		("--pause-above-load", settings.pause_above_load.clone()),
	];
	for (name, value) in named {
		if let Some(value) = value {
			command.args([name, &value]);
		}
	}
	if let Some(directory) = &options.data_dir {
		command.arg("--data-dir").arg(directory);
	}
	for (flag, is_on) in
		[("--pause-on-battery", settings.pause_on_battery), ("--finish", !options.stop_at_once)]
	{
		if is_on {
			command.arg(flag);
		}
	}
	command
}

#[cfg(test)]
mod tests {
	use super::*;
	use clap::Parser;

	#[derive(Parser)]
	struct Line {
		#[command(flatten)]
		options: Options,
	}

	fn options(line: &str) -> Options {
		Line::parse_from(std::iter::once("start").chain(line.split_whitespace())).options
	}

	fn arguments(command: &Command) -> String {
		command.get_args().map(|argument| argument.to_string_lossy()).collect::<Vec<_>>().join(" ")
	}

	#[test]
	fn what_is_said_now_goes_before_what_was_remembered() {
		let remembered = Settings {
			key_file: Some("/old".into()),
			stake: Some(1),
			cores: Some(2),
			pause_on_battery: true,
			..Settings::default()
		};
		let settings =
			overlay(remembered, &options("--key-file /new --stake 3 --memory 100 --min-price 0.5"));
		let command = command("ws://node", &options("--data-dir /d"), &settings);
		assert_eq!(
			arguments(&command),
			"--node ws://node --key-file /new --stake 3 --cores 2 --memory 100 --min-price 0.5 --data-dir /d \
			 --pause-on-battery --finish"
		);
	}

	#[test]
	fn a_keystore_is_opened_with_the_password_that_was_named() {
		let directory = tempfile::tempdir().unwrap();
		let path = |name: &str| directory.path().join(name).display().to_string();
		let bob = Keys::from_suri("//Bob").unwrap();
		let keystore = Keystore::lock(&bob, None, "bob", "secret").unwrap();
		std::fs::write(path("bob.json"), keystore.to_json()).unwrap();
		#[cfg(unix)]
		{
			use std::os::unix::fs::PermissionsExt;
			std::fs::set_permissions(path("bob.json"), std::fs::Permissions::from_mode(0o600)).unwrap();
		}
		std::fs::write(path("password"), "secret\n").unwrap();
		let nobody: Option<&mut Questions<&[u8], Vec<u8>>> = None;
		let line = format!("--account {} --password-file {}", path("bob.json"), path("password"));
		let options = options(&line);
		let mut settings = overlay(Settings::default(), &options);
		let access = keys(&options, &mut settings, nobody).unwrap();
		assert_eq!((access.keys.account(), access.password), (bob.account(), None));
		let arguments = arguments(&command("ws://node", &options, &settings));
		assert!(arguments.contains(&format!("--key-file {}", path("bob.json"))), "{arguments}");
		assert!(arguments.contains(&format!("--password-file {}", path("password"))), "{arguments}");
		assert!(!arguments.contains("secret"), "{arguments}");
	}

	#[test]
	fn a_secret_is_no_argument() {
		let options = options("--suri //Bob --stop-at-once");
		let command = command("ws://node", &options, &Settings::default());
		assert_eq!(arguments(&command), "--node ws://node");
		assert!(command
			.get_envs()
			.any(|(name, value)| name == "ASSAY_SURI" && value.is_some_and(|it| it == "//Bob")));
	}

	#[test]
	fn a_guided_start_asks_for_what_was_not_said() {
		let directory = tempfile::tempdir().unwrap();
		let key = directory.path().join("key");
		let answers = format!("{}\n", key.display());
		let options = options("--cores 2");
		let mut settings = overlay(Settings::default(), &options);
		let mut guide = Questions { answers: answers.as_bytes(), questions: Vec::new() };
		let keys = keys(&options, &mut settings, Some(&mut guide)).unwrap().keys;
		assert_eq!(settings.key_file.as_deref(), Some(key.as_path()));
		let again = KeyOptions { key_file: Some(key), ..KeyOptions::default() };
		assert_eq!(again.keys().unwrap().account(), keys.account());
	}

	#[test]
	fn without_a_terminal_the_account_must_be_named() {
		let options = options("");
		let nobody: Option<&mut Questions<&[u8], Vec<u8>>> = None;
		let error = keys(&options, &mut Settings::default(), nobody).err().unwrap();
		assert!(matches!(error, Error::Worker(WorkerError::NoKey)), "{error}");
	}
}
