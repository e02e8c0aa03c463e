//! What a worker is told.

use crate::pause::{Load, PauseRules};
use assay_client::{Amount, KeyError, Keys, Keystore, KeystoreError};
use assay_primitives::{Balance, JobId};
use clap::Parser;
use std::{
	collections::BTreeSet,
	env, fs, io,
	num::NonZeroUsize,
	path::{Path, PathBuf},
	thread,
};

/// The node a worker looks for if it is not told where to look.
pub const DEFAULT_NODE: &str = "ws://127.0.0.1:9944";
/// The largest blob that is fetched or put onto the node, in bytes: 256 MiB, as nodes keep by default.
pub const DEFAULT_MAX_BLOB_SIZE: u64 = 256 << 20;

/// Holds the password of a keystore.
const PASSWORD_VARIABLE: &str = "ASSAY_PASSWORD";

/// Why a worker has no keys.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
	/// There is no secret, or it is none.
	#[error(transparent)]
	Key(#[from] KeyError),
	/// The keystore is of no use.
	#[error("{}: {source}", path.display())]
	Keystore {
		/// The file.
		path: PathBuf,
		/// What is wrong.
		source: KeystoreError,
	},
	/// The file with the password cannot be read.
	#[error("cannot read the password in {}: {source}", path.display())]
	PasswordFile {
		/// The file.
		path: PathBuf,
		/// Why not.
		source: io::Error,
	},
	/// There is a keystore and no password.
	#[error("{} is encrypted: give --password-file FILE, or the environment variable {PASSWORD_VARIABLE}", .0.display())]
	NoPassword(PathBuf),
}

/// What a worker is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkerOptions {
	/// Address of the node.
	pub node: String,
	/// Where to keep the journal. By default below the user's data directory, by account and chain.
	pub data_dir: Option<PathBuf>,
	/// Tasks to run at once, at least 1.
	pub cores: usize,
	/// The stake to keep, in the smallest unit. By default the smallest the chain allows.
	pub stake: Option<Balance>,
	/// The least pay per task, in the smallest unit.
	pub min_bounty: Balance,
	/// The least pay for a billion units of measured fuel, in the smallest unit.
	pub min_price: Balance,
	/// Memory that running tasks may use together, in bytes. By default three quarters of what the machine has.
	pub memory: Option<u64>,
	/// When to step aside.
	pub pause: PauseRules,
	/// When asked to end, claim nothing more, and end when every batch is revealed.
	pub finish: bool,
	/// The most batches claimed and not handed in at once. By default as many as keep the cores busy.
	pub batches_in_flight: Option<u32>,
	/// The only jobs to work on. All if empty.
	pub jobs: BTreeSet<JobId>,
	/// See one claim through, and end: the one in the journal, or the next that can be made.
	pub once: bool,
	/// The largest blob to fetch or put onto the node, in bytes.
	pub max_blob_size: u64,
}

impl Default for WorkerOptions {
	fn default() -> Self {
		Self {
			node: DEFAULT_NODE.into(),
			data_dir: None,
			cores: thread::available_parallelism().map_or(1, NonZeroUsize::get),
			stake: None,
			min_bounty: 0,
			min_price: 0,
			memory: None,
			pause: PauseRules::default(),
			finish: false,
			batches_in_flight: None,
			jobs: BTreeSet::new(),
			once: false,
			max_blob_size: DEFAULT_MAX_BLOB_SIZE,
		}
	}
}

/// Earn on spare cores: claims batches of Assay jobs, runs them, hands in receipts, reveals, and is paid.
#[derive(Parser)]
#[command(name = "assay-worker", version, max_term_width = 100)]
#[command(group = clap::ArgGroup::new("key").required(true).args(["suri", "key_file"]))]
pub struct Arguments {
	/// WebSocket address of a node.
	#[arg(long, env = "ASSAY_NODE", default_value = DEFAULT_NODE, value_name = "URL")]
	node: String,
	/// Secret of the worker's account: a phrase, a 0x-seed, or a development key such as //Bob. Other users of the
	/// machine can see it in the list of processes: prefer --key-file.
	#[arg(long, env = "ASSAY_SURI", hide_env_values = true, value_name = "SECRET")]
	suri: Option<String>,
	/// File with the secret of the worker's account in one line, or its keystore.
	#[arg(long, env = "ASSAY_KEY_FILE", value_name = "FILE")]
	key_file: Option<PathBuf>,
	/// File whose first line is the password of the keystore. Without it, that is the environment variable ASSAY_PASSWORD.
	#[arg(long, env = "ASSAY_PASSWORD_FILE", value_name = "FILE")]
	password_file: Option<PathBuf>,
	/// Where to keep the journal. Nobody else may use it. [default: by account and chain, below the user's data]
	#[arg(long, env = "ASSAY_WORKER_DATA_DIR", value_name = "DIR")]
	data_dir: Option<PathBuf>,
	/// Tasks to run at once. [default: as many as the machine has cores]
	#[arg(long, env = "ASSAY_WORKER_CORES", value_name = "N")]
	cores: Option<NonZeroUsize>,
	/// Stake to keep bonded, in tokens. Each claim locks part of it. [default: the least the chain allows]
	#[arg(long, env = "ASSAY_WORKER_STAKE", value_name = "AMOUNT")]
	stake: Option<Amount>,
	/// Least pay per task, in tokens.
	#[arg(long, env = "ASSAY_WORKER_MIN_BOUNTY", default_value = "0", value_name = "AMOUNT")]
	min_bounty: Amount,
	/// Least pay for a billion units of fuel, in tokens, as measured on this machine: a job that turns out to pay less is left
	/// to others.
	#[arg(long, env = "ASSAY_WORKER_MIN_PRICE", default_value = "0", value_name = "AMOUNT")]
	min_price: Amount,
	/// Memory that running tasks may use together, in MiB. [default: three quarters of what the machine has]
	#[arg(long, env = "ASSAY_WORKER_MEMORY", value_name = "MIB",
		value_parser = clap::value_parser!(u32).range(64..))]
	memory: Option<u32>,
	/// Claim nothing while the machine runs on its battery, and let claimed tasks wait as long as they can.
	#[arg(long, env = "ASSAY_WORKER_PAUSE_ON_BATTERY")]
	pause_on_battery: bool,
	/// The same while the load average of the last minute, without the worker's own tasks, is above this.
	#[arg(long, env = "ASSAY_WORKER_PAUSE_ABOVE_LOAD", value_name = "LOAD")]
	pause_above_load: Option<Load>,
	/// On SIGINT or SIGTERM, claim nothing more, finish what is claimed, and end when all of it is revealed; a second signal
	/// ends it at once. Without this the first one does: what is claimed goes on when the worker starts again.
	#[arg(long, env = "ASSAY_WORKER_FINISH")]
	finish: bool,
	/// Most batches claimed and not handed in at once. [default: enough to keep every core busy]
	#[arg(long, env = "ASSAY_WORKER_BATCHES_IN_FLIGHT", value_name = "N",
		value_parser = clap::value_parser!(u32).range(1..))]
	batches_in_flight: Option<u32>,
	/// Work on this job only. Can be given more than once.
	#[arg(long = "job", value_name = "ID")]
	jobs: Vec<JobId>,
	/// See one claim through, and exit: the one in the journal, or the next that can be made.
	#[arg(long)]
	once: bool,
	/// Largest program, input or batch of results to move, in bytes. Nodes keep 256 MiB by default.
	#[arg(long, env = "ASSAY_WORKER_MAX_BLOB_SIZE", default_value_t = DEFAULT_MAX_BLOB_SIZE, value_name = "BYTES")]
	max_blob_size: u64,
}

impl Arguments {
	/// The keys the arguments lead to.
	///
	/// # Errors
	///
	/// If there are none, or the file cannot be read.
	pub fn keys(&self) -> Result<Keys, KeysError> {
		match (&self.suri, &self.key_file) {
			(Some(suri), _) => Ok(Keys::from_suri(suri)?),
			(None, Some(file)) => self.keys_in(file),
			(None, None) => Err(KeyError::Malformed("there is none").into()),
		}
	}

	fn keys_in(&self, file: &Path) -> Result<Keys, KeysError> {
		let bytes = fs::read(file).unwrap_or_default();
		if !bytes.trim_ascii_start().starts_with(b"{") {
			// It also says what is wrong with a file that cannot be read.
			return Ok(Keys::from_file(file)?);
		}
		let failed = |source| KeysError::Keystore { path: file.to_owned(), source };
		let keystore = Keystore::parse(&bytes).map_err(failed)?;
		let password = self.password()?.ok_or_else(|| KeysError::NoPassword(file.to_owned()))?;
		keystore.unlock(&password).map_err(failed)
	}

	fn password(&self) -> Result<Option<String>, KeysError> {
		let Some(path) = &self.password_file else {
			return Ok(env::var(PASSWORD_VARIABLE).ok().filter(|password| !password.is_empty()));
		};
		let text = fs::read_to_string(path)
			.map_err(|source| KeysError::PasswordFile { path: path.clone(), source })?;
		Ok(Some(text.lines().next().unwrap_or_default().into()))
	}

	/// Everything but the keys.
	pub fn options(self) -> WorkerOptions {
		let default = WorkerOptions::default();
		WorkerOptions {
			node: self.node,
			data_dir: self.data_dir,
			cores: self.cores.map_or(default.cores, NonZeroUsize::get),
			stake: self.stake.map(|amount| amount.0),
			min_bounty: self.min_bounty.0,
			min_price: self.min_price.0,
			memory: self.memory.map(|mebibytes| u64::from(mebibytes) << 20),
			pause: PauseRules { on_battery: self.pause_on_battery, above_load: self.pause_above_load },
			finish: self.finish,
			batches_in_flight: self.batches_in_flight,
			jobs: self.jobs.into_iter().collect(),
			once: self.once,
			max_blob_size: self.max_blob_size,
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	fn parse(arguments: &[&str]) -> Result<Arguments, clap::Error> {
		Arguments::try_parse_from([&["assay-worker"], arguments].concat())
	}

	#[test]
	fn arguments_become_options() {
		let line = "--suri //Bob --node ws://node:1 --cores 3 --stake 10.5 --min-bounty 0.001 --job 7 --job 9 --once \
			--batches-in-flight 2 --data-dir /d --min-price 0.5 --memory 512 --pause-on-battery --pause-above-load 1.5 \
			--finish";
		let arguments = parse(&line.split_whitespace().collect::<Vec<_>>()).unwrap();
		assert_eq!(arguments.keys().unwrap().account(), Keys::from_suri("//Bob").unwrap().account());
		let expected = WorkerOptions {
			node: "ws://node:1".into(),
			data_dir: Some("/d".into()),
			cores: 3,
			stake: Some(10_500_000_000_000),
			min_bounty: 1_000_000_000,
			min_price: 500_000_000_000,
			memory: Some(512 << 20),
			pause: PauseRules { on_battery: true, above_load: Some(Load(150)) },
			finish: true,
			batches_in_flight: Some(2),
			jobs: [7, 9].into(),
			once: true,
			max_blob_size: DEFAULT_MAX_BLOB_SIZE,
		};
		assert_eq!(arguments.options(), expected);
	}

	#[test]
	fn the_rest_has_defaults_but_there_must_be_one_key() {
		assert_eq!(parse(&["--suri", "//Bob"]).unwrap().options(), WorkerOptions::default());
		assert!(parse(&[]).is_err());
		assert!(parse(&["--suri", "//Bob", "--key-file", "f"]).is_err());
	}

	#[test]
	fn a_keystore_opens_with_the_password_in_a_file() {
		let directory = tempfile::tempdir().unwrap();
		let path = |name: &str| directory.path().join(name).to_str().unwrap().to_owned();
		let bob = Keys::from_suri("//Bob").unwrap();
		fs::write(path("bob.json"), Keystore::lock(&bob, None, "bob", "secret").unwrap().to_json()).unwrap();
		fs::write(path("right"), "secret\n").unwrap();
		fs::write(path("wrong"), "Secret\n").unwrap();
		let with = |password: &str| {
			parse(&["--key-file", &path("bob.json"), "--password-file", &path(password)]).unwrap().keys()
		};
		assert_eq!(with("right").unwrap().account(), bob.account());
		assert!(matches!(
			with("wrong"),
			Err(KeysError::Keystore { source: KeystoreError::WrongPassword, .. })
		));
		assert!(matches!(with("none"), Err(KeysError::PasswordFile { .. })));
		let without = parse(&["--key-file", &path("bob.json")]).unwrap().keys().unwrap_err();
		assert!(without.to_string().contains("--password-file"), "{without}");
	}

	#[test]
	fn nonsense_is_refused() {
		for nonsense in [
			["--cores", "0"],
			["--stake", "-1"],
			["--stake", "1e9"],
			["--min-bounty", "0.0000000000001"],
			["--batches-in-flight", "0"],
			["--job", "x"],
			["--max-blob-size", "1G"],
			["--memory", "63"],
			["--pause-above-load", "high"],
		] {
			assert!(parse(&[&["--suri", "//Bob"], &nonsense[..]].concat()).is_err(), "{nonsense:?}");
		}
	}

	#[test]
	fn the_command_line_is_well_formed() {
		<Arguments as clap::CommandFactory>::command().debug_assert();
	}
}
