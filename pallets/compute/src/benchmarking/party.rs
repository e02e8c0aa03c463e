//! Somebody with a key, who signs inside the runtime. No host function signs receipts or evaluates a VRF, so the wasm does
//! it itself.

use assay_primitives::{
	audit::{AuditReport, AuditStatement, Findings},
	dispute, receipt, AccountId, Hash, Receipt, SignedReceipt, SignedVote, Vote,
};
use codec::Encode;
use rand_core::{CryptoRng, Error, RngCore};
use schnorrkel::{context::attach_rng, signing_context, ExpansionMode, Keypair, MiniSecretKey};

/// A stand-in for randomness, of which there is none inside a runtime. Without it signatures are derived from key and
/// message alone, which is as good for what they are used for here.
struct NoRandomness;

impl RngCore for NoRandomness {
	fn next_u32(&mut self) -> u32 {
		0
	}

	fn next_u64(&mut self) -> u64 {
		0
	}

	fn fill_bytes(&mut self, bytes: &mut [u8]) {
		bytes.fill(0);
	}

	fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Error> {
		self.fill_bytes(bytes);
		Ok(())
	}
}

impl CryptoRng for NoRandomness {}

/// A worker, an auditor or a validator.
pub(super) struct Party(Keypair);

impl Party {
	pub(super) fn new(name: &str) -> Self {
		let seed = Hash::of(name.as_bytes()).0;
		let secret = MiniSecretKey::from_bytes(&seed).expect("32 bytes are a mini secret key; qed");
		Self(secret.expand_to_keypair(ExpansionMode::Ed25519))
	}

	pub(super) fn id(&self) -> AccountId {
		AccountId(self.0.public.to_bytes())
	}

	fn sign(&self, context: &'static [u8], message: &[u8]) -> [u8; 64] {
		self.0.sign(attach_rng(signing_context(context).bytes(message), NoRandomness)).to_bytes()
	}

	pub(super) fn sign_receipt(&self, receipt: Receipt) -> SignedReceipt {
		SignedReceipt { receipt, signature: self.sign(receipt::SIGNING_CONTEXT, &receipt.encode()) }
	}

	pub(super) fn sign_vote(&self, vote: Vote) -> SignedVote {
		SignedVote { vote, signature: self.sign(dispute::SIGNING_CONTEXT, vote.message().as_bytes()) }
	}

	/// Proves `findings` on a statement.
	pub(super) fn report(&self, statement: &AuditStatement, findings: Findings) -> AuditReport {
		// The flavour of proof that keystores of the SDK make, and `AuditReport::verify` expects.
		const KUSAMA_VRF: bool = true;
		let in_out = self.0.vrf_create_hash(statement.transcript());
		let extra = attach_rng(findings.transcript(), NoRandomness);
		let (proof, _) = self.0.dleq_proove(extra, &in_out, KUSAMA_VRF);
		AuditReport {
			job: statement.job,
			batch: statement.batch,
			attempt: statement.attempt,
			auditor: self.0.public.to_bytes(),
			pre_output: in_out.to_preout().to_bytes(),
			proof: proof.to_bytes(),
			findings,
		}
	}
}
