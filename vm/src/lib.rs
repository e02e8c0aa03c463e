#![doc = include_str!("../README.md")]

extern crate alloc;

#[cfg(not(unix))]
compile_error!("tasks are confined with the means of Unix");

pub mod engine;
pub mod error;
pub mod host;
pub mod limits;
mod profile;
pub mod program;
mod rewrite;
pub mod wasi;

pub use engine::{CompiledProgram, Engine, Execution, Task};
pub use error::{EngineError, Location, NoVerdict, PrepareError};
pub use host::{HostOptions, HostPool, ProgramSource, TaskHost};
pub use program::Program;

pub use assay_primitives::VM_VERSION;
