//! Every function of WASI preview 1, with its type.

/// The module programs import from.
pub const MODULE: &str = "wasi_snapshot_preview1";

/// The type of a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
	/// `i32`.
	Word,
	/// `i64`.
	Long,
}

/// An argument, unsigned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Argument {
	/// An `i32`.
	Word(u32),
	/// An `i64`.
	Long(u64),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Call {
	ArgsGet,
	ArgsSizesGet,
	EnvironGet,
	EnvironSizesGet,
	ClockResGet,
	ClockTimeGet,
	FdClose,
	FdFdstatGet,
	FdPrestat,
	FdRead,
	FdSeek,
	FdWrite,
	ProcExit,
	RandomGet,
	Unsupported,
}

impl From<u32> for Argument {
	fn from(word: u32) -> Self {
		Self::Word(word)
	}
}

impl From<u64> for Argument {
	fn from(long: u64) -> Self {
		Self::Long(long)
	}
}

/// A function that programs may import.
#[derive(Debug)]
pub struct HostFunction {
	name: &'static str,
	/// See [`HostFunction::letters`].
	parameters: &'static str,
	pub(super) call: Call,
}

impl HostFunction {
	/// Its name.
	pub fn name(&self) -> &'static str {
		self.name
	}

	/// The types of its parameters. At most nine.
	pub fn parameters(&self) -> impl ExactSizeIterator<Item = Kind> + '_ {
		self.parameters.bytes().map(|letter| if letter == b'l' { Kind::Long } else { Kind::Word })
	}

	/// The types of its parameters as letters: `i` for `i32`, `l` for `i64`.
	pub(crate) fn letters(&self) -> &'static str {
		self.parameters
	}

	/// Whether it returns an error number, an `i32`. If not, it returns nothing.
	pub fn has_result(&self) -> bool {
		self.call != Call::ProcExit
	}
}

/// The function of this name, if there is one.
pub fn find(module: &str, name: &str) -> Option<&'static HostFunction> {
	if module != MODULE {
		return None;
	}
	FUNCTIONS.iter().find(|function| function.name == name)
}

const fn function(name: &'static str, parameters: &'static str, call: Call) -> HostFunction {
	HostFunction { name, parameters, call }
}

/// All of them. Those the machine does not support answer `ENOSYS` and do nothing.
pub static FUNCTIONS: &[HostFunction] = &[
	function("args_get", "ii", Call::ArgsGet),
	function("args_sizes_get", "ii", Call::ArgsSizesGet),
	function("clock_res_get", "ii", Call::ClockResGet),
	function("clock_time_get", "ili", Call::ClockTimeGet),
	function("environ_get", "ii", Call::EnvironGet),
	function("environ_sizes_get", "ii", Call::EnvironSizesGet),
	function("fd_advise", "illi", Call::Unsupported),
	function("fd_allocate", "ill", Call::Unsupported),
	function("fd_close", "i", Call::FdClose),
	function("fd_datasync", "i", Call::Unsupported),
	function("fd_fdstat_get", "ii", Call::FdFdstatGet),
	function("fd_fdstat_set_flags", "ii", Call::Unsupported),
	function("fd_fdstat_set_rights", "ill", Call::Unsupported),
	function("fd_filestat_get", "ii", Call::Unsupported),
	function("fd_filestat_set_size", "il", Call::Unsupported),
	function("fd_filestat_set_times", "illi", Call::Unsupported),
	function("fd_pread", "iiili", Call::Unsupported),
	function("fd_prestat_dir_name", "iii", Call::FdPrestat),
	function("fd_prestat_get", "ii", Call::FdPrestat),
	function("fd_pwrite", "iiili", Call::Unsupported),
	function("fd_read", "iiii", Call::FdRead),
	function("fd_readdir", "iiili", Call::Unsupported),
	function("fd_renumber", "ii", Call::Unsupported),
	function("fd_seek", "ilii", Call::FdSeek),
	function("fd_sync", "i", Call::Unsupported),
	function("fd_tell", "ii", Call::Unsupported),
	function("fd_write", "iiii", Call::FdWrite),
	function("path_create_directory", "iii", Call::Unsupported),
	function("path_filestat_get", "iiiii", Call::Unsupported),
	function("path_filestat_set_times", "iiiilli", Call::Unsupported),
	function("path_link", "iiiiiii", Call::Unsupported),
	function("path_open", "iiiiillii", Call::Unsupported),
	function("path_readlink", "iiiiii", Call::Unsupported),
	function("path_remove_directory", "iii", Call::Unsupported),
	function("path_rename", "iiiiii", Call::Unsupported),
	function("path_symlink", "iiiii", Call::Unsupported),
	function("path_unlink_file", "iii", Call::Unsupported),
	function("poll_oneoff", "iiii", Call::Unsupported),
	function("proc_exit", "i", Call::ProcExit),
	function("proc_raise", "i", Call::Unsupported),
	function("random_get", "ii", Call::RandomGet),
	function("sched_yield", "", Call::Unsupported),
	function("sock_accept", "iii", Call::Unsupported),
	function("sock_recv", "iiiiii", Call::Unsupported),
	function("sock_send", "iiiii", Call::Unsupported),
	function("sock_shutdown", "ii", Call::Unsupported),
];

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn the_table_is_sorted_and_its_types_are_spelled_right() {
		assert!(FUNCTIONS.windows(2).all(|pair| pair[0].name < pair[1].name));
		for function in FUNCTIONS {
			assert!(function.parameters.bytes().all(|letter| b"il".contains(&letter)), "{}", function.name);
			assert!(function.parameters().len() <= 9, "{}", function.name);
		}
	}

	#[test]
	fn only_the_module_of_preview_1_is_known() {
		assert_eq!(find(MODULE, "path_open").map(|function| function.parameters().len()), Some(9));
		assert!(find("env", "fd_write").is_none());
		assert!(find(MODULE, "fd_writes").is_none());
	}
}
