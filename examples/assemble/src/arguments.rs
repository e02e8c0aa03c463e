//! The command line.

use crate::Error;
use std::{ffi::OsString, path::PathBuf};

/// What is asked for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Request {
	/// To tell how the program is used.
	Help,
	/// To put a picture together.
	Assemble(Arguments),
}

/// Where the picture goes and where its tiles are.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Arguments {
	/// The PNG to write.
	pub(crate) out: PathBuf,
	/// Tiles, and directories of them. Not empty.
	pub(crate) paths: Vec<PathBuf>,
}

/// Reads the arguments, without the program's name.
pub(crate) fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Request, Error> {
	let mut arguments = arguments.into_iter();
	let mut out = None;
	let mut paths = Vec::new();
	let mut options = true;
	while let Some(argument) = arguments.next() {
		match argument.to_str().filter(|_| options) {
			Some("-h" | "--help") => return Ok(Request::Help),
			Some("-o" | "--out") => {
				let path = arguments.next().ok_or(Error::NoOut)?;
				if out.replace(PathBuf::from(path)).is_some() {
					return Err(Error::TwoOuts);
				}
			},
			Some("--") => options = false,
			Some(option) if option.starts_with('-') && option.len() > 1 => {
				return Err(Error::UnknownOption(option.into()));
			},
			_ => paths.push(PathBuf::from(argument)),
		}
	}
	let out = out.ok_or(Error::NoOut)?;
	if paths.is_empty() {
		return Err(Error::NoPaths);
	}
	Ok(Request::Assemble(Arguments { out, paths }))
}

#[cfg(test)]
mod tests {
	use super::*;

	fn read(line: &str) -> Result<Request, Error> {
		parse(line.split_whitespace().map(OsString::from))
	}

	fn request(out: &str, paths: &[&str]) -> Request {
		Request::Assemble(Arguments { out: out.into(), paths: paths.iter().map(PathBuf::from).collect() })
	}

	#[test]
	fn paths_and_options_come_in_any_order() {
		assert_eq!(read("--out a.png d").unwrap(), request("a.png", &["d"]));
		assert_eq!(read("x y -o a.png z").unwrap(), request("a.png", &["x", "y", "z"]));
		assert_eq!(read("-o a.png -- -x --out").unwrap(), request("a.png", &["-x", "--out"]));
		assert_eq!(read("--out a.png --help").unwrap(), Request::Help);
	}

	#[test]
	fn what_is_missing_or_too_much_is_told() {
		assert!(matches!(read(""), Err(Error::NoOut)));
		assert!(matches!(read("x"), Err(Error::NoOut)));
		assert!(matches!(read("x --out"), Err(Error::NoOut)));
		assert!(matches!(read("--out a"), Err(Error::NoPaths)));
		assert!(matches!(read("--out a --out b x"), Err(Error::TwoOuts)));
		assert!(matches!(read("--out a --fast x"), Err(Error::UnknownOption(option)) if option == "--fast"));
	}
}
