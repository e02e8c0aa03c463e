use super::*;
use clap::Parser;
use std::fs;

/// The smallest program there is: a memory of `pages` pages, and a `_start` that returns at once.
fn program(pages: u8) -> Vec<u8> {
	let mut bytes = b"\0asm\x01\0\0\0".to_vec();
	bytes.extend(b"\x01\x04\x01\x60\0\0");
	bytes.extend(b"\x03\x02\x01\0");
	bytes.extend([5, 3, 1, 0, pages]);
	bytes.extend(b"\x07\x13\x02\x06memory\x02\0\x06_start\0\0");
	bytes.extend(b"\x0a\x04\x01\x02\0\x0b");
	bytes
}

#[derive(Debug, Parser)]
struct Arguments {
	#[command(flatten)]
	options: JobOptions,
}

/// A directory with a program and some inputs.
struct Files(tempfile::TempDir);

impl Files {
	fn new() -> Self {
		let directory = tempfile::tempdir().unwrap();
		for (name, bytes) in [
			("one.wasm", &program(1)[..]),
			("large.wasm", &program(100)),
			("text.wasm", b"not a program"),
			("a", b"input a"),
			("b", b""),
			("c", b"input c"),
		] {
			fs::write(directory.path().join(name), bytes).unwrap();
		}
		Self(directory)
	}

	/// Words that name a file here become its path.
	fn options(&self, line: &str) -> Result<JobOptions, clap::Error> {
		let words = line.split_whitespace().map(|word| {
			let path = self.0.path().join(word);
			if path.exists() {
				path.display().to_string()
			} else {
				word.to_owned()
			}
		});
		Arguments::try_parse_from(std::iter::once("post".to_owned()).chain(words))
			.map(|parsed| parsed.options)
	}

	fn draft(&self, line: &str) -> Result<Draft, SpecError> {
		Draft::read(&self.options(line).unwrap())
	}

	fn spec(&self, line: &str) -> Result<JobSpec, SpecError> {
		self.draft(line)?.complete(&self.options(line).unwrap(), &limits())
	}
}

fn limits() -> ChainLimits {
	ChainLimits {
		execution_window: 10..=1_000,
		challenge_window: 5..=1_000,
		lifetime: 1..=10_000,
		fuel_price: 500,
	}
}

#[test]
fn what_was_typed_becomes_the_job() {
	let files = Files::new();
	let spec = files
		.spec(
			"one.wasm --input a --tasks 20 --batch-size 3 --bounty 0.5 --auditors 3 --samples 4 --rate 12.5 --fuel 7 \
			 --memory 2 --output-bytes 9 --execution-window 11 --challenge-window 12 --lifetime 13",
		)
		.unwrap();
	let expected = JobSpec {
		program: BlobRef::of(&program(1)),
		vm_version: VM_VERSION,
		input: InputSpec::Shared { blob: BlobRef::of(b"input a") },
		tasks: 20,
		batch_size: 3,
		bounty: 500_000_000_000,
		limits: TaskLimits { fuel: 7, memory_pages: 32, output_bytes: 9 },
		audit: AuditPolicy { auditors: 3, samples: 4, rate: 125_000 },
		execution_window: 11,
		challenge_window: 12,
		lifetime: 13,
	};
	assert_eq!(spec, expected);
}

#[test]
fn what_is_left_away_is_the_usual_within_the_chains_limits() {
	let files = Files::new();
	let line = "one.wasm --input a --tasks 1 --bounty 1";
	let spec = files.spec(line).unwrap();
	assert_eq!(spec.limits, TaskLimits::default());
	assert_eq!(spec.batch_size, 1, "a batch is not larger than its job");
	assert_eq!(spec.audit, AuditPolicy::default());
	assert_eq!(
		(spec.execution_window, spec.challenge_window),
		(USUAL_EXECUTION_WINDOW, USUAL_CHALLENGE_WINDOW)
	);
	// 14,400 blocks are more than this chain takes.
	assert_eq!(spec.lifetime, 10_000);

	let narrow = ChainLimits {
		execution_window: 300..=400,
		challenge_window: 1..=20,
		lifetime: 1..=20_000,
		fuel_price: 0,
	};
	let spec = files.draft(line).unwrap().complete(&files.options(line).unwrap(), &narrow).unwrap();
	assert_eq!((spec.execution_window, spec.challenge_window, spec.lifetime), (300, 20, USUAL_LIFETIME));
}

#[test]
fn a_window_out_of_range_is_refused_with_the_range() {
	let files = Files::new();
	for (option, value, range) in [
		("execution-window", 9, "10 to 1000"),
		("execution-window", 1_001, "10 to 1000"),
		("challenge-window", 4, "5 to 1000"),
		("lifetime", 0, "1 to 10000"),
		("lifetime", 10_001, "1 to 10000"),
	] {
		let error =
			files.spec(&format!("one.wasm --input a --tasks 1 --bounty 1 --{option} {value}")).unwrap_err();
		let text = format!("{error} {}", error.advice());
		assert!(text.contains(option) && text.contains(range) && text.contains(&value.to_string()), "{text}");
	}
}

#[test]
fn every_task_gets_its_own_input() {
	let files = Files::new();
	let draft = files.draft("one.wasm --bounty 1 --inputs a b c").unwrap();
	let mut rest = &draft.input[..];
	let lengths = <Vec<u32> as codec::Decode>::decode(&mut rest).unwrap();
	assert_eq!(lengths, [7, 0, 7]);
	assert_eq!(rest, b"input ainput c");

	let InputSpec::PerTask { blob, root } = draft.input_spec else { panic!("{:?}", draft.input_spec) };
	assert_eq!(blob, BlobRef::of(&draft.input));
	let leaves = [task_input_leaf(0, b"input a"), task_input_leaf(1, b""), task_input_leaf(2, b"input c")];
	let proof = merkle::proof(&leaves, 1).unwrap();
	assert!(merkle::verify(&root, 3, 1, &leaves[1], &proof));
	assert_eq!(draft.tasks, 3);
	assert_eq!(files.draft("one.wasm --bounty 1 --tasks 3 --inputs a b c").unwrap().tasks, 3);
}

#[test]
fn the_program_is_judged_before_anything_else() {
	let files = Files::new();
	// Everything else about this job is wrong as well.
	let error = files.draft("text.wasm --bounty 0").unwrap_err();
	assert!(matches!(error, SpecError::Program { .. }), "{error}");
	assert!(error.to_string().contains("text.wasm"), "{error}");
	let error = files.draft("missing.wasm --bounty 1 --input a --tasks 1").unwrap_err();
	assert!(matches!(error, SpecError::File(FileError::Read { .. })), "{error}");
}

#[test]
fn a_program_that_no_task_could_start_is_refused() {
	let files = Files::new();
	let line = "large.wasm --input a --tasks 1 --bounty 1";
	let error = files.draft(&format!("{line} --memory-pages 99")).unwrap_err();
	assert!(matches!(error, SpecError::ProgramMemory { initial: 100, allowed: 99 }), "{error}");
	assert_eq!(error.advice(), "Give --memory-pages 100 or more.");
	files.draft(&format!("{line} --memory-pages 100")).unwrap();
	files.draft(&format!("{line} --memory 7")).unwrap();
	files.draft(&format!("{line} --memory 6")).unwrap_err();
}

#[test]
fn a_bounty_below_the_floor_is_refused_with_the_floor() {
	let files = Files::new();
	// The usual 10 gigafuel, at 500 units of money each.
	let line = |bounty: &str| format!("one.wasm --input a --tasks 1 --bounty {bounty}");
	let error = files.spec(&line("0.000000004999")).unwrap_err();
	let text = format!("{error} {}", error.advice());
	for part in ["0.000000004999 ASY", "--bounty 0.000000005 or more", "10000000000 units of fuel", "--fuel"]
	{
		assert!(text.contains(part), "{part} is not in: {text}");
	}
	assert_eq!(files.spec(&line("0.000000005")).unwrap().bounty, 5_000);
	assert!(files.spec(&format!("{} --fuel 9000000000", line("0.000000004999"))).is_ok());
}

#[test]
fn inputs_and_tasks_must_fit_each_other() {
	let files = Files::new();
	let error = |line: &str| files.draft(line).unwrap_err();
	assert!(matches!(error("one.wasm --bounty 1"), SpecError::NoInput));
	assert!(matches!(error("one.wasm --bounty 1 --tasks 5"), SpecError::NoInput));
	assert!(matches!(error("one.wasm --bounty 1 --input a"), SpecError::NoTasks));
	assert!(matches!(error("one.wasm --bounty 0 --input a --tasks 1"), SpecError::NoBounty));
	let differ = error("one.wasm --bounty 1 --tasks 2 --inputs a b c");
	assert!(matches!(differ, SpecError::TasksDiffer { tasks: 2, files: 3 }), "{differ}");
	let missing = error("one.wasm --bounty 1 --inputs a nowhere");
	assert!(missing.to_string().contains("nowhere"), "{missing}");
}

#[test]
fn numbers_out_of_range_do_not_even_parse() {
	let files = Files::new();
	for options in [
		"--tasks 0",
		"--tasks 4294967296",
		"--tasks 1 --batch-size 0",
		"--tasks 1 --batch-size 100001",
		"--tasks 1 --auditors 0",
		"--tasks 1 --auditors 9",
		"--tasks 1 --samples 0",
		"--tasks 1 --samples 17",
		"--tasks 1 --rate 4.9999",
		"--tasks 1 --rate 100.0001",
		"--tasks 1 --fuel 0",
		"--tasks 1 --fuel 4611686018427387905",
		"--tasks 1 --memory-pages 0",
		"--tasks 1 --memory-pages 16385",
		"--tasks 1 --memory 1025",
		"--tasks 1 --memory 1 --memory-pages 16",
		"--tasks 1 --output-bytes 16777217",
		"--tasks 1 --bounty -1",
		"--tasks 1 --inputs b",
	] {
		let line = format!("one.wasm --input a --bounty 1 {options}");
		assert!(files.options(&line).is_err(), "{options}");
	}
	assert!(files.options("one.wasm --input a --tasks 1").is_err(), "a job without a bounty");
}

#[test]
fn a_rate_is_read_exactly() {
	for (text, parts) in
		[("100", 1_000_000), ("5", 50_000), ("5.0", 50_000), ("33.3333", 333_333), ("12.5", 125_000)]
	{
		assert_eq!(parse_rate(text), Ok(parts), "{text}");
	}
	for text in
		["", ".", "5.", ".5", "+5", "-5", "1e1", "5,5", "50%", "12.50000", "4294967296", "99999999999999"]
	{
		assert!(parse_rate(text).is_err(), "{text}");
	}
}

#[test]
fn the_price_is_pay_and_audits_and_never_wraps() {
	let files = Files::new();
	let mut spec = files.spec("one.wasm --input a --tasks 64 --batch-size 8 --bounty 0.1").unwrap();
	let price = Price::of(&spec).unwrap();
	// 64 tasks, and in 8 batches 2 auditors with 2 samples each.
	assert_eq!(price.pay, 6_400_000_000_000);
	assert_eq!(price.audits, 3_200_000_000_000);
	assert_eq!(price.escrow, price.pay + price.audits);
	spec.bounty = u128::MAX / 64;
	assert!(matches!(Price::of(&spec), Err(SpecError::TooExpensive { tasks: 64, .. })));
}

#[test]
fn inputs_larger_than_a_job_may_have_are_refused_before_they_fill_the_memory() {
	let files = Files::new();
	let large = files.0.path().join("large");
	fs::File::create(&large).unwrap().set_len(limits::MAX_INPUT_BYTES as u64).unwrap();
	// Alone it fits, but not together with the table of lengths.
	let error = files.draft("one.wasm --bounty 1 --inputs large").unwrap_err();
	assert!(matches!(error, SpecError::InputsTooLarge { .. }), "{error}");
	let error = files.draft("one.wasm --bounty 1 --inputs a large").unwrap_err();
	assert!(matches!(error, SpecError::InputsTooLarge { .. }), "{error}");
	fs::File::create(&large).unwrap().set_len(limits::MAX_INPUT_BYTES as u64 + 1).unwrap();
	let error = files.draft("one.wasm --bounty 1 --tasks 1 --input large").unwrap_err();
	assert!(matches!(error, SpecError::File(FileError::TooLarge { .. })), "{error}");
}
