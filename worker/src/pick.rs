//! Which job to work on, and how much of it to claim.

use assay_primitives::{
	money,
	view::{JobStatus, JobView, Parameters},
	Balance, BlockNumber, JobId, JobSpec,
};
use std::{cmp::Ordering, collections::BTreeSet, time::Duration};

/// Tasks per core that are wanted in hand at least, so that no core waits while the next claim is under way.
const TASKS_PER_CORE: u64 = 2;
/// Blocks for which work is wanted in hand: a claim takes one or two.
const BLOCKS_IN_HAND: u32 = 3;
/// Tasks wanted in hand at most, however short they are.
const MAX_WANTED: u64 = 100_000;

/// What a worker wants.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wishes {
	/// The least pay per task, in the smallest unit of money. What a claim costs is taken off before, here as below.
	pub min_bounty: Balance,
	/// The least pay for a billion units of fuel, in the smallest unit of money. Looked at once a job's tasks are measured.
	pub min_price: Balance,
	/// The only jobs to work on. All if empty.
	pub jobs: BTreeSet<JobId>,
}

/// The fuel that [`Wishes::min_price`] is for.
pub const PRICED_FUEL: u64 = 1_000_000_000;

/// The jobs worth looking at, best paid first: by what is earned per unit of fuel a task burns, older ones first among
/// equals. `measured` tells what a task of a job burned here on average; of a job nobody here has tried, all that a task may
/// burn is taken for it.
pub fn candidates<'a>(
	jobs: &'a [JobView],
	wishes: &Wishes,
	parameters: &Parameters,
	best: BlockNumber,
	measured: impl Fn(JobId) -> Option<u64>,
) -> Vec<&'a JobView> {
	let pays_enough = |job: &JobView, earned| {
		measured(job.id)
			.is_none_or(|fuel| wide_product(earned, PRICED_FUEL) >= wide_product(wishes.min_price, fuel))
	};
	let is_open = |job: &&JobView| {
		job.status == JobStatus::Open
			&& job.batches.available > 0
			&& best < job.expires_at
			&& (wishes.jobs.is_empty() || wishes.jobs.contains(&job.id))
	};
	let fuel = |job: &JobView| measured(job.id).unwrap_or(job.spec.limits.fuel);
	let mut candidates: Vec<_> = jobs
		.iter()
		.filter(is_open)
		.filter_map(|job| Some((earned_per_task(&job.spec, parameters)?, job)))
		.filter(|(earned, job)| *earned >= wishes.min_bounty && pays_enough(job, *earned))
		.collect();
	candidates.sort_by(|(earned_a, a), (earned_b, b)| {
		compare_pay((*earned_b, fuel(b)), (*earned_a, fuel(a))).then(a.id.cmp(&b.id))
	});
	candidates.into_iter().map(|(_, job)| job).collect()
}

/// What a task of a whole batch brings when the claim is paid. `None` if the batch costs more than it pays.
fn earned_per_task(spec: &JobSpec, parameters: &Parameters) -> Option<Balance> {
	let tasks = spec.batch_size.min(spec.tasks);
	let earned = money::batch_bounty(spec.bounty, tasks)?.checked_sub(parameters.claim_fee(&spec.audit))?;
	earned.checked_div(tasks.into())
}

/// Which of two jobs pays more for its fuel, exactly: `bounty / fuel`, multiplied out.
fn compare_pay((bounty_a, fuel_a): (Balance, u64), (bounty_b, fuel_b): (Balance, u64)) -> Ordering {
	wide_product(bounty_a, fuel_b).cmp(&wide_product(bounty_b, fuel_a))
}

/// A 192-bit product: what is above the lowest 64 bits, and these.
fn wide_product(amount: Balance, fuel: u64) -> (u128, u64) {
	let (high, low) = (amount >> 64, amount & u128::from(u64::MAX));
	let fuel = u128::from(fuel);
	// Both factors have 64 bits at most, and the sum has room for the carry: (2^64 - 1)^2 + 2^64 - 1 < 2^128.
	let low = low * fuel;
	let top = high * fuel + (low >> 64);
	// The mask leaves 64 bits.
	(top, u64::try_from(low & u128::from(u64::MAX)).unwrap_or(u64::MAX))
}

/// What there is to work with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Means {
	/// Stake that no claim locks.
	pub free_stake: Balance,
	/// Money to pay for claims.
	pub money: Balance,
	/// Cores.
	pub cores: u32,
	/// Tasks claimed and not done.
	pub backlog: u64,
	/// Batches claimed and not handed in.
	pub running: u32,
	/// The most there may be of these.
	pub max_running: u32,
	/// How long a task of this job takes on one core, once that is known.
	pub task_time: Option<Duration>,
	/// How much fuel a task of this job burns, once that is known.
	pub task_fuel: Option<u64>,
	/// Batches of this job claimed and not handed in.
	pub in_hand: u32,
	/// Batches of this job whose receipt was accepted, since one was late.
	pub accepted: u32,
	/// Time between blocks.
	pub block_time: Duration,
}

/// How many batches of a job to claim now.
pub fn batches_to_claim(job: &JobView, means: &Means, parameters: &Parameters) -> u32 {
	let batch_len = job.spec.batch_size.min(job.spec.tasks).max(1);
	job.batches
		.available
		.min(parameters.claim_limit)
		.min(means.max_running.saturating_sub(means.running))
		.min(batches_for_cores(batch_len, means))
		.min(batches_for_stake(&job.spec, means.free_stake, parameters))
		.min(batches_for_money(&job.spec, means.money, parameters))
		.min(batches_in_time(&job.spec, batch_len, means))
		.min(batches_on_trust(&job.spec, batch_len, means, parameters))
}

/// Tasks wanted in hand.
fn wanted_tasks(means: &Means) -> u64 {
	let cores = u64::from(means.cores.max(1));
	let in_hand = means.block_time.saturating_mul(BLOCKS_IN_HAND).as_micros();
	let per_core = means.task_time.and_then(|time| u64::try_from(in_hand / time.as_micros().max(1)).ok());
	cores.saturating_mul(per_core.unwrap_or(0).max(TASKS_PER_CORE)).min(MAX_WANTED)
}

/// Whether there is enough to do for the time a claim takes. `busy`: how long all cores together have work for.
pub fn is_busy(means: &Means, busy: Duration) -> bool {
	means.running >= means.max_running
		|| means.backlog >= MAX_WANTED
		|| (means.backlog >= u64::from(means.cores.max(1)).saturating_mul(TASKS_PER_CORE)
			&& busy >= means.block_time.saturating_mul(BLOCKS_IN_HAND))
}

fn batches_for_cores(batch_len: u32, means: &Means) -> u32 {
	let wanted = wanted_tasks(means).saturating_sub(means.backlog);
	u32::try_from(wanted.div_ceil(batch_len.into())).unwrap_or(u32::MAX)
}

/// What a whole batch of a job locks. `None` if there cannot be that much money.
pub fn bond(spec: &JobSpec, parameters: &Parameters) -> Option<Balance> {
	let bounty = money::batch_bounty(spec.bounty, spec.batch_size.min(spec.tasks))?;
	money::claim_bond(bounty, &spec.audit, parameters.minimum_bond(spec.limits.fuel))
}

fn batches_for_stake(spec: &JobSpec, free: Balance, parameters: &Parameters) -> u32 {
	let batches = bond(spec, parameters).and_then(|bond| free.checked_div(bond));
	batches.map_or(0, |batches| u32::try_from(batches).unwrap_or(u32::MAX))
}

fn batches_for_money(spec: &JobSpec, money: Balance, parameters: &Parameters) -> u32 {
	let batches = money.checked_div(parameters.claim_fee(&spec.audit));
	// A claim that costs nothing takes no money.
	batches.map_or(u32::MAX, |batches| u32::try_from(batches).unwrap_or(u32::MAX))
}

/// A claim is a promise: what is claimed must be done in half of its execution window. Of a job nobody here has tried,
/// one batch will tell.
fn batches_in_time(spec: &JobSpec, batch_len: u32, means: &Means) -> u32 {
	let Some(task_time) = means.task_time else { return u32::from(means.backlog == 0) };
	let window = means.block_time.as_millis().saturating_mul(spec.execution_window.into()) / 2;
	let cores = u128::from(means.cores.max(1));
	// Times in core-milliseconds; a task that takes no time takes one of them.
	let task = task_time.as_millis().max(1);
	let free = window.saturating_mul(cores).saturating_sub(task.saturating_mul(means.backlog.into()));
	let batch = task.saturating_mul(u128::from(batch_len.div_ceil(means.cores.max(1))) * cores);
	u32::try_from(free / batch).unwrap_or(u32::MAX)
}

/// What tasks took so far says nothing about those to come, for a program knows the number of its task: it can be quick for
/// one batch, and burn all its fuel in every other one to make a worker late that took its whole stake's worth of them.
///
/// So each batch whose receipt was accepted, which its requester has to pay for, lets two more be in hand besides the first:
/// an honest job grows threefold each time, and a bait pays for quick batches before it burns bonds. What can be done in time
/// even if every task burns all its fuel needs no trust, and keeps all cores busy from the beginning.
fn batches_on_trust(spec: &JobSpec, batch_len: u32, means: &Means, parameters: &Parameters) -> u32 {
	let trusted = allowance(means.accepted).saturating_sub(means.in_hand);
	let worst = Means { task_time: longest_task(spec, means, parameters), ..*means };
	let sure = if worst.task_time.is_some() { batches_in_time(spec, batch_len, &worst) } else { 0 };
	trusted.max(sure)
}

/// Batches of a job to have in hand, given how many were accepted.
fn allowance(accepted: u32) -> u32 {
	accepted.saturating_mul(2).saturating_add(1)
}

/// How long a task takes that burns all its fuel: at the pace at which the chain expects it of a slow machine, or at the pace
/// at which this one was seen to burn this job's, if that is slower. `None` if nobody here has tried one.
fn longest_task(spec: &JobSpec, means: &Means, parameters: &Parameters) -> Option<Duration> {
	let (time, fuel) = (means.task_time?, means.task_fuel?);
	let all = u128::from(spec.limits.fuel);
	let at_pace = |time: Duration, fuel: u64| {
		let nanos = time.as_nanos().saturating_mul(all).div_ceil(u128::from(fuel.max(1)));
		Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
	};
	Some(time.max(at_pace(time, fuel)).max(at_pace(means.block_time, parameters.audit_fuel_per_block)))
}

/// Why a whole job is not for this worker, by its numbers alone.
pub fn unsuitable(spec: &JobSpec, max_blob: u64) -> Option<String> {
	// Status and fuel take at most 14 bytes, a manifest's entry 36.
	let per_task = u64::from(spec.limits.output_bytes) + 14 + 36;
	let sealed = per_task.saturating_mul(spec.batch_size.min(spec.tasks).into());
	(sealed > max_blob).then(|| {
		format!(
			"the results of one batch can take {} MiB, and the node is not expected to take more than {} MiB \
			 (--max-blob-size)",
			sealed >> 20,
			max_blob >> 20
		)
	})
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::testing;
	use assay_primitives::{view::BatchCounts, TaskLimits};

	fn job(id: JobId, bounty: Balance, fuel: u64) -> JobView {
		let limits = TaskLimits { fuel, ..testing::spec().limits };
		testing::job(id, JobSpec { bounty, limits, ..testing::spec() })
	}

	fn parameters() -> Parameters {
		Parameters {
			job_deposit: 1,
			minimum_claim_bond: 100,
			minimum_stake: 1_000,
			claim_limit: 16,
			minimum_execution_window: 10,
			minimum_challenge_window: 10,
			maximum_window: 1_000,
			maximum_lifetime: 100_000,
			reveal_window: 20,
			audit_window: 100,
			tranche_period: 8,
			audit_fuel_per_block: 1_000_000,
			dispute_window: 100,
			minimum_challenge_bond: 1,
			demand_fee: 1,
			statement_fee: 0,
			maximum_demand_bytes: 1_000,
			auditor_stake: 1_000,
			fuel_price: 0,
			validators: 3,
			unbonding_period: 1_000,
			auditor_unbonding_period: 1_000,
		}
	}

	/// Everything in abundance.
	fn means() -> Means {
		Means {
			free_stake: Balance::MAX,
			money: Balance::MAX,
			cores: 1_000,
			backlog: 0,
			running: 0,
			max_running: u32::MAX,
			task_time: Some(Duration::from_millis(10)),
			task_fuel: Some(1),
			in_hand: 0,
			accepted: u32::MAX,
			block_time: Duration::from_secs(3),
		}
	}

	fn ids(jobs: &[JobView], wishes: &Wishes) -> Vec<JobId> {
		candidates(jobs, wishes, &parameters(), 10, |_| None).iter().map(|job| job.id).collect()
	}

	#[test]
	fn what_a_claim_costs_is_taken_off_the_pay() {
		// Ten tasks in a batch.
		let jobs = [job(1, 100, 10), job(2, 61, 5), job(3, 60, 5), job(4, 59, 1)];
		let audit = jobs[0].spec.audit;
		let statement_fee = 600 / Balance::from(1 + audit.auditors);
		let parameters = Parameters { statement_fee, ..parameters() };
		assert_eq!(parameters.claim_fee(&audit), 600, "sixty for a task");
		let ids = |wishes: &Wishes, measured: Option<u64>| {
			let candidates = candidates(&jobs, wishes, &parameters, 10, |_| measured);
			candidates.iter().map(|job| job.id).collect::<Vec<_>>()
		};
		// The last one costs more than it pays, however little it burns.
		assert_eq!(ids(&Wishes::default(), None), [1, 2, 3]);
		assert_eq!(ids(&Wishes { min_bounty: 1, ..Wishes::default() }, None), [1, 2]);
		assert!(ids(&Wishes { min_bounty: 41, ..Wishes::default() }, None).is_empty());
		let priced = Wishes { min_price: 4 * Balance::from(PRICED_FUEL), ..Wishes::default() };
		assert_eq!(ids(&priced, Some(10)), [1], "forty for ten");
		assert!(ids(&priced, Some(11)).is_empty());
	}

	#[test]
	fn what_tasks_really_burn_counts_once_it_is_known() {
		let jobs = [job(1, 10, 100), job(2, 10, 1_000), job(3, 10, 50)];
		let measured = |id| (id == 2).then_some(10);
		let order = |wishes: &Wishes| {
			candidates(&jobs, wishes, &parameters(), 10, measured)
				.iter()
				.map(|job| job.id)
				.collect::<Vec<_>>()
		};
		assert_eq!(order(&Wishes::default()), [2, 3, 1]);
		// Job 2 pays 1 for a unit. The others are not measured, and worth a try.
		let priced = |min_price| Wishes { min_price, ..Wishes::default() };
		assert_eq!(order(&priced(PRICED_FUEL.into())), [2, 3, 1]);
		assert_eq!(order(&priced(Balance::from(PRICED_FUEL) + 1)), [3, 1]);
		assert_eq!(order(&priced(Balance::MAX)), [3, 1]);
	}

	#[test]
	fn the_best_paid_job_comes_first() {
		let jobs =
			[job(1, 10, 100), job(2, 10, 50), job(3, 30, 100), job(4, 20, 100), job(5, 3, 10), job(6, 0, 1)];
		assert_eq!(ids(&jobs, &Wishes::default()), [3, 5, 2, 4, 1, 6]);
	}

	#[test]
	fn pay_is_compared_exactly_however_large() {
		let fuel = TaskLimits::MAX_FUEL;
		// One task in a batch: there is no more money than a batch of more would pay.
		let alone = |id, bounty, fuel| {
			let job = job(id, bounty, fuel);
			JobView { spec: JobSpec { batch_size: 1, ..job.spec }, ..job }
		};
		let jobs = [alone(1, u128::MAX - 1, fuel), alone(2, u128::MAX, fuel), alone(3, u128::MAX, fuel - 1)];
		assert_eq!(ids(&jobs, &Wishes::default()), [3, 2, 1]);
		assert_eq!(wide_product(u128::MAX, u64::MAX), (u128::MAX - (1 << 64), 1));
		assert_eq!(wide_product(1 << 64, 3), (3, 0));
		assert_eq!(wide_product(u64::MAX.into(), 2), (1, u64::MAX - 1));
	}

	#[test]
	fn what_cannot_be_claimed_or_is_not_wanted_is_left_out() {
		let closed = JobView { status: JobStatus::Closed, ..job(1, 10, 1) };
		let ending = JobView { status: JobStatus::Ending, ..job(2, 10, 1) };
		let taken = JobView { batches: BatchCounts::default(), ..job(3, 10, 1) };
		let expired = JobView { expires_at: 10, ..job(4, 10, 1) };
		let jobs = [closed, ending, taken, expired, job(5, 9, 1), job(6, 10, 1), job(7, 11, 1)];
		let wishes = Wishes { min_bounty: 10, ..Wishes::default() };
		assert_eq!(ids(&jobs, &wishes), [7, 6]);
		let wishes = Wishes { jobs: [1, 5, 6].into(), ..Wishes::default() };
		assert_eq!(ids(&jobs, &wishes), [6, 5]);
	}

	#[test]
	fn no_more_is_claimed_than_there_is_and_the_chain_allows() {
		let parameters = parameters();
		assert_eq!(batches_to_claim(&job(1, 1_000, 1), &means(), &parameters), 10);
		let limited = Parameters { claim_limit: 4, ..parameters.clone() };
		assert_eq!(batches_to_claim(&job(1, 1_000, 1), &means(), &limited), 4);
		let means = Means { max_running: 5, running: 3, ..means() };
		assert_eq!(batches_to_claim(&job(1, 1_000, 1), &means, &parameters), 2);
		let means = Means { running: 6, ..means };
		assert_eq!(batches_to_claim(&job(1, 1_000, 1), &means, &parameters), 0);
	}

	#[test]
	fn no_more_is_claimed_than_the_stake_covers() {
		// Ten tasks at 1,000: a bond of 10,000.
		let claim = |free_stake, bounty| {
			batches_to_claim(&job(1, bounty, 1), &Means { free_stake, ..means() }, &parameters())
		};
		assert_eq!(claim(9_999, 1_000), 0);
		assert_eq!(claim(10_000, 1_000), 1);
		assert_eq!(claim(39_999, 1_000), 3);
		// The smallest bond is 100.
		assert_eq!(claim(250, 1), 2);
		// A bond that no money can cover.
		assert_eq!(claim(Balance::MAX, Balance::MAX), 0);
	}

	#[test]
	fn no_more_is_claimed_than_there_is_money_to_pay_for() {
		let statement_fee = 100;
		let parameters = Parameters { statement_fee, ..parameters() };
		let job = job(1, 1_000, 1);
		let fee = parameters.claim_fee(&job.spec.audit);
		assert!(fee > statement_fee);
		let claim = |money| batches_to_claim(&job, &Means { money, ..means() }, &parameters);
		assert_eq!([claim(fee - 1), claim(fee), claim(4 * fee - 1)], [0, 1, 3]);
		let free = Parameters { statement_fee: 0, ..parameters.clone() };
		assert_eq!(batches_to_claim(&job, &Means { money: 0, ..means() }, &free), 10);
	}

	#[test]
	fn no_more_is_claimed_than_keeps_the_cores_busy() {
		let task_time = Some(Duration::from_secs(5));
		let claim = |cores, backlog| {
			let means = Means { cores, backlog, task_time, ..means() };
			batches_to_claim(&job(1, 1_000, 1), &means, &parameters())
		};
		assert_eq!(claim(1, 0), 1);
		assert_eq!(claim(8, 0), 2);
		assert_eq!(claim(8, 7), 1);
		assert_eq!(claim(8, 16), 0);
		assert_eq!(claim(0, 0), 1);
	}

	#[test]
	fn short_tasks_are_claimed_for_some_blocks() {
		// Nine seconds' worth: 900 tasks per core.
		let means = Means { cores: 1, ..means() };
		assert_eq!(wanted_tasks(&means), 900);
		assert_eq!(batches_for_cores(10, &means), 90);
		assert_eq!(batches_for_cores(10, &Means { backlog: 895, ..means }), 1);
		assert_eq!(batches_for_cores(10, &Means { backlog: 900, ..means }), 0);
		let instant = Means { task_time: Some(Duration::ZERO), ..means };
		assert_eq!(wanted_tasks(&instant), MAX_WANTED);
	}

	#[test]
	fn a_worker_is_busy_when_a_claim_would_come_in_time() {
		let means = Means { cores: 2, backlog: 4, max_running: 3, running: 1, ..means() };
		assert!(is_busy(&means, Duration::from_secs(9)));
		assert!(!is_busy(&means, Duration::from_secs(8)));
		assert!(!is_busy(&Means { backlog: 3, ..means }, Duration::from_secs(1_000)));
		assert!(is_busy(&Means { running: 3, ..means }, Duration::ZERO));
		assert!(is_busy(&Means { backlog: MAX_WANTED, ..means }, Duration::ZERO));
	}

	#[test]
	fn an_unknown_job_is_tried_with_one_batch_when_there_is_nothing_else_to_do() {
		let unknown = Means { task_time: None, ..means() };
		assert_eq!(batches_to_claim(&job(1, 1_000, 1), &unknown, &parameters()), 1);
		let busy = Means { backlog: 1, ..unknown };
		assert_eq!(batches_to_claim(&job(1, 1_000, 1), &busy, &parameters()), 0);
	}

	#[test]
	fn no_more_is_claimed_than_can_be_done_in_time() {
		// A window of 100 blocks of 3 s: 150 s to work in.
		let claim = |cores, backlog, seconds| {
			let task_time = Some(Duration::from_secs(seconds));
			batches_in_time(&testing::spec(), 10, &Means { cores, backlog, task_time, ..means() })
		};
		assert_eq!(claim(1, 0, 15), 1);
		assert_eq!(claim(1, 0, 16), 0);
		assert_eq!(claim(10, 0, 15), 10);
		assert_eq!(claim(10, 50, 15), 5);
		assert_eq!(claim(10, 10_000, 15), 0);
		assert_eq!(claim(1, 0, 0), 15_000);
		// More cores than tasks do not make a batch faster than its tasks.
		assert_eq!(claim(20, 0, 150), 1);
		assert_eq!(claim(20, 0, 151), 0);
	}

	/// A job whose ten tasks per batch may burn 15 s each on one core: a batch fills half of its window of 100 blocks.
	fn slow_at_worst() -> JobView {
		let fuel = 15_000_000_000;
		job(1, 1_000, fuel)
	}

	/// One core, and a chain that expects a slow machine to burn a billion units in a second.
	fn on_a_slow_machine() -> (Means, Parameters) {
		let parameters = Parameters { audit_fuel_per_block: 3_000_000_000, ..parameters() };
		let means = Means { cores: 1, accepted: 0, task_fuel: Some(10_000_000), ..means() };
		(means, parameters)
	}

	#[test]
	fn a_job_is_trusted_with_more_for_each_batch_that_was_handed_in() {
		assert_eq!([0, 1, 4, u32::MAX].map(allowance), [1, 3, 9, u32::MAX]);
		let (means, parameters) = on_a_slow_machine();
		let claim = |accepted, in_hand| {
			// The first batch took 10 ms for each task, and there is work for others in hand.
			let means = Means { accepted, in_hand, backlog: 200, ..means };
			batches_to_claim(&slow_at_worst(), &means, &parameters)
		};
		assert_eq!([claim(0, 0), claim(1, 0), claim(4, 0)], [1, 3, 9]);
		assert_eq!([claim(0, 1), claim(1, 2), claim(4, 9), claim(4, 10)], [0, 1, 0, 0]);
		assert_eq!(claim(100, 0), 10, "all there are");
	}

	#[test]
	fn a_job_that_turns_slow_costs_few_bonds() {
		let (means, parameters) = on_a_slow_machine();
		// Five batches are quick. From then on nothing is ever handed in.
		let quick = 5;
		let (mut accepted, mut in_hand, mut claimed) = (0, 0, 0);
		for _ in 0..1_000 {
			let means = Means { accepted, in_hand, backlog: u64::from(in_hand) * 10, ..means };
			let job = JobView {
				batches: BatchCounts { available: 10_000, ..Default::default() },
				..slow_at_worst()
			};
			let count = batches_to_claim(&job, &means, &parameters);
			(claimed, in_hand) = (claimed + count, in_hand + count);
			let done = in_hand.min(quick - accepted);
			(accepted, in_hand) = (accepted + done, in_hand - done);
		}
		assert_eq!(accepted, quick);
		assert_eq!(in_hand, allowance(quick), "late");
		assert_eq!(claimed, quick + allowance(quick));
	}

	#[test]
	fn what_is_in_time_at_its_worst_needs_no_trust() {
		let (means, parameters) = on_a_slow_machine();
		let claim = |cores, fuel, backlog| {
			let means = Means { cores, backlog, in_hand: 1, ..means };
			batches_to_claim(&job(1, 1_000, fuel), &means, &parameters)
		};
		// In 150 s one core can burn 150 billion: 15 for each task of a batch.
		assert_eq!([claim(1, 15_000_000_000, 0), claim(1, 15_001_000_000, 0)], [1, 0]);
		assert_eq!([claim(1, 5_000_000_000, 0), claim(1, 5_000_000_000, 10)], [3, 2]);
		// Cores are kept busy from the beginning.
		assert_eq!(claim(10, 15_000_000_000, 0), 10);
		// This machine is twice as slow.
		let slower = Means { task_fuel: Some(5_000_000), in_hand: 1, ..means };
		assert_eq!(batches_to_claim(&job(1, 1_000, 7_500_000_000), &slower, &parameters), 1);
		assert_eq!(batches_to_claim(&job(1, 1_000, 7_501_000_000), &slower, &parameters), 0);
		// What burns nothing says nothing of the pace.
		let idle = Means { task_fuel: Some(0), in_hand: 1, ..means };
		assert_eq!(batches_to_claim(&job(1, 1_000, 1_000_000), &idle, &parameters), 0);
	}

	#[test]
	fn a_job_whose_results_would_not_fit_is_not_for_this_worker() {
		assert_eq!(unsuitable(&testing::spec(), 256 << 20), None);
		let limits = TaskLimits { output_bytes: 16 << 20, ..testing::spec().limits };
		let large = JobSpec { limits, batch_size: 100, ..testing::spec() };
		assert!(unsuitable(&large, 256 << 20).unwrap().contains("1600 MiB"));
		assert_eq!(unsuitable(&JobSpec { tasks: 3, ..large }, 256 << 20), None);
	}
}
