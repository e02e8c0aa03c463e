#![doc = include_str!("../README.md")]
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

pub mod account;
pub mod audit;
#[cfg(feature = "certificate")]
pub mod certificate;
pub mod dispute;
pub mod hash;
pub mod input;
pub mod job;
pub mod merkle;
pub mod money;
pub mod odds;
pub mod quote;
pub mod receipt;
pub mod sealing;
pub mod task;
pub mod view;

pub use account::AccountId;
pub use dispute::{Ruling, SignedVote, Vote};
pub use hash::Hash;
pub use job::{AuditPolicy, BlobRef, InputSpec, JobSpec};
pub use odds::Chance;
pub use quote::Quote;
pub use receipt::{Receipt, SignedReceipt};
pub use task::{TaskLimits, TaskOutcome, TaskStatus};

/// Number of a job, counted from 0 in the order of posting.
pub type JobId = u64;
/// Number of a batch within its job, from 0.
pub type BatchIndex = u32;
/// Number of a task within its job, from 0.
pub type TaskIndex = u32;
/// How often a batch has been handed out before: 0 for the first worker that claims it.
pub type Attempt = u32;
/// Money, in the smallest unit. One token is 10^[`TOKEN_DECIMALS`] of them.
pub type Balance = u128;
/// Height of a block.
pub type BlockNumber = u32;

/// Decimal places of the token.
pub const TOKEN_DECIMALS: u8 = 12;
/// What wallets call the token.
pub const TOKEN_SYMBOL: &str = "ASY";
/// The network prefix of addresses (the generic Substrate one).
pub const SS58_PREFIX: u16 = 42;
/// The version of the machine that programs run on. Each job names the one it was written for.
pub const VM_VERSION: u16 = 1;
