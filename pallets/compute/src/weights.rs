//! What the pallet's work weighs.
//!
//! Estimated from the storage each call touches at worst and from the cost of the cryptography inside a wasm runtime,
//! rounded up. Every read and write below is counted; none is assumed to be cached.

use core::marker::PhantomData;
use frame_support::{
	traits::Get,
	weights::{
		constants::{RocksDbWeight, WEIGHT_REF_TIME_PER_MICROS},
		RuntimeDbWeight, Weight,
	},
};

/// What the pallet's work weighs.
pub trait WeightInfo {
	/// [`crate::Pallet::post_job`].
	fn post_job() -> Weight;
	/// [`crate::Pallet::cancel_job`].
	fn cancel_job() -> Weight;
	/// [`crate::Pallet::bond_worker`].
	fn bond_worker() -> Weight;
	/// [`crate::Pallet::unbond_worker`].
	fn unbond_worker() -> Weight;
	/// [`crate::Pallet::withdraw_unbonded`].
	fn withdraw_unbonded() -> Weight;
	/// [`crate::Pallet::claim`] of `count` batches.
	fn claim(count: u32) -> Weight;
	/// [`crate::Pallet::submit_receipt`].
	fn submit_receipt() -> Weight;
	/// Checking a receipt before it enters the pool or a block.
	fn authorize_submit_receipt() -> Weight;
	/// [`crate::Pallet::submit_audit`].
	fn submit_audit() -> Weight;
	/// Checking a report before it enters the pool or a block.
	fn authorize_submit_audit() -> Weight;
	/// [`crate::Pallet::reveal`] with `openings` opened tasks that `reports` auditors checked.
	fn reveal(openings: u32, reports: u32) -> Weight;
	/// [`crate::Pallet::settle`].
	fn settle() -> Weight;
	/// [`crate::Pallet::expire`].
	fn expire() -> Weight;
	/// [`crate::Pallet::expire_job`].
	fn expire_job() -> Weight;
	/// [`crate::Pallet::challenge`] and [`crate::Pallet::demand`].
	fn challenge() -> Weight;
	/// [`crate::Pallet::submit_vote`]; `validators`: 0 if it decides nothing, as many as there can be if it does.
	fn submit_vote(validators: u32) -> Weight;
	/// Checking a vote before it enters the pool or a block.
	fn authorize_submit_vote() -> Weight;
	/// [`crate::Pallet::answer_demand`] with `bytes` bytes of a sealed result.
	fn show_sealed(bytes: u32) -> Weight;
	/// [`crate::Pallet::report_double_receipt`] on a batch that up to `validators` voted on.
	fn report_double_receipt(validators: u32) -> Weight;
	/// Noting the seed of the parent block.
	fn on_initialize() -> Weight;
	/// Starting to work off deadlines.
	fn sweep_base() -> Weight;
	/// Looking for the deadlines of one block.
	fn sweep_block() -> Weight;
	/// Working off one deadline, or one step of one; `validators`: how many votes a dispute can have that ends by it.
	fn sweep_entry(validators: u32) -> Weight;
}

/// Weights for a runtime whose database costs `T::DbWeight`.
pub struct SubstrateWeight<T>(PhantomData<T>);

/// The proof of one value: its path in a trie of some depth, and a record of at most a kilobyte.
const PROOF_PER_READ: u64 = 3_000;

/// `reads` and `writes` of storage, and `micros` microseconds of computation.
fn work(database: RuntimeDbWeight, reads: u64, writes: u64, micros: u64) -> Weight {
	Weight::from_parts(
		micros.saturating_mul(WEIGHT_REF_TIME_PER_MICROS),
		reads.saturating_mul(PROOF_PER_READ),
	)
	.saturating_add(database.reads_writes(reads, writes))
}

/// Moving money between two accounts: both accounts and both lists of holds.
const MONEY: u64 = 4;
/// The most reports a batch can have.
const REPORTS: u64 = crate::MAX_REPORTS as u64;
/// Moving on a batch at worst, besides the pay of auditors: job, batch, worker, seed, the stack of returned batches and two places in the index;
/// a transfer, a burn (with the total issuance) and a refund; closing the job; and the reports that are cleared.
const BATCH_READS: u64 = 8 + 3 * MONEY + 1 + REPORTS;
const BATCH_WRITES: u64 = 9 + 3 * MONEY + 1 + REPORTS;

macro_rules! impl_weights {
	(impl [$($generics:tt)*] for $type:ty, $database:expr) => {
		impl<$($generics)*> WeightInfo for $type {
			// The number of the next job, the job, its deadline; the account and its holds, twice.
			fn post_job() -> Weight {
				work($database, 1 + MONEY, 3 + MONEY, 60)
			}
			// The job and its deadlines; the refund, and the deposit if the job closes.
			fn cancel_job() -> Weight {
				work($database, 1 + 2 * MONEY, 3 + 2 * MONEY, 80)
			}
			fn bond_worker() -> Weight {
				work($database, 1 + MONEY, 1 + MONEY, 40)
			}
			fn unbond_worker() -> Weight {
				work($database, 1, 1, 20)
			}
			fn withdraw_unbonded() -> Weight {
				work($database, 1 + MONEY, 1 + MONEY, 40)
			}
			// Job and worker; for each batch its record, its place on the stack and its deadline.
			fn claim(count: u32) -> Weight {
				let count = u64::from(count);
				work($database, 2, 2, 30)
					.saturating_add(work($database, 2, 3, 15).saturating_mul(count))
			}
			// Genesis hash, job, batch, number of auditors, seed; job, batch, seed, two places in the index.
			fn submit_receipt() -> Weight {
				work($database, 5, 5, 60)
			}
			// Genesis hash, job, batch; a signature.
			fn authorize_submit_receipt() -> Weight {
				work($database, 3, 0, 400)
			}
			// Genesis hash, job, batch, auditor, report, seed (twice); job, batch, report, two places in the index. The
			// output of the VRF is computed anew.
			fn submit_audit() -> Weight {
				work($database, 8, 5, 400)
			}
			// Genesis hash, job, batch, auditor, report, seed; a proof of equal discrete logarithms.
			fn authorize_submit_audit() -> Weight {
				work($database, 6, 0, 2_000)
			}
			// What moving on a batch takes; for each report all its tags; for each opening its way to the root, and decoding
			// it.
			fn reveal(openings: u32, reports: u32) -> Weight {
				work($database, BATCH_READS, BATCH_WRITES, 300)
					.saturating_add(work($database, 1, 0, 70).saturating_mul(reports.into()))
					.saturating_add(work($database, 0, 0, 80).saturating_mul(openings.into()))
			}
			// As `expire`: the auditors are paid with the worker.
			fn settle() -> Weight {
				Self::expire()
			}
			fn expire() -> Weight {
				work($database, BATCH_READS, BATCH_WRITES, 200)
					.saturating_add(work($database, MONEY + 1, MONEY + 1, 70).saturating_mul(REPORTS))
			}
			// Job, batch, number of validators; a bond; the way to the root; two places in the index.
			fn challenge() -> Weight {
				work($database, 3 + MONEY, 4 + MONEY, 120)
			}
			// Genesis hash, job, batch, validator, vote, tally; vote and tally. If it decides: what moving on a batch takes,
			// a slash for every report, and the votes and tallies that are cleared.
			fn submit_vote(validators: u32) -> Weight {
				let base = work($database, 6, 2, 60);
				if validators == 0 {
					return base;
				}
				let votes = work($database, 2, 2, 4).saturating_mul(validators.into());
				let slashes = work($database, 1 + 2 * MONEY, 2 + 2 * MONEY, 150).saturating_mul(REPORTS);
				base.saturating_add(Self::expire()).saturating_add(slashes).saturating_add(votes)
			}
			// Genesis hash, job, batch, validator, vote; a signature.
			fn authorize_submit_vote() -> Weight {
				work($database, 5, 0, 400)
			}
			// Job and batch; a fee; two ways to roots; hashing and decrypting at 50 bytes a microsecond inside wasm.
			fn show_sealed(bytes: u32) -> Weight {
				work($database, 2 + MONEY, 4 + MONEY, 200).saturating_add(work($database, 0, 0, u64::from(bytes) / 50))
			}
			// Two signatures, and what a dispute that ends takes.
			fn report_double_receipt(validators: u32) -> Weight {
				let votes = work($database, 2, 2, 4).saturating_mul(validators.into());
				Self::expire().saturating_add(work($database, 1 + MONEY, MONEY, 800)).saturating_add(votes)
			}
			fn expire_job() -> Weight {
				work($database, 1 + 2 * MONEY, 3 + 2 * MONEY, 80)
			}
			// The seed, and the VRF output.
			fn on_initialize() -> Weight {
				work($database, 2, 1, 10)
			}
			// The block to start from.
			fn sweep_base() -> Weight {
				work($database, 2, 1, 5)
			}
			fn sweep_block() -> Weight {
				work($database, 1, 0, 5)
			}
			// The entry itself, and either a batch, with the votes on it, or some batches of a job that is removed, with
			// their reports.
			fn sweep_entry(validators: u32) -> Weight {
				let prune = u64::from(crate::deadlines::PRUNE_STEP) * (REPORTS + 3);
				let votes = work($database, 2, 2, 4).saturating_mul(validators.into());
				work($database, 2, 2, 50)
					.saturating_add(Self::expire().max(work($database, prune, prune, 250)))
					.saturating_add(votes)
			}
		}
	};
}

impl_weights!(impl [T: frame_system::Config] for SubstrateWeight<T>, T::DbWeight::get());
impl_weights!(impl [] for (), RocksDbWeight::get());
