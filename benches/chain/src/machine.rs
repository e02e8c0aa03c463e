//! Where the measurement was made.

use std::{fs, thread};

/// Where the measurement was made.
#[derive(Clone, Debug, PartialEq)]
pub struct Machine {
	/// What the processor calls itself.
	pub processor: String,
	/// Processors that this program may use.
	pub cores: usize,
	/// Memory, in GiB.
	pub memory: u64,
	/// The kernel's version.
	pub kernel: String,
	/// Programs that wanted to run when the measurement began, over the last minute.
	pub load: String,
}

impl Machine {
	/// This one.
	pub fn this() -> Self {
		let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
		let field = |text: &str, name: &str| {
			let line = text.lines().find(|line| line.starts_with(name))?;
			Some(line.split_once(':')?.1.trim().to_owned())
		};
		let kibibytes: u64 = field(&read("/proc/meminfo"), "MemTotal")
			.and_then(|value| value.split_whitespace().next()?.parse().ok())
			.unwrap_or(0);
		let unknown = || "unknown".to_owned();
		Self {
			processor: field(&read("/proc/cpuinfo"), "model name").unwrap_or_else(unknown),
			cores: thread::available_parallelism().map_or(1, Into::into),
			memory: (kibibytes + (1 << 19)) >> 20,
			kernel: read("/proc/sys/kernel/osrelease").trim().to_owned(),
			load: read("/proc/loadavg").split_whitespace().next().map_or_else(unknown, Into::into),
		}
	}
}
