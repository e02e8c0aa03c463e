//! What the pallet keeps.

use frame_support::pallet_macros::pallet_section;

// Becomes part of the module `pallet`, whose imports it uses.
#[pallet_section]
mod storage {
	/// The number of the next job.
	#[pallet::storage]
	pub type NextJob<T> = StorageValue<_, JobId, ValueQuery>;

	/// The jobs, until some time after they closed.
	// Twox64: the chain assigns the numbers, nobody can choose them to unbalance the trie.
	#[pallet::storage]
	pub type Jobs<T> = StorageMap<_, Twox64Concat, JobId, JobOf<T>>;

	/// The batches that were claimed at least once.
	// Twox64: both numbers are assigned by the chain.
	#[pallet::storage]
	pub type Batches<T> = StorageDoubleMap<_, Twox64Concat, JobId, Twox64Concat, BatchIndex, BatchOf<T>>;

	/// Batches that came back, as a stack per job: position to batch.
	// Twox64: both numbers are assigned by the chain.
	#[pallet::storage]
	pub type Returned<T> = StorageDoubleMap<_, Twox64Concat, JobId, Twox64Concat, u32, BatchIndex>;

	/// The reports on the current attempt at a batch, at most [`MAX_REPORTS`] each.
	// Twox64 for the batch, whose numbers are assigned by the chain. Blake2 for the auditor: anybody can choose an account.
	#[pallet::storage]
	pub type Reports<T: Config> =
		StorageDoubleMap<_, Twox64Concat, (JobId, BatchIndex), Blake2_128Concat, T::AccountId, ReportRecord>;

	/// The votes in the dispute about a batch, at most one for each validator.
	// As with reports.
	#[pallet::storage]
	pub type Votes<T: Config> =
		StorageDoubleMap<_, Twox64Concat, (JobId, BatchIndex), Blake2_128Concat, T::AccountId, Ruling>;

	/// How many votes each ruling has in the dispute about a batch.
	// Blake2: a vote can name any leaf.
	#[pallet::storage]
	pub type Tallies<T> =
		StorageDoubleMap<_, Twox64Concat, (JobId, BatchIndex), Blake2_128Concat, Ruling, u32, ValueQuery>;

	/// Blocks that running all contested tasks takes one after the other, as far as their limits of fuel tell, and fetching
	/// all results that are asked for.
	#[pallet::storage]
	pub type ContestedBlocks<T> = StorageValue<_, BlockNumber, ValueQuery>;

	/// Programs that validators disagreed about, and the first job that showed it. Each has cost its job, so they are few.
	// Blake2: anybody can choose a program.
	#[pallet::storage]
	pub type BarredPrograms<T> = StorageMap<_, Blake2_128Concat, Hash, JobId>;

	/// What a task pays at least for each 10⁹ units of its limit of fuel.
	#[pallet::storage]
	pub type FuelPrice<T: Config> = StorageValue<_, Balance, ValueQuery, T::DefaultFuelPrice>;

	/// The workers.
	// Blake2: anybody can choose an account.
	#[pallet::storage]
	pub type Workers<T: Config> = StorageMap<_, Blake2_128Concat, T::AccountId, WorkerRecord>;

	/// The stakes of auditors.
	// Blake2: anybody can choose an account.
	#[pallet::storage]
	pub type AuditorRecords<T: Config> = StorageMap<_, Blake2_128Concat, T::AccountId, AuditorRecord>;

	/// The validators of this session, who vote in disputes: audit keys, and who is behind them.
	// Blake2: validators choose their keys.
	#[pallet::storage]
	pub type Validators<T: Config> =
		CountedStorageMap<_, Blake2_128Concat, AuditorKey, ValidatorRecord<T::AccountId>>;

	/// Those of them that had the stake of an auditor when the session began.
	// Blake2: validators choose their keys.
	#[pallet::storage]
	pub type Auditors<T: Config> = CountedStorageMap<_, Blake2_128Concat, AuditorKey, T::AccountId>;

	/// The VRF outputs of the last `SeedBlocks` blocks, oldest first. Fewer at the beginning of the chain, and after a
	/// block without one.
	#[pallet::storage]
	pub type RecentOutputs<T> = StorageValue<_, SeedOutputs, ValueQuery>;

	/// What the seeds are made of that audits wait for or use, by the last block that makes them.
	// Twox64: block numbers are not chosen.
	#[pallet::storage]
	pub type Seeds<T> = StorageMap<_, Twox64Concat, BlockNumber, SeedRecord>;

	/// The batches to be looked at in which block. Every batch in flight has exactly one entry, and nothing else is here: it is
	/// also where validators find what waits for them.
	// Twox64: block numbers, and numbers assigned by the chain.
	#[pallet::storage]
	pub type Deadlines<T> =
		StorageDoubleMap<_, Twox64Concat, BlockNumber, Twox64Concat, (JobId, BatchIndex), ()>;

	/// The jobs to be looked at in which block: open ones that expire, and closed ones that are removed. Those cost little
	/// while they are kept, so there can be far more of them than batches in flight.
	// Twox64: block numbers, and numbers assigned by the chain.
	#[pallet::storage]
	pub type JobDeadlines<T> = StorageDoubleMap<_, Twox64Concat, BlockNumber, Twox64Concat, JobId, ()>;

	/// The first block whose deadlines may not have been looked at. Everything below is done.
	#[pallet::storage]
	pub type SweepFrom<T> = StorageValue<_, BlockNumber, ValueQuery>;
}
