//! The global allocator of a task.

use crate::bump::{Bump, Region};
use core::{
	alloc::{GlobalAlloc, Layout},
	arch::wasm32::{memory_grow, memory_size},
	cell::UnsafeCell,
	ptr::null_mut,
};

const PAGE: usize = 64 << 10;

struct Allocator(UnsafeCell<Option<Bump>>);

#[global_allocator]
static ALLOCATOR: Allocator = Allocator(UnsafeCell::new(None));

// SAFETY: a task has one thread; the machine knows no others.
unsafe impl Sync for Allocator {}

impl Allocator {
	fn with<T>(&self, action: impl FnOnce(&mut Bump) -> T) -> T {
		// SAFETY: there is one thread, and no `action` in this module allocates, so no second reference exists.
		let bump = unsafe { &mut *self.0.get() };
		action(bump.get_or_insert_with(|| Bump::new(initial_region())))
	}
}

/// From the end of the program's static data and stack to the end of the memory it starts with.
fn initial_region() -> Region {
	unsafe extern "C" {
		// Defined by the linker; only its address means anything.
		static __heap_base: u8;
	}
	((&raw const __heap_base).addr(), memory_size::<0>().saturating_mul(PAGE))
}

fn grow(bytes: usize) -> Option<Region> {
	let pages = bytes.div_ceil(PAGE);
	let before = memory_grow::<0>(pages);
	// `usize::MAX` stands for refusal. The very last page is given up, so that the end of memory is a number.
	let start = before.checked_mul(PAGE)?;
	Some((start, start.checked_add(pages.checked_mul(PAGE)?)?))
}

// SAFETY: addresses come from `Bump`, which never hands out the same one twice unless it was freed, and lie in memory
// that belongs to the program. Address 0 lies below `__heap_base`, so it is never a successful answer.
unsafe impl GlobalAlloc for Allocator {
	unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
		let address = self.with(|bump| bump.allocate(layout.size(), layout.align(), grow));
		address.map_or(null_mut(), |address| address as *mut u8)
	}

	unsafe fn dealloc(&self, block: *mut u8, _: Layout) {
		self.with(|bump| bump.free(block.addr()))
	}

	unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
		if self.with(|bump| bump.resize(block.addr(), size, grow)) {
			return block;
		}
		if size <= layout.size() {
			return block;
		}
		// SAFETY: the caller promises that `size`, rounded up to the alignment, does not overflow.
		let moved = unsafe { self.alloc(Layout::from_size_align_unchecked(size, layout.align())) };
		if !moved.is_null() {
			// SAFETY: both blocks are at least `layout.size()` long, and the new one overlaps nothing in use.
			unsafe { moved.copy_from_nonoverlapping(block, layout.size()) };
		}
		moved
	}
}
