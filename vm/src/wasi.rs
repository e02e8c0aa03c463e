//! What the host answers: a subset of WASI preview 1, specified to the byte.
//!
//! The answers are part of every outcome, so they are written once, over a plain view of the guest's memory, and each
//! engine binds this one implementation. The crate's documentation lists them.

mod calls;
mod function;
mod memory;

pub use calls::{Halt, Wasi, WasiParts};
pub use function::{find, Argument, HostFunction, Kind, FUNCTIONS, MODULE};
pub use memory::{Fault, GuestMemory};
