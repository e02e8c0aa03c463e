//! Starts a development node that does not audit by itself, and measures what its chain settles.

use assay_bench_chain::{measure, Measurement, Plan};
use assay_tests::DevNode;
use clap::Parser;
use std::{
	fs, io,
	path::{Path, PathBuf},
	process::ExitCode,
};

#[derive(Parser)]
#[command(
	name = "assay-bench-chain",
	about = "Measures how many batches a development chain settles, and what they weigh"
)]
struct Arguments {
	/// Tasks in a batch; each size is measured
	#[arg(long, value_name = "TASKS", num_args = 1.., default_values_t = Plan::default().sizes)]
	sizes: Vec<u32>,
	/// Blocks that transfers, and batches of each size, are meant to fill; 0 measures only weight and state
	#[arg(long, value_name = "COUNT", default_value_t = Plan::default().blocks)]
	blocks: u32,
	/// Print JSON instead of tables
	#[arg(long)]
	json: bool,
	/// Put the tables into this document, between its marks
	#[arg(long, value_name = "FILE")]
	write: Option<PathBuf>,
}

#[tokio::main]
async fn main() -> ExitCode {
	let arguments = Arguments::parse();
	let plan = Plan { sizes: arguments.sizes, blocks: arguments.blocks };
	let tell = |text: &str| eprintln!("assay-bench-chain: {text}");
	tell("starting a node");
	let node = DevNode::start_with(&["--no-auditor"]).await;
	let measured = match measure(&node.url(), &plan, tell).await {
		Ok(measured) => measured,
		Err(error) => {
			tell(&format!("{error}"));
			return ExitCode::FAILURE;
		},
	};
	if arguments.json {
		println!("{:#}", measured.json());
	} else {
		print!("{}", measured.markdown());
	}
	if let Some(document) = arguments.write {
		if let Err(error) = write(&document, &measured) {
			tell(&format!("{}: {error}", document.display()));
			return ExitCode::FAILURE;
		}
	}
	ExitCode::SUCCESS
}

fn write(document: &Path, measured: &Measurement) -> io::Result<()> {
	let old = fs::read_to_string(document)?;
	let new = measured.insert_into(&old).ok_or_else(|| {
		io::Error::new(io::ErrorKind::InvalidData, "there are no marks to put tables between")
	})?;
	fs::write(document, new)
}
