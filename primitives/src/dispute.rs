//! Deciding what is contested: every validator runs the one task again and says what came out, or says whether a batch's
//! sealed results can be had.

use crate::{audit::AuditorKey, hash, Attempt, BatchIndex, Hash, JobId, TaskIndex};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// What keystores sign session-key messages in: schnorrkel's context for everything of the SDK. That a vote can be taken
/// for nothing else is what the domain of [`Vote::message`] is for.
pub const SIGNING_CONTEXT: &[u8] = b"substrate";

/// What a validator says of the contested task, or of the sealed results as a whole if it is those that are asked for.
#[derive(
	Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub enum Ruling {
	/// The task ran. This is the leaf of its outcome.
	#[codec(index = 0)]
	Leaf(Hash),
	/// The task ran, the worker's leaf is right, and what the worker sealed for this task, under the key it revealed, is
	/// something else.
	#[codec(index = 1)]
	Missealed,
	/// The program or the input could not be fetched, or cannot be used; or the sealed results that were asked for.
	#[codec(index = 2)]
	Unavailable,
	/// The sealed results of the whole batch are those of its receipt, and the validator has them.
	#[codec(index = 3)]
	Held,
}

/// A validator's statement on one dispute.
#[derive(
	Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Vote {
	/// Hash of the chain's first block.
	pub genesis: Hash,
	/// The job.
	pub job: JobId,
	/// The batch.
	pub batch: BatchIndex,
	/// The attempt.
	pub attempt: Attempt,
	/// The contested task, numbered over the whole job; the first of the batch if it is all of them.
	pub task: TaskIndex,
	/// Block the dispute was opened in: the same task can be contested twice.
	pub opened_at: crate::BlockNumber,
	/// The validator's audit key.
	pub validator: AuditorKey,
	/// What it found.
	pub ruling: Ruling,
}

impl Vote {
	/// What is signed: `BLAKE3-derive_key("assay.vote.v1", SCALE(vote))`.
	pub fn message(&self) -> Hash {
		hash::derive(hash::VOTE, self)
	}
}

/// A vote with the signature of its validator's audit key (sr25519). Anyone may carry it to the chain.
#[derive(
	Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct SignedVote {
	/// What is signed.
	pub vote: Vote,
	/// The signature of [`Vote::message`].
	pub signature: [u8; 64],
}

impl SignedVote {
	/// Whether the vote is signed by the validator it names.
	pub fn is_authentic(&self) -> bool {
		let context = schnorrkel::signing_context(SIGNING_CONTEXT);
		schnorrkel::PublicKey::from_bytes(&self.vote.validator)
			.and_then(|validator| {
				let signature = schnorrkel::Signature::from_bytes(&self.signature)?;
				validator.verify(context.bytes(self.vote.message().as_bytes()), &signature)
			})
			.is_ok()
	}
}

impl Vote {
	/// Signs the vote with the validator's key.
	#[cfg(feature = "std")]
	pub fn sign(self, validator: &schnorrkel::Keypair) -> SignedVote {
		let context = schnorrkel::signing_context(SIGNING_CONTEXT);
		let signature = validator.sign(context.bytes(self.message().as_bytes())).to_bytes();
		SignedVote { vote: self, signature }
	}
}

/// Whether `votes` of `validators` are more than two thirds: the share that the chain's own finality rests on.
pub fn is_verdict(votes: u32, validators: u32) -> bool {
	u64::from(votes) * 3 > u64::from(validators) * 2
}

/// Whether votes that named a leaf prove that a program is not deterministic: at least a third of the `validators` named
/// another leaf than the one named most often. Fewer than a third are hostile, by the assumption that finality makes
/// too, so no number of lies can do this to a deterministic program; and a program that leaves the honest without a
/// verdict although all of them vote always does it to itself.
///
/// `named`: votes that named any leaf. `most`: votes for the leaf named most often.
pub fn shows_divergence(named: u32, most: u32, validators: u32) -> bool {
	u64::from(named.saturating_sub(most)) * 3 >= u64::from(validators.max(1))
}

#[cfg(test)]
mod tests {
	use super::*;

	fn vote(validator: &schnorrkel::Keypair) -> Vote {
		Vote {
			genesis: Hash::of(b"genesis"),
			job: 1,
			batch: 2,
			attempt: 3,
			task: 4,
			opened_at: 5,
			validator: validator.public.to_bytes(),
			ruling: Ruling::Leaf(Hash::of(b"leaf")),
		}
	}

	#[test]
	fn only_the_signed_statement_is_authentic() {
		let validator = schnorrkel::Keypair::generate();
		let signed = vote(&validator).sign(&validator);
		assert!(signed.is_authentic());
		let changes: [fn(&mut Vote); 10] = [
			|v| v.genesis = Hash::default(),
			|v| v.job += 1,
			|v| v.batch += 1,
			|v| v.attempt += 1,
			|v| v.task += 1,
			|v| v.opened_at += 1,
			|v| v.validator = schnorrkel::Keypair::generate().public.to_bytes(),
			|v| v.ruling = Ruling::Leaf(Hash::default()),
			|v| v.ruling = Ruling::Missealed,
			|v| v.ruling = Ruling::Held,
		];
		for change in changes {
			let mut changed = signed;
			change(&mut changed.vote);
			assert!(!changed.is_authentic(), "{:?}", changed.vote);
		}
	}

	#[test]
	fn a_verdict_takes_more_than_two_thirds() {
		assert!(is_verdict(1, 1));
		assert!(!is_verdict(2, 3));
		assert!(is_verdict(3, 3));
		assert!(!is_verdict(66, 99));
		assert!(is_verdict(67, 99));
		assert!(!is_verdict(u32::MAX / 2, u32::MAX));
	}

	/// For every split of the honest votes of up to 40 validators, with fewer than a third hostile.
	#[test]
	fn no_lie_shows_divergence_and_honest_disagreement_does() {
		for validators in 1..=40u32 {
			let hostile = (validators - 1) / 3;
			let honest = validators - hostile;
			for lies in 0..=hostile {
				for awake in 0..=honest {
					// A deterministic program: the honest that vote name one leaf, liars any others.
					assert!(
						!shows_divergence(awake + lies, awake.max(lies), validators),
						"{validators} validators, {awake} awake, {lies} lies"
					);
				}
			}
			for most in 1..=validators {
				// All vote, and no leaf gets a verdict.
				if !is_verdict(most, validators) {
					assert!(shows_divergence(validators, most, validators), "{most} of {validators}");
				}
			}
		}
	}
}
