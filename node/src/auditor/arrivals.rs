//! What is on its way to this node while a duty waits for it, and how long that may take. No I/O.
//!
//! Whoever waits holds no slot: otherwise as many slow blobs as there are slots would keep a node from everything else. So
//! whatever arrives may take its time, as long as it comes in at a rate that nodes with honest intentions have.

use assay_primitives::{BlockNumber, Hash};
use std::collections::HashMap;

/// Bytes that arrive of a blob in a block, on an average, if those that have it mean it. Half of what the chain reckons with
/// when it gives validators time for fetching.
const FLOOR: u64 = 2 << 20;

/// The blobs that a duty waits for, or has waited for.
#[derive(Debug, Default)]
pub(super) struct Arrivals {
	/// When each was first seen to be on its way. No more than a batch and its job name.
	since: HashMap<Hash, BlockNumber>,
	late: Vec<Hash>,
}

impl Arrivals {
	/// Takes note of a blob that is on its way at finalised block `now`.
	pub(super) fn expect(&mut self, blob: Hash, now: BlockNumber) {
		self.since.entry(blob).or_insert(now);
	}

	/// Whether a blob, of which `arrived` bytes are here, is waited for any longer than `start` blocks. If not, it is late for
	/// good.
	pub(super) fn is_in_time(
		&mut self,
		blob: &Hash,
		arrived: u64,
		start: BlockNumber,
		now: BlockNumber,
	) -> bool {
		let since = self.since.get(blob).copied().unwrap_or(now);
		let allowed = u64::from(start).saturating_add(arrived / FLOOR);
		let is_in_time = u64::from(now.saturating_sub(since)) <= allowed;
		if !is_in_time && !self.late.contains(blob) {
			self.late.push(*blob);
		}
		is_in_time
	}

	/// What counts as missing unless it is here: it took too long.
	pub(super) fn late(&self) -> &[Hash] {
		&self.late
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::auditor::{duties, votes};
	use assay_runtime::Runtime;

	const BLOB: Hash = Hash([1; 32]);
	const START: BlockNumber = 5;

	#[test]
	fn what_gets_on_is_waited_for_and_what_trickles_is_late() {
		let mut arrivals = Arrivals::default();
		arrivals.expect(BLOB, 100);
		arrivals.expect(BLOB, 103);
		assert!(arrivals.is_in_time(&BLOB, 0, START, 100 + START));
		for block in 0..100 {
			assert!(arrivals.is_in_time(&BLOB, u64::from(block) * FLOOR, START, 100 + START + block));
		}
		assert_eq!(arrivals.late(), []);
		assert!(!arrivals.is_in_time(&BLOB, 10 * FLOOR - 1, START, 100 + START + 10));
		assert_eq!(arrivals.late(), [BLOB]);
	}

	/// The largest program, input and sealed results, one after the other, and neither ends in an audit or a vote that comes
	/// too late.
	#[test]
	fn there_is_time_left_for_running_what_has_arrived() {
		const LARGEST: u64 = 256 << 20;
		let blocks = |start: BlockNumber| start + u32::try_from(LARGEST / FLOOR).unwrap();
		let audit = <<Runtime as pallet_compute::Config>::AuditWindow as sp_core::Get<u32>>::get();
		let dispute = <<Runtime as pallet_compute::Config>::DisputeWindow as sp_core::Get<u32>>::get();
		assert!(3 * (blocks(duties::START) + duties::GRACE) <= audit / 4 * 3);
		assert!(blocks(votes::START) + votes::PATIENCE < dispute / 4 * 3);
	}
}
