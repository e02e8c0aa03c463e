//! What a pair of residues is worth, and what a gap costs.

/// Codes of residues: 0 to 25 for the letters A to Z, 26 for the stop `*`.
pub const CODES: usize = 27;
/// The code of `*`.
const STOP: u8 = 26;
/// The greatest absolute value of a match, a mismatch, or either part of a gap's cost.
pub const MAX_VALUE: i16 = 1_000;

/// The code of a letter, small or capital, or of `*`.
pub fn code(letter: u8) -> Option<u8> {
	match letter.to_ascii_uppercase() {
		capital @ b'A'..=b'Z' => Some(capital - b'A'),
		b'*' => Some(STOP),
		_ => None,
	}
}

/// A score for every pair of residues.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scores {
	pairs: [[i16; CODES]; CODES],
}

impl Scores {
	/// BLOSUM62 in half bits, as NCBI's BLAST has it. U, O and J, which the matrix does not know, count as X.
	pub fn blosum62() -> Self {
		let mut pairs = [[0; CODES]; CODES];
		for (row, first) in pairs.iter_mut().zip(0..) {
			for (score, second) in row.iter_mut().zip(0..) {
				*score = blosum62_pair(first, second);
			}
		}
		Self { pairs }
	}

	/// `equal` for equal letters and `different` for others, as is usual for nucleotides.
	pub fn uniform(equal: i16, different: i16) -> Self {
		let mut pairs = [[different; CODES]; CODES];
		for (row, position) in pairs.iter_mut().zip(0..) {
			if let Some(score) = row.get_mut(position) {
				*score = equal;
			}
		}
		Self { pairs }
	}

	/// The scores of a code with every other, in their order. Those of a code that is none are 0.
	pub fn row(&self, code: u8) -> &[i16; CODES] {
		self.pairs.get(usize::from(code)).unwrap_or(&[0; CODES])
	}

	/// The score of two codes. Codes that are none score 0.
	pub fn pair(&self, first: u8, second: u8) -> i16 {
		self.row(first).get(usize::from(second)).copied().unwrap_or(0)
	}
}

/// The cost of a gap of `k` residues is `open + k × extend`, as BLAST counts it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gaps {
	/// For the gap's existence, 0 to [`MAX_VALUE`].
	pub open: i16,
	/// For each residue in it, 1 to [`MAX_VALUE`].
	pub extend: i16,
}

impl Gaps {
	/// The cost of the first residue of a gap.
	pub fn first(&self) -> i16 {
		self.open.saturating_add(self.extend)
	}
}

/// The order of the matrix below.
const ORDER: &[u8; 24] = b"ARNDCQEGHILKMFPSTWYVBZX*";
const UNKNOWN: usize = 22;

fn blosum62_pair(first: u8, second: u8) -> i16 {
	let position = |code: u8| {
		let letter = if code == STOP { b'*' } else { b'A' + code };
		ORDER.iter().position(|known| *known == letter).unwrap_or(UNKNOWN)
	};
	let row = BLOSUM62.get(position(first));
	row.and_then(|row| row.get(position(second))).copied().map_or(0, i16::from)
}

/// Henikoff and Henikoff (1992), with the values for B, Z, X and `*` that NCBI distributes.
#[rustfmt::skip]
const BLOSUM62: [[i8; 24]; 24] = [
	[ 4, -1, -2, -2,  0, -1, -1,  0, -2, -1, -1, -1, -1, -2, -1,  1,  0, -3, -2,  0, -2, -1,  0, -4], // A
	[-1,  5,  0, -2, -3,  1,  0, -2,  0, -3, -2,  2, -1, -3, -2, -1, -1, -3, -2, -3, -1,  0, -1, -4], // R
	[-2,  0,  6,  1, -3,  0,  0,  0,  1, -3, -3,  0, -2, -3, -2,  1,  0, -4, -2, -3,  3,  0, -1, -4], // N
	[-2, -2,  1,  6, -3,  0,  2, -1, -1, -3, -4, -1, -3, -3, -1,  0, -1, -4, -3, -3,  4,  1, -1, -4], // D
	[ 0, -3, -3, -3,  9, -3, -4, -3, -3, -1, -1, -3, -1, -2, -3, -1, -1, -2, -2, -1, -3, -3, -2, -4], // C
	[-1,  1,  0,  0, -3,  5,  2, -2,  0, -3, -2,  1,  0, -3, -1,  0, -1, -2, -1, -2,  0,  3, -1, -4], // Q
	[-1,  0,  0,  2, -4,  2,  5, -2,  0, -3, -3,  1, -2, -3, -1,  0, -1, -3, -2, -2,  1,  4, -1, -4], // E
	[ 0, -2,  0, -1, -3, -2, -2,  6, -2, -4, -4, -2, -3, -3, -2,  0, -2, -2, -3, -3, -1, -2, -1, -4], // G
	[-2,  0,  1, -1, -3,  0,  0, -2,  8, -3, -3, -1, -2, -1, -2, -1, -2, -2,  2, -3,  0,  0, -1, -4], // H
	[-1, -3, -3, -3, -1, -3, -3, -4, -3,  4,  2, -3,  1,  0, -3, -2, -1, -3, -1,  3, -3, -3, -1, -4], // I
	[-1, -2, -3, -4, -1, -2, -3, -4, -3,  2,  4, -2,  2,  0, -3, -2, -1, -2, -1,  1, -4, -3, -1, -4], // L
	[-1,  2,  0, -1, -3,  1,  1, -2, -1, -3, -2,  5, -1, -3, -1,  0, -1, -3, -2, -2,  0,  1, -1, -4], // K
	[-1, -1, -2, -3, -1,  0, -2, -3, -2,  1,  2, -1,  5,  0, -2, -1, -1, -1, -1,  1, -3, -1, -1, -4], // M
	[-2, -3, -3, -3, -2, -3, -3, -3, -1,  0,  0, -3,  0,  6, -4, -2, -2,  1,  3, -1, -3, -3, -1, -4], // F
	[-1, -2, -2, -1, -3, -1, -1, -2, -2, -3, -3, -1, -2, -4,  7, -1, -1, -4, -3, -2, -2, -1, -2, -4], // P
	[ 1, -1,  1,  0, -1,  0,  0,  0, -1, -2, -2,  0, -1, -2, -1,  4,  1, -3, -2, -2,  0,  0,  0, -4], // S
	[ 0, -1,  0, -1, -1, -1, -1, -2, -2, -1, -1, -1, -1, -2, -1,  1,  5, -2, -2,  0, -1, -1,  0, -4], // T
	[-3, -3, -4, -4, -2, -2, -3, -2, -2, -3, -2, -3, -1,  1, -4, -3, -2, 11,  2, -3, -4, -3, -2, -4], // W
	[-2, -2, -2, -3, -2, -1, -2, -3,  2, -1, -1, -2, -1,  3, -3, -2, -2,  2,  7, -1, -3, -2, -1, -4], // Y
	[ 0, -3, -3, -3, -1, -2, -2, -3, -3,  3,  1, -2,  1, -1, -2, -2,  0, -3, -1,  4, -3, -2, -1, -4], // V
	[-2, -1,  3,  4, -3,  0,  1, -1,  0, -3, -4,  0, -3, -3, -2,  0, -1, -4, -3, -3,  4,  1, -1, -4], // B
	[-1,  0,  0,  1, -3,  3,  4, -2,  0, -3, -3,  1, -1, -3, -1,  0, -1, -3, -2, -2,  1,  4, -1, -4], // Z
	[ 0, -1, -1, -1, -2, -1, -1, -1, -1, -1, -1, -1, -1, -1, -2,  0,  0, -2, -1, -1, -1, -1, -1, -4], // X
	[-4, -4, -4, -4, -4, -4, -4, -4, -4, -4, -4, -4, -4, -4, -4, -4, -4, -4, -4, -4, -4, -4, -4,  1], // *
];

#[cfg(test)]
mod tests {
	use super::*;

	fn letters(scores: &Scores, first: u8, second: u8) -> i16 {
		scores.pair(code(first).unwrap(), code(second).unwrap())
	}

	#[test]
	fn letters_have_codes_whatever_their_case() {
		assert_eq!((code(b'A'), code(b'z'), code(b'*')), (Some(0), Some(25), Some(26)));
		for letter in [b'-', b'.', b' ', b'1', b'@', b'[', 0, 0xff] {
			assert_eq!(code(letter), None);
		}
	}

	#[test]
	fn blosum62_is_symmetric_and_has_known_values() {
		let scores = Scores::blosum62();
		for first in 0..27 {
			for second in 0..27 {
				assert_eq!(scores.pair(first, second), scores.pair(second, first));
			}
		}
		for (first, second, score) in [
			(b'W', b'W', 11),
			(b'C', b'C', 9),
			(b'A', b'A', 4),
			(b'I', b'V', 3),
			(b'G', b'I', -4),
			(b'D', b'B', 4),
			(b'*', b'*', 1),
			(b'W', b'*', -4),
			(b'U', b'W', -2),
			(b'J', b'O', -1),
		] {
			assert_eq!(letters(&scores, first, second), score, "{}{}", first as char, second as char);
		}
		let total: i32 = BLOSUM62.iter().flatten().map(|score| i32::from(*score)).sum();
		let diagonal: i32 = BLOSUM62.iter().enumerate().map(|(i, row)| i32::from(row[i])).sum();
		assert_eq!((total, diagonal), (-726, 124));
	}

	#[test]
	fn uniform_scores_know_equal_from_different() {
		let scores = Scores::uniform(2, -3);
		assert_eq!(letters(&scores, b'N', b'n'), 2);
		assert_eq!(letters(&scores, b'N', b'A'), -3);
		assert_eq!(scores.pair(27, 0), 0);
	}
}
