//! How long the compiler takes, and how much memory, for the worst that the limits admit.
//!
//! Ignored, because it measures and takes minutes:
//!
//! ```sh
//! cargo test --release -p assay-vm --test compiling -- --ignored --nocapture
//! ```
//!
//! It prints a table in the format of the README. `ASSAY_CASES=operands,tables` measures only cases whose names have one
//! of these in them, and `ASSAY_SIZES=1000,2000` functions of these sizes, alone in their module, instead of the largest.
#![cfg(target_os = "linux")]

mod common;
mod worst;

use assay_primitives::TaskStatus;
use assay_vm::{limits, HostOptions, Program, ProgramSource, TaskHost};
use std::{env, fs, time::Duration};
use worst::{Worst, WORST};

const EXECUTABLE: &str = env!("CARGO_BIN_EXE_assay-task-host");
const PATIENCE: Duration = Duration::from_secs(900);

/// The largest number up to `most` that passes. Those that pass come before those that do not.
fn largest(most: usize, passes: impl Fn(usize) -> bool) -> usize {
	let (mut passing, mut failing) = (0, most + 1);
	while failing - passing > 1 {
		let middle = passing + (failing - passing) / 2;
		if passes(middle) {
			passing = middle;
		} else {
			failing = middle;
		}
	}
	passing
}

/// What a child used to compile a module: seconds on the processor, and bytes of memory at most.
struct Used {
	seconds: f64,
	peak: u64,
	verdict: String,
}

fn compile(module: Vec<u8>) -> Used {
	let mut host = TaskHost::spawn_with(EXECUTABLE, HostOptions::default()).expect("the child starts");
	let process = host.process_id().expect("it lives");
	let watch = std::thread::spawn(move || {
		let mut last = (0.0, 0);
		while let Some(used) = usage(process) {
			last = used;
			std::thread::sleep(Duration::from_millis(20));
		}
		last
	});
	let result = host.run(&ProgramSource::new(module), 0, b""[..].into(), &common::limits(), PATIENCE);
	let verdict = match result {
		Ok(execution) => {
			assert_eq!(execution.outcome.status, TaskStatus::Completed(0));
			"compiled".to_owned()
		},
		Err(error) => error.to_string(),
	};
	let end = usage(process);
	drop(host);
	let watched = watch.join().expect("it watches to the end");
	let (seconds, peak) = end.unwrap_or(watched);
	Used { seconds, peak, verdict }
}

/// None once the process is gone.
fn usage(process: u32) -> Option<(f64, u64)> {
	let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
	let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
	let ticks = fields.get(11)?.parse::<u32>().ok()?.checked_add(fields.get(12)?.parse().ok()?)?;
	let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
	let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
	let peak: u64 = peak.trim().strip_suffix(" kB")?.parse().ok()?;
	Some((f64::from(ticks) / 100.0, peak << 10))
}

fn measure(case: &Worst) {
	let passes = |functions, size| Program::prepare(&case.module(functions, size)).is_ok();
	for size in list("ASSAY_SIZES").iter().filter_map(|size| size.parse().ok()) {
		report(case, 1, size);
	}
	if !list("ASSAY_SIZES").is_empty() {
		return;
	}
	let size = largest(200_000, |size| passes(1, size));
	let fit = limits::MAX_PROGRAM_BYTES / case.module(1, size).len();
	let functions = if passes(fit, size) { fit } else { largest(fit, |functions| passes(functions, size)) };
	report(case, 1, size);
	report(case, functions, size);
}

fn report(case: &Worst, functions: usize, size: usize) {
	let module = case.module(functions, size);
	let bytes = module.len();
	let used = compile(module);
	println!(
		"| {} | {functions} | {size} | {} | {:.1} | {} | {} |",
		case.name,
		bytes >> 10,
		used.seconds,
		used.peak >> 20,
		used.verdict
	);
}

/// What a variable in the environment lists.
fn list(name: &str) -> Vec<String> {
	let value = env::var(name).unwrap_or_default();
	value.split(',').filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

#[test]
#[ignore = "measures, for minutes"]
fn the_worst_that_the_limits_admit() {
	let chosen = list("ASSAY_CASES");
	println!("| Case | functions | size | KiB | s | MiB | |\n|---|---|---|---|---|---|---|");
	for case in WORST {
		if chosen.is_empty() || chosen.iter().any(|part| case.name.contains(part)) {
			measure(case);
		}
	}
}
