//! Random programs: the unmodified module, the rewritten one and the oracle's do the same, on both engines.
//!
//! A short run with fixed seeds. `make fuzz` goes on from other seeds for as long as one likes, and puts what it finds
//! into `corpus`, which is tried here.

use crate::proof::{
	generate::{generate, Source, SOURCES},
	hunt::{examine, judge_program, Seen},
	judge::{Care, Fault, Judge},
	value::Random,
};
use std::{
	path::Path,
	sync::{
		atomic::{AtomicU64, Ordering},
		Mutex,
	},
};

/// Seeds for each generator.
const SEEDS: u64 = 300;

/// Does `work` for every number below `count`, on all processors.
fn in_parallel(count: u64, work: impl Fn(u64) + Sync) {
	let next = AtomicU64::new(0);
	std::thread::scope(|scope| {
		for _ in 0..std::thread::available_parallelism().map_or(2, usize::from) {
			scope.spawn(|| loop {
				let number = next.fetch_add(1, Ordering::Relaxed);
				if number >= count {
					return;
				}
				work(number);
			});
		}
	});
}

fn random_programs(source: Source) -> Seen {
	let judge = Judge::new();
	let seen = Mutex::new(Seen::default());
	in_parallel(SEEDS, |seed| match examine(&judge, source, seed) {
		Ok(more) => seen.lock().expect("no panic holds it").add(more),
		Err(failure) => panic!("{source:?}, seed {seed}: {}", failure.message),
	});
	let seen = seen.into_inner().expect("no panic held it");
	println!("{source:?}: {seen}");
	seen
}

#[test]
fn modules_by_wasm_smith_do_the_same_everywhere() {
	let seen = random_programs(Source::Smith);
	assert!(seen.programs > 280 && seen.completed > 300 && seen.trapped > 60, "{seen}");
	assert!(seen.out_of_fuel > 50 && seen.cuts > 800, "{seen}");
}

#[test]
fn float_arithmetic_does_the_same_everywhere() {
	let seen = random_programs(Source::Floats);
	assert!(seen.programs as u64 == SEEDS && seen.completed > 500 && seen.cuts > 1_000, "{seen}");
}

#[test]
fn branches_do_the_same_everywhere() {
	let seen = random_programs(Source::Flow);
	assert!(seen.programs as u64 == SEEDS && seen.completed > 500 && seen.trapped > 5, "{seen}");
}

#[test]
fn calls_and_memory_do_the_same_everywhere() {
	let seen = random_programs(Source::Mixed);
	assert!(seen.programs as u64 == SEEDS && seen.completed > 450 && seen.trapped > 15, "{seen}");
}

/// Changes bytes at one to three places.
fn damage(bytes: &mut Vec<u8>, random: &mut Random) {
	for _ in 0..=random.below(3) {
		let at = random.below(bytes.len());
		match random.below(4) {
			0 => bytes[at] ^= 1 << random.below(8),
			1 => bytes[at] = random.next() as u8,
			2 => bytes.insert(at, random.next() as u8),
			_ => drop(bytes.remove(at)),
		}
	}
}

#[test]
fn damaged_programs_are_refused_or_do_the_same_everywhere() {
	let judge = Judge::new();
	let totals = Mutex::new((0, Seen::default()));
	in_parallel(2_000, |seed| {
		let mut random = Random::new(seed);
		let source = SOURCES[seed as usize % SOURCES.len()];
		let Some(mut program) = generate(source, seed / 10) else { return };
		damage(&mut program.bytes, &mut random);
		match judge_program(&judge, &program.bytes, Care::Usual, &[0], &mut random) {
			Ok(more) => totals.lock().expect("no panic holds it").1.add(more),
			Err(Fault::Refused(error)) => {
				assert!(!error.to_string().is_empty(), "seed {seed}");
				totals.lock().expect("no panic holds it").0 += 1;
			},
			Err(Fault::Broken(error)) => panic!("seed {seed}: {error}"),
		}
	});
	let (refused, seen) = totals.into_inner().expect("no panic held it");
	println!("{refused} refused; {seen}");
	assert!(refused > 1_000 && seen.programs > 100, "{refused} refused; {seen}");
}

/// What once went wrong.
#[test]
fn found_cases_stay_right() {
	let judge = Judge::new();
	let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
	let mut tried = 0;
	for entry in std::fs::read_dir(corpus).expect("the corpus is part of the repository") {
		let path = entry.expect("it can be listed").path();
		let bytes = std::fs::read(&path).expect("it can be read");
		let bytes = match path.extension().and_then(|extension| extension.to_str()) {
			Some("wasm") => bytes,
			Some("wat") => wat::parse_bytes(&bytes).expect("it assembles").into_owned(),
			_ => continue,
		};
		let mut random = Random::new(1);
		match judge_program(&judge, &bytes, Care::Great, &[0, 1, 2, 3, 4, 5, 6, 7, 8], &mut random) {
			Ok(_) => tried += 1,
			Err(error) => panic!("{}: {error:?}", path.display()),
		}
	}
	println!("{tried} cases");
	assert!(tried >= 4, "only {tried} cases");
}
