#![doc = include_str!("../README.md")]

pub mod auditing;
pub mod auditor;
pub mod books;
pub mod chain;
pub mod falsified;
pub mod files;
pub mod handmade;
pub mod job;
pub mod measure;
pub mod network;
pub mod node;
pub mod process;
pub mod program;
pub mod rpc;
pub mod scene;
pub mod terminal;
pub mod transactions;
pub mod validators;
pub mod wait;
pub mod wallet;
pub mod worker;

pub use auditor::LyingAuditor;
pub use books::{Books, Moves};
pub use network::Network;
pub use node::DevNode;
pub use scene::Scene;
pub use terminal::Terminal;
pub use validators::Validators;
pub use wallet::Wallet;
pub use worker::Worker;

use assay_client::Keys;
use assay_primitives::{Balance, TOKEN_DECIMALS};

/// One token, in the smallest unit of money.
pub const ASY: Balance = 10u128.pow(TOKEN_DECIMALS as u32);

/// The keys behind a secret URI.
///
/// # Panics
///
/// If it is none.
pub fn keys(suri: &str) -> Keys {
	Keys::from_suri(suri).unwrap_or_else(|error| panic!("{suri}: {error}"))
}
