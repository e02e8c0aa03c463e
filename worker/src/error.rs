//! Why a worker cannot start, or go on.

use crate::journal::JournalError;
use assay_client::Amount;
use assay_primitives::AccountId;

/// Batches that another worker seems to have claimed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Foreign(pub u32);

impl std::fmt::Display for Foreign {
	fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
		match self.0 {
			1 => f.write_str("1 batch"),
			count => write!(f, "{count} batches"),
		}
	}
}

/// Why a worker cannot start, or go on.
#[derive(Debug, thiserror::Error)]
pub enum WorkerError {
	/// The node cannot be used.
	#[error(transparent)]
	Node(#[from] assay_client::Error),
	/// The data directory cannot be used.
	#[error(transparent)]
	Journal(#[from] JournalError),
	/// The chain has more batches of this account than this worker has claimed.
	#[error(
		"another worker claims with this account: the chain has {0} more than this one knows of. Every worker needs an account of \
		 its own; if there is no other one, start this one again, and it takes them on"
	)]
	AccountInUse(Foreign),
	/// There is no place for the data directory.
	#[error("no home directory to keep the journal in: say where with --data-dir")]
	NoHome,
	/// The chain asks for more stake than the worker is told to bond.
	#[error("a worker bonds at least {minimum}, --stake says {wish}")]
	StakeTooSmall {
		/// What was asked for.
		wish: Amount,
		/// What the chain asks for.
		minimum: Amount,
	},
	/// The account cannot pay for the stake.
	#[error(
		"{account} can spend {spendable}, and bonding {missing} takes that much, a fee, and money left for fees: send it some, or \
		 bond less with --stake (the least is {minimum})"
	)]
	NotEnoughMoney {
		/// The worker's account.
		account: AccountId,
		/// What it has to spend.
		spendable: Amount,
		/// What is to be bonded.
		missing: Amount,
		/// The smallest stake.
		minimum: Amount,
	},
}
