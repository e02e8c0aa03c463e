//! A module of the suite, and all that its script does with it.

use super::script::is_valid_today;
use super::tally::Tally;
use crate::proof::{
	command::{command, usual_imports, Act, Action, When, NO_MEMORY},
	draft::Draft,
	judge::{Care, Fault, Judge},
	value::{read, Value},
};
use assay_primitives::{Hash, TaskLimits, TaskStatus};
use assay_vm::{PrepareError, Program};
use wasmparser::ExternalKind;

/// Calls whose results one command answers with: each takes a global.
const CALLS_PER_COMMAND: usize = 200;
const LIMITS: TaskLimits = TaskLimits { fuel: 1 << 32, memory_pages: 4_096, output_bytes: 1 << 20 };

/// What the suite says of a call.
#[derive(Debug)]
pub(crate) enum Expectation {
	Anything,
	Values(Vec<Value>),
	Trap,
	Exhaustion,
}

pub(crate) struct Call {
	/// The export.
	pub(crate) name: String,
	/// None if it is a global, to be looked at.
	pub(crate) arguments: Option<Vec<Value>>,
	pub(crate) expectation: Expectation,
	pub(crate) place: String,
}

impl Call {
	/// Whether the run ends there.
	fn is_last(&self) -> bool {
		matches!(self.expectation, Expectation::Trap | Expectation::Exhaustion)
	}
}

/// What the suite says of the module itself.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
	Works,
	Traps,
	/// It is not known what the script is about.
	Unusable(&'static str),
}

pub(crate) struct Record {
	pub(crate) bytes: Vec<u8>,
	pub(crate) calls: Vec<Call>,
	pub(crate) outcome: Outcome,
	place: String,
}

impl Record {
	pub(crate) fn new(bytes: Vec<u8>, place: String) -> Self {
		Self { bytes, calls: Vec::new(), outcome: Outcome::Works, place }
	}

	pub(crate) fn unusable(reason: &'static str, place: String) -> Self {
		Self { outcome: Outcome::Unusable(reason), ..Self::new(Vec::new(), place) }
	}

	pub(crate) fn assertions(&self) -> usize {
		self.calls.iter().filter(|call| !matches!(call.expectation, Expectation::Anything)).count()
	}

	/// What tells it from other records: scripts share much.
	pub(crate) fn identity(&self) -> Hash {
		let mut hasher = blake3::Hasher::new();
		hasher.update(&self.bytes);
		for call in &self.calls {
			hasher.update(format!("{}{:?}{:?}", call.name, call.arguments, call.expectation).as_bytes());
		}
		Hash::from(*hasher.finalize().as_bytes())
	}

	pub(crate) fn run(&self, judge: &Judge, tally: &mut Tally) {
		if let Outcome::Unusable(reason) = self.outcome {
			tally.skip(reason, self.assertions());
			return;
		}
		match Program::prepare(&self.bytes) {
			// The suite's own module exports a memory, a table and globals; a command can have them itself.
			Err(PrepareError::Forbidden { construct, .. }) if construct.starts_with("an imported") => {
				self.run_commands(judge, tally);
			},
			Err(error @ (PrepareError::Forbidden { .. } | PrepareError::Limit { .. })) => {
				self.refused(self.bytes.len(), &error, tally);
			},
			Err(error @ PrepareError::SegmentOutOfBounds { .. }) => self.out_of_bounds(&error, tally),
			Err(error @ PrepareError::Invalid { .. }) => {
				if is_valid_today(&self.bytes) {
					tally.fail(format!("{}: {error}", self.place));
				} else {
					tally.skip("of proposals the validator does not know", self.assertions() + 1);
				}
			},
			Err(error @ PrepareError::TooLarge { .. }) => tally.fail(format!("{}: {error}", self.place)),
			_ => self.run_commands(judge, tally),
		}
	}

	/// Outside the profile: for a reason, at a place.
	fn refused(&self, length: usize, error: &PrepareError, tally: &mut Tally) {
		let (reason, at) = match error {
			PrepareError::Forbidden { construct, at } => (construct.clone(), at),
			PrepareError::Limit { what, at, .. } => (format!("the limit on {what}"), at),
			other => (other.to_string(), &assay_vm::Location { function: None, offset: 8 }),
		};
		if !(8..length).contains(&at.offset) {
			tally.fail(format!("{}: {error}: not a place in the module", self.place));
		}
		tally.hold("refused with a reason");
		tally.skip("of modules outside the profile", self.assertions());
		tally.refuse(reason);
	}

	/// The machine refuses what would trap before it begins.
	fn out_of_bounds(&self, error: &PrepareError, tally: &mut Tally) {
		match self.outcome {
			Outcome::Traps => tally.hold("module that traps"),
			_ => tally.fail(format!("{}: {error}", self.place)),
		}
	}

	fn run_commands(&self, judge: &Judge, tally: &mut Tally) {
		let draft = Draft::parse(&self.bytes).and_then(|mut draft| {
			draft.resolve(usual_imports)?;
			Ok(draft)
		});
		let draft = match draft {
			Ok(draft) => draft,
			Err(error) => {
				let reason = if error.0.contains("import") { "imports from other modules" } else { &error.0 };
				tally.skip(reason, self.assertions() + usize::from(self.calls.is_empty()));
				return;
			},
		};
		let mut from = 0;
		loop {
			let to = self.calls.len().min(from + CALLS_PER_COMMAND);
			if !self.run_command(judge, &draft, from, to, tally) || to == self.calls.len() {
				return;
			}
			from = to;
		}
	}

	/// Takes all steps up to `to`, and looks at those from `from` on. Whether it is worth going on.
	fn run_command(
		&self,
		judge: &Judge,
		draft: &Draft<'_>,
		from: usize,
		to: usize,
		tally: &mut Tally,
	) -> bool {
		let window = Window { record: self, judge, draft, from, to };
		match window.run(tally) {
			Ok(()) => true,
			Err(Fault::Refused(error @ (PrepareError::Forbidden { .. } | PrepareError::Limit { .. }))) => {
				self.refused(usize::MAX, &error, tally);
				false
			},
			Err(Fault::Refused(error @ PrepareError::SegmentOutOfBounds { .. })) => {
				self.out_of_bounds(&error, tally);
				false
			},
			Err(Fault::Refused(error)) => {
				tally.fail(format!("{}: {error}", self.place));
				false
			},
			Err(Fault::Broken(error)) => {
				tally.fail(format!("{}: {error}", self.place));
				false
			},
		}
	}
}

/// Some calls of a script, in one command.
struct Window<'a> {
	record: &'a Record,
	judge: &'a Judge,
	draft: &'a Draft<'a>,
	from: usize,
	to: usize,
}

impl Window<'_> {
	/// The steps of the command. With `last`, the run ends with that call whatever the choice.
	fn acts(&self, last: Option<usize>) -> Result<Vec<Act>, Fault> {
		let end = last.map_or(self.to, |last| last + 1);
		let mut acts = Vec::new();
		for (index, call) in self.record.calls.iter().enumerate().take(end) {
			let is_looked_at = index >= self.from;
			if call.is_last() && (!is_looked_at || last.is_some_and(|last| last != index)) {
				continue;
			}
			let when = match (call.is_last(), last) {
				(true, None) => When::Chosen(choice(index)),
				_ => When::Always,
			};
			let keep = is_looked_at && !call.is_last() && last.is_none();
			acts.push(Act { action: self.action(call)?, when, keep });
		}
		Ok(acts)
	}

	fn action(&self, call: &Call) -> Result<Action, Fault> {
		let missing = || Fault::Broken(format!("{}: no export {:?}", call.place, call.name));
		match &call.arguments {
			Some(arguments) => {
				let function = self.draft.export(&call.name, ExternalKind::Func).ok_or_else(missing)?;
				Ok(Action::Call { function, arguments: arguments.clone() })
			},
			None => self.draft.export(&call.name, ExternalKind::Global).map(Action::Get).ok_or_else(missing),
		}
	}

	/// Compiling takes most of the time, so not everything is compiled in all ways.
	fn care(&self) -> Care {
		let identity = self.record.identity();
		if identity.as_ref().first().is_some_and(|byte| byte % 8 == 0) {
			Care::Great
		} else {
			Care::Usual
		}
	}

	fn command(&self, acts: &[Act]) -> Result<crate::proof::command::Command, Fault> {
		command(self.draft.clone(), acts).map_err(|error| Fault::Broken(error.0))
	}

	fn run(&self, tally: &mut Tally) -> Result<(), Fault> {
		let made = self.command(&self.acts(None)?)?;
		let case = self.judge.load(&made.bytes, self.care())?;
		let run = self.judge.run(&case, &0u32.to_le_bytes(), &LIMITS).map_err(Fault::Broken)?;
		match (self.record.outcome, run.status) {
			(Outcome::Traps, TaskStatus::Trapped) => tally.hold("module that traps"),
			(Outcome::Works, TaskStatus::Completed(0)) => {
				if self.from == 0 {
					tally.hold("module");
				}
				let answer = read(&made.answer, &run.output);
				let answer = answer.ok_or_else(|| Fault::Broken("an answer of another length".into()))?;
				self.check_values(&answer, tally);
			},
			(Outcome::Works, TaskStatus::Completed(NO_MEMORY)) => {
				tally.skip("no memory to answer from", self.record.assertions());
			},
			(Outcome::Works, TaskStatus::MemoryExhausted) => {
				tally.skip("initial memory beyond the task's limit", self.record.assertions());
				return Ok(());
			},
			(_, status) => {
				let place = &self.record.place;
				return Err(Fault::Broken(format!("{place}: {status:?}, fuel {}", run.fuel)));
			},
		}
		for (index, call) in self.record.calls.iter().enumerate().take(self.to).skip(self.from) {
			if call.is_last() {
				let run = if made.reads_choice {
					self.judge.run(&case, &choice(index).to_le_bytes(), &LIMITS).map_err(Fault::Broken)?
				} else {
					let made = self.command(&self.acts(Some(index))?)?;
					let case = self.judge.load(&made.bytes, Care::Usual)?;
					self.judge.run(&case, &[], &LIMITS).map_err(Fault::Broken)?
				};
				self.check_end(call, run.status, tally);
			}
		}
		Ok(())
	}

	fn check_end(&self, call: &Call, status: TaskStatus, tally: &mut Tally) {
		match (&call.expectation, status) {
			(Expectation::Trap, TaskStatus::Trapped) => tally.hold("trap"),
			(Expectation::Exhaustion, TaskStatus::StackExhausted) => tally.hold("exhaustion"),
			_ => tally.fail(format!("{}: {:?}: {status:?}", call.place, call.name)),
		}
	}

	fn check_values(&self, answer: &[Value], tally: &mut Tally) {
		let mut rest = answer;
		let mut after_trap = self.record.calls.iter().take(self.from).any(Call::is_last);
		for call in self.record.calls.iter().take(self.to).skip(self.from) {
			if call.is_last() {
				after_trap = true;
				continue;
			}
			let kept = match self.action(call) {
				Ok(Action::Call { function, .. }) => {
					self.draft.signature(function).map_or(0, |ty| ty.results().len())
				},
				_ => 1,
			};
			let (now, later) = rest.split_at(kept);
			rest = later;
			match &call.expectation {
				Expectation::Values(values) if values == now => tally.hold("return"),
				Expectation::Values(values) if call.name.contains("neg") && negated(values, now) => {
					tally.hold("return of a NaN with its sign changed");
				},
				Expectation::Values(_) if after_trap => {
					// A call that traps leaves what it has done before; it is left out here.
					tally.skip("after a call that trapped halfway", 1);
				},
				Expectation::Values(values) => {
					let (place, name) = (&call.place, &call.name);
					tally.fail(format!("{place}: {name:?} gives {now:x?}, not {values:x?}"));
				},
				_ => {},
			}
		}
	}
}

/// Whether the numbers are the same but for the signs of lanes, which the suite leaves open.
fn negated(expected: &[Value], found: &[Value]) -> bool {
	let without_signs = |value: &Value| match value {
		Value::V128(bits) => Value::V128(bits & !(1 << 127 | 1 << 63)),
		other => *other,
	};
	expected.iter().map(without_signs).eq(found.iter().map(without_signs))
}

/// The choice for which the call with this number is made.
fn choice(index: usize) -> u32 {
	u32::try_from(index + 1).expect("few calls")
}
