//! Reports of validators that produce two blocks in one slot.

use assay_runtime::{
	presets, AccountId, Babe, Compute, Hash, Header, Historical, Offences, Runtime, RuntimeCall,
	RuntimeGenesisConfig, RuntimeOrigin, System,
};
use codec::Encode;
use serde_json::Value;
use sp_consensus_babe::{
	digests::{CompatibleDigestItem, PreDigest, SecondaryPlainPreDigest},
	AuthorityId, EquivocationProof, KEY_TYPE,
};
use sp_core::{crypto::KeyTypeId, Pair};
use sp_io::TestExternalities;
use sp_keyring::Sr25519Keyring;
use sp_runtime::{
	traits::Header as _,
	transaction_validity::{InvalidTransaction, TransactionSource, TransactionValidityError},
	BuildStorage, Digest, DigestItem,
};
use sp_session::MembershipProof;
use sp_staking::offence::OffenceReportSystem;

const SLOT: u64 = 7;

/// Writes a patch over a document, as specifications of chains are made.
fn merge(document: &mut Value, patch: Value) {
	match (document, patch) {
		(Value::Object(document), Value::Object(patch)) => {
			for (key, value) in patch {
				merge(document.entry(key).or_insert(Value::Null), value);
			}
		},
		(document, patch) => *document = patch,
	}
}

/// The development chain in its first block, which is that of [`SLOT`].
fn chain() -> TestExternalities {
	let patch = presets::get_preset(&sp_genesis_builder::DEV_RUNTIME_PRESET.into()).expect("there is one");
	let mut genesis = serde_json::to_value(RuntimeGenesisConfig::default()).expect("it can be written");
	merge(&mut genesis, serde_json::from_slice(&patch).expect("the preset is JSON"));
	let genesis: RuntimeGenesisConfig = serde_json::from_value(genesis).expect("the preset fits");
	let mut chain = TestExternalities::new(genesis.build_storage().expect("the preset is sound"));
	chain.execute_with(|| {
		System::initialize(&1, &Hash::zero(), &Digest { logs: vec![pre_digest()] });
		<Babe as frame_support::traits::OnInitialize<u32>>::on_initialize(1);
	});
	chain
}

fn pre_digest() -> DigestItem {
	let digest = SecondaryPlainPreDigest { authority_index: 0, slot: SLOT.into() };
	DigestItem::babe_pre_digest(PreDigest::SecondaryPlain(digest))
}

/// A block of Alice's, which differs from her others by its state.
fn header(state: u8) -> Header {
	let digest = Digest { logs: vec![pre_digest()] };
	let mut header = Header::new(1, Hash::zero(), Hash::repeat_byte(state), Hash::zero(), digest);
	let seal = Sr25519Keyring::Alice.pair().sign(header.hash().as_bytes());
	header.digest.push(DigestItem::babe_seal(seal.into()));
	header
}

fn report(first_header: Header, second_header: Header) -> pallet_babe::Call<Runtime> {
	let offender = AuthorityId::from(Sr25519Keyring::Alice.public());
	let key: (KeyTypeId, _) = (KEY_TYPE, offender.encode());
	let key_owner_proof =
		<Historical as frame_support::traits::KeyOwnerProofSystem<_>>::prove(key).expect("Alice validates");
	let proof = EquivocationProof { offender, slot: SLOT.into(), first_header, second_header };
	pallet_babe::Call::report_equivocation_unsigned { equivocation_proof: Box::new(proof), key_owner_proof }
}

/// Whether the reports of the SDK alone would let one into the pool: they look at the seals only once it is in a block.
fn is_let_in_by_sdk(call: &pallet_babe::Call<Runtime>) -> bool {
	type Evidence = (EquivocationProof<Header>, MembershipProof);
	type Ours = <Runtime as pallet_babe::Config>::EquivocationReportSystem;
	type Longevity = <Ours as OffenceReportSystem<Option<AccountId>, Evidence>>::Longevity;
	type Sdks = pallet_babe::EquivocationReportSystem<Runtime, Offences, Historical, Longevity>;
	let pallet_babe::Call::report_equivocation_unsigned { equivocation_proof, key_owner_proof } = call else {
		panic!("not a report: {call:?}");
	};
	Sdks::check_evidence((*equivocation_proof.clone(), key_owner_proof.clone())).is_ok()
}

fn execute(
	call: pallet_babe::Call<Runtime>,
) -> sp_runtime::DispatchResultWithInfo<frame_support::dispatch::PostDispatchInfo> {
	use sp_runtime::traits::Dispatchable;
	RuntimeCall::Babe(call).dispatch(RuntimeOrigin::none())
}

#[test]
fn two_blocks_in_a_slot_cost_the_stake() {
	chain().execute_with(|| {
		let alice = Sr25519Keyring::Alice.to_account_id();
		assert!(Compute::is_bonded_auditor(&alice));
		let call = report(header(1), header(2));
		Babe::validate_unsigned(TransactionSource::Local, &call).expect("it is good in the pool");
		execute(call.clone()).expect("it is good in a block");
		assert!(!Compute::is_bonded_auditor(&alice), "the only validator loses everything");
		let again = Babe::validate_unsigned(TransactionSource::Local, &call);
		assert_eq!(again, Err(TransactionValidityError::Invalid(InvalidTransaction::Stale)));
	});
}

/// What the import of blocks in the SDK reports: it must not take the place of a report that proves something.
#[test]
fn reports_that_prove_nothing_stay_out_of_the_pool() {
	chain().execute_with(|| {
		let unsealed = |state| {
			let mut header = header(state);
			header.digest.pop();
			header
		};
		let once = header(1);
		for call in [report(unsealed(1), unsealed(2)), report(once.clone(), once)] {
			let refused = Babe::validate_unsigned(TransactionSource::Local, &call);
			assert_eq!(refused, Err(TransactionValidityError::Invalid(InvalidTransaction::BadProof)));
			assert!(is_let_in_by_sdk(&call), "the rule of this runtime is not needed any more");
			execute(call).expect_err("it proves nothing");
		}
		assert!(Compute::is_bonded_auditor(&Sr25519Keyring::Alice.to_account_id()));
	});
}
