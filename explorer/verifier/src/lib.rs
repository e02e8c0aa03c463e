//! What the explorer checks by itself, as a WebAssembly module: receipts, sealed results, certificates, inputs, and the
//! rewriting of programs. It imports nothing, and believes nothing that it is told.
//!
//! To ask something, call [`allocate`], write a message there, and call [`answer`]; read the reply and [`release`] it.
//! A message is a list of parts, each its length in four little-endian bytes and then that many bytes. The first part is
//! JSON, the others are what is too long for it. A reply has the same form; where its JSON has an `error`, that says in
//! words why there is no answer.
#![no_std]

extern crate alloc;

mod certificate;
mod message;
mod program;
mod results;

use alloc::{
	boxed::Box,
	string::{String, ToString},
	vec::Vec,
};
use message::Parts;
use serde::Deserialize;

#[global_allocator]
static ALLOCATOR: dlmalloc::GlobalDlmalloc = dlmalloc::GlobalDlmalloc;

/// Nobody is there to be told; the module traps.
#[cfg(target_family = "wasm")]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
	core::arch::wasm32::unreachable()
}

/// What can be asked.
#[derive(Deserialize)]
#[serde(tag = "ask", rename_all = "camelCase")]
enum Question {
	/// The hash of the second part.
	Hash,
	/// The hash of a receipt, and whether a signature under it is that of its worker.
	Receipt(results::ReceiptQuestion),
	/// The results in the second part, a sealed batch, if it is what the receipt commits to.
	Open(results::OpenQuestion),
	/// The outcome and leaf of a task that wrote the second part.
	Outcome(results::OutcomeQuestion),
	/// What the certificate in the second part shows.
	Certificate(certificate::Question),
	/// The program in the second part, ready to be run.
	Prepare,
	/// What a task reads, of the input in the second part.
	Input(program::InputQuestion),
	/// The parts but the first, packed as the inputs of a job with one for each task.
	Pack,
	/// Random bytes of a task.
	Random(program::RandomQuestion),
}

type Reply = Result<Vec<Vec<u8>>, String>;

/// Memory for `len` bytes. It belongs to the caller until it is given back.
#[no_mangle]
pub extern "C" fn allocate(len: usize) -> *mut u8 {
	Box::into_raw(alloc::vec![0u8; len].into_boxed_slice()).cast()
}

/// Gives memory back.
///
/// # Safety
///
/// It must come from [`allocate`] or [`answer`], be of that length, and not be given back twice.
#[no_mangle]
pub unsafe extern "C" fn release(address: *mut u8, len: usize) {
	// SAFETY: it is a boxed slice of that length, as the caller has to see to.
	drop(unsafe { Box::from_raw(core::ptr::slice_from_raw_parts_mut(address, len)) });
}

/// Answers the question in these `len` bytes, and gives them back. The reply's address is in the lower half of the
/// result, its length in the upper.
///
/// # Safety
///
/// The bytes must come from [`allocate`] with that length.
#[no_mangle]
pub unsafe extern "C" fn answer(address: *mut u8, len: usize) -> u64 {
	// SAFETY: it is a boxed slice of that length, as the caller has to see to.
	let question = unsafe { Box::from_raw(core::ptr::slice_from_raw_parts_mut(address, len)) };
	let parts = reply(&question).unwrap_or_else(|error| alloc::vec![message::error(&error)]);
	let reply = message::join(&parts).into_boxed_slice();
	let len = u64::try_from(reply.len()).unwrap_or(u64::MAX);
	let address = u64::try_from(Box::into_raw(reply).cast::<u8>().expose_provenance()).unwrap_or(u64::MAX);
	len << 32 | address
}

fn reply(question: &[u8]) -> Reply {
	let parts = Parts::split(question).ok_or("the message is cut off")?;
	let asked = serde_json::from_slice(parts.get(0)?).map_err(|error| error.to_string())?;
	match asked {
		Question::Hash => program::hash(parts.get(1)?),
		Question::Receipt(question) => results::receipt(question),
		Question::Open(question) => results::open(&question, parts.get(1)?),
		Question::Outcome(question) => results::outcome(&question, parts.get(1)?),
		Question::Certificate(question) => certificate::verify(&question, parts.get(1)?),
		Question::Prepare => program::prepare(parts.get(1)?),
		Question::Input(question) => program::input(&question, parts.get(1)?),
		Question::Pack => program::pack(parts.after_first()),
		Question::Random(question) => program::random(&question),
	}
}
