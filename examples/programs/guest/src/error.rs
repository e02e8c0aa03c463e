//! What can go wrong between a program and its host.

use alloc::{string::String, vec::Vec};
use core::fmt;

/// An error number of the host: one of WASI's in a task, the operating system's natively.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HostError(pub u16);

impl fmt::Display for HostError {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		write!(f, "host error {}", self.0)
	}
}

impl core::error::Error for HostError {}

/// Why a program could not get its index or its input, or not hand over its output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
	/// The host does not give out the arguments.
	Arguments(HostError),
	/// The program was started without a first argument.
	NoIndex,
	/// The first argument, given here, is not a decimal number below 2³².
	BadIndex(Vec<u8>),
	/// Standard input cannot be read.
	Input(HostError),
	/// Standard output cannot be written.
	Output(HostError),
}

impl fmt::Display for Error {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		match self {
			Self::Arguments(error) => write!(f, "cannot read the arguments: {error}"),
			Self::NoIndex => {
				f.write_str("the first argument must be the index of the task, and there is none")
			},
			Self::BadIndex(argument) => {
				let argument = String::from_utf8_lossy(argument);
				write!(
					f,
					"the first argument must be the index of the task, a decimal number, not {argument:?}"
				)
			},
			Self::Input(error) => write!(f, "cannot read the input: {error}"),
			Self::Output(error) => write!(f, "cannot write the output: {error}"),
		}
	}
}

impl core::error::Error for Error {}
