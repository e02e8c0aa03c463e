//! Receipts, reports and reveals that do not hold, between the right ones of a batch that is done by hand.

use super::{calls::all_fail, handmade, Jobs};
use assay_client::{codes, Call, Client, Error, Inclusion, Keys};
use assay_primitives::{
	audit::{AuditReport, Findings, Opening},
	view::{BatchStage, BatchView},
	BlobRef, Hash, Receipt, SignedReceipt,
};
use assay_tests::{
	handmade::{revealable, Work},
	job, keys, rpc, DevNode, ASY,
};
use serde_json::json;

const SUBMIT_RECEIPT: u8 = 6;
const SUBMIT_AUDIT: u8 = 7;
/// What the pool says of a transaction the pallet refuses, and the pallet's numbers for its reasons.
const INVALID_TRANSACTION: i64 = 1010;
const BAD_SIGNATURE: u8 = 7;
const NOT_AUDITOR: u8 = 11;

pub(crate) async fn are_refused(node: &DevNode, client: &Client, jobs: &Jobs) {
	let worker = keys("//Eve");
	let job = jobs.handmade;
	claim(client, &worker, job).await;
	let claimed = job::batch(client, (job, 0)).await;
	assert_eq!((claimed.stage, claimed.worker), (BatchStage::Claimed, Some(worker.account())));
	let spec = client.job(job).await.expect("the job is there").spec;
	let work = handmade::work(&spec, &claimed, &worker, client.genesis());

	bad_receipts(node, &work, &worker, jobs);
	assert_eq!(job::batch(client, (job, 0)).await, claimed, "a refused receipt changed something");
	hand_in(client, &work, &worker).await;
	let committed =
		job::wait_batch(client, (job, 0), "to be handed in", |batch| batch.stage == BatchStage::Committed);
	assert_eq!(committed.await.receipt.map(|receipt| receipt.hash), Some(work.receipt.hash()));
	late_receipts(node, client, &work, &worker).await;
	bad_reports(node, &work, &worker);

	let audited = revealable(client, (job, 0)).await;
	bad_reveals(client, &work, &worker, &audited).await;
	assert_eq!(job::batch(client, (job, 0)).await, audited, "a refused reveal changed something");
	reveal(client, &work, &worker, &audited).await;
}

/// Bonds, claims the one batch there is, and then tries to have more than there is of either.
async fn claim(client: &Client, worker: &Keys, job: u64) {
	let stake = 2 * ASY;
	for call in [Call::BondWorker(stake), Call::Claim { job, count: 64 }] {
		client.submit(worker, &call, Inclusion::BestBlock).await.unwrap_or_else(|error| panic!("{error}"));
	}
	let cases = vec![
		("NothingToClaim", Call::Claim { job, count: 1 }),
		("StakeLocked", Call::UnbondWorker(stake)),
		("StakeLocked", Call::UnbondWorker(u128::MAX)),
		("NothingUnbonding", Call::WithdrawUnbonded),
		("TooEarly", Call::Expire { job, batch: 0 }),
		("NotRevealed", Call::Settle { job, batch: 0 }),
		("NotCommitted", Call::Reveal { job, batch: 0, key: [0; 32], openings: Vec::new() }),
	];
	all_fail(client, worker, cases).await;
}

fn submit(node: &DevNode, text: String) -> rpc::Failure {
	rpc::failure(node.rpc_port(), "compute_submitReceipt", json!([text]))
}

fn bad_receipts(node: &DevNode, work: &Work, worker: &Keys, jobs: &Jobs) {
	let good = work.receipt;
	let other = keys("//Ferdie");
	let huge = BlobRef { len: u64::MAX, ..good.sealed };
	let empty = BlobRef { len: 0, ..good.sealed };
	let cases: [(Receipt, &Keys, &str); 9] = [
		(Receipt { genesis: Hash::of(b"another chain"), ..good }, worker, "another chain"),
		(Receipt { job: 1_000_000, ..good }, worker, "no such job"),
		(Receipt { job: jobs.untouched, ..good }, worker, "does not wait for a receipt"),
		(Receipt { batch: 1, ..good }, worker, "no such batch"),
		(Receipt { batch: u32::MAX, ..good }, worker, "no such batch"),
		(Receipt { attempt: 1, ..good }, worker, "another attempt"),
		(Receipt { worker: other.account(), ..good }, &other, "another worker"),
		(Receipt { sealed: huge, ..good }, worker, "that many bytes"),
		(Receipt { sealed: empty, ..good }, worker, "that many bytes"),
	];
	for (receipt, signer, words) in cases {
		let failure = submit(node, rpc::scale_hex(&receipt.sign(signer.keypair())));
		assert_eq!(failure.code, i64::from(codes::REFUSED), "{failure:?}");
		assert!(failure.message.contains(words), "{words}: {failure:?}");
		assert_eq!(failure.data["mayRetry"], false, "{failure:?}");
		assert!(failure.data["refusal"].is_u64(), "{failure:?}");
	}

	let signed = good.sign(worker.keypair());
	let forged = [
		SignedReceipt { signature: [0; 64], ..signed },
		SignedReceipt { receipt: Receipt { outputs_root: Hash::of(b"other results"), ..good }, ..signed },
		SignedReceipt { receipt: Receipt { worker: other.account(), ..good }, ..signed },
		good.sign(other.keypair()),
	];
	for forged in forged {
		let failure = submit(node, rpc::scale_hex(&forged));
		assert_eq!(failure.code, i64::from(codes::MALFORMED_ARGUMENT), "{failure:?}");
		assert!(failure.message.contains("signature"), "{failure:?}");
	}
	// Around the node's own check, straight into the pool.
	let smuggled = SignedReceipt { signature: [0; 64], ..signed };
	assert_refused(&rpc::smuggle(node.rpc_port(), SUBMIT_RECEIPT, &smuggled), BAD_SIGNATURE);

	let whole = rpc::scale_hex(&signed);
	for (text, words) in [
		(String::new(), "not the SCALE encoding"),
		("0x".into(), "not the SCALE encoding"),
		("0xzz".into(), "hexadecimal"),
		("0x123".into(), "hexadecimal"),
		(whole[..whole.len() - 2].to_owned(), "not the SCALE encoding"),
		(format!("{whole}00"), "at most"),
		("0x".to_owned() + &"00".repeat(100_000), "at most"),
	] {
		let failure = submit(node, text);
		assert_eq!(failure.code, i64::from(codes::MALFORMED_ARGUMENT), "{failure:?}");
		assert!(failure.message.contains(words), "{words}: {failure:?}");
		assert_eq!(failure.data["argument"], "signedReceipt", "{failure:?}");
	}
}

fn assert_refused(failure: &rpc::Failure, refusal: u8) {
	assert_eq!(failure.code, INVALID_TRANSACTION, "{failure:?}");
	assert_eq!(failure.data, format!("Custom error: {refusal}"), "{failure:?}");
}

async fn hand_in(client: &Client, work: &Work, worker: &Keys) {
	client.upload(&work.sealed.bytes).await.unwrap_or_else(|error| panic!("{error}"));
	let signed = work.receipt.sign(worker.keypair());
	let first = client.submit_receipt(&signed).await.unwrap_or_else(|error| panic!("{error}"));
	// A worker that does not know whether it was heard says it again.
	let again = client.submit_receipt(&signed).await.unwrap_or_else(|error| panic!("{error}"));
	assert_eq!(first, again);
}

/// With one receipt on the chain, the same one does no harm, and another one is not taken.
async fn late_receipts(node: &DevNode, client: &Client, work: &Work, worker: &Keys) {
	let signed = work.receipt.sign(worker.keypair());
	client.submit_receipt(&signed).await.unwrap_or_else(|error| panic!("{error}"));
	let other = Receipt { outputs_root: Hash::of(b"a change of mind"), ..work.receipt };
	let failure = submit(node, rpc::scale_hex(&other.sign(worker.keypair())));
	assert_eq!(failure.code, i64::from(codes::REFUSED), "{failure:?}");
	assert!(failure.message.contains("does not wait for a receipt"), "{failure:?}");
}

fn bad_reports(node: &DevNode, work: &Work, worker: &Keys) {
	let Receipt { job, batch, attempt, .. } = work.receipt;
	let report = |auditor: &Keys, findings| AuditReport {
		job,
		batch,
		attempt,
		auditor: auditor.account().0,
		pre_output: [1; 32],
		proof: [1; 64],
		findings,
	};
	// The worker would like to audit itself.
	for findings in [Findings::Unavailable, Findings::Checked(vec![Hash::default(); 2])] {
		let failure = rpc::smuggle(node.rpc_port(), SUBMIT_AUDIT, &report(worker, findings));
		assert_refused(&failure, NOT_AUDITOR);
	}
	// It would also like to speak for the auditor. What exactly is wrong with that depends on how far the audit is.
	let failure =
		rpc::smuggle(node.rpc_port(), SUBMIT_AUDIT, &report(&keys("//Alice"), Findings::Unavailable));
	assert_eq!(failure.code, INVALID_TRANSACTION, "{failure:?}");
	let unknown = AuditReport { job: 1_000_000, ..report(worker, Findings::Unavailable) };
	assert_refused(&rpc::smuggle(node.rpc_port(), SUBMIT_AUDIT, &unknown), 1);
	let early = AuditReport { attempt: attempt + 1, ..report(worker, Findings::Unavailable) };
	assert_refused(&rpc::smuggle(node.rpc_port(), SUBMIT_AUDIT, &early), 4);
}

fn change(openings: &[Opening], change: impl Fn(&mut Opening)) -> Vec<Opening> {
	let mut openings = openings.to_vec();
	openings.iter_mut().take(1).for_each(change);
	openings
}

async fn bad_reveals(client: &Client, work: &Work, worker: &Keys, audited: &BatchView) {
	let samples = audited.audit.as_ref().expect("it is audited").samples();
	assert_eq!(samples.len(), 2);
	let good = work.openings(&samples);
	let fuel = client.job(audited.job).await.expect("the job is there").spec.limits.fuel;
	let everything: Vec<_> = (audited.first_task..audited.first_task + audited.tasks).collect();
	let (job, batch, key) = (audited.job, audited.batch, work.key);
	let with = |openings| Call::Reveal { job, batch, key, openings };
	let reversed: Vec<_> = good.iter().rev().cloned().collect();
	let cases = vec![
		("WrongKey", Call::Reveal { job, batch, key: [0; 32], openings: good.clone() }),
		("WrongOpenings", with(Vec::new())),
		("WrongOpenings", with(good[..1].to_vec())),
		("WrongOpenings", with(reversed)),
		("WrongOpenings", with([&good[..], &good[1..]].concat())),
		("WrongOpenings", with(work.openings(&everything))),
		("WrongOpenings", with(change(&good, |opening| opening.task = u32::MAX))),
		("WrongProof", with(change(&good, |opening| opening.outcome.fuel += 1))),
		("WrongProof", with(change(&good, |opening| opening.outcome.output_hash = Hash::of(b"better")))),
		("WrongProof", with(change(&good, |opening| opening.proof.clear()))),
		("WrongProof", with(change(&good, |opening| opening.proof = vec![Hash::default(); 100]))),
		("ImpossibleOutcome", with(change(&good, |opening| opening.outcome.fuel = fuel + 1))),
		("ImpossibleOutcome", with(change(&good, |opening| opening.outcome.output_len = u32::MAX))),
		("TooEarly", Call::Expire { job, batch }),
		("NotRevealed", Call::Settle { job, batch }),
	];
	all_fail(client, worker, cases).await;
	all_fail(client, &keys("//Eve//stash"), vec![("NotBatchWorker", with(good))]).await;
}

/// After everything that was wrong, what is right is taken.
async fn reveal(client: &Client, work: &Work, worker: &Keys, audited: &BatchView) {
	let (job, batch) = (audited.job, audited.batch);
	let samples = audited.audit.as_ref().expect("it is audited").samples();
	let call = Call::Reveal { job, batch, key: work.key, openings: work.openings(&samples) };
	client.submit(worker, &call, Inclusion::BestBlock).await.unwrap_or_else(|error: Error| panic!("{error}"));
	let revealed = job::batch(client, (job, batch)).await;
	assert_eq!((revealed.stage, revealed.key), (BatchStage::Revealed, Some(Hash(work.key))));
	let cases = vec![
		("NotCommitted", call),
		("TooEarly", Call::Settle { job, batch }),
		("TooEarly", Call::Expire { job, batch }),
	];
	all_fail(client, worker, cases).await;
}
