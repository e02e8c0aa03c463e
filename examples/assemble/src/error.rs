//! Why there is no picture.

use std::{fmt, io, path::PathBuf};

/// Why there is no picture.
#[derive(Debug)]
pub(crate) enum Error {
	/// No `--out`, or nothing after it.
	NoOut,
	/// More than one `--out`.
	TwoOuts,
	/// No tiles were named.
	NoPaths,
	/// An option there is not.
	UnknownOption(String),
	/// A directory without tiles.
	NoTiles(PathBuf),
	/// A file or directory cannot be read.
	Read { path: PathBuf, source: io::Error },
	/// The picture cannot be written.
	Write { path: PathBuf, source: io::Error },
	/// An output without a byte: its task did not get as far as writing one.
	Empty(PathBuf),
	/// A file that is no tile.
	NotATile(PathBuf),
	/// A tile with fewer or more pixels than its header says.
	Length { path: PathBuf, expected: u64, found: u64 },
	/// A tile without pixels, or one that sticks out of its picture.
	Outside(PathBuf),
	/// A picture with sides nobody renders.
	TooLarge { path: PathBuf, width: u32, height: u32 },
	/// Tiles of pictures of different sizes.
	Sizes { one: PathBuf, other: PathBuf },
	/// Two tiles have a pixel in common.
	Overlap { one: PathBuf, other: PathBuf },
	/// Some tile is missing.
	Gap { x: u32, y: u32, missing: u64 },
	/// The picture cannot be encoded.
	Encode(png::EncodingError),
}

impl Error {
	/// Whether the command line is to blame.
	pub(crate) fn is_usage(&self) -> bool {
		matches!(self, Self::NoOut | Self::TwoOuts | Self::NoPaths | Self::UnknownOption(_))
	}
}

impl fmt::Display for Error {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		match self {
			Self::NoOut => f.write_str("name the picture with --out IMAGE.png"),
			Self::TwoOuts => f.write_str("--out was given twice"),
			Self::NoPaths => f.write_str("name the tiles, or the directory they are in"),
			Self::UnknownOption(option) => write!(f, "there is no option {option}"),
			Self::NoTiles(path) => write!(f, "{}: no files task-*.out in this directory", path.display()),
			Self::Read { path, source } => write!(f, "{}: cannot be read: {source}", path.display()),
			Self::Write { path, source } => write!(f, "{}: cannot be written: {source}", path.display()),
			Self::Empty(path) => {
				write!(f, "{}: empty, so its task failed; its status says why", path.display())
			},
			Self::NotATile(path) => write!(f, "{}: not the output of the path tracer", path.display()),
			Self::Length { path, expected, found } => {
				write!(f, "{}: {found} bytes of pixels where its header says {expected}", path.display())
			},
			Self::Outside(path) => {
				write!(f, "{}: a tile without pixels, or with some outside of its picture", path.display())
			},
			Self::TooLarge { path, width, height } => {
				write!(
					f,
					"{}: a picture of {width} x {height} pixels is beyond any the path tracer renders",
					path.display()
				)
			},
			Self::Sizes { one, other } => {
				write!(f, "{} and {}: tiles of pictures of different sizes", one.display(), other.display())
			},
			Self::Overlap { one, other } if one == other => write!(f, "{}: named twice", one.display()),
			Self::Overlap { one, other } => {
				write!(f, "{} and {}: tiles that overlap", one.display(), other.display())
			},
			Self::Gap { x, y, missing } => {
				write!(
					f,
					"{missing} pixels are in none of the tiles, the first at column {x} of row {y}, from 0"
				)
			},
			Self::Encode(source) => write!(f, "the picture cannot be encoded: {source}"),
		}
	}
}

impl std::error::Error for Error {
	fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
		match self {
			Self::Read { source, .. } | Self::Write { source, .. } => Some(source),
			Self::Encode(source) => Some(source),
			_ => None,
		}
	}
}
