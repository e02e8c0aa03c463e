//! What was measured, and what follows from it.

use crate::{
	campaign::{Campaign, Stage},
	chain::{Block, Kind},
	limits::Limits,
	machine::Machine,
	state::{Footprint, Footprints},
};
use assay_primitives::JobId;
use pallet_compute::Event;
use std::collections::BTreeMap;

/// Everything that was measured in one run.
#[derive(Clone, Debug)]
pub struct Measurement {
	/// Where.
	pub machine: Machine,
	/// Name and version of the node.
	pub node: String,
	/// What a block holds.
	pub limits: Limits,
	/// Auditors there were.
	pub auditors: u32,
	/// Auditors and samples that each job asked for.
	pub policy: (u8, u8),
	/// Weight and length of a transfer.
	pub transfer: Cost,
	/// Batches that went their way without hurry, by their size.
	pub costs: Vec<BatchCost>,
	/// What was done as fast as the chain took it.
	pub floods: Vec<Flood>,
}

/// What a transaction takes of a block.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Cost {
	/// Picoseconds of reference time, with what every transaction costs.
	pub weight: f64,
	/// Bytes.
	pub length: f64,
}

/// What a settled batch takes of blocks and of the state.
#[derive(Clone, Debug, Default)]
pub struct BatchCost {
	/// Tasks in the batch.
	pub tasks: u32,
	/// One call each, by kind, as the mean of all there were.
	pub calls: BTreeMap<Kind, Cost>,
	/// Reports on a batch.
	pub reports: f64,
	/// What a block takes to settle it at the end of its window.
	pub window: f64,
	/// What it takes in the state while it is in some stage.
	pub footprints: Vec<(&'static str, Footprint)>,
}

impl BatchCost {
	fn weight_of(&self, kind: Kind) -> f64 {
		self.calls.get(&kind).map_or(0.0, |cost| cost.weight)
	}

	/// The weight of all transactions that bring a batch to its reveal, with a claim of its own.
	pub fn calls_weight(&self) -> f64 {
		[Kind::Claim, Kind::Receipt, Kind::Reveal].into_iter().map(|kind| self.weight_of(kind)).sum::<f64>()
			+ self.reports * self.weight_of(Kind::Report)
	}

	/// The weight of a batch that is settled at the end of its window.
	pub fn weight(&self) -> f64 {
		self.calls_weight() + self.window
	}

	/// The weight of such a batch if it had had that many reports. That a reveal weighs a little more then is left out.
	pub fn weight_with(&self, reports: u8) -> f64 {
		self.weight() + (f64::from(reports) - self.reports) * self.weight_of(Kind::Report)
	}

	/// The weight of a batch that its requester accepts.
	pub fn accepted_weight(&self) -> f64 {
		self.calls_weight() + self.weight_of(Kind::Accept)
	}

	/// The most bytes of state it takes.
	pub fn largest_footprint(&self) -> usize {
		self.footprints.iter().map(|(_, footprint)| footprint.bytes).max().unwrap_or(0)
	}

	/// How many batches the weight of a block would let through each block.
	pub fn per_block(&self, limits: &Limits) -> f64 {
		let by_calls = limits.normal_weight as f64 / self.calls_weight().max(1.0);
		by_calls.min(limits.weight as f64 / self.weight().max(1.0))
	}
}

/// What was done as fast as the chain took it.
#[derive(Clone, Debug)]
pub struct Flood {
	/// Tasks in a batch; `None` for transfers.
	pub tasks: Option<u32>,
	/// Transfers, or batches that were settled.
	pub count: u32,
	/// Transactions for that.
	pub transactions: usize,
	/// Blocks from the first transaction to the last settlement.
	pub blocks: usize,
	/// The same on the chain's clock.
	pub seconds: f64,
	/// Shares of what a block holds, mean and greatest: weight of all, weight of ordinary transactions, length.
	pub fullness: [(f64, f64); 3],
	/// Blocks from a batch's claim to its settlement, the median.
	pub latency: Option<u32>,
	/// How many the weight would let through each second.
	pub ceiling: f64,
}

impl Flood {
	/// Transfers or batches per second.
	pub fn rate(&self) -> f64 {
		f64::from(self.count) / self.seconds.max(0.001)
	}

	/// Task results per second.
	pub fn task_rate(&self) -> Option<f64> {
		self.tasks.map(|tasks| self.rate() * f64::from(tasks))
	}

	pub(crate) fn new(
		tasks: Option<u32>,
		count: u32,
		start: &Block,
		blocks: &[Block],
		limits: &Limits,
		ceiling: f64,
	) -> Self {
		let end = blocks.last().map_or(start.timestamp, |block| block.timestamp);
		let share = |value: fn(&Block) -> u64, limit: u64| {
			let shares = blocks.iter().map(|block| value(block) as f64 / limit.max(1) as f64);
			let mean = shares.clone().sum::<f64>() / blocks.len().max(1) as f64;
			(mean, shares.fold(0.0, f64::max))
		};
		Self {
			tasks,
			count,
			transactions: blocks.iter().map(|block| block.transactions.len()).sum(),
			blocks: blocks.len(),
			seconds: end.saturating_sub(start.timestamp) as f64 / 1_000.0,
			fullness: [
				share(|block| block.weight, limits.weight),
				share(|block| block.normal, limits.normal_weight),
				share(|block| block.length, limits.normal_length),
			],
			latency: None,
			ceiling,
		}
	}

	/// Adds how long batches took.
	pub(crate) fn with_latency(mut self, campaign: &Campaign) -> Self {
		let mut times: Vec<u32> =
			campaign.batches.iter().map(|batch| batch.settled_at.saturating_sub(batch.claimed_at)).collect();
		times.sort_unstable();
		self.latency = times.get(times.len() / 2).copied();
		self
	}
}

/// The mean of the transactions of one kind.
pub(crate) fn mean_cost(blocks: &[Block], kind: Kind, job: Option<JobId>) -> Option<Cost> {
	let all = blocks.iter().flat_map(|block| &block.transactions);
	let mine: Vec<_> = all.filter(|found| found.kind == kind && found.job == job).collect();
	let count = mine.len() as f64;
	let mean = |value: u64| value as f64 / count;
	(!mine.is_empty()).then(|| Cost {
		weight: mean(mine.iter().map(|found| found.weight).sum()),
		length: mean(mine.iter().map(|found| found.length).sum()),
	})
}

/// What batches cost that went their way together in otherwise empty blocks.
pub(crate) fn batch_costs(
	campaigns: &[Campaign],
	blocks: &[Block],
	footprints: &Footprints,
) -> Vec<BatchCost> {
	let window = window_weight(blocks);
	let kinds = [Kind::Claim, Kind::Receipt, Kind::Report, Kind::Reveal, Kind::Accept];
	let cost = |campaign: &Campaign| {
		let job = Some(campaign.job);
		let calls =
			kinds.into_iter().filter_map(|kind| Some((kind, mean_cost(blocks, kind, job)?))).collect();
		let is_report = |found: &&crate::chain::Transaction| found.kind == Kind::Report && found.job == job;
		let reports = blocks.iter().flat_map(|block| &block.transactions).filter(is_report).count();
		BatchCost {
			tasks: campaign.spec.batch_size,
			calls,
			reports: reports as f64 / campaign.batches.len().max(1) as f64,
			window,
			footprints: stages(footprints, campaign.spec.batch_size),
		}
	};
	campaigns.iter().map(cost).collect()
}

/// What a block's hooks take for a batch whose window ends, above what they take in the quietest block.
fn window_weight(blocks: &[Block]) -> f64 {
	let idle = blocks.iter().map(|block| block.mandatory).min().unwrap_or(0);
	let (mut settled, mut weight) = (0, 0);
	for block in blocks {
		let all = block.events.iter().filter(|event| matches!(event, Event::BatchSettled { .. })).count();
		let accepted = block.transactions.iter().filter(|found| found.kind == Kind::Accept).count();
		let by_window = all.saturating_sub(accepted);
		if by_window > 0 {
			settled += by_window;
			weight += block.mandatory.saturating_sub(idle);
		}
	}
	weight as f64 / settled.max(1) as f64
}

fn stages(footprints: &Footprints, tasks: u32) -> Vec<(&'static str, Footprint)> {
	let names = [
		(Stage::Claimed, "claimed"),
		(Stage::Committed, "receipt in"),
		(Stage::Reported, "audited"),
		(Stage::Revealed, "revealed"),
	];
	let found = |(stage, name)| Some((name, *footprints.0.get(&(tasks, stage))?));
	names.into_iter().filter_map(found).collect()
}
