//! Fair exchange: results go onto the network encrypted, before the receipt; the key goes onto the chain before the
//! pay.
//!
//! A sealed batch is `SCALE(Vec<SealedEntry>)`, one entry per task in order, followed by the sealed results. A result
//! is `SCALE((status, fuel))` and the output's bytes, encrypted with ChaCha20 (RFC 8439) under the batch key, the task's
//! index as the 96-bit little-endian nonce, the block counter from 0. Status and fuel are inside because whoever knows
//! them and the output knows the leaf, which no auditor may before it has run the task.

use crate::{hash, merkle, Attempt, BatchIndex, Hash, JobId, TaskIndex, TaskLimits, TaskOutcome, TaskStatus};
use alloc::vec::Vec;
use chacha20::{
	cipher::{KeyIvInit, StreamCipher},
	ChaCha20,
};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use core::ops::Range;
use scale_info::TypeInfo;

/// A batch's secret key, until its worker reveals it.
pub type BatchKey = [u8; 32];

/// Status and fuel in front of an output take at most 6 + 8 bytes.
const MAX_SEALED_LEN: u32 = TaskLimits::MAX_OUTPUT_BYTES + 14;

/// What a receipt says of the batch key: `BLAKE3-derive_key("assay.key.v1", key)`.
pub fn commit(key: &BatchKey) -> Hash {
	hash::derive(hash::KEY, key)
}

/// The key for one attempt at a batch, from the worker's own secret: a crash loses nothing, and no two attempts share a
/// key stream.
pub fn batch_key(
	secret: &[u8; 32],
	genesis: &Hash,
	job: JobId,
	batch: BatchIndex,
	attempt: Attempt,
) -> BatchKey {
	hash::derive(hash::BATCH_KEY, &(secret, genesis, job, batch, attempt)).0
}

/// One sealed result in the manifest.
#[derive(
	Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct SealedEntry {
	/// BLAKE3 of the sealed bytes.
	pub hash: Hash,
	/// How many there are.
	pub len: u32,
}

impl SealedEntry {
	/// The leaf of this entry in the tree under a receipt's `sealed_root`.
	pub fn leaf(&self, task: TaskIndex) -> Hash {
		hash::derive(hash::SEALED, &(task, self))
	}
}

/// One sealed result, shown to lie under a receipt's `sealed_root`, byte for byte.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
pub struct SealedOpening {
	/// Its entry in the manifest.
	pub entry: SealedEntry,
	/// The siblings on the way to the root, at most [`crate::merkle::MAX_PROOF_LEN`].
	pub proof: Vec<Hash>,
	/// The sealed bytes. Empty where the length alone says enough.
	pub bytes: Vec<u8>,
}

impl SealedOpening {
	/// Whether the entry is that of `task`, the one at `offset` of `tasks`, under `sealed_root`.
	pub fn is_under(&self, sealed_root: &Hash, tasks: u32, offset: u32, task: TaskIndex) -> bool {
		self.proof.len() <= merkle::MAX_PROOF_LEN
			&& merkle::verify(sealed_root, tasks, offset, &self.entry.leaf(task), &self.proof)
	}

	/// Whether the bytes are those of the entry.
	pub fn has_bytes(&self) -> bool {
		u32::try_from(self.bytes.len()) == Ok(self.entry.len) && Hash::of(&self.bytes) == self.entry.hash
	}

	/// Whether the sealed result is that `outcome`. `None` if only the bytes could tell, and they are not here.
	pub fn holds(&self, key: &BatchKey, task: TaskIndex, outcome: &TaskOutcome) -> Option<bool> {
		if sealed_len(outcome) != u64::from(self.entry.len) {
			return Some(false);
		}
		let result = self.has_bytes().then(|| open_result(key, task, &self.bytes))?;
		Some(result.is_ok_and(|result| result.outcome == *outcome))
	}
}

/// How many bytes a result of that outcome has when sealed.
pub fn sealed_len(outcome: &TaskOutcome) -> u64 {
	let head = (outcome.status, outcome.fuel).encoded_size();
	u64::try_from(head).unwrap_or(u64::MAX).saturating_add(outcome.output_len.into())
}

/// A task's result as its worker has it and as its requester gets it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskResult {
	/// What the leaf is made of.
	pub outcome: TaskOutcome,
	/// What the task wrote to standard output.
	pub output: Vec<u8>,
}

/// Why sealed results cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SealError {
	/// There is no such thing as an empty batch.
	Empty,
	/// The manifest does not decode, or does not fit the number of tasks or the length of the bytes.
	MalformedManifest,
	/// The manifest is not the one the receipt commits to.
	WrongSealedRoot,
	/// The sealed bytes of this task are not those in the manifest.
	WrongSealedBytes(TaskIndex),
	/// What this task's bytes decrypt to is not a result.
	MalformedResult(TaskIndex),
	/// The results are not those the receipt commits to.
	WrongOutputsRoot,
}

impl core::fmt::Display for SealError {
	fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
		match self {
			Self::Empty => f.write_str("the batch has no tasks"),
			Self::MalformedManifest => f.write_str("the sealed batch's manifest is malformed"),
			Self::WrongSealedRoot => f.write_str("the sealed batch is not the one the receipt commits to"),
			Self::WrongSealedBytes(task) => write!(f, "the sealed bytes of task {task} are damaged"),
			Self::MalformedResult(task) => write!(f, "task {task} does not decrypt to a result"),
			Self::WrongOutputsRoot => f.write_str("the results are not those the receipt commits to"),
		}
	}
}

impl core::error::Error for SealError {}

/// A sealed batch, ready to be put on the network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedBatch {
	/// Manifest and sealed results.
	pub bytes: Vec<u8>,
	/// For the receipt's `sealed_root`.
	pub root: Hash,
}

fn apply_key_stream(key: &BatchKey, task: TaskIndex, bytes: &mut [u8]) {
	let mut nonce = [0; 12];
	let (low, _) = nonce.split_at_mut(4);
	low.copy_from_slice(&task.to_le_bytes());
	ChaCha20::new(key.into(), &nonce.into()).apply_keystream(bytes);
}

fn seal_result(key: &BatchKey, task: TaskIndex, result: &TaskResult) -> Vec<u8> {
	let mut bytes = (result.outcome.status, result.outcome.fuel).encode();
	bytes.extend_from_slice(&result.output);
	apply_key_stream(key, task, &mut bytes);
	bytes
}

/// Decrypts one sealed result.
pub fn open_result(key: &BatchKey, task: TaskIndex, sealed: &[u8]) -> Result<TaskResult, SealError> {
	let mut bytes = sealed.to_vec();
	apply_key_stream(key, task, &mut bytes);
	let mut rest = &bytes[..];
	let (status, fuel) =
		<(TaskStatus, u64)>::decode(&mut rest).map_err(|_| SealError::MalformedResult(task))?;
	let outcome = TaskOutcome::new(status, rest, fuel).ok_or(SealError::MalformedResult(task))?;
	Ok(TaskResult { outcome, output: rest.to_vec() })
}

/// Seals the results of the tasks from `first` on.
pub fn seal_batch(
	key: &BatchKey,
	first: TaskIndex,
	results: &[TaskResult],
) -> Result<SealedBatch, SealError> {
	let mut manifest = Vec::new();
	let mut bodies = Vec::new();
	let mut leaves = Vec::new();
	for (task, result) in (first..).zip(results) {
		let sealed = seal_result(key, task, result);
		let len = u32::try_from(sealed.len()).ok().filter(|len| *len <= MAX_SEALED_LEN);
		let entry =
			SealedEntry { hash: Hash::of(&sealed), len: len.ok_or(SealError::MalformedResult(task))? };
		leaves.push(entry.leaf(task));
		manifest.push(entry);
		bodies.extend(sealed);
	}
	let root = merkle::root(&leaves).ok_or(SealError::Empty)?;
	let mut bytes = manifest.encode();
	bytes.extend(bodies);
	Ok(SealedBatch { bytes, root })
}

/// A sealed batch as fetched from the network, checked against what its receipt commits to but still sealed.
#[derive(Clone, Debug)]
pub struct FetchedBatch<'a> {
	entries: Vec<SealedEntry>,
	bodies: &'a [u8],
	tasks: Range<TaskIndex>,
}

impl<'a> FetchedBatch<'a> {
	/// Reads the manifest of `bytes` and checks it, and every sealed result, against `sealed_root`.
	pub fn parse(bytes: &'a [u8], tasks: Range<TaskIndex>, sealed_root: &Hash) -> Result<Self, SealError> {
		let mut bodies = bytes;
		let entries = Vec::<SealedEntry>::decode(&mut bodies).map_err(|_| SealError::MalformedManifest)?;
		let total = entries.iter().try_fold(0usize, |sum, entry| {
			(entry.len <= MAX_SEALED_LEN).then_some(())?;
			sum.checked_add(usize::try_from(entry.len).ok()?)
		});
		if total != Some(bodies.len()) || entries.len() != tasks.len() {
			return Err(SealError::MalformedManifest);
		}
		let leaves: Vec<_> = tasks.clone().zip(&entries).map(|(task, entry)| entry.leaf(task)).collect();
		if merkle::root(&leaves).ok_or(SealError::Empty)? != *sealed_root {
			return Err(SealError::WrongSealedRoot);
		}
		let batch = Self { entries, bodies, tasks };
		let damaged =
			batch.sealed().find(|(_, entry, body)| Hash::of(body) != entry.hash).map(|(task, ..)| task);
		damaged.map_or(Ok(batch), |task| Err(SealError::WrongSealedBytes(task)))
	}

	/// The sealed result of one task with the proof that it is the worker's. `None` if the batch has no such task.
	pub fn show(&self, task: TaskIndex) -> Option<SealedOpening> {
		let leaves: Vec<_> =
			self.tasks.clone().zip(&self.entries).map(|(task, entry)| entry.leaf(task)).collect();
		let offset = task.checked_sub(self.tasks.start)?;
		let (_, entry, bytes) = self.sealed().find(|(other, ..)| *other == task)?;
		Some(SealedOpening { entry: *entry, proof: merkle::proof(&leaves, offset)?, bytes: bytes.to_vec() })
	}

	/// Decrypts the result of one task. `None` if the batch has no such task.
	pub fn open_one(&self, key: &BatchKey, task: TaskIndex) -> Option<Result<TaskResult, SealError>> {
		self.sealed().find(|(other, ..)| *other == task).map(|(_, _, body)| open_result(key, task, body))
	}

	fn sealed(&self) -> impl Iterator<Item = (TaskIndex, &SealedEntry, &'a [u8])> + '_ {
		let mut rest = self.bodies;
		self.tasks.clone().zip(&self.entries).map(move |(task, entry)| {
			// The lengths were summed up in `parse`; 32 bits fit a `usize` wherever this runs.
			let (body, tail) = rest.split_at(rest.len().min(entry.len as usize));
			rest = tail;
			(task, entry, body)
		})
	}

	/// Decrypts all results and checks them against the receipt's `outputs_root`.
	pub fn open(
		&self,
		key: &BatchKey,
		job: JobId,
		outputs_root: &Hash,
	) -> Result<Vec<TaskResult>, SealError> {
		let results = self
			.sealed()
			.map(|(task, _, body)| open_result(key, task, body))
			.collect::<Result<Vec<_>, _>>()?;
		let leaves: Vec<_> =
			self.tasks.clone().zip(&results).map(|(task, result)| result.outcome.leaf(job, task)).collect();
		if merkle::root(&leaves).ok_or(SealError::Empty)? != *outputs_root {
			return Err(SealError::WrongOutputsRoot);
		}
		Ok(results)
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	const KEY: BatchKey = [7; 32];
	const JOB: JobId = 5;

	fn results() -> Vec<TaskResult> {
		[&b"first"[..], b"", &[9; 1_000]]
			.iter()
			.zip(1u64..)
			.map(|(output, fuel)| TaskResult {
				outcome: TaskOutcome::new(TaskStatus::Completed(0), output, fuel).unwrap(),
				output: output.to_vec(),
			})
			.collect()
	}

	fn outputs_root(first: TaskIndex, results: &[TaskResult]) -> Hash {
		let leaves: Vec<_> = (first..).zip(results).map(|(task, r)| r.outcome.leaf(JOB, task)).collect();
		merkle::root(&leaves).unwrap()
	}

	#[test]
	fn what_is_sealed_opens_with_its_key_only() {
		let sealed = seal_batch(&KEY, 10, &results()).unwrap();
		let root = outputs_root(10, &results());
		let fetched = FetchedBatch::parse(&sealed.bytes, 10..13, &sealed.root).unwrap();
		assert_eq!(fetched.open(&KEY, JOB, &root).unwrap(), results());
		assert!(fetched.open(&[8; 32], JOB, &root).is_err());
		assert_eq!(fetched.open(&KEY, JOB + 1, &root), Err(SealError::WrongOutputsRoot));
		assert_eq!(fetched.open(&KEY, JOB, &Hash::default()), Err(SealError::WrongOutputsRoot));
	}

	#[test]
	fn no_damage_goes_unnoticed() {
		let sealed = seal_batch(&KEY, 0, &results()).unwrap();
		for at in 0..sealed.bytes.len() {
			let mut damaged = sealed.bytes.clone();
			damaged[at] ^= 1;
			assert!(FetchedBatch::parse(&damaged, 0..3, &sealed.root).is_err(), "byte {at}");
			assert!(FetchedBatch::parse(&sealed.bytes[..at], 0..3, &sealed.root).is_err());
		}
		assert!(FetchedBatch::parse(&sealed.bytes, 0..2, &sealed.root).is_err());
		assert!(FetchedBatch::parse(&sealed.bytes, 1..4, &sealed.root).is_err());
	}

	#[test]
	fn garbage_sealed_by_the_worker_itself_is_found() {
		let mut garbage = results();
		garbage[1].output = b"not what the leaf says".to_vec();
		let sealed = seal_batch(&KEY, 0, &garbage).unwrap();
		let fetched = FetchedBatch::parse(&sealed.bytes, 0..3, &sealed.root).unwrap();
		assert_eq!(fetched.open(&KEY, JOB, &outputs_root(0, &results())), Err(SealError::WrongOutputsRoot));
	}

	#[test]
	fn one_sealed_result_can_be_shown_and_held_against_its_outcome() {
		let mut sealed_results = results();
		sealed_results[1].output = b"not what the leaf says".to_vec();
		sealed_results[2].outcome.fuel += 1;
		let sealed = seal_batch(&KEY, 10, &sealed_results).unwrap();
		let fetched = FetchedBatch::parse(&sealed.bytes, 10..13, &sealed.root).unwrap();
		let truth = results();
		let expected = [true, false, false];
		for ((task, offset), honest) in (10..13).zip(0..).zip(expected) {
			let shown = fetched.show(task).unwrap();
			let outcome = &truth[offset as usize].outcome;
			assert!(shown.is_under(&sealed.root, 3, offset, task));
			assert!(!shown.is_under(&sealed.root, 3, (offset + 1) % 3, task));
			assert!(!shown.is_under(&sealed.root, 3, offset, task + 1));
			assert!(!shown.is_under(&Hash::default(), 3, offset, task));
			assert_eq!(shown.holds(&KEY, task, outcome), Some(honest), "task {task}");
			assert_eq!(fetched.open_one(&KEY, task).unwrap().unwrap().outcome == *outcome, honest);
			if honest {
				assert_eq!(shown.holds(&[8; 32], task, outcome), Some(false));
			}
			let mut damaged = shown.clone();
			damaged.bytes[0] ^= 1;
			assert!(!damaged.has_bytes());
			// The length of the second one gives it away without any bytes.
			assert_eq!(damaged.holds(&KEY, task, outcome), (task == 11).then_some(false));
		}
		assert_eq!(fetched.show(9), None);
		assert_eq!(fetched.show(13), None);
	}

	#[test]
	fn key_streams_differ_between_tasks_and_keys_between_attempts() {
		let result = &results()[2];
		assert_ne!(seal_result(&KEY, 0, result)[14..], seal_result(&KEY, 1, result)[14..]);
		let key = |attempt| batch_key(&[1; 32], &Hash::default(), 0, 0, attempt);
		assert_ne!(key(0), key(1));
		assert_ne!(commit(&key(0)).0, key(0));
	}

	/// RFC 8439, appendix A.1, test vector 1: zero key, zero nonce, counter 0.
	#[test]
	fn the_cipher_is_the_standard_one() {
		let mut stream = [0; 8];
		apply_key_stream(&[0; 32], 0, &mut stream);
		assert_eq!(stream, [0x76, 0xb8, 0xe0, 0xad, 0xa0, 0xf1, 0x3d, 0x90]);
	}
}
