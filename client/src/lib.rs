#![doc = include_str!("../README.md")]

pub mod amount;
pub mod blobs;
/// Bytes that nobody would write.
#[cfg(test)]
#[path = "../../primitives/tests/bytes/mod.rs"]
mod bytes;
pub mod calls;
pub mod client;
pub mod compute;
pub mod error;
pub mod events;
pub mod keys;
pub mod keystore;
pub mod prepared;
pub mod transactions;
pub mod url;
pub mod validators;

pub use amount::{Amount, AmountError};
pub use blobs::{BlobState, BlobStatus, MAX_CHUNK};
pub use calls::Call;
pub use client::{AccountBalance, BlockHeader, Client};
pub use error::{codes, DispatchFailure, Error};
pub use events::{ChainEvent, ComputeEvent};
pub use keys::{KeyError, Keys};
pub use keystore::{Keystore, KeystoreError};
pub use prepared::{Prepared, Search, Whereabouts};
pub use transactions::{Inclusion, Submitted};
pub use url::NodeUrl;
pub use validators::{Candidate, SessionKeys};
