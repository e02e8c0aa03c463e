//! What a simulation is given.

use assay_primitives::{audit, money, AuditPolicy, Balance};

/// Blocks, counted from the one that seeds the audit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
	/// Blocks after which the next tranche of auditors is admitted. At least 1.
	pub tranche_period: u32,
	/// No audit that closes at once does so before this block.
	pub min_audit_window: u32,
	/// Audits that are not complete by this block are given up.
	pub audit_window: u32,
	/// Blocks from the one that admits an honest auditor, or from when it gave up on missing data, to its report on what
	/// it ran.
	pub run_delay: u32,
	/// Blocks from the one that admits an honest auditor until it gives up on missing data.
	pub starved_delay: u32,
	/// Whether honest reports come first where others are in the same block. Authors decide that, so: not.
	pub honest_first: bool,
}

impl Timing {
	/// Windows of three and four blocks, whatever a task takes, with auditors that report at once.
	pub const INSTANT: Self = Self {
		tranche_period: 4,
		min_audit_window: 3,
		audit_window: 600,
		run_delay: 0,
		starved_delay: 0,
		honest_first: false,
	};
	/// All of a tranche report together, before anything is decided: the least a cheat can hope for.
	pub const TOGETHER: Self = Self { honest_first: true, ..Self::INSTANT };
	/// The same windows, with auditors like the node's: they act on what is final, some two blocks old, run their samples
	/// within two more, and give up on missing data after eight in all.
	pub const SHORT: Self = Self { run_delay: 4, starved_delay: 8, ..Self::INSTANT };
	/// The windows of the chain, which are longer than what the node's auditors need for anything: a tranche is eight
	/// blocks and the time for samples at the job's limit of fuel, here four.
	pub const CHAIN: Self =
		Self { tranche_period: 13, min_audit_window: 13, audit_window: 600, ..Self::SHORT };

	/// The block in which `tranche` can report first: the seed itself is known one block after it was made.
	pub fn opens(&self, tranche: u32) -> u32 {
		tranche.saturating_mul(self.tranche_period).max(1)
	}

	/// The first block after the tranche that `block` lies in.
	pub fn ends(&self, block: u32) -> u32 {
		let tranche = block.checked_div(self.tranche_period).unwrap_or(0);
		tranche.saturating_add(1).saturating_mul(self.tranche_period)
	}
}

/// When an audit with enough reports closes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closing {
	/// At once, but not before the minimum window is over.
	AtOnce,
	/// At the end of the tranche that brought the last report: all that were admitted in it are heard. Until then no
	/// further tranche is admitted, unless a report makes it incomplete again.
	WithTranche,
}

/// The rules of the market. Each can be weakened alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
	/// Whether a batch needs two more reports for each starved auditor.
	pub replaces_starved: bool,
	/// When an audit closes.
	pub closing: Closing,
	/// Reports one attempt can have.
	pub max_reports: u32,
	/// Whether contradictions are decided by the votes of all validators. If not, a contradicted batch goes back and
	/// nobody loses anything.
	pub votes: bool,
	/// Whether a worker has to open what auditors sampled also when too few of them reported, or else is slashed.
	pub opens_at_expiry: bool,
	/// Whether auditors that get everything but the sealed results run their samples and report them all the same, as
	/// starved, so that the worker has to open them. Program and inputs come from the requester.
	pub runs_unsealed: bool,
	/// Whether also batches whose samples are not checked need reports that their data can be had.
	pub audits_availability: bool,
}

impl Rules {
	/// The rules of the chain.
	pub const PROTOCOL: Self = Self {
		replaces_starved: true,
		closing: Closing::WithTranche,
		max_reports: 32,
		votes: true,
		opens_at_expiry: true,
		runs_unsealed: true,
		audits_availability: false,
	};
	/// The rules that the protocol began with, without three that simulations showed to be needed. [`crate::theory`]
	/// has exact odds for them.
	pub const FIRST_DRAFT: Self =
		Self { closing: Closing::AtOnce, opens_at_expiry: false, runs_unsealed: false, ..Self::PROTOCOL };
	/// The rules of the chain, and no batch is paid whose data nobody could have.
	pub const STRICTER: Self = Self { audits_availability: true, ..Self::PROTOCOL };
}

/// A batch and the market it is in. Amounts are in units of money.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Setting {
	/// How closely batches are checked.
	pub policy: AuditPolicy,
	/// Tasks of the batch, at least 1.
	pub tasks: u32,
	/// Pay per task.
	pub bounty: Balance,
	/// What running one task costs, whoever does it.
	pub cost: Balance,
	/// The smallest bond for a batch.
	pub minimum_bond: Balance,
	/// The share of a bond that a missed execution window costs, in parts per million.
	pub claim_penalty: u32,
	/// What a convicted auditor loses.
	pub auditor_stake: Balance,
	/// How often the last of the blocks that decide whether a batch is audited draws until it does not ask for it: once,
	/// or twice if its author is a friend of the worker and leaves it out.
	pub last_draws: u32,
	/// Tasks that the requester runs again in the challenge window.
	pub watched: u32,
	/// The windows.
	pub timing: Timing,
	/// The rules.
	pub rules: Rules,
}

impl Setting {
	/// A batch of 64 tasks at a bounty of 1,000,000 a task, of which running it costs 60 %. Two auditors are wanted,
	/// with two samples each, for every batch. Nobody watches, and windows are long enough.
	pub const EXAMPLE: Self = Self {
		policy: AuditPolicy { auditors: 2, samples: 2, rate: AuditPolicy::EVERY_BATCH },
		tasks: 64,
		bounty: 1_000_000,
		cost: 600_000,
		minimum_bond: 1,
		claim_penalty: 50_000,
		auditor_stake: 640_000_000,
		last_draws: 1,
		watched: 0,
		timing: Timing::CHAIN,
		rules: Rules::PROTOCOL,
	};

	/// The same with the rules that the protocol began with.
	pub const FIRST_DRAFT: Self = Self { rules: Rules::FIRST_DRAFT, ..Self::EXAMPLE };

	/// What the batch pays its worker. 0 if that is beyond 128 bits.
	pub fn pay(&self) -> Balance {
		money::batch_bounty(self.bounty, self.tasks).unwrap_or(0)
	}

	/// What is set aside to audit the batch. 0 if that is beyond 128 bits.
	pub fn reserve(&self) -> Balance {
		money::audit_reserve(self.bounty, &self.policy).unwrap_or(0)
	}

	/// What the worker locks for the batch. 0 if there is no such sum.
	pub fn bond(&self) -> Balance {
		money::claim_bond(self.pay(), &self.policy, self.minimum_bond).unwrap_or(0)
	}

	/// Reports that must have checked before the audit is complete, of `validators` auditors.
	pub fn required(&self, validators: u32, unavailable: u32) -> u32 {
		let starved = if self.rules.replaces_starved { unavailable } else { 0 };
		audit::required_checks(&self.policy, validators, starved).max(1)
	}
}
