//! What parent and child say to each other.
//!
//! A frame is its length as a little-endian `u32`, then that many bytes: a SCALE value, or the bytes of a program or
//! input as they are. The parent asks, the child answers each request with one reply. Both refuse a frame that is
//! longer than anything they could be told, before reading it.

use crate::{error::NoVerdict, limits};
use assay_primitives::{Hash, TaskLimits, TaskStatus};
use codec::{Decode, DecodeAll, Encode};
use std::io::{self, Read, Write};

/// Said first by the child, so that a parent never takes another program for one.
pub(super) const GREETING: [u8; 16] = *b"assay-task-host2";

/// Bytes a frame with a request may have.
pub(super) const MAX_REQUEST_BYTES: usize = 1 << 10;
/// Bytes a frame with a reply may have: the longest output, the end of standard error, and some room.
pub(super) const MAX_REPLY_BYTES: usize = (16 << 20) + limits::STDERR_TAIL_BYTES + (1 << 16);

const _: () = assert!(TaskLimits::MAX_OUTPUT_BYTES == 16 << 20, "a reply must hold the longest output");

/// The first version of Landlock that denies TCP.
pub(super) const LANDLOCK_TCP: u8 = 4;
/// The first version of Landlock that denies abstract sockets, and signals to processes that are not under it.
pub(super) const LANDLOCK_SIGNALS: u8 = 6;

/// The kernel's limits the child puts itself under.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub(super) struct Confinement {
	/// Bytes.
	pub(super) address_space: u64,
	/// Bytes.
	pub(super) data: u64,
	/// Seconds.
	pub(super) cpu_seconds: u64,
	/// 0 to 19.
	pub(super) niceness: u8,
}

/// What runs the tasks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Encode, Decode)]
pub enum EngineKind {
	/// wasmtime: compiles programs with Cranelift, then runs them fast.
	#[default]
	#[codec(index = 0)]
	Cranelift,
	/// wasmi: interprets programs. Comes to the same outcomes, more slowly.
	#[codec(index = 1)]
	Interpreter,
}

/// What the kernel enforces on a child beyond the limits, which are always in force. Errors tell why something is not.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub(super) struct Enforced {
	/// The version of Landlock. Each denies files; for the rest see [`LANDLOCK_TCP`] and [`LANDLOCK_SIGNALS`].
	pub(super) landlock: Result<u8, String>,
	/// The filter of system calls.
	pub(super) system_calls: Result<(), String>,
}

impl Enforced {
	/// What is missing, a sentence's end each.
	pub(super) fn gaps(&self) -> Vec<String> {
		let mut gaps = Vec::new();
		if let Err(error) = &self.system_calls {
			gaps.push(format!("no filter of system calls ({error})"));
		}
		match &self.landlock {
			Err(error) => gaps.push(format!("no Landlock ({error})")),
			Ok(version) if *version < LANDLOCK_TCP => {
				gaps.push(format!("Landlock {version}, which knows nothing of TCP, sockets and signals"));
			},
			Ok(version) if *version < LANDLOCK_SIGNALS => {
				gaps.push(format!("Landlock {version}, which knows nothing of abstract sockets and signals"));
			},
			Ok(_) => {},
		}
		gaps
	}
}

/// From the parent.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub(super) enum Request {
	/// Go under these limits for good. The first request, and only the first. Answered with [`Reply::Ready`].
	#[codec(index = 0)]
	Begin {
		/// The limits.
		confinement: Confinement,
		/// What is to run the tasks.
		engine: EngineKind,
	},
	/// The next frame is a program: check and compile it. Answered with [`Reply::Compiled`].
	#[codec(index = 1)]
	Program {
		/// Its hash, to be checked.
		hash: Hash,
	},
	/// The next frame is an input. Answered with [`Reply::Loaded`].
	#[codec(index = 2)]
	Input,
	/// Run a task on the last input. Answered with [`Reply::Done`].
	#[codec(index = 3)]
	Run {
		/// One of the programs that were compiled, and not dropped since.
		program: Hash,
		/// The task's number.
		index: u32,
		/// What it may use.
		limits: TaskLimits,
	},
}

impl Request {
	/// How many bytes of the frame that follows are acceptable, if one does.
	pub(super) fn attachment_limit(&self) -> Option<usize> {
		match self {
			Self::Program { .. } => Some(limits::MAX_PROGRAM_BYTES),
			Self::Input => Some(limits::MAX_INPUT_BYTES),
			Self::Begin { .. } | Self::Run { .. } => None,
		}
	}
}

/// From the child.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub(super) enum Reply {
	/// It is confined and can begin.
	#[codec(index = 0)]
	Ready {
		/// [`GREETING`].
		greeting: [u8; 16],
		/// How far it is confined.
		enforced: Enforced,
	},
	/// It has the input it was sent.
	#[codec(index = 1)]
	Loaded,
	/// A task is done.
	#[codec(index = 2)]
	Done {
		/// How it ended.
		status: TaskStatus,
		/// Fuel it burned.
		fuel: u64,
		/// What it wrote, if it completed.
		output: Vec<u8>,
		/// The end of what it complained about.
		stderr: Vec<u8>,
	},
	/// Something went wrong that says nothing about the task.
	#[codec(index = 3)]
	NoVerdict(NoVerdict),
	/// It has compiled the program it was sent.
	#[codec(index = 4)]
	Compiled {
		/// Programs it had to drop for it.
		dropped: Vec<Hash>,
	},
}

/// The bytes in front of a frame.
///
/// # Errors
///
/// If it is longer than any frame can be.
pub(super) fn header(len: usize) -> io::Result<[u8; 4]> {
	u32::try_from(len).map(u32::to_le_bytes).map_err(|_| io::Error::other("a frame of 4 GiB or more"))
}

/// The length of a frame from the bytes in front of it.
///
/// # Errors
///
/// If it is longer than `limit`.
pub(super) fn frame_len(header: [u8; 4], limit: usize) -> io::Result<usize> {
	usize::try_from(u32::from_le_bytes(header))
		.ok()
		.filter(|len| *len <= limit)
		.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "a frame longer than any expected"))
}

/// A value from a frame that must hold nothing else.
///
/// # Errors
///
/// If it does not.
pub(super) fn decode<T: Decode>(mut frame: &[u8]) -> io::Result<T> {
	T::decode_all(&mut frame).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error.to_string()))
}

/// Reads a frame. `None` when the other side is gone, between two frames.
///
/// # Errors
///
/// If it is longer than `limit`, or ends early.
pub(super) fn read_frame(from: &mut impl Read, limit: usize) -> io::Result<Option<Vec<u8>>> {
	let mut first = [0; 4];
	let Some((lead, rest)) = first.split_first_mut() else { return Ok(None) };
	if from.read(std::slice::from_mut(lead))? == 0 {
		return Ok(None);
	}
	from.read_exact(rest)?;
	let mut frame = vec![0; frame_len(first, limit)?];
	from.read_exact(&mut frame)?;
	Ok(Some(frame))
}

/// Writes a frame and sends it off.
///
/// # Errors
///
/// If the other side is gone.
pub(super) fn write_frame(to: &mut impl Write, frame: &[u8]) -> io::Result<()> {
	to.write_all(&header(frame.len())?)?;
	to.write_all(frame)?;
	to.flush()
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn the_longest_reply_fits_a_frame() {
		let reply = Reply::Done {
			status: TaskStatus::Completed(u32::MAX),
			fuel: u64::MAX,
			output: vec![0; 16 << 20],
			stderr: vec![0; limits::STDERR_TAIL_BYTES],
		};
		assert!(reply.encoded_size() <= MAX_REPLY_BYTES);
	}

	#[test]
	fn what_the_kernel_lacks_is_told() {
		let enforced = |landlock, system_calls| Enforced { landlock, system_calls };
		assert_eq!(enforced(Ok(LANDLOCK_SIGNALS), Ok(())).gaps(), Vec::<String>::new());
		assert_eq!(enforced(Err("off".into()), Err("old".into())).gaps().len(), 2);
		for version in 1..LANDLOCK_SIGNALS {
			let gaps = enforced(Ok(version), Ok(())).gaps();
			assert!(matches!(&gaps[..], [gap] if gap.contains("signals")), "{gaps:?}");
			assert_eq!(gaps[0].contains("TCP"), version < LANDLOCK_TCP);
		}
	}

	#[test]
	fn frames_survive_the_way() {
		let request = Request::Run { program: Hash::of(b"program"), index: 7, limits: TaskLimits::default() };
		let mut wire = Vec::new();
		write_frame(&mut wire, &request.encode()).expect("memory takes it");
		write_frame(&mut wire, b"").expect("memory takes it");
		let mut wire = wire.as_slice();
		let frame = read_frame(&mut wire, MAX_REQUEST_BYTES).expect("whole").expect("there");
		assert_eq!(decode::<Request>(&frame).expect("decodes"), request);
		assert_eq!(read_frame(&mut wire, 0).expect("whole"), Some(Vec::new()));
		assert_eq!(read_frame(&mut wire, 0).expect("the end"), None);
	}

	#[test]
	fn long_short_and_trailing_frames_are_refused() {
		let mut wire = Vec::new();
		write_frame(&mut wire, &[0; 11]).expect("memory takes it");
		assert!(read_frame(&mut wire.as_slice(), 10).is_err());
		assert!(read_frame(&mut &wire[..14], 11).is_err());
		assert!(read_frame(&mut &wire[..2], 11).is_err());
		assert!(read_frame(&mut &[0xff; 4][..], MAX_REPLY_BYTES).is_err());
		let mut bytes = Request::Input.encode();
		bytes.push(0);
		assert!(decode::<Request>(&bytes).is_err());
	}
}
