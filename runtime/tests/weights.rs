//! Whether what calls and deadlines weigh fits into blocks, at the numbers this runtime chooses.

use assay_primitives::{
	audit::{AuditReport, Findings, Opening},
	merkle, money,
	sealing::{SealedEntry, SealedOpening},
	AccountId, AuditPolicy, BlobRef, Hash, InputSpec, JobSpec, Receipt, Ruling, SignedReceipt, SignedVote,
	TaskLimits, TaskOutcome, TaskStatus, Vote, VM_VERSION,
};
use assay_runtime::{configs::*, Compute, Runtime, RuntimeCall, TransactionPayment};
use codec::Encode;
use frame_support::{
	dispatch::{DispatchClass, GetDispatchInfo, Pays},
	traits::{Authorize, Get, GetCallMetadata, GetCallName},
	weights::Weight,
};
use pallet_compute::{Call, Config, Noted, WeightInfo, MAX_REPORTS};
use std::collections::BTreeSet;

type Weights = <Runtime as Config>::WeightInfo;

fn opening(task: u32) -> Opening {
	let outcome =
		TaskOutcome::new(TaskStatus::Completed(u32::MAX), b"", u64::MAX).expect("no output is short");
	Opening { task, outcome, proof: vec![Hash::default(); merkle::MAX_PROOF_LEN] }
}

/// As many tasks as auditors can sample.
/// An opening of a task in a batch of `tasks`.
fn opening_in(tasks: u32, task: u32) -> Opening {
	let siblings = tasks.next_power_of_two().trailing_zeros();
	Opening { proof: vec![Hash::default(); siblings as usize], ..opening(task) }
}

fn openings() -> Vec<Opening> {
	(0..MAX_REPORTS * u32::from(AuditPolicy::MAX_SAMPLES)).map(opening).collect()
}

fn sealed(bytes: u32) -> SealedOpening {
	SealedOpening {
		entry: SealedEntry { hash: Hash::default(), len: bytes },
		proof: vec![Hash::default(); merkle::MAX_PROOF_LEN],
		bytes: vec![0; bytes as usize],
	}
}

fn receipt() -> SignedReceipt {
	let hash = Hash::default();
	let receipt = Receipt {
		genesis: hash,
		job: 0,
		batch: 0,
		attempt: 0,
		worker: AccountId([0; 32]),
		outputs_root: hash,
		sealed: BlobRef::of(b""),
		sealed_root: hash,
		key_commitment: hash,
	};
	SignedReceipt { receipt, signature: [0; 64] }
}

fn vote() -> SignedVote {
	let vote = Vote {
		genesis: Hash::default(),
		job: 0,
		batch: 0,
		attempt: 0,
		task: 0,
		opened_at: 0,
		validator: [0; 32],
		ruling: Ruling::Unavailable,
	};
	SignedVote { vote, signature: [0; 64] }
}

fn report() -> AuditReport {
	AuditReport {
		job: 0,
		batch: 0,
		attempt: 0,
		auditor: [0; 32],
		pre_output: [0; 32],
		proof: [0; 64],
		findings: Findings::Checked(vec![Hash::default(); AuditPolicy::MAX_SAMPLES.into()]),
	}
}

fn spec() -> JobSpec {
	JobSpec {
		program: BlobRef::of(b""),
		vm_version: VM_VERSION,
		input: InputSpec::PerTask { blob: BlobRef::of(b""), root: Hash::default() },
		tasks: u32::MAX,
		batch_size: JobSpec::MAX_BATCH_SIZE,
		bounty: 1,
		limits: TaskLimits::default(),
		audit: AuditPolicy::default(),
		execution_window: 1,
		challenge_window: 1,
		lifetime: 1,
	}
}

/// Every call, with parameters as large as any it can succeed with.
fn largest_calls() -> Vec<Call<Runtime>> {
	let (job, batch, amount) = (0, 0, 1);
	let shown = <Runtime as Config>::MaxDemandBytes::get();
	vec![
		Call::post_job { spec: spec() },
		Call::cancel_job { job },
		Call::bond_worker { amount },
		Call::unbond_worker { amount },
		Call::withdraw_unbonded {},
		Call::claim { job, count: <Runtime as Config>::ClaimLimit::get() },
		Call::submit_receipt { signed: receipt() },
		Call::submit_audit { report: report() },
		Call::reveal { job, batch, key: [0; 32], openings: openings() },
		Call::settle { job, batch },
		Call::expire { job, batch },
		Call::expire_job { job },
		Call::answer { job, batch, openings: openings() },
		Call::accept { job, batch },
		Call::challenge { job, batch, opening: opening(0) },
		Call::submit_vote { vote: vote() },
		Call::demand { job, batch, task: 0 },
		Call::answer_demand { job, batch, opening: opening(0), sealed: sealed(shown) },
		Call::prove_missealed { job, batch, opening: opening(0), sealed: sealed(3 << 20) },
		Call::report_double_receipt { first: Box::new(receipt()), second: Box::new(receipt()) },
		Call::bond_auditor { amount },
		Call::unbond_auditor { amount },
		Call::withdraw_auditor {},
		Call::set_fuel_price { price: amount },
		Call::demand_batch { job, batch },
	]
}

#[test]
fn every_call_fits_into_a_block_at_its_largest() {
	let blocks = RuntimeBlockWeights::get();
	let normal = blocks.get(DispatchClass::Normal);
	let limit = normal.max_extrinsic.expect("ordinary transactions are limited");
	let length = *RuntimeBlockLength::get().max.get(DispatchClass::Normal);
	let mut named = BTreeSet::new();
	for call in largest_calls() {
		let call = RuntimeCall::from(call);
		let name = call.get_call_metadata().function_name;
		let info = call.get_dispatch_info();
		assert_eq!((info.class, info.pays_fee), (DispatchClass::Normal, Pays::Yes), "{name}");
		let weight = info.call_weight + call.weight_of_authorize();
		assert!(weight.all_lt(limit), "{name}: {weight:?} of {limit:?}");
		assert_ne!(info.call_weight, Weight::zero(), "{name}");
		assert!(call.encoded_size() < length as usize, "{name}");
		named.insert(name);
	}
	let all: BTreeSet<_> = Call::<Runtime>::get_call_names().iter().copied().collect();
	assert_eq!(named, all, "one of each");
}

/// A demand is small, its answer is not, and a worker whose answer finds no room for a `RevealWindow` loses its bond.
#[test]
fn a_block_takes_no_more_demands_than_a_block_takes_answers() {
	let normal = RuntimeBlockWeights::get().get(DispatchClass::Normal).max_total.expect("they are limited");
	let length = *RuntimeBlockLength::get().max.get(DispatchClass::Normal);
	let (job, batch) = (0, 0);
	let shown = sealed(<Runtime as Config>::MaxDemandBytes::get());
	let demand = RuntimeCall::from(Call::demand { job, batch, task: 0 });
	let answer = RuntimeCall::from(Call::answer_demand { job, batch, opening: opening(0), sealed: shown });
	let demands = normal.ref_time() / demand.get_dispatch_info().call_weight.ref_time();
	let by_weight = normal.ref_time() / answer.get_dispatch_info().call_weight.ref_time();
	let by_length = u64::from(length) / answer.encoded_size() as u64;
	assert!(demands <= by_weight.min(by_length), "{demands} demands, {by_weight} or {by_length} answers");
	assert!(demands > 0, "demands still fit into blocks");
}

#[test]
fn only_calls_that_authorise_themselves_pay_for_that() {
	let fee_less = ["submit_receipt", "submit_audit", "submit_vote"];
	for call in largest_calls() {
		let call = RuntimeCall::from(call);
		let name = call.get_call_metadata().function_name;
		assert_eq!(call.weight_of_authorize() != Weight::zero(), fee_less.contains(&name), "{name}");
	}
}

/// However full blocks are of ordinary transactions, for however long.
#[test]
fn full_blocks_leave_room_for_every_deadline() {
	let blocks = RuntimeBlockWeights::get();
	let normal = blocks.get(DispatchClass::Normal).max_total.expect("ordinary transactions are limited");
	let left = blocks.max_block - normal - blocks.base_block - Weights::on_initialize();
	let needed = Compute::heaviest_deadline();
	assert!(needed.all_lt(left), "{needed:?} of {left:?}");
}

/// What is owed goes before everything else. As it never takes more of a block than what had to go before it for the same
/// batch, neither in weight nor in bytes, a crowd of it cannot take longer to get into blocks than that took, and nobody can
/// save up so much of it that others are late.
#[test]
fn what_is_owed_takes_no_more_room_than_what_it_is_owed_for() {
	let normal = RuntimeBlockWeights::get().get(DispatchClass::Normal).max_total.expect("they are limited");
	let length = *RuntimeBlockLength::get().max.get(DispatchClass::Normal);
	// A worker claims as many batches at once as it can.
	let limit = <Runtime as Config>::ClaimLimit::get();
	let claim = Weights::claim(limit) / u64::from(limit);
	// What is given back if the batch keeps its place in the index of deadlines.
	let kept = <Runtime as frame_system::Config>::DbWeight::get().writes(2);
	let receipt = Weights::submit_receipt() - kept + Weights::authorize_submit_receipt();
	for tasks in [1, 16, 1_000, JobSpec::MAX_BATCH_SIZE] {
		for samples in 1..=u32::from(AuditPolicy::MAX_SAMPLES).min(tasks) {
			let report = Compute::charge_report(&Noted { moved: false, unavailable: false, samples, tasks });
			let report = report + Weights::authorize_submit_audit();
			for reports in 1..=MAX_REPORTS {
				let before = claim + receipt + report * u64::from(reports);
				let opened = (reports * samples).min(tasks);
				let owed =
					Compute::charge_reveal(opened, reports).max(Compute::charge_answer(opened, reports));
				let what = format!("{reports} reports on {samples} of {tasks} tasks each");
				assert!(owed.all_lte(before), "{what}: {owed:?} after {before:?}");
				let openings = (0..opened).map(|task| opening_in(tasks, task)).collect();
				let reveal = Call::<Runtime>::reveal { job: 0, batch: 0, key: [0; 32], openings };
				let bytes = RuntimeCall::from(reveal).encoded_size() as f64 / f64::from(length);
				let room = before.ref_time() as f64 / normal.ref_time() as f64;
				assert!(bytes <= room, "{what}: {bytes} of a block's bytes after {room} of its weight");
			}
		}
	}
}

/// A crowd of statements costs whoever draws it about what it would cost as transactions that pay: half of that at least,
/// also for reports on as many tasks of the largest batches as there can be.
#[test]
fn a_claim_pays_for_what_its_statements_weigh() {
	let fee = <Runtime as Config>::StatementFee::get();
	let receipt = Weights::submit_receipt() + Weights::authorize_submit_receipt();
	for (tasks, samples) in [(16, 2), (1_000, 4), (JobSpec::MAX_BATCH_SIZE, AuditPolicy::MAX_SAMPLES)] {
		let noted = Noted { moved: true, unavailable: false, samples: samples.into(), tasks };
		let report = Compute::charge_report(&noted) + Weights::authorize_submit_audit();
		for auditors in 1..=AuditPolicy::MAX_AUDITORS {
			let policy = AuditPolicy { auditors, samples, rate: AuditPolicy::EVERY_BATCH };
			let paid = money::claim_fee(fee, &policy).expect("a small sum");
			let weight = receipt + report * u64::from(auditors);
			let worth = TransactionPayment::weight_to_fee(weight);
			assert!(
				worth <= 2 * paid,
				"{auditors} reports on {samples} of {tasks} tasks each: {paid} for {worth}"
			);
		}
	}
}

#[test]
fn the_largest_session_can_begin_in_a_block() {
	let weight = Weights::new_session(<Runtime as Config>::MaxAuditors::get());
	let limit = RuntimeBlockWeights::get().max_block;
	assert!(weight.all_lt(limit), "{weight:?} of {limit:?}");
}

/// The weight of everything that is sent for one batch from claim to pay, as it is after what was not needed is given back,
/// and of a transfer: without what any transaction costs, and with it.
#[test]
fn a_settled_batch_is_not_much_dearer_than_transfers() {
	use pallet_balances::WeightInfo as _;
	const AUDITORS: u32 = 2;
	const SAMPLES: u32 = 3;
	let transactions: [Weight; 6] = [
		// A worker claims as many batches at once as it can.
		Weights::claim(64) / 64,
		Weights::submit_receipt() + Weights::authorize_submit_receipt(),
		Weights::submit_audit() + Weights::authorize_submit_audit(),
		Weights::submit_audit() + Weights::authorize_submit_audit(),
		Compute::charge_reveal(AUDITORS * SAMPLES, AUDITORS),
		Weights::settle(AUDITORS),
	];
	let batch = transactions.into_iter().fold(Weight::zero(), |sum, weight| sum + weight);
	let transfer = <Runtime as pallet_balances::Config>::WeightInfo::transfer_keep_alive();
	let base = RuntimeBlockWeights::get().get(DispatchClass::Normal).base_extrinsic;
	let times = |batch: Weight, transfer: Weight| batch.ref_time() as f64 / transfer.ref_time() as f64;
	let all_told = times(batch + base * 5 + base / 64, transfer + base);
	for weight in transactions {
		println!("{:>6} us", weight.ref_time() / 1_000_000);
	}
	println!("{:.1} transfers; {all_told:.1} with what any transaction costs", times(batch, transfer));
	assert!(all_told < 50.0, "{all_told}");
}
