//! The words of one line, taken one after the other.

use super::Problem;
use crate::vector::{vector, Colour, Vector};
use core::{
	fmt::Display,
	iter::Peekable,
	ops::{Bound, RangeBounds, RangeInclusive},
	str::{FromStr, SplitAsciiWhitespace},
};

/// No coordinate may be further from 0: beyond, single precision gets too coarse.
const MAX_COORDINATE: f32 = 1e5;
/// No light may be brighter.
const MAX_LIGHT: f32 = 1e6;

pub(super) struct Line<'a> {
	words: Peekable<SplitAsciiWhitespace<'a>>,
}

impl<'a> Line<'a> {
	pub(super) fn new(text: &'a str) -> Self {
		Self { words: text.split_ascii_whitespace().peekable() }
	}

	pub(super) fn next(&mut self) -> Option<&'a str> {
		self.words.next()
	}

	pub(super) fn word(&mut self, what: &'static str) -> Result<&'a str, Problem> {
		self.next().ok_or(Problem::Missing(what))
	}

	/// Takes a word that must be there.
	pub(super) fn keyword(&mut self, keyword: &'static str) -> Result<(), Problem> {
		match self.next() {
			Some(word) if word == keyword => Ok(()),
			Some(word) => Err(Problem::Expected { keyword, word: word.into() }),
			None => Err(Problem::Missing(keyword)),
		}
	}

	/// Takes a word if it is there.
	pub(super) fn optional(&mut self, keyword: &'static str) -> bool {
		self.words.next_if_eq(&keyword).is_some()
	}

	pub(super) fn integer<T: FromStr + PartialOrd + Copy + Display>(
		&mut self,
		what: &'static str,
		range: RangeInclusive<T>,
	) -> Result<T, Problem> {
		let word = self.word(what)?;
		let digits = word.bytes().all(|byte| byte.is_ascii_digit());
		let number = digits.then(|| word.parse().ok()).flatten();
		let number = number.ok_or_else(|| Problem::NotWhole { what, word: word.into() })?;
		within(what, word, number, range)
	}

	pub(super) fn number(&mut self, what: &'static str, range: RangeInclusive<f32>) -> Result<f32, Problem> {
		let word = self.word(what)?;
		let number = word.parse().ok().filter(|number: &f32| number.is_finite());
		let number = number.ok_or_else(|| Problem::NotANumber { what, word: word.into() })?;
		within(what, word, number, range)
	}

	/// Three coordinates.
	pub(super) fn point(&mut self, what: &'static str) -> Result<Vector, Problem> {
		self.three(what, -MAX_COORDINATE..=MAX_COORDINATE)
	}

	/// Red, green and blue of something that reflects light.
	pub(super) fn colour(&mut self, what: &'static str) -> Result<Colour, Problem> {
		self.three(what, 0.0..=1.0)
	}

	/// Red, green and blue of something that shines.
	pub(super) fn light(&mut self, what: &'static str) -> Result<Colour, Problem> {
		self.three(what, 0.0..=MAX_LIGHT)
	}

	fn three(&mut self, what: &'static str, range: RangeInclusive<f32>) -> Result<Vector, Problem> {
		let mut number = || self.number(what, range.clone());
		Ok(vector(number()?, number()?, number()?))
	}

	/// Checks that nothing is left.
	pub(super) fn end(&mut self) -> Result<(), Problem> {
		self.next().map_or(Ok(()), |word| Err(Problem::Surplus(word.into())))
	}
}

fn within<T: PartialOrd + Copy + Display>(
	what: &'static str,
	word: &str,
	number: T,
	range: RangeInclusive<T>,
) -> Result<T, Problem> {
	if range.contains(&number) {
		return Ok(number);
	}
	let show = |bound: Bound<&T>| match bound {
		Bound::Included(bound) | Bound::Excluded(bound) => alloc::format!("{bound}"),
		Bound::Unbounded => alloc::string::String::new(),
	};
	let (low, high) = (show(range.start_bound()), show(range.end_bound()));
	Err(Problem::OutOfRange { what, word: word.into(), low, high })
}
