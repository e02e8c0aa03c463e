//! Hits as a table with tabs between its columns.

use crate::{
	align::{Alignment, Step},
	input::Record,
	search::Hit,
};
use alloc::string::String;
use core::fmt::Write;

/// The names of the columns.
pub const HEADER: &str =
	"query\ttarget\tscore\tidentities\tcolumns\tgaps\tquery_start\tquery_end\ttarget_start\ttarget_end\tcigar\n";

/// The header and a line for each hit. Positions count from 1, and both ends are included.
pub fn table(query: &Record<'_>, hits: &[Hit<'_>]) -> String {
	let mut text = String::from(HEADER);
	for hit in hits {
		line(&mut text, query.name, hit);
	}
	text
}

fn line(text: &mut String, query: &str, hit: &Hit<'_>) {
	let alignment = &hit.alignment;
	let count = |wanted: &[Step]| alignment.steps.iter().filter(|step| wanted.contains(step)).count();
	// Writing to a string cannot fail.
	let _ = writeln!(
		text,
		"{query}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}",
		hit.target.name,
		alignment.score,
		count(&[Step::Equal]),
		alignment.steps.len(),
		count(&[Step::Insertion, Step::Deletion]),
		alignment.query.start + 1,
		alignment.query.end,
		alignment.target.start + 1,
		alignment.target.end,
		cigar(alignment),
	);
}

/// The steps as SAM writes them: each run of equal steps as its length and its letter.
pub fn cigar(alignment: &Alignment) -> String {
	let mut text = String::new();
	for run in alignment.steps.chunk_by(|step, next| step == next) {
		if let Some(step) = run.first() {
			let _ = write!(text, "{}{}", run.len(), step.letter());
		}
	}
	text
}
