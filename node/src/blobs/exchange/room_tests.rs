//! Duties on a node whose store is full of what earlier duties needed.

use super::testing::{Network, LIMITS};
use crate::{
	auditor::BlobSource,
	blobs::{BlobLimits, BlobStore},
};
use assay_primitives::BlobRef;
use std::sync::Arc;
use tempfile::TempDir;

const MIB: usize = 1 << 20;

fn bytes(len: usize, seed: usize) -> Vec<u8> {
	let mut bytes = vec![0; len];
	blake3::Hasher::new().update(&seed.to_le_bytes()).finalize_xof().fill(&mut bytes);
	bytes
}

/// Forty jobs cost next to nothing, and have every validator fetch an input that is named for weeks.
#[tokio::test(flavor = "multi_thread")]
async fn hostile_inputs_do_not_keep_a_validator_from_its_next_duty() {
	let network = Arc::new(Network::default());
	let inputs: Vec<_> = (0..12).map(|seed| bytes(2 * MIB + 5, seed)).collect();
	let sealed = bytes(MIB, 100);
	for blob in inputs.iter().chain([&sealed]) {
		network.add(blob);
	}
	let directory = TempDir::new().unwrap();
	let limits = BlobLimits { quota: 9 * MIB as u64, ..LIMITS };
	let own = Arc::new(BlobStore::open(directory.path(), limits).unwrap());
	let uploaded = own.insert(b"uploaded by the operator").unwrap();
	let exchange = network.exchange(own.clone());
	let duties = tokio::task::spawn_blocking(move || {
		let demanded = BlobRef::of(&sealed);
		assert_eq!(exchange.fetch(&demanded).unwrap()[..], sealed);
		exchange.hold(&demanded).unwrap();
		for input in &inputs {
			assert_eq!(exchange.fetch(&BlobRef::of(input)).unwrap()[..], *input);
		}
		demanded
	});
	let demanded = duties.await.unwrap();
	assert!(own.has(&demanded.hash) && own.has(&uploaded.hash));
	assert!(own.holdings().used <= limits.quota);
}
