//! Measures a network of four validators on this machine, and prints a table: see `docs/network.md`.

use assay_bench_chain::machine::Machine;
use assay_tests::measure::{blobs, load, median, recovery, settling, Answers, Load, Settled};
use clap::Parser;
use std::{
	fs, io,
	path::{Path, PathBuf},
	process::ExitCode,
};

const BEGIN: &str = "<!-- measured: begin -->";
const END: &str = "<!-- measured: end -->";

#[derive(Parser)]
#[command(name = "assay-bench-network", about = "Measures a network of four validators on this machine")]
struct Arguments {
	/// Jobs to post one after the other and to accept early; and then half as many to leave to the challenge window
	#[arg(long, value_name = "COUNT", default_value_t = 10)]
	jobs: usize,
	/// Size of the blob that goes from node to node, in MiB
	#[arg(long, value_name = "MIB", default_value_t = 200)]
	blob: usize,
	/// Open jobs on the chain whose node is weighed and asked
	#[arg(long, value_name = "COUNT", default_value_t = 10_000)]
	open: u32,
	/// Clients that ask at the same time
	#[arg(long, value_name = "COUNT", default_value_t = 100)]
	clients: usize,
	/// Put the table into this document, between its marks
	#[arg(long, value_name = "FILE")]
	write: Option<PathBuf>,
}

/// A line of the table.
struct Line {
	what: String,
	goal: String,
	measured: String,
}

/// A line of the table. Told at once: what comes after it may fail.
fn line(what: impl Into<String>, goal: &str, measured: impl Into<String>) -> Line {
	let line = Line { what: what.into(), goal: goal.into(), measured: measured.into() };
	eprintln!("assay-bench-network: {}: {}", line.what, line.measured);
	line
}

fn of_jobs(what: &str, goal: &str, settled: &[Settled]) -> Line {
	let blocks = median(settled.iter().map(|job| f64::from(job.blocks)).collect());
	let seconds = median(settled.iter().map(|job| job.seconds).collect());
	let most = settled.iter().map(|job| job.blocks).max().unwrap_or_default();
	let what = format!("from post to settled, {what}: median of {} jobs", settled.len());
	line(what, goal, format!("{blocks} blocks (at most {most}), {seconds:.1} s"))
}

fn of_answers(what: String, goal: &str, answers: Answers) -> Line {
	let Answers { rate, p50, p99 } = answers;
	line(what, goal, format!("p50 {p50:.1} ms, p99 {p99:.1} ms, {rate:.0} answers/s"))
}

async fn measure(arguments: &Arguments) -> Vec<Line> {
	let tell = |text: &str| eprintln!("assay-bench-network: {text}");
	let mut lines = Vec::new();
	tell("jobs that are accepted as soon as they are revealed");
	lines.push(of_jobs("accepted at once", "≤ 12 blocks", &settling(arguments.jobs, true).await));
	tell("jobs whose challenge window passes");
	let half = settling(arguments.jobs.div_ceil(2), false).await;
	lines.push(of_jobs("after a challenge window of 5 blocks", "", &half));
	tell("killing one of four validators");
	let (blocks, seconds) = recovery().await;
	let what = "from the end of one of four validators to a final block made without it";
	lines.push(line(what, "", format!("{blocks} blocks, {seconds:.1} s")));
	tell("moving a blob");
	let (exchanged, plain) = blobs(arguments.blob).await;
	let what = format!("a blob of {} MiB from node to node, without the limit per peer", arguments.blob);
	let share = exchanged / plain * 100.0;
	lines.push(line(what, "", format!("{exchanged:.0} MiB/s")));
	lines.push(line("the same bytes from file to file over plain TCP", "", format!("{plain:.0} MiB/s")));
	lines.push(line("the one in parts of the other", "≥ 50 %", format!("{share:.0} %")));
	tell("posting jobs by the thousand, and asking for them");
	let Load { idle, loaded, jobs, paced, flat_out } = load(arguments.open, arguments.clients).await;
	lines.push(line("memory of an idle node", "", format!("{idle:.0} MiB")));
	lines.push(line(format!("memory of a node with {jobs} open jobs"), "", format!("{loaded:.0} MiB")));
	let clients = arguments.clients;
	let what = format!("`compute_getJob`, {clients} clients that ask ten times a second each");
	lines.push(of_answers(what, "p99 < 10 ms", paced));
	let what = format!("`compute_getJob`, {clients} clients that ask as fast as they are answered");
	lines.push(of_answers(what, "", flat_out));
	lines
}

fn markdown(machine: &Machine, lines: &[Line]) -> String {
	let Machine { processor, cores, memory, kernel, load } = machine;
	let mut text = format!(
		"Measured on {processor} ({cores} cores, {memory} GiB, Linux {kernel}; load {load} when it began). All nodes, \
		 workers and clients ran on that one machine.\n\n| what | goal | measured |\n|---|---|---|\n"
	);
	for Line { what, goal, measured } in lines {
		text.push_str(&format!("| {what} | {goal} | {measured} |\n"));
	}
	text
}

fn write(document: &Path, text: &str) -> io::Result<()> {
	let old = fs::read_to_string(document)?;
	let new = old.split_once(BEGIN).and_then(|(before, rest)| {
		let (_, after) = rest.split_once(END)?;
		Some(format!("{before}{BEGIN}\n\n{text}\n{END}{after}"))
	});
	let missing = "there are no marks to put the table between";
	fs::write(document, new.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, missing))?)
}

#[tokio::main]
async fn main() -> ExitCode {
	let arguments = Arguments::parse();
	let machine = Machine::this();
	let text = markdown(&machine, &measure(&arguments).await);
	print!("{text}");
	if let Some(document) = arguments.write {
		if let Err(error) = write(&document, &text) {
			eprintln!("assay-bench-network: {}: {error}", document.display());
			return ExitCode::FAILURE;
		}
	}
	ExitCode::SUCCESS
}
