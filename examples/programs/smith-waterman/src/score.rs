//! The score of the best local alignment, without the alignment.

use crate::{
	lanes::{Lanes, LANES},
	scores::{Gaps, Scores, CODES},
};
use alloc::{vec, vec::Vec};

/// What stands for "impossible" where further costs may still be taken off.
const NEVER: i32 = i32::MIN / 2;

/// A query, prepared for being compared with many targets.
///
/// In the striped order residue `stripe + lane × stripes` of the query lies in lane `lane` of vector `stripe`, so that
/// neighbours along the query, which depend on each other, are mostly in different vectors.
#[derive(Debug)]
pub struct Profile<'a> {
	query: &'a [u8],
	scores: &'a Scores,
	gaps: Gaps,
	stripes: usize,
	/// For each code of a target's residue, its scores with the whole query.
	rows: Vec<Lanes>,
}

impl<'a> Profile<'a> {
	/// Prepares `query`, given in codes.
	#[cfg_attr(target_arch = "wasm32", target_feature(enable = "simd128"))]
	pub fn new(query: &'a [u8], scores: &'a Scores, gaps: Gaps) -> Self {
		let stripes = query.len().div_ceil(LANES);
		let mut rows = Vec::with_capacity(stripes * CODES);
		for code in (0_u8..).take(CODES) {
			for stripe in 0..stripes {
				let mut values = [i16::MIN; LANES];
				for (value, residue) in values.iter_mut().zip(query.iter().skip(stripe).step_by(stripes)) {
					*value = scores.pair(*residue, code);
				}
				rows.push(Lanes::new(values));
			}
		}
		Self { query, scores, gaps, stripes, rows }
	}

	/// The score of the best local alignment with `target`, given in codes. At least 0.
	#[cfg_attr(target_arch = "wasm32", target_feature(enable = "simd128"))]
	pub fn best(&self, target: &[u8]) -> i32 {
		match self.best_striped(target) {
			// The numbers ended there: it may be more.
			i16::MAX => best_scalar(self.query, target, self.scores, self.gaps),
			score => score.into(),
		}
	}

	/// As [`Self::best`], but `i16::MAX` stands for that and anything above.
	#[cfg_attr(target_arch = "wasm32", target_feature(enable = "simd128"))]
	fn best_striped(&self, target: &[u8]) -> i16 {
		if self.stripes == 0 {
			return 0;
		}
		let first = Lanes::splat(self.gaps.first());
		let extend = Lanes::splat(self.gaps.extend);
		let zero = Lanes::splat(0);
		let mut column = Column::new(self.stripes);
		let mut best = zero;
		for residue in target {
			let Some(row) = self.rows.chunks_exact(self.stripes).nth(usize::from(*residue)) else { continue };
			let mut diagonal = column.last().shift(0);
			let mut along_query = Lanes::splat(i16::MIN);
			for (score, cell) in row.iter().zip(&mut column.cells) {
				let here = diagonal.plus(*score).max(cell.along_target).max(along_query).max(zero);
				diagonal = cell.best;
				cell.best = here;
				best = best.max(here);
				let opened = here.minus(first);
				cell.along_target = cell.along_target.minus(extend).max(opened);
				along_query = along_query.minus(extend).max(opened);
			}
			column.carry(along_query, first, extend);
		}
		best.greatest()
	}
}

#[derive(Clone, Copy)]
struct Cell {
	/// The best alignment that ends here.
	best: Lanes,
	/// The best one that ends with the next residue of the target in a gap.
	along_target: Lanes,
}

/// The cells of one residue of the target.
struct Column {
	cells: Vec<Cell>,
}

impl Column {
	#[cfg_attr(target_arch = "wasm32", target_feature(enable = "simd128"))]
	fn new(stripes: usize) -> Self {
		let cell = Cell { best: Lanes::splat(0), along_target: Lanes::splat(i16::MIN) };
		Self { cells: vec![cell; stripes] }
	}

	#[cfg_attr(target_arch = "wasm32", target_feature(enable = "simd128"))]
	fn last(&self) -> Lanes {
		self.cells.last().map_or_else(|| Lanes::splat(0), |cell| cell.best)
	}

	/// Carries gaps along the query from the end of each lane into the next one, until none makes a difference.
	#[cfg_attr(target_arch = "wasm32", target_feature(enable = "simd128"))]
	fn carry(&mut self, mut along_query: Lanes, first: Lanes, extend: Lanes) {
		for _ in 0..LANES {
			along_query = along_query.shift(i16::MIN);
			for cell in &mut self.cells {
				// A gap that is no better than one opened here has been followed from here already.
				if !along_query.any_greater(cell.best.minus(first)) {
					return;
				}
				cell.best = cell.best.max(along_query);
				cell.along_target = cell.along_target.max(cell.best.minus(first));
				along_query = along_query.minus(extend);
			}
		}
	}
}

/// The same, cell by cell and with room for any score.
fn best_scalar(query: &[u8], target: &[u8], scores: &Scores, gaps: Gaps) -> i32 {
	let (first, extend) = (i32::from(gaps.first()), i32::from(gaps.extend));
	let mut column = vec![(0_i32, NEVER); query.len()];
	let mut best = 0;
	for residue in target {
		let (mut diagonal, mut along_query) = (0, NEVER);
		for ((cell, along_target), letter) in column.iter_mut().zip(query) {
			let here = (diagonal + i32::from(scores.pair(*letter, *residue)))
				.max(*along_target)
				.max(along_query)
				.max(0);
			diagonal = *cell;
			*cell = here;
			best = best.max(here);
			*along_target = (*along_target - extend).max(here - first);
			along_query = (along_query - extend).max(here - first);
		}
	}
	best
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn scores_beyond_sixteen_bits_are_right() {
		let scores = Scores::uniform(1_000, -1_000);
		let gaps = Gaps { open: 10, extend: 1 };
		for length in [31, 32, 33, 34, 100] {
			let sequence = vec![3; length];
			let expected = 1_000 * i32::try_from(length).unwrap();
			assert_eq!(Profile::new(&sequence, &scores, gaps).best(&sequence), expected);
			assert_eq!(best_scalar(&sequence, &sequence, &scores, gaps), expected);
		}
	}

	#[test]
	fn nothing_aligns_with_nothing() {
		let (scores, gaps) = (Scores::blosum62(), Gaps { open: 11, extend: 1 });
		assert_eq!(Profile::new(&[], &scores, gaps).best(&[1, 2, 3]), 0);
		assert_eq!(Profile::new(&[1, 2, 3], &scores, gaps).best(&[]), 0);
		assert_eq!(Profile::new(&[0], &scores, gaps).best(&[22]), 0);
	}
}
