#![doc = include_str!("../README.md")]

pub mod actors;
mod audit;
pub mod batch;
pub mod chart;
pub mod setting;
mod settlement;
pub mod statistics;
pub mod studies;
pub mod table;
pub mod theory;

pub use actors::{Auditor, Data, Worker};
pub use batch::{run, run_knowing, Attempt, Ledger, Outcome};
pub use setting::{Rules, Setting, Timing};
