use super::{protocol::Enforced, *};
use assay_primitives::TaskStatus;

fn limits() -> TaskLimits {
	TaskLimits { fuel: 100, memory_pages: 1, output_bytes: 4 }
}

fn done(status: TaskStatus, fuel: u64, output: &[u8]) -> Reply {
	Reply::Done { status, fuel, output: output.to_vec(), stderr: Vec::new() }
}

#[test]
fn the_outcome_is_computed_from_the_output() {
	let execution = execution(done(TaskStatus::Completed(2), 100, b"abcd"), &limits()).expect("in order");
	assert_eq!(Some(execution.outcome), TaskOutcome::new(TaskStatus::Completed(2), b"abcd", 100));
	assert_eq!(execution.output, b"abcd");
}

#[test]
fn a_child_that_lies_is_caught_where_it_can_be() {
	let replies = [
		done(TaskStatus::Completed(0), 101, b""),
		done(TaskStatus::Completed(0), 100, b"abcde"),
		done(TaskStatus::Trapped, 100, b"abcd"),
		Reply::Loaded,
		Reply::Compiled { dropped: Vec::new() },
		Reply::Ready {
			greeting: protocol::GREETING,
			enforced: Enforced { landlock: Ok(1), system_calls: Ok(()) },
		},
	];
	for reply in replies {
		assert!(matches!(execution(reply.clone(), &limits()), Err(NoVerdict::Protocol(_))), "{reply:?}");
	}
}

#[test]
fn bad_requests_do_not_even_start_a_child() {
	let options = HostOptions { executable: Some("/nonexistent".into()), ..HostOptions::default() };
	let mut host = TaskHost::idle(options);
	let program = ProgramSource::new(&b"\0asm\x01\0\0\0"[..]);
	let no_fuel = TaskLimits { fuel: 0, ..limits() };
	let second = Duration::from_secs(1);
	let result = host.run(&program, 0, b""[..].into(), &no_fuel, second);
	assert_eq!(result, Err(NoVerdict::InvalidLimits));
	let bomb = ProgramSource::new(vec![0; limits::MAX_PROGRAM_BYTES + 1]);
	let result = host.run(&bomb, 0, b""[..].into(), &limits(), second);
	assert!(matches!(result, Err(NoVerdict::ProgramRefused(_))), "{result:?}");
	let result = host.run(&program, 0, b""[..].into(), &limits(), second);
	assert!(matches!(result, Err(NoVerdict::Spawn(_))), "{result:?}");
}
