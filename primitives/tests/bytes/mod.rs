//! Bytes that nobody would write, for everything that reads bytes from outside: valid ones with some changed, cut off, put
//! in, taken from another message; and noise. The tests of several crates include this file.
//!
//! `ASSAY_DECODES` says how many each reader gets, `ASSAY_SEED` where to begin; `make fuzz-bytes` runs many.

/// For each reader, in the short run.
const DECODES: u64 = 20_000;

/// Numbers that decide everything: a 64-bit linear congruential generator.
struct Chances(u64);

impl Chances {
	fn new(seed: u64) -> Self {
		// Neighbouring seeds begin alike.
		let mut chances = Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
		chances.below(1);
		chances
	}

	fn below(&mut self, limit: usize) -> usize {
		self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
		let number = usize::try_from(self.0 >> 33).expect("31 bits fit; qed");
		number.checked_rem(limit).unwrap_or(0)
	}

	fn byte(&mut self) -> u8 {
		u8::try_from(self.below(256)).expect("it is below 256; qed")
	}
}

fn number_from(variable: &str) -> Option<u64> {
	std::env::var(variable).ok()?.parse().ok()
}

/// One of `samples` with some bytes changed, or, one time in eight, noise.
fn changed(samples: &[Vec<u8>], chances: &mut Chances) -> Vec<u8> {
	if chances.below(8) == 0 {
		return (0..chances.below(300)).map(|_| chances.byte()).collect();
	}
	let mut bytes = samples[chances.below(samples.len())].clone();
	for _ in 0..chances.below(4) {
		let at = chances.below(bytes.len());
		match chances.below(8) {
			_ if bytes.is_empty() => bytes.push(chances.byte()),
			0 => bytes[at] ^= 1 << chances.below(8),
			1 => bytes[at] = [0, 1, 2, 3, 0x7f, 0x80, 0xfc, 0xff][chances.below(8)],
			2 => bytes[at] = chances.byte(),
			3 => bytes.truncate(at),
			4 => {
				let fill = [0, 0xff][chances.below(2)];
				let end = bytes.len().min(at + 8);
				bytes[at..end].fill(fill);
			},
			5 => bytes.insert(at, chances.byte()),
			6 => bytes.extend_from_within(at..),
			_ => {
				let other = &samples[chances.below(samples.len())];
				bytes.truncate(at);
				bytes.extend(other.iter().skip(at));
			},
		}
	}
	bytes
}

/// Gives `read` a lot of bytes like `samples`, one in `cost` of the usual number. If it panics, says which did it.
pub(crate) fn try_out(samples: &[Vec<u8>], cost: u64, mut read: impl FnMut(&[u8])) {
	struct Given(Vec<u8>);
	impl Drop for Given {
		fn drop(&mut self) {
			if std::thread::panicking() {
				let digits: String = self.0.iter().map(|byte| format!("{byte:02x}")).collect();
				eprintln!("this did it: {digits}");
			}
		}
	}
	let count = number_from("ASSAY_DECODES").unwrap_or(DECODES).div_ceil(cost.max(1));
	let first = number_from("ASSAY_SEED").unwrap_or(0);
	for sample in samples {
		read(sample);
	}
	for number in 0..count {
		let given = Given(changed(samples, &mut Chances::new(first.wrapping_add(number))));
		read(&given.0);
	}
}
