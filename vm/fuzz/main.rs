//! What takes longer than a test may: looking for programs that do not do the same everywhere, and trying out whatever
//! modules one has.
//!
//! Runs by `make fuzz`, or by `cargo test --release --workspace --test fuzz -- ARGUMENTS`; see `USAGE`.

#[allow(dead_code, reason = "the benchmarks use the rest")]
#[path = "../benches/support/clock.rs"]
mod clock;
#[path = "../tests/common/proof/mod.rs"]
mod proof;
mod survey;

use assay_vm::{Engine, Program};
use clock::timed;
use proof::{
	bombs::{all, own_limits, Scale},
	generate::{generate, Source, SOURCES},
	hunt::{examine, judge_program, Failure, Seen},
	judge::{Care, Fault, Judge},
	reduce::reduce,
	value::Random,
};
use std::{
	collections::BTreeMap,
	path::{Path, PathBuf},
	process::ExitCode,
	sync::{
		atomic::{AtomicBool, AtomicU64, Ordering},
		Mutex,
	},
	time::{Duration, Instant},
};

const USAGE: &str = "\
fuzz hunt SECONDS [SEED]   tries random programs for so long, from this seed on (the time of day without one)
fuzz one SOURCE SEED       tries one: Smith, Floats, Flow or Mixed, and the seed that was shown
fuzz try FILE...           tries commands in files
fuzz bombs [BODY FLOW]     compiles what is hard to compile, as large as the limits, or these two of them, allow
fuzz survey DIRECTORY...   prepares every module below, and runs those that can be run";

fn main() -> ExitCode {
	let arguments: Vec<String> = std::env::args().skip(1).collect();
	let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
	match arguments.as_slice() {
		["hunt", seconds] => hunt(seconds, None),
		["hunt", seconds, seed] => hunt(seconds, seed.parse().ok()),
		["one", source, seed] => one(source, seed),
		["try", files @ ..] if !files.is_empty() => try_files(files),
		["bombs"] => measure_bombs(&own_limits()),
		["bombs", body, flow] => match (body.parse(), flow.parse()) {
			(Ok(body), Ok(flow)) => measure_bombs(&Scale { body, flow, ..own_limits() }),
			_ => ExitCode::from(2),
		},
		["survey", directories @ ..] if !directories.is_empty() => survey::survey(directories),
		_ => {
			eprintln!("{USAGE}");
			ExitCode::from(2)
		},
	}
}

fn hunt(seconds: &str, seed: Option<u64>) -> ExitCode {
	let Ok(seconds) = seconds.parse() else {
		eprintln!("{USAGE}");
		return ExitCode::from(2);
	};
	let since_epoch = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
	let first = seed.unwrap_or_else(|| since_epoch.map_or(0, |time| time.as_secs() << 20));
	println!("from seed {first} on");
	let (judge, until) = (Judge::new(), Instant::now() + Duration::from_secs(seconds));
	let (next, failed) = (AtomicU64::new(0), AtomicBool::new(false));
	let seen = Mutex::new(BTreeMap::<String, Seen>::new());
	std::thread::scope(|scope| {
		for _ in 0..std::thread::available_parallelism().map_or(2, usize::from) {
			scope.spawn(|| {
				while Instant::now() < until {
					let number = next.fetch_add(1, Ordering::Relaxed);
					let source = SOURCES[number as usize % SOURCES.len()];
					let seed = first.wrapping_add(number);
					match examine(&judge, source, seed) {
						Ok(more) => {
							let mut seen = seen.lock().expect("no panic holds it");
							seen.entry(format!("{source:?}")).or_default().add(more);
						},
						Err(failure) => {
							failed.store(true, Ordering::Relaxed);
							report(&judge, source, seed, failure);
						},
					}
				}
			});
		}
	});
	for (source, seen) in seen.into_inner().expect("no panic held it") {
		println!("{source}: {seen}");
	}
	ExitCode::from(u8::from(failed.load(Ordering::Relaxed)))
}

/// Says what went wrong, and keeps the program, made smaller.
fn report(judge: &Judge, source: Source, seed: u64, failure: Failure) {
	println!("FAILED {source:?} {seed}: {}", failure.message);
	let kind = kind(&failure.message);
	let smaller =
		reduce(&failure.bytes, |bytes| message(judge, bytes).is_some_and(|now| self::kind(&now) == kind));
	let name = format!("{}-{seed}.wasm", format!("{source:?}").to_lowercase());
	let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus").join(name);
	match std::fs::write(&path, &smaller) {
		Ok(()) => println!("       {} bytes in {}", smaller.len(), path.display()),
		Err(error) => println!("       {}: {error}", path.display()),
	}
	println!("       now: {}", message(judge, &smaller).unwrap_or_default());
}

/// What a failure is about, numbers apart.
fn kind(message: &str) -> String {
	message.chars().filter(|c| !c.is_ascii_digit()).take(24).collect()
}

/// What is wrong with a program, if anything.
fn message(judge: &Judge, bytes: &[u8]) -> Option<String> {
	let choices: Vec<u32> = (0..10).collect();
	match judge_program(judge, bytes, Care::Great, &choices, &mut Random::new(1)) {
		Err(Fault::Broken(message)) => Some(message),
		Ok(_) | Err(Fault::Refused(_)) => None,
	}
}

fn one(source: &str, seed: &str) -> ExitCode {
	let found = SOURCES.into_iter().find(|known| format!("{known:?}") == source);
	let (Some(source), Ok(seed)) = (found, seed.parse()) else {
		eprintln!("{USAGE}");
		return ExitCode::from(2);
	};
	if generate(source, seed).is_none() {
		println!("this seed gives no program");
		return ExitCode::SUCCESS;
	}
	let judge = Judge::new();
	match examine(&judge, source, seed) {
		Ok(seen) => {
			println!("{seen}");
			ExitCode::SUCCESS
		},
		Err(failure) => {
			report(&judge, source, seed, failure);
			ExitCode::FAILURE
		},
	}
}

fn try_files(files: &[&str]) -> ExitCode {
	let judge = Judge::new();
	let mut failed = false;
	for path in files.iter().map(PathBuf::from) {
		let verdict = match std::fs::read(&path) {
			Ok(bytes) => match wat::parse_bytes(&bytes) {
				Ok(bytes) => message(&judge, &bytes),
				Err(error) => Some(error.to_string()),
			},
			Err(error) => Some(error.to_string()),
		};
		failed |= verdict.is_some();
		println!("{}: {}", path.display(), verdict.as_deref().unwrap_or("the same everywhere"));
	}
	ExitCode::from(u8::from(failed))
}

/// How long each bomb keeps the processor busy: to be prepared, compiled as it is, and compiled as it is rewritten.
fn measure_bombs(scale: &Scale) -> ExitCode {
	let engine = Engine::new().expect("the engine works here");
	let plain = proof::machines::Native::new(proof::machines::Kind::Plain);
	println!("{scale:?}");
	for (name, bytes) in all(scale) {
		let (prepared, program) = timed(|| Program::prepare(&bytes));
		println!("{name}: {} bytes, prepared in {} ms", bytes.len(), prepared.as_millis());
		match program {
			Ok(program) => {
				let (took, result) = timed(|| plain.compile(&bytes));
				println!("    as it is: compiled in {} ms{}", took.as_millis(), said(result));
				let (took, result) = timed(|| engine.compile(&program));
				let rewritten = program.module().len();
				println!(
					"    rewritten: {rewritten} bytes, compiled in {} ms{}",
					took.as_millis(),
					said(result)
				);
			},
			Err(error) => println!("    refused: {error}"),
		}
	}
	ExitCode::SUCCESS
}

fn said<T>(result: Result<T, impl std::fmt::Display>) -> String {
	result.err().map_or_else(String::new, |error| format!(": {error}"))
}
