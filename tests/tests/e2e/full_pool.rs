//! A crowd that fills blocks for a while, with what costs nothing and with what is paid for and tipped: what a worker owes
//! goes into a block before all of it.

use assay_client::{Call, Client, Inclusion, Keys};
use assay_primitives::{
	audit::{tag, Findings},
	view::AuditTask,
	AccountId, BlobRef, BlockNumber, Hash, JobId, JobSpec, Receipt, SignedReceipt, TaskLimits,
};
use assay_tests::{
	auditing::Auditor,
	handmade::{self, Work},
	job, keys, program, rpc, transactions,
	wait::wait_for,
	DevNode, ASY,
};
use futures::{future::join_all, stream, StreamExt};
use serde_json::{json, Value};
use std::collections::BTreeSet;

/// A crowd of some hundreds of transactions has to come faster than blocks take them.
const SLOT: u64 = 1_000;
const INPUT: &[u8] = b"";
const REQUESTER: &str = "//Charlie";
const HONEST: &str = "//Bob";
/// Whose money the crowd has, and who works for it.
const CROWD: &str = "//Eve";
/// The rest of the crowd.
const SMALL_CROWD: &str = "//Ferdie";
/// Pays no tip, and owes nothing.
const BYSTANDER: &str = "//Dave";

/// Batches that one claim can take. Sixty such claims weigh as much as a block can hold.
const CLAIM: u32 = 64;
/// Batches that the crowd has handed in, and whose reports it holds back.
const REPORTED: u32 = 2 * CLAIM;
/// Batches whose receipts it holds back: a block of them.
const RECEIPTS: u32 = 15 * CLAIM;
/// Claims that it holds back, and tips: eight blocks of them.
const CLAIMS: u32 = 480;
const TIP: u128 = ASY / 10;
/// Transfers that fill what room such claims leave, with a tip that puts them behind these.
const TRANSFERS: u32 = 400;
const SMALL_TIP: u128 = TIP / 1_000;
/// Transactions on their way at once.
const IN_FLIGHT: usize = 64;
/// Bytes of a receipt's signature, with which its transaction ends.
const SIGNATURE: usize = 64;

/// A job of many batches of a task each.
async fn post(client: &Client, program: &[u8], batches: u32) -> JobId {
	let limits = TaskLimits { fuel: 1_000_000, ..job::spec(program, INPUT, 1).limits };
	let spec = JobSpec {
		tasks: batches,
		batch_size: 1,
		bounty: ASY / 1_000,
		limits,
		execution_window: 2_000,
		..job::spec(program, INPUT, batches)
	};
	job::post(client, &keys(REQUESTER), program, INPUT, spec).await
}

async fn claim_all(client: &Client, crowd: &Keys, job: JobId, batches: u32) {
	let call = Call::Claim { job, count: CLAIM };
	let claims = (0..batches / CLAIM).map(|_| client.submit(crowd, &call, Inclusion::BestBlock));
	for claimed in join_all(claims).await {
		claimed.unwrap_or_else(|error| panic!("{error}"));
	}
}

/// Receipts for batches that nobody has run.
fn receipts(client: &Client, crowd: &Keys, job: JobId, batches: u32) -> Vec<SignedReceipt> {
	let hash = Hash::of(b"nothing");
	let receipt = |batch| Receipt {
		genesis: client.genesis(),
		job,
		batch,
		attempt: 0,
		worker: crowd.account(),
		outputs_root: hash,
		sealed: BlobRef { hash, len: 60 },
		sealed_root: hash,
		key_commitment: hash,
	};
	(0..batches).map(|batch| receipt(batch).sign(crowd.keypair())).collect()
}

async fn hand_in(client: &Client, receipts: &[SignedReceipt]) {
	let sent =
		stream::iter(receipts).map(|receipt| client.submit_receipt(receipt)).buffer_unordered(IN_FLIGHT);
	sent.for_each(|taken| async move {
		taken.unwrap_or_else(|error| panic!("{error}"));
	})
	.await;
}

/// Hands transactions to the pool, which has to take all of them.
async fn send(client: &Client, transactions: &[String]) {
	let sent = stream::iter(transactions).map(|transaction| async move {
		let taken: Result<Value, _> = client.ask("author_submitExtrinsic", &[json!(transaction)]).await;
		taken.unwrap_or_else(|error| panic!("{error}"))
	});
	sent.buffer_unordered(IN_FLIGHT).for_each(|_| async {}).await;
}

/// The batches of a job that wait for the only auditor, once so many of them do.
async fn waiting(auditor: &Auditor, job: JobId, count: u32) -> Vec<AuditTask> {
	wait_for(&format!("{count} batches of job {job} to wait for auditors"), || async {
		let mut tasks = auditor.tasks().await.ok()?;
		tasks.retain(|task| task.job == job);
		(tasks.len() == count as usize).then_some(tasks)
	})
	.await
}

/// The honest batch, audited by its only auditor.
async fn audit(auditor: &Auditor, work: &Work, job: JobId) {
	let tasks = waiting(auditor, job, 1).await;
	let [task] = &tasks[..] else { panic!("there is one batch") };
	let samples = auditor.samples(task).expect("there is such a batch").expect("the only auditor is drawn");
	let openings = work.openings(&samples);
	let tags = openings.iter().map(|opening| tag(&auditor.key(), &opening.outcome.leaf(job, opening.task)));
	let report = auditor.report(task, Findings::Checked(tags.collect()));
	auditor.send("report_extrinsic", &report).await.unwrap_or_else(|error| panic!("{error}"));
}

fn holds(transaction: &[u8], account: &AccountId) -> bool {
	transaction.windows(32).any(|window| window == account.0)
}

/// The transactions of a block.
async fn block(client: &Client, number: BlockNumber) -> Vec<Vec<u8>> {
	let hash = client.block_hash(number).await.expect("the node answers").expect("the block is there");
	client.transactions(hash).await.expect("the node answers").expect("the block is there")
}

/// The first block from that one on with a transaction of an account.
async fn block_with(client: &Client, from: BlockNumber, account: &AccountId) -> BlockNumber {
	wait_for("a transaction to get into a block", || async {
		let best = client.best_block().await.ok()?;
		for number in from..=best {
			if block(client, number).await.iter().any(|transaction| holds(transaction, account)) {
				return Some(number);
			}
		}
		None
	})
	.await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reveal_goes_before_a_crowd_that_fills_blocks() {
	let node = DevNode::start_hasty(1, SLOT, &["--no-auditor"]).await;
	let client = node.client().await;
	let (honest, crowd, bystander) = (keys(HONEST), keys(CROWD), keys(BYSTANDER));
	let auditor = Auditor { client: node.client().await, keys: keys("//Alice") };
	let program = program::countdown(1_000);

	// The crowd's own jobs, of which only the reports, the receipts and the claims that it holds back are still to come.
	let reported = post(&client, &program, REPORTED).await;
	let committed = post(&client, &program, RECEIPTS).await;
	let unclaimed = post(&client, &program, CLAIMS * CLAIM).await;
	let bond = Call::BondWorker(1_000 * ASY);
	client.submit(&crowd, &bond, Inclusion::BestBlock).await.unwrap_or_else(|error| panic!("{error}"));
	tokio::join!(
		claim_all(&client, &crowd, reported, REPORTED),
		claim_all(&client, &crowd, committed, RECEIPTS)
	);
	hand_in(&client, &receipts(&client, &crowd, reported, REPORTED)).await;

	let honest_job =
		job::post(&client, &keys(REQUESTER), &program, INPUT, job::spec(&program, INPUT, 4)).await;
	let claimed = handmade::claim(&client, &honest, 2 * ASY, honest_job, 1).await;
	let spec = client.job(honest_job).await.expect("the job is there").spec;
	let results = handmade::results(&program, INPUT, &spec, &claimed);
	let work = Work::new(results, &claimed, honest.account(), client.genesis());
	work.hand_in(&client, &honest).await;
	audit(&auditor, &work, honest_job).await;
	let samples = work.audited(&client).await;

	let mut reports = Vec::new();
	for task in waiting(&auditor, reported, REPORTED).await {
		let report = auditor.report(&task, Findings::Unavailable);
		reports.push(auditor.transaction("report_extrinsic", &report).await.expect("the node answers"));
	}
	let receipts = receipts(&client, &crowd, committed, RECEIPTS);
	let claims = vec![Call::Claim { job: unclaimed, count: CLAIM }; CLAIMS as usize];
	let claims = transactions::tipped(&client, &crowd, TIP, &claims).await;
	let transfer = Call::Transfer { to: crowd.account(), amount: ASY };
	let transfers = vec![transfer.clone(); TRANSFERS as usize];
	let transfers = transactions::tipped(&client, &keys(SMALL_CROWD), SMALL_TIP, &transfers).await;
	let transfer = client.prepare(&bystander, &transfer).await.unwrap_or_else(|error| panic!("{error}"));
	let (key, openings) = (work.key, work.openings(&samples));
	let reveal = Call::Reveal { job: honest_job, batch: 0, key, openings };
	let reveal = client.prepare(&honest, &reveal).await.unwrap_or_else(|error| panic!("{error}"));

	let start = client.best_block().await.expect("the node answers");
	send(&client, &claims).await;
	send(&client, &transfers).await;
	client.hand_over(&"a transfer", &transfer).await.unwrap_or_else(|error| panic!("{error}"));
	hand_in(&client, &receipts).await;
	send(&client, &reports).await;
	let pending = rpc::result(node.rpc_port(), "author_pendingExtrinsics", json!([]));
	let pending = pending.as_array().map_or(0, Vec::len);
	client.hand_over(&"the reveal", &reveal).await.unwrap_or_else(|error| panic!("{error}"));
	let before = client.best_block().await.expect("the node answers");
	job::wait_batch(&client, (honest_job, 0), "to be revealed", |batch| batch.key.is_some()).await;
	let revealed = block_with(&client, before, &honest.account()).await;
	eprintln!("{pending} were waiting in block {before}; revealed in block {revealed}");
	// One may have been under way, and a pool takes its time over a crowd.
	assert!(revealed <= before + 3, "not before block {revealed}, from block {before} on");

	// Nothing but the time, which every block begins with, is before it.
	let here = block(&client, revealed).await;
	let place = here.iter().position(|transaction| holds(transaction, &honest.account()));
	assert_eq!(place, Some(1), "{} transactions", here.len());
	// There was more in the pool than that block had room for, and it was there before.
	let is_late = block_with(&client, before, &bystander.account()).await;
	assert!(is_late > revealed + 1, "the blocks were not full: {is_late}, {revealed}");
	let signatures: BTreeSet<_> = receipts.iter().map(|signed| signed.signature).collect();
	let (mut free, mut later) = (0, 0);
	for number in start..=is_late {
		for transaction in block(&client, number).await {
			let end = transaction.len().checked_sub(SIGNATURE).and_then(|from| transaction.get(from..));
			let is_receipt = end.is_some_and(|end| signatures.iter().any(|signature| signature[..] == *end));
			let encoded = format!("0x{}", hex::encode(&transaction));
			free += u32::from(is_receipt || reports.contains(&encoded));
			later += u32::from(number > revealed && claims.contains(&encoded));
		}
	}
	assert_eq!(free, RECEIPTS + REPORTED, "what costs nothing is late, and not lost");
	assert!(later > CLAIMS / 8, "{later} of the crowd's claims are in later blocks than the reveal");
}
