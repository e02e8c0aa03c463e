//! Weakenings: rules of the protocol, each with what stands in its place in a build that lacks it, and the tests that must
//! fail on that build. A scenario that nobody has seen fail proves nothing.
//!
//! `weakenings/<crate>/<file>.txt` holds those of `src/<file>.rs` of a crate, in this form:
//!
//! ```text
//! == a-report-needs-no-stake
//! attack: 5
//! rule: a stake answers for every report
//! fails: auditors::a_validator_without_stake_votes_and_does_not_audit
//! ---
//! the text of the rule, which occurs exactly once in the file
//! ---
//! what stands in its place
//! ```
//!
//! The build script copies the sources, with `{ if weakened { this } else { that } }` where a rule stands: one build
//! serves for all weakenings, and one environment variable says which of them holds. The sources themselves stay as
//! they are. A rule that is not found any more fails the build; a weakening that no test notices fails `make test`.

use std::{
	fs, io,
	path::{Path, PathBuf},
};

/// The environment variable that names the one rule that is weakened.
pub const WEAKENED: &str = "ASSAY_WEAKENED";

/// One rule that a build lacks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Weakening {
	/// The source file, in its crate's `src`, without its ending.
	pub file: String,
	/// What it is called.
	pub name: String,
	/// The row of `docs/attacks.md`.
	pub attack: String,
	/// The rule, in words.
	pub rule: String,
	/// The tests that must fail.
	pub fails: Vec<String>,
	/// The text of the rule.
	pub original: String,
	/// What stands in its place.
	pub replacement: String,
}

/// The weakenings of one crate, those of one file after the other.
///
/// # Errors
/// If the files cannot be read, or one of them is not of the form above.
pub fn weakenings(directory: &Path) -> io::Result<Vec<Weakening>> {
	let mut files: Vec<PathBuf> =
		fs::read_dir(directory)?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
	files.sort();
	let mut all = Vec::new();
	for path in files {
		let file = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
		for entry in format!("\n{}", fs::read_to_string(&path)?).split("\n== ").skip(1) {
			let weakening = parse(file, entry).ok_or_else(|| {
				let start = entry.lines().next().unwrap_or_default();
				io::Error::other(format!("{}: `{start}` is not a weakening", path.display()))
			})?;
			all.push(weakening);
		}
	}
	Ok(all)
}

fn parse(file: &str, entry: &str) -> Option<Weakening> {
	let mut parts = entry.splitn(3, "\n---\n");
	let (head, original, replacement) = (parts.next()?, parts.next()?, parts.next()?);
	let (name, head) = head.split_once('\n')?;
	let field = |name: &str| {
		head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": ")).map(str::to_owned)
	};
	Some(Weakening {
		file: file.to_owned(),
		name: name.to_owned(),
		attack: field("attack")?,
		rule: field("rule")?,
		fails: field("fails")?.split(", ").map(str::to_owned).collect(),
		original: original.trim_end().to_owned(),
		replacement: replacement.trim_end().to_owned(),
	})
}

/// `source` with every rule that one of `weakenings` names made to depend on the environment.
///
/// # Errors
/// If the text of a rule does not occur exactly once, or those of two rules overlap.
pub fn weaken(source: &str, weakenings: &[&Weakening]) -> Result<String, String> {
	let mut places = Vec::new();
	for weakening in weakenings {
		let found: Vec<_> = source.match_indices(&weakening.original).map(|(at, _)| at).collect();
		let [at] = found[..] else {
			return Err(format!("the rule of `{}` occurs {} times", weakening.name, found.len()));
		};
		places.push((at, at + weakening.original.len(), *weakening));
	}
	places.sort_by_key(|(start, ..)| *start);
	let (mut weakened, mut done) = (String::new(), 0);
	let mut places = places.into_iter().peekable();
	while let Some((start, end, first)) = places.next() {
		if start < done {
			return Err(format!("the rule of `{}` overlaps with another one", first.name));
		}
		weakened.push_str(&source[done..start]);
		weakened.push_str(&format!("{{ {}", branch(first)));
		while let Some((_, _, other)) = places.next_if(|place| (place.0, place.1) == (start, end)) {
			weakened.push_str(&format!(" else {}", branch(other)));
		}
		weakened.push_str(&format!(" else {{ {} }} }}", &source[start..end]));
		done = end;
	}
	weakened.push_str(&source[done..]);
	Ok(weakened)
}

fn branch(weakening: &Weakening) -> String {
	format!("if crate::weakening::holds(\"{}\") {{ {} }}", weakening.name, weakening.replacement)
}

#[cfg(test)]
mod tests {
	use super::*;

	fn weakening(name: &str, original: &str) -> Weakening {
		let entry = format!("{name}\nattack: 1\nrule: words\nfails: a::b, c\n---\n{original}\n---\nnew\n");
		parse("file", &entry).expect("it is of that form")
	}

	#[test]
	fn a_rule_is_replaced_where_it_stands() {
		let (one, two) = (weakening("one", "b > 1"), weakening("two", "b > 1"));
		assert_eq!(one.fails, ["a::b", "c"]);
		let weakened = weaken("a && b > 1 && c", &[&one, &two]).expect("it is there once");
		assert_eq!(
			weakened,
			"a && { if crate::weakening::holds(\"one\") { new } else if crate::weakening::holds(\"two\") { new } else { b > 1 } } && c"
		);
	}

	#[test]
	fn a_rule_that_is_gone_or_ambiguous_is_an_error() {
		assert!(weaken("a", &[&weakening("one", "b")]).is_err());
		assert!(weaken("b b", &[&weakening("one", "b")]).is_err());
		assert!(weaken("abc", &[&weakening("one", "ab"), &weakening("two", "bc")]).is_err());
		assert!(parse("file", "name\nattack: 1\n---\na").is_none());
	}
}
