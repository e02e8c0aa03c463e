//! Runs all studies and writes their tables and charts.
//!
//! Usage: `assay-simulate DIRECTORY [RUNS]`. Writes one CSV per study, one SVG per chart, and a page with all of them.

use assay_simulation::studies::{self, Study};
use std::{
	env, fs, io,
	path::{Path, PathBuf},
	process::ExitCode,
};

/// Attempts for each number, if nobody asks for more.
const RUNS: u32 = 10_000;

fn main() -> ExitCode {
	let arguments: Vec<_> = env::args().skip(1).collect();
	let parsed = match arguments.as_slice() {
		[directory] => Some((directory, RUNS)),
		[directory, runs] => runs.parse().ok().map(|runs| (directory, runs)),
		_ => None,
	};
	let Some((directory, runs)) = parsed.filter(|(_, runs)| *runs >= 100) else {
		eprintln!("usage: assay-simulate DIRECTORY [RUNS, at least 100]");
		return ExitCode::FAILURE;
	};
	match write(Path::new(directory), &studies::all(runs), runs) {
		Ok(()) => ExitCode::SUCCESS,
		Err(error) => {
			eprintln!("assay-simulate: cannot write to {directory}: {error}");
			ExitCode::FAILURE
		},
	}
}

fn write(directory: &Path, studies: &[Study], runs: u32) -> io::Result<()> {
	fs::create_dir_all(directory)?;
	let file = |name: &str, ending: &str| -> PathBuf { directory.join(format!("{name}.{ending}")) };
	for study in studies {
		fs::write(file(study.name, "csv"), study.table.csv())?;
		for (name, chart) in &study.charts {
			fs::write(file(name, "svg"), chart.svg())?;
		}
	}
	fs::write(directory.join("README.md"), page(studies, runs))
}

fn page(studies: &[Study], runs: u32) -> String {
	let mut page = format!(
		"# Simulation\n\nWritten by `make simulate`; what it means is told in [numbers.md](../numbers.md). Shares are followed \
		by their standard error, over {runs} batches or more where nothing else is said. *Exact* values add up \
		all that can happen.\n"
	);
	for study in studies {
		page.push_str(&format!("\n## {}\n\n{}\n", study.title, study.text));
		for (name, chart) in &study.charts {
			page.push_str(&format!("\n![{}]({name}.svg)\n", chart.title));
		}
		page.push_str(&format!("\n{}", study.extract.as_ref().unwrap_or(&study.table).markdown()));
	}
	page
}
