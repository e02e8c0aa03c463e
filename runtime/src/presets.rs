//! The first block's state, for networks everybody can start at home.

use super::*;
use alloc::vec;
use frame_support::build_struct_json_patch;
use serde_json::Value;
use sp_genesis_builder::{PresetId, DEV_RUNTIME_PRESET, LOCAL_TESTNET_RUNTIME_PRESET};
use sp_keyring::{Ed25519Keyring, Sr25519Keyring};

/// What each well-known development account starts with.
const ENDOWMENT: Balance = 1_000_000 * UNIT;

/// What each validator has at stake as an auditor.
const AUDITOR_STAKE: Balance = 1_000 * UNIT;

/// What a candidate has reserved while it is one, besides the stake of an auditor.
const CANDIDACY_BOND: Balance = 10 * UNIT;

/// Candidates that validate, besides the validators of genesis.
const DESIRED_CANDIDATES: u32 = 100;

fn session_keys(validator: Sr25519Keyring, finality: Ed25519Keyring) -> SessionKeys {
	SessionKeys {
		babe: validator.public().into(),
		grandpa: finality.public().into(),
		audit: validator.public().into(),
	}
}

fn genesis(validators: Vec<(Sr25519Keyring, Ed25519Keyring)>) -> Value {
	build_struct_json_patch!(RuntimeGenesisConfig {
		balances: BalancesConfig {
			balances: Sr25519Keyring::well_known().map(|who| (who.to_account_id(), ENDOWMENT)).collect(),
		},
		candidates: CandidatesConfig {
			invulnerables: validators.iter().map(|(who, _)| who.to_account_id()).collect(),
			candidacy_bond: CANDIDACY_BOND,
			desired_candidates: DESIRED_CANDIDATES,
		},
		babe: BabeConfig { epoch_config: BABE_GENESIS_EPOCH_CONFIG },
		compute: ComputeConfig {
			auditors: validators.iter().map(|(who, _)| (who.to_account_id(), AUDITOR_STAKE)).collect(),
		},
		session: SessionConfig {
			keys: validators
				.into_iter()
				.map(|(validator, finality)| {
					let account = validator.to_account_id();
					(account.clone(), account, session_keys(validator, finality))
				})
				.collect(),
		},
		sudo: SudoConfig { key: Some(Sr25519Keyring::Alice.to_account_id()) },
	})
}

/// The JSON patch of a preset.
pub fn get_preset(id: &PresetId) -> Option<Vec<u8>> {
	let patch = match id.as_ref() {
		DEV_RUNTIME_PRESET => genesis(vec![(Sr25519Keyring::Alice, Ed25519Keyring::Alice)]),
		LOCAL_TESTNET_RUNTIME_PRESET => genesis(vec![
			(Sr25519Keyring::Alice, Ed25519Keyring::Alice),
			(Sr25519Keyring::Bob, Ed25519Keyring::Bob),
			(Sr25519Keyring::Charlie, Ed25519Keyring::Charlie),
		]),
		_ => return None,
	};
	serde_json::to_vec(&patch).ok()
}

/// The presets there are.
pub fn preset_names() -> Vec<PresetId> {
	vec![PresetId::from(DEV_RUNTIME_PRESET), PresetId::from(LOCAL_TESTNET_RUNTIME_PRESET)]
}
