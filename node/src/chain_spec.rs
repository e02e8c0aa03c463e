//! The networks the node knows by name, and those made for others.

mod public;

#[cfg(not(test))]
pub(crate) use public::CreateChainSpecCmd;

use assay_primitives::{SS58_PREFIX, TOKEN_DECIMALS, TOKEN_SYMBOL};
use assay_runtime::{configs::SlotMilliseconds, presets, RuntimeGenesisConfig, WASM_BINARY};
use codec::Encode;
use sc_chain_spec::{json_patch, ChainSpec as _, ChainSpecExtension};
use sc_service::{ChainType, Properties};
use sc_sync_state_rpc::LightSyncStateExtension;
use serde::{Deserialize, Serialize};
use sp_core::{
	crypto::Ss58AddressFormat,
	storage::{well_known_keys, Storage},
};
use sp_runtime::BuildStorage;

/// What this node's specifications have beyond those of every Substrate node.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ChainSpecExtension)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Extensions {
	/// A finalised block that light clients can begin with, and what they have to know of it. `sync_state_genSyncSpec`
	/// fills it in.
	light_sync_state: LightSyncStateExtension,
}

/// Time between two slots of the chain [`Network::Quick`], in milliseconds.
const QUICK_SLOT: u64 = 1_000;

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

/// A network that the node knows by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Network {
	/// One validator, Alice, on one machine.
	Development,
	/// Three validators: Alice, Bob and Charlie.
	LocalTestnet,
	/// The development chain with a slot every second: what takes a minute on a network is seen in less than half of it. The
	/// protocol's times are in blocks, so everybody has that much less time; for small tasks it suffices.
	Quick,
}

impl Network {
	/// What `--chain` calls it. `None` if it is no name, but a file for instance.
	pub(crate) fn named(id: &str) -> Option<Self> {
		Some(match id {
			"dev" => Self::Development,
			"" | "local" => Self::LocalTestnet,
			"quick" => Self::Quick,
			_ => return None,
		})
	}

	fn preset(self) -> &'static str {
		match self {
			Self::Development | Self::Quick => sp_genesis_builder::DEV_RUNTIME_PRESET,
			Self::LocalTestnet => sp_genesis_builder::LOCAL_TESTNET_RUNTIME_PRESET,
		}
	}

	/// Its specification for people to read, and to change: with the name of its preset, where that says everything.
	pub(crate) fn described(self) -> Result<ChainSpec, String> {
		let (name, id, chain_type) = match self {
			Self::Development => ("Assay Development", "assay-dev", ChainType::Development),
			Self::LocalTestnet => ("Assay Local Testnet", "assay-local", ChainType::Local),
			Self::Quick => ("Assay Quick Development", "assay-quick", ChainType::Development),
		};
		let mut spec = spec(name, id, chain_type, self.preset())?;
		if self == Self::Quick {
			let mut storage = genesis(self.preset())?;
			storage.top.insert(SlotMilliseconds::key().to_vec(), QUICK_SLOT.encode());
			spec.set_storage(storage);
		}
		Ok(spec)
	}

	/// Its specification to start a node with: with the state of the first block, which it would otherwise have the runtime
	/// make. That compiles the runtime twice before the node even begins.
	pub(crate) fn made_up(self) -> Result<ChainSpec, String> {
		let mut spec = self.described()?;
		if self != Self::Quick {
			spec.set_storage(genesis(self.preset())?);
		}
		Ok(spec)
	}
}

/// The state of the first block of a preset, made by the runtime that is part of this program.
pub(crate) fn genesis(preset: &str) -> Result<Storage, String> {
	let malformed = |error: serde_json::Error| format!("the preset {preset} is malformed: {error}");
	let patch = presets::get_preset(&preset.into()).ok_or_else(|| format!("there is no preset {preset}"))?;
	let patch = serde_json::from_slice(&patch).map_err(malformed)?;
	let mut config = serde_json::to_value(RuntimeGenesisConfig::default()).map_err(malformed)?;
	json_patch::merge(&mut config, patch);
	let config: RuntimeGenesisConfig = serde_json::from_value(config).map_err(malformed)?;
	let mut storage = config.build_storage()?;
	storage.top.insert(well_known_keys::CODE.to_vec(), runtime()?.to_vec());
	Ok(storage)
}

#[cfg(test)]
mod tests {
	use super::*;

	/// Otherwise nodes with this program and nodes with an exported specification would be on chains of their own.
	#[test]
	fn the_first_state_is_the_one_the_runtime_makes() {
		for network in [Network::Development, Network::LocalTestnet] {
			let by_the_runtime = network.described().unwrap().build_storage().unwrap();
			let made_here = network.made_up().unwrap().build_storage().unwrap();
			assert!(made_here.top.len() > 10);
			assert_eq!(made_here.top, by_the_runtime.top, "{network:?}");
			assert!(made_here.children_default.is_empty() && by_the_runtime.children_default.is_empty());
		}
	}

	#[test]
	fn the_quick_chain_differs_in_the_length_of_its_slots_alone() {
		let mut quick = Network::Quick.made_up().unwrap().build_storage().unwrap().top;
		assert_eq!(quick.remove(&SlotMilliseconds::key()[..]), Some(1_000u64.to_le_bytes().to_vec()));
		assert_eq!(quick, genesis(sp_genesis_builder::DEV_RUNTIME_PRESET).unwrap().top);
	}
}
