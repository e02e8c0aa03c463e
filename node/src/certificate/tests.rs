//! What certificates take for granted about the SDK. What they take for granted about the runtime is tested with it, and
//! everything else takes a chain, and is tested on one.

use super::{calls, inclusion::Transactions};
use assay_primitives::{
	audit::{AuditReport, Findings},
	certificate::{trie::lookup, DigestItem as Item, Header},
	Hash,
};
use assay_runtime::{opaque, RuntimeCall, UncheckedExtrinsic};
use codec::{Compact, Decode, DecodeAll, Encode};
use sp_core::{Blake2Hasher, Hasher};
use sp_runtime::{traits::Header as _, Digest, DigestItem};
use sp_trie::{LayoutV0, LayoutV1, TrieConfiguration};

fn report(job: u64) -> AuditReport {
	AuditReport {
		job,
		batch: 2,
		attempt: 3,
		auditor: [4; 32],
		pre_output: [5; 32],
		proof: [6; 64],
		findings: Findings::Checked(vec![Hash::of(b"tag")]),
	}
}

fn opaque(call: pallet_compute::Call<assay_runtime::Runtime>) -> opaque::UncheckedExtrinsic {
	let extrinsic = UncheckedExtrinsic::new_bare(RuntimeCall::Compute(call)).encode();
	opaque::UncheckedExtrinsic::decode(&mut &extrinsic[..]).unwrap()
}

fn body() -> Vec<opaque::UncheckedExtrinsic> {
	use pallet_compute::Call;
	let reveal = |job| Call::reveal { job, batch: 2, key: [7; 32], openings: Vec::new() };
	vec![
		opaque(Call::cancel_job { job: 1 }),
		opaque(Call::submit_audit { report: report(1) }),
		opaque(reveal(1)),
		opaque(Call::submit_audit { report: report(5) }),
		opaque(reveal(5)),
	]
}

#[test]
fn what_concerns_a_batch_is_found_in_blocks() {
	let found: Vec<_> = calls::reports(&body()).collect();
	assert_eq!(found, [(1, report(1)), (3, report(5))]);
	let reveals = calls::reveals(&body(), (5, 2));
	assert_eq!(reveals.len(), 1);
	assert_eq!((reveals[0].key, reveals[0].openings.len()), ([7; 32], 0));
	assert!(calls::reveals(&body(), (5, 3)).is_empty());
	assert!(calls::find_receipt(&body(), &Hash::default()).is_none());
}

/// Both ways of keeping long values, with a body that has branches, inline nodes and long values.
#[test]
fn a_transaction_is_shown_to_be_in_its_block() {
	let extrinsics: Vec<Vec<u8>> = (0u32..300).map(|number| vec![7; number as usize % 90]).collect();
	let roots = [
		LayoutV0::<Blake2Hasher>::ordered_trie_root(extrinsics.iter()),
		LayoutV1::<Blake2Hasher>::ordered_trie_root(extrinsics.iter()),
	];
	assert_ne!(roots[0], roots[1]);
	for root in roots {
		let root = Hash(root.0);
		let transactions = Transactions::new(&extrinsics, &root).expect("they are those of the root");
		for (index, extrinsic) in (0u32..).zip(&extrinsics) {
			let proof = transactions.proof(index).unwrap();
			let mut fetch =
				|hash: &Hash| proof.iter().find(|node| Blake2Hasher::hash(node).0 == hash.0).cloned();
			let found = lookup(&root, &Compact(index).encode(), &mut fetch);
			assert_eq!(found.as_ref(), Ok(&Some(extrinsic.clone())), "transaction {index}");
		}
		assert!(transactions.proof(300).is_none());
	}
	assert!(Transactions::new(&extrinsics, &Hash::default()).is_none());
}

#[test]
fn headers_are_those_of_the_sdk() {
	let logs = vec![
		DigestItem::PreRuntime(*b"BABE", vec![1; 80]),
		DigestItem::Consensus(*b"FRNK", vec![2; 3]),
		DigestItem::Other(vec![3]),
		DigestItem::RuntimeEnvironmentUpdated,
		DigestItem::Seal(*b"BABE", vec![4; 64]),
	];
	let [extrinsics, state, parent] = [[1u8; 32], [2; 32], [3; 32]].map(Into::into);
	let header = assay_runtime::Header::new(70_000, extrinsics, state, parent, Digest { logs });
	let translated = Header::decode_all(&mut &header.encode()[..]).unwrap();
	assert_eq!(translated.hash().0, header.hash().0);
	assert_eq!((translated.number, translated.parent.0), (70_000, [3; 32]));
	assert_eq!((translated.state_root.0, translated.extrinsics_root.0), ([2; 32], [1; 32]));
	assert_eq!(translated.digest[1], Item::Consensus(*b"FRNK", vec![2; 3]));
}
