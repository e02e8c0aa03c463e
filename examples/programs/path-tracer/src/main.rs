//! Renders one tile: the scene on standard input, the number of the tile as the task's index, the tile on standard
//! output.

#![cfg_attr(target_arch = "wasm32", no_std, no_main)]

extern crate alloc;

use assay_guest::{read_input, task_index, write_output};
use assay_path_tracer::{parser, parser::SceneError, render, tile::Tile};
use core::fmt;

assay_guest::entry!(run);

/// Why there is no picture.
enum Failure {
	Host(assay_guest::Error),
	Encoding,
	Scene(SceneError),
	NoSuchTile { index: u32, tiles: u32 },
}

impl fmt::Display for Failure {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		match self {
			Self::Host(error) => write!(f, "{error}"),
			Self::Encoding => f.write_str("the scene is not UTF-8 text"),
			Self::Scene(error) => write!(f, "scene, {error}"),
			Self::NoSuchTile { index, tiles } => {
				write!(f, "there is no tile {index}: the scene is cut into {tiles}, counted from 0")
			},
		}
	}
}

impl From<assay_guest::Error> for Failure {
	fn from(error: assay_guest::Error) -> Self {
		Self::Host(error)
	}
}

fn run() -> Result<(), Failure> {
	let index = task_index()?;
	let input = read_input()?;
	let text = core::str::from_utf8(&input).map_err(|_| Failure::Encoding)?;
	let scene = parser::parse(text).map_err(Failure::Scene)?;
	let tiles = scene.image.tiles();
	let tile = Tile::new(&scene.image, index).ok_or(Failure::NoSuchTile { index, tiles })?;
	let pixels = render::render(&scene, &tile);
	Ok(write_output(&tile.encode(&scene.image, &pixels))?)
}
