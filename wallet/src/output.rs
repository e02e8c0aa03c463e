//! What people and scripts read.

use crate::error::Error;
use assay_primitives::view::BatchStage;
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use std::{
	fmt::{self, Display},
	io::{self, IsTerminal, Write},
	time::Duration,
};

const BYTE_BAR: &str = "{msg:>12} [{bar:32}] {bytes} of {total_bytes}, {bytes_per_sec}";
const TASK_BAR: &str = "{spinner} [{bar:24}] {pos} of {len} verified  {wide_msg}";
/// How often something that turns does.
const TICK: Duration = Duration::from_millis(120);
const BATCH_BAR: &str = "[{bar:32}] {pos} of {len} batches  {msg}";

/// Where results go: lines for people, or JSON.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Output {
	/// JSON was asked for: standard output carries nothing else.
	pub(crate) json: bool,
}

impl Output {
	/// Prints a line for people. With `--json` there is none.
	pub(crate) fn line(&self, text: impl Display) -> Result<(), Error> {
		if self.json {
			return Ok(());
		}
		print(format_args!("{text}\n"))
	}

	/// Prints a value as JSON if that was asked for.
	pub(crate) fn json(&self, value: &impl Serialize) -> Result<(), Error> {
		if !self.json {
			return Ok(());
		}
		let text = serde_json::to_string_pretty(value).map_err(io::Error::from)?;
		print(format_args!("{text}\n"))
	}

	/// The same on a single line, for one value of many.
	pub(crate) fn json_line(&self, value: &impl Serialize) -> Result<(), Error> {
		if !self.json {
			return Ok(());
		}
		let text = serde_json::to_string(value).map_err(io::Error::from)?;
		print(format_args!("{text}\n"))
	}

	/// Tells people something that is no result, on standard error when standard output is for JSON.
	pub(crate) fn note(&self, text: impl Display) -> Result<(), Error> {
		if self.json {
			eprintln!("{text}");
			return Ok(());
		}
		print(format_args!("{text}\n"))
	}

	/// A bar that counts bytes.
	pub(crate) fn byte_bar(&self, what: &str, len: u64) -> ProgressBar {
		bar(len, BYTE_BAR).with_message(what.to_owned())
	}

	/// A bar that counts batches.
	pub(crate) fn batch_bar(&self, len: u64) -> ProgressBar {
		bar(len, BATCH_BAR)
	}

	/// A bar that counts tasks.
	pub(crate) fn task_bar(&self, len: u64) -> ProgressBar {
		let bar = bar(len, TASK_BAR);
		bar.enable_steady_tick(TICK);
		bar
	}

	/// Something that turns while there is nothing to do but wait.
	pub(crate) fn waiting(&self, what: &str) -> ProgressBar {
		let spinner = ProgressBar::new_spinner().with_message(what.to_owned());
		spinner.enable_steady_tick(TICK);
		spinner
	}
}

/// Whether a person watches progress bars.
pub(crate) fn is_watched() -> bool {
	io::stderr().is_terminal()
}

fn print(text: fmt::Arguments<'_>) -> Result<(), Error> {
	let mut stdout = io::stdout().lock();
	stdout.write_fmt(text)?;
	Ok(stdout.flush()?)
}

// Drawn on standard error, and only if that is a terminal.
fn bar(len: u64, template: &str) -> ProgressBar {
	let style = ProgressStyle::with_template(template)
		.unwrap_or_else(|_| ProgressStyle::default_bar())
		.progress_chars("=> ");
	ProgressBar::new(len).with_style(style)
}

/// Labels with values, one pair per line, the values aligned.
#[derive(Debug, Default)]
pub(crate) struct Facts(Vec<(String, String)>);

impl Facts {
	/// Adds a pair.
	pub(crate) fn add(&mut self, label: impl Display, value: impl Display) -> &mut Self {
		self.0.push((label.to_string(), value.to_string()));
		self
	}
}

impl Display for Facts {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		let width = self.0.iter().map(|(label, _)| label.chars().count()).max().unwrap_or(0);
		for (number, (label, value)) in self.0.iter().enumerate() {
			let end = if number == 0 { "" } else { "\n" };
			write!(f, "{end}{label:<width$}  {value}")?;
		}
		Ok(())
	}
}

/// Text from elsewhere on one line, without anything a terminal would obey.
pub(crate) fn one_line(text: &str) -> String {
	let words: Vec<_> = text.split_whitespace().collect();
	words
		.join(" ")
		.chars()
		.map(|character| if character.is_control() { char::REPLACEMENT_CHARACTER } else { character })
		.collect()
}

/// Where a batch stands, in a word.
pub(crate) fn stage_word(stage: BatchStage) -> &'static str {
	match stage {
		BatchStage::Available => "available",
		BatchStage::Claimed => "claimed",
		BatchStage::Committed => "committed",
		BatchStage::Revealed => "revealed",
		BatchStage::Disputed => "disputed",
		BatchStage::Demanded => "demanded",
		BatchStage::Settled => "settled",
		BatchStage::Refunded => "refunded",
		BatchStage::Pruned => "pruned",
	}
}

/// `1 task`, `2 tasks`.
pub(crate) fn count(number: impl Into<u64>, what: &str) -> String {
	let number = number.into();
	format!("{number} {}", noun(number, what))
}

/// What so many of them are called.
pub(crate) fn noun(number: impl Into<u64>, what: &str) -> String {
	match number.into() {
		1 => what.into(),
		_ => format!("{what}{}", if what.ends_with("ch") { "es" } else { "s" }),
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn facts_are_aligned() {
		let mut facts = Facts::default();
		facts.add("Job", 7).add("Für Prüfer", "1 ASY");
		assert_eq!(facts.to_string(), "Job         7\nFür Prüfer  1 ASY");
		assert_eq!(Facts::default().to_string(), "");
	}

	#[test]
	fn what_comes_from_elsewhere_cannot_steer_the_terminal() {
		assert_eq!(one_line("two\nlines\tand \u{1b}[2Jmore"), "two lines and \u{fffd}[2Jmore");
	}

	#[test]
	fn things_are_counted_in_words() {
		assert_eq!(count(1u32, "batch"), "1 batch");
		assert_eq!(count(0u32, "batch"), "0 batches");
		assert_eq!(count(64u32, "task"), "64 tasks");
	}

	#[test]
	fn the_templates_of_the_bars_are_valid() {
		for template in [BYTE_BAR, BATCH_BAR, TASK_BAR] {
			ProgressStyle::with_template(template).unwrap();
		}
	}
}
