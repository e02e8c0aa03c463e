//! One query against all targets.

use crate::{
	align::{align, Alignment, TooLong},
	input::{Input, Record},
	score::Profile,
};
use alloc::vec::Vec;

/// A target the query was found in.
#[derive(Clone, Debug)]
pub struct Hit<'a> {
	/// The target.
	pub target: &'a Record<'a>,
	/// The best alignment with it.
	pub alignment: Alignment,
}

/// The targets with the highest scores, best first; equal ones in their order. Those that score 0 are none.
///
/// # Errors
///
/// The target whose alignment does not fit memory.
#[cfg_attr(target_arch = "wasm32", target_feature(enable = "simd128"))]
pub fn search<'a>(query: &Record<'_>, input: &'a Input<'a>) -> Result<Vec<Hit<'a>>, &'a Record<'a>> {
	let profile = Profile::new(&query.residues, &input.scores, input.gaps);
	let mut found: Vec<(i32, &Record<'_>)> = Vec::new();
	for target in &input.targets {
		found.push((profile.best(&target.residues), target));
	}
	// Stable: equal scores keep their order.
	found.sort_by_key(|(score, _)| core::cmp::Reverse(*score));
	let mut hits = Vec::new();
	for (_, target) in found.into_iter().take(input.hits) {
		match align(&query.residues, &target.residues, &input.scores, input.gaps) {
			Ok(Some(alignment)) => hits.push(Hit { target, alignment }),
			Ok(None) => {},
			Err(TooLong) => return Err(target),
		}
	}
	Ok(hits)
}
