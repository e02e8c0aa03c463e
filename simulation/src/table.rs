//! Tables as CSV and as Markdown.

use std::fmt::Write;

/// Rows under headings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
	/// One for each column.
	pub headings: Vec<&'static str>,
	/// Each as long as the headings.
	pub rows: Vec<Vec<String>>,
}

impl Table {
	/// An empty table.
	pub fn new<const N: usize>(headings: [&'static str; N]) -> Self {
		Self { headings: headings.to_vec(), rows: Vec::new() }
	}

	/// Adds a row.
	pub fn push<const N: usize>(&mut self, row: [String; N]) {
		self.rows.push(row.to_vec());
	}

	/// The table as a CSV file.
	pub fn csv(&self) -> String {
		let mut csv = String::new();
		let headings = self.headings.iter().map(ToString::to_string).collect();
		for row in std::iter::once(&headings).chain(&self.rows) {
			let cells: Vec<_> = row.iter().map(|cell| quoted(cell)).collect();
			// Writing to a string cannot fail.
			let _ = writeln!(csv, "{}", cells.join(","));
		}
		csv
	}

	/// The table in Markdown.
	pub fn markdown(&self) -> String {
		let mut text =
			format!("| {} |\n|{}\n", self.headings.join(" | "), "---|".repeat(self.headings.len()));
		for row in &self.rows {
			let _ = writeln!(text, "| {} |", row.join(" | "));
		}
		text
	}
}

fn quoted(cell: &str) -> String {
	if cell.contains([',', '"', '\n']) {
		return format!("\"{}\"", cell.replace('"', "\"\""));
	}
	cell.into()
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn both_forms_hold_every_cell() {
		let mut table = Table::new(["who", "gain, %"]);
		table.push(["worker".into(), "1,5".into()]);
		assert_eq!(table.csv(), "who,\"gain, %\"\nworker,\"1,5\"\n");
		assert_eq!(table.markdown(), "| who | gain, % |\n|---|---|\n| worker | 1,5 |\n");
	}
}
