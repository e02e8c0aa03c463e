//! What a runtime decides.

use frame_support::pallet_macros::pallet_section;

// Becomes part of the module `pallet`, whose imports it uses.
#[pallet_section]
mod config {
	/// What a runtime decides. Amounts are in the smallest unit of money, periods in blocks.
	#[pallet::config]
	pub trait Config:
		frame_system::Config<
		AccountId: From<[u8; 32]> + Into<[u8; 32]>,
		Hash = sp_core::H256,
		RuntimeEvent: From<Event<Self>>,
	>
	{
		/// The money.
		type Currency: Mutate<Self::AccountId, Balance = Balance>
			+ MutateHold<Self::AccountId, Reason = Self::RuntimeHoldReason>;

		/// The runtime's reasons for holds.
		type RuntimeHoldReason: From<HoldReason>;

		/// The VRF output of the *parent* block while a block is initialised, `None` if that block had none.
		///
		/// Audits of receipts in block `b` are seeded by the `SeedBlocks` blocks after it. Were one of them to have no
		/// VRF output, the audit would run out and the batch be taken back without blame, so this wants a consensus
		/// with a VRF in every block.
		type BlockVrf: Get<Option<[u8; 32]>>;

		/// Blocks whose VRF outputs make a seed together, from the one after the receipt's on. 1 to
		/// [`MAX_SEED_BLOCKS`]. Authors of all of them together can choose the seed, and the author of the last one can
		/// prevent one seed; each of them can prevent its own block from having a batch audited: `docs/numbers.md` says
		/// what that comes to. A runtime must not change it while batches wait for reports.
		#[pallet::constant]
		type SeedBlocks: Get<BlockNumber>;

		/// Held from a requester while its job exists. Greater than 0: it also keeps the account alive.
		#[pallet::constant]
		type JobDeposit: Get<Balance>;

		/// The smallest bond for a claimed batch. Greater than 0.
		#[pallet::constant]
		type MinClaimBond: Get<Balance>;

		/// The smallest stake of a worker.
		#[pallet::constant]
		type MinStake: Get<Balance>;

		/// Batches one call can claim.
		#[pallet::constant]
		type ClaimLimit: Get<u32>;

		/// What a receipt or a report would cost about as a transaction that pays. They are free for whoever carries them; a
		/// claim pays for those that it draws, or crowds of them would fill blocks for next to nothing.
		#[pallet::constant]
		type StatementFee: Get<Balance>;

		/// The share of a bond that a missed execution window costs.
		#[pallet::constant]
		type ClaimPenalty: Get<Perbill>;

		/// The smallest execution window a job can ask for.
		#[pallet::constant]
		type MinExecutionWindow: Get<BlockNumber>;

		/// The smallest challenge window a job can ask for.
		#[pallet::constant]
		type MinChallengeWindow: Get<BlockNumber>;

		/// The greatest window of either kind.
		#[pallet::constant]
		type MaxWindow: Get<BlockNumber>;

		/// The longest lifetime of a job.
		#[pallet::constant]
		type MaxLifetime: Get<BlockNumber>;

		/// Blocks after which the next tranche of auditors is admitted, besides the time that running the samples takes.
		/// Long enough for a receipt to become final, for an auditor to find out that a blob cannot be had, and for its
		/// report to reach a block. Greater than 0.
		#[pallet::constant]
		type TranchePeriod: Get<BlockNumber>;

		/// The fuel that the slowest machine fit to audit burns in a block. Greater than 0.
		#[pallet::constant]
		type AuditFuelPerBlock: Get<u64>;

		/// Blocks after the seeding block at which missing audits are given up, or more where tranches are long. Greater
		/// than `TranchePeriod`.
		#[pallet::constant]
		type AuditWindow: Get<BlockNumber>;

		/// Blocks a worker has to reveal once the audit is complete, and to show what is demanded of it.
		#[pallet::constant]
		type RevealWindow: Get<BlockNumber>;

		/// Blocks validators have to decide a dispute, besides the execution window of its job if a task is run. Greater than 0.
		#[pallet::constant]
		type DisputeWindow: Get<BlockNumber>;

		/// The price of 10⁹ units of fuel, until governance sets another one.
		#[pallet::constant]
		type DefaultFuelPrice: Get<Balance>;

		/// The smallest bond for a challenge. The bounty of a task for every validator comes on top.
		#[pallet::constant]
		type MinChallengeBond: Get<Balance>;

		/// What a demand costs. Half of it is burned when it is answered, half comes back.
		#[pallet::constant]
		type DemandFee: Get<Balance>;

		/// Sealed results up to this many bytes have to be put onto the chain on demand.
		#[pallet::constant]
		type MaxDemandBytes: Get<u32>;

		/// The stake that an auditor needs, and loses if it is convicted. Greater than 0.
		#[pallet::constant]
		type AuditorStake: Get<Balance>;

		/// Blocks between a worker's asking for free stake back and getting it. What a batch locks cannot be asked for.
		#[pallet::constant]
		type UnbondingPeriod: Get<BlockNumber>;

		/// The same for an auditor, all of whose stake goes on answering for its reports: longer than the windows of the
		/// slowest job together, the tranches of its audit included.
		#[pallet::constant]
		type AuditorUnbondingPeriod: Get<BlockNumber>;

		/// Validators there can be in a session. Greater than 0.
		#[pallet::constant]
		type MaxAuditors: Get<u32>;

		/// Blocks for which a closed job can still be looked up.
		#[pallet::constant]
		type Retention: Get<BlockNumber>;

		/// What calls weigh.
		type WeightInfo: WeightInfo;

		/// What benchmarks need of other pallets.
		#[cfg(feature = "runtime-benchmarks")]
		type BenchmarkHelper: BenchmarkHelper;
	}
}
