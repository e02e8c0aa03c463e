//! The bookkeeping of an allocator that hands out addresses in rising order and takes back only the latest.

/// A region of new memory: its first address and the one after its last.
pub(crate) type Region = (usize, usize);

/// Where the next allocation goes. Knows addresses only, never touches what is behind them.
#[derive(Debug)]
pub(crate) struct Bump {
	next: usize,
	end: usize,
	latest: Option<usize>,
}

impl Bump {
	/// Starts with the memory from `start` up to, and not including, `end`.
	pub(crate) fn new((start, end): Region) -> Self {
		Self { next: start, end, latest: None }
	}

	/// The address of `size` bytes, a multiple of `align` (a power of two). If memory runs out, `grow` is asked for at
	/// least so many bytes more. `None` if it cannot give them.
	pub(crate) fn allocate(
		&mut self,
		size: usize,
		align: usize,
		grow: impl FnOnce(usize) -> Option<Region>,
	) -> Option<usize> {
		let address = match self.fit(size, align) {
			Some(address) => address,
			None => {
				// Enough even if the new region is not next to the old one and begins at an odd address.
				let (start, end) = grow(size.checked_add(align)?)?;
				if start != self.end {
					self.next = start;
				}
				self.end = end;
				self.fit(size, align)?
			},
		};
		self.next = address + size;
		self.latest = Some(address);
		Some(address)
	}

	/// Takes back the allocation at `address`, if it is the latest one.
	pub(crate) fn free(&mut self, address: usize) {
		if self.latest == Some(address) {
			self.next = address;
			self.latest = None;
		}
	}

	/// Makes the allocation at `address` `size` bytes long where it is, if it is the latest one and there is room.
	/// Returns whether that was done.
	pub(crate) fn resize(
		&mut self,
		address: usize,
		size: usize,
		grow: impl FnOnce(usize) -> Option<Region>,
	) -> bool {
		if self.latest != Some(address) {
			return false;
		}
		let Some(next) = address.checked_add(size) else { return false };
		if next > self.end && !self.extend(next - self.end, grow) {
			return false;
		}
		self.next = next;
		true
	}

	fn extend(&mut self, missing: usize, grow: impl FnOnce(usize) -> Option<Region>) -> bool {
		match grow(missing) {
			Some((start, end)) if start == self.end => {
				self.end = end;
				true
			},
			_ => false,
		}
	}

	fn fit(&self, size: usize, align: usize) -> Option<usize> {
		let address = self.next.checked_next_multiple_of(align)?;
		address.checked_add(size).filter(|next| *next <= self.end).map(|_| address)
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	fn none(_: usize) -> Option<Region> {
		None
	}

	#[test]
	fn allocations_are_aligned_and_apart() {
		let mut bump = Bump::new((1001, 2000));
		assert_eq!(bump.allocate(3, 1, none), Some(1001));
		assert_eq!(bump.allocate(8, 8, none), Some(1008));
		assert_eq!(bump.allocate(0, 4, none), Some(1016));
		assert_eq!(bump.allocate(100, 64, none), Some(1024));
		assert_eq!(bump.allocate(876, 1, none), Some(1124));
		assert_eq!(bump.allocate(1, 1, none), None);
	}

	#[test]
	fn memory_grows_by_what_is_missing() {
		let mut bump = Bump::new((0, 64));
		let address = bump.allocate(100, 16, |missing| {
			assert!(missing >= 100);
			Some((64, 256))
		});
		assert_eq!(address, Some(0));
		let elsewhere = bump.allocate(200, 16, |missing| Some((1001, 1001 + missing)));
		assert_eq!(elsewhere, Some(1008));
		assert_eq!(bump.allocate(usize::MAX, 1, |_| panic!("cannot even be asked for")), None);
	}

	#[test]
	fn a_failed_allocation_changes_nothing() {
		let mut bump = Bump::new((0, 64));
		assert_eq!(bump.allocate(100, 1, none), None);
		assert_eq!(bump.allocate(64, 1, none), Some(0));
	}

	#[test]
	fn only_the_latest_allocation_is_taken_back() {
		let mut bump = Bump::new((0, 64));
		let first = bump.allocate(8, 1, none).unwrap();
		let second = bump.allocate(8, 1, none).unwrap();
		bump.free(first);
		assert_eq!(bump.allocate(8, 1, none), Some(16));
		bump.free(16);
		assert_eq!(bump.allocate(8, 1, none), Some(16));
		bump.free(second);
		assert_eq!(bump.allocate(8, 1, none), Some(24));
	}

	#[test]
	fn only_the_latest_allocation_is_resized() {
		let mut bump = Bump::new((0, 64));
		let first = bump.allocate(8, 1, none).unwrap();
		let second = bump.allocate(8, 1, none).unwrap();
		assert!(!bump.resize(first, 4, none));
		assert!(bump.resize(second, 56, none));
		assert!(!bump.resize(second, 57, none));
		assert!(!bump.resize(second, 57, |missing| Some((1000, 1000 + missing))));
		assert!(bump.resize(second, 57, |missing| Some((64, 64 + missing))));
		assert!(!bump.resize(second, usize::MAX, none));
		assert!(bump.resize(second, 1, none));
		assert_eq!(bump.allocate(1, 1, none), Some(9));
	}
}
