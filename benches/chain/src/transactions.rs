//! Transactions as they travel, made by the thousand.

use crate::error::Error;
use assay_primitives::{AccountId, Hash};
use assay_runtime::{Address, Runtime, RuntimeCall, Signature, TxExtension, UncheckedExtrinsic, VERSION};
use codec::Encode;
use frame_system::offchain::CreateAuthorizedTransaction;
use pallet_transaction_payment::ChargeTransactionPayment;
use sp_core::{sr25519, Pair, H256};
use sp_runtime::{generic::SignedPayload, traits::TransactionExtension};
use std::sync::Arc;

type Implicit = <TxExtension as TransactionExtension<RuntimeCall>>::Implicit;

/// An account, and how many transactions it has made.
#[derive(Clone)]
pub(crate) struct Account {
	pair: Arc<sr25519::Pair>,
	nonce: u32,
}

impl Account {
	pub(crate) fn new(suri: &str, nonce: u32) -> Result<Self, Error> {
		let pair = sr25519::Pair::from_string(suri, None).map_err(|_| Error::NoKey(suri.into()))?;
		Ok(Self { pair: Arc::new(pair), nonce })
	}

	pub(crate) fn id(&self) -> AccountId {
		AccountId(self.pair.public().0)
	}

	pub(crate) fn address(&self) -> String {
		self.id().to_ss58()
	}

	pub(crate) fn set_nonce(&mut self, nonce: u32) {
		self.nonce = nonce;
	}

	/// To sign statements of the protocol with.
	pub(crate) fn keypair(&self) -> &schnorrkel::Keypair {
		(*self.pair).as_ref()
	}

	/// The account's next transaction.
	pub(crate) fn call(&mut self, call: impl Into<RuntimeCall>) -> Draft {
		let nonce = self.nonce;
		self.nonce = nonce.saturating_add(1);
		Draft { call: call.into(), signer: Some((Arc::clone(&self.pair), nonce)) }
	}
}

/// A transaction that is still to be put together.
pub(crate) struct Draft {
	call: RuntimeCall,
	signer: Option<(Arc<sr25519::Pair>, u32)>,
}

impl Draft {
	/// For a call that authorises itself.
	pub(crate) fn fee_less(call: pallet_compute::Call<Runtime>) -> Self {
		Self { call: call.into(), signer: None }
	}

	pub(crate) fn is_fee_less(&self) -> bool {
		self.signer.is_none()
	}

	/// The transaction, in variants of the same effect. Of those that are signed, later ones tip more.
	pub(crate) fn encode(&self, genesis: Hash, variant: u32) -> Vec<u8> {
		let mut extension = <Runtime as CreateAuthorizedTransaction<RuntimeCall>>::create_extension();
		let call = self.call.clone();
		let Some((pair, nonce)) = &self.signer else {
			// Nobody asks for the nonce of a transaction that nobody signed.
			extension.6 = frame_system::CheckNonce::from(variant);
			return UncheckedExtrinsic::new_transaction(call, extension).encode();
		};
		extension.6 = frame_system::CheckNonce::from(*nonce);
		extension.8 = ChargeTransactionPayment::from(u128::from(variant));
		let genesis = H256(genesis.0);
		let implicit: Implicit = (
			(),
			(),
			VERSION.spec_version,
			VERSION.transaction_version,
			genesis,
			genesis,
			(),
			(),
			(),
			None,
			(),
			(),
		);
		let payload = SignedPayload::from_raw(call.clone(), extension.clone(), implicit);
		let signature = payload.using_encoded(|payload| pair.sign(payload));
		let signer = Address::Id(pair.public().into());
		UncheckedExtrinsic::new_signed(call, signer, Signature::Sr25519(signature), extension).encode()
	}
}
