//! The text a task reads: settings, queries in FASTA, a line `//`, targets in FASTA.

use crate::scores::{code, Gaps, Scores, MAX_VALUE};
use alloc::{
	string::{String, ToString},
	vec::Vec,
};
use core::{fmt, str::FromStr};

/// Residues a sequence may have.
pub const MAX_RESIDUES: usize = 1_000_000;

/// A named sequence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record<'a> {
	/// The first word of its header.
	pub name: &'a str,
	/// Its residues, in codes.
	pub residues: Vec<u8>,
}

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input<'a> {
	/// What pairs of residues are worth.
	pub scores: Scores,
	/// What gaps cost.
	pub gaps: Gaps,
	/// How many hits are wanted at most.
	pub hits: usize,
	/// The sequences to look for, at least one.
	pub queries: Vec<Record<'a>>,
	/// The sequences to look in, at least one.
	pub targets: Vec<Record<'a>>,
}

/// What is wrong with the input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputError {
	/// The line, from 1. `None` if something is missing in the input as a whole.
	pub line: Option<u32>,
	/// What is wrong.
	pub problem: Problem,
}

/// What is wrong with a line, or missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
	/// A line begins with `#`, but not with the name of a setting.
	UnknownSetting(String),
	/// A setting's value is not what it should be, which is told here.
	Setting(&'static str),
	/// A setting stands behind the first sequence.
	LateSetting,
	/// Residues without a header before them.
	NoHeader,
	/// A header without a name.
	NoName,
	/// A character that stands for no residue.
	Residue(char),
	/// A sequence without residues.
	Empty(String),
	/// A sequence longer than [`MAX_RESIDUES`].
	TooLong(String),
	/// A second line `//`.
	SecondSeparator,
	/// No line `//` between queries and targets.
	NoSeparator,
	/// No sequence before the line `//`.
	NoQueries,
	/// No sequence after it.
	NoTargets,
}

impl fmt::Display for Problem {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		match self {
			Self::UnknownSetting(name) => {
				write!(f, "there is no setting {name:?}; there are #scores, #gaps and #hits")
			},
			Self::Setting(expected) => write!(f, "expected {expected}"),
			Self::LateSetting => f.write_str("settings must stand before the first sequence"),
			Self::NoHeader => f.write_str("residues without a header line `>NAME` before them"),
			Self::NoName => f.write_str("a header without a name"),
			Self::Residue(character) => write!(f, "{character:?} is neither a letter nor `*`"),
			Self::Empty(name) => write!(f, "sequence {name:?} has no residues"),
			Self::TooLong(name) => write!(f, "sequence {name:?} has more than {MAX_RESIDUES} residues"),
			Self::SecondSeparator => f.write_str("a second line `//`"),
			Self::NoSeparator => f.write_str("there is no line `//` between queries and targets"),
			Self::NoQueries => f.write_str("there is no sequence before the line `//`"),
			Self::NoTargets => f.write_str("there is no sequence after the line `//`"),
		}
	}
}

impl fmt::Display for InputError {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		match self.line {
			Some(line) => write!(f, "line {line}: {}", self.problem),
			None => self.problem.fmt(f),
		}
	}
}

impl core::error::Error for InputError {}

/// Reads the whole text.
///
/// # Errors
///
/// The first thing that is wrong, and its line.
// Not inlined: together with the search it would be a function of more branches and locals than the machine takes.
#[inline(never)]
pub fn parse(text: &str) -> Result<Input<'_>, InputError> {
	let mut parser = Parser::new();
	for (line, number) in text.lines().zip(1_u32..) {
		parser.line(line.trim()).map_err(|problem| InputError { line: Some(number), problem })?;
	}
	parser.finish().map_err(|problem| InputError { line: None, problem })
}

struct Parser<'a> {
	input: Input<'a>,
	/// Behind the line `//`.
	in_targets: bool,
}

impl<'a> Parser<'a> {
	fn new() -> Self {
		let input = Input {
			scores: Scores::blosum62(),
			gaps: Gaps { open: 11, extend: 1 },
			hits: 10,
			queries: Vec::new(),
			targets: Vec::new(),
		};
		Self { input, in_targets: false }
	}

	fn line(&mut self, line: &'a str) -> Result<(), Problem> {
		if line.is_empty() {
			Ok(())
		} else if let Some(setting) = line.strip_prefix('#') {
			self.setting(setting)
		} else if line == "//" {
			self.separator()
		} else if let Some(header) = line.strip_prefix('>') {
			self.header(header)
		} else {
			self.residues(line)
		}
	}

	fn setting(&mut self, setting: &str) -> Result<(), Problem> {
		if self.in_targets || !self.input.queries.is_empty() {
			return Err(Problem::LateSetting);
		}
		let words: Vec<&str> = setting.split_ascii_whitespace().collect();
		let (name, values) = words.split_first().unwrap_or((&"", &[]));
		match *name {
			"scores" => self.input.scores = scores(values)?,
			"gaps" => self.input.gaps = gaps(values)?,
			"hits" => self.input.hits = hits(values)?,
			_ => return Err(Problem::UnknownSetting((*name).to_string())),
		}
		Ok(())
	}

	fn separator(&mut self) -> Result<(), Problem> {
		if self.in_targets {
			return Err(Problem::SecondSeparator);
		}
		self.last_is_whole()?;
		self.in_targets = true;
		Ok(())
	}

	fn records(&mut self) -> &mut Vec<Record<'a>> {
		if self.in_targets {
			&mut self.input.targets
		} else {
			&mut self.input.queries
		}
	}

	fn header(&mut self, header: &'a str) -> Result<(), Problem> {
		self.last_is_whole()?;
		let name = header.split_ascii_whitespace().next().ok_or(Problem::NoName)?;
		self.records().push(Record { name, residues: Vec::new() });
		Ok(())
	}

	/// A sequence is only known to be empty when the next one begins.
	fn last_is_whole(&mut self) -> Result<(), Problem> {
		match self.records().last() {
			Some(record) if record.residues.is_empty() => Err(Problem::Empty(record.name.to_string())),
			_ => Ok(()),
		}
	}

	fn residues(&mut self, line: &str) -> Result<(), Problem> {
		let record = self.records().last_mut().ok_or(Problem::NoHeader)?;
		for character in line.chars().filter(|character| !character.is_ascii_whitespace()) {
			let code = u8::try_from(character).ok().and_then(code).ok_or(Problem::Residue(character))?;
			record.residues.push(code);
		}
		if record.residues.len() > MAX_RESIDUES {
			return Err(Problem::TooLong(record.name.to_string()));
		}
		Ok(())
	}

	fn finish(mut self) -> Result<Input<'a>, Problem> {
		self.last_is_whole()?;
		if !self.in_targets {
			return Err(Problem::NoSeparator);
		}
		if self.input.queries.is_empty() {
			return Err(Problem::NoQueries);
		}
		if self.input.targets.is_empty() {
			return Err(Problem::NoTargets);
		}
		Ok(self.input)
	}
}

fn scores(values: &[&str]) -> Result<Scores, Problem> {
	match values {
		[name] if name.eq_ignore_ascii_case("BLOSUM62") => Some(Scores::blosum62()),
		[equal, different] => number(equal, 1..=MAX_VALUE)
			.zip(number(different, -MAX_VALUE..=MAX_VALUE))
			.map(|(equal, different)| Scores::uniform(equal, different)),
		_ => None,
	}
	.ok_or(Problem::Setting("#scores BLOSUM62, or #scores MATCH MISMATCH such as #scores 2 -3"))
}

fn gaps(values: &[&str]) -> Result<Gaps, Problem> {
	match values {
		[open, extend] => number(open, 0..=MAX_VALUE).zip(number(extend, 1..=MAX_VALUE)),
		_ => None,
	}
	.map(|(open, extend)| Gaps { open, extend })
	.ok_or(Problem::Setting("#gaps OPEN EXTEND, two costs such as #gaps 11 1"))
}

fn hits(values: &[&str]) -> Result<usize, Problem> {
	match values {
		[count] => number(count, 1..=1_000_000_usize),
		_ => None,
	}
	.ok_or(Problem::Setting("#hits N, from 1 to 1000000"))
}

fn number<N: FromStr + PartialOrd>(word: &str, range: core::ops::RangeInclusive<N>) -> Option<N> {
	word.parse().ok().filter(|number| range.contains(number))
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn settings_queries_and_targets_are_read() {
		let text = "#scores 2 -3\n#gaps 5 2\r\n#hits 3\n\n>q1 the first\nAC gt\nA\n>q2\n*\n//\n>t1|x\nACG\n";
		let input = parse(text).unwrap();
		assert_eq!(input.scores, Scores::uniform(2, -3));
		assert_eq!((input.gaps, input.hits), (Gaps { open: 5, extend: 2 }, 3));
		let query = Record { name: "q1", residues: [0, 2, 6, 19, 0].into() };
		assert_eq!(input.queries, [query, Record { name: "q2", residues: [26].into() }]);
		assert_eq!(input.targets, [Record { name: "t1|x", residues: [0, 2, 6].into() }]);
	}

	#[test]
	fn without_settings_it_is_as_blast_does_it() {
		let input = parse(">q\nA\n//\n>t\nA").unwrap();
		assert_eq!(input.scores, Scores::blosum62());
		assert_eq!((input.gaps, input.hits), (Gaps { open: 11, extend: 1 }, 10));
	}

	#[test]
	fn what_is_wrong_is_told_with_its_line() {
		for (text, line, problem) in [
			("", None, Problem::NoSeparator),
			(">q\nA\n", None, Problem::NoSeparator),
			("//\n>t\nA", None, Problem::NoQueries),
			(">q\nA\n//\n", None, Problem::NoTargets),
			(">q\nA\n//\n>t", None, Problem::Empty("t".into())),
			(">q\n>r\nA\n//\n", Some(2), Problem::Empty("q".into())),
			(">q\n//\n", Some(2), Problem::Empty("q".into())),
			(">q\nA\n//\n//\n", Some(4), Problem::SecondSeparator),
			("A\n", Some(1), Problem::NoHeader),
			(">q\nA\n//\nA\n", Some(4), Problem::NoHeader),
			("> \nA\n", Some(1), Problem::NoName),
			(">q\nA-C\n", Some(2), Problem::Residue('-')),
			(">q\nAé\n", Some(2), Problem::Residue('é')),
			("#matrix PAM30\n", Some(1), Problem::UnknownSetting("matrix".into())),
			("#\n", Some(1), Problem::UnknownSetting("".into())),
			(">q\nA\n#hits 1\n", Some(3), Problem::LateSetting),
		] {
			assert_eq!(parse(text), Err(InputError { line, problem }), "{text:?}");
		}
	}

	#[test]
	fn settings_out_of_range_are_refused() {
		for setting in [
			"scores",
			"scores PAM30",
			"scores 0 -1",
			"scores 1 -1001",
			"scores 1 -1 1",
			"gaps 11",
			"gaps -1 1",
			"gaps 1 0",
			"gaps 1001 1",
			"hits 0",
			"hits",
			"hits 1000001",
			"hits x",
		] {
			let error = parse(&alloc::format!("#{setting}\n")).unwrap_err();
			assert!(matches!(error.problem, Problem::Setting(_)), "{setting}: {error}");
			assert_eq!(error.line, Some(1));
		}
	}

	#[test]
	fn sequences_end_somewhere() {
		let long = "A".repeat(MAX_RESIDUES);
		assert!(parse(&alloc::format!(">q\n{long}\n//\n>t\nA")).is_ok());
		let error = parse(&alloc::format!(">q\n{long}\nA\n//\n>t\nA")).unwrap_err();
		assert_eq!(error, InputError { line: Some(3), problem: Problem::TooLong("q".into()) });
	}
}
