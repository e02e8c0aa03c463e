#![doc = include_str!("../README.md")]
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

#[cfg(all(feature = "std", not(unix)))]
compile_error!("tasks are confined with the means of Unix");

pub mod engine;
pub mod error;
#[cfg(feature = "std")]
pub mod host;
pub mod limits;
mod profile;
pub mod program;
mod rewrite;
#[cfg(feature = "std")]
pub mod summary;
pub mod wasi;

#[cfg(feature = "std")]
pub use engine::{CompiledProgram, Engine};
pub use engine::{Execution, Task};
pub use error::{EngineError, Location, NoVerdict, PrepareError};
#[cfg(feature = "std")]
pub use host::{HostOptions, HostPool, ProgramSource, TaskHost};
pub use program::Program;

pub use assay_primitives::VM_VERSION;
