//! Everything that reads bytes from outside, given bytes that nobody would write: valid ones with some changed, cut off,
//! put in, taken from another message; and noise. What comes out is an error or a value that encodes to what was read;
//! nothing panics, nothing else than what was signed or committed to is taken for it.
//!
//! `ASSAY_DECODES` says how many each reader gets, `ASSAY_SEED` where to begin; `make fuzz-bytes` runs many.

mod bytes;

use assay_primitives::{
	audit::{AuditReport, AuditStatement, Draw, Findings, Opening},
	input::{self, TaskInputs},
	merkle,
	sealing::{self, FetchedBatch, SealedEntry, SealedOpening, TaskResult},
	view::{AuditTask, BatchView, DisputeTask, JobView, Parameters, WorkerView},
	AccountId, AuditPolicy, BlobRef, Chance, Hash, InputSpec, JobSpec, Receipt, Ruling, SignedReceipt,
	SignedVote, TaskLimits, TaskOutcome, TaskStatus, Vote, VM_VERSION,
};
use bytes::try_out;
use codec::{Decode, DecodeAll, Encode};
use std::fmt::Debug;

/// What decodes is what was encoded: SCALE has one encoding for each value.
fn decodes<T: Decode + Encode + PartialEq + Debug>(samples: &[T]) {
	let encoded: Vec<_> = samples.iter().map(Encode::encode).collect();
	let mut values = 0u32;
	try_out(&encoded, 1, |bytes| {
		if let Ok(value) = T::decode_all(&mut &bytes[..]) {
			assert_eq!(value.encode(), bytes, "{value:?}");
			values += 1;
		}
		// What lies behind it is for others.
		let mut rest = bytes;
		if let Ok(value) = T::decode(&mut rest) {
			assert_eq!(value.encoded_size() + rest.len(), bytes.len());
		}
	});
	assert!(values > 0, "nothing was ever decoded");
}

fn keypair(name: u8) -> schnorrkel::Keypair {
	let secret = schnorrkel::MiniSecretKey::from_bytes(&[name; 32]).expect("32 bytes are a secret");
	secret.expand_to_keypair(schnorrkel::ExpansionMode::Ed25519)
}

fn hash(name: u8) -> Hash {
	Hash::of(&[name])
}

fn receipt() -> SignedReceipt {
	let worker = keypair(1);
	Receipt {
		genesis: hash(1),
		job: 1,
		batch: 2,
		attempt: 3,
		worker: AccountId(worker.public.to_bytes()),
		outputs_root: hash(2),
		sealed: BlobRef::of(b"sealed"),
		sealed_root: hash(3),
		key_commitment: hash(4),
	}
	.sign(&worker)
}

fn vote(ruling: Ruling) -> SignedVote {
	let validator = keypair(2);
	Vote {
		genesis: hash(1),
		job: 1,
		batch: 2,
		attempt: 3,
		task: 4,
		opened_at: 5,
		validator: validator.public.to_bytes(),
		ruling,
	}
	.sign(&validator)
}

fn statement() -> AuditStatement {
	AuditStatement { genesis: hash(1), job: 1, batch: 2, attempt: 3, receipt: hash(5), seed: hash(6) }
}

fn report(findings: Findings) -> AuditReport {
	let auditor = keypair(3);
	let in_out = auditor.vrf_create_hash(statement().transcript());
	let (proof, _) = auditor.dleq_proove(findings.transcript(), &in_out, true);
	AuditReport {
		job: 1,
		batch: 2,
		attempt: 3,
		auditor: auditor.public.to_bytes(),
		pre_output: in_out.to_preout().to_bytes(),
		proof: proof.to_bytes(),
		findings,
	}
}

fn spec(input: InputSpec) -> JobSpec {
	JobSpec {
		program: BlobRef::of(b"program"),
		vm_version: VM_VERSION,
		input,
		tasks: 10,
		batch_size: 4,
		bounty: u128::MAX / 7,
		limits: TaskLimits::default(),
		audit: AuditPolicy { auditors: 2, samples: 3, rate: 500_000 },
		execution_window: 10,
		challenge_window: 5,
		lifetime: 150,
	}
}

fn results() -> Vec<TaskResult> {
	let outputs = [&b"first"[..], b"", &[9; 100]];
	let results = outputs.iter().zip(1u64..).map(|(output, fuel)| TaskResult {
		outcome: TaskOutcome::new(TaskStatus::Completed(0), output, fuel).expect("the output is short"),
		output: output.to_vec(),
	});
	results.collect()
}

#[test]
fn messages_of_the_protocol() {
	decodes(&[receipt()]);
	decodes(&[Ruling::Leaf(hash(1)), Ruling::Missealed, Ruling::Unavailable, Ruling::Held].map(vote));
	decodes(&[Findings::Unavailable, Findings::Checked(vec![hash(1), hash(2)])].map(report));
	let outcome = results()[0].outcome;
	decodes(&[Opening { task: 1, outcome, proof: vec![hash(1), hash(2)] }]);
	let entry = SealedEntry { hash: hash(1), len: 3 };
	decodes(&[SealedOpening { entry, proof: vec![hash(1)], bytes: vec![1, 2, 3] }]);
	let blob = BlobRef::of(b"input");
	decodes(&[InputSpec::Shared { blob }, InputSpec::PerTask { blob, root: hash(1) }].map(spec));
	let ends = [TaskStatus::Completed(7), TaskStatus::Trapped, TaskStatus::OutputTooLarge];
	decodes(&ends.map(|status| TaskOutcome { status, ..outcome }));
}

#[test]
fn views_that_a_node_sends() {
	// Whatever a hostile node makes up.
	try_out(&[spec(InputSpec::Shared { blob: BlobRef::of(b"input") }).encode()], 1, |bytes| {
		let _ = JobView::decode(&mut &bytes[..]);
		let _ = BatchView::decode(&mut &bytes[..]);
		let _ = AuditTask::decode(&mut &bytes[..]);
		let _ = DisputeTask::decode(&mut &bytes[..]);
		let _ = WorkerView::decode(&mut &bytes[..]);
		let _ = Parameters::decode(&mut &bytes[..]);
	});
}

#[test]
fn nothing_but_what_was_signed_is_authentic() {
	let (receipt, vote) = (receipt(), vote(Ruling::Leaf(hash(9))));
	assert!(receipt.is_authentic() && vote.is_authentic());
	// Verifying takes long, so every byte is changed once.
	let (good_receipt, good_vote) = (receipt.encode(), vote.encode());
	for (number, at) in (0..good_receipt.len()).enumerate() {
		let mut bytes = good_receipt.clone();
		bytes[at] ^= 1 << (number % 8);
		let other = SignedReceipt::decode_all(&mut &bytes[..]);
		assert!(!other.is_ok_and(|other| other.is_authentic()), "byte {at}");
	}
	for (number, at) in (0..good_vote.len()).enumerate() {
		let mut bytes = good_vote.clone();
		bytes[at] ^= 1 << (number % 8);
		let other = SignedVote::decode_all(&mut &bytes[..]);
		assert!(!other.is_ok_and(|other| other.is_authentic()), "byte {at}");
	}
	let good_report = report(Findings::Checked(vec![hash(1)]));
	assert!(good_report.verify(&statement()).is_some());
	let places = (good_report.encode(), good_report.job.encoded_size() + 8);
	// Job, batch and attempt are for finding the statement, which has them, too.
	for at in places.1..places.0.len() {
		let mut bytes = places.0.clone();
		bytes[at] ^= 1 << (at % 8);
		let other = AuditReport::decode_all(&mut &bytes[..]);
		assert!(other.map_or(true, |other| other.verify(&statement()).is_none()), "byte {at}");
	}
}

#[test]
fn draws_from_anything() {
	let good = report(Findings::Unavailable);
	let policy = AuditPolicy { auditors: 2, samples: 16, rate: AuditPolicy::EVERY_BATCH };
	try_out(&[(good.auditor, good.pre_output).encode()], 1, |bytes| {
		let Ok((auditor, output)) = <([u8; 32], [u8; 32])>::decode(&mut &bytes[..]) else { return };
		if let Some(draw) = Draw::from_pre_output(&auditor, &output, &statement()) {
			assert!(draw.samples(&policy, 5).into_iter().eq(0..5));
		}
	});
}

#[test]
fn sealed_batches() {
	let key = [7; 32];
	let sealed = sealing::seal_batch(&key, 10, &results()).unwrap();
	let leaves: Vec<_> = (10..).zip(results()).map(|(task, result)| result.outcome.leaf(1, task)).collect();
	let root = merkle::root(&leaves).unwrap();
	try_out(&[sealed.bytes.clone(), Vec::<SealedEntry>::new().encode()], 1, |bytes| {
		for tasks in [10..13, 0..0, 5..6, u32::MAX - 2..u32::MAX] {
			match FetchedBatch::parse(bytes, tasks.clone(), &sealed.root) {
				Ok(batch) => {
					assert_eq!(
						(bytes, tasks),
						(&sealed.bytes[..], 10..13),
						"only the one that was committed to"
					);
					assert_eq!(batch.open(&key, 1, &root), Ok(results()));
				},
				Err(error) => assert!(!error.to_string().is_empty()),
			}
		}
		// A worker that commits to garbage: the manifest is its own.
		let mut rest = bytes;
		if let Ok(entries) = Vec::<SealedEntry>::decode(&mut rest) {
			let count = u32::try_from(entries.len()).unwrap();
			let leaves: Vec<_> = (0..count).zip(&entries).map(|(task, entry)| entry.leaf(task)).collect();
			let own_root = merkle::root(&leaves).unwrap_or_default();
			if let Ok(batch) = FetchedBatch::parse(bytes, 0..count, &own_root) {
				let _ = batch.open(&key, 1, &root);
				for task in 0..count.min(4) {
					assert!(batch.show(task).is_some_and(|shown| shown.has_bytes()));
					let _ = batch.open_one(&key, task);
				}
			}
		}
		if let Ok(result) = sealing::open_result(&key, 3, bytes) {
			assert_eq!(sealing::sealed_len(&result.outcome), bytes.len() as u64);
		}
	});
}

#[test]
fn shown_results() {
	let (key, outcome) = ([7; 32], results()[0].outcome);
	let sealed = sealing::seal_batch(&key, 10, &results()).unwrap();
	let shown = FetchedBatch::parse(&sealed.bytes, 10..13, &sealed.root).unwrap().show(10).unwrap();
	try_out(&[shown.encode()], 1, |bytes| {
		let Ok(other) = SealedOpening::decode_all(&mut &bytes[..]) else { return };
		if other.is_under(&sealed.root, 3, 0, 10) {
			assert_eq!((other.entry, &other.proof), (shown.entry, &shown.proof));
			assert_eq!(other.holds(&key, 10, &outcome).is_some(), other.bytes == shown.bytes);
		}
	});
}

#[test]
fn inputs_of_tasks() {
	let packed = input::pack(&[&b"one"[..], b"", b"three"]).unwrap();
	let InputSpec::PerTask { root, .. } = packed.spec() else { panic!("these are inputs per task") };
	try_out(std::slice::from_ref(&packed.bytes), 1, |bytes| {
		let changed = TaskInputs::parse(&packed.spec(), bytes, 3);
		assert_eq!(changed.is_ok(), bytes == packed.bytes);
		// A requester that posts garbage: the blob is the one it names.
		let blob = BlobRef::of(bytes);
		for tasks in [0, 1, 3, u32::MAX] {
			for spec in [InputSpec::PerTask { blob, root }, InputSpec::Shared { blob }] {
				if let Ok(inputs) = TaskInputs::parse(&spec, bytes, tasks) {
					assert!(inputs.get(tasks).is_err(), "there is no task {tasks}");
					assert!(inputs.get(tasks - 1).is_ok());
				}
			}
		}
	});
}

#[test]
fn proofs_of_any_shape() {
	let leaves: Vec<_> = (0..5).map(hash).collect();
	let root = merkle::root(&leaves).unwrap();
	let proof = merkle::proof(&leaves, 3).unwrap();
	try_out(&[proof.encode(), vec![hash(1); 40].encode()], 1, |bytes| {
		let Ok(other) = Vec::<Hash>::decode(&mut &bytes[..]) else { return };
		assert_eq!(merkle::verify(&root, 5, 3, &leaves[3], &other), other == proof);
		for (count, index) in [(0, 0), (1, 0), (u32::MAX, 0), (u32::MAX, u32::MAX - 1), (5, 5)] {
			assert!(!merkle::verify(&root, count, index, &leaves[3], &other));
		}
	});
}

#[test]
fn what_people_type() {
	let address = AccountId([3; 32]).to_ss58();
	let samples = [address.as_str(), "0.125", "1", "99.99%", "1e-9"].map(|text| text.as_bytes().to_vec());
	let samples: Vec<_> = samples.into_iter().chain([hash(1).to_string().into_bytes()]).collect();
	try_out(&samples, 1, |bytes| {
		let text = String::from_utf8_lossy(bytes);
		if let Ok(account) = text.parse::<AccountId>() {
			assert_eq!(account.to_ss58().parse(), Ok(account));
		}
		if let Ok(hash) = text.parse::<Hash>() {
			assert_eq!(hash.to_string().parse(), Ok(hash));
		}
		if let Ok(chance) = text.parse::<Chance>() {
			assert!(chance.parts() <= Chance::PARTS);
		}
	});
}
