//! What has been tested, and what not and why.

use std::{collections::BTreeMap, fmt};

#[derive(Default)]
pub(crate) struct Tally {
	/// Assertions that held, by their kind.
	held: BTreeMap<&'static str, usize>,
	/// Assertions that were not tried, by reason.
	skipped: BTreeMap<String, usize>,
	/// Modules outside the profile, by what they were refused for.
	refused: BTreeMap<String, usize>,
	failures: Vec<String>,
}

impl Tally {
	pub(crate) fn hold(&mut self, kind: &'static str) {
		*self.held.entry(kind).or_default() += 1;
	}

	pub(crate) fn skip(&mut self, reason: impl Into<String>, assertions: usize) {
		if assertions > 0 {
			*self.skipped.entry(reason.into()).or_default() += assertions;
		}
	}

	pub(crate) fn refuse(&mut self, construct: impl Into<String>) {
		*self.refused.entry(construct.into()).or_default() += 1;
	}

	pub(crate) fn fail(&mut self, failure: String) {
		self.failures.push(failure);
	}

	pub(crate) fn add(&mut self, other: Self) {
		for (kind, count) in other.held {
			*self.held.entry(kind).or_default() += count;
		}
		for (reason, count) in other.skipped {
			*self.skipped.entry(reason).or_default() += count;
		}
		for (construct, count) in other.refused {
			*self.refused.entry(construct).or_default() += count;
		}
		self.failures.extend(other.failures);
	}

	/// No failure, and enough tried that it means something.
	pub(crate) fn must_be_good(&self) {
		let shown: Vec<_> = self.failures.iter().take(40).map(String::as_str).collect();
		assert!(self.failures.is_empty(), "{} failures:\n{}", self.failures.len(), shown.join("\n"));
		for (kind, least) in LEAST {
			let held = self.held.get(kind).copied().unwrap_or(0);
			assert!(held >= *least, "only {held} assertions of the kind {kind}, not {least}");
		}
	}
}

/// How many assertions of each kind there are at least. The suite's version is pinned: if fewer hold, then the runner has
/// lost some, or the machine refuses more.
const LEAST: &[(&str, usize)] = &[
	("return", 47_800),
	("trap", 970),
	("exhaustion", 20),
	("invalid", 5_406),
	("malformed", 2_352),
	("unlinkable", 516),
	("module", 870),
	("module that traps", 26),
	("refused with a reason", 510),
];

impl fmt::Display for Tally {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		writeln!(f, "assertions that hold:")?;
		for (kind, count) in &self.held {
			writeln!(f, "{count:>8} {kind}")?;
		}
		writeln!(f, "assertions not tried:")?;
		for (reason, count) in &self.skipped {
			writeln!(f, "{count:>8} {reason}")?;
		}
		writeln!(f, "modules outside the profile, refused for:")?;
		for (construct, count) in &self.refused {
			writeln!(f, "{count:>8} {construct}")?;
		}
		write!(f, "{} failures", self.failures.len())
	}
}
