//! The command line.

use crate::{
	commands::{
		account, auditor, dev, doctor, explorer, job, map, node, program, quote, shell, validator, verify,
		worker,
	},
	config::Config,
	error::{Error, Exit, EXIT_CODES},
	output::Output,
};
use assay_client::Client;
use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand};
use std::{ffi::OsString, io, path::PathBuf, process::ExitCode};

/// Post bounties for computing, follow them, fetch verified results.
///
/// Programs, inputs and, once they are revealed, results are public.
#[derive(Debug, Parser)]
#[command(name = "assay", version, after_help = EXIT_CODES, arg_required_else_help = true)]
struct Cli {
	#[command(flatten)]
	global: Global,

	#[command(subcommand)]
	command: Command,
}

#[derive(Debug, Args)]
struct Global {
	/// The node to talk to [default: that of the configuration, or ws://127.0.0.1:9944]
	#[arg(long, global = true, env = "ASSAY_NODE", value_name = "URL")]
	node: Option<String>,

	/// The configuration file, with lines such as node = "ws://…" and account = "NAME" [default: ~/.config/assay/config.toml]
	#[arg(long, global = true, env = "ASSAY_CONFIG", value_name = "FILE")]
	config: Option<PathBuf>,

	/// Print results as JSON; amounts are strings, in the smallest unit of money (10^-12 ASY)
	#[arg(long, global = true)]
	json: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
	/// Run a program over many inputs on other people's computers: post, follow, fetch, verify, pay
	#[command(after_help = EXIT_CODES)]
	Map(Box<map::Options>),

	/// Tell what `assay map` would cost and how safe it would be; sends nothing
	#[command(after_help = EXIT_CODES)]
	Quote(Box<quote::Options>),

	/// Post jobs, follow them, fetch their results
	#[command(subcommand, after_help = EXIT_CODES)]
	Job(job::Command),

	/// Write, build, test and check programs, and run single tasks of them on this machine
	#[command(subcommand, after_help = EXIT_CODES)]
	Program(program::Command),

	/// Keys, balances, addresses, transfers
	#[command(subcommand, after_help = EXIT_CODES)]
	Account(account::Command),

	/// Earn on this machine's spare cores: start a worker, its stake, what it earned
	#[command(subcommand, after_help = EXIT_CODES)]
	Worker(worker::Command),

	/// A validator's stake as an auditor
	#[command(subcommand, after_help = EXIT_CODES)]
	Auditor(auditor::Command),

	/// Become a validator, with one's own node
	#[command(subcommand, after_help = EXIT_CODES)]
	Validator(validator::Command),

	/// Verify a certificate: that a batch was audited and accepted. Needs no node
	#[command(after_help = EXIT_CODES)]
	Verify(verify::Options),

	/// Serve the page on which jobs are watched, checked and posted, and open it for the node
	#[command(after_help = EXIT_CODES)]
	Explorer(explorer::Options),

	/// Tell which chain the node is on, and how far it is
	#[command(after_help = EXIT_CODES)]
	Node,

	/// Try things out: a development chain and a worker on this machine, until Ctrl-C
	#[command(after_help = EXIT_CODES)]
	Dev(dev::Options),

	/// Look whether everything is as it should be: this machine, the node, the chain, the account
	#[command(after_help = EXIT_CODES)]
	Doctor(doctor::Options),

	/// Print what makes a shell complete commands: assay completions bash > ~/.local/share/bash-completion/completions/assay
	Completions(shell::CompletionOptions),

	/// Write the manual's pages
	Man(shell::ManOptions),
}

/// What every command works with.
#[derive(Debug)]
pub(crate) struct Context {
	/// Where results go.
	pub(crate) output: Output,
	node: String,
}

impl Context {
	/// The node's address, as it was given.
	pub(crate) fn node(&self) -> &str {
		&self.node
	}

	/// Connects to the node.
	pub(crate) async fn connect(&self) -> Result<Client, Error> {
		Ok(Client::connect(&self.node).await?)
	}
}

/// Reads a command line.
fn parse<T: Into<OsString> + Clone>(line: impl IntoIterator<Item = T>) -> Result<Cli, clap::Error> {
	let matches = with_negative_numbers(Cli::command()).try_get_matches_from(line)?;
	Cli::from_arg_matches(&matches)
}

/// Takes `-5` for a value, which is then refused for what it is, rather than for an option that there is not.
fn with_negative_numbers(command: clap::Command) -> clap::Command {
	let takes = |arg: clap::Arg| {
		let takes_values = arg.get_action().takes_values();
		arg.allow_negative_numbers(takes_values)
	};
	command.mut_args(takes).mut_subcommands(with_negative_numbers)
}

/// Parses the command line, does what it says and tells how that went.
pub(crate) fn main() -> ExitCode {
	let cli = match parse(std::env::args_os()) {
		Ok(cli) => cli,
		Err(error) => {
			// Help that was asked for is no error. If it cannot be printed there is nobody to tell.
			let _ = error.print();
			return if error.use_stderr() { Exit::Usage } else { Exit::Done }.into();
		},
	};
	match run(cli) {
		Ok(exit) => exit.into(),
		// The reader has gone: there is nobody to tell.
		Err(Error::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => Exit::Failed.into(),
		Err(error) => {
			eprintln!("error: {}", error.message());
			if let Some(advice) = error.advice() {
				eprintln!("       {advice}");
			}
			error.exit().into()
		},
	}
}

fn run(cli: Cli) -> Result<Exit, Error> {
	let config = Config::read(cli.global.config.as_deref())?;
	let node = cli.global.node.unwrap_or_else(|| config.node().to_owned());
	config.hold();
	let context = Context { output: Output { json: cli.global.json }, node };
	let runtime = tokio::runtime::Builder::new_multi_thread()
		.worker_threads(2)
		.enable_all()
		.build()
		.map_err(Error::Runtime)?;
	let ended = runtime.block_on(async {
		match cli.command {
			Command::Map(options) => map::run(&context, *options).await,
			Command::Quote(options) => quote::run(&context, *options).await,
			Command::Job(command) => job::run(&context, command).await,
			Command::Program(command) => program::run(&context, command),
			Command::Account(command) => account::run(&context, command).await,
			Command::Worker(command) => worker::run(&context, command).await,
			Command::Auditor(command) => auditor::run(&context, command).await,
			Command::Validator(command) => validator::run(&context, command).await,
			Command::Verify(options) => verify::run(&context, options),
			Command::Explorer(options) => explorer::run(&context, &options),
			Command::Node => node::run(&context).await,
			Command::Dev(options) => dev::run(&context, options).await,
			Command::Doctor(options) => doctor::run(&context, options).await,
			Command::Completions(options) => shell::completions(&mut Cli::command(), &options),
			Command::Man(options) => shell::man(&context, Cli::command(), &options),
		}
	});
	// A task that runs here when somebody presses Ctrl-C is not waited for.
	runtime.shutdown_background();
	ended
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn the_command_line_is_consistent() {
		Cli::command().debug_assert();
	}

	fn parse(line: &str) -> Result<Cli, clap::Error> {
		super::parse(line.split_whitespace())
	}

	#[test]
	fn negative_numbers_are_refused_for_what_they_are() {
		for line in [
			"assay quote program.wasm a --bounty -1",
			"assay quote program.wasm --tasks -3",
			"assay job status -1",
			"assay job fetch 7 --out o --batch -2",
			"assay account transfer --suri //Alice --amount -0.5 --to 5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY",
		] {
			let error = parse(line).unwrap_err().to_string();
			assert!(error.contains("invalid value '-"), "{line}: {error}");
		}
	}

	#[test]
	fn the_node_and_json_can_stand_anywhere() {
		for line in [
			"assay --json --node ws://other:1 job status 7",
			"assay job status 7 --json --node ws://other:1",
			"assay job --node ws://other:1 status --json 7",
		] {
			let cli = parse(line).unwrap();
			assert!(cli.global.json, "{line}");
			assert_eq!(cli.global.node.as_deref(), Some("ws://other:1"), "{line}");
		}
	}

	#[test]
	fn what_makes_no_sense_is_refused() {
		for line in [
			"assay",
			"assay job",
			"assay job status",
			"assay job status seven",
			"assay job status -1",
			"assay job fetch 1",
			"assay job cancel 1 --suri //Alice --key-file key",
			"assay job check",
			"assay job check 1 --tasks 0",
			"assay job check 1 --challenge --suri //Alice --key-file key",
			"assay job challenge 1 --suri //Alice",
			"assay job challenge 1 --task -1 --suri //Alice",
			"assay job demand 1 --suri //Alice",
			"assay job demand 1 --task 7 --batch 1 --suri //Alice",
			"assay job accept --suri //Alice",
			"assay job accept 1 --batch one --suri //Alice",
			"assay job certificate 1",
			"assay job certificate 1 0 --chain-spec a --authority-set 0x0000000000000000000000000000000000000000000000000000000000000000",
			"assay job certificate 1 0 --authority-set 0x00",
			"assay verify",
			"assay verify file --chain-spec",
			"assay verify file --authority-set 12",
			"assay worker",
			"assay worker start --cores 0 --suri //Bob",
			"assay worker start --memory 63 --suri //Bob",
			"assay worker start --suri //Bob --new-key key",
			"assay worker start --pause-above-load high",
			"assay worker bond --suri //Bob",
			"assay worker unbond --suri //Bob",
			"assay auditor",
			"assay auditor bond --suri //Alice",
			"assay auditor unbond --suri //Alice",
			"assay auditor withdraw --amount 1 --suri //Alice",
			"assay auditor status 5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQX",
			"assay account transfer --suri //Alice --amount 1",
			"assay account transfer --suri //Alice --amount 1.0000000000001 --to 5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY",
			"assay account transfer --suri //Alice --amount 1 --to nobody",
			"assay account balance 5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQX",
			"assay account worker 5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQX",
			"assay map",
			"assay map program.wasm a --tasks 3 --out o",
			"assay map program.wasm --shared a --out o",
			"assay map program.wasm a",
			"assay map program.wasm a --out o --suri //Alice --account main",
			"assay job resume",
			"assay dev --port 0",
			"assay dev --port 65536",
			"assay dev --cores 0",
			"assay dev --block-time 2",
			"assay completions",
			"assay completions tcsh",
			"assay account new",
			"assay account import main --keystore a --phrase-file b",
			"assay program",
			"assay program new dir",
			"assay program new --lang cobol dir",
			"assay program build one two",
			"assay program check",
			"assay program run program.wasm",
			"assay program run program.wasm --index -1",
			"assay program run program.wasm --index 4294967295",
			"assay program run program.wasm --index 0 --engine v8",
			"assay program run program.wasm --index 0 --memory-pages 16385",
		] {
			assert!(parse(line).is_err(), "{line}");
		}
	}

	#[test]
	fn what_makes_sense_is_taken() {
		for line in [
			"assay node",
			"assay map program.wasm a b c --out o --suri //Alice --yes",
			"assay map program.wasm --tasks 7 --out o",
			"assay map program.wasm --tasks 7 --shared a --out o --account main --recheck 0 --no-accept",
			"assay map program.wasm --lines - --out o --fuel 9 --bounty 0.1 --rate 50 --challenge-window 5",
			"assay quote program.wasm a b",
			"assay job resume 7",
			"assay job resume --out o --key-file key",
			"assay dev",
			"assay dev --port 7 --cores 1 --block-time 3",
			"assay map folder a b --out o",
			"assay doctor",
			"assay completions zsh",
			"assay man --out man",
			"assay account new main --password-file p",
			"assay account import main --keystore a.json",
			"assay account export main --phrase --out o",
			"assay account list --json",
			"assay --config c node",
			"assay job list",
			"assay job watch 0",
			"assay job report 0",
			"assay job fetch 18446744073709551615 --out results --batch 1 --batch 2",
			"assay job cancel 1 --suri //Alice",
			"assay job check 1",
			"assay job check 1 --tasks 100 --batch 0 --batch 3 --challenge --key-file key --json",
			"assay job challenge 1 --task 7 --suri //Alice",
			"assay job demand 1 --task 7 --suri //Alice",
			"assay job demand 1 --batch 1 --suri //Alice",
			"assay job accept 1 --suri //Alice",
			"assay job accept 1 --batch 0 --batch 3 --suri //Alice",
			"assay job certificate 1 0",
			"assay job certificate 1 0 --out file --first-set 7 --chain-spec spec.json --json",
			"assay verify file",
			"assay verify file --chain-spec spec.json --json",
			"assay verify file --authority-set 0x0000000000000000000000000000000000000000000000000000000000000000",
			"assay worker start",
			"assay worker start --new-key key --stake 10 --cores 2 --memory 512 --min-bounty 0.1 --min-price 0.5 --yes",
			"assay worker start --suri //Bob --pause-on-battery --pause-above-load 1.5 --stop-at-once --settings file",
			"assay worker status --suri //Bob",
			"assay worker earnings --key-file key --json",
			"assay worker bond --amount 5 --suri //Bob",
			"assay worker unbond --amount 5 --suri //Bob",
			"assay worker withdraw --suri //Bob",
			"assay auditor status",
			"assay auditor status 5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY",
			"assay auditor status --suri //Alice",
			"assay auditor bond --amount 100 --suri //Alice",
			"assay auditor unbond --amount 0.5 --key-file key",
			"assay auditor withdraw --suri //Alice",
			"assay job post program.wasm --inputs a b c --bounty 0.1 --suri //Alice --yes",
			"assay account balance 5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY",
			"assay program new --lang rust dir",
			"assay program new dir --lang assemblyscript --name other --json",
			"assay program build",
			"assay program build dir --bin one --out file --json",
			"assay program test dir --skip-native --fuel 5",
			"assay program check program.wasm",
			"assay program check program.wasm --input a --index 3 --fuel 5 --json",
			"assay program run program.wasm --index 4294967294 --job 18446744073709551615",
			"assay program run program.wasm --index 0 --engine wasmi --fuel 1 --memory-pages 2 --output-bytes 3 --output o",
			"assay account balance --suri //Alice",
			"assay account address --key-file key",
			"assay account transfer --suri //Alice --amount 1 --to 5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY",
		] {
			parse(line).unwrap_or_else(|error| panic!("{line}: {error}"));
		}
	}

	#[test]
	fn the_help_tells_the_exit_codes() {
		let help = Cli::command().render_help().to_string();
		assert!(help.contains(EXIT_CODES.lines().last().unwrap()), "{help}");
	}
}
