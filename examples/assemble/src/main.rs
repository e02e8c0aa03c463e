//! Puts the tiles of a path-tracer job together: `assay-example-assemble --out image.png DIRECTORY`.

mod arguments;
mod error;
mod picture;
mod tile;

use arguments::{Arguments, Request};
use error::Error;
use picture::Picture;
use std::{
	env, fs,
	path::{Path, PathBuf},
	process::ExitCode,
};
use tile::Tile;

const USAGE: &str = "\
Puts the tiles of a path-tracer job together into a PNG.

Usage: assay-example-assemble --out IMAGE.png PATH...

Each PATH is the output of a task, or a directory of them as `assay job fetch` leaves it, of which
the files named task-*.out are read. Together they must be all tiles of one picture.
";

fn main() -> ExitCode {
	let result = arguments::parse(env::args_os().skip(1)).and_then(|request| match request {
		Request::Help => {
			print!("{USAGE}");
			Ok(())
		},
		Request::Assemble(arguments) => assemble(&arguments),
	});
	match result {
		Ok(()) => ExitCode::SUCCESS,
		Err(error) => {
			eprintln!("error: {error}");
			if error.is_usage() {
				eprint!("\n{USAGE}");
			}
			ExitCode::FAILURE
		},
	}
}

fn assemble(arguments: &Arguments) -> Result<(), Error> {
	let files = tile_files(&arguments.paths)?;
	let tiles: Vec<_> = files.iter().map(|path| read_tile(path)).collect::<Result<_, _>>()?;
	let picture = Picture::assemble(&tiles)?;
	write_whole(&arguments.out, &picture.to_png()?)?;
	println!(
		"{}: {} x {} pixels from {} tiles",
		arguments.out.display(),
		picture.width,
		picture.height,
		tiles.len()
	);
	Ok(())
}

/// The files that were named, and those in the directories that were.
fn tile_files(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Error> {
	let mut files = Vec::new();
	for path in paths {
		if path.is_dir() {
			files.extend(tiles_in(path)?);
		} else {
			files.push(path.clone());
		}
	}
	Ok(files)
}

fn tiles_in(directory: &Path) -> Result<Vec<PathBuf>, Error> {
	let failed = |source| Error::Read { path: directory.into(), source };
	let mut files = Vec::new();
	for entry in fs::read_dir(directory).map_err(failed)? {
		let entry = entry.map_err(failed)?;
		let name = entry.file_name();
		if name.to_str().is_some_and(|name| name.starts_with("task-") && name.ends_with(".out")) {
			files.push(entry.path());
		}
	}
	if files.is_empty() {
		return Err(Error::NoTiles(directory.into()));
	}
	files.sort();
	Ok(files)
}

fn read_tile(path: &Path) -> Result<Tile, Error> {
	let bytes = fs::read(path).map_err(|source| Error::Read { path: path.into(), source })?;
	Tile::decode(path, &bytes)
}

/// Writes next to the file first, so that a full disk does not cost an earlier picture.
fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), Error> {
	let mut beside = path.as_os_str().to_owned();
	beside.push(".part");
	let written = fs::write(&beside, bytes).and_then(|()| fs::rename(&beside, path));
	written.map_err(|source| {
		// What is left of it is of no use; if it was never created, there is nothing to remove.
		let _ = fs::remove_file(&beside);
		Error::Write { path: path.into(), source }
	})
}
