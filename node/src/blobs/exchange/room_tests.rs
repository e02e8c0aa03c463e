//! Duties on a node whose store is full of what earlier duties needed.

use super::testing::{Network, LIMITS};
use crate::{
	auditor::BlobSource,
	blobs::{BlobLimits, BlobStore},
};
use assay_primitives::BlobRef;
use std::sync::{
	atomic::{AtomicBool, Ordering},
	Arc,
};
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

/// Between its last piece and the moment it is read, another duty could take its place.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_duty_fetches_is_in_use_until_it_has_it() {
	let network = Arc::new(Network::default());
	let (directory, input) = (TempDir::new().unwrap(), bytes(10, 1));
	let own = Arc::new(BlobStore::open(directory.path(), LIMITS).unwrap());
	let wanted = BlobRef::of(&input);
	let (store, was_in_use) = (own.clone(), Arc::new(AtomicBool::new(false)));
	let seen = was_in_use.clone();
	network.add_changed(&input, move |_, answer| {
		seen.store(store.is_in_use(&wanted.hash), Ordering::Relaxed);
		Some(answer)
	});
	let exchange = network.exchange(own.clone());
	let fetched = tokio::task::spawn_blocking(move || exchange.fetch(&wanted));
	assert_eq!(fetched.await.unwrap().unwrap()[..], input);
	assert!(was_in_use.load(Ordering::Relaxed));
	assert!(!own.is_in_use(&wanted.hash), "it may give way from now on");
}
