//! The bytes each task reads: packing a job's inputs, checking what came back from the network, finding a task's part.

use crate::{job::task_input_leaf, merkle, BlobRef, Hash, InputSpec, TaskIndex};
use alloc::vec::Vec;
use codec::{Compact, Decode, Encode};

/// Bytes of one length in front of the inputs.
const LENGTH_BYTES: usize = 4;

/// Why inputs cannot be packed, or a blob is not the input a job commits to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InputError {
	/// A job has at least one task.
	NoTasks,
	/// More tasks than a job can have.
	TooManyTasks,
	/// The input of this task is longer than a 32-bit length can say.
	TooLong(TaskIndex),
	/// The blob is not the one the job names.
	WrongBlob {
		/// What the job names.
		expected: BlobRef,
		/// What the bytes are.
		found: BlobRef,
	},
	/// The lengths in front of the inputs cannot be read.
	MalformedLengths,
	/// There is not one length per task.
	WrongCount {
		/// Tasks of the job.
		expected: u32,
		/// Lengths in the blob.
		found: u32,
	},
	/// The lengths do not add up to the bytes that follow them.
	WrongTotal,
	/// The inputs are not those under the root the job commits to.
	WrongRoot {
		/// What the job commits to.
		expected: Hash,
		/// What the inputs make.
		found: Hash,
	},
	/// The job has no such task.
	NoSuchTask(TaskIndex),
}

impl core::fmt::Display for InputError {
	fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
		match self {
			Self::NoTasks => f.write_str("there is no input: a job has at least one task"),
			Self::TooManyTasks => f.write_str("there are more inputs than a job can have tasks"),
			Self::TooLong(task) => write!(f, "the input of task {task} is longer than 4 GiB"),
			Self::WrongBlob { expected, found } => write!(
				f,
				"the job's input is blob {} of {} bytes, this is blob {} of {} bytes",
				expected.hash, expected.len, found.hash, found.len
			),
			Self::MalformedLengths => f.write_str("the lengths in front of the inputs are malformed"),
			Self::WrongCount { expected, found } => {
				write!(f, "the job has {expected} tasks, the blob inputs for {found}")
			},
			Self::WrongTotal => f.write_str("the inputs' lengths do not add up to the bytes there are"),
			Self::WrongRoot { expected, found } => {
				write!(f, "the job commits to inputs under {expected}, these are under {found}")
			},
			Self::NoSuchTask(task) => write!(f, "the job has no task {task}"),
		}
	}
}

impl core::error::Error for InputError {}

/// Inputs of a [`InputSpec::PerTask`] job, ready to be put on the network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackedInputs {
	/// The blob: SCALE `Vec<u32>` of the lengths, then the inputs.
	pub bytes: Vec<u8>,
	/// Merkle root over [`task_input_leaf`] of each input.
	pub root: Hash,
}

impl PackedInputs {
	/// What a job says of these inputs.
	pub fn spec(&self) -> InputSpec {
		InputSpec::PerTask { blob: BlobRef::of(&self.bytes), root: self.root }
	}
}

/// Packs one input per task, in the order of the tasks.
///
/// # Errors
///
/// [`InputError::NoTasks`], [`InputError::TooManyTasks`] or [`InputError::TooLong`].
pub fn pack(inputs: &[impl AsRef<[u8]>]) -> Result<PackedInputs, InputError> {
	let count = u32::try_from(inputs.len()).map_err(|_| InputError::TooManyTasks)?;
	let mut bytes = Compact(count).encode();
	for (task, input) in (0..count).zip(inputs) {
		let len = u32::try_from(input.as_ref().len()).map_err(|_| InputError::TooLong(task))?;
		bytes.extend(len.encode());
	}
	for input in inputs {
		bytes.extend_from_slice(input.as_ref());
	}
	let leaves: Vec<_> =
		(0..count).zip(inputs).map(|(task, input)| task_input_leaf(task, input.as_ref())).collect();
	let root = merkle::root(&leaves).ok_or(InputError::NoTasks)?;
	Ok(PackedInputs { bytes, root })
}

/// Where a task's bytes lie in the blob.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Layout {
	/// Every task reads all of it.
	Shared { tasks: u32 },
	/// A task's bytes end at its entry and start where those of the task before end, the first at `start`.
	PerTask { start: usize, ends: Vec<usize> },
}

/// A job's whole input, checked against everything the job commits to. `B` holds the blob: a slice, a vector, an `Arc`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskInputs<B> {
	blob: B,
	layout: Layout,
}

impl<B: AsRef<[u8]>> TaskInputs<B> {
	/// Checks that `blob` is the input `spec` asks for, for a job of `tasks` tasks. Reads every byte: do it once per
	/// job.
	///
	/// # Errors
	///
	/// [`InputError::WrongBlob`] if these are other bytes than the job names. Every other error is the requester's
	/// doing: the job's input is malformed, and will be for everybody.
	pub fn parse(spec: &InputSpec, blob: B, tasks: u32) -> Result<Self, InputError> {
		if tasks == 0 {
			return Err(InputError::NoTasks);
		}
		check_blob(spec.blob(), blob.as_ref())?;
		let layout = match spec {
			InputSpec::Shared { .. } => Layout::Shared { tasks },
			InputSpec::PerTask { root, .. } => parse_per_task(blob.as_ref(), tasks, root)?,
		};
		Ok(Self { blob, layout })
	}

	/// What `task` reads on its standard input.
	///
	/// # Errors
	///
	/// [`InputError::NoSuchTask`].
	pub fn get(&self, task: TaskIndex) -> Result<&[u8], InputError> {
		let blob = self.blob.as_ref();
		let bytes = match &self.layout {
			Layout::Shared { tasks } => (task < *tasks).then_some(blob),
			Layout::PerTask { start, ends } => slice_of(blob, *start, ends, task),
		};
		bytes.ok_or(InputError::NoSuchTask(task))
	}

	/// Whether every task reads the whole blob.
	pub fn is_shared(&self) -> bool {
		matches!(self.layout, Layout::Shared { .. })
	}

	/// What the blob was given in.
	pub fn blob(&self) -> &B {
		&self.blob
	}
}

fn slice_of<'a>(blob: &'a [u8], first: usize, ends: &[usize], task: TaskIndex) -> Option<&'a [u8]> {
	let position = usize::try_from(task).ok()?;
	let start = match position.checked_sub(1) {
		Some(before) => *ends.get(before)?,
		None => first,
	};
	blob.get(start..*ends.get(position)?)
}

/// What one task reads on its standard input. Checks the whole blob each time: for more than one task,
/// [`TaskInputs::parse`] it once.
///
/// # Errors
///
/// Those of [`TaskInputs::parse`], and [`InputError::NoSuchTask`].
pub fn task_input<'a>(
	spec: &InputSpec,
	blob: &'a [u8],
	tasks: u32,
	task: TaskIndex,
) -> Result<&'a [u8], InputError> {
	let inputs = TaskInputs::parse(spec, blob, tasks)?;
	match &inputs.layout {
		Layout::Shared { tasks } => (task < *tasks).then_some(blob),
		Layout::PerTask { start, ends } => slice_of(blob, *start, ends, task),
	}
	.ok_or(InputError::NoSuchTask(task))
}

fn check_blob(expected: &BlobRef, bytes: &[u8]) -> Result<(), InputError> {
	let found = BlobRef::of(bytes);
	(found == *expected).then_some(()).ok_or(InputError::WrongBlob { expected: *expected, found })
}

fn parse_per_task(blob: &[u8], tasks: u32, root: &Hash) -> Result<Layout, InputError> {
	let mut rest = blob;
	let Compact(found) = Compact::<u32>::decode(&mut rest).map_err(|_| InputError::MalformedLengths)?;
	if found != tasks {
		return Err(InputError::WrongCount { expected: tasks, found });
	}
	let lengths = usize::try_from(tasks)
		.ok()
		.and_then(|count| count.checked_mul(LENGTH_BYTES))
		.and_then(|bytes| rest.get(..bytes))
		.ok_or(InputError::MalformedLengths)?;
	let start = blob.len() - rest.len() + lengths.len();
	let ends =
		ends(start, lengths).filter(|ends| ends.last() == Some(&blob.len())).ok_or(InputError::WrongTotal)?;
	let leaves: Option<Vec<_>> =
		(0..tasks).map(|task| Some(task_input_leaf(task, slice_of(blob, start, &ends, task)?))).collect();
	let found = leaves.and_then(|leaves| merkle::root(&leaves)).ok_or(InputError::WrongTotal)?;
	if found != *root {
		return Err(InputError::WrongRoot { expected: *root, found });
	}
	Ok(Layout::PerTask { start, ends })
}

/// Where each input ends. `None` on overflow.
fn ends(start: usize, lengths: &[u8]) -> Option<Vec<usize>> {
	let mut end = start;
	lengths
		.chunks_exact(LENGTH_BYTES)
		.map(|chunk| {
			let length = u32::from_le_bytes(chunk.try_into().ok()?);
			end = end.checked_add(usize::try_from(length).ok()?)?;
			Some(end)
		})
		.collect()
}

#[cfg(test)]
mod tests {
	use super::*;
	use alloc::vec;
	use proptest::prelude::*;

	fn inputs() -> Vec<Vec<u8>> {
		vec![b"first".to_vec(), vec![], vec![7; 300], b"last".to_vec()]
	}

	/// A job's word for `bytes` under the root of [`inputs`].
	fn spec_for(bytes: &[u8]) -> InputSpec {
		InputSpec::PerTask { blob: BlobRef::of(bytes), root: pack(&inputs()).unwrap().root }
	}

	#[test]
	fn every_task_gets_its_own_bytes_back() {
		let packed = pack(&inputs()).unwrap();
		let parsed = TaskInputs::parse(&packed.spec(), &packed.bytes[..], 4).unwrap();
		assert!(!parsed.is_shared());
		for (task, input) in (0..).zip(inputs()) {
			assert_eq!(parsed.get(task).unwrap(), input);
			assert_eq!(task_input(&packed.spec(), &packed.bytes, 4, task).unwrap(), input);
		}
		assert_eq!(parsed.get(4), Err(InputError::NoSuchTask(4)));
		assert_eq!(parsed.get(u32::MAX), Err(InputError::NoSuchTask(u32::MAX)));
	}

	#[test]
	fn the_blob_is_the_documented_one() {
		let packed = pack(&inputs()).unwrap();
		let lengths: Vec<u32> = inputs().iter().map(|input| input.len() as u32).collect();
		assert_eq!(packed.bytes, [lengths.encode(), inputs().concat()].concat());
	}

	#[test]
	fn a_shared_input_is_the_whole_blob_for_every_task() {
		let spec = InputSpec::Shared { blob: BlobRef::of(b"scene") };
		let parsed = TaskInputs::parse(&spec, b"scene".to_vec(), 2).unwrap();
		assert!(parsed.is_shared());
		assert_eq!(parsed.get(0).unwrap(), b"scene");
		assert_eq!(parsed.get(1).unwrap(), b"scene");
		assert_eq!(parsed.get(2), Err(InputError::NoSuchTask(2)));
		assert_eq!(task_input(&spec, b"scene", 2, 2), Err(InputError::NoSuchTask(2)));
		assert_eq!(
			TaskInputs::parse(&spec, b"scenf", 2).unwrap_err(),
			InputError::WrongBlob { expected: BlobRef::of(b"scene"), found: BlobRef::of(b"scenf") }
		);
	}

	#[test]
	fn there_are_no_inputs_without_tasks() {
		let none: [&[u8]; 0] = [];
		assert_eq!(pack(&none), Err(InputError::NoTasks));
		let spec = InputSpec::Shared { blob: BlobRef::of(b"") };
		assert_eq!(TaskInputs::parse(&spec, b"", 0).unwrap_err(), InputError::NoTasks);
	}

	#[test]
	fn other_inputs_than_those_committed_to_are_found() {
		let mut changed = inputs();
		changed[0][0] ^= 1;
		let packed = pack(&changed).unwrap();
		assert_eq!(
			TaskInputs::parse(&spec_for(&packed.bytes), &packed.bytes, 4).unwrap_err(),
			InputError::WrongRoot { expected: pack(&inputs()).unwrap().root, found: packed.root }
		);
		let mut swapped = inputs();
		swapped.swap(0, 3);
		let packed = pack(&swapped).unwrap();
		assert!(matches!(
			TaskInputs::parse(&spec_for(&packed.bytes), &packed.bytes, 4),
			Err(InputError::WrongRoot { .. })
		));
	}

	#[test]
	fn a_malformed_blob_says_what_is_wrong() {
		let bytes = pack(&inputs()).unwrap().bytes;
		let error = |bytes: &[u8], tasks| TaskInputs::parse(&spec_for(bytes), bytes, tasks).unwrap_err();
		assert_eq!(error(&[], 4), InputError::MalformedLengths);
		assert_eq!(error(&bytes[..10], 4), InputError::MalformedLengths);
		assert_eq!(error(&bytes, 3), InputError::WrongCount { expected: 3, found: 4 });
		assert_eq!(error(&bytes[..bytes.len() - 1], 4), InputError::WrongTotal);
		assert_eq!(error(&[&bytes[..], &[0]].concat(), 4), InputError::WrongTotal);
		// Lengths that claim four times four gigabytes.
		let greedy = vec![u32::MAX; 4].encode();
		assert_eq!(error(&greedy, 4), InputError::WrongTotal);
		// A number of tasks whose lengths alone would not fit anywhere.
		assert_eq!(error(&Compact(u32::MAX).encode(), u32::MAX), InputError::MalformedLengths);
	}

	proptest! {
		#[test]
		fn what_is_packed_is_parsed(inputs in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 1..40)) {
			let packed = pack(&inputs).unwrap();
			let tasks = inputs.len() as u32;
			let parsed = TaskInputs::parse(&packed.spec(), &packed.bytes, tasks).unwrap();
			for (task, input) in (0..tasks).zip(&inputs) {
				prop_assert_eq!(parsed.get(task).unwrap(), &input[..]);
			}
		}

		#[test]
		fn garbage_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..80), tasks in 1u32..20) {
			prop_assert!(TaskInputs::parse(&spec_for(&bytes), &bytes, tasks).is_err());
		}
	}
}
