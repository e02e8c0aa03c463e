//! The functions themselves.

use super::{
	function::{Argument, Call, HostFunction},
	memory::{Fault, GuestMemory},
};
use crate::limits::{HOST_BYTE_FUEL, HOST_CALL_FUEL, MAX_IO_VECTORS, STDERR_TAIL_BYTES};
use alloc::{boxed::Box, collections::VecDeque, string::ToString, sync::Arc, vec::Vec};
use assay_primitives::Hash;
use blake3::OutputReader;

/// Domain of the stream that `random_get` reads from.
const RANDOM: &str = "assay.random.v1";

const SUCCESS: u32 = 0;
const BAD_DESCRIPTOR: u32 = 8;
const FAULT: u32 = 21;
const INVALID: u32 = 28;
const NOT_SUPPORTED: u32 = 52;
const NOT_SEEKABLE: u32 = 70;

const STDIN: u32 = 0;
const STDOUT: u32 = 1;
const STDERR: u32 = 2;
const RIGHT_TO_READ: u64 = 1 << 1;
const RIGHT_TO_WRITE: u64 = 1 << 6;
const CLOCKS: u32 = 4;

/// Why a task stops inside a call to the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Halt {
	/// It called `proc_exit` with this code.
	#[error("exit with code {0}")]
	Exit(u32),
	/// It cannot pay for the call.
	#[error("out of fuel")]
	OutOfFuel,
	/// It wrote more to standard output than it may.
	#[error("output too large")]
	OutputTooLarge,
}

/// What ends a call early: an error number for the guest, or the whole task.
enum Stop {
	Errno(u32),
	Halt(Halt),
}

impl From<Fault> for Stop {
	fn from(_: Fault) -> Self {
		Self::Errno(FAULT)
	}
}

/// The host's side of one task: its arguments, its streams, its random numbers.
pub struct Wasi {
	program: Hash,
	index: u32,
	input: Arc<[u8]>,
	position: usize,
	output: Vec<u8>,
	output_limit: u32,
	stderr: VecDeque<u8>,
	random: Option<Box<OutputReader>>,
}

/// What a task leaves behind.
pub struct WasiParts {
	/// Everything it wrote to standard output.
	pub output: Vec<u8>,
	/// The last [`STDERR_TAIL_BYTES`] it wrote to standard error.
	pub stderr: Vec<u8>,
}

impl Wasi {
	/// The host's side of task `index` of the program with hash `program`.
	pub fn new(program: Hash, index: u32, input: Arc<[u8]>, output_limit: u32) -> Self {
		Self {
			program,
			index,
			input,
			position: 0,
			output: Vec::new(),
			output_limit,
			stderr: VecDeque::new(),
			random: None,
		}
	}

	/// What the task wrote.
	pub fn into_parts(self) -> WasiParts {
		WasiParts { output: self.output, stderr: self.stderr.into() }
	}

	/// Calls `function`. The cost is taken from `fuel` before anything happens; a task whose fuel is below zero, before
	/// or after, cannot pay.
	///
	/// Returns the error number for the guest, 0 for success. Arguments beyond those of the function's type are
	/// ignored, missing ones count as 0.
	///
	/// # Errors
	///
	/// When the task ends here. Its memory must not be looked at any more.
	pub fn call<M: GuestMemory + ?Sized>(
		&mut self,
		function: &HostFunction,
		arguments: &[Argument],
		memory: &mut M,
		fuel: &mut i64,
	) -> Result<u32, Halt> {
		let mut call = Invocation { wasi: self, arguments, memory, fuel };
		match call.dispatch(function.call) {
			Ok(()) => Ok(SUCCESS),
			Err(Stop::Errno(number)) => Ok(number),
			Err(Stop::Halt(halt)) => Err(halt),
		}
	}

	fn random(&mut self) -> &mut OutputReader {
		let Self { program, index, input, random, .. } = self;
		random.get_or_insert_with(|| {
			let mut hasher = blake3::Hasher::new_derive_key(RANDOM);
			hasher.update(program.as_ref()).update(Hash::of(input).as_ref()).update(&index.to_le_bytes());
			Box::new(hasher.finalize_xof())
		})
	}

	fn write_output(&mut self, bytes: &[u8]) -> Result<(), Halt> {
		let len = self.output.len().saturating_add(bytes.len());
		if u32::try_from(len).map_or(true, |len| len > self.output_limit) {
			return Err(Halt::OutputTooLarge);
		}
		self.output.extend_from_slice(bytes);
		Ok(())
	}

	fn write_stderr(&mut self, bytes: &[u8]) {
		let kept = bytes.len().min(STDERR_TAIL_BYTES);
		self.stderr.extend(bytes.iter().skip(bytes.len() - kept));
		let excess = self.stderr.len().saturating_sub(STDERR_TAIL_BYTES);
		self.stderr.drain(..excess);
	}
}

/// A buffer in the guest's memory.
struct IoVector {
	address: u32,
	len: u32,
}

struct Invocation<'a, M: ?Sized> {
	wasi: &'a mut Wasi,
	arguments: &'a [Argument],
	memory: &'a mut M,
	fuel: &'a mut i64,
}

impl<M: GuestMemory + ?Sized> Invocation<'_, M> {
	fn dispatch(&mut self, call: Call) -> Result<(), Stop> {
		self.charge(HOST_CALL_FUEL)?;
		match call {
			Call::ArgsGet => self.args_get(),
			Call::ArgsSizesGet => self.args_sizes_get(),
			Call::EnvironGet => Ok(()),
			Call::EnvironSizesGet => self.write_all(&[(0, &[0; 4]), (1, &[0; 4])]),
			Call::ClockResGet => self.clock(1),
			Call::ClockTimeGet => self.clock(2),
			Call::FdClose => self.stream().map(drop),
			Call::FdFdstatGet => self.fd_fdstat_get(),
			Call::FdPrestat => Err(Stop::Errno(BAD_DESCRIPTOR)),
			Call::FdRead => self.fd_read(),
			Call::FdSeek => self.stream().and(Err(Stop::Errno(NOT_SEEKABLE))),
			Call::FdWrite => self.fd_write(),
			Call::ProcExit => Err(Stop::Halt(Halt::Exit(self.word(0)))),
			Call::RandomGet => self.random_get(),
			Call::Unsupported => Err(Stop::Errno(NOT_SUPPORTED)),
		}
	}

	fn word(&self, index: usize) -> u32 {
		match self.arguments.get(index) {
			Some(Argument::Word(word)) => *word,
			_ => 0,
		}
	}

	fn charge(&mut self, cost: u64) -> Result<(), Stop> {
		let cost = i64::try_from(cost).unwrap_or(i64::MAX);
		*self.fuel = self.fuel.saturating_sub(cost);
		if *self.fuel < 0 {
			return Err(Stop::Halt(Halt::OutOfFuel));
		}
		Ok(())
	}

	fn charge_bytes(&mut self, bytes: u64) -> Result<(), Stop> {
		self.charge(bytes.saturating_mul(HOST_BYTE_FUEL))
	}

	/// Writes each value at the address given by the argument of that number: all of them, or none.
	fn write_all(&mut self, values: &[(usize, &[u8])]) -> Result<(), Stop> {
		let mut bytes = 0;
		for (argument, value) in values {
			let len = u32::try_from(value.len()).map_err(|_| Fault)?;
			self.memory.slice(self.word(*argument), len)?;
			bytes += u64::from(len);
		}
		self.charge_bytes(bytes)?;
		for (argument, value) in values {
			self.memory.write(self.word(*argument), value)?;
		}
		Ok(())
	}

	/// The first argument, if it is one of the three streams.
	fn stream(&self) -> Result<u32, Stop> {
		match self.word(0) {
			descriptor @ (STDIN | STDOUT | STDERR) => Ok(descriptor),
			_ => Err(Stop::Errno(BAD_DESCRIPTOR)),
		}
	}

	fn argument_strings(&self) -> (Vec<u8>, u32) {
		let mut strings = b"task\0".to_vec();
		let second = 5;
		strings.extend_from_slice(self.wasi.index.to_string().as_bytes());
		strings.push(0);
		(strings, second)
	}

	fn args_sizes_get(&mut self) -> Result<(), Stop> {
		let len = u32::try_from(self.argument_strings().0.len()).map_err(|_| Fault)?;
		self.write_all(&[(0, &2u32.to_le_bytes()), (1, &len.to_le_bytes())])
	}

	fn args_get(&mut self) -> Result<(), Stop> {
		let (strings, second) = self.argument_strings();
		let buffer = self.word(1);
		// A buffer so near the end of the address space does not hold the strings, which is found out below.
		let pointers = [buffer, buffer.wrapping_add(second)].map(u32::to_le_bytes).concat();
		self.write_all(&[(0, &pointers), (1, &strings)])
	}

	fn clock(&mut self, result: usize) -> Result<(), Stop> {
		if self.word(0) >= CLOCKS {
			return Err(Stop::Errno(INVALID));
		}
		self.write_all(&[(result, &0u64.to_le_bytes())])
	}

	fn fd_fdstat_get(&mut self) -> Result<(), Stop> {
		let rights = if self.stream()? == STDIN { RIGHT_TO_READ } else { RIGHT_TO_WRITE };
		// File type "unknown", no flags, the rights, and none to inherit.
		let stat = [0u64, rights, 0].map(u64::to_le_bytes).concat();
		self.write_all(&[(1, &stat)])
	}

	/// The buffers named by the second and third argument, each checked to lie inside the memory, and their total size.
	/// The fourth argument, where the number of bytes goes, is checked as well.
	fn io_vectors(&mut self) -> Result<(Vec<IoVector>, u32), Stop> {
		let (address, count) = (self.word(1), self.word(2));
		if count > MAX_IO_VECTORS {
			return Err(Stop::Errno(INVALID));
		}
		// From here on, `address + count * 8` does not overflow.
		self.memory.slice(address, count * 8)?;
		self.memory.slice(self.word(3), 4)?;
		self.charge_bytes(u64::from(count) * 8)?;
		let mut vectors = Vec::new();
		let mut total = 0u32;
		for index in 0..count {
			let entry = address + index * 8;
			let vector = IoVector { address: self.memory.word(entry)?, len: self.memory.word(entry + 4)? };
			self.memory.slice(vector.address, vector.len)?;
			total = total.checked_add(vector.len).ok_or(Stop::Errno(INVALID))?;
			vectors.push(vector);
		}
		Ok((vectors, total))
	}

	fn fd_read(&mut self) -> Result<(), Stop> {
		if self.word(0) != STDIN {
			return Err(Stop::Errno(BAD_DESCRIPTOR));
		}
		let (vectors, room) = self.io_vectors()?;
		let input = Arc::clone(&self.wasi.input);
		let mut rest = input.get(self.wasi.position..).unwrap_or_default();
		let read = u32::try_from(rest.len()).unwrap_or(u32::MAX).min(room);
		self.charge_bytes(read.into())?;
		for vector in vectors {
			let target = self.memory.slice_mut(vector.address, vector.len)?;
			let len = target.len().min(rest.len());
			let (now, later) = rest.split_at(len);
			target.iter_mut().zip(now).for_each(|(to, from)| *to = *from);
			rest = later;
		}
		self.wasi.position = input.len() - rest.len();
		self.memory.write(self.word(3), &read.to_le_bytes())?;
		Ok(())
	}

	fn fd_write(&mut self) -> Result<(), Stop> {
		let descriptor = self.word(0);
		if !matches!(descriptor, STDOUT | STDERR) {
			return Err(Stop::Errno(BAD_DESCRIPTOR));
		}
		let (vectors, written) = self.io_vectors()?;
		self.charge_bytes(written.into())?;
		for vector in vectors {
			let bytes = self.memory.slice(vector.address, vector.len)?;
			if descriptor == STDOUT {
				self.wasi.write_output(bytes).map_err(Stop::Halt)?;
			} else {
				self.wasi.write_stderr(bytes);
			}
		}
		self.memory.write(self.word(3), &written.to_le_bytes())?;
		Ok(())
	}

	fn random_get(&mut self) -> Result<(), Stop> {
		let (address, len) = (self.word(0), self.word(1));
		self.memory.slice(address, len)?;
		self.charge_bytes(len.into())?;
		let target = self.memory.slice_mut(address, len)?;
		self.wasi.random().fill(target);
		Ok(())
	}
}

#[cfg(test)]
mod tests;
