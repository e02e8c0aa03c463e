//! Random programs.

use super::{
	command::{command, usual_imports, Act, Action, When},
	draft::Draft,
	value::Random,
};
use wasmparser::{ExternalKind, ValType};

mod code;
mod module;
mod ops;
mod smith;

/// Where a program comes from. Its number, and a seed, make it again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
	/// The generator of the wasm-tools.
	Smith,
	/// Float and vector arithmetic above all.
	Floats,
	/// Blocks, loops and branches above all.
	Flow,
	/// Calls, memory and everything else.
	Mixed,
}

pub(crate) const SOURCES: [Source; 4] = [Source::Smith, Source::Floats, Source::Flow, Source::Mixed];

/// A program: a command, and which choices there are.
pub(crate) struct Generated {
	pub(crate) bytes: Vec<u8>,
	pub(crate) choices: u32,
}

/// The program with this seed; `None` if there is none.
pub(crate) fn generate(source: Source, seed: u64) -> Option<Generated> {
	let mut random = Random::new(seed ^ (source as u64) << 60);
	let module = match source {
		Source::Smith => smith::module(&mut random)?,
		Source::Floats => module::module(&mut random, &module::FLOATS),
		Source::Flow => module::module(&mut random, &module::FLOW),
		Source::Mixed => module::module(&mut random, &module::MIXED),
	};
	wrap(&module, &mut random)
}

/// A command that calls every exported function with random numbers.
fn wrap(module: &[u8], random: &mut Random) -> Option<Generated> {
	let mut draft = Draft::parse(module).ok()?;
	draft.resolve(usual_imports).ok()?;
	let exports: Vec<_> = draft.exports.clone();
	let mut acts = Vec::new();
	let mut choices = 1;
	for (name, kind, index) in &exports {
		match kind {
			ExternalKind::Func if acts.len() < 40 => {
				let ty = draft.signature(*index)?;
				let arguments = ty.params().iter().map(|ty| random.value(*ty)).collect();
				let action = Action::Call { function: *index, arguments };
				acts.push(Act { action, when: When::AllOrChosen(choices), keep: true });
				choices += 1;
			},
			ExternalKind::Global if name != module::BUDGET => {
				let ty = draft.globals.get(*index as usize)?.0;
				if !matches!(ty.content_type, ValType::Ref(_)) {
					acts.push(Act { action: Action::Get(*index), when: When::Always, keep: true });
				}
			},
			_ => {},
		}
	}
	let command = command(draft, &acts).ok()?;
	Some(Generated { bytes: command.bytes, choices })
}
