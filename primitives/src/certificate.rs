//! The audit certificate: everything it takes to convince somebody who has no node that a batch was run, audited and
//! accepted.
//!
//! What the verifier trusts is one set of the chain's authorities, more than two thirds of which were honest. They signed a
//! block; its state names the job, the receipt, the seed, the key and how many auditors checked; and its ancestors contain
//! the reports themselves. Receipt, reports and openings carry their own signatures, proofs and Merkle paths. Everything
//! names the chain, the job, the batch and the attempt.
//!
//! What this does not show: that the program computes what its author says, or that tasks nobody sampled are right. Their
//! worker answered for those with its bond until the challenge window ended.

mod chain;
mod error;
mod finality;
mod seed;
mod storage;
pub mod trie;

pub use chain::{authorised_call, DigestItem, EngineId, Header, COMPUTE_PALLET, SUBMIT_AUDIT};
pub use error::CertificateError;
pub use finality::{
	next_authorities, Authorities, AuthorityKey, AuthoritySet, Finalised, Handover, Justification, Precommit,
	SignedPrecommit, Weight,
};
pub use seed::{author_of, SeedOrigin};
pub use storage::{
	authorities_key, batch_key, genesis_key, job_key, AcceptedBatch, BatchHead, ClaimRecord,
	CommitmentRecord, Decision, JobHead, RevelationRecord, StageRecord, StateProof,
};

use crate::{
	audit::{self, AuditReport, AuditStatement, Findings, Opening},
	merkle,
	sealing::{self, BatchKey},
	AccountId, Attempt, BatchIndex, BlockNumber, Hash, JobId, JobSpec, SignedReceipt, TaskIndex,
};
use alloc::{
	collections::{BTreeMap, BTreeSet},
	vec::Vec,
};
use codec::{Compact, Decode, Encode};
use core::ops::Range;
use storage::ProvenState;
use trie::Nodes;

/// The version of certificates made here, and the only one understood.
pub const VERSION: u16 = 1;

/// Everything it takes to convince somebody without a node that a batch was accepted. [`Certificate::verify`] does.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Certificate {
	/// [`VERSION`].
	pub version: u16,
	/// Hash of the chain's first block.
	pub genesis: Hash,
	/// The job.
	pub job: JobId,
	/// The batch.
	pub batch: BatchIndex,
	/// The receipt it stands on.
	pub receipt: SignedReceipt,
	/// The key to the sealed results.
	pub key: BatchKey,
	/// Where the seed comes from: of each block that makes it, from the first of the history on.
	pub seed: Vec<SeedOrigin>,
	/// The blocks from the first of those that make the seed to one that is final.
	pub history: History,
	/// What auditors reported. Empty if the seed spared the batch.
	pub reports: Vec<IncludedReport>,
	/// The sampled outcomes, by ascending task.
	pub openings: Vec<Opening>,
	/// Job and batch, in the state of a final block.
	pub state: StateProof,
	/// Who made that block final.
	pub finalised: Finalised,
	/// Who they are.
	pub authorities: Authorities,
}

/// Consecutive blocks, from the one after the receipt's to one that is final.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct History {
	/// Their headers.
	pub headers: Vec<Header>,
	/// Who made the last of them final. `None` if it is the block of the proven state.
	pub finalised: Option<Finalised>,
}

/// A report, and where the chain took it in: a block cannot contain one that did not hold.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct IncludedReport {
	/// The report.
	pub report: AuditReport,
	/// The block, one of the history.
	pub block: BlockNumber,
	/// The place of its transaction in the block.
	pub index: u32,
	/// The nodes that lead from the block's `extrinsics_root` to the transaction, and no others.
	pub nodes: Vec<Vec<u8>>,
}

/// What a verifier trusts already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Anchor {
	/// The first authorities of a chain, and its first block.
	Genesis {
		/// Hash of the first block.
		genesis: Hash,
		/// Keys and weights of set 0.
		authorities: Vec<(AuthorityKey, Weight)>,
	},
	/// Any set of a chain's authorities, by [`AuthoritySet::fingerprint`].
	Set(Hash),
}

/// A set of authorities, as a person can compare it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "camelCase"))]
pub struct Signatories {
	/// How many sets there were before.
	pub set: u64,
	/// [`AuthoritySet::fingerprint`].
	pub fingerprint: Hash,
	/// Keys and weights.
	pub authorities: Vec<(Hash, Weight)>,
}

/// What a certificate shows.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "camelCase"))]
pub struct Verified {
	/// Hash of the chain's first block.
	pub genesis: Hash,
	/// The job.
	pub job: JobId,
	/// Who posted it.
	pub requester: AccountId,
	/// What was asked for.
	pub spec: JobSpec,
	/// The batch.
	pub batch: BatchIndex,
	/// The attempt that was accepted.
	pub attempt: Attempt,
	/// Its first task.
	pub first_task: TaskIndex,
	/// How many tasks it has.
	pub tasks: u32,
	/// Who ran it.
	pub worker: AccountId,
	/// Hash of the receipt.
	pub receipt: Hash,
	/// Block the receipt was accepted in.
	pub receipt_block: BlockNumber,
	/// Root over the results.
	pub outputs_root: Hash,
	/// The key to the sealed results.
	pub key: Hash,
	/// The seed of the audit.
	pub seed: Hash,
	/// How far the decision is.
	pub decision: Decision,
	/// Whether the batch was audited. If not, the seed spared it, as the job's rate allows.
	pub audited: bool,
	/// Reports that the policy asks for.
	pub required: u32,
	/// Keys of the auditors whose results are those of the worker.
	pub confirmed_by: Vec<Hash>,
	/// Keys of the auditors that had other results, and were overruled by more than two thirds of the validators.
	pub overruled: Vec<Hash>,
	/// Keys of the auditors that could not fetch what they needed.
	pub starved: Vec<Hash>,
	/// The tasks that auditors ran again.
	pub sampled: Vec<TaskIndex>,
	/// The block after which the chain's state was like that.
	pub block: BlockNumber,
	/// Its hash.
	pub block_hash: Hash,
	/// Who signed it.
	pub signed_by: Signatories,
	/// The sets that handed over to each other until then, oldest first, by fingerprint. The last one is not the latest there
	/// is, but the one of [`Verified::signed_by`] or one after it.
	pub lineage: Vec<Hash>,
	/// Whether one of those is trusted. If not, somebody has to compare them with what is known of the chain.
	pub trusted: bool,
}

/// What the reports come to.
#[derive(Default)]
struct Audit {
	confirmed_by: Vec<Hash>,
	overruled: Vec<Hash>,
	starved: Vec<Hash>,
	sampled: Vec<TaskIndex>,
	required: u32,
}

/// What the reports are held against.
struct Subject<'a> {
	statement: AuditStatement,
	spec: &'a JobSpec,
	batch: &'a AcceptedBatch,
	tasks: Range<TaskIndex>,
}

impl Certificate {
	/// Checks everything, and says what it shows.
	///
	/// Without an anchor this shows only that the authorities named in the certificate signed it, which anybody can
	/// arrange who names some of his own.
	///
	/// # Errors
	///
	/// The first thing that is wrong.
	pub fn verify(&self, anchor: Option<&Anchor>) -> Result<Verified, CertificateError> {
		if self.version != VERSION {
			return Err(CertificateError::Version(self.version));
		}
		self.check_receipt()?;
		let sets = self.authorities.sets()?;
		let lineage: Vec<Hash> = sets.iter().map(|set| set.fingerprint(&self.genesis)).collect();
		self.check_anchor(anchor, &lineage)?;
		self.finalised.verify(&self.state.header, &sets)?;
		let ProvenState { job, batch } = self.state.read(&self.genesis, self.job, self.batch)?;
		self.check_record(&batch)?;
		let tasks = job.spec.batch_tasks(self.batch).ok_or(CertificateError::NoBatch)?;
		let outputs = self.check_history(&batch, &sets)?;
		let audit = self.check_audit(&job.spec, &batch, tasks.clone(), &outputs)?;
		let signed_by = sets.iter().find(|set| set.id == self.finalised.set);
		let signed_by = signed_by.ok_or(CertificateError::UnknownSet { set: self.finalised.set })?;
		Ok(Verified {
			genesis: self.genesis,
			job: self.job,
			requester: job.requester,
			spec: job.spec,
			batch: self.batch,
			attempt: batch.attempt,
			first_task: tasks.start,
			tasks: tasks.end.saturating_sub(tasks.start),
			worker: batch.worker,
			receipt: batch.commitment.receipt,
			receipt_block: batch.commitment.block,
			outputs_root: batch.commitment.outputs_root,
			key: Hash(self.key),
			seed: batch.revelation.seed,
			decision: batch.decision,
			audited: audit.required > 0,
			required: audit.required,
			confirmed_by: audit.confirmed_by,
			overruled: audit.overruled,
			starved: audit.starved,
			sampled: audit.sampled,
			block: self.state.header.number,
			block_hash: self.state.header.hash(),
			signed_by: Signatories::of(signed_by, &self.genesis),
			lineage,
			trusted: anchor.is_some(),
		})
	}

	fn check_receipt(&self) -> Result<(), CertificateError> {
		let receipt = &self.receipt.receipt;
		if receipt.genesis != self.genesis {
			return Err(CertificateError::OtherChain);
		}
		if (receipt.job, receipt.batch) != (self.job, self.batch) {
			return Err(CertificateError::OtherBatch);
		}
		self.receipt.is_authentic().then_some(()).ok_or(CertificateError::BadReceiptSignature)
	}

	fn check_anchor(&self, anchor: Option<&Anchor>, lineage: &[Hash]) -> Result<(), CertificateError> {
		let trusted = match anchor {
			None => return Ok(()),
			Some(Anchor::Set(fingerprint)) => *fingerprint,
			Some(Anchor::Genesis { genesis, authorities }) => {
				if *genesis != self.genesis {
					return Err(CertificateError::UntrustedChain { trusted: *genesis, found: self.genesis });
				}
				AuthoritySet { id: 0, authorities: authorities.clone() }.fingerprint(genesis)
			},
		};
		lineage.contains(&trusted).then_some(()).ok_or(CertificateError::UntrustedAuthorities)
	}

	/// Checks that the chain's record is about this receipt and this key.
	fn check_record(&self, batch: &AcceptedBatch) -> Result<(), CertificateError> {
		use CertificateError as E;
		let receipt = &self.receipt.receipt;
		if receipt.attempt != batch.attempt {
			return Err(E::OtherAttempt { certified: receipt.attempt, accepted: batch.attempt });
		}
		if receipt.worker != batch.worker {
			return Err(E::OtherWorker { certified: receipt.worker, accepted: batch.worker });
		}
		if receipt.hash() != batch.commitment.receipt {
			return Err(E::OtherReceipt);
		}
		if self.key != batch.revelation.key {
			return Err(E::OtherKey);
		}
		(sealing::commit(&self.key) == receipt.key_commitment).then_some(()).ok_or(E::WrongKey)
	}

	/// Checks that the blocks lead from the receipt's to a final one, and that the first ones make the seed; says what they
	/// made it of.
	fn check_history(
		&self,
		batch: &AcceptedBatch,
		sets: &[AuthoritySet],
	) -> Result<seed::Outputs, CertificateError> {
		use CertificateError as E;
		let mut parent = None;
		let mut number = batch.commitment.block;
		for header in &self.history.headers {
			number = number.checked_add(1).ok_or(E::UnfinishedHistory)?;
			if header.number != number || parent.is_some_and(|parent| parent != header.parent) {
				return Err(E::BrokenHistory { block: number });
			}
			parent = Some(header.hash());
		}
		let last = self.history.headers.last().ok_or(E::UnfinishedHistory)?;
		match &self.history.finalised {
			Some(finalised) => finalised.verify(last, sets)?,
			None if *last == self.state.header => (),
			None => return Err(E::UnfinishedHistory),
		}
		let (seed, outputs) = seed::seed(&self.seed, &self.history.headers)?;
		(seed == batch.revelation.seed).then_some(outputs).ok_or(E::WrongSeed)
	}

	fn check_audit(
		&self,
		spec: &JobSpec,
		batch: &AcceptedBatch,
		tasks: Range<TaskIndex>,
		outputs: &[[u8; 32]],
	) -> Result<Audit, CertificateError> {
		if !audit::is_audited(&spec.audit, &batch.commitment.receipt, outputs) {
			let is_bare = self.reports.is_empty() && self.openings.is_empty();
			return is_bare.then(Audit::default).ok_or(CertificateError::NotAudited);
		}
		let statement = batch.statement(self.genesis, self.job, self.batch);
		let subject = Subject { statement, spec, batch, tasks };
		let leaves = subject.open(&self.openings)?;
		self.weigh_reports(&subject, &leaves)
	}

	/// Checks every report, and whether they are those that the chain counted and as many as the policy asks for.
	fn weigh_reports(
		&self,
		subject: &Subject<'_>,
		leaves: &BTreeMap<TaskIndex, Hash>,
	) -> Result<Audit, CertificateError> {
		use CertificateError as E;
		let mut audit = Audit::default();
		let mut auditors = BTreeSet::new();
		let mut sampled = BTreeSet::new();
		let mut overruled_checks: u32 = 0;
		for included in &self.reports {
			let auditor = Hash(included.report.auditor);
			if !auditors.insert(auditor) {
				return Err(E::TwoReports { auditor });
			}
			let tags = subject.examine(&included.report)?;
			self.check_inclusion(included)?;
			// An auditor that had no sealed results counts as starved, whether it could run its samples or not.
			let had_results = matches!(included.report.findings, Findings::Checked(_));
			let mut agrees = true;
			for (task, tag) in tags {
				let leaf = leaves.get(&task).ok_or(E::WrongOpenings)?;
				agrees &= tag == audit::tag(&included.report.auditor, leaf);
				sampled.insert(task);
			}
			match (agrees, had_results) {
				(true, true) => audit.confirmed_by.push(auditor),
				(true, false) => audit.starved.push(auditor),
				(false, _) => audit.overruled.push(auditor),
			}
			overruled_checks = overruled_checks.saturating_add(u32::from(!agrees && had_results));
		}
		if sampled.len() != leaves.len() {
			return Err(E::WrongOpenings);
		}
		audit.sampled = sampled.into_iter().collect();
		subject.check_counts(&mut audit, overruled_checks)?;
		Ok(audit)
	}

	/// Checks that the report is in the block it should be in.
	fn check_inclusion(&self, included: &IncludedReport) -> Result<(), CertificateError> {
		let failed = CertificateError::NotIncluded { auditor: Hash(included.report.auditor) };
		let header = self.history.headers.iter().find(|header| header.number == included.block);
		let root = header.ok_or(failed.clone())?.extrinsics_root;
		let mut nodes = Nodes::new(&included.nodes);
		let extrinsic = nodes.read(&root, &Compact(included.index).encode()).ok().flatten();
		let call = (COMPUTE_PALLET, SUBMIT_AUDIT, &included.report).encode();
		let is_included = extrinsic.is_some_and(|bytes| authorised_call(&bytes) == Some(&call[..]));
		(is_included && nodes.are_all_used()).then_some(()).ok_or(failed)
	}
}

impl Subject<'_> {
	fn len(&self) -> u32 {
		self.tasks.end.saturating_sub(self.tasks.start)
	}

	/// The leaf of every opened task.
	fn open(&self, openings: &[Opening]) -> Result<BTreeMap<TaskIndex, Hash>, CertificateError> {
		use CertificateError as E;
		if !openings.is_sorted_by(|one, next| one.task < next.task) {
			return Err(E::WrongOpenings);
		}
		let open = |opening: &Opening| {
			let offset = opening.task.checked_sub(self.tasks.start).filter(|offset| *offset < self.len());
			let leaf = opening.outcome.leaf(self.statement.job, opening.task);
			let root = &self.batch.commitment.outputs_root;
			let is_under =
				merkle::verify(root, self.len(), offset.ok_or(E::WrongOpenings)?, &leaf, &opening.proof);
			is_under.then_some((opening.task, leaf)).ok_or(E::BadOpening(opening.task))
		};
		openings.iter().map(open).collect()
	}

	/// The tasks that the auditor was drawn to run and its tags. Empty if it could not fetch what that takes.
	fn examine(&self, report: &AuditReport) -> Result<Vec<(TaskIndex, Hash)>, CertificateError> {
		use CertificateError as E;
		let auditor = Hash(report.auditor);
		let AuditStatement { job, batch, attempt, .. } = self.statement;
		if (report.job, report.batch, report.attempt) != (job, batch, attempt) {
			return Err(E::OtherReport { auditor });
		}
		let draw = report.verify(&self.statement).ok_or(E::BadReportProof { auditor })?;
		let (Findings::Checked(tags) | Findings::Unsealed(tags)) = &report.findings else {
			return Ok(Vec::new());
		};
		let samples = draw.samples(&self.spec.audit, self.len());
		if samples.len() != tags.len() {
			return Err(E::WrongTagCount { auditor });
		}
		let tasks = samples.into_iter().map(|offset| self.tasks.start.saturating_add(offset));
		Ok(tasks.zip(tags.iter().copied()).collect())
	}

	/// Checks the numbers of reports against those on the chain and against the policy.
	///
	/// Reports of overruled auditors are struck from the chain's count. They were among those that the worker had to wait
	/// for, so they count towards what the policy asks for.
	fn check_counts(&self, audit: &mut Audit, overruled_checks: u32) -> Result<(), CertificateError> {
		let commitment = &self.batch.commitment;
		let count = |list: &[Hash]| u32::try_from(list.len()).unwrap_or(u32::MAX);
		let (confirmed, unavailable) = (count(&audit.confirmed_by), count(&audit.starved));
		if (confirmed, unavailable) != (commitment.checked, commitment.unavailable) {
			return Err(CertificateError::WrongCount {
				confirmed,
				checked: commitment.checked,
				unavailable,
				counted_unavailable: commitment.unavailable,
			});
		}
		let checked = confirmed.saturating_add(overruled_checks);
		let required = audit::required_checks(&self.spec.audit, commitment.validators, unavailable).max(1);
		audit.required = required;
		(checked >= required).then_some(()).ok_or(CertificateError::TooFewChecks { checked, required })
	}
}

impl Signatories {
	/// The form in which a person can compare a set of the chain with that first block.
	pub fn of(set: &AuthoritySet, genesis: &Hash) -> Self {
		Self {
			set: set.id,
			fingerprint: set.fingerprint(genesis),
			authorities: set.authorities.iter().map(|(key, weight)| (Hash(*key), *weight)).collect(),
		}
	}
}

#[cfg(test)]
mod tests;
