//! Programs and their inputs, as an engine needs them.

use crate::{message::json, Reply};
use alloc::string::ToString;
use assay_primitives::{
	input::{self, TaskInputs},
	BlobRef, Hash, InputSpec, TaskIndex,
};
use assay_vm::Program;
use serde::{Deserialize, Serialize};

/// Domain of the stream that `random_get` reads from: see "What the host answers" in the machine's documentation.
const RANDOM: &str = "assay.random.v1";
/// Random bytes for one question, at most.
const MAX_RANDOM: u32 = 1 << 24;

/// The hash and length of `bytes`.
pub(crate) fn hash(bytes: &[u8]) -> Reply {
	Ok(alloc::vec![json(&BlobRef::of(bytes))?])
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Prepared {
	hash: Hash,
	initial_pages: u64,
	maximum_pages: Option<u64>,
}

/// Checks a program, and rewrites it. The rewritten module is the second part of the reply.
pub(crate) fn prepare(bytes: &[u8]) -> Reply {
	let program = Program::prepare(bytes).map_err(|error| error.to_string())?;
	let prepared = Prepared {
		hash: program.hash(),
		initial_pages: program.initial_pages(),
		maximum_pages: program.maximum_pages(),
	};
	Ok(alloc::vec![json(&prepared)?, program.module().to_vec()])
}

/// Which part of an input is wanted.
#[derive(Deserialize)]
pub(crate) struct InputQuestion {
	input: InputSpec,
	tasks: u32,
	task: TaskIndex,
}

#[derive(Serialize)]
struct InputAnswer {
	hash: Hash,
}

/// What the task reads. The bytes are the second part of the reply.
pub(crate) fn input(question: &InputQuestion, blob: &[u8]) -> Reply {
	let inputs =
		TaskInputs::parse(&question.input, blob, question.tasks).map_err(|error| error.to_string())?;
	let bytes = inputs.get(question.task).map_err(|error| error.to_string())?;
	Ok(alloc::vec![json(&InputAnswer { hash: Hash::of(bytes) })?, bytes.to_vec()])
}

/// Packs an input for each task. The blob is the second part of the reply.
pub(crate) fn pack(inputs: &[&[u8]]) -> Reply {
	let packed = input::pack(inputs).map_err(|error| error.to_string())?;
	Ok(alloc::vec![json(&packed.spec())?, packed.bytes])
}

/// A part of a task's random numbers.
#[derive(Deserialize)]
pub(crate) struct RandomQuestion {
	program: Hash,
	/// Hash of what the task reads.
	input: Hash,
	index: TaskIndex,
	/// Bytes it has had before.
	position: u64,
	len: u32,
}

/// Random bytes, the second part of the reply.
pub(crate) fn random(question: &RandomQuestion) -> Reply {
	let len = usize::try_from(question.len.min(MAX_RANDOM)).map_err(|_| "too many bytes")?;
	let mut hasher = blake3::Hasher::new_derive_key(RANDOM);
	hasher
		.update(question.program.as_ref())
		.update(question.input.as_ref())
		.update(&question.index.to_le_bytes());
	let mut stream = hasher.finalize_xof();
	stream.set_position(question.position);
	let mut bytes = alloc::vec![0; len];
	stream.fill(&mut bytes);
	Ok(alloc::vec![json(&len)?, bytes])
}
