//! Assay's machine in a WebAssembly module: profile, rewriting, host functions and interpreter, without an operating
//! system. It imports nothing.
//!
//! It says the same of every task as the machine that workers run, so it can stand wherever a worker's word is to be
//! checked and no compiler is at hand.
//!
//! To run a task, call [`allocate`], write a [`Request`] there, and call [`run`]; read the [`Reply`] and [`release`] it.
#![no_std]

extern crate alloc;

use alloc::{
	boxed::Box,
	string::{String, ToString},
	vec::Vec,
};
use assay_primitives::{Hash, JobId, TaskLimits, TaskOutcome};
use assay_vm::{engine::interpreter::Interpreter, Program, Task};
use codec::{Decode, DecodeAll, Encode};

#[global_allocator]
static ALLOCATOR: dlmalloc::GlobalDlmalloc = dlmalloc::GlobalDlmalloc;

/// Nobody is there to be told; the module traps.
#[cfg(target_family = "wasm")]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
	core::arch::wasm32::unreachable()
}

/// What to run. Passed in SCALE.
#[derive(Decode)]
pub struct Request {
	/// The module, as it was posted.
	pub program: Vec<u8>,
	/// The task's number within the job.
	pub index: u32,
	/// What it reads from standard input.
	pub input: Vec<u8>,
	/// What it may use.
	pub limits: TaskLimits,
	/// The job's number, which the leaf is made with.
	pub job: JobId,
}

/// Outcome and leaf, or why there are none. Returned in SCALE.
pub type Reply = Result<(TaskOutcome, Hash), String>;

/// Memory for `len` bytes. It belongs to the caller until it is given back.
#[no_mangle]
pub extern "C" fn allocate(len: usize) -> *mut u8 {
	Box::into_raw(alloc::vec![0u8; len].into_boxed_slice()).cast()
}

/// Gives memory back.
///
/// # Safety
///
/// It must come from [`allocate`] or [`run`], be of that length, and not be given back twice.
#[no_mangle]
pub unsafe extern "C" fn release(address: *mut u8, len: usize) {
	// SAFETY: it is a boxed slice of that length, as the caller has to see to.
	drop(unsafe { Box::from_raw(core::ptr::slice_from_raw_parts_mut(address, len)) });
}

/// Runs the task that is requested in these `len` bytes, and gives them back. The reply's address is in the lower half
/// of the result, its length in the upper.
///
/// # Safety
///
/// The bytes must come from [`allocate`] with that length.
#[no_mangle]
pub unsafe extern "C" fn run(address: *mut u8, len: usize) -> u64 {
	// SAFETY: it is a boxed slice of that length, as the caller has to see to.
	let request = unsafe { Box::from_raw(core::ptr::slice_from_raw_parts_mut(address, len)) };
	let reply = Request::decode_all(&mut &request[..])
		.map_err(|error| error.to_string())
		.and_then(execute)
		.encode()
		.into_boxed_slice();
	let len = u64::try_from(reply.len()).unwrap_or(u64::MAX);
	let address = u64::try_from(Box::into_raw(reply).cast::<u8>().expose_provenance()).unwrap_or(u64::MAX);
	len << 32 | address
}

fn execute(request: Request) -> Reply {
	let Request { program, index, input, limits, job } = request;
	let program = Program::prepare(&program).map_err(|error| error.to_string())?;
	let interpreter = Interpreter::new().map_err(|error| error.to_string())?;
	let code = interpreter.compile(&program).map_err(|error| error.to_string())?;
	let execution =
		interpreter.run(&code, &Task { index, input: &input }, &limits).map_err(|error| error.to_string())?;
	Ok((execution.outcome, execution.outcome.leaf(job, index)))
}
