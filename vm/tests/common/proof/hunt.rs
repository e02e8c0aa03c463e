//! Looking for programs that do not do the same everywhere.

use super::{
	generate::{generate, Source},
	judge::{Care, Fault, Judge},
	machines::Run,
	value::Random,
};
use assay_primitives::{TaskLimits, TaskStatus};
use std::fmt;

/// Enough for the generators' loops, and little enough for those that never end.
const FUEL: u64 = 60_000;

/// What has been seen so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Seen {
	pub(crate) programs: usize,
	/// Seeds that gave no program, or one that is too large for the profile.
	pub(crate) nothing: usize,
	pub(crate) completed: usize,
	pub(crate) trapped: usize,
	pub(crate) out_of_fuel: usize,
	pub(crate) stack_exhausted: usize,
	pub(crate) cuts: usize,
}

impl Seen {
	pub(crate) fn add(&mut self, other: Self) {
		self.programs += other.programs;
		self.nothing += other.nothing;
		self.completed += other.completed;
		self.trapped += other.trapped;
		self.out_of_fuel += other.out_of_fuel;
		self.stack_exhausted += other.stack_exhausted;
		self.cuts += other.cuts;
	}

	fn run(&mut self, run: &Run) {
		match run.status {
			TaskStatus::Completed(_) => self.completed += 1,
			TaskStatus::Trapped => self.trapped += 1,
			TaskStatus::OutOfFuel => self.out_of_fuel += 1,
			TaskStatus::StackExhausted => self.stack_exhausted += 1,
			_ => {},
		}
	}
}

impl fmt::Display for Seen {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		write!(
			f,
			"{} programs ({} seeds gave none): {} completed, {} trapped, {} out of fuel, {} out of stack, {} cuts",
			self.programs,
			self.nothing,
			self.completed,
			self.trapped,
			self.out_of_fuel,
			self.stack_exhausted,
			self.cuts
		)
	}
}

/// A program that is treated differently.
pub(crate) struct Failure {
	pub(crate) bytes: Vec<u8>,
	pub(crate) message: String,
}

/// Makes one program and runs it everywhere.
pub(crate) fn examine(judge: &Judge, source: Source, seed: u64) -> Result<Seen, Failure> {
	let Some(program) = generate(source, seed) else { return Ok(Seen { nothing: 1, ..Seen::default() }) };
	let mut random = Random::new(!seed);
	let care = if random.once_in(8) { Care::Great } else { Care::Usual };
	let choices = [0, 1 + random.below(program.choices as usize) as u32];
	match judge_program(judge, &program.bytes, care, &choices, &mut random) {
		Ok(seen) => Ok(seen),
		Err(Fault::Refused(_)) if source == Source::Smith => Ok(Seen { nothing: 1, ..Seen::default() }),
		Err(Fault::Refused(error)) => {
			Err(Failure { bytes: program.bytes, message: format!("refused: {error}") })
		},
		Err(Fault::Broken(message)) => Err(Failure { bytes: program.bytes, message }),
	}
}

/// Runs a program with each of the choices, and again with less fuel.
pub(crate) fn judge_program(
	judge: &Judge,
	bytes: &[u8],
	care: Care,
	choices: &[u32],
	random: &mut Random,
) -> Result<Seen, Fault> {
	let case = judge.load(bytes, care)?;
	let limits = TaskLimits { fuel: FUEL, memory_pages: 8, output_bytes: 10_000 };
	let mut seen = Seen { programs: 1, ..Seen::default() };
	for choice in choices {
		let input = choice.to_le_bytes();
		let run = |limits: &TaskLimits| judge.run(&case, &input, limits).map_err(Fault::Broken);
		let full = run(&limits)?;
		seen.run(&full);
		if full.status == TaskStatus::OutOfFuel || full.fuel < 2 {
			continue;
		}
		let cut = TaskLimits { fuel: 1 + random.next() % (full.fuel - 1), ..limits };
		let less = run(&cut)?;
		if (less.status, less.fuel) != (TaskStatus::OutOfFuel, cut.fuel) {
			return Err(Fault::Broken(format!("{less:?} with {} instead of {}", cut.fuel, full.fuel)));
		}
		let exact = run(&TaskLimits { fuel: full.fuel, ..limits })?;
		if (exact.status, exact.fuel, &exact.output) != (full.status, full.fuel, &full.output) {
			return Err(Fault::Broken(format!("other than {:?} with exactly {}", full.status, full.fuel)));
		}
		seen.cuts += 2;
	}
	Ok(seen)
}
