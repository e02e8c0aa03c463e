//! What the chain keeps about a job and a batch, as far as a certificate needs it. The pallet's tests compare these records
//! with its own.

use super::{chain::Header, trie::Nodes, CertificateError};
use crate::{
	audit::AuditStatement, sealing::BatchKey, AccountId, Attempt, Balance, BatchIndex, BlobRef, BlockNumber,
	Hash, JobId, JobSpec,
};
use alloc::vec::Vec;
use codec::{Decode, Encode};
use core::hash::Hasher;
use twox_hash::XxHash64;

fn xx64(seed: u64, bytes: &[u8]) -> [u8; 8] {
	let mut hasher = XxHash64::with_seed(seed);
	hasher.write(bytes);
	hasher.finish().to_le_bytes()
}

/// The 32 bytes that the keys of a storage item begin with: the XX hashes of the names of pallet and item.
fn prefix(pallet: &str, item: &str) -> Vec<u8> {
	[pallet, item].iter().flat_map(|name| [0, 1].map(|seed| xx64(seed, name.as_bytes()))).flatten().collect()
}

fn append(mut key: Vec<u8>, part: impl Encode) -> Vec<u8> {
	let bytes = part.encode();
	key.extend(xx64(0, &bytes));
	key.extend(bytes);
	key
}

/// Where the chain keeps the hash of its first block.
pub fn genesis_key() -> Vec<u8> {
	append(prefix("System", "BlockHash"), BlockNumber::MIN)
}

/// Where the chain keeps a job.
pub fn job_key(job: JobId) -> Vec<u8> {
	append(prefix("Compute", "Jobs"), job)
}

/// Where the chain keeps a batch.
pub fn batch_key(job: JobId, batch: BatchIndex) -> Vec<u8> {
	append(append(prefix("Compute", "Batches"), job), batch)
}

/// Where the chain keeps the authorities of its finality: SCALE of a list of keys and weights.
pub fn authorities_key() -> Vec<u8> {
	prefix("Grandpa", "Authorities")
}

/// How the record of a job begins. Sums and counts follow.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct JobHead {
	/// Who posted it.
	pub requester: AccountId,
	/// What was asked for.
	pub spec: JobSpec,
}

/// A worker's hold on a batch.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct ClaimRecord {
	/// The worker.
	pub worker: AccountId,
	/// What it loses if it is convicted.
	pub bond: Balance,
}

/// The receipt that a batch stands on, and who looked at it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct CommitmentRecord {
	/// Hash of the receipt.
	pub receipt: Hash,
	/// Block it was accepted in.
	pub block: BlockNumber,
	/// Root over the leaves.
	pub outputs_root: Hash,
	/// The sealed results.
	pub sealed: BlobRef,
	/// Root over the sealed results.
	pub sealed_root: Hash,
	/// Commitment to the batch key.
	pub key_commitment: Hash,
	/// Auditors there were when the receipt was accepted.
	pub validators: u32,
	/// Reports of auditors that ran their samples and were not convicted since.
	pub checked: u32,
	/// Reports of auditors that could not fetch what they needed.
	pub unavailable: u32,
	/// Those of them that ran their samples all the same, because only the sealed results were missing.
	pub unsealed: u32,
	/// Block of the latest report.
	pub last_report: BlockNumber,
}

/// How what a reveal adds begins. Counts of demands follow.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct RevelationRecord {
	/// The batch key.
	pub key: BatchKey,
	/// The seed of the audit.
	pub seed: Hash,
	/// Whether there was an audit.
	pub audited: bool,
	/// Results that the requester has demanded.
	pub demands_by_requester: u8,
	/// Results that others have demanded.
	pub demands_by_others: u8,
}

/// Where a batch stands, if its audit is over and it is not contested. All else does not decode.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum StageRecord {
	/// Its key is on the chain, and it can still be contested.
	#[codec(index = 3)]
	Revealed(ClaimRecord, CommitmentRecord, RevelationRecord),
	/// Its worker was paid.
	#[codec(index = 4)]
	Settled(AccountId, CommitmentRecord, RevelationRecord),
	/// Its key is on the chain, and its worker has to show one result. What was demanded follows.
	#[codec(index = 7)]
	Demanded(ClaimRecord, CommitmentRecord, RevelationRecord),
}

/// How far the decision about a batch is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "camelCase"))]
pub enum Decision {
	/// The audit is over and the key is public. Until its challenge window ends, the batch can still be contested.
	Revealed,
	/// The same, and somebody has demanded a result that the worker has to show yet.
	Demanded,
	/// Nobody contested it with success, and its worker was paid.
	Paid,
}

/// The head of a batch's record.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct BatchHead {
	/// How often it was handed out before.
	pub attempt: Attempt,
	/// The block it is filed under in the index of deadlines.
	pub filed_under: Option<BlockNumber>,
	/// Where it stands.
	pub stage: StageRecord,
}

/// A batch whose audit is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AcceptedBatch {
	/// How often it was handed out before.
	pub attempt: Attempt,
	/// Who ran it.
	pub worker: AccountId,
	/// What the receipt committed the worker to.
	pub commitment: CommitmentRecord,
	/// Key and seed.
	pub revelation: RevelationRecord,
	/// How far the decision is.
	pub decision: Decision,
}

impl AcceptedBatch {
	/// What the auditors' VRFs were evaluated on. The record itself does not say which batch it is.
	pub fn statement(&self, genesis: Hash, job: JobId, batch: BatchIndex) -> AuditStatement {
		AuditStatement {
			genesis,
			job,
			batch,
			attempt: self.attempt,
			receipt: self.commitment.receipt,
			seed: self.revelation.seed,
		}
	}

	/// Reads a record of the chain. `None` if the batch is at another stage, or the record is none.
	pub fn read(mut record: &[u8]) -> Option<Self> {
		let BatchHead { attempt, stage, .. } = BatchHead::decode(&mut record).ok()?;
		let (worker, commitment, revelation, decision) = match stage {
			StageRecord::Revealed(claim, commitment, revelation) => {
				(claim.worker, commitment, revelation, Decision::Revealed)
			},
			StageRecord::Demanded(claim, commitment, revelation) => {
				(claim.worker, commitment, revelation, Decision::Demanded)
			},
			StageRecord::Settled(worker, commitment, revelation) => {
				(worker, commitment, revelation, Decision::Paid)
			},
		};
		Some(Self { attempt, worker, commitment, revelation, decision })
	}
}

/// A part of the chain's state, shown by the nodes of the trie that lead to it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct StateProof {
	/// The block after which the state was like that.
	pub header: Header,
	/// The nodes on the way to [`genesis_key`], [`job_key`] and [`batch_key`], and no others.
	pub nodes: Vec<Vec<u8>>,
}

/// What a [`StateProof`] shows.
pub(super) struct ProvenState {
	pub(super) job: JobHead,
	pub(super) batch: AcceptedBatch,
}

impl StateProof {
	/// Reads job and batch, of a chain with this first block.
	pub(super) fn read(
		&self,
		genesis: &Hash,
		job: JobId,
		batch: BatchIndex,
	) -> Result<ProvenState, CertificateError> {
		use CertificateError as E;
		let mut nodes = Nodes::new(&self.nodes);
		let mut read = |key: Vec<u8>| nodes.read(&self.header.state_root, &key).map_err(E::BadStateProof);
		let first = read(genesis_key())?;
		if first.as_deref() != Some(genesis.as_ref()) {
			return Err(E::OtherGenesis);
		}
		let job_record = read(job_key(job))?.ok_or(E::NoJob)?;
		let batch_record = read(batch_key(job, batch))?.ok_or(E::NoBatch)?;
		if !nodes.are_all_used() {
			return Err(E::SurplusNodes);
		}
		let job = JobHead::decode(&mut &job_record[..]).map_err(|_| E::MalformedJob)?;
		let batch = AcceptedBatch::read(&batch_record).ok_or(E::NotAccepted)?;
		Ok(ProvenState { job, batch })
	}
}
