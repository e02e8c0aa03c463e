//! The program as people run it.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::{
	fs,
	ops::Deref,
	path::{Path, PathBuf},
	process::{Command, Output},
};

/// A directory of one test's own, also when the tests run twice at once; gone with the test.
struct Scratch(PathBuf);

impl Scratch {
	fn new(name: &str) -> Self {
		let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()));
		fs::create_dir_all(&path).unwrap();
		Self(path)
	}
}

impl Deref for Scratch {
	type Target = Path;
	fn deref(&self) -> &Path {
		&self.0
	}
}

impl Drop for Scratch {
	fn drop(&mut self) {
		let _ = fs::remove_dir_all(&self.0);
	}
}

/// A tile of a picture of 4 × 2 pixels, 2 × 2 itself.
fn tile(x: u32, shade: u8) -> Vec<u8> {
	let numbers = [4, 2, x, 0, 2, 2_u32];
	let header = numbers.iter().flat_map(|number| number.to_le_bytes());
	b"ASYTILE1".iter().copied().chain(header).chain([shade; 12]).collect()
}

fn run(arguments: &[&Path]) -> (Output, String) {
	let output = Command::new(env!("CARGO_BIN_EXE_assay-example-assemble")).args(arguments).output().unwrap();
	let errors = String::from_utf8(output.stderr.clone()).unwrap();
	(output, errors)
}

fn pixels(path: &Path) -> Vec<u8> {
	let decoder = png::Decoder::new(std::io::BufReader::new(fs::File::open(path).unwrap()));
	let mut reader = decoder.read_info().unwrap();
	let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
	reader.next_frame(&mut pixels).unwrap();
	pixels
}

#[test]
fn a_directory_becomes_a_picture() {
	let directory = Scratch::new("directory");
	fs::write(directory.join("task-000000.out"), tile(0, 10)).unwrap();
	fs::write(directory.join("task-000001.out"), tile(2, 20)).unwrap();
	// What `assay job fetch` leaves beside the outputs.
	fs::write(directory.join("job.json"), "{}").unwrap();
	fs::write(directory.join("batch-000000.json"), "{}").unwrap();
	let image = directory.join("image.png");
	let (output, errors) = run(&[Path::new("--out"), &image, &directory]);
	assert!(output.status.success(), "{errors}");
	let row = [[10; 6], [20; 6]].concat();
	assert_eq!(pixels(&image), [row.clone(), row].concat());
	assert!(!directory.join("image.png.part").exists());
}

#[test]
fn files_become_a_picture() {
	let directory = Scratch::new("files");
	let (one, other, image) = (directory.join("one"), directory.join("other"), directory.join("image.png"));
	fs::write(&one, tile(2, 1)).unwrap();
	fs::write(&other, tile(0, 2)).unwrap();
	let (output, errors) = run(&[&one, &other, Path::new("-o"), &image]);
	assert!(output.status.success(), "{errors}");
	assert_eq!(pixels(&image)[..6], [2; 6]);
}

#[test]
fn failures_name_the_cause_and_keep_the_old_picture() {
	let directory = Scratch::new("failures");
	let image = directory.join("image.png");
	fs::write(&image, "an earlier picture").unwrap();
	let fails = |arguments: &[&Path], cause: &str| {
		let (output, errors) = run(&[&[Path::new("--out"), &image], arguments].concat());
		assert_eq!(output.status.code(), Some(1), "{errors}");
		assert!(errors.contains(cause), "{errors}");
		assert_eq!(fs::read(&image).unwrap(), b"an earlier picture");
	};
	fails(&[&directory], "no files task-*.out");
	fails(&[&directory.join("absent")], "cannot be read");
	fails(&[], "name the tiles");
	fs::write(directory.join("task-000000.out"), tile(0, 10)).unwrap();
	fails(&[&directory], "4 pixels are in none of the tiles, the first at column 2 of row 0");
	fs::write(directory.join("task-000001.out"), "").unwrap();
	fails(&[&directory], "task-000001.out: empty");
	fs::write(directory.join("task-000001.out"), tile(0, 10)).unwrap();
	fails(&[&directory], "overlap");
}

#[test]
fn an_unwritable_picture_is_an_error() {
	let directory = Scratch::new("unwritable");
	let one = directory.join("one");
	fs::write(&one, tile(0, 1)).unwrap();
	let other = directory.join("other");
	fs::write(&other, tile(2, 1)).unwrap();
	let (output, errors) = run(&[Path::new("--out"), &directory.join("absent/image.png"), &one, &other]);
	assert_eq!(output.status.code(), Some(1));
	assert!(errors.contains("cannot be written"), "{errors}");
}

#[test]
fn help_goes_to_standard_output() {
	let (output, errors) = run(&[Path::new("--help")]);
	assert!(output.status.success() && errors.is_empty());
	assert!(String::from_utf8(output.stdout).unwrap().contains("Usage: assay-example-assemble"));
}
