//! How the pallets are set up.

use super::*;
use frame_support::{
	derive_impl,
	dispatch::DispatchClass,
	parameter_types,
	traits::{
		fungible::{Balanced, Credit},
		ConstU128, ConstU16, ConstU32, ConstU64, ConstU8, Get, InstanceFilter, OnUnbalanced, VariantCountOf,
	},
	weights::{
		constants::{ParityDbWeight, WEIGHT_REF_TIME_PER_SECOND},
		ConstantMultiplier, IdentityFee, Weight,
	},
	PalletId,
};
use frame_system::limits::{BlockLength, BlockWeights};
use pallet_session::historical;
use pallet_transaction_payment::{FungibleAdapter, Multiplier, TargetedFeeAdjustment};
use sp_runtime::{traits::Bounded, FixedPointNumber, Perbill, Perquintill};

/// Share of a block open to ordinary transactions.
const NORMAL_DISPATCH_RATIO: Perbill = Perbill::from_percent(75);
/// A third of the slot is for executing the block.
const MAX_BLOCK_WEIGHT: Weight = Weight::from_parts(WEIGHT_REF_TIME_PER_SECOND, u64::MAX);
/// Bytes in a block, at most.
const MAX_BLOCK_LENGTH: u32 = 5 * 1024 * 1024;

parameter_types! {
	pub const BlockHashCount: BlockNumber = 2_400;
	pub const Version: RuntimeVersion = VERSION;
	pub RuntimeBlockWeights: BlockWeights =
		BlockWeights::with_sensible_defaults(MAX_BLOCK_WEIGHT, NORMAL_DISPATCH_RATIO);
	pub RuntimeBlockLength: BlockLength = BlockLength::builder()
		.max_length(MAX_BLOCK_LENGTH)
		.modify_max_length_for_class(DispatchClass::Normal, |max| *max = NORMAL_DISPATCH_RATIO * *max)
		.build();
}

#[derive_impl(frame_system::config_preludes::SolochainDefaultConfig)]
impl frame_system::Config for Runtime {
	type Block = Block;
	type BlockWeights = RuntimeBlockWeights;
	type BlockLength = RuntimeBlockLength;
	type AccountId = AccountId;
	type Nonce = Nonce;
	type Hash = Hash;
	type BlockHashCount = BlockHashCount;
	type DbWeight = ParityDbWeight;
	type Version = Version;
	type AccountData = pallet_balances::AccountData<Balance>;
	type SS58Prefix = ConstU16<{ assay_primitives::SS58_PREFIX }>;
	type MaxConsumers = ConstU32<64>;
	type SingleBlockMigrations = Migrations;
	type SystemWeightInfo = frame_system::weights::SubstrateWeight<Runtime>;
	type ExtensionsWeightInfo = frame_system::SubstrateExtensionsWeight<Runtime>;
}

/// What brings the storage of older versions of this runtime up to date, in the block after an upgrade: nothing yet.
/// `pallet_compute::migrations` says how to add something.
pub type Migrations = ();

parameter_types! {
	/// Time between two slots. Kept in storage so that the genesis of a development chain can make it short.
	pub storage SlotMilliseconds: u64 = MILLISECONDS_PER_BLOCK;
	/// BABE takes twice this for the time between two slots.
	pub MinimumPeriod: u64 = SlotMilliseconds::get() / 2;
	/// A gigafuel in a second.
	pub AuditFuelPerBlock: u64 = SlotMilliseconds::get().saturating_mul(1_000_000);
}

impl pallet_timestamp::Config for Runtime {
	type Moment = u64;
	type OnTimestampSet = Babe;
	type MinimumPeriod = MinimumPeriod;
	type WeightInfo = pallet_timestamp::weights::SubstrateWeight<Runtime>;
}

/// Validators a session can have.
pub const MAX_VALIDATORS: u32 = 1_000;

parameter_types! {
	/// Slots in a session. Kept in storage so that the genesis of a network for tests can make sessions short.
	pub storage EpochSlots: u64 = EPOCH_SLOTS;
	/// Slots for which an equivocation can be reported: as long as stake takes to get out.
	pub const ReportLongevity: u64 = AUDITOR_UNBONDING_PERIOD as u64;
}

impl pallet_babe::Config for Runtime {
	type EpochDuration = EpochSlots;
	type ExpectedBlockTime = SlotMilliseconds;
	type EpochChangeTrigger = pallet_babe::ExternalTrigger;
	type DisabledValidators = Session;
	type WeightInfo = ();
	type MaxAuthorities = ConstU32<MAX_VALIDATORS>;
	type MaxNominators = ConstU32<0>;
	type KeyOwnerProof = sp_session::MembershipProof;
	type EquivocationReportSystem = equivocations::SealedReports;
}

impl pallet_grandpa::Config for Runtime {
	type RuntimeEvent = RuntimeEvent;
	type WeightInfo = ();
	type MaxAuthorities = ConstU32<MAX_VALIDATORS>;
	type MaxNominators = ConstU32<0>;
	type MaxSetIdSessionEntries = ConstU64<{ validators::SESSIONS_KEPT as u64 }>;
	type KeyOwnerProof = sp_session::MembershipProof;
	type EquivocationReportSystem =
		pallet_grandpa::EquivocationReportSystem<Self, Offences, Historical, ReportLongevity>;
}

impl pallet_authorship::Config for Runtime {
	type FindAuthor = pallet_session::FindAccountFromAuthorIndex<Self, Babe>;
	// Notes who is at work.
	type EventHandler = Candidates;
}

impl pallet_session::Config for Runtime {
	type RuntimeEvent = RuntimeEvent;
	type ValidatorId = AccountId;
	type ValidatorIdOf = sp_runtime::traits::ConvertInto;
	type ShouldEndSession = Babe;
	type NextSessionRotation = Babe;
	type SessionManager = historical::NoteHistoricalRoot<Self, validators::Selection>;
	type SessionHandler = <SessionKeys as sp_runtime::traits::OpaqueKeys>::KeyTypeIdProviders;
	type Keys = SessionKeys;
	type DisablingStrategy = pallet_session::disabling::UpToLimitDisablingStrategy;
	type WeightInfo = pallet_session::weights::SubstrateWeight<Runtime>;
	type Currency = Balances;
	type KeyDeposit = ConstU128<{ deposit(1, 128) }>;
}

impl historical::Config for Runtime {
	type RuntimeEvent = RuntimeEvent;
	type FullIdentification = ();
	type FullIdentificationOf = validators::NoIdentification;
}

parameter_types! {
	/// The account that the pallet would pay authors from. Nothing is ever put there: fees go to authors at once.
	pub const CandidatesPot: PalletId = PalletId(*b"asy/pot ");
	/// Blocks without one of its own after which a candidate has to go. Five sessions: even with two hundred validators
	/// an idle spell that long does not happen to one that works.
	pub KickThreshold: BlockNumber = u32::try_from(EpochSlots::get().saturating_mul(5)).unwrap_or(BlockNumber::MAX);
}

impl pallet_collator_selection::Config for Runtime {
	type RuntimeEvent = RuntimeEvent;
	type Currency = Balances;
	type UpdateOrigin = frame_system::EnsureRoot<AccountId>;
	type PotId = CandidatesPot;
	type MaxCandidates = ConstU32<200>;
	type MinEligibleCollators = ConstU32<1>;
	type MaxInvulnerables = ConstU32<50>;
	type KickThreshold = KickThreshold;
	type ValidatorId = AccountId;
	type ValidatorIdOf = pallet_collator_selection::IdentityCollator;
	type ValidatorRegistration = validators::Registration;
	type WeightInfo = pallet_collator_selection::weights::SubstrateWeight<Runtime>;
}

impl pallet_offences::Config for Runtime {
	type RuntimeEvent = RuntimeEvent;
	type IdentificationTuple = historical::IdentificationTuple<Self>;
	type OnOffenceHandler = validators::Punishment;
}

impl pallet_balances::Config for Runtime {
	type RuntimeEvent = RuntimeEvent;
	type RuntimeHoldReason = RuntimeHoldReason;
	type RuntimeFreezeReason = RuntimeFreezeReason;
	type WeightInfo = pallet_balances::weights::SubstrateWeight<Runtime>;
	type Balance = Balance;
	type DustRemoval = ();
	type ExistentialDeposit = ConstU128<EXISTENTIAL_DEPOSIT>;
	type AccountStore = System;
	type ReserveIdentifier = [u8; 8];
	type FreezeIdentifier = RuntimeFreezeReason;
	type MaxLocks = ConstU32<50>;
	type MaxReserves = ConstU32<50>;
	type MaxFreezes = VariantCountOf<RuntimeFreezeReason>;
	type DoneSlashHandler = ();
}

/// Pays fees and tips to the author of the block.
pub struct ToAuthor;

impl OnUnbalanced<Credit<AccountId, Balances>> for ToAuthor {
	fn on_nonzero_unbalanced(fee: Credit<AccountId, Balances>) {
		let Some(author) = Authorship::author() else { return };
		// An author whose account cannot exist with the fee alone forgoes it: dropping the credit burns it.
		let _ = Balances::resolve(&author, fee);
	}
}

parameter_types! {
	/// Fullness at which the fee stays as it is.
	pub const TargetBlockFullness: Perquintill = Perquintill::from_percent(25);
	pub AdjustmentVariable: Multiplier = Multiplier::saturating_from_rational(1, 100_000);
	pub MinimumMultiplier: Multiplier = Multiplier::saturating_from_rational(1, 1_000_000u128);
	pub MaximumMultiplier: Multiplier = Bounded::max_value();
}

impl pallet_transaction_payment::Config for Runtime {
	type RuntimeEvent = RuntimeEvent;
	type OnChargeTransaction = FungibleAdapter<Balances, ToAuthor>;
	type WeightToFee = IdentityFee<Balance>;
	type LengthToFee = ConstantMultiplier<Balance, ConstU128<{ MILLI_UNIT / 1_000 }>>;
	type FeeMultiplierUpdate = TargetedFeeAdjustment<
		Self,
		TargetBlockFullness,
		AdjustmentVariable,
		MinimumMultiplier,
		MaximumMultiplier,
	>;
	type OperationalFeeMultiplier = ConstU8<5>;
	type WeightInfo = pallet_transaction_payment::weights::SubstrateWeight<Runtime>;
}

impl pallet_sudo::Config for Runtime {
	type RuntimeEvent = RuntimeEvent;
	type RuntimeCall = RuntimeCall;
	type WeightInfo = pallet_sudo::weights::SubstrateWeight<Runtime>;
}

impl pallet_utility::Config for Runtime {
	type RuntimeEvent = RuntimeEvent;
	type RuntimeCall = RuntimeCall;
	type PalletsOrigin = OriginCaller;
	type WeightInfo = pallet_utility::weights::SubstrateWeight<Runtime>;
}

impl pallet_multisig::Config for Runtime {
	type RuntimeEvent = RuntimeEvent;
	type RuntimeCall = RuntimeCall;
	type Currency = Balances;
	type DepositBase = ConstU128<{ deposit(1, 88) }>;
	type DepositFactor = ConstU128<{ deposit(0, 32) }>;
	type MaxSignatories = ConstU32<100>;
	type WeightInfo = pallet_multisig::weights::SubstrateWeight<Runtime>;
	type BlockNumberProvider = System;
}

/// What a proxy may do for the account behind it.
#[derive(
	Clone,
	Copy,
	Debug,
	Default,
	PartialEq,
	Eq,
	PartialOrd,
	Ord,
	codec::Encode,
	codec::Decode,
	codec::DecodeWithMemTracking,
	codec::MaxEncodedLen,
	scale_info::TypeInfo,
)]
pub enum ProxyType {
	/// Everything.
	#[default]
	Any,
	/// Everything that cannot move money to somebody else.
	NonTransfer,
	/// What a worker or a requester does: the compute pallet's calls.
	Compute,
}

impl InstanceFilter<RuntimeCall> for ProxyType {
	fn filter(&self, call: &RuntimeCall) -> bool {
		match self {
			Self::Any => true,
			Self::NonTransfer => {
				matches!(
					call,
					RuntimeCall::System(..)
						| RuntimeCall::Timestamp(..)
						| RuntimeCall::Candidates(..)
						| RuntimeCall::Session(..)
						| RuntimeCall::Grandpa(..)
						| RuntimeCall::Utility(..)
						| RuntimeCall::Multisig(..)
				)
			},
			Self::Compute => matches!(call, RuntimeCall::Compute(..) | RuntimeCall::Utility(..)),
		}
	}

	fn is_superset(&self, other: &Self) -> bool {
		self == other || *self == Self::Any
	}
}

impl pallet_proxy::Config for Runtime {
	type RuntimeEvent = RuntimeEvent;
	type RuntimeCall = RuntimeCall;
	type Currency = Balances;
	type ProxyType = ProxyType;
	type ProxyDepositBase = ConstU128<{ deposit(1, 8) }>;
	type ProxyDepositFactor = ConstU128<{ deposit(0, 33) }>;
	type MaxProxies = ConstU32<32>;
	type WeightInfo = pallet_proxy::weights::SubstrateWeight<Runtime>;
	type MaxPending = ConstU32<32>;
	type CallHasher = BlakeTwo256;
	type AnnouncementDepositBase = ConstU128<{ deposit(1, 8) }>;
	type AnnouncementDepositFactor = ConstU128<{ deposit(0, 66) }>;
	type BlockNumberProvider = System;
}

/// The VRF output of the parent block, from which audit seeds are made.
pub struct ParentBlockVrf;

impl Get<Option<[u8; 32]>> for ParentBlockVrf {
	fn get() -> Option<[u8; 32]> {
		pallet_babe::AuthorVrfRandomness::<Runtime>::get()
	}
}

parameter_types! {
	/// What a worker forfeits of the bond for a batch it claimed and did not deliver in time.
	pub const ClaimPenalty: Perbill = Perbill::from_percent(5);
}

/// Blocks until unbonded stake of an auditor can be withdrawn, and for which it still answers: twenty tranches of a job whose tasks take
/// a day, and what can come after them.
pub const AUDITOR_UNBONDING_PERIOD: BlockNumber = 28 * DAYS;

impl pallet_compute::Config for Runtime {
	type Currency = Balances;
	type RuntimeHoldReason = RuntimeHoldReason;
	type BlockVrf = ParentBlockVrf;
	type SeedBlocks = ConstU32<{ assay_primitives::audit::SEED_BLOCKS }>;
	type JobDeposit = ConstU128<{ deposit(3, 600) }>;
	type MinClaimBond = ConstU128<{ 10 * MILLI_UNIT }>;
	type MinStake = ConstU128<UNIT>;
	type ClaimLimit = ConstU32<64>;
	// A millisecond of weight: a receipt takes half of one and some hundred bytes, a report up to one and a half and as many.
	type StatementFee = ConstU128<MILLI_UNIT>;
	type ClaimPenalty = ClaimPenalty;
	type MinExecutionWindow = ConstU32<5>;
	type MinChallengeWindow = ConstU32<5>;
	type MaxWindow = ConstU32<DAYS>;
	type MaxLifetime = ConstU32<{ 30 * DAYS }>;
	// Two blocks to finality, one to look for blobs again, one to send a report, and as many again for bad luck.
	type TranchePeriod = ConstU32<8>;
	type AuditFuelPerBlock = AuditFuelPerBlock;
	// Both leave time to restart a crashed machine, and to run the tasks themselves.
	type AuditWindow = ConstU32<{ 30 * MINUTES }>;
	type RevealWindow = ConstU32<{ 30 * MINUTES }>;
	type DisputeWindow = ConstU32<{ 30 * MINUTES }>;
	// A task with the usual limit of 10 gigafuel, some ten seconds, pays at least 5 thousandths of a token.
	type DefaultFuelPrice = ConstU128<{ MILLI_UNIT / 2 }>;
	type MinChallengeBond = ConstU128<{ 100 * MILLI_UNIT }>;
	// More than the fee for the bytes in a block would be.
	type DemandFee = ConstU128<{ 100 * MILLI_UNIT }>;
	type MaxDemandBytes = ConstU32<{ 64 << 10 }>;
	type AuditorStake = ConstU128<{ 100 * UNIT }>;
	type UnbondingPeriod = ConstU32<DAYS>;
	type AuditorUnbondingPeriod = ConstU32<AUDITOR_UNBONDING_PERIOD>;
	type MaxAuditors = ConstU32<MAX_VALIDATORS>;
	type Retention = ConstU32<{ 7 * DAYS }>;
	type WeightInfo = pallet_compute::weights::SubstrateWeight<Runtime>;
	#[cfg(feature = "runtime-benchmarks")]
	type BenchmarkHelper = crate::benchmarks::Helper;
}

impl<LocalCall> frame_system::offchain::CreateTransactionBase<LocalCall> for Runtime
where
	RuntimeCall: From<LocalCall>,
{
	type Extrinsic = UncheckedExtrinsic;
	type RuntimeCall = RuntimeCall;
}

/// For reports of equivocations, which nodes make and the SDK still sends unsigned.
impl<LocalCall> frame_system::offchain::CreateBare<LocalCall> for Runtime
where
	RuntimeCall: From<LocalCall>,
{
	fn create_bare(call: RuntimeCall) -> UncheckedExtrinsic {
		UncheckedExtrinsic::new_bare(call)
	}
}

impl<LocalCall> frame_system::offchain::CreateTransaction<LocalCall> for Runtime
where
	RuntimeCall: From<LocalCall>,
{
	type Extension = TxExtension;

	fn create_transaction(call: RuntimeCall, extension: TxExtension) -> UncheckedExtrinsic {
		UncheckedExtrinsic::new_transaction(call, extension)
	}
}

impl<LocalCall> frame_system::offchain::CreateAuthorizedTransaction<LocalCall> for Runtime
where
	RuntimeCall: From<LocalCall>,
{
	/// For a call that authorises itself: nobody signs, nobody pays, nothing expires but by the call's own rules.
	fn create_extension() -> TxExtension {
		(
			frame_system::AuthorizeCall::new(),
			frame_system::CheckNonZeroSender::new(),
			frame_system::CheckSpecVersion::new(),
			frame_system::CheckTxVersion::new(),
			frame_system::CheckGenesis::new(),
			frame_system::CheckEra::from(sp_runtime::generic::Era::Immortal),
			frame_system::CheckNonce::from(0),
			frame_system::CheckWeight::new(),
			pallet_transaction_payment::ChargeTransactionPayment::from(0),
			frame_metadata_hash_extension::CheckMetadataHash::new(false),
			pallet_compute::DutiesFirst::new(),
			frame_system::WeightReclaim::new(),
		)
	}
}
