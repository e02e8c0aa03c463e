//! The command line.

use crate::chain_spec::CreateChainSpecCmd;
use std::{num::NonZeroUsize, path::PathBuf};

/// The arguments of the node.
#[derive(Debug, clap::Parser)]
pub(crate) struct Cli {
	/// What to do instead of running a node.
	#[command(subcommand)]
	pub(crate) subcommand: Option<Subcommand>,

	/// What every Substrate node has.
	#[clap(flatten)]
	pub(crate) run: sc_cli::RunCmd,

	/// What this node has.
	#[clap(flatten)]
	pub(crate) assay: AssayArgs,
}

/// The arguments of Assay's own.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct AssayArgs {
	/// Folder for programs, inputs and results [default: `blobs` in the chain's folder]
	#[arg(long, value_name = "PATH")]
	pub(crate) blob_path: Option<PathBuf>,

	/// Greatest size of one blob, in bytes
	#[arg(long, value_name = "BYTES", default_value_t = 256 << 20)]
	pub(crate) blob_max_size: u64,

	/// Space for all blobs together, in bytes. What would go beyond it is refused.
	#[arg(long, value_name = "BYTES", default_value_t = 10 << 30)]
	pub(crate) blob_quota: u64,

	/// The part of that space for blobs that no job on the chain names, in bytes
	#[arg(long, value_name = "BYTES", default_value_t = 2 << 30)]
	pub(crate) blob_staging: u64,

	/// How long a blob stays that no job on the chain names, in seconds
	#[arg(long, value_name = "SECONDS", default_value_t = 6 * 3_600)]
	pub(crate) blob_expiry: u64,

	/// How much of its blobs the node sends to each other node, in bytes per second
	#[arg(long, value_name = "BYTES", default_value_t = 64 << 20)]
	pub(crate) blob_peer_rate: u64,

	/// Tasks this validator re-executes at the same time [default: one less than the cores, at least 1]
	#[arg(long, value_name = "COUNT")]
	pub(crate) auditor_slots: Option<NonZeroUsize>,

	/// Do not audit, even as a validator. Costs the fees of the audits this node is drawn for.
	#[arg(long)]
	pub(crate) no_auditor: bool,
}

impl AssayArgs {
	/// How many tasks to re-execute at the same time.
	pub(crate) fn slots(&self) -> NonZeroUsize {
		self.auditor_slots.unwrap_or_else(|| {
			let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
			NonZeroUsize::new(cores.saturating_sub(1)).unwrap_or(NonZeroUsize::MIN)
		})
	}
}

/// What the node can do besides running.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Subcommand {
	/// Handle keys: generate, inspect, insert
	#[command(subcommand)]
	Key(sc_cli::KeySubcommand),

	/// Write a network's chain specification
	ExportChainSpec(sc_cli::ExportChainSpecCmd),

	/// Make the chain specification of a new public network
	CreateChainSpec(CreateChainSpecCmd),

	/// Check blocks that are in the database
	CheckBlock(sc_cli::CheckBlockCmd),

	/// Write blocks to a file
	ExportBlocks(sc_cli::ExportBlocksCmd),

	/// Write a block's state as a chain specification
	ExportState(sc_cli::ExportStateCmd),

	/// Read blocks from a file
	ImportBlocks(sc_cli::ImportBlocksCmd),

	/// Delete a chain's database
	PurgeChain(sc_cli::PurgeChainCmd),

	/// Go back to an earlier block
	Revert(sc_cli::RevertCmd),

	/// Say what is in the database
	ChainInfo(sc_cli::ChainInfoCmd),
}
