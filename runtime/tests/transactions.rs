//! What others read in transactions of this runtime without its help.

use assay_primitives::{
	audit::{AuditReport, Findings},
	certificate::{authorised_call, COMPUTE_PALLET, SUBMIT_AUDIT},
};
use assay_runtime::{
	inner_calls, Address, Balance, Nonce, RuntimeCall, Signature, TxExtension, UncheckedExtrinsic,
};
use codec::Encode;
use sp_runtime::{generic::Era, traits::TransactionExtension};

fn extension(era: Era, nonce: Nonce, tip: Balance) -> TxExtension {
	(
		frame_system::AuthorizeCall::new(),
		frame_system::CheckNonZeroSender::new(),
		frame_system::CheckSpecVersion::new(),
		frame_system::CheckTxVersion::new(),
		frame_system::CheckGenesis::new(),
		frame_system::CheckEra::from(era),
		frame_system::CheckNonce::from(nonce),
		frame_system::CheckWeight::new(),
		pallet_transaction_payment::ChargeTransactionPayment::from(tip),
		frame_metadata_hash_extension::CheckMetadataHash::new(false),
		pallet_compute::DutiesFirst::new(),
		frame_system::WeightReclaim::new(),
	)
}

fn submit() -> (RuntimeCall, Vec<u8>) {
	let report = AuditReport {
		job: 1,
		batch: 2,
		attempt: 3,
		auditor: [4; 32],
		pre_output: [5; 32],
		proof: [6; 64],
		findings: Findings::Unavailable,
	};
	let expected = (COMPUTE_PALLET, SUBMIT_AUDIT, &report).encode();
	(RuntimeCall::Compute(pallet_compute::Call::submit_audit { report }), expected)
}

/// Certificates read transactions of this runtime without knowing its types.
#[test]
fn certificates_read_this_runtimes_transactions() {
	let (call, expected) = submit();
	assert_eq!(call.encode(), expected);
	for (era, nonce, tip) in [(Era::Immortal, 0, 0), (Era::mortal(64, 7), 70_000, u128::MAX)] {
		let transaction = UncheckedExtrinsic::new_transaction(call.clone(), extension(era, nonce, tip));
		assert_eq!(authorised_call(&transaction.encode()), Some(&expected[..]));
	}
	let signature = Signature::Sr25519([1; 64].into());
	let address = Address::Id([1; 32].into());
	let extension = extension(Era::Immortal, 0, 0);
	let signed = UncheckedExtrinsic::new_signed(call.clone(), address, signature, extension);
	assert_eq!(authorised_call(&signed.encode()), None);
	assert_eq!(authorised_call(&UncheckedExtrinsic::new_bare(call).encode()), None);
}

/// What a worker owes is tried in the pool, so everything that is cheaper to find wrong has to be looked at before.
#[test]
fn what_is_owed_is_looked_at_last() {
	let extensions = <TxExtension as TransactionExtension<RuntimeCall>>::metadata();
	let names: Vec<_> = extensions.iter().map(|extension| extension.identifier).collect();
	let place = |name| names.iter().position(|other| *other == name).expect("the runtime has it");
	assert_eq!(place("AuthorizeCall"), 0);
	for earlier in ["CheckGenesis", "CheckMortality", "CheckNonce", "CheckWeight", "ChargeTransactionPayment"]
	{
		assert!(place(earlier) < place("DutiesFirst"), "{earlier}");
	}
}

#[test]
fn calls_are_found_in_others() {
	let (call, _) = submit();
	let batch = RuntimeCall::Utility(pallet_utility::Call::batch_all { calls: vec![call.clone()] });
	let proxied = RuntimeCall::Proxy(pallet_proxy::Call::proxy {
		real: Address::Id([1; 32].into()),
		force_proxy_type: None,
		call: batch.clone().into(),
	});
	assert_eq!(inner_calls(&proxied), [&batch]);
	assert_eq!(inner_calls(&batch), [&call]);
	assert!(inner_calls(&call).is_empty());
}
