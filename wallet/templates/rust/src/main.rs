//! A task of {{name}}: its index is the first argument, its input comes from standard input, its result goes to
//! standard output.

#![cfg_attr(target_arch = "wasm32", no_std, no_main)]

extern crate alloc;

mod task;

use alloc::string::{String, ToString};
use assay_guest::{read_input, task_index, write_output};

assay_guest::entry!(run);

fn run() -> Result<(), String> {
	let index = task_index().map_err(|error| error.to_string())?;
	let input = read_input().map_err(|error| error.to_string())?;
	let result = task::result(index, &input)?;
	write_output(result.as_bytes()).map_err(|error| error.to_string())
}
