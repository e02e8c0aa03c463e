//! What an auditor does with its key: drawing, and signing what it found.

use assay_primitives::{
	audit::{AuditReport, AuditStatement, AuditorKey, Draw, Findings},
	SignedVote, Vote,
};
use pallet_compute::AUDIT_KEY_TYPE;
use sp_core::sr25519::{
	vrf::{VrfPreOutput, VrfSignData, VrfTranscript},
	Public,
};
use sp_keystore::Keystore;

/// Why a key could not be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum KeyError {
	/// It is not in the keystore any more.
	#[error("the audit key is not in the keystore")]
	Gone,
	/// The keystore failed.
	#[error("the keystore failed: {0}")]
	Keystore(#[from] sp_keystore::Error),
	/// The keystore's output does not hold against the protocol's own check.
	#[error("the keystore's proof does not hold: is it made for another protocol?")]
	Invalid,
}

/// The audit keys in the keystore.
pub(super) fn own_keys(keystore: &dyn Keystore) -> Vec<AuditorKey> {
	keystore.sr25519_public_keys(AUDIT_KEY_TYPE).into_iter().map(|key| key.0).collect()
}

fn input(statement: &AuditStatement) -> VrfTranscript {
	VrfTranscript(statement.transcript())
}

fn bytes_of(pre_output: &VrfPreOutput) -> [u8; 32] {
	*pre_output.0.as_bytes()
}

/// What the key's VRF decides about a statement. Only this auditor can know.
pub(super) fn draw(
	keystore: &dyn Keystore,
	key: &AuditorKey,
	statement: &AuditStatement,
) -> Result<Draw, KeyError> {
	let pre_output = keystore
		.sr25519_vrf_pre_output(AUDIT_KEY_TYPE, &Public::from_raw(*key), &input(statement))?
		.ok_or(KeyError::Gone)?;
	Draw::from_pre_output(key, &bytes_of(&pre_output), statement).ok_or(KeyError::Invalid)
}

/// A report that proves the key's draw and signs the findings. It is checked before it is returned.
pub(super) fn sign(
	keystore: &dyn Keystore,
	key: &AuditorKey,
	statement: &AuditStatement,
	findings: Findings,
) -> Result<AuditReport, KeyError> {
	let data = VrfSignData::new(input(statement)).with_extra(VrfTranscript(findings.transcript()));
	let signature =
		keystore.sr25519_vrf_sign(AUDIT_KEY_TYPE, &Public::from_raw(*key), &data)?.ok_or(KeyError::Gone)?;
	let report = AuditReport {
		job: statement.job,
		batch: statement.batch,
		attempt: statement.attempt,
		auditor: *key,
		pre_output: bytes_of(&signature.pre_output),
		proof: signature.proof.0.to_bytes(),
		findings,
	};
	report.verify(statement).map(|_| report).ok_or(KeyError::Invalid)
}

/// A vote signed with its validator's key. It is checked before it is returned.
pub(super) fn sign_vote(keystore: &dyn Keystore, vote: Vote) -> Result<SignedVote, KeyError> {
	let signature = keystore
		.sr25519_sign(AUDIT_KEY_TYPE, &Public::from_raw(vote.validator), vote.message().as_bytes())?
		.ok_or(KeyError::Gone)?;
	let signed = SignedVote { vote, signature: signature.0 };
	signed.is_authentic().then_some(signed).ok_or(KeyError::Invalid)
}

#[cfg(test)]
mod tests {
	use super::*;
	use assay_primitives::Hash;
	use sp_keystore::testing::MemoryKeystore;

	fn statement() -> AuditStatement {
		AuditStatement {
			genesis: Hash::of(b"genesis"),
			job: 1,
			batch: 2,
			attempt: 3,
			receipt: Hash::of(b"receipt"),
			seed: Hash::of(b"seed"),
		}
	}

	fn keystore() -> (MemoryKeystore, AuditorKey) {
		let keystore = MemoryKeystore::new();
		let key = keystore.sr25519_generate_new(AUDIT_KEY_TYPE, None).unwrap();
		(keystore, key.0)
	}

	#[test]
	fn the_chain_accepts_what_the_keystore_signs() {
		let (keystore, key) = keystore();
		assert_eq!(own_keys(&keystore), [key]);
		let drawn = draw(&keystore, &key, &statement()).unwrap();
		for findings in [Findings::Unavailable, Findings::Checked(vec![Hash::of(b"tag")])] {
			let report = sign(&keystore, &key, &statement(), findings.clone()).unwrap();
			assert_eq!(report.findings, findings);
			assert_eq!(report.verify(&statement()), Some(drawn));

			let mut other_findings = report.clone();
			other_findings.findings = Findings::Checked(vec![Hash::of(b"another tag")]);
			assert_eq!(other_findings.verify(&statement()), None);
			assert_eq!(report.verify(&AuditStatement { attempt: 4, ..statement() }), None);
		}
	}

	#[test]
	fn the_chain_accepts_votes_that_the_keystore_signs() {
		let (keystore, key) = keystore();
		let vote = Vote {
			genesis: Hash::of(b"genesis"),
			job: 1,
			batch: 2,
			attempt: 3,
			task: 4,
			opened_at: 5,
			validator: key,
			ruling: assay_primitives::Ruling::Unavailable,
		};
		let signed = sign_vote(&keystore, vote).unwrap();
		assert!(signed.is_authentic());
		let mut other = signed;
		other.vote.ruling = assay_primitives::Ruling::Missealed;
		assert!(!other.is_authentic());
		let stranger = MemoryKeystore::new().sr25519_generate_new(AUDIT_KEY_TYPE, None).unwrap().0;
		assert!(matches!(sign_vote(&keystore, Vote { validator: stranger, ..vote }), Err(KeyError::Gone)));
	}

	#[test]
	fn the_transcripts_are_the_documented_ones() {
		use assay_primitives::audit::{FINDINGS_LABEL, MESSAGE_LABEL, STATEMENT_LABEL};
		use codec::Encode;
		let (keystore, key) = keystore();
		let findings = Findings::Unavailable;
		let report = sign(&keystore, &key, &statement(), findings.clone()).unwrap();
		// As somebody would write it who knows the SDK's types and the protocol's text only.
		let input = VrfTranscript::new(STATEMENT_LABEL, &[(MESSAGE_LABEL, &statement().encode())]);
		let extra = VrfTranscript::new(FINDINGS_LABEL, &[(MESSAGE_LABEL, &findings.encode())]);
		let data = VrfSignData::new(input).with_extra(extra);
		let signature = (report.pre_output, report.proof).encode();
		let signature = codec::Decode::decode(&mut &signature[..]).unwrap();
		assert!(sp_core::crypto::VrfPublic::vrf_verify(&Public::from_raw(key), &data, &signature));
	}

	#[test]
	fn each_key_draws_for_itself() {
		let (keystore, key) = keystore();
		let other = keystore.sr25519_generate_new(AUDIT_KEY_TYPE, None).unwrap().0;
		let drawn = draw(&keystore, &key, &statement()).unwrap();
		assert_eq!(draw(&keystore, &key, &statement()).unwrap(), drawn);
		assert_ne!(draw(&keystore, &other, &statement()).unwrap(), drawn);
		let stranger = MemoryKeystore::new().sr25519_generate_new(AUDIT_KEY_TYPE, None).unwrap().0;
		assert!(matches!(draw(&keystore, &stranger, &statement()), Err(KeyError::Gone)));
		assert!(matches!(
			sign(&keystore, &stranger, &statement(), Findings::Unavailable),
			Err(KeyError::Gone)
		));
	}
}
