//! The networks the node knows by name, and those made for others.

mod public;

pub(crate) use public::CreateChainSpecCmd;

use assay_primitives::{SS58_PREFIX, TOKEN_DECIMALS, TOKEN_SYMBOL};
use assay_runtime::WASM_BINARY;
use sc_chain_spec::ChainSpecExtension;
use sc_service::{ChainType, Properties};
use sc_sync_state_rpc::LightSyncStateExtension;
use serde::{Deserialize, Serialize};
use sp_core::crypto::Ss58AddressFormat;

/// What this node's specifications have beyond those of every Substrate node.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ChainSpecExtension)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Extensions {
	/// A finalised block that light clients can begin with, and what they have to know of it. `sync_state_genSyncSpec`
	/// fills it in.
	light_sync_state: LightSyncStateExtension,
}

/// The specification of a chain: where it starts and how it is found.
pub(crate) type ChainSpec = sc_service::GenericChainSpec<Extensions>;

fn properties() -> Properties {
	let mut properties = Properties::new();
	properties.insert("tokenSymbol".into(), TOKEN_SYMBOL.into());
	properties.insert("tokenDecimals".into(), TOKEN_DECIMALS.into());
	properties.insert("ss58Format".into(), SS58_PREFIX.into());
	properties
}

fn runtime() -> Result<&'static [u8], String> {
	let missing =
		"this node was built without a runtime (SKIP_WASM_BUILD): build it again without that variable";
	WASM_BINARY.ok_or_else(|| missing.into())
}

fn spec(name: &str, id: &str, chain_type: ChainType, preset: &str) -> Result<ChainSpec, String> {
	sp_core::crypto::set_default_ss58_version(Ss58AddressFormat::custom(SS58_PREFIX));
	Ok(ChainSpec::builder(runtime()?, Extensions::default())
		.with_name(name)
		.with_id(id)
		.with_chain_type(chain_type)
		.with_protocol_id(id)
		.with_genesis_config_preset_name(preset)
		.with_properties(properties())
		.build())
}

/// One validator, Alice, on one machine.
pub(crate) fn development() -> Result<ChainSpec, String> {
	spec("Assay Development", "assay-dev", ChainType::Development, sp_genesis_builder::DEV_RUNTIME_PRESET)
}

/// Three validators: Alice, Bob and Charlie.
pub(crate) fn local_testnet() -> Result<ChainSpec, String> {
	spec(
		"Assay Local Testnet",
		"assay-local",
		ChainType::Local,
		sp_genesis_builder::LOCAL_TESTNET_RUNTIME_PRESET,
	)
}
