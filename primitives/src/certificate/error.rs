//! What is wrong with a certificate.

use super::trie::TrieError;
use crate::{AccountId, Attempt, BlockNumber, Hash, TaskIndex};
use core::fmt::{Display, Formatter, Result};

/// What is wrong with a certificate. None of these happens to one as a node made it, checked against the chain it is of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CertificateError {
	/// It is of a version that this program does not know.
	Version(u16),

	/// The receipt was made for another chain than the certificate is about.
	OtherChain,
	/// The receipt is for another batch than the certificate is about.
	OtherBatch,
	/// The receipt is not signed by the worker it names, or was changed.
	BadReceiptSignature,

	/// The certificate is about another chain than the trusted one.
	UntrustedChain {
		/// The first block of the trusted chain.
		trusted: Hash,
		/// The first block of the certificate's chain.
		found: Hash,
	},
	/// None of the authority sets is the trusted one.
	UntrustedAuthorities,
	/// A set of authorities is empty, names somebody twice, or somebody who does not count.
	BadAuthoritySet {
		/// Its number.
		set: u64,
	},
	/// The last block of a set of authorities does not name the next one.
	BadHandover {
		/// The set that should have handed over.
		set: u64,
	},
	/// Votes of a set of authorities that the certificate does not show.
	UnknownSet {
		/// Its number.
		set: u64,
	},
	/// The votes are not for this block, or its header was changed.
	WrongTarget {
		/// Its number.
		block: BlockNumber,
	},
	/// Somebody voted who is not in the set.
	UnknownVoter {
		/// The set's number.
		set: u64,
		/// The key.
		authority: Hash,
	},
	/// A vote is not signed by its authority in that round and set, or was changed.
	BadVote {
		/// The key.
		authority: Hash,
	},
	/// A vote is neither for the block nor for one after it.
	StrayVote {
		/// The key.
		authority: Hash,
	},
	/// There are headers that no vote needs.
	SurplusHeaders,
	/// Not more than two thirds signed.
	TooFewVotes {
		/// The weight of those who did.
		cast: u128,
		/// The least weight that suffices.
		needed: u128,
		/// The weight of all.
		total: u128,
	},

	/// A part of the chain's state cannot be read: a node of the proof is missing or was changed.
	BadStateProof(TrieError),
	/// There are nodes in the proof that prove nothing.
	SurplusNodes,
	/// The state is that of a chain with another first block.
	OtherGenesis,
	/// The chain has no such job.
	NoJob,
	/// The chain's record of the job does not decode.
	MalformedJob,
	/// The chain has no such batch, or nobody ever claimed it.
	NoBatch,
	/// On the chain the batch is not revealed, or it is contested right then.
	NotAccepted,
	/// The chain accepted another attempt at the batch.
	OtherAttempt {
		/// The receipt's.
		certified: Attempt,
		/// The chain's.
		accepted: Attempt,
	},
	/// On the chain the batch belongs to another worker.
	OtherWorker {
		/// The receipt's.
		certified: AccountId,
		/// The chain's.
		accepted: AccountId,
	},
	/// On the chain the batch stands on another receipt.
	OtherReceipt,
	/// The key is not the one that the chain has.
	OtherKey,
	/// The key is not the one that the receipt commits to.
	WrongKey,

	/// The blocks do not follow each other, or do not begin with the one after the receipt's.
	BrokenHistory {
		/// The number of the first that does not fit.
		block: BlockNumber,
	},
	/// The blocks lead to none that is proven final.
	UnfinishedHistory,
	/// One of the blocks that seed the audit has no VRF output.
	NoVrf,
	/// The blocks after the receipt's do not make the seed that the audit used.
	WrongSeed,

	/// A report is about something else than this receipt's attempt at this batch.
	OtherReport {
		/// The auditor's key.
		auditor: Hash,
	},
	/// An auditor reports twice.
	TwoReports {
		/// The auditor's key.
		auditor: Hash,
	},
	/// A report's VRF proof does not hold for this receipt, seed and findings.
	BadReportProof {
		/// The auditor's key.
		auditor: Hash,
	},
	/// A report is not in the block where it should be.
	NotIncluded {
		/// The auditor's key.
		auditor: Hash,
	},
	/// A report has not one tag for each task that its auditor was drawn to run.
	WrongTagCount {
		/// The auditor's key.
		auditor: Hash,
	},
	/// The opened tasks are not exactly those that auditors were drawn to run.
	WrongOpenings,
	/// An opened outcome is not the one under the receipt's root.
	BadOpening(TaskIndex),
	/// The seed spared the batch an audit, and yet there are reports or openings.
	NotAudited,
	/// The reports are not as many as the chain counted.
	WrongCount {
		/// Reports here that the opened results confirm.
		confirmed: u32,
		/// Reports that checked, as the chain counted them.
		checked: u32,
		/// Reports here that something could not be fetched.
		unavailable: u32,
		/// The same, as the chain counted them.
		counted_unavailable: u32,
	},
	/// Fewer auditors checked the batch than its policy asks for.
	TooFewChecks {
		/// How many did.
		checked: u32,
		/// How many must have.
		required: u32,
	},
}

impl Display for CertificateError {
	fn fmt(&self, f: &mut Formatter<'_>) -> Result {
		use CertificateError as E;
		match self {
			E::Version(version) => write!(f, "certificates of version {version} are unknown to this program"),
			E::OtherChain => f.write_str("the receipt was made for another chain than the certificate names"),
			E::OtherBatch => f.write_str("the receipt is for another batch than the certificate names"),
			E::BadReceiptSignature => {
				f.write_str("the receipt's signature is not that of its worker, or the receipt was changed")
			},
			E::UntrustedChain { trusted, found } => {
				write!(f, "the certificate is about the chain that begins with block {found}, not with {trusted}")
			},
			E::UntrustedAuthorities => f.write_str(
				"the blocks are not signed by the trusted authorities, nor by any they handed over to",
			),
			E::BadAuthoritySet { set } => {
				write!(f, "authority set {set} is empty, or names a key twice or without weight")
			},
			E::BadHandover { set } => {
				write!(f, "the last block of authority set {set} does not name the set that follows")
			},
			E::UnknownSet { set } => {
				write!(f, "votes of authority set {set}, about which the certificate says nothing")
			},
			E::WrongTarget { block } => {
				write!(f, "the votes are not for block {block} as it stands here: its header was changed, or its votes")
			},
			E::UnknownVoter { set, authority } => {
				write!(f, "{authority} voted, who is not in authority set {set}")
			},
			E::BadVote { authority } => {
				write!(f, "the vote of the authority {authority} is not signed by it for this round and set")
			},
			E::StrayVote { authority } => write!(
				f,
				"the vote of the authority {authority} is neither for the block nor for one that is shown to follow"
			),
			E::SurplusHeaders => f.write_str("the votes come with headers that none of them needs"),
			E::TooFewVotes { cast, needed, total } => write!(
				f,
				"the block is not final: authorities of weight {cast} of {total} signed it, it takes {needed}"
			),
			E::BadStateProof(error) => write!(f, "the chain's state is not proven: {error}"),
			E::SurplusNodes => f.write_str("the proof of the chain's state has nodes that prove nothing"),
			E::OtherGenesis => f.write_str("the proven state is that of a chain with another first block"),
			E::NoJob => f.write_str("the proven state has no such job"),
			E::MalformedJob => f.write_str("the proven record of the job does not decode"),
			E::NoBatch => f.write_str("the proven state has no such batch"),
			E::NotAccepted => f.write_str("in the proven state the batch is not revealed, or is contested"),
			E::OtherAttempt { certified, accepted } => {
				write!(f, "the receipt is for attempt {certified}, but the chain accepted attempt {accepted}")
			},
			E::OtherWorker { certified, accepted } => {
				write!(f, "the receipt is of the worker {certified:?}, but the chain has {accepted:?}")
			},
			E::OtherReceipt => f.write_str("the chain accepted another receipt"),
			E::OtherKey => f.write_str("the key is not the one on the chain"),
			E::WrongKey => f.write_str("the key is not the one that the receipt commits to"),
			E::BrokenHistory { block } => {
				write!(f, "block {block} does not follow the one before it, or its header was changed")
			},
			E::UnfinishedHistory => f.write_str("the blocks of the audit do not lead to the final one"),
			E::NoVrf => f.write_str("a block that seeds the audit has no VRF output"),
			E::WrongSeed => f.write_str("the blocks that seed the audit do not make the seed on the chain"),
			E::OtherReport { auditor } => {
				write!(f, "the report of {auditor} is about another batch or attempt")
			},
			E::TwoReports { auditor } => write!(f, "the auditor {auditor} reports twice"),
			E::BadReportProof { auditor } => write!(
				f,
				"the report of {auditor} is not proven by its VRF for this receipt and seed, or was changed"
			),
			E::NotIncluded { auditor } => {
				write!(f, "the report of {auditor} is not shown to be in the block it should be in")
			},
			E::WrongTagCount { auditor } => {
				write!(f, "the report of {auditor} has not one tag for each task it was drawn to run")
			},
			E::WrongOpenings => {
				f.write_str("the opened tasks are not exactly those that auditors were drawn to run")
			},
			E::BadOpening(task) => {
				write!(f, "the outcome of task {task} is not the one that the receipt commits to")
			},
			E::NotAudited => f.write_str("the draw spared the batch, and yet there are reports or openings"),
			E::WrongCount { confirmed, checked, unavailable, counted_unavailable } => write!(
				f,
				"there are {confirmed} confirmed reports and {unavailable} of missing data, but the chain counted {checked} and {counted_unavailable}"
			),
			E::TooFewChecks { checked, required } => {
				write!(f, "{checked} auditors checked the batch, but its policy asks for {required}")
			},
		}
	}
}

impl core::error::Error for CertificateError {}
