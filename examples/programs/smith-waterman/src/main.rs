//! Aligns one query with all targets: queries and targets on standard input, the number of the query as the task's
//! index, a table of the best hits on standard output.

#![cfg_attr(target_arch = "wasm32", no_std, no_main)]

extern crate alloc;

use alloc::string::{String, ToString};
use assay_guest::{read_input, task_index, write_output};
use assay_smith_waterman::{
	input::{self, Input, InputError, Record},
	report,
	search::search,
};
use core::fmt;

assay_guest::entry!(run);

/// Why there is no table.
enum Failure {
	Host(assay_guest::Error),
	Encoding,
	Input(InputError),
	NoSuchQuery { index: u32, queries: usize },
	TooLong { query: String, target: String },
}

impl fmt::Display for Failure {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		match self {
			Self::Host(error) => write!(f, "{error}"),
			Self::Encoding => f.write_str("the input is not UTF-8 text"),
			Self::Input(error) => write!(f, "input, {error}"),
			Self::NoSuchQuery { index, queries } => {
				write!(f, "there is no query {index}: the input has {queries}, counted from 0")
			},
			Self::TooLong { query, target } => {
				write!(f, "the alignment of {query} and {target} needs more memory than there is")
			},
		}
	}
}

impl From<assay_guest::Error> for Failure {
	fn from(error: assay_guest::Error) -> Self {
		Self::Host(error)
	}
}

/// A single query is every task's: then each task has targets of its own.
fn query<'a>(input: &'a Input<'a>, index: u32) -> Result<&'a Record<'a>, Failure> {
	if let [only] = input.queries.as_slice() {
		return Ok(only);
	}
	let position = usize::try_from(index).unwrap_or(usize::MAX);
	input.queries.get(position).ok_or(Failure::NoSuchQuery { index, queries: input.queries.len() })
}

fn run() -> Result<(), Failure> {
	let index = task_index()?;
	let bytes = read_input()?;
	let text = core::str::from_utf8(&bytes).map_err(|_| Failure::Encoding)?;
	let input = input::parse(text).map_err(Failure::Input)?;
	let query = query(&input, index)?;
	let hits = search(query, &input).map_err(|target| Failure::TooLong {
		query: query.name.to_string(),
		target: target.name.to_string(),
	})?;
	Ok(write_output(report::table(query, &hits).as_bytes())?)
}
