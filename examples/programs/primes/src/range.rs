//! The range a task is asked about.

use core::{fmt, ops::Range};

/// Ranges end here at the latest: primes up to its root, 10⁶, decide everything below.
pub(crate) const MAX_END: u64 = 1_000_000_000_000;
/// A range is at most this long.
pub(crate) const MAX_LENGTH: u64 = 1_000_000_000;

/// What is wrong with a task's input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RangeError {
	/// Not two numbers.
	Form,
	/// A word is not a decimal number below 2⁶⁴.
	Number,
	/// The range ends before it begins.
	Backwards,
	/// The range ends beyond [`MAX_END`].
	End,
	/// The range is longer than [`MAX_LENGTH`].
	Length,
}

impl fmt::Display for RangeError {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		match self {
			Self::Form => f.write_str("the input must be two numbers, FROM TO"),
			Self::Number => f.write_str("FROM and TO must be decimal numbers without a sign"),
			Self::Backwards => f.write_str("FROM must not be greater than TO"),
			Self::End => write!(f, "TO must not be greater than {MAX_END}"),
			Self::Length => write!(f, "the range must not be longer than {MAX_LENGTH}"),
		}
	}
}

impl core::error::Error for RangeError {}

/// Reads `FROM TO`.
pub(crate) fn parse(input: &[u8]) -> Result<Range<u64>, RangeError> {
	let text = core::str::from_utf8(input).map_err(|_| RangeError::Form)?;
	let mut words = text.split_ascii_whitespace();
	let (Some(from), Some(to), None) = (words.next(), words.next(), words.next()) else {
		return Err(RangeError::Form);
	};
	let (from, to) = (number(from)?, number(to)?);
	match to.checked_sub(from) {
		None => Err(RangeError::Backwards),
		Some(_) if to > MAX_END => Err(RangeError::End),
		Some(length) if length > MAX_LENGTH => Err(RangeError::Length),
		Some(_) => Ok(from..to),
	}
}

fn number(word: &str) -> Result<u64, RangeError> {
	let digits = word.bytes().all(|byte| byte.is_ascii_digit());
	digits.then(|| word.parse().ok()).flatten().ok_or(RangeError::Number)
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn ranges_are_read() {
		assert_eq!(parse(b"0 10"), Ok(0..10));
		assert_eq!(parse(b" 5\n5\n"), Ok(5..5));
		assert_eq!(parse(b"999000000000 1000000000000"), Ok(999_000_000_000..1_000_000_000_000));
	}

	#[test]
	fn anything_else_is_refused() {
		for (input, error) in [
			(&b""[..], RangeError::Form),
			(b"1", RangeError::Form),
			(b"1 2 3", RangeError::Form),
			(b"1 \xff", RangeError::Form),
			(b"1 -2", RangeError::Number),
			(b"+1 2", RangeError::Number),
			(b"a b", RangeError::Number),
			(b"0 18446744073709551616", RangeError::Number),
			(b"2 1", RangeError::Backwards),
			(b"1000000000000 1000000000001", RangeError::End),
			(b"0 1000000001", RangeError::Length),
		] {
			assert_eq!(parse(input), Err(error), "{:?}", core::str::from_utf8(input));
		}
	}
}
