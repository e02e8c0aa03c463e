#![doc = include_str!("../README.md")]

#[cfg(not(unix))]
compile_error!("the journal is locked with the means of Unix");

mod batch;
/// Bytes that nobody would write.
#[cfg(test)]
#[path = "../../primitives/tests/bytes/mod.rs"]
mod bytes;
mod chain;
mod claim;
mod context;
pub mod error;
mod handover;
mod job_data;
pub mod journal;
mod link;
mod loads;
pub mod options;
pub mod pause;
pub mod pick;
mod recover;
mod room;
pub mod runner;
mod stake;
pub mod step;
#[cfg(test)]
mod testing;
pub mod worker;

pub use error::WorkerError;
pub use options::{Arguments, KeysError, WorkerOptions};
pub use runner::{MachineRunner, TaskOrder, TaskRunner};
pub use worker::{Summary, Worker};
