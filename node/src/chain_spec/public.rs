//! Making the specification of a network that strangers can join: the template, and what belongs to this one network.

use super::{runtime, ChainSpec};
use assay_primitives::{SS58_PREFIX, TOKEN_DECIMALS};
use serde::Deserialize;
use serde_json::{json, Value};
use sp_core::{
	crypto::{set_default_ss58_version, Ss58AddressFormat, Ss58Codec},
	ed25519, sr25519,
};
use std::{collections::HashSet, fs, path::PathBuf};

/// Everything but the validators, the money, and the runtime.
const TEMPLATE: &str = include_str!("../../../chain-specs/testnet.template.json");

/// Makes the specification of a new public network: the template with validators, money and this node's runtime in it.
#[derive(Debug, clap::Parser)]
pub(crate) struct CreateChainSpecCmd {
	/// The validators of the first block: a JSON file with a list of objects with `account`, `babe`, `grandpa` and
	/// `audit`, which are SS58 addresses of public keys
	#[arg(long, value_name = "FILE")]
	validators: PathBuf,

	/// The account that may upgrade and repair the chain, and that has the supply
	#[arg(long, value_name = "ADDRESS")]
	sudo: String,

	/// The network's name
	#[arg(long, default_value = "Assay Testnet")]
	name: String,

	/// The network's identifier, also for its protocols and folders
	#[arg(long, default_value = "assay-testnet")]
	id: String,

	/// Where nodes find others, as `/dns/NAME/tcp/30333/p2p/PEER`
	#[arg(long, value_name = "MULTIADDRESS", num_args = 0..)]
	bootnodes: Vec<String>,

	/// What the account of `--sudo` starts with, in ASY
	#[arg(long, value_name = "ASY", default_value_t = 10_000_000)]
	supply: u64,

	/// What each validator starts with, in ASY, its stake included
	#[arg(long, value_name = "ASY", default_value_t = 2_000)]
	endowment: u64,

	/// What of it each validator has at stake as an auditor, in ASY
	#[arg(long, value_name = "ASY", default_value_t = 1_000)]
	stake: u64,

	/// Slots of three seconds in a session, for networks for tests [default: the runtime's, 200]. Makes the
	/// specification raw.
	#[arg(long, value_name = "COUNT")]
	session_slots: Option<u64>,

	/// Write the first block's state instead of how it is made: what nodes are started with
	#[arg(long)]
	raw: bool,

	/// Where to write the specification [default: standard output]
	#[arg(long, value_name = "FILE")]
	output: Option<PathBuf>,
}

/// Where a chain's state has the number of slots in a session: the XX hash of `:EpochSlots:`.
const SESSION_SLOTS_KEY: &str = "0xd5f469e1eed1ce4f2fb4169d7271dbf9";

/// The public keys of a validator.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Validator {
	account: String,
	babe: String,
	grandpa: String,
	audit: String,
}

impl Validator {
	fn check(&self) -> Result<(), String> {
		sr25519_key("account", &self.account)?;
		sr25519_key("babe", &self.babe)?;
		sr25519_key("audit", &self.audit)?;
		ed25519::Public::from_ss58check(&self.grandpa)
			.map(|_| ())
			.map_err(|error| format!("grandpa: {} is no address: {error}", self.grandpa))
	}
}

fn sr25519_key(what: &str, address: &str) -> Result<(), String> {
	let parsed = sr25519::Public::from_ss58check(address);
	parsed.map(|_| ()).map_err(|error| format!("{what}: {address} is no address: {error}"))
}

/// Nothing that is there twice would be noticed before blocks fail.
fn check(validators: &[Validator]) -> Result<(), String> {
	let mut seen = HashSet::new();
	for validator in validators {
		validator.check()?;
		for key in [&validator.account, &validator.grandpa] {
			if !seen.insert(key) {
				return Err(format!("{key} is there twice: every validator has keys of its own"));
			}
		}
	}
	let (mut babe, mut audit) = (HashSet::new(), HashSet::new());
	if !validators.iter().all(|validator| babe.insert(&validator.babe) && audit.insert(&validator.audit)) {
		return Err("two validators have the same key: every validator has keys of its own".into());
	}
	(!validators.is_empty())
		.then_some(())
		.ok_or_else(|| "there are no validators: one is needed at least".into())
}

/// An amount in the smallest unit. JSON's numbers have 64 bits here.
fn units(what: &str, tokens: u64) -> Result<u64, String> {
	10u64.checked_pow(TOKEN_DECIMALS.into()).and_then(|unit| tokens.checked_mul(unit)).ok_or_else(|| {
		format!("{what}: {tokens} ASY is more than a specification can say; transfer more later")
	})
}

impl CreateChainSpecCmd {
	/// Makes and writes it.
	///
	/// # Errors
	///
	/// What is wrong, for people.
	pub(crate) fn run(&self) -> Result<(), String> {
		set_default_ss58_version(Ss58AddressFormat::custom(SS58_PREFIX));
		let read = fs::read_to_string(&self.validators);
		let file = self.validators.display();
		let text = read.map_err(|error| format!("{file} cannot be read: {error}"))?;
		let validators: Vec<Validator> = serde_json::from_str(&text)
			.map_err(|error| format!("{file} is no list of validators: {error}"))?;
		check(&validators)?;
		let specification = self.specification(&validators)?;
		match &self.output {
			None => println!("{specification}"),
			Some(path) => fs::write(path, format!("{specification}\n"))
				.map_err(|error| format!("{} cannot be written: {error}", path.display()))?,
		}
		Ok(())
	}

	fn specification(&self, validators: &[Validator]) -> Result<String, String> {
		let mut plain: Value =
			serde_json::from_str(TEMPLATE).map_err(|error| format!("the template: {error}"))?;
		plain["name"] = json!(self.name);
		plain["id"] = json!(self.id);
		plain["protocolId"] = json!(self.id);
		plain["bootNodes"] = json!(self.bootnodes);
		let genesis = &mut plain["genesis"]["runtimeGenesis"];
		genesis["code"] = json!(format!("0x{}", hex::encode(runtime()?)));
		self.fill(&mut genesis["patch"], validators)?;
		// Reading it checks what is not checked yet, the bootnodes for one.
		let chain = ChainSpec::from_json_bytes(plain.to_string().into_bytes())?;
		let is_raw = self.raw || self.session_slots.is_some();
		let json = sc_chain_spec::ChainSpec::as_json(&chain, is_raw)?;
		let Some(slots) = self.session_slots else { return Ok(json) };
		let mut raw: Value = serde_json::from_str(&json).map_err(|error| error.to_string())?;
		raw["genesis"]["raw"]["top"][SESSION_SLOTS_KEY] =
			json!(format!("0x{}", hex::encode(slots.to_le_bytes())));
		serde_json::to_string_pretty(&raw).map_err(|error| error.to_string())
	}

	fn fill(&self, patch: &mut Value, validators: &[Validator]) -> Result<(), String> {
		sr25519_key("--sudo", &self.sudo)?;
		let endowment = units("--endowment", self.endowment)?;
		let (supply, stake) = (units("--supply", self.supply)?, units("--stake", self.stake)?);
		if stake >= endowment {
			return Err("--stake takes all of --endowment: leave something for fees".into());
		}
		let mut balances = vec![json!([self.sudo, supply])];
		let others = validators.iter().filter(|validator| validator.account != self.sudo);
		balances.extend(others.map(|validator| json!([validator.account, endowment])));
		patch["balances"]["balances"] = balances.into();
		patch["candidates"]["invulnerables"] = validators.iter().map(|v| json!(v.account)).collect();
		patch["compute"]["auditors"] = validators.iter().map(|v| json!([v.account, stake])).collect();
		patch["session"]["keys"] = validators
			.iter()
			.map(
				|v| json!([v.account, v.account, { "babe": v.babe, "grandpa": v.grandpa, "audit": v.audit }]),
			)
			.collect();
		patch["sudo"]["key"] = json!(self.sudo);
		Ok(())
	}
}
