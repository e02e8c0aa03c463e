//! What can be wrong with a scene.

use alloc::string::String;
use core::fmt;

/// A problem and where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SceneError {
	/// The line, from 1. `None` if the scene as a whole lacks something.
	pub line: Option<u32>,
	/// What is wrong.
	pub problem: Problem,
}

impl fmt::Display for SceneError {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		match self.line {
			Some(line) => write!(f, "line {line}: {}", self.problem),
			None => write!(f, "as a whole: {}", self.problem),
		}
	}
}

impl core::error::Error for SceneError {}

/// What is wrong with a line, or with the scene.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
	/// A line begins with an unknown word.
	UnknownDirective(String),
	/// A directive that may appear once appears again.
	Repeated {
		/// The directive.
		directive: &'static str,
		/// The line where it was first.
		first: u32,
	},
	/// The line ends too early.
	Missing(&'static str),
	/// Another word should be here.
	Expected {
		/// The word that should be here.
		keyword: &'static str,
		/// The word that is.
		word: String,
	},
	/// The line should have ended before this word.
	Surplus(String),
	/// A word should be a whole number and is not.
	NotWhole {
		/// What it should tell.
		what: &'static str,
		/// The word.
		word: String,
	},
	/// A word should be a number and is not.
	NotANumber {
		/// What it should tell.
		what: &'static str,
		/// The word.
		word: String,
	},
	/// A number is too small or too great.
	OutOfRange {
		/// What it tells.
		what: &'static str,
		/// The number as written.
		word: String,
		/// The smallest that will do.
		low: String,
		/// The greatest that will do.
		high: String,
	},
	/// There is no such kind of material.
	UnknownKind(String),
	/// No line above defines this material.
	UnknownMaterial(String),
	/// Two materials have this name.
	SameName(String),
	/// A plane is made of light.
	ShiningPlane,
	/// Something without extent or direction.
	Degenerate(&'static str),
	/// More than a scene may have.
	TooMany {
		/// Of what.
		what: &'static str,
		/// How many there may be.
		most: usize,
	},
	/// More columns or rows of tiles than of pixels.
	TooManyTiles,
	/// A directive that no scene goes without does not appear.
	Lacking(&'static str),
}

impl fmt::Display for Problem {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		match self {
			Self::UnknownDirective(word) => write!(f, "there is no directive `{word}`"),
			Self::Repeated { directive, first } => {
				write!(f, "`{directive}` may appear once, and does already in line {first}")
			},
			Self::Missing(what) => write!(f, "the line ends where `{what}` should follow"),
			Self::Expected { keyword, word } => write!(f, "`{keyword}` should be here instead of `{word}`"),
			Self::Surplus(word) => write!(f, "the line should end before `{word}`"),
			Self::NotWhole { what, word } => write!(f, "{what} must be a whole number, not `{word}`"),
			Self::NotANumber { what, word } => write!(f, "{what} must be a number, not `{word}`"),
			Self::OutOfRange { what, word, low, high } => {
				write!(f, "{what} must be between {low} and {high}, not `{word}`")
			},
			Self::UnknownKind(word) => {
				write!(f, "a material is diffuse, checker, glossy, metal, glass or light, not `{word}`")
			},
			Self::UnknownMaterial(name) => write!(f, "no line above defines a material `{name}`"),
			Self::SameName(name) => write!(f, "there is already a material `{name}`"),
			Self::ShiningPlane => f.write_str("a plane cannot be a light; use a quad"),
			Self::Degenerate(what) => write!(f, "this is {what}"),
			Self::TooMany { what, most } => write!(f, "a scene has at most {most} {what}"),
			Self::TooManyTiles => f.write_str("there are more columns or rows of tiles than of pixels"),
			Self::Lacking(directive) => write!(f, "there is no line `{directive}`"),
		}
	}
}
