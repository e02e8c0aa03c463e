//! The node's JSON-RPC beyond what every Substrate node serves.

#[cfg(not(test))]
mod assemble;
pub(crate) mod blobs;
pub(crate) mod compute;

#[cfg(not(test))]
pub(crate) use assemble::{create, Dependencies};
