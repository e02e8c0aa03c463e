//! A chain with nothing but balances and this pallet. The cryptography is the real one.

// A runtime's types have to be public to be one.
#![allow(unreachable_pub)]

use crate as pallet_compute;
use assay_primitives::{AccountId as Id, Balance, BlockNumber, Hash};
use frame_support::{
	derive_impl, parameter_types,
	traits::{ConstU128, ConstU32, ConstU64, Get, OnIdle, OnInitialize},
	weights::Weight,
};
use sp_core::crypto::AccountId32;
use sp_runtime::{traits::IdentityLookup, BuildStorage, MultiSignature, Perbill, Storage};
use std::{cell::RefCell, collections::BTreeMap};

pub(crate) type AccountId = AccountId32;
pub(crate) type Extension = (frame_system::AuthorizeCall<Test>, pallet_compute::DutiesFirst<Test>);
pub(crate) type UncheckedExtrinsic =
	sp_runtime::generic::UncheckedExtrinsic<AccountId, RuntimeCall, MultiSignature, Extension>;
pub(crate) type Block = sp_runtime::generic::Block<
	sp_runtime::generic::Header<u32, sp_runtime::traits::BlakeTwo256>,
	UncheckedExtrinsic,
>;

#[frame_support::runtime]
mod runtime {
	#[runtime::runtime]
	#[runtime::derive(
		RuntimeCall,
		RuntimeEvent,
		RuntimeError,
		RuntimeOrigin,
		RuntimeFreezeReason,
		RuntimeHoldReason,
		RuntimeSlashReason,
		RuntimeLockId,
		RuntimeTask
	)]
	pub struct Test;

	#[runtime::pallet_index(0)]
	pub type System = frame_system;
	#[runtime::pallet_index(1)]
	pub type Balances = pallet_balances;
	#[runtime::pallet_index(20)]
	pub type Compute = pallet_compute;
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
	type AccountId = AccountId;
	type Lookup = IdentityLookup<AccountId>;
	type Block = Block;
	type AccountData = pallet_balances::AccountData<Balance>;
}

pub(crate) const EXISTENTIAL_DEPOSIT: Balance = 10;
/// Some pallet's reason to freeze money.
pub(crate) const FREEZE: u8 = 1;

#[derive_impl(pallet_balances::config_preludes::TestDefaultConfig)]
impl pallet_balances::Config for Test {
	type Balance = Balance;
	type ExistentialDeposit = ConstU128<EXISTENTIAL_DEPOSIT>;
	type AccountStore = System;
	type FreezeIdentifier = u8;
	type MaxFreezes = ConstU32<1>;
}

pub(crate) const JOB_DEPOSIT: Balance = 1_000;
pub(crate) const MIN_CLAIM_BOND: Balance = 250;
pub(crate) const MIN_STAKE: Balance = 1_000;
pub(crate) const CLAIM_LIMIT: u32 = 4;
/// More than one, so that what depends on one of them alone shows.
pub(crate) const SEED_BLOCKS: BlockNumber = 3;
pub(crate) const TRANCHE_PERIOD: BlockNumber = 4;
/// Enough for the samples of any job of these tests in one block.
pub(crate) const AUDIT_FUEL_PER_BLOCK: u64 = u64::MAX;
pub(crate) const DISPUTE_WINDOW: BlockNumber = 8;
pub(crate) const MIN_CHALLENGE_BOND: Balance = 300;
pub(crate) const DEMAND_FEE: Balance = 41;
pub(crate) const MAX_DEMAND_BYTES: u32 = 100;
pub(crate) const AUDITOR_STAKE: Balance = 2_000;
pub(crate) const AUDIT_WINDOW: BlockNumber = 90;
pub(crate) const REVEAL_WINDOW: BlockNumber = 6;
pub(crate) const UNBONDING_PERIOD: BlockNumber = 150;
pub(crate) const AUDITOR_UNBONDING_PERIOD: BlockNumber = 600;
pub(crate) const MIN_CHALLENGE_WINDOW: BlockNumber = 2;
pub(crate) const MAX_WINDOW: BlockNumber = 60;
pub(crate) const MAX_LIFETIME: BlockNumber = 500;
pub(crate) const RETENTION: BlockNumber = 15;

parameter_types! {
	pub const ClaimPenalty: Perbill = Perbill::from_percent(10);
	/// Blocks that were made without a VRF.
	pub static PlainBlocks: Vec<BlockNumber> = Vec::new();
	/// The branch that blocks are made on: blocks of the same number have other VRFs on another one.
	pub static Branch: u32 = 0;
	/// Nothing, so that tests of other things need not count it.
	pub static StatementFee: Balance = 0;
	/// What blocks leave for working off deadlines.
	pub static IdleWeight: Weight = Weight::MAX;
}

/// Some VRF output for every block but the plain ones.
pub struct ParentVrf;

impl Get<Option<[u8; 32]>> for ParentVrf {
	fn get() -> Option<[u8; 32]> {
		let parent = System::block_number() - 1;
		let output = match Branch::get() {
			0 => Hash::of(&parent.to_le_bytes()),
			branch => Hash::of(&[parent.to_le_bytes(), branch.to_le_bytes()].concat()),
		};
		(!PlainBlocks::get().contains(&parent)).then_some(output.0)
	}
}

impl pallet_compute::Config for Test {
	type Currency = Balances;
	type RuntimeHoldReason = RuntimeHoldReason;
	type BlockVrf = ParentVrf;
	type SeedBlocks = ConstU32<SEED_BLOCKS>;
	type JobDeposit = ConstU128<JOB_DEPOSIT>;
	type MinClaimBond = ConstU128<MIN_CLAIM_BOND>;
	type MinStake = ConstU128<MIN_STAKE>;
	type ClaimLimit = ConstU32<CLAIM_LIMIT>;
	type StatementFee = StatementFee;
	type ClaimPenalty = ClaimPenalty;
	type MinExecutionWindow = ConstU32<2>;
	type MinChallengeWindow = ConstU32<MIN_CHALLENGE_WINDOW>;
	type MaxWindow = ConstU32<MAX_WINDOW>;
	type MaxLifetime = ConstU32<MAX_LIFETIME>;
	// Running the samples of any job of these tests takes the one block that is missing.
	type TranchePeriod = ConstU32<{ TRANCHE_PERIOD - 1 }>;
	type AuditFuelPerBlock = ConstU64<AUDIT_FUEL_PER_BLOCK>;
	type DisputeWindow = ConstU32<DISPUTE_WINDOW>;
	type DefaultFuelPrice = ConstU128<0>;
	type MinChallengeBond = ConstU128<MIN_CHALLENGE_BOND>;
	type DemandFee = ConstU128<DEMAND_FEE>;
	type MaxDemandBytes = ConstU32<MAX_DEMAND_BYTES>;
	type AuditorStake = ConstU128<AUDITOR_STAKE>;
	type AuditWindow = ConstU32<AUDIT_WINDOW>;
	type RevealWindow = ConstU32<REVEAL_WINDOW>;
	type UnbondingPeriod = ConstU32<UNBONDING_PERIOD>;
	type AuditorUnbondingPeriod = ConstU32<AUDITOR_UNBONDING_PERIOD>;
	type MaxAuditors = ConstU32<40>;
	type Retention = ConstU32<RETENTION>;
	type WeightInfo = ();
	#[cfg(feature = "runtime-benchmarks")]
	type BenchmarkHelper = ParentVrf;
}

#[cfg(feature = "runtime-benchmarks")]
impl pallet_compute::BenchmarkHelper for ParentVrf {
	// Every block has an output already.
	fn set_block_vrf(_output: [u8; 32]) {}
}

/// Somebody with a key: a worker or an auditor.
#[derive(Clone)]
pub(crate) struct Party(pub(crate) schnorrkel::Keypair);

thread_local! {
	/// Keys take longer to make than anything that is done with them here.
	static PARTIES: RefCell<BTreeMap<String, Party>> = const { RefCell::new(BTreeMap::new()) };
	/// The state of a new chain.
	static GENESIS: Storage = build_genesis();
}

impl Party {
	pub(crate) fn new(name: &str) -> Self {
		PARTIES.with_borrow_mut(|known| {
			if !known.contains_key(name) {
				known.insert(name.to_owned(), Self::generate(name));
			}
			known[name].clone()
		})
	}

	fn generate(name: &str) -> Self {
		let seed = Hash::of(name.as_bytes()).0;
		let secret =
			schnorrkel::MiniSecretKey::from_bytes(&seed).expect("32 bytes are a mini secret key; qed");
		Self(secret.expand_to_keypair(schnorrkel::ExpansionMode::Ed25519))
	}

	pub(crate) fn id(&self) -> Id {
		Id(self.0.public.to_bytes())
	}

	pub(crate) fn account(&self) -> AccountId {
		AccountId32::new(self.id().0)
	}
}

pub(crate) fn requester() -> AccountId {
	AccountId32::new([1; 32])
}

pub(crate) fn other_requester() -> AccountId {
	AccountId32::new([2; 32])
}

pub(crate) fn stranger() -> AccountId {
	AccountId32::new([3; 32])
}

pub(crate) fn worker() -> Party {
	Party::new("worker")
}

pub(crate) fn other_worker() -> Party {
	Party::new("other worker")
}

/// The validators of most tests. Two auditors are wanted, so a draw admits three in five at once and all after one tranche.
pub(crate) fn auditors() -> Vec<Party> {
	(0..5).map(|number| Party::new(&format!("auditor {number}"))).collect()
}

pub(crate) const ENDOWMENT: Balance = 1_000_000;

/// Begins a session with these validators, each with the stake of an auditor.
pub(crate) fn set_validators(auditors: &[Party]) {
	use frame_support::traits::{fungible::Mutate, OneSessionHandler};
	for auditor in auditors {
		let account = auditor.account();
		if !pallet_compute::AuditorRecords::<Test>::contains_key(&account) {
			<Balances as Mutate<_>>::mint_into(&account, AUDITOR_STAKE + EXISTENTIAL_DEPOSIT)
				.expect("there is no limit to the money of these tests; qed");
			Compute::bond_auditor(RuntimeOrigin::signed(account), AUDITOR_STAKE)
				.expect("it has the money; qed");
		}
	}
	let keys: Vec<_> = auditors
		.iter()
		.map(|auditor| {
			let key = sp_core::sr25519::Public::from_raw(auditor.id().0);
			(auditor.account(), crate::AuditorId::from(key))
		})
		.collect();
	let validators = keys.iter().map(|(account, key)| (account, key.clone()));
	<Compute as OneSessionHandler<AccountId>>::on_genesis_session(validators);
}

/// What auditors have besides their stake.
pub(crate) const AUDITOR_ENDOWMENT: Balance = 10_000;

fn build_genesis() -> Storage {
	let endowed = [requester(), other_requester(), stranger(), worker().account(), other_worker().account()];
	let auditor_accounts = || auditors().into_iter().map(|auditor| auditor.account());
	let mut storage = frame_system::GenesisConfig::<Test>::default()
		.build_storage()
		.expect("the default genesis is valid; qed");
	pallet_balances::GenesisConfig::<Test> {
		balances: endowed
			.into_iter()
			.map(|account| (account, ENDOWMENT))
			.chain(auditor_accounts().map(|account| (account, AUDITOR_STAKE + AUDITOR_ENDOWMENT)))
			.collect(),
		..Default::default()
	}
	.assimilate_storage(&mut storage)
	.expect("every account is listed once; qed");
	pallet_compute::GenesisConfig::<Test> {
		auditors: auditor_accounts().map(|account| (account, AUDITOR_STAKE)).collect(),
	}
	.assimilate_storage(&mut storage)
	.expect("auditors have the money; qed");
	storage
}

/// Runs `test` in block 1 of a new chain.
pub(crate) fn in_chain<R>(test: impl FnOnce() -> R) -> R {
	PlainBlocks::set(Vec::new());
	Branch::set(0);
	StatementFee::set(0);
	IdleWeight::set(Weight::MAX);
	sp_io::TestExternalities::from(GENESIS.with(Clone::clone)).execute_with(|| {
		System::set_block_number(1);
		set_validators(&auditors());
		let result = test();
		check();
		result
	})
}

/// A chain in which nobody has anything.
pub(crate) fn empty_chain() -> sp_io::TestExternalities {
	RuntimeGenesisConfig::default().build_storage().expect("the default genesis is valid; qed").into()
}

/// Every invariant.
pub(crate) fn check() {
	Compute::do_try_state().expect("an invariant is broken");
}

pub(crate) fn now() -> BlockNumber {
	System::block_number()
}

/// Ends this block and begins the next one.
pub(crate) fn next_block() {
	<Compute as OnIdle<_>>::on_idle(now(), IdleWeight::get());
	check();
	System::set_block_number(now() + 1);
	<Compute as OnInitialize<_>>::on_initialize(now());
}

pub(crate) fn run_to(block: BlockNumber) {
	assert!(block >= now(), "block {block} is over");
	while now() < block {
		next_block();
	}
}
