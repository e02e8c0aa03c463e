//! Why a fee-less transaction is refused, in the one byte that a transaction pool passes on.

use frame_support::pallet_prelude::{InvalidTransaction, TransactionValidityError};

/// Why a receipt, a report or a vote does not hold. Its number is the code of `InvalidTransaction::Custom`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Refusal {
	/// There is no such job.
	UnknownJob = 1,
	/// The job has no such batch.
	UnknownBatch = 2,
	/// The statement was made for another chain.
	WrongChain = 3,
	/// The batch was handed out again since, or not as often yet.
	WrongAttempt = 4,
	/// Nobody is working on the batch, or its receipt is there already.
	NotClaimed = 5,
	/// Another worker has the batch.
	WrongWorker = 6,
	/// The signature is not that of the worker or validator it names.
	BadSignature = 7,
	/// No batch of this job can be sealed into that many bytes.
	ImplausibleSize = 8,
	/// The deadline has passed.
	TooLate = 9,
	/// The batch does not wait for auditors.
	NotCommitted = 10,
	/// The key is not that of an auditor of this session.
	NotAuditor = 11,
	/// This auditor has reported on this attempt already.
	AlreadyReported = 12,
	/// The last block that seeds the audit is not there yet.
	NoSeed = 13,
	/// The seed spared this batch.
	NotAudited = 14,
	/// The VRF proof does not hold for this batch and these findings.
	BadProof = 15,
	/// The auditor's draw does not admit it yet.
	NotEligible = 16,
	/// There must be one tag for each sample.
	WrongTagCount = 17,
	/// All the reports needed, or all there is room for, are there.
	AuditClosed = 18,
	/// The auditor has less stake than its reports answer with.
	NoStake = 19,
	/// Nothing of the batch is contested.
	NotDisputed = 20,
	/// The vote is on another task, or on an earlier dispute about it.
	WrongDispute = 21,
	/// The key is not that of a validator of this session.
	NotValidator = 22,
	/// This validator has voted already.
	AlreadyVoted = 23,
	/// The auditor was no validator yet when the receipt came in, or had another key.
	CameLater = 24,
	/// Such a vote says nothing about what is asked: a leaf where sealed results are, or the other way round.
	WrongRuling = 25,
}

impl Refusal {
	const ALL: [Self; 25] = [
		Self::UnknownJob,
		Self::UnknownBatch,
		Self::WrongChain,
		Self::WrongAttempt,
		Self::NotClaimed,
		Self::WrongWorker,
		Self::BadSignature,
		Self::ImplausibleSize,
		Self::TooLate,
		Self::NotCommitted,
		Self::NotAuditor,
		Self::AlreadyReported,
		Self::NoSeed,
		Self::NotAudited,
		Self::BadProof,
		Self::NotEligible,
		Self::WrongTagCount,
		Self::AuditClosed,
		Self::NoStake,
		Self::NotDisputed,
		Self::WrongDispute,
		Self::NotValidator,
		Self::AlreadyVoted,
		Self::CameLater,
		Self::WrongRuling,
	];

	/// The code in `InvalidTransaction::Custom`.
	pub fn code(self) -> u8 {
		self as u8
	}

	/// The refusal behind a code.
	pub fn from_code(code: u8) -> Option<Self> {
		Self::ALL.into_iter().find(|refusal| refusal.code() == code)
	}

	/// The refusal in words.
	pub fn message(self) -> &'static str {
		match self {
			Self::UnknownJob => "there is no such job",
			Self::UnknownBatch => "the job has no such batch",
			Self::WrongChain => "it was made for another chain",
			Self::WrongAttempt => "the batch is at another attempt",
			Self::NotClaimed => "the batch does not wait for a receipt",
			Self::WrongWorker => "another worker has the batch",
			Self::BadSignature => "the signature is not that of the named key",
			Self::ImplausibleSize => "no batch of this job can be sealed into that many bytes",
			Self::TooLate => "the deadline has passed",
			Self::NotCommitted => "the batch does not wait for auditors",
			Self::NotAuditor => "the key is not that of an auditor of this session",
			Self::AlreadyReported => "this auditor has reported already",
			Self::NoSeed => "the last block that seeds the audit is not there yet",
			Self::NotAudited => "this batch is not audited",
			Self::BadProof => "the proof does not hold for this batch and these findings",
			Self::NotEligible => "the auditor is not drawn yet",
			Self::WrongTagCount => "there must be one tag for each sample",
			Self::AuditClosed => "the audit of this batch is closed",
			Self::NoStake => "the auditor has too little stake",
			Self::NotDisputed => "nothing of this batch is contested",
			Self::WrongDispute => "the vote is on another dispute",
			Self::NotValidator => {
				"the key is not that of a validator that has been one since the dispute was opened"
			},
			Self::AlreadyVoted => "this validator has voted already",
			Self::CameLater => {
				"the auditor was no validator yet, or had another key, when the receipt came in"
			},
			Self::WrongRuling => "the vote does not answer what this dispute asks",
		}
	}
}

impl From<Refusal> for TransactionValidityError {
	fn from(refusal: Refusal) -> Self {
		InvalidTransaction::Custom(refusal.code()).into()
	}
}

/// What the code of an `InvalidTransaction::Custom` from this pallet means.
pub fn refusal_message(code: u8) -> &'static str {
	Refusal::from_code(code).map_or("refused for a reason this node does not know", Refusal::message)
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn every_code_names_its_refusal() {
		for refusal in Refusal::ALL {
			assert_eq!(Refusal::from_code(refusal.code()), Some(refusal));
			assert_eq!(refusal_message(refusal.code()), refusal.message());
		}
		assert_eq!(Refusal::from_code(0), None);
		assert!(refusal_message(255).contains("does not know"));
	}
}
