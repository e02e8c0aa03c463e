//! The worker: claims, drives its batches, keeps its stake, and stops in good order.

use crate::{
	batch::{drive, Ending},
	chain,
	claim::Claimer,
	context::{Context, Heads, GRACE},
	journal::{BatchId, Entry, Journal, Progress},
	link::Link,
	options::WorkerOptions,
	pick::Wishes,
	recover::{self, Unknown},
	room::Room,
	runner::TaskRunner,
	stake, WorkerError,
};
use assay_client::{Amount, Keys};
use assay_primitives::{hash, AccountId, BlockNumber, Hash};
use std::{
	collections::BTreeSet,
	future::Future,
	path::{Path, PathBuf},
	sync::Arc,
	time::Duration,
};
use tokio::{sync::watch, task::JoinSet};

/// Blocks between two looks whether the chain knows of batches that the journal does not.
const RECONCILE_EVERY: BlockNumber = 10;
/// Blocks between two looks at the stake.
const CHECK_STAKE_EVERY: BlockNumber = 100;
/// Blocks between two reports of what was earned; the second one if there was a payment since the last.
const REPORT_EVERY: BlockNumber = 200;
const REPORT_PAY_AFTER: BlockNumber = 10;

/// Domain of the secret that a new data directory gets.
const SEAL_SEED: &str = "assay.worker.seal.v1";

/// What a worker has done when it ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
	/// Batches it was paid for.
	pub settled: u32,
	/// Batches it lost.
	pub lost: u32,
	/// Batches that go on when it starts again.
	pub unfinished: u32,
}

/// A worker that is connected, has its stake and has read its journal.
pub struct Worker {
	context: Arc<Context>,
	options: WorkerOptions,
	stop: watch::Sender<bool>,
	batches: JoinSet<(BatchId, Ending)>,
	known: BTreeSet<BatchId>,
	summary: Summary,
	has_claimed: bool,
	/// Claims nothing more, and why.
	finishing: Option<Finishing>,
	/// Whether batches that are not known can be this worker's, from before it started.
	unknown: Unknown,
	/// Whether the owner was told that there is nothing to do.
	is_idle: bool,
	/// The connection over which stake and batches were last looked at.
	generation: u64,
	finalized: BlockNumber,
	reconcile_at: BlockNumber,
	check_stake_at: BlockNumber,
	report_at: BlockNumber,
}

/// Why a worker claims nothing more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Finishing {
	/// It was asked to end.
	Asked,
	/// Another worker uses its account.
	InUse(crate::error::Foreign),
}

impl Worker {
	/// Connects to the node, takes the data directory and bonds what is missing to the stake.
	///
	/// # Errors
	///
	/// If the node cannot be reached, another worker has the directory, or the stake cannot be paid.
	pub async fn start(
		options: WorkerOptions,
		keys: Keys,
		runner: Arc<dyn TaskRunner>,
	) -> Result<Self, WorkerError> {
		let link = Arc::new(Link::connect(&options.node).await?);
		let (client, generation) = (link.client(), link.generation());
		let (account, genesis) = (keys.account(), link.genesis());
		let directory = data_directory(options.data_dir.as_deref(), &account, &genesis)?;
		let journal = Journal::open(&directory, &account, &genesis, &seal_seed(&keys, &genesis))?;
		let parameters = client.parameters().await?;
		tracing::info!(
			target: "worker",
			"{account} on {} at {}, {} cores, journal in {}",
			client.chain_name().await?,
			client.url(),
			options.cores,
			directory.display()
		);
		stake::ensure_at_last(&link, &keys, options.stake, &parameters).await?;
		// The node may have been lost meanwhile, and another connection made.
		let client = link.client();
		let (stop, stopping) = watch::channel(false);
		let best = client.best_block().await?;
		let (heads, followed) = watch::channel(Heads { best, finalized: client.finalized_block().await? });
		tokio::spawn(chain::follow(Arc::clone(&link), account, heads));
		let room = Arc::new(Room::new(options.cores, options.memory));
		let (pausing, paused) = watch::channel(false);
		let running = Arc::clone(&room);
		tokio::spawn(options.pause.watch(pausing, move || running.running()));
		let context = Context {
			link,
			keys,
			journal,
			runner,
			room,
			jobs: Default::default(),
			ledger: Default::default(),
			parameters,
			max_blob: options.max_blob_size,
			block_time: client.block_time().await?,
			heads: followed,
			paused,
			stop: stopping,
		};
		Ok(Self {
			context: Arc::new(context),
			options,
			stop,
			batches: JoinSet::new(),
			known: BTreeSet::new(),
			summary: Summary::default(),
			has_claimed: false,
			finishing: None,
			unknown: Unknown::Own,
			is_idle: false,
			generation,
			finalized: 0,
			reconcile_at: 0,
			check_stake_at: best.saturating_add(CHECK_STAKE_EVERY),
			report_at: best.saturating_add(REPORT_EVERY),
		})
	}

	/// Works until `stop` is done, or with [`WorkerOptions::once`] until the claimed batches have ended.
	///
	/// # Errors
	///
	/// If the journal cannot be read, or there is no stake left to work with.
	pub async fn run(self, stop: impl Future<Output = ()>) -> Result<Summary, WorkerError> {
		self.run_until(std::future::pending(), stop).await
	}

	/// The same, but once `finish` is done, nothing more is claimed, and it ends when every batch is revealed or has ended:
	/// from then on it is not a worker's turn unless somebody demands a result.
	///
	/// # Errors
	///
	/// Those of [`run`](Self::run), and if another worker uses the same account.
	pub async fn run_until(
		mut self,
		finish: impl Future<Output = ()>,
		stop: impl Future<Output = ()>,
	) -> Result<Summary, WorkerError> {
		let result = tokio::select! {
			result = self.work(finish) => result,
			() = stop => {
				tracing::info!(target: "worker", "stopping");
				Ok(())
			},
		};
		self.stop.send_replace(true);
		let _ = tokio::time::timeout(GRACE + Duration::from_secs(5), self.drain()).await;
		self.summary.unfinished = u32::try_from(self.known.len()).unwrap_or(u32::MAX);
		result.map(|()| self.summary)
	}

	async fn drain(&mut self) {
		while let Some(ended) = self.batches.join_next().await {
			self.note_end(ended.ok());
		}
	}

	async fn work(&mut self, finish: impl Future<Output = ()>) -> Result<(), WorkerError> {
		let mut finish = std::pin::pin!(finish);
		let now = *self.context.heads.borrow();
		for entry in self.context.journal.entries()? {
			tracing::info!(target: "worker", "{}: going on with it", entry.id());
			self.has_claimed = true;
			self.take_on(entry);
		}
		self.reconcile(now).await?;
		self.context.journal.remove_rubbish()?;
		let wishes = Wishes {
			min_bounty: self.options.min_bounty,
			min_price: self.options.min_price,
			jobs: self.options.jobs.clone(),
		};
		let max_running = self.options.batches_in_flight.unwrap_or(u32::MAX);
		let mut claimer =
			Claimer::new(Arc::clone(&self.context), self.context.parameters.clone(), wishes, max_running);
		let mut heads = self.context.heads.clone();
		loop {
			if self.options.once && self.has_claimed && self.batches.is_empty() {
				return Ok(());
			}
			match self.finishing {
				Some(Finishing::Asked) if self.is_finished()? => return Ok(()),
				Some(Finishing::InUse(foreign)) if self.is_finished()? => {
					return Err(WorkerError::AccountInUse(foreign));
				},
				_ => (),
			}
			tokio::select! {
				() = &mut finish, if self.finishing.is_none() => self.finish(Finishing::Asked),
				Some(ended) = self.batches.join_next() => self.note_end(ended.ok()),
				changed = heads.changed() => {
					if changed.is_err() {
						return Ok(());
					}
					let now = *heads.borrow_and_update();
					self.on_block(now, &mut claimer).await?;
				},
				() = claimer.loaded() => {
					let now = *heads.borrow_and_update();
					self.on_block(now, &mut claimer).await?;
				},
			}
		}
	}

	async fn on_block(&mut self, now: Heads, claimer: &mut Claimer) -> Result<(), WorkerError> {
		self.note_chain(now);
		if now.best >= self.reconcile_at {
			self.reconcile(now).await?;
		}
		if now.best >= self.check_stake_at {
			self.check_stake(now).await?;
		}
		if now.best >= self.report_at {
			self.report(now).await;
		}
		let may_claim = self.finishing.is_none() && !self.context.is_paused();
		if !may_claim || (self.options.once && self.has_claimed) {
			return Ok(());
		}
		match claimer.claim(now).await {
			Ok(entries) => {
				self.has_claimed |= !entries.is_empty();
				self.tell_if_idle(entries.is_empty() && self.known.is_empty() && !claimer.is_loading());
				for entry in entries {
					self.take_on(entry);
				}
				Ok(())
			},
			Err(WorkerError::Node(error)) => {
				tracing::warn!(target: "claim", "{error}");
				// It may have been a claim whose outcome is not known.
				self.reconcile_at = now.best.saturating_add(1);
				Ok(())
			},
			Err(error) => Err(error),
		}
	}

	/// Notices when the node was away, and when it has come back with a development chain that was started anew: that has
	/// the same first block and nothing else, neither the stake nor the jobs.
	fn note_chain(&mut self, now: Heads) {
		let generation = self.context.link.generation();
		if self.generation != generation {
			self.generation = generation;
			(self.reconcile_at, self.check_stake_at) = (0, 0);
		}
		// What is final stays, unless it is another chain.
		if now.finalized < self.finalized {
			self.context.ledger.forget_refusals();
		}
		self.finalized = now.finalized;
	}

	/// Claims nothing more.
	fn finish(&mut self, why: Finishing) {
		self.finishing = Some(why);
		let count = self.known.len();
		match why {
			Finishing::Asked => tracing::info!(
				target: "worker",
				"claiming nothing more; ending when what is claimed is revealed ({count} batches in hand)"
			),
			Finishing::InUse(foreign) => tracing::error!(
				target: "worker",
				"another worker claims with this account ({foreign} of it on the chain): claiming nothing more, and ending \
				 when what is claimed is revealed ({count} batches in hand)"
			),
		}
	}

	/// Whether no batch needs anything from this worker, as far as can be foreseen.
	fn is_finished(&self) -> Result<bool, WorkerError> {
		let entries = self.context.journal.entries()?;
		Ok(entries.iter().all(|entry| matches!(entry.progress, Progress::Revealed(_))))
	}

	/// Tells the owner once that there is nothing to do.
	fn tell_if_idle(&mut self, is_idle: bool) {
		if is_idle && !self.is_idle {
			tracing::info!(target: "worker", "waiting for a job that suits");
		}
		self.is_idle = is_idle;
	}

	/// Tells the owner how it goes.
	async fn report(&mut self, now: Heads) {
		self.report_at = now.best.saturating_add(REPORT_EVERY);
		let account = self.context.keys.account();
		match self.context.link.ask(|client| async move { client.worker(&account).await }).await {
			Ok(Some(worker)) => tracing::info!(
				target: "earnings",
				"{} earned in all with {} batches, {} slashed; stake {}, {} of it locked; {} batches in flight",
				Amount(worker.earned),
				worker.batches_settled,
				Amount(worker.slashed),
				Amount(worker.stake),
				Amount(worker.locked),
				worker.batches_in_flight
			),
			Ok(None) => (),
			Err(error) => tracing::debug!(target: "earnings", "{error}"),
		}
	}

	/// Takes on what the chain says is this worker's and the journal does not know. That can only be from before it started:
	/// what it has claimed since, it knows. Anything else is another worker's with the same account.
	async fn reconcile(&mut self, now: Heads) -> Result<(), WorkerError> {
		self.reconcile_at = now.best.saturating_add(RECONCILE_EVERY);
		if matches!(self.finishing, Some(Finishing::InUse(_))) {
			return Ok(());
		}
		match recover::missing_entries(&self.context, &self.known, now.best, self.unknown).await {
			Ok(entries) => {
				self.unknown = Unknown::Foreign;
				for entry in entries {
					self.has_claimed = true;
					self.take_on(entry);
				}
				Ok(())
			},
			Err(WorkerError::AccountInUse(foreign)) => {
				self.finish(Finishing::InUse(foreign));
				Ok(())
			},
			Err(WorkerError::Node(error)) => {
				tracing::warn!(target: "journal", "cannot compare the journal with the chain now: {error}");
				Ok(())
			},
			Err(error) => Err(error),
		}
	}

	/// Bonds again what was slashed. Only a worker that can do nothing any more gives up.
	async fn check_stake(&mut self, now: Heads) -> Result<(), WorkerError> {
		self.check_stake_at = now.best.saturating_add(CHECK_STAKE_EVERY);
		let Context { link, keys, .. } = &*self.context;
		match stake::ensure(link, keys, self.options.stake, &self.context.parameters).await {
			Err(error @ WorkerError::NotEnoughMoney { .. }) if self.batches.is_empty() => Err(error),
			Err(error) => {
				tracing::warn!(target: "stake", "{error}");
				Ok(())
			},
			Ok(()) => Ok(()),
		}
	}

	fn take_on(&mut self, entry: Entry) {
		if !self.known.insert(entry.id()) {
			return;
		}
		match entry.progress {
			Progress::Claimed => self.context.ledger.set_open(entry.id(), entry.tasks),
			Progress::Signed(_) => (),
			// What was done before a restart counts.
			Progress::Accepted(_) | Progress::Revealed(_) => self.context.ledger.note_accepted(entry.job),
		}
		self.batches.spawn(drive(Arc::clone(&self.context), entry));
	}

	fn note_end(&mut self, ended: Option<(BatchId, Ending)>) {
		let Some((id, ending)) = ended else {
			// Its entry is in the journal, and is taken up at the next start.
			tracing::error!(target: "worker", "a batch ended in a panic");
			return;
		};
		match ending {
			Ending::Settled => {
				self.summary.settled = self.summary.settled.saturating_add(1);
				let best = self.context.heads.borrow().best;
				self.report_at = self.report_at.min(best.saturating_add(REPORT_PAY_AFTER));
			},
			Ending::Lost => self.summary.lost = self.summary.lost.saturating_add(1),
			Ending::Stopped => return,
		}
		self.known.remove(&id);
	}
}

/// What the secret of a new data directory is made of: the account's own secret, so that the same results are sealed in
/// the same way wherever they are made.
fn seal_seed(keys: &Keys, genesis: &Hash) -> [u8; 32] {
	// The second half of the secret key only salts signatures, and is random for some ways to derive keys.
	let secret = keys.keypair().secret.to_bytes();
	let (scalar, _) = secret.split_at(32);
	hash::derive(hash::Domain::new(SEAL_SEED), &(scalar, genesis)).0
}

/// Where the journal is kept: a directory per account and chain, unless the owner says otherwise.
fn data_directory(
	chosen: Option<&Path>,
	account: &AccountId,
	genesis: &Hash,
) -> Result<PathBuf, WorkerError> {
	if let Some(chosen) = chosen {
		return Ok(chosen.to_owned());
	}
	let is_absolute = |path: &PathBuf| path.is_absolute();
	let base = std::env::var_os("XDG_DATA_HOME").map(PathBuf::from).filter(is_absolute).or_else(|| {
		let home = std::env::var_os("HOME").map(PathBuf::from).filter(is_absolute)?;
		Some(home.join(".local/share"))
	});
	let genesis = genesis.to_string();
	let chain = genesis.get(..10).unwrap_or(&genesis);
	base.map(|base| base.join("assay-worker").join(account.to_ss58()).join(chain)).ok_or(WorkerError::NoHome)
}

impl std::fmt::Display for Summary {
	fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
		write!(f, "{} batches paid, {} lost, {} unfinished", self.settled, self.lost, self.unfinished)
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn every_account_and_chain_has_a_directory_of_its_own() {
		let (one, other) = (AccountId([1; 32]), AccountId([2; 32]));
		let (here, there) = (Hash::of(b"here"), Hash::of(b"there"));
		let chosen = Path::new("/somewhere");
		assert_eq!(data_directory(Some(chosen), &one, &here).unwrap(), chosen);
		let default = |account, genesis| data_directory(None, account, genesis).unwrap();
		assert!(default(&one, &here).to_string_lossy().contains(&one.to_ss58()));
		assert_ne!(default(&one, &here), default(&other, &here));
		assert_ne!(default(&one, &here), default(&one, &there));
	}
}
