//! The worker's binding statement: this is what came out, and here it is, sealed.

use crate::{hash, AccountId, Attempt, BatchIndex, BlobRef, Hash, JobId};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// The schnorrkel signing context of receipts. A receipt's signature can never be taken for a transaction's, nor the
/// other way round.
pub const SIGNING_CONTEXT: &[u8] = b"assay.receipt.v1";

/// Everything a worker answers for when it hands in a batch.
#[derive(
	Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "camelCase"))]
pub struct Receipt {
	/// Hash of the chain's first block.
	pub genesis: Hash,
	/// The job.
	pub job: JobId,
	/// The batch.
	pub batch: BatchIndex,
	/// The attempt this worker claimed.
	pub attempt: Attempt,
	/// The worker.
	pub worker: AccountId,
	/// Merkle root over the leaves of the batch's tasks, in order.
	pub outputs_root: Hash,
	/// The sealed results.
	pub sealed: BlobRef,
	/// Merkle root over the sealed outputs, in order.
	pub sealed_root: Hash,
	/// [`crate::sealing::commit`] of the batch key.
	pub key_commitment: Hash,
}

impl Receipt {
	/// The hash that names this receipt in audits: `BLAKE3-derive_key("assay.receipt.v1", SCALE(receipt))`.
	pub fn hash(&self) -> Hash {
		hash::derive(hash::RECEIPT, self)
	}

	/// Signs the receipt with the worker's key.
	#[cfg(feature = "std")]
	pub fn sign(self, worker: &schnorrkel::Keypair) -> SignedReceipt {
		let context = schnorrkel::signing_context(SIGNING_CONTEXT);
		let signature = worker.sign(context.bytes(&self.encode())).to_bytes();
		SignedReceipt { receipt: self, signature }
	}
}

/// A receipt with its worker's sr25519 signature. Anyone may carry it to the chain.
#[derive(
	Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct SignedReceipt {
	/// What is signed.
	pub receipt: Receipt,
	/// schnorrkel signature over `SCALE(receipt)` in [`SIGNING_CONTEXT`].
	pub signature: [u8; 64],
}

impl SignedReceipt {
	/// Whether the receipt is signed by the worker it names.
	pub fn is_authentic(&self) -> bool {
		let context = schnorrkel::signing_context(SIGNING_CONTEXT);
		schnorrkel::PublicKey::from_bytes(&self.receipt.worker.0)
			.and_then(|worker| {
				let signature = schnorrkel::Signature::from_bytes(&self.signature)?;
				worker.verify(context.bytes(&self.receipt.encode()), &signature)
			})
			.is_ok()
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	fn receipt(worker: &schnorrkel::Keypair) -> Receipt {
		Receipt {
			genesis: Hash::of(b"genesis"),
			job: 1,
			batch: 2,
			attempt: 3,
			worker: AccountId(worker.public.to_bytes()),
			outputs_root: Hash::of(b"outputs"),
			sealed: BlobRef::of(b"sealed"),
			sealed_root: Hash::of(b"sealed root"),
			key_commitment: Hash::of(b"key"),
		}
	}

	#[test]
	fn only_the_signed_statement_is_authentic() {
		let worker = schnorrkel::Keypair::generate();
		let signed = receipt(&worker).sign(&worker);
		assert!(signed.is_authentic());

		let changes: [fn(&mut Receipt); 9] = [
			|r| r.genesis = Hash::of(b"other chain"),
			|r| r.job += 1,
			|r| r.batch += 1,
			|r| r.attempt += 1,
			|r| r.worker = AccountId(schnorrkel::Keypair::generate().public.to_bytes()),
			|r| r.outputs_root = Hash::default(),
			|r| r.sealed.len += 1,
			|r| r.sealed_root = Hash::default(),
			|r| r.key_commitment = Hash::default(),
		];
		for change in changes {
			let mut changed = signed;
			change(&mut changed.receipt);
			assert!(!changed.is_authentic(), "{:?}", changed.receipt);
			assert_ne!(changed.receipt.hash(), signed.receipt.hash());
		}
	}

	#[test]
	fn a_signature_in_another_context_is_not_a_receipt() {
		let worker = schnorrkel::Keypair::generate();
		let receipt = receipt(&worker);
		let transaction = schnorrkel::signing_context(b"substrate");
		let signature = worker.sign(transaction.bytes(&receipt.encode())).to_bytes();
		assert!(!SignedReceipt { receipt, signature }.is_authentic());
		assert!(!SignedReceipt { receipt, signature: [0; 64] }.is_authentic());
	}
}
