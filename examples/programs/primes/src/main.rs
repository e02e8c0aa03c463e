//! Counts the primes of a range given in the task's own input: two decimal numbers `FROM TO`, meaning
//! `FROM <= p < TO`. Writes `FROM TO COUNT` and a line break.
//!
//! An example of a job whose tasks have an input each.

#![cfg_attr(target_arch = "wasm32", no_std, no_main)]

extern crate alloc;

mod range;
mod sieve;

use alloc::string::{String, ToString};
use assay_guest::{read_input, write_output};

assay_guest::entry!(run);

fn run() -> Result<(), String> {
	let input = read_input().map_err(|error| error.to_string())?;
	let range = range::parse(&input).map_err(|error| error.to_string())?;
	let count = sieve::count(&range);
	let line = alloc::format!("{} {} {count}\n", range.start, range.end);
	write_output(line.as_bytes()).map_err(|error| error.to_string())
}
