//! Room for tasks: cores and memory.

use assay_primitives::TaskLimits;
use std::{fs, sync::Arc};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

const BYTES_PER_PAGE: u64 = 64 << 10;
const PAGES_PER_MEBIBYTE: u64 = 16;
/// What a process that runs a task takes besides the task's own memory, roughly: itself, and the compiled program.
const OVERHEAD_PAGES: u32 = 512;
/// What is left to the rest of the machine if the owner did not say: a quarter.
const DEFAULT_SHARE: (u64, u64) = (3, 4);

/// Cores, and memory in pages of 64 KiB, of which running tasks take their part.
pub(crate) struct Room {
	cores: Arc<Semaphore>,
	memory: Arc<Semaphore>,
	core_count: u32,
	pages: u32,
}

/// A task's part of it, until it is dropped.
pub(crate) struct Place {
	_core: OwnedSemaphorePermit,
	_memory: OwnedSemaphorePermit,
}

impl Room {
	/// `cores` tasks at once, at least one, which may use `memory` bytes together: three quarters of what the machine has
	/// if that is not said.
	pub(crate) fn new(cores: usize, memory: Option<u64>) -> Self {
		let core_count = u32::try_from(cores.max(1)).unwrap_or(u32::MAX);
		let bytes = memory.or_else(|| {
			let (part, whole) = DEFAULT_SHARE;
			Some(machine_memory()? / whole * part)
		});
		let pages = bytes.map_or(u32::MAX, |bytes| u32::try_from(bytes / BYTES_PER_PAGE).unwrap_or(u32::MAX));
		let permits = |number: u32| usize::try_from(number).unwrap_or(usize::MAX).min(Semaphore::MAX_PERMITS);
		Self {
			cores: Arc::new(Semaphore::new(permits(core_count))),
			memory: Arc::new(Semaphore::new(permits(pages))),
			core_count,
			pages,
		}
	}

	/// How many tasks can run at once, as far as cores are concerned.
	pub(crate) fn core_count(&self) -> u32 {
		self.core_count
	}

	/// How many tasks are running.
	pub(crate) fn running(&self) -> u32 {
		let free = u32::try_from(self.cores.available_permits()).unwrap_or(u32::MAX);
		self.core_count.saturating_sub(free)
	}

	/// How many tasks of such limits there is room for at once.
	pub(crate) fn tasks_at_once(&self, limits: &TaskLimits) -> u32 {
		(self.pages / needed(limits)).min(self.core_count)
	}

	/// Why there is no room for even one such task, if there is none.
	pub(crate) fn too_small_for(&self, limits: &TaskLimits) -> Option<String> {
		let mebibytes = |pages: u32| u64::from(pages).div_ceil(PAGES_PER_MEBIBYTE);
		(self.tasks_at_once(limits) == 0).then(|| {
			format!(
				"a task of it can take {} MiB of memory, and there are {} MiB for tasks (--memory)",
				mebibytes(needed(limits)),
				u64::from(self.pages) / PAGES_PER_MEBIBYTE
			)
		})
	}

	/// Waits for a place for a task of such limits. What was claimed with more room than there is now gets all there is.
	/// `None` if there never will be one.
	pub(crate) async fn enter(&self, limits: &TaskLimits) -> Option<Place> {
		let pages = needed(limits).min(self.pages);
		// Memory first: a core that waits for memory would keep smaller tasks out.
		let memory = Arc::clone(&self.memory).acquire_many_owned(pages).await.ok()?;
		let core = Arc::clone(&self.cores).acquire_owned().await.ok()?;
		Some(Place { _core: core, _memory: memory })
	}
}

fn needed(limits: &TaskLimits) -> u32 {
	limits.memory_pages.saturating_add(OVERHEAD_PAGES)
}

/// The machine's memory in bytes, or what its control group leaves of it.
fn machine_memory() -> Option<u64> {
	let whole = total_of(&fs::read_to_string("/proc/meminfo").ok()?)?;
	let group =
		fs::read_to_string("/sys/fs/cgroup/memory.max").ok().and_then(|text| text.trim().parse().ok());
	Some(group.map_or(whole, |group| whole.min(group)))
}

fn total_of(meminfo: &str) -> Option<u64> {
	let line = meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
	let kibibytes: u64 = line.split_whitespace().next()?.parse().ok()?;
	kibibytes.checked_mul(1 << 10)
}

#[cfg(test)]
mod tests {
	use super::*;
	use std::time::Duration;
	use tokio::time::timeout;

	fn limits(memory_pages: u32) -> TaskLimits {
		TaskLimits { memory_pages, ..TaskLimits::default() }
	}

	#[test]
	fn memory_bounds_how_many_tasks_run_at_once() {
		// 128 MiB: 2,048 pages.
		let room = Room::new(4, Some(128 << 20));
		assert_eq!(room.tasks_at_once(&limits(0)), 4);
		assert_eq!(room.tasks_at_once(&limits(512)), 2);
		assert_eq!(room.tasks_at_once(&limits(1_536)), 1);
		assert_eq!(room.too_small_for(&limits(1_536)), None);
		let reason = room.too_small_for(&limits(1_537)).unwrap();
		assert!(reason.contains("129 MiB") && reason.contains("128 MiB"), "{reason}");
		assert_eq!(Room::new(0, None).core_count(), 1);
	}

	#[tokio::test]
	async fn a_task_waits_for_its_memory() {
		let room = Room::new(4, Some(128 << 20));
		let first = room.enter(&limits(512)).await.unwrap();
		let _second = room.enter(&limits(512)).await.unwrap();
		assert_eq!(room.running(), 2);
		assert!(timeout(Duration::from_millis(50), room.enter(&limits(512))).await.is_err());
		drop(first);
		let _third = room.enter(&limits(512)).await.unwrap();
		assert_eq!(room.running(), 2);
	}

	#[tokio::test]
	async fn a_task_that_is_too_large_has_all_there_is_to_itself() {
		let room = Room::new(4, Some(64 << 20));
		let _large = timeout(Duration::from_secs(60), room.enter(&limits(5_000))).await.unwrap().unwrap();
		assert!(timeout(Duration::from_millis(50), room.enter(&limits(0))).await.is_err());
	}

	#[test]
	fn the_machines_memory_is_read() {
		assert_eq!(total_of("MemTotal:       16384 kB\nMemFree: 1 kB\n"), Some(16 << 20));
		assert_eq!(total_of("MemFree: 1 kB\n"), None);
		assert!(machine_memory().is_some_and(|bytes| bytes > 1 << 20));
	}
}
