//! Whichever engine a child was asked to use.

use super::protocol::EngineKind;
use crate::{
	engine::{
		interpreter::{InterpretedProgram, Interpreter},
		CompiledProgram, Engine, Execution,
	},
	error::{EngineError, NoVerdict},
	program::Program,
};
use assay_primitives::TaskLimits;
use std::sync::Arc;

/// An engine.
pub(super) enum Machine {
	Cranelift(Engine),
	Interpreter(Interpreter),
}

/// A program, ready to run on the engine that compiled it.
pub(super) enum Compiled {
	Cranelift(CompiledProgram),
	Interpreter(InterpretedProgram),
}

impl Machine {
	pub(super) fn new(engine: EngineKind) -> Result<Self, EngineError> {
		match engine {
			EngineKind::Cranelift => Engine::new().map(Self::Cranelift),
			EngineKind::Interpreter => Interpreter::new().map(Self::Interpreter),
		}
	}

	pub(super) fn compile(&self, program: &Program) -> Result<Compiled, NoVerdict> {
		match self {
			Self::Cranelift(engine) => engine.compile(program).map(Compiled::Cranelift),
			Self::Interpreter(engine) => engine.compile(program).map(Compiled::Interpreter),
		}
	}

	pub(super) fn run(
		&self,
		program: &Compiled,
		index: u32,
		input: &Arc<[u8]>,
		limits: &TaskLimits,
	) -> Result<Execution, NoVerdict> {
		let input = Arc::clone(input);
		match (self, program) {
			(Self::Cranelift(engine), Compiled::Cranelift(program)) => {
				engine.run_shared(program, index, input, limits)
			},
			(Self::Interpreter(engine), Compiled::Interpreter(program)) => {
				engine.run_shared(program, index, input, limits)
			},
			_ => Err(NoVerdict::Engine("the program was compiled for another engine".into())),
		}
	}
}
