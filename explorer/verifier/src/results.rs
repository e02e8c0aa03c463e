//! Receipts, sealed batches and the leaves of results.

use crate::{message::json, Reply};
use alloc::{
	format,
	string::{String, ToString},
	vec::Vec,
};
use assay_primitives::{
	merkle,
	sealing::{self, FetchedBatch, TaskResult},
	Hash, JobId, Receipt, SignedReceipt, TaskIndex, TaskOutcome, TaskStatus,
};
use codec::Encode;
use serde::{Deserialize, Serialize};

/// A receipt, and the signature under it if it is at hand.
#[derive(Deserialize)]
pub(crate) struct ReceiptQuestion {
	receipt: Receipt,
	/// 64 bytes in hexadecimal, with or without `0x`.
	signature: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ReceiptAnswer {
	hash: Hash,
	/// SCALE, in hexadecimal: so it stands in the block that carries it, with the signature behind.
	encoded: String,
	authentic: Option<bool>,
}

fn hexadecimal(bytes: &[u8]) -> String {
	bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn from_hexadecimal(text: &str) -> Option<Vec<u8>> {
	let text = text.strip_prefix("0x").unwrap_or(text);
	let digits: Option<Vec<u8>> =
		text.chars().map(|digit| digit.to_digit(16).and_then(|digit| u8::try_from(digit).ok())).collect();
	let digits = digits.filter(|digits| digits.len().is_multiple_of(2))?;
	Some(digits.chunks_exact(2).map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit)).collect())
}

pub(crate) fn receipt(question: ReceiptQuestion) -> Reply {
	let ReceiptQuestion { receipt, signature } = question;
	let authentic = signature
		.map(|text| {
			let bytes = from_hexadecimal(&text).and_then(|bytes| <[u8; 64]>::try_from(bytes).ok());
			bytes.ok_or("the signature is not 64 bytes in hexadecimal")
		})
		.transpose()?
		.map(|signature| SignedReceipt { receipt, signature }.is_authentic());
	let answer = ReceiptAnswer { hash: receipt.hash(), encoded: hexadecimal(&receipt.encode()), authentic };
	Ok(alloc::vec![json(&answer)?])
}

/// A batch as the chain has it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OpenQuestion {
	job: JobId,
	first_task: TaskIndex,
	tasks: u32,
	sealed_root: Hash,
	outputs_root: Hash,
	key_commitment: Hash,
	/// The key that was revealed.
	key: Hash,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct OpenedTask {
	task: TaskIndex,
	outcome: TaskOutcome,
	leaf: Hash,
	/// Siblings on the way to the root.
	proof: Vec<Hash>,
	/// Whether they lead to the root that the worker signed.
	verified: bool,
}

impl OpenQuestion {
	fn opened(&self, results: &[TaskResult]) -> Vec<OpenedTask> {
		let tasks = (self.first_task..).zip(results);
		let leaves: Vec<_> =
			tasks.clone().map(|(task, result)| result.outcome.leaf(self.job, task)).collect();
		(0u32..)
			.zip(tasks)
			.zip(&leaves)
			.map(|((offset, (task, result)), leaf)| {
				let proof = merkle::proof(&leaves, offset).unwrap_or_default();
				let verified = merkle::verify(&self.outputs_root, self.tasks, offset, leaf, &proof);
				OpenedTask { task, outcome: result.outcome, leaf: *leaf, proof, verified }
			})
			.collect()
	}
}

/// Opens a sealed batch, task by task. What cannot be tied to the receipt is not shown at all; results that are not
/// those of the outputs' root are, with that said.
pub(crate) fn open(question: &OpenQuestion, sealed: &[u8]) -> Reply {
	let end = question.first_task.checked_add(question.tasks).ok_or("there are not so many tasks")?;
	if sealing::commit(&question.key.0) != question.key_commitment {
		return Err("the key is not the one that the worker committed to".into());
	}
	let batch = FetchedBatch::parse(sealed, question.first_task..end, &question.sealed_root)
		.map_err(|error| error.to_string())?;
	let results = (question.first_task..end)
		.map(|task| {
			let opened = batch.open_one(&question.key.0, task);
			opened.ok_or_else(|| format!("task {task} is missing"))?.map_err(|error| error.to_string())
		})
		.collect::<Result<Vec<_>, _>>()?;
	let mut parts = alloc::vec![json(&question.opened(&results))?];
	parts.extend(results.into_iter().map(|result| result.output));
	Ok(parts)
}

/// How a run ended.
#[derive(Deserialize)]
pub(crate) struct OutcomeQuestion {
	job: JobId,
	task: TaskIndex,
	status: TaskStatus,
	/// In decimal.
	fuel: String,
}

#[derive(Serialize)]
struct OutcomeAnswer {
	outcome: TaskOutcome,
	leaf: Hash,
}

/// Outcome and leaf of a task that wrote `output`.
pub(crate) fn outcome(question: &OutcomeQuestion, output: &[u8]) -> Reply {
	let fuel = question.fuel.parse().map_err(|_| "the fuel is not a number")?;
	let outcome =
		TaskOutcome::new(question.status, output, fuel).ok_or("the output is longer than any may be")?;
	Ok(alloc::vec![json(&OutcomeAnswer { outcome, leaf: outcome.leaf(question.job, question.task) })?])
}
