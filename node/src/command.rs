//! What the command line's parts do.

use crate::{
	chain_spec::{ChainSpec, Network},
	cli::{Cli, Subcommand},
	service::{self, Partial},
};
use assay_runtime::Block;
use sc_cli::SubstrateCli;
use sc_network::config::NetworkBackendType;
use std::path::PathBuf;

impl SubstrateCli for Cli {
	fn impl_name() -> String {
		"Assay Node".into()
	}

	/// `0.1.0`, or `0.1.0-` and the commit where the build was told it. Nothing finds the commit out by itself: then
	/// every commit would compile this crate again, for minutes.
	fn impl_version() -> String {
		let version = env!("CARGO_PKG_VERSION");
		match option_env!("ASSAY_COMMIT") {
			None | Some("") => version.into(),
			Some(commit) => format!("{version}-{commit}"),
		}
	}

	fn description() -> String {
		env!("CARGO_PKG_DESCRIPTION").into()
	}

	fn author() -> String {
		env!("CARGO_PKG_AUTHORS").into()
	}

	fn support_url() -> String {
		concat!(env!("CARGO_PKG_REPOSITORY"), "/issues").into()
	}

	fn copyright_start_year() -> i32 {
		2026
	}

	fn load_spec(&self, id: &str) -> Result<Box<dyn sc_service::ChainSpec>, String> {
		Ok(Box::new(match Network::named(id) {
			Some(network) => network.made_up()?,
			None => ChainSpec::from_json_file(PathBuf::from(id))?,
		}))
	}
}

/// The specification to export: with the preset rather than the state, where there is one.
fn exported(cli: &Cli, id: &str) -> Result<Box<dyn sc_service::ChainSpec>, String> {
	match Network::named(id) {
		Some(network) => Ok(Box::new(network.described()?)),
		None => cli.load_spec(id),
	}
}

/// Does what the command line says.
pub(crate) fn run() -> sc_cli::Result<()> {
	let cli = Cli::from_args();
	let Some(subcommand) = &cli.subcommand else { return run_node(&cli) };
	match subcommand {
		Subcommand::Key(cmd) => cmd.run(&cli),
		Subcommand::ExportChainSpec(cmd) => cmd.run(exported(&cli, &cmd.chain)?),
		Subcommand::CreateChainSpec(cmd) => cmd.run().map_err(sc_cli::Error::Input),
		Subcommand::CheckBlock(cmd) => cli.create_runner(cmd)?.async_run(|config| {
			let Partial { client, task_manager, import_queue, .. } = service::new_partial(&config)?;
			Ok((cmd.run(client, import_queue), task_manager))
		}),
		Subcommand::ExportBlocks(cmd) => cli.create_runner(cmd)?.async_run(|config| {
			let Partial { client, task_manager, .. } = service::new_partial(&config)?;
			Ok((cmd.run(client, config.database), task_manager))
		}),
		Subcommand::ExportState(cmd) => cli.create_runner(cmd)?.async_run(|config| {
			let Partial { client, task_manager, .. } = service::new_partial(&config)?;
			Ok((cmd.run(client, config.chain_spec), task_manager))
		}),
		Subcommand::ImportBlocks(cmd) => cli.create_runner(cmd)?.async_run(|config| {
			let Partial { client, task_manager, import_queue, .. } = service::new_partial(&config)?;
			Ok((cmd.run(client, import_queue), task_manager))
		}),
		Subcommand::PurgeChain(cmd) => cli.create_runner(cmd)?.sync_run(|config| cmd.run(config.database)),
		Subcommand::Revert(cmd) => cli.create_runner(cmd)?.async_run(|config| {
			let Partial { client, task_manager, backend, .. } = service::new_partial(&config)?;
			let revert_consensus = Box::new(|client: std::sync::Arc<_>, backend, blocks| {
				sc_consensus_babe::revert(std::sync::Arc::clone(&client), backend, blocks)?;
				sc_consensus_grandpa::revert(client, blocks)?;
				Ok(())
			});
			Ok((cmd.run(client, backend, Some(revert_consensus)), task_manager))
		}),
		Subcommand::ChainInfo(cmd) => cli.create_runner(cmd)?.sync_run(|config| cmd.run::<Block>(&config)),
	}
}

fn run_node(cli: &Cli) -> sc_cli::Result<()> {
	let runner = cli.create_runner(&cli.run)?;
	let args = cli.assay.clone();
	runner.run_node_until_exit(|config| async move {
		if matches!(config.network.network_backend, NetworkBackendType::Libp2p) {
			// Half of the node's own build time for a backend that is no longer developed.
			let reason = "this node speaks litep2p only: leave out `--network-backend libp2p`";
			return Err(sc_cli::Error::Input(reason.into()));
		}
		service::new_full(config, args).map_err(sc_cli::Error::Service)
	})
}
