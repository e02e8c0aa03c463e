//! What a task computes. Replace it with your own.

use alloc::{format, string::String};

/// The result of task `index` on `input`: how many whole numbers there are in it, and their sum.
pub(crate) fn result(index: u32, input: &[u8]) -> Result<String, String> {
	let text = core::str::from_utf8(input).map_err(|_| "the input is not UTF-8")?;
	let (mut count, mut sum) = (0_u64, 0_i64);
	for word in text.split_ascii_whitespace() {
		let number: i64 = word.parse().map_err(|_| format!("not a whole number: {word}"))?;
		sum = sum.checked_add(number).ok_or("the sum is too large")?;
		count += 1;
	}
	Ok(format!("task {index}: {count} numbers, sum {sum}\n"))
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn numbers_are_added() {
		assert_eq!(result(3, b"1 2\n-4\n").unwrap(), "task 3: 3 numbers, sum -1\n");
		assert_eq!(result(0, b"").unwrap(), "task 0: 0 numbers, sum 0\n");
	}

	#[test]
	fn what_is_no_number_is_refused() {
		assert!(result(0, b"1 two").unwrap_err().contains("two"));
		assert!(result(0, b"\xff").is_err());
		assert!(result(0, b"9223372036854775807 1").is_err());
	}
}
