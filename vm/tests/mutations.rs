//! Damaged modules: never a panic, and whatever still passes can be run.

mod common;

use assay_primitives::TaskLimits;
use assay_vm::{Engine, Program, Task};
use common::{binary, limits, ECHO, MIXED, RANDOM};

/// A small, seeded source of numbers: the same mutations on every run.
struct Numbers(u64);

impl Numbers {
	fn next(&mut self) -> u64 {
		self.0 ^= self.0 << 13;
		self.0 ^= self.0 >> 7;
		self.0 ^= self.0 << 17;
		self.0
	}

	fn below(&mut self, bound: usize) -> usize {
		usize::try_from(self.next() % u64::try_from(bound).expect("small")).expect("small")
	}
}

fn mutate(original: &[u8], numbers: &mut Numbers) -> Vec<u8> {
	let mut bytes = original.to_vec();
	for _ in 0..=numbers.below(4) {
		let at = numbers.below(bytes.len());
		let byte = numbers.next().to_le_bytes()[0];
		match numbers.below(6) {
			0 => bytes[at] ^= 1 << (byte % 8),
			1 | 2 => bytes[at] = byte,
			3 => bytes.insert(at, byte),
			4 if bytes.len() > 1 => {
				bytes.remove(at);
			},
			_ => {
				let from = numbers.below(original.len());
				let len = numbers.below(16).min(original.len() - from);
				let end = bytes.len().min(at + len);
				bytes.splice(at..end, original[from..from + len].iter().copied());
			},
		}
		if bytes.is_empty() {
			return bytes;
		}
	}
	bytes
}

#[test]
fn no_damage_makes_the_machine_panic_or_lose_its_verdict() {
	let engine = Engine::new().expect("the engine works here");
	let limits = TaskLimits { fuel: 50_000, ..limits() };
	let originals = [ECHO, MIXED, RANDOM].map(binary);
	let mut numbers = Numbers(0x5eed_0a55_a700_0001);
	let (mut refused, mut ran) = (0u32, 0u32);
	for round in 0..6_000 {
		let bytes = mutate(&originals[round % originals.len()], &mut numbers);
		match Program::prepare(&bytes) {
			Err(error) => {
				refused += 1;
				assert!(!error.to_string().is_empty());
			},
			Ok(program) => {
				ran += 1;
				let compiled =
					engine.compile(&program).unwrap_or_else(|error| panic!("round {round}: {error}"));
				let task = Task { index: 9, input: b"some input" };
				let first = engine.run(&compiled, &task, &limits);
				let first = first.unwrap_or_else(|error| panic!("round {round}: {error}"));
				assert!(first.outcome.fuel <= limits.fuel);
				let second = engine.run(&compiled, &task, &limits).expect("once is always");
				assert_eq!(first, second, "round {round}");
			},
		}
	}
	// Both sides were really tried.
	assert!(refused > 1_000 && ran > 300, "{refused} refused, {ran} ran");
}
