#![doc = include_str!("../README.md")]

mod campaign;
mod chain;
mod error;
pub mod limits;
pub mod machine;
pub mod measurement;
pub mod report;
mod sender;
mod session;
pub mod state;
mod transactions;
mod work;

pub use chain::Kind;
pub use error::Error;
pub use measurement::Measurement;

use assay_primitives::JobSpec;
use campaign::Settling;
use limits::Limits;
use machine::Machine;
use measurement::{batch_costs, mean_cost, Flood};
use session::Session;
use state::Footprints;

/// Batches of each size whose weight and state are measured: one for each way of settling them.
const ALONE: u32 = 2;
/// No flood is larger, however little it weighs: signing takes time, too.
const MOST_TRANSFERS: u32 = 30_000;
/// The same for batches, each of which takes some transactions.
const MOST_BATCHES: u32 = 4_000;
/// Tasks in all the batches of a flood, whose leaves have to be computed before.
const MOST_TASKS: u32 = 40_000_000;

/// What to measure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
	/// Tasks in a batch, 1 to [`JobSpec::MAX_BATCH_SIZE`]; each is measured.
	pub sizes: Vec<u32>,
	/// Blocks that transfers, and batches of each size, are meant to fill. With 0, only weight and state are measured.
	pub blocks: u32,
}

impl Default for Plan {
	fn default() -> Self {
		Self { sizes: vec![1, 1_000, JobSpec::MAX_BATCH_SIZE], blocks: 25 }
	}
}

impl Plan {
	fn check(&self) -> Result<(), Error> {
		let is_possible = |size: &u32| (1..=JobSpec::MAX_BATCH_SIZE).contains(size);
		if self.sizes.is_empty() || !self.sizes.iter().all(is_possible) {
			return Err(Error::BadPlan(format!("batches have 1 to {} tasks", JobSpec::MAX_BATCH_SIZE)));
		}
		Ok(())
	}
}

/// Measures the development chain of the node at `url`, whose only validator is Alice and does not audit. `tell` hears what
/// is going on.
///
/// # Errors
///
/// If the node cannot be reached, runs another runtime, or does anything else than settle every batch.
pub async fn measure(url: &str, plan: &Plan, tell: impl Fn(&str)) -> Result<Measurement, Error> {
	plan.check()?;
	let machine = Machine::this();
	let limits = Limits::of_runtime();
	tell("giving accounts money and stakes");
	let mut session = Session::start(url).await?;
	let blocks = session.set_up().await?;
	let transfer = mean_cost(&blocks, Kind::Transfer, None).unwrap_or_default();

	tell("measuring the weight and the state of single batches");
	let mut campaigns = Vec::new();
	for size in &plan.sizes {
		campaigns.push(session.post(*size, ALONE, Settling::AcceptSome).await?);
	}
	let mut footprints = Footprints::default();
	let (_, blocks) = session.settle(&mut campaigns, 1, Some(&mut footprints)).await?;
	let costs = batch_costs(&campaigns, &blocks, &footprints);

	let mut floods = Vec::new();
	if plan.blocks > 0 {
		let per_block = limits.normal_weight as f64 / transfer.weight.max(1.0);
		let count = whole(per_block * f64::from(plan.blocks)).clamp(1, MOST_TRANSFERS);
		tell(&format!("making {count} transfers"));
		let (start, blocks) = session.transfer(count).await?;
		let ceiling = per_second(per_block, &limits);
		floods.push(Flood::new(None, count, &start, &blocks, &limits, ceiling));
		for (size, cost) in plan.sizes.iter().zip(&costs) {
			let per_block = cost.per_block(&limits);
			let most = MOST_BATCHES.min(MOST_TASKS / *size).max(1);
			let count = whole(per_block * f64::from(plan.blocks)).clamp(1, most);
			tell(&format!("computing the leaves of {count} batches of {size} tasks"));
			let mut campaigns = [session.post(*size, count, Settling::Window).await?];
			tell(&format!("settling {count} batches of {size} tasks"));
			let (start, blocks) = session.settle(&mut campaigns, limits.claims, None).await?;
			let ceiling = per_second(per_block, &limits);
			let flood = Flood::new(Some(*size), count, &start, &blocks, &limits, ceiling);
			floods.extend(campaigns.iter().map(|campaign| flood.clone().with_latency(campaign)));
		}
	}
	Ok(Measurement {
		machine,
		node: session.node_version().await?,
		limits,
		auditors: session.auditors(),
		policy: (session::POLICY.auditors, session::POLICY.samples),
		transfer,
		costs,
		floods,
	})
}

fn per_second(per_block: f64, limits: &Limits) -> f64 {
	per_block * 1_000.0 / limits.block_time as f64
}

/// Rounded down; no number of transactions here is beyond 32 bits.
fn whole(number: f64) -> u32 {
	// A cast of a float saturates.
	number as u32
}
