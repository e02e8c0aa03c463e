//! The tiles of a picture, and what a task writes.

use crate::scene::Image;
use alloc::vec::Vec;

/// What every tile begins with.
pub const MAGIC: [u8; 8] = *b"ASYTILE1";

/// A rectangle of pixels. The first is at the top left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tile {
	/// Pixels to its left.
	pub x: u32,
	/// Pixels above it.
	pub y: u32,
	/// Pixels from left to right.
	pub width: u32,
	/// Pixels from top to bottom.
	pub height: u32,
}

impl Tile {
	/// Tile number `index` of a picture, row by row from the top left. `None` if there are not so many.
	pub fn new(image: &Image, index: u32) -> Option<Self> {
		if index >= image.tiles() {
			return None;
		}
		let (x, width) = part(image.width, image.columns, index % image.columns)?;
		let (y, height) = part(image.height, image.rows, index / image.columns)?;
		Some(Self { x, y, width, height })
	}

	/// The tile as a task writes it: [`MAGIC`], then width and height of the picture and x, y, width and height of the
	/// tile as little-endian `u32`, then the pixels, row by row, as three bytes each: red, green and blue, in sRGB.
	pub fn encode(&self, image: &Image, pixels: &[[u8; 3]]) -> Vec<u8> {
		let header = [image.width, image.height, self.x, self.y, self.width, self.height];
		let header = header.iter().flat_map(|number| number.to_le_bytes());
		MAGIC.into_iter().chain(header).chain(pixels.iter().flatten().copied()).collect()
	}
}

/// Where part number `position` of `parts` begins, and how long it is.
fn part(whole: u32, parts: u32, position: u32) -> Option<(u32, u32)> {
	let cut = |position: u32| {
		let cut = u64::from(whole) * u64::from(position) / u64::from(parts);
		u32::try_from(cut).ok()
	};
	let start = cut(position)?;
	Some((start, cut(position + 1)? - start))
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn tiles_cover_every_pixel_once() {
		for (width, height, columns, rows) in [(512, 512, 8, 8), (10, 7, 3, 4), (5, 5, 5, 5), (1, 1, 1, 1)] {
			let image = Image { width, height, columns, rows };
			let mut seen = vec![0; (width * height) as usize];
			for index in 0..image.tiles() {
				let tile = Tile::new(&image, index).unwrap();
				assert!(tile.width > 0 && tile.height > 0);
				for y in tile.y..tile.y + tile.height {
					for x in tile.x..tile.x + tile.width {
						seen[(y * width + x) as usize] += 1;
					}
				}
			}
			assert!(seen.iter().all(|count| *count == 1));
			assert_eq!(Tile::new(&image, image.tiles()), None);
		}
	}

	#[test]
	fn a_tile_is_written_as_described() {
		let image = Image { width: 0x0102, height: 3, columns: 1, rows: 1 };
		let tile = Tile { x: 4, y: 5, width: 2, height: 1 };
		let expected =
			b"ASYTILE1\x02\x01\0\0\x03\0\0\0\x04\0\0\0\x05\0\0\0\x02\0\0\0\x01\0\0\0\x0a\x0b\x0c\x0d\x0e\x0f";
		assert_eq!(tile.encode(&image, &[[10, 11, 12], [13, 14, 15]]), expected);
	}
}
