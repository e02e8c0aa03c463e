//! `assay doctor`: whether everything is as it should be, from this machine to the chain, and what to do if not.

use crate::{
	cli::Context,
	config,
	error::{Error, Exit},
	identity::KeyOptions,
	output::{count, one_line},
	program::{EngineName, Trial},
};
use assay_client::{Amount, Client};
use assay_primitives::{AccountId, TaskLimits, TaskStatus, VM_VERSION};
use serde::{Deserialize, Serialize};
use std::{
	sync::Arc,
	time::{Duration, SystemTime, UNIX_EPOCH},
};

/// Seconds that clocks may differ, and blocks may take.
const TOLERANCE: u64 = 30;
/// Blocks that may wait to become final.
const FINALITY_LAG: u32 = 20;
/// How long the smallest program may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// A memory, and a `_start` that returns at once.
const PROGRAM: &[u8] = b"\0asm\x01\0\0\0\x01\x04\x01\x60\0\0\x03\x02\x01\0\x05\x03\x01\0\x01\
	\x07\x13\x02\x06memory\x02\0\x06_start\0\0\x0a\x04\x01\x02\0\x0b";

#[derive(Debug, clap::Args)]
pub(crate) struct Options {
	#[command(flatten)]
	keys: KeyOptions,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
enum Verdict {
	Good,
	Doubtful,
	Bad,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Finding {
	what: &'static str,
	verdict: Verdict,
	says: String,
	advice: Option<String>,
}

/// What a node says of its health.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Health {
	peers: u32,
	is_syncing: bool,
	should_have_peers: bool,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct RuntimeVersion {
	spec_name: String,
	spec_version: u32,
}

#[derive(Default)]
struct Findings(Vec<Finding>);

impl Findings {
	fn good(&mut self, what: &'static str, says: impl Into<String>) {
		self.0.push(Finding { what, verdict: Verdict::Good, says: says.into(), advice: None });
	}

	fn add(&mut self, verdict: Verdict, what: &'static str, says: impl Into<String>, advice: &str) {
		self.0.push(Finding { what, verdict, says: says.into(), advice: Some(advice.into()) });
	}

	fn failed(&mut self, what: &'static str, error: &Error) {
		let advice = error.advice();
		self.0.push(Finding { what, verdict: Verdict::Bad, says: error.message(), advice });
	}
}

/// Looks at everything, and does not stop at the first thing that is wrong.
pub(crate) async fn run(context: &Context, options: Options) -> Result<Exit, Error> {
	let mut findings = Findings::default();
	look_at_machine(&mut findings);
	let account = look_at_account(&mut findings, &options.keys);
	let mut is_reachable = false;
	match context.connect().await {
		Ok(client) => {
			is_reachable = true;
			findings.good("node", format!("{} answers", client.url()));
			if let Err(error) = look_at_chain(&mut findings, &client).await {
				findings.failed("chain", &error);
			}
			if let Some(account) = account {
				if let Err(error) = look_at_money(&mut findings, &client, account).await {
					findings.failed("money", &error);
				}
			}
		},
		Err(error) => findings.failed("node", &error),
	}
	context.output.json(&findings.0)?;
	for finding in &findings.0 {
		let mark = match finding.verdict {
			Verdict::Good => "ok  ",
			Verdict::Doubtful => "look",
			Verdict::Bad => "BAD ",
		};
		context.output.line(format_args!("{mark}  {:<8}  {}", finding.what, one_line(&finding.says)))?;
		if let Some(advice) = &finding.advice {
			context.output.line(format_args!("                {advice}"))?;
		}
	}
	Ok(match findings.0.iter().any(|finding| finding.verdict == Verdict::Bad) {
		true if !is_reachable => Exit::Unreachable,
		true => Exit::Failed,
		false => Exit::Done,
	})
}

fn look_at_machine(findings: &mut Findings) {
	findings.good("assay", format!("version {}, machine version {VM_VERSION}", env!("CARGO_PKG_VERSION")));
	let trial = Trial {
		program: Arc::from(PROGRAM),
		index: 0,
		input: Arc::from([]),
		limits: TaskLimits::default(),
		engine: EngineName::Wasmtime,
		patience: PATIENCE,
	};
	match trial.run() {
		Ok(execution) if execution.outcome.status == TaskStatus::Completed(0) => {
			findings.good("machine", "tasks run here, in processes of their own");
		},
		Ok(execution) => findings.add(
			Verdict::Bad,
			"machine",
			format!("the smallest program {}", crate::program::ending(execution.outcome.status)),
			"Report it, with the kind of processor.",
		),
		Err(error) => findings.add(
			Verdict::Bad,
			"machine",
			format!("tasks do not run here: {error}"),
			"Check the free memory, and that the system lets processes be confined. Posting works without.",
		),
	}
}

fn look_at_account(findings: &mut Findings, keys: &KeyOptions) -> Option<AccountId> {
	match keys.account() {
		Ok(account) => {
			findings.good("account", account.to_string());
			Some(account)
		},
		Err(error) => {
			let folder =
				config::keys_directory().map(|folder| folder.display().to_string()).unwrap_or_default();
			findings.add(
				Verdict::Doubtful,
				"account",
				format!("{error} (accounts are in {folder})"),
				&error.advice(),
			);
			None
		},
	}
}

async fn look_at_chain(findings: &mut Findings, client: &Client) -> Result<(), Error> {
	let version: RuntimeVersion = client.ask("state_getRuntimeVersion", &[]).await?;
	let node: String = client.ask("system_version", &[]).await?;
	findings.good(
		"chain",
		format!(
			"{}, first block {}; node {}, runtime {} {}",
			client.chain_name().await?,
			client.genesis(),
			one_line(&node),
			one_line(&version.spec_name),
			version.spec_version
		),
	);
	let (best, finalized) = (client.best_block().await?, client.finalized_block().await?);
	let says = format!("best block {best}, final block {finalized}");
	let health: Health = client.ask("system_health", &[]).await?;
	if health.is_syncing {
		findings.add(
			Verdict::Bad,
			"blocks",
			format!("{says}; the node is still catching up"),
			"Wait until it has.",
		);
	} else if best.saturating_sub(finalized) > FINALITY_LAG {
		let advice =
			"More than a third of the validators may be away: nothing is audited until they are back.";
		findings.add(Verdict::Bad, "blocks", format!("{says}: too far behind"), advice);
	} else {
		findings.good("blocks", says);
	}
	if health.should_have_peers && health.peers == 0 {
		let advice = "Check its network, or name it a peer with --bootnodes.";
		findings.add(Verdict::Bad, "peers", "the node knows no other", advice);
	} else {
		findings.good("peers", count(health.peers, "peer"));
	}
	look_at_clock(findings, client).await
}

async fn look_at_clock(findings: &mut Findings, client: &Client) -> Result<(), Error> {
	let here = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
	let Some(there) = client.block_time_stamp().await?.map(|time| time.as_secs()) else {
		findings.add(Verdict::Doubtful, "clock", "the chain tells no time", "Wait for its first block.");
		return Ok(());
	};
	if there > here.saturating_add(TOLERANCE) {
		let says = format!("the last block comes from {} s in the future", there.saturating_sub(here));
		findings.add(Verdict::Bad, "clock", says, "Set this machine's clock, by NTP if possible.");
	} else if here > there.saturating_add(TOLERANCE) {
		let says = format!("the last block is {} s old", here.saturating_sub(there));
		let advice = "No blocks are made, or the node does not get them, or this machine's clock is wrong.";
		findings.add(Verdict::Bad, "clock", says, advice);
	} else {
		findings.good("clock", format!("the last block is {} s old", here.saturating_sub(there)));
	}
	Ok(())
}

async fn look_at_money(findings: &mut Findings, client: &Client, account: AccountId) -> Result<(), Error> {
	let parameters = client.parameters().await?;
	let balance = client.balance(&account).await?;
	let spendable = balance.spendable(client.existential_deposit().await?);
	let says = format!("{} can be spent, {} are held", Amount(spendable), Amount(balance.reserved));
	if spendable == 0 {
		findings.add(
			Verdict::Doubtful,
			"money",
			says,
			"Have money sent to the account before you post or work.",
		);
	} else if spendable < parameters.job_deposit {
		let advice = format!("Posting a job holds {} besides its price.", Amount(parameters.job_deposit));
		findings.add(Verdict::Doubtful, "money", says, &advice);
	} else {
		findings.good("money", says);
	}
	if let Some(worker) = client.worker(&account).await? {
		let says = format!("{} as a worker, {} of it locked", Amount(worker.stake), Amount(worker.locked));
		if worker.stake < parameters.minimum_stake {
			let advice = format!("A worker needs {} to claim anything.", Amount(parameters.minimum_stake));
			findings.add(Verdict::Doubtful, "stake", says, &advice);
		} else {
			findings.good("stake", says);
		}
	}
	if let Some(auditor) = client.auditor(&account).await? {
		let says = format!("{} as an auditor", Amount(auditor.stake));
		if auditor.stake < parameters.auditor_stake {
			let advice = format!("An auditor needs {}: assay auditor bond", Amount(parameters.auditor_stake));
			findings.add(Verdict::Doubtful, "stake", says, &advice);
		} else {
			findings.good("stake", says);
		}
	}
	Ok(())
}
