use super::*;
use crate::wasi::{find, MODULE};

const SIZE: usize = 4096;
const CALL: i64 = HOST_CALL_FUEL as i64;

struct Guest {
	wasi: Wasi,
	memory: Vec<u8>,
	fuel: i64,
}

impl Guest {
	fn new(input: &[u8], output_limit: u32) -> Self {
		let wasi = Wasi::new(Hash::of(b"program"), 17, input.into(), output_limit);
		Self { wasi, memory: vec![0xaa; SIZE], fuel: 1 << 40 }
	}

	fn call(&mut self, name: &str, arguments: &[Argument]) -> Result<u32, Halt> {
		let function = find(MODULE, name).expect("the function exists");
		let kinds: Vec<_> = function.parameters().collect();
		assert_eq!(kinds.len(), arguments.len(), "{name}");
		self.wasi.call(function, arguments, self.memory.as_mut_slice(), &mut self.fuel)
	}

	fn words(&mut self, name: &str, arguments: &[u32]) -> Result<u32, Halt> {
		let arguments: Vec<_> = arguments.iter().map(|word| Argument::Word(*word)).collect();
		self.call(name, &arguments)
	}

	/// Calls and returns what it cost.
	fn cost(&mut self, name: &str, arguments: &[u32]) -> u64 {
		let before = self.fuel;
		self.words(name, arguments).expect("the call does not end the task");
		u64::try_from(before - self.fuel).expect("nothing is given back")
	}

	fn put(&mut self, address: usize, words: &[u32]) {
		for (word, place) in words.iter().zip(self.memory[address..].chunks_exact_mut(4)) {
			place.copy_from_slice(&word.to_le_bytes());
		}
	}

	fn untouched(&self) -> bool {
		self.memory.iter().all(|byte| *byte == 0xaa)
	}
}

#[test]
fn arguments_are_the_word_task_and_the_index() {
	let mut guest = Guest::new(b"", 0);
	assert_eq!(guest.words("args_sizes_get", &[0, 4]), Ok(0));
	assert_eq!(guest.memory[..8], [2, 0, 0, 0, 8, 0, 0, 0]);
	assert_eq!(guest.words("args_get", &[16, 100]), Ok(0));
	assert_eq!(guest.memory[16..24], [100, 0, 0, 0, 105, 0, 0, 0]);
	assert_eq!(&guest.memory[100..108], b"task\x0017\0");
	assert_eq!(guest.memory[108], 0xaa);
}

#[test]
fn arguments_are_written_whole_or_not_at_all() {
	for (pointers, strings) in [(16, 4089), (4089, 16), (u32::MAX, 16), (16, u32::MAX)] {
		let mut guest = Guest::new(b"", 0);
		assert_eq!(guest.words("args_get", &[pointers, strings]), Ok(FAULT));
		assert!(guest.untouched());
	}
	let mut guest = Guest::new(b"", 0);
	assert_eq!(guest.words("args_get", &[4088, 4080]), Ok(0));
}

#[test]
fn the_environment_is_empty() {
	let mut guest = Guest::new(b"", 0);
	assert_eq!(guest.words("environ_get", &[u32::MAX, u32::MAX]), Ok(0));
	assert!(guest.untouched());
	assert_eq!(guest.words("environ_sizes_get", &[0, 4]), Ok(0));
	assert_eq!(guest.memory[..8], [0; 8]);
	assert_eq!(guest.words("environ_sizes_get", &[0, 4093]), Ok(FAULT));
}

#[test]
fn clocks_stand_still() {
	let mut guest = Guest::new(b"", 0);
	for clock in 0..4 {
		guest.memory.fill(0xaa);
		assert_eq!(guest.words("clock_res_get", &[clock, 8]), Ok(0));
		assert_eq!(guest.memory[8..17], [0, 0, 0, 0, 0, 0, 0, 0, 0xaa]);
		let arguments = [Argument::Word(clock), Argument::Long(u64::MAX), Argument::Word(24)];
		assert_eq!(guest.call("clock_time_get", &arguments), Ok(0));
		assert_eq!(guest.memory[24..33], [0, 0, 0, 0, 0, 0, 0, 0, 0xaa]);
	}
	assert_eq!(guest.words("clock_res_get", &[4, 8]), Ok(INVALID));
	assert_eq!(guest.words("clock_res_get", &[0, 4089]), Ok(FAULT));
}

#[test]
fn streams_are_no_files_and_no_terminals() {
	let mut guest = Guest::new(b"", 0);
	for (descriptor, rights) in [(0, 2), (1, 64), (2, 64)] {
		assert_eq!(guest.words("fd_fdstat_get", &[descriptor, 64]), Ok(0));
		let mut expected = [0; 24];
		expected[8] = rights;
		assert_eq!(guest.memory[64..88], expected);
		assert_eq!(guest.words("fd_close", &[descriptor]), Ok(0));
		let seek = [Argument::Word(descriptor), Argument::Long(0), Argument::Word(0), Argument::Word(0)];
		assert_eq!(guest.call("fd_seek", &seek), Ok(NOT_SEEKABLE));
	}
	assert_eq!(guest.words("fd_fdstat_get", &[3, 64]), Ok(BAD_DESCRIPTOR));
	assert_eq!(guest.words("fd_fdstat_get", &[0, 4073]), Ok(FAULT));
	assert_eq!(guest.words("fd_close", &[3]), Ok(BAD_DESCRIPTOR));
	assert_eq!(guest.words("fd_prestat_get", &[3, 0]), Ok(BAD_DESCRIPTOR));
	assert_eq!(guest.words("fd_prestat_dir_name", &[3, 0, 9]), Ok(BAD_DESCRIPTOR));
}

#[test]
fn what_is_not_supported_says_so() {
	for function in crate::wasi::FUNCTIONS.iter().filter(|function| function.call == Call::Unsupported) {
		let mut guest = Guest::new(b"input", 10);
		let arguments: Vec<_> = function.parameters().map(|_| Argument::Word(0)).collect();
		assert_eq!(guest.call(function.name(), &arguments), Ok(NOT_SUPPORTED), "{}", function.name());
		assert!(guest.untouched());
		assert_eq!(guest.fuel, (1 << 40) - CALL);
	}
}

#[test]
fn input_is_scattered_over_the_buffers_until_it_ends() {
	let mut guest = Guest::new(b"abcdefgh", 0);
	guest.put(0, &[100, 3, 200, 2]);
	assert_eq!(guest.words("fd_read", &[0, 0, 2, 50]), Ok(0));
	assert_eq!(guest.memory[50..54], [5, 0, 0, 0]);
	assert_eq!((&guest.memory[100..104], &guest.memory[200..203]), (&b"abc\xaa"[..], &b"de\xaa"[..]));
	assert_eq!(guest.words("fd_read", &[0, 0, 2, 50]), Ok(0));
	assert_eq!(guest.memory[50..54], [3, 0, 0, 0]);
	assert_eq!(&guest.memory[100..103], b"fgh");
	assert_eq!(guest.cost("fd_read", &[0, 0, 2, 50]), HOST_CALL_FUEL + 16);
	assert_eq!(guest.memory[50..54], [0; 4]);
}

#[test]
fn reading_costs_what_was_read() {
	let mut guest = Guest::new(b"abcdefgh", 0);
	guest.put(0, &[100, 3000]);
	assert_eq!(guest.cost("fd_read", &[0, 0, 1, 50]), HOST_CALL_FUEL + 8 + 8);
}

#[test]
fn a_bad_buffer_loses_no_input() {
	let mut guest = Guest::new(b"abcdefgh", 0);
	guest.put(0, &[100, 3, 4095, 2]);
	assert_eq!(guest.words("fd_read", &[0, 0, 2, 50]), Ok(FAULT));
	assert_eq!(guest.words("fd_read", &[0, 4089, 1, 50]), Ok(FAULT));
	assert_eq!(guest.words("fd_read", &[0, 0, 1, 4093]), Ok(FAULT));
	assert_eq!(guest.words("fd_read", &[0, 0, MAX_IO_VECTORS + 1, 50]), Ok(INVALID));
	assert_eq!(guest.words("fd_read", &[1, 0, 1, 50]), Ok(BAD_DESCRIPTOR));
	assert_eq!(guest.words("fd_read", &[0, 0, 1, 50]), Ok(0));
	assert_eq!(&guest.memory[100..103], b"abc");
}

#[test]
fn output_is_gathered_and_bounded() {
	let mut guest = Guest::new(b"", 8);
	guest.memory[100..108].copy_from_slice(b"abcdefgh");
	guest.put(0, &[100, 3, 104, 2]);
	assert_eq!(guest.cost("fd_write", &[1, 0, 2, 50]), HOST_CALL_FUEL + 16 + 5);
	assert_eq!(guest.memory[50..54], [5, 0, 0, 0]);
	guest.put(0, &[100, 3]);
	assert_eq!(guest.words("fd_write", &[1, 0, 1, 50]), Ok(0));
	assert_eq!(guest.wasi.output, b"abcefabc");
	guest.put(0, &[100, 1]);
	assert_eq!(guest.words("fd_write", &[1, 0, 1, 50]), Err(Halt::OutputTooLarge));
	assert_eq!(guest.words("fd_write", &[0, 0, 1, 50]), Ok(BAD_DESCRIPTOR));
	assert_eq!(guest.words("fd_write", &[3, 0, 1, 50]), Ok(BAD_DESCRIPTOR));
}

#[test]
fn only_the_tail_of_standard_error_is_kept() {
	let mut guest = Guest::new(b"", 0);
	guest.memory[1000..4096].fill(b'x');
	guest.put(0, &[1000, 3096]);
	for _ in 0..30 {
		assert_eq!(guest.words("fd_write", &[2, 0, 1, 50]), Ok(0));
	}
	guest.memory[1000] = b'y';
	assert_eq!(guest.words("fd_write", &[2, 0, 1, 50]), Ok(0));
	let parts = guest.wasi.into_parts();
	assert_eq!(parts.stderr.len(), STDERR_TAIL_BYTES);
	assert_eq!(parts.stderr.iter().position(|byte| *byte == b'y'), Some(STDERR_TAIL_BYTES - 3096));
	assert!(parts.output.is_empty());
}

#[test]
fn more_bytes_than_a_word_counts_are_refused() {
	let mut memory = vec![0u8; 1 << 23];
	let mut wasi = Wasi::new(Hash::of(b"program"), 0, b""[..].into(), 0);
	for (index, place) in memory[..8 * 1024].chunks_exact_mut(8).enumerate() {
		assert!(index < 1024);
		place[4..].copy_from_slice(&(1u32 << 22).to_le_bytes());
	}
	let arguments = [2, 0, 1024, 8192].map(Argument::Word);
	let function = find(MODULE, "fd_write").expect("exists");
	let mut fuel = 1 << 40;
	assert_eq!(wasi.call(function, &arguments, memory.as_mut_slice(), &mut fuel), Ok(INVALID));
}

#[test]
fn random_numbers_follow_from_program_input_and_index() {
	let draw = |program: &[u8], index, input: &[u8]| {
		let mut memory = vec![0u8; 64];
		let mut wasi = Wasi::new(Hash::of(program), index, input.into(), 0);
		let function = find(MODULE, "random_get").expect("exists");
		let arguments = [0, 64].map(Argument::Word);
		wasi.call(function, &arguments, memory.as_mut_slice(), &mut 1_000).expect("enough fuel");
		memory
	};
	let reference = draw(b"p", 1, b"i");
	assert_eq!(reference, draw(b"p", 1, b"i"));
	assert_ne!(reference, draw(b"q", 1, b"i"));
	assert_ne!(reference, draw(b"p", 2, b"i"));
	assert_ne!(reference, draw(b"p", 1, b"j"));

	let mut seed = Hash::of(b"p").as_bytes().to_vec();
	seed.extend_from_slice(Hash::of(b"i").as_bytes());
	seed.extend_from_slice(&[1, 0, 0, 0]);
	assert_eq!(reference[..32], blake3::derive_key("assay.random.v1", &seed));
}

#[test]
fn random_numbers_do_not_depend_on_how_they_are_cut() {
	let mut whole = Guest::new(b"", 0);
	assert_eq!(whole.words("random_get", &[0, 300]), Ok(0));
	let mut pieces = Guest::new(b"", 0);
	for (address, len) in [(0, 1), (1, 0), (1, 63), (64, 65), (129, 171)] {
		assert_eq!(pieces.cost("random_get", &[address, len]), HOST_CALL_FUEL + u64::from(len));
	}
	assert_eq!(whole.memory, pieces.memory);
	assert_eq!(pieces.words("random_get", &[4000, 97]), Ok(FAULT));
}

#[test]
fn a_call_that_cannot_be_paid_does_nothing() {
	let mut guest = Guest::new(b"abc", 10);
	for fuel in [CALL + 15, CALL - 1, 0, -1, i64::MIN] {
		guest.fuel = fuel;
		assert_eq!(guest.words("random_get", &[0, 16]), Err(Halt::OutOfFuel), "{fuel}");
		assert!(guest.untouched());
		assert!(guest.fuel < 0);
	}
	guest.fuel = CALL - 1;
	assert_eq!(guest.words("proc_exit", &[3]), Err(Halt::OutOfFuel));
	guest.fuel = CALL;
	assert_eq!(guest.words("proc_exit", &[3]), Err(Halt::Exit(3)));
	assert_eq!(guest.fuel, 0);
}
