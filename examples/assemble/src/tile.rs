//! What one task wrote: the format of the path tracer's output.

use crate::Error;
use std::path::{Path, PathBuf};

/// What every tile begins with.
const MAGIC: &[u8; 8] = b"ASYTILE1";
/// Six numbers of four bytes follow.
const HEADER_NUMBERS: usize = 6;
/// Red, green and blue.
pub(crate) const PIXEL_BYTES: usize = 3;
/// The path tracer renders nothing larger in either direction.
const MAX_SIDE: u32 = 16_384;

/// A tile, checked by itself: it has pixels, all of them, and lies within its picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tile {
	/// The file it is from.
	pub(crate) path: PathBuf,
	/// Width and height of the picture, at most 16384.
	pub(crate) picture: (u32, u32),
	/// Pixels to its left.
	pub(crate) x: u32,
	/// Pixels above it.
	pub(crate) y: u32,
	/// Pixels from left to right, at least 1.
	pub(crate) width: u32,
	/// Pixels from top to bottom, at least 1.
	pub(crate) height: u32,
	/// Row by row, [`PIXEL_BYTES`] each.
	pub(crate) pixels: Vec<u8>,
}

impl Tile {
	/// Reads the bytes of the file at `path`.
	pub(crate) fn decode(path: &Path, bytes: &[u8]) -> Result<Self, Error> {
		if bytes.is_empty() {
			return Err(Error::Empty(path.into()));
		}
		let numbers = bytes.strip_prefix(MAGIC).and_then(|rest| rest.split_at_checked(HEADER_NUMBERS * 4));
		let (header, pixels) = numbers.ok_or_else(|| Error::NotATile(path.into()))?;
		let mut numbers = header.as_chunks().0.iter().map(|bytes| u32::from_le_bytes(*bytes));
		let mut next = || numbers.next().unwrap_or_default();
		let (picture, x, y, width, height) = ((next(), next()), next(), next(), next(), next());
		if picture.0 > MAX_SIDE || picture.1 > MAX_SIDE {
			return Err(Error::TooLarge { path: path.into(), width: picture.0, height: picture.1 });
		}
		let fits = |start: u32, length: u32, whole| {
			length > 0 && start.checked_add(length).is_some_and(|end| end <= whole)
		};
		if !fits(x, width, picture.0) || !fits(y, height, picture.1) {
			return Err(Error::Outside(path.into()));
		}
		let (expected, found) =
			(u64::from(width) * u64::from(height) * PIXEL_BYTES as u64, pixels.len() as u64);
		if expected != found {
			return Err(Error::Length { path: path.into(), expected, found });
		}
		Ok(Self { path: path.into(), picture, x, y, width, height, pixels: pixels.into() })
	}
}

#[cfg(test)]
pub(crate) mod tests {
	use super::*;

	/// The bytes of a tile whose pixels are all `shade`.
	pub(crate) fn encoded(
		picture: (u32, u32),
		x: u32,
		y: u32,
		width: u32,
		height: u32,
		shade: u8,
	) -> Vec<u8> {
		let mut bytes = MAGIC.to_vec();
		for number in [picture.0, picture.1, x, y, width, height] {
			bytes.extend(number.to_le_bytes());
		}
		bytes.extend(vec![shade; (width * height) as usize * PIXEL_BYTES]);
		bytes
	}

	fn decode(bytes: &[u8]) -> Result<Tile, Error> {
		Tile::decode(Path::new("t"), bytes)
	}

	#[test]
	fn a_tile_is_read() {
		let tile = decode(&encoded((10, 20), 3, 4, 5, 6, 7)).unwrap();
		assert_eq!((tile.picture, tile.x, tile.y, tile.width, tile.height), ((10, 20), 3, 4, 5, 6));
		assert_eq!(tile.pixels, [7; 90]);
	}

	#[test]
	fn what_is_no_tile_is_refused() {
		assert!(matches!(decode(b""), Err(Error::Empty(_))));
		assert!(matches!(decode(b"ASYTILE1"), Err(Error::NotATile(_))));
		assert!(matches!(decode(b"error: no scene"), Err(Error::NotATile(_))));
		let good = encoded((10, 20), 3, 4, 5, 6, 7);
		for length in 1..good.len() {
			let cut = decode(&good[..length]);
			assert!(matches!(cut, Err(Error::NotATile(_) | Error::Length { .. })), "{length}");
		}
		let long = [good, vec![0]].concat();
		assert!(matches!(decode(&long), Err(Error::Length { expected: 90, found: 91, .. })));
	}

	#[test]
	fn a_tile_must_lie_within_its_picture() {
		for (x, y, width, height) in
			[(6, 0, 5, 6), (0, 15, 5, 6), (u32::MAX, 0, 5, 6), (0, 0, 0, 6), (0, 0, 5, 0)]
		{
			assert!(matches!(decode(&encoded((10, 20), x, y, width, height, 0)), Err(Error::Outside(_))));
		}
		let huge = encoded((16_385, 20), 0, 0, 1, 1, 0);
		assert!(matches!(decode(&huge), Err(Error::TooLarge { width: 16_385, height: 20, .. })));
	}
}
