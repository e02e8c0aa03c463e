//! The networks the node knows by name.

use assay_primitives::{SS58_PREFIX, TOKEN_DECIMALS, TOKEN_SYMBOL};
use assay_runtime::WASM_BINARY;
use sc_service::{ChainType, Properties};
use sp_core::crypto::Ss58AddressFormat;

/// The specification of a chain: where it starts and how it is found.
pub(crate) type ChainSpec = sc_service::GenericChainSpec;

fn properties() -> Properties {
	let mut properties = Properties::new();
	properties.insert("tokenSymbol".into(), TOKEN_SYMBOL.into());
	properties.insert("tokenDecimals".into(), TOKEN_DECIMALS.into());
	properties.insert("ss58Format".into(), SS58_PREFIX.into());
	properties
}

fn spec(name: &str, id: &str, chain_type: ChainType, preset: &str) -> Result<ChainSpec, String> {
	sp_core::crypto::set_default_ss58_version(Ss58AddressFormat::custom(SS58_PREFIX));
	let runtime = WASM_BINARY.ok_or(
		"this node was built without a runtime (SKIP_WASM_BUILD): build it again without that variable",
	)?;
	Ok(ChainSpec::builder(runtime, None)
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
