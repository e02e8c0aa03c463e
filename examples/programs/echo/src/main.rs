//! Writes its index, a line break and its input back: the smallest program whose result depends on everything a task
//! is given.

#![cfg_attr(target_arch = "wasm32", no_std, no_main)]

extern crate alloc;

use assay_guest::{read_input, task_index, write_output, Error};

assay_guest::entry!(run);

fn run() -> Result<(), Error> {
	write_output(alloc::format!("{}\n", task_index()?).as_bytes())?;
	write_output(&read_input()?)
}
