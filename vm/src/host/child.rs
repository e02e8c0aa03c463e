//! The child's side: one request after the other, until the parent is gone.

use super::{
	confine,
	machine::{Compiled, Machine},
	programs::Programs,
	protocol::{self, Confinement, Enforced, EngineKind, Reply, Request, GREETING, MAX_REQUEST_BYTES},
	CHILD_ARGUMENT,
};
use crate::{engine::with_task_stack, error::NoVerdict, program::Program};
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
	let Some(Request::Begin { confinement, engine }) = read_request(&mut io::stdin().lock())? else {
		return Err(io::Error::other("it must be confined first"));
	};
	let served = begin(&confinement, engine).and_then(|(host, enforced)| {
		with_task_stack(|| converse(host, enforced))
			.map_err(|error| format!("it has no room for a task's stack: {error}"))
	});
	served.unwrap_or_else(|error| reply(&mut io::stdout().lock(), &Reply::NoVerdict(NoVerdict::Spawn(error))))
}

/// Answers requests until there are no more.
fn converse(mut host: Host, enforced: Enforced) -> io::Result<()> {
	let (mut input, mut output) = (io::stdin().lock(), io::stdout().lock());
	reply(&mut output, &Reply::Ready { greeting: GREETING, enforced })?;
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

/// Everything that comes before the first byte of a program, in the order in which it must come: threads inherit the
/// barriers of the one that starts them, and the engine gets no more than the programs will.
fn begin(confinement: &Confinement, engine: EngineKind) -> Result<(Host, Enforced), String> {
	let enforced = confine::confine(confinement)
		.and_then(|enforced| confine::exit_with_pipe().map(|()| enforced))
		.map_err(|error| format!("it cannot be confined: {error}"))?;
	let machine = Machine::new(engine).map_err(|error| error.to_string())?;
	Ok((Host { machine, programs: Programs::new(), input: None }, enforced))
}

fn read_request(from: &mut impl Read) -> io::Result<Option<Request>> {
	protocol::read_frame(from, MAX_REQUEST_BYTES)?.map(|frame| protocol::decode(&frame)).transpose()
}

fn reply(to: &mut impl Write, reply: &Reply) -> io::Result<()> {
	protocol::write_frame(to, &reply.encode())
}

struct Host {
	machine: Machine,
	programs: Programs<Compiled>,
	input: Option<Arc<[u8]>>,
}

impl Host {
	fn answer(&mut self, request: Request, attachment: Vec<u8>) -> Result<Reply, NoVerdict> {
		match request {
			Request::Begin { .. } => Err(NoVerdict::Protocol("it has begun already".into())),
			Request::Program { hash } => self.compile(hash, &attachment),
			Request::Input => {
				// The last one goes first: there may not be room for both.
				self.input = None;
				self.input = Some(attachment.into());
				Ok(Reply::Loaded)
			},
			Request::Run { program, index, limits } => self.run(program, index, &limits),
		}
	}

	fn compile(&mut self, expected: Hash, bytes: &[u8]) -> Result<Reply, NoVerdict> {
		let found = Hash::of(bytes);
		if found != expected {
			return Err(NoVerdict::ProgramMismatch { expected, found });
		}
		let program =
			Program::prepare(bytes).map_err(|error| NoVerdict::ProgramRefused(error.to_string()))?;
		// Compiling takes memory as well, so the others go first. From here on every failure ends this process.
		let dropped = self.programs.make_room(bytes.len());
		let compiled = self.machine.compile(&program)?;
		self.programs.keep(expected, bytes.len(), compiled);
		Ok(Reply::Compiled { dropped })
	}

	fn run(&mut self, program: Hash, index: u32, limits: &TaskLimits) -> Result<Reply, NoVerdict> {
		let (Some(program), Some(input)) = (self.programs.get(program), &self.input) else {
			return Err(NoVerdict::Protocol("there is no program or no input to run".into()));
		};
		let execution = self.machine.run(program, index, input, limits)?;
		Ok(Reply::Done {
			status: execution.outcome.status,
			fuel: execution.outcome.fuel,
			output: execution.output,
			stderr: execution.stderr,
		})
	}
}
