//! An auditor's part done by hand, with a key that the auditor of no node uses.

use assay_client::{Client, Keys};
use assay_primitives::{
	audit::{AuditReport, AuditStatement, Draw, Findings},
	view::{AuditTask, DisputeTask},
	TaskIndex,
};
use codec::{Decode, Encode};
use serde_json::{json, Value};
use std::error::Error;

/// Whatever can go wrong on the way to a node.
pub type AnyError = Box<dyn Error + Send + Sync>;

/// Most batches asked for at once.
const MAX_TASKS: u32 = 1_000;
/// How proofs of the chain's VRFs are made, as in `assay_primitives::audit`.
const KUSAMA_VRF: bool = true;

/// A key, and the node it is used through.
#[derive(Debug)]
pub struct Auditor {
	/// The node.
	pub client: Client,
	/// The key of a validator.
	pub keys: Keys,
}

impl Auditor {
	/// The key as statements name it.
	pub fn key(&self) -> [u8; 32] {
		self.keys.account().0
	}

	/// What the runtime of the final state answers.
	///
	/// # Errors
	///
	/// If the node does not answer, or something else.
	pub async fn runtime<T: Decode>(&self, function: &str, arguments: &impl Encode) -> Result<T, AnyError> {
		let at: Value = self.client.ask("chain_getFinalizedHead", &[]).await?;
		let arguments = format!("0x{}", hex::encode(arguments.encode()));
		let parameters = [json!(format!("ComputeApi_{function}")), json!(arguments), at];
		let answer: String = self.client.ask("state_call", &parameters).await?;
		let bytes = hex::decode(answer.trim_start_matches("0x"))?;
		Ok(T::decode(&mut &bytes[..])?)
	}

	/// The batches that wait for auditors.
	///
	/// # Errors
	///
	/// If the node does not tell.
	pub async fn tasks(&self) -> Result<Vec<AuditTask>, AnyError> {
		self.runtime("audit_tasks", &MAX_TASKS).await
	}

	/// What validators are to vote on.
	///
	/// # Errors
	///
	/// If the node does not tell.
	pub async fn disputes(&self) -> Result<Vec<DisputeTask>, AnyError> {
		self.runtime("dispute_tasks", &MAX_TASKS).await
	}

	/// What is signed about a batch.
	fn statement(&self, task: &AuditTask) -> AuditStatement {
		let AuditTask { job, batch, attempt, receipt, seed, .. } = *task;
		AuditStatement { genesis: self.client.genesis(), job, batch, attempt, receipt, seed }
	}

	/// The tasks of a batch that the key's VRF drew, if it admits the key by now.
	///
	/// # Errors
	///
	/// If there is no such batch.
	pub fn samples(&self, task: &AuditTask) -> Result<Option<Vec<TaskIndex>>, AnyError> {
		let statement = self.statement(task);
		let pre_output = self.keys.keypair().vrf_create_hash(statement.transcript()).to_preout().to_bytes();
		let draw = Draw::from_pre_output(&self.key(), &pre_output, &statement).ok_or("no draw")?;
		if !draw.is_eligible(&task.spec.audit, task.validators, task.tranche) {
			return Ok(None);
		}
		let tasks = task.spec.batch_tasks(task.batch).ok_or("no such batch")?;
		let offsets = draw.samples(&task.spec.audit, task.spec.batch_len(task.batch).unwrap_or(0));
		Ok(Some(offsets.into_iter().filter_map(|offset| tasks.start.checked_add(offset)).collect()))
	}

	/// A report on a batch, true or not, that the key signs.
	pub fn report(&self, task: &AuditTask, findings: Findings) -> AuditReport {
		let in_out = self.keys.keypair().vrf_create_hash(self.statement(task).transcript());
		let (proof, _) = self.keys.keypair().dleq_proove(findings.transcript(), &in_out, KUSAMA_VRF);
		AuditReport {
			job: task.job,
			batch: task.batch,
			attempt: task.attempt,
			auditor: self.key(),
			pre_output: in_out.to_preout().to_bytes(),
			proof: proof.to_bytes(),
			findings,
		}
	}

	/// The transaction that the runtime puts together around a statement, as nodes take it.
	///
	/// # Errors
	///
	/// If the node does not answer.
	pub async fn transaction(&self, function: &str, statement: &impl Encode) -> Result<String, AnyError> {
		// An opaque extrinsic is a vector of bytes, and encoded as one it is what nodes take.
		let extrinsic: Vec<u8> = self.runtime(function, statement).await?;
		Ok(format!("0x{}", hex::encode(extrinsic.encode())))
	}

	/// Sends such a transaction.
	///
	/// # Errors
	///
	/// If the node does not take it.
	pub async fn send(&self, function: &str, statement: &impl Encode) -> Result<(), AnyError> {
		let transaction = self.transaction(function, statement).await?;
		let sent: Result<Value, _> = self.client.ask("author_submitExtrinsic", &[json!(transaction)]).await;
		sent.map(drop).map_err(Into::into)
	}
}
