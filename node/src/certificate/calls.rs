//! What transactions in blocks say about batches.

use assay_primitives::{
	audit::{AuditReport, Opening},
	sealing::BatchKey,
	BatchIndex, Hash, JobId, SignedReceipt,
};
use assay_runtime::{inner_calls, opaque, RuntimeCall, UncheckedExtrinsic};
use codec::{DecodeLimit, Encode};
use pallet_compute::Call as ComputeCall;

/// Calls inside of calls are looked at down to this depth, more than anybody nests them.
const MAX_DEPTH: u32 = 16;
/// Types nest down to this depth in a transaction: the runtime takes no deeper one.
const MAX_EXTRINSIC_DEPTH: u32 = 256;

/// What was published with a key.
pub(super) struct Reveal {
	pub(super) key: BatchKey,
	pub(super) openings: Vec<Opening>,
}

/// The call of a transaction. `None` if it is of another runtime.
fn call_of(extrinsic: &opaque::UncheckedExtrinsic) -> Option<RuntimeCall> {
	UncheckedExtrinsic::decode_with_depth_limit(MAX_EXTRINSIC_DEPTH, &mut &extrinsic.encode()[..])
		.ok()
		.map(|extrinsic| extrinsic.function)
}

/// The receipt with that hash.
pub(super) fn find_receipt(body: &[opaque::UncheckedExtrinsic], hash: &Hash) -> Option<SignedReceipt> {
	body.iter().find_map(|extrinsic| match call_of(extrinsic)? {
		RuntimeCall::Compute(ComputeCall::submit_receipt { signed }) => {
			(signed.receipt.hash() == *hash).then_some(signed)
		},
		_ => None,
	})
}

/// The reports in a block, and their places.
pub(super) fn reports(body: &[opaque::UncheckedExtrinsic]) -> impl Iterator<Item = (u32, AuditReport)> + '_ {
	(0u32..).zip(body).filter_map(|(index, extrinsic)| match call_of(extrinsic)? {
		RuntimeCall::Compute(ComputeCall::submit_audit { report }) => Some((index, report)),
		_ => None,
	})
}

/// Every attempt to reveal that batch, whatever the call was wrapped in.
pub(super) fn reveals(body: &[opaque::UncheckedExtrinsic], place: (JobId, BatchIndex)) -> Vec<Reveal> {
	let mut found = Vec::new();
	for call in body.iter().filter_map(call_of) {
		collect_reveals(&call, place, 0, &mut found);
	}
	found
}

fn collect_reveals(call: &RuntimeCall, place: (JobId, BatchIndex), depth: u32, found: &mut Vec<Reveal>) {
	if let RuntimeCall::Compute(ComputeCall::reveal { job, batch, key, openings }) = call {
		if (*job, *batch) == place {
			found.push(Reveal { key: *key, openings: openings.clone() });
		}
	} else if depth < MAX_DEPTH {
		for inner in inner_calls(call) {
			collect_reveals(inner, place, depth.saturating_add(1), found);
		}
	}
}
