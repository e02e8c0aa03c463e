//! Putting a certificate together.

use super::{
	calls, header_at,
	inclusion::Transactions,
	lineage::{kept_votes, last_final, Lineage},
	seed, CertifyError,
};
use crate::service::{FullBackend, FullClient};
use assay_primitives::{
	audit::{Findings, Opening, SEED_BLOCKS},
	certificate::{
		authorities_key, batch_key, genesis_key, job_key, AcceptedBatch, Anchor, AuthorityKey, Certificate,
		CommitmentRecord, Header, History, IncludedReport, JobHead, StateProof, Verified, Weight, VERSION,
	},
	BatchIndex, BlockNumber, Hash, JobId, TaskIndex,
};
use assay_runtime::{opaque, AccountId};
use codec::{Decode, DecodeAll, Encode};
use pallet_compute::BatchRecord;
use sc_client_api::{BlockBackend, ProofProvider, StorageKey, StorageProvider};
use sc_consensus_grandpa::SharedAuthoritySet;
use sc_service::ChainSpec;
use sp_blockchain::HeaderBackend;
use std::{
	collections::BTreeSet,
	sync::{Arc, OnceLock},
};

/// Blocks that the history in a certificate spans, at most: some hundred bytes each. Votes for a block are kept at least
/// every [`crate::service::JUSTIFICATION_PERIOD`] blocks.
const MAX_HISTORY: BlockNumber = 4_096;
/// A history longer than this one ends with the next block whose votes are kept, rather than with the last final one.
const LONG_HISTORY: BlockNumber = 256;

/// Puts certificates together.
pub(crate) struct Certifier {
	client: Arc<FullClient>,
	backend: Arc<FullBackend>,
	sets: SharedAuthoritySet<assay_runtime::Hash, BlockNumber>,
	spec: Box<dyn ChainSpec>,
	first_authorities: OnceLock<Vec<(AuthorityKey, Weight)>>,
}

/// A batch whose audit is over, as the last final block has it, and what it takes to show that.
struct Subject {
	genesis: Hash,
	job: JobId,
	batch: BatchIndex,
	head: JobHead,
	accepted: AcceptedBatch,
	state: StateProof,
}

impl Certifier {
	/// Reads everything from these; the chain's first authorities are in its specification.
	pub(crate) fn new(
		client: Arc<FullClient>,
		backend: Arc<FullBackend>,
		sets: SharedAuthoritySet<assay_runtime::Hash, BlockNumber>,
		spec: Box<dyn ChainSpec>,
	) -> Self {
		Self { client, backend, sets, spec, first_authorities: OnceLock::new() }
	}

	/// Certifies a batch. The certificate shows the authorities from `first_set` on, by default from the chain's first.
	pub(crate) fn certify(
		&self,
		job: JobId,
		batch: BatchIndex,
		first_set: Option<u64>,
	) -> Result<(Certificate, Verified), CertifyError> {
		let lineage = Lineage::read(&self.sets)?;
		let (header, votes) = last_final(&self.backend, &self.client)?;
		let subject = self.subject(job, batch, header)?;
		let commitment = &subject.accepted.commitment;
		let receipt = calls::find_receipt(&self.body(commitment.block)?, &commitment.receipt)
			.ok_or(CertifyError::NotFound { block: commitment.block, what: "the receipt" })?;
		let history = self.history(&subject, &lineage)?;
		let reports = self.reports(&subject, &history)?;
		let openings = self.openings(&subject, &reports)?;
		let finalised = lineage.finalised(votes);
		let oldest =
			history.finalised.as_ref().map_or(finalised.set, |history| history.set.min(finalised.set));
		let newest =
			history.finalised.as_ref().map_or(finalised.set, |history| history.set.max(finalised.set));
		let authorities =
			lineage.show(&self.client, || self.first_authorities(), first_set, (oldest, newest))?;
		let anchor = Anchor::Set(authorities.first.fingerprint(&subject.genesis));
		let certificate = Certificate {
			version: VERSION,
			genesis: subject.genesis,
			job,
			batch,
			receipt,
			key: subject.accepted.revelation.key,
			seed: seed::origins(&self.client, seed_block(commitment))?,
			history,
			reports,
			openings,
			state: subject.state,
			finalised,
			authorities,
		};
		let verified = certificate.verify(Some(&anchor)).map_err(CertifyError::Unsound)?;
		Ok((certificate, verified))
	}

	fn subject(&self, job: JobId, batch: BatchIndex, header: Header) -> Result<Subject, CertifyError> {
		let at: assay_runtime::Hash = header.hash().0.into();
		let no_state = |error: sp_blockchain::Error| CertifyError::NoState {
			block: header.number,
			reason: error.to_string(),
		};
		let read = |key| {
			let found = self.client.storage(at, &StorageKey(key)).map_err(no_state);
			found.map(|data| data.map(|data| data.0))
		};
		let unreadable = |error| CertifyError::Database(format!("unreadable job {job}: {error}"));
		let record = read(job_key(job))?.ok_or(CertifyError::UnknownJob(job))?;
		let head = JobHead::decode(&mut &record[..]).map_err(unreadable)?;
		if head.spec.batch_tasks(batch).is_none() {
			return Err(CertifyError::UnknownBatch { job, batch });
		}
		let record = read(batch_key(job, batch))?;
		let Some(accepted) = record.as_deref().and_then(AcceptedBatch::read) else {
			let record = record.map(|record| BatchRecord::<AccountId>::decode_all(&mut &record[..]));
			let record = record.transpose().map_err(unreadable)?.unwrap_or_else(BatchRecord::fresh);
			return Err(CertifyError::NotAccepted {
				job,
				batch,
				stage: record.view_stage(true),
				block: header.number,
			});
		};
		let keys = [genesis_key(), job_key(job), batch_key(job, batch)];
		let proof = self.client.read_proof(at, &mut keys.iter().map(|key| &key[..])).map_err(no_state)?;
		let state = StateProof { header, nodes: proof.into_iter_nodes().collect() };
		let genesis = Hash(self.client.info().genesis_hash.0);
		Ok(Subject { genesis, job, batch, head, accepted, state })
	}

	/// The blocks from the first one that seeds the audit to the last final one, or to an earlier one whose votes are kept.
	fn history(&self, subject: &Subject, lineage: &Lineage) -> Result<History, CertifyError> {
		let commitment = &subject.accepted.commitment;
		let first = commitment.block.saturating_add(1);
		let audited = commitment.last_report.max(seed_block(commitment));
		let end = &subject.state.header;
		let mut headers = Vec::new();
		for number in first..=end.number {
			let header = header_at(&self.client, number)?;
			let spanned = number.saturating_sub(first);
			let is_kept = number >= audited && number < end.number && spanned >= LONG_HISTORY;
			let votes = if is_kept { kept_votes(&self.client, &header)? } else { None };
			headers.push(header);
			if let Some(votes) = votes {
				return Ok(History { headers, finalised: Some(lineage.finalised(votes)) });
			}
			if spanned >= MAX_HISTORY {
				return Err(CertifyError::TooLong { block: audited, limit: MAX_HISTORY });
			}
		}
		Ok(History { headers, finalised: None })
	}

	/// The reports on the attempt that was accepted. Each was in the state once, so each is in a block.
	fn reports(&self, subject: &Subject, history: &History) -> Result<Vec<IncludedReport>, CertifyError> {
		let commitment = &subject.accepted.commitment;
		let wanted = (subject.job, subject.batch, subject.accepted.attempt);
		let audited = history.headers.iter().filter(|header| header.number <= commitment.last_report);
		let mut included = Vec::new();
		for header in audited {
			let body = self.body(header.number)?;
			let found: Vec<_> = calls::reports(&body)
				.filter(|(_, report)| (report.job, report.batch, report.attempt) == wanted)
				.collect();
			if found.is_empty() {
				continue;
			}
			let block = header.number;
			let missing = CertifyError::NotFound { block, what: "what its header says" };
			let extrinsics: Vec<_> = body.iter().map(Encode::encode).collect();
			let trie = Transactions::new(&extrinsics, &header.extrinsics_root).ok_or(missing.clone())?;
			for (index, report) in found {
				let nodes = trie.proof(index).ok_or(missing.clone())?;
				included.push(IncludedReport { report, block, index, nodes });
			}
		}
		Ok(included)
	}

	/// The outcomes of the tasks that auditors ran, from the transaction that revealed the batch.
	fn openings(&self, subject: &Subject, reports: &[IncludedReport]) -> Result<Vec<Opening>, CertifyError> {
		let needed = subject.sampled(reports);
		if needed.is_empty() {
			return Ok(Vec::new());
		}
		let commitment = &subject.accepted.commitment;
		let first = commitment.last_report;
		for block in first..=subject.state.header.number.min(first.saturating_add(MAX_HISTORY)) {
			for reveal in calls::reveals(&self.body(block)?, (subject.job, subject.batch)) {
				let opened: BTreeSet<TaskIndex> =
					reveal.openings.iter().map(|opening| opening.task).collect();
				if reveal.key == subject.accepted.revelation.key && opened == needed {
					return Ok(reveal.openings);
				}
			}
		}
		Err(CertifyError::NotFound {
			block: commitment.last_report,
			what: "the reveal, nor does any after it",
		})
	}

	fn body(&self, number: BlockNumber) -> Result<Vec<opaque::UncheckedExtrinsic>, CertifyError> {
		let missing = CertifyError::NoBlock(number);
		let hash = self.client.hash(number)?.ok_or(missing.clone())?;
		self.client.block_body(hash)?.ok_or(missing)
	}

	/// The authorities in the chain's specification. The state of the first block is forgotten like any other.
	fn first_authorities(&self) -> Result<Vec<(AuthorityKey, Weight)>, CertifyError> {
		if let Some(known) = self.first_authorities.get() {
			return Ok(known.clone());
		}
		let unreadable = |reason| CertifyError::Database(format!("the chain's specification: {reason}"));
		let storage = self.spec.as_storage_builder().build_storage().map_err(unreadable)?;
		let list = storage.top.get(&authorities_key()).map(|list| Vec::decode_all(&mut &list[..]));
		let list = list.and_then(Result::ok).ok_or_else(|| unreadable("it names no authorities".into()))?;
		Ok(self.first_authorities.get_or_init(|| list).clone())
	}
}

/// The last of the blocks that seed the audit.
fn seed_block(commitment: &CommitmentRecord) -> BlockNumber {
	commitment.block.saturating_add(SEED_BLOCKS)
}

impl Subject {
	/// The tasks that the auditors' draws say.
	fn sampled(&self, reports: &[IncludedReport]) -> BTreeSet<TaskIndex> {
		let policy = &self.head.spec.audit;
		let statement = self.accepted.statement(self.genesis, self.job, self.batch);
		let tasks = self.head.spec.batch_tasks(self.batch).unwrap_or_default();
		if !self.accepted.revelation.audited {
			return BTreeSet::new();
		}
		let checked = reports.iter().map(|included| &included.report);
		let checked = checked.filter(|report| report.findings != Findings::Unavailable);
		let draws = checked.filter_map(|report| report.verify(&statement));
		let offsets = draws.flat_map(|draw| draw.samples(policy, tasks.end.saturating_sub(tasks.start)));
		offsets.map(|offset| tasks.start.saturating_add(offset)).collect()
	}
}
