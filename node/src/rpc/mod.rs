//! The node's JSON-RPC beyond what every Substrate node serves.

#[cfg(not(test))]
mod assemble;
pub(crate) mod blobs;
#[cfg(not(test))]
pub(crate) mod certificate;
pub(crate) mod compute;

#[cfg(not(test))]
pub(crate) use assemble::{create, Dependencies};
