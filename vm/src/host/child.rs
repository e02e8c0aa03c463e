//! The child's side: one request after the other, until the parent is gone.

use super::{
	confine,
	protocol::{self, Reply, Request, GREETING, MAX_REQUEST_BYTES},
	CHILD_ARGUMENT,
};
use crate::{
	engine::{CompiledProgram, Engine},
	error::NoVerdict,
	program::Program,
};
use assay_primitives::{Hash, TaskLimits};
use codec::Encode;
use std::{
	io::{self, Read, Write},
	process,
	sync::Arc,
};

/// Turns this process into a task host if it was started as one, and never returns then. Otherwise returns at once.
///
/// Every program that runs tasks calls it first thing in `main`: before it reads its command line, opens a file or
/// starts a thread.
pub fn maybe_run_child() {
	if std::env::args_os().nth(1).is_some_and(|argument| argument == CHILD_ARGUMENT) {
		// The exit code only matters to the parent's log.
		process::exit(serve().map_or(1, |()| 0));
	}
}

fn serve() -> io::Result<()> {
	confine::die_with_parent()?;
	let (mut input, mut output) = (io::stdin().lock(), io::stdout().lock());
	let Some(Request::Confine(confinement)) = read_request(&mut input)? else {
		return Err(io::Error::other("it must be confined first"));
	};
	let host = confine::confine(&confinement)
		.and_then(|()| confine::exit_with_pipe())
		.map_err(|error| format!("it cannot be confined: {error}"))
		.and_then(|()| Engine::new().map_err(|error| error.to_string()));
	let mut host = match host {
		Ok(engine) => Host { engine, program: None, input: None },
		Err(error) => return reply(&mut output, &Reply::NoVerdict(NoVerdict::Spawn(error))),
	};
	reply(&mut output, &Reply::Ready { greeting: GREETING })?;
	while let Some(request) = read_request(&mut input)? {
		let attachment = match request.attachment_limit() {
			Some(limit) => protocol::read_frame(&mut input, limit)?,
			None => None,
		};
		let answer = host.answer(request, attachment.unwrap_or_default());
		reply(&mut output, &answer.unwrap_or_else(Reply::NoVerdict))?;
	}
	Ok(())
}

fn read_request(from: &mut impl Read) -> io::Result<Option<Request>> {
	protocol::read_frame(from, MAX_REQUEST_BYTES)?.map(|frame| protocol::decode(&frame)).transpose()
}

fn reply(to: &mut impl Write, reply: &Reply) -> io::Result<()> {
	protocol::write_frame(to, &reply.encode())
}

struct Host {
	engine: Engine,
	program: Option<CompiledProgram>,
	input: Option<Arc<[u8]>>,
}

impl Host {
	fn answer(&mut self, request: Request, attachment: Vec<u8>) -> Result<Reply, NoVerdict> {
		match request {
			Request::Confine(_) => Err(NoVerdict::Protocol("it is confined already".into())),
			Request::Program { hash } => self.load_program(hash, &attachment),
			Request::Input => {
				// The last one goes first: there may not be room for both.
				self.input = None;
				self.input = Some(attachment.into());
				Ok(Reply::Loaded)
			},
			Request::Run { index, limits } => self.run(index, &limits),
		}
	}

	fn load_program(&mut self, expected: Hash, bytes: &[u8]) -> Result<Reply, NoVerdict> {
		self.program = None;
		let found = Hash::of(bytes);
		if found != expected {
			return Err(NoVerdict::ProgramMismatch { expected, found });
		}
		let program =
			Program::prepare(bytes).map_err(|error| NoVerdict::ProgramRefused(error.to_string()))?;
		self.program = Some(self.engine.compile(&program)?);
		Ok(Reply::Loaded)
	}

	fn run(&self, index: u32, limits: &TaskLimits) -> Result<Reply, NoVerdict> {
		let (Some(program), Some(input)) = (&self.program, &self.input) else {
			return Err(NoVerdict::Protocol("there is no program or no input to run".into()));
		};
		let execution = self.engine.run_shared(program, index, Arc::clone(input), limits)?;
		Ok(Reply::Done {
			status: execution.outcome.status,
			fuel: execution.outcome.fuel,
			output: execution.output,
			stderr: execution.stderr,
		})
	}
}
