//! Tiles to picture, and picture to PNG.

use crate::{
	tile::{Tile, PIXEL_BYTES},
	Error,
};

/// A whole picture.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Picture {
	/// Pixels from left to right.
	pub(crate) width: u32,
	/// Pixels from top to bottom.
	pub(crate) height: u32,
	/// Row by row from the top left: red, green and blue.
	pub(crate) pixels: Vec<u8>,
}

impl Picture {
	/// Puts tiles together. Every pixel must be in exactly one of them.
	pub(crate) fn assemble(tiles: &[Tile]) -> Result<Self, Error> {
		let Some(first) = tiles.first() else { return Err(Error::NoPaths) };
		if let Some(other) = tiles.iter().find(|tile| tile.picture != first.picture) {
			return Err(Error::Sizes { one: first.path.clone(), other: other.path.clone() });
		}
		let (width, height) = first.picture;
		// Only now is it certain that the tiles have as many pixels as the picture claims, and memory is worth asking
		// for.
		let mut pixels = Vec::new();
		for row in rows(tiles, width, height)? {
			for tile in row.tiles {
				let length = tile.width as usize * PIXEL_BYTES;
				let start = (row.y - tile.y) as usize * length;
				pixels.extend_from_slice(&tile.pixels[start..start + length]);
			}
		}
		Ok(Self { width, height, pixels })
	}

	/// The picture as the bytes of a PNG file.
	pub(crate) fn to_png(&self) -> Result<Vec<u8>, Error> {
		let mut bytes = Vec::new();
		let mut encoder = png::Encoder::new(&mut bytes, self.width, self.height);
		encoder.set_color(png::ColorType::Rgb);
		encoder.set_depth(png::BitDepth::Eight);
		encoder.set_source_srgb(png::SrgbRenderingIntent::Perceptual);
		encoder.set_compression(png::Compression::High);
		let mut writer = encoder.write_header().map_err(Error::Encode)?;
		writer.write_image_data(&self.pixels).map_err(Error::Encode)?;
		writer.finish().map_err(Error::Encode)?;
		Ok(bytes)
	}
}

/// One row of the picture.
struct Row<'a> {
	y: u32,
	/// The tiles it crosses, from left to right.
	tiles: Vec<&'a Tile>,
}

/// The rows of a picture, if tiles cover each without overlapping.
fn rows(tiles: &[Tile], width: u32, height: u32) -> Result<Vec<Row<'_>>, Error> {
	let mut rows: Vec<_> = (0..height).map(|y| Row { y, tiles: Vec::new() }).collect();
	for tile in tiles {
		let crossed = rows.iter_mut().skip(tile.y as usize).take(tile.height as usize);
		crossed.for_each(|row| row.tiles.push(tile));
	}
	let mut covered = 0;
	let mut gap = None;
	for row in &mut rows {
		row.tiles.sort_by_key(|tile| tile.x);
		if let Some(pair) = row.tiles.windows(2).find(|pair| pair[1].x < pair[0].x + pair[0].width) {
			return Err(Error::Overlap { one: pair[0].path.clone(), other: pair[1].path.clone() });
		}
		covered += row.tiles.iter().map(|tile| u64::from(tile.width)).sum::<u64>();
		gap = gap.or_else(|| Some((row.first_gap(width)?, row.y)));
	}
	match gap {
		Some((x, y)) => Err(Error::Gap { x, y, missing: u64::from(width) * u64::from(height) - covered }),
		None => Ok(rows),
	}
}

impl Row<'_> {
	/// The first column that no tile covers, for tiles that do not overlap.
	fn first_gap(&self, width: u32) -> Option<u32> {
		let covered = self.tiles.iter().try_fold(0, |end, tile| match tile.x {
			x if x == end => Ok(end + tile.width),
			_ => Err(end),
		});
		let (Ok(end) | Err(end)) = covered;
		(end < width).then_some(end)
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::tile::tests::encoded;
	use std::path::Path;

	const SIZE: (u32, u32) = (5, 4);

	fn tile(name: &str, x: u32, y: u32, width: u32, height: u32, shade: u8) -> Tile {
		Tile::decode(Path::new(name), &encoded(SIZE, x, y, width, height, shade)).unwrap()
	}

	/// Four tiles of a picture, of unequal sizes and in no order.
	fn quarters() -> Vec<Tile> {
		vec![
			tile("d", 2, 1, 3, 3, 4),
			tile("a", 0, 0, 2, 1, 1),
			tile("c", 0, 1, 2, 3, 3),
			tile("b", 2, 0, 3, 1, 2),
		]
	}

	#[test]
	fn every_pixel_lands_in_its_place() {
		let mut tiles = quarters();
		// Pixels of their own, so that a mix-up within a tile shows.
		for (number, byte) in tiles.iter_mut().flat_map(|tile| &mut tile.pixels).enumerate() {
			*byte = number as u8;
		}
		let picture = Picture::assemble(&tiles).unwrap();
		for tile in &tiles {
			for (index, pixel) in tile.pixels.chunks(3).enumerate() {
				let (x, y) = (
					tile.x as usize + index % tile.width as usize,
					tile.y as usize + index / tile.width as usize,
				);
				let start = (y * SIZE.0 as usize + x) * 3;
				assert_eq!(&picture.pixels[start..start + 3], pixel);
			}
		}
		assert_eq!((picture.width, picture.height, picture.pixels.len()), (5, 4, 60));
	}

	#[test]
	fn a_png_decodes_to_the_same_pixels() {
		let picture = Picture::assemble(&quarters()).unwrap();
		let png = picture.to_png().unwrap();
		let mut reader = png::Decoder::new(std::io::Cursor::new(png)).read_info().unwrap();
		let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
		let info = reader.next_frame(&mut pixels).unwrap();
		assert_eq!((info.width, info.height), SIZE);
		assert_eq!((info.color_type, info.bit_depth), (png::ColorType::Rgb, png::BitDepth::Eight));
		assert_eq!(pixels, picture.pixels);
	}

	#[test]
	fn missing_tiles_are_noticed() {
		for (number, (missing, x, y)) in [(9, 2, 1), (2, 0, 0), (6, 0, 1), (3, 2, 0)].into_iter().enumerate()
		{
			let mut tiles = quarters();
			tiles.remove(number);
			let error = Picture::assemble(&tiles).unwrap_err();
			assert!(
				matches!(error, Error::Gap { x: a, y: b, missing: c } if (a, b, c) == (x, y, missing)),
				"{number}: {error}"
			);
		}
		assert!(matches!(Picture::assemble(&[]), Err(Error::NoPaths)));
	}

	#[test]
	fn overlaps_are_noticed() {
		for extra in [tile("e", 1, 3, 1, 1, 9), tile("e", 4, 0, 1, 4, 9), tile("e", 0, 0, 5, 4, 9)] {
			let tiles = [quarters(), vec![extra]].concat();
			let error = Picture::assemble(&tiles).unwrap_err();
			assert!(matches!(&error, Error::Overlap { one, other } if one != other), "{error}");
		}
		let twice = [quarters(), vec![tile("c", 0, 1, 2, 3, 3)]].concat();
		assert!(Picture::assemble(&twice).unwrap_err().to_string().contains("named twice"));
	}

	#[test]
	fn overlaps_and_gaps_that_even_out_are_noticed() {
		let mut tiles = quarters();
		tiles[0] = tile("d", 1, 1, 3, 3, 4);
		assert!(matches!(Picture::assemble(&tiles), Err(Error::Overlap { .. })));
	}

	#[test]
	fn tiles_of_other_pictures_are_noticed() {
		let mut tiles = quarters();
		tiles[2].picture = (6, 4);
		assert!(matches!(Picture::assemble(&tiles), Err(Error::Sizes { .. })));
	}
}
