#![doc = include_str!("../README.md")]

#[cfg(not(unix))]
compile_error!("tasks are confined with the means of Unix");

pub mod engine;
pub mod error;
pub mod host;
pub mod limits;
mod profile;
pub mod program;
pub mod wasi;

pub use engine::{CompiledProgram, Engine, Execution, Task};
pub use error::{EngineError, Location, NoVerdict, PrepareError};
pub use host::{HostOptions, HostPool, ProgramSource, TaskHost};
pub use program::Program;
