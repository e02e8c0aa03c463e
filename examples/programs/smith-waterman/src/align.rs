//! The best local alignment itself.

use crate::scores::{Gaps, Scores};
use alloc::{vec, vec::Vec};
use core::ops::Range;

/// Two sequences have at most this many cells between them: a byte for each must fit a task's memory.
pub const MAX_CELLS: usize = 1 << 30;

const NEVER: i32 = i32::MIN / 2;
/// Where a cell's best alignment comes from.
const STOP: u8 = 0;
const DIAGONAL: u8 = 1;
const ALONG_TARGET: u8 = 2;
const ALONG_QUERY: u8 = 3;
const SOURCE: u8 = 3;
/// A gap along the target that goes on behind this cell had begun before it.
const LONGER_ALONG_TARGET: u8 = 4;
/// A gap along the query that goes on behind this cell had begun before it.
const LONGER_ALONG_QUERY: u8 = 8;

/// What happens in one column of an alignment, in the letters of SAM's CIGAR strings with the target as reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
	/// Equal residues.
	Equal,
	/// Different residues.
	Different,
	/// A residue of the query that the target lacks.
	Insertion,
	/// A residue of the target that the query lacks.
	Deletion,
}

impl Step {
	/// Its letter.
	pub fn letter(self) -> char {
		match self {
			Self::Equal => '=',
			Self::Different => 'X',
			Self::Insertion => 'I',
			Self::Deletion => 'D',
		}
	}
}

/// A local alignment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alignment {
	/// Its score.
	pub score: i32,
	/// The residues of the query it covers, from 0.
	pub query: Range<usize>,
	/// The residues of the target it covers, from 0.
	pub target: Range<usize>,
	/// Its columns.
	pub steps: Vec<Step>,
}

/// Why an alignment cannot be found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLong;

/// The best local alignment of two sequences given in codes; `None` if no pair of residues scores above 0.
///
/// Of several equally good ones it is that which ends first in the target, then first in the query; from there back, a
/// pair of residues goes before a gap, and a residue of the target in a gap before one of the query.
///
/// # Errors
///
/// [`TooLong`] if the sequences have more than [`MAX_CELLS`] cells between them, or memory does not suffice.
pub fn align(query: &[u8], target: &[u8], scores: &Scores, gaps: Gaps) -> Result<Option<Alignment>, TooLong> {
	let cells = query.len().checked_mul(target.len()).filter(|cells| *cells <= MAX_CELLS).ok_or(TooLong)?;
	let mut directions = Vec::new();
	directions.try_reserve_exact(cells).map_err(|_| TooLong)?;
	let mut best = Best { score: 0, row: 0, column: 0 };
	let (first, extend) = (i32::from(gaps.first()), i32::from(gaps.extend));
	let mut rows = vec![(0_i32, NEVER); query.len()];
	for (column, residue) in target.iter().enumerate() {
		let pairs = scores.row(*residue);
		let (mut diagonal, mut along_query) = (0, NEVER);
		directions.extend(rows.iter_mut().zip(query).enumerate().map(
			|(row, ((cell, along_target), letter))| {
				let score = pairs.get(usize::from(*letter)).copied().unwrap_or(0);
				let paired = diagonal + i32::from(score);
				let here = paired.max(*along_target).max(along_query).max(0);
				let mut direction = match here {
					0 => STOP,
					_ if here == paired => DIAGONAL,
					_ if here == *along_target => ALONG_TARGET,
					_ => ALONG_QUERY,
				};
				diagonal = *cell;
				*cell = here;
				if here > best.score {
					best = Best { score: here, row, column };
				}
				let opened = here - first;
				let (longer_along_target, longer_along_query) =
					(*along_target - extend, along_query - extend);
				if longer_along_target > opened {
					direction |= LONGER_ALONG_TARGET;
				}
				if longer_along_query > opened {
					direction |= LONGER_ALONG_QUERY;
				}
				*along_target = longer_along_target.max(opened);
				along_query = longer_along_query.max(opened);
				direction
			},
		));
	}
	Ok((best.score > 0).then(|| best.follow(query, target, &directions)))
}

/// The cell where the best alignment ends.
#[derive(Clone, Copy)]
struct Best {
	score: i32,
	row: usize,
	column: usize,
}

impl Best {
	/// Follows the directions back to where the alignment begins.
	fn follow(&self, query: &[u8], target: &[u8], directions: &[u8]) -> Alignment {
		// Each cell stands for the residues before a row and a column, so that 0 means that there are none.
		let (mut row, mut column) = (self.row + 1, self.column + 1);
		let direction = |row: usize, column: usize| {
			let position = column.checked_sub(1).zip(row.checked_sub(1));
			position
				.and_then(|(column, row)| directions.get(column * query.len() + row))
				.copied()
				.unwrap_or(STOP)
		};
		let mut steps = Vec::new();
		let mut source = direction(row, column) & SOURCE;
		while source != STOP {
			let longer = match source {
				DIAGONAL => {
					(row, column) = (row - 1, column - 1);
					let equal = query.get(row) == target.get(column);
					steps.push(if equal { Step::Equal } else { Step::Different });
					0
				},
				ALONG_TARGET => {
					column -= 1;
					steps.push(Step::Deletion);
					LONGER_ALONG_TARGET
				},
				_ => {
					row -= 1;
					steps.push(Step::Insertion);
					LONGER_ALONG_QUERY
				},
			};
			let here = direction(row, column);
			if here & longer == 0 {
				source = here & SOURCE;
			}
		}
		steps.reverse();
		Alignment { score: self.score, query: row..self.row + 1, target: column..self.column + 1, steps }
	}
}
