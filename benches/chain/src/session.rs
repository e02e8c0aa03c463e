//! A measurement under way: accounts with money, blocks one after the other, everybody's next step.

use crate::{
	campaign::{Campaign, Parties, Settling},
	chain::{Block, Chain},
	error::Error,
	sender::Sender,
	state::Footprints,
	transactions::Account,
	work::Work,
};
use assay_primitives::{
	AuditPolicy, Balance, BlobRef, InputSpec, JobSpec, TaskLimits, TOKEN_DECIMALS, VM_VERSION,
};
use assay_runtime::{AccountId, Address, Runtime};
use pallet_compute::{Call, Event};
use std::{ops::Range, thread};

/// How results are checked: as by default.
pub(crate) const POLICY: AuditPolicy =
	AuditPolicy { auditors: 2, samples: 2, rate: AuditPolicy::EVERY_BATCH };
/// Who has money to give.
const FOUNDER: &str = "//Alice";
/// Who posts the jobs.
const REQUESTER: &str = "//Bob";
/// The validators of a development chain.
const AUDITORS: [&str; 1] = ["//Alice"];
const WORKERS: u32 = 8;
const SENDERS: u32 = 64;
/// One token.
const ASY: Balance = 10u128.pow(TOKEN_DECIMALS as u32);
/// What each account here gets.
const GIFT: Balance = 5_000 * ASY;
/// What each worker has at stake.
const STAKE: Balance = 4_000 * ASY;
/// Pay for a task.
const BOUNTY: Balance = ASY / 1_000_000;
/// Blocks without any progress after which there will be none.
const PATIENCE: u32 = 40;

/// A measurement under way.
pub(crate) struct Session {
	chain: Chain,
	sender: Sender,
	parties: Parties,
	senders: Vec<Account>,
	founder: Account,
	/// The last block that was looked at.
	last: Block,
}

fn accounts(role: &str, count: u32) -> Result<Vec<Account>, Error> {
	(0..count).map(|number| Account::new(&format!("//Bench//{role}//{number}"), 0)).collect()
}

fn transfer(from: &mut Account, to: &Account, value: Balance) -> crate::transactions::Draft {
	let dest = Address::Id(AccountId::new(to.id().0));
	from.call(pallet_balances::Call::<Runtime>::transfer_keep_alive { dest, value })
}

impl Session {
	pub(crate) async fn start(url: &str) -> Result<Self, Error> {
		let chain = Chain::connect(url).await?;
		let last = chain.block_after(chain.best().await?).await?;
		let sender = Sender::new(&chain);
		let auditors = AUDITORS.into_iter().map(|suri| Account::new(suri, 0)).collect::<Result<_, _>>()?;
		let parties = Parties {
			requester: Account::new(REQUESTER, 0)?,
			workers: accounts("worker", WORKERS)?,
			auditors,
		};
		let founder = Account::new(FOUNDER, 0)?;
		Ok(Self { chain, sender, parties, senders: accounts("sender", SENDERS)?, founder, last })
	}

	pub(crate) fn auditors(&self) -> u32 {
		u32::try_from(self.parties.auditors.len()).unwrap_or(u32::MAX)
	}

	pub(crate) async fn node_version(&self) -> Result<String, Error> {
		self.chain.node_version().await
	}

	/// Gives everybody what they need, and returns the blocks it took.
	pub(crate) async fn set_up(&mut self) -> Result<Vec<Block>, Error> {
		for account in [&mut self.founder, &mut self.parties.requester] {
			account.set_nonce(self.chain.nonce(&account.address()).await?);
		}
		let mut sent = 0;
		for account in self.parties.workers.iter_mut().chain(&mut self.senders) {
			account.set_nonce(self.chain.nonce(&account.address()).await?);
			self.sender.send(transfer(&mut self.founder, account, GIFT));
			sent += 1;
		}
		let mut blocks = self.until_included(sent).await?;
		for worker in &mut self.parties.workers {
			self.sender.send(worker.call(Call::<Runtime>::bond_worker { amount: STAKE }));
		}
		blocks.extend(self.until_included(self.parties.workers.len()).await?);
		Ok(blocks)
	}

	/// The next block.
	async fn next(&mut self) -> Result<Block, Error> {
		let block = self.chain.block_after(self.last.number).await?;
		self.last = block.clone();
		self.sender.included(block.transactions.len())?;
		Ok(block)
	}

	/// The blocks up to the best one.
	async fn catch_up(&mut self) -> Result<(), Error> {
		while self.last.number < self.chain.best().await? {
			self.next().await?;
		}
		Ok(())
	}

	/// The blocks until that many transactions are in them.
	async fn until_included(&mut self, mut transactions: usize) -> Result<Vec<Block>, Error> {
		let mut blocks = Vec::new();
		let mut idle = 0;
		while transactions > 0 {
			let block = self.next().await?;
			idle = if block.transactions.is_empty() { idle + 1 } else { 0 };
			if idle > PATIENCE {
				return Err(Error::Stalled { blocks: idle, waiting: format!("{transactions} transactions") });
			}
			transactions = transactions.saturating_sub(block.transactions.len());
			blocks.push(block);
		}
		Ok(blocks)
	}

	/// Posts a job of that many batches, and computes their results.
	pub(crate) async fn post(
		&mut self,
		size: u32,
		batches: u32,
		settling: Settling,
	) -> Result<Campaign, Error> {
		let spec = spec(size, batches);
		self.catch_up().await?;
		self.sender.send(self.parties.requester.call(Call::<Runtime>::post_job { spec }));
		let blocks = self.until_included(1).await?;
		let posted = |event: &Event<Runtime>| match event {
			Event::JobPosted { job, .. } => Some(*job),
			_ => None,
		};
		let job = blocks
			.iter()
			.flat_map(|block| &block.events)
			.find_map(posted)
			.ok_or(Error::Unreadable { what: "the job's number", block: self.last.number })?;
		let ranges: Vec<_> = (0..batches).filter_map(|batch| spec.batch_tasks(batch)).collect();
		let works = tokio::task::spawn_blocking(move || compute(job, &ranges)).await.unwrap_or_default();
		let chain = (self.chain.genesis(), self.chain.fuel_per_block().await?);
		Ok(Campaign::new(chain, (job, spec), works, settling))
	}

	/// Brings every batch to its end. Workers claim `each` at a time. Returns the block before the first claim, and all
	/// blocks from then on.
	pub(crate) async fn settle(
		&mut self,
		campaigns: &mut [Campaign],
		each: u32,
		mut footprints: Option<&mut Footprints>,
	) -> Result<(Block, Vec<Block>), Error> {
		self.catch_up().await?;
		let start = self.last.clone();
		for campaign in campaigns.iter() {
			for draft in campaign.claims(&mut self.parties, each) {
				self.sender.send(draft);
			}
		}
		let mut blocks = Vec::new();
		let mut idle = 0;
		while !campaigns.iter().all(Campaign::is_over) {
			let block = self.next().await?;
			let before: Vec<_> = campaigns.iter().map(Campaign::progress).collect();
			for campaign in campaigns.iter_mut() {
				for draft in campaign.advance(&self.chain, &mut self.parties, &block).await? {
					self.sender.send(draft);
				}
			}
			let after: Vec<_> = campaigns.iter().map(Campaign::progress).collect();
			idle = if before == after { idle + 1 } else { 0 };
			if idle > PATIENCE {
				return Err(Error::Stalled { blocks: idle, waiting: format!("batches are {after:?}") });
			}
			if let Some(footprints) = &mut footprints {
				footprints.look(&self.chain, campaigns, &block).await?;
			}
			blocks.push(block);
		}
		Ok((start, blocks))
	}

	/// Makes that many transfers. Returns the block before the first, and all blocks from then on.
	pub(crate) async fn transfer(&mut self, count: u32) -> Result<(Block, Vec<Block>), Error> {
		self.catch_up().await?;
		let start = self.last.clone();
		let to = self.founder.clone();
		for (_, from) in (0..count).zip((0..self.senders.len()).cycle()) {
			if let Some(from) = self.senders.get_mut(from) {
				self.sender.send(transfer(from, &to, 1));
			}
		}
		let blocks = self.until_included(count as usize).await?;
		Ok((start, blocks))
	}
}

/// A job of that many batches, which is over as fast as any can be.
fn spec(size: u32, batches: u32) -> JobSpec {
	let blob = BlobRef::of(b"nobody runs this");
	JobSpec {
		program: blob,
		vm_version: VM_VERSION,
		input: InputSpec::Shared { blob },
		tasks: size.saturating_mul(batches),
		batch_size: size,
		bounty: BOUNTY,
		limits: TaskLimits { fuel: 1_000_000, memory_pages: 16, output_bytes: 1_024 },
		audit: POLICY,
		// Claims and receipts of a whole flood fit in.
		execution_window: 2_000,
		challenge_window: 5,
		lifetime: 10_000,
	}
}

/// The results of batches, on all processors.
fn compute(job: u64, ranges: &[Range<u32>]) -> Vec<Work> {
	let threads = thread::available_parallelism().map_or(1, usize::from);
	let share = ranges.len().div_ceil(threads).max(1);
	thread::scope(|scope| {
		let parts: Vec<_> = ranges
			.chunks(share)
			.map(|part| scope.spawn(move || part.iter().map(|tasks| Work::new(job, tasks.clone())).collect()))
			.collect();
		parts.into_iter().flat_map(|part| part.join().unwrap_or_else(|_| Vec::new())).collect()
	})
}
