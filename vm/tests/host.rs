//! Tasks in a process of their own, and everything that can happen to it.
#![cfg(target_os = "linux")]

mod common;

use assay_primitives::{Hash, TaskLimits, TaskStatus};
use assay_vm::{
	host::{EngineKind, CHILD_ARGUMENT},
	Execution, HostOptions, HostPool, NoVerdict, ProgramSource, TaskHost,
};
use common::{binary, limits, Machine, ECHO, ENDLESS, FLOOD, RANDOM};
use std::{
	fs,
	io::{BufRead, BufReader, Read, Write},
	process::{Command, Stdio},
	sync::Arc,
	thread,
	time::{Duration, Instant},
};

const EXECUTABLE: &str = env!("CARGO_BIN_EXE_assay-task-host");
const PATIENCE: Duration = Duration::from_secs(60);
/// Bytes of writable memory that suffice for the stack of a task and for a child that does little.
const LITTLE: u64 = 400 << 20;

fn host() -> TaskHost {
	TaskHost::spawn_with(EXECUTABLE, HostOptions::default()).expect("the child starts")
}

fn source(text: &str) -> ProgramSource {
	ProgramSource::new(binary(text))
}

fn run(
	host: &mut TaskHost,
	program: &ProgramSource,
	index: u32,
	input: &[u8],
) -> Result<Execution, NoVerdict> {
	host.run(program, index, input.into(), &limits(), PATIENCE)
}

fn endless() -> (ProgramSource, TaskLimits) {
	(source(ENDLESS), TaskLimits { fuel: TaskLimits::MAX_FUEL, ..limits() })
}

fn exists(process: u32) -> bool {
	// A zombie has no command line.
	fs::read(format!("/proc/{process}/cmdline")).is_ok_and(|line| !line.is_empty())
}

fn wait_until_gone(process: u32) {
	let deadline = Instant::now() + Duration::from_secs(10);
	while exists(process) {
		assert!(Instant::now() < deadline, "process {process} lives on");
		thread::sleep(Duration::from_millis(10));
	}
}

fn kill(process: u32) {
	assert!(signal(process, libc::SIGKILL));
}

/// Whether there was such a process to signal.
fn signal(process: u32, signal: libc::c_int) -> bool {
	let process = libc::pid_t::try_from(process).expect("a process id");
	// SAFETY: signals a child of this test.
	unsafe { libc::kill(process, signal) == 0 }
}

/// What comes of an endless task whose process gets a signal, again and again, until it is gone.
fn run_under_fire(host: &mut TaskHost, with: libc::c_int) -> Result<Execution, NoVerdict> {
	let (endless, generous) = endless();
	// So that the signals come while the task runs.
	let warm_up = TaskLimits { fuel: 1_000, ..limits() };
	host.run(&endless, 0, b""[..].into(), &warm_up, PATIENCE).expect("it compiles");
	let process = host.process_id().expect("it runs");
	let sender = thread::spawn(move || {
		while exists(process) {
			thread::sleep(Duration::from_millis(100));
			signal(process, with);
		}
	});
	let result = host.run(&endless, 0, b""[..].into(), &generous, PATIENCE);
	sender.join().expect("it ends with the process");
	result
}

#[test]
fn a_child_comes_to_the_same_outcome() {
	let machine = Machine::new();
	let mut host = host();
	for text in [ECHO, RANDOM, FLOOD, ENDLESS] {
		let (here, there) = (machine.load(text), source(text));
		for index in 0..3 {
			for input in [&b"some input"[..], b""] {
				let expected = machine.run(&here, index, input, &limits());
				assert_eq!(run(&mut host, &there, index, input), Ok(expected), "{text}");
			}
		}
	}
}

#[test]
fn input_and_output_of_many_megabytes_pass() {
	let mut host = host();
	let input: Vec<u8> = (0..3_000_000u32).flat_map(u32::to_le_bytes).collect();
	let limits = TaskLimits { fuel: 1 << 40, output_bytes: TaskLimits::MAX_OUTPUT_BYTES, ..limits() };
	let execution =
		host.run(&source(ECHO), 5, input.as_slice().into(), &limits, PATIENCE).expect("an outcome");
	assert_eq!(execution.output.len(), input.len() + 1);
	assert_eq!(execution.outcome.output_hash, Hash::of(&[&b"5"[..], &input].concat()));
}

#[test]
fn the_tasks_of_a_batch_share_program_and_input() {
	let mut host = host();
	let program = source(ECHO);
	let input: Arc<[u8]> = b"shared"[..].into();
	let twin: Arc<[u8]> = b"shared"[..].into();
	for index in 0..64 {
		let input = if index % 2 == 0 { &input } else { &twin };
		let execution =
			host.run(&program, index, Arc::clone(input), &limits(), PATIENCE).expect("an outcome");
		assert_eq!(execution.output, format!("{index}shared").into_bytes());
	}
	let other = host.run(&program, 1, b"other"[..].into(), &limits(), PATIENCE).expect("an outcome");
	assert_eq!(other.output, b"1other");
	assert_eq!(run(&mut host, &source(RANDOM), 1, b"other").expect("an outcome").output.len(), 40);
}

/// Sent in place of a program: only whoever has the program already does not find out.
fn nothing_in_place_of(program: &ProgramSource) -> ProgramSource {
	ProgramSource { hash: program.hash, bytes: b""[..].into() }
}

/// A program that prints so many bytes, with a custom section of `ballast` bytes.
fn printer(length: u32, ballast: usize) -> ProgramSource {
	let text = format!(
		r#"(module
			(import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
			(memory (export "memory") 1)
			(data (i32.const 4) "\{length:02x}")
			(func (export "_start") (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8))))
			(@custom "ballast" "{}"))"#,
		"x".repeat(ballast)
	);
	source(&text)
}

#[test]
fn programs_that_take_turns_are_sent_and_compiled_once() {
	let mut host = host();
	let programs: Vec<_> = (0..8).map(|length| printer(length, 0)).collect();
	for program in &programs {
		run(&mut host, program, 0, b"").expect("an outcome");
	}
	for _ in 0..2 {
		for (length, program) in programs.iter().enumerate() {
			let execution = run(&mut host, &nothing_in_place_of(program), 0, b"").expect("it has it still");
			assert_eq!(execution.output.len(), length);
		}
	}
	// One more takes the place of the one that was not used for longest, the first.
	run(&mut host, &printer(8, 0), 0, b"").expect("an outcome");
	for program in programs.iter().skip(1) {
		run(&mut host, &nothing_in_place_of(program), 0, b"").expect("it has it still");
	}
	let result = run(&mut host, &nothing_in_place_of(&programs[0]), 0, b"");
	assert!(matches!(result, Err(NoVerdict::ProgramMismatch { .. })), "{result:?}");
	assert_eq!(run(&mut host, &programs[0], 0, b"").expect("an outcome").output.len(), 0);
}

#[test]
fn large_programs_take_the_place_of_several() {
	let mut host = host();
	let large: Vec<_> = (0..3).map(|length| printer(length, 3 << 20)).collect();
	for program in &large {
		run(&mut host, program, 0, b"").expect("an outcome");
	}
	let result = run(&mut host, &nothing_in_place_of(&large[0]), 0, b"");
	assert!(matches!(result, Err(NoVerdict::ProgramMismatch { .. })), "{result:?}");
	for (length, program) in large.iter().enumerate().skip(1) {
		let execution = run(&mut host, &nothing_in_place_of(program), 0, b"").expect("it has it still");
		assert_eq!(execution.output.len(), length);
	}
}

#[test]
fn a_new_child_is_sent_everything_again() {
	let mut host = host();
	let input: Arc<[u8]> = b"input"[..].into();
	let program = source(ECHO);
	host.run(&program, 1, Arc::clone(&input), &limits(), PATIENCE).expect("an outcome");
	kill(host.process_id().expect("it runs"));
	let result = host.run(&program, 1, Arc::clone(&input), &limits(), PATIENCE);
	assert!(matches!(result, Err(NoVerdict::Crashed(_))), "{result:?}");
	let execution = host.run(&program, 1, input, &limits(), PATIENCE).expect("an outcome");
	assert_eq!(execution.output, b"1input");
}

#[test]
fn the_child_has_nothing_but_its_pipes() {
	let mut host = host();
	let process = host.process_id().expect("it runs");
	let read =
		|name: &str| fs::read_to_string(format!("/proc/{process}/{name}")).expect("it can be looked at");
	assert_eq!(read("environ"), "");
	assert_eq!(fs::read_link(format!("/proc/{process}/cwd")).expect("it has one"), std::path::Path::new("/"));
	let mut descriptors: Vec<_> = fs::read_dir(format!("/proc/{process}/fd"))
		.expect("it can be listed")
		.map(|entry| entry.expect("an entry").file_name().into_string().expect("a number"))
		.collect();
	descriptors.sort();
	assert_eq!(descriptors, ["0", "1", "2"]);
	let status = read("status");
	let state = |name: &str| {
		let line = status.lines().find_map(|line| line.strip_prefix(name)).expect("the kernel tells it");
		line.trim().to_owned()
	};
	assert_eq!(state("NoNewPrivs:"), "1");
	assert_eq!(state("CapEff:"), "0000000000000000");
	assert_eq!(state("CapPrm:"), "0000000000000000");
	// 2 is a filter; those are for these processors.
	if cfg!(any(target_arch = "x86_64", target_arch = "aarch64")) {
		assert_eq!(state("Seccomp:"), "2");
		for thread in fs::read_dir(format!("/proc/{process}/task")).expect("it has threads") {
			let status = thread.expect("an entry").path().join("status");
			let status = fs::read_to_string(status).expect("it can be looked at");
			assert!(status.lines().any(|line| line.split_whitespace().eq(["Seccomp:", "2"])));
		}
	}
	let limits = read("limits");
	let limit = |name: &str| {
		let line = limits.lines().find(|line| line.starts_with(name)).expect("a limit of that name");
		line[name.len()..].split_whitespace().take(2).map(str::to_owned).collect::<Vec<_>>()
	};
	assert_eq!(limit("Max open files"), ["3", "3"]);
	assert_eq!(limit("Max file size"), ["0", "0"]);
	assert_eq!(limit("Max core file size"), ["0", "0"]);
	assert_eq!(limit("Max cpu time"), ["86410", "86410"]);
	assert_eq!(limit("Max address space"), [(12u64 << 30).to_string(), (12u64 << 30).to_string()]);
	assert_eq!(limit("Max data size"), [(3u64 << 30).to_string(), (3u64 << 30).to_string()]);
	assert_eq!(run(&mut host, &source(ECHO), 1, b"").expect("and it still works").output, b"1");
}

#[test]
fn a_killed_child_is_no_verdict_and_is_replaced() {
	let mut host = host();
	let (endless, generous) = endless();
	let first = host.process_id().expect("it runs");
	let killer = thread::spawn(move || {
		thread::sleep(Duration::from_millis(300));
		kill(first);
	});
	let result = host.run(&endless, 0, b""[..].into(), &generous, PATIENCE);
	killer.join().expect("it kills");
	assert!(matches!(&result, Err(NoVerdict::Crashed(reason)) if reason.contains("killed")), "{result:?}");
	assert_eq!(run(&mut host, &source(ECHO), 2, b"").expect("a new child").output, b"2");
	assert_ne!(host.process_id(), Some(first));

	kill(host.process_id().expect("it runs"));
	let result = run(&mut host, &source(ECHO), 2, b"");
	assert!(matches!(result, Err(NoVerdict::Crashed(_))), "{result:?}");
	assert_eq!(run(&mut host, &source(ECHO), 2, b"").expect("a new child").output, b"2");
}

#[test]
fn a_child_that_crashes_is_no_verdict() {
	let mut host = host();
	for with in [libc::SIGSEGV, libc::SIGBUS, libc::SIGABRT, libc::SIGILL, libc::SIGFPE, libc::SIGKILL] {
		let result = run_under_fire(&mut host, with);
		assert!(matches!(&result, Err(NoVerdict::Crashed(_))), "signal {with}: {result:?}");
		assert!(result.is_err_and(|error| !error.is_permanent()));
	}
	assert_eq!(run(&mut host, &source(ECHO), 2, b"").expect("a new child").output, b"2");
}

#[test]
fn compiling_is_under_the_same_clock() {
	let mut host = host();
	let first = host.process_id().expect("it runs");
	// Within every limit, and yet seconds of work for a compiler; running it takes none.
	let function =
		format!("(func {})", "(drop (i32.popcnt (i32.mul (i32.const 3) (i32.const 5))))".repeat(1_000));
	let large = source(&format!(
		r#"(module (memory (export "memory") 1) (func (export "_start")) {})"#,
		function.repeat(190)
	));
	let limit = Duration::from_millis(20);
	let result = host.run(&large, 0, b""[..].into(), &limits(), limit);
	assert_eq!(result, Err(NoVerdict::TimedOut(limit)));
	wait_until_gone(first);
	let execution = run(&mut host, &large, 0, b"").expect("an outcome, given time");
	assert_eq!(execution.outcome.status, TaskStatus::Completed(0));
}

#[test]
fn a_run_that_takes_too_long_is_no_verdict_and_its_child_is_gone() {
	let mut host = host();
	let (endless, generous) = endless();
	let first = host.process_id().expect("it runs");
	let started = Instant::now();
	let limit = Duration::from_millis(500);
	let result = host.run(&endless, 0, b""[..].into(), &generous, limit);
	assert_eq!(result, Err(NoVerdict::TimedOut(limit)));
	assert!(started.elapsed() < Duration::from_secs(20));
	wait_until_gone(first);
	assert_eq!(run(&mut host, &source(ECHO), 2, b"").expect("a new child").output, b"2");
}

#[test]
fn refused_programs_leave_the_child_alone() {
	let mut host = host();
	let process = host.process_id();
	let component =
		source(r#"(module (memory (export "memory") 1) (func (export "_start") (atomic.fence)))"#);
	let result = run(&mut host, &component, 0, b"");
	assert!(
		matches!(&result, Err(NoVerdict::ProgramRefused(why)) if why.contains("`atomic.fence` (threads)")),
		"{result:?}"
	);
	let lie = ProgramSource { hash: Hash::of(b"something else"), bytes: binary(ECHO).into() };
	let result = run(&mut host, &lie, 0, b"");
	assert_eq!(result, Err(NoVerdict::ProgramMismatch { expected: lie.hash, found: Hash::of(&lie.bytes) }));
	assert!(result.is_err_and(|error| error.is_permanent()));
	assert_eq!(run(&mut host, &source(ECHO), 2, b"").expect("the same child").output, b"2");
	assert_eq!(host.process_id(), process);
}

#[test]
fn a_machine_without_memory_has_no_verdict() {
	let options = HostOptions { data: LITTLE, ..HostOptions::default() };
	let mut host = TaskHost::spawn_with(EXECUTABLE, options).expect("it starts with little");
	let grow = source(
		r#"(module (memory (export "memory") 1)
			(func (export "_start") (if (i32.eq (memory.grow (i32.const 8000)) (i32.const -1)) (then unreachable))))"#,
	);
	let limits = TaskLimits { memory_pages: 16_384, fuel: 1_000_000_000, ..limits() };
	let result = host.run(&grow, 0, b""[..].into(), &limits, PATIENCE);
	assert!(matches!(&result, Err(NoVerdict::Engine(_) | NoVerdict::Crashed(_))), "{result:?}");
	let initial = source(r#"(module (memory (export "memory") 8000) (func (export "_start")))"#);
	let result = host.run(&initial, 0, b""[..].into(), &limits, PATIENCE);
	assert!(matches!(&result, Err(NoVerdict::Engine(_) | NoVerdict::Crashed(_))), "{result:?}");
	let mut rich = self::host();
	let execution = rich.run(&grow, 0, b""[..].into(), &limits, PATIENCE).expect("an outcome");
	assert_eq!(execution.outcome.status, TaskStatus::Completed(0));
	let execution = rich.run(&initial, 0, b""[..].into(), &limits, PATIENCE).expect("an outcome");
	assert_eq!(execution.outcome.status, TaskStatus::Completed(0));
}

#[test]
fn a_machine_without_room_for_a_memory_has_no_verdict() {
	// The engine sets 4 GiB of addresses aside for a task.
	let options = HostOptions { address_space: 4 << 30, ..HostOptions::default() };
	let mut host = TaskHost::spawn_with(EXECUTABLE, options).expect("it starts with little");
	let result = run(&mut host, &source(ECHO), 0, b"");
	assert!(matches!(&result, Err(NoVerdict::Engine(_) | NoVerdict::Crashed(_))), "{result:?}");
}

#[test]
fn an_input_that_does_not_fit_the_memory_is_no_verdict() {
	let options = HostOptions { data: LITTLE, ..HostOptions::default() };
	let mut host = TaskHost::spawn_with(EXECUTABLE, options).expect("it starts with little");
	let result = run(&mut host, &source(ECHO), 0, &vec![0; 200 << 20]);
	assert!(matches!(&result, Err(NoVerdict::Crashed(_))), "{result:?}");
	assert_eq!(run(&mut host, &source(ECHO), 2, b"").expect("a new child").output, b"2");
}

/// Frames of 2 000 vectors, some 32 KiB each where they are compiled.
#[test]
fn a_child_has_room_for_the_deepest_calls() {
	let text = format!(
		r#"(module (memory (export "memory") 1)
			(func $down (local {}) {} (call $down) {})
			(func (export "_start") (call $down)))"#,
		"v128 ".repeat(2_000),
		(0..2_000)
			.map(|local| format!("(local.set {local} (v128.load (i32.const {local})))"))
			.collect::<String>(),
		(0..2_000).map(|local| format!("(v128.store (i32.const 0) (local.get {local}))")).collect::<String>(),
	);
	let program = source(&text);
	let outcomes = [EngineKind::Cranelift, EngineKind::Interpreter].map(|engine| {
		let options = HostOptions { engine, ..HostOptions::default() };
		let mut host = TaskHost::spawn_with(EXECUTABLE, options).expect("it starts");
		run(&mut host, &program, 0, b"").expect("an outcome").outcome
	});
	assert_eq!(outcomes[0].status, TaskStatus::StackExhausted);
	assert_eq!(outcomes[0], outcomes[1]);
}

#[test]
fn a_child_without_room_for_a_stack_says_so() {
	let options = HostOptions { data: 64 << 20, ..HostOptions::default() };
	let result = TaskHost::spawn_with(EXECUTABLE, options).map(|_| ());
	assert!(matches!(&result, Err(NoVerdict::Spawn(why)) if why.contains("stack")), "{result:?}");
}

#[test]
fn both_engines_come_to_the_same() {
	let options = HostOptions { engine: EngineKind::Interpreter, ..HostOptions::default() };
	let mut interpreter = TaskHost::spawn_with(EXECUTABLE, options).expect("it starts");
	let mut compiler = host();
	for text in [ECHO, RANDOM, FLOOD, ENDLESS] {
		let program = source(text);
		let limits = TaskLimits { fuel: 1_000_000, ..limits() };
		for index in 0..2 {
			let outcome = |host: &mut TaskHost| {
				host.run(&program, index, b"input"[..].into(), &limits, PATIENCE).expect("an outcome")
			};
			assert_eq!(outcome(&mut interpreter), outcome(&mut compiler), "{text}");
		}
	}
	let (endless, generous) = endless();
	let limit = Duration::from_millis(300);
	let result = interpreter.run(&endless, 0, b""[..].into(), &generous, limit);
	assert_eq!(result, Err(NoVerdict::TimedOut(limit)));
}

#[test]
fn a_child_is_replaced_before_its_time_on_the_processor_is_up() {
	let options = HostOptions { cpu: Duration::from_secs(2), ..HostOptions::default() };
	let mut host = TaskHost::spawn_with(EXECUTABLE, options).expect("it starts");
	let (endless, _) = endless();
	let long = TaskLimits { fuel: 200_000_000, ..limits() };
	let mut processes = Vec::new();
	for _ in 0..3 {
		let execution = host.run(&endless, 0, b""[..].into(), &long, PATIENCE).expect("an outcome");
		assert_eq!(execution.outcome.status, TaskStatus::OutOfFuel);
		processes.push(host.process_id().expect("it runs"));
	}
	processes.dedup();
	assert!(processes.len() > 1, "a run of up to {PATIENCE:?} must not start with less than that left");
}

#[test]
fn what_is_no_task_host_is_not_taken_for_one() {
	for path in ["/nonexistent", "/bin/true", "/bin/echo", "/bin/cat"] {
		let result = TaskHost::spawn_with(path, HostOptions::default()).map(|_| ());
		assert!(matches!(&result, Err(NoVerdict::Spawn(_))), "{path}: {result:?}");
	}
}

#[test]
fn the_running_executable_is_the_default() {
	// This test's own main does not call `maybe_run_child`; the error says what to do.
	let result = TaskHost::spawn().map(|_| ());
	assert!(matches!(&result, Err(NoVerdict::Spawn(why)) if why.contains("maybe_run_child")), "{result:?}");
}

#[test]
fn nonsense_ends_the_child() {
	for nonsense in [&[0xff; 64][..], &[4, 0, 0, 0, 9, 9, 9, 9], &[1, 0, 0, 0, 2]] {
		let mut child = Command::new(EXECUTABLE)
			.arg(CHILD_ARGUMENT)
			.stdin(Stdio::piped())
			.stdout(Stdio::piped())
			.spawn()
			.expect("it starts");
		// It may be gone before all of it is written.
		let _ = child.stdin.take().expect("piped").write_all(nonsense);
		let mut said = Vec::new();
		child.stdout.take().expect("piped").read_to_end(&mut said).expect("it ends");
		assert_eq!((said.as_slice(), child.wait().expect("it ends").code()), (&b""[..], Some(1)));
	}
	let by_hand = Command::new(EXECUTABLE).output().expect("it starts");
	assert!(!by_hand.status.success() && !by_hand.stderr.is_empty());
}

#[test]
fn children_outlive_the_thread_that_asked_for_them() {
	let mut host = thread::spawn(host).join().expect("it starts one");
	thread::sleep(Duration::from_millis(200));
	assert_eq!(run(&mut host, &source(ECHO), 2, b"").expect("it still lives").output, b"2");
}

#[test]
fn dropping_a_host_ends_its_child() {
	let host = host();
	let process = host.process_id().expect("it runs");
	assert!(exists(process));
	drop(host);
	assert!(!exists(process));
}

#[test]
#[ignore = "plays the parent in `a_child_dies_with_its_parent`"]
fn parent_that_is_killed() {
	let mut host = host();
	println!("\nchild {}", host.process_id().expect("it runs"));
	let (endless, generous) = endless();
	let _ = host.run(&endless, 0, b""[..].into(), &generous, PATIENCE);
}

#[test]
fn a_child_dies_with_its_parent() {
	let mut parent = Command::new(std::env::current_exe().expect("this test"))
		.args(["--exact", "parent_that_is_killed", "--ignored", "--nocapture"])
		.stdout(Stdio::piped())
		.spawn()
		.expect("this test starts again");
	let lines = BufReader::new(parent.stdout.take().expect("piped")).lines();
	let child: u32 = lines
		.map(|line| line.expect("text"))
		.find_map(|line| line.strip_prefix("child ").map(str::to_owned))
		.and_then(|process| process.parse().ok())
		.expect("it says which child it has");
	// In the middle of a task, when nobody reads the pipe.
	thread::sleep(Duration::from_millis(500));
	assert!(exists(child));
	parent.kill().expect("it runs");
	parent.wait().expect("it ends");
	wait_until_gone(child);
}

#[test]
fn a_pool_runs_as_many_tasks_at_once_as_it_has_slots() {
	let options = HostOptions { executable: Some(EXECUTABLE.into()), ..HostOptions::default() };
	let pool = Arc::new(HostPool::new(2, options));
	assert_eq!(pool.slots(), 2);
	let program = source(ECHO);
	let threads: Vec<_> = (0..6u32)
		.map(|thread| {
			let (pool, program) = (Arc::clone(&pool), program.clone());
			thread::spawn(move || {
				for index in (thread * 10)..(thread * 10 + 10) {
					let input = index.to_le_bytes();
					let execution = pool.run(&program, index, input.as_slice().into(), &limits(), PATIENCE);
					let expected = [index.to_string().as_bytes(), &input].concat();
					assert_eq!(execution.expect("an outcome").output, expected);
				}
			})
		})
		.collect();
	threads.into_iter().for_each(|thread| thread.join().expect("all outcomes were right"));

	// A slot that timed out is a slot again.
	let (endless, generous) = endless();
	for _ in 0..3 {
		let result = pool.run(&endless, 0, b""[..].into(), &generous, Duration::from_millis(300));
		assert!(matches!(result, Err(NoVerdict::TimedOut(_))), "{result:?}");
	}
	assert!(pool.run(&program, 0, b""[..].into(), &limits(), PATIENCE).is_ok());
}

#[test]
fn a_pool_has_at_least_one_slot() {
	assert_eq!(HostPool::new(0, HostOptions::default()).slots(), 1);
}
